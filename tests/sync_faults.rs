//! Servers that misbehave: whatever they do, a sync ends in time and within its memory with a true sentence, loses
//! nothing, and goes on with the other feeds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use std::sync::Mutex;
use std::time::Duration;
use support::faults::{Fault, Play, Step};
use support::hostile::{Hostile, Options};
use support::imap_mailbox::Mailbox;
use support::messages::{padded_report, report, reports, sha256};
use support::program::{Home, Ran, counts};

/// With `timeout_seconds = 1`. Most of it are the pauses before it is tried again.
const LONGEST: Duration = Duration::from_secs(30);
/// A debug build with its queues and SQLite's caches takes some 30.
const MEGABYTES: u64 = 150;
const MESSAGES: usize = 12;

/// What a run with a fault has to come to.
#[derive(Clone, Copy)]
enum Expected {
    /// It is worked around: exit 0, everything done.
    Works,
    /// Exit 3, because the other feed is fine, and the complaint has these words besides the feed and the server.
    Fails(&'static [&'static str]),
    /// Either is right; what must not be lost is not.
    Either,
}
use Expected::{Either, Fails, Works};

/// A faulty feed beside a good one.
struct Scene {
    what: String,
    action: &'static str,
    faulty: Hostile,
    good: Hostile,
    home: Home,
}

impl Scene {
    fn new(what: &str, action: &'static str, faulty: Hostile) -> Scene {
        let good = Hostile::plain(&reports(900..903), vec![]);
        let feeds = faulty.feed("failures", &format!("after = '{action}'"))
            + &good.feed("traps", "kind = 'spamtrap'");
        Scene { what: what.to_owned(), action, faulty, good, home: Home::new(&feeds) }
    }

    /// A sync with the fault, one without, and what has to be true after each.
    fn play(&self, expected: Expected) {
        let ran = self.run(expected);
        assert_eq!(self.home.hashes().iter().filter(|hash| self.is_good(hash)).count(), 3, "{ran:?}");
        self.faulty.plan(vec![]);
        self.recovers();
    }

    fn run(&self, expected: Expected) -> Ran {
        let before = self.everything();
        let ran = self.home.run(&["sync"]);
        let context = format!("{}, {}: {ran:#?}\n{:?}", self.what, self.action, self.faulty.commands());
        assert!(ran.took < LONGEST, "{context}");
        assert!(ran.megabytes < MEGABYTES, "{context}");
        match expected {
            Works => assert_eq!(ran.code, 0, "{context}"),
            Fails(_) => assert_eq!(ran.code, 3, "{context}"),
            Either => assert!([0, 3].contains(&ran.code), "{context}"),
        }
        if ran.code == 3 {
            let said = ran.said.to_lowercase();
            let Fails(words) = expected else { return ran };
            for word in ["failures", "localhost"].iter().chain(words) {
                assert!(said.contains(&word.to_lowercase()), "'{word}' is missing. {context}");
            }
            assert!(!said.contains("panic") && !said.contains("traps"), "{context}");
        }
        let after = self.everything();
        let lost: Vec<_> = before.iter().filter(|hash| !after.contains(hash)).collect();
        assert!(lost.is_empty(), "{} are lost. {context}", lost.len());
        ran
    }

