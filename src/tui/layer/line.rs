//! A line that a person writes: a reason, a tag, a file name. The query bar edits by the same [`Editor`].

use super::{Answer, Asked, Reply};
use crate::config::values;
use crate::jobs::contacts;
use crate::jobs::desk::{Facet, Request};
use crate::keymap::Action;
use crate::model::contact_address;
use crate::tui::app::Tone;
use crate::tui::event::Effect;
use crate::tui::map::window;
use tui_input::{Input, InputRequest};

/// A line of text with a cursor.
#[derive(Debug, Clone, Default)]
pub struct Editor(Input);

impl PartialEq for Editor {
    fn eq(&self, other: &Editor) -> bool {
        self.text() == other.text() && self.0.cursor() == other.0.cursor()
    }
}

impl Editor {
    /// This text, the cursor behind it.
    pub fn new(text: &str) -> Editor {
        Editor(Input::new(text.to_owned()))
    }

    /// What stands there.
    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// Characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.0.cursor()
    }

    /// What stands before the cursor.
    pub fn before_cursor(&self) -> &str {
        let end = self.text().char_indices().nth(self.cursor()).map_or(self.text().len(), |(at, _)| at);
        self.text().get(..end).unwrap_or_default()
    }

    /// Puts other text there, the cursor behind so many characters.
    pub fn set(&mut self, text: &str, cursor: usize) {
        self.0 = Input::new(text.to_owned()).with_cursor(cursor);
    }

    /// Writes at the cursor.
    pub fn insert(&mut self, text: &str) {
        let before = self.before_cursor().to_owned();
        let after = self.text().get(before.len()..).unwrap_or_default();
        let cursor = self.cursor() + text.chars().count();
        let whole = format!("{before}{text}{after}");
        self.set(&whole, cursor);
    }

    /// Does what editing keys stand for; whether it was one.
    pub fn act(&mut self, action: Action) -> bool {
        let request = match action {
            Action::CursorLeft => InputRequest::GoToPrevChar,
            Action::CursorRight => InputRequest::GoToNextChar,
            Action::WordLeft => InputRequest::GoToPrevWord,
            Action::WordRight => InputRequest::GoToNextWord,
            Action::LineStart => InputRequest::GoToStart,
            Action::LineEnd => InputRequest::GoToEnd,
            Action::DeleteBack => InputRequest::DeletePrevChar,
            Action::DeleteForward => InputRequest::DeleteNextChar,
            Action::DeleteWord => InputRequest::DeletePrevWord,
            Action::DeleteToEnd => InputRequest::DeleteTillEnd,
            Action::DeleteToStart => {
                let after = self.text().get(self.before_cursor().len()..).unwrap_or_default().to_owned();
                self.set(&after, 0);
                return true;
            }
            _ => return false,
        };
        self.0.handle(request);
        true
    }
}

impl Asked {
    /// Whether the line is an answer; why not.
    fn takes(&self, text: &str) -> Result<(), String> {
        match self {
            // One that was given when blanks were still allowed can be taken away.
            Asked::Tag(_) if !text.starts_with('-') => values::tag(text).map(drop),
            Asked::ViewName => values::name(text).map(drop),
            Asked::Window => window::understood(text).map(drop),
            Asked::Number(count) if text.parse() != Ok(*count) => {
                Err(format!("That is not {count}: nothing is approved yet. Leaving this leaves it so."))
            }
            Asked::SourceContact(_) if text.is_empty() => Ok(()),
            Asked::Recipient(_) | Asked::Contact(_) | Asked::SourceContact(_)
                if !contact_address(text).is_some_and(|(_, address)| address.contains('@')) =>
            {
                Err(format!("'{text}' is no mail address; one looks like abuse@example.net."))
            }
            Asked::WhomToTell => contacts::spoken(text, 0, "").map(drop),
            _ => Ok(()),
        }
    }
}

/// A question that is answered by a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What is asked.
    pub asked: Asked,
    /// The question, in front of the line.
    pub title: String,
    /// The line.
    pub editor: Editor,
    /// What stood there at first.
    proposal: String,
    /// What was answered to the same question before, the last one last, and at which of them the person is.
    past: Vec<String>,
    looking: Option<usize>,
    /// What the word may become.
    proposals: Vec<String>,
    /// An empty line is an answer, too.
    pub may_be_empty: bool,
    /// What a person should read before answering; may be empty.
    pub explanation: String,
}

