//! The headers that name recipients by their nature, rebuilt field by field; knows nothing of parts.

use super::{HIDDEN_DOMAIN, Redactor, opaque, trace};
use crate::arf::mail::{self, Part};
use crate::arf::wire;
use std::borrow::Cow;
use std::net::IpAddr;
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
    /// A signature, whose parts are made for this one mail.
    Signature,
    /// Copies of signed bytes (RFC 6591 §3.2.3).
    Canonicalized,
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
        | "x-original-rcpt"
        | "x-failed-recipients"
        | "x-forwarded-for"
        | "x-loop"
        | "removal-recipient" => Role::Recipients,
        "received" | "x-received" => Role::Received,
        "dkim-signature"
        | "x-google-dkim-signature"
        | "arc-seal"
        | "arc-message-signature"
        | "domainkey-signature" => Role::Signature,
        "dkim-canonicalized-header" | "dkim-canonicalized-body" => Role::Canonicalized,
        "list-unsubscribe" | "x-list-unsubscribe" | "x-unsubscribe" => Role::Unsubscribe,
        "message-id"
        | "in-reply-to"
        | "references"
        | "resent-message-id"
        | "feedback-id"
        | "x-feedback-id"
        | "x-message-id"
        | "thread-index"
        | "original-envelope-id" => Role::Identifier,
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
            Role::Received => trace::for_clause(&value),
            _ => continue,
        };
        let part = value.get(range).unwrap_or_default();
        out.extend(addresses(part).into_iter().filter_map(|place| part.get(place).map(str::to_owned)));
    }
}

/// What our own Received lines name: whom the mail was for, and the hosts that wrote them.
pub(super) fn own_trace(
    block: &[u8],
    source: Option<IpAddr>,
    own_hosts: &[String],
    recipients: &mut Vec<String>,
    hosts: &mut Vec<String>,
) {
    let lines = lines(block);
    let own = trace::own_hops(block, &lines, source, own_hosts);
    let received = lines.iter().filter(|line| trace::is_received(&name_of(block, line)));
    for line in received.take(own) {
        let value = mail::unfold(block.get(line.value.clone()).unwrap_or_default());
        hosts.extend(trace::host(&value));
        let clause = value.get(trace::for_clause(&value)).unwrap_or_default();
        recipients
            .extend(addresses(clause).into_iter().filter_map(|place| clause.get(place).map(str::to_owned)));
    }
}

/// Whether a text names a host or address as a whole word.
pub(super) fn names(text: &[u8], name: &[u8]) -> bool {
    memchr::memmem::find_iter(text, name).any(|at| {
        let is_inside = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.');
        !is_inside(at.checked_sub(1).and_then(|at| text.get(at))) && !is_inside(text.get(at + name.len()))
    })
}

pub(super) fn name_of<'b>(block: &'b [u8], line: &Line) -> Cow<'b, str> {
    String::from_utf8_lossy(block.get(line.name.clone()).unwrap_or_default().trim_ascii())
}

/// A header block with its recipient headers rebuilt, and every other trace replaced. `part` is the part that these
/// headers describe; its text may have got another charset.
pub(super) fn rebuild(
    redactor: &Redactor<'_>,
    block: &[u8],
    part: Option<Part<'_>>,
    rewritten: bool,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len());
    let mut at = 0;
    let mut hop = 0;
    let lines = lines(block);
    let own = trace::own_hops(block, &lines, redactor.how.source, redactor.how.own_hosts);
    let mut encoded = false;
    for line in &lines {
        let name = name_of(block, line);
        let raw = block.get(line.value.clone()).unwrap_or_default();
        let role = role(&name);
        let new = match role {
            Role::Received => {
                hop += 1;
                trace::received(redactor, &String::from_utf8_lossy(raw), hop - 1, own)
            }
            _ => {
                let unfolded = mail::unfold(raw);
                let new = if rewritten && name.eq_ignore_ascii_case("Content-Transfer-Encoding") {
                    encoded = true;
                    Some("base64".to_owned())
                } else if rewritten && name.eq_ignore_ascii_case("Content-Type") {
                    Some(in_utf8(&unfolded))
                } else {
                    None
                };
                let new = new.or_else(|| part.and_then(|part| file_name(redactor, part, &name, &unfolded)));
                new.or_else(|| value(redactor, role, &unfolded, &name)).map(|new| with_line_end(&new, raw))
            }
        };
        if let Some(new) = new {
            out.extend_from_slice(block.get(at..line.value.start).unwrap_or_default());
            out.extend_from_slice(new.as_bytes());
            at = line.value.end;
        }
    }
    if rewritten && !encoded {
        out.splice(0..0, *b"Content-Transfer-Encoding: base64\r\n");
    }
    out.extend_from_slice(block.get(at..).unwrap_or_default());
    redactor.needles.replace(out)
}

