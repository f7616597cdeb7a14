//! The screens Volume and Map: from a bar, a country, a network to the mails behind it.

use super::screen::{Look, Screen};
use crate::jobs::desk::{self, OriginsQuestion, Request, VolumeQuestion};
use crate::model::countries::{name_of, territories};
use crate::query;
use crate::tui::event::{Event, Mouse};
use crate::tui::map::Focus;
use crate::tui::screens::ScreenName;

fn screen(keys: &str) -> Screen {
    Screen::new((120, 40), Look::Colour).keys(keys)
}

/// The query that Reports shows.
fn query(screen: &Screen) -> &str {
    assert_eq!(screen.app.shown, ScreenName::Reports);
    &screen.question.as_ref().unwrap().text
}

fn volumes(screen: &Screen) -> Vec<&VolumeQuestion> {
    let charts = screen.charts.iter();
    charts
        .filter_map(|request| if let Request::Volume(question) = request { Some(question) } else { None })
        .collect()
}

fn origins(screen: &Screen) -> Vec<&OriginsQuestion> {
    let charts = screen.charts.iter();
    charts
        .filter_map(|request| if let Request::Origins(question) = request { Some(question) } else { None })
        .collect()
}

#[test]
fn an_hour_leads_to_its_mails_and_the_way_back_to_the_query_before() {
    let mut screen = screen("4<left><left><enter>");
    // At 14:00 the hour of the present is the last one.
    assert_eq!(query(&screen), "is:open kind:normal since:2026-11-21T12:00:00Z until:2026-11-21T12:59:59Z");
    screen.press("<backspace>");
    assert_eq!(query(&screen), "is:open kind:normal");
    screen.press("4");
    assert_eq!(screen.app.shown, ScreenName::Volume);
    screen.press("<esc>");
    assert_eq!(screen.app.shown, ScreenName::Reports);
}

