//! Has anything changed? Asked every second by programs that stay, so it must cost next to nothing.

use super::{Error, Store, settings};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Which file a path named when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(super) fn of(path: &Path) -> Option<FileId> {
        let found = std::fs::metadata(path).ok()?;
        Some(FileId { device: found.dev(), inode: found.ino() })
    }
}

/// The state of a database as one connection sees it; another one means that somebody else committed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    commits: i64,
    /// Grows when stored rows are written anew: columns in memory are to be loaded again.
    pub rewritten: i64,
}

impl Store {
    /// What others have committed so far, as a number to compare with: 2 µs.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn version(&self) -> Result<Version, Error> {
        let wrong = |e| self.wrong(e);
        let commits = self.db.pragma_query_value(None, "data_version", |r| r.get(0)).map_err(wrong)?;
        Ok(Version { commits, rewritten: settings::rewritten(&self.db).map_err(wrong)? })
    }

    /// Whether the file that is open still lies at its path. SQLite itself goes on with one that was removed, and
    /// whatever is written then is lost.
    pub fn is_in_place(&self) -> bool {
        FileId::of(&self.path) == self.file
    }

    /// The same as an error, for those who are about to write.
    ///
    /// # Errors
    /// [`Error::Removed`]
    pub fn must_be_in_place(&self) -> Result<(), Error> {
        if self.is_in_place() { Ok(()) } else { Err(Error::Removed(self.path.clone())) }
    }
}
