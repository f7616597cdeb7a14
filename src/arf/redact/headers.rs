//! The headers that name recipients by their nature, rebuilt field by field; knows nothing of parts.

use super::{HIDDEN_DOMAIN, Redactor};
use crate::arf::{mail, wire};
use std::borrow::Cow;
use std::ops::Range;

/// Addresses taken from one header value.
const MAX_ADDRESSES: usize = 1000;

/// Longest local part looked for; RFC 5321 §4.5.3.1.1 allows 64, VERP goes beyond.
const MAX_LOCAL: usize = 256;

/// Headers that end in `-To` and name senders.
const SENDERS: &[&str] = &[
    "reply-to",
    "in-reply-to",
    "mail-reply-to",
    "mail-followup-to",
    "errors-to",
    "x-errors-to",
    "return-receipt-to",
    "disposition-notification-to",
    "x-confirm-reading-to",
    "x-complaints-to",
    "x-report-abuse-to",
    "x-abuse-reports-to",
];

/// What a header says about who received the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Recipients, nothing else.
    Recipients,
    /// A trace line, which may have a `for` clause.
    Received,
    /// Links by which the recipient unsubscribes.
    Unsubscribe,
    /// An identifier that the sender may have made up for this recipient.
    Identifier,
    /// The envelope sender.
    ReturnPath,
    /// Anything else.
    Other,
}

fn role(name: &str) -> Role {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "to"
        | "cc"
        | "bcc"
        | "resent-cc"
        | "resent-bcc"
        | "x-cc"
        | "x-bcc"
        | "original-recipient"
        | "final-recipient"
        | "x-recipient"
        | "x-original-recipient"
        | "x-envelope-recipient"
        | "x-rcpt"
        | "x-original-rcpt" => Role::Recipients,
        "received" | "x-received" => Role::Received,
        "list-unsubscribe" | "x-list-unsubscribe" | "x-unsubscribe" => Role::Unsubscribe,
        "message-id" | "in-reply-to" | "references" | "resent-message-id" | "feedback-id"
        | "x-feedback-id" | "x-message-id" | "thread-index" => Role::Identifier,
        "return-path" | "original-mail-from" => Role::ReturnPath,
        _ if name.ends_with("-to") && !SENDERS.contains(&name.as_str()) => Role::Recipients,
        _ => Role::Other,
    }
}

/// A field in a header block.
pub(super) struct Line {
    /// Its name; empty for a line that is no field.
    pub name: Range<usize>,
    /// Its value with the line end.
    pub value: Range<usize>,
}

/// The fields of a header block, their folded lines included, up to its end.
pub(super) fn lines(block: &[u8]) -> Vec<Line> {
    let mut out: Vec<Line> = vec![];
    let mut start = 0;
    while start < block.len() {
        let end = memchr::memchr(b'\n', block.get(start..).unwrap_or_default())
            .map_or(block.len(), |offset| start + offset + 1);
        let line = block.get(start..end).unwrap_or_default();
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        match out.last_mut() {
            Some(last) if folded && !last.name.is_empty() => last.value.end = end,
            _ => {
                let colon = memchr::memchr(b':', line).filter(|at| {
                    *at > 0 && line.iter().take(*at).all(|b| b.is_ascii_graphic() || *b == b' ')
                });
                let name = colon.map_or(start..start, |at| start..start + at);
                let value = colon.map_or(start, |at| start + at + 1)..end;
                out.push(Line { name, value });
            }
        }
        start = end;
    }
    out
}

/// Addresses that the recipient headers and the `for` clauses of a header block name.
pub(super) fn recipients(block: &[u8], out: &mut Vec<String>) {
    for line in lines(block) {
        let value = mail::unfold(block.get(line.value.clone()).unwrap_or_default());
        let range = match role(&name_of(block, &line)) {
            Role::Recipients => 0..value.len(),
            Role::Received => for_clause(&value),
            _ => continue,
        };
        let part = value.get(range).unwrap_or_default();
        out.extend(addresses(part).into_iter().filter_map(|place| part.get(place).map(str::to_owned)));
    }
}

