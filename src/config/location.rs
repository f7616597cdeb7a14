//! From a place in the text of a TOML document to the name of its key and back, so that every error can say both.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into the value of a key.
    Key(&'static str),
    /// Into the value of a key that the file names.
    Named(String),
    /// Into an item of an array.
    Item(usize),
}

impl Step {
    /// The key's name; items have none.
    pub fn name(&self) -> Option<&str> {
        match self {
            Step::Key(name) => Some(name),
            Step::Named(name) => Some(name),
            Step::Item(_) => None,
        }
    }
}

/// Line and column of a byte, both from 1; columns count characters.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let before = text.get(..offset).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The place of a value; where it is not written itself, that of the nearest table around it.
pub fn span_of(root: &Spanned<DeTable<'_>>, path: &[Step]) -> Range<usize> {
    let Some((first, rest)) = path.split_first() else { return root.span() };
    let Some((key, mut value)) = first.name().and_then(|first| entry(root.get_ref(), first)) else {
        return root.span();
    };
    let mut span = if rest.is_empty() { value.span() } else { key.span() };
    for step in rest {
        let next = match (step, value.get_ref()) {
            (Step::Item(index), DeValue::Array(items)) => items.get(*index),
            (step, DeValue::Table(table)) => {
                step.name().and_then(|key| entry(table, key)).map(|(_, value)| value)
            }
            _ => None,
        };
        let Some(next) = next else { break };
        value = next;
        span = value.span();
    }
    span
}

fn entry<'t, 'd>(
    table: &'t DeTable<'d>,
    name: &str,
) -> Option<(&'t Spanned<std::borrow::Cow<'d, str>>, &'t Spanned<DeValue<'d>>)> {
    table.iter().find(|(key, _)| key.get_ref() == name)
}

/// The dotted name of the key that a place belongs to, such as `feed.port`; items of arrays have no name.
pub fn key_at(root: &Spanned<DeTable<'_>>, place: &Range<usize>) -> Option<String> {
    let mut names = vec![];
    in_table(root.get_ref(), place, &mut names);
    (!names.is_empty()).then(|| names.join("."))
}

fn in_table(table: &DeTable<'_>, place: &Range<usize>, names: &mut Vec<String>) -> bool {
    table.iter().any(|(key, value)| {
        names.push(key.get_ref().to_string());
        let found = contains(&key.span(), place) || in_value(value, place, names);
        if !found {
            names.pop();
        }
        found
    })
}

/// A table may be written in several places of a document, so its span says little about what it holds.
fn in_value(value: &Spanned<DeValue<'_>>, place: &Range<usize>, names: &mut Vec<String>) -> bool {
    let inside = match value.get_ref() {
        DeValue::Table(table) => in_table(table, place, names),
        DeValue::Array(items) => items.iter().any(|item| in_value(item, place, names)),
        _ => false,
    };
    inside || contains(&value.span(), place)
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && !outer.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\n[own]\ndomains = [\"é\", \"x\"]\n[[feed]]\nname = \"n\"\n[[feed]]\nport = 5\n";

    fn line_of(path: &[Step]) -> usize {
        line_and_column(TEXT, span_of(&DeTable::parse(TEXT).expect("toml"), path).start).0
    }

    #[test]
    fn a_value_is_found_by_its_path_and_what_is_absent_by_the_table_around_it() {
        use Step::{Item, Key};
        assert_eq!(line_of(&[Key("own"), Key("domains"), Item(1)]), 3);
        assert_eq!(line_of(&[Key("feed"), Item(1), Key("port")]), 7);
        assert_eq!(line_of(&[Key("feed"), Item(1), Key("name")]), 6);
        assert_eq!(line_of(&[Key("dns"), Key("servers")]), 1);
    }

    #[test]
    fn a_place_names_its_key_and_columns_count_characters() {
        let root = DeTable::parse(TEXT).expect("toml");
        let x = TEXT.find("\"x\"").expect("x");
        assert_eq!(key_at(&root, &(x..x + 3)).as_deref(), Some("own.domains"));
        let five = TEXT.rfind('5').expect("5");
        assert_eq!(key_at(&root, &(five..five + 1)).as_deref(), Some("feed.port"));
        assert_eq!(line_and_column(TEXT, x), (3, 17));
        assert_eq!(line_and_column(TEXT, usize::MAX), (8, 1));
    }
}
