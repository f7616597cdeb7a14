//! What others say about an address, a domain, a host: the facts that look-ups bring.

use super::Contact;
use super::finding::Fact;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A host name that an address has (PTR).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostName {
    /// The name, without the dot at its end, in lower case.
    pub name: String,
    /// Whether that name has the address in turn; anybody may write any name into his own reverse zone. `None` when
    /// that could not be learnt.
    pub confirmed: Option<bool>,
}

/// Who announces the network of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Number of the AS. Where several announce the same prefix, the first named.
    pub asn: u32,
    /// The others that announce the same prefix.
    pub also: Vec<u32>,
    /// The announced prefix, where it is known.
    pub prefix: Option<IpNet>,
    /// Name of the AS.
    pub as_name: Option<String>,
    /// Registry of the network: `arin`, `ripencc`, `apnic`, `lacnic`, `afrinic`.
    pub registry: Option<String>,
    /// Date of its allocation, as the registry writes it.
    pub allocated: Option<String>,
}

super::report::named! {
    /// What a country says about an address.
    CountryMeaning {
        /// Where it is used, as a GeoIP file has it.
        Located = 0 "located",
        /// Where its network is registered.
        Registered = 1 "registered",
    }
}

/// The country of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: String,
    /// What it says.
    pub meaning: CountryMeaning,
}

/// One thing that a block list says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCode {
    /// Short name, as in the query `list:zen:xbl`.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// It tells what the network is for, not what it did (PBL): never evidence, never red.
    pub policy: bool,
}

/// What a block list says about its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListFact {
    /// Name of the list.
    pub list: String,
    /// The letter that stands for it in lists.
    pub letter: char,
    /// What it says: at least one code, or nothing, or not known with the reason.
    pub fact: Fact<Vec<ListCode>>,
}

/// Everything that is known about an address. `None`: not asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddressFacts {
    /// The address.
    pub ip: IpAddr,
    /// What it is reserved for; such an address is never asked about.
    pub special: Option<String>,
    /// It is one of our own.
    pub own: bool,
    /// Its name.
    pub name: Option<Fact<HostName>>,
    /// Who announces it.
    pub origin: Option<Fact<Origin>>,
    /// Its country.
    pub country: Option<Fact<Country>>,
    /// What block lists say.
    pub lists: Vec<ListFact>,
    /// Whom to tell.
    pub contacts: Option<ContactChain>,
}

super::report::named! {
    /// Where a contact comes from, in the order in which they are asked.
    ContactSource {
        /// Our own rules.
        Own = 0 "own",
        /// Abusix ContactDB, by DNS.
        Abusix = 1 "abusix",
        /// The registry, by RDAP (RFC 9083).
        Rdap = 2 "rdap",
        /// RIPEstat's abuse contact finder.
        RipeStat = 3 "ripestat",
        /// abuse.net, by the domain of the confirmed host name.
        AbuseNet = 4 "abuse.net",
        /// abuse@ of that domain (RFC 2142).
        Role = 5 "abuse@",
    }
}

/// What one source of contacts said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactStep {
    /// The source.
    pub source: ContactSource,
    /// The addresses it named, and who exactly answered.
    pub fact: Fact<Vec<String>>,
    /// Addresses that are not used, with the reason.
    pub refused: Vec<(String, String)>,
}

/// Whom to tell about an address, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactChain {
    /// The contacts to use, best first, each once.
    pub contacts: Vec<Contact>,
    /// What each source said that was asked.
    pub steps: Vec<ContactStep>,
    /// Sources that are switched on and still to be asked: a quick look-up asks only those that answer by DNS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unasked: Vec<ContactSource>,
}

impl ContactChain {
    /// Why nobody is known, where a source could not be asked or was not yet. `None` with no contacts: there is nobody
    /// to tell.
    pub fn unknown(&self) -> Option<&str> {
        if !self.contacts.is_empty() {
            return None;
        }
        let failed = self.steps.iter().find_map(|step| match &step.fact.finding {
            super::Finding::Unknown(why) => Some(why.as_str()),
            super::Finding::Yes(_) | super::Finding::No => None,
        });
        failed.or(match self.unasked.first() {
            Some(ContactSource::Rdap | ContactSource::RipeStat) => Some("The registries were not asked yet."),
            Some(_) => Some("Not all sources were asked yet."),
            None => None,
        })
    }
}

/// Everything that is known about the host of a URL or a mail domain. `None`: not asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostFacts {
    /// Its name, in lower case and in ASCII.
    pub host: String,
    /// The registrable domain, by which domain lists are asked; none for a bare public suffix.
    pub registrable: Option<String>,
    /// Its addresses.
    pub addresses: Option<Fact<Vec<IpAddr>>>,
    /// What domain lists say about the registrable domain.
    pub lists: Vec<ListFact>,
}
