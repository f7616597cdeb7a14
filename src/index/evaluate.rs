//! A filter as a bitmap: cheap terms first, texts last and only over what is left.

use super::bitmap::{Bitmap, keep_words};
use super::columns::{BLOCK, Coded};
use super::joins::Joins;
use super::states::{Named, add};
use super::texts::{Scan, TextTable, Texts};
use super::urls::scan_suffix;
use super::view::View;
use super::{Index, Part, rare_text};
use crate::model::{ReportId, Status};
use crate::query::{Field, Filter, Has, State, Style, Term, Value, fold};
use ipnet::IpNet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a running query that nobody waits for it any more. Clones share the word.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A query that may run to its end.
    pub fn never() -> Cancel {
        Cancel::default()
    }

    /// Stops it at its next step, at most some milliseconds later.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// It has been stopped.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// See [`Cancel`].
    #[error("the query was superseded by a later one")]
    Cancelled,
    /// [`Index::load_for`] has to come first.
    #[error("the columns that this query needs are not loaded yet ({0:?})")]
    NotLoaded(Part),
}

/// The reports that a filter selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub(super) rows: Bitmap,
    count: usize,
}

impl Selection {
    pub(super) fn new(rows: Bitmap) -> Selection {
        let count = rows.count();
        Selection { rows, count }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.count
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a report is among them.
    pub fn contains(&self, id: ReportId) -> bool {
        (id as usize).checked_sub(1).is_some_and(|position| self.rows.get(position))
    }

    /// Their numbers, ascending.
    pub fn ids(&self) -> impl Iterator<Item = ReportId> + '_ {
        self.rows.ones().map(|position| position as ReportId + 1)
    }

    /// Those that are in both.
    pub fn and(&self, other: &Selection) -> Selection {
        let mut rows = self.rows.clone();
        rows.and(&other.rows);
        Selection::new(rows)
    }
}

/// Rows that are left per text of a dictionary, below which each row's text is looked at on its own.
const ROWS_PER_SCAN: usize = 8;
/// Bytes of text above which a second thread earns its start (about 50 µs).
const BYTES_FOR_TWO: usize = 4 << 20;
/// Rows above which it does.
const ROWS_FOR_TWO: usize = 200_000;

impl Index {
    /// The reports that match. `text:` counts as true where it is wanted ([`Filter::without_text`]): when the filter
    /// [has](Filter::has_text) such terms, [`Index::search`] is what answers it.
    pub fn select(&self, filter: &Filter, cancel: &Cancel) -> Result<Selection, Stopped> {
        let mut rows = self.base(filter);
        if filter.has_text() {
            self.narrow(&filter.without_text(), &mut rows, cancel)?;
        } else {
            self.narrow(filter, &mut rows, cancel)?;
        }
        Ok(Selection::new(rows))
    }

    /// The reports with these numbers, as far as they exist.
    pub fn selection_of(&self, ids: &[ReportId]) -> Selection {
        let mut rows = Bitmap::empty(self.rows);
        add(&mut rows, ids);
        rows.and(&self.columns.present);
        Selection::new(rows)
    }

    /// Reports alone, unless the filter asks for the quarantine.
    pub(super) fn base(&self, filter: &Filter) -> Bitmap {
        let mut rows = self.columns.present.clone();
        if !filter.shows_quarantined() {
            rows.keep(&self.columns.status.values, |status| status == Status::Report as u8);
        }
        rows
    }

    /// Keeps the rows that match.
    pub(super) fn narrow(&self, filter: &Filter, rows: &mut Bitmap, cancel: &Cancel) -> Result<(), Stopped> {
        if cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        match filter {
            Filter::All => {}
            Filter::And(parts) => {
                let mut parts: Vec<&Filter> = parts.iter().collect();
                parts.sort_by_key(|part| cost(part));
                for part in parts {
                    self.narrow(part, rows, cancel)?;
                }
            }
            Filter::Or(parts) => {
                let mut undecided = std::mem::replace(rows, Bitmap::empty(rows.len()));
                for part in parts {
                    let mut these = undecided.clone();
                    self.narrow(part, &mut these, cancel)?;
                    undecided.and_not(&these);
                    rows.or(&these);
                }
            }
            Filter::Not(part) => {
                let mut these = rows.clone();
                self.narrow(part, &mut these, cancel)?;
                rows.and_not(&these);
            }
            Filter::Term(term) => self.narrow_to_term(term, rows, cancel)?,
        }
        Ok(())
    }

