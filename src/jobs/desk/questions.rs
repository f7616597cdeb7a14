//! Answering a question: which reports, how many, the lines to be seen.

use super::answers::{Answers, Base, Halt};
use super::event::{Answer, Event, Group, Line, Rows};
use super::request::{Question, Window};
use super::rows::rows;
use crate::arf::content::shape::url_shape_text;
use crate::index::{self, Cancel, Direction, Index, Likeness, Part, Selection, Sort, Stopped};
use crate::jobs::find::{self, FindError};
use crate::model::{ReportId, clock};
use crate::query::{self, Filter};
use std::cell::OnceCell;
use std::time::{Duration, Instant};

/// A question without an answer.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) question: Question,
    pub(super) filter: Filter,
    pub(super) cancel: Cancel,
}

/// A question with its answer.
pub(super) struct Answered {
    pub(super) question: Question,
    pub(super) filter: Filter,
    /// A later question is there, and nobody waits for the panes of this one.
    pub(super) cancel: Cancel,
    pub(super) selection: Selection,
    pub(super) groups: Option<Vec<index::Group>>,
    /// The whole list in its order, made when somebody first looks deep into it: 4 bytes a report.
    order: OnceCell<Vec<ReportId>>,
    took: Duration,
}

/// The view that a screen opens with, besides everything: both are served by the order of arrival alone.
const DEFAULT_VIEW: &str = "is:open kind:normal";
/// No screen has more lines.
const MOST_LINES: usize = 1_000;
/// Up to this line picking out a page costs less than sorting everything.
const DEEP: usize = 4_096;

impl Answered {
    /// How many lines the list has.
    pub(super) fn lines(&self) -> usize {
        self.groups.as_ref().map_or(self.selection.count(), Vec::len)
    }
}

