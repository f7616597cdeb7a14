//! What a person does to rows of the ledger.

use super::Outbox;
use crate::jobs::desk::{LedgerAct, Request, Resolved};
use crate::model::{Outgoing, OutgoingId, OutgoingKind, OutgoingState, Response};
use crate::text::counted;
use crate::tui::app::Tone;
use crate::tui::event::Effect;
use crate::tui::layer::{Answer, Asked, Layer, Line as Question, Page, Reply};
use crate::tui::reports::{menu, say};
use crate::tui::screens::ScreenName;
use std::collections::HashSet;

const NO_ROW: &str = "There is no message on this line.";

impl Outbox {
    pub(super) fn tick(&mut self) -> Reply {
        let Some(id) = self.current().map(|row| row.id) else { return say(NO_ROW) };
        if !self.ticked.remove(&id) {
            self.ticked.insert(id);
        }
        Reply::Do(self.go_to(self.cursor + 1))
    }

    /// What is held, without warnings and not to be approved by itself; then nothing.
    pub(super) fn tick_all(&mut self) -> Reply {
        let clear = self.rows().iter().filter(|row| can_be_approved(row) && row.warnings.is_empty());
        let clear = clear.filter(|row| row.singly.is_none()).map(|row| row.id).collect();
        if self.ticked == clear {
            self.ticked.clear();
            return say("Nothing is ticked.");
        }
        self.ticked = clear;
        say(&format!("{} without warnings ticked.", counted(self.ticked.len() as u64, "held message")))
    }

    /// What is ticked, else the row of the cursor, after its number was typed.
    pub(super) fn approve(&mut self, only_this: bool) -> Reply {
        if let Some(stuck) = self.rows.as_ref().and_then(|rows| rows.stuck.clone()) {
            return Reply::Say(Tone::Wrong, stuck);
        }
        let chosen: Vec<&Outgoing> = match only_this {
            true => self.current().into_iter().filter(|row| can_be_approved(row)).collect(),
            false => self.targets(can_be_approved),
        };
        if let (Some(singly), true) = (chosen.iter().find(|row| row.singly.is_some()), chosen.len() > 1) {
            let why = singly.singly.clone().unwrap_or_default();
            return say(&format!("Row {} is approved by itself: {why}.", singly.id));
        }
        let Some(first) = chosen.first() else {
            return say(match self.current() {
                Some(row) if row.kind == OutgoingKind::Form && row.state == OutgoingState::Held => {
                    "Its desk takes no mail: fill in the form, then record it."
                }
                _ => "Only what is held can be approved.",
            });
        };
        let recipients: HashSet<&str> = chosen.iter().map(|row| row.recipient.as_str()).collect();
        let mails: u64 = chosen.iter().map(|row| u64::from(row.incidents)).sum();
        let warned = chosen.iter().filter(|row| !row.warnings.is_empty()).count();
        let mut text = vec![format!(
            "{} to {}, about {}; {warned} warned.",
            counted(chosen.len() as u64, "message"),
            counted(recipients.len() as u64, "recipient"),
            counted(mails, "mail"),
        )];
        if chosen.len() == 1 {
            // What speaks against it comes first: a small terminal has no room for the rest.
            text.extend(first.warnings.iter().map(|warning| format!("! {warning}")));
            text.extend(first.singly.iter().map(|why| format!("It is approved by itself: {why}.")));
            text.push(format!("It goes to {}: {}", first.recipient, first.subject));
        }
        let count = chosen.len();
        let chosen = chosen.iter().map(|row| (row.id, row.sha256)).collect();
        self.chosen = chosen;
        let title = format!("Type {count} to approve");
        open(Question::new(Asked::Number(count), &title, "", false).explained(text.join("\n")))
    }

    /// Exactly what was summed up.
    pub(super) fn approved(&mut self) -> Reply {
        let chosen = std::mem::take(&mut self.chosen);
        for (id, _) in &chosen {
            self.ticked.remove(id);
        }
        act(LedgerAct::Approve(chosen))
    }

    pub(super) fn take_back(&mut self) -> Reply {
        let leaving = |row: &Outgoing| matches!(row.state, OutgoingState::Approved | OutgoingState::Deferred);
        match self.ids(leaving) {
            ids if ids.is_empty() => say("Only what is approved and has not left can be taken back."),
            ids => act(LedgerAct::TakeBack(ids)),
        }
    }

    pub(super) fn ask_to_cancel(&self) -> Reply {
        let ids = self.ids(|row| {
            !matches!(
                row.state,
                OutgoingState::Sending
                    | OutgoingState::Sent
                    | OutgoingState::ByHand
                    | OutgoingState::Cancelled
            )
        });
        if ids.is_empty() {
            return say("What has left, or is leaving, cannot be taken out.");
        }
        let title = format!("Take {} out, because (may be empty)", counted(ids.len() as u64, "message"));
        open(Question::new(Asked::CancelReason(ids), &title, "", true))
    }

    pub(super) fn cancelled(&mut self, ids: Vec<OutgoingId>, reason: String) -> Reply {
        for id in &ids {
            self.ticked.remove(id);
        }
        act(LedgerAct::Cancel(ids, reason))
    }

