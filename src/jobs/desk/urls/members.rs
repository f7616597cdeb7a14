//! All URLs of the list at hand, or of one of its groups, to be marked at once.

use super::Answered;
use super::numbers::Numbers;
use super::request::{UrlGrouping, UrlMembers, UrlNews};
use crate::jobs::desk::answers::{Answers, Halt};
use crate::jobs::desk::event::Event;
use crate::model::Dictionary;
use std::collections::HashMap;

/// More than a person submits, or could look through.
const MOST: usize = 5_000;

impl Answers<'_> {
    /// Tells which they are, as long as the list is that of the question.
    pub(super) fn url_members(&mut self, question: u64, group: Option<&str>) -> Result<(), Halt> {
        let known = self.urls.answered.as_ref().filter(|answered| answered.question == question);
        let Some(answered) = known else {
            self.shared.fail("The list is still being made; once more, please.");
            return Ok(());
        };
        let entries = answered.members(group, &self.urls.known.numbers);
        let count = entries.len();
        let mut urls = vec![];
        if count <= MOST {
            let base = self.base()?;
            for entry in entries {
                // One whose reports were purged meanwhile has no text any more.
                urls.extend(base.store.entry(Dictionary::Url, entry)?.map(|text| (entry, text)));
            }
        }
        let most = (count > MOST).then_some(MOST);
        self.shared.tell(Event::Urls(UrlNews::Members(UrlMembers { question, urls, count, most })));
        Ok(())
    }
}

impl Answered {
    /// The numbers of all of them, or of those in the group of this name.
    fn members(&self, group: Option<&str>, numbers: &HashMap<UrlGrouping, Numbers>) -> Vec<u32> {
        let Some(name) = group else { return self.urls.all().to_vec() };
        let numbers = self.groups.as_ref().and_then(|groups| numbers.get(&groups.grouping));
        let Some((numbers, group)) = numbers.and_then(|numbers| Some((numbers, numbers.known(name)?))) else {
            return vec![];
        };
        self.urls.all().iter().copied().filter(|url| numbers.of(*url) == Some(group)).collect()
    }
}
