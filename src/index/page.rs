//! Pages of a selection in any order.

use super::Index;
use super::columns::Coded;
use super::parts::{Part, Subjects, rare_text};
use super::selection::{Selection, Stopped};
use super::texts::RowTexts;
use super::wire::Number;
use crate::model::ReportId;
use crate::model::report::named;
use crate::query::Field;
use serde::{Deserialize, Serialize};
use std::cmp::{Ordering, Reverse};
use std::hash::Hash;

named! {
    /// What a list is sorted by. Rows without a value come last in both directions; ties by arrival, newest first,
    /// then by number, highest first.
    Sort {
        /// Arrival of the reported mail.
        Arrival = 0 "arrival",
        /// The report's number, the order in which reports were stored.
        Id = 1 "id",
        /// Subject, by its letters.
        Subject = 2 "subject",
        /// Reported domain.
        Domain = 3 "domain",
        /// Source address.
        Ip = 4 "ip",
        /// Origin AS.
        Asn = 5 "asn",
        /// Country.
        Country = 6 "country",
        /// Kind.
        Kind = 7 "kind",
        /// Cause.
        Cause = 8 "cause",
        /// Delivery.
        Delivery = 9 "delivery",
        /// Policy.
        Policy = 10 "policy",
        /// Feedback type.
        Feedback = 11 "feedback",
        /// Reporter.
        Reporter = 12 "reporter",
        /// Feed.
        Feed = 13 "feed",
        /// How many mails a report stands for.
        Incidents = 14 "incidents",
        /// Source port.
        Port = 15 "port",
        /// From of the reported mail, by its letters.
        From = 16 "from",
        /// How many URLs its mail has.
        Urls = 17 "urls",
        /// How many files.
        Files = 18 "files",
        /// Block lists that name the source, by their names.
        List = 19 "list",
        /// Marked ones, then the others; of each what is new, open, in the ledger or reported, dismissed, quarantined, no
        /// report at all.
        State = 20 "state",
    }
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest, oldest, `a`.
    Ascending,
    /// Largest, newest, `z`.
    Descending,
}

impl Direction {
    /// The other end first.
    pub fn reversed(self) -> Direction {
        match self {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        }
    }
}

impl Sort {
    /// What it needs to be loaded.
    pub fn part(self) -> Option<Part> {
        match self {
            Sort::Subject => Some(Part::Subjects),
            Sort::Ip => Some(Part::Addresses),
            Sort::Asn | Sort::Country | Sort::List => Some(Part::Sources),
            Sort::Urls => Some(Part::Urls),
            Sort::Files => Some(Part::Files),
            Sort::From => rare_text(Field::From).map(Part::Rare),
            _ => None,
        }
    }

    /// Which end a person wants to see first: the latest of times and the most of counts, the first of names.
    pub fn natural(self) -> Direction {
        match self {
            Sort::Arrival | Sort::Id | Sort::Incidents | Sort::Urls | Sort::Files => Direction::Descending,
            _ => Direction::Ascending,
        }
    }
}

/// Texts that rows are sorted by.
pub(super) enum SortTexts<'i> {
    Subjects(&'i Subjects),
    Rows(&'i RowTexts),
}

impl<'i> SortTexts<'i> {
    /// The text of a row; empty where it has none.
    pub(super) fn of(&self, row: usize) -> &'i [u8] {
        match self {
            SortTexts::Subjects(subjects) => subjects.table.get(subjects.rows.get(row)),
            SortTexts::Rows(texts) => texts.get(row),
        }
    }
}

