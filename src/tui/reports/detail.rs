//! One report, part by part: what is shown, where in it, and what is searched for.

use super::find::Folded;
use crate::jobs::desk::{self, DetailPart};
use crate::model::ReportId;
use crate::text::{Showable, defang, fit, showable, showable_lines};
use std::ops::Range;

/// State of the detail.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Detail {
    /// It is shown.
    pub shown: bool,
    /// The report that was asked for.
    pub wanted: Option<ReportId>,
    /// The report that is there.
    pub report: Option<Box<desk::Detail>>,
    /// The part that is shown.
    pub part: usize,
    /// The first line.
    pub top: usize,
    /// Columns and lines that fit.
    pub size: (usize, usize),
    /// URLs are shown as they are.
    pub revealed: bool,
    /// What is searched for.
    pub search: String,
    /// Lines that hold it, and at which of them the person is.
    hits: Vec<usize>,
    hit: Option<usize>,
    /// The part at hand as it is shown. A part may have a megabyte, too much to be made anew for every frame.
    lines: Vec<Shown>,
}

/// A line as it is shown: a name before it, perhaps, and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Empty where the line has no name.
    pub name: Showable,
    /// One line that fits.
    pub text: Showable,
}

/// A line before it is broken.
struct Whole {
    /// Empty where the line has no name.
    name: Showable,
    text: Showable,
    /// Columns for each of its pieces.
    room: usize,
}

/// Columns of the names before values.
pub const NAMES: usize = 18;

impl Detail {
    /// The lines of the part at hand, broken to the width.
    pub fn lines(&self) -> &[Shown] {
        &self.lines
    }

    /// Columns and lines that fit are these from now on.
    pub fn resize(&mut self, size: (usize, usize)) {
        let is_wide_as_before = self.size.0 == size.0;
        self.size = size;
        if !is_wide_as_before {
            self.lay_out();
        }
    }

    /// The part at hand holds URLs that can be revealed.
    pub fn can_reveal(&self) -> bool {
        let part = self.report.as_ref().and_then(|report| report.parts.get(self.part));
        part.is_some_and(|part| part.defang)
    }

    /// Shows URLs as they are, or defanged again.
    pub fn reveal(&mut self) {
        self.revealed = !self.revealed;
        self.lay_out();
    }

    /// There is no report.
    pub fn forget(&mut self) {
        self.report = None;
        self.lay_out();
    }

    fn lay_out(&mut self) {
        self.lines = self.laid_out();
        self.step(0);
        self.find();
    }

    /// Searches for this from now on.
    pub fn search_for(&mut self, text: String) {
        self.search = text;
        self.find();
    }

    /// Lines on which something begins that is searched for: in names as in values, across the breaks that the width
    /// makes, and whether a URL is written as it is or as it is shown.
    fn find(&mut self) {
        let wanted = Folded::of(&self.search);
        (self.hits, self.hit) = (vec![], None);
        if wanted.is_empty() || self.lines.is_empty() {
            return;
        }
        let mut hits = vec![];
        let mut first = 0;
        for whole in self.whole_lines() {
            if Folded::of(whole.name.as_str()).places(&wanted).next().is_some() {
                hits.push(first);
            }
            let pieces = pieces(whole.text.as_str(), whole.room);
            let folded = Folded::of(whole.text.as_str());
            let mut places = folded.places(&wanted).peekable();
            for (number, piece) in pieces.iter().enumerate() {
                while places.next_if(|place| *place < piece.end).is_some() {
                    hits.push(first + number);
                }
            }
            first += pieces.len();
        }
        hits.dedup();
        self.hits = hits;
    }

    /// The line that was gone to and how many there are in all, both counted from 1.
    pub fn hit_of(&self) -> Option<(usize, usize)> {
        self.hit.map(|at| (at + 1, self.hits.len()))
    }

    /// Lines that hold what is searched for.
    pub fn is_hit(&self, line: usize) -> bool {
        self.hits.binary_search(&line).is_ok()
    }

    fn laid_out(&self) -> Vec<Shown> {
        let mut lines = vec![];
        for Whole { mut name, text, room } in self.whole_lines() {
            for piece in broken(text.as_str(), room) {
                lines.push(Shown { name: std::mem::take(&mut name), text: showable(piece) });
            }
        }
        lines
    }

    /// The lines of the part at hand before they are broken.
    fn whole_lines(&self) -> Vec<Whole> {
        /// On a narrower screen nothing is shown, and a megabyte one sign wide would be a hundred.
        const LEAST: usize = 20;
        let part = self.report.as_ref().and_then(|report| report.parts.get(self.part));
        let Some(part) = part.filter(|_| self.size.0 > 0) else { return vec![] };
        let width = self.size.0.max(LEAST);
        let mut lines = vec![];
        for (name, value) in &part.lines {
            let room = if name.is_empty() { width } else { width.saturating_sub(NAMES + 1).max(8) };
            let mut name = showable(name);
            for line in self.value(part, value).as_str().split('\n') {
                lines.push(Whole { name: std::mem::take(&mut name), text: showable(line), room });
            }
        }
        lines
    }

    /// A value as it may be seen.
    fn value(&self, part: &DetailPart, value: &str) -> Showable {
        if part.defang && !self.revealed { showable_lines(&defanged(value)) } else { showable_lines(value) }
    }

    /// The part at hand with whole lines.
    pub fn text(&self) -> Option<String> {
        let part = self.report.as_ref()?.parts.get(self.part)?;
        let mut text = String::new();
        for (name, value) in &part.lines {
            let value = self.value(part, value);
            let name = showable(name);
            for (number, line) in value.as_str().split('\n').enumerate() {
                match (name.as_str(), number) {
                    ("", _) => {}
                    (name, 0) => text.push_str(&format!("{} ", fit(name, NAMES))),
                    _ => text.push_str(&" ".repeat(NAMES + 1)),
                }
                text.push_str(line);
                text.push('\n');
            }
        }
        Some(text)
    }

