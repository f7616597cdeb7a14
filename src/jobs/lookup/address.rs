//! What is known about an address, in lines.

use super::known::{Line, Section, Standing, Topic};
use super::{Desk, Error};
use crate::config::Config;
use crate::model::{AddressFacts, Country, CountryMeaning, HostName, ListFact, Origin};
use std::net::IpAddr;

/// Nobody is asked about such an address, and why.
const NOBODY_ASKED: &str = "nobody is asked about such an address";

impl Desk<'_> {
    pub(super) fn address(&self, ip: IpAddr) -> Result<Vec<Section>, Error> {
        let Some(facts) = self.facts(&[ip])?.pop() else { return Ok(vec![]) };
        let mut sections = vec![
            address_section(Topic::Subject, "Address", &facts, self.config),
            lists_section(&facts.lists, || self.no_lists(&facts)),
        ];
        sections.extend(self.contact_sections(std::slice::from_ref(&facts))?);
        Ok(sections)
    }

    /// What stands where no list said anything about this address.
    pub(super) fn no_lists(&self, facts: &AddressFacts) -> Line {
        if facts.special.is_some() || facts.own {
            return Line::unasked("Lists", NOBODY_ASKED);
        }
        self.no_lists_about("addresses")
    }

    /// The same about a subject that lists may be asked about.
    pub(super) fn no_lists_about(&self, subject: &str) -> Line {
        if !self.config.lookups.lists {
            return Line::unasked("Lists", "switched off: lists = false in [lookups]");
        }
        if self.asker.is_offline() {
            let why = "not kept from before, and nobody is asked (offline)";
            return Line::new("Lists", why).standing(Standing::Unknown);
        }
        Line::unasked("Lists", format!("none that [lists] use names is about such {subject}"))
    }
}

/// Who has the address, and where.
pub(super) fn address_section(topic: Topic, title: &str, facts: &AddressFacts, config: &Config) -> Section {
    let mut lines = vec![];
    if let Some(special) = &facts.special {
        lines.push(Line::new("Reserved", format!("{special}; it belongs to nobody's network")));
    }
    if facts.own {
        lines.push(Line::new("Own", "it is in one of your own networks ([own] networks)"));
    }
    let lookups = &config.lookups;
    lines.push(match &facts.name {
        Some(fact) => Line::of("Host name", fact, "it has none", host_name),
        None => Line::unasked("Host name", why_unasked(facts, lookups.names, "names")),
    });
    lines.extend(origin_lines(facts.origin.as_ref(), || why_unasked(facts, lookups.origin, "origin")));
    lines.push(match &facts.country {
        Some(fact) => Line::of("Country", fact, "no country is given for it", country),
        None => Line::unasked("Country", why_unasked(facts, lookups.origin, "origin")),
    });
    Section { topic, title: title.to_owned(), lines }
}

/// Who announces it: AS, prefix, registry, date.
pub(super) fn origin_lines(
    origin: Option<&crate::model::Fact<Origin>>,
    why_unasked: impl Fn() -> String,
) -> Vec<Line> {
    let Some(fact) = origin else { return vec![Line::unasked("AS", why_unasked())] };
    let mut lines = vec![Line::of("AS", fact, "nobody announces it", |origin| {
        let name = origin.as_name.as_deref().unwrap_or("name not known");
        let also: Vec<String> = origin.also.iter().map(|number| format!("AS{number}")).collect();
        let also = if also.is_empty() { String::new() } else { format!("; also {}", also.join(", ")) };
        format!("AS{} {name}{also}", origin.asn)
    })];
    if let Some(origin) = fact.yes() {
        let part = |name: &str, value: Option<String>| {
            value.map(|value| Line::of(name, fact, "", move |_| value.clone()))
        };
        lines.extend(part("Prefix", origin.prefix.map(|prefix| prefix.to_string())));
        lines.extend(part("Registry", origin.registry.clone()));
        lines.extend(part("Allocated", origin.allocated.clone()));
    }
    lines
}

/// What each list says, a line for each code.
pub(super) fn lists_section(lists: &[ListFact], none: impl FnOnce() -> Line) -> Section {
    let mut section = Section::new(Topic::Lists, "Block lists");
    for list in lists {
        let name = format!("{} ({})", list.list, list.letter);
        let line = Line::of(&name, &list.fact, "not listed", |_| String::new());
        match list.fact.yes() {
            None => section.lines.push(line),
            Some(codes) => section.lines.extend(codes.iter().map(|code| {
                let value = match (code.name.as_str(), code.meaning.as_str()) {
                    ("", meaning) | (meaning, "") => meaning.to_owned(),
                    (name, meaning) => format!("{name}: {meaning}"),
                };
                let (value, standing) = match code.policy {
                    true => (format!("{value} (policy, no evidence)"), Standing::Policy),
                    false => (value, Standing::Listed),
                };
                Line { value, standing, ..line.clone() }
            })),
        }
    }
    if section.lines.is_empty() {
        section.lines.push(none());
    }
    section
}

/// Why something was not asked about an address.
pub(super) fn why_unasked(facts: &AddressFacts, is_on: bool, key: &str) -> String {
    match is_on {
        _ if facts.special.is_some() || facts.own => NOBODY_ASKED.to_owned(),
        false => format!("switched off: {key} = false in [lookups]"),
        true => "there is nobody to ask".to_owned(),
    }
}

fn host_name(name: &HostName) -> String {
    let confirmed = match name.confirmed {
        Some(true) => "confirmed: that name has this address",
        Some(false) => "not confirmed: that name does not have this address",
        None => "whether that name has this address is not known",
    };
    format!("{} ({confirmed})", name.name)
}

fn country(country: &Country) -> String {
    let meaning = match country.meaning {
        CountryMeaning::Located => "where it is used",
        CountryMeaning::Registered => "where its network is registered",
    };
    format!("{} ({meaning})", country.code)
}
