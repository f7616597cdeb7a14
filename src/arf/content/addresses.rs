//! Mail addresses in text. Quoted local parts and address literals are left alone: nobody is written to there.

use super::collector::Collector;

/// RFC 5321 §4.5.3.1.
const MAX_LOCAL_BYTES: usize = 64;
const MAX_DOMAIN_BYTES: usize = 255;

/// Hands every mail address in the text to `found`, its domain in lower case.
pub(super) fn scan(text: &str, found: &mut Collector) {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'@', text.as_bytes().get(from..).unwrap_or_default()) {
        let at = from + at;
        let local = local_part(&text[from..at]);
        let domain = domain(&text[at + 1..]);
        from = at + 1;
        if !local.is_empty() && !domain.is_empty() {
            from += domain.len();
            found.address(&format!("{local}@{}", domain.to_lowercase()));
        }
    }
}

/// The local part that the text ends in.
fn local_part(before: &str) -> &str {
    let window = &before[before.ceil_char_boundary(before.len().saturating_sub(MAX_LOCAL_BYTES + 1))..];
    let is_local =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '=' | '&' | '~');
    let start = window
        .rfind(|c| !is_local(c))
        .map_or(0, |at| at + window[at..].chars().next().map_or(1, char::len_utf8));
    let mut local = &window[start..];
    // The value of a query parameter: `?to=a@b.example`.
    if window[..start].ends_with('?') || local.contains('&') {
        local = local.rsplit(['=', '&']).next().unwrap_or_default();
    }
    let local = local.trim_start_matches(['.', '\'', '=', '-', '~', '%', '+']);
    if local.len() > MAX_LOCAL_BYTES || local.ends_with('.') { "" } else { local }
}

/// The domain that the text begins with: at least two labels, the last one no number.
fn domain(after: &str) -> &str {
    let window = &after[..after.floor_char_boundary(MAX_DOMAIN_BYTES)];
    let end = window.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(window.len());
    let domain = window[..end].trim_end_matches(['.', '-']);
    let last = domain.rsplit_once('.').map_or("", |(_, last)| last);
    let is_domain = last.chars().count() >= 2
        && last.starts_with(char::is_alphabetic)
        && !domain.starts_with(['.', '-'])
        && !domain.contains("..");
    if is_domain { domain } else { "" }
}
