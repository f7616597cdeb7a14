//! The grammar. Hostile text is bounded in length and depth and never makes it panic.
//!
//! ```text
//! any  = all { "OR" all }
//! all  = one { [ "AND" ] one }
//! one  = ( "NOT" | "-" ) one | "(" any ")" | term
//! term = [ field ":" ] value { "," value }        (commas only behind a field)
//! ```

use super::error::{QueryError, nearest};
use super::field::Field;
use super::filter::{Filter, Term};
use super::lexer::Cursor;
use super::pattern::Pattern;
use super::time::{TimeForm, TimeRange};
use super::value::Value;
use crate::model::clock::Seconds;

/// Letters of the longest query.
const MOST_LETTERS: usize = 16_384;
/// Depth of parentheses and denials.
const MOST_DEPTH: usize = 64;
/// Regular expressions in one query: each may take a megabyte.
const MOST_EXPRESSIONS: usize = 16;

/// How deep views may name one another.
const MOST_VIEW_DEPTH: usize = 8;
/// Views opened in one query: two that name the next one twice, and so on, double at each step.
const MOST_VIEWS: usize = 100;

/// Reads a query as it is typed at `now`. `view:` stays as it is, as the query bar shows it.
pub fn parse(text: &str, now: Seconds) -> Result<Filter, QueryError> {
    Parser::new(text, now, None).whole()
}

/// As [`parse`], with what the saved views of these names and queries stand for in place of `view:`.
pub fn parse_with_views(text: &str, now: Seconds, views: &[(String, String)]) -> Result<Filter, QueryError> {
    Parser::new(text, now, Some(views)).whole()
}

/// The term that a pane or a cell stands for: one value of a field, taken literally, `unknown` for none.
pub(super) fn literal(field: Field, value: &str, now: Seconds) -> Result<Value, QueryError> {
    if value == "unknown" && can_be_unknown(field) {
        return Ok(Value::Unknown);
    }
    let cursor = Cursor::new(value);
    if value.is_empty() {
        return Err(cursor.error(0, "expected a value"));
    }
    match field.style() {
        Some(_) => Ok(Value::Text(Pattern::Plain(super::pattern::Folded::new(value)))),
        None => Value::typed(field, value, now)
            .map_err(|(message, nearest)| QueryError { nearest, ..cursor.error(0, message) }),
    }
}

