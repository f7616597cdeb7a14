//! Counts over time: equal spans with nothing left out, and which of them stand out.

use super::Index;
use super::selection::Selection;
use crate::model::Kind;
use crate::model::clock::{DAY_SECONDS, Seconds, weekday};

const HOUR: Seconds = 3_600;

/// A span bursts when it has at least so many reports, and so many times the usual.
const BURST: (u64, u64) = (10, 3);

/// Fewer spans have nothing usual.
const LEAST_SPANS: usize = 4;

/// Counts of equal spans of time, by kind, with nothing left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// Where the first one starts.
    pub start: Seconds,
    /// How long each is.
    pub seconds: Seconds,
    /// Oldest first; in each the counts in the order of [`Kind::ALL`].
    pub counts: Vec<[u64; Kind::ALL.len()]>,
}

/// A span that stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// Its place among the spans.
    pub bucket: usize,
    /// The first of the spans beside it that stand out, too.
    pub first: usize,
    /// What it has.
    pub count: u64,
    /// How many times the usual that is; the usual is the median of the others.
    pub times: u64,
}

impl Buckets {
    /// All kinds together.
    pub fn totals(&self) -> Vec<u64> {
        self.counts.iter().map(|kinds| kinds.iter().sum()).collect()
    }

    /// Where a span starts.
    pub fn start_of(&self, bucket: usize) -> Seconds {
        self.start.saturating_add(self.seconds.saturating_mul(bucket as Seconds))
    }

    /// Where the last one ends.
    pub fn end(&self) -> Seconds {
        self.start_of(self.counts.len())
    }

    /// What stands out, the most first; of spans side by side the highest. Spans before the first report are nobody's
    /// usual: the database goes no further back, or the query is about something that began then.
    pub fn bursts(&self) -> Vec<Burst> {
        let totals = self.totals();
        let mut sorted: Vec<u64> = totals.iter().copied().skip_while(|count| *count == 0).collect();
        if sorted.len() < LEAST_SPANS {
            return vec![];
        }
        sorted.sort_unstable();
        let middle = (sorted.len() - 1) / 2;
        let times = |count: u64| {
            // The median of the others: without this one all that come after it move up.
            let place = sorted.partition_point(|other| *other < count);
            let median = sorted.get(if place <= middle { middle + 1 } else { middle }).copied().unwrap_or(0);
            count / median.max(1)
        };
        let mut bursts: Vec<Burst> = vec![];
        let mut run: Option<Burst> = None;
        for (bucket, count) in totals.iter().copied().enumerate() {
            let times = times(count);
            if count < BURST.0 || times < BURST.1 {
                bursts.extend(run.take());
                continue;
            }
            let run = run.get_or_insert(Burst { bucket, first: bucket, count, times });
            if count > run.count {
                *run = Burst { bucket, count, times, ..*run };
            }
        }
        bursts.extend(run);
        bursts.sort_by_key(|burst| std::cmp::Reverse((burst.count, burst.bucket)));
        bursts
    }
}

impl Index {
    /// The last `count` hours, the one that holds `now` being the last.
    pub fn hours(&self, selection: &Selection, now: Seconds, count: usize) -> Buckets {
        self.timeline(selection, start_of_last(now, HOUR, count), HOUR, count)
    }

    /// The last `count` days (UTC), the one that holds `now` being the last.
    pub fn days(&self, selection: &Selection, now: Seconds, count: usize) -> Buckets {
        self.timeline(selection, start_of_last(now, DAY_SECONDS, count), DAY_SECONDS, count)
    }

    /// `count` spans from `start` on.
    pub fn timeline(&self, selection: &Selection, start: Seconds, seconds: Seconds, count: usize) -> Buckets {
        let end = start + count as Seconds * seconds;
        let mut counts = vec![[0; Kind::ALL.len()]; count];
        let mut add = |position: usize| {
            let bucket = (Seconds::from(self.columns.arrival.get(position)) - start) / seconds;
            let kind = usize::from(self.columns.kind.get(position));
            let count = counts.get_mut(bucket as usize).and_then(|kinds| kinds.get_mut(kind));
            count.into_iter().for_each(|count| *count += 1);
        };
        // Where few arrived then, they are looked up in their order.
        match self.rows_between(start, end).filter(|rows| rows.len() < self.rows / 4) {
            Some(rows) => {
                let rows = rows.iter().map(|row| *row as usize);
                rows.filter(|row| selection.rows.get(*row)).for_each(add);
            }
            None => self.between(selection, start, end).rows.ones().for_each(&mut add),
        }
        Buckets { start, seconds, counts }
    }

