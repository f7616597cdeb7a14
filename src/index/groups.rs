//! Reports that are alike: *similar* to one of them, and a selection in groups.

use super::bitmap::Bitmap;
use super::columns::{BLOCK, Keyed};
use super::parts::Shapes;
use super::scan::row_blocks;
use super::selection::{Cancel, Selection, Stopped};
use super::texts::{Entries, Texts};
use super::threads::in_two;
use super::urls::Urls;
use super::view::host;
use super::{Index, Part};
use crate::model::ReportId;
use crate::model::report::named;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

named! {
    /// In what reports are alike.
    Likeness {
        /// Subjects that differ only in digits, names and tokens.
        Subject = 0 "subject",
        /// URLs that differ only so.
        Url = 1 "url",
        /// The host of a URL.
        Host = 2 "host",
        /// The source address.
        Source = 3 "source",
        /// The origin AS; where it is unknown, the /24 or /48 around the source.
        Network = 4 "network",
        /// The abuse contact.
        Contact = 5 "contact",
    }
}

/// Reports of a selection that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The member that arrived last; it stands for the group.
    pub newest: ReportId,
    /// In which of its contacts, or in the host of which of its URLs, the others are like it: the place among them.
    pub which: u32,
    /// How many members.
    pub count: u64,
    /// How many of them were reported to an abuse desk.
    pub reported: u64,
    /// How many of them are marked.
    pub marked: u64,
    /// First arrival.
    pub first: u32,
    /// Last arrival.
    pub last: u32,
}

