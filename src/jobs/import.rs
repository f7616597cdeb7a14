//! Import: messages are read, understood and packed by workers while the caller's thread writes them in their order.
//! Knows nothing of where they come from beyond an iterator, and a book that their source may keep.
//!
//! One reader, as many workers as there are processors, one writer; between them short queues and a budget of bytes, so
//! that memory stays bounded however large the mailbox is. A frame of 64 messages is the unit that travels; a large
//! message travels alone, and nothing is read while it does.

use super::cancel::Cancel;
use super::in_flight::{Ending, InFlight, Share};
use super::seal::Sealer;
use super::summary::Summary;
use crate::arf::limits::MAX_BYTES;
use crate::arf::read::{Context, read};
use crate::enrich::geoip::Place;
use crate::intake::imap::HELD_BYTES;
use crate::intake::{Item, RawMessage};
use crate::model::clock::{self, Seconds};
use crate::model::{FeedKind, Judgement, Outcome, Reading, Report, Status};
use crate::store::{self, Incoming, Packed, Packer, Store, Writer};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Messages a transaction. Every commit writes the index pages that it changed, in a large database nearly all of them:
/// 16,000 write half as much as 4,000 do.
const MESSAGES_A_COMMIT: usize = 16_000;
/// The same for a source that deals with its messages once they are safe. The disk works while the next ones are on
/// their way; only the last commit is waited for, so it should be small.
const MESSAGES_A_COMMIT_WITH_BOOK: usize = 2_000;
/// Bytes of messages a transaction, so that a few huge ones do not swell the log.
const BYTES_A_COMMIT: usize = 128 << 20;
/// What trickles in is committed after this long, so that little is lost when the program is killed.
const LONGEST_TRANSACTION: Duration = Duration::from_secs(5);
/// Frames that wait between two stages: enough for the workers to go on while the writer waits for the disk.
const QUEUE: usize = 8;
/// The same before a writer that waits for the disk with every commit, on a busy machine 50 ms and more: in that time
/// 10,000 messages a second are 8 frames.
const QUEUE_WITH_BOOK: usize = 48;

/// What an import needs besides the messages.
pub struct Import<'a> {
    /// Where reports are kept.
    pub store: &'a Store,
    /// How reports are judged.
    pub judgement: &'a Judgement,
    /// The feed's name.
    pub feed: &'a str,
    /// What the feed brings.
    pub feed_kind: FeedKind,
    /// Where an address is.
    pub place: &'a (dyn Fn(IpAddr) -> Place + Sync),
    /// Told of every new message before it is packed, on a worker's thread.
    pub each: Option<&'a (dyn Fn(&Incoming) + Sync)>,
}

/// What became of a message that its source knows by a UID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled {
    /// Its UID.
    pub uid: u32,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is stored as a report.
    Report,
    /// It is stored as something else.
    Invalid,
    /// It could not be taken, for this reason.
    Left(String),
}

/// The book that a source keeps about its messages.
pub trait Book {
    /// Writes down what became of messages, in the transaction that stores them.
    ///
    /// # Errors
    /// Whatever the store reports; nothing of the transaction stays then.
    fn record(&mut self, writer: &Writer, handled: &[Handled]) -> Result<(), store::Error>;

    /// That transaction is durable.
    fn committed(&mut self, handled: Vec<Handled>);
}

/// A frame's worth of work.
enum Work {
    Messages(Vec<RawMessage>),
    Failed { origin: String, reason: String, uid: Option<u32> },
    MakeRoom,
}

enum Done {
    Packed { packed: Option<Packed>, duplicates: usize, bytes: usize, handled: Vec<Handled> },
    Failed { origin: String, reason: String, uid: Option<u32> },
    MakeRoom,
}

/// Something on its way through the stages.
struct Travelling<'a, T> {
    /// Its place in the order of reading.
    number: usize,
    load: T,
    share: Share<'a>,
}

