//! Outbox as one of the screens: what the frame gives it, and where that goes.

use super::verbs::act;
use super::{AT_ONCE, Outbox};
use crate::jobs::desk::{self, LedgerAct, OutboxNews, Request, Resolved};
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::tui::app::Tone;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::layer::{Answer, Asked, Reply};
use crate::tui::screens::Screen;
use ratatui::layout::Position;

impl Screen for Outbox {
    fn mode(&self) -> Mode {
        Mode::Outbox
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        let places = draw::outbox_places(size, self.is_reading);
        self.height = usize::from(places.list.height);
        // A line for the titles of its parts.
        self.pane.resize((places.pane.width.into(), usize::from(places.pane.height.saturating_sub(1))));
        if self.rows.is_some() { self.go_to(self.cursor) } else { vec![] }
    }

    fn act(&mut self, action: Action) -> Reply {
        if self.is_reading && self.pane.act(action) {
            return Reply::Nothing;
        }
        let page = self.height.saturating_sub(1).max(1) as isize;
        match action {
            Action::Down | Action::NextOpen => self.step(1),
            Action::Up | Action::PreviousOpen => self.step(-1),
            Action::PageDown => self.step(page),
            Action::PageUp => self.step(-page),
            Action::HalfPageDown => self.step(page / 2),
            Action::HalfPageUp => self.step(-page / 2),
            Action::First => Reply::Do(self.go_to(0)),
            Action::Last => Reply::Do(self.go_to(usize::MAX)),
            Action::NextPart | Action::Right => self.turn(true),
            Action::PreviousPart | Action::Left => self.turn(false),
            Action::Open => self.read(self.current().is_some()),
            Action::Reveal => {
                self.pane.reveal();
                Reply::Nothing
            }
            Action::Tick => self.tick(),
            Action::TickAll => self.tick_all(),
            Action::Approve => self.approve(false),
            Action::ApproveOne => self.approve(true),
            Action::Hold => self.take_back(),
            Action::Cancel => self.ask_to_cancel(),
            Action::Retry => self.retry(),
            Action::Resolve => self.ask_what_became(),
            Action::Respond => self.ask_response(),
            Action::Flush => self.flush(),
            Action::LookUp => self.look_up(),
            Action::Copy => self.copy(),
            Action::Back if self.is_reading => self.read(false),
            Action::Back => Reply::Leave,
            _ => Reply::Nothing,
        }
    }

    fn typed(&mut self, _text: &str) -> Vec<Effect> {
        vec![]
    }

    fn answered(&mut self, answer: Answer) -> Reply {
        match answer {
            Answer::Copy(text) => Reply::Do(vec![Effect::Copy(text)]),
            Answer::Written(Asked::Number(_), _) => self.approved(),
            Answer::Written(Asked::CancelReason(ids), reason) => self.cancelled(ids, reason),
            Answer::Written(Asked::RowTicket(id), ticket) => {
                act(LedgerAct::Resolve(id, Resolved::ByHand { ticket }))
            }
            Answer::Written(Asked::ResponseTicket(id, response), ticket) => {
                act(LedgerAct::Respond { id, response, ticket })
            }
            Answer::Resolved(id, resolved) => act(LedgerAct::Resolve(id, resolved)),
            Answer::ToldByHand(id) => Outbox::ask_ticket(Asked::RowTicket(id)),
            Answer::Response(id, response) => Outbox::ask_ticket(Asked::ResponseTicket(id, response)),
            Answer::Flush => Reply::Do(vec![Effect::Desk(Request::Flush)]),
            _ => Reply::Nothing,
        }
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Reply {
        let places = draw::outbox_places(self.size, self.is_reading);
        let at = Position { x: column, y: line };
        match mouse {
            Mouse::Click if places.list.contains(at) => {
                self.is_reading = false;
                return Reply::Do(self.go_to(self.top + usize::from(line - places.list.y)));
            }
            Mouse::Click => self.is_reading |= places.pane.contains(at),
            Mouse::ScrollDown if places.pane.contains(at) => self.pane.step(3),
            Mouse::ScrollUp if places.pane.contains(at) => self.pane.step(-3),
            Mouse::ScrollDown => return self.step(3),
            Mouse::ScrollUp => return self.step(-3),
        }
        Reply::Nothing
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        let news = match event {
            desk::Event::Outbox(news) => news,
            desk::Event::Changed => return Reply::Do(self.ask()),
            _ => return Reply::Nothing,
        };
        match news {
            OutboxNews::Rows(rows) if rows.question == self.number => Reply::Do(self.arrived(rows)),
            OutboxNews::Rows(_) => Reply::Nothing,
            OutboxNews::Row(_, Some(detail)) => {
                self.detail_arrived(detail);
                Reply::Nothing
            }
            OutboxNews::Row(id, None) => {
                self.is_gone(id);
                Reply::Nothing
            }
            OutboxNews::Sending(done, total) => {
                self.sending = Some((done, total));
                Reply::Nothing
            }
            OutboxNews::Sent(sentence) => {
                self.sending = None;
                sentence.map_or(Reply::Nothing, |sentence| Reply::Say(Tone::Done, sentence))
            }
        }
    }

    fn visit(&mut self, _with: &str) -> Reply {
        Reply::Nothing
    }

    fn enter(&mut self, _query: &str, now: Seconds) -> Vec<Effect> {
        self.now = now;
        self.ask()
    }
}

impl Outbox {
    fn step(&mut self, by: isize) -> Reply {
        Reply::Do(self.go_to(self.cursor.saturating_add_signed(by)))
    }

    /// The message has the keys, or the list.
    fn read(&mut self, is_reading: bool) -> Reply {
        self.is_reading = is_reading;
        Reply::Do(self.resize(self.size))
    }

    /// Rows in the next state, round and round.
    fn turn(&mut self, forwards: bool) -> Reply {
        let states = self.states();
        let at = states.iter().position(|state| *state == self.state).unwrap_or(0);
        let count = states.len().max(1);
        let to = if forwards { (at + 1) % count } else { (at + count - 1) % count };
        self.state = states.get(to).copied().flatten();
        (self.cursor, self.top, self.most) = (0, 0, AT_ONCE);
        self.ticked.clear();
        Reply::Do(self.ask())
    }
}
