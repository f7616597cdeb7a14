//! Many texts in few allocations, and the scan that finds those that match a pattern.

use super::columns::{BLOCK, Column};
use super::urls::tail;
use super::view::View;
use super::wire::{Damage, Reader, Writer};
use crate::model::IndexRow;
use crate::query::{Pattern, Style, fold_into, fold_values_into};
use memchr::memmem::Finder;

/// Texts of one block in one piece of memory, each with a newline behind it. No text holds a newline.
///
/// The piece is their own, or lies where it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Texts<Bytes = Vec<u8>> {
    bytes: Bytes,
    /// Where each text's newline stands, plus one.
    ends: Vec<u32>,
}

impl<Bytes: AsRef<[u8]>> Texts<Bytes> {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn size(&self) -> usize {
        self.bytes.as_ref().len()
    }

    fn start(&self, place: usize) -> usize {
        place.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize)
    }

    /// The text at a place; empty beyond the last.
    pub(super) fn get(&self, place: usize) -> &[u8] {
        let end = self.ends.get(place).map_or(0, |end| *end as usize);
        self.bytes.as_ref().get(self.start(place)..end.saturating_sub(1)).unwrap_or_default()
    }

    /// Sets the bit of every text that the scan finds.
    pub(super) fn scan(&self, scan: &Scan<'_>, hits: &mut [u64]) {
        let mut hit = |place: usize| {
            if let Some(word) = hits.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        };
        let Some(finder) = &scan.finder else {
            (0..self.len()).filter(|place| scan.matches(self.get(*place))).for_each(hit);
            return;
        };
        let (mut position, mut place) = (0, 0);
        while let Some(found) = self.bytes.as_ref().get(position..).and_then(|rest| finder.find(rest)) {
            place = self.place_of(position + found, place);
            if scan.is_exact || scan.matches(self.get(place)) {
                hit(place);
            }
            position = self.ends.get(place).map_or(usize::MAX, |end| *end as usize);
            place += 1;
        }
    }

    /// The place of the text that holds a byte, not before `place`: gallop, then bisect, since hits lie either close
    /// together or far apart.
    fn place_of(&self, byte: usize, mut place: usize) -> usize {
        let behind = |place: usize| self.ends.get(place).is_none_or(|end| *end as usize > byte);
        let mut step = 1;
        while !behind(place + step - 1) {
            place += step;
            step *= 2;
        }
        let range = self.ends.get(place..(place + step).min(self.len())).unwrap_or_default();
        place + range.partition_point(|end| *end as usize <= byte)
    }
}

impl Texts {
    /// The same without a copy.
    pub(super) fn borrowed(&self) -> Texts<&[u8]> {
        Texts { bytes: &self.bytes, ends: self.ends.clone() }
    }

    /// Appends what `write` writes. Texts beyond the 4 GiB that offsets reach are left empty: 32,768 texts of 128 kB
    /// each do not come from mail headers.
    pub(super) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        if u32::try_from(self.bytes.len() + 1).is_err() {
            self.bytes.truncate(start);
        }
        self.bytes.push(b'\n');
        self.ends.push(self.bytes.len() as u32);
    }

    /// Another text at a place, which may lie beyond the last.
    fn replace(&mut self, place: usize, text: &[u8]) {
        while self.len() < place {
            self.push_with(|_| {});
        }
        if self.len() == place {
            return self.push_with(|out| out.extend_from_slice(text));
        }
        let old = self.get(place);
        if old == text {
            return;
        }
        let start = self.start(place);
        let (old_length, new_length) = (old.len() as u32, text.len() as u32);
        self.bytes.splice(start..start + old_length as usize, text.iter().copied());
        for end in self.ends.iter_mut().skip(place) {
            *end = *end - old_length + new_length;
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.0.reserve(4 + 4 * self.ends.len() + self.bytes.len());
        writer.number(self.ends.len() as u32);
        writer.numbers(self.ends.iter().copied());
        writer.0.extend_from_slice(&self.bytes);
        writer.0
    }
}

