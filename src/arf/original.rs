//! The reported mail: which part holds it, and its bytes as a mail parser can read them.
//!
//! Senders break it in many ways (a `>From` line on top, a blank line in the header, headers not folded, only headers,
//! no blank line before the boundary). Bytes are copied and mended only where such a fault is found.

use super::mail::{Body, Mail, Part};
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// The reported mail as it was found.
pub enum Original<'m> {
    /// Already parsed, nothing to mend; with its bytes.
    Parsed(Mail<'m>, &'m [u8]),
    /// To be parsed.
    Bytes(Cow<'m, [u8]>),
}

/// Header names by which a mail is recognised where nothing else says that it is one.
const MAIL_HEADERS: &[&str] = &[
    "received",
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "return-path",
    "delivered-to",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "dkim-signature",
    "authentication-results",
    "received-spf",
    "reply-to",
    "sender",
    "cc",
    "x-mailer",
    "arc-seal",
    "list-id",
    "list-unsubscribe",
    "envelope-to",
    "x-apparently-to",
    "in-reply-to",
    "references",
    "importance",
    "precedence",
    "auto-submitted",
];

/// How far into a body headers are looked for.
const MAX_HEADER_BYTES: usize = 1 << 20;

/// Whether the part claims to hold a mail or the header of one.
pub fn is_declared(part: Part<'_>) -> bool {
    let kind = part.content_type();
    match kind.split_once('/') {
        Some(("message", subtype)) => {
            subtype.contains("rfc822") || subtype.starts_with("global") && !subtype.contains("-status")
        }
        Some(("text", subtype)) => subtype.contains("rfc822"),
        _ => false,
    }
}

/// The reported mail among `parts`, those of a report's own level, beginning at `from`; parts before it come last.
pub fn find<'m>(parts: &[Part<'m>], level: usize, from: usize) -> Option<Original<'m>> {
    let here = |(_, part): &(usize, &Part<'m>)| part.depth == level;
    let order = || {
        let indexed = || parts.iter().enumerate().filter(here);
        indexed().filter(move |(i, _)| *i > from).chain(indexed().filter(move |(i, _)| *i < from))
    };
    // A message that the report itself lies in is not the reported one.
    let encloses = |index: usize| {
        index < from
            && parts.get(index + 1..=from).is_some_and(|between| between.iter().all(|p| p.depth > level))
    };
    let declared = order().filter(|(i, part)| is_declared(**part) && !encloses(*i));
    if let Some(found) = declared.map(|(_, part)| of(*part)).find(|o| o.is_some()) {
        return found;
    }
    // Some send it as text or as a file.
    let guessed = order().find(|(i, part)| {
        *i > from
            && !part.is("message", "feedback-report")
            && bytes_of(**part).is_some_and(|b| is_header_block(&b, 3))
    });
    guessed.and_then(|(_, part)| of(*part))
}

/// The mail in this part; `None` for an empty one.
pub fn of(part: Part<'_>) -> Option<Original<'_>> {
    if let Body::Message(mail) = part.body() {
        // Encoded ones have bytes of their own, so both are right for the header; the body decides over mending.
        if !needs_mending(whole(part, mail)) {
            return Some(Original::Parsed(mail, whole(part, mail)));
        }
        return Some(Original::Bytes(mend(whole(part, mail))));
    }
    let bytes = bytes_of(part)?;
    if bytes.trim_ascii().is_empty() {
        return None;
    }
    Some(Original::Bytes(match bytes {
        Cow::Borrowed(bytes) => mend(bytes),
        Cow::Owned(bytes) => Cow::Owned(mend(&bytes).into_owned()),
    }))
}

impl Original<'_> {
    /// The bytes of the mail, mended where they were broken.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Original::Parsed(_, bytes) => bytes,
            Original::Bytes(bytes) => bytes,
        }
    }
}

/// All bytes of a mail inside a part, header and body.
fn whole<'m>(part: Part<'m>, mail: Mail<'m>) -> &'m [u8] {
    if part.is_encoded() { mail.raw() } else { part.encoded_body() }
}

