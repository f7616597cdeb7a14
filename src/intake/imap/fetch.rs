//! Messages in batches; the one that cannot be got is found and left behind, the others are had.

use super::connection::{Connection, Failure};
use super::error::{Error, ErrorKind};
use super::mailbox::{Mailbox, Trouble};
use super::{BATCH_BYTES, Fetched, HELD_BYTES, Listed, Unfetched, uids};
use crate::intake::spool::Spool;
use crate::model::{Outside, Overflow};
use std::collections::{BTreeMap, HashMap};
use tracing::{debug, warn};

/// A batch is tried twice before its messages are tried alone, each of them twice.
const TWICE: u32 = 1;

/// So many messages in a row that break the connection are no broken messages but a broken server.
const BROKEN_MESSAGES: u32 = 4;

/// Each slow one takes two deadlines, while others wait for the database: two tell enough.
const SLOW_MESSAGES: u32 = 2;

/// What stands around a body.
const ENVELOPE: u64 = 200;

fn put_aside(spool: &mut Option<Spool>, bytes: &[u8]) -> std::io::Result<()> {
    let spool = match spool {
        Some(spool) => spool,
        None => spool.insert(Spool::new()?),
    };
    spool.append(bytes)
}

/// The answer to a fetch.
#[derive(Default)]
struct Bodies {
    got: HashMap<u32, Vec<u8>>,
    /// They are there, and the server gave nothing as their body.
    empty: Vec<u32>,
}

type Results = BTreeMap<u32, Result<Fetched, Unfetched>>;

impl Mailbox<'_> {
    /// The messages of a batch (see [`super::batches`]), in order of UID, unchanged on the server. Those that have
    /// vanished are left out; `Unfetched` is a message that alone cannot be got.
    pub fn fetch(&mut self, batch: &[Listed]) -> Result<Vec<Result<Fetched, Unfetched>>, Error> {
        let mut results = Results::new();
        // One batch as a rule; whoever hands in more gets no larger commands.
        for batch in super::batches(batch) {
            let mut together = HashMap::with_capacity(batch.len());
            for message in batch {
                if message.size > self.account.message_limit {
                    results.insert(message.uid, Err(self.too_large(message.uid, message.size)));
                } else if message.size > BATCH_BYTES {
                    self.fetch_alone(message, &mut results)?;
                } else {
                    together.insert(message.uid, message);
                }
            }
            let asked: Vec<u32> = together.keys().copied().collect();
            for (set, members) in uids::sets(&asked) {
                let messages: Vec<&Listed> =
                    members.iter().filter_map(|uid| together.get(uid).copied()).collect();
                self.fetch_together(&set, &messages, &mut results)?;
            }
        }
        Ok(results.into_values().collect())
    }

    fn fetch_together(
        &mut self,
        set: &str,
        messages: &[&Listed],
        results: &mut Results,
    ) -> Result<(), Error> {
        let what = self.doing("reading messages");
        let asked: Vec<u32> = messages.iter().map(|message| message.uid).collect();
        let expected = messages.iter().map(|message| message.size.saturating_add(ENVELOPE)).sum();
        match self.attempt(TWICE, |connection| bodies(connection, &what, set, &asked, "", expected)) {
            Ok(mut answer) => {
                self.broken_messages = 0;
                debug!(target: "lafayette::imap", asked = asked.len(), got = answer.got.len(), "a batch");
                for message in messages {
                    match answer.got.remove(&message.uid) {
                        Some(bytes) if !bytes.is_empty() || message.size == 0 => {
                            results
                                .insert(message.uid, Ok(Fetched { uid: message.uid, bytes, overflow: None }));
                        }
                        Some(_) => self.fetch_alone(message, results)?,
                        None if answer.empty.contains(&message.uid) => self.fetch_alone(message, results)?,
                        None => {}
                    }
                }
                return Ok(());
            }
            Err(trouble) if !is_about_messages(&trouble) => {
                return Err(self.given_up(trouble, "reading messages"));
            }
            Err(trouble) => {
                let error = self.given_up(trouble, "reading messages");
                warn!(target: "lafayette::imap", asked = asked.len(), "a batch, now one by one: {error}");
            }
        }
        for message in messages {
            self.fetch_alone(message, results)?;
        }
        Ok(())
    }

    /// In parts, of which none is asked for beyond the limit, whatever size was announced.
    fn fetch_alone(&mut self, message: &Listed, results: &mut Results) -> Result<(), Error> {
        let uid = message.uid;
        let limit = self.account.message_limit;
        let what = self.doing(&format!("reading message {uid}"));
        let set = uid.to_string();
        // A small one is asked for whole first: not every server cuts well.
        let mut whole = message.size <= BATCH_BYTES;
        let mut bytes = Vec::new();
        let mut spool: Option<Spool> = None;
        let result = loop {
            let offset = bytes.len() as u64 + spool.as_ref().map_or(0, Spool::length);
            let part = BATCH_BYTES.min(limit.saturating_add(1).saturating_sub(offset));
            let expected = message.size.saturating_sub(offset).min(part) + ENVELOPE;
            let range = format!("<{offset}.{part}>");
            let answer = self.attempt(TWICE, |connection| {
                let range = if std::mem::take(&mut whole) { "" } else { &range };
                bodies(connection, &what, &set, &[uid], range, expected)
            });
            let more = match answer {
                Ok(mut answer) => match answer.got.remove(&uid) {
                    Some(more) => more,
                    // Behind its end, some servers say that there is nothing.
                    None if !answer.empty.is_empty() => vec![],
                    None => return Ok(()),
                },
                Err(trouble) => break Err(self.why_not(trouble)?),
            };
            self.broken_messages = 0;
            let count = more.len() as u64;
            if count > part && message.size > BATCH_BYTES {
                break Err("the server does not cut it into parts".to_owned());
            }
            if bytes.is_empty() {
                bytes = more;
            } else if bytes.len() <= HELD_BYTES {
                bytes.try_reserve_exact(more.len()).ok();
                bytes.extend_from_slice(&more);
            } else if let Err(error) = put_aside(&mut spool, &more) {
                break Err(format!(
                    "its {} MiB find no room in the folder for temporary files {} ({error})",
                    mib(message.size),
                    std::env::temp_dir().display()
                ));
            }
            let size = offset + count;
            if size > limit {
                results.insert(uid, Err(self.too_large(uid, size.max(message.size))));
                return Ok(());
            }
            if count < part || message.size <= BATCH_BYTES {
                break Ok(std::mem::take(&mut bytes));
            }
        };
        let result = match result {
            Ok(bytes) if bytes.is_empty() && message.size > 0 => {
                Err(self.left_behind(uid, "the server gives nothing as its content"))
            }
            Ok(bytes) => Ok(Fetched { uid, bytes, overflow: spool.map(Overflow::new) }),
            Err(why) => Err(self.left_behind(uid, &why)),
        };
        results.insert(uid, result);
        Ok(())
    }

    /// Why a message cannot be got, unless it is not the message's fault.
    fn why_not(&mut self, trouble: Trouble) -> Result<String, Error> {
        if !is_about_messages(&trouble) {
            return Err(self.given_up(trouble, "reading messages"));
        }
        let error = match trouble {
            Trouble::Refused(reply) => {
                return Ok(format!("the server refuses to give it (\"{}\")", reply.text));
            }
            Trouble::Broken(error) | Trouble::Closed(error) => error,
        };
        self.broken_messages += 1;
        match error.kind {
            _ if self.broken_messages >= BROKEN_MESSAGES => Err(error),
            ErrorKind::TooSlow if self.broken_messages >= SLOW_MESSAGES => Err(error),
            ErrorKind::Lost => Ok("the server breaks the connection over it".to_owned()),
            ErrorKind::TooSlow => Ok("the server takes too long over it".to_owned()),
            _ => Ok("what the server answers cannot be read, or is far more than it announced".to_owned()),
        }
    }

    fn too_large(&self, uid: u32, size: u64) -> Unfetched {
        let reason = format!(
            "Message {uid} has {} MiB and is larger than the {} MiB that one message may have; it stays in folder {} on \
             {} and is not read. Raise `message_mib` under [limits] in the configuration.",
            mib(size),
            mib(self.account.message_limit),
            self.shown_folder(),
            self.server_name(),
        );
        Unfetched { uid, reason }
    }

    fn left_behind(&self, uid: u32, why: &str) -> Unfetched {
        let reason = format!(
            "Message {uid} cannot be read and stays in folder {} on {}: {why}. Look at it with a mail program, and move \
             or delete it there.",
            self.shown_folder(),
            self.server_name(),
        );
        Unfetched { uid, reason }
    }
}

