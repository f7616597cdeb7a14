//! Properties of the desk as a screen notices them: events awaited, never slept for.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

use lafayette::config::{Arguments, Config, Environment};
use lafayette::jobs::desk::{
    Act, Answer, Desk, Detail, Direction, Event, Facet, Likeness, Line, Options, Output, Panes,
    PatternsQuestion, Question, Request, Sort, SyncNews, Target, Towards, Window,
};
use lafayette::model::{Cause, FeedKind, Kind, Outcome, Report, ReportId, clock};
use lafayette::store::{Access, Durability, Incoming, Packer, Store, sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Nothing that a desk does here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(20);

fn config(database: &Path) -> Config {
    let arguments = Arguments { db: Some(database.to_path_buf()), ..Arguments::default() };
    let mut config = Config::load(&arguments, &Environment::default()).expect("a configuration");
    config.dns.offline = true;
    config
}

/// A report whose subject says its number; every tenth is a bounce, every eleventh an automatic reply.
fn incoming(number: u32) -> Incoming {
    let word = ["wire transfer", "parcel", "invoice"][number as usize % 3];
    let bytes = format!("Subject: report {number}\r\n\r\nbody {number} about {word}\r\n").into_bytes();
    Incoming {
        sha256: sha256(&bytes),
        bytes,
        overflow: None,
        feed: Arc::from("failures"),
        feed_kind: FeedKind::Mailbox,
        origin: format!("box#{number}"),
        stored_at: clock::now(),
        outcome: if number.is_multiple_of(50) {
            Outcome::Quarantined("broken".into())
        } else {
            Outcome::Report
        },
        report: Report {
            feedback_type: Some(if number.is_multiple_of(13) { "not-spam" } else { "abuse" }.into()),
            arrival: clock::now() - 400_000 + i64::from(number),
            subject: Some(format!("{word} {number}")),
            from: Some(format!("sender{number}@forged.example")),
            source_ip: format!("240.0.{}.{}", number % 5, number % 7).parse().ok(),
            reported_domains: vec!["brand.example".into()],
            urls: vec![format!("http://host{}.example/{number}", number % 4)],
            reporter: Some("dmarc@reporter.example".into()),
            subject_shape: u64::from(number % 3) + 1,
            kind: match number {
                n if n.is_multiple_of(10) => Kind::Bounce,
                n if n.is_multiple_of(11) => Kind::AutoReplied,
                _ => Kind::Normal,
            },
            cause: Cause::Fraud,
            ..Report::default()
        },
        asn: Some(64_500 + number % 3),
        as_name: Some(Arc::from("EXAMPLE-NET")),
        country: Some(*b"BR"),
    }
}

fn store_reports(store: &Store, numbers: std::ops::RangeInclusive<u32>) {
    let mut packer = Packer::new().expect("a packer");
    let mut writer = store.writer("test", Durability::Normal).expect("a writer");
    writer.begin().expect("begin");
    let numbers: Vec<u32> = numbers.collect();
    for part in numbers.chunks(Packer::ITEMS) {
        let packed = packer.pack(part.iter().map(|number| incoming(*number)).collect()).expect("pack");
        writer.add(packed).expect("add");
    }
    writer.commit().expect("commit");
}

/// A desk as a screen sees it.
struct Screen {
    desk: Desk,
    events: Receiver<Event>,
    number: u64,
}

impl Screen {
    fn open(database: &Path) -> Screen {
        Screen::with(config(database), false)
    }

    fn with(config: Config, read_only: bool) -> Screen {
        let (sender, events): (Sender<Event>, _) = channel();
        let options = Options { config, read_only, login: "anna".into() };
        let desk = Desk::open(options, move |event| {
            let _ = sender.send(event);
        });
        Screen { desk, events, number: 0 }
    }

    fn question(&mut self, text: &str) -> Question {
        self.number += 1;
        Question {
            number: self.number,
            text: text.into(),
            sort: Sort::Arrival,
            direction: Direction::Descending,
            groups: None,
            window: Window::At { first: 0, count: 20 },
            facets: vec![Facet::Kind, Facet::Country],
            windows: vec![],
            top: 10,
        }
    }

    fn wait<T>(&self, wanted: &str, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut seen = vec![];
        while let Ok(event) = self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            seen.push(format!("{event:.200?}").chars().take(200).collect::<String>());
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
        panic!("no {wanted} came, but {seen:#?}");
    }

    fn ask(&mut self, text: &str) -> Answer {
        let question = self.question(text);
        self.put(question)
    }

    fn put(&mut self, question: Question) -> Answer {
        let number = question.number;
        self.desk.send(Request::Ask(question));
        self.answer(number)
    }

    fn answer(&self, number: u64) -> Answer {
        self.wait("answer", |event| match event {
            Event::Answer(answer) if answer.question == number => Some(answer),
            _ => None,
        })
    }

    /// The next answer to the question at hand.
    fn next(&self) -> Answer {
        self.answer(self.number)
    }

    fn panes(&self) -> Panes {
        self.wait("panes", |event| match event {
            Event::Panes(panes) if panes.question == self.number => Some(panes),
            _ => None,
        })
    }

    fn done(&self) -> (String, bool) {
        self.wait("done", |event| match event {
            Event::Done { sentence, undoable } => Some((sentence, undoable)),
            Event::Failed(sentence) => panic!("failed: {sentence}"),
            _ => None,
        })
    }

    fn failed(&self) -> String {
        self.wait("failure", |event| match event {
            Event::Failed(sentence) => Some(sentence),
            _ => None,
        })
    }

    fn output(&self) -> Output {
        self.wait("output", |event| match event {
            Event::Output(output) => Some(output),
            _ => None,
        })
    }

    fn act(&self, act: Act) -> String {
        self.desk.send(Request::Act(act));
        self.done().0
    }

    fn undo(&self) -> String {
        self.desk.send(Request::Undo);
        self.done().0
    }

    fn redo(&self) -> String {
        self.desk.send(Request::Redo);
        self.done().0
    }

    fn detail(&self, id: ReportId) -> Detail {
        self.desk.send(Request::Detail(id));
        self.wait("detail", |event| match event {
            Event::Detail(of, detail) if of == id => detail.map(|detail| *detail),
            _ => None,
        })
    }
}

fn ids(answer: &Answer) -> Vec<ReportId> {
    answer.rows.lines.iter().map(|line| line.row().id).collect()
}

struct Place {
    _folder: tempfile::TempDir,
    database: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("a.db");
        Place { _folder: folder, database }
    }

    fn with(reports: u32) -> (Place, Store) {
        let place = Place::new();
        let store = Store::open(&place.database, Access::ReadWrite).expect("a store");
        store_reports(&store, 1..=reports);
        (place, store)
    }

    /// Does something to the file that no desk expects.
    fn spoil(&self, sql: &str) {
        let database = rusqlite::Connection::open(&self.database).expect("a connection");
        database.execute(sql, []).expect(sql);
    }
}

