//! `quarantine list|show|retry`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, JsonArgs, PageArgs};
use super::reclassify;
use super::session::Session;
use super::show::{self, Part};
use crate::config::values;
use crate::export::Format;
use crate::export::quarantine::Quarantine;
use crate::index::{Direction, Sort};
use crate::jobs::Finder;
use crate::jobs::reclassify::Scope;
use crate::model::ReportId;
use std::io::Write;

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
    #[arg(value_parser = values::report)]
    pub id: ReportId,
    /// How it is shown.
    #[command(flatten)]
    pub part: Part,
}

/// `quarantine retry`
#[derive(Debug, Clone, clap::Args)]
pub struct RetryArgs {
    /// Only these; all when left out
    #[arg(value_name = "ID", value_parser = values::report)]
    pub ids: Vec<ReportId>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    match &args.action {
        None => list(&args.list, session),
        Some(Action::List(args)) => list(args, session),
        Some(Action::Show(args)) => show::run(&show::Args { id: args.id, part: args.part }, session),
        Some(Action::Retry(args)) => {
            reclassify::again(session, Scope::Quarantine(&args.ids), args.output)?;
            Ok(Outcome::Done)
        }
    }
}

fn list(args: &ListArgs, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let mut finder = Finder::for_command(&store, []);
    let found = session.find(&mut finder, "is:quarantined")?;
    let format = args.output.format();
    let limit = args.page.limit(format == Format::Table);
    let order = (Sort::Id, Direction::Descending);
    let ids = session.page(&finder, &found.selection, order, args.page.offset, limit)?;
    if format != Format::Table {
        super::list::write(session, &store, &ids, format)?;
        return Ok(Outcome::Done);
    }
    let mut out = session.out();
    let mut table = Quarantine::new(&mut out, session.look());
    super::list::each_record(&store, &ids, |record| Ok(table.row(record)?))?;
    table.finish()?;
    out.flush()?;
    session.say(&match found.selection.count() {
        0 => "Nothing is in quarantine: everything so far was understood.".to_owned(),
        total if ids.len() < total => format!("{} of {total}; more with --limit N or --offset N", ids.len()),
        total => format!("{total} in all; `lafayette quarantine show ID --raw` gives the bytes"),
    });
    Ok(Outcome::Done)
}
