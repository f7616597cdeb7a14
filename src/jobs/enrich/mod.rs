//! Working on the queue of look-ups: claims sources, finds out about them, commits; until nothing is due. By `sync`
//! after everything is acknowledged, by `enrich`, and by the screen in the background.

mod hosts;
mod means;

pub use hosts::KnownHosts;
pub use means::Means;
pub(super) use means::lists;

use super::Cancel;
use crate::config::Config;
use crate::model::{ListFact, clock};
use crate::store::{self, Answers, FoundOut, Store};
use crate::text::url::{host, is_under};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Addresses asked about together and committed together: enough to keep the resolver busy, little to lose.
const BATCH: usize = 256;
/// A claim holds for two minutes; a batch whose servers are slow claims again in time.
const CLAIM_AGAIN: Duration = Duration::from_secs(40);

/// What is to be looked up.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Only these addresses; else everything that is due.
    pub only: Option<Vec<IpAddr>>,
    /// These first.
    pub first: Vec<IpAddr>,
    /// Ask again what is known and not over its time. What is not reached is due for the next run.
    pub refresh: bool,
    /// At most so many addresses.
    pub limit: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Addresses looked up.
    pub looked_up: u64,
    /// Those of them that a block list names; not by policy alone.
    pub listed: u64,
    /// Those of which something was not learnt; they are tried again later.
    pub not_learnt: u64,
    /// Hosts of URLs looked up, where `[lookups] url_hosts` is on.
    pub hosts: u64,
    /// Those of them that a block list names; not by policy alone.
    pub hosts_listed: u64,
    /// What is still due, hosts included.
    pub left: u64,
    /// Claimed by another run, or waiting after a failure.
    pub waiting: u64,
    /// How long it took.
    pub seconds: f64,
    /// Why it ended early: a sentence.
    pub ended: Option<String>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Addresses looked up.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// Looks up. Cancelled, or without an answer of any name server, it ends between two commits: what was not committed
/// is due again at once, and answers that came by then are kept.
///
/// # Errors
/// What the store reports. A network that does not answer is no error: the summary says so.
pub fn look_up(
    store: &Store,
    config: &Config,
    means: &Means,
    order: &Order,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, store::Error> {
    let start = Instant::now();
    let mut summary = Summary::default();
    let done = run(store, config, means, order, cancel, progress, &mut summary);
    let queue = store.source_queue(clock::now())?;
    (summary.left, summary.waiting) = (queue.due, queue.waiting);
    if config.lookups.url_hosts {
        summary.left += store.hosts_due(clock::now())?;
    }
    summary.seconds = start.elapsed().as_secs_f64();
    done.map(|()| summary)
}

fn run(
    store: &Store,
    config: &Config,
    means: &Means,
    order: &Order,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
    summary: &mut Summary,
) -> Result<(), store::Error> {
    if let Some(why) = means.offline() {
        summary.ended = Some(why.to_owned());
        return Ok(());
    }
    // Whoever names addresses wants nothing else.
    let with_hosts = config.lookups.url_hosts && order.only.is_none();
    if with_hosts {
        let is_own = |host: &str| config.own.domains.iter().any(|own| is_under(host, own));
        let host_of = |url: &str| host(url).filter(|host| !is_own(host));
        store.find_new_hosts(&host_of, clock::now())?;
    }
    if order.refresh && order.only.is_none() {
        store.find_new_sources(clock::now())?;
        store.make_all_sources_due(clock::now())?;
        if with_hosts {
            store.make_all_hosts_due(clock::now())?;
        }
    }
    let mut shares = Shares::new(store, order)?;
    if shares.total == 0 && !(with_hosts && store.hosts_due(clock::now())? > 0) {
        return Ok(());
    }
    let answers = store.answers();
    let claim = Claim { store, ips: RefCell::default(), at: Cell::new(Instant::now()) };
    let cancelled = || {
        claim.renew();
        cancel.is_cancelled()
    };
    let asker = means.asker(&answers, order.refresh, &cancelled);
    if let Err(why) = asker.reachable() {
        summary.ended = Some(why);
        return Ok(());
    }
    let enricher = means.enricher(config, &asker);
    while !cancel.is_cancelled() {
        let mut share = shares.next()?;
        if share.is_empty() && with_hosts {
            // What was found of hosts brings addresses. Of those before, none is claimed any more.
            claim.take(&[]);
            shares.left -= hosts::look_up(store, &enricher, &answers, shares.left, cancel, summary)?;
            share = if summary.ended.is_none() { shares.next()? } else { vec![] };
        }
        if share.is_empty() {
            break;
        }
        progress(Progress { done: summary.looked_up, total: shares.total.max(summary.looked_up) });
        claim.take(&share);
        // What held when it was asked about is whole, however long the others of its batch took.
        let began = clock::now();
        let facts = enricher.addresses(&share);
        let ended = if cancel.is_cancelled() { Some(String::new()) } else { asker.reachable().err() };
        if let Some(why) = ended {
            // What was learnt is not asked again; what was not is nobody's failure.
            answers.keep()?;
            store.release_sources(&share, clock::now())?;
            summary.ended = Some(why).filter(|why| !why.is_empty());
            break;
        }
        let found: Vec<FoundOut> = facts
            .into_iter()
            .map(|facts| FoundOut { try_again: enricher.is_worth_another_try(&facts, began), facts })
            .collect();
        if let Err(error) = keep(&answers, &found, &cancelled, summary) {
            // Whoever comes next need not wait for the claim to run out; where this fails too, it does.
            let _ = store.release_sources(&share, clock::now());
            return Err(error);
        }
    }
    answers.forget_old(clock::now())?;
    claim.take(&[]);
    progress(Progress { done: summary.looked_up, total: summary.looked_up });
    Ok(())
}

/// Commits. A database that somebody else is writing is waited for: what was learnt took longer than that.
fn keep(
    answers: &Answers<'_>,
    found: &[FoundOut],
    cancelled: &dyn Fn() -> bool,
    summary: &mut Summary,
) -> Result<(), store::Error> {
    loop {
        match answers.keep_sources(found, clock::now()) {
            Err(store::Error::Locked { .. }) if !cancelled() => {}
            done => break done?,
        }
    }
    summary.looked_up += found.len() as u64;
    summary.not_learnt += found.iter().filter(|found| found.try_again).count() as u64;
    summary.listed += found.iter().filter(|found| is_listed(&found.facts.lists)).count() as u64;
    Ok(())
}

/// On a list, not by policy alone.
fn is_listed(lists: &[ListFact]) -> bool {
    lists.iter().flat_map(|list| list.fact.yes().into_iter().flatten()).any(|code| !code.policy)
}

/// The addresses of an order, a batch at a time.
struct Shares<'a> {
    store: &'a Store,
    order: &'a Order,
    /// Those of `only` and `first` that were handed over.
    taken: usize,
    total: u64,
    left: u64,
}

