//! The screen URLs: whose they are, what is marked, and where it leads.

use super::screen::{Look, Screen};
use crate::jobs::desk::{Request, UrlFormat, UrlGrouping, UrlQuestion, UrlSort};
use crate::tui::OPEN;
use crate::tui::event::{Effect, Event, Mouse};
use crate::tui::screens::ScreenName;

fn screen(keys: &str) -> Screen {
    Screen::new((100, 40), Look::Colour).keys(keys)
}

fn asked(screen: &Screen) -> UrlQuestion {
    screen.url_question.clone().unwrap()
}

#[test]
fn urls_are_those_of_the_query_at_hand_until_all_are_wanted() {
    let mut screen = screen("/<ctrl-u>country:BR<enter>2");
    assert_eq!(asked(&screen).of.as_deref(), Some("country:BR"));
    assert!(screen.text().contains("of country:BR"), "{}", screen.text());
    screen.press("a");
    assert_eq!(asked(&screen).of, None);
    assert!(screen.text().contains("of all reports"), "{}", screen.text());
    screen.press("a1o2");
    assert_eq!(asked(&screen).of.as_deref(), Some(OPEN));
}

#[test]
fn urls_stay_up_with_the_reports() {
    let mut screen = screen("2");
    let before = asked(&screen).number;
    let answer = screen.app.reports.answer.clone().unwrap();
    screen.happens(Event::Desk(crate::jobs::desk::Event::Answer(answer.clone())));
    assert!(asked(&screen).number > before);
    screen.press("7");
    let before = asked(&screen).number;
    screen.happens(Event::Desk(crate::jobs::desk::Event::Answer(answer)));
    assert_eq!(asked(&screen).number, before, "nobody looks at them");
}

#[test]
fn a_url_opens_its_mails_and_a_group_its_members() {
    let mut screen = screen("2<enter>");
    assert_eq!(screen.app.shown, ScreenName::Reports);
    let query = &screen.question.as_ref().unwrap().text;
    assert_eq!(query, "url:http://login.evil.example/secure/webmail.htm?id=1");
    screen.press("2<tab><down><enter>");
    assert_eq!(asked(&screen).inside, Some((UrlGrouping::Host, "login.evil.example".to_owned())));
    assert_eq!(asked(&screen).grouping, None);
    screen.press("q");
    assert_eq!((asked(&screen).inside, asked(&screen).grouping), (None, Some(UrlGrouping::Host)));
    assert_eq!(screen.app.urls.list.cursor, 1, "back where it was");
    screen.press("<tab><tab>");
    assert_eq!(asked(&screen).grouping, Some(UrlGrouping::Ending));
    screen.press("<tab>");
    assert_eq!(asked(&screen).grouping, None);
    screen.press("q");
    assert_eq!(screen.app.shown, ScreenName::Reports);
}

#[test]
fn a_group_and_a_whole_list_are_marked_by_one_key_and_submitted_together() {
    let mut screen = screen("2<tab><down> ");
    let marked = |screen: &Screen| screen.app.urls.marks.keys().copied().collect::<Vec<_>>();
    assert_eq!(marked(&screen), [7, 9]);
    assert!(screen.text().contains("2 URLs marked."), "{}", screen.text());
    screen.press("s");
    let Some(Request::PlanSubmission(question)) = screen.ledger.last() else { panic!("{:?}", screen.ledger) };
    assert_eq!(question.urls, ["http://login.evil.example/", "http://a.example/"]);
    screen.press("<esc> ");
    assert_eq!(marked(&screen), [0; 0], "again takes them off");
    screen.press("<backtab>m<down> ");
    assert_eq!(marked(&screen), [1, 3, 4, 5]);
    screen.press("m");
    assert_eq!(marked(&screen), [1, 2, 3, 4, 5], "until all are");
    let many = crate::jobs::desk::UrlMembers {
        question: asked(&screen).number,
        urls: vec![],
        count: 1_204_000,
        most: Some(5_000),
    };
    let news = crate::jobs::desk::UrlNews::Members(many);
    screen.happens(Event::Desk(crate::jobs::desk::Event::Urls(news)));
    assert!(screen.text().contains("1,204,000 URLs are too many"), "{}", screen.text());
    assert_eq!(marked(&screen).len(), 5);
}

