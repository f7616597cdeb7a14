//! What is known about a host or a URL, in lines: its domain, its addresses and whom to tell about them.

use super::address::{address_section, lists_section};
use super::known::{Line, Section, Standing, Topic};
use super::subject::NamedUrl;
use super::{Desk, Error};
use crate::model::{Fact, Finding};
use crate::text::url::is_under;

/// So many addresses of a host are looked at; behind a name there may be hundreds of a content network.
const MOST_ADDRESSES: usize = 8;

impl Desk<'_> {
    pub(super) fn url(&self, url: &NamedUrl) -> Result<Vec<Section>, Error> {
        let mut section = Section::new(Topic::Subject, "URL").with(Line::new("URL", &url.url).link());
        if let Some(given) = &url.given {
            let line = Line::new("Wrapped in", given).link();
            section.lines.push(Line { source: url.wrapped_by.join(", "), ..line });
        }
        let trace = "a trace follows it, which whoever runs its host notices";
        section.lines.push(Line::unasked("Leads to", trace));
        let mut sections = vec![section];
        sections.extend(self.host(&url.host)?);
        Ok(sections)
    }

    pub(super) fn host(&self, name: &str) -> Result<Vec<Section>, Error> {
        let host = self.host_facts(name)?;
        let mut section = Section::new(Topic::Subject, "Host").with(Line::new("Name", &host.host).link());
        section.lines.push(match &host.registrable {
            Some(domain) => Line::new("Domain", domain).link(),
            None => {
                Line::new("Domain", "it is in no domain that somebody registered").standing(Standing::Remark)
            }
        });
        for (domains, whose) in [
            (&self.config.own.domains, "it is in one of your own domains ([own] domains)"),
            (
                &self.config.allowed_domains,
                "it is in a domain that no list of yours names ([export] allowed_domains)",
            ),
        ] {
            if domains.iter().any(|domain| is_under(&host.host, domain)) {
                section.lines.push(Line::new("Own", whose).standing(Standing::Remark));
            }
        }
        let written =
            |ips: &Vec<std::net::IpAddr>| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        section.lines.push(match &host.addresses {
            Some(fact) => Line::of("Addresses", fact, "it has none", written),
            None => Line::unasked("Addresses", "it is no name that could be asked about"),
        });
        let no_lists = || match &host.registrable {
            None => Line::unasked("Lists", "lists of domains are asked about registered domains only"),
            Some(_) => self.no_lists_about("domains"),
        };
        let mut sections = vec![section, lists_section(&host.lists, no_lists)];
        sections.extend(host.registrable.as_deref().map(|domain| self.domain_registration(domain)));
        let all = host.addresses.as_ref().and_then(|fact| fact.yes()).map_or(&[][..], Vec::as_slice);
        let some = all.get(..MOST_ADDRESSES).unwrap_or(all);
        let facts = self.facts(some)?;
        for facts in &facts {
            let mut section =
                address_section(Topic::Address, &format!("Address {}", facts.ip), facts, self.config);
            section.lines.extend(lists_section(&facts.lists, || self.no_lists(facts)).lines);
            sections.push(section);
        }
        if let Some(last) = sections.last_mut().filter(|_| some.len() < all.len()) {
            let more = format!("{} more addresses were not looked at", all.len() - some.len());
            last.lines.push(Line::new("", more).standing(Standing::Remark));
        }
        if facts.is_empty() {
            // Whom to tell goes by its addresses.
            let nobody = match &host.addresses {
                Some(Fact { finding: Finding::No, .. }) => {
                    Line::new("Nobody", "it has no address about which anybody could be told")
                        .standing(Standing::Absent)
                }
                _ => Line::new("Nobody", "its addresses are not known").standing(Standing::Unknown),
            };
            sections.push(Section::new(Topic::Contacts, "Abuse contacts").with(nobody));
        } else {
            sections.extend(self.contact_sections(&facts)?);
        }
        Ok(sections)
    }
}
