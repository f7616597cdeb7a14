//! Who did what with the ledger, and when. Lines are only ever added, in the transaction of what they tell; triggers
//! refuse everything else. Knows nothing of states.

use super::{Error, Store};
use crate::model::clock::Seconds;
use crate::model::{AuditEntry, OutgoingId};
use rusqlite::{Connection, Row, params};

/// Who is named for what happens by itself.
pub(super) const BY_ITSELF: &str = "lafayette";

/// A line to be added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act<'a> {
    pub(super) at: Seconds,
    pub(super) by: &'a str,
    /// A verb in the past tense.
    pub(super) act: &'a str,
    pub(super) outgoing: Option<OutgoingId>,
    pub(super) detail: &'a str,
}

pub(super) fn add(db: &Connection, act: Act<'_>) -> rusqlite::Result<()> {
    let Act { at, by, act, outgoing, detail } = act;
    db.prepare_cached("INSERT INTO audit(at, by, act, outgoing, detail) VALUES(?1, ?2, ?3, ?4, ?5)")?
        .execute(params![at, by, act, outgoing, detail])
        .map(drop)
}

const LINES: &str = "SELECT id, at, by, act, outgoing, detail FROM audit
  WHERE id < ?1 AND at >= ?2 ORDER BY id DESC LIMIT ?3";
const LINES_OF_ROW: &str = "SELECT id, at, by, act, outgoing, detail FROM audit
  WHERE outgoing = ?4 AND id < ?1 AND at >= ?2 ORDER BY id DESC LIMIT ?3";

impl Store {
    /// The audit, or what it tells of one row, newest first: lines with smaller numbers than `before`, not older than
    /// `since`, at most so many.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn audit(
        &self,
        of: Option<OutgoingId>,
        before: Option<i64>,
        since: Option<Seconds>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, Error> {
        let (before, since) = (before.unwrap_or(i64::MAX), since.unwrap_or(i64::MIN));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let lines = match of {
            None => self
                .db
                .prepare_cached(LINES)
                .and_then(|mut s| s.query_map(params![before, since, limit], entry)?.collect()),
            Some(of) => self
                .db
                .prepare_cached(LINES_OF_ROW)
                .and_then(|mut s| s.query_map(params![before, since, limit, of], entry)?.collect()),
        };
        lines.map_err(|error| self.wrong(error))
    }

    /// What was done with one row of the ledger, oldest first.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn audit_of(&self, id: OutgoingId) -> Result<Vec<AuditEntry>, Error> {
        let mut lines = self.audit(Some(id), None, None, usize::MAX)?;
        lines.reverse();
        Ok(lines)
    }
}

fn entry(r: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        id: r.get(0)?,
        at: r.get(1)?,
        by: r.get(2)?,
        act: r.get(3)?,
        outgoing: r.get(4)?,
        detail: r.get(5)?,
    })
}
