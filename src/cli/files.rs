//! `files [QUERY]`

use super::failure::{Failure, Outcome};
use super::open::stopped;
use super::output::{FormatArgs, PageArgs};
use super::selection::QueryArgs;
use super::session::Session;
use crate::export::Format;
use crate::export::files::{self, FileRow};
use crate::index::{Cancel, Part};
use crate::jobs::Finder;
use crate::model::Dictionary;
use crate::query::Field;
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
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let mut finder = Finder::for_command(&store, [Part::Files]);
    let found = session.find(&mut finder, &args.query.text())?;
    let only = found.filter.wanted_terms(&[Field::File, Field::Hash]);
    let listed = finder.index().files(&found.selection, only, &Cancel::never()).map_err(stopped)?;
    let mut rows = vec![];
    for listed in args.page.cut(&listed, args.output.format() == Format::Table) {
        let entry = store.entry(Dictionary::File, listed.entry)?;
        let Some(file) = entry.as_deref().and_then(Dictionary::file_of) else { continue };
        rows.push(FileRow { file, reports: listed.reports.into() });
    }
    let answered = answer(args, session, &rows)?;
    if args.output.format() == Format::Table {
        PageArgs::say_more(session, rows.len(), listed.len());
    }
    Ok(answered)
}

/// Writes them.
pub fn answer(args: &Args, session: &Session, rows: &[FileRow]) -> Result<Outcome, Failure> {
    let mut out = session.out();
    files::write(&mut out, rows, args.output.format(), session.look())?;
    out.flush()?;
    Ok(Outcome::Done)
}
