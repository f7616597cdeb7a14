//! Properties of the ledger as its users notice them.

mod walk;

use super::super::tests::{new, put_from};
use super::super::{Access, Store};
use super::*;
use crate::model::columns::ColumnSource;
use crate::model::{Draft, Held, OutgoingKind, ReportType, ReportedMail, Response};
use OutgoingState::{Approved, ByHand, Cancelled, Deferred, Failed, Sending, Sent, Unknown};

const DESK: &str = "abuse@isp.example";

/// A report about one mail, of which nothing else has the same bytes and token.
fn draft(text: &str, recipient: &str, mail: u8) -> Draft {
    Draft {
        kind: OutgoingKind::Report,
        recipient: recipient.to_owned(),
        source: Some("192.0.2.7".parse().unwrap()),
        subject: format!("FW: {text}"),
        report_type: ReportType::Fraud,
        message_id: format!("{text}@example.com"),
        token: text.to_owned(),
        bytes: format!("To: {recipient}\r\nSubject: FW: {text}\r\n\r\n{text}\r\n").into_bytes(),
        mails: vec![ReportedMail { report: Some(mail.into()), sha256: [mail; 32] }],
        incidents: 1,
        warnings: vec!["the evidence is \"old\"".to_owned()],
        singly: None,
        reason: None,
        repeats: None,
    }
}

/// Holds it, and says under which number.
fn hold(store: &Store, draft: Draft) -> OutgoingId {
    match store.hold(&[draft], "ann", 100).unwrap()[..] {
        [Held::New(id)] => id,
        ref other => panic!("{other:?}"),
    }
}

fn hash(store: &Store, id: OutgoingId) -> [u8; 32] {
    store.outgoing(id).unwrap().unwrap().sha256
}

fn state(store: &Store, id: OutgoingId) -> OutgoingState {
    store.outgoing(id).unwrap().unwrap().state
}

fn approve(store: &Store, ids: &[OutgoingId]) {
    let what: Vec<_> = ids.iter().map(|id| (*id, hash(store, *id))).collect();
    store.approve(&what, Looked::Together, 110, "ann", 110).unwrap();
}

/// Sends what there is, with this outcome.
fn send(store: &Store, id: OutgoingId, settled: Settled) {
    let sender = store.sender("test", 120).unwrap();
    let sha256 = hash(store, id);
    assert!(store.begin(&sender, id, &sha256, 120).unwrap());
    assert!(store.settle(&sender, id, &sha256, settled, "what it said", 121).unwrap());
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Outbox(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_held_comes_back_with_its_exact_bytes() {
    let (_folder, store) = new();
    let mut given = draft("one", "Abuse@ISP.example", 1);
    given.mails.push(ReportedMail { report: Some(2), sha256: [1; 32] });
    given.mails.push(ReportedMail { report: None, sha256: [3; 32] });
    let id = hold(&store, given.clone());
    let row = store.outgoing(id).unwrap().unwrap();
    assert_eq!((row.recipient.as_str(), row.source, &row.subject), (DESK, given.source, &given.subject));
    assert_eq!((row.warnings, row.reports, row.size), (given.warnings, vec![1, 2], given.bytes.len() as u64));
    assert_eq!((row.state, row.created_at, row.created_by.as_str()), (OutgoingState::Held, 100, "ann"));
    assert_eq!(row.sha256, sha256(&given.bytes));
    assert_eq!(store.outgoing_bytes(id).unwrap().unwrap(), given.bytes);
    assert_eq!(store.outgoing_by_token("one").unwrap().unwrap().id, id);
    assert_eq!(store.outgoing_of(2).unwrap()[0].id, id);
    assert_eq!(store.outbox_counts().unwrap(), [(OutgoingState::Held, 1)]);
    assert_eq!((store.outgoing(9).unwrap(), store.outgoing_bytes(9).unwrap()), (None, None));
}

#[test]
fn a_mail_goes_to_a_recipient_once_whoever_reported_it_and_however_the_recipient_is_written() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    let again = |text: &str, recipient: &str, source: &str| {
        let mut draft = draft(text, recipient, 1);
        draft.mails[0].report = Some(77);
        draft.source = Some(source.parse().unwrap());
        draft
    };
    let drafts = [
        again("two", "ABUSE@isp.example", "192.0.2.7"),
        again("three", "mailto:abuse@isp.example", "::ffff:192.0.2.7"),
        again("four", DESK, "192.0.2.8"),
        again("five", "cert@isp.example", "192.0.2.7"),
    ];
    let held = store.hold(&drafts, "bob", 200).unwrap();
    let already = Held::Already { id, state: OutgoingState::Held, at: 100 };
    assert_eq!(held, [already.clone(), already, Held::New(id + 1), Held::New(id + 2)]);
    let told = store.already_told(&[[9; 32], [1; 32]], drafts[0].source, "ABUSE@isp.example").unwrap();
    assert_eq!(told, Some(Earlier { id, state: OutgoingState::Held, at: 100 }));
    assert_eq!(store.already_told(&[[9; 32]], drafts[0].source, DESK).unwrap(), None);
}

#[test]
fn a_flood_is_not_held_when_one_of_its_mails_was_told_and_two_in_one_call_are_one() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 3));
    let mut flood = draft("flood", DESK, 1);
    flood.mails.extend([2, 3].map(|mail| ReportedMail { report: None, sha256: [mail; 32] }));
    let twins = [draft("two", DESK, 5), draft("three", DESK, 5), flood];
    let held = store.hold(&twins, "ann", 100).unwrap();
    assert_eq!(held[0], Held::New(id + 1));
    assert_eq!(held[1], Held::Already { id: id + 1, state: OutgoingState::Held, at: 100 });
    assert_eq!(held[2], Held::Already { id, state: OutgoingState::Held, at: 100 });
}

