//! What a screen is told: plain data. Knows neither threads nor the database.

use super::outgoing::{OutboxNews, PlanNews, SpamNews};
use super::request::Target;
use super::{Buckets, BurstName, Facet, Likeness, Origins, PatternsFound, UrlNews, Volume};
use crate::jobs::lookup::{Known, Section};
use crate::model::clock::Seconds;
use crate::model::{Cause, Delivery, Kind, Listing, ReportId, Status};
use crate::query::QueryError;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What a screen is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The first lines of the newest reports, before the columns are there: for a question that asks for them.
    First(Rows),
    /// The columns are there.
    Loaded {
        /// All messages that are kept.
        stored: u64,
    },
    /// A question that cannot be understood: it names a view that is not there.
    Wrong {
        /// Whose.
        question: u64,
        /// What is wrong, and where.
        error: QueryError,
    },
    /// What matches a question.
    Answer(Answer),
    /// The counts that go with it.
    Panes(Panes),
    /// Lines that were asked for, or that changed.
    Rows(Rows),
    /// The next line that is open, if there is one, by the number of its question.
    NextOpen(u64, Option<usize>),
    /// How far a search through messages is.
    Searching {
        /// Whose.
        question: u64,
        /// Messages read.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// Everything about a report; `None` when there is none.
    Detail(ReportId, Option<Box<Detail>>),
    /// How many are like a report.
    Similar(Similar),
    /// An act, or its undoing, was done: a sentence such as "412 marked; 17 bounces passed over".
    Done {
        /// For the status line.
        sentence: String,
        /// Something was changed that can be taken back.
        undoable: bool,
    },
    /// A file is there already, and the report was not saved.
    FileExists {
        /// Which report.
        id: ReportId,
        /// Which file.
        path: PathBuf,
    },
    /// A command that got a report has ended; what came of it follows.
    CommandEnded,
    /// A command that got a report has written something.
    Output(Output),
    /// The saved views.
    Views(Vec<ViewCount>),
    /// The names of the saved views.
    ViewNames(Vec<String>),
    /// Values for completion.
    Completions {
        /// Which field.
        facet: Facet,
        /// What was written.
        prefix: String,
        /// What it may become, most frequent first.
        values: Vec<String>,
    },
    /// A read of the mailboxes.
    Sync(SyncNews),
    /// What bursts.
    Patterns(Box<PatternsFound>),
    /// The course of reports over time.
    Volume(Box<Volume>),
    /// What makes spans of it stand out, by the number of its question.
    Bursts(u64, Vec<BurstName>),
    /// Countries and networks.
    Origins(Box<Origins>),
    /// The columns have taken over what is new in the database: who shows something else than reports may ask again.
    Changed,
    /// A plan of reports, by the number of its question.
    Plan(u64, PlanNews),
    /// A message that nobody reported, by the number of its question.
    Spam(u64, SpamNews),
    /// The ledger.
    Outbox(OutboxNews),
    /// A look-up or a trace, by its number.
    LookUp(u64, LookUpNews),
    /// About URLs.
    Urls(UrlNews),
    /// Something could not be done: a sentence.
    Failed(String),
}

/// News of a look-up or a trace.
#[derive(Debug, Clone, PartialEq)]
pub enum LookUpNews {
    /// What is being asked now.
    Asking(String),
    /// What is known.
    Known(Box<Known>),
    /// A trace: its hops so far, or all of them and its end.
    Traced(Section),
    /// It has ended. Why, when it came to nothing: a sentence.
    Ended(Option<String>),
}

/// How many match.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Whose answer.
    pub question: u64,
    /// Lines: reports, or groups.
    pub lines: usize,
    /// Reports that match.
    pub reports: u64,
    /// How many of them are marked.
    pub marked: u64,
    /// How many are marked at all.
    pub marked_in_all: u64,
    /// How many messages are kept at all.
    pub stored: u64,
    /// From the filter to the count.
    pub took: Duration,
    /// The lines to be seen.
    pub rows: Rows,
}

/// Some lines of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Whose.
    pub question: u64,
    /// The number of the first, from 0.
    pub first: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// One report.
    Report(Box<Row>),
    /// Reports that are alike.
    Group(Box<Group>),
}

impl Line {
    /// The report, or the newest of the group.
    pub fn row(&self) -> &Row {
        match self {
            Line::Report(row) => row,
            Line::Group(group) => &group.newest,
        }
    }
}

