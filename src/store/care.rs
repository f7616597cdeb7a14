//! Care of the file: what is in it, whether it is sound, a copy of it.

use super::error::from_sqlite;
use super::read::{self, Pieces};
use super::{Error, Store, document, frame::Frame, schema, sha256};
use crate::model::clock::Seconds;
use crate::model::{OutgoingState, Status};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `db info` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Where the file is.
    pub path: PathBuf,
    /// Bytes on disk, its log included.
    pub bytes: u64,
    /// Form of the schema.
    pub form: i64,
    /// Version of SQLite.
    pub sqlite: String,
    /// Messages by status.
    pub messages: Vec<(Status, u64)>,
    /// Feeds and their messages.
    pub feeds: Vec<(String, u64)>,
    /// Unique subjects, URLs and files.
    pub subjects: u64,
    /// Unique URLs.
    pub urls: u64,
    /// Unique files.
    pub files: u64,
    /// Bytes of all messages before compression.
    pub message_bytes: u64,
    /// Rows of the outbox by state.
    pub outbox: Vec<(OutgoingState, u64)>,
    /// Lines of the audit.
    pub audit: u64,
    /// The first and the last arrival.
    pub arrivals: Option<(Seconds, Seconds)>,
}

/// Problems that `db check` lists before it stops: a file this broken needs its backup.
pub(super) const MOST_PROBLEMS: usize = 100;

