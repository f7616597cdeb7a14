//! Columns in memory: a filter becomes a bitmap, a count, a page, facets. Rebuildable, never the truth; no SQL.
//!
//! Row position = report number - 1; purged numbers stay as gaps. Times of a million reports on the two cores that
//! PERFORMANCE §0 was measured on are printed by `cargo bench --bench filters`.

mod bitmap;
mod columns;
mod decisions;
mod evaluate;
mod facets;
mod groups;
mod joins;
mod listing;
mod load;
mod pack;
mod page;
mod scan;
mod search;
mod selection;
mod states;
mod texts;
mod urls;
mod view;
mod wire;

pub use bitmap::Bitmap;
pub use facets::{Buckets, Facet, Weight};
pub use groups::{Group, Likeness};
pub use listing::Listed;
pub use pack::{pack_entries, pack_missing, pack_rows};
pub use page::{Direction, Sort};
pub use search::Search;
pub use selection::{Cancel, Selection, Stopped};

use crate::model::columns::RareTexts;
use crate::query::{Field, Has, Term, Value};
use columns::{Coded, Columns, Plain};
use decisions::Decisions;
use joins::Joins;
use states::StateSets;
use texts::{RowTexts, TextTable};
use urls::Urls;

/// Everything that questions are answered from.
#[derive(Debug, Clone)]
pub struct Index {
    /// The highest number ever given.
    rows: usize,
    columns: Columns,
    /// Positions, oldest arrival first.
    by_arrival: Vec<u32>,
    subjects: TextTable,
    domains: TextTable,
    words: TextTable,
    urls: Option<Urls>,
    files: Option<Files>,
    agents: Option<Coded<u32>>,
    shapes: Option<Shapes>,
    rare: [Option<RowTexts>; RareTexts::NAMES.len()],
    states: StateSets,
    decisions: Decisions,
    damages: Vec<String>,
}

/// Files and whose they are.
#[derive(Debug, Clone)]
struct Files {
    table: TextTable,
    joins: Joins,
}

/// What *similar* compares.
#[derive(Debug, Clone)]
struct Shapes {
    subject: Plain<u64>,
    url: Plain<u64>,
}

/// What is loaded when the first question needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// URLs, for `url:`, `host:`, `has:url` and URL lists.
    Urls,
    /// Files, for `file:`, `hash:`, `has:file` and file lists.
    Files,
    /// User agents, for `agent:`.
    Agents,
    /// Shapes of subjects and URLs, for groups and *similar*.
    Shapes,
    /// One of the rare texts, by its place in [`RareTexts::NAMES`].
    Rare(usize),
}

impl Part {
    /// What a term needs.
    fn of(term: &Term) -> Vec<Part> {
        let has = |part, value| term.values.contains(&Value::Has(value)).then_some(part);
        match term.field {
            Field::Url | Field::Host => vec![Part::Urls],
            Field::File | Field::Hash => vec![Part::Files],
            Field::Has => has(Part::Urls, Has::Url).into_iter().chain(has(Part::Files, Has::File)).collect(),
            Field::Agent => vec![Part::Agents],
            field => rare_text(field).map(Part::Rare).into_iter().collect(),
        }
    }
}

/// The place in [`RareTexts::NAMES`] of what a field looks at.
fn rare_text(field: Field) -> Option<usize> {
    let fields = [
        Field::From,
        Field::FromName,
        Field::ReplyTo,
        Field::MailFrom,
        Field::Rcpt,
        Field::Addr,
        Field::MessageId,
        Field::Source,
    ];
    fields.iter().position(|rare| *rare == field)
}

impl Index {
    /// How many reports and other messages there are.
    pub fn len(&self) -> usize {
        self.columns.present.count()
    }

    /// Nothing is stored yet.
    pub fn is_empty(&self) -> bool {
        self.columns.present.is_empty()
    }

    fn has_part(&self, part: Part) -> bool {
        match part {
            Part::Urls => self.urls.is_some(),
            Part::Files => self.files.is_some(),
            Part::Agents => self.agents.is_some(),
            Part::Shapes => self.shapes.is_some(),
            Part::Rare(which) => self.rare.get(which).is_none_or(Option::is_some),
        }
    }
}

#[cfg(test)]
mod tests;
