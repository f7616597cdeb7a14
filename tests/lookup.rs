//! `lookup` and `trace` as their user notices them, against a name server, a registry and a web server on loopback.
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
use support::http::{Asked, FakeHttp, Reply};
use support::program::Home;

const SOURCE: &str = "192.0.2.1";

fn configuration(dns: &FakeDns, more: &str) -> String {
    format!(
        "treat_as_public = ['192.0.2.0/24', '127.0.0.1/32']\n[dns]\nservers = ['{}']\ntimeout_seconds = 1\ntries = 1\n\
         {more}\n[lists]\nuse = ['zen', 'spamcop', 'dbl']\n",
        dns.address()
    )
}

/// A house whose name server is the fake one. Contacts come from Abusix alone.
fn home(dns: &FakeDns) -> Home {
    // What lists have to answer to be believed (RFC 5782 §5).
    for zone in ["zen.spamhaus.org", "bl.spamcop.net"] {
        dns.a(&format!("2.0.0.127.{zone}"), &["127.0.0.2"]);
    }
    dns.a(&format!("2.0.0.0.0.0.f.7.f.f.f.f.{}0.zen.spamhaus.org", "0.".repeat(19)), &["127.0.0.2"]);
    for name in ["test", "dbltest.com"] {
        dns.a(&format!("{name}.dbl.spamhaus.org"), &["127.0.1.2"]);
    }
    Home::new(&configuration(dns, "[contacts]\nrdap = false\nripestat = false\n"))
}

/// A source of which everything is known.
fn known_source(dns: &FakeDns) {
    dns.ptr(SOURCE, &["mail.sender.example"]);
    dns.a("mail.sender.example", &[SOURCE]);
    dns.txt("1.2.0.192.origin.asn.cymru.com", &["64501 64502 | 192.0.2.0/24 | FR | ripencc | 2001-01-01"]);
    dns.txt("AS64501.asn.cymru.com", &["64501 | FR | ripencc | 1999-09-09 | SENDER-NET, FR"]);
    dns.a(&list(SOURCE, "zen.spamhaus.org"), &["127.0.0.4", "127.0.0.10"]);
    dns.txt(&list(SOURCE, "abuse-contacts.abusix.zone"), &["abuse@sender.example"]);
}

fn list(ip: &str, zone: &str) -> String {
    format!("{}.{zone}", reversed(ip.parse().unwrap()))
}

/// Takes in one report from this source, with this URL in it.
fn report(home: &Home, name: &str, source: &str, url: &str) {
    let text = format!(
        "From: reporter@reports.example\r\nSubject: {name}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nabuse\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\n\
         Feedback-Type: abuse\r\nUser-Agent: test/1\r\nVersion: 1\r\nSource-IP: {source}\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\n\
         From: a@b.example\r\nSubject: {name}\r\nContent-Type: text/plain\r\n\r\nlook at {url} now\r\n--b--\r\n"
    );
    let path = home.path(&format!("{name}.eml"));
    fs::write(&path, text).unwrap();
    home.good(&["import", path.to_str().unwrap()]);
}

#[track_caller]
fn look_up(home: &Home, arguments: &[&str]) -> Value {
    home.good(&[&["lookup", "--json"], arguments].concat()).summary()
}

/// The lines of this name, each as value, standing and source.
fn lines(known: &Value, name: &str) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let sections = known["sections"].as_array().unwrap();
    sections
        .iter()
        .flat_map(|section| section["lines"].as_array().unwrap())
        .filter(|line| line["name"] == name)
        .map(|line| (text(&line["value"]), text(&line["standing"]), text(&line["source"])))
        .collect()
}

#[track_caller]
fn assert_line(known: &Value, name: &str, value: &str, standing: &str, source: &str) {
    let found = lines(known, name);
    let is_it = |line: &&(String, String, String)| {
        line.0.contains(value) && line.1 == standing && line.2.contains(source)
    };
    assert!(found.iter().any(|line| is_it(&line)), "{name}: {value} ({standing}, {source}) in {found:#?}");
}

