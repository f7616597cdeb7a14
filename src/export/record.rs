//! One report, everything that is known about it, for people.

use super::page::Page;
use super::{Look, minute, prose, thousands};
use crate::model::{AddressFacts, Record, Status, clock};
use crate::text::defang;
use std::io::{self, Write};

/// Writes the report, with what is known of its source.
pub fn write(
    out: &mut dyn Write,
    record: &Record,
    source: Option<&AddressFacts>,
    look: Look,
) -> io::Result<()> {
    let mut page = Page::new(out, look);
    let report = &record.report;
    let title = match record.status {
        Status::Report => format!("Report {}", record.id),
        Status::Quarantined => format!("Message {}, quarantined", record.id),
        Status::NotReport => format!("Message {}, no report", record.id),
    };
    page.heading(&title);
    page.line("Because", &record.status_reason)?;
    page.line("State", &state(record))?;
    page.line("Tags", &record.tags.join(" "))?;

    page.heading("Reported mail");
    page.line("Subject", &prose(report.subject.as_deref().unwrap_or_default()))?;
    let from = [report.from_name.as_deref(), report.from.as_deref()];
    page.line("From", &prose(&from.into_iter().flatten().collect::<Vec<_>>().join("  ")))?;
    page.known("Reply-To", report.reply_to.as_deref())?;
    let mail_from =
        report.original_mail_from.as_deref().map(|from| if from.is_empty() { "<>" } else { from });
    page.known("Mail From", mail_from)?;
    page.each("Rcpt To", &report.original_rcpt_to)?;
    page.known("Message-ID", report.message_id.as_deref())?;
    page.line("Arrival", &format!("{} UTC ({})", minute(report.arrival), report.arrival_from.words()))?;
    page.line("Kind", &with_reason(report.kind.name(), &report.kind_reason))?;
    page.line("Cause", &with_reason(report.cause.name(), &report.cause_reason))?;

    page.heading("Source");
    if let Some(ip) = report.source_ip {
        let from = report.source_ip_from.map(|from| format!(" ({})", from.words())).unwrap_or_default();
        let port = report.source_port.map(|port| format!(" port {port}")).unwrap_or_default();
        page.line("Address", &format!("{ip}{port}{from}"))?;
    }
    page.known("Name", record.source_name.as_deref())?;
    if record.source_name_confirmed == Some(false) {
        page.line("", "(that name does not have this address)")?;
    }
    let asn = record.asn.map(|asn| format!("AS{asn} {}", record.as_name.as_deref().unwrap_or_default()));
    page.known("Network", asn.as_deref())?;
    let origin = source.and_then(|source| source.origin.as_ref());
    page.line("Announced", &origin.map_or_else(String::new, |origin| super::network(origin, clock::now())))?;
    page.line("Country", &super::country(record))?;
    page.line("Listed", &super::listed(&record.listed))?;
    page.line("Did not answer", &record.lists_unknown.join(" "))?;
    page.line("Abuse contact", &record.contacts.join(" "))?;
    let looked_up = record.looked_up_at.map(|at| format!("{} UTC", minute(at)));
    page.known("Looked up", looked_up.as_deref())?;

    page.heading("Report");
    page.known("Type", report.feedback_type.as_deref())?;
    let unverified = if report.unverified { "  ~ not authenticated" } else { "" };
    page.line("Reporter", &format!("{}{unverified}", report.reporter.as_deref().unwrap_or_default()))?;
    page.known("User-Agent", report.user_agent.as_deref())?;
    page.each("Reported domain", &report.reported_domains)?;
    let uris: Vec<String> = report.reported_uris.iter().map(|uri| defang(uri)).collect();
    page.each("Reported URI", &uris)?;
    page.known("Auth failure", report.auth_failure.as_deref())?;
    page.known("Delivery", report.delivery.map(crate::model::Delivery::name))?;
    page.known("Policy", report.policy.map(crate::model::DomainPolicy::name))?;
    page.each("Authentication", &report.authentication_results)?;
    if report.incidents != 1 {
        page.line("Incidents", &thousands(u64::from(report.incidents)))?;
    }

    let urls: Vec<String> = report.urls.iter().map(|url| defang(url)).collect();
    page.section("URLs", &urls)?;
    page.section("Addresses in its text", &report.addresses)?;
    let file = |file: &crate::model::Attachment| {
        let name = if file.name.is_empty() { "(no name)" } else { &file.name };
        if file.sha256.is_empty() {
            return format!("{name}  {}  size and hashes not known", file.content_type);
        }
        format!("{name}  {}  {} bytes  sha256 {}", file.content_type, thousands(file.size), file.sha256)
    };
    page.section("Files", &report.files.iter().map(file).collect::<Vec<_>>())?;
    page.section("Remarks", &report.notes)?;
    let note = |note: &crate::model::Note| format!("{} {}: {}", minute(note.at), note.by, note.text);
    page.section("Notes", &record.notes.iter().map(note).collect::<Vec<_>>())?;

    page.heading("Stored");
    page.line("Feed", &format!("{} ({})", record.feed, record.feed_kind))?;
    page.line("Origin", &record.origin)?;
    page.line("Stored at", &format!("{} UTC", minute(record.stored_at)))?;
    page.line("Size", &format!("{} bytes", thousands(record.size)))?;
    page.line("SHA-256", &super::hex(&record.sha256))
}

fn state(record: &Record) -> String {
    let reported = record.reported_at.map(|at| format!("reported {}", minute(at)));
    let dismissed = record.dismissed.as_ref().map(|dismissal| {
        let why = if dismissal.reason.is_empty() { String::new() } else { format!(": {}", dismissal.reason) };
        format!("dismissed {}{why}", minute(dismissal.at))
    });
    let marked = record.marked.then(|| "marked".to_owned());
    let parts: Vec<String> = [reported, dismissed, marked].into_iter().flatten().collect();
    if parts.is_empty() { "open".to_owned() } else { parts.join(", ") }
}

fn with_reason(name: &str, reason: &str) -> String {
    match reason {
        "" => name.to_owned(),
        // Some reasons begin with what they are for.
        _ if reason.starts_with(name) => reason.to_owned(),
        _ => format!("{name}: {reason}"),
    }
}
