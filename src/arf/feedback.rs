//! The field list of a report (RFC 5965 §3): finding the fields in whatever a sender made of it, and their values.

use super::address;
use super::mail::unfold;
use super::words;
use crate::model::{Field, Report, SourceIpFrom};
use std::borrow::Cow;

/// More fields than any honest report has; what follows is not read.
pub const MAX_FIELDS: usize = 10_000;

/// Longer values are cut; only canonicalized headers and bodies (RFC 6591 §3.3) come near.
pub const MAX_VALUE_BYTES: usize = 64 * 1024;

/// Every field that an RFC or a known reporter uses. Only these names are believed in odd places: in the part's MIME
/// header, or in the middle of a line.
const KNOWN: &[&str] = &[
    "Feedback-Type",
    "User-Agent",
    "Version",
    "Arrival-Date",
    "Received-Date",
    "Authentication-Results",
    "Auth-Failure",
    "DKIM-ADSP-DNS",
    "DKIM-Canonicalized-Body",
    "DKIM-Canonicalized-Header",
    "DKIM-Domain",
    "DKIM-Identity",
    "DKIM-Selector",
    "DKIM-Selector-DNS",
    "Delivery-Result",
    "Identity-Alignment",
    "Incidents",
    "Original-Envelope-Id",
    "Original-Mail-From",
    "Original-Rcpt-To",
    "Removal-Recipient",
    "Reported-Domain",
    "Reported-URI",
    "Reporting-MTA",
    "Source-IP",
    "Source-Port",
    "SPF-DNS",
    "Abuse-Type",
    "Subscription-Link",
    "Redacted-Address",
];

/// The name is a field of a report.
pub fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The bytes look like the field list of a report: they start with a known name or a MIME header, and there are at
/// least two known names, one of them Feedback-Type or Source-IP.
pub fn looks_like(bytes: &[u8]) -> bool {
    let start = bytes.get(..4096).unwrap_or(bytes);
    let names = || {
        start.split(|b| matches!(b, b'\r' | b'\n')).filter_map(|line| {
            let name = line.get(..line.iter().take(40).position(|b| *b == b':')?)?;
            std::str::from_utf8(name).ok().map(str::trim_end)
        })
    };
    let first_line =
        start.trim_ascii_start().split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let starts =
        std::str::from_utf8(first_line).ok().and_then(split).is_some_and(|(n, _)| is_known(n) || is_mime(n));
    starts
        && names().filter(|n| is_known(n)).nth(1).is_some()
        && names().any(|n| n.eq_ignore_ascii_case("feedback-type") || n.eq_ignore_ascii_case("source-ip"))
}

/// The fields of a body whose transfer encoding is undone. Line ends may be CR, LF or CRLF; a body that was encoded
/// in base64 more often than its header says is decoded again.
pub fn fields(body: &[u8]) -> Vec<Field> {
    let mut body = Cow::Borrowed(body);
    // Twice has been seen (NetEase); a third round costs nothing.
    for _ in 0..3 {
        if !is_base64(&body) {
            break;
        }
        let mut decoded = Vec::with_capacity(body.len() / 4 * 3);
        words::base64(&body, &mut decoded);
        body = Cow::Owned(decoded);
    }
    let text = words::text(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body), None);
    let fields = fields_of_lines(&text);
    if fields.len() <= 2 { fields_of_one_line(&text).unwrap_or(fields) } else { fields }
}

fn is_base64(bytes: &[u8]) -> bool {
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let bytes = bytes.trim_ascii();
    bytes.len() >= 16 && bytes.iter().all(|b| is_digit(b) || matches!(b, b'\r' | b'\n'))
}

fn fields_of_lines(text: &str) -> Vec<Field> {
    /// What a folded line would continue.
    enum Open {
        Nothing,
        Field,
        /// A MIME header that slipped into the body.
        Skipped,
    }
    let mut fields: Vec<Field> = Vec::new();
    let mut open = Open::Nothing;
    for line in lines(text) {
        let folded = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() {
            open = Open::Nothing;
        } else if folded && !matches!(open, Open::Nothing) {
            if let (Open::Field, Some(last)) = (&open, fields.last_mut()) {
                continue_value(last, line);
            }
        } else if let Some((name, value)) = split(line) {
            if is_mime(name) {
                open = Open::Skipped;
            } else if fields.len() < MAX_FIELDS {
                fields.push(Field { name: name.to_owned(), value: capped(value).to_owned() });
                open = Open::Field;
            }
        } else if let (Open::Field, Some(last)) = (&open, fields.last_mut()) {
            // A line that lost its leading blank; other stray lines mean nothing.
            if last.name.eq_ignore_ascii_case("authentication-results") && line.contains('=') {
                continue_value(last, line);
            }
        }
    }
    fields
}

/// Lines that are not empty, whatever ends them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let ends = memchr::memchr2_iter(b'\n', b'\r', text.as_bytes()).chain([text.len()]);
    ends.map(move |end| &text[std::mem::replace(&mut from, end + 1)..end]).filter(|line| !line.is_empty())
}

