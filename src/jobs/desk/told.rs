//! What a screen is told of the reports that match, and of a single one: plain data. Knows neither threads nor the
//! database.

use super::request::Row;
use super::{Buckets, Facet};
use crate::model::Kind;
use std::time::Duration;

/// Counts for the question at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Panes {
    /// Whose.
    pub question: u64,
    /// Values with their counts, most frequent first: for the query without its own conditions on each.
    pub facets: Vec<(Facet, Vec<(String, u64)>)>,
    /// Windows with their counts: for the query without its own.
    pub windows: Vec<(String, u64)>,
    /// What is counted without `text:`, and so too high: facets, and with `None` the windows.
    pub at_most: Vec<Option<Facet>>,
    /// The last 72 hours.
    pub hours: Buckets,
    /// What matches by kind, in the order of [`Kind::ALL`].
    pub kinds: [u64; Kind::ALL.len()],
    /// How many messages could not be understood.
    pub quarantined: u64,
    /// How many reports there are in all. Other messages that are kept are none, or lie in quarantine.
    pub reports: u64,
    /// How many are open, and how many new, in all.
    pub open: u64,
    /// See `open`.
    pub new: u64,
    /// How long counting took.
    pub took: Duration,
}

/// Everything about one report, in parts. Texts are as mails have them.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// Its line in the list.
    pub row: Row,
    /// Part after part.
    pub parts: Vec<DetailPart>,
    /// URLs as the mail has them.
    pub urls: Vec<String>,
}

/// One part of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct DetailPart {
    /// Its title: report, headers, text, html, URLs, files, authentication, notes, history, raw.
    pub title: &'static str,
    /// How many things are in it, for the title.
    pub count: Option<usize>,
    /// Lines: a name, empty where there is none, and a value.
    pub lines: Vec<(String, String)>,
    /// The values are URLs, or text that holds some: defanged until a person wants to see them.
    pub defang: bool,
}
