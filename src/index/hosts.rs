//! Which URLs lead to listed hosts, by the entries of their table: so few of a million that only the listed are kept.
//! Knows nothing of who found it out.

use super::bitmap::Bitmap;
use super::columns::Coded;
use super::joins::Joins;
use super::scan::keep_hits;
use super::sources::Lists;
use super::texts::{Entries, TextTable};
use super::view;
use crate::model::ColumnSource;
use crate::query::Term;
use crate::text::url;
use std::collections::{HashMap, HashSet};

/// Hosts of URLs on block lists.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts {
    /// The last change that is in it.
    changed: i64,
    pub(super) lists: Lists,
    /// The set of the lists that each listed host is on.
    by_name: HashMap<Box<[u8]>, u32>,
    /// The same of each listed entry of the table of URLs, by its number less one.
    by_entry: HashMap<u32, u32>,
    /// Entries up to here are in it.
    settled: usize,
}

impl Hosts {
    /// Reads what changed since the last time.
    pub(super) fn read<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        let changed = source.hosts_changed()?;
        if changed == self.changed {
            return Ok(());
        }
        let Hosts { lists, by_name, settled, by_entry, .. } = self;
        source.hosts(self.changed, &mut |name, column| {
            let set = lists.number(column);
            let before = match set {
                0 => by_name.remove(name.as_bytes()),
                _ => by_name.insert(Box::from(name.as_bytes()), set),
            };
            // Hardly any host is listed; one that is, or was, has its URLs looked for.
            if before.unwrap_or(0) != set {
                *settled = 0;
                by_entry.clear();
            }
        })?;
        self.changed = changed;
        Ok(())
    }

    /// Looks for the URLs that lead to listed hosts, among those that came since.
    pub(super) fn settle(&mut self, urls: &TextTable) {
        if !self.by_name.is_empty() {
            for place in self.settled..urls.len() {
                let text = urls.get(place as u32 + 1);
                let host = view::host(text);
                let set = self.by_name.get(host).copied().or_else(|| self.normal(host, text));
                self.by_entry.extend(set.map(|set| (place as u32, set)));
            }
        }
        self.settled = urls.len();
    }

    /// Of the few hosts that are not written as they are looked up.
    fn normal(&self, host: &[u8], text: &[u8]) -> Option<u32> {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
        if host.iter().all(is_plain) {
            return None;
        }
        let host = url::host(std::str::from_utf8(text).ok()?)?;
        self.by_name.get(host.as_bytes()).copied()
    }

    /// Nothing that is known of hosts says anything about a report.
    pub(super) fn is_idle(&self) -> bool {
        self.by_entry.is_empty()
    }

    /// Keeps the rows with a URL whose host is on lists that pass.
    pub(super) fn keep(&self, joins: &Joins, rows: &mut Bitmap, passes: impl Fn(u32) -> bool) {
        let mut hits = Bitmap::empty(self.settled);
        let passing = self.by_entry.iter().filter(|(_, set)| passes(**set));
        passing.for_each(|(place, _)| hits.set(*place as usize, true));
        keep_hits(joins, &hits, rows);
    }

    /// Keeps the rows with a URL whose host is on such a list.
    pub(super) fn keep_matching(&self, joins: &Joins, term: &Term, rows: &mut Bitmap) {
        let wanted = self.lists.sets.matching(term);
        self.keep(joins, rows, |set| wanted.get(set as usize).copied().unwrap_or(false));
    }

    /// How many rows have a URL with each block list entry.
    pub(super) fn count(
        &self,
        joins: &Joins,
        rows: &Bitmap,
        weight: Option<&Coded<u32>>,
    ) -> HashMap<&str, u64> {
        let mut listed = rows.clone();
        self.keep(joins, &mut listed, |set| set > 0);
        let mut sums = HashMap::new();
        for position in listed.ones() {
            let sets =
                joins.get(position).iter().filter_map(|entry| self.by_entry.get(&entry.wrapping_sub(1)));
            let names: HashSet<&str> = sets
                .flat_map(|set| self.lists.sets.values.get(*set as usize).into_iter().flatten())
                .map(String::as_str)
                .collect();
            let weight = weight.map_or(1, |weight| u64::from(weight.get(position)));
            names.into_iter().for_each(|name| *sums.entry(name).or_default() += weight);
        }
        sums
    }
}
