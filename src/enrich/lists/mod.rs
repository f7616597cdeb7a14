//! Asking block lists about addresses and registrable domains (RFC 5782). Which lists there are, others say.
//!
//! A list is tested before it is believed: one that is gone answers nothing, one that was sold answers everything, one
//! that refuses us answers with a code that looks like a listing.

mod meaning;
mod test;

use super::dns::{Asker, Data, Question, RecordType};
use super::reverse::reversed;
use crate::model::clock::{self, Seconds};
use crate::model::{BlockList, Fact, Finding, ListCode, ListFact, ListSubject};
use meaning::meaning;
use std::cell::RefCell;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use test::{State, Test, Tested};

/// A list that did not answer its test is tested again after so many seconds.
const TEST_AGAIN: Seconds = 60;
/// A listing that was lifted must not be held against anybody for long.
const ANSWER_KEPT: RangeInclusive<u32> = 60..=6 * 3_600;

/// Suffixes of names that mean something in one network only: RFC 6761, RFC 6762, RFC 7686, RFC 8375, ICANN's
/// `internal`, and what routers make up. The list of public suffixes has some of them.
const INTERNAL: &[&str] = &[
    "localhost",
    "invalid",
    "test",
    "local",
    "onion",
    "home.arpa",
    "internal",
    "intranet",
    "lan",
    "corp",
    "home",
];
/// No suffix of the list, and yet what all examples are made of (RFC 2606).
const DOCUMENTATION: &str = "example";

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

/// Lists to be asked. Made for one run: what the test found holds until [`Lists::check`] is called again. Only a list
/// that did not answer its test is tested again in between.
pub struct Lists {
    lists: Vec<Asked>,
    tested: RefCell<Vec<Tested>>,
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
        Lists { lists, tested: RefCell::default() }
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
        let mut all = vec![];
        for asked in &self.lists {
            let untested =
                asked.zone.as_ref().map_or_else(|why| State::Refuses(why.clone()), |_| State::Sound);
            let is_both = asked.list.subject == ListSubject::Address && asked.list.ipv6;
            let mut tested = Tested {
                list: asked.list.name.clone(),
                state: untested.clone(),
                ipv6: is_both.then_some(untested),
                at: clock::now(),
            };
            while let Some(test) = tests.next_if(|test| test.list == asked.list.name) {
                let answers: Vec<_> = facts.by_ref().take(test.listed.len() + 1).collect();
                if answers.is_empty() {
                    continue;
                }
                let state = asked.passes(&answers, asker);
                match test.side {
                    Side::V6 => tested.ipv6 = Some(state),
                    Side::V4 | Side::Domains => tested.state = state,
                }
            }
            all.push(tested);
        }
        let health = all.iter().map(Tested::health).collect();
        *self.tested.borrow_mut() = all;
        health
    }

    /// The list was tested and answers nothing of use, however often it is asked: about this address, or about domains.
    /// One that did not answer its test may do so later.
    pub fn is_out_for_good(&self, list: &str, ip: Option<IpAddr>) -> bool {
        let side = ip.map_or(Side::Domains, Side::of);
        let tested = self.tested.borrow();
        let state = tested.iter().find(|tested| tested.list == list).and_then(|tested| tested.of(side));
        matches!(state, Some(State::Refuses(_) | State::Wrong(_)))
    }

    /// What each list says about each address. Addresses of special purpose are not for asking, nor our own.
    pub fn addresses(&self, asker: &Asker<'_>, ips: &[IpAddr]) -> Vec<Vec<ListFact>> {
        let names: Vec<Option<(Side, String)>> =
            ips.iter().map(|ip| Some((Side::of(*ip), reversed(*ip)))).collect();
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
        let is_due = self.tested.borrow().iter().any(Tested::is_due);
        if is_due || self.tested.borrow().len() != self.lists.len() {
            self.check(asker);
        }
        let tested = self.tested.borrow();
        let cancelled = || asker.cancelled();
        let silent = Asker::new(None, asker.cache(), false, &cancelled);
        let mut out: Vec<Vec<ListFact>> = names.iter().map(|_| vec![]).collect();
        let (mut questions, mut askers) = (vec![], vec![]);
        for (asked, tested) in self.lists.iter().zip(tested.iter()) {
            if asked.list.subject != subject {
                continue;
            }
            for (at, name) in names.iter().enumerate() {
                let Some((side, name)) = name else { continue };
                let Some(state) = tested.of(*side) else { continue };
                let question = asked.question(name).map(|question| question.kept(ANSWER_KEPT));
                match (state.why(), question) {
                    (None, Ok(question)) => {
                        questions.push(question);
                        askers.push((at, asked));
                    }
                    (why, question) => {
                        let kept = question.ok().filter(|_| state.keeps_answers());
                        let why = why.unwrap_or_default();
                        if let Some(facts) = out.get_mut(at) {
                            facts.push(asked.fact(asked.while_out(kept, why, &silent)));
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

impl Side {
    fn of(ip: IpAddr) -> Side {
        if ip.to_canonical().is_ipv4() { Side::V4 } else { Side::V6 }
    }
}

impl Asked {
    fn question(&self, name: &str) -> Result<Question, String> {
        let zone = self.zone.as_ref().map_err(Clone::clone)?;
        let (name, public) = (format!("{name}.{zone}"), format!("{name}.{}", self.list.zone));
        Ok(Question::with_secret(name, &public, RecordType::A))
    }

    /// What was kept stands while the list cannot be asked, as old as it is.
    fn while_out(&self, kept: Option<Question>, why: &str, silent: &Asker<'_>) -> Fact<Vec<ListCode>> {
        let kept = kept.and_then(|question| {
            let fact = silent.ask(std::slice::from_ref(&question)).pop()?;
            Some(self.read(&question, fact, silent)).filter(|fact| fact.finding.is_known())
        });
        kept.unwrap_or_else(|| {
            let now = clock::now();
            let finding = Finding::Unknown(why.to_owned());
            Fact { finding, from: self.list.name.clone(), at: now, until: now }
        })
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
    let needs_key = list.zone.contains(BlockList::KEY_PLACE);
    match key {
        _ if !needs_key => Ok(list.zone.clone()),
        Key::None => Err("it is not used: its zone needs a key, and none is configured".to_owned()),
        Key::Missing(why) => Err(format!("it is not used: its key could not be had: {why}")),
        Key::Secret(key) => {
            let key = key.trim().to_ascii_lowercase();
            let is_label =
                (1..=63).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if is_label {
                Ok(list.zone.replace(BlockList::KEY_PLACE, &key))
            } else {
                Err("it is not used: its key is none, it may only have letters, digits and hyphens"
                    .to_owned())
            }
        }
    }
}

/// The domain that somebody registered, in ASCII and lower case; none of addresses, of bare suffixes, and of names that
/// nobody can register: those of our own network are nobody else's business.
pub fn registrable(host: &str) -> Option<String> {
    let Ok(url::Host::Domain(name)) = url::Host::parse(host.trim_end_matches('.')) else { return None };
    let is_under =
        |suffix: &&str| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if INTERNAL.iter().any(is_under) {
        return None;
    }
    let is_registered = psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
    (is_registered || is_under(&DOCUMENTATION)).then(|| psl::domain_str(&name).map(str::to_owned)).flatten()
}
