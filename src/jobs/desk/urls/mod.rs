//! What the screen URLs asks for: the URLs of reports, sorted or in groups, and the lines of them that are seen. Asked
//! of the thread that has the columns.

mod export;
mod known;
mod members;
mod numbers;
mod ranked;
mod order;
pub(super) mod submission;
pub(super) mod request;

use super::answers::{Answers, Base, Halt};
use super::event::Event;
use super::questions::not_loaded;
use super::shared::{Shared, lock};
use crate::index::{Cancel, Direction, EntryCounts, Index, Listed, Part, Selection, Stopped, UrlGroup};
use crate::jobs::enrich::KnownHosts;
use crate::jobs::find::FindError;
use crate::model::Dictionary;
use crate::model::clock;
use crate::query::{self, Field, Filter, QueryError, Term};
use known::Known;
use order::sorted;
use ranked::{Rank, Ranked};
use request::{
    SubmissionQuestion, UrlAnswer, UrlExport, UrlGrouping, UrlLine, UrlNews, UrlQuestion, UrlRow, UrlRows,
    UrlSort, UrlWindow,
};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

/// What is asked of the thread.
pub(super) enum Wanted {
    List(UrlQuestion),
    Rows(u64, UrlWindow),
    Members(u64, Option<String>),
    Export(UrlExport),
    Submission(SubmissionQuestion),
}

/// What the thread knows of URLs.
#[derive(Default)]
pub(super) struct Urls {
    pending: Option<(UrlQuestion, Cancel)>,
    /// Exports and submissions that wait for columns.
    held: VecDeque<Wanted>,
    answered: Option<Answered>,
    /// Those of the reports that were asked about last: most questions are about the same.
    counted: Option<(Selection, Arc<EntryCounts>)>,
    known: Known,
    /// There may be more to learn.
    pub(in crate::jobs::desk) to_learn: bool,
}

/// Which URLs a list has, in whatever order or groups.
#[derive(Default)]
struct Meant {
    since: u32,
    terms: Vec<Term>,
    inside: Option<(UrlGrouping, String)>,
}

impl Meant {
    /// Whether its URLs are certainly among those of the other one: what a person who goes on typing narrows down.
    fn narrows(&self, other: &Meant) -> bool {
        self.since >= other.since
            && other.terms.iter().all(|other| self.terms.iter().any(|term| term.implies(other)))
            && (other.inside.is_none() || self.inside == other.inside)
    }
}

struct Answered {
    question: u64,
    meant: Meant,
    counts: Arc<EntryCounts>,
    urls: Ranked,
    sort: UrlSort,
    direction: Direction,
    groups: Option<Groups>,
}

struct Groups {
    grouping: UrlGrouping,
    groups: Vec<UrlGroup>,
    /// The places of those that have URLs here.
    ranked: Ranked,
}

/// No screen has more lines.
const MOST_LINES: usize = 1_000;

impl Shared {
    /// A later question about URLs stops the one that runs.
    pub(super) fn ask_for_urls(&self, question: UrlQuestion) {
        use super::answers::Item;
        lock(&self.listing_urls).cancel();
        let is_pointless = |item: &Item| matches!(item, Item::Urls(Wanted::List(_) | Wanted::Rows(..)));
        self.answers.replace(Item::Urls(Wanted::List(question)), is_pointless);
    }
}

