//! The text of a report with its `{{names}}`, built in or the user's own, checked before a report is made of it.
//! Knows what the names stand for and not their values.

use crate::arf::lint;

const BUILT_IN: &str = include_str!("../../../assets/report/report.txt");

/// A desk reads a screen, not a book.
const MAX_TEXT: usize = 64 * 1024;

/// What may stand between `{{` and `}}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder {
    /// Its name.
    pub name: &'static str,
    /// What it stands for.
    pub meaning: &'static str,
    /// It has a value in every report. The line of one without a value is left out.
    always: bool,
    /// Every text has it: a desk that reads only the text must miss nothing (RFC 5965 §2 a, rule 12).
    needed: bool,
}

const fn name(name: &'static str, always: bool, needed: bool, meaning: &'static str) -> Placeholder {
    Placeholder { name, meaning, always, needed }
}

/// Every name a text may use.
pub const PLACEHOLDERS: &[Placeholder] = &[
    name("finding", true, true, "what happened: unwanted mail, or mail in somebody's name"),
    name("observer", true, true, "who saw it"),
    name("source_ip", true, true, "the address that sent it"),
    name("source_port", false, true, "its TCP port"),
    name("source_name", false, true, "its host name (PTR)"),
    name("arrival", false, true, "when the mail arrived, in UTC"),
    name("domains", false, true, "the domains in whose name it was sent"),
    name("auth_failure", false, false, "what failed of DMARC"),
    name("mail_from", false, true, "the envelope sender"),
    name("from", false, false, "the From header"),
    name("subject", false, false, "the subject"),
    name("message_id", false, false, "the Message-ID"),
    name("recipients", false, true, "tokens that stand for the recipients"),
    name("incidents", false, true, "how many mails the report stands for, from two on"),
    name("period", false, true, "when the first and the last of them arrived"),
    name("authentication", false, true, "the Authentication-Results"),
    name("urls", false, true, "the URLs in the mail, defanged, one a line"),
    name("evidence", true, true, "what the third part is"),
    name("archive", false, true, "that there is a zip file, and its password"),
    name("redaction", true, false, "what was hidden"),
    name("reference", true, false, "our number for the report"),
    name("reply", true, true, "where to write to"),
    name("reporter", true, false, "name and address of the sender"),
];

/// Why a text cannot be used. Each sentence says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Larger than any report should be.
    #[error("the text has {0} bytes: {MAX_TEXT} are the limit")]
    TooLong(usize),
    /// Not to be shown.
    #[error("line {0}: has a control character: write plain text")]
    Control(usize),
    /// An opening without its end.
    #[error("line {0}: '{{{{' has no '}}}}' in the same line: close it")]
    Open(usize),
    /// No such name.
    #[error("line {0}: {{{{{1}}}}} is not known; known are {2}")]
    Unknown(usize, String, String),
    /// It would take others away.
    #[error(
        "line {0}: {{{{{1}}}}} may have no value, and its line is left out then: give it a line of its own"
    )]
    Shared(usize, &'static str),
    /// A fact would be kept from the desk.
    #[error("{{{{{0}}}}} is missing ({1}): a desk may read the text only, so every fact stands in it")]
    Missing(&'static str, &'static str),
    /// RFC 6650 §5.1.
    #[error(
        "the text does not say how to ask for no more reports (RFC 6650 §5.1): write, for example, 'reply with the \
         word STOP'"
    )]
    NoStop,
}

/// A text that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportText(String);

impl Default for ReportText {
    fn default() -> ReportText {
        ReportText(BUILT_IN.to_owned())
    }
}

