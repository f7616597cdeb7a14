//! Connections that break, servers that are slow, busy, hostile or wrong.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_lost_connection_is_taken_up_again() {
    let server = Scripted::new(|connection, command| {
        (connection < 3 && command.starts_with("UID FETCH"))
            .then(|| Say::Close("* 1 FETCH (UID 1 BO".to_owned()))
    });
    let mut mailbox = server.mailbox();
    assert_eq!(mailbox.sizes(&[1, 2, 3]).unwrap().len(), 3);
    assert_eq!(server.connections(), 3);
    let notes = mailbox.notes();
    assert!(notes[0].contains("2 times"), "{notes:?}");
}

#[test]
fn a_server_that_always_hangs_up_is_given_up_after_three_more_tries() {
    let server = Scripted::new(|_, command| {
        command.starts_with("UID SEARCH").then(|| Say::Close("* BYE So long\r\n".to_owned()))
    });
    let error = server.mailbox().search(0, None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Lost);
    assert!(error.sentence.contains("So long") && error.sentence.contains("INBOX"), "{error}");
    assert_eq!(server.connections(), 4);
}

#[test]
fn a_busy_server_is_asked_again_and_then_named() {
    for words in
        ["* BYE [UNAVAILABLE] Later\r\n", "{tag} NO [THROTTLED] Later\r\n", "{tag} NO [LIMIT] Later\r\n"]
    {
        let server = Scripted::new(move |_, command| {
            command.starts_with("UID SEARCH").then(|| Say::Close(words.to_owned()))
        });
        let error = server.mailbox().search(0, None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Throttled, "{error}");
        assert_eq!(server.said("UID SEARCH").len(), 4);
    }
}

#[test]
fn silence_and_trickling_end() {
    let server = Scripted::new(|_, command| {
        command.starts_with("UID FETCH").then(|| Say::Silence("* 1 FETC".to_owned()))
    });
    let error = server.mailbox().sizes(&[1]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooSlow);
    assert!(error.sentence.contains("timeout_seconds"), "{error}");
    assert_eq!(server.connections(), 2);
}

