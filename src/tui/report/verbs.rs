//! What a person does to a plan: ticks, changes, approval. Everything that leaves was summed up and answered by its
//! number first.

use super::lines::{notes, of_all};
use super::text::summed;
use super::{Class, Doing, Line, Report, can_be_ticked, key, reports_of};
use crate::jobs::desk::{PlanOf, ReportText, Request, Settling};
use crate::jobs::report::{Letter, Passed, Standing, Whose};
use crate::model::{OutgoingKind, ReportId};
use crate::text::counted;
use crate::tui::app::Tone;
use crate::tui::event::Effect;
use crate::tui::layer::{Answer, Asked, Layer, Line as Question, Page, Reply};
use crate::tui::reports::{hint, menu, say};
use crate::tui::screens::ScreenName;
use std::net::IpAddr;
use std::sync::Arc;

/// No text of a report is longer.
const MOST_TEXT: u64 = 1 << 20;
const NO_LETTER: &str = "There is no report on this line.";

impl Report {
    /// Ticks, or takes ticks off, and goes on.
    pub(super) fn tick(&mut self) -> Reply {
        let letters = self.letters_here();
        let can: Vec<&Arc<Letter>> = letters.iter().filter(|letter| can_be_ticked(letter)).collect();
        if can.is_empty() {
            return match letters.as_slice() {
                [] => say(NO_LETTER),
                [letter, ..] => Reply::Say(Tone::Done, why_no_tick(letter)),
            };
        }
        let on = !can.iter().all(|letter| self.is_ticked(letter));
        for letter in can {
            self.ticks.insert(key(letter), on);
        }
        if let Some(Line::Letter(_)) = self.current() {
            self.seek(true, |line| matches!(line, Line::Letter(_)));
        }
        Reply::Nothing
    }

    /// Exactly what has nothing to be known of it beyond what is so of everything; then nothing at all.
    pub(super) fn tick_all(&mut self) -> Reply {
        let Some(planned) = &self.planned else { return Reply::Nothing };
        let of_all = of_all(planned);
        let is_clear =
            |letter: &Letter| letter.is_ticked() && notes(letter).iter().all(|note| of_all.contains(note));
        let letters = &planned.plan.letters;
        let are_so = letters
            .iter()
            .all(|letter| self.is_ticked(letter) == (can_be_ticked(letter) && is_clear(letter)));
        let ticks = letters.iter().map(|letter| (key(letter), !are_so && is_clear(letter))).collect();
        self.ticks = ticks;
        let count = self.ticked().len() as u64;
        say(&match are_so {
            true => "Nothing is ticked.".to_owned(),
            false => format!("{} without warnings ticked.", counted(count, "message")),
        })
    }

    /// What is ticked, after its number was typed.
    pub(super) fn approve(&mut self) -> Reply {
        let chosen = self.ticked();
        if chosen.is_empty() && self.planned.is_none() {
            return say("The reports are still being composed.");
        }
        if chosen.is_empty() {
            return say(match self.letters_here().as_slice() {
                [letter] if letter.singly.is_some() => {
                    "Nothing is ticked; what is here is approved by itself."
                }
                _ => "Nothing is ticked that could be approved.",
            });
        }
        self.confirm(chosen, None)
    }

    /// What the cursor is on.
    pub(super) fn approve_one(&mut self) -> Reply {
        let Some(Line::Letter(number)) = self.current() else { return say(NO_LETTER) };
        let Some(letter) = self.letter(*number).cloned() else { return say(NO_LETTER) };
        if !letter.is_ready() || letter.kind == OutgoingKind::Form {
            return Reply::Say(Tone::Done, why_no_tick(&letter));
        }
        let why = letter.singly.clone();
        self.confirm(vec![letter], why)
    }

    fn confirm(&mut self, chosen: Vec<Arc<Letter>>, why_singly: Option<String>) -> Reply {
        if let Some(reply) = self.is_busy() {
            return reply;
        }
        let Some(planned) = &self.planned else { return Reply::Nothing };
        if let Some(stuck) = &planned.stuck {
            return Reply::Say(Tone::Wrong, stuck.clone());
        }
        let mut text = vec![format!("{}.", summed(&chosen, &planned.plan.totals()))];
        text.push(format!("{} would leave.", counted(chosen.len() as u64, "message")));
        text.extend(why_singly.map(|why| format!("It is approved by itself: {why}.")));
        if let [letter] = chosen.as_slice() {
            text.push(format!("It goes to {}: {}", letter.to, letter.subject));
        }
        let count = chosen.len();
        self.chosen = chosen;
        let title = format!("Type {count} to approve");
        let question = Question::new(Asked::Number(count), &title, "", false).explained(text.join("\n"));
        Reply::Open(Box::new(Layer::Line(question)))
    }

