//! URLs to feeds, from the mail to the verdict: what a feed gets is what a person approved, once, and never what is ours or
//! names a recipient. All feeds are on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use serde_json::{Value, json};
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::http::{Asked, FakeHttp, Reply};
use support::messages::padded_report;
use support::program::Home;

const A: &str = "http://a.phish.example/login?id=1";
const B: &str = "http://b.phish.example/";

fn configuration(feeds: &str) -> String {
    format!(
        "[report]\nfrom = 'desk@example.com'\n[own]\ndomains = ['brand.example']\n\
         [export]\nallowed_domains = ['large.example']\n[http]\ntimeout_seconds = 1\n\
         [sending]\nhold = '0s'\nunattended = true\nby = 'folder'\nfolder = 'outgoing'\n{feeds}"
    )
}

fn netcraft(endpoint: &str) -> String {
    format!("[[url_feed]]\nname = 'netcraft'\nkind = 'netcraft'\nendpoint = '{endpoint}'\n")
}

fn spamhaus(endpoint: &str) -> String {
    format!(
        "[[url_feed]]\nname = 'spamhaus'\nkind = 'spamhaus'\nendpoint = '{endpoint}'\nkey_command = 'echo s3cret'\n"
    )
}

const APWG: &str = "[[url_feed]]\nname = 'apwg'\nkind = 'mail'\nto = 'reportphishing@feeds.example'\n";

/// A house with these feeds and one report that names these URLs.
fn home(feeds: &str, urls: &[&str]) -> Home {
    let home = Home::new(&configuration(feeds));
    let message = String::from_utf8(padded_report(1, 0)).unwrap();
    let message = message.replace("http://pay-1.example.net/invoice today.", &urls.join("\r\n"));
    std::fs::write(home.path("report.eml"), message).unwrap();
    home.good(&["import", "report.eml"]);
    home
}

