//! Mailboxes of a real Dovecot: every message is taken once, kept before it is touched, and put where it belongs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use serde_json::Value;
use std::time::Duration;
use support::dovecot::{Dovecot, Kept, Options, PASSWORD, WITHOUT_MOVE, WITHOUT_MOVE_AND_UIDPLUS};
use support::messages::{newsletter, padded_report, report, reports, sha256};
use support::program::{Home, counts};

const DAY: Duration = Duration::from_secs(86_400);
const AFTERS: [&str; 4] = ["keep", "seen", "move", "delete"];

fn after(action: &str) -> String {
    format!("after = '{action}'")
}

fn sorted(messages: &[Vec<u8>]) -> Vec<String> {
    let mut out: Vec<String> = messages.iter().map(|bytes| sha256(bytes)).collect();
    out.sort();
    out
}

/// Where everything lies after this action: in INBOX with these flags, and in the archive.
#[track_caller]
fn is_in_place(server: &Dovecot, user: &str, action: &str, messages: &[Vec<u8>]) {
    let all = sorted(messages);
    let flagged = |flags: &str| -> Vec<Kept> {
        all.iter().map(|sha256| Kept { sha256: sha256.clone(), flags: flags.to_owned() }).collect()
    };
    let (inbox, archive) = match action {
        "keep" => (flagged(""), vec![]),
        "seen" => (flagged("S"), vec![]),
        "move" => (vec![], all.clone()),
        _ => (vec![], vec![]),
    };
    assert_eq!(server.kept(user, "INBOX"), inbox, "{action}");
    assert_eq!(server.hashes(user, "Archive"), archive, "{action}");
}

#[test]
fn every_message_is_taken_once_and_then_only_new_ones() {
    let server = Dovecot::start(&Options::default());
    std::thread::scope(|scope| {
        for tls in ["implicit", "starttls"] {
            let server = &server;
            scope.spawn(move || {
                for action in AFTERS {
                    let user = format!("{tls}-{action}");
                    let home = Home::new(&server.feed("failures", &user, tls, &after(action)));
                    let mut messages = reports(0..240);
                    server.deliver(&user, "INBOX", &messages);
                    assert_eq!(counts(&home.sync()), [240, 240, 0, 0, 0, 0], "{user}");
                    is_in_place(server, &user, action, &messages);
                    assert_eq!(home.hashes(), sorted(&messages), "{user}");

                    assert_eq!(counts(&home.sync()), [0; 6], "{user}: there is nothing new");
                    let more = reports(240..245);
                    server.deliver(&user, "INBOX", &more);
                    messages.extend(more);
                    assert_eq!(counts(&home.sync()), [5, 5, 0, 0, 0, 0], "{user}");
                    is_in_place(server, &user, action, &messages);
                    assert_eq!(home.hashes(), sorted(&messages), "{user}");
                }
            });
        }
    });
}

#[test]
fn what_somebody_has_read_already_is_taken_too() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", ""));
    server.deliver_flagged("u", "INBOX", "S", &report(1));
    server.deliver_flagged("u", "INBOX", "FRS", &report(2));
    assert_eq!(counts(&home.sync()), [2, 2, 0, 0, 0, 0]);
    let flags: Vec<String> = server.kept("u", "INBOX").into_iter().map(|kept| kept.flags).collect();
    assert!(flags.contains(&"S".to_owned()) && flags.contains(&"FRS".to_owned()), "{flags:?}");
}

#[test]
fn what_is_no_report_is_kept_and_moved_to_a_folder_of_its_own() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", &after("move")));
    server.deliver("u", "INBOX", &[report(1), newsletter(1), report(2)]);
    assert_eq!(counts(&home.sync()), [3, 2, 0, 0, 1, 0]);
    assert_eq!(server.hashes("u", "Archive"), sorted(&reports(1..3)));
    assert_eq!(server.hashes("u", "Archive/Invalid"), sorted(&[newsletter(1)]));
    assert_eq!(home.hashes(), sorted(&[report(1), newsletter(1), report(2)]));
}

#[test]
fn the_same_message_twice_in_the_mailbox_is_stored_once_and_dealt_with_twice() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", &after("move")));
    server.deliver("u", "INBOX", &[report(1), report(2), report(1)]);
    assert_eq!(counts(&home.sync()), [3, 2, 1, 0, 0, 0]);
    assert!(server.kept("u", "INBOX").is_empty());
    assert_eq!(home.hashes(), sorted(&reports(1..3)));
}

