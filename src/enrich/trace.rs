//! Where a URL leads: each redirect with its reason, without running anything and without going where nobody from
//! outside could go (DESIGN §6). Follows, measures and reads; what lists and networks say is the caller's to ask.

use super::http::{Failure, Http, Request, Response, Scheme, Wanted};
use super::lists::registrable;
use crate::model::{Fact, ListFact, Origin};
use html5gum::{DefaultEmitter, Token, Tokenizer};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use url::{Host, Url};

/// The most requests for one URL that lead further.
pub const MOST_HOPS: usize = 10;
/// How much of a page is read for the sake of a refresh; it belongs into the head of the page.
const MOST_PAGE_BYTES: u64 = 256 * 1024;
/// A longer URL is not followed; browsers stop at some 2 MB, servers at 8 KB.
const MOST_URL_BYTES: usize = 8 * 1024;
const ACCEPT: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

crate::model::report::named! {
    /// Why a hop was made.
    Reason {
        /// It is where the trace began.
        Asked = 0 "asked",
        /// The header Location of a redirect.
        Location = 1 "location",
        /// The header Refresh.
        Refresh = 2 "refresh",
        /// A `<meta http-equiv="refresh">` in the page.
        Meta = 3 "meta refresh",
    }
}

/// One request of a trace and what is known about its host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The URL, exactly.
    pub url: String,
    /// Why it was asked for.
    pub reason: Reason,
    /// The status of the answer; none without an answer.
    pub status: Option<u16>,
    /// The addresses of the host that may be connected to, each with who announces it.
    pub addresses: Vec<(IpAddr, Option<Fact<Origin>>)>,
    /// What domain lists say about the host's registrable domain.
    pub lists: Vec<ListFact>,
    /// How long the answer took.
    pub milliseconds: Option<u64>,
}

/// A trace from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The hops in their order; at least one.
    pub hops: Vec<Hop>,
    /// Why it ended where it did: a sentence.
    pub end: String,
}

/// What the caller knows about hosts, and whether he still wants to know more.
pub struct Companion<'a> {
    /// What domain lists say about a registrable domain; they are asked about nothing else.
    pub lists: &'a dyn Fn(&str) -> Vec<ListFact>,
    /// Who announces an address.
    pub origin: &'a dyn Fn(IpAddr) -> Option<Fact<Origin>>,
    /// Told each hop as soon as it is made.
    pub made: &'a dyn Fn(&Hop),
    /// Whether to stop.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// Follows the URL, over HTTP and HTTPS.
pub fn trace(http: &Http<'_>, url: &str, companion: &Companion<'_>) -> Trace {
    let mut hops: Vec<Hop> = vec![];
    let mut next = match Url::parse(url.trim()) {
        Ok(url) => (url, Reason::Asked),
        Err(error) => {
            let end = format!("This is no URL that could be followed ({error}).");
            return Trace { hops: vec![Hop::begin(url.trim(), Reason::Asked)], end };
        }
    };
    let mut seen: Vec<Url> = vec![];
    let end = loop {
        let (url, reason) = next;
        if (companion.cancelled)() {
            break "It was stopped.".to_owned();
        }
        if let Some(end) = may_not_follow(&url, &seen) {
            break end;
        }
        let mut hop = Hop::begin(url.as_str(), reason);
        if let Some(Host::Domain(name)) = url.host()
            && let Some(domain) = registrable(name)
        {
            hop.lists = (companion.lists)(&domain);
        }
        let answer = ask(http, &url);
        if let Ok(answer) = &answer {
            hop.status = Some(answer.status);
            hop.addresses = answer.addresses.iter().map(|ip| (*ip, (companion.origin)(*ip))).collect();
            hop.milliseconds = Some(u64::try_from(answer.took.as_millis()).unwrap_or(u64::MAX));
        }
        (companion.made)(&hop);
        hops.push(hop);
        seen.push(url.clone());
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => break failure.to_string(),
        };
        next = match onward(&url, &answer) {
            Ok((onward, reason)) => match url.join(&onward) {
                Ok(onward) => (onward, reason),
                Err(error) => {
                    break format!("It leads on to '{}', which is no URL ({error}).", onward.escape_debug());
                }
            },
            Err(end) => break end,
        };
    };
    if hops.is_empty() {
        hops.push(Hop::begin(url.trim(), Reason::Asked));
    }
    Trace { hops, end }
}

