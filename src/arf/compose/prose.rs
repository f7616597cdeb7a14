//! The first part: the same facts for a person, in the words of a `ReportText`; knows no wire format.

use super::evidence::ThirdPart;
use super::fields::Fields;
use super::{Evidence, Sender, Stamp};
use crate::arf::redact::Redactor;
use crate::model::{ArrivalFrom, FeedKind, ReportForm, ReportType, clock};
use crate::text;
use std::fmt::Write;

const ABUSE: &str = "a mail that came from an address in your network was reported as unwanted.";
const FRAUD: [&str; 2] = [
    "a mail that came from an address in your network was sent in the name of",
    "and could not be authenticated as coming from there.",
];
const TRAP: &str = "It reached a mailbox that never asked for mail (a spamtrap).";
const OBSERVER: &str = "The mail system of";
const PASSED_ON: &str = "received it\nand passed the report to us.";
const UNKNOWN_OBSERVER: &str = "The receiving mail system";
const BY_TRACE: &str = "by the mail's Received header";
const BY_INBOX: &str = "not stated; the report reached us";
const URLS: &str = "URLs in the mail (defanged: hxxp and hxxps for http and https, [.] for a dot)";
const MAIL: &str = "the mail itself";
const HEADERS: &str = "the mail's header block";
const NOTHING_HIDDEN: &str = "The evidence is as it was received: nothing was hidden in it.";
const TOKENS: &str = "Recipients are replaced by tokens (RFC 6590), one token for one recipient.";
const NO_DOMAIN: &str = "a domain of ours";

const ARCHIVE: [&str; 2] =
    ["The fourth part is a zip file that holds the whole mail; its password is", "(a seal, no secret)."];

/// URLs that the text repeats; the second part has all.
const MAX_URLS: usize = 25;

/// Recipients and results that the text repeats.
const MAX_LINES: usize = 10;

/// Characters of one value in the text.
const MAX_VALUE: usize = 400;

/// Everything in the text that is the same in every report.
pub(super) fn public_text(sender: &Sender<'_>, form: &ReportForm) -> String {
    [
        sender.text.as_str(),
        ABUSE,
        FRAUD[0],
        FRAUD[1],
        TRAP,
        PASSED_ON,
        OBSERVER,
        UNKNOWN_OBSERVER,
        BY_TRACE,
        BY_INBOX,
        URLS,
        MAIL,
        HEADERS,
        ARCHIVE[0],
        ARCHIVE[1],
        form.zip_password.as_str(),
        TOKENS,
        NOTHING_HIDDEN,
        NO_DOMAIN,
    ]
    .join(" ")
}

/// What the text speaks of.
pub(super) struct Parts<'p> {
    pub feedback: ReportType,
    pub fields: &'p Fields,
    pub third: &'p ThirdPart,
    pub form: &'p ReportForm,
}

/// The text with its `{{names}}` filled in.
pub(super) fn prose(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    redactor: &Redactor<'_>,
    parts: &Parts<'_>,
    stamp: &Stamp<'_>,
) -> String {
    let report = &evidence.record.report;
    let record = evidence.record;
    let Parts { feedback, fields, third, form } = *parts;
    let hidden = |text: Option<&str>| showable(&redactor.text(text.unwrap_or_default()));
    let value = |name: &str| -> String {
        match name {
            "observer" => observer(evidence, redactor),
            "source_ip" => report.source_ip.map(|ip| ip.to_canonical().to_string()).unwrap_or_default(),
            "source_port" => report.source_port.map(|p| p.to_string()).unwrap_or_default(),
            "source_name" => hidden(record.source_name.as_deref()),
            "arrival" => arrival(evidence),
            "finding" => finding(feedback, fields),
            "domains" => showable(&fields.domains.join(", ")),
            "auth_failure" => report
                .auth_failure
                .as_deref()
                .map(|f| hidden(Some(&format!("failed ({f})"))))
                .unwrap_or_default(),
            "mail_from" => fields.mail_from.clone().unwrap_or_default(),
            "from" => from_header(evidence, redactor),
            "subject" => hidden(report.subject.as_deref()),
            "message_id" if record.feed_kind == FeedKind::Spamtrap && form.redaction => String::new(),
            "message_id" => {
                report.message_id.as_deref().map(|id| hidden(Some(&format!("<{id}>")))).unwrap_or_default()
            }
            "recipients" => lines(&fields.recipients),
            "incidents" if evidence.incidents() > 1 => evidence.incidents().to_string(),
            "period" => period(evidence),
            "authentication" => lines(&fields.results),
            "urls" => urls(&fields.uris),
            "evidence" => match third.content_type {
                "message/rfc822" => MAIL.to_owned(),
                _ => HEADERS.to_owned(),
            },
            "archive" if third.archived.is_some() => {
                format!("{} {}\n{}", ARCHIVE[0], showable(&form.zip_password), ARCHIVE[1])
            }
            "redaction" if form.redaction => TOKENS.to_owned(),
            "redaction" => NOTHING_HIDDEN.to_owned(),
            "reference" => stamp.token.chars().filter(char::is_ascii_alphanumeric).collect(),
            "reply" => sender.from.to_owned(),
            "reporter" => match sender.name.map(showable).filter(|name| !name.is_empty()) {
                Some(name) => format!("{name} <{}>", sender.from),
                None => sender.from.to_owned(),
            },
            _ => String::new(),
        }
    };
    sender.text.fill(value)
}

/// What happened, without a word about whose fault it is.
fn finding(feedback: ReportType, fields: &Fields) -> String {
    match feedback {
        ReportType::Abuse => ABUSE.to_owned(),
        ReportType::Fraud => {
            let domains = match showable(&fields.domains.join(", ")) {
                none if none.is_empty() => NO_DOMAIN.to_owned(),
                domains => domains,
            };
            format!("{}\n{domains} {}", FRAUD[0], FRAUD[1])
        }
    }
}

/// One a line, and how many are left to the second part.
fn lines(values: &[String]) -> String {
    let mut shown: Vec<String> = values.iter().take(MAX_LINES).map(|value| showable(value)).collect();
    if values.len() > MAX_LINES {
        shown.push(format!("and {} more, see the second part", values.len() - MAX_LINES));
    }
    shown.join("\n")
}

/// From the first mail of a flood to the last.
fn period(evidence: &Evidence<'_>) -> String {
    let Some(flood) = evidence.flood.filter(|flood| !flood.covered.is_empty()) else { return String::new() };
    let how = match evidence.record.report.arrival_from {
        ArrivalFrom::Field | ArrivalFrom::Import => String::new(),
        ArrivalFrom::Received => format!(", {BY_TRACE}"),
        ArrivalFrom::Internal => format!(", {BY_INBOX}"),
    };
    format!("{}\n{} (UTC{how})", clock::rfc5322(flood.first), clock::rfc5322(flood.last))
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
