//! Why the reported mail failed: fraud or something more harmless (DESIGN §6 rule 2).
//!
//! Computed from Authentication-Results, traces of forwarding and lists, and the configured own house; never from
//! Identity-Alignment, whose meaning RFC 7489 and RFC 9991 turn round. What protects our own mail from being reported
//! is asked first, and only the reporter's word counts for it: headers inside the reported mail are the attacker's.

use super::address::{domain_of, is_under, registrable};
use super::authentication::{self, AuthenticationResults, Dmarc};
use super::mail::Mail;
use super::received::Hop;
use crate::model::{Cause, Own, Report};

/// All that is looked at.
pub struct Evidence<'a> {
    /// What the fields said.
    pub report: &'a Report,
    /// The reported mail.
    pub reported: Option<Mail<'a>>,
    /// The report's Authentication-Results.
    pub results: &'a [AuthenticationResults],
    /// The hop that `source_ip` belongs to.
    pub origin: Option<&'a Hop>,
    /// The host name that the report gives beside the source address.
    pub source_name: Option<&'a str>,
}

/// The cause, and the evidence for it in words.
pub fn cause(evidence: &Evidence<'_>, own: &Own) -> (Cause, String) {
    if let Some(reason) = own_network(evidence, own).or_else(|| own_pass(evidence, own)) {
        return (Cause::Own, reason);
    }
    if let Some(reason) = own_sender(evidence, own) {
        return (Cause::OwnEsp, reason);
    }
    let failure = match verdict(evidence) {
        Dmarc::Pass(reason) => return (Cause::Unknown, format!("authentication did not fail: {reason}")),
        Dmarc::Fail(reason) => Some(reason),
        Dmarc::Unknown => None,
    };
    if !is_failure_report(evidence.report) && failure.is_none() {
        return (Cause::Unknown, "a complaint that says nothing about authentication".to_owned());
    }
    if let Some(reason) = evidence.reported.and_then(list_trace).or_else(|| list_sender(evidence.report)) {
        return (Cause::List, reason);
    }
    if let Some(reason) =
        forwarder_sender(evidence.report).or_else(|| evidence.reported.and_then(forwarding_trace))
    {
        return (Cause::Forwarded, reason);
    }
    match failure {
        None => (Cause::Unknown, "the authentication results do not tell whether DMARC failed".to_owned()),
        Some(failure) => match abused_domain(evidence, own) {
            Some(domain) => (
                Cause::Fraud,
                format!("{failure}, the mail claims to be from {domain}, and nothing explains it"),
            ),
            None => (
                Cause::Unknown,
                format!("{failure}, but not for a domain that the report or the configuration names"),
            ),
        },
    }
}

fn is_failure_report(report: &Report) -> bool {
    report.feedback_type.as_deref() == Some("auth-failure")
}

fn own_network(evidence: &Evidence<'_>, own: &Own) -> Option<String> {
    let ip = evidence.report.source_ip?;
    let network = own.networks.iter().find(|n| n.contains(&ip))?;
    Some(format!("the source {ip} is in the own network {network}"))
}

fn own_pass(evidence: &Evidence<'_>, own: &Own) -> Option<String> {
    authentication::passes(evidence.results).find_map(|(method, domain)| {
        let ours = own.domains.iter().find(|d| is_under(&domain, d))?;
        Some(format!("{method} passed for {domain}, which belongs to the own domain {ours}"))
    })
}

fn own_sender(evidence: &Evidence<'_>, own: &Own) -> Option<String> {
    let under = |domain: &str| own.senders.iter().find(|s| is_under(domain, s));
    let pass = authentication::passes(evidence.results).find_map(|(method, domain)| {
        under(&domain).map(|s| format!("{method} passed for {domain}, which belongs to the own sender {s}"))
    });
    pass.or_else(|| {
        let seen = evidence.origin.and_then(|hop| hop.from_name.as_deref());
        let name = evidence.source_name.into_iter().chain(seen).find(|name| under(name).is_some())?;
        Some(format!("the source is named {name}, which belongs to the own sender {}", under(name)?))
    })
}

