//! The worker that sends what was approved and is due: one sender at a time, some connections, caps and spacing for
//! each contact, a pause for a destination that says "later". Every step is in the ledger before the network sees it. What
//! goes to feeds over HTTP is handed over by `submit`.

use super::asked_again;
use super::ledger::{can_mail, can_send};
use crate::config::{Bounces, Config};
use crate::dispatch::{self, Delivery, Message, Sink, Way};
use crate::jobs::{Cancel, submit, way_out};
use crate::model::clock::{self, Seconds};
use crate::model::{Outgoing, OutgoingKind};
use crate::store::{self, SenderLock, Settled, Store, sha256};
use serde::Serialize;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

const MINUTE: Seconds = 60;
const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;
/// After each try that was put off; then every twelve hours.
const RETRY_AFTER: [Seconds; 4] = [15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR];
/// So long after its approval a message is given up (RFC 5321 §4.5.4.1 has four to five days; evidence ages faster).
const GIVE_UP_AFTER: Seconds = 3 * DAY;
/// Rows that one run looks at.
const MOST_ROWS: usize = 10_000;
/// Digits of the random token that the envelope sender bears: 96 bits.
const ENVELOPE_TOKEN: usize = 24;

/// Whether the time in which a person may take an approval back is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurry {
    /// Only what is due.
    WhenDue,
    /// Everything that is approved; caps and spacing hold all the same.
    Now,
}

/// News of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SendNews {
    /// Messages that were tried.
    pub done: u64,
    /// Of so many.
    pub total: u64,
    /// What became of the last one: a sentence.
    pub sentence: String,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SendSummary {
    /// The next server has taken them.
    pub sent: u64,
    /// Tried again later.
    pub deferred: u64,
    /// Refused for good.
    pub failed: u64,
    /// They may have arrived or not; a person has to find out.
    pub unknown: u64,
    /// A person has to look at them again before they leave.
    pub withdrawn: u64,
    /// URLs of which a feed has a new verdict.
    pub verdicts: u64,
    /// Due, and left for later by caps, spacing, a pause, or because somebody ended the run.
    pub waiting: u64,
    /// When the next one may leave.
    pub next: Option<Seconds>,
    /// What a person should read: refusals, unknown outcomes, why nothing went.
    pub notes: Vec<String>,
}

/// Why nothing could be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// By this configuration.
    #[error("{0}")]
    NoWayOut(String),
    /// The database, or another one sends.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A row that leaves by mail, and where to.
pub(in crate::jobs) struct Leaving {
    pub(in crate::jobs) row: Outgoing,
    /// RCPT TO.
    pub(in crate::jobs) to: String,
}

/// What the workers share.
struct Shared<'s> {
    lock: &'s SenderLock,
    queue: Mutex<VecDeque<Leaving>>,
    /// Domains that said "later"; the rest of theirs waits for the next run.
    paused: Mutex<HashSet<String>>,
    /// The server that we send by takes nothing at the moment, or a person ended the run.
    ended: Cancel,
    cancel: &'s Cancel,
    bounces: Bounces,
    from: &'s str,
}

/// What became of one row; `settled` is `None` where somebody else changed it meanwhile.
pub(in crate::jobs) struct Done {
    pub(in crate::jobs) row: Outgoing,
    pub(in crate::jobs) settled: Option<Settled>,
    pub(in crate::jobs) answer: String,
}

/// Sends, and asks feeds for verdicts that are due.
///
/// # Errors
/// No way out, another sender at work, or the database. What was sent by then is in the ledger.
pub fn send(
    store: &Store,
    config: &Config,
    hurry: Hurry,
    command: &str,
    cancel: &Cancel,
    news: &mut dyn FnMut(SendNews),
) -> Result<SendSummary, SendError> {
    can_send(config).map_err(SendError::NoWayOut)?;
    let now = clock::now();
    let lock = store.sender(command, now)?;
    let mut summary = SendSummary::default();
    for id in lock.found_unknown() {
        summary.unknown += 1;
        summary.notes.push(format!(
            "Row {id} was on its way when the program ended: nobody knows whether it arrived. Ask, then \
             `lafayette outbox resolve {id}`."
        ));
    }
    if hurry == Hurry::Now {
        store.hurry(command, now)?;
    }
    let due = store.due(now, MOST_ROWS)?;
    let due = asked_again::still_right(store, config, &lock, due, cancel, &mut summary)?;
    let (submissions, due) = submit::take_apart(store, config, &lock, due, &mut summary)?;
    let (rows, waiting) = chosen(store, config, due, now)?;
    summary.waiting += waiting;
    let mut progress = Progress { done: 0, total: (rows.len() + submissions.len()) as u64, news };
    if !rows.is_empty() {
        // Opening connects to nobody; whatever is wrong with the way itself shows here.
        let way = can_mail(config).and_then(|()| way_out::way(config));
        match way.and_then(|way| dispatch::open(&way).map(|_| way)) {
            Ok(way) => run(store, config, &lock, &way, rows, cancel, &mut summary, &mut progress)?,
            Err(why) => {
                summary.waiting += rows.len() as u64;
                summary.notes.push(why);
            }
        }
    }
    submit::deliver(store, config, &lock, submissions, cancel, &mut summary, &mut |done, summary| {
        progress.tell(&done, summary);
    })?;
    let (verdicts, notes) = submit::ask_for_verdicts(store, config, cancel)?;
    summary.verdicts = verdicts;
    summary.notes.extend(notes);
    summary.next = next(store)?;
    Ok(summary)
}

