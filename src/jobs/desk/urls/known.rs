//! What was learned of the texts of URLs: their groups and what they begin with. Looking into a million and a half takes
//! a second, so it is done ahead, a piece at a time while nobody asks for anything else.

use super::numbers::Numbers;
use super::order::Beginnings;
use super::request::UrlGrouping;
use crate::index::{Cancel, Index, Stopped};
use crate::jobs::desk::answers::{Answers, Halt};
use std::collections::HashMap;

/// URLs that are looked into before whatever else is asked for gets its turn: some milliseconds.
const AT_ONCE: u32 = 1 << 13;

#[derive(Default)]
pub(super) struct Known {
    pub(super) numbers: HashMap<UrlGrouping, Numbers>,
    pub(super) beginnings: Beginnings,
}

impl Known {
    /// The groups of all URLs there are by now.
    pub(super) fn numbers(
        &mut self,
        index: &Index,
        grouping: UrlGrouping,
        cancel: &Cancel,
    ) -> Result<&Numbers, Stopped> {
        let numbers = self.numbers.entry(grouping).or_default();
        numbers.settle(index, grouping, index.last_url()?, cancel)?;
        Ok(numbers)
    }

    /// Looks into some more, and tells whether there may be others.
    fn learn(&mut self, index: &Index) -> Result<bool, Stopped> {
        let last = index.last_url()?;
        for grouping in UrlGrouping::ALL {
            let numbers = self.numbers.entry(*grouping).or_default();
            let known = numbers.by_entry.len() as u32;
            if known < last {
                numbers.settle(index, *grouping, last.min(known + AT_ONCE), &Cancel::never())?;
                return Ok(true);
            }
        }
        self.beginnings.settle(index, last.min(self.beginnings.last() + AT_ONCE), &Cancel::never())?;
        Ok(self.beginnings.last() < last)
    }
}

impl Answers<'_> {
    /// Looks into some of the URLs ahead of whoever will sort or group them.
    pub(in crate::jobs::desk) fn learn_of_urls(&mut self) -> Result<(), Halt> {
        self.urls.to_learn = false;
        let mut known = std::mem::take(&mut self.urls.known);
        let learned = self.base().map(|base| known.learn(&base.index));
        self.urls.known = known;
        // Columns that are gone are asked for by the next question.
        self.urls.to_learn = learned?.unwrap_or(false);
        Ok(())
    }
}
