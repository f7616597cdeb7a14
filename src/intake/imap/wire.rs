//! What the server sends, sorted before the imap crate sees it. Knows lines and literals (RFC 3501 §4), and of
//! responses only their first words.
//!
//! Why it stands between:
//! * a literal may announce any length: everything is counted against the budget of the command at hand, and nothing
//!   is reserved that is not covered by it;
//! * the crate looks at a response anew with every line of it. A message body is therefore lifted out and handed
//!   over as it is, and the crate reads a token in its place: one copy of a body in memory, and no work per line;
//! * the crate panics on an untagged NO in a SELECT and ends with an error on lines it does not know. Those are heard
//!   here and not passed on;
//! * its parser is recursive: nesting has an end here.

use super::error::shown;
use super::reply::{Reply, Stop};
use super::transport::{Ended, Patience, Stream};
use std::collections::VecDeque;
use std::io::{self, ErrorKind as Io, Read, Write};
use std::time::Duration;
use tracing::{debug, warn};

/// Reads of this size take eight times fewer system calls than the crate's own.
const INCOMING: usize = 64 << 10;

/// FETCH responses without ENVELOPE or BODYSTRUCTURE, which we never ask for, nest twice.
const DEEPEST: usize = 16;

/// We ask for one literal a response; the crate starts over with each.
const MOST_LITERALS: usize = 8;

/// More of them in one command are not kept.
const MOST_WARNINGS: usize = 20;

/// How long a server that said BYE is listened to.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What was heard beside what the crate was shown, since the command began.
#[derive(Default)]
pub(super) struct Heard {
    /// CAPABILITY, in capitals; of the last time that the server named them.
    pub capabilities: Option<Vec<String>>,
    /// LIST, NAMESPACE and STATUS responses, whole, without `* `.
    pub records: Vec<Vec<u8>>,
    /// The tagged answer.
    pub reply: Reply,
}

/// The server's end of the conversation.
pub(super) struct Wire<'a> {
    stream: Box<dyn Stream + 'a>,
    incoming: Vec<u8>,
    at: usize,
    end: usize,
    line: Vec<u8>,
    shown: Vec<u8>,
    shown_at: usize,
    budget: u64,
    silence: Duration,
    bodies: VecDeque<Option<Vec<u8>>>,
    first_body: u64,
    /// What was heard since [`Wire::begin`].
    pub heard: Heard,
    /// Sentences of `[ALERT]`, which a person has to see (RFC 3501 §7.1), and of untagged NO and BAD.
    pub warnings: Vec<String>,
    /// The number of messages rose since it was last set to false.
    pub grown: bool,
    /// Set once, never taken back.
    pub stop: Option<Stop>,
    /// LOGOUT was said: a farewell is what we wait for.
    pub parting: bool,
    farewell: Option<Reply>,
    /// IDLE was said and not yet agreed to: what is shown before the agreement would be taken for a refusal.
    holding: bool,
    held: Vec<u8>,
}

