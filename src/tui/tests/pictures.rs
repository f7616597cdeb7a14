//! Pictures of every state: text at three sizes, colours and their stand-ins at one.

use super::screen::{Look, Screen};
use super::{STATES, every_state, fixture, other_states};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 10)];

#[test]
fn every_state_at_three_sizes() {
    for size in SIZES {
        for (name, screen) in every_state(size, Look::Colour, &fixture::rows(40)) {
            insta::assert_snapshot!(format!("{name}@{}x{}", size.0, size.1), screen.text());
        }
    }
}

#[test]
fn colours_say_what_letters_say() {
    for (look, ending) in [(Look::Colour, "colour"), (Look::Mono, "mono")] {
        for name in [
            "list",
            "wrong-query",
            "filters-included-and-excluded",
            "detail-found",
            "menu-similar",
            "groups",
            "patterns",
            "report",
            "outbox",
            "tools-known",
            "urls-marked",
            "command-proposals",
            "volume-burst",
            "map",
        ] {
            let keys = STATES.iter().find(|state| state.0 == name).unwrap().1;
            let screen = Screen::new((120, 40), look).keys(keys);
            insta::assert_snapshot!(format!("{name}-{ending}"), screen.text_and_styles());
        }
    }
}

#[test]
fn without_unicode_every_state_is_ascii() {
    for (name, screen) in every_state((80, 24), Look::Ascii, &fixture::rows(40)) {
        let text = screen.text();
        if [
            "list",
            "filters",
            "detail",
            "menu-columns",
            "groups",
            "wrong-query",
            "patterns",
            "volume",
            "map",
            "report",
            "outbox",
            "tools-known",
            "urls-marked",
            "command-proposals",
        ]
        .contains(&name)
        {
            insta::assert_snapshot!(format!("{name}-ascii"), text);
        }
        let beyond: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
        assert!(beyond.is_empty(), "{name}: {beyond:?}\n{text}");
    }
}

#[test]
fn mono_has_no_colours() {
    for (name, screen) in every_state((120, 40), Look::Mono, &fixture::rows(40)) {
        let plain = |colour| colour == ratatui::style::Color::Reset;
        let picture = screen.picture();
        assert!(picture.content.iter().all(|cell| plain(cell.fg) && plain(cell.bg)), "{name}");
    }
}

#[test]
fn too_small_a_terminal_says_what_it_needs() {
    for size in [(39, 10), (40, 9), (20, 3)] {
        let text = Screen::new(size, Look::Colour).text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("40 × 10") || size.1 < 4, "{text}");
        assert!(text.starts_with("Lafayette needs"), "{text}");
    }
}

#[test]
fn the_names_of_states_are_their_own() {
    let mut names: Vec<&str> = STATES.iter().map(|(name, _)| *name).collect();
    names.extend(other_states().iter().map(|(name, _)| *name));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
