//! The queue of look-ups as its user notices it, against a name server on loopback that remembers every question.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use lafayette::enrich::reverse::{pointer_name, reversed};
use lafayette::model::clock;
use lafayette::store::{Access, Store};
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use support::dns::{FakeDns, Fault};
use support::hostile::Hostile;
use support::messages::reports;
use support::program::{Home, counts, eventually};

/// An account whose name server is the fake one. ZEN is the only list, and nobody is asked for contacts.
fn home(dns: &FakeDns, more: &str) -> Home {
    sound(dns);
    Home::new(&configuration(dns, more))
}

fn configuration(dns: &FakeDns, more: &str) -> String {
    format!(
        "treat_as_public = ['192.0.2.0/24', '198.18.0.0/15']\n[dns]\nservers = ['{}']\ntimeout_seconds = 1\n{more}\n\
         [lookups]\ncontacts = false\n[lists]\nuse = ['zen']\n",
        dns.address()
    )
}

/// What makes ZEN pass its test (RFC 5782 §5).
fn sound(dns: &FakeDns) {
    dns.a("2.0.0.127.zen.spamhaus.org", &["127.0.0.2"]);
    dns.a(&format!("2.0.0.0.0.0.f.7.f.f.f.f.{}0.zen.spamhaus.org", "0.".repeat(19)), &["127.0.0.2"]);
}

fn zen(ip: &str) -> String {
    format!("{}.zen.spamhaus.org", reversed(ip.parse().unwrap()))
}

/// Takes in one report for each source.
fn report(home: &Home, name: &str, sources: &[String]) {
    let folder = home.path(name);
    fs::create_dir_all(&folder).unwrap();
    for (number, source) in sources.iter().enumerate() {
        let text = format!(
            "From: reporter@reports.example\r\nSubject: {name} {number}\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nabuse\r\n\
             --b\r\nContent-Type: message/feedback-report\r\n\r\n\
             Feedback-Type: abuse\r\nUser-Agent: test/1\r\nVersion: 1\r\nSource-IP: {source}\r\n\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\n\
             From: a@b.example\r\nSubject: {name} {number}\r\n\r\nbody\r\n--b--\r\n"
        );
        fs::write(folder.join(format!("{number}.eml")), text).unwrap();
    }
    home.good(&["import", folder.to_str().unwrap()]);
}

fn many(count: u32) -> Vec<String> {
    (0..count).map(|n| Ipv4Addr::from(0xc612_0000 + n).to_string()).collect()
}

/// How often each question was asked that is about one of these addresses.
fn asked(dns: &FakeDns, sources: &[String]) -> HashMap<String, usize> {
    let about: Vec<String> = sources
        .iter()
        .flat_map(|source| {
            let ip: IpAddr = source.parse().unwrap();
            [pointer_name(ip), zen(source), format!("{}.origin.asn.cymru.com", reversed(ip))]
        })
        .collect();
    let mut counts: HashMap<String, usize> = about.into_iter().map(|name| (name, 0)).collect();
    for question in dns.log() {
        counts.get_mut(&question.name).into_iter().for_each(|count| *count += 1);
    }
    counts
}

#[track_caller]
fn assert_asked(dns: &FakeDns, sources: &[String], times: usize) {
    let wrong: Vec<_> = asked(dns, sources).into_iter().filter(|(_, count)| *count != times).collect();
    assert!(wrong.is_empty(), "not {times} times: {wrong:?}");
}

#[track_caller]
fn enrich(home: &Home, arguments: &[&str]) -> Value {
    home.good(&[&["enrich", "--json"], arguments].concat()).summary()
}

/// The report of a source, as `list` has it.
#[track_caller]
fn report_of(home: &Home, source: &str) -> Value {
    let answer = home.good(&["list", "--format", "json", &format!("ip:{source}")]).answer;
    serde_json::from_str(answer.lines().next().expect("a report")).unwrap()
}

fn count(home: &Home, query: &str) -> usize {
    home.good(&["list", "--format", "json", query]).answer.lines().count()
}

