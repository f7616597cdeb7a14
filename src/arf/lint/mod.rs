//! Judges a finished report by the rules an abuse desk's software and a person there expect (RFC 5965, 6591, 6650).
//!
//! Works on the bytes alone, whoever wrote them; what only the ledger and the contacts know is named in
//! [`NOT_JUDGED`].

mod content;
mod structure;

use super::mail::{self, Mail};
use std::fmt;

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
    /// What is wrong, where, and what would be right.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "rule {}, {severity}: {}", self.rule, self.message)
    }
}

/// Rules that need the ledger, the contacts or the clock of sending.
pub const NOT_JUDGED: &[(u8, &str)] = &[
    (7, "the recipient is meant for abuse, not opted out, not dead, not ourselves, not the abuser"),
    (9, "this mail was not reported to this contact before"),
    (16, "no contact gets more reports a day than it can bear"),
];

/// Findings, errors first, then by rule.
pub fn lint(bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Findings::default();
    structure::check_lines(bytes, &mut findings);
    match mail::parse(bytes) {
        None => findings.error(1, "this is no mail: it has no header".to_owned()),
        Some(message) => {
            let report = structure::check(Mail::of(&message), &mut findings);
            content::check(&report, bytes.len(), &mut findings);
        }
    }
    findings.list.sort_by_key(|f| (f.severity, f.rule));
    findings.list
}

#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    fn error(&mut self, rule: u8, message: String) {
        self.list.push(Finding { rule, severity: Severity::Error, message });
    }

    fn warning(&mut self, rule: u8, message: String) {
        self.list.push(Finding { rule, severity: Severity::Warning, message });
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
