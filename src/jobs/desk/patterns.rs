//! What bursts, for the screen Patterns: looked for when nothing else waits, so that a question about reports never
//! waits for it. Knows nothing of how patterns are found.

use super::answers::{Answers, Base, Halt};
use super::charts::newest;
use super::event::Event;
use super::questions::not_loaded;
use crate::index::{Cancel, Index, Part};
use crate::jobs::find::FindError;
use crate::jobs::patterns::{LEAST, PatternError, Scope, find};
use crate::model::clock::{self, Seconds};
use crate::model::{Pattern, Span};
use crate::query::QueryError;
use std::time::{Duration, Instant};

/// A question about patterns; the later one wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternsQuestion {
    /// Its number; the answer bears it.
    pub number: u64,
    /// Among which reports; a bound on the time is the window.
    pub query: String,
}

/// What bursts.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternsFound {
    /// Whose answer.
    pub question: u64,
    /// The patterns, the most remarkable first; or what is wrong with the query.
    pub patterns: Result<Vec<Pattern>, QueryError>,
    /// Which time was looked at.
    pub span: Span,
    /// The query looks into messages, which was not done.
    pub left_out_text: bool,
    /// Where there are none: when the newest report came among which they were looked for.
    pub newest: Option<Seconds>,
    /// How long it took.
    pub took: Duration,
}

/// A question on its way to being answered.
pub(super) struct Bursting {
    question: PatternsQuestion,
    waits: bool,
}

impl Bursting {
    pub(super) fn new(question: PatternsQuestion) -> Bursting {
        Bursting { question, waits: false }
    }

    pub(super) fn is_due(&self) -> bool {
        !self.waits
    }

    /// Columns came.
    pub(super) fn resume(&mut self) {
        self.waits = false;
    }
}

impl Answers<'_> {
    /// Answers the question about patterns.
    pub(super) fn burst(&mut self) -> Result<(), Halt> {
        let Some(bursting) = self.bursting.take() else { return Ok(()) };
        let answered = self.answer_about_patterns(&bursting.question);
        match answered {
            // Again when the columns are there, or when what came in between is answered.
            Err(Halt::Loading | Halt::Store(_)) => self.bursting = Some(Bursting { waits: true, ..bursting }),
            Err(Halt::Superseded) => self.bursting = Some(bursting),
            _ => {}
        }
        answered
    }

    /// Looks into some reports ahead of a question about a longer window.
    pub(super) fn learn_of_patterns(&mut self) -> Result<(), Halt> {
        self.patterns_to_learn = false;
        let Base { index, values, .. } = self.base()?;
        let has_more = index.learn_patterns(values, &Cancel::never());
        self.patterns_to_learn = has_more.map_err(not_loaded)?;
        Ok(())
    }

    fn answer_about_patterns(&mut self, question: &PatternsQuestion) -> Result<(), Halt> {
        let now = clock::now();
        let filter = match self.filter(&question.query) {
            Ok(filter) => filter,
            Err(FindError::Store(error)) => return Err(error.into()),
            Err(FindError::Query(error)) => {
                self.shared.tell(Event::Patterns(Box::new(PatternsFound {
                    question: question.number,
                    patterns: Err(error),
                    span: Span::new(now, now),
                    left_out_text: false,
                    newest: None,
                    took: Duration::ZERO,
                })));
                return Ok(());
            }
            Err(error) => {
                self.shared.fail(format!("The query cannot be understood: {error}"));
                return Ok(());
            }
        };
        let scope = Scope::of(&filter.without_text(), now);
        let mut parts = Index::parts_for_patterns();
        parts.extend(Part::of_filter(&scope.among));
        self.need(&parts)?;
        let start = Instant::now();
        let cancel = self.shared.begin_aside();
        let Base { index, store, values, .. } = self.base()?;
        let scope = scope.known_to(index);
        let among = index.select(&scope.among, &Cancel::never()).map_err(not_loaded)?;
        let patterns = match find(index, store, &among, &scope, LEAST, values, &cancel) {
            Ok(patterns) => patterns,
            Err(PatternError::Store(error)) => return Err(error.into()),
            Err(PatternError::Stopped(stopped)) => return Err(self.halted(stopped)),
        };
        self.patterns_to_learn = true;
        let Base { index, store, .. } = self.base()?;
        let newest = if patterns.is_empty() { newest(index, store, &among)? } else { None };
        self.shared.tell(Event::Patterns(Box::new(PatternsFound {
            question: question.number,
            patterns: Ok(patterns),
            span: scope.span,
            left_out_text: filter.has_text(),
            newest,
            took: start.elapsed(),
        })));
        Ok(())
    }
}