#[test]
fn a_burst_is_reached_by_a_key_and_says_what_it_is_made_of() {
    let mut screen = Screen::new((180, 40), Look::Colour).keys("4N");
    let text = screen.text();
    for said in ["11 times the usual", "subject:Wire transfer", "url:*mail.htm 1,100 (before 0)"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    screen.press("<enter>");
    assert!(
        query(&screen).ends_with("since:2026-11-21T03:00:00Z until:2026-11-21T03:59:59Z"),
        "{}",
        query(&screen)
    );
    screen.press("4n");
    assert!(screen.text().contains("No burst after this one."), "{}", screen.text());
}

#[test]
fn a_day_and_a_week_lead_to_theirs() {
    let mut screen = screen("4--");
    assert_eq!(volumes(&screen).last().unwrap().spans, 30);
    screen.press("<left><enter>");
    assert_eq!(query(&screen), "is:open kind:normal on:2026-11-20");
    screen.press("<backspace>4-");
    assert_eq!(volumes(&screen).last().unwrap().spans, 53);
    screen.press("<end><enter>");
    assert_eq!(query(&screen), "is:open kind:normal since:2026-11-16T00:00:00Z until:2026-11-22T23:59:59Z");
}

#[test]
fn zooming_keeps_the_moment_of_the_cursor_and_windows_lead_back_in_time() {
    let mut screen = screen("4--<left><left><left><left>");
    let about = |screen: &Screen, wanted: &str| {
        let text = screen.text();
        assert!(text.lines().any(|line| line.trim_start().starts_with(wanted)), "{wanted}\n{text}");
    };
    about(&screen, "Tue 2026-11-17");
    screen.press("++");
    about(&screen, "Tue 2026-11-17 13:00 to 14:00");
    let asked =
        |screen: &Screen| volumes(screen).last().map(|question| (question.spans, question.ago)).unwrap();
    assert_eq!(asked(&screen), (72, 61), "the hour is in the middle of what is seen");
    assert!(screen.text().contains("72 h by hour to 11-19 01:59"), "{}", screen.text());
    screen.press("--");
    about(&screen, "Tue 2026-11-17");
    assert_eq!(asked(&screen), (30, 0));
    screen.press("<>");
    assert_eq!(asked(&screen), (30, 0));
    screen.press(">");
    assert!(screen.text().contains("This is the present."), "{}", screen.text());
}

#[test]
fn an_old_mailbox_says_when_its_newest_report_came_and_leads_there() {
    let mut screen = screen("/<ctrl-u>zqxj<enter>4");
    assert!(screen.text().contains("The newest came on 2026-08-11; < goes there."), "{}", screen.text());
    screen.press("<enter>");
    assert!(screen.text().contains("Nothing came then."), "{}", screen.text());
    screen.press("<");
    let newest = super::fixture::NOW - 102 * 86_400;
    let state = &screen.app.volume;
    assert_eq!(state.counted.as_ref().unwrap().buckets.start_of(state.cursor()), newest / 3_600 * 3_600);
}

#[test]
fn an_hour_that_ends_is_news_for_the_bars_and_for_nothing_else() {
    let mut screen = screen("4");
    assert_eq!(screen.app.end(), Some(super::fixture::NOW + 3_600));
    screen.press("-----");
    assert_eq!(screen.app.end(), Some(super::fixture::NOW + 10 * 3_600), "the day of what was reported");
    screen.press("1");
    assert_eq!(screen.app.end(), None);
}

#[test]
fn the_days_of_the_map_are_written_as_in_queries() {
    let mut screen = screen("5w<ctrl-u>days:30 ago:7<enter>");
    let window = |screen: &Screen| origins(screen).last().map(|question| (question.days, question.ago));
    assert_eq!(window(&screen), Some((30, 7)));
    assert!(screen.text().contains("days:30 ago:7"), "{}", screen.text());
    screen.press("w<ctrl-u>tuesday<enter>");
    assert!(screen.text().contains("'tuesday' is no window"), "{}", screen.text());
    screen.press("<esc>");
    assert_eq!(window(&screen), Some((30, 7)));
    screen.press(":window 2<enter>");
    assert_eq!(window(&screen), Some((2, 0)));
}

#[test]
fn a_day_of_what_was_reported_leads_to_what_was_reported() {
    let screen = screen("4<tab><left><up><enter>");
    assert_eq!(query(&screen), "kind:normal is:reported on:2026-11-13");
}

#[test]
fn a_chart_counts_the_query_of_reports_without_its_times_or_all() {
    let mut screen = screen("/<ctrl-u>since:2d wire<enter>4");
    assert_eq!(volumes(&screen).last().unwrap().query, "wire");
    screen.press("s");
    assert_eq!(volumes(&screen).last().unwrap().query, "");
    screen.press("5");
    assert_eq!(origins(&screen).last().unwrap().query, "wire");
    screen.press("s");
    assert_eq!(origins(&screen).last().unwrap().query, "");
    screen.press("s<enter>");
    assert_eq!(query(&screen), "is:reported days:7 country:RU");
}

#[test]
fn news_are_counted_by_the_screen_that_is_shown_and_no_other() {
    let mut screen = screen("45");
    let before = screen.charts.len();
    screen.happens(Event::Desk(desk::Event::Changed));
    assert_eq!(screen.charts.len(), before + 1);
    assert!(matches!(screen.charts.last(), Some(Request::Origins(_))));
    screen.press("1");
    screen.happens(Event::Desk(desk::Event::Changed));
    assert_eq!(screen.charts.len(), before + 1);
    screen.press("4");
    assert!(matches!(screen.charts.last(), Some(Request::Volume(_))));
}

#[test]
fn a_late_answer_changes_nothing() {
    let mut screen = screen("4");
    let counted = screen.app.volume.counted.clone();
    let mut late = counted.clone().unwrap();
    (late.question, late.buckets.counts) = (late.question - 1, vec![]);
    screen.happens(Event::Desk(desk::Event::Volume(late)));
    assert_eq!(screen.app.volume.counted, counted);
}

#[test]
fn a_country_leads_to_its_mails_over_the_map_and_through_the_table() {
    let mut screen = screen("5<left>");
    let there = screen.app.map.code().unwrap();
    assert_ne!(there, "RU", "the cursor begins where most reports come from, and moves");
    assert!(screen.text().contains(name_of(&there).unwrap()), "{}", screen.text());
    screen.press("<tab><home><down><enter>");
    assert_eq!(query(&screen), "is:open kind:normal days:7 country:CN");
    screen.press("5<tab><tab>");
    assert_eq!(screen.app.map.focus, Focus::World, "tab goes round");
}

#[test]
fn a_network_leads_to_its_mails_in_the_window_that_is_seen() {
    let mut screen = screen("5-<<");
    assert_eq!((origins(&screen).last().unwrap().days, origins(&screen).last().unwrap().ago), (14, 30));
    screen.press(">><backtab><down><enter>");
    assert_eq!(query(&screen), "is:open kind:normal days:14 asn:64501");
    screen.press("5<down><down><enter>");
    // Who comes back finds what was there before, and not the network alone.
    assert_eq!(query(&screen), "is:open kind:normal days:14 asn:unknown");
    screen.press("<backspace><backspace>5");
    assert_eq!(origins(&screen).last().unwrap().query, "is:open kind:normal");
}

#[test]
fn every_country_says_its_name_count_and_share_also_at_zero() {
    let mut screen = screen("5");
    for _ in 0..40 {
        screen.press("<right><down>");
        let (code, text) = (screen.app.map.code().unwrap(), screen.text());
        assert!(text.contains(&format!(" {code} {}", name_of(&code).unwrap())), "{code}\n{text}");
        assert!(text.lines().any(|line| line.contains(&code) && line.contains(" %")), "{code}\n{text}");
    }
    let screen = self::screen("5<right><right><right><right><enter>");
    let at_zero = screen.app.map.line().is_none();
    assert!(!at_zero || screen.text().contains("has no reports"), "{}", screen.text());
}

#[test]
fn a_small_country_is_seen_on_the_map() {
    for look in [Look::Colour, Look::Mono, Look::Ascii] {
        let without =
            {
                let mut screen = Screen::new((80, 24), look).keys("5");
                screen.app.map.counted.as_mut().unwrap().countries.retain(|country| {
                    !["SG", "HK", "MT"].contains(&country.code.as_deref().unwrap_or_default())
                });
                screen.text_and_styles()
            };
        let with = Screen::new((80, 24), look).keys("5").text_and_styles();
        let map = |text: &str| text.lines().skip(2).take(11).map(str::to_owned).collect::<Vec<_>>();
        let styles = |text: &str| text.lines().skip(27).take(11).map(str::to_owned).collect::<Vec<_>>();
        assert!(map(&with) != map(&without) || styles(&with) != styles(&without), "{look:?}");
    }
}

#[test]
fn the_mouse_chooses_a_country_a_line_and_a_bar() {
    let mut screen = screen("5");
    // Brazil lies at a third of the map's width, and a little below its middle.
    let area = crate::tui::draw::map_parts((120, 40), Focus::World).world;
    let brazil = territories().iter().find(|territory| territory.code == "BR").unwrap();
    let at = screen.app.map.world.pixel_of(brazil).unwrap();
    let (x, y) = (at % screen.app.map.world.width, at / screen.app.map.world.width / 2);
    screen.happens(Event::Mouse(Mouse::Click, area.x + x as u16, area.y + y as u16));
    assert_eq!(screen.app.map.code().as_deref(), Some("BR"));
    let table = crate::tui::draw::map_parts((120, 40), Focus::World).countries;
    screen.happens(Event::Mouse(Mouse::Click, table.x + 3, table.y + 3));
    assert_eq!(screen.app.map.code().as_deref(), Some("US"));
    screen.press("4");
    screen.happens(Event::Mouse(Mouse::Click, 8, 6));
    assert_eq!(screen.app.volume.cursor(), 0);
}

#[test]
fn what_is_not_known_is_no_country_and_no_network_and_a_share_stands_apart() {
    let mut screen = Screen::new((80, 24), Look::Colour).keys("5");
    let counted = screen.app.map.counted.as_mut().unwrap();
    counted.countries.retain(|country| country.code.is_none());
    counted.networks.retain(|network| network.asn.is_none());
    (counted.total, counted.networks_in_all) = (486_100, 0);
    counted.countries[0].count = 486_100;
    counted.networks[0].count = 486_100;
    let text = screen.text();
    assert!(text.contains("486,100 reports from no known country"), "{text}");
    assert!(text.contains(" 486,100 100.0 %"), "{text}");
    screen.press("<backtab>");
    let text = screen.text();
    assert!(text.contains("No network is known of 486,100 reports."), "{text}");
    assert!(text.contains(" 486,100 100.0 %"), "{text}");
}

#[test]
fn names_of_kinds_are_whole_on_the_smallest_terminal() {
    let text = Screen::new((40, 10), Look::Colour).keys("4").text();
    assert!(text.contains("auto-replied"), "{text}");
}

#[test]
fn every_query_that_a_chart_leads_to_can_be_read() {
    for keys in [
        "4<enter>",
        "4-<enter>",
        "4---<enter>",
        "4<tab><enter>",
        "5<enter>",
        "5<backtab><enter>",
        "5s<<enter>",
    ] {
        let screen = screen(&format!("/<ctrl-u>(wire OR invoice) since:2d<enter>{keys}"));
        assert!(query::parse(query(&screen), super::fixture::NOW).is_ok(), "{keys}: {}", query(&screen));
    }
}

#[test]
fn without_colours_the_steps_of_the_map_have_signs_of_their_own() {
    for look in [Look::Mono, Look::Ascii] {
        let screen = Screen::new((120, 40), look).keys("5");
        let text = screen.text();
        let signs = if look == Look::Ascii {
            [".", "-", "+", "*", "#", "@"]
        } else {
            ["·", ":", "░", "▒", "▓", "█"]
        };
        for sign in signs {
            assert!(text.contains(sign), "{sign}\n{text}");
        }
    }
}

#[test]
fn a_click_on_the_map_chooses_the_network_that_stands_there_and_none_below_the_last() {
    let table = crate::tui::draw::map_parts((80, 24), Focus::Networks).networks;
    let mut screen = Screen::new((80, 24), Look::Colour).keys("5<tab><tab>");
    let lines = usize::from(table.height - 2);
    screen.press(&"<down>".repeat(lines + 1));
    assert_eq!(screen.app.map.network, lines + 1);
    screen.happens(Event::Mouse(Mouse::Click, 5, table.y + 1));
    assert_eq!(screen.app.map.network, lines, "{}", screen.text());
    screen.happens(Event::Mouse(Mouse::Click, 5, table.bottom() - 1));
    assert_eq!(screen.app.map.network, lines, "the sum is no network");
}

#[test]
fn charts_promise_no_longer_time_than_there_is() {
    let mut screen = Screen::new((100, 30), Look::Colour).keys("4s----");
    let counted = screen.app.volume.counted.as_mut().unwrap();
    counted.buckets.counts.iter_mut().for_each(|kinds| *kinds = [0; 3]);
    let text = screen.text();
    assert!(
        text.contains("Not one report") && !text.contains("shows more") && !text.contains("all reports."),
        "{text}"
    );
    let mut screen = Screen::new((100, 30), Look::Colour).keys("5");
    screen.app.act(crate::keymap::Action::Window);
    screen.press("<ctrl-u>36500<enter>");
    let effects = screen.app.act(crate::keymap::Action::Earlier);
    assert!(effects.is_empty() && screen.text().contains("longer ago than a century"), "{}", screen.text());
}