/// What a line shows of a report. All texts are as mails have them: not to be shown before `text` made them showable.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number.
    pub id: ReportId,
    /// Arrival of the reported mail.
    pub arrival: Seconds,
    /// Report, quarantined or not a report.
    pub status: Status,
    /// Why it is no report; empty for a report.
    pub status_reason: String,
    /// Normal, bounce, automatic reply.
    pub kind: Kind,
    /// Why it failed.
    pub cause: Cause,
    /// Feedback-Type.
    pub feedback_type: Option<String>,
    /// The feed.
    pub feed: String,
    /// Who reports.
    pub reporter: Option<String>,
    /// Source address.
    pub source_ip: Option<IpAddr>,
    /// Its name (PTR).
    pub source_name: Option<String>,
    /// Country of the source.
    pub country: Option<String>,
    /// AS of the source.
    pub asn: Option<u32>,
    /// What block lists say of the source.
    pub listed: Vec<Listing>,
    /// What the reporter's system did with the mail.
    pub delivery: Option<Delivery>,
    /// Reported domains, joined by blanks.
    pub reported_domain: String,
    /// From of the reported mail.
    pub from: Option<String>,
    /// Decoded subject of the reported mail.
    pub subject: Option<String>,
    /// Mails that it stands for.
    pub incidents: u32,
    /// Shape of its subject; 0 without one.
    pub shape: u64,
    /// Shape of its URLs; 0 without any.
    pub url_shape: u64,
    /// How many URLs.
    pub urls: u32,
    /// How many files.
    pub files: u32,
    /// The reporter is not authenticated.
    pub unverified: bool,
    /// Reported to an abuse desk.
    pub reported: bool,
    /// Marked.
    pub marked: bool,
    /// Put aside.
    pub dismissed: bool,
    /// Came after the last look.
    pub new: bool,
}

/// Reports that are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The one that arrived last; it stands for all.
    pub newest: Row,
    /// In what they are alike.
    pub likeness: Likeness,
    /// In which of the several that the newest has; see [`crate::index::Group`].
    pub which: u32,
    /// What they share, as text; of URLs their shape.
    pub shared: String,
    /// How many.
    pub count: u64,
    /// How many of them are reported.
    pub reported: u64,
    /// How many of them are marked.
    pub marked: u64,
    /// First arrival.
    pub first: Seconds,
    /// Last arrival.
    pub last: Seconds,
}

impl Group {
    /// Its open members.
    pub fn target(&self) -> Target {
        Target::Group { id: self.newest.id, likeness: self.likeness, which: self.which }
    }
}

/// Counts for the question at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Panes {
    /// Whose.
    pub question: u64,
    /// Values with their counts, most frequent first: for the query without its own conditions on each.
    pub facets: Vec<(Facet, Vec<(String, u64)>)>,
    /// Windows with their counts: for the query without its own.
    pub windows: Vec<(String, u64)>,
    /// What is counted without `text:`, and so too high: facets, and with `None` the windows.
    pub at_most: Vec<Option<Facet>>,
    /// The last 72 hours.
    pub hours: Buckets,
    /// What matches by kind, in the order of [`Kind::ALL`].
    pub kinds: [u64; Kind::ALL.len()],
    /// How many messages could not be understood.
    pub quarantined: u64,
    /// How many reports there are in all. Other messages that are kept are none, or lie in quarantine.
    pub reports: u64,
    /// How many are open, and how many new, in all.
    pub open: u64,
    /// See `open`.
    pub new: u64,
    /// How long counting took.
    pub took: Duration,
}

/// Everything about one report, in parts. Texts are as mails have them.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// Its line in the list.
    pub row: Row,
    /// Part after part.
    pub parts: Vec<DetailPart>,
    /// URLs as the mail has them.
    pub urls: Vec<String>,
}

/// One part of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct DetailPart {
    /// Its title: report, headers, text, html, URLs, files, authentication, notes, history, raw.
    pub title: &'static str,
    /// How many things are in it, for the title.
    pub count: Option<usize>,
    /// Lines: a name, empty where there is none, and a value.
    pub lines: Vec<(String, String)>,
    /// The values are URLs, or text that holds some: defanged until a person wants to see them.
    pub defang: bool,
}

/// How many reports are like one.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// That one.
    pub id: ReportId,
    /// In each respect: how many would be marked among what matches, and everywhere, and how many are passed over.
    pub counts: Vec<(Likeness, u64, u64, u64)>,
}

/// What a command wrote, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The command.
    pub command: String,
    /// How it ended, such as `exit status: 0`.
    pub ended: String,
    /// Its first lines, as it wrote them: those for answers, then those for complaints.
    pub lines: Vec<String>,
    /// There were more.
    pub is_cut: bool,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewCount {
    /// Its name.
    pub name: String,
    /// Its query.
    pub query: String,
    /// How many match.
    pub count: u64,
    /// They may be fewer: `text:` was not asked.
    pub at_most: bool,
}

/// News of a read of the mailboxes.
#[derive(Debug, Clone, PartialEq)]
pub enum SyncNews {
    /// It runs.
    Running {
        /// The feed.
        feed: String,
        /// Messages fetched.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// It ended: a sentence, and what went wrong, a sentence each.
    Ended {
        /// When.
        at: Seconds,
        /// What came of it.
        sentence: String,
        /// Somebody ended it before its end.
        is_stopped: bool,
        /// What went wrong.
        errors: Vec<String>,
    },
}
