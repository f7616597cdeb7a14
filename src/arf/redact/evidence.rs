//! What redaction must leave: the evidence against the sender, whatever he writes; and what a trap's evidence loses.

use super::attacks::{TRAP, found};
use super::*;
use crate::arf::mail::{Mail, parse};
use crate::arf::read::{Context, read};
use crate::model::{FeedKind, Judgement, Own, Report};
use proptest::prelude::*;

fn judgement(own: &Own) -> Judgement {
    Judgement { own: own.clone(), ..Judgement::default() }
}

fn report(raw: &[u8], own: &Own, feed: FeedKind) -> Report {
    read(
        raw,
        &Context { judgement: &judgement(own), feed_kind: feed, internal_date: None, now: 1_795_000_000 },
    )
    .report
}

/// As `export` hides a stored message.
fn exported(raw: &[u8], own: &Own, feed: FeedKind) -> Result<Vec<u8>, Leak> {
    let parties = Parties::of(raw, &report(raw, own, feed), feed, own);
    Redactor::new(&parties.recipients, parties.redaction(b"a key for tests", "")).checked_message(raw)
}

fn text(raw: &str, own: &Own) -> String {
    let bytes = exported(raw.as_bytes(), own, FeedKind::Spamtrap).expect("no leak");
    String::from_utf8(bytes).expect("text")
}

const TRAPPED: &str = "Return-Path: <b-84125@bad.example>\r\n\
    X-Original-To: trap.keeper17@trap.example\r\n\
    Delivered-To: store+17@box.own.example\r\n\
    Received: from mx7.own.example (mx7.own.example [203.0.113.9])\r\n\tby box.own.example with LMTP id Q1\r\n\
    \tfor <store+17@box.own.example>; Fri, 20 Nov 2026 09:59:02 +0000\r\n\
    Received: from host.bad.example (host.bad.example [198.51.100.7])\r\n\tby mx7.own.example (mx7.own.example [203.0.113.9])\r\n\
    \twith ESMTP id 4B8Xkz for <trap.keeper17@trap.example>; Fri, 20 Nov 2026 09:59:00 +0000\r\n\
    Received: from pc (unknown [192.0.2.9]) by host.bad.example with ESMTPA id zz9; Fri, 20 Nov 2026 09:58:00 +0000\r\n\
    Received-SPF: none (own) receiver=mx7.own.example; client-ip=198.51.100.7\r\n\
    Authentication-Results: mx7.own.example; dkim=pass header.d=bad.example\r\n\
    DKIM-Signature: v=1; a=rsa-sha256; d=bad.example; s=s1; i=u84125@bad.example; bh=Qm9keQ==;\r\n\tb=U2lnbmF0dXJl\r\n\
    From: Shop <news@bad.example>\r\nTo: trap.keeper17@trap.example\r\nSubject: Buy\r\n\
    Message-ID: <trackme.84125@bad.example>\r\nX-Campaign-Recipient: c7-a8f3e2d1c4b5\r\nX-Mailer: PHPMailer 5.2.9\r\n\
    List-Help: <https://bad.example/help?u=84125>\r\nContent-Type: text/html\r\n\r\n\
    <a href=\"https://bad.example/c/a8f3e2d1c4b5/buy.html?id=84125\">Buy</a> other.trap@trap.example\r\n";

