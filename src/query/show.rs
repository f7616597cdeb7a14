//! A filter as canonical text.

use super::field::Field;
use super::filter::{Filter, Term};
use super::parse::window_of;
use super::pattern::Pattern;
use super::value::Value;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Filter::All => Ok(()),
            Filter::Term(term) => term.fmt(f),
            Filter::Not(part) => {
                f.write_char('-')?;
                // `-days:2 ago:7` would deny the first alone.
                let two = matches!(window_of(part), Some((Some(_), Some(_))));
                part.nested(f, two || matches!(**part, Filter::And(_) | Filter::Or(_)))
            }
            Filter::And(parts) => {
                let windows = parts.iter().filter(|part| window_of(part).is_some()).count();
                join(f, parts, " ", |part| {
                    let second_window = windows > 1 && window_of(part).is_some();
                    second_window || matches!(part, Filter::And(_) | Filter::Or(_))
                })
            }
            Filter::Or(parts) => join(f, parts, " OR ", |part| matches!(part, Filter::Or(_))),
        }
    }
}

impl Filter {
    fn nested(&self, f: &mut Formatter<'_>, in_parentheses: bool) -> fmt::Result {
        match self {
            // Never parsed; every report has a number.
            Filter::All => f.write_str("id:0.."),
            _ if in_parentheses => write!(f, "({self})"),
            _ => self.fmt(f),
        }
    }
}

fn join(
    f: &mut Formatter<'_>,
    parts: &[Filter],
    between: &str,
    in_parentheses: impl Fn(&Filter) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        part.nested(f, in_parentheses(part))?;
    }
    Ok(())
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let (Field::Subject, [Value::Text(pattern)]) = (self.field, self.values.as_slice()) {
            return write_pattern(f, pattern, true);
        }
        // A window brings its own field names.
        if self.field != Field::Days {
            write!(f, "{}:", self.field)?;
        }
        for (i, value) in self.values.iter().enumerate() {
            if i > 0 {
                f.write_char(',')?;
            }
            match value {
                Value::Text(pattern) => write_pattern(f, pattern, false)?,
                other => other.fmt(f)?,
            }
        }
        Ok(())
    }
}

fn write_pattern(f: &mut Formatter<'_>, pattern: &Pattern, bare: bool) -> fmt::Result {
    let text = pattern.to_string();
    if matches!(pattern, Pattern::Regex(_)) {
        return f.write_str(&text);
    }
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')');
    let quoted = text.contains(separates)
        || text.starts_with('/')
        || text.eq_ignore_ascii_case("unknown")
        || (bare
            && (text.contains(':')
                || text.starts_with('-')
                || matches!(text.as_str(), "AND" | "OR" | "NOT")));
    if quoted { write!(f, "\"{text}\"") } else { f.write_str(&text) }
}
