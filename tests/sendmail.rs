//! Sending by a command: what it is told, what it is given, and what its end means.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::dispatch::sendmail::{Command, Sendmail};
use lafayette::dispatch::{Delivery, Message, Sink};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const BYTES: &[u8] = b"From: desk@example.com\r\nSubject: x\r\n\r\n.\r\nHello\r\n";

/// A folder with a command in it that runs these lines of shell.
struct Fake {
    folder: tempfile::TempDir,
}

impl Fake {
    fn new(lines: &str) -> Fake {
        let fake = Fake { folder: tempfile::tempdir().expect("folder") };
        let path = fake.path("sendmail");
        fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{lines}\n", fake.folder.path().display()))
            .expect("written");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("mode");
        fake
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn deliver(&self, message: &Message<'_>) -> Delivery {
        let words =
            vec![self.path("sendmail").display().to_string(), "-a".to_owned(), "$HOME;true".to_owned()];
        let mut sink = Sendmail::new(Command { words, timeout: Duration::from_secs(2) }).expect("a command");
        let began = Instant::now();
        let mut called = 0;
        let delivery = sink.deliver(message, &mut || {
            called += 1;
            Ok(())
        });
        assert!(began.elapsed() < Duration::from_secs(10), "{delivery:?}");
        assert!(called == 1 || matches!(delivery, Delivery::Failed { .. }), "{delivery:?}");
        delivery
    }
}

fn message(bytes: &[u8]) -> Message<'_> {
    Message { id: 1, sender: "desk+0f@example.com", recipient: "abuse@example.net", bytes }
}

#[test]
fn the_command_gets_sender_recipient_and_every_byte_with_the_machines_line_ends() {
    let fake = Fake::new("printf '%s\\n' \"$@\" > arguments; cat > message; echo queued as 17");
    let large = [b"Subject: x\r\n\r\n".to_vec(), b"0123456789 \xc3\xbc\r\n".repeat(100_000)].concat();
    for bytes in [BYTES, &large] {
        let Delivery::Sent(answer) = fake.deliver(&message(bytes)) else { panic!("sent") };
        assert!(answer.contains("queued as 17"), "{answer}");
        let arguments = fs::read_to_string(fake.path("arguments")).expect("arguments");
        let expected = "-a\n$HOME;true\n-i\n-f\ndesk+0f@example.com\n--\nabuse@example.net\n";
        assert_eq!(arguments, expected);
        let got = String::from_utf8(fs::read(fake.path("message")).expect("message")).expect("text");
        assert!(got.replace('\n', "\r\n").into_bytes() == bytes);
    }
    fake.deliver(&Message { sender: "", ..message(BYTES) });
    assert!(fs::read_to_string(fake.path("arguments")).expect("arguments").contains("-f\n<>\n--\n"));
}

#[test]
fn the_end_of_the_command_tells_what_became_of_the_message() {
    let deliver = |lines: &str| Fake::new(lines).deliver(&message(BYTES));
    let deferred = deliver("cat > /dev/null; echo queue full >&2; exit 75");
    assert!(
        matches!(&deferred, Delivery::Deferred { answer, all: false } if answer.contains("queue full")),
        "{deferred:?}"
    );
    for code in [1, 64, 67, 70, 127] {
        let failed = deliver(&format!("cat > /dev/null; echo no >&2; exit {code}"));
        assert!(
            matches!(&failed, Delivery::Failed { answer: why, of_recipient }
                if why.contains(&format!("exit code {code}")) && *of_recipient == (code == 67)),
            "{failed:?}"
        );
    }
    let killed = deliver("cat > /dev/null; kill -9 $$");
    assert!(matches!(killed, Delivery::Unknown(_)), "{killed:?}");
    let unread = Fake::new("exec 0<&-; exit 0").deliver(&message(&b"0123456789\r\n".repeat(100_000)));
    assert!(matches!(unread, Delivery::Unknown(_)), "it did not read what it was given: {unread:?}");
}

#[test]
fn a_command_without_end_is_ended_with_all_that_it_started_and_what_it_did_is_unknown() {
    let fake = Fake::new("sleep 300 & echo $! > pid; cat > /dev/null; wait");
    let slow = fake.deliver(&message(BYTES));
    assert!(matches!(&slow, Delivery::Unknown(why) if why.contains("did not end within 2 s")), "{slow:?}");
    let pid = fs::read_to_string(fake.path("pid")).expect("pid");
    support::program::eventually("its child is gone", || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        stat.map_or(true, |stat| stat.contains(") Z "))
    });
    // One that reads nothing, and one that says more than anybody wants to hear.
    let deaf = Fake::new("sleep 300").deliver(&message(&b"0123456789\r\n".repeat(100_000)));
    assert!(matches!(deaf, Delivery::Unknown(_)), "{deaf:?}");
    let loud =
        Fake::new("cat > /dev/null; head -c 3000000 /dev/zero | tr '\\0' '\\033'").deliver(&message(BYTES));
    assert!(matches!(&loud, Delivery::Sent(answer) if answer.len() < 5_000), "{loud:?}");
    assert!(matches!(loud, Delivery::Sent(answer) if !answer.contains('\u{1b}')));
}

#[test]
fn nothing_runs_for_what_may_not_leave_or_is_no_address() {
    let fake = Fake::new("echo ran >> runs; cat > /dev/null");
    for recipient in
        ["-oQ/tmp@example.net x", "a@b.example\nx@example.org", "root", "", "|/bin/sh", "a b@example.net"]
    {
        let refused = fake.deliver(&Message { recipient, ..message(BYTES) });
        assert!(matches!(refused, Delivery::Failed { .. }), "{recipient:?}: {refused:?}");
    }
    let words = vec![fake.path("sendmail").display().to_string()];
    let mut sink = Sendmail::new(Command { words, timeout: Duration::from_secs(2) }).expect("a command");
    let withdrawn = sink.deliver(&message(BYTES), &mut || Err("taken back".to_owned()));
    assert_eq!(withdrawn, Delivery::Withdrawn("taken back".to_owned()));
    assert!(!fake.path("runs").exists());
    // An address may begin with a hyphen; it is no option behind the two.
    let odd = fake.deliver(&Message { recipient: "-f@example.net", ..message(BYTES) });
    assert!(matches!(odd, Delivery::Sent(_)), "{odd:?}");
}

#[test]
fn a_command_that_cannot_run_is_told_before_anything_is_begun() {
    for (words, part) in [
        (vec![], "no command"),
        (vec!["sendmail".to_owned()], "begins with /"),
        (vec!["/nowhere/sendmail".to_owned()], "/nowhere/sendmail"),
        (vec!["/etc/passwd".to_owned()], "no program"),
        (vec!["/tmp".to_owned()], "no program"),
    ] {
        let why =
            Sendmail::new(Command { words, timeout: Duration::from_secs(1) }).map(drop).expect_err("refused");
        assert!(why.contains(part), "{why}");
    }
    let fake = Fake::new("");
    fs::write(fake.path("sendmail"), "#!/nowhere/interpreter\n").expect("written");
    let delivery = fake.deliver(&message(BYTES));
    assert!(matches!(delivery, Delivery::Deferred { all: true, .. }), "{delivery:?}");
}
