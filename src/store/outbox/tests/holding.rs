//! What may be held, and what is told already.

use super::*;

#[test]
fn what_is_held_comes_back_with_its_exact_bytes() {
    let (_folder, store) = new();
    let token = "0123456789abcdef0123456789abcdef";
    let mut given = Draft { token: token.to_owned(), ..draft("one", "Abuse@ISP.example", 1) };
    given.mails.push(ReportedMail { report: Some(2), sha256: [1; 32] });
    given.mails.push(ReportedMail { report: None, sha256: [3; 32] });
    let id = hold(&store, given.clone());
    let row = store.outgoing(id).unwrap().unwrap();
    assert_eq!((row.recipient.as_str(), row.source, &row.subject), (DESK, given.source, &given.subject));
    assert_eq!((row.warnings, row.reports, row.size), (given.warnings, vec![1, 2], given.bytes.len() as u64));
    assert_eq!((row.state, row.created_at, row.created_by.as_str()), (OutgoingState::Held, 100, "ann"));
    assert_eq!(row.sha256, sha256(&given.bytes));
    assert_eq!(store.outgoing_bytes(id).unwrap().unwrap(), given.bytes);
    let known_by = |token| store.outgoing_by_token(token).unwrap().map(|row| row.id);
    assert_eq!([token, &token[..16], &token[..15]].map(known_by), [Some(id), Some(id), None]);
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
    let drafts = [
        submission("a", &["http://a.example/"]),
        submission("b", &["http://b.example/"]),
        submission("d", &["http://c.example/", "http://a.example/"]),
        submission("c", &["http://c.example/", "http://d.example/"]),
    ];
    let held = store.hold(&drafts, "ann", 100).unwrap();
    let already = Held::Already { id: 1, state: OutgoingState::Held, at: 100 };
    assert_eq!(held, [Held::New(1), Held::New(2), already, Held::New(3)]);
    let kept = store.submission(3).unwrap().unwrap();
    assert_eq!(
        kept.urls.iter().map(|url| url.found.as_str()).collect::<Vec<_>>(),
        ["http://c.example/", "http://d.example/"]
    );
    let elsewhere = Draft { recipient: "spamhaus".to_owned(), ..submission("e", &["http://a.example/"]) };
    assert_eq!(
        store.hold(&[elsewhere], "ann", 100).unwrap(),
        [Held::New(4)],
        "another feed is another matter"
    );
    let nothing = submission("f", &[]);
    assert!(matches!(refused(store.hold(&[nothing], "ann", 100)), Refusal::Recipient(_)));
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
