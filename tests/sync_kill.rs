//! A sync that is killed at any moment and started again: every message is in the database exactly once, and in the
//! right place in the mailbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use std::time::Duration;
use support::dovecot::{Dovecot, Options};
use support::faults::{Fault, Play, Step};
use support::hostile::{self, Hostile};
use support::imap_mailbox::Mailbox;
use support::messages::{report, reports, sha256};
use support::program::{Home, eventually};

const KILLS: usize = 30;
/// What each run finds, so that none is without work.
const NEW_EACH: usize = 12;
/// What is there before the first.
const BEFORE: usize = 120;

/// The moments are random, and the same in every run of the test.
struct Moments(u64);

impl Moments {
    fn next(&mut self, within: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        within.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[derive(Default)]
struct Delivered {
    count: usize,
    hashes: Vec<String>,
}

impl Delivered {
    fn more(&mut self, server: &Dovecot, count: usize) {
        let fresh: Vec<Vec<u8>> = reports(self.count..self.count + count);
        self.hashes.extend(fresh.iter().map(|bytes| sha256(bytes)));
        self.hashes.sort();
        self.count += count;
        server.deliver("u", "INBOX", &fresh);
    }
}

fn survives_kills(action: &str, seed: u64) {
    let server = Dovecot::start(&Options::default());
    let undisturbed = undisturbed(&server, action);
    let home = Home::new(&server.feed("failures", "u", "implicit", &format!("after = '{action}'")));
    let mut delivered = Delivered::default();
    delivered.more(&server, BEFORE);
    let mut moments = Moments(seed);
    let mut killed = 0;
    let mut runs = 0;
    while killed < KILLS {
        delivered.more(&server, NEW_EACH);
        let moment = moments.next(undisturbed);
        let run = home.start(&["sync"]);
        std::thread::sleep(moment);
        killed += usize::from(run.kill());
        runs += 1;
        assert!(runs < 5 * KILLS, "most runs were over before their moment");
    }
    // What was lost at any moment would still be so now: nothing puts a message back into INBOX.
    home.good(&["sync"]);
    home.good(&["db", "check"]);
    assert_eq!(home.hashes(), delivered.hashes, "{action}: every message exactly once");
    let (inbox, archive) = (server.kept("u", "INBOX"), server.hashes("u", "Archive"));
    let in_inbox: Vec<String> = inbox.iter().map(|kept| kept.sha256.clone()).collect();
    match action {
        "move" => assert_eq!((in_inbox.len(), archive), (0, delivered.hashes)),
        "delete" => assert_eq!((in_inbox.len(), archive.len()), (0, 0)),
        _ => {
            let flags = if action == "seen" { "S" } else { "" };
            assert_eq!((in_inbox, archive.len()), (delivered.hashes, 0));
            assert!(inbox.iter().all(|kept| kept.flags == flags), "{action}: {inbox:?}");
        }
    }
    let again = home.good(&["sync", "--json"]).summary();
    assert_eq!(again["read"], 0, "{again}");
}

/// How long a run takes that finds as much as those that are killed.
fn undisturbed(server: &Dovecot, action: &str) -> Duration {
    let home = Home::new(&server.feed("failures", "v", "implicit", &format!("after = '{action}'")));
    server.deliver("v", "INBOX", &reports(0..BEFORE));
    home.good(&["sync"]);
    server.deliver("v", "INBOX", &(BEFORE..BEFORE + 2 * NEW_EACH).map(report).collect::<Vec<_>>());
    home.good(&["sync"]).took
}

#[test]
fn keeping_survives_kills() {
    survives_kills("keep", 11);
}

#[test]
fn flagging_survives_kills() {
    survives_kills("seen", 12);
}

#[test]
fn moving_survives_kills() {
    survives_kills("move", 13);
}

#[test]
fn deleting_survives_kills() {
    survives_kills("delete", 14);
}

/// Kills a sync that has just asked a scripted server for this, before the server does it or before it says that it is
/// done; the moments that matter most are too short to be met by chance.
fn survives_a_kill_at(step: Step, command: &str, action: &str, capabilities: &'static str) {
    for play in [Play::Stall, Play::StallAfter(0)] {
        let context = format!("{action}, killed at {command}, {play:?}");
        let options = hostile::Options { capabilities, ..hostile::Options::default() };
        let messages = reports(0..12);
        let server = Hostile::start(Mailbox::new(&messages), options, vec![Fault::at(step, play)]);
        let home = Home::new(&server.feed("failures", &format!("after = '{action}'")));
        let run = home.start(&["sync"]);
        eventually(&context, || server.commands().iter().any(|name| name.starts_with(command)));
        std::thread::sleep(Duration::from_millis(50));
        assert!(run.kill(), "{context}: it was over before");

        server.plan(vec![]);
        home.good(&["sync"]);
        let mut expected: Vec<String> = messages.iter().map(|bytes| sha256(bytes)).collect();
        expected.sort();
        assert_eq!(home.hashes(), expected, "{context}");
        let mailbox = server.mailbox();
        let mut archive = mailbox.hashes("Archive");
        // After a COPY that nobody knows to have been made there may be two.
        archive.dedup();
        assert_eq!(archive, if action == "move" { &expected[..] } else { &[] }, "{context}");
        let left = &mailbox.folders["INBOX"].messages;
        assert_eq!(left.len(), if ["keep", "seen"].contains(&action) { 12 } else { 0 }, "{context}");
        let seen = left.iter().filter(|message| message.flags.contains("\\Seen")).count();
        assert_eq!(seen, if action == "seen" { 12 } else { 0 }, "{context}");
    }
}

#[test]
fn a_kill_at_any_step_is_made_good_by_the_next_run() {
    const LITTLE: &str = "IMAP4rev1 AUTH=PLAIN UIDPLUS";
    let cases = [
        (Step::Select, "SELECT", "keep", ""),
        (Step::Search, "UID SEARCH", "seen", ""),
        (Step::Fetch, "UID FETCH 1:12", "keep", ""),
        (Step::Fetch, "UID FETCH 1:12", "delete", ""),
        (Step::Store, "UID STORE", "seen", ""),
        (Step::Create, "CREATE", "move", ""),
        (Step::Move, "UID MOVE", "move", ""),
        (Step::Copy, "UID COPY", "move", LITTLE),
        (Step::Store, "UID STORE", "move", LITTLE),
        (Step::Expunge, "UID EXPUNGE", "move", LITTLE),
        (Step::Store, "UID STORE", "delete", ""),
        (Step::Expunge, "UID EXPUNGE", "delete", ""),
        (Step::Logout, "LOGOUT", "move", ""),
    ];
    for (step, command, action, capabilities) in cases {
        survives_a_kill_at(step, command, action, capabilities);
    }
}