impl Index {
    /// What likeness needs to be loaded.
    pub fn parts_for(likeness: Likeness) -> &'static [Part] {
        match likeness {
            Likeness::Subject | Likeness::Url => &[Part::Shapes],
            Likeness::Host => &[Part::Urls],
            Likeness::Source => &[Part::Addresses],
            Likeness::Network => &[Part::Addresses, Part::Sources],
            Likeness::Contact => &[Part::Sources],
        }
    }

    /// Every report that is like this one in any respect, itself included; none when it has nothing to be alike in.
    /// Quarantined messages are never among them unless it is one.
    pub fn similar(&self, id: ReportId, likeness: Likeness) -> Result<Selection, Stopped> {
        self.alike(id, likeness, None)
    }

    /// Every report that belongs to the group for which this one stands; see [`Group::which`].
    pub fn members(&self, newest: ReportId, which: u32, likeness: Likeness) -> Result<Selection, Stopped> {
        self.alike(newest, likeness, Some(which as usize))
    }

    fn alike(&self, id: ReportId, likeness: Likeness, which: Option<usize>) -> Result<Selection, Stopped> {
        let mut rows = Bitmap::empty(self.rows);
        let position = match (id as usize).checked_sub(1) {
            Some(position) if self.columns.present.get(position) => position,
            _ => return Ok(Selection::new(rows)),
        };
        match likeness {
            Likeness::Contact => {
                let sources = self.parts.sources()?;
                rows.or(&self.columns.present);
                self.keep_contacts(
                    sources,
                    one_or_all(self.contacts_of(sources, position), which),
                    &mut rows,
                );
            }
            Likeness::Host => {
                let urls = self.parts.urls()?;
                let own = one_or_all(urls.joins.get(position), which);
                let hosts = own.iter().map(|entry| host(urls.table.get(*entry)));
                let entries = with_hosts(urls, &hosts.filter(|host| !host.is_empty()).collect());
                let is_shared = |entry: u32| entries.get((entry as usize).wrapping_sub(1));
                in_two(row_blocks(&mut rows), true, &|(start, words): (usize, &mut [u64])| {
                    urls.joins.scan(start / BLOCK, is_shared, words);
                });
            }
            _ => {
                let key = self.keys_of(likeness)?;
                if let Some(wanted) = key(position) {
                    let alike = self.columns.present.ones().filter(|row| key(*row) == Some(wanted));
                    alike.for_each(|row| rows.set(row, true));
                }
            }
        }
        let status = self.columns.status.get(position);
        rows.and(&self.columns.present);
        rows.keep(&self.columns.status.values, |other| other == 0 || other == status);
        Ok(Selection::new(rows))
    }

    /// The selection in groups, largest first, then latest first. Reports with nothing to be alike in are left out.
    pub fn groups(
        &self,
        selection: &Selection,
        likeness: Likeness,
        cancel: &Cancel,
    ) -> Result<Vec<Group>, Stopped> {
        /// Rows between two looks at whether anybody still waits: a millisecond or two.
        const ROWS_AT_ONCE: usize = 1 << 14;
        let mut groups: HashMap<u128, Group, Keyed> = HashMap::default();
        let mut join = |key: u128, position: usize, which: usize| {
            let at = self.columns.arrival.get(position);
            let id = position as ReportId + 1;
            let group = groups.entry(key).or_insert(Group {
                newest: id,
                which: which as u32,
                count: 0,
                reported: 0,
                marked: 0,
                first: at,
                last: at,
            });
            group.count += 1;
            group.marked += u64::from(self.states.marked.get(position));
            group.reported += u64::from(self.states.reported.get(position));
            group.first = group.first.min(at);
            if at >= group.last {
                (group.last, group.newest, group.which) = (at, id, which as u32);
            }
        };
        match likeness {
            Likeness::Contact => {
                let sources = self.parts.sources()?;
                let mut numbers: HashMap<&str, u128> = HashMap::new();
                for (turn, position) in selection.rows.ones().enumerate() {
                    if turn % ROWS_AT_ONCE == 0 && cancel.is_cancelled() {
                        return Err(Stopped::Cancelled);
                    }
                    for (which, contact) in self.contacts_of(sources, position).iter().enumerate() {
                        let number = numbers.len() as u128;
                        join(*numbers.entry(contact).or_insert(number), position, which);
                    }
                }
            }
            Likeness::Host => {
                let urls = self.parts.urls()?;
                let mut numbers = HostNumbers::new(urls);
                let mut hosts: Vec<(u32, usize)> = vec![];
                for (turn, position) in selection.rows.ones().enumerate() {
                    if turn % ROWS_AT_ONCE == 0 && cancel.is_cancelled() {
                        return Err(Stopped::Cancelled);
                    }
                    hosts.clear();
                    let own = urls.joins.get(position).iter().enumerate();
                    hosts.extend(own.filter_map(|(which, entry)| Some((numbers.of(*entry)?, which))));
                    // Each host once, though several URLs of a mail share it.
                    hosts.sort_unstable();
                    hosts.dedup_by_key(|(host, _)| *host);
                    hosts.iter().for_each(|(host, which)| join((*host).into(), position, *which));
                }
            }
            _ => {
                let key = self.keys_of(likeness)?;
                for (turn, position) in selection.rows.ones().enumerate() {
                    if turn % ROWS_AT_ONCE == 0 && cancel.is_cancelled() {
                        return Err(Stopped::Cancelled);
                    }
                    if let Some(key) = key(position) {
                        join(key, position, 0);
                    }
                }
            }
        }
        let mut groups: Vec<Group> = groups.into_values().collect();
        groups.sort_unstable_by_key(|group| std::cmp::Reverse((group.count, group.last, group.newest)));
        Ok(groups)
    }

    /// The group that a report belongs to, as its place in the list: the one it stands for, else the first whose
    /// newest member is like it.
    pub fn group_of(
        &self,
        groups: &[Group],
        likeness: Likeness,
        id: ReportId,
    ) -> Result<Option<usize>, Stopped> {
        if let Some(at) = groups.iter().position(|group| group.newest == id) {
            return Ok(Some(at));
        }
        if matches!(likeness, Likeness::Host | Likeness::Contact) {
            let position = (id as usize).saturating_sub(1);
            let shared = self.values_of(position, likeness)?;
            let is_in = |group: &Group| {
                let own = self.values_of((group.newest as usize).saturating_sub(1), likeness);
                own.is_ok_and(|own| own.get(group.which as usize).is_some_and(|value| shared.contains(value)))
            };
            return Ok(groups.iter().position(is_in));
        }
        let key = self.keys_of(likeness)?;
        let key = |id: ReportId| (id as usize).checked_sub(1).and_then(&key);
        let Some(wanted) = key(id) else { return Ok(None) };
        Ok(groups.iter().position(|group| key(group.newest) == Some(wanted)))
    }

    /// The contacts of a row, or the hosts of its URLs.
    fn values_of(&self, position: usize, likeness: Likeness) -> Result<Vec<&[u8]>, Stopped> {
        if likeness == Likeness::Contact {
            let contacts = self.contacts_of(self.parts.sources()?, position);
            return Ok(contacts.iter().map(String::as_bytes).collect());
        }
        let urls = self.parts.urls()?;
        Ok(urls.joins.get(position).iter().map(|entry| host(urls.table.get(*entry))).collect())
    }

    /// A number that is the same for rows that are alike; none where there is nothing to be alike in.
    fn keys_of(&self, likeness: Likeness) -> Result<Box<dyn Fn(usize) -> Option<u128> + '_>, Stopped> {
        let known = |key: u128| (key != 0).then_some(key);
        let columns = &self.columns;
        Ok(match likeness {
            Likeness::Subject => {
                let Shapes { subject, .. } = self.parts.shapes()?;
                Box::new(move |position| known(subject.get(position).into()))
            }
            Likeness::Url => {
                let Shapes { url, .. } = self.parts.shapes()?;
                Box::new(move |position| known(url.get(position).into()))
            }
            Likeness::Network => {
                let addresses = self.parts.addresses()?;
                Box::new(move |position| {
                    let ip = addresses.get(position);
                    let around = if ip >> 32 == 0xffff { ip >> 8 } else { ip >> 80 };
                    match columns.asn.get(position) {
                        0 => known(around).map(|around| around | 1 << 127),
                        asn => Some(asn.into()),
                    }
                })
            }
            Likeness::Source | Likeness::Host | Likeness::Contact => {
                let addresses = self.parts.addresses()?;
                Box::new(move |position| known(addresses.get(position)))
            }
        })
    }
}

