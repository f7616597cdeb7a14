//! CSV for spreadsheets (RFC 4180): what an attacker wrote arrives as text, never as a formula, a link or a control
//! character.

use crate::text::{defang, spreadsheet_safe};
use std::io::{self, Write};

/// A CSV file being written.
pub struct Separated<'w> {
    writer: csv::Writer<&'w mut dyn Write>,
}

impl<'w> Separated<'w> {
    /// Writes the header line.
    pub fn new(out: &'w mut dyn Write, header: &[&str]) -> io::Result<Separated<'w>> {
        let mut writer = csv::WriterBuilder::new().from_writer(out);
        writer.write_record(header)?;
        Ok(Separated { writer })
    }

    /// Writes one line. The cells come from [`text`], [`urls`] or are numbers.
    pub fn row<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        self.writer.write_record(cells).map_err(io::Error::from)
    }

    /// Hands the last lines on.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A cell of untrusted text.
pub fn text(value: &str) -> String {
    spreadsheet_safe(value)
}

/// A cell of untrusted text that may be unknown, which is an empty cell.
pub fn known(value: Option<&str>) -> String {
    value.map(text).unwrap_or_default()
}

/// A cell of several values, with blanks between them.
pub fn list<S: AsRef<str>>(values: &[S]) -> String {
    text(&join(values, str::to_owned))
}

/// A cell of several URLs, defanged, with blanks between them.
pub fn urls<S: AsRef<str>>(values: &[S]) -> String {
    text(&join(values, defang))
}

fn join<S: AsRef<str>>(values: &[S], form: impl Fn(&str) -> String) -> String {
    values.iter().map(|value| form(value.as_ref())).collect::<Vec<_>>().join(" ")
}
