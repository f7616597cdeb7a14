//! Rules 2 to 18, as far as the report itself tells; knows nothing of MIME.

use super::Findings;
use super::outside::{self, Outside};
use super::structure::Parts;
use crate::arf::compose::{MAX_SUBJECT, address_problem};
use crate::arf::mail::{self, Mail};
use crate::model::Ipv6Form;
use chrono::DateTime;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Fields that stand exactly once (RFC 5965 §3.1).
const REQUIRED: &[&str] = &["Feedback-Type", "User-Agent", "Version"];

/// Fields that stand at most once (RFC 5965 §3.2, RFC 6591 §3, RFC 6692, RFC 9991).
const ONCE: &[&str] = &[
    "Arrival-Date",
    "Received-Date",
    "Incidents",
    "Original-Envelope-Id",
    "Original-Mail-From",
    "Reporting-MTA",
    "Source-IP",
    "Source-Port",
    "Auth-Failure",
    "Delivery-Result",
    "Identity-Alignment",
    "DKIM-Domain",
    "DKIM-Identity",
    "DKIM-Selector",
    "DKIM-Canonicalized-Header",
    "DKIM-Canonicalized-Body",
    "DKIM-Selector-DNS",
    "DKIM-ADSP-DNS",
];

/// Fields that may be repeated.
const REPEATED: &[&str] =
    &["Authentication-Results", "Original-Rcpt-To", "Reported-Domain", "Reported-URI", "SPF-DNS"];

/// Types that are registered and may go to a network (RFC 5965 §7.3, RFC 6650).
const TYPES: &[&str] = &["abuse", "fraud", "virus", "other"];

/// Ways to say that one can have no more of this.
const STOP: &[&str] = &[
    "no more report",
    "no further report",
    "no longer wish",
    "no longer want",
    "stop receiving",
    "stop sending",
    "word stop",
    "opt out",
    "opt-out",
    "unsubscribe",
    "not want to receive",
    "not wish to receive",
];

/// How much shorter than allowed a cut subject may be: a character of several bytes, and a blank before it.
const LAST_WORD: usize = 8;

/// More is refused by many desks (PROTOCOLS rule 17).
const MAX_SIZE: usize = 5 * 1024 * 1024;

pub(super) fn check(report: &Parts<'_>, size: usize, outside: &Outside<'_>, findings: &mut Findings) {
    let evidence = report.evidence.as_deref().and_then(mail::parse);
    let evidence = evidence.as_ref().map(Mail::of).filter(|mail| mail.raw_headers().next().is_some());
    if report.evidence.is_some() && evidence.is_none() {
        findings.error(1, "the third part holds no header of a mail".to_owned());
    }
    if let Some(fields) = &report.fields {
        let fields = Fields(fields);
        check_fields(fields, findings);
        check_source(fields, outside, findings);
        check_type(fields, findings);
        check_known(fields, findings);
        check_text_repeats(fields, report.text, findings);
        check_recipients(fields, evidence, findings);
    }
    check_subject(report.outer, evidence, findings);
    check_headers(report.outer, findings);
    check_stop_notice(report.text, findings);
    if let Some(evidence) = evidence {
        check_loop(report.outer, evidence, findings);
    }
    outside::check(report.outer, report.fields.as_deref().map(Fields), evidence, outside, findings);
    if size > MAX_SIZE {
        findings.warning(17, format!("the report has {size} bytes: many desks take 5 MB at most"));
    }
    if let Some(file) = &report.program {
        let sentence =
            format!("the mail goes along with '{}', which scanners on the way refuse", file.escape_debug());
        findings.warning(17, sentence);
    }
}

/// The fields of the second part.
#[derive(Clone, Copy)]
pub(super) struct Fields<'f>(&'f [(String, String)]);

