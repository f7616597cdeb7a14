//! What people do with reports: marks, tags, notes, dismissals, decisions, saved views. Short transactions of their
//! own, so that a long import by another process does not keep a person from working. Each act says what it changed,
//! which [`Store::revert`] takes back.

use super::undo::{self, Change, Decided, Dismissed, Noted, Piece};
use super::{Error, Store, settings};
use crate::model::{Cause, Kind, ReportId, clock};
use rusqlite::params;

/// A query with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The query text.
    pub query: String,
}

impl Store {
    /// Marks reports or takes the mark off.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn mark(&self, ids: &[ReportId], on: bool) -> Result<Change, Error> {
        if on { self.change_marks(ids, &[]) } else { self.change_marks(&[], ids) }
    }

    /// Marks some reports and takes the mark off others.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn change_marks(&self, on: &[ReportId], off: &[ReportId]) -> Result<Change, Error> {
        self.change(|db| {
            let mut rows = vec![];
            for (ids, on) in [(on, true), (off, false)] {
                for id in ids {
                    rows.extend(undo::mark(db, *id, on)?.map(|was| (*id, was)));
                }
            }
            Ok(vec![Piece::Marks(rows)])
        })
    }

    /// Takes all marks off.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn unmark_all(&self) -> Result<Change, Error> {
        self.change(|db| {
            let marked: Vec<ReportId> = db
                .prepare_cached("DELETE FROM mark RETURNING report")?
                .query_map([], |r| r.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(vec![Piece::Marks(marked.into_iter().map(|id| (id, true)).collect())])
        })
    }

    /// Gives or takes a tag. One that a rule gave stays the rule's.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn tag(&self, ids: &[ReportId], tag: &str, on: bool) -> Result<Change, Error> {
        self.change(|db| {
            let mut rows = vec![];
            for id in ids {
                let has = || -> rusqlite::Result<bool> {
                    db.prepare_cached(
                        "SELECT EXISTS(SELECT 1 FROM report_tag WHERE tag = ?1 AND report = ?2)",
                    )?
                    .query_row(params![tag, id], |r| r.get(0))
                };
                if !on || !has()? {
                    rows.extend(undo::tag(db, tag, *id, on.then_some(false))?.map(|was| (*id, was)));
                }
            }
            Ok(vec![Piece::Tags(tag.to_owned(), rows)])
        })
    }

    /// Adds a note.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn note(&self, ids: &[ReportId], text: &str, by: &str) -> Result<Change, Error> {
        let at = clock::now();
        self.change(|db| {
            // AUTOINCREMENT's own book, so that the number of a note that was taken back is not given again.
            let last = db.query_row(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'note'",
                [],
                |r| r.get::<_, i64>(0),
            )?;
            let mut rows = vec![];
            for (number, id) in (last + 1..).zip(ids) {
                let row = Noted { report: *id, at, by: by.to_owned(), text: text.to_owned() };
                rows.extend(undo::note(db, number, Some(&row))?.map(|was| (number, was)));
            }
            Ok(vec![Piece::Notes(rows)])
        })
    }

    /// Puts reports aside, and takes their marks off: nothing is to be done with them any more. A report that is aside
    /// already keeps its first reason.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn dismiss(&self, ids: &[ReportId], reason: &str, by: &str) -> Result<Change, Error> {
        let row = Dismissed { reason: reason.to_owned(), at: clock::now(), by: by.to_owned() };
        self.change(|db| {
            let (mut rows, mut marks) = (vec![], vec![]);
            for id in ids {
                marks.extend(undo::mark(db, *id, false)?.map(|was| (*id, was)));
                let aside: bool = db
                    .prepare_cached("SELECT EXISTS(SELECT 1 FROM dismissal WHERE report = ?1)")?
                    .query_row([id], |r| r.get(0))?;
                if !aside {
                    rows.extend(undo::dismissal(db, *id, Some(&row))?.map(|was| (*id, was)));
                }
            }
            Ok(vec![Piece::Dismissals(rows), Piece::Marks(marks)])
        })
    }

    /// Brings dismissed reports back.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn reopen(&self, ids: &[ReportId]) -> Result<Change, Error> {
        self.change(|db| {
            let mut rows = vec![];
            for id in ids {
                rows.extend(undo::dismissal(db, *id, None)?.map(|was| (*id, was)));
            }
            Ok(vec![Piece::Dismissals(rows)])
        })
    }

    /// Decides the kind by hand, so that [`reclassify`](super::Rewritten) keeps it. The computed kind stays in the
    /// document; `None` goes back to it.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn set_kind(&self, ids: &[ReportId], kind: Option<Kind>, by: &str) -> Result<Change, Error> {
        let kind = kind.map(Kind::number);
        self.decide(ids, by, |was| (kind, was.and_then(|was| was.cause)))
    }

    /// Decides the cause by hand, likewise.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn set_cause(&self, ids: &[ReportId], cause: Option<Cause>, by: &str) -> Result<Change, Error> {
        let cause = cause.map(Cause::number);
        self.decide(ids, by, |was| (was.and_then(|was| was.kind), cause))
    }

    fn decide(
        &self,
        ids: &[ReportId],
        by: &str,
        decide: impl Fn(Option<&Decided>) -> (Option<u8>, Option<u8>),
    ) -> Result<Change, Error> {
        let at = clock::now();
        self.change(|db| {
            let mut rows = vec![];
            for id in ids {
                let was = undo::decided(db, *id)?;
                let (kind, cause) = decide(was.as_ref());
                if was.as_ref().map_or((None, None), |was| (was.kind, was.cause)) != (kind, cause) {
                    let row = Decided { kind, cause, at, by: by.to_owned() };
                    rows.extend(undo::decision(db, *id, Some(&row))?.map(|was| (*id, was)));
                }
            }
            Ok(vec![Piece::Decisions(rows)])
        })
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
    pub fn save_view(&self, view: &View) -> Result<Change, Error> {
        self.change(|db| {
            let was = undo::view(db, &view.name)?;
            if was.as_ref().is_some_and(|(query, _)| *query == view.query) {
                return Ok(vec![]);
            }
            db.execute(
                "INSERT INTO view(name, query, position) VALUES(?1, ?2, (SELECT coalesce(max(position), 0) + 1 FROM view))
                 ON CONFLICT(name) DO UPDATE SET query = excluded.query",
                params![view.name, view.query],
            )?;
            Ok(vec![Piece::View(view.name.clone(), was)])
        })
    }

    /// Removes a view; nothing changes when there is none.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn remove_view(&self, name: &str) -> Result<Change, Error> {
        self.change(|db| {
            let was = undo::view(db, name)?;
            let removed = db.execute("DELETE FROM view WHERE name = ?1", [name])?;
            Ok(if removed > 0 { vec![Piece::View(name.to_owned(), was)] } else { vec![] })
        })
    }

    /// Remembers that a person has seen everything up to this number: later reports are `is:new`.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn set_seen_up_to(&self, id: ReportId) -> Result<Change, Error> {
        self.change(|db| {
            let was = settings::seen_up_to(db)?;
            if was == id {
                return Ok(vec![]);
            }
            settings::set_seen_up_to(db, id)?;
            Ok(vec![Piece::SeenUpTo(was)])
        })
    }
}