#[test]
fn what_a_source_is_stands_at_every_report_of_it_and_no_doubt_is_taken_for_a_no() {
    let dns = FakeDns::start();
    let home = home(&dns, "tries = 1");
    let sources = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "10.1.2.3"].map(str::to_owned);
    dns.ptr("192.0.2.1", &["Mail.Sender.example"]);
    dns.a("mail.sender.example", &["192.0.2.1"]);
    dns.ptr("192.0.2.2", &["bank.example"]);
    dns.txt("1.2.0.192.origin.asn.cymru.com", &["64501 | 192.0.2.0/24 | FR | ripencc | 2001-01-01"]);
    dns.txt("AS64501.asn.cymru.com", &["64501 | FR | ripencc | 2001-01-01 | SENDER-NET, FR"]);
    dns.a(&zen("192.0.2.1"), &["127.0.0.4", "127.0.0.10"]);
    dns.a(&zen("192.0.2.2"), &["127.0.0.10"]);
    dns.fault(&zen("192.0.2.3"), Fault::ServFail);
    report(&home, "some", &sources);
    let summary = enrich(&home, &[]);
    assert_eq!(
        (&summary["looked_up"], &summary["listed"], &summary["not_learnt"]),
        (&4.into(), &1.into(), &1.into())
    );
    let listed = report_of(&home, "192.0.2.1");
    assert_eq!(listed["listed"], serde_json::json!(["zen:xbl", "zen:pbl"]));
    assert_eq!(
        (&listed["source_name"], &listed["source_name_confirmed"]),
        (&"mail.sender.example".into(), &true.into())
    );
    assert_eq!((&listed["asn"], &listed["country"]), (&64_501.into(), &"FR".into()));
    assert!(listed["as_name"].as_str().unwrap().starts_with("SENDER-NET"), "{listed}");
    assert_eq!(listed["country_from"], "registered", "a network is registered there, no more is known");
    let shown = home.good(&["show", &listed["id"].to_string()]).answer;
    assert!(shown.contains("FR (registered)"), "{shown}");
    assert!(shown.contains("192.0.2.0/24, ripencc, 2001-01-01 (Team Cymru, now)"), "{shown}");
    let policy = report_of(&home, "192.0.2.2");
    assert_eq!(
        (&policy["listed"], &policy["lists_unknown"]),
        (&serde_json::json!(["zen:pbl"]), &serde_json::json!([]))
    );
    assert_eq!(policy["source_name_confirmed"], false, "anybody may call himself so");
    let doubt = report_of(&home, "192.0.2.3");
    assert_eq!(
        (&doubt["listed"], &doubt["lists_unknown"]),
        (&serde_json::json!([]), &serde_json::json!(["zen"]))
    );
    assert!(doubt["looked_up_at"].is_string());
    assert_eq!(count(&home, "is:listed"), 1);
    assert_eq!((count(&home, "list:zen"), count(&home, "list:zen:pbl")), (2, 2));
    assert_eq!((count(&home, "asn:64501"), count(&home, "country:FR source:sender.example")), (1, 1));
    assert!(dns.log().iter().all(|asked| !asked.name.contains("3.2.1.10")), "it belongs to nobody");
}

#[test]
fn nothing_is_asked_twice_within_its_time_whoever_asks() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    let sources = many(40);
    report(&home, "first", &sources);
    report(&home, "same sources", &sources);
    assert_asked(&dns, &sources, 0);
    assert_eq!(enrich(&home, &[])["looked_up"], 40);
    assert_asked(&dns, &sources, 1);
    // Another run, and new reports of the same sources and of one more.
    let more = many(41);
    report(&home, "later", &more);
    assert_eq!(enrich(&home, &[])["looked_up"], 1);
    assert_eq!(enrich(&home, &["is:open"])["looked_up"], 0);
    assert_asked(&dns, &more, 1);
    // Unless somebody wants to. Ages are counted in seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(enrich(&home, &["ip:198.18.0.7", "--refresh"])["looked_up"], 1);
    assert_asked(&dns, &more[7..8], 2);
    assert_asked(&dns, &more[8..], 1);
}