fn continue_value(field: &mut Field, line: &str) {
    if field.value.len() >= MAX_VALUE_BYTES {
        return;
    }
    if !field.value.is_empty() {
        field.value.push(' ');
    }
    field.value.push_str(capped(line));
}

/// At most [`MAX_VALUE_BYTES`] of a text.
fn capped(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_VALUE_BYTES)]
}

/// Name and value of a field line; `https://…` is none.
fn split(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    let is_name = !name.is_empty() && name.len() <= 100 && name.bytes().all(|b| b.is_ascii_graphic());
    (is_name && !value.starts_with("//")).then(|| (name, value.trim()))
}

fn is_mime(name: &str) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"))
        || name.eq_ignore_ascii_case("mime-version")
}

/// Fields that a sender wrote one after the other without line ends: cut before every known name.
fn fields_of_one_line(text: &str) -> Option<Vec<Field>> {
    let mut starts = Vec::new();
    let bytes = text.as_bytes();
    for colon in memchr::memchr_iter(b':', bytes) {
        let before = bytes.get(colon.saturating_sub(40)..colon)?;
        let length = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let name = text.get(colon - length..colon)?;
        if is_known(name) && starts.len() < MAX_FIELDS {
            starts.push((colon - length, colon));
        }
    }
    if starts.len() < 3 {
        return None;
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let field = |((start, colon), end): (&(usize, usize), usize)| {
        let name = text.get(*start..*colon).unwrap_or_default();
        let value = unfold(bytes.get(colon + 1..end).unwrap_or_default());
        Field { name: name.to_owned(), value: capped(&value).to_owned() }
    };
    Some(starts.iter().zip(ends).map(field).collect())
}

/// The values of every field of this name (any letter case) in order.
pub fn values<'f>(fields: &'f [Field], name: &'f str) -> impl Iterator<Item = &'f str> {
    fields.iter().filter(move |f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value.as_str())
}

/// Puts the fields that have a type into the report; dates, delivery and policy are judged elsewhere.
pub fn apply(fields: &[Field], report: &mut Report) {
    let mut over: Vec<&'static str> = vec![];
    let mut each_once = |name: &'static str, list: &mut Vec<String>, value: String| {
        if !is_kept(list, value) && !over.contains(&name) {
            over.push(name);
        }
    };
    let mut lower = String::new();
    for Field { name, value } in fields {
        name.clone_into(&mut lower);
        lower.make_ascii_lowercase();
        match lower.as_str() {
            "feedback-type" => first(&mut report.feedback_type, token(value)),
            "user-agent" => first(&mut report.user_agent, Some(value.clone()).filter(|v| !v.is_empty())),
            "incidents" => {
                let count = address::without_comments(value).trim().parse::<u32>().ok();
                report.incidents = count.filter(|n| *n > 0).unwrap_or(report.incidents);
            }
            "source-ip" if report.source_ip.is_none() => {
                if let Some((ip, port)) = address::network_address(value) {
                    report.source_ip = Some(ip);
                    report.source_ip_from = Some(SourceIpFrom::Field);
                    report.source_port = report.source_port.or(port);
                }
            }
            "source-port" => {
                let port = address::without_comments(value).trim().parse::<u16>().ok().filter(|p| *p != 0);
                report.source_port = port.or(report.source_port);
            }
            "original-mail-from" => first(&mut report.original_mail_from, Some(address::path(value))),
            "original-rcpt-to" => {
                for part in address::list(value) {
                    each_once("Original-Rcpt-To", &mut report.original_rcpt_to, address::path(part));
                }
            }
            "reported-domain" => {
                for part in address::without_comments(value).split([';', ',', ' ', '\t']) {
                    let domain = part.trim_matches(['<', '>', '"', '@', '.']).to_ascii_lowercase();
                    each_once("Reported-Domain", &mut report.reported_domains, domain);
                }
            }
            "reported-uri" => each_once("Reported-URI", &mut report.reported_uris, value.clone()),
            "auth-failure" => {
                let value = address::without_comments(value).trim().to_ascii_lowercase();
                first(&mut report.auth_failure, Some(value).filter(|v| !v.is_empty()));
            }
            "authentication-results" if !value.is_empty() => {
                report.authentication_results.push(value.clone());
            }
            _ => {}
        }
    }
    for name in over {
        report.notes.push(format!(
            "The report has too many values of {name}; the first {MAX_VALUES} different ones were kept."
        ));
    }
}

/// RFC 5965 allows these fields once; of several the first counts, as in RFC 5322 readers.
fn first(slot: &mut Option<String>, value: Option<String>) {
    if slot.is_none() {
        *slot = value;
    }
}

/// Values kept of a field that may stand several times; honest reports have a handful.
const MAX_VALUES: usize = 1_000;

