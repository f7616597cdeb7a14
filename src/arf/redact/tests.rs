//! What redaction hides, and that nothing of it is left.

use super::*;
use crate::arf::wire;
use crate::model::{FeedKind, Own, Report};
use proptest::prelude::*;

const KEY: &[u8] = b"a key for tests";
const PETER: &str = "Peter.Parker@mail.example.org";

/// The message without these recipients.
pub(super) fn hide(raw: &[u8], recipients: &[String], spamtrap: bool) -> Vec<u8> {
    let parties = parties(raw, recipients, spamtrap);
    let redactor = Redactor::new(&parties.recipients, parties.redaction(KEY, ""));
    let once = redactor.message(raw, 1);
    if redactor.leaks(&once).is_empty() { once } else { redactor.message(raw, 2) }
}

pub(super) fn parties(raw: &[u8], recipients: &[String], spamtrap: bool) -> Parties {
    let report = Report { original_rcpt_to: recipients.to_vec(), ..Report::default() };
    let feed = if spamtrap { FeedKind::Spamtrap } else { FeedKind::Mailbox };
    Parties::of(raw, &report, feed, &Own::default())
}

fn redacted_message(raw: &[u8], recipients: &[String], _: &[u8], spamtrap: bool) -> Vec<u8> {
    hide(raw, recipients, spamtrap)
}

/// What can be found of these recipients in the bytes.
fn leaks(bytes: &[u8], recipients: &[String]) -> Vec<Leak> {
    Redactor::new(recipients, Redaction::default()).leaks(bytes)
}

fn peter() -> Vec<String> {
    vec![PETER.to_owned()]
}

fn hidden(raw: &str) -> String {
    String::from_utf8_lossy(&redacted_message(raw.as_bytes(), &peter(), KEY, false)).into_owned()
}

fn token_of(address: &str) -> String {
    Redactor::new(&[], Redaction { key: KEY, ..Redaction::default() }).token(address)
}

fn assert_hidden(raw: &str) -> String {
    assert!(!leaks(raw.as_bytes(), &peter()).is_empty(), "nothing to hide in {raw}");
    let text = hidden(raw);
    assert_eq!(leaks(text.as_bytes(), &peter()), [], "{text}");
    text
}

#[test]
fn a_token_is_the_same_for_every_spelling_and_another_for_every_key() {
    assert_eq!(token_of(PETER), token_of("peter.parker@MAIL.example.org"));
    assert_eq!(token_of(PETER).len(), TOKEN_LENGTH);
    assert_ne!(token_of(PETER), token_of("mary.jane@mail.example.org"));
    let other = Redaction { key: b"another", ..Redaction::default() };
    assert_ne!(Redactor::new(&[], other).token(PETER), token_of(PETER));
}

#[test]
fn recipient_headers_keep_nothing_but_tokens() {
    for name in [
        "To",
        "Cc",
        "Bcc",
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "X-Envelope-To",
        "X-Forwarded-To",
        "Resent-To",
        "Apparently-To",
    ] {
        let raw = format!(
            "From: a@b.example\r\n{name}: \"Peter Parker\" (our man)\r\n\t<peter.parker@mail.example.org>,\r\n =?utf-8?q?M=C3=A4ry?=\r\n <m@c.example>\r\nSubject: s\r\n\r\n"
        );
        let text = hidden(&raw);
        let expected = format!(
            "From: a@b.example\r\n{name}: <{}@mail.example.org>,\r\n <{}@c.example>\r\nSubject: s\r\n\r\n",
            token_of(PETER),
            token_of("m@c.example"),
        );
        assert_eq!(text, expected);
    }
    let kept = "Reply-To: sender@b.example\r\nIn-Reply-To: <1@b.example>\r\nErrors-To: e@b.example\r\n\r\n";
    assert_eq!(hidden(kept), kept);
}

#[test]
fn a_recipient_that_only_the_mail_names_is_found_too() {
    let raw = "Received: from a by b\r\n\tfor <mary.jane@trap.example>; Fri, 20 Nov 2026 09:59:00 +0000\r\n\
        Subject: for mary.jane@trap.example\r\n\r\nmary.jane@trap.example";
    let text = hidden(raw);
    assert_eq!(text.matches(&token_of("mary.jane@trap.example")).count(), 3, "{text}");
    assert!(!text.contains("mary"), "{text}");
}