/// DMARC as far as it can be computed. The reporter's word comes first; where it says nothing, Auth-Failure: dmarc
/// does; only then the results that the reported mail carries, which its sender may have forged.
fn verdict(evidence: &Evidence<'_>) -> Dmarc {
    let from = evidence.report.from.as_deref().and_then(domain_of);
    let from = from.or_else(|| evidence.report.reported_domains.first().cloned());
    let stated = authentication::dmarc(evidence.results, from.as_deref());
    if stated != Dmarc::Unknown {
        return stated;
    }
    if evidence
        .report
        .auth_failure
        .as_deref()
        .is_some_and(|f| f.split([',', ' ']).any(|word| word == "dmarc"))
    {
        return Dmarc::Fail("the reporter states Auth-Failure: dmarc".to_owned());
    }
    let Some(mail) = evidence.reported else { return Dmarc::Unknown };
    let carried: Vec<_> =
        mail.headers_named("Authentication-Results").take(20).map(|v| authentication::parse(&v)).collect();
    match authentication::dmarc(&carried, from.as_deref()) {
        Dmarc::Fail(_) => Dmarc::Fail("the results inside the reported mail show a DMARC failure".to_owned()),
        // A pass that the sender can write himself is no proof.
        _ => Dmarc::Unknown,
    }
}

fn list_trace(mail: Mail<'_>) -> Option<String> {
    ["List-Id", "List-Post", "X-Mailman-Version", "X-BeenThere", "Mailing-List", "X-Mailing-List"]
        .iter()
        .find_map(|name| {
            Some(format!(
                "a mailing list handled it ({name}: {})",
                short(&mail.header(name).filter(|v| !v.is_empty())?)
            ))
        })
}

fn list_sender(report: &Report) -> Option<String> {
    let sender = report.original_mail_from.as_deref()?;
    let local = sender.split_once('@')?.0.to_ascii_lowercase();
    let is_list = local.ends_with("-bounces") || local.contains("-bounces+") || local.starts_with("owner-");
    is_list.then(|| format!("a mailing list sent it (Original-Mail-From: {})", short(sender)))
}

fn forwarder_sender(report: &Report) -> Option<String> {
    let sender = report.original_mail_from.as_deref()?;
    let rewritten = sender.get(..5).is_some_and(|start| {
        ["srs0=", "srs0+", "srs0-", "srs1=", "srs1+", "srs1-"].iter().any(|s| s.eq_ignore_ascii_case(start))
    });
    rewritten.then(|| format!("a forwarder rewrote the sender by SRS ({})", short(sender)))
}

fn forwarding_trace(mail: Mail<'_>) -> Option<String> {
    [
        "ARC-Seal",
        "X-Forwarded-To",
        "X-Forwarded-For",
        "X-Forwarded-Encrypted",
        "Resent-From",
        "Resent-Sender",
        "Resent-To",
    ]
    .iter()
    .find(|name| mail.header(name).is_some())
    .map(|name| format!("it carries {name}, the trace of a forwarder"))
}

