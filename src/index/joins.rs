//! Several dictionary entries a row: its URLs, its files.

use super::columns::{BLOCK, Column};
use super::wire::{Damage, Reader, Writer};
use crate::model::IndexRow;
use std::ops::Range;

/// Entries of the rows of one block, one row behind the other.
#[derive(Debug, Clone, Default)]
struct Block {
    /// Where each row's entries end. Rows beyond the last have none.
    ends: Vec<u32>,
    entries: Vec<u32>,
}

impl Block {
    fn range(&self, place: usize) -> std::ops::Range<usize> {
        let end = self.ends.get(place).map_or(0, |end| *end as usize);
        let start =
            place.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |start| *start as usize);
        start.min(end)..end
    }

    fn replace(&mut self, place: usize, entries: &[u32]) {
        while self.ends.len() <= place {
            self.ends.push(self.entries.len() as u32);
        }
        let old = self.range(place);
        if self.entries.get(old.clone()) == Some(entries) {
            return;
        }
        let old_length = old.len() as u32;
        self.entries.splice(old, entries.iter().copied());
        for end in self.ends.iter_mut().skip(place) {
            *end = *end - old_length + entries.len() as u32;
        }
    }
}

/// The join column.
#[derive(Debug, Clone)]
pub(super) struct Joins {
    blocks: Vec<Block>,
    take: fn(&IndexRow) -> &[u32],
}

impl Joins {
    pub(super) fn new(take: fn(&IndexRow) -> &[u32]) -> Joins {
        Joins { blocks: vec![], take }
    }

    /// The entries of a row.
    pub(super) fn get(&self, position: usize) -> &[u32] {
        let Some(block) = self.blocks.get(position / BLOCK) else { return &[] };
        block.entries.get(block.range(position % BLOCK)).unwrap_or_default()
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Hands over the rows of some blocks that have several entries.
    pub(super) fn each_with_several(&self, blocks: Range<usize>, mut each: impl FnMut(usize, &[u32])) {
        for (number, block) in self.blocks.iter().enumerate().take(blocks.end).skip(blocks.start) {
            let mut start = 0;
            for (place, end) in block.ends.iter().map(|end| *end as usize).enumerate() {
                if end > start + 1 {
                    block
                        .entries
                        .get(start..end)
                        .into_iter()
                        .for_each(|entries| each(number * BLOCK + place, entries));
                }
                start = end;
            }
        }
    }

    /// Sets the bit of every row of a block that has an entry which passes. Where most rows are asked about, going
    /// through the entries is twice as fast as going through the rows.
    pub(super) fn scan(&self, block: usize, test: impl Fn(u32) -> bool, hits: &mut [u64]) {
        let Some(block) = self.blocks.get(block) else { return };
        let mut place = 0;
        for (number, _) in (0u32..).zip(&block.entries).filter(|(_, entry)| test(**entry)) {
            while block.ends.get(place).is_some_and(|end| *end <= number) {
                place += 1;
            }
            hits.get_mut(place / 64).into_iter().for_each(|word| *word |= 1 << (place % 64));
        }
    }
}

impl Column for Joins {
    fn resize(&mut self, rows: usize) {
        self.blocks.resize_with(rows.div_ceil(BLOCK), Block::default);
    }

    fn set(&mut self, position: usize, row: &IndexRow) {
        if let Some(block) = self.blocks.get_mut(position / BLOCK) {
            block.replace(position % BLOCK, (self.take)(row));
        }
    }

    fn read_block(&mut self, start: usize, data: &[u8]) -> Result<(), Damage> {
        let mut reader = Reader::new(data)?;
        let ends: Vec<u32> = reader.numbers(BLOCK)?;
        let total = ends.last().copied().unwrap_or(0);
        let entries = reader.numbers(total as usize)?;
        reader.end()?;
        if !ends.is_sorted() {
            return Err("its lists do not lie one behind the other");
        }
        if let Some(block) = self.blocks.get_mut(start / BLOCK) {
            *block = Block { ends, entries };
        }
        Ok(())
    }

    fn pack(&self, rows: &[&IndexRow]) -> Vec<u8> {
        let mut writer = Writer::new();
        let mut end = 0u32;
        writer.numbers(rows.iter().map(|row| {
            end += (self.take)(row).len() as u32;
            end
        }));
        writer.numbers(rows.iter().flat_map(|row| (self.take)(row).iter().copied()));
        writer.0
    }
}
