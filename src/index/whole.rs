//! Counts of all reports, kept so that those of nearly all of them are found by counting the few that are left out.
//! Knows nothing of what is counted.

use super::Index;
use super::bitmap::Bitmap;
use super::columns::Coded;
use super::facets::Facet;
use super::tally::Rows;
use crate::query::Filter;
use std::borrow::Cow;
use std::sync::OnceLock;

/// All reports with their counts, as far as somebody asked for them. True until rows or states change: whoever keeps it
/// has to make it anew then.
#[derive(Debug)]
pub struct Whole {
    rows: Rows<'static>,
    count: usize,
    counts: [OnceLock<Vec<u64>>; Facet::ALL.len()],
}

impl Index {
    /// All reports, with nothing counted yet.
    pub fn whole(&self) -> Whole {
        let rows = self.base(&Filter::All);
        let count = rows.count();
        Whole {
            rows: Rows::new(Cow::Owned(rows)),
            count,
            counts: [const { OnceLock::new() }; Facet::ALL.len()],
        }
    }
}

/// Rows that are to be counted, by whichever way is shorter.
pub(super) struct Counting<'c> {
    pub(super) rows: Rows<'c>,
    pub(super) weight: Option<&'c Coded<u32>>,
    /// What is left out of the whole, where that is less than what is not.
    left_out: Option<(&'c Whole, Rows<'c>)>,
}

impl<'c> Counting<'c> {
    pub(super) fn new(rows: &'c Bitmap, weight: Option<&'c Coded<u32>>) -> Counting<'c> {
        Counting { rows: Rows::of(rows), weight, left_out: None }
    }

    /// With what is known of the whole, if the rows are most of it and nothing else.
    pub(super) fn within(self, whole: &'c Whole) -> Counting<'c> {
        let rows = &self.rows.bits;
        let count = rows.count();
        let is_most = count > whole.count / 2 && rows.count_and(&whole.rows.bits) == count;
        if !is_most || self.weight.is_some() {
            return self;
        }
        let mut left_out = Bitmap::clone(&whole.rows.bits);
        left_out.and_not(rows);
        Counting { left_out: Some((whole, Rows::new(Cow::Owned(left_out)))), ..self }
    }

    /// Counts rows. `count` has to give for some rows and for others together what it gives for each, added up.
    pub(super) fn of(
        &self,
        facet: Facet,
        count: impl Fn(&Rows<'_>, Option<&Coded<u32>>) -> Vec<u64>,
    ) -> Vec<u64> {
        let known = self.left_out.as_ref().and_then(|(whole, left_out)| {
            Some((whole.counts.get(usize::from(facet.number()))?, &whole.rows, left_out))
        });
        let Some((known, whole, left_out)) = known else { return count(&self.rows, self.weight) };
        let mut counts = known.get_or_init(|| count(whole, None)).clone();
        counts.iter_mut().zip(count(left_out, None)).for_each(|(all, left_out)| *all -= left_out.min(*all));
        counts
    }
}
