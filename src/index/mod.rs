//! Columns in memory: a filter becomes a bitmap, a count, a page, facets. Rebuildable, never the truth; no SQL.
//!
//! Row position = report number - 1; purged numbers stay as gaps. Times of a million reports on the two cores that
//! PERFORMANCE §0 was measured on are printed by `cargo bench --bench filters`.

mod apart;
mod bitmap;
mod columns;
mod decisions;
mod evaluate;
mod facets;
mod fill;
mod groups;
mod growth;
mod hosts;
mod joins;
mod listing;
mod load;
mod order;
mod origins;
mod pack;
mod page;
mod parts;
mod patterns;
mod reportable;
mod scan;
mod search;
mod selection;
mod sieve;
mod sources;
mod states;
mod tally;
mod texts;
mod threads;
mod timeline;
mod urls;
mod view;
mod whole;
mod wire;

pub use apart::Apart;
pub use bitmap::Bitmap;
pub use facets::{Counts, Facet, Weight};
pub use groups::{Group, Likeness};
pub use growth::{Growth, Sign};
pub use listing::{EntryCounts, Listed, UrlGroup};
pub use origins::{CountryCount, NetworkCount};
pub use pack::{pack_entries, pack_missing, pack_rows};
pub use page::{Direction, Sort};
pub use parts::Part;
pub use patterns::{PatternQuestion, PatternValues};
pub use reportable::PassedOver;
pub use search::Search;
pub use selection::{Cancel, Selection, Stopped};
pub use timeline::{Buckets, Burst, start_of_last};
pub use whole::Whole;

use crate::model::ReportId;
use columns::Columns;
use decisions::Decisions;
use parts::Parts;
use states::StateSets;
use texts::TextTable;

/// Everything that questions are answered from.
#[derive(Debug, Clone)]
pub struct Index {
    /// The highest number ever given.
    rows: usize,
    /// How often rows that were known have been taken again.
    rewrites: u64,
    columns: Columns,
    /// Positions, oldest arrival first, where it is kept.
    by_arrival: Option<Vec<u32>>,
    domains: TextTable,
    words: TextTable,
    parts: Parts,
    states: StateSets,
    decisions: Decisions,
    damages: Vec<String>,
}

impl Index {
    /// How many reports and other messages there are.
    pub fn len(&self) -> usize {
        self.columns.present.count()
    }

    /// The highest number that was ever given.
    pub fn last_id(&self) -> ReportId {
        self.rows as ReportId
    }

    /// Nothing is stored yet.
    pub fn is_empty(&self) -> bool {
        self.columns.present.is_empty()
    }
}

#[cfg(test)]
mod tests;
