//! Whom to tell, and why: the contacts that are used with what is known of them, and what every source said or why it
//! was not asked, in lines.

use super::address::why_unasked;
use super::known::{Line, Section, Standing, Topic};
use super::{Desk, Error};
use crate::enrich::contacts::{ContactSubject, applying, rule_in_words};
use crate::model::{
    AddressFacts, Contact, ContactChain, ContactKind, ContactScope, ContactSource, ContactState, ContactStep,
    Finding,
};

/// So much of a contact's history is told.
const MOST_EVENTS: usize = 5;

impl Desk<'_> {
    /// Whom to tell about any of these addresses, and why. How the contacts were found is told once for all addresses
    /// that have it in common.
    pub(super) fn contact_sections(&self, all: &[AddressFacts]) -> Result<Vec<Section>, Error> {
        let mut used: Vec<&Contact> = vec![];
        let mut ways: Vec<(&AddressFacts, &ContactChain)> = vec![];
        for (facts, chain) in all.iter().filter_map(|facts| Some((facts, facts.contacts.as_ref()?))) {
            for contact in &chain.contacts {
                if !used.iter().any(|known| known.address == contact.address) {
                    used.push(contact);
                }
            }
            if !ways.iter().any(|(_, told)| told.steps == chain.steps) {
                ways.push((facts, chain));
            }
        }
        let mut chosen = Section::new(Topic::Contacts, "Abuse contacts");
        for contact in &used {
            chosen.lines.push(used_line(contact));
            chosen.lines.extend(self.said_about(&contact.address)?);
        }
        if used.is_empty() {
            let why = ways.iter().find_map(|(_, chain)| chain.unknown());
            let is_unasked =
                ways.iter().any(|(facts, chain)| chain.steps.is_empty() && self.is_askable(facts));
            chosen.lines.push(match why {
                Some(why) => Line::new("Nobody", why).standing(Standing::Unknown),
                None if is_unasked => Line::unasked("Nobody", "no source of contacts was asked"),
                None => Line::new("Nobody", "there is nobody to tell").standing(Standing::Absent),
            });
        }
        let mut sections = vec![chosen];
        for (facts, chain) in &ways {
            let title = match ways.len() {
                1 => "How they were found".to_owned(),
                _ => format!("How they were found for {}", facts.ip),
            };
            let mut section = Section::new(Topic::Contacts, title);
            for source in ContactSource::ALL {
                section.lines.extend(self.source_lines(*source, facts, chain)?);
            }
            sections.push(section);
        }
        Ok(sections)
    }

    /// What one source said, or why it was not asked.
    fn source_lines(
        &self,
        source: ContactSource,
        facts: &AddressFacts,
        chain: &ContactChain,
    ) -> Result<Vec<Line>, Error> {
        let mut lines = vec![];
        for step in chain.steps.iter().filter(|step| step.source == source) {
            lines.extend(step_lines(step, chain));
            for (address, _) in &step.refused {
                lines.extend(self.said_about(&address.to_lowercase())?);
            }
        }
        if source == ContactSource::Own {
            let subject = ContactSubject::of(facts);
            let is_told = |words: &String| chain.steps.iter().any(|step| step.fact.from == *words);
            let overruled = applying(self.contacts.rules, &subject).into_iter().map(rule_in_words);
            lines.extend(overruled.filter(|words| !is_told(words)).map(|words| {
                let value = match self.is_askable(facts) {
                    true => format!("{words}; a more particular rule overrules it"),
                    false => words,
                };
                Line::new(label(source), value).standing(Standing::Refused)
            }));
            let doubts = self.rules_in_doubt(facts).filter(|_| self.is_askable(facts));
            lines.extend(doubts.map(|why| Line::new(label(source), why).standing(Standing::Unknown)));
        }
        if lines.is_empty() {
            lines.push(Line::unasked(label(source), self.why_not_asked(source, facts, chain)));
        }
        Ok(lines)
    }

    /// Why it is not known whether a rule applies, where there is such a rule.
    fn rules_in_doubt(&self, facts: &AddressFacts) -> Option<String> {
        let has = |test: fn(&ContactScope) -> bool| self.contacts.rules.iter().any(|rule| test(&rule.scope));
        let is_as_unknown = !facts.origin.as_ref().is_some_and(|fact| fact.finding.is_known());
        let is_name_unknown = match facts.name.as_ref().map(|fact| &fact.finding) {
            Some(Finding::Yes(name)) => name.confirmed.is_none(),
            Some(Finding::No) => false,
            Some(Finding::Unknown(_)) | None => true,
        };
        let by_asn = is_as_unknown && has(|scope| matches!(scope, ContactScope::Asn(_)));
        let by_name = is_name_unknown && has(|scope| matches!(scope, ContactScope::Domain(_)));
        let what = match (by_asn, by_name) {
            (true, true) => "its AS and its name are",
            (true, false) => "its AS is",
            (false, true) => "its name is",
            (false, false) => return None,
        };
        Some(format!("another rule of yours may apply: {what} not known"))
    }

    fn is_askable(&self, facts: &AddressFacts) -> bool {
        facts.special.is_none() && !facts.own
    }

    fn why_not_asked(&self, source: ContactSource, facts: &AddressFacts, chain: &ContactChain) -> String {
        let settings = self.contacts.settings;
        let (is_on, key) = match source {
            ContactSource::Own => return "none of your own rules applies".to_owned(),
            ContactSource::Abusix => (settings.abusix.is_some(), "abusix"),
            ContactSource::Rdap => (settings.rdap.is_some(), "rdap"),
            ContactSource::RipeStat => (settings.ripestat.is_some(), "ripestat"),
            ContactSource::AbuseNet => (settings.abuse_net, "abuse_net"),
            ContactSource::Role => (settings.role, "role"),
        };
        if !self.is_askable(facts) || !self.config.lookups.contacts {
            return why_unasked(facts, self.config.lookups.contacts, "contacts");
        }
        if !is_on {
            return format!("switched off: {key} = false in [contacts]");
        }
        let by_earlier = chain.contacts.iter().find(|contact| {
            contact.source != ContactSource::Own && contact.source.number() < source.number()
        });
        if let Some(contact) = by_earlier {
            return format!("not needed: {} has named somebody", label(contact.source));
        }
        if chain.steps.first().is_some_and(|step| step.source == ContactSource::Own) {
            return "not needed: a rule of your own decides".to_owned();
        }
        match source {
            ContactSource::AbuseNet | ContactSource::Role => {
                "it goes by the confirmed host name, and there is none".to_owned()
            }
            _ => "it was not reached".to_owned(),
        }
    }

    /// Whether a contact can be told, and the last of what happened to it.
    fn said_about(&self, address: &str) -> Result<Vec<Line>, Error> {
        let mut lines = vec![];
        if let Some(known) = self.store.contact_standing(address)? {
            let value = format!("{address} is {}: {}", known.state, known.reason);
            let line = Line { source: known.by, at: Some(known.at), ..Line::new("State", value) };
            let is_good = known.state == ContactState::Usable;
            lines.push(line.standing(if is_good { Standing::Remark } else { Standing::Refused }));
        }
        let history = self.store.contact_history(address)?;
        for event in history.iter().rev().take(MOST_EVENTS) {
            let line = Line::new("History", format!("{address}: {}", event.what)).standing(Standing::Remark);
            lines.push(Line { source: event.by.clone(), at: Some(event.at), ..line });
        }
        Ok(lines)
    }
}

