//! Text to read beside a list: parts with titles, broken into lines that fit, scrolled. Knows not what it is about.

use super::reports::detail::{broken, defanged};
use crate::keymap::Action;
use crate::text::{Showable, showable, showable_lines};

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its title.
    pub title: &'static str,
    /// Its text, as whoever wrote it.
    pub text: String,
    /// URLs in it are defanged until a person wants to see them as they are.
    pub defang: bool,
}

/// State of the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pane {
    parts: Vec<Part>,
    part: usize,
    top: usize,
    size: (usize, usize),
    is_revealed: bool,
    /// The part at hand as it is shown. It may have a megabyte, too much to be made anew for every frame.
    lines: Vec<Showable>,
}

impl Pane {
    /// Other parts. The same one of them is shown; from its top where it is about something else.
    pub fn show(&mut self, parts: Vec<Part>, is_same: bool) {
        if parts == self.parts {
            return;
        }
        self.parts = parts;
        self.part = self.part.min(self.parts.len().saturating_sub(1));
        if !is_same {
            self.top = 0;
        }
        self.lay_out();
    }

    /// Columns and lines that fit are these from now on.
    pub fn resize(&mut self, size: (usize, usize)) {
        let is_wide_as_before = self.size.0 == size.0;
        self.size = size;
        if is_wide_as_before {
            self.step(0);
        } else {
            self.lay_out();
        }
    }

    /// Shows URLs as they are, or defanged again.
    pub fn reveal(&mut self) {
        self.is_revealed = !self.is_revealed;
        self.lay_out();
    }

    /// URLs are shown as they are.
    pub fn is_revealed(&self) -> bool {
        self.is_revealed
    }

    /// Another part, round and round.
    pub fn turn(&mut self, forwards: bool) {
        let count = self.parts.len().max(1);
        self.part = if forwards { (self.part + 1) % count } else { (self.part + count - 1) % count };
        self.top = 0;
        self.lay_out();
    }

    /// Scrolls by so many lines.
    pub fn step(&mut self, by: isize) {
        let last = self.lines.len().saturating_sub(self.size.1.max(1));
        self.top = self.top.saturating_add_signed(by).min(last);
    }

    /// Does what keys stand for while it is read; whether it was one of those.
    pub fn act(&mut self, action: Action) -> bool {
        // A line of the old page is left to be seen.
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
            Action::NextPart | Action::Right => self.turn(true),
            Action::PreviousPart | Action::Left => self.turn(false),
            _ => return false,
        }
        true
    }

    /// The titles of the parts, and which of them is shown.
    pub fn titles(&self) -> (Vec<&'static str>, usize) {
        (self.parts.iter().map(|part| part.title).collect(), self.part)
    }

    /// The part that is shown.
    pub fn part(&self) -> Option<&Part> {
        self.parts.get(self.part)
    }

    /// The lines of the part that is shown.
    pub fn lines(&self) -> &[Showable] {
        &self.lines
    }

    /// The first of them that is seen.
    pub fn top(&self) -> usize {
        self.top
    }

    fn lay_out(&mut self) {
        /// On a narrower screen nothing is shown, and a megabyte one sign wide would be a hundred.
        const LEAST: usize = 20;
        self.lines.clear();
        if let Some(part) = self.parts.get(self.part).filter(|_| self.size.0 > 0) {
            let columns = self.size.0.max(LEAST);
            let is_defanged = part.defang && !self.is_revealed;
            let text =
                if is_defanged { showable_lines(&defanged(&part.text)) } else { showable_lines(&part.text) };
            let pieces = text.as_str().split('\n').flat_map(|line| broken(line, columns));
            self.lines.extend(pieces.map(showable));
        }
        self.step(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(text: &str) -> Pane {
        let mut pane = Pane::default();
        pane.resize((30, 4));
        let part = |title, text: &str| Part { title, text: text.to_owned(), defang: true };
        pane.show(vec![part("message", text), part("mails", "1\n2")], false);
        pane
    }

    #[test]
    fn urls_are_defanged_until_they_are_to_be_seen() {
        let mut pane = pane("see http://evil.example/a\r\nend");
        assert!(!pane.lines().concat_text().contains("http://evil.example"));
        pane.reveal();
        assert!(pane.lines().concat_text().contains("http://evil.example/a"));
    }

    #[test]
    fn the_last_line_can_be_reached_and_nothing_behind_it() {
        let mut pane = pane(&"line\n".repeat(40));
        pane.step(isize::MAX);
        assert_eq!(pane.top(), pane.lines().len() - 4);
        pane.turn(true);
        assert_eq!((pane.top(), pane.titles().1), (0, 1));
        pane.turn(true);
        assert_eq!(pane.titles().1, 0);
    }

    trait Text {
        fn concat_text(&self) -> String;
    }

    impl Text for [Showable] {
        fn concat_text(&self) -> String {
            self.iter().map(Showable::as_str).collect()
        }
    }
}
