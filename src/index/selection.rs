//! What a question gives: a set of reports, or the reason why there is none.

use super::Part;
use super::bitmap::Bitmap;
use crate::model::ReportId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a running query that nobody waits for it any more. Clones share the word.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A query that may run to its end.
    pub fn never() -> Cancel {
        Cancel::default()
    }

    /// Stops it at its next step, at most some milliseconds later.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The flag itself, for a signal handler.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// It has been stopped.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// See [`Cancel`].
    #[error("the query was superseded by a later one")]
    Cancelled,
    /// [`super::Index::load_for`] has to come first.
    #[error("the columns that this query needs are not loaded yet ({0:?})")]
    NotLoaded(Part),
}

/// The reports that a filter selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub(super) rows: Bitmap,
    count: usize,
}

impl Selection {
    pub(super) fn new(rows: Bitmap) -> Selection {
        let count = rows.count();
        Selection { rows, count }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.count
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a report is among them.
    pub fn contains(&self, id: ReportId) -> bool {
        (id as usize).checked_sub(1).is_some_and(|position| self.rows.get(position))
    }

    /// Their numbers, ascending.
    pub fn ids(&self) -> impl Iterator<Item = ReportId> + '_ {
        self.rows.ones().map(|position| position as ReportId + 1)
    }

    /// Those that are in both.
    pub fn and(&self, other: &Selection) -> Selection {
        let mut rows = self.rows.clone();
        rows.and(&other.rows);
        Selection::new(rows)
    }
}
