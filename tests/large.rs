//! Messages larger than what is understood of one: kept and given back to the byte, in little more memory than their
//! own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::time::Duration;
use support::hostile::Hostile;
use support::messages::{report, sha256};
use support::program::{Home, counts};

/// Enough for a message of which no more than the first part is understood, and for three pieces.
const LARGE: usize = 20 << 20;

/// A failure report about a mail with a file whose base64 is so long and does not shrink.
fn with_file(number: usize, encoded: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (head, rest) = {
        let text = String::from_utf8(report(number)).unwrap();
        let at = text.find("Content-Type: text/plain; charset=utf-8").unwrap();
        (text[..at].to_owned(), text[at..].to_owned())
    };
    let (inner, end) = rest.split_once("\r\n--=_report--").unwrap();
    let mut message = head.into_bytes();
    message.reserve(encoded + (64 << 10));
    let file = "application/octet-stream; name=\"film.bin\"\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment; filename=\"film.bin\"";
    let mut top = String::new();
    write!(
        top,
        "Content-Type: multipart/mixed; boundary=\"=_mail\"\r\n\r\n--=_mail\r\n{inner}\r\n--=_mail\r\nContent-Type: {file}\r\n\r\n"
    )
    .unwrap();
    message.extend_from_slice(top.as_bytes());
    let mut state = number as u64 + 1;
    for _ in 0..encoded / 78 {
        let line: [u8; 76] = std::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            DIGITS[(state >> 32) as usize & 63]
        });
        message.extend_from_slice(&line);
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(b"--=_mail--\r\n\r\n--=_report--");
    message.extend_from_slice(end.as_bytes());
    message
}

