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
    pub(super) order: u32,
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

/// A value that occurs often enough in the window.
struct Counted {
    key: u128,
    length: usize,
    order: u32,
    now: u64,
    before: u64,
    curve: [u32; CURVE],
    members: Vec<u32>,
}

impl Counted {
    fn new(key: u128, now: u32, order: u32) -> Counted {
        Counted { key, length: 0, order, now: now.into(), before: 0, curve: [0; CURVE], members: vec![] }
    }
}

/// Values that occur often enough, and their places by key. Most values do not, and are never asked for again: what is
/// looked up for each row of the time before has to be small to be quick.
struct Frequent {
    values: Vec<Counted>,
    places: HashMap<u128, u32, Keyed>,
}

impl Frequent {
    fn new(values: Vec<Counted>) -> Frequent {
        let places = values.iter().zip(0..).map(|(value, place)| (value.key, place)).collect();
        Frequent { values, places }
    }

    fn get(&mut self, key: u128) -> Option<&mut Counted> {
        let place = self.places.get(&key)?;
        self.values.get_mut(*place as usize)
    }
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
        let least = self.question.least.max(1);
        // The same value twice in a row counts once.
        let mut row_keys: Vec<(u128, usize)> = vec![];
        // How often, and the how manieth it is that was met.
        let mut counts: HashMap<u128, (u32, u32), Keyed> = HashMap::default();
        self.each_row(dimension, &self.now, &mut row_keys, &mut |keys, _| {
            for (key, _) in keys {
                let order = counts.len() as u32;
                counts.entry(*key).or_insert((0, order)).0 += 1;
            }
        })?;
        let often = counts.into_iter().filter(|(_, (count, _))| u64::from(*count) >= least);
        let mut frequent =
            Frequent::new(often.map(|(key, (count, order))| Counted::new(key, count, order)).collect());
        if frequent.values.is_empty() {
            return Ok(vec![]);
        }
        self.each_row(dimension, &self.before, &mut row_keys, &mut |keys, row| {
            for (key, _) in keys {
                if let Some(value) = frequent.get(*key) {
                    value.before += 1;
                    self.count_in_time(&mut value.curve, row);
                }
            }
        })?;
        let mut bursting = frequent.values;
        bursting.retain(|value| value.before == 0 || trend.ratio(value.now, value.before) >= LEAST_RATIO);
        let burst = |value: &Counted| trend.burst(value.now, value.before);
        bursting.sort_by(|a, b| burst(b).total_cmp(&burst(a)).then(a.order.cmp(&b.order)));
        bursting.truncate(MOST_CANDIDATES);
        let mut bursting = Frequent::new(bursting);
        self.each_row(dimension, &self.now, &mut row_keys, &mut |keys, row| {
            for (key, length) in keys {
                if let Some(value) = bursting.get(*key) {
                    value.length = *length;
                    value.members.push(row);
                    self.count_in_time(&mut value.curve, row);
                }
            }
        })?;
        let candidates = bursting.values.into_iter().map(|value| {
            let Counted { key, length, order, before, curve, members, .. } = value;
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
