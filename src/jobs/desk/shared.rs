//! What the threads of a desk share: their inboxes, the way to the screen, and how they start, panic and end.

use super::Options;
use super::answers::Item;
use super::charts::Chart;
use super::details::Wanted;
use super::event::Event;
use super::inbox::Inbox;
use super::outbox;
use super::request::Question;
use super::writes::Write;
use crate::index::Cancel;
use crate::jobs::enrich::Means;
use crate::store::{self, Access, Store};
use rustix::process::{Pid, Signal, kill_process_group};
use std::any::Any;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the end of a desk waits for what runs in the background; a mailbox may be slow to say goodbye, and what
/// was committed is safe.
const FAREWELL: Duration = Duration::from_secs(2);

/// A message that is just leaving may be answered for until then; otherwise a person has to find out whether it arrived.
const FAREWELL_OF_SENDER: Duration = Duration::from_secs(20);

pub(super) struct Shared {
    pub(super) options: Options,
    events: Box<dyn Fn(Event) + Send + Sync>,
    pub(super) answers: Inbox<Item>,
    pub(super) details: Inbox<Wanted>,
    pub(super) writes: Inbox<Write>,
    pub(super) outbox: Inbox<outbox::Wanted>,
    /// Addresses that are to be seen.
    pub(super) lookups: Inbox<Vec<IpAddr>>,
    /// Stops the question that is being answered.
    running: Mutex<Cancel>,
    /// The last question that was answered to the end, for a thread that begins anew. Gone while it is answered
    /// again, so that one that makes the thread panic is not asked for ever.
    pub(super) last_good: Mutex<Option<Question>>,
    /// How often the thread with the columns has begun.
    pub(super) beginnings: AtomicUsize,
    /// Stops the read of the mailboxes, while there is one.
    pub(super) sync: Mutex<Option<Cancel>>,
    /// Stops the list of URLs that is being made.
    pub(super) listing_urls: Mutex<Cancel>,
    /// Stops the plan that a person wanted last.
    pub(super) planning: Mutex<Option<Cancel>>,
    /// Stops the look at a message that nobody reported.
    pub(super) reading_spam: Mutex<Option<Cancel>>,
    /// Stops the sender, while it runs.
    pub(super) sending: Mutex<Option<Cancel>>,
    /// Why nothing was sent the last time.
    pub(super) told_of_sending: Mutex<Option<String>>,
    /// Stops the look-up or trace that a person wanted last.
    pub(super) looking_up: Mutex<Option<Cancel>>,
    /// What the last of them worked with, for the next one.
    pub(super) means: Mutex<Option<Means>>,
    /// Raised when the desk ends.
    pub(super) end: Cancel,
    /// The database was open once: if it is gone later, no empty one is made in its place.
    was_opened: AtomicBool,
    /// Commands that got a report and run, by their process groups.
    commands: Mutex<Vec<Pid>>,
    in_background: Mutex<usize>,
    one_ended: Condvar,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// News that a screen waits for. They are told when this goes, also where a thread panics or never begins: a screen that
/// waited for ever could not go on.
pub(super) struct Owed {
    pub(super) shared: Arc<Shared>,
    pub(super) news: Event,
}

impl Drop for Owed {
    fn drop(&mut self) {
        let news = std::mem::replace(&mut self.news, Event::Changed);
        self.shared.answers.push(Item::Changed(Some(news)));
    }
}

impl Shared {
    pub(super) fn new(options: Options, events: Box<dyn Fn(Event) + Send + Sync>) -> Shared {
        Shared {
            options,
            events,
            answers: Inbox::default(),
            details: Inbox::default(),
            writes: Inbox::default(),
            outbox: Inbox::default(),
            lookups: Inbox::default(),
            running: Mutex::default(),
            last_good: Mutex::default(),
            beginnings: AtomicUsize::new(0),
            sync: Mutex::default(),
            listing_urls: Mutex::default(),
            planning: Mutex::default(),
            reading_spam: Mutex::default(),
            sending: Mutex::default(),
            told_of_sending: Mutex::default(),
            looking_up: Mutex::default(),
            means: Mutex::default(),
            end: Cancel::default(),
            was_opened: AtomicBool::new(false),
            commands: Mutex::default(),
            in_background: Mutex::default(),
            one_ended: Condvar::new(),
        }
    }

    /// Tells the screen.
    pub(super) fn tell(&self, event: Event) {
        (self.events)(event);
    }

    /// Something will have been done; this is told of it unless there are other news by then.
    pub(super) fn owes(self: &Arc<Shared>, broke_off: Event) -> Owed {
        Owed { shared: Arc::clone(self), news: broke_off }
    }

    /// Tells the screen what failed.
    pub(super) fn fail(&self, sentence: impl ToString) {
        self.tell(Event::Failed(sentence.to_string()));
    }

