//! The mailbox against servers that are written down here: what they answer by themselves is right, what a test lets
//! them say instead is its trap.

mod acting;
mod folders;
mod network;
mod reading;
mod recovering;

use super::error::Error;
use super::mailbox::Mailbox;
use super::transport::{Dialled, Patience, Stream};
use super::*;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind as Io, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What the server does instead of what it would do. `{tag}` becomes the command's tag.
enum Say {
    /// Says it.
    Text(String),
    /// Says it and hangs up.
    Close(String),
    /// Says it and is silent from then on.
    Silence(String),
}

fn text(words: impl Into<String>) -> Option<Say> {
    Some(Say::Text(words.into()))
}

fn no(words: &str) -> Option<Say> {
    text(format!("{{tag}} NO {words}\r\n"))
}

type Behaviour = Box<dyn FnMut(usize, &str) -> Option<Say> + Send>;

/// What all connections to the server share.
struct Server {
    messages: BTreeMap<u32, Vec<u8>>,
    capabilities: String,
    uid_validity: u32,
    behaviour: Behaviour,
    commands: Vec<String>,
    connections: usize,
}

#[derive(Clone)]
struct Scripted(Arc<Mutex<Server>>);

impl Scripted {
    /// Three messages, and something that the server does otherwise: the closure gets the number of the connection
    /// from 1 and the command without its tag.
    fn new(behaviour: impl FnMut(usize, &str) -> Option<Say> + Send + 'static) -> Scripted {
        let messages = (1..=3).map(|uid| (uid, message(uid))).collect();
        Scripted(Arc::new(Mutex::new(Server {
            messages,
            capabilities: "IMAP4rev1 UIDPLUS MOVE IDLE NAMESPACE AUTH=PLAIN AUTH=XOAUTH2".to_owned(),
            uid_validity: 7,
            behaviour: Box::new(behaviour),
            commands: vec![],
            connections: 0,
        })))
    }

    fn without(self, capability: &str) -> Scripted {
        let mut server = self.0.lock().unwrap();
        server.capabilities =
            server.capabilities.split(' ').filter(|c| *c != capability).collect::<Vec<_>>().join(" ");
        drop(server);
        self
    }

    fn with(self, capability: &str) -> Scripted {
        self.0.lock().unwrap().capabilities.push_str(&format!(" {capability}"));
        self
    }

    fn mailbox(&self) -> Mailbox<'static> {
        self.folder("INBOX", Mode::ReadWrite)
    }

    fn folder(&self, folder: &str, mode: Mode) -> Mailbox<'static> {
        self.account(account(), folder, mode)
    }

    fn account(&self, account: Account<'static>, folder: &str, mode: Mode) -> Mailbox<'static> {
        let scripted = self.clone();
        let dial = move |_: &Account<'_>| {
            let mut server = scripted.0.lock().unwrap();
            server.connections += 1;
            let number = server.connections;
            drop(server);
            let stream = Line {
                scripted: scripted.clone(),
                number,
                incoming: vec![],
                outgoing: b"* OK ready\r\n".iter().copied().collect(),
                at_end: None,
                waiting: false,
                tag: String::new(),
                challenged: false,
            };
            Ok::<_, Error>(Dialled { stream: Box::new(stream), greets: true })
        };
        let mut mailbox = Mailbox::over(Box::new(dial), account, folder, mode, &|| false);
        mailbox.first_pause = Duration::ZERO;
        mailbox
    }

    /// Commands that were said and begin so.
    fn said(&self, start: &str) -> Vec<String> {
        self.0.lock().unwrap().commands.iter().filter(|c| c.starts_with(start)).cloned().collect()
    }

    fn connections(&self) -> usize {
        self.0.lock().unwrap().connections
    }

    fn set_messages(&self, messages: impl IntoIterator<Item = (u32, Vec<u8>)>) {
        self.0.lock().unwrap().messages = messages.into_iter().collect();
    }

    fn set_uid_validity(&self, value: u32) {
        self.0.lock().unwrap().uid_validity = value;
    }
}

fn account() -> Account<'static> {
    Account {
        host: "imap.example".to_owned(),
        port: 993,
        protection: Protection::Implicit,
        ca_file: None,
        user: "reports".to_owned(),
        login: Login::Password(&|| Ok("Pa55w0rd".to_owned())),
        timeout: Duration::from_secs(1),
        message_limit: 64 << 20,
    }
}

fn message(uid: u32) -> Vec<u8> {
    format!("Subject: {uid}\r\n\r\nText with {{5}}\r\n* 1 EXISTS\r\na1 OK no\r\n\u{e4} {uid}\r\n")
        .into_bytes()
}

fn listed(uid: u32, size: usize) -> Listed {
    Listed { uid, size: size as u64, internal_date: None }
}

/// All three messages as they are listed.
fn three() -> Vec<Listed> {
    (1..=3).map(|uid| listed(uid, message(uid).len())).collect()
}

/// UIDs of what was got, with whether it is what was sent.
fn got(fetched: &[Result<Fetched, Unfetched>]) -> Vec<u32> {
    let good = fetched.iter().filter_map(|result| result.as_ref().ok());
    good.inspect(|f| assert_eq!(f.bytes, message(f.uid))).map(|f| f.uid).collect()
}

