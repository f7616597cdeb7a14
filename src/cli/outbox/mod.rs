//! `outbox list|show|approve|hold|cancel|retry|resolve|flush`: the ledger by hand.

mod approve;
mod resolve;

pub use approve::{Asked, agreed};

use super::failure::{Failure, Outcome};
use super::output::{FormatArgs, JsonArgs, PageArgs};
use super::sending;
use super::session::Session;
use super::show::{self, Part};
use crate::config::{Config, values};
use crate::export::{Format, json, outbox as written, thousands};
use crate::jobs::report::Hurry;
use crate::model::{OutgoingId, OutgoingKind, OutgoingState, UrlFeedKind, clock};
use crate::store::{Error, Moved, Store};
use crate::text::{counted, showable_lines};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::io::Write;
use std::ops::RangeInclusive;

/// `outbox`; without more it lists.
#[derive(Debug, Clone, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
A message is held until a person approves exactly its bytes; until it leaves it can be taken back with hold. \
unknown means that it may have arrived or not: find out, then resolve. Rows are named by number or range (12..19).

Examples:
  lafayette outbox
  lafayette outbox list --state held,unknown
  lafayette outbox show 12 --raw
  lafayette outbox approve 12..19
  lafayette outbox hold 12
  lafayette outbox flush
  lafayette outbox resolve 12 --not-arrived
  lafayette outbox resolve 13 --by-hand --ticket ISP-4711"
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    action: Option<Action>,
    /// How it lists.
    #[command(flatten)]
    list: ListArgs,
}

/// What can be done with the outbox.
#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Lists what left, or may, newest first
    List(ListArgs),
    /// Shows one message: what is known of it and what was done, or its exact bytes
    Show(ShowArgs),
    /// Lets messages leave, exactly these with exactly these bytes, or none
    Approve(approve::Args),
    /// Takes back what was approved and has not left
    Hold(RowsArgs),
    /// Gives up what has not left
    Cancel(CancelArgs),
    /// Holds again what failed, and makes due now what waits for its time
    Retry(RowsArgs),
    /// Records what became of a message: whether it arrived, what came back
    Resolve(resolve::Args),
    /// Sends now what is approved, without the time in which it could be taken back
    Flush(JsonArgs),
}

#[derive(Debug, Clone, Default, clap::Args)]
struct ListArgs {
    /// Only in these states
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',', value_parser = state_names())]
    states: Vec<OutgoingState>,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    output: FormatArgs,
}

#[derive(Debug, Clone, clap::Args)]
struct ShowArgs {
    /// The row
    #[arg(value_name = "ID", value_parser = row)]
    id: OutgoingId,
    #[command(flatten)]
    part: Part,
}

#[derive(Debug, Clone, clap::Args)]
struct RowsArgs {
    /// Which rows: 12, 12..19
    #[arg(value_name = "ID", required = true, value_parser = rows)]
    ids: Vec<Rows>,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Clone, clap::Args)]
struct CancelArgs {
    #[command(flatten)]
    rows: RowsArgs,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = values::line)]
    reason: Option<String>,
}

/// Numbers of rows: one, or a range.
type Rows = RangeInclusive<OutgoingId>;

/// More rows than anybody approves or gives up at once.
const MOST_ROWS: usize = 100_000;

fn state_names() -> impl TypedValueParser {
    PossibleValuesParser::new(OutgoingState::ALL.iter().map(|state| state.name()))
        .try_map(|name| OutgoingState::from_name(&name).ok_or_else(|| format!("'{name}' is no state")))
}

fn row(text: &str) -> Result<OutgoingId, String> {
    text.parse().ok().filter(|id| *id > 0).ok_or_else(|| {
        format!("'{}' is no number of a row; `lafayette outbox` shows them", text.escape_debug())
    })
}

fn rows(text: &str) -> Result<Rows, String> {
    let Some((first, last)) = text.split_once("..") else {
        return row(text).map(|id| id..=id);
    };
    let (first, last) = (row(first)?, row(last)?);
    if first <= last { Ok(first..=last) } else { Err(format!("'{text}' is an empty range")) }
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    match &args.action {
        None => list(&args.list, session),
        Some(Action::List(args)) => list(args, session),
        Some(Action::Show(args)) => show(args, session),
        Some(Action::Approve(args)) => approve::run(args, session),
        Some(Action::Hold(args)) => {
            change(args, session, "held again", |store, ids, by| store.take_back(ids, by, clock::now()))
        }
        Some(Action::Flush(args)) => flush(*args, session),
        Some(Action::Cancel(args)) => change(&args.rows, session, "cancelled", |store, ids, by| {
            store.cancel(ids, args.reason.as_deref().unwrap_or_default(), by, clock::now())
        }),
        Some(Action::Retry(args)) => {
            change(args, session, "tried again", |store, ids, by| store.retry(ids, by, clock::now()))
        }
        Some(Action::Resolve(args)) => resolve::run(args, session),
    }
}

