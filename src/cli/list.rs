//! `list [QUERY]`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::{Format, list, reports};
use crate::index::{Direction, Sort};
use crate::jobs::Finder;
use crate::model::{Record, ReportId};
use crate::store::Store;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::io::Write;

/// `list`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
The first column: * marked, R reported, x dismissed, ~ reporter not authenticated, Q quarantined, - no report. \
A bare word that is denied (-word) is written after --, or as NOT word.

Examples:
  lafayette list
  lafayette list since:2d \"wire transfer\"
  lafayette list 'since:2d url:*mail.htm' --limit 0
  lafayette list is:open kind:normal -country:DE
  lafayette list since:7d --format json | jq .source_ip")]
pub struct Args {
    /// Which reports.
    #[command(flatten)]
    pub query: QueryArgs,
    /// By which value
    #[arg(long, value_name = "FIELD", default_value = "arrival", value_parser = sort_names())]
    pub sort: Sort,
    /// The other way round
    #[arg(long)]
    pub reverse: bool,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
    /// How they are written.
    #[command(flatten)]
    pub output: FormatArgs,
}

fn sort_names() -> impl TypedValueParser {
    PossibleValuesParser::new(Sort::ALL.iter().map(|sort| sort.name()))
        .map(|name| Sort::from_name(&name).unwrap_or(Sort::Arrival))
}

impl Args {
    /// Times and counts begin with the most, names with the first.
    fn order(&self) -> (Sort, Direction) {
        let natural = self.sort.natural();
        (self.sort, if self.reverse { natural.reversed() } else { natural })
    }
}

/// Lists them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let format = args.output.format();
    let store = session.store_to_read(&config)?;
    let mut finder = Finder::for_command(&store, args.sort.part());
    let query = args.query.text();
    let found = session.find(&mut finder, &query)?;
    let limit = args.page.limit(format == Format::Table);
    let ids = session.page(&finder, &found.selection, args.order(), args.page.offset, limit)?;
    write(session, &store, &ids, format)?;
    if format == Format::Table {
        session.say(&list::summary(ids.len() as u64, found.selection.count() as u64, &query));
    }
    Ok(Outcome::Done)
}

/// Writes these reports in this order.
pub(super) fn write(
    session: &Session,
    store: &Store,
    ids: &[ReportId],
    format: Format,
) -> Result<(), Failure> {
    let mut out = session.out();
    match format {
        Format::Table => {
            let mut table = list::List::new(&mut out, session.look());
            for part in ids.chunks(ROWS_AT_ONCE) {
                store.list_rows(part)?.iter().try_for_each(|row| table.row(row))?;
            }
            table.finish()?;
        }
        Format::Json => each_record(store, ids, |record| Ok(reports::write_json(&mut out, record)?))?,
        Format::Csv => {
            let mut csv = reports::Csv::new(&mut out)?;
            each_record(store, ids, |record| Ok(csv.row(record)?))?;
            csv.finish()?;
        }
    }
    Ok(out.flush()?)
}

/// Hands over every record; one that has been purged meanwhile is left out.
pub(super) fn each_record(
    store: &Store,
    ids: &[ReportId],
    mut act: impl FnMut(&Record) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for id in ids {
        if let Some(record) = store.record(*id)? {
            act(&record)?;
        }
    }
    Ok(())
}

/// Rows that are held in memory at once.
const ROWS_AT_ONCE: usize = 1_000;
