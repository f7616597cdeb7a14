//! What people do with reports: marks, tags, notes, dismissals, decisions, saved views. Short transactions of their
//! own, so that a long import by another process does not keep a person from working.

use super::{Error, Store, settings};
use crate::model::{Kind, ReportId, clock};
use rusqlite::{Statement, TransactionBehavior, params};

/// A query with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The query text.
    pub query: String,
}

impl Store {
    /// Runs one statement for each number in one transaction; says how many rows changed.
    fn for_each(
        &self,
        ids: &[ReportId],
        sql: &str,
        mut act: impl FnMut(&mut Statement<'_>, ReportId) -> rusqlite::Result<usize>,
    ) -> Result<usize, Error> {
        self.must_write()?;
        let wrong = |e| self.wrong(e);
        let transaction =
            rusqlite::Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).map_err(wrong)?;
        let mut changed = 0;
        {
            let mut statement = transaction.prepare_cached(sql).map_err(wrong)?;
            for id in ids {
                changed += act(&mut statement, *id).map_err(wrong)?;
            }
        }
        transaction.commit().map_err(wrong)?;
        Ok(changed)
    }

    /// Marks reports or takes the mark off; says how many changed.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn mark(&self, ids: &[ReportId], on: bool) -> Result<usize, Error> {
        let sql = if on {
            "INSERT OR IGNORE INTO mark(report) VALUES(?1)"
        } else {
            "DELETE FROM mark WHERE report = ?1"
        };
        self.for_each(ids, sql, |s, id| s.execute([id]))
    }

    /// Gives or takes a tag; says how many changed.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn tag(&self, ids: &[ReportId], tag: &str, on: bool) -> Result<usize, Error> {
        let sql = if on {
            "INSERT OR IGNORE INTO report_tag(tag, report, by_rule) VALUES(?2, ?1, 0)"
        } else {
            "DELETE FROM report_tag WHERE report = ?1 AND tag = ?2"
        };
        self.for_each(ids, sql, |s, id| s.execute(params![id, tag]))
    }

    /// Adds a note.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn note(&self, ids: &[ReportId], text: &str, by: &str) -> Result<usize, Error> {
        let at = clock::now();
        self.for_each(ids, "INSERT INTO note(report, at, by, text) VALUES(?1, ?2, ?3, ?4)", |s, id| {
            s.execute(params![id, at, by, text])
        })
    }

    /// Puts reports aside. A report that is aside already keeps its first reason; says how many changed.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn dismiss(&self, ids: &[ReportId], reason: &str, by: &str) -> Result<usize, Error> {
        let at = clock::now();
        self.for_each(
            ids,
            "INSERT OR IGNORE INTO dismissal(report, reason, at, by) VALUES(?1, ?2, ?3, ?4)",
            |s, id| s.execute(params![id, reason, at, by]),
        )
    }

    /// Brings dismissed reports back; says how many changed.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn reopen(&self, ids: &[ReportId]) -> Result<usize, Error> {
        self.for_each(ids, "DELETE FROM dismissal WHERE report = ?1", |s, id| s.execute([id]))
    }

    /// Decides the kind by hand, so that [`reclassify`](super::Rewritten) keeps it. The computed kind stays in the
    /// document; `None` goes back to it.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn set_kind(&self, ids: &[ReportId], kind: Option<Kind>, by: &str) -> Result<usize, Error> {
        let at = clock::now();
        let sql = "INSERT INTO decision(report, kind, at, by) VALUES(?1, ?2, ?3, ?4)
          ON CONFLICT(report) DO UPDATE SET kind = excluded.kind, at = excluded.at, by = excluded.by";
        self.for_each(ids, sql, |s, id| s.execute(params![id, kind.map(Kind::number), at, by]))
    }

    /// Saved views in their order.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn views(&self) -> Result<Vec<View>, Error> {
        self.db
            .prepare_cached("SELECT name, query FROM view ORDER BY position, name")
            .and_then(|mut s| s.query_map([], |r| Ok(View { name: r.get(0)?, query: r.get(1)? }))?.collect())
            .map_err(|e| self.wrong(e))
    }

    /// Saves a view; one of the same name is replaced in its place.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn save_view(&self, view: &View) -> Result<(), Error> {
        self.must_write()?;
        self.db
            .execute(
                "INSERT INTO view(name, query, position) VALUES(?1, ?2, (SELECT coalesce(max(position), 0) + 1 FROM view))
                 ON CONFLICT(name) DO UPDATE SET query = excluded.query",
                params![view.name, view.query],
            )
            .map(drop)
            .map_err(|e| self.wrong(e))
    }

    /// Removes a view; says whether there was one.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn remove_view(&self, name: &str) -> Result<bool, Error> {
        self.must_write()?;
        self.db.execute("DELETE FROM view WHERE name = ?1", [name]).map(|n| n > 0).map_err(|e| self.wrong(e))
    }

    /// Remembers that a person has seen everything up to this number: later reports are `is:new`.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn set_seen_up_to(&self, id: ReportId) -> Result<(), Error> {
        self.must_write()?;
        settings::set_seen_up_to(&self.db, id).map_err(|e| self.wrong(e))
    }
}
