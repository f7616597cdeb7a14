//! Bytes to [`Report`](crate::model::Report) and back. Pure: no file, no clock, no network.

pub mod content;
pub mod kind;
pub mod mail;
