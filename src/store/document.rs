//! The stored form of what was understood: one JSON document a report, packed beside the messages.

use crate::model::{Outcome, Report};
use serde::{Deserialize, Serialize};

/// What a document holds besides the report itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    /// Path, or mailbox address with UID.
    pub(super) origin: String,
    /// Why it is no report; empty for a report.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) status_reason: String,
    /// Name of the source's AS at the time of the import stands in `network`; this is only the report.
    pub(super) report: Report,
}

/// What lists show of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The address in the From header of the reported mail.
    pub from: Option<String>,
    /// Why it is no report; empty for a report.
    pub status_reason: String,
}

#[derive(Serialize)]
struct Borrowed<'a> {
    origin: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    status_reason: &'a str,
    report: &'a Report,
}

/// Appends the JSON of a document.
pub(super) fn write(
    out: &mut Vec<u8>,
    origin: &str,
    outcome: &Outcome,
    report: &Report,
) -> std::io::Result<()> {
    serde_json::to_writer(out, &Borrowed { origin, status_reason: reason(outcome), report })
        .map_err(std::io::Error::from)
}

/// The document in these bytes.
pub(super) fn read(bytes: &[u8]) -> serde_json::Result<Document> {
    serde_json::from_slice(bytes)
}

/// Why it is no report; empty for a report.
pub(super) fn reason(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Report => "",
        Outcome::Quarantined(reason) | Outcome::NotReport(reason) => reason,
    }
}

/// The From address and why it is no report, for lists: the rest is only skipped over.
pub(super) fn excerpt(bytes: &[u8]) -> serde_json::Result<Excerpt> {
    #[derive(Deserialize)]
    struct Sender {
        from: Option<String>,
    }
    #[derive(Deserialize)]
    struct Outer {
        #[serde(default)]
        status_reason: String,
        report: Sender,
    }
    let Outer { status_reason, report } = serde_json::from_slice(bytes)?;
    Ok(Excerpt { from: report.from, status_reason })
}
