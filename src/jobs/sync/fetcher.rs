//! Fetches planned messages batch by batch, and between two batches deals with those that are stored by then.

use super::book::Dealings;
use super::plan::Plan;
use crate::intake::imap::{self, Listed, batches};
use crate::intake::{Item, RawMessage};
use crate::store::{Mailbox, Packer};
use std::collections::VecDeque;
use tracing::debug;

/// Messages whose sizes are asked for at once: one answer of some 60 kB.
const SIZES_AT_ONCE: usize = 1_000;

/// The messages of a plan as an iterator, for `import`. It ends early at the first error; see [`Fetcher::finish`].
pub(super) struct Fetcher<'a, 'm> {
    mailbox: &'a mut imap::Mailbox<'m>,
    dealings: Option<Dealings>,
    known: &'a Mailbox,
    /// What a message's origin is before its UID.
    origin: String,
    progress: &'a (dyn Fn(u64, u64) + Sync),
    total: u64,
    fetched: u64,
    uids: VecDeque<u32>,
    batches: VecDeque<Vec<Listed>>,
    ready: VecDeque<Item>,
    /// That the next batch is a large message has been said.
    announced: bool,
    skipped: usize,
    error: Option<imap::Error>,
}

/// What the iterator could not say.
pub(super) struct Finished {
    /// Messages that turned out too old.
    pub skipped: usize,
    /// What ended it early, or what the server would not do.
    pub error: Option<imap::Error>,
    /// Every message of the plan was looked at.
    pub complete: bool,
}

impl<'a, 'm> Fetcher<'a, 'm> {
    /// Over the messages of `plan`; `dealings` is for those that have been stored.
    pub(super) fn new(
        mailbox: &'a mut imap::Mailbox<'m>,
        dealings: Option<Dealings>,
        known: &'a Mailbox,
        plan: &Plan,
        origin: String,
        progress: &'a (dyn Fn(u64, u64) + Sync),
    ) -> Fetcher<'a, 'm> {
        Fetcher {
            mailbox,
            dealings,
            known,
            origin,
            progress,
            total: (plan.again.len() + plan.uids.len()) as u64,
            fetched: 0,
            uids: plan.uids.iter().copied().collect(),
            batches: batches(&plan.again).map(<[Listed]>::to_vec).collect(),
            ready: VecDeque::new(),
            announced: false,
            skipped: 0,
            error: None,
        }
    }

    /// Deals with what was stored last. Nothing is fetched any more.
    pub(super) fn finish(mut self) -> Finished {
        let complete = self.error.is_none() && self.uids.is_empty() && self.batches.is_empty();
        if let Some(mut dealings) = self.dealings.take() {
            if self.error.is_none() {
                self.error = dealings.catch_up(self.mailbox).err();
            }
            self.error = self.error.or(dealings.refused());
        }
        Finished { skipped: self.skipped, error: self.error, complete }
    }

    fn more(&mut self) -> Result<bool, imap::Error> {
        if let Some(dealings) = &mut self.dealings {
            dealings.catch_up(self.mailbox)?;
        }
        if self.batches.is_empty() {
            self.list()?;
        }
        let is_large = |batch: &Vec<Listed>| batch.iter().any(|m| m.size > Packer::LARGE as u64);
        if !self.announced && self.batches.front().is_some_and(is_large) {
            self.announced = true;
            self.ready.push_back(Item::LargeNext);
            return Ok(true);
        }
        self.announced = false;
        let Some(batch) = self.batches.pop_front() else { return Ok(!self.uids.is_empty()) };
        for fetched in self.mailbox.fetch(&batch)? {
            let item = match fetched {
                Ok(fetched) => Item::Message(RawMessage {
                    origin: format!("{}{}", self.origin, fetched.uid),
                    internal_date: batch.iter().find(|l| l.uid == fetched.uid).and_then(|l| l.internal_date),
                    bytes: fetched.bytes,
                    overflow: fetched.overflow,
                    uid: Some(fetched.uid),
                }),
                Err(unfetched) => Item::Left {
                    origin: format!("{}{}", self.origin, unfetched.uid),
                    uid: unfetched.uid,
                    reason: unfetched.reason,
                },
            };
            self.ready.push_back(item);
        }
        let vanished = batch.len() - self.ready.len();
        if vanished > 0 {
            debug!(target: "lafayette::sync", vanished, "messages went between listing and fetching");
        }
        self.fetched += batch.len() as u64;
        (self.progress)(self.fetched, self.total);
        Ok(true)
    }

    fn list(&mut self) -> Result<(), imap::Error> {
        let uids: Vec<u32> = self.uids.drain(..self.uids.len().min(SIZES_AT_ONCE)).collect();
        if uids.is_empty() {
            return Ok(());
        }
        let mut listed = self.mailbox.sizes(&uids)?;
        let found = listed.len();
        listed.retain(|listed| !Plan::is_too_old(self.known, listed));
        self.skipped += found - listed.len();
        self.total -= (uids.len() - listed.len()) as u64;
        self.batches.extend(batches(&listed).map(<[Listed]>::to_vec));
        Ok(())
    }
}

impl Iterator for Fetcher<'_, '_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if self.error.is_some() {
                return None;
            }
            match self.more() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => self.error = Some(error),
            }
        }
    }
}
