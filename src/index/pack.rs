//! Columns as bytes for the store. Everything packed can be packed again from rows and entries.

use super::columns::{BLOCK, Column, Columns};
use super::parts::{Parts, folding};
use super::texts::Texts;
use crate::model::{ColumnSource, Dictionary, IndexRow};

/// Packs the rows of one block, in any order, purged ones left out: every column's name and bytes. The block's
/// number is `(id - 1) / BLOCK_ROWS` of any row.
pub fn pack_rows(rows: &[IndexRow]) -> Vec<(String, Vec<u8>)> {
    let absent = IndexRow::default();
    let mut block = vec![&absent; BLOCK];
    for row in rows {
        let place = (row.id as usize).checked_sub(1).and_then(|position| block.get_mut(position % BLOCK));
        if let Some(place) = place {
            *place = row;
        }
    }
    let mut packed = vec![];
    each_column(&mut |name, column| packed.push((name.to_owned(), column.pack(&block))));
    packed
}

/// Packs the texts of one full block of a dictionary.
pub fn pack_entries<'a>(
    dictionary: Dictionary,
    texts: impl IntoIterator<Item = &'a str>,
) -> (String, Vec<u8>) {
    let mut block = Texts::default();
    for text in texts {
        block.push_with(|out| folding(dictionary).write(text, out));
    }
    (dictionary.name().to_owned(), block.write())
}

/// Packs every full block that is not packed in all its columns, and hands over column, block number and bytes.
/// What `each` gets for one block of rows belongs into one transaction, though an incomplete block only costs time.
pub fn pack_missing<S: ColumnSource>(
    source: &S,
    each: &mut dyn FnMut(&str, u32, Vec<u8>),
) -> Result<(), S::Error> {
    let full = source.last_id()? as usize / BLOCK;
    let mut packed = vec![0; full];
    let mut names = vec![];
    each_column(&mut |name, _| names.push(name));
    for name in &names {
        for number in source.segment_numbers(name)? {
            packed.get_mut(number as usize).into_iter().for_each(|count| *count += 1);
        }
    }
    for (block, _) in packed.iter().enumerate().filter(|(_, count)| **count < names.len()) {
        let mut rows = Vec::with_capacity(BLOCK);
        let (first, last) = (block * BLOCK + 1, (block + 1) * BLOCK);
        source.index_rows(first as u32, last as u32, true, &mut |row| rows.push(row))?;
        for (name, data) in pack_rows(&rows) {
            each(&name, block as u32, data);
        }
    }
    for dictionary in Dictionary::ALL {
        let numbers = source.segment_numbers(dictionary.name())?;
        let done = numbers.iter().zip(0..).take_while(|(number, expected)| **number == *expected).count();
        let (mut block, mut texts) = (done as u32, Texts::default());
        source.entries(dictionary, (done * BLOCK) as u32 + 1, &mut |_, text| {
            texts.push_with(|out| folding(dictionary).write(text, out));
            if texts.len() == BLOCK {
                each(dictionary.name(), block, std::mem::take(&mut texts).write());
                block += 1;
            }
        })?;
    }
    Ok(())
}

/// Every column of rows, loaded at start or later, under the name of its segments.
fn each_column(act: &mut dyn FnMut(&'static str, &dyn Column)) {
    Columns::default().each().into_iter().for_each(|(name, column)| act(name, column));
    Parts::all().contents().columns.into_iter().for_each(|(name, column)| act(name, column));
}
