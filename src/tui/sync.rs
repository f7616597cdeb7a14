//! What the screen knows of a read of the mailboxes, and what it says when that ends.

use crate::model::clock::Seconds;
use crate::text::Showable;

/// What is known of reading the mailboxes.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum SyncState {
    /// Not since the program began.
    #[default]
    Never,
    /// It was asked for.
    Starting,
    /// It runs: feed, done, total.
    Running(Showable, u64, u64),
    /// It ended.
    Ended(Seconds, SyncEnd),
}

/// How reading the mailboxes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncEnd {
    /// Everything was read.
    Well,
    /// A person ended it.
    Stopped,
    /// Something went wrong.
    Failed,
}

impl SyncEnd {
    /// What failed weighs more than that somebody ended it.
    pub fn of(is_stopped: bool, errors: &[String]) -> SyncEnd {
        match (errors.is_empty(), is_stopped) {
            (false, _) => SyncEnd::Failed,
            (true, true) => SyncEnd::Stopped,
            (true, false) => SyncEnd::Well,
        }
    }
}

/// What came of reading the mailboxes, and what went wrong with them: all of that, as far as it can be read.
pub fn with_errors(mut sentence: String, errors: &[String]) -> String {
    /// The last lines of the screen have no room for more.
    const MOST: usize = 3;
    for error in errors.iter().take(MOST) {
        sentence.push_str(&format!(" · {error}"));
    }
    match errors.len().saturating_sub(MOST) {
        0 => sentence,
        more => format!("{sentence} · and {more} more, which `lafayette sync` tells"),
    }
}
