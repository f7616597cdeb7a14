//! Everything about one report, in parts, as names and values. Texts stay as mails have them: `text` makes them
//! showable where they are shown.

use super::event::{Detail, DetailPart};
use super::rows::rows;
use crate::arf::authentication;
use crate::arf::content::readable::html_as_text;
use crate::arf::mail::{self, Body, Mail};
use crate::arf::read::reported_mail;
use crate::arf::words;
use crate::export::urls::feeds_in_words;
use crate::export::{country, hex, listed, minute, network, thousands};
use crate::model::{AddressFacts, Delivery, DomainPolicy, Outgoing, Record, ReportId, Response, clock};
use crate::store::{self, Store};

/// What a part shows at most; the rest is in the raw report, which can be saved.
const MOST_LINES: usize = 20_000;
/// Bytes of the raw report, and of a text.
const MOST_BYTES: usize = 1 << 20;

type Lines = Vec<(String, String)>;

/// Reads it; `None` when there is none.
pub(super) fn read(store: &Store, id: ReportId) -> Result<Option<Detail>, store::Error> {
    let (Some(record), Some(row)) = (store.record(id)?, rows(store, &[id])?.pop()) else {
        return Ok(None);
    };
    let source = record.report.source_ip.map(|ip| store.source(ip)).transpose()?.flatten();
    let raw = store.raw(id)?.unwrap_or_default();
    let inner = reported_mail(&raw, record.feed_kind);
    let report = &record.report;
    let (text, html) = texts(inner.as_deref().unwrap_or(&raw));
    let mut urls: Lines = vec![];
    for url in &report.urls {
        urls.push((feeds_in_words(&store.url_standings(url)?), url.clone()));
    }
    let files: Lines = report.files.iter().flat_map(file).collect();
    let authentication: Lines =
        report.authentication_results.iter().flat_map(|value| results(value)).collect();
    let notes: Lines =
        record.notes.iter().map(|note| (minute(note.at), format!("{}: {}", note.by, note.text))).collect();
    let told: Lines = store.outgoing_of(id)?.iter().map(history).collect();
    let part = |title, count: Option<usize>, lines: Lines, defang| DetailPart {
        title,
        count,
        lines: cut(lines),
        defang,
    };
    let parts = vec![
        part("report", None, known(&record, source.as_ref()), true),
        part("headers", None, headers(&raw, inner.as_deref()), true),
        part("text", None, or_say(text, "no plain text in this mail"), true),
        part("html", None, or_say(html, "no HTML in this mail"), true),
        part("URLs", Some(urls.len()), or_say(urls, "no URLs in this mail"), true),
        part("files", Some(report.files.len()), or_say(files, "no files in this mail"), false),
        part(
            "authentication",
            Some(report.authentication_results.len()),
            or_say(authentication, "no Authentication-Results in the reported mail"),
            false,
        ),
        part("notes", Some(notes.len()), or_say(notes, "no notes on this report"), false),
        part("history", Some(told.len()), or_say(told, "nothing was sent about this report"), false),
        part("raw", None, raw_lines(&raw), true),
    ];
    Ok(Some(Detail { row, parts, urls: record.report.urls }))
}

/// A row of the ledger, by when its state began.
fn history(row: &Outgoing) -> (String, String) {
    let response = match row.response {
        Response::None => String::new(),
        response => format!(", {response}"),
    };
    let ticket = row.ticket.as_ref().map(|ticket| format!(", ticket {ticket}")).unwrap_or_default();
    let answer = if row.answer.is_empty() { String::new() } else { format!(": {}", row.answer) };
    let due = row.due.map(|due| format!(", due {} UTC", minute(due))).unwrap_or_default();
    let what = format!("row {}, {} to {}: {}", row.id, row.kind, row.recipient, row.state);
    (minute(row.state_at), format!("{what}{due}{response}{ticket}{answer}"))
}

