//! Patterns through the real binary: what is planted in a mailbox comes out unasked, and cron hears of it once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::config::{Arguments, Config, Environment};
use lafayette::jobs::desk::{Act, Desk, Event, Options, PatternsQuestion, Request, Target};
use lafayette::jobs::{Cancel, alert};
use lafayette::model::clock::{self, Seconds, rfc3339};
use lafayette::store::{Access, Store};
use serde_json::Value;
use std::fmt::Write;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use support::program::Home;

/// RFC 5322 §3.3.
fn date(at: Seconds) -> String {
    chrono::DateTime::from_timestamp(at, 0).unwrap().to_rfc2822()
}

/// A message of an mbox: a failure report about a mail with this subject and this URL.
fn put(mbox: &mut String, number: usize, at: Seconds, source: &str, subject: &str, url: &str) {
    write!(
        mbox,
        "From - Fri Nov 20 10:00:00 2026
From: DMARC reporter <noreply@reporter.example>
To: dmarc@brand.example
Subject: FW: {subject}
Message-ID: <report-{number}@reporter.example>
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=\"=_report\"

--=_report
Content-Type: message/feedback-report

Feedback-Type: auth-failure
User-Agent: Reporter/1.0
Version: 1
Auth-Failure: dmarc
Source-IP: {source}
Reported-Domain: brand.example
Arrival-Date: {date}
Delivery-Result: delivered
Authentication-Results: mx.reporter.example; dmarc=fail header.from=brand.example

--=_report
Content-Type: message/rfc822

From: Accounting <accounting{number}@brand.example>
To: person@reporter.example
Subject: {subject}
Message-ID: <mail-{number}@brand.example>
Date: {date}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Please look at {url} today.

--=_report--

",
        date = date(at)
    )
    .unwrap();
}

const TOPICS: [&str; 6] = ["invoice", "parcel", "meeting", "ticket", "password", "newsletter"];

/// A mailbox of nine days: the usual, a campaign that is there every day, and today a wave that nobody looked for.
fn mailbox(wave: usize) -> String {
    let now = clock::now();
    let mut mbox = String::new();
    for number in 0..180 {
        let (topic, at) = (TOPICS[number % 6], now - 600 - (number as Seconds * 4_200));
        let source = format!("198.51.{}.{}", number % 90, number % 200 + 1);
        let url = format!("http://h{number}.example.net/{topic}/{number}.php?id={number}");
        put(&mut mbox, number, at, &source, &format!("{topic} {number} of the {topic} desk"), &url);
    }
    let wordings = ["Urgent: wire transfer", "Wire transfer pending", "The wire transfer of Anna"];
    for number in 0..wave {
        let source = format!("203.0.113.{}", number % 3 + 1);
        let url = format!("http://w{number}.example.org/{number}/mail.htm");
        let at = now - 3_600 - number as Seconds * 60;
        put(&mut mbox, 1_000 + number, at, &source, &format!("{} {number}", wordings[number % 3]), &url);
    }
    mbox
}

const CONFIGURATION: &str =
    "treat_as_public = ['198.51.0.0/16', '203.0.113.0/24']\n[own]\ndomains = ['brand.example']\n";

