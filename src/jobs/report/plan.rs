//! What would go to whom: plain data for a person to look at before anything is approved.

use super::recipients::Recipient;
use crate::model::clock::Seconds;
use crate::model::{OutgoingId, OutgoingKind, OutgoingState, ReportId, ReportType, ReportedMail};
use std::net::IpAddr;
use std::sync::Arc;

/// All that was asked to be reported, sorted by what becomes of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// What would go out, and what is blocked: those with warnings first, then by recipient.
    pub letters: Vec<Arc<Letter>>,
    /// Mails for which there is no letter to their network, and why. They stay open.
    pub passed: Vec<Passed>,
}

/// A mail that goes to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Which, where it is a stored one.
    pub id: Option<ReportId>,
    /// Its source, where there is one.
    pub source: Option<IpAddr>,
    /// No contact is known; else a rule is against it.
    pub no_contact: bool,
    /// Why, and what to do.
    pub why: String,
}

impl Passed {
    /// In whose place a person can name a contact.
    pub fn whose(&self) -> Option<Whose> {
        let whose = self.source.map(Whose::Source).or(self.id.map(Whose::Mail));
        whose.filter(|_| self.no_contact)
    }

    /// The number of the report, or its source.
    pub fn name(&self) -> String {
        match (self.id, self.source) {
            (Some(id), _) => id.to_string(),
            (None, Some(source)) => source.to_string(),
            (None, None) => String::new(),
        }
    }
}

/// Whose contact a person names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Of all mails of this source.
    Source(IpAddr),
    /// Of this mail, which has no source.
    Mail(ReportId),
}

/// One message to one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// To whom it is: a desk, a feed, the form of a desk.
    pub kind: OutgoingKind,
    /// The address, or the address of the form.
    pub to: String,
    /// The evidence first, then what is covered by it.
    pub mails: Vec<ReportedMail>,
    /// The source that it is about.
    pub source: Option<IpAddr>,
    /// How many mails it is about.
    pub incidents: u32,
    /// Arrival of the first and of the last of them.
    pub span: (Seconds, Seconds),
    /// Abuse or fraud.
    pub report_type: ReportType,
    /// The subject before encoding.
    pub subject: String,
    /// Message-ID without brackets.
    pub message_id: String,
    /// The random token of the message.
    pub token: String,
    /// Exactly what would leave; empty where nothing can.
    pub bytes: Arc<[u8]>,
    /// Whether it may leave.
    pub standing: Standing,
    /// What a person should know before approving.
    pub concerns: Vec<Concern>,
    /// It starts unticked because of this.
    pub unticked: Option<String>,
    /// It is approved by itself, because of this.
    pub singly: Option<String>,
    /// A person has to write a reason first, because of this.
    pub wants_reason: Option<String>,
    /// The reason that was written.
    pub reason: Option<String>,
    /// The row that it repeats.
    pub repeats: Option<OutgoingId>,
}

/// Whether a letter may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Once a person approves it.
    Ready,
    /// Never like this: the rule, and what to do; often another recipient, or nothing but leaving it out.
    Blocked(Concern),
    /// These mails were reported to this recipient already, or are about to be.
    Told {
        /// The row.
        id: OutgoingId,
        /// How far that one is,
        state: OutgoingState,
        /// since when.
        at: Seconds,
    },
}

/// Something to know before approving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// A sentence.
    pub text: String,
    /// What a person can do about it there.
    pub mend: Mend,
}

/// What mends a concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// Nothing but knowing it.
    Know,
    /// Writing a reason.
    Reason,
    /// Looking at it and approving it by itself.
    Singly,
    /// Another recipient.
    Recipient,
    /// Leaving it out.
    Drop,
}

impl Letter {
    /// The mail that is the evidence, where it is a stored one.
    pub fn specimen(&self) -> Option<ReportId> {
        self.mails.first().and_then(|mail| mail.report)
    }

    /// It is about this source, and to this recipient.
    pub(super) fn is_of(&self, recipient: &Recipient, source: IpAddr) -> bool {
        (self.kind, self.to.as_str(), self.source) == (recipient.kind, recipient.to.as_str(), Some(source))
    }

    /// It may be approved as it is.
    pub fn is_ready(&self) -> bool {
        self.standing == Standing::Ready && (self.wants_reason.is_none() || self.reason.is_some())
    }

    /// It is among those that are approved together unless a person says otherwise.
    pub fn is_ticked(&self) -> bool {
        self.is_ready() && self.unticked.is_none() && self.kind != OutgoingKind::Form
    }
}

/// The sum of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Reports that may leave.
    pub ready: usize,
    /// Desks that they go to.
    pub desks: usize,
    /// Mails that they settle.
    pub mails: usize,
    /// Copies to feeds.
    pub copies: usize,
    /// Of what may leave, with something to know first.
    pub warned: usize,
    /// What may not leave.
    pub blocked: usize,
    /// What was reported already.
    pub told: usize,
    /// What goes by a form.
    pub forms: usize,
    /// Mails without a contact.
    pub without_contact: usize,
}

impl Totals {
    /// Of these letters.
    pub fn of<'a>(letters: impl IntoIterator<Item = &'a Letter>) -> Totals {
        let mut totals = Totals::default();
        let mut desks = std::collections::HashSet::new();
        for letter in letters {
            match (&letter.standing, letter.kind) {
                (Standing::Blocked(_), _) => totals.blocked += 1,
                (Standing::Told { .. }, _) => totals.told += 1,
                (Standing::Ready, OutgoingKind::Form) => totals.forms += 1,
                (Standing::Ready, OutgoingKind::Copy | OutgoingKind::Submission) => totals.copies += 1,
                (Standing::Ready, OutgoingKind::Report) => {
                    totals.ready += 1;
                    totals.mails += letter.mails.len();
                    desks.insert(letter.to.as_str());
                }
            }
            totals.warned += usize::from(letter.standing == Standing::Ready && !letter.concerns.is_empty());
        }
        totals.desks = desks.len();
        totals
    }
}

impl Plan {
    /// The sum of all of it.
    pub fn totals(&self) -> Totals {
        let without_contact = self.passed.iter().filter(|passed| passed.no_contact).count();
        Totals { without_contact, ..Totals::of(self.letters.iter().map(AsRef::as_ref)) }
    }
}