/// A part without lines says so, or it looks as if it were still on its way.
fn or_say(lines: Lines, nothing: &str) -> Lines {
    if lines.iter().all(|(name, text)| name.is_empty() && text.trim().is_empty()) {
        return vec![(String::new(), nothing.to_owned())];
    }
    lines
}

fn cut(mut lines: Lines) -> Lines {
    if lines.len() > MOST_LINES {
        let left = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push((
            String::new(),
            format!("… {} more lines; save the raw report to see them", thousands(left as u64)),
        ));
    }
    lines
}

/// Every known field, with where it came from.
fn known(record: &Record, source: Option<&AddressFacts>) -> Lines {
    let report = &record.report;
    let mut lines = vec![];
    let mut add = |name: &str, value: String| {
        if !value.trim().is_empty() {
            lines.push((name.to_owned(), value));
        }
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let because = |value: &str, reason: &str| match reason {
        "" => value.to_owned(),
        _ if reason.starts_with(value) => reason.to_owned(),
        _ => format!("{value}: {reason}"),
    };
    add("Status", because(record.status.name(), &record.status_reason));
    add("Subject", text(&report.subject));
    add("From", [text(&report.from_name), text(&report.from)].join("  ").trim().to_owned());
    add("Reply-To", text(&report.reply_to));
    add(
        "Mail From",
        report
            .original_mail_from
            .as_ref()
            .map_or_else(String::new, |from| if from.is_empty() { "<>".to_owned() } else { from.clone() }),
    );
    report.original_rcpt_to.iter().for_each(|to| add("Rcpt To", to.clone()));
    add("Message-ID", text(&report.message_id));
    add("Arrival", format!("{} UTC ({})", minute(report.arrival), report.arrival_from.words()));
    add("Kind", because(report.kind.name(), &report.kind_reason));
    add("Cause", because(report.cause.name(), &report.cause_reason));
    add(
        "Source",
        report.source_ip.map_or_else(String::new, |ip| {
            let port = report.source_port.map(|port| format!(" port {port}")).unwrap_or_default();
            let from = report.source_ip_from.map(|from| format!(" ({})", from.words())).unwrap_or_default();
            format!("{ip}{port}{from}")
        }),
    );
    let unconfirmed = match record.source_name_confirmed {
        Some(false) => "  (that name does not have this address)",
        _ => "",
    };
    add(
        "Source name",
        record.source_name.as_ref().map_or_else(String::new, |name| format!("{name}{unconfirmed}")),
    );
    let name = record.as_name.as_deref().unwrap_or_default();
    add("Network", record.asn.map_or_else(String::new, |asn| format!("AS{asn} {name}").trim().to_owned()));
    let origin = source.and_then(|source| source.origin.as_ref());
    add("Announced", origin.map_or_else(String::new, |origin| network(origin, clock::now())));
    add("Country", country(record));
    add("Listed", listed(&record.listed));
    add("Did not answer", record.lists_unknown.join(" "));
    add("Abuse contact", record.contacts.join(" "));
    add("Looked up", record.looked_up_at.map_or_else(String::new, |at| format!("{} UTC", minute(at))));
    add("Feedback type", text(&report.feedback_type));
    let unverified = if report.unverified { "  ~ not authenticated" } else { "" };
    add("Reporter", format!("{}{unverified}", text(&report.reporter)));
    add("User agent", text(&report.user_agent));
    add("Reported domains", report.reported_domains.join(" "));
    report.reported_uris.iter().for_each(|uri| add("Reported URI", uri.clone()));
    add("Auth failure", text(&report.auth_failure));
    add("Delivery", report.delivery.map(Delivery::name).unwrap_or_default().to_owned());
    add("Policy", report.policy.map(DomainPolicy::name).unwrap_or_default().to_owned());
    add("Incidents", thousands(report.incidents.into()));
    add("Addresses", report.addresses.join(" "));
    add("Tags", record.tags.join(" "));
    add("Marked", if record.marked { "yes" } else { "" }.to_owned());
    add(
        "Dismissed",
        record.dismissed.as_ref().map_or_else(String::new, |dismissal| {
            because(&format!("{} UTC", minute(dismissal.at)), &dismissal.reason)
        }),
    );
    add("Reported", record.reported_at.map_or_else(String::new, |at| format!("{} UTC", minute(at))));
    record
        .notes
        .iter()
        .for_each(|note| add("Note", format!("{} {}: {}", minute(note.at), note.by, note.text)));
    report.notes.iter().for_each(|note| add("Remark", note.clone()));
    add("Feed", format!("{} ({})", record.feed, record.feed_kind));
    add("Origin", record.origin.clone());
    add("Stored", format!("{} UTC", minute(record.stored_at)));
    add("Size", format!("{} bytes", thousands(record.size)));
    add("SHA-256", hex(&record.sha256));
    lines
}

/// The header blocks of the report and of the reported mail; encoded words decoded.
fn headers(raw: &[u8], inner: Option<&[u8]>) -> Lines {
    let mut lines = vec![];
    for (title, bytes) in [("— the report —", Some(raw)), ("— the reported mail —", inner)] {
        let Some(message) = bytes.and_then(mail::parse) else { continue };
        lines.push((String::new(), title.to_owned()));
        for (name, value) in Mail::of(&message).headers() {
            lines.push((name.to_owned(), words::decode(value.as_bytes(), None)));
        }
    }
    lines
}

/// The decoded texts of a mail, and its HTML as text.
fn texts(mail: &[u8]) -> (Lines, Lines) {
    let Some(message) = mail::parse(mail) else {
        return (lines_of(&String::from_utf8_lossy(cut_bytes(mail))), vec![]);
    };
    let (mut text, mut html) = (vec![], vec![]);
    for part in Mail::of(&message).parts() {
        match part.body() {
            Body::Text(body) if !part.is_attachment() => text.extend(lines_of(body)),
            Body::Html(body) if !part.is_attachment() => html.extend(lines_of(&html_as_text(start(body)))),
            _ => {}
        }
    }
    (text, html)
}

fn start(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MOST_BYTES)).unwrap_or(text)
}

