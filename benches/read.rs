//! How long understanding one report takes: microseconds a message, median of rounds, one thread. And how long hiding
//! the recipients of a mail of 20 MB takes, which has to stay under a second.
//!
//! `cargo bench --bench read [-- FILE]`: an mbox to read instead of the made mailbox.

use base64::Engine;
use lafayette::arf::read::{Context, read};
use lafayette::arf::redact::{Redaction, Redactor};
use lafayette::cli::demo::Generator;
use lafayette::intake::{self, Item, Limits};
use lafayette::model::{FeedKind, Judgement};
use std::path::PathBuf;
use std::time::Instant;

const MESSAGES: u64 = 5_000;
const ROUNDS: usize = 7;
const NOON: i64 = 1_790_000_000;

fn main() {
    let file = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let messages: Vec<Vec<u8>> = match file {
        Some(path) => intake::open(&[PathBuf::from(path)], None, &Limits::default())
            .filter_map(|item| match item {
                Item::Message(message) => Some(message.bytes),
                Item::Failed { .. } | Item::Left { .. } | Item::LargeNext => None,
            })
            .collect(),
        None => Generator::new(1, MESSAGES, NOON).map(|made| made.bytes).collect(),
    };
    let judgement = Judgement::default();
    let context =
        Context { judgement: &judgement, feed_kind: FeedKind::Mailbox, internal_date: None, now: NOON };
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for message in &messages {
                std::hint::black_box(read(message, &context));
            }
            start.elapsed().as_secs_f64() * 1e6 / messages.len() as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!(
        "read: {} messages, median {:.1} µs each (fastest round {:.1}, slowest {:.1})",
        messages.len(),
        rounds[ROUNDS / 2],
        rounds[0],
        rounds[ROUNDS - 1]
    );
    redact();
}

/// Half of it a text that names the recipient here and there, half an attachment.
fn large_mail() -> Vec<u8> {
    const HALF: usize = 10_000_000;
    let line =
        "Dear tania.tanaka, see https://bad.example/c?u=dGFuaWEudGFuYWthQG93bi5leGFtcGxl&id=a8f3e2d1 now\r\n";
    let words = "nothing in this line says who is meant, and most lines of a long mail are like it\r\n";
    let mut mail =
        b"From: a@bad.example\r\nTo: tania.tanaka@own.example\r\nSubject: large\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
            .to_vec();
    for number in 0.. {
        if mail.len() >= HALF {
            break;
        }
        mail.extend_from_slice(if number % 100 == 0 { line } else { words }.as_bytes());
    }
    mail.extend_from_slice(
        b"--b\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    );
    // Bytes without a pattern, the same in every run.
    let mut state = 1u64;
    let bytes: Vec<u8> = (0..HALF * 3 / 4)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect();
    for row in bytes.chunks(57) {
        mail.extend_from_slice(base64::engine::general_purpose::STANDARD.encode(row).as_bytes());
        mail.extend_from_slice(b"\r\n");
    }
    mail.extend_from_slice(b"--b--\r\n");
    mail
}

fn redact() {
    let mail = large_mail();
    let recipients = ["tania.tanaka@own.example".to_owned()];
    for spamtrap in [false, true] {
        let how = Redaction { key: b"a key for measuring", spamtrap, ..Redaction::default() };
        let redactor = Redactor::new(&recipients, how);
        let mut rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                let hidden = std::hint::black_box(redactor.checked_message(&mail));
                assert!(hidden.is_ok(), "{hidden:?}");
                start.elapsed().as_secs_f64()
            })
            .collect();
        rounds.sort_by(f64::total_cmp);
        println!(
            "redact{}: {:.1} MB, median {:.2} s (fastest round {:.2}, slowest {:.2})",
            if spamtrap { " for a spamtrap" } else { "" },
            mail.len() as f64 / 1e6,
            rounds[ROUNDS / 2],
            rounds[0],
            rounds[ROUNDS - 1]
        );
    }
}