    /// Since when reports came: a hundredth of them is earlier, since some clocks are wrong. None without any.
    pub fn begin(&self) -> Option<Seconds> {
        let present = &self.columns.present;
        let place = present.count() / 100;
        let arrival = |row: usize| self.columns.arrival.get(row);
        if let Some(order) = &self.by_arrival {
            let mut rows = order.iter().map(|row| *row as usize).filter(|row| present.get(*row));
            return rows.nth(place).map(|row| arrival(row).into());
        }
        let mut arrivals: Vec<u32> = present.ones().map(arrival).collect();
        if arrivals.is_empty() {
            return None;
        }
        let (_, begin, _) = arrivals.select_nth_unstable(place);
        Some(Seconds::from(*begin))
    }

    /// How many reports of a selection arrived since each of these moments.
    pub fn count_since(&self, selection: &Selection, moments: &[Seconds]) -> Vec<u64> {
        if self.by_arrival.is_none() {
            let count = |moment: &Seconds| self.between(selection, *moment, Seconds::MAX).count() as u64;
            return moments.iter().map(count).collect();
        }
        // What arrived later is counted for all earlier moments, too.
        let mut places: Vec<usize> = (0..moments.len()).collect();
        places.sort_unstable_by_key(|place| std::cmp::Reverse(moments[*place]));
        let (mut counts, mut count, mut end) = (vec![0; moments.len()], 0, Seconds::MAX);
        for place in places {
            let rows = self.rows_between(moments[place], end).unwrap_or_default();
            count += rows.iter().filter(|row| selection.rows.get(**row as usize)).count() as u64;
            (counts[place], end) = (count, moments[place]);
        }
        counts
    }

    /// The rows that arrived from `start` up to but not including `end`, in their order, where that is kept.
    fn rows_between(&self, start: Seconds, end: Seconds) -> Option<&[u32]> {
        let order = self.by_arrival.as_ref()?;
        let is_before = |moment: Seconds| {
            move |row: &u32| Seconds::from(self.columns.arrival.get(*row as usize)) < moment
        };
        order.get(order.partition_point(is_before(start))..order.partition_point(is_before(end)))
    }

    /// The reports of a selection that arrived from `start` up to but not including `end`.
    pub fn between(&self, selection: &Selection, start: Seconds, end: Seconds) -> Selection {
        let bound = |at: Seconds| u32::try_from(at.max(0)).unwrap_or(u32::MAX);
        let (first, end) = (bound(start), bound(end));
        let mut rows = selection.rows.clone();
        rows.keep(&self.columns.arrival.values, |at| first <= at && at < end);
        Selection::new(rows)
    }
}

/// Where the first of `count` spans starts when the last holds `now`. Weeks start on Mondays.
pub fn start_of_last(now: Seconds, seconds: Seconds, count: usize) -> Seconds {
    const WEEK: Seconds = 7 * DAY_SECONDS;
    let first_monday = if seconds % WEEK == 0 { DAY_SECONDS * (7 - weekday(0) as Seconds) } else { 0 };
    ((now - first_monday).div_euclid(seconds) + 1 - count as Seconds) * seconds + first_monday
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bursts(totals: &[u64]) -> Vec<(usize, u64)> {
        let counts = totals.iter().map(|count| [*count, 0, 0]).collect();
        let buckets = Buckets { start: 0, seconds: HOUR, counts };
        buckets.bursts().iter().map(|burst| (burst.bucket, burst.times)).collect()
    }

    #[test]
    fn a_burst_stands_out_from_the_usual() {
        let mut hours = vec![5; 72];
        assert_eq!(bursts(&hours), []);
        hours[40] = 45;
        assert_eq!(bursts(&hours), [(40, 9)]);
        assert_eq!(bursts(&[0; 72]), []);
        assert_eq!(bursts(&[]), []);
        assert_eq!(bursts(&[40]), []);
    }

    #[test]
    fn where_reports_begin_nothing_bursts_by_that_alone() {
        let mut days = vec![0; 30];
        days[20..].fill(400);
        days[20] = 686;
        assert_eq!(bursts(&days), []);
        days[25] = 4_000;
        assert_eq!(bursts(&days), [(25, 10)]);
        let mut last = vec![0; 72];
        last[70] = 39;
        assert_eq!(bursts(&last), [], "two spans have nothing usual");
    }

    #[test]
    fn weeks_start_on_mondays() {
        for now in [0, 1_795_269_600, 1_795_269_600 + 5 * DAY_SECONDS] {
            let start = start_of_last(now, 7 * DAY_SECONDS, 2);
            assert_eq!(weekday(start), 0, "{now}");
            assert!(start + 7 * DAY_SECONDS <= now && now < start + 14 * DAY_SECONDS, "{now}");
        }
    }

    #[test]
    fn spans_side_by_side_are_one_burst_at_its_highest() {
        let mut hours = vec![4; 72];
        hours[10..14].copy_from_slice(&[20, 60, 40, 16]);
        hours[30] = 80;
        assert_eq!(bursts(&hours), [(30, 20), (11, 15)]);
    }
}
