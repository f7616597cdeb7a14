//! A row of the ledger in words: what is to come of it, everything about it, what was done to it. Pure.

use crate::jobs::desk::OutgoingDetail;
use crate::model::clock::Seconds;
use crate::model::{Outgoing, OutgoingState, Response};
use crate::text::{counted, thousands};
use crate::tui::pane::Part;
use crate::tui::report::minute;

/// What is to come of a row, or came of it, in a few words.
pub fn outlook(row: &Outgoing, now: Seconds) -> String {
    let due = row.due.map_or_else(String::new, |due| match due <= now {
        true => "now".to_owned(),
        false => time(due, now),
    });
    let answer = row.answer.lines().next().unwrap_or_default();
    let response = match row.response {
        Response::None => String::new(),
        response => format!("{response}; "),
    };
    let ticket = row.ticket.as_ref().map(|ticket| format!("ticket {ticket}; ")).unwrap_or_default();
    match row.state {
        OutgoingState::Held if row.singly.is_some() => "to be approved by itself".to_owned(),
        OutgoingState::Held if row.warnings.is_empty() => String::new(),
        OutgoingState::Held => counted(row.warnings.len() as u64, "warning"),
        OutgoingState::Approved => format!("leaves {due}"),
        OutgoingState::Deferred => format!("tried {}, again {due}: {answer}", times(row.tries)),
        _ => format!("{response}{ticket}{answer}").trim_end_matches("; ").to_owned(),
    }
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// `13:02`, with its day where that is another one.
fn time(at: Seconds, now: Seconds) -> String {
    let (at, now) = (minute(at), minute(now));
    let is_today = at.get(..10) == now.get(..10);
    at.get(if is_today { 11 } else { 5 }..).unwrap_or_default().to_owned()
}

/// What is read about a row.
pub(super) fn parts(detail: &OutgoingDetail) -> Vec<Part> {
    let message = match detail.bytes.is_empty() {
        true => "Its bytes are no longer kept; their hash is.".to_owned(),
        false => String::from_utf8_lossy(&detail.bytes).into_owned(),
    };
    let history = detail.history.iter().map(|entry| {
        let detail = if entry.detail.is_empty() { String::new() } else { format!(": {}", entry.detail) };
        format!("{} UTC  {} by {}{detail}\n", minute(entry.at), entry.act, entry.by)
    });
    vec![
        Part { title: "message", text: message, defang: true },
        Part { title: "row", text: facts(&detail.row), defang: false },
        Part { title: "history", text: history.collect(), defang: false },
    ]
}

/// Everything that the row says.
fn facts(row: &Outgoing) -> String {
    let mut lines = vec![];
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("{name}: {value}"));
        }
    };
    let by = |at: Seconds, by: &str| format!("{} UTC by {by}", minute(at));
    add("Row", format!("{}, a {}", row.id, row.kind));
    add("To", row.recipient.clone());
    add("State", format!("{} since {} UTC", row.state, minute(row.state_at)));
    add("Said", row.answer.clone());
    add("Due", row.due.map_or_else(String::new, |due| format!("{} UTC", minute(due))));
    add("Tried", if row.tries == 0 { String::new() } else { times(row.tries) });
    add("About", row.source.map_or_else(String::new, |ip| ip.to_string()));
    add("Mails", thousands(u64::from(row.incidents)));
    let reports: Vec<String> = row.reports.iter().map(ToString::to_string).collect();
    add("Reports", reports.join(", "));
    add("Type", row.report_type.to_string());
    add("Subject", row.subject.clone());
    row.warnings.iter().for_each(|warning| add("Warning", warning.clone()));
    add("By itself, because", row.singly.clone().unwrap_or_default());
    add("Reason", row.reason.clone().unwrap_or_default());
    add("Repeats", row.repeats.map_or_else(String::new, |id| format!("row {id}")));
    add("Composed", by(row.created_at, &row.created_by));
    if let (Some(at), Some(who)) = (row.approved_at, &row.approved_by) {
        add("Approved", by(at, who));
    }
    if row.response != Response::None {
        let at = row.response_at.map(|at| format!(", {} UTC", minute(at))).unwrap_or_default();
        add("Came back", format!("{}{at}", row.response));
    }
    add("Ticket", row.ticket.clone().unwrap_or_default());
    add("Message-ID", row.message_id.clone());
    add("Bytes", thousands(row.size));
    let hash: String = row.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    add("SHA-256", hash);
    lines.join("\n")
}