/// A number for each host, given when it is first met; every URL is looked into once.
struct HostNumbers<'a> {
    urls: &'a Urls,
    by_host: HashMap<&'a [u8], u32>,
    /// By entry; nought is not known yet.
    by_entry: Vec<u32>,
}

impl<'a> HostNumbers<'a> {
    fn new(urls: &'a Urls) -> HostNumbers<'a> {
        HostNumbers { urls, by_host: HashMap::new(), by_entry: vec![0; urls.table.len()] }
    }

    /// The host's number; none where there is no host.
    fn of(&mut self, entry: u32) -> Option<u32> {
        const NO_HOST: u32 = u32::MAX;
        let known = self.by_entry.get_mut((entry as usize).checked_sub(1)?)?;
        if *known == 0 {
            let next = self.by_host.len() as u32 + 1;
            *known = match host(self.urls.table.get(entry)) {
                [] => NO_HOST,
                host => *self.by_host.entry(host).or_insert(next),
            };
        }
        Some(*known).filter(|number| *number != NO_HOST)
    }
}

/// The URLs with one of these hosts, by entry number less one.
fn with_hosts(urls: &Urls, hosts: &HashSet<&[u8]>) -> Bitmap {
    let mut entries = Bitmap::empty(urls.table.len());
    if hosts.is_empty() {
        return entries;
    }
    let blocks = urls.table.blocks.iter().zip(row_blocks(&mut entries)).collect();
    in_two(blocks, true, &|(texts, (_, words)): (&Texts, (usize, &mut [u64]))| {
        for place in (0..texts.len()).filter(|place| hosts.contains(host(texts.get(*place)))) {
            words.get_mut(place / 64).into_iter().for_each(|word| *word |= 1 << (place % 64));
        }
    });
    entries
}

fn one_or_all<T>(values: &[T], which: Option<usize>) -> &[T] {
    which.map_or(values, |which| values.get(which..=which).unwrap_or_default())
}
