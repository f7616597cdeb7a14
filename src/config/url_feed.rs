//! `[[url_feed]]`: feeds that take URLs, as written and checked. Asks none.

use super::location::Step::{Item, Key};
use super::secret::{Credential, Secret};
use super::validate::Check;
use super::{file, values, web};
use crate::model::UrlFeedKind;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;

const NETCRAFT: &str = "https://report.netcraft.com/api/v3/";
const SPAMHAUS: &str = "https://submit.spamhaus.org/portal/api/v1/";
const REASON: &str = "URL in mail that was reported as abuse";
/// What Spamhaus takes as a reason; nobody needs more.
const LONGEST_REASON: usize = 255;
const A_MINUTE: RangeInclusive<u32> = 1..=600;
/// What Netcraft takes in one submission.
const URLS_AT_ONCE: RangeInclusive<u32> = 1..=1_000;

/// A feed that takes URLs.
#[derive(Debug, Clone, PartialEq)]
pub struct UrlFeed {
    /// Its name, which rows of the ledger bear; in lower case.
    pub name: String,
    /// How it takes them.
    pub kind: UrlFeedKind,
    /// Where they go: an address of HTTPS that ends in a slash, or a mail address.
    pub target: String,
    /// Where its key comes from, if it has one.
    pub key: Option<Credential>,
    /// Why a URL is submitted, in one line.
    pub reason: String,
    /// What Spamhaus is told that it is.
    pub threat_type: String,
    /// The most submissions in a minute.
    pub a_minute: u32,
    /// The most URLs in one submission.
    pub urls_at_once: usize,
}

/// `[[url_feed]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileUrlFeed {
    /// Its name.
    pub name: String,
    /// How it takes URLs; has no default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<UrlFeedKind>,
    /// Where its interface is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The mail address that takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// A command that prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_command: Option<String>,
    /// A file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// A variable that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// Why a URL is submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What Spamhaus is told that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threat_type: Option<String>,
    /// The most submissions in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a_minute: Option<u32>,
    /// The most URLs in one submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urls_at_once: Option<u32>,
}

