//! The report once more as XARF 4 (JSON), for desks that want that: only where everything is known that its schema
//! demands. Made of what is redacted already; knows no other part's form.

use super::fields::Fields;
use super::{Evidence, Sender, Stamp};
use crate::arf::redact::Redactor;
use crate::arf::wire;
use crate::model::{ArrivalFrom, FeedKind, clock};
use crate::text::url::host;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// The version of the schema that is written.
const VERSION: &str = "4.2.0";
/// The schema's limits.
const MOST_SUBJECT: usize = 500;
const MOST_MESSAGE_ID: usize = 200;
const MOST_EVIDENCE: usize = 5 << 20;
const MOST_URLS: usize = 20;

/// Every word that stands in it by itself.
pub(super) const NAMES: &str = "xarf_version report_id timestamp reporter sender org contact domain source_identifier \
    source_port category messaging content type spam phishing protocol smtp smtp_from subject message_id url tags \
    evidence_source spamtrap user_complaint automated_filter evidence content_type text rfc822-headers message rfc822 \
    description payload hash sha256 size xarf json application lafayette abuse fraud as received redacted";

/// What the evidence is: its type, and its bytes.
pub(super) type Exhibit<'e> = (&'static str, &'e [u8]);

/// The document, pure ASCII; or what is not known of what it needs.
pub(super) fn document(
    evidence: &Evidence<'_>,
    sender: &Sender<'_>,
    redactor: &Redactor<'_>,
    fields: &Fields,
    source: IpAddr,
    exhibit: Exhibit<'_>,
    stamp: &Stamp<'_>,
) -> Result<Vec<u8>, &'static str> {
    let report = &evidence.record.report;
    let is_trap = evidence.record.feed_kind == FeedKind::Spamtrap;
    let is_seen = match report.arrival_from {
        ArrivalFrom::Field => true,
        // Our own trap saw it come in.
        ArrivalFrom::Received | ArrivalFrom::Internal => is_trap,
        ArrivalFrom::Import => false,
    };
    if !is_seen {
        return Err("when the mail arrived");
    }
    let domain = sender.from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let us = json!({
        "org": sender.name.map_or(domain, str::trim), "contact": sender.from, "domain": domain,
    });
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| drop(out.insert(name.to_owned(), value));
    put("xarf_version", json!(VERSION));
    put("report_id", json!(report_id(stamp.token)));
    put("timestamp", json!(clock::rfc3339(report.arrival)));
    put("reporter", us.clone());
    put("sender", us);
    put("source_identifier", json!(source.to_canonical().to_string()));
    if let Some(port) = report.source_port {
        put("source_port", json!(port));
    }
    // The network of the source answers for what it sends. Only where a URL leads to the source itself does it host
    // what stands there.
    let hosted: Vec<&String> =
        fields.uris.iter().filter(|uri| leads_to(uri, source)).take(MOST_URLS).collect();
    match (hosted.first(), smtp(report.source_port, fields)) {
        (Some(url), _) => {
            put("category", json!("content"));
            put("type", json!("phishing"));
            put("url", json!(url));
        }
        (None, Ok(from)) => {
            put("category", json!("messaging"));
            put("type", json!("spam"));
            put("protocol", json!("smtp"));
            put("smtp_from", json!(from));
            let subject = report.subject.as_deref().map(|subject| redactor.text(subject));
            if let Some(subject) = subject.filter(|subject| !subject.trim().is_empty()) {
                put("subject", json!(start_of(&subject, MOST_SUBJECT)));
            }
            let message_id = report.message_id.as_deref().filter(|_| !is_trap).map(|id| redactor.text(id));
            if let Some(id) = message_id.filter(|id| id.len() <= MOST_MESSAGE_ID) {
                put("message_id", json!(id));
            }
        }
        (None, Err(missing)) => return Err(missing),
    }
    put("evidence_source", json!(if is_trap { "spamtrap" } else { "automated_filter" }));
    let (content_type, bytes) = exhibit;
    if bytes.len() <= MOST_EVIDENCE {
        let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        put(
            "evidence",
            json!([{
                "content_type": content_type, "description": "as received, redacted",
                "payload": BASE64.encode(bytes), "hash": format!("sha256:{hash}"), "size": bytes.len(),
            }]),
        );
    }
    Ok(ascii(&Value::Object(out).to_string()))
}

/// What a report about mail over SMTP cannot be without: port and envelope sender.
fn smtp(port: Option<u16>, fields: &Fields) -> Result<&str, &'static str> {
    let from = fields.mail_from.as_deref().map(|from| from.trim_matches(['<', '>']));
    match (port, from.filter(|from| from.contains('@'))) {
        (None, _) => Err("the port of the source"),
        (Some(_), None) => Err("the envelope sender"),
        (Some(_), Some(from)) => Ok(from),
    }
}

fn leads_to(uri: &str, source: IpAddr) -> bool {
    let host = host(uri).unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    ip.is_ok_and(|ip| ip.to_canonical() == source.to_canonical())
}

/// A UUID of version 4 (RFC 9562 §5.4): the message's own random token.
fn report_id(token: &str) -> String {
    let digits = token.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase());
    let mut digits: Vec<char> = digits.chain(std::iter::repeat('0')).take(32).collect();
    if let Some(version) = digits.get_mut(12) {
        *version = '4';
    }
    if let Some(variant) = digits.get_mut(16) {
        let bits = variant.to_digit(16).unwrap_or_default();
        *variant = char::from_digit(8 | bits & 3, 16).unwrap_or('8');
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().iter().collect::<String>();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn start_of(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// JSON in which everything beyond ASCII is written as `\u`, so that a search for recipients reads what a reader does.
fn ascii(json: &str) -> Vec<u8> {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out.into_bytes()
}

/// The part that it becomes, between boundaries.
pub(super) fn part(document: &[u8]) -> Vec<u8> {
    let mut out = b"Content-Type: application/json; charset=utf-8; name=\"xarf.json\"\r\n\
        Content-Disposition: attachment; filename=\"xarf.json\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        .to_vec();
    out.extend_from_slice(&wire::base64(document));
    out
}
