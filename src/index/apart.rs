//! Parts loaded on another thread while the index goes on answering, and taken over when they are there.

use super::Index;
use super::columns::Column;
use super::fill::Filler;
use super::parts::{Part, Parts};
use crate::model::{ColumnSource, ReportId};

/// Parts that are loaded and not yet part of an index.
#[derive(Debug)]
pub struct Apart {
    parts: Parts,
    rows: usize,
    damages: Vec<String>,
}

impl Apart {
    /// Loads parts for an index over the same store.
    pub fn load<S: ColumnSource<Error: Send> + Send>(parts: &[Part], source: &S) -> Result<Apart, S::Error> {
        let rows = source.last_id()? as usize;
        let mut parts = Parts::empty(parts);
        let mut filler = Filler::new(source, rows, parts.has_rare());
        filler.fill(parts.contents())?;
        let damages = filler.damages;
        parts.read_sources(source)?;
        Ok(Apart { parts, rows, damages })
    }
}

impl Index {
    /// Whether a part is there.
    pub fn has(&self, part: Part) -> bool {
        self.parts.has(part)
    }

    /// Takes over what was loaded apart; rows that only one of the two knows are read.
    pub fn take<S: ColumnSource>(&mut self, mut loaded: Apart, source: &S) -> Result<(), S::Error> {
        self.damages.append(&mut loaded.damages);
        let (known, rows) = (self.rows, loaded.rows);
        if rows < known {
            let rare = loaded.parts.has_rare();
            let mut columns = loaded.parts.contents().columns;
            columns.iter_mut().for_each(|(_, column)| column.resize(known));
            source.index_rows(rows as ReportId + 1, known as ReportId, rare, &mut |row| {
                if let Some(position) = (row.id as usize).checked_sub(1) {
                    columns.iter_mut().for_each(|(_, column)| Column::set(*column, position, &row));
                }
            })?;
        }
        self.parts.join(loaded.parts);
        if rows > known {
            // The parts are ahead: whatever came since is taken as a whole.
            return self.refresh(source);
        }
        self.refresh_entries(source)?;
        self.settle_sources();
        Ok(())
    }
}
