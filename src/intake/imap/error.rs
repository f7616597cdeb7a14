//! What goes wrong with a mailbox, as a kind for the program and a sentence for the person.

use std::fmt;

/// A sentence that names server, folder, what happened and what to do; and its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What the program goes by.
    pub kind: ErrorKind,
    /// What the person reads.
    pub sentence: String,
}

/// What kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// No connection came about: no such name, nobody listens, no way there.
    Unreachable,
    /// The server's certificate, or our own CA file, is not as it must be.
    Certificate,
    /// The server does not accept the account's name or secret.
    Login,
    /// The secret could not be had.
    Secret,
    /// There is no such folder, or it cannot be opened.
    Folder,
    /// The connection broke, several times over.
    Lost,
    /// The server was silent or trickled beyond the deadline.
    TooSlow,
    /// The server said what no server may say, or more than was asked for.
    Protocol,
    /// The server wants to be left alone for a while.
    Throttled,
    /// The server said no, or what was wanted is not allowed.
    Refused,
    /// The mailbox has no room for a copy; the messages stay where they are.
    QuotaFull,
    /// The folder's UIDs mean other messages than before.
    UidValidityChanged,
    /// The person ended it.
    Cancelled,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, sentence: impl Into<String>) -> Error {
        Error { kind, sentence: sentence.into() }
    }

    pub(super) fn cancelled(server: &str) -> Error {
        Error::new(
            ErrorKind::Cancelled,
            format!("Reading from {server} was ended; the next run goes on from here."),
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Error {}

/// What a server wrote, for a sentence: one line without control characters and without a stop at its end, not longer
/// than a sentence bears.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.trim().chars().map(clean).take(LONGEST).collect();
    if text.trim().chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line.trim_end_matches(['.', ' ']).to_owned()
}

/// The system's words for what went wrong, without the number it puts behind them.
pub(super) fn cause(error: &std::io::Error) -> String {
    shown(super::super::cause(error).as_str())
}
