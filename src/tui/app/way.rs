//! The way through the screens: on to one, and back to those before it, each once, until Reports. Knows nothing of what
//! they show.

use super::App;
use crate::keymap::{Action, Mode};
use crate::tui::event::Effect;
use crate::tui::screens::ScreenName;

impl App {
    /// The screen to which this leads back out of Reports, when nothing else is open there that it would close.
    pub fn leads_back(&self, action: Action) -> Option<ScreenName> {
        let reports = &self.reports;
        let is_outermost = match action {
            Action::Leave => !reports.is_inside_a_group(),
            _ => {
                self.screen_mode() == Mode::Reports
                    && !reports.runs_commands()
                    && reports.range.is_none()
                    && reports.groups.is_none()
                    && !reports.detail.shown
                    && !reports.is_inside_a_group()
            }
        };
        self.led_here.filter(|_| self.shown == ScreenName::Reports && is_outermost)
    }

    /// On to this screen.
    pub(super) fn show(&mut self, name: ScreenName) -> Vec<Effect> {
        if name == self.shown {
            return vec![];
        }
        self.before.retain(|before| *before != name);
        self.before.push(std::mem::replace(&mut self.shown, name));
        self.enter()
    }

    /// Back to this screen: those that came after it are no longer on the way.
    pub(super) fn return_to(&mut self, name: ScreenName) -> Vec<Effect> {
        while self.before.pop().is_some_and(|before| before != name) {}
        self.shown = name;
        self.enter()
    }

    /// Tells the screen that is shown which query stands.
    pub(super) fn enter(&mut self) -> Vec<Effect> {
        let (query, now) = (self.reports.bar.query.clone(), self.now);
        self.screen(self.shown).enter(&query, now)
    }
}
