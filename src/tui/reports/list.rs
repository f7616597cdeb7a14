//! The list: which line the cursor is on, which lines are to be seen, and those that are at hand. Lines come from the
//! desk; what is not at hand is asked for and drawn when it is there.

use crate::jobs::desk::{Line, Rows, Window};
use crate::model::ReportId;

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
    pub rows: Rows,
}

impl List {
    /// The line of this number, if it is at hand.
    pub fn line(&self, number: usize) -> Option<&Line> {
        self.rows.lines.get(number.checked_sub(self.rows.first)?)
    }

    /// The line of the cursor.
    pub fn current(&self) -> Option<&Line> {
        self.line(self.cursor)
    }

    /// The same, to show at once what the desk confirms a moment later.
    pub fn current_mut(&mut self) -> Option<&mut Line> {
        self.rows.lines.get_mut(self.cursor.checked_sub(self.rows.first)?)
    }

    /// The report of the cursor.
    pub fn id(&self) -> Option<ReportId> {
        self.current().map(|line| line.row().id)
    }

    /// Moves the cursor by so many lines.
    pub fn step(&mut self, by: isize) {
        self.go_to(self.cursor.saturating_add_signed(by));
    }

    /// Moves the cursor to a line, and what is seen with it.
    pub fn go_to(&mut self, line: usize) {
        self.cursor = line.min(self.length.saturating_sub(1));
        self.scroll();
    }

    /// Half a screen.
    pub fn half(&self) -> isize {
        (self.height / 2).max(1) as isize
    }

    /// A screen, with a line of the old one left to be seen.
    pub fn page(&self) -> isize {
        self.height.saturating_sub(1).max(1) as isize
    }

    /// Keeps the cursor where it is seen.
    pub fn scroll(&mut self) {
        if self.height == 0 {
            self.top = self.cursor;
            return;
        }
        let highest = self.length.saturating_sub(self.height);
        self.top = self.top.clamp((self.cursor + 1).saturating_sub(self.height), self.cursor).min(highest);
    }

    /// The lines that should be at hand.
    pub fn window(&self) -> Window {
        let reach = self.height.max(1) * SCREENS;
        Window::At { first: self.top.saturating_sub(reach), count: self.count() }
    }

    fn count(&self) -> usize {
        self.height.max(1) * (1 + 2 * SCREENS)
    }

    /// The lines that are seen: an answer brings no more, since the others may lie all over the database and nobody
    /// wants to wait for them.
    pub fn seen(&self) -> Window {
        Window::At { first: self.top, count: self.height.max(1) }
    }

    /// The same, with the report of the cursor kept on its line of the screen; where the head of the list is seen, with
    /// as much of what comes in above as there is room for.
    pub fn seen_around(&self) -> Window {
        let height = self.height.max(1);
        match self.id() {
            Some(id) if self.top == 0 => {
                Window::Around { id, offset: height - 1, count: 2 * height, first: 0 }
            }
            Some(id) => Window::Around {
                id,
                offset: self.cursor.saturating_sub(self.top),
                count: height,
                first: self.top,
            },
            None => self.seen(),
        }
    }

    /// Whether lines that are seen, or next to them, are not at hand.
    pub fn lacks(&self) -> bool {
        let end = (self.top + 2 * self.height.max(1)).min(self.length);
        let start = self.top.saturating_sub(self.height.max(1));
        start < self.rows.first || end > self.rows.first + self.rows.lines.len()
    }

    /// Takes the lines of an answer. With `keep`, the cursor stays on its report where that is among them, and on its
    /// line of the screen; but who sees the head of the list goes on seeing it as long as the cursor is seen with it.
    pub fn answer(&mut self, length: usize, rows: Rows, keep: Option<ReportId>) {
        self.length = length;
        let place = keep.and_then(|id| rows.lines.iter().position(|line| line.row().id == id));
        if let Some(place) = place {
            let line = rows.first + place;
            let above = self.cursor.saturating_sub(self.top);
            self.cursor = line;
            self.top = if self.top == 0 && line < self.height { 0 } else { line.saturating_sub(above) };
        }
        self.rows = rows;
        self.go_to(self.cursor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cursor_is_always_seen(length in 0usize..200, height in 0usize..40, steps in prop::collection::vec(-60isize..60, 0..30)) {
            let mut list = List { length, height, ..List::default() };
            for step in steps {
                list.step(step);
                prop_assert!(list.cursor < length.max(1));
                prop_assert!(list.top <= list.cursor);
                prop_assert!(height == 0 || list.cursor < list.top + height);
            }
        }
    }
}
