//! What a screen may ask for: plain data. Knows neither threads nor the database.

use super::outgoing::{LedgerAct, OutboxQuestion, PlanQuestion, Settling, SpamFrom};
use super::{
    Direction, Facet, Likeness, OriginsQuestion, PatternsQuestion, Sort, SubmissionQuestion, UrlExport,
    UrlQuestion, UrlWindow, VolumeQuestion,
};
use crate::jobs::report::Letter;
use crate::jobs::submit::Parcel;
use crate::model::{Cause, Kind, OutgoingId, ReportId};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What a screen asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Which reports are there? The later question wins.
    Ask(Question),
    /// Other lines of the answer at hand.
    Rows {
        /// Whose answer; of an older one nothing comes.
        question: u64,
        /// Which lines.
        window: Window,
    },
    /// Which line of the answer at hand is the next that is open? The later one wins.
    NextOpen {
        /// Whose answer; of an older one nothing comes.
        question: u64,
        /// From this line on, which is not meant itself.
        line: usize,
        /// Where to look.
        towards: Towards,
        /// Reports that are not meant: they were settled just now.
        settled: Vec<ReportId>,
    },
    /// Everything about one report. The later one wins.
    Detail(ReportId),
    /// How many reports are like this one, in each respect.
    Similar {
        /// This one.
        id: ReportId,
    },
    /// What a person does. All are done, in their order.
    Act(Act),
    /// Takes back the last act that was not taken back.
    Undo,
    /// Does again what was taken back last.
    Redo,
    /// The saved views with their counts.
    Views,
    /// The names of the saved views, for completion.
    ViewNames,
    /// Values of a field that begin so, for completion: those that reports have, whatever is asked at the moment.
    Complete {
        /// Which field, as in [`Facet`].
        facet: Facet,
        /// What is written so far.
        prefix: String,
    },
    /// The raw report, to a file.
    SaveRaw {
        /// Which report.
        id: ReportId,
        /// Where to.
        path: PathBuf,
        /// In place of a file that is there already.
        replace: bool,
    },
    /// The raw report, to the standard input of a shell command.
    Pipe {
        /// Which report.
        id: ReportId,
        /// The command.
        command: String,
    },
    /// Ends the commands that got a report and still run.
    StopCommands,
    /// What would go to whom? After everything that was ordered before. The later question wins.
    Plan(PlanQuestion),
    /// What is this message that nobody reported, and who answers for its sources? News bear the number; the later
    /// question wins, and the earlier one stops.
    Spam(u64, SpamFrom),
    /// Who answers for this source of it? Told as news of the same number.
    SpamSource(u64, IpAddr),
    /// Ends the plan that is being made.
    StopPlan,
    /// Letters of a plan, into the ledger.
    Settle {
        /// The number of the plan's question.
        number: u64,
        /// Which.
        letters: Vec<Arc<Letter>>,
        /// What becomes of them.
        how: Settling,
    },
    /// Which rows has the ledger? The later question wins.
    Outbox(OutboxQuestion),
    /// Everything about one of them. The later one wins.
    Outgoing(OutgoingId),
    /// What a person does to some of them.
    Ledger(LedgerAct),
    /// Sends what is approved, now.
    Flush,
    /// Ends that between two messages.
    StopSending,
    /// Reads the configured mailboxes.
    Sync,
    /// Ends that between two commits.
    StopSync,
    /// What bursts? The later question wins.
    Patterns(PatternsQuestion),
    /// The course of reports over time. Of these and of the next the later one wins.
    Volume(VolumeQuestion),
    /// Countries and networks that reports are about.
    Origins(OriginsQuestion),
    /// Finds out about an address, a network, a domain, a URL, an AS. Of these and of traces the later one wins, and
    /// the earlier one stops.
    LookUp(LookUp),
    /// Says whom to tell, in the words of [`crate::jobs::contacts::spoken`]; then finds out anew about what stands there.
    SayContact {
        /// What is to be found out then.
        then: LookUp,
        /// What is said.
        words: String,
    },
    /// Follows a URL: its host learns of the visit.
    Trace {
        /// As in [`LookUp`].
        number: u64,
        /// Where to begin.
        url: String,
    },
    /// Ends the one or the other.
    StopLookUp,
    /// Which URLs are there? The later question wins.
    Urls(UrlQuestion),
    /// Other lines of the answer at hand.
    UrlRows {
        /// Whose answer; of an older one nothing comes.
        question: u64,
        /// Which lines.
        window: UrlWindow,
    },
    /// All URLs of the answer at hand, or those of one of its groups.
    UrlMembers {
        /// Whose answer.
        question: u64,
        /// What the URLs of the group have in common.
        group: Option<String>,
    },
    /// A list of URLs, to a file.
    ExportUrls(UrlExport),
    /// What would go to which feed?
    PlanSubmission(SubmissionQuestion),
    /// What was chosen of such a plan, into the ledger.
    HoldSubmission {
        /// The number of the plan's question.
        number: u64,
        /// Which.
        parcels: Vec<Arc<Parcel>>,
    },
}

