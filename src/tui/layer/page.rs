//! Text to read: help, errors. Scrolls, and closes by any key that means back.

use super::{Answer, Reply};
use crate::keymap::Action;
use crate::text::{Showable, showable, showable_lines};
use crate::tui::reports::detail::broken;

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its heading.
    pub title: String,
    /// Its lines: a left part, such as a key, and a right one. A heading has no right part.
    pub lines: Vec<(Showable, Showable)>,
    /// The first line that is shown.
    pub first: usize,
    /// What Enter means, where something is done only after this was read.
    pub answer: Option<Answer>,
}

impl Page {
    /// Lines without a left part, those that are longer than so many columns broken.
    pub fn of_text<'a>(title: &str, text: impl Iterator<Item = &'a str>, columns: usize) -> Page {
        let mut lines = vec![];
        for line in text {
            let shown = showable_lines(line);
            lines.extend(
                broken(shown.as_str(), columns).into_iter().map(|piece| (showable(""), showable(piece))),
            );
        }
        Page { title: title.to_owned(), lines, first: 0, answer: None }
    }

    /// The same, to be read before this is done.
    pub fn leading_to(self, answer: Answer) -> Page {
        Page { answer: Some(answer), ..self }
    }

    /// Does what a key stands for, on a page of which so many lines are seen at most: the last of them is the end.
    pub(super) fn act(&mut self, action: Action, height: usize) -> Reply {
        // A line of the page before stays seen.
        let page = height.saturating_sub(1).max(1);
        let last = self.lines.len().saturating_sub(height);
        if let (Action::Open, Some(answer)) = (action, &self.answer) {
            return Reply::Chosen(Box::new(answer.clone()));
        }
        self.first = match action {
            Action::Down => self.first + 1,
            Action::Up => self.first.saturating_sub(1),
            Action::PageDown => self.first + page,
            Action::PageUp => self.first.saturating_sub(page),
            Action::HalfPageDown => self.first + page.div_ceil(2),
            Action::HalfPageUp => self.first.saturating_sub(page.div_ceil(2)),
            Action::First => 0,
            Action::Last => last,
            Action::Back | Action::Left | Action::Quit | Action::Help | Action::Open => return Reply::Close,
            _ => self.first,
        }
        .min(last);
        Reply::Nothing
    }
}
