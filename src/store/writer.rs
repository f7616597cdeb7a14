//! The one writer of reports: holds the writer lock, numbers everything, and commits.

use super::dictionary::{HashKey, Words};
use super::error::from_sqlite;
use super::lock::WriterLock;
use super::packer::{Messages, Packed, Packer, pieces};
use super::row::Row;
use super::{Error, Store, read, settings};
use crate::model::{Dictionary, FeedKind, IndexRow, ReportId, Status};
use rusqlite::{Connection, params};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

/// How safe a commit is before [`Writer::commit`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On disk, as an action on a mailbox or a send needs it.
    Full,
    /// In the system's hands: a crash of the machine may lose the newest commits, never the file. Enough where the
    /// messages still lie in the files they came from.
    Normal,
}

/// What became of one frame of messages.
#[derive(Debug, Default)]
pub struct Added {
    /// The new rows, duplicates left out.
    pub rows: Vec<IndexRow>,
    /// New reports.
    pub stored: usize,
    /// Messages that were there already.
    pub duplicate: usize,
    /// New messages that ought to be reports.
    pub quarantined: usize,
    /// New messages that are something else.
    pub not_reports: usize,
}

/// Writes reports; there is one at a time for a database.
pub struct Writer {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
    _lock: WriterLock,
    words: HashMap<Dictionary, Words>,
    /// Small words are asked for with every report: they are kept by text.
    small: HashMap<Dictionary, HashMap<Box<str>, u32>>,
    feeds: HashMap<Arc<str>, i64>,
    networks: HashSet<u32>,
    next_report: ReportId,
    next_frame: i64,
    packer: Packer,
}

/// A text longer than this, or one more than so many, is looked up instead of kept.
const SMALL_TEXT: usize = 200;
const MOST_SMALL: usize = 50_000;

/// The cache while a large message is written, as SQLite takes it: 2 MiB.
const CACHE_FOR_LARGE: i64 = -2 * 1024;

impl Store {
    /// Takes the writer lock and opens the writer. `command` is what others are told while they wait.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process keeps the lock for five seconds.
    pub fn writer(&self, command: &str, durability: Durability) -> Result<Writer, Error> {
        self.must_write()?;
        let lock = WriterLock::take(&self.path, command)?;
        let wrong = |e| from_sqlite(&self.path, e);
        let db = super::connect(&self.path, super::Access::ReadWrite, false)?;
        let mode = match durability {
            Durability::Full => "FULL",
            Durability::Normal => "NORMAL",
        };
        db.pragma_update(None, "synchronous", mode).map_err(wrong)?;
        // A sync has to wait for the mailbox and should be small: it does with the cache that every connection has, and
        // copies its log back each 8 MB, while the next messages are on their way, so that little is left at the end.
        // Every commit in bulk changes nearly all pages of the indexes over hashes. With room for those of a million
        // reports in memory, and a log that takes several commits (260 MB at most, and gone at the end) before they
        // are copied back, 32,000 more reports write 1.6 GB instead of 4.0 (32 MB, 4,000 pages).
        let pages_in_log = match durability {
            Durability::Full => 1_000,
            Durability::Normal => {
                db.pragma_update(None, "cache_size", -64 * 1024).map_err(wrong)?;
                32_000
            }
        };
        db.pragma_update(None, "wal_autocheckpoint", pages_in_log).map_err(wrong)?;
        let key = HashKey(settings::hash_key(&db).map_err(wrong)?);
        let mut words = HashMap::new();
        for dictionary in Dictionary::ALL {
            words.insert(dictionary, Words::open(&db, dictionary, key).map_err(wrong)?);
        }
        let next_report = settings::next_report(&db).map_err(wrong)?;
        let next_frame = db
            .query_row("SELECT coalesce(max(id), 0) + 1 FROM message_frame", [], |r| r.get(0))
            .map_err(wrong)?;
        let packer = Packer::new().map_err(|source| Error::File { path: self.path.clone(), source })?;
        Ok(Writer {
            db,
            path: self.path.clone(),
            _lock: lock,
            words,
            small: HashMap::new(),
            feeds: HashMap::new(),
            networks: HashSet::new(),
            next_report,
            next_frame,
            packer,
        })
    }
}

