//! What a message may cost: found in one pass over its lines before it is parsed, so that no message hangs the parser,
//! which is quadratic in some forms, or overflows the stack, which it uses for messages inside messages.

use super::words;
use memchr::{memchr, memchr_iter, memmem};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The first bytes of a message, in which everything is looked for. Reports stand at the top of theirs, and with the
/// largest message that most servers take (10 MB with Postfix as it comes) the mail they enclose is whole. Parsing holds
/// decoded parts, and mended copies of all, beside the message: for 16 MiB bearable at any time.
pub const MAX_BYTES: usize = 16 << 20;

/// Messages inside messages; an honest report has one or two, a digest some dozens.
const MAX_MESSAGES: usize = 250;

/// A nest of messages takes 28 bytes a level.
const MIN_TOWER_BYTES: usize = MAX_MESSAGES * 28;

/// The parser collects pieces of a long parameter one by one (RFC 2231) and tries every `=?` to the end.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// How often the length of the message (and never less than a megabyte) may be read in search of boundaries. One that
/// never comes makes the parser read to the end for nothing, so that n of them in n bytes would take n² steps.
const MAX_SEARCHES: usize = 16;

/// An encoded message inside an encoded message is undone by the parser down to this level.
const MAX_ENCODED_LEVELS: usize = 3;

/// How much of a message is parsed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Where the message is cut off, and why.
    pub cut: Option<(usize, Reason)>,
    /// Transfer encodings are left as they are.
    pub undecoded: bool,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// More bytes than [`MAX_BYTES`].
    Bytes,
    /// More mails inside it than `MAX_MESSAGES`.
    Messages,
    /// A header longer than `MAX_HEADER_BYTES`.
    Header,
    /// More reading in search of boundaries than `MAX_SEARCHES` allows.
    Boundaries,
}

impl Limits {
    /// A sentence about what was not read; `None` when all was.
    pub fn note(&self) -> Option<String> {
        let mut note = String::new();
        if let Some((at, reason)) = self.cut {
            let why = match reason {
                Reason::Bytes => format!("it is larger than {} MiB", MAX_BYTES >> 20),
                Reason::Messages => format!("there are more than {MAX_MESSAGES} mails inside it"),
                Reason::Header => format!("a header is longer than {MAX_HEADER_BYTES} bytes"),
                Reason::Boundaries => "too many of its parts have no end".to_owned(),
            };
            let _ = write!(note, "Only the first {at} bytes were looked at, because {why}.");
        }
        if self.undecoded {
            let blank = if note.is_empty() { "" } else { " " };
            let _ = write!(
                note,
                "{blank}Encoded parts were not decoded, because too many mails are hidden in one."
            );
        }
        (!note.is_empty()).then_some(note)
    }
}

/// Finds the limits of a message.
pub fn of(raw: &[u8]) -> Limits {
    if cannot_reach_any(raw) { Limits::default() } else { at_level(raw, 0) }
}

/// The bytes of a message in which things are looked for, and whether it has more.
pub fn first_bytes(raw: &[u8]) -> (&[u8], bool) {
    raw.get(..MAX_BYTES).map_or((raw, false), |first| (first, first.len() < raw.len()))
}

/// Headers that are shortened; of a message with more, the rest is not read.
const MAX_SHORTENED: usize = 8;
/// What is kept of them.
const KEPT_HEADER_BYTES: usize = MAX_HEADER_BYTES / 2;

/// The limits of a message, after headers that are too long to be parsed have been cut, so that nobody hides a mail
/// behind one; with a note that says so. `has_more`: these are the [`first_bytes`] of a message that has more.
pub fn shorten(raw: Cow<'_, [u8]>, has_more: bool) -> (Cow<'_, [u8]>, Limits, Option<String>) {
    let (mut raw, mut shortened) = (raw, 0);
    let mut limits;
    loop {
        limits = of(&raw);
        let Some((start, Reason::Header)) = limits.cut.filter(|_| shortened < MAX_SHORTENED) else { break };
        let rest = raw.get(start..).unwrap_or_default();
        let kept = raw.get(..start + KEPT_HEADER_BYTES).unwrap_or_default();
        raw = Cow::Owned([kept, b"\n", rest.get(header_end(rest)..).unwrap_or_default()].concat());
        shortened += 1;
    }
    if has_more && limits.cut.is_none() {
        limits.cut = Some((raw.len(), Reason::Bytes));
    }
    let note = (shortened > 0).then(|| {
        format!(
            "Headers longer than {MAX_HEADER_BYTES} bytes: {shortened}; the first {KEPT_HEADER_BYTES} bytes of \
             each were read."
        )
    });
    (raw, limits, note)
}

