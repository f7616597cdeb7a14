//! A stub resolver: many questions at once, each answered yes, no, or not known with the reason (RFC 1035, RFC 2308).
//! Knows no cache but the trait, and not what is asked for.

mod asker;
mod exchange;
mod liveness;
mod servers;
mod tcp;
mod wire;

pub use asker::Asker;
pub use wire::is_askable;

use crate::model::{DnsSettings, Finding};
use liveness::{Liveness, Patience};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

/// More servers than anybody has; a question remembers how often it tried each.
const MOST_SERVERS: usize = 8;

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// IPv4 addresses of a name.
    A,
    /// IPv6 addresses of a name.
    Aaaa,
    /// The name of an address.
    Ptr,
    /// Text.
    Txt,
    /// Mail servers.
    Mx,
}

impl RecordType {
    /// As zone files have it.
    pub fn name(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
            RecordType::Ptr => "PTR",
            RecordType::Txt => "TXT",
            RecordType::Mx => "MX",
        }
    }
}

/// What is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// The name, which may hold a list's secret key.
    pub name: String,
    /// The kind of records.
    pub record: RecordType,
    /// The question as it is cached, logged and told to people: never with a secret.
    pub key: String,
    /// For how many seconds its answer is kept, at least and at most, whatever the zone says.
    pub kept: RangeInclusive<u32>,
}

impl Question {
    /// A question without secrets.
    pub fn new(name: impl Into<String>, record: RecordType) -> Question {
        let name = name.into();
        let key = Question::key(&name, record);
        Question { name, record, key, kept: 0..=u32::MAX }
    }

    /// A question about a name that holds a secret; `public` is the name without it.
    pub fn with_secret(name: impl Into<String>, public: &str, record: RecordType) -> Question {
        Question { name: name.into(), record, key: Question::key(public, record), kept: 0..=u32::MAX }
    }

    /// The same question, whose answer is kept for so many seconds, at least and at most.
    pub fn kept(self, seconds: RangeInclusive<u32>) -> Question {
        Question { kept: seconds, ..self }
    }

    fn key(name: &str, record: RecordType) -> String {
        format!("dns {} {}", record.name(), name.to_ascii_lowercase())
    }
}

/// Without the name, which may hold a secret.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Question").field(&self.key).finish()
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// PTR: whatever the owner of the zone has written.
    Name(String),
    /// TXT: its character-strings as one text. What is no UTF-8 is replaced.
    Text(String),
    /// MX.
    Exchange {
        /// The lower, the better.
        preference: u16,
        /// The mail server; empty in a null MX (RFC 7505).
        host: String,
    },
}

/// What was learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// At least one record, or none, or not known.
    pub finding: Finding<Vec<Data>>,
    /// For how many seconds it holds: between a minute and a day, a no at most an hour, nothing when not known.
    pub ttl: u32,
    /// The server that said so.
    pub server: Option<SocketAddr>,
}

/// Asks name servers.
pub struct Resolver {
    servers: Vec<SocketAddr>,
    timeout: Duration,
    tries: u8,
    liveness: Liveness,
}

impl Resolver {
    /// Opens nothing yet.
    ///
    /// # Errors
    /// A sentence when the settings say that nobody is to be asked.
    pub fn new(settings: &DnsSettings) -> Result<Resolver, String> {
        if settings.offline {
            return Err("nobody is asked: the configuration says offline = true in [dns]".to_owned());
        }
        let mut servers = settings.servers.clone();
        if servers.is_empty() {
            servers = servers::of_the_system();
        }
        servers.truncate(MOST_SERVERS);
        let liveness = Liveness::new(servers.len());
        Ok(Resolver { servers, timeout: settings.timeout, tries: settings.tries.max(1), liveness })
    }

    /// The servers, the preferred first.
    pub fn servers(&self) -> &[SocketAddr] {
        &self.servers
    }

    /// Whether any server answers at all. Asked once a run; a no holds for half a minute.
    ///
    /// # Errors
    /// A sentence when none does, after one timeout.
    pub fn reachable(&self, cancelled: &dyn Fn() -> bool) -> Result<(), String> {
        self.liveness.reachable(&self.patience(), cancelled)
    }

    fn patience(&self) -> Patience<'_> {
        Patience { servers: &self.servers, timeout: self.timeout, tries: self.tries }
    }

    /// The answers, in the order of the questions. When no server answers at all, that is found once and told of all.
    pub fn ask(&self, questions: &[Question], cancelled: &dyn Fn() -> bool) -> Vec<Answer> {
        if questions.is_empty() {
            return vec![];
        }
        if let Err(why) = self.reachable(cancelled) {
            return questions.iter().map(|_| Answer::unknown(why.clone())).collect();
        }
        exchange::Exchange::new(self, questions).run(cancelled)
    }
}

impl Answer {
    fn unknown(why: String) -> Answer {
        Answer { finding: Finding::Unknown(why), ttl: 0, server: None }
    }
}
