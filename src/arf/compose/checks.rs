//! What forbids a report, and what a person should know before approving it; writes nothing.

use super::{ComposeError, Evidence, MIN_TOKEN, Sender, Stamp};
use crate::arf::mail::Mail;
use crate::arf::{address, authentication};
use crate::model::clock::Seconds;
use crate::model::{ArrivalFrom, Kind, Record, ReportId, address_space};
use crate::text;
use std::net::IpAddr;

const HOUR: Seconds = 3600;
const DAY: Seconds = 24 * HOUR;

/// Evidence older than this warns.
const STALE: Seconds = 72 * HOUR;

/// Evidence older than this is refused (DESIGN §6 rule 3).
const TOO_OLD: Seconds = 14 * DAY;

/// A block with none of these is no header block of a mail.
const MAIL_HEADERS: &[&str] = &["Received", "From", "To", "Subject", "Date", "Message-ID", "Return-Path"];

/// Domains of RFC 2606 §3 whose subdomains stand for many owners.
const EXAMPLE_DOMAINS: &[&str] = &["example.com", "example.net", "example.org"];

const EXAMPLE: &str = "is an example and reaches nobody (RFC 2606)";

/// The registries, which only hand addresses on to those who answer for them.
const REGISTRIES: &[&str] = &["ripe.net", "apnic.net", "arin.net", "lacnic.net", "afrinic.net"];

/// Words that registries print where an address is withheld.
const WITHHELD: &[&str] =
    &["redacted", "not disclosed", "notdisclosed", "please query", "select contact", "selectcontact"];

/// The source, and the warnings. `to` is the recipient's address; a form has none.
pub(super) fn check(
    evidence: &Evidence<'_>,
    original: Option<Mail<'_>>,
    sender: &Sender<'_>,
    to: Option<&str>,
    stamp: &Stamp<'_>,
) -> Result<(IpAddr, Vec<String>), ComposeError> {
    let record = evidence.record;
    if stamp.token.chars().filter(char::is_ascii_alphanumeric).count() < MIN_TOKEN {
        return Err(ComposeError::Token);
    }
    if let Some(problem) = address_problem(sender.from) {
        return Err(ComposeError::From(sender.from.to_owned(), problem.to_owned()));
    }
    let source = check_record(record, sender, stamp.now)?;
    check_loop(evidence, original.ok_or(ComposeError::NoEvidence(record.id))?, sender)?;
    if let Some(to) = to {
        check_recipient(evidence, sender, to)?;
    }
    Ok((source, warnings(evidence, sender, stamp.now)))
}

/// What goes along shows where the mail came from.
pub(super) fn check_evidence(id: ReportId, shown: Option<Mail<'_>>) -> Result<(), ComposeError> {
    let mut headers = shown.into_iter().flat_map(|mail| mail.raw_headers().map(|(name, _)| name));
    let is_mail = headers.any(|name| MAIL_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)));
    if is_mail { Ok(()) } else { Err(ComposeError::NoEvidence(id)) }
}

/// What forbids a report whatever its bytes and its recipient are; the source otherwise.
pub(super) fn check_record(
    record: &Record,
    sender: &Sender<'_>,
    now: Seconds,
) -> Result<IpAddr, ComposeError> {
    let report = &record.report;
    if report.feedback_type.as_deref().is_some_and(|t| t.eq_ignore_ascii_case("not-spam")) {
        return Err(ComposeError::NotSpam(record.id));
    }
    if report.kind != Kind::Normal {
        return Err(ComposeError::Kind(record.id, report.kind, report.kind_reason.clone()));
    }
    let age = now.saturating_sub(report.arrival);
    if report.arrival_from != ArrivalFrom::Import && age > TOO_OLD {
        return Err(ComposeError::TooOld(record.id, age / DAY));
    }
    let source = check_source(record, sender)?;
    match own_signature(&report.authentication_results, &sender.own.domains) {
        Some(domain) => Err(ComposeError::OwnSignature(domain)),
        None => Ok(source),
    }
}

fn check_loop(evidence: &Evidence<'_>, reported: Mail<'_>, sender: &Sender<'_>) -> Result<(), ComposeError> {
    let id = evidence.record.id;
    let is_report = reported.parts().first().is_some_and(|root| {
        root.is("multipart", "report")
            && root.parameter("report-type").is_some_and(|t| t.eq_ignore_ascii_case("feedback-report"))
    });
    let ours = reported
        .from()
        .and_then(|from| from.address)
        .is_some_and(|address| address.eq_ignore_ascii_case(sender.from));
    let reporter = evidence.record.report.reporter.as_deref();
    match (is_report, ours) {
        (true, true) => Err(ComposeError::Loop(id, " of our own")),
        (true, false) => Err(ComposeError::Loop(id, "")),
        _ if reporter.is_some_and(|r| r.eq_ignore_ascii_case(sender.from)) => {
            Err(ComposeError::Loop(id, " of our own"))
        }
        _ => Ok(()),
    }
}

fn check_source(record: &Record, sender: &Sender<'_>) -> Result<IpAddr, ComposeError> {
    let source = record.report.source_ip.ok_or(ComposeError::NoSource(record.id))?.to_canonical();
    if let Some(net) = sender.own.networks.iter().find(|net| net.contains(&source)) {
        return Err(ComposeError::OwnSource(source, *net));
    }
    match address_space::special_purpose(source, sender.treat_as_public) {
        Some(what) => Err(ComposeError::SpecialSource(source, what)),
        None => Ok(source),
    }
}

