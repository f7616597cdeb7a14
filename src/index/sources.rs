//! What is known of source addresses, kept beside the column of addresses: a few ten thousand of them answer for all
//! rows. Where a row does not know its own network or country, theirs is put into its columns. Knows nothing of who
//! found it out.

use super::Index;
use super::bitmap::Bitmap;
use super::columns::{Coded, Keyed};
use super::evaluate::wants_unknown;
use super::facets::most_frequent;
use super::scan::Scans;
use super::selection::{Selection, Stopped};
use super::tally::{Rows, tally_codes};
use super::view::View;
use crate::model::address_space::from_column;
use crate::model::{ColumnSource, Listing, SourceRow, sources};
use crate::query::{Field, Term, fold};
use std::collections::HashMap;
use std::net::IpAddr;

/// Values by address: by the code of those that rows have, the others apart until a row names them.
#[derive(Debug, Clone)]
struct ByAddress<T> {
    by_code: Vec<T>,
    others: HashMap<u128, T, Keyed>,
    /// What came and is not in its place yet.
    arrived: Vec<(u128, T)>,
}

impl<T> Default for ByAddress<T> {
    fn default() -> Self {
        ByAddress { by_code: vec![], others: HashMap::default(), arrived: vec![] }
    }
}

impl<T: Clone + Default> ByAddress<T> {
    /// Puts everything in its place; hands over the codes whose value is new.
    fn settle(&mut self, addresses: &Coded<u128>, mut changed: impl FnMut(usize)) {
        let table = addresses.table();
        for ip in table.iter().skip(self.by_code.len()) {
            let known = if self.others.is_empty() { None } else { self.others.remove(ip) };
            self.by_code.push(known.unwrap_or_default());
        }
        for (ip, value) in self.arrived.drain(..) {
            match addresses.known_code(ip).and_then(|code| Some((code, self.by_code.get_mut(code)?))) {
                Some((code, place)) => {
                    *place = value;
                    changed(code);
                }
                None => drop(self.others.insert(ip, value)),
            }
        }
    }

    fn get(&self, code: usize) -> Option<&T> {
        self.by_code.get(code)
    }
}

/// Texts that many addresses share, each of several values, by number; 0 is the empty one.
#[derive(Debug, Clone)]
pub(super) struct Sets {
    pub(super) values: Vec<Vec<String>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Default for Sets {
    fn default() -> Self {
        Sets { values: vec![vec![]], numbers: HashMap::from([(Box::from(""), 0)]) }
    }
}

impl Sets {
    pub(super) fn number(&mut self, text: &str, values: impl FnOnce(&str) -> Vec<String>) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.values.len() as u32;
        self.values.push(values(text));
        self.numbers.insert(Box::from(text), number);
        number
    }

    /// By number, whether any value matches; the empty one matches who asks for rows without a value.
    pub(super) fn matching(&self, term: &Term) -> Vec<bool> {
        let scans = Scans::new(term, View::Whole);
        let any = |values: &Vec<String>| {
            if values.is_empty() {
                return scans.unknown;
            }
            values.iter().any(|value| scans.matches(fold(value).as_bytes()))
        };
        self.values.iter().map(any).collect()
    }
}

/// Block list entries, by number of a set.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    pub(super) sets: Sets,
    /// By number less one: it holds more than policy.
    evidence: Vec<bool>,
}

impl Lists {
    /// The number of what a column holds.
    pub(super) fn number(&mut self, column: &str) -> u32 {
        let evidence = &mut self.evidence;
        self.sets.number(column, |text| {
            let listings = Listing::from_column(text);
            evidence.push(listings.iter().any(|listing| !listing.policy));
            listings.into_iter().map(|listing| listing.name).collect()
        })
    }

    pub(super) fn is_evidence(&self, set: u32) -> bool {
        (set as usize).checked_sub(1).and_then(|place| self.evidence.get(place)).copied().unwrap_or(false)
    }
}

