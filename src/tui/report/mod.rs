//! The screen on which reports are approved: what would go to whom and why, down to the bytes. It asks the desk and
//! never waits for it.

mod changes;
mod lines;
mod screen;
mod text;
mod verbs;

pub use lines::{Class, Depth, Group, Heading, Line};
pub use text::{answered, minute, summed};

use super::event::Effect;
use super::layer::Reply;
use super::pane::Pane;
use super::reports::say;
use crate::jobs::desk::{DeskFacts, PlanOf, PlanQuestion, Planned, Request};
use crate::jobs::report::{Letter, Wishes};
use crate::model::clock::Seconds;
use crate::model::{OutgoingKind, ReportId, ReportedMail};
use changes::Changes;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

/// By which a letter is known again in a plan that was made anew.
type Key = (OutgoingKind, String, Option<ReportId>, Option<IpAddr>);

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// A plan is being made: mails done, of so many.
    Planning(u64, u64),
    /// Letters go into the ledger.
    Settling,
}

/// State of the screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What was planned last.
    pub planned: Option<Box<Planned>>,
    /// What is being done.
    pub doing: Option<Doing>,
    /// What is read beside the list.
    pub pane: Pane,
    /// That has the keys.
    pub is_reading: bool,
    /// The line of the cursor.
    pub cursor: usize,
    /// The first line that is seen.
    pub top: usize,
    /// Columns for the sources.
    pub source_width: usize,
    lines: Vec<Line>,
    groups: Vec<Group>,
    ticks: HashMap<Key, bool>,
    /// What it is about; nothing while no plan is open.
    of: Option<PlanOf>,
    changes: Changes,
    /// Those that the plan at hand was made with.
    made_with: Changes,
    /// Letters whose number a person was asked for, or that are on their way into the ledger.
    chosen: Vec<Arc<Letter>>,
    /// A text that is not right yet, and for whom.
    draft: Option<(String, String)>,
    /// What is to be said once the plan is there.
    sentence: Option<String>,
    number: u64,
    height: usize,
    size: (u16, u16),
    now: Seconds,
}

impl Report {
    /// A plan is there or being made.
    pub fn is_open(&self) -> bool {
        self.of.is_some()
    }

    /// Begins with this.
    pub fn begin(&mut self, of: PlanOf) -> Vec<Effect> {
        let Report { number, size, .. } = *self;
        *self = Report { number, of: Some(of), now: self.now, ..Report::default() };
        self.set_size(size);
        self.ask()
    }

    /// Ends it; what was changed is lost.
    pub fn close(&mut self) -> Vec<Effect> {
        let Report { number, size, .. } = *self;
        let was_planning = matches!(self.doing, Some(Doing::Planning(..)));
        *self = Report { number: number + 1, now: self.now, ..Report::default() };
        self.set_size(size);
        if was_planning { vec![Effect::Desk(Request::StopPlan)] } else { vec![] }
    }

    /// The lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Somebody who is written to.
    pub fn group(&self, number: usize) -> Option<&Group> {
        self.groups.get(number)
    }

    /// A letter of the plan.
    pub fn letter(&self, number: usize) -> Option<&Arc<Letter>> {
        self.planned.as_ref()?.plan.letters.get(number)
    }

    /// What is known of a recipient.
    pub fn facts(&self, to: &str) -> Option<&DeskFacts> {
        self.planned.as_ref()?.desks.iter().find(|desk| desk.recipient == to)
    }

    /// What leaves when the ticked ones are approved.
    pub fn ticked(&self) -> Vec<Arc<Letter>> {
        let letters = self.planned.iter().flat_map(|planned| &planned.plan.letters);
        letters.filter(|letter| self.is_ticked(letter)).cloned().collect()
    }

    /// This one does.
    pub fn is_ticked(&self, letter: &Letter) -> bool {
        can_be_ticked(letter) && self.ticks.get(&key(letter)).copied().unwrap_or_else(|| letter.is_ticked())
    }

