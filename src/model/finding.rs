//! Answers of others: found, not there, or not known; and where they are kept. Knows nobody who could be asked.

use super::clock::Seconds;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A three-valued answer. What could not be learnt is never taken for a no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding<T> {
    /// Found.
    Yes(T),
    /// Asked, and it is not there.
    No,
    /// Not learnt; a sentence says why.
    Unknown(String),
}

impl<T> Finding<T> {
    /// What was found.
    pub fn yes(&self) -> Option<&T> {
        match self {
            Finding::Yes(found) => Some(found),
            Finding::No | Finding::Unknown(_) => None,
        }
    }

    /// The same answer about something else.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Finding<U> {
        match self {
            Finding::Yes(found) => Finding::Yes(f(found)),
            Finding::No => Finding::No,
            Finding::Unknown(why) => Finding::Unknown(why),
        }
    }

    /// It was answered, one way or the other.
    pub fn is_known(&self) -> bool {
        !matches!(self, Finding::Unknown(_))
    }
}

/// An answer, who gave it, and how old it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// The answer.
    pub finding: Finding<T>,
    /// Who gave it: a list's name, `Team Cymru`, `RDAP rdap.example.net`, a file.
    pub from: String,
    /// When it was given.
    pub at: Seconds,
    /// Until when it need not be asked again.
    pub until: Seconds,
}

impl<T> Fact<T> {
    /// The same fact about something else.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        Fact { finding: self.finding.map(f), from: self.from, at: self.at, until: self.until }
    }

    /// What was found.
    pub fn yes(&self) -> Option<&T> {
        self.finding.yes()
    }
}

/// An answer as it is kept between runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// The answer in the words of whoever keeps it there; opaque to the keeper.
    pub value: String,
    /// When it was given.
    pub at: Seconds,
    /// Until when it need not be asked again. It stays readable after that: offline, an old answer with its age is
    /// better than none.
    pub until: Seconds,
}

/// Where answers are kept. The database is one; a test may bring its own. A keeper that fails forgets.
///
/// Keys never hold a secret: a list's key is left out of them.
pub trait Cache {
    /// The answer to a question, however old.
    fn get(&self, key: &str) -> Option<Cached>;
    /// Keeps an answer in place of an older one.
    fn put(&self, key: &str, answer: Cached);
    /// The answer of this kind for the smallest network around the address of which one still holds; else, however old,
    /// for the smallest of all.
    fn network(&self, kind: &str, ip: IpAddr) -> Option<Cached>;
    /// Keeps an answer that holds for every address from `first` to `last`.
    fn put_network(&self, kind: &str, first: IpAddr, last: IpAddr, answer: Cached);
}
