//! From a mailbox to abuse desks: what is marked is reported once, whoever dies on the way and whatever servers do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::model::clock;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::desks::{CONTACTS, World, assert_once, desk, fraud, lines, states, with_marked};
use support::dovecot::{Dovecot, Options};
use support::program::Home;
use support::smtp::{Fault, Play, Step};

#[test]
fn from_a_mailbox_to_forty_desks_each_gets_what_the_preview_showed_once() {
    const REPORTS: usize = 300;
    let world = World::new(REPORTS);
    let mailbox = Dovecot::start(&Options::default());
    let feed = mailbox.feed("failures", "u", "implicit", "trusted_reporters = ['reporter.example']");
    let home = Home::new(&world.configuration(&feed));
    let messages: Vec<Vec<u8>> = (0..REPORTS).map(|number| fraud(number, number % CONTACTS)).collect();
    mailbox.deliver("u", "INBOX", &messages);
    assert_eq!(home.sync()["stored"], REPORTS);
    home.good(&["mark", "is:open"]);
    let preview = lines(&home, &["report", "is:marked", "--json"]);
    assert_eq!(preview.len(), REPORTS, "{:?}", preview.iter().find(|line| line["refused"].is_string()));
    assert!(preview.iter().all(|line| line["state"] == "held" && line["ticked"] == true), "{}", preview[0]);
    assert!(!world.registry.asked().is_empty(), "half of the contacts are the registry's");
    assert_eq!(world.smtp.received(), [], "nothing leaves before it is approved");

    let shown: HashMap<i64, Vec<u8>> = preview
        .iter()
        .map(|line| line["outgoing"].as_i64().unwrap())
        .map(|id| (id, home.good(&["outbox", "show", &id.to_string(), "--raw"]).answer.into_bytes()))
        .collect();
    let all = format!("1..{}", shown.keys().max().unwrap());
    assert_ne!(home.run(&["outbox", "approve", &all, "--count", "299"]).code, 0);
    assert_eq!(states(&home), BTreeMap::from([("held".to_owned(), REPORTS)]));
    home.good(&["outbox", "approve", &all, "--count", "300"]);

    assert_eq!(states(&home), BTreeMap::from([("sent".to_owned(), REPORTS)]));
    let received = world.smtp.received();
    assert_eq!(received.len(), REPORTS);
    assert_once(&received);
    let mut by_desk: BTreeMap<&str, usize> = BTreeMap::new();
    for message in &received {
        assert!(shown.values().any(|bytes| *bytes == message.bytes), "what left is not what was shown");
        assert!(message.sender.starts_with("abuse-desk+"), "{}", message.sender);
        *by_desk.entry(&message.recipients[0]).or_default() += 1;
    }
    let expected: Vec<String> = (0..CONTACTS).map(desk).collect();
    assert_eq!(by_desk.keys().copied().collect::<Vec<_>>(), expected);
    assert_eq!(lines(&home, &["list", "is:reported", "--json"]).len(), REPORTS);
    assert_eq!(lines(&home, &["list", "is:open", "--json"]).len(), 0);

    let again = home.run(&["report", "is:marked", "--json"]);
    assert_eq!(again.code, 1, "{again:?}");
    assert_eq!(states(&home), BTreeMap::from([("sent".to_owned(), REPORTS)]));
    home.run(&["outbox", "flush"]);
    assert_eq!(world.smtp.received().len(), REPORTS, "and nothing again");
}

