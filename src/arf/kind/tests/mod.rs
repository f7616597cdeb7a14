//! What every kind of mail is taken for. All mails are our own.

mod answers;
mod bounces;

use super::kind;
use crate::arf::mail::{self, Mail};
use crate::model::Kind::{self, Bounce};

/// `None`: the report names no envelope sender.
fn judged(raw: &str, original_mail_from: Option<&str>) -> (Kind, String) {
    let message = mail::parse(raw.as_bytes()).expect("a message");
    kind(Mail::of(&message), original_mail_from)
}

#[track_caller]
fn is(want: Kind, raw: &str) -> String {
    let (kind, reason) = judged(raw, None);
    assert_eq!(kind, want, "{reason}\n{raw}");
    assert!(reason.starts_with(&format!("{kind}: ")), "{reason}");
    reason
}

/// A plain mail of a person with this subject.
fn subject(subject: &str) -> String {
    format!("From: Ann <ann@a.example>\nTo: bob@b.example\nSubject: {subject}\n\nSee you.\n")
}

#[test]
fn headers_below_a_line_of_blanks_are_found() {
    is(
        Bounce,
        "      \nReturn-Path: <>\nFrom: MAILER-DAEMON@a.example\nSubject: failure notice\n\n<b@b.example>:\n550 5.1.1 unknown\n",
    );
}

#[test]
fn a_container_without_its_boundary_is_read_in_one_piece() {
    is(
        Bounce,
        "From: post_master@a.example\nSubject: Re: hi\nContent-Type: multipart/mixed\n\n\
         Error message below:\n550 - Requested action not taken: no such user here\n",
    );
}

#[test]
fn hostile_mail_is_decided_without_panic_and_in_linear_time() {
    let deep = (0..200)
        .map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"))
        .collect::<String>();
    let tags = format!(
        "From: postmaster@a.example\nSubject: {}\nContent-Type: text/html\n\n{}",
        "[a]".repeat(5000),
        "<".repeat(1 << 20)
    );
    let colons = format!(
        "From: postmaster@a.example\nSubject: {}\n\n{}",
        "re:".repeat(5000),
        "received:\n".repeat(100_000)
    );
    let words = format!("From: mailer-daemon@a.example\nSubject: x\n\n{}", "5.5.5 550-<a@".repeat(100_000));
    let wide = format!(
        "Return-Path: <>\nFrom: <\u{130}@\u{fffd}>\nSubject: {}\n\n{}",
        "\u{130}\u{301}".repeat(2000),
        "é".repeat(100_000)
    );
    for raw in [
        deep,
        tags,
        colons,
        words,
        wide,
        ":".into(),
        "From:\n\n".into(),
        "From: <>\nSubject:\nReturn-Path:\n".into(),
    ] {
        if let Some(message) = mail::parse(raw.as_bytes()) {
            let start = std::time::Instant::now();
            kind(Mail::of(&message), Some("\u{0}é"));
            assert!(start.elapsed().as_secs() < 5, "{:.60}", raw);
        }
    }
}