#[test]
fn messages_that_others_have_deleted_are_not_expunged_by_us() {
    for (action, capability) in [("delete", ""), ("move", ""), ("move", WITHOUT_MOVE)] {
        let server = Dovecot::start(&Options { capability, ..Options::default() });
        let home = Home::new(&server.feed("failures", "u", "implicit", &after(action)));
        // Deleted by somebody whose mail program expunges later.
        server.deliver_old("u", "INBOX", 10 * DAY, &report(2));
        server.flag_all("u", "INBOX", "T");
        server.deliver("u", "INBOX", &[report(3)]);
        let summary = home.sync();
        assert_eq!(counts(&summary), [1, 1, 0, 0, 0, 0], "{action} {capability}: {summary}");
        let left = server.kept("u", "INBOX");
        assert_eq!(
            left,
            [Kept { sha256: sha256(&report(2)), flags: "T".to_owned() }],
            "{action} {capability}"
        );
    }
}

#[test]
fn a_server_without_move_gets_copies_and_expunges_of_ours() {
    let server = Dovecot::start(&Options { capability: WITHOUT_MOVE, ..Options::default() });
    let home = Home::new(&server.feed("failures", "u", "starttls", &after("move")));
    let messages = reports(0..150);
    server.deliver("u", "INBOX", &messages);
    assert_eq!(counts(&home.sync()), [150, 150, 0, 0, 0, 0]);
    is_in_place(&server, "u", "move", &messages);
}

#[test]
fn a_server_that_cannot_expunge_ours_alone_gets_them_flagged_only() {
    let server = Dovecot::start(&Options { capability: WITHOUT_MOVE_AND_UIDPLUS, ..Options::default() });
    let home = Home::new(&server.feed("failures", "u", "implicit", &after("delete")));
    server.deliver("u", "INBOX", &reports(0..3));
    let ran = home.good(&["-v", "sync"]);
    ran.says(&["failures", "localhost", "UIDPLUS"]);
    let left = server.kept("u", "INBOX");
    assert_eq!(left.len(), 3);
    assert!(left.iter().all(|kept| kept.flags.contains('T')), "{left:?}");
    assert_eq!(counts(&home.sync()), [0; 6]);
}

#[test]
fn a_full_mailbox_keeps_its_messages_and_the_next_sync_moves_them() {
    let options = Options { capability: WITHOUT_MOVE, quota: Some(6), ..Options::default() };
    let server = Dovecot::start(&options);
    let home = Home::new(&server.feed("failures", "u", "implicit", &after("move")));
    let messages = reports(0..6);
    server.deliver("u", "INBOX", &messages);
    let ran = home.run(&["sync"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    ran.says(&["failures", "localhost", "quota", "Archive"]);
    assert_eq!(home.hashes(), sorted(&messages));
    assert_eq!(server.hashes("u", "INBOX"), sorted(&messages));
    assert_eq!(server.hashes("u", "Archive"), [""; 0]);
    // Somebody makes room for what is there: the whole of it, and as much again.
    server.set_quota(12);
    assert_eq!(counts(&home.sync()), [0; 6], "what is stored is not read again");
    is_in_place(&server, "u", "move", &messages);
}

#[test]
fn a_run_takes_no_more_than_it_is_allowed_and_says_what_is_left() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", "max_per_run = 4"));
    let messages = reports(0..11);
    server.deliver("u", "INBOX", &messages);
    let run = |arguments: &[&str]| home.good(&[&["sync", "--json"], arguments].concat()).summary();
    for (arguments, read, remaining) in [(&[][..], 4, 7), (&["--max", "2"], 2, 5), (&[], 4, 1), (&[], 1, 0)] {
        let summary = run(arguments);
        assert_eq!(counts(&summary)[..2], [read, read], "{summary}");
        assert_eq!(summary["feeds"][0]["remaining"], remaining, "{summary}");
    }
    assert_eq!(home.hashes(), sorted(&messages));
}

#[test]
fn the_first_sync_leaves_old_messages_alone_and_counts_them() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", &after("delete")));
    server.deliver_old("u", "INBOX", 30 * DAY, &report(1));
    server.deliver_old("u", "INBOX", 8 * DAY, &report(2));
    server.deliver("u", "INBOX", &[report(3)]);
    let summary = home.sync();
    assert_eq!(counts(&summary), [1, 1, 0, 0, 0, 0], "{summary}");
    assert_eq!(summary["feeds"][0]["skipped"], 2, "{summary}");
    assert_eq!(server.hashes("u", "INBOX"), sorted(&reports(1..3)));
    // Later it is the number of a message that counts, whatever its date says.
    server.deliver_old("u", "INBOX", 30 * DAY, &report(4));
    assert_eq!(counts(&home.sync()), [1, 1, 0, 0, 0, 0]);
    assert_eq!(server.hashes("u", "INBOX"), sorted(&reports(1..3)), "what was left alone stays");

    let everything = Home::new(&server.feed("failures", "u", "implicit", "since = 'all'"));
    assert_eq!(counts(&everything.sync()), [2, 2, 0, 0, 0, 0]);
    let asked = Home::new(&server.feed("failures", "u", "implicit", ""));
    let summary = asked.good(&["sync", "--since", "10d", "--json"]).summary();
    assert_eq!(counts(&summary), [1, 1, 0, 0, 0, 0], "{summary}");
}

