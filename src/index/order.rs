//! A whole selection in order, for whoever looks deep into a list. Counting sorts over the order of arrival: no keys are
//! held beside the rows, so that a million of them take a few megabytes and no comparisons.

use super::Index;
use super::load::stable_pass;
use super::page::{Direction, Sort, SortTexts};
use super::selection::{Selection, Stopped};
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
        match self.texts_of(sort)? {
            Some(texts) => {
                let ranks = Ranks::new(&texts, &order);
                sort_by(&mut order, direction, |position| ranks.of(position));
            }
            None => sort_by(&mut order, direction, self.keys(sort)?),
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

/// The place of each row's text among those of all, in alphabetical order.
struct Ranks(Vec<u32>);

impl Ranks {
    fn new(texts: &SortTexts<'_>, rows: &[u32]) -> Ranks {
        // The first letters decide most comparisons without a look at texts that lie all over memory.
        let mut sorted: Vec<(u64, u32)> = rows
            .iter()
            .map(|row| {
                let mut start = [0; 8];
                start.iter_mut().zip(texts.of(*row as usize)).for_each(|(place, byte)| *place = *byte);
                (u64::from_be_bytes(start), *row)
            })
            .collect();
        let text = |row: u32| texts.of(row as usize);
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
        let last = rows.iter().max().copied().unwrap_or(0);
        let mut by_row = vec![0; last as usize + 1];
        let (mut rank, mut before): (u32, &[u8]) = (0, &[]);
        for (_, row) in sorted {
            // Nought is for none.
            rank += u32::from(text(row) != before);
            before = text(row);
            by_row.get_mut(row as usize).into_iter().for_each(|place| *place = rank);
        }
        Ranks(by_row)
    }

    fn of(&self, row: usize) -> Option<u64> {
        let rank = self.0.get(row).copied().unwrap_or(0);
        (rank != 0).then_some(rank.into())
    }
}
