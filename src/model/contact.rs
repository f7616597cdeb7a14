//! An abuse desk, and what a person has said about it.

use super::clock::Seconds;
use super::facts::ContactSource;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

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
