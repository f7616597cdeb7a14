//! What would be submitted to which feed: plain data for a person to look at before anything is approved.

use crate::model::clock::Seconds;
use crate::model::url_feed::distinct;
use crate::model::{OutgoingId, OutgoingState, ReportId, SubmittedUrl, UrlFeedKind};
use crate::store;
use std::sync::Arc;

/// A URL, and reports that name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundUrl {
    /// As the mail has it.
    pub url: String,
    /// Newest first; none where a person wrote it.
    pub reports: Vec<ReportId>,
}

/// What is to be submitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// These.
    pub urls: Vec<FoundUrl>,
    /// To these feeds, by name.
    pub feeds: Vec<String>,
    /// What names a recipient is cut down to what does not, instead of being left out.
    pub cut: bool,
}

/// All that was asked to be submitted, by what becomes of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// What would go out, feed by feed.
    pub parcels: Vec<Arc<Parcel>>,
    /// What must not.
    pub blocked: Vec<Blocked>,
    /// What a feed has already, or is about to get.
    pub already: Vec<AlreadyThere>,
}

/// One submission to one feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// The name of the feed.
    pub feed: String,
    /// How it takes URLs.
    pub kind: UrlFeedKind,
    /// Where they go: the address of its interface, or a mail address.
    pub target: String,
    /// What.
    pub urls: Vec<SubmittedUrl>,
    /// A line that says what it is.
    pub subject: String,
    /// Of a mail; empty otherwise.
    pub message_id: String,
    /// The random token of the row.
    pub token: String,
    /// Exactly what would leave.
    pub bytes: Arc<[u8]>,
    /// What a person should know before approving.
    pub warnings: Vec<String>,
    /// Why it is approved by itself (DESIGN §6 rule 2).
    pub singly: Option<String>,
}

impl Parcel {
    /// The URLs that leave, each once.
    pub fn distinct(&self) -> Vec<&str> {
        distinct(&self.urls)
    }
}

/// A URL that goes to no feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// As the mail has it.
    pub url: String,
    /// Why: a sentence.
    pub why: String,
    /// What could be submitted in its place, where a recipient stands in it.
    pub cut: Option<String>,
}

/// A URL that a feed has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlreadyThere {
    /// As the mail has it.
    pub url: String,
    /// The feed.
    pub feed: String,
    /// The row of the ledger.
    pub id: OutgoingId,
    /// How far that is,
    pub state: OutgoingState,
    /// since when.
    pub at: Seconds,
}

impl Plan {
    /// URLs that leave, counted once for each feed.
    pub fn urls(&self) -> usize {
        self.parcels.iter().map(|parcel| parcel.distinct().len()).sum()
    }

    /// Those that could be submitted cut down.
    pub fn could_be_cut(&self) -> usize {
        self.blocked.iter().filter(|blocked| blocked.cut.is_some()).count()
    }
}

/// Why there is no plan: sentences.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nobody to submit to.
    #[error(
        "nothing can be submitted: no [[url_feed]] is configured; `lafayette config template` shows how one looks"
    )]
    NoFeeds,
    /// There is no such feed.
    #[error("no URL feed is named '{0}'; configured are: {1}")]
    NoSuchFeed(String, String),
    /// A plan that nobody can look through.
    #[error("{0} URLs are more than one plan takes; submit at most {max} at a time", max = super::MOST_URLS)]
    TooMany(usize),
    /// A mail cannot be written.
    #[error("{0}")]
    Mail(String),
    /// A person ended it.
    #[error("ended before anything was written; nothing was changed")]
    Cancelled,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}
