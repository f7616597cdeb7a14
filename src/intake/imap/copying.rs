//! COPY, for servers without MOVE. When its answer is lost nobody knows whether it was carried out (RFC 3501 §6.4.7
//! lets it be carried out whole or not at all): what came into the other folder since is looked at before it is said
//! again, so that no message is there twice. A server that does not let us look is told again: better twice than lost.

use super::connection::{Connection, Failure};
use super::error::Error;
use super::lookup::quoted;
use super::mailbox::{Mailbox, SMALL};
use super::reply::Reply;
use super::{transport, uids};
use std::collections::HashMap;

/// Size, Message-ID and Date of a message with what stands around them.
const PER_MESSAGE: u64 = 1 << 10;

/// What a copy has as the original has it. Together with its being new in the folder, that tells it from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Likeness {
    size: u32,
    head: Vec<u8>,
}

/// Where new messages of a folder begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    uid_validity: u32,
    uid_next: u32,
}

impl Mark {
    /// Of `STATUS name (UIDNEXT 5 UIDVALIDITY 7)`.
    fn of_status(record: &[u8]) -> Option<Mark> {
        let list = record.get(memchr::memrchr(b'(', record)? + 1..)?;
        let list = std::str::from_utf8(list).ok()?.to_ascii_uppercase();
        let words: Vec<&str> = list.trim_end_matches(')').split(' ').collect();
        let value = |name: &str| {
            let at = words.iter().step_by(2).position(|word| *word == name)?;
            words.get(2 * at + 1)?.parse().ok()
        };
        Some(Mark { uid_validity: value("UIDVALIDITY")?, uid_next: value("UIDNEXT")? })
    }
}

impl<'a> Mailbox<'a> {
    /// Copies messages into the folder `target`, each of them once; what the server refuses is `Err` within.
    pub(super) fn copy(&mut self, messages: &[u32], target: &str) -> Result<Result<(), Reply>, Error> {
        let what = self.doing("copying messages");
        let status = format!("STATUS {} (UIDNEXT UIDVALIDITY)", quoted(target));
        let mark = self.on_connection(|mailbox, connection| {
            let records = mailbox.records(connection, &status, SMALL)?;
            Ok(records.iter().find_map(|record| Mark::of_status(record)))
        })?;
        let mut left = messages.to_vec();
        let mut said = false;
        self.on_connection(|mailbox, connection| {
            if let Some(mark) = mark.filter(|_| said) {
                left = mailbox.not_yet_copied(connection, &left, target, mark)?;
            }
            for (set, members) in uids::sets(&left) {
                said = true;
                let expected = PER_MESSAGE * members.len() as u64;
                match connection.run(&what, expected, |session| session.uid_copy(&set, quoted(target))) {
                    Ok(()) => {}
                    Err(Failure::Broken(error)) => return Err(error),
                    // LIMIT is here nothing that passes.
                    Err(Failure::Refused(reply)) if reply.is_temporary() && !reply.is_full() => {
                        return Err(transport::busy(&mailbox.account, &reply.text));
                    }
                    Err(Failure::Refused(reply)) => return Ok(Err(reply)),
                }
            }
            Ok(Ok(()))
        })
    }

    /// Those of the messages that have no likeness among what is new in the other folder.
    fn not_yet_copied(
        &mut self,
        connection: &mut Connection<'a>,
        messages: &[u32],
        target: &str,
        mark: Mark,
    ) -> Result<Vec<u32>, Error> {
        let mut ours = HashMap::new();
        for (set, members) in uids::sets(messages) {
            ours.extend(self.likenesses(connection, &set, members.len())?);
        }
        let what = self.doing("looking for copies of messages");
        let opened = match connection.run(&what, SMALL, |session| session.examine(target)) {
            Ok(opened) => opened.uid_validity == Some(mark.uid_validity),
            Err(Failure::Refused(_)) => false,
            Err(Failure::Broken(error)) => return Err(error),
        };
        let mut there: HashMap<Likeness, usize> = HashMap::new();
        if opened {
            let new = self.likenesses(connection, &format!("{}:*", mark.uid_next), messages.len())?;
            // `n:*` names the last message also when its UID is below n (RFC 3501 §6.4.8).
            for (_, likeness) in new.into_iter().filter(|(uid, _)| *uid >= mark.uid_next) {
                *there.entry(likeness).or_default() += 1;
            }
        }
        self.select(connection)?;
        // A copy stands for one message, however alike several are.
        let mut has_copy = |uid: &u32| match ours.get(uid).and_then(|likeness| there.get_mut(likeness)) {
            Some(copies) if *copies > 0 => {
                *copies -= 1;
                true
            }
            _ => false,
        };
        Ok(messages.iter().copied().filter(|uid| !has_copy(uid)).collect())
    }

    /// Of each message that tells of itself what it can be known by.
    fn likenesses(
        &self,
        connection: &mut Connection<'a>,
        set: &str,
        count: usize,
    ) -> Result<Vec<(u32, Likeness)>, Error> {
        const QUERY: &str = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)])";
        let what = self.doing("looking for copies of messages");
        let expected = PER_MESSAGE * count as u64;
        let answers = match connection.run(&what, expected, |session| session.uid_fetch(set, QUERY)) {
            Ok(answers) => answers,
            Err(Failure::Refused(_)) => return Ok(vec![]),
            Err(Failure::Broken(error)) => return Err(error),
        };
        let mut wire = connection.wire.lock();
        let mut out = vec![];
        for answer in answers.iter() {
            let (Some(uid), Some(size), Some(token)) = (answer.uid, answer.size, answer.header()) else {
                continue;
            };
            let head = wire.take_body(token).unwrap_or_else(|| token.to_vec());
            if !head.trim_ascii().is_empty() {
                out.push((uid, Likeness { size, head }));
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_whatever_the_folder_is_called() {
        let mark = Some(Mark { uid_validity: 7, uid_next: 5 });
        for record in [
            "STATUS Archive (UIDNEXT 5 UIDVALIDITY 7)",
            "STATUS \"Archive (old)\" (uidvalidity 7 MESSAGES 12 uidnext 5)",
            "STATUS {9}\r\nArchive (  (UIDNEXT 5 UIDVALIDITY 7)",
        ] {
            assert_eq!(Mark::of_status(record.as_bytes()), mark, "{record}");
        }
        for record in
            ["STATUS Archive (MESSAGES 5)", "STATUS Archive", "STATUS A (UIDNEXT x UIDVALIDITY 7)", ""]
        {
            assert_eq!(Mark::of_status(record.as_bytes()), None, "{record}");
        }
    }
}
