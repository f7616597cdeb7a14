//! What the screen URLs asks for: the URLs of reports, sorted or in groups, and the lines of them that are seen. Asked
//! of the thread that has the columns.

mod export;
mod numbers;
pub(super) mod submission;
pub(super) mod request;

use super::answers::{Answers, Base, Halt};
use super::event::Event;
use super::shared::{Shared, lock};
use crate::index::{Cancel, Direction, Index, Listed, Part, Selection, Stopped, UrlGroup};
use crate::jobs::enrich::KnownHosts;
use crate::jobs::find::FindError;
use crate::model::Dictionary;
use crate::model::clock::{self, Seconds};
use crate::query::{self, Field, Filter, QueryError};
use numbers::Numbers;
use request::{
    SubmissionQuestion, UrlAnswer, UrlExport, UrlGrouping, UrlLine, UrlNews, UrlQuestion, UrlRow, UrlRows,
    UrlSort, UrlWindow,
};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Instant;

/// What is asked of the thread.
pub(super) enum Wanted {
    List(UrlQuestion),
    Rows(u64, UrlWindow),
    Export(UrlExport),
    Submission(SubmissionQuestion),
}

/// What the thread knows of URLs.
#[derive(Default)]
pub(super) struct Urls {
    pending: Option<(UrlQuestion, Cancel)>,
    answered: Option<Answered>,
    numbers: HashMap<UrlGrouping, Numbers>,
}

