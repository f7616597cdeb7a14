//! What came of taking messages in: counts, and sentences for what failed.

use crate::export::tally::{Counts, FeedTally};
use crate::store::Added;

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Messages met: the sum of the five that follow.
    pub read: usize,
    /// New reports.
    pub stored: usize,
    /// Messages that were there already.
    pub duplicate: usize,
    /// Messages that ought to be reports and cannot be understood; kept.
    pub quarantined: usize,
    /// Messages that are something else; kept.
    pub not_reports: usize,
    /// Could not be read or stored.
    pub failed: usize,
    /// A sentence for each of those, the first thousand.
    pub failures: Vec<String>,
    /// It was ended before all was read.
    pub cancelled: bool,
}

/// Failures that are kept as sentences; beyond it only the count goes on.
const MOST_FAILURES: usize = 1_000;

impl Summary {
    pub(super) fn fail(&mut self, origin: &str, reason: &str) {
        self.read += 1;
        self.failed += 1;
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(format!("{origin}: {reason}"));
        }
    }

    pub(super) fn count(&mut self, added: &Added) {
        self.stored += added.stored;
        self.duplicate += added.duplicate;
        self.quarantined += added.quarantined;
        self.not_reports += added.not_reports;
        self.read += added.stored + added.duplicate + added.quarantined + added.not_reports;
    }

    /// Adds the counts of a part.
    pub(super) fn merge(&mut self, other: Summary) {
        self.read += other.read;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.quarantined += other.quarantined;
        self.not_reports += other.not_reports;
        self.failed += other.failed;
        let room = MOST_FAILURES.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
    }

    /// The same as a feed's part of the answer.
    pub fn tally(self, feed: &str) -> FeedTally {
        let counts = Counts {
            read: self.read as u64,
            stored: self.stored as u64,
            duplicate: self.duplicate as u64,
            quarantined: self.quarantined as u64,
            not_reports: self.not_reports as u64,
            failed: self.failed as u64,
        };
        FeedTally { name: feed.to_owned(), counts, errors: self.failures, ..FeedTally::default() }
    }
}