impl Hop {
    fn begin(url: &str, reason: Reason) -> Hop {
        Hop {
            url: url.to_owned(),
            reason,
            status: None,
            addresses: vec![],
            lists: vec![],
            milliseconds: None,
        }
    }
}

/// Why the trace ends before this URL.
fn may_not_follow(url: &Url, seen: &[Url]) -> Option<String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Some(format!("It leads on to a '{}:' URL, which is for another program.", url.scheme()));
    }
    if url.as_str().len() > MOST_URL_BYTES {
        return Some(format!("It leads on to a URL of {} bytes, which is not followed.", url.as_str().len()));
    }
    let plain = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    if let Some(at) = seen.iter().position(|earlier| plain(earlier) == plain(url)) {
        return Some(format!("It leads back to hop {}: a loop, at least without cookies.", at + 1));
    }
    (seen.len() >= MOST_HOPS).then(|| format!("It leads on after {MOST_HOPS} hops; no more are followed."))
}

/// `HEAD`, and where its answer does not lead on, the beginning of a `GET`: many servers answer `HEAD` with a refusal
/// or not at all, or otherwise than `GET`.
fn ask(http: &Http<'_>, url: &Url) -> Result<Response, Failure> {
    let request = |wanted| Request { url, scheme: Scheme::Any, wanted, accept: ACCEPT, own_word: false };
    match http.ask(&request(Wanted::Head)) {
        Ok(head) if redirect(&head).is_some() || head.refresh.is_some() => Ok(head),
        Ok(head) => {
            let mut answer = http.ask(&request(Wanted::Beginning(MOST_PAGE_BYTES)))?;
            answer.took += head.took;
            Ok(answer)
        }
        Err(Failure::Broken(_) | Failure::Silent(_)) => {
            http.ask(&request(Wanted::Beginning(MOST_PAGE_BYTES)))
        }
        Err(failure) => Err(failure),
    }
}

fn redirect(answer: &Response) -> Option<&str> {
    answer.location.as_deref().filter(|_| matches!(answer.status, 300..=303 | 307 | 308))
}

/// Where the answer leads, or why it leads nowhere.
fn onward(url: &Url, answer: &Response) -> Result<(String, Reason), String> {
    if let Some(location) = redirect(answer) {
        return Ok((location.to_owned(), Reason::Location));
    }
    if let Some(target) = answer.refresh.as_deref().and_then(refresh_target) {
        return Ok((target, Reason::Refresh));
    }
    let status = answer.status;
    if (300..400).contains(&status) && status != 304 {
        return Err(format!("It answers with status {status} and does not say where it leads."));
    }
    let is_page = matches!(answer.media_type.as_str(), "text/html" | "application/xhtml+xml" | "");
    let page = String::from_utf8_lossy(&answer.body);
    if is_page && let Some(target) = meta_refresh(&page, url) {
        return Ok((target, Reason::Meta));
    }
    let script =
        if is_page && runs_on(&page) { " A script in the page may lead on; none is run." } else { "" };
    Err(match status {
        200..=299 => format!("It ends here: status {status}, {}.{script}", kind(&answer.media_type)),
        _ => format!("It ends here with status {status}.{script}"),
    })
}

fn kind(media_type: &str) -> String {
    match media_type {
        "" => "of no stated type".to_owned(),
        "text/html" | "application/xhtml+xml" => "a page".to_owned(),
        other => other.chars().take(80).collect::<String>().escape_debug().to_string(),
    }
}

/// The URL in `5; url='…'`, as browsers read it (HTML §4.2.5.3, "shared declarative refresh steps").
fn refresh_target(content: &str) -> Option<String> {
    let content = content.trim_start();
    let rest = content.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start();
    let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim_start();
    let after = rest.get(..3).filter(|word| word.eq_ignore_ascii_case("url")).and_then(|_| rest.get(3..));
    let rest = after.and_then(|after| after.trim_start().strip_prefix('=')).unwrap_or(rest).trim_start();
    let target = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest.get(1..)?.split(quote).next()?,
        _ => rest,
    };
    let target = target.trim();
    (!target.is_empty()).then(|| target.to_owned())
}

