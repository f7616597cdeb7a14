//! Numbers in an order, sorted only where somebody looks: of a million and a half URLs a screen shows forty, and to
//! find those takes a tenth of the time of sorting all. Knows nothing of what the numbers stand for.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

/// What is looked at beside is likely to be looked at next.
const AT_ONCE: usize = 1 << 12;

/// What an order is decided by: nearly always a number, of those that have the same by a closer look.
pub(super) trait Rank: Sync {
    /// The lower comes first.
    fn key(&self, number: u32) -> u128;

    /// Of two with the same key.
    fn closely(&self, one: u32, other: u32) -> Ordering {
        one.cmp(&other)
    }

    fn compare(&self, one: u32, other: u32) -> Ordering {
        self.key(one).cmp(&self.key(other)).then_with(|| self.closely(one, other))
    }
}

/// Numbers, of which parts are sorted.
pub(super) struct Ranked {
    numbers: Vec<u32>,
    /// Where parts begin, and whether they are sorted. Whatever is in a part comes before all that is in later ones.
    parts: BTreeMap<usize, bool>,
}

impl Ranked {
    /// In no order yet.
    pub(super) fn new(numbers: Vec<u32>) -> Ranked {
        Ranked { numbers, parts: BTreeMap::from([(0, false)]) }
    }

