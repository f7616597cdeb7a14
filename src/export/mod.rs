//! Answers as tables, CSV, JSON lines and lists: siblings of the screens. Writes to whatever it is given and asks
//! nobody: what to write comes in, width and colour too.
//!
//! JSON and plain lists carry exact values; tables and CSV carry showable, defanged, defused ones (DESIGN §3, §6).

pub mod audit;
pub mod contacts;
pub mod files;
pub mod json;
pub mod list;
pub mod mbox;
pub mod outbox;
pub mod page;
pub mod patterns;
pub mod quarantine;
pub mod record;
pub mod reports;
pub mod separated;
pub mod stats;
pub mod table;
pub mod tally;
pub mod urls;

use crate::model::clock::{self, Seconds};
use crate::model::{Fact, Listing, Origin, Record};
use crate::text::defang;
pub use crate::text::{counted, thousands};
use std::borrow::Cow;

/// How an answer is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One object a line.
    Json,
    /// For spreadsheets.
    Csv,
}

/// The paper that tables are written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Colours may be used.
    pub colour: bool,
}

/// `2026-11-20 09:59`, UTC.
pub(crate) fn minute(at: Seconds) -> String {
    clock::rfc3339(at).get(..16).unwrap_or_default().replace('T', " ")
}

/// What block lists say; what is only policy is no evidence.
pub(crate) fn listed(listings: &[Listing]) -> String {
    let one =
        |listing: &Listing| format!("{}{}", listing.name, if listing.policy { " (policy)" } else { "" });
    listings.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Text that may mention URLs: each of them defanged, the rest as it is.
pub(crate) fn prose(text: &str) -> Cow<'_, str> {
    let is_url =
        |word: &str| word.contains("://") || word.get(..4).is_some_and(|w| w.eq_ignore_ascii_case("www."));
    if !text.split(' ').any(is_url) {
        return Cow::Borrowed(text);
    }
    let words = text.split(' ').map(|word| if is_url(word) { defang(word) } else { word.to_owned() });
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// `now`, `5 min old`, `3 h old`, `12 d old`.
pub fn age(seconds: Seconds) -> String {
    match seconds {
        ..60 => "now".to_owned(),
        60..3_600 => format!("{} min old", seconds / 60),
        3_600..172_800 => format!("{} h old", seconds / 3_600),
        _ => format!("{} d old", seconds / 86_400),
    }
}

/// What a network is, and who says so since when: `192.0.2.0/24, ripencc, 2001-01-01 (Team Cymru, 3 h old)`. Empty
/// where nothing but its AS is known.
pub(crate) fn network(origin: &Fact<Origin>, now: Seconds) -> String {
    let Some(found) = origin.yes() else { return String::new() };
    let prefix = found.prefix.map(|prefix| prefix.to_string());
    let parts: Vec<String> =
        [prefix, found.registry.clone(), found.allocated.clone()].into_iter().flatten().collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("{} ({}, {})", parts.join(", "), origin.from, age(now.saturating_sub(origin.at)))
}

/// A country with what it says about the address.
pub(crate) fn country(record: &Record) -> String {
    let meaning = record.country_from.map(|meaning| format!(" ({meaning})")).unwrap_or_default();
    record.country.as_ref().map(|country| format!("{country}{meaning}")).unwrap_or_default()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

#[cfg(test)]
mod tests;