    /// With a server that has come to its senses.
    fn recovers(&self) {
        let context = format!("{}, {}, afterwards", self.what, self.action);
        let everything = self.everything();
        let ran = self.home.run(&["sync"]);
        assert_eq!(ran.code, 0, "{context}: {ran:#?}");
        assert_eq!(self.home.hashes(), everything, "{context}: {ran:#?}");
        let faulty = self.faulty.mailbox();
        let mut ours: Vec<_> = everything.into_iter().filter(|hash| !self.is_good(hash)).collect();
        ours.sort();
        match self.action {
            "move" => {
                assert_eq!(faulty.hashes("INBOX"), [""; 0], "{context}: {ran:#?}");
                assert_eq!(faulty.hashes("Archive"), ours, "{context}: {ran:#?}");
            }
            "delete" => assert_eq!(faulty.hashes("INBOX"), [""; 0], "{context}: {ran:#?}"),
            "seen" => {
                let unseen = |folder: &support::imap_mailbox::Folder| {
                    folder.messages.iter().filter(|message| !message.flags.contains("\\Seen")).count()
                };
                let inbox = faulty.folders.get("INBOX").unwrap();
                assert_eq!(unseen(inbox), 0, "{context}: {ran:#?}");
            }
            _ => assert!(faulty.folders["INBOX"].messages.iter().all(|message| message.flags.is_empty())),
        }
    }

    fn is_good(&self, hash: &str) -> bool {
        self.good.mailbox().hashes("INBOX").iter().any(|good| good == hash)
    }

    /// What the database has and what the servers have, once each.
    fn everything(&self) -> Vec<String> {
        let mut out = self.home.hashes();
        for server in [&self.faulty, &self.good] {
            out.extend(server.mailbox().hashes("INBOX"));
        }
        out.sort();
        out.dedup();
        out
    }
}

/// Each with servers and a database of its own. Some side by side, because they wait most of the time; not all, because
/// a machine that is too busy looks like a server that is too slow.
fn play_all(scenes: Vec<(&str, &'static str, Vec<Fault>, Expected)>) {
    const SIDE_BY_SIDE: usize = 6;
    let messages = reports(0..MESSAGES);
    let scenes = Mutex::new(scenes.into_iter());
    let next = || scenes.lock().ok()?.next();
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some((what, action, faults, expected)) = next() {
                    Scene::new(what, action, Hostile::plain(&messages, faults)).play(expected);
                }
            });
        }
    });
}

/// Without MOVE, so that a move is COPY, STORE and EXPUNGE.
fn without_move(faults: Vec<Fault>) -> Hostile {
    let capabilities = "IMAP4rev1 AUTH=PLAIN UIDPLUS";
    let options = Options { capabilities, ..Options::default() };
    Hostile::start(Mailbox::new(&reports(0..MESSAGES)), options, faults)
}

#[test]
fn a_connection_that_is_lost_once_at_any_step_is_made_again() {
    let steps = [
        ("greeting", "keep", Step::Greeting),
        ("capability", "keep", Step::Capability),
        ("login", "keep", Step::Login),
        ("list", "keep", Step::List),
        ("select", "keep", Step::Select),
        ("search", "keep", Step::Search),
        ("sizes", "keep", Step::Sizes),
        ("fetch", "keep", Step::Fetch),
        ("create", "move", Step::Create),
        ("store", "seen", Step::Store),
        ("move", "move", Step::Move),
        ("expunge", "delete", Step::Expunge),
        ("logout", "keep", Step::Logout),
    ];
    let mut scenes = vec![];
    for (what, action, step) in steps {
        scenes.push((what, action, vec![Fault::at(step, Play::Drop)], Works));
        scenes.push((what, action, vec![Fault::at(step, Play::DropAfter(0))], Works));
    }
    scenes.push(("half a body", "move", vec![Fault::at(Step::Fetch, Play::DropAfter(700))], Works));
    scenes.push(("many bodies", "delete", vec![Fault::at(Step::Fetch, Play::DropAfter(9_000))], Works));
    scenes.push(("half a line", "seen", vec![Fault::at(Step::Sizes, Play::DropAfter(31))], Works));
    play_all(scenes);
}