/// A source as people call it.
fn label(source: ContactSource) -> &'static str {
    match source {
        ContactSource::Own => "Own rules",
        ContactSource::Abusix => "Abusix",
        ContactSource::Rdap => "RDAP",
        ContactSource::RipeStat => "RIPEstat",
        ContactSource::AbuseNet | ContactSource::Role => source.name(),
    }
}

/// A contact that is used.
fn used_line(contact: &Contact) -> Line {
    let name = match contact.kind {
        ContactKind::Mail => "Mail",
        ContactKind::Form => "Form",
    };
    let source = label(contact.source).to_owned();
    Line { source, at: Some(contact.at), ..Line::new(name, &contact.address) }
}

/// What a source said: each address with whether it is used.
fn step_lines(step: &ContactStep, chain: &ContactChain) -> Vec<Line> {
    let name = label(step.source);
    let no = match step.source {
        ContactSource::Own => "nobody is to be told",
        _ => "it names nobody",
    };
    let line = Line::of(name, &step.fact, no, |_| String::new());
    let Finding::Yes(named) = &step.fact.finding else { return vec![line] };
    let refused = |written: &str| {
        let same = |(address, _): &&(String, String)| address.eq_ignore_ascii_case(written.trim());
        step.refused.iter().find(same).map(|(_, why)| why)
    };
    let mut lines: Vec<Line> = named
        .iter()
        .filter(|written| refused(written).is_none())
        .map(|written| {
            let is_used =
                chain.contacts.iter().any(|contact| written.to_lowercase().contains(&contact.address));
            let value = if is_used { format!("{written}: used") } else { written.clone() };
            Line { value, ..line.clone() }
        })
        .collect();
    lines.extend(step.refused.iter().map(|(address, why)| Line {
        value: format!("{address}: not used, {why}"),
        standing: Standing::Refused,
        ..line.clone()
    }));
    lines
}
