//! Into the ledger: holding what was composed, and composing it anew. Here it is decided whether a mail may go to a
//! recipient (again).

use super::super::{Error, Store, sha256};
use super::refusal::{Refusal, Stop};
use super::row::{self, identity};
use super::{About, Earlier, latest, submission};
use crate::model::address_space::to_column;
use crate::model::clock::Seconds;
use crate::model::{
    ContactKind, Draft, Held, Outgoing, OutgoingId, OutgoingKind, OutgoingState, ReportId, SubmittedUrl,
    contact_address,
};
use rusqlite::{Connection, params};
use std::collections::HashSet;

/// The largest message that is taken: several times what mail servers accept.
pub(super) const MOST_BYTES: usize = 64 << 20;
/// zstd level: messages of a few kilobytes, one by one.
const LEVEL: i32 = 3;

/// A draft ready to be written: what takes time is done before anything is locked.
struct Ready<'a> {
    draft: &'a Draft,
    about: About,
    sha256: [u8; 32],
    packed: Vec<u8>,
    warnings: String,
    mails: Vec<Mail>,
}

/// A line of the table of mails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mail {
    report: Option<ReportId>,
    /// By which the mail is known again; `None` where the row has it already.
    key: Option<[u8; 32]>,
}

impl Store {
    /// Holds drafts for a person to approve, each with an own row; says of each what came of it, in the same order. One
    /// that is about a mail which this recipient was told of, or is about to be, is not held, unless it repeats exactly
    /// the row by which that was done, and a person said why.
    ///
    /// # Errors
    /// [`Error::Outbox`] for a recipient that is none, and a token that is taken: nothing is held then. Otherwise
    /// whatever SQLite reports.
    pub fn hold(&self, drafts: &[Draft], by: &str, now: Seconds) -> Result<Vec<Held>, Error> {
        let ready: Vec<Ready<'_>> =
            drafts.iter().map(|draft| self.packed(draft)).collect::<Result<_, _>>()?;
        self.change_ledger(|db| ready.iter().map(|ready| put(db, None, ready, by, now)).collect())
    }

    /// Puts what was composed anew into a row that has not left, in place of the bytes that have this SHA-256. The row
    /// is held then, and approved no more. [`Held::Already`] when the draft may not be held beside the other rows;
    /// nothing is changed then.
    ///
    /// # Errors
    /// [`Error::Outbox`] when the row is on its way or done, or somebody else has changed it; and as [`Store::hold`].
    pub fn replace(
        &self,
        id: OutgoingId,
        looked_at: &[u8; 32],
        draft: &Draft,
        by: &str,
        now: Seconds,
    ) -> Result<Held, Error> {
        let ready = self.packed(draft)?;
        self.change_ledger(|db| {
            let row = row::get(db, id)?;
            may_change(&row, "edited")?;
            if row.sha256 != *looked_at {
                return Err(Refusal::Changed(id).into());
            }
            put(db, Some(id), &ready, by, now)
        })
    }

    fn packed<'a>(&self, draft: &'a Draft) -> Result<Ready<'a>, Error> {
        let size = draft.bytes.len();
        if size > MOST_BYTES {
            return Err(Refusal::TooLarge(size).into());
        }
        let fits = match draft.kind {
            OutgoingKind::Report | OutgoingKind::Copy => {
                matches!(contact_address(&draft.recipient), Some((ContactKind::Mail, _)))
            }
            OutgoingKind::Form => matches!(contact_address(&draft.recipient), Some((ContactKind::Form, _))),
            OutgoingKind::Submission => {
                let has_urls = draft.submission.as_ref().is_some_and(|what| !what.urls.is_empty());
                has_urls && !draft.recipient.trim().is_empty()
            }
        };
        if !fits || draft.recipient.chars().any(char::is_control) {
            return Err(Refusal::Recipient(draft.recipient.clone()).into());
        }
        let packed = zstd::bulk::compress(&draft.bytes, LEVEL)
            .map_err(|source| Error::File { path: self.path.clone(), source })?;
        Ok(Ready {
            draft,
            about: About::new(draft.source, &draft.recipient),
            sha256: sha256(&draft.bytes),
            packed,
            warnings: serde_json::Value::from(draft.warnings.clone()).to_string(),
            mails: mails(draft),
        })
    }
}

/// Whether nothing of a row has left and nothing will by itself: what may be edited or taken back.
pub(super) fn may_change(row: &Outgoing, act: &'static str) -> Result<(), Refusal> {
    match row.state {
        OutgoingState::Held | OutgoingState::Approved | OutgoingState::Deferred => Ok(()),
        state => Err(Refusal::State { id: row.id, state, act }),
    }
}

/// The mails of a draft, each known by its hash the first time: several reporters may have reported the same one. A
/// submission is known by its URLs as they leave, whichever mails had them.
fn mails(draft: &Draft) -> Vec<Mail> {
    let mut known = HashSet::with_capacity(draft.mails.len());
    if let Some(submission) = &draft.submission {
        let line = |url: &SubmittedUrl| {
            let key = sha256(url.url.as_bytes());
            Mail { report: url.report, key: known.insert(key).then_some(key) }
        };
        return submission.urls.iter().map(line).collect();
    }
    let mails = draft.mails.iter();
    mails
        .map(|mail| Mail { report: mail.report, key: known.insert(mail.sha256).then_some(mail.sha256) })
        .collect()
}

