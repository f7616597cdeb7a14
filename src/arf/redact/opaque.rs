//! Words by which a sender tells his recipients apart: queries, numbers in paths, identifiers in fields of his own.
//! Only a spamtrap's evidence loses them; knows nothing of recipients.

use std::borrow::Cow;

/// Stands for what was taken away.
const HIDDEN: &str = "redacted";

/// Fields of `X-` that say something about the source or the judgement, and nothing about the recipient.
const TELLING_FIELDS: &[&str] = &[
    "x-antiabuse",
    "x-authenticated-sender",
    "x-authentication-results",
    "x-get-message-sender-via",
    "x-mailer",
    "x-mimeole",
    "x-msmail-priority",
    "x-originating-ip",
    "x-php-originating-script",
    "x-php-script",
    "x-priority",
    "x-received",
    "x-source",
    "x-source-args",
    "x-source-auth",
    "x-source-dir",
    "x-source-ip",
];

/// Whether a field is the sender's own and may hold anything.
pub(super) fn is_senders_own(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("x-") && !name.starts_with("x-spam") && !TELLING_FIELDS.contains(&name.as_str())
}

/// A number, a hash, a token: a word that nobody would say.
pub(super) fn is_opaque(word: &str) -> bool {
    let bytes = word.as_bytes();
    if word.matches('.').count() >= 2 || word.contains(':') || word.parse::<std::net::IpAddr>().is_ok() {
        return false;
    }
    let (mut digits, mut longest, mut run, mut turns, mut humps) = (0, 0, 0, 0, 0);
    for (index, byte) in bytes.iter().enumerate() {
        let next = bytes.get(index + 1);
        if byte.is_ascii_digit() {
            digits += 1;
            run += 1;
            longest = run.max(longest);
            turns += usize::from(next.is_some_and(u8::is_ascii_alphabetic));
        } else {
            run = 0;
            turns += usize::from(byte.is_ascii_alphabetic() && next.is_some_and(u8::is_ascii_digit));
            humps += usize::from(byte.is_ascii_lowercase() && next.is_some_and(u8::is_ascii_uppercase));
        }
    }
    let is_joined = word.contains(['-', '_', '.']);
    longest >= 5
        || (turns >= 3 && bytes.len() >= 8)
        || (digits > 0 && bytes.len() >= 16 && !is_joined)
        || (humps >= 3 && bytes.len() >= 12 && !is_joined)
        || (bytes.len() >= 24 && !is_joined)
}

/// A field's value without opaque words.
pub(super) fn hide_words(value: &str) -> Cow<'_, str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '.' | ':');
    let mut out = String::new();
    let mut at = 0;
    for (start, word) in words(value, is_word) {
        if is_opaque(word) {
            out.push_str(value.get(at..start).unwrap_or_default());
            out.push_str(HIDDEN);
            at = start + word.len();
        }
    }
    if at == 0 {
        return Cow::Borrowed(value);
    }
    out.push_str(value.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

fn words(text: &str, is_word: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive(move |c| !is_word(c)).filter_map(move |piece| {
        let start = at;
        at += piece.len();
        let word = piece.trim_end_matches(|c| !is_word(c));
        (!word.is_empty()).then_some((start, word))
    })
}

/// URLs without query and fragment, and without opaque words in their paths; host, port and names of pages stay.
pub(super) fn hide_in_urls(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for scheme in memchr::memmem::find_iter(bytes, b"://") {
        if scheme < at {
            continue;
        }
        let url = bytes.get(scheme..).unwrap_or_default();
        let length = url.iter().take_while(|b| b.is_ascii_graphic() && !b"\"'<>".contains(b)).count();
        let url = url.get(..length).unwrap_or_default();
        out.extend_from_slice(bytes.get(at..scheme).unwrap_or_default());
        out.extend_from_slice(hide_in_url(&String::from_utf8_lossy(url)).as_bytes());
        at = scheme + length;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out
}

/// The same for one URL, or its part from `://` on.
pub(crate) fn hide_in_url(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (place, query) = url.split_at(end);
    let host = place.find("://").map_or(0, |at| at + 3);
    let path = place.get(host..).and_then(|rest| rest.find('/')).map_or(place.len(), |at| host + at);
    let (front, path) = place.split_at(path);
    // A user name before the host is no part of the place.
    let front = match front.get(host..).and_then(|authority| authority.rsplit_once('@')) {
        Some((_, host_name)) => Cow::Owned(format!("{}{host_name}", front.get(..host).unwrap_or_default())),
        None => Cow::Borrowed(front),
    };
    let mut out = front.into_owned();
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        out.push_str(&hide_segment(segment));
    }
    if !query.is_empty() {
        out.push_str("?redacted");
    }
    out
}

fn hide_segment(segment: &str) -> Cow<'_, str> {
    let is_extension = |e: &str| (1..=5).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric());
    let (stem, extension) = match segment.rsplit_once('.').filter(|(_, extension)| is_extension(extension)) {
        Some((stem, extension)) => (stem, Some(extension)),
        None => (segment, None),
    };
    if !is_opaque(stem) && !stem.contains(['%', '@', '=', ';']) {
        return Cow::Borrowed(segment);
    }
    Cow::Owned(extension.map_or_else(|| HIDDEN.to_owned(), |extension| format!("{HIDDEN}.{extension}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_and_tokens_go() {
        for (url, expected) in [
            (
                "https://bad.example/wp-content/login.php?id=8412#x",
                "https://bad.example/wp-content/login.php?redacted",
            ),
            (
                "https://bad.example:8443/c/a1b2c3d4e5f6/index.html",
                "https://bad.example:8443/c/redacted/index.html",
            ),
            ("https://u8412@bad.example/2026/11/offer", "https://bad.example/2026/11/offer"),
            (
                "https://bad.example/u/84125/dHJhcDE3QHRyYXAuZXhhbXBsZQ.html",
                "https://bad.example/u/redacted/redacted.html",
            ),
            ("https://bad.example", "https://bad.example"),
            ("https://bad.example#8412", "https://bad.example?redacted"),
        ] {
            assert_eq!(hide_in_url(url), expected);
            let text = format!("see <{url}> now");
            assert_eq!(
                String::from_utf8_lossy(&hide_in_urls(text.as_bytes())),
                format!("see <{expected}> now")
            );
        }
    }

    #[test]
    fn words_of_people_and_addresses_are_not_opaque() {
        for word in
            ["newsletter", "198.51.100.7", "2001:db8::1", "Outlook", "16.0.4266.1001", "2026", "Windows-1252"]
        {
            assert!(!is_opaque(word), "{word}");
        }
        for word in ["84125", "a1b2c3d4e5", "7f3c9a21deadbeef", "abcdefghijklmnopqrstuvwxyz", "u84125"] {
            assert!(is_opaque(word), "{word}");
        }
        assert_eq!(hide_words("rcpt=8412577; list=a, x"), "rcpt=redacted; list=a, x");
    }
}
