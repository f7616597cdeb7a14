//! Candidates that are the same reports seen another way become one line. Knows only which rows each has.

use super::Keyed;
use super::candidates::Candidate;
use super::score::{LEAST_RATIO, Trend};
use crate::model::Dimension;
use std::collections::HashMap;

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
    let mut lines_of_row: HashMap<u32, Vec<usize>, Keyed> = HashMap::default();
    for candidate in found {
        let (mut shared, mut covered) = (vec![0u64; lines.len()], 0);
        for row in &candidate.members {
            let there = lines_of_row.get(row).map_or(&[][..], Vec::as_slice);
            covered += u64::from(!there.is_empty());
            there.iter().for_each(|line| shared.get_mut(*line).into_iter().for_each(|count| *count += 1));
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
        candidate.members.iter().for_each(|row| lines_of_row.entry(*row).or_default().push(number));
        lines.push(Line { score: candidate.score, lead: candidate, details: vec![] });
    }
    lines.iter_mut().for_each(Line::name);
    lines
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
