//! `sync`, which is also `--sync`: reads the configured feeds once.

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::{Session, Unit};
use crate::config::{Config, Feed, Since, values};
use crate::export::tally::{FeedTally, Tally};
use crate::jobs::sync::{FeedSummary, Progress, feeds_with_mailbox};
use crate::jobs::{self, Cancel, MailboxSync};
use crate::model::clock::rfc3339;
use crate::model::{FeedKind, Outcome as Understood};
use crate::store::{Durability, Incoming};
use crate::text::{counted, showable};
use std::ffi::OsString;
use std::io::Write;
use std::time::Instant;

/// `sync`
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "\
A message is dealt with in its mailbox (key 'after' of its feed) only once its bytes are safe on disk. What is new is \
known by UID: flags that people set do not matter.

Exit codes: 0 done, 1 every feed failed, 3 some feeds or messages failed, 4 another lafayette is writing.

Examples:
  lafayette --sync -q                  from cron: speaks only when something is wrong
  lafayette sync --feed failures
  lafayette sync --dry-run             what would be read; changes nothing
  lafayette sync --all                 go through the whole folder again")]
pub struct Args {
    /// Only this feed; may be given several times
    #[arg(long = "feed", value_name = "NAME")]
    feeds: Vec<String>,
    /// How far back the first sync of a folder reads: 3d, 12h, 2w, 2026-11-20, all
    #[arg(long, value_name = "PERIOD", value_parser = values::since)]
    since: Option<Since>,
    /// Read everything again, also what was left alone as too old; what is stored is recognised
    #[arg(long, conflicts_with = "since")]
    all: bool,
    /// At most so many messages from a folder; 0 means all
    #[arg(long, value_name = "N")]
    max: Option<usize>,
    /// Say what would be taken; change neither mailbox nor database
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: JsonArgs,
}

/// The flag `--sync` as the command that it stands for, wherever it was put: `--sync` with everything else behind it.
pub(super) fn flag_as_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let Some(at) = arguments.iter().take(end).position(|argument| argument == "--sync") else {
        return arguments;
    };
    arguments.remove(at);
    arguments.insert(1.min(arguments.len()), "sync".into());
    arguments
}

impl Args {
    /// A sync of one feed, as `watch` asks for it.
    pub(super) fn of_feed(name: &str) -> Args {
        Args { feeds: vec![name.to_owned()], ..Args::default() }
    }
}

/// The configured feeds that have a mailbox; those of these names when some are given.
pub(super) fn mailboxes<'a>(config: &'a Config, names: &[String]) -> Result<Vec<&'a Feed>, Failure> {
    feeds_with_mailbox(config, names).map_err(Failure::usage)
}

/// Reads them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    super::log::open(&config)?;
    let feeds = mailboxes(&config, &args.feeds)?;
    let cancel = session.cancel()?;
    let (tally, ended) = read(args, session, &config, &feeds, &cancel)?;
    answer(args, session, &tally)?;
    ended?;
    // Everything is stored and acknowledged, and said so.
    if !args.dry_run
        && let Some(looked_up) =
            super::enrich::after_sync(session, &config, &cancel).filter(|s| s.looked_up > 0)
    {
        session.explain(&super::enrich::sentence(&looked_up));
    }
    if !args.dry_run {
        alert(session, &config, &cancel);
        super::sending::after_sync(session, &config, &cancel);
    }
    if cancel.is_cancelled() { Err(Failure::Interrupted) } else { outcome(&tally) }
}

/// Tells of new patterns whom the configuration names; no failure of that is one of the sync.
pub(super) fn alert(session: &Session, config: &Config, cancel: &Cancel) {
    if config.alert.is_none() || session.arguments.read_only || cancel.is_cancelled() {
        return;
    }
    match session.store(config) {
        Ok(store) => {
            let alerted = jobs::alert::after_sync(config, &store, cancel);
            alerted.errors.iter().for_each(|error| session.complain(error));
            if alerted.told > 0 {
                session.explain(&format!("alerted of {}", counted(alerted.told as u64, "new pattern")));
            }
        }
        Err(failure) => session.say(&format!("Nobody was alerted: {failure}.")),
    }
}

