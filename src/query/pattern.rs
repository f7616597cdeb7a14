//! One text to look for: plain, with wildcards, or a regular expression; and the folding that makes letter case
//! irrelevant. Knows nothing of where texts are kept.

use super::field::Style;
use memchr::memmem;
use std::fmt;

/// Memory that one compiled regular expression may take.
const EXPRESSION_BYTES: usize = 1 << 20;
/// Nesting that one regular expression may have.
const EXPRESSION_DEPTH: u32 = 50;

/// The text as it is compared: lower case letter by letter (so that a part folds like the whole), control
/// characters as blanks.
pub fn fold(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    fold_into(text, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

/// [`fold`], appended to `out`.
pub fn fold_into(text: &str, out: &mut Vec<u8>) {
    fold_bytes(text, false, out);
}

/// [`fold`] for several values joined by TAB, which stays.
pub fn fold_values_into(text: &str, out: &mut Vec<u8>) {
    fold_bytes(text, true, out);
}

fn fold_bytes(text: &str, keep_tabs: bool, out: &mut Vec<u8>) {
    if text.is_ascii() {
        out.extend(text.bytes().map(|byte| match byte {
            b'\t' if keep_tabs => b'\t',
            0..=31 | 127 => b' ',
            _ => byte.to_ascii_lowercase(),
        }));
        return;
    }
    let mut buffer = [0; 4];
    for letter in text.chars() {
        if letter.is_control() {
            out.push(if keep_tabs && letter == '\t' { b'\t' } else { b' ' });
            continue;
        }
        for lower in letter.to_lowercase() {
            // A sigma at the end of a word has its own lower-case letter.
            let lower = if lower == 'ς' { 'σ' } else { lower };
            out.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes());
        }
    }
}

/// A text as typed and as compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    shown: String,
    folded: String,
}

impl Folded {
    /// Folds a text.
    pub fn new(text: &str) -> Folded {
        Folded { shown: text.to_owned(), folded: fold(text) }
    }

    /// As typed.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// As compared.
    pub fn bytes(&self) -> &[u8] {
        self.folded.as_bytes()
    }
}

/// A compiled regular expression; two are equal when their sources are.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    compiled: regex::bytes::Regex,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Expression {
    /// Compiles; the error is the place in characters, where known, and a sentence.
    pub fn new(source: &str) -> Result<Expression, (usize, String)> {
        regex::bytes::RegexBuilder::new(source)
            .case_insensitive(true)
            .multi_line(true)
            .size_limit(EXPRESSION_BYTES)
            .nest_limit(EXPRESSION_DEPTH)
            .build()
            .map(|compiled| Expression { source: source.to_owned(), compiled })
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(limit) => {
                    (0, format!("the regular expression needs more than {limit} bytes; write a smaller one"))
                }
                other => explain(&other.to_string()),
            })
    }

    /// As typed, without the slashes.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// The crate's report is the expression, indented by four, a line with a caret, and `error: …`.
fn explain(report: &str) -> (usize, String) {
    let place = report
        .lines()
        .find(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty())
        .and_then(|line| line.find('^'))
        .map_or(0, |caret| caret.saturating_sub(4));
    let reason = report.lines().last().unwrap_or_default().trim_start_matches("error: ");
    (place, format!("the regular expression cannot be read: {reason}"))
}

/// One text to look for.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// Compared as the field's [`Style`] says.
    Plain(Folded),
    /// The pieces between the wildcards, at least two; an empty first or last piece leaves that end open.
    Glob(Vec<Folded>),
    /// Found anywhere in the text.
    Regex(Expression),
}

impl Pattern {
    /// Whether every value matches: `*`, written once or more often.
    pub fn takes_all(&self) -> bool {
        matches!(self, Pattern::Glob(pieces) if pieces.iter().all(|piece| piece.bytes().is_empty()))
    }

    /// Whether one folded value matches. No value (an empty one) matches nothing.
    pub fn matches(&self, style: Style, value: &[u8]) -> bool {
        if value.is_empty() {
            return false;
        }
        match self {
            Pattern::Plain(text) => plain_matches(text.bytes(), style, value),
            Pattern::Glob(pieces) => glob_matches(pieces, value),
            Pattern::Regex(expression) => expression.compiled.is_match(value),
        }
    }

    /// Whether the whole text of a message matches; wildcards are anchored at the ends of a line.
    pub fn matches_text(&self, text: &str) -> bool {
        match self {
            Pattern::Glob(_) => text.lines().any(|line| self.matches(Style::Contains, fold(line).as_bytes())),
            Pattern::Regex(expression) => expression.compiled.is_match(text.as_bytes()),
            Pattern::Plain(plain) => memmem::find(fold(text).as_bytes(), plain.bytes()).is_some(),
        }
    }

    /// A text that every matching value contains: the quick first look of a scan.
    pub fn essence(&self) -> Option<&[u8]> {
        match self {
            Pattern::Plain(text) => Some(text.bytes()),
            Pattern::Glob(pieces) => {
                pieces.iter().map(Folded::bytes).max_by_key(|piece| piece.len()).filter(|p| !p.is_empty())
            }
            Pattern::Regex(_) => None,
        }
    }

    /// Whatever contains a match of this contains the other one, which is a plain text.
    pub(super) fn holds(&self, other: &Pattern) -> bool {
        let Pattern::Plain(other) = other else { return false };
        let pieces = match self {
            Pattern::Plain(text) => std::slice::from_ref(text),
            Pattern::Glob(pieces) => pieces.as_slice(),
            Pattern::Regex(_) => &[],
        };
        pieces.iter().any(|piece| memmem::find(piece.bytes(), other.bytes()).is_some())
    }

    /// The text that the values have to end with, when nothing else is asked of them.
    pub fn only_suffix(&self) -> Option<&[u8]> {
        match self {
            Pattern::Glob(pieces) => match pieces.as_slice() {
                [open, end] if open.bytes().is_empty() && !end.bytes().is_empty() => Some(end.bytes()),
                _ => None,
            },
            _ => None,
        }
    }
}

fn plain_matches(plain: &[u8], style: Style, value: &[u8]) -> bool {
    match style {
        Style::Contains => memmem::find(value, plain).is_some(),
        Style::Name => value == plain,
        Style::Domain => {
            value.strip_suffix(plain).is_some_and(|before| before.is_empty() || before.ends_with(b"."))
        }
        Style::Reporter => {
            let domain = plain.strip_prefix(b"@").unwrap_or(plain);
            value == plain || value.strip_suffix(domain).is_some_and(|before| before.ends_with(b"@"))
        }
        Style::List => {
            value.strip_prefix(plain).is_some_and(|after| after.is_empty() || after.starts_with(b":"))
        }
    }
}

/// Leftmost matches of the middle pieces suffice, so this is linear for any pattern.
fn glob_matches(pieces: &[Folded], value: &[u8]) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = value.strip_prefix(first.bytes()) else { return false };
    for piece in middle {
        match memmem::find(rest, piece.bytes()) {
            Some(at) => rest = rest.get(at + piece.bytes().len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last.bytes())
}

impl fmt::Display for Pattern {
    /// Without quotes; the caller knows whether they are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Plain(text) => f.write_str(&escape(text.shown())),
            Pattern::Glob(pieces) => {
                let pieces: Vec<String> = pieces.iter().map(|piece| escape(piece.shown())).collect();
                f.write_str(&pieces.join("*"))
            }
            Pattern::Regex(expression) => write!(f, "/{}/", expression.source()),
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '"' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