fn raw(home: &Home, more: &[&str], number: usize) -> Vec<u8> {
    let number = number.to_string();
    let arguments = [&["show", &number, "--raw"], more].concat();
    let output = home.command(&arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn shown(home: &Home, number: usize) -> Value {
    home.good(&["show", &number.to_string(), "--json"]).summary()
}

/// Compares without printing 20 MB when they differ.
#[track_caller]
fn same(left: &[u8], right: &[u8]) {
    assert_eq!((left.len(), sha256(left)), (right.len(), sha256(right)));
}

#[test]
fn a_message_larger_than_what_is_understood_is_kept_and_given_back_to_the_byte() {
    let home = Home::new("");
    let folder = home.path("mail");
    fs::create_dir(&folder).unwrap();
    let large = with_file(2, LARGE);
    for (name, bytes) in [("1.eml", &report(1)), ("2.eml", &large), ("3.eml", &report(3)), ("4.eml", &large)]
    {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let imported = home.good(&["import", "--json", "mail"]).summary();
    assert_eq!(counts(&imported), [4, 3, 1, 0, 0, 0]);
    same(&raw(&home, &[], 2), &large);
    same(&raw(&home, &[], 3), &report(3));
    assert_eq!(counts(&home.good(&["import", "--json", "mail"]).summary()), [4, 0, 4, 0, 0, 0]);

    let of_import = shown(&home, 2);
    assert_eq!(of_import["size"], large.len());
    assert_eq!(of_import["sha256"], sha256(&large));
    let remarks = of_import["remarks"].to_string();
    assert!(
        remarks.contains("the first 16777216 bytes were looked at, because it is larger than 16 MiB"),
        "{remarks}"
    );
    assert!(remarks.contains("'film.bin' goes on beyond what was looked at"), "{remarks}");
    assert_eq!((&of_import["files"][0]["sha256"], &of_import["files"][0]["size"]), (&"".into(), &0.into()));
    let files = home.good(&["show", "2"]).answer;
    assert!(files.contains("film.bin  application/octet-stream  size and hashes not known"), "{files}");
    for query in ["text:pay-2.example.net", "url:pay-2"] {
        let found = home.good(&["list", "--format", "json", query]).answer;
        assert_eq!(found.lines().count(), 1, "{query}: {found}");
    }

    home.good(&["export", "id:2", "--eml", "evidence"]);
    let exported = fs::read_dir(home.path("evidence")).unwrap().map(|entry| entry.unwrap().path());
    let exported = exported.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect::<Vec<_>>();
    same(&fs::read(&exported[0]).unwrap(), &large);

    home.good(&["db", "check"]);
    home.good(&["db", "backup", "copy.db"]);
    same(&raw(&home, &["--db", "copy.db"], 2), &large);
    home.good(&["reclassify"]);
    assert_eq!(shown(&home, 2), of_import);
    same(&raw(&home, &[], 2), &large);
    home.good(&["db", "check"]);
}

#[test]
fn a_kill_leaves_a_large_message_whole_or_not_at_all() {
    let home = Home::new("");
    let folder = home.path("mail");
    fs::create_dir(&folder).unwrap();
    let mut hashes = vec![];
    for number in 0..4 {
        let bytes = with_file(number, LARGE / 2);
        hashes.push(sha256(&bytes));
        fs::write(folder.join(format!("{number}.eml")), bytes).unwrap();
    }
    hashes.sort();
    for step in 0..6 {
        let run = home.start(&["import", "mail"]);
        std::thread::sleep(Duration::from_millis(100 + 150 * step));
        run.kill();
        if home.path("reports.db").exists() && home.run(&["db", "info"]).code == 0 {
            home.good(&["db", "check"]);
        }
    }
    home.good(&["import", "mail"]);
    home.good(&["db", "check"]);
    assert_eq!(home.hashes(), hashes);
}

#[test]
fn a_message_of_60_mb_takes_little_more_memory_than_its_own() {
    let home = Home::new("");
    fs::write(home.path("large.eml"), with_file(1, 60 << 20)).unwrap();
    let ran = home.good(&["import", "large.eml"]);
    assert!((60..60 + 50).contains(&ran.megabytes), "{} MiB", ran.megabytes);
    let checked = home.good(&["db", "check"]);
    assert!(checked.megabytes < 60, "{} MiB: it is read piece by piece", checked.megabytes);
}

#[test]
fn a_message_of_60_mb_in_a_mailbox_takes_less_memory_than_its_own() {
    let messages = [report(1), with_file(2, 60 << 20), report(3)];
    let server = Hostile::plain(&messages, vec![]);
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    let rehearsed = home.good(&["sync", "--dry-run", "--json"]);
    assert_eq!(counts(&rehearsed.summary()), [3, 3, 0, 0, 0, 0]);
    let ran = home.good(&["sync", "--json"]);
    assert_eq!(counts(&ran.summary()), [3, 3, 0, 0, 0, 0]);
    assert!(ran.megabytes < 60, "{} MiB", ran.megabytes);
    for (number, message) in (1..).zip(&messages) {
        same(&raw(&home, &[], number), message);
    }
    assert_eq!(shown(&home, 2)["sha256"], sha256(&messages[1]));
    assert!(shown(&home, 2)["remarks"].to_string().contains("it is larger than 16 MiB"));
    home.good(&["db", "check"]);
    let mut hashes: Vec<String> = messages.iter().map(|message| sha256(message)).collect();
    hashes.sort();
    assert_eq!(server.mailbox().hashes("Archive"), hashes);
}

#[test]
fn a_large_message_for_which_there_is_no_room_stays_in_the_mailbox() {
    let server = Hostile::plain(&[report(1), with_file(2, 30 << 20), report(3)], vec![]);
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    let nowhere = home.path("nowhere").display().to_string();
    let ran = home.start_limited(&format!("export TMPDIR={nowhere}"), &["sync", "--json"]).ended();
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(counts(&ran.summary()), [3, 2, 0, 0, 0, 1]);
    ran.says(&["message 2", &nowhere, "temporary files"]);
    assert_eq!(server.mailbox().hashes("INBOX").len(), 1);
    assert_eq!(counts(&home.sync()), [1, 1, 0, 0, 0, 0]);
    assert_eq!(server.mailbox().hashes("INBOX").len(), 0);
}
