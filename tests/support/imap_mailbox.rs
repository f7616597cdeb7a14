//! The mailbox behind the scripted server: folders in memory, and the answers of RFC 3501 (with MOVE, UIDPLUS,
//! NAMESPACE) that a client of ours asks for. Knows no socket and no fault.

use super::messages::sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A command of a client; quoted strings and literals are arguments without their quotes, lists keep their brackets.
#[derive(Debug, Clone)]
pub struct Command {
    pub tag: String,
    /// In capitals; of a `UID` command both words.
    pub name: String,
    pub arguments: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub uid: u32,
    pub bytes: Vec<u8>,
    pub flags: BTreeSet<String>,
    pub internal_date: i64,
    /// What RFC822.SIZE says, where that is not true.
    pub claimed_size: Option<u64>,
    /// The server says NIL instead of the body.
    pub is_nil: bool,
}

#[derive(Debug, Clone)]
pub struct Folder {
    pub uid_validity: u32,
    pub uid_next: u32,
    pub messages: Vec<Message>,
}

/// All folders of the one user.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub folders: BTreeMap<String, Folder>,
    /// The XOAUTH2 token that is taken is `token-N` with this number or a larger one.
    pub oldest_token: u32,
}

/// What one connection has come to.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub folder: Option<String>,
    pub read_only: bool,
}

impl Folder {
    pub fn add(&mut self, bytes: Vec<u8>) {
        let internal_date = lafayette::model::clock::now();
        let (uid, flags) = (self.uid_next, BTreeSet::new());
        self.messages.push(Message { uid, bytes, flags, internal_date, claimed_size: None, is_nil: false });
        self.uid_next += 1;
    }

    /// The same messages under other numbers.
    pub fn renumber(&mut self) {
        self.uid_validity += 1;
        for (message, uid) in self.messages.iter_mut().zip(101..) {
            message.uid = uid;
        }
        self.uid_next = 101 + u32::try_from(self.messages.len()).unwrap();
    }
}

impl Mailbox {
    pub fn new(messages: &[Vec<u8>]) -> Mailbox {
        let mut mailbox = Mailbox { folders: BTreeMap::new(), oldest_token: 1 };
        for bytes in messages {
            mailbox.folder("INBOX").add(bytes.clone());
        }
        mailbox
    }

    /// The folder of this name, made when missing.
    pub fn folder(&mut self, name: &str) -> &mut Folder {
        let uid_validity = 7 + u32::try_from(self.folders.len()).unwrap();
        let empty = || Folder { uid_validity, uid_next: 1, messages: vec![] };
        self.folders.entry(name.to_owned()).or_insert_with(empty)
    }

    pub fn inbox(&mut self) -> &mut Folder {
        self.folder("INBOX")
    }

    /// The hashes of what lies in a folder, sorted.
    pub fn hashes(&self, folder: &str) -> Vec<String> {
        let messages = self.folders.get(folder).map_or(&[][..], |folder| &folder.messages);
        let mut out: Vec<String> = messages.iter().map(|message| sha256(&message.bytes)).collect();
        out.sort();
        out
    }

