//! The counts of the filter panes. Each pane is counted for the query without the conditions that it has set itself, so
//! that a sibling of a chosen value is seen with what it would add. Knows columns, and nothing of how panes look.

use super::answers::{Answers, Base, Halt};
use super::event::{Event, Panes};
use super::questions::{Answered, not_loaded};
use super::request::Question;
use super::shared::lock;
use crate::index::{Cancel, Facet, Selection, Stopped, Weight};
use crate::model::clock::Seconds;
use crate::model::{Kind, clock};
use crate::query::{self, Field, Filter, Term, Value};

/// Hours of the sparkline.
const HOURS: usize = 72;

/// What sets a condition: a facet's pane, or with `None` the one for windows of time.
type Pane = Option<Facet>;

/// Whether a pane has set this condition. Values of `is:` are all asked for at once, so that a further one narrows what
/// the others left; those of other fields are asked for in place of one another.
fn owns(pane: Pane, term: &Term, denied: bool) -> bool {
    match pane {
        None => term.field.is_time() && !denied,
        Some(facet) => facet.field() == Some(term.field) && (denied || term.field != Field::Is),
    }
}

/// A query taken apart.
struct Conditions {
    /// What the panes have set, pane by pane.
    set: Vec<(Pane, Filter)>,
    /// What was written otherwise.
    rest: Filter,
}

impl Conditions {
    fn of(filter: &Filter, facets: &[Facet]) -> Conditions {
        let mut rest = filter.clone();
        let mut set = vec![];
        for pane in std::iter::once(None).chain(facets.iter().copied().map(Some)) {
            let (own, others) = rest.parted(|term, denied| owns(pane, term, denied));
            rest = others;
            if own != Filter::All {
                set.push((pane, own));
            }
        }
        Conditions { set, rest }
    }
}

/// The selections that panes are counted in.
struct Counted<'a> {
    /// Of the panes that have set nothing.
    whole: &'a Selection,
    /// Of the others.
    apart: Vec<(Pane, Selection)>,
}

impl Counted<'_> {
    fn of(&self, pane: Pane) -> &Selection {
        self.apart.iter().find(|(other, _)| *other == pane).map_or(self.whole, |(_, selection)| selection)
    }
}

impl Answers<'_> {
    /// What stands beside the list.
    pub(super) fn panes(&mut self) -> Result<(), Halt> {
        self.panes_due = false;
        let Some(answered) = self.answered.take() else { return Ok(()) };
        let panes = self.base().and_then(|base| base.panes(&answered));
        *lock(&self.shared.last_good) = Some(answered.question.clone());
        self.answered = Some(answered);
        self.shared.tell(Event::Panes(panes?));
        Ok(())
    }
}

impl Base {
    fn panes(&mut self, answered: &Answered) -> Result<Panes, Halt> {
        let start = std::time::Instant::now();
        let now = clock::now();
        let Answered { question, filter, selection, .. } = answered;
        let Question { number, facets, windows, top, .. } = question;
        let conditions = Conditions::of(filter, facets);
        let counted = self.counted(&conditions, answered).map_err(stopped)?;
        let panes = facets.iter().map(|facet| (*facet, counted.of(Some(*facet))));
        // The kinds of the whole query stand above the list.
        let wanted: Vec<(Facet, &Selection)> = panes.chain([(Facet::Kind, selection)]).collect();
        let top = (*top).max(Kind::ALL.len());
        let whole = self.whole.get_or_insert_with(|| self.index.whole());
        let counts = self.index.facets(&wanted, Weight::Reports, whole, top);
        let mut counts = counts.map_err(not_loaded)?;
        let kinds = kinds(&counts.pop().unwrap_or_default());
        for ((facet, selection), counts) in wanted.iter().zip(&mut counts) {
            let set = conditions.set.iter().find(|(pane, _)| *pane == Some(*facet));
            if let Some((_, own)) = set {
                self.count_spoken_of(own, selection, counts).map_err(stopped)?;
            }
        }
        let [reports, open, new, quarantined] = match self.overall {
            Some(counts) => counts,
            None => {
                let counts =
                    ["", "is:open", "is:new", "is:quarantined -is:not-report"].map(|query| self.count(query));
                *self.overall.insert(counts)
            }
        };
        Ok(Panes {
            question: *number,
            facets: facets.iter().copied().zip(counts).collect(),
            windows: self.count_windows(windows, counted.of(None), now),
            // Of other messages than those that were found nobody knows what they hold.
            at_most: match filter.has_text() {
                true => counted.apart.iter().map(|(pane, _)| *pane).collect(),
                false => vec![],
            },
            hours: self.index.hours(selection, now, HOURS),
            kinds,
            reports,
            quarantined,
            open,
            new,
            took: start.elapsed(),
        })
    }

