//! What waits for a thread: a queue in which a later request may take the place of an earlier one, and that can be
//! closed. Knows nothing of what the requests mean.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Requests for one thread.
pub(super) struct Inbox<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

/// What a thread is to do next.
#[derive(Debug, PartialEq)]
pub(super) enum Next<T> {
    /// This.
    Item(T),
    /// Nothing came in the time given.
    Elapsed,
    /// End.
    Closed,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        let state = State { waiting: VecDeque::new(), closed: false };
        Inbox { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl<T> Inbox<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing that runs under this lock can leave a queue half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends.
    pub(super) fn push(&self, item: T) {
        self.edit(|waiting| waiting.push_back(item));
    }

    /// Appends in place of those waiting that it makes pointless.
    pub(super) fn replace(&self, item: T, is_pointless: impl Fn(&T) -> bool) {
        self.edit(|waiting| {
            waiting.retain(|other| !is_pointless(other));
            waiting.push_back(item);
        });
    }

    /// Changes what waits, and wakes the thread.
    pub(super) fn edit(&self, change: impl FnOnce(&mut VecDeque<T>)) {
        change(&mut self.lock().waiting);
        self.changed.notify_all();
    }

    /// The next request, waiting for it at most this long; for ever without a limit.
    pub(super) fn next(&self, at_most: Option<Duration>) -> Next<T> {
        let end = at_most.map(|limit| Instant::now() + limit);
        let mut state = self.lock();
        loop {
            if state.closed {
                return Next::Closed;
            }
            if let Some(item) = state.waiting.pop_front() {
                return Next::Item(item);
            }
            state = match end {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Next::Elapsed;
                    }
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Waits so long whatever comes; true when it was closed.
    pub(super) fn pause(&self, length: Duration) -> bool {
        let end = Instant::now() + length;
        let mut state = self.lock();
        while !state.closed {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Ends the thread after what it does now; what waits is forgotten.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        drop(state);
        self.changed.notify_all();
    }
}
