//! What was read of which mailbox, what is owed to it, and what was left in it. Knows no IMAP beyond its numbers.

use super::error::from_sqlite;
use super::{Error, Store, Writer};
use crate::model::clock::Seconds;
use rusqlite::{Connection, OptionalExtension, params};

/// A folder of an account, as one feed reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailboxName<'a> {
    /// The feed.
    pub feed: &'a str,
    /// The account at its server, such as `failures@imap.example.com:993`.
    pub account: &'a str,
    /// The folder as configured.
    pub folder: &'a str,
}

/// What is known of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its number here.
    pub id: i64,
    /// For as long as this stays, UIDs mean the same messages (RFC 9051 §2.3.1.1).
    pub uid_validity: u32,
    /// Everything up to here was taken, left alone, or is in `left`.
    pub last_uid: u32,
    /// Messages from before this moment are left alone…
    pub since: Option<Seconds>,
    /// …if their UID is below this one: they were there at the first sync.
    pub since_below: u32,
    /// Messages that are stored and still have to be dealt with in the mailbox, ascending.
    pub owed: Vec<Owed>,
    /// Messages that could not be taken, ascending.
    pub left: Vec<Left>,
}

/// A stored message whose action in the mailbox may not have been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// Its UID.
    pub uid: u32,
    /// It is a report; else it is kept for other reasons.
    pub valid: bool,
}

/// A message that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its UID.
    pub uid: u32,
    /// How often it was tried.
    pub tries: u32,
    /// Why it could not be taken.
    pub reason: String,
}

impl Store {
    /// What is known of a folder; `None` before its first sync.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn mailbox(&self, name: MailboxName<'_>) -> Result<Option<Mailbox>, Error> {
        read(&self.db, name).map_err(|e| self.wrong(e))
    }
}

impl Writer {
    /// As [`Store::mailbox`].
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn mailbox(&self, name: MailboxName<'_>) -> Result<Option<Mailbox>, Error> {
        read(&self.db, name).map_err(|e| self.wrong(e))
    }

    /// Begins with a folder anew: with its first sync, and when its UIDs got another meaning. What was owed and left
    /// under the old UIDs is forgotten; messages that are stored are known by their bytes.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn begin_mailbox(
        &self,
        name: MailboxName<'_>,
        uid_validity: u32,
        since: Option<Seconds>,
        since_below: u32,
    ) -> Result<Mailbox, Error> {
        let begin = || -> rusqlite::Result<i64> {
            let id = self.db.query_row(
                "INSERT INTO mailbox(feed, account, folder, uid_validity, last_uid, since, since_below)
                 VALUES(?1, ?2, ?3, ?4, 0, ?5, ?6)
                 ON CONFLICT(feed, account, folder) DO UPDATE SET uid_validity = excluded.uid_validity, last_uid = 0,
                   since = excluded.since, since_below = excluded.since_below
                 RETURNING id",
                params![name.feed, name.account, name.folder, uid_validity, since, since_below],
                |r| r.get(0),
            )?;
            for table in ["mailbox_owed", "mailbox_left"] {
                self.db.execute(&format!("DELETE FROM {table} WHERE mailbox = ?1"), [id])?;
            }
            Ok(id)
        };
        let id = begin().map_err(|e| self.wrong(e))?;
        Ok(Mailbox { id, uid_validity, last_uid: 0, since, since_below, owed: vec![], left: vec![] })
    }

    /// Everything up to this UID is dealt with; it never goes back.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn took(&self, mailbox: i64, last_uid: u32) -> Result<(), Error> {
        self.change(
            "UPDATE mailbox SET last_uid = max(last_uid, ?2) WHERE id = ?1",
            params![mailbox, last_uid],
        )
    }

    /// A stored message has to be dealt with in the mailbox.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn owe(&self, mailbox: i64, owed: Owed) -> Result<(), Error> {
        self.change(
            "INSERT OR REPLACE INTO mailbox_owed(mailbox, uid, valid) VALUES(?1, ?2, ?3)",
            params![mailbox, owed.uid, owed.valid],
        )
    }

    /// What was owed for a message is done.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn settle(&self, mailbox: i64, uid: u32) -> Result<(), Error> {
        self.change("DELETE FROM mailbox_owed WHERE mailbox = ?1 AND uid = ?2", params![mailbox, uid])
    }

    /// A message could not be taken and stays in the mailbox.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn leave(&self, mailbox: i64, uid: u32, reason: &str) -> Result<(), Error> {
        self.change(
            "INSERT INTO mailbox_left(mailbox, uid, tries, reason) VALUES(?1, ?2, 1, ?3)
             ON CONFLICT(mailbox, uid) DO UPDATE SET tries = tries + 1, reason = excluded.reason",
            params![mailbox, uid, reason],
        )
    }

    /// A message that was left is taken, or is no longer there.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn no_longer_left(&self, mailbox: i64, uid: u32) -> Result<(), Error> {
        self.change("DELETE FROM mailbox_left WHERE mailbox = ?1 AND uid = ?2", params![mailbox, uid])
    }

    fn change(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), Error> {
        let execute = || self.db.prepare_cached(sql)?.execute(parameters);
        execute().map(drop).map_err(|e| from_sqlite(&self.path, e))
    }
}

