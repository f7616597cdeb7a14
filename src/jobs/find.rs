//! Finding: query text to a selection of reports, with `text:` streamed over what the columns left.

use super::cancel::Cancel;
use crate::arf::searchable::searchable_text;
use crate::index::{Index, Part, Search, Selection, Stopped};
use crate::model::{ReportId, clock};
use crate::query::{self, Field, Filter, QueryError};
use crate::store::{self, Store, View};
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
        read_through(search, &candidates, &|| self.store.again(), cancel, progress, &|_, found| {
            accepted.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(found);
        })?;
        Ok(accepted.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads messages on as many threads as there are processors and asks `search` about each. `found` is told of every
/// share: the messages read, and those of them that match.
///
/// # Errors
/// The store's own, or [`FindError::Cancelled`].
pub(super) fn read_through(
    search: &Search,
    candidates: &[ReportId],
    open: &dyn Fn() -> Result<Store, store::Error>,
    cancel: &Cancel,
    progress: &(dyn Fn(usize, usize) + Sync),
    found: &(dyn Fn(&[ReportId], &[ReportId]) + Sync),
) -> Result<(), FindError> {
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
                    while let Some(share) = take(shares, total, progress) {
                        let mut accepted = vec![];
                        for id in share {
                            if cancel.is_cancelled() {
                                return Err(FindError::Cancelled);
                            }
                            let Some(raw) = store.raw(*id)? else { continue };
                            // A bit decides many; only then is the message taken apart, once for all patterns.
                            let mut text = None;
                            let holds = search.decides(*id, &mut |pattern| {
                                pattern.matches_text(text.get_or_insert_with(|| searchable_text(&raw)))
                            });
                            if holds {
                                accepted.push(*id);
                            }
                        }
                        found(share, &accepted);
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err(FindError::Cancelled)))
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
