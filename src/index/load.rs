//! Filling the columns from packed blocks and, where one is missing or damaged, from rows.

use super::columns::{BLOCK, Column, Columns};
use super::decisions::Decisions;
use super::joins::Joins;
use super::states::StateSets;
use super::texts::{Folding, RowTexts, TextTable, Texts};
use super::{Coded, Files, Index, Part, Plain, Shapes, Urls};
use crate::model::columns::RareTexts;
use crate::model::{ColumnSource, Dictionary, IndexRow, ReportId, States};
use crate::query::Filter;

impl Index {
    /// Loads what every question may need: columns, subjects, domains, words, states. The rest comes with
    /// [`Index::load_part`].
    pub fn load<S: ColumnSource>(source: &S) -> Result<Index, S::Error> {
        let rows = source.last_id()? as usize;
        let mut index = Index::empty();
        fill(source, rows, &mut index.columns.each(), false, &mut index.damages)?;
        index.rows = rows;
        let (columns, notes) = (&index.columns, &mut index.damages);
        let (order, texts) = std::thread::scope(|scope| {
            let order = scope.spawn(|| order_of_arrival(&columns.arrival.values));
            let texts = [
                (&mut index.subjects, Dictionary::Subject),
                (&mut index.domains, Dictionary::Domain),
                (&mut index.words, Dictionary::Word),
            ]
            .into_iter()
            .try_for_each(|(table, dictionary)| load_table(source, dictionary, table, notes));
            (order.join(), texts)
        });
        texts?;
        // A thread that failed to sort leaves the work to this one.
        index.by_arrival = order.unwrap_or_else(|_| order_of_arrival(&index.columns.arrival.values));
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
        let mut parts: Vec<Part> = vec![];
        filter.any_term(true, &mut |term, _| {
            for part in Part::of(term) {
                if !self.has_part(part) && !parts.contains(&part) {
                    parts.push(part);
                }
            }
            false
        });
        parts
    }

    /// Loads everything that a filter needs.
    pub fn load_for<S: ColumnSource>(&mut self, filter: &Filter, source: &S) -> Result<(), S::Error> {
        self.missing_parts(filter).into_iter().try_for_each(|part| self.load_part(part, source))
    }

