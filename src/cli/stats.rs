//! `stats BY [QUERY]`

use super::failure::{Failure, Outcome};
use super::open::stopped;
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::Format;
use crate::export::stats::{self, StatRow};
use crate::index::{Facet, Weight};
use crate::jobs::Finder;
use crate::model::clock::{self, Seconds};
use clap::ValueEnum;
use std::io::Write;

/// `stats`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette stats hour since:3d
  lafayette stats country is:open kind:normal
  lafayette stats asn since:30d --format csv")]
pub struct Args {
    /// By what
    #[arg(value_enum, value_name = "BY")]
    pub by: By,
    /// Of which reports.
    #[command(flatten)]
    pub query: QueryArgs,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
    /// How they are written.
    #[command(flatten)]
    pub output: FormatArgs,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Hour of arrival, hours without reports included
    Hour,
    /// Day of arrival, days without reports included
    Day,
    /// Normal, bounce, automatic reply
    Kind,
    /// Fraud or something more harmless
    Cause,
    /// Feedback type
    Feedback,
    /// Country of the source
    Country,
    /// Network of the source
    Asn,
    /// Reported domain
    Domain,
    /// Source address
    Source,
    /// Who reports
    Reporter,
    /// Policy that the domain published
    Policy,
}

impl By {
    fn facet(self) -> Facet {
        match self {
            By::Hour => Facet::Hour,
            By::Day => Facet::Day,
            By::Kind => Facet::Kind,
            By::Cause => Facet::Cause,
            By::Feedback => Facet::Feedback,
            By::Country => Facet::Country,
            By::Asn => Facet::Asn,
            By::Domain => Facet::Domain,
            By::Source => Facet::Source,
            By::Reporter => Facet::Reporter,
            By::Policy => Facet::Policy,
        }
    }

    /// Its name, which is also that of the column.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Counts.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let by = args.by.facet();
    let mut finder = Finder::for_command(&store, by.part());
    let found = session.find(&mut finder, &args.query.text())?;
    let counts = finder.index().facet(&found.selection, by, Weight::Reports, usize::MAX).map_err(stopped)?;
    let counts = match by {
        Facet::Hour => zero_filled(counts, HOUR),
        Facet::Day => zero_filled(counts, DAY),
        _ => counts,
    };
    let is_table = args.output.format() == Format::Table;
    // The latest hours are what a person wants to see, as with counts the largest.
    let shown = match by {
        Facet::Hour | Facet::Day => args.page.cut_end(&counts, is_table),
        _ => args.page.cut(&counts, is_table),
    };
    let mut rows = vec![];
    for (value, reports) in shown {
        let name = match (by, value.parse()) {
            (Facet::Asn, Ok(asn)) => store.network_name(asn)?,
            _ => None,
        };
        rows.push(StatRow { value: value.clone(), name, reports: *reports });
    }
    let answered = answer(args, session, &rows)?;
    if is_table {
        PageArgs::say_more(session, rows.len(), counts.len());
    }
    Ok(answered)
}

const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;

/// Spans of time that are filled in between two that have reports; a lone report of another decade would bring
/// tens of thousands of empty hours.
const LONGEST_GAP: Seconds = 2_400;

/// Hours or days without reports between those that have some.
fn zero_filled(counts: Vec<(String, u64)>, span: Seconds) -> Vec<(String, u64)> {
    let mut filled: Vec<(String, u64)> = Vec::with_capacity(counts.len());
    let mut before: Option<Seconds> = None;
    for (name, count) in counts {
        let at = clock::parse_start(&name);
        if let (Some(before), Some(at)) = (before, at)
            && (at - before) / span <= LONGEST_GAP
        {
            let missing = (1..(at - before) / span).map(|step| clock::rfc3339(before + step * span));
            filled.extend(missing.map(|time| (time.chars().take(name.len()).collect(), 0)));
        }
        before = at.or(before);
        filled.push((name, count));
    }
    filled
}

/// Writes the counts.
pub fn answer(args: &Args, session: &Session, rows: &[StatRow]) -> Result<Outcome, Failure> {
    let mut out = session.out();
    stats::write(&mut out, &args.by.name(), rows, args.output.format(), session.look())?;
    out.flush()?;
    Ok(Outcome::Done)
}
