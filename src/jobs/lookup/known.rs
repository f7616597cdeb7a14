//! What is known about a subject as sections of lines, for a command and a screen alike: each line says what, from whom,
//! how old, and whether it is a yes, a no, or not known. What others wrote stands here as they wrote it; whoever shows
//! it makes it showable.

use crate::export::age;
use crate::model::clock::{self, Seconds};
use crate::model::{Fact, Finding};
use serde::{Deserialize, Serialize, Serializer};

crate::model::report::named! {
    /// How a line is to be taken.
    Standing {
        /// It is so.
        Found = 0 "yes",
        /// It is so, and speaks against the subject: a block list names it.
        Listed = 1 "listed",
        /// A list names it for what its network is for, which is no evidence.
        Policy = 2 "policy",
        /// Asked, and there is nothing.
        Absent = 3 "no",
        /// Not learnt; the value says why. Never to be taken for a no.
        Unknown = 4 "unknown",
        /// Named, and not used; the value says why.
        Refused = 5 "refused",
        /// Nobody was asked; the value says why.
        Unasked = 6 "not asked",
        /// A remark.
        Remark = 7 "remark",
    }
}

crate::model::report::named! {
    /// What a section is about.
    Topic {
        /// The subject itself.
        Subject = 0 "subject",
        /// One of its addresses.
        Address = 1 "address",
        /// What block lists say.
        Lists = 2 "lists",
        /// Whom to tell, and why.
        Contacts = 3 "contacts",
        /// Sources of reports that are part of it.
        Sources = 4 "sources",
        /// Feeds that it was submitted to.
        Feeds = 5 "feeds",
    }
}

/// One thing that is known, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is about.
    pub name: String,
    /// What is known; of an unknown, the reason.
    pub value: String,
    /// How it is to be taken.
    pub standing: Standing,
    /// Who says so; empty where it needs nobody.
    pub source: String,
    /// When it was said.
    #[serde(serialize_with = "moment")]
    pub at: Option<Seconds>,
    /// It was over its time, and nothing newer could be had.
    pub is_old: bool,
    /// It holds a host or a URL that nobody should open by accident: shown defanged.
    pub is_link: bool,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// What it is about.
    pub topic: Topic,
    /// Its heading.
    pub title: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// The reports that have something in common with the subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedReports {
    /// What, in words: `from this address`.
    pub what: String,
    /// The query that selects them.
    pub query: String,
    /// How many.
    pub count: u64,
    /// Those of them that are open.
    pub open: u64,
    /// Those of them that were reported.
    pub reported: u64,
    /// First arrival of one of them.
    #[serde(serialize_with = "moment")]
    pub first: Option<Seconds>,
    /// Last arrival.
    #[serde(serialize_with = "moment")]
    pub last: Option<Seconds>,
}

/// Everything that is known about a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The subject, in its normal form.
    pub subject: String,
    /// What it is: address, network, host, url, asn.
    pub kind: &'static str,
    /// When it was looked up.
    #[serde(serialize_with = "instant")]
    pub at: Seconds,
    /// Why nobody was asked, a sentence; what is known is then from before.
    pub offline: Option<String>,
    /// What is known.
    pub sections: Vec<Section>,
    /// The reports that share it.
    pub reports: Vec<SharedReports>,
}

impl Known {
    /// Nothing yet, of a URL.
    pub fn nothing_of(url: &str, at: Seconds) -> Known {
        Known { subject: url.to_owned(), kind: "url", at, offline: None, sections: vec![], reports: vec![] }
    }
}

impl Section {
    /// Nothing in it yet.
    pub fn new(topic: Topic, title: impl Into<String>) -> Section {
        Section { topic, title: title.into(), lines: vec![] }
    }

    /// The same with one line more.
    pub fn with(mut self, line: Line) -> Section {
        self.lines.push(line);
        self
    }
}

impl Line {
    /// Something that needs no source.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Line {
        Line {
            name: name.into(),
            value: value.into(),
            standing: Standing::Found,
            source: String::new(),
            at: None,
            is_old: false,
            is_link: false,
        }
    }

    /// A fact, whose yes is put into words by `words` and whose no is `no`.
    pub fn of<T>(
        name: impl Into<String>,
        fact: &Fact<T>,
        no: &str,
        words: impl FnOnce(&T) -> String,
    ) -> Line {
        let (value, standing) = match &fact.finding {
            Finding::Yes(found) => (words(found), Standing::Found),
            Finding::No => (no.to_owned(), Standing::Absent),
            Finding::Unknown(why) => (why.clone(), Standing::Unknown),
        };
        let is_known = fact.finding.is_known();
        Line {
            standing,
            source: fact.from.clone(),
            at: is_known.then_some(fact.at),
            is_old: is_known && fact.until < clock::now(),
            ..Line::new(name, value)
        }
    }

    /// Something about which nobody was asked, and why.
    pub fn unasked(name: impl Into<String>, why: impl Into<String>) -> Line {
        Line::new(name, why).standing(Standing::Unasked)
    }

    /// The same, to be taken so.
    pub fn standing(self, standing: Standing) -> Line {
        Line { standing, ..self }
    }

    /// The same, about a host or a URL.
    pub fn link(self) -> Line {
        Line { is_link: true, ..self }
    }

    /// Who says so and how old it is: `Team Cymru, 3 h old`. Empty where it needs nobody.
    pub fn provenance(&self, now: Seconds) -> String {
        let age = self.at.map(|at| age(now.saturating_sub(at)));
        let late = if self.is_old { ", over its time" } else { "" };
        match (self.source.as_str(), age) {
            ("", None) => String::new(),
            (source, None) => source.to_owned(),
            ("", Some(age)) => format!("{age}{late}"),
            (source, Some(age)) => format!("{source}, {age}{late}"),
        }
    }
}

fn moment<S: Serializer>(at: &Option<Seconds>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(clock::rfc3339).serialize(serializer)
}

fn instant<S: Serializer>(at: &Seconds, serializer: S) -> Result<S::Ok, S::Error> {
    clock::rfc3339(*at).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_who_said_it_how_long_ago_and_whether_that_is_too_long() {
        let now = clock::now();
        let fact = |finding, at, until| Fact { finding, from: "DNS".to_owned(), at, until };
        let line = |fact: &Fact<u8>| Line::of("A", fact, "nothing", u8::to_string);
        let fresh = line(&fact(Finding::Yes(7), now - 7_200, now + 60));
        assert_eq!((fresh.value.as_str(), fresh.provenance(now).as_str()), ("7", "DNS, 2 h old"));
        let old = line(&fact(Finding::No, now - 10 * 86_400, now - 60));
        assert_eq!((old.value.as_str(), old.standing), ("nothing", Standing::Absent));
        assert_eq!(old.provenance(now), "DNS, 10 d old, over its time");
        let unknown = line(&fact(Finding::Unknown("no answer".to_owned()), now, 0));
        assert_eq!((unknown.value.as_str(), unknown.standing), ("no answer", Standing::Unknown));
        assert_eq!(unknown.provenance(now), "DNS", "what was not said has no age");
        assert_eq!(Line::new("A", "b").provenance(now), "");
        assert_eq!(
            [0, 59, 60, 3_600, 172_799, 172_800].map(age).join(" "),
            "now now 1 min old 1 h old 47 h old 2 d old"
        );
    }
}
