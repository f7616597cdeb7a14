//! What keys ask of the desk, and what the screen keeps to itself.

use super::fixture;
use super::screen::{Look, Screen};
use crate::jobs::desk::{self, Act, Likeness, Request, Sort, Target};
use crate::model::{Cause, Kind};
use crate::tui::OPEN;
use crate::tui::event::{Effect, Event, Mouse, Signal};

fn screen(keys: &str) -> Screen {
    Screen::new((120, 40), Look::Colour).keys(keys)
}

fn query(screen: &Screen) -> String {
    screen.question.as_ref().unwrap().text.clone()
}

fn only_act(screen: &Screen) -> Act {
    match screen.acts.as_slice() {
        [Request::Act(act)] => act.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_typed_character_asks_and_wrong_ones_do_not() {
    let mut screen = screen("/<ctrl-u>");
    let mut asked = vec![];
    for key in ["k", "i", "n", "d", ":", "b", "o", "u", "n", "c", "e"] {
        screen.press(key);
        asked.push(query(&screen));
    }
    assert_eq!(asked[3], "kind");
    assert_eq!(asked[4..10].iter().filter(|text| *text != "kind").count(), 0, "{asked:?}");
    assert_eq!(asked[10], "kind:bounce");
    screen.press("<esc>");
    assert_eq!(query(&screen), OPEN, "leaving the bar takes the query back");
}

#[test]
fn a_query_that_was_taken_can_be_gone_back_from() {
    let mut screen = screen("/<ctrl-u>wire<enter>0");
    assert_eq!(query(&screen), "");
    screen.press("<backspace>");
    assert_eq!(query(&screen), "wire");
    screen.press("<backspace>");
    assert_eq!(query(&screen), OPEN);
    screen.press("<backspace>");
    assert!(screen.text().contains("There was no query before."));
}

#[test]
fn views_on_keys_go_there_and_back() {
    for (key, text) in [("w", "is:new"), ("M", "is:marked"), ("Q", "is:quarantined")] {
        let mut screen = screen(key);
        assert_eq!(query(&screen), text);
        screen.press(key);
        assert_eq!(query(&screen), OPEN, "{key}");
    }
}

#[test]
fn a_pane_includes_then_excludes_then_neither() {
    // Past the windows of time and the states stand the kinds, the second of them bounce.
    let mut screen = screen("/<ctrl-u><enter>f<tab><tab><down>");
    let asked: Vec<String> = (0..3)
        .map(|_| {
            screen.press(" ");
            query(&screen)
        })
        .collect();
    assert_eq!(asked, ["kind:bounce", "-kind:bounce", ""]);
}

#[test]
fn the_value_under_the_cursor_is_asked_for_or_left_out() {
    let mut screen = Screen::new((160, 40), Look::Colour).keys("<end>/<ctrl-u><enter>llllll+");
    assert!(query(&screen).starts_with("asn:"), "{}", query(&screen));
    screen.press("<backspace>-");
    assert!(query(&screen).starts_with("-asn:"), "{}", query(&screen));
}

#[test]
fn acts_are_about_the_marked_ones_or_else_the_one_at_hand() {
    let id = fixture::rows(40)[0].id;
    assert_eq!(
        only_act(&screen("xtoo old<enter>")),
        Act::Dismiss { target: Target::Marked, reason: "too old".to_owned() }
    );
    let unmarked = |keys: &str| {
        let mut rows = fixture::rows(40);
        rows.iter_mut().for_each(|row| row.marked = false);
        only_act(&Screen::with_rows((120, 40), Look::Colour, rows).keys(keys))
    };
    let this = || Target::Ids(vec![id]);
    assert_eq!(unmarked("x<enter>"), Act::Dismiss { target: this(), reason: String::new() });
    assert_eq!(unmarked("X"), Act::Reopen(this()));
    assert_eq!(
        unmarked("tcampaign<enter>"),
        Act::Tag { target: this(), tag: "campaign".to_owned(), on: true }
    );
    assert_eq!(
        unmarked("t-campaign<enter>"),
        Act::Tag { target: this(), tag: "campaign".to_owned(), on: false }
    );
    assert_eq!(unmarked("ca note<enter>"), Act::Note { target: this(), text: "a note".to_owned() });
    assert_eq!(unmarked("K2"), Act::Kind { target: this(), kind: Some(Kind::Bounce) });
    assert_eq!(unmarked("K<up><enter>"), Act::Kind { target: this(), kind: None });
    assert_eq!(unmarked("C1"), Act::Cause { target: this(), cause: Some(Cause::Fraud) });
    assert_eq!(unmarked(" "), Act::Mark { target: this(), on: true });
    assert_eq!(
        unmarked("<tab> "),
        Act::Mark { target: Target::Group { id, likeness: Likeness::Subject }, on: true }
    );
    assert_eq!(unmarked("vjjv"), Act::Mark { target: Target::Between(id, id - 2), on: true });
    assert_eq!(
        unmarked("*1"),
        Act::Mark { target: Target::Similar { id, likeness: Likeness::Subject, matching: true }, on: true }
    );
    assert_eq!(
        unmarked("*2"),
        Act::Mark { target: Target::Similar { id, likeness: Likeness::Subject, matching: false }, on: true }
    );
    assert_eq!(unmarked("a"), Act::Mark { target: Target::Matching, on: true });
    assert_eq!(unmarked("A"), Act::UnmarkAll);
    assert_eq!(unmarked("i"), Act::InvertMarks);
    assert_eq!(unmarked("W"), Act::Seen);
    assert_eq!(unmarked("T"), Act::RetryQuarantined);
    assert_eq!(unmarked("Bmine<enter>"), Act::SaveView { name: "mine".to_owned(), query: OPEN.to_owned() });
}

#[test]
fn leaving_a_question_or_a_menu_does_nothing() {
    for keys in
        ["x<esc>", "tabc<esc>", "c<enter>", "t<enter>", "K<esc>", "Kq", "*<esc>", "B<enter>", "v<esc>"]
    {
        let screen = screen(keys);
        assert!(screen.acts.is_empty(), "{keys}: {:?}", screen.acts);
        assert!(screen.app.layers.is_empty(), "{keys}");
    }
}

#[test]
fn undo_and_redo_are_asked_for_one_by_one() {
    assert_eq!(screen("uuU").acts, [Request::Undo, Request::Undo, Request::Redo]);
}

#[test]
fn a_mark_is_seen_at_once_and_the_cursor_goes_on() {
    let mut screen = Screen::silent((80, 24), Look::Colour);
    let rows = fixture::rows(9).into_iter().map(|row| desk::Line::Report(Box::new(row))).collect();
    screen = screen.told(desk::Event::First(desk::Rows { question: 1, first: 0, lines: rows }));
    let effects = screen.app.update(Event::Key("space".parse().unwrap()));
    assert!(matches!(effects.first(), Some(Effect::Desk(Request::Act(Act::Mark { on: false, .. })))));
    assert!(!screen.app.reports.list.line(0).unwrap().row().marked);
    assert_eq!(screen.app.reports.list.cursor, 1);
}

#[test]
fn new_reports_come_in_above_and_the_cursor_stays_with_its_report() {
    let mut screen = screen("<down><down><down><down>");
    let id = screen.app.reports.list.id();
    let place = screen.app.reports.list.cursor - screen.app.reports.list.top;
    screen.rows = fixture::rows(140).into_iter().collect();
    screen.press("R");
    assert_eq!(screen.app.reports.list.id(), id);
    assert_eq!(screen.app.reports.list.cursor - screen.app.reports.list.top, place);
}

#[test]
fn the_list_is_sorted_by_each_column_that_can_be() {
    let mut sorts = vec![];
    for column in 0..11 {
        let screen = Screen::new((160, 40), Look::Colour).keys(&format!("{}s", "l".repeat(column)));
        sorts.push(screen.question.as_ref().unwrap().sort);
        if screen.text().contains("cannot be sorted") {
            sorts.pop();
        }
    }
    sorts.dedup();
    assert!(sorts.len() >= 6 && sorts.contains(&Sort::Country) && sorts.contains(&Sort::Asn), "{sorts:?}");
}

#[test]
fn the_detail_follows_the_cursor_and_keeps_its_part() {
    let mut screen = screen("d<down><down>");
    assert_eq!(
        screen.app.reports.detail.report.as_ref().unwrap().row.id,
        screen.app.reports.list.id().unwrap()
    );
    screen.press("<enter><tab><tab>]");
    let detail = &screen.app.reports.detail;
    assert_eq!(detail.report.as_ref().unwrap().row.id, screen.app.reports.list.id().unwrap());
    assert_eq!(detail.part, 2);
}

#[test]
fn what_is_copied_goes_to_the_clipboard() {
    assert_eq!(screen("y1").outside, [Effect::Copy("40".to_owned())]);
}

#[test]
fn a_hostile_value_is_copied_as_it_is_but_shown_harmless() {
    let screen = Screen::with_rows((120, 40), Look::Colour, fixture::hostile_rows()).keys("y");
    assert!(!screen.text().contains('\x1b'));
}

#[test]
fn a_click_goes_to_a_line_and_the_wheel_moves() {
    let mut screen = screen("");
    screen.happens(Event::Mouse(Mouse::Click, 60, 8));
    assert_eq!(screen.app.reports.list.cursor, 4);
    screen.happens(Event::Mouse(Mouse::ScrollDown, 60, 8));
    assert_eq!(screen.app.reports.list.cursor, 7);
    for line in 0..60 {
        for column in [0, 10, 60, 119, 300] {
            screen.happens(Event::Mouse(Mouse::Click, column, line));
        }
    }
}

#[test]
fn signals_and_keys_leave_and_suspend() {
    let mut here = screen("q");
    assert_eq!(here.outside, [Effect::Quit]);
    here = screen("<ctrl-z><ctrl-l>");
    assert_eq!(here.outside, [Effect::Suspend, Effect::Redraw]);
    here = screen("xhalf a reason");
    here.happens(Event::Signal(Signal::End(15)));
    assert_eq!(here.outside, [Effect::End(15)], "also out of a line that is written");
}

#[test]
fn old_answers_change_nothing() {
    let mut screen = screen("/x");
    let before = screen.text();
    for question in [0, 1] {
        let rows = desk::Rows { question, first: 0, lines: vec![] };
        screen.happens(Event::Desk(desk::Event::Rows(rows)));
        screen.happens(Event::Desk(desk::Event::Panes(desk::Panes {
            kinds: [9, 9, 9],
            ..fixture::panes(question)
        })));
        screen.happens(Event::Desk(desk::Event::Searching { question, done: 1, total: 2 }));
    }
    assert_eq!(screen.text(), before);
}

#[test]
fn failures_are_said_and_the_next_key_takes_the_sentence_away() {
    let mut screen = screen("");
    screen.happens(Event::Desk(desk::Event::Failed("the disk is full".to_owned())));
    assert!(screen.text().contains("! the disk is full"));
    screen.press("j");
    assert!(!screen.text().contains("the disk is full"));
}

#[test]
fn sync_begins_and_ends_by_one_key() {
    let mut screen = screen("");
    let effects = |screen: &mut Screen| screen.app.update(Event::Key("S".parse().unwrap()));
    assert_eq!(effects(&mut screen), [Effect::Desk(Request::Sync)]);
    let news = desk::SyncNews::Running { feed: "failures".to_owned(), done: 1, total: 9 };
    screen.happens(Event::Desk(desk::Event::Sync(news)));
    assert_eq!(effects(&mut screen), [Effect::Desk(Request::StopSync)]);
}
