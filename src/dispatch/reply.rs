//! What an SMTP server answers: a code and its words (RFC 5321 §4.2), made showable. Pure but for reading the lines.

use super::wire::{Trouble, Wire};

/// A reply to EHLO has some twenty lines; who sends more has no end of them.
const MOST_LINES: usize = 100;
/// As much of an answer as is kept for a person.
const LONGEST_TEXT: usize = 500;

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits.
    pub code: u16,
    /// What stands behind them, line by line, as it came.
    pub lines: Vec<String>,
}

impl Reply {
    /// Reads one, all lines of it, before the deadline of the connection.
    pub fn read(wire: &mut Wire) -> Result<Reply, Trouble> {
        let mut reply = Reply::default();
        for _ in 0..MOST_LINES {
            let line = wire.line()?;
            let (code, rest) = line.split_at_checked(3).ok_or(Trouble::Nonsense("no code"))?;
            let code = std::str::from_utf8(code).ok().filter(|code| code.bytes().all(|b| b.is_ascii_digit()));
            let code: u16 = code.and_then(|code| code.parse().ok()).ok_or(Trouble::Nonsense("no code"))?;
            if !(200..600).contains(&code) || !reply.lines.is_empty() && code != reply.code {
                return Err(Trouble::Nonsense("a code that is none"));
            }
            let (goes_on, text) = match rest.split_first() {
                None => (false, rest),
                Some((b' ', text)) => (false, text),
                Some((b'-', text)) => (true, text),
                Some(_) => return Err(Trouble::Nonsense("no code")),
            };
            reply.code = code;
            reply.lines.push(String::from_utf8_lossy(text).into_owned());
            if !goes_on {
                return Ok(reply);
            }
        }
        Err(Trouble::Nonsense("an answer without end"))
    }

    /// It is done.
    pub fn is_good(&self) -> bool {
        self.code / 100 == 2
    }

    /// It may go well later.
    pub fn is_temporary(&self) -> bool {
        self.code / 100 == 4
    }

    /// It is refused for good.
    pub fn is_final(&self) -> bool {
        self.code / 100 == 5
    }

    /// Code and words on one line, for a person.
    pub fn shown(&self) -> String {
        shown(&format!("{} {}", self.code, self.lines.join(" ")))
    }
}

/// What others wrote, as one line of bounded length: letters of any script and ASCII, nothing that moves or hides text.
pub(super) fn shown(text: &str) -> String {
    let safe = |c: char| match c {
        ' '..='~' => c,
        _ if c.is_whitespace() || c.is_control() => ' ',
        _ if c.is_alphanumeric() => c,
        _ => '\u{fffd}',
    };
    let mut line: String = text.trim().chars().map(safe).take(LONGEST_TEXT).collect();
    if text.trim().chars().nth(LONGEST_TEXT).is_some() {
        line.push('…');
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_writes_moves_and_hides_nothing_and_has_an_end() {
        assert_eq!(shown(" a\tb\u{1b}[31m\u{202e}ü\u{200b} \r\n"), "a b [31m\u{fffd}ü\u{fffd}");
        assert_eq!(shown(&"x".repeat(10_000)).chars().count(), LONGEST_TEXT + 1);
    }
}
