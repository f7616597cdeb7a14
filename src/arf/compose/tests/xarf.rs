//! The report as XARF for desks that want it, and redaction switched off for one that may know.

use super::*;
use serde_json::Value;

const TO: &str = "abuse@network.example";

fn wanting(evidence: EvidenceForm) -> ReportForm {
    ReportForm { evidence, xarf: true, ..ReportForm::default() }
}

/// The document, taken out as a mail program would.
fn document(bytes: &[u8]) -> Option<Value> {
    let message = mail::parse(bytes).expect("a mail");
    let parts = mail::Mail::of(&message).parts();
    let part = parts.iter().find(|part| part.is("application", "json"))?;
    let json = serde_json::from_slice(&part.decoded_body()).expect("JSON");
    Some(json)
}

fn lint_as(bytes: &[u8], form: &ReportForm) -> Vec<String> {
    let domains = ["own.example".to_owned()];
    let outside = Outside { now: Some(NOW), domains: &domains, form: Some(form), ..Outside::default() };
    let findings = lint::lint(bytes, &outside).findings;
    findings
        .into_iter()
        .filter(|f| f.rule == 1 || f.severity == Severity::Error)
        .map(|f| f.to_string())
        .collect()
}

#[test]
fn a_desk_that_wants_it_gets_all_that_xarf_demands_of_spam() {
    for evidence in EvidenceForm::ALL {
        let form = wanting(*evidence);
        let composed = House::new().compose_as(&record(), MAIL, &form, TO).expect("composed");
        let json = document(&composed.bytes).expect("a document");
        let text = |path: &str| json.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        assert!(text("/xarf_version").starts_with("4."));
        let id = text("/report_id");
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(&id[14..15] == "4" && "89ab".contains(&id[19..20]), "version and variant: {id}");
        assert_eq!(text("/timestamp"), clock::rfc3339(NOW - 3600));
        for who in ["reporter", "sender"] {
            assert_eq!(text(&format!("/{who}/org")), "Abuse desk, Own Ltd");
            assert_eq!(text(&format!("/{who}/contact")), "abuse-desk@own.example");
            assert_eq!(text(&format!("/{who}/domain")), "own.example");
        }
        assert_eq!(
            (text("/source_identifier"), json["source_port"].as_u64()),
            ("198.51.100.7".to_owned(), Some(4711))
        );
        assert_eq!(
            (text("/category"), text("/type"), text("/protocol")),
            ("messaging".to_owned(), "spam".to_owned(), "smtp".to_owned())
        );
        assert!(text("/smtp_from").ends_with("@sender.example"), "{json}");
        assert!(json.get("_internal").is_none());
        let payload =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text("/evidence/0/payload"));
        let payload = String::from_utf8(payload.expect("base64")).expect("text");
        assert!(payload.contains("From: \"Your bank\" <service@own.example>"), "{payload}");
        assert_eq!(payload.contains("Dear "), *evidence == EvidenceForm::Whole, "{payload}");
        assert_eq!(json["evidence"][0]["size"].as_u64(), Some(payload.len() as u64));
        for hidden in ["peter", "parker", "Parker"] {
            assert!(
                !json.to_string().contains(hidden) && !payload.contains(hidden),
                "{hidden}: {json}\n{payload}"
            );
        }
        assert_eq!(lint_as(&composed.bytes, &form), Vec::<String>::new());
    }
}

#[test]
fn without_what_xarf_demands_it_is_left_out_and_said() {
    let form = wanting(EvidenceForm::Headers);
    let mut no_port = record();
    no_port.report.source_port = None;
    let mut no_sender = record();
    no_sender.report.original_mail_from = Some(String::new());
    let mut no_time = record();
    no_time.report.arrival_from = ArrivalFrom::Received;
    for (record, missing) in [
        (no_port, "the port of the source"),
        (no_sender, "the envelope sender"),
        (no_time, "when the mail arrived"),
    ] {
        let composed = House::new().compose_as(&record, MAIL, &form, TO).expect("composed");
        assert!(document(&composed.bytes).is_none(), "{missing}");
        assert!(composed.warnings.iter().any(|warning| warning.contains(missing)), "{:?}", composed.warnings);
        assert_eq!(lint_as(&composed.bytes, &form), Vec::<String>::new());
    }
    let nobody_asked = House::new().compose(&record(), MAIL, true).expect("composed");
    assert!(document(&nobody_asked.bytes).is_none());
}

#[test]
fn only_who_hosts_what_a_url_leads_to_is_told_of_phishing() {
    let mut record = record();
    record.report.source_port = None;
    record.report.urls = vec!["http://198.51.100.7/login".to_owned()];
    let form = wanting(EvidenceForm::Headers);
    let composed = House::new().compose_as(&record, MAIL, &form, TO).expect("composed");
    let json = document(&composed.bytes).expect("a document");
    assert_eq!(
        (json["category"].as_str(), json["type"].as_str(), json["url"].as_str()),
        (Some("content"), Some("phishing"), Some("http://198.51.100.7/login"))
    );
}

#[test]
fn a_desk_that_may_know_the_recipients_sees_them_and_whoever_approves_is_told() {
    let form = ReportForm { evidence: EvidenceForm::Whole, redaction: false, ..ReportForm::default() };
    let mut trap = record();
    trap.feed_kind = FeedKind::Spamtrap;
    for record in [record(), trap] {
        let composed = House::new().compose_as(&record, MAIL, &form, TO).expect("composed");
        let text = String::from_utf8(composed.bytes.clone()).expect("text");
        let mail = String::from_utf8_lossy(MAIL);
        assert!(text.contains(&*mail), "byte for byte: {text}");
        assert!(text.contains("Original-Rcpt-To: <peter.parker@mail.example.org>"), "{text}");
        assert!(!text.contains("redacted.invalid") && !text.contains("token"), "{text}");
        assert!(
            composed.warnings.iter().any(|warning| warning.contains("nothing is hidden")),
            "{:?}",
            composed.warnings
        );
        assert_eq!(lint_as(&composed.bytes, &form), Vec::<String>::new());
    }
    let hidden = House::new().compose(&record(), MAIL, false).expect("composed");
    assert!(!String::from_utf8_lossy(&hidden.bytes).contains("peter.parker"), "no other desk does");
}