#[test]
fn a_copy_whose_answer_is_lost_is_neither_expunged_before_it_is_sure_nor_made_twice() {
    let lost = |step, play: &Play| Fault::at(step, play.clone());
    let mut scenes = vec![];
    for play in [Play::Drop, Play::DropAfter(0)] {
        for step in [Step::Copy, Step::Store, Step::Expunge] {
            scenes.push((format!("{step:?} {play:?}"), vec![lost(step, &play)]));
        }
        scenes.push((format!("thrice {play:?}"), vec![lost(Step::Copy, &play).times(3)]));
    }
    // The search for the copy is lost, too, after the folders were changed by it.
    let then = |step| vec![lost(Step::Copy, &Play::DropAfter(0)), lost(step, &Play::Drop).sparing(2)];
    scenes.push(("then select".to_owned(), then(Step::Select)));
    scenes.push(("then fetch".to_owned(), then(Step::Fetch)));
    std::thread::scope(|scope| {
        for (what, faults) in scenes {
            scope.spawn(move || Scene::new(&what, "move", without_move(faults)).play(Works));
        }
    });
}

#[test]
fn a_copy_that_somebody_else_made_is_not_taken_for_ours() {
    // The copy was not made; meanwhile others put messages into the folder, one of them a stranger to ours, one like one
    // of ours but for its end.
    let meanwhile = |mailbox: &mut Mailbox| {
        let mut alike = report(3);
        alike.extend(b"and more\r\n");
        mailbox.folder("Archive").add(alike);
        mailbox.folder("Archive").add(report(700));
    };
    let server = without_move(vec![Fault::at(Step::Copy, Play::Drop).changing(meanwhile)]);
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    home.good(&["sync"]);
    let mailbox = server.mailbox();
    assert_eq!(mailbox.hashes("INBOX"), [""; 0]);
    let archive = mailbox.hashes("Archive");
    assert_eq!(archive.len(), MESSAGES + 2);
    assert!(reports(0..MESSAGES).iter().all(|bytes| archive.contains(&sha256(bytes))));
}

#[test]
fn messages_that_are_alike_are_each_copied() {
    // The same report twice in the mailbox: two copies are due, and one lies there from earlier.
    let copied_once = Fault::at(Step::Copy, Play::DropAfter(0));
    let server = without_move(vec![copied_once]);
    server.mailbox().inbox().add(report(0));
    server.mailbox().folder("Archive").add(report(0));
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    home.good(&["sync"]);
    let mailbox = server.mailbox();
    assert_eq!(mailbox.hashes("INBOX"), [""; 0]);
    let archive = mailbox.hashes("Archive");
    assert_eq!(archive.iter().filter(|hash| **hash == sha256(&report(0))).count(), 3);
    assert_eq!(archive.len(), MESSAGES + 2);
}

#[test]
fn a_connection_that_is_always_lost_fails_its_feed_only() {
    let always = |step| vec![Fault::at(step, Play::Drop).always()];
    play_all(vec![
        ("greeting", "keep", always(Step::Greeting), Fails(&[])),
        ("login", "keep", always(Step::Login), Fails(&[])),
        ("select", "move", always(Step::Select), Fails(&["INBOX"])),
        ("search", "move", always(Step::Search), Fails(&["INBOX"])),
        ("sizes", "delete", always(Step::Sizes), Fails(&["INBOX"])),
        ("fetch", "delete", always(Step::Fetch), Fails(&["INBOX"])),
        ("store", "seen", always(Step::Store), Fails(&["INBOX"])),
        ("move", "move", always(Step::Move), Fails(&["INBOX"])),
        ("expunge", "delete", always(Step::Expunge), Fails(&["INBOX"])),
        ("logout", "keep", always(Step::Logout), Works),
    ]);
}

