//! Every rule of the linter, kept and broken.

use super::*;
use proptest::prelude::*;

const GOOD: &str = "From: Desk <desk@own.example>\r\nTo: <abuse@net.example>\r\nSubject: FW: Hello\r\n\
Date: Fri, 20 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@own.example>\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
--b\r\nContent-Type: text/plain\r\n\r\n198.51.100.7 sent this. Reply STOP for no more reports. hxxp://x[.]example\r\n\
--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Some/1\r\nVersion: 1\r\n\
Source-IP: 198.51.100.7\r\nArrival-Date: Fri, 20 Nov 2026 09:59:00 +0000\r\nOriginal-Mail-From: <a@b.example>\r\n\
Reported-URI: http://x.example/\r\n\r\n\
--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: a@b.example\r\nSubject: Hello\r\n\r\n--b--\r\n";

fn rules(bytes: &[u8], severity: Severity) -> Vec<u8> {
    let mut rules: Vec<u8> =
        lint(bytes).into_iter().filter(|f| f.severity == severity).map(|f| f.rule).collect();
    rules.dedup();
    rules
}

fn errors_with(old: &str, new: &str) -> Vec<u8> {
    assert!(GOOD.contains(old), "{old}");
    rules(GOOD.replacen(old, new, 1).as_bytes(), Severity::Error)
}

#[test]
fn a_good_report_has_no_error() {
    assert_eq!(rules(GOOD.as_bytes(), Severity::Error), [0u8; 0], "{:?}", lint(GOOD.as_bytes()));
}

#[test]
fn each_fault_is_found_by_its_rule() {
    for (old, new, rule) in [
        ("Subject: FW: Hello\r\n", "Subject: FW: Hello\n", 1),
        ("198.51.100.7 sent", "198.51.100.7\r sent", 1),
        ("hxxp://x[.]example", &"x".repeat(999), 1),
        ("multipart/report", "multipart/mixed", 1),
        ("report-type=feedback-report; ", "", 1),
        ("report-type=feedback-report", "report-type=delivery-status", 1),
        ("Content-Type: text/plain\r\n", "Content-Type: text/html\r\n", 1),
        ("message/feedback-report\r\n", "text/plain\r\n", 1),
        (
            "message/feedback-report\r\n",
            "message/feedback-report\r\nContent-Transfer-Encoding: base64\r\n",
            1,
        ),
        ("message/feedback-report\r\n", "message/feedback-report\r\nContent-Transfer-Encoding: 8bit\r\n", 1),
        ("Some/1", "Söme/1", 1),
        ("text/rfc822-headers", "application/zip", 1),
        (
            "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: a@b.example\r\nSubject: Hello\r\n\r\n",
            "",
            1,
        ),
        ("Feedback-Type: abuse\r\n", "", 2),
        ("User-Agent: Some/1\r\n", "", 2),
        ("Version: 1\r\n", "", 2),
        ("Version: 1\r\n", "Version: 1.0\r\n", 2),
        ("Version: 1\r\n", "Version: 1\r\nversion: 1\r\n", 2),
        ("Version: 1\r\n", "Version: 1\r\nAttachment-Password: infected\r\n", 2),
        ("Version: 1\r\n", "Version: 1\r\nIncidents: 1\r\nIncidents: 2\r\n", 2),
        ("Version: 1\r\n", "Version: 1\r\nReceived-Date: Fri, 20 Nov 2026 09:59:00 +0000\r\n", 2),
        ("Fri, 20 Nov 2026 09:59:00 +0000", "2026-11-20 09:59:00 UTC", 2),
        ("http://x.example/", "no uri", 2),
        ("Feedback-Type: abuse", "Feedback-Type: hate", 2),
        ("Source-IP: 198.51.100.7\r\n", "", 3),
        ("Source-IP: 198.51.100.7\r\n", "Source-IP: 198.51.100.7\r\nSource-IP: 198.51.100.8\r\n", 3),
        ("Source-IP: 198.51.100.7", "Source-IP: 198.51.100.7 (host.example)", 3),
        ("Subject: FW: Hello\r\n", "Subject: Abuse report for: 198.51.100.7\r\n", 4),
        ("Subject: FW: Hello\r\n", "Subject: FW: Hello\r\nSubject: FW: Hello\r\n", 4),
        ("Subject: FW: Hello\r\n", "", 4),
        ("Subject: FW: Hello\r\n", "Subject: =?utf-8?q?FW:_Hello=0D=0ABcc:?=\r\n", 4),
        ("From: Desk <desk@own.example>\r\n", "", 5),
        ("From: Desk <desk@own.example>\r\n", "From: Desk <desk@own.example>\r\nFrom: x@own.example\r\n", 5),
        ("<abuse@net.example>", "<abuse@net.example>, <a@net.example>", 5),
        ("<abuse@net.example>", "a@net.example, b@net.example", 5),
        ("<abuse@net.example>", " , abuse@net.example", 5),
        ("MIME-Version: 1.0\r\n", "MIME-Version: 1.0\r\nBcc: x@own.example\r\n", 5),
        ("MIME-Version: 1.0\r\n", "", 5),
        ("Date: Fri, 20 Nov 2026 12:00:00 +0000", "Date: yesterday", 5),
        ("<1@own.example>", "<1>", 5),
        ("From: a@b.example\r\nSubject", "From: a@b.example\r\nReply-To: desk@own.example\r\nSubject", 5),
        ("Reply STOP for no more reports.", "", 6),
        ("Feedback-Type: abuse", "Feedback-Type: not-spam", 8),
        ("From: a@b.example\r\nSubject", "From: desk@own.example\r\nSubject", 8),
        (
            "From: a@b.example\r\nSubject",
            "From: a@b.example\r\nContent-Type: multipart/report;\r\n report-type=feedback-report\r\nSubject",
            8,
        ),
        ("Feedback-Type: abuse", "Feedback-Type: auth-failure", 10),
        ("Version: 1\r\n", "Version: 1\r\nAuth-Failure: dmarc\r\n", 10),
    ] {
        let found = errors_with(old, new);
        assert!(found.contains(&rule), "rule {rule} with {new:?}: {found:?}");
    }
}