#[test]
fn several_feeds_have_several_folders_each() {
    let server = Dovecot::start(&Options::default());
    let failures = server.feed("failures", "u", "implicit", "folder = ['INBOX', 'Junk/Reports']");
    let traps = server.feed("traps", "v", "starttls", "kind = 'spamtrap'\nafter = 'seen'");
    let home = Home::new(&(failures + &traps));
    server.deliver("u", "INBOX", &reports(0..3));
    server.deliver("u", "Junk/Reports", &reports(3..5));
    server.deliver("v", "INBOX", &reports(5..9));
    let only = home.good(&["sync", "--feed", "Traps", "--json"]).summary();
    assert_eq!(counts(&only), [4, 4, 0, 0, 0, 0], "{only}");
    assert_eq!(only["feeds"].as_array().unwrap().len(), 1, "{only}");
    let all = home.sync();
    let feeds: Vec<_> = all["feeds"].as_array().unwrap().iter().map(|f| (&f["name"], counts(f)[1])).collect();
    assert_eq!(feeds, [(&"failures".into(), 5), (&"traps".into(), 0)], "{all}");
    let listed = home.good(&["list", "feed:traps", "--format", "json"]).answer;
    assert_eq!(listed.lines().count(), 4);
    let wrong = home.run(&["sync", "--feed", "trap"]);
    assert_eq!(wrong.code, 2);
    wrong.says(&["trap", "traps"]);
}

#[test]
fn folders_are_found_whatever_the_server_calls_them() {
    for (prefix, separator, folder, on_disk) in [
        ("INBOX.", '.', "Reports/Müll & Größe", "Reports/M&APw-ll &- Gr&APYA3w-e"),
        ("", '/', "Reports/Müll & Größe", "Reports/M&APw-ll &- Gr&APYA3w-e"),
        ("INBOX/", '/', "Reports/報告", "Reports/&WDFUSg-"),
        ("", '.', "Reports/2026", "Reports/2026"),
        ("INBOX.", '.', "INBOX.Reports.2026", "Reports/2026"),
        ("INBOX.", '.', "INBOX", "INBOX"),
    ] {
        let server = Dovecot::start(&Options { prefix, separator, ..Options::default() });
        let more = format!(
            "folder = '{folder}'\nafter = 'move'\nmove_to = 'Alt/Übersicht'\nmove_invalid_to = 'Alt/?'"
        );
        let home = Home::new(&server.feed("failures", "u", "implicit", &more));
        server.deliver("u", on_disk, &[report(1), report(2), newsletter(1)]);
        let ran = home.good(&["sync", "--json"]);
        assert_eq!(counts(&ran.summary()), [3, 2, 0, 0, 1, 0], "{prefix} {folder}: {ran:?}");
        assert_eq!(server.hashes("u", "Alt/&ANw-bersicht"), sorted(&reports(1..3)), "{prefix} {folder}");
        assert_eq!(server.hashes("u", "Alt/?"), sorted(&[newsletter(1)]), "{prefix} {folder}");
        assert_eq!(counts(&home.sync()), [0; 6], "{prefix} {folder}");
    }
}

#[test]
fn a_server_that_counts_anew_is_read_again_without_anything_twice() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", ""));
    server.deliver("u", "INBOX", &reports(0..20));
    home.sync();
    // UIDVALIDITY is the time of the restoration, in seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    server.forget_numbers("u", "INBOX");
    server.deliver("u", "INBOX", &reports(20..22));
    let summary = home.sync();
    assert_eq!(counts(&summary), [22, 2, 20, 0, 0, 0], "{summary}");
    assert_eq!(home.hashes(), sorted(&reports(0..22)));
    assert_eq!(counts(&home.sync()), [0; 6]);
}

