//! What people decide about rows of the ledger: approve, take back, cancel, try again, say what became of them.

use super::super::{Error, Store};
use super::hold::{Repetition, may_change, round};
use super::refusal::{Refusal, Stop};
use super::row::{self, Step, bounded};
use super::{About, Earlier};
use crate::model::clock::Seconds;
use crate::model::{Outgoing, OutgoingId, OutgoingKind, OutgoingState, Response};
use rusqlite::{Connection, params};

/// How a person looked at what is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// At all of it together, as a list.
    Together,
    /// At each by itself, which some rows want (DESIGN §6 rules 1–3). One alone is always looked at so.
    Singly,
}

/// What a person found out about a row, or did about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Its message has arrived.
    Arrived,
    /// It has not, and may be approved again.
    NotArrived,
    /// The desk was told otherwise: by its form, by telephone.
    ByHand {
        /// Under which the desk has it, where it gave one.
        ticket: Option<String>,
    },
}

/// What came of an act on several rows, each of which is done or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// The rows with which it was done.
    pub done: Vec<OutgoingId>,
    /// Why it was not done with the others.
    pub refused: Vec<Refusal>,
}

impl Store {
    /// Approves exactly these rows with exactly these bytes, all of them or none: from `due` on they may leave.
    ///
    /// # Errors
    /// [`Error::Outbox`] when one is not held, has other bytes, wants to be looked at singly and was not, or is for a
    /// form. Otherwise whatever SQLite reports, as with all that follow.
    pub fn approve(
        &self,
        what: &[(OutgoingId, [u8; 32])],
        looked: Looked,
        due: Seconds,
        by: &str,
        now: Seconds,
    ) -> Result<(), Error> {
        let is_singly = looked == Looked::Singly || what.len() == 1;
        self.change_ledger(|db| {
            for (id, sha256) in what {
                let row = row::get(db, *id)?;
                may_approve(&row, sha256, is_singly)?;
                db.prepare_cached(
                    "UPDATE outgoing SET approved_at = ?2, approved_by = ?3, approved_sha256 = ?4 WHERE id = ?1",
                )?
                .execute(params![id, now, by, sha256])?;
                let to = OutgoingState::Approved;
                row::take(db, &row, Step { to, due: Some(due), answer: "", act: "approved", by, at: now })?;
            }
            Ok(())
        })
    }