/// The host that wrote the topmost Received: the one that received the mail.
pub(super) fn receiving_host(block: &[u8]) -> Option<String> {
    let line = lines(block).into_iter().find(|line| role(&name_of(block, line)) == Role::Received)?;
    let value = mail::unfold(block.get(line.value.clone())?).into_owned();
    let place = word_after(&value, "by")?;
    let host = value.get(place)?;
    (host.contains('.') && host.parse::<std::net::IpAddr>().is_err()).then(|| host.to_owned())
}

fn name_of<'b>(block: &'b [u8], line: &Line) -> Cow<'b, str> {
    String::from_utf8_lossy(block.get(line.name.clone()).unwrap_or_default().trim_ascii())
}

/// A header block with its recipient headers rebuilt. Other traces are left to the needles.
pub(super) fn rebuild(redactor: &Redactor<'_>, block: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len());
    let mut at = 0;
    let mut trace_seen = false;
    for line in lines(block) {
        let name = name_of(block, &line);
        let raw = block.get(line.value.clone()).unwrap_or_default();
        let role = role(&name);
        let new = if role == Role::Received {
            let first = !std::mem::replace(&mut trace_seen, true);
            trace(redactor, &String::from_utf8_lossy(raw), first)
        } else {
            let end = if raw.ends_with(b"\r\n") { "\r\n" } else { "\n" };
            let value = value(redactor, role, &mail::unfold(raw), name.len());
            let last = if raw.ends_with(b"\n") { end } else { "" };
            value.map(|value| format!(" {}{last}", value.replace("\r\n", end)))
        };
        if let Some(new) = new {
            out.extend_from_slice(block.get(at..line.value.start).unwrap_or_default());
            out.extend_from_slice(new.as_bytes());
            at = line.value.end;
        }
    }
    out.extend_from_slice(block.get(at..).unwrap_or_default());
    out
}

/// A trace line without the recipient; a spamtrap's topmost one without the receiving host too. Its folding stays.
fn trace(redactor: &Redactor<'_>, value: &str, first: bool) -> Option<String> {
    let mut text = hide_addresses(redactor, value, for_clause(value));
    if redactor.how.spamtrap
        && first
        && let Some(place) = word_after(&text, "by")
    {
        text.replace_range(place, HIDDEN_DOMAIN);
    }
    (text != value).then_some(text)
}

/// The new value, folded with CRLF; `None` when it stays.
fn value(redactor: &Redactor<'_>, role: Role, value: &str, name: usize) -> Option<String> {
    let spamtrap = redactor.how.spamtrap;
    match role {
        Role::Recipients => Some(recipient_list(redactor, value)),
        Role::Unsubscribe => Some(links_without_paths(value)),
        Role::Identifier if spamtrap => Some(format!("<{}@{HIDDEN_DOMAIN}>", redactor.token(value))),
        Role::ReturnPath if spamtrap && value.contains('@') => {
            let place = addresses(value).into_iter().next().unwrap_or(0..value.len());
            let address = value.get(place)?;
            let domain = address.rsplit_once('@').map_or(HIDDEN_DOMAIN, |(_, domain)| domain);
            Some(format!("<{}@{domain}>", redactor.token(address)))
        }
        _ if value.contains("=?") => {
            let text = decode_words(value);
            let hidden = redactor.text(&text);
            (hidden != text).then(|| wire::unstructured(&hidden, name + 2))
        }
        _ => None,
    }
}

/// The text of encoded words (RFC 2047).
pub(super) fn decode_words(value: &str) -> String {
    let line = format!("Subject: {}\r\n\r\n", value.replace(['\r', '\n'], " "));
    let decoded = mail::parse(line.as_bytes());
    let decoded = decoded.as_ref().and_then(|m| mail::Mail::of(m).subject().map(str::to_owned));
    decoded.unwrap_or_else(|| value.to_owned())
}

