//! Bytes to [`Report`](crate::model::Report) and back. Pure: no file, no clock, no network.

pub mod address;
pub mod authentication;
pub mod cause;
pub mod compose;
pub mod content;
pub mod date;
pub mod dialect;
pub mod feedback;
pub mod kind;
pub mod limits;
pub mod lint;
pub mod mail;
pub mod original;
pub mod other;
pub mod read;
pub mod received;
pub mod redact;
pub mod repair;
pub mod refusal;
pub mod reply;
pub mod reporter;
pub mod rules;
pub mod searchable;
pub mod words;
pub(crate) mod wire;
