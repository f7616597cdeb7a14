//! An import that is stopped loses nothing and leaves a sound database, whether it is asked to end or killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use lafayette::cli::demo::Generator;
use std::io::{BufWriter, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// More than one commit's worth, so that there is a moment between two.
const MESSAGES: u64 = 4_500;
/// How long a test waits for something that takes a second or two.
const PATIENCE: Duration = Duration::from_secs(60);

fn mailbox(folder: &Path) {
    let mut out = BufWriter::new(std::fs::File::create(folder.join("box")).unwrap());
    for made in Generator::new(5, MESSAGES, 1_790_000_000) {
        out.write_all(b"From a@b.example Fri Nov 20 10:00:00 2026\n").unwrap();
        // The made messages hold no line that an mbox would quote.
        assert!(!made.bytes.windows(6).any(|w| w == b"\nFrom "));
        out.write_all(&made.bytes).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.flush().unwrap();
}

fn lafayette(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lafayette"));
    command.current_dir(folder).env_clear().env("HOME", folder).args(["--db", "a.db"]);
    command
}

fn start(folder: &Path) -> Child {
    let mut command = lafayette(folder);
    command.args(["import", "box", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> (Output, String) {
    let output = lafayette(folder).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, text)
}

/// What the summary says under this name.
fn count(summary: &str, name: &str) -> u64 {
    let value: serde_json::Value = serde_json::from_str(summary.lines().last().unwrap()).unwrap();
    value[name].as_u64().unwrap()
}

/// The rest comes in with a second run, and nothing is there twice.
fn is_whole_after_another_run(folder: &Path) {
    let (output, text) = run(folder, &["db", "check"]);
    assert!(output.status.success(), "{text}");
    let (output, summary) = run(folder, &["import", "box", "--json"]);
    assert!(output.status.success(), "{summary}");
    assert_eq!(count(&summary, "read"), MESSAGES);
    assert_eq!(kept_in(folder), MESSAGES);
}

/// How many messages the database holds.
fn kept_in(folder: &Path) -> u64 {
    let (_, info) = run(folder, &["db", "info", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    info["messages"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum()
}

/// Waits until an import has the database to itself.
fn await_lock(folder: &Path) {
    let lock = folder.join("a.db.lock");
    let began = Instant::now();
    while std::fs::metadata(&lock).map_or(0, |m| m.len()) == 0 && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_import_that_is_asked_to_end_commits_what_it_has_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    mailbox(folder.path());
    let child = start(folder.path());
    await_lock(folder.path());
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(130), "{summary}");
    let kept = count(&summary, "read");
    assert!(kept < MESSAGES, "it ended before the end");
    assert_eq!(kept_in(folder.path()), kept, "the summary is what is committed");
    is_whole_after_another_run(folder.path());
}

#[test]
fn one_signal_ends_an_import_that_waits_for_more_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = lafayette(folder.path());
    command
        .args(["import", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // A whole message and the beginning of another, which must not pass for one.
    pipe.write_all(b"From a@b.example Fri Nov 20 10:00:00 2026\nSubject: a\n\nb\n\n").unwrap();
    pipe.write_all(b"From a@b.example Fri Nov 20 10:00:01 2026\nSubject: c\n\nhal").unwrap();
    await_lock(folder.path());
    std::thread::sleep(Duration::from_millis(300));
    let signalled = Instant::now();
    signal(&child, "-INT");
    while child.try_wait().unwrap().is_none() && signalled.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(10));
    }
    let waited = signalled.elapsed();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(waited < Duration::from_secs(2), "it took {waited:?}");
    assert_eq!(output.status.code(), Some(130), "{summary}");
    assert_eq!(count(&summary, "failed"), 0);
    assert_eq!(kept_in(folder.path()), count(&summary, "read"), "the summary is what is committed");
    let (output, text) = run(folder.path(), &["db", "check"]);
    assert!(output.status.success(), "{text}");
}

#[test]
fn standard_input_may_be_a_file_a_pipe_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    mailbox(folder.path());
    let file = || Stdio::from(std::fs::File::open(folder.path().join("box")).unwrap());
    let mut cat = Command::new("cat").stdin(file()).stdout(Stdio::piped()).spawn().unwrap();
    let pipe = Stdio::from(cat.stdout.take().unwrap());
    for (input, messages) in [(file(), MESSAGES), (pipe, MESSAGES), (Stdio::null(), 1)] {
        let mut command = lafayette(folder.path());
        let output = command.args(["import", "-", "--json"]).stdin(input).output().unwrap();
        let summary = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{summary}");
        assert_eq!(count(&summary, "read"), messages);
    }
    assert!(cat.wait().unwrap().success());
}

#[test]
fn a_killed_import_leaves_the_last_commit_and_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    mailbox(folder.path());
    let mut child = start(folder.path());
    let began = Instant::now();
    // The first commit makes the log grow beyond what an empty database needs.
    let log = folder.path().join("a.db-wal");
    while std::fs::metadata(&log).map_or(0, |m| m.len()) < 1 << 20 && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    is_whole_after_another_run(folder.path());
}
