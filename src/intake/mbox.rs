//! Cuts an mbox into messages while it is read (RFC 4155 and what its predecessors left behind).
//!
//! A message begins after a `From ` line that opens the file or follows a blank line *and* looks like an envelope:
//! sender, weekday, date, time, year. Mail bodies hold unquoted `From ` lines, so the word alone proves nothing. In
//! a file whose own first line carries no date, `From ` with a single word after it does.
//!
//! The exact bytes of a message are those between, without the blank line that mbox puts behind each message. One `>`
//! is taken from every `>From `, `>>From ` line: mboxrd does that by definition, and where mboxo wrote the file
//! `>From ` is the only such line it made itself.

use super::stream::unreadable;
use super::{Item, Limits, RawMessage, too_large};
use memchr::memmem::{self, Finder};
use std::io::{self, Read};

/// How much is read at once: large against a message, small against a processor's cache.
const CHUNK: usize = 1 << 20;

/// A longer `From ` line is none.
const MAX_ENVELOPE: usize = 1024;

/// Whether a file that begins so is an mbox. Blank lines may come first.
pub fn begins(head: &[u8]) -> bool {
    let line = head.trim_ascii_start().strip_prefix(b"From ");
    // `From : a@b.example` is a header in the obsolete syntax (RFC 5322 §4.5.2).
    line.is_some_and(|rest| !rest.trim_ascii_start().starts_with(b":"))
}

/// The iterator over the messages of one mbox. It holds one message and one chunk in memory.
pub struct Mbox<R> {
    input: R,
    origin: String,
    limit: usize,
    chunk: usize,
    separator: Finder<'static>,
    buffer: Vec<u8>,
    /// How much of the buffer holds data.
    filled: usize,
    /// Where the message at hand begins.
    start: usize,
    /// Up to where it has been searched for its end.
    searched: usize,
    /// Messages begun so far.
    number: u64,
    /// The first line has no date, so the others need none.
    dateless: bool,
    /// The message at hand is past the limit: its bytes are dropped until it ends.
    skipping: bool,
    state: State,
}

enum State {
    /// Not even the first line is read.
    New,
    /// There may be more to read.
    Reading,
    /// The input has ended, the buffer has not.
    Ended,
    /// Nor has it here: whole messages of the buffer are given first, then the error.
    Broken(io::Error),
    /// Nothing is left.
    Over,
}

impl<R: Read> Mbox<R> {
    /// Over an input that [`begins`] as an mbox.
    pub fn new(input: R, origin: String, limits: &Limits) -> Mbox<R> {
        Mbox {
            input,
            origin,
            limit: limits.message,
            chunk: CHUNK,
            separator: Finder::new(b"\nFrom "),
            buffer: vec![],
            filled: 0,
            start: 0,
            searched: 0,
            number: 0,
            dateless: false,
            skipping: false,
            state: State::New,
        }
    }

    /// With another chunk size, so that tests meet every place at which a chunk can end.
    #[cfg(test)]
    pub fn chunked(mut self, chunk: usize) -> Self {
        self.chunk = chunk;
        self
    }

    /// The memory it holds.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Moves what is left to the front and reads a chunk behind it.
    fn refill(&mut self) {
        // The search for an empty message begins at the line end before it.
        let done = self.start.min(self.searched);
        if done > 0 {
            self.buffer.copy_within(done..self.filled, 0);
            self.filled -= done;
            self.searched -= done;
            self.start -= done;
        }
        let end = self.filled + self.chunk;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        let mut room = self.buffer.get_mut(self.filled..end).unwrap_or_default();
        while !room.is_empty() {
            match self.input.read(room) {
                Ok(0) => {
                    self.state = State::Ended;
                    break;
                }
                Ok(count) => {
                    self.filled += count;
                    room = room.get_mut(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.state = State::Broken(error);
                    break;
                }
            }
        }
    }

    fn data(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// The first `From ` line: whatever it says, it is one.
    fn begin(&mut self) {
        self.state = State::Reading;
        self.refill();
        let data = self.data();
        let blank = data.len() - data.trim_ascii_start().len();
        let line = data.get(blank..).unwrap_or_default();
        let end = memchr::memchr(b'\n', line).map_or(line.len(), |at| at + 1);
        self.dateless = !is_dated(line.get(..end).unwrap_or_default());
        self.start = blank + end;
        // The line end before the message counts, so that an empty first message is found.
        self.searched = self.start.saturating_sub(1);
        self.number = 1;
    }

    /// Where the message at hand ends and the next begins, when that is in the buffer.
    fn boundary(&mut self) -> Option<(usize, usize)> {
        let data = self.buffer.get(..self.filled).unwrap_or_default();
        while let Some(found) = self.separator.find(data.get(self.searched..).unwrap_or_default()) {
            let line_start = self.searched + found + 1;
            let rest = data.get(line_start..).unwrap_or_default();
            let line_end =
                memchr::memchr(b'\n', rest.get(..MAX_ENVELOPE.min(rest.len())).unwrap_or_default());
            if line_end.is_none() && rest.len() < MAX_ENVELOPE && matches!(self.state, State::Reading) {
                self.searched = line_start - 1;
                return None; // The rest of the line is still to be read.
            }
            let length = line_end.map_or(rest.len(), |at| at + 1).min(MAX_ENVELOPE);
            let line = rest.get(..length).unwrap_or_default();
            let before = data.get(self.start..line_start).unwrap_or_default();
            let after_blank = before.is_empty() || without_blank_line(before).len() < before.len();
            if after_blank && self.is_envelope(line) {
                return Some((line_start, line_start + length));
            }
            self.searched = line_start;
        }
        // The separator may be cut in two by the end of the buffer.
        self.searched = self.searched.max(self.filled.saturating_sub(self.separator.needle().len() - 1));
        None
    }

    fn is_envelope(&self, line: &[u8]) -> bool {
        is_dated(line) || self.dateless && line.trim_ascii_end().split(|b| *b == b' ').count() == 2
    }

    /// Gives the message that ends at `end`, and goes on at `next`.
    fn give(&mut self, end: usize, next: usize) -> Item {
        let origin = format!("{}#{}", self.origin, self.number);
        let bytes = self.buffer.get(self.start..end).unwrap_or_default();
        let bytes = without_blank_line(bytes);
        let item = if self.skipping || bytes.len() > self.limit {
            Item::Failed { origin, reason: too_large(self.limit) }
        } else {
            Item::Message(RawMessage::of_file(origin, unquote(bytes.to_vec())))
        };
        self.start = next;
        self.searched = next.saturating_sub(1);
        self.number += 1;
        self.skipping = false;
        item
    }

    /// The rest of the buffer is the last message, or the beginning of one that cannot be read to its end.
    fn finish(&mut self) -> Option<Item> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Over => None,
            State::Broken(error) => Some(Item::Failed {
                origin: format!("{}#{}", self.origin, self.number),
                reason: unreadable(&error),
            }),
            _ => Some(self.give(self.filled, self.filled)),
        }
    }
}