/// What a part holds, with the transfer encoding undone where there is one.
fn bytes_of(part: Part<'_>) -> Option<Cow<'_, [u8]>> {
    match part.body() {
        Body::Multipart | Body::Message(_) => None,
        _ if !part.is_encoded() => Some(Cow::Borrowed(part.encoded_body())),
        Body::Text(text) | Body::Html(text) => Some(Cow::Borrowed(text.as_bytes())),
        Body::Binary(bytes) => Some(Cow::Borrowed(bytes)),
    }
}

/// The bytes begin with at least `least` different lines that look like the header of a mail.
pub fn is_header_block(bytes: &[u8], least: usize) -> bool {
    let mut seen = [false; MAIL_HEADERS.len()];
    let mut known = 0;
    let mut lines = bytes.get(..16_384).unwrap_or(bytes).split(|b| *b == b'\n');
    let mut first = true;
    for line in lines.by_ref() {
        let line = line.trim_ascii_end();
        if first && (line.is_empty() || is_from_line(line)) {
            continue;
        }
        first = false;
        if line.is_empty() {
            break;
        }
        if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            continue;
        }
        let Some(name) = field_name(line) else { return false };
        let at = MAIL_HEADERS.iter().position(|h| h.as_bytes().eq_ignore_ascii_case(name));
        if let Some(slot) = at.and_then(|at| seen.get_mut(at)).filter(|slot| !**slot) {
            *slot = true;
            known += 1;
        }
        if known >= least {
            return true;
        }
    }
    false
}

/// The name of a header field at the start of a line (RFC 5322 §2.2).
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', line.get(..200).unwrap_or(line))?;
    let name = line.get(..colon)?.trim_ascii_end();
    // A URL is no field, nor is a name with odd characters.
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (!name.is_empty() && name.iter().all(plain) && !line.get(colon + 1..)?.starts_with(b"//")).then_some(name)
}

/// The separator line of an mbox, also quoted or with a stray quotation mark.
fn is_from_line(line: &[u8]) -> bool {
    let rest = line.iter().position(|b| !matches!(b, b'>' | b'"' | b' ')).and_then(|at| line.get(at..));
    rest.is_some_and(|r| r.starts_with(b"From ") || r.starts_with(b"From\t"))
}

/// A line of the bytes with its end, and the rest.
fn next_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1))
}

/// A look at the header block alone: everything in order?
fn needs_mending(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut first = true;
    loop {
        let (line, tail) = next_line(rest);
        let text = line.trim_ascii_end();
        if text.is_empty() {
            return first || line.is_empty() || header_goes_on(bytes, tail);
        }
        let folded = !first && text.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
        if !folded && field_name(text).is_none() {
            return true;
        }
        first = false;
        rest = tail;
    }
}

/// After the blank line that ended the header comes the other half of it: only header lines up to the next blank
/// line, and among them one that every mail has and that the first half lacks.
fn header_goes_on(bytes: &[u8], body: &[u8]) -> bool {
    if !body.get(..200).unwrap_or(body).contains(&b':') || !is_header_block(body, 2) {
        return false;
    }
    let head = bytes.get(..bytes.len() - body.len()).unwrap_or_default();
    let has = |block: &[u8], name: &[u8]| {
        block
            .split(|b| *b == b'\n')
            .any(|l| field_name(l.trim_ascii_end()).is_some_and(|n| n.eq_ignore_ascii_case(name)))
    };
    let second = body
        .get(..memmem::find(body, b"\n\n").or_else(|| memmem::find(body, b"\n\r\n")).unwrap_or(body.len()));
    let second = second.unwrap_or(body);
    let lacks = |name: &[u8]| !has(head, name) && has(second, name);
    // A mail whose header says multipart is whole: what follows is its body.
    lacks(b"from") || lacks(b"subject") && !has(head, b"content-type")
}

