//! The ledger as the sender sees it: what is due, the durable step right before bytes leave, and what became of them.
//! There is one sender at a time; who takes over finds what the last one was sending and knows nothing of it.

use super::super::audit::BY_ITSELF;
use super::super::lock::SendingLock;
use super::super::{Error, Store, settings};
use super::refusal::Stop;
use super::row::{self, Step};
use crate::model::clock::Seconds;
use crate::model::{FeedKind, Outgoing, OutgoingId, OutgoingState, ReportId, Response, contact_key};
use rusqlite::{Connection, OptionalExtension, params};

/// Held while messages are sent; released when dropped, and by the system when the process dies. Threads that send for
/// the same sender share it.
#[derive(Debug)]
pub struct SenderLock {
    _lock: SendingLock,
    found: Vec<OutgoingId>,
}

impl SenderLock {
    /// Rows that the last sender left in the middle: they are `unknown` now, and a person has to find out.
    pub fn found_unknown(&self) -> &[OutgoingId] {
        &self.found
    }
}

/// What became of a row that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The other side answers for it.
    Sent,
    /// Not for the moment.
    Deferred {
        /// When it is tried again.
        until: Seconds,
    },
    /// Refused for good.
    Failed,
    /// It may have arrived or not.
    Unknown,
    /// Nothing of it left, because it may not leave as it is: a person has to look at it again.
    Withdrawn,
}

/// What a recipient got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentTo {
    /// How many messages since then, those that may have arrived included.
    pub count: u64,
    /// When the last one began to leave, whenever that was.
    pub last: Option<Seconds>,
}

/// What is written to rows that the last sender left in the middle.
const LEFT_IN_THE_MIDDLE: &str =
    "the program ended while the message was on its way: it may have arrived or not";

impl Store {
    /// Becomes the one sender. Every row that is found on its way becomes `unknown`: whoever was sending it is gone.
    /// `command` is what others are told about us.
    ///
    /// # Errors
    /// [`Error::Sending`] when another one sends; otherwise whatever SQLite reports, as with all that follow.
    pub fn sender(&self, command: &str, now: Seconds) -> Result<SenderLock, Error> {
        self.must_write()?;
        let lock = SendingLock::take(&self.path, command)?;
        let found = self.change_ledger(|db| {
            let sql = format!("SELECT {} FROM outgoing WHERE state = ?1 ORDER BY id", row::COLUMNS);
            let rows = row::all(db, &sql, [OutgoingState::Sending.number()])?;
            for row in &rows {
                let (to, answer) = (OutgoingState::Unknown, LEFT_IN_THE_MIDDLE);
                row::take(db, row, Step { to, due: None, answer, act: "unknown", by: BY_ITSELF, at: now })?;
            }
            Ok(rows.iter().map(|row| row.id).collect())
        })?;
        Ok(SenderLock { _lock: lock, found })
    }

