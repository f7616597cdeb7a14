//! The thread that reads the ledger for its screen, and sends what is due while the program is open: on a thread beside
//! it, one sender at a time, whoever else may send.

use super::answers::Item;
use super::event::Event;
use super::inbox::{Inbox, Next};
use super::outgoing::{LedgerAct, OutboxNews, OutboxQuestion, OutboxRows, OutgoingDetail, Resolved};
use super::shared::{Shared, lock};
use super::writes::Done;
use crate::jobs::Cancel;
use crate::jobs::report::{self, Hurry, SendError, SendNews, SendSummary};
use crate::model::clock::{self, Seconds};
use crate::model::{OutgoingId, OutgoingState};
use crate::store::{self, Moved, Resolution, Store};
use crate::text::thousands;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What this thread is asked.
pub(super) enum Wanted {
    Rows(OutboxQuestion),
    Row(OutgoingId),
    /// The ledger may have changed: something may be due.
    Look,
    Flush,
}

/// The least pause between two runs of the sender.
const EVERY: Duration = Duration::from_secs(15);
/// The first pause after a look that failed; each further one is twice as long.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// A clock that was set anew must not keep anything back for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// What the lock and the audit say about who sends.
const COMMAND: &str = "screen";

pub(super) fn run(shared: &Arc<Shared>) {
    let mut reader = Reader { shared, store: None, sent_at: None, next: None, flush_after: None };
    // Nothing of ours is due before the columns are there; they have the processors first.
    let mut wait = EVERY;
    let mut after_failure = AFTER_FAILURE;
    loop {
        let wanted = match shared.outbox.next(Some(wait)) {
            Next::Closed => return,
            Next::Item(wanted) => Some(wanted),
            Next::Elapsed => None,
        };
        let done = match wanted {
            Some(wanted) => reader.take(wanted).map_err(|error| shared.fail(error)),
            None => Ok(()),
        };
        // What fails here was told, or is when somebody asks.
        wait = match done.ok().and_then(|()| reader.send_what_is_due().ok()) {
            Some(wait) => {
                after_failure = AFTER_FAILURE;
                wait
            }
            None => {
                let wait = after_failure;
                after_failure = (wait * 2).min(LONGEST_PAUSE);
                wait
            }
        };
        if reader.store.as_ref().is_some_and(|store| !store.is_in_place()) {
            reader.store = None;
        }
    }
}

struct Reader<'a> {
    shared: &'a Arc<Shared>,
    store: Option<Store>,
    /// When the sender began last.
    sent_at: Option<Instant>,
    /// When a row may leave next.
    next: Option<Seconds>,
    /// Everything is to leave now, as soon as this run is over, unless somebody ends it.
    flush_after: Option<Cancel>,
}

impl Reader<'_> {
    fn store(&mut self) -> Result<&Store, store::Error> {
        let store = match self.store.take() {
            Some(store) => store,
            None => self.shared.open_store()?,
        };
        Ok(self.store.insert(store))
    }

    fn take(&mut self, wanted: Wanted) -> Result<(), store::Error> {
        let shared = self.shared;
        match wanted {
            Wanted::Rows(question) => {
                let store = self.store()?;
                let rows = OutboxRows {
                    question: question.number,
                    rows: store.outbox(&question.states, question.most, 0)?,
                    counts: store.outbox_counts()?,
                    stuck: shared.stuck(),
                };
                shared.tell(Event::Outbox(OutboxNews::Rows(rows)));
            }
            Wanted::Row(id) => {
                let store = self.store()?;
                let detail = match store.outgoing(id)? {
                    Some(row) => Some(Box::new(OutgoingDetail {
                        row,
                        bytes: store.outgoing_bytes(id)?.unwrap_or_default(),
                        history: store.audit_of(id)?,
                    })),
                    None => None,
                };
                shared.tell(Event::Outbox(OutboxNews::Row(id, detail)));
            }
            Wanted::Look => {}
            Wanted::Flush => match shared.stuck() {
                Some(why) => shared.fail(why),
                None => {
                    let running = lock(&shared.sending).clone();
                    match running {
                        Some(running) => self.flush_after = Some(running),
                        None => self.send(Hurry::Now),
                    }
                }
            },
        }
        Ok(())
    }

    /// Begins to send where something is due; how long nothing has to be looked at.
    fn send_what_is_due(&mut self) -> Result<Duration, store::Error> {
        if self.shared.stuck().is_some() || lock(&self.shared.sending).is_some() {
            return Ok(LONGEST_PAUSE);
        }
        if self.flush_after.take().is_some_and(|before| !before.is_cancelled()) {
            self.send(Hurry::Now);
            return Ok(EVERY);
        }
        self.next = report::next(self.store()?)?;
        let Some(next) = self.next else { return Ok(LONGEST_PAUSE) };
        let until_due = u64::try_from(next.saturating_sub(clock::now())).unwrap_or(0);
        let until_due = Duration::from_secs(until_due).min(LONGEST_PAUSE);
        let paused = self.sent_at.map_or(Duration::ZERO, |at| EVERY.saturating_sub(at.elapsed()));
        let wait = until_due.max(paused);
        if !wait.is_zero() {
            return Ok(wait);
        }
        self.send(Hurry::WhenDue);
        Ok(EVERY)
    }

    fn send(&mut self, hurry: Hurry) {
        self.sent_at = Some(Instant::now());
        send(self.shared, hurry);
    }
}

