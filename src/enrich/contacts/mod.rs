//! Whom to tell about an address: the user's own rules, Abusix, the registry, RIPEstat, and where they are switched on
//! abuse.net and abuse@. The first source with an address that may be written to decides; what the rules add comes
//! behind. Every step is kept with its source, its age, and what was refused and why.
//!
//! A source that could not be asked is never taken for one that knows nobody: [`ContactChain::unknown`].

mod bootstrap;
mod domain;
mod entities;
mod kept;
mod network;
mod polite;
mod refuse;
mod registration;
mod registry;
mod ripestat;
mod rules;

pub use crate::model::contact_address;
pub use refuse::{Refusals, refuse_for_mail};
pub use registration::Registration;
pub use rules::{applying, name as rule_in_words, under_rules};

use super::dns::Asker;
use super::http::Http;
use super::lists::registrable;
use crate::model::address_space::special_purpose;
use crate::model::clock::{self, Seconds};
use crate::model::{
    AddressFacts, Cache, Contact, ContactAct, ContactChain, ContactKind, ContactRule, ContactSettings,
    ContactSource, ContactStep, Fact, Finding, HostName,
};
use bootstrap::{Bootstrap, Registered};
use ipnet::IpNet;
use kept::Kept;
use polite::Polite;
use registry::Registries;
use rules::Verdict;
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use url::Url;

/// Nobody has more desks for abuse; whoever names more means mischief.
const MOST_NAMED: usize = 16;
/// RFC 5321 §4.5.3.1: 64 octets, an @, and 255.
const MOST_NAMED_BYTES: usize = 320;

/// Adds an address that a source names, each once and within bounds.
fn add_named(named: &mut Vec<String>, address: &str) {
    let address = address.trim();
    if (1..=MOST_NAMED_BYTES).contains(&address.len())
        && named.len() < MOST_NAMED
        && !named.iter().any(|known| known.eq_ignore_ascii_case(address))
    {
        named.push(address.to_owned());
    }
}

/// An address, and what is known about it that rules and sources go by.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactSubject {
    /// The address.
    pub ip: IpAddr,
    /// Every AS that announces it; mostly one.
    pub asns: Vec<u32>,
    /// Its name.
    pub name: Option<HostName>,
    /// The announced prefix.
    pub prefix: Option<IpNet>,
}

impl ContactSubject {
    /// As far as facts go.
    pub fn of(facts: &AddressFacts) -> ContactSubject {
        let origin = facts.origin.as_ref().and_then(|origin| origin.yes());
        ContactSubject {
            ip: facts.ip,
            asns: origin
                .into_iter()
                .flat_map(|origin| std::iter::once(origin.asn).chain(origin.also.iter().copied()))
                .collect(),
            name: facts.name.as_ref().and_then(|name| name.yes()).cloned(),
            prefix: origin.and_then(|origin| origin.prefix),
        }
    }

    /// Only the address is known.
    pub fn bare(ip: IpAddr) -> ContactSubject {
        ContactSubject { ip, asns: vec![], name: None, prefix: None }
    }

    /// Its name, if that name has the address in turn.
    fn confirmed_name(&self) -> Option<&str> {
        self.name.as_ref().filter(|name| name.confirmed == Some(true)).map(|name| name.name.as_str())
    }

    /// What somebody registered of the confirmed name.
    fn confirmed_domain(&self) -> Option<String> {
        registrable(self.confirmed_name()?)
    }
}

/// How far the chain is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Own rules and Abusix, for tens of thousands of addresses. Of the others only what they said before and what
    /// still holds: a quick look never forgets what a thorough one has found.
    Quick,
    /// Everything that is switched on.
    Full,
}

/// What the chain is made by.
#[derive(Debug, Clone, Copy)]
pub struct Contacts<'a> {
    /// Which sources are asked.
    pub settings: &'a ContactSettings,
    /// The user's own rules.
    pub rules: &'a [ContactRule],
    /// Which addresses are not written to.
    pub refusals: &'a Refusals,
    /// Special-purpose networks that count as public all the same.
    pub treat_as_public: &'a [IpNet],
    /// Our networks, about which nobody is asked.
    pub own_networks: &'a [IpNet],
    /// Asks registries again whatever was kept before the run began, which is when the asker was made.
    pub refresh: bool,
}