impl<'a> Wire<'a> {
    pub fn new(stream: Box<dyn Stream + 'a>, silence: Duration) -> Wire<'a> {
        Wire {
            stream,
            incoming: vec![0; INCOMING],
            at: 0,
            end: 0,
            line: vec![],
            shown: vec![],
            shown_at: 0,
            budget: 0,
            silence,
            bodies: VecDeque::new(),
            first_body: 0,
            heard: Heard::default(),
            warnings: vec![],
            grown: false,
            stop: None,
            parting: false,
            farewell: None,
            holding: false,
            held: vec![],
        }
    }

    /// A command begins: so long may it take, so many bytes may its answer have.
    pub fn begin(&mut self, longest: Duration, budget: u64) {
        let parting = self.parting;
        self.stream.allow(Patience { parting, ..Patience::new(self.silence, longest) });
        self.budget = budget;
        self.first_body += self.bodies.len() as u64;
        self.bodies.clear();
        self.heard = Heard::default();
        self.holding = false;
        self.held.clear();
    }

    /// The command that begins is IDLE.
    pub fn hold(&mut self) {
        self.holding = true;
    }

    /// From now on silence is what we wait for to end, so long; without a time, as in every command again.
    pub fn wait_for_news(&mut self, longest: Option<Duration>) {
        let patience = match longest {
            Some(time) => Patience { waiting: true, ..Patience::new(time, time) },
            None => Patience::new(self.silence, self.silence),
        };
        self.stream.allow(patience);
    }

    /// The body for which the crate was given `token`, once.
    pub fn take_body(&mut self, token: &[u8]) -> Option<Vec<u8>> {
        let number: u64 = std::str::from_utf8(token.strip_prefix(b"\0")?).ok()?.parse().ok()?;
        let at = usize::try_from(number.checked_sub(self.first_body)?).ok()?;
        self.bodies.get_mut(at)?.take()
    }

    /// The next line as it is, for the greeting.
    pub fn greeting(&mut self) -> io::Result<Vec<u8>> {
        let read = self.next_line();
        if !self.note(read)? {
            self.ended();
            return Err(Io::UnexpectedEof.into());
        }
        let line = std::mem::take(&mut self.line);
        self.note_capabilities(line.get(2..).unwrap_or_default());
        Ok(line)
    }

    /// Keeps why something failed; the crate does not always pass it on.
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != Io::WouldBlock
            && self.stop.is_none()
        {
            let ended = error.get_ref().is_some_and(|inner| inner.is::<Ended>());
            self.stop = Some(match (error.kind(), &self.farewell) {
                _ if ended => Stop::Cancelled,
                (_, Some(reply)) => Stop::Farewell(reply.clone()),
                (Io::TimedOut, _) => Stop::TooSlow,
                (Io::UnexpectedEof, _) => Stop::Lost(String::new()),
                _ => Stop::Lost(super::error::cause(error)),
            });
        }
        result
    }

    /// The stream is at its end.
    fn ended(&mut self) {
        let farewell = self.farewell.clone().map(Stop::Farewell);
        self.stop.get_or_insert(farewell.unwrap_or(Stop::Lost(String::new())));
    }

    fn stop(&mut self, stop: Stop) -> io::Error {
        self.stop.get_or_insert(stop);
        Io::InvalidData.into()
    }

