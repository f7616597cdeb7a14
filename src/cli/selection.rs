//! Queries as the command line gives them: several words, whose quotes the shell has taken away.

use super::failure::Failure;
use crate::query::{Field, Style};
use std::ffi::OsString;

/// `[QUERY]…`
#[derive(Debug, Clone, Default, clap::Args)]
pub struct QueryArgs {
    /// Which reports, such as: since:2d "wire transfer"
    #[arg(value_name = "QUERY")]
    words: Vec<String>,
}

/// `QUERY…`, for commands that change what they name.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RequiredQueryArgs {
    /// Which reports, such as: id:4711, or since:2d is:marked
    #[arg(value_name = "QUERY", required = true)]
    words: Vec<String>,
}

impl QueryArgs {
    /// The query's text; empty for all reports.
    pub fn text(&self) -> String {
        join(&self.words)
    }
}

impl RequiredQueryArgs {
    /// The query's text. An empty one would mean everything, which nobody changes by an unset variable.
    pub fn text(&self) -> Result<String, Failure> {
        let text = join(&self.words);
        if text.trim().is_empty() {
            return Err(Failure::usage(
                "the query is empty; say which reports, such as id:4711 or is:marked",
            ));
        }
        Ok(text)
    }
}

/// The arguments with every `-field:value` before a `--` as `NOT field:value`, so that it is not taken for options.
pub fn denials_spelled_out(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut spelled = vec![];
    let mut are_options = true;
    for argument in arguments {
        are_options &= argument != "--";
        let denied = argument.to_str().filter(|_| are_options).and_then(|text| text.strip_prefix('-'));
        match denied
            .filter(|term| term.split_once(':').is_some_and(|(name, _)| Field::from_name(name).is_some()))
        {
            Some(term) => spelled.extend(["NOT".into(), term.into()]),
            None => spelled.push(argument),
        }
    }
    spelled
}

/// One argument is the query as it stands. Of several, one with blanks was quoted by its writer: the quotes are put
/// back, so that `list since:2d "wire transfer"` and `list since:2d subject:"wire transfer"` mean what they say. One
/// with operators or several fields is a piece of query.
fn join(words: &[String]) -> String {
    if let [query] = words {
        return query.clone();
    }
    words.iter().map(|word| requote(word)).collect::<Vec<_>>().join(" ")
}

fn requote(word: &str) -> String {
    let is_operator = |piece: &str| matches!(piece, "OR" | "AND" | "NOT") || piece.starts_with('-');
    if !word.trim().contains(char::is_whitespace)
        || word.contains(['"', '(', ')', ','])
        || word.contains(":/")
        || word.split_whitespace().any(is_operator)
    {
        return word.to_owned();
    }
    match word.split_once(':') {
        None => format!("\"{word}\""),
        Some((name, value)) if holds_text(name) && !value.contains(':') => format!("{name}:\"{value}\""),
        Some(_) => word.to_owned(),
    }
}

/// A field in whose value blanks may stand.
fn holds_text(name: &str) -> bool {
    Field::from_name(name).and_then(Field::style) == Some(Style::Contains)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_term_is_no_option_and_an_option_is_no_term() {
        let spelled = |words: &[&str]| -> Vec<String> {
            let words = words.iter().map(OsString::from);
            denials_spelled_out(words).into_iter().map(|w| w.into_string().unwrap()).collect()
        };
        assert_eq!(spelled(&["list", "-v", "-host:a b", "-q"]), ["list", "-v", "NOT", "host:a b", "-q"]);
        assert_eq!(spelled(&["list", "--", "-kind:bounce"]), ["list", "--", "-kind:bounce"]);
        assert_eq!(spelled(&["-nofield:x", "--sort"]), ["-nofield:x", "--sort"]);
    }

    #[test]
    fn quotes_that_the_shell_took_away_come_back() {
        for (words, query) in [
            (&["since:2d \"wire transfer\""][..], "since:2d \"wire transfer\""),
            (&["since:2d", "wire transfer"], "since:2d \"wire transfer\""),
            (&["since:2d", "subject:wire transfer"], "since:2d subject:\"wire transfer\""),
            (&["since:2d", "kind:normal since:1d"], "since:2d kind:normal since:1d"),
            (&["a", "(b OR c)"], "a (b OR c)"),
            (&["a", "b"], "a b"),
            (&["since:2d", "invoice OR parcel"], "since:2d invoice OR parcel"),
            (&["since:2d wire", "kind:normal"], "since:2d wire kind:normal"),
            (&["wire transfer"], "wire transfer"),
            (&[], ""),
        ] {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            assert_eq!(join(&words), query);
        }
    }
}
