//! The ledger of what left, or may: as a table, CSV, JSON lines, and one row as a page with its history.

use super::page::Page;
use super::separated::{self, Separated};
use super::table::{Column, Style, Table};
use super::{Format, Look, hex, json, minute, prose, thousands};
use crate::model::clock::{self, Seconds};
use crate::model::{
    AuditEntry, KeptSubmission, KeptUrl, Outgoing, OutgoingKind, OutgoingState, ReportId, ReportType,
    Response, UrlAnswer,
};
use crate::text::{counted, defang, showable};
use serde::Serialize;
use std::io::{self, Write};
use std::net::IpAddr;

const COLUMNS: &[Column] = &[
    Column::number("ID", 9),
    Column::text("State", 8, 9, 8),
    Column::text("Since UTC", 16, 16, 4),
    Column::text("Recipient", 16, 60, 7),
    Column::text("Source", 9, 39, 5),
    Column::number("Mails", 3),
    Column::text("Subject", 12, 60, 2),
    Column::text("Note", 12, 120, 6),
];

const CSV_COLUMNS: &[&str] = &[
    "id",
    "kind",
    "state",
    "state_at",
    "answer",
    "recipient",
    "source",
    "subject",
    "type",
    "message_id",
    "size",
    "sha256",
    "reports",
    "incidents",
    "warnings",
    "singly",
    "reason",
    "repeats",
    "created_at",
    "created_by",
    "approved_at",
    "approved_by",
    "due",
    "tries",
    "response",
    "response_at",
    "ticket",
];

/// A row with exact values, as JSON has it. The token stays at home: who knows it could answer for the desk.
#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    kind: OutgoingKind,
    state: OutgoingState,
    state_at: String,
    answer: &'a str,
    recipient: &'a str,
    source: Option<IpAddr>,
    subject: &'a str,
    #[serde(rename = "type")]
    report_type: ReportType,
    message_id: &'a str,
    size: u64,
    sha256: String,
    reports: &'a [ReportId],
    incidents: u32,
    warnings: &'a [String],
    singly: Option<&'a str>,
    reason: Option<&'a str>,
    repeats: Option<i64>,
    created_at: String,
    created_by: &'a str,
    approved_at: Option<String>,
    approved_by: Option<&'a str>,
    due: Option<String>,
    tries: u32,
    response: Response,
    response_at: Option<String>,
    ticket: Option<&'a str>,
}

impl Line<'_> {
    fn of(row: &Outgoing) -> Line<'_> {
        Line {
            id: row.id,
            kind: row.kind,
            state: row.state,
            state_at: clock::rfc3339(row.state_at),
            answer: &row.answer,
            recipient: &row.recipient,
            source: row.source,
            subject: &row.subject,
            report_type: row.report_type,
            message_id: &row.message_id,
            size: row.size,
            sha256: hex(&row.sha256),
            reports: &row.reports,
            incidents: row.incidents,
            warnings: &row.warnings,
            singly: row.singly.as_deref(),
            reason: row.reason.as_deref(),
            repeats: row.repeats,
            created_at: clock::rfc3339(row.created_at),
            created_by: &row.created_by,
            approved_at: row.approved_at.map(clock::rfc3339),
            approved_by: row.approved_by.as_deref(),
            due: row.due.map(clock::rfc3339),
            tries: row.tries,
            response: row.response,
            response_at: row.response_at.map(clock::rfc3339),
            ticket: row.ticket.as_deref(),
        }
    }
}

/// Writes rows in the order that they come in.
pub fn write(out: &mut dyn Write, rows: &[Outgoing], format: Format, look: Look) -> io::Result<()> {
    match format {
        Format::Json => rows.iter().try_for_each(|row| json::write_line(out, &Line::of(row))),
        Format::Csv => csv(out, rows),
        Format::Table => table(out, rows, look),
    }
}

fn csv(out: &mut dyn Write, rows: &[Outgoing]) -> io::Result<()> {
    let mut file = Separated::new(out, CSV_COLUMNS)?;
    for row in rows {
        let line = Line::of(row);
        let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
        let reports: Vec<String> = line.reports.iter().map(ToString::to_string).collect();
        file.row([
            line.id.to_string(),
            line.kind.to_string(),
            line.state.to_string(),
            line.state_at,
            separated::text(&prose(line.answer)),
            separated::text(&to_whom(row)),
            line.source.map_or_else(String::new, |ip| ip.to_string()),
            separated::text(&about(row)),
            line.report_type.to_string(),
            separated::text(line.message_id),
            line.size.to_string(),
            line.sha256,
            reports.join(" "),
            line.incidents.to_string(),
            separated::text(&line.warnings.join(" ")),
            separated::known(line.singly),
            separated::known(line.reason),
            number(line.repeats),
            line.created_at,
            separated::text(line.created_by),
            line.approved_at.unwrap_or_default(),
            separated::known(line.approved_by),
            line.due.unwrap_or_default(),
            line.tries.to_string(),
            line.response.to_string(),
            line.response_at.unwrap_or_default(),
            separated::known(line.ticket),
        ])?;
    }
    file.finish()
}

fn table(out: &mut dyn Write, rows: &[Outgoing], look: Look) -> io::Result<()> {
    let mut table = Table::new(out, look, COLUMNS);
    for row in rows {
        let shown = |text: &str| showable(text).to_string();
        let cells = vec![
            row.id.to_string(),
            row.state.to_string(),
            minute(row.state_at),
            shown(&to_whom(row)),
            row.source.map_or_else(String::new, |ip| ip.to_string()),
            thousands(row.incidents.into()),
            shown(&about(row)),
            shown(&note(row)),
        ];
        table.row(style(row.state), cells)?;
    }
    table.finish()
}

