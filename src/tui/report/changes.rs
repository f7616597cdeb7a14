//! What a person changed in a plan, and the way back and forth through that. Pure.

use crate::jobs::report::Wishes;

/// The wishes of a person, with those before each change and those that were taken back.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Changes {
    now: Wishes,
    /// Before each change, the last one last.
    past: Vec<Wishes>,
    /// What was taken back, the last one last.
    undone: Vec<Wishes>,
}

impl Changes {
    /// The wishes as they are.
    pub(super) fn wishes(&self) -> &Wishes {
        &self.now
    }

    /// There is something to take back.
    pub(super) fn are_some(&self) -> bool {
        !self.past.is_empty()
    }

    /// One more change; whether it was one.
    pub(super) fn make(&mut self, change: impl FnOnce(&mut Wishes)) -> bool {
        let before = self.now.clone();
        change(&mut self.now);
        if self.now == before {
            return false;
        }
        self.past.push(before);
        self.undone.clear();
        true
    }

    /// Takes the last one back; whether there was one.
    pub(super) fn take_back(&mut self) -> bool {
        let Some(before) = self.past.pop() else { return false };
        self.undone.push(std::mem::replace(&mut self.now, before));
        true
    }

    /// Makes the one again that was taken back last; whether there was one.
    pub(super) fn make_again(&mut self) -> bool {
        let Some(after) = self.undone.pop() else { return false };
        self.past.push(std::mem::replace(&mut self.now, after));
        true
    }
}
