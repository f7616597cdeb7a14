//! Every contact gets its form, and nothing of it leaks.

use super::*;
use crate::arf::mail::{Body, Mail};
use crate::model::{Ipv6Form, ZipCipher};
use std::io::{Cursor, Read};

const TO: &str = "abuse@network.example";

fn zip_form(zip_cipher: ZipCipher) -> ReportForm {
    ReportForm { evidence: EvidenceForm::Zip, zip_cipher, ..ReportForm::default() }
}

/// The archive in a report.
pub(super) fn archive(bytes: &[u8]) -> Option<Vec<u8>> {
    let message = mail::parse(bytes)?;
    let part = Mail::of(&message).parts().into_iter().find(|part| part.is("application", "zip"))?;
    match part.body() {
        Body::Binary(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

fn unpacked(archive: Vec<u8>) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    assert_eq!(archive.len(), 1);
    let mut bytes = vec![];
    let mut file = archive.by_index_decrypt(0, b"infected").expect("the usual password");
    assert_eq!(file.name().expect("a name"), "mail.eml");
    file.read_to_end(&mut bytes).expect("the mail");
    bytes
}

#[test]
fn a_zip_holds_the_whole_mail_without_its_recipients() {
    for cipher in [ZipCipher::ZipCrypto, ZipCipher::Aes] {
        let composed = House::new().compose_as(&record(), MAIL, &zip_form(cipher), TO).expect("composed");
        assert_eq!(errors(&composed.bytes), Vec::<String>::new());
        let text = String::from_utf8_lossy(&composed.bytes).into_owned();
        assert!(text.contains("Content-Type: text/rfc822-headers"), "{text}");
        assert!(text.contains("its password is infected"), "{text}");
        assert!(!text.contains("see https://phish.example/"), "the body is in the archive only");
        let mail = unpacked(archive(&composed.bytes).expect("a fourth part"));
        let mail = String::from_utf8(mail).expect("text");
        assert!(mail.contains("see https://phish.example/"), "{mail}");
        assert!(!mail.to_lowercase().contains("peter"), "{mail}");
    }
}

#[test]
fn a_mail_that_breaks_smtp_still_goes_into_an_archive() {
    let mail = format!("From: a@b.example\r\nSubject: s\r\n\r\na\0b{}\r\n", "x".repeat(2000));
    let form = zip_form(ZipCipher::ZipCrypto);
    let composed = House::new().compose_as(&record(), mail.as_bytes(), &form, TO).expect("composed");
    assert!(unpacked(archive(&composed.bytes).expect("an archive")).contains(&0));
    assert_eq!(errors(&composed.bytes), Vec::<String>::new());
}

#[test]
fn where_only_headers_are_known_the_desk_is_not_promised_more() {
    let headers = b"From: a@b.example\r\nSubject: s\r\n\r\n";
    for evidence in [EvidenceForm::Whole, EvidenceForm::Zip] {
        let form = ReportForm { evidence, ..ReportForm::default() };
        let composed = House::new().compose_as(&record(), headers, &form, TO).expect("composed");
        assert!(archive(&composed.bytes).is_none());
        assert!(!String::from_utf8_lossy(&composed.bytes).contains("fourth part"));
        assert!(composed.warnings.iter().any(|w| w.contains("only the headers")), "{:?}", composed.warnings);
    }
}

#[test]
fn ipv6_is_written_as_the_contact_reads_it() {
    let mut record = record();
    record.report.source_ip = Some("2001:db8::7".parse().expect("address"));
    for (ipv6, written) in [(Ipv6Form::Strict, "IPv6:2001:db8::7"), (Ipv6Form::Bare, "2001:db8::7")] {
        let form = ReportForm { ipv6, ..ReportForm::default() };
        let composed = House::new().compose_as(&record, MAIL, &form, TO).expect("composed");
        assert_eq!(values(&fields(&composed.bytes), "Source-IP"), [written]);
        assert!(String::from_utf8_lossy(&composed.bytes).contains("Source IP:        2001:db8::7\r\n"));
        assert_eq!(errors(&composed.bytes), Vec::<String>::new());
    }
}

#[test]
fn masked_headers_stay_at_home_with_their_folded_lines_in_every_form() {
    let mail = "From: a@b.example\r\nx-customer: 4711\r\n\tof us\r\nX-Own-Route: rack\r\n seven\r\nX-Owner: kept\r\n\
                Subject: s\r\nX-CUSTOMER : again\r\n\r\nX-Customer: body\r\n";
    for evidence in EvidenceForm::ALL {
        let form = ReportForm {
            evidence: *evidence,
            masked_headers: vec!["X-Customer".to_owned(), "X-Own-*".to_owned()],
            ..ReportForm::default()
        };
        let composed = House::new().compose_as(&record(), mail.as_bytes(), &form, TO).expect("composed");
        let mut text = String::from_utf8(composed.bytes.clone()).expect("text");
        if let Some(archive) = archive(&composed.bytes) {
            text.push_str(&String::from_utf8_lossy(&unpacked(archive)));
        }
        for hidden in ["4711\r\n\tof", "of us", "rack", "seven", "again"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert!(text.contains("X-Owner: kept"), "{text}");
        assert_eq!(text.contains("X-Customer: body"), *evidence != EvidenceForm::Headers);
        assert_eq!(errors(&composed.bytes), Vec::<String>::new());
    }
}

#[test]
fn what_is_masked_is_looked_at_all_the_same() {
    let masking = |mask: &str| ReportForm { masked_headers: vec![mask.to_owned()], ..ReportForm::default() };
    let report = b"From: a@b.example\r\nSubject: s\r\nContent-Type: multipart/report; \
        report-type=feedback-report; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n";
    let error = House::new().compose_as(&record(), report, &masking("Content-*"), TO).expect_err("a loop");
    assert_eq!(error, ComposeError::Loop(17, ""));
    let error = House::new().compose_as(&record(), MAIL, &masking("*"), TO).expect_err("nothing is left");
    assert_eq!(error, ComposeError::NoEvidence(17));
}

#[test]
fn the_type_follows_cause_feed_and_contact() {
    let abuse_only = ReportForm { always_abuse: true, ..ReportForm::default() };
    for (cause, feed_kind, form, expected) in [
        (Cause::Fraud, FeedKind::Mailbox, ReportForm::default(), "fraud"),
        (Cause::Unknown, FeedKind::Mailbox, ReportForm::default(), "abuse"),
        (Cause::Fraud, FeedKind::Spamtrap, ReportForm::default(), "abuse"),
        (Cause::Fraud, FeedKind::Mailbox, abuse_only, "abuse"),
    ] {
        let mut record = record();
        record.report.cause = cause;
        record.feed_kind = feed_kind;
        let composed = House::new().compose_as(&record, MAIL, &form, TO).expect("composed");
        assert_eq!(values(&fields(&composed.bytes), "Feedback-Type"), [expected]);
        assert_eq!(composed.report_type.name(), expected);
        let text = String::from_utf8_lossy(&composed.bytes).into_owned();
        assert_eq!(text.contains("was sent in the name of"), expected == "fraud", "{text}");
    }
}

#[test]
fn every_fact_of_the_second_part_stands_in_the_text_and_no_link_does() {
    let mut record = record();
    record.report.authentication_results.push("mx.second.example; spf=fail".to_owned());
    record.report.incidents = 12;
    let composed = House::new().compose(&record, MAIL, true).expect("composed");
    let bytes = String::from_utf8(composed.bytes.clone()).expect("text");
    let text = bytes.split("message/feedback-report").next().expect("the first part");
    let text = text.split_once("\r\n\r\n").expect("headers and body").1;
    for (name, value) in fields(&composed.bytes) {
        match name.as_str() {
            "Feedback-Type" | "User-Agent" | "Version" => continue,
            "Reported-URI" => assert!(text.contains(&crate::text::defang(&value)), "{value} in {text}"),
            _ => assert!(text.contains(&value), "{name}: {value} in {text}"),
        }
    }
    assert!(text.contains("host.sender.example") && text.contains("STOP"), "{text}");
    assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    assert!(!bytes.contains("www.own.example"), "an own domain is no evidence");
}

#[test]
fn the_users_own_text_is_filled_and_cannot_make_parts() {
    let own = crate::arf::compose::PLACEHOLDERS
        .iter()
        .map(|p| format!("{} {{{{{}}}}}\n", p.name, p.name))
        .collect::<String>();
    let own = format!("Grüße\n--=_report_0123456789abcdef0123--\n{own}\nReply with the word STOP.\n");
    let text = ReportText::parse(&own).expect("a right text");
    let house = House::new();
    let record = record();
    let evidence = Evidence { record: &record, reported_mail: MAIL, flood: None };
    let form = ReportForm::default();
    let composed = compose(&evidence, &house.sender(&text), &Destination { to: TO, form: &form }, &STAMP)
        .expect("composed");
    assert_eq!(errors(&composed.bytes), Vec::<String>::new());
    let message = mail::parse(&composed.bytes).expect("message");
    let parts = Mail::of(&message).parts();
    let Some(Body::Text(shown)) = parts.get(1).map(|part| part.body()) else { panic!("a text") };
    assert!(shown.contains("Grüße") && shown.contains("source_ip 198.51.100.7"), "{shown}");
}
