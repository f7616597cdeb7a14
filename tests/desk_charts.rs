//! Volume and origins as a screen asks for them: counted, named, and told anew when something comes in.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use lafayette::config::{Arguments, Config, Environment};
use lafayette::jobs::desk::{
    Burst, Desk, Direction, Event, Options, Origins, OriginsQuestion, Question, Request, Sort, Volume,
    VolumeQuestion, Window,
};
use lafayette::model::clock::{self, Seconds};
use lafayette::model::{Draft, FeedKind, Held, Outcome, OutgoingKind, Report, ReportType, ReportedMail};
use lafayette::store::{Access, Durability, Incoming, Looked, Packer, Settled, Store, sha256};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing that a desk does here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(20);
const HOUR: Seconds = 3_600;

/// The wave comes at once, five hours ago; everything else evenly over two days.
const WAVE: std::ops::Range<u32> = 200..240;

fn incoming(number: u32, now: Seconds) -> Incoming {
    let is_wave = WAVE.contains(&number);
    let bytes = format!("Subject: report {number}\r\n\r\nbody {number}\r\n").into_bytes();
    Incoming {
        sha256: sha256(&bytes),
        bytes,
        overflow: None,
        feed: Arc::from("failures"),
        feed_kind: FeedKind::Mailbox,
        origin: format!("box#{number}"),
        stored_at: now,
        outcome: Outcome::Report,
        report: Report {
            arrival: match is_wave {
                true => now.div_euclid(HOUR) * HOUR - 5 * HOUR + Seconds::from(number % 60),
                false => now - Seconds::from(number % 48) * HOUR,
            },
            subject: Some(if is_wave {
                format!("wire transfer {number}")
            } else {
                format!("parcel {number}")
            }),
            source_ip: format!("240.0.0.{}", number % 200).parse().ok(),
            urls: vec![match is_wave {
                true => format!("http://host{number}.example/mail.htm"),
                false => format!("http://host.example/{number}"),
            }],
            subject_shape: if is_wave { 9 } else { u64::from(number % 20) + 10 },
            ..Report::default()
        },
        asn: Some(64_500 + number % 3),
        as_name: Some(Arc::from("EXAMPLE-NET")),
        country: Some(if is_wave { *b"BR" } else { *b"DE" }),
    }
}

fn store_reports(path: &Path, numbers: std::ops::Range<u32>) {
    let store = Store::open(path, Access::ReadWrite).expect("a database");
    let mut packer = Packer::new().expect("a packer");
    let mut writer = store.writer("test", Durability::Normal).expect("a writer");
    writer.begin().expect("begin");
    let numbers: Vec<u32> = numbers.collect();
    for part in numbers.chunks(Packer::ITEMS) {
        let made = part.iter().map(|number| incoming(*number, clock::now())).collect();
        writer.add(packer.pack(made).expect("pack")).expect("add");
    }
    writer.commit().expect("commit");
}

/// Lets a report about these mails leave.
fn report(path: &Path, ids: &[u32]) {
    let store = Store::open(path, Access::ReadWrite).expect("a store");
    let (now, later) = (clock::now(), clock::now() + 10);
    let mail = |id: &u32| ReportedMail { report: Some(*id), sha256: [*id as u8; 32] };
    let draft = Draft {
        kind: OutgoingKind::Report,
        recipient: "abuse@isp.example".to_owned(),
        source: None,
        subject: "FW: body".to_owned(),
        report_type: ReportType::Fraud,
        message_id: "1@example.com".to_owned(),
        token: "1".to_owned(),
        bytes: b"To: abuse@isp.example\r\n\r\nText\r\n".to_vec(),
        mails: ids.iter().map(mail).collect(),
        submission: None,
        incidents: 1,
        warnings: vec![],
        singly: None,
        reason: None,
        repeats: None,
    };
    let held = store.hold(&[draft], "anna", now).expect("held");
    let [Held::New(id)] = held[..] else { panic!("{held:?}") };
    let sha256 = store.outgoing(id).expect("read").expect("a row").sha256;
    store.approve(&[(id, sha256)], Looked::Singly, now, "anna", now).expect("approved");
    let sender = store.sender("test", now).expect("a sender");
    assert!(store.begin(&sender, id, &sha256, later).expect("begun"));
    assert!(store.settle(&sender, id, &sha256, Settled::Sent, "250 queued", later).expect("sent"));
}

struct Screen {
    desk: Desk,
    events: Receiver<Event>,
}

impl Screen {
    fn open(path: &Path) -> Screen {
        let arguments = Arguments { db: Some(path.to_path_buf()), ..Arguments::default() };
        let mut config = Config::load(&arguments, &Environment::default()).expect("a configuration");
        config.dns.offline = true;
        let (sender, events) = channel();
        let options = Options { config, read_only: false, login: "tester".to_owned() };
        let desk = Desk::open(options, move |event| drop(sender.send(event)));
        Screen { desk, events }
    }

