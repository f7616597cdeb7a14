//! What is done with messages once they are safe: flagged, moved, deleted. Every step may be repeated, so that a broken
//! connection leaves nothing half done; a message that no longer exists has been dealt with.

use super::connection::Failure;
use super::error::{Error, ErrorKind, shown};
use super::mailbox::{Mailbox, RETRIES, Trouble};
use super::reply::Reply;
use super::uids;
use tracing::info;

/// What a server may take and say for each message that it stores, copies or expunges.
const PER_MESSAGE: u64 = 1 << 10;

/// How a step that the server may refuse went.
enum Step {
    Done,
    NoFolder,
    Full(Reply),
}

impl Mailbox<'_> {
    /// Marks them as read.
    pub fn flag_seen(&mut self, uids: &[u32]) -> Result<(), Error> {
        self.may_write()?;
        uids::sets(uids).iter().try_for_each(|(set, members)| self.flag(set, members.len(), "\\Seen"))
    }

    /// Moves them to another folder, which is made when it is missing: by MOVE (RFC 6851), else by copying and deleting.
    pub fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<(), Error> {
        self.may_write()?;
        for (set, members) in uids::sets(uids) {
            let moves = self.can("MOVE")?;
            let mut created = false;
            loop {
                let target = self.target(folder)?;
                match self.transfer(&set, &members, &target, folder, moves)? {
                    Step::Done => break,
                    Step::NoFolder if !created => {
                        created = true;
                        self.targets.remove(folder);
                        self.create(&target, folder)?;
                    }
                    Step::NoFolder => return Err(self.cannot_move(folder, "there is no such folder")),
                    Step::Full(reply) => {
                        let sentence = format!(
                            "{} has no room in folder {} (\"{}\"). The messages are stored here and stay in folder {}; \
                             make room there, the next run moves them.",
                            self.server_name(),
                            shown(folder),
                            reply.text,
                            self.shown_folder()
                        );
                        return Err(Error::new(ErrorKind::QuotaFull, sentence));
                    }
                }
            }
            if !moves {
                self.remove(&set, members.len())?;
            }
        }
        Ok(())
    }

    /// Deletes them, and nobody else's: what others have marked for deletion stays (UID EXPUNGE, RFC 4315).
    pub fn delete(&mut self, uids: &[u32]) -> Result<(), Error> {
        self.may_write()?;
        uids::sets(uids).iter().try_for_each(|(set, members)| self.remove(set, members.len()))
    }

    fn may_write(&self) -> Result<(), Error> {
        if self.is_read_only() {
            return Err(
                self.error(ErrorKind::Refused, "was opened only to be read; nothing in it is changed")
            );
        }
        Ok(())
    }

    fn can(&mut self, capability: &str) -> Result<bool, Error> {
        self.attempt(RETRIES, |connection| Ok(connection.can(capability)))
            .map_err(|trouble| self.given_up(trouble, "asking what it can"))
    }

    fn flag(&mut self, set: &str, count: usize, flag: &str) -> Result<(), Error> {
        let what = self.doing("flagging messages");
        let query = format!("+FLAGS.SILENT ({flag})");
        let stored = self.attempt(RETRIES, |connection| {
            connection
                .run(&what, PER_MESSAGE * count as u64, |session| session.uid_store(set, &query).map(drop))
        });
        match stored {
            // RFC 5530: some of them are no longer there.
            Err(Trouble::Refused(reply)) if reply.code == "EXPUNGEISSUED" => Ok(()),
            stored => stored.map_err(|trouble| self.given_up(trouble, "flagging messages")),
        }
    }

    fn remove(&mut self, set: &str, count: usize) -> Result<(), Error> {
        self.flag(set, count, "\\Deleted")?;
        if !self.can("UIDPLUS")? {
            let sentence = format!(
                "{} cannot delete single messages (no UIDPLUS): in folder {} they are marked as deleted and go when the \
                 folder is expunged.",
                self.server_name(),
                self.shown_folder()
            );
            self.note(sentence);
            return Ok(());
        }
        let what = self.doing("deleting messages");
        self.attempt(RETRIES, |connection| {
            connection.run(&what, PER_MESSAGE * count as u64, |session| session.uid_expunge(set).map(drop))
        })
        .map_err(|trouble| self.given_up(trouble, "deleting messages"))
    }

    /// MOVE or COPY, into a folder that may turn out not to be there, or to be full.
    fn transfer(
        &mut self,
        set: &str,
        members: &[u32],
        target: &str,
        folder: &str,
        moves: bool,
    ) -> Result<Step, Error> {
        let done =
            if moves { self.move_once(set, members.len(), target)? } else { self.copy(members, target)? };
        match done {
            Ok(()) => Ok(Step::Done),
            Err(reply) if reply.code == "TRYCREATE" => Ok(Step::NoFolder),
            Err(reply) if reply.is_full() => Ok(Step::Full(reply)),
            // RFC 5530: some of them are no longer there. That has moved the others, and copied none.
            Err(reply) if moves && reply.code == "EXPUNGEISSUED" => Ok(Step::Done),
            Err(reply) => Err(self.cannot_move(folder, &format!("\"{}\"", reply.text))),
        }
    }

    /// By MOVE, which may be said again: what has been moved is no longer there to be moved.
    fn move_once(&mut self, set: &str, count: usize, target: &str) -> Result<Result<(), Reply>, Error> {
        let what = self.doing("moving messages");
        let moved = self.attempt(RETRIES, |connection| {
            match connection.run(&what, PER_MESSAGE * count as u64, |session| session.uid_mv(set, target)) {
                Err(Failure::Refused(reply)) if reply.is_full() => Ok(Err(reply)),
                answer => answer.map(Ok),
            }
        });
        match moved {
            Err(Trouble::Refused(reply)) => Ok(Err(reply)),
            moved => moved.map_err(|trouble| self.given_up(trouble, "moving messages")),
        }
    }

    fn cannot_move(&self, folder: &str, why: &str) -> Error {
        let sentence = format!(
            "{} does not move messages from folder {} to {}: {why}. They are stored here and stay where they are.",
            self.server_name(),
            self.shown_folder(),
            shown(folder)
        );
        Error::new(ErrorKind::Refused, sentence)
    }

    /// The server's name for the folder that messages go to; it exists then.
    fn target(&mut self, folder: &str) -> Result<String, Error> {
        if let Some(name) = self.targets.get(folder) {
            return Ok(name.clone());
        }
        let found = self.on_connection(|mailbox, connection| mailbox.find(connection, folder))?;
        let name = match found {
            Some(found) if !found.selectable => {
                return Err(self.cannot_move(folder, "that folder can hold no messages, only other folders"));
            }
            Some(found) => found.name,
            None => {
                let name =
                    self.on_connection(|mailbox, connection| mailbox.space(connection))?.to_create(folder);
                self.create(&name, folder)?;
                name
            }
        };
        if self.own_name() == Some(&name) {
            return Err(self.cannot_move(folder, "that is the same folder. Correct `move_to` of the feed"));
        }
        self.targets.insert(folder.to_owned(), name.clone());
        Ok(name)
    }

    fn create(&mut self, name: &str, folder: &str) -> Result<(), Error> {
        let what = self.doing("making a folder for messages");
        let made = self.attempt(RETRIES, |connection| {
            connection.run(&what, PER_MESSAGE, |session| session.create(name))
        });
        match made {
            Ok(()) => {
                info!(target: "lafayette::imap", folder = %shown(folder), "made");
                Ok(())
            }
            Err(Trouble::Refused(reply)) if reply.code == "ALREADYEXISTS" => Ok(()),
            Err(Trouble::Refused(reply)) => {
                let why =
                    format!("it cannot be made (\"{}\"). Make it by hand, or correct `move_to`", reply.text);
                Err(self.cannot_move(folder, &why))
            }
            Err(trouble) => Err(self.given_up(trouble, "making a folder")),
        }
    }
}
