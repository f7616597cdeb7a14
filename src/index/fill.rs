//! Filling columns and tables: whole blocks from their segments, the rest from rows; on two threads where the source
//! can be read twice. Knows nothing of what the columns mean.

use super::columns::{BLOCK, Column};
use super::parts::Contents;
use super::texts::{Entries, Texts};
use super::wire::Damage;
use crate::model::{ColumnSource, Dictionary, IndexRow, ReportId};
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

/// Fills columns of the same number of rows, in one or several goes.
///
/// Readers of a database that is being written may each see a later state than the one before. That is harmless
/// because the number of rows was asked for first: whatever those rows name was there by then.
pub(super) struct Filler<'a, S> {
    source: &'a S,
    second: Option<S>,
    rows: usize,
    with_rare: bool,
    /// Rows of the last block, which is not full and therefore not packed; read once for all columns.
    last_rows: Option<Vec<IndexRow>>,
    /// One sentence for each block that could not be read.
    pub(super) damages: Vec<String>,
}

/// A column, and which blocks it has got.
struct Filled<'a> {
    name: &'static str,
    column: &'a mut dyn Column,
    has: Vec<bool>,
}

/// One column or table is a thread's work: they differ in size, so whoever is free takes the next.
enum Job<'a, 'c> {
    Column(&'a mut Filled<'c>),
    Table(Dictionary, &'a mut dyn Entries),
    LastRows,
}

/// What the threads of one go share.
struct Shared<'a, 'c> {
    jobs: Mutex<Vec<Job<'a, 'c>>>,
    last_rows: Mutex<Vec<IndexRow>>,
    damages: Mutex<Vec<String>>,
}

impl<'a, S: ColumnSource<Error: Send> + Send> Filler<'a, S> {
    pub(super) fn new(source: &'a S, rows: usize, with_rare: bool) -> Filler<'a, S> {
        // Two threads are a gain and no need: without a second reader one does it all.
        let second = if rows < BLOCK { None } else { source.second().unwrap_or(None) };
        Filler { source, second, rows, with_rare, last_rows: None, damages: vec![] }
    }

    /// Fills these.
    pub(super) fn fill(&mut self, contents: Contents<'_>) -> Result<(), S::Error> {
        let Contents { columns, mut tables } = contents;
        let filled = columns.into_iter().map(|(name, column)| {
            column.resize(self.rows);
            Filled { name, column, has: vec![false; self.rows / BLOCK] }
        });
        let mut filled: Vec<Filled<'_>> = filled.collect();
        // Taken from the end, so that what takes longest is begun first.
        let mut jobs: Vec<Job<'_, '_>> = filled.iter_mut().rev().map(Job::Column).collect();
        if self.last_rows.is_none() {
            jobs.push(Job::LastRows);
        }
        jobs.extend(tables.iter_mut().rev().map(|(dictionary, table)| Job::Table(*dictionary, *table)));
        let shared =
            Shared { jobs: Mutex::new(jobs), last_rows: Mutex::default(), damages: Mutex::default() };
        let (shared_by_all, rows, with_rare) = (&shared, self.rows, self.with_rare);
        let (source, second) = (self.source, &mut self.second);
        std::thread::scope(|scope| {
            let other = second.as_mut();
            let other = other.map(|second| scope.spawn(move || shared_by_all.work(second, rows, with_rare)));
            let mine = shared_by_all.work(source, rows, with_rare);
            let others =
                other.map_or(Ok(()), |other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            mine.and(others)
        })?;
        let Shared { last_rows, damages, jobs } = shared;
        drop(jobs);
        self.damages.extend(damages.into_inner().unwrap_or_else(PoisonError::into_inner));
        let last_rows = last_rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        for row in self.last_rows.get_or_insert(last_rows) {
            filled.iter_mut().for_each(|filled| filled.set(row));
        }
        self.fill_blocks(&mut filled)
    }

    /// Fills the blocks that a column lacks.
    fn fill_blocks(&self, filled: &mut [Filled<'_>]) -> Result<(), S::Error> {
        for block in 0..self.rows / BLOCK {
            let lacks = |filled: &&mut Filled<'_>| !filled.has.get(block).copied().unwrap_or(false);
            let mut lacking: Vec<&mut Filled<'_>> = filled.iter_mut().filter(lacks).collect();
            if lacking.is_empty() {
                continue;
            }
            let (first, last) = (block * BLOCK + 1, (block + 1) * BLOCK);
            self.source.index_rows(first as ReportId, last as ReportId, self.with_rare, &mut |row| {
                lacking.iter_mut().for_each(|filled| filled.set(&row));
            })?;
        }
        Ok(())
    }
}

impl Filled<'_> {
    fn set(&mut self, row: &IndexRow) {
        if let Some(position) = (row.id as usize).checked_sub(1) {
            self.column.set(position, row);
        }
    }
}

impl Shared<'_, '_> {
    /// Does what nobody does yet until nothing is left.
    fn work<S: ColumnSource>(&self, source: &S, rows: usize, with_rare: bool) -> Result<(), S::Error> {
        // Taken apart from the loop: in its head the lock would be held while the work is done.
        let next = || lock(&self.jobs).pop();
        while let Some(job) = next() {
            match job {
                Job::Column(filled) => self.read_column(source, filled)?,
                Job::Table(dictionary, table) => self.read_table(source, dictionary, table)?,
                Job::LastRows => {
                    let (first, last) = (rows / BLOCK * BLOCK + 1, rows);
                    let mut last_rows = Vec::with_capacity(rows + 1 - first);
                    source.index_rows(first as ReportId, last as ReportId, with_rare, &mut |row| {
                        last_rows.push(row);
                    })?;
                    *lock(&self.last_rows) = last_rows;
                }
            }
        }
        Ok(())
    }

    fn read_column<S: ColumnSource>(&self, source: &S, filled: &mut Filled<'_>) -> Result<(), S::Error> {
        let Filled { name, column, has } = filled;
        source.segments(name, &mut |number, data| {
            let Some(has) = has.get_mut(number as usize) else { return };
            match column.read_block(number as usize * BLOCK, data) {
                Ok(()) => *has = true,
                Err(damage) => self.damaged(name, number, damage),
            }
        })
    }

    fn read_table<S: ColumnSource>(
        &self,
        source: &S,
        dictionary: Dictionary,
        table: &mut dyn Entries,
    ) -> Result<(), S::Error> {
        let mut broken = false;
        source.segments(dictionary.name(), &mut |number, data| {
            broken |= number as usize * BLOCK != table.len();
            if broken {
                return;
            }
            let damage = match Texts::read(data) {
                Ok(texts) if texts.len() == BLOCK => return table.push_block(texts),
                Ok(_) => "it is not full",
                Err(damage) => damage,
            };
            broken = true;
            self.damaged(dictionary.name(), number, damage);
        })?;
        extend_table(source, dictionary, table)
    }

    fn damaged(&self, column: &str, block: u32, damage: Damage) {
        lock(&self.damages).push(format!(
            "the packed column '{column}' is damaged in block {block}: {damage}; the rows were read instead"
        ));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the entries that a table does not have yet.
pub(super) fn extend_table<S: ColumnSource>(
    source: &S,
    dictionary: Dictionary,
    table: &mut dyn Entries,
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