#[test]
fn the_same_url_goes_to_a_feed_once_and_another_of_the_same_mail_goes_too() {
    let (_folder, store) = new();
    let submission = |text: &str, url: &str, mail: u8| Draft {
        kind: OutgoingKind::Submission,
        recipient: "netcraft".to_owned(),
        source: None,
        subject: url.to_owned(),
        ..draft(text, DESK, mail)
    };
    let mut two_mails = submission("c", "http://c.example/", 1);
    two_mails.mails.push(ReportedMail { report: Some(2), sha256: [2; 32] });
    let drafts = [
        submission("a", "http://a.example/", 1),
        submission("b", "http://b.example/", 1),
        submission("d", "http://a.example/", 2),
        two_mails,
    ];
    let held = store.hold(&drafts, "ann", 100).unwrap();
    let already = Held::Already { id: 1, state: OutgoingState::Held, at: 100 };
    assert_eq!(held, [Held::New(1), Held::New(2), already, Held::New(3)]);
    assert_eq!(store.outgoing(3).unwrap().unwrap().reports, [1, 2]);
}

#[test]
fn what_was_told_is_repeated_only_by_its_number_and_with_a_reason() {
    let (_folder, store) = new();
    let first = hold(&store, draft("one", DESK, 1));
    let repeat = |text: &str, of: OutgoingId, reason: Option<&str>| Draft {
        repeats: Some(of),
        reason: reason.map(str::to_owned),
        ..draft(text, DESK, 1)
    };
    let try_it = |draft: Draft| store.hold(&[draft], "ann", 300).unwrap().remove(0);
    assert!(
        matches!(try_it(repeat("a", first, Some("why"))), Held::Already { id, .. } if id == first),
        "held"
    );
    approve(&store, &[first]);
    send(&store, first, Settled::Unknown);
    assert!(matches!(try_it(repeat("b", first, Some("why"))), Held::Already { .. }), "it may have arrived");
    store.resolve(first, &Resolution::Arrived, "ann", 200).unwrap();
    assert!(matches!(try_it(repeat("c", first, None)), Held::Already { .. }));
    assert!(matches!(try_it(repeat("d", first, Some(" "))), Held::Already { .. }));
    let Held::New(second) = try_it(repeat("e", first, Some("it goes on"))) else { panic!() };
    assert!(matches!(try_it(repeat("f", first, Some("why"))), Held::Already { id, .. } if id == second));
    store.cancel(&[second], "", "ann", 300).unwrap();
    assert!(matches!(try_it(repeat("g", first, Some("it goes on"))), Held::New(_)));
    assert_eq!(refused(store.hold(&[repeat("h", 99, Some("why"))], "ann", 300)), Refusal::NotThere(99));
}

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
fn an_edit_revokes_the_approval_and_what_was_looked_at_before_cannot_leave() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    approve(&store, &[id]);
    let before = hash(&store, id);
    let edited = Draft { bytes: b"other".to_vec(), ..draft("edited", "cert@isp.example", 1) };
    assert_eq!(store.replace(id, &before, &edited, "bob", 300).unwrap(), Held::New(id));
    let row = store.outgoing(id).unwrap().unwrap();
    assert_eq!(
        (row.state, row.due, row.approved_by, row.sha256),
        (OutgoingState::Held, None, None, sha256(b"other"))
    );
    assert_eq!(
        (row.created_by.as_str(), store.outgoing_bytes(id).unwrap().unwrap()),
        ("ann", b"other".to_vec())
    );
    let sender = store.sender("test", 400).unwrap();
    assert!(!store.begin(&sender, id, &before, 400).unwrap());
    assert!(
        !store.settle(&sender, id, &before, Settled::Failed, "", 400).unwrap(),
        "it is another message now"
    );
    assert_eq!(refused(store.replace(id, &before, &edited, "eve", 500)), Refusal::Changed(id));
    // The first recipient is free again.
    hold(&store, draft("two", DESK, 1));
    let back = store.replace(id, &row.sha256, &draft("back", DESK, 1), "bob", 600).unwrap();
    assert_eq!(back, Held::Already { id: id + 1, state: OutgoingState::Held, at: 100 });
    assert_eq!(hash(&store, id), row.sha256, "nothing was changed");
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
fn no_line_no_second_recipient_and_no_borrowed_token_gets_in() {
    let (_folder, store) = new();
    for recipient in [
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "a@b.example\0",
        "nobody",
        "",
        "https://isp.example/",
    ] {
        let refusal = refused(store.hold(&[draft("one", recipient, 1)], "ann", 1));
        assert_eq!(refusal, Refusal::Recipient(recipient.to_owned()));
    }
    let form = Draft { kind: OutgoingKind::Form, ..draft("form", DESK, 1) };
    assert!(matches!(refused(store.hold(&[form], "ann", 1)), Refusal::Recipient(_)));
    hold(&store, draft("one", DESK, 1));
    let both = [draft("two", DESK, 2), draft("one", DESK, 3)];
    assert_eq!(refused(store.hold(&both, "ann", 1)), Refusal::Token("one".to_owned()));
    assert_eq!(store.outbox(&[], 9, 0).unwrap().len(), 1, "all or nothing");
}

