//! Properties of the ledger as its users notice them.

mod deciding;
mod holding;
mod keeping;
mod sending;
mod submitting;
mod walk;

use super::super::tests::{new, put_from};
use super::super::{Access, Store};
use super::*;
use crate::model::columns::ColumnSource;
use crate::model::{
    Draft, Held, OutgoingKind, ReportType, ReportedMail, Response, Submission, SubmittedUrl, UrlFeedKind,
};
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
        submission: None,
        incidents: 1,
        warnings: vec!["the evidence is \"old\"".to_owned()],
        singly: None,
        reason: None,
        repeats: None,
    }
}

/// URLs for a feed.
fn submission(token: &str, urls: &[&str]) -> Draft {
    let line = |url: &&str| SubmittedUrl { url: (*url).to_owned(), found: (*url).to_owned(), report: None };
    Draft {
        kind: OutgoingKind::Submission,
        recipient: "netcraft".to_owned(),
        source: None,
        mails: vec![],
        submission: Some(Submission {
            kind: UrlFeedKind::Netcraft,
            target: "https://feeds.example/".to_owned(),
            urls: urls.iter().map(line).collect(),
        }),
        ..draft(token, DESK, 1)
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

fn refused_in(moved: &Moved) -> Refusal {
    assert!(moved.done.is_empty(), "{moved:?}");
    moved.refused[0].clone()
}