/// The target of the first refresh of the page, against its `<base>`.
fn meta_refresh(page: &str, url: &Url) -> Option<String> {
    let mut base = None;
    let mut emitter = DefaultEmitter::default();
    // Otherwise tags would be seen in titles and scripts.
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(page, emitter) {
        let Ok(Token::StartTag(tag)) = token else { continue };
        let attribute =
            |name: &[u8]| tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned());
        match tag.name.as_slice() {
            b"base" => {
                // The first with an address counts (HTML §4.2.3).
                base = base.or_else(|| url.join(attribute(b"href")?.trim()).ok());
            }
            b"meta"
                if attribute(b"http-equiv")
                    .is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh")) =>
            {
                let target = attribute(b"content").as_deref().and_then(refresh_target);
                if let Some(target) = target {
                    return Some(base.as_ref().unwrap_or(url).join(&target).map_or(target, String::from));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a script of the page speaks of going elsewhere.
fn runs_on(page: &str) -> bool {
    let lower = page.to_ascii_lowercase();
    lower.contains("<script")
        && ["window.location", "document.location", "location.href", "location.replace", "location.assign"]
            .iter()
            .any(|way| lower.contains(way))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_is_read_as_browsers_read_it() {
        for (content, want) in [
            ("0; url=https://a.example/", Some("https://a.example/")),
            ("5;URL='https://a.example/x y'", Some("https://a.example/x y")),
            ("0;url=\"b.htm\" trailing", Some("b.htm")),
            (" 0.5 , url = /c ", Some("/c")),
            ("0; https://a.example/", Some("https://a.example/")),
            ("0;URLish", Some("URLish")),
            ("3", None),
            ("0; url=", None),
            ("0; url='", None),
            ("", None),
            ("é", Some("é")),
        ] {
            assert_eq!(refresh_target(content).as_deref(), want, "{content}");
        }
    }

    #[test]
    fn a_refresh_in_a_page_is_found_where_it_stands_and_nowhere_else() {
        let url = Url::parse("https://a.example/d/e").expect("URL");
        for (page, want) in [
            ("<meta http-equiv=refresh content='0;url=f'>", Some("https://a.example/d/f")),
            (
                "<META HTTP-EQUIV=\"Refresh\" CONTENT=\"0; URL=http&#58;//b.example/\">",
                Some("http://b.example/"),
            ),
            ("<base href='/x/'><meta http-equiv=refresh content='0;url=f'>", Some("https://a.example/x/f")),
            ("<!-- <meta http-equiv=refresh content='0;url=f'> -->", None),
            ("<title><meta http-equiv=refresh content='0;url=f'></title>", None),
            ("<meta name=refresh content='0;url=f'>", None),
            ("<meta http-equiv=refresh content='30'>", None),
            ("<meta http-equiv=refresh", None),
        ] {
            assert_eq!(meta_refresh(page, &url).as_deref(), want, "{page}");
        }
    }

    #[test]
    fn loops_other_schemes_and_long_ways_end_a_trace_with_a_sentence() {
        let url = |text: &str| Url::parse(text).expect("URL");
        let seen = [url("http://a.example/"), url("http://b.example/x")];
        for (next, sentence) in [
            ("http://b.example/x#again", "back to hop 2"),
            ("javascript:alert(1)", "'javascript:' URL"),
            ("intent://scan/#Intent;end", "another program"),
            (&format!("http://c.example/{}", "x".repeat(9_000)), "bytes"),
        ] {
            assert!(may_not_follow(&url(next), &seen).is_some_and(|end| end.contains(sentence)), "{next}");
        }
        assert_eq!(may_not_follow(&url("http://b.example/y"), &seen), None);
        let many: Vec<Url> =
            (0..MOST_HOPS).map(|number| url(&format!("http://a.example/{number}"))).collect();
        assert!(
            may_not_follow(&url("http://a.example/on"), &many).is_some_and(|end| end.contains("10 hops"))
        );
    }
}