impl Store {
    /// Counts what is in the file.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn info(&self) -> Result<Info, Error> {
        let wrong = |e| self.wrong(e);
        let number =
            |sql: &str| self.db.query_row(sql, [], |r| r.get::<_, i64>(0)).map(|n| n as u64).map_err(wrong);
        let pairs = |sql: &str| -> Result<Vec<(String, i64)>, Error> {
            self.db
                .prepare(sql)
                .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect())
                .map_err(wrong)
        };
        let by_status =
            pairs("SELECT CAST(status AS TEXT), count(*) FROM report GROUP BY status ORDER BY status")?;
        let arrivals = self
            .db
            .query_row("SELECT min(arrival), max(arrival) FROM report WHERE status = 0", [], |r| {
                Ok(r.get::<_, Option<i64>>(0)?.zip(r.get::<_, Option<i64>>(1)?))
            })
            .map_err(wrong)?;
        let beside = |ending: &str| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(ending);
            std::fs::metadata(name).map_or(0, |m| m.len())
        };
        Ok(Info {
            path: self.path.clone(),
            bytes: beside("") + beside("-wal"),
            form: schema::check(&self.db, &self.path)?,
            sqlite: rusqlite::version().to_owned(),
            messages: by_status
                .into_iter()
                .filter_map(|(status, n)| Some((Status::from_number(status.parse().ok()?)?, n as u64)))
                .collect(),
            feeds: pairs("SELECT f.name, count(*) FROM report r JOIN feed f ON f.id = r.feed GROUP BY f.id ORDER BY f.name")?
                .into_iter()
                .map(|(name, n)| (name, n as u64))
                .collect(),
            subjects: number("SELECT coalesce(max(id), 0) FROM subject")?,
            urls: number("SELECT coalesce(max(id), 0) FROM url")?,
            files: number("SELECT coalesce(max(id), 0) FROM file")?,
            outbox: self.outbox_counts()?,
            audit: number("SELECT coalesce(max(id), 0) FROM audit")?,
            message_bytes: number("SELECT coalesce(sum(size), 0) FROM report")?,
            arrivals,
        })
    }

    /// When the newest message was stored.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn last_stored_at(&self) -> Result<Option<Seconds>, Error> {
        self.db
            .query_row("SELECT stored_at FROM report ORDER BY id DESC LIMIT 1", [], |r| r.get(0))
            .optional()
            .map_err(|e| self.wrong(e))
    }

    /// Checks the whole file: SQLite's own structure, every reference, the ledger with its audit, and every message,
    /// stored or to be sent, against its SHA-256.
    /// Returns what is wrong, one sentence each; nothing when all is well.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn check(&self) -> Result<Vec<String>, Error> {
        let wrong = |e| self.wrong(e);
        let mut problems: Vec<String> = self
            .db
            .prepare("PRAGMA integrity_check(100)")
            .and_then(|mut s| s.query_map([], |r| r.get::<_, String>(0))?.collect())
            .unwrap_or_else(|error| vec![format!("The structure of the file is broken: {error}.")]);
        problems.retain(|line| line != "ok");
        if problems.is_empty() {
            let dangling: i64 = self
                .db
                .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |r| r.get(0))
                .map_err(wrong)?;
            if dangling > 0 {
                problems.push(format!("{dangling} rows name a report or feed that does not exist."));
            }
            let checked = self.check_outbox(&mut problems).and_then(|()| self.check_content(&mut problems));
            if let Err(error) = checked {
                problems.push(format!("Reading on was not possible: {error}"));
            }
        }
        problems.truncate(MOST_PROBLEMS);
        Ok(problems)
    }

    fn check_content(&self, problems: &mut Vec<String>) -> Result<(), Error> {
        let wrong = |e| self.wrong(e);
        let mut select = self
            .db
            .prepare("SELECT id, frame, slot, sha256, size FROM report ORDER BY frame, slot")
            .map_err(wrong)?;
        let mut rows = select.query([]).map_err(wrong)?;
        let mut open: Option<(i64, Option<Frame>, Option<Frame>)> = None;
        while let Some(row) = rows.next().map_err(wrong)? {
            let (id, frame): (u32, i64) = (row.get(0).map_err(wrong)?, row.get(1).map_err(wrong)?);
            let slot = row.get::<_, i64>(2).map_err(wrong)? as usize;
            let expected: [u8; 32] = row.get(3).map_err(wrong)?;
            if open.as_ref().is_none_or(|(number, ..)| *number != frame) {
                let messages = read::frame(&self.db, read::MESSAGES, frame).map_err(wrong)?;
                open = Some((frame, messages, read::frame(&self.db, read::DOCUMENTS, frame).map_err(wrong)?));
            }
            let Some((_, messages, documents)) = &open else { continue };
            let size: i64 = row.get(4).map_err(wrong)?;
            let found = match read::may_be_in_pieces(size) {
                true => self.hash_of_pieces((frame, slot), size).map_err(wrong)?,
                false => messages.as_ref().and_then(|f| f.item(slot)).map(sha256),
            };
            match found {
                None => problems.push(format!("The bytes of report {id} are missing.")),
                Some(found) if found != expected => {
                    problems.push(format!("The bytes of report {id} are not the ones that were stored."));
                }
                Some(_) => {}
            }
            if documents.as_ref().and_then(|f| document::read(f.item(slot)?).ok()).is_none() {
                problems
                    .push(format!("The document of report {id} cannot be read; `reclassify` makes it anew."));
            }
            if problems.len() >= MOST_PROBLEMS {
                break;
            }
        }
        Ok(())
    }

    fn hash_of_pieces(&self, place: (i64, usize), size: i64) -> rusqlite::Result<Option<[u8; 32]>> {
        let mut hash = Sha256::new();
        let read = read::pieces(&self.db, place, size, |piece| hash.update(piece))?;
        Ok((read == Pieces::Whole).then(|| hash.finalize().into()))
    }

    /// Copies the database into a new file while others go on working; refuses to overwrite.
    ///
    /// # Errors
    /// An existing file at `to`, a full disk, whatever SQLite reports.
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        if to.symlink_metadata().is_ok() {
            let source = std::io::Error::new(
                std::io::ErrorKind::AlreadyExists,
                "there is a file of this name already; a backup never overwrites one",
            );
            return Err(Error::File { path: to.to_path_buf(), source });
        }
        copy(&self.db, &self.path, to)
    }
}

/// Pages copied before others get their turn.
const PAGES_A_STEP: i32 = 1_000;

/// Copies a database with SQLite's own backup, mode 0600.
pub(super) fn copy(db: &Connection, path: &Path, to: &Path) -> Result<(), Error> {
    let file = |source| Error::File { path: to.to_path_buf(), source };
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to).map_err(file)?;
    let made = Connection::open(to).map_err(|e| from_sqlite(to, e)).and_then(|mut target| {
        rusqlite::backup::Backup::new(db, &mut target)
            .and_then(|backup| backup.run_to_completion(PAGES_A_STEP, Duration::ZERO, None))
            .map_err(|e| from_sqlite(path, e))
    });
    if made.is_err() {
        let _ = std::fs::remove_file(to);
    }
    made
}