/// Only addresses are kept of a recipient header: names and comments tell as much.
fn recipient_list(redactor: &Redactor<'_>, value: &str) -> String {
    // RFC 3464 §2.3.1 and RFC 5965 write `rfc822; address`.
    let typed = value.split_once(';').filter(|(kind, _)| kind.trim().eq_ignore_ascii_case("rfc822"));
    let hidden: Vec<String> = addresses(value)
        .into_iter()
        .filter_map(|place| value.get(place))
        .map(|address| match typed {
            Some(_) => format!("rfc822;{}", redactor.address(address)),
            None => format!("<{}>", redactor.address(address)),
        })
        .collect();
    if hidden.is_empty() { "undisclosed-recipients:;".to_owned() } else { hidden.join(",\r\n ") }
}

fn hide_addresses(redactor: &Redactor<'_>, value: &str, within: Range<usize>) -> String {
    let mut out = String::with_capacity(value.len());
    let mut at = 0;
    let clause = value.get(within.clone()).unwrap_or_default();
    for place in addresses(clause) {
        let place = within.start + place.start..within.start + place.end;
        out.push_str(value.get(at..place.start).unwrap_or_default());
        out.push_str(&redactor.address(value.get(place.clone()).unwrap_or_default()));
        at = place.end;
    }
    out.push_str(value.get(at..).unwrap_or_default());
    out
}

/// The host of each link; the path is the recipient's own.
fn links_without_paths(value: &str) -> String {
    let mut hosts: Vec<String> = vec![];
    for item in value.split(['<', '>', ',']).map(str::trim).take(MAX_ADDRESSES) {
        let hidden = match item.split_once("://") {
            Some((scheme, rest))
                if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
            {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                format!("<{}://{host}/redacted>", scheme.to_ascii_lowercase())
            }
            _ => match item.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:")).and(item.get(7..)) {
                Some(rest) => {
                    let address = rest.split('?').next().unwrap_or_default();
                    let domain = address.rsplit_once('@').map_or(HIDDEN_DOMAIN, |(_, domain)| domain);
                    format!("<mailto:redacted@{domain}>")
                }
                None => continue,
            },
        };
        if !hosts.contains(&hidden) {
            hosts.push(hidden);
        }
    }
    if hosts.is_empty() { "redacted".to_owned() } else { hosts.join(",\r\n ") }
}

/// The `for` clause of a Received value (RFC 5321 §4.4): from the word to the date.
fn for_clause(value: &str) -> Range<usize> {
    match word_after(value, "for") {
        Some(place) => {
            let end = value.get(place.start..).and_then(|rest| rest.rfind(';'));
            place.start..end.map_or(value.len(), |offset| place.start + offset)
        }
        None => 0..0,
    }
}

/// The word after `word`.
fn word_after(value: &str, word: &str) -> Option<Range<usize>> {
    let mut at = 0;
    let mut previous = false;
    for token in value.split_inclusive([' ', '\t', '\r', '\n']) {
        let text = token.trim_end();
        if previous && !text.is_empty() {
            return Some(at..at + text.trim_end_matches(';').len());
        }
        previous = text.eq_ignore_ascii_case(word) || (previous && text.is_empty());
        at += token.len();
    }
    None
}

/// Where addresses stand in a text.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut out = vec![];
    let mut from = 0;
    for at in memchr::memchr_iter(b'@', bytes).take(MAX_ADDRESSES) {
        let before = bytes.get(from..at).unwrap_or_default();
        let start = match before.split_last() {
            Some((b'"', quoted)) => {
                let length = quoted.iter().rev().take(MAX_LOCAL).position(|b| *b == b'"');
                length.map_or(at, |length| at - length - 2)
            }
            _ => at - before.iter().rev().take(MAX_LOCAL).take_while(|b| is_atom(**b)).count(),
        };
        let after = bytes.get(at + 1..).unwrap_or_default();
        let length = after
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') || !b.is_ascii())
            .count();
        let end = at + 1 + length;
        let trimmed = text.get(start..end).map_or(0, |t| t.trim_end_matches('.').len());
        if start < at && length > 0 && trimmed > at + 1 - start {
            out.push(start..start + trimmed);
            from = end;
        }
    }
    out
}

fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte) || !byte.is_ascii()
}
