//! Packing index columns while reports are written: a block is packed as soon as its last number is given, in the
//! same transaction, so that the next start reads blocks instead of rows.

use crate::index::{pack_entries, pack_missing, pack_rows};
use crate::model::columns::{BLOCK_ENTRIES, BLOCK_ROWS, ColumnSource, Dictionary, IndexRow};
use crate::store::{self, Writer};
use std::collections::HashMap;

/// Holds the rows of the block that is not full yet; at 32,768 rows some 20 MB.
#[derive(Default)]
pub(super) struct Sealer {
    rows: Vec<IndexRow>,
    packed_entries: HashMap<Dictionary, u32>,
}

impl Sealer {
    /// Takes new rows, ascending by number, and packs the block that they complete.
    pub(super) fn push(&mut self, writer: &Writer, rows: Vec<IndexRow>) -> Result<(), store::Error> {
        for row in rows {
            let completes = row.id % BLOCK_ROWS == 0;
            self.rows.push(row);
            if completes {
                self.seal_rows(writer)?;
            }
        }
        Ok(())
    }

    fn seal_rows(&mut self, writer: &Writer) -> Result<(), store::Error> {
        let mut rows = std::mem::take(&mut self.rows);
        let Some(id) = rows.first().map(|row| row.id) else { return Ok(()) };
        let block = (id - 1) / BLOCK_ROWS;
        // What an earlier run left of this block stands in the database only.
        writer.index_rows(block * BLOCK_ROWS + 1, id - 1, true, &mut |row| rows.push(row))?;
        pack_rows(&rows).iter().try_for_each(|(column, data)| writer.put_segment(column, block, data))
    }

    /// Packs the dictionary blocks that are full.
    pub(super) fn seal_entries(&mut self, writer: &Writer) -> Result<(), store::Error> {
        for dictionary in Dictionary::ALL {
            let done = match self.packed_entries.get(&dictionary) {
                Some(done) => *done,
                None => writer.segment_numbers(dictionary.name())?.last().map_or(0, |last| last + 1),
            };
            let full = writer.last_entry(dictionary) / BLOCK_ENTRIES;
            for block in done..full {
                let mut texts = Vec::with_capacity(BLOCK_ENTRIES as usize);
                let (first, last) = (block * BLOCK_ENTRIES + 1, (block + 1) * BLOCK_ENTRIES);
                writer.entries_between(dictionary, first, last, &mut |_, text| texts.push(text.to_owned()))?;
                let (column, data) = pack_entries(dictionary, texts.iter().map(String::as_str));
                writer.put_segment(&column, block, &data)?;
            }
            self.packed_entries.insert(dictionary, full.max(done));
        }
        Ok(())
    }
}

/// Packs whatever full block is not packed, from the rows themselves.
pub(super) fn seal_missing(writer: &Writer) -> Result<(), store::Error> {
    let mut failed = None;
    pack_missing(writer, &mut |column, number, data| {
        if failed.is_none() {
            failed = writer.put_segment(column, number, &data).err();
        }
    })?;
    failed.map_or(Ok(()), Err)
}