    /// URLs; the first question about them needs this.
    pub fn load_urls<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        self.load_part(Part::Urls, source)
    }

    /// Loads a part unless it is there.
    pub fn load_part<S: ColumnSource>(&mut self, part: Part, source: &S) -> Result<(), S::Error> {
        if self.has_part(part) {
            return Ok(());
        }
        let (rows, notes) = (self.rows, &mut self.damages);
        match part {
            Part::Urls => {
                let mut urls = Urls::default();
                fill(source, rows, &mut [(URL_JOINS, &mut urls.joins)], false, notes)?;
                load_table(source, Dictionary::Url, &mut urls.table, notes)?;
                urls.extend_tails();
                self.urls = Some(urls);
            }
            Part::Files => {
                let mut files = Files::default();
                fill(source, rows, &mut [(FILE_JOINS, &mut files.joins)], false, notes)?;
                load_table(source, Dictionary::File, &mut files.table, notes)?;
                self.files = Some(files);
            }
            Part::Agents => {
                let mut agents = Coded::new(|row: &IndexRow| row.agent_word);
                fill(source, rows, &mut [(AGENT, &mut agents)], false, notes)?;
                self.agents = Some(agents);
            }
            Part::Shapes => {
                let mut shapes = Shapes::default();
                fill(source, rows, &mut shapes.each(), false, notes)?;
                self.shapes = Some(shapes);
            }
            Part::Rare(which) => {
                let mut texts = RowTexts::new(which);
                fill(source, rows, &mut [(rare_column(which), &mut texts)], true, notes)?;
                if let Some(place) = self.rare.get_mut(which) {
                    *place = Some(texts);
                }
            }
        }
        Ok(())
    }

    /// Takes what was stored since: rows, entries, states. Call it after an import.
    pub fn refresh<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        let known = self.rows as ReportId;
        let last = source.last_id()?;
        if last > known {
            self.take_rows(source, known + 1, last)?;
        }
        self.refresh_entries(source)?;
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
        for position in (first.max(1) as usize - 1)..last as usize {
            self.columns.present.set(position, false);
        }
        self.swap_decisions();
        let taken = self.take_rows(source, first.max(1), last);
        self.swap_decisions();
        taken?;
        self.refresh_entries(source)
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
        self.by_arrival = order_of_arrival(&self.columns.arrival.values);
    }

    fn take_rows<S: ColumnSource>(
        &mut self,
        source: &S,
        first: ReportId,
        last: ReportId,
    ) -> Result<(), S::Error> {
        self.grow((last as usize).max(self.rows));
        let rare = self.rare.iter().any(Option::is_some);
        source.index_rows(first, last, rare, &mut |row| self.set_row(&row))?;
        self.by_arrival = order_of_arrival(&self.columns.arrival.values);
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

    /// Every loaded column.
    fn each_column(&mut self, act: &mut dyn FnMut(&mut dyn Column)) {
        self.columns.each().into_iter().for_each(|(_, column)| act(column));
        self.urls.iter_mut().for_each(|urls| act(&mut urls.joins));
        self.files.iter_mut().for_each(|files| act(&mut files.joins));
        self.agents.iter_mut().for_each(|agents| act(agents));
        self.shapes.iter_mut().flat_map(Shapes::each).for_each(|(_, column)| act(column));
        self.rare.iter_mut().flatten().for_each(|texts| act(texts));
    }

    fn refresh_entries<S: ColumnSource>(&mut self, source: &S) -> Result<(), S::Error> {
        extend_table(source, Dictionary::Subject, &mut self.subjects)?;
        extend_table(source, Dictionary::Domain, &mut self.domains)?;
        extend_table(source, Dictionary::Word, &mut self.words)?;
        if let Some(urls) = &mut self.urls {
            extend_table(source, Dictionary::Url, &mut urls.table)?;
            urls.extend_tails();
        }
        if let Some(files) = &mut self.files {
            extend_table(source, Dictionary::File, &mut files.table)?;
        }
        Ok(())
    }
}

pub(super) const URL_JOINS: &str = "report.urls";
pub(super) const FILE_JOINS: &str = "report.files";
pub(super) const AGENT: &str = "report.agent";

/// The packed column of a rare text.
pub(super) fn rare_column(which: usize) -> &'static str {
    const COLUMNS: [&str; RareTexts::NAMES.len()] = [
        "report.from",
        "report.from_name",
        "report.reply_to",
        "report.mail_from",
        "report.rcpt_to",
        "report.addresses",
        "report.message_id",
        "report.source_name",
    ];
    COLUMNS.get(which).copied().unwrap_or("report.from")
}

/// How the entries of a dictionary are kept.
pub(super) fn folding(dictionary: Dictionary) -> Folding {
    match dictionary {
        Dictionary::Subject | Dictionary::Domain | Dictionary::Url => Folding::Folded,
        Dictionary::File => Folding::FoldedValues,
        Dictionary::Word => Folding::Kept,
    }
}

impl Default for Urls {
    fn default() -> Self {
        Urls {
            table: TextTable::new(folding(Dictionary::Url)),
            joins: Joins::new(|row| &row.urls),
            tails: vec![],
        }
    }
}

impl Default for Files {
    fn default() -> Self {
        Files { table: TextTable::new(folding(Dictionary::File)), joins: Joins::new(|row| &row.files) }
    }
}

impl Default for Shapes {
    fn default() -> Self {
        Shapes { subject: Plain::new(|row| row.subject_shape), url: Plain::new(|row| row.url_shape) }
    }
}

