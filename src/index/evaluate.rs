//! A filter as a bitmap: cheap terms first, texts last and only over what is left.

use super::Index;
use super::bitmap::{Bitmap, keep_words};
use super::columns::Coded;
use super::parts::rare_text;
use super::scan::{
    ROWS_FOR_TWO, Scans, keep_hits, keep_joined, keep_positions, keep_row_texts, one_by_one, row_blocks,
    scan_table,
};
use super::selection::{Cancel, Selection, Stopped};
use super::states::{Named, add};
use super::threads::in_two;
use super::view::View;
use crate::model::{ReportId, Status};
use crate::query::{Field, Filter, Has, State, Term, Value, fold};
use ipnet::IpNet;

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

    /// Those of a selection that match a filter without `text:` as well. Where the filter
    /// [implies](Filter::implies) the one that selected them, these are all that match it.
    pub fn among(
        &self,
        selection: &Selection,
        filter: &Filter,
        cancel: &Cancel,
    ) -> Result<Selection, Stopped> {
        let mut rows = selection.rows.clone();
        self.narrow(filter, &mut rows, cancel)?;
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
        if let Some(part) = self.parts.lacks(term) {
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
            Field::Shape | Field::UrlShape => {
                let shapes = self.parts.shapes()?;
                let column = if term.field == Field::Shape { &shapes.subject } else { &shapes.url };
                rows.keep(&column.values, |shape| term.values.contains(&Value::Shape(shape)));
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
                self.parts.addresses()?.keep(rows, |ip| match ip {
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
            Field::Agent => self.keep_words(self.parts.agents()?, term, rows),
            Field::Subject => self.keep_subjects(term, rows, cancel)?,
            Field::Url | Field::Host => {
                if let Some(hits) = self.parts.sifted(term) {
                    keep_hits(self.parts.url_joins()?, &hits, rows);
                } else {
                    let urls = self.parts.urls()?;
                    keep_joined(&urls.joins, &urls.table, term, rows, cancel)?;
                }
            }
            Field::File | Field::Hash => {
                let files = self.parts.files()?;
                keep_joined(&files.joins, &files.table, term, rows, cancel)?;
            }
            Field::List => self.keep_lists(self.parts.sources()?, term, rows),
            Field::Contact => self.keep_sets(self.parts.sources()?, term, rows),
            Field::Source => self.keep_names(self.parts.names()?, term, rows),
            Field::Tag => keep_named(&self.states.tags, term, rows),
            Field::State => keep_named(&self.states.ledger, term, rows),
            Field::Is => self.keep_any(term, rows, |value, rows| {
                if let Value::Is(state) = value {
                    self.keep_state(*state, rows);
                }
            }),
            Field::Has => self.keep_any(term, rows, |value, rows| {
                let joins = match value {
                    Value::Has(Has::File) => self.parts.files().map(|files| &files.joins),
                    _ => self.parts.url_joins(),
                };
                keep_positions(rows, &|position| joins.is_ok_and(|joins| !joins.get(position).is_empty()));
            }),
            Field::Text => {}
            field => {
                if let Some(which) = rare_text(field) {
                    let texts = self.parts.rare(which)?;
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
            State::Listed => self.keep_listed(rows),
            State::Marked => rows.and(&states.marked),
            State::Quarantined => {
                rows.keep(&self.columns.status.values, |status| status != Status::Report as u8)
            }
            State::NotReport => {
                rows.keep(&self.columns.status.values, |status| status == Status::NotReport as u8)
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
        let subjects = self.parts.subjects()?;
        if scans.unknown || one_by_one(rows.count(), subjects.table.size()) {
            keep_positions(rows, &|position| scans.matches(subjects.table.get(subjects.rows.get(position))));
            return Ok(());
        }
        let hits = scan_table(&subjects.table, &scans, cancel)?;
        let column = &subjects.rows.values;
        in_two(row_blocks(rows), self.rows > ROWS_FOR_TWO, &|(start, words): (usize, &mut [u64])| {
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

pub(super) fn wants_unknown(term: &Term) -> bool {
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
