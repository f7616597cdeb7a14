//! The test that a list has to pass before it is believed (RFC 5782 §5), and what it may find. Knows no subjects but the
//! test points.

use super::{Asked, Health, Side, TEST_AGAIN};
use crate::enrich::dns::{Asker, Data, Question};
use crate::enrich::reverse::nibbles;
use crate::model::clock::{self, Seconds};
use crate::model::{Fact, Finding, ListSubject};
use std::ops::RangeInclusive;

/// The test points of [`ListSubject::test_points`] as IPv4-mapped IPv6.
const LISTED_V6: u128 = 0xffff_7f00_0002;
const UNLISTED_V6: u128 = 0xffff_7f00_0001;
/// A test that is older says little.
const TEST_KEPT: RangeInclusive<u32> = 0..=600;

/// What a test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It can be believed.
    Sound,
    /// It did not answer; it may later.
    Silent(String),
    /// It says that it does not answer us, or cannot be asked without its key.
    Refuses(String),
    /// What it answers is not true, perhaps for a while already.
    Wrong(String),
}

impl State {
    /// Why it is not asked.
    pub(super) fn why(&self) -> Option<&str> {
        match self {
            State::Sound => None,
            State::Silent(why) | State::Refuses(why) | State::Wrong(why) => Some(why),
        }
    }

    /// What it said before still counts.
    pub(super) fn keeps_answers(&self) -> bool {
        !matches!(self, State::Wrong(_))
    }
}

/// What the tests of one list found.
pub(super) struct Tested {
    pub(super) list: String,
    /// About IPv4 addresses, or domains.
    pub(super) state: State,
    /// About IPv6 addresses, where it lists them.
    pub(super) ipv6: Option<State>,
    pub(super) at: Seconds,
}

impl Tested {
    /// `None`: the list is not about such.
    pub(super) fn of(&self, side: Side) -> Option<&State> {
        match side {
            Side::V4 | Side::Domains => Some(&self.state),
            Side::V6 => self.ipv6.as_ref(),
        }
    }

    pub(super) fn health(&self) -> Health {
        let told = |state: &State| state.why().map_or(Ok(()), |why| Err(why.to_owned()));
        Health {
            list: self.list.clone(),
            state: told(&self.state),
            ipv6: self.ipv6.as_ref().map(told),
            at: self.at,
        }
    }

    /// It did not answer, and that was a while ago.
    pub(super) fn is_due(&self) -> bool {
        let is_silent = |state: &State| matches!(state, State::Silent(_));
        (is_silent(&self.state) || self.ipv6.as_ref().is_some_and(is_silent))
            && clock::now() >= self.at.saturating_add(TEST_AGAIN)
    }
}

/// A test of a list: names of which one has to be listed, and one that must not be.
pub(super) struct Test {
    pub(super) list: String,
    pub(super) side: Side,
    pub(super) listed: Vec<Question>,
    pub(super) unlisted: Question,
}

impl Asked {
    pub(super) fn tests(&self) -> Vec<Test> {
        let sides: &[Side] = match self.list.subject {
            ListSubject::Domain => &[Side::Domains],
            ListSubject::Address if self.list.ipv6 => &[Side::V4, Side::V6],
            ListSubject::Address => &[Side::V4],
        };
        sides.iter().filter_map(|side| self.test(*side)).collect()
    }

    fn test(&self, side: Side) -> Option<Test> {
        let usual = |subject: ListSubject| {
            let (listed, unlisted) = subject.test_points();
            (listed.to_owned(), unlisted.to_owned())
        };
        let (listed, unlisted) = match side {
            Side::V4 => usual(ListSubject::Address),
            Side::V6 => (nibbles(LISTED_V6), nibbles(UNLISTED_V6)),
            Side::Domains => usual(ListSubject::Domain),
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
    pub(super) fn passes(&self, answers: &[(&Question, Fact<Vec<Data>>)], asker: &Asker<'_>) -> State {
        let unavailable = |why: &str| format!("it is not used in this run: {why}");
        let mut findings: Vec<Result<bool, State>> = answers
            .iter()
            .map(|(question, fact)| {
                let is_answered = fact.finding.is_known();
                match self.read(question, fact.clone(), asker).finding {
                    Finding::Yes(_) => Ok(true),
                    Finding::No => Ok(false),
                    Finding::Unknown(why) if is_answered => Err(State::Refuses(unavailable(&why))),
                    Finding::Unknown(why) => Err(State::Silent(unavailable(&why))),
                }
            })
            .collect();
        let unlisted = findings.pop();
        if unlisted == Some(Ok(true)) {
            let why = "it lists everything, even what no list may hold (RFC 5782)";
            return State::Wrong(unavailable(why));
        }
        if findings.contains(&Ok(true)) {
            return unlisted.and_then(Result::err).unwrap_or(State::Sound);
        }
        findings.into_iter().chain(unlisted).find_map(Result::err).unwrap_or_else(|| {
            let why =
                "it does not list what every list has to hold (RFC 5782); its zone may be wrong or gone";
            State::Wrong(unavailable(why))
        })
    }
}
