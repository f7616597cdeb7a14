//! Counts by value for a selection: panes, statistics, the sparkline, the country table.

use super::Index;
use super::bitmap::Bitmap;
use super::columns::Coded;
use super::parts::Part;
use super::selection::{Selection, Stopped};
use super::states::Named;
use super::tally::{tally_bytes, tally_codes};
use super::threads::on_two_threads;
use super::whole::{Counting, Whole};
use super::wire::Number;
use crate::model::address_space::from_column;
use crate::model::clock::{Seconds, rfc3339};
use crate::model::report::named;
use crate::model::{Cause, Delivery, DomainPolicy, Kind};
use crate::query::{Field, State};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

named! {
    /// What reports are counted by.
    Facet {
        /// Hour of arrival, as `2026-11-20T09:00:00Z`.
        Hour = 0 "hour",
        /// Day of arrival, as `2026-11-20`.
        Day = 1 "day",
        /// Kind.
        Kind = 2 "kind",
        /// Cause.
        Cause = 3 "cause",
        /// Feedback type.
        Feedback = 4 "feedback",
        /// Country.
        Country = 5 "country",
        /// Origin AS, digits alone.
        Asn = 6 "asn",
        /// Reported domain; a report with several counts for each.
        Domain = 7 "domain",
        /// Source address.
        Source = 8 "source",
        /// Reporter.
        Reporter = 9 "reporter",
        /// Published policy.
        Policy = 10 "policy",
        /// Delivery.
        Delivery = 11 "delivery",
        /// Feed.
        Feed = 12 "feed",
        /// Block list entry.
        List = 13 "list",
        /// Tag.
        Tag = 14 "tag",
        /// open, new, reported…: the values of `is:`.
        State = 15 "state",
        /// State in the ledger.
        Ledger = 16 "ledger",
        /// Abuse contact.
        Contact = 17 "contact",
        /// Auth-Failure.
        Auth = 18 "auth",
    }
}

impl Facet {
    /// The field that a pane of this facet toggles, by the counted value; hours and days have none.
    pub fn field(self) -> Option<Field> {
        Some(match self {
            Facet::Hour | Facet::Day => return None,
            Facet::Kind => Field::Kind,
            Facet::Cause => Field::Cause,
            Facet::Feedback => Field::Feedback,
            Facet::Country => Field::Country,
            Facet::Asn => Field::Asn,
            Facet::Domain => Field::Domain,
            Facet::Source => Field::Ip,
            Facet::Reporter => Field::Reporter,
            Facet::Policy => Field::Policy,
            Facet::Delivery => Field::Delivery,
            Facet::Feed => Field::Feed,
            Facet::List => Field::List,
            Facet::Tag => Field::Tag,
            Facet::State => Field::Is,
            Facet::Ledger => Field::State,
            Facet::Contact => Field::Contact,
            Facet::Auth => Field::Auth,
        })
    }
}

/// Values with their counts.
pub type Counts = Vec<(String, u64)>;

/// Facets of a selection that are counted together, each with its place among those that are asked for.
struct Job<'s> {
    counting: &'s Counting<'s>,
    facets: Vec<(usize, Facet)>,
}

impl Facet {
    /// It is said of source addresses.
    fn is_of_addresses(self) -> bool {
        matches!(self, Facet::Source | Facet::List | Facet::Contact)
    }

    /// What it needs to be loaded.
    pub fn part(self) -> Option<Part> {
        match self {
            Facet::Source => Some(Part::Addresses),
            Facet::Asn | Facet::Country | Facet::List | Facet::Contact | Facet::State => Some(Part::Sources),
            _ => None,
        }
    }

    /// It takes several times as long as others.
    fn is_long(self) -> bool {
        matches!(self, Facet::Hour | Facet::Day | Facet::State | Facet::Source | Facet::List | Facet::Contact)
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Reports.
    Reports,
    /// The mails that reports stand for (Incidents, RFC 5965 §3.2).
    Incidents,
}

/// The value of reports that have none.
const UNKNOWN: &str = "unknown";
const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;

impl Index {
    /// Values with their counts, most frequent first, ties by name, at most `top`; hours and days in order of time,
    /// the latest `top`.
    pub fn facet(
        &self,
        selection: &Selection,
        facet: Facet,
        weight: Weight,
        top: usize,
    ) -> Result<Vec<(String, u64)>, Stopped> {
        self.named(&Counting::new(&selection.rows, self.weights(weight)), facet, top)
    }

