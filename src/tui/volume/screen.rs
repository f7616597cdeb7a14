//! Volume as one of the screens: what the frame gives it, and where that goes.

use super::{Focus, Reply, Volume};
use crate::jobs::desk;
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::layer::Answer;
use crate::tui::screens::Screen;

impl Screen for Volume {
    fn mode(&self) -> Mode {
        Mode::Volume
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        vec![]
    }

    fn enter(&mut self, query: &str, now: Seconds) -> Vec<Effect> {
        self.now = now;
        self.subject.enter(query);
        self.ask()
    }

    fn act(&mut self, action: Action) -> Reply {
        let is_days = self.focus == Focus::Days;
        match action {
            Action::Left => self.go_back(if is_days { 7 } else { 1 }),
            Action::Right => self.go_back(if is_days { -7 } else { -1 }),
            Action::Up if is_days => self.go_back(1),
            Action::Down if is_days => self.go_back(-1),
            Action::Down => self.focus = Focus::Days,
            Action::PageUp | Action::HalfPageUp => self.go_back(if is_days { 28 } else { 12 }),
            Action::PageDown | Action::HalfPageDown => self.go_back(if is_days { -28 } else { -12 }),
            Action::First => self.go_back(isize::MAX),
            Action::Last => self.go_back(isize::MIN + 1),
            Action::ZoomIn => return self.zoom(-1),
            Action::ZoomOut => return self.zoom(1),
            Action::Earlier => return self.shift(true),
            Action::Later => return self.shift(false),
            Action::NextBurst => return self.go_to_burst(true),
            Action::PreviousBurst => return self.go_to_burst(false),
            Action::NextPart | Action::PreviousPart => {
                self.focus = if is_days { Focus::Bars } else { Focus::Days };
            }
            Action::Scope => return self.switch_scope(),
            Action::Refresh => return Reply::Do(self.ask()),
            Action::Open => return self.open(),
            Action::Back => return Reply::Leave,
            _ => {}
        }
        Reply::Nothing
    }

    fn typed(&mut self, _text: &str) -> Vec<Effect> {
        vec![]
    }

    fn answered(&mut self, _answer: Answer) -> Reply {
        Reply::Nothing
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Reply {
        match mouse {
            Mouse::ScrollUp => return self.zoom(-1),
            Mouse::ScrollDown => return self.zoom(1),
            Mouse::Click => {}
        }
        match draw::volume_at(self, self.size, (column, line)) {
            Some((Focus::Bars, span)) => {
                self.focus = Focus::Bars;
                let spans = self.counted.as_ref().map_or(0, |counted| counted.buckets.counts.len());
                self.back = spans.saturating_sub(1 + span);
            }
            Some((Focus::Days, day)) => {
                self.focus = Focus::Days;
                self.days_back = desk::REPORTED_DAYS.saturating_sub(1 + day);
            }
            None => {}
        }
        Reply::Nothing
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        match event {
            desk::Event::Volume(counted) if counted.question == self.number => self.counted = Some(counted),
            desk::Event::Bursts(question, names) if question == self.number => self.names = names,
            desk::Event::Changed => return Reply::Do(self.ask()),
            _ => {}
        }
        Reply::Nothing
    }

    fn end(&self) -> Option<Seconds> {
        Volume::end(self)
    }

    fn visit(&mut self, query: &str) -> Reply {
        self.subject.visit(query);
        Reply::Do(self.ask())
    }
}