#[test]
fn a_traps_evidence_names_neither_trap_nor_its_hosts_nor_who_was_meant() {
    let raw = TRAPPED;
    let out = text(
        raw,
        &Own {
            trusted_hosts: ["box.own.example", "mx7.own.example"].map(str::to_owned).to_vec(),
            ..Own::default()
        },
    );
    for secret in [
        "trap.keeper17",
        "trap.example",
        "other.trap",
        "store",
        "mx7",
        "own.example",
        "203.0.113.9",
        "Q1",
        "4B8Xkz",
        "84125",
        "trackme",
        "a8f3e2d1c4b5",
        "U2lnbmF0dXJl",
        "Qm9keQ==",
    ] {
        assert!(!out.contains(secret), "{secret} in {out}");
    }
    for evidence in [
        "from host.bad.example (host.bad.example [198.51.100.7])",
        "09:59:00 +0000",
        "[192.0.2.9]",
        "client-ip=198.51.100.7",
        "dkim=pass header.d=bad.example",
        "d=bad.example",
        "From: Shop <news@bad.example>",
        "Subject: Buy",
        "X-Mailer: PHPMailer 5.2.9",
        "https://bad.example/c/redacted/buy.html?redacted",
    ] {
        assert!(out.contains(evidence), "{evidence} in {out}");
    }
}

#[test]
fn what_a_reader_understands_of_the_mail_stays_the_same() {
    for (raw, feed) in [
        (TRAPPED.to_owned(), FeedKind::Spamtrap),
        (format!("From - Fri Nov 20 10:00:00 2026\r\n\r\n{TRAPPED}"), FeedKind::Spamtrap),
        (TRAPPED.replace("\r\n", "\n"), FeedKind::Spamtrap),
        (
            format!(
                "From: fbl@isp.example\r\nTo: reports@own.example\r\nSubject: FW: Buy\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n\r\nabuse\r\n--b\r\n\
                Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: a/1\r\nVersion: 1\r\n\
                Source-IP: 198.51.100.7\r\nOriginal-Rcpt-To: trap.keeper17@trap.example\r\n\
                Reported-URI: https://bad.example/c?id=84125\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{TRAPPED}\r\n--b--\r\n"
            ),
            FeedKind::Mailbox,
        ),
    ] {
        let own = Own {
            trusted_hosts: ["box.own.example", "mx7.own.example"].map(str::to_owned).to_vec(),
            ..Own::default()
        };
        let before = report(raw.as_bytes(), &own, feed);
        let out = exported(raw.as_bytes(), &own, feed).expect("no leak");
        let after = report(&out, &own, feed);
        let hosts =
            |report: &Report| -> Vec<_> { report.urls.iter().map(|u| crate::text::url::host(u)).collect() };
        assert_eq!((before.kind, &before.subject, &before.from), (after.kind, &after.subject, &after.from));
        assert_eq!(
            (before.source_ip, before.arrival, &before.feedback_type),
            (after.source_ip, after.arrival, &after.feedback_type)
        );
        assert_eq!(hosts(&before), hosts(&after));
        assert_eq!(before.original_rcpt_to.len(), after.original_rcpt_to.len());
        assert_eq!(found(&out), None);
    }
}

#[test]
fn a_sender_cannot_have_his_own_traces_taken_away() {
    let to = "198.51.100.7@x.example, phish.example@x.example, x@phish.example, pass@x.example, news@bad.example, \
        multipart@x.example, x@host.bad.example";
    let raw = TRAPPED
        .replace("To: trap.keeper17@trap.example\r\nSubject", &format!("To: {to}\r\nSubject"))
        .replace("https://bad.example/c", "https://www.phish.example/c");
    let out = text(&raw, &Own::default());
    for evidence in [
        "[198.51.100.7]",
        "https://www.phish.example/c",
        "dkim=pass header.d=bad.example",
        "host.bad.example",
        "@bad.example>",
    ] {
        assert!(out.contains(evidence), "{evidence} in {out}");
    }
    assert_eq!(found(out.as_bytes()), None);
}

#[test]
fn addresses_of_own_domains_are_traps_wherever_they_stand() {
    let own = Own { domains: vec!["catchall.example".to_owned()], ..Own::default() };
    let raw = "Received: from a ([198.51.100.7]) by b; Fri, 20 Nov 2026 09:59:00 +0000\r\nFrom: a@bad.example\r\nSubject: s\r\n\r\n\
        Dear qx7wombat@catchall.example, zebra9finch@sub.catchall.example\r\n";
    let out = text(raw, &own);
    assert!(!out.contains("wombat") && !out.contains("finch"), "{out}");
}

