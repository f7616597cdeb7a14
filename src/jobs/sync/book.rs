//! What is written down of a mailbox while its messages are stored, and what is done there once they are.

use crate::config::{After, Feed};
use crate::intake::imap::{self, ErrorKind};
use crate::jobs::import::{Book, Fate, Handled};
use crate::store::{self, Mailbox, Owed, Writer};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// UIDs whose action is done and not yet crossed out: filled by the thread that fetches, emptied by the one that writes.
#[derive(Clone, Default)]
struct Settled(Arc<Mutex<Vec<u32>>>);

impl Settled {
    fn add(&self, uids: &[u32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(uids);
    }

    fn take(&self) -> Vec<u32> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The half that writes: in the transaction that stores messages.
pub(super) struct MailboxBook {
    mailbox: i64,
    owes: bool,
    left_before: Vec<u32>,
    settled: Settled,
    committed: Sender<Vec<Owed>>,
}

/// The half that acts: in the mailbox, on what is durable.
pub(super) struct Dealings {
    action: Option<Action>,
    settled: Settled,
    committed: Receiver<Vec<Owed>>,
    refused: Option<imap::Error>,
}

/// What a feed wants done with stored messages.
enum Action {
    Seen,
    Move { valid: String, invalid: String },
    Delete,
}

/// Both halves, for one folder in one run.
pub(super) fn open(feed: &Feed, known: &Mailbox) -> (MailboxBook, Dealings) {
    let action = match feed.after {
        After::Keep => None,
        After::Seen => Some(Action::Seen),
        After::Move => {
            Some(Action::Move { valid: feed.move_to.clone(), invalid: feed.move_invalid_to.clone() })
        }
        After::Delete => Some(Action::Delete),
    };
    let settled = Settled::default();
    let (sender, receiver) = channel();
    let book = MailboxBook {
        mailbox: known.id,
        owes: action.is_some(),
        left_before: known.left.iter().map(|left| left.uid).collect(),
        settled: settled.clone(),
        committed: sender,
    };
    (book, Dealings { action, settled, committed: receiver, refused: None })
}

impl Book for MailboxBook {
    fn record(&mut self, writer: &Writer, handled: &[Handled]) -> Result<(), store::Error> {
        for Handled { uid, fate } in handled {
            if let Fate::Left(reason) = fate {
                writer.leave(self.mailbox, *uid, reason)?;
                continue;
            }
            if self.owes {
                writer.owe(self.mailbox, Owed { uid: *uid, valid: *fate == Fate::Report })?;
            }
            if self.left_before.contains(uid) {
                writer.no_longer_left(self.mailbox, *uid)?;
            }
        }
        if let Some(last) = handled.iter().map(|handled| handled.uid).max() {
            writer.took(self.mailbox, last)?;
        }
        self.cross_out(writer)
    }

    fn committed(&mut self, handled: Vec<Handled>) {
        if !self.owes {
            return;
        }
        let owed = handled.into_iter().filter_map(|Handled { uid, fate }| match fate {
            Fate::Left(_) => None,
            fate => Some(Owed { uid, valid: fate == Fate::Report }),
        });
        // The other half may have ended early; then the debt stays written down.
        let _ = self.committed.send(owed.collect());
    }
}

impl MailboxBook {
    /// Crosses out what has been done meanwhile. Within a transaction.
    pub(super) fn cross_out(&self, writer: &Writer) -> Result<(), store::Error> {
        self.settled.take().into_iter().try_for_each(|uid| writer.settle(self.mailbox, uid))
    }
}

impl Dealings {
    /// Does what is owed from an earlier run.
    pub(super) fn resume(
        &mut self,
        mailbox: &mut imap::Mailbox<'_>,
        owed: &[Owed],
    ) -> Result<(), imap::Error> {
        self.perform(mailbox, owed)
    }

    /// Does what has been committed by now.
    pub(super) fn catch_up(&mut self, mailbox: &mut imap::Mailbox<'_>) -> Result<(), imap::Error> {
        let owed: Vec<Owed> = self.committed.try_iter().flatten().collect();
        self.perform(mailbox, &owed)
    }

    /// What the server would not do, if there was such a thing.
    pub(super) fn refused(self) -> Option<imap::Error> {
        self.refused
    }

    /// What the server refuses stays owed, and is not asked for again in this run; reading goes on.
    fn perform(&mut self, mailbox: &mut imap::Mailbox<'_>, owed: &[Owed]) -> Result<(), imap::Error> {
        if owed.is_empty() || self.refused.is_some() {
            return Ok(());
        }
        let uids = |valid: bool| -> Vec<u32> {
            owed.iter().filter(|owed| owed.valid == valid).map(|owed| owed.uid).collect()
        };
        let all: Vec<u32> = owed.iter().map(|owed| owed.uid).collect();
        let done = match &self.action {
            // The feed was told otherwise since: nothing is to be done any more.
            None => Ok(()),
            Some(Action::Seen) => mailbox.flag_seen(&all),
            Some(Action::Delete) => mailbox.delete(&all),
            Some(Action::Move { valid, invalid }) => [(uids(true), valid), (uids(false), invalid)]
                .into_iter()
                .filter(|(uids, _)| !uids.is_empty())
                .try_for_each(|(uids, folder)| {
                    mailbox.move_to(&uids, folder)?;
                    self.settled.add(&uids);
                    Ok(())
                }),
        };
        match done {
            Ok(()) => self.settled.add(&all),
            Err(error) => match error.kind {
                ErrorKind::QuotaFull | ErrorKind::Refused | ErrorKind::Folder => self.refused = Some(error),
                _ => return Err(error),
            },
        }
        Ok(())
    }
}
