//! The query bar: a line that is edited, checked at each key, and asked as long as it is right. A wrong one leaves the
//! last good answer on the screen.

use super::completion::{Word, correction};
use crate::keymap::Action;
use crate::model::clock::Seconds;
use crate::query::{self, Field, QueryError};
use crate::tui::layer::Editor;
use std::collections::HashSet;

/// Queries that the way back remembers.
const PAST: usize = 200;

/// State of the bar.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bar {
    /// The line while it is edited.
    pub editor: Option<Editor>,
    /// The query whose answer is shown.
    pub query: String,
    /// What is wrong with the line.
    pub error: Option<QueryError>,
    /// Words that the one at the cursor may become.
    pub proposals: Vec<String>,
    /// Which of them stands there.
    pub proposal: Option<usize>,
    /// Start of the word that is completed, in bytes.
    pub word: usize,
    /// The word whose values the desk was asked for.
    awaited: Option<Word>,
    /// Queries before this one, the last one last.
    past: Vec<String>,
    /// Where in them the person looks, while editing.
    looking: Option<usize>,
    before_editing: String,
}

impl Bar {
    /// With a query that stands already.
    pub fn new(query: &str) -> Bar {
        Bar { query: query.to_owned(), ..Bar::default() }
    }

    /// Queries of earlier times, which the way back remembers.
    pub fn recall(&mut self, past: Vec<String>) {
        self.past = past;
    }

    /// The queries that the way back remembers, and the one that stands: each once, where it stood last.
    pub fn past_and_present(&self) -> Vec<String> {
        distinct(self.past.iter().chain([&self.query]))
    }

    /// What stands in the bar.
    pub fn text(&self) -> &str {
        self.editor.as_ref().map_or(&self.query, Editor::text)
    }

    /// Begins to edit. A blank behind the query makes room for a further term.
    pub fn edit(&mut self) {
        self.before_editing.clone_from(&self.query);
        let blank = if self.query.is_empty() || self.query.ends_with(' ') { "" } else { " " };
        self.editor = Some(Editor::new(&format!("{}{blank}", self.query)));
        self.looking = None;
        self.forget_proposals();
    }

    /// Another query stands from now on; the one before is remembered.
    pub fn set(&mut self, query: &str) {
        if query != self.query {
            self.remember(self.query.clone());
            self.query = query.to_owned();
        }
        self.error = None;
        self.editor = None;
    }

    fn remember(&mut self, query: String) {
        if self.past.last() != Some(&query) {
            self.past.push(query);
        }
        if self.past.len() > PAST {
            self.past.remove(0);
        }
    }

    /// Back to the query before; whether there was one.
    pub fn back(&mut self) -> bool {
        match self.past.pop() {
            Some(query) => {
                self.query = query;
                self.error = None;
                true
            }
            None => false,
        }
    }

    /// Takes an editing key; whether the query changed and is right.
    pub fn act(&mut self, action: Action, now: Seconds) -> Edited {
        match action {
            Action::Accept => {
                if self.error.is_some() {
                    return Edited::Nothing;
                }
                let before = std::mem::take(&mut self.before_editing);
                if before != self.query {
                    self.remember(before);
                }
                self.query = self.query.trim().to_owned();
                self.editor = None;
                Edited::Closed
            }
            Action::Back => {
                self.editor = None;
                self.error = None;
                let before = std::mem::take(&mut self.before_editing);
                let changed = before != self.query;
                self.query = before;
                if changed { Edited::Ask } else { Edited::Closed }
            }
            Action::Complete => self.complete(now),
            Action::HistoryUp => self.look(-1, now),
            Action::HistoryDown => self.look(1, now),
            action => {
                let Some(editor) = &mut self.editor else { return Edited::Nothing };
                editor.act(action);
                self.forget_proposals();
                self.check(now)
            }
        }
    }

    /// Writes at the cursor.
    pub fn typed(&mut self, text: &str, now: Seconds) -> Edited {
        let Some(editor) = &mut self.editor else { return Edited::Nothing };
        editor.insert(text);
        self.forget_proposals();
        self.check(now)
    }

    fn check(&mut self, now: Seconds) -> Edited {
        let Some(editor) = &self.editor else { return Edited::Nothing };
        match query::parse(editor.text(), now) {
            Ok(_) => {
                self.error = None;
                if self.query.trim() == editor.text().trim() {
                    return Edited::Nothing;
                }
                self.query = editor.text().to_owned();
                Edited::Ask
            }
            Err(error) => {
                self.error = Some(error);
                Edited::Nothing
            }
        }
    }

