//! A generated mailbox is read back field by field: what goes in as facts comes out as reports.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use lafayette::arf::read::{Context, read};
use lafayette::cli::demo::{self, Facts, Generated, Generator, facts::File};
use lafayette::intake::{self, Item, Limits};
use lafayette::model::clock::Seconds;
use lafayette::model::report::SourceIpFrom;
use lafayette::model::{ArrivalFrom, FeedKind, Outcome, Reading, Status};
use std::fmt::Debug;
use std::fs;
use std::path::Path;

const COUNT: u64 = 5000;
const NOW: Seconds = 1_795_000_000;

/// Writes the messages as mboxrd.
fn write_mbox(path: &Path, messages: &[Generated]) {
    let mut out = vec![];
    for message in messages {
        out.extend(b"From MAILER-DAEMON Fri Nov 20 09:59:00 2026\n");
        for line in message.bytes.split_inclusive(|b| *b == b'\n') {
            let quotes = line.iter().take_while(|b| **b == b'>').count();
            if line[quotes..].starts_with(b"From ") {
                out.push(b'>');
            }
            out.extend(line);
        }
        out.extend(if message.bytes.ends_with(b"\n") { &b"\n"[..] } else { b"\n\n" });
    }
    fs::write(path, out).expect("write");
}

fn status(outcome: &Outcome) -> Status {
    match outcome {
        Outcome::Report => Status::Report,
        Outcome::Quarantined(_) => Status::Quarantined,
        Outcome::NotReport(_) => Status::NotReport,
    }
}

fn sorted(list: &[String]) -> Vec<&str> {
    let mut list: Vec<&str> = list.iter().map(String::as_str).collect();
    list.sort_unstable();
    list
}

/// Every field in which the reading differs from the facts, as a line.
fn differences(facts: &Facts, reading: &Reading) -> Vec<String> {
    let mut out = vec![];
    fn compare<T: PartialEq + Debug>(out: &mut Vec<String>, field: &str, expected: &T, found: &T) {
        if expected != found {
            out.push(format!("{field}: expected {expected:?}, found {found:?}"));
        }
    }
    let report = &reading.report;
    compare(&mut out, "status", &facts.status, &status(&reading.outcome));
    if facts.status != Status::Report || !out.is_empty() {
        return out;
    }
    let some = |text: &str| Some(text.to_owned());
    compare(&mut out, "feedback_type", &some(facts.feedback_type), &report.feedback_type);
    compare(&mut out, "kind", &facts.kind, &report.kind);
    compare(&mut out, "arrival", &facts.arrival, &report.arrival);
    compare(&mut out, "arrival_from", &ArrivalFrom::Field, &report.arrival_from);
    compare(&mut out, "source_ip", &facts.source_ip, &report.source_ip);
    compare(&mut out, "source_ip_from", &Some(SourceIpFrom::Field), &report.source_ip_from);
    compare(&mut out, "source_port", &facts.source_port, &report.source_port);
    compare(&mut out, "reported_domains", &facts.reported_domains, &report.reported_domains);
    compare(&mut out, "original_mail_from", &facts.original_mail_from, &report.original_mail_from);
    compare(&mut out, "original_rcpt_to", &facts.original_rcpt_to, &report.original_rcpt_to);
    compare(&mut out, "auth_failure", &facts.auth_failure.and_then(some), &report.auth_failure);
    compare(&mut out, "user_agent", &some(facts.user_agent), &report.user_agent);
    compare(&mut out, "incidents", &facts.incidents, &report.incidents);
    compare(&mut out, "from", &some(&facts.from), &report.from);
    compare(&mut out, "from_name", &facts.from_name, &report.from_name);
    compare(&mut out, "reply_to", &facts.reply_to, &report.reply_to);
    compare(&mut out, "subject", &some(&facts.subject), &report.subject);
    compare(&mut out, "message_id", &some(&facts.message_id), &report.message_id);
    compare(&mut out, "headers_only", &facts.headers_only, &report.headers_only);
    compare(&mut out, "urls", &sorted(&facts.urls), &sorted(&report.urls));
    if let Some(addresses) = &facts.addresses {
        compare(&mut out, "addresses", &sorted(addresses), &sorted(&report.addresses));
    }
    if let Some(files) = &facts.files {
        let found: Vec<File> = report
            .files
            .iter()
            .map(|file| File {
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                size: file.size,
                sha256: file.sha256.clone(),
                md5: file.md5.clone(),
            })
            .collect();
        compare(&mut out, "files", files, &found);
    }
    for claim in [
        facts
            .cause
            .filter(|cause| *cause != report.cause)
            .map(|c| format!("cause: expected {c}, found {} ({})", report.cause, report.cause_reason)),
        facts
            .delivery
            .filter(|d| Some(*d) != report.delivery)
            .map(|d| format!("delivery: expected {d}, found {:?}", report.delivery)),
        facts
            .policy
            .filter(|p| Some(*p) != report.policy)
            .map(|p| format!("policy: expected {p}, found {:?}", report.policy)),
    ] {
        out.extend(claim);
    }
    out
}

#[test]
fn five_thousand_generated_messages_are_read_as_they_were_meant() {
    let messages: Vec<Generated> = Generator::new(20, COUNT, NOW).collect();
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("generated.mbox");
    write_mbox(&path, &messages);
    let judgement = demo::judgement();
    let context =
        Context { judgement: &judgement, feed_kind: FeedKind::Mailbox, internal_date: None, now: NOW };
    let mut wrong = vec![];
    let mut read_back = 0;
    for (item, message) in intake::open(&[path], None, &Limits::default()).zip(&messages) {
        let Item::Message(raw) = item else { panic!("{item:?}") };
        // The mbox format itself ends a message without a line end with one.
        let exact = raw.bytes == message.bytes || raw.bytes.strip_suffix(b"\n") == Some(&message.bytes);
        assert!(exact, "{}: other bytes", raw.origin);
        read_back += 1;
        let reading = read(&raw.bytes, &context);
        let found = differences(&message.facts, &reading);
        wrong.extend(
            found.iter().map(|line| format!("{} ({}): {line}", raw.origin, message.facts.user_agent)),
        );
    }
    assert_eq!(read_back, COUNT);
    let shown: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differences, the first:\n{}", wrong.len(), shown.join("\n"));
}
