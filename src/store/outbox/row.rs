//! A row of the ledger between its table and [`Outgoing`], and the one place that changes a row's state.

use super::super::audit::{self, Act};
use super::refusal::{Refusal, Stop};
use crate::model::address_space::from_column;
use crate::model::clock::Seconds;
use crate::model::{Outgoing, OutgoingId, OutgoingKind, OutgoingState, ReportType, Response};
use rusqlite::{Connection, Params, Row, params};

pub(super) const COLUMNS: &str = "id, kind, recipient, source, subject, report_type, message_id, token, size, sha256, \
     incidents, warnings, singly, reason, repeats, state, state_at, answer, created_at, created_by, approved_at, \
     approved_by, due, tries, response, response_at, ticket";

/// What others say is kept up to here; answers of servers are lines.
const MOST_ANSWER: usize = 2_000;

/// The rows that a statement with [`COLUMNS`] gives.
pub(super) fn all(db: &Connection, sql: &str, parameters: impl Params) -> rusqlite::Result<Vec<Outgoing>> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows: Vec<Outgoing> = select.query_map(parameters, outgoing)?.collect::<rusqlite::Result<_>>()?;
    let mut reports = db.prepare_cached(
        "SELECT report FROM outgoing_mail WHERE outgoing = ?1 AND report IS NOT NULL ORDER BY position",
    )?;
    for row in &mut rows {
        row.reports = reports.query_map([row.id], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    }
    Ok(rows)
}

/// The first row of which this is true.
pub(super) fn one(
    db: &Connection,
    condition: &str,
    parameters: impl Params,
) -> rusqlite::Result<Option<Outgoing>> {
    let sql = format!("SELECT {COLUMNS} FROM outgoing WHERE {condition}");
    all(db, &sql, parameters).map(|rows| rows.into_iter().next())
}

/// The row of this number, which has to be there.
pub(super) fn get(db: &Connection, id: OutgoingId) -> Result<Outgoing, Stop> {
    one(db, "id = ?1", [id])?.ok_or(Stop::Refused(Refusal::NotThere(id)))
}

/// Values that a later version may have written become the ones that let nothing leave.
fn outgoing(r: &Row<'_>) -> rusqlite::Result<Outgoing> {
    Ok(Outgoing {
        id: r.get(0)?,
        kind: OutgoingKind::from_number(r.get(1)?).unwrap_or(OutgoingKind::Form),
        recipient: r.get(2)?,
        source: r.get::<_, Option<[u8; 16]>>(3)?.and_then(from_column),
        subject: r.get(4)?,
        report_type: ReportType::from_number(r.get(5)?).unwrap_or(ReportType::Abuse),
        message_id: r.get(6)?,
        token: r.get(7)?,
        size: r.get::<_, i64>(8)? as u64,
        sha256: r.get(9)?,
        reports: vec![],
        incidents: r.get(10)?,
        warnings: serde_json::from_str(r.get_ref(11)?.as_str()?).unwrap_or_default(),
        singly: r.get(12)?,
        reason: r.get(13)?,
        repeats: r.get(14)?,
        state: OutgoingState::from_number(r.get(15)?).unwrap_or(OutgoingState::Unknown),
        state_at: r.get(16)?,
        answer: r.get(17)?,
        created_at: r.get(18)?,
        created_by: r.get(19)?,
        approved_at: r.get(20)?,
        approved_by: r.get(21)?,
        due: r.get(22)?,
        tries: r.get(23)?,
        response: Response::from_number(r.get(24)?).unwrap_or(Response::None),
        response_at: r.get(25)?,
        ticket: r.get(26)?,
    })
}

/// A step from one state to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) to: OutgoingState,
    /// When it may leave, of an approved or deferred row.
    pub(super) due: Option<Seconds>,
    /// What the other side or the person said to it.
    pub(super) answer: &'a str,
    /// For the audit: what was done, a verb,
    pub(super) act: &'a str,
    /// by whom,
    pub(super) by: &'a str,
    /// when.
    pub(super) at: Seconds,
}

/// Takes the step and writes it into the audit. What is held again is approved no more. The audit names the recipient
/// and the bytes where a step is about them.
pub(super) fn take(db: &Connection, row: &Outgoing, step: Step<'_>) -> rusqlite::Result<()> {
    let Step { to, due, answer, act, by, at } = step;
    let answer = bounded(answer);
    db.prepare_cached("UPDATE outgoing SET state = ?2, state_at = ?3, answer = ?4, due = ?5 WHERE id = ?1")?
        .execute(params![row.id, to.number(), at, answer, due])?;
    if to == OutgoingState::Held {
        db.prepare_cached(
            "UPDATE outgoing SET approved_at = NULL, approved_by = NULL, approved_sha256 = NULL WHERE id = ?1",
        )?
        .execute([row.id])?;
    }
    let is_about_bytes = matches!(to, OutgoingState::Approved | OutgoingState::Sending);
    let detail = if is_about_bytes { identity(&row.recipient, &row.sha256) } else { answer.to_owned() };
    note(db, row.id, act, &detail, by, at)
}

/// Writes into the audit what was done with a row.
pub(super) fn note(
    db: &Connection,
    id: OutgoingId,
    act: &str,
    detail: &str,
    by: &str,
    at: Seconds,
) -> rusqlite::Result<()> {
    audit::add(db, Act { at, by, act, outgoing: Some(id), detail })
}

/// To whom, and which bytes: `abuse@isp.example sha256:3f…`.
pub(super) fn identity(recipient: &str, sha256: &[u8; 32]) -> String {
    let hash: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{recipient} sha256:{hash}")
}

/// Not longer than is kept, and cut between characters.
pub(super) fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_ANSWER)).unwrap_or_default()
}
