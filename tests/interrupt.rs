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
    let (_, info) = run(folder, &["db", "info", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    let kept: u64 = info["messages"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(kept, MESSAGES);
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_import_that_is_asked_to_end_commits_what_it_has_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    mailbox(folder.path());
    let child = start(folder.path());
    let lock = folder.path().join("a.db.lock");
    let began = Instant::now();
    while std::fs::metadata(&lock).map_or(0, |m| m.len()) == 0 && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(130), "{summary}");
    let kept = count(&summary, "read");
    assert!(kept < MESSAGES, "it ended before the end");
    let (_, info) = run(folder.path(), &["db", "info", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    let stored: u64 = info["messages"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(stored, kept, "the summary is what is committed");
    is_whole_after_another_run(folder.path());
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
