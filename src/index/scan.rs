//! Looking through texts: whole dictionaries where many rows are left, row by row where few are, on two threads
//! where that pays.

use super::bitmap::{Bitmap, Ones};
use super::columns::BLOCK;
use super::evaluate::wants_unknown;
use super::joins::Joins;
use super::selection::{Cancel, Stopped};
use super::texts::{Entries, Scan, TextTable, Texts};
use super::threads::in_two;
use super::urls::scan_suffix;
use super::view::View;
use crate::query::{Style, Term, Value};

/// Looking at one row's text costs as much time as scanning this many bytes that lie side by side: two cache misses
/// and a fresh start of the search (about 150 ns) against 10 GB a second.
const BYTES_PER_ROW: usize = 1_500;
/// Bytes of text above which a second thread earns its start (about 50 µs).
const BYTES_FOR_TWO: usize = 4 << 20;
/// Rows above which it does.
pub(super) const ROWS_FOR_TWO: usize = 200_000;

/// The patterns of a term, and whether it also asks for rows without a value.
pub(super) struct Scans<'a> {
    scans: Vec<Scan<'a>>,
    pub(super) unknown: bool,
}

impl<'a> Scans<'a> {
    pub(super) fn new(term: &'a Term, view: View) -> Scans<'a> {
        let style = term.field.style().unwrap_or(Style::Name);
        let scans = term.values.iter().filter_map(|value| match value {
            Value::Text(pattern) => Some(Scan::new(pattern, style, view)),
            _ => None,
        });
        Scans { scans: scans.collect(), unknown: wants_unknown(term) }
    }

    /// Looking at every text costs little more than reading it: each pattern has a piece to be found first.
    pub(super) fn are_quick(&self) -> bool {
        !self.unknown && self.scans.iter().all(|scan| scan.pattern().essence().is_some())
    }

    /// Sets the bit of every text of a block that any pattern matches; the last bytes of each text help where they
    /// are at hand.
    pub(super) fn look_through<B: AsRef<[u8]>>(
        &self,
        texts: &Texts<B>,
        tails: Option<&[u64]>,
        hits: &mut [u64],
    ) {
        for scan in &self.scans {
            match (tails, scan.pattern().only_suffix()) {
                (Some(tails), Some(suffix)) if scan.sees_whole() => scan_suffix(texts, tails, suffix, hits),
                _ => texts.scan(scan, hits),
            }
        }
    }

    /// Whether any pattern matches one folded text.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        if text.is_empty() { self.unknown } else { self.scans.iter().any(|scan| scan.matches(text)) }
    }
}

/// Blocks of rows with the position of their first one.
pub(super) fn row_blocks(rows: &mut Bitmap) -> Vec<(usize, &mut [u64])> {
    rows.words_mut().chunks_mut(BLOCK / 64).enumerate().map(|(block, words)| (block * BLOCK, words)).collect()
}

/// Whether the texts of the rows that are left are looked at one by one instead of scanning all texts.
pub(super) fn one_by_one(rows_left: usize, size: usize) -> bool {
    rows_left.saturating_mul(BYTES_PER_ROW) < size
}

/// Keeps the rows that pass, each looked at on its own.
pub(super) fn keep_positions(rows: &mut Bitmap, test: &(impl Fn(usize) -> bool + Sync)) {
    let pays = rows.count() > ROWS_FOR_TWO;
    in_two(row_blocks(rows), pays, &|(start, words): (usize, &mut [u64])| {
        keep_bits(words, |bit| test(start + bit))
    });
}

/// Keeps the set bits that pass.
fn keep_bits(words: &mut [u64], test: impl Fn(usize) -> bool) {
    for (i, word) in words.iter_mut().enumerate() {
        for bit in Ones(*word) {
            if !test(i * 64 + bit) {
                *word &= !(1 << bit);
            }
        }
    }
}

/// The texts of a table that match, by entry number less one.
pub(super) fn scan_table(table: &TextTable, scans: &Scans<'_>, cancel: &Cancel) -> Result<Bitmap, Stopped> {
    let mut hits = Bitmap::empty(table.len());
    let words = hits.words_mut().chunks_mut(BLOCK / 64);
    let blocks = table.blocks.iter().enumerate().zip(words).collect();
    in_two(blocks, table.size() > BYTES_FOR_TWO, &|((number, texts), words): (
        (usize, &Texts),
        &mut [u64],
    )| {
        if !cancel.is_cancelled() {
            scans.look_through(texts, table.tails(number), words);
        }
    });
    if cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(hits) }
}

/// Keeps rows with an entry that matches.
pub(super) fn keep_joined(
    joins: &Joins,
    table: &TextTable,
    term: &Term,
    rows: &mut Bitmap,
    cancel: &Cancel,
) -> Result<(), Stopped> {
    let scans = Scans::new(term, View::of(term.field));
    if one_by_one(rows.count(), table.size()) {
        keep_positions(rows, &|position| {
            joins.get(position).iter().any(|entry| scans.matches(table.get(*entry)))
        });
        return Ok(());
    }
    keep_hits(joins, &scan_table(table, &scans, cancel)?, rows);
    Ok(())
}

/// Keeps rows with any of these entries, each by its number less one.
pub(super) fn keep_hits(joins: &Joins, hits: &Bitmap, rows: &mut Bitmap) {
    let left = rows.count();
    let is_hit = |entry: u32| hits.get((entry as usize).wrapping_sub(1));
    if left < rows.len() / 4 {
        return keep_positions(rows, &|position| joins.get(position).iter().any(|entry| is_hit(*entry)));
    }
    in_two(row_blocks(rows), left > ROWS_FOR_TWO, &|(start, words): (usize, &mut [u64])| {
        let mut with_hit = vec![0; words.len()];
        joins.scan(start / BLOCK, is_hit, &mut with_hit);
        words.iter_mut().zip(with_hit).for_each(|(word, hits)| *word &= hits);
    });
}

/// Keeps rows whose own text matches.
pub(super) fn keep_row_texts(
    blocks: &[Texts],
    scans: &Scans<'_>,
    rows: &mut Bitmap,
    cancel: &Cancel,
) -> Result<(), Stopped> {
    let size = blocks.iter().map(Texts::size).sum();
    let one_by_one = scans.unknown || one_by_one(rows.count(), size);
    let pays = size > BYTES_FOR_TWO;
    let items = row_blocks(rows).into_iter().zip(blocks);
    // Nobody asks about the texts of a block without rows.
    let items = items.filter(|((_, words), _)| words.iter().any(|word| *word != 0)).collect();
    in_two(items, pays, &|((_, words), texts): ((usize, &mut [u64]), &Texts)| {
        if cancel.is_cancelled() {
            return;
        }
        if one_by_one {
            keep_bits(words, |place| scans.matches(texts.get(place)));
            return;
        }
        let mut hits = vec![0; words.len()];
        scans.look_through(texts, None, &mut hits);
        words.iter_mut().zip(hits).for_each(|(word, hits)| *word &= hits);
    });
    if cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(()) }
}