impl Writer {
    pub(super) fn wrong(&self, error: rusqlite::Error) -> Error {
        from_sqlite(&self.path, error)
    }

    /// Starts a transaction. Without [`Writer::commit`] nothing of it stays.
    ///
    /// # Errors
    /// When SQLite's own lock is held elsewhere for five seconds.
    pub fn begin(&mut self) -> Result<(), Error> {
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(|e| self.wrong(e))
    }

    /// Ends the transaction; afterwards its reports are as safe as the writer's [`Durability`] says.
    ///
    /// # Errors
    /// A full disk, above all; then nothing of the transaction stays.
    pub fn commit(&mut self) -> Result<(), Error> {
        settings::set_next_report(&self.db, self.next_report)
            .and_then(|()| self.db.execute_batch("COMMIT"))
            .map_err(|e| self.wrong(e))
    }

    /// Ends the transaction as if it had not been; the writer is used up.
    pub fn abandon(self) {
        let _ = self.db.execute_batch("ROLLBACK");
    }

    /// Adds what one call packed. Messages whose bytes are there already are left out, and the frame is packed anew without them.
    ///
    /// # Errors
    /// Whatever SQLite reports; the transaction should then be abandoned.
    pub fn add(&mut self, packed: Packed) -> Result<Added, Error> {
        let Packed { rows, messages, documents } = packed;
        let total = rows.len();
        let mut seen = HashSet::with_capacity(total);
        let (mut fresh, mut slots) = (Vec::with_capacity(total), Vec::with_capacity(total));
        for (slot, row) in rows.into_iter().enumerate() {
            if seen.insert(row.sha256)
                && read::find(&self.db, &row.sha256).map_err(|e| self.wrong(e))?.is_none()
            {
                fresh.push(row);
                slots.push(slot);
            }
        }
        let mut added = Added { duplicate: total - fresh.len(), ..Added::default() };
        if fresh.is_empty() {
            return Ok(added);
        }
        let frame = self.next_frame;
        match messages {
            Messages::Pieces(bytes, overflow) => {
                // Its pages are of no use in the cache, and as many as go into it.
                let cache_size = self.cache_size().map_err(|e| self.wrong(e))?;
                self.set_cache_size(CACHE_FOR_LARGE).map_err(|e| self.wrong(e))?;
                for piece in pieces(&bytes, overflow.as_ref()) {
                    let packed = piece.and_then(|piece| self.packer.pack_piece(&piece));
                    let packed = packed.map_err(|source| Error::File { path: self.path.clone(), source })?;
                    self.put_messages(&packed)?;
                }
                self.set_cache_size(cache_size).map_err(|e| self.wrong(e))?;
            }
            Messages::Together(data) => {
                let data = self.with_slots(data, &slots, total)?;
                self.put_messages(&data)?;
            }
        }
        let documents = self.with_slots(documents, &slots, total)?;
        self.put_frame("INSERT INTO document_frame(id, data) VALUES(?1, ?2)", frame, &documents)?;
        for (slot, row) in fresh.into_iter().enumerate() {
            match row.status {
                Status::Report => added.stored += 1,
                Status::Quarantined => added.quarantined += 1,
                Status::NotReport => added.not_reports += 1,
            }
            let row = self.insert(row, frame, slot).map_err(|e| self.wrong(e))?;
            added.rows.push(row);
        }
        Ok(added)
    }

    /// A frame of so many items with these slots of it alone.
    fn with_slots(&mut self, data: Vec<u8>, slots: &[usize], total: usize) -> Result<Vec<u8>, Error> {
        if slots.len() == total {
            return Ok(data);
        }
        self.packer.repack(&data, slots).map_err(|source| Error::File { path: self.path.clone(), source })
    }