impl Answers<'_> {
    pub(super) fn urls(&mut self, wanted: Wanted) -> Result<(), Halt> {
        match wanted {
            Wanted::List(question) => {
                let cancel = Cancel::default();
                *lock(&self.shared.listing_urls) = cancel.clone();
                self.urls.pending = Some((question, cancel));
                self.list_urls()?;
                self.carry_out_of_urls()
            }
            Wanted::Rows(number, window) => {
                // What is known is of the columns that are open, and goes with them.
                self.base()?;
                if let Some((question, _)) = self.urls.pending.as_mut().filter(|(p, _)| p.number == number) {
                    question.window = window;
                    return Ok(());
                }
                let Some(mut answered) = self.urls.answered.take() else { return Ok(()) };
                let rows = match answered.question == number {
                    true => self.url_rows(&mut answered, window).map(Some),
                    false => Ok(None),
                };
                self.urls.answered = Some(answered);
                rows?.into_iter().for_each(|rows| self.shared.tell(Event::Urls(UrlNews::Rows(rows))));
                Ok(())
            }
            Wanted::Members(question, group) => self.url_members(question, group.as_deref()),
            wanted @ (Wanted::Export(_) | Wanted::Submission(_)) => {
                self.urls.held.push_back(wanted);
                self.carry_out_of_urls()
            }
        }
    }

    /// Does what was asked for besides lists, as soon as its columns are there.
    pub(super) fn carry_out_of_urls(&mut self) -> Result<(), Halt> {
        while let Some(wanted) = self.urls.held.pop_front() {
            let done = match &wanted {
                Wanted::Export(export) => self.export_urls(export),
                Wanted::Submission(question) => self.plan_submission(question),
                Wanted::List(_) | Wanted::Rows(..) | Wanted::Members(..) => Ok(()),
            };
            if matches!(done, Err(Halt::Loading)) {
                self.urls.held.push_front(wanted);
            }
            done?;
        }
        Ok(())
    }

    /// Lists the URLs that were asked for, as soon as their columns are there.
    pub(super) fn list_urls(&mut self) -> Result<(), Halt> {
        let Some((question, cancel)) = self.urls.pending.take() else { return Ok(()) };
        let number = question.number;
        match self.list_now(&question, &cancel) {
            Err(halt @ (Halt::Loading | Halt::Store(_))) => {
                self.urls.pending = Some((question, cancel));
                Err(halt)
            }
            Err(halt) => Err(halt),
            Ok(Err(error)) => {
                self.shared.tell(Event::Urls(UrlNews::Wrong(number, error)));
                Ok(())
            }
            Ok(Ok(answer)) => {
                self.shared.tell(Event::Urls(UrlNews::Answer(answer)));
                Ok(())
            }
        }
    }

    fn list_now(
        &mut self,
        question: &UrlQuestion,
        cancel: &Cancel,
    ) -> Result<Result<UrlAnswer, QueryError>, Halt> {
        let pattern = match pattern(&question.pattern) {
            Ok(pattern) => pattern,
            Err(error) => return Ok(Err(error)),
        };
        let start = Instant::now();
        let (selection, filter) = match self.reports_of(question, cancel) {
            Ok(found) => found,
            Err(Refused::Halt(halt)) => return Err(halt),
            Err(Refused::Wrong(error)) => return Ok(Err(error)),
        };
        let fields = [Field::Url, Field::Host];
        let terms = [&filter, &pattern].into_iter().flat_map(|filter| filter.wanted_terms(&fields));
        let meant = Meant {
            since: question.since.unwrap_or(0).clamp(0, u32::MAX.into()) as u32,
            terms: terms.cloned().collect(),
            inside: question.inside.clone(),
        };
        let counts = self.counts_of(&selection, cancel)?;
        let former = self.urls.answered.take();
        let mut known = std::mem::take(&mut self.urls.known);
        let narrows =
            |former: &Answered| Arc::ptr_eq(&former.counts, &counts) && meant.narrows(&former.meant);
        let found = self.base().map(|base| {
            let former = former.as_ref().filter(|former| narrows(former));
            let urls = meant.find(&base.index, &counts, former, &mut known, cancel)?;
            let groups = question.groups(&base.index, &selection, &counts, &urls, &mut known, cancel)?;
            let others = match urls {
                Cow::Borrowed(_) => None,
                Cow::Owned(urls) => Some(urls),
            };
            Ok((others, groups))
        });
        (self.urls.answered, self.urls.known) = (former, known);
        let (others, groups) = found?.map_err(|stopped| self.halted(stopped))?;
        if cancel.is_cancelled() {
            return Err(Halt::Superseded);
        }
        let former = self.urls.answered.take().filter(narrows);
        let urls = question.ranked(former, others);
        let UrlQuestion { number, sort, direction, .. } = *question;
        let mut answered = Answered { question: number, meant, counts, urls, sort, direction, groups };
        // With the lines that are seen: those are sorted only then.
        let rows = self.url_rows(&mut answered, question.window)?;
        let took = start.elapsed();
        let answer = UrlAnswer {
            question: question.number,
            lines: answered.lines(),
            urls: answered.urls.len() as u64,
            has_feeds: !self.shared.options.config.url_feeds.is_empty(),
            took,
            rows,
        };
        self.urls.answered = Some(answered);
        self.urls.to_learn = true;
        Ok(Ok(answer))
    }

    /// The reports whose URLs are wanted. Those of the query that the list of reports shows are known already.
    fn reports_of(
        &mut self,
        question: &UrlQuestion,
        cancel: &Cancel,
    ) -> Result<(Selection, Filter), Refused> {
        let text = question.of.as_deref().unwrap_or_default();
        let filter = match self.filter(text) {
            Ok(filter) => filter,
            Err(FindError::Query(error)) => return Err(Refused::Wrong(error)),
            Err(FindError::Store(error)) => return Err(Refused::Halt(error.into())),
            Err(_) => return Err(Refused::Halt(Halt::Superseded)),
        };
        let parts: Vec<Part> = Part::of_filter(&filter).into_iter().chain([Part::Urls]).collect();
        self.need(&parts)?;
        let known = self.answered.as_ref().filter(|answered| answered.question.text == text);
        if let Some(answered) = known.filter(|answered| self.pending.is_none() && !answered.is_partial) {
            return Ok((answered.selection.clone(), filter));
        }
        if filter.has_text() {
            // Its messages are read for the list of reports, whose answer will come.
            return Err(Refused::Halt(Halt::Loading));
        }
        let base = self.base()?;
        let selected = base.index.select(&filter, cancel);
        Ok((selected.map_err(|stopped| self.halted(stopped))?, filter))
    }

    /// How often each URL occurs in these reports.
    fn counts_of(&mut self, selection: &Selection, cancel: &Cancel) -> Result<Arc<EntryCounts>, Halt> {
        if let Some((_, counts)) = self.urls.counted.as_ref().filter(|(known, _)| known == selection) {
            return Ok(Arc::clone(counts));
        }
        let counted = self.base()?.index.count_urls(selection, cancel);
        let counts = Arc::new(counted.map_err(|stopped| self.halted(stopped))?);
        self.urls.counted = Some((selection.clone(), Arc::clone(&counts)));
        Ok(counts)
    }

    fn url_rows(&mut self, answered: &mut Answered, window: UrlWindow) -> Result<UrlRows, Halt> {
        let mut known = std::mem::take(&mut self.urls.known);
        let rows = self.base().and_then(|base| answered.rows(base, window, &mut known));
        self.urls.known = known;
        rows
    }

    /// Begins to write a list of URLs.
    fn export_urls(&mut self, wanted: &UrlExport) -> Result<(), Halt> {
        self.need(&[Part::Urls])?;
        let listed = if wanted.only.is_empty() {
            if self.urls.pending.is_some() {
                return Err(Halt::Loading);
            }
            let Some(mut answered) = self.urls.answered.take() else {
                self.shared.fail("Nothing was written: the list is still being made. Once more, please.");
                return Ok(());
            };
            let everything = 0..answered.urls.len();
            let mut known = std::mem::take(&mut self.urls.known);
            let listed = self.base().map(|base| answered.listed(&base.index, &mut known, everything));
            (self.urls.answered, self.urls.known) = (Some(answered), known);
            listed?.map_err(not_loaded)?
        } else {
            let all = self.base()?.index.select(&Filter::All, &Cancel::never());
            let all = all.map_err(|stopped| self.halted(stopped))?;
            let counts = self.counts_of(&all, &Cancel::never())?;
            let listed = wanted.only.iter().map(|entry| counts.of(*entry));
            let mut listed: Vec<Listed> = listed.filter(|url| url.reports > 0).collect();
            listed.sort_unstable_by_key(|url| std::cmp::Reverse(url.rank()));
            listed
        };
        let wanted = wanted.clone();
        self.shared.in_background("desk-export", move |shared| export::write(shared, &listed, wanted));
        Ok(())
    }

    /// Columns were loaded anew: what was told of the old ones is no longer true.
    pub(super) fn forget_urls(&mut self) {
        let Urls { pending, held, .. } = std::mem::take(&mut self.urls);
        self.urls = Urls { pending, held, ..Urls::default() };
    }
}

