//! All that can be asked about addresses and hosts, asked together: files first, then DNS, each kind only where it is
//! switched on. Knows no queue and no store but the cache that its asker has.

use super::contacts::{ContactSubject, Contacts, Depth};
use super::dns::Asker;
use super::geoip::GeoIp;
use super::lists::{Health, Lists};
use super::{hosts, names, origin};
use crate::model::address_space::special_purpose;
use crate::model::clock::Seconds;
use crate::model::{AddressFacts, HostFacts, ListFact, Lookups};
use ipnet::IpNet;
use std::cell::OnceCell;
use std::net::IpAddr;

/// What asking goes by.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// What may be asked.
    pub lookups: &'a Lookups,
    /// The block lists.
    pub lists: &'a Lists,
    /// Files with networks and countries.
    pub geoip: &'a GeoIp,
    /// How contacts are found, here by what answers quickly: own rules and Abusix.
    pub contacts: Contacts<'a>,
    /// Our own networks: nobody is asked about them.
    pub own: &'a [IpNet],
    /// Special-purpose networks that count as public all the same; nobody is asked about the others.
    pub treat_as_public: &'a [IpNet],
}

/// Finds out everything about addresses and hosts. Made for one run: block lists are tested once, before the first
/// question to them.
pub struct Enricher<'a> {
    setup: Setup<'a>,
    asker: &'a Asker<'a>,
    health: OnceCell<Vec<Health>>,
}

impl<'a> Enricher<'a> {
    /// With whoever is to be asked.
    pub fn new(setup: Setup<'a>, asker: &'a Asker<'a>) -> Enricher<'a> {
        Enricher { setup, asker, health: OnceCell::new() }
    }

    /// Whoever is asked.
    pub fn asker(&self) -> &'a Asker<'a> {
        self.asker
    }

    /// Whether the block lists can be believed; they are tested with the first call.
    pub fn health(&self) -> &[Health] {
        self.health.get_or_init(|| match self.setup.lookups.lists {
            true => self.setup.lists.check(self.asker),
            false => vec![],
        })
    }

    /// What is known of each address, in their order. What cannot be learnt is unknown with the reason; it never fails.
    /// Nobody is asked about addresses that belong to nobody, or to us.
    pub fn addresses(&self, ips: &[IpAddr]) -> Vec<AddressFacts> {
        let mut all: Vec<AddressFacts> = ips.iter().map(|ip| self.at_hand(*ip)).collect();
        let lookups = self.setup.lookups;
        let askable: Vec<usize> = (0..all.len())
            .filter(|at| all.get(*at).is_some_and(|facts| facts.special.is_none() && !facts.own))
            .collect();
        let asked: Vec<IpAddr> = askable.iter().filter_map(|at| ips.get(*at).copied()).collect();
        if lookups.names {
            for (at, name) in askable.iter().zip(names::names(self.asker, &asked)) {
                put(&mut all, at, &mut |facts| facts.name = Some(name.clone()));
            }
        }
        if lookups.origin {
            let mut unplaced = vec![];
            for (at, ip) in askable.iter().zip(&asked) {
                put(&mut all, at, &mut |facts| {
                    let registered = facts.origin.as_ref().and_then(|origin| origin.yes()?.registry.as_ref());
                    if registered.is_none() || facts.country.is_none() {
                        unplaced.push((*at, *ip));
                    }
                });
            }
            let ips: Vec<IpAddr> = unplaced.iter().map(|(_, ip)| *ip).collect();
            let announced = origin::origins(self.asker, &lookups.origin_zones, &ips);
            for ((at, _), announced) in unplaced.iter().zip(announced) {
                put(&mut all, at, &mut |facts| {
                    match &mut facts.origin {
                        Some(known) => origin::complete(known, &announced.origin),
                        None => facts.origin = Some(announced.origin.clone()),
                    }
                    facts.country.get_or_insert_with(|| announced.country.clone());
                });
            }
        }
        if lookups.lists {
            self.health();
            for (at, lists) in askable.iter().zip(self.setup.lists.addresses(self.asker, &asked)) {
                put(&mut all, at, &mut |facts| facts.lists.clone_from(&lists));
            }
        }
        if lookups.contacts {
            let subjects: Vec<ContactSubject> =
                askable.iter().filter_map(|at| all.get(*at)).map(ContactSubject::of).collect();
            let chains =
                self.setup.contacts.chains(self.asker, None, self.asker.cache(), &subjects, Depth::Quick);
            for (at, chain) in askable.iter().zip(chains) {
                all.get_mut(*at).into_iter().for_each(|facts| facts.contacts = Some(chain.clone()));
            }
        }
        all
    }

    /// What is known of each host of a URL, in their order. Their name servers may be the sender's own: only for hosts
    /// that a person asks about, unless the configuration says otherwise.
    pub fn hosts(&self, names: &[String]) -> Vec<HostFacts> {
        let lists = self.setup.lookups.lists.then_some(self.setup.lists);
        if lists.is_some() {
            self.health();
        }
        hosts::hosts(self.asker, lists, names)
    }

    /// Something was not learnt that may be learnt later. A list that refuses to answer does so however often it is
    /// asked; one that was only not reached is another matter.
    pub fn is_worth_another_try(&self, facts: &AddressFacts, now: Seconds) -> bool {
        if facts.is_whole(now) {
            return false;
        }
        let mut believed = facts.clone();
        believed.lists.retain(|list| !self.setup.lists.is_out_for_good(&list.list, Some(facts.ip)));
        !believed.is_whole(now)
    }

    /// The same of a host.
    pub fn is_host_worth_another_try(&self, facts: &HostFacts, now: Seconds) -> bool {
        if facts.is_whole(now) {
            return false;
        }
        let mut believed = facts.clone();
        believed.lists.retain(|list| !self.setup.lists.is_out_for_good(&list.list, None));
        !believed.is_whole(now)
    }

    /// What domain lists say about a registrable domain.
    pub fn domain_lists(&self, domain: &str) -> Vec<ListFact> {
        if !self.setup.lookups.lists {
            return vec![];
        }
        self.health();
        self.setup.lists.domains(self.asker, &[domain.to_owned()]).pop().unwrap_or_default()
    }

    /// What files and tables say, without asking anybody.
    pub fn at_hand(&self, ip: IpAddr) -> AddressFacts {
        let ip = ip.to_canonical();
        let placed = self.setup.geoip.facts(ip);
        AddressFacts {
            special: special_purpose(ip, self.setup.treat_as_public).map(str::to_owned),
            own: self.setup.own.iter().any(|network| network.contains(&ip)),
            origin: placed.origin,
            country: placed.country,
            ..AddressFacts::new(ip)
        }
    }
}

fn put(all: &mut [AddressFacts], at: &usize, change: &mut dyn FnMut(&mut AddressFacts)) {
    all.get_mut(*at).into_iter().for_each(change);
}
