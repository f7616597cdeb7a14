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
    /// By unit: nothing yet ([`UNKNOWN`]), no value ([`NOTHING`]), the number of the only one, or [`LIST`] and where
    /// the several begin.
    units: Vec<u32>,
    /// How many, and their numbers; one list behind the other.
    lists: Vec<u32>,
    /// By the number of their first value the last list that begins with it: of a million URLs most share their host,
    /// and with it the domains above, with others, and few lists stay near the processor.
    lists_of_first: Vec<u32>,
}

/// The number of no value: it stands for those that a unit without any has.
pub(super) const NOTHING: u32 = 0;

/// The first values of a unit say what it is: a mail with ten thousand addresses, or words, would cost more than all
/// others together.
const MOST_VALUES: usize = 256;

/// Units are far apart in memory; what is known of so many is fetched at once, without a decision in between for which
/// the processor would wait.
const UNITS_AT_ONCE: usize = 64;

const UNKNOWN: u32 = u32::MAX;
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

    /// Hands over the numbers of units, each with the row that has it: every number once, in the order of the text;
    /// [`NOTHING`] where there is none, without a case of its own, which no processor could foresee. `read` tells the
    /// hashes of a unit that is asked about for the first time.
    pub(super) fn of(
        &mut self,
        units: &[(u32, u32)],
        mut read: impl FnMut(u32, &mut dyn FnMut(u64)),
        mut each: impl FnMut(&[u32], u32),
    ) {
        for units in units.chunks(UNITS_AT_ONCE) {
            let mut known = [UNKNOWN; UNITS_AT_ONCE];
            known.iter_mut().zip(units).for_each(|(known, (unit, _))| *known = self.known(*unit));
            for ((unit, row), mut known) in units.iter().zip(known) {
                if known == UNKNOWN {
                    // Meanwhile it may be known: it may stand there twice.
                    if self.known(*unit) == UNKNOWN {
                        self.learn(*unit as usize, |take| read(*unit, take));
                    }
                    known = self.known(*unit);
                }
                each(self.numbers(&known), *row);
            }
        }
    }

    fn known(&self, unit: u32) -> u32 {
        self.units.get(unit as usize).copied().unwrap_or(UNKNOWN)
    }

    /// What is known of a unit, as numbers.
    fn numbers<'v>(&'v self, known: &'v u32) -> &'v [u32] {
        match known {
            only if only & LIST == 0 => std::slice::from_ref(only),
            &UNKNOWN => &[],
            list => self.list((list & !LIST) as usize),
        }
    }

    fn list(&self, start: usize) -> &[u32] {
        let (count, values) = self.lists.get(start..).and_then(<[u32]>::split_first).unwrap_or((&0, &[]));
        values.get(..*count as usize).unwrap_or_default()
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
            None | Some([]) => NOTHING,
            Some([only]) => *only,
            Some([first, several @ ..]) => {
                let (first, count) = (*first as usize, several.len() as u32 + 1);
                self.lists.get_mut(start).into_iter().for_each(|length| *length = count);
                LIST | self.shared(first, start) as u32
            }
        };
        if found != LIST | start as u32 {
            self.lists.truncate(start);
        }
        if self.units.len() <= place {
            self.units.resize((place + 1).next_power_of_two(), UNKNOWN);
        }
        self.units.get_mut(place).into_iter().for_each(|unit| *unit = found);
    }

    /// Where the list stands that begins here and with this number: before, if it is the same as the last one.
    fn shared(&mut self, first: usize, start: usize) -> usize {
        if self.lists_of_first.len() <= first {
            self.lists_of_first.resize((first + 1).next_power_of_two(), UNKNOWN);
        }
        let known = self.lists_of_first.get(first).copied().unwrap_or(UNKNOWN);
        if known != UNKNOWN && self.list(known as usize) == self.list(start) {
            return known as usize;
        }
        self.lists_of_first.get_mut(first).into_iter().for_each(|last| *last = start as u32);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_once_and_its_values_keep_their_numbers() {
        let mut values = Values::default();
        let mut asked = |units: &[(u32, u32)], reads: &mut Vec<u32>| {
            let mut found = vec![];
            let read = |unit, take: &mut dyn FnMut(u64)| {
                reads.push(unit);
                let hashes: &[u64] = match unit {
                    7 | 8 => &[50, 60, 50],
                    900 => &[60],
                    _ => &[],
                };
                hashes.iter().for_each(|hash| take(*hash));
            };
            values.of(units, read, |numbers, row| found.push((row, numbers.to_vec())));
            found
        };
        let mut reads = vec![];
        let expected = [(1, vec![1, 2]), (1, vec![2]), (2, vec![NOTHING]), (3, vec![1, 2])];
        assert_eq!(asked(&[(7, 1), (900, 1), (0, 2), (7, 3)], &mut reads), expected);
        assert_eq!(asked(&[(7, 1), (900, 1), (0, 2), (7, 3)], &mut reads), expected);
        let many: Vec<(u32, u32)> = (0..1_000).map(|row| (900, row)).collect();
        assert_eq!(asked(&many, &mut reads), (0..1_000).map(|row| (row, vec![2])).collect::<Vec<_>>());
        assert_eq!(asked(&[(8, 1)], &mut reads), [(1, vec![1, 2])]);
        assert_eq!(reads, [7, 900, 0, 8]);
        assert_eq!(values.lists.len(), 3, "two units with the same values share their list");
        assert_eq!((values.last(), values.number(60), values.number(61)), (2, Some(2), None));
    }

    #[test]
    fn of_a_unit_with_endless_values_the_first_count() {
        let mut values = Values::default();
        let mut found = vec![];
        let read = |_, take: &mut dyn FnMut(u64)| (1..=100_000).for_each(take);
        values.of(&[(1, 1)], read, |numbers, _| found = numbers.to_vec());
        assert_eq!(found, (1..=MOST_VALUES as u32).collect::<Vec<u32>>());
        assert_eq!(values.last(), MOST_VALUES, "and nothing else is kept");
    }

    #[test]
    fn what_was_learned_of_rows_is_forgotten_when_rows_change() {
        let mut known = PatternValues::default();
        let first = |known: &mut PatternValues, hash| {
            let mut found = vec![];
            known.by_dimension[0].of(&[(3, 1)], |_, take| take(hash), |numbers, _| found = numbers.to_vec());
            found
        };
        assert_eq!(first(known.at(0), 5), [1]);
        assert_eq!(first(known.at(0), 6), [1]);
        assert_eq!(known.at(0).by_dimension[0].number(6), None);
        first(known.at(1), 6);
        assert_eq!(known.at(1).by_dimension[0].number(6), Some(1));
    }
}