#[test]
fn two_runs_at_once_share_the_work() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    let sources = many(1_100);
    report(&home, "many", &sources);
    dns.always(Some(Fault::Delay(Duration::from_millis(20))));
    let runs = [home.start(&["enrich", "--json"]), home.start(&["enrich", "--json"])];
    let looked_up = runs.map(|run| run.ended().summary()["looked_up"].as_u64().unwrap());
    assert_eq!(looked_up.iter().sum::<u64>(), 1_100, "{looked_up:?}");
    assert!(looked_up.iter().all(|count| *count > 0), "{looked_up:?}");
    assert_asked(&dns, &sources, 1);
}

#[test]
fn a_killed_run_loses_nothing_and_only_what_was_not_committed_is_asked_again() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    let sources = many(900);
    report(&home, "many", &sources);
    dns.always(Some(Fault::Delay(Duration::from_millis(20))));
    let store = Store::open(&home.path("reports.db"), Access::ReadWrite).unwrap();
    let run = home.start(&["enrich"]);
    eventually("a batch is committed", || store.source_queue(clock::now()).unwrap().known > 0);
    assert!(run.kill(), "it had ended");
    let ips: Vec<IpAddr> = sources.iter().map(|source| source.parse().unwrap()).collect();
    let (done, left): (Vec<IpAddr>, Vec<IpAddr>) =
        ips.iter().partition(|ip| store.source(**ip).unwrap().is_some());
    assert!(!done.is_empty() && !left.is_empty());
    dns.always(None);
    dns.clear_log();
    // As when the dead run's claims have run out.
    store.release_sources(&ips, clock::now()).unwrap();
    assert_eq!(enrich(&home, &[])["looked_up"], left.len());
    let text = |ips: &[IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_asked(&dns, &text(&done), 0);
    assert_asked(&dns, &text(&left), 1);
    assert!(ips.iter().all(|ip| store.source(*ip).unwrap().is_some()));
}

#[test]
fn failures_are_not_hammered() {
    let dns = FakeDns::start();
    let home = home(&dns, "tries = 1");
    dns.fault(&zen("192.0.2.3"), Fault::ServFail);
    report(&home, "one", &["192.0.2.3".to_owned()]);
    assert_eq!(enrich(&home, &[])["not_learnt"], 1);
    dns.clear_log();
    let again = enrich(&home, &[]);
    assert_eq!((&again["looked_up"], &again["waiting"]), (&0.into(), &1.into()));
    assert_eq!(dns.log().len(), 0);
    let store = Store::open(&home.path("reports.db"), Access::ReadWrite).unwrap();
    assert_eq!(store.source_queue(clock::now() + 400).unwrap().due, 1, "later it is tried again");
}

#[test]
fn without_a_name_server_nothing_is_lost_and_what_is_known_stays_with_its_age() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    report(&home, "before", &["192.0.2.1".to_owned()]);
    dns.a(&zen("192.0.2.1"), &["127.0.0.4"]);
    enrich(&home, &[]);
    let before = report_of(&home, "192.0.2.1");
    report(&home, "after", &["192.0.2.1", "192.0.2.2"].map(str::to_owned));
    dns.always(Some(Fault::Silence));
    let ran = home.run(&["enrich", "--json"]);
    assert_eq!((ran.code, ran.summary()["left"].as_u64()), (1, Some(1)), "{ran:?}");
    ran.says(&["no name server answers"]);
    home.configure(&configuration(&dns, "offline = true"));
    dns.clear_log();
    let ran = home.run(&["enrich"]);
    assert_eq!(ran.code, 1);
    ran.says(&["offline = true"]);
    let offline = report_of(&home, "192.0.2.1");
    assert_eq!((&offline["listed"], &offline["looked_up_at"]), (&before["listed"], &before["looked_up_at"]));
    assert_eq!(dns.log().len(), 0);
    dns.always(None);
    home.configure(&configuration(&dns, ""));
    assert_eq!(enrich(&home, &[])["looked_up"], 1);
}

