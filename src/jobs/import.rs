//! Import: messages are read, understood and packed by workers while the caller's thread writes them in their order.
//!
//! One reader, as many workers as there are processors, one writer; between them short queues, so that memory stays
//! bounded however large the mailbox is. A frame of 64 messages is the unit that travels.

use super::cancel::Cancel;
use super::seal::Sealer;
use crate::arf::read::{Context, read};
use crate::enrich::geoip::Place;
use crate::intake::{Item, RawMessage};
use crate::model::clock::{self, Seconds};
use crate::model::{FeedKind, Judgement, Outcome, Reading, Report};
use crate::store::{self, Added, Durability, Incoming, Packed, Packer, Store};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Messages a transaction. More gains under 5 %; fewer costs, because every commit writes the changed index pages.
const MESSAGES_A_COMMIT: usize = 4_000;
/// Bytes of messages a transaction, so that a few huge ones do not swell the log.
const BYTES_A_COMMIT: usize = 64 << 20;
/// Frames that wait between two stages.
const QUEUE: usize = 4;

/// What an import needs besides the messages.
pub struct Import<'a> {
    /// Where reports are kept.
    pub store: &'a Store,
    /// How others are told about us while they wait for the lock, such as `import`.
    pub command: &'a str,
    /// How reports are judged.
    pub judgement: &'a Judgement,
    /// The feed's name.
    pub feed: &'a str,
    /// What the feed brings.
    pub feed_kind: FeedKind,
    /// Where an address is.
    pub place: &'a (dyn Fn(IpAddr) -> Place + Sync),
    /// How safe a commit is.
    pub durability: Durability,
}

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Messages met: the sum of the five that follow.
    pub read: usize,
    /// New reports.
    pub stored: usize,
    /// Messages that were there already.
    pub duplicate: usize,
    /// Messages that ought to be reports and cannot be understood; kept.
    pub quarantined: usize,
    /// Messages that are something else; kept.
    pub not_reports: usize,
    /// Could not be read or stored.
    pub failed: usize,
    /// A sentence for each of those, the first thousand.
    pub failures: Vec<String>,
    /// It was ended before all was read.
    pub cancelled: bool,
}

/// Failures that are kept as sentences; beyond it only the count goes on.
const MOST_FAILURES: usize = 1_000;

impl Summary {
    fn fail(&mut self, origin: &str, reason: &str) {
        self.read += 1;
        self.failed += 1;
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(format!("{origin}: {reason}"));
        }
    }

    fn add(&mut self, added: &Added) {
        self.stored += added.stored;
        self.duplicate += added.duplicate;
        self.quarantined += added.quarantined;
        self.not_reports += added.not_reports;
        self.read += added.stored + added.duplicate + added.quarantined + added.not_reports;
    }
}

/// A frame's worth of work, numbered in the order of reading.
enum Work {
    Messages(Vec<RawMessage>),
    Failed { origin: String, reason: String },
}

enum Done {
    Packed { packed: Option<Packed>, duplicates: usize, bytes: usize },
    Failed { origin: String, reason: String },
}

impl Import<'_> {
    /// Imports everything that `items` gives and counts it in `summary`, which says only what is committed and tells
    /// it to `progress` after each commit. After an error it still says what stays.
    ///
    /// # Errors
    /// Whatever the store reports; what was committed before stays.
    pub fn run(
        &self,
        items: impl Iterator<Item = Item> + Send,
        cancel: &Cancel,
        summary: &mut Summary,
        progress: &mut dyn FnMut(&Summary),
    ) -> Result<(), store::Error> {
        let writing = Writing::open(self)?;
        let workers = (0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(1, 8))
            .map(|_| Worker::open(self, writing.writer.last_report() > 0))
            .collect::<Result<Vec<_>, _>>()?;
        let (work_in, work_out) = sync_channel::<(usize, Work)>(QUEUE);
        let (done_in, done_out) = sync_channel::<(usize, Result<Done, store::Error>)>(QUEUE);
        let work_out = Mutex::new(work_out);
        let writer_gone = Cancel::default();
        std::thread::scope(|scope| {
            let stop = [cancel, &writer_gone];
            scope.spawn(move || feed_workers(items, &work_in, stop));
            for mut worker in workers {
                let (work_out, done_in) = (&work_out, done_in.clone());
                scope.spawn(move || {
                    while let Some((number, work)) = next(work_out) {
                        // Goes on when the writer is gone, so that the reader is never left waiting for room.
                        let _ = done_in.send((number, worker.understand(work)));
                    }
                });
            }
            drop(done_in);
            let written = writing.write(done_out, summary, progress);
            writer_gone.cancel();
            written
        })?;
        summary.cancelled = cancel.is_cancelled();
        Ok(())
    }
}

