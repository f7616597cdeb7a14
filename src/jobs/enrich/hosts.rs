//! The part of the queue that is about hosts of URLs: only where it is switched on, because the sender of a mail may
//! run the name servers that are asked. And what is known of them, for lists of URLs.

use super::{Summary, is_listed};
use crate::enrich::Enricher;
use crate::export::urls::{KnownAddress, KnownHost};
use crate::jobs::Cancel;
use crate::model::clock::{self, Seconds};
use crate::model::{AddressFacts, HostFacts, ListFact, Listing};
use crate::store::{self, Answers, Store};
use crate::text::url::host;
use std::collections::HashMap;
use std::net::IpAddr;

/// Fewer than of addresses: servers that never answer make a batch last, and a claim is not renewed.
const BATCH: usize = 128;
/// Addresses of one host about which others are asked. Whoever owns a name may give it any number.
const MOST_ADDRESSES: usize = 4;

/// Looks up hosts until none is due, at most so many, and says how many. Their addresses go to the queue of addresses,
/// where their network and country are found out.
pub(super) fn look_up(
    store: &Store,
    enricher: &Enricher<'_>,
    answers: &Answers<'_>,
    at_most: u64,
    cancel: &Cancel,
    summary: &mut Summary,
) -> Result<u64, store::Error> {
    let before = summary.hosts;
    let mut left = usize::try_from(at_most).unwrap_or(usize::MAX);
    while left > 0 && !cancel.is_cancelled() {
        let names = store.claim_hosts(BATCH.min(left), clock::now())?;
        if names.is_empty() {
            break;
        }
        left -= names.len();
        let facts = enricher.hosts(&names);
        let ended = match cancel.is_cancelled() {
            true => Some(String::new()),
            false => enricher.asker().reachable().err(),
        };
        if let Some(why) = ended {
            answers.keep()?;
            store.release_hosts(&names, clock::now())?;
            summary.ended = Some(why).filter(|why| !why.is_empty());
            break;
        }
        keep(store, enricher, answers, &facts, clock::now())?;
        summary.hosts += facts.len() as u64;
        summary.hosts_listed += facts.iter().filter(|facts| is_listed(&facts.lists)).count() as u64;
    }
    Ok(summary.hosts - before)
}

fn keep(
    store: &Store,
    enricher: &Enricher<'_>,
    answers: &Answers<'_>,
    facts: &[HostFacts],
    now: Seconds,
) -> Result<(), store::Error> {
    answers.keep_hosts(facts, now)?;
    let again: Vec<String> = facts
        .iter()
        .filter(|facts| enricher.is_host_worth_another_try(facts, now))
        .map(|facts| facts.host.clone())
        .collect();
    store.put_hosts_off(&again, now)?;
    let addresses: Vec<IpAddr> = facts
        .iter()
        .filter_map(|facts| facts.addresses.as_ref()?.yes())
        .flat_map(|addresses| addresses.iter().take(MOST_ADDRESSES).copied())
        .collect();
    store.queue_sources(&addresses, now).map(drop)
}

/// What is known of hosts of URLs, each read once.
pub struct KnownHosts<'a> {
    store: &'a Store,
    read: HashMap<String, Option<KnownHost>>,
}

impl<'a> KnownHosts<'a> {
    /// Of this database.
    pub fn new(store: &'a Store) -> KnownHosts<'a> {
        KnownHosts { store, read: HashMap::new() }
    }

    /// What is known of the host of a URL; `None` when it was never looked up.
    ///
    /// # Errors
    /// Whatever the store reports.
    pub fn of(&mut self, url: &str) -> Result<Option<KnownHost>, store::Error> {
        let Some(name) = host(url) else { return Ok(None) };
        if let Some(known) = self.read.get(&name) {
            return Ok(known.clone());
        }
        let known = match name.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(ip) => self.store.source(ip)?.map(address_in_itself),
            Err(_) => self.named(&name)?,
        };
        self.read.insert(name, known.clone());
        Ok(known)
    }

    fn named(&self, name: &str) -> Result<Option<KnownHost>, store::Error> {
        let Some(facts) = self.store.host(name)? else { return Ok(None) };
        let ips = facts.addresses.as_ref().and_then(|addresses| addresses.yes());
        let mut addresses = vec![];
        for ip in ips.into_iter().flatten() {
            addresses.push(address(*ip, self.store.source(*ip)?.as_ref()));
        }
        Ok(Some(KnownHost {
            addresses,
            listed: Listing::of(&facts.lists),
            lists_unknown: unknown(&facts.lists),
            looked_up_at: facts.addresses.as_ref().map(|addresses| addresses.at),
        }))
    }
}

fn address_in_itself(facts: AddressFacts) -> KnownHost {
    KnownHost {
        addresses: vec![address(facts.ip, Some(&facts))],
        listed: Listing::of(&facts.lists),
        lists_unknown: unknown(&facts.lists),
        looked_up_at: facts.lists.first().map(|list| list.fact.at),
    }
}

fn address(ip: IpAddr, facts: Option<&AddressFacts>) -> KnownAddress {
    let origin = facts.and_then(|facts| facts.origin.as_ref()?.yes());
    let country = facts.and_then(|facts| facts.country.as_ref()?.yes());
    KnownAddress {
        ip,
        asn: origin.map(|origin| origin.asn),
        as_name: origin.and_then(|origin| origin.as_name.clone()),
        country: country.map(|country| country.code.clone()),
    }
}

fn unknown(lists: &[ListFact]) -> Vec<String> {
    let unknown = lists.iter().filter(|list| !list.fact.finding.is_known());
    unknown.map(|list| list.list.clone()).collect()
}