/// When something is to be done next: a row may leave, or a feed is to be asked for its verdict.
///
/// # Errors
/// The database.
pub fn next(store: &Store) -> Result<Option<Seconds>, store::Error> {
    Ok([store.next_due()?, store.next_poll()?].into_iter().flatten().min())
}

/// How far a run is.
struct Progress<'n> {
    done: u64,
    total: u64,
    news: &'n mut dyn FnMut(SendNews),
}

impl Progress<'_> {
    fn tell(&mut self, done: &Done, summary: &mut SendSummary) {
        self.done += 1;
        let sentence = count(done, summary);
        (self.news)(SendNews { done: self.done, total: self.total, sentence });
    }
}

/// Those that caps and spacing allow now, and how many wait. The first of each contact come first.
///
/// The decay of RFC 6591 §6.5 (every 10th incident from the 10th on, every 100th from the 100th) is for programs that
/// report each incident by themselves. Here mails of one source and pattern within a day are one report with their
/// number, which is fewer than the decay lets through, a day brings a desk no more than the cap, the same mail is told
/// once, and a person approves each: a thousand incidents make one report, and not 28.
fn chosen(
    store: &Store,
    config: &Config,
    due: Vec<Leaving>,
    now: Seconds,
) -> Result<(VecDeque<Leaving>, u64), store::Error> {
    let sending = &config.sending;
    let mut room: HashMap<String, u64> = HashMap::new();
    let mut rounds: Vec<Vec<Leaving>> = vec![];
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut waiting = 0;
    for leaving in due {
        let row = &leaving.row;
        // A feed wants all of it, and of URLs no more than was chosen already; a desk is read by people.
        let room = match room.get_mut(&row.recipient) {
            Some(room) => room,
            None => {
                let sent = store.sent_to(&row.recipient, now - DAY)?;
                let rests = sent.last.is_none_or(|last| now - last >= sending.spacing);
                let left = u64::from(sending.per_contact_a_day).saturating_sub(sent.count);
                let left = match (row.kind, rests, sending.spacing) {
                    (OutgoingKind::Report, false, _) => 0,
                    (OutgoingKind::Report, true, 1..) => left.min(1),
                    (OutgoingKind::Report, true, _) => left,
                    _ => u64::MAX,
                };
                room.entry(row.recipient.clone()).or_insert(left)
            }
        };
        if *room == 0 {
            waiting += 1;
            continue;
        }
        *room -= 1;
        let round = taken.entry(row.recipient.clone()).or_default();
        if rounds.len() <= *round {
            rounds.push(vec![]);
        }
        if let Some(rows) = rounds.get_mut(*round) {
            rows.push(leaving);
        }
        *round += 1;
    }
    Ok((rounds.into_iter().flatten().collect(), waiting))
}

#[expect(clippy::too_many_arguments, reason = "what a run is made of")]
fn run(
    store: &Store,
    config: &Config,
    lock: &SenderLock,
    way: &Way,
    rows: VecDeque<Leaving>,
    cancel: &Cancel,
    summary: &mut SendSummary,
    progress: &mut Progress<'_>,
) -> Result<(), store::Error> {
    let total = rows.len() as u64;
    let workers = (config.sending.connections as usize).clamp(1, rows.len().max(1));
    let from = config.report.from.as_deref().unwrap_or_default();
    let shared = Shared {
        lock,
        queue: Mutex::new(rows),
        paused: Mutex::default(),
        ended: Cancel::never(),
        cancel,
        bounces: config.sending.bounces,
        from,
    };
    let mut done = 0;
    thread::scope(|scope| -> Result<(), store::Error> {
        let (tell, told) = mpsc::channel();
        let mut running = vec![];
        for _ in 0..workers {
            let (own, tell, shared) = (store.again()?, tell.clone(), &shared);
            running.push(scope.spawn(move || work(&own, shared, way, &tell)));
        }
        drop(tell);
        for one in told {
            done += 1;
            progress.tell(&one, summary);
        }
        // A worker that panics leaves its row `sending`, which the next run finds.
        for worker in running {
            if let Ok(result) = worker.join() {
                result?;
            }
        }
        Ok(())
    })?;
    summary.waiting += total.saturating_sub(done);
    Ok(())
}