impl Import<'_> {
    /// Imports everything that `items` gives and counts it in `summary`, which says only what is committed and tells
    /// it to `progress` after each commit. After an error it still says what stays.
    ///
    /// # Errors
    /// Whatever the store reports; what was committed before stays.
    pub fn run(
        &self,
        writer: &mut Writer,
        items: impl Iterator<Item = Item> + Send,
        book: Option<&mut dyn Book>,
        cancel: &Cancel,
        summary: &mut Summary,
        progress: &mut dyn FnMut(&Summary),
    ) -> Result<(), store::Error> {
        let workers = (0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(1, 8))
            .map(|_| Worker::open(self, writer.last_report() > 0))
            .collect::<Result<Vec<_>, _>>()?;
        let writing = Writing { writer, sealer: Sealer::default(), book };
        let in_flight = InFlight::default();
        let (work_in, work_out) = sync_channel::<Travelling<'_, Work>>(QUEUE);
        let ready = if writing.book.is_some() { QUEUE_WITH_BOOK } else { QUEUE };
        let (done_in, done_out) = sync_channel::<Travelling<'_, Result<Done, store::Error>>>(ready);
        let work_out = Mutex::new(work_out);
        let writer_gone = Cancel::default();
        std::thread::scope(|scope| {
            let stop = [cancel, &writer_gone];
            let in_flight = &in_flight;
            scope.spawn(move || feed_workers(items, in_flight, &work_in, stop));
            for mut worker in workers {
                let (work_out, done_in) = (&work_out, done_in.clone());
                scope.spawn(move || {
                    let _ending = Ending(in_flight);
                    while let Some(Travelling { number, load, share }) = next(work_out) {
                        let load = worker.understand(load);
                        // Goes on when the writer is gone, so that the reader is never left waiting for room.
                        let _ = done_in.send(Travelling { number, load, share });
                    }
                });
            }
            drop(done_in);
            let _ending = Ending(in_flight);
            let written = writing.write(&done_out, summary, progress);
            writer_gone.cancel();
            written
        })?;
        summary.cancelled = cancel.is_cancelled();
        Ok(())
    }
}

fn next<'a>(queue: &Mutex<Receiver<Travelling<'a, Work>>>) -> Option<Travelling<'a, Work>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Understanding takes the first bytes for a part of the message only if it sees that there are more.
const _: () = assert!(HELD_BYTES >= MAX_BYTES);

fn size(message: &RawMessage) -> usize {
    usize::try_from(message.size()).unwrap_or(usize::MAX)
}

/// Why a message cannot be taken of which a part lies in a temporary file.
pub(super) fn unreadable(error: &std::io::Error) -> String {
    format!("What was put into the folder for temporary files cannot be read back: {error}.")
}