#[test]
fn every_fact_of_an_address_has_its_meaning_and_its_source() {
    let dns = FakeDns::start();
    let home = home(&dns);
    known_source(&dns);
    report(&home, "one", SOURCE, "https://x.example/");
    report(&home, "two", SOURCE, "https://x.example/");
    report(&home, "other", "192.0.2.77", "https://x.example/");
    home.good(&["dismiss", "id:1"]);
    let known = look_up(&home, &["192.0.2[.]1"]);
    assert_eq!((&known["subject"], &known["kind"]), (&json!(SOURCE), &json!("address")));
    for (name, value, standing, source) in [
        ("Host name", "mail.sender.example (confirmed", "yes", "DNS"),
        ("AS", "AS64501 SENDER-NET, FR; also AS64502", "yes", "Team Cymru"),
        ("Prefix", "192.0.2.0/24", "yes", "Team Cymru"),
        ("Registry", "ripencc", "yes", "Team Cymru"),
        ("Allocated", "2001-01-01", "yes", "Team Cymru"),
        ("Country", "FR (where its network is registered)", "yes", "Team Cymru"),
        ("zen (Z)", "xbl", "listed", "zen"),
        ("zen (Z)", "pbl", "policy", "zen"),
        ("spamcop (C)", "not listed", "no", "spamcop"),
        ("Mail", "abuse@sender.example", "yes", "Abusix"),
        ("Own rules", "none of your own rules applies", "not asked", ""),
        ("Abusix", "abuse@sender.example: used", "yes", "Abusix"),
        ("RDAP", "rdap = false in [contacts]", "not asked", ""),
    ] {
        assert_line(&known, name, value, standing, source);
    }
    let reports = &known["reports"][0];
    assert_eq!(
        (&reports["query"], &reports["count"], &reports["open"], &reports["reported"]),
        (&json!("ip:192.0.2.1"), &json!(2), &json!(1), &json!(0))
    );
    assert!(reports["first"].as_str().unwrap().ends_with('Z') && reports["last"].is_string());
    let shown = home.good(&["lookup", SOURCE]).answer;
    for part in ["! zen (Z)", "~ zen (Z)", "- spamcop (C)", ". RDAP", "[Team Cymru, now]", "2: 1 open"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn what_is_not_known_is_never_told_as_a_no() {
    let dns = FakeDns::start();
    let home = home(&dns);
    dns.fault(&list(SOURCE, "zen.spamhaus.org"), Fault::ServFail);
    dns.fault(&list(SOURCE, "abuse-contacts.abusix.zone"), Fault::ServFail);
    dns.fault("1.2.0.192.origin.asn.cymru.com", Fault::ServFail);
    let known = look_up(&home, &[SOURCE]);
    assert_line(&known, "Host name", "it has none", "no", "DNS");
    assert_line(&known, "spamcop (C)", "not listed", "no", "spamcop");
    for name in ["AS", "Country", "zen (Z)", "Abusix", "Nobody"] {
        let found = lines(&known, name);
        assert!(
            !found.is_empty() && found.iter().all(|line| line.1 == "unknown" && !line.0.is_empty()),
            "{found:?}"
        );
    }
    dns.forget(&list(SOURCE, "abuse-contacts.abusix.zone"));
    let dns_says_no = look_up(&home, &[SOURCE, "--refresh"]);
    assert_line(&dns_says_no, "Nobody", "there is nobody to tell", "no", "");
}

#[test]
fn offline_tells_what_was_kept_and_when_and_asks_nobody() {
    let dns = FakeDns::start();
    let home = home(&dns);
    known_source(&dns);
    dns.a("host.bad.example", &[SOURCE]);
    let before = look_up(&home, &[SOURCE]);
    look_up(&home, &["host.bad.example"]);
    home.configure(&configuration(&dns, "offline = true\n[contacts]\nrdap = false\nripestat = false\n"));
    dns.clear_log();
    let known = look_up(&home, &[SOURCE]);
    assert!(known["offline"].as_str().unwrap().contains("offline = true"), "{known}");
    for (name, value, standing) in [
        ("Host name", "mail.sender.example (confirmed", "yes"),
        ("AS", "AS64501 SENDER-NET", "yes"),
        ("zen (Z)", "xbl", "listed"),
        ("Mail", "abuse@sender.example", "yes"),
    ] {
        assert_line(&known, name, value, standing, "");
    }
    let time = |known: &Value| {
        let lines = known["sections"][0]["lines"].as_array().unwrap().clone();
        lines.iter().find(|line| line["name"] == "AS").unwrap()["at"].clone()
    };
    assert!(time(&known).is_string());
    assert_eq!(time(&known), time(&before), "the age is that of the answer");
    let host = look_up(&home, &["host.bad.example"]);
    assert_line(&host, "Addresses", SOURCE, "yes", "DNS");
    let other = look_up(&home, &["192.0.2.200"]);
    assert_line(&other, "Host name", "offline", "unknown", "DNS");
    assert_eq!(lines(&other, "Nobody")[0].1, "unknown");
    let nowhere = look_up(&home, &["https://other.example/"]);
    for name in ["Addresses", "Lists", "Nobody"] {
        assert_eq!(lines(&nowhere, name)[0].1, "unknown", "{name}");
    }
    assert!(dns.log().is_empty(), "{:?}", dns.log());
}

#[test]
fn a_network_that_is_gone_takes_nothing_away_that_was_known() {
    let dns = FakeDns::start();
    let home = home(&dns);
    known_source(&dns);
    report(&home, "one", SOURCE, "https://x.example/");
    look_up(&home, &[SOURCE]);
    dns.always(Some(Fault::Silence));
    let known = look_up(&home, &[SOURCE, "--refresh"]);
    for (name, value, standing) in [
        ("Host name", "mail.sender.example", "yes"),
        ("zen (Z)", "xbl", "listed"),
        ("Mail", "abuse@sender.example", "yes"),
    ] {
        assert_line(&known, name, value, standing, "");
    }
    let query = "list:zen:xbl contact:abuse@sender.example";
    assert_eq!(home.good(&["list", "--format", "json", query]).answer.lines().count(), 1);
    let other = look_up(&home, &["192.0.2.200"]);
    for name in ["Host name", "AS", "zen (Z)", "Nobody"] {
        assert_eq!(lines(&other, name)[0].1, "unknown", "{name}");
    }
}

#[test]
fn a_wrapped_and_defanged_url_is_looked_up_by_what_is_inside() {
    let dns = FakeDns::start();
    let home = home(&dns);
    known_source(&dns);
    dns.a("login.bad.example", &[SOURCE]);
    dns.a("bad.example.dbl.spamhaus.org", &["127.0.1.4"]);
    report(&home, "plain", "192.0.2.9", "https://login.bad.example/x?a=b");
    report(&home, "elsewhere", "192.0.2.9", "https://login.bad.example/y");
    let given = "hxxps://www[.]google[.]com/url?q=https%3A%2F%2Flogin.bad.example%2Fx%3Fa%3Db&sa=D";
    let known = look_up(&home, &[given]);
    assert_eq!(known["subject"], "https://login.bad.example/x?a=b");
    assert_line(&known, "Wrapped in", "www.google.com", "yes", "Google");
    assert_line(&known, "Domain", "bad.example", "yes", "");
    assert_line(&known, "dbl (D)", "phish", "listed", "dbl");
    assert_line(&known, "AS", "AS64501", "yes", "Team Cymru");
    assert_line(&known, "Mail", "abuse@sender.example", "yes", "Abusix");
    let counts: Vec<(&Value, &Value)> =
        known["reports"].as_array().unwrap().iter().map(|of| (&of["what"], &of["count"])).collect();
    assert_eq!(
        counts,
        [
            (&json!("with this URL"), &json!(1)),
            (&json!("with it wrapped"), &json!(0)),
            (&json!("with its host"), &json!(2))
        ]
    );
    assert!(dns.log().iter().all(|asked| !asked.name.contains("google")), "the service learns nothing");
    assert!(
        dns.log().iter().all(|asked| !asked.name.contains("login.bad.example.dbl")),
        "lists get registrable domains only"
    );
    let shown = home.good(&["lookup", given]).answer;
    assert!(shown.contains("hxxps://login[.]bad[.]example/x?a=b"), "{shown}");
    assert!(!shown.contains("https://login"), "{shown}");
}

#[test]
fn an_as_and_a_network_name_the_sources_in_them_and_whom_their_owners_named() {
    let dns = FakeDns::start();
    let home = home(&dns);
    known_source(&dns);
    report(&home, "one", SOURCE, "https://x.example/");
    home.good(&["enrich"]);
    home.good(&["contacts", "set", "AS64501", "add", "desk@sender.example"]);
    let known = look_up(&home, &["as64501"]);
    assert_eq!(known["kind"], "asn");
    assert_line(&known, "Registered as", "SENDER-NET, FR", "yes", "Team Cymru");
    assert_line(&known, "Allocated", "1999-09-09", "yes", "Team Cymru");
    assert_line(&known, SOURCE, "mail.sender.example; zen:xbl, zen:pbl", "listed", "");
    assert_line(&known, "add", "desk@sender.example", "yes", "tester");
    assert_line(&known, "abuse@sender.example", "of 1 of 1 source", "yes", "");
    assert_eq!(
        (&known["reports"][0]["query"], &known["reports"][0]["count"]),
        (&json!("asn:64501"), &json!(1))
    );
    dns.txt("0.2.0.192.origin.asn.cymru.com", &["64501 | 192.0.2.0/24 | FR | ripencc | 2001-01-01"]);
    let network = look_up(&home, &["192.0.2.0/28"]);
    assert_line(&network, "AS", "AS64501", "yes", "Team Cymru");
    assert_line(&network, SOURCE, "mail.sender.example", "listed", "");
    assert_eq!(network["reports"][0]["query"], "ip:192.0.2.0/28");
    let zen = list("192.0.2.0", "zen.spamhaus.org");
    assert!(dns.log().iter().all(|asked| asked.name != zen), "no list is asked about a network");
}

#[test]
fn registries_tell_since_when_a_domain_is_registered_and_whom_its_registrar_and_an_as_name() {
    let dns = FakeDns::start();
    let registry = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/rdap/domain/fresh.example" => Reply::ok(
            "application/rdap+json",
            r#"{"objectClassName":"domain","ldhName":"fresh.example","status":["client hold"],
            "events":[{"eventAction":"registration","eventDate":"2020-03-04T05:06:07Z"}],
            "entities":[{"roles":["registrar"],"vcardArray":["vcard",[["fn",{},"text","Names Inc."]]],
              "entities":[{"roles":["abuse"],"vcardArray":["vcard",[
                ["email",{},"text","abuse@names.example"],["email",{},"text","me@fresh.example"]]]}]}]}"#,
        ),
        "/rdap/autnum/64501" => Reply::ok(
            "application/rdap+json",
            r#"{"objectClassName":"autnum","startAutnum":64501,"endAutnum":64501,"name":"SENDER-NET",
            "entities":[{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","abuse@isp.example"]]]}]}"#,
        ),
        _ => Reply::status(404),
    });
    let base = registry.url("/rdap");
    let bootstrap = FakeHttp::start(move |asked: &Asked| {
        let entry = match asked.target.as_str() {
            "/dns.json" => "example",
            "/asn.json" => "64496-64511",
            _ => "192.0.0.0/8",
        };
        let body = format!(r#"{{"version":"1.0","services":[[["{entry}"],["{base}"]]]}}"#);
        Reply::ok("application/json", &body)
    });
    let contacts =
        format!("[contacts]\nabusix = false\nripestat = false\nrdap_bootstrap = '{}'\n", bootstrap.url("/"));
    let home = Home::new(&configuration(&dns, &contacts));
    for subject in ["https://login.of.somebody.fresh.example/?id=somebody@ours.example", "fresh.example"] {
        let known = look_up(&home, &[subject]);
        assert_line(&known, "Registrar", "Names Inc.", "yes", "RDAP 127.0.0.1");
        assert_line(&known, "Registered", "2020-03-04T05:06:07Z", "yes", "RDAP 127.0.0.1");
        assert_line(&known, "States", "client hold", "yes", "RDAP 127.0.0.1");
        assert_line(&known, "Abuse", "abuse@names.example", "yes", "RDAP 127.0.0.1");
        assert_line(&known, "Abuse", "whoever registered it may read there", "refused", "RDAP 127.0.0.1");
    }
    let known = look_up(&home, &["other.example"]);
    assert_line(&known, "Registry", "no such domain is registered", "no", "RDAP 127.0.0.1");
    let known = look_up(&home, &["AS64501"]);
    assert_line(&known, "Abuse", "abuse@isp.example", "yes", "RDAP 127.0.0.1");
    assert_eq!(
        registry.lines(),
        ["GET /rdap/domain/fresh.example", "GET /rdap/domain/other.example", "GET /rdap/autnum/64501"],
        "each once, and never a name below what somebody registered"
    );
    let offline = format!("offline = true\n{contacts}");
    home.configure(&configuration(&dns, &offline));
    let known = look_up(&home, &["fresh.example"]);
    assert_line(&known, "Registrar", "Names Inc.", "yes", "RDAP 127.0.0.1");
    let known = look_up(&home, &["unheard.example"]);
    assert_line(&known, "Registry", "offline", "unknown", "RDAP");
}

#[test]
fn nobody_is_asked_about_addresses_that_belong_to_nobody() {
    let dns = FakeDns::start();
    let home = home(&dns);
    let known = look_up(&home, &["10.1.2.3"]);
    assert_line(&known, "Reserved", "RFC 1918", "yes", "");
    for name in ["Host name", "AS", "Country", "Lists", "Abusix"] {
        assert_line(&known, name, "nobody is asked about such an address", "not asked", "");
    }
    assert!(dns.log().iter().all(|asked| !asked.name.contains("3.2.1.10")), "{:?}", dns.log());
}

#[test]
fn text_that_is_no_subject_is_wrong_usage_and_says_what_would_be_right() {
    let home = Home::new("");
    for (subject, sentence) in
        [("64500", "write AS64500"), ("word", "expected an address"), ("a@b.example", "b.example")]
    {
        let ran = home.run(&["lookup", subject]);
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.says(&[sentence]);
    }
}

#[test]
fn a_look_up_that_may_not_write_changes_nothing() {
    let dns = FakeDns::start();
    let home = home(&dns);
    known_source(&dns);
    report(&home, "one", SOURCE, "https://x.example/");
    let known = look_up(&home, &["--read-only", SOURCE]);
    assert_line(&known, "Mail", "abuse@sender.example", "yes", "Abusix");
    let before = dns.log().len();
    look_up(&home, &["--read-only", SOURCE]);
    assert_eq!(dns.log().len(), 2 * before, "nothing was kept");
    look_up(&home, &[SOURCE]);
    let kept = dns.log().len();
    look_up(&home, &[SOURCE]);
    assert!(dns.log().iter().skip(kept).all(|asked| !asked.name.contains("1.2.0.192")), "all was kept");
}

#[test]
fn what_others_write_acts_on_no_terminal() {
    let dns = FakeDns::start();
    let hostile = r#"{"objectClassName":"ip network","name":"N\u001b[2J","startAddress":"192.0.2.0",
        "endAddress":"192.0.2.255","entities":[{"roles":["abuse"],"vcardArray":["vcard",
        [["email",{},"text","a\u001b]0;owned\u0007@isp.example\r\nBcc: victim@isp.example"],
         ["email",{},"text","\u202eesuba@isp.example"]]]}]}"#;
    let registry = FakeHttp::start(move |_: &Asked| Reply::ok("application/rdap+json", hostile));
    let base = registry.url("/rdap");
    let bootstrap = FakeHttp::start(move |_: &Asked| {
        let body = format!(r#"{{"version":"1.0","services":[[["192.0.0.0/8"],["{base}"]]]}}"#);
        Reply::ok("application/json", &body)
    });
    dns.txt("1.2.0.192.origin.asn.cymru.com", &["64501 | 192.0.2.0/24 | FR | ripencc | 2001-01-01"]);
    dns.txt("AS64501.asn.cymru.com", &["64501 | FR | ripencc | 1999-09-09 | \u{1b}[31mNET\u{7}\u{202e}"]);
    let contacts =
        format!("[contacts]\nabusix = false\nripestat = false\nrdap_bootstrap = '{}'\n", bootstrap.url("/"));
    let home = Home::new(&configuration(&dns, &contacts));
    for arguments in [&["lookup", SOURCE][..], &["lookup", SOURCE, "--json"], &["contacts", "show", SOURCE]] {
        let answer = home.good(arguments).answer;
        let acting: Vec<char> =
            answer.chars().filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}').collect();
        assert!(acting.is_empty(), "{arguments:?}: {acting:?}");
        assert!(answer.contains("not used, it is no mail address"), "{answer}");
    }
    assert!(!registry.lines().is_empty(), "the registry was asked");
}

