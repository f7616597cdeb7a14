//! What a screen may ask about URLs and what it is told: plain data. Knows neither threads nor the database.

pub use crate::export::urls::{KnownAddress, KnownHost, UrlFormat, UrlRow, feeds_in_words};
pub use crate::jobs::submit::{Parcel, Plan};

use crate::jobs::desk::Direction;
use crate::model::OutgoingId;
use crate::model::clock::Seconds;
use crate::query::QueryError;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A question about the URLs of reports. The later one wins.
#[derive(Debug, Clone, PartialEq)]
pub struct UrlQuestion {
    /// Its number; later ones are higher. Answers bear it.
    pub number: u64,
    /// The query that finds the reports; all of them without one.
    pub of: Option<String>,
    /// What the URLs have to match, as behind `url:` in a query; may be empty.
    pub pattern: String,
    /// Only those that a report named since then.
    pub since: Option<Seconds>,
    /// What the list is sorted by. Groups stand by their reports.
    pub sort: UrlSort,
    /// Which end comes first.
    pub direction: Direction,
    /// In groups instead of single URLs.
    pub grouping: Option<UrlGrouping>,
    /// Only the members of this group.
    pub inside: Option<(UrlGrouping, String)>,
    /// The lines that are to be seen.
    pub window: UrlWindow,
}

/// Lines of a list: so many from this one, counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UrlWindow {
    /// The first.
    pub first: usize,
    /// How many.
    pub count: usize,
}

/// What the list of URLs can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UrlSort {
    /// How many reports name it.
    #[default]
    Reports,
    /// First arrival of one of them.
    First,
    /// Last arrival.
    Last,
    /// Its text behind the scheme: first the host, then the path.
    Text,
}

/// What URLs can have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UrlGrouping {
    /// The host.
    Host,
    /// The shape of the path: its words, numbers and tokens aside.
    Shape,
    /// What the path ends with.
    Ending,
}

impl UrlGrouping {
    /// All of them, in the order in which a screen offers them.
    pub const ALL: &[UrlGrouping] = &[UrlGrouping::Host, UrlGrouping::Shape, UrlGrouping::Ending];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            UrlGrouping::Host => "host",
            UrlGrouping::Shape => "path shape",
            UrlGrouping::Ending => "ending",
        }
    }
}

/// A line of the list. All texts are as mails have them.
#[derive(Debug, Clone, PartialEq)]
pub enum UrlLine {
    /// One URL.
    Url {
        /// Its number, by which it is marked.
        entry: u32,
        /// Everything that is known of it.
        row: UrlRow,
    },
    /// URLs that have something in common.
    Group {
        /// What they have in common.
        name: String,
        /// How many they are.
        urls: u64,
        /// How many reports name one of them.
        reports: u64,
        /// First arrival of one of those.
        first: Seconds,
        /// Last arrival.
        last: Seconds,
    },
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct UrlAnswer {
    /// Whose.
    pub question: u64,
    /// Lines in all.
    pub lines: usize,
    /// URLs in all.
    pub urls: u64,
    /// Feeds are configured that take URLs.
    pub has_feeds: bool,
    /// From the filter to the lines.
    pub took: Duration,
    /// The lines that are to be seen.
    pub rows: UrlRows,
}

/// Some lines of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UrlRows {
    /// Whose.
    pub question: u64,
    /// The number of the first, from 0.
    pub first: usize,
    /// The lines.
    pub lines: Vec<UrlLine>,
}

/// URLs that are to be marked at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlMembers {
    /// Of whose answer.
    pub question: u64,
    /// Their numbers and texts; none where they are too many.
    pub urls: Vec<(u32, String)>,
    /// How many they are.
    pub count: usize,
    /// Where they are too many: how many are not.
    pub most: Option<usize>,
}

/// A list that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlExport {
    /// These URLs, by their numbers, whatever reports they are of; without any, all of the answer at hand.
    pub only: Vec<u32>,
    /// How.
    pub format: UrlFormat,
    /// Where to.
    pub path: PathBuf,
    /// In place of a file that is there already.
    pub replace: bool,
}

/// What is to be submitted to feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionQuestion {
    /// Its number; news bear it.
    pub number: u64,
    /// URLs as mails have them.
    pub urls: Vec<String>,
    /// What names a recipient is cut down to what does not.
    pub cut: bool,
}

/// What would go to each of the feeds that are configured.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionPlan {
    /// The number of the question.
    pub number: u64,
    /// The feeds, by name.
    pub feeds: Vec<String>,
    /// What would go, what must not, what is there already.
    pub plan: Arc<Plan>,
    /// URLs were cut down.
    pub cut: bool,
}

/// A parcel in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldParcel {
    /// Its row, with the SHA-256 of its bytes.
    pub row: (OutgoingId, [u8; 32]),
    /// It is approved by itself.
    pub is_singly: bool,
    /// The parcel.
    pub parcel: Arc<Parcel>,
}

/// What was chosen of it stands in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionHeld {
    /// The number of the question.
    pub number: u64,
    /// Its rows.
    pub rows: Vec<HeldParcel>,
    /// What was done, in words.
    pub sentence: String,
    /// Why nothing could leave at the moment, and what to do: a sentence.
    pub stuck: Option<String>,
}

/// What a screen is told about URLs.
#[derive(Debug, Clone, PartialEq)]
pub enum UrlNews {
    /// A question that cannot be understood, and where in the pattern.
    Wrong(u64, QueryError),
    /// The answer to a question.
    Answer(UrlAnswer),
    /// Lines that were asked for.
    Rows(UrlRows),
    /// URLs that were asked for to be marked.
    Members(UrlMembers),
    /// A file is there already, and nothing was written.
    FileExists(UrlExport),
    /// What would be submitted.
    Planned(SubmissionPlan),
    /// Nothing can be, or could be held: a sentence.
    NotPlanned(u64, String),
    /// It stands in the ledger.
    Held(SubmissionHeld),
}
