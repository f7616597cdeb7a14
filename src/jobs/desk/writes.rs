//! The thread that writes what people do, one transaction an act, and takes it back. Knows numbers of reports, not
//! how they were chosen.

use super::answers::Item;
use super::event::Event;
use super::inbox::Next;
use super::outgoing::{LedgerAct, PlanNews, Settling};
use super::shared::Shared;
use super::targets::Doubtful;
use super::urls::request::UrlNews;
use super::urls::submission;
use super::{outbox, reporting};
use crate::export::thousands;
use crate::jobs::find::{FindError, check_view};
use crate::jobs::report::Letter;
use crate::jobs::submit::Parcel;
use crate::model::{Cause, Kind, OutgoingId, ReportId, clock};
use crate::store::{self, Change, Store, View};
use std::sync::Arc;

/// What is to be written.
pub(super) enum Write {
    /// This.
    Do {
        deed: Deed,
        /// What should not be reported of what a person pointed at.
        doubtful: Doubtful,
        /// It is about what is marked.
        of_marked: bool,
    },
    /// Takes the last deed back.
    Undo,
    /// Does again what was taken back.
    Redo,
    /// A plan is to begin, now that everything before it is written.
    Plan(reporting::Wanted),
    /// Letters of a plan, into the ledger.
    Settle(u64, Vec<Arc<Letter>>, Settling),
    /// URLs for feeds, into the ledger.
    HoldSubmission(u64, Vec<Arc<Parcel>>),
    /// What a person does to rows of the ledger.
    Ledger(LedgerAct),
}

/// An act whose reports are known.
pub(super) enum Deed {
    Mark { on: Vec<ReportId>, off: Vec<ReportId> },
    UnmarkAll,
    Dismiss(Vec<ReportId>, String),
    Reopen(Vec<ReportId>),
    Tag { ids: Vec<ReportId>, tag: String, on: bool },
    Note(Vec<ReportId>, String),
    Kind(Vec<ReportId>, Option<Kind>),
    Cause(Vec<ReportId>, Option<Cause>),
    Seen(ReportId),
    SaveView(View),
    RemoveView(String),
}

/// What was done, for its sentence, and how to take it back.
pub(super) struct Done {
    sentence: String,
    way: Way,
}

/// How something is taken back.
enum Way {
    /// By the rows that it changed.
    Change(Change),
    /// Letters came into the ledger and marks off: what has not left is taken out again.
    Settled(Vec<OutgoingId>, Change),
    /// Rows that were held were approved.
    Approved(Vec<OutgoingId>),
    /// Not at all: to take back the deed before it in its place would be what nobody meant.
    None,
}

impl Done {
    /// Letters came into the ledger, and marks off.
    pub(super) fn of_ledger(sentence: String, ids: Vec<OutgoingId>, marks: Change) -> Done {
        Done { sentence, way: Way::Settled(ids, marks) }
    }

    /// Rows were approved.
    pub(super) fn of_approval(ids: Vec<OutgoingId>) -> Done {
        Done { sentence: String::new(), way: Way::Approved(ids) }
    }

    /// What cannot be taken back.
    pub(super) fn for_good(sentence: String) -> Done {
        Done { sentence, way: Way::None }
    }

    /// It can be taken back.
    fn is_undoable(&self) -> bool {
        !matches!(self.way, Way::None)
    }

    /// Rows that it changed.
    fn count(&self) -> usize {
        match &self.way {
            Way::Change(change) | Way::Settled(_, change) => change.count(),
            Way::Approved(_) | Way::None => 0,
        }
    }
}

/// Deeds that can be taken back, and the rows of all of them together: some 50 MB at worst.
const MOST_DEEDS: usize = 1_000;
const MOST_ROWS: usize = 2_000_000;

#[derive(Default)]
struct History {
    done: Vec<Done>,
    undone: Vec<Done>,
}

