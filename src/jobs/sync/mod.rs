//! Sync: folder by folder, what is new in a mailbox is fetched, stored durably, and only then dealt with there.
//!
//! Fetching, understanding and writing go on at the same time (see `import`). What a message has to become in its
//! mailbox is written down in the transaction that stores it, done by the thread that fetches, between two batches,
//! and crossed out afterwards: a run that dies in between is made good by the next.

mod book;
mod feeds;
mod fetcher;
mod plan;

pub use feeds::feeds_with_mailbox;

use super::import::{self, Import, understand};
use super::{Cancel, Summary};
use crate::config::{Config, Credential, Feed, Server, Since, Tls};
use crate::enrich::geoip::Place;
use crate::intake::Item;
use crate::intake::imap::{self, ErrorKind};
use crate::model::clock::{self, Seconds};
use crate::model::{FeedKind, Outcome};
use crate::store::{self, Added, Incoming, Mailbox, MailboxName, Store, Writer};
use fetcher::Fetcher;
use plan::Plan;
use std::collections::HashSet;
use std::net::IpAddr;
use tracing::{error, info};

/// One sync of some feeds.
pub struct MailboxSync<'a> {
    /// The set-up.
    pub config: &'a Config,
    /// How far back a first sync reads, in place of what the feeds say.
    pub since: Option<Since>,
    /// Read everything again, also what was left alone before.
    pub all: bool,
    /// The most messages from a folder, in place of what the feeds say.
    pub max: Option<usize>,
    /// Where an address is.
    pub place: &'a (dyn Fn(IpAddr) -> Place + Sync),
    /// Told of every new message.
    pub each: Option<&'a (dyn Fn(&Incoming) + Sync)>,
    /// Told how far it is, on another thread.
    pub progress: &'a (dyn Fn(Progress<'_>) + Sync),
    /// Ends it between two commits.
    pub cancel: &'a Cancel,
}

/// How far a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The feed.
    pub feed: &'a str,
    /// Messages fetched.
    pub done: u64,
    /// Messages that this run will fetch.
    pub total: u64,
}

/// What came of a feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedSummary {
    /// Its messages.
    pub messages: Summary,
    /// Messages from before the first sync that are too old to be read.
    pub skipped: usize,
    /// New messages beyond the most that one run takes.
    pub remaining: usize,
    /// Messages that cannot be taken and lie in the mailbox.
    pub left: usize,
    /// What went wrong with the feed itself, a sentence each.
    pub errors: Vec<String>,
    /// What was worked around, a sentence each.
    pub notes: Vec<String>,
}

/// Why a folder ended early.
enum Stop {
    Mailbox(imap::Error),
    Store(store::Error),
}

impl From<imap::Error> for Stop {
    fn from(error: imap::Error) -> Stop {
        Stop::Mailbox(error)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Stop {
        Stop::Store(error)
    }
}

/// Where a feed's messages are kept, or only looked up.
enum Target<'a> {
    Real(&'a Store, &'a mut Writer),
    Rehearsal(Option<&'a Store>),
}

impl MailboxSync<'_> {
    /// Takes what is new in a feed's folders. What goes wrong with the mailbox stands in `out`.
    ///
    /// # Errors
    /// What goes wrong with the database, which ends all feeds; `out` says what is safe before that.
    pub fn feed(
        &self,
        feed: &Feed,
        store: &Store,
        writer: &mut Writer,
        out: &mut FeedSummary,
    ) -> Result<(), store::Error> {
        self.folders(feed, Target::Real(store, writer), out)
    }

    /// Reads what [`MailboxSync::feed`] would take and says what would come of it. Changes neither mailbox nor database.
    ///
    /// # Errors
    /// What goes wrong with the database.
    pub fn rehearse(
        &self,
        feed: &Feed,
        store: Option<&Store>,
        out: &mut FeedSummary,
    ) -> Result<(), store::Error> {
        self.folders(feed, Target::Rehearsal(store), out)
    }

