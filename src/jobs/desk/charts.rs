//! Charts on their way to being counted: step by step, so that a question about reports never waits long for them.
//! Knows how their selections are made, and not what is counted in them.

use super::answers::{Answers, Base, Halt};
use super::map::OriginsQuestion;
use super::questions::not_loaded;
use super::volume::{Naming, VolumeQuestion};
use crate::index::{Cancel, Direction, Index, Part, Selection, Sort};
use crate::jobs::find::FindError;
use crate::model::clock::Seconds;
use crate::query::{Field, Filter};
use crate::store::Store;

/// A question of which the later one wins.
pub(super) enum Chart {
    Volume(VolumeQuestion),
    Origins(OriginsQuestion),
}

/// What is to be done next for a chart.
pub(super) enum Charting {
    /// Its counts.
    Count { chart: Chart, waits: bool },
    /// What makes some of its spans stand out.
    Name { naming: Naming, waits: bool },
}

impl Charting {
    pub(super) fn new(chart: Chart) -> Charting {
        Charting::Count { chart, waits: false }
    }

    pub(super) fn is_due(&self) -> bool {
        let (Charting::Count { waits, .. } | Charting::Name { waits, .. }) = self;
        !waits
    }

    /// Columns came.
    pub(super) fn resume(&mut self) {
        let (Charting::Count { waits, .. } | Charting::Name { waits, .. }) = self;
        *waits = false;
    }

    /// Until they come.
    fn wait(mut self) -> Charting {
        let (Charting::Count { waits, .. } | Charting::Name { waits, .. }) = &mut self;
        *waits = true;
        self
    }
}

/// The reports that a chart is about.
pub(super) struct Charted {
    pub(super) selection: Selection,
    /// The same query without its conditions on the state, among what was reported.
    pub(super) reported: Selection,
    /// The query looks into messages, which was not done, or not for what was reported: it is too many.
    pub(super) at_most: bool,
}

impl Answers<'_> {
    /// The next step of the chart at hand.
    pub(super) fn chart(&mut self) -> Result<(), Halt> {
        let Some(charting) = self.charting.take() else { return Ok(()) };
        let (next, again) = match charting {
            Charting::Count { chart, .. } => {
                let next = match &chart {
                    Chart::Volume(question) => self.volume(question),
                    Chart::Origins(question) => self.origins(question).map(|()| None),
                };
                (next, Charting::new(chart))
            }
            Charting::Name { mut naming, .. } => {
                let next = self.name_a_burst(&mut naming);
                let again = Charting::Name { naming, waits: false };
                match next {
                    Ok(true) => {
                        self.charting = Some(again);
                        return Ok(());
                    }
                    next => (next.map(|_| None), again),
                }
            }
        };
        match next {
            Ok(naming) => {
                self.charting = naming.map(|naming| Charting::Name { naming, waits: false });
                Ok(())
            }
            Err(halt) => {
                if matches!(halt, Halt::Loading | Halt::Store(_)) {
                    self.charting = Some(again.wait());
                }
                Err(halt)
            }
        }
    }

    /// The reports of a query within a window, and those reported within another; windows are queries, too.
    pub(super) fn charted(&mut self, query: &str, windows: [&str; 2]) -> Result<Charted, Halt> {
        let filter = self.chart_filter(query)?;
        let window = self.chart_filter(windows[0])?;
        let reported_window = self.chart_filter(windows[1])?;
        self.need(&Part::of_filter(&filter))?;
        // What was found by reading messages is taken from the list, if that shows the same query.
        let listed = self.answered.as_ref().filter(|answered| {
            let is_whole = !answered.is_partial && !self.searching.runs();
            filter.has_text() && is_whole && answered.question.text.trim() == query.trim()
        });
        let listed = listed.map(|answered| answered.selection.clone());
        let index = &self.base()?.index;
        let never = Cancel::never();
        let selection = match &listed {
            Some(listed) => index.among(listed, &window, &never),
            None => index.select(&window.and(filter.clone()), &never),
        };
        let (state, whatever_its_state) = filter.parted(|term, _| term.field == Field::Is);
        // The list has all that was reported only where its query says nothing of the state.
        let all_reported = listed.as_ref().filter(|_| state == Filter::All);
        let reported = match all_reported {
            Some(listed) => index.among(&index.reported().and(listed), &reported_window, &never),
            None => {
                let reported_then = reported_window.and(whatever_its_state.without_text());
                index.among(&index.reported(), &reported_then, &never)
            }
        };
        Ok(Charted {
            selection: selection.map_err(not_loaded)?,
            reported: reported.map_err(not_loaded)?,
            at_most: filter.has_text() && all_reported.is_none(),
        })
    }

    /// When the newest report of a query came, whatever messages say.
    pub(super) fn newest_of(&mut self, query: &str) -> Result<Option<Seconds>, Halt> {
        let filter = self.chart_filter(query)?.without_text();
        let Base { index, store, .. } = self.base()?;
        let all = index.select(&filter, &Cancel::never()).map_err(not_loaded)?;
        newest(index, store, &all)
    }

    fn chart_filter(&self, text: &str) -> Result<Filter, Halt> {
        self.filter(text).map_err(|error| match error {
            FindError::Store(error) => Halt::Store(error),
            // A view may have been removed since the list asked for it, which says so.
            _ => Halt::Superseded,
        })
    }
}

/// When the newest of these reports came.
pub(super) fn newest(index: &Index, store: &Store, of: &Selection) -> Result<Option<Seconds>, Halt> {
    let first = index.page(of, Sort::Arrival, Direction::Descending, 0, 1).map_err(not_loaded)?;
    Ok(store.list_rows(&first)?.first().map(|row| row.arrival))
}
