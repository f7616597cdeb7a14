//! Which messages of a folder this run takes.

use crate::intake::imap::{self, Listed};
use crate::model::clock::Seconds;
use crate::store::Mailbox;
use std::collections::HashSet;

/// A message that could not be got this often is not asked for again; it still counts as left.
const MOST_TRIES: u32 = 3;
/// So many of those that stay where they are are named in a run; all are counted.
const MOST_NAMED: usize = 20;
const DAY: Seconds = 86_400;

/// The messages to take, and what is known of the others.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// Messages that could not be taken before and may be now.
    pub again: Vec<Listed>,
    /// New messages, ascending.
    pub uids: Vec<u32>,
    /// Messages that are too old for a first sync.
    pub skipped: usize,
    /// New messages beyond what one run takes.
    pub remaining: usize,
    /// When the plan is carried out, everything up to here is dealt with.
    pub last_uid: u32,
    /// Messages that were left and are no longer in the folder.
    pub gone: Vec<u32>,
    /// Sentences about messages that are still there and not asked for, the first ones of many.
    pub left_alone: Vec<String>,
}

impl Plan {
    /// Asks the server what is there.
    pub(super) fn make(
        mailbox: &mut imap::Mailbox<'_>,
        known: &Mailbox,
        max: Option<usize>,
        message_limit: u64,
    ) -> Result<Plan, imap::Error> {
        let mut uids = mailbox.search(known.last_uid, None)?;
        let found = uids.len();
        if let Some(since) = known.since
            && uids.first().is_some_and(|first| *first < known.since_below)
        {
            // SINCE compares days and disregards time zones (RFC 9051 §6.4.4): with a day more nothing is missed, and
            // the very moment is looked at when the internal dates are there.
            let recent: HashSet<u32> =
                mailbox.search(known.last_uid, Some(since.saturating_sub(DAY)))?.into_iter().collect();
            uids.retain(|uid| *uid >= known.since_below || recent.contains(uid));
        }
        let skipped = found - uids.len();
        let remaining = uids.len().saturating_sub(max.unwrap_or(usize::MAX));
        uids.truncate(uids.len() - remaining);
        let mut plan =
            Plan { last_uid: uids.last().copied().unwrap_or(0), uids, skipped, remaining, ..Plan::default() };
        plan.look_at_left(mailbox, known, message_limit)?;
        Ok(plan)
    }

    fn look_at_left(
        &mut self,
        mailbox: &mut imap::Mailbox<'_>,
        known: &Mailbox,
        message_limit: u64,
    ) -> Result<(), imap::Error> {
        if known.left.is_empty() {
            return Ok(());
        }
        let uids: Vec<u32> = known.left.iter().map(|left| left.uid).collect();
        let there = mailbox.sizes(&uids)?;
        for left in &known.left {
            match there.iter().find(|listed| listed.uid == left.uid) {
                None => self.gone.push(left.uid),
                Some(listed) if listed.size <= message_limit && left.tries < MOST_TRIES => {
                    self.again.push(*listed);
                }
                Some(_) if self.left_alone.len() == MOST_NAMED => {}
                Some(_) if left.tries >= MOST_TRIES => {
                    let sentence = format!(
                        "{} It was tried {} times and is not asked for again.",
                        left.reason, left.tries
                    );
                    self.left_alone.push(sentence);
                }
                Some(_) => self.left_alone.push(left.reason.clone()),
            }
        }
        Ok(())
    }

    /// Whether a message is from before the moment at which a first sync begins.
    pub(super) fn is_too_old(known: &Mailbox, listed: &Listed) -> bool {
        known.since.is_some_and(|since| {
            listed.uid < known.since_below && listed.internal_date.is_some_and(|date| date < since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_from_before_the_first_sync_can_be_too_old() {
        let known = Mailbox {
            id: 1,
            uid_validity: 1,
            last_uid: 0,
            since: Some(1_000),
            since_below: 50,
            owed: vec![],
            left: vec![],
        };
        let listed = |uid, internal_date| Listed { uid, size: 1, internal_date };
        assert!(Plan::is_too_old(&known, &listed(49, Some(999))));
        assert!(!Plan::is_too_old(&known, &listed(49, Some(1_000))));
        assert!(!Plan::is_too_old(&known, &listed(49, None)), "in doubt it is read");
        assert!(!Plan::is_too_old(&known, &listed(50, Some(1))), "it came later, whatever its date says");
        assert!(!Plan::is_too_old(&Mailbox { since: None, ..known }, &listed(1, Some(1))));
    }
}
