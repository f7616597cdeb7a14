//! The ledger of what left, or may: reading it. Every change is one durable transaction with its line in the audit, and
//! the schema refuses what must never be: bytes on their way that nobody approved, the same mail twice to the same
//! recipient, another state for what is settled. Knows nothing of how messages are made or leave.

mod care;
mod decide;
mod hold;
mod refusal;
mod row;
mod send;
mod submission;

pub use care::Forgotten;
pub use decide::{Looked, Moved, Resolution};
pub use refusal::Refusal;
pub use send::{SenderLock, SentTo, Settled};
pub use submission::{SubmissionTold, UrlNote};

use super::{Error, Store, sha256};
use crate::model::address_space::to_column;
use crate::model::clock::Seconds;
use crate::model::{Outgoing, OutgoingId, OutgoingState, ReportId, contact_key};
use refusal::Stop;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::net::IpAddr;

/// A row by which a mail was told, or is about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// Its number.
    pub id: OutgoingId,
    /// How far it is,
    pub state: OutgoingState,
    /// since when.
    pub at: Seconds,
}

/// Fewer characters would be guessed.
const LEAST_TOKEN: usize = 16;

impl Store {
    /// Rows in these states, or all of them where none is named, newest first.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn outbox(
        &self,
        states: &[OutgoingState],
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Outgoing>, Error> {
        let numbers: Vec<String> = states.iter().map(|state| state.number().to_string()).collect();
        let wanted = if states.is_empty() {
            String::new()
        } else {
            format!("WHERE state IN ({})", numbers.join(", "))
        };
        // The numbers first, so that no row is sorted whole.
        let sql = format!(
            "SELECT {} FROM outgoing
             WHERE id IN (SELECT id FROM outgoing {wanted} ORDER BY id DESC LIMIT ?1 OFFSET ?2) ORDER BY id DESC",
            row::COLUMNS,
        );
        let range = [limit, offset].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        row::all(&self.db, &sql, range).map_err(|error| self.wrong(error))
    }

    /// How many rows are in each state; states without any are left out.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn outbox_counts(&self) -> Result<Vec<(OutgoingState, u64)>, Error> {
        let counts: rusqlite::Result<Vec<(u8, i64)>> = self
            .db
            .prepare_cached("SELECT state, count(*) FROM outgoing GROUP BY state ORDER BY state")
            .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect());
        let counts = counts.map_err(|error| self.wrong(error))?;
        let named = |(state, count): (u8, i64)| Some((OutgoingState::from_number(state)?, count as u64));
        Ok(counts.into_iter().filter_map(named).collect())
    }

    /// One row.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn outgoing(&self, id: OutgoingId) -> Result<Option<Outgoing>, Error> {
        row::one(&self.db, "id = ?1", [id]).map_err(|error| self.wrong(error))
    }

    /// The row whose message has this token, or one that begins so: the one that an answer is about. The envelope bears
    /// only the beginning. Less than 16 characters are no token.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn outgoing_by_token(&self, token: &str) -> Result<Option<Outgoing>, Error> {
        if token.len() < LEAST_TOKEN {
            return Ok(None);
        }
        // '~' comes behind every letter and digit.
        row::one(&self.db, "token BETWEEN ?1 AND ?1 || '~'", [token]).map_err(|error| self.wrong(error))
    }

    /// The exact bytes of a row's message, which are known to be those: they have its SHA-256. `None` where there is no
    /// such row, or its bytes were dropped.
    ///
    /// # Errors
    /// [`Error::Damaged`] for bytes that are not the ones that were held.
    pub fn outgoing_bytes(&self, id: OutgoingId) -> Result<Option<Vec<u8>>, Error> {
        let found: Option<([u8; 32], i64, Option<Vec<u8>>)> = self
            .db
            .prepare_cached(
                "SELECT o.sha256, o.size, m.data FROM outgoing o JOIN outgoing_message m ON m.id = o.id
                 WHERE o.id = ?1",
            )
            .and_then(|mut s| s.query_row([id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional())
            .map_err(|error| self.wrong(error))?;
        let Some((expected, size, Some(data))) = found else { return Ok(None) };
        // A damaged size is no reason to die.
        let size = usize::try_from(size).ok().filter(|size| *size <= hold::MOST_BYTES);
        let bytes = size.and_then(|size| zstd::bulk::decompress(&data, size).ok());
        match bytes.filter(|bytes| sha256(bytes) == expected) {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                let what = format!("the bytes of row {id} of the outbox are not the ones that were held");
                Err(Error::Damaged { path: self.path.clone(), what })
            }
        }
    }

    /// The rows that are about a stored report, newest first, the cancelled ones too.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn outgoing_of(&self, report: ReportId) -> Result<Vec<Outgoing>, Error> {
        let sql = format!(
            "SELECT {} FROM outgoing WHERE id IN (SELECT outgoing FROM outgoing_mail WHERE report = ?1) ORDER BY id DESC",
            row::COLUMNS
        );
        row::all(&self.db, &sql, [report]).map_err(|error| self.wrong(error))
    }

    /// The row by which the first of these mails, by their SHA-256, that is about this source was told to this recipient
    /// or is about to be: one look into one index a mail.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn already_told(
        &self,
        mails: &[[u8; 32]],
        source: Option<IpAddr>,
        recipient: &str,
    ) -> Result<Option<Earlier>, Error> {
        let about = About::new(source, recipient);
        for mail in mails {
            if let Some((earlier, _)) =
                latest(&self.db, mail, &about, 0).map_err(|error| self.wrong(error))?
            {
                return Ok(Some(earlier));
            }
        }
        Ok(None)
    }

    /// Changes the ledger in one transaction. It waits for SQLite's own lock and not for the one writer.
    fn change_ledger<T>(&self, act: impl FnOnce(&Connection) -> Result<T, Stop>) -> Result<T, Error> {
        self.must_write()?;
        self.must_be_in_place()?;
        let change = || -> Result<T, Stop> {
            let transaction = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
            let done = act(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        change().map_err(|stop| match stop {
            Stop::Refused(refusal) => Error::Outbox(refusal),
            Stop::Failed(error) => self.wrong(error),
        })
    }
}

/// Source and recipient as the table of mails has them.
struct About {
    source: [u8; 16],
    recipient: String,
}

impl About {
    fn new(source: Option<IpAddr>, recipient: &str) -> About {
        About { source: source.map_or([0; 16], to_column), recipient: contact_key(recipient) }
    }
}

/// The latest row but `except` by which a mail was told or is about to be, and its round.
fn latest(
    db: &Connection,
    mail: &[u8; 32],
    about: &About,
    except: OutgoingId,
) -> rusqlite::Result<Option<(Earlier, i64)>> {
    db.prepare_cached(
        "SELECT o.id, o.state, o.state_at, m.round FROM outgoing_mail m JOIN outgoing o ON o.id = m.outgoing
         WHERE m.mail = ?1 AND m.source = ?2 AND m.recipient = ?3 AND m.state NOT IN (5, 7) AND m.outgoing <> ?4
         ORDER BY m.round DESC LIMIT 1",
    )?
    .query_row(params![mail, about.source, about.recipient, except], |r| {
        // A state that a later version may have written is none that lets the mail go again.
        let state = OutgoingState::from_number(r.get(1)?).unwrap_or(OutgoingState::Unknown);
        Ok((Earlier { id: r.get(0)?, state, at: r.get(2)? }, r.get(3)?))
    })
    .optional()
}

#[cfg(test)]
mod tests;