impl Index {
    /// The reports at `offset..offset + limit` of the sorted selection. The usual order is
    /// `Sort::Arrival, Direction::Descending`.
    pub fn page(
        &self,
        selection: &Selection,
        sort: Sort,
        direction: Direction,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ReportId>, Stopped> {
        let positions = match (sort, direction) {
            (Sort::Arrival, Direction::Descending) => self.newest(selection, offset, limit)?,
            _ => match self.texts_of(sort)? {
                Some(texts) => {
                    let order = TextOrder { index: self, texts, direction };
                    let rows = selection.rows.ones().map(|position| order.place(position));
                    let rows = cut(rows, offset, limit, |a, b| order.compare(a, b));
                    rows.into_iter().map(|(_, position)| position).collect()
                }
                None => self.by_number(selection, sort, direction, offset, limit)?,
            },
        };
        Ok(positions.into_iter().map(|position| position + 1).collect())
    }

    /// Newest arrival first: a walk along the order of arrival, unless matches are so rare that sorting them is
    /// shorter.
    pub(super) fn newest(
        &self,
        selection: &Selection,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<u32>, Stopped> {
        /// A look at a bit costs about this much less than a part in sorting.
        const STEPS_PER_SORTED: usize = 16;
        let order = self.by_arrival.as_ref();
        let Some(order) = order.filter(|order| selection.count() * STEPS_PER_SORTED >= order.len()) else {
            return self.by_number(selection, Sort::Arrival, Direction::Descending, offset, limit);
        };
        let newest = order.iter().rev().copied();
        let selected = newest.filter(|position| selection.rows.get(*position as usize));
        Ok(selected.skip(offset).take(limit).collect())
    }

    fn by_number(
        &self,
        selection: &Selection,
        sort: Sort,
        direction: Direction,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<u32>, Stopped> {
        let place = self.places(sort, direction)?;
        // Late reports are stored late: coming first, they spare looking closely at those before.
        let rows = selection.rows.ones_back().map(place);
        let rows = cut(rows, offset, limit, |a, b| a.cmp(b));
        Ok(rows.into_iter().map(|(_, _, position)| position.0).collect())
    }

    /// What puts a row before another, unless they are sorted by texts.
    fn places(&self, sort: Sort, direction: Direction) -> Result<impl Fn(usize) -> Place + '_, Stopped> {
        let key = self.keys(sort)?;
        Ok(move |position| {
            let key = match (key(position), direction) {
                (None, _) => u64::MAX,
                (Some(key), Direction::Ascending) => key,
                (Some(key), Direction::Descending) => u64::MAX - 1 - key,
            };
            (key, Reverse(self.columns.arrival.get(position)), Reverse(position as u32))
        })
    }

    /// Where a report stands in the sorted selection, counted from 0: the offset of the page that it opens. One pass.
    pub fn rank(
        &self,
        selection: &Selection,
        sort: Sort,
        direction: Direction,
        id: ReportId,
    ) -> Result<Option<usize>, Stopped> {
        let position = match (id as usize).checked_sub(1) {
            Some(position) if selection.rows.get(position) => position,
            _ => return Ok(None),
        };
        if (sort, direction) == (Sort::Arrival, Direction::Descending) {
            // The usual order, which a screen asks about whenever something arrives: whole words at a time.
            let arrival = &self.columns.arrival.values;
            let mine = self.columns.arrival.get(position);
            let (mut later, mut as_late) = (selection.rows.clone(), selection.rows.clone());
            later.keep(arrival, |at| at > mine);
            as_late.keep(arrival, |at| at == mine);
            as_late.keep_range(position + 1, usize::MAX);
            return Ok(Some(later.count() + as_late.count()));
        }
        let rows = selection.rows.ones();
        Ok(Some(if let Some(texts) = self.texts_of(sort)? {
            let order = TextOrder { index: self, texts, direction };
            let mine = order.place(position);
            rows.filter(|row| order.compare(&order.place(*row), &mine).is_lt()).count()
        } else {
            let place = self.places(sort, direction)?;
            let mine = place(position);
            rows.filter(|row| place(*row) < mine).count()
        }))
    }

    /// The texts by which this sorts, if it does by texts.
    pub(super) fn texts_of(&self, sort: Sort) -> Result<Option<SortTexts<'_>>, Stopped> {
        Ok(match (sort, sort.part()) {
            (Sort::Subject, _) => Some(SortTexts::Subjects(self.parts.subjects()?)),
            (Sort::From, Some(Part::Rare(which))) => Some(SortTexts::Rows(self.parts.rare(which)?)),
            _ => None,
        })
    }

    /// A number by which rows sort; none without a value.
    pub(super) fn keys(&self, sort: Sort) -> Result<Box<dyn Fn(usize) -> Option<u64> + '_>, Stopped> {
        let columns = &self.columns;
        let known = |number: u64| (number != 0).then_some(number);
        let text = |entry: u32| self.words.get(entry);
        Ok(match sort {
            Sort::Arrival => Box::new(|position| Some(columns.arrival.get(position).into())),
            // Texts are compared, not numbered: see `texts_of`.
            Sort::Id | Sort::Subject | Sort::From => Box::new(|position| Some(position as u64)),
            Sort::Kind => Box::new(|position| Some(columns.kind.get(position).into())),
            Sort::Cause => Box::new(move |position| known(columns.cause.get(position).into())),
            Sort::Delivery => Box::new(move |position| known(columns.delivery.get(position).into())),
            Sort::Policy => Box::new(move |position| known(columns.policy.get(position).into())),
            Sort::Port => Box::new(move |position| known(columns.port.get(position).into())),
            Sort::Asn | Sort::Country if self.parts.sources().is_err() => {
                return Err(Stopped::NotLoaded(Part::Sources));
            }
            Sort::Asn => Box::new(move |position| known(columns.asn.get(position).into())),
            Sort::Country => Box::new(move |position| known(columns.country.get(position).into())),
            Sort::Incidents => Box::new(move |position| known(columns.incidents.get(position).into())),
            Sort::Ip => ranked(self.parts.addresses()?, |ip| ip),
            Sort::Domain => ranked(&columns.domain, |entry| self.domains.get(entry)),
            Sort::Feedback => ranked(&columns.feedback, text),
            Sort::Reporter => ranked(&columns.reporter, text),
            Sort::Feed => ranked(&columns.feed, text),
            Sort::List => self.ranks_of_lists()?,
            Sort::Urls => {
                let joins = &self.parts.urls()?.joins;
                Box::new(move |position| known(joins.get(position).len() as u64))
            }
            Sort::Files => {
                let joins = &self.parts.files()?.joins;
                Box::new(move |position| known(joins.get(position).len() as u64))
            }
            Sort::State => Box::new(|position| Some(self.state_in_order(position))),
        })
    }
}

