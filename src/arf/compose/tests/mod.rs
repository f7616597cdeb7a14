//! Composing: what every outgoing report has, and what none may have.

mod floods;
mod forms;
mod others;
mod xarf;

use super::*;
use crate::arf::lint::{self, Outside, Severity};
use crate::arf::redact::Redaction;
use crate::model::{ArrivalFrom, Cause, EvidenceForm, FeedKind, Report, SourceIpFrom, Status};
use proptest::prelude::*;

const NOW: Seconds = 1_795_000_000;

const STAMP: Stamp<'_> = Stamp { now: NOW, token: "0123456789abcdef0123" };

const MAIL: &[u8] = b"Return-Path: <bounce-peter.parker=mail.example.org@sender.example>\r\n\
Delivered-To: peter.parker@mail.example.org\r\n\
Received: from host.sender.example (host.sender.example [198.51.100.7])\r\n\
\tby mx.mail.example.org with ESMTP id 4711\r\n\
\tfor <peter.parker@mail.example.org>; Fri, 20 Nov 2026 09:59:00 +0000\r\n\
From: \"Your bank\" <service@own.example>\r\n\
To: Peter Parker <peter.parker@mail.example.org>\r\n\
Subject: Wire transfer for peter.parker\r\n\
Message-ID: <1@sender.example>\r\n\
Content-Type: text/plain\r\n\
\r\n\
Dear peter.parker@mail.example.org, see https://phish.example/?u=peter.parker%40mail.example.org\r\n";

fn record() -> Record {
    Record {
        id: 17,
        status: Status::Report,
        status_reason: String::new(),
        feed: "failures".to_owned(),
        feed_kind: FeedKind::Mailbox,
        origin: "test".to_owned(),
        stored_at: NOW,
        sha256: [0; 32],
        size: 1,
        report: Report {
            feedback_type: Some("auth-failure".to_owned()),
            arrival: NOW - 3600,
            arrival_from: ArrivalFrom::Field,
            source_ip: Some("198.51.100.7".parse().expect("address")),
            source_ip_from: Some(SourceIpFrom::Field),
            source_port: Some(4711),
            reported_domains: vec!["own.example".to_owned()],
            original_mail_from: Some("bounce-peter.parker=mail.example.org@sender.example".to_owned()),
            original_rcpt_to: vec!["peter.parker@mail.example.org".to_owned()],
            authentication_results: vec![
                "mx.mail.example.org; dmarc=fail header.from=own.example".to_owned(),
            ],
            reporter: Some("dmarc@mail.example.org".to_owned()),
            from: Some("service@own.example".to_owned()),
            from_name: Some("Your \u{202e}bank".to_owned()),
            subject: Some("Wire transfer for peter.parker".to_owned()),
            message_id: Some("1@sender.example".to_owned()),
            urls: vec![
                "https://phish.example/?u=peter.parker%40mail.example.org".to_owned(),
                "https://www.own.example/logo.png".to_owned(),
                "hxxp://phish[.]example/a b?ü=1".to_owned(),
            ],
            cause: Cause::Fraud,
            ..Report::default()
        },
        kind_set_by_hand: false,
        asn: None,
        as_name: None,
        country: None,
        country_from: None,
        source_name: Some("host.sender.example".to_owned()),
        source_name_confirmed: None,
        listed: vec![],
        lists_unknown: vec![],
        contacts: vec![],
        looked_up_at: None,
        reported_at: None,
        marked: true,
        dismissed: None,
        tags: vec![],
        notes: vec![],
    }
}

struct House {
    own: Own,
    public: Vec<IpNet>,
}