impl<'f> Fields<'f> {
    /// The values of a field.
    pub(super) fn all(self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Its first value.
    pub(super) fn first(self, name: &'f str) -> Option<&'f str> {
        self.all(name).next()
    }
}

/// Rule 2.
fn check_fields(fields: Fields<'_>, findings: &mut Findings) {
    for name in REQUIRED {
        match fields.all(name).count() {
            1 => {}
            0 => findings.error(2, format!("{name} is missing (RFC 5965 §3.1)")),
            n => findings.error(2, format!("{name} stands {n} times and may stand once (RFC 5965 §3.1)")),
        }
    }
    for name in ONCE {
        let count = fields.all(name).count();
        // Several sources are rule 3's.
        if count > 1 && *name != "Source-IP" {
            findings.error(2, format!("{name} stands {count} times and may stand once"));
        }
    }
    let both = fields.first("Arrival-Date").is_some() && fields.first("Received-Date").is_some();
    findings.error_if(both, 2, "Arrival-Date and its old name Received-Date stand together");
    if let Some(version) = fields.first("Version").filter(|v| *v != "1") {
        findings.error(2, format!("Version is '{}', not 1 (RFC 5965 §3.1)", version.escape_debug()));
    }
    let mut named: Vec<&str> = vec![];
    for (name, value) in fields.0 {
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        let known = REQUIRED.iter().chain(ONCE).chain(REPEATED).any(is);
        if !known && named.len() < 10 && !named.iter().any(is) {
            named.push(name);
            findings.error(2, format!("the field {} is in no RFC: leave it out", name.escape_debug()));
        }
        let may_be_empty = name.eq_ignore_ascii_case("Original-Mail-From");
        if known && value.is_empty() && !may_be_empty {
            findings.error(2, format!("{name} has no value"));
        }
    }
    check_values(fields, findings);
}

fn check_values(fields: Fields<'_>, findings: &mut Findings) {
    if let Some(date) = fields.first("Arrival-Date").filter(|d| DateTime::parse_from_rfc2822(d).is_err()) {
        findings.error(2, format!("Arrival-Date '{}' is no date of RFC 5322 §3.3", date.escape_debug()));
    }
    for (name, valid) in [
        ("Incidents", fields.first("Incidents").is_none_or(|v| v.parse::<u32>().is_ok())),
        ("Source-Port", fields.first("Source-Port").is_none_or(|v| v.parse::<u16>().is_ok())),
    ] {
        if !valid {
            findings.error(2, format!("{name} is no number in its range"));
        }
    }
    let path = |v: &str| v == "<>" || (v.starts_with('<') && v.ends_with('>') && v.contains('@'));
    if fields.first("Original-Mail-From").is_some_and(|v| !path(v)) {
        findings.warning(2, "Original-Mail-From is no path in angle brackets (RFC 5321 §4.1.2)".to_owned());
    }
    let bad = fields.all("Reported-URI").filter(|u| !u.is_ascii() || url::Url::parse(u).is_err()).count();
    if bad > 0 {
        findings.error(2, format!("{bad} Reported-URI are no valid URI (RFC 3986): percent-encode them"));
    }
}

/// Rule 3.
fn check_source(fields: Fields<'_>, outside: &Outside<'_>, findings: &mut Findings) {
    match fields.all("Source-IP").count() {
        0 => findings.error(3, "Source-IP is missing: a report is about one source".to_owned()),
        1 => {}
        n => findings.error(3, format!("there are {n} Source-IP: write one report for each source")),
    }
    let Some(value) = fields.first("Source-IP") else { return };
    if literal(value).is_some() {
        return;
    }
    match value.parse::<IpAddr>() {
        Ok(_) if outside.form.is_some_and(|form| form.ipv6 == Ipv6Form::Bare) => {}
        Ok(_) => {
            findings.warning(3, format!("Source-IP {value} lacks the prefix 'IPv6:' of RFC 5321 §4.1.3"))
        }
        Err(_) => findings.error(3, format!("Source-IP '{}' is no address", value.escape_debug())),
    }
}

/// An address as RFC 5321 §4.1.3 writes it, without the brackets.
fn literal(value: &str) -> Option<IpAddr> {
    match value.get(..5).filter(|tag| tag.eq_ignore_ascii_case("IPv6:")) {
        Some(tag) => value.get(tag.len()..)?.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => value.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Rule 4.
fn check_subject(outer: Mail<'_>, evidence: Option<Mail<'_>>, findings: &mut Findings) {
    let count = outer.headers_named("Subject").count();
    if count != 1 {
        findings.error(4, format!("there are {count} Subject headers, not one"));
        return;
    }
    findings.error_if(
        outer.header("Subject").is_some_and(|s| !s.is_ascii()),
        4,
        "the Subject is not encoded (RFC 2047)",
    );
    let subject = outer.subject().unwrap_or_default();
    findings.error_if(
        subject.contains(['\r', '\n']),
        4,
        "the decoded Subject has a line end, which some programs turn into headers",
    );
    let Some(evidence) = evidence else { return };
    let original = comparable(evidence.subject().unwrap_or_default());
    let subject = comparable(subject);
    let prefix = subject.get(..3).filter(|p| p.eq_ignore_ascii_case("fw:"));
    let prefix = prefix.or_else(|| subject.get(..4).filter(|p| p.eq_ignore_ascii_case("fwd:")));
    let forwarded = prefix.and_then(|p| subject.get(p.len()..)).map(str::trim);
    // Whoever forwards the longest of subjects may cut it.
    let is_beginning = |f: &str| subject.len() + LAST_WORD > MAX_SUBJECT && original.starts_with(f);
    let same = subject == original
        || forwarded.is_some_and(is_beginning)
        || forwarded.is_some_and(|f| f == original || (original.is_empty() && f == "(no subject)"));
    findings.error_if(
        !same,
        4,
        "the Subject is neither that of the reported mail nor 'FW: ' and that (RFC 5965 §2 f)",
    );
}

/// Blanks and what no decoder agrees on do not make two subjects differ.
fn comparable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() || c == '\u{fffd}' {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push(' ');
        }
        blank = false;
        out.push(c);
    }
    out
}

/// Rule 5.
fn check_headers(outer: Mail<'_>, findings: &mut Findings) {
    for name in ["From", "To", "Date", "Message-ID", "MIME-Version"] {
        match outer.headers_named(name).count() {
            1 => {}
            n => findings.error(5, format!("there are {n} {name} headers, not one")),
        }
    }
    for name in ["Cc", "Bcc"] {
        findings.error_if(
            outer.header(name).is_some(),
            5,
            &format!("there is a {name}: one report, one recipient"),
        );
    }
    let value = outer.header("To").unwrap_or_default();
    // A display name may hold a comma, but only between quotes.
    let unquoted: String = value.split('"').step_by(2).collect();
    findings.error_if(
        unquoted.contains([',', ';']),
        5,
        "To names several recipients: one report, one recipient",
    );
    if let Some(problem) = address_problem(address_of(&value)) {
        findings.error(5, format!("To '{}' {problem}", value.escape_debug()));
    }
    let from = from_of(outer);
    if let Some(problem) = address_problem(&from) {
        findings.error(5, format!("From '{}' {problem}", from.escape_debug()));
    }
    if let Some(date) = outer.header("Date").filter(|d| DateTime::parse_from_rfc2822(d).is_err()) {
        findings.error(5, format!("Date '{}' is no date of RFC 5322 §3.3", date.escape_debug()));
    }
    if let Some(id) = outer.header("Message-ID") {
        let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or_default();
        let domain = inner.rsplit_once('@').map_or("", |(_, domain)| domain);
        findings.error_if(
            domain.is_empty(),
            5,
            "Message-ID is no identifier in angle brackets (RFC 5322 §3.6.4)",
        );
        let own = from.rsplit_once('@').map_or("", |(_, domain)| domain);
        findings.warning_if(
            !domain.is_empty() && !domain.eq_ignore_ascii_case(own),
            5,
            "the Message-ID is not in the domain of From",
        );
    }
}

/// The address in angle brackets, or the value itself.
pub(super) fn address_of(value: &str) -> &str {
    match (value.rfind('<'), value.rfind('>')) {
        (Some(start), Some(end)) if start < end => value.get(start + 1..end).unwrap_or_default().trim(),
        _ => value.trim(),
    }
}

/// The address in From; empty without one.
pub(super) fn from_of(mail: Mail<'_>) -> String {
    mail.from().and_then(|m| m.address).unwrap_or_default()
}

/// Whether a text tells its reader how to ask for no more reports.
pub(super) fn tells_how_to_stop(text: &str) -> bool {
    let text = comparable(text).to_lowercase();
    STOP.iter().any(|phrase| text.contains(phrase))
}

/// Rule 6.
fn check_stop_notice(text: Option<&str>, findings: &mut Findings) {
    let Some(text) = text else { return };
    findings.error_if(
        !tells_how_to_stop(text),
        6,
        "the text does not say how to ask for no more reports (RFC 6650 §5.1)",
    );
}

/// Rule 8, and that nobody reports in the name of the reported.
fn check_loop(outer: Mail<'_>, evidence: Mail<'_>, findings: &mut Findings) {
    let content_type = evidence.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
    findings.error_if(
        content_type.starts_with("multipart/report") && content_type.contains("feedback-report"),
        8,
        "the reported mail is itself an abuse report",
    );
    let from = from_of(outer);
    if !from.is_empty() && from.eq_ignore_ascii_case(&from_of(evidence)) {
        findings.error(8, format!("the reported mail is from {from}, who reports it: it is our own"));
    }
    let reply_to = evidence.reply_to().and_then(|m| m.address).unwrap_or_default();
    findings.error_if(
        !from.is_empty() && from.eq_ignore_ascii_case(&reply_to),
        5,
        "the report is from the Reply-To address of the reported mail",
    );
}

/// Rules 8 and 10.
fn check_type(fields: Fields<'_>, findings: &mut Findings) {
    let Some(value) = fields.first("Feedback-Type") else { return };
    match value.to_ascii_lowercase().as_str() {
        "not-spam" => findings.error(8, "Feedback-Type is not-spam: there is nothing to report".to_owned()),
        "auth-failure" => findings.error(
            10,
            "Feedback-Type auth-failure goes only to who asked for it (RFC 6650 §6): use abuse or fraud"
                .to_owned(),
        ),
        known if TYPES.contains(&known) => {}
        _ => findings.error(2, format!("Feedback-Type '{}' is not registered", value.escape_debug())),
    }
    findings.error_if(
        fields.first("Auth-Failure").is_some() || fields.first("Identity-Alignment").is_some(),
        10,
        "the fields of an auth-failure report stand in another report",
    );
}

/// Rule 11.
fn check_known(fields: Fields<'_>, findings: &mut Findings) {
    for name in ["Original-Mail-From", "Arrival-Date", "Original-Rcpt-To"] {
        let old_name = name == "Arrival-Date" && fields.first("Received-Date").is_some();
        if fields.first(name).is_none() && !old_name {
            findings.warning(11, format!("{name} is missing: write it whenever it is known"));
        }
    }
    findings.warning_if(
        fields.first("Source-Port").is_none(),
        11,
        "Source-Port is missing: a network behind carrier-grade NAT needs it (RFC 6692)",
    );
}

/// Rule 12.
fn check_text_repeats(fields: Fields<'_>, text: Option<&str>, findings: &mut Findings) {
    let Some(text) = text else { return };
    let source = fields.first("Source-IP").and_then(|v| literal(v).or_else(|| v.parse().ok()));
    if let Some(ip) = source.filter(|ip| !text.contains(&ip.to_string())) {
        findings.warning(12, format!("the text does not name the source {ip}"));
    }
    let host = fields
        .first("Reported-URI")
        .and_then(|u| url::Url::parse(u).ok())
        .and_then(|u| u.host_str().map(str::to_owned));
    if let Some(host) = host {
        let plain = text.replace("[.]", ".").replace("[dot]", ".");
        findings.warning_if(!plain.contains(&host), 12, "the text does not name the reported URLs");
        let link = ["http://", "https://"].iter().any(|scheme| text.contains(&format!("{scheme}{host}")));
        findings.warning_if(link, 12, "the text has a live link to a reported URL: defang it");
    }
}

/// Rule 18: recipients that nobody hid. A keyed token is long and no word; who reads it knows no person.
fn check_recipients(fields: Fields<'_>, evidence: Option<Mail<'_>>, findings: &mut Findings) {
    let mut open: Vec<String> = fields.all("Original-Rcpt-To").map(|v| address_of(v).to_owned()).collect();
    for name in ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"] {
        open.extend(evidence.and_then(|e| e.header(name)).map(|v| address_of(&v).to_owned()));
    }
    let hidden = |address: &String| {
        let local = address.split('@').next().unwrap_or_default();
        let word = local.to_ascii_lowercase();
        local.len() >= 20
            || word.contains("redacted")
            || word.contains("undisclosed")
            || !address.contains('@')
    };
    if let Some(address) = open.iter().find(|a| !hidden(a)) {
        findings.warning(
            18,
            format!("the recipient {} can be read: replace it by a token (RFC 6590)", address.escape_debug()),
        );
    }
}