#[test]
fn a_missing_database_is_made_and_a_question_about_it_is_answered() {
    let place = Place::new();
    let mut screen = Screen::open(&place.database);
    let answer = screen.ask("is:open kind:normal");
    assert_eq!((answer.lines, answer.stored), (0, 0));
    assert!(place.database.exists());
}

#[test]
fn the_first_page_comes_before_the_columns_and_is_the_page_of_the_answer() {
    let (place, store) = Place::with(200);
    store.dismiss(&[199, 198], "", "anna").expect("dismiss");
    for text in ["", " is:open  kind:normal "] {
        // A question that this thread is too busy to ask within some milliseconds finds the columns there.
        let asked_in_time = |_| {
            let mut screen = Screen::open(&place.database);
            let question = screen.question(text);
            screen.desk.send(Request::Ask(question));
            let first = screen.wait("first page", |event| match event {
                Event::First(rows) => Some(Some(rows)),
                Event::Loaded { .. } => Some(None),
                _ => None,
            });
            first.map(|first| (screen, first))
        };
        let (screen, first) = (0..10).find_map(asked_in_time).expect("a page before the columns");
        assert_eq!(screen.answer(1).rows, first, "{text}");
        assert_eq!(first.lines.len(), 20);
    }
}

#[test]
fn an_answer_has_count_rows_and_then_panes() {
    let (place, _store) = Place::with(130);
    let mut screen = Screen::open(&place.database);
    let answer = screen.ask("\"wire transfer\"");
    // 3, 6 … 129, without the quarantined ones (50, 100).
    assert_eq!((answer.reports, answer.lines, answer.stored), (43, 43, 130));
    assert_eq!(ids(&answer)[..3], [129, 126, 123]);
    let row = answer.rows.lines[0].row();
    assert_eq!(row.from.as_deref(), Some("sender129@forged.example"));
    assert_eq!((row.feed.as_str(), row.urls, row.new), ("failures", 1, true));
    let panes = screen.panes();
    assert_eq!(panes.facets[0].1.iter().map(|(_, count)| count).sum::<u64>(), 43);
    assert_eq!(panes.kinds.iter().sum::<u64>(), 43);
    assert_eq!((panes.reports, panes.open, panes.new), (128, 128, 128));
}

#[test]
fn the_latest_question_wins_and_an_earlier_one_never_answers_after_it() {
    let (place, _store) = Place::with(500);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    for text in ["w", "wi", "wir", "wire", "wire t", "(", "url:", "url:host1", "wire transfer 3"] {
        let question = screen.question(text);
        screen.desk.send(Request::Ask(question));
    }
    let mut highest = 0;
    let last = screen.number;
    screen.wait("the last answer", |event| match event {
        Event::Answer(answer) => {
            assert!(answer.question >= highest, "{} after {highest}", answer.question);
            highest = answer.question;
            (highest == last).then_some(())
        }
        _ => None,
    });
}