/// Cuts the stream of messages into frames.
fn feed_workers<'a>(
    items: impl Iterator<Item = Item>,
    in_flight: &'a InFlight,
    work: &SyncSender<Travelling<'a, Work>>,
    stop: [&Cancel; 2],
) {
    let mut number = 0;
    let mut send = |load: Work| {
        let bytes = match &load {
            Work::Messages(messages) => messages.iter().map(size).sum(),
            Work::Failed { .. } | Work::MakeRoom => 0,
        };
        number += 1;
        // Not even an empty frame is on its way for nothing.
        let share = in_flight.share(bytes + 1);
        let is_sent = work.send(Travelling { number: number - 1, load, share }).is_ok();
        if bytes > Packer::LARGE {
            in_flight.wait_until_empty();
        }
        is_sent
    };
    let (mut frame, mut bytes) = (Vec::with_capacity(Packer::ITEMS), 0);
    for item in items {
        if stop.iter().any(|flag| flag.is_cancelled()) {
            break;
        }
        match item {
            Item::LargeNext => {
                bytes = 0;
                if !frame.is_empty() && !send(Work::Messages(std::mem::take(&mut frame)))
                    || !send(Work::MakeRoom)
                {
                    return;
                }
                in_flight.wait_until_empty();
            }
            Item::Message(message) if size(&message) > Packer::LARGE => {
                bytes = 0;
                if !frame.is_empty() && !send(Work::Messages(std::mem::take(&mut frame)))
                    || !send(Work::Messages(vec![message]))
                {
                    return;
                }
            }
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
                if !send(Work::Failed { origin, reason, uid: None }) {
                    return;
                }
            }
            Item::Left { uid, origin, reason } => {
                if !send(Work::Failed { origin, reason, uid: Some(uid) }) {
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
    each: Option<&'a (dyn Fn(&Incoming) + Sync)>,
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
            each: import.each,
            packer: Packer::new().map_err(|source| store::Error::File { path: path.clone(), source })?,
            path,
            known: known.then(|| import.store.again()).transpose()?,
        })
    }

    fn understand(&mut self, work: Work) -> Result<Done, store::Error> {
        let messages = match work {
            Work::Messages(messages) => messages,
            Work::Failed { origin, reason, uid } => return Ok(Done::Failed { origin, reason, uid }),
            Work::MakeRoom => return Ok(Done::MakeRoom),
        };
        let total = messages.len();
        let bytes = messages.iter().map(size).sum();
        let mut fresh = Vec::with_capacity(total);
        let mut handled = vec![];
        for message in messages {
            let sha256 = store::sha256_with(&message.bytes, message.overflow.as_ref())
                .map_err(|source| store::Error::File { path: std::env::temp_dir(), source })?;
            let uid = message.uid;
            let valid = match self.stored_before(&sha256, uid.is_some())? {
                Some(valid) => valid,
                None => {
                    let incoming = self.incoming(message, sha256);
                    if let Some(each) = self.each {
                        each(&incoming);
                    }
                    let valid = matches!(incoming.outcome, Outcome::Report);
                    fresh.push(incoming);
                    valid
                }
            };
            let fate = if valid { Fate::Report } else { Fate::Invalid };
            handled.extend(uid.map(|uid| Handled { uid, fate }));
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
        Ok(Done::Packed { packed, duplicates, bytes, handled })
    }

    /// Whether these bytes are stored, and if so, whether as a report. Only a source that deals with its messages
    /// afterwards has to know the latter.
    fn stored_before(&self, sha256: &[u8; 32], ask_status: bool) -> Result<Option<bool>, store::Error> {
        let Some(store) = &self.known else { return Ok(None) };
        let Some(id) = store.find(sha256)? else { return Ok(None) };
        if !ask_status {
            return Ok(Some(true));
        }
        let rows = store.list_rows(&[id])?;
        Ok(Some(rows.first().is_some_and(|row| row.status == Status::Report)))
    }

    fn incoming(&self, message: RawMessage, sha256: [u8; 32]) -> Incoming {
        let reading =
            understand(&message.bytes, self.judgement, self.feed_kind, message.internal_date, self.now);
        let place = reading.report.source_ip.map(self.place).unwrap_or_default();
        Incoming {
            bytes: message.bytes,
            overflow: message.overflow,
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

struct Writing<'a, 'b> {
    writer: &'a mut Writer,
    sealer: Sealer,
    book: Option<&'a mut (dyn Book + 'b)>,
}

impl Writing<'_, '_> {
    /// Writes frames in the order in which they were read, so that numbers follow the mailbox.
    fn write(
        mut self,
        done: &Receiver<Travelling<'_, Result<Done, store::Error>>>,
        summary: &mut Summary,
        progress: &mut dyn FnMut(&Summary),
    ) -> Result<(), store::Error> {
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        let most = if self.book.is_some() { MESSAGES_A_COMMIT_WITH_BOOK } else { MESSAGES_A_COMMIT };
        let mut open = Open::new();
        for Travelling { number, load, share } in done {
            waiting.insert(number, (load, share));
            while let Some((result, _share)) = waiting.remove(&expected) {
                expected += 1;
                let mut is_urgent = false;
                match result? {
                    Done::Failed { origin, reason, uid } => {
                        open.summary.fail(&origin, &reason);
                        open.handled.extend(uid.map(|uid| Handled { uid, fate: Fate::Left(reason) }));
                    }
                    Done::Packed { packed, duplicates, bytes, handled } => {
                        open.summary.duplicate += duplicates;
                        open.summary.read += duplicates;
                        open.bytes += bytes;
                        // Its source goes on only when it is safe.
                        is_urgent = bytes > Packer::LARGE;
                        open.handled.extend(handled);
                        if let Some(packed) = packed {
                            self.add(packed, &mut open)?;
                        }
                    }
                    Done::MakeRoom => is_urgent = true,
                }
                if is_urgent || open.is_due(most) {
                    self.commit(&mut open, summary)?;
                    progress(summary);
                }
                if is_urgent {
                    self.writer.release_memory();
                }
            }
        }
        self.commit(&mut open, summary)?;
        if self.book.is_none() {
            // With a book each commit was on disk already.
            self.writer.checkpoint();
        }
        progress(summary);
        Ok(())
    }

    fn begin(&mut self, open: &mut Open) -> Result<(), store::Error> {
        if !open.begun {
            self.writer.begin()?;
            open.begun = true;
        }
        Ok(())
    }

    fn add(&mut self, packed: Packed, open: &mut Open) -> Result<(), store::Error> {
        self.begin(open)?;
        let added = self.writer.add(packed)?;
        open.messages += added.rows.len();
        open.summary.count(&added);
        self.sealer.push(self.writer, added.rows)
    }

    /// Only what is committed is counted, and only that is told to the book as durable.
    fn commit(&mut self, open: &mut Open, summary: &mut Summary) -> Result<(), store::Error> {
        if self.book.is_some() && !open.handled.is_empty() {
            self.begin(open)?;
        }
        let Open { begun, summary: counts, handled, .. } = std::mem::replace(open, Open::new());
        if begun {
            self.sealer.seal_entries(self.writer)?;
            if let Some(book) = &mut self.book {
                book.record(self.writer, &handled)?;
            }
            self.writer.commit()?;
        }
        summary.merge(counts);
        if let Some(book) = &mut self.book {
            book.committed(handled);
        }
        Ok(())
    }
}

/// The transaction that is open, or will be with the first message.
struct Open {
    begun: bool,
    messages: usize,
    bytes: usize,
    since: Instant,
    summary: Summary,
    handled: Vec<Handled>,
}

impl Open {
    fn new() -> Open {
        Open {
            begun: false,
            messages: 0,
            bytes: 0,
            since: Instant::now(),
            summary: Summary::default(),
            handled: vec![],
        }
    }

    fn is_due(&self, most_messages: usize) -> bool {
        self.messages >= most_messages
            || self.bytes >= BYTES_A_COMMIT
            || self.since.elapsed() >= LONGEST_TRANSACTION
    }
}
