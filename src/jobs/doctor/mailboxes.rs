//! Logs in to every mailbox and looks into its folders, reading only.

use super::Check;
use crate::config::{Config, Feed, Server};
use crate::intake::imap::{ErrorKind, Mailbox, Mode};
use crate::jobs::Cancel;
use crate::jobs::sync::account;
use crate::text::thousands;

const AREA: &str = "mailbox";

pub(super) fn check(config: &Config, cancel: &Cancel, each: &mut dyn FnMut(Check)) {
    let mailboxes: Vec<(&Feed, &Server)> =
        config.feeds.iter().filter_map(|feed| Some((feed, feed.server.as_ref()?))).collect();
    if mailboxes.is_empty() {
        each(Check::green(AREA, "none", "No feed has a mailbox; reports come from files only.").amber(
            match config.feeds.is_empty() {
                true => "Add a [[feed]] with 'host' and 'user' when there is one.",
                false => "Give its [[feed]] a 'host' and a 'user' when there is one.",
            },
        ));
    }
    for (feed, server) in mailboxes {
        for folder in &feed.folders {
            if cancel.is_cancelled() {
                return;
            }
            let (check, goes_on) = look_into(config, feed, server, folder, cancel);
            each(check);
            if !goes_on {
                break;
            }
        }
    }
}

/// What was found, and whether another folder of the same account is worth a try.
fn look_into(config: &Config, feed: &Feed, server: &Server, folder: &str, cancel: &Cancel) -> (Check, bool) {
    let ask = || server.ask_secret();
    let cancelled = || cancel.is_cancelled();
    let mut mailbox = Mailbox::new(account(server, feed, config, &ask), folder, Mode::ReadOnly, &cancelled);
    let opened = mailbox.open();
    let subject = format!("{}: {folder} on {}", feed.name, server.host);
    let found = match opened {
        Ok(opened) => {
            let messages = if opened.messages == 1 { "message" } else { "messages" };
            let finding = format!("{} {messages}.", thousands(u64::from(opened.messages)));
            (Check::green(AREA, subject, finding), true)
        }
        // The sentences of the mailbox say what to do as well.
        Err(error) => {
            let goes_on = error.kind == ErrorKind::Folder;
            (Check::green(AREA, subject, error.sentence).red("Mend the [[feed]], or the server."), goes_on)
        }
    };
    mailbox.close();
    found
}