    fn narrow_to_term(&self, term: &Term, rows: &mut Bitmap, cancel: &Cancel) -> Result<(), Stopped> {
        if let Some(part) = Part::of(term).into_iter().find(|part| !self.has_part(*part)) {
            return Err(Stopped::NotLoaded(part));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let columns = &self.columns;
        match term.field {
            Field::Kind => keep_numbers(rows, &columns.kind.values, term),
            Field::Cause => keep_numbers(rows, &columns.cause.values, term),
            Field::Delivery => keep_numbers(rows, &columns.delivery.values, term),
            Field::Policy => keep_numbers(rows, &columns.policy.values, term),
            Field::Port => {
                let ranges = ranges(term);
                let unknown = wants_unknown(term);
                rows.keep(&columns.port.values, |port| within(&ranges, unknown, port.into()));
            }
            Field::Asn => {
                let (ranges, unknown) = (ranges(term), wants_unknown(term));
                columns.asn.keep(rows, |asn| within(&ranges, unknown, asn));
            }
            Field::Country => columns.country.keep(rows, |country| {
                term.values.contains(&if country == 0 {
                    Value::Unknown
                } else {
                    Value::Country(country.to_be_bytes())
                })
            }),
            Field::Ip => {
                let networks: Vec<Network> = term.values.iter().filter_map(Network::of).collect();
                let unknown = wants_unknown(term);
                columns.ip.keep(rows, |ip| match ip {
                    0 => unknown,
                    ip => networks.iter().any(|network| network.contains(ip)),
                });
            }
            Field::Id => {
                let mut any = Bitmap::empty(rows.len());
                for (first, last) in ranges(term) {
                    let mut these = rows.clone();
                    these.keep_range((first as usize).saturating_sub(1), last as usize);
                    any.or(&these);
                }
                *rows = any;
            }
            Field::Since | Field::Until | Field::On | Field::Days | Field::Ago => self.keep_times(term, rows),
            Field::Domain => {
                self.keep_coded(&columns.domain, View::Domains, term, rows, |entry| {
                    self.domains.get(entry).to_vec()
                });
            }
            Field::Feedback => self.keep_words(&columns.feedback, term, rows),
            Field::Auth => self.keep_words(&columns.auth, term, rows),
            Field::Reporter => self.keep_words(&columns.reporter, term, rows),
            Field::Feed => self.keep_words(&columns.feed, term, rows),
            Field::Agent => self.agents.iter().for_each(|agents| self.keep_words(agents, term, rows)),
            Field::Subject => self.keep_subjects(term, rows, cancel)?,
            Field::Url | Field::Host => {
                let view = if term.field == Field::Host { View::Host } else { View::Whole };
                if let Some(urls) = &self.urls {
                    keep_joined(
                        &urls.joins,
                        &urls.table,
                        Some(&urls.tails),
                        &Scans::new(term, view),
                        rows,
                        cancel,
                    )?;
                }
            }
            Field::File | Field::Hash => {
                let view = if term.field == Field::Hash { View::FileHashes } else { View::FileName };
                if let Some(files) = &self.files {
                    keep_joined(&files.joins, &files.table, None, &Scans::new(term, view), rows, cancel)?;
                }
            }
            Field::List => keep_named(&self.states.lists, term, rows),
            Field::Tag => keep_named(&self.states.tags, term, rows),
            Field::Contact => keep_named(&self.states.contacts, term, rows),
            Field::State => keep_named(&self.states.ledger, term, rows),
            Field::Is => self.keep_any(term, rows, |value, rows| {
                if let Value::Is(state) = value {
                    self.keep_state(*state, rows);
                }
            }),
            Field::Has => self.keep_any(term, rows, |value, rows| {
                let joins = match value {
                    Value::Has(Has::File) => self.files.as_ref().map(|files| &files.joins),
                    _ => self.urls.as_ref().map(|urls| &urls.joins),
                };
                let before = rows.clone();
                for position in before.ones() {
                    rows.set(position, joins.is_some_and(|joins| !joins.get(position).is_empty()));
                }
            }),
            Field::Text => {}
            field => {
                let rare = rare_text(field).and_then(|which| self.rare.get(which)).and_then(Option::as_ref);
                if let Some(texts) = rare {
                    keep_row_texts(&texts.blocks, &Scans::new(term, View::Values), rows, cancel)?;
                }
            }
        }
        Ok(())
    }

    fn keep_any(&self, term: &Term, rows: &mut Bitmap, keep: impl Fn(&Value, &mut Bitmap)) {
        let mut any = Bitmap::empty(rows.len());
        for value in &term.values {
            let mut these = rows.clone();
            keep(value, &mut these);
            any.or(&these);
        }
        *rows = any;
    }

    /// Keeps the rows in a state.
    pub(super) fn keep_state(&self, state: State, rows: &mut Bitmap) {
        let states = &self.states;
        match state {
            State::Open => states.keep_open(rows),
            State::New => rows.keep_range(states.seen_up_to as usize, usize::MAX),
            State::Reported => rows.and(&states.reported),
            State::Dismissed => rows.and(&states.dismissed),
            State::Listed => rows.and(&states.listed),
            State::Marked => rows.and(&states.marked),
            State::Quarantined => {
                rows.keep(&self.columns.status.values, |status| status != Status::Report as u8)
            }
            State::Unverified => rows.keep(&self.columns.flags.values, |flags| flags & 1 == 1),
        }
    }

    fn keep_times(&self, term: &Term, rows: &mut Bitmap) {
        let ranges: Vec<(u32, u32)> = term
            .values
            .iter()
            .filter_map(|value| match value {
                Value::Time(range) if range.to > 0 => {
                    let last = (range.to - 1).min(u32::MAX.into()) as u32;
                    u32::try_from(range.from.max(0)).ok().map(|first| (first, last))
                }
                _ => None,
            })
            .collect();
        let arrival = &self.columns.arrival.values;
        match ranges.as_slice() {
            [(first, last)] => rows.keep(arrival, |at| *first <= at && at <= *last),
            ranges => rows.keep(arrival, |at| ranges.iter().any(|(first, last)| *first <= at && at <= *last)),
        }
    }

    fn keep_words(&self, column: &Coded<u32>, term: &Term, rows: &mut Bitmap) {
        self.keep_coded(column, View::Whole, term, rows, |entry| {
            fold(&String::from_utf8_lossy(self.words.get(entry))).into_bytes()
        });
    }

    fn keep_coded(
        &self,
        column: &Coded<u32>,
        view: View,
        term: &Term,
        rows: &mut Bitmap,
        text: impl Fn(u32) -> Vec<u8>,
    ) {
        let scans = Scans::new(term, view);
        column.keep(rows, |entry| scans.matches(&text(entry)));
    }

    fn keep_subjects(&self, term: &Term, rows: &mut Bitmap, cancel: &Cancel) -> Result<(), Stopped> {
        let scans = Scans::new(term, View::Whole);
        let column = &self.columns.subject.values;
        if scans.unknown || rows.count() * ROWS_PER_SCAN < self.subjects.len() {
            let before = rows.clone();
            for position in before.ones() {
                let entry = column.get(position).copied().unwrap_or(0);
                rows.set(position, scans.matches(self.subjects.get(entry)));
            }
            return Ok(());
        }
        let hits = scan_table(&self.subjects, None, &scans, cancel)?;
        let halves = row_blocks(rows);
        in_two(halves, self.rows > ROWS_FOR_TWO, &|(start, words): (usize, &mut [u64])| {
            let column = column.get(start..).unwrap_or_default();
            keep_words(words, column, |entry| hits.get((entry as usize).wrapping_sub(1)));
        });
        Ok(())
    }
}

/// Terms in the order in which they are asked: what a comparison decides, then what needs a scan, by its length.
fn cost(filter: &Filter) -> u32 {
    match filter {
        Filter::All => 0,
        Filter::Not(part) => cost(part),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().map(cost).sum(),
        Filter::Term(term) => match term.field {
            Field::Subject => 30,
            Field::File | Field::Hash | Field::Has => 40,
            field if rare_text(field).is_some() => 50,
            Field::Url | Field::Host => 100,
            Field::Text => 1_000,
            field if field.style().is_some() => 3,
            _ => 1,
        },
    }
}

/// The patterns of a term, and whether it also asks for rows without a value.
pub(super) struct Scans<'a> {
    scans: Vec<Scan<'a>>,
    unknown: bool,
}

