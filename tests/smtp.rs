//! Sending over SMTP: the exact bytes, one recipient, and of every way in which it can end the true one.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::dispatch::smtp::{Login, Protection, SecretKind, Server, Smtp, examine};
use lafayette::dispatch::{Delivery, Message, Sink};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::certificates::Certificates;
use support::smtp::{Fault, Options, PASSWORD, Play, SmtpServer, Step, TOKEN, USER};

const TIMEOUT: Duration = Duration::from_secs(1);
const LAST_TIMEOUT: Duration = Duration::from_secs(2);
/// No delivery may take longer: a connection anew, every step once, and what is slow about this machine.
const BOUND: Duration = Duration::from_secs(10);

const BYTES: &[u8] = b"From: desk@example.com\r\nSubject: x\r\n\r\nHello\r\n";

fn server(port: u16) -> Server {
    Server {
        host: "127.0.0.1".to_owned(),
        port,
        protection: Protection::Plain,
        ca_file: None,
        hello_name: "desk.example.com".to_owned(),
        login: None,
        timeout: TIMEOUT,
        last_timeout: LAST_TIMEOUT,
    }
}

fn sink(server_under_test: &SmtpServer) -> Smtp {
    Smtp::new(server(server_under_test.port))
}

fn message(bytes: &[u8]) -> Message<'_> {
    Message { id: 1, sender: "desk+0f@example.com", recipient: "abuse@example.net", bytes }
}

/// What became of it, and how often `about_to` was called. It never takes longer than the bound.
fn deliver(sink: &mut dyn Sink, message: &Message<'_>) -> (Delivery, usize) {
    let mut called = 0;
    let began = Instant::now();
    let delivery = sink.deliver(message, &mut || {
        called += 1;
        Ok(())
    });
    assert!(began.elapsed() < BOUND, "{:?} for {delivery:?}", began.elapsed());
    (delivery, called)
}