fn lines(answer: &str) -> Vec<Value> {
    answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// State and answer of a row.
fn row(home: &Home, id: &str) -> (String, String) {
    let row = home.good(&["outbox", "show", id, "--json"]).summary();
    (row["state"].as_str().unwrap().to_owned(), row["answer"].as_str().unwrap().to_owned())
}

fn states(home: &Home, url: &str) -> Value {
    let all = lines(&home.good(&["urls", "--format", "json"]).answer);
    all.into_iter().find(|line| line["url"] == url).unwrap()["feeds"].clone()
}

fn accepted(asked: &Asked) -> Reply {
    match asked.target.as_str() {
        "/report/urls" => {
            Reply::ok("application/json", r#"{"message":"Successfully reported","uuid":"uu-1"}"#)
        }
        _ => Reply::status(404),
    }
}

#[test]
fn netcraft_gets_exactly_the_bytes_that_were_approved_and_gets_them_once() {
    let server = FakeHttp::start(accepted);
    let home = home(&netcraft(&server.url("/")), &[A, B]);
    let dry = home.good(&["submit", "has:url", "--feed", "netcraft", "--dry-run", "--json"]);
    assert_eq!(lines(&dry.answer)[0]["urls"].as_array().unwrap().len(), 2);
    assert!(server.asked().is_empty() && home.good(&["outbox", "--json"]).answer.is_empty());

    let wrong = home.run(&["submit", "has:url", "--feed", "netcraft", "--approve", "2"]);
    assert!(wrong.code == 1 && wrong.said.contains("1 submission may be approved together"), "{wrong:?}");
    assert!(home.good(&["outbox", "--json"]).answer.is_empty(), "nothing was held either");

    home.good(&["submit", "has:url", "--feed", "netcraft"]);
    assert_eq!(row(&home, "1").0, "held");
    assert_eq!(states(&home, A)[0]["state"], "held");
    let shown = home.good(&["outbox", "show", "1", "--raw"]).answer;
    assert!(server.asked().is_empty());
    home.good(&["outbox", "approve", "1", "--count", "1"]);
    let asked = server.asked();
    assert_eq!(server.lines(), ["POST /report/urls"]);
    assert_eq!(String::from_utf8(asked[0].body.clone()).unwrap(), shown);
    let body: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(body["email"], "desk@example.com");
    let mut urls: Vec<&str> =
        body["urls"].as_array().unwrap().iter().map(|url| url["url"].as_str().unwrap()).collect();
    urls.sort_unstable();
    assert_eq!(urls, [A, B]);
    assert_eq!(row(&home, "1").0, "sent");
    assert_eq!(
        (states(&home, A)[0]["feed"].as_str(), states(&home, A)[0]["state"].as_str()),
        (Some("netcraft"), Some("accepted"))
    );

    let again = home.run(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
    assert!(again.code == 1, "{again:?}");
    let again = home.run(&["submit", "has:url", "--feed", "netcraft"]);
    assert!(again.code == 1 && again.said.contains("row 1 of the outbox did, sent"), "{again:?}");
    home.good(&["outbox", "flush"]);
    assert_eq!(server.asked().len(), 1, "never a second time");
}

#[test]
fn spamhaus_gets_one_url_a_request_with_the_key_and_what_it_knows_is_known() {
    let server = FakeHttp::start(|asked: &Asked| {
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        match (asked.target.as_str(), body["source"]["object"].as_str()) {
            ("/v1/submissions/add/url", Some(A)) => {
                Reply::Status(208, vec![], br#"{"message":"already reported"}"#.to_vec())
            }
            ("/v1/submissions/add/url", Some(_)) => Reply::ok("application/json", r#"{"id":4711}"#),
            _ => Reply::status(404),
        }
    });
    let home = home(&spamhaus(&server.url("/v1")), &[A, B]);
    let ran = home.good(&["submit", "has:url", "--feed", "spamhaus", "--approve", "2"]);
    assert!(!format!("{ran:?}").contains("s3cret"));
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.header("authorization") == Some("Bearer s3cret")));
    let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!((body["threat_type"].as_str(), body["reason"].is_string()), (Some("phish"), true));
    assert_eq!(
        (states(&home, A)[0]["state"].as_str(), states(&home, B)[0]["state"].as_str()),
        (Some("known"), Some("accepted"))
    );
    assert!(!home.good(&["outbox", "show", "1"]).answer.contains("s3cret"));
    assert!(!home.good(&["config", "show"]).answer.contains("s3cret"));
}

#[test]
fn every_answer_leaves_a_true_state() {
    type Case = (Reply, &'static str, &'static str);
    let details =
        json!({ "status": 400, "details": [{ "path": "/body/urls/0/url", "message": "no such host" }] });
    let cases: Vec<Case> = vec![
        (Reply::Status(400, vec![], details.to_string().into_bytes()), "failed", "no such host"),
        (Reply::status(401), "deferred", "mend key_command"),
        (Reply::status(429).with("Retry-After", "7200"), "deferred", "429"),
        (Reply::status(503), "deferred", "503"),
        (Reply::redirect(307, "http://127.0.0.1:9/steal"), "failed", "leads elsewhere"),
        (Reply::status(404), "failed", "mend 'endpoint'"),
        (Reply::status(500), "unknown", "Ask netcraft"),
        (Reply::Silence, "unknown", "had begun to leave"),
        (Reply::Close, "unknown", "had begun to leave"),
        (Reply::Raw(b"HTTP/1.1 2\r\n".to_vec()), "unknown", "had begun to leave"),
        (Reply::Endless, "sent", "could not be read"),
        (Reply::ok("text/html", "<html>thanks</html>"), "sent", "thanks"),
    ];
    for (reply, state, answer) in cases {
        let scripted = reply.clone();
        let server = FakeHttp::start(move |_| scripted.clone());
        let home = home(&netcraft(&server.url("/")), &[A]);
        home.run(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
        let (is, said) = row(&home, "1");
        assert!(is == state && said.contains(answer), "{reply:?}: {is}, {said}");
        assert_eq!(server.lines(), ["POST /report/urls"], "{reply:?}");
        // Nothing goes a second time that a feed has, or may have, or does not want.
        if state != "deferred" {
            home.run(&["outbox", "flush"]);
            assert_eq!(server.asked().len(), 1, "{reply:?}");
        }
        let due = home.good(&["outbox", "show", "1", "--json"]).summary()["due"].clone();
        assert_eq!(due.is_string(), state == "deferred", "{reply:?}");
    }
}

#[test]
fn what_was_rejected_says_why_and_the_others_of_the_same_submission_may_go_again() {
    let details =
        json!({ "details": [{ "path": "/body/urls/0/url", "message": "no such host" }] }).to_string();
    let first = AtomicUsize::new(0);
    let server = FakeHttp::start(move |asked| match first.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::Status(400, vec![], details.clone().into_bytes()),
        _ => accepted(asked),
    });
    let home = home(&netcraft(&server.url("/")), &[A, B]);
    home.run(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
    let sent: Value = serde_json::from_slice(&server.asked()[0].body).unwrap();
    let (bad, good) = (sent["urls"][0]["url"].as_str().unwrap(), sent["urls"][1]["url"].as_str().unwrap());
    let rejected = states(&home, bad);
    assert_eq!(
        (rejected[0]["state"].as_str(), rejected[0]["note"].as_str()),
        (Some("rejected"), Some("no such host"))
    );
    assert_eq!(states(&home, good)[0]["state"], "failed");
    home.good(&["submit", "--url", good, "--feed", "netcraft", "--approve", "1"]);
    assert_eq!(states(&home, good)[0]["state"], "accepted");
}

#[test]
fn a_connection_that_ends_in_the_middle_of_the_body_leaves_it_unknown_and_a_person_resolves_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    let heads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&heads);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = vec![];
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.extend_from_slice(&byte);
            }
            counted.fetch_add(usize::from(!head.is_empty()), Ordering::Relaxed);
            // A part of the body, and the end.
            let _ = stream.read(&mut [0; 16]);
        }
    });
    // More than any buffer on the way takes.
    let long: Vec<String> =
        (0..300).map(|n| format!("http://h{n}.phish.example/{}", "x".repeat(3_000))).collect();
    let home = Home::new(&configuration(&netcraft(&endpoint)));
    drop(home.run(&["import", "/dev/null"]));
    let mut arguments = vec!["submit", "--feed", "netcraft", "--approve", "1", "--url"];
    arguments.extend(long.iter().map(String::as_str));
    home.run(&arguments);
    assert_eq!((row(&home, "1").0.as_str(), heads.load(Ordering::Relaxed)), ("unknown", 1));
    home.run(&["outbox", "flush"]);
    assert_eq!(heads.load(Ordering::Relaxed), 1, "never again by itself");
    assert_eq!(home.run(&["outbox", "retry", "1"]).code, 1);
    home.good(&["outbox", "resolve", "1", "--not-arrived"]);
    assert_eq!(row(&home, "1").0, "held");
}

