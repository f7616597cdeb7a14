//! What people said about abuse contacts, as a table, JSON lines, and CSV that can be taken in again.

use super::separated::{self, Separated};
use super::table::{Column, Style, Table};
use super::{Format, Look, json, minute};
use crate::model::clock::{self, Seconds};
use crate::text::{showable, spreadsheet_safe};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// The columns of the CSV file.
pub const CSV_COLUMNS: [&str; 6] = ["scope", "act", "contacts", "note", "at", "by"];

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactLine {
    /// What it is about: `AS64500`, a network, a domain, a contact.
    pub scope: String,
    /// Which of these.
    pub kind: &'static str,
    /// add, replace, never; of a contact also opted-out, dead.
    pub act: &'static str,
    /// The contacts that it names.
    pub contacts: Vec<String>,
    /// Why.
    pub note: String,
    /// When it was said.
    #[serde(serialize_with = "moment")]
    pub at: Seconds,
    /// Who said so.
    pub by: String,
}

/// Writes all of it.
pub fn write(out: &mut dyn Write, lines: &[ContactLine], format: Format, look: Look) -> io::Result<()> {
    match format {
        Format::Json => lines.iter().try_for_each(|line| json::write_line(out, line)),
        Format::Csv => csv(out, lines),
        Format::Table => table(out, lines, look),
    }
}

fn csv(out: &mut dyn Write, lines: &[ContactLine]) -> io::Result<()> {
    let mut file = Separated::new(out, &CSV_COLUMNS)?;
    for line in lines {
        file.row([
            separated::text(&line.scope),
            line.act.to_owned(),
            separated::list(&line.contacts),
            separated::text(&line.note),
            clock::rfc3339(line.at),
            separated::text(&line.by),
        ])?;
    }
    file.finish()
}

/// What a cell of such a file says: without the apostrophe that kept a spreadsheet from taking it for a formula.
pub fn cell(written: &str) -> &str {
    match written.strip_prefix('\'') {
        Some(inside) if spreadsheet_safe(inside) == written => inside,
        _ => written,
    }
}

fn table(out: &mut dyn Write, lines: &[ContactLine], look: Look) -> io::Result<()> {
    const COLUMNS: &[Column] = &[
        Column::text("About", 12, 60, 9),
        Column::text("Act", 9, 9, 8),
        Column::text("Contacts", 16, 120, 7),
        Column::text("Note", 10, 200, 4),
        Column::text("Since UTC", 16, 16, 3),
        Column::text("By", 4, 20, 2),
    ];
    let mut table = Table::new(out, look, COLUMNS);
    for line in lines {
        let shown = |text: &str| showable(text).to_string();
        let style =
            if matches!(line.act, "never" | "opted-out" | "dead") { Style::Dim } else { Style::Plain };
        let cells = vec![
            shown(&line.scope),
            line.act.to_owned(),
            shown(&line.contacts.join(" ")),
            shown(&line.note),
            minute(line.at),
            shown(&line.by),
        ];
        table.row(style, cells)?;
    }
    table.finish()
}

fn moment<S: Serializer>(at: &Seconds, serializer: S) -> Result<S::Ok, S::Error> {
    clock::rfc3339(*at).serialize(serializer)
}
