//! Watching mailboxes: a thread for each folder waits until the server says that something arrived.

use super::Cancel;
use super::sync::account;
use crate::config::{Config, Feed, Server};
use crate::intake::imap::{self, Wake};
use std::sync::mpsc::Sender;
use std::thread::Scope;
use std::time::{Duration, Instant};
use tracing::{info, warn};

/// How often a pause looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(200);

/// Sends the number of a feed whenever it is worth a sync: something arrived, or `every` has passed, which is all that
/// a server without IDLE (RFC 2177) allows. Each folder is only examined, on a connection of its own.
pub fn watch<'scope>(
    scope: &'scope Scope<'scope, '_>,
    config: &'scope Config,
    feeds: &'scope [&'scope Feed],
    every: Duration,
    cancel: &'scope Cancel,
    arrived: &Sender<usize>,
) {
    for (number, feed) in feeds.iter().enumerate() {
        let Some(server) = &feed.server else { continue };
        for folder in &feed.folders {
            let arrived = arrived.clone();
            scope.spawn(move || {
                while !cancel.is_cancelled() {
                    let told = || arrived.send(number).map_err(|_| ());
                    match stay(config, feed, server, folder, (every, cancel), &told) {
                        Ok(()) => return,
                        Err(error) => warn!(target: "lafayette::watch", feed = feed.name, "{error}"),
                    }
                    // The sync meets the same fault, and says so.
                    if told().is_err() {
                        return;
                    }
                    pause(every, cancel);
                }
            });
        }
    }
}

/// Stays with a folder until it is cancelled or nobody listens any more. One connection for all waits: what arrives
/// while nobody waits is told by the server with the next wait.
fn stay(
    config: &Config,
    feed: &Feed,
    server: &Server,
    folder: &str,
    (every, cancel): (Duration, &Cancel),
    told: &dyn Fn() -> Result<(), ()>,
) -> Result<(), imap::Error> {
    let ask = || server.ask_secret();
    let cancelled = || cancel.is_cancelled();
    let mut mailbox =
        imap::Mailbox::new(account(server, feed, config, &ask), folder, imap::Mode::ReadOnly, &cancelled);
    let mut watch = || {
        mailbox.open()?;
        // Whatever came before.
        let mut listened = told();
        while listened.is_ok() && !cancel.is_cancelled() {
            let start = Instant::now();
            match mailbox.wait(every)? {
                Wake::Changed => {
                    info!(target: "lafayette::watch", feed = feed.name, folder, "something arrived")
                }
                Wake::Elapsed => {}
                Wake::Unsupported => pause(every, cancel),
            }
            if start.elapsed() < SLICE {
                // A server that always has something to say does not keep us busy.
                pause(SLICE, cancel);
            }
            listened = told();
        }
        Ok(())
    };
    let watched = watch();
    mailbox.close();
    match watched {
        Err(_) if cancel.is_cancelled() => Ok(()),
        other => other,
    }
}

fn pause(length: Duration, cancel: &Cancel) {
    let end = Instant::now() + length;
    while !cancel.is_cancelled() {
        let rest = end.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return;
        }
        std::thread::sleep(rest.min(SLICE));
    }
}