pub(super) fn run(shared: &Arc<Shared>) {
    let mut writer = Writer { shared, store: None, history: History::default() };
    while let Next::Item(write) = shared.writes.next(None) {
        let news = match write {
            Write::Plan(wanted) => {
                shared.answers.push(Item::Plan(wanted));
                continue;
            }
            Write::Settle(number, letters, how) => {
                let broke_off = "The ledger was not written to the end; the outbox shows what is in it.";
                let mut end = shared.owes(Event::Plan(number, PlanNews::Failed(broke_off.to_owned())));
                let settled =
                    writer.with_ledger(|shared, store| reporting::settle(shared, store, &letters, how));
                end.news = Event::Plan(number, settled.map_or_else(PlanNews::Failed, PlanNews::Settled));
                continue;
            }
            Write::HoldSubmission(number, parcels) => {
                let held =
                    writer.with_ledger(|shared, store| submission::hold(shared, store, number, &parcels));
                Event::Urls(held.map_or_else(|why| UrlNews::NotPlanned(number, why), UrlNews::Held))
            }
            Write::Ledger(act) => {
                let done = writer.with_ledger(|shared, store| {
                    let (sentence, way_back) = outbox::act(shared, store, act)?;
                    let way_back = way_back.unwrap_or_else(|| Done::for_good(sentence.clone()));
                    Ok(((sentence, way_back.is_undoable()), Some(way_back)))
                });
                done.map_or_else(Event::Failed, |(sentence, undoable)| Event::Done { sentence, undoable })
            }
            write => match writer.write(write) {
                Ok((sentence, undoable)) => Event::Done { sentence, undoable },
                Err(error) => {
                    // The next act opens the database anew.
                    writer.store = None;
                    Event::Failed(error.to_string())
                }
            },
        };
        shared.answers.push(Item::Changed(Some(news)));
    }
}

struct Writer<'a> {
    shared: &'a Shared,
    store: Option<Store>,
    history: History,
}

impl Writer<'_> {
    fn store(&mut self) -> Result<Store, store::Error> {
        let opened = self.store.take().filter(Store::is_in_place);
        opened.map_or_else(|| self.shared.open_store(), Ok)
    }

    /// Does something to the ledger that may be taken back.
    fn with_ledger<T>(
        &mut self,
        deed: impl FnOnce(&Shared, &Store) -> Result<(T, Option<Done>), String>,
    ) -> Result<T, String> {
        let store = self.store().map_err(|error| error.to_string())?;
        let (done, way_back) = deed(self.shared, &store)?;
        self.store = Some(store);
        if let Some(way_back) = way_back {
            self.history.undone.clear();
            self.history.push(way_back);
        }
        Ok(done)
    }

    fn write(&mut self, write: Write) -> Result<(String, bool), store::Error> {
        let store = self.store()?;
        let store = self.store.insert(store);
        let by = &self.shared.options.login;
        let history = &mut self.history;
        Ok(match write {
            Write::Do { deed, doubtful, of_marked } => {
                let keeps_marks = of_marked && !matches!(deed, Deed::Mark { .. } | Deed::Dismiss(..));
                let (what, change) = deed.run(store, &self.shared.options.login)?;
                let undoable = !change.is_empty();
                let marks = if keeps_marks { "; the marks stay" } else { "" };
                let sentence = format!("{what}{}{marks}", said_of(&doubtful));
                if undoable {
                    history.undone.clear();
                    history.push(Done { sentence: what, way: Way::Change(change) });
                }
                (sentence, undoable)
            }
            Write::Undo => {
                let History { done, undone } = history;
                revert(store, by, done, undone, "taken back: ")?
                    .unwrap_or_else(|| ("there is nothing to take back".to_owned(), false))
            }
            Write::Redo => {
                let History { done, undone } = history;
                revert(store, by, undone, done, "done again: ")?
                    .unwrap_or_else(|| ("there is nothing to do again".to_owned(), false))
            }
            // They are no changes of rows, and never come here.
            Write::Plan(_) | Write::Settle(..) | Write::HoldSubmission(..) | Write::Ledger(_) => {
                (String::new(), false)
            }
        })
    }
}