#[test]
fn a_feed_that_cannot_be_reached_got_nothing_and_is_tried_later() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = home(&netcraft(&format!("http://{nobody}/")), &[A]);
    let ran = home.run(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
    assert_eq!((ran.code, row(&home, "1").0.as_str()), (3, "deferred"), "{ran:?}");
    home.good(&["outbox", "hold", "1"]);
    assert_eq!(row(&home, "1").0, "held");
}

#[test]
fn a_program_that_is_killed_while_it_submits_has_submitted_once_at_most() {
    let server = FakeHttp::start(|_| Reply::Silence);
    let text = netcraft(&server.url("/"));
    let home = home(&text, &[A]);
    home.configure(&configuration(&text).replace("timeout_seconds = 1", "timeout_seconds = 20"));
    let running = home.start(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
    for _ in 0..500 {
        if !server.asked().is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(row(&home, "1").0, "sending", "durable before the first byte left");
    assert!(running.kill());
    home.run(&["outbox", "flush"]);
    let (state, answer) = row(&home, "1");
    assert!(state == "unknown" && answer.contains("the program ended"), "{state} {answer}");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn own_domains_and_allowed_ones_are_never_submitted_even_if_they_became_ours_after_the_approval() {
    let server = FakeHttp::start(accepted);
    let text = netcraft(&server.url("/"));
    let home = home(
        &text,
        &[A, "http://www.brand.example/login", "http://cdn.large.example/x", "http://127.0.0.1/x"],
    );
    let ran = home.run(&["submit", "has:url", "--feed", "netcraft"]);
    assert!(ran.code == 3 && ran.said.contains("of your own domains"), "{ran:?}");
    let raw = home.good(&["outbox", "show", "1", "--raw"]).answer;
    assert!(raw.contains(A) && !raw.contains("brand.example") && !raw.contains("large.example"), "{raw}");
    assert!(!raw.contains("127.0.0.1"), "{raw}");
    home.configure(&configuration(&text).replace("hold = '0s'", "hold = '10m'"));
    home.good(&["outbox", "approve", "1", "--count", "1"]);
    home.configure(&configuration(&text).replace("'large.example'", "'large.example', 'phish.example'"));
    let ran = home.run(&["outbox", "flush"]);
    assert!(ran.said.contains("must not leave"), "{ran:?}");
    assert!(server.asked().is_empty() && row(&home, "1").0 == "held");
}

#[test]
fn what_was_approved_for_one_address_never_goes_to_another() {
    let (right, wrong) = (FakeHttp::start(accepted), FakeHttp::start(accepted));
    let held = configuration(&netcraft(&right.url("/"))).replace("hold = '0s'", "hold = '10m'");
    let home = home(&netcraft(&right.url("/")), &[A]);
    home.configure(&held);
    home.good(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
    home.configure(&configuration(&netcraft(&wrong.url("/"))));
    home.run(&["outbox", "flush"]);
    assert!(right.asked().is_empty() && wrong.asked().is_empty());
    assert_eq!(row(&home, "1").0, "held");
}

#[test]
fn no_feed_learns_who_received_the_mail() {
    use base64::engine::{Engine, general_purpose::STANDARD};
    let server = FakeHttp::start(accepted);
    let text = [netcraft(&server.url("/")), APWG.to_owned()].concat();
    let home = home(&text, &[A]);
    let records = lines(&home.good(&["list", "--json"]).answer);
    let victim = records[0]["original_rcpt_to"][0].as_str().unwrap().to_owned();
    let coded = STANDARD.encode(&victim);
    let urls = [
        format!("http://c.phish.example/{coded}/x"),
        format!("http://c.phish.example/verify?u={}", victim.replace('@', "%40")),
        format!("http://c.phish.example/verify?to={coded}"),
        "http://c.phish.example/other?u=anybody@else.example#top".to_owned(),
        B.to_owned(),
    ];
    let message = String::from_utf8(padded_report(1, 1)).unwrap();
    let message = message.replace("http://pay-1.example.net/invoice today.", &urls.join("\r\n"));
    std::fs::write(home.path("second.eml"), message).unwrap();
    home.good(&["import", "second.eml"]);
    let ran = home.run(&["submit", "has:url", "--feed", "netcraft,apwg"]);
    assert!(
        ran.code == 3 && ran.said.contains("who received the mail") && ran.said.contains("--cut"),
        "{ran:?}"
    );
    let first = |home: &Home| home.good(&["outbox", "show", "1", "--raw"]).answer;
    assert!(first(&home).contains(B) && !first(&home).contains("c.phish.example"), "{}", first(&home));
    home.good(&["outbox", "cancel", "1..2"]);
    home.good(&["submit", "has:url", "--feed", "netcraft,apwg", "--cut", "--approve", "2"]);
    let body = String::from_utf8(server.asked()[0].body.clone()).unwrap();
    let file =
        std::fs::read_dir(home.path(".config/lafayette/outgoing")).unwrap().next().unwrap().unwrap().path();
    let mail = std::fs::read_to_string(file).unwrap();
    for text in [&body, &mail] {
        for cut in
            ["http://c.phish.example/verify", "http://c.phish.example/other", "http://c.phish.example/"]
        {
            assert!(text.contains(cut), "{cut} in {text}");
        }
        let local = victim.split('@').next().unwrap();
        for leak in [&victim, &coded, &victim.replace('@', "%40"), local, "anybody", "?u="] {
            assert!(!text.contains(leak), "{leak} in {text}");
        }
    }
    assert_eq!(states(&home, &urls[1])[0]["state"], "sent", "as the mail has it");
}

#[test]
fn a_mail_feed_gets_a_plain_mail_by_the_way_of_all_mail() {
    let home = home(APWG, &[A, B]);
    home.good(&["submit", "has:url", "--feed", "apwg"]);
    let shown = home.good(&["outbox", "show", "1", "--raw"]).answer;
    home.good(&["outbox", "approve", "1", "--count", "1"]);
    let files: Vec<_> = std::fs::read_dir(home.path(".config/lafayette/outgoing"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!(std::fs::read_to_string(file).unwrap(), shown);
    assert!(shown.contains("To: <reportphishing@feeds.example>"), "{shown}");
    let (_, body) = shown.split_once("\r\n\r\n").unwrap();
    let mut urls: Vec<&str> = body.lines().collect();
    urls.sort_unstable();
    assert_eq!(urls, [A, B]);
    assert_eq!(states(&home, A)[0]["state"], "sent");
    assert_eq!(
        home.good(&["list", "is:reported", "--json"]).answer,
        "",
        "a submission reports to no network"
    );
}

/// Moves the clock of a row's next poll back, as time does.
fn let_time_pass(database: &Path) {
    let db = rusqlite::Connection::open(database).unwrap();
    db.execute("UPDATE submission SET poll_due = 1 WHERE poll_due IS NOT NULL", []).unwrap();
}

#[test]
fn verdicts_are_asked_for_once_each_time_that_they_are_due() {
    let state = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&state);
    let server = FakeHttp::start(move |asked| {
        let word = ["processing", "malicious"][now.load(Ordering::Relaxed)];
        match asked.target.as_str() {
            "/submission/uu-1" => Reply::ok("application/json", &json!({ "state": word }).to_string()),
            target if target.starts_with("/submission/uu-1/urls") => {
                let list = json!({ "urls": [{ "url": A, "url_state": word }, { "url": B, "url_state": "no threats" }] });
                Reply::ok("application/json", &list.to_string())
            }
            _ => accepted(asked),
        }
    });
    let home = home(&netcraft(&server.url("/")), &[A, B]);
    let polls = || server.lines().iter().filter(|line| line.starts_with("GET /submission/uu-1/urls")).count();
    home.good(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
    home.good(&["outbox", "flush"]);
    assert_eq!(polls(), 0, "not before its time");
    let_time_pass(&home.path("reports.db"));
    home.good(&["outbox", "flush"]);
    home.good(&["outbox", "flush"]);
    assert_eq!(polls(), 1);
    assert_eq!(
        (states(&home, A)[0]["state"].as_str(), states(&home, B)[0]["note"].as_str()),
        (Some("accepted"), Some("no threats"))
    );
    state.store(1, Ordering::Relaxed);
    let_time_pass(&home.path("reports.db"));
    home.good(&["outbox", "flush"]);
    assert_eq!(polls(), 2);
    let judged = &states(&home, A)[0];
    assert_eq!((judged["state"].as_str(), judged["note"].as_str()), (Some("verdict"), Some("malicious")));
    let_time_pass(&home.path("reports.db"));
    home.good(&["outbox", "flush"]);
    assert_eq!(polls(), 2, "all are judged: nobody asks any more");
    assert!(home.good(&["outbox", "show", "1"]).answer.contains("malicious"));
    assert!(home.good(&["audit"]).answer.contains("verdict"));
}

#[test]
fn spamhaus_is_asked_by_one_list_for_all() {
    let next = AtomicUsize::new(0);
    let server = FakeHttp::start(move |asked| {
        if asked.target.starts_with("/submissions/list?") {
            let list = json!([{ "id": 1, "listed": ["DBL"] }, { "id": 2, "listed": null }]);
            return Reply::ok("application/json", &list.to_string());
        }
        let id = next.fetch_add(1, Ordering::Relaxed) + 1;
        Reply::ok("application/json", &json!({ "id": id }).to_string())
    });
    let home = home(&spamhaus(&server.url("/")), &[A, B]);
    home.good(&["submit", "has:url", "--feed", "spamhaus", "--approve", "2"]);
    let_time_pass(&home.path("reports.db"));
    home.good(&["outbox", "flush"]);
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("GET")).count(), 1);
    let of: Vec<String> =
        [A, B].iter().map(|url| states(&home, url)[0]["state"].as_str().unwrap().to_owned()).collect();
    assert!(of.contains(&"verdict".to_owned()) && of.contains(&"accepted".to_owned()), "{of:?}");
}

#[test]
fn no_more_than_the_limit_goes_in_a_minute() {
    let server = FakeHttp::start(|_| Reply::ok("application/json", r#"{"id":1}"#));
    let text = spamhaus(&server.url("/")) + "a_minute = 2\n";
    let urls: Vec<String> = (0..5).map(|n| format!("http://h{n}.phish.example/")).collect();
    let home = home(&text, &urls.iter().map(String::as_str).collect::<Vec<_>>());
    home.good(&["submit", "has:url", "--feed", "spamhaus", "--approve", "5"]);
    home.run(&["outbox", "flush"]);
    assert_eq!(server.asked().len(), 2);
    let mut left = home.good(&["outbox", "--state", "approved", "--json"]).answer;
    assert_eq!(left.lines().count(), 3);
    left.clear();
}

#[test]
fn without_a_feed_or_a_right_to_write_nothing_is_submitted() {
    let home = home("", &[A]);
    let ran = home.run(&["submit", "has:url", "--feed", "netcraft"]);
    assert!(ran.code == 2 && ran.said.contains("[[url_feed]]"), "{ran:?}");
    home.configure(&configuration(APWG));
    let ran = home.run(&["submit", "has:url", "--feed", "apgw"]);
    assert!(ran.code == 2 && ran.said.contains("configured are: apwg"), "{ran:?}");
    let ran = home.run(&["--read-only", "submit", "has:url", "--feed", "apwg"]);
    assert!(ran.code == 1 && ran.said.contains("--read-only"), "{ran:?}");
    home.good(&["--read-only", "submit", "has:url", "--feed", "apwg", "--dry-run"]);
    assert_eq!(home.run(&["submit", "--feed", "apwg"]).code, 2, "which URLs?");
    home.configure(&configuration(APWG).replace("unattended = true\n", ""));
    let ran = home.run(&["submit", "has:url", "--feed", "apwg", "--approve", "1"]);
    assert!(ran.code == 2 && ran.said.contains("unattended"), "{ran:?}");
}

#[test]
fn a_feed_with_a_wrong_certificate_gets_neither_key_nor_url() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = support::certificates::Certificates::make(folder.path());
    let server = FakeHttp::start_tls(&certificates.self_signed, accepted);
    let home = home(&spamhaus(&server.url("/")), &[A]);
    home.run(&["submit", "has:url", "--feed", "spamhaus", "--approve", "1"]);
    let (state, answer) = row(&home, "1");
    assert!(state == "deferred" && answer.contains("TLS"), "{state} {answer}");
    assert!(server.asked().is_empty());
}

#[test]
fn what_stands_in_no_bad_mail_goes_with_nothing_else_and_is_approved_by_itself() {
    let server = FakeHttp::start(accepted);
    let home = home(&netcraft(&server.url("/")), &[A]);
    let message = String::from_utf8(padded_report(2, 0)).unwrap();
    let message =
        message.replace("http://pay-2.example.net/invoice today.", "http://list.example.net/archive");
    std::fs::write(home.path("second.eml"), message).unwrap();
    home.good(&["import", "second.eml"]);
    home.good(&["cause", "--set", "forwarded", "url:*archive"]);
    let dry = home.good(&["submit", "has:url", "--feed", "netcraft", "--dry-run", "--json"]);
    let singly: Vec<bool> = lines(&dry.answer).iter().map(|line| line["singly"].is_string()).collect();
    assert_eq!(singly, [false, true]);
    assert_eq!(home.run(&["submit", "has:url", "--feed", "netcraft", "--approve", "2"]).code, 1);
    home.good(&["submit", "has:url", "--feed", "netcraft", "--approve", "1"]);
    let body = String::from_utf8(server.asked()[0].body.clone()).unwrap();
    assert!(body.contains(A) && !body.contains("list.example.net"), "{body}");
}