impl House {
    fn new() -> House {
        House {
            own: Own {
                domains: vec!["own.example".to_owned()],
                networks: vec!["203.0.113.0/24".parse().expect("network")],
                ..Own::default()
            },
            public: ["198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]
                .map(|n| n.parse().expect("network"))
                .to_vec(),
        }
    }

    fn compose(&self, record: &Record, mail: &[u8], headers_only: bool) -> Result<Composed, ComposeError> {
        self.compose_to(record, mail, headers_only, "abuse@network.example")
    }

    fn compose_to(
        &self,
        record: &Record,
        mail: &[u8],
        headers_only: bool,
        to: &str,
    ) -> Result<Composed, ComposeError> {
        let evidence = if headers_only { EvidenceForm::Headers } else { EvidenceForm::Whole };
        let form = ReportForm { evidence, ..ReportForm::default() };
        self.compose_as(record, mail, &form, to)
    }

    fn compose_as(
        &self,
        record: &Record,
        mail: &[u8],
        form: &ReportForm,
        to: &str,
    ) -> Result<Composed, ComposeError> {
        let evidence = Evidence { record, reported_mail: mail, flood: None };
        let text = ReportText::default();
        compose(&evidence, &self.sender(&text), &Destination { to, form }, &STAMP)
    }

    fn sender<'s>(&'s self, text: &'s ReportText) -> Sender<'s> {
        Sender {
            from: "abuse-desk@own.example",
            name: Some("Abuse desk, Own Ltd"),
            reporting_mta: None,
            own: &self.own,
            treat_as_public: &self.public,
            redaction_key: b"a key for tests",
            text,
        }
    }
}

/// The fields of the second part.
fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    let part = text.split("Content-Type: message/feedback-report\r\n").nth(1).expect("second part");
    let part = part.split("\r\n\r\n").nth(1).expect("body");
    part.lines().filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn values<'f>(fields: &'f [(String, String)], name: &str) -> Vec<&'f str> {
    fields.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
}

fn errors(bytes: &[u8]) -> Vec<String> {
    let own = ["own.example".to_owned()];
    let verdict = lint::lint(bytes, &Outside { domains: &own, ..Outside::default() });
    verdict.findings.iter().filter(|f| f.severity == Severity::Error).map(ToString::to_string).collect()
}

#[test]
fn the_fields_say_what_is_known_and_hide_the_recipient() {
    let composed = House::new().compose(&record(), MAIL, true).expect("composed");
    let fields = fields(&composed.bytes);
    let token = "peter.parker@mail.example.org";
    let redaction = Redaction { key: b"a key for tests", ..Redaction::default() };
    let hidden = Redactor::new(&[], redaction).address(token);
    let local = hidden.split('@').next().expect("token").to_owned();
    assert_eq!(values(&fields, "Feedback-Type"), ["fraud"]);
    assert_eq!(values(&fields, "User-Agent"), [USER_AGENT]);
    assert_eq!(values(&fields, "Version"), ["1"]);
    assert_eq!(values(&fields, "Source-IP"), ["198.51.100.7"]);
    assert_eq!(values(&fields, "Source-Port"), ["4711"]);
    assert_eq!(values(&fields, "Arrival-Date"), ["Wed, 18 Nov 2026 10:06:40 +0000"]);
    assert_eq!(values(&fields, "Original-Rcpt-To"), [format!("<{hidden}>")]);
    assert_eq!(
        values(&fields, "Original-Mail-From"),
        [format!("<bounce-{local}=mail.example.org@sender.example>")]
    );
    assert_eq!(
        values(&fields, "Reported-URI"),
        [
            format!("https://phish.example/?u={local}%40mail.example.org"),
            "http://phish.example/a%20b?%C3%BC=1".to_owned()
        ]
    );
    assert_eq!(errors(&composed.bytes), Vec::<String>::new());
    let text = String::from_utf8_lossy(&composed.bytes).to_lowercase();
    assert!(!text.contains("peter"), "{text}");
}

#[test]
fn the_whole_mail_goes_out_redacted_when_asked_for() {
    let composed = House::new().compose(&record(), MAIL, false).expect("composed");
    let text = String::from_utf8_lossy(&composed.bytes);
    assert!(text.contains("Content-Type: message/rfc822"));
    assert!(text.contains("see https://phish.example/"));
    assert!(!text.to_lowercase().contains("peter"), "{text}");
    assert_eq!(errors(&composed.bytes), Vec::<String>::new());
}

#[test]
fn ipv6_sources_carry_the_prefix_of_smtp() {
    let mut record = record();
    record.report.source_ip = Some("2001:db8::7".parse().expect("address"));
    let composed = House::new().compose(&record, MAIL, true).expect("composed");
    assert_eq!(values(&fields(&composed.bytes), "Source-IP"), ["IPv6:2001:db8::7"]);
    record.report.source_ip = Some("::ffff:198.51.100.7".parse().expect("address"));
    let composed = House::new().compose(&record, MAIL, true).expect("composed");
    assert_eq!(values(&fields(&composed.bytes), "Source-IP"), ["198.51.100.7"]);
}

