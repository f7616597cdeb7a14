//! Values that occur more often in the window than the time before lets expect, each with its reports. Knows nothing
//! of what the reports look like otherwise.

use super::keys::{Keys, written};
use super::score::{LEAST_RATIO, Trend};
use super::values::{NOTHING, Values};
use super::{Judged, Looking};
use crate::index::bitmap::Bitmap;
use crate::index::selection::Stopped;
use crate::index::threads::on_two_threads;
use crate::model::Dimension;

/// Parts of the curve: a quarter of a window each, so that the window has the last four.
pub(super) const CURVE: usize = 32;
/// The most values of a dimension that become candidates.
const MOST_CANDIDATES: usize = 60;

/// A value that bursts.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) dimension: Dimension,
    /// As queries take it.
    pub(super) value: String,
    /// Letters of its value: of two that say the same, the longer says more.
    pub(super) length: usize,
    /// Its place in the order in which values were first met, row by row.
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

/// How often a value was met.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    count: u32,
    /// The row it was met in last, from 1 on: the same value twice in a row counts once.
    last_row: u32,
}

/// A value that occurs often enough in the window.
struct Frequent {
    number: u32,
    order: u32,
    now: u64,
    before: u64,
    curve: [u32; CURVE],
    members: Vec<u32>,
}

/// What of the time before is counted of a value: all, unless it is so much that it is no burst.
struct Before {
    left: u64,
    curve: [u32; CURVE],
}

impl Before {
    fn of(now: u64, trend: Trend) -> Before {
        Before { left: trend.most_before(now), curve: [0; CURVE] }
    }

    /// Counts one in this part of the curve, and tells whether more may come.
    fn count(&mut self, part: usize) -> bool {
        self.curve.get_mut(part).into_iter().for_each(|count| *count += 1);
        let may_burst = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may_burst
    }
}

/// Rows that have frequent values, each once for a value that it names twice.
struct Met<F> {
    /// By the number of each value whether it is frequent and more of it is wanted: mostly not, and a bit that says so is
    /// nearer to the processor than a place.
    is_wanted: Bitmap,
    /// Their places among the frequent.
    places: Vec<u32>,
    /// The row each was met in last, from 1 on; nothing where no row can name one twice.
    last_rows: Vec<u32>,
    /// Numbers with their rows, of which nothing was done yet. Ten million are asked about for a week with the weeks
    /// before, and the few that are frequent would surprise the processor each time.
    waiting: Vec<(u32, u32)>,
    filled: usize,
    each: F,
}

/// Values that are kept before something is done about them.
const WAITING: usize = 256;

impl<F: FnMut(usize, u32) -> bool> Met<F> {
    /// `each` takes the place of the value and the row, and says whether it wants more of it.
    fn new(frequent: &[Frequent], numbers: usize, may_repeat: bool, each: F) -> Met<F> {
        let mut is_wanted = Bitmap::empty(numbers + 1);
        let mut places = vec![0; numbers + 1];
        for (place, value) in (0..).zip(frequent) {
            is_wanted.set(value.number as usize, true);
            places.get_mut(value.number as usize).into_iter().for_each(|slot| *slot = place);
        }
        let last_rows = if may_repeat { vec![0; frequent.len()] } else { vec![] };
        let waiting = vec![(0, 0); WAITING];
        Met { is_wanted, places, last_rows, waiting, filled: 0, each }
    }

    fn offer(&mut self, number: u32, row: u32) {
        if let Some(slot) = self.waiting.get_mut(self.filled) {
            *slot = (number, row);
            self.filled += usize::from(self.is_wanted.get(number as usize));
        }
        if self.filled == WAITING {
            self.take();
        }
    }

    /// Nothing more comes for a while.
    fn take(&mut self) {
        for (number, row) in self.waiting.iter().take(self.filled) {
            let Some(place) = self.places.get(*number as usize) else { continue };
            let last = self.last_rows.get_mut(*place as usize);
            let is_new = last.is_none_or(|last| std::mem::replace(last, row + 1) != row + 1);
            if is_new && !(self.each)(*place as usize, *row) {
                self.is_wanted.set(*number as usize, false);
            }
        }
        self.filled = 0;
    }
}