#[test]
fn a_wrong_query_is_told_and_the_former_answer_stays() {
    let (place, _store) = Place::with(20);
    let mut screen = Screen::open(&place.database);
    let answer = screen.ask("parcel");
    let question = screen.question("nofield:(");
    screen.desk.send(Request::Ask(question));
    screen.failed();
    let question = screen.question("view:nosuch");
    let number = question.number;
    screen.desk.send(Request::Ask(question));
    let column = screen.wait("sentence about the view", |event| match event {
        Event::Wrong { question, error } if question == number => Some(error.column),
        _ => None,
    });
    assert_eq!(column, 5);
    let sentence = screen.act(Act::Mark { target: Target::Matching, on: true });
    assert_eq!(answer.reports, 7);
    assert_eq!(sentence, "5 marked; passed over 1 bounce, 1 not spam");
}

#[test]
fn marking_what_matches_passes_over_what_should_not_be_reported_and_says_so() {
    let (place, store) = Place::with(60);
    store.dismiss(&[3], "known", "anna").expect("dismiss");
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let sentence = screen.act(Act::Mark { target: Target::Matching, on: true });
    // Of 59: 5 bounces, 5 automatic replies, 13 26 39 52 are not spam, 3 is dismissed.
    assert_eq!(sentence, "44 marked; passed over 5 bounces, 5 automatic replies, 4 not spam, 1 dismissed");
    let answer = screen.next();
    assert_eq!((answer.marked, answer.marked_in_all), (44, 44));
    assert_eq!(screen.act(Act::Mark { target: Target::Ids(vec![10, 3]), on: true }), "2 marked");
    assert_eq!(screen.act(Act::Mark { target: Target::Matching, on: false }), "46 no longer marked");
}

#[test]
fn every_act_can_be_taken_back_and_done_again_exactly() {
    let (place, store) = Place::with(30);
    store.dismiss(&[4], "first reason", "berta").expect("dismiss");
    store.set_kind(&[5], Some(Kind::AutoReplied), "berta").expect("kind");
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let target = || Target::Ids(vec![4, 5, 6]);
    let acts = [
        Act::Mark { target: target(), on: true },
        Act::Mark { target: Target::Ids(vec![5]), on: false },
        Act::InvertMarks,
        Act::UnmarkAll,
        Act::Dismiss { target: target(), reason: "boring".into() },
        Act::Reopen(target()),
        Act::Tag { target: target(), tag: "x".into(), on: true },
        Act::Tag { target: Target::Ids(vec![4]), tag: "x".into(), on: false },
        Act::Note { target: target(), text: "a note".into() },
        Act::Kind { target: target(), kind: Some(Kind::Bounce) },
        Act::Cause { target: target(), cause: Some(Cause::Own) },
        Act::Kind { target: target(), kind: None },
        Act::Cause { target: target(), cause: None },
        Act::Seen,
        Act::SaveView { name: "v".into(), query: "parcel".into() },
        Act::SaveView { name: "v".into(), query: "invoice".into() },
        Act::RemoveView("v".into()),
    ];
    let everything = |screen: &mut Screen| {
        let records: Vec<_> = (1..=30).map(|id| store.record(id).expect("read").expect("a record")).collect();
        let new = screen.ask("is:new").reports;
        (records, store.views().expect("views"), new)
    };
    let mut states = vec![everything(&mut screen)];
    for act in acts.clone() {
        screen.ask("");
        screen.act(act);
        states.push(everything(&mut screen));
    }
    for (number, state) in states.iter().enumerate().rev().skip(1) {
        let told = screen.undo();
        assert!(told.starts_with("taken back: "), "{told}");
        assert!(&everything(&mut screen) == state, "not as before {:?}", acts[number]);
    }
    for (number, state) in states.iter().enumerate().skip(1) {
        screen.redo();
        assert!(&everything(&mut screen) == state, "not as after {:?}", acts[number - 1]);
    }
    screen.desk.send(Request::Redo);
    assert_eq!(screen.done(), ("there is nothing to do again".into(), false));
}

#[test]
fn a_window_around_a_report_stays_with_it_while_reports_come_in() {
    let (place, store) = Place::with(200);
    let mut screen = Screen::open(&place.database);
    let mut question = screen.question("");
    question.window = Window::Around { id: 150, offset: 7, count: 20, first: 0 };
    // 200, 150 and so on are quarantined: 149 is the report.
    question.window = match question.window {
        Window::Around { offset, count, first, .. } => Window::Around { id: 149, offset, count, first },
        other => other,
    };
    let before = screen.put(question);
    assert_eq!(ids(&before)[7], 149);
    store_reports(&store, 201..=260);
    let after = screen.next();
    assert_eq!(after.stored, 260);
    assert_eq!(ids(&after)[7], 149);
    assert!(after.rows.first > before.rows.first);
}

#[test]
fn other_rows_come_for_the_question_at_hand_and_beyond_the_end_the_last_ones() {
    let (place, _store) = Place::with(100);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let rows = |screen: &Screen, window| {
        screen.desk.send(Request::Rows { question: screen.number, window });
        screen.wait("rows", |event| match event {
            Event::Rows(rows) => Some(rows),
            _ => None,
        })
    };
    let page = rows(&screen, Window::At { first: 10, count: 5 });
    assert_eq!((page.first, page.lines.len()), (10, 5));
    let last = rows(&screen, Window::At { first: 1_000_000, count: 5 });
    assert_eq!((last.first, last.lines.len()), (93, 5));
    assert_eq!(last.lines[4].row().id, 1);
}

