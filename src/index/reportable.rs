//! What may be reported of a selection, and what is passed over, by reason: so that marking everything that matches
//! marks nothing that would embarrass its owner.

use super::Index;
use super::bitmap::Bitmap;
use super::selection::Selection;
use crate::model::report::named;
use crate::model::{Kind, ReportId, Status};
use crate::query::fold;
use serde::{Deserialize, Serialize};

named! {
    /// Why a report is not to be reported. One with several reasons counts for the first.
    PassedOver {
        /// It is quarantined, or no report at all.
        Quarantined = 0 "quarantined",
        /// The reported mail is a bounce.
        Bounce = 1 "bounces",
        /// It is an automatic reply.
        AutoReplied = 2 "automatic replies",
        /// The report says that it is no spam.
        NotSpam = 3 "not spam",
        /// A person put it aside.
        Dismissed = 4 "dismissed",
        /// It is reported already.
        Reported = 5 "reported already",
    }
}

impl PassedOver {
    /// The name as it stands behind a count.
    pub fn words(self, count: u64) -> &'static str {
        match (self, count) {
            (PassedOver::Bounce, 1) => "bounce",
            (PassedOver::AutoReplied, 1) => "automatic reply",
            _ => self.name(),
        }
    }
}

impl Index {
    /// The part of a selection that may be reported, and how many were passed over for each reason that occurs.
    pub fn reportable(&self, selection: &Selection) -> (Selection, Vec<(PassedOver, u64)>) {
        let mut left = selection.rows.clone();
        let mut passed = vec![];
        for reason in PassedOver::ALL {
            let before = left.count();
            self.keep_without(&mut left, *reason);
            let count = (before - left.count()) as u64;
            if count > 0 {
                passed.push((*reason, count));
            }
        }
        (Selection::new(left), passed)
    }

    fn keep_without(&self, rows: &mut Bitmap, reason: PassedOver) {
        let columns = &self.columns;
        match reason {
            PassedOver::Quarantined => {
                rows.keep(&columns.status.values, |status| status == Status::Report as u8);
            }
            PassedOver::Bounce => rows.keep(&columns.kind.values, |kind| kind != Kind::Bounce as u8),
            PassedOver::AutoReplied => {
                rows.keep(&columns.kind.values, |kind| kind != Kind::AutoReplied as u8);
            }
            PassedOver::NotSpam => columns
                .feedback
                .keep(rows, |entry| fold(&String::from_utf8_lossy(self.words.get(entry))) != "not-spam"),
            PassedOver::Dismissed => rows.and_not(&self.states.dismissed),
            PassedOver::Reported => rows.and_not(&self.states.reported),
        }
    }

    /// The marked ones.
    pub fn marked(&self) -> Selection {
        let mut rows = self.states.marked.clone();
        rows.and(&self.columns.present);
        Selection::new(rows)
    }

    /// Those that were reported to an abuse desk.
    pub fn reported(&self) -> Selection {
        let mut rows = self.states.reported.clone();
        rows.and(&self.columns.present);
        Selection::new(rows)
    }

    /// The first without the second.
    pub fn without(&self, selection: &Selection, other: &Selection) -> Selection {
        let mut rows = selection.rows.clone();
        rows.and_not(&other.rows);
        Selection::new(rows)
    }

    /// The abuse contacts of a report's source.
    pub fn contacts(&self, id: ReportId) -> &[String] {
        match ((id as usize).checked_sub(1), self.parts.sources()) {
            (Some(position), Ok(sources)) => self.contacts_of(sources, position),
            _ => &[],
        }
    }

    /// Whether a report left to an abuse desk.
    pub fn is_reported(&self, id: ReportId) -> bool {
        (id as usize).checked_sub(1).is_some_and(|position| self.states.reported.get(position))
    }
}