#[test]
fn whom_to_tell_is_found_with_the_rest_and_can_be_asked_for() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    home.configure(&configuration(&dns, "").replace("contacts = false", "contacts = true"));
    dns.txt("1.2.0.192.abuse-contacts.abusix.zone", &["abuse@sender.example"]);
    report(&home, "some", &["192.0.2.1", "192.0.2.2"].map(str::to_owned));
    enrich(&home, &[]);
    assert_eq!(report_of(&home, "192.0.2.1")["contacts"], serde_json::json!(["abuse@sender.example"]));
    assert_eq!(report_of(&home, "192.0.2.2")["contacts"], serde_json::json!([]));
    assert_eq!(count(&home, "contact:abuse@sender.example"), 1);
}

#[test]
fn what_the_user_said_himself_is_an_answer_and_leaves_nothing_to_be_asked() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    home.configure(&configuration(&dns, "").replace("contacts = false", "contacts = true"));
    dns.txt("1.2.0.192.abuse-contacts.abusix.zone", &["abuse@sender.example"]);
    report(&home, "some", &["192.0.2.1", "192.0.2.2"].map(str::to_owned));
    rusqlite::Connection::open(home.path("reports.db"))
        .unwrap()
        .execute(
            "INSERT INTO contact_rule(scope, subject, act, contacts, note, at, by)
             VALUES('network', '192.0.2.0/24', 0, 'desk@own.example', '', 1, 'ann')",
            [],
        )
        .unwrap();
    let summary = enrich(&home, &[]);
    let numbers = ["looked_up", "not_learnt", "left", "waiting"].map(|key| summary[key].as_u64());
    assert_eq!(numbers, [2, 0, 0, 0].map(Some), "{summary}");
    let contacts = |source| report_of(&home, source)["contacts"].clone();
    assert_eq!(contacts("192.0.2.1"), serde_json::json!(["abuse@sender.example", "desk@own.example"]));
    assert_eq!(contacts("192.0.2.2"), serde_json::json!(["desk@own.example"]));
}

/// Takes in one report with these links.
fn report_links(home: &Home, name: &str, source: &str, links: &[&str]) {
    let folder = home.path(name);
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "From: reporter@reports.example\r\nSubject: {name}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nabuse\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\n\
         Feedback-Type: abuse\r\nUser-Agent: test/1\r\nVersion: 1\r\nSource-IP: {source}\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\n\
         From: a@b.example\r\nSubject: {name}\r\n\r\n{}\r\n--b--\r\n",
        links.join("\r\n")
    );
    fs::write(folder.join("1.eml"), text).unwrap();
    home.good(&["import", folder.to_str().unwrap()]);
}

