//! `text:`: messages are read by other threads while this desk goes on answering. What a message holds is remembered
//! for as long as the same texts are looked for, since stored bytes never change.

use super::answers::{Answers, Halt, Item};
use super::event::Event;
use super::questions::Pending;
use super::shared::{Shared, lock};
use crate::index::{Bitmap, Cancel, Index, Search, Selection};
use crate::jobs::find::{Damage, FindError, read_through};
use crate::model::ReportId;
use crate::query::{Field, Filter, Pattern, Value};
use crate::text::counted;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often what was found so far is told.
const EVERY: Duration = Duration::from_millis(200);

/// Messages that were read, and which of the texts looked for each of them holds; nothing for one that cannot be read.
type Read = Vec<(ReportId, Option<Vec<bool>>)>;

/// News of a search.
pub(super) struct Searched {
    /// Which.
    search: Arc<Search>,
    /// What was read since the last news.
    read: Read,
    done: u64,
    total: u64,
    /// It ended: well, or not.
    end: Option<Result<Damage, FindError>>,
}

/// The search that runs, and what is known of messages.
#[derive(Default)]
pub(super) struct Searching {
    running: Option<Running>,
    /// Kept by text and not by query: what else is asked changes with what people do.
    verdicts: Vec<Verdicts>,
    unreadable: Bitmap,
}

struct Running {
    search: Arc<Search>,
    /// What is known to match by now.
    matching: Vec<ReportId>,
    cancel: Cancel,
}

/// Which messages hold a text, of those that were read for it.
struct Verdicts {
    pattern: Pattern,
    read: Bitmap,
    holding: Bitmap,
}

fn set(bits: &mut Bitmap, position: usize) {
    bits.resize(bits.len().max(position + 1));
    bits.set(position, true);
}

fn position(id: ReportId) -> usize {
    (id as usize).saturating_sub(1)
}

impl Searching {
    /// Messages are being read.
    pub(super) fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// Ends the search that runs; whatever it still tells is about nothing.
    pub(super) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.cancel.cancel();
        }
    }

    /// Ends it and forgets what is known: other messages may stand under the same numbers.
    pub(super) fn forget(&mut self) {
        self.stop();
        *self = Searching::default();
    }

    /// Keeps what is known of the texts in this filter.
    fn look_for(&mut self, filter: &Filter) {
        let mut known = std::mem::take(&mut self.verdicts);
        filter.any_term(true, &mut |term, _| {
            for value in term.values.iter().filter(|_| term.field == Field::Text) {
                let Value::Text(pattern) = value else { continue };
                if self.verdicts.iter().all(|verdicts| verdicts.pattern != *pattern) {
                    let at = known.iter().position(|verdicts| verdicts.pattern == *pattern);
                    let new = || Verdicts {
                        pattern: pattern.clone(),
                        read: Bitmap::default(),
                        holding: Bitmap::default(),
                    };
                    self.verdicts.push(at.map_or_else(new, |at| known.swap_remove(at)));
                }
            }
            false
        });
    }

    /// Whether a message matches, if that is known without reading it.
    fn decides(&self, search: &Search, id: ReportId) -> Option<bool> {
        let position = position(id);
        let mut is_known = true;
        let matches = search.decides(id, &mut |pattern| {
            let verdicts = self.verdicts.iter().find(|verdicts| verdicts.pattern == *pattern);
            let verdicts = verdicts.filter(|verdicts| verdicts.read.get(position));
            is_known &= verdicts.is_some();
            verdicts.is_some_and(|verdicts| verdicts.holding.get(position))
        });
        match is_known {
            true => Some(matches),
            false => self.unreadable.get(position).then_some(false),
        }
    }

    /// Of the messages that may match, those that are known to, and those that are still to be read, latest first.
    fn sort_out(&self, search: &Search) -> (Vec<ReportId>, Vec<ReportId>) {
        let (mut matching, mut unread) = (vec![], vec![]);
        for id in search.candidates().ids() {
            match self.decides(search, id) {
                Some(true) => matching.push(id),
                Some(false) => {}
                None => unread.push(id),
            }
        }
        unread.reverse();
        (matching, unread)
    }

    /// Remembers what was read; whether some of it matches.
    fn note(&mut self, read: &Read) -> bool {
        for (id, held) in read {
            let position = position(*id);
            match held {
                None => set(&mut self.unreadable, position),
                Some(held) => {
                    for (verdicts, holds) in self.verdicts.iter_mut().zip(held) {
                        set(&mut verdicts.read, position);
                        if *holds {
                            set(&mut verdicts.holding, position);
                        }
                    }
                }
            }
        }
        let Some(mut running) = self.running.take() else { return false };
        let before = running.matching.len();
        let ids = read.iter().map(|(id, _)| *id);
        running.matching.extend(ids.filter(|id| self.decides(&running.search, *id) == Some(true)));
        let has_more = running.matching.len() > before;
        self.running = Some(running);
        has_more
    }

    /// What is known to match while messages are still being read.
    fn so_far(&self, index: &Index) -> Option<Selection> {
        self.running.as_ref().map(|running| index.selection_of(&running.matching))
    }
}