    fn cache_size(&self) -> rusqlite::Result<i64> {
        self.db.pragma_query_value(None, "cache_size", |r| r.get(0))
    }

    fn set_cache_size(&self, size: i64) -> rusqlite::Result<()> {
        self.db.pragma_update(None, "cache_size", size)
    }

    fn put_messages(&mut self, data: &[u8]) -> Result<(), Error> {
        self.put_frame("INSERT INTO message_frame(id, data) VALUES(?1, ?2)", self.next_frame, data)?;
        self.next_frame += 1;
        Ok(())
    }

    fn put_frame(&self, sql: &str, frame: i64, data: &[u8]) -> Result<(), Error> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut s| s.execute(params![frame, data]))
            .map(drop)
            .map_err(|e| self.wrong(e))
    }

    fn word(&mut self, dictionary: Dictionary, text: &str) -> rusqlite::Result<u32> {
        let Some(words) = self.words.get_mut(&dictionary) else { return Ok(0) };
        words.number(&self.db, text)
    }

    fn small_word(&mut self, dictionary: Dictionary, text: &str) -> rusqlite::Result<u32> {
        if text.is_empty() || text.len() > SMALL_TEXT {
            return self.word(dictionary, text);
        }
        if let Some(id) = self.small.get(&dictionary).and_then(|known| known.get(text)) {
            return Ok(*id);
        }
        let id = self.word(dictionary, text)?;
        let known = self.small.entry(dictionary).or_default();
        if known.len() >= MOST_SMALL {
            known.clear();
        }
        known.insert(Box::from(text), id);
        Ok(id)
    }

    fn feed(&mut self, row: &Row) -> rusqlite::Result<i64> {
        if let Some(id) = self.feeds.get(&row.feed) {
            return Ok(*id);
        }
        self.db.execute(
            "INSERT INTO feed(name, kind) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET kind = excluded.kind WHERE kind <> ?3",
            // Once a feed brought spamtrap mail, the traps in it stay hidden.
            params![&*row.feed, row.feed_kind.number(), FeedKind::Spamtrap.number()],
        )?;
        let id = self.db.query_row("SELECT id FROM feed WHERE name = ?1", [&*row.feed], |r| r.get(0))?;
        self.feeds.insert(Arc::clone(&row.feed), id);
        Ok(id)
    }

    fn name_network(&mut self, asn: u32, name: Option<&str>) -> rusqlite::Result<()> {
        if let Some(name) = name
            && self.networks.insert(asn)
        {
            self.db.execute(
                "INSERT INTO network(asn, name) VALUES(?1, ?2) ON CONFLICT(asn) DO UPDATE SET name = excluded.name",
                params![asn, name],
            )?;
        }
        Ok(())
    }

    fn insert(&mut self, row: Row, frame: i64, slot: usize) -> rusqlite::Result<IndexRow> {
        let id = self.next_report;
        self.next_report += 1;
        let feed = self.feed(&row)?;
        let (sha256, size, stored_at, arrival) = (row.sha256, row.size, row.stored_at, row.arrival);
        let (row, tags) = self.numbered(id, row)?;
        self.db
            .prepare_cached(
                "INSERT INTO report(id, digest, sha256, size, frame, slot, feed, stored_at, arrival, status, kind, cause,
                   delivery, policy, flags, feedback, auth, agent, reporter, feed_word, incidents, source_ip,
                   source_port, asn, country, source_name, subject, domain, subject_shape, url_shape, urls, files)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                   ?21, ?22, ?23, ?24, ?25, 0, ?26, ?27, ?28, ?29, ?30, ?31)",
            )?
            .execute(params![
                id,
                digest(&sha256),
                sha256,
                size as i64,
                frame,
                slot as i64,
                feed,
                stored_at,
                arrival,
                row.status,
                row.kind,
                row.cause,
                row.delivery,
                row.policy,
                row.flags,
                row.feedback_word,
                row.auth_word,
                row.agent_word,
                row.reporter_word,
                row.feed_word,
                row.incidents,
                (row.source_ip != [0; 16]).then_some(row.source_ip),
                row.source_port,
                row.asn,
                row.country,
                row.subject,
                row.domain,
                row.subject_shape as i64,
                row.url_shape as i64,
                packed_numbers(&row.urls),
                packed_numbers(&row.files),
            ])?;
        self.put_tags(id, &tags)?;
        Ok(row)
    }

    /// Tags that rules give.
    pub(super) fn put_tags(&self, id: ReportId, tags: &[String]) -> rusqlite::Result<()> {
        let put = "INSERT OR IGNORE INTO report_tag(tag, report, by_rule) VALUES(?1, ?2, 1)";
        tags.iter().try_for_each(|tag| self.db.prepare_cached(put)?.execute(params![tag, id]).map(drop))
    }

    /// The searchable values of a report with numbers for its texts, and its tags.
    pub(super) fn numbered(&mut self, id: ReportId, row: Row) -> rusqlite::Result<(IndexRow, Vec<String>)> {
        let Row { feed, as_name, tags, values, texts, .. } = row;
        self.name_network(values.asn, as_name.as_deref())?;
        let mut numbers = |dictionary, texts: &[String]| {
            texts.iter().map(|text| self.word(dictionary, text)).collect::<rusqlite::Result<Vec<u32>>>()
        };
        let (urls, files) =
            (numbers(Dictionary::Url, &texts.urls)?, numbers(Dictionary::File, &texts.files)?);
        let row = IndexRow {
            id,
            feedback_word: self.small_word(Dictionary::Word, &texts.feedback_type)?,
            auth_word: self.small_word(Dictionary::Word, &texts.auth_failure)?,
            agent_word: self.small_word(Dictionary::Word, &texts.user_agent)?,
            reporter_word: self.small_word(Dictionary::Word, &texts.reporter)?,
            feed_word: self.small_word(Dictionary::Word, &feed)?,
            subject: self.word(Dictionary::Subject, &texts.subject)?,
            domain: self.small_word(Dictionary::Domain, &texts.domains)?,
            urls,
            files,
            ..values
        };
        Ok((row, tags))
    }

    /// The highest number given in a dictionary.
    pub fn last_entry(&self, dictionary: Dictionary) -> u32 {
        self.words.get(&dictionary).map_or(0, Words::last)
    }

    /// The highest number given to a report, this transaction included.
    pub fn last_report(&self) -> ReportId {
        self.next_report - 1
    }

    /// Stores a packed block of a column, in place of an older one.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn put_segment(&self, column: &str, number: u32, data: &[u8]) -> Result<(), Error> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO segment(column_name, number, data) VALUES(?1, ?2, ?3)")
            .and_then(|mut s| s.execute(params![column, number, data]))
            .map(drop)
            .map_err(|e| self.wrong(e))
    }

    /// Gives back the memory of cached pages that no transaction needs.
    pub fn release_memory(&self) {
        // It can only be refused, and then the pages are of use later.
        let _ = self.db.execute_batch("PRAGMA shrink_memory");
    }

    /// Moves what the log holds into the database file, so that the file alone is whole.
    pub fn checkpoint(&self) {
        super::checkpoint(&self.db);
    }
}

/// The start of a sha256 as a small index keeps it.
pub(super) fn digest(sha256: &[u8; 32]) -> i64 {
    let mut start = [0; 8];
    start.copy_from_slice(&sha256[..8]);
    i64::from_le_bytes(start)
}

pub(super) fn packed_numbers(numbers: &[u32]) -> Option<Vec<u8>> {
    (!numbers.is_empty()).then(|| numbers.iter().flat_map(|n| n.to_le_bytes()).collect())
}