/// What asks for a person stands out, what is over steps back.
fn style(state: OutgoingState) -> Style {
    match state {
        OutgoingState::Failed | OutgoingState::Unknown => Style::Red,
        OutgoingState::Sent | OutgoingState::ByHand => Style::Green,
        OutgoingState::Cancelled => Style::Dim,
        _ => Style::Plain,
    }
}

/// A form is a page of the other side, and nobody should get there by a click in a table.
fn to_whom(row: &Outgoing) -> String {
    if row.recipient.contains("://") { defang(&row.recipient) } else { row.recipient.clone() }
}

fn about(row: &Outgoing) -> String {
    prose(&row.subject).into_owned()
}

/// What a person should know of a row first.
fn note(row: &Outgoing) -> String {
    let due = |what: &str| row.due.map(|due| format!("{what} {} UTC", minute(due)));
    let kind = (row.kind != OutgoingKind::Report).then(|| row.kind.to_string());
    let response = (row.response != Response::None).then(|| row.response.to_string());
    let ticket = row.ticket.as_ref().map(|ticket| format!("ticket {ticket}"));
    let answer = Some(prose(&row.answer).into_owned()).filter(|answer| !answer.is_empty());
    let state = match row.state {
        OutgoingState::Held => {
            let warned = counted(row.warnings.len() as u64, "warning");
            let warned = (!row.warnings.is_empty()).then_some(warned);
            row.singly.as_ref().map(|_| "singly".to_owned()).into_iter().chain(warned).collect()
        }
        OutgoingState::Approved => Vec::from_iter(due("leaves")),
        OutgoingState::Deferred => Vec::from_iter(due("again")),
        _ => vec![],
    };
    // By hand the ticket is the answer.
    let ticket = ticket.filter(|ticket| answer.as_ref() != Some(ticket));
    let parts = [kind, response].into_iter().flatten().chain(state).chain(ticket).chain(answer);
    parts.collect::<Vec<_>>().join("; ")
}

/// Where it goes, and what the feed said of each URL.
fn of_submission(page: &mut Page<'_>, submission: &KeptSubmission) -> io::Result<()> {
    page.line("Goes to", &defang(&submission.target))?;
    page.known("Feed's number", submission.reference.as_deref())?;
    if let Some(due) = submission.poll_due {
        page.line("Asked again", &format!("{} UTC", minute(due)))?;
    }
    let urls: Vec<String> = submission.urls.iter().map(url_in_words).collect();
    page.each("URLs", &urls)
}

/// `hxxp://…, accepted: malicious since 2026-11-20 09:59 UTC`
pub fn url_in_words(url: &KeptUrl) -> String {
    let mut text = defang(&url.url);
    if url.url != url.found {
        text.push_str(&format!(" (cut down from {})", defang(&url.found)));
    }
    if url.answer != UrlAnswer::None {
        text.push_str(&format!(", {}", url.answer));
    }
    if !url.note.is_empty() {
        text.push_str(&format!(": {}", url.note));
    }
    if let (Some(verdict), Some(at)) = (&url.verdict, url.verdict_at) {
        text.push_str(&format!("; {verdict} since {} UTC", minute(at)));
    }
    text
}

/// One row with what was done with it.
pub fn page(
    out: &mut dyn Write,
    row: &Outgoing,
    submission: Option<&KeptSubmission>,
    history: &[AuditEntry],
    look: Look,
) -> io::Result<()> {
    let at = |at: Seconds| format!("{} UTC", minute(at));
    let by = |when: Seconds, who: &str| format!("{}, {who}", at(when));
    let mut page = Page::new(out, look);
    page.heading(&format!("Outbox {}", row.id));
    page.line("State", &format!("{} since {}", row.state, at(row.state_at)))?;
    page.line("Answer", &prose(&row.answer))?;
    page.known("Due", row.due.map(at).as_deref())?;
    page.line("Tried", &if row.tries > 0 { counted(row.tries.into(), "time") } else { String::new() })?;
    if let Some(when) = row.response_at {
        page.line("Response", &format!("{}, {}", row.response, at(when)))?;
    }
    page.known("Ticket", row.ticket.as_deref())?;
    page.line("Kind", &format!("{}, type {}", row.kind, row.report_type))?;
    page.line("To", &to_whom(row))?;
    page.known("Source", row.source.map(|ip| ip.to_string()).as_deref())?;
    page.line("Subject", &about(row))?;
    page.line("Message-ID", &row.message_id)?;
    page.line("Bytes", &format!("{}, SHA-256 {}", thousands(row.size), hex(&row.sha256)))?;
    let reports: Vec<String> = row.reports.iter().map(ToString::to_string).collect();
    match submission {
        None => {
            page.line(
                "Mails",
                &format!("{}; reports {}", thousands(row.incidents.into()), reports.join(", ")),
            )?;
        }
        Some(submission) => of_submission(&mut page, submission)?,
    }
    page.known("Repeats", row.repeats.map(|id| format!("row {id}")).as_deref())?;
    page.known("Reason", row.reason.as_deref())?;
    page.line("Composed", &by(row.created_at, &row.created_by))?;
    if let (Some(when), Some(who)) = (row.approved_at, &row.approved_by) {
        page.line("Approved", &by(when, who))?;
    }
    page.known("Singly", row.singly.as_deref())?;
    page.each("Warnings", &row.warnings)?;
    page.heading("History");
    for line in history {
        page.line(&minute(line.at), &format!("{} by {}: {}", line.act, line.by, prose(&line.detail)))?;
    }
    Ok(())
}
