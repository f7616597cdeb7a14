//! A whole selection in order, for whoever looks deep into a list. Counting sorts over the order of arrival: no keys are
//! held beside the rows, so that a million of them take a few megabytes and no comparisons.

use super::Index;
use super::load::stable_pass;
use super::page::{Direction, Sort};
use super::parts::Subjects;
use super::selection::{Selection, Stopped};
use super::texts::Entries;
use crate::model::ReportId;

/// Bits that one pass looks at.
const DIGIT: u32 = 16;

impl Index {
    /// Everything that [`Index::page`] shows page by page.
    pub fn order(
        &self,
        selection: &Selection,
        sort: Sort,
        direction: Direction,
    ) -> Result<Vec<ReportId>, Stopped> {
        let mut order = self.newest_first(selection)?;
        if sort == Sort::Subject {
            let ranks = Ranks::new(self.parts.subjects()?);
            sort_by(&mut order, direction, |position| ranks.of(position));
        } else {
            sort_by(&mut order, direction, self.keys(sort)?);
        }
        order.iter_mut().for_each(|position| *position += 1);
        Ok(order)
    }

    fn newest_first(&self, selection: &Selection) -> Result<Vec<u32>, Stopped> {
        let is_selected = |position: &u32| selection.rows.get(*position as usize);
        match &self.by_arrival {
            Some(order) => {
                let mut newest = Vec::with_capacity(selection.count());
                newest.extend(order.iter().rev().copied().filter(is_selected));
                Ok(newest)
            }
            None => self.newest(selection, 0, usize::MAX),
        }
    }
}

/// Sorts positions by a key, those without one last; among equals their order stays.
fn sort_by(order: &mut Vec<u32>, direction: Direction, key: impl Fn(usize) -> Option<u64>) {
    let highest = order.iter().filter_map(|position| key(*position as usize)).max().unwrap_or(0);
    let place = |position: u32| match (key(position as usize), direction) {
        (None, _) => highest + 1,
        (Some(key), Direction::Ascending) => key,
        (Some(key), Direction::Descending) => highest - key,
    };
    let digits = (u64::BITS - (highest + 1).leading_zeros()).div_ceil(DIGIT);
    for digit in 0..digits {
        let at = |position| (place(position) >> (digit * DIGIT)) as u16;
        *order = stable_pass(order.iter().copied(), order.len(), at);
    }
}

/// The place of each subject among all, in alphabetical order.
struct Ranks<'a> {
    subjects: &'a Subjects,
    by_entry: Vec<u32>,
}

impl<'a> Ranks<'a> {
    fn new(subjects: &'a Subjects) -> Ranks<'a> {
        let text = |entry: u32| subjects.table.get(entry);
        // The first letters decide most comparisons without a look at texts that lie all over memory.
        let mut entries: Vec<(u64, u32)> = (1..=subjects.table.len() as u32)
            .map(|entry| {
                let mut start = [0; 8];
                start.iter_mut().zip(text(entry)).for_each(|(place, byte)| *place = *byte);
                (u64::from_be_bytes(start), entry)
            })
            .collect();
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
        let mut by_entry = vec![0; subjects.table.len() + 1];
        let (mut rank, mut before): (u32, &[u8]) = (0, &[]);
        for (_, entry) in entries {
            // Nought is for none; two entries may differ in the case of letters alone.
            rank += u32::from(text(entry) != before);
            before = text(entry);
            by_entry.get_mut(entry as usize).into_iter().for_each(|place| *place = rank);
        }
        Ranks { subjects, by_entry }
    }

    fn of(&self, position: usize) -> Option<u64> {
        let rank = self.by_entry.get(self.subjects.rows.get(position) as usize).copied().unwrap_or(0);
        (rank != 0).then_some(rank.into())
    }
}
