//! `stats BY [QUERY]`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::stats::{self, StatRow};
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
    /// Its name, which is also that of the column.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Counts.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}

/// Writes the counts.
pub fn answer(args: &Args, session: &Session, rows: &[StatRow]) -> Result<Outcome, Failure> {
    let mut out = session.out();
    stats::write(&mut out, &args.by.name(), rows, args.output.format(), session.look())?;
    out.flush()?;
    Ok(Outcome::Done)
}
