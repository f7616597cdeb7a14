//! URLs and files of a selection. Names the entries by number; the store has them as written.

use super::Index;
use super::bitmap::Bitmap;
use super::columns::BLOCK;
use super::joins::Joins;
use super::scan::{ROWS_FOR_TWO, Scans, scan_table};
use super::selection::{Cancel, Selection, Stopped};
use super::texts::{Entries, TextTable};
use super::threads::on_two_threads;
use super::view::View;
use crate::model::ReportId;
use crate::query::Term;

/// Entries that a thread takes at a time.
const ENTRIES_AT_ONCE: usize = 1 << 17;
/// Looking at the text of one entry costs as much as scanning this many bytes: nearly always they are looked at in the
/// order in which they lie.
const BYTES_PER_ENTRY: usize = 500;
/// Entries above which a second thread earns its start.
const ENTRIES_FOR_TWO: usize = 1 << 13;

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

impl Listed {
    /// The most frequent first, then the latest: a number, since a million and a half of comparisons had better be
    /// without a branch.
    pub fn rank(&self) -> u128 {
        u128::from(self.reports) << 64 | u128::from(self.last) << 32 | u128::from(self.entry)
    }
}

/// How many of the selected reports have an entry, and when they came; nought where none has.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    reports: u32,
    /// Counted down from the last moment there is, so that nought says nothing.
    before_end: u32,
    last: u32,
}

impl Count {
    fn add(&mut self, other: Count) {
        self.reports += other.reports;
        (self.before_end, self.last) = (self.before_end.max(other.before_end), self.last.max(other.last));
    }
}

/// The URLs or files of a selection with their counts, by number. They may be asked in many ways and many times.
#[derive(Debug, Clone, Default)]
pub struct EntryCounts {
    by_entry: Vec<Count>,
    /// How many some report has.
    named: usize,
}

impl EntryCounts {
    /// What is known of an entry.
    pub fn of(&self, entry: u32) -> Listed {
        let Count { reports, before_end, last } =
            self.by_entry.get(entry as usize).copied().unwrap_or_default();
        Listed { entry, reports, first: u32::MAX - before_end, last }
    }

    /// Those that some report has, by number.
    pub fn entries(&self) -> Vec<u32> {
        let parts = self.by_entry.chunks(ENTRIES_AT_ONCE).zip((0u32..).step_by(ENTRIES_AT_ONCE)).collect();
        let found = on_two_threads(parts, |(counts, first): (&[Count], u32)| {
            gathered(
                counts.len(),
                counts.iter().zip(first..).map(|(count, entry)| (entry, count.reports > 0)),
            )
        });
        found.concat()
    }

    /// Those of the entries that some report has named since.
    pub fn seen_since(&self, since: u32, entries: &[u32]) -> Vec<u32> {
        sifted(entries, |entry| self.of(entry).last >= since)
    }
}

/// URLs that have something in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlGroup {
    /// How many they are.
    pub urls: u32,
    /// How many of the selected reports have one.
    pub reports: u32,
    /// First arrival.
    pub first: u32,
    /// Last arrival.
    pub last: u32,
}

impl UrlGroup {
    const NONE: UrlGroup = UrlGroup { urls: 0, reports: 0, first: u32::MAX, last: 0 };

    /// Takes members that it has not.
    fn add(&mut self, other: UrlGroup) {
        self.urls += other.urls;
        self.reports += other.reports;
        (self.first, self.last) = (self.first.min(other.first), self.last.max(other.last));
    }
}

