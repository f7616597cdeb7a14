//! The ledger of what went out, or may: one row a message and recipient, and the states that it passes through. Knows
//! neither how rows are kept nor how they leave.

use super::clock::Seconds;
use super::record::ReportId;
use super::report_form::ReportType;
use super::url_feed::Submission;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The number of a row. Never given to another one.
pub type OutgoingId = i64;

super::report::named! {
    /// What goes out.
    OutgoingKind {
        /// A report to the desk that answers for the source.
        Report = 0 "report",
        /// The same evidence to a feed that collects such mail. It reports nothing to the source's network.
        Copy = 1 "copy",
        /// What a person writes into the form of a desk that takes no mail.
        Form = 2 "form",
        /// URLs to a feed that blocks such.
        Submission = 3 "submission",
    }
}

super::report::named! {
    /// How far a row is. Only `approved` and `deferred` rows leave by themselves, and only from `held` can a row become
    /// `approved`.
    OutgoingState {
        /// Composed; a person has to approve it.
        Held = 0 "held",
        /// A person approved exactly these bytes; it leaves when it is due.
        Approved = 1 "approved",
        /// Its bytes are on their way. Whoever finds it so and is not sending it knows nothing: it becomes `unknown`.
        Sending = 2 "sending",
        /// The next server has taken it.
        Sent = 3 "sent",
        /// Not taken for the moment (4xx, no connection); tried again when it is due.
        Deferred = 4 "deferred",
        /// Refused for good.
        Failed = 5 "failed",
        /// It may have arrived or not; a person has to find out. Never sent again by itself.
        Unknown = 6 "unknown",
        /// A person took it back before it left.
        Cancelled = 7 "cancelled",
        /// A person told the desk in another way, by its form or by telephone.
        ByHand = 8 "by-hand",
    }
}

impl OutgoingState {
    /// The desk has been told.
    pub fn is_told(self) -> bool {
        matches!(self, OutgoingState::Sent | OutgoingState::ByHand)
    }

    /// It keeps the same mail from being reported to the same recipient again.
    pub fn holds(self) -> bool {
        !matches!(self, OutgoingState::Cancelled | OutgoingState::Failed)
    }
}

super::report::named! {
    /// What came back from the recipient, apart from how it left.
    Response {
        /// Nothing yet.
        None = 0 "none",
        /// It came back as undeliverable.
        Bounced = 1 "bounced",
        /// A program said that it arrived.
        Acknowledged = 2 "acknowledged",
        /// A person answered.
        Answered = 3 "answered",
        /// Nothing came for so long that nothing will.
        Silent = 4 "silent",
    }
}

/// A reported mail that a row settles: the evidence, or one that is covered by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReportedMail {
    /// The stored report; `None` for a mail that came from a file.
    pub report: Option<ReportId>,
    /// SHA-256 of the reported mail, so that it is known again whoever reports it to us.
    pub sha256: [u8; 32],
}

/// What is to be held in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it is.
    pub kind: OutgoingKind,
    /// Mail address in lower case; the `https:` address of a form; the name of a feed for a submission.
    pub recipient: String,
    /// The source that it is about; `None` for a submission.
    pub source: Option<IpAddr>,
    /// The subject before encoding; of a submission its URL, or how many there are.
    pub subject: String,
    /// Abuse or fraud.
    pub report_type: ReportType,
    /// Message-ID without brackets; empty where there is none.
    pub message_id: String,
    /// The random token of the message, by which answers are known.
    pub token: String,
    /// The exact bytes that will leave.
    pub bytes: Vec<u8>,
    /// The evidence first, then what is covered by it; of a submission none.
    pub mails: Vec<ReportedMail>,
    /// What a submission submits, and where to.
    pub submission: Option<Submission>,
    /// How many mails, or URLs, it is about.
    pub incidents: u32,
    /// What a person should know before approving.
    pub warnings: Vec<String>,
    /// Why it may not be approved together with others: a sentence (DESIGN §6 rules 1–3).
    pub singly: Option<String>,
    /// The reason that a person typed where a rule asks for one, or for telling the same desk again.
    pub reason: Option<String>,
    /// The row that this one repeats, which the reason explains.
    pub repeats: Option<OutgoingId>,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its number.
    pub id: OutgoingId,
    /// What it is.
    pub kind: OutgoingKind,
    /// To whom.
    pub recipient: String,
    /// The source that it is about.
    pub source: Option<IpAddr>,
    /// The subject before encoding.
    pub subject: String,
    /// Abuse or fraud.
    pub report_type: ReportType,
    /// Message-ID without brackets.
    pub message_id: String,
    /// By which answers are known.
    pub token: String,
    /// Length of the bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// The stored reports that it settles, the evidence first.
    pub reports: Vec<ReportId>,
    /// How many mails, or URLs, it is about.
    pub incidents: u32,
    /// What a person should know before approving.
    pub warnings: Vec<String>,
    /// Why it may not be approved together with others.
    pub singly: Option<String>,
    /// The reason that a person typed.
    pub reason: Option<String>,
    /// The row that this one repeats.
    pub repeats: Option<OutgoingId>,
    /// How far it is,
    pub state: OutgoingState,
    /// since when,
    pub state_at: Seconds,
    /// and what the other side, or the person, said to it: a sentence; may be empty.
    pub answer: String,
    /// Composed then,
    pub created_at: Seconds,
    /// by this login.
    pub created_by: String,
    /// Approved then,
    pub approved_at: Option<Seconds>,
    /// by this login.
    pub approved_by: Option<String>,
    /// When it may leave; of approved and deferred rows only.
    pub due: Option<Seconds>,
    /// How often it was tried.
    pub tries: u32,
    /// What came back,
    pub response: Response,
    /// when,
    pub response_at: Option<Seconds>,
    /// and under which ticket the desk has it.
    pub ticket: Option<String>,
}

/// What came of holding a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It stands in the ledger.
    New(OutgoingId),
    /// One of its mails was reported to this recipient already, or is about to be.
    Already {
        /// The row.
        id: OutgoingId,
        /// How far that one is,
        state: OutgoingState,
        /// since when.
        at: Seconds,
    },
}

/// One line of the audit: who did what, when. Only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, without gaps.
    pub id: i64,
    /// When.
    pub at: Seconds,
    /// The login, or `lafayette` for what happened by itself.
    pub by: String,
    /// What was done, a verb: `held`, `approved`, `sent`…
    pub act: String,
    /// The row, where there is one.
    pub outgoing: Option<OutgoingId>,
    /// The rest: recipient, hash of the bytes, answer of the server.
    pub detail: String,
}
