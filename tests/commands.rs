//! Every command through the real binary, each doing what its user would notice.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use lafayette::cli::demo::{Generated, Generator};
use lafayette::model::clock;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lafayette");
/// Few enough for a debug build, enough for one of each kind.
const COUNT: u64 = 120;

/// An account with nothing but a demo in it.
struct Home(tempfile::TempDir);

impl Home {
    fn empty() -> Home {
        Home(tempfile::tempdir().expect("folder"))
    }

    /// With a copy of a demo's database, made once for all tests, and its configuration.
    fn with_reports() -> Home {
        static DEMO: OnceLock<(Vec<u8>, String)> = OnceLock::new();
        let (database, configuration) = DEMO.get_or_init(|| {
            let home = Home::empty();
            let count = COUNT.to_string();
            home.good(&["demo", "--count", &count, "--db", &home.path("demo.db")]);
            let configuration = fs::read_to_string(home.path("demo.db.toml")).expect("configuration");
            let rest = configuration.lines().filter(|line| !line.starts_with("database"));
            (fs::read(home.path("demo.db")).expect("database"), rest.collect::<Vec<_>>().join("\n"))
        });
        let home = Home::empty();
        fs::write(home.path("reports.db"), database).expect("database");
        let folder = home.0.path().join(".config/lafayette");
        fs::create_dir_all(&folder).expect("folder");
        let place = format!("database = '{}'\n", home.path("reports.db"));
        fs::write(folder.join("config.toml"), place + configuration).expect("configuration");
        home
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.0.path()).env("LOGNAME", "tester");
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = self.command(PROGRAM).args(arguments).output().expect("runs");
        let text = |bytes| String::from_utf8(bytes).expect("utf-8");
        (status.code().expect("an exit code"), text(stdout), text(stderr))
    }

    /// The answer of a command that must go well.
    fn good(&self, arguments: &[&str]) -> String {
        let (code, answer, said) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        answer
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.good(arguments).lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
    }

    fn count(&self, query: &str) -> usize {
        self.json(&["list", query, "--format", "json"]).len()
    }

    /// The number of the newest report that a query finds.
    fn id(&self, query: &str) -> String {
        let found = self.json(&["list", query, "--limit", "1", "--format", "json"]);
        found.first().unwrap_or_else(|| panic!("{query} finds nothing"))["id"].to_string()
    }
}

fn messages() -> Vec<Generated> {
    Generator::new(7, 60, clock::now()).collect()
}

