//! Loading the columns and keeping them up with the store.

use super::Index;
use super::columns::{Column, Columns};
use super::decisions::Decisions;
use super::fill::{Filler, extend_table};
use super::parts::{Contents, Part, Parts, folding};
use super::sieve::Sieve;
use super::states::StateSets;
use super::texts::{Entries, TextTable};
use crate::model::{ColumnSource, Dictionary, IndexRow, ReportId, States};
use crate::query::Filter;

/// Of an empty store.
impl Default for Index {
    fn default() -> Index {
        Index::empty(0)
    }
}

impl Index {
    /// Loads what a screen may be asked at any moment. The rest comes with [`Index::load_part`].
    pub fn load<S: ColumnSource<Error: Send> + Send>(source: &S) -> Result<Index, S::Error> {
        Index::load_with(&Part::AT_START, source)
    }

    /// Loads these parts and what every question needs.
    pub fn load_with<S: ColumnSource<Error: Send> + Send>(
        parts: &[Part],
        source: &S,
    ) -> Result<Index, S::Error> {
        let mut index = Index::empty(source.last_id()?);
        let mut filler = Filler::new(source, index.rows, false);
        filler.fill(index.contents())?;
        let mut parts = Parts::empty(parts);
        let arrival = &index.columns.arrival.values;
        let (order, filled) = std::thread::scope(|scope| {
            let order = scope.spawn(|| order_of_arrival(arrival));
            let filled = filler.fill(parts.contents());
            (order.join(), filled)
        });
        filled?;
        // A thread that failed to sort leaves the work to this one.
        let order = order.unwrap_or_else(|_| order_of_arrival(arrival));
        index.damages = filler.damages;
        index.by_arrival = Some(order);
        index.parts.join(parts);
        index.refresh_sources(source)?;
        index.set_states(source.states()?);
        Ok(index)
    }

    /// Loads no more than one question needs: what the filter asks, and these parts for what is shown of it. The order
    /// of arrival is not kept: to pick out one page costs less than to sort everything first.
    pub fn load_only<S: ColumnSource<Error: Send> + Send>(
        parts: &[Part],
        filter: &Filter,
        source: &S,
    ) -> Result<Index, S::Error> {
        let mut index = Index::empty(source.last_id()?);
        let (mut asked, mut needed) = (Part::of_filter(filter), parts.to_vec());
        asked.retain(|part| *part != Part::Urls);
        needed.extend(asked);
        let mut needed = with_companions(&needed, source)?;
        let sieve = if needed.contains(&Part::Urls) { None } else { Sieve::for_filter(filter) };
        if sieve.is_none() {
            needed.extend(Part::of_filter(filter));
        }
        index.parts = Parts::for_one_question(&needed, sieve);
        let mut filler = Filler::new(source, index.rows, index.parts.has_rare());
        filler.fill(index.contents())?;
        index.damages = filler.damages;
        index.refresh_sources(source)?;
        index.set_states(source.states()?);
        Ok(index)
    }

    /// Packed blocks that could not be read, one sentence each; their rows were taken instead. Whoever reads this
    /// should have them packed again.
    pub fn damages(&self) -> &[String] {
        &self.damages
    }

    /// What a filter needs and is not loaded yet.
    pub fn missing_parts(&self, filter: &Filter) -> Vec<Part> {
        let mut missing = vec![];
        filter.any_term(true, &mut |term, _| {
            let parts = if self.parts.lacks(term).is_some() { Part::of(term) } else { vec![] };
            for part in parts.into_iter().filter(|part| !self.parts.has(*part)) {
                if !missing.contains(&part) {
                    missing.push(part);
                }
            }
            false
        });
        missing
    }

    /// Those of these parts, and of those that they need, which are not there.
    ///
    /// # Errors
    /// Whatever the source reports.
    pub fn missing_of<S: ColumnSource>(&self, parts: &[Part], source: &S) -> Result<Vec<Part>, S::Error> {
        let mut missing = with_companions(parts, source)?;
        missing.retain(|part| !self.parts.has(*part));
        Ok(missing)
    }

    /// Loads everything that a filter needs.
    pub fn load_for<S: ColumnSource<Error: Send> + Send>(
        &mut self,
        filter: &Filter,
        source: &S,
    ) -> Result<(), S::Error> {
        self.load_parts(&self.missing_parts(filter), source)
    }

    /// Loads a part unless it is there.
    pub fn load_part<S: ColumnSource<Error: Send> + Send>(
        &mut self,
        part: Part,
        source: &S,
    ) -> Result<(), S::Error> {
        self.load_parts(&[part], source)
    }

    /// Loads those that are not there.
    pub fn load_parts<S: ColumnSource<Error: Send> + Send>(
        &mut self,
        parts: &[Part],
        source: &S,
    ) -> Result<(), S::Error> {
        let missing = self.missing_of(parts, source)?;
        if missing.is_empty() {
            return Ok(());
        }
        let mut parts = Parts::empty(&missing);
        let mut filler = Filler::new(source, self.rows, parts.has_rare());
        filler.fill(parts.contents())?;
        self.damages.append(&mut filler.damages);
        self.parts.join(parts);
        self.refresh_sources(source)
    }

