//! Which of two URLs comes first. Knows nothing of lists.

use super::request::UrlSort;
use crate::index::{Direction, Index, Listed, Stopped};
use std::cmp::Ordering;

/// An order of URLs.
pub(super) struct Order {
    sort: UrlSort,
    direction: Direction,
    /// By entry what their texts begin with, where those decide.
    beginnings: Vec<u128>,
}

impl Order {
    /// An order of these URLs.
    pub(super) fn new(
        index: &Index,
        urls: &[u32],
        sort: UrlSort,
        direction: Direction,
    ) -> Result<Order, Stopped> {
        let mut beginnings = vec![];
        if sort == UrlSort::Text {
            // The first letters decide nearly always, and lie beside each other.
            beginnings = vec![0; index.last_url()? as usize + 1];
            for url in urls {
                let mut letters = [0; 16];
                letters
                    .iter_mut()
                    .zip(behind_scheme(index.url_text(*url)?))
                    .for_each(|(to, from)| *to = *from);
                let place = beginnings.get_mut(*url as usize);
                place.into_iter().for_each(|place| *place = u128::from_be_bytes(letters));
            }
        }
        Ok(Order { sort, direction, beginnings })
    }

    pub(super) fn compare(&self, index: &Index, a: &Listed, b: &Listed) -> Ordering {
        let descending = match self.sort {
            UrlSort::Reports => b.rank().cmp(&a.rank()),
            UrlSort::First => (b.first, a.entry).cmp(&(a.first, b.entry)),
            UrlSort::Last => (b.last, a.entry).cmp(&(a.last, b.entry)),
            UrlSort::Text => {
                let text = |url: &Listed| index.url_text(url.entry).map_or(&[][..], behind_scheme);
                let beginning = |url: &Listed| self.beginnings.get(url.entry as usize);
                beginning(b)
                    .cmp(&beginning(a))
                    .then_with(|| text(b).cmp(text(a)))
                    .then_with(|| b.entry.cmp(&a.entry))
            }
        };
        match self.direction {
            Direction::Descending => descending,
            Direction::Ascending => descending.reverse(),
        }
    }
}

fn behind_scheme(text: &[u8]) -> &[u8] {
    memchr::memmem::find(text, b"://").and_then(|at| text.get(at + 3..)).unwrap_or(text)
}
