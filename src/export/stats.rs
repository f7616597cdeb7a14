//! Counts by something, with a bar.

use super::separated::{self, Separated};
use super::{Format, Look, json, thousands};
use crate::model::Kind;
use crate::text::{fit, fit_right, showable, width};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{self, Write};

/// One count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatRow {
    /// The value counted: `RU`, `64500`, `2026-11-20T09:00:00Z`.
    pub value: String,
    /// What it is called, where that says more than the value: the name of an AS or a country.
    pub name: Option<String>,
    /// Reports that have it.
    pub reports: u64,
    /// Of spans of time more is said.
    pub split: Option<Split>,
}

/// What the reports of a span of time fall into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// In the order of [`Kind::ALL`].
    pub kinds: [u64; Kind::ALL.len()],
    /// Those that were reported to an abuse desk.
    pub reported: u64,
}

impl Split {
    /// Its numbers with their names.
    fn values(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let kinds = Kind::ALL.iter().map(|kind| kind.name()).zip(self.kinds);
        kinds.chain(std::iter::once(("reported", self.reported)))
    }
}

/// A line of JSON, whose first name is that of what is counted.
struct Line<'r> {
    by: &'r str,
    row: &'r StatRow,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(Some(3))?;
        line.serialize_entry(self.by, &self.row.value)?;
        line.serialize_entry("name", &self.row.name)?;
        line.serialize_entry("reports", &self.row.reports)?;
        for (name, count) in self.row.split.iter().flat_map(Split::values) {
            line.serialize_entry(name, &count)?;
        }
        line.end()
    }
}

/// Eighths of a block, so that small counts still show.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const BAR_LIMIT: u64 = 40;

/// Writes all of them; `by` names the value. Spans of time all have a split, or none has.
pub fn write(out: &mut dyn Write, by: &str, rows: &[StatRow], format: Format, look: Look) -> io::Result<()> {
    let is_of_time = rows.iter().any(|row| row.split.is_some());
    match format {
        Format::Json => rows.iter().try_for_each(|row| json::write_line(out, &Line { by, row })),
        Format::Csv => {
            let mut heading = vec![by, "name", "reports"];
            if is_of_time {
                heading.extend(Split::default().values().map(|(name, _)| name));
            }
            let mut csv = Separated::new(out, &heading)?;
            for row in rows {
                let name = separated::known(row.name.as_deref());
                let mut values = vec![separated::text(&row.value), name, row.reports.to_string()];
                values.extend(row.split.iter().flat_map(Split::values).map(|(_, count)| count.to_string()));
                csv.row(values)?;
            }
            csv.finish()
        }
        Format::Table => bars(out, by, rows, look),
    }
}

fn bars(out: &mut dyn Write, by: &str, rows: &[StatRow], look: Look) -> io::Result<()> {
    let label = |row: &StatRow| match &row.name {
        Some(name) => showable(&format!("{}  {name}", row.value)).to_string(),
        None if row.value.is_empty() => "(unknown)".to_owned(),
        None => showable(&row.value).to_string(),
    };
    let labels: Vec<String> = rows.iter().map(label).collect();
    let counts: Vec<String> = rows.iter().map(|row| thousands(row.reports)).collect();
    let number = counts.iter().map(|count| width(count)).fold("Reports".len(), usize::max);
    let widest = labels.iter().map(|label| width(label)).fold(width(by), usize::max);
    let room = look.width.saturating_sub(number + 4).max(10);
    // The bar gets what the labels leave, yet a third of the line in any case.
    let label_room = widest.min(room - room / 3);
    let bar_room = (room - label_room).min(BAR_LIMIT as usize);
    let most = rows.iter().map(|row| row.reports).max().unwrap_or(0);
    let title = format!("{}  {}", fit(by, label_room), fit_right("Reports", number));
    writeln!(out, "{}", super::table::Style::Bold.paint(&title, look))?;
    for ((label, count), row) in labels.iter().zip(&counts).zip(rows) {
        let bar = bar(row.reports, most, bar_room);
        let line = format!("{}  {}  {bar}", fit(label, label_room), fit_right(count, number));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A bar whose full length is `room` columns; what is not zero is never without a mark.
fn bar(count: u64, most: u64, room: usize) -> String {
    if count == 0 || most == 0 {
        return String::new();
    }
    let full = room as u128 * 8;
    let eighths = (u128::from(count) * full / u128::from(most)).clamp(1, full.max(1)) as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.extend(EIGHTHS.get((eighths % 8).wrapping_sub(1)));
    bar
}