    fn folders(
        &self,
        feed: &Feed,
        mut target: Target<'_>,
        out: &mut FeedSummary,
    ) -> Result<(), store::Error> {
        let Some(server) = &feed.server else { return Ok(()) };
        let known = match &target {
            Target::Real(store, _) => store.feed_kind(&feed.name)?,
            Target::Rehearsal(store) => store.map(|s| s.feed_kind(&feed.name)).transpose()?.flatten(),
        };
        if known == Some(FeedKind::Spamtrap) && feed.kind != FeedKind::Spamtrap {
            out.errors.push(format!(
                "feed '{}': it holds spamtrap mail, so nothing of another kind is put into it: its recipients would no \
                 longer be hidden. Give it kind = \"spamtrap\" again, or another name",
                feed.name
            ));
            return Ok(());
        }
        for folder in &feed.folders {
            // The UIDs may get another meaning under our hands; a second time on the same day is no accident.
            let mut result = self.folder(feed, server, folder, &mut target, out);
            if matches!(&result, Err(Stop::Mailbox(e)) if e.kind == ErrorKind::UidValidityChanged) {
                result = self.folder(feed, server, folder, &mut target, out);
            }
            match result {
                Ok(()) => {}
                Err(Stop::Store(error)) => return Err(error),
                Err(Stop::Mailbox(error)) => {
                    if error.kind != ErrorKind::Cancelled {
                        let sentence = format!("feed '{}': {error}", feed.name);
                        error!(target: "lafayette::sync", "{sentence}");
                        out.errors.push(sentence);
                    }
                    if error.kind != ErrorKind::Folder {
                        // The next folder lies on the same server, and a refused login is not to be repeated.
                        break;
                    }
                }
            }
        }
        out.messages.cancelled |= self.cancel.is_cancelled();
        Ok(())
    }

    fn folder(
        &self,
        feed: &Feed,
        server: &Server,
        folder: &str,
        target: &mut Target<'_>,
        out: &mut FeedSummary,
    ) -> Result<(), Stop> {
        let ask = || server.ask_secret();
        let cancelled = || self.cancel.is_cancelled();
        let mode = match target {
            Target::Real(..) => imap::Mode::ReadWrite,
            Target::Rehearsal(_) => imap::Mode::ReadOnly,
        };
        let mut mailbox =
            imap::Mailbox::new(account(server, feed, self.config, &ask), folder, mode, &cancelled);
        let visit = Visit { sync: self, feed, server, folder };
        let result = match target {
            Target::Real(store, writer) => visit.take(&mut mailbox, store, writer, out),
            Target::Rehearsal(store) => visit.rehearse(&mut mailbox, *store, out),
        };
        out.notes.extend(mailbox.notes().into_iter().map(|note| format!("feed '{}': {note}", feed.name)));
        mailbox.close();
        result
    }
}

/// The account as the mailbox room knows it.
pub(super) fn account<'a>(
    server: &Server,
    feed: &Feed,
    config: &Config,
    ask: imap::Ask<'a>,
) -> imap::Account<'a> {
    imap::Account {
        host: server.host.clone(),
        port: server.port,
        protection: match server.tls {
            Tls::Implicit => imap::Protection::Implicit,
            Tls::Starttls => imap::Protection::Starttls,
            Tls::None => imap::Protection::Plain,
        },
        ca_file: server.ca_file.clone(),
        user: server.user.clone().unwrap_or_default(),
        login: match server.credential {
            Some(Credential::TokenCommand(_)) => imap::Login::Token(ask),
            _ => imap::Login::Password(ask),
        },
        timeout: feed.timeout,
        message_limit: config.message_bytes,
    }
}

/// One folder in one run.
struct Visit<'a> {
    sync: &'a MailboxSync<'a>,
    feed: &'a Feed,
    server: &'a Server,
    folder: &'a str,
}

