//! The list of URLs: which line the cursor is on, which lines are to be seen, and those that are at hand.

use crate::jobs::desk::{UrlLine, UrlRows, UrlWindow};

/// Screens of lines at hand above and below, so that a step never waits.
const SCREENS: usize = 2;

/// State of the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List {
    /// Lines in all.
    pub length: usize,
    /// The line of the cursor, from 0.
    pub cursor: usize,
    /// The first line that is to be seen.
    pub top: usize,
    /// Lines that fit.
    pub height: usize,
    /// Lines at hand.
    pub rows: UrlRows,
}

impl List {
    /// The line of this number, if it is at hand.
    pub fn line(&self, number: usize) -> Option<&UrlLine> {
        self.rows.lines.get(number.checked_sub(self.rows.first)?)
    }

    /// The line of the cursor.
    pub fn current(&self) -> Option<&UrlLine> {
        self.line(self.cursor)
    }

    /// Moves the cursor to a line, and what is seen with it.
    pub fn go_to(&mut self, line: usize) {
        self.cursor = line.min(self.length.saturating_sub(1));
        let highest = self.length.saturating_sub(self.height.max(1));
        let lowest = (self.cursor + 1).saturating_sub(self.height.max(1));
        self.top = self.top.clamp(lowest, self.cursor).min(highest);
    }

    /// Moves the cursor by so many lines.
    pub fn step(&mut self, by: isize) {
        self.go_to(self.cursor.saturating_add_signed(by));
    }

    /// The lines that are seen: an answer brings no more.
    pub fn seen(&self) -> UrlWindow {
        UrlWindow { first: self.top, count: self.height.max(1) }
    }

    /// The lines that should be at hand.
    pub fn window(&self) -> UrlWindow {
        let height = self.height.max(1);
        UrlWindow { first: self.top.saturating_sub(height * SCREENS), count: height * (1 + 2 * SCREENS) }
    }

    /// Whether lines that are seen, or next to them, are not at hand.
    pub fn lacks(&self) -> bool {
        let height = self.height.max(1);
        let end = (self.top + 2 * height).min(self.length);
        self.top.saturating_sub(height) < self.rows.first || end > self.rows.first + self.rows.lines.len()
    }

    /// Takes the lines of an answer. The cursor stays on its URL where that is among them.
    pub fn answer(&mut self, length: usize, rows: UrlRows) {
        let entry = |line: &UrlLine| match line {
            UrlLine::Url { entry, .. } => Some(*entry),
            UrlLine::Group { .. } => None,
        };
        let kept = self.current().and_then(entry);
        let place = rows.lines.iter().position(|line| kept.is_some() && entry(line) == kept);
        if let Some(place) = place {
            let above = self.cursor.saturating_sub(self.top);
            self.cursor = rows.first + place;
            self.top = self.cursor.saturating_sub(above);
        }
        (self.length, self.rows) = (length, rows);
        self.go_to(self.cursor);
    }
}
