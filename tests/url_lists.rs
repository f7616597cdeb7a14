//! URL lists as their consumers take them: a name server's own check reads the zone, and no line of any list holds
//! more than the one name that it blocks, whatever stands in the mail.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use std::fs;
use std::process::Command;
use support::messages::padded_report;
use support::program::Home;

/// What criminals write where a host belongs.
const HOSTILE: &[&str] = &[
    "http://plain.phish.example/a?b=c",
    "http://UPPER.Phish.Example/",
    "http://under_score.phish.example/",
    "http://-hyphens-.phish.example/",
    "http://b\u{fc}cher.phish.example/",
    "http://semi;colon.phish.example/",
    "http://$include.phish.example/",
    "http://a.phish.example%0aevil.example%20CNAME%20./",
    "http://quote\"d.phish.example/",
    "http://user:secret@hidden.phish.example:8080/",
    "http://*.wildcard.phish.example/",
    "http://198.51.100.7/mail.htm",
    "http://[2001:db8::7]/mail.htm",
    "http://3325256711/mail.htm",
    "http://single/",
    "http://trailing.phish.example./",
    "http://drive.large.example/file",
    "http://www.brand.example/login",
    "http://notbrand.example/login",
];

fn home() -> Home {
    let home = Home::new(
        "treat_as_public = ['198.51.0.0/16']\n[own]\ndomains = ['brand.example']\n\
         [export]\nallowed_domains = ['large.example']\n[dns]\noffline = true\n",
    );
    let long = format!("http://{}.phish.example/", ["a".repeat(60).as_str(); 4].join("."));
    let links: Vec<&str> = HOSTILE.iter().copied().chain([long.as_str()]).collect();
    let message = String::from_utf8(padded_report(1, 0)).expect("text");
    let message = message.replace("today.", &links.join("\r\n"));
    fs::write(home.path("report.eml"), message).expect("written");
    let imported = home.run(&["import", "report.eml"]);
    assert_eq!(imported.code, 0, "{imported:?}");
    home
}

fn list(home: &Home, format: &str) -> String {
    let ran = home.run(&["urls", "--format", format]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.answer.contains("large.example"), "allowed, and yet in {format}: {}", ran.answer);
    assert!(!ran.answer.contains("www.brand.example"), "our own, and yet in {format}: {}", ran.answer);
    assert!(ran.said.contains("left out"), "{ran:?}");
    ran.answer
}

/// Letters, digits, hyphens, underscores, dots; as long as a name may be.
fn is_name(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

#[test]
fn a_name_server_takes_the_zone() {
    let home = home();
    let zone = list(&home, "rpz");
    assert!(
        zone.contains("plain.phish.example CNAME .") || zone.contains("plain.phish.example IN CNAME ."),
        "{zone}"
    );
    fs::write(home.path("rpz.zone"), &zone).expect("written");
    let checked = Command::new("/usr/bin/named-checkzone")
        .args(["-k", "fail", "rpz.lafayette.example"])
        .arg(home.path("rpz.zone"))
        .output()
        .expect("named-checkzone of bind9-utils, which scripts/test.sh installs");
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}\n{zone}");
    // Owner names in a zone are relative to it, and every one is either ours or a name that was in the mail.
    let blocked: Vec<&str> = zone.lines().filter_map(|line| line.strip_suffix(" IN CNAME .")).collect();
    assert!(blocked.len() > 5, "{zone}");
    assert!(blocked.iter().all(|name| is_name(name)), "{zone}");
}

#[test]
fn every_line_of_a_list_blocks_one_name_and_says_nothing_else() {
    let home = home();
    let domains = list(&home, "domains");
    let names: Vec<&str> = domains.lines().collect();
    assert!(names.iter().all(|name| is_name(name)), "{domains}");
    for expected in ["plain.phish.example", "upper.phish.example", "hidden.phish.example", "notbrand.example"]
    {
        assert!(names.contains(&expected), "{expected} is missing: {domains}");
    }
    let hosts = list(&home, "hosts");
    let of_hosts: Vec<&str> = hosts
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.strip_prefix("0.0.0.0 ").expect("an address and a name"))
        .collect();
    assert_eq!(of_hosts, names, "hosts(5)");
    let adblock = list(&home, "adblock");
    let of_adblock: Vec<&str> = adblock
        .lines()
        .filter(|line| !line.starts_with('!'))
        .map(|line| line.strip_prefix("||").and_then(|rest| rest.strip_suffix('^')).expect("a rule"))
        .collect();
    assert_eq!(of_adblock, names, "ad blockers");
    let plain = list(&home, "plain");
    assert!(plain.lines().all(|line| line.starts_with("http://")), "one URL a line: {plain}");
    assert!(plain.contains("http://198.51.100.7/mail.htm"), "{plain}");
    let csv = list(&home, "csv");
    assert!(csv.contains("hxxp://plain[.]phish[.]example"), "{csv}");
}

#[test]
fn looking_leaves_nothing_out() {
    let ran = home().run(&["urls", "--json"]);
    assert!(ran.answer.contains("drive.large.example"), "{ran:?}");
}