#[test]
fn every_form_of_the_address_goes() {
    let digests = {
        use sha2::Digest;
        let lower = PETER.to_lowercase();
        [
            format!("{:x}", md5::Md5::digest(&lower)),
            format!("{:X}", sha1::Sha1::digest(&lower)),
            format!("{:x}", sha2::Sha256::digest(PETER)),
        ]
    };
    let base64 = String::from_utf8(wire::base64(b"id=12;to=peter.parker@mail.example.org;")).expect("text");
    for form in [
        "peter.parker@mail.example.org",
        "PETER.PARKER@MAIL.EXAMPLE.ORG",
        "bounce+peter.parker=mail.example.org@list.example",
        "https://x.example/?u=peter.parker%40mail.example.org",
        "https://x.example/?u=peter.parker%2540mail.example.org",
        "https://x.example/?u=%70eter%2Eparker%40mail.example.org",
        "peter.parker&#64;mail.example.org",
        "peter.parker&#x00040;mail&period;example.org",
        "peter.parker at mail.example.org",
        "Dear peter.parker, how are you?",
        "peter.parker@mail.exa\r\n mple.org",
        "70657465722e7061726b6572406d61696c2e6578616d706c652e6f7267",
        &format!("https://x.example/?t={base64}"),
        &digests[0],
        &digests[1],
        &digests[2],
    ] {
        assert_hidden(&format!("From: a@b.example\r\nX-Note: {form}\r\n\r\nx\r\n"));
        assert_hidden(&format!("From: a@b.example\r\n\r\nx {form} x\r\n"));
    }
}

#[test]
fn encoded_parts_are_opened_and_closed_again() {
    let secret = "Dear PETER.parker@mail.example.org,\r\nwelcome.\r\n".repeat(5);
    let encoded = String::from_utf8(wire::base64(secret.as_bytes())).expect("text");
    let raw = format!(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b\r\nContent-Type: text/plain\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nDear peter=2Epar=\r\nker=40mail.example.org\r\n--b--\r\n"
    );
    let text = assert_hidden(&raw);
    let message = mail(&text);
    let bodies: Vec<String> = message;
    assert_eq!(bodies[0], secret.replace("PETER.parker", &token_of(PETER)));
    assert_eq!(bodies[1].trim_end(), format!("Dear {}@mail.example.org", token_of(PETER)));
}