/// What questions ask of one address: two numbers, and the numbers of two sets.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    asn: u32,
    country: u16,
    lists: u32,
    contacts: u32,
}

/// Networks, countries, block lists and contacts by address.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// The last change that is in it.
    changed: i64,
    known: ByAddress<Known>,
    lists: Lists,
    contacts: Sets,
    /// Rows whose source is on a list other than a policy list.
    pub(super) listed: Bitmap,
    /// Rows up to here have their gaps filled.
    settled: usize,
    /// Rows whose network or country is not their own.
    filled_asn: Bitmap,
    filled_country: Bitmap,
}

/// Host names by address, folded.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    changed: i64,
    names: ByAddress<Box<[u8]>>,
}

impl Sources {
    /// Reads what changed since the last time.
    pub(super) fn read<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        let changed = source.sources_changed()?;
        if changed == self.changed {
            return Ok(());
        }
        source.sources(self.changed, &mut |row| self.take(&row))?;
        self.changed = changed;
        Ok(())
    }

    fn take(&mut self, row: &SourceRow<'_>) {
        let lists = self.lists.number(row.lists);
        let contacts =
            self.contacts.number(row.contacts, |text| sources::split(text).map(str::to_owned).collect());
        let known = Known { asn: row.asn, country: row.country, lists, contacts };
        self.known.arrived.push((u128::from_be_bytes(row.ip), known));
    }

    fn get(&self, code: usize) -> Known {
        self.known.get(code).copied().unwrap_or_default()
    }

    /// The contacts of an address, by the number of their set.
    fn contacts_of(&self, code: usize) -> &[String] {
        self.contacts.values.get(self.get(code).contacts as usize).map_or(&[], Vec::as_slice)
    }
}

impl Names {
    /// Reads what changed since the last time.
    pub(super) fn read<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        let changed = source.sources_changed()?;
        if changed != self.changed {
            source.sources(self.changed, &mut |row| {
                let name = fold(row.name).into_bytes().into_boxed_slice();
                self.names.arrived.push((u128::from_be_bytes(row.ip), name));
            })?;
            self.changed = changed;
        }
        Ok(())
    }
}