#[test]
fn a_server_that_falls_silent_is_given_up_in_time() {
    let always = |step, play: Play| vec![Fault::at(step, play).always()];
    play_all(vec![
        (
            "before the greeting",
            "keep",
            always(Step::Greeting, Play::Stall),
            Fails(&["slow", "timeout_seconds"]),
        ),
        (
            "in the greeting",
            "keep",
            always(Step::Greeting, Play::StallAfter(6)),
            Fails(&["slow", "timeout_seconds"]),
        ),
        ("at the login", "keep", always(Step::Login, Play::Stall), Fails(&["slow", "timeout_seconds"])),
        ("in a line", "move", always(Step::Sizes, Play::StallAfter(31)), Fails(&["slow", "timeout_seconds"])),
        (
            "in a literal",
            "delete",
            always(Step::Fetch, Play::StallAfter(700)),
            Fails(&["slow", "timeout_seconds"]),
        ),
        ("after many bodies", "delete", always(Step::Fetch, Play::StallAfter(13_000)), Works),
        ("at the move", "move", always(Step::Move, Play::Stall), Fails(&["slow", "timeout_seconds"])),
        (
            "after the move",
            "move",
            always(Step::Move, Play::StallAfter(0)),
            Fails(&["slow", "timeout_seconds"]),
        ),
        ("at the end", "keep", always(Step::Logout, Play::Stall), Works),
        ("once, in a literal", "move", vec![Fault::at(Step::Fetch, Play::StallAfter(700))], Works),
    ]);
}

#[test]
fn two_bytes_a_second_are_too_slow() {
    let always = |step| vec![Fault::at(step, Play::Trickle).always()];
    play_all(vec![
        ("greeting", "keep", always(Step::Greeting), Fails(&["slow"])),
        ("search", "move", always(Step::Search), Fails(&["slow"])),
        ("fetch", "delete", always(Step::Fetch), Fails(&["slow"])),
    ]);
}

#[test]
fn an_answer_without_end_takes_no_memory() {
    const LITERAL: &str = "* 1 FETCH (UID 1 BODY[] {99999999999}\r\n";
    let always = |step, play| vec![Fault::at(step, play).always()];
    play_all(vec![
        ("literal", "delete", always(Step::Fetch, Play::Flood(LITERAL)), Fails(&[])),
        ("literal, silent", "delete", always(Step::Fetch, Play::Instead(LITERAL)), Fails(&[])),
        ("literal in sizes", "move", always(Step::Sizes, Play::Flood(LITERAL)), Fails(&[])),
        ("line", "move", always(Step::Search, Play::Flood("* SEARCH 1 ")), Fails(&[])),
        ("greeting", "keep", always(Step::Greeting, Play::Flood("* OK ")), Fails(&[])),
    ]);
}

#[test]
fn garbage_is_no_answer() {
    const GARBAGE: &str = "\u{0}\u{1}ÿ%&/(){5}\"\\ [\r\n* )(\r\n";
    let always = |step, play| vec![Fault::at(step, play).always()];
    play_all(vec![
        ("greeting", "keep", always(Step::Greeting, Play::Instead(GARBAGE)), Fails(&[])),
        ("login", "keep", always(Step::Login, Play::Instead(GARBAGE)), Fails(&[])),
        ("select", "keep", always(Step::Select, Play::Instead(GARBAGE)), Fails(&[])),
        ("search", "move", always(Step::Search, Play::Last(GARBAGE)), Fails(&[])),
        ("sizes", "move", always(Step::Sizes, Play::Before(GARBAGE)), Either),
        ("fetch", "delete", always(Step::Fetch, Play::Before(GARBAGE)), Either),
        ("fetch once", "delete", vec![Fault::at(Step::Fetch, Play::Before(GARBAGE))], Either),
        ("another tag", "move", always(Step::Search, Play::Instead("zz9 OK done\r\n")), Fails(&[])),
        ("no tag in time", "move", always(Step::Move, Play::Instead("* OK done\r\n")), Fails(&[])),
        (
            "web server",
            "keep",
            always(Step::Greeting, Play::Last("HTTP/1.1 400 Bad Request\r\n\r\n")),
            Fails(&[]),
        ),
    ]);
}