fn home(wave: usize, more: &str) -> Home {
    let home = Home::new(&format!("{CONFIGURATION}{more}"));
    std::fs::write(home.path("box.mbox"), mailbox(wave)).unwrap();
    let ran = home.run(&["import", home.path("box.mbox").to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    home
}

fn patterns(home: &Home, arguments: &[&str]) -> (i32, Vec<Value>) {
    let ran = home.run(&[&["patterns", "--json"], arguments].concat());
    (ran.code, ran.answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn what_the_two_sentences_look_for_comes_out_unasked_and_first() {
    let home = home(12, "");
    let (code, found) = patterns(&home, &[]);
    assert_eq!(code, 0);
    let first = &found[0];
    assert_eq!(
        (first["by"].as_str(), first["value"].as_str()),
        (Some("words"), Some("wire transfer")),
        "{first}"
    );
    assert_eq!(first["query"], "since:1d \"wire transfer\"");
    assert_eq!((first["count"].as_u64(), first["new"].as_bool()), (Some(12), Some(true)));
    assert_eq!(first["sources"], 3);
    let details = first["details"].as_array().unwrap();
    let ending = details.iter().find(|detail| detail["by"] == "ending").expect("the ending of the URL");
    assert_eq!((ending["value"].as_str(), ending["count"].as_u64()), (Some("mail.htm"), Some(12)));
    assert!(details.iter().any(|detail| detail["value"] == "203.0.113.0/24"), "{details:?}");
    assert_eq!(
        found.iter().filter(|found| found["new"] == true).count(),
        1,
        "one line for one wave: {found:#?}"
    );
    for pattern in &found {
        let listed = home.run(&["list", pattern["query"].as_str().unwrap(), "--format", "json"]);
        assert_eq!(listed.answer.lines().count() as u64, pattern["count"].as_u64().unwrap(), "{pattern}");
    }
}

#[test]
fn cron_gets_exit_code_10_for_what_is_new_and_0_where_nothing_is() {
    let home = home(12, "");
    let (code, found) = patterns(&home, &["--new"]);
    assert_eq!((code, found.len()), (10, 1));
    let (code, found) = patterns(&home, &["--new", "--min", "13"]);
    assert_eq!((code, found.len()), (0, 0));
    let (code, _) = patterns(&home, &["--new", "kind:bounce"]);
    assert_eq!(code, 0);
    let (code, _) = patterns(&home, &["--new", "since:3d"]);
    assert_eq!(code, 10, "a window of the query's own");
    let nothing = self::home(0, "");
    assert_eq!(nothing.run(&["patterns", "--new"]).code, 0);
    assert_eq!(nothing.run(&["patterns", "kind:bnce"]).code, 2);
    // What is old bursts as well, and is not denied.
    let mut grown = String::new();
    for number in 0..20 {
        let age = if number == 0 { 3 * 86_400 } else { 600 };
        let url = "http://parcel.example.com/held.htm";
        put(&mut grown, 9_000 + number, clock::now() - age, "203.0.113.9", "Parcel held at customs", url);
    }
    std::fs::write(nothing.path("grown.mbox"), grown).unwrap();
    nothing.run(&["import", nothing.path("grown.mbox").to_str().unwrap()]);
    assert!(patterns(&nothing, &[]).1.iter().all(|pattern| pattern["new"] == false));
    let said = nothing.run(&["patterns", "--new"]).said;
    assert!(said.starts_with("Nothing new in these 24 hours") && said.contains("Without --new"), "{said}");
}

#[test]
fn what_is_usual_is_told_from_the_time_that_reports_are_there_for() {
    let home = home(12, "");
    let (_, found) = patterns(&home, &["since:3d"]);
    assert!(!found.is_empty());
    // They go back nearly nine days; three weeks before the window would be twenty-four.
    let begin = rfc3339(clock::now() - 9 * 86_400);
    for pattern in found {
        assert!(pattern["window"]["before"].as_str().unwrap() >= begin.as_str(), "{pattern}");
    }
}

#[test]
fn people_get_a_table_and_spreadsheets_a_header() {
    let home = home(12, "");
    let table = home.run(&["patterns"]).answer;
    assert!(
        table.contains("subject \"wire transfer\"") && table.contains("new, none in the 7 days before"),
        "{table}"
    );
    let csv = home.run(&["patterns", "--format", "csv"]).answer;
    let header = "by,pattern,query,reports,before,new,why,first,last,countries,sources,fraud,listed,delivered,\
                  reported,open";
    assert_eq!(csv.lines().next(), Some(header));
    assert!(csv.contains("\"since:1d \"\"wire transfer\"\"\""), "{csv}");
    let quiet = self::home(0, "");
    let ran = quiet.run(&["patterns", "kind:bounce"]);
    assert!(ran.answer.is_empty() && ran.said.starts_with("Nothing bursts"), "{ran:?}");
}

fn config(home: &Home) -> Config {
    let arguments =
        Arguments { config: Some(home.path(".config/lafayette/config.toml")), ..Arguments::default() };
    Config::load(&arguments, &Environment::default()).expect("a configuration")
}

fn wait<T>(events: &Receiver<Event>, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
    loop {
        let event = events.recv_timeout(Duration::from_secs(60)).expect("news in time");
        if let Some(found) = wanted(event) {
            return found;
        }
    }
}

#[test]
fn the_desk_finds_the_same_and_marks_what_is_open_of_a_pattern_without_a_list() {
    let home = home(12, "");
    let (_, found) = patterns(&home, &[]);
    let (sender, events) = channel();
    let options = Options { config: config(&home), read_only: false, login: "tester".to_owned() };
    let desk = Desk::open(options, move |event| drop(sender.send(event)));
    let ask = |number, query: &str| {
        desk.send(Request::Patterns(PatternsQuestion { number, query: query.to_owned() }));
    };
    let answered = |number| {
        wait(&events, |event| match event {
            Event::Patterns(found) if found.question == number => Some(found),
            _ => None,
        })
    };
    ask(1, "since:1d");
    let patterns = answered(1).patterns.expect("a right query");
    let queries: Vec<&str> = patterns.iter().map(|pattern| pattern.query.as_str()).collect();
    assert_eq!(queries, found.iter().map(|pattern| pattern["query"].as_str().unwrap()).collect::<Vec<_>>());
    ask(2, "since:1d kind:bnce");
    assert_eq!(answered(2).patterns.expect_err("a wrong one").column, 14);
    ask(3, "since:1h text:lottery subject:nobody");
    let none = answered(3);
    assert!(none.left_out_text && none.patterns.is_ok_and(|patterns| patterns.is_empty()));
    assert_eq!(none.newest, None, "there is no such report");
    ask(4, "on:2001-01-01");
    let day = answered(4).newest.expect("the newest of all") - clock::now();
    assert!((-86_400..=0).contains(&day), "{day}");
    let target = Target::Query(format!("{} is:open", queries[0]));
    desk.send(Request::Act(Act::Mark { target, on: true }));
    let sentence = wait(&events, |event| match event {
        Event::Done { sentence, .. } => Some(sentence),
        Event::Failed(sentence) => panic!("{sentence}"),
        _ => None,
    });
    assert!(sentence.contains("12"), "{sentence}");
    drop(desk);
    assert_eq!(home.run(&["list", "is:marked", "--json"]).answer.lines().count(), 12);
}

fn alerted(home: &Home) -> alert::Alerted {
    let config = config(home);
    let store = Store::open(&config.database, Access::ReadWrite).expect("opens");
    alert::after_sync(&config, &store, &Cancel::default())
}

#[test]
fn a_command_hears_of_a_new_pattern_once_and_no_mail_can_speak_to_its_shell() {
    let home = home(12, "");
    let heard = home.path("heard").display().to_string();
    let command = format!(
        "[alert]\ncommand = 'printf \"%s|%s\\n\" \"$LAFAYETTE_PATTERN\" \"$LAFAYETTE_PATTERN_REPORTS\" >> {heard}; \
         cat >> {heard}'\n"
    );
    home.configure(&format!("{CONFIGURATION}{command}"));
    assert_eq!(alerted(&home), alert::Alerted { told: 1, errors: vec![] });
    let text = std::fs::read_to_string(&heard).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("subject \"wire transfer\"|12"));
    let told: Value = serde_json::from_str(lines.next().expect("standard input")).unwrap();
    assert_eq!(told["query"], "since:1d \"wire transfer\"");
    // More of the same, also where another dimension would name it now.
    std::fs::write(home.path("box.mbox"), mailbox(14)).unwrap();
    home.run(&["import", home.path("box.mbox").to_str().unwrap()]);
    assert_eq!(alerted(&home), alert::Alerted::default());
    let mut hostile = String::new();
    for number in 0..12 {
        let subject = format!("$(touch {0}/owned) `touch {0}/owned`; zzyzx qwerty", home.path("").display());
        put(
            &mut hostile,
            5_000 + number,
            clock::now() - 300,
            "203.0.113.9",
            &subject,
            "http://y.example.com/'\"",
        );
    }
    std::fs::write(home.path("box.mbox"), hostile).unwrap();
    home.run(&["import", home.path("box.mbox").to_str().unwrap()]);
    assert_eq!(alerted(&home).told, 1);
    assert!(!home.path("owned").exists());
    assert!(std::fs::read_to_string(&heard).unwrap().contains("zzyzx qwerty"));
}

#[test]
fn a_command_that_fails_is_told_of_and_tried_again() {
    let home = home(12, "[alert]\ncommand = 'exit 3'\n");
    let Ok([error]) = <[String; 1]>::try_from(alerted(&home).errors) else { panic!("one sentence") };
    assert!(error.contains("[alert] command failed") && error.contains('3'), "{error}");
    home.configure(&format!("{CONFIGURATION}[alert]\ncommand = 'cat > /dev/null'\n"));
    assert_eq!(alerted(&home).told, 1);
    home.configure(CONFIGURATION);
    assert_eq!(alerted(&home), alert::Alerted::default(), "nobody is named");
}