fn read(db: &Connection, name: MailboxName<'_>) -> rusqlite::Result<Option<Mailbox>> {
    let found = db
        .query_row(
            "SELECT id, uid_validity, last_uid, since, since_below FROM mailbox
             WHERE feed = ?1 AND account = ?2 AND folder = ?3",
            params![name.feed, name.account, name.folder],
            |r| {
                Ok(Mailbox {
                    id: r.get(0)?,
                    uid_validity: r.get(1)?,
                    last_uid: r.get(2)?,
                    since: r.get(3)?,
                    since_below: r.get(4)?,
                    owed: vec![],
                    left: vec![],
                })
            },
        )
        .optional()?;
    let Some(mut mailbox) = found else { return Ok(None) };
    mailbox.owed = db
        .prepare("SELECT uid, valid FROM mailbox_owed WHERE mailbox = ?1 ORDER BY uid")?
        .query_map([mailbox.id], |r| Ok(Owed { uid: r.get(0)?, valid: r.get(1)? }))?
        .collect::<Result<_, _>>()?;
    mailbox.left = db
        .prepare("SELECT uid, tries, reason FROM mailbox_left WHERE mailbox = ?1 ORDER BY uid")?
        .query_map([mailbox.id], |r| Ok(Left { uid: r.get(0)?, tries: r.get(1)?, reason: r.get(2)? }))?
        .collect::<Result<_, _>>()?;
    Ok(Some(mailbox))
}

#[cfg(test)]
mod tests {
    use super::super::{Access, Durability};
    use super::*;

    const NAME: MailboxName<'_> = MailboxName { feed: "failures", account: "a@h:993", folder: "INBOX" };

    fn new() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db"), Access::ReadWrite).unwrap();
        (folder, store)
    }

    #[test]
    fn what_was_not_committed_was_not_taken() {
        let (_folder, store) = new();
        let mut writer = store.writer("test", Durability::Full).unwrap();
        writer.begin().unwrap();
        let mailbox = writer.begin_mailbox(NAME, 7, Some(100), 50).unwrap();
        writer.took(mailbox.id, 3).unwrap();
        writer.commit().unwrap();
        writer.begin().unwrap();
        writer.took(mailbox.id, 9).unwrap();
        writer.owe(mailbox.id, Owed { uid: 9, valid: true }).unwrap();
        drop(writer);
        let known = store.mailbox(NAME).unwrap().unwrap();
        assert_eq!((known.last_uid, known.owed.as_slice()), (3, [].as_slice()));
        assert_eq!((known.uid_validity, known.since, known.since_below), (7, Some(100), 50));
    }

    #[test]
    fn debts_and_left_messages_last_until_settled_or_until_uids_mean_something_else() {
        let (_folder, store) = new();
        let mut writer = store.writer("test", Durability::Full).unwrap();
        writer.begin().unwrap();
        let id = writer.begin_mailbox(NAME, 7, None, 1).unwrap().id;
        for uid in [5, 2, 9] {
            writer.owe(id, Owed { uid, valid: uid != 2 }).unwrap();
        }
        writer.leave(id, 4, "too large").unwrap();
        writer.leave(id, 4, "still too large").unwrap();
        writer.leave(id, 6, "unreadable").unwrap();
        writer.settle(id, 5).unwrap();
        writer.no_longer_left(id, 6).unwrap();
        writer.took(id, 9).unwrap();
        writer.took(id, 8).unwrap();
        writer.commit().unwrap();
        let known = store.mailbox(NAME).unwrap().unwrap();
        assert_eq!(known.owed, [Owed { uid: 2, valid: false }, Owed { uid: 9, valid: true }]);
        assert_eq!(known.left, [Left { uid: 4, tries: 2, reason: "still too large".into() }]);
        assert_eq!(known.last_uid, 9, "it never goes back");
        writer.begin().unwrap();
        assert_eq!(writer.begin_mailbox(NAME, 8, None, 1).unwrap().id, id);
        writer.commit().unwrap();
        let known = store.mailbox(NAME).unwrap().unwrap();
        assert_eq!((known.uid_validity, known.last_uid), (8, 0));
        assert!(known.owed.is_empty() && known.left.is_empty());
        assert_eq!(store.mailbox(MailboxName { folder: "Other", ..NAME }).unwrap(), None);
    }
}