fn with_line_end(value: &str, old: &[u8]) -> String {
    let end = if old.ends_with(b"\r\n") { "\r\n" } else { "\n" };
    let last = if old.ends_with(b"\n") { end } else { "" };
    format!(" {}{last}", value.replace("\r\n", end))
}

/// A Content-Type whose text is in UTF-8 now.
fn in_utf8(value: &str) -> String {
    let kept = value.split(';').filter(|p| !p.trim_start().to_ascii_lowercase().starts_with("charset"));
    format!("{};\r\n\tcharset=utf-8", kept.map(str::trim).collect::<Vec<_>>().join("; "))
}

/// A file name that names a recipient once its pieces are put together (RFC 2231, RFC 2047).
fn file_name(redactor: &Redactor<'_>, part: Part<'_>, name: &str, value: &str) -> Option<String> {
    let parameter = if name.eq_ignore_ascii_case("Content-Type") {
        "name"
    } else if name.eq_ignore_ascii_case("Content-Disposition") {
        "filename"
    } else {
        return None;
    };
    if !value.to_ascii_lowercase().contains(parameter) {
        return None;
    }
    let text = part.file_name()?;
    let hidden = redactor.text(text);
    if hidden == text {
        return None;
    }
    let is_name = |piece: &str| piece.trim_start().to_ascii_lowercase().starts_with(parameter);
    let kept: Vec<&str> = value.split(';').map(str::trim).filter(|p| !is_name(p) && !p.is_empty()).collect();
    let hidden: String = hidden
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') { c } else { '_' })
        .take(200)
        .collect();
    Some(format!("{};\r\n\t{parameter}=\"{hidden}\"", kept.join("; ")))
}

/// The new value, folded with CRLF; `None` when it stays.
fn value(redactor: &Redactor<'_>, role: Role, value: &str, name: &str) -> Option<String> {
    let spamtrap = redactor.how.spamtrap;
    match role {
        Role::Signature if spamtrap => Some(without_signature(value)),
        Role::Canonicalized if spamtrap => Some("cmVkYWN0ZWQ=".to_owned()),
        // Proxies write addresses of hosts there, forwarding servers those of people.
        Role::Recipients if name.eq_ignore_ascii_case("x-forwarded-for") && !value.contains('@') => None,
        Role::Recipients => Some(recipient_list(redactor, value)),
        Role::Unsubscribe => Some(links_without_paths(value)),
        Role::Identifier if spamtrap => Some(format!("<{}@{HIDDEN_DOMAIN}>", redactor.token(value))),
        Role::ReturnPath if spamtrap && value.contains('@') => {
            let place = addresses(value).into_iter().next().unwrap_or(0..value.len());
            let address = value.get(place)?;
            let domain = address.rsplit_once('@').map_or(HIDDEN_DOMAIN, |(_, domain)| domain);
            Some(format!("<{}@{domain}>", redactor.token(address)))
        }
        _ => {
            let mut text = Cow::Borrowed(value);
            if value.contains("=?") {
                let decoded = decode_words(value);
                let hidden = redactor.text(&decoded);
                if hidden != decoded {
                    text = Cow::Owned(wire::unstructured(&hidden, name.len() + 2));
                }
            }
            if spamtrap {
                text = trace::results(name, &text).map_or(text, Cow::Owned);
                if text.contains("://") {
                    let hidden = opaque::hide_in_urls(text.as_bytes());
                    text = Cow::Owned(String::from_utf8_lossy(&hidden).into_owned());
                }
                if opaque::is_senders_own(name) {
                    text = Cow::Owned(opaque::hide_words(&text).into_owned());
                }
            }
            if text == value {
                // Searched once more without its folding, which then stays as it is.
                return None;
            }
            let long = !text.contains('\n') && text.len() > wire::MAX_LINE - 100;
            Some(if long { wire::fold(&text, name.len() + 2) } else { text.into_owned() })
        }
    }
}

/// A signature that shows whose it is and can no longer be looked up: signature, body hash, copied headers and the
/// identity's local part go.
fn without_signature(value: &str) -> String {
    let tags = value.split(';').map(|tag| match tag.split_once('=') {
        Some((name, _)) if matches!(name.trim(), "b" | "bh" | "z") => format!("{}=redacted", name.trim()),
        Some((name, identity)) if name.trim() == "i" && identity.contains('@') => {
            format!("i=@{}", identity.rsplit_once('@').map_or("", |(_, domain)| domain).trim())
        }
        _ => tag.trim().to_owned(),
    });
    tags.collect::<Vec<_>>().join(";\r\n\t")
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

pub(super) fn hide_addresses(redactor: &Redactor<'_>, value: &str, within: Range<usize>) -> String {
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