impl From<Listed> for UrlGroup {
    fn from(url: Listed) -> UrlGroup {
        UrlGroup { urls: 1, reports: url.reports, first: url.first, last: url.last }
    }
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
        most_frequent(&self.count_urls(selection, cancel)?, &urls.table, only, cancel)
    }

    /// The files of the selected reports, likewise; with a `file:` or `hash:` term, only those that match it.
    pub fn files<'t>(
        &self,
        selection: &Selection,
        only: impl IntoIterator<Item = &'t Term>,
        cancel: &Cancel,
    ) -> Result<Vec<Listed>, Stopped> {
        let files = self.parts.files()?;
        let counts = self.count(selection, &files.joins, &files.table, cancel)?;
        most_frequent(&counts, &files.table, only, cancel)
    }

    /// How often each URL occurs in the selected reports.
    ///
    /// # Errors
    /// While URLs are not loaded, or when somebody stops it.
    pub fn count_urls(&self, selection: &Selection, cancel: &Cancel) -> Result<EntryCounts, Stopped> {
        let urls = self.parts.urls()?;
        self.count(selection, &urls.joins, &urls.table, cancel)
    }

    /// Those of the URLs that match a term.
    ///
    /// # Errors
    /// While URLs are not loaded, or when somebody stops it.
    pub fn matching_urls(&self, urls: &[u32], term: &Term, cancel: &Cancel) -> Result<Vec<u32>, Stopped> {
        matching(&self.parts.urls()?.table, urls, term, cancel)
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

    /// URLs in groups, by the numbers of these less one; `of` tells that of each URL by its own less one, and how many
    /// groups there are; `entries` says which URLs are meant. A report that has several of a group counts once.
    ///
    /// # Errors
    /// While URLs are not loaded, or when somebody stops it.
    pub fn url_groups(
        &self,
        selection: &Selection,
        counts: &EntryCounts,
        entries: &[u32],
        (of, count): (&[u32], usize),
        cancel: &Cancel,
    ) -> Result<Vec<UrlGroup>, Stopped> {
        let joins = &self.parts.urls()?.joins;
        let of = |entry: u32| {
            let group = (entry as usize).checked_sub(1).and_then(|place| of.get(place));
            group.map_or(usize::MAX, |group| (*group as usize).wrapping_sub(1))
        };
        let halves = entries.chunks(entries.len().div_ceil(2).max(1)).collect();
        let mut parts = on_two_threads(halves, |entries: &[u32]| {
            let mut groups = vec![UrlGroup::NONE; count];
            for entry in entries {
                let group = groups.get_mut(of(*entry));
                group.into_iter().for_each(|group| group.add(counts.of(*entry).into()));
            }
            groups
        })
        .into_iter();
        let mut found = parts.next().unwrap_or_default();
        for part in parts {
            found.iter_mut().zip(part).for_each(|(group, other)| group.add(other));
        }
        // A report that has several of a group was added for each of them.
        let meant = (entries.len() < counts.named).then(|| {
            let mut meant = Bitmap::empty(counts.by_entry.len());
            entries.iter().for_each(|entry| meant.set(*entry as usize, true));
            meant
        });
        let is_meant = |entry: &&u32| meant.as_ref().is_none_or(|meant| meant.get(**entry as usize));
        let half = joins.blocks().div_ceil(2);
        let repeated = on_two_threads(vec![0..half, half..joins.blocks()], |blocks| {
            let mut repeated = vec![0u32; count];
            let mut groups = vec![];
            joins.each_with_several(blocks, |row, entries| {
                if !selection.rows.get(row) {
                    return;
                }
                groups.clear();
                groups.extend(entries.iter().filter(is_meant).map(|entry| of(*entry)));
                groups.sort_unstable();
                let pairs = groups.iter().zip(groups.iter().skip(1)).filter(|(one, other)| one == other);
                for (group, _) in pairs {
                    repeated.get_mut(*group).into_iter().for_each(|count: &mut u32| *count += 1);
                }
            });
            repeated
        });
        if cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        for part in repeated {
            found.iter_mut().zip(part).for_each(|(group, count)| group.reports -= count);
        }
        Ok(found)
    }

    fn count(
        &self,
        selection: &Selection,
        joins: &Joins,
        table: &TextTable,
        cancel: &Cancel,
    ) -> Result<EntryCounts, Stopped> {
        // By entry: a table is faster than a map and smaller than the texts it counts.
        let parts = self.in_halves(selection, |positions| {
            let mut counts = vec![Count::default(); table.len() + 1];
            for position in positions {
                let at = self.columns.arrival.get(position);
                for entry in joins.get(position) {
                    if let Some(count) = counts.get_mut(*entry as usize) {
                        count.add(Count { reports: 1, before_end: u32::MAX - at, last: at });
                    }
                }
            }
            counts
        });
        if cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        for part in parts {
            all.iter_mut().zip(part).for_each(|(all, part)| all.add(part));
        }
        let named = all.iter().filter(|count| count.reports > 0).count();
        Ok(EntryCounts { by_entry: all, named })
    }

    /// What is found out about the selected positions, the later half of them by another thread where that pays.
    fn in_halves<R: Send>(
        &self,
        selection: &Selection,
        work: impl Fn(&mut dyn Iterator<Item = usize>) -> R + Sync,
    ) -> Vec<R> {
        if selection.count() < ROWS_FOR_TWO {
            return vec![work(&mut selection.rows.ones())];
        }
        let half = self.rows / BLOCK / 2 * BLOCK;
        let halves = [(0, half), (half, usize::MAX)].map(|(first, end)| {
            let mut rows = selection.rows.clone();
            rows.keep_range(first, end);
            rows
        });
        on_two_threads(halves.into(), |rows| work(&mut rows.ones()))
    }
}

/// Those of the entries that match a term: each is looked at, or all texts there are, whatever is less work.
fn matching(table: &TextTable, entries: &[u32], term: &Term, cancel: &Cancel) -> Result<Vec<u32>, Stopped> {
    let scans = Scans::new(term, View::of(term.field));
    if entries.len().saturating_mul(BYTES_PER_ENTRY) < table.size() {
        return Ok(sifted(entries, |entry| scans.matches(table.get(entry))));
    }
    let hits = scan_table(table, &scans, cancel)?;
    Ok(sifted(entries, |entry| hits.get((entry as usize).wrapping_sub(1))))
}

/// Those of the entries that pass, in their order.
fn sifted(entries: &[u32], passes: impl Fn(u32) -> bool + Sync) -> Vec<u32> {
    let sift = |part: &[u32]| gathered(part.len(), part.iter().map(|entry| (*entry, passes(*entry))));
    if entries.len() < ENTRIES_FOR_TWO {
        return sift(entries);
    }
    on_two_threads(entries.chunks(entries.len().div_ceil(2).min(ENTRIES_AT_ONCE)).collect(), sift).concat()
}

/// Those that are wanted. Each is written and the next one over it if it was not: among a million of which a third is
/// wanted a branch goes the wrong way so often that it takes three times as long.
fn gathered(most: usize, entries: impl Iterator<Item = (u32, bool)>) -> Vec<u32> {
    let mut wanted = vec![0; most];
    let mut count = 0;
    for (entry, is_wanted) in entries {
        wanted[count] = entry;
        count += usize::from(is_wanted);
    }
    wanted.truncate(count);
    wanted
}

fn most_frequent<'t>(
    counts: &EntryCounts,
    table: &TextTable,
    only: impl IntoIterator<Item = &'t Term>,
    cancel: &Cancel,
) -> Result<Vec<Listed>, Stopped> {
    let mut entries = counts.entries();
    for term in only {
        entries = matching(table, &entries, term, cancel)?;
    }
    let mut listed: Vec<Listed> = entries.into_iter().map(|entry| counts.of(entry)).collect();
    listed.sort_unstable_by_key(|listed| std::cmp::Reverse(listed.rank()));
    Ok(listed)
}
