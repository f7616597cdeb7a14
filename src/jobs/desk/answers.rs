//! The thread that has the columns: takes what waits for it one after another, keeps the columns up with the
//! database, and counts when nothing waits.

use super::asides::{Comparing, Counting};
use super::charts::{Chart, Charting};
use super::event::Event;
use super::inbox::Next;
use super::next_open::NextOpen;
use super::patterns::{Bursting, PatternsQuestion};
use super::questions::{Answered, Pending};
use super::reporting;
use super::request::{Question, Window};
use super::searching::{Searched, Searching};
use super::shared::{Shared, lock};
use super::targets::{Held, Order};
use super::urls::{self, Urls};
use crate::index::{Apart, Facet, Index, Part, PatternValues, Selection, Stopped, Whole};
use crate::model::ReportId;
use crate::query::Filter;
use crate::store::{self, Store, Version};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What this thread is asked.
pub(super) enum Item {
    Ask(Question),
    Rows(u64, Window),
    NextOpen(NextOpen),
    Similar(ReportId),
    Order(Order),
    Plan(reporting::Wanted),
    Views,
    ViewNames,
    Complete(Facet, String),
    Urls(urls::Wanted),
    Patterns(PatternsQuestion),
    Chart(Chart),
    /// Something was changed in the database, which the screen is to be told. First the columns take it over, so that
    /// whatever is asked upon the news is answered with it.
    Changed(Option<Event>),
    /// Columns that were loaded apart, or why not; first how often all others had been loaded when that began.
    Loaded(u64, Vec<Part>, Box<Result<Apart, store::Error>>),
    /// Some messages were read for `text:`.
    Searched(Searched),
    Panic,
}

/// How often a look is taken whether another process changed the database: 10 µs each.
const EVERY: Duration = Duration::from_secs(1);
/// The longest pause after which a database that cannot be read is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long the very first question is waited for before the columns are loaded: its first page is faster without.
const FIRST_QUESTION: Duration = Duration::from_millis(20);

/// What the first answer needs beside the columns of every question: the counts by source and what is known of it.
const FIRST: [Part; 2] = [Part::Addresses, Part::Sources];
/// What is asked for soon after, the shortest first.
const SOON: [Part; 3] = [Part::Subjects, Part::Urls, Part::Hosts];

/// The open database and what is known of it.
pub(super) struct Base {
    pub(super) store: Store,
    pub(super) index: Index,
    version: Version,
    /// What was found last in the columns as they are: who goes on typing looks no further than there.
    pub(super) found: Option<(Filter, Selection)>,
    /// All, open and new reports, and what could not be understood, counted when first asked for.
    pub(super) overall: Option<[u64; 4]>,
    /// Counts of all reports, for panes that are about nearly all of them.
    pub(super) whole: Option<Whole>,
    /// What was learned while looking for patterns.
    pub(super) values: PatternValues,
}

pub(super) struct Answers<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) base: Option<Base>,
    /// Opened for the first page; the columns come through it, too.
    pub(super) opened: Option<Store>,
    /// The question that has no answer yet.
    pub(super) pending: Option<Pending>,
    /// The one that has.
    pub(super) answered: Option<Answered>,
    pub(super) panes_due: bool,
    pub(super) searching: Searching,
    /// Views that are being counted.
    pub(super) counting: Option<Counting>,
    /// Reports that are being compared with one.
    pub(super) comparing: Option<Comparing>,
    /// What is known of URLs.
    pub(super) urls: Urls,
    /// A question about patterns.
    pub(super) bursting: Option<Bursting>,
    /// Reports may be looked into ahead of a question about a longer window.
    pub(super) patterns_to_learn: bool,
    /// A chart that is being counted.
    pub(super) charting: Option<Charting>,
    /// What waits for columns.
    pub(super) held: VecDeque<Held>,
    /// Columns that are being loaded apart.
    loading: Vec<Part>,
    /// How often all others were loaded.
    times_loaded: u64,
    /// Columns that will be, as soon as nothing else is to be done: they would take the processors away from the
    /// first answer.
    soon: VecDeque<Part>,
    looked: Instant,
    /// The columns were given up, or loaded anew beside a look: what was found in those before is asked for again.
    pub(super) is_stale: bool,
    trouble: Trouble,
}

/// A database that cannot be read.
struct Trouble {
    /// What was told last; the same is not told again unless somebody asks.
    told: Option<String>,
    /// What was told is that the file is gone.
    is_removed: bool,
    pause: Duration,
}