#[track_caller]
fn sent(sink: &mut dyn Sink, message: &Message<'_>) -> String {
    match deliver(sink, message) {
        (Delivery::Sent(answer), 1) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_exact_bytes_arrive_with_one_sender_and_one_recipient() {
    let server = SmtpServer::plain(vec![]);
    let mut sink = sink(&server);
    let dots = b"Subject: x\r\n\r\n.\r\n..\r\n.a\r\n \r\na.\r\n.\r\n\r\n\r\n".to_vec();
    let eight_bit = "Subject: x\r\n\r\nZürich \u{20ac}\r\n".as_bytes().to_vec();
    let large = [b"Subject: x\r\n\r\n".to_vec(), b".0123456789abcdef\r\n".repeat(100_000)].concat();
    let messages = [BYTES.to_vec(), dots, eight_bit, b"\r\n".to_vec(), b".\r\n".to_vec(), large];
    for bytes in &messages {
        assert_eq!(sent(&mut sink, &message(bytes)), "250 2.0.0 queued as 4F2");
    }
    let received = server.received();
    assert_eq!(received.len(), messages.len());
    for (got, bytes) in received.iter().zip(&messages) {
        assert!(got.bytes == *bytes, "{}", String::from_utf8_lossy(&got.bytes));
        assert_eq!(got.sender, "desk+0f@example.com");
        assert_eq!(got.recipients, ["abuse@example.net"]);
        assert_eq!(got.hello, "desk.example.com");
        assert_eq!(got.connection, 1, "all over one connection");
        let body = if bytes.is_ascii() { "" } else { " BODY=8BITMIME" };
        assert_eq!(got.parameters, format!("SIZE={}{body}", bytes.len()));
    }
    drop(sink);
    let commands = server.commands();
    assert_eq!(commands.iter().filter(|line| line.starts_with("EHLO")).count(), 1);
    assert_eq!(commands.iter().filter(|line| line.starts_with("DATA")).count(), messages.len());
    support::program::eventually("it takes its leave", || {
        server.commands().last().is_some_and(|l| l == "QUIT")
    });
}

#[test]
fn the_null_sender_is_an_empty_path() {
    let server = SmtpServer::plain(vec![]);
    sent(&mut sink(&server), &Message { sender: "", ..message(BYTES) });
    assert_eq!(server.received()[0].sender, "");
    assert!(server.commands().iter().any(|line| line.starts_with("MAIL FROM:<> ")));
}

/// What a delivery has to end as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// Others need not be tried either.
    AllDeferred,
    Deferred,
    Failed,
    Unknown,
    Sent,
}

fn kind(delivery: &Delivery) -> Expected {
    match delivery {
        Delivery::Sent(_) => Expected::Sent,
        Delivery::Deferred { all: true, .. } => Expected::AllDeferred,
        Delivery::Deferred { all: false, .. } => Expected::Deferred,
        Delivery::Failed { .. } => Expected::Failed,
        Delivery::Unknown(_) => Expected::Unknown,
        Delivery::Withdrawn(why) => panic!("nobody withdrew it: {why}"),
    }
}

/// Every fault at every step, and what is known afterwards.
const FAULTS: &[(Step, Play, Expected)] = {
    use Expected::*;
    use Play::*;
    &[
        (Step::Greeting, Last("421 4.3.2 too busy"), AllDeferred),
        (Step::Greeting, Last("554 5.7.1 not you"), AllDeferred),
        (Step::Greeting, Drop, AllDeferred),
        (Step::Greeting, Stall, AllDeferred),
        (Step::Greeting, Flood("220-"), AllDeferred),
        (Step::Greeting, Flood(""), AllDeferred),
        (Step::Greeting, Trickle, AllDeferred),
        (Step::Greeting, Say("* OK IMAP4rev1"), AllDeferred),
        (Step::Greeting, Say("HTTP/1.1 400 Bad Request"), AllDeferred),
        (Step::Greeting, Say("\u{fffd}\u{fffd}\u{1b}[2J"), AllDeferred),
        (Step::Hello, Say("450 4.3.0 later"), AllDeferred),
        (Step::Hello, Say("550 5.7.1 that is not your name"), AllDeferred),
        (Step::Hello, Drop, AllDeferred),
        (Step::Hello, Stall, AllDeferred),
        (Step::Hello, Flood("250-mx.example\r\n250-"), AllDeferred),
        (Step::Hello, Trickle, AllDeferred),
        (Step::Hello, Say("250-a\r\n550 b"), AllDeferred),
        (Step::Hello, Say("25"), AllDeferred),
        (Step::Sender, Say("451 4.3.0 later"), AllDeferred),
        (Step::Sender, Say("530 5.7.0 log in first"), AllDeferred),
        (Step::Sender, Say("552 5.3.4 too large"), Failed),
        (Step::Sender, Say("553 5.7.1 not your address"), Failed),
        (Step::Sender, Last("421 4.3.2 going down"), AllDeferred),
        (Step::Sender, Drop, AllDeferred),
        (Step::Sender, Stall, AllDeferred),
        (Step::Sender, Flood("250-"), AllDeferred),
        (Step::Sender, Trickle, AllDeferred),
        (Step::Sender, Say("hello?"), AllDeferred),
        (Step::Sender, Say("354 go on"), AllDeferred),
        (Step::Recipient, Say("450 4.2.0 greylisted"), Deferred),
        (Step::Recipient, Say("452 4.2.2 mailbox full"), Deferred),
        (Step::Recipient, Say("550 5.1.1 nobody here"), Failed),
        (Step::Recipient, Say("552 5.2.2 mailbox full"), Failed),
        (Step::Recipient, Say("530 5.7.0 log in first"), AllDeferred),
        (Step::Recipient, Last("421 4.7.0 slow down"), AllDeferred),
        (Step::Recipient, Drop, AllDeferred),
        (Step::Recipient, Stall, AllDeferred),
        (Step::Recipient, Flood(""), AllDeferred),
        (Step::Recipient, Trickle, AllDeferred),
        (Step::Recipient, Say(""), AllDeferred),
        (Step::Data, Say("451 4.3.0 later"), Deferred),
        (Step::Data, Say("554 5.5.1 no valid recipients"), Failed),
        (Step::Data, Last("421 4.3.2 going down"), AllDeferred),
        (Step::Data, Drop, AllDeferred),
        (Step::Data, Stall, AllDeferred),
        (Step::Data, Trickle, AllDeferred),
        (Step::Data, Flood("354 "), AllDeferred),
        (Step::Data, Say("250 what"), AllDeferred),
        (Step::Data, Say("354-go on\r\n200 or not"), AllDeferred),
        (Step::Data, With("250 2.0.0 queued\r\n"), AllDeferred),
        (Step::Recipient, With("354 go on\r\n"), AllDeferred),
        (Step::Content, Drop, Unknown),
        (Step::Content, Stall, Unknown),
        (Step::Content, Last("552 5.3.4 too large"), Failed),
        (Step::Content, Last("451 4.3.0 later"), Deferred),
        (Step::Content, Last("421 4.3.2 going down"), AllDeferred),
        (Step::End, Say("451 4.7.1 greylisted"), Deferred),
        (Step::End, Say("552 5.3.4 too large"), Failed),
        (Step::End, Say("554 5.7.1 looks like spam"), Failed),
        (Step::End, Last("421 4.3.2 going down"), AllDeferred),
        (Step::End, Say("354 more"), Unknown),
        (Step::End, Say("thanks"), Unknown),
        (Step::End, Say("250-thanks\r\n550 or not"), Unknown),
        (Step::End, Drop, Unknown),
        (Step::End, Stall, Unknown),
        (Step::End, DoneThenDrop, Unknown),
        (Step::End, DoneThenStall, Unknown),
        (Step::End, Flood("250-"), Unknown),
        (Step::End, Flood("250 "), Unknown),
        (Step::End, Trickle, Unknown),
        (Step::End, With("550 or not\r\n"), Sent),
    ]
};

#[test]
fn every_fault_ends_in_time_and_as_what_is_true() {
    let one = |(step, play, expected): &(Step, Play, Expected)| {
        let label = format!("{play:?} at {step:?}");
        let server = SmtpServer::plain(vec![Fault::at(*step, *play).always()]);
        let mut sink = sink(&server);
        let (delivery, called) = deliver(&mut sink, &message(BYTES));
        assert_eq!(kind(&delivery), *expected, "{label}: {delivery:?}");
        let reached_data = matches!(step, Step::Data | Step::Content | Step::End);
        assert_eq!(called, usize::from(reached_data), "{label}: asked only once the recipient is accepted");
        if !matches!(step, Step::Content | Step::End) {
            assert_eq!(server.content_bytes(), 0, "{label}: nothing of the message left");
        }
        let sentence = match &delivery {
            Delivery::Deferred { answer, .. } => answer,
            Delivery::Sent(text) | Delivery::Failed { answer: text, .. } | Delivery::Unknown(text) => text,
            Delivery::Withdrawn(_) => panic!("{label}"),
        };
        assert!(!sentence.chars().any(char::is_control) && sentence.len() < 2_000, "{label}: {sentence:?}");
        if let Play::Say(text) | Play::Last(text) = play
            && text.starts_with(['4', '5'])
        {
            assert!(sentence.contains(text), "{label}: what it said is told: {sentence}");
        }
        // The server comes to its senses: the next message leaves, whatever became of the first.
        server.plan(vec![]);
        let before = server.received().len();
        sent(&mut sink, &message(b"Subject: next\r\n\r\n"));
        let received = server.received();
        assert_eq!(received.len(), before + 1, "{label}: once");
        assert_eq!(received[before].bytes, b"Subject: next\r\n\r\n", "{label}");
    };
    // Most of the time is spent waiting.
    std::thread::scope(|scope| {
        for faults in FAULTS.chunks(FAULTS.len().div_ceil(12)) {
            scope.spawn(move || faults.iter().for_each(one));
        }
    });
}

#[test]
fn a_message_whose_connection_breaks_half_way_is_unknown_however_long_it_is() {
    let large = [b"Subject: x\r\n\r\n".to_vec(), b"0123456789abcdef\r\n".repeat(400_000)].concat();
    for (play, expected) in [
        (Play::Drop, Expected::Unknown),
        (Play::Stall, Expected::Unknown),
        (Play::Last("552 5.3.4 too large"), Expected::Failed),
    ] {
        let server = SmtpServer::plain(vec![Fault::at(Step::Content, play)]);
        let (delivery, called) = deliver(&mut sink(&server), &message(&large));
        // A system that resets the connection takes the answer along.
        let is_reset = matches!(play, Play::Last(_)) && kind(&delivery) == Expected::Unknown;
        assert!(kind(&delivery) == expected || is_reset, "{play:?}: {delivery:?}");
        assert_eq!(called, 1);
        assert!(server.received().is_empty());
    }
}

#[test]
fn nobody_home_is_deferred_for_all() {
    let server_that_was = SmtpServer::plain(vec![]);
    let port = server_that_was.port;
    drop(server_that_was);
    std::thread::sleep(Duration::from_millis(100));
    let (delivery, called) = deliver(&mut Smtp::new(server(port)), &message(BYTES));
    assert_eq!((kind(&delivery), called), (Expected::AllDeferred, 0), "{delivery:?}");
    let nowhere = Server { host: "no-such-host.invalid".to_owned(), ..server(port) };
    let (delivery, called) = deliver(&mut Smtp::new(nowhere), &message(BYTES));
    assert_eq!((kind(&delivery), called), (Expected::AllDeferred, 0), "{delivery:?}");
}

#[test]
fn what_may_not_leave_does_not_and_the_connection_goes_on() {
    let server = SmtpServer::plain(vec![]);
    let mut sink = sink(&server);
    let mut called = 0;
    let delivery = sink.deliver(&message(BYTES), &mut || {
        called += 1;
        Err("taken back".to_owned())
    });
    assert_eq!((delivery, called), (Delivery::Withdrawn("taken back".to_owned()), 1));
    assert_eq!(server.content_bytes(), 0);
    let commands = server.commands();
    assert!(!commands.iter().any(|line| line == "DATA"), "{commands:?}");
    assert_eq!(commands.last().map(String::as_str), Some("RSET"));
    sent(&mut sink, &message(BYTES));
    assert_eq!((server.received().len(), server.connections()), (1, 1));
}

#[test]
fn a_connection_that_ended_meanwhile_is_opened_again_and_nothing_leaves_twice() {
    for play in [
        Play::Drop,
        Play::Last("421 4.4.2 idle for too long"),
        Play::Say("450 4.7.1 too many on this connection"),
    ] {
        let server = SmtpServer::plain(vec![Fault::at(Step::Sender, play).sparing(1)]);
        let mut sink = sink(&server);
        sent(&mut sink, &message(BYTES));
        sent(&mut sink, &message(b"Subject: second\r\n\r\n"));
        let received = server.received();
        assert_eq!(received.len(), 2, "{play:?}");
        assert_eq!([received[0].connection, received[1].connection], [1, 2], "{play:?}");
    }
    // A server that is like that always is not asked for ever.
    let server = SmtpServer::plain(vec![Fault::at(Step::Sender, Play::Drop).sparing(1).always()]);
    let mut sink = sink(&server);
    sent(&mut sink, &message(BYTES));
    let (delivery, _) = deliver(&mut sink, &message(BYTES));
    assert_eq!(kind(&delivery), Expected::AllDeferred);
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_refused_recipient_does_not_keep_the_next_message_from_leaving_by_the_same_connection() {
    let refused =
        Fault::at(Step::Recipient, Play::Say("550 5.1.1 nobody here")).about("gone@example.net").always();
    let server = SmtpServer::plain(vec![refused]);
    let mut sink = sink(&server);
    for round in 0..3 {
        let (delivery, called) =
            deliver(&mut sink, &Message { recipient: "gone@example.net", ..message(BYTES) });
        assert_eq!((kind(&delivery), called), (Expected::Failed, 0));
        sent(&mut sink, &message(BYTES));
        assert_eq!(server.received().len(), round + 1);
    }
    assert_eq!(server.connections(), 1);
    assert!(server.received().iter().all(|received| received.recipients == ["abuse@example.net"]));
}

#[test]
fn nothing_that_an_address_or_the_bytes_hold_becomes_a_command_a_header_or_a_recipient() {
    let server = SmtpServer::plain(vec![]);
    let mut sink = sink(&server);
    let addresses = [
        "a@b.example\r\nRCPT TO:<x@example.org>",
        "a@b.example\nBcc: x@example.org",
        "a@b.example>\r\nDATA\r\nSubject: y",
        "a@b.example> NOTIFY=NEVER",
        "a@b.example\0",
        "\"a@b\"@example.net",
        "\"a\r\nDATA\"@example.net",
        "a b@example.net",
        "a@example.net, b@example.net",
        "<a@example.net>",
        "@other.example:a@example.net",
        "\u{430}buse@example.net",
        "abuse@ex\u{430}mple.net",
        "abuse@example.net.",
        "",
    ];
    for address in addresses {
        for message in
            [Message { recipient: address, ..message(BYTES) }, Message { sender: address, ..message(BYTES) }]
        {
            if address.is_empty() && message.sender.is_empty() {
                continue;
            }
            let (delivery, called) = deliver(&mut sink, &message);
            assert_eq!((kind(&delivery), called), (Expected::Failed, 0), "{address:?}: {delivery:?}");
        }
    }
    for bytes in [
        &b""[..],
        b"Subject: x\r\n\r\na\n.\r\nMAIL FROM:<x@example.org>\r\n",
        b"Subject: x\r\n\r\na\r\n.\nMAIL FROM:<x@example.org>\r\n",
        b"Subject: x\r\n\r\na\r.\rMAIL FROM:<x@example.org>\r\n",
        b"Subject: x\r\n\r\na\n\n.\n\n",
        b"Subject: x\r\n\r\na\0\r\n",
        b"Subject: x\r\n\r\nno end",
    ] {
        let (delivery, called) = deliver(&mut sink, &message(bytes));
        assert_eq!((kind(&delivery), called), (Expected::Failed, 0), "{bytes:?}: {delivery:?}");
    }
    assert_eq!(server.connections(), 0, "nobody was even called");
    // Whole lines may say what they like.
    let commands = b"Subject: x\r\n\r\n.\r\nRSET\r\nMAIL FROM:<x@example.org>\r\nQUIT\r\n";
    sent(&mut sink, &message(commands));
    assert_eq!(server.received()[0].bytes, commands);
    assert_eq!(server.received()[0].recipients, ["abuse@example.net"]);
    assert_eq!(server.commands().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[test]
fn what_the_server_says_that_it_cannot_take_is_not_tried() {
    let options = Options { extensions: vec!["SIZE 100"], ..Options::default() };
    let server = SmtpServer::start(options, vec![]);
    let mut sink = sink(&server);
    for bytes in [b"0123456789\r\n".repeat(9), "Subject: x\r\n\r\nü\r\n".as_bytes().to_vec()] {
        let (delivery, called) = deliver(&mut sink, &message(&bytes));
        assert_eq!((kind(&delivery), called), (Expected::Failed, 0), "{delivery:?}");
    }
    assert!(!server.commands().iter().any(|line| line.starts_with("MAIL")));
    sent(&mut sink, &message(BYTES));
    assert_eq!(server.connections(), 1);
}

/// A server with TLS and login, its certificates, and how it is reached.
struct Secured {
    server: SmtpServer,
    certificates: Certificates,
    _folder: tempfile::TempDir,
}

impl Secured {
    fn start(implicit: bool, extensions: Vec<&'static str>, faults: Vec<Fault>) -> Secured {
        let folder = tempfile::tempdir().expect("folder");
        let certificates = Certificates::make(folder.path());
        let identity = Some(certificates.good.clone());
        let options = Options { identity, implicit, wants_login: true, extensions };
        Secured { server: SmtpServer::start(options, faults), certificates, _folder: folder }
    }

    fn reached(&self, protection: Protection, secret: &str, kind: SecretKind) -> Server {
        let secret = secret.to_owned();
        Server {
            host: "localhost".to_owned(),
            protection,
            ca_file: Some(self.certificates.authority.clone()),
            login: Some(Login { user: USER.to_owned(), secret: Arc::new(move || Ok(secret.clone())), kind }),
            // A handshake takes its time on a machine that is busy.
            timeout: Duration::from_secs(5),
            ..server(self.server.port)
        }
    }
}

#[test]
fn every_login_goes_over_tls_and_only_there() {
    for (protection, mechanism, secret, kind) in [
        (Protection::Starttls, "AUTH PLAIN", PASSWORD, SecretKind::Password),
        (Protection::Implicit, "auth login", PASSWORD, SecretKind::Password),
        (Protection::Implicit, "AUTH=LOGIN", PASSWORD, SecretKind::Password),
        (Protection::Starttls, "AUTH XOAUTH2 PLAIN", TOKEN, SecretKind::Token),
    ] {
        let secured = Secured::start(protection == Protection::Implicit, vec!["8BITMIME", mechanism], vec![]);
        let server = secured.reached(protection, secret, kind);
        let mut sink = Smtp::new(server.clone());
        sent(&mut sink, &message(BYTES));
        sent(&mut sink, &message(BYTES));
        let received = secured.server.received();
        assert_eq!(received.len(), 2, "{mechanism}");
        for got in received {
            assert!(got.is_protected && got.login.as_deref() == Some(USER), "{mechanism}: {got:?}");
            assert_eq!((got.bytes.as_slice(), got.connection), (BYTES, 1));
        }
        let offers = examine(&server).expect("well");
        assert!(offers.eight_bit && offers.size.is_none());
        assert_eq!(secured.server.received().len(), 2, "it only looks");
    }
}

#[test]
fn a_refused_or_missing_secret_defers_all_says_what_to_do_and_never_what_it_is() {
    let secured = Secured::start(true, vec!["AUTH PLAIN LOGIN XOAUTH2"], vec![]);
    for (secret, kind) in [("hunter2", SecretKind::Password), ("hunter2", SecretKind::Token)] {
        let server = secured.reached(Protection::Implicit, secret, kind);
        let shown = format!("{server:?}");
        let (delivery, called) = deliver(&mut Smtp::new(server), &message(BYTES));
        let Delivery::Deferred { answer, all: true } = &delivery else { panic!("{delivery:?}") };
        assert!(answer.contains("535 5.7.8") && answer.contains("[smtp]"), "{answer}");
        assert!(!answer.contains("hunter2") && !shown.contains("hunter2"), "{answer} {shown}");
        assert_eq!(called, 0);
    }
    let mut server = secured.reached(Protection::Implicit, "", SecretKind::Password);
    if let Some(login) = &mut server.login {
        login.secret = Arc::new(|| Err("the variable A is not set".to_owned()));
    }
    let (delivery, _) = deliver(&mut Smtp::new(server), &message(BYTES));
    assert!(
        matches!(&delivery, Delivery::Deferred { answer, all: true } if answer.contains("variable A")),
        "{delivery:?}"
    );
    let server = secured.reached(Protection::Implicit, "a\r\nMAIL FROM:<>", SecretKind::Password);
    assert_eq!(kind(&deliver(&mut Smtp::new(server), &message(BYTES)).0), Expected::AllDeferred);
    let without = Server { login: None, ..secured.reached(Protection::Implicit, "", SecretKind::Password) };
    let (delivery, _) = deliver(&mut Smtp::new(without), &message(BYTES));
    assert!(
        matches!(&delivery, Delivery::Deferred { answer, all: true } if answer.contains("530")),
        "{delivery:?}"
    );
    assert_eq!(secured.server.content_bytes(), 0);
}

#[test]
fn faults_of_tls_and_login_defer_all_in_time_and_without_a_word_of_the_message() {
    let faults = [
        (Step::Starttls, Play::Say("454 4.7.0 not now")),
        (Step::Starttls, Play::Drop),
        (Step::Starttls, Play::Stall),
        (Step::Starttls, Play::Trickle),
        (Step::Starttls, Play::Flood("220-")),
        (Step::Starttls, Play::Say("220 but no TLS follows")),
        // Somebody in between puts words into the server's mouth.
        (Step::Starttls, Play::With("250-mx.example\r\n250 AUTH PLAIN\r\n")),
        (Step::Login, Play::Say("454 4.7.0 later")),
        (Step::Login, Play::Say("334 ")),
        (Step::Login, Play::Say("504 5.5.4 no")),
        (Step::Login, Play::Last("421 4.7.0 slow down")),
        (Step::Login, Play::Drop),
        (Step::Login, Play::Stall),
        (Step::Login, Play::Trickle),
        (Step::Login, Play::Flood("235-")),
    ];
    let one = |(step, play): (Step, Play)| {
        let secured = Secured::start(false, vec!["AUTH PLAIN"], vec![Fault::at(step, play).always()]);
        let server = Server {
            timeout: Duration::from_millis(1_200),
            ..secured.reached(Protection::Starttls, PASSWORD, SecretKind::Password)
        };
        let (delivery, called) = deliver(&mut Smtp::new(server), &message(BYTES));
        assert_eq!(
            (kind(&delivery), called),
            (Expected::AllDeferred, 0),
            "{play:?} at {step:?}: {delivery:?}"
        );
        assert_eq!(secured.server.content_bytes(), 0);
        if step == Step::Starttls {
            let commands = secured.server.commands();
            let early = commands.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL"));
            assert!(!early, "{play:?}: nothing is said in the clear: {commands:?}");
        }
    };
    std::thread::scope(|scope| {
        for fault in faults {
            scope.spawn(move || one(fault));
        }
    });
}

#[test]
fn a_certificate_that_is_not_right_ends_it_before_a_word_is_said() {
    let folder = tempfile::tempdir().expect("folder");
    let certificates = Certificates::make(folder.path());
    let authority = Some(certificates.authority.clone());
    for (identity, ca_file, part) in [
        (&certificates.expired, authority.clone(), "expired"),
        (&certificates.other_host, authority.clone(), "another name"),
        (&certificates.self_signed, authority.clone(), "issuer"),
        (&certificates.good, None, "issuer"),
        (&certificates.good, Some(PathBuf::from("/nowhere.pem")), "/nowhere.pem"),
        (&certificates.good, Some(certificates.good.key.clone()), "cannot be used"),
    ] {
        for implicit in [true, false] {
            let options = Options { identity: Some(identity.clone()), implicit, ..Options::default() };
            let under_test = SmtpServer::start(options, vec![]);
            let protection = if implicit { Protection::Implicit } else { Protection::Starttls };
            let server = Server {
                host: "localhost".to_owned(),
                protection,
                ca_file: ca_file.clone(),
                timeout: Duration::from_secs(5),
                ..server(under_test.port)
            };
            let (delivery, called) = deliver(&mut Smtp::new(server), &message(BYTES));
            let Delivery::Deferred { answer, all: true } = &delivery else { panic!("{part}: {delivery:?}") };
            assert!(answer.contains(part), "{answer}");
            assert_eq!(called, 0);
            let commands = under_test.commands();
            let said =
                commands.iter().filter(|line| !line.starts_with("EHLO") && *line != "STARTTLS").count();
            assert_eq!(said, 0, "{commands:?}");
        }
    }
}

#[test]
fn without_tls_nothing_is_said_beyond_this_machine_and_no_tls_is_never_a_way_out() {
    // 192.0.2.0/24 is nowhere (RFC 5737); it is not even tried.
    let far = Server { host: "192.0.2.1".to_owned(), ..server(25) };
    let began = Instant::now();
    let (delivery, _) = deliver(&mut Smtp::new(far), &message(BYTES));
    assert!(
        matches!(&delivery, Delivery::Deferred { answer, all: true } if answer.contains("not on this machine")),
        "{delivery:?}"
    );
    assert!(began.elapsed() < TIMEOUT, "it was not tried");
    let plain = SmtpServer::plain(vec![]);
    let wants_tls = Server { protection: Protection::Starttls, ..server(plain.port) };
    let (delivery, _) = deliver(&mut Smtp::new(wants_tls), &message(BYTES));
    assert!(
        matches!(&delivery, Delivery::Deferred { answer, all: true } if answer.contains("STARTTLS")),
        "{delivery:?}"
    );
    let implicit = Server { protection: Protection::Implicit, ..server(plain.port) };
    assert_eq!(kind(&deliver(&mut Smtp::new(implicit), &message(BYTES)).0), Expected::AllDeferred);
    assert!(plain.commands().iter().all(|line| line.starts_with("EHLO")), "{:?}", plain.commands());
    assert_eq!(plain.content_bytes(), 0);
}
