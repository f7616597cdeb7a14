//! The pane as one of the screens: what the frame gives it, and where that goes.

use super::Spam;
use crate::jobs::desk;
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::layer::{Answer, Asked, Reply};
use crate::tui::screens::{Screen, ScreenName};

impl Screen for Spam {
    fn mode(&self) -> Mode {
        Mode::Spam
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        let area = draw::spam_area(size);
        let is_wide_as_before = self.size.0 == usize::from(area.width);
        self.size = (area.width.into(), area.height.into());
        if is_wide_as_before {
            self.go_to(self.cursor);
        } else {
            self.lay_out();
        }
        vec![]
    }

    fn act(&mut self, action: Action) -> Reply {
        let page = self.size.1.saturating_sub(1).max(1) as isize;
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(page),
            Action::PageUp => self.step(-page),
            Action::HalfPageDown => self.step(page / 2),
            Action::HalfPageUp => self.step(-page / 2),
            Action::First => self.step(isize::MIN + 1),
            Action::Last => self.step(isize::MAX),
            Action::NextPart => self.turn(true),
            Action::PreviousPart => self.turn(false),
            Action::MessageFile => return self.ask_file(),
            Action::EditMessage => return self.edit(),
            Action::Tick => return self.tick(),
            Action::TickAll => return self.tick_all(),
            Action::Recipient => return self.ask_contact(),
            Action::Report => return self.report(),
            Action::Open if self.order.is_none() => return self.ask_file(),
            Action::Open => return self.tick(),
            Action::LookUp => return self.look_up(),
            Action::Copy => return self.copy(),
            Action::Reveal => self.is_revealed = !self.is_revealed,
            Action::Back | Action::Left => return Reply::To(ScreenName::Tools),
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
            Answer::Written(Asked::MessageFile, path) => self.read_file(&path),
            Answer::Written(Asked::SourceContact(ip), address) => self.write_to(ip, &address),
            _ => Reply::Nothing,
        }
    }

    fn mouse(&mut self, mouse: Mouse, _column: u16, line: u16) -> Reply {
        match mouse {
            Mouse::Click => {
                if let Some(line) = line.checked_sub(draw::SPAM_TOP) {
                    self.go_to(self.top + usize::from(line));
                }
            }
            Mouse::ScrollDown => self.step(3),
            Mouse::ScrollUp => self.step(-3),
        }
        Reply::Nothing
    }

    fn desk(&mut self, event: desk::Event, _now: Seconds) -> Reply {
        match event {
            desk::Event::Spam(number, news) if number == self.number => self.news(news),
            _ => Reply::Nothing,
        }
    }

    fn visit(&mut self, path: &str) -> Reply {
        if path.is_empty() { Reply::Nothing } else { self.read_file(path) }
    }
}
