//! Folder names.

use super::super::folder::{Folder, Space, decode, encode, listed, nearest};
use super::*;
use proptest::prelude::*;

fn space(record: &str) -> Space {
    Space::of_namespace(record.as_bytes()).unwrap()
}

#[test]
fn a_name_is_looked_for_under_prefix_and_separator() {
    let courier = space("NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"shared.\" \".\"))");
    assert_eq!(courier.candidates("Archive/Old"), ["Archive.Old", "INBOX.Archive.Old", "Archive/Old"]);
    assert_eq!(courier.candidates("INBOX.Archive"), ["INBOX.Archive"]);
    assert_eq!(courier.candidates("inbox/Archive"), ["INBOX.Archive", "inbox/Archive"]);
    assert_eq!(courier.to_create("Archive/Old"), "INBOX.Archive.Old");
    assert_eq!(courier.candidates("inBox"), ["INBOX"]);
    let plain = space("NAMESPACE ((\"\" \"/\")) NIL NIL");
    assert_eq!(plain.candidates("Entw\u{fc}rfe & mehr"), ["Entw&APw-rfe &- mehr"]);
    let flat = space("NAMESPACE ((\"\" NIL)) NIL NIL");
    assert_eq!(flat.candidates("a/b"), ["a/b"]);
    for bad in ["NAMESPACE NIL NIL NIL", "NAMESPACE", "NAMESPACE ((", "NAMESPACE ((\"a"] {
        assert_eq!(Space::of_namespace(bad.as_bytes()), None, "{bad}");
    }
    assert_eq!(Space::of_list(b"LIST (\\Noselect) \"^\" \"\"").unwrap().separator, Some('^'));
}

#[test]
fn names_come_quoted_as_atoms_and_as_literals() {
    let name = |record: &[u8]| listed(record).map(|folder| folder.shown());
    assert_eq!(name(b"LIST (\\HasChildren) \".\" \"INBOX.a\\\"b\""), Some("INBOX/a\"b".to_owned()));
    assert_eq!(name(b"LIST () NIL inbox"), Some("INBOX".to_owned()));
    assert_eq!(name(b"LIST () \"/\" {5}\r\na\x1b[b)"), Some("a [b)".to_owned()));
    assert_eq!(name(b"LIST () \"/\" \"Entw&APw-rfe\""), Some("Entw\u{fc}rfe".to_owned()));
    assert_eq!(name("LIST () \"/\" \"Entw\u{fc}rfe\"".as_bytes()), Some("Entw\u{fc}rfe".to_owned()));
    for bad in
        [&b"LIST"[..], b"LIST (", b"LIST () \"/\"", b"LIST () \"/\" {9}\r\na", b"LIST () \"/\" \"\xff\""]
    {
        assert_eq!(name(bad), None, "{bad:?}");
    }
    assert!(!listed(b"LIST (\\NoSelect \\X) \"/\" a").unwrap().selectable);
}

#[test]
fn a_missing_folder_is_answered_with_the_nearest() {
    let names = ["INBOX", "Reports", "Reports/Old", "Archive", "Sent"];
    let folders: Vec<Folder> =
        names.iter().filter_map(|n| listed(format!("LIST () \"/\" {n}").as_bytes())).collect();
    assert_eq!(nearest("reprots", &folders)[0], "Reports");
    assert_eq!(nearest("old", &folders)[0], "Reports/Old");
    let server = Scripted::new(|_, _| None);
    let error = server.folder("Reprots", Mode::ReadOnly).open().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Folder);
    assert!(error.sentence.contains("Reprots") && error.sentence.contains("Reports, "), "{error}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_folder_behind_a_prefix_is_opened() {
    let server = Scripted::new(|_, command| match command {
        "NAMESPACE" => text("* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n{tag} OK done\r\n"),
        "LIST \"\" \"INBOX.Abuse.2026\"" => {
            text("* LIST () \".\" {16}\r\nINBOX.Abuse.2026\r\n{tag} OK done\r\n")
        }
        _ => None,
    });
    server.folder("Abuse/2026", Mode::ReadWrite).open().unwrap();
    assert_eq!(server.said("SELECT"), ["SELECT \"INBOX.Abuse.2026\""]);
}

#[test]
fn a_folder_of_folders_holds_no_messages() {
    let server = Scripted::new(|_, command| {
        command
            .starts_with("LIST")
            .then(|| Say::Text("* LIST (\\Noselect) \"/\" Reports\r\n{tag} OK done\r\n".to_owned()))
    });
    let error = server.folder("Reports", Mode::ReadWrite).open().unwrap_err();
    assert!(error.kind == ErrorKind::Folder && error.sentence.contains("only other folders"), "{error}");
}

#[test]
fn a_folder_that_may_not_be_opened_says_why() {
    let server =
        Scripted::new(
            |_, command| if command.starts_with("SELECT") { no("[NOPERM] Not \u{1b}yours") } else { None },
        );
    let error = server.mailbox().open().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Folder);
    assert!(error.sentence.contains("Not  yours"), "{error}");
    assert_eq!(server.said("SELECT").len(), 1);
}

#[test]
fn modified_utf_7_as_the_rfc_writes_it() {
    // RFC 3501 §5.1.3.
    for (plain, encoded) in [
        ("~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("a&b", "a&-b"),
        ("\u{1f4e7}", "&2D3c5w-"),
        ("a\tb", "a&AAk-b"),
    ] {
        assert_eq!(encode(plain), encoded);
        assert_eq!(decode(encoded).as_deref(), Some(plain));
    }
    for bad in ["&", "&A-", "&AAAA-", "&2D0-", "&====-"] {
        assert_eq!(decode(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn modified_utf_7_there_and_back(name in ".{0,40}") {
        let encoded = encode(&name);
        prop_assert!(encoded.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
        prop_assert_eq!(decode(&encoded), Some(name));
    }

    #[test]
    fn any_response_is_a_name_or_none(record in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = listed(&[b"LIST () \"/\" ".as_slice(), &record].concat()).map(|folder| folder.shown());
        let _ = listed(&record);
        let _ = Space::of_namespace(&[b"NAMESPACE (".as_slice(), &record].concat());
    }
}
