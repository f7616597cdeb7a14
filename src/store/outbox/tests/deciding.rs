//! What people decide: approve, take back, give up, try again, say what became of it.

use super::*;

#[test]
fn an_approval_is_of_exact_bytes_and_holds_for_all_or_none() {
    let (_folder, store) = new();
    let (one, two) = (hold(&store, draft("one", DESK, 1)), hold(&store, draft("two", DESK, 2)));
    let approve = |what: &[(OutgoingId, [u8; 32])]| store.approve(what, Looked::Together, 700, "bob", 600);
    let seen = [(one, hash(&store, one)), (two, [0; 32])];
    assert_eq!(refused(approve(&seen)), Refusal::Changed(two));
    assert_eq!(refused(approve(&[seen[0], (99, [0; 32])])), Refusal::NotThere(99));
    assert_eq!((state(&store, one), state(&store, two)), (OutgoingState::Held, OutgoingState::Held));
    approve(&seen[..1]).unwrap();
    let row = store.outgoing(one).unwrap().unwrap();
    assert_eq!(
        (row.state, row.due, row.approved_at, row.approved_by.as_deref()),
        (Approved, Some(700), Some(600), Some("bob"))
    );
    assert!(matches!(refused(approve(&seen[..1])), Refusal::State { state: Approved, .. }));
    assert_eq!(store.next_due().unwrap(), Some(700));
    assert_eq!((store.due(699, 9).unwrap().len(), store.due(700, 9).unwrap().len()), (0, 1));
}

#[test]
fn what_wants_to_be_looked_at_singly_and_forms_are_not_approved_with_others() {
    let (_folder, store) = new();
    let singly =
        |text: &str, mail| Draft { singly: Some("unverified".to_owned()), ..draft(text, DESK, mail) };
    let ids = [
        hold(&store, singly("one", 1)),
        hold(&store, singly("two", 2)),
        hold(&store, draft("three", DESK, 3)),
    ];
    let what = ids.map(|id| (id, hash(&store, id)));
    let approve = |what: &[_], looked| store.approve(what, looked, 1, "ann", 1);
    let why = "unverified".to_owned();
    assert_eq!(refused(approve(&what[1..], Looked::Together)), Refusal::Singly { id: ids[1], why });
    approve(&what[..1], Looked::Together).unwrap();
    approve(&what[1..], Looked::Singly).unwrap();
    let form = Draft {
        kind: OutgoingKind::Form,
        recipient: "https://isp.example/abuse".to_owned(),
        ..draft("form", DESK, 4)
    };
    let form = hold(&store, form);
    assert_eq!(refused(approve(&[(form, hash(&store, form))], Looked::Singly)), Refusal::FormOnly(form));
    let ticket = Some("T-1".to_owned());
    store.resolve(form, &Resolution::ByHand { ticket: ticket.clone() }, "ann", 900).unwrap();
    let row = store.outgoing(form).unwrap().unwrap();
    assert_eq!((row.state, row.ticket), (ByHand, ticket));
}

#[test]
fn a_row_on_its_way_or_done_cannot_be_stopped_and_the_others_are() {
    let (_folder, store) = new();
    let ids: Vec<OutgoingId> =
        (1..=4).map(|mail| hold(&store, draft(&format!("m{mail}"), DESK, mail))).collect();
    approve(&store, &ids);
    send(&store, ids[0], Settled::Sent);
    send(&store, ids[1], Settled::Deferred { until: 9_000 });
    let moved = store.take_back(&[ids[0], ids[1], ids[2], 99], "ann", 200).unwrap();
    assert_eq!(moved.done, ids[1..3]);
    assert!(matches!(moved.refused[..], [Refusal::State { state: Sent, .. }, Refusal::NotThere(99)]));
    let sender = store.sender("test", 300).unwrap();
    assert!(!store.begin(&sender, ids[2], &hash(&store, ids[2]), 300).unwrap());
    let moved = store.cancel(&ids, "changed our mind", "ann", 300).unwrap();
    assert_eq!((moved.done, moved.refused.len()), (ids[1..].to_vec(), 1));
    assert_eq!(store.outgoing(ids[3]).unwrap().unwrap().answer, "changed our mind");
}

#[test]
fn what_waits_for_its_time_is_due_at_once_when_asked_and_what_failed_wants_a_new_approval() {
    let (_folder, store) = new();
    let (one, two) = (hold(&store, draft("one", DESK, 1)), hold(&store, draft("two", DESK, 2)));
    approve(&store, &[one, two]);
    send(&store, one, Settled::Deferred { until: 9_000 });
    send(&store, two, Settled::Failed);
    assert_eq!(store.due(8_999, 9).unwrap(), []);
    let moved = store.retry(&[one, two], "ann", 200).unwrap();
    assert_eq!((moved.done, moved.refused), (vec![one, two], vec![]));
    assert_eq!(store.due(200, 9).unwrap().iter().map(|row| row.id).collect::<Vec<_>>(), [one]);
    assert_eq!((state(&store, one), state(&store, two)), (Deferred, OutgoingState::Held));
    // What failed keeps nobody from telling the same otherwise, and then it does not come back.
    approve(&store, &[two]);
    send(&store, two, Settled::Failed);
    let three = hold(&store, draft("three", DESK, 2));
    let refusal = Refusal::Already { id: two, by: three, state: OutgoingState::Held };
    assert_eq!(refused_in(&store.retry(&[two], "ann", 300).unwrap()), refusal);
    assert_eq!(refused(store.resolve(two, &Resolution::ByHand { ticket: None }, "ann", 300)), refusal);
}

#[test]
fn what_came_back_is_recorded_of_what_left_only() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    let say = |response, ticket| store.record_response(id, response, ticket, "they wrote", "ann", 400);
    assert!(matches!(refused(say(Response::Answered, None)), Refusal::NotTold { .. }));
    approve(&store, &[id]);
    send(&store, id, Settled::Sent);
    say(Response::Acknowledged, Some("T-7")).unwrap();
    say(Response::Answered, None).unwrap();
    let row = store.outgoing(id).unwrap().unwrap();
    assert_eq!(
        (row.response, row.response_at, row.ticket.as_deref()),
        (Response::Answered, Some(400), Some("T-7"))
    );
    assert_eq!(row.state, Sent);
    let acts: Vec<String> = store.audit_of(id).unwrap().into_iter().map(|line| line.act).collect();
    assert_eq!(acts, ["held", "approved", "sending", "sent", "acknowledged", "answered"]);
}

#[test]
fn the_schema_itself_lets_nothing_leave_that_nobody_approved() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    for sql in [
        "UPDATE outgoing SET state = 1, due = 5",
        "UPDATE outgoing SET state = 2",
        "UPDATE outgoing SET state = 3",
        "UPDATE outgoing SET state = 1, due = 5, approved_sha256 = x'00'",
    ] {
        assert!(store.db.execute(sql, []).is_err(), "{sql}");
    }
    approve(&store, &[id]);
    assert!(store.db.execute("UPDATE outgoing SET sha256 = zeroblob(32)", []).is_err());
    send(&store, id, Settled::Sent);
    for sql in ["UPDATE outgoing SET state = 0", "UPDATE outgoing SET recipient = 'b@c.example'"] {
        assert!(store.db.execute(sql, []).is_err(), "{sql}");
    }
    assert_eq!(state(&store, id), Sent);
}
