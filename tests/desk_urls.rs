//! What a desk says about the URLs of reports, and the lists it writes of them.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use lafayette::config::{Arguments, Config, Environment, UrlFeed, WayOut};
use lafayette::jobs::desk::{
    Desk, Direction, Event, LedgerAct, Options, Request, SubmissionQuestion, UrlAnswer, UrlExport, UrlFormat,
    UrlGrouping, UrlLine, UrlNews, UrlQuestion, UrlSort, UrlWindow,
};
use lafayette::model::{Cause, FeedKind, Outcome, OutgoingState, Report, UrlFeedKind, UrlState, clock};
use lafayette::store::{Access, Durability, Incoming, Packer, Store, sha256};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing that a desk does here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(20);

/// The URLs of a report: three hosts take turns, every fourth report has a mail.htm as well.
fn urls(number: u32) -> Vec<String> {
    let mut urls = vec![format!("http://host{}.example/a/{number}", number % 3)];
    if number.is_multiple_of(4) {
        urls.push("http://evil.example/x17-mail.htm".to_owned());
    }
    urls
}

fn store_reports(database: &Path, count: u32) {
    store_reports_with(database, count, urls);
}

fn store_reports_with(database: &Path, count: u32, urls: fn(u32) -> Vec<String>) {
    let store = Store::open(database, Access::ReadWrite).expect("a store");
    let mut packer = Packer::new().expect("a packer");
    let mut writer = store.writer("test", Durability::Normal).expect("a writer");
    writer.begin().expect("begin");
    let incoming = |number: u32| {
        let bytes = format!("Subject: {number}\r\n\r\nbody\r\n").into_bytes();
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
                arrival: clock::now() - 86_400 * i64::from(number),
                subject: Some(format!("subject {number}")),
                urls: urls(number),
                cause: Cause::Fraud,
                ..Report::default()
            },
            asn: None,
            as_name: None,
            country: None,
        }
    };
    let numbers: Vec<u32> = (1..=count).collect();
    for part in numbers.chunks(Packer::ITEMS) {
        let packed = packer.pack(part.iter().map(|number| incoming(*number)).collect()).expect("pack");
        writer.add(packed).expect("add");
    }
    writer.commit().expect("commit");
}

struct Screen {
    desk: Desk,
    events: Receiver<Event>,
}

impl Screen {
    fn open(database: &Path, read_only: bool) -> Screen {
        let arguments = Arguments { db: Some(database.to_path_buf()), ..Arguments::default() };
        let mut config = Config::load(&arguments, &Environment::default()).expect("a configuration");
        config.dns.offline = true;
        config.own.domains = vec!["host0.example".to_owned()];
        config.report.from = Some("desk@example.com".to_owned());
        config.sending.by = Some(WayOut::Folder(database.with_extension("sent")));
        config.redaction_key_file = database.with_extension("key");
        config.url_feeds = vec![UrlFeed {
            name: "phish-feed".to_owned(),
            kind: UrlFeedKind::Mail,
            target: "urls@feeds.example".to_owned(),
            key: None,
            reason: "seen in mail".to_owned(),
            threat_type: "phish".to_owned(),
            a_minute: 10,
            urls_at_once: 100,
        }];
        let (sender, events) = channel();
        let options = Options { config, read_only, login: "anna".into() };
        let desk = Desk::open(options, move |event| {
            let _ = sender.send(event);
        });
        Screen { desk, events }
    }

    fn wait<T>(&self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        while let Ok(event) = self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if let Event::Failed(sentence) = &event {
                panic!("{sentence}");
            }
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
        panic!("nothing of the kind came")
    }

    fn ask(&self, question: UrlQuestion) -> UrlAnswer {
        let number = question.number;
        self.desk.send(Request::Urls(question));
        self.wait(|event| match event {
            Event::Urls(UrlNews::Answer(answer)) if answer.question == number => Some(answer),
            _ => None,
        })
    }
}

fn question(number: u64) -> UrlQuestion {
    UrlQuestion {
        number,
        of: None,
        pattern: String::new(),
        since: None,
        sort: UrlSort::Reports,
        direction: Direction::Descending,
        grouping: None,
        inside: None,
        window: UrlWindow { first: 0, count: 10 },
    }
}

fn texts(answer: &UrlAnswer) -> Vec<String> {
    let text = |line: &UrlLine| match line {
        UrlLine::Url { row, .. } => format!("{} {}", row.reports, row.url),
        UrlLine::Group { name, urls, reports, .. } => format!("{reports} {urls} {name}"),
    };
    answer.rows.lines.iter().map(text).collect()
}

