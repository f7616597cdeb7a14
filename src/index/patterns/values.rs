//! A number for each value of a dimension, given when it is first met and kept between questions: every dictionary
//! entry and every row is looked into once, whatever windows are asked about later. Knows nothing of what values are.

use super::Keyed;
use crate::model::Dimension;
use std::collections::HashMap;

/// The numbers of all dimensions. Belongs to one index: what it has learned of rows is forgotten when rows change.
#[derive(Default)]
pub struct PatternValues {
    pub(super) by_dimension: [Values; Dimension::ALL.len()],
    /// How far learning ahead of questions has come: from the last row that there was when it began, down to here.
    pub(super) ahead_from: Option<u32>,
    rewrites: u64,
}

impl PatternValues {
    /// What is true of rows that have changed so often.
    pub(super) fn at(&mut self, rewrites: u64) -> &mut PatternValues {
        if self.rewrites != rewrites {
            *self = PatternValues { rewrites, ..PatternValues::default() };
        }
        self
    }
}

/// The values of units: dictionary entries, rows, places in a table.
#[derive(Default)]
pub(super) struct Values {
    /// By hash. Two values of one hash of 64 bits are one; nobody outside knows the key of the hash.
    numbers: HashMap<u64, u32, Keyed>,
    /// By unit: nothing yet ([`UNKNOWN`]), no value ([`NONE`]), the number of the only one, or [`LIST`] and where the
    /// several begin.
    units: Vec<u32>,
    /// How many, and their numbers; one list behind the other.
    lists: Vec<u32>,
}

/// The first values of a unit say what it is: a mail with ten thousand addresses, or words, would cost more than all
/// others together.
const MOST_VALUES: usize = 256;

const UNKNOWN: u32 = 0;
const NONE: u32 = u32::MAX;
const LIST: u32 = 1 << 31;

impl Values {
    /// What makes hashes of texts.
    pub(super) fn hasher(&self) -> &Keyed {
        self.numbers.hasher()
    }

    /// Numbers go up to this one, from 1 on.
    pub(super) fn last(&self) -> usize {
        self.numbers.len()
    }

    /// The number of the value with this hash.
    pub(super) fn number(&self, hash: u64) -> Option<u32> {
        self.numbers.get(&hash).copied()
    }

    /// The numbers of a unit, each once, in the order of its text; `read` hands over their hashes when they are asked
    /// for the first time.
    pub(super) fn of(&mut self, unit: u32, read: impl FnOnce(&mut dyn FnMut(u64))) -> &[u32] {
        let place = unit as usize;
        if self.units.get(place).is_none_or(|known| *known == UNKNOWN) {
            self.learn(place, read);
        }
        match self.units.get(place) {
            None | Some(&NONE) => &[],
            Some(only) if only & LIST == 0 => std::slice::from_ref(only),
            Some(list) => {
                let (count, values) = self
                    .lists
                    .get((list & !LIST) as usize..)
                    .and_then(<[u32]>::split_first)
                    .unwrap_or((&0, &[]));
                values.get(..*count as usize).unwrap_or_default()
            }
        }
    }

    fn learn(&mut self, place: usize, read: impl FnOnce(&mut dyn FnMut(u64))) {
        let start = self.lists.len();
        // Its length comes first.
        self.lists.push(0);
        let mut left = MOST_VALUES;
        read(&mut |hash| {
            let Some(fewer) = left.checked_sub(1) else { return };
            left = fewer;
            let next = self.numbers.len() as u32 + 1;
            let number = *self.numbers.entry(hash).or_insert(next);
            if self.lists.get(start + 1..).is_none_or(|known| !known.contains(&number)) {
                self.lists.push(number);
            }
        });
        let found = match self.lists.get(start + 1..) {
            None | Some([]) => NONE,
            Some([only]) => *only,
            Some(several) => {
                let count = several.len() as u32;
                self.lists.get_mut(start).into_iter().for_each(|length| *length = count);
                LIST | start as u32
            }
        };
        if found & LIST == 0 || found == NONE {
            self.lists.truncate(start);
        }
        if self.units.len() <= place {
            self.units.resize((place + 1).next_power_of_two(), UNKNOWN);
        }
        self.units.get_mut(place).into_iter().for_each(|unit| *unit = found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_once_and_its_values_keep_their_numbers() {
        let mut values = Values::default();
        let read =
            |hashes: &'static [u64]| move |take: &mut dyn FnMut(u64)| hashes.iter().for_each(|h| take(*h));
        assert_eq!(values.of(7, read(&[50, 60, 50])), [1, 2]);
        assert_eq!(values.of(900, read(&[60])), [2]);
        assert_eq!(values.of(0, read(&[])), [] as [u32; 0]);
        for (unit, expected) in [(7, &[1, 2][..]), (900, &[2]), (0, &[])] {
            assert_eq!(values.of(unit, |_| unreachable!("it was read before")), expected);
        }
        assert_eq!((values.last(), values.number(60), values.number(61)), (2, Some(2), None));
    }

    #[test]
    fn of_a_unit_with_endless_values_the_first_count() {
        let mut values = Values::default();
        let found = values.of(1, |take| (1..=100_000).for_each(take)).to_vec();
        assert_eq!(found, (1..=MOST_VALUES as u32).collect::<Vec<u32>>());
        assert_eq!(values.last(), MOST_VALUES, "and nothing else is kept");
    }

    #[test]
    fn what_was_learned_of_rows_is_forgotten_when_rows_change() {
        let mut known = PatternValues::default();
        let first = |known: &mut PatternValues, hash| known.by_dimension[0].of(3, |take| take(hash)).to_vec();
        assert_eq!(first(known.at(0), 5), [1]);
        assert_eq!(first(known.at(0), 6), [1]);
        assert_eq!(known.at(0).by_dimension[0].number(6), None);
        first(known.at(1), 6);
        assert_eq!(known.at(1).by_dimension[0].number(6), Some(1));
    }
}