    /// The whole answer to a command, its last line included; `None` when the command is not known here.
    pub fn answer(&mut self, session: &mut Session, command: &Command) -> Option<Vec<u8>> {
        let argument = |at: usize| command.arguments.get(at).map_or("", String::as_str);
        let mut out = Vec::new();
        let outcome = match command.name.as_str() {
            "NOOP" | "CHECK" | "SUBSCRIBE" | "ENABLE" => "OK done",
            "NAMESPACE" => {
                out.extend(b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
                "OK done"
            }
            "LIST" | "LSUB" => {
                out.extend(self.list(&command.name, argument(1)).into_bytes());
                "OK done"
            }
            "STATUS" => {
                let Some(folder) = self.folders.get(argument(0)) else {
                    let no = format!("{} NO [NONEXISTENT] there is no such folder\r\n", command.tag);
                    return Some(no.into_bytes());
                };
                let Folder { uid_next, uid_validity, .. } = folder;
                let line = format!("(UIDNEXT {uid_next} UIDVALIDITY {uid_validity})");
                out.extend(format!("* STATUS \"{}\" {line}\r\n", argument(0)).into_bytes());
                "OK done"
            }
            "CREATE" => {
                self.folder(argument(0));
                "OK done"
            }
            "SELECT" | "EXAMINE" => {
                let Some(folder) = self.folders.get(argument(0)) else {
                    let no = format!("{} NO [NONEXISTENT] there is no such folder\r\n", command.tag);
                    return Some(no.into_bytes());
                };
                out.extend(opened(folder).into_bytes());
                let read_only = command.name == "EXAMINE";
                *session = Session { folder: Some(argument(0).to_owned()), read_only };
                if read_only { "OK [READ-ONLY] done" } else { "OK [READ-WRITE] done" }
            }
            "CLOSE" | "UNSELECT" => {
                session.folder = None;
                "OK done"
            }
            "UID SEARCH" => self.search(session, command, &mut out)?,
            "UID FETCH" => self.fetch(session, argument(0), &command.arguments[1..].join(" "), &mut out)?,
            _ if session.read_only => "NO [READ-ONLY] the folder was opened for reading",
            "UID STORE" => self.store(session, command)?,
            "UID COPY" => self.copy(session, argument(0), argument(1), &mut out)?,
            "UID MOVE" => {
                let copied = self.copy(session, argument(0), argument(1), &mut out)?;
                if copied.starts_with("OK") {
                    self.remove(session, argument(0), false, &mut out)?;
                }
                copied
            }
            "UID EXPUNGE" => self.remove(session, argument(0), true, &mut out)?,
            "EXPUNGE" => self.remove(session, "1:*", true, &mut out)?,
            _ => return None,
        };
        out.extend(format!("{} {outcome}\r\n", command.tag).into_bytes());
        Some(out)
    }

    fn selected(&mut self, session: &Session) -> Option<&mut Folder> {
        self.folders.get_mut(session.folder.as_ref()?)
    }

    fn list(&self, name: &str, pattern: &str) -> String {
        let mut out = String::new();
        if pattern.is_empty() {
            let _ = write!(out, "* {name} (\\Noselect) \"/\" \"\"\r\n");
        }
        for folder in self.folders.keys() {
            let prefix = pattern.trim_end_matches(['*', '%']);
            if pattern == folder || pattern.len() > prefix.len() && folder.starts_with(prefix) {
                let _ = write!(out, "* {name} () \"/\" \"{folder}\"\r\n");
            }
        }
        out
    }

    fn search(&mut self, session: &Session, command: &Command, out: &mut Vec<u8>) -> Option<&'static str> {
        let folder = self.selected(session)?;
        let last = folder.messages.last().map_or(0, |message| message.uid);
        let mut found: Vec<&Message> = folder.messages.iter().collect();
        let mut words = command.arguments.iter();
        while let Some(word) = words.next() {
            match word.to_ascii_uppercase().as_str() {
                "ALL" => {}
                "UID" => {
                    let set = words.next()?;
                    found.retain(|message| contains(set, message.uid, last));
                }
                "SINCE" => {
                    let day = chrono::NaiveDate::parse_from_str(words.next()?, "%d-%b-%Y").ok()?;
                    let from = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
                    found.retain(|message| message.internal_date >= from);
                }
                _ => return None,
            }
        }
        out.extend(b"* SEARCH");
        for message in found {
            out.extend(format!(" {}", message.uid).into_bytes());
        }
        out.extend(b"\r\n");
        Some("OK done")
    }

    fn fetch(
        &mut self,
        session: &Session,
        set: &str,
        items: &str,
        out: &mut Vec<u8>,
    ) -> Option<&'static str> {
        let read_only = session.read_only;
        let folder = self.selected(session)?;
        let last = folder.messages.last().map_or(0, |message| message.uid);
        let items = items.to_ascii_uppercase();
        for (index, message) in folder.messages.iter_mut().enumerate() {
            if !contains(set, message.uid, last) {
                continue;
            }
            let mut answer = format!("* {} FETCH (UID {}", index + 1, message.uid);
            if items.contains("FLAGS") {
                let flags: Vec<&str> = message.flags.iter().map(String::as_str).collect();
                let _ = write!(answer, " FLAGS ({})", flags.join(" "));
            }
            if items.contains("INTERNALDATE") {
                let date = chrono::DateTime::from_timestamp(message.internal_date, 0)?;
                let _ = write!(answer, " INTERNALDATE \"{}\"", date.format("%d-%b-%Y %H:%M:%S +0000"));
            }
            if items.contains("RFC822.SIZE") {
                let size = message.claimed_size.unwrap_or(message.bytes.len() as u64);
                let _ = write!(answer, " RFC822.SIZE {size}");
            }
            out.extend(answer.into_bytes());
            if let Some((_, fields)) = items.split_once("BODY.PEEK[HEADER.FIELDS (") {
                let fields: Vec<&str> = fields.split(')').next()?.split(' ').collect();
                out.extend(header(message, &fields));
            }
            if items.contains("BODY[]") && !read_only {
                message.flags.insert("\\Seen".to_owned());
            }
            if let Some((_, behind)) = items.split_once("BODY.PEEK[]").or_else(|| items.split_once("BODY[]"))
            {
                out.extend(body(message, behind));
            }
            out.extend(b")\r\n");
        }
        Some("OK done")
    }

    fn store(&mut self, session: &Session, command: &Command) -> Option<&'static str> {
        let [set, how, flags] = command.arguments.get(..3)? else { return None };
        let folder = self.selected(session)?;
        let last = folder.messages.last().map_or(0, |message| message.uid);
        for message in folder.messages.iter_mut().filter(|message| contains(set, message.uid, last)) {
            for flag in flags.trim_matches(['(', ')']).split(' ') {
                match how.starts_with('+') {
                    true => message.flags.insert(flag.to_owned()),
                    false => return None,
                };
            }
        }
        Some("OK done")
    }

    fn copy(&mut self, session: &Session, set: &str, to: &str, out: &mut Vec<u8>) -> Option<&'static str> {
        let folder = self.selected(session)?;
        let last = folder.messages.last().map_or(0, |message| message.uid);
        let copied: Vec<Message> =
            folder.messages.iter().filter(|message| contains(set, message.uid, last)).cloned().collect();
        let Some(target) = self.folders.get_mut(to) else {
            return Some("NO [TRYCREATE] there is no such folder");
        };
        for message in copied {
            let uid = target.uid_next;
            out.extend(
                format!("* OK [COPYUID {} {} {uid}] copied\r\n", target.uid_validity, message.uid)
                    .into_bytes(),
            );
            target.messages.push(Message { uid, ..message });
            target.uid_next += 1;
        }
        Some("OK done")
    }

    /// Takes messages out, all of the set or the deleted ones among them.
    fn remove(
        &mut self,
        session: &Session,
        set: &str,
        only_deleted: bool,
        out: &mut Vec<u8>,
    ) -> Option<&'static str> {
        let folder = self.selected(session)?;
        let last = folder.messages.last().map_or(0, |message| message.uid);
        let mut number = 1;
        folder.messages.retain(|message| {
            let leaves =
                contains(set, message.uid, last) && (!only_deleted || message.flags.contains("\\Deleted"));
            match leaves {
                true => out.extend(format!("* {number} EXPUNGE\r\n").into_bytes()),
                false => number += 1,
            }
            !leaves
        });
        Some("OK done")
    }
}

