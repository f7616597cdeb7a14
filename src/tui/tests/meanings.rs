//! What a row's looks mean: letters, and colours that say the same again.

use super::fixture::{self, listing, row};
use super::screen::{Look, Screen};
use crate::jobs::desk::Row;
use crate::model::Delivery;

/// A screen of two rows, the cursor on the first and the second as it is made here.
fn second(look: Look, make: impl FnOnce(&mut Row)) -> Screen {
    let mut rows = vec![row(2), row(1)];
    make(&mut rows[1]);
    rows[1].subject = Some("looked at".to_owned());
    Screen::with_rows((160, 20), look, rows)
}

/// The line of the second one.
fn line(screen: &Screen) -> String {
    screen.text().lines().find(|line| line.contains("looked at")).unwrap_or_default().to_owned()
}

#[test]
fn what_is_reported_is_grey_with_its_letter_and_grey_wins() {
    let screen = second(Look::Colour, |row| {
        row.reported = true;
        row.delivery = Some(Delivery::None);
        row.listed = vec![listing("zen:sbl")];
    });
    assert!(line(&screen).contains("R "), "{}", screen.text());
    assert_eq!(screen.style_of("looked at", "looked at"), "fffffffff");
    assert_eq!(screen.style_of("looked at", "none"), "ffff");
    assert_eq!(screen.style_of("looked at", "Z"), "f");
}

#[test]
fn a_mail_that_was_delivered_is_green_with_its_word() {
    let screen = second(Look::Colour, |row| row.delivery = Some(Delivery::None));
    assert_eq!(screen.style_of("looked at", "none"), "gggg");
    assert_eq!(screen.style_of("looked at", "looked"), "gggggg");
}

#[test]
fn a_listed_source_has_its_lists_letters_in_red() {
    let screen = second(Look::Colour, |row| {
        row.listed = vec![listing("zen:sbl"), listing("barracuda"), listing("zen:pbl")];
    });
    assert_eq!(screen.style_of("looked at", "ZB"), "rr");
    assert!(!line(&screen).contains("ZBz"), "policy is no evidence: {}", line(&screen));
}

#[test]
fn a_policy_list_alone_has_a_small_letter_and_is_not_red() {
    let screen = second(Look::Colour, |row| row.listed = vec![listing("zen:pbl")]);
    assert_ne!(screen.style_of("looked at", " z "), " r ");
    assert!(line(&screen).contains(" z "), "{}", line(&screen));
}

#[test]
fn a_mark_shows_by_sign_and_colour_whatever_else_a_row_is() {
    for look in [Look::Colour, Look::Mono, Look::Ascii] {
        let screen = second(look, |row| (row.marked, row.reported) = (true, true));
        let sign = if look == Look::Ascii { "*R" } else { "✓R" };
        let expected = if look == Look::Colour { "YY" } else { "bb" };
        assert_eq!(screen.style_of("looked at", sign), expected, "{look:?}");
    }
}

#[test]
fn letters_tell_dismissed_new_and_unverified_apart() {
    for (make, sign) in [
        ((|row: &mut Row| row.dismissed = true) as fn(&mut Row), " x "),
        (|row| row.new = true, " n "),
        (|row| row.unverified = true, "  ~"),
        (|row| (row.new, row.unverified) = (true, true), " n~"),
        (|row| (row.new, row.reported) = (true, true), " R "),
    ] {
        let line = line(&second(Look::Mono, make));
        assert_eq!(line.chars().skip(27).take(3).collect::<String>(), sign, "{line}");
    }
}

#[test]
fn the_cursor_is_seen_without_colours() {
    for look in [Look::Colour, Look::Mono] {
        let screen = Screen::new((80, 24), look);
        let picture = screen.picture();
        let row = picture.content.chunks(80).find(|cells| cells[0].symbol() == "▸").unwrap();
        let reversed =
            |cell: &ratatui::buffer::Cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED);
        assert!(row.iter().all(reversed), "{look:?}");
    }
}

#[test]
fn a_burst_is_named_with_its_hour() {
    let text = Screen::new((160, 40), Look::Mono).text();
    assert!(text.contains("burst 02:00 (×31)") && text.contains("normal 388 bounce 17"), "{text}");
}

