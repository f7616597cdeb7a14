//! What an act changed, row by row as it was before, so that it can be taken back exactly and done again, unless
//! somebody else has changed the same rows since. Knows the tables that people write to and nothing of who asks.

use super::{Error, Store, settings};
use crate::model::ReportId;
use crate::model::clock::Seconds;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The rows that an act changed, as they were before it. [`Store::revert`] puts them back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    pieces: Vec<Piece>,
    /// The same rows as the act left them, in short.
    left: Vec<Vec<Print>>,
}

/// The key of a row and a hash of it: enough to see whether somebody changed it since, at 16 bytes a row.
type Print = (i64, u64);

/// Former rows of one table; `None` where there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Whether each was marked.
    Marks(Vec<(ReportId, bool)>),
    Dismissals(Vec<(ReportId, Option<Dismissed>)>),
    /// Of one tag; whether a rule had given it.
    Tags(String, Vec<(ReportId, Option<bool>)>),
    /// By the number of the note.
    Notes(Vec<(i64, Option<Noted>)>),
    Decisions(Vec<(ReportId, Option<Decided>)>),
    SeenUpTo(ReportId),
    /// Query and place of a view.
    View(String, Option<(String, i64)>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Dismissed {
    pub(super) reason: String,
    pub(super) at: Seconds,
    pub(super) by: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Noted {
    pub(super) report: ReportId,
    pub(super) at: Seconds,
    pub(super) by: String,
    pub(super) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Decided {
    pub(super) kind: Option<u8>,
    pub(super) cause: Option<u8>,
    pub(super) at: Seconds,
    pub(super) by: String,
}

impl Change {
    /// How many rows changed: reports, notes, views.
    pub fn count(&self) -> usize {
        self.pieces.iter().map(Piece::len).sum()
    }

    /// How many of them are marks.
    pub fn marks(&self) -> usize {
        self.pieces.iter().filter(|piece| matches!(piece, Piece::Marks(_))).map(Piece::len).sum()
    }

    /// Nothing changed.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Marks(rows) => rows.len(),
            Piece::Dismissals(rows) => rows.len(),
            Piece::Tags(_, rows) => rows.len(),
            Piece::Notes(rows) => rows.len(),
            Piece::Decisions(rows) => rows.len(),
            Piece::SeenUpTo(_) | Piece::View(..) => 1,
        }
    }

    /// Its rows in short. Marks need none: a mark is either as an act left it or as it was before.
    fn prints(&self) -> Vec<Print> {
        match self {
            Piece::Marks(_) => vec![],
            Piece::Dismissals(rows) => rows.iter().map(|(id, row)| (i64::from(*id), hash(row))).collect(),
            Piece::Tags(_, rows) => rows.iter().map(|(id, row)| (i64::from(*id), hash(row))).collect(),
            Piece::Notes(rows) => rows.iter().map(|(number, row)| (*number, hash(row))).collect(),
            Piece::Decisions(rows) => rows.iter().map(|(id, row)| (i64::from(*id), hash(row))).collect(),
            Piece::SeenUpTo(id) => vec![(0, hash(id))],
            Piece::View(_, row) => vec![(0, hash(row))],
        }
    }

    /// The same rows as they are now.
    fn now(&self, db: &Connection) -> rusqlite::Result<Piece> {
        Ok(match self {
            Piece::Marks(_) => Piece::Marks(vec![]),
            Piece::Dismissals(rows) => {
                Piece::Dismissals(each(rows, |(id, _)| dismissed(db, *id).map(|row| Some((*id, row))))?)
            }
            Piece::Tags(name, rows) => {
                let tags = each(rows, |(id, _)| tagged(db, name, *id).map(|row| Some((*id, row))))?;
                Piece::Tags(name.clone(), tags)
            }
            Piece::Notes(rows) => {
                Piece::Notes(each(rows, |(number, _)| noted(db, *number).map(|row| Some((*number, row))))?)
            }
            Piece::Decisions(rows) => {
                Piece::Decisions(each(rows, |(id, _)| decided(db, *id).map(|row| Some((*id, row))))?)
            }
            Piece::SeenUpTo(_) => Piece::SeenUpTo(settings::seen_up_to(db)?),
            Piece::View(name, _) => Piece::View(name.clone(), view(db, name)?),
        })
    }
}

fn hash(row: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}

impl Store {
    /// Puts back what an act changed, in one transaction, and says what that changed in turn: reverting the answer
    /// does the act again. Reports that are gone since are passed over.
    ///
    /// # Errors
    /// [`Error::ChangedSince`] when a row is no longer as the act left it; nothing is put back then. Otherwise whatever
    /// SQLite reports.
    pub fn revert(&self, change: &Change) -> Result<Change, Error> {
        self.must_write()?;
        let wrong = |e| self.wrong(e);
        let transaction =
            Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).map_err(wrong)?;
        let mut reverted = Change::default();
        for (piece, left) in change.pieces.iter().zip(&change.left).rev() {
            let found = put_back(&transaction, piece).map_err(wrong)?;
            // Rows that are gone, or so already, are missing among those that were found; the order is the same.
            let mut left = left.iter();
            if !found.prints().iter().all(|found| left.any(|left| left == found)) {
                return Err(Error::ChangedSince);
            }
            reverted.pieces.push(found);
            reverted.left.push(piece.prints());
        }
        transaction.commit().map_err(wrong)?;
        Ok(reverted)
    }

    /// Runs an act in one transaction.
    pub(super) fn change(
        &self,
        act: impl FnOnce(&Connection) -> rusqlite::Result<Vec<Piece>>,
    ) -> Result<Change, Error> {
        self.write(|db| {
            let mut pieces = act(db)?;
            pieces.retain(|piece| piece.len() > 0);
            let now = |piece: &Piece| piece.now(db).map(|now| now.prints());
            let left = pieces.iter().map(now).collect::<rusqlite::Result<_>>()?;
            Ok(Change { pieces, left })
        })
    }

    /// Writes something in one transaction. A short one: it waits for SQLite's own lock and not for the one writer.
    pub(super) fn write<T>(&self, act: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.must_write()?;
        let write = || {
            let transaction = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
            let done = act(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        write().map_err(|error| self.wrong(error))
    }
}

fn put_back(db: &Connection, piece: &Piece) -> rusqlite::Result<Piece> {
    Ok(match piece {
        Piece::Marks(rows) => {
            let put = |row: &(ReportId, bool)| mark(db, row.0, row.1).map(|was| Some((row.0, was?)));
            Piece::Marks(each(rows, put)?)
        }
        Piece::Dismissals(rows) => {
            let put = |(report, row): &(ReportId, Option<Dismissed>)| {
                dismissal(db, *report, row.as_ref()).map(|was| Some((*report, was?)))
            };
            Piece::Dismissals(each(rows, put)?)
        }
        Piece::Tags(name, rows) => {
            let put =
                |row: &(ReportId, Option<bool>)| tag(db, name, row.0, row.1).map(|was| Some((row.0, was?)));
            Piece::Tags(name.clone(), each(rows, put)?)
        }
        Piece::Notes(rows) => {
            let put = |(number, row): &(i64, Option<Noted>)| {
                note(db, *number, row.as_ref()).map(|was| Some((*number, was?)))
            };
            Piece::Notes(each(rows, put)?)
        }
        Piece::Decisions(rows) => {
            let put = |(report, row): &(ReportId, Option<Decided>)| {
                decision(db, *report, row.as_ref()).map(|was| Some((*report, was?)))
            };
            Piece::Decisions(each(rows, put)?)
        }
        Piece::SeenUpTo(id) => {
            let was = settings::seen_up_to(db)?;
            settings::set_seen_up_to(db, *id)?;
            Piece::SeenUpTo(was)
        }
        Piece::View(name, row) => {
            let was = view(db, name)?;
            match row {
                Some((query, position)) => db.execute(
                    "INSERT OR REPLACE INTO view(name, query, position) VALUES(?1, ?2, ?3)",
                    params![name, query, position],
                )?,
                None => db.execute("DELETE FROM view WHERE name = ?1", [name])?,
            };
            Piece::View(name.clone(), was)
        }
    })
}

fn each<T>(rows: &[T], mut put: impl FnMut(&T) -> rusqlite::Result<Option<T>>) -> rusqlite::Result<Vec<T>> {
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        out.extend(put(row)?);
    }
    Ok(out)
}

/// Only of reports that are there: a number may have been purged since it was listed.
const IF_THERE: &str = " WHERE EXISTS(SELECT 1 FROM report WHERE id = ?1)";

// What follows writes one row and gives the former one; nothing when it was so already, or cannot be.

pub(super) fn mark(db: &Connection, report: ReportId, on: bool) -> rusqlite::Result<Option<bool>> {
    let changed = if on {
        db.prepare_cached(&["INSERT OR IGNORE INTO mark(report) SELECT ?1", IF_THERE].concat())?
    } else {
        db.prepare_cached("DELETE FROM mark WHERE report = ?1")?
    }
    .execute([report])?;
    Ok((changed > 0).then_some(!on))
}

pub(super) fn dismissal(
    db: &Connection,
    report: ReportId,
    row: Option<&Dismissed>,
) -> rusqlite::Result<Option<Option<Dismissed>>> {
    let was = dismissed(db, report)?;
    if was.as_ref() == row {
        return Ok(None);
    }
    let changed = match row {
        Some(Dismissed { reason, at, by }) => {
            let sql = "INSERT OR REPLACE INTO dismissal(report, reason, at, by) SELECT ?1, ?2, ?3, ?4";
            db.prepare_cached(&[sql, IF_THERE].concat())?.execute(params![report, reason, at, by])?
        }
        None => db.prepare_cached("DELETE FROM dismissal WHERE report = ?1")?.execute([report])?,
    };
    Ok((changed > 0).then_some(was))
}

pub(super) fn tag(
    db: &Connection,
    name: &str,
    report: ReportId,
    by_rule: Option<bool>,
) -> rusqlite::Result<Option<Option<bool>>> {
    let was = tagged(db, name, report)?;
    if was == by_rule {
        return Ok(None);
    }
    let changed = match by_rule {
        Some(by_rule) => {
            let sql = "INSERT OR REPLACE INTO report_tag(report, tag, by_rule) SELECT ?1, ?2, ?3";
            db.prepare_cached(&[sql, IF_THERE].concat())?.execute(params![report, name, by_rule])?
        }
        None => db
            .prepare_cached("DELETE FROM report_tag WHERE report = ?1 AND tag = ?2")?
            .execute(params![report, name])?,
    };
    Ok((changed > 0).then_some(was))
}

pub(super) fn note(
    db: &Connection,
    number: i64,
    row: Option<&Noted>,
) -> rusqlite::Result<Option<Option<Noted>>> {
    let was = noted(db, number)?;
    let changed = match row {
        Some(Noted { report, at, by, text }) => {
            let sql = "INSERT OR REPLACE INTO note(report, id, at, by, text) SELECT ?1, ?2, ?3, ?4, ?5";
            db.prepare_cached(&[sql, IF_THERE].concat())?.execute(params![report, number, at, by, text])?
        }
        None => db.prepare_cached("DELETE FROM note WHERE id = ?1")?.execute([number])?,
    };
    Ok((changed > 0).then_some(was))
}

/// A decision about nothing is no decision.
pub(super) fn decision(
    db: &Connection,
    report: ReportId,
    row: Option<&Decided>,
) -> rusqlite::Result<Option<Option<Decided>>> {
    let row = row.filter(|row| row.kind.is_some() || row.cause.is_some());
    let was = decided(db, report)?;
    if was.as_ref() == row {
        return Ok(None);
    }
    let changed = match row {
        Some(Decided { kind, cause, at, by }) => {
            let sql =
                "INSERT OR REPLACE INTO decision(report, kind, cause, at, by) SELECT ?1, ?2, ?3, ?4, ?5";
            db.prepare_cached(&[sql, IF_THERE].concat())?.execute(params![report, kind, cause, at, by])?
        }
        None => db.prepare_cached("DELETE FROM decision WHERE report = ?1")?.execute([report])?,
    };
    Ok((changed > 0).then_some(was))
}

fn dismissed(db: &Connection, report: ReportId) -> rusqlite::Result<Option<Dismissed>> {
    db.prepare_cached("SELECT reason, at, by FROM dismissal WHERE report = ?1")?
        .query_row([report], |r| Ok(Dismissed { reason: r.get(0)?, at: r.get(1)?, by: r.get(2)? }))
        .optional()
}

/// Whether a rule gave the tag; none without it.
fn tagged(db: &Connection, name: &str, report: ReportId) -> rusqlite::Result<Option<bool>> {
    db.prepare_cached("SELECT by_rule FROM report_tag WHERE tag = ?1 AND report = ?2")?
        .query_row(params![name, report], |r| r.get(0))
        .optional()
}

fn noted(db: &Connection, number: i64) -> rusqlite::Result<Option<Noted>> {
    db.prepare_cached("SELECT report, at, by, text FROM note WHERE id = ?1")?
        .query_row([number], |r| {
            Ok(Noted { report: r.get(0)?, at: r.get(1)?, by: r.get(2)?, text: r.get(3)? })
        })
        .optional()
}

pub(super) fn decided(db: &Connection, report: ReportId) -> rusqlite::Result<Option<Decided>> {
    db.prepare_cached("SELECT kind, cause, at, by FROM decision WHERE report = ?1")?
        .query_row([report], |r| {
            Ok(Decided { kind: r.get(0)?, cause: r.get(1)?, at: r.get(2)?, by: r.get(3)? })
        })
        .optional()
}

pub(super) fn view(db: &Connection, name: &str) -> rusqlite::Result<Option<(String, i64)>> {
    db.prepare_cached("SELECT query, position FROM view WHERE name = ?1")?
        .query_row([name], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()
}