    pub(super) fn retry(&mut self) -> Reply {
        let is_stuck = |row: &Outgoing| matches!(row.state, OutgoingState::Failed | OutgoingState::Deferred);
        match self.ids(is_stuck) {
            ids if ids.is_empty() => say("Only what was put off or failed can be tried again."),
            ids => act(LedgerAct::Retry(ids)),
        }
    }

    /// What became of a row outside of the program: of one that is unknown, or that a person told by hand.
    pub(super) fn ask_what_became(&self) -> Reply {
        let Some(row) = self.current() else { return say(NO_ROW) };
        let mut choices = vec![];
        if row.state == OutgoingState::Unknown {
            choices.push(("It has arrived", Answer::Resolved(row.id, Resolved::Arrived)));
            choices.push((
                "It has not; it may be approved anew",
                Answer::Resolved(row.id, Resolved::NotArrived),
            ));
        }
        if matches!(row.state, OutgoingState::Unknown | OutgoingState::Held) {
            choices.push(("Told by hand, with a ticket", Answer::ToldByHand(row.id)));
        }
        if choices.is_empty() {
            return say("Only of what is held or unknown there is something to say.");
        }
        let choices = choices.into_iter().map(|(text, answer)| (text.to_owned(), String::new(), answer));
        menu(&format!("What became of row {}", row.id), choices)
    }

    pub(super) fn ask_response(&self) -> Reply {
        let Some(row) = self.current() else { return say(NO_ROW) };
        if !row.state.is_told() {
            return say("Only what was sent can have been answered.");
        }
        let word = |response| match response {
            Response::None => "nothing so far",
            Response::Bounced => "came back as undeliverable",
            Response::Acknowledged => "a program said that it arrived",
            Response::Answered => "a person answered",
            Response::Silent => "nothing comes any more",
        };
        let all = Response::ALL.iter().copied();
        let (none, some): (Vec<Response>, Vec<Response>) =
            all.partition(|response| *response == Response::None);
        let choices = some.into_iter().chain(none).map(|response| {
            (response.to_string(), word(response).to_owned(), Answer::Response(row.id, response))
        });
        menu(&format!("What came back to row {}", row.id), choices)
    }

    pub(super) fn ask_ticket(asked: Asked) -> Reply {
        open(Question::new(asked, "Their ticket (may be empty)", "", true))
    }

    /// Sends what is approved; first says what that is. While something is sent, ends that.
    pub(super) fn flush(&mut self) -> Reply {
        if self.sending.is_some() {
            return Reply::Do(vec![Effect::Desk(Request::StopSending)]);
        }
        if let Some(stuck) = self.rows.as_ref().and_then(|rows| rows.stuck.clone()) {
            return Reply::Say(Tone::Wrong, stuck);
        }
        let count = self.count(Some(OutgoingState::Approved)) + self.count(Some(OutgoingState::Deferred));
        if count == 0 {
            return say("Nothing is approved that could leave.");
        }
        let text = [
            format!("{} approved or put off.", counted(count, "message")),
            "They leave now and not when they are due: until then an approval could still be taken back. The limits for \
             each contact hold all the same."
                .to_owned(),
        ];
        let columns = usize::from(self.size.0).saturating_sub(8).clamp(20, 64);
        let page = Page::of_text("Send now", text.iter().map(String::as_str), columns);
        Reply::Open(Box::new(Layer::Page(page.leading_to(Answer::Flush))))
    }

    pub(super) fn look_up(&self) -> Reply {
        match self.current().map(|row| row.source) {
            Some(Some(ip)) => Reply::Visit(ScreenName::Tools, ip.to_string()),
            Some(None) => say("No source is named in it."),
            None => say(NO_ROW),
        }
    }

    pub(super) fn copy(&self) -> Reply {
        let Some(row) = self.current() else { return say(NO_ROW) };
        let mut things = vec![("Recipient".to_owned(), row.recipient.clone())];
        let mut add = |name: &str, value: Option<String>| {
            things.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
        };
        add("Message-ID", Some(row.message_id.clone()));
        add("Source", row.source.map(|ip| ip.to_string()));
        add("Answer", Some(row.answer.clone()));
        add("Ticket", row.ticket.clone());
        let numbers: Vec<String> = row.reports.iter().map(ToString::to_string).collect();
        add("Numbers of the reports", Some(numbers.join(",")));
        let detail = self.detail.as_ref().filter(|detail| detail.row.id == row.id);
        let name = if row.kind == OutgoingKind::Form { "Text for the form" } else { "Message" };
        add(name, detail.map(|detail| String::from_utf8_lossy(&detail.bytes).into_owned()));
        let start = |value: &str| crate::text::cut(value.lines().next().unwrap_or_default(), 40);
        menu("Copy", things.into_iter().map(|(name, value)| (name, start(&value), Answer::Copy(value))))
    }

    fn ids(&self, is_wanted: impl Fn(&Outgoing) -> bool) -> Vec<OutgoingId> {
        self.targets(is_wanted).into_iter().map(|row| row.id).collect()
    }
}

fn can_be_approved(row: &Outgoing) -> bool {
    row.state == OutgoingState::Held && row.kind != OutgoingKind::Form
}

pub(super) fn act(act: LedgerAct) -> Reply {
    Reply::Do(vec![Effect::Desk(Request::Ledger(act))])
}

fn open(line: Question) -> Reply {
    Reply::Open(Box::new(Layer::Line(line)))
}