    fn named(&self, counting: &Counting<'_>, facet: Facet, top: usize) -> Result<Counts, Stopped> {
        if let Some(part) = facet.part().filter(|part| !self.parts.has(*part)) {
            return Err(Stopped::NotLoaded(part));
        }
        let (rows, weight) = (&*counting.rows.bits, counting.weight);
        let columns = &self.columns;
        let word = |entry: u32| String::from_utf8_lossy(self.words.get(entry)).into_owned();
        let words =
            |column: &Coded<u32>| named_counts(&counting.codes(facet, column), column.table(), word, top);
        let fixed = |column: &[u8], name: &dyn Fn(u8) -> Option<&'static str>| {
            fixed(counting.of(facet, |rows, weight| tally_bytes(rows, column, 256, weight)), name, top)
        };
        Ok(match facet {
            Facet::Hour => self.spans(rows, weight, HOUR, top, rfc3339),
            Facet::Day => self.spans(rows, weight, DAY, top, |at| rfc3339(at).chars().take(10).collect()),
            Facet::Kind => fixed(&columns.kind.values, &|n| Kind::from_number(n).map(Kind::name)),
            Facet::Cause => fixed(&columns.cause.values, &|n| Cause::from_number(n).map(Cause::name)),
            Facet::Delivery => {
                fixed(&columns.delivery.values, &|n| Delivery::from_number(n).map(Delivery::name))
            }
            Facet::Policy => {
                fixed(&columns.policy.values, &|n| DomainPolicy::from_number(n).map(DomainPolicy::name))
            }
            Facet::Feedback => words(&columns.feedback),
            Facet::Auth => words(&columns.auth),
            Facet::Reporter => words(&columns.reporter),
            Facet::Feed => words(&columns.feed),
            Facet::Asn => {
                let counts = counting.codes(facet, &columns.asn);
                named_counts(&counts, columns.asn.table(), |asn| asn.to_string(), top)
            }
            Facet::Country => {
                let counts = counting.codes(facet, &columns.country);
                named_counts(&counts, columns.country.table(), country_name, top)
            }
            Facet::Source | Facet::List | Facet::Contact => {
                self.of_addresses(counting, facet, &self.count_addresses(counting), top)?
            }
            Facet::Domain => self.domains(counting, top),
            Facet::Tag => listed(rows, &self.states.tags, weight, top),
            Facet::Ledger => listed(rows, &self.states.ledger, weight, top),
            Facet::State => {
                let counts = counting.of(facet, |rows, weight| {
                    State::ALL.iter().map(|state| self.count_in_state(*state, &rows.bits, weight)).collect()
                });
                let counts = State::ALL.iter().map(|state| state.name().to_owned()).zip(counts);
                most_frequent(counts.filter(|(_, count)| *count > 0).collect(), top)
            }
        })
    }

