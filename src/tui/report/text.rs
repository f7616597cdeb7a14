//! What is read beside the list of a plan, and the sums that a person approves. Pure.

use super::{Line, Report, lines};
use crate::jobs::desk::DeskFacts;
use crate::jobs::report::{Letter, Standing, Totals};
use crate::model::clock::{Seconds, rfc3339};
use crate::model::{OutgoingKind, Response};
use crate::text::{counted, thousands};
use crate::tui::pane::Part;
use std::sync::Arc;

impl Report {
    /// What is read about the line of the cursor.
    pub(super) fn parts(&self) -> Vec<Part> {
        match self.current() {
            Some(Line::Letter(number)) => {
                self.letter(*number).map(|letter| self.letter_parts(letter)).unwrap_or_default()
            }
            Some(Line::Group(number)) => {
                let group = self.group(*number);
                let text = group.map(|group| desk_text(&group.to, self.facts(&group.to)));
                vec![Part { title: "desk", text: text.unwrap_or_default(), defang: false }]
            }
            Some(Line::Passed(number)) => {
                let passed = self.planned.as_ref().and_then(|planned| planned.plan.passed.get(*number));
                let text = passed.map(|passed| {
                    let what = if passed.id.is_some() { "Report" } else { "Source" };
                    let name = passed.name();
                    format!("{what} {name}\n\n{}\n\nNothing is sent for it, and it stays open.", passed.why)
                });
                vec![Part { title: "why not", text: text.unwrap_or_default(), defang: false }]
            }
            _ => vec![],
        }
    }

    fn letter_parts(&self, letter: &Letter) -> Vec<Part> {
        let message = match letter.bytes.is_empty() {
            true => "Nothing would leave; the part \"to know\" says why.".to_owned(),
            false => String::from_utf8_lossy(&letter.bytes).into_owned(),
        };
        let mails = letter.mails.iter().map(|mail| match mail.report {
            Some(id) => format!("report {id}\n"),
            None => "a mail that is not stored\n".to_owned(),
        });
        vec![
            Part { title: "message", text: message, defang: true },
            Part { title: "to know", text: self.to_know(letter), defang: false },
            Part { title: "mails", text: mails.collect(), defang: false },
        ]
    }

    fn to_know(&self, letter: &Letter) -> String {
        let mut text = vec![format!("{} to {}", what(letter.kind), letter.to)];
        let mut add = |name: &str, value: String| text.push(format!("{name}: {value}"));
        if let Standing::Told { id, state, at } = &letter.standing {
            add("Reported already", format!("row {id} of the outbox, {state} since {} UTC", minute(*at)));
        }
        add("About", source_and_mails(letter));
        add("Arrived", arrived(letter));
        add("Type", letter.report_type.to_string());
        add("Subject", letter.subject.clone());
        if let Some(id) = letter.repeats {
            add("Repeats", format!("row {id} of the outbox"));
        }
        let notes = lines::notes(letter);
        if !notes.is_empty() {
            text.push(String::new());
            text.push("To know before it is approved:".to_owned());
            text.extend(notes.into_iter().map(|(_, note)| format!("- {note}")));
        }
        let facts = self.facts(&letter.to);
        let hidden = facts.map(|facts| facts.hidden.as_slice()).unwrap_or_default();
        if !hidden.is_empty() && !letter.bytes.is_empty() {
            text.push(String::new());
            text.push("Hidden in it:".to_owned());
            text.extend(hidden.iter().map(|what| format!("- {what}")));
        }
        text.push(String::new());
        text.push(desk_text(&letter.to, facts));
        text.join("\n")
    }
}

fn what(kind: OutgoingKind) -> &'static str {
    match kind {
        OutgoingKind::Report => "A report",
        OutgoingKind::Copy => "A copy",
        OutgoingKind::Form => "A report by the form",
        OutgoingKind::Submission => "A URL",
    }
}

fn source_and_mails(letter: &Letter) -> String {
    let source = letter.source.map_or_else(|| "no source".to_owned(), |ip| ip.to_string());
    let covered = match letter.mails.len() {
        0 | 1 => String::new(),
        mails => format!(", {} of them stored", thousands(mails as u64)),
    };
    format!("{source}, {}{covered}", counted(u64::from(letter.incidents), "mail"))
}

fn arrived(letter: &Letter) -> String {
    match letter.span {
        (first, last) if first == last => format!("{} UTC", minute(first)),
        (first, last) => format!("{} to {} UTC", minute(first), minute(last)),
    }
}

/// Everything that is known of a desk.
fn desk_text(to: &str, facts: Option<&DeskFacts>) -> String {
    let Some(facts) = facts else { return to.to_owned() };
    let mut text = vec![to.to_owned()];
    let at = |at: Option<i64>| at.map(|at| format!(", {} UTC", minute(at))).unwrap_or_default();
    let by = facts.named_by.as_ref();
    text.push(match by {
        Some(by) => format!("Named by: {by}{}", at(facts.named_at)),
        None => "Named by: a person".to_owned(),
    });
    text.push(match facts.answered {
        Some((response, when)) => format!("Last answer: {response}, {} UTC", minute(when)),
        None => "Last answer: none so far".to_owned(),
    });
    text.push(format!("Sent within a day: {} of {}", facts.sent_today, facts.a_day));
    text.join("\n")
}

/// `2026-11-21 13:02`, in UTC.
pub fn minute(at: Seconds) -> String {
    rfc3339(at).get(..16).unwrap_or_default().replace('T', " ")
}

/// The word for what came back last.
pub fn answered(response: Response) -> &'static str {
    match response {
        Response::None => "no answer",
        other => other.name(),
    }
}

/// What a person approves: `41 reports to 38 desks, covering 2,904 mails; 3 warned, 12 blocked, 5 without contact`.
pub fn summed(chosen: &[Arc<Letter>], all: &Totals) -> String {
    let these = Totals::of(chosen.iter().map(AsRef::as_ref));
    let mut text = format!(
        "{} to {}, covering {}",
        counted(these.ready as u64, "report"),
        counted(these.desks as u64, "desk"),
        counted(these.mails as u64, "mail")
    );
    if these.copies > 0 {
        let copies = if these.copies == 1 {
            "1 copy".to_owned()
        } else {
            format!("{} copies", thousands(these.copies as u64))
        };
        text.push_str(&format!(", and {copies} to feeds"));
    }
    text.push_str(&format!(
        "; {} warned, {} blocked, {} without contact",
        thousands(these.warned as u64),
        thousands(all.blocked as u64),
        thousands(all.without_contact as u64)
    ));
    let others = [(all.told, "reported already"), (all.forms, "by form")];
    for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!(", {} {what}", thousands(count as u64)));
    }
    text
}
