//! What is wrong with a configuration, in sentences that name the place, the key and what would be right.
//! Never quotes a line of the file: it may hold a password.

use super::location::{key_at, line_and_column};
use std::path::Path;
use toml::Spanned;
use toml::de::DeTable;

/// A wrong configuration: one sentence for each thing that is wrong, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct Error {
    /// The sentences.
    pub problems: Vec<String>,
}

impl Error {
    /// A single sentence.
    pub fn one(sentence: impl Into<String>) -> Error {
        Error { problems: vec![sentence.into()] }
    }

    /// What the TOML reader found wrong, in our words where they help more than its own.
    pub(super) fn from_toml(path: &Path, text: &str, error: &toml::de::Error) -> Error {
        let span = error.span().unwrap_or(0..0);
        let root = DeTable::parse(text).ok();
        let key = root.as_ref().and_then(|root| key_at(root, &span));
        let sentence = match Unknown::of(error.message()) {
            Some(unknown) => unknown.sentence(key.as_deref(), root.as_ref()),
            None => {
                let message = error.message().lines().collect::<Vec<_>>().join(", ");
                key.map_or(message.clone(), |key| format!("key '{key}': {message}"))
            }
        };
        Error::one(at(path, text, span.start, &sentence))
    }
}

/// `path:line:column: sentence`
pub(super) fn at(path: &Path, text: &str, offset: usize, sentence: &str) -> String {
    let (line, column) = line_and_column(text, offset);
    format!("{}:{line}:{column}: {sentence}", path.display())
}

/// A name that serde does not know, and those that it would have taken; it tells them only in its message.
struct Unknown<'m> {
    is_key: bool,
    name: &'m str,
    known: Vec<&'m str>,
}

impl<'m> Unknown<'m> {
    fn of(message: &'m str) -> Option<Unknown<'m>> {
        let (is_key, rest) = match message.strip_prefix("unknown field `") {
            Some(rest) => (true, rest),
            None => (false, message.strip_prefix("unknown variant `")?),
        };
        // From the right, because the unknown name may hold anything, a backtick included.
        let (name, known) = rest.rsplit_once("`, expected ")?;
        Some(Unknown { is_key, name, known: known.split('`').skip(1).step_by(2).collect() })
    }

    fn sentence(&self, key: Option<&str>, root: Option<&Spanned<DeTable<'_>>>) -> String {
        let near = nearest(self.name, self.known.iter().copied());
        let Unknown { name, known, .. } = self;
        let name: String = name.chars().flat_map(char::escape_debug).collect();
        if !self.is_key {
            let key = key.unwrap_or("?");
            let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            return format!("key '{key}': '{name}' is not one of {}{hint}", known.join(", "));
        }
        let table = key.and_then(|key| key.rsplit_once('.')).map(|(table, _)| table);
        let place = table.map_or("at the top of the file".to_owned(), |table| format!("in [{table}]"));
        match near {
            Some(near) => format!("key '{name}' is not known {place}; did you mean '{near}'?"),
            None => {
                let elsewhere = root.is_some().then(|| table_with(self.name)).flatten();
                let hint = elsewhere.map_or(format!("known are {}", known.join(", ")), |table| {
                    format!("it belongs into [{table}]")
                });
                format!("key '{name}' is not known {place}; {hint}")
            }
        }
    }
}

/// The known name that a person most probably meant; `None` when none is near.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name, candidate), candidate))
        // A third of the letters may be wrong: `serverz` is near `servers`, `host` is not near `port`.
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(3) / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The table in which a key of this name is known, when there is just one.
fn table_with(name: &str) -> Option<&'static str> {
    let mut tables = super::template::keys().iter().filter(|(table, key)| !table.is_empty() && key == name);
    let (table, _) = tables.next()?;
    tables.next().is_none().then_some(table.as_str())
}