impl Server {
    fn answer(&self, tag: &str, command: &str) -> Vec<u8> {
        let words: Vec<&str> = command.split(' ').collect();
        let mut out = vec![];
        match (words[0], words.get(1).copied().unwrap_or_default()) {
            ("CAPABILITY", _) => out.extend(format!("* CAPABILITY {}\r\n", self.capabilities).bytes()),
            ("NAMESPACE", _) => out.extend(b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"),
            ("LIST", _) => {
                for name in ["INBOX", "Reports", "Reports/Old", "Archive"] {
                    if words[2] == "\"*\"" || words[2] == format!("\"{name}\"") {
                        out.extend(format!("* LIST (\\HasNoChildren) \"/\" {name}\r\n").bytes());
                    }
                }
            }
            ("SELECT" | "EXAMINE", _) => {
                let (exists, validity) = (self.messages.len(), self.uid_validity);
                let next = self.messages.keys().next_back().map_or(1, |uid| uid + 1);
                out.extend(
                    format!(
                        "* FLAGS (\\Seen $Réport)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n* {exists} EXISTS\r\n* 0 RECENT\r\n\
                         * OK [UIDVALIDITY {validity}] ok\r\n* OK [UIDNEXT {next}] ok\r\n"
                    )
                    .bytes(),
                );
            }
            ("UID", "SEARCH") => {
                let uids: Vec<String> = self.messages.keys().map(u32::to_string).collect();
                out.extend(format!("* SEARCH {}\r\n", uids.join(" ")).bytes());
            }
            ("UID", "FETCH") => {
                for (at, (uid, bytes)) in
                    self.messages.iter().enumerate().filter(|(_, (uid, _))| in_set(**uid, words[2]))
                {
                    let number = at + 1;
                    if command.contains("RFC822.SIZE") {
                        let size = bytes.len();
                        out.extend(
                            format!(
                                "* {number} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \" 1-Nov-2026 10:00:00 +0100\")\r\n"
                            )
                            .bytes(),
                        );
                        continue;
                    }
                    let range = command.split_once('<').map(|(_, range)| range.trim_end_matches([')', '>']));
                    let (name, part) = match range.and_then(|range| range.split_once('.')) {
                        Some((offset, count)) => {
                            let (offset, count): (usize, usize) =
                                (offset.parse().unwrap(), count.parse().unwrap());
                            let end = offset.saturating_add(count).min(bytes.len());
                            (format!("BODY[]<{offset}>"), bytes.get(offset..end).unwrap_or_default())
                        }
                        None => ("BODY[]".to_owned(), &bytes[..]),
                    };
                    out.extend(format!("* {number} FETCH (UID {uid} {name} {{{}}}\r\n", part.len()).bytes());
                    out.extend(part);
                    out.extend(b")\r\n");
                }
            }
            ("IDLE", _) => return b"+ idling\r\n".to_vec(),
            ("DONE", _) => return format!("{tag} OK done\r\n").into_bytes(),
            ("LOGOUT", _) => out.extend(b"* BYE bye\r\n"),
            _ => {}
        }
        out.extend(format!("{tag} OK done\r\n").bytes());
        out
    }
}

fn in_set(uid: u32, set: &str) -> bool {
    set.split(',').any(|part| {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        (first.parse().unwrap()..=last.parse().unwrap_or(u32::MAX)).contains(&uid)
    })
}

/// One connection.
struct Line {
    scripted: Scripted,
    number: usize,
    incoming: Vec<u8>,
    outgoing: VecDeque<u8>,
    /// What comes when all is read; without it, the server waits for us.
    at_end: Option<Io>,
    waiting: bool,
    tag: String,
    challenged: bool,
}

impl Line {
    fn hear(&mut self, line: &str) {
        let mut server = self.scripted.0.lock().unwrap();
        let command = if self.challenged || line == "DONE" {
            line.to_owned()
        } else {
            let (tag, command) = line.split_once(' ').unwrap();
            self.tag = tag.to_owned();
            command.to_owned()
        };
        server.commands.push(command.clone());
        let Self { number, tag, .. } = self;
        let say = (server.behaviour)(*number, &command);
        let say = say.map(|say| match say {
            Say::Text(words) => (words, None),
            Say::Close(words) => (words, Some(Io::UnexpectedEof)),
            Say::Silence(words) => (words, Some(Io::TimedOut)),
        });
        let (words, end) = match say {
            Some((words, end)) => (words.replace("{tag}", tag).into_bytes(), end),
            None => (server.answer(tag, &command), None),
        };
        self.challenged = words.starts_with(b"+") && command != "IDLE";
        self.outgoing.extend(words);
        self.at_end = end;
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.outgoing.is_empty() {
            return match self.at_end {
                Some(Io::UnexpectedEof) => Ok(0),
                _ if self.waiting => Err(Io::WouldBlock.into()),
                _ => Err(Io::TimedOut.into()),
            };
        }
        self.outgoing.read(buffer)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.incoming.extend_from_slice(bytes);
        while let Some(end) = self.incoming.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.incoming.drain(..=end).collect();
            self.hear(String::from_utf8(line).unwrap().trim_end());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Line {
    fn allow(&mut self, patience: Patience) {
        self.waiting = patience.waiting;
    }
}