    /// What is written otherwise is asked once, since it may be a scan of all texts; what panes set are comparisons.
    fn counted<'a>(&self, conditions: &Conditions, answered: &'a Answered) -> Result<Counted<'a>, Stopped> {
        let mut apart = vec![];
        if !conditions.set.is_empty() {
            let rest = self.index.select(&conditions.rest, &answered.cancel)?;
            for (pane, _) in &conditions.set {
                let others = conditions.set.iter().filter(|(other, _)| other != pane);
                let others = others.fold(Filter::All, |all, (_, own)| all.and(own.clone()));
                apart.push((*pane, self.index.among(&rest, &others, &answered.cancel)?));
            }
        }
        Ok(Counted { whole: &answered.selection, apart })
    }

    /// Adds the counts of values that the query speaks of and that are not among the most frequent.
    fn count_spoken_of(
        &self,
        own: &Filter,
        selection: &Selection,
        counts: &mut Vec<(String, u64)>,
    ) -> Result<(), Stopped> {
        let mut spoken = vec![];
        own.any_term(true, &mut |term, _| {
            spoken.extend(term.values.iter().map(|value| (term.field, value.clone())));
            false
        });
        for (field, value) in spoken {
            let name = value.to_string();
            if counts.iter().all(|(other, _)| *other != name) {
                let only = Filter::Term(Term { field, values: vec![value] });
                let found = self.index.among(selection, &only, &Cancel::never())?;
                counts.push((name, found.count() as u64));
            }
        }
        Ok(())
    }

    fn count_windows(&self, windows: &[String], selection: &Selection, now: Seconds) -> Vec<(String, u64)> {
        let moments = windows.iter().filter_map(|window| Some((window.clone(), since(window, now)?)));
        let (windows, moments): (Vec<String>, Vec<Seconds>) = moments.unzip();
        windows.into_iter().zip(self.index.count_since(selection, &moments)).collect()
    }

    fn count(&self, text: &str) -> u64 {
        let filter = query::parse(text, clock::now()).unwrap_or_default();
        self.index.select(&filter, &Cancel::never()).map_or(0, |found| found.count() as u64)
    }
}

/// The counts of [`Facet::Kind`], in the order of [`Kind::ALL`].
fn kinds(counts: &[(String, u64)]) -> [u64; Kind::ALL.len()] {
    let mut kinds = [0; Kind::ALL.len()];
    for (name, count) in counts {
        let place = Kind::from_name(name).and_then(|kind| kinds.get_mut(usize::from(kind.number())));
        place.into_iter().for_each(|place| *place = *count);
    }
    kinds
}

/// When a window begins, as `since:` reads it.
fn since(window: &str, now: Seconds) -> Option<Seconds> {
    let mut moment = None;
    Filter::All.include(Field::Since, window, now).ok()?.any_term(true, &mut |term, _| {
        moment = term.values.iter().find_map(|value| match value {
            Value::Time(range) => Some(range.from),
            _ => None,
        });
        false
    });
    moment
}

fn stopped(stopped: Stopped) -> Halt {
    match stopped {
        Stopped::Cancelled => Halt::Superseded,
        Stopped::NotLoaded(_) => not_loaded(stopped),
    }
}
