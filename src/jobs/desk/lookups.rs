//! The thread that looks up sources while the screen is used: those to be seen first, then whatever is due. Quiet: what
//! it finds out shows itself, and a network that is not there is nobody's business until somebody asks for it.

use super::inbox::Next;
use super::shared::Shared;
use crate::jobs::enrich::{Means, Order, look_up};
use crate::store::Store;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Addresses looked up before a look at what is to be seen now.
const STEP: u64 = 256;
/// How often a look is taken whether something is due.
const EVERY: Duration = Duration::from_secs(60);
/// The longest pause when nobody answers.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);

pub(super) fn run(shared: &Arc<Shared>) {
    let config = &shared.options.config;
    if config.dns.offline || shared.options.read_only {
        return;
    }
    let mut opened: Option<(Store, Means)> = None;
    let mut pause = EVERY;
    let mut is_more = false;
    loop {
        // While there is more to do, what is to be seen only jumps the queue.
        let first = match shared.lookups.next(Some(if is_more { Duration::ZERO } else { pause })) {
            Next::Closed => return,
            Next::Item(visible) => visible,
            Next::Elapsed => vec![],
        };
        // The columns are loaded by then; a database that is not there yet is not made here.
        if opened.as_ref().is_some_and(|(store, _)| !store.is_in_place()) {
            opened = None;
        }
        if opened.is_none() && config.database.exists() {
            opened = shared.open_store().ok().and_then(|store| {
                let means = Means::open(config, &store).ok()?;
                Some((store, means))
            });
        }
        let Some((store, means)) = &mut opened else {
            is_more = false;
            continue;
        };
        // People go on saying things while the screen stands.
        if means.reread(config, store).is_err() {
            opened = None;
            is_more = false;
            continue;
        }
        let order = Order { first, limit: Some(STEP), ..Order::default() };
        let done = look_up(store, config, means, &order, &shared.end, &mut |_| {});
        is_more = done
            .as_ref()
            .is_ok_and(|done| done.ended.is_none() && done.left > 0 && done.looked_up + done.hosts > 0);
        pause = match done {
            Ok(done) if done.ended.is_none() => EVERY,
            _ => {
                means.find_servers(config);
                (pause * 2).min(LONGEST_PAUSE)
            }
        };
        if pause > EVERY && shared.lookups.pause(pause) {
            return;
        }
    }
}

impl Shared {
    /// These are to be seen.
    pub(super) fn look_up_first(&self, ips: Vec<IpAddr>) {
        if !ips.is_empty() {
            self.lookups.replace(ips, |_| true);
        }
    }
}
