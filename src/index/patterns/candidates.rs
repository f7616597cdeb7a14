//! Values that occur more often in the window than the time before lets expect, each with its reports. Knows nothing
//! of what the reports look like otherwise.

use super::score::{LEAST_RATIO, Trend};
use super::{Keyed, Looking};
use crate::index::selection::Stopped;
use crate::model::Dimension;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Parts of the curve: a quarter of a window each, so that the window has the last four.
pub(super) const CURVE: usize = 32;
/// The most values of a dimension that become candidates.
const MOST_CANDIDATES: usize = 60;
/// Rows between two looks at whether anybody still waits.
const ROWS_AT_ONCE: usize = 1 << 13;

/// Takes the different values of a row, each with the length of its text, and the row.
type EachRow<'e> = dyn FnMut(&[(u128, usize)], u32) + 'e;

/// A value that bursts.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) dimension: Dimension,
    pub(super) key: u128,
    /// Letters of its value: of two that say the same, the longer says more.
    pub(super) length: usize,
    /// The how manieth value it is that was met, since numbers of values differ from run to run.
    pub(super) order: usize,
    /// How many there were in the time before.
    pub(super) before: u64,
    /// Counts of equal parts of both times.
    pub(super) curve: [u32; CURVE],
    /// Rows of the window, ascending.
    pub(super) members: Vec<u32>,
    pub(super) score: f64,
}

impl Candidate {
    pub(super) fn count(&self) -> u64 {
        self.members.len() as u64
    }
}

#[derive(Default)]
struct Counted {
    length: usize,
    order: usize,
    now: u64,
    before: u64,
    curve: [u32; CURVE],
    members: Vec<u32>,
}

impl Looking<'_> {
    /// The candidates of all dimensions, on two threads.
    pub(super) fn candidates(
        &self,
        dimensions: &[Dimension],
        trend: Trend,
    ) -> Result<Vec<Candidate>, Stopped> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = vec![];
            while let Some(dimension) = dimensions.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push((*dimension, self.bursting(*dimension, trend)));
            }
            done
        };
        let mut done = std::thread::scope(|scope| {
            let other = scope.spawn(work);
            let mut done = work();
            // What panics there is told by the thread that asked.
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            done
        });
        done.sort_by_key(|(dimension, _)| *dimension);
        let mut all = vec![];
        for (_, found) in done {
            all.append(&mut found?);
        }
        Ok(all)
    }

    fn bursting(&self, dimension: Dimension, trend: Trend) -> Result<Vec<Candidate>, Stopped> {
        let mut counted: HashMap<u128, Counted, Keyed> = HashMap::default();
        let least = self.question.least.max(1);
        // The same value twice in a row counts once.
        let mut row_keys: Vec<(u128, usize)> = vec![];
        self.each_row(dimension, &self.now, &mut row_keys, &mut |keys, _| {
            for (key, length) in keys {
                let order = counted.len();
                let value = counted.entry(*key).or_insert_with(|| Counted {
                    length: *length,
                    order,
                    ..Counted::default()
                });
                value.now += 1;
            }
        })?;
        counted.retain(|_, value| value.now >= least);
        if counted.is_empty() {
            return Ok(vec![]);
        }
        self.each_row(dimension, &self.before, &mut row_keys, &mut |keys, row| {
            for (key, _) in keys {
                if let Some(value) = counted.get_mut(key) {
                    value.before += 1;
                    self.count_in_time(&mut value.curve, row);
                }
            }
        })?;
        counted.retain(|_, value| value.before == 0 || trend.ratio(value.now, value.before) >= LEAST_RATIO);
        let mut ranked: Vec<(u128, f64, usize)> = counted
            .iter()
            .map(|(key, value)| (*key, trend.burst(value.now, value.before), value.order))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)));
        for (key, ..) in ranked.iter().skip(MOST_CANDIDATES) {
            counted.remove(key);
        }
        self.each_row(dimension, &self.now, &mut row_keys, &mut |keys, row| {
            for (key, _) in keys {
                if let Some(value) = counted.get_mut(key) {
                    value.members.push(row);
                    self.count_in_time(&mut value.curve, row);
                }
            }
        })?;
        let candidates = counted.into_iter().map(|(key, value)| {
            let Counted { length, order, before, curve, members, .. } = value;
            Candidate { dimension, key, length, order, before, curve, members, score: 0.0 }
        });
        let mut candidates: Vec<Candidate> = candidates.collect();
        if dimension == Dimension::Host {
            candidates.retain(|candidate| !self.is_public_suffix(candidate));
        }
        Ok(candidates)
    }

    /// A domain under which everybody may have a name says nothing about who has some (publicsuffix.org).
    fn is_public_suffix(&self, candidate: &Candidate) -> bool {
        let row = candidate.members.first().map_or(0, |row| *row as usize);
        let value = self.keys.value(candidate.dimension, row, candidate.key).unwrap_or_default();
        psl::suffix_str(&value) == Some(value.as_str())
    }

    /// Hands over the different values of each row.
    fn each_row(
        &self,
        dimension: Dimension,
        rows: &[u32],
        keys: &mut Vec<(u128, usize)>,
        each: &mut EachRow<'_>,
    ) -> Result<(), Stopped> {
        for rows in rows.chunks(ROWS_AT_ONCE) {
            if self.cancel.is_cancelled() {
                return Err(Stopped::Cancelled);
            }
            for row in rows {
                keys.clear();
                self.keys.each(dimension, *row as usize, &mut |key, text| {
                    if keys.iter().all(|(other, _)| *other != key) {
                        keys.push((key, text.len()));
                    }
                })?;
                each(keys, *row);
            }
        }
        Ok(())
    }

    fn count_in_time(&self, curve: &mut [u32; CURVE], row: u32) {
        let span = &self.question.span;
        let since = i64::from(self.index.columns.arrival.get(row as usize)) - span.before;
        let place = since.saturating_mul(CURVE as i64) / (span.to - span.before).max(1);
        let place = usize::try_from(place).unwrap_or(0).min(CURVE - 1);
        curve.get_mut(place).into_iter().for_each(|count| *count += 1);
    }
}
