//! The walk through a message's parts, for hiding and for finding; knows nothing of the forms a recipient takes.

use super::needles::Needles;
use super::view::View;
use super::{Leak, Redactor, headers};
use crate::arf::mail::{self, Body, Mail, Part};
use crate::arf::wire;
use std::borrow::Cow;
use std::ops::Range;

/// Messages inside encoded messages that are opened; what lies deeper is left out of the result.
const MAX_DEPTH: usize = 8;

/// Types whose body is a header block.
const HEADER_TYPES: &[&str] = &[
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/feedback-report",
    "message/delivery-status",
    "message/global-headers",
    "message/global-delivery-status",
];

/// The recipients that a message names: in its own headers and those of the messages inside it.
pub fn recipients_of(raw: &[u8]) -> Vec<String> {
    let mut out = vec![];
    for_each_header_block(raw, |block| headers::recipients(block, &mut out));
    out
}

/// The host that received the innermost message, by its topmost Received.
pub fn receiving_host(raw: &[u8]) -> Option<String> {
    let mut host = None;
    for_each_header_block(raw, |block| host = headers::receiving_host(block).or(host.take()));
    host
}

fn for_each_header_block(raw: &[u8], mut see: impl FnMut(&[u8])) {
    let Some(message) = mail::parse(raw) else { return };
    let mail = Mail::of(&message);
    see(mail.header_block());
    for part in mail.parts() {
        match part.body() {
            Body::Message(inner) => see(inner.header_block()),
            Body::Text(text) if is_header_type(part) => see(text.as_bytes()),
            Body::Binary(bytes) if is_header_type(part) => see(bytes),
            _ => {}
        }
    }
}

fn is_header_type(part: Part<'_>) -> bool {
    let content_type = part.content_type();
    HEADER_TYPES.contains(&content_type.as_str())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    None,
    Base64,
    QuotedPrintable,
}

fn encoding(part: Part<'_>) -> Encoding {
    let named =
        part.headers().filter(|(name, _)| name.eq_ignore_ascii_case("Content-Transfer-Encoding")).last();
    match named.map(|(_, value)| value.to_ascii_lowercase()) {
        Some(value) if value.contains("base64") => Encoding::Base64,
        Some(value) if value.contains("quoted-printable") => Encoding::QuotedPrintable,
        _ => Encoding::None,
    }
}