impl ReportText {
    /// Checks a text.
    ///
    /// # Errors
    /// When a name is unknown, a fact or the stop notice is missing, or the text is no plain text.
    pub fn parse(text: &str) -> Result<ReportText, TextError> {
        if text.len() > MAX_TEXT {
            return Err(TextError::TooLong(text.len()));
        }
        let mut used = vec![];
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let number = index + 1;
            if line.chars().any(|c| c.is_control() && c != '\t') {
                return Err(TextError::Control(number));
            }
            let names = names(line, number)?;
            let optional = names.iter().find(|name| !name.always);
            if let Some(optional) = optional.filter(|_| names.len() > 1) {
                return Err(TextError::Shared(number, optional.name));
            }
            used.extend(names);
        }
        if let Some(missing) = PLACEHOLDERS.iter().find(|p| p.needed && !used.contains(p)) {
            return Err(TextError::Missing(missing.name, missing.meaning));
        }
        if !lint::tells_how_to_stop(text) {
            return Err(TextError::NoStop);
        }
        Ok(ReportText(text.trim_start_matches('\u{feff}').to_owned()))
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Each `{{name}}` replaced. A line with an empty one goes, and so do repeated blank lines; what has several
    /// lines keeps the column in which it begins.
    pub(super) fn fill(&self, value: impl Fn(&str) -> String) -> String {
        let mut out = String::with_capacity(self.0.len() * 2);
        'lines: for line in self.0.lines() {
            let mut filled = String::new();
            let mut rest = line;
            while let Some((before, after)) = rest.split_once("{{") {
                let Some((name, after)) = after.split_once("}}") else { break };
                let text = value(name.trim());
                if text.is_empty() {
                    continue 'lines;
                }
                filled.push_str(before);
                let column = filled.chars().count();
                filled.push_str(&text.replace('\n', &format!("\n{}", " ".repeat(column))));
                rest = after;
            }
            filled.push_str(rest);
            if !(filled.is_empty() && out.ends_with("\n\n")) {
                out.push_str(&filled);
                out.push('\n');
            }
        }
        out
    }
}

/// The names in one line.
fn names(line: &str, number: usize) -> Result<Vec<Placeholder>, TextError> {
    let mut names = vec![];
    let mut rest = line;
    while let Some((_, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or(TextError::Open(number))?;
        let name = name.trim();
        let known = PLACEHOLDERS.iter().find(|p| p.name == name).ok_or_else(|| {
            let known: Vec<&str> = PLACEHOLDERS.iter().map(|p| p.name).collect();
            TextError::Unknown(number, name.escape_debug().to_string(), known.join(", "))
        })?;
        names.push(*known);
        rest = after;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_text_keeps_its_own_rules() {
        assert_eq!(ReportText::parse(BUILT_IN), Ok(ReportText::default()));
        let windows = BUILT_IN.replace('\n', "\r\n");
        ReportText::parse(&format!("\u{feff}{windows}")).expect("a file of another editor");
    }

    #[test]
    fn a_text_that_would_keep_something_from_the_desk_is_refused() {
        let with = |old: &str, new: &str| {
            assert!(BUILT_IN.contains(old), "{old}");
            ReportText::parse(&BUILT_IN.replacen(old, new, 1)).expect_err(new).to_string()
        };
        for placeholder in PLACEHOLDERS.iter().filter(|p| p.needed && p.name != "domains") {
            let said = with(&format!("{{{{{}}}}}", placeholder.name), "x");
            assert!(said.contains(placeholder.name) && said.contains("missing"), "{said}");
        }
        assert!(with("{{subject}}", "{{subjekt}}").contains("{{subjekt}} is not known; known are finding"));
        assert!(with("{{subject}}", "{{subject").contains("close it"));
        assert!(with("{{source_ip}}", "{{source_ip}} {{source_port}}").contains("line of its own"));
        let endless = BUILT_IN.replace("STOP", "HELLO").replace("no more reports", "fewer");
        assert_eq!(ReportText::parse(&endless), Err(TextError::NoStop));
        assert!(with("Hello", "Hel\u{1b}[2Jlo").contains("line 1: has a control character"));
        assert!(ReportText::parse(&"x".repeat(MAX_TEXT + 1)).is_err());
    }

    #[test]
    fn a_value_is_never_filled_again_and_keeps_its_column() {
        let text = ReportText("a: {{x}}\nb: {{none}}\n".to_owned());
        let filled = text.fill(|name| if name == "x" { "{{none}}\n{{x}}".to_owned() } else { String::new() });
        assert_eq!(filled, "a: {{none}}\n   {{x}}\n");
    }
}