#[test]
fn hosts_of_urls_are_asked_about_only_when_that_is_switched_on_and_then_once() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    for name in ["test", "dbltest.com"] {
        dns.a(&format!("{name}.dbl.spamhaus.org"), &["127.0.1.2"]);
    }
    dns.a("login.phish.example", &["192.0.2.80"]);
    dns.a("phish.example.dbl.spamhaus.org", &["127.0.1.4"]);
    dns.txt("80.2.0.192.origin.asn.cymru.com", &["64502 | 192.0.2.0/24 | NL | ripencc | 2002-02-02"]);
    dns.txt("AS64502.asn.cymru.com", &["64502 | NL | ripencc | 2002-02-02 | WEB-NET, NL"]);
    let links = ["http://login.phish.example/a", "http://login.phish.example/b", "http://192.0.2.81/c"];
    report_links(&home, "phish", "192.0.2.1", &links);
    report_links(&home, "other", "192.0.2.2", &["http://www.harmless.example/"]);
    let about_hosts = |dns: &FakeDns| {
        let hosts = ["phish.example", "harmless.example", "81.2.0.192", "80.2.0.192"];
        dns.log().iter().filter(|asked| hosts.iter().any(|host| asked.name.contains(host))).count()
    };
    enrich(&home, &[]);
    assert_eq!(about_hosts(&dns), 0, "off by default");
    assert!(home.good(&["urls", "--json"]).answer.contains("\"addresses\":[]"));

    let on = configuration(&dns, "").replace("contacts = false", "contacts = false\nurl_hosts = true");
    let on = on.replace("['zen']", "['zen', 'dbl']");
    home.configure(&on);
    let summary = enrich(&home, &[]);
    assert_eq!((&summary["hosts"], &summary["hosts_listed"]), (&2.into(), &1.into()), "{summary}");
    assert_eq!(summary["left"], 0);
    let asked = about_hosts(&dns);
    assert!(asked > 0);
    assert_eq!(dns.count("phish.example.dbl.spamhaus.org", lafayette::enrich::dns::RecordType::A), 1);
    assert!(dns.log().iter().all(|asked| !asked.name.starts_with("login.phish.example.dbl")));
    enrich(&home, &[]);
    assert_eq!(about_hosts(&dns), asked, "nothing twice");
    // What came within the second in which a run began is of that run.
    std::thread::sleep(Duration::from_millis(1_100));
    let again = enrich(&home, &["--refresh"]);
    assert_eq!((&again["hosts"], &again["left"]), (&2.into(), &0.into()), "{again}");
    assert_eq!(about_hosts(&dns), 2 * asked, "a person asks again for all");

    let urls = home.good(&["urls", "--json"]).answer;
    let urls: Vec<Value> = urls.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let phish = urls.iter().find(|url| url["url"] == links[0]).unwrap();
    assert_eq!(phish["listed"], serde_json::json!(["dbl:phish"]));
    let address = &phish["addresses"][0];
    assert_eq!((&address["ip"], &address["asn"]), (&"192.0.2.80".into(), &64_502.into()), "{phish}");
    assert!(address["as_name"].as_str().unwrap().starts_with("WEB-NET"));
    assert_eq!(urls.iter().find(|url| url["url"] == links[2]).unwrap()["addresses"][0]["ip"], "192.0.2.81");
    let table = home.good(&["urls"]).answer;
    assert!(table.contains("dbl:phish") && table.contains("AS64502"), "{table}");
    assert_eq!((count(&home, "list:dbl"), count(&home, "list:dbl:phish is:listed")), (1, 1));
    assert_eq!(count(&home, "-is:listed"), 1);
}

#[test]
fn nobody_is_asked_about_hosts_in_our_own_domains() {
    let dns = FakeDns::start();
    let home = home(&dns, "");
    let on = configuration(&dns, "").replace("contacts = false", "contacts = false\nurl_hosts = true");
    home.configure(&format!("{on}\n[own]\ndomains = ['ours.example']\n"));
    let links = ["http://www.ours.example/", "http://ours.example/", "http://notours.example/"];
    report_links(&home, "links", "192.0.2.1", &links);
    assert_eq!(enrich(&home, &[])["hosts"], 1);
    assert!(dns.log().iter().all(|asked| {
        !asked
            .name
            .split_once("ours.example")
            .is_some_and(|(before, _)| before.is_empty() || before.ends_with('.'))
    }));
}

#[test]
fn a_host_whose_servers_fail_is_not_hammered() {
    let dns = FakeDns::start();
    let home = home(&dns, "tries = 1");
    home.configure(&configuration(&dns, "tries = 1").replace("contacts = false", "url_hosts = true"));
    dns.fault("dead.example", Fault::ServFail);
    report_links(&home, "dead", "192.0.2.1", &["http://dead.example/"]);
    assert_eq!(enrich(&home, &[])["hosts"], 1);
    let asked = dns.log().len();
    assert_eq!((&enrich(&home, &[])["hosts"], dns.log().len()), (&0.into(), asked));
}

#[test]
fn a_name_server_that_is_not_there_neither_fails_a_sync_nor_holds_it_up() {
    let (dead, server) = (FakeDns::start(), Hostile::plain(&reports(0..3), vec![]));
    dead.always(Some(Fault::Silence));
    let feed = server.feed("failures", "");
    let before = Home::new(&format!("[dns]\noffline = true\n{feed}")).good(&["sync"]).took;
    let home = Home::new(&format!("{}{feed}", configuration(&dead, "tries = 2")));
    let ran = home.good(&["sync", "--json"]);
    ran.says(&["no name server answers"]);
    assert_eq!(counts(&ran.summary())[1], 3, "{ran:?}");
    // One timeout of a second, whatever number of sources and kinds of questions; the rest is patience.
    assert!(ran.took < before + Duration::from_millis(2_500), "{:?} after {before:?}", ran.took);
}
