//! What stays: audit, states of reports, bytes, and what a check finds.

use super::*;

#[test]
fn reports_and_forms_make_reports_reported_copies_and_submissions_never() {
    let (_folder, store) = new();
    put_from(&store, &[("a", "192.0.2.1"), ("b", "192.0.2.1"), ("c", "192.0.2.1"), ("d", "192.0.2.1")]);
    let copy = Draft { kind: OutgoingKind::Copy, ..draft("copy", "feed@feeds.example", 1) };
    let form = Draft {
        kind: OutgoingKind::Form,
        recipient: "https://isp.example/abuse".to_owned(),
        ..draft("form", DESK, 2)
    };
    let (copy, form, report) =
        (hold(&store, copy), hold(&store, form), hold(&store, draft("three", DESK, 3)));
    let open = store.newest(9, true).unwrap();
    assert_eq!(open, [4, 1], "a copy reports nothing");
    approve(&store, &[copy]);
    send(&store, copy, Settled::Sent);
    store.resolve(form, &Resolution::ByHand { ticket: None }, "ann", 777).unwrap();
    let states = store.states().unwrap();
    assert_eq!((states.reported, states.ledger), (vec![2], vec![(2, ByHand), (3, OutgoingState::Held)]));
    let reported = |id| store.list_rows(&[id]).unwrap()[0].reported;
    assert_eq!([1, 2, 3, 4].map(reported), [false, true, false, false]);
    assert_eq!([1, 2, 3].map(|id| store.record(id).unwrap().unwrap().reported_at), [None, Some(777), None]);
    store.cancel(&[report], "", "ann", 1).unwrap();
    assert_eq!(store.states().unwrap().ledger, [(2, ByHand)]);
    assert_eq!(store.newest(9, true).unwrap(), [4, 3, 1]);
}

#[test]
fn the_audit_is_added_to_and_nothing_else() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    for sql in [
        "UPDATE audit SET by = 'eve'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit(id, at, by, act, detail) VALUES(1, 0, 'eve', 'held', '')",
        "DELETE FROM outgoing",
    ] {
        assert!(store.db.execute(sql, []).is_err(), "{sql}");
    }
    store.cancel(&[id], "no", "bob", 9).unwrap();
    let lines = store.audit(None, None, None, 9).unwrap();
    assert_eq!(
        lines.iter().map(|line| (line.id, line.by.as_str(), line.act.as_str())).collect::<Vec<_>>(),
        [(2, "bob", "cancelled"), (1, "ann", "held")]
    );
    assert!(lines[1].detail.starts_with("abuse@isp.example sha256:"), "{}", lines[1].detail);
    assert_eq!(store.audit(None, Some(2), None, 9).unwrap(), lines[1..]);
    assert_eq!(store.audit(None, None, Some(50), 9).unwrap(), lines[1..]);
}

#[test]
fn bytes_that_are_not_the_ones_that_were_held_are_never_handed_out() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    let other = zstd::bulk::compress(b"other", 1).unwrap();
    store.db.execute("UPDATE outgoing_message SET data = ?1", [other]).unwrap();
    assert!(matches!(store.outgoing_bytes(id), Err(Error::Damaged { .. })));
}

#[test]
fn what_is_forgotten_is_gone_but_for_its_hash_and_is_not_told_again() {
    let (_folder, store) = new();
    let ids: Vec<OutgoingId> =
        (1..=4).map(|mail| hold(&store, draft(&format!("m{mail}"), DESK, mail))).collect();
    approve(&store, &ids[1..]);
    send(&store, ids[2], Settled::Sent);
    send(&store, ids[3], Settled::Unknown);
    let forgotten = store.forget_outgoing(&ids, "she asked", "ann", 500).unwrap();
    assert_eq!((forgotten.cancelled, forgotten.dropped), (ids[..2].to_vec(), ids[..3].to_vec()));
    assert!(matches!(forgotten.refused[..], [Refusal::State { state: Unknown, .. }]));
    for id in &ids[..3] {
        let row = store.outgoing(*id).unwrap().unwrap();
        assert_eq!((row.subject.as_str(), store.outgoing_bytes(*id).unwrap()), ("", None));
    }
    assert!(store.outgoing_bytes(ids[3]).unwrap().is_some());
    let again = store.hold(&[draft("again", DESK, 3)], "ann", 600).unwrap();
    assert_eq!(again, [Held::Already { id: ids[2], state: Sent, at: 121 }]);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_check_of_the_file_finds_what_is_wrong_with_the_ledger() {
    let (_folder, store) = new();
    let ids: Vec<OutgoingId> =
        (1..=3).map(|mail| hold(&store, draft(&format!("m{mail}"), DESK, mail))).collect();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    store
        .db
        .execute_batch(
            "DELETE FROM outgoing_message WHERE id = 1; UPDATE outgoing_message SET data = x'00' WHERE id = 2;
             UPDATE outgoing_mail SET state = 3 WHERE outgoing = 3;
             DROP TRIGGER audit_is_not_shortened; DELETE FROM audit WHERE outgoing = 1",
        )
        .unwrap();
    let problems = store.check().unwrap();
    for (id, what) in ids.iter().zip(["has no bytes", "are not the ones", "different states"]) {
        let row = format!("ow {id} of the outbox");
        assert!(
            problems.iter().any(|problem| problem.contains(&row) && problem.contains(what)),
            "{problems:?}"
        );
    }
    assert!(problems.contains(&"Row 1 of the outbox is not in the audit.".to_owned()), "{problems:?}");
    assert!(problems.contains(&"The audit has gaps; lines that are missing: 1.".to_owned()), "{problems:?}");
}

#[test]
fn who_only_reads_changes_nothing() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    let reader = Store::open(store.path(), Access::ReadOnly).unwrap();
    assert_eq!(reader.outgoing(id).unwrap().unwrap().state, OutgoingState::Held);
    assert!(matches!(reader.sender("test", 1), Err(Error::ReadOnly { .. })));
    assert!(matches!(reader.cancel(&[id], "", "eve", 1), Err(Error::ReadOnly { .. })));
}

#[test]
fn states_are_listed_and_counted_newest_first() {
    let (_folder, store) = new();
    let ids: Vec<OutgoingId> =
        (1..=5).map(|mail| hold(&store, draft(&format!("m{mail}"), DESK, mail))).collect();
    approve(&store, &ids[1..3]);
    send(&store, ids[1], Settled::Failed);
    store.cancel(&ids[..1], "", "ann", 1).unwrap();
    let numbers = |states: &[OutgoingState], limit, offset| -> Vec<OutgoingId> {
        store.outbox(states, limit, offset).unwrap().into_iter().map(|row| row.id).collect()
    };
    assert_eq!(numbers(&[], 9, 0), [5, 4, 3, 2, 1]);
    assert_eq!(numbers(&[], 2, 1), [4, 3]);
    assert_eq!(numbers(&[Failed, Approved], 9, 0), [3, 2]);
    let counts = store.outbox_counts().unwrap();
    assert_eq!(counts, [(OutgoingState::Held, 2), (Approved, 1), (Failed, 1), (Cancelled, 1)]);
}
