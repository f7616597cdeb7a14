//! `outbox` and `audit`: what a person sees and decides at the command line, and who has to be there for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::model::{Draft, Held, OutgoingKind, OutgoingState, ReportType, ReportedMail};
use lafayette::store::{Access, Settled, Store};
use portable_pty::CommandBuilder;
use serde_json::Value;
use support::program::Home;
use support::pty::Pty;

const FOLDER: &str = "[report]\nfrom = 'desk@example.com'\n[sending]\nby = 'folder'\nfolder = 'outgoing'\n";
const UNATTENDED: &str = "unattended = true\n";

fn draft(text: &str, recipient: &str, mail: u8) -> Draft {
    Draft {
        kind: if recipient.contains("://") { OutgoingKind::Form } else { OutgoingKind::Report },
        recipient: recipient.to_owned(),
        source: Some("192.0.2.7".parse().unwrap()),
        subject: format!("FW: {text} http://bad.example/ \u{202e}gpj.exe"),
        report_type: ReportType::Fraud,
        message_id: format!("{text}@example.com"),
        token: text.to_owned(),
        bytes: format!("To: {recipient}\r\nSubject: {text}\r\n\r\n\x1b[31mtext of {text}\r\n").into_bytes(),
        mails: vec![ReportedMail { report: None, sha256: [mail; 32] }],
        submission: None,
        incidents: 3,
        warnings: vec![],
        singly: None,
        reason: None,
        repeats: None,
    }
}

fn store(home: &Home) -> Store {
    Store::open(&home.path("reports.db"), Access::ReadWrite).unwrap()
}

/// Holds reports of these names to one desk.
fn hold(home: &Home, texts: &[&str]) {
    let drafts = (1u8..=255).zip(texts).map(|(mail, text)| draft(text, "abuse@isp.example", mail));
    let held = store(home).hold(&drafts.collect::<Vec<_>>(), "ann", 1_763_800_000).unwrap();
    assert!(held.iter().all(|held| matches!(held, Held::New(_))));
}

/// Lets one leave, with this outcome.
fn send(home: &Home, id: i64, settled: Settled) {
    let (store, now) = (store(home), 4_000_000_000);
    let sender = store.sender("test", now).unwrap();
    let sha256 = store.outgoing(id).unwrap().unwrap().sha256;
    assert!(store.begin(&sender, id, &sha256, now).unwrap());
    assert!(store.settle(&sender, id, &sha256, settled, "250 queued", now).unwrap());
}