/// Why there are no reports.
enum Refused {
    Halt(Halt),
    Wrong(QueryError),
}

impl From<Halt> for Refused {
    fn from(halt: Halt) -> Refused {
        Refused::Halt(halt)
    }
}

/// What stands behind `url:` in a query.
fn pattern(text: &str) -> Result<Filter, QueryError> {
    const FIELD: &str = "url:";
    let text = text.trim();
    if text.is_empty() {
        return Ok(Filter::All);
    }
    // Quotes and slashes say themselves where they end.
    let is_closed = text.starts_with(['"', '/']) && text.len() > 1;
    let written = match text.contains([' ', '(', ')']) && !is_closed {
        true => format!("{FIELD}\"{}\"", text.replace('"', "")),
        false => format!("{FIELD}{text}"),
    };
    // The error is about what was written, without the field.
    query::parse(&written, clock::now()).map_err(|error| QueryError {
        query: text.to_owned(),
        column: error.column.saturating_sub(FIELD.len()),
        ..error
    })
}

impl Meant {
    /// Looks for its URLs, among those of a former list that it narrows down: borrowed where it has all of them.
    fn find<'f>(
        &self,
        index: &Index,
        counts: &EntryCounts,
        former: Option<&'f Answered>,
        known: &mut Known,
        cancel: &Cancel,
    ) -> Result<Cow<'f, [u32]>, Stopped> {
        let (mut urls, met) = match former {
            Some(former) => (Cow::Borrowed(former.urls.all()), &former.meant),
            None => (Cow::Owned(counts.entries()), &Meant::default()),
        };
        if self.since > met.since {
            urls = Cow::Owned(counts.seen_since(self.since, &urls));
        }
        for term in self.terms.iter().filter(|term| !met.terms.contains(term)) {
            urls = Cow::Owned(index.matching_urls(&urls, term, cancel)?);
        }
        if let Some((grouping, name)) = self.inside.as_ref().filter(|_| met.inside.is_none()) {
            let numbers = known.numbers(index, *grouping, cancel)?;
            let group = numbers.known(name);
            urls.to_mut().retain(|url| group.is_some() && numbers.of(*url) == group);
        }
        Ok(urls)
    }
}

