//! What happens to reports that do not simply leave: told again, refused, held back, asked about once more, put off by a
//! full disk. Every row stays true, and nobody is told twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::enrich::dns::RecordType;
use lafayette::enrich::reverse::reversed;
use lafayette::model::{ContactEvent, clock};
use lafayette::store::{Access, FoundOut, Store};
use serde_json::Value;
use support::desks::{World, assert_once, desk, lines, states, with_marked};
use support::program::Home;
use support::smtp::{Fault, Play, Step};

fn store(home: &Home) -> Store {
    Store::open(&home.path("reports.db"), Access::ReadWrite).unwrap()
}

/// How many rows are in this state.
fn count(home: &Home, state: &str) -> usize {
    states(home).get(state).copied().unwrap_or_default()
}

fn rows(home: &Home) -> Vec<Value> {
    lines(home, &["outbox", "list", "--format", "json", "--limit", "0"])
}

fn said(row: &Value) -> &str {
    row["answer"].as_str().unwrap()
}

#[test]
fn a_desk_is_told_again_only_after_a_while_and_for_a_reason() {
    let world = World::new(1);
    let home = with_marked(&world, 1, "");
    home.good(&["report", "is:marked", "--approve", "1"]);
    home.good(&["mark", "is:reported"]);
    let refused = |arguments: &[&str]| {
        let ran = home.run(&[&["report", "is:reported"][..], arguments].concat());
        assert_ne!(ran.code, 0, "{arguments:?}: {ran:?}");
        assert_eq!(rows(&home).len(), 1, "{arguments:?}");
        ran.said
    };
    assert!(!refused(&[]).contains("--reason"), "a week is not over");
    refused(&["--reason", "it goes on"]);
    home.configure(
        &world
            .configuration("[[feed]]\nname = 'failures'\n")
            .replace("[sending]\n", "[sending]\nrepeat_after = '1s'\n"),
    );
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert!(refused(&[]).contains("--reason TEXT tells it again"));
    refused(&["--reason", ""]);
    home.good(&["report", "is:reported", "--reason", "it goes on", "--approve", "1"]);
    let rows = rows(&home);
    assert_eq!((rows.len(), count(&home, "sent")), (2, 2));
    assert_eq!((&rows[0]["repeats"], &rows[0]["reason"]), (&rows[1]["id"], &"it goes on".into()));
    let received = world.smtp.received();
    assert_eq!(received.len(), 2);
    assert_once(&received);
}

#[test]
fn a_contact_past_its_time_is_asked_again_and_another_one_holds_the_report_back() {
    let world = World::new(3);
    let home = with_marked(&world, 3, "");
    home.good(&["report", "is:marked", "--json"]);
    let held = rows(&home);
    let of = |rows: &[Value], contact: usize| {
        rows.iter().find(|row| row["recipient"] == desk(contact)).unwrap().clone()
    };
    let ids: Vec<String> = held.iter().map(|row| row["id"].to_string()).collect();
    // All contacts are past their time; meanwhile the network of the first has another one.
    let store = store(&home);
    for contact in 0..3 {
        let mut facts = store.source(format!("198.18.{contact}.1").parse().unwrap()).unwrap().unwrap();
        for step in &mut facts.contacts.as_mut().unwrap().steps {
            step.fact.until = clock::now() - 10;
        }
        store.answers().keep_sources(&[FoundOut { facts, try_again: false }], clock::now()).unwrap();
    }
    drop(store);
    let name = format!("{}.abuse-contacts.abusix.zone", reversed("198.18.0.1".parse().unwrap()));
    world.dns.forget(&name);
    world.dns.txt(&name, &["abuse@new-owner.example"]);
    let registry = world.registry.asked().len();
    // What was answered within the same second counts as asked now.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    world.dns.clear_log();
    let mut arguments = vec!["outbox", "approve"];
    arguments.extend(ids.iter().map(String::as_str));
    home.run(&[&arguments[..], &["--count", "3"]].concat());
    let after = rows(&home);
    let changed = of(&after, 0);
    assert!(world.dns.count(&name, RecordType::Txt) > 0, "who is known by DNS is asked for again: {changed}");
    assert!(world.registry.asked().len() > registry, "and who is known to a registry");
    assert_eq!(changed["state"], "held", "{changed}");
    assert!(said(&changed).contains("abuse@new-owner.example by now; compose it again"), "{changed}");
    assert!(changed["approved_at"].is_null(), "the approval is gone: {changed}");
    assert_eq!(
        (of(&after, 1)["state"].as_str(), of(&after, 2)["state"].as_str()),
        (Some("sent"), Some("sent"))
    );
    home.run(&["outbox", "flush"]);
    assert_eq!(world.smtp.received().len(), 2, "nothing goes to who answers for it no more");
}

