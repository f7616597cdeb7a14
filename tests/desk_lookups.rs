//! What a screen looks up while it is open, as the name server notices it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::config::{Arguments, Config, Environment};
use lafayette::enrich::reverse::pointer_name;
use lafayette::jobs::desk::{
    Desk, Direction, Event, LookUp, LookUpNews, Options, Question, Request, Sort, Window,
};
use lafayette::model::{FeedKind, Outcome, Report, clock};
use lafayette::store::{Access, Durability, Incoming, Packer, Store, sha256};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use support::dns::FakeDns;
use support::program::eventually;

const REPORTS: u32 = 900;
const SEEN: usize = 20;

/// Each from a source of its own.
fn incoming(number: u32) -> Incoming {
    let bytes = format!("Subject: report {number}\r\n\r\nbody\r\n").into_bytes();
    Incoming {
        sha256: sha256(&bytes),
        bytes,
        overflow: None,
        feed: Arc::from("failures"),
        feed_kind: FeedKind::Mailbox,
        origin: format!("box#{number}"),
        stored_at: clock::now(),
        outcome: Outcome::Report,
        report: Report {
            arrival: clock::now() - 400_000 + i64::from(number),
            source_ip: Some(source(number)),
            ..Report::default()
        },
        asn: None,
        as_name: None,
        country: None,
    }
}

fn source(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(0xf001_0000 + number).into()
}

fn database(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("a.db");
    let store = Store::open(&path, Access::ReadWrite).unwrap();
    let mut packer = Packer::new().unwrap();
    let mut writer = store.writer("test", Durability::Normal).unwrap();
    writer.begin().unwrap();
    let numbers: Vec<u32> = (0..REPORTS).collect();
    for part in numbers.chunks(Packer::ITEMS) {
        writer.add(packer.pack(part.iter().map(|number| incoming(*number)).collect()).unwrap()).unwrap();
    }
    writer.commit().unwrap();
    path
}

/// A desk whose name server is this one, asked for the oldest reports.
fn open(path: &Path, dns: &FakeDns, offline: bool) -> (Desk, std::sync::mpsc::Receiver<Event>) {
    let arguments = Arguments { db: Some(path.to_path_buf()), ..Arguments::default() };
    let mut config = Config::load(&arguments, &Environment::default()).unwrap();
    config.dns.servers = vec![dns.address()];
    config.dns.offline = offline;
    config.treat_as_public = vec!["240.0.0.0/4".parse().unwrap()];
    config.lists.clear();
    let (sender, events) = channel();
    let desk = Desk::open(Options { config, read_only: false, login: "anna".into() }, move |event| {
        let _ = sender.send(event);
    });
    desk.send(Request::Ask(Question {
        number: 1,
        text: String::new(),
        sort: Sort::Arrival,
        direction: Direction::Ascending,
        groups: None,
        window: Window::At { first: 0, count: SEEN },
        facets: vec![],
        windows: vec![],
        top: 10,
    }));
    (desk, events)
}

/// Host names are asked for once an address.
fn pointers(dns: &FakeDns) -> Vec<String> {
    let mut seen = HashSet::new();
    let asked = dns.log().into_iter().filter(|asked| asked.record == "PTR").map(|asked| asked.name);
    asked.filter(|name| seen.insert(name.clone())).collect()
}

#[test]
fn the_sources_that_are_to_be_seen_are_looked_up_before_all_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let dns = FakeDns::start();
    let (_desk, _events) = open(&path, &dns, false);
    eventually("all sources are looked up", || pointers(&dns).len() == REPORTS as usize);
    let first: HashSet<String> = pointers(&dns).into_iter().take(SEEN).collect();
    let seen: HashSet<String> = (0..SEEN as u32).map(|number| pointer_name(source(number))).collect();
    assert_eq!(first, seen);
}

#[test]
fn offline_a_screen_asks_nobody_and_says_nothing_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let dns = FakeDns::start();
    let (desk, events) = open(&path, &dns, true);
    let end = Instant::now() + Duration::from_secs(20);
    let mut answered = false;
    while !answered {
        let event = events.recv_timeout(end.saturating_duration_since(Instant::now())).expect("an answer");
        assert!(!matches!(event, Event::Failed(_)), "{event:?}");
        answered = matches!(event, Event::Answer(_));
    }
    drop(desk);
    assert!(events.iter().all(|event| !matches!(event, Event::Failed(_))));
    assert_eq!(dns.log(), []);
}

#[test]
fn whom_to_tell_is_said_on_the_screen_and_holds_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    let (desk, events) = open(&path, &FakeDns::start(), true);
    let ip = source(7).to_string();
    let say = |number, words: &str| {
        let then = LookUp { number, text: ip.clone(), refresh: false };
        desk.send(Request::SayContact { then, words: words.to_owned() });
        let mut lines = vec![];
        loop {
            match events.recv_timeout(Duration::from_secs(20)).expect("an answer") {
                Event::LookUp(n, LookUpNews::Known(known)) if n == number => {
                    let all = known.sections.into_iter().flat_map(|section| section.lines);
                    lines = all.map(|line| format!("{}: {}", line.name, line.value)).collect();
                }
                Event::LookUp(n, LookUpNews::Ended(why)) if n == number => break (lines, why),
                _ => {}
            }
        }
    };
    let (lines, why) = say(1, &format!("{ip} replace abuse@isp.example # they asked for it"));
    assert_eq!(why, None);
    assert!(lines.iter().any(|line| line == "Mail: abuse@isp.example"), "{lines:?}");
    let store = Store::open(&path, Access::ReadOnly).unwrap();
    let said = lafayette::jobs::contacts::all(&store).unwrap();
    let line = lafayette::jobs::contacts::line(&said[0]);
    assert_eq!((said.len(), line.note.as_str(), line.by.as_str()), (1, "they asked for it", "anna"));

    let (lines, why) = say(2, &format!("{ip} remove"));
    assert_eq!(why, None);
    assert!(!lines.iter().any(|line| line.starts_with("Mail: ")), "{lines:?}");
    assert!(lafayette::jobs::contacts::all(&store).unwrap().is_empty());

    for (words, reason) in [
        (format!("{ip} remove"), "Nothing was said"),
        (format!("{ip} tell abuse@isp.example"), "nothing that can be done"),
        (ip.clone(), "say what it is about"),
        (format!("{ip} add nobody"), "no mail address"),
    ] {
        let (_, why) = say(3, &words);
        assert!(why.as_ref().is_some_and(|why| why.contains(reason)), "{words}: {why:?}");
    }
}