#[test]
fn groups_are_lines_with_counts_of_marks_and_a_mark_on_one_marks_its_open_members() {
    let (place, _store) = Place::with(60);
    let mut screen = Screen::open(&place.database);
    let mut question = screen.question("kind:normal");
    question.groups = Some(Likeness::Subject);
    let answer = screen.put(question);
    assert_eq!(answer.lines, 3);
    let Line::Group(group) = &answer.rows.lines[0] else { panic!("a group") };
    let (id, count) = (group.newest.id, group.count);
    screen.act(Act::Mark { target: Target::Group { id, likeness: Likeness::Subject, which: 0 }, on: true });
    let answer = screen.next();
    let Line::Group(group) = &answer.rows.lines[0] else { panic!("a group") };
    assert!(group.marked > 0 && group.marked <= count, "{group:?}");
    assert_eq!(group.marked, answer.marked);
}

#[test]
fn similar_reports_are_counted_in_each_respect_before_they_are_marked() {
    let (place, _store) = Place::with(60);
    let mut screen = Screen::open(&place.database);
    screen.ask("since:30d id:1..30");
    screen.desk.send(Request::Similar { id: 7 });
    let similar = screen.wait("similar", |event| match event {
        Event::Similar(similar) => Some(similar),
        _ => None,
    });
    for (likeness, matching, everywhere, _) in &similar.counts {
        let target = |matching| Target::Similar { id: 7, likeness: *likeness, matching };
        for (target, count) in [(target(true), matching), (target(false), everywhere)] {
            let sentence = screen.act(Act::Mark { target, on: true });
            assert!(sentence.starts_with(&format!("{count} marked")), "{likeness}: {count}, {sentence}");
            screen.undo();
        }
    }
    assert!(similar.counts.iter().any(|(likeness, ..)| *likeness == Likeness::Host));
}

#[test]
fn the_lines_between_two_are_marked_as_they_stand_and_what_should_not_be_reported_is_named() {
    let (place, _store) = Place::with(60);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    assert_eq!(screen.act(Act::Mark { target: Target::Between(7, 9), on: true }), "3 marked");
    screen.undo();
    let sentence = screen.act(Act::Mark { target: Target::Between(8, 13), on: true });
    assert_eq!(sentence, "6 marked, among them 1 bounce, 1 automatic reply, 1 not spam");
    assert_eq!(ids(&screen.ask("is:marked")), [13, 12, 11, 10, 9, 8]);
    screen.desk.send(Request::Act(Act::Mark { target: Target::Between(8, 30), on: true }));
    assert!(screen.failed().contains("no longer holds"), "30 is not in the list of marked ones");
}

#[test]
fn the_next_open_report_is_told_however_far_it_is() {
    let (place, store) = Place::with(6_000);
    // In the order of arrival those stand on the first lines.
    let far: Vec<ReportId> = (700..=6_000).collect();
    store.dismiss(&far, "", "anna").expect("dismiss");
    let mut screen = Screen::open(&place.database);
    let mut question = screen.question("");
    for direction in [Direction::Descending, Direction::Ascending] {
        question = Question { number: question.number + 1, direction, ..question };
        let number = question.number;
        screen.number = number;
        let answer = screen.put(question.clone());
        let next = |line, towards, settled: &[ReportId]| {
            let settled = settled.to_vec();
            screen.desk.send(Request::NextOpen { question: number, line, towards, settled });
            screen.wait("the next open line", |event| match event {
                Event::NextOpen(of, line) if of == number => Some(line),
                _ => None,
            })
        };
        // 50, 100 … are in quarantine.
        let open = answer.lines - far.iter().filter(|id| *id % 50 != 0).count();
        let (first, last) = match direction {
            Direction::Descending => (answer.lines - open, answer.lines - 1),
            Direction::Ascending => (0, open - 1),
        };
        assert_eq!(next(0, Towards::End, &[]), Some(first.max(1)));
        assert_eq!(next(answer.lines - 1, Towards::Start, &[]), Some(last.min(answer.lines - 2)));
        assert_eq!(next(last, Towards::End, &[]), None);
        assert_eq!(next(first, Towards::Start, &[]), None);
        assert_eq!(next(last, Towards::EndThenStart, &[]), Some(last - 1));
        let settled = if first == 0 { 2 } else { 698 };
        assert_eq!(next(first, Towards::EndThenStart, &[settled]), Some(first + 2));
    }
}

#[test]
fn a_panic_is_told_and_survived_and_the_question_answered_again() {
    let (place, _store) = Place::with(30);
    let mut screen = Screen::open(&place.database);
    screen.ask("parcel");
    screen.panes();
    screen.desk.panic_on_purpose();
    assert!(screen.failed().contains("on purpose"));
    assert_eq!(screen.next().reports, 10);
    assert_eq!(screen.ask("invoice").reports, 10);
}