impl Shapes {
    pub(super) fn each(&mut self) -> [(&'static str, &mut dyn Column); 2] {
        [("report.subject_shape", &mut self.subject), ("report.url_shape", &mut self.url)]
    }
}

impl Index {
    fn empty() -> Index {
        let table = |dictionary| TextTable::new(folding(dictionary));
        Index {
            rows: 0,
            columns: Columns::default(),
            by_arrival: vec![],
            subjects: table(Dictionary::Subject),
            domains: table(Dictionary::Domain),
            words: table(Dictionary::Word),
            urls: None,
            files: None,
            agents: None,
            shapes: None,
            rare: Default::default(),
            states: StateSets::default(),
            decisions: Decisions::default(),
            damages: vec![],
        }
    }
}

/// Fills columns: whole blocks from their segments, and every block for which one is missing from rows.
fn fill<S: ColumnSource>(
    source: &S,
    rows: usize,
    columns: &mut [(&'static str, &mut dyn Column)],
    rare: bool,
    damages: &mut Vec<String>,
) -> Result<(), S::Error> {
    let full_blocks = rows / BLOCK;
    let mut read = vec![0; rows.div_ceil(BLOCK)];
    for (name, column) in columns.iter_mut() {
        column.resize(rows);
        source.segments(name, &mut |number, data| {
            let block = number as usize;
            let Some(read) = read.get_mut(block).filter(|_| block < full_blocks) else { return };
            match column.read_block(block * BLOCK, data) {
                Ok(()) => *read += 1,
                Err(damage) => damages.push(damaged(name, number, damage)),
            }
        })?;
    }
    let mut block = 0;
    while block < read.len() {
        let complete = |block: usize| read.get(block).is_none_or(|read| *read == columns.len());
        if complete(block) {
            block += 1;
            continue;
        }
        let start = block;
        while block < read.len() && !complete(block) {
            block += 1;
        }
        let (first, end) = (start * BLOCK, (block * BLOCK).min(rows));
        if read.get(start..block).is_some_and(|read| read.iter().any(|count| *count > 0)) {
            // What was read of an incomplete block must not show through where rows were purged.
            let absent = IndexRow::default();
            (first..end).for_each(|position| {
                columns.iter_mut().for_each(|(_, column)| column.set(position, &absent))
            });
        }
        source.index_rows(first as ReportId + 1, end as ReportId, rare, &mut |row| {
            if let Some(position) = (row.id as usize).checked_sub(1) {
                columns.iter_mut().for_each(|(_, column)| column.set(position, &row));
            }
        })?;
    }
    Ok(())
}

fn damaged(column: &str, block: u32, damage: &str) -> String {
    format!("the packed column '{column}' is damaged in block {block}: {damage}; the rows were read instead")
}

fn load_table<S: ColumnSource>(
    source: &S,
    dictionary: Dictionary,
    table: &mut TextTable,
    damages: &mut Vec<String>,
) -> Result<(), S::Error> {
    let mut broken = false;
    source.segments(dictionary.name(), &mut |number, data| {
        if broken || number as usize != table.blocks.len() {
            broken = true;
            return;
        }
        match Texts::read(data) {
            Ok(texts) if texts.len() == BLOCK => table.blocks.push(texts),
            Ok(_) => {
                broken = true;
                damages.push(damaged(dictionary.name(), number, "it is not full"));
            }
            Err(damage) => {
                broken = true;
                damages.push(damaged(dictionary.name(), number, damage));
            }
        }
    })?;
    extend_table(source, dictionary, table)
}

fn extend_table<S: ColumnSource>(
    source: &S,
    dictionary: Dictionary,
    table: &mut TextTable,
) -> Result<(), S::Error> {
    let known = table.len() as u32;
    source.entries(dictionary, known + 1, &mut |number, text| {
        while table.len() + 1 < number as usize {
            table.push("");
        }
        if table.len() + 1 == number as usize {
            table.push(text);
        }
    })
}

/// Positions, oldest arrival first, ties by number. Two stable passes over half a key each sort a million rows in a
/// third of the time that comparing takes.
fn order_of_arrival(arrival: &[u32]) -> Vec<u32> {
    let at = |position: u32| arrival.get(position as usize).copied().unwrap_or(0);
    let by_low = stable_pass(0..arrival.len() as u32, arrival.len(), |position| at(position) as u16);
    stable_pass(by_low.iter().copied(), by_low.len(), |position| (at(position) >> 16) as u16)
}

/// Counting sort.
fn stable_pass(items: impl Iterator<Item = u32> + Clone, count: usize, key: impl Fn(u32) -> u16) -> Vec<u32> {
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