impl UrlQuestion {
    /// URLs, ready to be sorted: others than those of the list that they narrow down, or the same.
    fn ranked(&self, former: Option<Answered>, others: Option<Vec<u32>>) -> Ranked {
        let Some(former) = former else { return Ranked::new(others.unwrap_or_default()) };
        match ((former.sort, former.direction) == (self.sort, self.direction), others) {
            (true, None) => former.urls,
            (true, Some(others)) => former.urls.narrowed(others),
            (false, others) => Ranked::new(others.unwrap_or_else(|| former.urls.into_all())),
        }
    }

    /// The groups of these URLs, if they are asked for. For an order by text learns what that takes.
    fn groups(
        &self,
        index: &Index,
        selection: &Selection,
        counts: &EntryCounts,
        urls: &[u32],
        known: &mut Known,
        cancel: &Cancel,
    ) -> Result<Option<Groups>, Stopped> {
        let Some(grouping) = self.grouping else {
            if self.sort == UrlSort::Text {
                known.beginnings.settle(index, index.last_url()?, cancel)?;
            }
            return Ok(None);
        };
        let numbers = known.numbers(index, grouping, cancel)?;
        let groups = index.url_groups(selection, counts, urls, (&numbers.by_entry, numbers.len()), cancel)?;
        let shown = (0u32..).zip(&groups).filter(|(_, group)| group.urls > 0);
        let ranked = Ranked::new(shown.map(|(place, _)| place).collect());
        Ok(Some(Groups { grouping, groups, ranked }))
    }
}

/// Groups by their places, the largest first.
struct LargestFirst<'g>(&'g [UrlGroup]);

impl Rank for LargestFirst<'_> {
    fn key(&self, place: u32) -> u128 {
        let group = self.0.get(place as usize);
        !group.map_or(0, |group| u128::from(group.reports) << 32 | u128::from(group.last))
    }
}

impl Answered {
    fn lines(&self) -> usize {
        self.groups.as_ref().map_or(self.urls.len(), |groups| groups.ranked.len())
    }

    /// The URLs on these lines.
    fn listed(
        &mut self,
        index: &Index,
        known: &mut Known,
        lines: Range<usize>,
    ) -> Result<Vec<Listed>, Stopped> {
        let Answered { counts, urls, sort, direction, .. } = self;
        if *sort == UrlSort::Text {
            // Of a list in groups nobody has asked for it yet.
            known.beginnings.settle(index, index.last_url()?, &Cancel::never())?;
        }
        let urls = sorted(urls, lines, (*sort, *direction), index, counts, &known.beginnings);
        Ok(urls.iter().map(|entry| counts.of(*entry)).collect())
    }

    fn rows(&mut self, base: &Base, window: UrlWindow, known: &mut Known) -> Result<UrlRows, Halt> {
        let count = window.count.min(MOST_LINES);
        let first =
            if window.first < self.lines() { window.first } else { self.lines().saturating_sub(count) };
        let seen = first..first + count;
        let mut lines = vec![];
        if let Some(Groups { grouping, groups, ranked }) = &mut self.groups {
            for place in ranked.at(seen, &LargestFirst(groups)) {
                let Some(group) = groups.get(*place as usize) else { continue };
                let numbers = known.numbers.get(grouping);
                let name = numbers.map(|numbers| numbers.name_at(&base.index, *grouping, *place as usize));
                let name = name.transpose().map_err(not_loaded)?.unwrap_or_default();
                lines.push(UrlLine::Group {
                    name,
                    urls: group.urls.into(),
                    reports: group.reports.into(),
                    first: group.first.into(),
                    last: group.last.into(),
                });
            }
            return Ok(UrlRows { question: self.question, first, lines });
        }
        let mut hosts = KnownHosts::new(&base.store);
        for url in self.listed(&base.index, known, seen).map_err(not_loaded)? {
            // A URL whose reports were purged meanwhile keeps its line, or all below would move.
            let text = base.store.entry(Dictionary::Url, url.entry)?.unwrap_or_default();
            lines.push(UrlLine::Url {
                entry: url.entry,
                row: UrlRow {
                    host: hosts.of(&text)?,
                    feeds: base.store.url_standings(&text)?,
                    url: text,
                    reports: url.reports.into(),
                    first: url.first.into(),
                    last: url.last.into(),
                },
            });
        }
        Ok(UrlRows { question: self.question, first, lines })
    }
}
