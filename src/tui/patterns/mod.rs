//! The screen Patterns: what bursts, a line each, and everything about the one under the cursor. It asks the desk and
//! never waits for it.

mod screen;

use super::event::Effect;
use super::layer::{Answer, Asked, Line, Reply};
use super::reports::bar::Bar;
use super::reports::{hint, say};
use super::screens::ScreenName;
use crate::jobs::desk::{Act, PatternsFound, PatternsQuestion, PlanOf, Request, Target};
use crate::model::clock::Seconds;
use crate::model::{Dimension, Pattern};
use crate::query::{self, Filter};
use crate::text::{cut, pattern_name, thousands};

/// The windows that the zoom goes through, as `since:` takes them; a day at first.
const WINDOWS: [&str; 5] = ["6h", "1d", "2d", "7d", "30d"];
const USUAL_WINDOW: usize = 1;

/// State of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Patterns {
    /// Among which reports patterns are looked for.
    pub bar: Bar,
    /// What bursts, the last time that it was looked for.
    pub found: Option<Box<PatternsFound>>,
    /// It is being looked for.
    pub is_looking: bool,
    /// Something has changed since it was asked for.
    is_stale: bool,
    /// Only what the time before had nothing of.
    pub only_new: bool,
    /// The line of the cursor.
    pub cursor: usize,
    /// The first line that is seen.
    pub top: usize,
    window: usize,
    /// Lines for the list.
    height: usize,
    number: u64,
    now: Seconds,
}

impl Patterns {
    /// Before anything was asked.
    pub fn new(now: Seconds) -> Patterns {
        Patterns {
            bar: Bar::default(),
            found: None,
            is_looking: false,
            is_stale: false,
            only_new: false,
            cursor: 0,
            top: 0,
            window: USUAL_WINDOW,
            height: 0,
            number: 0,
            now,
        }
    }

    /// The lines of the list.
    pub fn lines(&self) -> Vec<&Pattern> {
        let found = self.found.iter().filter_map(|found| found.patterns.as_ref().ok()).flatten();
        found.filter(|pattern| pattern.is_new() || !self.only_new).collect()
    }

    /// The pattern under the cursor.
    pub fn current(&self) -> Option<&Pattern> {
        self.lines().get(self.cursor).copied()
    }

    /// The whole question: a query that bounds the time has its own window, and messages are not looked into.
    pub fn question(&self) -> String {
        let window = WINDOWS.get(self.window).copied().unwrap_or(WINDOWS[USUAL_WINDOW]);
        let window = query::parse(&format!("since:{window}"), self.now).unwrap_or_default();
        match self.filter() {
            filter if filter.has_text() => {
                let among = filter.without_text();
                if self.bounds_the_time() { among } else { window.and(among) }.to_string()
            }
            // As it was written.
            _ if self.bounds_the_time() => self.bar.query.clone(),
            filter => window.and(filter).to_string(),
        }
    }

    /// Whether the query says something about messages, which is left out; a view that it names may.
    pub fn leaves_out_text(&self) -> bool {
        self.filter().has_text() || self.found.as_ref().is_some_and(|found| found.left_out_text)
    }

    /// Whether the query has its own window.
    pub fn bounds_the_time(&self) -> bool {
        self.filter().fields().iter().any(|field| field.is_time())
    }

    /// Whether there is a longer window.
    pub fn has_longer(&self) -> bool {
        !self.bounds_the_time() && self.window + 1 < WINDOWS.len()
    }

    /// Only a query that can be read stands in the bar.
    fn filter(&self) -> Filter {
        query::parse(&self.bar.query, self.now).unwrap_or_default()
    }

    fn ask(&mut self) -> Vec<Effect> {
        self.number += 1;
        (self.is_looking, self.is_stale) = (true, false);
        let question = PatternsQuestion { number: self.number, query: self.question() };
        vec![Effect::Desk(Request::Patterns(question))]
    }

    /// Takes an answer; the cursor stays on its pattern while that is there.
    fn take(&mut self, found: PatternsFound) {
        if found.question != self.number {
            return;
        }
        self.is_looking = false;
        match &found.patterns {
            // While another one is written, what is wrong with that is said.
            _ if self.bar.editor.is_some() => {}
            Ok(_) => self.bar.error = None,
            Err(error) => self.bar.error = Some(error.clone()),
        }
        if found.patterns.is_err() {
            // What was found before stays to be looked at.
            return;
        }
        let name = |pattern: &Pattern| (pattern.dimension, pattern.value.clone());
        let before: Option<(Dimension, String)> = self.current().map(name);
        self.found = Some(Box::new(found));
        let place = before.and_then(|before| self.lines().iter().position(|pattern| name(pattern) == before));
        self.go_to(place.unwrap_or(self.cursor));
    }

    fn go_to(&mut self, line: usize) {
        self.cursor = line.min(self.lines().len().saturating_sub(1));
        let height = self.height.max(1);
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height));
    }

    fn step(&mut self, by: isize) {
        self.go_to(self.cursor.saturating_add_signed(by));
    }

    /// A longer or a shorter window.
    fn zoom(&mut self, by: isize) -> Reply {
        if self.bounds_the_time() {
            return hint("The query bounds the time itself; {query} changes it.");
        }
        let wanted = self.window.saturating_add_signed(by).min(WINDOWS.len() - 1);
        if wanted == self.window {
            return say(if by > 0 { "This is the longest window." } else { "This is the shortest window." });
        }
        self.window = wanted;
        Reply::Do(self.ask())
    }

    fn open(&self) -> Reply {
        match self.current() {
            Some(pattern) => Reply::Visit(ScreenName::Reports, pattern.query.clone()),
            None => Reply::Nothing,
        }
    }

    /// The open reports of the pattern under the cursor, as something to act on; none when none are left.
    fn open_reports(&self) -> Option<Target> {
        let pattern = self.current().filter(|pattern| pattern.open > 0)?;
        // Both were written by the program.
        let parsed = |text: &str| query::parse(text, self.now).unwrap_or_default();
        Some(Target::Query(parsed(&pattern.query).and(parsed("is:open")).to_string()))
    }

    fn mark(&self) -> Reply {
        match self.open_reports() {
            Some(target) => Reply::Do(vec![Effect::Desk(Request::Act(Act::Mark { target, on: true }))]),
            None => nothing_open(),
        }
    }

    /// Reports every open report of the pattern: marks them, and goes to where marked reports are reported.
    fn report(&self) -> Reply {
        match self.open_reports() {
            Some(target) => Reply::Report(PlanOf::Stored(target)),
            None => nothing_open(),
        }
    }

    /// Asks about the pattern of this moment: others may stand here when it is answered.
    fn ask_for_reason(&self) -> Reply {
        let Some((pattern, target)) = self.current().zip(self.open_reports()) else { return nothing_open() };
        /// Beside the rest of the question on a terminal of 80 columns.
        const LONGEST: usize = 32;
        let name = pattern_name(pattern.dimension, &pattern.text);
        let title = format!(
            "Dismiss {} of {} · because (may be empty)",
            thousands(pattern.open),
            cut(name.as_str(), LONGEST)
        );
        Reply::ask(Line::new(Asked::DismissReason(target), &title, "", true))
    }

    fn copy(&self) -> Reply {
        match self.current() {
            Some(pattern) => Reply::Do(vec![Effect::Copy(pattern.query.clone())]),
            None => Reply::Nothing,
        }
    }
}

fn nothing_open() -> Reply {
    say("Nothing of this pattern is open: it is reported or dismissed.")
}
