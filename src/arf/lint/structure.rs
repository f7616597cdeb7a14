//! Rule 1: the form. Takes the report apart for the other rules, which it does not know.

use super::{Findings, Outside};
use crate::arf::mail::{self, Body, Mail, Part};
use crate::arf::redact::decoded_body;
use crate::arf::wire::MAX_LINE;
use crate::model::EvidenceForm;

/// A report taken apart.
pub(super) struct Parts<'m> {
    /// The whole.
    pub outer: Mail<'m>,
    /// The text for a person.
    pub text: Option<&'m str>,
    /// The fields in order: name, and value unfolded.
    pub fields: Option<Vec<(String, String)>>,
    /// The reported mail's headers, to be parsed.
    pub evidence: Option<Vec<u8>>,
    /// The name of a program or archive in the reported mail.
    pub program: Option<String>,
}

/// Endings of files that mail servers refuse.
const REFUSED: &[&str] = &[
    "exe", "scr", "com", "bat", "cmd", "pif", "js", "jse", "vbs", "vbe", "wsf", "hta", "lnk", "msi", "jar",
    "ps1", "iso", "img", "zip", "rar", "7z", "ace", "gz", "docm", "xlsm", "html", "htm", "svg",
];

/// Line ends and lengths. The first of a kind is named, not each.
pub(super) fn check_lines(bytes: &[u8], findings: &mut Findings) {
    let mut bare_lf = None;
    let mut long = None;
    let mut bare_cr = None;
    let mut number = 0usize;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        number += 1;
        let text = match (line.strip_suffix(b"\r\n"), line.strip_suffix(b"\n")) {
            (Some(text), _) => text,
            (None, Some(text)) => {
                bare_lf.get_or_insert(number);
                text
            }
            (None, None) => line,
        };
        if memchr::memchr(b'\r', text).is_some() {
            bare_cr.get_or_insert(number);
        }
        if text.len() > MAX_LINE {
            long.get_or_insert((number, text.len()));
        }
    }
    if let Some(line) = bare_lf {
        findings.error(1, format!("line {line} ends in LF alone: mail lines end in CR LF (RFC 5322 §2.1)"));
    }
    if let Some(line) = bare_cr {
        findings.error(1, format!("line {line} has a CR that ends no line (RFC 5322 §2.2)"));
    }
    if let Some((line, length)) = long {
        findings.error(1, format!("line {line} has {length} bytes: 998 are the limit (RFC 5322 §2.1.1)"));
    }
    findings.error_if(
        memchr::memchr(0, bytes).is_some(),
        1,
        "there is a NUL byte, which SMTP does not carry",
    );
}

/// Types and parts.
pub(super) fn check<'m>(outer: Mail<'m>, outside: &Outside<'_>, findings: &mut Findings) -> Parts<'m> {
    let all = outer.parts();
    let mut report = Parts { outer, text: None, fields: None, evidence: None, program: None };
    let Some(root) = all.first() else { return report };
    if !root.is("multipart", "report") {
        findings.error(1, format!("the type is {}, not multipart/report (RFC 5965 §2)", root.content_type()));
    }
    match root.parameter("report-type") {
        Some(kind) if kind.eq_ignore_ascii_case("feedback-report") => {}
        Some(kind) => {
            findings.error(1, format!("report-type is '{}', not feedback-report", kind.escape_debug()))
        }
        None => findings.error(1, "report-type=feedback-report is missing".to_owned()),
    }
    // The parts of the outermost message only; what is inside a message is evidence.
    let parts: Vec<Part<'_>> = all
        .iter()
        .skip(1)
        .copied()
        .filter(|p| p.depth == 0 && !matches!(p.body(), Body::Multipart))
        .collect();
    let nested = all.iter().skip(1).any(|p| p.depth == 0 && matches!(p.body(), Body::Multipart));
    findings.error_if(nested, 1, "a part is itself a multipart: the three parts stand side by side");
    let wants_archive = outside.form.is_some_and(|form| form.evidence == EvidenceForm::Zip);
    let wants_xarf = outside.form.is_some_and(|form| form.xarf);
    let mut beyond = parts.get(3..).unwrap_or_default().iter().peekable();
    beyond.next_if(|part| wants_archive && part.is("application", "zip"));
    beyond.next_if(|part| wants_xarf && part.is("application", "json"));
    match parts.len() {
        n if n >= 3 && beyond.peek().is_none() => {}
        n if n > 3 => findings.warning(
            1,
            format!("there are {n} parts: beyond three only what this contact asked for (RFC 5965 §2 c)"),
        ),
        n => findings.error(1, format!("there are {n} parts, not three (RFC 5965 §2)")),
    }
    check_text(parts.first(), &mut report, findings);
    check_fields(parts.get(1), &mut report, findings);
    check_evidence(parts.get(2), &mut report, findings);
    let files = all.iter().filter(|part| part.depth > 0).filter_map(|part| part.file_name());
    report.program = files.map(|name| name.to_string()).find(|name| {
        name.rsplit_once('.').is_some_and(|(_, end)| REFUSED.iter().any(|r| r.eq_ignore_ascii_case(end)))
    });
    report
}