#[test]
fn what_is_marked_is_written_and_stays_marked_in_other_lists() {
    let mut screen = screen("2 <down> ");
    assert_eq!(screen.app.urls.marks.keys().copied().collect::<Vec<_>>(), [1, 3]);
    assert!(screen.text().contains("2 marked"), "{}", screen.text());
    screen.press("/shop<enter>>r<enter>");
    let export = screen.exported.first().unwrap().clone();
    assert_eq!((export.only.as_slice(), export.format, export.replace), (&[1, 3][..], UrlFormat::Rpz, false));
    assert!(screen.text().contains("urls.rpz is there already"), "{}", screen.text());
    screen.press("2");
    assert!(screen.exported.last().unwrap().replace, "asked, then replaced");
    screen.press("A>c");
    assert!(screen.text().contains("urls.csv"), "{}", screen.text());
    screen.press("<enter>");
    assert!(screen.exported.last().unwrap().only.is_empty(), "without marks all of the list");
}

#[test]
fn the_pattern_is_asked_at_each_letter_and_a_wrong_one_keeps_the_list() {
    let mut screen = screen("2/ma");
    assert_eq!(asked(&screen).pattern, "ma");
    screen.press("il");
    assert_eq!(asked(&screen).pattern, "mail");
    screen.press("<ctrl-u>/(");
    assert!(screen.app.urls.error.is_some() && screen.app.urls.list.length > 0);
    screen.press("<enter>");
    assert!(screen.app.urls.editor.is_some(), "a wrong pattern is not taken");
    screen.press("<esc>");
    assert_eq!((asked(&screen).pattern.as_str(), &screen.app.urls.error), ("", &None));
}

#[test]
fn a_trace_and_a_look_up_lead_to_tools_and_nothing_is_fetched_before_the_warning_was_taken() {
    let traces = |screen: &Screen| {
        screen.looked_up.iter().filter(|request| matches!(request, Request::Trace { .. })).count()
    };
    let mut screen = screen("2t");
    assert_eq!(screen.app.shown, ScreenName::Tools);
    let text = screen.text();
    assert!(text.contains("learns") && text.contains("hxxp://login[.]evil[.]example"), "{text}");
    assert_eq!(screen.looked_up, [], "nobody is asked for the host either");
    screen.press("<esc>");
    assert!(screen.text().contains("Nobody was asked about it; r looks it up."), "{}", screen.text());
    screen.press("t<enter>");
    assert_eq!((traces(&screen), screen.looked_up.len()), (1, 1));
    screen.press("2L");
    let Some(Request::LookUp(wanted)) = screen.looked_up.last() else { panic!("{:?}", screen.looked_up) };
    assert_eq!(wanted.text, "http://login.evil.example/secure/webmail.htm?id=1");
    screen.press("<esc>");
    assert_eq!(screen.app.shown, ScreenName::Urls, "the way back");
}

#[test]
fn urls_are_defanged_until_they_are_wanted_as_they_are() {
    let mut screen = screen("2");
    assert!(!screen.text().contains("http://"), "{}", screen.text());
    screen.press("y1");
    let Some(Effect::Copy(copied)) = screen.outside.last() else { panic!("nothing was copied") };
    assert!(copied.starts_with("hxxp://login[.]evil"), "{copied}");
    screen.press("y2");
    let Some(Effect::Copy(copied)) = screen.outside.last() else { panic!("nothing was copied") };
    assert!(copied.starts_with("http://login.evil"), "{copied}");
    screen.press("D");
    assert!(screen.text().contains("http://login.evil.example"), "{}", screen.text());
}