#[test]
fn of_two_connections_that_begin_the_same_row_one_wins() {
    let (_folder, store) = new();
    let ids: Vec<OutgoingId> =
        (1..=40).map(|mail| hold(&store, draft(&format!("m{mail}"), DESK, mail))).collect();
    approve(&store, &ids);
    let hashes: Vec<_> = ids.iter().map(|id| (*id, hash(&store, *id))).collect();
    let sender = store.sender("test", 120).unwrap();
    let (sender, hashes) = (&sender, &hashes);
    let wins: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..2).map(|_| store.again().unwrap()).collect();
        let racers = racers.into_iter().map(|store| {
            scope.spawn(move || {
                let won = |(id, sha256): &&(_, _)| store.begin(sender, *id, sha256, 130).unwrap();
                hashes.iter().filter(won).count()
            })
        });
        racers.collect::<Vec<_>>().into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(wins, ids.len());
    assert!(store.outbox(&[Sending], 99, 0).unwrap().iter().all(|row| row.tries == 1));
}

#[test]
fn there_is_one_sender_and_what_a_dead_one_was_sending_is_unknown() {
    let (_folder, store) = new();
    let (one, two) = (hold(&store, draft("one", DESK, 1)), hold(&store, draft("two", DESK, 2)));
    approve(&store, &[one, two]);
    let sender = store.sender("test", 120).unwrap();
    assert!(matches!(store.again().unwrap().sender("other", 120), Err(Error::Sending { .. })));
    assert!(store.begin(&sender, one, &hash(&store, one), 120).unwrap());
    drop(sender);
    let sender = store.again().unwrap().sender("other", 500).unwrap();
    assert_eq!(sender.found_unknown(), [one]);
    let row = store.outgoing(one).unwrap().unwrap();
    assert_eq!((row.state, row.state_at, row.due), (Unknown, 500, None));
    assert!(row.answer.contains("may have arrived"), "{}", row.answer);
    assert_eq!(state(&store, two), Approved);
    assert!(!store.begin(&sender, one, &row.sha256, 600).unwrap(), "never again by itself");
    assert!(matches!(
        refused_in(&store.cancel(&[one], "", "ann", 1).unwrap()),
        Refusal::State { state: Unknown, .. }
    ));
    store.resolve(one, &Resolution::NotArrived, "ann", 700).unwrap();
    assert_eq!(store.outgoing(one).unwrap().unwrap().approved_by, None, "wants a new approval");
}