#[test]
fn a_removed_database_is_told_and_one_that_comes_back_is_taken_up() {
    let (place, store) = Place::with(30);
    let mut screen = Screen::open(&place.database);
    assert_eq!(screen.ask("").reports, 30);
    let away = place.database.with_extension("away");
    std::fs::rename(&place.database, &away).expect("rename");
    // Columns that were just being loaded may fail, too.
    while !screen.failed().contains("removed or replaced") {}
    screen.desk.send(Request::Act(Act::Mark { target: Target::Ids(vec![1]), on: true }));
    assert!(screen.failed().contains("removed or replaced"), "nothing is written into a file that is gone");
    assert!(!place.database.exists(), "and none is made in its place");
    std::fs::rename(&away, &place.database).expect("rename");
    drop(store);
    assert_eq!(screen.act(Act::Mark { target: Target::Ids(vec![1]), on: true }), "1 marked");
    assert_eq!(screen.next().marked, 1);
}

#[test]
fn a_file_that_is_no_database_is_told_and_the_right_one_is_taken_up() {
    let (right, store) = Place::with(30);
    let place = Place::new();
    std::fs::write(&place.database, "not a database, but long enough to be looked at as one ".repeat(100))
        .expect("write");
    let mut screen = Screen::open(&place.database);
    let question = screen.question("");
    screen.desk.send(Request::Ask(question));
    assert!(screen.failed().contains("not a Lafayette database"));
    store.backup(&place.database.with_extension("new")).expect("backup");
    std::fs::rename(place.database.with_extension("new"), &place.database).expect("rename");
    drop(right);
    assert_eq!(screen.next().reports, 30);
}

#[test]
fn two_desks_on_one_database_see_each_others_marks() {
    let (place, _store) = Place::with(30);
    let (mut one, mut other) = (Screen::open(&place.database), Screen::open(&place.database));
    one.ask("parcel");
    other.ask("");
    one.act(Act::Mark { target: Target::Ids(vec![1, 4]), on: true });
    assert_eq!(other.next().marked, 2);
    other.act(Act::Mark { target: Target::Ids(vec![1]), on: false });
    assert_eq!(
        one.wait("one mark", |event| match event {
            Event::Answer(answer) if answer.marked == 1 => Some(answer.marked_in_all),
            _ => None,
        }),
        1
    );
}

#[test]
fn values_complete_what_is_written() {
    let (place, _store) = Place::with(30);
    let mut screen = Screen::open(&place.database);
    assert_eq!(screen.ask("country:DE").reports, 0);
    screen.desk.send(Request::Complete { facet: Facet::Source, prefix: "240.0.1.".into() });
    let values = screen.wait("completions", |event| match event {
        Event::Completions { values, .. } => Some(values),
        _ => None,
    });
    assert!(!values.is_empty() && values.iter().all(|value| value.starts_with("240.0.1.")), "{values:?}");
}

#[test]
fn messages_are_searched_and_a_later_question_ends_it() {
    let (place, store) = Place::with(3_000);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let long = screen.question("text:\"about parcel\"");
    screen.desk.send(Request::Ask(long));
    let answer = screen.ask("text:\"about invoice\" id:1..100");
    let last = screen.wait("the whole answer", |event| match event {
        Event::Panes(panes) if panes.question == 3 => Some(panes.kinds.iter().sum::<u64>()),
        Event::Answer(answer) => {
            assert_eq!(answer.question, 3, "the earlier one is over");
            None
        }
        _ => None,
    });
    assert_eq!((answer.question, last), (3, 32));
    // What came later is read, and only that.
    store_reports(&store, 3_001..=3_010);
    assert_eq!(screen.ask("text:\"about invoice\" id:1..100").reports, 32);
}

#[test]
fn a_question_that_waits_for_columns_is_answered_after_a_search_was_stopped_for_it() {
    let (place, _store) = Place::with(3_000);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let long = screen.question("text:\"about parcel\"");
    screen.desk.send(Request::Ask(long));
    // What is ordered in between has the search begin, whatever is asked next.
    screen.desk.send(Request::Redo);
    // Many columns, so that it has ended before they are there.
    let absent = ["fromname", "replyto", "mailfrom", "rcpt", "msgid", "addr", "agent", "file", "hash"];
    let absent: String = absent.iter().map(|field| format!(" -{field}:nosuch")).collect();
    assert_eq!(screen.ask(&format!("from:sender299*{absent}")).reports, 11);
}