    fn look(&mut self, by: isize, now: Seconds) -> Edited {
        // The way back goes through all of them; who looks for one wants to see it once.
        let past = distinct(self.past.iter().filter(|query| **query != self.before_editing));
        let at = self.looking.unwrap_or(past.len());
        let to = at.saturating_add_signed(by).min(past.len());
        let text = past.get(to).cloned().unwrap_or_else(|| self.before_editing.clone());
        self.looking = Some(to);
        self.editor = Some(Editor::new(&text));
        self.forget_proposals();
        self.check(now)
    }

    fn forget_proposals(&mut self) {
        self.proposals.clear();
        self.proposal = None;
        self.awaited = None;
    }

    /// The word at the cursor becomes the next proposal: names of fields, fixed words, or values that reports have.
    fn complete(&mut self, now: Seconds) -> Edited {
        let Some(editor) = &self.editor else { return Edited::Nothing };
        if self.proposal.is_none() {
            let before = editor.before_cursor();
            let word = Word::at_the_end_of(before);
            self.word = word.start;
            if let Some(field) = word.field_of_reports() {
                let prefix = word.typed.clone();
                self.awaited = Some(word);
                return Edited::Complete(field, prefix);
            }
            self.proposals = word.proposals();
            self.or_correction();
        }
        self.propose(now)
    }

    /// Values that the desk knows of a field. Those of a word that is no longer being completed are nothing.
    pub fn completed(&mut self, field: Field, prefix: &str, values: &[String], now: Seconds) -> Edited {
        let is_awaited = |word: &mut Word| word.field == Some(field) && word.typed == prefix;
        let Some(word) = self.awaited.take_if(is_awaited) else { return Edited::Nothing };
        self.proposals = word.proposals_with(values, now);
        self.or_correction();
        self.propose(now)
    }

    /// The names of the views are there.
    pub fn named(&mut self, views: &[String], now: Seconds) -> Edited {
        let Some(prefix) = self.awaited.as_ref().map(|word| word.typed.clone()) else {
            return Edited::Nothing;
        };
        let start = query::fold(&prefix);
        let views: Vec<String> =
            views.iter().filter(|name| query::fold(name).starts_with(&start)).cloned().collect();
        self.completed(Field::View, &prefix, &views, now)
    }

    fn or_correction(&mut self) {
        if let (true, Some(editor), Some(error)) = (self.proposals.is_empty(), &self.editor, &self.error) {
            self.proposals.extend(correction(error, editor.before_cursor(), self.word));
        }
    }

    /// The next proposal stands in the line.
    fn propose(&mut self, now: Seconds) -> Edited {
        let Some(editor) = &mut self.editor else { return Edited::Nothing };
        if self.proposals.is_empty() {
            return Edited::Nothing;
        }
        let next = self.proposal.map_or(0, |at| (at + 1) % self.proposals.len());
        let word = self.proposals.get(next).cloned().unwrap_or_default();
        let text = editor.text().to_owned();
        let after = text.get(editor.before_cursor().len()..).unwrap_or_default();
        let head = text.get(..self.word).unwrap_or_default();
        let cursor = head.chars().count() + word.chars().count();
        editor.set(&format!("{head}{word}{after}"), cursor);
        self.proposal = Some(next);
        self.check(now)
    }
}

/// Each of them once, where it stands last.
fn distinct<'q>(queries: impl DoubleEndedIterator<Item = &'q String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut distinct: Vec<String> = queries.rev().filter(|query| seen.insert(*query)).cloned().collect();
    distinct.reverse();
    distinct
}

