//! What `doctor` finds: each thing that is well, and each that is not with what to do.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use support::dns::{FakeDns, Fault};
use support::hostile::Hostile;
use support::messages::reports;
use support::program::{Home, Ran};
use support::smtp::{Fault as SmtpFault, Options, Play, SmtpServer, Step};

const OFFLINE: &str = "[dns]\noffline = true\n";

fn examine(home: &Home, code: i32) -> Vec<Value> {
    let ran: Ran = home.run(&["doctor", "--json"]);
    assert_eq!(ran.code, code, "{ran:?}");
    ran.answer.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// The health of the first thing of this area whose subject holds the words.
fn health<'c>(checks: &'c [Value], area: &str, subject: &str) -> (&'c str, &'c str) {
    let found = checks.iter().find(|check| {
        check["area"] == area && check["subject"].as_str().is_some_and(|text| text.contains(subject))
    });
    let found = found.unwrap_or_else(|| panic!("no {area} {subject} in {checks:?}"));
    (found["health"].as_str().expect("a word"), found["finding"].as_str().expect("a sentence"))
}

#[test]
fn what_works_is_green_and_the_exit_code_is_0() {
    let server = Hostile::plain(&reports(0..3), vec![]);
    let home = Home::new(&(OFFLINE.to_owned() + &server.feed("failures", "")));
    home.sync();
    let checks = examine(&home, 0);
    assert_eq!(health(&checks, "configuration", "config.toml").0, "green");
    assert_eq!(health(&checks, "database", "reports.db").0, "green");
    let (green, finding) = health(&checks, "mailbox", "failures: INBOX");
    assert_eq!((green, finding), ("green", "3 messages."));
    assert_eq!(server.mailbox().hashes("INBOX").len(), 3, "it only looks");
    for check in &checks {
        let advice = check["advice"].as_str().expect("a text");
        assert_eq!(advice.is_empty(), check["health"] == "green", "{check}");
    }
}

#[test]
fn a_mailbox_that_refuses_is_red_and_the_others_are_looked_at_all_the_same() {
    let server = Hostile::plain(&reports(0..1), vec![]);
    let wrong = "[[feed]]\nname = 'gone'\nhost = '127.0.0.1'\nport = 1\ntls = 'none'\nuser = 'u'\n\
                 password_env = 'HOME'\n";
    let home =
        Home::new(&format!("{OFFLINE}{wrong}{}", server.feed("failures", "folder = ['INBOX', 'Nowhere']")));
    let checks = examine(&home, 1);
    assert_eq!(health(&checks, "mailbox", "gone: INBOX").0, "red");
    assert_eq!(health(&checks, "mailbox", "failures: INBOX").0, "green");
    assert_eq!(health(&checks, "mailbox", "failures: Nowhere").0, "red");
    assert_eq!(health(&checks, "database", "reports.db").0, "amber", "it does not exist yet");
}

#[test]
fn a_database_that_is_none_or_open_to_others_is_red() {
    let home = Home::new(OFFLINE);
    fs::write(home.path("reports.db"), "this is no database at all, whatever its name says")
        .expect("written");
    fs::set_permissions(home.path("reports.db"), PermissionsExt::from_mode(0o644)).expect("mode");
    let checks = examine(&home, 1);
    let findings: Vec<(&str, &str)> = checks
        .iter()
        .filter(|check| check["area"] == "database")
        .map(|check| {
            (check["health"].as_str().expect("a word"), check["finding"].as_str().expect("a sentence"))
        })
        .collect();
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings.iter().all(|(health, _)| *health == "red"), "{findings:?}");
    assert!(findings[1].1.contains("Others on this machine may read it"), "{findings:?}");
}

