//! Options about the answer that many commands take, and answers that many commands give.

use super::failure::Failure;
use super::session::Session;
use crate::export::{Format, counted, json, thousands};
use std::io::Write;

/// `--format` and `--json`
#[derive(Debug, Clone, Default, clap::Args)]
pub struct FormatArgs {
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: FormatName,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum FormatName {
    /// For people: fits the terminal
    #[default]
    Table,
    /// One object a line: exact values
    Json,
    /// For spreadsheets
    Csv,
}

impl FormatArgs {
    /// The format asked for.
    pub fn format(&self) -> Format {
        match self.format {
            _ if self.json => Format::Json,
            FormatName::Table => Format::Table,
            FormatName::Json => Format::Json,
            FormatName::Csv => Format::Csv,
        }
    }
}

/// `--json` for answers that are no table.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct JsonArgs {
    /// Answer with a JSON object
    #[arg(long)]
    pub json: bool,
}

/// `--limit` and `--offset`
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PageArgs {
    /// At most so many; 0 means all [default: 50 for tables, all for json and csv]
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Leave out the first so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub offset: u64,
}

/// Lines of a table that a person reads at once.
const TABLE_LIMIT: u64 = 50;

impl PageArgs {
    /// How many are asked for; `None` for all.
    pub fn limit(&self, is_table: bool) -> Option<u64> {
        match self.limit {
            Some(0) => None,
            None if is_table => Some(TABLE_LIMIT),
            limit => limit,
        }
    }
}

impl PageArgs {
    /// Says under a table that there is more than it shows.
    pub fn say_more(session: &Session, shown: usize, total: usize) {
        if shown < total {
            let [shown, total] = [shown, total].map(|n| thousands(n as u64));
            session.say(&format!("{shown} of {total}; more with --limit N or --offset N"));
        }
    }

    /// The same, but a limit keeps the end of the list.
    pub fn cut_end<'l, T>(&self, list: &'l [T], is_table: bool) -> &'l [T] {
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let list = list.get(..list.len().saturating_sub(whole(self.offset))).unwrap_or_default();
        let limit = self.limit(is_table).map_or(list.len(), whole);
        list.get(list.len().saturating_sub(limit)..).unwrap_or(list)
    }

    /// The part of a list that is asked for.
    pub fn cut<'l, T>(&self, list: &'l [T], is_table: bool) -> &'l [T] {
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let rest = list.get(whole(self.offset)..).unwrap_or_default();
        let limit = self.limit(is_table).map_or(rest.len(), whole);
        rest.get(..limit).unwrap_or(rest)
    }
}

/// The answer of commands that change reports: how many were changed.
pub fn write_changed(session: &Session, json: JsonArgs, changed: u64, done: &str) -> Result<(), Failure> {
    let mut out = session.out();
    if json.json {
        json::write_line(&mut out, &serde_json::json!({ "changed": changed }))?;
    } else {
        writeln!(out, "{} {done}", counted(changed, "report"))?;
    }
    Ok(out.flush()?)
}
