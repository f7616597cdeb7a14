//! The only SQL: schema, migrations, one writer, many readers. The truth; knows nothing of what packed columns mean.
//!
//! Its public types name nothing of SQLite, so that the same rows can one day lie in another engine.

mod acts;
mod answers;
mod audit;
mod care;
mod columns;
mod contacts;
mod dictionary;
mod document;
mod error;
mod frame;
mod hosts;
mod lock;
mod mailboxes;
mod outbox;
mod packer;
mod patterns;
mod read;
mod rewrite;
mod row;
mod schema;
mod settings;
mod sources;
mod undo;
mod watch;
mod writer;

pub use acts::View;
pub use answers::Answers;
pub use care::Info;
pub use contacts::{ContactChange, ContactStanding};
pub use document::Excerpt;
pub use error::Error;
pub use mailboxes::{Left, Mailbox, MailboxName, Owed};
pub use outbox::{
    Earlier, Forgotten, Looked, Moved, Refusal, Resolution, SenderLock, SentTo, Settled, SubmissionTold,
    UrlNote,
};
pub use packer::{Incoming, Packed, Packer, sha256, sha256_with};
pub use rewrite::Rewritten;
pub use sources::{FoundOut, Queue};
pub use undo::Change;
pub use watch::Version;
pub use writer::{Added, Durability, Writer};

use error::from_sqlite;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::cell::RefCell;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Whether a store may change its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Make the file when it is missing, bring it to the newest form, write.
    ReadWrite,
    /// Change nothing.
    ReadOnly,
}

/// How long SQLite waits for a lock of another process.
const BUSY: Duration = Duration::from_secs(5);

/// Between two tries to open a file that another process makes.
const PAUSE: Duration = Duration::from_millis(20);

/// How much of the file readers map into memory, which spares a system call a page; loading the URLs of a million
/// reports reads 13,000 of them. The largest that SQLite allows; what lies beyond is read as ever.
const MAPPED_BYTES: i64 = 0x7fff_0000;

/// An open database.
pub struct Store {
    db: Connection,
    path: PathBuf,
    access: Access,
    /// Which file it is, whatever lies at the path later.
    file: Option<watch::FileId>,
    frames: RefCell<read::FrameCache>,
}

impl Store {
    /// Opens the database at `path`; makes it when it is missing and may be made.
    ///
    /// # Errors
    /// A file that is none of ours, a newer one, a missing one when only reading, a folder without permission.
    pub fn open(path: &Path, access: Access) -> Result<Store, Error> {
        Store::open_file(path, access, true)
    }

    /// Opens a database that was there before, and makes none in its place.
    ///
    /// # Errors
    /// [`Error::Removed`] when it is gone; otherwise as [`Store::open`].
    pub fn open_again(path: &Path, access: Access) -> Result<Store, Error> {
        let opened = Store::open_file(path, access, false);
        opened.map_err(|error| if path.exists() { error } else { Error::Removed(path.to_path_buf()) })
    }

    fn open_file(path: &Path, access: Access, may_make: bool) -> Result<Store, Error> {
        let mut db = Store::ready(path, access, may_make);
        let start = Instant::now();
        // Where two make or migrate a file at once, SQLite tells one of them without waiting that it is locked: neither
        // could go on if both waited.
        while matches!(db, Err(Error::Locked { .. })) && start.elapsed() < BUSY {
            std::thread::sleep(PAUSE);
            db = Store::ready(path, access, may_make);
        }
        let db = db?;
        let file = watch::FileId::of(path);
        Ok(Store { db, path: path.to_path_buf(), access, file, frames: RefCell::default() })
    }

    /// A connection to a file of the newest form.
    fn ready(path: &Path, access: Access, may_make: bool) -> Result<Connection, Error> {
        let wrong = |e| from_sqlite(path, e);
        let is_new = access == Access::ReadWrite && is_empty(path);
        let mut db = connect(path, access, may_make)?;
        db.pragma_update(None, "mmap_size", MAPPED_BYTES).map_err(wrong)?;
        match access {
            Access::ReadWrite if is_new => {
                // There is nothing to lose before it is made; from then on it is on disk under its name. Without
                // that, what a sync commits would stand in the log of a file that may be gone after a power failure.
                db.pragma_update(None, "synchronous", "OFF").map_err(wrong)?;
                schema::migrate(&mut db, path)?;
                db.pragma_update(None, "synchronous", "FULL").map_err(wrong)?;
                checkpoint(&db);
            }
            Access::ReadWrite => schema::migrate(&mut db, path)?,
            Access::ReadOnly => {
                let form = schema::check(&db, path)?;
                if form < schema::newest() {
                    return Err(Error::Database {
                        path: path.to_path_buf(),
                        message: format!(
                            "it has the older form {form} and cannot be brought to form {} while only reading",
                            schema::newest()
                        ),
                    });
                }
            }
        }
        Ok(db)
    }

    /// A second, independent connection to the same file, for another thread.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn again(&self) -> Result<Store, Error> {
        Store::open(&self.path, self.access)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether anything may be changed through it.
    pub fn may_write(&self) -> bool {
        self.access == Access::ReadWrite
    }

    fn wrong(&self, error: rusqlite::Error) -> Error {
        from_sqlite(&self.path, error)
    }

    fn must_write(&self) -> Result<(), Error> {
        match self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(Error::ReadOnly { path: self.path.clone() }),
        }
    }
}

fn connect(path: &Path, access: Access, may_make: bool) -> Result<Connection, Error> {
    let wrong = |e| from_sqlite(path, e);
    let file = |source| Error::File { path: path.to_path_buf(), source };
    if access == Access::ReadWrite && may_make {
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
            std::fs::create_dir_all(folder).map_err(file)?;
        }
        make(path).map_err(file)?;
    } else if !path.exists() {
        return Err(Error::Missing(path.to_path_buf()));
    }
    // Also where nothing is to change: a log left by a killed writer has to be readable, which needs write access to
    // the index beside it. A file that cannot be written SQLite opens for reading.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(wrong)?;
    db.busy_timeout(BUSY).map_err(wrong)?;
    db.set_prepared_statement_cache_capacity(64);
    // Else the plan of a join hangs on what is bound to it, and each use of a cached statement compiles it again.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(wrong)?;
    if access == Access::ReadWrite {
        // There is nothing to lose yet, and making a database is mostly waiting for the disk.
        if is_empty(path) {
            db.pragma_update(None, "synchronous", "OFF").map_err(wrong)?;
        }
        // Before the first table; later without effect.
        db.pragma_update(None, "page_size", 8192).map_err(wrong)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(wrong)?;
        db.pragma_update(None, "synchronous", "FULL").map_err(wrong)?;
    } else {
        db.pragma_update(None, "query_only", true).map_err(wrong)?;
    }
    db.pragma_update(None, "cache_size", -32 * 1024).map_err(wrong)?;
    db.pragma_update(None, "temp_store", "memory").map_err(wrong)?;
    db.pragma_update(None, "trusted_schema", false).map_err(wrong)?;
    Ok(db)
}

/// Whether the file has nothing in it, or is missing.
fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |file| file.len() == 0)
}

/// Moves what the log holds into the database file, so that the file alone is whole. Another reader may be in the way;
/// the next writer does it then.
fn checkpoint(db: &Connection) {
    let _ = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

/// Makes the file when it is missing: by us and not by SQLite, so that it is never readable by others, not even for a
/// moment. One that is there is not opened, because closing it again would drop the locks that other connections of
/// this process hold on it (fcntl(2): locks go with any descriptor of the file).
fn make(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

#[cfg(test)]
mod tests;
