//! Properties of the store as its users notice them.

use super::*;
use crate::model::columns::ColumnSource;
use crate::model::{Attachment, FeedKind, Kind, Outcome, Report, Status};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

fn incoming(text: &str) -> Incoming {
    let bytes = text.as_bytes().to_vec();
    Incoming {
        sha256: sha256(&bytes),
        bytes,
        overflow: None,
        feed: Arc::from("failures"),
        feed_kind: FeedKind::Mailbox,
        origin: format!("box#{text}"),
        stored_at: 1_000,
        outcome: Outcome::Report,
        report: Report {
            arrival: 500,
            subject: Some(format!("subject of {text}")),
            source_ip: Some("192.0.2.7".parse().unwrap()),
            reported_domains: vec!["a.example".into(), "b.example".into()],
            urls: vec!["http://x.test/".into(), format!("http://x.test/{text}")],
            files: vec![Attachment {
                name: "a\tb.zip".into(),
                content_type: "application/zip".into(),
                size: 3,
                sha256: "00".into(),
                md5: "11".into(),
            }],
            tags: vec!["by-rule".into()],
            ..Report::default()
        },
        asn: Some(64_500),
        as_name: Some(Arc::from("EXAMPLE-NET")),
        country: Some(*b"DE"),
    }
}

fn put(store: &Store, texts: &[&str]) -> Added {
    let packed = Packer::new().unwrap().pack(texts.iter().map(|t| incoming(t)).collect()).unwrap();
    let mut writer = store.writer("test", Durability::Normal).unwrap();
    writer.begin().unwrap();
    let added = writer.add(packed).unwrap();
    writer.commit().unwrap();
    added
}

/// Reports of these names from these addresses; the one named `known` came with network and country.
pub(super) fn put_from(store: &Store, sources: &[(&str, &str)]) {
    let from = |(text, ip): &(&str, &str)| {
        let mut message = incoming(text);
        message.report.source_ip = Some(ip.parse().unwrap());
        if *text != "known" {
            (message.asn, message.as_name, message.country) = (None, None, None);
        }
        message
    };
    let packed = Packer::new().unwrap().pack(sources.iter().map(from).collect()).unwrap();
    let mut writer = store.writer("test", Durability::Normal).unwrap();
    writer.begin().unwrap();
    writer.add(packed).unwrap();
    writer.commit().unwrap();
}

pub(super) fn new() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("deep/er/a.db"), Access::ReadWrite).unwrap();
    (folder, store)
}

#[test]
fn a_stored_message_comes_back_with_its_exact_bytes_and_all_that_was_understood() {
    let (_folder, store) = new();
    put(&store, &["one", "two\r\n\0\r\n", "three"]);
    assert_eq!(store.raw(2).unwrap().unwrap(), b"two\r\n\0\r\n");
    let record = store.record(3).unwrap().unwrap();
    assert_eq!(record.report, incoming("three").report);
    assert_eq!(
        (record.asn, record.as_name.as_deref(), record.country.as_deref()),
        (Some(64_500), Some("EXAMPLE-NET"), Some("DE"))
    );
    assert_eq!(record.tags, ["by-rule"]);
    assert_eq!(store.record(4).unwrap(), None);
    assert_eq!(store.raw(4).unwrap(), None);
}

