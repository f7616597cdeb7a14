//! What is wrong with a query, where, and what would be right. Knows nothing of the grammar.

use unicode_width::UnicodeWidthStr;

/// A query that cannot be understood. Shown as two lines: the query, and a caret under the column with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}\n{}^ {message}{}", one_line(.query), " ".repeat(self.indent()), suggestion(.nearest))]
pub struct QueryError {
    /// The query as it was typed.
    pub query: String,
    /// Where, in characters from 0.
    pub column: usize,
    /// What was expected there.
    pub message: String,
    /// The right name that is nearest to what was typed.
    pub nearest: Option<String>,
}

impl QueryError {
    /// Terminal cells left of the column: letters of some scripts take two.
    fn indent(&self) -> usize {
        one_line(&self.query.chars().take(self.column).collect::<String>()).width()
    }
}

fn one_line(query: &str) -> String {
    query.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean '{name}'?")).unwrap_or_default()
}

/// The name most like `typed`, unless all are too far from it to be a slip of the fingers.
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    /// Jaro-Winkler similarity below which a suggestion puzzles more than it helps.
    const ENOUGH: f64 = 0.75;
    let typed = typed.to_lowercase();
    names
        .map(|name| (strsim::jaro_winkler(&typed, name), name))
        .filter(|(likeness, _)| *likeness >= ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}
