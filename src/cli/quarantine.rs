//! `quarantine list|show|retry`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, JsonArgs, PageArgs};
use super::session::Session;
use super::show::Part;
use crate::model::ReportId;

/// `quarantine`; without more it lists.
#[derive(Debug, Clone, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  lafayette quarantine
  lafayette quarantine show 4711 --raw
  lafayette quarantine retry"
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// How it lists.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What can be done with the quarantine.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// Lists what is in quarantine and what is no report, with the reason
    List(ListArgs),
    /// Shows one message
    Show(ShowArgs),
    /// Tries to understand them again
    Retry(RetryArgs),
}

/// `quarantine list`
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListArgs {
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
    /// How they are written.
    #[command(flatten)]
    pub output: FormatArgs,
}

/// `quarantine show`
#[derive(Debug, Clone, clap::Args)]
pub struct ShowArgs {
    /// The message's number
    pub id: ReportId,
    /// How it is shown.
    #[command(flatten)]
    pub part: Part,
}

/// `quarantine retry`
#[derive(Debug, Clone, clap::Args)]
pub struct RetryArgs {
    /// Only these; all when left out
    #[arg(value_name = "ID")]
    pub ids: Vec<ReportId>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Does it.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}