#[test]
fn remarks_of_the_server_between_answers_are_only_remarks() {
    let always = |step, play| vec![Fault::at(step, play).always()];
    const NO: &str = "* NO disk is getting full\r\n";
    const BAD: &str = "* BAD what was that\r\n";
    const ALERT: &str = "* OK [ALERT] maintenance tonight\r\n";
    const NEWS: &str = "* 40 EXISTS\r\n* 3 RECENT\r\n* 2 FETCH (FLAGS (\\Seen $New) MODSEQ (12))\r\n* STATUS x (MESSAGES 3)\r\n";
    let mut scenes = vec![
        ("alert, greeting", "keep", always(Step::Greeting, Play::Instead("* OK [ALERT] late\r\n")), Works),
        (
            "bye, search",
            "move",
            always(Step::Search, Play::Last("* BYE going down\r\n")),
            Fails(&["going down"]),
        ),
        ("bye, fetch", "delete", vec![Fault::at(Step::Fetch, Play::Last("* BYE bored\r\n"))], Works),
        (
            "bye, greeting",
            "keep",
            always(Step::Greeting, Play::Last("* BYE too many\r\n")),
            Fails(&["too many"]),
        ),
        ("no, greeting", "keep", always(Step::Greeting, Play::Instead("* NO not today\r\n")), Either),
        ("bad, fetch", "delete", always(Step::Fetch, Play::Before(BAD)), Either),
    ];
    for step in [Step::Select, Step::Search, Step::Sizes, Step::Fetch, Step::Move] {
        scenes.push(("untagged NO", "move", always(step, Play::Before(NO)), Works));
        scenes.push(("alert", "move", always(step, Play::Before(ALERT)), Works));
    }
    for step in [Step::Search, Step::Sizes, Step::Fetch, Step::Move] {
        scenes.push(("unsolicited news", "move", always(step, Play::Before(NEWS)), Works));
    }
    play_all(scenes);
}

#[test]
fn refusals_are_repeated_in_the_sentence() {
    let always = |step, text| vec![Fault::at(step, Play::Instead(text)).always()];
    play_all(vec![
        (
            "select",
            "keep",
            always(Step::Select, "{tag} NO folder is locked\r\n"),
            Fails(&["locked", "INBOX"]),
        ),
        ("search", "move", always(Step::Search, "{tag} NO index is broken\r\n"), Fails(&["index is broken"])),
        ("bad", "move", always(Step::Search, "{tag} BAD cannot do that\r\n"), Fails(&["cannot do that"])),
        (
            "create",
            "move",
            always(Step::Create, "{tag} NO not allowed\r\n"),
            Fails(&["not allowed", "Archive"]),
        ),
        ("store", "seen", always(Step::Store, "{tag} NO read-only folder\r\n"), Fails(&["read-only folder"])),
        (
            "quota",
            "move",
            always(Step::Move, "{tag} NO [OVERQUOTA] all full\r\n"),
            Fails(&["no room", "Archive"]),
        ),
        (
            "throttled",
            "move",
            vec![Fault::at(Step::Fetch, Play::Instead("{tag} NO [THROTTLED] slower\r\n")).times(2)],
            Works,
        ),
        (
            "limited",
            "move",
            vec![Fault::at(Step::Search, Play::Instead("{tag} NO [LIMIT] slower\r\n"))],
            Works,
        ),
    ]);
}

#[test]
fn a_server_that_can_do_little_is_enough() {
    for action in ["keep", "seen", "move", "delete"] {
        let options = Options { capabilities: "IMAP4rev1", ..Options::default() };
        let server = Hostile::start(Mailbox::new(&reports(0..MESSAGES)), options, vec![]);
        let home = Home::new(&server.feed("failures", &format!("after = '{action}'")));
        assert_eq!(counts(&home.sync())[..2], [12, 12], "{action}");
        assert_eq!(counts(&home.sync()), [0; 6], "{action}");
        let mailbox = server.mailbox();
        // Without UIDPLUS there is no way to expunge our messages only.
        let flag = if action == "seen" { "\\Seen" } else { "\\Deleted" };
        let flagged = mailbox.folders["INBOX"].messages.iter().filter(|message| message.flags.contains(flag));
        assert_eq!(flagged.count(), if action == "keep" { 0 } else { MESSAGES }, "{action}");
        assert_eq!(mailbox.hashes("Archive").len(), if action == "move" { MESSAGES } else { 0 }, "{action}");
        assert!(!server.commands().iter().any(|name| name == "EXPUNGE" || name == "CLOSE"), "{action}");
    }
}