/// What an editing key came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// Nothing to ask.
    Nothing,
    /// There is another right query.
    Ask,
    /// The values of a field that begin so are wanted.
    Complete(Field, String),
    /// Editing is over.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Seconds = 1_790_000_000;

    #[test]
    fn a_wrong_query_leaves_the_last_good_one() {
        let mut bar = Bar::new("wire");
        bar.edit();
        assert_eq!(bar.typed("kind:", NOW), Edited::Nothing);
        assert!(bar.error.is_some());
        assert_eq!(bar.query, "wire");
        assert_eq!(bar.typed("bounce", NOW), Edited::Ask);
        assert_eq!((bar.error.clone(), bar.query.as_str()), (None, "wire kind:bounce"));
        assert_eq!(bar.act(Action::Back, NOW), Edited::Ask);
        assert_eq!((bar.query.as_str(), bar.editor.is_none()), ("wire", true));
    }

    #[test]
    fn fields_and_values_are_completed_in_turn() {
        let mut bar = Bar::new("");
        bar.edit();
        bar.typed("co", NOW);
        bar.act(Action::Complete, NOW);
        let first = bar.text().to_owned();
        assert!(first.starts_with("co") && first.ends_with(':'), "{first}");
        bar.act(Action::Complete, NOW);
        assert_ne!(bar.text(), first);
        bar.editor = Some(Editor::new("has:u"));
        bar.typed("r", NOW);
        bar.act(Action::Complete, NOW);
        assert_eq!(bar.text(), "has:url");
    }

    #[test]
    fn fixed_words_complete_without_counts_and_what_is_wrong_is_put_right() {
        for (typed, completed) in [
            ("kind:b", "kind:bounce"),
            ("-delivery:rej", "-delivery:reject"),
            ("cause:own-", "cause:own-esp"),
            ("policy:unk", "policy:unknown"),
            ("kind:normal,auto", "kind:normal,auto-replied"),
            ("is:dis", "is:dismissed"),
            ("feedback:auth", "feedback:auth-failure"),
            ("wire kind:bnce", "wire kind:bounce"),
            ("contry:BR", "country:BR"),
        ] {
            let mut bar = Bar::new("");
            bar.edit();
            bar.typed(typed, NOW);
            if let Edited::Complete(field, prefix) = bar.act(Action::Complete, NOW) {
                bar.completed(field, &prefix, &[], NOW);
            }
            assert_eq!(bar.text(), completed);
            assert_eq!(bar.error, None);
        }
    }

    #[test]
    fn the_way_back_goes_through_accepted_queries() {
        let mut bar = Bar::new("one");
        bar.set("two");
        bar.edit();
        bar.typed("three", NOW);
        bar.act(Action::Accept, NOW);
        assert_eq!(bar.query, "two three");
        assert!(bar.back());
        assert_eq!(bar.query, "two");
        assert!(bar.back());
        assert_eq!(bar.query, "one");
        assert!(!bar.back());
    }

    #[test]
    fn earlier_queries_come_once_and_the_way_back_goes_through_all() {
        let mut bar = Bar::new("one");
        for query in ["two", "one", "two", "three", "two", "one"] {
            bar.set(query);
        }
        assert_eq!(bar.past_and_present(), ["three", "two", "one"]);
        bar.edit();
        let mut seen = vec![];
        for _ in 0..3 {
            bar.act(Action::HistoryUp, NOW);
            seen.push(bar.text().to_owned());
        }
        assert_eq!(seen, ["two", "three", "three"]);
        bar.act(Action::Back, NOW);
        for query in ["two", "three", "two", "one", "two", "one"] {
            assert!(bar.back());
            assert_eq!(bar.query, query);
        }
    }

    #[test]
    fn values_complete_the_word_they_were_asked_for_and_no_other() {
        let values = ["nordbank.example".to_owned(), "nord bank, inc".to_owned()];
        let mut bar = Bar::new("");
        bar.edit();
        bar.typed("-domain:nor", NOW);
        let asked = bar.act(Action::Complete, NOW);
        assert_eq!(asked, Edited::Complete(Field::Domain, "nor".to_owned()));
        assert_eq!(bar.completed(Field::Domain, "no", &values, NOW), Edited::Nothing);
        assert_eq!(bar.completed(Field::Domain, "nor", &values, NOW), Edited::Ask);
        assert_eq!(bar.text(), "-domain:nordbank.example");
        bar.act(Action::Complete, NOW);
        assert_eq!((bar.text(), &bar.error), ("-domain:\"nord bank, inc\"", &None));
        bar.act(Action::DeleteToStart, NOW);
        bar.typed("country:", NOW);
        bar.act(Action::Complete, NOW);
        bar.typed("B", NOW);
        assert_eq!(bar.completed(Field::Country, "", &["DE".to_owned()], NOW), Edited::Nothing);
        assert_eq!(bar.text(), "country:B");
    }
}
