//! Whether a URL tells who received the mail that it stands in. Who submits it to somebody else would tell them; and a URL
//! cannot be redacted, because it would be another one.

use super::Redactor;
use super::needles::Needles;
use super::view::View;
use super::{forms, runs};

/// Base64 and hexadecimal inside each other that are opened.
const MOST_DEPTH: usize = 3;

impl Redactor<'_> {
    /// In which form a recipient stands in the URL. A local part that is a mere word counts only with an `@` behind it:
    /// `/webmail/` is no trace of `webmail@victim.example`.
    pub fn trace_in_url(&self, url: &str) -> Option<&'static str> {
        trace(&self.needles, url)
    }
}

fn trace(needles: &Needles, url: &str) -> Option<&'static str> {
    let folded = url.to_ascii_lowercase().replace("%40", "@");
    let counts = |(who, form): &(&str, &'static str)| {
        let local = who.rsplit_once('@').map_or(*who, |(local, _)| local).to_ascii_lowercase();
        *form != forms::Form::Local.name()
            || forms::is_distinctive(local.as_bytes())
            || folded.contains(&format!("{local}@"))
    };
    needles.leaks(url.as_bytes()).into_iter().find(counts).map(|(_, form)| form)
}

/// Whether a mail address stands in the URL, anybody's, as it is, percent-encoded, or in base64 or hexadecimal. What
/// stands before the host (`http://bank.example@evil.example/`) is none.
pub fn has_address(url: &str) -> bool {
    let mut text = without_user(url).into_bytes();
    for _ in 0..=MOST_DEPTH {
        if text.is_empty() {
            return false;
        }
        let is_found = |view: &View| view.of(&text).is_some_and(|shown| holds_address(&shown));
        if View::ALL.iter().any(is_found) {
            return true;
        }
        text = runs::open(&text, |_| true).bytes;
    }
    false
}

/// The URL without what stands before an `@` in its authority.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{tail}")
}

/// `a@b.cd` somewhere.
fn holds_address(text: &[u8]) -> bool {
    let is_local = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-');
    memchr::memchr_iter(b'@', text).any(|at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|b| is_local(*b));
        let after = text.get(at + 1..).unwrap_or_default();
        let length =
            after.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
        let domain = after.get(..length).unwrap_or_default();
        let mut labels = domain.rsplit(|b| *b == b'.').skip_while(|label| label.is_empty());
        let last = labels.next().unwrap_or_default();
        let next = labels.next().unwrap_or_default();
        before && last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic) && !next.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Redaction, Redactor};
    use super::*;
    use base64::engine::{Engine, general_purpose::STANDARD, general_purpose::URL_SAFE_NO_PAD};
    use sha2::{Digest, Sha256};

    const VICTIM: &str = "webmail.user7@victim.example";

    fn found(url: &str) -> Option<&'static str> {
        Redactor::new(&[VICTIM.to_owned(), "webmail@victim.example".to_owned()], Redaction::default())
            .trace_in_url(url)
    }

    #[test]
    fn every_form_of_a_recipient_is_a_trace() {
        let hash: String = Sha256::digest(VICTIM).iter().map(|b| format!("{b:02x}")).collect();
        for url in [
            format!("http://evil.example/?to={VICTIM}"),
            format!("http://evil.example/#{}", VICTIM.replace('@', "%40")),
            format!("http://evil.example/u/{}", STANDARD.encode(VICTIM)),
            format!("http://evil.example/u/{}?x=1", URL_SAFE_NO_PAD.encode(format!("id={VICTIM}"))),
            format!("http://evil.example/{hash}"),
            "http://webmail.user7.evil.example/".to_owned(),
            "http://evil.example/webmail@".to_owned(),
        ] {
            assert!(found(&url).is_some(), "{url}");
        }
    }

    #[test]
    fn a_word_is_no_trace_of_those_who_are_called_like_it() {
        for url in ["http://evil.example/webmail/login.php", "http://victim.example.evil.example/"] {
            assert_eq!(found(url), None, "{url}");
        }
    }

    #[test]
    fn an_address_is_one_whoever_it_belongs_to_and_however_it_is_written() {
        let base64 = STANDARD.encode("x=someone@else.example&y");
        for url in [
            "http://evil.example/?e=someone@else.example".to_owned(),
            "http://evil.example/?e=someone%40else.example".to_owned(),
            "http://evil.example/?e=someone%2540else.example".to_owned(),
            "http://evil.example/#someone@else.example".to_owned(),
            format!("http://evil.example/go?{base64}"),
            format!("http://evil.example/go?{}", STANDARD.encode(base64)),
        ] {
            assert!(has_address(&url), "{url}");
        }
        for url in [
            "http://bank.example@evil.example/login",
            "http://bank.example%40x@evil.example/",
            "http://evil.example/@handle/status/1",
            "http://evil.example/a@b",
            "http://evil.example/c2hvcnQgdGV4dCB3aXRob3V0IGFueQ==",
            "not a url",
        ] {
            assert!(!has_address(url), "{url}");
        }
    }
}