impl Contacts<'_> {
    /// Whom to tell about each of the subjects, in their order. Without `http` those are asked that answer by DNS, and
    /// of the others what is kept is read. Special-purpose and own addresses come to nobody, and nobody is asked.
    pub fn chains(
        &self,
        asker: &Asker<'_>,
        http: Option<&Http<'_>>,
        cache: &dyn Cache,
        subjects: &[ContactSubject],
        depth: Depth,
    ) -> Vec<ContactChain> {
        let mut chains: Vec<Link<'_>> = subjects.iter().map(|subject| self.begin(subject)).collect();
        let full = Depth::Full == depth;
        let cancelled = || asker.cancelled();
        let silent = Asker::new(None, cache, false, &cancelled);
        let deeper = if full { asker } else { &silent };
        let mail = MailCheck { asker: deeper, known: RefCell::default() };
        for link in &mut chains {
            if let Some(rule) = link.verdict.decides.filter(|_| link.askable) {
                link.own(rule, self, &mail);
            }
        }
        if let Some(zone) = &self.settings.abusix {
            let open: Vec<usize> =
                (0..chains.len()).filter(|at| chains.get(*at).is_some_and(Link::is_open)).collect();
            let addresses: Vec<IpAddr> =
                open.iter().filter_map(|at| chains.get(*at)).map(|link| link.subject.ip).collect();
            let facts = domain::abusix(asker, zone, &addresses);
            for (at, fact) in open.into_iter().zip(facts) {
                if let Some(link) = chains.get_mut(at) {
                    link.take(ContactSource::Abusix, fact, self, &mail);
                }
            }
        }
        if full {
            let own_word: Vec<&Url> =
                [&self.settings.rdap, &self.settings.ripestat].into_iter().flatten().collect();
            let polite = Polite::new(http, cache, &cancelled, &own_word);
            let not_before = if self.refresh { asker.not_before() } else { Seconds::MIN };
            let kept = Kept { cache, not_before };
            let registries = self.settings.rdap.as_ref().map(|folder| Registries {
                polite: &polite,
                bootstrap: Bootstrap::new(folder),
                kept,
            });
            for link in &mut chains {
                if let Some(registries) = registries.as_ref().filter(|_| link.is_open()) {
                    let fact = registries.contacts(link.subject.ip.to_canonical(), link.subject.prefix);
                    link.take(ContactSource::Rdap, fact, self, &mail);
                }
                if let Some(finder) = self.settings.ripestat.as_ref().filter(|_| link.is_open()) {
                    let fact = ripestat::contacts(link.subject.ip.to_canonical(), finder, &polite, &kept);
                    link.take(ContactSource::RipeStat, fact, self, &mail);
                }
                self.by_name(link, asker, &|_| true, &mail);
            }
        } else {
            let kept = Kept { cache, not_before: Seconds::MIN };
            chains.iter_mut().for_each(|link| self.remember(link, &kept, &silent, &mail));
        }
        chains
            .into_iter()
            .map(|mut link| {
                if !full && link.is_open() {
                    link.chain.unasked = self.unasked(&link);
                }
                link.end(self, &mail)
            })
            .collect()
    }

    /// Whom to tell about a host that has these addresses: whoever answers for any of them.
    pub fn of_host(
        &self,
        asker: &Asker<'_>,
        http: Option<&Http<'_>>,
        cache: &dyn Cache,
        addresses: &[IpAddr],
    ) -> ContactChain {
        let subjects: Vec<ContactSubject> = addresses.iter().map(|ip| ContactSubject::bare(*ip)).collect();
        let mut out = ContactChain::default();
        for chain in self.chains(asker, http, cache, &subjects, Depth::Full) {
            for contact in chain.contacts {
                if !out.contacts.iter().any(|known| known.address == contact.address) {
                    out.contacts.push(contact);
                }
            }
            out.steps.extend(chain.steps);
        }
        out
    }

    /// What the registry of the AS says about it; `None` where RDAP is switched off.
    pub fn system_registration(
        &self,
        asker: &Asker<'_>,
        http: Option<&Http<'_>>,
        cache: &dyn Cache,
        number: u32,
    ) -> Option<Fact<Registration>> {
        self.registration(asker, http, cache, &Registered::System(number))
    }

    /// What the registry says about the domain that somebody registered, which is in ASCII and lower case; `None` where
    /// RDAP is switched off.
    pub fn domain_registration(
        &self,
        asker: &Asker<'_>,
        http: Option<&Http<'_>>,
        cache: &dyn Cache,
        domain: &str,
    ) -> Option<Fact<Registration>> {
        self.registration(asker, http, cache, &Registered::Domain(domain.to_owned()))
    }

    fn registration(
        &self,
        asker: &Asker<'_>,
        http: Option<&Http<'_>>,
        cache: &dyn Cache,
        thing: &Registered,
    ) -> Option<Fact<Registration>> {
        let folder = self.settings.rdap.as_ref()?;
        let cancelled = || asker.cancelled();
        let polite = Polite::new(http, cache, &cancelled, &[folder]);
        let not_before = if self.refresh { asker.not_before() } else { Seconds::MIN };
        Some(registration::of(thing, &Bootstrap::new(folder), &polite, not_before))
    }

    fn begin<'s>(&'s self, subject: &'s ContactSubject) -> Link<'s> {
        let ip = subject.ip.to_canonical();
        let askable = special_purpose(ip, self.treat_as_public).is_none()
            && !self.own_networks.iter().any(|net| net.contains(&ip));
        let verdict = rules::verdict(self.rules, subject);
        Link { subject, verdict, askable, chain: ContactChain::default() }
    }

    /// The sources that only [`Depth::Full`] asks, without those of which an answer is kept.
    fn unasked(&self, link: &Link<'_>) -> Vec<ContactSource> {
        let has_domain = link.subject.confirmed_domain().is_some();
        [
            (ContactSource::Rdap, self.settings.rdap.is_some()),
            (ContactSource::RipeStat, self.settings.ripestat.is_some()),
            (ContactSource::AbuseNet, self.settings.abuse_net && has_domain),
            (ContactSource::Role, self.settings.role && has_domain),
        ]
        .into_iter()
        .filter(|(source, is_on)| *is_on && !link.chain.steps.iter().any(|step| step.source == *source))
        .map(|(source, _)| source)
        .collect()
    }

    /// What the deeper sources said before, as far as it still holds.
    fn remember(&self, link: &mut Link<'_>, kept: &Kept<'_>, silent: &Asker<'_>, mail: &MailCheck<'_>) {
        let ip = link.subject.ip.to_canonical();
        for (source, kind, is_on) in [
            (ContactSource::Rdap, registry::KIND, self.settings.rdap.is_some()),
            (ContactSource::RipeStat, ripestat::KIND, self.settings.ripestat.is_some()),
        ] {
            if let Some(fact) = (is_on && link.is_open()).then(|| kept.fresh(kind, ip)).flatten() {
                link.take(source, fact, self, mail);
            }
        }
        let now = clock::now();
        self.by_name(link, silent, &|fact| fact.finding.is_known() && fact.until > now, mail);
    }

    /// The sources that go by the domain of the confirmed host name; what they say has to pass.
    fn by_name(
        &self,
        link: &mut Link<'_>,
        asker: &Asker<'_>,
        passes: &dyn Fn(&Fact<Vec<String>>) -> bool,
        mail: &MailCheck<'_>,
    ) {
        let Some(domain) = link.subject.confirmed_domain() else { return };
        let sources: [(ContactSource, bool, ByName); 2] = [
            (ContactSource::AbuseNet, self.settings.abuse_net, domain::abuse_net),
            (ContactSource::Role, self.settings.role, domain::role),
        ];
        for (source, is_on, ask) in sources {
            let fact = (is_on && link.is_open()).then(|| ask(asker, &domain));
            if let Some(fact) = fact.filter(passes) {
                link.take(source, fact, self, mail);
            }
        }
    }
}

