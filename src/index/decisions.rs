//! Kinds and causes that a person decided, in their columns instead of the computed ones.

use super::Index;
use crate::model::States;

/// By position: while in force what was computed, else what was decided.
#[derive(Debug, Clone, Default)]
pub(super) struct Decisions {
    kinds: Vec<(usize, u8)>,
    causes: Vec<(usize, u8)>,
}

impl Decisions {
    pub(super) fn new(states: &States) -> Decisions {
        let position = |id: u32| (id as usize).checked_sub(1);
        let kinds = states.kinds.iter().filter_map(|(id, kind)| Some((position(*id)?, kind.number())));
        let causes = states.causes.iter().filter_map(|(id, cause)| Some((position(*id)?, cause.number())));
        Decisions { kinds: kinds.collect(), causes: causes.collect() }
    }
}

impl Index {
    /// Puts decisions in force, or takes them out again: either way values change places.
    pub(super) fn swap_decisions(&mut self) {
        let Decisions { kinds, causes } = &mut self.decisions;
        let columns = &mut self.columns;
        for (values, decided) in [(&mut columns.kind.values, kinds), (&mut columns.cause.values, causes)] {
            for (position, other) in decided {
                values.get_mut(*position).into_iter().for_each(|value| std::mem::swap(value, other));
            }
        }
    }
}