#[test]
fn the_caret_stands_under_the_error() {
    let screen = Screen::new((120, 40), Look::Mono).keys("/<ctrl-u>wire kind:bnce");
    let text = screen.text();
    let lines: Vec<&str> = text.lines().collect();
    let word = lines[1].chars().position(|c| c == 'k').unwrap();
    let caret = lines[2].chars().position(|c| c == '^').unwrap();
    assert!((word..=word + 6).contains(&caret), "{}\n{}", lines[1], lines[2]);
    assert!(lines[2].contains("bounce"), "the nearest right word is named: {}", lines[2]);
    assert!(lines[1].contains("40 match"), "the last good answer stays: {}", lines[1]);
}

#[test]
fn the_reason_of_a_wrong_query_can_be_read_to_its_end_at_every_width() {
    for width in [40, 60, 80, 100, 200] {
        let screen = Screen::new((width, 24), Look::Mono).keys("/is:open delivery:rejecte");
        let text = screen.text();
        let joined =
            text.lines().skip(2).take(5).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        assert!(joined.contains("did you mean 'reject'?"), "{width}: {text}");
        let (bar, below) = (text.lines().nth(1).unwrap(), text.lines().nth(2).unwrap());
        let caret = below.chars().position(|c| c == '^').unwrap();
        assert!(bar.chars().skip(caret).collect::<String>().starts_with("rejecte"), "{width}: {text}");
        assert!(bar.contains("last good"), "{width}: {text}");
    }
}

#[test]
fn proposals_leave_the_curve_and_the_reports_to_be_seen() {
    let before = Screen::new((80, 24), Look::Mono);
    let text = before.text();
    let screen = Screen::new((80, 24), Look::Mono).keys("/is:<tab>");
    let lines: Vec<String> = screen.text().lines().map(str::to_owned).collect();
    assert!(lines[3].contains("open") && lines[3].contains("quarantined"), "{}", screen.text());
    let same: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(at, line)| lines.get(*at).is_some_and(|l| l == line))
        .map(|(at, _)| at)
        .collect();
    assert!(same.contains(&2) && (4..23).all(|at| same.contains(&at)), "{}", screen.text());
}

#[test]
fn what_is_no_report_says_why() {
    let screen = second(Look::Mono, |row| {
        row.status = crate::model::Status::Quarantined;
        row.status_reason = "no second part".to_owned();
    });
    assert!(line(&screen).contains(" Q ") && line(&screen).contains("[no second part]"), "{}", screen.text());
}

#[test]
fn a_report_that_is_damaged_in_the_database_says_so() {
    let screen = second(Look::Mono, |row| {
        row.status_reason = "damaged".to_owned();
    });
    assert!(line(&screen).contains("looked at [damaged]"), "{}", screen.text());
}

#[test]
fn urls_are_defanged_until_a_person_wants_them() {
    for part in ["<tab><tab>", "<tab><tab><tab>"] {
        let screen = Screen::new((100, 24), Look::Mono).keys(&format!("<enter>{part}"));
        assert!(!screen.text().contains("http://evil"), "{}", screen.text());
        assert!(screen.keys("D").text().contains("http://evil.example/login?a=1"));
    }
}

#[test]
fn nothing_hostile_is_drawn() {
    let states = super::every_state((120, 40), Look::Colour, &fixture::hostile_rows());
    for (name, screen) in states {
        let text = screen.text();
        let signs: std::collections::BTreeSet<char> = text.chars().filter(|c| *c != '\n').collect();
        for c in signs {
            let joins = matches!(c, '\u{200d}' | '\u{fe0f}');
            let shown =
                joins || crate::text::showable(&c.to_string()).as_str() == c.to_string() || c == '\u{301}';
            assert!(shown, "{name}: {c:?}\n{text}");
        }
        // Joiners are kept inside of emoji only; there is one made-up text with such.
        assert_eq!(text.replace("👩\u{200d}👩", "").matches("x\u{200d}").count(), 0);
    }
}
