//! Filters with `text:`: the columns say which messages to read, the caller reads them, the filter decides.
//!
//! Any mixture of AND, OR and NOT is right: the parts of the filter that columns answer are answered beforehand, and
//! what is left to ask of a message is its text alone.

use super::Index;
use super::bitmap::Bitmap;
use super::selection::{Cancel, Selection, Stopped};
use crate::model::ReportId;
use crate::query::{Field, Filter, Pattern, Value};

/// A filter of which only the `text:` terms are still open.
#[derive(Debug, Clone)]
pub struct Search {
    candidates: Selection,
    open: Open,
}

#[derive(Debug, Clone)]
enum Open {
    /// Answered by columns.
    Rows(Bitmap),
    /// Any of these patterns in the message.
    Text(Vec<Pattern>),
    And(Vec<Open>),
    Or(Vec<Open>),
    Not(Box<Open>),
}

impl Index {
    /// Prepares a filter with `text:` terms; [`Search::candidates`] are then to be read, newest first for a person,
    /// and each asked about with [`Search::accepts`]. What was accepted becomes a selection again by
    /// [`Index::selection_of`].
    pub fn search(&self, filter: &Filter, cancel: &Cancel) -> Result<Search, Stopped> {
        let candidates = self.select(filter, cancel)?;
        let open = self.open(filter, &candidates, cancel)?;
        Ok(Search { candidates, open })
    }

    fn open(&self, filter: &Filter, candidates: &Selection, cancel: &Cancel) -> Result<Open, Stopped> {
        if !filter.has_text() {
            let mut rows = candidates.rows.clone();
            self.narrow(filter, &mut rows, cancel)?;
            return Ok(Open::Rows(rows));
        }
        let each = |parts: &[Filter]| {
            let mut parts = parts
                .iter()
                .map(|part| self.open(part, candidates, cancel))
                .collect::<Result<Vec<Open>, Stopped>>()?;
            // A bit is looked up before a message is read through.
            parts.sort_by_key(|part| !matches!(part, Open::Rows(_)));
            Ok(parts)
        };
        Ok(match filter {
            Filter::And(parts) => Open::And(each(parts)?),
            Filter::Or(parts) => Open::Or(each(parts)?),
            Filter::Not(part) => Open::Not(Box::new(self.open(part, candidates, cancel)?)),
            Filter::Term(term) if term.field == Field::Text => {
                let patterns = term.values.iter().filter_map(|value| match value {
                    Value::Text(pattern) => Some(pattern.clone()),
                    _ => None,
                });
                Open::Text(patterns.collect())
            }
            Filter::All | Filter::Term(_) => Open::Rows(candidates.rows.clone()),
        })
    }
}

impl Search {
    /// The messages that may match.
    pub fn candidates(&self) -> &Selection {
        &self.candidates
    }

    /// Whether a candidate matches, given its decoded headers and text.
    pub fn accepts(&self, id: ReportId, text: &str) -> bool {
        self.decides(id, &mut |pattern| pattern.matches_text(text))
    }

    /// The same for a caller that looks for a pattern in its own way, or reads the message only when it is asked.
    pub fn decides(&self, id: ReportId, is_in_text: &mut dyn FnMut(&Pattern) -> bool) -> bool {
        let position = (id as usize).checked_sub(1);
        position.is_some_and(|position| {
            self.candidates.rows.get(position) && self.open.holds(position, is_in_text)
        })
    }
}

impl Open {
    fn holds(&self, position: usize, is_in_text: &mut dyn FnMut(&Pattern) -> bool) -> bool {
        match self {
            Open::Rows(rows) => rows.get(position),
            Open::Text(patterns) => patterns.iter().any(is_in_text),
            Open::And(parts) => parts.iter().all(|part| part.holds(position, is_in_text)),
            Open::Or(parts) => parts.iter().any(|part| part.holds(position, is_in_text)),
            Open::Not(part) => !part.holds(position, is_in_text),
        }
    }
}