/// The mail with its header block put right. Linear; borrows when only the start has to go.
pub fn mend(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = bytes;
    // Blank lines and From_ lines on top.
    loop {
        let (line, tail) = next_line(rest);
        if !line.is_empty() && (line.trim_ascii().is_empty() || is_from_line(line)) {
            rest = tail;
        } else {
            break;
        }
    }
    // Some quote the whole header with one blank or ">".
    if !needs_mending(rest) {
        return Cow::Borrowed(rest);
    }
    let mut out = Vec::with_capacity(rest.len() + 16);
    let mut joined = false;
    while !rest.is_empty() && bytes.len() - rest.len() < MAX_HEADER_BYTES {
        let (line, tail) = next_line(rest);
        let text = line.trim_ascii_end();
        if text.is_empty() {
            if joined || out.is_empty() || !header_goes_on(&[&out[..], b"\n", tail].concat(), tail) {
                out.extend_from_slice(rest);
                return Cow::Owned(out);
            }
            joined = true;
        } else if text.starts_with(b"--") {
            // The boundary of what is around: the header ended without a blank line.
            break;
        } else if is_from_line(text) && field_name(text).is_none() {
            // skipped
        } else {
            let folded = text.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
            if !folded && field_name(text).is_none() {
                if out.is_empty() {
                    // Not a header at all (`REDACTED`): a mail that is only body.
                    out.push(b'\n');
                    out.extend_from_slice(rest);
                    return Cow::Owned(out);
                }
                out.push(b' ');
            }
            out.extend_from_slice(text);
            out.push(b'\n');
        }
        rest = tail;
    }
    out.push(b'\n');
    Cow::Owned(out)
}

/// Only the header was reported: nothing visible stands after it.
pub fn is_headers_only(mail: Mail<'_>) -> bool {
    let parts = mail.parts();
    parts.iter().all(|part| match part.body() {
        Body::Text(text) => text.trim().is_empty(),
        Body::Html(html) => html.trim().is_empty(),
        Body::Binary(bytes) => bytes.is_empty(),
        Body::Message(_) => false,
        Body::Multipart => parts.len() == 1,
    })
}

#[cfg(test)]
mod tests {
    use super::super::mail;
    use super::*;

    fn headers(bytes: &[u8]) -> (Option<String>, Option<String>) {
        let mended = mend(bytes);
        let message = mail::parse(&mended).expect("message");
        let mail = Mail::of(&message);
        (mail.header("From").map(Cow::into_owned), mail.header("Subject").map(Cow::into_owned))
    }

    #[test]
    fn a_broken_header_block_still_gives_its_fields() {
        let want = (Some("a@example.org".to_owned()), Some("Hi there".to_owned()));
        for broken in [
            "From: a@example.org\nSubject: Hi there\n\nbody: x\n",
            "\n\nFrom: a@example.org\nSubject: Hi there\n\nbody\n",
            ">From a@example.org Mon Jan  1 00:00:00 2024\nFrom: a@example.org\nSubject: Hi there\n\nbody\n",
            "\"From a@example.org Mon Jan 1\nFrom: a@example.org\nSubject: Hi there\n\nbody\n",
            "From: a@example.org\nReceived: from x\n\nTo: b@example.org\nSubject: Hi there\n\nbody\n",
            "Received: from x by y\nwith SMTP; yesterday\nFrom: a@example.org\nSubject: Hi there\n\nbody\n",
            "From: a@example.org\r\nSubject: Hi there\r\n--outer\r\nContent-Type: text/plain\r\n",
            "From: a@example.org\nSubject: Hi\n there",
        ] {
            assert_eq!(headers(broken.as_bytes()), want, "{broken:?}");
        }
    }

    #[test]
    fn a_body_that_quotes_a_header_stays_body() {
        let mail = b"From: a@example.org\nSubject: Hi\n\nFrom: b@example.org\nTo: c@example.org\nSubject: no\n\ntext\n";
        assert!(!needs_mending(mail));
        let only_body = mend(b"REDACTED\n");
        assert_eq!(&only_body[..], b"\nREDACTED\n");
    }
}