#[test]
fn a_message_that_vanishes_between_listing_and_fetching_is_not_missed() {
    let vanishing = |step| {
        vec![Fault::at(step, Play::Nothing).changing(|mailbox| {
            mailbox.inbox().messages.retain(|message| ![2, 12].contains(&message.uid));
        })]
    };
    std::thread::scope(|scope| {
        for (step, action) in
            [(Step::Sizes, "move"), (Step::Fetch, "delete"), (Step::Store, "seen"), (Step::Move, "move")]
        {
            scope.spawn(move || {
                let server = Hostile::plain(&reports(0..MESSAGES), vanishing(step));
                let home = Home::new(&server.feed("failures", &format!("after = '{action}'")));
                let stored = if [Step::Sizes, Step::Fetch].contains(&step) { 10 } else { 12 };
                assert_eq!(counts(&home.sync()), [stored, stored, 0, 0, 0, 0], "{step:?}");
                assert_eq!(counts(&home.sync()), [0; 6], "{step:?}");
            });
        }
    });
}

#[test]
fn numbers_that_change_their_meaning_are_never_acted_on() {
    // Behind our back the folder is made anew: the numbers we know now belong to messages that we do not have.
    fn anew(mailbox: &mut Mailbox) {
        let folder = mailbox.inbox();
        folder.messages.clear();
        folder.uid_validity += 1;
        folder.uid_next = 1;
        for bytes in reports(100..112).into_iter().chain(reports(0..MESSAGES)) {
            folder.add(bytes);
        }
    }
    let scenes = [
        ("sizes", "delete", Step::Sizes),
        ("fetch", "delete", Step::Fetch),
        ("store", "delete", Step::Store),
        ("expunge", "delete", Step::Expunge),
        ("move", "move", Step::Move),
    ];
    let scenes = scenes
        .map(|(what, action, step)| (what, action, vec![Fault::at(step, Play::Drop).changing(anew)], Either));
    play_all(scenes.into());
}

#[test]
fn a_folder_that_is_numbered_anew_between_two_syncs_is_read_again_without_anything_twice() {
    let server = Hostile::plain(&reports(0..MESSAGES), vec![]);
    let home = Home::new(&server.feed("failures", ""));
    home.sync();
    server.mailbox().inbox().renumber();
    server.mailbox().inbox().add(report(50));
    assert_eq!(counts(&home.sync()), [13, 1, 12, 0, 0, 0]);
    assert_eq!(home.hashes().len(), 13);
}

#[test]
fn one_message_that_cannot_be_had_does_not_hold_up_the_others() {
    let poison = vec![Fault::at(Step::Fetch, Play::Drop).about(5).always()];
    let refused =
        vec![Fault::at(Step::Fetch, Play::Instead("{tag} NO message is damaged\r\n")).about(5).always()];
    let stalling = vec![Fault::at(Step::Fetch, Play::StallAfter(200)).about(5).always()];
    std::thread::scope(|scope| {
        for (what, faults) in
            [("poison", poison), ("refused", refused), ("stalling", stalling), ("nil", vec![])]
        {
            scope.spawn(move || {
                let server = Hostile::plain(&reports(0..MESSAGES), faults);
                server.mailbox().inbox().messages[4].is_nil = what == "nil";
                let home = Home::new(&server.feed("failures", "after = 'delete'"));
                for _ in 0..2 {
                    let ran = home.run(&["sync", "--json"]);
                    assert_eq!(ran.code, 3, "{what}: {ran:?}");
                    assert!(ran.took < LONGEST, "{what}: {ran:?}");
                    ran.says(&["failures", "localhost", "5"]);
                    assert_eq!(home.hashes().len(), 11, "{what}: {ran:?}");
                    assert_eq!(server.mailbox().hashes("INBOX"), [sha256(&report(4))], "{what}");
                }
                server.plan(vec![]);
                server.mailbox().inbox().messages[0].is_nil = false;
                assert_eq!(counts(&home.sync()), [1, 1, 0, 0, 0, 0], "{what}");
                assert_eq!(server.mailbox().hashes("INBOX"), [""; 0], "{what}");
            });
        }
    });
}

