//! What is understood of one message: the report's own fields, the reported mail, and what follows from both.

use super::clock::Seconds;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// An enumeration whose variants have a name in JSON, in queries and on screen, and a number in columns.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant = $number),+ }

        impl $name {
            /// Every variant, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name used in JSON, queries and tables.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The number kept in columns and rows; never reused for another meaning.
            pub fn number(self) -> u8 {
                self as u8
            }

            /// The variant with this name, in any letter case.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.name().eq_ignore_ascii_case(name))
            }

            /// The variant with this number.
            pub fn from_number(number: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.number() == number)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// What the reported mail is.
    Kind {
        /// A person or a program wrote it to somebody: the mail an abuse desk looks for.
        Normal = 0 "normal",
        /// A delivery status notification in any form (RFC 3464 and its forerunners).
        Bounce = 1 "bounce",
        /// An out-of-office note or another automatic answer (RFC 3834).
        AutoReplied = 2 "auto-replied",
    }
}

named! {
    /// Why the reported mail failed, as far as its authentication results and traces tell.
    Cause {
        /// Somebody else wrote it in our name: DMARC failed and nothing explains that innocently.
        Fraud = 1 "fraud",
        /// Our own mail, from our own networks.
        Own = 2 "own",
        /// Our own mail, sent by a service that works for us.
        OwnEsp = 3 "own-esp",
        /// A forwarder broke the authentication.
        Forwarded = 4 "forwarded",
        /// A mailing list broke the authentication.
        List = 5 "list",
        /// Not enough is known.
        Unknown = 6 "unknown",
    }
}

named! {
    /// What the reporter's system did with the reported mail.
    Delivery {
        /// The DMARC disposition was none: nothing was done because of it.
        None = 1 "none",
        /// Put aside.
        Quarantine = 2 "quarantine",
        /// Refused.
        Reject = 3 "reject",
        /// Delivered to the inbox (RFC 6591 §3.2.2).
        Delivered = 4 "delivered",
        /// Delivered to a spam folder.
        Spam = 5 "spam",
        /// A local policy decided.
        Policy = 6 "policy",
        /// Something else.
        Other = 7 "other",
    }
}

named! {
    /// The DMARC policy that the reported domain published (`p=`).
    DomainPolicy {
        /// `p=none`
        None = 1 "none",
        /// `p=quarantine`
        Quarantine = 2 "quarantine",
        /// `p=reject`
        Reject = 3 "reject",
    }
}

named! {
    /// Where `arrival` was read.
    ArrivalFrom {
        /// Arrival-Date or Received-Date of the report.
        Field = 1 "field",
        /// The topmost Received header of the reported mail.
        Received = 2 "received",
        /// The time at which our own mailbox got the report.
        Internal = 3 "internal",
        /// The time of the import.
        Import = 4 "import",
    }
}

named! {
    /// Where `source_ip` was read. Anything but `Field` is derived and is approved singly when reported.
    SourceIpFrom {
        /// Source-IP of the report.
        Field = 1 "field",
        /// The Received header that a trusted host wrote.
        Received = 2 "received",
        /// A subject line such as Hotmail's `complaint about message from 192.0.2.1`.
        Subject = 3 "subject",
        /// A line of a report written as plain text.
        Text = 4 "text",
        /// A header of the reported mail other than Received.
        Header = 5 "header",
    }
}

impl ArrivalFrom {
    /// Where the arrival is from, for a person.
    pub fn words(self) -> &'static str {
        match self {
            ArrivalFrom::Field => "stated by the report",
            ArrivalFrom::Received => "derived from the mail's topmost Received header",
            ArrivalFrom::Internal => "derived: when our mailbox got the report",
            ArrivalFrom::Import => "derived: when the report was taken in",
        }
    }
}

impl SourceIpFrom {
    /// Where the source is from, for a person.
    pub fn words(self) -> &'static str {
        match self {
            SourceIpFrom::Field => "stated by the report",
            SourceIpFrom::Received => "derived from the mail's Received headers",
            SourceIpFrom::Subject => "derived from the report's subject",
            SourceIpFrom::Text => "derived from the report's text",
            SourceIpFrom::Header => "derived from another header of the mail",
        }
    }
}

/// One field of the report as it was written: unfolded, comments kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name in the letter case of the sender.
    pub name: String,
    /// The value, unfolded and trimmed.
    pub value: String,
}

/// A part of the reported mail that is not text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Decoded file name; empty when the part has none.
    pub name: String,
    /// Content type, lower case, without parameters.
    #[serde(rename = "type")]
    pub content_type: String,
    /// Bytes after the transfer encoding is undone; 0, and the hashes empty, when the message is too large for the
    /// whole file to be looked at.
    pub size: u64,
    /// SHA-256 of those bytes, lower-case hexadecimal.
    pub sha256: String,
    /// MD5 of those bytes, lower-case hexadecimal; block lists still speak it.
    pub md5: String,
}