    pub(super) fn is_busy(&self) -> Option<Reply> {
        match self.doing {
            Some(Doing::Planning(..)) => Some(say("The plan is being made; a moment.")),
            Some(Doing::Settling) => Some(say("The ledger is being written; a moment.")),
            None => None,
        }
    }

    /// What was summed up goes into the ledger.
    pub(super) fn approved(&mut self) -> Reply {
        let letters = self.chosen.clone();
        self.settle(letters, Settling::Approve)
    }

    /// These go into the ledger.
    pub(super) fn settle(&mut self, letters: Vec<Arc<Letter>>, how: Settling) -> Reply {
        if let Some(reply) = self.is_busy() {
            return reply;
        }
        self.doing = Some(Doing::Settling);
        self.chosen.clone_from(&letters);
        let number = self.number;
        Reply::Do(vec![Effect::Desk(Request::Settle { number, letters, how })])
    }

    /// What is ticked into the ledger, else what the cursor is on, without approval.
    pub(super) fn hold(&mut self) -> Reply {
        let ticked = self.ticked();
        let here = || self.letters_here().into_iter().filter(|letter| letter.is_ready()).collect::<Vec<_>>();
        let letters = if ticked.is_empty() { here() } else { ticked };
        if letters.is_empty() {
            return say("Nothing is ticked that could be held.");
        }
        self.settle(letters, Settling::Hold)
    }

    /// The form of the cursor was filled in.
    pub(super) fn told_by_form(&self) -> Reply {
        if let Some(reply) = self.is_busy() {
            return reply;
        }
        let forms: Vec<Arc<Letter>> =
            self.letters_here().into_iter().filter(|letter| Class::of(letter) == Class::Form).collect();
        let Some(form) = forms.first() else {
            return say("Only what goes by a form is recorded here; what was sent is in the outbox.");
        };
        let title = format!("{} told by the form; ticket (may be empty)", form.to);
        open(Question::new(Asked::Ticket(forms), &title, "", true))
    }

    /// Without the mails of what the cursor is on.
    pub(super) fn leave_out(&mut self) -> Reply {
        let letters = self.letters_here();
        let (reports, sources) = match self.passed_here() {
            Some(passed) => (
                passed.id.into_iter().collect(),
                passed.source.filter(|_| passed.id.is_none()).into_iter().collect(),
            ),
            None => (reports_of(&letters), sources_of_message(&letters)),
        };
        let sentence = match (reports.len() as u64, sources.len() as u64) {
            (0, 0) => return say(NO_LETTER),
            (0, sources) => format!("{} left out", counted(sources, "source")),
            (reports, _) => format!("{} left out", counted(reports, "mail")),
        };
        let reply = self.wish(|wishes| {
            wishes.dropped.extend(reports);
            wishes.dropped_sources.extend(sources);
        });
        if matches!(reply, Reply::Do(_)) {
            self.sentence = Some(format!("{sentence}; undo takes them in again."));
        }
        reply
    }

    /// What the cursor is on, where that goes nowhere.
    fn passed_here(&self) -> Option<&Passed> {
        match self.current()? {
            Line::Passed(number) => self.planned.as_ref()?.plan.passed.get(*number),
            _ => None,
        }
    }

    /// Another address in place of the contact, or one where there is none.
    pub(super) fn ask_recipient(&self) -> Reply {
        if let Some(passed) = self.passed_here() {
            return match passed.whose() {
                Some(whose) => {
                    let title = match whose {
                        Whose::Source(ip) => format!("Who is told about {ip}"),
                        Whose::Mail(id) => format!("Who is told about report {id}"),
                    };
                    open(Question::new(Asked::Contact(whose), &title, "", false))
                }
                None => say("A rule is against reporting it, whoever the contact is."),
            };
        }
        match self.letters_here().first() {
            Some(letter) if letter.kind == OutgoingKind::Copy => {
                hint("A copy goes to the feed that the configuration names; {leave-out} leaves it out.")
            }
            Some(letter) => {
                let title = format!("In place of {}, write to", letter.to);
                open(Question::new(Asked::Recipient(letter.to.clone()), &title, &letter.to, false))
            }
            None => say(NO_LETTER),
        }
    }

