//! Tools as one of the screens: what the frame gives it, and where that goes.

use super::{Answer, Asked, Reply, Tools};
use crate::jobs::desk::{self, LookUpNews};
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::text::showable;
use crate::tui::app::Tone;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::screens::Screen;

impl Screen for Tools {
    fn mode(&self) -> Mode {
        if self.editor.is_some() { Mode::Line } else { Mode::Tools }
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        let area = draw::tools_area(size);
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
        if self.editor.is_some() {
            return self.act_in_line(action);
        }
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
            Action::LookUp => self.write(),
            Action::Open if self.known.is_none() => self.write(),
            Action::Open => return self.open(),
            Action::Refresh => return self.ask(true),
            Action::Trace => return self.warn_of_trace(self.url()),
            Action::WhomToTell => return self.ask_whom_to_tell(),
            Action::PreviousQuery => return self.back(),
            Action::Copy => return self.copy(),
            Action::Reveal => {
                self.is_revealed = !self.is_revealed;
                self.lay_out();
            }
            Action::Back if self.asking.is_some() => return Reply::Do(self.stop()),
            Action::Back => return Reply::Leave,
            _ => {}
        }
        Reply::Nothing
    }

    fn typed(&mut self, text: &str) -> Vec<Effect> {
        self.editor.iter_mut().for_each(|editor| editor.insert(text));
        vec![]
    }

    fn answered(&mut self, answer: Answer) -> Reply {
        match answer {
            Answer::Copy(text) => Reply::Do(vec![Effect::Copy(text)]),
            Answer::Trace(url) => self.follow(url),
            Answer::Written(Asked::WhomToTell, words) => self.say_contact(words),
            _ => Reply::Nothing,
        }
    }

    fn mouse(&mut self, mouse: Mouse, _column: u16, line: u16) -> Reply {
        match mouse {
            Mouse::Click => match line.checked_sub(draw::TOOLS_TOP) {
                Some(line) => self.go_to(self.top + usize::from(line)),
                // What is being written stays.
                None if self.editor.is_none() => self.write(),
                None => {}
            },
            Mouse::ScrollDown => self.step(3),
            Mouse::ScrollUp => self.step(-3),
        }
        Reply::Nothing
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        let desk::Event::LookUp(number, news) = event else { return Reply::Nothing };
        if number != self.number {
            return Reply::Nothing;
        }
        match news {
            LookUpNews::Asking(what) => self.asking = Some(showable(&what)),
            LookUpNews::Known(known) => {
                self.subject.clone_from(&known.subject);
                self.known = Some(known);
                self.lay_out();
            }
            LookUpNews::Traced(section) => self.traced(section),
            LookUpNews::Ended(failure) => {
                self.asking = None;
                self.failure = failure.as_deref().map(showable);
                // Where something is known already, the reason has no other place.
                if let Some(why) = failure.filter(|_| self.known.is_some()) {
                    return Reply::Say(Tone::Wrong, why);
                }
            }
        }
        Reply::Nothing
    }

    fn visit(&mut self, subject: &str) -> Reply {
        self.editor = None;
        self.look_up(subject)
    }
}

impl Tools {
    fn act_in_line(&mut self, action: Action) -> Reply {
        match action {
            Action::Back => self.editor = None,
            Action::Accept => {
                let written = self.editor.take().map(|editor| editor.text().trim().to_owned());
                match written {
                    Some(text) if !text.is_empty() => return self.look_up(&text),
                    _ => {}
                }
            }
            Action::HistoryUp => self.look(-1),
            Action::HistoryDown => self.look(1),
            action => {
                if let Some(editor) = &mut self.editor {
                    editor.act(action);
                }
            }
        }
        Reply::Nothing
    }
}
