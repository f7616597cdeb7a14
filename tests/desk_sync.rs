//! Reading the mailboxes from the screen: a desk beside servers that are real, or behave badly.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::config::{Arguments, Config, Environment};
use lafayette::jobs::desk::{Desk, Direction, Event, Options, Question, Request, Sort, SyncNews, Window};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use support::dovecot::Dovecot;
use support::faults::{Fault, Play, Step};
use support::hostile::Hostile;
use support::messages::{report, reports, sha256};
use support::program::Home;

const PATIENCE: Duration = Duration::from_secs(30);
const MESSAGES: usize = 12;

/// A desk whose screen shows everything there is.
struct Screen {
    desk: Desk,
    events: Receiver<Event>,
}

/// How a sync went, as the screen was told.
struct Told {
    running: Vec<(String, u64, u64)>,
    sentence: String,
    errors: Vec<String>,
}

impl Screen {
    fn open(home: &Home) -> Screen {
        Screen::with(home, |_| ())
    }

    /// With something that is done to each event before the screen has it, on the thread that tells it.
    fn with(home: &Home, before: impl Fn(&Event) + Send + Sync + 'static) -> Screen {
        let file = home.path(".config/lafayette/config.toml");
        let arguments = Arguments { config: Some(file), ..Arguments::default() };
        let config = Config::load(&arguments, &Environment::default()).expect("a configuration");
        let (sender, events) = channel();
        let options = Options { config, read_only: false, login: "anna".into() };
        let desk = Desk::open(options, move |event| {
            before(&event);
            let _ = sender.send(event);
        });
        let everything = Question {
            number: 1,
            text: String::new(),
            sort: Sort::Arrival,
            direction: Direction::Descending,
            groups: None,
            window: Window::At { first: 0, count: 20 },
            facets: vec![],
            windows: vec![],
            top: 10,
        };
        desk.send(Request::Ask(everything));
        Screen { desk, events }
    }

    fn wait<T>(&self, wanted: &str, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        while let Ok(event) = self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
        panic!("no {wanted} came");
    }

    /// Waits until so many reports are shown.
    fn shows(&self, count: u64) {
        self.wait(&format!("answer with {count} reports"), |event| match event {
            Event::Answer(answer) => (answer.reports == count).then_some(()),
            _ => None,
        });
    }

    /// Waits for the end of a sync.
    fn told(&self) -> Told {
        let mut running = vec![];
        let (sentence, errors) = self.wait("end of a sync", |event| match event {
            Event::Sync(SyncNews::Running { feed, done, total }) => {
                running.push((feed, done, total));
                None
            }
            Event::Sync(SyncNews::Ended { sentence, errors, .. }) => Some((sentence, errors)),
            Event::Failed(sentence) => panic!("failed: {sentence}"),
            _ => None,
        });
        Told { running, sentence, errors }
    }

    fn sync(&self) -> Told {
        self.desk.send(Request::Sync);
        self.told()
    }
}

#[test]
fn what_a_real_mailbox_has_is_read_shown_and_dealt_with() {
    let server = Dovecot::start(&support::dovecot::Options::default());
    server.deliver("u", "INBOX", &reports(0..MESSAGES));
    let home = Home::new(&server.feed("failures", "u", "implicit", "after = 'move'"));
    let screen = Screen::open(&home);
    screen.shows(0);
    let told = screen.sync();
    assert_eq!(told.errors, [""; 0]);
    assert!(told.sentence.contains("12 read") && told.sentence.contains("12 stored"), "{}", told.sentence);
    let total = MESSAGES as u64;
    assert_eq!(told.running.first(), Some(&("failures".to_owned(), 0, total)));
    assert_eq!(told.running.last(), Some(&("failures".to_owned(), total, total)));
    screen.shows(total);
    assert_eq!(server.hashes("u", "INBOX"), [""; 0]);
    let mut sent: Vec<String> = reports(0..MESSAGES).iter().map(|bytes| sha256(bytes)).collect();
    sent.sort();
    assert_eq!(server.hashes("u", "Archive"), sent);

    let again = screen.sync();
    assert!(again.errors.is_empty() && again.sentence.contains("nothing new"), "{}", again.sentence);
    server.deliver("u", "INBOX", &[report(50)]);
    assert!(screen.sync().sentence.contains("1 read"));
    screen.shows(total + 1);
    drop(screen);
    assert_eq!(home.hashes().len(), MESSAGES + 1);
}

#[test]
fn a_mailbox_that_fails_is_named_and_the_next_one_is_read() {
    let broken = Hostile::plain(
        &reports(0..3),
        vec![Fault::at(Step::Search, Play::Instead("{tag} NO index is broken\r\n")).always()],
    );
    let good = Hostile::plain(&reports(3..5), vec![]);
    let home = Home::new(&(broken.feed("failures", "") + &good.feed("traps", "kind = 'spamtrap'")));
    let screen = Screen::open(&home);
    let told = screen.sync();
    let [error] = told.errors.as_slice() else { panic!("{:?}", told.errors) };
    assert!(error.contains("'failures'") && error.contains("index is broken"), "{error}");
    assert!(told.sentence.contains("1 of 2 feeds failed"), "{}", told.sentence);
    screen.shows(2);
    // Nothing stays behind that would be in the way of the next one.
    broken.plan(vec![]);
    assert_eq!(screen.sync().errors, [""; 0]);
    screen.shows(5);
}

#[test]
fn a_sync_that_breaks_off_has_an_end_and_another_one_can_begin() {
    let server = Hostile::plain(&reports(0..3), vec![]);
    let home = Home::new(&server.feed("failures", ""));
    let is_first = AtomicBool::new(true);
    let screen = Screen::with(&home, move |event| {
        let is_progress = matches!(event, Event::Sync(SyncNews::Running { .. }));
        assert!(
            !(is_progress && is_first.swap(false, Ordering::Relaxed)),
            "the thread of the sync ends here"
        );
    });
    screen.desk.send(Request::Sync);
    let errors = screen.wait("end of the sync", |event| match event {
        Event::Sync(SyncNews::Ended { errors, .. }) => Some(errors),
        _ => None,
    });
    assert_eq!(errors, ["it broke off"]);
    screen.desk.send(Request::Sync);
    screen.shows(3);
}

#[test]
fn one_sync_runs_at_a_time_and_can_be_stopped_while_the_server_is_silent() {
    let server = Hostile::plain(&reports(0..3), vec![Fault::at(Step::Fetch, Play::Stall).always()]);
    let feed =
        server.feed("failures", "after = 'delete'").replace("timeout_seconds = 1", "timeout_seconds = 60");
    let home = Home::new(&feed);
    let screen = Screen::open(&home);
    screen.desk.send(Request::Sync);
    screen.wait("progress", |event| matches!(event, Event::Sync(SyncNews::Running { .. })).then_some(()));
    screen.desk.send(Request::Sync);
    let refused = screen.wait("refusal", |event| match event {
        Event::Failed(sentence) => Some(sentence),
        _ => None,
    });
    assert!(refused.contains("already"), "{refused}");
    screen.desk.send(Request::StopSync);
    let began = Instant::now();
    let told = screen.told();
    assert!(
        told.sentence.contains("stopped") && told.errors.is_empty(),
        "{} {:?}",
        told.sentence,
        told.errors
    );
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(server.mailbox().folders["INBOX"].messages.len(), 3, "nothing is lost");
    server.plan(vec![]);
    assert!(screen.sync().sentence.contains("3 stored"));
    screen.shows(3);
}
