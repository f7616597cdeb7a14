//! How many bytes of messages may be on their way from the reader to the writer. Knows nothing of what they are.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes on their way. Ordinary frames of 400 kB fill the queues before they reach it; frames of 4 MB are held back.
const MOST: usize = 32 << 20;

/// A budget: whoever sends takes a share of it, which comes back when the share is dropped.
#[derive(Default)]
pub(super) struct InFlight {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: usize,
    ended: bool,
}

/// Bytes that are on their way until this is dropped.
pub(super) struct Share<'a> {
    of: &'a InFlight,
    bytes: usize,
}

/// Ends the budget when it goes, in whatever way a thread ends: what is left lying in a queue keeps its share.
pub(super) struct Ending<'a>(pub(super) &'a InFlight);

impl InFlight {
    /// Waits until there is room for so many bytes; more than the whole budget get through alone.
    pub(super) fn share(&self, bytes: usize) -> Share<'_> {
        let fits = |state: &State| state.bytes == 0 || state.bytes.saturating_add(bytes) <= MOST;
        let mut state = self.wait_until(fits);
        state.bytes = state.bytes.saturating_add(bytes);
        Share { of: self, bytes }
    }

    /// Waits until nothing is on its way.
    pub(super) fn wait_until_empty(&self) {
        drop(self.wait_until(|state| state.bytes == 0));
    }

    fn wait_until(&self, holds: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state();
        self.changed
            .wait_while(state, |state| !state.ended && !holds(state))
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut state = self.of.state();
        state.bytes = state.bytes.saturating_sub(self.bytes);
        self.of.changed.notify_all();
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.state().ended = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn what_is_larger_than_the_budget_goes_alone() {
        let (in_flight, together) = (InFlight::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let share = in_flight.share(2 * MOST);
                    assert_eq!(together.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::yield_now();
                    together.fetch_sub(1, Ordering::SeqCst);
                    drop(share);
                });
            }
        });
        in_flight.wait_until_empty();
    }

    #[test]
    fn nobody_waits_for_bytes_that_no_one_will_take_any_more() {
        let in_flight = InFlight::default();
        let _lost = in_flight.share(MOST);
        drop(Ending(&in_flight));
        let _next = in_flight.share(MOST);
        in_flight.wait_until_empty();
    }
}
