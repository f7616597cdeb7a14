//! What is written down of a mailbox while its messages are stored, and what is done there once they are.

use crate::config::{After, Feed};
use crate::intake::imap::{self, ErrorKind};
use crate::jobs::import::{Book, Fate, Handled};
use crate::store::{self, Mailbox, MailboxName, Owed, Writer};
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
pub(super) struct MailboxBook<'a> {
    name: MailboxName<'a>,
    known: &'a Mailbox,
    /// Its number here; `None` while its page has still to be begun, which the first transaction does.
    number: Option<i64>,
    /// Everything up to here is written down as taken.
    taken: u32,
    owes: bool,
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

/// Both halves, for one folder in one run; `anew` when what was known of it before does not count.
pub(super) fn open<'a>(
    feed: &Feed,
    name: MailboxName<'a>,
    known: &'a Mailbox,
    anew: bool,
) -> (MailboxBook<'a>, Dealings) {
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
        name,
        known,
        number: (!anew).then_some(known.id),
        taken: known.last_uid,
        owes: action.is_some(),
        settled: settled.clone(),
        committed: sender,
    };
    (book, Dealings { action, settled, committed: receiver, refused: None })
}

impl Book for MailboxBook<'_> {
    fn record(&mut self, writer: &Writer, handled: &[Handled]) -> Result<(), store::Error> {
        let mailbox = self.number(writer)?;
        for Handled { uid, fate } in handled {
            if let Fate::Left(reason) = fate {
                writer.leave(mailbox, *uid, reason)?;
                continue;
            }
            if self.owes {
                writer.owe(mailbox, Owed { uid: *uid, valid: *fate == Fate::Report })?;
            }
            if self.known.left.iter().any(|left| left.uid == *uid) {
                writer.no_longer_left(mailbox, *uid)?;
            }
        }
        if let Some(last) = handled.iter().map(|handled| handled.uid).max() {
            self.take(writer, last)?;
        }
        self.cross_out(writer, &self.settled.take())
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

impl MailboxBook<'_> {
    /// Writes down what is known at the end: what was done meanwhile, what is `gone`, and that everything up to
    /// `last_uid` is dealt with. A transaction of its own, if there is something to write.
    pub(super) fn close(
        &mut self,
        writer: &mut Writer,
        gone: &[u32],
        last_uid: Option<u32>,
    ) -> Result<(), store::Error> {
        let settled = self.settled.take();
        let is_further = last_uid.is_some_and(|last| last > self.taken);
        if self.number.is_some() && settled.is_empty() && gone.is_empty() && !is_further {
            return Ok(());
        }
        writer.begin()?;
        let mailbox = self.number(writer)?;
        self.cross_out(writer, &settled)?;
        gone.iter().try_for_each(|uid| writer.no_longer_left(mailbox, *uid))?;
        if let Some(last) = last_uid {
            self.take(writer, last)?;
        }
        writer.commit()
    }

    fn number(&mut self, writer: &Writer) -> Result<i64, store::Error> {
        if let Some(number) = self.number {
            return Ok(number);
        }
        let Mailbox { uid_validity, since, since_below, .. } = *self.known;
        let number = writer.begin_mailbox(self.name, uid_validity, since, since_below)?.id;
        self.number = Some(number);
        Ok(number)
    }

    fn take(&mut self, writer: &Writer, last_uid: u32) -> Result<(), store::Error> {
        self.taken = self.taken.max(last_uid);
        writer.took(self.number(writer)?, last_uid)
    }

    fn cross_out(&mut self, writer: &Writer, settled: &[u32]) -> Result<(), store::Error> {
        let mailbox = self.number(writer)?;
        settled.iter().try_for_each(|uid| writer.settle(mailbox, *uid))
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
