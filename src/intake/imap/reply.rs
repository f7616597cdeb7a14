//! What the server's answers mean to us: its words with their code (RFC 5530), and why a conversation is over. Pure.

use super::error::shown;

/// How the server answered a command: the code in brackets (RFC 5530) in capitals, and its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// `OVERQUOTA`, without what may stand behind it; empty when there is none.
    pub code: String,
    /// What is written for a person, showable.
    pub text: String,
}

impl Reply {
    /// Of what stands behind the tag: `NO [OVERQUOTA] Mailbox is full`.
    pub fn parse(line: &[u8]) -> Reply {
        let line = String::from_utf8_lossy(line);
        let words = line.trim().split_once(' ').map_or("", |(_, words)| words).trim();
        let (code, text) = match words.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((code, text)) => (code.split(' ').next().unwrap_or_default().to_ascii_uppercase(), text),
            None => (String::new(), words),
        };
        let text = shown(text);
        Reply { text: if text.is_empty() { code.clone() } else { text }, code }
    }

    /// There is no room. LIMIT is meant by those who move messages: so many the folder holds, and no more (RFC 5530).
    pub fn is_full(&self) -> bool {
        matches!(&*self.code, "OVERQUOTA" | "LIMIT") || self.text.to_ascii_lowercase().contains("quota")
    }

    /// It may go well later.
    pub fn is_temporary(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        matches!(&*self.code, "UNAVAILABLE" | "INUSE" | "LIMIT" | "THROTTLED" | "SERVERBUG")
            || text.contains("too many")
            || text.contains("try again later")
            || text.contains("throttled")
    }
}

/// Why the connection can no longer be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// The deadline or the longest silence is over.
    TooSlow,
    /// The person ended it.
    Cancelled,
    /// It is gone; with what the system says.
    Lost(String),
    /// The server took its leave.
    Farewell(Reply),
    /// More than the budget of the command.
    TooMuch,
    /// No server may say that.
    Nonsense(&'static str),
}
