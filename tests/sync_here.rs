//! Trouble on our own side: a full disk, two syncs at once, a sync that is told to end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use std::time::Duration;
use support::faults::{Fault, Play, Step};
use support::hostile::Hostile;
use support::messages::{padded_report, reports, sha256};
use support::program::{Home, counts, eventually};

fn sorted(messages: &[Vec<u8>]) -> Vec<String> {
    let mut out: Vec<String> = messages.iter().map(|bytes| sha256(bytes)).collect();
    out.sort();
    out
}

/// Reports whose bytes cannot be packed away, 30 kB each.
fn incompressible_reports(count: usize) -> Vec<Vec<u8>> {
    let mut state = 1_u64;
    let mut sign = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(state >> 58) as usize]
    };
    (0..count)
        .map(|number| {
            let mut bytes = padded_report(number, 30_000);
            let start = bytes.len() - 30_000;
            let end = bytes.len() - 100;
            bytes[start..end]
                .iter_mut()
                .filter(|byte| !b"\r\n".contains(byte))
                .for_each(|byte| *byte = sign());
            bytes
        })
        .collect()
}

#[test]
fn a_full_disk_loses_nothing_and_touches_nothing_that_is_not_stored() {
    // A limit on the size of files is what a full disk is to SQLite: a write that fails. 512-byte blocks.
    for action in ["move", "delete"] {
        let messages = incompressible_reports(60);
        let server = Hostile::plain(&messages, vec![]);
        let home = Home::new(&server.feed("failures", &format!("after = '{action}'")));
        for limit in [800, 1_600] {
            let ran = home.start_limited(&format!("trap '' XFSZ; ulimit -f {limit}"), &["sync"]).ended();
            assert_eq!(ran.code, 1, "{ran:?}");
            ran.says(&["reports.db"]);
            assert!(!ran.said.contains("panic"), "{ran:?}");
            let stored = home.hashes();
            let gone =
                sorted(&messages).into_iter().filter(|hash| !server.mailbox().hashes("INBOX").contains(hash));
            let lost: Vec<String> = gone.filter(|hash| !stored.contains(hash)).collect();
            assert!(lost.is_empty(), "{lost:?}: {ran:?}");
            assert!(stored.len() < 60, "the limit was not met");
        }
        // Somebody makes room.
        home.sync();
        assert_eq!(home.hashes(), sorted(&messages));
        assert_eq!(server.mailbox().hashes("INBOX"), [""; 0]);
        assert_eq!(home.good(&["db", "check"]).code, 0);
    }
}

#[test]
fn of_two_syncs_at_once_one_gives_up_and_names_the_other() {
    let stall = Fault::at(Step::Fetch, Play::Stall);
    let server = Hostile::plain(&reports(0..12), vec![stall]);
    let feed =
        server.feed("failures", "after = 'move'").replace("timeout_seconds = 1", "timeout_seconds = 7");
    let home = Home::new(&feed);
    let first = home.start(&["sync"]);
    eventually("the first one fetches", || {
        server.commands().iter().any(|name| name.starts_with("UID FETCH"))
    });
    std::thread::sleep(Duration::from_millis(100));
    let second = home.run(&["sync"]);
    assert_eq!(second.code, 4, "{second:?}");
    second.says(&["lafayette sync", &first.id().to_string()]);
    assert!(second.took < Duration::from_secs(8), "{second:?}");
    let first = first.ended();
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(home.hashes(), sorted(&reports(0..12)));
    assert_eq!(server.mailbox().hashes("Archive"), sorted(&reports(0..12)));
}

#[test]
fn of_two_short_syncs_at_once_the_second_waits_and_finds_nothing_to_do() {
    let server = Hostile::plain(&reports(0..60), vec![]);
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    let runs = [home.start(&["sync", "--json"]), home.start(&["sync", "--json"])].map(|run| run.ended());
    assert_eq!([runs[0].code, runs[1].code], [0, 0], "{runs:?}");
    let stored = runs.iter().map(|run| counts(&run.summary())[1]).sum::<u64>();
    assert_eq!(stored, 60, "{runs:?}");
    assert_eq!(home.hashes(), sorted(&reports(0..60)));
    assert_eq!(server.mailbox().hashes("Archive"), sorted(&reports(0..60)));
}

#[test]
fn a_sync_that_is_told_to_end_ends_at_once_and_the_next_one_goes_on() {
    for signal in ["-INT", "-TERM"] {
        let stall = Fault::at(Step::Fetch, Play::StallAfter(5_000));
        let server = Hostile::plain(&reports(0..12), vec![stall]);
        let feed = server
            .feed("failures", "after = 'delete'")
            .replace("timeout_seconds = 1", "timeout_seconds = 30");
        let home = Home::new(&feed);
        let run = home.start(&["sync"]);
        eventually("it fetches", || server.commands().iter().any(|name| name.starts_with("UID FETCH 1:12")));
        std::thread::sleep(Duration::from_millis(100));
        run.signal(signal);
        let ran = run.ended();
        assert_eq!(ran.code, 130, "{ran:?}");
        assert!(ran.took < Duration::from_secs(5), "{ran:?}");
        home.sync();
        assert_eq!(home.hashes(), sorted(&reports(0..12)));
        assert_eq!(server.mailbox().hashes("INBOX"), [""; 0]);
    }
}

#[test]
fn a_database_that_may_only_be_read_leaves_the_mailbox_alone() {
    let server = Hostile::plain(&reports(0..12), vec![]);
    let home = Home::new(&server.feed("failures", "after = 'delete'"));
    std::fs::write(home.path("report.eml"), &reports(20..21)[0]).unwrap();
    home.good(&["import", "report.eml"]);
    let ran = home.run(&["--read-only", "sync"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    ran.says(&["reading only"]);
    assert_eq!(server.mailbox().hashes("INBOX").len(), 12);
}

#[test]
fn without_a_mailbox_in_the_configuration_a_sync_says_what_to_write_there() {
    for configuration in ["", "[[feed]]\nname = 'files'\n"] {
        let ran = Home::new(configuration).run(&["sync"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.says(&["[[feed]]", "host"]);
    }
}