#[test]
fn the_same_bytes_are_stored_once_within_a_frame_and_across_runs() {
    let (_folder, store) = new();
    let first = put(&store, &["one", "two", "one"]);
    assert_eq!((first.stored, first.duplicate), (2, 1));
    let second = put(&store, &["two", "three"]);
    assert_eq!((second.stored, second.duplicate), (1, 1));
    assert_eq!(store.raw(3).unwrap().unwrap(), b"three");
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn index_rows_read_later_equal_those_handed_out_when_they_were_stored() {
    let (_folder, store) = new();
    let added = put(&store, &["one", "two"]);
    let mut rows = vec![];
    store.index_rows(1, store.last_id().unwrap(), true, &mut |row| rows.push(row)).unwrap();
    assert_eq!(rows, added.rows);
    assert_eq!(rows[0].urls[0], rows[1].urls[0], "the same text has the same number");
    assert_ne!(rows[0].urls[1], rows[1].urls[1]);
    let mut domains = vec![];
    store.entries(Dictionary::Domain, 1, &mut |id, text| domains.push((id, text.to_owned()))).unwrap();
    assert_eq!(domains, [(rows[0].domain, "a.example b.example".to_owned())]);
}

use crate::model::Dictionary;

#[test]
fn an_abandoned_transaction_leaves_nothing_behind() {
    let (_folder, store) = new();
    let mut writer = store.writer("test", Durability::Normal).unwrap();
    writer.begin().unwrap();
    writer.add(Packer::new().unwrap().pack(vec![incoming("gone")]).unwrap()).unwrap();
    writer.abandon();
    put(&store, &["kept"]);
    assert_eq!(store.raw(1).unwrap().unwrap(), b"kept");
    assert_eq!(store.last_id().unwrap(), 1);
}

#[test]
fn a_second_writer_is_told_who_holds_the_lock() {
    let (_folder, store) = new();
    let _first = store.writer("import box", Durability::Normal).unwrap();
    let error = store.writer("sync", Durability::Normal).err().unwrap().to_string();
    assert!(error.contains("lafayette import box"), "{error}");
    assert!(error.contains(&std::process::id().to_string()), "{error}");
}

#[test]
fn only_the_owner_may_read_the_file_and_everything_beside_it() {
    let (folder, store) = new();
    put(&store, &["one"]);
    for entry in std::fs::read_dir(folder.path().join("deep/er")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
}

#[test]
fn what_people_do_is_kept_and_can_be_taken_back() {
    let (_folder, store) = new();
    put(&store, &["one", "two"]);
    assert_eq!(store.mark(&[1, 2], true).unwrap().count(), 2);
    assert_eq!(store.mark(&[1], true).unwrap().count(), 0, "marked already");
    store.dismiss(&[2], "newsletter", "anna").unwrap();
    store.tag(&[2], "seen", true).unwrap();
    store.note(&[2], "asked the customer", "anna").unwrap();
    store.set_kind(&[2], Some(Kind::Bounce), "anna").unwrap();
    let record = store.record(2).unwrap().unwrap();
    assert!(!record.marked && record.kind_set_by_hand);
    assert_eq!(record.report.kind, Kind::Bounce);
    assert_eq!(store.list_rows(&[2]).unwrap()[0].kind, Kind::Bounce);
    assert_eq!(record.dismissed.unwrap().reason, "newsletter");
    assert_eq!(record.tags, ["by-rule", "seen"]);
    assert_eq!(record.notes[0].text, "asked the customer");
    let states = store.states().unwrap();
    assert_eq!((states.marked, states.dismissed, states.kinds), (vec![1], vec![2], vec![(2, Kind::Bounce)]));
    store.reopen(&[2]).unwrap();
    store.set_kind(&[2], None, "anna").unwrap();
    let record = store.record(2).unwrap().unwrap();
    assert_eq!((record.dismissed, record.report.kind, record.kind_set_by_hand), (None, Kind::Normal, false));
}

#[test]
fn acts_on_a_store_opened_for_reading_are_refused() {
    let (_folder, store) = new();
    put(&store, &["one"]);
    let reader = Store::open(store.path(), Access::ReadOnly).unwrap();
    assert!(matches!(reader.mark(&[1], true), Err(Error::ReadOnly { .. })));
    assert!(matches!(reader.writer("import", Durability::Normal), Err(Error::ReadOnly { .. })));
    assert_eq!(reader.raw(1).unwrap().unwrap(), b"one");
}

#[test]
fn a_file_that_is_no_database_and_a_missing_one_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(
        &text,
        "just a text that is long enough to be looked at as the header of a database file, or so",
    )
    .unwrap();
    for access in [Access::ReadWrite, Access::ReadOnly] {
        assert!(matches!(Store::open(&text, access), Err(Error::NotADatabase { .. })));
    }
    let missing = folder.path().join("missing.db");
    assert!(matches!(Store::open(&missing, Access::ReadOnly), Err(Error::Missing(_))));
    assert!(!missing.exists());
}

#[test]
fn a_changed_byte_in_the_content_is_found_by_check() {
    let (_folder, store) = new();
    put(&store, &["one", "two"]);
    let write = |item: &&[u8], plain: &mut Vec<u8>| {
        plain.extend_from_slice(item);
        Ok(())
    };
    let other = frame::FramePacker::new().unwrap().pack(&[b"one".as_slice(), b"tw0"], write).unwrap();
    let db = rusqlite::Connection::open(store.path()).unwrap();
    db.execute("UPDATE message_frame SET data = ?1", [other]).unwrap();
    assert_eq!(store.check().unwrap(), ["The bytes of report 2 are not the ones that were stored."]);
}

#[test]
fn a_backup_is_a_whole_database_and_overwrites_nothing() {
    let (folder, store) = new();
    put(&store, &["one"]);
    let copy = folder.path().join("copy.db");
    store.backup(&copy).unwrap();
    assert_eq!(Store::open(&copy, Access::ReadOnly).unwrap().raw(1).unwrap().unwrap(), b"one");
    assert!(store.backup(&copy).unwrap_err().to_string().contains("never overwrites"));
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn rewritten_documents_keep_bytes_numbers_origins_and_decisions() {
    let (_folder, store) = new();
    put(&store, &["one", "two"]);
    store.set_kind(&[1], Some(Kind::Bounce), "anna").unwrap();
    let mut writer = store.writer("reclassify", Durability::Normal).unwrap();
    writer.begin().unwrap();
    for frame in writer.frames().unwrap() {
        let mut messages = writer.open_frame(frame).unwrap();
        for message in &mut messages {
            message.message.report.subject = Some("new".into());
            message.message.report.tags = vec!["other".into()];
            message.message.outcome = Outcome::Quarantined("because".into());
        }
        writer.rewrite_frame(frame, messages).unwrap();
    }
    writer.commit().unwrap();
    drop(writer);
    let record = store.again().unwrap().record(1).unwrap().unwrap();
    assert_eq!(record.origin, "box#one");
    assert_eq!(record.status, Status::Quarantined);
    assert_eq!((record.status_reason.as_str(), record.report.subject.as_deref()), ("because", Some("new")));
    assert_eq!((record.report.kind, record.tags), (Kind::Bounce, vec!["other".to_owned()]));
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn purged_numbers_are_not_given_again() {
    let (_folder, store) = new();
    put(&store, &["one", "two"]);
    let db = rusqlite::Connection::open(store.path()).unwrap();
    db.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM report WHERE id = 2").unwrap();
    assert_eq!(put(&store, &["three"]).rows[0].id, 3);
}

#[test]
fn texts_with_the_same_hash_are_still_told_apart() {
    let (_folder, store) = new();
    put(&store, &["one"]);
    let db = rusqlite::Connection::open(store.path()).unwrap();
    // Give the existing URL's hash to another text: the next import meets a hit with a different text.
    db.execute("UPDATE url SET text = 'http://collides.test/' WHERE text = 'http://x.test/'", []).unwrap();
    let added = put(&store, &["two"]);
    let mut texts = vec![];
    store
        .entries(Dictionary::Url, added.rows[0].urls[0], &mut |_, text| texts.push(text.to_owned()))
        .unwrap();
    assert_eq!(texts[0], "http://x.test/");
}

#[test]
fn taking_back_restores_reasons_and_authors_and_passes_over_reports_that_are_gone() {
    let (_folder, store) = new();
    put(&store, &["one", "two", "three"]);
    store.dismiss(&[1], "first", "anna").unwrap();
    store.set_kind(&[1], Some(Kind::Bounce), "anna").unwrap();
    store.tag(&[1, 2, 3], "by-rule", false).unwrap();
    let before: Vec<_> = (1..=3).map(|id| store.record(id).unwrap()).collect();
    let changes = [
        store.dismiss(&[1, 2], "second", "berta").unwrap(),
        store.reopen(&[1]).unwrap(),
        store.set_kind(&[1, 2], Some(Kind::AutoReplied), "berta").unwrap(),
        store.set_cause(&[1, 3], Some(crate::model::Cause::Own), "berta").unwrap(),
        store.mark(&[1, 2, 3, 99], true).unwrap(),
        store.note(&[1, 99], "a note", "berta").unwrap(),
    ];
    assert_eq!(
        changes.iter().map(Change::count).collect::<Vec<_>>(),
        [1, 1, 2, 2, 3, 1],
        "99 does not exist"
    );
    let after: Vec<_> = (1..=3).map(|id| store.record(id).unwrap()).collect();
    let mut again = vec![];
    for change in changes.iter().rev() {
        again.push(store.revert(change).unwrap());
    }
    assert_eq!((1..=3).map(|id| store.record(id).unwrap()).collect::<Vec<_>>(), before);
    for change in again.iter().rev() {
        store.revert(change).unwrap();
    }
    assert_eq!((1..=3).map(|id| store.record(id).unwrap()).collect::<Vec<_>>(), after);
    for table in ["mark", "dismissal", "decision", "note", "report_tag"] {
        store.db.execute(&format!("DELETE FROM {table} WHERE report = 1"), []).unwrap();
    }
    store.db.execute("DELETE FROM report WHERE id = 1", []).unwrap();
    let gone = store.mark(&[2, 3], false).unwrap();
    assert_eq!(store.revert(&gone).unwrap().count(), 2);
    for change in changes.iter().rev().chain(again.iter().rev()) {
        store.revert(change).unwrap();
    }
    assert_eq!(store.record(1).unwrap(), None);
}

#[test]
fn what_somebody_has_changed_since_is_not_taken_back() {
    let (_folder, store) = new();
    put(&store, &["one", "two"]);
    let others = store.again().unwrap();
    let acts = [
        store.dismiss(&[1, 2], "old", "anna").unwrap(),
        store.tag(&[1, 2], "seen", true).unwrap(),
        store.set_kind(&[1, 2], Some(Kind::Bounce), "anna").unwrap(),
        store.save_view(&View { name: "mine".into(), query: "a".into() }).unwrap(),
    ];
    others.reopen(&[2]).unwrap();
    others.dismiss(&[2], "better reason", "berta").unwrap();
    others.set_kind(&[2], Some(Kind::Normal), "berta").unwrap();
    others.save_view(&View { name: "mine".into(), query: "b".into() }).unwrap();
    let before: Vec<_> = (1..=2).map(|id| store.record(id).unwrap()).collect();
    for act in [&acts[0], &acts[2], &acts[3]] {
        assert!(matches!(store.revert(act), Err(Error::ChangedSince)), "{act:?}");
    }
    assert_eq!((1..=2).map(|id| store.record(id).unwrap()).collect::<Vec<_>>(), before, "nothing of it");
    // What somebody else has taken back already, or not touched, is no obstacle.
    others.tag(&[1], "seen", false).unwrap();
    assert_eq!(store.revert(&acts[1]).unwrap().count(), 1);
}

#[test]
fn dismissing_takes_marks_off_and_taking_it_back_restores_them() {
    let (_folder, store) = new();
    put(&store, &["one", "two", "three"]);
    store.mark(&[1, 3], true).unwrap();
    let change = store.dismiss(&[1, 2], "", "anna").unwrap();
    assert_eq!((change.count(), change.marks()), (3, 1));
    let marked = |id| store.record(id).unwrap().unwrap().marked;
    assert_eq!([1, 2, 3].map(marked), [false, false, true]);
    store.revert(&change).unwrap();
    assert_eq!([1, 2, 3].map(marked), [true, false, true]);
}

#[test]
fn a_note_that_was_taken_back_never_gives_its_number_to_another() {
    let (_folder, store) = new();
    put(&store, &["one"]);
    let first = store.note(&[1], "first", "anna").unwrap();
    let taken_back = store.revert(&first).unwrap();
    store.note(&[1], "second", "anna").unwrap();
    store.revert(&taken_back).unwrap();
    let notes = store.record(1).unwrap().unwrap().notes;
    assert_eq!(notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["first", "second"]);
}

#[test]
fn what_others_commit_changes_the_version_and_own_looks_do_not() {
    let (_folder, store) = new();
    let watcher = store.again().unwrap();
    let first = watcher.version().unwrap();
    assert_eq!(watcher.version().unwrap(), first);
    put(&store, &["one"]);
    let second = watcher.version().unwrap();
    assert_ne!(second, first);
    assert_eq!(second.rewritten, first.rewritten);
    let writer = store.writer("test", Durability::Normal).unwrap();
    writer.forget_row_segments().unwrap();
    assert!(watcher.version().unwrap().rewritten > second.rewritten);
    assert!(watcher.is_in_place());
    std::fs::remove_file(store.path()).unwrap();
    assert!(!watcher.is_in_place());
}

/// More than two pieces, each other than the rest.
fn large() -> String {
    (0..2 * Packer::LARGE / 8 + 99).map(|n| format!("{n:07}\n")).collect()
}

#[test]
fn a_large_message_lies_in_pieces_and_those_after_it_are_not_confused() {
    let (_folder, store) = new();
    let large = large();
    put(&store, &["before"]);
    put(&store, &[&large]);
    put(&store, &["after", "last"]);
    assert_eq!(put(&store, &[&large]).duplicate, 1);
    let db = rusqlite::Connection::open(store.path()).unwrap();
    let frames: i64 = db.query_row("SELECT count(*) FROM message_frame", [], |r| r.get(0)).unwrap();
    assert_eq!(frames, 1 + 17 + 1);
    assert!(store.raw(2).unwrap().unwrap() == large.as_bytes());
    assert_eq!(store.raw(4).unwrap().unwrap(), b"last");
    assert_eq!(store.record(2).unwrap().unwrap().size, large.len() as u64);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let writer = store.writer("reclassify", Durability::Normal).unwrap();
    let opened: Vec<_> =
        writer.frames().unwrap().into_iter().flat_map(|frame| writer.open_frame(frame).unwrap()).collect();
    assert_eq!(opened.iter().map(|m| m.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(opened[1].message.bytes == large.as_bytes());
}

#[test]
fn a_large_message_packed_with_others_is_read_all_the_same() {
    let (_folder, store) = new();
    let large = large();
    put(&store, &["before", &large, "after"]);
    assert!(store.raw(2).unwrap().unwrap() == large.as_bytes());
    assert_eq!(store.raw(3).unwrap().unwrap(), b"after");
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_missing_piece_is_found_and_named() {
    let (_folder, store) = new();
    put(&store, &[&large()]);
    let db = rusqlite::Connection::open(store.path()).unwrap();
    assert_eq!(db.execute("DELETE FROM message_frame WHERE id = 2", []).unwrap(), 1);
    assert_eq!(store.check().unwrap(), ["The bytes of report 1 are missing."]);
    let error = store.raw(1).unwrap_err().to_string();
    assert!(error.contains("report 1: a piece of it is missing or damaged"), "{error}");
}

#[test]
fn a_new_database_is_made_once_by_all_who_open_it_at_once() {
    for _ in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.db");
        let together = std::sync::Barrier::new(6);
        std::thread::scope(|scope| {
            let open = || {
                together.wait();
                Store::open(&path, Access::ReadWrite).map(drop)
            };
            let all: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
            all.into_iter().for_each(|one| one.join().unwrap().unwrap());
        });
    }
}

#[test]
fn what_was_removed_is_not_made_anew_by_who_had_it_open() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("reports.db");
    drop(Store::open(&path, Access::ReadWrite).expect("made"));
    drop(Store::open_again(&path, Access::ReadWrite).expect("there"));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("reports.db{suffix}")));
    }
    for access in [Access::ReadWrite, Access::ReadOnly] {
        let refused = Store::open_again(&path, access).err();
        assert!(matches!(refused, Some(Error::Removed(_))), "{refused:?}");
    }
    assert!(!path.exists(), "nothing lies in its place");
}

#[test]
fn a_join_that_is_asked_again_is_not_compiled_again() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("reports.db"), Access::ReadWrite).expect("made");
    let join = "SELECT o.id FROM submission_url u JOIN outgoing o ON o.id = u.outgoing WHERE u.found = ?1";
    for url in ["http://a.test/", "http://b.test/", "http://c.test/"] {
        let mut asked = store.db.prepare_cached(join).expect("it is one");
        assert!(!asked.exists([url]).expect("it is asked"));
        assert_eq!(asked.get_status(rusqlite::StatementStatus::RePrepare), 0, "{url}");
    }
}