#[test]
fn two_permanent_failures_on_two_days_make_an_address_dead_and_nothing_else_does() {
    let world = World::new(1);
    let refuse = |step: Step, words: &'static str| {
        let home = with_marked(&world, 1, "");
        world.smtp.plan(vec![Fault::at(step, Play::Say(words))]);
        home.run(&["report", "is:marked", "--approve", "1"]);
        assert_eq!(count(&home, "failed"), 1, "{words}");
        home
    };
    let history = |home: &Home| store(home).contact_history(&desk(0)).unwrap();
    for (step, words) in [
        (Step::Sender, "550 5.1.0 sender rejected"),
        (Step::Sender, "553 sender address not owned by you"),
        (Step::Recipient, "550 5.7.1 listed at zen.spamhaus.org"),
        (Step::Recipient, "554 relay access denied"),
        (Step::End, "552 5.3.4 message too large"),
        (Step::End, "554 5.7.1 rejected as spam"),
    ] {
        assert_eq!(history(&refuse(step, words)), [], "{words}: it says nothing of the desk");
    }
    let home = refuse(Step::Recipient, "550 5.1.1 no such user");
    assert_eq!(history(&home).len(), 1);
    let again = |home: &Home| {
        world.smtp.plan(vec![Fault::at(Step::End, Play::Say("550 5.1.1 no such user"))]);
        let id = rows(home)[0]["id"].to_string();
        home.good(&["outbox", "retry", &id]);
        home.run(&["outbox", "approve", &id, "--count", "1"]);
    };
    again(&home);
    assert_eq!(history(&home).len(), 2);
    assert!(store(&home).contact_standing(&desk(0)).unwrap().is_none(), "twice on one day is one day");
    let mut first = history(&home).remove(0);
    first = ContactEvent { at: first.at - 86_400, ..first };
    store(&home).add_contact_event(&desk(0), &first).unwrap();
    again(&home);
    let standing = home.good(&["contacts", "list", "--json"]).answer;
    assert!(standing.contains(&desk(0)) && standing.contains("dead"), "{standing}");
    home.good(&["outbox", "cancel", &rows(&home)[0]["id"].to_string(), "--reason", "a test"]);
    let plan = home.run(&["report", "is:marked", "--dry-run", "--json"]);
    assert_ne!(plan.code, 0, "{plan:?}");
    assert!(plan.answer.contains("cannot be reached"), "{plan:?}");
}

#[test]
fn what_wants_a_look_of_its_own_is_never_approved_by_its_number() {
    let world = World::new(3);
    let home = with_marked(&world, 3, "");
    // Nobody vouches for the reporter any more: all of them are unverified.
    home.configure(&world.configuration("[[feed]]\nname = 'failures'\n"));
    home.good(&["reclassify"]);
    home.good(&["mark", "is:open"]);
    for number in ["3", "2", "1"] {
        let ran = home.run(&["report", "is:marked", "--approve", number]);
        assert_ne!(ran.code, 0, "{number}: {ran:?}");
        assert_eq!(rows(&home), Vec::<Value>::new(), "{number}: nothing is held or approved");
    }
    home.good(&["report", "is:marked", "--json"]);
    let ids: Vec<String> = rows(&home).iter().map(|row| row["id"].to_string()).collect();
    let mut all = vec!["outbox", "approve"];
    all.extend(ids.iter().map(String::as_str));
    all.extend(["--count", "3"]);
    assert_ne!(home.run(&all).code, 0);
    assert_eq!((count(&home, "held"), world.smtp.received().len()), (3, 0));
    home.good(&["outbox", "approve", &ids[0], "--count", "1"]);
    assert_eq!((count(&home, "sent"), world.smtp.received().len()), (1, 1));
}