/// The lines of these header fields.
fn header(message: &Message, fields: &[&str]) -> Vec<u8> {
    let text = String::from_utf8_lossy(&message.bytes);
    let mut lines = String::new();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if line.split_once(':').is_some_and(|(name, _)| fields.contains(&name.to_ascii_uppercase().as_str()))
        {
            lines += &format!("{line}\r\n");
        }
    }
    lines += "\r\n";
    format!(" BODY[HEADER.FIELDS ({})] {{{}}}\r\n{lines}", fields.join(" "), lines.len()).into_bytes()
}

/// The whole, or the part that `<offset.length>` asks for.
fn body(message: &Message, part: &str) -> Vec<u8> {
    if message.is_nil {
        return b" BODY[] NIL".to_vec();
    }
    let part = part.strip_prefix('<').and_then(|part| part.split_once('>')?.0.split_once('.'));
    let part = part.and_then(|(offset, length)| Some((offset.parse().ok()?, length.parse().ok()?)));
    let (name, bytes) = match part {
        None => (" BODY[]".to_owned(), &message.bytes[..]),
        Some((offset, length)) => {
            let rest = message.bytes.get(offset..).unwrap_or_default();
            let length: usize = length;
            (format!(" BODY[]<{offset}>"), &rest[..length.min(rest.len())])
        }
    };
    [format!("{name} {{{}}}\r\n", bytes.len()).as_bytes(), bytes].concat()
}

fn opened(folder: &Folder) -> String {
    format!(
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n\
         * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] limited\r\n\
         * {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {}] valid\r\n* OK [UIDNEXT {}] next\r\n",
        folder.messages.len(),
        folder.uid_validity,
        folder.uid_next
    )
}

/// Whether a set such as `1:5,7,9:*` has this number. `9:*` always has the last one (RFC 3501 §6.4.8).
pub fn contains(set: &str, uid: u32, last: u32) -> bool {
    let number = |text: &str| if text == "*" { last } else { text.parse().unwrap_or(0) };
    set.split(',').any(|part| match part.split_once(':') {
        None => number(part) == uid,
        Some((from, to)) => {
            let (from, to) = (number(from), number(to));
            (from.min(to)..=from.max(to)).contains(&uid)
        }
    })
}

impl Command {
    /// `None` for what no client of ours would say.
    pub fn parse(line: &str) -> Option<Command> {
        let (tag, rest) = line.split_once(' ')?;
        let mut words = words(rest)?.into_iter();
        let mut name = words.next()?.to_ascii_uppercase();
        if name == "UID" {
            name = format!("UID {}", words.next()?.to_ascii_uppercase());
        }
        Some(Command { tag: tag.to_owned(), name, arguments: words.collect() })
    }

    /// Whether it is about this message.
    pub fn is_about(&self, uid: u32) -> bool {
        self.arguments.first().is_some_and(|set| contains(set, uid, 0))
    }
}

/// The words of a line: atoms, lists with what is in them, and quoted strings without quotes.
fn words(line: &str) -> Option<Vec<String>> {
    let mut out = vec![];
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        let mut word = String::new();
        match sign {
            ' ' => continue,
            '"' => loop {
                match signs.next()? {
                    '"' => break,
                    '\\' => word.push(signs.next()?),
                    sign => word.push(sign),
                }
            },
            sign => {
                let mut depth = i32::from(matches!(sign, '(' | '['));
                word.push(sign);
                while let Some(sign) = signs.next_if(|sign| depth > 0 || *sign != ' ') {
                    depth += i32::from(matches!(sign, '(' | '[')) - i32::from(matches!(sign, ')' | ']'));
                    word.push(sign);
                }
            }
        }
        out.push(word);
    }
    Some(out)
}