/// Sends; caps and spacing of contacts hold all the same.
fn flush(args: JsonArgs, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let store = to_change(session, &config)?;
    let (summary, outcome) = sending::send(session, &config, &store, Hurry::Now, "outbox flush")?;
    if args.json {
        let mut out = session.out();
        json::write_line(&mut out, &summary)?;
        out.flush()?;
    }
    Ok(outcome)
}

fn list(args: &ListArgs, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let format = args.output.format();
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let limit = args.page.limit(format == Format::Table).map_or(usize::MAX, whole);
    let found = store.outbox(&args.states, limit, whole(args.page.offset))?;
    let mut out = session.out();
    if format != Format::Table || !found.is_empty() {
        written::write(&mut out, &found, format, session.look())?;
    }
    out.flush()?;
    if format == Format::Table {
        let counts = store.outbox_counts()?;
        let all: Vec<String> =
            counts.iter().map(|(state, count)| format!("{} {state}", thousands(*count))).collect();
        session.say(&match counts.is_empty() {
            true => "Nothing is in the outbox; `lafayette report QUERY` puts something there.".to_owned(),
            false => format!("{} in all", all.join(", ")),
        });
        let is_wanted = |state: &OutgoingState| args.states.is_empty() || args.states.contains(state);
        let total: u64 = counts.iter().filter(|(state, _)| is_wanted(state)).map(|(_, count)| count).sum();
        PageArgs::say_more(session, found.len(), whole(total));
    }
    Ok(Outcome::Done)
}

fn show(args: &ShowArgs, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let id = args.id;
    let row = store.outgoing(id)?.ok_or_else(|| missing(id))?;
    if args.part.needs_bytes() {
        let bytes = store.outgoing_bytes(id)?.ok_or_else(|| {
            Failure::failed(format!("the bytes of row {id} of the outbox were dropped; their hash is kept"))
        })?;
        // The text for a form is no mail, and neither is what a feed gets over HTTP.
        let is_mail = matches!(row.kind, OutgoingKind::Report | OutgoingKind::Copy)
            || store.submission(id)?.is_some_and(|submission| submission.kind == UrlFeedKind::Mail);
        if is_mail || args.part.raw {
            return show::write_bytes(args.part, session, &bytes);
        }
        let mut out = session.out();
        writeln!(out, "{}", showable_lines(String::from_utf8_lossy(&bytes).trim_end()))?;
        out.flush()?;
        return Ok(Outcome::Done);
    }
    let mut out = session.out();
    if args.part.json {
        written::write(&mut out, std::slice::from_ref(&row), Format::Json, session.look())?;
    } else {
        let submission = store.submission(id)?;
        written::page(&mut out, &row, submission.as_ref(), &store.audit_of(id)?, session.look())?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn missing(id: OutgoingId) -> Failure {
    Failure::failed(format!("there is no row {id} in the outbox; `lafayette outbox` shows which there are"))
}

/// Does something with each row, and says with which ones it was not done.
fn change(
    args: &RowsArgs,
    session: &Session,
    done: &str,
    act: impl Fn(&Store, &[OutgoingId], &str) -> Result<Moved, Error>,
) -> Result<Outcome, Failure> {
    let store = to_change(session, &session.config()?)?;
    let moved = act(&store, &numbers(&store, &args.ids)?, &session.login())?;
    let mut out = session.out();
    if args.output.json {
        let refused: Vec<String> = moved.refused.iter().map(ToString::to_string).collect();
        json::write_line(&mut out, &serde_json::json!({ "done": moved.done, "refused": refused }))?;
    } else if !moved.done.is_empty() {
        writeln!(out, "{} {done}", counted(moved.done.len() as u64, "message"))?;
    }
    out.flush()?;
    moved.refused.iter().for_each(|refusal| session.complain(&refusal.to_string()));
    match (moved.done.is_empty(), moved.refused.is_empty()) {
        (true, _) => Err(Failure::failed("nothing was changed")),
        (false, true) => Ok(Outcome::Done),
        (false, false) => Ok(Outcome::Partly),
    }
}

/// The database for a command that changes the ledger: with `--read-only` it says so before anybody is asked anything.
fn to_change(session: &Session, config: &Config) -> Result<Store, Failure> {
    let store = session.store_to_read(config)?;
    if store.may_write() { Ok(store) } else { Err(Error::ReadOnly { path: config.database.clone() }.into()) }
}

/// Each number once, in the order given; of a range those that are there.
fn numbers(store: &Store, rows: &[Rows]) -> Result<Vec<OutgoingId>, Failure> {
    let last = store.outbox(&[], 1, 0)?.first().map_or(0, |row| row.id);
    let mut numbers = vec![];
    for rows in rows {
        let is_one = rows.start() == rows.end();
        let end = if is_one { *rows.end() } else { last.min(*rows.end()) };
        numbers.extend((*rows.start()..=end).take(MOST_ROWS));
    }
    let mut known = std::collections::HashSet::new();
    numbers.retain(|id| known.insert(*id));
    if numbers.is_empty() { Err(Failure::failed("there is no such row in the outbox")) } else { Ok(numbers) }
}