impl Looking<'_> {
    /// The candidates of all dimensions whose part is loaded, with their scores.
    pub(super) fn candidates(
        &self,
        trend: Trend,
        judged: &Judged,
        values: &mut [Values],
    ) -> Result<Vec<Candidate>, Stopped> {
        let jobs = Dimension::ALL.iter().copied().zip(values);
        let jobs = jobs.filter(|(dimension, _)| self.index.has(dimension.part()));
        let mut jobs: Vec<(Dimension, &mut Values)> = jobs.collect();
        // What takes longest is begun first.
        jobs.sort_by_key(|(dimension, _)| !matches!(dimension, Dimension::Words | Dimension::Host));
        let done = on_two_threads(jobs, |(dimension, values)| {
            let mut found = self.bursting(dimension, values, trend)?;
            for candidate in &mut found {
                candidate.score = trend.burst(candidate.count(), candidate.before)
                    * self.looks(&candidate.members, judged).weight();
            }
            Ok(found)
        });
        let mut all = vec![];
        for found in done {
            all.append(&mut found?);
        }
        all.sort_by_key(|candidate| candidate.dimension);
        Ok(all)
    }

    fn bursting(
        &self,
        dimension: Dimension,
        values: &mut Values,
        trend: Trend,
    ) -> Result<Vec<Candidate>, Stopped> {
        let mut frequent = self.frequent(dimension, values)?;
        if frequent.is_empty() {
            return Ok(vec![]);
        }
        let mut counts: Vec<Before> = frequent.iter().map(|value| Before::of(value.now, trend)).collect();
        self.each_frequent(dimension, &self.before, values, &frequent, |place, row| {
            counts.get_mut(place).is_some_and(|before| before.count(self.curve_part(row)))
        })?;
        for (value, before) in frequent.iter_mut().zip(counts) {
            (value.before, value.curve) =
                (before.curve.iter().map(|count| u64::from(*count)).sum(), before.curve);
        }
        let mut bursting = frequent;
        bursting.retain(|value| value.before == 0 || trend.ratio(value.now, value.before) >= LEAST_RATIO);
        let burst = |value: &Frequent| trend.burst(value.now, value.before);
        bursting.sort_by(|a, b| burst(b).total_cmp(&burst(a)).then(a.order.cmp(&b.order)));
        bursting.truncate(MOST_CANDIDATES);
        let mut members = vec![vec![]; bursting.len()];
        self.each_frequent(dimension, &self.now, values, &bursting, |place, row| {
            members.get_mut(place).into_iter().for_each(|members| members.push(row));
            true
        })?;
        for (value, members) in bursting.iter_mut().zip(members) {
            for row in &members {
                value.curve.get_mut(self.curve_part(*row)).into_iter().for_each(|count| *count += 1);
            }
            value.members = members;
        }
        let mut candidates = vec![];
        for Frequent { number, order, before, curve, members, .. } in bursting {
            let Some((value, length)) = self.value(dimension, values, number, &members)? else { continue };
            // A domain under which everybody may have a name says nothing about who has some (publicsuffix.org).
            if dimension == Dimension::Host && psl::suffix_str(&value) == Some(value.as_str()) {
                continue;
            }
            candidates.push(Candidate {
                dimension,
                value,
                length,
                order,
                before,
                curve,
                members,
                score: 0.0,
            });
        }
        Ok(candidates)
    }

    /// Hands over the places of the frequent values with each row that has one.
    fn each_frequent(
        &self,
        dimension: Dimension,
        rows: &[u32],
        values: &mut Values,
        frequent: &[Frequent],
        each: impl FnMut(usize, u32) -> bool,
    ) -> Result<(), Stopped> {
        let mut met = Met::new(frequent, values.last(), Keys::may_repeat(dimension), each);
        let mut offer = |number, row| met.offer(number, row);
        self.keys.each_value(dimension, rows, values, self.cancel, &mut offer)?;
        met.take();
        Ok(())
    }

    /// What occurs often enough in the window, in the order in which it was met.
    fn frequent(&self, dimension: Dimension, values: &mut Values) -> Result<Vec<Frequent>, Stopped> {
        let least = self.question.least.max(1);
        let mut tallies = vec![Tally::default(); values.last() + 1];
        // Of half a million values a day has some thousands, which are not looked for among all.
        let mut met = vec![];
        self.keys.each_value(dimension, &self.now, values, self.cancel, &mut |number, row| {
            let place = number as usize;
            if tallies.len() <= place {
                tallies.resize((place + 1).next_power_of_two(), Tally::default());
            }
            let Some(tally) = tallies.get_mut(place) else { return };
            if tally.count == 0 {
                met.push(number);
            }
            if std::mem::replace(&mut tally.last_row, row + 1) != row + 1 {
                tally.count += 1;
            }
        })?;
        let often = (0..).zip(met).filter_map(|(order, number)| {
            let now = tallies.get(number as usize).map_or(0, |tally| tally.count.into());
            let is_frequent = number != NOTHING && now >= least;
            is_frequent.then(|| Frequent {
                number,
                order,
                now,
                before: 0,
                curve: [0; CURVE],
                members: vec![],
            })
        });
        Ok(often.collect())
    }

    /// The value behind a number as one of its rows has it, and the length of its text.
    fn value(
        &self,
        dimension: Dimension,
        values: &Values,
        number: u32,
        members: &[u32],
    ) -> Result<Option<(String, usize)>, Stopped> {
        let mut found = None;
        let example = members.get(..1).unwrap_or_default();
        let mut units = vec![];
        self.keys.units_of(dimension, example, &mut units)?;
        for (unit, _) in units {
            self.keys.each(dimension, unit, values.hasher(), &mut |hash, text| {
                if found.is_none() && values.number(hash) == Some(number) {
                    found = Some((written(dimension, hash, text), text.len()));
                }
            });
        }
        Ok(found)
    }
}
