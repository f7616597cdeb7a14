//! The user's own word on contacts: which rules apply to an address, and what they come to together. Asks nobody.
//!
//! | rule that applies | comes to |
//! | --- | --- |
//! | none | those that are found |
//! | add | its contacts behind those that are found |
//! | replace | its contacts, no others are looked for |
//! | never | nobody |
//!
//! The more particular rule wins: domain (the longest), network (the longest prefix), AS. What more particular rules
//! add stays when a more general one replaces or forbids; what more general ones add is gone.

use super::ContactSubject;
use super::refuse::is_under;
use crate::model::{ContactAct, ContactRule, ContactScope};
use std::cmp::Reverse;

/// What the rules come to for an address.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Verdict<'r> {
    /// The rule that replaces or forbids what would be found.
    pub decides: Option<&'r ContactRule>,
    /// Rules that add, the most particular first.
    pub adds: Vec<&'r ContactRule>,
}

/// What the rules come to for this subject. Rules about single contacts are [`about`]'s.
pub(super) fn verdict<'r>(rules: &'r [ContactRule], subject: &ContactSubject) -> Verdict<'r> {
    let mut out = Verdict::default();
    for rule in applying(rules, subject) {
        match rule.act {
            ContactAct::Add => out.adds.push(rule),
            ContactAct::Replace | ContactAct::Never => {
                out.decides = Some(rule);
                break;
            }
        }
    }
    out
}

/// The rules that apply to this subject, the most particular first, whether they decide anything or not.
pub fn applying<'r>(rules: &'r [ContactRule], subject: &ContactSubject) -> Vec<&'r ContactRule> {
    let mut applying: Vec<(Particular, &ContactRule)> =
        rules.iter().filter_map(|rule| Some((particular(&rule.scope, subject)?, rule))).collect();
    applying.sort_by_key(|(particular, rule)| (Reverse(*particular), strength(rule.act), rule.at));
    applying.into_iter().map(|(_, rule)| rule).collect()
}

/// Those whom the rules leave of what was found, and whom they add: the word of a person holds from the moment it is
/// said, whenever the address was looked up.
///
/// # Errors
/// A sentence: a rule says that nobody is told.
pub fn under_rules(
    rules: &[ContactRule],
    subject: &ContactSubject,
    found: &[String],
) -> Result<Vec<String>, String> {
    let verdict = verdict(rules, subject);
    let mut told = match verdict.decides {
        Some(rule) if rule.act == ContactAct::Never => {
            return Err(format!("nobody is told about it ({})", name(rule)));
        }
        Some(rule) => rule.contacts.clone(),
        None => found.to_vec(),
    };
    for contact in verdict.adds.iter().flat_map(|rule| &rule.contacts) {
        if !told.contains(contact) {
            told.push(contact.clone());
        }
    }
    Ok(told)
}

/// The rule about this very contact; both in their normal form.
pub(super) fn about<'r>(rules: &'r [ContactRule], contact: &str) -> Option<&'r ContactRule> {
    rules.iter().find(|rule| matches!(&rule.scope, ContactScope::Address(address) if address == contact))
}

/// A rule in words.
pub fn name(rule: &ContactRule) -> String {
    let note = if rule.note.is_empty() { String::new() } else { format!(": {}", rule.note) };
    format!("own rule, {} {}{note}", rule.act.name(), rule.scope)
}

/// Of several rules for the same scope, the one that forbids comes first, and additions survive a replacement.
fn strength(act: ContactAct) -> u8 {
    match act {
        ContactAct::Never => 0,
        ContactAct::Add => 1,
        ContactAct::Replace => 2,
    }
}

/// Kind of scope and its length.
type Particular = (u8, usize);