#[test]
fn what_may_be_is_no_error() {
    for (old, new) in [
        ("Subject: FW: Hello\r\n", "Subject: Hello\r\n"),
        ("Subject: FW: Hello\r\n", "Subject: =?utf-8?b?Rlc6IEhlbGxv?=\r\n"),
        ("Source-IP: 198.51.100.7", "Source-IP: IPv6:2001:db8::7"),
        ("Feedback-Type", "FEEDBACK-TYPE"),
        ("Original-Mail-From: <a@b.example>", "Original-Mail-From: <>"),
        ("\r\n--b--\r\n", "\r\n--b\r\nContent-Type: application/zip\r\n\r\nPK\r\n--b--\r\n"),
    ] {
        assert_eq!(errors_with(old, new), [0u8; 0], "{new}");
    }
}

#[test]
fn a_whole_mail_as_evidence_is_one_part() {
    let whole = "Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nSubject: Hello\r\n\
        Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--c\r\n\r\ntwo\r\n--c--\r\n";
    let report = GOOD.replace(
        "Content-Type: text/rfc822-headers\r\n\r\nFrom: a@b.example\r\nSubject: Hello\r\n\r\n",
        whole,
    );
    assert_eq!(rules(report.as_bytes(), Severity::Error), [0u8; 0], "{:?}", lint(report.as_bytes()));
}

#[test]
fn what_a_person_should_see_warns() {
    for (old, new, rule) in [
        ("\r\n--b--\r\n", "\r\n--b\r\nContent-Type: application/zip\r\n\r\nPK\r\n--b--\r\n", 1),
        ("Version: 1\r\n", "Version: 1\r\nReporting-MTA: dns;\r\n mx.own.example\r\n", 2),
        ("Source-IP: 198.51.100.7", "Source-IP: 2001:db8::7", 3),
        ("Original-Mail-From: <a@b.example>\r\n", "", 11),
        ("198.51.100.7 sent", "somebody sent", 12),
        ("hxxp://x[.]example", "http://x.example", 12),
        ("desk@own.example", "no-reply@own.example", 14),
        ("MIME-Version", "Auto-Submitted: auto-generated\r\nMIME-Version", 15),
        ("Date: Fri, 20 Nov 2026", "Date: Mon, 30 Nov 2026", 17),
        ("Version: 1\r\n", "Version: 1\r\nOriginal-Rcpt-To: <peter@c.example>\r\n", 18),
    ] {
        let before = rules(GOOD.as_bytes(), Severity::Warning);
        let changed = GOOD.replacen(old, new, 1);
        let after = rules(changed.as_bytes(), Severity::Warning);
        assert!(after.contains(&rule), "rule {rule} with {new:?}: {:?}", lint(changed.as_bytes()));
        assert!(rule == 11 || !before.contains(&rule), "rule {rule} warns of a good report: {before:?}");
    }
}

#[test]
fn what_is_no_mail_is_an_error_and_no_panic() {
    for bytes in [&b""[..], b"\0\0", b"hello", b"\r\n\r\n"] {
        assert!(rules(bytes, Severity::Error).contains(&1), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        lint(&bytes);
    }

    #[test]
    fn no_cut_and_no_noise_in_a_report_makes_it_panic(at in 0..1200usize, noise in "[ -~\r\n]{0,20}", cut in 0..200usize) {
        let mut bytes = GOOD.as_bytes().to_vec();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, noise.bytes());
        lint(&bytes);
    }
}