    /// Asks for a plan, with whatever a person wishes now.
    fn ask(&mut self) -> Vec<Effect> {
        let Some(of) = self.of.clone() else { return vec![] };
        self.number += 1;
        self.doing = Some(Doing::Planning(0, 0));
        vec![Effect::Desk(Request::Plan(PlanQuestion {
            number: self.number,
            of,
            wishes: self.changes.wishes().clone(),
            before: self.planned.as_ref().map(|planned| Arc::clone(&planned.plan)),
        }))]
    }

    /// Plans anew with other wishes; they can be taken back.
    fn wish(&mut self, change: impl FnOnce(&mut Wishes)) -> Reply {
        self.plan_with(|changes| changes.make(change), "")
    }

    /// Takes the last change back.
    fn take_back(&mut self) -> Reply {
        self.plan_with(Changes::take_back, "Nothing was changed in this plan.")
    }

    /// Makes the change again that was taken back last.
    fn make_again(&mut self) -> Reply {
        self.plan_with(Changes::make_again, "Nothing was taken back in this plan.")
    }

    /// Plans anew with changes that this made; what is said when it made none. Not while letters are on their way
    /// into the ledger: news of them would be taken for those of another plan.
    fn plan_with(&mut self, make: impl FnOnce(&mut Changes) -> bool, nothing: &str) -> Reply {
        if let Some(reply) = self.is_busy().filter(|_| self.doing == Some(Doing::Settling)) {
            return reply;
        }
        self.sentence = None;
        match make(&mut self.changes) {
            true => Reply::Do(self.ask()),
            false if nothing.is_empty() => Reply::Nothing,
            false => say(nothing),
        }
    }

    /// The plan at hand stays: what was wished since then came to nothing.
    fn keep_plan(&mut self) {
        self.doing = None;
        self.sentence = None;
        self.changes = self.made_with.clone();
    }

    /// A plan is there.
    fn arrived(&mut self, planned: Box<Planned>) {
        let was_on = self.current().cloned();
        let before = self.thing_key();
        self.doing = None;
        self.made_with = self.changes.clone();
        self.keep_left_out(&planned);
        self.of = Some(planned.of.clone());
        (self.lines, self.groups) = lines::laid_out(&planned);
        self.source_width = lines::source_width(&planned);
        self.planned = Some(planned);
        // The cursor stays with its letter, else where it was.
        let same = before.and_then(|key| {
            let is_same = |line: &Line| match line {
                Line::Letter(number) => self.letter(*number).is_some_and(|letter| self::key(letter) == key),
                _ => false,
            };
            self.lines.iter().position(is_same)
        });
        let first_letter = self.lines.iter().position(|line| matches!(line, Line::Letter(_)));
        let line = same.or(if was_on.is_some() { Some(self.cursor) } else { first_letter });
        self.go_to(line.unwrap_or(0));
    }

    /// A letter that a person took out stays out where it has another recipient now, or another of its mails is the
    /// evidence.
    fn keep_left_out(&mut self, planned: &Planned) {
        let Some(before) = self.planned.as_ref().filter(|_| !self.ticks.is_empty()) else { return };
        let keys = |planned: &Planned| -> HashSet<Key> {
            planned.plan.letters.iter().map(|letter| key(letter)).collect()
        };
        let (there_before, there_now) = (keys(before), keys(planned));
        // A copy to a feed is about the same mails as the report to the desk.
        fn mails(letter: &Letter) -> impl Iterator<Item = (bool, &ReportedMail)> {
            letter.mails.iter().map(|mail| (letter.kind == OutgoingKind::Copy, mail))
        }
        let is_out = |letter: &&Arc<Letter>| {
            let key = key(letter);
            self.ticks.get(&key) == Some(&false) && !there_now.contains(&key)
        };
        let out: HashSet<_> =
            before.plan.letters.iter().filter(is_out).flat_map(|letter| mails(letter)).collect();
        let is_of_them = |letter: &&Arc<Letter>| mails(letter).any(|mail| out.contains(&mail));
        let of_them = planned.plan.letters.iter().filter(is_of_them).map(|letter| key(letter));
        let new: Vec<Key> = of_them.filter(|key| !there_before.contains(key)).collect();
        self.ticks.extend(new.into_iter().map(|key| (key, false)));
    }

