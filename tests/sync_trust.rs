//! Who is who: certificates, encryption that somebody takes away, logins and secrets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use support::certificates::{Certificates, Identity};
use support::dovecot::Dovecot;
use support::faults::{Fault, Play, Step};
use support::hostile::{Hostile, Options};
use support::imap_mailbox::Mailbox;
use support::messages::reports;
use support::program::{Home, counts};

const MESSAGES: usize = 12;

fn with_tls(identity: &Identity, implicit: bool, faults: Vec<Fault>) -> Hostile {
    let options = Options { identity: Some(identity.clone()), implicit, ..Options::default() };
    Hostile::start(Mailbox::new(&reports(0..3)), options, faults)
}

/// Whether anybody tried to log in.
fn was_told_a_secret(server: &Hostile) -> bool {
    server.commands().iter().any(|name| name.starts_with("LOGIN") || name.starts_with("AUTHENTICATE"))
}

#[test]
fn a_server_that_cannot_prove_who_it_is_is_told_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let made = Certificates::make(folder.path());
    let ours = format!("ca_file = '{}'", made.authority.display());
    std::thread::scope(|scope| {
        for implicit in [true, false] {
            for (identity, trusted, words) in [
                (&made.expired, ours.as_str(), "expired"),
                (&made.other_host, ours.as_str(), "name"),
                (&made.self_signed, ours.as_str(), "issuer"),
                (&made.good, "", "ca_file"),
            ] {
                scope.spawn(move || {
                    let server = with_tls(identity, implicit, vec![]);
                    let good = Hostile::plain(&reports(5..7), vec![]);
                    let home = Home::new(&(server.feed("failures", trusted) + &good.feed("traps", "")));
                    let ran = home.run(&["sync"]);
                    assert_eq!(ran.code, 3, "{identity:?}: {ran:?}");
                    ran.says(&["failures", "localhost", "certificate", words]);
                    assert!(!was_told_a_secret(&server), "{:?}", server.commands());
                    assert_eq!(server.connections(), 1, "a certificate does not get better by trying again");
                    assert_eq!(home.hashes().len(), 2);
                });
            }
            let (good, ours) = (&made.good, &ours);
            scope.spawn(move || {
                let server = with_tls(good, implicit, vec![]);
                assert_eq!(counts(&Home::new(&server.feed("failures", ours)).sync())[1], 3);
            });
        }
    });
}

#[test]
fn an_address_is_a_name_that_a_certificate_can_have() {
    let folder = tempfile::tempdir().unwrap();
    let made = Certificates::make(folder.path());
    let server = with_tls(&made.good, true, vec![]);
    let feed = server.feed("failures", &format!("ca_file = '{}'", made.authority.display()));
    assert_eq!(counts(&Home::new(&feed.replace("'localhost'", "'127.0.0.1'")).sync())[1], 3);
}

