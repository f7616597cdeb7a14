//! X-ARF 0.1 and 0.2 (a text part of `Name: value` lines) and XARF 1 to 4 (JSON), as far as source, time and category go.

use super::super::mail::{Body, Mail, Part};
use super::super::original::{self, Original};
use super::super::{address, date, words};
use super::{Found, Stated, leaf_bytes};
use crate::model::{Field, SourceIpFrom};
use serde_json::Value;
use std::borrow::Cow;

/// A bigger part is no XARF report: its evidence is limited to 5 MiB (XARF 4).
const MAX_JSON_BYTES: usize = 8 << 20;
/// Values kept as fields.
const MAX_FIELDS: usize = 500;

/// A JSON part that is one, else a text part under the header that announces X-ARF.
pub fn find<'m>(outer: Mail<'m>, parts: &[Part<'m>]) -> Option<Found<'m>> {
    let leaves = || parts.iter().filter(|p| p.depth == 0).take(100);
    if let Some(found) = leaves().filter(|p| is_json(**p)).find_map(|p| from_json(*p, parts)) {
        return Some(found);
    }
    let announced = ["X-XARF", "X-ARF"].iter().any(|name| outer.header(name).is_some_and(|v| !v.is_empty()));
    let is_report = |p: &&Part<'_>| {
        p.file_name().is_some_and(|n| n.eq_ignore_ascii_case("report.txt"))
            || announced && matches!(p.body(), Body::Text(_))
    };
    leaves().filter(is_report).find_map(|p| from_lines(*p, parts))
}

fn is_json(part: Part<'_>) -> bool {
    let kind = part.content_type();
    kind == "application/json"
        || kind.ends_with("+json")
        || part.file_name().is_some_and(|n| n.to_ascii_lowercase().ends_with(".json"))
}

fn from_lines<'m>(part: Part<'m>, parts: &[Part<'m>]) -> Option<Found<'m>> {
    let bytes = leaf_bytes(part)?;
    let text = words::text(&bytes, None);
    let mut fields = Vec::new();
    for line in text.lines().take(MAX_FIELDS) {
        if let Some((name, value)) =
            line.split_once(':').filter(|(n, _)| !n.is_empty() && !n.starts_with(['#', ' ', '-']))
        {
            fields.push(Field {
                name: name.trim().to_owned(),
                value: value.trim().trim_matches(['"', '\'']).to_owned(),
            });
        }
    }
    let has = |name: &str| value(&fields, &[name]).is_some();
    if !has("Source") || !(has("Reported-From") || has("Schema-URL") || has("Report-ID")) {
        return None;
    }
    Some(found(fields, attached(parts)))
}

fn from_json<'m>(part: Part<'m>, parts: &[Part<'m>]) -> Option<Found<'m>> {
    let bytes = leaf_bytes(part).filter(|b| b.len() <= MAX_JSON_BYTES)?;
    let json: Value = serde_json::from_slice(bytes.trim_ascii()).ok()?;
    let is_one = ["xarf_version", "Reported-From", "ReporterInfo", "source_identifier", "report_id"]
        .iter()
        .any(|key| json.get(key).is_some());
    if !is_one {
        return None;
    }
    let mut fields = Vec::new();
    flatten("", &json, &mut fields);
    Some(found(fields, attached(parts).or_else(|| evidence(&json))))
}

fn attached<'m>(parts: &[Part<'m>]) -> Option<Original<'m>> {
    parts.iter().find(|p| p.depth == 0 && original::is_declared(**p)).and_then(|p| original::of(*p))
}

/// A mail carried inside the JSON (XARF 4 `evidence`, XARF 1 to 3 `Samples`).
fn evidence(json: &Value) -> Option<Original<'static>> {
    let lists =
        ["/evidence", "/Report/Samples", "/Samples"].iter().filter_map(|path| json.pointer(path)?.as_array());
    lists.flatten().take(50).find_map(|item| {
        let text = |names: [&str; 3]| names.iter().find_map(|n| item.get(*n)?.as_str());
        let kind = text(["content_type", "ContentType", "contentType"])?;
        if !kind.to_ascii_lowercase().starts_with("message/rfc822") {
            return None;
        }
        let payload = text(["payload", "Payload", "data"])?;
        let mut bytes = Vec::new();
        if original::is_header_block(payload.as_bytes(), 2) {
            bytes.extend_from_slice(payload.as_bytes());
        } else {
            words::base64(payload.as_bytes(), &mut bytes);
        }
        Some(Original::Bytes(Cow::Owned(original::mend(&bytes).into_owned())))
    })
}

/// Scalars as fields, members of objects as `Outer.Inner`. serde_json bounds the depth.
fn flatten(name: &str, value: &Value, fields: &mut Vec<Field>) {
    if fields.len() >= MAX_FIELDS {
        return;
    }
    let scalar = match value {
        Value::Object(members) => {
            for (key, inner) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, inner, fields);
            }
            return;
        }
        Value::Array(items) => return items.iter().for_each(|item| flatten(name, item, fields)),
        Value::Null => return,
        Value::String(text) if text.len() > 10_000 => return,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    fields.push(Field { name: name.to_owned(), value: scalar });
}

/// The first field with one of these names, with or without the name of the object around it.
fn value<'f>(fields: &'f [Field], names: &[&str]) -> Option<&'f str> {
    names.iter().find_map(|name| {
        let is_it = |f: &&Field| f.name.rsplit('.').next().is_some_and(|n| n.eq_ignore_ascii_case(name));
        fields.iter().find(is_it).map(|f| f.value.as_str()).filter(|v| !v.is_empty())
    })
}

fn found(fields: Vec<Field>, original: Option<Original<'_>>) -> Found<'_> {
    let get = |names: &[&str]| value(&fields, names);
    let source =
        get(&["source_identifier", "SourceIp", "source_ip", "Source"]).and_then(address::network_address);
    let stated = Stated {
        feedback_type: get(&["Category", "ReportClass", "Report-Type"]).map(str::to_ascii_lowercase),
        source: source.map(|(ip, _)| (ip, SourceIpFrom::Text)),
        source_port: get(&["source_port", "SourcePort"])
            .and_then(|p| p.parse().ok())
            .filter(|p| *p != 0)
            .or(source.and_then(|(_, port)| port)),
        arrival: get(&["timestamp", "Date"]).and_then(date::parse),
        mail_from: get(&["smtp_from", "SmtpMailFromAddress"]).map(address::path),
        rcpt_to: get(&["smtp_to", "SmtpRcptToAddress"]).map(address::path).into_iter().collect(),
        user_agent: get(&["User-Agent"]).map(str::to_owned),
        ..Stated::default()
    };
    Found { dialect: "x-arf", fields, is_bare: false, original, stated }
}
