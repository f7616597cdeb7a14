//! The ways in which reports are written: each file finds one of them in a parsed message.

pub mod arf;
pub mod jmrp;
pub mod plain_text;
pub mod spamtrap;
pub mod x_arf;

use super::mail::{Body, Mail, Part};
use super::original::Original;
use crate::model::clock::Seconds;
use crate::model::{Delivery, DomainPolicy, FeedKind, Field, SourceIpFrom};
use std::borrow::Cow;
use std::net::IpAddr;

/// What a dialect found before anything is judged.
pub struct Found<'m> {
    /// Shown as the dialect.
    pub dialect: &'static str,
    /// The report's fields in order.
    pub fields: Vec<Field>,
    /// No report is around the mail: its own From is not that of a reporter.
    pub is_bare: bool,
    /// The reported mail.
    pub original: Option<Original<'m>>,
    /// What the fields do not say but the form of the report does.
    pub stated: Stated,
}

/// Values that stand elsewhere than in RFC 5965 fields.
#[derive(Default)]
pub struct Stated {
    /// Type of the report.
    pub feedback_type: Option<String>,
    /// What failed.
    pub auth_failure: Option<String>,
    /// Where the mail came from.
    pub source: Option<(IpAddr, SourceIpFrom)>,
    /// Port at the source.
    pub source_port: Option<u16>,
    /// When it arrived.
    pub arrival: Option<Seconds>,
    /// Domains in whose name it was sent.
    pub domains: Vec<String>,
    /// Envelope sender.
    pub mail_from: Option<String>,
    /// Envelope recipients.
    pub rcpt_to: Vec<String>,
    /// Published policy.
    pub policy: Option<DomainPolicy>,
    /// What was done with it.
    pub delivery: Option<Delivery>,
    /// The reporting program.
    pub user_agent: Option<String>,
}

/// The report in this message, in whatever dialect.
pub fn find<'m>(outer: Mail<'m>, parts: &[Part<'m>], feed: FeedKind) -> Option<Found<'m>> {
    arf::find(parts)
        .or_else(|| jmrp::find(outer, parts))
        .or_else(|| plain_text::find(parts))
        .or_else(|| x_arf::find(outer, parts))
        .or_else(|| (feed == FeedKind::Spamtrap).then(|| spamtrap::find(outer, parts)).flatten())
}

/// What a leaf part holds: as sent where no transfer encoding is declared, so that no charset gets in the way.
fn leaf_bytes(part: Part<'_>) -> Option<Cow<'_, [u8]>> {
    match part.body() {
        Body::Multipart | Body::Message(_) => None,
        _ if !part.is_encoded() => Some(Cow::Borrowed(part.encoded_body())),
        Body::Text(text) | Body::Html(text) => Some(Cow::Borrowed(text.as_bytes())),
        Body::Binary(bytes) => Some(Cow::Borrowed(bytes)),
    }
}
