//! Patterns as one of the screens: what the frame gives it, and where that goes.

use super::{Answer, Asked, Patterns, Reply};
use crate::jobs::desk::{self, Act, Request};
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::reports::bar::Edited;
use crate::tui::reports::completion::wanted;
use crate::tui::screens::Screen;

impl Screen for Patterns {
    fn mode(&self) -> Mode {
        if self.bar.editor.is_some() { Mode::Line } else { Mode::Patterns }
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.height = draw::patterns_area(size).0.height.into();
        self.go_to(self.cursor);
        vec![]
    }

    fn enter(&mut self, _query: &str, now: Seconds) -> Vec<Effect> {
        self.now = now;
        self.ask()
    }

    fn act(&mut self, action: Action) -> Reply {
        if self.bar.editor.is_some() {
            return self.act_in_line(action);
        }
        let page = self.height.saturating_sub(1).max(1) as isize;
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(page),
            Action::PageUp => self.step(-page),
            Action::HalfPageDown => self.step(page / 2),
            Action::HalfPageUp => self.step(-page / 2),
            Action::First => self.go_to(0),
            Action::Last => self.go_to(usize::MAX),
            Action::ZoomOut => return self.zoom(1),
            Action::ZoomIn => return self.zoom(-1),
            Action::OnlyNew => {
                self.only_new = !self.only_new;
                self.go_to(0);
            }
            Action::Query => self.bar.edit(),
            Action::ClearQuery => {
                self.bar.set("");
                return Reply::Do(self.ask());
            }
            Action::Open | Action::Right => return self.open(),
            Action::Mark => return self.mark(),
            Action::Report => return self.report(),
            Action::Dismiss => return self.ask_for_reason(),
            Action::Copy => return self.copy(),
            // Out of a query that turned out to be wrong, to the one before.
            Action::Back if self.bar.error.is_some() && self.bar.back() => return Reply::Do(self.ask()),
            Action::Back | Action::Left => return Reply::Leave,
            _ => {}
        }
        Reply::Nothing
    }

    fn typed(&mut self, text: &str) -> Vec<Effect> {
        // It is looked for when the line is taken: a look costs more than a list of reports.
        self.bar.typed(text, self.now);
        vec![]
    }

    fn answered(&mut self, answer: Answer) -> Reply {
        match answer {
            Answer::Written(Asked::DismissReason(target), reason) => {
                Reply::Do(vec![Effect::Desk(Request::Act(Act::Dismiss { target, reason }))])
            }
            _ => Reply::Nothing,
        }
    }

    fn mouse(&mut self, mouse: Mouse, _column: u16, line: u16) -> Reply {
        match mouse {
            Mouse::Click => match line.checked_sub(draw::PATTERNS_TOP) {
                Some(line) if usize::from(line) < self.height => self.go_to(self.top + usize::from(line)),
                None if self.bar.editor.is_none() => self.bar.edit(),
                _ => {}
            },
            Mouse::ScrollDown => self.step(3),
            Mouse::ScrollUp => self.step(-3),
        }
        Reply::Nothing
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        match event {
            desk::Event::Patterns(found) => self.take(*found),
            desk::Event::Changed => self.is_stale = true,
            desk::Event::Completions { facet, prefix, values } => {
                if let Some(field) = facet.field() {
                    self.bar.completed(field, &prefix, &values, now);
                }
            }
            desk::Event::ViewNames(names) => {
                self.bar.named(&names, now);
            }
            _ => {}
        }
        // One look at a time: the next one follows the answer to this one.
        if self.is_stale && !self.is_looking { Reply::Do(self.ask()) } else { Reply::Nothing }
    }

    fn visit(&mut self, query: &str) -> Reply {
        self.bar.set(query);
        Reply::Do(self.ask())
    }
}

impl Patterns {
    fn act_in_line(&mut self, action: Action) -> Reply {
        let before = self.question();
        match self.bar.act(action, self.now) {
            Edited::Complete(field, prefix) => Reply::Do(wanted(field, prefix).into_iter().collect()),
            Edited::Closed if action == Action::Accept => Reply::Do(self.ask()),
            // What was written and is given up may have been asked for by news.
            _ if self.bar.editor.is_none() && before != self.question() => Reply::Do(self.ask()),
            _ => Reply::Nothing,
        }
    }
}