impl Answers<'_> {
    /// The first page of the newest reports, from the order of arrival that the database keeps.
    pub(super) fn newest_before_columns(&mut self, question: &Question) -> Result<(), Halt> {
        let text = question.text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let count = match question.window {
            Window::At { first: 0, count } => count.min(MOST_LINES),
            _ => return Ok(()),
        };
        let is_newest_first = (question.sort, question.direction) == (Sort::Arrival, Direction::Descending);
        if !is_newest_first || question.groups.is_some() || !(text.is_empty() || text == DEFAULT_VIEW) {
            return Ok(());
        }
        let store = self.shared.open_store()?;
        let ids = store.newest(count, !text.is_empty())?;
        let lines = rows(&store, &ids)?.into_iter().map(|row| Line::Report(Box::new(row))).collect();
        self.shared.tell(Event::First(Rows { question: question.number, first: 0, lines }));
        self.opened = Some(store);
        Ok(())
    }

    /// Begins with a question. A wrong one leaves the former answer in force.
    pub(super) fn ask(&mut self, question: Question) -> Result<(), Halt> {
        self.panes_due = false;
        self.searching.stop();
        self.pending = None;
        match self.filter(&question.text) {
            // Whatever else is wrong in a query, a screen sees while it is typed.
            Err(FindError::Query(error)) if find::names_views(&question.text) => {
                self.shared.tell(Event::Wrong { question: question.number, error });
                Ok(())
            }
            Err(FindError::Store(error)) => Err(error.into()),
            Err(error) => {
                self.shared.fail(format!("The query cannot be understood: {error}"));
                Ok(())
            }
            Ok(filter) => {
                let cancel = self.shared.begin();
                self.pending = Some(Pending { question, filter, cancel });
                self.answer()
            }
        }
    }

    /// What a query asks for. Only one that names a view needs the database.
    pub(super) fn filter(&self, text: &str) -> Result<Filter, FindError> {
        match &self.base {
            _ if !find::names_views(text) => Ok(query::parse(text, clock::now())?),
            Some(base) => find::understood(&base.store, text),
            None => find::understood(&self.shared.open_store()?, text),
        }
    }

    /// The same question again: something has changed.
    pub(super) fn answer_again(&mut self) -> Result<(), Halt> {
        if self.pending.is_none()
            && let Some(Answered { question, .. }) = &self.answered
            // Times such as `since:2d` have moved on.
            && let Ok(filter) = self.filter(&question.text)
        {
            let question = question.clone();
            self.pending = Some(Pending { question, filter, cancel: self.shared.begin() });
        }
        self.answer()
    }

    /// Answers the question that waits, as soon as its columns are there.
    pub(super) fn answer(&mut self) -> Result<(), Halt> {
        let Some(pending) = &self.pending else { return Ok(()) };
        if self.searching.runs() {
            // It is answered when that ends, from the columns of then.
            return Ok(());
        }
        let Question { sort, groups, facets, .. } = &pending.question;
        let mut parts = Part::of_filter(&pending.filter);
        parts.extend(sort.part());
        parts.extend(groups.map(Index::parts_for).into_iter().flatten());
        parts.extend(facets.iter().filter_map(|facet| facet.part()));
        self.need(&parts)?;
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let again = pending.clone();
        let answered = self.answer_now(pending);
        if matches!(answered, Err(Halt::Store(_) | Halt::Loading)) {
            // Answered once that is mended.
            self.pending = Some(again);
        }
        answered
    }

    fn answer_now(&mut self, pending: Pending) -> Result<(), Halt> {
        let start = Instant::now();
        if pending.filter.has_text() {
            return self.search(pending, start);
        }
        let base = self.base()?;
        let selected = base.select(&pending.filter, &pending.cancel);
        let selection = selected.map_err(|stopped| self.halted(stopped))?;
        self.found(pending, selection, start)
    }

    /// Tells what was found; counts for the panes follow when nothing else waits.
    pub(super) fn found(
        &mut self,
        pending: Pending,
        selection: Selection,
        start: Instant,
    ) -> Result<(), Halt> {
        let Pending { question, filter, cancel } = pending;
        let base = self.base()?;
        let groups = match question.groups {
            None => None,
            Some(likeness) => match base.index.groups(&selection, likeness, &cancel) {
                Ok(groups) => Some(groups),
                Err(stopped) => return Err(self.halted(stopped)),
            },
        };
        let took = start.elapsed();
        if cancel.is_cancelled() {
            return Err(Halt::Superseded);
        }
        let answered = Answered {
            question,
            filter,
            cancel: cancel.clone(),
            selection,
            groups,
            order: OnceCell::new(),
            took,
        };
        let rows = base.window(&answered, answered.question.window)?;
        let visible = rows.lines.iter().filter_map(|line| line.row().source_ip).collect();
        let marked = base.index.marked();
        let answer = Answer {
            question: answered.question.number,
            lines: answered.lines(),
            reports: answered.selection.count() as u64,
            marked: answered.selection.and(&marked).count() as u64,
            marked_in_all: marked.count() as u64,
            stored: base.index.len() as u64,
            took: answered.took,
            rows,
        };
        self.answered = Some(answered);
        self.panes_due = true;
        if cancel.is_cancelled() {
            self.panes_due = false;
            return Err(Halt::Superseded);
        }
        self.shared.tell(Event::Answer(answer));
        self.shared.look_up_first(visible);
        Ok(())
    }

    /// Other lines of the answer at hand, or of the one that will come.
    pub(super) fn other_rows(&mut self, number: u64, window: Window) -> Result<(), Halt> {
        if let Some(pending) = self.pending.as_mut().filter(|pending| pending.question.number == number) {
            pending.question.window = window;
            if self.answered.as_ref().is_none_or(|answered| answered.question.number != number) {
                return Ok(());
            }
        }
        let Some(mut answered) = self.answered.take_if(|answered| answered.question.number == number) else {
            return Ok(());
        };
        answered.question.window = window;
        let rows = self.base().and_then(|base| base.window(&answered, window));
        self.answered = Some(answered);
        let rows = rows?;
        self.shared.look_up_first(rows.lines.iter().filter_map(|line| line.row().source_ip).collect());
        self.shared.tell(Event::Rows(rows));
        Ok(())
    }
}

impl Base {
    /// What matches, looked for where it can be.
    fn select(&mut self, filter: &Filter, cancel: &Cancel) -> Result<Selection, Stopped> {
        let known = self.found.as_ref().filter(|(known, _)| {
            filter.implies(known) && filter.shows_quarantined() == known.shows_quarantined()
        });
        let selection = match known {
            Some((_, within)) => self.index.among(within, filter, cancel),
            None => self.index.select(filter, cancel),
        }?;
        self.found = Some((filter.clone(), selection.clone()));
        Ok(selection)
    }

