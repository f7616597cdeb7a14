//! The screen Tools, and the ways between the screens.

use super::fixture;
use super::screen::{Look, Screen};
use crate::jobs::desk::{self, LookUp, LookUpNews, Request};
use crate::tui::OPEN;
use crate::tui::event::{Effect, Event, Mouse};
use crate::tui::screens::ScreenName;

fn screen(keys: &str) -> Screen {
    Screen::new((100, 40), Look::Colour).keys(keys)
}

/// The subjects that were asked about, `!` before those that were asked anew.
fn subjects(screen: &Screen) -> Vec<String> {
    let subject = |request: &Request| match request {
        Request::LookUp(LookUp { text, refresh, .. }) => {
            Some(format!("{}{text}", if *refresh { "!" } else { "" }))
        }
        _ => None,
    };
    screen.looked_up.iter().filter_map(subject).collect()
}

#[test]
fn each_screen_is_as_it_was_left() {
    let mut screen = screen("/<ctrl-u>wire<enter><down><down>7");
    assert_eq!(screen.app.shown, ScreenName::Tools);
    screen.press("/240.3.0.7<enter><down>1");
    assert_eq!((screen.app.shown, screen.app.reports.list.cursor), (ScreenName::Reports, 2));
    assert!(screen.text().contains("/wire"), "{}", screen.text());
    let cursor = screen.app.tools.cursor;
    screen.happens(Event::Resize(80, 24));
    screen.press("7");
    assert!(screen.app.tools.cursor >= cursor && screen.text().contains("/240.3.0.7"), "{}", screen.text());
    assert_eq!(subjects(&screen), ["240.3.0.7"], "nothing is asked again by coming back");
}

#[test]
fn a_digit_chooses_from_a_menu_and_is_text_in_a_line() {
    let screen = screen("y1");
    assert_eq!((screen.app.shown, screen.outside.len()), (ScreenName::Reports, 1));
    let screen = self::screen("/17");
    assert_eq!(
        (screen.app.shown, screen.app.reports.bar.text()),
        (ScreenName::Reports, "is:open kind:normal 17")
    );
}

#[test]
fn the_reports_behind_a_subject_open_by_their_query_and_the_way_back_leads_there() {
    let mut screen = screen("7/240.3.0.7<enter><enter>");
    assert_eq!(screen.app.shown, ScreenName::Reports);
    assert_eq!(screen.question.as_ref().unwrap().text, "ip:240.3.0.7");
    screen.press("<backspace>");
    assert_eq!(screen.question.as_ref().unwrap().text, OPEN);
    screen.press("7");
    assert!(screen.text().contains("AS64500 EXAMPLE-NET"));
}

#[test]
fn a_report_leads_to_its_source_and_its_urls_to_theirs() {
    let mut screen = screen("<down>L");
    assert_eq!((screen.app.shown, subjects(&screen)), (ScreenName::Tools, vec!["240.3.0.39".to_owned()]));
    screen.press("<esc>");
    assert_eq!(screen.app.shown, ScreenName::Reports);
    screen.press("<enter><tab><tab><tab>L");
    assert!(screen.text().contains("hxxp://evil[.]example/login"), "{}", screen.text());
    screen.press("1");
    assert_eq!(subjects(&screen).last().unwrap(), "http://evil.example/login?a=1");
    assert!(!screen.text().contains("http://evil.example"), "{}", screen.text());
}

#[test]
fn a_line_that_names_something_is_looked_up_and_the_way_back_leads_to_the_one_before() {
    let mut screen = screen("7/240.3.0.7<enter>");
    while !screen.style_of("Prefix", "Prefix").starts_with('#') {
        screen.press("<down>");
    }
    screen.press("<enter>");
    assert_eq!(subjects(&screen).last().unwrap(), "240.3.0.0/16");
    screen.press("<backspace>");
    assert_eq!(subjects(&screen).last().unwrap(), "240.3.0.7");
    screen.press("r");
    assert_eq!(subjects(&screen).last().unwrap(), "!240.3.0.7");
    screen.press("/<ctrl-u><up>");
    assert!(screen.app.tools.editor.as_ref().unwrap().text().starts_with("240.3.0."));
}

#[test]
fn a_trace_is_made_only_after_its_warning_was_taken() {
    let traces = |screen: &Screen| {
        screen.looked_up.iter().filter(|request| matches!(request, Request::Trace { .. })).count()
    };
    let mut screen = screen("7/http://evil.example/a<enter>t");
    let text = screen.text();
    assert!(text.contains("learns") && text.contains("No proxy is set"), "{text}");
    assert!(!text.contains("http://evil.example"), "{text}");
    screen.press("<esc>");
    assert_eq!(traces(&screen), 0);
    screen.press("t<enter>");
    assert_eq!(traces(&screen), 1);
    assert!(screen.text().contains("It answered, and leads no further."), "{}", screen.text());
    assert!(screen.text().contains("AS64500 EXAMPLE-NET"), "what was known stays: {}", screen.text());
    let address = self::screen("7/240.3.0.7<enter>t");
    assert!(address.text().contains("Only a URL or a domain can be traced"), "{}", address.text());
}