/// Name fields whose values are single: `unknown` is no useful name in them.
fn can_be_unknown(field: Field) -> bool {
    use Field::*;
    matches!(field, Domain | Source | Reporter | Feed | Feedback | Auth | Agent | Subject)
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    now: Seconds,
    depth: usize,
    expressions: usize,
    /// Names and queries; `None` leaves `view:` as it is.
    views: Option<&'a [(String, String)]>,
    view_depth: usize,
    views_opened: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, now: Seconds, views: Option<&'a [(String, String)]>) -> Parser<'a> {
        let cursor = Cursor::new(text);
        Parser { cursor, now, depth: 0, expressions: 0, views, view_depth: 0, views_opened: 0 }
    }

    fn whole(&mut self) -> Result<Filter, QueryError> {
        let cursor = &mut self.cursor;
        if cursor.length() > MOST_LETTERS {
            return Err(cursor.error(MOST_LETTERS, format!("a query has at most {MOST_LETTERS} letters")));
        }
        cursor.skip_blanks();
        if cursor.peek().is_none() {
            return Ok(Filter::All);
        }
        let filter = self.any()?;
        match self.cursor.peek() {
            None => Ok(filter),
            Some(_) => {
                let column = self.cursor.column;
                Err(self.cursor.error(column, "this parenthesis closes none; quote it to look for it"))
            }
        }
    }

    /// What any of these views finds.
    fn views(&mut self, views: &'a [(String, String)]) -> Result<Filter, QueryError> {
        let mut parts = vec![];
        loop {
            let column = self.cursor.column;
            parts.push(self.view(views, column)?);
            if !self.cursor.take(',') {
                return Ok(joined(parts, Filter::Or));
            }
        }
    }

    fn view(&mut self, views: &'a [(String, String)], column: usize) -> Result<Filter, QueryError> {
        let name = self.cursor.value(true)?.text();
        let exact = views.iter().find(|(known, _)| *known == name);
        let Some((_, text)) =
            exact.or_else(|| views.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)))
        else {
            let nearest = nearest(&name, views.iter().map(|(known, _)| known.as_str()));
            let error = self.cursor.error(column, format!("there is no view '{name}'"));
            return Err(QueryError { nearest, ..error });
        };
        self.views_opened += 1;
        if self.view_depth >= MOST_VIEW_DEPTH || self.views_opened > MOST_VIEWS {
            let message = format!(
                "views may name one another {MOST_VIEW_DEPTH} deep, {MOST_VIEWS} in all; '{name}' is one more"
            );
            return Err(self.cursor.error(column, message));
        }
        let mut inner = Parser {
            expressions: self.expressions,
            depth: self.depth,
            view_depth: self.view_depth + 1,
            views_opened: self.views_opened,
            ..Parser::new(text, self.now, Some(views))
        };
        let filter = inner.whole();
        (self.expressions, self.views_opened) = (inner.expressions, inner.views_opened);
        filter.map_err(|error| {
            let message = match self.view_depth {
                0 => format!("in the view '{name}': {}", error.message),
                _ => error.message,
            };
            QueryError { nearest: error.nearest, ..self.cursor.error(column, message) }
        })
    }
    fn any(&mut self) -> Result<Filter, QueryError> {
        let mut parts = vec![self.all()?];
        while self.cursor.take_keyword("OR") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Filter::Or))
    }

    fn all(&mut self) -> Result<Filter, QueryError> {
        let mut parts: Vec<Filter> = vec![];
        let mut window = None;
        loop {
            self.cursor.skip_blanks();
            let start = self.cursor.column;
            let at_or = self.cursor.take_keyword("OR");
            self.cursor.column = start;
            if at_or || matches!(self.cursor.peek(), None | Some(')')) {
                break;
            }
            if !parts.is_empty() && self.cursor.take_keyword("AND") {
                self.cursor.skip_blanks();
                if matches!(self.cursor.peek(), None | Some(')')) {
                    return Err(self.cursor.error(self.cursor.column, "expected a term after AND"));
                }
            }
            let column = self.cursor.column;
            // What a view stands for is whole in itself.
            let stands_alone =
                self.cursor.peek() == Some('(') || self.cursor.is_before_field(Field::View.name());
            let part = self.one()?;
            let Some(here) = window_of(&part).filter(|_| !stands_alone) else {
                parts.push(part);
                continue;
            };
            match window.and_then(|at| parts.get_mut(at)) {
                None => {
                    window = Some(parts.len());
                    parts.push(part);
                }
                Some(earlier) => *earlier = self.merged_window(earlier, here, column)?,
            }
        }
        if parts.is_empty() {
            let column = self.cursor.column;
            return Err(self.cursor.error(column, "expected a word, a \"phrase\" or field:value"));
        }
        Ok(joined(parts, Filter::And))
    }

    fn one(&mut self) -> Result<Filter, QueryError> {
        self.cursor.skip_blanks();
        let start = self.cursor.column;
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self
                .cursor
                .error(start, format!("more than {MOST_DEPTH} parentheses and denials deep")));
        }
        let denied_by_sign = self.cursor.peek() == Some('-')
            && self.cursor.peek_after(1).is_some_and(|next| !next.is_whitespace());
        let filter = if denied_by_sign || self.cursor.take_keyword("NOT") {
            self.cursor.column += usize::from(denied_by_sign);
            Filter::Not(Box::new(self.one()?))
        } else if self.cursor.take('(') {
            let inner = self.any()?;
            if !self.cursor.take(')') {
                return Err(self.cursor.error(start, "expected a ')' that closes this parenthesis"));
            }
            inner
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn term(&mut self) -> Result<Filter, QueryError> {
        let start = self.cursor.column;
        let keyword = ["AND", "OR", "NOT"].into_iter().find(|word| self.cursor.take_keyword(word));
        if let Some(word) = keyword {
            return Err(self
                .cursor
                .error(start, format!("expected a term before {word}; quote it to look for the word")));
        }
        if self.cursor.peek().is_none_or(|next| next == ')') {
            return Err(self.cursor.error(start, "expected a word, a \"phrase\" or field:value"));
        }
        let Some(name) = self.cursor.take_field() else {
            let values = vec![self.value(Field::Subject, false)?];
            return Ok(Filter::Term(Term { field: Field::Subject, values }));
        };
        let Some(field) = Field::from_name(&name) else {
            let names = Field::ALL.iter().map(|field| field.name());
            let message = format!("there is no field '{name}'; quote the text to look for it in the subject");
            return Err(QueryError { nearest: nearest(&name, names), ..self.cursor.error(start, message) });
        };
        if let (Field::View, Some(views)) = (field, self.views) {
            return self.views(views);
        }
        let single = field.is_time() && field != Field::On;
        let mut values = vec![self.value(field, true)?];
        while self.cursor.take(',') {
            if single {
                let column = self.cursor.column - 1;
                return Err(self.cursor.error(column, format!("{field}: takes one value")));
            }
            let value = self.value(field, true)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let field = if field == Field::Ago { Field::Days } else { field };
        Ok(Filter::Term(Term { field, values }))
    }

    fn value(&mut self, field: Field, one_of_many: bool) -> Result<Value, QueryError> {
        let column = self.cursor.column;
        if self.cursor.peek() == Some('/') && field.style().is_some() {
            self.expressions += 1;
            if self.expressions > MOST_EXPRESSIONS {
                let message = format!("a query has at most {MOST_EXPRESSIONS} regular expressions");
                return Err(self.cursor.error(column, message));
            }
            return Ok(Value::Text(Pattern::Regex(self.cursor.expression()?)));
        }
        let written = self.cursor.value(one_of_many).map_err(|error| {
            let bare = error.message == "expected a value";
            let message = if bare { format!("expected a value for {field}:") } else { error.message.clone() };
            QueryError { message, ..error }
        })?;
        let follows = self.cursor.peek().filter(|_| written.quoted);
        if follows.is_some_and(|next| !next.is_whitespace() && !matches!(next, ',' | '(' | ')')) {
            return Err(self.cursor.error(self.cursor.column, "expected a blank after the quotation mark"));
        }
        if field.style().is_none() {
            return Value::typed(field, &written.text(), self.now)
                .map_err(|(message, nearest)| QueryError { nearest, ..self.cursor.error(column, message) });
        }
        let behind_colon = one_of_many && !written.quoted;
        if behind_colon && can_be_unknown(field) && written.text().eq_ignore_ascii_case("unknown") {
            return Ok(Value::Unknown);
        }
        Ok(Value::Text(written.pattern()))
    }

    /// `days:` and `ago:` side by side are one window; parentheses keep them apart.
    fn merged_window(&self, earlier: &Filter, here: Window, column: usize) -> Result<Filter, QueryError> {
        let range = match (window_of(earlier), here) {
            (Some((Some(days), None)), (None, Some(ago))) | (Some((None, Some(ago))), (Some(days), None)) => {
                TimeRange::window(Some(days), Some(ago), self.now)
            }
            _ => return Err(self.cursor.error(column, "days: or ago: stands here a second time")),
        };
        Ok(Filter::Term(Term { field: Field::Days, values: vec![Value::Time(range)] }))
    }
}

/// The numbers behind `days:` and `ago:`.
type Window = (Option<u32>, Option<u32>);

pub(super) fn window_of(filter: &Filter) -> Option<Window> {
    let Filter::Term(Term { field: Field::Days, values }) = filter else { return None };
    match values.as_slice() {
        [Value::Time(TimeRange { form: TimeForm::Window { days, ago }, .. })] => Some((*days, *ago)),
        _ => None,
    }
}

fn joined(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 { parts.swap_remove(0) } else { join(parts) }
}