/// A row's key, arrival and number: the order of rows that are not sorted by texts.
type Place = (u64, Reverse<u32>, Reverse<u32>);

/// Rows by their texts.
struct TextOrder<'a> {
    index: &'a Index,
    texts: SortTexts<'a>,
    direction: Direction,
}

impl TextOrder<'_> {
    /// A row with the first letters of its text: they decide most comparisons without a look at texts that lie all over
    /// memory.
    fn place(&self, position: usize) -> (u128, u32) {
        let mut start = [0; 16];
        start.iter_mut().zip(self.texts.of(position)).for_each(|(place, byte)| *place = *byte);
        (u128::from_be_bytes(start), position as u32)
    }

    fn compare(&self, a: &(u128, u32), b: &(u128, u32)) -> Ordering {
        let text = |row: &(u128, u32)| self.texts.of(row.1 as usize);
        let texts = a.0.cmp(&b.0).then_with(|| text(a).cmp(text(b)));
        let texts = if self.direction == Direction::Ascending { texts } else { texts.reverse() };
        let arrival = |row: &(u128, u32)| Reverse((self.index.columns.arrival.get(row.1 as usize), row.1));
        (a.0 == 0).cmp(&(b.0 == 0)).then(texts).then_with(|| arrival(a).cmp(&arrival(b)))
    }
}

/// The rank of a row's value among the distinct ones.
fn ranked<'a, N: Number + Eq + Hash, K: Ord>(
    column: &'a Coded<N>,
    key: impl Fn(N) -> K,
) -> Box<dyn Fn(usize) -> Option<u64> + 'a> {
    let table = column.table();
    let mut order: Vec<usize> = (1..table.len()).collect();
    order.sort_by_cached_key(|code| key(table.get(*code).copied().unwrap_or_default()));
    let mut ranks = vec![None; table.len()];
    for (rank, code) in order.into_iter().enumerate() {
        ranks.get_mut(code).into_iter().for_each(|place| *place = Some(rank as u64));
    }
    Box::new(move |position| ranks.get(column.code(position)).copied().flatten())
}

/// `offset..offset + limit` of the sorted rows. Only the part up to there is ever sorted, and little more than that is
/// ever held: whenever twice as many have come, the worse half goes, and what is worse than the rest is passed over.
fn cut<T: Copy>(
    rows: impl Iterator<Item = T>,
    offset: usize,
    limit: usize,
    order: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    const LEAST_HELD: usize = 1_024;
    let end = offset.saturating_add(limit);
    if limit == 0 {
        return vec![];
    }
    let most = end.saturating_mul(2).max(LEAST_HELD);
    let (mut held, mut worst): (Vec<T>, Option<T>) = (vec![], None);
    for row in rows {
        if worst.as_ref().is_some_and(|worst| order(&row, worst).is_gt()) {
            continue;
        }
        held.push(row);
        if held.len() >= most {
            worst = Some(*held.select_nth_unstable_by(end - 1, &order).1);
            held.truncate(end);
        }
    }
    held.sort_unstable_by(&order);
    held.truncate(end);
    held.split_off(offset.min(held.len()))
}
