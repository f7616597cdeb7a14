//! Where mails come from: countries and networks within a window of days, and what is known of the networks.

use super::answers::{Answers, Base, Halt};
use super::charts::Charted;
use super::questions::not_loaded;
use crate::enrich::contacts::{ContactSubject, under_rules};
use crate::index::{CountryCount, NetworkCount, Part};
use crate::model::clock::{self, DAY_SECONDS, Seconds};
use crate::model::{AddressFacts, ContactRule};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginsQuestion {
    /// Its number; answers bear it.
    pub number: u64,
    /// Which reports.
    pub query: String,
    /// The last day and so many before it, as `days:` counts.
    pub days: u32,
    /// The last day, counted back from today, as `ago:` counts.
    pub ago: u32,
    /// Spans of the course of each country.
    pub spans: usize,
    /// The most networks.
    pub networks: usize,
}

impl OriginsQuestion {
    /// The window as a query says it.
    pub fn window(days: u32, ago: u32) -> String {
        match ago {
            0 => format!("days:{days}"),
            ago => format!("days:{days} ago:{ago}"),
        }
    }
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// Whose answer.
    pub question: u64,
    /// All reports of the query in the window.
    pub total: u64,
    /// Countries that have some, most first. How many were reported counts whatever the query says about the state.
    pub countries: Vec<CountryCount>,
    /// Networks with the most, most first.
    pub networks: Vec<Network>,
    /// How many networks there are.
    pub networks_in_all: usize,
    /// The query looks into messages, which was not done: these are too many.
    pub at_most: bool,
    /// How long counting took.
    pub took: Duration,
}

/// A network with what is known of it. Texts are as others have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The AS; `None` where it is not known.
    pub asn: Option<u32>,
    /// Its name.
    pub name: Option<String>,
    /// The registry of one of its addresses.
    pub registry: Option<String>,
    /// When the registry gave it away.
    pub allocated: Option<String>,
    /// Its abuse contact.
    pub contact: Option<String>,
    /// How many reports.
    pub count: u64,
}

impl Answers<'_> {
    /// Counts by country and network.
    pub(super) fn origins(&mut self, question: &OriginsQuestion) -> Result<(), Halt> {
        let began = Instant::now();
        let last = clock::now().div_euclid(DAY_SECONDS) - Seconds::from(question.ago);
        let window = ((last - Seconds::from(question.days)) * DAY_SECONDS, (last + 1) * DAY_SECONDS);
        let text = OriginsQuestion::window(question.days, question.ago);
        self.need(&[Part::Sources, Part::Addresses])?;
        let Charted { selection, reported, at_most } = self.charted(&question.query, [&text, &text])?;
        let base = self.base()?;
        let countries = base.index.by_country(&selection, &reported, window, question.spans);
        let countries = countries.map_err(not_loaded)?;
        let (networks, networks_in_all) =
            base.index.by_network(&selection, question.networks).map_err(not_loaded)?;
        let rules = base.store.contact_rules()?;
        let known = networks.into_iter().map(|network| base.known(network, &rules));
        let networks = known.collect::<Result<_, _>>()?;
        self.shared.tell(super::Event::Origins(Box::new(Origins {
            question: question.number,
            total: selection.count() as u64,
            countries,
            networks,
            networks_in_all,
            at_most,
            took: began.elapsed(),
        })));
        Ok(())
    }
}

impl Base {
    /// What is known of a network, from what was learnt about some of its addresses and what the user said himself.
    fn known(&self, counted: NetworkCount, rules: &[ContactRule]) -> Result<Network, Halt> {
        let NetworkCount { asn, count, addresses } = counted;
        let name = asn.map(|asn| self.store.network_name(asn)).transpose()?.flatten();
        let mut network = Network { asn, name, registry: None, allocated: None, contact: None, count };
        for ip in addresses {
            if network.registry.is_some() && network.contact.is_some() {
                break;
            }
            let facts = self.store.source(ip)?;
            network.contact = network.contact.or_else(|| contact(ip, asn, facts.as_ref(), rules));
            let Some(facts) = facts else { continue };
            let origin = facts.origin.as_ref().and_then(|origin| origin.yes());
            if let Some(origin) = origin.filter(|_| network.registry.is_none()) {
                network.registry.clone_from(&origin.registry);
                network.allocated.clone_from(&origin.allocated);
            }
        }
        Ok(network)
    }
}

/// Whom to tell about an address first: the user's own rules hold, whether it was looked up or not.
fn contact(
    ip: IpAddr,
    asn: Option<u32>,
    facts: Option<&AddressFacts>,
    rules: &[ContactRule],
) -> Option<String> {
    let bare = || ContactSubject { asns: asn.into_iter().collect(), ..ContactSubject::bare(ip) };
    let subject = facts.map_or_else(bare, ContactSubject::of);
    let chain = facts.and_then(|facts| facts.contacts.as_ref());
    let found: Vec<String> =
        chain.into_iter().flat_map(|chain| &chain.contacts).map(|contact| contact.address.clone()).collect();
    under_rules(rules, &subject, &found).ok()?.into_iter().next()
}
