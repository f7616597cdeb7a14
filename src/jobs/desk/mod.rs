//! The desk: everything that a screen asks for, answered by threads. The screen sends requests and never waits;
//! answers come as events. Of two questions the later one wins, and the earlier one stops.
//!
//! One thread has the columns and answers questions, one reads single reports, one writes what people do, one reads the
//! ledger and sends what is due.
//! A thread that dies says so and is started anew. What takes longer (columns for a rare question, messages for
//! `text:`, mailboxes) runs beside them and hands over what it found.

mod answers;
mod asides;
mod background;
mod charts;
mod detail;
mod details;
mod inbox;
mod lookups;
mod map;
mod next_open;
mod outbox;
mod outgoing;
mod panes;
mod patterns;
mod questions;
mod reporting;
mod event;
mod request;
mod rows;
mod searching;
mod shared;
mod spam;
mod targets;
mod tools;
mod urls;
mod volume;
mod writes;

pub use crate::arf::compose::ReportText;
pub use crate::index::{Buckets, Burst, CountryCount, Direction, Facet, Likeness, Sort, start_of_last};
pub use event::{
    Answer, Detail, DetailPart, Event, Group, Line, LookUpNews, Output, Panes, Row, Rows, Similar, SyncNews,
    ViewCount,
};
pub use map::{Network, Origins, OriginsQuestion};
pub use outgoing::{
    DeskFacts, LedgerAct, OutboxNews, OutboxQuestion, OutboxRows, OutgoingDetail, PlanNews, PlanOf,
    PlanQuestion, Planned, Resolved, Settled, Settling, SpamFrom, SpamNews,
};
pub use patterns::{PatternsFound, PatternsQuestion};
pub use request::{Act, LookUp, Question, Request, Target, Towards, Window};

pub use urls::request::{
    HeldParcel, KnownAddress, KnownHost, Parcel, SubmissionHeld, SubmissionPlan, SubmissionQuestion,
    UrlAnswer, UrlExport, UrlFormat, UrlGrouping, UrlLine, UrlMembers, UrlNews, UrlQuestion, UrlRow, UrlRows,
    UrlSort, UrlWindow, feeds_in_words,
};
pub use volume::{BurstName, REPORTED_DAYS, Volume, VolumeQuestion};

use crate::config::Config;
use answers::Item;
use charts::Chart;
use details::Wanted;
use next_open::NextOpen;
use shared::Shared;
use std::sync::Arc;
use std::thread::JoinHandle;
use targets::Order;
use writes::Write;

/// What a desk works with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The set-up: the database, feeds, networks.
    pub config: Config,
    /// Change nothing.
    pub read_only: bool,
    /// Whose notes and decisions they are.
    pub login: String,
}

/// The screen's end of it. Dropping it ends the threads after what they do now.
pub struct Desk {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Desk {
    /// Starts the threads and returns at once. `events` is called on them: it must not block, nor send anything that
    /// waits for an answer.
    pub fn open(options: Options, events: impl Fn(Event) + Send + Sync + 'static) -> Desk {
        let shared = Arc::new(Shared::new(options, Box::new(events)));
        let threads = [
            shared.thread("desk-answers", answers::run),
            shared.thread("desk-details", details::run),
            shared.thread("desk-writes", writes::run),
            shared.thread("desk-lookups", lookups::run),
            shared.thread("desk-outbox", outbox::run),
        ];
        Desk { shared, threads: threads.into_iter().flatten().collect() }
    }

