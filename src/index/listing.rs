//! URLs and files of a selection. Names the entries by number; the store has them as written.

use super::Index;
use super::joins::Joins;
use super::scan::{Scans, scan_table};
use super::selection::{Cancel, Selection, Stopped};
use super::texts::{Entries, TextTable};
use super::view::View;
use crate::query::Term;

/// One URL or file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its number in the dictionary.
    pub entry: u32,
    /// How many of the selected reports have it.
    pub reports: u32,
    /// First arrival.
    pub first: u32,
    /// Last arrival.
    pub last: u32,
}

impl Index {
    /// The URLs of the selected reports, most frequent first, then latest first. With a `url:` or `host:` term, only
    /// those that match it: a mail that was found by one URL has others.
    pub fn urls(
        &self,
        selection: &Selection,
        only: Option<&Term>,
        cancel: &Cancel,
    ) -> Result<Vec<Listed>, Stopped> {
        let urls = self.parts.urls()?;
        self.list(selection, &urls.joins, &urls.table, only, cancel)
    }

    /// The files of the selected reports, likewise; with a `file:` or `hash:` term, only those that match it.
    pub fn files(
        &self,
        selection: &Selection,
        only: Option<&Term>,
        cancel: &Cancel,
    ) -> Result<Vec<Listed>, Stopped> {
        let files = self.parts.files()?;
        self.list(selection, &files.joins, &files.table, only, cancel)
    }

    fn list(
        &self,
        selection: &Selection,
        joins: &Joins,
        table: &TextTable,
        only: Option<&Term>,
        cancel: &Cancel,
    ) -> Result<Vec<Listed>, Stopped> {
        let scan = |term: &Term| scan_table(table, &Scans::new(term, View::of(term.field)), cancel);
        let wanted = only.map(scan).transpose()?;
        // By entry: a table is faster than a map and smaller than the texts it counts.
        let mut found = vec![(0u32, u32::MAX, 0u32); table.len() + 1];
        for position in selection.rows.ones() {
            let at = self.columns.arrival.get(position);
            for entry in joins.get(position) {
                if let Some((reports, first, last)) = found.get_mut(*entry as usize) {
                    *reports += 1;
                    (*first, *last) = ((*first).min(at), (*last).max(at));
                }
            }
        }
        if cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let is_wanted = |entry: usize| wanted.as_ref().is_none_or(|wanted| wanted.get(entry.wrapping_sub(1)));
        let mut listed: Vec<Listed> = found
            .into_iter()
            .enumerate()
            .filter(|(entry, (reports, ..))| *reports > 0 && is_wanted(*entry))
            .map(|(entry, (reports, first, last))| Listed { entry: entry as u32, reports, first, last })
            .collect();
        listed.sort_unstable_by_key(|url| std::cmp::Reverse((url.reports, url.last, url.entry)));
        Ok(listed)
    }
}
