//! Where raw messages come from: files, folders, mbox, Maildir, standard input. Understands none of them.
//!
//! [`open`] gives every message under the paths one after the other. Memory is bounded by [`Limits::message`], not
//! by the size of a file: an mbox is cut while it is read, gzip is unpacked while it is cut. Nothing here changes,
//! moves or deletes a file, so a message that fails is still where it was.
//!
//! What a file is:
//! * named `.eml`: one message, whatever it begins with;
//! * gzip by its first bytes: what it unpacks to, judged by the rules below (members joined, as `gzip -d` does);
//! * a `From ` line first: an mbox (see [`mbox`]);
//! * anything else, the empty file included: one message.
//!
//! A mailbox on a server is another matter: see [`imap`].

pub mod imap;
pub mod mbox;
mod spool;
mod stdin;
mod stream;
mod walk;

use crate::model::Overflow;
use crate::model::clock::Seconds;
use mbox::Mbox;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use stdin::StandardInput;
use stream::Opened;
use walk::{Found, Walk};

/// One message as it was found, not yet understood.
#[derive(Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// Where it was: the path, `path#N` for the N-th message of an mbox (from 1), `-` for standard input.
    pub origin: String,
    /// Its exact bytes. Of an mbox: without the `From ` line and the blank line that mbox adds, `>From ` unquoted.
    /// Of a huge one the first.
    pub bytes: Vec<u8>,
    /// The bytes behind those.
    pub overflow: Option<Overflow>,
    /// When our own mailbox got it; files do not say (a modification time is about the copy).
    pub internal_date: Option<Seconds>,
    /// Its number in a mailbox, which wants to hear what became of it; files have none.
    pub uid: Option<u32>,
}

impl RawMessage {
    /// A message of a file.
    pub fn of_file(origin: String, bytes: Vec<u8>) -> RawMessage {
        RawMessage { origin, bytes, overflow: None, internal_date: None, uid: None }
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64 + self.overflow.as_ref().map_or(0, Overflow::length)
    }
}

impl fmt::Debug for RawMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawMessage({}, {} bytes)", self.origin, self.bytes.len())
    }
}

/// What reading comes to, message by message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A message.
    Message(RawMessage),
    /// Something that could not be read. Reading goes on with the next.
    Failed {
        /// What it was: as in [`RawMessage::origin`], or a folder.
        origin: String,
        /// A sentence: what went wrong and what to do.
        reason: String,
    },
    /// A message of a mailbox that could not be got, while others can; it stays there.
    Left {
        /// Its number.
        uid: u32,
        /// What it was: as in [`RawMessage::origin`].
        origin: String,
        /// A sentence: what went wrong and what to do.
        reason: String,
    },
    /// The next message is a large one and not read yet: time to make room for it.
    LargeNext,
}

/// How much one input may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest message in bytes; a larger one is skipped and reported, and what follows it is read.
    pub message: usize,
    /// How many times its packed size a gzip file may unpack to, once it is past `message` bytes. Mail packs 3 to
    /// 30 times smaller, a gzip bomb up to 1,032 times.
    pub unpacking: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { message: 64 << 20, unpacking: 250 }
    }
}

/// How far reading has come; shared with whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    total: AtomicU64,
    done: AtomicU64,
}

impl Progress {
    /// Bytes on disk that are to be read, as far as [`Progress::measure`] has counted. 0 for standard input.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Bytes read so far, before unpacking.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Adds up the sizes of the files under the paths. A second or so for a million files, therefore for a thread
    /// of its own, and only where somebody looks at the progress.
    pub fn measure(&self, paths: &[PathBuf]) {
        for found in Walk::new(paths) {
            if let Found::File(path) = found {
                let size = std::fs::metadata(path).map_or(0, |m| m.len());
                self.total.fetch_add(size, Ordering::Relaxed);
            }
        }
    }

    fn advance(&self, bytes: usize) {
        self.done.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// All messages under `paths` in the order given, folders sorted by name; then those of standard input, where a flag
/// is given for it: once raised, reading fails instead of waiting for more.
pub fn open(paths: &[PathBuf], stdin: Option<Arc<AtomicBool>>, limits: &Limits) -> Intake {
    Intake {
        walk: Walk::new(paths),
        input: stdin.map(|ended| Box::new(StandardInput::new(ended)) as Box<dyn Read + Send>),
        mbox: None,
        limits: *limits,
        progress: Arc::default(),
    }
}

/// The iterator that [`open`] gives.
pub struct Intake {
    walk: Walk,
    input: Option<Box<dyn Read + Send>>,
    mbox: Option<Box<Mbox<Box<dyn Read + Send>>>>,
    limits: Limits,
    progress: Arc<Progress>,
}

impl Intake {
    /// How far it has come.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    fn take(&mut self, opened: Opened) -> Option<Item> {
        match opened {
            Opened::Item(item) => Some(item),
            Opened::Mbox(mbox) => {
                self.mbox = Some(mbox);
                None
            }
        }
    }
}

impl Iterator for Intake {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(mbox) = &mut self.mbox {
                if let Some(item) = mbox.next() {
                    return Some(item);
                }
                self.mbox = None;
            }
            let opened = match self.walk.next() {
                Some(Found::File(path)) => stream::file(&path, &self.limits, &self.progress),
                Some(Found::Unreadable { path, reason }) => {
                    return Some(Item::Failed { origin: shown(&path), reason });
                }
                None => {
                    let input = self.input.take()?;
                    stream::input(input, "-", &self.limits, &self.progress)
                }
            };
            if let Some(item) = self.take(opened) {
                return Some(item);
            }
        }
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The system's words for what went wrong, without the number it puts behind them, as part of a sentence.
fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn too_large(limit: usize) -> String {
    format!(
        "The message is larger than the {} that one message may have; it stays where it is and is not imported. \
         Raise `message_mib` under [limits] in the configuration and import it again.",
        size(limit)
    )
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests;
