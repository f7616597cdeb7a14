//! `text:`: messages are read by other threads while this desk goes on answering. What a message held is remembered
//! for as long as the same query stands, since stored bytes never change.

use super::answers::{Answers, Halt, Item};
use super::event::Event;
use super::questions::Pending;
use super::shared::{Shared, lock};
use crate::index::{Bitmap, Cancel, Index, Search, Selection};
use crate::jobs::find::{FindError, read_through};
use crate::model::ReportId;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often what was found so far is told.
const EVERY: Duration = Duration::from_millis(200);

/// News of a search.
pub(super) struct Searched {
    /// Whose.
    search: u64,
    /// Messages that were read since the last news, and those of them that match.
    read: Vec<ReportId>,
    accepted: Vec<ReportId>,
    done: u64,
    total: u64,
    /// It ended: well, or not.
    end: Option<Result<(), FindError>>,
}

/// The search that runs, and what is known of messages.
#[derive(Default)]
pub(super) struct Searching {
    number: u64,
    cancel: Option<Cancel>,
    /// What is being read for, and what was known to match before.
    search: Option<(Arc<Search>, Vec<ReportId>)>,
    /// The query text that the verdicts are about.
    text: String,
    read: Bitmap,
    accepted: Bitmap,
}

impl Searching {
    /// Messages are being read.
    pub(super) fn runs(&self) -> bool {
        self.cancel.is_some()
    }

    /// Ends the search that runs.
    pub(super) fn stop(&mut self) {
        if let Some(cancel) = self.cancel.take() {
            cancel.cancel();
        }
    }

    /// Of the messages that may match, those that are known to, and those that are still to be read, latest first.
    fn sort_out(&mut self, text: &str, search: &Search) -> (Vec<ReportId>, Vec<ReportId>) {
        let (mut known, mut unread) = (vec![], vec![]);
        if self.text != text {
            *self = Searching { number: self.number, text: text.to_owned(), ..Searching::default() };
            unread.extend(search.candidates().ids());
            unread.reverse();
            return (known, unread);
        }
        for id in search.candidates().ids() {
            // What people do may decide it without a look at the text.
            let mut text_decides = false;
            let holds = search.decides(id, &mut |_| {
                text_decides = true;
                false
            });
            let (is_read, is_accepted) = if text_decides {
                let position = (id as usize).saturating_sub(1);
                (self.read.get(position), self.accepted.get(position))
            } else {
                (true, holds)
            };
            if !is_read {
                unread.push(id);
            } else if is_accepted {
                known.push(id);
            }
        }
        unread.reverse();
        (known, unread)
    }

    /// What is known to match while messages are still being read.
    fn so_far(&self, index: &Index) -> Option<Selection> {
        let (search, known) = self.search.as_ref()?;
        let accepted = self.accepted.ones().map(|position| position as ReportId + 1);
        let ids: Vec<ReportId> = accepted.chain(known.iter().copied()).collect();
        Some(index.selection_of(&ids).and(search.candidates()))
    }

    fn note(&mut self, searched: &Searched) {
        for (bits, ids) in [(&mut self.read, &searched.read), (&mut self.accepted, &searched.accepted)] {
            let last = ids.iter().max().copied().unwrap_or(0) as usize;
            bits.resize(last.max(bits.len()));
            ids.iter().for_each(|id| bits.set((*id as usize).saturating_sub(1), true));
        }
    }
}

impl Answers<'_> {
    /// Begins to read messages, or answers from what is known of them.
    pub(super) fn search(&mut self, pending: Pending, start: Instant) -> Result<(), Halt> {
        let searching = &mut self.searching;
        let Some(base) = &self.base else { return Err(Halt::Loading) };
        let search = match base.index.search(&pending.filter, &pending.cancel) {
            Ok(search) => search,
            Err(stopped) => return Err(self.halted(stopped)),
        };
        let (known, unread) = searching.sort_out(&pending.question.text, &search);
        if unread.is_empty() {
            let selection = base.index.selection_of(&known);
            return self.found(pending, selection, start);
        }
        searching.number += 1;
        // A word of its own: the question goes on when its search has ended.
        let (number, cancel, search) = (searching.number, Cancel::default(), Arc::new(search));
        searching.cancel = Some(cancel.clone());
        searching.search = Some((Arc::clone(&search), known));
        self.pending = Some(pending);
        self.shared.in_background("desk-search", move |shared| {
            read_messages(shared, number, &search, &unread, &cancel);
        });
        Ok(())
    }

    /// Some messages were read: tells what was found so far.
    pub(super) fn searched(&mut self, searched: Searched) -> Result<(), Halt> {
        if searched.search != self.searching.number {
            return Ok(());
        }
        self.searching.note(&searched);
        if searched.end.is_some() {
            self.searching.cancel = None;
            self.searching.search = None;
        }
        let Some(pending) = self.pending.take().filter(|pending| pending.filter.has_text()) else {
            return Ok(());
        };
        if pending.cancel.is_cancelled() {
            return Err(Halt::Superseded);
        }
        let question = pending.question.number;
        match searched.end {
            Some(Err(FindError::Cancelled)) => return Err(Halt::Superseded),
            Some(Err(FindError::Store(error))) => return Err(error.into()),
            Some(Err(error)) => {
                self.shared.fail(error);
                return Ok(());
            }
            Some(Ok(())) | None => {}
        }
        let (done, total) = (searched.done, searched.total);
        self.shared.tell(Event::Searching { question, done, total });
        if searched.end.is_some() {
            self.pending = Some(pending);
            return self.answer();
        }
        if searched.accepted.is_empty() {
            self.pending = Some(pending);
            return Ok(());
        }
        let again = pending.clone();
        let so_far = self.base.as_ref().and_then(|base| self.searching.so_far(&base.index));
        self.pending = Some(pending);
        let Some(so_far) = so_far else { return Ok(()) };
        self.found(again, so_far, Instant::now())?;
        // Counted once all is found.
        self.panes_due = false;
        Ok(())
    }
}

fn read_messages(shared: &Arc<Shared>, number: u64, search: &Search, unread: &[ReportId], cancel: &Cancel) {
    let total = unread.len() as u64;
    // Read and accepted since the last news, how many in all, and when that was.
    let found = Mutex::new((vec![], vec![], 0u64, Instant::now()));
    let tell = |read, accepted, done, end| {
        let searched = Searched { search: number, read, accepted, done, total, end };
        shared.answers.push(Item::Searched(searched));
    };
    let end =
        read_through(search, unread, &|| shared.open_store(), cancel, &|_, _| {}, &|share, accepted| {
            let mut found = lock(&found);
            found.0.extend_from_slice(share);
            found.1.extend_from_slice(accepted);
            found.2 += share.len() as u64;
            if found.3.elapsed() >= EVERY {
                found.3 = Instant::now();
                tell(std::mem::take(&mut found.0), std::mem::take(&mut found.1), found.2, None);
            }
        });
    let (read, accepted, done, _) = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    tell(read, accepted, done, Some(end));
}