#[test]
fn the_senders_name_cannot_make_headers() {
    let house = House::new();
    for name in ["Desk, \"x\\", "D\r\nBcc: x@victim.example", "Büro\nBcc: x@victim.example", " "] {
        let record = record();
        let text = ReportText::default();
        let sender =
            Sender { name: Some(name), reporting_mta: Some("mta.own.example"), ..house.sender(&text) };
        let evidence = Evidence { record: &record, reported_mail: MAIL, flood: None };
        let form = ReportForm::default();
        let destination = Destination { to: "abuse@network.example", form: &form };
        let composed = compose(&evidence, &sender, &destination, &STAMP).expect(name);
        let message = mail::parse(&composed.bytes).expect("message");
        let outer = mail::Mail::of(&message);
        let from = outer.from().expect("from");
        assert_eq!(outer.header("Bcc"), None, "{name}");
        assert_eq!(from.address.as_deref(), Some("abuse-desk@own.example"), "{name}");
        let shown = name.replace(['\r', '\n'], " ");
        assert_eq!(from.name.unwrap_or_default().trim(), shown.trim(), "{name}");
        assert_eq!(errors(&composed.bytes), Vec::<String>::new(), "{name}");
        assert_eq!(values(&fields(&composed.bytes), "Reporting-MTA"), ["dns; mta.own.example"]);
    }
}

#[test]
fn a_derived_time_is_not_written_as_arrival_date() {
    for from in [ArrivalFrom::Received, ArrivalFrom::Internal, ArrivalFrom::Import] {
        let mut record = record();
        record.report.arrival_from = from;
        let composed = House::new().compose(&record, MAIL, true).expect("composed");
        assert!(values(&fields(&composed.bytes), "Arrival-Date").is_empty(), "{from}");
    }
}

#[test]
fn a_subject_cannot_make_headers() {
    for subject in [
        "=?utf-8?q?a=0D=0ABcc:_x@victim.example?=",
        "=?utf-8?b?YQpCY2M6IHhAdmljdGltLmV4YW1wbGUK?=",
        "a\rBcc: x@victim.example",
        "=?utf-8?q?a=C2=85Bcc:_x?=",
    ] {
        let mail = format!("From: a@b.example\r\nSubject: {subject}\r\n\r\nx");
        let composed = House::new().compose(&record(), mail.as_bytes(), true).expect("composed");
        let message = mail::parse(&composed.bytes).expect("message");
        let outer = mail::Mail::of(&message);
        assert_eq!(outer.header("Bcc"), None, "{subject}");
        assert!(!composed.subject.contains(['\r', '\n']), "{subject}");
        assert_eq!(outer.subject(), Some(composed.subject.as_str()), "{subject}");
        assert_eq!(errors(&composed.bytes), Vec::<String>::new(), "{subject}");
    }
}

#[test]
fn a_mail_that_breaks_smtp_goes_as_headers() {
    let long = "x".repeat(2000);
    for (mail, reason) in [
        (format!("From: a@b.example\r\nSubject: s\r\n\r\n{long}\r\n"), "998"),
        ("From: a@b.example\r\nSubject: s\r\n\r\na\rb\r\n".to_owned(), "carriage"),
        ("From: a@b.example\r\nSubject: s\r\n\r\na\0b\r\n".to_owned(), "NUL"),
    ] {
        let composed = House::new().compose(&record(), mail.as_bytes(), false).expect("composed");
        assert!(composed.warnings.iter().any(|w| w.contains(reason)), "{:?}", composed.warnings);
        assert!(String::from_utf8_lossy(&composed.bytes).contains("text/rfc822-headers"));
        assert_eq!(errors(&composed.bytes), Vec::<String>::new());
    }
}

