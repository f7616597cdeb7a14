//! Messages that are no reports, with the reason.

use super::table::{Column, Style, Table};
use super::{Look, minute, prose};
use crate::model::{Record, Status};
use crate::text::showable;
use std::io::{self, Write};

const COLUMNS: &[Column] = &[
    Column::number("ID", 9),
    Column::text("Stored UTC", 16, 16, 4),
    Column::text("Status", 10, 11, 6),
    Column::text("Reason", 30, 120, 8),
    Column::text("Feed", 4, 16, 1),
    Column::text("Origin", 20, 60, 3),
    Column::text("Subject", 12, 60, 2),
];

/// A list of quarantined messages being written.
pub struct Quarantine<'w> {
    table: Table<'w>,
}

impl<'w> Quarantine<'w> {
    /// A list on this paper.
    pub fn new(out: &'w mut dyn Write, look: Look) -> Quarantine<'w> {
        Quarantine { table: Table::new(out, look, COLUMNS) }
    }

    /// One message.
    pub fn row(&mut self, record: &Record) -> io::Result<()> {
        let shown = |text: &str| showable(text).to_string();
        let cells = vec![
            record.id.to_string(),
            minute(record.stored_at),
            record.status.to_string(),
            shown(&record.status_reason),
            shown(&record.feed),
            shown(&record.origin),
            shown(&prose(record.report.subject.as_deref().unwrap_or_default())),
        ];
        let style = if record.status == Status::NotReport { Style::Dim } else { Style::Plain };
        self.table.row(style, cells)
    }

    /// Writes what is held back.
    pub fn finish(self) -> io::Result<()> {
        self.table.finish()
    }
}
