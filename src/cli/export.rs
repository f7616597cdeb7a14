//! `export QUERY --mbox FILE|--eml DIR`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::selection::RequiredQueryArgs;
use super::session::Session;
use std::path::PathBuf;

/// `export`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Beside the messages goes a manifest with number, origin and SHA-256 of each. Nothing is written over.

Examples:
  lafayette export is:marked --eml evidence
  lafayette export since:2d asn:64500 --mbox as64500.mbox --redact")]
pub struct Args {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// Where to.
    #[command(flatten)]
    pub target: Target,
    /// Hide recipients
    #[arg(long)]
    pub redact: bool,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Where evidence goes.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// Into one mbox file
    #[arg(long, value_name = "FILE")]
    pub mbox: Option<PathBuf>,
    /// Into a folder, one .eml file each
    #[arg(long, value_name = "DIR")]
    pub eml: Option<PathBuf>,
}

/// Writes them.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}
