//! Finding: query text to a selection of reports, with `text:` streamed over what the columns left.

use super::cancel::Cancel;
use crate::arf::searchable::searchable_text;
use crate::index::{Index, Part, Search, Selection, Stopped};
use crate::model::{ReportId, clock};
use crate::query::{self, Field, Filter, Pattern, QueryError};
use crate::store::{self, Store, View};
use std::cell::OnceCell;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The query is wrong; shown with a caret under the place.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// A view would stand for itself, in the end.
    #[error("a view cannot name itself, and this query leads back to '{0}'")]
    NamesItself(String),
    /// The database could not be read.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// A column was not there, though everything that the filter names had just been loaded.
    #[error("{0}; please report this")]
    NotLoaded(String),
    /// A person ended it.
    #[error("the search was ended before it was done")]
    Cancelled,
    /// A thread that read messages panicked.
    #[error("the search broke off before all messages were read; please report this")]
    BrokenOff,
}

/// What a query asks for, the saved views that it names included.
///
/// # Errors
/// A wrong query, an unknown view among the reasons; the store's own.
pub fn understood(store: &Store, text: &str) -> Result<Filter, FindError> {
    // Hardly any query names a view, and the others need not wait for the database.
    let views = if names_views(text) { named_queries(store)? } else { vec![] };
    Ok(query::parse_with_views(text, clock::now(), &views)?)
}

/// Whether a query may name saved views.
pub fn names_views(text: &str) -> bool {
    text.to_ascii_lowercase().contains("view:")
}

/// The saved views, by name and query.
///
/// # Errors
/// The store's own.
pub fn named_queries(store: &Store) -> Result<Vec<(String, String)>, store::Error> {
    Ok(store.views()?.into_iter().map(|view| (view.name, view.query)).collect())
}

/// A view as it would be with the others that are saved: a wrong one, or one that names itself in the end, could never
/// be opened.
///
/// # Errors
/// As [`understood`].
pub fn check_view(store: &Store, view: &View) -> Result<(), FindError> {
    let mut views = named_queries(store)?;
    views.retain(|(name, _)| *name != view.name);
    if names_itself(view, &views) {
        return Err(FindError::NamesItself(view.name.clone()));
    }
    views.push((view.name.clone(), view.query.clone()));
    query::parse_with_views(&view.query, clock::now(), &views)?;
    Ok(())
}

/// Whether the query of a view leads back to its name, through others or at once.
fn names_itself(view: &View, others: &[(String, String)]) -> bool {
    let named = |query: &str| {
        let mut names = vec![];
        if let Ok(filter) = query::parse(query, clock::now()) {
            filter.any_term(true, &mut |term, _| {
                if term.field == Field::View {
                    names.extend(term.values.iter().map(ToString::to_string));
                }
                false
            });
        }
        names
    };
    let mut due = named(&view.query);
    let mut seen: Vec<String> = vec![];
    while let Some(name) = due.pop() {
        if query::fold(&name) == query::fold(&view.name) {
            return true;
        }
        if !seen.contains(&name) {
            let queries = others.iter().filter(|(other, _)| query::fold(other) == query::fold(&name));
            due.extend(queries.flat_map(|(_, query)| named(query)));
            seen.push(name);
        }
    }
    false
}

/// Answers queries over one database; the columns are loaded once.
pub struct Finder<'a> {
    store: &'a Store,
    index: Index,
    /// What to load with the first query; nothing is left to load at first once everything is there.
    due: Option<Vec<Part>>,
    load_time: Duration,
}

/// What a query found.
#[derive(Debug)]
pub struct Found {
    /// The reports.
    pub selection: Selection,
    /// The query as it was understood.
    pub filter: Filter,
    /// How long loading columns for this query took, the filter, and reading messages for `text:`.
    pub times: Times,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Columns that every query needs.
    pub load: Duration,
    /// Columns that only this query needs.
    pub load_more: Duration,
    /// From the filter to the exact count.
    pub filter: Duration,
    /// Messages read for `text:`.
    pub text: Duration,
}

/// Messages that a thread takes at once: a frame's worth, so that each frame is unpacked once.
const SHARE: usize = 64;

