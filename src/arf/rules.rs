//! The user's own rules: the last word on kind and cause, and tags.

use super::mail::Mail;
use crate::model::{Report, Rule, RuleField};
use std::borrow::Cow;

/// Applies every rule: the first match per decision wins, all matching tags are given once each.
pub fn apply(rules: &[Rule], reported: Option<Mail<'_>>, report: &mut Report) {
    let (mut kind_decided, mut cause_decided) = (false, false);
    for rule in rules {
        let decides = rule.kind.is_some() && !kind_decided || rule.cause.is_some() && !cause_decided;
        if !decides && rule.tag.is_none() || !matches(rule, reported, report) {
            continue;
        }
        if let Some(kind) = rule.kind.filter(|_| !kind_decided) {
            kind_decided = true;
            report.kind = kind;
            report.kind_reason = format!("rule '{}'", rule.name);
        }
        if let Some(cause) = rule.cause.filter(|_| !cause_decided) {
            cause_decided = true;
            report.cause = cause;
            report.cause_reason = format!("rule '{}'", rule.name);
        }
        if let Some(tag) = rule.tag.as_ref().filter(|t| !report.tags.contains(t)) {
            report.tags.push(tag.clone());
        }
    }
}

fn matches(rule: &Rule, reported: Option<Mail<'_>>, report: &Report) -> bool {
    let one = |value: &Option<String>| value.as_deref().is_some_and(|v| rule.pattern.is_match(v));
    let any = |values: &[String]| values.iter().any(|v| rule.pattern.is_match(v));
    match rule.field {
        RuleField::Subject => one(&report.subject),
        RuleField::From => one(&report.from),
        RuleField::FromName => one(&report.from_name),
        RuleField::MailFrom => one(&report.original_mail_from),
        RuleField::Rcpt => any(&report.original_rcpt_to),
        RuleField::Url => any(&report.urls),
        RuleField::Domain => any(&report.reported_domains),
        RuleField::File => report.files.iter().any(|f| rule.pattern.is_match(&f.name)),
        RuleField::Agent => one(&report.user_agent),
        RuleField::Reporter => one(&report.reporter),
        RuleField::Headers => reported.is_some_and(|mail| {
            let block: Cow<'_, str> = String::from_utf8_lossy(mail.header_block());
            rule.pattern.is_match(&block)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cause, Kind};

    fn rule(name: &str, field: RuleField, pattern: &str) -> Rule {
        let pattern = regex::RegexBuilder::new(pattern).case_insensitive(true).build().expect("pattern");
        Rule { name: name.to_owned(), field, pattern, kind: None, cause: None, tag: None }
    }

    #[test]
    fn the_first_match_decides_and_every_tag_is_given() {
        let mut report = Report { subject: Some("Invoice 7".to_owned()), ..Report::default() };
        let rules = [
            Rule { kind: Some(Kind::Bounce), ..rule("no", RuleField::Subject, "^order") },
            Rule {
                kind: Some(Kind::AutoReplied),
                tag: Some("a".to_owned()),
                ..rule("one", RuleField::Subject, "invoice")
            },
            Rule {
                kind: Some(Kind::Bounce),
                cause: Some(Cause::Own),
                ..rule("two", RuleField::Subject, "7$")
            },
            Rule { tag: Some("b".to_owned()), ..rule("three", RuleField::Subject, ".") },
        ];
        apply(&rules, None, &mut report);
        assert_eq!((report.kind, report.kind_reason.as_str()), (Kind::AutoReplied, "rule 'one'"));
        assert_eq!((report.cause, report.cause_reason.as_str()), (Cause::Own, "rule 'two'"));
        assert_eq!(report.tags, ["a", "b"]);
    }
}