fn check_recipient(evidence: &Evidence<'_>, sender: &Sender<'_>, to: &str) -> Result<(), ComposeError> {
    let wrong = |why: &str| Err(ComposeError::Recipient(printable(to), why.to_owned()));
    if let Some(problem) = address_problem(to) {
        return wrong(problem);
    }
    let domain = to.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
    if to.eq_ignore_ascii_case(sender.from) || is_under_any(&domain, &sender.own.domains) {
        return Err(ComposeError::OwnRecipient(to.to_owned()));
    }
    // An example address is let through, and the linter warns: whoever tries the program out types one.
    if let Some(reason) = placeholder(to).filter(|reason| *reason != EXAMPLE) {
        return wrong(reason);
    }
    let report = &evidence.record.report;
    let contact = owner_domain(&domain);
    let mail_domain = |address: Option<&str>| {
        address.and_then(|a| Some(owner_domain(a.rsplit_once('@')?.1.trim_end_matches('>'))))
    };
    let in_url = || {
        report
            .urls
            .iter()
            .filter_map(|u| text::url::host(&text::refang(u)))
            .any(|host| owner_domain(&host) == contact)
    };
    let place = if mail_domain(report.from.as_deref()).as_deref() == Some(&contact) {
        "From"
    } else if mail_domain(report.original_mail_from.as_deref()).as_deref() == Some(&contact) {
        "MAIL FROM"
    } else if mail_domain(report.reply_to.as_deref()).as_deref() == Some(&contact) {
        "Reply-To"
    } else if in_url() {
        "URLs"
    } else {
        return Ok(());
    };
    Err(ComposeError::InvolvedRecipient(contact, place))
}

fn warnings(evidence: &Evidence<'_>, sender: &Sender<'_>, now: Seconds) -> Vec<String> {
    let record = evidence.record;
    let report = &record.report;
    let mut out = vec![];
    let age = now.saturating_sub(report.arrival);
    if report.arrival_from == ArrivalFrom::Import {
        out.push("the time of the mail is not known, so its age could not be checked".to_owned());
    } else if age > STALE {
        out.push(format!("the evidence is {} hours old; most desks want it within 72", age / HOUR));
    } else if age < -DAY {
        out.push("the mail's time lies in the future".to_owned());
    }
    if report.original_rcpt_to.is_empty() {
        out.push(
            "the report names no recipient; only those in the mail's headers could be hidden".to_owned(),
        );
    }
    let from_domain = sender.from.rsplit_once('@').map_or("", |(_, domain)| domain);
    if !is_under_any(from_domain, &sender.own.domains) {
        out.push(format!("{from_domain}, the domain of [report] from, is not among [own] domains"));
    }
    out
}

/// What is wrong with the form of an address; `None` for exactly one address that SMTP can carry without SMTPUTF8.
pub fn address_problem(address: &str) -> Option<&'static str> {
    let Some((local, domain)) = address.rsplit_once('@') else { return Some("is no mail address") };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || local.len() > 64 || address.len() > 254 {
        return Some("is no mail address: its length is outside RFC 5321 §4.5.3.1");
    }
    if !local.chars().all(atom) || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Some("is not exactly one mail address of letters, digits and dots");
    }
    if !is_host_name(domain) {
        return Some("has no valid domain; write an international one in its xn-- form");
    }
    if !domain.contains('.') {
        return Some("has a domain without a dot");
    }
    domain
        .rsplit('.')
        .next()
        .is_some_and(|tld| tld.bytes().all(|b| b.is_ascii_digit()))
        .then_some("names no domain")
}

/// Why an address found in a registry is no contact: withheld, an example, or the registry itself.
pub fn placeholder(address: &str) -> Option<&'static str> {
    let address = address.trim().to_ascii_lowercase();
    let (local, domain) = address.rsplit_once('@').unwrap_or((&address, ""));
    if matches!(local, "nobody" | "none" | "removed" | "null") || WITHHELD.iter().any(|w| address.contains(w))
    {
        return Some("stands for an address that is withheld");
    }
    if domain == "localhost" || domain.ends_with(".localhost") || domain.ends_with(".invalid") {
        return Some("is an address of no network");
    }
    if is_example(domain) {
        return Some(EXAMPLE);
    }
    REGISTRIES.contains(&domain).then_some("belongs to a registry and not to the network")
}

/// Whether the domain is one of RFC 2606.
pub(in crate::arf) fn is_example(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    domain.ends_with(".example")
        || EXAMPLE_DOMAINS
            .iter()
            .any(|d| domain.strip_suffix(d).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Letters, digits, hyphens in labels of at most 63 (RFC 1123 §2.1); underscores occur in the world.
pub(super) fn is_host_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

/// Whether the host is one of the domains or under one.
pub(super) fn is_under_any(host: &str, domains: &[String]) -> bool {
    domains.iter().any(|domain| address::is_under(host.trim_end_matches('.'), domain.trim_end_matches('.')))
}

/// The registrable domain. Below the example domains every name is an owner of its own.
pub(in crate::arf) fn owner_domain(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if let Some(example) =
        EXAMPLE_DOMAINS.iter().find(|d| host.strip_suffix(*d).is_some_and(|r| r.ends_with('.')))
    {
        let labels = host.len() - example.len() - 1;
        let start = host.get(..labels).and_then(|rest| rest.rfind('.')).map_or(0, |dot| dot + 1);
        return host.get(start..).unwrap_or_default().to_owned();
    }
    address::registrable(&host)
}

/// The own domain for which these results say that a DKIM signature passed.
fn own_signature(results: &[String], own: &[String]) -> Option<String> {
    let results: Vec<_> = results.iter().map(|r| authentication::parse(r)).collect();
    authentication::passes(&results)
        .find(|(method, domain)| *method == "DKIM" && is_under_any(domain, own))
        .map(|(_, domain)| domain)
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).take(100).collect()
}