    /// Asks for something; never blocks.
    pub fn send(&self, request: Request) {
        let Shared { answers, details, writes, outbox, .. } = &*self.shared;
        match request {
            Request::Ask(question) => self.shared.ask(question),
            Request::Rows { question, window } => {
                answers.replace(Item::Rows(question, window), |item| matches!(item, Item::Rows(..)));
            }
            Request::NextOpen { question, line, towards, settled } => {
                let wanted = NextOpen { question, line, towards, settled };
                answers.replace(Item::NextOpen(wanted), |item| matches!(item, Item::NextOpen(_)));
            }
            Request::Similar { id } => {
                answers.replace(Item::Similar(id), |item| matches!(item, Item::Similar(_)));
            }
            Request::Patterns(question) => {
                answers.replace(Item::Patterns(question), |item| matches!(item, Item::Patterns(_)));
            }
            Request::Volume(question) => self.shared.chart(Chart::Volume(question)),
            Request::Origins(question) => self.shared.chart(Chart::Origins(question)),
            Request::Views => answers.replace(Item::Views, |item| matches!(item, Item::Views)),
            Request::ViewNames => answers.replace(Item::ViewNames, |item| matches!(item, Item::ViewNames)),
            Request::Complete { facet, prefix } => {
                let complete = Item::Complete(facet, prefix);
                answers.replace(complete, |item| matches!(item, Item::Complete(..)));
            }
            // All through the same thread, so that they are done in their order.
            Request::Act(act) => answers.push(Item::Order(Order::Act(act))),
            Request::Undo => answers.push(Item::Order(Order::Undo)),
            Request::Redo => answers.push(Item::Order(Order::Redo)),
            Request::Detail(id) => {
                details.replace(Wanted::Detail(id), |wanted| matches!(wanted, Wanted::Detail(_)));
            }
            Request::SaveRaw { id, path, replace } => details.push(Wanted::Save { id, path, replace }),
            Request::Pipe { id, command } => details.push(Wanted::Pipe(id, command)),
            Request::StopCommands => self.shared.end_commands(),
            Request::Plan(question) => {
                let wanted = self.shared.wants_plan(question);
                answers.push(Item::Order(Order::Plan(wanted)));
            }
            Request::Spam(number, from) => spam::read(&self.shared, number, from),
            Request::SpamSource(number, ip) => spam::ask(&self.shared, number, ip),
            Request::StopPlan => self.shared.stop_plan(),
            Request::Settle { number, letters, how } => writes.push(Write::Settle(number, letters, how)),
            Request::Ledger(act) => writes.push(Write::Ledger(act)),
            Request::Outbox(question) => {
                let is_pointless = |wanted: &outbox::Wanted| matches!(wanted, outbox::Wanted::Rows(_));
                outbox.replace(outbox::Wanted::Rows(question), is_pointless);
            }
            Request::Outgoing(id) => {
                outbox.replace(outbox::Wanted::Row(id), |wanted| matches!(wanted, outbox::Wanted::Row(_)));
            }
            Request::Flush => outbox.push(outbox::Wanted::Flush),
            Request::StopSending => self.shared.stop_sending(),
            Request::Sync => background::sync(&self.shared),
            Request::StopSync => self.shared.stop_sync(),
            Request::LookUp(wanted) => tools::look_up(&self.shared, wanted),
            Request::SayContact { then, words } => tools::say_contact(&self.shared, then, words),
            Request::Trace { number, url } => tools::trace(&self.shared, number, url),
            Request::Urls(question) => self.shared.ask_for_urls(question),
            Request::UrlRows { question, window } => {
                let is_pointless = |item: &Item| matches!(item, Item::Urls(urls::Wanted::Rows(..)));
                answers.replace(Item::Urls(urls::Wanted::Rows(question, window)), is_pointless);
            }
            Request::UrlMembers { question, group } => {
                answers.push(Item::Urls(urls::Wanted::Members(question, group)));
            }
            Request::ExportUrls(export) => answers.push(Item::Urls(urls::Wanted::Export(export))),
            Request::PlanSubmission(question) => {
                answers.push(Item::Urls(urls::Wanted::Submission(question)));
            }
            Request::HoldSubmission { number, parcels } => {
                writes.push(Write::HoldSubmission(number, parcels));
            }
            Request::StopLookUp => self.shared.stop_looking_up(),
        }
    }

    /// Makes the thread with the columns panic, to see that it is told and survived.
    #[doc(hidden)]
    pub fn panic_on_purpose(&self) {
        self.shared.answers.push(Item::Panic);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shared.close();
        for thread in self.threads.drain(..) {
            // Its panic was told already.
            let _ = thread.join();
        }
        self.shared.wait_for_background();
    }
}
