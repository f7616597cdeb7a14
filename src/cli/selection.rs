//! Queries as the command line gives them: several words, whose quotes the shell has taken away.

/// `[QUERY]…`
#[derive(Debug, Clone, Default, clap::Args)]
pub struct QueryArgs {
    /// Which reports, such as: since:2d "wire transfer"; all of them when left out
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
    /// The query's text.
    pub fn text(&self) -> String {
        join(&self.words)
    }
}

/// One argument is the query as it stands. Of several, one with blanks was quoted by its writer: the quotes are put
/// back, so that `list since:2d "wire transfer"` and `list since:2d subject:"wire transfer"` mean what they say.
fn join(words: &[String]) -> String {
    if let [query] = words {
        return query.clone();
    }
    words.iter().map(|word| requote(word)).collect::<Vec<_>>().join(" ")
}

fn requote(word: &str) -> String {
    if !word.contains(char::is_whitespace) || word.contains(['"', '(', ')']) || word.contains(":/") {
        return word.to_owned();
    }
    match word.split_once(':') {
        Some((field, value)) if is_field(field) && !value.contains(':') => format!("{field}:\"{value}\""),
        Some(_) => word.to_owned(),
        None => format!("\"{word}\""),
    }
}

fn is_field(text: &str) -> bool {
    let name = text.strip_prefix('-').unwrap_or(text);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_the_shell_took_away_come_back() {
        for (words, query) in [
            (&["since:2d \"wire transfer\""][..], "since:2d \"wire transfer\""),
            (&["since:2d", "wire transfer"], "since:2d \"wire transfer\""),
            (&["since:2d", "subject:wire transfer"], "since:2d subject:\"wire transfer\""),
            (&["since:2d", "kind:normal since:1d"], "since:2d kind:normal since:1d"),
            (&["a", "(b OR c)"], "a (b OR c)"),
            (&["a", "b"], "a b"),
            (&["wire transfer"], "wire transfer"),
            (&[], ""),
        ] {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            assert_eq!(join(&words), query);
        }
    }
}