impl<R: Read> Iterator for Mbox<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if matches!(self.state, State::New) {
            self.begin();
        }
        loop {
            if let Some((end, next)) = self.boundary() {
                return Some(self.give(end, next));
            }
            if !matches!(self.state, State::Reading) {
                return self.finish();
            }
            if self.filled - self.start > self.limit.saturating_add(self.chunk) {
                // Three bytes before the search tell whether a blank line comes before the next `From `.
                self.skipping = true;
                self.start = self.searched.saturating_sub(3).max(self.start);
            }
            self.refill();
        }
    }
}

/// The bytes without one blank line at their end; unchanged when there is none.
fn without_blank_line(bytes: &[u8]) -> &[u8] {
    match bytes {
        [rest @ .., b'\n', b'\r', b'\n'] => bytes.get(..rest.len() + 1).unwrap_or_default(),
        [rest @ .., b'\n', b'\n'] => bytes.get(..rest.len() + 1).unwrap_or_default(),
        b"\n" | b"\r\n" => &[],
        _ => bytes,
    }
}

/// Takes one `>` from every line that begins with some and `From `.
fn unquote(mut bytes: Vec<u8>) -> Vec<u8> {
    let quotes: Vec<usize> = memmem::find_iter(&bytes, b">From ")
        .filter_map(|at| {
            let before = bytes.get(..at).unwrap_or_default();
            let line = before.iter().rposition(|b| *b != b'>').map_or(0, |last| last + 1);
            (line == 0 || bytes.get(line - 1) == Some(&b'\n')).then_some(line)
        })
        .collect();
    let Some(&first) = quotes.first() else { return bytes };
    let mut to = first;
    for (index, &quote) in quotes.iter().enumerate() {
        let end = quotes.get(index + 1).copied().unwrap_or(bytes.len());
        bytes.copy_within(quote + 1..end, to);
        to += end - quote - 1;
    }
    bytes.truncate(to);
    bytes
}

/// `From sender Fri Nov 20 09:59:00 2026`, also with a zone, without seconds, or as `Fri, 20 Nov 2026 09:59:00`.
/// The sender may be missing and may hold blanks.
fn is_dated(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let rest = String::from_utf8_lossy(rest);
    let words: Vec<&str> = rest.split_ascii_whitespace().take(16).collect();
    (0..words.len()).any(|at| {
        let date = words.get(at + 1..).unwrap_or_default();
        let date = date.get(..date.len().min(6)).unwrap_or_default();
        words.get(at).is_some_and(|w| is_one_of(w.trim_end_matches(','), WEEKDAYS))
            && date.iter().take(2).any(|w| is_one_of(w, MONTHS))
            && date.iter().take(2).any(|w| w.len() <= 2 && is_number(w))
            && date.iter().any(|w| is_time(w))
            && date.iter().any(|w| w.len() == 4 && is_number(w))
    })
}

const WEEKDAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|name| name.eq_ignore_ascii_case(word))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

fn is_time(word: &str) -> bool {
    (2..=3).contains(&word.split(':').count()) && word.split(':').all(|w| w.len() <= 2 && is_number(w))
}
