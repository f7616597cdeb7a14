//! Work on two threads: the machines that this runs on have two processors or more, and nobody should wait while one of
//! them has nothing to do. Knows nothing of the work.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

/// Does two things at once.
pub(super) fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        // What panics there is told by the thread that asked.
        (one, other.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Works through the items, on two threads when that pays.
pub(super) fn in_two<T: Send>(items: Vec<T>, pays: bool, work: &(impl Fn(T) + Sync)) {
    match pays {
        true => drop(on_two_threads(items, work)),
        false => items.into_iter().for_each(work),
    }
}

/// Works through the items on two threads, whoever is free taking the next; what came of each, in their order.
pub(super) fn on_two_threads<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.into_iter().map(work).collect();
    }
    let items = Mutex::new(items.into_iter().enumerate());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut done = vec![];
        while let Some((place, item)) = next() {
            done.push((place, work(item)));
        }
        done
    };
    let (mut done, others) = both(work, work);
    done.extend(others);
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}
