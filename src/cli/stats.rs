//! `stats BY [QUERY]`

use super::failure::{Failure, Outcome};
use super::open::stopped;
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::Format;
use crate::export::stats::{self, Split, StatRow};
use crate::index::{Cancel, Facet, Index, Selection, Weight};
use crate::jobs::Finder;
use crate::model::clock::{self, DAY_SECONDS, Seconds, WEEKDAYS};
use crate::model::{Kind, countries};
use crate::query::{self, Field, Filter, Term, Value};
use clap::ValueEnum;
use std::collections::HashMap;
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
    let text = args.query.text();
    let found = session.find(&mut finder, &text)?;
    let index = finder.index();
    let count =
        |selection: &Selection| index.facet(selection, by, Weight::Reports, usize::MAX).map_err(stopped);
    let counts = count(&found.selection)?;
    let span = match by {
        Facet::Hour => Some(HOUR),
        Facet::Day => Some(DAY_SECONDS),
        _ => None,
    };
    let counts = match span {
        Some(span) => {
            // A query that names views says no more here than the rest of it.
            let bounds = query::parse(&text, clock::now()).unwrap_or_default().arrival_bounds();
            zero_filled(counts, span, bounds, clock::now())
        }
        None => counts,
    };
    let is_table = args.output.format() == Format::Table;
    // The latest hours are what a person wants to see, as with counts the largest.
    let shown = match span {
        Some(_) => args.page.cut_end(&counts, is_table),
        None => args.page.cut(&counts, is_table),
    };
    let mut splits = match span {
        Some(_) => Some(splits(index, &found.selection, &count)?),
        None => None,
    };
    let mut rows = vec![];
    for (value, reports) in shown {
        let name = match (by, value.parse()) {
            (Facet::Asn, Ok(asn)) => store.network_name(asn)?,
            (Facet::Country, _) => countries::name_of(value).map(str::to_owned),
            (Facet::Hour | Facet::Day, _) => weekday_of(value).map(str::to_owned),
            _ => None,
        };
        let split = splits.as_mut().map(|splits| splits.remove(value).unwrap_or_default());
        rows.push(StatRow { value: value.clone(), name, reports: *reports, split });
    }
    let answered = answer(args, session, &rows)?;
    if is_table {
        PageArgs::say_more(session, rows.len(), counts.len());
    }
    Ok(answered)
}

const HOUR: Seconds = 3_600;

/// Spans of time that are filled in between two that have reports; a lone report of another decade would bring
/// tens of thousands of empty hours.
const LONGEST_GAP: Seconds = 2_400;

/// Counts what is selected by span of time.
type Count<'c> = &'c dyn Fn(&Selection) -> Result<Vec<(String, u64)>, Failure>;

/// What the reports of each span fall into, by its name.
fn splits(index: &Index, selection: &Selection, count: Count<'_>) -> Result<HashMap<String, Split>, Failure> {
    let mut splits: HashMap<String, Split> = HashMap::new();
    for (place, kind) in Kind::ALL.iter().enumerate() {
        let only = Filter::Term(Term { field: Field::Kind, values: vec![Value::Kind(*kind)] });
        let those = index.among(selection, &only, &Cancel::never()).map_err(stopped)?;
        for (span, reports) in count(&those)? {
            let split = splits.entry(span).or_default();
            split.kinds.get_mut(place).into_iter().for_each(|count| *count = reports);
        }
    }
    for (span, reports) in count(&selection.and(&index.reported()))? {
        splits.entry(span).or_default().reported = reports;
    }
    Ok(splits)
}

fn weekday_of(span: &str) -> Option<&'static str> {
    WEEKDAYS.get(clock::weekday(clock::parse_start(span)?)).copied()
}

/// Hours or days without reports between those that have some, and out to the bounds of the query; of the future there
/// is nothing to say.
fn zero_filled(
    counts: Vec<(String, u64)>,
    span: Seconds,
    (from, to): (Option<Seconds>, Option<Seconds>),
    now: Seconds,
) -> Vec<(String, u64)> {
    let start = |at: Seconds| at.div_euclid(span) * span;
    let name =
        |at: Seconds| clock::rfc3339(at).chars().take(if span == DAY_SECONDS { 10 } else { 20 }).collect();
    let end = from.or(to).map(|_| start(to.map_or(now, |to| (to - 1).min(now))) + span);
    let mut filled: Vec<(String, u64)> = Vec::with_capacity(counts.len());
    let fill = |filled: &mut Vec<(String, u64)>, first: Option<Seconds>, end: Option<Seconds>| {
        if let (Some(first), Some(end)) = (first, end)
            && (end - first) / span <= LONGEST_GAP
        {
            let missing = (0..(end - first) / span).map(|step| (name(first + step * span), 0));
            filled.extend(missing);
        }
    };
    let mut next = from.map(start);
    for (value, count) in counts {
        let at = clock::parse_start(&value);
        fill(&mut filled, next, at);
        next = at.map(|at| at + span).or(next);
        filled.push((value, count));
    }
    fill(&mut filled, next, end);
    filled
}

/// Writes the counts.
pub fn answer(args: &Args, session: &Session, rows: &[StatRow]) -> Result<Outcome, Failure> {
    let mut out = session.out();
    stats::write(&mut out, &args.by.name(), rows, args.output.format(), session.look())?;
    out.flush()?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T14:00:00Z
    const NOW: Seconds = 1_795_269_600;

    fn days(counts: &[(&str, u64)], bounds: (Option<Seconds>, Option<Seconds>)) -> Vec<(String, u64)> {
        let counts = counts.iter().map(|(day, count)| ((*day).to_owned(), *count)).collect();
        zero_filled(counts, DAY_SECONDS, bounds, NOW)
    }

    #[test]
    fn days_without_reports_are_named_as_far_as_the_query_reaches() {
        let counts = [("2026-11-16", 3), ("2026-11-18", 1)];
        let names = |filled: Vec<(String, u64)>| {
            filled
                .into_iter()
                .map(|(day, count)| format!("{}:{count}", &day[8..]))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(names(days(&counts, (None, None))), "16:3 17:0 18:1");
        let since = Some(NOW - 7 * DAY_SECONDS);
        assert_eq!(names(days(&counts, (since, None))), "14:0 15:0 16:3 17:0 18:1 19:0 20:0 21:0");
        let until = Some(NOW - 2 * DAY_SECONDS);
        assert_eq!(names(days(&[], (since, until))), "14:0 15:0 16:0 17:0 18:0 19:0");
        assert_eq!(names(days(&[], (None, until))), "");
        assert_eq!(days(&[("1980-01-01", 1), ("2026-11-18", 1)], (None, None)).len(), 2);
        assert_eq!(days(&counts, (Some(0), None)).len(), 6, "nobody wants fifty years of nothing");
        assert_eq!(weekday_of("2026-11-20T09:00:00Z"), Some("Fri"));
    }
}