    /// Many facets, each of its selection, on two threads. What is known of the whole shortens the way to counts of
    /// nearly all reports.
    pub fn facets(
        &self,
        facets: &[(Facet, &Selection)],
        weight: Weight,
        whole: &Whole,
        top: usize,
    ) -> Result<Vec<Counts>, Stopped> {
        let mut selections: Vec<&Selection> = vec![];
        for (_, selection) in facets {
            if selections.iter().all(|known| !std::ptr::eq(*known, *selection)) {
                selections.push(selection);
            }
        }
        let weights = self.weights(weight);
        let prepared = on_two_threads(selections.clone(), |selection| {
            Counting::new(&selection.rows, weights).within(whole)
        });
        let mut jobs: Vec<Job<'_>> = vec![];
        for (place, (facet, selection)) in facets.iter().enumerate() {
            let mut known = selections.iter().zip(&prepared);
            let known = known.find(|(known, _)| std::ptr::eq(**known, *selection));
            let Some((_, counting)) = known else { continue };
            let shares = |job: &&mut Job<'_>| {
                let of_addresses = job.facets.iter().all(|(_, other)| other.is_of_addresses());
                std::ptr::eq(job.counting, counting) && of_addresses && facet.is_of_addresses()
            };
            match jobs.iter_mut().find(shares) {
                Some(job) => job.facets.push((place, *facet)),
                None => jobs.push(Job { counting, facets: vec![(place, *facet)] }),
            }
        }
        // What takes longest is begun first: a long one at the end would leave the other thread with nothing to do.
        jobs.sort_by_key(|job| !job.facets.iter().any(|(_, facet)| facet.is_long()));
        let mut done: Vec<_> =
            on_two_threads(jobs, |job| self.job(&job, top)).into_iter().flatten().collect();
        done.sort_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, counts)| counts).collect()
    }

    /// The facets of a job, each with its place; what is said of addresses is counted once for all of them.
    fn job(&self, job: &Job<'_>, top: usize) -> Vec<(usize, Result<Counts, Stopped>)> {
        let Job { counting, facets } = job;
        if let [(place, facet)] = facets.as_slice() {
            return vec![(*place, self.named(counting, *facet, top))];
        }
        let by_address = self.count_addresses(counting);
        let count = |facet| self.of_addresses(counting, facet, &by_address, top);
        facets.iter().map(|(place, facet)| (*place, count(*facet))).collect()
    }

    /// How many rows have each address, by its code. Where nothing is known of any, addresses need not be there.
    fn count_addresses(&self, counting: &Counting<'_>) -> Vec<u64> {
        self.parts.addresses().map_or(vec![], |addresses| counting.codes(Facet::Source, addresses))
    }

    /// Sources, and what is known of them.
    fn of_addresses(
        &self,
        counting: &Counting<'_>,
        facet: Facet,
        by_address: &[u64],
        top: usize,
    ) -> Result<Counts, Stopped> {
        let sets = |field| {
            let sources = self.parts.sources()?;
            Ok(self.count_sets(sources, field, &counting.rows.bits, by_address, counting.weight, top))
        };
        match facet {
            Facet::List => sets(Field::List),
            Facet::Contact => sets(Field::Contact),
            _ => {
                let table = self.parts.addresses()?.table();
                Ok(named_counts(by_address, table, address, top))
            }
        }
    }

    /// The country table: every country, most reports first.
    pub fn countries(&self, selection: &Selection, weight: Weight) -> Vec<(String, u64)> {
        let (column, counting) =
            (&self.columns.country, Counting::new(&selection.rows, self.weights(weight)));
        named_counts(&counting.codes(Facet::Country, column), column.table(), country_name, usize::MAX)
    }

    fn count_in_state(&self, state: State, rows: &Bitmap, weight: Option<&Coded<u32>>) -> u64 {
        let states = &self.states;
        let known = match state {
            State::Reported => Some(&states.reported),
            State::Dismissed => Some(&states.dismissed),
            State::Marked => Some(&states.marked),
            _ => None,
        };
        if let Some(known) = known.filter(|_| weight.is_none()) {
            return rows.count_and(known) as u64;
        }
        let mut these = rows.clone();
        self.keep_state(state, &mut these);
        weigh(&these, weight)
    }

    fn weights(&self, weight: Weight) -> Option<&Coded<u32>> {
        match weight {
            Weight::Reports => None,
            Weight::Incidents => Some(&self.columns.incidents),
        }
    }

    fn spans(
        &self,
        rows: &Bitmap,
        weight: Option<&Coded<u32>>,
        seconds: Seconds,
        top: usize,
        name: impl Fn(Seconds) -> String,
    ) -> Vec<(String, u64)> {
        let arrival = &self.columns.arrival;
        let (mut first, mut last) = (u32::MAX, 0);
        for position in rows.ones() {
            let at = arrival.get(position);
            (first, last) = (first.min(at), last.max(at));
        }
        if first > last {
            return vec![];
        }
        let length = seconds as u32;
        let (first, last) = (first / length, last / length);
        let mut counts = vec![0; (last - first) as usize + 1];
        for position in rows.ones() {
            let place = counts.get_mut((arrival.get(position) / length - first) as usize);
            place
                .into_iter()
                .for_each(|count| *count += weight.map_or(1, |weight| weight.get(position).into()));
        }
        let counted = counts.iter().zip(first..).filter(|(count, _)| **count > 0);
        let named: Vec<_> =
            counted.map(|(count, span)| (name(Seconds::from(span) * seconds), *count)).collect();
        let skipped = named.len().saturating_sub(top);
        named.into_iter().skip(skipped).collect()
    }

    fn domains(&self, counting: &Counting<'_>, top: usize) -> Counts {
        let column = &self.columns.domain;
        let mut sums: HashMap<&[u8], u64> = HashMap::new();
        for (entry, count) in column.table().iter().zip(counting.codes(Facet::Domain, column)) {
            if count > 0 {
                let domains = self.domains.get(*entry);
                domains
                    .split(|byte| *byte == b' ')
                    .for_each(|domain| *sums.entry(domain).or_default() += count);
            }
        }
        let named = sums.into_iter().map(|(domain, count)| match domain {
            [] => (UNKNOWN.to_owned(), count),
            domain => (String::from_utf8_lossy(domain).into_owned(), count),
        });
        most_frequent(named.collect(), top)
    }
}