/// A part's bytes with the transfer encoding undone and the charset left as it is.
pub(crate) fn decoded_body(part: Part<'_>) -> Cow<'_, [u8]> {
    let body = part.encoded_body();
    match encoding(part) {
        Encoding::None => Cow::Borrowed(body),
        Encoding::Base64 => Cow::Owned(wire::decode_base64(body)),
        Encoding::QuotedPrintable => View::QuotedPrintable.of(body).unwrap_or(Cow::Borrowed(body)),
    }
}

/// A message, or a header block, without its recipients.
pub(super) fn redact(redactor: &Redactor<'_>, raw: &[u8], depth: usize) -> Vec<u8> {
    let Some(message) = mail::parse(raw) else { return redactor.needles.replace(raw.to_vec()) };
    let mail = Mail::of(&message);
    let mut edits: Vec<(Range<usize>, Vec<u8>)> = vec![];
    let root = mail.header_range();
    edits.push((root.clone(), headers::rebuild(redactor, raw.get(root).unwrap_or_default())));
    for part in mail.parts() {
        let Some(range) = part.body_range(mail) else { continue };
        let body = raw.get(range.clone()).unwrap_or_default();
        match part.body() {
            Body::Message(inner) if std::ptr::eq(inner.raw().as_ptr(), mail.raw().as_ptr()) => {
                let block = inner.header_range();
                let rebuilt = headers::rebuild(redactor, raw.get(block.clone()).unwrap_or_default());
                edits.push((block, rebuilt));
            }
            Body::Message(inner) => {
                let hidden =
                    if depth < MAX_DEPTH { redact(redactor, inner.raw(), depth + 1) } else { vec![] };
                edits.push((range, encode(&hidden, encoding(part), body)));
            }
            Body::Multipart => {}
            content => edits.extend(leaf(redactor, part, content, body).map(|new| (range, new))),
        }
    }
    // Parts come in document order; a parser's mistake may still make two overlap, then the first stands.
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    for (range, new) in edits {
        if range.start >= at {
            out.extend_from_slice(raw.get(at..range.start).unwrap_or_default());
            out.extend_from_slice(&new);
            at = range.end;
        }
    }
    out.extend_from_slice(raw.get(at..).unwrap_or_default());
    redactor.needles.replace(out)
}

/// The new body of a part without parts; `None` when the needles alone can do it in place.
fn leaf(redactor: &Redactor<'_>, part: Part<'_>, content: Body<'_>, body: &[u8]) -> Option<Vec<u8>> {
    let encoding = encoding(part);
    let decoded = decoded_body(part);
    if let Body::Text(text) | Body::Html(text) = content
        && text.as_bytes() != &*decoded
        && !redactor.needles.leaks(text.as_bytes()).is_empty()
        && redactor.needles.leaks(&decoded).is_empty()
    {
        // UTF-16 and its like: readable for the receiver, out of reach for a search in bytes.
        return Some(vec![]);
    }
    let mut hidden = match is_header_type(part) {
        true => headers::rebuild(redactor, &decoded),
        false => decoded.to_vec(),
    };
    if redactor.how.spamtrap {
        hidden = without_queries(&hidden);
    }
    if encoding == Encoding::Base64 {
        hidden = redactor.needles.replace(hidden);
    }
    (hidden != *decoded).then(|| encode(&hidden, encoding, body))
}

/// In the transfer encoding of the old body, with a line end where that had one.
fn encode(bytes: &[u8], encoding: Encoding, old: &[u8]) -> Vec<u8> {
    let mut out = match encoding {
        Encoding::None => return bytes.to_vec(),
        Encoding::Base64 => wire::base64(bytes),
        Encoding::QuotedPrintable => return wire::quoted_printable(bytes),
    };
    if old.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// URLs without their query: a spamtrap's links carry what tells its owner apart.
fn without_queries(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for scheme in memchr::memmem::find_iter(bytes, b"://") {
        if scheme < at {
            continue;
        }
        let url = bytes.get(scheme..).unwrap_or_default();
        let length = url.iter().take_while(|b| b.is_ascii_graphic() && !b"\"'<>".contains(b)).count();
        let url = url.get(..length).unwrap_or_default();
        if let Some(query) = memchr::memchr2(b'?', b'#', url) {
            out.extend_from_slice(bytes.get(at..scheme + query).unwrap_or_default());
            out.extend_from_slice(b"?redacted");
        } else {
            out.extend_from_slice(bytes.get(at..scheme + length).unwrap_or_default());
        }
        at = scheme + length;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out
}

/// What a receiver can find: in the bytes, in decoded parts, in decoded header words.
pub(super) fn leaks(needles: &Needles, bytes: &[u8]) -> Vec<Leak> {
    let mut out = vec![];
    add(&mut out, needles, bytes, || "the message as sent".to_owned());
    let Some(message) = mail::parse(bytes) else { return out };
    for (number, part) in Mail::of(&message).parts().into_iter().enumerate() {
        let place = || format!("MIME part {number}, decoded");
        match part.body() {
            Body::Text(text) | Body::Html(text) if text.as_bytes() != part.encoded_body() => {
                add(&mut out, needles, text.as_bytes(), place);
            }
            Body::Binary(content) if part.is_encoded() => add(&mut out, needles, content, place),
            Body::Message(inner) if part.is_encoded() => add(&mut out, needles, inner.raw(), place),
            _ => {}
        }
        for (name, value) in part.headers().filter(|(_, value)| value.contains("=?")) {
            let text = headers::decode_words(&value);
            add(&mut out, needles, text.as_bytes(), || format!("the header {name} of MIME part {number}"));
        }
    }
    out
}

fn add(out: &mut Vec<Leak>, needles: &Needles, bytes: &[u8], place: impl Fn() -> String) {
    for (recipient, form) in needles.leaks(bytes) {
        out.push(Leak { recipient: recipient.to_owned(), form, place: place() });
    }
}