/// The decoded texts of a message.
fn mail(raw: &str) -> Vec<String> {
    use crate::arf::mail::{Body, Mail, parse};
    let message = parse(raw.as_bytes()).expect("message");
    Mail::of(&message)
        .parts()
        .into_iter()
        .filter_map(|p| match p.body() {
            Body::Text(text) | Body::Html(text) => Some(text.to_owned()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_message_inside_a_base64_part_is_redacted_too() {
    let inner = "To: peter.parker@mail.example.org\r\nSubject: x\r\n\r\nhello peter.parker\r\n";
    let encoded = String::from_utf8(wire::base64(inner.as_bytes())).expect("text");
    let raw = format!(
        "From: a@b.example\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n"
    );
    assert_hidden(&raw);
}

#[test]
fn text_in_a_charset_that_hides_bytes_is_left_out() {
    let utf16: Vec<u8> =
        "hello peter.parker@mail.example.org".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encoded = String::from_utf8(wire::base64(&utf16)).expect("text");
    assert_hidden(&format!(
        "From: a@b.example\r\nContent-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n"
    ));
}

#[test]
fn encoded_words_are_read() {
    let text = assert_hidden("Subject: =?utf-8?b?SMO2aSBQRVRFUi5wYXJrZXIh?=\r\n\r\n");
    let message = crate::arf::mail::parse(text.as_bytes()).expect("message");
    let subject = crate::arf::mail::Mail::of(&message).subject().map(str::to_owned);
    assert_eq!(subject, Some(format!("Höi {}!", token_of(PETER))));
}

#[test]
fn the_recipient_in_a_whole_report_is_hidden_in_all_its_parts() {
    let raw = "From: r@isp.example\r\nTo: reports@own.example\r\n\
        Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\npeter.parker complained\r\n\
        --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\
        Original-Rcpt-To: <peter.parker@mail.example.org>\r\n\r\n\
        --b\r\nContent-Type: text/rfc822-headers\r\n\r\nTo: P <peter.parker@mail.example.org>\r\nSubject: x\r\n\r\n--b--\r\n";
    let text = assert_hidden(raw);
    assert!(text.contains(&format!("Original-Rcpt-To: <{}@mail.example.org>", token_of(PETER))), "{text}");
    assert!(text.contains("Feedback-Type: abuse"), "{text}");
}

#[test]
fn spamtraps_lose_domain_host_identifiers_and_queries() {
    let raw = "Received: from bad.example ([198.51.100.7]) by mx7.own.example with SMTP\r\n\
        \tfor <trap17@trap.example>; Fri, 20 Nov 2026 09:59:00 +0000\r\n\
        Return-Path: <b-8412@bad.example>\r\nMessage-ID: <trackme.8412@bad.example>\r\n\
        List-Unsubscribe: <https://bad.example/u/8412>, <mailto:u-8412@bad.example?subject=8412>\r\n\
        Subject: hi\r\n\r\nClick https://bad.example/c?id=8412#8412 now, trap17 of in77.trap.example!\r\n";
    let text = String::from_utf8_lossy(&redacted_message(raw.as_bytes(), &[], KEY, true)).into_owned();
    for secret in ["trap17", "trap.example", "in77", "mx7", "8412"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    for evidence in ["198.51.100.7", "from bad.example", "https://bad.example/c?redacted now", "09:59:00"] {
        assert!(text.contains(evidence), "{evidence} in {text}");
    }
}

#[test]
fn short_and_ordinary_local_parts_are_hidden_as_addresses_only() {
    let recipients = ["bob@x.example", "info@x.example", "support@x.example"].map(str::to_owned);
    let raw = "Subject: bob info support\r\n\r\nbob@x.example rob-bob jimbob@x.example support@x.example\r\n";
    let text = redacted_message(raw.as_bytes(), &recipients, KEY, false);
    let text = String::from_utf8_lossy(&text);
    assert!(text.starts_with("Subject: bob info support\r\n"), "{text}");
    assert!(text.contains("rob-bob jimbob@x.example"), "{text}");
    assert_eq!(leaks(text.as_bytes(), &recipients), []);
}

#[test]
fn header_names_stay() {
    let recipients = ["mailer@x.example".to_owned(), "peter@x.example".to_owned()];
    let raw = "X-Mailer: y\r\nX-Peter-Id: 1\r\nX-For: peter\r\n\r\nx";
    let text = redacted_message(raw.as_bytes(), &recipients, KEY, false);
    let expected = raw.replace("For: peter", &format!("For: {}", token_of("peter@x.example")));
    assert_eq!(String::from_utf8_lossy(&text), expected);
}

#[test]
fn nothing_to_hide_leaves_every_byte() {
    let raw = b"From: a@b.example\nX: =?utf-8?q?=C3=A9?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
        Content-Transfer-Encoding: base64\n\nAAEC AwQF\nBgcI\n--b\nContent-Transfer-Encoding: quoted-printable\n\n\
        a=20=\nb%41&#65;\xff\n--b--\n";
    assert_eq!(redacted_message(raw, &peter(), KEY, false), raw);
}

#[test]
fn hostile_input_takes_linear_time() {
    let started = std::time::Instant::now();
    for piece in [
        "@",
        "a",
        "\"@",
        "peter.parker",
        "a@b.example,",
        "<mailto:x@y.example>,",
        "=?",
        "%",
        "&#",
        "for <",
        "://?",
    ] {
        let noise = piece.repeat(20_000 / piece.len());
        let raw = format!(
            "To: {noise}\r\nReceived: {noise}\r\nList-Unsubscribe: {noise}\r\nSubject: {noise}\r\n\r\n{noise}"
        );
        let recipients =
            [PETER.to_owned(), format!("{}@x.example", "peter.".repeat(20_000)), "a".repeat(64) + "@a.a"];
        redacted_message(raw.as_bytes(), &recipients, KEY, true);
    }
    // 1 MB in all, in a debug build on a busy machine.
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn a_name_that_its_neighbour_hid_is_hidden_too() {
    let raw = b"Subject: x\r\n=?utf-8?q?Received: from a for <Peter.ParkerPeter.Parker=?utf-8?q?peter.parker@mail.example.org";
    let text = redacted_message(raw, &peter(), KEY, false);
    assert_eq!(leaks(&text, &peter()), vec![], "{}", String::from_utf8_lossy(&text));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_redacted_shows_no_leak(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("peter.parker@mail.example.org".to_owned()), Just("Peter.Parker".to_owned()),
                Just("peter.parker%40mail.example.org".to_owned()), Just("\r\n".to_owned()), Just("\r\n ".to_owned()),
                Just("=\r\n".to_owned()), Just("=?utf-8?q?".to_owned()), Just("?=".to_owned()),
                Just("--b\r\n".to_owned()), Just("Content-Transfer-Encoding: base64\r\n\r\n".to_owned()),
                Just("cGV0ZXIucGFya2VyQG1haWwuZXhhbXBsZS5vcmc=".to_owned()), Just("To: ".to_owned()),
                Just("Content-Type: multipart/mixed; boundary=b\r\n".to_owned()), Just("Received: from a for <".to_owned()),
                Just("Content-Type: message/rfc822\r\n".to_owned()), "[ -~\r\n]{0,12}",
            ],
            0..24,
        ),
        spamtrap in any::<bool>(),
    ) {
        let raw = format!("Subject: x\r\n{}", pieces.concat());
        let text = redacted_message(raw.as_bytes(), &peter(), KEY, spamtrap);
        prop_assert_eq!(leaks(&text, &peter()), vec![], "{}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), spamtrap in any::<bool>()) {
        redacted_message(&bytes, &peter(), KEY, spamtrap);
        leaks(&bytes, &peter());
    }
}
