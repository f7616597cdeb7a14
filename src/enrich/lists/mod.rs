//! Asking block lists about addresses and registrable domains (RFC 5782). Which lists there are, others say.
//!
//! A list is tested before it is believed: one that is gone answers nothing, one that was sold answers everything, one
//! that refuses us answers with a code that looks like a listing.

mod meaning;

use super::dns::{Asker, Data, Question, RecordType};
use super::reverse::{nibbles, reversed};
use crate::model::clock::{self, Seconds};
use crate::model::{BlockList, Fact, Finding, ListCode, ListFact, ListSubject};
use meaning::meaning;
use std::cell::RefCell;
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// RFC 5782 §5: the address that every list holds, and the one that none does; the same as IPv4-mapped IPv6.
const LISTED_V4: &str = "2.0.0.127";
const UNLISTED_V4: &str = "1.0.0.127";
const LISTED_V6: u128 = 0xffff_7f00_0002;
const UNLISTED_V6: u128 = 0xffff_7f00_0001;
const LISTED_DOMAIN: &str = "test";
const UNLISTED_DOMAIN: &str = "invalid";
/// A test that is older says little.
const TEST_KEPT: RangeInclusive<u32> = 0..=600;
/// A listing that was lifted must not be held against anybody for long.
const ANSWER_KEPT: RangeInclusive<u32> = 60..=6 * 3_600;
/// Stands in a zone where its key belongs.
const KEY_PLACE: &str = "{key}";

/// The key of a list, which is part of its zone. Never printed.
pub enum Key {
    /// None is needed.
    None,
    /// The key.
    Secret(String),
    /// It could not be had; a sentence says why.
    Missing(String),
}

/// Whether a list can be believed in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Name of the list.
    pub list: String,
    /// About IPv4 addresses, or domains: fine, or the reason why not.
    pub state: Result<(), String>,
    /// About IPv6 addresses, where it lists them.
    pub ipv6: Option<Result<(), String>>,
    /// When it was tested.
    pub at: Seconds,
}

/// Lists to be asked. Made for one run: what the test found holds until [`Lists::check`] is called again.
pub struct Lists {
    lists: Vec<Asked>,
    health: RefCell<Option<Vec<Health>>>,
}

struct Asked {
    list: BlockList,
    /// The zone with its key, or why there is none.
    zone: Result<String, String>,
}

/// What of a list is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    V4,
    V6,
    Domains,
}

impl Lists {
    /// Lists, each with its key.
    pub fn new(lists: Vec<(BlockList, Key)>) -> Lists {
        let lists = lists.into_iter().map(|(list, key)| Asked { zone: zone(&list, key), list }).collect();
        Lists { lists, health: RefCell::new(None) }
    }

    /// The lists in their order.
    pub fn lists(&self) -> impl Iterator<Item = &BlockList> {
        self.lists.iter().map(|asked| &asked.list)
    }

    /// Tests every list (RFC 5782 §5). Offline nothing can be tested, and kept answers are believed.
    pub fn check(&self, asker: &Asker<'_>) -> Vec<Health> {
        let tests: Vec<Test> = self.lists.iter().flat_map(Asked::tests).collect();
        let questions: Vec<Question> =
            tests.iter().flat_map(|test| test.listed.iter().chain([&test.unlisted])).cloned().collect();
        let facts = if asker.is_offline() { vec![] } else { asker.ask(&questions) };
        let mut facts = questions.iter().zip(facts);
        let mut tests = tests.into_iter().peekable();
        let mut out = vec![];
        for asked in &self.lists {
            let fine: Result<(), String> = asked.zone.clone().map(|_| ());
            let is_both = asked.list.subject == ListSubject::Address && asked.list.ipv6;
            let mut health = Health {
                list: asked.list.name.clone(),
                state: fine.clone(),
                ipv6: is_both.then_some(fine),
                at: clock::now(),
            };
            while let Some(test) = tests.next_if(|test| test.list == asked.list.name) {
                let answers: Vec<_> = facts.by_ref().take(test.listed.len() + 1).collect();
                if answers.is_empty() {
                    continue;
                }
                let state = asked.passes(&answers, asker);
                match test.side {
                    Side::V6 => health.ipv6 = Some(state),
                    Side::V4 | Side::Domains => health.state = state,
                }
            }
            out.push(health);
        }
        *self.health.borrow_mut() = Some(out.clone());
        out
    }