/// What is to be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    /// Its number; news bear it.
    pub number: u64,
    /// The subject as a person wrote it.
    pub text: String,
    /// Everybody is asked again, whatever is known already.
    pub refresh: bool,
}

/// A question about many reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its number; later ones are higher. Answers bear it.
    pub number: u64,
    /// The query.
    pub text: String,
    /// What the list is sorted by.
    pub sort: Sort,
    /// Which end comes first.
    pub direction: Direction,
    /// In groups instead of single reports.
    pub groups: Option<Likeness>,
    /// The lines that are to be seen.
    pub window: Window,
    /// What to count by.
    pub facets: Vec<Facet>,
    /// Windows of time to count, as `since:` takes them.
    pub windows: Vec<String>,
    /// The most values of each.
    pub top: usize,
}

/// Where to look from a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// Further on.
    End,
    /// Further back.
    Start,
    /// Further on, and where nothing is there, back.
    EndThenStart,
}

/// Which lines of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// `count` from the line `first`.
    At {
        /// Counted from 0; beyond the end the last lines come.
        first: usize,
        /// How many.
        count: usize,
    },
    /// `count` lines such that this report stands at the line `offset` of them, if it is among the answer; else as
    /// [`Window::At`] with `first`. So a cursor stays where it is while reports come in above it.
    Around {
        /// This one.
        id: ReportId,
        /// Lines above it.
        offset: usize,
        /// How many in all.
        count: usize,
        /// Where to begin without it.
        first: usize,
    },
}

/// What a person does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Marks, or takes marks off.
    Mark {
        /// Which.
        target: Target,
        /// On or off.
        on: bool,
    },
    /// Marks what is not marked and the other way round, among what matches.
    InvertMarks,
    /// Takes all marks off, also those that do not match.
    UnmarkAll,
    /// Puts aside.
    Dismiss {
        /// Which.
        target: Target,
        /// May be empty.
        reason: String,
    },
    /// Takes back from there.
    Reopen(Target),
    /// Gives a tag or takes it away.
    Tag {
        /// Which.
        target: Target,
        /// The tag.
        tag: String,
        /// Give or take.
        on: bool,
    },
    /// Writes a note.
    Note {
        /// Which.
        target: Target,
        /// What.
        text: String,
    },
    /// Decides the kind; `None` goes back to what was computed.
    Kind {
        /// Which.
        target: Target,
        /// What.
        kind: Option<Kind>,
    },
    /// Decides the cause, likewise.
    Cause {
        /// Which.
        target: Target,
        /// What.
        cause: Option<Cause>,
    },
    /// Everything that is stored counts as seen.
    Seen,
    /// Saves a query as a view.
    SaveView {
        /// Its name.
        name: String,
        /// The query.
        query: String,
    },
    /// Removes a view.
    RemoveView(String),
    /// Tries again to understand what is in quarantine.
    RetryQuarantined,
}

/// Which reports an act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// These.
    Ids(Vec<ReportId>),
    /// The marked ones.
    Marked,
    /// What matches the question at hand, without what should not be reported: bounces, automatic replies, not-spam,
    /// dismissed, reported, quarantined.
    Matching,
    /// What is like this one, within what matches or everywhere, likewise without what should not be reported.
    Similar {
        /// This one.
        id: ReportId,
        /// In which respect.
        likeness: Likeness,
        /// Only among what matches.
        matching: bool,
    },
    /// The open members of the group that this report stands for, among what matches.
    Group {
        /// This one.
        id: ReportId,
        /// In which respect.
        likeness: Likeness,
        /// In which of the several that it has, as its group says.
        which: u32,
    },
    /// The lines between two of the answer at hand, both included.
    Between(ReportId, ReportId),
    /// What this query finds, likewise without what should not be reported; nothing has to be asked before.
    Query(String),
}