fn check_text<'m>(part: Option<&Part<'m>>, report: &mut Parts<'m>, findings: &mut Findings) {
    let Some(part) = part else { return };
    match (part.content_type().as_str(), part.body()) {
        ("text/plain", Body::Text(text)) => {
            report.text = Some(text);
            findings.error_if(text.trim().is_empty(), 1, "the first part, for a person, is empty");
        }
        (other, _) => findings.error(1, format!("the first part is {other}, not text/plain (RFC 5965 §2 a)")),
    }
}

fn check_fields(part: Option<&Part<'_>>, report: &mut Parts<'_>, findings: &mut Findings) {
    let Some(part) = part else { return };
    if !part.is("message", "feedback-report") {
        findings.error(
            1,
            format!(
                "the second part is {}, not message/feedback-report (RFC 5965 §2 b)",
                part.content_type()
            ),
        );
        return;
    }
    let encoding = part.headers().find(|(name, _)| name.eq_ignore_ascii_case("Content-Transfer-Encoding"));
    if let Some((_, encoding)) = encoding.filter(|(_, e)| !e.trim().eq_ignore_ascii_case("7bit")) {
        findings.error(
            1,
            format!(
                "the second part is sent as {}: only 7bit is allowed (RFC 5965 §7)",
                encoding.escape_debug()
            ),
        );
    }
    let bytes = match part.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => part.encoded_body(),
    };
    findings.error_if(!part.encoded_body().is_ascii(), 1, "the second part is not pure ASCII (RFC 5965 §7)");
    let (fields, folded, strange) = split_fields(bytes);
    findings.warning_if(folded, 2, "a field is folded: widespread readers take one line for one field");
    findings.error_if(strange, 2, "a line in the second part is no field");
    report.fields = Some(fields);
}

/// Fields unfolded, whether one was folded, and whether a line is no field.
fn split_fields(bytes: &[u8]) -> (Vec<(String, String)>, bool, bool) {
    let mut fields: Vec<(String, String)> = vec![];
    let (mut folded, mut strange) = (false, false);
    for line in String::from_utf8_lossy(bytes).lines() {
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            folded = true;
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        match line
            .split_once(':')
            .filter(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()))
        {
            Some((name, value)) => fields.push((name.to_owned(), value.trim().to_owned())),
            None => strange = true,
        }
    }
    (fields, folded, strange)
}

fn check_evidence(part: Option<&Part<'_>>, report: &mut Parts<'_>, findings: &mut Findings) {
    let Some(part) = part else { return };
    let content_type = part.content_type();
    let headers = match (content_type.as_str(), part.body()) {
        ("message/rfc822", Body::Message(inner)) => inner.header_block().to_vec(),
        // The bytes and not the text: encoded words in it name charsets of their own.
        ("text/rfc822-headers", Body::Text(_)) => decoded_body(*part).into_owned(),
        ("message/rfc822" | "text/rfc822-headers", _) => {
            findings.error(1, "the third part holds no mail".to_owned());
            return;
        }
        _ => {
            findings.error(
                1,
                format!(
                    "the third part is {content_type}, neither message/rfc822 nor text/rfc822-headers (RFC 5965 §2 d)"
                ),
            );
            return;
        }
    };
    let mut headers = headers.trim_ascii().to_vec();
    if mail::parse(&headers).is_none_or(|m| Mail::of(&m).headers().next().is_none()) {
        findings.error(1, "the third part holds no header of a mail".to_owned());
        return;
    }
    headers.extend_from_slice(b"\r\n\r\n");
    report.evidence = Some(headers);
}