/// Goes through the feeds; the tally is true even when the database ended it early.
pub(super) fn read(
    args: &Args,
    session: &Session,
    config: &Config,
    feeds: &[&Feed],
    cancel: &Cancel,
) -> Result<(Tally, Result<(), Failure>), Failure> {
    let geoip = super::open::geoip(config)?;
    let bar = session.progress(0, Unit::Things);
    let each = |message: &Incoming| session.explain(&line(message));
    let progress = |progress: Progress<'_>| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
        bar.set_message(progress.feed.to_owned());
    };
    let sync = MailboxSync {
        config,
        since: args.since,
        all: args.all,
        max: args.max.map(|max| if max == 0 { usize::MAX } else { max }),
        place: &|ip| geoip.lookup(ip),
        each: session.arguments.verbose.then_some(&each),
        progress: &progress,
        cancel,
    };
    let start = Instant::now();
    let mut tallies = vec![];
    let mut ended = Ok(());
    if args.dry_run {
        let store = if config.database.exists() { Some(session.store_to_read(config)?) } else { None };
        for feed in feeds {
            go_on(feed, session, &mut tallies, &mut ended, cancel, |out| {
                sync.rehearse(feed, store.as_ref(), out)
            });
        }
    } else {
        let store = session.store(config)?;
        // Held from before the first connection, so that two never fetch the same messages side by side.
        let mut writer = store.writer("sync", Durability::Full)?;
        for feed in feeds {
            go_on(feed, session, &mut tallies, &mut ended, cancel, |out| {
                sync.feed(feed, &store, &mut writer, out)
            });
        }
        writer.checkpoint();
    }
    bar.finish_and_clear();
    let tally = Tally::of(tallies, start.elapsed().as_secs_f64());
    Ok((Tally { is_stopped: cancel.is_cancelled(), ..tally }, ended))
}

/// One feed after the other; a bad mailbox does not stop the rest, a database that cannot be written does.
fn go_on(
    feed: &Feed,
    session: &Session,
    tallies: &mut Vec<FeedTally>,
    ended: &mut Result<(), Failure>,
    cancel: &Cancel,
    read: impl FnOnce(&mut FeedSummary) -> Result<(), crate::store::Error>,
) {
    if ended.is_err() || cancel.is_cancelled() {
        return;
    }
    let mut summary = FeedSummary::default();
    *ended = read(&mut summary).map_err(|error| named(feed, error.into()));
    for note in &summary.notes {
        tracing::warn!(target: "lafayette::sync", "{}", showable(note));
        session.explain(showable(note).as_ref());
    }
    tallies.push(summary.tally(&feed.name));
}

/// The failure with the feed at which it happened.
fn named(feed: &Feed, failure: Failure) -> Failure {
    match failure {
        Failure::Failed(sentence) => Failure::Failed(format!("feed '{}': {sentence}", feed.name)),
        other => other,
    }
}

/// A new message on one line, for those who want to watch. Recipients of spamtraps stay hidden.
fn line(message: &Incoming) -> String {
    let report = &message.report;
    let what = match &message.outcome {
        Understood::Report => report.kind.name(),
        Understood::Quarantined(_) => "quarantined",
        Understood::NotReport(_) => "no report",
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let source = report.source_ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
    let recipients = match message.feed_kind {
        FeedKind::Spamtrap => "(hidden)".to_owned(),
        _ if report.original_rcpt_to.is_empty() => "-".to_owned(),
        _ => report.original_rcpt_to.join(" "),
    };
    showable(&format!(
        "{} {what} {source} {} -> {recipients} {}",
        rfc3339(report.arrival),
        text(&report.from),
        text(&report.subject)
    ))
    .to_string()
}

fn answer(args: &Args, session: &Session, tally: &Tally) -> Result<(), Failure> {
    let mut out = session.out();
    if args.output.json {
        tally.write_json(&mut out)?;
    } else if !session.arguments.quiet {
        writeln!(out, "{}", tally.sentence(args.dry_run))?;
    }
    out.flush()?;
    for error in tally.feeds.iter().flat_map(|feed| &feed.errors) {
        session.complain(error);
    }
    Ok(())
}

/// 0 when nothing failed, 1 when every feed failed and nothing was taken, else 3.
fn outcome(tally: &Tally) -> Result<Outcome, Failure> {
    let broken = tally.feeds.iter().filter(|feed| feed.failed).count();
    let taken = tally.counts.read - tally.counts.failed;
    if broken == 0 && tally.counts.failed == 0 {
        Ok(Outcome::Done)
    } else if broken == tally.feeds.len() && taken == 0 {
        Err(Failure::failed(if broken == 1 { "the feed could not be read" } else { "no feed could be read" }))
    } else {
        Ok(Outcome::Partly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_the_command_wherever_it_stands() {
        let spelled = |words: &[&str]| -> Vec<String> {
            let words = words.iter().map(OsString::from).collect();
            flag_as_command(words).into_iter().map(|word| word.into_string().unwrap()).collect()
        };
        assert_eq!(spelled(&["l", "--sync"]), ["l", "sync"]);
        assert_eq!(
            spelled(&["l", "--db", "x", "--max", "3", "--sync", "-q"]),
            ["l", "sync", "--db", "x", "--max", "3", "-q"]
        );
        assert_eq!(spelled(&["l", "list", "--", "--sync"]), ["l", "list", "--", "--sync"]);
        assert_eq!(spelled(&["l"]), ["l"]);
    }
}