    fn wait<T>(&self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left).expect("news in time") {
                Event::Failed(sentence) => panic!("{sentence}"),
                event => {
                    if let Some(found) = wanted(event) {
                        return found;
                    }
                }
            }
        }
    }

    /// Has all of a list read.
    fn list(&self, number: u64, query: &str) {
        self.desk.send(Request::Ask(Question {
            number,
            text: query.to_owned(),
            sort: Sort::Arrival,
            direction: Direction::Descending,
            groups: None,
            window: Window::At { first: 0, count: 10 },
            facets: vec![],
            windows: vec![],
            top: 10,
        }));
        self.wait(|event| matches!(event, Event::Panes(panes) if panes.question == number).then_some(()));
    }

    fn volume(&self, number: u64, query: &str) -> Volume {
        self.volume_ago(number, query, 0)
    }

    fn volume_ago(&self, number: u64, query: &str, ago: usize) -> Volume {
        let question = VolumeQuestion { number, query: query.to_owned(), seconds: HOUR, spans: 72, ago };
        self.desk.send(Request::Volume(question));
        self.wait(|event| match event {
            Event::Volume(volume) if volume.question == number => Some(*volume),
            _ => None,
        })
    }

    fn origins(&self, number: u64, query: &str, days: u32) -> Origins {
        let query = query.to_owned();
        let question = OriginsQuestion { number, query, days, ago: 0, spans: 12, networks: 20 };
        self.desk.send(Request::Origins(question));
        self.wait(|event| match event {
            Event::Origins(origins) if origins.question == number => Some(*origins),
            _ => None,
        })
    }
}

#[test]
fn an_hour_that_bursts_is_told_and_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    store_reports(&path, 0..400);
    let screen = Screen::open(&path);
    let volume = screen.volume(1, "");
    assert_eq!(volume.buckets.totals().iter().sum::<u64>(), 400);
    let [Burst { bucket, count, .. }] = volume.bursts[..] else { panic!("{:?}", volume.bursts) };
    assert!(count >= 40, "{count}");
    let names = screen.wait(|event| match event {
        Event::Bursts(1, names) => Some(names),
        _ => None,
    });
    assert_eq!(names[0].start, volume.buckets.start_of(bucket));
    let (what, text, now, before) = &names[0].grown[0];
    assert!(*what == "subject" && text.starts_with("wire transfer"), "{names:?}");
    assert_eq!((*now, *before), (40, 0));
    assert!(
        names[0].grown.iter().any(|(what, text, ..)| (*what, text.as_str()) == ("url", "*mail.htm")),
        "{names:?}"
    );
    assert_eq!(screen.volume(2, "wire").buckets.totals().iter().sum::<u64>(), 40);
    // The same hours from farther back, and hours before all of them.
    let shifted = screen.volume_ago(3, "", 12).buckets;
    assert_eq!(shifted.totals()[12..], volume.buckets.totals()[..60]);
    let before = screen.volume_ago(4, "wire", 1_000);
    assert_eq!(before.buckets.totals().iter().sum::<u64>(), 0);
    let newest = before.newest.expect("when the newest came");
    assert!(volume.buckets.start_of(bucket) <= newest && newest < volume.buckets.start_of(bucket + 1));
    assert_eq!(volume.newest, None, "what is seen tells that");
}

#[test]
fn origins_are_those_of_the_query_within_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    store_reports(&path, 0..400);
    let screen = Screen::open(&path);
    let origins = screen.origins(1, "", 3);
    assert_eq!((origins.total, origins.networks_in_all, origins.at_most), (400, 3, false));
    let codes: Vec<_> =
        origins.countries.iter().map(|country| (country.code.as_deref(), country.count)).collect();
    assert_eq!(codes, [(Some("DE"), 360), (Some("BR"), 40)]);
    assert_eq!(origins.networks[0].name.as_deref(), Some("EXAMPLE-NET"));
    assert_eq!(screen.origins(2, "country:BR", 3).total, 40);
    assert!(screen.origins(3, "", 0).total < 400, "today alone");
}

#[test]
fn a_query_for_texts_is_counted_at_most_unless_the_list_has_its_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    store_reports(&path, 0..400);
    let screen = Screen::open(&path);
    let query = "text:\"body 39\"";
    let origins = screen.origins(1, query, 3);
    assert_eq!((origins.total, origins.at_most), (400, true));
    screen.list(2, query);
    let origins = screen.origins(3, query, 3);
    assert_eq!((origins.total, origins.at_most), (11, false));
}

#[test]
fn what_was_reported_of_a_query_for_texts_is_counted_among_what_the_list_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    store_reports(&path, 0..400);
    // One of them holds the text.
    report(&path, &[40, 6]);
    let screen = Screen::open(&path);
    let reported = |volume: &Volume| (volume.reported.iter().sum::<u64>(), volume.at_most);
    let query = "text:\"body 39\"";
    screen.list(1, query);
    assert_eq!(reported(&screen.volume(2, query)), (1, false));
    // Of a list of open ones none was reported, and the others were not read.
    let query = "is:open text:\"body 39\"";
    screen.list(3, query);
    let volume = screen.volume(4, query);
    assert_eq!((volume.buckets.totals().iter().sum::<u64>(), reported(&volume)), (10, (2, true)));
    let query = "-text:\"body 39\" is:open";
    screen.list(5, query);
    assert_eq!(reported(&screen.volume(6, query)), (2, true));
}

#[test]
fn what_comes_in_is_news_and_is_counted_when_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    store_reports(&path, 0..40);
    let screen = Screen::open(&path);
    assert_eq!(screen.origins(1, "", 3).total, 40);
    store_reports(&path, 40..100);
    screen.wait(|event| matches!(event, Event::Changed).then_some(()));
    assert_eq!(screen.origins(2, "", 3).total, 100);
}

#[test]
fn of_many_charts_the_last_one_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    store_reports(&path, 0..400);
    let screen = Screen::open(&path);
    for number in 1..40 {
        let question = VolumeQuestion { number, query: String::new(), seconds: HOUR, spans: 72, ago: 0 };
        screen.desk.send(Request::Volume(question));
    }
    assert_eq!(screen.volume(40, "wire").question, 40);
    assert_eq!(screen.origins(41, "wire", 3).total, 40);
}