/// How particular the rule is for the subject; `None` when it does not apply.
fn particular(scope: &ContactScope, subject: &ContactSubject) -> Option<Particular> {
    match scope {
        ContactScope::Address(_) => None,
        ContactScope::Domain(domain) => {
            let domain = domain.to_ascii_lowercase();
            is_under(subject.confirmed_name()?, &domain).then_some((2, domain.len()))
        }
        ContactScope::Network(network) => {
            network.contains(&subject.ip.to_canonical()).then(|| (1, usize::from(network.prefix_len())))
        }
        ContactScope::Asn(number) => subject.asns.contains(number).then_some((0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostName;

    fn rule(scope: ContactScope, act: ContactAct, contact: &str) -> ContactRule {
        let contacts = if contact.is_empty() { vec![] } else { vec![contact.to_owned()] };
        ContactRule { scope, act, contacts, note: String::new(), at: 0, by: "desk".to_owned() }
    }

    fn network(text: &str) -> ContactScope {
        ContactScope::Network(text.parse().expect("network"))
    }

    fn subject() -> ContactSubject {
        ContactSubject {
            ip: "192.0.2.9".parse().expect("address"),
            asns: vec![64_500],
            name: Some(HostName { name: "mail.isp.example".to_owned(), confirmed: Some(true) }),
            prefix: None,
        }
    }

    fn told(rules: &[ContactRule], subject: &ContactSubject) -> String {
        let verdict = verdict(rules, subject);
        let base = verdict.decides.map_or("found".to_owned(), |rule| match rule.act {
            ContactAct::Never => "nobody".to_owned(),
            _ => rule.contacts.join(" "),
        });
        verdict.adds.iter().fold(base, |text, rule| format!("{text} +{}", rule.contacts.join(" ")))
    }

    #[test]
    fn the_more_particular_rule_wins() {
        use ContactAct::{Add, Never, Replace};
        let asn = ContactScope::Asn(64_500);
        let domain = || ContactScope::Domain("isp.example".to_owned());
        for (rules, want) in [
            (vec![], "found"),
            (vec![rule(asn.clone(), Add, "as@a")], "found +as@a"),
            (
                vec![rule(asn.clone(), Replace, "as@a"), rule(network("192.0.2.0/24"), Add, "n@a")],
                "as@a +n@a",
            ),
            (vec![rule(asn.clone(), Add, "as@a"), rule(network("192.0.2.0/24"), Replace, "n@a")], "n@a"),
            (
                vec![
                    rule(network("192.0.2.0/24"), Replace, "wide@a"),
                    rule(network("192.0.2.8/29"), Replace, "near@a"),
                ],
                "near@a",
            ),
            (vec![rule(network("192.0.2.0/24"), Never, ""), rule(domain(), Replace, "d@a")], "d@a"),
            (vec![rule(asn.clone(), Replace, "r@a"), rule(asn.clone(), Never, "")], "nobody"),
            (vec![rule(asn.clone(), Replace, "r@a"), rule(asn.clone(), Add, "too@a")], "r@a +too@a"),
            (
                vec![rule(ContactScope::Asn(1), Never, ""), rule(network("198.51.100.0/24"), Never, "")],
                "found",
            ),
        ] {
            assert_eq!(told(&rules, &subject()), want);
        }
    }

    #[test]
    fn an_as_rule_applies_to_whoever_announces_the_same_prefix_too() {
        let rules = [rule(ContactScope::Asn(64_501), ContactAct::Never, "")];
        assert_eq!(told(&rules, &subject()), "found");
        assert_eq!(told(&rules, &ContactSubject { asns: vec![64_500, 64_501], ..subject() }), "nobody");
    }

    #[test]
    fn a_domain_rule_needs_a_confirmed_name_in_that_domain() {
        let rules = [rule(ContactScope::Domain("isp.example".to_owned()), ContactAct::Never, "")];
        assert_eq!(told(&rules, &subject()), "nobody");
        for (name, confirmed) in [
            ("mail.isp.example", Some(false)),
            ("mail.isp.example", None),
            ("mail.notisp.example", Some(true)),
        ] {
            let name = Some(HostName { name: name.to_owned(), confirmed });
            assert_eq!(told(&rules, &ContactSubject { name, ..subject() }), "found");
        }
    }

    #[test]
    fn an_ipv4_address_written_as_ipv6_is_in_its_network() {
        let rules = [rule(network("192.0.2.0/24"), ContactAct::Never, "")];
        let ip = "::ffff:192.0.2.1".parse().expect("address");
        assert_eq!(told(&rules, &ContactSubject { ip, ..subject() }), "nobody");
    }
}
