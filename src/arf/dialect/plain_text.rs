//! Failure reports written as plain text by Exim set-ups (cPanel, Baruwa, SpamExperts): labels, then a copy of the header.
//!
//! The frame may be `multipart/report` without a type, and long lines come wrapped.

use super::super::mail::{Body, Part};
use super::super::original::Original;
use super::super::{address, date, original, words};
use super::{Found, Stated, leaf_bytes};
use crate::model::{Delivery, DomainPolicy, Field, SourceIpFrom};
use std::borrow::Cow;

const OPENING: &str = "failed the published dmarc policy";
const LABELS: &[&str] = &[
    "Sender Domain",
    "Sender IP Address",
    "Received Date",
    "Date",
    "SPF Alignment",
    "DKIM Alignment",
    "DMARC Results",
];
/// Where the labels end; the line itself may be wrapped.
const COPY: &str = "this is a copy of the";

/// How much text is searched for the labels.
const MAX_TEXT: usize = 64 * 1024;

/// The first text part that is such a report.
pub fn find<'m>(parts: &[Part<'m>]) -> Option<Found<'m>> {
    let texts = parts.iter().filter(|p| p.depth == 0 && matches!(p.body(), Body::Text(_)));
    texts.take(10).find_map(|part| {
        let bytes = leaf_bytes(*part)?;
        let start = bytes.get(..MAX_TEXT).unwrap_or(&bytes);
        memchr::memmem::find(start, b"DMARC")?;
        let text = words::text(start, None);
        let fields = labelled(&text);
        let is_one = fields.iter().any(|f| f.name == "Sender IP Address" || f.name == "DMARC Results");
        // The opening may be wrapped anywhere.
        let flat = text
            .get(..text.len().min(2000))
            .unwrap_or(&text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if !is_one || fields.len() < 3 && !flat.to_ascii_lowercase().contains(OPENING) {
            return None;
        }
        Some(found(fields, copy(bytes)))
    })
}

fn found(fields: Vec<Field>, original: Option<Original<'_>>) -> Found<'_> {
    let value = |name: &str| fields.iter().find(|f| f.name == name).map(|f| f.value.as_str());
    let results: Vec<_> =
        value("DMARC Results").unwrap_or_default().split([',', '/']).map(str::trim).collect();
    let stated = Stated {
        feedback_type: Some("auth-failure".to_owned()),
        auth_failure: Some("dmarc".to_owned()),
        source: value("Sender IP Address")
            .and_then(address::network_address)
            .map(|(ip, _)| (ip, SourceIpFrom::Text)),
        source_port: value("Sender IP Address").and_then(address::network_address).and_then(|(_, port)| port),
        arrival: value("Received Date").or_else(|| value("Date")).and_then(date::parse),
        domains: value("Sender Domain")
            .map(|d| d.trim_end_matches('.').to_ascii_lowercase())
            .into_iter()
            .collect(),
        policy: results.first().and_then(|p| DomainPolicy::from_name(p)),
        delivery: results.get(1).and_then(|d| match d.to_ascii_lowercase().as_str() {
            "" => None,
            // Nothing was done because of DMARC.
            "accept" | "none" => Some(Delivery::None),
            word => Some(Delivery::from_name(word).unwrap_or(Delivery::Other)),
        }),
        ..Stated::default()
    };
    Found { dialect: "plain text", fields, is_bare: false, original, stated }
}

/// The labelled lines before the copy of the header; a line without a label continues the one before.
fn labelled(text: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("--") && line.to_ascii_lowercase().contains(COPY) {
            break;
        }
        let label = line.split_once(':').and_then(|(name, value)| {
            let name = name.trim_start_matches(['*', '-', ' ']).trim();
            Some((LABELS.iter().find(|l| l.eq_ignore_ascii_case(name))?, value.trim()))
        });
        match (label, fields.last_mut()) {
            (Some((name, value)), _) => {
                fields.push(Field { name: (*name).to_owned(), value: value.to_owned() });
                open = true;
            }
            (None, Some(last)) if open && !line.is_empty() => {
                last.value = format!("{} {line}", last.value).trim().to_owned();
                open = last.value.len() < 200;
            }
            _ => open = false,
        }
    }
    fields
}

/// The header block after the line that announces it.
fn copy(bytes: Cow<'_, [u8]>) -> Option<Original<'_>> {
    let start = bytes.get(..MAX_TEXT).unwrap_or(&bytes);
    let lower = start.to_ascii_lowercase();
    let mut at = memchr::memmem::find(&lower, COPY.as_bytes())?;
    // What is left of the announcement, and blank lines.
    for _ in 0..10 {
        at += memchr::memchr(b'\n', bytes.get(at..)?)? + 1;
        if original::is_header_block(bytes.get(at..)?, 1) {
            break;
        }
    }
    let original = match bytes {
        Cow::Borrowed(bytes) => original::mend(bytes.get(at..)?),
        Cow::Owned(bytes) => Cow::Owned(original::mend(bytes.get(at..)?).into_owned()),
    };
    Some(Original::Bytes(original))
}