/// Writes a draft into a new row, or into this one in place of what it was.
fn put(
    db: &Connection,
    own: Option<OutgoingId>,
    ready: &Ready<'_>,
    by: &str,
    now: Seconds,
) -> Result<Held, Stop> {
    let draft = ready.draft;
    check_references(db, draft, own)?;
    let rounds = match rounds(db, ready, own.unwrap_or(0))? {
        Ok(rounds) => rounds,
        Err(Earlier { id, state, at }) => return Ok(Held::Already { id, state, at }),
    };
    // In one statement: the schema lets nothing be approved with other bytes, not even for a moment.
    db.prepare_cached(
        "INSERT INTO outgoing(id, kind, recipient, source, subject, report_type, message_id, token, size, sha256,
           incidents, warnings, singly, reason, repeats, state, state_at, created_at, created_by)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?17, ?18)
         ON CONFLICT(id) DO UPDATE SET kind = excluded.kind, recipient = excluded.recipient, source = excluded.source,
           subject = excluded.subject, report_type = excluded.report_type, message_id = excluded.message_id,
           token = excluded.token, size = excluded.size, sha256 = excluded.sha256, incidents = excluded.incidents,
           warnings = excluded.warnings, singly = excluded.singly, reason = excluded.reason,
           repeats = excluded.repeats, state = excluded.state, state_at = excluded.state_at, answer = '', due = NULL,
           approved_at = NULL, approved_by = NULL, approved_sha256 = NULL",
    )?
    .execute(params![
        own,
        draft.kind.number(),
        ready.about.recipient,
        draft.source.map(to_column),
        draft.subject,
        draft.report_type.number(),
        draft.message_id,
        draft.token,
        draft.bytes.len() as i64,
        ready.sha256,
        draft.incidents,
        ready.warnings,
        draft.singly,
        draft.reason,
        draft.repeats,
        OutgoingState::Held.number(),
        now,
        by,
    ])?;
    let id = own.unwrap_or_else(|| db.last_insert_rowid());
    db.prepare_cached("INSERT OR REPLACE INTO outgoing_message(id, data) VALUES(?1, ?2)")?
        .execute(params![id, ready.packed])?;
    db.prepare_cached("DELETE FROM outgoing_mail WHERE outgoing = ?1")?.execute([id])?;
    put_mails(db, id, ready, &rounds)?;
    submission::put(db, id, draft.submission.as_ref())?;
    let reason = draft.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(": {}", row::bounded(reason)));
    let detail = identity(&ready.about.recipient, &ready.sha256) + &reason;
    let act = if own.is_some() { "edited" } else { "held" };
    row::note(db, id, act, &detail, by, now)?;
    Ok(Held::New(id))
}

/// Its token is its own, and the row that it repeats is there.
fn check_references(db: &Connection, draft: &Draft, own: Option<OutgoingId>) -> Result<(), Stop> {
    let taken: bool = db
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM outgoing WHERE token = ?1 AND id IS NOT ?2)")?
        .query_row(params![draft.token, own], |r| r.get(0))?;
    if taken || draft.token.is_empty() {
        return Err(Refusal::Token(draft.token.clone()).into());
    }
    if let Some(repeated) = draft.repeats {
        row::get(db, repeated)?;
    }
    Ok(())
}

/// The round of each mail, or the row that is in the way.
fn rounds(
    db: &Connection,
    ready: &Ready<'_>,
    own: OutgoingId,
) -> rusqlite::Result<Result<Vec<i64>, Earlier>> {
    let why = Repetition::of(ready.draft.repeats, ready.draft.reason.as_deref());
    ready.mails.iter().map(|mail| round(db, mail.key.as_ref(), &ready.about, why, own)).collect()
}

/// The row that may be repeated, where a person said why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repetition(Option<OutgoingId>);

impl Repetition {
    pub(super) fn of(repeats: Option<OutgoingId>, reason: Option<&str>) -> Repetition {
        Repetition(repeats.filter(|_| reason.is_some_and(|reason| !reason.trim().is_empty())))
    }
}

/// In which round a mail may go to this recipient: the first, or the one after that which is repeated and was told.
pub(super) fn round(
    db: &Connection,
    key: Option<&[u8; 32]>,
    about: &About,
    may_repeat: Repetition,
    own: OutgoingId,
) -> rusqlite::Result<Result<i64, Earlier>> {
    let Some(key) = key else { return Ok(Ok(0)) };
    Ok(match latest(db, key, about, own)? {
        None => Ok(0),
        Some((earlier, round)) if earlier.state.is_told() && may_repeat.0 == Some(earlier.id) => {
            Ok(round + 1)
        }
        Some((earlier, _)) => Err(earlier),
    })
}

fn put_mails(db: &Connection, id: OutgoingId, ready: &Ready<'_>, rounds: &[i64]) -> rusqlite::Result<()> {
    let tells = matches!(ready.draft.kind, OutgoingKind::Report | OutgoingKind::Form);
    let mut insert = db.prepare_cached(
        "INSERT INTO outgoing_mail(outgoing, position, report, mail, source, recipient, round, tells, state)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for (position, (mail, round)) in ready.mails.iter().zip(rounds).enumerate() {
        insert.execute(params![
            id,
            position as i64,
            mail.report,
            mail.key,
            ready.about.source,
            ready.about.recipient,
            round,
            tells,
            OutgoingState::Held.number(),
        ])?;
    }
    Ok(())
}
