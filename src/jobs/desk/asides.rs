//! Smaller questions: how many are alike, what a value may become, how many each view has.

use super::answers::{Answers, Halt};
use super::event::{Event, Similar, ViewCount};
use super::questions::not_loaded;
use crate::index::{Cancel, Facet, Index, Likeness, Part, Weight};
use crate::model::ReportId;
use crate::query::{self, Filter};
use crate::store::View;
use std::collections::VecDeque;

/// Values offered for completion.
const MOST_VALUES: usize = 50;

/// Views on their way to being counted, one at a time, so that nobody waits for them.
pub(super) struct Counting {
    /// None before they were read.
    left: Option<VecDeque<View>>,
    done: Vec<ViewCount>,
    waits: bool,
}

impl Counting {
    /// From the first view on, once there are columns again.
    pub(super) fn later() -> Counting {
        Counting { left: None, done: vec![], waits: true }
    }

    pub(super) fn is_due(&self) -> bool {
        !self.waits
    }

    /// Columns came.
    pub(super) fn resume(&mut self) {
        self.waits = false;
    }
}

/// What is like a report, on its way to being counted: one respect at a time, so that nobody waits for all of them.
pub(super) struct Comparing {
    id: ReportId,
    /// The answer among which matches are counted.
    question: Option<u64>,
    left: VecDeque<Likeness>,
    counts: Vec<(Likeness, u64, u64, u64)>,
    waits: bool,
}

impl Comparing {
    pub(super) fn new(id: ReportId) -> Comparing {
        let left = Likeness::ALL.iter().copied().collect();
        Comparing { id, question: None, left, counts: vec![], waits: false }
    }

    pub(super) fn is_due(&self) -> bool {
        !self.waits
    }

    /// Columns came.
    pub(super) fn resume(&mut self) {
        self.waits = false;
    }
}

impl Answers<'_> {
    /// Counts what is like the report that was asked about in the next respect; tells of all when there is none left.
    pub(super) fn compare(&mut self) -> Result<(), Halt> {
        let Some(mut comparing) = self.comparing.take() else { return Ok(()) };
        let question = self.answered.as_ref().map(|answered| answered.question.number);
        if comparing.question != question {
            comparing = Comparing { question, ..Comparing::new(comparing.id) };
        }
        let Some(likeness) = comparing.left.pop_front() else {
            self.shared.tell(Event::Similar(Similar { id: comparing.id, counts: comparing.counts }));
            return Ok(());
        };
        let counted = self.count_alike(comparing.id, likeness);
        match &counted {
            Ok(counts) => comparing.counts.extend(*counts),
            Err(_) => {
                comparing.left.push_front(likeness);
                comparing.waits = true;
            }
        }
        self.comparing = Some(comparing);
        counted.map(drop)
    }

    fn count_alike(
        &mut self,
        id: ReportId,
        likeness: Likeness,
    ) -> Result<Option<(Likeness, u64, u64, u64)>, Halt> {
        self.need(Index::parts_for(likeness))?;
        let answered = self.answered.take();
        let counted = self.base().and_then(|base| {
            let alike = base.index.similar(id, likeness).map_err(not_loaded)?;
            let (reportable, passed_over) = base.index.reportable(&alike);
            let matching =
                answered.as_ref().map_or(0, |answered| reportable.and(&answered.selection).count());
            let passed_over = passed_over.iter().map(|(_, count)| count).sum();
            let counts = (likeness, matching as u64, reportable.count() as u64, passed_over);
            Ok((!alike.is_empty()).then_some(counts))
        });
        self.answered = answered;
        counted
    }

    /// Values of all reports that begin so: what is being typed may match nothing yet.
    pub(super) fn complete(&mut self, facet: Facet, prefix: String) -> Result<(), Halt> {
        let base = self.base()?;
        if let Some(part) = facet.part() {
            // Somebody waits for the word under the cursor, and nothing would ask again when the columns have come.
            base.index.load_part(part, &base.store)?;
        }
        let all = base.index.select(&Filter::All, &Cancel::never()).map_err(not_loaded)?;
        let counted = base.index.facet(&all, facet, Weight::Reports, usize::MAX).map_err(not_loaded)?;
        let start = query::fold(&prefix);
        let values = counted.into_iter().map(|(value, _)| value);
        let values =
            values.filter(|value| query::fold(value).starts_with(&start)).take(MOST_VALUES).collect();
        self.shared.tell(Event::Completions { facet, prefix, values });
        Ok(())
    }

    /// The names of the saved views.
    pub(super) fn view_names(&mut self) -> Result<(), Halt> {
        let views = self.base()?.store.views()?;
        self.shared.tell(Event::ViewNames(views.into_iter().map(|view| view.name).collect()));
        Ok(())
    }

    /// Begins to count the saved views.
    pub(super) fn begin_views(&mut self) {
        self.counting = Some(Counting { waits: false, ..Counting::later() });
    }

    /// Counts the next one; tells of all when there is none left.
    pub(super) fn count_a_view(&mut self) -> Result<(), Halt> {
        let Some(mut counting) = self.counting.take() else { return Ok(()) };
        let counted = self.count_next(&mut counting);
        match &counted {
            Ok(false) => self.shared.tell(Event::Views(counting.done)),
            counted => {
                counting.waits = counted.is_err();
                self.counting = Some(counting);
            }
        }
        counted.map(drop)
    }

    /// Whether there was one.
    fn count_next(&mut self, counting: &mut Counting) -> Result<bool, Halt> {
        let left = match &mut counting.left {
            Some(left) => left,
            None => counting.left.insert(self.base()?.store.views()?.into()),
        };
        let Some(View { name, query }) = left.front().cloned() else { return Ok(false) };
        // A view that was saved by a later version may not be understood; it is listed all the same.
        let filter = self.filter(&query).ok();
        let at_most = filter.as_ref().is_some_and(Filter::has_text);
        self.need(&filter.as_ref().map(Part::of_filter).unwrap_or_default())?;
        let index = &self.base()?.index;
        let select = |filter| index.select(&filter, &Cancel::never()).map_or(0, |found| found.count());
        let count = filter.map_or(0, select) as u64;
        left.pop_front();
        counting.done.push(ViewCount { name, query, count, at_most });
        Ok(true)
    }
}
