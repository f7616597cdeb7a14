//! No size, no text and no order of keys breaks the screen.

use super::screen::{Look, Screen, script};
use super::{every_state, fixture};
use crate::jobs::desk;
use crate::keymap::{Key, Keymap};
use crate::tui::event::{Effect, Event, Mouse, Signal};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Every size up to 30×12.
fn small_sizes() -> impl Iterator<Item = (u16, u16)> {
    (1..=30).flat_map(|width| (1..=12).map(move |height| (width, height)))
}

/// Those around which the screen is laid out otherwise, and odd ones.
fn limits() -> Vec<(u16, u16)> {
    let widths = [39, 40, 41, 109, 110].into_iter();
    widths
        .flat_map(|width| [9, 10, 14, 30].map(|height| (width, height)))
        .chain([(40, 90), (300, 10), (1_000, 3), (2, 400)])
        .collect()
}

fn draws_at(sizes: &[(u16, u16)], rows: &[desk::Row]) {
    for (_, mut screen) in every_state((120, 40), Look::Colour, rows) {
        for (width, height) in sizes {
            screen.happens(Event::Resize(*width, *height));
            screen.picture();
        }
    }
}

#[test]
fn every_size_draws_in_every_state() {
    let sizes: Vec<(u16, u16)> = small_sizes().chain(limits()).collect();
    draws_at(&sizes, &fixture::rows(40));
    draws_at(&sizes, &[]);
}

#[test]
fn hostile_texts_draw_at_every_size_in_every_state() {
    let sizes: Vec<(u16, u16)> = small_sizes().chain([(40, 10), (41, 14), (110, 30)]).collect();
    draws_at(&sizes, &fixture::hostile_rows());
}

#[test]
fn states_can_be_reached_on_any_size() {
    for size in [(1, 1), (3, 2), (39, 9), (40, 10), (41, 14), (110, 14)] {
        for rows in [fixture::rows(40), fixture::hostile_rows()] {
            for (_, screen) in every_state(size, Look::Ascii, &rows) {
                screen.picture();
            }
        }
    }
}

#[test]
fn a_terminal_that_has_changed_already_is_drawn_by_its_size() {
    for (_, screen) in every_state((120, 40), Look::Colour, &fixture::rows(40)) {
        for size in [(1, 1), (40, 10), (41, 12), (80, 24), (109, 30), (200, 60)] {
            screen.picture_at(size);
        }
    }
    for (_, screen) in every_state((40, 10), Look::Colour, &fixture::rows(40)) {
        screen.picture_at((200, 60));
    }
}

#[test]
fn a_pasted_megabyte_is_cut_and_freezes_nothing() {
    let texts =
        ["w".repeat(1 << 20), "kind:normal ".repeat(90_000), "(".repeat(1 << 20), "帐\n".repeat(300_000)];
    for keys in ["/", "x", "t", "c", "|", ">", "B", "f/", "<enter>/", "", "K", "?"] {
        for text in &texts {
            let mut screen = Screen::new((80, 24), Look::Colour).keys(keys);
            let began = Instant::now();
            screen.happens(Event::Paste(text.clone()));
            screen.picture();
            // A debug build on a busy machine; what is quadratic in a megabyte takes hours.
            assert!(began.elapsed() < Duration::from_secs(5), "{keys:?}: {:?}", began.elapsed());
            assert!(screen.acts.is_empty(), "{keys:?}: {:?}", screen.acts);
            screen.press("<left><ctrl-w>");
            screen.picture();
        }
    }
}

#[test]
fn text_pasted_beside_a_line_does_nothing() {
    for keys in ["", "f", "<enter>", "K", "C", "*", "?", "b"] {
        let mut screen = Screen::new((80, 24), Look::Colour).keys(keys);
        let before = screen.text();
        screen.happens(Event::Paste("1a*xq\n2".to_owned()));
        assert_eq!(screen.text(), before, "{keys:?}");
        assert!(screen.acts.is_empty() && screen.outside.is_empty(), "{keys:?}: {:?}", screen.acts);
    }
}

/// Something that happens: mostly keys that mean something.
fn happening() -> impl Strategy<Value = Event> {
    let mut keys: Vec<Key> =
        Keymap::default().bindings().iter().flat_map(|binding| binding.keys.0.clone()).collect();
    keys.extend(script("wire kind:bounce,normal -\"帐户\" ( ) 1 2 3 é"));
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(Event::Key),
        1 => prop::sample::select(fixture::hostile_texts()).prop_map(Event::Paste),
        1 => (1u16..130, 1u16..45).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => (0u16..130, 0u16..45, 0..3).prop_map(|(column, line, what)| {
            let mouse = [Mouse::Click, Mouse::ScrollDown, Mouse::ScrollUp][what as usize];
            Event::Mouse(mouse, column, line)
        }),
        1 => Just(Event::Signal(Signal::Continue)),
        1 => Just(Event::Desk(desk::Event::Failed("\x1b[2Jno disk".to_owned()))),
        1 => (0u64..3).prop_map(|question| {
            let rows = fixture::rows(3).into_iter().map(|row| desk::Line::Report(Box::new(row))).collect();
            Event::Desk(desk::Event::Rows(desk::Rows { question, first: 1, lines: rows }))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_cursor_stays_in_the_list(
        events in prop::collection::vec(happening(), 1..60),
        count in 0u32..120,
    ) {
        let mut screen = Screen::with_rows((90, 26), Look::Colour, fixture::rows(count));
        for event in events {
            screen.happens(event);
            let list = &screen.app.reports.list;
            prop_assert!(list.cursor < list.length.max(1), "{} of {}", list.cursor, list.length);
            prop_assert!(list.top <= list.cursor);
            prop_assert!(list.height == 0 || list.cursor < list.top + list.height);
            screen.picture();
        }
    }
}

#[test]
fn fewer_reports_than_before_keep_the_cursor_in_the_list() {
    let mut screen = Screen::new((80, 24), Look::Colour).keys("<end>");
    assert_eq!(screen.app.reports.list.cursor, 39);
    screen.rows.truncate(3);
    screen.press("0");
    screen.picture();
    let list = &screen.app.reports.list;
    assert!(list.cursor < 3 && list.current().is_some(), "{}", list.cursor);
    screen.rows.clear();
    screen.press("o<down> x<esc><enter>*");
    assert_eq!(screen.app.reports.list.cursor, 0);
    assert!(screen.outside.iter().all(|effect| *effect != Effect::Quit));
}
