//! `patterns [QUERY]`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::{Format, patterns};
use crate::index::{Index, PatternValues};
use crate::jobs::patterns::{LEAST, PatternError, Scope, find};
use crate::jobs::{Cancel, Finder, find::understood};
use crate::model::clock;
use crate::text::{counted, thousands};
use std::io::Write;
use std::time::Instant;

/// `patterns`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
What came in numbers within a window of time and hardly before: the same words in the subject, the same ending of a \
URL, the same file, sender, network. The window is the time that the query bounds, else the last 24 hours; it is \
compared with the time before it, seven times as long. Each line says why it is there, and the query that selects it.

Exit codes: 0 done, 10 --new found some.

Examples:
  lafayette patterns
  lafayette patterns since:2d kind:normal
  lafayette patterns --new --min 20 --json     from cron: exit code 10 when there are some")]
pub struct Args {
    /// Among which reports; a bound on the time is the window
    #[command(flatten)]
    pub query: QueryArgs,
    /// Only what the time before had nothing of
    #[arg(long)]
    new: bool,
    /// At least so many reports
    #[arg(long, value_name = "N", default_value_t = LEAST, value_parser = clap::value_parser!(u64).range(1..))]
    min: u64,
    /// How many.
    #[command(flatten)]
    page: PageArgs,
    /// How they are written.
    #[command(flatten)]
    output: FormatArgs,
}

/// Looks for them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let filter = understood(&store, &args.query.text())?;
    let scope = Scope::of(&filter, clock::now());
    let mut finder = Finder::for_command(&store, Index::parts_for_patterns());
    let found = session.find(&mut finder, &scope.query())?;
    let scope = scope.known_to(finder.index());
    let (never, start) = (Cancel::never(), Instant::now());
    let mut all = find(
        finder.index(),
        &store,
        &found.selection,
        &scope,
        args.min,
        &mut PatternValues::default(),
        &never,
    )
    .map_err(|error| match error {
        PatternError::Stopped(stopped) => super::open::stopped(stopped),
        PatternError::Store(error) => error.into(),
    })?;
    session.explain(&format!("patterns in {:.1} ms", start.elapsed().as_secs_f64() * 1e3));
    let bursting = all.len() as u64;
    all.retain(|pattern| pattern.is_new() || !args.new);
    let format = args.output.format();
    let is_table = format == Format::Table;
    let shown = args.page.cut(&all, is_table);
    let mut out = session.out();
    if is_table && all.is_empty() && bursting > 0 {
        session.say(&format!(
            "Nothing new in these {}: of {} the {} before had something already. Without --new they are listed.",
            scope.span.in_words(),
            counted(bursting, "pattern"),
            scope.span.before_in_words()
        ));
    } else if is_table && all.is_empty() {
        session.say(&format!(
            "Nothing bursts in these {}: nothing that {} reports or more share came oftener than in the {} before. \
             A longer window (since:7d) or --min may show more.",
            scope.span.in_words(),
            thousands(args.min),
            scope.span.before_in_words()
        ));
    } else {
        patterns::write(&mut out, shown, format, session.look())?;
    }
    out.flush()?;
    if is_table {
        PageArgs::say_more(session, shown.len(), all.len());
    }
    Ok(if args.new && !all.is_empty() { Outcome::FoundNew } else { Outcome::Done })
}