/// The domain in whose name the mail was sent, when the report or the configuration names it.
fn abused_domain(evidence: &Evidence<'_>, own: &Own) -> Option<String> {
    let report = evidence.report;
    let from = report.from.as_deref().and_then(domain_of);
    let is_own = |domain: &String| own.domains.iter().any(|o| is_under(domain, o));
    if let Some(domain) = from.iter().chain(&report.reported_domains).find(|d| is_own(d)) {
        return Some(domain.clone());
    }
    if !is_failure_report(report) {
        return None;
    }
    match from {
        Some(from) if report.reported_domains.is_empty() => Some(from),
        Some(from) => {
            let registered = registrable(&from);
            report.reported_domains.iter().any(|d| registrable(d) == registered).then_some(from)
        }
        None => report.reported_domains.first().cloned(),
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::super::mail;
    use super::*;

    fn judged(fields: &str, header: &str, own: &Own) -> Cause {
        let mut report = Report::default();
        let fields = super::super::feedback::fields(fields.as_bytes());
        super::super::feedback::apply(&fields, &mut report);
        report.from = Some("boss@brand.example".to_owned());
        let raw = format!("From: boss@brand.example\n{header}\nx\n");
        let message = mail::parse(raw.as_bytes()).expect("message");
        let results: Vec<_> =
            report.authentication_results.iter().map(|v| authentication::parse(v)).collect();
        let evidence = Evidence {
            report: &report,
            reported: Some(Mail::of(&message)),
            results: &results,
            origin: None,
            source_name: Some("o1.esp.example"),
        };
        cause(&evidence, own).0
    }

    const FAILURE: &str =
        "Feedback-Type: auth-failure\nSource-IP: 192.0.2.1\nReported-Domain: brand.example\n";
    const DMARC_FAIL: &str = "Authentication-Results: x; dmarc=fail header.from=brand.example\n";

    #[test]
    fn a_computed_failure_that_nothing_explains_is_fraud() {
        let house = Own { domains: vec!["brand.example".to_owned()], ..Own::default() };
        let fail = format!("{FAILURE}{DMARC_FAIL}");
        assert_eq!(judged(&fail, "", &Own::default()), Cause::Fraud);
        assert_eq!(judged(&fail, "", &house), Cause::Fraud);
        assert_eq!(judged(FAILURE, "", &house), Cause::Unknown);
        assert_eq!(judged(&format!("{FAILURE}Auth-Failure: dmarc\n"), "", &house), Cause::Fraud);
        assert_eq!(judged(&format!("{FAILURE}Identity-Alignment: none\n"), "", &house), Cause::Unknown);
        let unaligned = format!(
            "{FAILURE}Authentication-Results: dkim=pass header.d=a.test; spf=pass smtp.mailfrom=x@a.test\n"
        );
        assert_eq!(judged(&unaligned, "", &house), Cause::Fraud);
        assert_eq!(judged("Feedback-Type: abuse\n", "", &house), Cause::Unknown);
    }

    #[test]
    fn our_own_mail_is_seen_before_anything_else() {
        let fail = format!("{FAILURE}{DMARC_FAIL}");
        let network = Own { networks: vec!["192.0.2.0/24".parse().expect("network")], ..Own::default() };
        assert_eq!(judged(&fail, "List-Id: x\n", &network), Cause::Own);
        let house = Own { domains: vec!["brand.example".to_owned()], ..Own::default() };
        let signed = format!("{FAILURE}Authentication-Results: dkim=pass header.d=mail.brand.example\n");
        assert_eq!(judged(&signed, "", &house), Cause::Own);
        let esp = Own { senders: vec!["esp.example".to_owned()], ..Own::default() };
        assert_eq!(judged(&fail, "", &esp), Cause::OwnEsp);
        let forged = "Authentication-Results: brand.example; dkim=pass header.d=brand.example\n";
        assert_eq!(judged(&fail, forged, &house), Cause::Fraud);
    }

    #[test]
    fn forwarders_and_lists_leave_traces() {
        let fail = format!("{FAILURE}{DMARC_FAIL}");
        assert_eq!(judged(&fail, "List-Id: <l.example>\n", &Own::default()), Cause::List);
        assert_eq!(judged(&fail, "ARC-Seal: i=1\n", &Own::default()), Cause::Forwarded);
        let srs = format!("{fail}Original-Mail-From: SRS0=ab=cd=brand.example=boss@fwd.example\n");
        assert_eq!(judged(&srs, "", &Own::default()), Cause::Forwarded);
        let list = format!("{fail}Original-Mail-From: team-bounces@lists.example\n");
        assert_eq!(judged(&list, "", &Own::default()), Cause::List);
    }
}