struct Answered {
    question: u64,
    listed: Vec<Listed>,
    groups: Option<(UrlGrouping, Vec<UrlGroup>)>,
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
                self.list_urls()
            }
            Wanted::Rows(number, window) => {
                if let Some((question, _)) = self.urls.pending.as_mut().filter(|(p, _)| p.number == number) {
                    question.window = window;
                    return Ok(());
                }
                let Some(answered) = self.urls.answered.take() else { return Ok(()) };
                let rows = match answered.question == number {
                    true => self.url_rows(&answered, window).map(Some),
                    false => Ok(None),
                };
                self.urls.answered = Some(answered);
                rows?.into_iter().for_each(|rows| self.shared.tell(Event::Urls(UrlNews::Rows(rows))));
                Ok(())
            }
            Wanted::Export(wanted) => self.export_urls(wanted),
            Wanted::Submission(question) => self.plan_submission(question),
        }
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
        let terms: Vec<_> =
            [&filter, &pattern].into_iter().filter_map(|filter| filter.wanted_term(&fields)).collect();
        let mut numbers = std::mem::take(&mut self.urls.numbers);
        let listed =
            self.base().map(|base| list(&base.index, &selection, &terms, question, &mut numbers, cancel));
        self.urls.numbers = numbers;
        let (listed, groups) = listed?.map_err(|stopped| self.halted(stopped))?;
        if cancel.is_cancelled() {
            return Err(Halt::Superseded);
        }
        let groups = question.grouping.zip(groups);
        let answered = Answered { question: question.number, listed, groups };
        let took = start.elapsed();
        let rows = self.url_rows(&answered, question.window)?;
        let answer = UrlAnswer {
            question: question.number,
            lines: answered.lines(),
            urls: answered.listed.len() as u64,
            has_feeds: !self.shared.options.config.url_feeds.is_empty(),
            took,
            rows,
        };
        self.urls.answered = Some(answered);
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
        if let Some(answered) = known.filter(|_| self.pending.is_none()) {
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

    fn url_rows(&mut self, answered: &Answered, window: UrlWindow) -> Result<UrlRows, Halt> {
        let numbers = std::mem::take(&mut self.urls.numbers);
        let rows = self.base().and_then(|base| answered.rows(base, window, &numbers));
        self.urls.numbers = numbers;
        rows
    }

    /// Begins to write a list of URLs.
    fn export_urls(&mut self, wanted: UrlExport) -> Result<(), Halt> {
        let listed = if wanted.only.is_empty() {
            self.urls.answered.as_ref().map(|answered| answered.listed.clone()).unwrap_or_default()
        } else {
            self.need(&[Part::Urls])?;
            let base = self.base()?;
            let all = base.index.select(&Filter::All, &Cancel::never());
            let all = all.and_then(|all| base.index.urls(&all, None, &Cancel::never()));
            let mut all = all.map_err(|stopped| self.halted(stopped))?;
            let only: std::collections::HashSet<u32> = wanted.only.iter().copied().collect();
            all.retain(|url| only.contains(&url.entry));
            all
        };
        self.shared.in_background("desk-export", move |shared| export::write(shared, &listed, wanted));
        Ok(())
    }

    /// Columns were loaded anew: what was told of the old ones is no longer true.
    pub(super) fn forget_urls(&mut self) {
        self.urls.answered = None;
        self.urls.numbers.clear();
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
    query::parse(&written, clock::now())
        .map_err(|error| QueryError { column: error.column.saturating_sub(FIELD.len()), ..error })
}

type Found = (Vec<Listed>, Option<Vec<UrlGroup>>);

fn list(
    index: &Index,
    selection: &Selection,
    terms: &[&query::Term],
    question: &UrlQuestion,
    numbers: &mut HashMap<UrlGrouping, Numbers>,
    cancel: &Cancel,
) -> Result<Found, Stopped> {
    let mut listed = index.urls(selection, terms.iter().copied(), cancel)?;
    if let Some(since) = question.since {
        listed.retain(|url| Seconds::from(url.last) >= since);
    }
    if let Some((grouping, name)) = &question.inside {
        let numbers = numbers.entry(*grouping).or_default();
        numbers.settle(index, *grouping, cancel)?;
        let group = numbers.known(name);
        listed.retain(|url| group.is_some() && numbers.of(url.entry) == group);
    }
    if let Some(grouping) = question.grouping {
        let numbers = numbers.entry(grouping).or_default();
        numbers.settle(index, grouping, cancel)?;
        let groups = index.url_groups(selection, &listed, &numbers.by_entry, cancel)?;
        return Ok((listed, Some(groups)));
    }
    sort(index, &mut listed, question.sort, question.direction)?;
    Ok((listed, None))
}

/// Most frequent first is how they come.
fn sort(index: &Index, listed: &mut [Listed], by: UrlSort, direction: Direction) -> Result<(), Stopped> {
    match by {
        UrlSort::Reports => {}
        UrlSort::First => listed.sort_unstable_by_key(|url| (u32::MAX - url.first, url.entry)),
        UrlSort::Last => listed.sort_unstable_by_key(|url| (u32::MAX - url.last, url.entry)),
        UrlSort::Text => {
            // The first letters decide nearly always, and lie beside each other.
            let mut keyed = vec![];
            for url in listed.iter() {
                let text = behind_scheme(index.url_text(url.entry)?);
                let mut head = [0; 16];
                head.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
                keyed.push((u128::from_be_bytes(head), text, *url));
            }
            keyed.sort_unstable_by(|a, b| match b.0.cmp(&a.0) {
                Ordering::Equal => b.1.cmp(a.1).then(b.2.entry.cmp(&a.2.entry)),
                decided => decided,
            });
            listed.iter_mut().zip(keyed).for_each(|(place, (.., url))| *place = url);
        }
    }
    if direction == Direction::Ascending {
        listed.reverse();
    }
    Ok(())
}

fn behind_scheme(text: &[u8]) -> &[u8] {
    memchr::memmem::find(text, b"://").and_then(|at| text.get(at + 3..)).unwrap_or(text)
}

impl Answered {
    fn lines(&self) -> usize {
        self.groups.as_ref().map_or(self.listed.len(), |(_, groups)| groups.len())
    }

    fn rows(
        &self,
        base: &Base,
        window: UrlWindow,
        numbers: &HashMap<UrlGrouping, Numbers>,
    ) -> Result<UrlRows, Halt> {
        let count = window.count.min(MOST_LINES);
        let first =
            if window.first < self.lines() { window.first } else { self.lines().saturating_sub(count) };
        let mut lines = vec![];
        if let Some((grouping, groups)) = &self.groups {
            for group in groups.iter().skip(first).take(count) {
                let name = numbers.get(grouping).map_or("", |numbers| numbers.name_of(group.entry));
                lines.push(UrlLine::Group {
                    name: name.to_owned(),
                    urls: group.urls.into(),
                    reports: group.reports.into(),
                    first: group.first.into(),
                    last: group.last.into(),
                });
            }
            return Ok(UrlRows { question: self.question, first, lines });
        }
        let mut hosts = KnownHosts::new(&base.store);
        for url in self.listed.iter().skip(first).take(count) {
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
