//! Which of two URLs comes first. Knows nothing of lists.

use super::ranked::{Rank, Ranked};
use super::request::UrlSort;
use crate::index::{Cancel, Direction, EntryCounts, Index, Stopped};
use std::cmp::Ordering;
use std::ops::Range;

/// URLs that are looked into before somebody may stop it.
const AT_ONCE: u32 = 1 << 16;

/// By entry what the texts of URLs begin with, read when it is first needed: that decides nearly always, and lies side
/// by side.
#[derive(Default)]
pub(super) struct Beginnings(Vec<u128>);

impl Beginnings {
    /// The last URL that was looked into.
    pub(super) fn last(&self) -> u32 {
        (self.0.len() as u32).saturating_sub(1)
    }

    /// Looks into the URLs up to this one that were not looked into yet.
    pub(super) fn settle(&mut self, index: &Index, last: u32, cancel: &Cancel) -> Result<(), Stopped> {
        for entry in self.0.len() as u32..=last {
            if entry % AT_ONCE == 0 && cancel.is_cancelled() {
                return Err(Stopped::Cancelled);
            }
            let mut letters = [0; 16];
            letters.iter_mut().zip(behind_scheme(index.url_text(entry)?)).for_each(|(to, from)| *to = *from);
            self.0.push(u128::from_be_bytes(letters));
        }
        Ok(())
    }
}

/// The URLs on these lines of a sorted list.
pub(super) fn sorted<'r>(
    urls: &'r mut Ranked,
    lines: Range<usize>,
    (sort, direction): (UrlSort, Direction),
    index: &Index,
    counts: &EntryCounts,
    beginnings: &Beginnings,
) -> &'r [u32] {
    let is_reversed = direction == Direction::Descending;
    // An order of its own for each: they are asked a million and a half times.
    match sort {
        UrlSort::Reports => urls.at(lines, &Counted { is_reversed, key: |entry| counts.of(entry).rank() }),
        UrlSort::First => {
            urls.at(lines, &Counted { is_reversed, key: |entry| moment(counts.of(entry).first, entry) })
        }
        UrlSort::Last => {
            urls.at(lines, &Counted { is_reversed, key: |entry| moment(counts.of(entry).last, entry) })
        }
        UrlSort::Text => urls.at(lines, &Written { is_reversed, index, beginnings }),
    }
}

/// Of those of the same moment the lowest number comes first where the latest does.
fn moment(at: u32, entry: u32) -> u128 {
    u128::from(at) << 32 | u128::from(u32::MAX - entry)
}

/// By what is counted of each.
struct Counted<K> {
    is_reversed: bool,
    key: K,
}

impl<K: Fn(u32) -> u128 + Sync> Rank for Counted<K> {
    fn key(&self, entry: u32) -> u128 {
        let key = (self.key)(entry);
        if self.is_reversed { !key } else { key }
    }
}

/// By their letters.
struct Written<'o> {
    is_reversed: bool,
    index: &'o Index,
    beginnings: &'o Beginnings,
}

impl Rank for Written<'_> {
    fn key(&self, entry: u32) -> u128 {
        let beginning = self.beginnings.0.get(entry as usize).copied().unwrap_or(0);
        if self.is_reversed { !beginning } else { beginning }
    }

    fn closely(&self, one: u32, other: u32) -> Ordering {
        let text = |entry: u32| self.index.url_text(entry).map_or(&[][..], behind_scheme);
        let order = text(one).cmp(text(other)).then(one.cmp(&other));
        if self.is_reversed { order.reverse() } else { order }
    }
}

fn behind_scheme(text: &[u8]) -> &[u8] {
    let plain = text.strip_prefix(b"http://").or_else(|| text.strip_prefix(b"https://"));
    plain.or_else(|| memchr::memmem::find(text, b"://").and_then(|at| text.get(at + 3..))).unwrap_or(text)
}