impl Visit<'_> {
    fn take(
        &self,
        mailbox: &mut imap::Mailbox<'_>,
        store: &Store,
        writer: &mut Writer,
        out: &mut FeedSummary,
    ) -> Result<(), Stop> {
        let opened = mailbox.open()?;
        let account = self.account();
        let name = MailboxName { feed: &self.feed.name, account: &account, folder: self.folder };
        let before = writer.mailbox(name)?;
        let anew = self.anew(before.as_ref(), opened);
        let known = match anew {
            Some((since, since_below)) => Mailbox { since, since_below, ..unknown(opened) },
            None => before.unwrap_or_else(|| unknown(opened)),
        };
        let (mut book, mut dealings) = book::open(self.feed, name, &known, anew.is_some());
        dealings.resume(mailbox, &known.owed)?;
        let plan = self.plan(mailbox, &known, out)?;
        let progress = |done, total| self.tell(done, total);
        let origin = self.origin(known.uid_validity);
        let mut fetcher = Fetcher::new(mailbox, Some(dealings), &known, &plan, origin, &progress);
        let judgement = self.sync.config.judgement(&self.feed.name);
        let import = Import {
            store,
            judgement: &judgement,
            feed: &self.feed.name,
            feed_kind: self.feed.kind,
            place: self.sync.place,
            each: self.sync.each,
        };
        let mut messages = Summary::default();
        let cancel = self.sync.cancel;
        let imported = import.run(writer, &mut fetcher, Some(&mut book), cancel, &mut messages, &mut |_| {});
        self.log(&messages);
        out.messages.merge(messages);
        imported?;
        let finished = fetcher.finish();
        out.skipped += finished.skipped;
        let is_done = finished.complete && !cancel.is_cancelled();
        book.close(writer, &plan.gone, is_done.then_some(plan.last_uid))?;
        out.left += writer.mailbox(name)?.map_or(0, |mailbox| mailbox.left.len());
        finished.error.map_or(Ok(()), |error| Err(error.into()))
    }

    fn rehearse(
        &self,
        mailbox: &mut imap::Mailbox<'_>,
        store: Option<&Store>,
        out: &mut FeedSummary,
    ) -> Result<(), Stop> {
        let opened = mailbox.open()?;
        let account = self.account();
        let name = MailboxName { feed: &self.feed.name, account: &account, folder: self.folder };
        let before = store.map(|store| store.mailbox(name)).transpose()?.flatten();
        let known = match self.anew(before.as_ref(), opened) {
            Some((since, since_below)) => Mailbox { since, since_below, ..unknown(opened) },
            None => before.unwrap_or_else(|| unknown(opened)),
        };
        let plan = self.plan(mailbox, &known, out)?;
        let progress = |done, total| self.tell(done, total);
        let origin = self.origin(known.uid_validity);
        let mut fetcher = Fetcher::new(mailbox, None, &known, &plan, origin, &progress);
        let judgement = self.sync.config.judgement(&self.feed.name);
        let mut seen = HashSet::new();
        let mut messages = Summary::default();
        for item in fetcher.by_ref() {
            if self.sync.cancel.is_cancelled() {
                break;
            }
            match item {
                Item::Message(message) => {
                    let sha256 = match store::sha256_with(&message.bytes, message.overflow.as_ref()) {
                        Ok(sha256) => sha256,
                        Err(error) => {
                            messages.fail(&message.origin, &import::unreadable(&error));
                            continue;
                        }
                    };
                    let stored = store.map(|store| store.find(&sha256)).transpose()?.flatten().is_some();
                    if stored || !seen.insert(sha256) {
                        messages.count(&Added { duplicate: 1, ..Added::default() });
                        continue;
                    }
                    let kind = self.feed.kind;
                    let reading =
                        understand(&message.bytes, &judgement, kind, message.internal_date, clock::now());
                    messages.count(&Added {
                        stored: usize::from(matches!(reading.outcome, Outcome::Report)),
                        quarantined: usize::from(matches!(reading.outcome, Outcome::Quarantined(_))),
                        not_reports: usize::from(matches!(reading.outcome, Outcome::NotReport(_))),
                        ..Added::default()
                    });
                }
                Item::LargeNext => {}
                Item::Failed { origin, reason } | Item::Left { origin, reason, .. } => {
                    messages.fail(&origin, &reason);
                }
            }
        }
        out.messages.merge(messages);
        let finished = fetcher.finish();
        out.skipped += finished.skipped;
        finished.error.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Where to begin, when what is known of the folder does not count: before its first sync, when its UIDs got
    /// another meaning, and when everything is asked for. Then messages that are stored are known by their bytes.
    fn anew(&self, known: Option<&Mailbox>, opened: imap::Opened) -> Option<(Option<Seconds>, u32)> {
        let since_below = opened.uid_next.unwrap_or(u32::MAX);
        match known {
            _ if self.sync.all => Some((None, since_below)),
            None => {
                let since = self.sync.since.unwrap_or(self.feed.since);
                Some((since.moment(clock::now()), since_below))
            }
            // What was too old then still is.
            Some(known) if known.uid_validity != opened.uid_validity => Some((known.since, since_below)),
            Some(_) => None,
        }
    }

    fn plan(
        &self,
        mailbox: &mut imap::Mailbox<'_>,
        known: &Mailbox,
        out: &mut FeedSummary,
    ) -> Result<Plan, imap::Error> {
        let max = self.sync.max.or(self.feed.max_per_run);
        let plan = Plan::make(mailbox, known, max, self.sync.config.message_bytes)?;
        out.skipped += plan.skipped;
        out.remaining += plan.remaining;
        out.notes.extend(plan.left_alone.iter().map(|left| format!("feed '{}': {left}", self.feed.name)));
        info!(target: "lafayette::sync", feed = self.feed.name, folder = self.folder, new = plan.uids.len(),
            again = plan.again.len(), skipped = plan.skipped, remaining = plan.remaining, "opened");
        self.tell(0, (plan.again.len() + plan.uids.len()) as u64);
        Ok(plan)
    }

    fn tell(&self, done: u64, total: u64) {
        (self.sync.progress)(Progress { feed: &self.feed.name, done, total });
    }

    fn log(&self, messages: &Summary) {
        info!(target: "lafayette::sync", feed = self.feed.name, folder = self.folder, read = messages.read,
            stored = messages.stored, duplicate = messages.duplicate, quarantined = messages.quarantined,
            not_reports = messages.not_reports, failed = messages.failed, "stored");
    }

    fn account(&self) -> String {
        let Server { host, port, user, .. } = self.server;
        format!("{}@{host}:{port}", user.as_deref().unwrap_or_default())
    }

    /// The address of a message up to its UID (RFC 5092).
    fn origin(&self, uid_validity: u32) -> String {
        let Server { host, port, user, tls, .. } = self.server;
        let user = percent_encoded(user.as_deref().unwrap_or_default(), b"");
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let port = match (tls, port) {
            (Tls::Implicit, 993) | (Tls::Starttls | Tls::None, 143) => String::new(),
            _ => format!(":{port}"),
        };
        let folder = percent_encoded(self.folder, b"/");
        format!("imap://{user}@{host}{port}/{folder};UIDVALIDITY={uid_validity}/;UID=")
    }
}

/// A folder before anything was read.
fn unknown(opened: imap::Opened) -> Mailbox {
    Mailbox {
        id: 0,
        uid_validity: opened.uid_validity,
        last_uid: 0,
        since: None,
        since_below: 0,
        owed: vec![],
        left: vec![],
    }
}

/// Everything but unreserved characters (RFC 3986 §2.3) and those named.
fn percent_encoded(text: &str, also: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
