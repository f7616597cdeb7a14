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

/// One block list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockList {
    /// Its name in queries: `zen`.
    pub name: String,
    /// The letter that stands for it in lists.
    pub letter: char,
    /// The zone without a key; `{key}` stands where the key belongs.
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