#[test]
fn the_message_that_breaks_the_connection_alone_is_left_behind() {
    for words in [
        "",
        "* 2 FETCH (UID 2 BODY[] {99999999999}\r\n",
        "* 2 FETCH (UID 2 BODY[] {4000000000}\r\nabc",
        "* 2 FETCH ((((\r\n",
    ] {
        let server = Scripted::new(move |_, command| {
            (command.starts_with("UID FETCH 1:3 ") || command.starts_with("UID FETCH 2 "))
                .then(|| Say::Close(words.to_owned()))
        });
        let began = Instant::now();
        let fetched = server.mailbox().fetch(&three()).unwrap();
        assert_eq!(got(&fetched), [1, 3]);
        assert_eq!(fetched[1].as_ref().unwrap_err().uid, 2);
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn a_refused_message_alone_is_left_behind_on_the_same_connection() {
    let server = Scripted::new(|_, command| {
        let bad = command.starts_with("UID FETCH 1:3 ") || command.starts_with("UID FETCH 2 ");
        if bad { no("[EXPUNGEISSUED] Message is \u{7}corrupt") } else { None }
    });
    let fetched = server.mailbox().fetch(&three()).unwrap();
    assert_eq!(got(&fetched), [1, 3]);
    assert!(fetched[1].as_ref().unwrap_err().reason.contains("Message is  corrupt"), "{fetched:?}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_server_that_breaks_over_every_message_is_no_matter_of_messages() {
    let server =
        Scripted::new(|_, command| command.starts_with("UID FETCH").then(|| Say::Close(String::new())));
    server.set_messages((1..=20).map(|uid| (uid, message(uid))));
    let all: Vec<Listed> = (1..=20).map(|uid| listed(uid, 50)).collect();
    assert_eq!(server.mailbox().fetch(&all).unwrap_err().kind, ErrorKind::Lost);
    assert!(server.connections() < 20);
}

#[test]
fn answers_that_no_server_may_give_end_the_connection_and_not_the_program() {
    for words in [
        "nonsense\r\n",
        "a999 OK done\r\n",
        "{tag} PREAUTH what\r\n",
        "{tag} BAD what\r\n",
        "\r\n\r\n{tag}\r\n",
        "* SEARCH 99999999999\r\n{tag} OK done\r\n",
        "* 1 FETCH (BODYSTRUCTURE ((((((((((((((((((((((((((((\r\n",
        "* 1 FETCH (UID 1 BODY[] {1}\r\na{1}\r\na{1}\r\na{1}\r\na{1}\r\na{1}\r\na{1}\r\na{1}\r\na{1}\r\na{1}\r\n",
        "+ go on\r\n{tag} WHAT\r\n",
    ] {
        let server = Scripted::new(move |_, command| {
            command.starts_with("UID SEARCH").then(|| Say::Text(words.to_owned()))
        });
        let error = server.mailbox().search(0, None).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Protocol | ErrorKind::TooSlow), "{words}: {error}");
        assert_eq!(server.connections(), 2, "{words}");
    }
}

#[test]
fn more_than_was_asked_for_ends_at_the_budget() {
    let flood = "* OK still here\r\n".repeat(90_000);
    let server =
        Scripted::new(move |_, command| command.starts_with("UID SEARCH").then(|| Say::Text(flood.clone())));
    let error = server.mailbox().search(0, None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(error.sentence.contains("far more"), "{error}");
    let endless = "x".repeat(2 << 20);
    let server = Scripted::new(move |_, command| {
        command.starts_with("UID SEARCH").then(|| Say::Text(endless.clone()))
    });
    assert_eq!(server.mailbox().search(0, None).unwrap_err().kind, ErrorKind::Protocol);
}

#[test]
fn an_untagged_no_while_opening_is_a_note() {
    let server = Scripted::new(|_, command| {
        command.starts_with("SELECT").then(|| {
            let words = "* NO Mailbox is at 92% of quota\r\n* BAD hm\r\n* OK\r\n* OK [UNKNOWN-CTAG (] \u{fc}\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n\
                         {tag} OK [READ-ONLY] done\r\n";
            Say::Text(words.to_owned())
        })
    });
    let mut mailbox = server.mailbox();
    assert_eq!(mailbox.open(), Ok(Opened { uid_validity: 7, uid_next: None, messages: 3 }));
    let notes = mailbox.notes().join("\n");
    assert!(notes.contains("92% of quota") && notes.contains("only be read"), "{notes}");
}

#[test]
fn other_uids_than_before_are_noticed_on_reconnecting() {
    let server = Scripted::new(|connection, command| {
        (connection == 1 && command.starts_with("UID SEARCH")).then(|| Say::Close(String::new()))
    });
    let mut mailbox = server.mailbox();
    mailbox.open().unwrap();
    server.set_uid_validity(8);
    let error = mailbox.search(0, None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::UidValidityChanged);
    assert!(error.sentence.contains('7') && error.sentence.contains('8'), "{error}");
}

#[test]
fn a_folder_without_uidvalidity_is_not_read() {
    let server = Scripted::new(|_, command| {
        if command.starts_with("SELECT") { text("* 3 EXISTS\r\n{tag} OK done\r\n") } else { None }
    });
    assert_eq!(server.mailbox().open().unwrap_err().kind, ErrorKind::Protocol);
}

#[test]
fn a_wrong_password_is_tried_once() {
    for (words, kind, part) in [
        ("[AUTHENTICATIONFAILED] Wrong", ErrorKind::Login, "Wrong"),
        ("Nope", ErrorKind::Login, "Nope"),
        ("[EXPIRED] Old", ErrorKind::Login, "expired"),
    ] {
        let server =
            Scripted::new(move |_, command| if command.starts_with("LOGIN") { no(words) } else { None });
        let error = server.mailbox().open().unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.sentence.contains(part) && error.sentence.contains("reports"), "{error}");
        assert_eq!(server.said("LOGIN").len(), 1);
        assert!(!error.sentence.contains("Pa55w0rd"));
    }
    let server = Scripted::new(|_, command| {
        command
            .starts_with("LOGIN")
            .then(|| Say::Close("* BYE Too bad\r\n{tag} NO [AUTHENTICATIONFAILED] Wrong\r\n".to_owned()))
    });
    assert_eq!(server.mailbox().open().unwrap_err().kind, ErrorKind::Login);
    assert_eq!(server.said("LOGIN").len(), 1);
}

#[test]
fn a_login_that_is_refused_for_now_is_tried_again() {
    let server = Scripted::new(|connection, command| {
        if connection < 3 && command.starts_with("LOGIN") {
            no("[UNAVAILABLE] Backend is down")
        } else {
            None
        }
    });
    assert!(server.mailbox().open().is_ok());
    assert_eq!(server.connections(), 3);
}

#[test]
fn passwords_are_quoted_and_those_beyond_ascii_go_by_another_way() {
    let with = |password: &'static str| {
        let server =
            Scripted::new(|_, command| if command == "AUTHENTICATE PLAIN" { text("+ \r\n") } else { None });
        let ask: &'static (dyn Fn() -> Result<String, String> + Sync) =
            Box::leak(Box::new(|| Ok(password.to_owned())));
        let opened = server
            .account(Account { login: Login::Password(ask), ..account() }, "INBOX", Mode::ReadOnly)
            .open();
        (server, opened)
    };
    let (server, _) = with("a \"b\\c");
    assert_eq!(server.said("LOGIN"), [r#"LOGIN "reports" "a \"b\\c""#]);
    let (server, opened) = with("p\u{e4}ss");
    assert!(opened.is_ok() && server.said("LOGIN").is_empty());
    assert_eq!(server.said("AHJlcG9ydHMAcMOkc3M=").len(), 1);
    let (server, opened) = with("a\r\nb");
    assert_eq!(opened.unwrap_err().kind, ErrorKind::Secret);
    assert!(server.said("LOGIN").is_empty());
}

#[test]
fn a_server_that_takes_no_password_gets_none() {
    let server = Scripted::new(|_, _| None).without("AUTH=PLAIN").with("LOGINDISABLED");
    let error = server.mailbox().open().unwrap_err();
    assert!(error.kind == ErrorKind::Login && error.sentence.contains("LOGINDISABLED"), "{error}");
    assert!(server.said("LOGIN").is_empty() && server.said("AUTHENTICATE").is_empty());
}

#[test]
fn a_token_that_is_not_accepted_is_asked_for_once_more() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let token = Login::Token(&|| Ok(format!("token{}", ASKED.fetch_add(1, Ordering::Relaxed))));
    let server = Scripted::new(|connection, command| match command {
        "AUTHENTICATE XOAUTH2" => text("+ \r\n"),
        // The challenge says why; NO comes only after an empty answer.
        _ if connection == 1 && command.starts_with("dXNlcj1") => text("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n"),
        "" => no("[AUTHENTICATIONFAILED] Expired"),
        _ => None,
    });
    let mut mailbox = server.account(Account { login: token, ..account() }, "INBOX", Mode::ReadWrite);
    assert!(mailbox.open().is_ok());
    assert_eq!(ASKED.load(Ordering::Relaxed), 2);
    assert_eq!(server.connections(), 2);
    assert!(mailbox.notes().is_empty());
}

#[test]
fn a_secret_that_cannot_be_had_is_its_own_trouble() {
    let server = Scripted::new(|_, _| None);
    let login = Login::Password(&|| Err("`pass` says no.".to_owned()));
    let error = server.account(Account { login, ..account() }, "INBOX", Mode::ReadWrite).open().unwrap_err();
    assert_eq!(error, Error { kind: ErrorKind::Secret, sentence: "`pass` says no.".to_owned() });
}

/// What a server may say between commands, and what it may not.
const WORDS: &[&str] = &[
    "* CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE NAMESPACE\r\n",
    "* CAPABILITY IMAP4rev1\r\n",
    "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n",
    "* LIST () \"/\" \"Reports/&AOk-t&AOk-\"\r\n",
    "* LIST () \".\" {5}\r\nINBOX\r\n",
    "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
    "* SEARCH 1 2 4\r\n",
    "* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n",
    "* 2 FETCH (UID 2 RFC822.SIZE 9000000 INTERNALDATE \"x\")\r\n",
    "* 1 FETCH (UID 1 BODY[] {5}\r\nabcde)\r\n",
    "* 2 FETCH (BODY[]<0> \"\" UID 2)\r\n",
    "* 1 FETCH (UID 1 BODY[] NIL)\r\n",
    "* 1 FETCH (UID 1 BODY[] {9}\r\nabc",
    "* 1 FETCH (BODYSTRUCTURE (\"a\" (((\"b\"\r\n",
    "* 1 FETCH (ENVELOPE (\"{3}\" {3}\r\nabc NIL))\r\n",
    "+ idling\r\n",
    "+ YWJj\r\n",
    "* BYE [UNAVAILABLE] gone\r\n",
    "* NO full\r\n",
    "* OK [ALERT] \u{e9}\r\n",
    "* OK [PERMANENTFLAGS (\\*)]\r\n",
    "* VANISHED 1:5 {2}\r\nab\r\n",
    "\r\n",
    "* \r\n",
    "nonsense",
];

proptest::proptest! {
    #[test]
    fn whatever_is_said_ends_well(
        answers in proptest::collection::vec(
            (proptest::collection::vec(0..WORDS.len(), 0..4), 0usize..12),
            1..24,
        ),
        breaks in proptest::collection::vec(0usize..24, 0..3),
    ) {
        let mut said = "* OK ready\r\n".to_owned();
        let mut tag = 0;
        for (at, (words, status)) in answers.iter().enumerate() {
            tag += 1;
            said.extend(words.iter().map(|word| WORDS[*word]));
            let status = ["OK", "NO", "NO [TRYCREATE]", "BAD"].get(status.saturating_sub(8)).unwrap_or(&"OK");
            said.push_str(&format!("a{tag} {status} done\r\n"));
            if breaks.contains(&at) {
                // The next connection: with what it takes to open the folder.
                said.push_str("\0* OK ready\r\n* CAPABILITY IMAP4rev1 IDLE\r\na1 OK\r\na2 OK\r\na3 OK\r\n");
                tag = 3;
            }
        }
        proptest::prop_assert!(fuzzing::converse(said.as_bytes()) <= said.len());
    }
}
