//! Rows counted by the value of a column. Knows nothing of what values stand for.

use super::bitmap::Bitmap;
use super::columns::{Coded, Codes, each_width};
use std::borrow::Cow;

/// Less than one row of so many is selected: going from one to the next costs less than going through all of them.
const FEW: usize = 3;

/// Rows that are to be counted in several ways.
#[derive(Debug)]
pub(super) struct Rows<'r> {
    pub(super) bits: Cow<'r, Bitmap>,
    /// Their positions, ascending, if they are few.
    few: Option<Vec<u32>>,
}

impl<'r> Rows<'r> {
    pub(super) fn of(bits: &'r Bitmap) -> Rows<'r> {
        Rows::new(Cow::Borrowed(bits))
    }

    pub(super) fn new(bits: Cow<'r, Bitmap>) -> Rows<'r> {
        let is_few = bits.count() < bits.len() / FEW;
        let few = is_few.then(|| bits.ones().map(|position| position as u32).collect());
        Rows { bits, few }
    }
}

/// How many rows have each value of a column, by its code.
pub(super) fn tally_codes(
    rows: &Rows<'_>,
    codes: &Codes,
    distinct: usize,
    weight: Option<&Coded<u32>>,
) -> Vec<u64> {
    match codes {
        Codes::Narrow(column) => tally_bytes(rows, column, distinct, weight),
        codes => each_width!(codes, column => tally(rows, column, distinct, weight)),
    }
}

/// Counts by value. Neighbouring rows often have the same value, and a counter cannot take its next step before the
/// last one is stored; four tables in turn let four steps run at once.
pub(super) fn tally_bytes(
    rows: &Rows<'_>,
    column: &[u8],
    distinct: usize,
    weight: Option<&Coded<u32>>,
) -> Vec<u64> {
    if weight.is_some() {
        return tally(rows, column, distinct, weight);
    }
    let mut tables = [[0u32; 256]; 4];
    let [a, b, c, d] = &mut tables;
    let added = |tables: &[[u32; 256]; 4]| {
        let sum = |value: usize| tables.iter().map(|table| u64::from(table[value])).sum();
        (0..distinct.min(256)).map(sum).collect()
    };
    if let Some(few) = &rows.few {
        let value = |row: u32| column.get(row as usize).map(|value| usize::from(*value));
        let (fours, rest) = few.as_chunks::<4>();
        for [first, second, third, fourth] in fours {
            value(*first).into_iter().for_each(|value| a[value] += 1);
            value(*second).into_iter().for_each(|value| b[value] += 1);
            value(*third).into_iter().for_each(|value| c[value] += 1);
            value(*fourth).into_iter().for_each(|value| d[value] += 1);
        }
        rest.iter().filter_map(|row| value(*row)).for_each(|value| a[value] += 1);
        return added(&tables);
    }
    // Adding nought for the others costs less than looking for those that are selected.
    for (word, values) in rows.bits.words().iter().zip(column.chunks(64)).filter(|(word, _)| **word != 0) {
        let (fours, rest) = values.as_chunks::<4>();
        let mut bits = *word;
        for [first, second, third, fourth] in fours {
            a[usize::from(*first)] += bits as u32 & 1;
            b[usize::from(*second)] += (bits >> 1) as u32 & 1;
            c[usize::from(*third)] += (bits >> 2) as u32 & 1;
            d[usize::from(*fourth)] += (bits >> 3) as u32 & 1;
            bits >>= 4;
        }
        for value in rest {
            a[usize::from(*value)] += bits as u32 & 1;
            bits >>= 1;
        }
    }
    added(&tables)
}

fn tally<T: Copy>(rows: &Rows<'_>, column: &[T], distinct: usize, weight: Option<&Coded<u32>>) -> Vec<u64>
where
    u32: From<T>,
{
    if let Some(weight) = weight {
        let mut sums = vec![0; distinct];
        for position in rows.bits.ones() {
            let code = column.get(position).map_or(0, |code| u32::from(*code) as usize);
            sums.get_mut(code).into_iter().for_each(|sum| *sum += u64::from(weight.get(position)));
        }
        return sums;
    }
    let mut counts = vec![0u32; distinct];
    let mut count = |value: T, step: u32| {
        counts.get_mut(u32::from(value) as usize).into_iter().for_each(|count| *count += step);
    };
    if let Some(few) = &rows.few {
        few.iter().filter_map(|row| column.get(*row as usize)).for_each(|value| count(*value, 1));
        return counts.into_iter().map(u64::from).collect();
    }
    for (word, values) in rows.bits.words().iter().zip(column.chunks(64)).filter(|(word, _)| **word != 0) {
        values.iter().enumerate().for_each(|(bit, value)| count(*value, (word >> bit) as u32 & 1));
    }
    counts.into_iter().map(u64::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn however_many_rows_are_selected_each_counts_once(
            values in prop::collection::vec(0u8..40, 0..700),
            (share, seed) in (0u32..=100, any::<u32>()),
        ) {
            let mut rows = Bitmap::empty(values.len());
            let is_selected = |row: usize| (row as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) % 100 < share;
            (0..values.len()).for_each(|row| rows.set(row, is_selected(row)));
            let mut expected = vec![0u64; 40];
            rows.ones().for_each(|row| expected[usize::from(values[row])] += 1);
            let rows = Rows::of(&rows);
            for codes in [
                Codes::Narrow(values.clone()),
                Codes::Middle(values.iter().map(|value| u16::from(*value)).collect()),
                Codes::Wide(values.iter().map(|value| u32::from(*value)).collect()),
            ] {
                prop_assert_eq!(&tally_codes(&rows, &codes, 40, None), &expected);
            }
        }
    }
}
