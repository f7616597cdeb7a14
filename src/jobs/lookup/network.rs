//! What is known about a network or an AS, in lines: who it is, the sources of reports in it, and whom to tell.

use super::address::address_section;
use super::known::{Line, Section, Standing, Topic};
use super::{Desk, Error};
use crate::enrich::contacts::{ContactSubject, rule_in_words};
use crate::enrich::origin::{self, System};
use crate::index::Selection;
use crate::jobs::Cancel;
use crate::jobs::find::{FindError, Finder};
use crate::model::{AddressFacts, ContactScope, Listing};
use crate::text::counted;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;

/// So many sources are told; those beyond are in the list of reports.
const MOST_SOURCES: usize = 20;
/// Of so many sources the contacts are counted.
const MOST_COUNTED: usize = 5_000;

impl Desk<'_> {
    /// The network goes by its first address; no name and no list is asked about that.
    pub(super) fn network(
        &self,
        network: IpNet,
        finder: &mut Finder<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<Section>, Error> {
        let mut facts = self.enricher.at_hand(network.network());
        let may_ask = facts.special.is_none() && !facts.own && self.config.lookups.origin;
        if may_ask && (facts.origin.is_none() || facts.country.is_none()) {
            let zones = &self.config.lookups.origin_zones;
            let announced = origin::origins(self.asker, zones, &[facts.ip]).pop();
            if let Some(announced) = announced {
                facts.origin.get_or_insert(announced.origin);
                facts.country.get_or_insert(announced.country);
            }
        }
        facts.contacts = self.chains(&[ContactSubject::of(&facts)]).pop();
        let mut section = address_section(Topic::Subject, "Network", &facts, self.config);
        section.lines.retain(|line| line.name != "Host name");
        let by = format!("what stands here is about its first address, {}", facts.ip);
        section.lines.insert(0, Line::new("Network", network.to_string()));
        section.lines.push(Line::new("Note", by).standing(Standing::Remark));
        let mut sections = vec![section];
        sections.extend(self.sources(&format!("ip:{network}"), finder, cancel)?);
        sections.extend(self.contact_sections(&[facts])?);
        Ok(sections)
    }

    pub(super) fn autonomous_system(
        &self,
        number: u32,
        finder: &mut Finder<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<Section>, Error> {
        let mut section = Section::new(Topic::Subject, "AS").with(Line::new("Number", format!("AS{number}")));
        if let Some(name) = self.store.network_name(number)? {
            let line = Line::new("Name", name);
            section.lines.push(Line { source: "the reports".to_owned(), ..line });
        }
        let zones = &self.config.lookups.origin_zones;
        let asked = if self.config.lookups.origin {
            origin::systems(self.asker, zones, &[number]).pop()
        } else {
            None
        };
        match &asked {
            None => {
                section.lines.push(Line::unasked("Registered", "switched off: origin = false in [lookups]"))
            }
            Some(fact) => {
                let part = |name: &str, part: fn(&System) -> Option<&String>| {
                    let found = fact.yes().map(part);
                    match found {
                        Some(None) => None,
                        _ => Some(Line::of(name, fact, "no such AS is known", |system| {
                            part(system).cloned().unwrap_or_default()
                        })),
                    }
                };
                section.lines.extend(part("Registered as", |system| system.name.as_ref()));
                if fact.yes().is_some() {
                    section.lines.extend(part("Country", |system| system.country.as_ref()));
                    section.lines.extend(part("Registry", |system| system.registry.as_ref()));
                    section.lines.extend(part("Allocated", |system| system.allocated.as_ref()));
                }
            }
        }
        let mut rules = Section::new(Topic::Contacts, "Your own rules");
        let about = |scope: &ContactScope| *scope == ContactScope::Asn(number);
        for rule in self.contacts.rules.iter().filter(|rule| about(&rule.scope)) {
            let line =
                Line::new(rule.act.name(), format!("{} {}", rule_in_words(rule), rule.contacts.join(" ")));
            rules.lines.push(Line { source: rule.by.clone(), at: Some(rule.at), ..line });
        }
        if rules.lines.is_empty() {
            rules.lines.push(Line::new("Rules", "there is none about this AS").standing(Standing::Absent));
        }
        let mut sections = vec![section];
        sections.extend(self.sources(&format!("asn:{number}"), finder, cancel)?);
        sections.push(rules);
        sections.push(self.system_registration(number));
        Ok(sections)
    }

    /// The sources of reports that a query selects, and the contacts of those that were looked up.
    fn sources(&self, query: &str, finder: &mut Finder<'_>, cancel: &Cancel) -> Result<Vec<Section>, Error> {
        let found = finder.find(query, cancel, &|_, _| {}).map_err(Error::Find)?.selection;
        let sources = addresses(finder, &found)?;
        let mut seen = Section::new(Topic::Sources, "Sources of reports");
        let mut contacts: HashMap<String, usize> = HashMap::new();
        let mut looked_up = 0;
        for (number, ip) in sources.iter().take(MOST_COUNTED).enumerate() {
            let facts = self.store.source(*ip)?;
            if number < MOST_SOURCES {
                seen.lines.push(source_line(*ip, facts.as_ref()));
            }
            let Some(facts) = facts else { continue };
            looked_up += 1;
            for contact in facts.contacts.into_iter().flat_map(|chain| chain.contacts) {
                *contacts.entry(contact.address).or_default() += 1;
            }
        }
        match sources.len() {
            0 => seen.lines.push(Line::new("Sources", "no report names one").standing(Standing::Absent)),
            all if all > MOST_SOURCES => {
                let more = format!("{} more; `lafayette list {query}`", all - MOST_SOURCES);
                seen.lines.push(Line::new("", more).standing(Standing::Remark));
            }
            _ => {}
        }
        let mut named = Section::new(Topic::Contacts, "Contacts of these sources");
        let mut contacts: Vec<(String, usize)> = contacts.into_iter().collect();
        contacts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        named.lines.extend(contacts.into_iter().take(MOST_SOURCES).map(|(contact, count)| {
            Line::new(contact, format!("of {count} of {}", counted(looked_up, "source")))
        }));
        if named.lines.is_empty() {
            let none = Line::new("Contacts", "none of them was looked up, or nobody is known");
            named.lines.push(none.standing(Standing::Unknown));
        }
        Ok(vec![seen, named])
    }
}

fn addresses(finder: &Finder<'_>, found: &Selection) -> Result<Vec<IpAddr>, Error> {
    let mut all = finder.index().addresses_of(found).map_err(|why| FindError::NotLoaded(why.to_string()))?;
    all.sort_unstable();
    Ok(all)
}

fn source_line(ip: IpAddr, facts: Option<&AddressFacts>) -> Line {
    let Some(facts) = facts else { return Line::unasked(ip.to_string(), "it was not looked up yet") };
    let name = facts.name.as_ref().and_then(|name| name.yes()).map(|name| name.name.clone());
    let listings = Listing::of(&facts.lists);
    let listed: Vec<String> = listings.iter().map(|listing| listing.name.clone()).collect();
    let parts = [name.unwrap_or_else(|| "no name".to_owned()), listed.join(", ")];
    let value = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("; ");
    let standing = match (listings.iter().any(|listing| !listing.policy), listings.is_empty()) {
        (true, _) => Standing::Listed,
        (false, false) => Standing::Policy,
        (false, true) => Standing::Found,
    };
    Line::new(ip.to_string(), value).standing(standing)
}
