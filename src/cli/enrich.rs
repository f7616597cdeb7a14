//! `enrich`, and what `sync` says of the look-ups that follow it.

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::selection::QueryArgs;
use super::session::{Session, Unit};
use crate::config::Config;
use crate::export::{json, thousands};
use crate::index::Part;
use crate::jobs::enrich::{Means, Order, Summary, look_up};
use crate::jobs::{Cancel, Finder};
use crate::store::Store;
use indicatif::ProgressBar;
use std::io::Write;

/// `enrich`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Looks up the sources of reports: host name, network, country, block lists, abuse contact; each address once, whatever \
number of reports it sent. sync and the screen do the same by themselves for reports that are new. What is known is \
not asked again before its time is over. [lookups] in the configuration says what is asked of whom, [dns] offline = \
true that nobody is.

Exit codes: 0 done, 1 no name server answers, 130 interrupted; what was learnt by then is kept.

Examples:
  lafayette enrich
  lafayette enrich is:open since:2d --refresh   ask again what is known of these
  lafayette enrich --limit 1000")]
pub struct Args {
    /// Only the sources of reports that match.
    #[command(flatten)]
    query: QueryArgs,
    /// Ask again, whatever is known
    #[arg(long)]
    refresh: bool,
    /// At most so many addresses
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    #[command(flatten)]
    output: JsonArgs,
}

/// Looks up.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let store = session.store_to_read(&config)?;
    let query = args.query.text();
    let only = if query.is_empty() {
        None
    } else {
        let mut finder = Finder::for_command(&store, [Part::Addresses]);
        let found = session.find(&mut finder, &query)?;
        Some(finder.index().addresses_of(&found.selection).map_err(super::open::stopped)?)
    };
    let order = Order { only, refresh: args.refresh, limit: args.limit, ..Order::default() };
    let cancel = session.cancel()?;
    let bar = session.progress(0, Unit::Things);
    let summary = with_bar(&store, &config, &order, &cancel, &bar)?;
    let mut out = session.out();
    if args.output.json {
        json::write_line(&mut out, &summary)?;
    } else if !session.arguments.quiet && (summary.ended.is_none() || summary.looked_up > 0) {
        writeln!(out, "{}", sentence(&summary))?;
    }
    out.flush()?;
    match summary.ended {
        _ if cancel.is_cancelled() => Err(Failure::Interrupted),
        Some(why) => Err(Failure::Failed(why)),
        None => Ok(Outcome::Done),
    }
}

/// The look-ups that follow a sync; no failure of theirs is one of the sync.
pub(super) fn after_sync(session: &Session, config: &Config, cancel: &Cancel) -> Option<Summary> {
    follow(session, config, cancel, &session.progress(0, Unit::Things))
}

/// The same beside a `watch`, which has the terminal to itself.
pub(super) fn beside(session: &Session, config: &Config, cancel: &Cancel) {
    follow(session, config, cancel, &ProgressBar::hidden());
}

fn follow(session: &Session, config: &Config, cancel: &Cancel, bar: &ProgressBar) -> Option<Summary> {
    if config.dns.offline || session.arguments.read_only || cancel.is_cancelled() {
        return None;
    }
    let order = Order::default();
    let done = session.store(config).and_then(|store| with_bar(&store, config, &order, cancel, bar));
    match done {
        Ok(summary) => {
            if let Some(why) = &summary.ended {
                session.say(&format!("The sources were not looked up: {why}."));
            }
            Some(summary)
        }
        Err(failure) => {
            session.say(&format!("The sources were not looked up: {failure}."));
            None
        }
    }
}

fn with_bar(
    store: &Store,
    config: &Config,
    order: &Order,
    cancel: &Cancel,
    bar: &ProgressBar,
) -> Result<Summary, Failure> {
    let means = Means::open(config, store).map_err(Failure::usage)?;
    bar.set_message("looking up");
    let done = look_up(store, config, &means, order, cancel, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    Ok(done?)
}

/// What came of it, for people.
pub(super) fn sentence(summary: &Summary) -> String {
    let mut said = format!(
        "{} {} looked up in {:.1} s",
        thousands(summary.looked_up),
        if summary.looked_up == 1 { "source" } else { "sources" },
        summary.seconds
    );
    for (count, what) in [
        (summary.listed, "on block lists"),
        (summary.hosts, "hosts of URLs"),
        (summary.hosts_listed, "of those on block lists"),
        (summary.not_learnt, "not answered in full, to be tried again"),
        (summary.left, "left"),
        (summary.waiting, "waiting for another run or another try"),
    ] {
        if count > 0 {
            said.push_str(&format!("; {} {what}", thousands(count)));
        }
    }
    said
}