impl<'a> Finder<'a> {
    /// Loads the columns for any questions.
    ///
    /// # Errors
    /// Whatever the store reports.
    pub fn open(store: &'a Store) -> Result<Finder<'a>, store::Error> {
        let start = Instant::now();
        let index = Index::load(store)?;
        Ok(Finder { store, index, due: None, load_time: start.elapsed() })
    }

    /// For a command with a question or two: the first query loads what it needs, and these parts with it, at once.
    /// For a million reports that takes half the time of loading everything.
    pub fn for_command(store: &'a Store, parts: impl IntoIterator<Item = Part>) -> Finder<'a> {
        let due = Some(parts.into_iter().collect());
        Finder { store, index: Index::default(), due, load_time: Duration::ZERO }
    }

    /// The columns, for pages, counts and lists of a selection.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Loads columns beyond those of the filter, such as URLs for their list.
    ///
    /// # Errors
    /// Whatever the store reports.
    pub fn load_part(&mut self, part: Part) -> Result<(), store::Error> {
        match &mut self.due {
            Some(due) => due.push(part),
            None => self.index.load_part(part, self.store)?,
        }
        Ok(())
    }

    /// Answers a query. `progress` is told how many of how many messages have been read for `text:`.
    ///
    /// # Errors
    /// A wrong query, the store's own, or [`FindError::Cancelled`].
    pub fn find(
        &mut self,
        text: &str,
        cancel: &Cancel,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Found, FindError> {
        let filter = understood(self.store, text)?;
        let mut lap = Lap::start();
        if let Some(parts) = self.due.take() {
            self.index = Index::load_only(&parts, &filter, self.store)?;
            self.load_time = lap.next();
        }
        let mut times = Times { load: self.load_time, ..Times::default() };
        self.index.load_for(&filter, self.store)?;
        times.load_more = lap.next();
        let selection = if filter.has_text() {
            let search = self.index.search(&filter, cancel).map_err(stopped)?;
            times.filter = lap.next();
            let accepted = self.read_through(&search, cancel, progress)?;
            times.text = lap.next();
            self.index.selection_of(&accepted)
        } else {
            let selection = self.index.select(&filter, cancel).map_err(stopped)?;
            times.filter = lap.next();
            selection
        };
        Ok(Found { selection, filter, times })
    }

    fn read_through(
        &self,
        search: &Search,
        cancel: &Cancel,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Vec<ReportId>, FindError> {
        let candidates: Vec<ReportId> = search.candidates().ids().collect();
        let accepted = Mutex::new(vec![]);
        let judge = |id: ReportId, message: &Message| search.decides(id, &mut |text| message.holds(text));
        let found = |share: Vec<(ReportId, Option<bool>)>| {
            let holding = share.into_iter().filter(|(_, holds)| *holds == Some(true)).map(|(id, _)| id);
            accepted.lock().unwrap_or_else(PoisonError::into_inner).extend(holding);
        };
        let damage = read_through(&candidates, &|| self.store.again(), cancel, progress, &judge, &found)?;
        match damage.first {
            Some(error) => Err(error.into()),
            None => Ok(accepted.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// A message that is asked about.
pub(super) struct Message {
    raw: Vec<u8>,
    /// Taken apart when somebody first asks for it, once for all patterns: what columns know decides many.
    text: OnceCell<String>,
}

impl Message {
    /// Whether its headers or text hold this.
    pub(super) fn holds(&self, pattern: &Pattern) -> bool {
        pattern.matches_text(self.text.get_or_init(|| searchable_text(&self.raw)))
    }
}

/// What of the messages could not be read.
#[derive(Default)]
pub(super) struct Damage {
    /// How many.
    pub(super) count: u64,
    /// What is wrong with one of them.
    pub(super) first: Option<store::Error>,
}

impl Damage {
    fn and(self, other: Damage) -> Damage {
        Damage { count: self.count + other.count, first: self.first.or(other.first) }
    }
}

/// Reads messages on as many threads as there are processors and has each judged. `found` is told of every share: the
/// messages, and what was judged; of those that are gone or damaged, nothing.
///
/// # Errors
/// The store's own but for single messages that are damaged, [`FindError::Cancelled`], or [`FindError::BrokenOff`].
pub(super) fn read_through<V: Send>(
    candidates: &[ReportId],
    open: &dyn Fn() -> Result<Store, store::Error>,
    cancel: &Cancel,
    progress: &(dyn Fn(usize, usize) + Sync),
    judge: &(dyn Fn(ReportId, &Message) -> V + Sync),
    found: &(dyn Fn(Vec<(ReportId, Option<V>)>) + Sync),
) -> Result<Damage, FindError> {
    let shares = Mutex::new((candidates.chunks(SHARE), 0));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(1, 8);
    let stores = (0..threads).map(|_| open()).collect::<Result<Vec<_>, _>>()?;
    let total = candidates.len();
    std::thread::scope(|scope| {
        let threads: Vec<_> = stores
            .into_iter()
            .map(|store| {
                let shares = &shares;
                scope.spawn(move || {
                    let mut damage = Damage::default();
                    while let Some(share) = take(shares, total, progress) {
                        let mut judged = Vec::with_capacity(share.len());
                        for id in share {
                            if cancel.is_cancelled() {
                                return Err(FindError::Cancelled);
                            }
                            let raw = match store.raw(*id) {
                                Err(error @ store::Error::Damaged { .. }) => {
                                    damage = damage.and(Damage { count: 1, first: Some(error) });
                                    None
                                }
                                read => read?,
                            };
                            let message = raw.map(|raw| Message { raw, text: OnceCell::new() });
                            judged.push((*id, message.map(|message| judge(*id, &message))));
                        }
                        found(judged);
                    }
                    Ok(damage)
                })
            })
            .collect();
        threads.into_iter().try_fold(Damage::default(), |damage, thread| {
            Ok(damage.and(thread.join().unwrap_or(Err(FindError::BrokenOff))?))
        })
    })
}

type Shares<'a> = Mutex<(std::slice::Chunks<'a, ReportId>, usize)>;

fn take<'a>(
    shares: &Shares<'a>,
    total: usize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Option<&'a [ReportId]> {
    let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
    let share = shares.0.next()?;
    progress(shares.1, total);
    shares.1 += share.len();
    Some(share)
}

fn stopped(why: Stopped) -> FindError {
    match why {
        Stopped::Cancelled => FindError::Cancelled,
        Stopped::NotLoaded(_) => FindError::NotLoaded(why.to_string()),
    }
}

struct Lap(Instant);

impl Lap {
    fn start() -> Lap {
        Lap(Instant::now())
    }

    fn next(&mut self) -> Duration {
        let lap = self.0.elapsed();
        self.0 = Instant::now();
        lap
    }
}
