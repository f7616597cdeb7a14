//! `watch`: stays, and reads a mailbox as soon as something arrives. Cron may go on beside it.

use super::failure::{Failure, Outcome};
use super::session::Session;
use super::sync;
use crate::config::{Since, values};
use crate::jobs;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, channel, sync_channel};
use std::time::Duration;

/// How often the wait for mail looks whether it was ended.
const SLICE: Duration = Duration::from_millis(200);

/// `watch`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Between two reads nothing is held: sync, import and everything else work beside it. Ctrl-C or SIGTERM ends it between \
two commits.

Example:
  lafayette watch --every 10m")]
pub struct Args {
    /// Only this feed; may be given several times
    #[arg(long = "feed", value_name = "NAME")]
    feeds: Vec<String>,
    /// Read at least this often, also when the server cannot tell of new mail: 30s, 5m, 1h
    #[arg(long, value_name = "PERIOD", default_value = "5m", value_parser = period)]
    every: Duration,
}

fn period(text: &str) -> Result<Duration, String> {
    match values::since(text)? {
        Since::Ago(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.unsigned_abs())),
        _ => Err(format!("'{}' is no period; write it like 30s, 5m or 1h", text.escape_debug())),
    }
}

/// Runs until it is ended.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    super::log::open(&config)?;
    let feeds = sync::mailboxes(&config, &args.feeds)?;
    let cancel = session.cancel()?;
    let (arrived, arrivals) = channel();
    std::thread::scope(|scope| {
        jobs::watch::watch(scope, &config, &feeds, args.every, &cancel, &arrived);
        drop(arrived);
        // Beside the reading: tens of thousands of look-ups take minutes, and mail goes on arriving.
        let (read, reads) = sync_channel(1);
        scope.spawn(|| {
            for () in reads {
                super::enrich::beside(session, &config, &cancel);
                sync::alert(session, &config, &cancel);
                super::sending::after_sync(session, &config, &cancel);
            }
        });
        while !cancel.is_cancelled() {
            let first = match arrivals.recv_timeout(SLICE) {
                Ok(number) => number,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            // Several folders may tell of the same feed.
            let due: BTreeSet<usize> = std::iter::once(first).chain(arrivals.try_iter()).collect();
            for feed in due.into_iter().filter_map(|number| feeds.get(number)) {
                let outcome =
                    sync::read(&sync::Args::of_feed(&feed.name), session, &config, &[*feed], &cancel);
                if let Err(failure) = outcome.and_then(|(tally, ended)| {
                    if tally.counts.read > 0 && !session.arguments.quiet {
                        let mut out = session.out();
                        writeln!(out, "{}", tally.sentence(false))?;
                        out.flush()?;
                    }
                    tally
                        .feeds
                        .iter()
                        .flat_map(|feed| &feed.errors)
                        .for_each(|error| session.complain(error));
                    ended
                }) {
                    // Another process is writing, or the disk is full: the next time may be better.
                    session.complain(&failure.to_string());
                }
            }
            // A full channel says it already.
            let _ = read.try_send(());
        }
        drop(read);
    });
    Err(Failure::Interrupted)
}