#[test]
fn what_was_stopped_or_overtaken_changes_nothing() {
    let late =
        |number| desk::Event::LookUp(number, LookUpNews::Known(Box::new(fixture::known("198.51.100.9"))));
    let mut screen = screen("7/240.3.0.7<enter>")
        .told(desk::Event::LookUp(1, LookUpNews::Asking("asking rdap.example.net".to_owned())));
    assert!(screen.text().contains("asking rdap.example.net"), "{}", screen.text());
    screen.press("<esc>");
    assert_eq!(screen.looked_up.last(), Some(&Request::StopLookUp));
    assert_eq!(screen.app.shown, ScreenName::Tools, "the first esc stops, the second leaves");
    screen.happens(Event::Desk(late(1)));
    assert!(screen.text().contains("/240.3.0.7") && !screen.text().contains("198.51.100.9"));
    screen.press("<esc>");
    assert_eq!(screen.app.shown, ScreenName::Reports);
}

#[test]
fn what_cannot_be_looked_up_says_why() {
    let screen = screen("7/wrong<enter>");
    assert!(screen.text().contains("'wrong' is nothing that can be looked up."), "{}", screen.text());
}

#[test]
fn a_list_is_red_and_what_is_not_known_is_told_from_a_no_without_colours() {
    let screen = screen("7/240.3.0.7<enter>");
    assert_eq!(screen.style_of("xbl: an", "xbl"), "rrr");
    assert_eq!(screen.style_of("xbl: an", "!"), "r");
    assert_ne!(screen.style_of("pbl: no mail", "pbl"), "rrr", "policy is no evidence");
    let text = Screen::new((100, 40), Look::Mono).keys("7/240.3.0.7<enter>").text();
    let line = |holds: &str| text.lines().find(|line| line.contains(holds)).unwrap().to_owned();
    assert!(line("did not answer").starts_with('?') && line("no country").starts_with('-'), "{text}");
    assert!(line("no country").contains("GeoIP, 10 d old, over its time"), "{text}");
}

#[test]
fn pasted_text_is_what_is_to_be_looked_up() {
    let mut screen = screen("7");
    screen.happens(Event::Paste("hxxp://evil[.]example/".to_owned()));
    screen.press("<enter>");
    assert_eq!(subjects(&screen), ["hxxp://evil[.]example/"]);
}

#[test]
fn a_value_is_copied_whole_and_with_where_it_is_from() {
    let mut screen = screen("7/240.3.0.7<enter>y3");
    let Some(Effect::Copy(text)) = screen.outside.pop() else { panic!("nothing was copied") };
    assert!(text.contains("AS: AS64500 EXAMPLE-NET (Team Cymru, 2 h old)"), "{text}");
}

#[test]
fn every_line_can_be_reached_and_the_cursor_is_seen() {
    for size in [(40, 10), (80, 24), (160, 50)] {
        let mut screen = Screen::new(size, Look::Colour).keys("7/240.3.0.7<enter>");
        let count = screen.app.tools.lines().len();
        for _ in 0..count {
            let text = screen.text();
            assert!(screen.app.tools.cursor < screen.app.tools.top + usize::from(size.1 - 3), "{text}");
            assert!(screen.app.tools.top <= screen.app.tools.cursor, "{text}");
            screen.press("<down>");
        }
        assert_eq!(screen.app.tools.cursor, count - 1);
        screen.press("gg");
        assert_eq!((screen.app.tools.cursor, screen.app.tools.top), (1, 0));
        screen.happens(Event::Mouse(Mouse::Click, 5, 4));
        assert_eq!(screen.app.tools.cursor, 2);
    }
}

#[test]
fn whom_to_tell_is_proposed_for_the_subject_and_wrong_words_stay_in_the_line() {
    let mut screen = screen("7/240.3.0.7<enter>C");
    assert!(screen.text().contains("240.3.0.7 replace"), "{}", screen.text());
    screen.press("nobody<enter>");
    assert!(screen.text().contains("is no mail address"), "{}", screen.text());
    screen.press("<ctrl-u>AS64500 add abuse@isp.example # they asked<enter>");
    let said: Vec<&Request> =
        screen.looked_up.iter().filter(|request| matches!(request, Request::SayContact { .. })).collect();
    let then = LookUp { number: 2, text: "240.3.0.7".to_owned(), refresh: false };
    let words = "AS64500 add abuse@isp.example # they asked".to_owned();
    assert_eq!(said, [&Request::SayContact { then, words }]);
}

#[test]
fn the_way_back_ends_at_reports_from_wherever_it_leads() {
    for keys in ["7s", "2L", "2t<esc>", "3<enter>2L", "2L<enter>", "234567s", "7s7s", "r2L"] {
        let mut screen = screen(keys);
        let mut way = vec![screen.app.shown];
        while screen.app.shown != ScreenName::Reports && way.len() < 12 {
            screen.press("q");
            way.push(screen.app.shown);
        }
        assert_eq!(screen.app.shown, ScreenName::Reports, "{keys}: {way:?}");
    }
    let mut screen = screen("2L");
    screen.press("q");
    assert_eq!(screen.app.shown, ScreenName::Urls, "one after the other");
}

#[test]
fn a_click_into_the_line_that_is_being_written_leaves_it_as_it_is() {
    let mut screen = screen("7/240.3");
    screen.happens(Event::Mouse(Mouse::Click, 5, 1));
    assert_eq!(screen.app.tools.editor.as_ref().unwrap().text(), "240.3");
    let mut screen = self::screen("3/wire");
    screen.happens(Event::Mouse(Mouse::Click, 5, 1));
    screen.press("<esc>");
    assert_eq!(screen.app.patterns.bar.query, "", "as it was before it was written");
}