impl<'a> Scans<'a> {
    pub(super) fn new(term: &'a Term, view: View) -> Scans<'a> {
        let style = term.field.style().unwrap_or(Style::Name);
        let scans = term.values.iter().filter_map(|value| match value {
            Value::Text(pattern) => Some(Scan::new(pattern, style, view)),
            _ => None,
        });
        Scans { scans: scans.collect(), unknown: wants_unknown(term) }
    }

    /// Whether any pattern matches one folded text.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        if text.is_empty() { self.unknown } else { self.scans.iter().any(|scan| scan.matches(text)) }
    }
}

fn wants_unknown(term: &Term) -> bool {
    term.values.contains(&Value::Unknown)
}

fn ranges(term: &Term) -> Vec<(u32, u32)> {
    let ranges = term.values.iter().filter_map(|value| match value {
        Value::Numbers(first, last) => Some((*first, *last)),
        _ => None,
    });
    ranges.collect()
}

fn within(ranges: &[(u32, u32)], unknown: bool, number: u32) -> bool {
    if number == 0 { unknown } else { ranges.iter().any(|(first, last)| *first <= number && number <= *last) }
}

/// Keeps rows whose numbered value is any of the term's; nought is unknown where the field knows that.
fn keep_numbers(rows: &mut Bitmap, column: &[u8], term: &Term) {
    let mut wanted = [false; 256];
    let mut last = 0;
    for value in &term.values {
        last = match value {
            Value::Kind(kind) => kind.number(),
            Value::Cause(cause) => cause.number(),
            Value::Delivery(delivery) => delivery.number(),
            Value::Policy(policy) => policy.number(),
            _ => 0,
        };
        wanted[usize::from(last)] = true;
    }
    match term.values.len() {
        1 => rows.keep(column, |number| number == last),
        _ => rows.keep(column, |number| wanted[usize::from(number)]),
    }
}

