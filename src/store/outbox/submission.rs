//! What only submissions have: their URLs, what the feed said of each, and when it is asked for its verdict. Knows no
//! feed.

use super::super::audit::BY_ITSELF;
use super::super::{Error, Store};
use super::row::{self, bounded};
use super::send::{self, SenderLock, Settled};
use crate::model::clock::Seconds;
use crate::model::{
    KeptSubmission, KeptUrl, OutgoingId, OutgoingState, Submission, SubmittedUrl, UrlAnswer, UrlFeedKind,
    UrlStanding, UrlState,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// What a feed said when it got a submission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubmissionTold {
    /// By which it knows it.
    pub reference: Option<String>,
    /// When it is asked for its verdict.
    pub poll_due: Option<Seconds>,
    /// What it said of each URL as it left.
    pub urls: Vec<UrlNote>,
}

/// What a feed said of one URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlNote {
    /// The URL as it left.
    pub url: String,
    /// What was said,
    pub answer: UrlAnswer,
    /// in words.
    pub note: String,
}

impl Store {
    /// The submission of a row, `None` of one that is none.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn submission(&self, id: OutgoingId) -> Result<Option<KeptSubmission>, Error> {
        read(&self.db, id).map_err(|error| self.wrong(error))
    }

    /// How far a URL, as mails have it, is with each feed that it was ever meant for; the latest row decides.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn url_standings(&self, found: &str) -> Result<Vec<UrlStanding>, Error> {
        self.db
            .prepare_cached(
                "SELECT o.recipient, o.id, o.state, o.state_at, o.answer, u.answer, u.note, u.verdict, u.verdict_at
                 FROM submission_url u JOIN outgoing o ON o.id = u.outgoing
                 WHERE u.found = ?1 AND o.state <> ?2
                   AND o.id = (SELECT max(p.id) FROM submission_url v JOIN outgoing p ON p.id = v.outgoing
                               WHERE v.found = ?1 AND p.recipient = o.recipient AND p.state <> ?2)
                 ORDER BY o.recipient",
            )
            .and_then(|mut s| {
                s.query_map(params![found, OutgoingState::Cancelled.number()], standing)?.collect()
            })
            .map_err(|error| self.wrong(error))
    }

    /// As [`Store::settle`], with what the feed said.
    ///
    /// # Errors
    /// Whatever SQLite reports; the row stays as it is then.
    #[expect(clippy::too_many_arguments, reason = "what a feed's answer is made of")]
    pub fn settle_submission(
        &self,
        _sender: &SenderLock,
        id: OutgoingId,
        sha256: &[u8; 32],
        settled: Settled,
        answer: &str,
        told: &SubmissionTold,
        now: Seconds,
    ) -> Result<bool, Error> {
        self.change_ledger(|db| {
            if !send::settle(db, id, sha256, settled, answer, now)? {
                return Ok(false);
            }
            db.prepare_cached(
                "UPDATE submission SET reference = coalesce(?2, reference), poll_due = ?3 WHERE outgoing = ?1",
            )?
            .execute(params![id, told.reference.as_deref().map(bounded), told.poll_due])?;
            let mut update = db.prepare_cached(
                "UPDATE submission_url SET answer = ?3, note = ?4 WHERE outgoing = ?1 AND url = ?2",
            )?;
            for url in &told.urls {
                update.execute(params![id, url.url, url.answer.number(), bounded(&url.note)])?;
            }
            if let Some(reference) = &told.reference {
                row::note(db, id, "reference", bounded(reference), BY_ITSELF, now)?;
            }
            Ok(true)
        })
    }

    /// Submissions whose feed is to be asked for its verdict now, those first that have waited longest.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn polls_due(&self, now: Seconds, at_most: usize) -> Result<Vec<OutgoingId>, Error> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        self.db
            .prepare_cached(
                "SELECT outgoing FROM submission WHERE poll_due <= ?1 ORDER BY poll_due, outgoing LIMIT ?2",
            )
            .and_then(|mut s| s.query_map([now, at_most], |r| r.get(0))?.collect())
            .map_err(|error| self.wrong(error))
    }

    /// When the next feed is to be asked; `None` when none is.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn next_poll(&self) -> Result<Option<Seconds>, Error> {
        self.db
            .prepare_cached("SELECT min(poll_due) FROM submission WHERE poll_due IS NOT NULL")
            .and_then(|mut s| s.query_row([], |r| r.get(0)))
            .map_err(|error| self.wrong(error))
    }

    /// A feed was asked: its verdicts by URL as it left, and when it is asked next. What is new goes into the audit.
    /// Says of how many URLs that is.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn record_verdicts(
        &self,
        id: OutgoingId,
        verdicts: &[(String, String)],
        next: Option<Seconds>,
        now: Seconds,
    ) -> Result<usize, Error> {
        self.change_ledger(|db| {
            db.prepare_cached("UPDATE submission SET polls = polls + 1, poll_due = ?2 WHERE outgoing = ?1")?
                .execute(params![id, next])?;
            let mut update = db.prepare_cached(
                "UPDATE submission_url SET verdict = ?3, verdict_at = ?4
                 WHERE outgoing = ?1 AND url = ?2 AND verdict IS NOT ?3",
            )?;
            let mut news: BTreeMap<&str, usize> = BTreeMap::new();
            for (url, verdict) in verdicts {
                let verdict = bounded(verdict);
                let changed = update.execute(params![id, url, verdict, now])?;
                if changed > 0 {
                    *news.entry(verdict).or_default() += changed;
                }
            }
            let told: Vec<String> =
                news.iter().map(|(verdict, count)| format!("{verdict}: {count}")).collect();
            if !told.is_empty() {
                row::note(db, id, "verdict", bounded(&told.join(", ")), BY_ITSELF, now)?;
            }
            Ok(news.values().sum())
        })
    }
}

