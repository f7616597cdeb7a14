//! Answers about networks that are kept between runs: read first, asked only when they are over their time, and read
//! again, however old, where nobody answers. Knows neither who is asked nor how.

use crate::model::clock::{self, Seconds};
use crate::model::{Cache, Cached, Fact, Finding};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Contacts of a network change a few times a year.
const FOUND: Seconds = 7 * 86_400;
/// Somebody may add one tomorrow.
const NOT_FOUND: Seconds = 86_400;

/// Where answers are kept.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub cache: &'a dyn Cache,
    /// Answers older than this are asked again, however long they hold.
    pub not_before: Seconds,
}

/// The most general range for which an answer is kept: in a larger one others may have smaller networks.
pub(super) fn shortest_prefix(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 16 } else { 32 }
}

/// An answer, and for which addresses it holds.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    found: Vec<String>,
    from: String,
    /// `None`: the address that was asked for.
    range: Option<(IpAddr, IpAddr)>,
}

impl Answer {
    /// These were named; none means that there is nobody.
    pub(super) fn of(found: Vec<String>, from: String, range: Option<(IpAddr, IpAddr)>) -> Answer {
        Answer { found, from, range }
    }

    /// There is nobody.
    pub(super) fn none(from: String, range: Option<(IpAddr, IpAddr)>) -> Answer {
        Answer::of(vec![], from, range)
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    from: String,
    found: Vec<String>,
}

impl Kept<'_> {
    /// The kept answer of this kind about the address, if it still holds.
    pub(super) fn fresh(&self, kind: &str, ip: IpAddr) -> Option<Fact<Vec<String>>> {
        self.kept(kind, ip).filter(|fact| fact.until > clock::now() && fact.at >= self.not_before)
    }

    fn kept(&self, kind: &str, ip: IpAddr) -> Option<Fact<Vec<String>>> {
        self.cache.network(kind, ip).and_then(read)
    }

    /// The answer of this kind about the address. `ask` brings it, or who did not answer and why: such a failure is
    /// never kept.
    pub(super) fn network(
        &self,
        kind: &str,
        ip: IpAddr,
        ask: impl FnOnce() -> Result<Answer, (String, String)>,
    ) -> Fact<Vec<String>> {
        if let Some(fact) = self.fresh(kind, ip) {
            return fact;
        }
        let now = clock::now();
        match (ask(), self.kept(kind, ip)) {
            (Ok(Answer { found, from, range }), _) => {
                let until = now.saturating_add(if found.is_empty() { NOT_FOUND } else { FOUND });
                let (first, last) = range.unwrap_or((ip, ip));
                let written = Written { from, found };
                if let Ok(value) = serde_json::to_string(&written) {
                    self.cache.put_network(kind, first, last, Cached { value, at: now, until });
                }
                fact(written, now, until)
            }
            (Err(_), Some(old)) => old,
            (Err((from, why)), None) => Fact { finding: Finding::Unknown(why), from, at: now, until: now },
        }
    }
}

fn read(kept: Cached) -> Option<Fact<Vec<String>>> {
    let written: Written = serde_json::from_str(&kept.value).ok()?;
    Some(fact(written, kept.at, kept.until))
}

fn fact(written: Written, at: Seconds, until: Seconds) -> Fact<Vec<String>> {
    let finding = if written.found.is_empty() { Finding::No } else { Finding::Yes(written.found) };
    Fact { finding, from: written.from, at, until }
}