#[test]
fn whoever_is_killed_while_it_approves_and_sends_never_sends_a_second_copy() {
    const KILLS: usize = 30;
    const REPORTS: usize = 120;
    let world = World::new(REPORTS);
    let home = with_marked(&world, REPORTS, "");
    home.good(&["report", "is:marked", "--json"]);
    // A message takes a moment, so that most deaths are in the middle of one.
    world.smtp.plan(vec![Fault::at(Step::End, Play::Trickle).times(6).sparing(3)]);
    let mut seed = 7_u64;
    for kill in 0..KILLS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_millis(15 + (seed >> 33) % 120);
        let held = lines(&home, &["outbox", "list", "--state", "held", "--format", "json", "--limit", "0"]);
        let arguments = match held.first() {
            Some(row) if kill % 2 == 0 => {
                let first = row["id"].as_i64().unwrap();
                vec!["outbox".to_owned(), "approve".to_owned(), first.to_string()]
            }
            _ => vec!["outbox".to_owned(), "flush".to_owned()],
        };
        let count = ["--count".to_owned(), "1".to_owned()];
        let with_count = arguments.iter().chain(if arguments[1] == "approve" { &count[..] } else { &[] });
        let run = home.start(&with_count.map(String::as_str).collect::<Vec<_>>());
        std::thread::sleep(moment);
        run.kill();
    }
    world.smtp.plan(vec![]);
    let held = lines(&home, &["outbox", "list", "--state", "held", "--format", "json", "--limit", "0"]);
    if !held.is_empty() {
        let ids: Vec<String> = held.iter().map(|row| row["id"].to_string()).collect();
        let count = ids.len().to_string();
        let mut arguments = vec!["outbox", "approve"];
        arguments.extend(ids.iter().map(String::as_str));
        arguments.extend(["--count", &count]);
        home.run(&arguments);
    }
    home.run(&["outbox", "flush"]);
    home.good(&["db", "check"]);

    let received = world.smtp.received();
    assert_once(&received);
    let arrived: std::collections::HashSet<&[u8]> =
        received.iter().map(|message| message.bytes.as_slice()).collect();
    let states = states(&home);
    assert_eq!(states.values().sum::<usize>(), REPORTS, "{states:?}");
    for row in lines(&home, &["outbox", "list", "--format", "json", "--limit", "0"]) {
        let id = row["id"].to_string();
        let bytes = home.good(&["outbox", "show", &id, "--raw"]).answer.into_bytes();
        match row["state"].as_str().unwrap() {
            "sent" => assert!(arrived.contains(bytes.as_slice()), "{id} is said to have left"),
            // Nobody can know; a person finds out.
            "unknown" => {}
            state => panic!("{id} is {state}: {row}"),
        }
    }
}

#[test]
fn whatever_the_server_does_every_row_is_as_it_was() {
    let cases: &[(Step, Play, &str)] = &[
        (Step::Recipient, Play::Say("450 4.2.0 greylisted"), "deferred"),
        (Step::Recipient, Play::Say("550 5.1.1 no such user"), "failed"),
        (Step::Sender, Play::Drop, "deferred"),
        (Step::Login, Play::Say("535 5.7.8 no"), "deferred"),
        (Step::Content, Play::Drop, "unknown"),
        (Step::End, Play::DoneThenDrop, "unknown"),
        (Step::End, Play::Say("552 5.3.4 too large"), "failed"),
        (Step::End, Play::Say("451 4.3.0 later"), "deferred"),
    ];
    let world = World::new(1);
    for (step, play, state) in cases {
        let home = with_marked(&world, 1, "");
        world.smtp.plan(vec![Fault::at(*step, *play)]);
        let before = world.smtp.received().len();
        home.run(&["report", "is:marked", "--approve", "1"]);
        assert_eq!(states(&home), BTreeMap::from([((*state).to_owned(), 1)]), "{step:?} {play:?}");
        world.smtp.plan(vec![]);
        home.run(&["outbox", "flush"]);
        let arrived = world.smtp.received().len() - before;
        assert!(arrived <= 1, "{step:?} {play:?}: {arrived} copies");
        let answer = lines(&home, &["outbox", "list", "--format", "json"])[0]["answer"].clone();
        assert!(
            *state == "sent" || answer.as_str().is_some_and(|text| !text.is_empty()),
            "{step:?}: a sentence"
        );
    }
}

