//! Bytes to [`Report`](crate::model::Report) and back. Pure: no file, no clock, no network.

pub mod compose;
pub mod lint;
pub mod mail;
pub mod redact;
pub(crate) mod wire;