impl Check<'_> {
    /// `[[url_feed]]`
    pub fn url_feeds(&mut self, file: &file::File) -> Vec<UrlFeed> {
        let mut names = HashSet::new();
        let mut out: Vec<UrlFeed> = vec![];
        for (index, feed) in file.url_feed.iter().enumerate() {
            let at = [Key("url_feed"), Item(index)];
            if feed.name.is_empty() {
                self.problem(&at, "a [[url_feed]] needs a 'name'");
                continue;
            }
            if !names.insert(feed.name.to_lowercase()) {
                let sentence = format!("two URL feeds are named '{}'", feed.name);
                self.problem(&[&at[..], &[Key("name")]].concat(), sentence);
            }
            let Some(kind) = feed.kind else {
                self.problem(&at, "a [[url_feed]] needs a 'kind': netcraft, spamhaus or mail");
                continue;
            };
            if kind != UrlFeedKind::Spamhaus && file.report.from.is_none() {
                self.problem(&at, "needs 'from' in [report]: the feed is told who submits");
            }
            out.extend(self.url_feed(index, feed, kind));
        }
        out
    }

    fn url_feed(&mut self, index: usize, feed: &FileUrlFeed, kind: UrlFeedKind) -> Option<UrlFeed> {
        let at = [Key("url_feed"), Item(index)];
        let key = |name| [&at[..], &[Key(name)]].concat();
        let is_mail = kind == UrlFeedKind::Mail;
        let is_spamhaus = kind == UrlFeedKind::Spamhaus;
        let mut only_for = |name, is_given: bool, is_right: bool, whom: &str| {
            if is_given && !is_right {
                self.problem(&key(name), format!("is for feeds of kind {whom}, and this one is {kind}"));
            }
        };
        only_for("to", feed.to.is_some(), is_mail, "mail");
        only_for("endpoint", feed.endpoint.is_some(), !is_mail, "netcraft and spamhaus");
        only_for("threat_type", feed.threat_type.is_some(), is_spamhaus, "spamhaus");
        only_for("urls_at_once", feed.urls_at_once.is_some(), !is_spamhaus, "netcraft and mail");
        let target = match kind {
            UrlFeedKind::Mail => match &feed.to {
                Some(to) => self.value(&key("to"), to, values::mail_address).map(|to| to.to_lowercase()),
                None => {
                    self.problem(&at, "a feed of kind mail needs 'to', the address that takes URLs");
                    None
                }
            },
            UrlFeedKind::Netcraft | UrlFeedKind::Spamhaus => {
                let usual = if is_spamhaus { SPAMHAUS } else { NETCRAFT };
                let endpoint = feed.endpoint.as_deref().unwrap_or(usual);
                self.value(&key("endpoint"), endpoint, web::folder).map(String::from)
            }
        };
        let text = |text: &String| text.trim().to_owned();
        let given = [
            feed.key.as_ref().map(|k| ("key", Credential::Literal(k.clone()))),
            feed.key_command.as_ref().map(|c| ("key_command", Credential::Command(text(c)))),
            feed.key_file.as_ref().map(|p| ("key_file", Credential::File(self.path(p)))),
            feed.key_env.as_ref().map(|v| ("key_env", Credential::Environment(text(v)))),
        ];
        let credential = self.only_one(&at, given);
        match (is_spamhaus, credential.is_some()) {
            (true, false) => self.problem(
                &at,
                "a feed of kind spamhaus needs a key: key_command, key_file or key_env tell where it comes from",
            ),
            (false, true) => self.problem(&at, format!("has a key, and feeds of kind {kind} take none")),
            _ => {}
        }
        let reason = feed.reason.as_deref().unwrap_or(REASON);
        let threat_type = feed.threat_type.as_deref().unwrap_or("phish");
        let a_minute = feed.a_minute.unwrap_or(10);
        let urls_at_once = feed.urls_at_once.unwrap_or(match kind {
            UrlFeedKind::Netcraft => 1_000,
            UrlFeedKind::Mail => 100,
            UrlFeedKind::Spamhaus => 1,
        });
        for (name, number, range) in
            [("a_minute", a_minute, A_MINUTE), ("urls_at_once", urls_at_once, URLS_AT_ONCE)]
        {
            if !range.contains(&number) {
                self.problem(&key(name), format!("must be {} to {}", range.start(), range.end()));
            }
        }
        Some(UrlFeed {
            name: self.value(&key("name"), &feed.name, values::name)?.to_lowercase(),
            kind,
            target: target?,
            key: credential,
            reason: self.value(&key("reason"), reason, short)?,
            threat_type: self.value(&key("threat_type"), threat_type, token)?,
            a_minute,
            urls_at_once: urls_at_once as usize,
        })
    }
}

fn short(text: &str) -> Result<String, String> {
    let line = values::line(text)?;
    if line.chars().count() > LONGEST_REASON {
        return Err(format!("must be at most {LONGEST_REASON} characters"));
    }
    Ok(line)
}