    /// Rows that may leave now, those first that have waited longest.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn due(&self, now: Seconds, at_most: usize) -> Result<Vec<Outgoing>, Error> {
        let sql = format!("SELECT {} FROM outgoing WHERE due <= ?1 ORDER BY due, id LIMIT ?2", row::COLUMNS);
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        row::all(&self.db, &sql, [now, at_most]).map_err(|error| self.wrong(error))
    }

    /// Everything that is approved may leave now: nobody waits any more until it could be taken back. Rows that were put
    /// off are tried at once, too. Says how many.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn hurry(&self, by: &str, now: Seconds) -> Result<usize, Error> {
        self.change_ledger(|db| {
            let sql = format!("SELECT {} FROM outgoing WHERE due > ?1 ORDER BY due, id", row::COLUMNS);
            let rows = row::all(db, &sql, [now])?;
            for row in &rows {
                let step =
                    Step { to: row.state, due: Some(now), answer: &row.answer, act: "hurried", by, at: now };
                row::take(db, row, step)?;
            }
            Ok(rows.len())
        })
    }

    /// When the next row may leave; `None` when none waits.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn next_due(&self) -> Result<Option<Seconds>, Error> {
        self.db
            .prepare_cached("SELECT min(due) FROM outgoing WHERE due IS NOT NULL")
            .and_then(|mut s| s.query_row([], |r| r.get(0)))
            .map_err(|error| self.wrong(error))
    }

    /// The step right before the first byte leaves: durable when it returns `true`. `false` when the row may not leave
    /// any more: it was taken back, edited, put off, or another thread has it.
    ///
    /// # Errors
    /// Whatever SQLite reports; then nothing may leave.
    pub fn begin(
        &self,
        _sender: &SenderLock,
        id: OutgoingId,
        sha256: &[u8; 32],
        now: Seconds,
    ) -> Result<bool, Error> {
        self.change_ledger(|db| {
            let Some(row) = row::one(db, "id = ?1", [id])? else { return Ok(false) };
            let waits = matches!(row.state, OutgoingState::Approved | OutgoingState::Deferred);
            if !waits || row.sha256 != *sha256 || row.due.is_none_or(|due| due > now) {
                return Ok(false);
            }
            db.prepare_cached("UPDATE outgoing SET left_at = ?2, tries = tries + 1 WHERE id = ?1")?
                .execute(params![id, now])?;
            let to = OutgoingState::Sending;
            row::take(db, &row, Step { to, due: None, answer: "", act: "sending", by: BY_ITSELF, at: now })?;
            Ok(true)
        })
    }

    /// What became of a row that the sender has begun, or could not begin because no connection or no recipient was
    /// accepted. `false` when the row has moved on meanwhile, because a person took it back or edited it; nothing is
    /// changed then.
    ///
    /// # Errors
    /// Whatever SQLite reports; the row stays as it is then, and a later sender finds it `sending`.
    pub fn settle(
        &self,
        _sender: &SenderLock,
        id: OutgoingId,
        sha256: &[u8; 32],
        settled: Settled,
        answer: &str,
        now: Seconds,
    ) -> Result<bool, Error> {
        self.change_ledger(|db| settle(db, id, sha256, settled, answer, now))
    }

    /// How many messages a recipient got since then, and when the last, for caps and spacing.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn sent_to(&self, recipient: &str, since: Seconds) -> Result<SentTo, Error> {
        self.db
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE left_at >= ?2), max(left_at) FROM outgoing
                 WHERE recipient = ?1 AND state IN (2, 3, 6)",
            )
            .and_then(|mut s| {
                s.query_row(params![contact_key(recipient), since], |r| {
                    Ok(SentTo { count: r.get::<_, i64>(0)? as u64, last: r.get(1)? })
                })
            })
            .map_err(|error| self.wrong(error))
    }

    /// Messages of feeds of kind `replies` that nobody has looked through for answers yet, oldest first.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn unread_answers(&self) -> Result<Vec<ReportId>, Error> {
        let read = || -> rusqlite::Result<Vec<ReportId>> {
            // Houses without such a feed read nothing.
            self.db
                .prepare_cached(
                    "SELECT r.id FROM feed f CROSS JOIN report r ON r.feed = f.id
                     WHERE f.kind = ?1 AND r.id > ?2 ORDER BY r.id",
                )?
                .query_map(
                    params![FeedKind::Replies.number(), settings::answers_read_up_to(&self.db)?],
                    |r| r.get(0),
                )?
                .collect()
        };
        read().map_err(|error| self.wrong(error))
    }

    /// It was looked through, and so were all before it.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn answer_was_read(&self, id: ReportId) -> Result<(), Error> {
        self.write(|db| settings::set_answers_read_up_to(db, id))
    }
}

impl Store {
    /// What came back from a recipient last, to whichever row.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn last_response(&self, recipient: &str) -> Result<Option<(Response, Seconds)>, Error> {
        self.db
            .prepare_cached(
                "SELECT response, response_at FROM outgoing WHERE recipient = ?1 AND response_at IS NOT NULL
                 ORDER BY response_at DESC LIMIT 1",
            )
            .and_then(|mut s| {
                s.query_row([contact_key(recipient)], |r| {
                    let response = r.get::<_, u8>(0)?;
                    Ok(Response::from_number(response).zip(r.get(1)?))
                })
                .optional()
            })
            .map(Option::flatten)
            .map_err(|error| self.wrong(error))
    }
}

/// What became of a row; `false` when it has moved on.
pub(super) fn settle(
    db: &Connection,
    id: OutgoingId,
    sha256: &[u8; 32],
    settled: Settled,
    answer: &str,
    now: Seconds,
) -> Result<bool, Stop> {
    let Some(row) = row::one(db, "id = ?1", [id])? else { return Ok(false) };
    let is_begun = row.state == OutgoingState::Sending;
    let waits = matches!(row.state, OutgoingState::Approved | OutgoingState::Deferred);
    if !(is_begun || waits) || row.sha256 != *sha256 {
        return Ok(false);
    }
    if !is_begun {
        count_try(db, id, settled, now)?;
    }
    let (to, due, act) = match settled {
        Settled::Sent => (OutgoingState::Sent, None, "sent"),
        Settled::Deferred { until } => (OutgoingState::Deferred, Some(until), "deferred"),
        Settled::Failed => (OutgoingState::Failed, None, "failed"),
        Settled::Unknown => (OutgoingState::Unknown, None, "unknown"),
        Settled::Withdrawn => (OutgoingState::Held, None, "withdrawn"),
    };
    row::take(db, &row, Step { to, due, answer, act, by: BY_ITSELF, at: now })?;
    Ok(true)
}

/// A try that ended before the message began. One that a sink calls sent or unknown all the same did leave.
fn count_try(db: &Connection, id: OutgoingId, settled: Settled, now: Seconds) -> Result<(), Stop> {
    let left = matches!(settled, Settled::Sent | Settled::Unknown).then_some(now);
    let tried = settled != Settled::Withdrawn;
    db.prepare_cached(
        "UPDATE outgoing SET tries = tries + ?2, left_at = coalesce(?3, left_at) WHERE id = ?1",
    )?
    .execute(params![id, tried, left])?;
    Ok(())
}