impl Default for Trouble {
    fn default() -> Self {
        Trouble { told: None, is_removed: false, pause: EVERY }
    }
}

/// Why a step was not done.
pub(super) enum Halt {
    /// The database failed.
    Store(store::Error),
    /// A later question is there.
    Superseded,
    /// Columns are missing; they are being loaded, and the step will be taken again.
    Loading,
}

impl From<store::Error> for Halt {
    fn from(error: store::Error) -> Halt {
        Halt::Store(error)
    }
}

pub(super) fn run(shared: &Arc<Shared>) {
    let mut answers = Answers {
        shared,
        base: None,
        opened: None,
        pending: None,
        answered: None,
        panes_due: false,
        searching: Searching::default(),
        counting: None,
        comparing: None,
        urls: Urls::default(),
        bursting: None,
        patterns_to_learn: false,
        charting: None,
        held: VecDeque::new(),
        loading: vec![],
        times_loaded: 0,
        soon: VecDeque::new(),
        looked: Instant::now(),
        is_stale: false,
        trouble: Trouble::default(),
    };
    let first = if shared.beginnings.fetch_add(1, Ordering::Relaxed) == 0 {
        shared.answers.next(Some(FIRST_QUESTION))
    } else {
        // After a panic the question at hand is asked again. Should that have been the cause, the next one is waited for.
        let last = lock(&shared.last_good).take();
        last.map_or_else(|| shared.answers.next(None), |question| Next::Item(Item::Ask(question)))
    };
    match first {
        Next::Closed => return,
        Next::Elapsed => answers.look(),
        Next::Item(item) => {
            answers.first_page(&item);
            answers.take(item);
        }
    }
    answers.work();
}