#[test]
fn what_people_do_is_seen_in_a_search_through_messages_that_were_read_before() {
    let (place, _store) = Place::with(60);
    let mut screen = Screen::open(&place.database);
    let marked = |screen: &Screen, on| screen.act(Act::Mark { target: Target::Ids(vec![3, 4]), on });
    marked(&screen, true);
    // 4 holds it, 3 does not.
    let either = "is:marked OR text:\"about parcel\"";
    assert_eq!(screen.ask(either).reports, 21);
    assert_eq!(screen.ask(&format!("({either}) id:1..10")).reports, 5, "1, 3, 4, 7, 10");
    marked(&screen, false);
    assert_eq!(screen.ask(either).reports, 20);
    let view = |word: &str| Act::SaveView { name: "v".into(), query: format!("text:\"about {word}\"") };
    screen.act(view("parcel"));
    assert_eq!(screen.ask("view:v id:1..10").reports, 4);
    screen.act(view("invoice"));
    assert_eq!(ids(&screen.ask("view:v id:1..10")), [8, 5, 2]);
}

#[test]
fn a_message_that_cannot_be_read_is_told_and_all_others_are_searched() {
    let (place, _store) = Place::with(200);
    place.spoil("UPDATE message_frame SET data = x'00' WHERE id = 1");
    let mut screen = Screen::open(&place.database);
    let question = screen.question("text:\"about parcel\"");
    screen.desk.send(Request::Ask(question));
    assert!(screen.failed().contains("messages could not be read and stayed out of the list"));
    let whole = screen.panes().kinds.iter().sum::<u64>();
    assert!((1..66).contains(&whole), "{whole}");
    assert!(screen.act(Act::Mark { target: Target::Matching, on: true }).contains("marked"));
}

#[test]
fn a_report_with_a_damaged_document_keeps_its_line_and_all_others_theirs() {
    let (place, _store) = Place::with(200);
    place.spoil("UPDATE document_frame SET data = x'00' WHERE id = 1");
    let mut screen = Screen::open(&place.database);
    let mut question = screen.question("");
    question.window = Window::At { first: 0, count: 200 };
    let answer = screen.put(question);
    assert_eq!(answer.rows.lines.len(), 196);
    let first = answer.rows.lines[195].row();
    assert!(first.status_reason.contains("damaged"), "{}", first.status_reason);
    assert_eq!((first.id, first.subject.as_deref(), first.from.as_deref()), (1, Some("parcel 1"), None));
    assert_eq!(answer.rows.lines[0].row().from.as_deref(), Some("sender199@forged.example"));
}

#[test]
fn what_waits_for_a_database_that_failed_is_answered_once_it_can_be_read() {
    let (place, store) = Place::with(30);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let patterns = |number| Request::Patterns(PatternsQuestion { number, query: String::new() });
    let found = |event: &Event, number| matches!(event, Event::Patterns(found) if found.question == number);
    screen.desk.send(patterns(1));
    screen.wait("the columns for patterns", |event| found(&event, 1).then_some(()));
    place.spoil("ALTER TABLE report RENAME TO elsewhere");
    // Nothing bursts here, and when the newest report came stands in the table.
    screen.desk.send(patterns(2));
    screen.failed();
    place.spoil("ALTER TABLE elsewhere RENAME TO report");
    store.change_marks(&[1], &[]).expect("mark");
    // Opens it again, before anybody looks whether something changed.
    screen.desk.send(Request::ViewNames);
    let (mut is_found, mut marked) = (false, 0);
    screen.wait("patterns and the list", |event| {
        is_found |= found(&event, 2);
        if let Event::Answer(answer) = event {
            marked = answer.marked;
        }
        (is_found && marked == 1).then_some(())
    });
}

#[test]
fn a_view_that_is_gone_is_told_to_whoever_looks_at_it() {
    let (place, store) = Place::with(9);
    let mut screen = Screen::open(&place.database);
    screen.act(Act::SaveView { name: "v".into(), query: "parcel".into() });
    assert_eq!(screen.ask("view:v").reports, 3);
    store.change_marks(&[1], &[]).expect("mark");
    screen.next();
    let another = Screen::open(&place.database);
    another.act(Act::RemoveView("v".into()));
    let column = screen.wait("that it is gone", |event| match event {
        Event::Wrong { question: 1, error } => Some(error.column),
        _ => None,
    });
    assert_eq!(column, 5);
}

#[test]
fn views_come_with_their_counts() {
    let (place, _store) = Place::with(30);
    let screen = Screen::open(&place.database);
    screen.act(Act::SaveView { name: "a".into(), query: "parcel".into() });
    screen.act(Act::SaveView { name: "b".into(), query: "url:host1".into() });
    screen.desk.send(Request::Views);
    let views = screen.wait("views", |event| match event {
        Event::Views(views) => Some(views),
        _ => None,
    });
    let counts: Vec<(&str, u64)> = views.iter().map(|view| (view.name.as_str(), view.count)).collect();
    assert_eq!(counts, [("a", 10), ("b", 8)]);
}