#[test]
fn a_message_that_failed_three_times_is_not_asked_for_again_and_others_go_on() {
    let poison = Fault::at(Step::Fetch, Play::Instead("{tag} NO message is damaged\r\n")).about(5).always();
    let server = Hostile::plain(&reports(0..MESSAGES), vec![poison]);
    let home = Home::new(&server.feed("failures", "after = 'move'"));
    let asked = |server: &Hostile| {
        let commands = server.commands();
        commands.iter().filter(|command| *command == "UID FETCH 5").count()
    };
    for _ in 0..3 {
        let ran = home.run(&["sync"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        ran.says(&["failures", "essage 5", "INBOX", "localhost", "message is damaged"]);
    }
    let asked_before = asked(&server);
    server.mailbox().inbox().add(report(50));
    let ran = home.good(&["sync", "--json", "--verbose"]);
    ran.says(&["failures", "essage 5", "INBOX", "localhost", "message is damaged", "3 times"]);
    let summary = ran.summary();
    assert_eq!(counts(&summary), [1, 1, 0, 0, 0, 0], "the new one is taken");
    assert_eq!(summary["feeds"][0]["left"], 1);
    // Only its size is looked at: whether it is still there, and whether it may be taken.
    assert_eq!(asked(&server), asked_before + 1);
    assert_eq!(server.mailbox().hashes("INBOX"), [sha256(&report(4))], "it stays where it is");
    assert_eq!(home.hashes().len(), MESSAGES);
    // Whoever takes it out of the folder has dealt with it.
    server.mailbox().inbox().messages.clear();
    assert_eq!(home.sync()["feeds"][0]["left"], 0);
}

#[test]
fn sizes_that_are_not_true_lose_nothing() {
    for claimed in [0, 5, 1_000_000, 40 << 20] {
        let server = Hostile::plain(&reports(0..MESSAGES), vec![]);
        for message in &mut server.mailbox().inbox().messages[3..6] {
            message.claimed_size = Some(claimed);
        }
        // A large message that is said to be small: what is read is bounded by what came, not by what was said.
        server.mailbox().inbox().add(padded_report(77, 3 << 20));
        server.mailbox().inbox().messages[12].claimed_size = Some(100);
        let home = Home::new(&server.feed("failures", "after = 'delete'"));
        let ran = home.run(&["sync"]);
        assert!(ran.took < LONGEST && ran.megabytes < MEGABYTES, "{claimed}: {ran:?}");
        let everything = [home.hashes(), server.mailbox().hashes("INBOX")].concat();
        assert_eq!(everything.len(), 13, "{claimed}: {ran:?}");
        assert!(home.hashes().len() >= 12, "{claimed}: {ran:?}");
    }
}

#[test]
fn a_missing_folder_is_named() {
    let server = Hostile::plain(&reports(0..3), vec![]);
    let home = Home::new(&server.feed("failures", "folder = ['Reports', 'INBOX']"));
    let ran = home.run(&["sync"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    ran.says(&["failures", "localhost", "Reports", "INBOX"]);
    assert_eq!(home.hashes().len(), 3, "the other folder is read");
}