fn write_messages(folder: &Path) {
    fs::create_dir_all(folder).expect("folder");
    for message in messages() {
        fs::write(folder.join(format!("{}.eml", message.index)), &message.bytes).expect("write");
    }
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

fn counts(tally: &Value) -> Vec<u64> {
    let names = ["read", "stored", "duplicate", "quarantined", "not_reports", "failed"];
    names.iter().map(|name| tally[name].as_u64().unwrap_or_else(|| panic!("{name} in {tally}"))).collect()
}

#[test]
fn messages_are_taken_in_once_and_given_back_byte_for_byte() {
    let home = Home::empty();
    write_messages(&home.0.path().join("mail"));
    let first = home.json(&["import", "mail", "--json"]);
    assert_eq!(counts(&first[0]), [60, 57, 0, 1, 2, 0]);
    let again = home.json(&["import", "mail", "--json"]);
    assert_eq!(counts(&again[0]), [60, 0, 60, 0, 0, 0]);
    for report in home.json(&["list", "--format", "json"]) {
        let origin = report["origin"].as_str().expect("a path");
        let output = home.command(PROGRAM).args(["show", &report["id"].to_string(), "--raw"]).output();
        let expected = fs::read(home.0.path().join(origin)).expect("the file that it came from");
        assert_eq!(output.expect("runs").stdout, expected, "{origin}");
    }
}

#[test]
fn a_list_in_json_has_the_names_of_the_contract() {
    const NAMES: &str = "id feed origin arrival arrival_from feedback_type kind kind_reason cause cause_reason \
        delivery policy auth_failure source_ip source_ip_from source_port source_name asn as_name country \
        reported_domains reported_uris original_mail_from original_rcpt_to from from_name reply_to subject message_id \
        user_agent incidents authentication_results listed urls addresses files reported reported_at dismissed tags \
        sha256";
    let home = Home::with_reports();
    let reports = home.json(&["list", "--format", "json"]);
    assert!(reports.len() > 100, "json has no limit of its own: {}", reports.len());
    for report in &reports {
        let missing: Vec<&str> =
            NAMES.split_whitespace().filter(|name| report.get(*name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?} in {report}");
        for list in ["reported_domains", "urls", "addresses", "files", "tags", "listed"] {
            assert!(report[list].is_array(), "{list} in {report}");
        }
        let arrival = report["arrival"].as_str().expect("a time");
        assert!(arrival.len() == 20 && arrival.ends_with('Z'), "{arrival}");
    }
    let file = reports.iter().find_map(|report| report["files"].get(0)).expect("a file");
    assert!(["name", "type", "size", "sha256", "md5"].iter().all(|name| file.get(name).is_some()), "{file}");
}

#[test]
fn the_two_sentences_of_the_purpose_can_be_typed_as_they_stand() {
    let home = Home::with_reports();
    let transfers = home.json(&["list", "since:7d", "wire transfer", "--format", "json"]);
    assert!(!transfers.is_empty());
    for report in &transfers {
        assert!(
            report["subject"].as_str().is_some_and(|s| s.to_lowercase().contains("wire transfer")),
            "{report}"
        );
    }
    let links = home.json(&["list", "since:7d url:*mail.htm", "--format", "json"]);
    assert!(!links.is_empty());
    for report in &links {
        let urls = report["urls"].as_array().expect("a list");
        assert!(urls.iter().any(|url| url.as_str().is_some_and(|url| url.ends_with("mail.htm"))), "{report}");
    }
}

#[test]
fn a_wrong_query_is_2_with_a_caret_under_its_column() {
    let home = Home::with_reports();
    let (code, answer, said) = home.run(&["list", "since:2d kinde:normal"]);
    assert_eq!((code, answer.as_str()), (2, ""));
    let query = said.lines().find(|line| line.contains("kinde:normal")).expect("the query is shown");
    let caret = said.lines().find_map(|line| line.find('^')).expect("a caret");
    assert_eq!(query.find("kinde"), Some(caret), "{said}");
}

#[test]
fn tables_and_csv_show_urls_defanged_and_lists_show_them_exactly() {
    let home = Home::with_reports();
    for format in ["table", "csv"] {
        let shown = home.good(&["urls", "--format", format]);
        assert!(shown.contains("[.]") && shown.contains("hxxp") && !shown.contains("http://"), "{shown}");
    }
    let plain = home.good(&["urls", "--format", "plain"]);
    assert!(plain.lines().count() > 10 && plain.lines().all(|url| !url.contains("[.]")), "{plain}");
    let files = home.json(&["files", "--format", "json"]);
    assert!(files.iter().any(|file| file["name"].as_str().is_some_and(|name| name.ends_with(".htm"))));
}

#[test]
fn counts_add_up_to_what_is_listed() {
    let home = Home::with_reports();
    for by in ["kind", "cause", "country", "hour", "day", "feedback", "reporter"] {
        let rows = home.json(&["stats", by, "kind:normal", "--format", "json"]);
        let sum: u64 = rows.iter().filter_map(|row| row["reports"].as_u64()).sum();
        assert_eq!(sum as usize, home.count("kind:normal"), "{by}: {rows:?}");
    }
}

#[test]
fn what_a_person_says_about_reports_is_found_again() {
    let home = Home::with_reports();
    let id = home.id("kind:normal");
    let this = format!("id:{id}");
    for (act, found, undo) in [
        (&["mark"][..], "is:marked", &["mark", "--off"][..]),
        (&["tag", "--add", "ceo-fraud"], "tag:ceo-fraud", &["tag", "--remove", "ceo-fraud"]),
        (&["dismiss", "--reason", "known"], "is:dismissed", &["reopen"]),
        (&["kind", "--set", "bounce"], &format!("{this} kind:bounce"), &["kind", "--set", "computed"]),
        (&["cause", "--set", "own-esp"], &format!("{this} cause:own-esp"), &["cause", "--set", "computed"]),
    ] {
        home.good(&[act, &[this.as_str()]].concat());
        assert_eq!(home.id(found), id, "{act:?}");
        home.good(&[undo, &[this.as_str()]].concat());
        assert_eq!(home.count(found), 0, "{undo:?}");
    }
    home.good(&["note", &this, "--text", "Called the bank"]);
    let shown = home.good(&["show", &id]);
    assert!(shown.contains("Called the bank") && shown.contains("tester"), "{shown}");
}

#[test]
fn what_was_seen_is_no_longer_new_and_what_comes_after_it_is() {
    let home = Home::with_reports();
    let new = home.count("is:new");
    assert!(new > 0);
    assert_eq!(home.json(&["seen", "--json"])[0]["changed"], new);
    assert_eq!(home.count("is:new"), 0);
    assert!(home.good(&["seen"]).contains("0 reports no longer new"));
}

#[test]
fn reading_only_changes_nothing_and_says_so() {
    let home = Home::with_reports();
    let before = fs::read(home.path("reports.db")).expect("database");
    let (code, answer, said) = home.run(&["--read-only", "mark", "kind:normal"]);
    assert_eq!((code, answer.as_str()), (1, ""));
    assert!(said.contains("reading only") && said.contains("nothing was changed"), "{said}");
    home.good(&["--read-only", "list"]);
    assert_eq!(fs::read(home.path("reports.db")).expect("database"), before);
}

#[test]
fn views_are_kept_until_they_are_removed() {
    let home = Home::with_reports();
    home.good(&["view", "save", "morning", "since:1d is:open"]);
    let views = home.json(&["view", "list", "--json"]);
    assert_eq!((&views[0]["name"], &views[0]["query"]), (&"morning".into(), &"since:1d is:open".into()));
    assert_eq!(home.run(&["view", "save", "wrong", "kinde:x"]).0, 2);
    home.good(&["view", "remove", "morning"]);
    assert_eq!(home.run(&["view", "remove", "morning"]).0, 1);
}

#[test]
fn what_is_no_report_is_kept_with_its_reason_and_judged_again() {
    let home = Home::with_reports();
    let shown = home.good(&["quarantine"]);
    assert_eq!(
        (shown.matches("quarantined").count(), shown.matches("not-report").count()),
        (1, 2),
        "{shown}"
    );
    assert_eq!(home.count("is:quarantined"), 3);
    home.good(&["quarantine", "retry"]);
    assert_eq!(home.count("is:quarantined"), 3, "nothing has changed, so nothing is understood better");
    let before = home.good(&["list", "--format", "json"]);
    home.good(&["reclassify"]);
    assert_eq!(home.good(&["list", "--format", "json"]), before, "the same rules give the same judgement");
}

#[test]
fn exported_evidence_comes_back_as_duplicates_only() {
    let home = Home::with_reports();
    home.good(&["export", "feed:failures", "--mbox", "all.mbox"]);
    home.good(&["export", "feed:failures", "--eml", "all"]);
    let count = home.count("feed:failures") as u64;
    fs::rename(home.path("all/manifest.jsonl"), home.path("manifest.jsonl")).expect("set aside");
    for path in ["all.mbox", "all"] {
        let tally = home.json(&["import", path, "--json"]);
        assert_eq!(counts(&tally[0]), [count, 0, count, 0, 0, 0], "{path}");
    }
    let lines = |name: &str| -> Vec<Value> {
        let text = fs::read_to_string(home.path(name)).expect("manifest");
        text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
    };
    let mbox = fs::read(home.path("all.mbox")).expect("mbox");
    for line in lines("all.mbox.manifest.jsonl") {
        assert_eq!((&line["redacted"], &line["sha256"]), (&false.into(), &line["written_sha256"]));
        let position = line["position"].as_u64().expect("a position") as usize;
        assert!(mbox[position..].starts_with(b"From MAILER-DAEMON "), "{line}");
    }
    for line in lines("manifest.jsonl") {
        let file = home.0.path().join("all").join(line["file"].as_str().expect("a file"));
        assert_eq!(fs::metadata(&file).expect("file").len(), line["written_size"].as_u64().expect("a size"));
        assert_eq!(mode(&file), 0o600);
    }
    assert_eq!(mode(home.path("all.mbox")), 0o600);
}

#[test]
fn evidence_is_never_written_over_and_a_failed_export_leaves_nothing() {
    let home = Home::with_reports();
    fs::write(home.path("mine.mbox"), "mine").expect("write");
    let (code, _, said) = home.run(&["export", "kind:normal", "--mbox", "mine.mbox"]);
    assert_eq!(code, 1);
    assert!(said.contains("there already"), "{said}");
    assert_eq!(fs::read(home.path("mine.mbox")).expect("read"), b"mine");
    assert!(!Path::new(&home.path("mine.mbox.manifest.jsonl")).exists());
    let last = home.json(&["list", "kind:normal", "--sort", "id", "--limit", "1", "--json"])[0]["id"].clone();
    fs::create_dir(home.path("half")).expect("folder");
    let taken = home.path(&format!("half/{:010}.eml", last.as_u64().expect("a number")));
    fs::write(&taken, "mine").expect("write");
    assert_eq!(home.run(&["export", "kind:normal", "--eml", "half"]).0, 1);
    let left: Vec<PathBuf> =
        fs::read_dir(home.path("half")).expect("list").map(|entry| entry.expect("entry").path()).collect();
    assert_eq!(left, [PathBuf::from(taken)]);
    assert_eq!(home.run(&["export", "subject:nothinglikethis", "--eml", "none"]).0, 1);
    assert!(!Path::new(&home.path("none")).exists());
}

#[test]
fn recipients_are_hidden_when_asked_and_always_in_spamtrap_evidence() {
    let home = Home::with_reports();
    let (code, _, said) = home.run(&["export", "feed:spamtrap", "--eml", "traps"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("spamtrap feed") && said.contains("recipients are hidden"), "{said}");
    home.good(&["export", "feed:failures kind:normal", "--redact", "--mbox", "redacted.mbox"]);
    let redacted = fs::read_to_string(home.path("redacted.mbox")).expect("mbox");
    for report in home.json(&["list", "--format", "json"]) {
        let id = report["id"].as_u64().expect("a number");
        let file = home.path(&format!("traps/{id:010}.eml"));
        let text = fs::read_to_string(file).unwrap_or_else(|_| redacted.clone());
        for recipient in report["original_rcpt_to"].as_array().expect("a list") {
            let recipient = recipient.as_str().expect("an address");
            assert!(recipient.starts_with("redacted@") || !text.contains(recipient), "{id}: {recipient}");
        }
    }
}

#[test]
fn a_spamtrap_feed_stays_one_when_its_kind_is_not_said_again() {
    let home = Home::empty();
    let made = messages();
    let [first, second] = [&made[0], &made[1]].map(|message| message.bytes.clone());
    fs::write(home.path("1.eml"), first).expect("message");
    fs::write(home.path("2.eml"), second).expect("message");
    home.good(&["import", "1.eml", "--feed", "traps", "--kind", "spamtrap"]);
    home.good(&["import", "2.eml", "--feed", "traps"]);
    let lines = home.good(&["list", "--json"]);
    assert_eq!(lines.matches("\"feed_kind\":\"spamtrap\"").count(), 2, "{lines}");
    let (code, _, error) = home.run(&["import", "2.eml", "--feed", "traps", "--kind", "mailbox"]);
    assert_eq!(code, 2, "{error}");
}

#[test]
fn an_empty_query_changes_nothing() {
    let home = Home::with_reports();
    let (code, _, error) = home.run(&["dismiss", " "]);
    assert_eq!((code, error.contains("empty")), (2, true), "{error}");
}

#[test]
fn an_abuse_report_is_written_by_a_configured_sender_and_passes_the_lint() {
    let home = Home::with_reports();
    let id = home.id("cause:fraud kind:normal");
    let arguments = ["report", "--id", &id, "--to", "abuse@example.net", "--out", "out", "--json"];
    let written = home.json(&arguments);
    let file = written[0]["file"].as_str().expect("a file");
    home.good(&["lint", file]);
    assert_eq!(mode(home.0.path().join(file)), 0o600);
    assert_eq!(home.count(&format!("id:{id} is:reported")), 0, "a file is no sent report");
    let nobody = home.path("nobody.toml");
    fs::write(&nobody, format!("database = '{}'\n", home.path("reports.db"))).expect("write");
    let (code, _, said) = home.run(&[&["--config", &nobody][..], &arguments].concat());
    assert_eq!(code, 2, "{said}");
}

#[test]
fn the_database_can_be_looked_at_checked_and_copied() {
    let home = Home::with_reports();
    assert_eq!(mode(home.path("reports.db")) & 0o700, 0o600);
    assert!(home.good(&["db", "info"]).contains("117"));
    home.good(&["db", "check"]);
    home.good(&["db", "backup", "copy.db"]);
    assert_eq!(mode(home.path("copy.db")), 0o600);
    let all = home.good(&["list", "--json"]);
    assert_eq!(home.good(&["--db", &home.path("copy.db"), "list", "--json"]), all);
    assert_eq!(home.run(&["db", "backup", "copy.db"]).0, 1, "a copy is never written over");
}

#[test]
fn every_command_that_the_demo_shows_works_as_typed() {
    let home = Home::empty();
    let shown = home.good(&["demo", "--count", "200"]);
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert!(!shown.contains('\x1b'), "no colours into a pipe");
    let steps = shown.lines().skip_while(|line| !line.starts_with("Now you.")).skip(2);
    let commands: Vec<&str> = steps
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split("  ").next().unwrap_or_default())
        .collect();
    assert!((10..=13).contains(&commands.len()), "{commands:?}");
    let script = format!("set -e\n{}\n", commands.join("\n"));
    let output = home.command("/bin/sh").args(["-c", &script]).output().expect("a shell");
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(home.path("demo-out")).expect("the report's folder").count(), 1);
}

#[test]
fn the_demo_writes_a_maildir_that_can_be_taken_in_and_takes_no_folder_in_use() {
    let home = Home::empty();
    home.good(&["demo", "--count", "30", "--mailbox", "mail"]);
    assert_eq!(fs::read_dir(home.path("mail/new")).expect("new").count(), 30);
    assert!(["cur", "tmp"].iter().all(|name| home.0.path().join("mail").join(name).is_dir()));
    assert_eq!(counts(&home.json(&["import", "mail", "--json"])[0])[..1], [30]);
    assert_eq!(home.run(&["demo", "--mailbox", "mail"]).0, 2);
}

#[test]
fn a_saved_view_is_a_term_of_queries() {
    let home = Home::with_reports();
    home.good(&["view", "save", "fraud", "cause:fraud"]);
    home.good(&["view", "save", "open-fraud", "view:fraud", "is:open"]);
    assert_eq!(home.count("view:open-fraud"), home.count("cause:fraud is:open"));
    assert_eq!(home.count("-view:fraud"), home.count("-cause:fraud"));
    let (code, _, said) = home.run(&["list", "kind:normal", "view:fruad"]);
    assert_eq!(code, 2);
    assert!(said.contains("there is no view 'fruad'; did you mean 'fraud'?"), "{said}");
    let (code, _, said) = home.run(&["view", "save", "fraud", "view:open-fraud"]);
    assert_eq!(code, 2, "it would name itself: {said}");
    home.good(&["view", "remove", "fraud"]);
    assert_eq!(home.run(&["list", "view:open-fraud"]).0, 2);
    let views = home.json(&["view", "list", "--json"]);
    assert_eq!((&views[0]["name"], &views[0]["reports"]), (&"open-fraud".into(), &Value::Null));
}

#[test]
fn a_traps_evidence_and_its_manifest_tell_neither_trap_nor_the_hosts_before_it() {
    let home = Home::empty();
    let folder = home.0.path().join(".config/lafayette");
    fs::create_dir_all(&folder).expect("folder");
    let own = "[own]\ntrusted_hosts = ['mx7.own.example', 'box.own.example']\n";
    let place = format!("database = '{}'\n", home.path("reports.db"));
    fs::write(folder.join("config.toml"), place + own).expect("configuration");
    let mail = "Return-Path: <b-84125@bad.example>\nDelivered-To: store+17@box.own.example\n\
        Received: from mx7.own.example (mx7.own.example [203.0.113.9])\n\tby box.own.example with LMTP id Q1;\n\t\
        Fri, 20 Nov 2026 09:59:02 +0000\n\
        Received: from host.bad.example (host.bad.example [198.51.100.7])\n\tby mx7.own.example with ESMTP id 4B8X\
        \n\tfor <trap.keeper17@trap.example>; Fri, 20 Nov 2026 09:59:00 +0000\n\
        From: Shop <news@bad.example>\nTo: trap.keeper17@trap.example\nSubject: Buy\n\n\
        https://bad.example/buy.html\n";
    fs::write(home.path("trap.keeper17.eml"), mail).expect("message");
    home.good(&["import", "trap.keeper17.eml", "--feed", "traps", "--kind", "spamtrap"]);
    home.good(&["export", "feed:traps", "--eml", "out"]);
    let text = fs::read_to_string(home.path("out/manifest.jsonl")).expect("manifest");
    let line: Value = serde_json::from_str(text.trim()).expect("one object");
    let name = line["file"].as_str().expect("a file");
    let written = fs::read(home.0.path().join("out").join(name)).expect("evidence");
    let hexadecimal: String =
        lafayette::store::sha256(&written).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&line["redacted"], &line["origin"]), (&true.into(), &Value::Null));
    assert_eq!(line["written_sha256"], hexadecimal.as_str());
    assert_eq!(line["written_size"], written.len());
    let stored = home.json(&["list", "feed:traps", "--json"])[0]["sha256"].clone();
    assert_eq!(line["sha256"], stored);
    assert_ne!(line["sha256"], line["written_sha256"]);
    let written = String::from_utf8(written).expect("text");
    for secret in ["keeper17", "trap.example", "mx7", "box.own", "own.example", "store+17", "203.0.113.9"] {
        assert!(!written.contains(secret) && !text.contains(secret), "{secret}: {text}{written}");
    }
    for evidence in ["host.bad.example", "198.51.100.7", "https://bad.example/buy.html", "Buy"] {
        assert!(written.contains(evidence), "{evidence}: {written}");
    }
}