#[test]
fn without_encryption_nothing_is_said_where_encryption_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let made = Certificates::make(folder.path());
    let ours = format!("ca_file = '{}'\n", made.authority.display());
    let refused = Fault::at(Step::Starttls, Play::Instead("{tag} NO not today\r\n")).always();
    // What comes in the clear behind the agreement would be read as if it had been encrypted (CVE-2011-0411).
    let injected = Fault::at(
        Step::Starttls,
        Play::Instead("{tag} OK go ahead\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"),
    );
    let server = with_tls(&made.good, false, vec![refused]);
    let ran = Home::new(&server.feed("failures", &ours)).run(&["sync"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    ran.says(&["failures", "localhost", "STARTTLS"]);
    assert!(!was_told_a_secret(&server));

    let server = with_tls(&made.good, false, vec![injected.always()]);
    let ran = Home::new(&server.feed("failures", &ours)).run(&["sync"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!was_told_a_secret(&server));

    // A plain server, as if somebody in between had cut the offer of STARTTLS out.
    let server = Hostile::plain(&reports(0..3), vec![]);
    for tls in ["starttls", "implicit"] {
        let feed = server.feed("failures", &ours).replace("tls = 'none'", &format!("tls = '{tls}'"));
        let ran = Home::new(&feed).run(&["sync"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        ran.says(&["failures", "localhost", if tls == "starttls" { "STARTTLS" } else { "TLS" }]);
        assert!(!was_told_a_secret(&server));
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let [port] = support::dovecot::free_ports();
    let good = Hostile::plain(&reports(5..7), vec![]);
    for host in ["localhost", "no-such-host.invalid"] {
        let feed = format!(
            "[[feed]]\nname = 'failures'\nhost = '{host}'\nport = {port}\nuser = 'u'\ntimeout_seconds = 1\n\
             password_command = 'echo secret'\n"
        );
        let home = Home::new(&(feed + &good.feed("traps", "")));
        let ran = home.run(&["sync"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        ran.says(&["failures", host]);
        assert_eq!(home.hashes().len(), 2);
    }
}

#[test]
fn a_real_server_refuses_a_wrong_password_and_the_other_feed_goes_on() {
    let server = Dovecot::start(&support::dovecot::Options::default());
    server.deliver("u", "INBOX", &reports(0..3));
    server.deliver("v", "INBOX", &reports(3..6));
    let wrong = server.feed("failures", "u", "starttls", "");
    let line = wrong.lines().find(|line| line.starts_with("password_file")).unwrap();
    let wrong = wrong.replace(line, "password_command = 'echo wrong'");
    let home = Home::new(&(wrong + &server.feed("traps", "v", "implicit", "")));
    let ran = home.run(&["sync"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    ran.says(&["failures", "localhost", "password"]);
    assert_eq!(home.hashes().len(), 3);
}

#[test]
fn a_refused_login_is_not_repeated_before_somebody_looked() {
    // Servers lock accounts, and ban addresses, after a few wrong passwords.
    // A token may have run out on the way, therefore another one is asked for, once.
    for (wrong, most) in [("password_command = 'echo wrong'", 1), ("token_command = 'echo token-0'", 2)] {
        let server = Hostile::plain(&reports(0..3), vec![]);
        let home = Home::new(&server.feed("failures", &format!("{wrong}\nfolder = ['INBOX', 'Junk']")));
        let ran = home.run(&["sync"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        ran.says(&["failures", "localhost", "let", if most == 1 { "password" } else { "token_command" }]);
        let tries = server
            .commands()
            .iter()
            .filter(|name| ["LOGIN", "AUTHENTICATE"].contains(&name.as_str()))
            .count();
        assert!((1..=most).contains(&tries), "{:?}", server.commands());
    }
}

#[test]
fn a_secret_that_cannot_be_had_is_no_reason_to_ask_the_server() {
    let good = Hostile::plain(&reports(0..3), vec![]);
    for (how, words) in [
        ("password_command = 'false'", "the command 'false'"),
        ("password_env = 'NOT_SET'", "NOT_SET"),
        ("password_file = 'missing.txt'", "missing.txt"),
    ] {
        let server = Hostile::plain(&reports(3..6), vec![]);
        let home = Home::new(&(server.feed("failures", how) + &good.feed("traps", "")));
        let ran = home.run(&["sync"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        ran.says(&["failures", words]);
        assert!(!server.commands().iter().any(|name| name.starts_with("LOGIN")), "{:?}", server.commands());
        assert_eq!(home.hashes().len(), 3);
    }
}

#[test]
fn a_token_that_expires_while_it_is_used_is_asked_for_again() {
    let expiry = Fault::at(Step::Fetch, Play::Last("* BYE AccessTokenExpired\r\n"))
        .changing(|mailbox| mailbox.oldest_token = 2);
    let server = Hostile::plain(&reports(0..MESSAGES), vec![expiry]);
    let home = Home::new("");
    let asked = home.path("asked");
    let command = format!("echo x >> {0}; echo token-$(wc -l < {0})", asked.display());
    home.configure(&server.feed("failures", &format!("token_command = '{command}'\nafter = 'move'")));
    assert_eq!(counts(&home.sync())[1], MESSAGES as u64);
    assert_eq!(std::fs::read_to_string(&asked).unwrap(), "x\nx\n", "asked for once a connection");
    assert_eq!(server.mailbox().folders["INBOX"].messages.len(), 0);
}