/// A source that goes by a domain.
type ByName = fn(&Asker<'_>, &str) -> Fact<Vec<String>>;

/// Domains that say themselves that they take no mail. Asked at full depth only, for it is a question for each domain.
struct MailCheck<'a> {
    asker: &'a Asker<'a>,
    known: RefCell<HashMap<String, bool>>,
}

impl MailCheck<'_> {
    fn refuses(&self, address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else { return false };
        *self
            .known
            .borrow_mut()
            .entry(domain.to_owned())
            .or_insert_with(|| domain::refuses_mail(self.asker, domain))
    }
}

/// A chain in the making.
struct Link<'s> {
    subject: &'s ContactSubject,
    verdict: Verdict<'s>,
    askable: bool,
    chain: ContactChain,
}

impl Link<'_> {
    /// Somebody is still looked for.
    fn is_open(&self) -> bool {
        self.askable && self.verdict.decides.is_none() && self.chain.contacts.is_empty()
    }

    /// What a source said becomes a step, and the good addresses among it contacts.
    fn take(
        &mut self,
        source: ContactSource,
        fact: Fact<Vec<String>>,
        contacts: &Contacts<'_>,
        mail: &MailCheck<'_>,
    ) {
        let mut refused = vec![];
        let host = self.subject.confirmed_name();
        for written in fact.yes().into_iter().flatten() {
            match contacts.refusals.check(written, host, source) {
                Ok((ContactKind::Mail, address)) if mail.refuses(&address) => {
                    refused.push((address, "its domain says that it takes no mail (RFC 7505)".to_owned()));
                }
                Ok((kind, address)) => {
                    let contact = Contact { kind, address, source, at: fact.at };
                    if let Err(reason) = self.add(contact, contacts) {
                        refused.push((written.clone(), reason));
                    }
                }
                Err(reason) => refused.push((written.clone(), reason)),
            }
        }
        self.chain.steps.push(ContactStep { source, fact, refused });
    }

    /// Adds a contact, unless a rule about it says otherwise.
    fn add(&mut self, contact: Contact, contacts: &Contacts<'_>) -> Result<(), String> {
        let rule = rules::about(contacts.rules, &contact.address);
        let others =
            rule.filter(|rule| rule.act != ContactAct::Never).into_iter().flat_map(|rule| &rule.contacts);
        let others: Vec<Contact> = others
            .filter_map(|written| contacts.refusals.check(written, None, ContactSource::Own).ok())
            .map(|(kind, address)| Contact { kind, address, source: ContactSource::Own, at: contact.at })
            .collect();
        let outcome = match rule {
            Some(rule) if rule.act != ContactAct::Add => Err(rules::name(rule)),
            _ => {
                self.push(contact);
                Ok(())
            }
        };
        others.into_iter().for_each(|other| self.push(other));
        outcome
    }

    fn push(&mut self, contact: Contact) {
        if !self.chain.contacts.iter().any(|known| known.address == contact.address) {
            self.chain.contacts.push(contact);
        }
    }

    /// The step of one of the user's rules.
    fn own(&mut self, rule: &ContactRule, contacts: &Contacts<'_>, mail: &MailCheck<'_>) {
        let finding = match rule.act {
            ContactAct::Never => Finding::No,
            ContactAct::Add | ContactAct::Replace => Finding::Yes(rule.contacts.clone()),
        };
        // Nobody need be asked again for what the user said himself.
        let fact = Fact { finding, from: rules::name(rule), at: rule.at, until: Seconds::MAX };
        self.take(ContactSource::Own, fact, contacts, mail);
    }

    fn end(mut self, contacts: &Contacts<'_>, mail: &MailCheck<'_>) -> ContactChain {
        if self.askable {
            for rule in std::mem::take(&mut self.verdict.adds) {
                self.own(rule, contacts, mail);
            }
        }
        self.chain
    }
}
