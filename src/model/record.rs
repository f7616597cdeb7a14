//! A report as it is kept: the understanding plus number, feed, origin and what people did with it.

use super::clock::Seconds;
use super::{CountryMeaning, Kind, Listing, Report};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The number of a stored report. Never given to another one, not even after a purge.
pub type ReportId = u32;

super::report::named! {
    /// Whether a stored message is a report.
    Status {
        /// A report.
        Report = 0 "report",
        /// It ought to be one and cannot be understood.
        Quarantined = 1 "quarantined",
        /// It is something else.
        NotReport = 2 "not-report",
    }
}

super::report::named! {
    /// What a feed brings.
    FeedKind {
        /// Reports about mail in the name of our domains.
        Mailbox = 0 "mailbox",
        /// Reports about mail to our spamtraps; recipients are hidden wherever evidence leaves the program.
        Spamtrap = 1 "spamtrap",
        /// Answers of abuse desks.
        Replies = 2 "replies",
    }
}

/// Put aside by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissal {
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: Seconds,
}

/// A note of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When it was written.
    pub at: Seconds,
    /// The login that wrote it.
    pub by: String,
    /// What it says.
    pub text: String,
}

/// Everything that is known about one stored message.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number.
    pub id: ReportId,
    /// Report, quarantined or not a report.
    pub status: Status,
    /// Why it is no report; empty for a report.
    pub status_reason: String,
    /// The feed's name.
    pub feed: String,
    /// What the feed brings.
    pub feed_kind: FeedKind,
    /// Path, or mailbox address with UID.
    pub origin: String,
    /// When it was stored.
    pub stored_at: Seconds,
    /// SHA-256 of the stored bytes.
    pub sha256: [u8; 32],
    /// Length of the stored bytes.
    pub size: u64,
    /// What was understood.
    pub report: Report,
    /// A person decided the kind; `reclassify` keeps it.
    pub kind_set_by_hand: bool,
    /// Origin AS of the source, and its name.
    pub asn: Option<u32>,
    /// Name of that AS.
    pub as_name: Option<String>,
    /// Country of the source, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// What that country says, where a look-up told.
    pub country_from: Option<CountryMeaning>,
    /// Host name of the source (PTR).
    pub source_name: Option<String>,
    /// Whether that name has the address in turn; `None` when that is not known.
    pub source_name_confirmed: Option<bool>,
    /// What block lists say of the source.
    pub listed: Vec<Listing>,
    /// Block lists that were asked and did not answer.
    pub lists_unknown: Vec<String>,
    /// Whom to tell about the source, best first.
    pub contacts: Vec<String>,
    /// When the source was looked up last.
    pub looked_up_at: Option<Seconds>,
    /// When it was reported to an abuse desk.
    pub reported_at: Option<Seconds>,
    /// Marked for the next action.
    pub marked: bool,
    /// Put aside.
    pub dismissed: Option<Dismissal>,
    /// Tags, the rules' and people's, sorted.
    pub tags: Vec<String>,
    /// Notes in order.
    pub notes: Vec<Note>,
}

/// The few values that a line in a list shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRow {
    /// Its number.
    pub id: ReportId,
    /// Arrival of the reported mail.
    pub arrival: Seconds,
    /// Report, quarantined or not a report.
    pub status: Status,
    /// Normal, bounce, automatic reply.
    pub kind: Kind,
    /// Why it failed.
    pub cause: super::Cause,
    /// Feedback-Type.
    pub feedback_type: Option<String>,
    /// The feed's name.
    pub feed: String,
    /// Who reports.
    pub reporter: Option<String>,
    /// Source address.
    pub source_ip: Option<IpAddr>,
    /// Host name of the source (PTR).
    pub source_name: Option<String>,
    /// Country of the source.
    pub country: Option<String>,
    /// AS of the source.
    pub asn: Option<u32>,
    /// Name of that AS.
    pub as_name: Option<String>,
    /// What block lists say of the source.
    pub listed: Vec<Listing>,
    /// What the reporter's system did with the mail.
    pub delivery: Option<super::Delivery>,
    /// Reported domains, joined by blanks.
    pub reported_domain: String,
    /// Decoded subject of the reported mail.
    pub subject: Option<String>,
    /// How many mails the report stands for.
    pub incidents: u32,
    /// Shape of its subject; 0 without one.
    pub shape: u64,
    /// Shape of its URLs; 0 without any.
    pub url_shape: u64,
    /// How many URLs it has.
    pub urls: u32,
    /// How many files it has.
    pub files: u32,
    /// The reporter is not authenticated.
    pub unverified: bool,
    /// Reported to an abuse desk.
    pub reported: bool,
    /// Marked.
    pub marked: bool,
    /// Put aside.
    pub dismissed: bool,
    /// Stored after the last look.
    pub new: bool,
}