#[test]
fn urls_are_listed_by_query_pattern_and_time_and_sorted() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports(&database, 24);
    let screen = Screen::open(&database, true);
    let all = screen.ask(question(1));
    assert_eq!((all.lines, all.urls), (25, 25));
    assert_eq!(texts(&all)[0], "6 http://evil.example/x17-mail.htm");
    let mail = screen.ask(UrlQuestion { pattern: "*mail.htm".into(), ..question(2) });
    assert_eq!(texts(&mail), ["6 http://evil.example/x17-mail.htm"]);
    let of_one = screen.ask(UrlQuestion { of: Some("subject:\"subject 12\"".into()), ..question(3) });
    assert_eq!(texts(&of_one).len(), 2);
    let of_both =
        screen.ask(UrlQuestion { of: Some("url:*mail.htm host:evil.example".into()), ..question(30) });
    assert_eq!(texts(&of_both), ["6 http://evil.example/x17-mail.htm"]);
    let of_neither =
        screen.ask(UrlQuestion { of: Some("url:*mail.htm host:host0.example".into()), ..question(31) });
    assert_eq!(texts(&of_neither), Vec::<String>::new(), "one URL has to match both");
    let recent = screen.ask(UrlQuestion { since: Some(clock::now() - 86_400 * 7 / 2), ..question(4) });
    assert_eq!(recent.urls, 3, "of the last three days: {:?}", texts(&recent));
    let sorted = screen.ask(UrlQuestion {
        sort: UrlSort::Text,
        direction: Direction::Ascending,
        pattern: "host1,evil".into(),
        ..question(5)
    });
    assert_eq!(texts(&sorted)[..2], ["6 http://evil.example/x17-mail.htm", "1 http://host1.example/a/1"]);
    screen.desk.send(Request::UrlRows { question: 5, window: UrlWindow { first: 7, count: 99 } });
    let rows = screen.wait(|event| match event {
        Event::Urls(UrlNews::Rows(rows)) => Some(rows),
        _ => None,
    });
    assert_eq!((rows.first, rows.lines.len()), (7, 2));
    screen.desk.send(Request::Urls(UrlQuestion { pattern: "/(/".into(), ..question(6) }));
    let error = screen.wait(|event| match event {
        Event::Urls(UrlNews::Wrong(6, error)) => Some(error),
        _ => None,
    });
    assert!(error.column <= 3 && error.query == "/(/", "{error:?}");
}

#[test]
fn groups_count_each_report_once_and_hold_their_members() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports(&database, 24);
    let screen = Screen::open(&database, true);
    let by = |number, grouping| screen.ask(UrlQuestion { grouping: Some(grouping), ..question(number) });
    let mut hosts = texts(&by(1, UrlGrouping::Host));
    hosts.sort();
    assert_eq!(hosts, ["6 1 evil.example", "8 8 host0.example", "8 8 host1.example", "8 8 host2.example"]);
    screen.desk.send(Request::UrlMembers { question: 1, group: Some("host1.example".to_owned()) });
    let members = |screen: &Screen| {
        screen.wait(|event| match event {
            Event::Urls(UrlNews::Members(members)) => Some(members),
            _ => None,
        })
    };
    let found = members(&screen);
    assert_eq!((found.question, found.count, found.urls.len(), found.most), (1, 8, 8, None));
    assert!(found.urls.iter().all(|(_, url)| url.contains("://host1.example/")), "{found:?}");
    screen.desk.send(Request::UrlMembers { question: 1, group: None });
    assert_eq!(members(&screen).urls.len(), 25, "all of the list");
    let endings = by(2, UrlGrouping::Ending);
    assert_eq!(texts(&endings), ["24 24 (none)", "6 1 mail.htm"]);
    let shapes = texts(&by(3, UrlGrouping::Shape));
    assert_eq!(shapes.len(), 2, "{shapes:?}");
    let inside = Some((UrlGrouping::Host, "host2.example".to_owned()));
    assert_eq!(screen.ask(UrlQuestion { inside, ..question(4) }).urls, 8);
    let nowhere = Some((UrlGrouping::Ending, "never seen".to_owned()));
    assert_eq!(screen.ask(UrlQuestion { inside: nowhere, ..question(5) }).urls, 0);
}

