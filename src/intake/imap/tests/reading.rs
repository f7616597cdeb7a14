//! What is in the folder, and the messages.

use super::*;
use proptest::prelude::*;

#[test]
fn messages_come_with_their_exact_bytes() {
    let server = Scripted::new(|_, _| None);
    let mut mailbox = server.mailbox();
    assert_eq!(mailbox.open(), Ok(Opened { uid_validity: 7, uid_next: Some(4), messages: 3 }));
    assert_eq!(mailbox.search(0, None), Ok(vec![1, 2, 3]));
    let listed = mailbox.sizes(&[3, 1, 2]).unwrap();
    assert_eq!(
        listed[0],
        Listed { uid: 1, size: message(1).len() as u64, internal_date: Some(1_793_523_600) }
    );
    let fetched = mailbox.fetch(&listed).unwrap();
    assert_eq!(got(&fetched), [1, 2, 3]);
    assert_eq!(server.said("UID FETCH").len(), 2, "one command for the sizes, one for the batch");
    assert!(server.said("UID FETCH 1:3 (UID BODY.PEEK[])").len() == 1);
    mailbox.close();
    assert_eq!(server.said("LOGOUT").len(), 1);
    assert_eq!(server.connections(), 1);
}

#[test]
fn reading_only_examines() {
    let server = Scripted::new(|_, _| None);
    let mut mailbox = server.folder("INBOX", Mode::ReadOnly);
    mailbox.open().unwrap();
    assert_eq!(server.said("EXAMINE \"INBOX\"").len(), 1);
    assert_eq!(mailbox.flag_seen(&[1]).unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(mailbox.delete(&[1]).unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(mailbox.move_to(&[1], "Archive").unwrap_err().kind, ErrorKind::Refused);
    assert!(server.said("UID STORE").is_empty() && server.said("UID MOVE").is_empty());
}

#[test]
fn searching_asks_for_what_is_new_since_a_day() {
    let server = Scripted::new(|_, _| None);
    let mut mailbox = server.mailbox();
    // A server names the last message for `9:*` as well, although its UID is 3.
    assert_eq!(mailbox.search(8, Some(1_793_577_600)), Ok(vec![]));
    assert_eq!(server.said("UID SEARCH"), ["UID SEARCH UID 9:* SINCE 2-Nov-2026"]);
    assert_eq!(mailbox.search(2, None), Ok(vec![3]));
    assert_eq!(mailbox.search(u32::MAX, None), Ok(vec![]));
}

#[test]
fn what_was_not_asked_for_is_not_taken() {
    let server = Scripted::new(|_, command| {
        let body = message(1).len();
        let bytes = String::from_utf8(message(1)).unwrap();
        command.starts_with("UID FETCH 1 ").then(|| {
            Say::Text(format!(
                "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 9 FETCH (FLAGS (\\Seen $\u{e9}))\r\n* 9 FETCH (UID 9 BODY[] {{3}}\r\nabc)\r\n\
                 * 4 EXISTS\r\n* 2 EXPUNGE\r\n* 1 RECENT\r\n* OK [ALERT] Disk \u{1b}[31mfull\r\n* NO little \u{e9}room\r\n* BAD sigh\r\n\
                 * XSOMETHING (\"{{3}}\")\r\n* VANISHED 5\r\n* XLITERAL {{4}}\r\na2 N\r\n* STATUS Other (MESSAGES 3)\r\n\
                 * 1 FETCH (BODY[] {{{body}}}\r\n{bytes} UID 1)\r\n* 1 FETCH (UID 1 BODY[] {{2}}\r\nxx)\r\n{{tag}} OK d\u{f6}ne\r\n"
            ))
        })
    });
    let mut mailbox = server.mailbox();
    let fetched = mailbox.fetch(&three()[..1]).unwrap();
    assert_eq!(got(&fetched), [1]);
    assert_eq!(server.connections(), 1);
    let notes = mailbox.notes().join("\n");
    assert!(
        notes.contains("Disk  [31mfull") && notes.contains("little") && !notes.contains('\u{1b}'),
        "{notes}"
    );
    assert!(mailbox.notes().is_empty());
}

#[test]
fn a_quoted_body_is_a_body_and_a_token_in_it_is_not_believed() {
    let server = Scripted::new(|_, command| {
        command.starts_with("UID FETCH").then(|| {
            Say::Text("* 1 FETCH (UID 1 BODY[] \"a\\\"0\")\r\n* 2 FETCH (UID 2 BODY[] {4}\r\n\x000\r\n)\r\n{tag} OK done\r\n".to_owned())
        })
    });
    let fetched = server.mailbox().fetch(&[listed(1, 3), listed(2, 4)]).unwrap();
    assert_eq!(fetched[1], Ok(Fetched { uid: 2, bytes: b"\x000\r\n".to_vec(), overflow: None }));
    // The crate leaves the backslash in; what matters is that nothing else is taken for it.
    assert!(fetched[0].as_ref().unwrap().bytes.starts_with(b"a"));
}

#[test]
fn a_vanished_message_is_left_out() {
    let server = Scripted::new(|_, _| None);
    server.set_messages([(1, message(1)), (3, message(3))]);
    let mut mailbox = server.mailbox();
    assert_eq!(mailbox.sizes(&[1, 2, 3]).unwrap().len(), 2);
    assert_eq!(got(&mailbox.fetch(&three()).unwrap()), [1, 3]);
}

#[test]
fn a_message_without_content_alone_is_left_behind() {
    let server = Scripted::new(|_, command| {
        let nil = "* 2 FETCH (UID 2 BODY[] NIL)\r\n";
        if command.starts_with("UID FETCH 2 ") {
            return text(format!("{nil}{{tag}} OK done\r\n"));
        }
        let body = |uid| {
            format!(
                "* {uid} FETCH (UID {uid} BODY[] {{{}}}\r\n{})\r\n",
                message(uid).len(),
                String::from_utf8(message(uid)).unwrap()
            )
        };
        command
            .starts_with("UID FETCH 1:3")
            .then(|| Say::Text(format!("{}{nil}{}{{tag}} OK done\r\n", body(1), body(3))))
    });
    let fetched = server.mailbox().fetch(&three()).unwrap();
    assert_eq!(got(&fetched), [1, 3]);
    let reason = &fetched[1].as_ref().unwrap_err().reason;
    assert!(
        reason.contains("Message 2") && reason.contains("INBOX") && reason.contains("imap.example:993"),
        "{reason}"
    );
}

#[test]
fn an_empty_message_is_a_message() {
    let server = Scripted::new(|_, _| None);
    server.set_messages([(1, vec![])]);
    assert_eq!(
        server.mailbox().fetch(&[listed(1, 0)]).unwrap(),
        [Ok(Fetched { uid: 1, bytes: vec![], overflow: None })]
    );
}

#[test]
fn a_message_beyond_the_limit_is_never_asked_for() {
    let server = Scripted::new(|_, _| None);
    let mut mailbox =
        server.account(Account { message_limit: 3 << 20, ..account() }, "INBOX", Mode::ReadWrite);
    let fetched = mailbox.fetch(&[listed(1, message(1).len()), listed(2, 5 << 20)]).unwrap();
    assert_eq!(got(&fetched), [1]);
    let reason = &fetched[1].as_ref().unwrap_err().reason;
    assert!(
        reason.contains("5.0 MiB") && reason.contains("3.0 MiB") && reason.contains("message_mib"),
        "{reason}"
    );
    assert!(server.said("UID FETCH").iter().all(|command| command.starts_with("UID FETCH 1 ")));
}

#[test]
fn a_large_message_comes_in_parts_whatever_size_was_announced() {
    let server = Scripted::new(|_, _| None);
    let large: Vec<u8> = (0..17 << 20).map(|at: u32| (at % 251) as u8).collect();
    server.set_messages([(1, large.clone())]);
    let mut mailbox = server.mailbox();
    for announced in [17 << 20, (17 << 20) - 5, 40 << 20] {
        let fetched = mailbox.fetch(&[listed(1, announced)]).unwrap();
        assert!(fetched[0].as_ref().unwrap().bytes == large, "{announced}");
    }
    assert!(server.said("UID FETCH").iter().all(|command| command.contains("BODY.PEEK[]<")));
}

#[test]
fn a_large_message_that_grows_beyond_the_limit_is_left_behind() {
    let server = Scripted::new(|_, _| None);
    server.set_messages([(1, vec![b'x'; 11 << 20])]);
    let mut mailbox =
        server.account(Account { message_limit: 10 << 20, ..account() }, "INBOX", Mode::ReadWrite);
    let fetched = mailbox.fetch(&[listed(1, 10 << 20)]).unwrap();
    assert!(fetched[0].as_ref().unwrap_err().reason.contains("message_mib"));
}

#[test]
fn uid_sets_are_short_and_hold_each_uid_once() {
    assert_eq!(
        uids::sets(&[5, 3, 4, 9, 9, u32::MAX]),
        [(format!("3:5,9,{}", u32::MAX), vec![3, 4, 5, 9, u32::MAX])]
    );
    assert_eq!(uids::sets(&[]), []);
}

proptest! {
    #[test]
    fn uid_sets_say_what_was_meant(mut uids in proptest::collection::vec(1u32..3000, 0..1500)) {
        let sets = uids::sets(&uids);
        uids.sort_unstable();
        uids.dedup();
        let members: Vec<u32> = sets.iter().flat_map(|(_, members)| members.iter().copied()).collect();
        prop_assert_eq!(&members, &uids);
        for (set, members) in &sets {
            prop_assert!(set.len() <= 4000);
            let written: Vec<u32> = set.split(',').flat_map(|part| {
                let (first, last) = part.split_once(':').unwrap_or((part, part));
                first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap()
            }).collect();
            prop_assert_eq!(&written, members);
        }
    }

    #[test]
    fn batches_hold_every_message_in_order(sizes in proptest::collection::vec(0u64..4_000_000, 0..400)) {
        let all: Vec<Listed> = (1..).zip(&sizes).map(|(uid, size)| Listed { uid, size: *size, internal_date: None }).collect();
        let cut: Vec<&[Listed]> = batches(&all).collect();
        prop_assert_eq!(&cut.concat(), &all);
        for batch in cut {
            prop_assert!(batch.len() <= 100 && !batch.is_empty());
            prop_assert!(batch.len() == 1 || batch.iter().map(|m| m.size).sum::<u64>() <= 8 << 20);
        }
    }
}