impl Answers<'_> {
    fn work(&mut self) {
        loop {
            let is_counting = self.counting.as_ref().is_some_and(Counting::is_due);
            let is_comparing = self.comparing.as_ref().is_some_and(Comparing::is_due);
            let loads_more = self.loading.is_empty() && !self.soon.is_empty();
            let is_charting = self.charting.as_ref().is_some_and(Charting::is_due);
            let is_bursting = self.bursting.as_ref().is_some_and(Bursting::is_due);
            let learns_urls = self.urls.to_learn;
            let learns_patterns = self.patterns_to_learn;
            let is_busy = self.panes_due
                || is_charting
                || is_bursting
                || is_comparing
                || is_counting
                || loads_more
                || learns_urls
                || learns_patterns;
            let pause = if self.base.is_some() { EVERY } else { self.trouble.pause };
            let until_look = pause.saturating_sub(self.looked.elapsed());
            let next = self.shared.answers.next(Some(if is_busy { Duration::ZERO } else { until_look }));
            match next {
                Next::Closed => return,
                Next::Item(item) => self.take(item),
                Next::Elapsed if is_charting => self.go_further(Answers::chart),
                Next::Elapsed if self.panes_due => self.go_further(Answers::panes),
                Next::Elapsed if is_bursting => self.go_further(Answers::burst),
                Next::Elapsed if is_comparing => self.go_further(Answers::compare),
                Next::Elapsed if is_counting => self.go_further(Answers::count_a_view),
                Next::Elapsed if loads_more => self.load_more(),
                Next::Elapsed if learns_urls => self.go_further(Answers::learn_of_urls),
                Next::Elapsed if learns_patterns => self.go_further(Answers::learn_of_patterns),
                Next::Elapsed => {}
            }
            let is_opened_anew = self.is_stale && self.base.is_some();
            if is_opened_anew || self.looked.elapsed() >= pause {
                self.look();
            }
        }
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Ask(question) => {
                self.step(|answers| answers.ask(question));
                // What waited for the answer before this one is refused.
                self.step(Answers::carry_out);
            }
            Item::Rows(question, window) => self.step(|answers| answers.other_rows(question, window)),
            Item::NextOpen(wanted) => self.step(|answers| answers.next_open(&wanted)),
            Item::Similar(id) => {
                self.comparing = Some(Comparing::new(id));
            }
            Item::Order(order) => self.step(|answers| answers.order(order)),
            Item::Plan(wanted) => self.step(|answers| answers.begin_plan(wanted)),
            Item::Views => self.begin_views(),
            Item::ViewNames => self.step(Answers::view_names),
            Item::Complete(facet, prefix) => self.step(|answers| answers.complete(facet, prefix)),
            Item::Urls(wanted) => self.step(|answers| answers.urls(wanted)),
            Item::Patterns(question) => self.bursting = Some(Bursting::new(question)),
            Item::Chart(chart) => self.charting = Some(Charting::new(chart)),
            Item::Changed(news) => self.look_and_tell(news),
            // Those of before all were loaded anew may be of rows that were written otherwise since.
            Item::Loaded(times, ..) if times != self.times_loaded => {}
            Item::Loaded(_, parts, loaded) => {
                self.loading.retain(|part| !parts.contains(part));
                self.step(|answers| answers.take_columns(*loaded));
            }
            Item::Searched(searched) => {
                self.step(|answers| answers.searched(searched));
                self.step(Answers::carry_out);
            }
            #[expect(clippy::panic, reason = "asked for, to see that it is survived")]
            Item::Panic => panic!("on purpose"),
        }
    }

    /// Takes a step that somebody asked for; what fails is told, and a database that failed is opened anew for the next.
    fn step(&mut self, step: impl FnOnce(&mut Self) -> Result<(), Halt>) {
        match step(self) {
            Ok(()) | Err(Halt::Superseded | Halt::Loading) => {}
            Err(Halt::Store(error)) => self.store_failed(&error, true),
        }
    }

    /// The same for what goes on by itself, and tries again by itself.
    fn go_further(&mut self, step: impl FnOnce(&mut Self) -> Result<(), Halt>) {
        if let Err(Halt::Store(error)) = step(self) {
            self.store_failed(&error, false);
        }
    }

    fn store_failed(&mut self, error: &store::Error, somebody_asked: bool) {
        let sentence = error.to_string();
        if somebody_asked || self.trouble.told.as_ref() != Some(&sentence) {
            self.shared.fail(&sentence);
        }
        self.trouble.told = Some(sentence);
        self.trouble.pause = (self.trouble.pause * 2).min(LONGEST_PAUSE);
        self.looked = Instant::now();
        self.base = None;
        self.is_stale = true;
        self.panes_due = false;
        // Whoever waits is answered from the next columns; what is only learned ahead does not open them.
        self.counting = self.counting.take().map(|_| Counting::later());
        self.urls.to_learn = false;
        self.patterns_to_learn = false;
    }

    /// The open database with its columns.
    pub(super) fn base(&mut self) -> Result<&mut Base, Halt> {
        if self.base.is_none() {
            let store = self.opened.take().map_or_else(|| self.shared.open_store(), Ok)?;
            self.load(store)?;
        }
        self.base.as_mut().ok_or(Halt::Loading)
    }

    fn load(&mut self, store: Store) -> Result<(), Halt> {
        let version = store.version()?;
        let index = Index::load_with(&FIRST, &store)?;
        self.shared.tell(Event::Loaded { stored: index.len() as u64 });
        self.base = Some(Base {
            store,
            index,
            version,
            found: None,
            overall: None,
            whole: None,
            values: PatternValues::default(),
        });
        self.searching.forget();
        self.forget_urls();
        self.loading.clear();
        self.times_loaded += 1;
        self.soon = SOON.into();
        Ok(())
    }

    /// Loads what will be asked for soon, one after the other: the second is not worth that the first comes later.
    fn load_more(&mut self) {
        let Some(part) = self.soon.pop_front() else { return };
        if self.base.as_ref().is_some_and(|base| !base.index.has(part)) {
            self.load_apart(&[part]);
        }
    }

    /// Checks that parts are there; those that are not are loaded by another thread meanwhile.
    pub(super) fn need(&mut self, parts: &[Part]) -> Result<(), Halt> {
        let base = self.base()?;
        let missing = base.index.missing_of(parts, &base.store)?;
        if missing.is_empty() {
            return Ok(());
        }
        self.load_apart(&missing);
        Err(Halt::Loading)
    }

    fn load_apart(&mut self, parts: &[Part]) {
        let parts: Vec<Part> = parts.iter().copied().filter(|part| !self.loading.contains(part)).collect();
        if parts.is_empty() {
            return;
        }
        self.loading.extend(&parts);
        let times = self.times_loaded;
        self.shared.in_background("desk-columns", move |shared| {
            let loaded = shared.open_store().and_then(|store| Apart::load(&parts, &store));
            shared.answers.push(Item::Loaded(times, parts, Box::new(loaded)));
        });
    }

    fn take_columns(&mut self, loaded: Result<Apart, store::Error>) -> Result<(), Halt> {
        match loaded {
            Ok(loaded) => {
                let base = self.base()?;
                (base.found, base.whole) = (None, None);
                base.index.take(loaded, &base.store)?;
                self.go_on()
            }
            Err(error) => {
                // What is there still answers; whatever waits tries again with the next look.
                self.tell_once(&error.to_string());
                Ok(())
            }
        }
    }

    /// What waited for columns.
    fn go_on(&mut self) -> Result<(), Halt> {
        self.answer().or_else(wait)?;
        self.carry_out().or_else(wait)?;
        self.list_urls().or_else(wait)?;
        self.carry_out_of_urls().or_else(wait)?;
        self.comparing.iter_mut().for_each(Comparing::resume);
        self.counting.iter_mut().for_each(Counting::resume);
        self.bursting.iter_mut().for_each(Bursting::resume);
        self.charting.iter_mut().for_each(Charting::resume);
        Ok(())
    }

    /// Looks whether the database changed, and takes over what is new.
    fn look(&mut self) {
        self.look_and_tell(None);
    }

    fn look_and_tell(&mut self, news: Option<Event>) {
        self.looked = Instant::now();
        let changed = self.take_changes().map(|changed| changed | std::mem::take(&mut self.is_stale));
        if matches!(changed, Ok(true)) {
            self.shared.tell(Event::Changed);
        }
        news.into_iter().for_each(|news| self.shared.tell(news));
        let is_quiet = matches!(changed, Ok(false)) && !self.trouble.is_removed && self.waits_for_nothing();
        let answered = changed
            .and_then(|changed| if changed { self.answer_again().or_else(wait) } else { Ok(()) })
            .and_then(|()| self.go_on());
        match answered {
            Err(Halt::Store(error)) => self.store_failed(&error, false),
            _ if is_quiet => self.trouble = Trouble::default(),
            _ => {}
        }
    }

    /// Nothing is left to be tried again.
    fn waits_for_nothing(&self) -> bool {
        self.pending.is_none()
            && self.held.is_empty()
            && self.counting.is_none()
            && self.comparing.is_none()
            && self.bursting.is_none()
            && self.charting.is_none()
    }

    fn tell_once(&mut self, sentence: &str) {
        if self.trouble.told.as_deref() != Some(sentence) {
            self.shared.fail(sentence);
            self.trouble.told = Some(sentence.to_owned());
        }
    }

    /// Says whether there were any.
    fn take_changes(&mut self) -> Result<bool, Halt> {
        let Some(base) = &mut self.base else {
            self.base()?;
            return Ok(true);
        };
        if !base.store.is_in_place() {
            let path = base.store.path().to_path_buf();
            if path.exists() {
                // Another one lies there now: that is the one to look at.
                self.base = None;
                self.base()?;
                return Ok(true);
            }
            // What is in memory can still be looked at.
            self.tell_once(&store::Error::Removed(path).to_string());
            self.trouble.is_removed = true;
            return Ok(false);
        }
        if std::mem::take(&mut self.trouble.is_removed) {
            self.trouble.told = None;
        }
        let version = base.store.version()?;
        if version == base.version {
            return Ok(false);
        }
        let is_rewritten = version.rewritten != base.version.rewritten;
        if is_rewritten {
            let store = self.base.take().map_or_else(|| self.shared.open_store(), |base| Ok(base.store))?;
            self.load(store)?;
        } else {
            base.found = None;
            base.index.refresh(&base.store)?;
            base.version = version;
            (base.overall, base.whole) = (None, None);
        }
        self.shared.outbox.look();
        Ok(true)
    }

    /// Something to look at before the columns are there.
    fn first_page(&mut self, item: &Item) {
        if let Item::Ask(question) = item {
            // What fails here fails again with the answer.
            let _ = self.newest_before_columns(question);
        }
    }
}

/// Columns are on their way.
fn wait(halt: Halt) -> Result<(), Halt> {
    match halt {
        Halt::Loading | Halt::Superseded => Ok(()),
        halt @ Halt::Store(_) => Err(halt),
    }
}

impl Answers<'_> {
    /// Why the columns did not answer.
    pub(super) fn halted(&mut self, stopped: Stopped) -> Halt {
        match stopped {
            Stopped::Cancelled => Halt::Superseded,
            Stopped::NotLoaded(part) => {
                self.load_apart(&[part]);
                Halt::Loading
            }
        }
    }
}
