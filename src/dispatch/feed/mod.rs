//! Feeds that take URLs over HTTP: the bytes that leave, the request, what the feed answered, and its verdicts later. What
//! leaves is what was written before: a body is made once, approved, and sent as it is. Knows no ledger; feeds by mail go
//! the way of all mail.

mod http;
mod netcraft;
mod spamhaus;

use crate::model::clock::Seconds;
use crate::model::{HttpSettings, UrlFeedKind};
use http::{Client, Exchange};
use serde_json::Value;
use url::Url;

/// An answer to a submission has a few lines; one that is longer is not looked into.
const MOST_ANSWER: u64 = 256 << 10;

/// A feed, with all that asking it takes.
#[derive(Clone)]
pub struct Feed {
    /// What a person calls it.
    pub name: String,
    /// How it takes URLs.
    pub kind: UrlFeedKind,
    /// Where its interface is; ends in a slash.
    pub endpoint: Url,
    /// Its key, if it has one.
    pub key: Option<String>,
}

/// What a submission says besides its URLs.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The mail address of whoever submits.
    pub from: &'a str,
    /// Why.
    pub reason: &'a str,
    /// What Spamhaus is told that it is.
    pub threat_type: &'a str,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The feed has it.
    Taken {
        /// It had it before.
        is_known: bool,
        /// By which it knows it.
        reference: Option<String>,
        /// What it said.
        answer: String,
    },
    /// The feed does not want it: what it said, and of which URLs, by their place, if of some only.
    Rejected {
        /// In all.
        answer: String,
        /// Of single ones.
        urls: Vec<(usize, String)>,
    },
    /// There is no such interface, or it leads elsewhere. Nothing was taken.
    Failed(String),
    /// Not now, and neither will be the next.
    Later {
        /// Why, and what to do.
        answer: String,
        /// For how long it asks to be left alone.
        after: Option<Seconds>,
    },
    /// Its bytes had begun to leave, and nothing tells whether the feed has them.
    Unknown(String),
    /// It was not begun, because it may not leave: what `about_to` said.
    Withdrawn(String),
}

/// A submission that a feed is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked<'a> {
    /// By which it knows it.
    pub reference: &'a str,
    /// The URLs that were submitted.
    pub urls: Vec<&'a str>,
}

/// What a feed says of the URLs of a submission by now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// URLs as they were submitted, and the feed's word for each that it has judged.
    pub of: Vec<(String, String)>,
    /// All are judged: nothing more will come.
    pub is_final: bool,
}

/// Whoever asks feeds.
pub struct Feeds {
    client: Client,
}

/// The exact bytes of a submission. A feed that takes one at a time takes the first.
pub fn body(kind: UrlFeedKind, urls: &[&str], words: &Words<'_>) -> Vec<u8> {
    match kind {
        UrlFeedKind::Spamhaus => spamhaus::body(urls.first().copied().unwrap_or_default(), words),
        UrlFeedKind::Netcraft | UrlFeedKind::Mail => netcraft::body(urls, words),
    }
}

impl Feeds {
    /// By the settings of all HTTP.
    ///
    /// # Errors
    /// A sentence: certificates or a proxy that cannot be used.
    pub fn new(settings: &HttpSettings) -> Result<Feeds, String> {
        Ok(Feeds { client: Client::new(settings)? })
    }

    /// Hands a submission over. `about_to` is called once, when the feed was reached and before the first byte of the body
    /// leaves; where it fails, nothing of it does.
    pub fn submit(
        &self,
        feed: &Feed,
        bytes: &[u8],
        about_to: &mut dyn FnMut() -> Result<(), String>,
    ) -> Submitted {
        let path = match feed.kind {
            UrlFeedKind::Spamhaus => spamhaus::ADD,
            UrlFeedKind::Netcraft | UrlFeedKind::Mail => netcraft::ADD,
        };
        let url = match feed.endpoint.join(path) {
            Ok(url) => url,
            Err(error) => return Submitted::Failed(format!("{} is no address ({error}).", feed.endpoint)),
        };
        match self.client.post(&url, feed.key.as_deref(), bytes, MOST_ANSWER, about_to) {
            Exchange::Answer(answer) => judged(feed, &answer),
            Exchange::NotBegun(why) => Submitted::Later { answer: why, after: None },
            Exchange::Withdrawn(why) => Submitted::Withdrawn(why),
            Exchange::Lost(why) => Submitted::Unknown(format!(
                "{why} Its bytes had begun to leave: ask {} whether it has them.",
                feed.name
            )),
        }
    }