impl<'a> Texts<&'a [u8]> {
    /// The texts of a packed block, where they lie.
    pub(super) fn read(data: &'a [u8]) -> Result<Self, Damage> {
        let mut reader = Reader::new(data)?;
        let count: u32 = reader.number()?;
        if count as usize > BLOCK {
            return Err("it has more texts than a block holds");
        }
        let ends: Vec<u32> = reader.numbers(count as usize)?;
        let bytes = reader.rest();
        let ascending = ends.first().is_none_or(|end| *end > 0) && ends.is_sorted_by(|a, b| a < b);
        if !ascending || ends.last().copied().unwrap_or(0) as usize != bytes.len() {
            return Err("its texts do not lie one behind the other");
        }
        Ok(Texts { bytes, ends })
    }

    /// Copied to a place of their own.
    pub(super) fn keep(self) -> Texts {
        Texts { bytes: self.bytes.to_vec(), ends: self.ends }
    }
}

/// One pattern made ready for many texts.
pub(super) struct Scan<'a> {
    pattern: &'a Pattern,
    style: Style,
    view: View,
    finder: Option<Finder<'a>>,
    /// Whatever the finder finds matches.
    is_exact: bool,
    /// Every text matches that is one.
    takes_all: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(pattern: &'a Pattern, style: Style, view: View) -> Scan<'a> {
        let is_exact = matches!(pattern, Pattern::Plain(_))
            && style == Style::Contains
            && matches!(view, View::Whole | View::Values);
        let takes_all = view == View::Whole && pattern.takes_all();
        Scan { pattern, style, view, finder: pattern.essence().map(Finder::new), is_exact, takes_all }
    }

    /// The pattern is compared with the text from end to end.
    pub(super) fn sees_whole(&self) -> bool {
        self.view == View::Whole
    }

    pub(super) fn pattern(&self) -> &'a Pattern {
        self.pattern
    }

    /// Whether one folded text matches.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        if self.takes_all {
            return !text.is_empty();
        }
        if let Some(finder) = &self.finder {
            let found = finder.find(text).is_some();
            if self.is_exact || !found {
                return found;
            }
        }
        self.view.any(text, |value| self.pattern.matches(self.style, value))
    }
}

/// How texts enter a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// As compared.
    Folded,
    /// As compared; TABs part values.
    FoldedValues,
    /// As written, for showing; line breaks become blanks.
    Kept,
}

impl Folding {
    pub(super) fn write(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Folding::Folded => fold_into(text, out),
            Folding::FoldedValues => fold_values_into(text, out),
            Folding::Kept => out.extend(text.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte })),
        }
    }
}

/// What takes the texts of a dictionary in turn: packed blocks first, single ones behind them.
pub(super) trait Entries: Send {
    /// How many it took so far.
    fn len(&self) -> usize;
    /// Takes a full block as the next one.
    fn push_block(&mut self, block: Texts<&[u8]>);
    /// Takes one text.
    fn push(&mut self, text: &str);
}

/// The entries of one dictionary, kept; entry 1 is the first.
#[derive(Debug, Clone)]
pub(super) struct TextTable {
    pub(super) blocks: Vec<Texts>,
    folding: Folding,
    /// By block and place, where they are wanted.
    tails: Option<Vec<Vec<u64>>>,
}

impl TextTable {
    pub(super) fn new(folding: Folding) -> TextTable {
        TextTable { blocks: vec![], folding, tails: None }
    }

    /// With the last bytes of each text, by [`tail`].
    pub(super) fn with_tails(self) -> TextTable {
        TextTable { tails: Some(vec![]), ..self }
    }

    /// Without them.
    pub(super) fn drop_tails(&mut self) {
        self.tails = None;
    }

    /// The tails of a block.
    pub(super) fn tails(&self, block: usize) -> Option<&[u64]> {
        self.tails.as_ref().and_then(|tails| tails.get(block)).map(Vec::as_slice)
    }

    pub(super) fn size(&self) -> usize {
        self.blocks.iter().map(Texts::size).sum()
    }

    /// Entry 0 and entries beyond the last are empty.
    pub(super) fn get(&self, entry: u32) -> &[u8] {
        let Some(place) = (entry as usize).checked_sub(1) else { return &[] };
        self.blocks.get(place / BLOCK).map_or(&[], |block| block.get(place % BLOCK))
    }
}

impl Entries for TextTable {
    fn len(&self) -> usize {
        match self.blocks.split_last() {
            Some((last, full)) => full.len() * BLOCK + last.len(),
            None => 0,
        }
    }

