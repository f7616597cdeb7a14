//! `list [QUERY]`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;

/// `list`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
The first column: * marked, R reported, x dismissed, ~ reporter not authenticated, Q quarantined, - no report. \
A term that begins with - is written after --, or as NOT.

Examples:
  lafayette list
  lafayette list since:2d \"wire transfer\"
  lafayette list 'since:2d url:*mail.htm' --limit 0
  lafayette list is:open kind:normal -- -country:DE
  lafayette list since:7d --format json | jq .source_ip")]
pub struct Args {
    /// Which reports.
    #[command(flatten)]
    pub query: QueryArgs,
    /// By which value
    #[arg(long, value_enum, value_name = "FIELD", default_value = "arrival")]
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

/// By which value a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// Arrival of the reported mail, newest first
    Arrival,
    /// Number, highest first
    Id,
    /// Reported domain
    Domain,
    /// Source address
    Source,
    /// Country of the source
    Country,
    /// Network of the source
    Asn,
    /// Kind
    Kind,
    /// Subject
    Subject,
}

/// Lists them.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}