#[test]
fn a_greylisted_report_leaves_once_when_it_is_tried_again() {
    let world = World::new(1);
    let home = with_marked(&world, 1, "");
    world.smtp.plan(vec![Fault::at(Step::Recipient, Play::Say("450 4.2.0 greylisted, try again"))]);
    home.run(&["report", "is:marked", "--approve", "1"]);
    let row = &rows(&home)[0];
    assert_eq!(row["state"], "deferred");
    assert!(said(row).contains("greylisted") && row["due"].is_string(), "{row}");
    assert_eq!(world.smtp.received().len(), 0);
    home.good(&["outbox", "retry", &row["id"].to_string()]);
    home.good(&["outbox", "flush"]);
    home.run(&["outbox", "flush"]);
    assert_eq!((count(&home, "sent"), world.smtp.received().len()), (1, 1));
}

/// Fills what is left of a disk, to the last byte.
const FILL: &str = "cat /dev/zero > outgoing/full 2> /dev/null";

#[test]
fn a_full_disk_puts_a_report_off_and_it_leaves_once_when_there_is_room() {
    let world = World::new(1);
    let home = with_marked(&world, 1, "");
    home.configure(
        &world
            .configuration("[[feed]]\nname = 'failures'\ntrusted_reporters = ['reporter.example']\n")
            .replace(
                "[sending]\n",
                &format!("[sending]\nby = 'folder'\nfolder = '{}'\n", home.path("outgoing").display()),
            ),
    );
    home.good(&["report", "is:marked"]);
    let list = "$lafayette outbox list --format json";
    let script = format!(
        "{FILL}\n$lafayette outbox approve 1 --count 1 >&2\n{list}\nls outgoing >&2\n\
         rm outgoing/full\n$lafayette outbox retry 1 >&2\n$lafayette outbox flush >&2\n{list}\n\
         $lafayette outbox flush >&2\nls outgoing/*.eml"
    );
    let Some(ran) = home.run_on_small_disk("outgoing", 64, &script) else {
        eprintln!("no file system can be mounted here");
        return;
    };
    let answers: Vec<&str> = ran.answer.lines().collect();
    let row = |place: usize| serde_json::from_str::<Value>(answers[place]).unwrap();
    assert_eq!(row(0)["state"], "deferred", "{ran:?}");
    assert!(said(&row(0)).contains("No space left on device"), "{ran:?}");
    assert_eq!(row(1)["state"], "sent", "{ran:?}");
    assert_eq!(answers.len(), 3, "one file, whole: {ran:?}");
}

#[test]
fn with_the_ledger_on_a_full_disk_nothing_leaves_and_nothing_is_half_written() {
    let world = World::new(40);
    let home = with_marked(&world, 40, "");
    home.good(&["report", "is:marked"]);
    let database = home.path("reports.db");
    let kilobytes = std::fs::metadata(&database).unwrap().len() as u32 / 1024;
    let script = "cp reports.db* outgoing/\nsleep 0\ncat /dev/zero > outgoing/full 2> /dev/null\n\
         $lafayette --db outgoing/reports.db outbox approve 1..40 --count 40\necho \"code $?\"\n\
         $lafayette --db outgoing/reports.db outbox flush\necho \"code $?\"\n\
         rm outgoing/full\n$lafayette --db outgoing/reports.db db check >&2 && echo sound\n\
         $lafayette --db outgoing/reports.db outbox list --format json --limit 0";
    let Some(ran) = home.run_on_small_disk("outgoing", kilobytes * 2 + 512, script) else {
        eprintln!("no file system can be mounted here");
        return;
    };
    assert!(!ran.answer.contains("code 0\n"), "it says that it could not: {ran:?}");
    assert!(ran.said.contains("full"), "and why: {}", ran.said);
    assert!(ran.answer.contains("sound\n"), "{ran:?}");
    let sent = ran.answer.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let rows: Vec<Value> = sent.filter(Value::is_object).collect();
    assert_eq!(rows.len(), 40, "{ran:?}");
    assert!(rows.iter().all(|row| row["state"] == "held"), "all or none was approved: {ran:?}");
    assert_eq!(world.smtp.received().len(), 0);
}
