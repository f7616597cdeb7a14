//! Every rule of the linter, kept and broken.

use super::*;
use crate::model::{EvidenceForm, Ipv6Form, ReportForm};
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
    let mut rules: Vec<u8> = lint(bytes, &Outside::default())
        .findings
        .into_iter()
        .filter(|f| f.severity == severity)
        .map(|f| f.rule)
        .collect();
    rules.dedup();
    rules
}

fn errors_with(old: &str, new: &str) -> Vec<u8> {
    assert!(GOOD.contains(old), "{old}");
    rules(GOOD.replacen(old, new, 1).as_bytes(), Severity::Error)
}

#[test]
fn a_good_report_has_no_error() {
    assert_eq!(
        rules(GOOD.as_bytes(), Severity::Error),
        [0u8; 0],
        "{:?}",
        lint(GOOD.as_bytes(), &Outside::default())
    );
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
        ("<abuse@net.example>", "<redacted@net.test>", 7),
        ("<abuse@net.example>", "<hostmaster@ripe.net>", 7),
        ("<abuse@net.example>", "<abuse@mail.b.example>", 7),
        ("<abuse@net.example>", "<abuse@x.example>", 7),
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
    assert_eq!(
        rules(report.as_bytes(), Severity::Error),
        [0u8; 0],
        "{:?}",
        lint(report.as_bytes(), &Outside::default())
    );
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
        assert!(
            after.contains(&rule),
            "rule {rule} with {new:?}: {:?}",
            lint(changed.as_bytes(), &Outside::default())
        );
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
        lint(&bytes, &Outside::default());
    }

    #[test]
    fn no_cut_and_no_noise_in_a_report_makes_it_panic(at in 0..1200usize, noise in "[ -~\r\n]{0,20}", cut in 0..200usize) {
        let mut bytes = GOOD.as_bytes().to_vec();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, noise.bytes());
        lint(&bytes, &Outside::default());
    }
}

/// Numbers of rules not known, and of those found.
fn judged(report: &str, outside: &Outside<'_>) -> (Vec<u8>, Vec<(u8, Severity)>) {
    let verdict = lint(report.as_bytes(), outside);
    assert!(verdict.findings.iter().all(|f| !f.remedy().is_empty() && !f.message.is_empty()));
    let not_known = verdict.not_known.iter().map(|(rule, _)| *rule).collect();
    (not_known, verdict.findings.iter().map(|f| (f.rule, f.severity)).collect())
}

#[test]
fn what_nobody_here_knows_is_told_apart_from_what_is_fine() {
    let (not_known, _) = judged(GOOD, &Outside::default());
    assert_eq!(not_known, [5, 7, 9, 13, 14, 16]);
    let domains = ["own.example".to_owned()];
    let fine = Outside {
        domains: &domains,
        recipient: Answer::Fine,
        ledger: Answer::Fine,
        authentication: Answer::Fine,
        replies: Answer::Fine,
        rate: Answer::Fine,
        by_timer: Some(false),
        ..Outside::default()
    };
    let (not_known, found) = judged(GOOD, &fine);
    assert_eq!(not_known, [0u8; 0]);
    assert!(found.iter().all(|(rule, _)| [7, 11].contains(rule)), "{found:?}");
}

#[test]
fn what_the_outside_says_blocks_or_warns_by_its_rule() {
    let said = Answer::Against("so it is");
    let ours = ["own.example".to_owned()];
    let theirs = ["other.example".to_owned()];
    let network = ["net.example".to_owned(), "own.example".to_owned()];
    let nothing = Outside::default();
    for (outside, rule, severity) in [
        (Outside { domains: &theirs, ..nothing }, 5, Severity::Error),
        (Outside { domains: &network, ..nothing }, 7, Severity::Error),
        (Outside { recipient: said, ..nothing }, 7, Severity::Error),
        (Outside { ledger: said, ..nothing }, 9, Severity::Error),
        (Outside { authentication: said, ..nothing }, 13, Severity::Warning),
        (Outside { replies: said, ..nothing }, 14, Severity::Warning),
        (Outside { by_timer: Some(true), ..nothing }, 15, Severity::Warning),
        (Outside { rate: said, ..nothing }, 16, Severity::Warning),
        (Outside { now: Some(1_900_000_000), ..nothing }, 17, Severity::Warning),
    ] {
        assert!(judged(GOOD, &outside).1.contains(&(rule, severity)), "{rule}");
        let quiet = Outside { domains: &ours, ..nothing };
        assert!(!judged(GOOD, &quiet).1.contains(&(rule, severity)) || rule == 13, "{rule}");
    }
}

#[test]
fn a_contact_that_asked_for_it_is_no_reason_to_warn() {
    let with_zip =
        GOOD.replace("\r\n--b--\r\n", "\r\n--b\r\nContent-Type: application/zip\r\n\r\nPK\r\n--b--\r\n");
    let bare = GOOD.replace("Source-IP: 198.51.100.7", "Source-IP: 2001:db8::7");
    let form = ReportForm { evidence: EvidenceForm::Zip, ipv6: Ipv6Form::Bare, ..ReportForm::default() };
    let asked = Outside { form: Some(&form), ..Outside::default() };
    for (report, rule) in [(with_zip, 1), (bare, 3)] {
        assert!(judged(&report, &Outside::default()).1.contains(&(rule, Severity::Warning)));
        assert!(!judged(&report, &asked).1.contains(&(rule, Severity::Warning)));
    }
}

#[test]
fn every_rule_has_its_number_and_its_remedy() {
    assert_eq!(RULES.map(|rule| rule.number).to_vec(), (1..=18).collect::<Vec<u8>>());
}
