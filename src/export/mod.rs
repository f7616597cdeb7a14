//! Answers as tables, CSV, JSON lines and lists: siblings of the screens. Writes to whatever it is given and asks
//! nobody: what to write comes in, width and colour too.
//!
//! JSON and plain lists carry exact values; tables and CSV carry showable, defanged, defused ones (DESIGN §3, §6).

pub mod contacts;
pub mod files;
pub mod json;
pub mod list;
pub mod mbox;
pub mod page;
pub mod quarantine;
pub mod record;
pub mod reports;
pub mod separated;
pub mod stats;
pub mod table;
pub mod tally;
pub mod urls;

use crate::model::Listing;
use crate::model::clock::{self, Seconds};
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

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

#[cfg(test)]
mod tests;