impl Index {
    /// Reads what was found out about sources since, and puts it in its place.
    pub(super) fn refresh_sources<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        self.parts.read_sources(source)?;
        self.settle_sources();
        Ok(())
    }

    /// Puts what is known of sources beside the addresses that there are now, and into the columns of rows that know
    /// less. To be called whenever rows or sources came.
    pub(super) fn settle_sources(&mut self) {
        self.parts.settle_hosts();
        let (sources, names, addresses) = self.parts.by_address();
        let Some(addresses) = addresses else { return };
        if let Some(names) = names {
            names.names.settle(addresses, |_| {});
        }
        let Some(sources) = sources else { return };
        let mut changed = vec![false; addresses.table().len()];
        let mut any_changed = false;
        sources.known.settle(addresses, |code| {
            any_changed = true;
            changed.get_mut(code).into_iter().for_each(|place| *place = true);
        });
        if sources.changed == 0 || (!any_changed && sources.settled == self.rows) {
            sources.settled = self.rows;
            sources.listed.resize(self.rows);
            return;
        }
        let mut rows = self.columns.present.clone();
        addresses.keep_wanted(&mut rows, &changed);
        let mut new = self.columns.present.clone();
        new.keep_range(sources.settled, usize::MAX);
        rows.or(&new);
        sources.settled = self.rows;
        let columns = &mut self.columns;
        for filled in [&mut sources.filled_asn, &mut sources.filled_country] {
            filled.resize(self.rows);
        }
        let gaps = |column: &mut dyn FnMut(&mut Bitmap), filled: &Bitmap| {
            let mut gaps = rows.clone();
            column(&mut gaps);
            let mut again = rows.clone();
            again.and(filled);
            gaps.or(&again);
            gaps
        };
        let of_asn = gaps(&mut |rows| columns.asn.keep(rows, |asn| asn == 0), &sources.filled_asn);
        let of_country =
            gaps(&mut |rows| columns.country.keep(rows, |country| country == 0), &sources.filled_country);
        for position in of_asn.ones() {
            let asn = sources.get(addresses.code(position)).asn;
            if asn != columns.asn.get(position) {
                columns.asn.replace(position, asn);
            }
            sources.filled_asn.set(position, asn != 0);
        }
        for position in of_country.ones() {
            let country = sources.get(addresses.code(position)).country;
            if country != columns.country.get(position) {
                columns.country.replace(position, country);
            }
            sources.filled_country.set(position, country != 0);
        }
        let wanted: Vec<bool> =
            sources.known.by_code.iter().map(|known| sources.lists.is_evidence(known.lists)).collect();
        sources.listed = self.columns.present.clone();
        addresses.keep_wanted(&mut sources.listed, &wanted);
    }

    /// Rows from here on have their own values again.
    pub(super) fn unsettle_sources(&mut self, first: usize, last: usize) {
        if let (Some(sources), ..) = self.parts.by_address() {
            sources.settled = sources.settled.min(first);
            for filled in [&mut sources.filled_asn, &mut sources.filled_country] {
                (first..last).for_each(|position| filled.set(position, false));
            }
        }
    }

    /// Keeps the rows whose address passes, by its code; without addresses nothing is known of any, and code 0, that
    /// of the unknown address, decides.
    fn keep_addresses(&self, rows: &mut Bitmap, test: impl Fn(usize) -> bool) {
        match self.parts.addresses() {
            Ok(addresses) => {
                let wanted: Vec<bool> = (0..addresses.table().len()).map(test).collect();
                addresses.keep_wanted(rows, &wanted);
            }
            Err(_) if test(0) => {}
            Err(_) => *rows = Bitmap::empty(rows.len()),
        }
    }

    /// Keeps the rows whose source, or the host of one of whose URLs, is on such a list.
    pub(super) fn keep_lists(&self, sources: &Sources, term: &Term, rows: &mut Bitmap) {
        let Some((hosts, joins)) = self.parts.listed_hosts() else {
            return self.keep_sets(sources, term, rows);
        };
        let mut by_host = rows.clone();
        hosts.keep_matching(joins, term, &mut by_host);
        let mut by_source = rows.clone();
        self.keep_sets(sources, term, &mut by_source);
        if wants_unknown(term) {
            // Those are on no list at all.
            let mut listed = rows.clone();
            hosts.keep(joins, &mut listed, |set| set > 0);
            self.keep_addresses(&mut listed, |code| sources.get(code).lists == 0);
            by_source.and_not(&listed);
        }
        by_source.or(&by_host);
        *rows = by_source;
    }

    /// Keeps the rows whose source, or the host of one of whose URLs, is on a list other than a policy list.
    pub(super) fn keep_listed(&self, rows: &mut Bitmap) {
        let mut listed = Bitmap::empty(rows.len());
        if let Some((hosts, joins)) = self.parts.listed_hosts() {
            listed.clone_from(rows);
            hosts.keep(joins, &mut listed, |set| hosts.lists.is_evidence(set));
        }
        if let Ok(sources) = self.parts.sources() {
            listed.or(&sources.listed);
        }
        rows.and(&listed);
    }

    /// Keeps the rows whose source is on such a list, or has such a contact.
    pub(super) fn keep_sets(&self, sources: &Sources, term: &Term, rows: &mut Bitmap) {
        let is_list = term.field == Field::List;
        let wanted = if is_list { &sources.lists.sets } else { &sources.contacts }.matching(term);
        self.keep_addresses(rows, |code| {
            let known = sources.get(code);
            let set = if is_list { known.lists } else { known.contacts };
            wanted.get(set as usize).copied().unwrap_or(false)
        });
    }

    /// Keeps the rows whose source has such a name.
    pub(super) fn keep_names(&self, names: &Names, term: &Term, rows: &mut Bitmap) {
        let scans = Scans::new(term, View::Whole);
        self.keep_addresses(rows, |code| scans.matches(names.names.get(code).map_or(&[], |name| name)));
    }

    /// How many rows have each block list entry, or each contact; `by_address` says how many have each address.
    pub(super) fn count_sets(
        &self,
        sources: &Sources,
        field: Field,
        rows: &Bitmap,
        by_address: &[u64],
        weight: Option<&Coded<u32>>,
        top: usize,
    ) -> Vec<(String, u64)> {
        let sets = if field == Field::List { &sources.lists.sets } else { &sources.contacts };
        let mut by_set = vec![0; sets.values.len()];
        for (code, count) in by_address.iter().enumerate().filter(|(_, count)| **count > 0) {
            let known = sources.get(code);
            let set = if field == Field::List { known.lists } else { known.contacts };
            by_set.get_mut(set as usize).into_iter().for_each(|sum| *sum += count);
        }
        let mut sums: HashMap<&str, u64> = match self.parts.listed_hosts() {
            Some((hosts, joins)) if field == Field::List => hosts.count(joins, rows, weight),
            _ => HashMap::new(),
        };
        for (values, count) in sets.values.iter().zip(by_set).filter(|(_, count)| *count > 0) {
            values.iter().for_each(|value| *sums.entry(value).or_default() += count);
        }
        most_frequent(sums.into_iter().map(|(value, count)| (value.to_owned(), count)).collect(), top)
    }

    /// By row the rank of its source's block lists among all there are; none on no list.
    pub(super) fn ranks_of_lists(&self) -> Result<Box<dyn Fn(usize) -> Option<u64> + '_>, Stopped> {
        let (sources, addresses) = (self.parts.sources()?, self.parts.addresses().ok());
        let sets = &sources.lists.sets.values;
        let mut order: Vec<usize> = (0..sets.len()).filter(|set| !sets[*set].is_empty()).collect();
        order.sort_unstable_by_key(|set| &sets[*set]);
        let mut ranks = vec![None; sets.len()];
        for (rank, set) in order.into_iter().enumerate() {
            ranks.get_mut(set).into_iter().for_each(|place| *place = Some(rank as u64));
        }
        Ok(Box::new(move |row| {
            let code = addresses.map_or(0, |addresses| addresses.code(row));
            ranks.get(sources.get(code).lists as usize).copied().flatten()
        }))
    }

    /// The contacts of a row's source.
    pub(super) fn contacts_of<'a>(&self, sources: &'a Sources, position: usize) -> &'a [String] {
        self.parts.addresses().map_or(&[], |addresses| sources.contacts_of(addresses.code(position)))
    }

    /// The source addresses of a selection, each once.
    pub fn addresses_of(&self, selection: &Selection) -> Result<Vec<IpAddr>, Stopped> {
        let addresses = self.parts.addresses()?;
        let table = addresses.table();
        let counts = tally_codes(&Rows::of(&selection.rows), addresses.codes(), table.len(), None);
        let named = table.iter().zip(counts).filter(|(_, count)| *count > 0);
        Ok(named.filter_map(|(ip, _)| from_column(ip.to_be_bytes())).collect())
    }

    /// Keeps the rows whose source shares a contact with these.
    pub(super) fn keep_contacts(&self, sources: &Sources, contacts: &[String], rows: &mut Bitmap) {
        let shares = |values: &Vec<String>| values.iter().any(|value| contacts.contains(value));
        let wanted: Vec<bool> = sources.contacts.values.iter().map(shares).collect();
        self.keep_addresses(rows, |code| {
            wanted.get(sources.get(code).contacts as usize).copied().unwrap_or(false)
        });
    }
}
