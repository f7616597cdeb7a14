//! The second part: the fields of RFC 5965 §3 and RFC 6692, each in one line; knows no other part.

use super::checks::{is_host_name, is_under_any};
use super::{Evidence, Sender, USER_AGENT};
use crate::arf::redact::{HIDDEN_DOMAIN, Redactor, hide_in_url};
use crate::arf::wire::MAX_LINE;
use crate::model::{ArrivalFrom, FeedKind, Ipv6Form, ReportForm, ReportType, clock};
use crate::text::refang;
use std::collections::HashSet;
use std::net::IpAddr;
use url::Url;

/// Every field name written here.
pub(super) const NAMES: &str = "Feedback-Type User-Agent Version Source-IP Source-Port Arrival-Date Incidents \
    Original-Mail-From Original-Rcpt-To Reported-Domain Reported-URI Authentication-Results Reporting-MTA dns";

/// URIs in one report; a desk blocks the hosts, not the thousandth link.
const MAX_URIS: usize = 1000;

/// Recipients and results in one report.
const MAX_REPEATED: usize = 100;

/// The fields, and those of them that the text repeats.
pub(super) struct Fields {
    /// Name and value, in the order of writing.
    pub lines: Vec<(&'static str, String)>,
    /// Reported-URI.
    pub uris: Vec<String>,
    /// Reported-Domain.
    pub domains: Vec<String>,
    /// Original-Rcpt-To.
    pub recipients: Vec<String>,
    /// Original-Mail-From.
    pub mail_from: Option<String>,
    /// Authentication-Results.
    pub results: Vec<String>,
}

/// The second part. Fields are never folded: widespread readers take one line for one field.
pub(super) fn fields(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    redactor: &Redactor<'_>,
    feedback: ReportType,
    form: &ReportForm,
    source: IpAddr,
) -> Fields {
    let report = &evidence.record.report;
    let spamtrap = evidence.record.feed_kind == FeedKind::Spamtrap && form.redaction;
    let uris = reported_uris(evidence, sender, redactor, spamtrap);
    let domains: Vec<String> = report
        .reported_domains
        .iter()
        .filter(|d| is_host_name(d) && redactor.text(d) == **d)
        .take(MAX_REPEATED)
        .cloned()
        .collect();
    let recipients: Vec<String> =
        report.original_rcpt_to.iter().take(MAX_REPEATED).map(|r| hidden_recipient(redactor, r)).collect();
    let mail_from = report.original_mail_from.as_deref().and_then(|m| envelope_sender(redactor, m, spamtrap));
    let results: Vec<String> = report
        .authentication_results
        .iter()
        .take(MAX_REPEATED)
        .map(|r| one_line(&redactor.text(r), 900))
        .filter(|r| !r.is_empty())
        .collect();

    let mut lines: Vec<(&'static str, String)> = vec![
        ("Feedback-Type", feedback.name().to_owned()),
        ("User-Agent", USER_AGENT.to_owned()),
        ("Version", "1".to_owned()),
        ("Source-IP", address_literal(source, form.ipv6)),
    ];
    lines.extend(report.source_port.map(|port| ("Source-Port", port.to_string())));
    // A derived time is our guess and not what the reporter saw.
    if report.arrival_from == ArrivalFrom::Field {
        lines.push(("Arrival-Date", clock::rfc5322(report.arrival)));
    }
    if evidence.incidents() > 1 {
        lines.push(("Incidents", evidence.incidents().to_string()));
    }
    lines.extend(mail_from.iter().map(|m| ("Original-Mail-From", m.clone())));
    lines.extend(recipients.iter().map(|r| ("Original-Rcpt-To", r.clone())));
    lines.extend(domains.iter().map(|d| ("Reported-Domain", d.clone())));
    lines.extend(uris.iter().map(|u| ("Reported-URI", u.clone())));
    lines.extend(results.iter().map(|r| ("Authentication-Results", r.clone())));
    lines.extend(
        sender.reporting_mta.filter(|h| is_host_name(h)).map(|h| ("Reporting-MTA", format!("dns; {h}"))),
    );
    Fields { lines, uris, domains, recipients, mail_from, results }
}

/// RFC 5321 §4.1.3, or what readers understand that know nothing of it.
fn address_literal(ip: IpAddr, form: Ipv6Form) -> String {
    match (ip, form) {
        (IpAddr::V6(v6), Ipv6Form::Strict) => format!("IPv6:{v6}"),
        _ => ip.to_string(),
    }
}

fn hidden_recipient(redactor: &Redactor<'_>, address: &str) -> String {
    let hidden = redactor.address(address);
    let domain = hidden.rsplit_once('@').map_or("", |(_, domain)| domain);
    match is_host_name(domain) {
        true => format!("<{hidden}>"),
        false => format!("<{}@{HIDDEN_DOMAIN}>", redactor.token(address)),
    }
}

/// The reverse path; left out when it is nothing that RFC 5321 §4.1.2 would allow.
fn envelope_sender(redactor: &Redactor<'_>, address: &str, spamtrap: bool) -> Option<String> {
    let address = address.trim();
    if address.is_empty() {
        return Some("<>".to_owned());
    }
    let hidden = match address.rsplit_once('@') {
        Some((_, domain)) if spamtrap => format!("{}@{domain}", redactor.token(address)),
        _ => redactor.text(address),
    };
    let sound = hidden.len() <= 320 && hidden.bytes().all(|b| b.is_ascii_graphic() && !b"<>".contains(&b));
    sound.then(|| format!("<{hidden}>"))
}

/// Printable ASCII in one line, cut at a blank.
fn one_line(text: &str, limit: usize) -> String {
    let mut line: String = text
        .chars()
        .map(|c| match c {
            ' '..='~' => c,
            c if c.is_whitespace() || c.is_control() => ' ',
            _ => '?',
        })
        .collect();
    if line.len() > limit {
        line.truncate(limit);
        line.truncate(line.rfind(' ').unwrap_or(limit));
    }
    line.trim().to_owned()
}

fn reported_uris(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    redactor: &Redactor<'_>,
    spamtrap: bool,
) -> Vec<String> {
    let report = &evidence.record.report;
    let mut seen = HashSet::new();
    report
        .reported_uris
        .iter()
        .chain(&report.urls)
        .filter_map(|url| uri(&redactor.text(url)))
        .filter(|url| !url.host_str().is_some_and(|host| is_under_any(host, &sender.own.domains)))
        .map(|url| if spamtrap { hide_in_url(url.as_str()) } else { String::from(url) })
        .filter(|url| url.len() + "Reported-URI: ".len() <= MAX_LINE && seen.insert(url.clone()))
        .take(MAX_URIS)
        .collect()
}

/// A URL as people and reports write it (defanged, without a scheme) as a valid URI with a host.
fn uri(text: &str) -> Option<Url> {
    let text = refang(text.trim());
    let bare = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    let text = if bare { format!("http://{text}") } else { text.into_owned() };
    let url = Url::parse(&text).ok()?;
    (matches!(url.scheme(), "http" | "https" | "ftp") && url.has_host() && url.as_str().is_ascii())
        .then_some(url)
}
