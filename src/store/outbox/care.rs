//! Care of the ledger: whether it is sound, and what has to go when a person wants to be forgotten. Rows and audit stay
//! whatever is purged, so that nothing is sent twice.

use super::super::care::MOST_PROBLEMS;
use super::super::{Error, Store};
use super::refusal::Refusal;
use super::row::{self, Step};
use super::submission;
use crate::model::clock::Seconds;
use crate::model::{Outgoing, OutgoingId, OutgoingState};
use rusqlite::Connection;

/// What came of forgetting messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Rows that had not left: they are cancelled.
    pub cancelled: Vec<OutgoingId>,
    /// Rows whose subject and bytes are gone; their hashes stay, so that the same mail is not told again.
    pub dropped: Vec<OutgoingId>,
    /// Why others could not be forgotten.
    pub refused: Vec<Refusal>,
}

impl Store {
    /// Drops subject and bytes of messages, because a person named in them wants to be forgotten. What has not left is
    /// cancelled. A message that is on its way, or may have arrived, is left alone until that is known.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn forget_outgoing(
        &self,
        ids: &[OutgoingId],
        why: &str,
        by: &str,
        now: Seconds,
    ) -> Result<Forgotten, Error> {
        self.change_ledger(|db| {
            let mut forgotten = Forgotten::default();
            for id in ids {
                let Some(row) = row::one(db, "id = ?1", [id])? else {
                    forgotten.refused.push(Refusal::NotThere(*id));
                    continue;
                };
                match row.state {
                    OutgoingState::Sending | OutgoingState::Unknown => {
                        let refusal = Refusal::State { id: *id, state: row.state, act: "forgotten" };
                        forgotten.refused.push(refusal);
                        continue;
                    }
                    OutgoingState::Sent | OutgoingState::ByHand | OutgoingState::Cancelled => {}
                    _ => {
                        cancel(db, &row, why, by, now)?;
                        forgotten.cancelled.push(*id);
                    }
                }
                db.prepare_cached("UPDATE outgoing SET subject = '' WHERE id = ?1")?.execute([id])?;
                db.prepare_cached("DELETE FROM outgoing_message WHERE id = ?1")?.execute([id])?;
                submission::forget(db, *id)?;
                row::note(db, *id, "forgotten", why, by, now)?;
                forgotten.dropped.push(*id);
            }
            Ok(forgotten)
        })
    }

    /// Adds what is wrong with the ledger, one sentence each.
    pub(in super::super) fn check_outbox(&self, problems: &mut Vec<String>) -> Result<(), Error> {
        let ids = |sql: &str| -> Result<Vec<OutgoingId>, Error> {
            let ids = self.db.prepare(sql).and_then(|mut s| s.query_map([], |r| r.get(0))?.collect());
            ids.map_err(|error| self.wrong(error))
        };
        for id in ids("SELECT id FROM outgoing ORDER BY id")? {
            if problems.len() >= MOST_PROBLEMS {
                return Ok(());
            }
            match self.outgoing_bytes(id) {
                Err(Error::Damaged { .. }) => {
                    let what = "are not the ones that were held";
                    problems.push(format!("The bytes of row {id} of the outbox {what}."));
                }
                read => drop(read?),
            }
        }
        for (sql, what) in [
            (BYTES_MISSING, "has no bytes any more"),
            (STATES_DIFFER, "and its mails are in different states"),
            (NOT_IN_AUDIT, "is not in the audit"),
        ] {
            problems.extend(ids(sql)?.iter().map(|id| format!("Row {id} of the outbox {what}.")));
        }
        let gaps = "SELECT coalesce(max(id), 0) - count(*) FROM audit";
        let gaps: i64 = self.db.query_row(gaps, [], |r| r.get(0)).map_err(|error| self.wrong(error))?;
        if gaps > 0 {
            problems.push(format!("The audit has gaps; lines that are missing: {gaps}."));
        }
        Ok(())
    }
}

const BYTES_MISSING: &str = "SELECT id FROM outgoing o WHERE state NOT IN (3, 7, 8)
  AND NOT EXISTS(SELECT 1 FROM outgoing_message m WHERE m.id = o.id)";
const STATES_DIFFER: &str = "SELECT DISTINCT o.id FROM outgoing_mail m JOIN outgoing o ON o.id = m.outgoing
  WHERE m.state <> o.state";
const NOT_IN_AUDIT: &str = "SELECT id FROM outgoing o
  WHERE NOT EXISTS(SELECT 1 FROM audit a WHERE a.outgoing = o.id AND a.act = 'held')";

fn cancel(db: &Connection, row: &Outgoing, why: &str, by: &str, at: Seconds) -> rusqlite::Result<()> {
    let to = OutgoingState::Cancelled;
    row::take(db, row, Step { to, due: None, answer: why, act: "cancelled", by, at })
}
