//! What registries say about a domain or an AS, in lines: since when it is registered, through whom, and whom they name
//! for abuse of it.

use super::Desk;
use super::known::{Line, Section, Standing, Topic};
use crate::enrich::contacts::Registration;
use crate::model::Fact;
use crate::model::clock::{self, Seconds};
use crate::text::url::is_under;

/// Domains younger than this were mostly registered for what they are used for.
const YOUNG: Seconds = 30 * 86_400;

impl Desk<'_> {
    /// About the domain that somebody registered. Nobody is asked about our own.
    pub(super) fn domain_registration(&self, domain: &str) -> Section {
        let section = Section::new(Topic::Subject, "Registration");
        if self.config.own.domains.iter().any(|own| is_under(domain, own)) {
            return section.with(Line::unasked("Registry", "it is your own domain"));
        }
        let refuse = |written: &str| {
            let host = written.rsplit_once('@').map_or("", |(_, host)| host);
            is_under(host, domain).then(|| "whoever registered it may read there".to_owned())
        };
        match self.contacts().domain_registration(self.asker, self.http, self.answers, domain) {
            Some(fact) => self.lines(section, &fact, "no such domain is registered", &refuse),
            None => section.with(Line::unasked("Registry", SWITCHED_OFF)),
        }
    }

    /// About an AS.
    pub(super) fn system_registration(&self, number: u32) -> Section {
        let section = Section::new(Topic::Contacts, "Abuse contacts");
        match self.contacts().system_registration(self.asker, self.http, self.answers, number) {
            Some(fact) => self.lines(section, &fact, "no such AS is registered", &|_| None),
            None => section.with(Line::unasked("RDAP", SWITCHED_OFF)),
        }
    }

    fn lines(
        &self,
        mut section: Section,
        fact: &Fact<Registration>,
        no: &str,
        refuse: &dyn Fn(&str) -> Option<String>,
    ) -> Section {
        let line = |name: &str, value: String| Line { value, ..Line::of(name, fact, no, |_| String::new()) };
        let Some(found) = fact.yes() else {
            return section.with(Line::of("Registry", fact, no, |_| String::new()));
        };
        let now = clock::now();
        let mut tell = |name: &str, value: Option<String>| {
            section.lines.extend(value.map(|value| line(name, value)));
        };
        tell("Name", found.name.clone());
        tell("Registrar", found.registrar.clone());
        tell("Registered", found.registered.map(|at| since(at, now)));
        tell("Changed", found.changed.map(clock::rfc3339));
        tell("Expires", found.expires.map(clock::rfc3339));
        tell("States", (!found.states.is_empty()).then(|| found.states.join(", ")));
        for written in &found.abuse {
            let refused = self.contacts.refusals.refuse(written).or_else(|| refuse(written));
            section.lines.push(match refused {
                None => line("Abuse", written.clone()),
                Some(why) => line("Abuse", format!("{written}: not used, {why}")).standing(Standing::Refused),
            });
        }
        if found.abuse.is_empty() {
            section.lines.push(line("Abuse", "it names nobody".to_owned()).standing(Standing::Absent));
        }
        section
    }
}

const SWITCHED_OFF: &str = "switched off: rdap = false in [contacts], or contacts = false in [lookups]";

/// A moment, and of one not long ago how long ago it is.
fn since(at: Seconds, now: Seconds) -> String {
    let ago = now.saturating_sub(at);
    match (0..YOUNG).contains(&ago) {
        true => format!("{}: {}", clock::rfc3339(at), crate::export::age(ago)),
        false => clock::rfc3339(at),
    }
}