/// Counts one, and puts it in words.
fn count(done: &Done, summary: &mut SendSummary) -> String {
    let Done { row, settled, answer } = done;
    let (number, word) = match settled {
        Some(Settled::Sent) => (&mut summary.sent, "sent to"),
        Some(Settled::Deferred { .. }) => (&mut summary.deferred, "put off by"),
        Some(Settled::Failed) => (&mut summary.failed, "refused by"),
        Some(Settled::Unknown) => (&mut summary.unknown, "may have arrived or not at"),
        Some(Settled::Withdrawn) => (&mut summary.withdrawn, "held back from"),
        None => (&mut summary.waiting, "left alone for"),
    };
    *number += 1;
    let sentence = format!("Row {} {word} {}: {answer}", row.id, row.recipient);
    if !matches!(settled, Some(Settled::Sent)) {
        summary.notes.push(sentence.clone());
    }
    sentence
}

/// One worker: one connection, one message after another.
fn work(
    store: &Store,
    shared: &Shared<'_>,
    way: &Way,
    tell: &mpsc::Sender<Done>,
) -> Result<(), store::Error> {
    let mut sink = match dispatch::open(way) {
        Ok(sink) => sink,
        Err(_) => return Ok(()),
    };
    loop {
        if shared.ended.is_cancelled() || shared.cancel.is_cancelled() {
            return Ok(());
        }
        let Some(leaving) = unpoisoned(&shared.queue).pop_front() else { return Ok(()) };
        if unpoisoned(&shared.paused).contains(domain(&leaving.to)) {
            continue;
        }
        let Some(done) = send_one(store, shared, sink.as_mut(), leaving)? else { continue };
        if tell.send(done).is_err() {
            return Ok(());
        }
    }
}

/// Sends one row, and writes down what became of it.
fn send_one(
    store: &Store,
    shared: &Shared<'_>,
    sink: &mut dyn Sink,
    Leaving { row, to }: Leaving,
) -> Result<Option<Done>, store::Error> {
    let settle =
        |settled, answer: &str| store.settle(shared.lock, row.id, &row.sha256, settled, answer, clock::now());
    let bytes = store.outgoing_bytes(row.id)?;
    let Some(bytes) = bytes.filter(|bytes| sha256(bytes) == row.sha256) else {
        let answer = "its bytes are no longer those that were approved".to_owned();
        let is_settled = settle(Settled::Withdrawn, &answer)?;
        return Ok(is_settled.then_some(Done { row, settled: Some(Settled::Withdrawn), answer }));
    };
    let token = row.token.get(..ENVELOPE_TOKEN).unwrap_or(&row.token);
    let sender = shared.bounces.sender(shared.from, token);
    let message = Message { id: row.id, sender: &sender, recipient: &to, bytes: &bytes };
    let mut about_to = || match store.begin(shared.lock, row.id, &row.sha256, clock::now()) {
        Ok(true) => Ok(()),
        Ok(false) => Err("a person took it back".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let now = clock::now();
    let (settled, answer) = match sink.deliver(&message, &mut about_to) {
        Delivery::Sent(answer) => (Settled::Sent, answer),
        Delivery::Deferred { answer, all } => {
            if all {
                shared.ended.cancel();
            } else {
                unpoisoned(&shared.paused).insert(domain(&to).to_owned());
            }
            (later(&row, now), answer)
        }
        Delivery::Failed { answer, of_recipient } => {
            if of_recipient {
                super::answers::failed_for_good(store, &to, &answer, now)?;
            }
            (Settled::Failed, answer)
        }
        Delivery::Unknown(why) => (Settled::Unknown, why),
        // Nothing of it left, and the row is as somebody else made it.
        Delivery::Withdrawn(answer) => return Ok(Some(Done { row, settled: None, answer })),
    };
    let is_settled = settle(settled, &answer)?;
    Ok(Some(Done { row, settled: is_settled.then_some(settled), answer }))
}

/// When it is tried again; when its time is over it has failed.
pub(in crate::jobs) fn later(row: &Outgoing, now: Seconds) -> Settled {
    let pause = RETRY_AFTER.get(row.tries as usize).copied().unwrap_or(12 * HOUR);
    let since = row.approved_at.unwrap_or(row.created_at);
    if now + pause > since + GIVE_UP_AFTER {
        return Settled::Failed;
    }
    Settled::Deferred { until: now + pause }
}

fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// What the lock guards is whole at every moment.
fn unpoisoned<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