    fn push_block(&mut self, block: Texts<&[u8]>) {
        if let Some(tails) = &mut self.tails {
            tails.push((0..block.len()).map(|place| tail(block.get(place))).collect());
        }
        self.blocks.push(block.keep());
    }

    fn push(&mut self, text: &str) {
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Texts::default());
            self.tails.iter_mut().for_each(|tails| tails.push(vec![]));
        }
        let Some(block) = self.blocks.last_mut() else { return };
        block.push_with(|out| self.folding.write(text, out));
        if let Some(tails) = self.tails.as_mut().and_then(|tails| tails.last_mut()) {
            tails.push(tail(block.get(block.len() - 1)));
        }
    }
}

/// One text a row, or several parted by TAB; few questions ask for it, so it is loaded when one does.
#[derive(Debug, Clone)]
pub(super) struct RowTexts {
    pub(super) blocks: Vec<Texts>,
    /// Which of the rare texts.
    which: usize,
}

/// More than this a block of 32,768 header values does not unpack to.
const MOST_UNPACKED_BYTES: usize = 1 << 30;

impl RowTexts {
    pub(super) fn new(which: usize) -> RowTexts {
        RowTexts { blocks: vec![], which }
    }

    /// The text of a row; several values are parted by TAB.
    pub(super) fn get(&self, row: usize) -> &[u8] {
        self.blocks.get(row / BLOCK).map_or(&[], |block| block.get(row % BLOCK))
    }

    fn folded(&self, row: &IndexRow) -> Vec<u8> {
        let mut out = vec![];
        let value = row.texts.values().get(self.which).copied().unwrap_or_default();
        Folding::FoldedValues.write(value, &mut out);
        out
    }
}

impl Column for RowTexts {
    fn resize(&mut self, rows: usize) {
        self.blocks.resize_with(rows.div_ceil(BLOCK), Texts::default);
    }

    fn set(&mut self, position: usize, row: &IndexRow) {
        let text = self.folded(row);
        if let Some(block) = self.blocks.get_mut(position / BLOCK) {
            block.replace(position % BLOCK, &text);
        }
    }

    fn read_block(&mut self, start: usize, data: &[u8]) -> Result<(), Damage> {
        let unpacked = zstd::stream::decode_all(bounded(data)?).map_err(|_| "it cannot be unpacked")?;
        let texts = Texts::read(&unpacked)?.keep();
        if let Some(block) = self.blocks.get_mut(start / BLOCK) {
            *block = texts;
        }
        Ok(())
    }

    fn pack(&self, rows: &[&IndexRow]) -> Vec<u8> {
        let mut texts = Texts::default();
        for row in rows {
            texts.push_with(|out| out.extend_from_slice(&self.folded(row)));
        }
        // Level 3: twice as small as raw at a tenth of the time that reading the rows takes.
        zstd::bulk::compress(&texts.write(), 3).unwrap_or_default()
    }
}

/// The data, unless it claims to unpack to more than memory should be given for it.
fn bounded(data: &[u8]) -> Result<&[u8], Damage> {
    match zstd::zstd_safe::get_frame_content_size(data) {
        Ok(Some(size)) if size <= MOST_UNPACKED_BYTES as u64 => Ok(data),
        _ => Err("it claims an impossible length"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Field, Filter};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_letter_and_a_longer_piece_are_found_in_the_texts_that_contain_them(
            all in prop::collection::vec("[abc]{0,6}", 0..80),
            wanted in "[abc]{1,3}",
        ) {
            let mut texts = Texts::default();
            all.iter().for_each(|text| texts.push_with(|out| out.extend_from_slice(text.as_bytes())));
            let filter = Filter::All.include(Field::Subject, &wanted, 0).unwrap();
            let Filter::Term(term) = &filter else { panic!("one term: {filter:?}") };
            let crate::query::Value::Text(pattern) = &term.values[0] else { panic!("a text: {term:?}") };
            let mut hits = [0; 2];
            texts.scan(&Scan::new(pattern, Style::Contains, View::Whole), &mut hits);
            for place in 0..128 {
                let contains = all.get(place).is_some_and(|text| text.contains(&wanted));
                prop_assert_eq!(hits[place / 64] >> (place % 64) & 1 == 1, contains, "{}", place);
            }
        }
    }
}
