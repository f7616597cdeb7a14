//! What the screens that report and send may ask for, and what they are told: plain data. Knows neither threads nor
//! the database.

use super::request::Target;
use crate::jobs::report::{Plan, Spam, SpamOrder, SpamSource, Wishes};
use crate::model::clock::Seconds;
use crate::model::{AuditEntry, Outgoing, OutgoingId, OutgoingState, ReportId, Response};
use std::path::PathBuf;
use std::sync::Arc;

/// What is to be reported, and what a person wishes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanQuestion {
    /// Its number; news bear it. The later one wins, and the earlier one stops.
    pub number: u64,
    /// What it is about.
    pub of: PlanOf,
    /// What a person changed.
    pub wishes: Wishes,
    /// The plan before: what has not changed against it keeps its bytes.
    pub before: Option<Arc<Plan>>,
}

/// What a plan is about.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanOf {
    /// Stored mails.
    Stored(Target),
    /// One message that nobody reported.
    Spam(Box<SpamOrder>),
}

/// Where a message that nobody reported comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpamFrom {
    /// Somebody pasted or wrote it.
    Bytes(Vec<u8>),
    /// A file.
    File(PathBuf),
}

/// News of a message that nobody reported, by the number of its question.
#[derive(Debug, Clone, PartialEq)]
pub enum SpamNews {
    /// It is read: the message with what is known of its sources so far.
    Read(Arc<Spam>, Vec<SpamSource>),
    /// What is known of some of its sources after everybody was asked.
    Sources(Vec<SpamSource>),
    /// Nothing came of it: a sentence.
    Failed(String),
}

/// What becomes of letters that a person has looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settling {
    /// Into the ledger, and approved.
    Approve,
    /// Into the ledger, to be approved later.
    Hold,
    /// Into the ledger as told by hand.
    ByHand {
        /// Under which the desk has it; may be empty.
        ticket: String,
    },
}

/// News of a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanNews {
    /// How far it is.
    Running {
        /// Mails done.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// It is there.
    Ready(Box<Planned>),
    /// Nothing came of it: a sentence.
    Failed(String),
    /// Letters of it stand in the ledger.
    Settled(Settled),
}

/// A plan with what a person wants to know beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// All that it is about: a plan that is made anew is about the same.
    pub of: PlanOf,
    /// The plan.
    pub plan: Arc<Plan>,
    /// What is known of those that it writes to.
    pub desks: Vec<DeskFacts>,
    /// The text of reports before any change.
    pub text: String,
    /// Why nothing could leave at the moment, and what to do: a sentence.
    pub stuck: Option<String>,
}

/// What is known of somebody whom a plan writes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskFacts {
    /// Mail address, or the address of a form.
    pub recipient: String,
    /// Who named it as the contact of the source.
    pub named_by: Option<String>,
    /// When.
    pub named_at: Option<Seconds>,
    /// What came back last, and when.
    pub answered: Option<(Response, Seconds)>,
    /// How many messages left to it within the last day.
    pub sent_today: u32,
    /// How many may.
    pub a_day: u32,
    /// What stays hidden from it: sentences.
    pub hidden: Vec<String>,
}

/// Letters stand in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What was done.
    pub how: Settling,
    /// The stored mails that they are about.
    pub reports: Vec<ReportId>,
    /// What was done, in words.
    pub sentence: String,
}

/// Which rows of the ledger are to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxQuestion {
    /// Its number; answers bear it.
    pub number: u64,
    /// In these states; all when empty.
    pub states: Vec<OutgoingState>,
    /// The newest so many.
    pub most: usize,
}

/// What a person does to rows of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerAct {
    /// Approves exactly these bytes.
    Approve(Vec<(OutgoingId, [u8; 32])>),
    /// Takes approvals back.
    TakeBack(Vec<OutgoingId>),
    /// Takes rows out for good.
    Cancel(Vec<OutgoingId>, String),
    /// Tries again.
    Retry(Vec<OutgoingId>),
    /// It has arrived after all, or has not, or the desk was told by hand.
    Resolve(OutgoingId, Resolved),
    /// What came back.
    Respond {
        /// To this row.
        id: OutgoingId,
        /// What.
        response: Response,
        /// The ticket of the desk; may be empty.
        ticket: String,
    },
}

/// What became of a row outside of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// It has arrived.
    Arrived,
    /// It has not; it may be approved anew.
    NotArrived,
    /// The desk was told in another way.
    ByHand {
        /// Under which the desk has it; may be empty.
        ticket: String,
    },
}

/// News of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum OutboxNews {
    /// Rows.
    Rows(OutboxRows),
    /// Everything about one row; `None` when there is none.
    Row(OutgoingId, Option<Box<OutgoingDetail>>),
    /// Messages are leaving: done, and how many were due in all.
    Sending(u64, u64),
    /// They have left, or not: a sentence where there is something to say.
    Sent(Option<String>),
}

/// Rows of the ledger, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OutboxRows {
    /// Whose answer.
    pub question: u64,
    /// The rows.
    pub rows: Vec<Outgoing>,
    /// How many there are in each state; those with none may be missing.
    pub counts: Vec<(OutgoingState, u64)>,
    /// Why nothing could leave at the moment, and what to do: a sentence.
    pub stuck: Option<String>,
}

/// Everything about one row.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingDetail {
    /// The row.
    pub row: Outgoing,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What was done to it, oldest first.
    pub history: Vec<AuditEntry>,
}