    /// Bytes that have come and were not looked at; empty at the end of the stream.
    fn waiting(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            self.at = 0;
            self.end = 0;
            self.end = loop {
                match self.stream.read(&mut self.incoming) {
                    Err(error) if error.kind() == Io::Interrupted => {}
                    read => break read?.min(self.incoming.len()),
                }
            };
        }
        Ok(self.incoming.get(self.at..self.end).unwrap_or_default())
    }

    fn spend(&mut self, bytes: usize) -> io::Result<()> {
        match self.budget.checked_sub(bytes as u64) {
            Some(left) => self.budget = left,
            None => return Err(self.stop(Stop::TooMuch)),
        }
        Ok(())
    }

    /// Completes `self.line` by one line without its end; false at the end of the stream. May be called again after
    /// `WouldBlock`.
    fn next_line(&mut self) -> io::Result<bool> {
        loop {
            let waiting = self.waiting()?;
            let found = memchr::memchr(b'\n', waiting);
            let count = found.map_or(waiting.len(), |at| at + 1);
            if count == 0 {
                return if self.line.is_empty() { Ok(false) } else { Err(Io::UnexpectedEof.into()) };
            }
            self.spend(count)?;
            self.line.extend_from_slice(&self.incoming[self.at..self.at + count]);
            self.at += count;
            if found.is_some() {
                while self.line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                    self.line.pop();
                }
                return Ok(true);
            }
        }
    }

    /// A line within a response that has begun: its end can be waited for no longer than for the rest.
    fn further_line(&mut self) -> io::Result<Vec<u8>> {
        self.line.clear();
        match self.next_line() {
            Ok(true) => Ok(std::mem::take(&mut self.line)),
            Ok(false) => Err(Io::UnexpectedEof.into()),
            Err(error) => Err(unless_patient(error)),
        }
    }

    fn literal(&mut self, length: u64) -> io::Result<Vec<u8>> {
        let Ok(wanted) = usize::try_from(length) else { return Err(self.stop(Stop::TooMuch)) };
        self.spend(wanted)?;
        let mut literal = Vec::with_capacity(wanted);
        let here = wanted.min(self.end - self.at);
        literal.extend_from_slice(&self.incoming[self.at..self.at + here]);
        self.at += here;
        let missing = (wanted - here) as u64;
        let read = (&mut *self.stream).take(missing).read_to_end(&mut literal).map_err(unless_patient)?;
        if (read as u64) < missing {
            return Err(Io::UnexpectedEof.into());
        }
        Ok(literal)
    }

    /// Takes the next response in, and shows of it what the crate is to see. False at the end of the stream.
    fn advance(&mut self) -> io::Result<bool> {
        if !self.next_line()? {
            return Ok(false);
        }
        let line = std::mem::take(&mut self.line);
        if let Some(untagged) = line.strip_prefix(b"* ") {
            self.untagged(untagged)?;
            if self.holding {
                self.held.append(&mut self.shown);
            }
        } else if line.starts_with(b"+") {
            self.show(&line);
            self.shown.append(&mut self.held);
            self.holding = false;
        } else if let Some(space) = memchr::memchr(b' ', &line) {
            let status = &line[space + 1..];
            self.note_capabilities(status);
            self.heard.reply = Reply::parse(status);
            self.show(&line);
        } else if !line.is_empty() {
            // A tag alone: the crate knows what to say about that. Empty lines, which some servers add behind a
            // literal, mean nothing.
            self.show(&line);
        }
        self.line = line;
        self.line.clear();
        Ok(true)
    }

    fn untagged(&mut self, line: &[u8]) -> io::Result<()> {
        let (first, second) = first_words(line);
        match &*first {
            "OK" => {
                self.note_capabilities(line);
                let reply = Reply::parse(line);
                if reply.code == "ALERT" {
                    self.warn(reply);
                }
                self.show_untagged(line);
            }
            "NO" | "BAD" => self.warn(Reply::parse(line)),
            "BYE" => {
                // The answer to the command may still come, the end of the stream will, and neither for long.
                self.farewell = Some(Reply::parse(line));
                let patience = Patience::new(self.silence.min(LAST_WORDS), self.silence.min(LAST_WORDS));
                self.stream.allow(Patience { parting: self.parting, ..patience });
            }
            "CAPABILITY" => self.note_capabilities(line),
            "SEARCH" => self.show_untagged(line),
            "LIST" | "NAMESPACE" | "STATUS" => {
                let record = self.whole(line)?;
                self.heard.records.push(record);
            }
            number if number.parse::<u32>().is_ok() => match &*second {
                "FETCH" => self.fetch(line)?,
                "EXISTS" => {
                    self.grown = true;
                    self.show_untagged(line);
                }
                "RECENT" | "EXPUNGE" => self.show_untagged(line),
                _ => drop(self.whole(line)?),
            },
            _ => {
                debug!(target: "lafayette::imap", word = %shown(&first), "a response that we have no use for");
                drop(self.whole(line)?);
            }
        }
        Ok(())
    }

    fn warn(&mut self, reply: Reply) {
        warn!(target: "lafayette::imap", code = %reply.code, text = %reply.text, "the server warns");
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(reply.text);
        }
    }

    /// A response with its literals as they are.
    fn whole(&mut self, line: &[u8]) -> io::Result<Vec<u8>> {
        let mut whole = line.to_vec();
        let mut announced = literal_length(line);
        while let Some((_, length)) = announced {
            whole.extend_from_slice(b"\r\n");
            let literal = self.literal(length)?;
            whole.extend_from_slice(&literal);
            let line = self.further_line()?;
            announced = literal_length(&line);
            whole.extend_from_slice(&line);
        }
        Ok(whole)
    }

    /// A FETCH response with a token for each literal. The token begins with NUL, which no quoted string may have and
    /// which stands in no other literal, since all are replaced: what has a token for its body had a literal.
    fn fetch(&mut self, line: &[u8]) -> io::Result<()> {
        self.shown.extend_from_slice(b"* ");
        let mut line = line.to_vec();
        let mut depth = 0;
        for _ in 0..=MOST_LITERALS {
            depth = match nesting(&mut line, depth) {
                depth if depth <= DEEPEST => depth,
                _ => return Err(self.stop(Stop::Nonsense("it nests lists deeper than any message needs"))),
            };
            let Some((start, length)) = literal_length(&line) else {
                self.shown.extend_from_slice(&line);
                self.shown.extend_from_slice(b"\r\n");
                return Ok(());
            };
            let token = format!("\0{}", self.first_body + self.bodies.len() as u64);
            let body = self.literal(length)?;
            self.bodies.push_back(Some(body));
            self.shown.extend_from_slice(&line[..start]);
            let _ = write!(self.shown, "{{{}}}\r\n{token}", token.len());
            line = self.further_line()?;
        }
        Err(self.stop(Stop::Nonsense("it puts more literals into a response than were asked for")))
    }

    fn show_untagged(&mut self, line: &[u8]) {
        self.shown.extend_from_slice(b"* ");
        self.show(line);
    }

    /// The crate reads only ASCII in these lines; what words there are in other letters it has no use for.
    fn show(&mut self, line: &[u8]) {
        self.shown.extend(line.iter().map(|byte| if matches!(byte, 1..=127) { *byte } else { b'?' }));
        self.shown.extend_from_slice(b"\r\n");
    }

    /// `CAPABILITY …` as a response, or as the code of another (`OK [CAPABILITY …] Logged in`).
    fn note_capabilities(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).to_ascii_uppercase();
        let list = line.strip_prefix("CAPABILITY ").or_else(|| {
            let (_, behind) = line.split_once("[CAPABILITY ")?;
            behind.split(']').next()
        });
        if let Some(list) = list {
            self.heard.capabilities = Some(list.split_ascii_whitespace().map(str::to_owned).collect());
        }
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.shown_at == self.shown.len() {
            self.shown.clear();
            self.shown_at = 0;
            if self.stop.is_some() {
                return Err(Io::InvalidData.into());
            }
            let advanced = self.advance();
            if !self.note(advanced)? {
                self.ended();
                return Ok(0);
            }
        }
        let ready = self.shown.get(self.shown_at..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.shown_at += count;
        Ok(count)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.is_some() {
            return Err(Io::BrokenPipe.into());
        }
        let written = self.stream.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.stream.flush();
        self.note(flushed)
    }
}

