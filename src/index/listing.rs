//! URLs and files of a selection. Names the entries by number; the store has them as written.

use super::Index;
use super::bitmap::Bitmap;
use super::joins::Joins;
use super::scan::{Scans, scan_table};
use super::selection::{Cancel, Selection, Stopped};
use super::texts::{Entries, TextTable};
use super::view::View;
use crate::model::ReportId;
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

/// URLs that have something in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UrlGroup {
    /// One of them, by its number.
    pub entry: u32,
    /// How many they are.
    pub urls: u32,
    /// How many of the selected reports have one.
    pub reports: u32,
    /// First arrival.
    pub first: u32,
    /// Last arrival.
    pub last: u32,
}

impl Index {
    /// The URLs of the selected reports, most frequent first, then latest first. With `url:` and `host:` terms, only
    /// those that match them all: a mail that was found by one URL has others.
    pub fn urls<'t>(
        &self,
        selection: &Selection,
        only: impl IntoIterator<Item = &'t Term>,
        cancel: &Cancel,
    ) -> Result<Vec<Listed>, Stopped> {
        let urls = self.parts.urls()?;
        self.list(selection, &urls.joins, &urls.table, only, cancel)
    }

    /// The files of the selected reports, likewise; with a `file:` or `hash:` term, only those that match it.
    pub fn files<'t>(
        &self,
        selection: &Selection,
        only: impl IntoIterator<Item = &'t Term>,
        cancel: &Cancel,
    ) -> Result<Vec<Listed>, Stopped> {
        let files = self.parts.files()?;
        self.list(selection, &files.joins, &files.table, only, cancel)
    }

    /// The numbers of URLs go up to this one.
    ///
    /// # Errors
    /// While URLs are not loaded, as with what follows.
    pub fn last_url(&self) -> Result<u32, Stopped> {
        Ok(self.parts.urls()?.table.len() as u32)
    }

    /// A URL by its number, as it is compared: in lower case. Empty where there is none.
    ///
    /// # Errors
    /// While URLs are not loaded.
    pub fn url_text(&self, entry: u32) -> Result<&[u8], Stopped> {
        Ok(self.parts.urls()?.table.get(entry))
    }

    /// The newest reports that have each of these URLs, at most so many of each.
    ///
    /// # Errors
    /// While URLs are not loaded.
    pub fn reports_with_urls(&self, entries: &[u32], most: usize) -> Result<Vec<Vec<ReportId>>, Stopped> {
        let urls = self.parts.urls()?;
        let mut place_of = vec![u32::MAX; urls.table.len() + 1];
        for (place, entry) in (0u32..).zip(entries) {
            place_of.get_mut(*entry as usize).into_iter().for_each(|known| *known = place);
        }
        let mut found = vec![vec![]; entries.len()];
        for position in (0..self.columns.arrival.values.len()).rev() {
            for entry in urls.joins.get(position) {
                let place = place_of.get(*entry as usize).copied().unwrap_or(u32::MAX);
                if let Some(reports) = found.get_mut(place as usize).filter(|known| known.len() < most) {
                    reports.push(position as ReportId + 1);
                }
            }
        }
        Ok(found)
    }

    /// URLs in groups, largest first. `group` tells the group of each by its number less one, 0 is none; `listed`
    /// those that are meant. A report that has several of a group counts once.
    ///
    /// # Errors
    /// While URLs are not loaded, or when somebody stops it.
    pub fn url_groups(
        &self,
        selection: &Selection,
        listed: &[Listed],
        group: &[u32],
        cancel: &Cancel,
    ) -> Result<Vec<UrlGroup>, Stopped> {
        let joins = &self.parts.urls()?.joins;
        let of = |entry: u32| {
            (entry as usize).checked_sub(1).and_then(|place| group.get(place)).copied().unwrap_or(0)
        };
        let highest = group.iter().max().copied().unwrap_or(0) as usize;
        let mut meant = vec![false; group.len()];
        let mut found = vec![UrlGroup { first: u32::MAX, ..UrlGroup::default() }; highest + 1];
        // What stands for a group is its URL that stands first in the list.
        for url in listed.iter().rev() {
            meant.get_mut((url.entry as usize).wrapping_sub(1)).into_iter().for_each(|meant| *meant = true);
            if let Some(group) = found.get_mut(of(url.entry) as usize) {
                (group.entry, group.urls) = (url.entry, group.urls + 1);
            }
        }
        let mut counted = vec![u32::MAX; highest + 1];
        for position in selection.rows.ones() {
            let at = self.columns.arrival.get(position);
            for entry in joins.get(position) {
                if !meant.get((*entry as usize).wrapping_sub(1)).copied().unwrap_or(false) {
                    continue;
                }
                let number = of(*entry) as usize;
                let (Some(group), Some(last)) = (found.get_mut(number), counted.get_mut(number)) else {
                    continue;
                };
                if *last != position as u32 {
                    *last = position as u32;
                    group.reports += 1;
                    (group.first, group.last) = (group.first.min(at), group.last.max(at));
                }
            }
        }
        if cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let mut groups: Vec<UrlGroup> = found.into_iter().skip(1).filter(|group| group.urls > 0).collect();
        groups.sort_unstable_by_key(|group| std::cmp::Reverse((group.reports, group.last, group.entry)));
        Ok(groups)
    }

    fn list<'t>(
        &self,
        selection: &Selection,
        joins: &Joins,
        table: &TextTable,
        only: impl IntoIterator<Item = &'t Term>,
        cancel: &Cancel,
    ) -> Result<Vec<Listed>, Stopped> {
        let scan = |term: &Term| scan_table(table, &Scans::new(term, View::of(term.field)), cancel);
        let wanted = only.into_iter().map(scan).collect::<Result<Vec<Bitmap>, Stopped>>()?;
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
        let is_wanted = |entry: usize| wanted.iter().all(|wanted| wanted.get(entry.wrapping_sub(1)));
        let mut listed: Vec<Listed> = found
            .into_iter()
            .enumerate()
            .filter(|(entry, (reports, ..))| *reports > 0 && is_wanted(*entry))
            .map(|(entry, (reports, first, last))| Listed { entry: entry as u32, reports, first, last })
            .collect();
        // One number compares without a branch: of a million reports a million and a half are sorted.
        let rank =
            |url: &Listed| u128::from(url.reports) << 64 | u128::from(url.last) << 32 | u128::from(url.entry);
        listed.sort_unstable_by_key(|url| std::cmp::Reverse(rank(url)));
        Ok(listed)
    }
}
