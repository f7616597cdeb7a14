//! The last look before sending (DESIGN §6 rule 7): contacts that are over their time are asked for once more, and
//! those who want nothing any more get nothing.

use super::send::SendSummary;
use crate::config::Config;
use crate::jobs::find::FindError;
use crate::jobs::{Cancel, lookup};
use crate::model::clock::{self, Seconds};
use crate::model::{ContactChain, ContactState, Outgoing, OutgoingKind};
use crate::store::{self, SenderLock, Settled, Store};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

/// The rows that may still leave. The others are held again, with the reason.
pub(super) fn still_right(
    store: &Store,
    config: &Config,
    lock: &SenderLock,
    rows: Vec<Outgoing>,
    cancel: &Cancel,
    summary: &mut SendSummary,
) -> Result<Vec<Outgoing>, store::Error> {
    let now = clock::now();
    let mut before: HashMap<IpAddr, ContactChain> = HashMap::new();
    let mut old: BTreeSet<IpAddr> = BTreeSet::new();
    for source in rows.iter().filter(|row| row.kind == OutgoingKind::Report).filter_map(|row| row.source) {
        if before.contains_key(&source) {
            continue;
        }
        let Some(chain) = store.source(source)?.and_then(|facts| facts.contacts) else { continue };
        if until(&chain).is_some_and(|until| until <= now) {
            old.insert(source);
        }
        before.insert(source, chain);
    }
    let sources: Vec<IpAddr> = old.iter().copied().collect();
    match lookup::ask_contacts(store, config, &sources, true, cancel, &mut |_, _| {}) {
        Err(lookup::Error::Find(FindError::Store(error))) => return Err(error),
        // What cannot be asked now is as it was known.
        Ok(()) | Err(_) => {}
    }
    let mut good = vec![];
    for row in rows {
        match objection(store, &row, &before, &old)? {
            None => good.push(row),
            Some(why) => {
                if store.settle(lock, row.id, &row.sha256, Settled::Withdrawn, &why, clock::now())? {
                    summary.withdrawn += 1;
                    summary.notes.push(format!("Row {} is held again: {why}", row.id));
                }
            }
        }
    }
    Ok(good)
}

/// Why a row must not leave now.
fn objection(
    store: &Store,
    row: &Outgoing,
    before: &HashMap<IpAddr, ContactChain>,
    asked: &BTreeSet<IpAddr>,
) -> Result<Option<String>, store::Error> {
    let standing = store.contact_standing(&row.recipient)?.map(|standing| standing.state);
    match standing {
        Some(ContactState::OptedOut) => {
            return Ok(Some(format!("{} asked to be told no more.", row.recipient)));
        }
        Some(ContactState::Dead) => return Ok(Some(format!("{} cannot be reached.", row.recipient))),
        Some(ContactState::Usable) | None => {}
    }
    let Some(source) = row.source.filter(|source| asked.contains(source)) else { return Ok(None) };
    let names = |chain: &ContactChain| chain.contacts.iter().any(|contact| contact.address == row.recipient);
    // A recipient that a person wrote was never in the chain.
    if !before.get(&source).is_some_and(names) {
        return Ok(None);
    }
    let Some(chain) = store.source(source)?.and_then(|facts| facts.contacts) else { return Ok(None) };
    if names(&chain) || chain.unknown().is_some() {
        return Ok(None);
    }
    let now_named: Vec<&str> = chain.contacts.iter().map(|contact| contact.address.as_str()).collect();
    Ok(Some(match now_named.as_slice() {
        [] => format!("{source} has no contact any more, and had {} when this was composed.", row.recipient),
        named => format!("the contact of {source} is {} by now; compose it again.", named.join(", ")),
    }))
}

/// Until when a chain need not be asked for again.
fn until(chain: &ContactChain) -> Option<Seconds> {
    chain.steps.iter().map(|step| step.fact.until).min()
}
