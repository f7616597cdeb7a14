//! What is done with messages, and waiting for more of them.

use super::*;

#[test]
fn messages_are_flagged_moved_and_deleted() {
    let server = Scripted::new(|_, _| None);
    let mut mailbox = server.mailbox();
    mailbox.flag_seen(&[1, 2]).unwrap();
    mailbox.move_to(&[1, 2], "Archive").unwrap();
    mailbox.delete(&[3]).unwrap();
    let done: Vec<String> = server.said("UID ").into_iter().collect();
    assert_eq!(
        done,
        [
            "UID STORE 1:2 +FLAGS.SILENT (\\Seen)",
            "UID MOVE 1:2 \"Archive\"",
            "UID STORE 3 +FLAGS.SILENT (\\Deleted)",
            "UID EXPUNGE 3"
        ]
    );
    assert!(server.said("CREATE").is_empty() && server.said("SUBSCRIBE").is_empty());
    assert!(mailbox.notes().is_empty());
}

#[test]
fn without_move_messages_are_copied_and_deleted() {
    let server = Scripted::new(|_, _| None).without("MOVE");
    server.mailbox().move_to(&[1, 2], "Archive").unwrap();
    let done = server.said("UID ");
    assert_eq!(
        done,
        ["UID COPY 1:2 \"Archive\"", "UID STORE 1:2 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 1:2"]
    );
}

#[test]
fn a_copy_is_said_again_where_nobody_may_look_whether_it_was_made() {
    for status in ["NO Not here", "OK done"] {
        let server = Scripted::new(move |connection, command| match command {
            _ if command.starts_with("STATUS") => text(format!("{{tag}} {status}\r\n")),
            _ if connection == 1 && command.starts_with("UID COPY") => Some(Say::Close(String::new())),
            _ => None,
        })
        .without("MOVE");
        server.mailbox().move_to(&[1, 2], "Archive").unwrap();
        assert_eq!(server.said("UID COPY"), ["UID COPY 1:2 \"Archive\""; 2], "{status}");
        assert_eq!(server.said("UID EXPUNGE"), ["UID EXPUNGE 1:2"], "{status}");
    }
}

#[test]
fn a_copy_of_messages_that_somebody_expunges_is_no_copy() {
    let server = Scripted::new(|_, command| {
        command.starts_with("UID COPY").then(|| no("[EXPUNGEISSUED] Some are gone")).flatten()
    })
    .without("MOVE");
    assert_eq!(server.mailbox().move_to(&[1, 2], "Archive").unwrap_err().kind, ErrorKind::Refused);
    assert!(server.said("UID STORE").is_empty());
}

#[test]
fn without_uidplus_nothing_is_expunged() {
    let server = Scripted::new(|_, _| None).without("UIDPLUS");
    let mut mailbox = server.mailbox();
    mailbox.delete(&[1]).unwrap();
    mailbox.delete(&[2]).unwrap();
    assert!(server.said("UID EXPUNGE").is_empty() && server.said("EXPUNGE").is_empty());
    let notes = mailbox.notes();
    assert!(notes.len() == 1 && notes[0].contains("UIDPLUS"), "{notes:?}");
}

#[test]
fn a_missing_folder_is_made() {
    let server = Scripted::new(|_, _| None);
    let mut mailbox = server.mailbox();
    mailbox.move_to(&[1], "Archive/Invalid").unwrap();
    mailbox.move_to(&[2], "Archive/Invalid").unwrap();
    assert_eq!(server.said("CREATE"), ["CREATE \"Archive/Invalid\""]);
    // One that vanishes after it was found is made when the server says so.
    let mut tries = 0;
    let server = Scripted::new(move |_, command| {
        tries += u32::from(command.starts_with("UID MOVE"));
        if tries == 1 && command.starts_with("UID MOVE") { no("[TRYCREATE] No such folder") } else { None }
    });
    server.mailbox().move_to(&[1], "Archive").unwrap();
    assert_eq!(server.said("CREATE"), ["CREATE \"Archive\""]);
    assert_eq!(server.said("UID MOVE").len(), 2);
}