    fn thing_key(&self) -> Option<Key> {
        match self.current()? {
            Line::Letter(number) => self.letter(*number).map(|letter| key(letter)),
            _ => None,
        }
    }

    /// The line of the cursor.
    pub fn current(&self) -> Option<&Line> {
        self.lines.get(self.cursor)
    }

    /// The letters that the cursor is on: one, or all to one recipient.
    fn letters_here(&self) -> Vec<Arc<Letter>> {
        let numbers: Vec<usize> = match self.current() {
            Some(Line::Letter(number)) => vec![*number],
            Some(Line::Group(number)) => {
                self.group(*number).map(|group| group.letters.clone()).unwrap_or_default()
            }
            _ => vec![],
        };
        numbers.into_iter().filter_map(|number| self.letter(number).cloned()).collect()
    }

    /// The cursor to this line, or to the nearest that is none between two things.
    fn go_to(&mut self, line: usize) {
        let last = self.lines.len().saturating_sub(1);
        let line = line.min(last);
        let is_thing = |line: &usize| self.lines.get(*line).is_some_and(Line::is_thing);
        let (mut below, mut above) = (line..=last, (0..=line).rev());
        let found = match line >= self.cursor {
            true => below.find(is_thing).or_else(|| above.find(is_thing)),
            false => above.find(is_thing).or_else(|| below.find(is_thing)),
        };
        self.cursor = found.unwrap_or(0);
        // What is to be known of a letter is seen with it, and the heading above the first one.
        let next = (self.cursor + 1..self.lines.len()).find(is_thing).unwrap_or(self.lines.len());
        let before = (0..self.cursor).rev().find(is_thing).map_or(0, |above| above + 1);
        let height = self.height.max(1);
        let lowest = next.saturating_sub(height).min(self.cursor);
        let highest = before.max((self.cursor + 1).saturating_sub(height)).min(self.cursor);
        self.top = self.top.max(lowest).min(highest.max(lowest)).min(last);
        self.show();
    }

    fn step(&mut self, by: isize) {
        let things: Vec<usize> =
            (0..self.lines.len()).filter(|line| self.lines.get(*line).is_some_and(Line::is_thing)).collect();
        let at = things.partition_point(|line| *line < self.cursor);
        let to = at.saturating_add_signed(by).min(things.len().saturating_sub(1));
        self.go_to(things.get(to).copied().unwrap_or(0));
    }

    /// To the next line of a kind, or the one before.
    fn seek(&mut self, forwards: bool, is_wanted: impl Fn(&Line) -> bool) {
        let is_wanted = |line: &usize| self.lines.get(*line).is_some_and(&is_wanted);
        let found = match forwards {
            true => (self.cursor + 1..self.lines.len()).find(is_wanted),
            false => (0..self.cursor).rev().find(is_wanted),
        };
        if let Some(line) = found {
            self.go_to(line);
        }
    }
}

/// It leaves together with others.
fn can_be_ticked(letter: &Letter) -> bool {
    letter.is_ready() && letter.singly.is_none() && letter.kind != OutgoingKind::Form
}

fn key(letter: &Letter) -> Key {
    (letter.kind, letter.to.clone(), letter.specimen(), letter.source)
}

/// The stored mails that letters are about.
fn reports_of(letters: &[Arc<Letter>]) -> Vec<ReportId> {
    letters.iter().flat_map(|letter| &letter.mails).filter_map(|mail| mail.report).collect()
}