/// A network as columns keep addresses.
struct Network {
    base: u128,
    mask: u128,
    is_v4: bool,
}

impl Network {
    fn of(value: &Value) -> Option<Network> {
        let Value::Network(net) = value else { return None };
        let (base, length) = match net {
            IpNet::V4(net) => (u128::from(net.network().to_ipv6_mapped()), u32::from(net.prefix_len()) + 96),
            IpNet::V6(net) => (u128::from(net.network()), u32::from(net.prefix_len())),
        };
        let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
        Some(Network { base, mask, is_v4: matches!(net, IpNet::V4(_)) })
    }

    fn contains(&self, ip: u128) -> bool {
        let is_v4 = ip >> 32 == 0xffff;
        (ip ^ self.base) & self.mask == 0 && is_v4 == self.is_v4
    }
}

fn keep_named(named: &Named, term: &Term, rows: &mut Bitmap) {
    let scans = Scans::new(term, View::Whole);
    let mut any = Bitmap::empty(rows.len());
    for (_, ids) in named.iter().filter(|(name, _)| scans.matches(fold(name).as_bytes())) {
        add(&mut any, ids);
    }
    rows.and(&any);
}

/// Blocks of rows with the position of their first one.
fn row_blocks(rows: &mut Bitmap) -> Vec<(usize, &mut [u64])> {
    rows.words_mut().chunks_mut(BLOCK / 64).enumerate().map(|(block, words)| (block * BLOCK, words)).collect()
}

