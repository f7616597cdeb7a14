//! Feeds that take URLs: what is submitted to one, and how far each URL is with it. Knows neither rows nor the wire.

use super::clock::Seconds;
use super::outbox::OutgoingId;
use super::record::ReportId;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

super::report::named! {
    /// How a feed takes URLs.
    UrlFeedKind {
        /// Netcraft's report API, many URLs at once.
        Netcraft = 0 "netcraft",
        /// The submission portal of Spamhaus, one URL at a time.
        Spamhaus = 1 "spamhaus",
        /// A mail address.
        Mail = 2 "mail",
    }
}

super::report::named! {
    /// What a feed said of a URL when it got it.
    UrlAnswer {
        /// Nothing: not sent yet, or by mail.
        None = 0 "none",
        /// It took it.
        Accepted = 1 "accepted",
        /// It had it already.
        Known = 2 "known",
        /// It does not want it.
        Rejected = 3 "rejected",
    }
}

super::report::named! {
    /// How far a URL is with a feed.
    UrlState {
        /// It stands in no row of the ledger that was not cancelled.
        NotSent = 0 "not-sent",
        /// A person has to approve it.
        Held = 1 "held",
        /// Approved, and on its way or about to be.
        Approved = 2 "approved",
        /// It left by mail; no answer is expected.
        Sent = 3 "sent",
        /// The feed took it.
        Accepted = 4 "accepted",
        /// The feed had it already.
        Known = 5 "known",
        /// The feed does not want it.
        Rejected = 6 "rejected",
        /// The feed has judged it.
        Verdict = 7 "verdict",
        /// It may have arrived or not; a person has to find out.
        Unknown = 8 "unknown",
        /// It did not get there, for a reason that lies not in the URL.
        Failed = 9 "failed",
    }
}

/// A URL of a submission, and whence it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedUrl {
    /// As it is submitted. Several that were cut down may come to the same.
    pub url: String,
    /// As the mail has it.
    pub found: String,
    /// A report that names it.
    pub report: Option<ReportId>,
}

/// What a row of the ledger submits, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// How the feed takes it.
    pub kind: UrlFeedKind,
    /// Where it goes: the address of the interface, or a mail address.
    pub target: String,
    /// What.
    pub urls: Vec<SubmittedUrl>,
}

/// The URLs that leave, each once, in their order.
pub fn distinct(urls: &[SubmittedUrl]) -> Vec<&str> {
    once(urls.iter().map(|url| url.url.as_str()))
}

fn once<'a>(urls: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut known = HashSet::new();
    urls.filter(|url| known.insert(*url)).collect()
}

/// A submission as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSubmission {
    /// How the feed takes it.
    pub kind: UrlFeedKind,
    /// Where it goes.
    pub target: String,
    /// By which the feed knows it.
    pub reference: Option<String>,
    /// How often the feed was asked for its verdict.
    pub polls: u32,
    /// When it is asked next.
    pub poll_due: Option<Seconds>,
    /// Its URLs.
    pub urls: Vec<KeptUrl>,
}

impl KeptSubmission {
    /// The URLs that leave, each once, in their order.
    pub fn distinct(&self) -> Vec<&str> {
        once(self.urls.iter().map(|url| url.url.as_str()))
    }
}

/// A URL of a submission, and what the feed said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptUrl {
    /// As it leaves.
    pub url: String,
    /// As the mail has it.
    pub found: String,
    /// What the feed said when it got it,
    pub answer: UrlAnswer,
    /// in its words.
    pub note: String,
    /// Its verdict,
    pub verdict: Option<String>,
    /// and when that was first heard.
    pub verdict_at: Option<Seconds>,
}

/// How far a URL is with one feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlStanding {
    /// The feed.
    pub feed: String,
    /// How far,
    pub state: UrlState,
    /// since when.
    pub at: Seconds,
    /// What the feed said: its verdict, why it does not want it; may be empty.
    pub note: String,
    /// The row of the ledger.
    pub outgoing: OutgoingId,
}
