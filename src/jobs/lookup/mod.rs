//! Looking up one thing that a person names: everything that is known about an address, a network, a host, a URL or an
//! AS, with its source and its age, and the reports that share it. Offline from what is kept, however old.

mod address;
mod contacts;
mod host;
mod known;
mod network;
mod registration;
mod reports;
mod subject;
mod trace;

pub use crate::export::age;
pub use known::{Known, Line, Section, SharedReports, Standing, Topic};
pub use reports::shared_reports;
pub use subject::{NamedUrl, Subject};
pub use trace::{WARNING, trace};

use super::Cancel;
use super::enrich::Means;
use super::find::{FindError, Finder};
use crate::config::Config;
use crate::enrich::contacts::{ContactSubject, Contacts, Depth};
use crate::enrich::dns::Asker;
use crate::enrich::http::Http;
use crate::enrich::{Enricher, hosts};
use crate::index::Part;
use crate::model::{
    AddressFacts, ContactChain, ContactSettings, ContactSource, Fact, Finding, HostFacts, ListFact, clock,
};
use crate::store::{self, Answers, FoundOut, Store};
use std::net::IpAddr;

/// What is to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// About what.
    pub subject: Subject,
    /// Ask again what is known and not over its time.
    pub refresh: bool,
}

/// Why nothing was looked up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The reports could not be searched, or a person ended it.
    #[error("{0}")]
    Find(#[from] FindError),
    /// The configuration cannot be used for it, or forbids it: a sentence.
    #[error("{0}")]
    Refused(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Error {
        Error::Find(error.into())
    }
}

/// Looks it up. `progress` is told what is known so far: first the reports, which nobody else has to be asked about,
/// then what others say. What could not be learnt is unknown with the reason; a network that is not there is no error.
///
/// # Errors
/// The store's own, a configuration that cannot be used, or that it was cancelled.
pub fn look_up(
    store: &Store,
    config: &Config,
    means: &Means,
    order: &Order,
    cancel: &Cancel,
    progress: &mut dyn FnMut(&Known),
) -> Result<Known, Error> {
    let mut finder = Finder::for_command(store, [Part::Addresses]);
    let mut known = Known {
        subject: order.subject.to_string(),
        kind: order.subject.kind(),
        at: clock::now(),
        offline: means.offline().map(str::to_owned),
        sections: vec![],
        reports: shared_reports(store, &mut finder, &order.subject, cancel)?,
    };
    progress(&known);
    let answers = store.answers();
    let cancelled = || cancel.is_cancelled();
    let asker = means.asker(&answers, order.refresh, &cancelled);
    let addresses = |name: &str| hosts::addresses(&asker, name);
    let http = match means.offline() {
        Some(_) => None,
        None => Some(Http::new(&config.http, &addresses).map_err(Error::Refused)?.until(&cancelled)),
    };
    let desk = Desk {
        store,
        config,
        enricher: means.enricher(config, &asker),
        contacts: means.contacts(config, order.refresh),
        answers: &answers,
        asker: &asker,
        http: http.as_ref(),
    };
    known.sections = match &order.subject {
        Subject::Address(ip) => desk.address(*ip)?,
        Subject::Network(network) => desk.network(*network, &mut finder, cancel)?,
        Subject::Asn(number) => desk.autonomous_system(*number, &mut finder, cancel)?,
        Subject::Host(name) => desk.host(name)?,
        Subject::Url(url) => desk.url(url)?,
    };
    keep(store, || answers.keep());
    if cancel.is_cancelled() {
        return Err(FindError::Cancelled.into());
    }
    progress(&known);
    Ok(known)
}

/// Asks whom to tell about these addresses where nobody is known and somebody could still be asked: registries are
/// asked only when a report is about to be written. `progress` is told how many of how many are done.
///
/// # Errors
/// The database. What could not be learnt is left as it is.
pub fn find_contacts(
    store: &Store,
    config: &Config,
    ips: &[IpAddr],
    cancel: &Cancel,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    let mut open = vec![];
    for ip in ips {
        let chain = store.source(*ip)?.and_then(|facts| facts.contacts);
        if chain.is_none_or(|chain| chain.contacts.is_empty() && chain.unknown().is_some()) {
            open.push(*ip);
        }
    }
    ask_contacts(store, config, &open, false, cancel, progress)
}

/// Asks everybody whom to tell about these addresses, registries included; with `refresh` whatever is known already.
///
/// # Errors
/// As [`find_contacts`].
pub fn ask_contacts(
    store: &Store,
    config: &Config,
    open: &[IpAddr],
    refresh: bool,
    cancel: &Cancel,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    if open.is_empty() || !config.lookups.contacts || !store.may_write() {
        return Ok(());
    }
    let means = Means::open(config, store).map_err(Error::Refused)?;
    if means.offline().is_some() {
        return Ok(());
    }
    let answers = store.answers();
    let cancelled = || cancel.is_cancelled();
    let asker = means.asker(&answers, refresh, &cancelled);
    let addresses = |name: &str| hosts::addresses(&asker, name);
    let http = Http::new(&config.http, &addresses).map_err(Error::Refused)?.until(&cancelled);
    let desk = Desk {
        store,
        config,
        enricher: means.enricher(config, &asker),
        contacts: means.contacts(config, refresh),
        answers: &answers,
        asker: &asker,
        http: Some(&http),
    };
    let total = open.len() as u64;
    for (done, ips) in open.chunks(CONTACTS_AT_ONCE).enumerate() {
        if cancel.is_cancelled() || desk.is_silent() {
            break;
        }
        progress((done * CONTACTS_AT_ONCE) as u64, total);
        desk.facts(ips)?;
    }
    Ok(())
}

/// Addresses whose contacts are asked for and kept together.
const CONTACTS_AT_ONCE: usize = 16;

/// Keeps what was learnt, where anything may be written. What could not be kept is asked again, no more.
fn keep(store: &Store, write: impl FnOnce() -> Result<(), store::Error>) {
    if store.may_write() {
        let _ = write();
    }
}

/// Everything that a look-up works with.
struct Desk<'a> {
    store: &'a Store,
    config: &'a Config,
    enricher: Enricher<'a>,
    contacts: Contacts<'a>,
    answers: &'a Answers<'a>,
    asker: &'a Asker<'a>,
    http: Option<&'a Http<'a>>,
}