/// Works through the items, the second half on another thread when that pays.
fn in_two<T: Send>(mut items: Vec<T>, pays: bool, work: &(impl Fn(T) + Sync)) {
    if !pays {
        return items.into_iter().for_each(work);
    }
    let second = items.split_off(items.len() / 2);
    std::thread::scope(|scope| {
        scope.spawn(move || second.into_iter().for_each(work));
        items.into_iter().for_each(work);
    });
}

/// The texts of a table that match, by entry number less one.
pub(super) fn scan_table(
    table: &TextTable,
    tails: Option<&[Vec<u64>]>,
    scans: &Scans<'_>,
    cancel: &Cancel,
) -> Result<Bitmap, Stopped> {
    let mut hits = Bitmap::empty(table.len());
    let words = hits.words_mut().chunks_mut(BLOCK / 64);
    let blocks = table.blocks.iter().enumerate().zip(words).collect();
    in_two(blocks, table.size() > BYTES_FOR_TWO, &|((number, texts), words): (
        (usize, &Texts),
        &mut [u64],
    )| {
        if cancel.is_cancelled() {
            return;
        }
        for scan in &scans.scans {
            match (tails.and_then(|tails| tails.get(number)), scan.pattern().only_suffix()) {
                (Some(tails), Some(suffix)) if scan.sees_whole() => scan_suffix(texts, tails, suffix, words),
                _ => texts.scan(scan, words),
            }
        }
    });
    if cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(hits) }
}

/// Keeps rows with an entry that matches.
fn keep_joined(
    joins: &Joins,
    table: &TextTable,
    tails: Option<&[Vec<u64>]>,
    scans: &Scans<'_>,
    rows: &mut Bitmap,
    cancel: &Cancel,
) -> Result<(), Stopped> {
    let left = rows.count();
    let hits = if left * ROWS_PER_SCAN < table.len() {
        None
    } else {
        Some(scan_table(table, tails, scans, cancel)?)
    };
    let matches = |entry: u32| match &hits {
        Some(hits) => hits.get((entry as usize).wrapping_sub(1)),
        None => scans.matches(table.get(entry)),
    };
    in_two(row_blocks(rows), left > ROWS_FOR_TWO, &|(start, words): (usize, &mut [u64])| {
        for (i, word) in words.iter_mut().enumerate() {
            for bit in super::bitmap::Ones(*word) {
                if !joins.get(start + i * 64 + bit).iter().any(|entry| matches(*entry)) {
                    *word &= !(1 << bit);
                }
            }
        }
    });
    Ok(())
}

/// Keeps rows whose own text matches.
fn keep_row_texts(
    blocks: &[Texts],
    scans: &Scans<'_>,
    rows: &mut Bitmap,
    cancel: &Cancel,
) -> Result<(), Stopped> {
    let left = rows.count();
    let one_by_one = scans.unknown || left * ROWS_PER_SCAN < rows.len();
    let pays = blocks.iter().map(Texts::size).sum::<usize>() > BYTES_FOR_TWO;
    let items = row_blocks(rows).into_iter().zip(blocks).collect();
    in_two(items, pays, &|((_, words), texts): ((usize, &mut [u64]), &Texts)| {
        if cancel.is_cancelled() {
            return;
        }
        if one_by_one {
            for (i, word) in words.iter_mut().enumerate() {
                for bit in super::bitmap::Ones(*word) {
                    if !scans.matches(texts.get(i * 64 + bit)) {
                        *word &= !(1 << bit);
                    }
                }
            }
            return;
        }
        let mut hits = vec![0; words.len()];
        scans.scans.iter().for_each(|scan| texts.scan(scan, &mut hits));
        words.iter_mut().zip(hits).for_each(|(word, hits)| *word &= hits);
    });
    if cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(()) }
}
