//! `db info|check|backup`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;
use std::path::PathBuf;

/// `db`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette db info
  lafayette db check && lafayette db backup /backup/lafayette.db")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with the file.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// Prints what is in it, how large it is, and who writes to it
    Info(JsonArgs),
    /// Looks for damage
    Check(JsonArgs),
    /// Writes a copy while it is in use
    Backup {
        /// The copy; must not exist yet
        path: PathBuf,
        /// How the answer is written.
        #[command(flatten)]
        output: JsonArgs,
    },
}

/// Does it.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}