/// Two capital letters.
pub(super) fn country_name(country: u16) -> String {
    country.to_be_bytes().map(char::from).iter().collect()
}

fn address(ip: u128) -> String {
    from_column(ip.to_be_bytes()).map_or_else(|| UNKNOWN.to_owned(), |ip| ip.to_string())
}

fn weigh(rows: &Bitmap, weight: Option<&Coded<u32>>) -> u64 {
    match weight {
        None => rows.count() as u64,
        Some(weight) => rows.ones().map(|position| u64::from(weight.get(position))).sum(),
    }
}

fn listed(rows: &Bitmap, named: &Named, weight: Option<&Coded<u32>>, top: usize) -> Vec<(String, u64)> {
    let counts = named.iter().map(|(name, ids)| {
        let positions = ids.iter().filter_map(|id| (*id as usize).checked_sub(1)).filter(|p| rows.get(*p));
        (
            name.clone(),
            positions.map(|position| weight.map_or(1, |weight| u64::from(weight.get(position)))).sum(),
        )
    });
    most_frequent(counts.filter(|(_, count)| *count > 0).collect(), top)
}

pub(super) fn most_frequent(mut counts: Vec<(String, u64)>, top: usize) -> Vec<(String, u64)> {
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(top);
    counts
}

fn fixed(counts: Vec<u64>, name: &dyn Fn(u8) -> Option<&'static str>, top: usize) -> Counts {
    let mut named: Vec<(String, u64)> = vec![];
    for (number, count) in (0..=u8::MAX).zip(counts).filter(|(_, count)| *count > 0) {
        let name = name(number).unwrap_or(UNKNOWN);
        match named.iter_mut().find(|(other, _)| other == name) {
            Some((_, sum)) => *sum += count,
            None => named.push((name.to_owned(), count)),
        }
    }
    most_frequent(named, top)
}

impl Counting<'_> {
    /// How many rows have each value of a column, by its code.
    fn codes<N: Number + Eq + Hash>(&self, facet: Facet, column: &Coded<N>) -> Vec<u64> {
        self.of(facet, |rows, weight| tally_codes(rows, column.codes(), column.table().len(), weight))
    }
}

/// The smallest of the `top` highest counts.
fn least_of(counts: &[u64], top: usize) -> u64 {
    let mut highest: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    for count in counts {
        if highest.len() < top {
            highest.push(Reverse(*count));
        } else if let Some(mut least) = highest.peek_mut().filter(|least| least.0 < *count) {
            *least = Reverse(*count);
        }
    }
    highest.peek().map_or(0, |least| least.0)
}

/// The values of a table with their counts, named.
fn named_counts<N: Number + Eq>(
    counts: &[u64],
    table: &[N],
    name: impl Fn(N) -> String,
    top: usize,
) -> Counts {
    // Names are made only for values that can be among the first ones, ties included.
    let least = least_of(counts, top).max(1);
    let found = counts.iter().zip(table).filter(|(count, _)| **count >= least);
    let (mut named, mut unknown) = (vec![], 0);
    for (count, value) in found.map(|(count, value)| (*count, value)) {
        let name = if *value == N::default() { String::new() } else { name(*value) };
        if name.is_empty() { unknown += count } else { named.push((name, count)) }
    }
    if unknown > 0 {
        named.push((UNKNOWN.to_owned(), unknown));
    }
    most_frequent(named, top)
}
