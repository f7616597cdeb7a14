//! Patterns: what bursts, for people, for spreadsheets, for scripts.

use super::separated::{self, Separated};
use super::table::{Column, Style, Table};
use super::{Format, Look, json, minute, thousands};
use crate::model::clock::rfc3339;
use crate::model::pattern::{Detail, Pattern};
use crate::text::{curve, pattern_name, showable};
use serde::Serialize;
use std::io::{self, Write};

/// A line of JSON: exact values.
#[derive(Serialize)]
struct Object<'p> {
    by: &'static str,
    value: &'p str,
    text: &'p str,
    query: &'p str,
    count: u64,
    before: u64,
    times: Option<f64>,
    new: bool,
    why: String,
    first: String,
    last: String,
    window: Bounds,
    curve: &'p [u64],
    countries: Vec<Country<'p>>,
    sources: u64,
    fraud: u64,
    listed: u64,
    delivered: u64,
    reported: u64,
    open: u64,
    newest: u32,
    score: f64,
    details: Vec<Shared<'p>>,
}

#[derive(Serialize)]
struct Bounds {
    before: String,
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Country<'p> {
    country: Option<&'p str>,
    reports: u64,
}

#[derive(Serialize)]
struct Shared<'p> {
    by: &'static str,
    value: &'p str,
    text: &'p str,
    count: u64,
}

fn object(pattern: &Pattern) -> Object<'_> {
    let rounded = |number: f64| (number * 1_000.0).round() / 1_000.0;
    Object {
        by: pattern.dimension.name(),
        value: &pattern.value,
        text: &pattern.text,
        query: &pattern.query,
        count: pattern.count,
        before: pattern.before,
        times: pattern.times.map(rounded),
        new: pattern.is_new(),
        why: pattern.why(),
        first: rfc3339(pattern.first),
        last: rfc3339(pattern.last),
        window: Bounds {
            before: rfc3339(pattern.span.before),
            from: rfc3339(pattern.span.from),
            to: rfc3339(pattern.span.to),
        },
        curve: &pattern.curve,
        countries: pattern
            .countries
            .iter()
            .map(|(country, reports)| Country {
                country: Some(country.as_str()).filter(|country| *country != "unknown"),
                reports: *reports,
            })
            .collect(),
        sources: pattern.sources,
        fraud: pattern.fraud,
        listed: pattern.listed,
        delivered: pattern.delivered,
        reported: pattern.reported,
        open: pattern.open,
        newest: pattern.newest,
        score: rounded(pattern.score),
        details: pattern.details.iter().map(shared).collect(),
    }
}

fn shared(detail: &Detail) -> Shared<'_> {
    let Detail { dimension, value, text, count, .. } = detail;
    Shared { by: dimension.name(), value, text, count: *count }
}

/// One pattern as a line of JSON.
pub fn write_json(out: &mut dyn Write, pattern: &Pattern) -> io::Result<()> {
    json::write_line(out, &object(pattern))
}

const COLUMNS: &[Column] = &[
    Column::text("", 1, 1, 8),
    Column::number("Reports", 9),
    Column::text("Pattern", 24, 60, 9),
    Column::text("Time before and window", 32, 32, 2),
    Column::text("Why", 24, 90, 7),
    Column::number("Sources", 3),
    Column::text("Countries", 8, 24, 3),
    Column::number("Reported", 4),
    Column::text("First", 16, 16, 1),
    Column::text("Last", 16, 16, 1),
    Column::text("Query", 20, 90, 6),
];

const HEADER: [&str; 16] = [
    "by",
    "pattern",
    "query",
    "reports",
    "before",
    "new",
    "why",
    "first",
    "last",
    "countries",
    "sources",
    "fraud",
    "listed",
    "delivered",
    "reported",
    "open",
];

/// Writes all of them.
pub fn write(out: &mut dyn Write, patterns: &[Pattern], format: Format, look: Look) -> io::Result<()> {
    match format {
        Format::Json => patterns.iter().try_for_each(|pattern| write_json(out, pattern)),
        Format::Csv => {
            let mut csv = Separated::new(out, &HEADER)?;
            for pattern in patterns {
                csv.row(cells_of_csv(pattern))?;
            }
            csv.finish()
        }
        Format::Table => {
            let mut table = Table::new(out, look, COLUMNS);
            for pattern in patterns {
                let style = match () {
                    () if pattern.open == 0 => Style::Dim,
                    () if pattern.is_new() => Style::Bold,
                    () => Style::Plain,
                };
                table.row(style, cells_of_table(pattern))?;
            }
            table.finish()
        }
    }
}

fn cells_of_table(pattern: &Pattern) -> Vec<String> {
    vec![
        if pattern.is_new() { "N" } else { "" }.to_owned(),
        thousands(pattern.count),
        pattern_name(pattern.dimension, &pattern.text).to_string(),
        curve(&pattern.curve, false),
        pattern.why(),
        thousands(pattern.sources),
        countries(pattern),
        format!("{} %", pattern.reported_percent()),
        minute(pattern.first),
        minute(pattern.last),
        showable(&pattern.query).to_string(),
    ]
}

fn cells_of_csv(pattern: &Pattern) -> Vec<String> {
    vec![
        pattern.dimension.name().to_owned(),
        separated::text(pattern_name(pattern.dimension, &pattern.text).as_str()),
        separated::text(&pattern.query),
        pattern.count.to_string(),
        pattern.before.to_string(),
        pattern.is_new().to_string(),
        separated::text(&pattern.why()),
        rfc3339(pattern.first),
        rfc3339(pattern.last),
        separated::text(&countries(pattern)),
        pattern.sources.to_string(),
        pattern.fraud.to_string(),
        pattern.listed.to_string(),
        pattern.delivered.to_string(),
        pattern.reported.to_string(),
        pattern.open.to_string(),
    ]
}

/// `RU 20, CN 12`.
fn countries(pattern: &Pattern) -> String {
    let one = |(country, reports): &(String, u64)| format!("{country} {reports}");
    pattern.countries.iter().map(one).collect::<Vec<_>>().join(", ")
}