    /// Takes what was stored since: rows, entries, states. Call it after an import.
    pub fn refresh<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        let known = self.rows as ReportId;
        let last = source.last_id()?;
        if last > known {
            self.take_rows(source, known + 1, last)?;
        }
        self.refresh_entries(source)?;
        self.refresh_sources(source)?;
        self.set_states(source.states()?);
        Ok(())
    }

    /// Takes rows again that have changed: reclassified, enriched, purged. Numbers without a row count as purged.
    pub fn reload_rows<S: ColumnSource>(
        &mut self,
        source: &S,
        first: ReportId,
        last: ReportId,
    ) -> Result<(), S::Error> {
        let last = last.min(self.rows as ReportId);
        self.rewrites += 1;
        for position in (first.max(1) as usize - 1)..last as usize {
            self.columns.present.set(position, false);
        }
        self.swap_decisions();
        let taken = self.take_rows(source, first.max(1), last);
        self.swap_decisions();
        taken?;
        self.unsettle_sources(first.max(1) as usize - 1, last as usize);
        self.refresh_entries(source)?;
        self.refresh_sources(source)
    }

    /// New states; cheap beside any query.
    pub fn set_states(&mut self, states: States) {
        self.swap_decisions();
        self.decisions = Decisions::new(&states);
        self.swap_decisions();
        self.states = StateSets::new(states, self.rows);
    }

    /// Takes rows that the caller has at hand, with their rare texts; the entries they name must follow by
    /// [`Index::refresh`] or be known.
    pub fn append(&mut self, rows: &[IndexRow]) {
        let last = rows.iter().map(|row| row.id as usize).max().unwrap_or(0).max(self.rows);
        self.grow(last);
        for row in rows {
            self.set_row(row);
        }
        self.sort_again();
        self.settle_sources();
    }

    fn take_rows<S: ColumnSource>(
        &mut self,
        source: &S,
        first: ReportId,
        last: ReportId,
    ) -> Result<(), S::Error> {
        self.grow((last as usize).max(self.rows));
        source.index_rows(first, last, self.parts.has_rare(), &mut |row| self.set_row(&row))?;
        self.sort_again();
        Ok(())
    }

    fn grow(&mut self, rows: usize) {
        self.rows = rows;
        self.each_column(&mut |column| column.resize(rows));
    }

    fn set_row(&mut self, row: &IndexRow) {
        if let Some(position) = (row.id as usize).checked_sub(1) {
            self.each_column(&mut |column| column.set(position, row));
        }
    }

    /// The order of arrival, where it is kept.
    fn sort_again(&mut self) {
        if self.by_arrival.is_some() {
            self.by_arrival = Some(order_of_arrival(&self.columns.arrival.values));
        }
    }

    /// Every loaded column.
    fn each_column(&mut self, act: &mut dyn FnMut(&mut dyn Column)) {
        self.contents().columns.into_iter().for_each(|(_, column)| act(column));
    }

    /// Everything that is loaded, or is to be.
    fn contents(&mut self) -> Contents<'_> {
        let mut contents = self.parts.contents();
        contents.columns.extend(self.columns.each());
        let (domains, words): (&mut dyn Entries, &mut dyn Entries) = (&mut self.domains, &mut self.words);
        contents.tables.extend([(Dictionary::Domain, domains), (Dictionary::Word, words)]);
        contents
    }

    pub(super) fn refresh_entries<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        let mut tables = self.contents().tables.into_iter();
        tables.try_for_each(|(dictionary, table)| extend_table(source, dictionary, table))
    }

    /// Room for the reports up to this number, with nothing known of them.
    fn empty(last: ReportId) -> Index {
        let table = |dictionary| TextTable::new(folding(dictionary));
        Index {
            rows: last as usize,
            rewrites: 0,
            columns: Columns::default(),
            by_arrival: None,
            domains: table(Dictionary::Domain),
            words: table(Dictionary::Word),
            parts: Parts::default(),
            states: StateSets::default(),
            decisions: Decisions::default(),
            damages: vec![],
        }
    }
}

/// Parts with those that they are read beside, where anything is known of any: addresses, URLs.
fn with_companions<S: ColumnSource>(parts: &[Part], source: &S) -> Result<Vec<Part>, S::Error> {
    let mut parts = parts.to_vec();
    if parts.iter().any(|part| matches!(part, Part::Sources | Part::Names)) && source.sources_changed()? > 0 {
        parts.push(Part::Addresses);
    }
    if parts.contains(&Part::Hosts) && source.hosts_changed()? > 0 {
        parts.push(Part::Urls);
    }
    Ok(parts)
}

/// Positions, oldest arrival first, ties by number. Two stable passes over half a key each sort a million rows in a
/// third of the time that comparing takes.
fn order_of_arrival(arrival: &[u32]) -> Vec<u32> {
    let at = |position: u32| arrival.get(position as usize).copied().unwrap_or(0);
    let by_low = stable_pass(0..arrival.len() as u32, arrival.len(), |position| at(position) as u16);
    stable_pass(by_low.iter().copied(), by_low.len(), |position| (at(position) >> 16) as u16)
}

/// Counting sort.
pub(super) fn stable_pass(
    items: impl Iterator<Item = u32> + Clone,
    count: usize,
    key: impl Fn(u32) -> u16,
) -> Vec<u32> {
    let mut places = vec![0u32; 1 << 16];
    items.clone().for_each(|item| places[usize::from(key(item))] += 1);
    let mut start = 0;
    for place in &mut places {
        (*place, start) = (start, start + *place);
    }
    let mut sorted = vec![0; count];
    for item in items {
        let place = &mut places[usize::from(key(item))];
        sorted.get_mut(*place as usize).into_iter().for_each(|slot| *slot = item);
        *place += 1;
    }
    sorted
}