    /// Takes back what was approved and has not left: it is held again. Whatever can be stopped is.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn take_back(&self, ids: &[OutgoingId], by: &str, now: Seconds) -> Result<Moved, Error> {
        self.move_each(ids, |db, row| {
            if row.state == OutgoingState::Held {
                return Err(Refusal::State { id: row.id, state: row.state, act: "taken back" }.into());
            }
            may_change(row, "taken back")?;
            let to = OutgoingState::Held;
            Ok(row::take(db, row, Step { to, due: None, answer: "", act: "taken back", by, at: now })?)
        })
    }

    /// Gives up what has not left. The same mails may be held for the same recipient again. What may have arrived has to
    /// be resolved instead.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn cancel(&self, ids: &[OutgoingId], reason: &str, by: &str, now: Seconds) -> Result<Moved, Error> {
        self.move_each(ids, |db, row| {
            if row.state != OutgoingState::Failed {
                may_change(row, "cancelled")?;
            }
            let to = OutgoingState::Cancelled;
            Ok(row::take(db, row, Step { to, due: None, answer: reason, act: "cancelled", by, at: now })?)
        })
    }

    /// What failed is held again and wants a new approval; what waits for its time is due now.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn retry(&self, ids: &[OutgoingId], by: &str, now: Seconds) -> Result<Moved, Error> {
        self.move_each(ids, |db, row| {
            let (to, due) = match row.state {
                OutgoingState::Failed => {
                    hold_again(db, row)?;
                    (OutgoingState::Held, None)
                }
                OutgoingState::Deferred => (OutgoingState::Deferred, Some(now)),
                state => return Err(Refusal::State { id: row.id, state, act: "tried again" }.into()),
            };
            Ok(row::take(db, row, Step { to, due, answer: &row.answer, act: "tried again", by, at: now })?)
        })
    }

    /// Records what a person found out about a row whose outcome is unknown, or did about one that is held or failed.
    ///
    /// # Errors
    /// [`Error::Outbox`] when the row is in another state.
    pub fn resolve(
        &self,
        id: OutgoingId,
        resolution: &Resolution,
        by: &str,
        now: Seconds,
    ) -> Result<(), Error> {
        use OutgoingState::{ByHand, Failed, Held, Sent, Unknown};
        self.change_ledger(|db| {
            let row = row::get(db, id)?;
            let (to, act) = match (resolution, row.state) {
                (Resolution::Arrived, Unknown) => (Sent, "arrived"),
                (Resolution::NotArrived, Unknown) => (Held, "not arrived"),
                (Resolution::ByHand { .. }, Held | Unknown | Failed) => (ByHand, "by hand"),
                (_, state) => return Err(Refusal::State { id, state, act: "resolved" }.into()),
            };
            if row.state == Failed {
                hold_again(db, &row)?;
            }
            let mut answer = String::new();
            if let Resolution::ByHand { ticket } = resolution {
                let ticket = ticket.as_deref().map(bounded);
                db.prepare_cached("UPDATE outgoing SET ticket = ?2, left_at = ?3 WHERE id = ?1")?
                    .execute(params![id, ticket, now])?;
                answer = ticket.map_or_else(String::new, |ticket| format!("ticket {ticket}"));
            }
            row::take(db, &row, Step { to, due: None, answer: &answer, act, by, at: now })?;
            Ok(())
        })
    }

    /// Records what came back from a recipient, and under which ticket it has the matter; without a ticket the one that
    /// is known stays. The note goes into the audit.
    ///
    /// # Errors
    /// [`Error::Outbox`] when nothing can have come back, because the row has not left.
    pub fn record_response(
        &self,
        id: OutgoingId,
        response: Response,
        ticket: Option<&str>,
        note: &str,
        by: &str,
        now: Seconds,
    ) -> Result<(), Error> {
        self.change_ledger(|db| {
            let row = row::get(db, id)?;
            if !row.state.is_told() && row.state != OutgoingState::Unknown {
                return Err(Refusal::NotTold { id, state: row.state }.into());
            }
            let at = (response != Response::None).then_some(now);
            let ticket = ticket.map(bounded);
            db.prepare_cached(
                "UPDATE outgoing SET response = ?2, response_at = ?3, ticket = coalesce(?4, ticket) WHERE id = ?1",
            )?
            .execute(params![id, response.number(), at, ticket])?;
            let ticket = ticket.map_or_else(String::new, |ticket| format!("ticket {ticket}"));
            let parts: Vec<&str> =
                [ticket.as_str(), bounded(note)].into_iter().filter(|part| !part.is_empty()).collect();
            let act = if response == Response::None { "response cleared" } else { response.name() };
            row::note(db, id, act, &parts.join(": "), by, now)?;
            Ok(())
        })
    }

    /// Does it with each row that allows it.
    fn move_each(
        &self,
        ids: &[OutgoingId],
        step: impl Fn(&Connection, &Outgoing) -> Result<(), Stop>,
    ) -> Result<Moved, Error> {
        self.change_ledger(|db| {
            let mut moved = Moved::default();
            for id in ids {
                match row::get(db, *id).and_then(|row| step(db, &row)) {
                    Ok(()) => moved.done.push(*id),
                    Err(Stop::Refused(refusal)) => moved.refused.push(refusal),
                    Err(failed) => return Err(failed),
                }
            }
            Ok(moved)
        })
    }
}

fn may_approve(row: &Outgoing, looked_at: &[u8; 32], is_singly: bool) -> Result<(), Refusal> {
    let id = row.id;
    if row.state != OutgoingState::Held {
        return Err(Refusal::State { id, state: row.state, act: "approved" });
    }
    if row.sha256 != *looked_at {
        return Err(Refusal::Changed(id));
    }
    if row.kind == OutgoingKind::Form {
        return Err(Refusal::FormOnly(id));
    }
    match &row.singly {
        Some(why) if !is_singly => Err(Refusal::Singly { id, why: why.clone() }),
        _ => Ok(()),
    }
}

/// What failed keeps nobody from telling the same otherwise; before it holds again nobody may have.
fn hold_again(db: &Connection, row: &Outgoing) -> Result<(), Stop> {
    let about = About::new(row.source, &row.recipient);
    let may_repeat = Repetition::of(row.repeats, row.reason.as_deref());
    let mails: Vec<(i64, Option<[u8; 32]>)> = db
        .prepare_cached("SELECT position, mail FROM outgoing_mail WHERE outgoing = ?1")?
        .query_map([row.id], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (position, mail) in mails {
        match round(db, mail.as_ref(), &about, may_repeat, row.id)? {
            Ok(round) => db
                .prepare_cached("UPDATE outgoing_mail SET round = ?3 WHERE outgoing = ?1 AND position = ?2")?
                .execute(params![row.id, position, round])?,
            Err(Earlier { id: by, state, .. }) => {
                return Err(Refusal::Already { id: row.id, by, state }.into());
            }
        };
    }
    Ok(())
}