#[test]
fn a_trace_warns_first_and_wants_a_word() {
    let dns = FakeDns::start();
    let server = FakeHttp::start(|_: &Asked| Reply::ok("text/html", "hello"));
    let home = home(&dns);
    let ran = home.run(&["trace", &server.url("/")]);
    assert_eq!(ran.code, 2, "{ran:?}");
    ran.says(&["learns", "--yes"]);
    assert!(server.lines().is_empty(), "nobody was asked");
    home.configure("");
    let offline = home.run(&["trace", &server.url("/"), "--yes"]);
    assert_eq!(offline.code, 1, "{offline:?}");
    offline.says(&["offline = true"]);
    assert!(server.lines().is_empty(), "nobody was asked");
}

#[test]
fn a_trace_tells_each_hop_and_why_it_ends() {
    let dns = FakeDns::start();
    let server = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/a" => Reply::redirect(302, "/b"),
        _ => Reply::redirect(301, "http://10.0.0.1/inside"),
    });
    let home = home(&dns);
    dns.txt("1.0.0.127.origin.asn.cymru.com", &["64501 | 127.0.0.0/8 | FR | ripencc | 2001-01-01"]);
    let ran = home.good(&["trace", &server.url("/a"), "--yes", "--json"]);
    ran.says(&["learns"]);
    let traced = ran.summary();
    let hops = traced["hops"].as_array().unwrap();
    let told: Vec<(&Value, &Value)> = hops.iter().map(|hop| (&hop["reason"], &hop["status"])).collect();
    assert_eq!(
        told,
        [
            (&json!("asked"), &json!(302)),
            (&json!("location"), &json!(301)),
            (&json!("location"), &Value::Null)
        ]
    );
    assert_eq!(
        (&hops[0]["addresses"][0]["ip"], &hops[0]["addresses"][0]["asn"]),
        (&json!("127.0.0.1"), &json!(64_501))
    );
    assert!(traced["end"].as_str().unwrap().contains("10.0.0.1"), "{traced}");
    let shown = home.good(&["trace", &server.url("/a"), "--yes"]).answer;
    for part in ["Hop 1: 302", "Hop 3: no answer", "hxxp://127[.]0[.]0[.]1", "private use"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("http://"), "{shown}");
}