#[test]
fn the_column_of_the_cursor_sorts_and_again_turns_the_order_round() {
    let mut screen = screen("2llo");
    assert_eq!(asked(&screen).sort, UrlSort::Last);
    let first = asked(&screen).direction;
    screen.press("o");
    assert_ne!(asked(&screen).direction, first);
    screen.happens(Event::Mouse(Mouse::Click, 4, 3));
    assert_eq!(asked(&screen).sort, UrlSort::Reports);
    screen.happens(Event::Mouse(Mouse::Click, 4, 6));
    assert_eq!(screen.app.urls.list.cursor, 2);
}

#[test]
fn the_window_of_last_seen_is_by_days() {
    let mut screen = screen("2ww");
    assert_eq!(asked(&screen).since, Some(super::fixture::NOW - 2 * 86_400));
    assert!(screen.text().contains("seen within 2 days"), "{}", screen.text());
    screen.press("0");
    assert_eq!(asked(&screen).since, None);
}

#[test]
fn what_is_not_known_of_a_host_is_told_from_what_is() {
    let mut screen = screen("2");
    assert_eq!(screen.style_of("412", "DZ"), "##", "the cursor is there");
    assert!(
        screen.text().contains("192.0.2.7 +1 AS64500 EXAMPLE-NET NL \u{b7} on dbl:phish, zen:xbl"),
        "{}",
        screen.text()
    );
    screen.press("<down><down>");
    assert!(screen.text().contains("no address \u{b7} ? dbl"), "{}", screen.text());
    screen.press("<down>");
    assert!(screen.text().contains("its host was not looked up"), "{}", screen.text());
}

#[test]
fn what_was_written_of_a_pattern_and_is_left_gives_way_to_the_one_before() {
    for keys in ["2/mail<enter>/<ctrl-u>/(", "2/mail<enter>/x"] {
        let mut screen = screen(keys);
        screen.press("<esc>");
        assert_eq!((asked(&screen).pattern.as_str(), &screen.app.urls.error), ("mail", &None), "{keys}");
    }
}

#[test]
fn what_is_wrong_with_a_pattern_can_be_read_however_long_it_is() {
    let long = "帐".repeat(60);
    for pattern in ["/(/".to_owned(), format!("/{long}(/"), format!("/({long}/")] {
        let screen = Screen::new((60, 24), Look::Mono).keys(&format!("2/{pattern}"));
        let error = screen.app.urls.error.clone().unwrap();
        let text = screen.text().replace('\n', " ");
        let words: Vec<&str> = error.message.split_whitespace().collect();
        let seen = |word: &&&str| text.contains(**word);
        assert_eq!(words.iter().filter(seen).count(), words.len(), "{}: {}", error.message, screen.text());
    }
}

#[test]
fn marks_that_were_all_taken_off_come_back_by_undo() {
    let mut screen = screen("2 <down> A");
    assert!(
        screen.app.urls.marks.is_empty() && screen.text().contains("u brings them back"),
        "{}",
        screen.text()
    );
    screen.press("u");
    assert_eq!((screen.app.urls.marks.len(), screen.acts.len()), (2, 0), "{}", screen.text());
    screen.press("u");
    assert_eq!(screen.acts, [Request::Undo], "then it is about what was done before");
}

#[test]
fn an_empty_list_says_only_what_brings_more() {
    let said = |keys: &str| {
        let screen = screen(keys);
        let question = asked(&screen).number;
        let answer = crate::jobs::desk::UrlAnswer {
            question,
            lines: 0,
            urls: 0,
            has_feeds: false,
            took: std::time::Duration::ZERO,
            rows: crate::jobs::desk::UrlRows { question, ..Default::default() },
        };
        let news = crate::jobs::desk::UrlNews::Answer(answer);
        screen.told(crate::jobs::desk::Event::Urls(news)).text()
    };
    for (keys, says, says_not) in [
        ("2", "a shows the URLs of all reports", "the window"),
        ("2w", "0 takes the window away", "have no URLs"),
        ("2/x<enter>", "0 takes the pattern away", "window away"),
        ("2/x<enter>w", "0 takes the pattern and the window away", "all reports."),
        ("2a", "S reads the mailboxes", "the window"),
    ] {
        let text = said(keys);
        assert!(text.contains(says) && !text.contains(says_not), "{keys}: {text}");
    }
}