#[test]
fn a_wrong_configuration_is_told_as_every_command_tells_it() {
    let home = Home::new("[dns]\nofline = true\n");
    let ran = home.run(&["doctor"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.said.contains("offline"), "{ran:?}");
}

#[test]
fn old_country_files_and_broken_ones_are_told_apart() {
    use support::mmdb::{Names, file, ranges};
    let ranges = ranges("198.51.100.0\t198.51.100.255\t64500\tBR\tExample Net\n").expect("a table");
    let home = Home::new(&format!("{OFFLINE}[geoip]\nfiles = ['old.mmdb', 'broken.mmdb']\n"));
    let folder = home.path(".config/lafayette");
    fs::write(folder.join("old.mmdb"), file(&ranges, Names::Flat, 1_600_000_000)).expect("written");
    fs::write(folder.join("broken.mmdb"), b"nothing").expect("written");
    let checks = examine(&home, 1);
    assert!(health(&checks, "geoip", "old.mmdb").1.contains("2020-09-13"));
    assert_eq!(health(&checks, "geoip", "old.mmdb").0, "red");
    assert_eq!(health(&checks, "geoip", "broken.mmdb").0, "red");
}

/// What makes the lists ZEN and DBL, Abusix and Team Cymru pass their tests.
fn sound(dns: &FakeDns) {
    dns.a("2.0.0.127.zen.spamhaus.org", &["127.0.0.2"]);
    dns.a(&format!("2.0.0.0.0.0.f.7.f.f.f.f.{}0.zen.spamhaus.org", "0.".repeat(19)), &["127.0.0.2"]);
    for name in ["test", "dbltest.com"] {
        dns.a(&format!("{name}.dbl.spamhaus.org"), &["127.0.1.2"]);
    }
    dns.txt("2.0.0.127.abuse-contacts.abusix.zone", &["root@localhost"]);
    dns.txt("31.108.90.216.origin.asn.cymru.com", &["23028 | 216.90.108.0/24 | US | arin | 1998-09-25"]);
}

fn asking(dns: &FakeDns, more: &str) -> Home {
    Home::new(&format!(
        "[lists]\nuse = ['zen', 'dbl']\n[dns]\nservers = ['{}'{more}]\ntimeout_seconds = 1\ntries = 1\n\
         [contacts]\nripestat = false\n",
        dns.address()
    ))
}

#[test]
fn look_ups_that_work_are_green_each_source_of_facts_for_itself() {
    let dns = FakeDns::start();
    sound(&dns);
    let checks = examine(&asking(&dns, ""), 0);
    let (green, finding) = health(&checks, "name server", &dns.address().to_string());
    assert!(green == "green" && finding.contains("[dns] servers"), "{finding}");
    assert_eq!(health(&checks, "block list", "zen").0, "green");
    assert_eq!(health(&checks, "block list", "dbl").0, "green");
    assert_eq!(health(&checks, "contacts", "abusix").0, "green");
    let (green, finding) = health(&checks, "networks", "Team Cymru");
    assert!(green == "green" && finding.contains("AS23028"), "{finding}");
    assert!(health(&checks, "contacts", "rdap").1.contains("https://"));
    assert!(health(&checks, "contacts", "ripestat").1.contains("ripestat = false"));
}

#[test]
fn a_list_that_refuses_the_resolver_is_red_with_the_reason_and_others_are_not() {
    let dns = FakeDns::start();
    sound(&dns);
    dns.a("2.0.0.127.zen.spamhaus.org", &["127.255.255.254"]);
    dns.a("1.0.0.127.zen.spamhaus.org", &["127.255.255.254"]);
    dns.forget("2.0.0.127.abuse-contacts.abusix.zone");
    dns.forget("31.108.90.216.origin.asn.cymru.com");
    let checks = examine(&asking(&dns, ""), 1);
    let (red, finding) = health(&checks, "block list", "zen");
    assert!(red == "red" && finding.contains("public"), "{finding}");
    assert_eq!(health(&checks, "block list", "dbl").0, "green");
    assert_eq!(health(&checks, "contacts", "abusix").0, "red");
    assert_eq!(health(&checks, "networks", "Team Cymru").0, "red");
}

#[test]
fn a_dead_name_server_is_red_and_one_of_two_is_amber() {
    let (dns, dead) = (FakeDns::start(), FakeDns::start());
    sound(&dns);
    dead.always(Some(Fault::Silence));
    let checks = examine(&asking(&dead, ""), 1);
    assert_eq!(health(&checks, "name server", &dead.address().to_string()).0, "red");
    assert!(checks.iter().all(|check| check["area"] != "block list"), "nobody could answer: {checks:?}");
    let checks = examine(&asking(&dns, &format!(", '{}'", dead.address())), 0);
    assert_eq!(health(&checks, "name server", &dead.address().to_string()).0, "amber");
    assert_eq!(health(&checks, "block list", "zen").0, "green");
}

#[test]
fn offline_is_amber_and_nothing_is_asked() {
    let dns = FakeDns::start();
    let home = Home::new(&format!("[dns]\noffline = true\nservers = ['{}']\n", dns.address()));
    let checks = examine(&home, 0);
    let (amber, finding) = health(&checks, "name server", "none");
    assert!(amber == "amber" && finding.contains("offline = true"), "{finding}");
    assert_eq!(dns.log().len(), 0);
}

#[test]
fn a_server_that_takes_our_login_is_green_and_gets_no_message() {
    let options = Options { wants_login: true, ..Options::default() };
    let server = SmtpServer::start(options, vec![]);
    let home = Home::new(&format!("{OFFLINE}[report]\nfrom = 'desk@example.com'\n{}", server.table("")));
    let checks = examine(&home, 0);
    let (green, finding) = health(&checks, "sending", &server.port.to_string());
    assert!(green == "green" && finding.contains("lets desk in"), "{finding}");
    let commands = server.commands();
    assert!(
        commands.iter().any(|line| line == "EHLO example.com"),
        "not the name of the machine: {commands:?}"
    );
    assert!(!commands.iter().any(|line| line.starts_with("MAIL")), "{commands:?}");
    let (amber, finding) = health(&checks, "sender domain", "example.com");
    assert!(amber == "amber" && finding.contains("not among your own"), "{finding}");
}

#[test]
fn a_server_that_does_not_let_us_send_is_red_with_what_to_do() {
    let configuration = |server: &SmtpServer, more: &str| {
        format!(
            "{OFFLINE}[report]\nfrom = 'desk@example.com'\n{}",
            server.table(&format!("timeout_seconds = 1\n{more}"))
        )
    };
    for (fault, part) in [
        (SmtpFault::at(Step::Greeting, Play::Stall), "took too long at its greeting"),
        (SmtpFault::at(Step::Hello, Play::Say("550 5.7.1 not that name")), "hello_name"),
        (SmtpFault::at(Step::Login, Play::Say("535 5.7.8 who are you")), "does not let desk in"),
    ] {
        let options = Options { wants_login: true, ..Options::default() };
        let server = SmtpServer::start(options, vec![fault.always()]);
        let checks = examine(&Home::new(&configuration(&server, "")), 1);
        let (red, finding) = health(&checks, "sending", &server.port.to_string());
        assert!(red == "red" && finding.contains(part), "{finding}");
    }
    let server = SmtpServer::plain(vec![]);
    let wrong = configuration(&server, "").replace("tls = 'none'", "tls = 'starttls'");
    let checks = examine(&Home::new(&wrong), 1);
    assert!(health(&checks, "sending", "localhost").1.contains("STARTTLS"));
    let home = Home::new(&format!("{OFFLINE}[sending]\nby = 'sendmail'\ncommand = '/nowhere/sendmail'\n"));
    assert_eq!(health(&examine(&home, 1), "sending", "/nowhere/sendmail").0, "red");
}

/// An account that asks this name server about its domain, with a key that signs.
fn with_key(dns: &FakeDns, more: &str) -> Home {
    let home = Home::new(&format!(
        "[own]\ndomains = ['brand.example']\n[lookups]\nlists = false\norigin = false\ncontacts = false\n\
         [dns]\nservers = ['{}']\ntimeout_seconds = 1\ntries = 1\n\
         [report]\nfrom = 'desk@mail.brand.example'\n{more}\n\
         [dkim]\ndomain = 'brand.example'\nselector = 'desk'\nkey_file = 'dkim.pem'\n",
        dns.address()
    ));
    let key = openssl::pkey::PKey::generate_ed25519().expect("key").private_key_to_pem_pkcs8().expect("pem");
    let path = home.path(".config/lafayette/dkim.pem");
    fs::write(&path, key).expect("written");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("mode");
    home
}

#[test]
fn what_is_published_about_the_domain_of_reports_is_told_part_by_part() {
    let dns = FakeDns::start();
    let home = with_key(&dns, "");
    let about = |code: i32, what: &str| {
        let checks = examine(&home, code);
        let (health, finding) = health(&checks, "sender domain", what);
        let advice = checks.iter().find(|check| check["finding"] == finding).expect("it")["advice"].as_str();
        (health.to_owned(), finding.to_owned(), advice.expect("a text").to_owned())
    };
    // Nothing is published.
    assert_eq!(about(1, "replies").0, "red");
    assert_eq!(about(1, "SPF").0, "amber");
    assert_eq!(about(1, "DMARC").0, "amber");
    let (red, _, publish) = about(1, "DKIM");
    let (name, record) = publish.split_once(": ").expect("name and record");
    assert!(red == "red" && name.ends_with("desk._domainkey.brand.example"), "{publish}");
    // Everything is, the policy by the domain above.
    dns.mx("mail.brand.example", &[(10, "mx.brand.example")]);
    dns.txt("mail.brand.example", &["google-site-verification=1"]);
    dns.txt("_dmarc.brand.example", &["v=DMARC1; p=reject"]);
    dns.txt("desk._domainkey.brand.example", &[record]);
    let (amber, _, _) = about(0, "SPF");
    assert_eq!(amber, "amber", "another text is no policy");
    dns.txt("mail.brand.example", &["v=spf1 mx -all"]);
    for (what, part) in [
        ("replies", "mx.brand.example"),
        ("SPF", "\"v=spf1 mx -all\". Whether the server"),
        ("DMARC", "brand.example publishes \"v=DMARC1; p=reject\""),
        ("DKIM", "publishes the key that signs"),
    ] {
        let (green, finding, _) = about(0, what);
        assert!(green == "green" && finding.contains(part), "{what}: {finding}");
    }
    // And wrongly.
    dns.mx("mail.brand.example", &[(0, "")]);
    dns.txt("mail.brand.example", &["v=spf1 +all"]);
    dns.txt("desk._domainkey.brand.example", &["v=DKIM1; k=ed25519; p=AAAA"]);
    assert!(about(1, "replies").1.contains("null MX"));
    assert!(about(1, "SPF").2.contains("-all"));
    assert!(about(1, "DKIM").1.contains("another key"));
    // What nobody answers is not known, which is no failure.
    for name in ["mail.brand.example", "_dmarc.mail.brand.example", "desk._domainkey.brand.example"] {
        dns.fault(name, Fault::ServFail);
    }
    for what in ["replies", "SPF", "DMARC", "DKIM"] {
        let (amber, finding, _) = about(0, what);
        assert!(amber == "amber" && finding.contains("not known"), "{what}: {finding}");
    }
}

#[test]
fn a_key_that_others_can_read_is_red_and_offline_what_is_published_is_not_known() {
    let dns = FakeDns::start();
    let home = with_key(&dns, "");
    let path = home.path(".config/lafayette/dkim.pem");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("mode");
    assert!(health(&examine(&home, 1), "sender domain", "DKIM").1.contains("chmod 600"));
    let home = Home::new(&format!(
        "{OFFLINE}[own]\ndomains = ['brand.example']\n[report]\nfrom = 'desk@brand.example'\n"
    ));
    let checks = examine(&home, 0);
    let (amber, finding) = health(&checks, "sender domain", "brand.example");
    assert!(amber == "amber" && finding.contains("offline = true"), "{finding}");
}
