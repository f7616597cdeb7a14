//! What people did, as sets of rows.

use super::Index;
use super::bitmap::Bitmap;
use crate::model::{OutgoingState, ReportId, States, Status};
use std::collections::BTreeMap;

/// Rows under a name. A name may have few rows, and there may be many names, so these are lists.
pub(super) type Named = BTreeMap<String, Vec<ReportId>>;

/// The states of all rows.
#[derive(Debug, Clone, Default)]
pub(super) struct StateSets {
    pub(super) marked: Bitmap,
    pub(super) dismissed: Bitmap,
    pub(super) reported: Bitmap,
    pub(super) in_ledger: Bitmap,
    pub(super) ledger: Named,
    pub(super) tags: Named,
    pub(super) seen_up_to: ReportId,
}

impl StateSets {
    pub(super) fn new(states: States, rows: usize) -> StateSets {
        let mut ledger = Named::new();
        for state in OutgoingState::ALL {
            let mut ids: Vec<ReportId> =
                states.ledger.iter().filter(|(_, has)| has == state).map(|(id, _)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            if !ids.is_empty() {
                ledger.insert(state.name().to_owned(), ids);
            }
        }
        let with_ledger: Vec<ReportId> = states.ledger.iter().map(|(id, _)| *id).collect();
        StateSets {
            marked: set(rows, &states.marked),
            dismissed: set(rows, &states.dismissed),
            reported: set(rows, &states.reported),
            in_ledger: set(rows, &with_ledger),
            ledger,
            tags: states.tags,
            seen_up_to: states.seen_up_to,
        }
    }

    /// Not reported, not dismissed, nothing in the ledger.
    pub(super) fn keep_open(&self, bits: &mut Bitmap) {
        bits.and_not(&self.reported);
        bits.and_not(&self.dismissed);
        bits.and_not(&self.in_ledger);
    }
}

impl Index {
    /// Where a row stands when they are sorted by state.
    pub(super) fn state_in_order(&self, row: usize) -> u64 {
        const GROUPS: u64 = 6;
        let states = &self.states;
        let status = self.columns.status.get(row);
        let group = match () {
            () if status == Status::NotReport as u8 => 5,
            () if status != Status::Report as u8 => 4,
            () if states.reported.get(row) || states.in_ledger.get(row) => 2,
            () if states.dismissed.get(row) => 3,
            () => u64::from(row < states.seen_up_to as usize),
        };
        if states.marked.get(row) { group } else { GROUPS + group }
    }
}

fn set(rows: usize, ids: &[ReportId]) -> Bitmap {
    let mut bits = Bitmap::empty(rows);
    add(&mut bits, ids);
    bits
}

/// Adds reports to a set of rows; numbers that are no row are passed over.
pub(super) fn add(bits: &mut Bitmap, ids: &[ReportId]) {
    for id in ids {
        if let Some(position) = (*id as usize).checked_sub(1) {
            bits.set(position, true);
        }
    }
}
