//! What is known of the sources of a message: network, country, and who is told.

use crate::config::Config;
use crate::enrich::contacts::ContactSubject;
use crate::jobs::report::recipients;
use crate::model::{AddressFacts, ContactRule, OutgoingKind};
use crate::store::{self, Store};
use std::net::IpAddr;

/// A source of a message, with what a person wants to know before writing to anybody about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpamSource {
    /// The address.
    pub ip: IpAddr,
    /// Its name, and whether that name has the address in turn.
    pub name: Option<String>,
    /// `AS64500 NAME`, where that is known.
    pub network: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Who is told, and who named each; or why nobody is: a sentence.
    pub contacts: Result<Vec<(String, String)>, String>,
}

/// What the database knows of these addresses at the moment.
///
/// # Errors
/// The database.
pub fn sources(store: &Store, config: &Config, ips: &[IpAddr]) -> Result<Vec<SpamSource>, store::Error> {
    let rules = store.contact_rules()?;
    ips.iter().map(|ip| Ok(source(*ip, store.source(*ip)?.as_ref(), &rules, config))).collect()
}

fn source(ip: IpAddr, facts: Option<&AddressFacts>, rules: &[ContactRule], config: &Config) -> SpamSource {
    let origin = facts.and_then(|facts| facts.origin.as_ref()).and_then(|origin| origin.yes());
    let name = facts.and_then(|facts| facts.name.as_ref()).and_then(|name| name.yes());
    let country = facts.and_then(|facts| facts.country.as_ref()).and_then(|country| country.yes());
    let network = origin.map(|origin| match &origin.as_name {
        Some(name) => format!("AS{} {name}", origin.asn),
        None => format!("AS{}", origin.asn),
    });
    let contacts = match config.own.networks.iter().find(|network| network.contains(&ip)) {
        Some(network) => Err(format!("it is in {network}, a network of our own: mend it at home")),
        None => contacts(ip, facts, rules),
    };
    SpamSource {
        ip,
        name: name.map(|name| name.name.clone()),
        network,
        country: country.map(|country| country.code.clone()),
        contacts,
    }
}

fn contacts(
    ip: IpAddr,
    facts: Option<&AddressFacts>,
    rules: &[ContactRule],
) -> Result<Vec<(String, String)>, String> {
    let found = facts.and_then(|facts| facts.contacts.as_ref()).map(|chain| chain.contacts.as_slice());
    let found = found.unwrap_or_default();
    let addresses: Vec<String> = found.iter().map(|contact| contact.address.clone()).collect();
    let subject = facts.map_or_else(|| ContactSubject::bare(ip), ContactSubject::of);
    let desks = recipients::of_source(&addresses, &subject, rules, None)?;
    let named_by = |to: &str| {
        let contact = found.iter().find(|contact| contact.address == to);
        contact.map_or_else(|| "a rule of yours".to_owned(), |contact| contact.source.to_string())
    };
    Ok(desks
        .into_iter()
        .map(|desk| {
            let by = match desk.kind {
                OutgoingKind::Form => "takes no mail: by its form".to_owned(),
                _ => named_by(&desk.to),
            };
            (desk.to, by)
        })
        .collect())
}
