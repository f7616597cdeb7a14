//! The first part: the same facts for a person, from the texts in `assets/report`; knows no wire format.

use super::evidence::ThirdPart;
use super::fields::Fields;
use super::{Evidence, Sender, Stamp};
use crate::arf::redact::Redactor;
use crate::model::{FeedKind, clock};
use crate::text;
use std::fmt::Write;

const ABUSE: &str = include_str!("../../../assets/report/abuse.txt");
const FRAUD: &str = include_str!("../../../assets/report/fraud.txt");

const TRAP: &str = "It reached a mailbox that never asked for mail (a spamtrap).";
const OBSERVER: &str = "The mail system of";
const PASSED_ON: &str = "received it\nand passed the report to us.";
const UNKNOWN_OBSERVER: &str = "The receiving mail system";
const BY_TRACE: &str = "by the mail's Received header";
const BY_INBOX: &str = "not stated; the report reached us";
const URLS: &str = "URLs in the mail (defanged: hxxp and hxxps for http and https, [.] for a dot)";
const MAIL: &str = "the mail itself";
const HEADERS: &str = "the mail's header block";
const TOKENS: &str = "Recipients are replaced by tokens (RFC 6590), one token for one recipient.";
const NO_DOMAIN: &str = "a domain of ours";

/// URLs that the text repeats; the second part has all.
const MAX_URLS: usize = 25;

/// Characters of one value in the text.
const MAX_VALUE: usize = 400;

/// The text for a feedback type.
pub(super) fn template(feedback: &str) -> &'static str {
    if feedback == "fraud" { FRAUD } else { ABUSE }
}

/// Everything in the text that is the same in every report.
pub(super) fn public_text(feedback: &str) -> String {
    [
        template(feedback),
        TRAP,
        PASSED_ON,
        OBSERVER,
        UNKNOWN_OBSERVER,
        BY_TRACE,
        BY_INBOX,
        URLS,
        MAIL,
        HEADERS,
        TOKENS,
        NO_DOMAIN,
    ]
    .join(" ")
}

/// The text with its `{{names}}` filled in. A line whose name has no value is left out.
pub(super) fn prose(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    redactor: &Redactor<'_>,
    feedback: &str,
    fields: &Fields,
    third: &ThirdPart,
    stamp: &Stamp<'_>,
) -> String {
    let report = &evidence.record.report;
    let record = evidence.record;
    let hidden = |text: Option<&str>| showable(&redactor.text(text.unwrap_or_default()));
    let value = |name: &str| -> String {
        match name {
            "observer" => observer(evidence, redactor),
            "source_ip" => report.source_ip.map(|ip| ip.to_canonical().to_string()).unwrap_or_default(),
            "source_port" => report.source_port.map(|p| p.to_string()).unwrap_or_default(),
            "source_name" => hidden(record.source_name.as_deref()),
            "arrival" => arrival(evidence),
            "domains" => match fields.domains.join(", ") {
                none if none.is_empty() => NO_DOMAIN.to_owned(),
                domains => showable(&domains),
            },
            "auth_failure" => report
                .auth_failure
                .as_deref()
                .map(|f| hidden(Some(&format!("failed ({f})"))))
                .unwrap_or_default(),
            "mail_from" => fields.mail_from.clone().unwrap_or_default(),
            "from" => from_header(evidence, redactor),
            "subject" => hidden(report.subject.as_deref()),
            "message_id" if record.feed_kind == FeedKind::Spamtrap => String::new(),
            "message_id" => {
                report.message_id.as_deref().map(|id| hidden(Some(&format!("<{id}>")))).unwrap_or_default()
            }
            "recipients" => showable(&fields.recipients.join(", ")),
            "incidents" if report.incidents > 1 => report.incidents.to_string(),
            "authentication" => fields.results.first().map(|r| showable(r)).unwrap_or_default(),
            "urls" => urls(&fields.uris),
            "evidence" => match third.content_type {
                "message/rfc822" => MAIL.to_owned(),
                _ => HEADERS.to_owned(),
            },
            "redaction" => TOKENS.to_owned(),
            "reference" => stamp.token.chars().filter(char::is_ascii_alphanumeric).collect(),
            "reply" => sender.from.to_owned(),
            "reporter" => match sender.name.map(showable).filter(|name| !name.is_empty()) {
                Some(name) => format!("{name} <{}>", sender.from),
                None => sender.from.to_owned(),
            },
            _ => String::new(),
        }
    };
    fill(template(feedback), value)
}

/// Each `{{name}}` replaced; a line with an empty one goes, and so do repeated blank lines.
fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    'lines: for line in template.lines() {
        let mut filled = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else { break };
            let text = value(name);
            if text.is_empty() {
                continue 'lines;
            }
            filled.push_str(before);
            filled.push_str(&text);
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

/// Who saw the mail: the domain of the reporter, never an address.
fn observer(evidence: &Evidence<'_>, redactor: &Redactor<'_>) -> String {
    let record = evidence.record;
    let domain = record.report.reporter.as_deref().and_then(|r| r.rsplit_once('@')).map(|(_, domain)| domain);
    match domain {
        _ if record.feed_kind == FeedKind::Spamtrap => TRAP.to_owned(),
        Some(domain) => format!("{OBSERVER} {} {PASSED_ON}", showable(&redactor.text(domain))),
        None => format!("{UNKNOWN_OBSERVER} {PASSED_ON}"),
    }
}

/// Display name and address of the mail's From: the name is what its reader saw.
fn from_header(evidence: &Evidence<'_>, redactor: &Redactor<'_>) -> String {
    let report = &evidence.record.report;
    let address = showable(&redactor.text(report.from.as_deref().unwrap_or_default()));
    match report.from_name.as_deref().map(|name| showable(&redactor.text(name))) {
        Some(name) if !name.is_empty() => format!("\"{name}\" <{address}>"),
        _ => address,
    }
}

fn arrival(evidence: &Evidence<'_>) -> String {
    use crate::model::ArrivalFrom;
    let report = &evidence.record.report;
    let date = clock::rfc5322(report.arrival);
    match report.arrival_from {
        ArrivalFrom::Field => format!("{date} (UTC)"),
        ArrivalFrom::Received => format!("{date} (UTC, {BY_TRACE})"),
        ArrivalFrom::Internal => format!("{BY_INBOX} {date} (UTC)"),
        ArrivalFrom::Import => String::new(),
    }
}

fn urls(uris: &[String]) -> String {
    if uris.is_empty() {
        return String::new();
    }
    let mut out = format!("{URLS}\n");
    for uri in uris.iter().take(MAX_URLS) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n  {}", showable(&text::defang(uri)));
    }
    if uris.len() > MAX_URLS {
        let _ = write!(out, "\n  and {} more, see the second part", uris.len() - MAX_URLS);
    }
    out
}

/// One line that can do nothing but be read; long values are cut.
fn showable(text: &str) -> String {
    let mut out = text::showable(text).into_string();
    if let Some((end, _)) = out.char_indices().nth(MAX_VALUE) {
        out.truncate(end);
        out.push_str(" [...]");
    }
    out.trim().to_owned()
}