#[test]
fn a_report_with_several_urls_of_a_group_is_one_report_of_it() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports_with(&database, 12, |number| {
        let path = |place| format!("http://host{}.example/a/{number}/{place}", number % 2);
        let other = format!("http://other.example/b/{number}");
        (0..number % 4).map(path).chain(number.is_multiple_of(3).then_some(other)).collect()
    });
    let screen = Screen::open(&database, true);
    let grouped = UrlQuestion { grouping: Some(UrlGrouping::Host), ..question(1) };
    let answer = screen.ask(grouped.clone());
    assert_eq!(texts(&answer), ["6 12 host1.example", "4 4 other.example", "3 6 host0.example"]);
    let first = screen.ask(UrlQuestion { number: 2, pattern: "*/0".to_owned(), ..grouped });
    assert_eq!(texts(&first), ["6 6 host1.example", "3 3 host0.example"], "of those that are meant");
}

#[test]
fn whatever_was_asked_before_a_list_is_that_of_its_question() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports(&database, 60);
    let screen = Screen::open(&database, true);
    let host = |name: &str| Some((UrlGrouping::Host, name.to_owned()));
    let week = Some(clock::now() - 86_400 * 15 / 2);
    // Narrowed, turned, grouped and widened again, as a person does who types, corrects and looks around.
    let steps = [
        ("", None, None, None, UrlSort::Reports),
        ("h", None, None, None, UrlSort::Reports),
        ("ho", None, None, None, UrlSort::Last),
        ("host", week, None, None, UrlSort::Last),
        ("host1", week, None, None, UrlSort::Text),
        ("host1", week, None, Some(UrlGrouping::Shape), UrlSort::Text),
        ("host1", None, None, None, UrlSort::First),
        ("host", None, host("host2.example"), None, UrlSort::First),
        ("host", week, host("host2.example"), Some(UrlGrouping::Ending), UrlSort::First),
        ("", week, host("host2.example"), None, UrlSort::Text),
        ("", week, host("host0.example"), None, UrlSort::Text),
        ("*mail.htm", week, None, None, UrlSort::Reports),
        ("-*mail.htm", week, None, None, UrlSort::Reports),
        ("", None, None, Some(UrlGrouping::Host), UrlSort::Reports),
        ("", None, None, None, UrlSort::Text),
    ];
    for (number, (pattern, since, inside, grouping, sort)) in (1..).zip(steps) {
        for direction in [Direction::Descending, Direction::Ascending] {
            let number = 2 * number + u64::from(direction == Direction::Ascending);
            let asked = UrlQuestion {
                pattern: pattern.to_owned(),
                since,
                inside: inside.clone(),
                grouping,
                sort,
                direction,
                window: UrlWindow { first: 0, count: 100 },
                ..question(number)
            };
            let expected = Screen::open(&database, true).ask(asked.clone());
            let answer = screen.ask(asked);
            assert_eq!((answer.lines, answer.urls), (expected.lines, expected.urls), "{pattern} {sort:?}");
            assert_eq!(texts(&answer), texts(&expected), "{pattern} {sort:?} {direction:?} {grouping:?}");
        }
    }
}

#[test]
fn a_list_is_written_for_its_owner_only_without_own_domains_and_never_over_another_file() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports(&database, 24);
    let screen = Screen::open(&database, true);
    screen.ask(question(1));
    let path = folder.path().join("domains.txt");
    let export = UrlExport { only: vec![], format: UrlFormat::Domains, path: path.clone(), replace: false };
    screen.desk.send(Request::ExportUrls(export.clone()));
    let done = |screen: &Screen| {
        screen.wait(|event| match event {
            Event::Done { sentence, .. } => Some(sentence),
            _ => None,
        })
    };
    let sentence = done(&screen);
    assert!(sentence.starts_with("17 URLs written") && sentence.contains("8 URLs left out"), "{sentence}");
    let written = std::fs::read_to_string(&path).expect("written");
    assert_eq!(written, "evil.example\nhost1.example\nhost2.example\n");
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    screen.desk.send(Request::ExportUrls(UrlExport { only: vec![1, 2], ..export }));
    let refused = screen.wait(|event| match event {
        Event::Urls(UrlNews::FileExists(export)) => Some(export),
        _ => None,
    });
    assert_eq!(std::fs::read_to_string(&path).expect("there"), written, "it is asked first");
    screen.desk.send(Request::ExportUrls(UrlExport { replace: true, ..refused }));
    assert!(done(&screen).starts_with("2 URLs written"));
}

