//! Which of two URLs comes first. Knows nothing of lists.

use super::request::UrlSort;
use crate::index::{Direction, EntryCounts, Index, Stopped};
use std::cmp::Ordering;

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
    pub(super) fn settle(&mut self, index: &Index, last: u32) -> Result<(), Stopped> {
        for entry in self.0.len() as u32..=last {
            let mut letters = [0; 16];
            letters.iter_mut().zip(behind_scheme(index.url_text(entry)?)).for_each(|(to, from)| *to = *from);
            self.0.push(u128::from_be_bytes(letters));
        }
        Ok(())
    }
}

/// An order of URLs, and what it is decided by.
pub(super) struct Order<'o> {
    pub(super) sort: UrlSort,
    pub(super) direction: Direction,
    pub(super) index: &'o Index,
    pub(super) counts: &'o EntryCounts,
    pub(super) beginnings: &'o Beginnings,
}

impl Order<'_> {
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        let (one, other) = (self.counts.of(a), self.counts.of(b));
        let descending = match self.sort {
            UrlSort::Reports => other.rank().cmp(&one.rank()),
            UrlSort::First => (other.first, a).cmp(&(one.first, b)),
            UrlSort::Last => (other.last, a).cmp(&(one.last, b)),
            UrlSort::Text => {
                let beginning = |entry: u32| self.beginnings.0.get(entry as usize);
                let text = |entry: u32| self.index.url_text(entry).map_or(&[][..], behind_scheme);
                let beginnings = beginning(b).cmp(&beginning(a));
                beginnings.then_with(|| text(b).cmp(text(a))).then_with(|| b.cmp(&a))
            }
        };
        match self.direction {
            Direction::Descending => descending,
            Direction::Ascending => descending.reverse(),
        }
    }
}

fn behind_scheme(text: &[u8]) -> &[u8] {
    let plain = text.strip_prefix(b"http://").or_else(|| text.strip_prefix(b"https://"));
    plain.or_else(|| memchr::memmem::find(text, b"://").and_then(|at| text.get(at + 3..))).unwrap_or(text)
}
