//! Judges a finished report by the rules an abuse desk's software and a person there expect (RFC 5965, 6591, 6650).
//!
//! Works on the bytes, whoever wrote them, and on what is known besides ([`Outside`]); what is not known is told apart
//! and never taken for fine.

mod content;
mod outside;
mod rules;
mod structure;

use super::mail::{self, Mail};
use std::fmt;

pub use outside::{Answer, Outside};
pub use rules::{RULES, Rule};

/// Whether a report may go out in spite of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It must not.
    Error,
    /// It may, when a person has seen this.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The number of the rule.
    pub rule: u8,
    /// Whether it blocks.
    pub severity: Severity,
    /// What is wrong, and where.
    pub message: String,
}

impl Finding {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        RULES.iter().find(|rule| rule.number == self.rule).map_or("", |rule| rule.remedy)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "rule {}, {severity}: {}; what to do: {}", self.rule, self.message, self.remedy())
    }
}

/// What came of linting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Findings, errors first, then by rule.
    pub findings: Vec<Finding>,
    /// Rules that could not be judged here, by number, and what nobody here knows.
    pub not_known: Vec<(u8, &'static str)>,
}

impl Verdict {
    /// The report must not go out.
    pub fn blocks(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Judges a report.
pub fn lint(bytes: &[u8], outside: &Outside<'_>) -> Verdict {
    let mut findings = Findings::default();
    structure::check_lines(bytes, &mut findings);
    match mail::parse(bytes) {
        None => findings.error(1, "this is no mail: it has no header".to_owned()),
        Some(message) => {
            let report = structure::check(Mail::of(&message), outside, &mut findings);
            content::check(&report, bytes.len(), outside, &mut findings);
        }
    }
    findings.list.sort_by_key(|f| (f.severity, f.rule));
    Verdict { findings: findings.list, not_known: findings.not_known }
}

/// Whether a text tells its reader how to ask for no more reports (rule 6).
pub fn tells_how_to_stop(text: &str) -> bool {
    content::tells_how_to_stop(text)
}

#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    not_known: Vec<(u8, &'static str)>,
}

impl Findings {
    fn error(&mut self, rule: u8, message: String) {
        self.list.push(Finding { rule, severity: Severity::Error, message });
    }

    fn warning(&mut self, rule: u8, message: String) {
        self.list.push(Finding { rule, severity: Severity::Warning, message });
    }

    fn not_known(&mut self, rule: u8, what: &'static str) {
        self.not_known.push((rule, what));
    }

    /// What somebody who was asked says; `what` is what nobody knows.
    fn answer(&mut self, rule: u8, blocks: bool, answer: Answer<'_>, what: &'static str) {
        match answer {
            Answer::Fine => {}
            Answer::NotKnown => self.not_known(rule, what),
            Answer::Against(sentence) if blocks => self.error(rule, sentence.to_owned()),
            Answer::Against(sentence) => self.warning(rule, sentence.to_owned()),
        }
    }

    fn error_if(&mut self, wrong: bool, rule: u8, message: &str) {
        if wrong {
            self.error(rule, message.to_owned());
        }
    }

    fn warning_if(&mut self, wrong: bool, rule: u8, message: &str) {
        if wrong {
            self.warning(rule, message.to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
