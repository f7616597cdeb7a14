//! What the sender may do, and what is known when it dies.

use super::*;

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