#[test]
fn every_message_reads_back_to_the_facts_it_was_made_of() {
    let world = World::new(4);
    let home = with_marked(&world, 4, "");
    home.good(&["report", "is:marked", "--out", "out"]);
    let files: Vec<_> =
        std::fs::read_dir(home.path("out")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 4);
    let names: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    home.good(&[&["lint"][..], &names].concat());
    let script = "import sys,email,email.policy\n\
        for name in sys.argv[1:]:\n\
        \x20   message = email.message_from_bytes(open(name,'rb').read(), policy=email.policy.default)\n\
        \x20   parts = list(message.walk())\n\
        \x20   assert not any(part.defects for part in parts), name\n\
        \x20   assert message.get_content_type() == 'multipart/report', name\n";
    let checked = Command::new("python3").args(["-c", script]).args(&names).stderr(Stdio::inherit()).status();
    assert!(checked.unwrap().success());
    let other = Home::new("treat_as_public = ['198.18.0.0/15']\n[own]\ndomains = ['brand.example']\n");
    other.good(&["import", home.path("out").to_str().unwrap()]);
    let facts = |home: &Home, query: &str| -> Vec<(String, String)> {
        let mut facts: Vec<(String, String)> = lines(home, &["list", query, "--json"])
            .iter()
            .map(|line| (line["source_ip"].to_string(), line["subject"].to_string()))
            .collect();
        facts.sort();
        facts
    };
    // Reports of our own that come back are known as such, and understood all the same.
    assert_eq!(facts(&other, "is:not-report"), facts(&home, "kind:normal"));
}

#[test]
fn what_desks_answer_is_tied_to_the_report_whose_token_it_carries() {
    let world = World::new(3);
    let mailbox = Dovecot::start(&Options::default());
    let replies = mailbox.feed("answers", "answers", "implicit", "kind = 'replies'");
    let home = with_marked(&world, 3, &replies);
    home.good(&["report", "is:marked", "--approve", "3"]);
    let rows = lines(&home, &["outbox", "list", "--format", "json"]);
    let row = |place: usize| rows.iter().find(|row| row["recipient"] == desk(place)).unwrap();
    let message_id = |place: usize| row(place)["message_id"].as_str().unwrap().to_owned();
    let sent = world.smtp.received();
    let envelope = sent.iter().find(|message| message.recipients[0] == desk(0)).unwrap().sender.clone();
    let bounce = format!(
        "From: MAILER-DAEMON@isp00.example\nTo: <{envelope}>\nSubject: Undelivered\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
         No.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.isp00.example\n\n\
         Final-Recipient: rfc822; {}\nAction: failed\nStatus: 5.1.1\n\n--b--\n",
        desk(0)
    );
    let answer = |from: usize, about: &str, subject: &str, text: &str| {
        format!(
            "From: {}\nTo: abuse-desk@brand.example\nIn-Reply-To: <{about}>\nSubject: {subject}\n\n{text}\n",
            desk(from)
        )
    };
    let messages = [
        bounce,
        answer(1, &message_id(1), "Re: FW: x [ABUSE-20471]", "We closed the account."),
        answer(2, &message_id(2), "Re: FW: x", "STOP\n\n> Dear desk"),
        answer(1, "0123456789abcdef0123456789abcdef@brand.example", "Re: y", "STOP"),
    ];
    let messages: Vec<Vec<u8>> =
        messages.iter().map(|text| text.replace('\n', "\r\n").into_bytes()).collect();
    mailbox.deliver("answers", "INBOX", &messages);
    home.sync();
    let rows = lines(&home, &["outbox", "list", "--format", "json"]);
    let told = |place: usize| {
        let row = rows.iter().find(|row| row["recipient"] == desk(place)).unwrap();
        (row["response"].as_str().unwrap().to_owned(), row["ticket"].as_str().map(str::to_owned))
    };
    assert_eq!(told(0), ("bounced".to_owned(), None));
    assert_eq!(told(1), ("answered".to_owned(), Some("ABUSE-20471".to_owned())));
    assert_eq!(told(2), ("answered".to_owned(), None));
    let standing = home.good(&["contacts", "list", "--json"]).answer;
    assert!(standing.contains(&desk(2)) && standing.contains("opted-out"), "{standing}");
    assert!(!standing.contains(&desk(1)), "a token of nobody changes nothing: {standing}");
    assert_eq!(lines(&home, &["list", "is:open", "--json"]).len(), 0, "answers are no reports");
}

