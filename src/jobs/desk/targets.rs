//! From what a person points at to numbers of reports: what matches, what is alike, the lines between two. Marks pass
//! over what should not be reported, and every one that is passed over is counted.

use super::answers::{Answers, Base, Halt};
use super::background;
use super::outgoing::PlanOf;
use super::questions::{Answered, not_loaded};
use super::reporting;
use super::request::{Act, Question, Target};
use super::writes::{Deed, Write};
use crate::index::{Cancel, Index, Likeness, Part, PassedOver, Selection};
use crate::jobs::find::FindError;
use crate::model::ReportId;
use crate::query::{Field, Filter, State, Term, Value};
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

const OTHER_LIST: Unknown =
    "Nothing was changed: another list was asked for before the one was there that this was about.";
const PARTIAL: Unknown = "Nothing was changed: not all messages were read for this list, and it may lack some. \
                         Once more, please, when they were.";
const NO_ANSWER: Unknown = "Nothing was changed: there is no answer yet to which that could refer.";
const NOT_IN_LIST: Unknown = "Nothing was changed: the list no longer holds the lines that this was about.";

/// An order that may have to wait.
pub(super) struct Held {
    order: Order,
    /// The question that was there when it came, answered or not: what it says of a list is about no other one.
    about: Option<u64>,
}

/// What becomes of the reports that are chosen, as far as it says which are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They are marked, or reported: what should not be is passed over.
    Report,
    /// Something is said of them: of groups it is said of those that are open. A person may well dismiss all bounces.
    Judge,
    /// What was done to them is taken back, whatever that was.
    TakeBack,
}

impl Purpose {
    fn of(act: &Act) -> Purpose {
        match act {
            Act::Mark { on: true, .. } | Act::InvertMarks => Purpose::Report,
            Act::Mark { on: false, .. } | Act::Reopen(_) => Purpose::TakeBack,
            _ => Purpose::Judge,
        }
    }
}