fn next(queue: &Mutex<Receiver<(usize, Work)>>) -> Option<(usize, Work)> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Cuts the stream of messages into frames.
fn feed_workers(items: impl Iterator<Item = Item>, work: &SyncSender<(usize, Work)>, stop: [&Cancel; 2]) {
    let mut number = 0;
    let mut send = |w: Work| {
        number += 1;
        work.send((number - 1, w)).is_ok()
    };
    let (mut frame, mut bytes) = (Vec::with_capacity(Packer::ITEMS), 0);
    for item in items {
        if stop.iter().any(|flag| flag.is_cancelled()) {
            break;
        }
        match item {
            Item::Message(message) => {
                bytes += message.bytes.len();
                frame.push(message);
                if frame.len() == Packer::ITEMS || bytes >= Packer::BYTES {
                    bytes = 0;
                    if !send(Work::Messages(std::mem::take(&mut frame))) {
                        return;
                    }
                }
            }
            Item::Failed { origin, reason } => {
                if !send(Work::Failed { origin, reason }) {
                    return;
                }
            }
        }
    }
    if !frame.is_empty() {
        send(Work::Messages(frame));
    }
}

struct Worker<'a> {
    judgement: &'a Judgement,
    place: &'a (dyn Fn(IpAddr) -> Place + Sync),
    feed: Arc<str>,
    feed_kind: FeedKind,
    now: Seconds,
    packer: Packer,
    path: PathBuf,
    /// Looks for bytes that are stored already, before they are read again; `None` for a database that was empty.
    known: Option<Store>,
}