#[test]
fn one_message_that_nobody_reported_goes_to_those_who_answer_for_its_source() {
    let world = World::new(2);
    let home = Home::new(&world.configuration("").replace(
        "domains = ['brand.example']",
        "domains = ['brand.example']\ntrusted_hosts = ['mx.brand.example']",
    ));
    let at = clock::rfc5322(clock::now() - 3_600);
    let spam = format!(
        "Received: from mail.brand.example ([10.0.0.7]) by mx.brand.example; {at}\n\
         Received: from x.example (x.example [198.18.1.1]) by mx.brand.example with ESMTP; {at}\n\
         Received: from made.up ([198.18.0.1]) by x.example; {at}\n\
         From: Prize <prize@win.test>\nTo: <kx7-lotte@brand.example>\nSubject: You won\nDate: {at}\n\
         Message-ID: <1@win.test>\n\nClaim at http://win.test/claim http://win.test/logo.png http://brand.example/\n"
    );
    std::fs::write(home.path("spam.eml"), spam).unwrap();
    let shown = lines(&home, &["spam", "spam.eml", "--dry-run", "--json"]);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!((&shown[0]["to"], &shown[0]["type"]), (&desk(1).into(), &"abuse".into()), "{}", shown[0]);
    assert!(!home.path("reports.db").exists() || states(&home).is_empty(), "a look holds nothing");
    let urls: Vec<(&str, bool, &str)> = shown[0]["urls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|url| {
            let why = url["why_not"].as_str().unwrap_or_default();
            (url["url"].as_str().unwrap(), url["ticked"].as_bool().unwrap(), why)
        })
        .collect();
    let own = "under brand.example, a domain of our own: never reported";
    assert_eq!(
        urls,
        [
            ("http://win.test/claim", true, ""),
            ("http://win.test/logo.png", false, "a picture"),
            ("http://brand.example/", false, own),
        ]
    );
    let places: Vec<&str> =
        shown[0]["received"].as_array().unwrap().iter().map(|hop| hop["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["inside", "border", "outside"]);
    let chosen = |arguments: &[&str]| {
        let all = [&["spam", "spam.eml", "--dry-run", "--json"], arguments].concat();
        let ran = home.run(&all);
        let line = ran.answer.lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let urls = line.map(|line| line["urls"].as_array().unwrap().clone()).unwrap_or_default();
        let on = urls.iter().filter(|url| url["ticked"] == true);
        (ran.code, on.map(|url| url["url"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), ran.said)
    };
    let with_picture =
        chosen(&["--url", "hxxp://win[.]test/logo.png", "--without-url", "http://win.test/claim"]);
    assert_eq!((with_picture.0, with_picture.1), (0, vec!["http://win.test/logo.png".to_owned()]));
    assert!(chosen(&["--url", "http://brand.example/"]).2.contains(own));
    assert!(chosen(&["--without-url", "http://nowhere.test/"]).2.contains("the message has no URL"));
    assert_eq!(home.run(&["spam", "--edit"]).code, 2, "there is no terminal for an editor");
    assert_eq!(home.run(&["spam"]).code, 2);
    home.good(&["spam", "spam.eml", "--approve", "1"]);
    let received = world.smtp.received();
    assert_eq!(received.len(), 1);
    let text = String::from_utf8(received[0].bytes.clone()).unwrap();
    assert_eq!(text.matches("\nSource-IP: ").count(), 1);
    assert!(
        text.contains("Source-IP: 198.18.1.1") && text.contains("Reported-URI: http://win.test/claim"),
        "{text}"
    );
    for hidden in ["kx7-lotte", "logo.png", "Reported-URI: http://brand.example"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    let again = home.run(&["spam", "spam.eml", "--approve", "1"]);
    assert_eq!((again.code, world.smtp.received().len()), (1, 1), "{again:?}");
}