fn mib(bytes: u64) -> String {
    // Up, so that what is just too large does not look as if it were not.
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The server is there, and stumbles over what was asked for.
fn is_about_messages(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Refused(_) => true,
        Trouble::Broken(error) => {
            matches!(error.kind, ErrorKind::Lost | ErrorKind::TooSlow | ErrorKind::Protocol)
        }
        Trouble::Closed(_) => false,
    }
}

/// One command. Answers are told apart by their UID: those without a body are news about flags, those for another UID
/// are nobody's, and what comes twice is taken once.
fn bodies(
    connection: &mut Connection<'_>,
    what: &str,
    set: &str,
    asked: &[u32],
    range: &str,
    expected: u64,
) -> Result<Bodies, Failure> {
    let query = format!("(UID BODY.PEEK[]{range})");
    let answers = connection.run(what, expected, |session| session.uid_fetch(set, &query))?;
    let mut bodies = Bodies::default();
    let mut wire = connection.wire.lock();
    for answer in answers.iter() {
        let Some(uid) = answer.uid.filter(|uid| asked.contains(uid)) else { continue };
        if bodies.got.contains_key(&uid) {
            continue;
        }
        match answer.body() {
            Some(token) if token.starts_with(b"\0") => {
                if let Some(body) = wire.take_body(token) {
                    bodies.got.insert(uid, body);
                }
            }
            Some(quoted) => {
                bodies.got.insert(uid, quoted.to_vec());
            }
            None => bodies.empty.push(uid),
        }
    }
    Ok(bodies)
}