#[test]
fn what_stands_before_a_stored_mail_hides_no_recipient() {
    let mail =
        "From: a@bad.example\r\nTo: \"The Trap\" <trap.keeper17@trap.example>\r\nSubject: s\r\n\r\nhello\r\n";
    for raw in [
        format!("\r\n\r\n{mail}"),
        format!("From trap.keeper17@trap.example Fri Nov 20 10:00:00 2026\n{mail}"),
        format!("\u{feff}{mail}"),
        mail.replace("\r\n", "\r"),
    ] {
        let out = text(&raw, &Own::default());
        assert_eq!(found(out.as_bytes()), None, "{raw:?}");
        assert!(!out.contains("The Trap"), "{out}");
        let message = parse(out.as_bytes()).expect("message");
        assert_eq!(Mail::of(&message).subject(), Some("s"));
    }
}

#[test]
fn a_leak_that_cannot_be_mended_says_where_it_is() {
    let recipients = [TRAP.to_owned()];
    let redactor =
        Redactor::new(&recipients, Redaction { key: b"k", spamtrap: true, ..Redaction::default() });
    let raw = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\ndHJhcC5rZWVwZXIxN0B0cmFwLmV4YW1wbGU=\r\n--b--\r\n";
    let leaks: Vec<String> = redactor.leaks(raw).iter().map(ToString::to_string).collect();
    assert!(leaks.contains(&format!("{TRAP} can be found as address in MIME part 1, decoded")), "{leaks:?}");
}

/// A way to write the trap down.
fn disguise() -> impl Strategy<Value = String> {
    use base64::engine::{Engine, general_purpose::STANDARD, general_purpose::URL_SAFE_NO_PAD};
    let percent = |text: &str| text.bytes().fold(String::new(), |out, b| format!("{out}%{b:02x}"));
    let cases = prop_oneof![
        Just(TRAP.to_owned()),
        Just(TRAP.to_lowercase()),
        Just(TRAP.to_uppercase()),
        Just("trap.keeper17".to_owned())
    ];
    let steps = proptest::collection::vec(0..6u8, 0..3);
    (cases, steps, "[ -~]{0,9}").prop_map(move |(text, steps, junk)| {
        steps.into_iter().fold(text, |text, step| match step {
            0 => percent(&text),
            1 => STANDARD.encode(format!("{junk}{text}")),
            2 => URL_SAFE_NO_PAD.encode(format!("{text}{junk}")),
            3 => forms::hex(text.as_bytes()),
            4 => text.replace('@', "&#64;").replace('.', "&#x2e;"),
            _ => text.replace('@', "=40").replace('.', "=2E"),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn wherever_the_trap_is_planted_it_is_found(
        planted in proptest::collection::vec((0..5u8, disguise()), 1..4),
        words in proptest::collection::vec("[a-z=?&/. ]{0,20}", 4),
        spamtrap in any::<bool>(),
    ) {
        let mut headers = String::new();
        let mut body = words.first().cloned().unwrap_or_default();
        for ((place, text), word) in planted.iter().zip(&words) {
            match place {
                0 => headers.push_str(&format!("X-Note: {word} {text}\r\n")),
                1 => headers.push_str(&format!("List-Unsubscribe: <https://x.example/{text}>\r\n")),
                2 => body.push_str(&format!(" {word} https://x.example/?u={text}&{word}\r\n")),
                3 => body.push_str(&format!("{word}\r\n\"{text}\"\r\n")),
                _ => body.push_str(&format!("<a href='https://x.example/{text}'>{word}</a>\r\n")),
            }
        }
        let raw = format!("From: a@bad.example\r\n{headers}Subject: s\r\nContent-Type: text/html\r\n\r\n{body}");
        let out = super::tests::hide(raw.as_bytes(), &[TRAP.to_owned()], spamtrap);
        let how = found(&out);
        prop_assert!(how.is_none(), "{:?} in {}", how, raw);
    }
}