    /// Those of them that were kept, in the order in which they are: what was sorted is sorted still.
    pub(super) fn narrowed(&self, kept: Vec<u32>) -> Ranked {
        let mut parts = BTreeMap::new();
        let (mut place, mut walked) = (0, 0);
        for (first, is_sorted) in &self.parts {
            for number in self.numbers.get(walked..*first).unwrap_or_default() {
                place += usize::from(kept.get(place) == Some(number));
            }
            parts.insert(place, *is_sorted);
            walked = *first;
        }
        Ranked { numbers: kept, parts }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// All numbers, in whatever order they are.
    pub(super) fn all(&self) -> &[u32] {
        &self.numbers
    }

    /// See [`Ranked::all`].
    pub(super) fn into_all(self) -> Vec<u32> {
        self.numbers
    }

    /// The numbers at these places. The order has to be the same each time.
    pub(super) fn at(&mut self, range: Range<usize>, order: &impl Rank) -> &[u32] {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        if !self.unsorted(start..end).is_empty() {
            self.part_at(start / AT_ONCE * AT_ONCE, order);
            self.part_at(end.next_multiple_of(AT_ONCE), order);
        }
        for first in self.unsorted(start..end) {
            let part = first..self.end_of(first);
            self.numbers
                .get_mut(part)
                .into_iter()
                .for_each(|part| part.sort_unstable_by(|a, b| order.compare(*a, *b)));
            self.parts.insert(first, true);
        }
        self.numbers.get(start..end).unwrap_or_default()
    }

    /// Where those parts begin that have some of these places and are not sorted.
    fn unsorted(&self, range: Range<usize>) -> Vec<usize> {
        let first = self.parts.range(..=range.start).next_back().map_or(0, |(first, _)| *first);
        let parts = self.parts.range(first..range.end.max(first));
        parts.filter(|(_, is_sorted)| !**is_sorted).map(|(first, _)| *first).collect()
    }

    /// Where the part that begins here ends.
    fn end_of(&self, first: usize) -> usize {
        self.parts.range(first + 1..).next().map_or(self.len(), |(next, _)| *next)
    }

    /// Lets a part begin here.
    fn part_at(&mut self, place: usize, order: &impl Rank) {
        let Some((first, is_sorted)) =
            self.parts.range(..=place).next_back().map(|(first, sorted)| (*first, *sorted))
        else {
            return;
        };
        if first == place || place >= self.len() {
            return;
        }
        let part = first..self.end_of(first);
        if let Some(part) = self.numbers.get_mut(part).filter(|_| !is_sorted) {
            let wanted = place - first;
            let near = gathered(part, wanted, order);
            if (wanted + 1..part.len()).contains(&near) {
                self.parts.insert(first + near, false);
            }
            let part = part.get_mut(..near).unwrap_or_default();
            part.select_nth_unstable_by(wanted, |a, b| order.compare(*a, *b));
        }
        self.parts.insert(place, is_sorted);
    }
}

/// Brings what comes first to the front, rather more than what is wanted, and tells how much that is: all, where it
/// would be no gain. A sample says which number to compare with, so that each is looked at once.
fn gathered(part: &mut [u32], wanted: usize, order: &impl Rank) -> usize {
    const SAMPLE: usize = 1 << 10;
    if part.len() < 8 * wanted.max(SAMPLE) {
        return part.len();
    }
    let mut sample: Vec<u32> = part.iter().step_by(part.len() / SAMPLE).copied().collect();
    // Twice the share, since a sample is not the whole, and something above it, since a share may be none.
    let place = (2 * wanted * sample.len() / part.len() + 8).min(sample.len() - 1);
    let (_, border, _) = sample.select_nth_unstable_by(place, |a, b| order.compare(*a, *b));
    let (border, half) = (*border, part.len() / 2);
    let (one, other) = part.split_at_mut(half);
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| to_the_front(other, border, order));
        let first = to_the_front(one, border, order);
        // What panics there is told by the thread that asked.
        (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    // The front of the second half goes to where that of the first one ends, its last numbers first.
    for moved in 0..second.min(half - first) {
        part.swap(first + moved, half + second - 1 - moved);
    }
    let front = first + second;
    if front > wanted { front } else { part.len() }
}

/// Brings what comes before the border to the front, and tells how many that are.
fn to_the_front(part: &mut [u32], border: u32, order: &impl Rank) -> usize {
    let key = order.key(border);
    let mut front = 0;
    for at in 0..part.len() {
        let mine = order.key(part[at]);
        if mine < key || (mine == key && order.closely(part[at], border).is_lt()) {
            part.swap(at, front);
            front += 1;
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the upper bits of the numbers, so that several have the same key.
    struct ByUpperBits;

    impl Rank for ByUpperBits {
        fn key(&self, number: u32) -> u128 {
            (number >> 12).into()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn what_is_kept_of_them_is_in_the_same_order(
            length in 0usize..50_000,
            looks in prop::collection::vec((0usize..50_000, 0usize..3_000), 1..4),
            shares in prop::collection::vec(1u32..20, 1..4),
        ) {
            let mut ranked = Ranked::new((0..length as u32).map(|n| n.wrapping_mul(0x9e37_79b1)).collect());
            for share in shares {
                for (first, count) in &looks {
                    ranked.at(*first..first + count, &ByUpperBits);
                }
                let is_kept = |number: &u32| (number >> 3) % 20 < share;
                let kept: Vec<u32> = ranked.all().iter().copied().filter(is_kept).collect();
                let mut sorted = kept.clone();
                sorted.sort_unstable();
                ranked = ranked.narrowed(kept);
                for (first, count) in &looks {
                    let end = (first + count).min(sorted.len());
                    let expected = sorted.get((*first).min(end)..end).unwrap_or_default();
                    prop_assert_eq!(ranked.at(*first..first + count, &ByUpperBits), expected);
                }
            }
        }

        #[test]
        fn whatever_is_looked_at_is_what_sorting_all_would_give(
            length in 0usize..150_000,
            looks in prop::collection::vec((0usize..160_000, 0usize..3_000), 1..8),
        ) {
            // Each number once, in disorder.
            let numbers: Vec<u32> = (0..length as u32).map(|n| n.wrapping_mul(0x9e37_79b1)).collect();
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            let mut ranked = Ranked::new(numbers);
            for (first, count) in looks {
                let end = (first + count).min(length);
                let expected = sorted.get(first.min(end)..end).unwrap_or_default();
                prop_assert_eq!(ranked.at(first..first + count, &ByUpperBits), expected);
            }
        }
    }
}