fn refused_in(moved: &Moved) -> Refusal {
    assert!(moved.done.is_empty(), "{moved:?}");
    moved.refused[0].clone()
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
fn a_connection_that_was_refused_counts_as_a_try_and_a_withdrawal_as_none() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    approve(&store, &[id]);
    let sender = store.sender("test", 120).unwrap();
    let settle = |settled| store.settle(&sender, id, &hash(&store, id), settled, "why", 130).unwrap();
    assert!(settle(Settled::Deferred { until: 900 }));
    assert_eq!((state(&store, id), store.outgoing(id).unwrap().unwrap().tries), (Deferred, 1));
    assert!(settle(Settled::Withdrawn));
    let row = store.outgoing(id).unwrap().unwrap();
    assert_eq!(
        (row.state, row.tries, row.answer.as_str(), row.approved_at),
        (OutgoingState::Held, 1, "why", None)
    );
    assert!(!settle(Settled::Sent), "it was taken back meanwhile");
    assert_eq!(store.sent_to(DESK, 0).unwrap(), SentTo::default());
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
fn caps_count_what_left_to_a_recipient_and_what_may_have() {
    let (_folder, store) = new();
    for (mail, settled) in
        [(1, Settled::Sent), (2, Settled::Unknown), (3, Settled::Failed), (4, Settled::Sent)]
    {
        let id = hold(&store, draft(&format!("m{mail}"), DESK, mail));
        approve(&store, &[id]);
        let sender = store.sender("test", 0).unwrap();
        let (sha256, at) = (hash(&store, id), 1_000 * i64::from(mail));
        assert!(store.begin(&sender, id, &sha256, at).unwrap());
        assert!(store.settle(&sender, id, &sha256, settled, "", at + 5).unwrap());
    }
    assert_eq!(store.sent_to("ABUSE@isp.example", 2_000).unwrap(), SentTo { count: 2, last: Some(4_000) });
    assert_eq!(store.sent_to("other@isp.example", 0).unwrap(), SentTo::default());
}

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
    let lines = store.audit(None, None, 9).unwrap();
    assert_eq!(
        lines.iter().map(|line| (line.id, line.by.as_str(), line.act.as_str())).collect::<Vec<_>>(),
        [(2, "bob", "cancelled"), (1, "ann", "held")]
    );
    assert!(lines[1].detail.starts_with("abuse@isp.example sha256:"), "{}", lines[1].detail);
    assert_eq!(store.audit(Some(2), None, 9).unwrap(), lines[1..]);
    assert_eq!(store.audit(None, Some(50), 9).unwrap(), lines[1..]);
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

#[test]
fn bytes_that_are_not_the_ones_that_were_held_are_never_handed_out() {
    let (_folder, store) = new();
    let id = hold(&store, draft("one", DESK, 1));
    let other = zstd::bulk::compress(b"other", 1).unwrap();
    store.db.execute("UPDATE outgoing_message SET data = ?1", [other]).unwrap();
    assert!(matches!(store.outgoing_bytes(id), Err(Error::Damaged { .. })));
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
