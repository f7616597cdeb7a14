//! One folder of a mailbox on an IMAP server (RFC 3501): what is in it, its messages, and what is done with them once
//! they are stored. Knows nothing of feeds, reports or the database.
//!
//! The `imap` crate writes the commands and reads the answers. Around it stand, from the network inwards:
//! * `transport`: the socket with deadlines, TLS, STARTTLS;
//! * `wire`: the server's lines are counted against a budget, sorted, and message bodies lifted out of them, so
//!   that the crate is shown only what it can read;
//! * `connection`: logged in; every command with a deadline, a budget and a guard against panics;
//! * `mailbox`: reconnects, resumes, retries; what can be asked of it in `lookup`, `fetch`, `actions`, `copying`, `waiting`.
//!
//! The rule that all of them keep: an answer that is not understood ends the connection, never the run, and a
//! message is left where it is unless the server has said that it did what was asked.

mod actions;
mod connection;
mod copying;
mod error;
mod fetch;
mod folder;
#[doc(hidden)]
pub mod fuzzing;
mod login;
mod lookup;
mod mailbox;
mod reply;
mod shared;
mod transport;
mod uids;
mod waiting;
mod wire;

use crate::model::Overflow;
use crate::model::clock::Seconds;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use error::{Error, ErrorKind};
pub use mailbox::Mailbox;

/// Asked at every connect, so that a token is fresh after the old one expired. `Err` is a sentence.
pub type Ask<'a> = &'a (dyn Fn() -> Result<String, String> + Sync);

/// How the way to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte on (RFC 8314), as a rule on port 993.
    Implicit,
    /// TLS begun by a command, as a rule on port 143; without it nothing further is said.
    Starttls,
    /// None; only to an address of this machine.
    Plain,
}

/// How the account is logged into.
#[derive(Clone, Copy)]
pub enum Login<'a> {
    /// LOGIN, or AUTHENTICATE PLAIN where the server wants that.
    Password(Ask<'a>),
    /// An OAuth 2 access token by AUTHENTICATE XOAUTH2.
    Token(Ask<'a>),
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Login::Password(_) => "Password(…)",
            Login::Token(_) => "Token(…)",
        })
    }
}

/// Where a mailbox is and how one gets in.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    /// Name or address of the server; the name its certificate has to bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub protection: Protection,
    /// Certificates (PEM or DER) that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The account's name.
    pub user: String,
    /// Its secret.
    pub login: Login<'a>,
    /// The longest silence of the server; also the base of every command's deadline.
    pub timeout: Duration,
    /// The largest message in bytes; a larger one is never asked for.
    pub message_limit: u64,
}

/// What may be done in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// EXAMINE: nothing changes on the server, not even `\Recent`.
    ReadOnly,
    /// SELECT.
    ReadWrite,
}

/// What the server says about a folder that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// UIDs mean something only together with it (RFC 3501 §2.3.1.1).
    pub uid_validity: u32,
    /// A message that arrives from now on has at least this UID.
    pub uid_next: Option<u32>,
    /// How many messages are in the folder.
    pub messages: u32,
}

/// A message as the server lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its UID.
    pub uid: u32,
    /// Its size in bytes, as the server says.
    pub size: u64,
    /// When it came into the mailbox.
    pub internal_date: Option<Seconds>,
}

/// A message with its exact bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its UID.
    pub uid: u32,
    /// Its bytes, as the server stores them; of a huge message the first.
    pub bytes: Vec<u8>,
    /// The bytes behind those.
    pub overflow: Option<Overflow>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetched({}, {} bytes)", self.uid, self.bytes.len())
    }
}

/// A message that alone cannot be got; it stays in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched {
    /// Its UID.
    pub uid: u32,
    /// A sentence: why, and what to do.
    pub reason: String,
}

/// Why waiting for mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The folder has more messages than before, or may have.
    Changed,
    /// The time is over.
    Elapsed,
    /// The server has no IDLE (RFC 2177); it has to be asked again and again.
    Unsupported,
}

/// More messages a command save little: of 5.9 kB each, 100 were read at 8,591 a second and 500 at 8,294.
const BATCH_MESSAGES: usize = 100;

/// As much as is worth losing when the connection breaks. A larger message is fetched alone and in parts of this size.
const BATCH_BYTES: u64 = 8 << 20;

/// Of a message that is larger, some more than this many bytes are held in memory: enough for those who understand it.
pub const HELD_BYTES: usize = 16 << 20;

/// The messages cut into what one [`Mailbox::fetch`] should take: at most 100 and about 8 MiB each, a larger one alone.
pub fn batches(listed: &[Listed]) -> impl Iterator<Item = &[Listed]> {
    let mut rest = listed;
    std::iter::from_fn(move || {
        let mut bytes = 0u64;
        let fits = |message: &&Listed| {
            bytes = bytes.saturating_add(message.size);
            bytes <= BATCH_BYTES
        };
        let count = rest.iter().take(BATCH_MESSAGES).take_while(fits).count().max(1);
        let (batch, behind) = rest.split_at_checked(count)?;
        rest = behind;
        Some(batch)
    })
}

#[cfg(test)]
mod tests;
