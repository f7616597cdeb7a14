//! What a message is that is no abuse report, in a sentence for the person who looks for a missing one.

use super::mail::{Mail, Part};

/// The sentence; the outer mail and its parts decide.
pub fn describe(outer: Mail<'_>, parts: &[Part<'_>]) -> String {
    let subject = outer.subject().unwrap_or_default().to_lowercase();
    let names = || parts.iter().filter_map(|p| p.file_name()).map(str::to_lowercase);
    let kinds: Vec<String> = parts.iter().filter(|p| p.depth == 0).map(|p| p.content_type()).collect();
    let has = |kind: &str| kinds.iter().any(|k| k == kind);
    let report_type =
        parts.first().and_then(|root| root.parameter("report-type")).unwrap_or_default().to_lowercase();

    if report_type == "tlsrpt" || kinds.iter().any(|k| k.starts_with("application/tlsrpt")) {
        return "it is a report about TLS connections (SMTP TLS reporting, RFC 8460), not about a mail"
            .to_owned();
    }
    let archive = |name: &str| [".zip", ".gz", ".xml"].iter().any(|end| name.ends_with(end));
    // "receiver!domain!begin!end.xml.gz" (RFC 9990 §3.5.1)
    let is_aggregate_name = |name: &str| archive(name) && name.matches('!').count() >= 3;
    let says_aggregate =
        subject.contains("report domain:") || subject.contains("report-id:") && subject.contains("submitter");
    let carries = names().any(|n| archive(&n))
        || [
            "application/zip",
            "application/gzip",
            "application/x-gzip",
            "application/x-zip-compressed",
            "text/xml",
            "application/xml",
        ]
        .iter()
        .any(|k| has(k));
    if names().any(|n| is_aggregate_name(&n)) || says_aggregate && carries {
        return "it is a DMARC aggregate report (RFC 9990): counts for a whole day, no single mail"
            .to_owned();
    }
    if has("message/delivery-status") || report_type == "delivery-status" {
        return "it is a delivery status notification about our own mail, not a report of abuse".to_owned();
    }
    if has("message/disposition-notification") || report_type == "disposition-notification" {
        return "it is a read receipt, not a report of abuse".to_owned();
    }
    let to = outer.header("To").unwrap_or_default().to_lowercase();
    if subject.trim() == "unsubscribe"
        || outer.header("X-Apple-Unsubscribe").is_some()
        || to.contains("unsubscribe")
    {
        return "it asks to be taken off a mailing list".to_owned();
    }
    if has("message/rfc822") {
        return "it is a mail with another mail attached, without the fields of a report; only a spamtrap feed takes that as one"
            .to_owned();
    }
    "it is an ordinary mail without a report in it".to_owned()
}
