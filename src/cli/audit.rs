//! `audit`: who did what with the outbox, and when.

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, PageArgs};
use super::session::Session;
use crate::config::values::{self, Since};
use crate::export::audit::Audit;
use crate::export::{Format, counted};
use crate::model::{OutgoingId, clock};
use std::io::Write;

/// `audit`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Lines are only ever added, in the same step as what they tell.

Examples:
  lafayette audit
  lafayette audit --row 12
  lafayette audit --since 30d --format csv > audit.csv")]
pub struct Args {
    /// Only what was done with this row of the outbox
    #[arg(long, value_name = "ID")]
    row: Option<OutgoingId>,
    /// Only what was done since then: 3d, 12h, 2026-11-20
    #[arg(long, value_name = "PERIOD", value_parser = values::since)]
    since: Option<Since>,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    output: FormatArgs,
}

/// Lines that are read at once.
const LINES_AT_ONCE: usize = 1_000;

/// Writes it, newest first.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let format = args.output.format();
    let since = args.since.and_then(|since| since.moment(clock::now()));
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut left = args.page.limit(format == Format::Table).map_or(usize::MAX, whole);
    let mut skipped = whole(args.page.offset);
    let mut out = session.out();
    let mut audit = Audit::new(&mut out, format, session.look())?;
    let mut written: u64 = 0;
    let mut before = None;
    while left > 0 {
        let lines = store.audit(args.row, before, since, LINES_AT_ONCE)?;
        let Some(last) = lines.last() else { break };
        before = Some(last.id);
        let wanted = lines.get(skipped..).unwrap_or_default();
        skipped = skipped.saturating_sub(lines.len());
        for line in wanted.iter().take(left) {
            audit.line(line)?;
            written += 1;
        }
        left = left.saturating_sub(wanted.len());
    }
    audit.finish()?;
    out.flush()?;
    if format == Format::Table {
        session.say(&match (written, left) {
            (0, _) => "Nothing was done with the outbox so far.".to_owned(),
            (count, 0) => format!("the last {}; more with --limit N or --offset N", counted(count, "line")),
            (count, _) => format!("{} in all", counted(count, "line")),
        });
    }
    Ok(Outcome::Done)
}
