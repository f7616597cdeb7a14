//! The third part: the redacted mail, or its headers, in a form that SMTP carries; knows no other part. And the mail
//! that an archive takes.

use crate::arf::mail::{self, Mail};
use crate::arf::redact::Redactor;
use crate::arf::wire;
use crate::model::{EvidenceForm, ReportForm};
use std::borrow::Cow;

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

/// Redacts the mail and makes the third part of it.
pub(super) fn third_part(redactor: &Redactor<'_>, original: &[u8], form: EvidenceForm) -> ThirdPart {
    let message = mail::parse(original);
    let block = message.as_ref().map_or(original, |m| Mail::of(m).header_block());
    let has_body = block.len() < original.trim_ascii_end().len();
    let whole = (has_body && form != EvidenceForm::Headers).then(|| redactor.message(original));
    match (form, whole) {
        (EvidenceForm::Headers, _) => headers(redactor, block, None, None),
        (EvidenceForm::Whole, Some(whole)) => match wire::breaks_smtp(&whole) {
            None => {
                let body = wire::with_crlf(&whole);
                let encoding = if body.is_ascii() { "7bit" } else { "8bit" };
                ThirdPart {
                    content_type: "message/rfc822",
                    encoding,
                    body,
                    headers: redactor.message(block),
                    archived: None,
                    warning: None,
                }
            }
            Some(why) => {
                let warning = format!("the mail cannot be sent as it is ({why}): only its headers go out");
                headers(redactor, block, None, Some(warning))
            }
        },
        (EvidenceForm::Zip, Some(whole)) => headers(redactor, block, Some(whole), None),
        (EvidenceForm::Whole | EvidenceForm::Zip, None) => {
            let warning = "only the headers of the mail are known: only they go out".to_owned();
            headers(redactor, block, None, Some(warning))
        }
    }
}

fn headers(
    redactor: &Redactor<'_>,
    block: &[u8],
    archived: Option<Vec<u8>>,
    warning: Option<String>,
) -> ThirdPart {
    let headers = sendable_headers(&redactor.message(block));
    let (encoding, body) = match headers.is_ascii() {
        true => ("7bit", headers.clone()),
        // RFC 6522 §4: headers that are not 7-bit may be quoted-printable.
        false => ("quoted-printable", wire::quoted_printable(&headers)),
    };
    ThirdPart { content_type: "text/rfc822-headers", encoding, body, headers, archived, warning }
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
