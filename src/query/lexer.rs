//! Walks a query letter by letter: values in quotes, between slashes, or plain. Knows no fields.

use super::error::QueryError;
use super::pattern::{Expression, Folded, Pattern};

/// A place in the query.
pub(super) struct Cursor<'a> {
    query: &'a str,
    letters: Vec<char>,
    pub(super) column: usize,
}

/// A value as it was written.
pub(super) struct Written {
    /// The pieces between unescaped wildcards; one piece has none.
    pub(super) pieces: Vec<String>,
    pub(super) quoted: bool,
}

impl Written {
    /// The text with its wildcards, for fields that know none.
    pub(super) fn text(&self) -> String {
        self.pieces.join("*")
    }

    pub(super) fn pattern(&self) -> Pattern {
        match self.pieces.as_slice() {
            [plain] => Pattern::Plain(Folded::new(plain)),
            [first, middle @ .., last] => {
                let middle = middle.iter().filter(|piece| !piece.is_empty());
                let pieces = std::iter::once(first).chain(middle).chain(std::iter::once(last));
                Pattern::Glob(pieces.map(|piece| Folded::new(piece)).collect())
            }
            [] => Pattern::Plain(Folded::new("")),
        }
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn new(query: &'a str) -> Cursor<'a> {
        Cursor { query, letters: query.chars().collect(), column: 0 }
    }

    pub(super) fn length(&self) -> usize {
        self.letters.len()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.letters.get(self.column).copied()
    }

    pub(super) fn peek_after(&self, distance: usize) -> Option<char> {
        self.letters.get(self.column + distance).copied()
    }

    pub(super) fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        self.column += usize::from(found);
        found
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.column += 1;
        }
    }

    /// `AND`, `OR`, `NOT` standing alone, in capitals: in small letters they are words of a subject.
    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let length = keyword.len();
        let stands = keyword.chars().enumerate().all(|(i, letter)| self.peek_after(i) == Some(letter));
        let alone =
            self.peek_after(length).is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')'));
        if stands && alone {
            self.column += length;
        }
        stands && alone
    }

    /// The ASCII letters before a colon.
    pub(super) fn take_field(&mut self) -> Option<String> {
        let name: String =
            self.letters.get(self.column..)?.iter().take_while(|l| l.is_ascii_alphabetic()).collect();
        if name.is_empty() || self.peek_after(name.len()) != Some(':') {
            return None;
        }
        self.column += name.len() + 1;
        Some(name)
    }

    /// This name, in any letter case, and a colon stand here.
    pub(super) fn is_before_field(&self, name: &str) -> bool {
        let mut letters = name.chars().enumerate();
        letters.all(|(at, letter)| self.peek_after(at).is_some_and(|here| here.eq_ignore_ascii_case(&letter)))
            && self.peek_after(name.len()) == Some(':')
    }

    pub(super) fn error(&self, column: usize, message: impl Into<String>) -> QueryError {
        QueryError { query: self.query.to_owned(), column, message: message.into(), nearest: None }
    }

    /// A quoted or plain value. Commas end a plain one when it is `one_of_many`.
    pub(super) fn value(&mut self, one_of_many: bool) -> Result<Written, QueryError> {
        let start = self.column;
        let quoted = self.take('"');
        let mut pieces = vec![String::new()];
        while let Some(letter) = self.peek() {
            let ends =
                letter.is_whitespace() || matches!(letter, '(' | ')') || (one_of_many && letter == ',');
            if if quoted { letter == '"' } else { ends } {
                break;
            }
            self.column += 1;
            match (letter, self.peek()) {
                ('*', _) => pieces.push(String::new()),
                ('\\', Some(next @ ('*' | '"' | '\\'))) => {
                    self.column += 1;
                    push(&mut pieces, next);
                }
                _ => push(&mut pieces, letter),
            }
        }
        if quoted && !self.take('"') {
            return Err(self.error(start, "expected a second quotation mark (\") that closes this one"));
        }
        if pieces.len() == 1 && pieces.iter().all(String::is_empty) {
            let what =
                if quoted { "expected a text between the quotation marks" } else { "expected a value" };
            return Err(self.error(start, what));
        }
        Ok(Written { pieces, quoted })
    }

    /// `/…/`, the cursor standing on the first slash; `\/` is a slash.
    pub(super) fn expression(&mut self) -> Result<Expression, QueryError> {
        let start = self.column;
        self.column += 1;
        let mut source = String::new();
        loop {
            match self.peek() {
                None => {
                    return Err(self.error(
                        start,
                        "expected a slash that closes the regular expression; quote a text that starts with a slash",
                    ));
                }
                Some('/') => break,
                Some('\\') => {
                    source.push('\\');
                    self.column += 1;
                    source.extend(self.peek());
                }
                Some(letter) => source.push(letter),
            }
            self.column += 1;
        }
        self.column += 1;
        if source.is_empty() {
            return Err(self.error(start, "expected a regular expression between the slashes"));
        }
        if self.peek().is_some_and(|next| !next.is_whitespace() && !matches!(next, ',' | '(' | ')')) {
            return Err(self.error(
                self.column,
                "the regular expression ends before this; quote a text that starts with a slash",
            ));
        }
        Expression::new(&source).map_err(|(place, message)| self.error(start + 1 + place, message))
    }
}

fn push(pieces: &mut [String], letter: char) {
    if let Some(last) = pieces.last_mut() {
        last.push(letter);
    }
}
