//! Files in reported mails.

use super::separated::{self, Separated};
use super::table::{Column, Style, Table};
use super::{Format, Look, json, thousands};
use crate::model::Attachment;
use crate::text::showable;
use serde::Serialize;
use std::io::{self, Write};

/// A file and how many reports hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRow {
    /// Name, type, size and hashes.
    #[serde(flatten)]
    pub file: Attachment,
    /// Reports that hold it.
    pub reports: u64,
}

const COLUMNS: &[Column] = &[
    Column::number("Reports", 5),
    Column::text("Name", 16, 80, 9),
    Column::text("Type", 10, 40, 3),
    Column::number("Bytes", 4),
    Column::text("SHA-256", 16, 64, 6),
    Column::text("MD5", 32, 32, 1),
];

/// Writes all of them.
pub fn write(out: &mut dyn Write, rows: &[FileRow], format: Format, look: Look) -> io::Result<()> {
    match format {
        Format::Json => rows.iter().try_for_each(|row| json::write_line(out, row)),
        Format::Csv => {
            let mut csv = Separated::new(out, &["name", "type", "size", "sha256", "md5", "reports"])?;
            for FileRow { file, reports } in rows {
                csv.row([
                    separated::text(&file.name),
                    separated::text(&file.content_type),
                    file.size.to_string(),
                    separated::text(&file.sha256),
                    separated::text(&file.md5),
                    reports.to_string(),
                ])?;
            }
            csv.finish()
        }
        Format::Table => {
            let mut table = Table::new(out, look, COLUMNS);
            for FileRow { file, reports } in rows {
                let shown = |text: &str| showable(text).to_string();
                let cells = vec![
                    thousands(*reports),
                    shown(&file.name),
                    shown(&file.content_type),
                    thousands(file.size),
                    shown(&file.sha256),
                    shown(&file.md5),
                ];
                table.row(Style::Plain, cells)?;
            }
            table.finish()
        }
    }
}
