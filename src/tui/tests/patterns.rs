//! The screen Patterns: what bursts, and the ways from there to the reports.

use super::screen::{Look, Screen};
use crate::jobs::desk::{self, Act, PlanOf, Request, Target};
use crate::query;
use crate::tui::event::{Effect, Event, Mouse};
use crate::tui::screens::ScreenName;

fn screen(keys: &str) -> Screen {
    Screen::new((120, 40), Look::Colour).keys(keys)
}

#[test]
fn a_pattern_opens_its_reports_and_the_way_back_leads_to_the_same_pattern() {
    let mut screen = screen("3<down><enter>");
    assert_eq!(screen.app.shown, ScreenName::Reports);
    assert_eq!(screen.question.as_ref().unwrap().text, "since:1d host:evil.example");
    screen.press("3");
    assert_eq!((screen.app.shown, screen.app.patterns.cursor), (ScreenName::Patterns, 1));
    assert_eq!(screen.bursting.len(), 2, "what is shown again is looked for again");
}

#[test]
fn the_way_out_of_what_a_screen_led_to_is_the_way_back_to_it() {
    for (key, name) in [("2", ScreenName::Urls), ("3", ScreenName::Patterns), ("4", ScreenName::Volume)] {
        for out in ["q", "<esc>"] {
            let mut screen = screen(&format!("{key}<enter>"));
            assert_eq!(screen.app.shown, ScreenName::Reports);
            assert!(screen.text().contains(&format!(" q to {} ", name.title())), "{}", screen.text());
            screen.press(out);
            assert_eq!(screen.app.shown, name);
        }
    }
    let mut screen = screen("3<enter>l<enter><esc>q");
    assert_eq!(screen.app.shown, ScreenName::Patterns, "what was opened there is closed first");
    screen.press("<enter>31q");
    assert_eq!(screen.outside, [Effect::Quit], "who went there by himself leaves the program");
}

#[test]
fn reporting_a_pattern_plans_what_is_open_of_it_and_comes_back_to_it() {
    let mut screen = screen("3r");
    let target = Target::Query("since:1d \"wire transfer\" is:open".to_owned());
    let Some(Request::Plan(question)) = screen.ledger.last() else { panic!("{:?}", screen.ledger) };
    assert_eq!((&question.of, screen.app.shown), (&PlanOf::Stored(target), ScreenName::Report));
    screen.press("A5<enter>");
    assert_eq!(screen.app.shown, ScreenName::Patterns);
}

#[test]
fn what_is_done_already_is_neither_marked_nor_reported_nor_dismissed() {
    for key in ["r", " ", "x"] {
        let screen = screen(&format!("3<down><down>{key}"));
        assert_eq!((screen.app.shown, screen.acts.len()), (ScreenName::Patterns, 0), "{key}");
        assert!(screen.text().contains("Nothing of this pattern is open"), "{}", screen.text());
    }
}

#[test]
fn a_pattern_is_dismissed_with_a_reason() {
    let screen = screen("3xnewsletter<enter>");
    let target = Target::Query("since:1d \"wire transfer\" is:open".to_owned());
    assert_eq!(screen.acts, [Request::Act(Act::Dismiss { target, reason: "newsletter".to_owned() })]);
}

#[test]
fn a_reason_is_for_the_pattern_it_was_asked_about_wherever_that_stands_now() {
    let mut screen = screen("3x");
    let question = screen.text();
    assert!(question.contains("40 of subject \"wire transfer\""), "{question}");
    let mut found = screen.app.patterns.found.clone().unwrap();
    found.patterns.as_mut().unwrap().rotate_left(1);
    found.question = screen.bursting.len() as u64;
    screen.happens(Event::Desk(desk::Event::Patterns(found)));
    let target = Target::Query("since:1d \"wire transfer\" is:open".to_owned());
    screen.press("<enter>");
    assert_eq!(screen.acts, [Request::Act(Act::Dismiss { target, reason: String::new() })]);
    let current = screen.app.patterns.current().unwrap();
    assert_eq!(current.text, "wire transfer", "the cursor goes with it, from the first line as well");
}

#[test]
fn the_window_zooms_unless_the_query_has_its_own() {
    let mut screen = screen("3-----");
    assert_eq!(screen.bursting, ["since:1d", "since:2d", "since:7d", "since:30d"]);
    screen.press("++++++");
    assert_eq!(screen.bursting.last().unwrap(), "since:6h");
    screen.press("/wire OR invoice<enter>");
    assert_eq!(screen.bursting.last().unwrap(), "since:6h (wire OR invoice)");
    screen.press("/<ctrl-u>on:2026-11-20 kind:normal<enter>");
    assert_eq!(screen.bursting.last().unwrap(), "on:2026-11-20 kind:normal");
    let asked = screen.bursting.len();
    screen.press("-");
    assert_eq!(screen.bursting.len(), asked);
    assert!(screen.text().contains("The query bounds the time itself"), "{}", screen.text());
}

