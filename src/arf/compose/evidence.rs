//! The third part: the redacted mail, or its headers, in a form that SMTP carries; knows no other part. And the mail
//! that an archive takes.

use crate::arf::limits;
use crate::arf::mail::{self, Mail};
use crate::arf::redact::Redactor;
use crate::arf::wire;
use crate::model::{EvidenceForm, ReportForm};
use std::borrow::Cow;

/// Said where a mail goes beyond what mail readers read.
pub(super) const CUT: &str = "what no mail reader would read of it (headers of more than 64 KiB) is left out";

/// The third part as it is sent.
pub(super) struct ThirdPart {
    /// `text/rfc822-headers` or `message/rfc822`.
    pub content_type: &'static str,
    /// The transfer encoding of `body`.
    pub encoding: &'static str,
    /// Encoded, with CRLF line ends.
    pub body: Vec<u8>,
    /// The header block before encoding.
    pub headers: Vec<u8>,
    /// The whole mail, redacted, for an archive; `None` when none was asked for or there is no more than headers.
    pub archived: Option<Vec<u8>>,
    /// Why this is less than was asked for.
    pub warning: Option<String>,
    /// It is not all that was reported: a mail reader would not have read all.
    pub is_cut: bool,
}

/// The mail within the limits of mail readers, ours first of all: one that goes beyond them would take the report with
/// it. And whether something is left out.
pub(super) fn within_limits(raw: Cow<'_, [u8]>) -> (Cow<'_, [u8]>, bool) {
    let (shown, limits, note) = limits::shorten(raw, false);
    match limits.cut {
        Some((at, _)) => (Cow::Owned(shown.get(..at).unwrap_or_default().to_vec()), true),
        None => (shown, note.is_some()),
    }
}

/// The mail without the headers that stay at home, their folded lines included.
pub(super) fn without_masked<'m>(raw: &'m [u8], form: &ReportForm) -> Cow<'m, [u8]> {
    if form.masked_headers.is_empty() {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    let mut masked = false;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii_end();
            masked = str::from_utf8(name).is_ok_and(|name| form.masks(name));
        }
        if !masked {
            out.extend_from_slice(line);
        }
        at += line.len();
    }
    out.extend_from_slice(raw.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// The mail without what a mailbox put before it: blank lines and the `From ` line of mbox.
pub(super) fn without_envelope(raw: &[u8]) -> &[u8] {
    let mut rest = raw;
    loop {
        rest = rest.trim_ascii_start();
        if !rest.starts_with(b"From ") && !rest.starts_with(b">From ") {
            return rest;
        }
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        rest = rest.get(end..).unwrap_or_default();
    }
}

/// Makes the third part of the mail, which is redacted in this many rounds.
pub(super) fn third_part(
    redactor: &Redactor<'_>,
    original: &[u8],
    message: Option<Mail<'_>>,
    form: EvidenceForm,
    rounds: usize,
) -> ThirdPart {
    let block = message.map_or(original, Mail::header_block);
    let has_body = block.len() < original.trim_ascii_end().len();
    let whole = (has_body && form != EvidenceForm::Headers).then(|| redactor.message(original, rounds));
    let headers = |archived, warning| headers(redactor.message(block, rounds), archived, warning);
    match (form, whole) {
        (EvidenceForm::Headers, _) => headers(None, None),
        (EvidenceForm::Whole, Some(whole)) => match wire::breaks_smtp(&whole) {
            None => {
                let body = wire::with_crlf(&whole);
                let encoding = if body.is_ascii() { "7bit" } else { "8bit" };
                ThirdPart {
                    content_type: "message/rfc822",
                    encoding,
                    headers: mail::parse(&body)
                        .map_or_else(Vec::new, |message| Mail::of(&message).header_block().to_vec()),
                    body,
                    archived: None,
                    warning: None,
                    is_cut: false,
                }
            }
            Some(why) => {
                let warning = format!("the mail cannot be sent as it is ({why}): only its headers go out");
                headers(None, Some(warning))
            }
        },
        (EvidenceForm::Zip, Some(whole)) => headers(Some(whole), None),
        (EvidenceForm::Whole | EvidenceForm::Zip, None) => {
            let warning = "only the headers of the mail are known: only they go out".to_owned();
            headers(None, Some(warning))
        }
    }
}

fn headers(redacted: Vec<u8>, archived: Option<Vec<u8>>, warning: Option<String>) -> ThirdPart {
    let headers = sendable_headers(&redacted);
    let (encoding, body) = match headers.is_ascii() {
        true => ("7bit", headers.clone()),
        // RFC 6522 §4: headers that are not 7-bit may be quoted-printable.
        false => ("quoted-printable", wire::quoted_printable(&headers)),
    };
    let content_type = "text/rfc822-headers";
    ThirdPart { content_type, encoding, body, headers, archived, warning, is_cut: false }
}

/// Header lines with CRLF, none longer than SMTP allows, without NUL and stray carriage returns.
fn sendable_headers(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len() + block.len() / 32);
    for line in block.trim_ascii_end().split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line: Vec<u8> =
            line.iter().filter(|b| **b != 0).map(|b| if *b == b'\r' { b' ' } else { *b }).collect();
        // A blank line would end the headers before their end.
        if line.trim_ascii().is_empty() {
            continue;
        }
        if line.len() > wire::MAX_LINE {
            out.extend_from_slice(wire::fold(&String::from_utf8_lossy(&line), 0).as_bytes());
        } else {
            out.extend_from_slice(&line);
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}
