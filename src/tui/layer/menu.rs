//! One of several: by cursor, or by the letter before each.

use super::{Answer, Reply};
use crate::keymap::Action;
use crate::text::{Showable, showable};

/// One line of a menu.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The letter that chooses it.
    pub letter: Option<char>,
    /// What it is.
    pub text: Showable,
    /// What stands at the right: a count, a value.
    pub note: Showable,
    /// What it answers.
    pub answer: Answer,
    /// A switch: whether it is on.
    pub switch: Option<bool>,
    /// What it answers when it is to be removed.
    pub remove: Option<Answer>,
}

impl Choice {
    /// A line that is chosen: by this letter, with this at the right.
    pub fn new(letter: Option<char>, text: &str, note: &str, answer: Answer) -> Choice {
        Choice { letter, text: showable(text), note: showable(note), answer, switch: None, remove: None }
    }
}

/// A menu.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// Its heading.
    pub title: String,
    /// Its lines.
    pub choices: Vec<Choice>,
    /// Where the cursor is.
    pub cursor: usize,
}

impl Menu {
    /// A menu with the cursor on its first line.
    pub fn new(title: &str, choices: Vec<Choice>) -> Menu {
        Menu { title: title.to_owned(), choices, cursor: 0 }
    }

    /// Its lines are turned on and off, and it stays open meanwhile.
    pub fn has_switches(&self) -> bool {
        self.choices.iter().any(|choice| choice.switch.is_some())
    }

    /// One of its lines is chosen by this letter.
    pub fn has_letter(&self, letter: char) -> bool {
        self.choices.iter().any(|choice| choice.letter == Some(letter))
    }

    /// Does what a key stands for, in a menu of which so many lines are seen at most.
    pub(super) fn act(&mut self, action: Action, height: usize) -> Reply {
        let last = self.choices.len().saturating_sub(1);
        let page = height.saturating_sub(1).max(1);
        match action {
            Action::Down => self.cursor = if self.cursor >= last { 0 } else { self.cursor + 1 },
            Action::Up => self.cursor = self.cursor.checked_sub(1).unwrap_or(last),
            Action::PageDown => self.cursor = (self.cursor + page).min(last),
            Action::PageUp => self.cursor = self.cursor.saturating_sub(page),
            Action::HalfPageDown => self.cursor = (self.cursor + page.div_ceil(2)).min(last),
            Action::HalfPageUp => self.cursor = self.cursor.saturating_sub(page.div_ceil(2)),
            Action::First => self.cursor = 0,
            Action::Last => self.cursor = last,
            Action::Open | Action::Right => return self.choose(self.cursor),
            Action::Toggle if self.has_switches() => return self.choose(self.cursor),
            Action::Remove => {
                let removed = self.choices.get(self.cursor).and_then(|choice| choice.remove.clone());
                return removed.map_or(Reply::Nothing, |answer| Reply::Chosen(Box::new(answer)));
            }
            Action::Back | Action::Left | Action::Quit | Action::Help => return Reply::Close,
            _ => {}
        }
        Reply::Nothing
    }

    pub(super) fn typed(&mut self, text: &str) -> Reply {
        let letter = text.chars().next();
        match self.choices.iter().position(|choice| choice.letter.is_some() && choice.letter == letter) {
            Some(found) => self.choose(found),
            None => Reply::Nothing,
        }
    }

    fn choose(&mut self, at: usize) -> Reply {
        let Some(choice) = self.choices.get_mut(at) else { return Reply::Close };
        Reply::Chosen(Box::new(choice.answer.clone()))
    }
}