#[test]
fn of_many_questions_the_last_is_answered() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports(&database, 24);
    let screen = Screen::open(&database, true);
    for number in 1..200 {
        screen.desk.send(Request::Urls(UrlQuestion { pattern: format!("/{number}"), ..question(number) }));
    }
    let answer = screen.ask(UrlQuestion { pattern: "evil".into(), ..question(200) });
    assert_eq!(texts(&answer), ["6 http://evil.example/x17-mail.htm"]);
}

#[test]
fn urls_are_planned_held_approved_by_their_bytes_and_taken_back() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports(&database, 24);
    let screen = Screen::open(&database, false);
    assert!(screen.ask(question(1)).has_feeds);
    let wanted = ["http://evil.example/x17-mail.htm", "http://host0.example/a/3", "http://host1.example/a/1"];
    let urls = wanted.map(str::to_owned).to_vec();
    screen.desk.send(Request::PlanSubmission(SubmissionQuestion { number: 7, urls, cut: false }));
    let planned = screen.wait(|event| match event {
        Event::Urls(UrlNews::Planned(plan)) => Some(plan),
        _ => None,
    });
    assert_eq!((planned.number, planned.feeds.as_slice()), (7, &["phish-feed".to_owned()][..]));
    let [parcel] = planned.plan.parcels.as_slice() else { panic!("{planned:?}") };
    assert_eq!(parcel.distinct(), [wanted[0], wanted[2]], "never of an own domain");
    assert!(planned.plan.blocked[0].why.contains("own domains"), "{planned:?}");
    assert!(parcel.urls.iter().all(|url| url.report.is_some()), "its newest report");

    let hold = || Request::HoldSubmission { number: 7, parcels: planned.plan.parcels.clone() };
    screen.desk.send(hold());
    let held = screen.wait(|event| match event {
        Event::Urls(UrlNews::Held(held)) => Some(held),
        _ => None,
    });
    assert_eq!((held.rows.len(), held.stuck.as_deref()), (1, None));
    let store = Store::open(&database, Access::ReadOnly).expect("a store");
    let state = || store.outgoing(held.rows[0].row.0).expect("read").expect("a row").state;
    assert_eq!(state(), OutgoingState::Held);
    let standing = |store: &Store| store.url_standings(wanted[0]).expect("read")[0].state;
    assert_eq!(standing(&store), UrlState::Held);
    let answer = screen.ask(question(2));
    let shown = answer.rows.lines.iter().any(|line| {
        matches!(line, UrlLine::Url { row, .. } if row.url == wanted[0] && row.feeds[0].state == UrlState::Held)
    });
    assert!(shown, "the list shows it: {answer:?}");

    screen.desk.send(hold());
    let again = screen.wait(|event| match event {
        Event::Urls(UrlNews::NotPlanned(7, why)) => Some(why),
        _ => None,
    });
    assert!(again.contains("compose it again"), "the same bytes are not held twice: {again}");
    screen.desk.send(Request::Ledger(LedgerAct::Approve(vec![held.rows[0].row])));
    let done = || {
        screen.wait(|event| match event {
            Event::Done { sentence, .. } => Some(sentence),
            _ => None,
        })
    };
    assert!(done().contains("1 approved"));
    assert_eq!(state(), OutgoingState::Approved);
    screen.desk.send(Request::Undo);
    done();
    assert_eq!(state(), OutgoingState::Held, "u takes the approval back");
}

#[test]
fn nothing_is_held_where_nothing_may_be_written() {
    let folder = tempfile::tempdir().expect("folder");
    let database = folder.path().join("reports.db");
    store_reports(&database, 4);
    let screen = Screen::open(&database, true);
    screen.ask(question(1));
    let urls = vec!["http://host1.example/a/1".to_owned()];
    screen.desk.send(Request::PlanSubmission(SubmissionQuestion { number: 1, urls, cut: false }));
    let parcels = screen.wait(|event| match event {
        Event::Urls(UrlNews::Planned(plan)) => Some(plan.plan.parcels.clone()),
        _ => None,
    });
    screen.desk.send(Request::HoldSubmission { number: 1, parcels });
    let refused = screen.wait(|event| match event {
        Event::Urls(UrlNews::NotPlanned(_, why)) => Some(why),
        _ => None,
    });
    assert!(refused.contains("--read-only"), "{refused}");
}
