//! `reclassify`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;

/// `reclassify`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Reads every stored message again with the present program and configuration: kind, cause, tags of rules, URLs, \
files. Kinds set by hand, marks, notes and tags of people stay.

Example:
  lafayette reclassify")]
pub struct Args {
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Does it.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}
