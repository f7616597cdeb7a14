//! The walk through a message's parts, for hiding and for finding; knows nothing of the forms a recipient takes.

use super::needles::Needles;
use super::view::View;
use super::{Leak, Redactor, headers, opaque};
use crate::arf::address::is_under;
use crate::arf::mail::{self, Body, Mail, Part};
use crate::arf::read::readable;
use crate::arf::repair::repair;
use crate::arf::wire;
use std::borrow::Cow;
use std::net::IpAddr;
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

/// A stored message as our reader takes it: what a mailbox put before it goes, a broken frame is mended. Parts that
/// only another reader sees would keep their recipients.
pub(super) fn as_read(raw: &[u8]) -> Cow<'_, [u8]> {
    let bytes = readable(raw);
    mended(&bytes, mail::parse(&bytes).as_ref().map(Mail::of)).map_or(bytes, Cow::Owned)
}

/// The same, shown to somebody; nobody is asked about a message without headers.
pub(super) fn when_read<T>(raw: &[u8], see: impl FnOnce(Mail<'_>) -> T) -> Option<T> {
    let bytes = readable(raw);
    let message = mail::parse(&bytes);
    match mended(&bytes, message.as_ref().map(Mail::of)) {
        Some(mended) => mail::parse(&mended).as_ref().map(|message| see(Mail::of(message))),
        None => message.as_ref().map(|message| see(Mail::of(message))),
    }
}

fn mended(bytes: &[u8], message: Option<Mail<'_>>) -> Option<Vec<u8>> {
    let outer = message?;
    repair(bytes, outer, &outer.parts())
}

/// Whom a message names as its receivers.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Addresses in the lines that our own servers wrote: the mail was for these.
    pub envelope: Vec<String>,
    /// Addresses in any recipient header: the sender may have written them.
    pub headers: Vec<String>,
    /// Hosts that wrote our own Received lines.
    pub hosts: Vec<String>,
}

/// Whom a message names, in its own headers and those of the messages inside it. `source` is the address that handed
/// the mail to us.
pub(super) fn recipients(mail: Mail<'_>, source: Option<IpAddr>, own_hosts: &[String]) -> Named {
    let mut named = Named::default();
    for_each_header_block(mail, |block| {
        headers::recipients(block, &mut named.headers);
        headers::own_trace(block, source, own_hosts, &mut named.envelope, &mut named.hosts);
    });
    named
}

/// Every address at one of these domains that stands in the headers or in a text.
pub(super) fn addresses_at(mail: Mail<'_>, domains: &[String]) -> Vec<String> {
    let mut out = vec![];
    if domains.is_empty() {
        return out;
    }
    let mut see = |text: &str| {
        let found = headers::addresses(text).into_iter().filter_map(|place| text.get(place));
        out.extend(
            found
                .filter(|address| {
                    address
                        .rsplit_once('@')
                        .is_some_and(|(_, host)| domains.iter().any(|d| is_under(host, d)))
                })
                .map(str::to_owned),
        );
    };
    for_each_header_block(mail, |block| see(&String::from_utf8_lossy(block)));
    for part in mail.parts() {
        if let Body::Text(text) | Body::Html(text) = part.body() {
            see(text);
        }
    }
    out
}

fn for_each_header_block(mail: Mail<'_>, mut see: impl FnMut(&[u8])) {
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
        Encoding::QuotedPrintable => View::QUOTED_PRINTABLE.of(body).unwrap_or(Cow::Borrowed(body)),
    }
}

