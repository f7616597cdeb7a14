//! What can go wrong with the database, as sentences.

use super::outbox::Refusal;
use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the writer lock or SQLite's own lock.
    #[error("The database {path} is being written by {holder}; waited 5 seconds. Try again when it is done.")]
    Locked {
        /// The database.
        path: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// Another process sends what is in the outbox.
    #[error(
        "The outbox of {path} is being sent by {holder}; there is one sender at a time. Leave it to that one."
    )]
    Sending {
        /// The database.
        path: PathBuf,
        /// Who sends.
        holder: String,
    },
    /// The ledger does not allow it; nothing was changed.
    #[error(transparent)]
    Outbox(#[from] Refusal),
    /// The file is not ours.
    #[error("{path} is not a Lafayette database{detail}. Choose another file with --db.")]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        detail: &'static str,
    },
    /// The file was written by a later version.
    #[error(
        "{path} was written by a newer Lafayette (form {found}; this one knows {known}). Use that version; \
         nothing was changed."
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The newest form known here.
        known: i64,
    },
    /// There is no such file, and it may not be made.
    #[error("There is no database at {0}. Import something first, or name another file with --db.")]
    Missing(PathBuf),
    /// The file that was open is no longer at its path.
    #[error("The database {0} was removed or replaced while it was open; nothing was changed. Put it back.")]
    Removed(PathBuf),
    /// An act is to be taken back, and what it left is no longer there.
    #[error("Nothing was taken back: somebody has changed the same since, which stays as it is now.")]
    ChangedSince,
    /// The disk is full.
    #[error(
        "The disk is full: {path} could not grow. What was committed before is safe; make room and run it again."
    )]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// Opened for reading only.
    #[error("{path} is open for reading only; nothing was changed.")]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// A file beside the database or the database itself could not be used.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Bytes in the database are not what they should be.
    #[error(
        "The database {path} is damaged: {what}. `lafayette db check` lists what is wrong; restore a backup."
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// Where.
        what: String,
    },
    /// Anything else that SQLite reports.
    #[error("The database {path} could not be used: {message}.")]
    Database {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        message: String,
    },
}

/// Turns SQLite's codes into what they mean to a person.
pub(super) fn from_sqlite(path: &std::path::Path, error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode as Code;
    let path = path.to_path_buf();
    match error.sqlite_error_code() {
        Some(Code::DatabaseBusy | Code::DatabaseLocked) => {
            Error::Locked { path, holder: "another process".to_owned() }
        }
        Some(Code::DiskFull) => Error::DiskFull { path },
        Some(Code::SystemIoFailure) if could_not_grow(&error) => Error::DiskFull { path },
        Some(Code::NotADatabase) => Error::NotADatabase { path, detail: "" },
        Some(Code::ReadOnly) => Error::ReadOnly { path },
        Some(Code::DatabaseCorrupt) => Error::Damaged { path, what: error.to_string() },
        _ => Error::Database { path, message: error.to_string() },
    }
}

/// The memory that the processes of a database share is a file beside it; of that SQLite does not say that the disk is
/// full, only that it could not be made longer.
fn could_not_grow(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}