    /// What the feed says by now of each of these submissions, in their order. Where it cannot be asked, nothing is known
    /// of those that are left.
    ///
    /// # Errors
    /// A sentence, of the first that could not be asked about.
    pub fn verdicts(
        &self,
        feed: &Feed,
        asked: &[Asked<'_>],
        each: &mut dyn FnMut(usize, Verdicts),
    ) -> Result<(), String> {
        match feed.kind {
            UrlFeedKind::Netcraft => {
                for (place, asked) in asked.iter().enumerate() {
                    each(place, netcraft::verdicts(&self.client, feed, asked)?);
                }
            }
            UrlFeedKind::Spamhaus => {
                let verdicts = spamhaus::verdicts(&self.client, feed, asked)?;
                verdicts.into_iter().enumerate().for_each(|(place, verdicts)| each(place, verdicts));
            }
            UrlFeedKind::Mail => {}
        }
        Ok(())
    }
}

/// What an answer means, by its status; the same for all that speak HTTP.
fn judged(feed: &Feed, answer: &http::Answer) -> Submitted {
    let said = answer.words();
    let told = if said.is_empty() { String::new() } else { format!(": {said}") };
    let (name, status) = (&feed.name, answer.status);
    match status {
        200..=299 => Submitted::Taken {
            is_known: status == 208,
            reference: match feed.kind {
                UrlFeedKind::Spamhaus => spamhaus::reference(answer.json.as_ref()),
                UrlFeedKind::Netcraft | UrlFeedKind::Mail => netcraft::reference(answer.json.as_ref()),
            },
            answer: format!("{status}{told}"),
        },
        300..=399 => Submitted::Failed(format!(
            "{status}: {} leads elsewhere ({}), and nothing is sent there. Mend 'endpoint' of the URL feed '{name}'.",
            feed.endpoint,
            answer.location.as_deref().unwrap_or("it does not say where")
        )),
        400 | 409 | 413 | 422 => Submitted::Rejected {
            answer: format!("{status}{told}"),
            urls: answer.json.as_ref().map(rejected).unwrap_or_default(),
        },
        401 | 403 => Submitted::Later {
            answer: format!(
                "{status}{told}. {name} does not take the key: mend key_command, key_file or key_env of it."
            ),
            after: None,
        },
        408 | 425 | 429 | 503 => {
            Submitted::Later { answer: format!("{status}{told}"), after: answer.retry_after }
        }
        400..=499 | 501 | 505 => Submitted::Failed(format!(
            "{status}{told}. There is no such interface; mend 'endpoint' of the URL feed '{name}'."
        )),
        // Whoever answers so may have stored it before.
        _ => Submitted::Unknown(format!("{status}{told}. Ask {name} whether it has them.")),
    }
}

/// URLs that are refused, by their place: errors that name a field such as `/body/urls/3/url`.
fn rejected(json: &Value) -> Vec<(usize, String)> {
    const MOST: usize = 1_000;
    let all = ["details", "errors"].iter().filter_map(|name| json.get(name)?.as_array()).flatten();
    let place = |error: &Value| {
        let path = error.get("path").or_else(|| error.get("field"))?.as_str()?;
        let (_, rest) = path.split_once("urls")?;
        let number: String =
            rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        Some((number.parse().ok()?, super::reply::shown(message)))
    };
    all.filter_map(place).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const WORDS: Words<'_> = Words { from: "desk@example.com", reason: "seen in mail", threat_type: "phish" };

    fn feed(kind: UrlFeedKind) -> Feed {
        let endpoint = Url::parse("https://feeds.example/v1/").expect("URL");
        Feed { name: "them".to_owned(), kind, endpoint, key: None }
    }

    #[test]
    fn a_body_has_the_urls_exactly_as_they_are() {
        let odd = "http://evil.example/\"><a b=%0d%0A&é";
        let netcraft: Value =
            serde_json::from_slice(&body(UrlFeedKind::Netcraft, &[odd, "http://b.example/"], &WORDS))
                .expect("JSON");
        let expected = json!({
            "email": "desk@example.com", "reason": "seen in mail",
            "urls": [{ "url": odd }, { "url": "http://b.example/" }],
        });
        assert_eq!(netcraft, expected);
        let spamhaus: Value =
            serde_json::from_slice(&body(UrlFeedKind::Spamhaus, &[odd], &WORDS)).expect("JSON");
        let expected =
            json!({ "threat_type": "phish", "reason": "seen in mail", "source": { "object": odd } });
        assert_eq!(spamhaus, expected);
    }

    #[test]
    fn a_status_is_never_taken_for_a_better_one() {
        let of = |status: u16| {
            judged(&feed(UrlFeedKind::Netcraft), &http::Answer { status, ..http::Answer::default() })
        };
        for status in [200, 201, 202] {
            assert!(matches!(of(status), Submitted::Taken { is_known: false, .. }), "{status}");
        }
        assert!(matches!(of(208), Submitted::Taken { is_known: true, .. }));
        for status in [301, 302, 307, 308, 404, 405, 410, 501] {
            assert!(matches!(of(status), Submitted::Failed(_)), "{status}");
        }
        for status in [400, 413, 422] {
            assert!(matches!(of(status), Submitted::Rejected { .. }), "{status}");
        }
        for status in [401, 403, 429, 503] {
            assert!(matches!(of(status), Submitted::Later { .. }), "{status}");
        }
        for status in [500, 502, 504, 599, 700] {
            assert!(matches!(of(status), Submitted::Unknown(_)), "{status}");
        }
    }

    #[test]
    fn the_urls_that_a_feed_names_are_those_that_it_rejects() {
        let json = json!({ "status": 400, "details": [
            { "path": "/body/urls/3/url", "message": "Does not match \u{1b}[31mpattern" },
            { "path": "/body/email", "message": "no" }, { "message": "what" }, 7,
        ]});
        assert_eq!(rejected(&json), [(3, "Does not match  [31mpattern".to_owned())]);
        assert!(rejected(&json!([])).is_empty() && rejected(&json!({ "details": "all" })).is_empty());
    }
}