#[test]
fn what_must_not_be_reported_is_refused_with_the_reason() {
    type Change = fn(&mut Record);
    let cases: [(Change, &str); 10] = [
        (|r| r.report.source_ip = None, "no source address"),
        (|r| r.report.source_ip = "10.1.2.3".parse().ok(), "private use"),
        (|r| r.report.source_ip = "203.0.113.9".parse().ok(), "our own network"),
        (|r| r.report.feedback_type = Some("not-spam".to_owned()), "not-spam"),
        (|r| r.report.kind = crate::model::Kind::Bounce, "bounce"),
        (|r| r.report.kind = crate::model::Kind::AutoReplied, "auto-replied"),
        (|r| r.report.arrival = NOW - 15 * 86_400, "15 days old"),
        (|r| r.report.reporter = Some("Abuse-Desk@own.example".to_owned()), "of our own"),
        (|r| r.report.reply_to = Some("x@mail.network.example".to_owned()), "Reply-To"),
        (
            |r| r.report.authentication_results = vec!["mx; dkim=pass header.d=news.own.example".to_owned()],
            "DKIM signature",
        ),
    ];
    for (change, reason) in cases {
        let mut record = record();
        change(&mut record);
        let error = House::new().compose(&record, MAIL, true).expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
    }
    let report = b"From: a@b.example\r\nContent-Type: multipart/report; report-type=feedback-report; \
        boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n";
    let error = House::new().compose(&record(), report, true).expect_err("a loop").to_string();
    assert!(error.contains("circles"), "{error}");
    let error = House::new().compose(&record(), b"", true).expect_err("no evidence").to_string();
    assert!(error.contains("evidence"), "{error}");
}

#[test]
fn a_recipient_is_exactly_one_address_of_somebody_else() {
    for to in [
        "",
        "abuse",
        "abuse@localhost",
        "a@network.example, b@network.example",
        "a@network.example b@network.example",
        "a@network.example\r\nBcc: x@network.example",
        " , a@network.example",
        "<abuse@network.example>",
        "abuse@198.51.100.7",
        "abuse@-x.example",
        "abuse@own.example",
        "abuse@mail.own.example",
        "removed@lacnic.net",
        "redacted@network.example",
        "hostmaster@ripe.net",
    ] {
        House::new().compose_to(&record(), MAIL, true, to).expect_err(to);
    }
    for to in ["abuse@network.example", "abuse+17@a-b.network.example", " abuse@network.example "] {
        House::new().compose_to(&record(), MAIL, true, to).expect(to);
    }
}

#[test]
fn spamtrap_evidence_tells_nothing_of_the_trap() {
    let mut record = record();
    record.feed_kind = FeedKind::Spamtrap;
    record.report.reporter = None;
    let composed = House::new().compose(&record, MAIL, false).expect("composed");
    let text = String::from_utf8_lossy(&composed.bytes).to_lowercase();
    assert!(!text.contains("mail.example.org"), "{text}");
    assert!(!text.contains("1@sender.example"), "{text}");
    assert!(text.contains("198.51.100.7"), "{text}");
    assert_eq!(errors(&composed.bytes), Vec::<String>::new());
}

#[test]
fn an_ordinary_word_as_local_part_does_not_block() {
    for local in ["subject", "received", "network", "feedback", "fraud", "report", "abuse"] {
        let mail = String::from_utf8_lossy(MAIL).replace("peter.parker", local);
        let mut record = record();
        record.report.original_rcpt_to = vec![format!("{local}@mail.example.org")];
        let composed = House::new().compose(&record, mail.as_bytes(), false).expect(local);
        assert_eq!(errors(&composed.bytes), Vec::<String>::new(), "{local}");
        let text = String::from_utf8_lossy(&composed.bytes).into_owned();
        assert!(!text.contains(&format!("{local}@mail.example.org")), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_report_is_free_of_errors(
        subject in "[ -~äß中\t\r\n]{0,80}",
        name in "[A-Za-z-]{1,20}",
        value in "[ -~é\t]{0,1200}",
        body in "[ -~é\r\n\\x00]{0,300}",
        headers_only in any::<bool>(),
        spamtrap in any::<bool>(),
        url in "[ -~é]{0,60}",
        results in "[ -~é\r\n]{0,1200}",
        mail_from in "[ -~é\r\n]{0,40}",
        domain in "[ -~é]{0,20}",
    ) {
        let mail = format!("From: a@b.example\r\nSubject: {subject}\r\nX-{name}: {value}\r\n\r\n{body}");
        let mut record = record();
        record.feed_kind = if spamtrap { FeedKind::Spamtrap } else { FeedKind::Mailbox };
        record.report.urls.push(format!("http://{url}"));
        record.report.authentication_results.push(results);
        record.report.original_mail_from = Some(mail_from);
        record.report.reported_domains.push(domain);
        record.report.subject = Some(subject);
        match House::new().compose(&record, mail.as_bytes(), headers_only) {
            Ok(composed) => prop_assert_eq!(errors(&composed.bytes), Vec::<String>::new()),
            Err(ComposeError::InvolvedRecipient(..) | ComposeError::Loop(..)) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
