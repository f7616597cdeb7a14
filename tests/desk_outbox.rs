//! What is due leaves while a screen is open, also when a look at the ledger failed and when somebody is in a hurry.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use lafayette::config::{Arguments, Config, Environment, WayOut};
use lafayette::jobs::desk::{Desk, Event, Options, OutboxNews, OutboxQuestion, Request};
use lafayette::model::{Draft, Held, OutgoingKind, ReportType, ReportedMail, clock};
use lafayette::store::{Access, Looked, Store};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Much longer than anything takes here, and shorter than the pause after which a desk looks of itself.
const PATIENCE: Duration = Duration::from_secs(10);

fn draft(name: &str, mail: u8) -> Draft {
    Draft {
        kind: OutgoingKind::Report,
        recipient: format!("{name}@isp.example"),
        source: None,
        subject: format!("FW: {name}"),
        report_type: ReportType::Fraud,
        message_id: format!("{name}@example.com"),
        token: name.to_owned(),
        bytes: format!("From: desk@example.com\r\nTo: {name}@isp.example\r\nSubject: {name}\r\n\r\nText\r\n")
            .into_bytes(),
        mails: vec![ReportedMail { report: None, sha256: [mail; 32] }],
        submission: None,
        incidents: 1,
        warnings: vec![],
        singly: None,
        reason: None,
        repeats: None,
    }
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// Approved rows, due so many seconds from now.
    fn with(rows: &[(&str, i64)]) -> Place {
        let place = Place { folder: tempfile::tempdir().expect("a folder") };
        let store = Store::open(&place.path("a.db"), Access::ReadWrite).expect("a store");
        for ((name, due), mail) in rows.iter().zip(1..) {
            let held = store.hold(&[draft(name, mail)], "anna", clock::now()).expect("held");
            let [Held::New(id)] = held[..] else { panic!("{held:?}") };
            let sha256 = store.outgoing(id).expect("read").expect("a row").sha256;
            let due = clock::now() + due;
            store.approve(&[(id, sha256)], Looked::Singly, due, "anna", clock::now()).expect("approved");
        }
        // Whatever leaves takes a while, and then lies in a file of its name.
        let script = "#!/bin/sh\ncd \"${0%/*}\"\ncat > last\nname=$(sed -n 's/^Subject: \\([a-z]*\\).*/\\1/p' last)\n\
                      touch begun\nsleep 0.7\nmv last \"$name.sent\"\n";
        std::fs::write(place.path("sendmail"), script).expect("written");
        std::fs::set_permissions(place.path("sendmail"), PermissionsExt::from_mode(0o700)).expect("runs");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> (Desk, Receiver<Event>) {
        let arguments = Arguments { db: Some(self.path("a.db")), ..Arguments::default() };
        let mut config = Config::load(&arguments, &Environment::default()).expect("a configuration");
        config.dns.offline = true;
        config.report.from = Some("desk@example.com".to_owned());
        config.sending.by = Some(WayOut::Sendmail(vec![self.path("sendmail").display().to_string()]));
        config.sending.spacing = 0;
        let (sender, events) = channel();
        let options = Options { config, read_only: false, login: "anna".into() };
        (Desk::open(options, move |event| drop(sender.send(event))), events)
    }
}

fn wait(events: &Receiver<Event>, mut is_wanted: impl FnMut(&Event) -> bool) {
    let end = Instant::now() + PATIENCE;
    let mut seen = vec![];
    while let Ok(event) = events.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if is_wanted(&event) {
            return;
        }
        seen.push(event);
    }
    panic!("it did not come, but {seen:#?}");
}

fn wait_for(file: &Path) {
    let end = Instant::now() + PATIENCE;
    while !file.exists() {
        assert!(Instant::now() < end, "{} did not come", file.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn look(number: u64) -> Request {
    Request::Outbox(OutboxQuestion { number, states: vec![], most: 10 })
}

#[test]
fn what_is_due_leaves_soon_after_a_look_that_failed() {
    let place = Place::with(&[("soon", -1)]);
    let (desk, events) = place.open();
    wait(&events, |event| matches!(event, Event::Loaded { .. }));
    std::fs::rename(place.path("a.db"), place.path("away")).expect("rename");
    desk.send(look(1));
    wait(&events, |event| matches!(event, Event::Failed(_)));
    // Nothing in it has changed, so nobody says that it is there again.
    std::fs::rename(place.path("away"), place.path("a.db")).expect("rename");
    wait_for(&place.path("soon.sent"));
}

#[test]
fn who_is_in_a_hurry_while_something_leaves_need_not_say_so_again() {
    let place = Place::with(&[("first", -1), ("later", 3_600)]);
    let (desk, events) = place.open();
    desk.send(look(1));
    wait_for(&place.path("begun"));
    desk.send(Request::Flush);
    wait(&events, |event| matches!(event, Event::Outbox(OutboxNews::Sent(_))));
    assert!(!place.path("later.sent").exists(), "that comes after it");
    wait_for(&place.path("later.sent"));
}