#[test]
fn everything_about_a_report_comes_in_parts() {
    let (place, store) = Place::with(5);
    store.note(&[3], "asked the bank", "berta").expect("note");
    let screen = Screen::open(&place.database);
    let detail = screen.detail(3);
    let titles: Vec<&str> = detail.parts.iter().map(|part| part.title).collect();
    assert_eq!(
        titles,
        ["report", "headers", "text", "html", "URLs", "files", "authentication", "notes", "history", "raw"]
    );
    assert_eq!(detail.urls, ["http://host3.example/3"]);
    assert!(detail.parts[7].lines[0].1.contains("asked the bank"));
    assert!(detail.parts[9].lines.iter().any(|(_, line)| line.contains("body 3")));
    screen.desk.send(Request::Detail(99));
    assert!(screen.wait("no detail", |event| match event {
        Event::Detail(99, detail) => Some(detail.is_none()),
        _ => None,
    }));
}

#[test]
fn the_raw_report_is_saved_to_a_new_file_and_given_to_a_command() {
    let (place, _store) = Place::with(5);
    let screen = Screen::open(&place.database);
    let path = place.database.with_extension("eml");
    screen.desk.send(Request::SaveRaw { id: 2, path: path.clone(), replace: false });
    screen.done();
    assert_eq!(std::fs::read(&path).expect("read"), incoming(2).bytes);
    screen.desk.send(Request::SaveRaw { id: 3, path: path.clone(), replace: false });
    let stands = screen.wait("that it is there", |event| match event {
        Event::FileExists { id: 3, path } => Some(path),
        _ => None,
    });
    assert_eq!((stands, std::fs::read(&path).expect("read")), (path.clone(), incoming(2).bytes));
    screen.desk.send(Request::SaveRaw { id: 3, path: path.clone(), replace: true });
    screen.done();
    assert_eq!(std::fs::read(&path).expect("read"), incoming(3).bytes);
    let piped = place.database.with_extension("piped");
    screen.desk.send(Request::Pipe { id: 2, command: format!("cat > '{}'", piped.display()) });
    screen.done();
    assert_eq!(std::fs::read(&piped).expect("read"), incoming(2).bytes);
    screen.desk.send(Request::Pipe { id: 2, command: "echo no such luck >&2; exit 3".into() });
    let output = screen.output();
    assert_eq!((output.lines, output.ended.as_str()), (vec!["no such luck".to_owned()], "exit status: 3"));
    screen.desk.send(Request::Pipe { id: 2, command: "exit 4".into() });
    assert!(screen.failed().contains("exit status: 4"));
    // More than is kept is read to its end all the same, or the command would never come to its.
    screen.desk.send(Request::Pipe { id: 2, command: "head -c 300000 /dev/zero; echo; seq 1000".into() });
    let output = screen.output();
    assert!(output.is_cut && output.lines.len() <= 500 && output.ended == "exit status: 0");
}

