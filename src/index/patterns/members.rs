//! The reports that the queries of lines select: values that are found inside others have more of them than were
//! counted whole. All lines of a kind are looked for at once, since each row is read for them only once then.

use super::Looking;
use super::describe::Named;
use crate::index::parts::rare_text;
use crate::index::selection::Stopped;
use crate::index::threads::on_two_threads;
use crate::index::urls::tail;
use crate::model::Dimension;
use crate::query::{Field, fold};
use aho_corasick::AhoCorasick;
use std::collections::HashMap;

/// Rows of each line, ascending.
type Rows = Vec<Vec<u32>>;

/// Rows that a thread takes at a time.
const ROWS_AT_ONCE: usize = 1 << 14;
/// No ending is shorter: two letters of a word, a dot, two of an extension.
const SHORTEST_ENDING: u64 = 5;

impl Looking<'_> {
    /// The rows of the window that the query of each line selects; nothing where they are those that were counted.
    pub(super) fn members(&self, lines: &[Named]) -> Result<Vec<Option<Vec<u32>>>, Stopped> {
        let mut members: Vec<Option<Vec<u32>>> = vec![None; lines.len()];
        for dimension in [
            Dimension::Words,
            Dimension::Ending,
            Dimension::File,
            Dimension::From,
            Dimension::ReplyTo,
            Dimension::Address,
        ] {
            let places: Vec<usize> =
                (0..lines.len()).filter(|place| lines[*place].line.lead.dimension == dimension).collect();
            if places.is_empty() {
                continue;
            }
            let lines: Vec<&Named> = places.iter().map(|place| &lines[*place]).collect();
            let found = match dimension {
                Dimension::Ending => self.ending(&lines)?,
                Dimension::Words => {
                    let subjects = self.index.parts.subjects()?;
                    self.containing(&lines, |row| subjects.table.get(subjects.rows.get(row)))?
                }
                Dimension::From => self.containing_rare(Field::From, &lines)?,
                Dimension::ReplyTo => self.containing_rare(Field::ReplyTo, &lines)?,
                Dimension::Address => self.containing_rare(Field::Addr, &lines)?,
                _ => self.selected(&lines)?,
            };
            for (place, rows) in places.into_iter().zip(found) {
                if let Some(members) = members.get_mut(place) {
                    *members = Some(rows);
                }
            }
        }
        Ok(members)
    }

    fn selected(&self, lines: &[&Named]) -> Result<Rows, Stopped> {
        let select = |named: &&Named| {
            let mut rows = self.window.clone();
            self.index.narrow(&named.filter, &mut rows, self.cancel)?;
            Ok(rows.ones().map(|row| row as u32).collect())
        };
        lines.iter().map(select).collect()
    }

    /// Rows whose own text contains the value of a line.
    fn containing_rare(&self, field: Field, lines: &[&Named]) -> Result<Rows, Stopped> {
        let Some(which) = rare_text(field) else { return self.selected(lines) };
        let texts = self.index.parts.rare(which)?;
        self.containing(lines, |row| texts.get(row))
    }

    /// Rows whose text contains the value of a line.
    fn containing<'t>(
        &self,
        lines: &[&Named],
        text: impl Fn(usize) -> &'t [u8] + Sync,
    ) -> Result<Rows, Stopped> {
        let wanted = lines.iter().map(|named| fold(&named.value));
        // Of values so long that no finder can be built, each is looked for by itself.
        let Ok(finder) = AhoCorasick::new(wanted) else { return self.selected(lines) };
        self.collected(lines.len(), &|row, found| {
            let hits = finder.find_overlapping_iter(text(row as usize));
            hits.for_each(|hit| found(hit.pattern().as_usize()));
        })
    }

    /// Rows that have a URL which ends with the value of a line.
    fn ending(&self, lines: &[&Named]) -> Result<Rows, Stopped> {
        let urls = self.index.parts.urls()?;
        let wanted: Vec<String> = lines.iter().map(|named| fold(&named.value)).collect();
        // The last letters of a URL tell nearly always that it ends with none of them.
        let last = |text: &[u8]| tail(text) & ((1 << (8 * SHORTEST_ENDING)) - 1);
        let mut by_last: HashMap<u64, Vec<usize>> = HashMap::new();
        for (line, value) in wanted.iter().enumerate() {
            by_last.entry(last(value.as_bytes())).or_default().push(line);
        }
        self.collected(lines.len(), &|row, found| {
            for entry in urls.joins.get(row as usize) {
                let text = urls.table.get(*entry);
                let lines = by_last.get(&last(text)).map_or(&[][..], Vec::as_slice);
                lines
                    .iter()
                    .filter(|line| text.ends_with(wanted[**line].as_bytes()))
                    .for_each(|line| found(*line));
            }
        })
    }

    /// The rows of the window for which a line is found, line by line.
    fn collected(
        &self,
        lines: usize,
        find: &(impl Fn(u32, &mut dyn FnMut(usize)) + Sync),
    ) -> Result<Rows, Stopped> {
        let parts = on_two_threads(self.now.chunks(ROWS_AT_ONCE).collect(), |rows: &[u32]| {
            let mut found: Rows = vec![vec![]; lines];
            if self.cancel.is_cancelled() {
                return found;
            }
            for row in rows {
                find(*row, &mut |line| {
                    if let Some(rows) = found.get_mut(line).filter(|rows| rows.last() != Some(row)) {
                        rows.push(*row);
                    }
                });
            }
            found
        });
        if self.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let mut all: Rows = vec![vec![]; lines];
        for part in parts {
            all.iter_mut().zip(part).for_each(|(all, mut part)| all.append(&mut part));
        }
        Ok(all)
    }
}