/// Takes a value once; false when there is no room for it. The limit bounds the search for doubles, too.
fn is_kept(list: &mut Vec<String>, value: String) -> bool {
    if value.is_empty() {
        return true;
    }
    if list.len() >= MAX_VALUES {
        return false;
    }
    if !list.contains(&value) {
        list.push(value);
    }
    true
}

fn token(value: &str) -> Option<String> {
    let bare = address::without_comments(value);
    let word = bare.split([' ', '\t', ';', ',']).find(|w| !w.is_empty())?;
    Some(word.trim_matches('"').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(body: &str) -> Vec<(String, String)> {
        fields(body.as_bytes()).into_iter().map(|f| (f.name, f.value)).collect()
    }

    fn expect(body: &str, want: &[(&str, &str)]) {
        let want: Vec<_> = want.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(pairs(body), want, "{body:?}");
    }

    const THREE: &[(&str, &str)] = &[("Feedback-Type", "abuse"), ("User-Agent", "a/1"), ("Version", "1")];

    #[test]
    fn line_ends_blank_lines_and_stray_lines_do_not_matter() {
        expect("Feedback-Type: abuse\nUser-Agent: a/1\nVersion: 1", THREE);
        expect("Feedback-Type: abuse\rUser-Agent: a/1\rVersion: 1\r", THREE);
        expect("\r\n\r\nFeedback-Type: abuse\r\nUser-Agent:\r\n a/1\r\n\r\nVersion:1\r\n", THREE);
        expect(
            "Feedback-Type: abuse\nhttps://example.com/a:b\nUser-Agent: a/1\nnonsense\nVersion : 1\n",
            THREE,
        );
        expect(
            "Content-Type: text/plain;\n charset=x\n\nFeedback-Type: abuse\nUser-Agent: a/1\nVersion: 1\n",
            THREE,
        );
        expect("Feedback-Type: abuse User-Agent: a/1 Version: 1", THREE);
        expect(" Feedback-Type: abuse\nUser-Agent: a/1\nVersion: 1", THREE);
    }

    #[test]
    fn base64_is_undone_as_often_as_it_was_done() {
        let once = "RmVlZGJhY2stVHlwZTogYWJ1c2UNClVzZXItQWdlbnQ6IGEvMQ0KVmVyc2lvbjogMQ==";
        expect(once, THREE);
        let twice =
            "Um1WbFpHSmhZMnN0Vkhsd1pUb2dZV0oxYzJVTkNsVnpaWEl0UVdkbGJuUTZJR0V2TVEwS1ZtVnljMmx2YmpvZ01RPT0=";
        expect(twice, THREE);
    }

    #[test]
    fn the_typed_values_are_those_that_the_rfcs_mean() {
        let mut report = Report::default();
        let body = "feedback-type: Auth-Failure (x)\nSource-Ip: [IPv6:2001:DB8::1] (host)\nSource-Port: 4227\n\
            Incidents: 7\nOriginal-Mail-From: <>\nOriginal-Mail-From: late@example.org\n\
            Original-Rcpt-To: <a@example.org>, b@example.org\nOriginal-Rcpt-To: a@example.org\n\
            Reported-Domain: Example.ORG; b.example\nReported-Domain: example.org\nReported-URI: mailto:x@example.org\n\
            Auth-Failure: DMARC\nAuthentication-Results: mx.example;\n dmarc=fail\n";
        apply(&fields(body.as_bytes()), &mut report);
        assert_eq!(report.feedback_type.as_deref(), Some("auth-failure"));
        assert_eq!(report.source_ip, Some("2001:db8::1".parse().expect("address")));
        assert_eq!((report.source_port, report.incidents), (Some(4227), 7));
        assert_eq!(report.original_mail_from.as_deref(), Some(""));
        assert_eq!(report.original_rcpt_to, ["a@example.org", "b@example.org"]);
        assert_eq!(report.reported_domains, ["example.org", "b.example"]);
        assert_eq!(report.reported_uris, ["mailto:x@example.org"]);
        assert_eq!(report.auth_failure.as_deref(), Some("dmarc"));
        assert_eq!(report.authentication_results, ["mx.example; dmarc=fail"]);
    }

    #[test]
    fn values_beyond_the_limit_are_told_of() {
        let body = |count: usize| {
            let lines = (0..count).map(|n| format!("Reported-Domain: d{n}.example\n"));
            format!("Feedback-Type: abuse\n{}Original-Rcpt-To: a@b.example\n", lines.collect::<String>())
        };
        for (count, kept, notes) in [(MAX_VALUES, MAX_VALUES, 0), (MAX_VALUES + 5, MAX_VALUES, 1)] {
            let mut report = Report::default();
            apply(&fields(body(count).as_bytes()), &mut report);
            assert_eq!((report.reported_domains.len(), report.notes.len()), (kept, notes));
            assert!(report.notes.iter().all(|note| note.contains("Reported-Domain")), "{:?}", report.notes);
        }
    }
}
