//! Understanding stored messages again, after the rules, the configuration or the program have changed.

use super::cancel::Cancel;
use super::import::understand;
use super::seal::seal_missing;
use crate::enrich::geoip::Place;
use crate::model::{ArrivalFrom, Judgement, Outcome, ReportId, Status};
use crate::store::{self, Durability, Rewritten, Store};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Frames a transaction: about as many messages as an import commits at once.
const FRAMES_A_COMMIT: usize = 64;
/// Bytes of messages after which a transaction is ended early: all of them are in memory at once.
const BYTES_A_COMMIT: usize = 64 << 20;

/// Which messages are understood again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// All of them.
    All,
    /// Those in quarantine and those that are no reports; only these numbers when any are given.
    Quarantine(&'a [ReportId]),
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Messages understood again.
    pub examined: usize,
    /// Whose kind is another now.
    pub kind: usize,
    /// Whose cause is another now.
    pub cause: usize,
    /// Which were no reports and are now.
    pub recovered: usize,
    /// Which were reports and are none now.
    pub set_aside: usize,
    /// It was ended before all was done; what was committed stays.
    pub cancelled: bool,
}

/// Understands stored messages again, each by the `judgement` of its feed, and packs the index columns anew.
///
/// # Errors
/// Whatever the store reports; what was committed before stays.
pub fn reclassify(
    store: &Store,
    scope: Scope<'_>,
    judgement: &(dyn Fn(&str) -> Judgement + Sync),
    place: &(dyn Fn(IpAddr) -> Place + Sync),
    cancel: &Cancel,
    progress: &mut dyn FnMut(&Changes),
) -> Result<Changes, store::Error> {
    let mut writer = store.writer("reclassify", Durability::Normal)?;
    let mut changes = Changes::default();
    let mut frames = writer.frames()?.into_iter().peekable();
    while frames.peek().is_some() {
        if cancel.is_cancelled() {
            changes.cancelled = true;
            break;
        }
        let (mut opened, mut bytes) = (Vec::with_capacity(FRAMES_A_COMMIT), 0);
        for frame in frames.by_ref().take(FRAMES_A_COMMIT) {
            let messages = writer.open_frame(frame)?;
            if messages.iter().any(|m| wanted(m, scope)) {
                bytes += messages.iter().map(|m| m.message.bytes.len()).sum::<usize>();
                opened.push((frame, messages));
            }
            if bytes >= BYTES_A_COMMIT {
                break;
            }
        }
        let counted = read_again(&mut opened, scope, judgement, place);
        writer.begin()?;
        writer.forget_row_segments()?;
        for (frame, messages) in opened {
            writer.rewrite_frame(frame, messages)?;
        }
        writer.commit()?;
        changes.add(&counted);
        progress(&changes);
    }
    writer.begin()?;
    seal_missing(&writer)?;
    writer.commit()?;
    writer.checkpoint();
    Ok(changes)
}

fn wanted(message: &Rewritten, scope: Scope<'_>) -> bool {
    match scope {
        Scope::All => true,
        Scope::Quarantine(ids) => {
            message.former_status != Status::Report && (ids.is_empty() || ids.contains(&message.id))
        }
    }
}

/// Half of the frames on a second thread: reading is what takes the time.
fn read_again(
    frames: &mut [(i64, Vec<Rewritten>)],
    scope: Scope<'_>,
    judgement: &(dyn Fn(&str) -> Judgement + Sync),
    place: &(dyn Fn(IpAddr) -> Place + Sync),
) -> Changes {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(1, 8);
    let share = frames.len().div_ceil(threads).max(1);
    let mut total = Changes::default();
    std::thread::scope(|threads| {
        let parts: Vec<_> = frames
            .chunks_mut(share)
            .map(|part| {
                threads.spawn(move || {
                    let mut changes = Changes::default();
                    // A feed has its own trusted reporters; there are few feeds.
                    let mut by_feed: HashMap<Arc<str>, Judgement> = HashMap::new();
                    for message in part.iter_mut().flat_map(|(_, messages)| messages) {
                        if wanted(message, scope) {
                            let feed = Arc::clone(&message.message.feed);
                            let judgement = by_feed.entry(feed).or_insert_with_key(|feed| judgement(feed));
                            read_one(message, judgement, place, &mut changes);
                        }
                    }
                    changes
                })
            })
            .collect();
        for part in parts {
            total.add(&part.join().unwrap_or_default());
        }
    });
    total
}

fn read_one(
    message: &mut Rewritten,
    judgement: &Judgement,
    place: &(dyn Fn(IpAddr) -> Place + Sync),
    changes: &mut Changes,
) {
    let item = &mut message.message;
    let former = &item.report;
    let internal = (former.arrival_from == ArrivalFrom::Internal).then_some(former.arrival);
    let reading = understand(&item.bytes, judgement, item.feed_kind, internal, item.stored_at);
    let is_report = reading.outcome == Outcome::Report;
    changes.examined += 1;
    changes.kind += usize::from(reading.report.kind != former.kind);
    changes.cause += usize::from(reading.report.cause != former.cause);
    changes.recovered += usize::from(is_report && message.former_status != Status::Report);
    changes.set_aside += usize::from(!is_report && message.former_status == Status::Report);
    let found = reading.report.source_ip.map(place).unwrap_or_default();
    // What was known of the same source is not forgotten because no file tells it today.
    if reading.report.source_ip != former.source_ip || found != Place::default() {
        item.asn = found.asn;
        item.as_name = found.as_name;
        item.country = found.country;
    }
    item.report = reading.report;
    item.outcome = reading.outcome;
}

impl Changes {
    fn add(&mut self, other: &Changes) {
        self.examined += other.examined;
        self.kind += other.kind;
        self.cause += other.cause;
        self.recovered += other.recovered;
        self.set_aside += other.set_aside;
    }
}