/// Sends on a thread of its own; only when none does.
fn send(shared: &Arc<Shared>, hurry: Hurry) {
    let cancel = Cancel::default();
    *lock(&shared.sending) = Some(cancel.clone());
    shared.in_background("desk-send", move |shared| {
        let ended = {
            // Over before its end is told, also when it panics.
            let _running = Running(shared);
            run_sender(shared, hurry, &cancel)
        };
        let (news, failure) = match ended {
            Ok(summary) => (in_words(&summary), None),
            // Another program sends; what is due is in good hands.
            Err(SendError::Store(store::Error::Sending { .. })) if hurry == Hurry::WhenDue => (None, None),
            Err(error) => (None, Some(error.to_string())),
        };
        shared.answers.push(Item::Changed(Some(Event::Outbox(OutboxNews::Sent(news)))));
        if let Some(failure) = failure {
            let mut told = lock(&shared.told_of_sending);
            // What happens by itself is told once.
            if hurry == Hurry::Now || told.as_ref() != Some(&failure) {
                shared.fail(&failure);
            }
            *told = Some(failure);
        }
        shared.outbox.look();
    });
}

struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *lock(&self.0.sending) = None;
    }
}

fn run_sender(shared: &Shared, hurry: Hurry, cancel: &Cancel) -> Result<SendSummary, SendError> {
    let store = shared.open_store()?;
    let mut news = |news: SendNews| {
        shared.tell(Event::Outbox(OutboxNews::Sending(news.done, news.total)));
    };
    report::send(&store, &shared.options.config, hurry, COMMAND, cancel, &mut news)
}

/// `3 sent, 1 put off; row 12 …`; nothing where nothing happened.
fn in_words(summary: &SendSummary) -> Option<String> {
    let counts = [
        (summary.sent, "sent"),
        (summary.deferred, "put off"),
        (summary.failed, "failed"),
        (summary.unknown, "unknown: a person has to find out"),
        (summary.withdrawn, "to be looked at again"),
        (summary.verdicts, "judged by feeds"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", thousands(count)))
        .collect();
    if told.is_empty() {
        return summary.notes.first().cloned();
    }
    let note = summary.notes.first().map(|note| format!(". {note}")).unwrap_or_default();
    Some(format!("{}{note}", told.join(", ")))
}

impl Shared {
    pub(super) fn stop_sending(&self) {
        lock(&self.sending).iter().for_each(Cancel::cancel);
    }
}

impl Inbox<Wanted> {
    /// Somebody committed something: it may be due.
    pub(super) fn look(&self) {
        self.replace(Wanted::Look, |wanted| matches!(wanted, Wanted::Look));
    }
}

/// What a person does to rows; a sentence, and how to take it back where that can be.
pub(super) fn act(shared: &Shared, store: &Store, act: LedgerAct) -> Result<(String, Option<Done>), String> {
    let (config, by, now) = (&shared.options.config, shared.options.login.as_str(), clock::now());
    let failed = |error: store::Error| error.to_string();
    if shared.options.read_only {
        return Err("Nothing is written with --read-only: start without it.".to_owned());
    }
    match act {
        LedgerAct::Approve(what) => {
            report::approve(store, config, &what, by).map_err(|error| error.to_string())?;
            let sentence = format!("{} approved; undo takes that back", thousands(what.len() as u64));
            let ids = what.into_iter().map(|(id, _)| id).collect();
            Ok((sentence, Some(Done::of_approval(ids))))
        }
        LedgerAct::TakeBack(ids) => {
            let moved = store.take_back(&ids, by, now).map_err(failed)?;
            told(&moved, "held again").map(|sentence| (sentence, None))
        }
        LedgerAct::Cancel(ids, reason) => {
            let moved = store.cancel(&ids, &reason, by, now).map_err(failed)?;
            told(&moved, "cancelled").map(|sentence| (sentence, None))
        }
        LedgerAct::Retry(ids) => {
            let moved = store.retry(&ids, by, now).map_err(failed)?;
            let mut due = 0;
            for id in &moved.done {
                let row = store.outgoing(*id).map_err(failed)?;
                due += u64::from(row.is_some_and(|row| row.state == OutgoingState::Deferred));
            }
            let what = if due > 0 { "tried again now" } else { "held again, to be approved anew" };
            told(&moved, what).map(|sentence| (sentence, None))
        }
        LedgerAct::Resolve(id, resolved) => {
            let (resolution, sentence) = match resolved {
                Resolved::Arrived => (Resolution::Arrived, format!("row {id} has arrived")),
                Resolved::NotArrived => {
                    (Resolution::NotArrived, format!("row {id} is held again; it may be approved anew"))
                }
                Resolved::ByHand { ticket } => {
                    let ticket = Some(ticket).filter(|ticket| !ticket.is_empty());
                    (Resolution::ByHand { ticket }, format!("row {id} recorded as told by hand"))
                }
            };
            store.resolve(id, &resolution, by, now).map_err(failed)?;
            Ok((sentence, None))
        }
        LedgerAct::Respond { id, response, ticket } => {
            let ticket = Some(ticket.as_str()).filter(|ticket| !ticket.is_empty());
            store.record_response(id, response, ticket, "", by, now).map_err(failed)?;
            Ok((format!("row {id}: {response}"), None))
        }
    }
}

/// `3 held again; row 4 of the outbox is sent and cannot be taken back`.
pub(super) fn told(moved: &Moved, what: &str) -> Result<String, String> {
    let refused = moved.refused.first().map(ToString::to_string);
    match (moved.done.len(), refused) {
        (0, Some(why)) => Err(why),
        (done, None) => Ok(format!("{} {what}", thousands(done as u64))),
        (done, Some(why)) => Ok(format!("{} {what}; {why}", thousands(done as u64))),
    }
}