/// Reverts the last of `from`, which makes it the last of `to`; nothing when there is none.
fn revert(
    store: &Store,
    by: &str,
    from: &mut Vec<Done>,
    to: &mut Vec<Done>,
    what: &str,
) -> Result<Option<(String, bool)>, store::Error> {
    let Some(last) = from.last() else { return Ok(None) };
    let change = match &last.way {
        Way::Change(change) => change,
        Way::None => {
            let told = format!("{}: that cannot be taken back", last.sentence);
            // It was said once, and stands no longer in the way of those before it.
            from.pop();
            return Ok(Some((told, false)));
        }
        way => {
            let told = out_of_the_ledger(store, by, way)?;
            // Approval is a decision that a person takes anew, with the bytes before his eyes.
            from.pop();
            return Ok(Some((told, false)));
        }
    };
    // Only what was committed moves from one list to the other.
    let change = match store.revert(change) {
        Ok(change) => change,
        Err(error @ store::Error::ChangedSince) => {
            // It never can be any more, and would stand in the way of those before it.
            from.pop();
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    let told = format!("{what}{}", last.sentence);
    to.extend(from.pop().map(|last| Done { sentence: last.sentence, way: Way::Change(change) }));
    Ok(Some((told, true)))
}

/// Takes approvals back as far as nothing has left; what came of it.
fn out_of_the_ledger(store: &Store, by: &str, way: &Way) -> Result<String, store::Error> {
    let now = clock::now();
    let (moved, what) = match way {
        Way::Settled(ids, marks) => {
            let moved = store.cancel(ids, "taken back", by, now)?;
            if !moved.done.is_empty() {
                // Marks that changed since are as a person wants them.
                let _ = store.revert(marks);
            }
            (moved, "taken back: nothing of it leaves, and its mails are open again")
        }
        Way::Approved(ids) => (store.take_back(ids, by, now)?, "taken back: held again"),
        Way::Change(_) | Way::None => return Ok(String::new()),
    };
    Ok(outbox::told(&moved, what).unwrap_or_else(|why| format!("too late: {why}")))
}

impl History {
    fn push(&mut self, done: Done) {
        self.done.push(done);
        let rows = |done: &[Done]| done.iter().map(Done::count).sum::<usize>();
        while self.done.len() > 1 && (self.done.len() > MOST_DEEDS || rows(&self.done) > MOST_ROWS) {
            self.done.remove(0);
        }
    }
}

impl Deed {
    /// Does it; says what was done.
    fn run(self, store: &Store, by: &str) -> Result<(String, Change), store::Error> {
        let told =
            |change: Change, what: &str| (format!("{} {what}", thousands(change.count() as u64)), change);
        Ok(match self {
            Deed::Mark { on, off } => {
                let change = store.change_marks(&on, &off)?;
                match (on.is_empty(), off.is_empty()) {
                    (_, true) => told(change, "marked"),
                    (true, false) => told(change, "no longer marked"),
                    (false, false) => told(change, "marks changed"),
                }
            }
            Deed::UnmarkAll => told(store.unmark_all()?, "no longer marked"),
            Deed::Dismiss(ids, reason) => {
                let change = store.dismiss(&ids, &reason, by)?;
                let marks = change.marks();
                let dismissed = thousands((change.count() - marks) as u64);
                let unmarked = match marks {
                    0 => String::new(),
                    1 => "; its mark comes off".to_owned(),
                    marks => format!("; {} marks come off", thousands(marks as u64)),
                };
                (format!("{dismissed} dismissed{unmarked}"), change)
            }
            Deed::Reopen(ids) => {
                let change = store.reopen(&ids)?;
                if change.is_empty() {
                    return Ok(("nothing of it was dismissed; all is open already".to_owned(), change));
                }
                told(change, "open again")
            }
            Deed::Tag { ids, tag, on: true } => {
                told(store.tag(&ids, &tag, true)?, &format!("tagged '{tag}'"))
            }
            Deed::Tag { ids, tag, on: false } => {
                told(store.tag(&ids, &tag, false)?, &format!("no longer tagged '{tag}'"))
            }
            Deed::Note(ids, text) => told(store.note(&ids, &text, by)?, "noted"),
            Deed::Kind(ids, kind) => {
                let change = store.set_kind(&ids, kind, by)?;
                told(change, &decided("kind", kind.map(Kind::name)))
            }
            Deed::Cause(ids, cause) => {
                let change = store.set_cause(&ids, cause, by)?;
                told(change, &decided("cause", cause.map(Cause::name)))
            }
            Deed::Seen(id) => ("nothing is new any more".to_owned(), store.set_seen_up_to(id)?),
            Deed::SaveView(view) => {
                if let Err(error) = check_view(store, &view) {
                    // On one line there is no place for the query with a caret below.
                    let error = match error {
                        FindError::Query(error) => error.message,
                        error => error.to_string(),
                    };
                    return Ok((format!("view '{}' is not saved: {error}", view.name), Change::default()));
                }
                let change = store.save_view(&view)?;
                (format!("view '{}' saved", view.name), change)
            }
            Deed::RemoveView(name) => {
                let change = store.remove_view(&name)?;
                let what = if change.is_empty() { "there is no view" } else { "removed the view" };
                (format!("{what} '{name}'"), change)
            }
        })
    }
}

fn decided(what: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("of the {what} {value}"),
        None => format!("of the computed {what} again"),
    }
}

/// `; passed over 17 bounces, 3 dismissed`
fn said_of(doubtful: &Doubtful) -> String {
    if doubtful.counts.is_empty() {
        return String::new();
    }
    let each: Vec<String> = doubtful
        .counts
        .iter()
        .map(|(reason, count)| format!("{} {}", thousands(*count), reason.words(*count)))
        .collect();
    let how = if doubtful.are_taken { ", among them" } else { "; passed over" };
    format!("{how} {}", each.join(", "))
}