impl<'a> Worker<'a> {
    fn open(import: &Import<'a>, known: bool) -> Result<Worker<'a>, store::Error> {
        let path = import.store.path().to_path_buf();
        Ok(Worker {
            judgement: import.judgement,
            place: import.place,
            feed: Arc::from(import.feed),
            feed_kind: import.feed_kind,
            now: clock::now(),
            packer: Packer::new().map_err(|source| store::Error::File { path: path.clone(), source })?,
            path,
            known: known.then(|| import.store.again()).transpose()?,
        })
    }

    fn understand(&mut self, work: Work) -> Result<Done, store::Error> {
        let messages = match work {
            Work::Messages(messages) => messages,
            Work::Failed { origin, reason } => return Ok(Done::Failed { origin, reason }),
        };
        let total = messages.len();
        let bytes = messages.iter().map(|m| m.bytes.len()).sum();
        let mut fresh = Vec::with_capacity(total);
        for message in messages {
            let sha256 = store::sha256(&message.bytes);
            let stored_before = match &self.known {
                Some(store) => store.find(&sha256)?.is_some(),
                None => false,
            };
            if !stored_before {
                fresh.push(self.incoming(message, sha256));
            }
        }
        let duplicates = total - fresh.len();
        let packed = match fresh.is_empty() {
            true => None,
            false => Some(
                self.packer
                    .pack(fresh)
                    .map_err(|source| store::Error::File { path: self.path.clone(), source })?,
            ),
        };
        Ok(Done::Packed { packed, duplicates, bytes })
    }

    fn incoming(&self, message: RawMessage, sha256: [u8; 32]) -> Incoming {
        let reading =
            understand(&message.bytes, self.judgement, self.feed_kind, message.internal_date, self.now);
        let place = reading.report.source_ip.map(self.place).unwrap_or_default();
        Incoming {
            bytes: message.bytes,
            sha256,
            feed: Arc::clone(&self.feed),
            feed_kind: self.feed_kind,
            origin: message.origin,
            stored_at: self.now,
            outcome: reading.outcome,
            report: reading.report,
            asn: place.asn,
            as_name: place.as_name,
            country: place.country,
        }
    }
}

/// Reads a message so that even a fault of the reader loses nothing: the message is kept in quarantine then.
pub(super) fn understand(
    bytes: &[u8],
    judgement: &Judgement,
    feed_kind: FeedKind,
    internal_date: Option<Seconds>,
    now: Seconds,
) -> Reading {
    let context = Context { judgement, feed_kind, internal_date, now };
    catch_unwind(AssertUnwindSafe(|| read(bytes, &context))).unwrap_or_else(|_| Reading {
        outcome: Outcome::Quarantined(
            "Reading it met a fault of this program; the bytes are kept. Please report it with the message."
                .to_owned(),
        ),
        report: Report { arrival: internal_date.unwrap_or(now), ..Report::default() },
        fields: vec![],
        dialect: "unknown",
    })
}

struct Writing {
    writer: store::Writer,
    sealer: Sealer,
}

impl Writing {
    fn open(import: &Import<'_>) -> Result<Writing, store::Error> {
        let writer = import.store.writer(import.command, import.durability)?;
        Ok(Writing { writer, sealer: Sealer::default() })
    }

    /// Writes frames in the order in which they were read, so that numbers follow the mailbox.
    fn write(
        mut self,
        done: Receiver<(usize, Result<Done, store::Error>)>,
        summary: &mut Summary,
        progress: &mut dyn FnMut(&Summary),
    ) -> Result<(), store::Error> {
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        let mut open = Open::default();
        for (number, result) in done {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&expected) {
                expected += 1;
                match result? {
                    Done::Failed { origin, reason } => open.summary.fail(&origin, &reason),
                    Done::Packed { packed, duplicates, bytes } => {
                        open.summary.duplicate += duplicates;
                        open.summary.read += duplicates;
                        open.bytes += bytes;
                        if let Some(packed) = packed {
                            self.add(packed, &mut open)?;
                        }
                    }
                }
                if open.messages >= MESSAGES_A_COMMIT || open.bytes >= BYTES_A_COMMIT {
                    self.commit(&mut open, summary)?;
                    progress(summary);
                }
            }
        }
        self.commit(&mut open, summary)?;
        self.writer.checkpoint();
        progress(summary);
        Ok(())
    }

    fn add(&mut self, packed: Packed, open: &mut Open) -> Result<(), store::Error> {
        if !open.begun {
            self.writer.begin()?;
            open.begun = true;
        }
        let added = self.writer.add(packed)?;
        open.messages += added.rows.len();
        open.summary.add(&added);
        self.sealer.push(&self.writer, added.rows)
    }

    /// Only what is committed is counted.
    fn commit(&mut self, open: &mut Open, summary: &mut Summary) -> Result<(), store::Error> {
        if open.begun {
            self.sealer.seal_entries(&self.writer)?;
            self.writer.commit()?;
        }
        summary.merge(std::mem::take(open).summary);
        Ok(())
    }
}

/// The transaction that is open.
#[derive(Default)]
struct Open {
    begun: bool,
    messages: usize,
    bytes: usize,
    summary: Summary,
}

impl Summary {
    fn merge(&mut self, other: Summary) {
        self.read += other.read;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.quarantined += other.quarantined;
        self.not_reports += other.not_reports;
        self.failed += other.failed;
        let room = MOST_FAILURES.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
    }
}
