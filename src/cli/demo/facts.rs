//! What a correct reader finds in a generated message: the manifest that tests compare with, field by field.

use crate::model::clock::Seconds;
use crate::model::{Cause, Delivery, DomainPolicy, Kind, Status};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::net::IpAddr;

/// A file of the reported mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content type.
    pub content_type: String,
    /// Its size in bytes, decoded.
    pub size: u64,
    /// SHA-256 of those bytes in hexadecimal.
    pub sha256: String,
    /// MD5 of those bytes in hexadecimal.
    pub md5: String,
}

impl File {
    /// The facts of a file with this content.
    pub fn new(name: &str, content_type: &str, data: &[u8]) -> File {
        File {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            size: data.len() as u64,
            sha256: hexadecimal(&Sha256::digest(data)),
            md5: hexadecimal(&Md5::digest(data)),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The facts of one message. `status` holds for every message, the rest for reports. Where a field says so, `None`
/// makes no claim: more than one reading is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// A report, one for the quarantine, or none.
    pub status: Status,
    /// Feedback-Type.
    pub feedback_type: &'static str,
    /// What the reported mail is.
    pub kind: Kind,
    /// Why it failed; `None` makes no claim.
    pub cause: Option<Cause>,
    /// Arrival-Date.
    pub arrival: Seconds,
    /// Source-IP.
    pub source_ip: Option<IpAddr>,
    /// Source-Port.
    pub source_port: Option<u16>,
    /// Reported-Domain.
    pub reported_domains: Vec<String>,
    /// Original-Mail-From, as [`crate::model::Report`] has it.
    pub original_mail_from: Option<String>,
    /// Original-Rcpt-To.
    pub original_rcpt_to: Vec<String>,
    /// Auth-Failure.
    pub auth_failure: Option<&'static str>,
    /// What was done with the mail; `None` makes no claim.
    pub delivery: Option<Delivery>,
    /// The published policy; `None` makes no claim.
    pub policy: Option<DomainPolicy>,
    /// User-Agent.
    pub user_agent: &'static str,
    /// Incidents.
    pub incidents: u32,
    /// The address in From of the reported mail.
    pub from: String,
    /// The name in it.
    pub from_name: Option<String>,
    /// Reply-To.
    pub reply_to: Option<String>,
    /// The decoded subject.
    pub subject: String,
    /// Message-ID without brackets.
    pub message_id: String,
    /// Links, in any order; our own domains' left out.
    pub urls: Vec<String>,
    /// Mail addresses in the text, in any order; `None` makes no claim.
    pub addresses: Option<Vec<String>>,
    /// Files; `None` makes no claim.
    pub files: Option<Vec<File>>,
    /// Only headers were reported.
    pub headers_only: bool,
}

impl Facts {
    /// It is a report of mail to one of our spamtraps.
    pub fn hit_a_trap(&self) -> bool {
        self.status == Status::Report
            && self.original_rcpt_to.iter().any(|to| to.ends_with(super::world::TRAPS))
    }
}