/// What is understood of one report. Unknown is `None`; `Some("")` means present and empty.
///
/// Stored whole as one JSON document, so fields may be added with a default but never change their meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    // --- the report (RFC 5965 §3, RFC 6591 §3, RFC 6692) ---
    /// Feedback-Type, lower case: `auth-failure`, `abuse`, …, or a token that no RFC knows.
    pub feedback_type: Option<String>,
    /// User-Agent of the reporting program.
    pub user_agent: Option<String>,
    /// How many mails the report stands for; 1 when not stated.
    pub incidents: u32,
    /// When the reported mail arrived at the reporter.
    pub arrival: Seconds,
    /// Where that was read.
    pub arrival_from: ArrivalFrom,
    /// The address that handed the reported mail over; IPv4-mapped addresses are shown as IPv4.
    pub source_ip: Option<IpAddr>,
    /// Where that was read.
    pub source_ip_from: Option<SourceIpFrom>,
    /// Its TCP port, which carrier-grade NAT needs (RFC 6692).
    pub source_port: Option<u16>,
    /// Reported-Domain, lower case, in order, each once.
    pub reported_domains: Vec<String>,
    /// Reported-URI as written.
    pub reported_uris: Vec<String>,
    /// Original-Mail-From without brackets; `Some("")` for `<>` and for a blank value.
    pub original_mail_from: Option<String>,
    /// Original-Rcpt-To without brackets, each once.
    pub original_rcpt_to: Vec<String>,
    /// Auth-Failure, lower case.
    pub auth_failure: Option<String>,
    /// What was done with the mail.
    pub delivery: Option<Delivery>,
    /// The policy that the domain published.
    pub policy: Option<DomainPolicy>,
    /// Every Authentication-Results value, unfolded.
    pub authentication_results: Vec<String>,
    /// The address in the From header of the report's own mail, lower case: who reports.
    pub reporter: Option<String>,
    /// The reporter was neither authenticated at our own server nor allow-listed (DESIGN §6 rule 1).
    pub unverified: bool,

    // --- the reported mail ---
    /// The address of its From header.
    pub from: Option<String>,
    /// The decoded display name of its From header.
    pub from_name: Option<String>,
    /// The address of its Reply-To header.
    pub reply_to: Option<String>,
    /// Its decoded subject.
    pub subject: Option<String>,
    /// Its Message-ID without brackets.
    pub message_id: Option<String>,
    /// URLs in its text and HTML, entities decoded, otherwise as written, each once.
    pub urls: Vec<String>,
    /// Mail addresses in its body, each once.
    pub addresses: Vec<String>,
    /// Its parts that are not text.
    pub files: Vec<Attachment>,
    /// Only its headers were reported.
    pub headers_only: bool,

    // --- what follows ---
    /// Normal, bounce or automatic reply.
    pub kind: Kind,
    /// Why, in words for a person.
    pub kind_reason: String,
    /// Fraud or something more harmless.
    pub cause: Cause,
    /// Why, in words for a person.
    pub cause_reason: String,
    /// Tags that the user's own rules gave.
    pub tags: Vec<String>,
    /// The same for subjects that differ only in digits, names and tokens; 0 without a subject.
    pub subject_shape: u64,
    /// The same for URL hosts and paths that differ only so; 0 without a URL.
    pub url_shape: u64,
    /// Limits that were reached and other things a reader should know, each one sentence.
    pub notes: Vec<String>,
}

impl Default for Report {
    fn default() -> Self {
        Report {
            feedback_type: None,
            user_agent: None,
            incidents: 1,
            arrival: 0,
            arrival_from: ArrivalFrom::Import,
            source_ip: None,
            source_ip_from: None,
            source_port: None,
            reported_domains: vec![],
            reported_uris: vec![],
            original_mail_from: None,
            original_rcpt_to: vec![],
            auth_failure: None,
            delivery: None,
            policy: None,
            authentication_results: vec![],
            reporter: None,
            unverified: false,
            from: None,
            from_name: None,
            reply_to: None,
            subject: None,
            message_id: None,
            urls: vec![],
            addresses: vec![],
            files: vec![],
            headers_only: false,
            kind: Kind::Normal,
            kind_reason: String::new(),
            cause: Cause::Unknown,
            cause_reason: String::new(),
            tags: vec![],
            subject_shape: 0,
            url_shape: 0,
            notes: vec![],
        }
    }
}

/// What came of trying to understand one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// A report.
    Report,
    /// It ought to be a report, yet cannot be understood; the sentence says why.
    Quarantined(String),
    /// A whole message that is no abuse report (aggregate report, newsletter…); the sentence says what it is.
    NotReport(String),
}

/// The result of reading one message: the outcome, and whatever could be understood in any case.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Report, quarantined or not a report.
    pub outcome: Outcome,
    /// What was understood; for a message that is no report, its own From, Subject and the like.
    pub report: Report,
    /// Every field of the report in order, known or not.
    pub fields: Vec<Field>,
    /// How the report was written: `arf`, `jmrp`, `plain text`, `x-arf`…
    pub dialect: &'static str,
}
