//! Which feeds a sync reads, and what came of one as its part of the answer.

use super::FeedSummary;
use crate::config::{Config, Feed};
use crate::export::tally::{FeedTally, MailboxTally};

/// The configured feeds that have a mailbox; those of these names when some are given.
///
/// # Errors
/// A sentence: no such feed, a feed without a mailbox, no mailbox at all.
pub fn feeds_with_mailbox<'a>(config: &'a Config, names: &[String]) -> Result<Vec<&'a Feed>, String> {
    let file = config.file.as_ref().map_or("the configuration".to_owned(), |file| file.display().to_string());
    for name in names {
        let feed = config.feed(name).ok_or_else(|| {
            let known: Vec<&str> = config.feeds.iter().map(|feed| feed.name.as_str()).collect();
            let known = if known.is_empty() { "it names none".to_owned() } else { known.join(", ") };
            format!("there is no feed '{name}' in {file}; known: {known}")
        })?;
        if feed.server.is_none() {
            return Err(format!(
                "the feed '{}' has no mailbox: give it a 'host' in {file}, or take files in with `lafayette import --feed {}`",
                feed.name, feed.name
            ));
        }
    }
    let wanted = |feed: &&Feed| {
        feed.server.is_some()
            && (names.is_empty() || names.iter().any(|n| n.eq_ignore_ascii_case(&feed.name)))
    };
    let feeds: Vec<&Feed> = config.feeds.iter().filter(wanted).collect();
    if feeds.is_empty() {
        return Err(format!(
            "no mailbox is configured: add a [[feed]] with 'host' and 'user' to {file}; `lafayette config template` \
             shows one"
        ));
    }
    Ok(feeds)
}

impl FeedSummary {
    /// The feed's part of the answer; what went wrong with the feed itself comes first.
    pub fn tally(self, feed: &str) -> FeedTally {
        let mailbox = MailboxTally {
            skipped: self.skipped as u64,
            remaining: self.remaining as u64,
            left: self.left as u64,
        };
        let mut tally = self.messages.tally(feed);
        for failure in &mut tally.errors {
            *failure = format!("feed '{feed}': {failure}");
        }
        tally.mailbox = Some(mailbox);
        tally.failed = !self.errors.is_empty();
        tally.errors.splice(0..0, self.errors);
        tally
    }
}