    /// Scrolls by so many lines.
    pub fn step(&mut self, by: isize) {
        let last = self.lines().len().saturating_sub(self.size.1.max(1));
        self.top = self.top.saturating_add_signed(by).min(last);
    }

    /// Another part, round and round.
    pub fn turn(&mut self, forwards: bool) {
        let count = self.report.as_ref().map_or(0, |report| report.parts.len());
        if count > 0 {
            self.part = if forwards { (self.part + 1) % count } else { (self.part + count - 1) % count };
            self.top = 0;
            self.lay_out();
        }
    }

    /// A report is there; the same part of it is shown, where it has one.
    pub fn arrived(&mut self, report: Box<desk::Detail>) {
        let same = self.report.as_ref().is_some_and(|before| before.row.id == report.row.id);
        if !same {
            self.top = 0;
            // Who wanted to see the URLs of one report did not ask for those of the next.
            self.revealed = false;
        }
        self.part = self.part.min(report.parts.len().saturating_sub(1));
        self.report = Some(report);
        self.lay_out();
    }

    /// To the next line that holds what is searched for, or the one before; whether there is one.
    pub fn hit(&mut self, forwards: bool) -> bool {
        let count = self.hits.len();
        if count == 0 {
            return false;
        }
        let next = match (self.hit, forwards) {
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
            // From what is seen on.
            (None, true) => self.hits.partition_point(|line| *line < self.top) % count,
            (None, false) => (self.hits.partition_point(|line| *line < self.top) + count - 1) % count,
        };
        self.hit = Some(next);
        self.top = self.hits.get(next).copied().unwrap_or(self.top);
        true
    }
}

/// Every URL in a text defanged, whatever stands around it: from its scheme, or `www.`, to a sign that no URL has, or
/// to the next one. Linear in the text.
pub fn defanged(text: &str) -> String {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '[' | ']' | '(' | ')' | '{' | '}')
    };
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    let starts = url_starts(text);
    for (number, start) in starts.iter().copied().enumerate() {
        let next = starts.get(number + 1).copied().unwrap_or(text.len());
        let piece = text.get(start..next).unwrap_or_default();
        let mut end = piece.find(ends).unwrap_or(piece.len());
        // A host in brackets: `http://[2001:db8::1]/`.
        if piece[..end].ends_with("://") && piece[end..].starts_with('[') {
            let close = piece[end..].find(']').map_or(piece.len(), |at| end + at + 1);
            end = piece[close..].find(ends).map_or(piece.len(), |at| close + at);
        }
        out.push_str(text.get(done..start).unwrap_or_default());
        out.push_str(&defang(&piece[..end]));
        done = start + end;
    }
    out + text.get(done..).unwrap_or_default()
}

/// Where URLs begin: at the letters before `://`, or at a `www.` that begins a word.
fn url_starts(text: &str) -> Vec<usize> {
    /// No scheme has more letters.
    const LONGEST_SCHEME: usize = 32;
    let schemes = text.match_indices("://").filter_map(|(at, _)| {
        let before = text[..at].bytes().rev().take(LONGEST_SCHEME);
        let letters = before.take_while(|b| b.is_ascii_alphanumeric() || b"+-".contains(b)).count();
        (letters > 0).then(|| at - letters)
    });
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '@');
    let bare = text.match_indices("www.").map(|(at, _)| at).filter(|at| !text[..*at].ends_with(inside));
    let mut starts: Vec<usize> = schemes.chain(bare).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// A line in pieces that fit; at blanks where there are some.
pub fn broken(line: &str, width: usize) -> Vec<&str> {
    let pieces = pieces(line, width).into_iter();
    pieces.map(|piece| line.get(piece).unwrap_or_default().trim_end()).collect()
}

/// Where they lie, each with the blanks behind it. Linear in the line.
fn pieces(line: &str, width: usize) -> Vec<Range<usize>> {
    let mut pieces = vec![];
    let mut start = 0;
    while let Some(rest) = line.get(start..).filter(|rest| !rest.is_empty()) {
        let mut used = 0;
        let mut end = rest.len();
        let mut blank = None;
        for (at, letter) in unicode_segmentation::UnicodeSegmentation::grapheme_indices(rest, true) {
            used += crate::text::width(letter);
            if used > width && at > 0 {
                end = blank.unwrap_or(at);
                break;
            }
            if letter == " " {
                blank = Some(at + 1);
            }
        }
        pieces.push(start..start + end);
        start += end;
    }
    if pieces.is_empty() {
        pieces.push(0..0);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_lose_nothing_but_those() {
        assert_eq!(broken("one two three", 8), ["one two", "three"]);
        assert_eq!(broken("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(broken("帐户已被锁定", 5), ["帐户", "已被", "锁定"]);
        assert_eq!(broken("", 5), [""]);
        assert_eq!(broken("帐", 1), ["帐"], "what cannot fit is still shown");
    }

    #[test]
    fn urls_in_text_are_defanged() {
        let text = defanged("see http://evil.example/a b www.x.example\nend");
        assert!(!text.contains("http://evil.example") && text.ends_with("end"), "{text}");
        for text in [
            "here [https://evil.example/a] and (http://evil.example), <a href=\"http://evil.example\">",
            "x=http://evil.example;http://evil.example http://[2001:db8::1]/a ://x www.evil.example",
        ] {
            let shown = defanged(text);
            assert!(!shown.contains("http://") && !shown.contains("https://"), "{shown}");
            assert!(!shown.contains("evil.example"), "{shown}");
        }
    }
}
