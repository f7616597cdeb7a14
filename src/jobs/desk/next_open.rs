//! The next open line of an answer, however far it is: a screen has only the lines around its cursor.

use super::answers::{Answers, Base, Halt};
use super::event::Event;
use super::questions::{Answered, not_loaded};
use super::request::Towards;
use crate::index::{Cancel, Part, Selection};
use crate::model::{ReportId, clock};
use crate::query;

/// Lines that are looked at first; then twice as many each time, since each look walks there from the beginning.
const FEW: usize = 4_096;

/// Which line is wanted.
pub(super) struct NextOpen {
    pub(super) question: u64,
    pub(super) line: usize,
    pub(super) towards: Towards,
    pub(super) settled: Vec<ReportId>,
}

impl Answers<'_> {
    pub(super) fn next_open(&mut self, wanted: &NextOpen) -> Result<(), Halt> {
        let Ok(filter) = query::parse("is:open", clock::now()) else { return Ok(()) };
        self.need(&Part::of_filter(&filter))?;
        let Some(answered) = self.answered.take_if(|answered| answered.question.number == wanted.question)
        else {
            return Ok(());
        };
        let found = self.base().and_then(|base| {
            let open = base.index.select(&filter, &Cancel::never()).map_err(not_loaded)?;
            base.next_open(&answered, &open, wanted)
        });
        self.answered = Some(answered);
        let found = found?;
        // Who only goes on from what was settled need not hear that this was the last one.
        if found.is_some() || wanted.towards != Towards::EndThenStart {
            self.shared.tell(Event::NextOpen(wanted.question, found));
        }
        Ok(())
    }
}

impl Base {
    fn next_open(
        &self,
        answered: &Answered,
        open: &Selection,
        wanted: &NextOpen,
    ) -> Result<Option<usize>, Halt> {
        if answered.groups.is_none() && open.and(&answered.selection).is_empty() {
            return Ok(None);
        }
        let is_meant = |id: &ReportId| open.contains(*id) && !wanted.settled.contains(id);
        if matches!(wanted.towards, Towards::End | Towards::EndThenStart) {
            let (mut first, mut count) = (wanted.line.saturating_add(1), FEW);
            loop {
                let ids = self.ids_of_lines(answered, first, count)?;
                if let Some(at) = ids.iter().position(is_meant) {
                    return Ok(Some(first + at));
                }
                if ids.len() < count {
                    break;
                }
                (first, count) = (first + count, 2 * count);
            }
        }
        if matches!(wanted.towards, Towards::Start | Towards::EndThenStart) {
            let (mut end, mut count) = (wanted.line.min(answered.lines()), FEW);
            while end > 0 {
                let first = end.saturating_sub(count);
                let ids = self.ids_of_lines(answered, first, end - first)?;
                if let Some(at) = ids.iter().rposition(is_meant) {
                    return Ok(Some(first + at));
                }
                (end, count) = (first, 2 * count);
            }
        }
        Ok(None)
    }

    /// The report that each of these lines stands for.
    fn ids_of_lines(&self, answered: &Answered, first: usize, count: usize) -> Result<Vec<ReportId>, Halt> {
        match &answered.groups {
            Some(groups) => Ok(groups.iter().skip(first).take(count).map(|group| group.newest).collect()),
            None => self.ids(answered, first, count).map_err(not_loaded),
        }
    }
}
