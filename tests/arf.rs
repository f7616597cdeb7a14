//! Reading reports: one made message for every dialect and every fault that senders are known for, beside it the values
//! that a person reads there (`NAME.expected`). `UPDATE_EXPECTED=1` writes them anew; read the difference before keeping it.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixtures has to fail")]

use lafayette::arf::read::{Context, read};
use lafayette::model::clock::rfc3339;
use lafayette::model::{FeedKind, Judgement, Outcome, Reading};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const IMPORTED_AT: i64 = 1_900_000_000;

fn judgement() -> Judgement {
    Judgement {
        treat_as_public: vec!["192.0.2.0/24".parse().unwrap(), "198.51.100.0/24".parse().unwrap()],
        ..Judgement::default()
    }
}

fn understood(raw: &[u8], feed_kind: FeedKind) -> Reading {
    read(raw, &Context { judgement: &judgement(), feed_kind, internal_date: None, now: IMPORTED_AT })
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/arf");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "eml"));
    files.sort();
    files
}

#[test]
fn carriage_returns_alone_end_lines_even_when_a_line_feed_ends_the_file() {
    let lines = std::fs::read(fixtures().first().unwrap()).unwrap();
    let lines: Vec<u8> = lines.iter().filter(|b| **b != b'\r').copied().collect();
    let mut returns: Vec<u8> = lines.iter().map(|b| if *b == b'\n' { b'\r' } else { *b }).collect();
    returns.extend(b"\n");
    let [expected, found] = [&lines, &returns].map(|raw| understood(raw, FeedKind::Mailbox));
    assert_eq!((found.outcome, found.report.source_ip), (expected.outcome, expected.report.source_ip));
}

/// The values in a form that is easy to read and to compare; absent ones are left out.
fn summary(reading: &Reading) -> String {
    let report = &reading.report;
    let mut out = String::new();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "{name}: {value}");
        }
    };
    let list = |values: &[String]| (!values.is_empty()).then(|| values.join(", "));
    line(
        "outcome",
        Some(match &reading.outcome {
            Outcome::Report => format!("report ({})", reading.dialect),
            Outcome::Quarantined(why) => format!("quarantined: {why}"),
            Outcome::NotReport(what) => format!("not a report: {what}"),
        }),
    );
    line("feedback_type", report.feedback_type.clone());
    line("user_agent", report.user_agent.clone());
    line("incidents", (report.incidents != 1).then(|| report.incidents.to_string()));
    line("arrival", Some(format!("{} from {}", rfc3339(report.arrival), report.arrival_from)));
    let from = report.source_ip_from.map_or("nowhere", |f| f.name());
    line("source", report.source_ip.map(|ip| format!("{ip} from {from}")));
    line("port", report.source_port.map(|p| p.to_string()));
    line("domains", list(&report.reported_domains));
    line("uris", list(&report.reported_uris));
    line("mail_from", report.original_mail_from.as_ref().map(|m| format!("<{m}>")));
    line("rcpt_to", list(&report.original_rcpt_to));
    line("auth_failure", report.auth_failure.clone());
    line("delivery", report.delivery.map(|d| d.to_string()));
    line("policy", report.policy.map(|p| p.to_string()));
    report.authentication_results.iter().for_each(|a| line("results", Some(a.clone())));
    line("reporter", report.reporter.clone());
    line("unverified", report.unverified.then(|| "yes".to_owned()));
    line("from", report.from.clone());
    line("from_name", report.from_name.clone());
    line("reply_to", report.reply_to.clone());
    line("subject", report.subject.clone());
    line("message_id", report.message_id.clone());
    line("headers_only", report.headers_only.then(|| "yes".to_owned()));
    line("cause", Some(format!("{} ({})", report.cause, report.cause_reason)));
    line("fields", list(&reading.fields.iter().map(|f| f.name.clone()).collect::<Vec<_>>()));
    out
}

#[test]
fn every_dialect_and_every_known_fault_is_read_as_a_person_reads_it() {
    let mut wrong = String::new();
    for path in fixtures() {
        let raw = std::fs::read(&path).unwrap();
        let mut got = summary(&understood(&raw, FeedKind::Mailbox));
        let trapped = summary(&understood(&raw, FeedKind::Spamtrap));
        if trapped != got {
            let _ = write!(got, "\nin a spamtrap feed\n{trapped}");
        }
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected, &got).unwrap();
        }
        let want = std::fs::read_to_string(&expected).unwrap_or_default();
        if want != got {
            let _ = write!(wrong, "\n{}\n--- expected\n{want}--- got\n{got}", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_cut_and_no_broken_byte_makes_reading_fail() {
    // A small generator of our own, so that a failure repeats.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    for path in fixtures() {
        let raw = std::fs::read(&path).unwrap();
        for round in 0..60 {
            let mut bytes = raw.clone();
            match round % 3 {
                0 => bytes.truncate(random(raw.len())),
                1 => (0..5).for_each(|_| {
                    if let Some(byte) = bytes.get_mut(random(raw.len())) {
                        *byte = b"\0\n\r=-;:\"(<[\xff\xc3"[random(13)];
                    }
                }),
                _ => {
                    let (a, b) = (random(raw.len()), random(raw.len()));
                    bytes.splice(a.min(b)..a.max(b), raw[random(raw.len())..].iter().copied().take(200));
                }
            }
            for kind in [FeedKind::Mailbox, FeedKind::Spamtrap] {
                let reading = understood(&bytes, kind);
                assert!(reading.report.arrival <= 253_402_300_799, "{}", path.display());
            }
        }
    }
}
