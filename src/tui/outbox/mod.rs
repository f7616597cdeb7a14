//! The screen Outbox: what went out, and what may, by its state. It asks the desk and never waits for it.

mod screen;
mod text;
mod verbs;

pub use text::outlook;

use super::event::Effect;
use super::pane::Pane;
use crate::jobs::desk::{OutboxQuestion, OutboxRows, OutgoingDetail, Request};
use crate::model::clock::Seconds;
use crate::model::{Outgoing, OutgoingId, OutgoingState};
use std::collections::BTreeSet;

/// Rows that are asked for at first, and as many more each time the cursor comes near their end.
const AT_ONCE: usize = 500;

/// State of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Outbox {
    /// The rows, newest first.
    pub rows: Option<OutboxRows>,
    /// Only those in this state.
    pub state: Option<OutgoingState>,
    /// What is read beside the list.
    pub pane: Pane,
    /// That has the keys.
    pub is_reading: bool,
    /// Messages are leaving: done, and how many were due in all.
    pub sending: Option<(u64, u64)>,
    /// The line of the cursor.
    pub cursor: usize,
    /// The first line that is seen.
    pub top: usize,
    ticked: BTreeSet<OutgoingId>,
    /// Rows whose number a person was asked for, with the bytes that were shown.
    chosen: Vec<(OutgoingId, [u8; 32])>,
    detail: Option<Box<OutgoingDetail>>,
    most: usize,
    number: u64,
    height: usize,
    size: (u16, u16),
    now: Seconds,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox {
            rows: None,
            state: None,
            pane: Pane::default(),
            is_reading: false,
            sending: None,
            cursor: 0,
            top: 0,
            ticked: BTreeSet::new(),
            chosen: vec![],
            detail: None,
            most: AT_ONCE,
            number: 0,
            height: 0,
            size: (0, 0),
            now: 0,
        }
    }
}

impl Outbox {
    /// The rows at hand.
    pub fn rows(&self) -> &[Outgoing] {
        self.rows.as_ref().map_or(&[], |rows| &rows.rows)
    }

    /// How many rows there are in a state; in all without one.
    pub fn count(&self, state: Option<OutgoingState>) -> u64 {
        let counts = self.rows.iter().flat_map(|rows| &rows.counts);
        counts.filter(|(of, _)| state.is_none_or(|state| state == *of)).map(|(_, count)| count).sum()
    }

    /// The states that there are rows in, and the one that is shown; `None` stands for all.
    pub fn states(&self) -> Vec<Option<OutgoingState>> {
        let there = OutgoingState::ALL.iter().copied().map(Some);
        let there = there.filter(|state| *state == self.state || self.count(*state) > 0);
        std::iter::once(None).chain(there).collect()
    }

    /// A person has ticked it.
    pub fn is_ticked(&self, id: OutgoingId) -> bool {
        self.ticked.contains(&id)
    }

    /// The row of the cursor.
    pub fn current(&self) -> Option<&Outgoing> {
        self.rows().get(self.cursor)
    }

    /// What a verb is about: what is ticked, else the row of the cursor; of these, those that it can be done to.
    fn targets(&self, is_wanted: impl Fn(&Outgoing) -> bool) -> Vec<&Outgoing> {
        let ticked = self.rows().iter().filter(|row| self.is_ticked(row.id));
        let mut targets: Vec<&Outgoing> = ticked.collect();
        if targets.is_empty() {
            targets.extend(self.current());
        }
        targets.retain(|row| is_wanted(row));
        targets
    }

    /// Asks what is there now. What was seen stays until the answer is there.
    fn ask(&mut self) -> Vec<Effect> {
        self.number += 1;
        vec![Effect::Desk(Request::Outbox(OutboxQuestion {
            number: self.number,
            states: self.state.into_iter().collect(),
            most: self.most,
        }))]
    }

    /// Rows are there. The cursor stays with its row, where that is still among them.
    fn arrived(&mut self, rows: OutboxRows) -> Vec<Effect> {
        let id = self.current().map(|row| row.id);
        let same = rows.rows.iter().position(|row| Some(row.id) == id);
        self.ticked.retain(|id| rows.rows.iter().any(|row| row.id == *id));
        self.rows = Some(rows);
        self.go_to(same.unwrap_or(self.cursor))
    }

    fn go_to(&mut self, line: usize) -> Vec<Effect> {
        let length = self.rows().len();
        self.cursor = line.min(length.saturating_sub(1));
        let height = self.height.max(1);
        let highest = length.saturating_sub(height);
        self.top = self.top.clamp((self.cursor + 1).saturating_sub(height), self.cursor).min(highest);
        let mut effects = self.follow();
        let has_more = (length as u64) < self.count(self.state) && length >= self.most;
        if has_more && self.cursor + 2 * height >= length {
            self.most += AT_ONCE;
            effects.extend(self.ask());
        }
        effects
    }

    /// What is read is about the row of the cursor as it is now.
    fn follow(&mut self) -> Vec<Effect> {
        let Some(row) = self.current() else {
            self.read_nothing();
            return vec![];
        };
        if self.detail.as_ref().is_some_and(|detail| detail.row == *row) {
            return vec![];
        }
        vec![Effect::Desk(Request::Outgoing(row.id))]
    }

    /// Whose message stands beside the list: until it has come, that of the row before.
    pub fn read_row(&self) -> Option<OutgoingId> {
        self.detail.as_ref().map(|detail| detail.row.id)
    }

    fn read_nothing(&mut self) {
        self.detail = None;
        self.pane.show(vec![], false);
    }

    /// There is no such row any more.
    fn is_gone(&mut self, id: OutgoingId) {
        if self.current().is_some_and(|row| row.id == id) {
            self.read_nothing();
        }
    }

    fn detail_arrived(&mut self, detail: Box<OutgoingDetail>) {
        if self.current().is_none_or(|row| row.id != detail.row.id) {
            return;
        }
        let is_same = self.detail.as_ref().is_some_and(|before| before.row.id == detail.row.id);
        self.pane.show(text::parts(&detail), is_same);
        self.detail = Some(detail);
    }
}