#[test]
fn a_wrong_query_stays_to_be_mended_below_a_caret_and_leaves_what_was_found_to_be_seen() {
    let mut screen = screen("3/kind:bnce<enter>");
    let text = screen.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1].find("bnce"), lines[2].find('^'), "{text}");
    assert!(text.contains("did you mean 'bounce'") && text.contains("wire transfer"), "{text}");
    screen.press("<tab><enter>");
    assert_eq!(screen.bursting.last().unwrap(), "since:1d kind:bounce");
    screen.press("/<ctrl-u>coun<tab>BR<enter>/<up>");
    assert!(screen.text().contains(" /kind:bounce "), "{}", screen.text());
    screen.press("<esc>");
    assert_eq!(screen.bursting.last().unwrap(), "since:1d country:BR");
    // Only the desk knows views.
    screen.press("/<ctrl-u>view:gone<enter>");
    let error = query::QueryError { nearest: None, ..query::parse("since:1d zq:gone", 0).unwrap_err() };
    let mut found = screen.app.patterns.found.clone().unwrap();
    (found.question, found.patterns) = (screen.bursting.len() as u64, Err(error));
    screen.happens(Event::Desk(desk::Event::Patterns(found)));
    screen.press("<esc>");
    assert_eq!(screen.app.shown, ScreenName::Patterns);
    assert_eq!(screen.bursting.last().unwrap(), "since:1d country:BR");
}

#[test]
fn text_is_left_out_and_that_stands_there_as_long_as_it_is() {
    let mut screen = screen("3/kind:normal text:lottery<enter><down>");
    assert_eq!(screen.bursting.last().unwrap(), "since:1d kind:normal");
    let line = |screen: &Screen| screen.text().lines().nth(1).unwrap().to_owned();
    assert!(line(&screen).starts_with(" /since:1d kind:normal  text: is left out"), "{}", line(&screen));
    screen.press("/<ctrl-u>on:2026-11-20 text:lottery<enter>");
    assert_eq!(screen.bursting.last().unwrap(), "on:2026-11-20");
    screen.press("/<ctrl-u>view:body<enter>");
    assert!(line(&screen).starts_with(" /since:1d view:body  text: is left out"), "{}", line(&screen));
    screen.press("/<ctrl-u>wire<enter>");
    assert!(!line(&screen).contains("left out"), "{}", line(&screen));
}

#[test]
fn an_empty_list_says_when_the_newest_came_and_names_only_keys_that_do_something() {
    let mut screen = screen("3/zqxj<enter>");
    let said = |screen: &Screen| screen.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said(&screen).contains("The newest of these reports came on 2026-08-11"), "{}", said(&screen));
    assert!(said(&screen).contains("- looks at a longer time"), "{}", said(&screen));
    screen.press("---");
    assert!(!said(&screen).contains("longer time"), "{}", said(&screen));
    screen.press("-");
    assert!(said(&screen).contains("This is the longest window."), "{}", said(&screen));
}

#[test]
fn what_is_done_is_told_apart_and_the_help_says_what_the_signs_mean() {
    let mut screen = screen("3");
    let mut found = screen.app.patterns.found.clone().unwrap();
    found.question = screen.bursting.len() as u64;
    let patterns = found.patterns.as_mut().unwrap();
    patterns.truncate(3);
    (patterns[1].open, patterns[1].reported) = (0, 0);
    let long = patterns[0].details[0].clone();
    patterns[0].details = vec![long; 12];
    screen.happens(Event::Desk(desk::Event::Patterns(found)));
    let text = screen.text();
    let letters: Vec<&str> =
        text.lines().skip(3).take(3).map(|line| &line[..line.find(' ').unwrap()]).collect();
    assert_eq!(letters, ["N", "·", "R"], "{text}");
    assert_eq!(text.matches("mail[.]htm 40").count(), 12, "there is room for all of it: {text}");
    assert!(text.contains(" RU CN"), "{text}");
    screen.press("?<pgdn>");
    let help = screen.text();
    assert!(
        help.contains("most of it was reported") && help.contains("the time before had nothing"),
        "{help}"
    );
}

#[test]
fn only_the_new_can_be_shown_and_the_cursor_stays_in_the_list() {
    let mut screen = screen("3<end>n");
    assert!(screen.app.patterns.lines().iter().all(|pattern| pattern.is_new()));
    assert!(!screen.text().contains("evil[.]example"), "{}", screen.text());
    screen.press("n<end>");
    assert_eq!(screen.app.patterns.cursor + 1, screen.app.patterns.lines().len());
}

#[test]
fn news_of_the_database_are_taken_in_while_it_is_shown_and_one_look_at_a_time() {
    let mut screen = screen("3<down>");
    screen.happens(Event::Desk(desk::Event::Changed));
    assert_eq!((screen.bursting.len(), screen.app.patterns.cursor), (2, 1));
    screen.press("1");
    screen.happens(Event::Desk(desk::Event::Changed));
    assert_eq!(screen.bursting.len(), 2);
    let mut waiting = self::screen("").pressed_unanswered("3");
    for _ in 0..3 {
        assert!(waiting.app.update(Event::Desk(desk::Event::Changed)).is_empty());
    }
}

#[test]
fn a_click_chooses_a_line_and_a_copied_pattern_is_its_query() {
    let mut screen = screen("3");
    screen.happens(Event::Mouse(Mouse::Click, 10, 4));
    assert_eq!(screen.app.patterns.cursor, 1);
    screen.press("y");
    assert_eq!(screen.outside, [Effect::Copy("since:1d host:evil.example".to_owned())]);
}
