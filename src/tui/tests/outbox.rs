//! The screen Outbox: what each verb asks of the ledger, and what it refuses.

use super::outgoing::rows;
use super::screen::{Look, Screen};
use crate::jobs::desk::{self, LedgerAct, OutboxNews, Request, Resolved};
use crate::model::{OutgoingState, Response};
use crate::tui::event::{Effect, Event};
use crate::tui::screens::ScreenName;

fn screen(keys: &str) -> Screen {
    Screen::new((120, 40), Look::Colour).keys(keys)
}

/// The cursor on the first row in this state, then these keys.
fn at(state: OutgoingState, keys: &str) -> Screen {
    let place = rows().iter().position(|row| row.state == state).unwrap();
    screen(&format!("6{}{keys}", "<down>".repeat(place)))
}

/// What was done to the ledger.
fn acts(screen: &Screen) -> Vec<LedgerAct> {
    let act = |request: &Request| match request {
        Request::Ledger(act) => Some(act.clone()),
        _ => None,
    };
    screen.ledger.iter().filter_map(act).collect()
}

#[test]
fn every_row_is_there_and_states_can_be_gone_through() {
    let mut screen = screen("6");
    assert_eq!(screen.app.outbox.rows().len(), rows().len());
    let mut seen = vec![];
    for _ in OutgoingState::ALL {
        screen.press("<tab>");
        let state = screen.app.outbox.state.unwrap();
        assert!(screen.app.outbox.rows().iter().all(|row| row.state == state), "{state}");
        seen.push(state);
    }
    assert_eq!(seen, OutgoingState::ALL);
    screen.press("<tab>");
    assert_eq!(screen.app.outbox.state, None);
}

#[test]
fn a_row_is_approved_by_its_number_with_the_bytes_that_were_shown() {
    let mut screen = at(OutgoingState::Held, "A");
    assert!(screen.text().contains("Type 1 to approve"), "{}", screen.text());
    screen.press("y<enter>");
    assert!(acts(&screen).is_empty());
    screen.press("<ctrl-u>1<enter>");
    let row = &rows()[0];
    assert_eq!(acts(&screen), [LedgerAct::Approve(vec![(row.id, row.sha256)])]);
}

#[test]
fn what_is_approved_by_itself_never_goes_with_others() {
    let singly = rows().iter().position(|row| row.singly.is_some()).unwrap();
    let mut screen = screen(&format!("6 {} A", "<down>".repeat(singly - 1)));
    assert!(screen.text().contains("is approved by itself"), "{}", screen.text());
    assert!(screen.app.layers.is_empty());
    screen.press("o");
    assert!(screen.app.layers.is_empty(), "the cursor went on to a form, which no mail reaches");
    screen.press("<up>o1<enter>");
    assert_eq!(acts(&screen), [LedgerAct::Approve(vec![(7, rows()[singly].sha256)])]);
}

#[test]
fn what_is_done_to_one_row_leaves_the_ticks_of_others() {
    let other = rows().iter().position(|row| !row.warnings.is_empty()).unwrap();
    let mut screen = screen(&format!("6 {}o1<enter>", "<down>".repeat(other - 1)));
    assert_eq!(acts(&screen), [LedgerAct::Approve(vec![(8, rows()[other].sha256)])]);
    assert!(screen.app.outbox.is_ticked(rows()[0].id), "{}", screen.text());
    screen.press("xnot ours<enter>");
    assert!(!screen.app.outbox.is_ticked(rows()[0].id), "{}", screen.text());
}

#[test]
fn the_message_is_never_shown_as_that_of_another_row() {
    let (first, second) = (rows()[0].id, rows()[1].id);
    let screen = screen("6").pressed_unanswered("<down>");
    assert_eq!(screen.app.outbox.current().unwrap().id, second);
    let text = screen.text();
    assert!(text.contains(&format!("row {first} ")) && !text.contains(&format!("row {second} ")), "{text}");
    let text = screen.told(desk::Event::Outbox(OutboxNews::Row(second, None))).text();
    assert!(!text.contains("Hello,") && !text.contains(&format!("row {first} ")), "{text}");
}

