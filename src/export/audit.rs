//! Who did what with the ledger: as a table, CSV, JSON lines.

use super::separated::{self, Separated};
use super::table::{Column, Style, Table};
use super::{Format, Look, json, minute, prose};
use crate::model::AuditEntry;
use crate::model::clock;
use crate::text::showable;
use serde::Serialize;
use std::io::{self, Write};

const COLUMNS: &[Column] = &[
    Column::number("No", 6),
    Column::text("UTC", 16, 16, 7),
    Column::text("By", 6, 20, 8),
    Column::text("Act", 8, 16, 9),
    Column::number("Row", 8),
    Column::text("Detail", 20, 160, 4),
];

const CSV_COLUMNS: &[&str] = &["id", "at", "by", "act", "outgoing", "detail"];

#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    at: String,
    by: &'a str,
    act: &'a str,
    outgoing: Option<i64>,
    detail: &'a str,
}

/// An audit being written, line by line: it may be long.
pub struct Audit<'w> {
    form: Form<'w>,
}

enum Form<'w> {
    Json(&'w mut dyn Write),
    Csv(Box<Separated<'w>>),
    Table(Table<'w>),
}

impl<'w> Audit<'w> {
    /// An audit on this paper.
    pub fn new(out: &'w mut dyn Write, format: Format, look: Look) -> io::Result<Audit<'w>> {
        let form = match format {
            Format::Json => Form::Json(out),
            Format::Csv => Form::Csv(Box::new(Separated::new(out, CSV_COLUMNS)?)),
            Format::Table => Form::Table(Table::new(out, look, COLUMNS)),
        };
        Ok(Audit { form })
    }

    /// One line.
    pub fn line(&mut self, entry: &AuditEntry) -> io::Result<()> {
        let AuditEntry { id, at, by, act, outgoing, detail } = entry;
        let row = outgoing.map_or_else(String::new, |row| row.to_string());
        match &mut self.form {
            Form::Json(out) => {
                let at = clock::rfc3339(*at);
                json::write_line(*out, &Line { id: *id, at, by, act, outgoing: *outgoing, detail })
            }
            Form::Csv(file) => file.row([
                id.to_string(),
                clock::rfc3339(*at),
                separated::text(by),
                separated::text(act),
                row,
                separated::text(&prose(detail)),
            ]),
            Form::Table(table) => {
                let shown = |text: &str| showable(text).to_string();
                let cells =
                    vec![id.to_string(), minute(*at), shown(by), shown(act), row, shown(&prose(detail))];
                table.row(Style::Plain, cells)
            }
        }
    }

    /// Writes what is held back.
    pub fn finish(self) -> io::Result<()> {
        match self.form {
            Form::Json(_) => Ok(()),
            Form::Csv(file) => file.finish(),
            Form::Table(table) => table.finish(),
        }
    }
}