    /// What each list says about each address. Addresses of special purpose are not for asking, nor our own.
    pub fn addresses(&self, asker: &Asker<'_>, ips: &[IpAddr]) -> Vec<Vec<ListFact>> {
        let names: Vec<Option<(Side, String)>> = ips
            .iter()
            .map(|ip| {
                let side = if ip.to_canonical().is_ipv4() { Side::V4 } else { Side::V6 };
                Some((side, reversed(*ip)))
            })
            .collect();
        self.ask(asker, ListSubject::Address, &names)
    }

    /// What each list says about the registrable domain of each name; nothing about addresses and bare suffixes, which
    /// no list is asked about.
    pub fn domains(&self, asker: &Asker<'_>, domains: &[String]) -> Vec<Vec<ListFact>> {
        let names: Vec<Option<(Side, String)>> =
            domains.iter().map(|domain| Some((Side::Domains, registrable(domain)?))).collect();
        self.ask(asker, ListSubject::Domain, &names)
    }

    fn ask(
        &self,
        asker: &Asker<'_>,
        subject: ListSubject,
        names: &[Option<(Side, String)>],
    ) -> Vec<Vec<ListFact>> {
        if self.health.borrow().is_none() {
            self.check(asker);
        }
        let health = self.health.borrow().clone().unwrap_or_default();
        let mut out: Vec<Vec<ListFact>> = names.iter().map(|_| vec![]).collect();
        let (mut questions, mut askers) = (vec![], vec![]);
        let now = clock::now();
        for (asked, health) in self.lists.iter().zip(&health) {
            if asked.list.subject != subject {
                continue;
            }
            for (at, name) in names.iter().enumerate() {
                let Some((side, name)) = name else { continue };
                let Some(state) = health.of(*side) else { continue };
                match state.clone().and_then(|()| asked.question(name)) {
                    Ok(question) => {
                        questions.push(question.kept(ANSWER_KEPT));
                        askers.push((at, asked));
                    }
                    Err(why) => {
                        let finding = Finding::Unknown(why);
                        let from = asked.list.name.clone();
                        let fact = Fact { finding, from, at: now, until: now };
                        if let Some(facts) = out.get_mut(at) {
                            facts.push(asked.fact(fact));
                        }
                    }
                }
            }
        }
        for (((at, asked), question), answer) in askers.iter().zip(&questions).zip(asker.ask(&questions)) {
            if let Some(facts) = out.get_mut(*at) {
                facts.push(asked.fact(asked.read(question, answer, asker)));
            }
        }
        let place = |fact: &ListFact| self.lists.iter().position(|asked| asked.list.name == fact.list);
        out.iter_mut().for_each(|facts| facts.sort_by_key(place));
        out
    }
}

impl Health {
    /// `None`: the list is not about such.
    fn of(&self, side: Side) -> Option<&Result<(), String>> {
        match side {
            Side::V4 | Side::Domains => Some(&self.state),
            Side::V6 => self.ipv6.as_ref(),
        }
    }
}

/// A test of a list: names of which one has to be listed, and one that must not be.
struct Test {
    list: String,
    side: Side,
    listed: Vec<Question>,
    unlisted: Question,
}

impl Asked {
    fn question(&self, name: &str) -> Result<Question, String> {
        let zone = self.zone.as_ref().map_err(Clone::clone)?;
        let (name, public) = (format!("{name}.{zone}"), format!("{name}.{}", self.list.zone));
        Ok(Question::with_secret(name, &public, RecordType::A))
    }

    fn tests(&self) -> Vec<Test> {
        let sides: &[Side] = match self.list.subject {
            ListSubject::Domain => &[Side::Domains],
            ListSubject::Address if self.list.ipv6 => &[Side::V4, Side::V6],
            ListSubject::Address => &[Side::V4],
        };
        sides.iter().filter_map(|side| self.test(*side)).collect()
    }

