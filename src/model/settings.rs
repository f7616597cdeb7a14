//! What the user has said, as far as judging a report and asking others about it need it.

use super::{Cause, Kind};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

/// The `[own]` table: whose mail is ours, and whose word is trusted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Own {
    /// Our domains; their subdomains are ours too.
    pub domains: Vec<String>,
    /// Our networks: mail from there is our own, and never reported.
    pub networks: Vec<IpNet>,
    /// Domains of services that send for us: a DKIM or SPF pass for one of them, or a source host name under one,
    /// makes a mail `own-esp`.
    pub senders: Vec<String>,
    /// The authserv-ids that our own servers write into Authentication-Results (RFC 8601 §2.5).
    pub authserv_ids: Vec<String>,
    /// Hosts, by name or address, whose Received headers are believed.
    pub trusted_hosts: Vec<String>,
}

/// The part of a report that a user's rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleField {
    /// Subject of the reported mail.
    Subject,
    /// Address of its From header.
    From,
    /// Display name of its From header.
    FromName,
    /// Original-Mail-From.
    MailFrom,
    /// Any of Original-Rcpt-To.
    Rcpt,
    /// Any of its URLs.
    Url,
    /// Any of Reported-Domain.
    Domain,
    /// The name of any file.
    File,
    /// User-Agent of the report.
    Agent,
    /// Who reports.
    Reporter,
    /// The whole header block of the reported mail.
    Headers,
}

/// One rule of the user: where `pattern` matches `field`, it decides kind or cause, or tags the report.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Shown as the reason.
    pub name: String,
    /// What it looks at.
    pub field: RuleField,
    /// Regular expression, case-insensitive; linear time (crate `regex`).
    pub pattern: regex::Regex,
    /// The kind it decides.
    pub kind: Option<Kind>,
    /// The cause it decides.
    pub cause: Option<Cause>,
    /// The tag it gives.
    pub tag: Option<String>,
}

/// All that judging a report takes besides its bytes.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// The own house.
    pub own: Own,
    /// The user's rules, first match per decision wins; all matching tags are given.
    pub rules: Vec<Rule>,
    /// Special-purpose networks that count as public all the same (demo, tests).
    pub treat_as_public: Vec<IpNet>,
    /// Reporters (address or domain) that need no authentication, per feed of the message at hand.
    pub trusted_reporters: Vec<String>,
}

/// The `[dns]` table: whom to ask, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsSettings {
    /// Name servers, the preferred first; empty means those of the system.
    pub servers: Vec<SocketAddr>,
    /// Ask nobody.
    pub offline: bool,
    /// How long one try waits for its answer.
    pub timeout: Duration,
    /// How often a server that says nothing is tried.
    pub tries: u8,
}

impl Default for DnsSettings {
    fn default() -> DnsSettings {
        DnsSettings { servers: vec![], offline: false, timeout: Duration::from_secs(3), tries: 2 }
    }
}
