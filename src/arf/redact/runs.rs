//! Base64 and hexadecimal inside text: opened, searched, and closed again. Knows nothing of what is searched.

use base64::engine::{Engine, general_purpose::STANDARD_NO_PAD, general_purpose::URL_SAFE_NO_PAD};
use std::ops::Range;

/// Shorter runs hold no address.
const MIN_RUN: usize = 12;

/// A line of at least this many characters goes on in the next one: DKIM-Canonicalized-Header (RFC 6591 §3.2.3).
const MIN_LINE: usize = 16;

/// How a run may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    /// Base64 from the character at this place on.
    Base64(usize),
    /// Hexadecimal from the digit at this place on.
    Hexadecimal(usize),
}

const CODES: [Code; 6] = [
    Code::Base64(0),
    Code::Base64(1),
    Code::Base64(2),
    Code::Base64(3),
    Code::Hexadecimal(0),
    Code::Hexadecimal(1),
];

/// A decoded run.
#[derive(Debug, Clone)]
pub(super) struct Decoded {
    /// Where it stands in the text.
    pub run: Range<usize>,
    /// Where its decoded bytes stand in [`Opened::bytes`].
    pub place: Range<usize>,
    code: Code,
}

/// All runs of a text, decoded in every way, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// The decoded bytes, with a control character between them.
    pub bytes: Vec<u8>,
    /// What stands where.
    pub runs: Vec<Decoded>,
}

/// The six bits of each character of base64 in either alphabet; no digit has more than six.
const SEXTETS: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 26 {
        table[b'A' as usize + value] = value as u8;
        table[b'a' as usize + value] = value as u8 + 26;
        value += 1;
    }
    value = 0;
    while value < 10 {
        table[b'0' as usize + value] = value as u8 + 52;
        value += 1;
    }
    (table[b'+' as usize], table[b'-' as usize]) = (62, 62);
    (table[b'/' as usize], table[b'_' as usize]) = (63, 63);
    table
};

const NO_DIGIT: u8 = 64;

fn is_digit(byte: u8) -> bool {
    SEXTETS[usize::from(byte)] != NO_DIGIT
}

/// Where base64 or hexadecimal may stand: each line by itself, then lines that may belong together.
fn runs(text: &[u8]) -> Vec<Range<usize>> {
    let mut out = vec![];
    let digits =
        |from: usize| text.get(from..).unwrap_or_default().iter().take_while(|b| is_digit(**b)).count();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let mut count = digits(at);
        let mut lines = 1;
        at += count;
        loop {
            if count >= MIN_RUN {
                out.push(at - count..at);
            }
            if count < MIN_LINE {
                break;
            }
            let rest = text.get(at..).unwrap_or_default();
            let blanks =
                rest.iter().take(8).take_while(|b| matches!(b, b'\r' | b'\n' | b' ' | b'\t')).count();
            if !rest.get(..blanks).unwrap_or_default().contains(&b'\n') {
                break;
            }
            count = digits(at + blanks);
            if count == 0 {
                break;
            }
            lines += 1;
            at += blanks + count;
        }
        if lines > 1 {
            out.push(start..at);
        }
        at = at.max(start + 1);
    }
    out
}

/// Decodes every run in every way, and keeps what is worth a search.
pub(super) fn open(text: &[u8], is_worth: impl Fn(&[u8]) -> bool) -> Opened {
    let mut opened = Opened::default();
    let mut sextets = vec![];
    for run in runs(text) {
        let sent = text.get(run.clone()).unwrap_or_default();
        sextets.clear();
        sextets.extend(sent.iter().map(|b| SEXTETS[usize::from(*b)]).filter(|sextet| *sextet != NO_DIGIT));
        let is_hexadecimal = sent.iter().all(|b| b.is_ascii_hexdigit() || b.is_ascii_whitespace());
        for code in CODES {
            let start = opened.bytes.len();
            match code {
                Code::Hexadecimal(_) if !is_hexadecimal => continue,
                Code::Hexadecimal(skip) => opened.bytes.extend(decode_hexadecimal(sent, skip)),
                Code::Base64(skip) => {
                    decode_base64(sextets.get(skip..).unwrap_or_default(), &mut opened.bytes);
                }
            }
            let place = start..opened.bytes.len();
            if is_worth(opened.bytes.get(place.clone()).unwrap_or_default()) {
                // Neither a part of a word nor of an address.
                opened.bytes.push(1);
                opened.runs.push(Decoded { run: run.clone(), place, code });
            } else {
                opened.bytes.truncate(start);
            }
        }
    }
    opened
}

fn decode_base64(sextets: &[u8], out: &mut Vec<u8>) {
    for group in sextets.chunks(4) {
        let digit = |index: usize| u32::from(group.get(index).copied().unwrap_or_default());
        let [_, bytes @ ..] = (digit(0) << 18 | digit(1) << 12 | digit(2) << 6 | digit(3)).to_be_bytes();
        // What is left of an incomplete group of two or three characters are one or two bytes.
        out.extend_from_slice(bytes.get(..group.len() - 1).unwrap_or_default());
    }
}

