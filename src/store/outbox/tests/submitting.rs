//! Submissions: how far each URL is with each feed, and when a feed is asked.

use super::*;
use crate::model::{UrlAnswer, UrlState};

const A: &str = "http://a.example/";
const B: &str = "http://b.example/?x=1";

fn states(store: &Store, found: &str) -> Vec<(String, UrlState, String)> {
    let standings = store.url_standings(found).unwrap();
    standings.into_iter().map(|standing| (standing.feed, standing.state, standing.note)).collect()
}

fn netcraft(state: UrlState, note: &str) -> Vec<(String, UrlState, String)> {
    vec![("netcraft".to_owned(), state, note.to_owned())]
}

fn note(url: &str, answer: UrlAnswer, note: &str) -> UrlNote {
    UrlNote { url: url.to_owned(), answer, note: note.to_owned() }
}

/// Approves it, and settles it so.
fn settle(store: &Store, id: OutgoingId, settled: Settled, told: &SubmissionTold) {
    approve(store, &[id]);
    let sender = store.sender("test", 120).unwrap();
    let sha256 = hash(store, id);
    assert!(store.begin(&sender, id, &sha256, 120).unwrap());
    assert!(store.settle_submission(&sender, id, &sha256, settled, "what it said", told, 121).unwrap());
}

#[test]
fn each_url_has_its_own_state_with_each_feed() {
    let (_folder, store) = new();
    assert_eq!(states(&store, A), []);
    let id = hold(&store, submission("one", &[A, B]));
    assert_eq!(states(&store, A), netcraft(UrlState::Held, ""));
    let told = SubmissionTold {
        reference: Some("uuid-1".to_owned()),
        poll_due: Some(1_000),
        urls: vec![note(A, UrlAnswer::Accepted, ""), note(B, UrlAnswer::Known, "had it")],
    };
    settle(&store, id, Settled::Sent, &told);
    assert_eq!(states(&store, A), netcraft(UrlState::Accepted, ""));
    assert_eq!(states(&store, B), netcraft(UrlState::Known, "had it"));
    assert!(store.polls_due(999, 9).unwrap().is_empty());
    assert_eq!((store.polls_due(1_000, 9).unwrap(), store.next_poll().unwrap()), (vec![id], Some(1_000)));

    let verdicts = [(A.to_owned(), "malicious".to_owned())];
    assert_eq!(store.record_verdicts(id, &verdicts, Some(2_000), 1_001).unwrap(), 1);
    assert_eq!(store.record_verdicts(id, &verdicts, None, 2_001).unwrap(), 0, "nothing new");
    assert_eq!(states(&store, A), netcraft(UrlState::Verdict, "malicious"));
    assert_eq!(states(&store, B), netcraft(UrlState::Known, "had it"));
    assert_eq!(store.next_poll().unwrap(), None);
    let kept = store.submission(id).unwrap().unwrap();
    assert_eq!((kept.polls, kept.reference.as_deref()), (2, Some("uuid-1")));
    assert_eq!(kept.urls[0].verdict_at, Some(1_001), "as it was first heard");
    let acts: Vec<String> = store.audit_of(id).unwrap().into_iter().map(|line| line.act).collect();
    assert_eq!(acts, ["held", "approved", "sending", "sent", "reference", "verdict"]);
}

#[test]
fn what_a_feed_rejects_may_be_submitted_again_and_what_may_have_arrived_not() {
    let (_folder, store) = new();
    let id = hold(&store, submission("one", &[A, B]));
    let told = SubmissionTold {
        urls: vec![note(B, UrlAnswer::Rejected, "no such host")],
        ..SubmissionTold::default()
    };
    settle(&store, id, Settled::Failed, &told);
    assert_eq!(states(&store, B), netcraft(UrlState::Rejected, "no such host"));
    assert_eq!(states(&store, A), netcraft(UrlState::Failed, "what it said"));
    let again = hold(&store, submission("two", &[A]));
    assert_eq!(states(&store, A), netcraft(UrlState::Held, ""), "the latest row decides");
    settle(&store, again, Settled::Unknown, &SubmissionTold::default());
    assert_eq!(states(&store, A), netcraft(UrlState::Unknown, "what it said"));
    let third = store.hold(&[submission("three", &[A])], "ann", 300).unwrap();
    assert!(matches!(third[..], [Held::Already { id, state: Unknown, .. }] if id == again), "{third:?}");
    store.resolve(again, &Resolution::Arrived, "ann", 400).unwrap();
    assert_eq!(states(&store, A), netcraft(UrlState::Sent, ""));
}

#[test]
fn a_cancelled_submission_says_nothing_of_its_urls_and_a_forgotten_one_has_none() {
    let (_folder, store) = new();
    let id = hold(&store, submission("one", &[A]));
    store.cancel(&[id], "", "ann", 110).unwrap();
    assert_eq!(states(&store, A), []);
    let id = hold(&store, submission("two", &[A]));
    settle(&store, id, Settled::Sent, &SubmissionTold { poll_due: Some(200), ..SubmissionTold::default() });
    store.forget_outgoing(&[id], "asked for", "ann", 130).unwrap();
    assert_eq!((states(&store, A), store.polls_due(999, 9).unwrap()), (vec![], vec![]));
    let again = store.hold(&[submission("three", &[A])], "ann", 300).unwrap();
    assert!(matches!(again[..], [Held::Already { state: Sent, .. }]), "its hash is kept: {again:?}");
}