    fn test(&self, side: Side) -> Option<Test> {
        let (listed, unlisted) = match side {
            Side::V4 => (LISTED_V4.to_owned(), UNLISTED_V4.to_owned()),
            Side::V6 => (nibbles(LISTED_V6), nibbles(UNLISTED_V6)),
            Side::Domains => (LISTED_DOMAIN.to_owned(), UNLISTED_DOMAIN.to_owned()),
        };
        let own = self.list.test_points.as_ref().filter(|_| side != Side::V6);
        let question = |name: &str| self.question(name).ok().map(|question| question.kept(TEST_KEPT));
        let unlisted = question(own.map_or(unlisted.as_str(), |(_, unlisted)| unlisted))?;
        let listed = own.map(|(listed, _)| listed.as_str()).into_iter().chain([listed.as_str()]);
        Some(Test {
            list: self.list.name.clone(),
            side,
            listed: listed.map(question).collect::<Option<_>>()?,
            unlisted,
        })
    }

    /// The last answer is about what must not be listed.
    fn passes(&self, answers: &[(&Question, Fact<Vec<Data>>)], asker: &Asker<'_>) -> Result<(), String> {
        let mut findings: Vec<Finding<Vec<ListCode>>> =
            answers.iter().map(|(question, fact)| self.read(question, fact.clone(), asker).finding).collect();
        let unlisted = findings.pop();
        let unavailable = |why: &str| format!("it is not used in this run: {why}");
        if let Some(Finding::Yes(_)) = unlisted {
            return Err(unavailable("it lists everything, even what no list may hold (RFC 5782)"));
        }
        if findings.iter().any(|finding| finding.yes().is_some()) {
            return match unlisted {
                Some(Finding::Unknown(why)) => Err(unavailable(&why)),
                _ => Ok(()),
            };
        }
        let why = findings.into_iter().chain(unlisted).find_map(|finding| match finding {
            Finding::Unknown(why) => Some(why),
            _ => None,
        });
        Err(unavailable(why.as_deref().unwrap_or(
            "it does not list what every list has to hold (RFC 5782); its zone may be wrong or gone",
        )))
    }

    /// What an answer means. One that says nothing about its subject is not kept.
    fn read(&self, question: &Question, fact: Fact<Vec<Data>>, asker: &Asker<'_>) -> Fact<Vec<ListCode>> {
        let Fact { finding, at, until, .. } = fact;
        let (finding, until) = match finding {
            Finding::No => (Finding::No, until),
            Finding::Unknown(why) => (Finding::Unknown(why), until),
            Finding::Yes(data) => match meaning(&self.list, &data) {
                Ok(codes) => (Finding::Yes(codes), until),
                Err(why) => {
                    asker.distrust(question);
                    (Finding::Unknown(why), at)
                }
            },
        };
        Fact { finding, from: self.list.name.clone(), at, until }
    }

    fn fact(&self, fact: Fact<Vec<ListCode>>) -> ListFact {
        ListFact { list: self.list.name.clone(), letter: self.list.letter, fact }
    }
}

/// The zone with its key. A key is one label of letters, digits and hyphens.
fn zone(list: &BlockList, key: Key) -> Result<String, String> {
    let needs_key = list.zone.contains(KEY_PLACE);
    match key {
        _ if !needs_key => Ok(list.zone.clone()),
        Key::None => Err("it is not used: its zone needs a key, and none is configured".to_owned()),
        Key::Missing(why) => Err(format!("it is not used: its key could not be had: {why}")),
        Key::Secret(key) => {
            let key = key.trim().to_ascii_lowercase();
            let is_label =
                (1..=63).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if is_label {
                Ok(list.zone.replace(KEY_PLACE, &key))
            } else {
                Err("it is not used: its key is none, it may only have letters, digits and hyphens"
                    .to_owned())
            }
        }
    }
}

/// The domain that somebody registered, in ASCII and lower case; none of addresses and bare suffixes.
pub fn registrable(host: &str) -> Option<String> {
    match url::Host::parse(host.trim_end_matches('.')) {
        Ok(url::Host::Domain(name)) => psl::domain_str(&name).map(str::to_owned),
        _ => None,
    }
}
