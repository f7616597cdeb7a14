//! The headers that receiving servers write: Received, Authentication-Results, Received-SPF. Knows nothing of parts.

use super::headers::{self, Line};
use super::{HIDDEN_DOMAIN, Redactor};
use crate::arf::mail;
use std::net::IpAddr;
use std::ops::Range;

/// Received lines looked at; SMTP servers see a loop in 100 (RFC 5321 §6.3).
const MAX_HOPS: usize = 100;

/// How many Received lines of a block are ours: down to the one that names the source, and all that hosts of ours
/// wrote; the topmost in any case.
pub(super) fn own_hops(block: &[u8], lines: &[Line], source: Option<IpAddr>, own_hosts: &[String]) -> usize {
    let received = lines.iter().filter(|line| is_received(&headers::name_of(block, line)));
    let values: Vec<&[u8]> =
        received.map(|line| block.get(line.value.clone()).unwrap_or_default()).take(MAX_HOPS).collect();
    let source = source.map(|source| source.to_canonical().to_string());
    let names_source = |value: &&[u8]| source.as_ref().is_some_and(|s| headers::names(value, s.as_bytes()));
    let is_ours = |value: &&&[u8]| {
        let host = host(&mail::unfold(value));
        host.is_some_and(|host| own_hosts.iter().any(|own| own.eq_ignore_ascii_case(&host)))
    };
    let to_source = values.iter().position(names_source).map_or(1, |index| index + 1);
    to_source.max(values.iter().take_while(is_ours).count())
}

pub(super) fn is_received(name: &str) -> bool {
    name.eq_ignore_ascii_case("received") || name.eq_ignore_ascii_case("x-received")
}

/// A Received value without the recipient. For a spamtrap the hosts of ours go too, and the queue's number, which
/// the sender's server was told. Its folding stays.
pub(super) fn received(redactor: &Redactor<'_>, value: &str, number: usize, own: usize) -> Option<String> {
    let mut text = headers::hide_addresses(redactor, value, for_clause(value));
    if redactor.how.spamtrap && number < own {
        if number + 1 < own {
            // Between two servers of ours: nothing but the time is evidence.
            let date = text.rfind(';').and_then(|at| text.get(at..)).unwrap_or_default().to_owned();
            text = format!(" from {HIDDEN_DOMAIN} by {HIDDEN_DOMAIN}{date}");
        } else {
            for (word, hidden) in [("by", HIDDEN_DOMAIN), ("id", "redacted")] {
                if let Some(place) = word_after(&text, word) {
                    let end = place.end + comment_length(text.get(place.end..).unwrap_or_default());
                    let end = if word == "by" { end } else { place.end };
                    text.replace_range(place.start..end, hidden);
                }
            }
        }
    }
    (text != value).then_some(text)
}

/// The length of a comment behind the receiving host: it repeats name or address.
fn comment_length(rest: &str) -> usize {
    let blanks = rest.len() - rest.trim_start().len();
    let is_comment = rest.get(blanks..).is_some_and(|comment| comment.starts_with('('));
    match rest.find(')').filter(|_| is_comment) {
        Some(end) if rest.get(..end).is_some_and(|comment| comment.contains(['.', ':'])) => end + 1,
        _ => 0,
    }
}

/// The results of a check at our own server, without its name.
pub(super) fn results(name: &str, value: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let place = match name.as_str() {
        "authentication-results" | "x-authentication-results" => first_word(value, 0),
        // RFC 8617 §4.1.1: the instance stands first.
        "arc-authentication-results" => first_word(value, value.find(';')? + 1),
        "received-spf" => {
            let start = value.to_ascii_lowercase().find("receiver=")? + "receiver=".len();
            first_word(value, start)
        }
        _ => return None,
    };
    let host = value.get(place.clone())?;
    if !host.contains('.') {
        return None;
    }
    let mut text = value.to_owned();
    text.replace_range(place, HIDDEN_DOMAIN);
    Some(text)
}

fn first_word(value: &str, from: usize) -> Range<usize> {
    let rest = value.get(from..).unwrap_or_default();
    let start = from + rest.len() - rest.trim_start().len();
    let rest = value.get(start..).unwrap_or_default();
    start..start + rest.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(rest.len())
}

/// The host that wrote a Received value.
pub(super) fn host(value: &str) -> Option<String> {
    let host = value.get(word_after(value, "by")?)?;
    (host.contains('.') && host.parse::<IpAddr>().is_err() && !host.starts_with('[')).then(|| host.to_owned())
}

/// The `for` clause of a Received value (RFC 5321 §4.4): from the word to the date.
pub(super) fn for_clause(value: &str) -> Range<usize> {
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