    /// Some lines of an answer.
    fn window(&self, answered: &Answered, window: Window) -> Result<Rows, Halt> {
        let lines = answered.lines();
        let (first, count) = match window {
            Window::At { first, count } => (first, count.min(MOST_LINES)),
            Window::Around { id, offset, count, first } => {
                let line = self.line_of(answered, id).map_err(not_loaded)?;
                (line.map_or(first, |line| line.saturating_sub(offset)), count.min(MOST_LINES))
            }
        };
        let first = if first < lines { first } else { lines.saturating_sub(count) };
        let question = &answered.question;
        let lines = match &answered.groups {
            None => {
                let ids = self.ids(answered, first, count).map_err(not_loaded)?;
                self.rows(&ids)?.into_iter().map(|row| Line::Report(Box::new(row))).collect()
            }
            Some(groups) => {
                let groups: Vec<&index::Group> = groups.iter().skip(first).take(count).collect();
                let ids: Vec<ReportId> = groups.iter().map(|group| group.newest).collect();
                let mut rows = self.rows(&ids)?.into_iter().peekable();
                let mut lines = vec![];
                for group in groups {
                    // A report that was purged meanwhile has no row.
                    let Some(newest) = rows.next_if(|row| row.id == group.newest) else { continue };
                    let likeness = question.groups.unwrap_or(Likeness::Subject);
                    lines.push(Line::Group(Box::new(Group {
                        shared: self.shared(&newest, likeness, group.which)?,
                        newest,
                        likeness,
                        which: group.which,
                        count: group.count,
                        reported: group.reported,
                        marked: group.marked,
                        first: group.first.into(),
                        last: group.last.into(),
                    })));
                }
                lines
            }
        };
        Ok(Rows { question: question.number, first, lines })
    }

    /// What the group of a report shares, as text.
    fn shared(&self, row: &super::Row, likeness: Likeness, which: u32) -> Result<String, Halt> {
        Ok(match likeness {
            Likeness::Subject => row.subject.clone().unwrap_or_default(),
            Likeness::Url | Likeness::Host => {
                let record = self.store.record(row.id)?;
                record.and_then(|record| url_shape_text(&record.report.urls)).unwrap_or_default()
            }
            Likeness::Source => row.source_ip.map(|ip| ip.to_string()).unwrap_or_default(),
            Likeness::Network => match (row.asn, row.source_ip) {
                (Some(asn), _) => {
                    let name = self.store.record(row.id)?.and_then(|record| record.as_name);
                    let country = row.country.as_deref().unwrap_or_default();
                    format!("AS{asn} {country} {}", name.as_deref().unwrap_or_default())
                }
                (None, ip) => ip.map(|ip| ip.to_string()).unwrap_or_default(),
            },
            Likeness::Contact => self.index.contacts(row.id).get(which as usize).cloned().unwrap_or_default(),
        })
    }

    /// The reports on these lines.
    pub(super) fn ids(
        &self,
        answered: &Answered,
        first: usize,
        count: usize,
    ) -> Result<Vec<ReportId>, Stopped> {
        let Answered { question: Question { sort, direction, .. }, selection, order, .. } = answered;
        // The usual order is kept by the columns.
        let is_usual = (*sort, *direction) == (Sort::Arrival, Direction::Descending);
        if first < DEEP || is_usual {
            return self.index.page(selection, *sort, *direction, first, count);
        }
        let order = match order.get() {
            Some(order) => order,
            None => {
                let sorted = self.index.order(selection, *sort, *direction)?;
                order.get_or_init(|| sorted)
            }
        };
        Ok(order.iter().skip(first).take(count).copied().collect())
    }

    /// The line of a report.
    pub(super) fn line_of(&self, answered: &Answered, id: ReportId) -> Result<Option<usize>, Stopped> {
        let Question { sort, direction, groups: likeness, .. } = &answered.question;
        match (&answered.groups, likeness) {
            (Some(groups), Some(likeness)) => self.index.group_of(groups, *likeness, id),
            _ => self.index.rank(&answered.selection, *sort, *direction, id),
        }
    }

    fn rows(&self, ids: &[ReportId]) -> Result<Vec<super::Row>, Halt> {
        let mut rows = rows(&self.store, ids)?;
        for row in &mut rows {
            row.reported |= self.index.is_reported(row.id);
        }
        Ok(rows)
    }
}

/// Everything that an answer needs was there when it was found, so this does not come to pass.
pub(super) fn not_loaded(_: Stopped) -> Halt {
    Halt::Loading
}