/// Writes what a draft submits, in place of what the row had.
pub(super) fn put(db: &Connection, id: OutgoingId, submission: Option<&Submission>) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM submission_url WHERE outgoing = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM submission WHERE outgoing = ?1")?.execute([id])?;
    let Some(Submission { kind, target, urls }) = submission else { return Ok(()) };
    db.prepare_cached("INSERT INTO submission(outgoing, kind, target) VALUES(?1, ?2, ?3)")?
        .execute(params![id, kind.number(), target])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO submission_url(outgoing, position, url, found) VALUES(?1, ?2, ?3, ?4)",
    )?;
    for (position, SubmittedUrl { url, found, .. }) in urls.iter().enumerate() {
        insert.execute(params![id, position as i64, url, found])?;
    }
    Ok(())
}

/// Drops the texts of URLs; their hashes stay.
pub(super) fn forget(db: &Connection, id: OutgoingId) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE submission_url SET url = '', found = '', note = '' WHERE outgoing = ?1")?
        .execute([id])?;
    db.prepare_cached("UPDATE submission SET poll_due = NULL WHERE outgoing = ?1")?.execute([id]).map(drop)
}

fn read(db: &Connection, id: OutgoingId) -> rusqlite::Result<Option<KeptSubmission>> {
    let found = db
        .prepare_cached(
            "SELECT kind, target, reference, polls, poll_due FROM submission WHERE outgoing = ?1",
        )?
        .query_row([id], |r| {
            // A kind that a later version may have written is sent by nobody: no feed has it.
            let kind = UrlFeedKind::from_number(r.get(0)?).unwrap_or(UrlFeedKind::Mail);
            let (target, reference, polls, poll_due) = (r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?);
            Ok(KeptSubmission { kind, target, reference, polls, poll_due, urls: vec![] })
        })
        .optional()?;
    let Some(mut submission) = found else { return Ok(None) };
    submission.urls = db
        .prepare_cached(
            "SELECT url, found, answer, note, verdict, verdict_at FROM submission_url
             WHERE outgoing = ?1 ORDER BY position",
        )?
        .query_map([id], |r| {
            Ok(KeptUrl {
                url: r.get(0)?,
                found: r.get(1)?,
                answer: UrlAnswer::from_number(r.get(2)?).unwrap_or(UrlAnswer::None),
                note: r.get(3)?,
                verdict: r.get(4)?,
                verdict_at: r.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(submission))
}

fn standing(r: &Row<'_>) -> rusqlite::Result<UrlStanding> {
    use OutgoingState as Row;
    let state = Row::from_number(r.get(2)?).unwrap_or(Row::Unknown);
    let (state_at, said): (Seconds, String) = (r.get(3)?, r.get(4)?);
    let answer = UrlAnswer::from_number(r.get(5)?).unwrap_or(UrlAnswer::None);
    let note: String = r.get(6)?;
    let verdict: Option<String> = r.get(7)?;
    let verdict_at: Option<Seconds> = r.get(8)?;
    let (state, at, note) = match (state, answer, verdict) {
        (Row::Sent | Row::ByHand, _, Some(verdict)) => {
            (UrlState::Verdict, verdict_at.unwrap_or(state_at), verdict)
        }
        (Row::Sent, UrlAnswer::Accepted, None) => (UrlState::Accepted, state_at, note),
        (Row::Sent, UrlAnswer::Known, None) => (UrlState::Known, state_at, note),
        (Row::Sent | Row::Failed, UrlAnswer::Rejected, _) => (UrlState::Rejected, state_at, note),
        (Row::Sent | Row::ByHand, _, None) => (UrlState::Sent, state_at, note),
        (Row::Failed, ..) => (UrlState::Failed, state_at, said),
        (Row::Unknown, ..) => (UrlState::Unknown, state_at, said),
        (Row::Held, ..) => (UrlState::Held, state_at, said),
        (Row::Approved | Row::Sending | Row::Deferred, ..) => (UrlState::Approved, state_at, said),
        (Row::Cancelled, ..) => (UrlState::NotSent, state_at, String::new()),
    };
    Ok(UrlStanding { feed: r.get(0)?, state, at, note, outgoing: r.get(1)? })
}
