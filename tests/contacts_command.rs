//! `contacts`: rules about whom to tell, by hand and from files, and what becomes of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::enrich::reverse::reversed;
use serde_json::{Value, json};
use std::fs;
use support::dns::{FakeDns, Fault};
use support::program::Home;

const SOURCE: &str = "192.0.2.1";

/// A house that knows contacts from its own rules and Abusix.
fn home(dns: &FakeDns) -> Home {
    Home::new(&format!(
        "treat_as_public = ['192.0.2.0/24']\n[dns]\nservers = ['{}']\ntimeout_seconds = 1\ntries = 1\n\
         [contacts]\nrdap = false\nripestat = false\n[lists]\nuse = []\n",
        dns.address()
    ))
}

fn abusix(dns: &FakeDns, ip: &str, address: &str) {
    dns.txt(&format!("{}.abuse-contacts.abusix.zone", reversed(ip.parse().unwrap())), &[address]);
}

fn named_source(dns: &FakeDns) {
    dns.ptr(SOURCE, &["mail.sender.example"]);
    dns.a("mail.sender.example", &[SOURCE]);
    dns.txt("1.2.0.192.origin.asn.cymru.com", &["64501 | 192.0.2.0/24 | FR | ripencc | 2001-01-01"]);
}

#[track_caller]
fn said(home: &Home) -> Vec<Value> {
    let answer = home.good(&["contacts", "list", "--json"]).answer;
    answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines about contacts, each as name, value and standing.
#[track_caller]
fn shown(home: &Home) -> Vec<(String, String, String)> {
    let known = home.good(&["contacts", "show", SOURCE, "--json"]).summary();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sections = known["sections"].as_array().unwrap().iter().filter(|of| of["topic"] == "contacts");
    sections
        .flat_map(|section| section["lines"].as_array().unwrap())
        .map(|line| (text(&line["name"]), text(&line["value"]), text(&line["standing"])))
        .collect()
}

#[track_caller]
fn assert_shown(home: &Home, name: &str, value: &str, standing: &str) {
    let lines = shown(home);
    let is_it =
        |line: &&(String, String, String)| line.0 == name && line.1.contains(value) && line.2 == standing;
    assert!(lines.iter().any(|line| is_it(&line)), "{name}: {value} ({standing}) in {lines:#?}");
}

#[test]
fn what_is_said_about_contacts_is_kept_with_who_and_when() {
    let home = Home::new("");
    home.good(&[
        "contacts",
        "set",
        "as64500",
        "replace",
        "Abuse@ISP.example",
        "https://isp.example/form",
        "--note",
        "they asked",
    ]);
    home.good(&["contacts", "set", "192.0.2.0/24", "add", "noc@isp.example"]);
    home.good(&["contacts", "set", "Customer.example", "never"]);
    home.good(&["contacts", "set", "stop@isp.example", "opted-out", "--note", "by telephone"]);
    let all = said(&home);
    let told: Vec<(&Value, &Value, &Value)> =
        all.iter().map(|line| (&line["scope"], &line["act"], &line["by"])).collect();
    let tester = json!("tester");
    assert_eq!(
        told,
        [
            (&json!("AS64500"), &json!("replace"), &tester),
            (&json!("customer.example"), &json!("never"), &tester),
            (&json!("192.0.2.0/24"), &json!("add"), &tester),
            (&json!("stop@isp.example"), &json!("opted-out"), &tester),
        ]
    );
    assert_eq!(all[0]["contacts"], json!(["abuse@isp.example", "https://isp.example/form"]));
    home.good(&["contacts", "set", "AS64500", "never"]);
    home.good(&["contacts", "remove", "AS64500"]);
    home.good(&["contacts", "remove", "stop@isp.example"]);
    assert_eq!(said(&home).len(), 2);
    let of = home.good(&["contacts", "show", "AS64500", "--json"]).summary();
    let history: Vec<&Value> = of["history"].as_array().unwrap().iter().map(|event| &event["what"]).collect();
    assert_eq!(
        history,
        [
            "rule: replace abuse@isp.example https://isp.example/form: they asked",
            "rule: never",
            "the rule was removed"
        ]
    );
    assert!(of["history"].as_array().unwrap().iter().all(|event| event["by"] == "tester"));
    let ran = home.run(&["contacts", "remove", "AS64500"]);
    assert_eq!(ran.code, 1);
    ran.says(&["nothing was said about AS64500"]);
}

#[test]
fn a_rule_that_makes_no_sense_is_wrong_usage() {
    let home = Home::new("");
    for (arguments, sentence) in [
        (&["AS64500", "replace"][..], "needs at least one contact"),
        (&["AS64500", "never", "a@b.example"], "nobody is told"),
        (&["AS64500", "dead"], "only a contact"),
        (&["192.0.2.1/24", "never"], "the network is 192.0.2.0/24"),
        (&["word", "never"], "expected an AS"),
        (&["AS64500", "forbid"], "possible values"),
        (&["AS64500", "add", "a@b.example\r\nBcc: c@d.example"], "no mail address"),
    ] {
        let ran = home.run(&[&["contacts", "set"], arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        ran.says(&[sentence]);
    }
    assert!(said_nothing(&home));
}

fn said_nothing(home: &Home) -> bool {
    home.run(&["contacts", "list", "--json"]).answer.is_empty()
}

#[test]
fn a_rule_decides_whom_to_tell_and_show_says_why() {
    let dns = FakeDns::start();
    let home = home(&dns);
    named_source(&dns);
    abusix(&dns, SOURCE, "abuse@sender.example");
    home.good(&["contacts", "set", "AS64501", "replace", "as@isp.example"]);
    home.good(&[
        "contacts",
        "set",
        "sender.example",
        "replace",
        "domain@isp.example",
        "--note",
        "a contract",
    ]);
    assert_shown(&home, "Mail", "domain@isp.example", "yes");
    assert_shown(&home, "Own rules", "domain@isp.example: used", "yes");
    assert_shown(&home, "Own rules", "replace AS64501; a more particular rule overrules it", "refused");
    assert_shown(&home, "Abusix", "a rule of your own decides", "not asked");
    home.good(&["contacts", "remove", "sender.example"]);
    home.good(&["contacts", "set", "AS64501", "add", "as@isp.example"]);
    assert_shown(&home, "Mail", "abuse@sender.example", "yes");
    assert_shown(&home, "Mail", "as@isp.example", "yes");
    home.good(&["contacts", "set", "abuse@sender.example", "opted-out", "--note", "they wrote"]);
    assert_shown(&home, "Abusix", "abuse@sender.example: not used, it asked to be told no more", "refused");
    assert_shown(&home, "State", "opted-out: they wrote", "refused");
    assert_shown(&home, "History", "opted-out: they wrote", "remark");
    home.good(&["contacts", "set", "abuse@sender.example", "usable", "--note", "they wrote again"]);
    assert_shown(&home, "Abusix", "abuse@sender.example: used", "yes");
    home.good(&["contacts", "set", SOURCE, "never"]);
    assert_shown(&home, "Own rules", "nobody is to be told", "no");
    assert_shown(&home, "Nobody", "there is nobody to tell", "no");
    let page = home.good(&["contacts", "show", SOURCE]).answer;
    assert!(page.contains("own rule, never 192.0.2.1/32") && !page.contains("Block lists"), "{page}");
}

#[test]
fn a_rule_that_may_apply_is_not_taken_for_one_that_does_not() {
    let dns = FakeDns::start();
    let home = home(&dns);
    dns.fault("1.2.0.192.origin.asn.cymru.com", Fault::ServFail);
    assert_shown(&home, "Own rules", "none of your own rules applies", "not asked");
    home.good(&["contacts", "set", "AS64501", "never"]);
    assert_shown(&home, "Own rules", "another rule of yours may apply: its AS is not known", "unknown");
}

#[test]
fn a_rule_reaches_lists_and_filters_without_asking_anybody_again() {
    let dns = FakeDns::start();
    let home = home(&dns);
    named_source(&dns);
    abusix(&dns, SOURCE, "abuse@sender.example");
    let text = "From: r@reports.example\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\n\
         Feedback-Type: abuse\r\nUser-Agent: t/1\r\nVersion: 1\r\nSource-IP: 192.0.2.1\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nSubject: s\r\n\r\nbody\r\n--b--\r\n";
    let path = home.path("one.eml");
    fs::write(&path, text).unwrap();
    home.good(&["import", path.to_str().unwrap()]);
    home.good(&["enrich"]);
    let count = |query: &str| home.good(&["list", "--format", "json", query]).answer.lines().count();
    assert_eq!((count("contact:abuse@sender.example"), count("contact:as@isp.example")), (1, 0));
    home.good(&["contacts", "set", "AS64501", "replace", "as@isp.example"]);
    dns.clear_log();
    home.good(&["enrich"]);
    assert_eq!((count("contact:abuse@sender.example"), count("contact:as@isp.example")), (0, 1));
    let asked = dns.log().into_iter().filter(|asked| asked.name.contains("1.2.0.192")).count();
    assert_eq!(asked, 0, "{:?}", dns.log());
}

/// What a spreadsheet would run, in every place where text may stand.
const FORMULA: &str = "=cmd|'/c calc'!A0";

#[test]
fn a_csv_file_comes_back_as_it_went_and_holds_no_formula() {
    let home = Home::new("");
    home.good(&[
        "contacts",
        "set",
        "AS64500",
        "replace",
        "=cmd@isp.example",
        "b@isp.example",
        "--note",
        FORMULA,
    ]);
    home.good(&["contacts", "set", "192.0.2.0/24", "never", "--note", "say \"no\", twice"]);
    home.good(&["contacts", "set", "x.example", "never"]);
    home.good(&["contacts", "set", "stop@isp.example", "dead", "--note", "@SUM(A1)"]);
    let file = home.path("contacts.csv");
    home.good(&["contacts", "export", file.to_str().unwrap()]);
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("scope,act,contacts,note,at,by\n"), "{written}");
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    for record in reader.records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    let other = Home::new("");
    let path = file.to_str().unwrap();
    assert_eq!(
        other.good(&["contacts", "import", path, "--json"]).summary(),
        json!({"read": 4, "changed": 4, "unchanged": 0})
    );
    assert_eq!(said(&other), said(&home));
    assert_eq!(said(&other)[0]["note"], FORMULA);
    assert_eq!(other.good(&["contacts", "export"]).answer, written);
    let again = other.good(&["contacts", "import", path, "--json"]).summary();
    assert_eq!(again, json!({"read": 4, "changed": 0, "unchanged": 4}), "and no history is made of it");
    let taken_there = home.run(&["contacts", "export", path]);
    assert_eq!(taken_there.code, 1, "no file is overwritten: {taken_there:?}");
}

#[test]
fn a_file_with_wrong_lines_is_taken_in_as_a_whole_or_not_at_all() {
    let home = Home::new("");
    home.good(&["contacts", "set", "AS1", "never"]);
    let file = home.path("contacts.csv");
    fs::write(
        &file,
        "scope,act,contacts,note\nAS64500,never,,fine\nAS64501,add,,none named\nnowhere,never,,\n\
         AS64500,replace,a@b.example,twice\nAS64502,never,,\"two\nlines\"\nAS64503,add,a@b.example,,,\n",
    )
    .unwrap();
    let ran = home.run(&["contacts", "import", file.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    ran.says(&[
        "line 3: add needs at least one contact",
        "line 4: 'nowhere' is nothing",
        "line 5: AS64500 stands in line 2 too",
        "line 6: the note is to be one line",
        "6 cells for 4 columns",
    ]);
    assert_eq!(said(&home).len(), 1, "nothing was taken in");
    for (text, sentence) in [
        ("scope,what\nAS1,never\n", "no column 'what'"),
        ("scope,note\nAS1,never\n", "'act' is missing"),
        ("scope,act,at\nAS1,never,soon\n", "no time such as"),
    ] {
        fs::write(&file, text).unwrap();
        let ran = home.run(&["contacts", "import", file.to_str().unwrap()]);
        assert_eq!(ran.code, 1, "{text}");
        ran.says(&[sentence]);
    }
    // As spreadsheets save it: a byte order mark, other order, other letter case, CRLF.
    fs::write(&file, "\u{feff}Act,Scope\r\nnever,AS2\r\n").unwrap();
    let path = file.to_str().unwrap();
    home.good(&["contacts", "import", "--dry-run", path]);
    assert_eq!(said(&home).len(), 1, "only looked at");
    home.good(&["contacts", "import", path]);
    assert_eq!(said(&home)[1]["scope"], "AS2");
}

#[test]
fn who_may_only_read_changes_nothing() {
    let home = Home::new("");
    home.good(&["contacts", "set", "AS1", "never"]);
    let file = home.path("contacts.csv");
    fs::write(&file, "scope,act\nAS2,never\n").unwrap();
    for arguments in [
        &["contacts", "set", "AS2", "never"][..],
        &["contacts", "remove", "AS1"],
        &["contacts", "import", file.to_str().unwrap()],
    ] {
        let ran = home.run(&[&["--read-only"], arguments].concat());
        assert_eq!(ran.code, 1, "{arguments:?}: {ran:?}");
        ran.says(&["read"]);
    }
    home.good(&["--read-only", "contacts", "list"]);
    assert_eq!(said(&home).len(), 1);
}