impl Answers<'_> {
    /// Begins to read messages, or answers from what is known of them.
    pub(super) fn search(&mut self, pending: Pending, start: Instant) -> Result<(), Halt> {
        let Some(base) = &self.base else { return Err(Halt::Loading) };
        let search = match base.index.search(&pending.filter, &pending.cancel) {
            Ok(search) => Arc::new(search),
            Err(stopped) => return Err(self.halted(stopped)),
        };
        self.searching.look_for(&pending.filter);
        let (matching, unread) = self.searching.sort_out(&search);
        if unread.is_empty() {
            let selection = base.index.selection_of(&matching);
            return self.found(pending, selection, false, start);
        }
        // A word of its own: the question goes on when its search has ended.
        let cancel = Cancel::default();
        self.searching.running =
            Some(Running { search: Arc::clone(&search), matching, cancel: cancel.clone() });
        self.pending = Some(pending);
        let patterns = self.searching.verdicts.iter().map(|verdicts| verdicts.pattern.clone()).collect();
        self.shared.in_background("desk-search", move |shared| {
            read_messages(shared, &search, patterns, &unread, &cancel);
        });
        Ok(())
    }

    /// Some messages were read: tells what was found so far.
    pub(super) fn searched(&mut self, searched: Searched) -> Result<(), Halt> {
        let Searched { search, read, done, total, end } = searched;
        if !self.searching.running.as_ref().is_some_and(|running| Arc::ptr_eq(&running.search, &search)) {
            return Ok(());
        }
        let has_more = self.searching.note(&read);
        let so_far = self.base.as_ref().and_then(|base| self.searching.so_far(&base.index));
        if end.is_some() {
            self.searching.running = None;
        }
        let Some(pending) = self.pending.clone() else { return Ok(()) };
        if pending.cancel.is_cancelled() {
            return Err(Halt::Superseded);
        }
        match end {
            // The question stays, and is answered once that is mended.
            Some(Err(FindError::Store(error))) => return Err(error.into()),
            Some(Err(error)) => {
                self.pending = None;
                self.shared.fail(error);
                return so_far.map_or(Ok(()), |so_far| self.found(pending, so_far, true, Instant::now()));
            }
            Some(Ok(Damage { count, first: Some(error) })) => {
                let messages = counted(count, "message");
                self.shared.fail(format!("{messages} could not be read and stayed out of the list: {error}"));
            }
            Some(Ok(Damage { first: None, .. })) | None => {}
        }
        self.shared.tell(Event::Searching { question: pending.question.number, done, total });
        if !self.searching.runs() {
            return self.answer();
        }
        let Some(so_far) = so_far.filter(|_| has_more) else { return Ok(()) };
        self.found(pending, so_far, true, Instant::now())?;
        // Counted once all is found.
        self.panes_due = false;
        Ok(())
    }
}

fn read_messages(
    shared: &Arc<Shared>,
    search: &Arc<Search>,
    patterns: Vec<Pattern>,
    unread: &[ReportId],
    cancel: &Cancel,
) {
    let total = unread.len() as u64;
    // Read since the last news, how many in all, and when that was.
    let found: Mutex<(Read, u64, Instant)> = Mutex::new((vec![], 0, Instant::now()));
    let tell = |read, done, end| {
        let search = Arc::clone(search);
        shared.answers.push(Item::Searched(Searched { search, read, done, total, end }));
    };
    let open = || shared.open_store();
    let end = read_through(
        unread,
        &open,
        cancel,
        &|_, _| {},
        &|_, message| patterns.iter().map(|pattern| message.holds(pattern)).collect(),
        &|share: Read| {
            let mut found = lock(&found);
            found.1 += share.len() as u64;
            found.0.extend(share);
            if found.2.elapsed() >= EVERY {
                found.2 = Instant::now();
                tell(std::mem::take(&mut found.0), found.1, None);
            }
        },
    );
    let (read, done, _) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    tell(read, done, Some(end));
}