/// Where the header that `rest` begins with ends, folded lines included.
fn header_end(rest: &[u8]) -> usize {
    let mut end = 0;
    loop {
        let tail = rest.get(end..).unwrap_or_default();
        end += memchr(b'\n', tail).map_or(tail.len(), |at| at + 1);
        if !matches!(rest.get(end), Some(b' ' | b'\t')) {
            return end;
        }
    }
}

/// Too short to hide a tower of messages, and too few header lines for one in the open: three of four reports.
fn cannot_reach_any(raw: &[u8]) -> bool {
    raw.len() < MIN_TOWER_BYTES && memchr_iter(b':', raw).count() <= MAX_MESSAGES
}

/// What is known of the header block being read.
#[derive(Default)]
struct Block {
    is_message: bool,
    has_type: bool,
    base64: bool,
    quoted: bool,
}

fn at_level(raw: &[u8], level: usize) -> Limits {
    let mut limits = Limits::default();
    let (mut messages, mut searched, mut has_digest) = (0, 0, false);
    let max_searched = raw.len().max(1 << 20).saturating_mul(MAX_SEARCHES);
    let mut block = Block::default();
    let mut at = 0;
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let start = at;
        at += memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = raw.get(start..at).unwrap_or_default();
        let mut letters = line.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase);
        let Some(first) = letters.next() else {
            // The end of a header block, or any blank line.
            let holds_message = block.is_message || has_digest && !block.has_type;
            if holds_message && (block.base64 || block.quoted) && hides_too_much(raw.get(at..), &block, level)
            {
                limits.undecoded = true;
            }
            block = Block::default();
            continue;
        };
        // How the names begin that matter; most lines are no header, and those are dear to read as one.
        if !matches!(
            (first, letters.next()),
            (b'c', Some(b'o')) | (b's', Some(b'u')) | (b'f', Some(b'r')) | (b'r', Some(b'e'))
        ) {
            continue;
        }
        let mut buffer = [0; MAX_NAME];
        let Some(name) = name(line, &mut buffer) else { continue };
        if !name.starts_with(b"content-") && !matches!(name, b"subject" | b"from" | b"reply-to") {
            continue;
        }
        let Some(value) = value(rest) else {
            limits.cut = Some((start, Reason::Header));
            break;
        };
        if !matches!(name, b"content-transfer-encoding" | b"content-type") {
            continue;
        }
        let lower = words::text(value, None).to_ascii_lowercase();
        let says = |word: &str| lower.contains(word);
        match name {
            b"content-transfer-encoding" => {
                block.base64 |= says("base64");
                block.quoted |= says("quoted");
            }
            b"content-type" => {
                block.has_type = true;
                has_digest |= says("digest");
                if says("rfc822") || says("global") || has_digest {
                    block.is_message = true;
                    messages += 1;
                }
                if says("boundary") {
                    searched += distance(value, rest);
                }
            }
            _ => {}
        }
        if messages > MAX_MESSAGES || searched > max_searched {
            let reason = if messages > MAX_MESSAGES { Reason::Messages } else { Reason::Boundaries };
            limits.cut = Some((start, reason));
            break;
        }
    }
    limits
}

/// The longest name that matters: `content-transfer-encoding`.
const MAX_NAME: usize = 25;

/// The header name at the start of a line as the parser reads it: blanks anywhere in it do not count.
fn name<'b>(line: &[u8], buffer: &'b mut [u8; MAX_NAME]) -> Option<&'b [u8]> {
    let mut length = 0;
    for byte in line {
        match byte {
            b':' => return buffer.get(..length).filter(|name| !name.is_empty()),
            b if b.is_ascii_whitespace() => {}
            b => {
                *buffer.get_mut(length)? = b.to_ascii_lowercase();
                length += 1;
            }
        }
    }
    None
}

/// The header that `rest` begins with, folded lines included; `None` when it is too long.
fn value(rest: &[u8]) -> Option<&[u8]> {
    let mut end = 0;
    loop {
        let tail = rest.get(end..)?;
        end += memchr(b'\n', tail).map_or(tail.len(), |at| at + 1);
        if end > MAX_HEADER_BYTES {
            return None;
        }
        if !matches!(rest.get(end), Some(b' ' | b'\t')) {
            return rest.get(..end);
        }
    }
}

