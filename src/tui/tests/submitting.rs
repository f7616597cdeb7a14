//! Submitting URLs from the screen URLs: what a desk would say, and what a person sees and does.

use super::fixture::NOW;
use super::screen::{Look, Screen};
use crate::jobs::desk::{self, LedgerAct, Request};
use crate::jobs::submit::{AlreadyThere, Blocked, Plan};
use crate::model::{OutgoingState, SubmittedUrl, UrlFeedKind, UrlStanding, UrlState};
use std::sync::Arc;

/// How far a URL is with feeds: some with one, some with two, most with none.
pub fn standings(at: usize) -> Vec<UrlStanding> {
    let one = |feed: &str, state, note: &str| UrlStanding {
        feed: feed.to_owned(),
        state,
        at: NOW - 3_600,
        note: note.to_owned(),
        outgoing: 7,
    };
    match at {
        0 => vec![one("netcraft", UrlState::Verdict, "malicious"), one("spamhaus", UrlState::Held, "")],
        1 => vec![one("netcraft", UrlState::Accepted, "")],
        3 => vec![one("spamhaus", UrlState::Unknown, "the connection ended")],
        5 => vec![one("\u{202e}feed", UrlState::Verdict, "\x1b[2Jhttp://evil.example/ is bad")],
        _ => vec![],
    }
}

/// A plan to submit URLs: to one feed all of them, to another what it does not have; one must not leave.
pub fn submission(question: &desk::SubmissionQuestion) -> desk::SubmissionPlan {
    let parcel = |feed: &str, kind, target: &str, urls: &[String]| {
        let line = |url: &String| SubmittedUrl { url: url.clone(), found: url.clone(), report: None };
        Arc::new(desk::Parcel {
            feed: feed.to_owned(),
            kind,
            target: target.to_owned(),
            urls: urls.iter().map(line).collect(),
            subject: "URLs".to_owned(),
            message_id: String::new(),
            token: "0123456789abcdef".to_owned(),
            bytes: feed.as_bytes().into(),
            warnings: vec!["1 URL cut down, because a recipient stands in it".to_owned()],
            singly: None,
        })
    };
    let blocked = Blocked {
        url: "http://evil.example/?to=anna%40example.net".to_owned(),
        why: "it tells who received the mail (address); cut down, http://evil.example/ could be.".to_owned(),
        cut: Some("http://evil.example/".to_owned()).filter(|_| !question.cut),
    };
    let already = AlreadyThere {
        url: "https://shop.example/a".to_owned(),
        feed: "spamhaus".to_owned(),
        id: 7,
        state: OutgoingState::Sent,
        at: NOW - 3_600,
    };
    let plan = Plan {
        parcels: vec![
            parcel(
                "netcraft",
                UrlFeedKind::Netcraft,
                "https://report.netcraft.example/api/v3/",
                &question.urls,
            ),
            parcel(
                "spamhaus",
                UrlFeedKind::Spamhaus,
                "https://submit.spamhaus.example/v1/",
                &question.urls[..1],
            ),
        ],
        blocked: vec![blocked],
        already: vec![already],
    };
    let feeds = ["netcraft", "spamhaus"].map(str::to_owned).to_vec();
    desk::SubmissionPlan { number: question.number, feeds, plan: Arc::new(plan), cut: question.cut }
}

/// Where parcels stand in the ledger.
pub fn rows(parcels: &[Arc<desk::Parcel>]) -> Vec<desk::HeldParcel> {
    let held = |(id, parcel): (i64, &Arc<desk::Parcel>)| desk::HeldParcel {
        row: (id, [id as u8; 32]),
        is_singly: parcel.singly.is_some(),
        parcel: Arc::clone(parcel),
    };
    (1..).zip(parcels).map(held).collect()
}

fn screen(keys: &str) -> Screen {
    Screen::new((100, 40), Look::Colour).keys(keys)
}

fn planned(screen: &Screen) -> Vec<desk::SubmissionQuestion> {
    let of = |request: &Request| match request {
        Request::PlanSubmission(question) => Some(question.clone()),
        _ => None,
    };
    screen.ledger.iter().filter_map(of).collect()
}

