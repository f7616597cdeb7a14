//! Candidates that are the same reports seen another way become one line. Knows only which rows each has.

use super::candidates::Candidate;
use super::score::{LEAST_RATIO, Trend};
use crate::model::Dimension;

/// So many of a hundred of the smaller have to be in the larger for the one to lie within the other.
const WITHIN: u64 = 80;
/// What lies within a pattern stands for itself if it is so much steeper.
const STEEPER: f64 = 2.0;
/// The most lines: whatever comes later scores less than all of them.
const MOST_LINES: usize = 120;
/// A mail with thousands of URLs would make a million of small tests.
const MOST_DETAILS: usize = 24;

/// A pattern with what else its reports share.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) lead: Candidate,
    /// With how many of the rows they share.
    pub(super) details: Vec<(Candidate, u64)>,
    /// That of the best of them.
    pub(super) score: f64,
}

/// Lines, the best first. What is said goes before where it comes from: a network that carries nothing but the wave of
/// the day is a detail of the wave.
pub(super) fn merged(mut found: Vec<Candidate>, trend: Trend, least: u64) -> Vec<Line> {
    found.sort_by(|a, b| {
        let place = |candidate: &Candidate| {
            (candidate.dimension, candidate.before, std::cmp::Reverse(candidate.length), candidate.order)
        };
        let origin = a.dimension.is_origin().cmp(&b.dimension.is_origin());
        origin.then(b.score.total_cmp(&a.score)).then_with(|| place(a).cmp(&place(b)))
    });
    let mut lines: Vec<Line> = vec![];
    let mut lines_of_row = LinesOfRow::of(&found);
    for candidate in found {
        let (mut shared, mut covered) = (vec![0u64; lines.len()], 0);
        for row in &candidate.members {
            let mut is_covered = false;
            for line in lines_of_row.get(*row) {
                is_covered = true;
                shared.get_mut(line).into_iter().for_each(|count| *count += 1);
            }
            covered += u64::from(is_covered);
        }
        let best = shared.iter().copied().enumerate().max_by_key(|(line, count)| (*count, usize::MAX - line));
        let count = candidate.count();
        let left = count - covered;
        match best.and_then(|(at, shared)| Some((lines.get_mut(at)?, shared))) {
            Some((line, shared)) if is_part(shared, count) && !stands_out(&candidate, &line.lead, trend) => {
                line.take(candidate, shared);
                continue;
            }
            // Many patterns together burst through it: it says nothing of its own.
            Some((line, shared))
                if !stands_out_left(&candidate, left, least, trend) && !is_part(shared, count) =>
            {
                if is_part(shared, line.lead.count()) {
                    line.take(candidate, shared);
                }
                continue;
            }
            _ => {}
        }
        if lines.len() == MOST_LINES {
            continue;
        }
        let number = lines.len();
        candidate.members.iter().for_each(|row| lines_of_row.push(*row, number));
        lines.push(Line { score: candidate.score, lead: candidate, details: vec![] });
    }
    lines.iter_mut().for_each(Line::name);
    lines
}

/// The lines that a row is in, as a chain for each row: a million of small lists would cost more than all else here.
struct LinesOfRow {
    first_row: u32,
    /// By row from the first one on where its chain begins, from 1 on; 0 where it is in none.
    heads: Vec<u32>,
    /// A line, and where the chain goes on.
    links: Vec<(u32, u32)>,
}

impl LinesOfRow {
    fn of(candidates: &[Candidate]) -> LinesOfRow {
        let first = candidates.iter().filter_map(|candidate| candidate.members.first()).min();
        let last = candidates.iter().filter_map(|candidate| candidate.members.last()).max();
        let first_row = first.copied().unwrap_or(0);
        let rows = last.map_or(0, |last| (last - first_row) as usize + 1);
        LinesOfRow { first_row, heads: vec![0; rows], links: vec![] }
    }

    fn place(&self, row: u32) -> usize {
        row.saturating_sub(self.first_row) as usize
    }

    fn get(&self, row: u32) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.heads.get(self.place(row)).copied().unwrap_or(0);
        std::iter::from_fn(move || {
            let (line, behind) = self.links.get((next as usize).checked_sub(1)?)?;
            next = *behind;
            Some(*line as usize)
        })
    }

    fn push(&mut self, row: u32, line: usize) {
        let place = self.place(row);
        let Some(head) = self.heads.get_mut(place) else { return };
        self.links.push((line as u32, *head));
        *head = self.links.len() as u32;
    }
}

fn is_part(shared: u64, of: u64) -> bool {
    shared * 100 >= of * WITHIN
}

/// Whether something within a pattern is more remarkable than the whole.
fn stands_out(part: &Candidate, whole: &Candidate, trend: Trend) -> bool {
    // A campaign that goes on takes new hosts, senders and files every day: that makes no new campaign of it.
    let is_told_by_it = part.dimension <= Dimension::Url || whole.dimension > Dimension::Url;
    let ratio = |candidate: &Candidate| trend.ratio(candidate.count(), candidate.before);
    !part.dimension.is_origin() && is_told_by_it && ratio(part) > STEEPER * ratio(whole)
}

/// Whether it would still burst without the reports that are in other lines.
fn stands_out_left(candidate: &Candidate, left: u64, least: u64, trend: Trend) -> bool {
    left >= least && trend.ratio(left, candidate.before) >= LEAST_RATIO
}

impl Line {
    fn take(&mut self, candidate: Candidate, shared: u64) {
        if self.details.len() < MOST_DETAILS {
            self.details.push((candidate, shared));
        }
    }

    /// Of what has about the same reports the most telling gives the name.
    fn name(&mut self) {
        let count = self.lead.count();
        let is_same = |candidate: &Candidate, shared: u64| {
            is_part(shared, count)
                && is_part(shared, candidate.count())
                && candidate.count() * 10 >= count * 9
        };
        let better = self
            .details
            .iter()
            .enumerate()
            .filter(|(_, (candidate, shared))| is_same(candidate, *shared))
            .min_by_key(|(_, (candidate, _))| {
                (candidate.dimension, candidate.before, std::cmp::Reverse(candidate.length), candidate.order)
            })
            .filter(|(_, (candidate, _))| candidate.dimension < self.lead.dimension)
            .map(|(at, (_, shared))| (at, *shared));
        if let Some((at, shared)) = better {
            let (lead, _) = self.details.remove(at);
            let before = std::mem::replace(&mut self.lead, lead);
            self.details.insert(0, (before, shared));
        }
    }
}