/// With this nobody is asked for contacts; the user's own rules still hold.
const NO_CONTACTS: &ContactSettings =
    &ContactSettings { abusix: None, rdap: None, ripestat: None, abuse_net: false, role: false };

impl Desk<'_> {
    /// Everything about addresses, their contacts at full depth; what is not known now is as it was before.
    fn facts(&self, ips: &[IpAddr]) -> Result<Vec<AddressFacts>, Error> {
        let mut all = self.enricher.addresses(ips);
        let subjects: Vec<ContactSubject> = all.iter().map(ContactSubject::of).collect();
        for (facts, chain) in all.iter_mut().zip(self.chains(&subjects)) {
            facts.contacts = Some(chain);
        }
        for facts in &mut all {
            let before = self.store.source(facts.ip)?;
            let was_known = before.is_some();
            if self.is_silent() {
                before.map_or(Ok(()), |before| self.fill(facts, before))?;
            } else if facts.special.is_none() && !facts.own {
                // The queue does not go on asking about what only a person wanted to know.
                let try_again = was_known && self.enricher.is_worth_another_try(facts, clock::now());
                let found = FoundOut { facts: facts.clone(), try_again };
                keep(self.store, || self.answers.keep_sources(&[found], clock::now()));
            }
        }
        Ok(all)
    }

    /// Nobody is asked, or nobody answers, or nobody waits any more: what comes then must not take the place of what was
    /// known before.
    fn is_silent(&self) -> bool {
        self.asker.is_offline() || self.asker.cancelled() || self.asker.reachable().is_err()
    }

    fn chains(&self, subjects: &[ContactSubject]) -> Vec<ContactChain> {
        self.contacts().chains(self.asker, self.http, self.answers, subjects, Depth::Full)
    }

    fn contacts(&self) -> Contacts<'_> {
        let settings = if self.config.lookups.contacts { self.contacts.settings } else { NO_CONTACTS };
        Contacts { settings, ..self.contacts }
    }

    /// What is not known now is as it was when it was last looked up.
    fn fill(&self, facts: &mut AddressFacts, before: AddressFacts) -> Result<(), Error> {
        older(&mut facts.name, before.name);
        older(&mut facts.origin, before.origin);
        older(&mut facts.country, before.country);
        older_lists(&mut facts.lists, before.lists);
        let is_unknown = |chain: &ContactChain| chain.contacts.is_empty() && chain.unknown().is_some();
        if let Some(mut chain) = before.contacts.filter(|_| facts.contacts.as_ref().is_some_and(is_unknown)) {
            // The user's rules, and what contacts have said since, hold whatever was found before.
            chain.contacts.retain(|contact| contact.source != ContactSource::Own);
            let mut good = vec![];
            for contact in chain.contacts {
                if self.store.contact_standing(&contact.address)?.is_none() {
                    good.push(contact);
                }
            }
            chain.contacts = good;
            facts.contacts = Some(chain);
        }
        Ok(())
    }

    /// Everything about a host; what is not known now is as it was before.
    fn host_facts(&self, name: &str) -> Result<HostFacts, Error> {
        let found = self.enricher.hosts(&[name.to_owned()]).pop();
        let mut facts = found.unwrap_or_else(|| HostFacts {
            host: name.to_owned(),
            registrable: None,
            addresses: None,
            lists: vec![],
        });
        if self.is_silent() {
            if let Some(before) = self.store.host(&facts.host)? {
                older(&mut facts.addresses, before.addresses);
                older_lists(&mut facts.lists, before.lists);
            }
        } else {
            keep(self.store, || self.answers.keep_hosts(std::slice::from_ref(&facts), clock::now()));
        }
        Ok(facts)
    }
}

/// An older answer stands in for one that could not be had.
fn older<T>(fact: &mut Option<Fact<T>>, before: Option<Fact<T>>) {
    let is_known = |fact: &Fact<T>| !matches!(fact.finding, Finding::Unknown(_));
    if !fact.as_ref().is_some_and(is_known)
        && let Some(before) = before.filter(is_known)
    {
        *fact = Some(before);
    }
}

/// The same for lists.
fn older_lists(lists: &mut Vec<ListFact>, before: Vec<ListFact>) {
    for list in before.into_iter().filter(|list| list.fact.finding.is_known()) {
        match lists.iter_mut().find(|known| known.list == list.list) {
            None => lists.push(list),
            Some(known) if !known.fact.finding.is_known() => *known = list,
            Some(_) => {}
        }
    }
}