    /// Another address from now on. One that was itself written in place of a contact is replaced there.
    pub(super) fn write_to(&mut self, before: &str, after: String) -> Reply {
        self.wish(|wishes| {
            let mut was_written = false;
            for address in wishes.recipients.values_mut().filter(|address| *address == before) {
                address.clone_from(&after);
                was_written = true;
            }
            if !was_written {
                wishes.recipients.insert(before.to_owned(), after);
            }
        })
    }

    /// This address from now on, where nobody was known.
    pub(super) fn name_contact(&mut self, whose: Whose, address: String) -> Reply {
        self.wish(|wishes| {
            wishes.named.insert(whose, address);
        })
    }

    pub(super) fn ask_reason(&self) -> Reply {
        let letters = self.letters_here();
        let Some(letter) = letters.first() else { return say(NO_LETTER) };
        if letters.iter().all(|letter| letter.wants_reason.is_none()) {
            return say("No rule asks for a reason here.");
        }
        let proposal = letter.reason.clone().unwrap_or_default();
        let wanting = letters.iter().filter(|letter| letter.wants_reason.is_some());
        // Of what was told already every mail is told again; otherwise the evidence speaks for all.
        let mails = wanting.flat_map(|letter| match letter.standing {
            Standing::Told { .. } => reports_of(std::slice::from_ref(letter)),
            _ => letter.specimen().into_iter().collect(),
        });
        let asked = Asked::Reason(mails.collect());
        open(Question::new(asked, "The reason, kept in the ledger", &proposal, false))
    }

    pub(super) fn give_reason(&mut self, mails: Vec<ReportId>, reason: &str) -> Reply {
        self.wish(|wishes| wishes.reasons.extend(mails.into_iter().map(|id| (id, reason.to_owned()))))
    }

    /// The text of what goes to this recipient, into an editor.
    pub(super) fn edit_text(&mut self) -> Reply {
        let Some(to) = self.letters_here().first().map(|letter| letter.to.clone()) else {
            return say(NO_LETTER);
        };
        if let Some(reply) = self.is_busy() {
            return reply;
        }
        let kept = self.draft.take().filter(|(draft_of, _)| *draft_of == to).map(|(_, text)| text);
        let changed = self.changes.wishes().texts.get(&to).map(|text| text.as_str().to_owned());
        let plain = self.planned.as_ref().map(|planned| planned.text.clone());
        let text = kept.or(changed).or(plain).unwrap_or_default();
        self.draft = Some((to, text.clone()));
        Reply::Do(vec![Effect::Edit { text: text.into_bytes(), most: MOST_TEXT }])
    }

    /// The editor has ended. A text that is not right is kept for the next time.
    pub fn edited(&mut self, text: Result<Vec<u8>, String>) -> Reply {
        let Some((to, before)) = self.draft.take() else { return Reply::Nothing };
        let not_text = |_| "The edited text is not UTF-8; the text stays as it was.".to_owned();
        let text = text.and_then(|bytes| String::from_utf8(bytes).map_err(not_text));
        let text = match text {
            Ok(text) => text,
            Err(why) => {
                self.draft = Some((to, before));
                return Reply::Say(Tone::Wrong, why);
            }
        };
        match ReportText::parse(&text) {
            Ok(parsed) => self.wish(|wishes| {
                wishes.texts.insert(to, parsed);
            }),
            Err(error) => {
                self.draft = Some((to, text));
                let lines = [
                    format!("This text cannot be sent: {error}."),
                    String::new(),
                    "Go on to mend it as you left it. Else the report stays as it was, and your text is kept for the \
                     next time."
                        .to_owned(),
                ];
                let columns = usize::from(self.size.0).saturating_sub(8).clamp(20, 72);
                let page = Page::of_text("The text", lines.iter().map(String::as_str), columns);
                Reply::Open(Box::new(Layer::Page(page.leading_to(Answer::EditAgain))))
            }
        }
    }

