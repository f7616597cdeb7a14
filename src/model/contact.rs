//! An abuse desk, and what a person has said about it.

use super::clock::Seconds;
use super::facts::ContactSource;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::{Host, Url};

super::report::named! {
    /// How a contact wants to be told.
    ContactKind {
        /// By mail.
        Mail = 0 "mail",
        /// By a form on a page.
        Form = 1 "form",
    }
}

/// Somebody who can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How to tell.
    pub kind: ContactKind,
    /// Mail address in lower case, or the `https:` address of a form.
    pub address: String,
    /// Who named it.
    pub source: ContactSource,
    /// When it was named.
    pub at: Seconds,
}

/// What a rule about contacts applies to; the more particular one wins: domain, network (longest prefix), AS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactScope {
    /// One contact address, wherever it comes from.
    Address(String),
    /// Sources whose confirmed host name is in this domain.
    Domain(String),
    /// Sources in this network.
    Network(IpNet),
    /// Sources that this AS announces.
    Asn(u32),
}

impl fmt::Display for ContactScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContactScope::Address(address) => f.pad(address),
            ContactScope::Domain(domain) => f.pad(domain),
            ContactScope::Network(network) => f.pad(&network.to_string()),
            ContactScope::Asn(number) => f.pad(&format!("AS{number}")),
        }
    }
}

super::report::named! {
    /// What a rule about contacts does.
    ContactAct {
        /// This contact in addition to those that are found.
        Add = 0 "add",
        /// This contact and no other.
        Replace = 1 "replace",
        /// Nobody is told: they asked to stop, or a person decided so.
        Never = 2 "never",
    }
}

/// What a person has said about contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRule {
    /// Where it applies.
    pub scope: ContactScope,
    /// What it does.
    pub act: ContactAct,
    /// The contacts it names; none with `never`.
    pub contacts: Vec<String>,
    /// Why.
    pub note: String,
    /// When it was made.
    pub at: Seconds,
    /// The login that made it.
    pub by: String,
}

super::report::named! {
    /// What is known about an address that we have written to.
    ContactState {
        /// Nothing against it.
        Usable = 0 "usable",
        /// It asked to be told no more (RFC 6650 §5.1).
        OptedOut = 1 "opted-out",
        /// It cannot be reached.
        Dead = 2 "dead",
    }
}

/// One line of a contact's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactEvent {
    /// When.
    pub at: Seconds,
    /// The login or the source that brought it.
    pub by: String,
    /// What happened, a sentence.
    pub what: String,
}

/// The `[contacts]` table: which sources of contacts are asked, and where. By default none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactSettings {
    /// The DNS zone of Abusix ContactDB.
    pub abusix: Option<String>,
    /// The folder of the files that tell which registry answers for which addresses (RFC 9224); ends in a slash.
    pub rdap: Option<Url>,
    /// The abuse contact finder of RIPEstat.
    pub ripestat: Option<Url>,
    /// abuse.net is asked.
    pub abuse_net: bool,
    /// abuse@ of the domain of the confirmed host name is taken (RFC 2142).
    pub role: bool,
}

/// A contact in its normal form: a mail address, or the `https:` address of a form.
pub fn contact_address(written: &str) -> Option<(ContactKind, String)> {
    let form = form(written).map(|form| (ContactKind::Form, form));
    form.or_else(|| mail_address(written).map(|address| (ContactKind::Mail, address)))
}

/// The same for whatever may stand in a table: what is no contact stays as it is, in lower case.
pub fn contact_key(written: &str) -> String {
    contact_address(written).map_or_else(|| written.trim().to_lowercase(), |(_, address)| address)
}

/// An `https:` address of a page.
fn form(written: &str) -> Option<String> {
    let url = Url::parse(written.trim()).ok().filter(|url| url.scheme() == "https")?;
    (matches!(url.host(), Some(Host::Domain(_))) && url.username().is_empty()).then(|| url.to_string())
}

/// A mail address in lower case, its domain in ASCII: what contact databases and registries write, and nothing that
/// could be more than one address or more than one line.
fn mail_address(written: &str) -> Option<String> {
    let trimmed = written.trim().trim_matches(['"', '\'', '<', '>']).trim();
    let bare = match trimmed.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => trimmed.get(7..)?,
        _ => trimmed,
    };
    let (local, domain) = bare.rsplit_once('@')?;
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    // RFC 5321 §4.5.3.1: 64 octets and 255.
    if local.len() > 64 || domain.len() > 255 || !local.split('.').all(is_atom) {
        return None;
    }
    match Host::parse(domain.trim_end_matches('.')).ok()? {
        Host::Domain(domain) if domain.split('.').all(|label| !label.is_empty() && label.len() < 64) => {
            Some(format!("{}@{domain}", local.to_ascii_lowercase()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_contact_has_one_normal_form() {
        for (written, normal) in [
            (" Abuse@ISP.Example ", "abuse@isp.example"),
            ("mailto:abuse@Bücher.example", "abuse@xn--bcher-kva.example"),
            ("<abuse@bücher.example>", "abuse@xn--bcher-kva.example"),
            ("HTTPS://ISP.example/Report", "https://isp.example/Report"),
            ("https://isp.example", "https://isp.example/"),
            ("Nobody In Particular", "nobody in particular"),
        ] {
            assert_eq!(contact_key(written), normal);
            assert_eq!(contact_key(normal), normal);
        }
    }
}