/// A message, or a header block, without its recipients. Every byte belongs to one of three kinds, each handled once:
/// header blocks, bodies without parts (decoded, hidden, encoded again), and what stands between.
pub(super) fn redact(redactor: &Redactor<'_>, raw: &[u8], depth: usize) -> Vec<u8> {
    let Some(message) = mail::parse(raw) else { return redactor.needles.replace(raw.to_vec()) };
    let mail = Mail::of(&message);
    let mut edits: Vec<(Range<usize>, Vec<u8>)> = vec![];
    for part in mail.parts() {
        let Some(range) = part.body_range(mail) else { continue };
        let body = raw.get(range.clone()).unwrap_or_default();
        let mut rewritten = false;
        match part.body() {
            Body::Multipart => {}
            // Its parts follow in the list.
            Body::Message(inner) if std::ptr::eq(inner.raw().as_ptr(), mail.raw().as_ptr()) => {}
            Body::Message(inner) => {
                let hidden =
                    if depth < MAX_DEPTH { redact(redactor, inner.raw(), depth + 1) } else { vec![] };
                edits.push((range, encode(&hidden, encoding(part), body)));
            }
            content => {
                let (new, charset_changed) = leaf(redactor, part, content, body);
                rewritten = charset_changed;
                edits.push((range, new));
            }
        }
        if let Some((start, block)) = part.header_block_of(raw) {
            let new = headers::rebuild(redactor, block, Some(part), rewritten);
            edits.push((start..start + block.len(), new));
        }
    }
    // A parser's mistake may make two overlap, then the first stands.
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    let between = |out: &mut Vec<u8>, gap: &[u8]| {
        // Boundaries and line ends, most of them.
        if !gap.is_empty() {
            out.extend_from_slice(&redactor.needles.replace(gap.to_vec()));
        }
    };
    for (range, new) in edits {
        if range.start >= at {
            between(&mut out, raw.get(at..range.start).unwrap_or_default());
            out.extend_from_slice(&new);
            at = range.end;
        }
    }
    between(&mut out, raw.get(at..).unwrap_or_default());
    out
}

/// The new body of a part without parts, and whether its text is in UTF-8 and base64 now.
fn leaf(redactor: &Redactor<'_>, part: Part<'_>, content: Body<'_>, body: &[u8]) -> (Vec<u8>, bool) {
    let encoding = encoding(part);
    let decoded = decoded_body(part);
    let hide = |bytes: &[u8]| {
        let bytes = match is_header_type(part) {
            true => headers::rebuild(redactor, bytes, None, false),
            false => redactor.needles.replace(bytes.to_vec()),
        };
        if redactor.how.spamtrap { opaque::hide_in_urls(&bytes) } else { bytes }
    };
    if let Body::Text(text) | Body::Html(text) = content
        && text.as_bytes() != &*decoded
        && !redactor.needles.leaks(text.as_bytes()).is_empty()
        && !is_ascii_based(&decoded, text)
    {
        // UTF-16 and its like: readable for the receiver, out of reach for a search in bytes.
        return (encode(&hide(text.as_bytes()), Encoding::Base64, body), true);
    }
    let hidden = hide(&decoded);
    if hidden == *decoded { (body.to_vec(), false) } else { (encode(&hidden, encoding, body), false) }
}

/// Whether the ASCII characters of a text are the same bytes in its charset.
fn is_ascii_based(bytes: &[u8], text: &str) -> bool {
    bytes.iter().filter(|b| b.is_ascii()).eq(text.as_bytes().iter().filter(|b| b.is_ascii()))
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
        let shown = match part.body() {
            Body::Text(text) if is_header_type(part) && text.contains("=?") => mail::parse(text.as_bytes()),
            _ => None,
        };
        let shown = shown.as_ref().map(Mail::of);
        for (name, value) in part.headers().chain(shown.iter().flat_map(|mail| mail.headers())) {
            if value.contains("=?") {
                let text = headers::decode_words(&value);
                add(&mut out, needles, text.as_bytes(), || {
                    format!("the header {name} of MIME part {number}")
                });
            }
        }
        if let Some(name) = part.file_name() {
            add(&mut out, needles, name.as_bytes(), || format!("the file name of MIME part {number}"));
        }
    }
    out
}

fn add(out: &mut Vec<Leak>, needles: &Needles, bytes: &[u8], place: impl Fn() -> String) {
    for (who, form) in needles.leaks(bytes) {
        out.push(Leak { who: who.to_owned(), form, place: place() });
    }
}