impl Line {
    /// A question with a proposal for the answer.
    pub fn new(asked: Asked, title: &str, proposal: &str, may_be_empty: bool) -> Line {
        Line {
            asked,
            title: title.to_owned(),
            editor: Editor::new(proposal),
            proposal: proposal.to_owned(),
            past: vec![],
            looking: None,
            proposals: vec![],
            may_be_empty,
            explanation: String::new(),
        }
    }

    /// What was answered before can be gone through.
    pub fn recall(&mut self, past: Vec<String>) {
        self.past = past;
    }

    /// There is something to go through.
    pub fn has_past(&self) -> bool {
        !self.past.is_empty()
    }

    /// Its word can be completed.
    pub fn completes(&self) -> bool {
        matches!(self.asked, Asked::Tag(_))
    }

    /// Tags that begin so.
    pub fn completed(&mut self, prefix: &str, tags: &[String]) {
        if self.completes() && self.tag().1 == prefix {
            self.proposals = tags.to_vec();
            self.propose();
        }
    }

    /// The minus that takes a tag away, and the tag as far as it is written.
    fn tag(&self) -> (&'static str, &str) {
        self.editor.text().strip_prefix('-').map_or(("", self.editor.text()), |tag| ("-", tag))
    }

    /// The proposal behind the one that stands there.
    fn propose(&mut self) {
        let (sign, tag) = self.tag();
        let at = self.proposals.iter().position(|proposal| proposal == tag);
        let next = at.map_or(0, |at| (at + 1) % self.proposals.len());
        if let Some(proposal) = self.proposals.get(next) {
            self.editor = Editor::new(&format!("{sign}{proposal}"));
        }
    }

    fn complete(&mut self) -> Reply {
        let tag = self.tag().1;
        if self.proposals.iter().any(|proposal| proposal == tag) {
            self.propose();
            return Reply::Nothing;
        }
        let request = Request::Complete { facet: Facet::Tag, prefix: tag.to_owned() };
        Reply::Do(vec![Effect::Desk(request)])
    }

    fn look(&mut self, by: isize) {
        let at = self.looking.unwrap_or(self.past.len());
        let to = at.saturating_add_signed(by).min(self.past.len());
        self.looking = Some(to);
        self.editor = Editor::new(self.past.get(to).unwrap_or(&self.proposal));
    }

    /// The same, with something to read above the line.
    pub fn explained(self, explanation: String) -> Line {
        Line { explanation, ..self }
    }

    pub(super) fn act(&mut self, action: Action) -> Reply {
        match action {
            Action::Back => {
                self.editor = Editor::new(&self.proposal);
                Reply::Close
            }
            Action::HistoryUp | Action::HistoryDown => {
                self.look(if action == Action::HistoryUp { -1 } else { 1 });
                Reply::Nothing
            }
            Action::Complete if self.completes() => self.complete(),
            Action::Accept => {
                let text = self.editor.text().trim().to_owned();
                if text.is_empty() && !self.may_be_empty {
                    return Reply::Close;
                }
                if let Err(sentence) = self.asked.takes(&text) {
                    return Reply::Say(Tone::Wrong, sentence);
                }
                Reply::Chosen(Box::new(Answer::Written(self.asked.clone(), text)))
            }
            action => {
                self.editor.act(action);
                Reply::Nothing
            }
        }
    }

    pub(super) fn typed(&mut self, text: &str) -> Reply {
        self.editor.insert(text);
        Reply::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_in_where_the_cursor_is() {
        let mut editor = Editor::new("a帐c");
        editor.act(Action::CursorLeft);
        editor.insert("b\u{e9}");
        assert_eq!((editor.text(), editor.before_cursor()), ("a帐b\u{e9}c", "a帐b\u{e9}"));
        editor.act(Action::DeleteToStart);
        assert_eq!((editor.text(), editor.cursor()), ("c", 0));
        editor.act(Action::DeleteBack);
        assert_eq!(editor.text(), "c");
    }
}
