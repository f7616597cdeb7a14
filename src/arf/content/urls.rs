//! URLs in text. Knows nothing of HTML or MIME.
//!
//! One search for the few triggers that begin a URL, then a scanner of our own that finds both ends: general link
//! finders look at every dot and colon and refuse what abusive mail is full of (`http://2742879943/`, `http://[v6]/`,
//! `a_b.example`, `hxxp`, `[.]`).
//!
//! Every byte is looked at a bounded number of times: the search goes on behind the end of each URL, and a trigger
//! that begins none is given up before its path is read.

use super::addresses;
use super::collector::Collector;
use crate::text::refang;
use regex::Regex;
use std::sync::LazyLock;

/// `://` whole or defanged, or a bare `www.`.
static TRIGGER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i-u)://|[\[(]:[\])]//|[\[(]://[\])]|www(?:\.|\[\.\]|\(\.\))").ok());

/// Schemes whose URLs are kept, defanged forms included, longer ones before those that end alike.
const SCHEMES: [&str; 13] = [
    "https", "http", "hxxps", "hxxp", "ftps", "ftp", "fxps", "fxp", "hxtps", "hxtp", "htxps", "htxp", "h**p",
];

/// Forms of a defanged dot that may stand in a host.
const DOTS: [&str; 5] = ["[.]", "(.)", "{.}", "[dot]", "(dot)"];

/// Hands every URL in the text, and every mail address outside of them, to `found`.
pub(super) fn scan(text: &str, found: &mut Collector) {
    let Some(trigger) = TRIGGER.as_ref() else { return };
    let mut done = 0;
    let mut from = 0;
    while let Some(hit) = trigger.find_at(text, from) {
        from = hit.end();
        let is_bare = text.as_bytes()[hit.start()].eq_ignore_ascii_case(&b'w');
        let start = if is_bare {
            Some(hit.start()).filter(|&at| begins_a_word(&text[done..at]))
        } else {
            scheme_before(&text[done..hit.start()]).map(|length| hit.start() - length)
        };
        let Some(start) = start else { continue };
        let opener = text[done..start].chars().next_back();
        let Some(end) = url_end(text, hit.end(), is_bare, opener) else { continue };
        addresses::scan(&text[done..start], found);
        take(&text[start..end], found);
        done = end;
        from = from.max(end);
    }
    addresses::scan(&text[done..], found);
}

/// Hands one URL over, refanged. One that a line's end inside `<…>` breaks is two: some mail programs join the lines,
/// others open what stands on the first, so a victim may have come to either.
fn take(written: &str, found: &mut Collector) {
    let whole = refang(written);
    match whole.split_once(['\n', '\r']) {
        Some((first_line, _)) => {
            found.url(first_line.trim_end());
            found.url(&whole.split_ascii_whitespace().collect::<String>());
        }
        None => found.url(&whole),
    }
}

/// Length of the scheme that the text ends in.
fn scheme_before(text: &str) -> Option<usize> {
    let end = text.as_bytes();
    SCHEMES
        .iter()
        .map(|scheme| scheme.len())
        .zip(SCHEMES)
        .find(|(length, scheme)| {
            end.len() >= *length && end[end.len() - length..].eq_ignore_ascii_case(scheme.as_bytes())
        })
        .map(|(length, _)| length)
}

/// Whether a bare `www.` after this text is the beginning of a host.
fn begins_a_word(before: &str) -> bool {
    !before
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '%'))
        && (!before.ends_with('/') || before.ends_with("//"))
}

/// Where the URL ends whose authority begins at `at`; `None` if there is no host.
fn url_end(text: &str, at: usize, is_bare: bool, opener: Option<char>) -> Option<usize> {
    let rest = &text[at..];
    let authority = authority_end(rest)?;
    if is_bare && !rest.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let end = match rest[authority..].chars().next() {
        Some('/' | '?' | '#' | '\\') => authority + tail_end(&rest[authority..], opener),
        _ => authority,
    };
    let trimmed = rest[..end].trim_end_matches(never_last);
    let trimmed = match opener {
        Some(emphasis @ ('*' | '_' | '~')) => trimmed.trim_end_matches(emphasis),
        _ => trimmed,
    };
    Some(at + trimmed.len())
}

