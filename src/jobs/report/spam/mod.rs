//! One message that nobody has reported to us: the way it came, the sources on it, the URLs in it, and what is known of
//! those who answer for the sources.

mod letters;
mod sources;

pub use sources::{SpamSource, sources};

use crate::arf::content::contents;
use crate::arf::mail::{self, Mail};
use crate::arf::read::{Context, read};
use crate::arf::received::{self, Chain};
use crate::model::clock::Seconds;
use crate::model::{FeedKind, Judgement, Outcome, Report};
use crate::text::refang;
use crate::text::url::{host, is_under, normal_host};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Endings of pictures, which every mail takes from somewhere and which accuse nobody.
const PICTURES: &[&str] = &[".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".bmp"];

/// A message as far as it is understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Spam {
    raw: Vec<u8>,
    /// What was understood of it.
    pub report: Report,
    /// The way it came, the last hop first.
    pub chain: Chain,
    /// Public addresses that it came by: the one that brought it in first. The others may be made up.
    pub sources: Vec<IpAddr>,
    /// Its URLs, in their order.
    pub urls: Vec<SpamUrl>,
    /// Why the source is to be looked at twice: a sentence.
    pub doubt: Option<&'static str>,
}

/// A URL of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpamUrl {
    /// As the message has it.
    pub url: String,
    /// What keeps it from being reported unless a person wants it, or at all.
    pub objection: Option<UrlObjection>,
}

/// Why a URL is not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlObjection {
    /// A picture accuses nobody; a person may take it all the same.
    Picture,
    /// It is under this domain of our own, and never reported.
    Own(String),
}

impl UrlObjection {
    /// In words.
    pub fn sentence(&self) -> String {
        match self {
            UrlObjection::Picture => "a picture".to_owned(),
            UrlObjection::Own(domain) => format!("under {domain}, a domain of our own: never reported"),
        }
    }
}

impl SpamUrl {
    /// A person may choose it.
    pub fn can_be_ticked(&self) -> bool {
        !matches!(self.objection, Some(UrlObjection::Own(_)))
    }

    /// Whether a person who writes this means it, defanged or not.
    pub fn is(&self, written: &str) -> bool {
        refang(written.trim()) == refang(&self.url)
    }
}

/// What is to be reported of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct SpamOrder {
    /// The message.
    pub spam: Arc<Spam>,
    /// Letters about these sources, each its own (RFC 5965 §3.2).
    pub sources: Vec<IpAddr>,
    /// With these of its URLs.
    pub urls: Vec<String>,
    /// To these addresses in place of the contacts that were found.
    pub contacts: BTreeMap<IpAddr, String>,
    /// To this address and nobody else.
    pub to: Option<String>,
}

impl SpamOrder {
    /// What is reported unless a person says otherwise: the source that brought it in, and URLs that nothing is against.
    pub fn of(spam: Arc<Spam>) -> SpamOrder {
        let sources = spam.sources.first().copied().into_iter().collect();
        let urls =
            spam.urls.iter().filter(|url| url.objection.is_none()).map(|url| url.url.clone()).collect();
        SpamOrder { spam, sources, urls, contacts: BTreeMap::new(), to: None }
    }
}

impl Spam {
    /// Reads a message.
    ///
    /// # Errors
    /// A sentence: it is no mail.
    pub fn read(raw: Vec<u8>, judgement: &Judgement, now: Seconds) -> Result<Spam, String> {
        // A spamtrap's feed brings mails as they are, and everything that could tell who got them is hidden.
        let context = Context { judgement, feed_kind: FeedKind::Spamtrap, internal_date: None, now };
        let reading = read(&raw, &context);
        match reading.outcome {
            Outcome::Report => {}
            Outcome::Quarantined(why) => return Err(format!("This mail cannot be reported: {why}.")),
            Outcome::NotReport(_) => {
                return Err(
                    "This is no mail: it has no headers that could be evidence. Take all of the message, as \
                            \"show source\" of a mail program has it."
                        .to_owned(),
                );
            }
        }
        let trusted = &judgement.own.trusted_hosts;
        let chain = received::chain(&raw, trusted, &judgement.treat_as_public);
        let sources = chain.sources(&judgement.treat_as_public);
        let own: Vec<String> =
            judgement.own.domains.iter().filter_map(|domain| normal_host(domain)).collect();
        // Own ones, too: a person wonders where a URL is that is not there.
        let urls = mail::parse(&raw).map(|message| contents(Mail::of(&message), false, &[]).urls);
        let urls = urls.unwrap_or_default().iter().map(|url| spam_url(url, &own)).collect();
        let doubt = match (trusted.is_empty(), chain.is_trusted) {
            (true, _) => Some(
                "No host is named as ours ([own] trusted_hosts), so the topmost public address counts as the source: \
                 look whether it is one of ours.",
            ),
            (false, false) => Some(
                "The topmost Received line is not of one of our hosts ([own] trusted_hosts): all of them may be made up.",
            ),
            (false, true) => None,
        };
        let doubt = doubt.filter(|_| !sources.is_empty());
        Ok(Spam { raw, report: reading.report, chain, sources, urls, doubt })
    }

    /// Its length.
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// Its bytes.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }
}

fn spam_url(url: &str, own: &[String]) -> SpamUrl {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let owner =
        host(&refang(url)).and_then(|host| own.iter().find(|domain| is_under(&host, domain)).cloned());
    let is_picture = PICTURES.iter().any(|ending| path.ends_with(ending));
    let objection = owner.map(UrlObjection::Own).or_else(|| is_picture.then_some(UrlObjection::Picture));
    SpamUrl { url: url.to_owned(), objection }
}