fn held(screen: &Screen) -> Vec<String> {
    let of = |request: &Request| match request {
        Request::HoldSubmission { parcels, .. } => {
            Some(parcels.iter().map(|parcel| parcel.feed.clone()).collect::<Vec<_>>())
        }
        _ => None,
    };
    screen.ledger.iter().filter_map(of).flatten().collect()
}

fn approved(screen: &Screen) -> Vec<LedgerAct> {
    let of = |request: &Request| match request {
        Request::Ledger(act) => Some(act.clone()),
        _ => None,
    };
    screen.ledger.iter().filter_map(of).collect()
}

#[test]
fn what_is_marked_is_submitted_else_the_url_of_the_cursor() {
    let one = screen("2s");
    assert_eq!(planned(&one)[0].urls, ["http://login.evil.example/secure/webmail.htm?id=1"]);
    let text = one.text();
    for expected in ["1 netcraft", "2 spamhaus", "a All of them", "1 there already", "1 blocked"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert_eq!(planned(&screen("2 <down> s"))[0].urls.len(), 2);
    let groups = screen("2<tab>s");
    assert!(
        planned(&groups).is_empty() && groups.text().contains("space marks the group"),
        "{}",
        groups.text()
    );
}

#[test]
fn nothing_is_approved_but_by_its_number_and_what_is_not_stays_held() {
    let mut screen = screen("2 <down> s1");
    assert_eq!(held(&screen), ["netcraft"]);
    let text = screen.text();
    assert!(text.contains("Type 1 to approve") && text.contains("hxxp://login[.]evil[.]example"), "{text}");
    assert!(text.contains("! netcraft: 1 URL cut down"), "{text}");
    screen.press("7<enter>");
    assert!(approved(&screen).is_empty(), "another number");
    screen.press("<esc>");
    assert!(approved(&screen).is_empty() && screen.app.urls.marks.len() == 2);
    screen.press("sa2<enter>");
    assert_eq!(held(&screen), ["netcraft", "netcraft", "spamhaus"]);
    assert_eq!(approved(&screen), [LedgerAct::Approve(vec![(1, [1; 32]), (2, [2; 32])])]);
    assert!(screen.app.urls.marks.is_empty(), "they have served");
}

#[test]
fn where_a_question_is_cut_its_warnings_are_seen_and_how_much_is_missing() {
    let text = Screen::new((60, 10), Look::Colour).keys("2 <down> sa").text();
    assert!(text.contains("! netcraft: 1 URL cut down") && text.contains("! spamhaus: 1 URL"), "{text}");
    let missing = text.lines().find(|line| line.contains("a larger terminal shows them"));
    assert!(missing.is_some_and(|line| line.contains("… 7 lines more")), "{text}");
    assert!(text.contains("Type 2 to approve"), "{text}");
}

#[test]
fn what_names_a_recipient_is_told_and_cut_down_only_when_somebody_wants_it() {
    let mut screen = screen("2s");
    assert!(!planned(&screen)[0].cut);
    screen.press("w");
    let text = screen.text();
    assert!(text.contains("who received the mail") && text.contains("row 7 of the outbox"), "{text}");
    assert!(!text.contains("http://"), "{text}");
    screen.press("q");
    screen.press("sc");
    assert!(planned(&screen).last().unwrap().cut);
    assert!(!screen.text().contains("Cut down"), "{}", screen.text());
}

#[test]
fn the_list_says_how_far_urls_are_with_feeds() {
    let mut screen = screen("2");
    let text = screen.text();
    for expected in ["Feeds", "+1 held", "accepted", "unknown"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(text.contains("netcraft malicious, spamhaus held"), "{text}");
    let before = screen.url_question.clone().unwrap().number;
    screen.happens(crate::tui::event::Event::Desk(desk::Event::Changed));
    assert!(screen.url_question.clone().unwrap().number > before, "what a feed said is seen at once");
}

#[test]
fn a_submission_that_is_planned_late_holds_nothing_by_a_letter_of_a_pattern() {
    let mut screen = screen("2s<esc>/sh");
    let question = planned(&screen)[0].clone();
    screen.happens(crate::tui::event::Event::Desk(desk::Event::Urls(desk::UrlNews::Planned(submission(
        &question,
    )))));
    screen.press("a");
    assert!(held(&screen).is_empty() && screen.app.layers.is_empty(), "{}", screen.text());
    assert_eq!(screen.app.urls.pattern, "sha");
}