fn cut_bytes(bytes: &[u8]) -> &[u8] {
    bytes.get(..MOST_BYTES).unwrap_or(bytes)
}

fn lines_of(text: &str) -> Lines {
    let shown = start(text);
    let mut lines: Lines = shown.lines().map(|line| (String::new(), line.to_owned())).collect();
    add_rest(&mut lines, text.len() - shown.len());
    lines
}

fn add_rest(lines: &mut Lines, left: usize) {
    if left > 0 {
        let bytes = thousands(left as u64);
        lines.push((String::new(), format!("… {bytes} more bytes; save the raw report to see them")));
    }
}

fn raw_lines(raw: &[u8]) -> Lines {
    let shown = cut_bytes(raw);
    let text = String::from_utf8_lossy(shown);
    let mut lines: Lines = text.lines().map(|line| (String::new(), line.to_owned())).collect();
    add_rest(&mut lines, raw.len() - shown.len());
    lines
}

fn file(file: &crate::model::Attachment) -> Lines {
    let name = if file.name.is_empty() { "(no name)" } else { &file.name };
    vec![
        (name.to_owned(), format!("{}, {} bytes", file.content_type, thousands(file.size))),
        ("sha256".to_owned(), file.sha256.clone()),
        ("md5".to_owned(), file.md5.clone()),
    ]
}

/// One Authentication-Results field (RFC 8601): who says it, then a line for each method.
fn results(value: &str) -> Lines {
    let parsed = authentication::parse(value);
    if parsed.results.is_empty() {
        return vec![(String::new(), value.to_owned())];
    }
    let mut lines = vec![("by".to_owned(), parsed.authserv_id.unwrap_or_else(|| "(not said)".to_owned()))];
    for result in parsed.results {
        let mut said = vec![result.result];
        said.extend(result.properties.into_iter().map(|(name, value)| format!("{name}={value}")));
        if !result.comment.is_empty() {
            said.push(format!("({})", result.comment));
        }
        lines.push((result.method, said.join(" ")));
    }
    lines
}