impl Answers<'_> {
    /// Takes an order, which is about the question that is there now.
    pub(super) fn order(&mut self, order: Order) -> Result<(), Halt> {
        let pending = self.pending.as_ref().map(|pending| &pending.question);
        let question = pending.or(self.answered.as_ref().map(|answered| &answered.question));
        let about = question.map(|question| question.number);
        self.held.push_back(Held { order, about });
        self.carry_out()
    }

    /// Has a plan that was ordered before wait once more.
    pub(super) fn hold_plan(&mut self, wanted: reporting::Wanted) {
        let about = wanted.about;
        self.held.push_front(Held { order: Order::Plan(wanted), about });
    }

    /// Hands on what was ordered, as far as its reports can be told.
    pub(super) fn carry_out(&mut self) -> Result<(), Halt> {
        while let Some(held) = self.held.pop_front() {
            let carried = self.carry(&held);
            if matches!(carried, Err(Halt::Loading)) {
                self.held.push_front(held);
            }
            carried?;
        }
        Ok(())
    }

    fn carry(&mut self, held: &Held) -> Result<(), Halt> {
        match &held.order {
            Order::Undo => self.shared.writes.push(Write::Undo),
            Order::Redo => self.shared.writes.push(Write::Redo),
            Order::Plan(wanted) => {
                if let PlanOf::Stored(target) = &wanted.question.of {
                    self.need(&self.parts_of(target)?)?;
                }
                // Through the thread that writes, so that marks which were just made are there.
                let mut wanted = wanted.clone();
                wanted.about = held.about;
                self.shared.writes.push(Write::Plan(wanted));
            }
            Order::Act(act) => {
                if let Some(target) = target(act) {
                    self.need(&self.parts_of(target)?)?;
                }
                self.act(act.clone(), held.about)?;
            }
        }
        Ok(())
    }

    /// Whether the list that an order is about is there; it is waited for, but not for long.
    fn is_at_hand(&self, about: Option<u64>) -> Result<Result<(), Unknown>, Halt> {
        let is_meant = |question: &Question| Some(question.number) == about;
        if self.pending.as_ref().is_some_and(|pending| is_meant(&pending.question)) {
            return if self.searching.runs() { Ok(Err(PARTIAL)) } else { Err(Halt::Loading) };
        }
        Ok(match &self.answered {
            None if about.is_none() => Err(NO_ANSWER),
            Some(answered) if is_meant(&answered.question) => {
                if self.is_stale {
                    return Err(Halt::Loading);
                }
                if answered.is_partial { Err(PARTIAL) } else { Ok(()) }
            }
            _ => Err(OTHER_LIST),
        })
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

    /// The reports that a person pointed at, in the list of this question where it is about one.
    pub(super) fn chosen(
        &mut self,
        target: &Target,
        purpose: Purpose,
        about: Option<u64>,
    ) -> Result<Result<Chosen, Unknown>, Halt> {
        match target {
            Target::Ids(ids) => Ok(Ok((ids.clone(), Doubtful::default()))),
            Target::Query(query) => {
                let Some(filter) = self.wanted(query)? else { return Ok(Err(NO_ANSWER)) };
                let index = &self.base()?.index;
                let found = index.select(&filter, &Cancel::never()).map_err(not_loaded)?;
                Ok(Ok(careful(index, &found, purpose)))
            }
            target => {
                if is_of_a_list(target)
                    && let Err(unknown) = self.is_at_hand(about)?
                {
                    return Ok(Err(unknown));
                }
                let answered = self.answered.take();
                let chosen = self.base().and_then(|base| base.choose(target, purpose, answered.as_ref()));
                self.answered = answered;
                chosen
            }
        }
    }

    fn act(&mut self, act: Act, about: Option<u64>) -> Result<(), Halt> {
        let of_marked = matches!(target(&act), Some(Target::Marked));
        let chosen = match target(&act) {
            Some(target) => self.chosen(target, Purpose::of(&act), about)?,
            None if act == Act::InvertMarks => self.is_at_hand(about)?.map(|()| Chosen::default()),
            None => Ok(Chosen::default()),
        };
        let (ids, doubtful) = match chosen {
            Ok(chosen) => chosen,
            Err(unknown) => {
                self.shared.fail(unknown);
                return Ok(());
            }
        };
        let deed = match act {
            Act::Mark { on: true, .. } => Deed::Mark { on: ids, off: vec![] },
            Act::Mark { on: false, .. } => Deed::Mark { on: vec![], off: ids },
            Act::InvertMarks => {
                let Some(answered) = self.answered.take() else { return Ok(()) };
                let inverted = self.base().map(|base| {
                    let marked = answered.selection.and(&base.index.marked());
                    let others = base.index.without(&answered.selection, &marked);
                    let (on, doubtful) = careful(&base.index, &others, Purpose::Report);
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

/// Whether only a list says which reports are meant.
fn is_of_a_list(target: &Target) -> bool {
    match target {
        Target::Matching | Target::Group { .. } | Target::Between(..) => true,
        Target::Similar { matching, .. } => *matching,
        Target::Ids(_) | Target::Marked | Target::Query(_) => false,
    }
}

/// The reports of a selection; those that are to be marked or reported, without what should not be.
fn careful(index: &Index, selection: &Selection, purpose: Purpose) -> Chosen {
    if purpose != Purpose::Report {
        return (selection.ids().collect(), Doubtful::default());
    }
    let (reportable, counts) = index.reportable(selection);
    (reportable.ids().collect(), Doubtful { counts, are_taken: false })
}

impl Base {
    fn choose(
        &self,
        target: &Target,
        purpose: Purpose,
        answered: Option<&Answered>,
    ) -> Result<Result<Chosen, Unknown>, Halt> {
        let careful = |selection: &Selection| careful(&self.index, selection, purpose);
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
                Ok(careful(&self.of_groups(members.and(&answered.selection), purpose)?))
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
                        Ok(careful(&self.of_groups(self.index.selection_of(&ids), purpose)?))
                    }
                    _ => {
                        let ids = self.ids(answered, first, count).map_err(not_loaded)?;
                        let counts = match purpose {
                            Purpose::Report => self.index.reportable(&self.index.selection_of(&ids)).1,
                            Purpose::Judge | Purpose::TakeBack => vec![],
                        };
                        Ok((ids, Doubtful { counts, are_taken: true }))
                    }
                }
            }
        })
    }

    /// Of the members of groups those that are meant: nobody has seen them one by one, so what is settled stays settled.
    fn of_groups(&self, members: Selection, purpose: Purpose) -> Result<Selection, Halt> {
        if purpose == Purpose::TakeBack {
            return Ok(members);
        }
        let open = Filter::Term(Term { field: Field::Is, values: vec![Value::Is(State::Open)] });
        self.index.among(&members, &open, &Cancel::never()).map_err(not_loaded)
    }
}
