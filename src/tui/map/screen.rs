//! Map as one of the screens: what the frame gives it, and where that goes.

use super::{Course, Focus, Map, Reply};
use crate::jobs::desk;
use crate::keymap::{Action, Mode};
use crate::model::clock::Seconds;
use crate::model::countries::territories;
use crate::tui::draw;
use crate::tui::event::{Effect, Mouse};
use crate::tui::layer::{Answer, Asked};
use crate::tui::screens::Screen;
use ratatui::layout::Position;

impl Screen for Map {
    fn mode(&self) -> Mode {
        Mode::Map
    }

    fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        self.lay_out();
        vec![]
    }

    fn enter(&mut self, query: &str, now: Seconds) -> Vec<Effect> {
        self.now = now;
        self.subject.enter(query);
        self.ask()
    }

    fn act(&mut self, action: Action) -> Reply {
        let parts = draw::map_parts(self.size, self.focus);
        let table = if self.focus == Focus::Networks { parts.networks } else { parts.countries };
        let page = isize::from(table.height.saturating_sub(2).max(1) as i16);
        match action {
            Action::Left if self.focus == Focus::World => self.travel(Course::West),
            Action::Right if self.focus == Focus::World => self.travel(Course::East),
            Action::Up if self.focus == Focus::World => self.travel(Course::North),
            Action::Down if self.focus == Focus::World => self.travel(Course::South),
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
            Action::ZoomIn => return self.zoom(false),
            Action::ZoomOut => return self.zoom(true),
            Action::Window => return self.ask_for_window(),
            Action::Earlier => return self.shift(true),
            Action::Later => return self.shift(false),
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

    fn answered(&mut self, answer: Answer) -> Reply {
        match answer {
            Answer::Written(Asked::Window, text) => self.set_window(&text),
            _ => Reply::Nothing,
        }
    }

    fn mouse(&mut self, mouse: Mouse, column: u16, line: u16) -> Reply {
        match mouse {
            Mouse::ScrollDown => self.step(3),
            Mouse::ScrollUp => self.step(-3),
            Mouse::Click => self.click(Position { x: column, y: line }),
        }
        Reply::Nothing
    }

    fn desk(&mut self, event: desk::Event, now: Seconds) -> Reply {
        self.now = now;
        match event {
            desk::Event::Origins(counted) if counted.question == self.number => {
                self.network = self.network.min(counted.networks.len().saturating_sub(1));
                self.counted = Some(counted);
            }
            desk::Event::Changed => return Reply::Do(self.ask()),
            _ => {}
        }
        Reply::Nothing
    }

    fn visit(&mut self, query: &str) -> Reply {
        self.subject.visit(query);
        Reply::Do(self.ask())
    }
}

impl Map {
    fn click(&mut self, at: Position) {
        let parts = draw::map_parts(self.size, self.focus);
        if parts.world.contains(at) {
            let (x, y) = (usize::from(at.x - parts.world.x), usize::from(at.y - parts.world.y) * 2);
            let place = self.world.country(x, y).or_else(|| self.world.country(x, y + 1));
            if let Some(territory) = place.and_then(|place| territories().get(place)) {
                self.chosen = Some(Some(territory.code.to_owned()));
            }
            self.focus = Focus::World;
        } else if parts.countries.contains(at) {
            let line = draw::country_at(self, parts.countries, at);
            if let Some(country) = line.and_then(|line| self.countries().get(line)) {
                self.chosen = Some(country.code.clone());
            }
            self.focus = Focus::Countries;
        } else if parts.networks.contains(at) {
            self.network = draw::network_at(self, parts.networks, at).unwrap_or(self.network);
            self.focus = Focus::Networks;
        }
        self.lay_out();
    }
}
