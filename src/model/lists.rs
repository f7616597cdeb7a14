//! Block lists as data: how each is asked and what its answers mean (RFC 5782). Asks nobody.

use super::facts::ListCode;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

super::report::named! {
    /// What a list is asked about.
    ListSubject {
        /// Addresses.
        Address = 0 "address",
        /// Registrable domains.
        Domain = 1 "domain",
    }
}

impl ListSubject {
    /// What every list holds, and what none may hold, as they stand before the zone (RFC 5782 §5).
    pub fn test_points(self) -> (&'static str, &'static str) {
        match self {
            ListSubject::Address => ("2.0.0.127", "1.0.0.127"),
            ListSubject::Domain => ("test", "invalid"),
        }
    }
}

/// One block list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockList {
    /// Its name in queries: `zen`.
    pub name: String,
    /// The letter that stands for it in lists.
    pub letter: char,
    /// The zone without a key; [`BlockList::KEY_PLACE`] stands where the key belongs.
    pub zone: String,
    /// What it is asked about.
    pub subject: ListSubject,
    /// It also lists IPv6 addresses.
    pub ipv6: bool,
    /// What an answer means, by the whole address.
    pub codes: Vec<(Ipv4Addr, ListCode)>,
    /// What an answer means, by bits of its last octet.
    pub bits: Vec<(u8, ListCode)>,
    /// Answers that say nothing about the subject, with what they mean.
    pub errors: Vec<(Ipv4Net, String)>,
    /// A name that is always listed and one that never is (RFC 5782 §5), where they are not the usual ones.
    pub test_points: Option<(String, String)>,
}

impl BlockList {
    /// Stands in a zone where its key belongs.
    pub const KEY_PLACE: &str = "{key}";
}
