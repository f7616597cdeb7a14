//! `watch`: notices what arrives, by IDLE or by asking, outlives its connections, and ends when told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::model::clock;
use lafayette::store::{Access, Store};
use std::time::Duration;
use support::dns::{FakeDns, Fault as DnsFault};
use support::dovecot::Dovecot;
use support::faults::{Fault, Play, Step};
use support::hostile::{Hostile, Options};
use support::imap_mailbox::Mailbox;
use support::messages::{report, reports, sha256};
use support::program::{Home, Running, eventually};

fn archived(server: &Hostile) -> usize {
    server.mailbox().hashes("Archive").len()
}

/// SIGTERM, and what has to follow.
fn ends(watch: Running) {
    let told = std::time::Instant::now();
    watch.signal("-TERM");
    let ran = watch.ended();
    assert!([0, 130].contains(&ran.code), "{ran:?}");
    assert!(told.elapsed() < Duration::from_secs(4), "{ran:?}");
}

#[test]
fn watching_notices_new_messages_and_ends_when_told() {
    let server = Dovecot::start(&support::dovecot::Options::default());
    let home = Home::new(&server.feed("failures", "u", "implicit", "after = 'move'"));
    server.deliver("u", "INBOX", &reports(0..2));
    let mut watch = home.start(&["watch"]);
    eventually("what was there is moved", || server.kept("u", "Archive").len() == 2);
    server.deliver("u", "INBOX", &reports(2..3));
    eventually("what is new is moved", || server.kept("u", "Archive").len() == 3);
    assert!(!watch.has_ended());
    ends(watch);
    let mut expected: Vec<String> = reports(0..3).iter().map(|bytes| sha256(bytes)).collect();
    expected.sort();
    assert_eq!(home.hashes(), expected);
}

#[test]
fn a_server_that_cannot_tell_is_asked() {
    let options = Options { capabilities: "IMAP4rev1 UIDPLUS MOVE", ..Options::default() };
    let server = Hostile::start(Mailbox::new(&reports(0..2)), options, vec![]);
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    let watch = home.start(&["watch", "--every", "1s"]);
    eventually("what was there is moved", || archived(&server) == 2);
    server.mailbox().inbox().add(report(2));
    eventually("what is new is moved", || archived(&server) == 3);
    ends(watch);
}

#[test]
fn a_watch_outlives_its_connections() {
    let server = Hostile::plain(&reports(0..2), vec![]);
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    let watch = home.start(&["watch", "--every", "2s"]);
    eventually("what was there is moved", || archived(&server) == 2);
    server.plan(vec![
        Fault::at(Step::Idle, Play::Drop).times(2),
        Fault::at(Step::Greeting, Play::Drop).times(2),
        Fault::at(Step::Fetch, Play::DropAfter(500)),
    ]);
    eventually("it has been through all of it", || server.connections() > 6);
    server.mailbox().inbox().add(report(2));
    eventually("what is new is moved", || archived(&server) == 3);
    ends(watch);
    assert_eq!(home.hashes().len(), 3);
}

#[test]
fn a_watch_ends_when_told_also_while_a_server_plays_dead() {
    for step in [Step::Greeting, Step::Fetch, Step::Idle] {
        let server = Hostile::plain(&reports(0..2), vec![Fault::at(step, Play::Stall).always()]);
        let feed = server.feed("failures", "").replace("timeout_seconds = 1", "timeout_seconds = 30");
        let home = Home::new(&feed);
        let watch = home.start(&["watch"]);
        eventually("it has connected", || server.connections() > 0);
        std::thread::sleep(Duration::from_millis(300));
        ends(watch);
    }
}

#[test]
fn a_watch_reads_on_while_sources_are_looked_up() {
    let dns = FakeDns::start();
    // Some ten seconds for all that is asked one after the other.
    dns.always(Some(DnsFault::Delay(Duration::from_millis(2_000))));
    let server = Hostile::plain(&reports(0..2), vec![]);
    let feed = server.feed("failures", "after = 'move'");
    let home = Home::new(&format!(
        "{feed}\n[dns]\nservers = ['{}']\ntimeout_seconds = 5\n[lists]\nuse = ['zen']\n",
        dns.address()
    ));
    let watch = home.start(&["watch", "--every", "1s"]);
    eventually("what was there is moved", || archived(&server) == 2);
    eventually("sources are looked up", || !dns.log().is_empty());
    server.mailbox().inbox().add(report(2));
    eventually("what is new is moved", || archived(&server) == 3);
    let store = Store::open(&home.path("reports.db"), Access::ReadOnly).unwrap();
    assert_eq!(store.source_queue(clock::now()).unwrap().known, 0, "the look-ups had ended");
    ends(watch);
}