/// How far the parser reads to find the boundary that this header names.
fn distance(value: &[u8], rest: &[u8]) -> usize {
    let boundary = memmem::find(&value.to_ascii_lowercase(), b"boundary").and_then(|at| {
        let after = value.get(at..)?;
        let after = after.get(memchr(b'=', after)? + 1..)?.trim_ascii_start();
        let quoted = after.strip_prefix(b"\"");
        let ends = |b: &u8| if quoted.is_some() { *b == b'"' } else { *b == b';' || b.is_ascii_whitespace() };
        let text = quoted.unwrap_or(after);
        text.get(..text.iter().position(ends).unwrap_or(text.len()))
    });
    let Some(boundary) = boundary.filter(|b| !b.is_empty()) else { return 0 };
    let mark = [b"--", boundary].concat();
    memmem::find(rest, &mark).unwrap_or(rest.len())
}

/// An encoded message holds more than the parser can be trusted with.
fn hides_too_much(body: Option<&[u8]>, block: &Block, level: usize) -> bool {
    let body = body.unwrap_or_default();
    let body = body.get(..memmem::find(body, b"\n--").unwrap_or(body.len())).unwrap_or(body);
    if body.len() < MIN_TOWER_BYTES || level > MAX_ENCODED_LEVELS {
        return false;
    }
    let decoded = if block.base64 {
        let mut out = Vec::with_capacity(body.len() / 4 * 3);
        words::base64(body, &mut out);
        Some(out)
    } else {
        mail_parser::decoders::quoted_printable::quoted_printable_decode(body)
    };
    decoded.is_none_or(|decoded| at_level(&decoded, level + 1) != Limits::default())
}

#[cfg(test)]
mod tests {
    use super::super::mail;
    use super::*;

    const NEST: &str = "Content-Type: message/rfc822\n\n";

    #[test]
    fn an_honest_message_has_no_limits() {
        let raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x--\n";
        assert_eq!(of(raw), Limits::default());
        assert_eq!(of(raw).note(), None);
    }

    #[test]
    fn what_stands_behind_a_padded_header_is_read_all_the_same() {
        let raw = format!(
            "Subject: {}\n {}\nFrom: a@b.example\n\nhttp://x.test/\n",
            "a".repeat(70_000),
            "b".repeat(9)
        );
        let (short, _, note) = shorten(Cow::Borrowed(raw.as_bytes()), false);
        assert!(short.ends_with(b"\nFrom: a@b.example\n\nhttp://x.test/\n"));
        assert_eq!(of(&short).cut, None);
        assert!(note.is_some_and(|note| note.contains("65536")));
        assert_eq!(shorten(Cow::Borrowed(b"Subject: a\n\nb"), false).2, None);
    }

    #[test]
    fn a_tower_of_messages_neither_overflows_the_stack_nor_is_silently_cut() {
        let tower = NEST.repeat(100_000);
        assert!(matches!(of(tower.as_bytes()).cut, Some((_, Reason::Messages))));
        assert!(mail::parse(tower.as_bytes()).is_some());
        let spaced = "Con tent-T\rype : message/rfc822\n\n".repeat(100_000);
        assert!(mail::parse(spaced.as_bytes()).is_some());

        let hidden = base64(tower.as_bytes());
        let encoded =
            format!("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{hidden}\n");
        assert!(of(encoded.as_bytes()).undecoded);
        assert!(mail::parse(encoded.as_bytes()).is_some());
    }

    #[test]
    fn a_short_message_is_limited_by_the_number_of_its_mails_too() {
        let short = "Content-Type:global\n".repeat(MAX_MESSAGES + 1);
        assert!(short.len() < MIN_TOWER_BYTES);
        assert!(matches!(of(short.as_bytes()).cut, Some((_, Reason::Messages))));
    }

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let bits =
                chunk.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
            for digit in 0..=chunk.len() {
                out.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
            }
        }
        out
    }

    #[test]
    fn boundaries_that_never_come_are_given_up() {
        let part = "--x\nContent-Type: multipart/mixed; boundary=never\n\n";
        let raw = format!("Content-Type: multipart/mixed; boundary=x\n\n{}", part.repeat(60_000));
        assert!(matches!(of(raw.as_bytes()).cut, Some((_, Reason::Boundaries))));
    }
}