fn token(text: &str) -> Result<String, String> {
    let is_token = (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_token {
        return Ok(text.to_owned());
    }
    Err(format!(
        "'{}' is no threat type; write it like phish, malware or source-of-spam",
        text.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::load;
    use super::*;

    const FROM: &str = "[report]\nfrom = 'desk@example.com'\n";

    #[test]
    fn wrong_values_get_their_place_and_what_would_be_right() {
        for (text, expected) in [
            ("[[url_feed]]\nkind = 'mail'\n", ":1:1: key 'url_feed': a [[url_feed]] needs a 'name'"),
            ("[[url_feed]]\nname = 'a'\n", "needs a 'kind': netcraft, spamhaus or mail"),
            ("[[url_feed]]\nname = 'a'\nkind = 'urlhaus'\n", ":3:8: "),
            ("[[url_feed]]\nname = 'a'\nkind = 'netcraft'\n", "needs 'from' in [report]"),
            ("[[url_feed]]\nname = 'a'\nkind = 'spamhaus'\n", "needs a key: key_command"),
            (
                "[[url_feed]]\nname = 'a'\nkind = 'spamhaus'\nkey_env = 'K'\nkey_file = 'k'\n",
                "only one of key_file and key_env",
            ),
            (
                "[[url_feed]]\nname = 'a'\nkind = 'spamhaus'\nkey_env = 'K'\nendpoint = 'http://a.example/'\n",
                ":5:12: key 'url_feed.endpoint': must begin with https://",
            ),
            (
                "[[url_feed]]\nname = 'a'\nkind = 'spamhaus'\nkey_env = 'K'\nurls_at_once = 5\n",
                ":5:16: key 'url_feed.urls_at_once': is for feeds of kind netcraft and mail",
            ),
            (
                "[[url_feed]]\nname = 'a'\nkind = 'spamhaus'\nkey_env = 'K'\nthreat_type = 'a b'\n",
                ":5:15: key 'url_feed.threat_type': 'a b' is no threat type",
            ),
            (
                "[[url_feed]]\nname = 'a'\nkind = 'spamhaus'\nkey_env = 'K'\nreason = \"a\\nb\"\n",
                ":5:10: key 'url_feed.reason': must be a single line",
            ),
            (
                "[[url_feed]]\nname = 'a'\nkind = 'spamhaus'\nkey_env = 'K'\na_minute = 0\n",
                ":5:12: key 'url_feed.a_minute': must be 1 to 600",
            ),
        ] {
            let error = load(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text:?}\n got: {error}\nwant: {expected}");
        }
        for (feed, expected) in [
            ("kind = 'mail'\n", "needs 'to', the address that takes URLs"),
            ("kind = 'mail'\nto = 'x'\n", "'x' is no mail address"),
            ("kind = 'mail'\nto = 'a@b.example'\nendpoint = 'https://a.example'\n", "is for feeds of kind"),
            ("kind = 'netcraft'\nkey_env = 'K'\n", "feeds of kind netcraft take none"),
            ("kind = 'netcraft'\nurls_at_once = 1001\n", "must be 1 to 1000"),
        ] {
            let text = format!("{FROM}[[url_feed]]\nname = 'a'\n{feed}");
            let error = load(&text).expect_err(feed).to_string();
            assert!(error.contains(expected), "{feed:?}\n got: {error}\nwant: {expected}");
        }
        let twice = format!(
            "{FROM}[[url_feed]]\nname = 'a'\nkind = 'netcraft'\n[[url_feed]]\nname = 'A'\nkind = 'netcraft'\n"
        );
        assert!(load(&twice).expect_err("twice").to_string().contains("two URL feeds are named 'A'"));
    }

    #[test]
    fn without_more_a_feed_has_the_usual_address_and_careful_limits() {
        let text = format!(
            "{FROM}[[url_feed]]\nname = 'Netcraft'\nkind = 'netcraft'\n\
             [[url_feed]]\nname = 'sh'\nkind = 'spamhaus'\nkey_env = 'K'\nendpoint = 'http://127.0.0.1:1/v1'\n\
             [[url_feed]]\nname = 'apwg'\nkind = 'mail'\nto = 'Report@Feeds.example'\n"
        );
        let feeds = load(&text).expect("right").url_feeds;
        let seen: Vec<(&str, &str, u32, usize)> = feeds
            .iter()
            .map(|feed| (feed.name.as_str(), feed.target.as_str(), feed.a_minute, feed.urls_at_once))
            .collect();
        assert_eq!(
            seen,
            [
                ("netcraft", NETCRAFT, 10, 1_000),
                ("sh", "http://127.0.0.1:1/v1/", 10, 1),
                ("apwg", "report@feeds.example", 10, 100)
            ]
        );
        assert!(load("").expect("right").url_feeds.is_empty());
    }
}