    /// Why this contact: what is known of the source, and how its contacts were found.
    pub(super) fn why(&self) -> Reply {
        match self.letters_here().first().and_then(|letter| letter.source) {
            Some(ip) => Reply::Visit(ScreenName::Tools, ip.to_string()),
            None => say("No source is named on this line."),
        }
    }

    pub(super) fn copy(&self) -> Reply {
        let letters = self.letters_here();
        let Some(letter) = letters.first() else { return say(NO_LETTER) };
        let message = String::from_utf8_lossy(&letter.bytes).into_owned();
        let name = if letter.kind == OutgoingKind::Form { "Text for the form" } else { "Message" };
        let mut things = vec![(name, message), ("Recipient", letter.to.clone())];
        things.extend(letter.source.map(|ip| ("Source", ip.to_string())));
        things.push(("Subject", letter.subject.clone()));
        let numbers: Vec<String> = reports_of(&letters).iter().map(ToString::to_string).collect();
        things.push(("Numbers of the reports", numbers.join(",")));
        let things = things.into_iter().filter(|(_, value)| !value.is_empty());
        menu("Copy", things.map(|(name, value)| (name.to_owned(), start_of(&value), Answer::Copy(value))))
    }

    /// Out of the message, out of a plan that is being made, out of the screen.
    pub(super) fn back(&mut self) -> Reply {
        if self.is_reading {
            self.is_reading = false;
            self.set_size(self.size);
            return Reply::Nothing;
        }
        match (self.doing, self.planned.is_some()) {
            (Some(Doing::Planning(..)), true) => {
                self.number += 1;
                self.keep_plan();
                Reply::Do(vec![Effect::Desk(Request::StopPlan)])
            }
            (Some(Doing::Settling), _) => self.is_busy().unwrap_or(Reply::Nothing),
            (None, true) if self.is_changed() => {
                stay_or("Leave this plan?", "Leave it; what you changed is lost", Answer::LeavePlan)
            }
            _ => leave(""),
        }
    }

    /// Something of a person would be lost with it.
    fn is_changed(&self) -> bool {
        self.changes.are_some() || self.draft.is_some()
    }

    /// What speaks against another plan in the place of this one.
    pub fn objection(&self, of: &PlanOf) -> Option<Reply> {
        if self.doing == Some(Doing::Settling) {
            return self.is_busy();
        }
        let begin = Answer::Plan(of.clone());
        self.is_changed().then(|| {
            stay_or("Another plan is open", "Begin this one; what you changed in the other is lost", begin)
        })
    }
}

/// Whether what was changed in a plan is given up.
fn stay_or(title: &str, what: &str, answer: Answer) -> Reply {
    let choices = [("Stay", Answer::StayInPlan), (what, answer)];
    menu(title, choices.into_iter().map(|(text, answer)| (text.to_owned(), String::new(), answer)))
}

/// Back to the list of reports.
pub(super) fn leave(sentence: &str) -> Reply {
    Reply::Reports { settled: vec![], tone: Tone::Done, sentence: sentence.to_owned() }
}

/// What keeps a letter from being approved together with others.
fn why_no_tick(letter: &Letter) -> String {
    match &letter.standing {
        Standing::Blocked(rule) => format!("It may not leave: {}.", rule.text.trim_end_matches('.')),
        Standing::Told { id, state, .. } => {
            format!("It was reported already: row {id} of the outbox, {state}.")
        }
        Standing::Ready if letter.kind == OutgoingKind::Form => {
            "Its desk takes no mail: copy the text, fill in the form, then record it.".to_owned()
        }
        Standing::Ready if !letter.is_ready() => "It needs a reason first.".to_owned(),
        Standing::Ready => match &letter.singly {
            Some(why) => format!("It is approved by itself: {why}."),
            None => String::new(),
        },
    }
}

/// The sources that letters about a message are about: it has no number by which it could be left out.
fn sources_of_message(letters: &[Arc<Letter>]) -> Vec<IpAddr> {
    letters.iter().filter(|letter| letter.specimen().is_none()).filter_map(|letter| letter.source).collect()
}

fn open(line: Question) -> Reply {
    Reply::Open(Box::new(Layer::Line(line)))
}

/// The start of a value, for a menu.
fn start_of(value: &str) -> String {
    crate::text::cut(value.lines().next().unwrap_or_default(), 40)
}