#[test]
fn each_verb_is_for_its_states_only() {
    let id = |state| rows().iter().find(|row| row.state == state).unwrap().id;
    use OutgoingState::{Approved, Deferred, Failed, Held, Sent, Unknown};
    assert_eq!(acts(&at(Approved, "H")), [LedgerAct::TakeBack(vec![id(Approved)])]);
    assert_eq!(acts(&at(Deferred, "H")), [LedgerAct::TakeBack(vec![id(Deferred)])]);
    assert_eq!(acts(&at(Failed, "r")), [LedgerAct::Retry(vec![id(Failed)])]);
    assert_eq!(
        acts(&at(Held, "xnot ours<enter>")),
        [LedgerAct::Cancel(vec![id(Held)], "not ours".to_owned())]
    );
    assert_eq!(acts(&at(Unknown, "b1")), [LedgerAct::Resolve(id(Unknown), Resolved::Arrived)]);
    assert_eq!(acts(&at(Unknown, "b2")), [LedgerAct::Resolve(id(Unknown), Resolved::NotArrived)]);
    let by_hand = Resolved::ByHand { ticket: "T-1".to_owned() };
    assert_eq!(acts(&at(Held, "b1T-1<enter>")), [LedgerAct::Resolve(id(Held), by_hand)]);
    let response = LedgerAct::Respond { id: id(Sent), response: Response::Bounced, ticket: String::new() };
    assert_eq!(acts(&at(Sent, "c1<enter>")), [response]);
    for (state, keys) in
        [(Sent, "H"), (Sent, "x"), (Sent, "r"), (Sent, "b"), (Sent, "A"), (Held, "c"), (Held, "r")]
    {
        let screen = at(state, keys);
        assert!(acts(&screen).is_empty() && screen.app.layers.is_empty(), "{state} {keys}");
        assert!(screen.app.message.is_some(), "{state} {keys}: says why not");
    }
}

#[test]
fn sending_now_is_asked_about_and_ends_by_the_same_key() {
    let mut screen = screen("6F");
    assert!(screen.ledger.is_empty() && screen.text().contains("They leave now"), "{}", screen.text());
    screen.press("<enter>");
    assert_eq!(screen.ledger.last(), Some(&Request::Flush));
    screen.happens(Event::Desk(desk::Event::Outbox(OutboxNews::Sending(1, 3))));
    assert!(screen.text().contains("sending 1 of 3"), "{}", screen.text());
    screen.press("F");
    assert_eq!(screen.ledger.last(), Some(&Request::StopSending));
    let sent = OutboxNews::Sent(Some("1 sent, 2 put off".to_owned()));
    screen.press("1");
    screen.happens(Event::Desk(desk::Event::Outbox(sent)));
    assert!(screen.text().contains("1 sent, 2 put off"), "told wherever a person is: {}", screen.text());
}

#[test]
fn it_asks_anew_when_the_ledger_changed_and_only_while_it_is_shown() {
    let changed = || Event::Desk(desk::Event::Changed);
    let asks =
        |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Desk(Request::Outbox(_))));
    let mut screen = screen("6<down><down>");
    let id = screen.app.outbox.current().unwrap().id;
    assert!(asks(&screen.app.update(changed())));
    screen.happens(changed());
    assert_eq!(screen.app.outbox.current().unwrap().id, id);
    screen.press("1");
    assert_eq!(screen.app.shown, ScreenName::Reports);
    assert!(!asks(&screen.app.update(changed())));
    assert!(asks(&screen.app.update(Event::Key("6".parse().unwrap()))));
}

#[test]
fn the_message_the_row_and_its_history_can_be_read() {
    let mut screen = at(OutgoingState::Approved, "<enter>");
    assert!(screen.text().contains("Hello,") && !screen.text().contains("http://evil.example"));
    screen.press("<tab>");
    assert!(screen.text().contains("State: approved since"), "{}", screen.text());
    screen.press("<tab>");
    assert!(screen.text().contains("approved by anna: sha256:3f"), "{}", screen.text());
    screen.press("<esc>y1");
    assert_eq!(screen.outside, [Effect::Copy("abuse@isp19.example".to_owned())]);
}