impl<'a> Shares<'a> {
    fn new(store: &'a Store, order: &'a Order) -> Result<Shares<'a>, store::Error> {
        let now = clock::now();
        store.find_new_sources(now)?;
        let total = match &order.only {
            Some(only) => only.len() as u64,
            None => store.source_queue(now)?.due,
        };
        let left = order.limit.unwrap_or(u64::MAX);
        Ok(Shares { store, order, taken: 0, total: total.min(left), left })
    }

    /// The next batch, claimed; empty at the end.
    fn next(&mut self) -> Result<Vec<IpAddr>, store::Error> {
        let most = BATCH.min(usize::try_from(self.left).unwrap_or(BATCH));
        let mut share = vec![];
        let named = self.order.only.as_ref().unwrap_or(&self.order.first);
        // Of those that are named, most may be known: go on until some are not.
        while share.is_empty() && most > 0 && self.taken < named.len() {
            let these = named.iter().skip(self.taken).take(most).copied().collect::<Vec<_>>();
            self.taken += these.len();
            let now = clock::now();
            if self.order.refresh {
                self.store.make_sources_due(&these, now)?;
            } else if self.order.only.is_some() {
                self.store.queue_sources(&these, now)?;
            }
            share = self.store.claim_these_sources(&these, now)?;
        }
        if share.is_empty() && self.order.only.is_none() && most > 0 {
            share = self.store.claim_sources(most, clock::now())?;
        }
        self.left -= share.len() as u64;
        Ok(share)
    }
}

/// What is being worked on.
struct Claim<'a> {
    store: &'a Store,
    ips: RefCell<Vec<IpAddr>>,
    at: Cell<Instant>,
}

impl Claim<'_> {
    fn take(&self, ips: &[IpAddr]) {
        *self.ips.borrow_mut() = ips.to_vec();
        self.at.set(Instant::now());
    }

    fn renew(&self) {
        if self.at.get().elapsed() >= CLAIM_AGAIN {
            self.at.set(Instant::now());
            // A claim that is lost costs a second look-up, nothing else.
            let _ = self.store.claim_again(&self.ips.borrow(), clock::now());
        }
    }
}