#[test]
fn a_full_mailbox_keeps_its_messages() {
    for words in ["[OVERQUOTA] Full", "[LIMIT] Too many", "Quota exceeded"] {
        for capability in ["", "MOVE"] {
            let server = Scripted::new(move |_, command| {
                if command.starts_with("UID MOVE") || command.starts_with("UID COPY") {
                    no(words)
                } else {
                    None
                }
            })
            .without(capability);
            let error = server.mailbox().move_to(&[1], "Archive").unwrap_err();
            assert_eq!(error.kind, ErrorKind::QuotaFull, "{words}: {error}");
            assert!(server.said("UID STORE").is_empty() && server.said("UID EXPUNGE").is_empty());
            assert_eq!(server.connections(), 1);
        }
    }
}

#[test]
fn a_folder_is_not_moved_into_itself() {
    let server = Scripted::new(|_, _| None);
    let error = server.mailbox().move_to(&[1], "inbox").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(server.said("UID").is_empty());
}

#[test]
fn an_action_is_done_again_after_the_connection_broke() {
    let server = Scripted::new(|connection, command| {
        (connection == 1 && command.starts_with("UID MOVE")).then(|| Say::Close(String::new()))
    });
    server.mailbox().move_to(&[1], "Archive").unwrap();
    assert_eq!(server.said("UID MOVE").len(), 2);
}

#[test]
fn many_messages_take_several_short_commands() {
    let server = Scripted::new(|_, _| None);
    let every_other: Vec<u32> = (100_000..110_000).step_by(2).collect();
    server.mailbox().flag_seen(&every_other).unwrap();
    let said = server.said("UID STORE");
    assert!(said.len() > 1 && said.iter().all(|command| command.len() < 4100));
}

#[test]
fn waiting_ends_when_mail_comes() {
    for words in [
        "+ idling\r\n* OK Still here\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 2 EXPUNGE\r\n* 4 EXISTS\r\n",
        // Legal, and the crate alone would take it for a refusal.
        "* 4 EXISTS\r\n* 1 RECENT\r\n+ idling\r\n",
    ] {
        let server = Scripted::new(move |_, command| if command == "IDLE" { text(words) } else { None });
        let mut mailbox = server.mailbox();
        mailbox.open().unwrap();
        assert_eq!(mailbox.wait(Duration::from_millis(50)), Ok(Wake::Changed));
        assert_eq!(mailbox.search(0, None), Ok(vec![1, 2, 3]), "the connection serves on");
        assert_eq!((server.said("DONE").len(), server.connections()), (1, 1));
    }
}

#[test]
fn waiting_ends_with_its_time() {
    let server = Scripted::new(|_, command| {
        if command == "IDLE" { text("+ idling\r\n* OK Still here\r\n* OK hm\r\n") } else { None }
    });
    let mut mailbox = server.mailbox();
    assert_eq!(mailbox.wait(Duration::from_millis(5)), Ok(Wake::Elapsed));
    assert_eq!(mailbox.search(0, None), Ok(vec![1, 2, 3]));
    assert_eq!(server.connections(), 1);
}

#[test]
fn mail_that_came_before_waiting_is_not_waited_for() {
    let server = Scripted::new(|_, command| {
        command.starts_with("UID STORE").then(|| Say::Text("* 4 EXISTS\r\n{tag} OK done\r\n".to_owned()))
    });
    let mut mailbox = server.mailbox();
    mailbox.flag_seen(&[1]).unwrap();
    assert_eq!(mailbox.wait(Duration::from_secs(60)), Ok(Wake::Changed));
    assert!(server.said("IDLE").is_empty());
}

#[test]
fn a_connection_that_broke_while_waiting_may_have_missed_mail() {
    let server = Scripted::new(|connection, command| {
        (connection == 1 && command == "IDLE").then(|| Say::Close("+ idling\r\n* BYE Timeout\r\n".to_owned()))
    });
    assert_eq!(server.mailbox().wait(Duration::from_secs(60)), Ok(Wake::Changed));
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_server_that_cannot_wait_says_so() {
    let server = Scripted::new(|_, _| None).without("IDLE");
    assert_eq!(server.mailbox().wait(Duration::from_secs(60)), Ok(Wake::Unsupported));
    let server = Scripted::new(|_, command| if command == "IDLE" { no("Not today") } else { None });
    assert_eq!(server.mailbox().wait(Duration::from_secs(60)), Ok(Wake::Unsupported));
}
