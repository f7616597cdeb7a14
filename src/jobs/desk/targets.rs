//! From what a person points at to numbers of reports: what matches, what is alike, the lines between two. Marks pass
//! over what should not be reported, and every one that is passed over is counted.

use super::answers::{Answers, Base, Halt};
use super::background;
use super::outgoing::PlanOf;
use super::questions::{Answered, not_loaded};
use super::reporting;
use super::request::{Act, Target};
use super::writes::{Deed, Write};
use crate::index::{Cancel, Index, Likeness, Part, PassedOver, Selection};
use crate::jobs::find::FindError;
use crate::model::ReportId;
use crate::query::Filter;
use crate::store::View;

/// What is to be done, in the order in which it was asked for.
#[derive(Debug)]
pub(super) enum Order {
    Act(Act),
    Undo,
    Redo,
    Plan(reporting::Wanted),
}

/// The reports of an act, and what of the same lines should not be reported.
pub(super) type Chosen = (Vec<ReportId>, Doubtful);

/// What should not be reported, by reason.
#[derive(Debug, Default)]
pub(super) struct Doubtful {
    pub(super) counts: Vec<(PassedOver, u64)>,
    /// A person pointed at each of the lines: they are among what was chosen, else they were passed over.
    pub(super) are_taken: bool,
}

/// Why a target has no reports, as a sentence.
pub(super) type Unknown = &'static str;

const NO_ANSWER: Unknown = "Nothing was changed: there is no answer yet to which that could refer.";
const NOT_IN_LIST: Unknown = "Nothing was changed: the list no longer holds the lines that this was about.";