#[track_caller]
fn lines(home: &Home, arguments: &[&str]) -> Vec<Value> {
    home.good(arguments).answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn states(home: &Home) -> Vec<String> {
    let mut rows = lines(home, &["outbox", "--json"]);
    rows.reverse();
    rows.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_held_is_listed_and_shown_and_harms_nobody_who_looks() {
    let home = Home::new(FOLDER);
    hold(&home, &["one", "two"]);
    let rows = lines(&home, &["outbox", "list", "--json"]);
    assert_eq!((rows[0]["id"].as_i64(), rows[1]["id"].as_i64()), (Some(2), Some(1)));
    let row = &rows[1];
    assert_eq!(
        (row["state"].as_str(), row["type"].as_str(), row["kind"].as_str()),
        (Some("held"), Some("fraud"), Some("report"))
    );
    assert_eq!((row["due"].is_null(), row["reports"].as_array().map(Vec::len)), (true, Some(0)));
    assert_eq!(row["subject"].as_str().unwrap(), draft("one", "", 1).subject, "exact");
    let table = home.good(&["outbox"]);
    assert!(
        table.answer.contains("abuse@isp.example") && table.answer.contains("hxxp://bad[.]example/"),
        "{table:?}"
    );
    assert!(!table.answer.contains('\u{202e}') && table.said.contains("2 held in all"), "{table:?}");
    let csv = home.good(&["outbox", "--format", "csv"]).answer;
    assert!(csv.starts_with("id,kind,state,") && !csv.contains('\u{202e}'), "{csv}");
    let page = home.good(&["outbox", "show", "1"]).answer;
    for expected in ["held since 2025-11-22 08:26 UTC", "hxxp://bad[.]example/", "History", "held by ann"] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    assert_eq!(
        home.good(&["outbox", "show", "1", "--raw"]).answer.as_bytes(),
        draft("one", "abuse@isp.example", 1).bytes
    );
    let headers = home.good(&["outbox", "show", "1", "--headers"]).answer;
    assert!(headers.contains("Subject: one") && !headers.contains("text of"), "{headers}");
    let text = home.good(&["outbox", "show", "1", "--text"]).answer;
    assert!(text.contains("text of one") && !text.contains('\x1b'), "{text:?}");
    assert_eq!(lines(&home, &["outbox", "show", "2", "--json"]), rows[..1]);
    assert_eq!(home.run(&["outbox", "show", "9"]).code, 1);
    assert_eq!(lines(&home, &["outbox", "--state", "sent,unknown", "--json"]), Vec::<Value>::new());
    assert_eq!(home.run(&["outbox", "--state", "snet"]).code, 2);
}

#[test]
fn an_empty_outbox_says_how_something_gets_there() {
    let home = Home::new(FOLDER);
    drop(store(&home));
    let ran = home.good(&["outbox"]);
    assert!(ran.answer.is_empty() && ran.said.contains("lafayette report QUERY"), "{ran:?}");
    assert!(home.good(&["audit"]).said.contains("Nothing was done"));
    assert_eq!(home.good(&["audit", "--format", "csv"]).answer.trim(), "id,at,by,act,outgoing,detail");
}

#[test]
fn nothing_is_approved_where_nobody_can_be_asked_or_nothing_can_be_sent() {
    let home = Home::new(FOLDER);
    hold(&home, &["one", "two"]);
    let ran = home.run(&["outbox", "approve", "1..2", "--count", "2"]);
    assert!(ran.code == 2 && ran.said.contains("unattended"), "{ran:?}");
    home.configure("[report]\nfrom = 'desk@example.com'\n");
    let ran = home.run(&["outbox", "approve", "1", "--count", "1"]);
    assert!(ran.code == 2 && ran.said.contains("[smtp]"), "{ran:?}");
    home.configure(&[FOLDER, UNATTENDED].concat());
    assert_eq!(home.run(&["outbox", "approve", "1..2"]).code, 2, "no number");
    let ran = home.run(&["outbox", "approve", "1..2", "--count", "3"]);
    assert!(ran.code == 1 && ran.said.contains("there are 2 messages and not 3"), "{ran:?}");
    let ran = home.run(&["--read-only", "outbox", "approve", "1..2", "--count", "2"]);
    assert!(ran.code == 1 && ran.said.contains("reading only"), "{ran:?}");
    assert_eq!(home.run(&["outbox", "approve", "1", "7", "--count", "2"]).code, 1, "there is no 7");
    assert_eq!(states(&home), ["held", "held"]);
}

#[test]
fn exactly_so_many_are_approved_and_can_be_taken_back_until_they_leave() {
    let home = Home::new(&[FOLDER, UNATTENDED].concat());
    hold(&home, &["one", "two", "three"]);
    let answer = home.good(&["outbox", "approve", "1..3", "1", "--count", "3", "--json"]).summary();
    assert_eq!(answer["approved"], serde_json::json!([1, 2, 3]));
    assert_eq!(states(&home), ["approved"; 3]);
    let row = &lines(&home, &["outbox", "show", "1", "--json"])[0];
    assert_eq!((&row["due"], row["approved_by"].as_str()), (&answer["due"], Some("tester")));
    send(&home, 2, Settled::Sent);
    let ran = home.run(&["outbox", "hold", "1..3"]);
    assert!(
        ran.code == 3
            && ran.answer.contains("2 messages held again")
            && ran.said.contains("row 2 of the outbox is sent"),
        "{ran:?}"
    );
    assert_eq!(states(&home), ["held", "sent", "held"]);
    home.good(&["outbox", "approve", "1..3", "--count", "2"]);
    home.good(&["outbox", "cancel", "1", "--reason", "a customer of ours"]);
    assert_eq!(home.run(&["outbox", "cancel", "1"]).code, 1);
    assert_eq!(states(&home), ["cancelled", "sent", "approved"]);
    let acts: Vec<Value> = lines(&home, &["audit", "--row", "1", "--json"]);
    let acts: Vec<&str> = acts.iter().rev().map(|line| line["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["held", "approved", "taken back", "approved", "cancelled"]);
}

#[test]
fn a_person_says_what_became_of_what_nobody_knows() {
    let home = Home::new(&[FOLDER, UNATTENDED].concat());
    hold(&home, &["one", "two", "three"]);
    home.good(&["outbox", "approve", "1..3", "--count", "3"]);
    (1..=3).for_each(|id| send(&home, id, Settled::Unknown));
    assert!(home.good(&["outbox", "resolve", "1", "--arrived"]).answer.contains("row 1 is sent"));
    home.good(&["outbox", "resolve", "2", "--not-arrived"]);
    home.good(&["outbox", "resolve", "3", "--by-hand", "--ticket", "ISP-4711"]);
    assert_eq!(states(&home), ["sent", "held", "by-hand"]);
    let ran = home.run(&["outbox", "resolve", "1", "--not-arrived"]);
    assert!(ran.code == 1 && ran.said.contains("row 1 of the outbox is sent"), "{ran:?}");
    let row = home
        .good(&[
            "outbox",
            "resolve",
            "1",
            "--answered",
            "--ticket",
            "T-1",
            "--note",
            "they closed it",
            "--json",
        ])
        .summary();
    assert_eq!((row["response"].as_str(), row["ticket"].as_str()), (Some("answered"), Some("T-1")));
    assert!(home.good(&["outbox", "show", "1"]).answer.contains("they closed it"));
    for wrong in [
        &["resolve", "1"][..],
        &["resolve", "1", "--arrived", "--bounced"],
        &["resolve", "1", "--arrived", "--ticket", "T"],
        &["resolve", "x", "--arrived"],
        &["approve", "3..1"],
    ] {
        assert_eq!(home.run(&[&["outbox"], wrong].concat()).code, 2, "{wrong:?}");
    }
    assert_eq!(home.run(&["outbox", "resolve", "2", "--bounced"]).code, 1, "nobody can have answered it");
}

#[test]
fn the_text_for_a_form_is_shown_to_be_copied_and_is_told_by_hand() {
    let home = Home::new(&[FOLDER, UNATTENDED].concat());
    store(&home).hold(&[draft("form", "https://isp.example/abuse", 1)], "ann", 1).unwrap();
    let text = home.good(&["outbox", "show", "1", "--text"]).answer;
    assert!(text.contains("text of form") && !text.contains('\x1b'), "{text:?}");
    let ran = home.run(&["outbox", "approve", "1", "--count", "1"]);
    assert!(ran.code == 1 && ran.said.contains("--by-hand"), "{ran:?}");
    home.good(&["outbox", "resolve", "1", "--by-hand"]);
    assert_eq!(states(&home), ["by-hand"]);
}

#[test]
fn the_audit_has_a_line_for_every_change_newest_first() {
    let home = Home::new(&[FOLDER, UNATTENDED].concat());
    hold(&home, &["one", "two"]);
    home.good(&["outbox", "approve", "1", "--count", "1"]);
    let all = lines(&home, &["audit", "--json"]);
    let short: Vec<_> = all
        .iter()
        .map(|line| {
            (line["id"].as_i64().unwrap(), line["by"].as_str().unwrap(), line["act"].as_str().unwrap())
        })
        .collect();
    assert_eq!(short, [(3, "tester", "approved"), (2, "ann", "held"), (1, "ann", "held")]);
    assert!(all[0]["detail"].as_str().unwrap().starts_with("abuse@isp.example sha256:"));
    assert_eq!(lines(&home, &["audit", "--json", "--limit", "1", "--offset", "1"]), all[1..2]);
    assert_eq!(lines(&home, &["audit", "--json", "--since", "1d"]), all[..1]);
    let table = home.good(&["audit"]);
    assert!(table.answer.contains("approved") && table.said.contains("3 lines in all"), "{table:?}");
    let info = home.good(&["db", "info", "--json"]).summary();
    assert_eq!((info["outbox"]["held"].as_i64(), info["audit"].as_i64()), (Some(1), Some(3)));
    home.good(&["db", "check"]);
}

#[test]
fn at_a_terminal_a_person_types_the_number_and_not_yes() {
    let home = Home::new(FOLDER);
    hold(&home, &["one", "two"]);
    let asked = |answer: &str| {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lafayette"));
        command.args(["outbox", "approve", "1..2"]);
        command.env_clear();
        for (name, value) in [("HOME", home.path("").display().to_string()), ("LOGNAME", "tester".to_owned())]
        {
            command.env(name, value);
        }
        let mut pty = Pty::start(command, (80, 24));
        pty.until("the question", |screen| screen.contents().contains("Type their number"));
        let question = pty.text();
        pty.keys(&format!("{answer}<enter>"));
        pty.until("the end", |screen| screen.contents().contains("approved"));
        question
    };
    let question = asked("y");
    assert!(question.contains("2 messages to 1 recipient, about 6 mails"), "{question}");
    asked("1");
    assert_eq!(states(&home), ["held", "held"]);
    asked("2");
    assert_eq!(states(&home), ["approved", "approved"]);
}

#[test]
fn an_approval_that_is_killed_is_of_all_or_none() {
    let home = Home::new(&[FOLDER, UNATTENDED].concat());
    let names: Vec<String> = (0..200).map(|number| format!("m{number}")).collect();
    hold(&home, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut killed, mut audited) = (0, 200);
    for wait in (0..30).map(|step| std::time::Duration::from_millis(step * 5)) {
        let running = home.start(&["outbox", "approve", "1..200", "--count", "200"]);
        std::thread::sleep(wait);
        killed += usize::from(running.kill());
        let counts = store(&home).outbox_counts().unwrap();
        let is_done = counts == [(OutgoingState::Approved, 200)];
        assert!(is_done || counts == [(OutgoingState::Held, 200)], "{counts:?}");
        audited += if is_done { 200 } else { 0 };
        assert_eq!(store(&home).audit(None, None, None, usize::MAX).unwrap().len(), audited);
        if is_done {
            home.good(&["outbox", "hold", "1..200"]);
            audited += 200;
        }
    }
    assert!(killed > 0, "the first ones are killed before they are done");
    home.good(&["db", "check"]);
}
