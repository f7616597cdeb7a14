//! What a desk writes into the ledger for a screen, what of that can be taken back, and what is said of it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::config::{Arguments, Config, Environment, WayOut};
use lafayette::jobs::desk::{
    Act, Desk, Event, LedgerAct, Options, PlanNews, PlanOf, PlanQuestion, Planned, Request, Settled,
    Settling, Target,
};
use lafayette::jobs::report::{Whose, Wishes};
use lafayette::model::OutgoingState;
use lafayette::store::{Access, Store};
use std::net::Ipv4Addr;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use support::desks::{desk, fraud};
use support::program::Home;

const PATIENCE: Duration = Duration::from_secs(20);
const REPORTS: usize = 3;

/// A desk with marked reports that can be reported.
struct Screen {
    desk: Desk,
    events: Receiver<Event>,
    home: Home,
}

impl Screen {
    fn open() -> Screen {
        let home = Home::new(
            "treat_as_public = ['198.18.0.0/15']\n[own]\ndomains = ['brand.example']\n\
             [report]\nfrom = 'abuse-desk@brand.example'\n\
             [[feed]]\nname = 'failures'\ntrusted_reporters = ['reporter.example']\n",
        );
        for number in 0..REPORTS {
            std::fs::write(home.path("report.eml"), fraud(number, number)).expect("a file");
            home.good(&["import", "report.eml", "--feed", "failures"]);
        }
        home.good(&["mark", "kind:normal"]);
        let file = home.path(".config/lafayette/config.toml");
        let arguments = Arguments { config: Some(file), ..Arguments::default() };
        let mut config = Config::load(&arguments, &Environment::default()).expect("a configuration");
        config.redaction_key_file = home.path("key");
        config.sending.by = Some(WayOut::Folder(home.path("sent")));
        config.sending.hold = 600;
        let (sender, events) = channel();
        let options = Options { config, read_only: false, login: "anna".into() };
        let desk = Desk::open(options, move |event| {
            let _ = sender.send(event);
        });
        Screen { desk, events, home }
    }

    fn store(&self) -> Store {
        Store::open(&self.home.path("reports.db"), Access::ReadOnly).expect("a store")
    }

    fn wait<T>(&self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        while let Ok(event) = self.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if let Event::Failed(why) | Event::Plan(_, PlanNews::Failed(why)) = &event {
                panic!("{why}");
            }
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
        panic!("nothing of the kind came")
    }

    /// A plan of what is marked, to a desk for each source.
    fn plan(&self) -> Planned {
        let source = |contact: usize| Whose::Source(Ipv4Addr::new(198, 18, contact as u8, 1).into());
        let named = (0..REPORTS).map(|contact| (source(contact), desk(contact))).collect();
        self.desk.send(Request::Plan(PlanQuestion {
            number: 1,
            of: PlanOf::Stored(Target::Marked),
            wishes: Wishes { named, ..Wishes::default() },
            before: None,
        }));
        self.wait(|event| match event {
            Event::Plan(1, PlanNews::Ready(planned)) => Some(*planned),
            _ => None,
        })
    }

    fn settle(&self, how: Settling) -> Settled {
        let letters = self.plan().plan.letters.clone();
        assert_eq!(letters.len(), REPORTS, "{letters:?}");
        self.desk.send(Request::Settle { number: 1, letters, how });
        self.wait(|event| match event {
            Event::Plan(1, PlanNews::Settled(settled)) => Some(settled),
            _ => None,
        })
    }

    /// What is said to this, and whether it can be taken back.
    fn done(&self, request: Request) -> (String, bool) {
        self.desk.send(request);
        self.wait(|event| match event {
            Event::Done { sentence, undoable } => Some((sentence, undoable)),
            _ => None,
        })
    }

    /// How many rows are in this state.
    fn count(&self, state: OutgoingState) -> u64 {
        let counts = self.store().outbox_counts().expect("read");
        counts.iter().filter(|(of, _)| *of == state).map(|(_, count)| count).sum()
    }
}

#[test]
fn to_take_back_what_cannot_be_says_so_and_takes_back_nothing_else() {
    let screen = Screen::open();
    screen.settle(Settling::Hold);
    let (_, undoable) =
        screen.done(Request::Act(Act::Note { target: Target::Ids(vec![1]), text: "x".into() }));
    assert!(undoable);
    let row = screen.store().outbox(&[], 10, 0).expect("read")[0].id;
    let cancel = LedgerAct::Cancel(vec![row], "not ours".into());
    assert_eq!(screen.done(Request::Ledger(cancel)), ("1 cancelled".to_owned(), false));
    let (told, undoable) = screen.done(Request::Undo);
    assert!(told.contains("1 cancelled: that cannot be taken back") && !undoable, "{told}");
    assert_eq!(screen.store().record(1).expect("read").expect("a report").notes.len(), 1);
    let (told, _) = screen.done(Request::Undo);
    assert!(told.contains("taken back: 1 noted"), "{told}");
    assert_eq!(screen.count(OutgoingState::Held), REPORTS as u64 - 1, "they are still there");
}

#[test]
fn letters_that_were_approved_are_told_and_can_be_taken_back_when_their_marks_cannot_be_written() {
    let screen = Screen::open();
    let other = rusqlite::Connection::open(screen.home.path("reports.db")).expect("the database");
    let full = "CREATE TRIGGER full BEFORE DELETE ON mark BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    other.execute_batch(full).expect("a trigger");
    let settled = screen.settle(Settling::Approve);
    assert!(settled.sentence.contains("3 approved"), "{}", settled.sentence);
    assert!(settled.sentence.contains("the marks of their mails stay"), "{}", settled.sentence);
    assert_eq!(screen.count(OutgoingState::Approved), REPORTS as u64);
    let (told, _) = screen.done(Request::Undo);
    assert!(told.contains("nothing of it leaves"), "{told}");
    assert_eq!(screen.count(OutgoingState::Approved), 0);
}