    /// A question takes the place of one that waits, and stops the one that runs. Not if something was ordered in
    /// between: it is about the reports of the earlier one.
    pub(super) fn ask(&self, question: Question) {
        self.answers.edit(|waiting| {
            let after_orders = waiting.iter().rposition(|item| matches!(item, Item::Order(_)));
            let mut at = 0;
            waiting.retain(|item| {
                let is_pointless = matches!(item, Item::Ask(_) | Item::Rows(..));
                at += 1;
                !is_pointless || after_orders.is_some_and(|order| at <= order)
            });
            waiting.push_back(Item::Ask(question));
            if after_orders.is_none() {
                lock(&self.running).cancel();
            }
        });
    }

    /// A chart takes the place of one that waits.
    pub(super) fn chart(&self, chart: Chart) {
        self.answers.replace(Item::Chart(chart), |item| matches!(item, Item::Chart(_)));
    }

    /// A word that stops the question which begins now.
    pub(super) fn begin(&self) -> Cancel {
        let cancel = Cancel::default();
        self.answers.edit(|waiting| {
            // One that came just before this is later, too.
            if waiting
                .iter()
                .find(|item| matches!(item, Item::Ask(_) | Item::Order(_)))
                .is_some_and(|item| matches!(item, Item::Ask(_)))
            {
                cancel.cancel();
            }
            *lock(&self.running) = cancel.clone();
        });
        cancel
    }

    /// A word that stops what is looked for beside questions, as soon as the next question comes.
    pub(super) fn begin_aside(&self) -> Cancel {
        let cancel = Cancel::default();
        self.answers.edit(|waiting| {
            if !waiting.is_empty() {
                cancel.cancel();
            }
            *lock(&self.running) = cancel.clone();
        });
        cancel
    }

    /// Opens the database; makes it when it is missing at first.
    pub(super) fn open_store(&self) -> Result<Store, store::Error> {
        let path = &self.options.config.database;
        let access = if self.options.read_only { Access::ReadOnly } else { Access::ReadWrite };
        if self.was_opened.load(Ordering::Relaxed) {
            return Store::open_again(path, access);
        }
        let store = Store::open(path, access)?;
        self.was_opened.store(true, Ordering::Relaxed);
        Ok(store)
    }

    /// Starts a thread that ends when its inbox is closed. One that panics says so and begins again with nothing.
    pub(super) fn thread(
        self: &Arc<Shared>,
        name: &'static str,
        run: fn(&Arc<Shared>),
    ) -> Option<JoinHandle<()>> {
        let shared = Arc::clone(self);
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&shared))) {
                shared.fail(died(name, panic.as_ref()));
                if shared.end.is_cancelled() {
                    return;
                }
            }
        });
        started.map_err(|error| self.fail(format!("The thread {name} could not be started: {error}."))).ok()
    }

    /// Runs something that takes long on a thread of its own.
    pub(super) fn in_background(
        self: &Arc<Shared>,
        name: &'static str,
        work: impl FnOnce(&Arc<Shared>) + Send + 'static,
    ) {
        let shared = Arc::clone(self);
        *lock(&self.in_background) += 1;
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(&shared))) {
                shared.fail(died(name, panic.as_ref()));
            }
            shared.ended();
        });
        if let Err(error) = started {
            self.fail(format!("The thread {name} could not be started: {error}."));
            self.ended();
        }
    }

    fn ended(&self) {
        *lock(&self.in_background) -= 1;
        self.one_ended.notify_all();
    }

    /// A command runs, the leader of a process group of its own; until it has ended, the desk ends it with itself.
    pub(super) fn command_runs(&self, command: Pid) {
        lock(&self.commands).push(command);
        if self.end.is_cancelled() {
            self.end_commands();
        }
    }

    /// A command has ended.
    pub(super) fn command_ended(&self, command: Pid) {
        lock(&self.commands).retain(|other| *other != command);
    }

    /// Ends all of them.
    pub(super) fn end_commands(&self) {
        for command in lock(&self.commands).iter() {
            // It may have ended by itself meanwhile.
            let _ = kill_process_group(*command, Signal::TERM);
        }
    }

    pub(super) fn stop_sync(&self) {
        lock(&self.sync).iter().for_each(Cancel::cancel);
    }

    /// Ends everything soon.
    pub(super) fn close(&self) {
        self.end.cancel();
        lock(&self.running).cancel();
        lock(&self.listing_urls).cancel();
        self.stop_sync();
        self.stop_plan();
        self.stop_sending();
        self.stop_looking_up();
        lock(&self.reading_spam).iter().for_each(Cancel::cancel);
        self.end_commands();
        self.answers.close();
        self.details.close();
        self.writes.close();
        self.outbox.close();
        self.lookups.close();
    }

    pub(super) fn wait_for_background(&self) {
        let still = |count: &mut usize| *count > 0;
        let running = lock(&self.in_background);
        let farewell = if lock(&self.sending).is_some() { FAREWELL_OF_SENDER } else { FAREWELL };
        drop(self.one_ended.wait_timeout_while(running, farewell, still));
    }
}

fn died(name: &str, panic: &(dyn Any + Send)) -> String {
    let why = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let why = why.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    format!(
        "The thread {name} failed and was started anew: {why}. Nothing stored is lost; please report this."
    )
}