/// In the middle of a response there is nothing to wait for patiently: a break there is a break.
fn unless_patient(error: io::Error) -> io::Error {
    if error.kind() == Io::WouldBlock { Io::TimedOut.into() } else { error }
}

/// The first two words in capitals; they are short in all that we know.
fn first_words(line: &[u8]) -> (String, String) {
    let head = line.get(..64).unwrap_or(line);
    let mut words =
        head.split(|byte| *byte == b' ').map(|word| String::from_utf8_lossy(word).to_ascii_uppercase());
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

/// Where `{123}` or `{123+}` begins at the end of a line, and how much it announces. A number that is none of 64 bits
/// is more than any budget.
pub(super) fn literal_length(line: &[u8]) -> Option<(usize, u64)> {
    let inside = line.strip_suffix(b"}")?;
    let start = memchr::memrchr(b'{', inside)?;
    let digits = inside.get(start + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    (!digits.is_empty()).then(|| (start, digits.parse().unwrap_or(u64::MAX)))
}

/// How deep lists are nested at the deepest point of the line, and as a side effect `?` for letters outside of quotes
/// that no flag may have. A quoted string ends in its line.
fn nesting(line: &mut [u8], depth: usize) -> usize {
    let (mut depth, mut deepest) = (depth, depth);
    let mut quoted = false;
    let mut escaped = false;
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' => depth = depth.saturating_sub(1),
            0 | 128.. => *byte = b'?',
            _ => {}
        }
    }
    if deepest > DEEPEST { deepest } else { depth }
}