impl Answers<'_> {
    /// Hands on what was ordered, as far as its reports can be told.
    pub(super) fn carry_out(&mut self) -> Result<(), Halt> {
        while let Some(order) = self.held.pop_front() {
            let parts = match &order {
                Order::Act(act) => target(act).map_or(Ok(vec![]), |target| self.parts_of(target))?,
                Order::Plan(wanted) => match &wanted.question.of {
                    PlanOf::Stored(target) => self.parts_of(target)?,
                    PlanOf::Spam(_) => vec![],
                },
                Order::Undo | Order::Redo => vec![],
            };
            match self.need(&parts) {
                Ok(()) => {}
                Err(Halt::Loading) => {
                    self.held.push_front(order);
                    return Err(Halt::Loading);
                }
                Err(halt) => return Err(halt),
            }
            match order {
                Order::Undo => self.shared.writes.push(Write::Undo),
                Order::Redo => self.shared.writes.push(Write::Redo),
                // Through the thread that writes, so that marks which were just made are there.
                Order::Plan(wanted) => self.shared.writes.push(Write::Plan(wanted)),
                Order::Act(act) => {
                    if let Err(halt) = self.act(act.clone()) {
                        if matches!(halt, Halt::Loading) {
                            self.held.push_front(Order::Act(act));
                        }
                        return Err(halt);
                    }
                }
            }
        }
        Ok(())
    }

    /// What has to be loaded to find the reports of a target.
    fn parts_of(&self, target: &Target) -> Result<Vec<Part>, Halt> {
        Ok(match target {
            Target::Query(query) => Part::of_filter(&self.wanted(query)?.unwrap_or_default()),
            target => likeness(target).map_or(&[][..], Index::parts_for).to_vec(),
        })
    }

    /// What a query that the program wrote asks for. It can be wrong only when a view was removed since.
    fn wanted(&self, query: &str) -> Result<Option<Filter>, Halt> {
        match self.filter(query) {
            Ok(filter) => Ok(Some(filter)),
            Err(FindError::Store(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// The reports that a person pointed at.
    pub(super) fn chosen(
        &mut self,
        target: &Target,
        marks_on: bool,
    ) -> Result<Result<Chosen, Unknown>, Halt> {
        match target {
            Target::Ids(ids) => Ok(Ok((ids.clone(), Doubtful::default()))),
            Target::Query(query) => {
                let Some(filter) = self.wanted(query)? else { return Ok(Err(NO_ANSWER)) };
                let index = &self.base()?.index;
                let found = index.select(&filter, &Cancel::never()).map_err(not_loaded)?;
                Ok(Ok(careful(index, &found, marks_on)))
            }
            target => {
                let answered = self.answered.take();
                let chosen = self.base().and_then(|base| base.choose(target, marks_on, answered.as_ref()));
                self.answered = answered;
                chosen
            }
        }
    }

    fn act(&mut self, act: Act) -> Result<(), Halt> {
        let marks_on = matches!(act, Act::Mark { on: true, .. });
        let of_marked = matches!(target(&act), Some(Target::Marked));
        let chosen = target(&act).map(|target| self.chosen(target, marks_on)).transpose()?;
        let (ids, doubtful) = match chosen {
            None => (vec![], Doubtful::default()),
            Some(Ok(chosen)) => chosen,
            Some(Err(unknown)) => {
                self.shared.fail(unknown);
                return Ok(());
            }
        };
        let deed = match act {
            Act::Mark { on: true, .. } => Deed::Mark { on: ids, off: vec![] },
            Act::Mark { on: false, .. } => Deed::Mark { on: vec![], off: ids },
            Act::InvertMarks => {
                let Some(answered) = self.answered.take() else {
                    self.shared.fail(NO_ANSWER);
                    return Ok(());
                };
                let inverted = self.base().map(|base| {
                    let marked = answered.selection.and(&base.index.marked());
                    let others = base.index.without(&answered.selection, &marked);
                    let (on, doubtful) = careful(&base.index, &others, true);
                    (Deed::Mark { on, off: marked.ids().collect() }, doubtful)
                });
                self.answered = Some(answered);
                let (deed, doubtful) = inverted?;
                self.shared.writes.push(Write::Do { deed, doubtful, of_marked: false });
                return Ok(());
            }
            Act::UnmarkAll => Deed::UnmarkAll,
            Act::Dismiss { reason, .. } => Deed::Dismiss(ids, reason),
            Act::Reopen(_) => Deed::Reopen(ids),
            Act::Tag { tag, on, .. } => Deed::Tag { ids, tag, on },
            Act::Note { text, .. } => Deed::Note(ids, text),
            Act::Kind { kind, .. } => Deed::Kind(ids, kind),
            Act::Cause { cause, .. } => Deed::Cause(ids, cause),
            Act::Seen => Deed::Seen(self.base()?.index.last_id()),
            Act::SaveView { name, query } => Deed::SaveView(View { name, query }),
            Act::RemoveView(name) => Deed::RemoveView(name),
            Act::RetryQuarantined => {
                background::retry(self.shared);
                return Ok(());
            }
        };
        self.shared.writes.push(Write::Do { deed, doubtful, of_marked });
        Ok(())
    }
}

/// What an act is about, where a person pointed at something.
fn target(act: &Act) -> Option<&Target> {
    match act {
        Act::Mark { target, .. }
        | Act::Dismiss { target, .. }
        | Act::Reopen(target)
        | Act::Tag { target, .. }
        | Act::Note { target, .. }
        | Act::Kind { target, .. }
        | Act::Cause { target, .. } => Some(target),
        Act::InvertMarks
        | Act::UnmarkAll
        | Act::Seen
        | Act::SaveView { .. }
        | Act::RemoveView(_)
        | Act::RetryQuarantined => None,
    }
}

fn likeness(target: &Target) -> Option<Likeness> {
    match target {
        Target::Similar { likeness, .. } | Target::Group { likeness, .. } => Some(*likeness),
        Target::Ids(_) | Target::Marked | Target::Matching | Target::Between(..) | Target::Query(_) => None,
    }
}

/// Only what gets a mark goes out; a person may well dismiss all bounces.
fn careful(index: &Index, selection: &Selection, marks_on: bool) -> Chosen {
    if !marks_on {
        return (selection.ids().collect(), Doubtful::default());
    }
    let (reportable, counts) = index.reportable(selection);
    (reportable.ids().collect(), Doubtful { counts, are_taken: false })
}

impl Base {
    fn choose(
        &self,
        target: &Target,
        marks_on: bool,
        answered: Option<&Answered>,
    ) -> Result<Result<Chosen, Unknown>, Halt> {
        let careful = |selection: &Selection| careful(&self.index, selection, marks_on);
        let similar = |id, likeness| self.index.similar(id, likeness).map_err(not_loaded);
        Ok(match (target, answered) {
            (Target::Ids(ids), _) => Ok((ids.clone(), Doubtful::default())),
            (Target::Marked, _) => Ok((self.index.marked().ids().collect(), Doubtful::default())),
            (Target::Similar { id, likeness, matching: false }, _) => Ok(careful(&similar(*id, *likeness)?)),
            // That of a query is found without an answer.
            (Target::Query(_), _) | (_, None) => Err(NO_ANSWER),
            (Target::Matching, Some(answered)) => Ok(careful(&answered.selection)),
            (Target::Similar { id, likeness, .. }, Some(answered)) => {
                Ok(careful(&similar(*id, *likeness)?.and(&answered.selection)))
            }
            (Target::Group { id, likeness, which }, Some(answered)) => {
                let members = self.index.members(*id, *which, *likeness).map_err(not_loaded)?;
                Ok(careful(&members.and(&answered.selection)))
            }
            (Target::Between(one, other), Some(answered)) => {
                let lines = (
                    self.line_of(answered, *one).map_err(not_loaded)?,
                    self.line_of(answered, *other).map_err(not_loaded)?,
                );
                let (Some(one), Some(other)) = lines else { return Ok(Err(NOT_IN_LIST)) };
                let (first, count) = (one.min(other), one.abs_diff(other) + 1);
                let question = &answered.question;
                match (&answered.groups, question.groups) {
                    (Some(groups), Some(likeness)) => {
                        let mut ids: Vec<ReportId> = vec![];
                        for group in groups.iter().skip(first).take(count) {
                            let members = self.index.members(group.newest, group.which, likeness);
                            ids.extend(members.map_err(not_loaded)?.and(&answered.selection).ids());
                        }
                        Ok(careful(&self.index.selection_of(&ids)))
                    }
                    _ => {
                        let ids = self.ids(answered, first, count).map_err(not_loaded)?;
                        let counts = match marks_on {
                            true => self.index.reportable(&self.index.selection_of(&ids)).1,
                            false => vec![],
                        };
                        Ok((ids, Doubtful { counts, are_taken: true }))
                    }
                }
            }
        })
    }
}