#[test]
fn a_command_that_runs_ends_with_the_desk_or_when_asked() {
    let (place, _store) = Place::with(3);
    let begun = place.database.with_extension("begun");
    let screen = Screen::open(&place.database);
    let begin = || {
        let command = format!("echo $$ > '{0}.part'; mv '{0}.part' '{0}'; sleep 60", begun.display());
        screen.desk.send(Request::Pipe { id: 2, command });
        let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !begun.exists() {
            assert!(std::time::Instant::now() < end, "the command did not begin");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        std::fs::read_to_string(&begun).expect("read")
    };
    begin();
    screen.desk.send(Request::StopCommands);
    screen.wait("end of the command", |event| matches!(event, Event::CommandEnded).then_some(()));
    assert!(screen.failed().contains("ended with signal: 15"));
    std::fs::remove_file(&begun).expect("remove");
    let process = begin();
    drop(screen);
    assert!(!std::path::Path::new("/proc").join(process.trim()).exists());
}

#[test]
fn an_act_that_another_program_has_changed_since_is_not_taken_back() {
    let (place, store) = Place::with(9);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    screen.act(Act::Note { target: Target::Ids(vec![4]), text: "first".into() });
    screen.act(Act::Dismiss { target: Target::Ids(vec![1, 2]), reason: "old".into() });
    store.reopen(&[1]).expect("reopen");
    store.dismiss(&[1], "another reason", "berta").expect("dismiss");
    screen.desk.send(Request::Undo);
    assert!(screen.failed().contains("somebody has changed the same since"));
    assert!(store.record(2).expect("read").is_some_and(|record| record.dismissed.is_some()));
    assert!(screen.undo().contains("noted"), "what was done before can still be taken back");
}

#[test]
fn without_a_mailbox_a_sync_says_what_is_missing() {
    let (place, _store) = Place::with(1);
    let screen = Screen::open(&place.database);
    screen.desk.send(Request::Sync);
    let errors = screen.wait("end of the sync", |event| match event {
        Event::Sync(SyncNews::Ended { errors, .. }) => Some(errors),
        _ => None,
    });
    assert!(errors.concat().contains("no mailbox is configured"), "{errors:?}");
}

#[test]
fn a_read_only_desk_changes_nothing() {
    let (place, _store) = Place::with(5);
    let mut screen = Screen::with(config(&place.database), true);
    assert_eq!(screen.ask("").reports, 5);
    screen.desk.send(Request::Act(Act::Mark { target: Target::Ids(vec![1]), on: true }));
    assert!(screen.failed().contains("reading only"));
}

#[test]
fn the_end_of_a_desk_comes_soon_also_in_the_middle_of_a_search() {
    let (place, _store) = Place::with(3_000);
    let mut screen = Screen::open(&place.database);
    let question = screen.question("text:/nothing.*here/");
    screen.desk.send(Request::Ask(question));
    let start = Instant::now();
    drop(screen);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_was_ordered_is_about_the_answer_that_was_there_whatever_is_asked_next() {
    let (place, _store) = Place::with(500);
    let mut screen = Screen::open(&place.database);
    let parcels = screen.ask("parcel kind:normal feedback:abuse").reports;
    screen.desk.send(Request::Act(Act::Mark { target: Target::Matching, on: true }));
    let question = screen.question("invoice");
    screen.desk.send(Request::Ask(question));
    assert_eq!(screen.done().0, format!("{parcels} marked"));
    assert_eq!(screen.ask("is:marked parcel").reports, parcels);
}

#[test]
fn what_was_ordered_before_its_answer_came_waits_for_that_one() {
    let (place, _store) = Place::with(500);
    let orders = [
        Act::Mark { target: Target::Matching, on: true },
        Act::InvertMarks,
        Act::Mark { target: Target::Between(121, 127), on: true },
    ];
    for (order, count) in orders.into_iter().zip([9, 9, 7]) {
        // Whose From column was not loaded by anybody.
        let mut screen = Screen::open(&place.database);
        screen.ask("");
        let question = screen.question("from:sender12*");
        screen.desk.send(Request::Ask(question));
        assert!(screen.act(order.clone()).starts_with(&format!("{count} marked")), "{order:?}");
        screen.undo();
    }
}

#[test]
fn what_was_ordered_is_never_done_to_the_list_of_a_later_question() {
    let (place, _store) = Place::with(500);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let question = screen.question("from:sender12*");
    screen.desk.send(Request::Ask(question));
    screen.desk.send(Request::Act(Act::Mark { target: Target::Matching, on: true }));
    let question = screen.question("parcel");
    screen.desk.send(Request::Ask(question));
    let told = screen.wait("what became of it", |event| match event {
        Event::Failed(sentence) | Event::Done { sentence, .. } => Some(sentence),
        _ => None,
    });
    assert!(told.contains("another list was asked for") || told.starts_with("9 marked"), "{told}");
}

#[test]
fn a_list_whose_messages_are_still_being_read_is_not_acted_on() {
    let (place, _store) = Place::with(3_000);
    let mut screen = Screen::open(&place.database);
    let parcels = screen.ask("parcel kind:normal feedback:abuse").reports;
    let question = screen.question("text:\"about parcel\"");
    screen.desk.send(Request::Ask(question));
    screen.desk.send(Request::Act(Act::Mark { target: Target::Matching, on: true }));
    assert!(screen.failed().contains("not all messages were read"));
    screen.panes();
    let sentence = screen.act(Act::Mark { target: Target::Matching, on: true });
    assert!(sentence.starts_with(&format!("{parcels} marked")), "{sentence}");
}

#[test]
fn what_is_said_of_a_group_is_said_of_its_open_members() {
    let (place, store) = Place::with(30);
    store.dismiss(&[28, 25], "known", "berta").expect("dismiss");
    let mut screen = Screen::open(&place.database);
    let mut question = screen.question("parcel");
    question.groups = Some(Likeness::Subject);
    screen.put(question);
    let target = || Target::Group { id: 28, likeness: Likeness::Subject, which: 0 };
    let note = Act::Note { target: target(), text: "a note".into() };
    assert!(screen.act(note).starts_with("8 "), "of ten");
    assert!(screen.act(Act::Reopen(target())).starts_with("2 "), "they are what is reopened");
}

#[test]
fn the_quarantine_is_tried_again_and_the_columns_follow() {
    let (place, store) = Place::with(60);
    let mut screen = Screen::open(&place.database);
    assert_eq!(screen.ask("is:quarantined").reports, 1);
    assert_eq!(
        screen.act(Act::RetryQuarantined),
        "1 in quarantine or no reports tried again, 0 understood now"
    );
    let status = store.record(50).expect("read").expect("a record").status;
    assert_eq!(screen.next().rows.lines[0].row().status, status);
    assert_eq!(screen.ask("parcel").reports, 20, "and everything else is as it was");
}

#[test]
fn a_database_that_somebody_else_writes_for_long_is_told_and_nothing_is_lost() {
    let (place, store) = Place::with(10);
    let mut screen = Screen::open(&place.database);
    screen.ask("");
    let mut writer = store.writer("a long import", Durability::Normal).expect("a writer");
    writer.begin().expect("begin");
    screen.desk.send(Request::Act(Act::Mark { target: Target::Ids(vec![1]), on: true }));
    assert_eq!(screen.ask("id:1").reports, 1, "reading goes on");
    assert!(screen.failed().contains("is being written"));
    writer.abandon();
    assert_eq!(screen.act(Act::Mark { target: Target::Ids(vec![1]), on: true }), "1 marked");
}
