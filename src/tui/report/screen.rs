//! The plan as one of the screens: what the frame gives it, and where that goes.

use super::verbs::leave;
use super::{Doing, Line, Report, can_be_ticked, key, reports_of};
use crate::jobs::desk::{self, PlanNews, Settled, Settling};
use crate::keymap::{Action, Mode};
use crate::model::OutgoingKind;
use crate::model::clock::Seconds;
use crate::tui::app::Tone;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::layer::{Answer, Asked, Reply};
use crate::tui::screens::{Screen, ScreenName};
use ratatui::layout::Position;

impl Screen for Report {
    fn mode(&self) -> Mode {
        Mode::Report
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.set_size(size);
        vec![]
    }

    fn act(&mut self, action: Action) -> Reply {
        if self.is_reading && self.pane.act(action) {
            return Reply::Nothing;
        }
        let page = self.height.saturating_sub(1).max(1) as isize;
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.go_to(self.cursor.saturating_add_signed(page)),
            Action::PageUp => self.go_to(self.cursor.saturating_add_signed(-page)),
            Action::HalfPageDown => self.go_to(self.cursor.saturating_add_signed(page / 2)),
            Action::HalfPageUp => self.go_to(self.cursor.saturating_add_signed(-page / 2)),
            Action::First => self.go_to(0),
            Action::Last => self.go_to(usize::MAX),
            Action::NextPart => self.seek(true, |line| !matches!(line, Line::Letter(_)) && line.is_thing()),
            Action::PreviousPart => {
                self.seek(false, |line| !matches!(line, Line::Letter(_)) && line.is_thing())
            }
            Action::NextOpen => self.seek(true, |line| matches!(line, Line::Letter(_))),
            Action::PreviousOpen => self.seek(false, |line| matches!(line, Line::Letter(_))),
            Action::Open => match self.current() {
                Some(Line::Passed(number)) if self.is_reading => {
                    let passed = self.planned.as_ref().and_then(|planned| planned.plan.passed.get(*number));
                    return passed
                        .and_then(|passed| passed.id)
                        .map_or(Reply::Nothing, |id| Reply::Visit(ScreenName::Reports, format!("id:{id}")));
                }
                Some(_) => {
                    self.is_reading = true;
                    self.set_size(self.size);
                }
                None => {}
            },
            Action::Reveal => self.pane.reveal(),
            Action::Tick => return self.tick(),
            Action::TickAll => return self.tick_all(),
            Action::Approve => return self.approve(),
            Action::ApproveOne => return self.approve_one(),
            Action::Hold => return self.hold(),
            Action::LeaveOut => return self.leave_out(),
            Action::Recipient => return self.ask_recipient(),
            Action::EditText => return self.edit_text(),
            Action::Reason => return self.ask_reason(),
            Action::Resolve => return self.told_by_form(),
            Action::LookUp => return self.why(),
            Action::Copy => return self.copy(),
            Action::Undo => return self.take_back(),
            Action::Redo => return self.make_again(),
            Action::Back | Action::Left => return self.back(),
            _ => {}
        }
        Reply::Nothing
    }

    fn typed(&mut self, _text: &str) -> Vec<Effect> {
        vec![]
    }

    fn answered(&mut self, answer: Answer) -> Reply {
        match answer {
            Answer::Copy(text) => Reply::Do(vec![Effect::Copy(text)]),
            Answer::Written(Asked::Number(_), _) => self.approved(),
            Answer::Written(Asked::Ticket(forms), ticket) => self.settle(forms, Settling::ByHand { ticket }),
            Answer::Written(Asked::Recipient(before), after) => self.write_to(&before, after),
            Answer::Written(Asked::Contact(whose), address) => self.name_contact(whose, address),
            Answer::Written(Asked::Reason(mails), reason) => self.give_reason(mails, &reason),
            Answer::EditAgain => self.edit_text(),
            Answer::LeavePlan => leave(""),
            _ => Reply::Nothing,
        }
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Reply {
        let places = draw::report_places(self.size, self.is_reading);
        let at = Position { x: column, y: line };
        match mouse {
            _ if places.pane.contains(at) => {
                self.is_reading = true;
                match mouse {
                    Mouse::Click => {}
                    Mouse::ScrollDown => self.pane.step(3),
                    Mouse::ScrollUp => self.pane.step(-3),
                }
            }
            Mouse::Click if places.list.contains(at) => {
                self.is_reading = false;
                self.go_to(self.top + usize::from(line - places.list.y));
            }
            Mouse::Click => {}
            Mouse::ScrollDown => self.step(3),
            Mouse::ScrollUp => self.step(-3),
        }
        Reply::Nothing
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        match event {
            desk::Event::Plan(number, news) if number == self.number && self.is_open() => self.news(news),
            _ => Reply::Nothing,
        }
    }

    fn visit(&mut self, _with: &str) -> Reply {
        Reply::Nothing
    }
}

impl Report {
    pub(super) fn set_size(&mut self, size: (u16, u16)) {
        self.size = size;
        let places = draw::report_places(size, self.is_reading);
        self.height = usize::from(places.list.height);
        // A line for the titles of its parts.
        self.pane.resize((places.pane.width.into(), usize::from(places.pane.height.saturating_sub(1))));
        self.go_to(self.cursor);
    }

    /// What is read is about the line of the cursor.
    pub(super) fn show(&mut self) {
        let parts = self.parts();
        self.pane.show(parts, false);
    }

    fn news(&mut self, news: PlanNews) -> Reply {
        match news {
            PlanNews::Running { done, total } => {
                self.doing = Some(Doing::Planning(done, total));
                Reply::Nothing
            }
            PlanNews::Ready(planned) if planned.plan.letters.is_empty() && planned.plan.passed.is_empty() => {
                leave("There is nothing left to report.")
            }
            PlanNews::Ready(planned) => {
                self.arrived(planned);
                let sentence = self.sentence.take();
                sentence.map_or(Reply::Nothing, |sentence| Reply::Say(Tone::Done, sentence))
            }
            PlanNews::Failed(sentence) => {
                let was_planning = matches!(self.doing, Some(Doing::Planning(..)));
                self.doing = None;
                if self.planned.is_none() {
                    return Reply::Reports { settled: vec![], tone: Tone::Wrong, sentence };
                }
                if was_planning {
                    self.keep_plan();
                }
                Reply::Say(Tone::Wrong, sentence)
            }
            PlanNews::Settled(settled) => self.settled(settled),
        }
    }

    /// Letters stand in the ledger: on with what is left of the plan, where a person went through it one by one.
    fn settled(&mut self, settled: Settled) -> Reply {
        self.doing = None;
        let chosen = std::mem::take(&mut self.chosen);
        let is_one_of_many = chosen.len() == 1 && settled.how != Settling::Hold;
        let letters = self.planned.iter().flat_map(|planned| &planned.plan.letters);
        let mut others = letters.filter(|letter| !chosen.iter().any(|other| key(other) == key(letter)));
        let is_more = others.any(|letter| {
            self.is_ticked(letter)
                || letter.is_ready() && (!can_be_ticked(letter) || letter.kind == OutgoingKind::Form)
        });
        if is_one_of_many && is_more {
            self.sentence = Some(settled.sentence);
            return Reply::Do(self.ask());
        }
        let settled_reports = if settled.reports.is_empty() { reports_of(&chosen) } else { settled.reports };
        Reply::Reports { settled: settled_reports, tone: Tone::Done, sentence: settled.sentence }
    }
}
