//! Dictionaries: each text once, found by a keyed hash; on a hit the text itself decides.

use crate::model::Dictionary;
use rusqlite::{Connection, OptionalExtension, params};
use siphasher::sip::SipHasher13;
use std::collections::HashMap;

/// Numbers that are kept at hand; beyond it the map starts anew, so that memory stays bounded in a bulk import.
const MOST_CACHED: usize = 1 << 20;

/// The key of the hashes, one for each database: attackers choose the texts, but cannot choose collisions.
#[derive(Clone, Copy)]
pub(super) struct HashKey(pub(super) [u8; 16]);

impl HashKey {
    fn hash(self, text: &str) -> i64 {
        SipHasher13::new_with_key(&self.0).hash(text.as_bytes()) as i64
    }
}

struct Statements {
    find: &'static str,
    text: &'static str,
    insert: &'static str,
    next: &'static str,
}

/// The statements of a dictionary: table names cannot be bound, and nothing but these five is ever a name.
fn statements(dictionary: Dictionary) -> Statements {
    macro_rules! table {
        ($name:literal) => {
            Statements {
                find: concat!("SELECT id, text FROM ", $name, " WHERE hash = ?1 ORDER BY id"),
                text: concat!("SELECT text FROM ", $name, " WHERE id = ?1"),
                insert: concat!("INSERT INTO ", $name, "(id, hash, text) VALUES(?1, ?2, ?3)"),
                next: concat!("SELECT coalesce(max(id), 0) + 1 FROM ", $name),
            }
        };
    }
    match dictionary {
        Dictionary::Subject => table!("subject"),
        Dictionary::Domain => table!("domain"),
        Dictionary::Url => table!("url"),
        Dictionary::Word => table!("word"),
        Dictionary::File => table!("file"),
    }
}

/// The text of an entry.
pub(super) fn text(db: &Connection, dictionary: Dictionary, number: u32) -> rusqlite::Result<Option<String>> {
    db.prepare_cached(statements(dictionary).text)?.query_row([number], |r| r.get(0)).optional()
}

/// The number of a text, if it was ever given one.
pub(super) fn number(
    db: &Connection,
    dictionary: Dictionary,
    key: HashKey,
    text: &str,
) -> rusqlite::Result<Option<u32>> {
    let mut find = db.prepare_cached(statements(dictionary).find)?;
    let mut rows = find.query([key.hash(text)])?;
    while let Some(row) = rows.next()? {
        if row.get_ref(1)?.as_bytes()? == text.as_bytes() {
            return row.get(0).map(Some);
        }
    }
    Ok(None)
}

/// One dictionary as the writer sees it.
pub(super) struct Words {
    statements: Statements,
    key: HashKey,
    /// Numbers by half of the hash, which takes half of the memory: of a million, one in 4,000 meets another's number,
    /// is told apart by its text and looked up.
    cached: HashMap<u32, u32, std::hash::BuildHasherDefault<AlreadyHashed>>,
    next: u32,
    /// Entries that stood in the file when the writer opened; later ones are cached or the cache was emptied since.
    ask_file_up_to: u32,
}

impl Words {
    pub(super) fn open(db: &Connection, dictionary: Dictionary, key: HashKey) -> rusqlite::Result<Words> {
        let statements = statements(dictionary);
        let next = db.query_row(statements.next, [], |r| r.get(0))?;
        Ok(Words { statements, key, cached: HashMap::default(), next, ask_file_up_to: next - 1 })
    }

    /// The highest number given so far.
    pub(super) fn last(&self) -> u32 {
        self.next - 1
    }

    /// The number of a text, given now if it is new; 0 for an empty text.
    pub(super) fn number(&mut self, db: &Connection, text: &str) -> rusqlite::Result<u32> {
        if text.is_empty() {
            return Ok(0);
        }
        let hash = self.key.hash(text);
        let cached = self.cached.get(&(hash as u32)).copied();
        if let Some(id) = cached {
            let same = db
                .prepare_cached(self.statements.text)?
                .query_row([id], |r| Ok(r.get_ref(0)?.as_bytes()? == text.as_bytes()))
                .optional()?;
            if same == Some(true) {
                return Ok(id);
            }
        }
        if cached.is_some() || self.ask_file_up_to > 0 {
            let mut find = db.prepare_cached(self.statements.find)?;
            let mut rows = find.query([hash])?;
            while let Some(row) = rows.next()? {
                if row.get_ref(1)?.as_bytes()? == text.as_bytes() {
                    let id = row.get(0)?;
                    self.remember(hash, id);
                    return Ok(id);
                }
            }
        }
        let id = self.next;
        db.prepare_cached(self.statements.insert)?.execute(params![id, hash, text])?;
        self.next += 1;
        self.remember(hash, id);
        Ok(id)
    }

    fn remember(&mut self, hash: i64, id: u32) {
        if self.cached.len() >= MOST_CACHED {
            self.cached.clear();
            self.ask_file_up_to = self.next;
        }
        self.cached.insert(hash as u32, id);
    }
}

/// The map's keys are keyed hashes already.
#[derive(Default)]
pub(super) struct AlreadyHashed(u64);

impl std::hash::Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    /// The map takes its place from the low bits and its tag from the high ones.
    fn write_u32(&mut self, hash: u32) {
        self.0 = u64::from(hash) << 32 | u64::from(hash);
    }
}