/// Where the digit with this number stands.
fn place_of(run: &[u8], number: usize) -> usize {
    let mut digits = run.iter().enumerate().filter(|(_, b)| is_digit(**b));
    digits.nth(number).map_or(run.len(), |(at, _)| at)
}

fn decode_hexadecimal(run: &[u8], skip: usize) -> Vec<u8> {
    let mut high = None;
    let mut out = Vec::with_capacity(run.len() / 2);
    for digit in run.iter().filter_map(|b| char::from(*b).to_digit(16)).skip(skip) {
        let digit = u8::try_from(digit).unwrap_or_default();
        match high.take() {
            None => high = Some(digit),
            Some(high) => out.push(high << 4 | digit),
        }
    }
    out
}

impl Decoded {
    /// The run with other bytes in it, in the same alphabet and folded where the old one was; what stands before the
    /// first change stays.
    pub fn close(&self, text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
        let run = text.get(self.run.clone()).unwrap_or_default();
        let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let (skip, group, characters) = match self.code {
            Code::Base64(skip) => (skip, 3, 4),
            Code::Hexadecimal(skip) => (skip, 1, 2),
        };
        let groups = same / group;
        let changed = new.get(groups * group..).unwrap_or_default();
        let fold = run.iter().position(|b| *b == b'\n').map(|at| {
            let start = at - usize::from(at > 0 && run.get(at - 1) == Some(&b'\r'));
            let rest = run.get(start..).unwrap_or_default();
            let length = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            rest.get(..length).unwrap_or_default()
        });
        let encoded = match self.code {
            Code::Hexadecimal(_) => super::forms::hex(changed),
            // In a URL the characters of the standard alphabet would mean something else.
            Code::Base64(_) if fold.is_some() || run.iter().any(|b| matches!(b, b'+' | b'/')) => {
                STANDARD_NO_PAD.encode(changed)
            }
            Code::Base64(_) => URL_SAFE_NO_PAD.encode(changed),
        };
        let kept = place_of(run, skip + groups * characters);
        let mut out = run.get(..kept).unwrap_or_default().to_vec();
        match fold {
            None => out.extend_from_slice(encoded.as_bytes()),
            Some(fold) => {
                for (index, line) in encoded.as_bytes().chunks(64).enumerate() {
                    if index > 0 {
                        out.extend_from_slice(fold);
                    }
                    out.extend_from_slice(line);
                }
            }
        }
        if self.with_padding(text).end > self.run.end {
            out.extend(std::iter::repeat_n(b'=', (4 - encoded.len() % 4) % 4));
        }
        out
    }

    /// The run and the padding behind it, which fits no longer.
    pub fn with_padding(&self, text: &[u8]) -> Range<usize> {
        let rest = text.get(self.run.end..).unwrap_or_default();
        let padding = rest.iter().take(2).take_while(|b| **b == b'=').count();
        match self.code {
            Code::Base64(_) => self.run.start..self.run.end + padding,
            Code::Hexadecimal(_) => self.run.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str, old: &str, new: &str) -> Option<String> {
        let opened = open(text.as_bytes(), |_| true);
        let found = |run: &&Decoded| memchr::memmem::find(&opened.bytes[run.place.clone()], old.as_bytes());
        let run = opened.runs.iter().find(|run| found(run).is_some())?;
        let decoded = &opened.bytes[run.place.clone()];
        let at = found(&run)?;
        let changed = [&decoded[..at], new.as_bytes(), &decoded[at + old.len()..]].concat();
        let place = run.with_padding(text.as_bytes());
        let closed = run.close(text.as_bytes(), decoded, &changed);
        Some(format!(
            "{}{}{}",
            &text[..place.start],
            String::from_utf8(closed).expect("text"),
            &text[place.end..]
        ))
    }

    #[test]
    fn a_run_is_closed_as_it_was_opened() {
        for (text, expected) in [
            ("X: aGVsbG8gd29ybGQsIGhlb\r\n GxvIHBldGVyIQ==", "X: aGVsbG8gd29ybGQsIGhlb\r\n GxvIG1hcmlhIQ=="),
            ("u=aGVsbG8gcGV0ZXI=&x", "u=aGVsbG8gbWFyaWE=&x"),
            ("x 68656c6c6f207065746572 y", "x 68656c6c6f206d61726961 y"),
            ("/ab/aGVsbG8gcGV0ZXI", "/ab/aGVsbG8gbWFyaWE"),
            ("X: aGVsbG8gd29ybGQsIGhl\r\n bGxvIHBldGVyIQ==", "X: aGVsbG8gd29ybGQsIGhl\r\n bGxvIG1hcmlhIQ=="),
        ] {
            assert_eq!(rewritten(text, "peter", "maria").as_deref(), Some(expected), "{text}");
        }
    }
}
