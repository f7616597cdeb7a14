//! `files [QUERY]`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::files::{self, FileRow};
use std::io::Write;

/// `files`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette files since:2d
  lafayette files file:*.html --format csv")]
pub struct Args {
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

/// Lists them.
pub fn run(_args: &Args, session: &Session) -> Result<Outcome, Failure> {
    super::unwired(session)
}

/// Writes them.
pub fn answer(args: &Args, session: &Session, rows: &[FileRow]) -> Result<Outcome, Failure> {
    let mut out = session.out();
    files::write(&mut out, rows, args.output.format(), session.look())?;
    out.flush()?;
    Ok(Outcome::Done)
}
