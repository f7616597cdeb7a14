//! `view list|save|remove`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, JsonArgs};
use super::selection::RequiredQueryArgs;
use super::session::Session;
use crate::config::values;

/// `view`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette view save morning 'since:1d is:open kind:normal'
  lafayette view list
  lafayette view remove morning")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with saved queries.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// Lists the saved queries
    List(FormatArgs),
    /// Keeps a query under a name, in place of an older one of that name
    Save(SaveArgs),
    /// Forgets a saved query
    Remove(RemoveArgs),
}

/// `view save`
#[derive(Debug, Clone, clap::Args)]
pub struct SaveArgs {
    /// Its name
    #[arg(value_parser = values::name)]
    pub name: String,
    /// The query.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// `view remove`
#[derive(Debug, Clone, clap::Args)]
pub struct RemoveArgs {
    /// Its name
    #[arg(value_parser = values::name)]
    pub name: String,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Does it.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}
