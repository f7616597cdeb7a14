//! `view list|save|remove`

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, JsonArgs};
use super::selection::RequiredQueryArgs;
use super::session::Session;
use crate::config::{Config, values};
use crate::export::separated::{self, Separated};
use crate::export::table::{Column, Style, Table};
use crate::export::{Format, Look, json, thousands};
use crate::jobs::{Finder, find};
use crate::store::View;
use crate::text::showable;
use std::io::{self, Write};

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
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let mut out = session.out();
    match &args.action {
        Action::List(format) => list(&mut out, &counted(session, &config)?, format.format(), session.look())?,
        Action::Save(args) => {
            let query = args.query.text()?;
            // A view that cannot be opened later is refused now.
            let view = View { name: args.name.clone(), query };
            let store = session.store(&config)?;
            find::check_view(&store, &view)?;
            store.save_view(&view)?;
            done(&mut out, args.output, &args.name, "saved")?;
        }
        Action::Remove(args) => {
            if session.store_to_read(&config)?.remove_view(&args.name)?.is_empty() {
                return Err(Failure::failed(format!(
                    "there is no view '{}'; `lafayette view list` shows them",
                    args.name
                )));
            }
            done(&mut out, args.output, &args.name, "removed")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// The views with how many reports each of them has now; nothing where a view that it names is gone.
fn counted(session: &Session, config: &Config) -> Result<Vec<(View, Option<u64>)>, Failure> {
    let store = session.store_to_read(config)?;
    let mut finder = Finder::for_command(&store, []);
    store
        .views()?
        .into_iter()
        .map(|view| match session.find(&mut finder, &view.query) {
            Ok(found) => Ok((view, Some(found.selection.count() as u64))),
            Err(Failure::Usage(_)) => Ok((view, None)),
            Err(failure) => Err(failure),
        })
        .collect()
}

fn list(out: &mut dyn Write, views: &[(View, Option<u64>)], format: Format, look: Look) -> io::Result<()> {
    const COLUMNS: &[Column] =
        &[Column::text("Name", 8, 40, 9), Column::number("Reports", 7), Column::text("Query", 20, 400, 8)];
    match format {
        Format::Json => views.iter().try_for_each(|(view, reports)| {
            let line = serde_json::json!({ "name": view.name, "query": view.query, "reports": reports });
            json::write_line(out, &line)
        }),
        Format::Csv => {
            let mut csv = Separated::new(out, &["name", "query", "reports"])?;
            views.iter().try_for_each(|(view, reports)| {
                csv.row([separated::text(&view.name), separated::text(&view.query), count(*reports)])
            })?;
            csv.finish()
        }
        Format::Table => {
            let mut table = Table::new(out, look, COLUMNS);
            for (view, reports) in views {
                let shown = |text: &str| showable(text).to_string();
                table.row(
                    Style::Plain,
                    vec![
                        shown(&view.name),
                        reports.map_or_else(|| "-".to_owned(), thousands),
                        shown(&view.query),
                    ],
                )?;
            }
            table.finish()
        }
    }
}

fn count(reports: Option<u64>) -> String {
    reports.map(|reports| reports.to_string()).unwrap_or_default()
}

fn done(out: &mut dyn Write, output: JsonArgs, name: &str, what: &str) -> io::Result<()> {
    if output.json {
        return json::write_line(out, &serde_json::json!({ "name": name, "done": what }));
    }
    writeln!(out, "view '{}' {what}", showable(name))
}
