//! What comes back from desks: tied to the row of the ledger whose token it carries, and to nothing else (DESIGN §6
//! rule 6). Works through messages of feeds of kind `replies`, each once.

use crate::arf::reply::{Reply, Says, reply};
use crate::model::clock::{self, Seconds};
use crate::model::{ContactEvent, ContactState, Outgoing, Response};
use crate::store::{self, ContactChange, ContactStanding, Store};
use serde::Serialize;

/// Who did it, where no person did.
const BY_ITSELF: &str = "lafayette";
/// The beginning of the line in a contact's history by which permanent failures are known again.
const FAILED: &str = "refused a report for good";
const DAY: Seconds = 86_400;

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// Undeliverable.
    pub bounced: u64,
    /// Programs that say that it arrived.
    pub acknowledged: u64,
    /// People.
    pub answered: u64,
    /// Desks that want no more; they get no more.
    pub stopped: u64,
    /// Without a token of ours: nothing was done with them.
    pub unknown: u64,
}

impl Answers {
    /// Nothing came.
    pub fn is_empty(&self) -> bool {
        *self == Answers::default()
    }
}

/// Works through what came since the last time.
///
/// # Errors
/// The database. What was not worked through is, the next time.
pub fn read_answers(store: &Store) -> Result<Answers, store::Error> {
    let mut answers = Answers::default();
    for id in store.unread_answers()? {
        let reply = store.raw(id)?.and_then(|raw| reply(&raw));
        let row = match &reply {
            Some(reply) => row(store, reply)?,
            None => None,
        };
        match (reply, row) {
            (Some(reply), Some(row)) => take(store, &reply, &row, &mut answers)?,
            _ => answers.unknown += 1,
        }
        store.answer_was_read(id)?;
    }
    Ok(answers)
}

/// The row that an answer is about.
fn row(store: &Store, reply: &Reply) -> Result<Option<Outgoing>, store::Error> {
    for token in &reply.tokens {
        if let Some(row) = store.outgoing_by_token(token)? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn take(store: &Store, reply: &Reply, row: &Outgoing, answers: &mut Answers) -> Result<(), store::Error> {
    let now = clock::now();
    let (response, note) = match &reply.says {
        Says::Underway => return Ok(()),
        Says::Undeliverable { permanent, why } => {
            answers.bounced += 1;
            if *permanent {
                failed_for_good(store, &row.recipient, why, now)?;
            }
            (Response::Bounced, why.as_str())
        }
        Says::Acknowledged => {
            answers.acknowledged += 1;
            // A person's answer says more than a program's.
            if row.response == Response::Answered {
                return Ok(());
            }
            (Response::Acknowledged, "")
        }
        Says::Answered => {
            answers.answered += 1;
            (Response::Answered, "")
        }
        Says::Stop => {
            answers.stopped += 1;
            let reason = format!("answered STOP to row {} of the outbox", row.id);
            stand(store, &row.recipient, ContactState::OptedOut, reason, now)?;
            (Response::Answered, "STOP")
        }
    };
    match store.record_response(row.id, response, reply.ticket.as_deref(), note, BY_ITSELF, now) {
        // Nobody can have answered it: an old token in other words.
        Err(store::Error::Outbox(_)) => Ok(()),
        other => other,
    }
}

/// Notes that a contact refused a report for good. After two on different days nobody writes to it any more.
///
/// # Errors
/// The database.
pub(super) fn failed_for_good(
    store: &Store,
    address: &str,
    why: &str,
    now: Seconds,
) -> Result<(), store::Error> {
    let history = store.contact_history(address)?;
    let before = history.iter().filter(|event| event.what.starts_with(FAILED));
    let is_second = before.into_iter().any(|event| event.at / DAY != now / DAY);
    let what = format!("{FAILED}: {why}");
    store.add_contact_event(address, &ContactEvent { at: now, by: BY_ITSELF.to_owned(), what })?;
    if is_second && store.contact_standing(address)?.is_none() {
        let reason = format!("{FAILED} on two days, the last time: {why}");
        stand(store, address, ContactState::Dead, reason, now)?;
    }
    Ok(())
}

fn stand(
    store: &Store,
    address: &str,
    state: ContactState,
    reason: String,
    now: Seconds,
) -> Result<(), store::Error> {
    let standing =
        ContactStanding { address: address.to_owned(), state, reason, at: now, by: BY_ITSELF.to_owned() };
    store.change_contacts(&[ContactChange::Standing(standing)], now, BY_ITSELF)
}
