//! What came of taking messages in: `import` and `sync` end with it (DESIGN §3).

use super::{counted, json, thousands};
use serde::Serialize;
use std::io::{self, Write};

/// Counts of one feed, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages that were looked at: the sum of the five below.
    pub read: u64,
    /// New reports.
    pub stored: u64,
    /// Bytes that are in the database already.
    pub duplicate: u64,
    /// Kept, but not understood.
    pub quarantined: u64,
    /// Kept, but no abuse reports.
    pub not_reports: u64,
    /// Could not be read or stored.
    pub failed: u64,
}

/// What is special about reading a mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MailboxTally {
    /// Messages that are too old for a first sync.
    pub skipped: u64,
    /// New messages that wait for the next run.
    pub remaining: u64,
    /// Messages that cannot be taken and stay there.
    pub left: u64,
}

/// What came of one feed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FeedTally {
    /// The feed's name.
    pub name: String,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// Of a feed that was read from a mailbox.
    #[serde(flatten)]
    pub mailbox: Option<MailboxTally>,
    /// The feed itself could not be read, or not to its end.
    #[serde(skip)]
    pub failed: bool,
    /// Why something failed, one sentence each, the first ones of many.
    pub errors: Vec<String>,
}

/// What came of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tally {
    /// The sums.
    #[serde(flatten)]
    pub counts: Counts,
    /// How long it took.
    pub seconds: f64,
    /// Somebody ended it before its end.
    #[serde(skip)]
    pub is_stopped: bool,
    /// Feed by feed.
    pub feeds: Vec<FeedTally>,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.read += other.read;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.quarantined += other.quarantined;
        self.not_reports += other.not_reports;
        self.failed += other.failed;
    }
}

impl Tally {
    /// The sums of these feeds.
    pub fn of(feeds: Vec<FeedTally>, seconds: f64) -> Tally {
        let mut counts = Counts::default();
        for feed in &feeds {
            counts += feed.counts;
        }
        Tally { counts, seconds, is_stopped: false, feeds }
    }

    /// One JSON object.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::write_line(out, self)
    }

    /// A few lines for people: the counts. What failed and why is no answer and goes elsewhere.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let Counts { read, stored, duplicate, quarantined, not_reports, failed } = self.counts;
        writeln!(out, "{} read in {:.1} s", counted(read, "message"), self.seconds)?;
        for (count, what) in [
            (stored, "stored"),
            (duplicate, "known already"),
            (quarantined, "quarantined; `lafayette quarantine` tells why"),
            (not_reports, "no abuse reports, kept; `lafayette quarantine` tells what they are"),
            (failed, "failed"),
        ] {
            if count > 0 {
                writeln!(out, "{:>9} {what}", thousands(count))?;
            }
        }
        Ok(())
    }

    /// What came of a sync, on the one line that cron mails.
    pub fn sentence(&self, dry_run: bool) -> String {
        let Counts { read, stored, duplicate, quarantined, not_reports, failed } = self.counts;
        let mut parts: Vec<String> = [
            (stored, "stored"),
            (duplicate, "known already"),
            (quarantined, "quarantined"),
            (not_reports, "no reports"),
            (failed, "failed"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", thousands(count)))
        .collect();
        let mailboxes = self.feeds.iter().filter_map(|feed| feed.mailbox);
        let (skipped, remaining) =
            mailboxes.fold((0, 0), |(skipped, remaining), m| (skipped + m.skipped, remaining + m.remaining));
        if skipped > 0 {
            parts.push(format!("{} left alone as too old", thousands(skipped)));
        }
        if remaining > 0 {
            parts.push(format!("{} wait for the next run", thousands(remaining)));
        }
        let broken = self.feeds.iter().filter(|feed| feed.failed).count();
        if broken > 0 {
            parts.push(format!("{broken} of {} feeds failed", self.feeds.len()));
        }
        let detail = match (parts.is_empty(), self.is_stopped) {
            (true, false) => "nothing new".to_owned(),
            (true, true) => "stopped before anything came".to_owned(),
            (false, false) => parts.join(", "),
            (false, true) => format!("{}; stopped before its end", parts.join(", ")),
        };
        let what = if dry_run { "sync, dry run" } else { "sync" };
        format!("{what}: {} read in {:.1} s: {detail}", thousands(read), self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_came_of_it() {
        let feed = |counts: Counts, mailbox: MailboxTally, failed| FeedTally {
            counts,
            mailbox: Some(mailbox),
            failed,
            ..FeedTally::default()
        };
        let nothing = Tally::of(vec![feed(Counts::default(), MailboxTally::default(), false)], 0.04);
        assert_eq!(nothing.sentence(false), "sync: 0 read in 0.0 s: nothing new");
        let stopped = Tally { is_stopped: true, ..nothing };
        assert_eq!(stopped.sentence(false), "sync: 0 read in 0.0 s: stopped before anything came");
        let counts =
            Counts { read: 1_205, stored: 1_200, duplicate: 2, quarantined: 1, not_reports: 1, failed: 1 };
        let mailbox = MailboxTally { skipped: 5_000, remaining: 7, left: 1 };
        let some = Tally::of(
            vec![feed(counts, mailbox, false), feed(Counts::default(), MailboxTally::default(), true)],
            3.12,
        );
        assert_eq!(
            some.sentence(true),
            "sync, dry run: 1,205 read in 3.1 s: 1,200 stored, 2 known already, 1 quarantined, 1 no reports, 1 failed, \
             5,000 left alone as too old, 7 wait for the next run, 1 of 2 feeds failed"
        );
    }
}