#[test]
fn a_message_over_the_limit_stays_where_it_is_and_the_others_are_taken() {
    let server = Dovecot::start(&Options::default());
    let feed = server.feed("failures", "u", "implicit", &after("delete"));
    let home = Home::new(&format!("limits.message_mib = 1\n{feed}"));
    let large = padded_report(1, 1 << 20);
    server.deliver("u", "INBOX", &[report(0), large.clone(), padded_report(2, 900_000), report(3)]);
    let ran = home.run(&["sync", "--json"]);
    assert_eq!((ran.code, counts(&ran.summary())), (3, [4, 3, 0, 0, 0, 1]), "{ran:?}");
    ran.says(&["failures", "1 MiB"]);
    assert_eq!(server.hashes("u", "INBOX"), sorted(std::slice::from_ref(&large)));
    // Once it is allowed, it is taken.
    home.configure(&feed);
    assert_eq!(counts(&home.sync())[1], 1);
    assert!(server.kept("u", "INBOX").is_empty());
}

#[test]
fn trying_out_changes_neither_mailbox_nor_database() {
    for action in AFTERS {
        let server = Dovecot::start(&Options::default());
        let home = Home::new(&server.feed("failures", "u", "implicit", &after(action)));
        server.deliver("u", "INBOX", &reports(0..5));
        let before = server.files("u");
        let ran = home.good(&["sync", "--dry-run", "--json"]);
        assert_eq!(counts(&ran.summary())[0], 5, "{ran:?}");
        assert_eq!(server.files("u"), before, "{action}");
        assert_eq!(home.hashes(), [""; 0]);
        assert_eq!(counts(&home.sync()), [5, 5, 0, 0, 0, 0], "{action}");
        server.deliver("u", "INBOX", &reports(5..7));
        let before = (server.files("u"), std::fs::read(home.path("reports.db")).unwrap());
        let ran = home.good(&["sync", "--dry-run", "--json"]);
        assert_eq!(counts(&ran.summary())[0], 2, "{ran:?}");
        assert_eq!((server.files("u"), std::fs::read(home.path("reports.db")).unwrap()), before, "{action}");
    }
}

#[test]
fn cron_gets_one_line_or_none() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", ""));
    server.deliver("u", "INBOX", &reports(0..3));
    let quiet = home.good(&["-q", "--sync"]);
    assert_eq!((quiet.answer.as_str(), quiet.said.as_str()), ("", ""));
    server.deliver("u", "INBOX", &reports(3..5));
    let ran = home.good(&["--sync"]);
    assert_eq!((ran.answer.lines().count(), ran.said.as_str()), (1, ""), "{ran:?}");
    assert!(ran.answer.contains('2') && ran.answer.contains("stored"), "{ran:?}");
    home.good(&["--sync", "--feed", "failures", "--json"]);
}

#[test]
fn the_summary_has_the_names_of_the_contract() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", ""));
    server.deliver("u", "INBOX", &[report(1), newsletter(1), report(1)]);
    let summary = home.sync();
    assert_eq!(counts(&summary), [3, 1, 1, 0, 1, 0], "{summary}");
    assert_eq!(counts(&summary["feeds"][0]), counts(&summary));
    let feed = &summary["feeds"][0];
    assert!(summary["seconds"].is_number() && feed["name"] == "failures", "{summary}");
    assert_eq!((&feed["skipped"], &feed["remaining"]), (&0.into(), &0.into()), "{summary}");
    assert_eq!(feed["errors"], Value::Array(vec![]), "{summary}");
}

#[test]
fn the_database_tells_which_message_of_which_mailbox_a_report_was() {
    let server = Dovecot::start(&Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", ""));
    server.deliver_old("u", "INBOX", DAY, &report(1));
    home.sync();
    let listed = home.good(&["list", "--format", "json"]).answer;
    let report: Value = serde_json::from_str(&listed).unwrap();
    let origin = report["origin"].as_str().unwrap();
    assert!(["u", "localhost", "INBOX", "1"].iter().all(|part| origin.contains(part)), "{origin}");
}

#[test]
fn no_secret_is_printed_or_logged() {
    let server = Dovecot::start(&Options::default());
    for tls in ["implicit", "starttls"] {
        let feed = server.feed("failures", "u", tls, &after("move"));
        let home = Home::new(&format!("[log]\nfile = 'sync.log'\nlevel = 'debug'\n{feed}"));
        server.deliver("u", "INBOX", &reports(0..3));
        let ran = home.good(&["-v", "sync"]);
        let log = std::fs::read_to_string(home.path(".config/lafayette/sync.log")).unwrap();
        assert!(log.contains("failures") && log.contains("localhost"), "{log}");
        use base64::{Engine, prelude::BASE64_STANDARD};
        let encoded = BASE64_STANDARD.encode(format!("\0u\0{PASSWORD}"));
        for text in [&log, &ran.answer, &ran.said] {
            assert!(
                !text.contains(PASSWORD) && !text.contains("e\\\\cret") && !text.contains(&encoded),
                "{text}"
            );
            assert!(!text.contains("Please pay"), "mail does not belong there: {text}");
        }
    }
}