/// Length of `user@host:port`. Without `@` it ends where no host can go on: `http://a.example,b` is `a.example`.
fn authority_end(rest: &str) -> Option<usize> {
    let end = rest.find(|c: char| matches!(c, '/' | '?' | '#' | '\\') || ends_url(c)).unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
    let length = host + host_length(&rest[host..end]);
    rest[host..length].contains(char::is_alphanumeric).then_some(length)
}

/// Length of a host with its port: letters, digits, `-._~%:`, defanged dots, and an address in brackets at the
/// beginning. Underscores are no host name's (RFC 1123 §2.1), yet resolvers and senders take them.
fn host_length(text: &str) -> usize {
    let mut at = 0;
    if text.starts_with('[') && !DOTS.iter().any(|dot| text.starts_with(dot)) {
        let close = text.find(']').unwrap_or(0);
        let inside = text.get(1..close).unwrap_or_default();
        if inside.contains(':')
            && inside.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '%'))
        {
            at = close + 1;
        }
    }
    while let Some(c) = text[at..].chars().next() {
        if c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '%' | ':') {
            at += c.len_utf8();
        } else if let Some(dot) =
            DOTS.iter().find(|d| text[at..].get(..d.len()).is_some_and(|w| w.eq_ignore_ascii_case(d)))
        {
            at += dot.len();
        } else {
            break;
        }
    }
    at
}

/// Length of path, query and fragment.
///
/// A bracket ends them that was not opened in them, and so does the quote that stands before the URL. A list of
/// URLs without blanks is split. Inside `<…>` a line's end is no end if `>` follows (RFC 3986 appendix C).
fn tail_end(tail: &str, opener: Option<char>) -> usize {
    let (mut round, mut square, mut curly) = (0usize, 0usize, 0usize);
    let mut in_query = false;
    for (at, c) in tail.char_indices() {
        match c {
            '(' => round += 1,
            '[' => square += 1,
            '{' => curly += 1,
            ')' | ']' | '}' => {
                let open = match c {
                    ')' => &mut round,
                    ']' => &mut square,
                    _ => &mut curly,
                };
                match open.checked_sub(1) {
                    Some(fewer) => *open = fewer,
                    None => return at,
                }
            }
            '?' => in_query = true,
            '\'' if opener == Some('\'') => return at,
            ',' | ';' | '|' if !in_query && begins_url(&tail[at + 1..]) => return at,
            '\r' | '\n' if opener == Some('<') => return folded_end(tail, at),
            _ if ends_url(c) => return at,
            _ => {}
        }
    }
    tail.len()
}

/// The end of a URL in angle brackets that goes on behind the line's end at `at`, or `at`.
fn folded_end(tail: &str, at: usize) -> usize {
    let window = &tail[at..tail.floor_char_boundary(at + 512)];
    let more = window.find('>').map(|close| &window[..close]);
    let goes_on = more.is_some_and(|more| {
        let lines = more.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.clone().count() == 1 && lines.clone().all(|line| !line.contains(ends_url) && !begins_url(line))
    });
    more.filter(|_| goes_on).map_or(at, |more| at + more.trim_end().len())
}

fn begins_url(text: &str) -> bool {
    ["http://", "https://", "hxxp://", "hxxps://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|t| t.eq_ignore_ascii_case(scheme)))
}

/// Characters at which every URL ends: blanks and controls, `<>"` and backtick (RFC 3986 appendix C), quotation
/// marks, and the punctuation that ends a clause where no blank follows it.
fn ends_url(c: char) -> bool {
    match c {
        '<' | '>' | '"' | '`' => true,
        _ if c.is_ascii() => c.is_ascii_control() || c == ' ',
        '\u{200b}' | '\u{feff}' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' | '\u{2060}' => {
            true
        }
        '。' | '，' | '、' | '；' | '：' | '！' | '？' | '（' | '）' | '【' | '】' | '「' | '」' | '『'
        | '』' | '《' | '》' | '〈' | '〉' => true,
        _ => c.is_whitespace() || c.is_control(),
    }
}

/// Punctuation that ends a sentence, not a URL.
fn never_last(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '"' | '’' | '‘' | '…' | '(' | '[' | '{' | '\\')
}
