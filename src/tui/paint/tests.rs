//! What was painted is what a terminal then shows, and few bytes.

use super::*;
use proptest::prelude::*;

const SIZE: (u16, u16) = (24, 8);

/// A terminal, and the painter that writes to it.
struct Seen {
    painter: Painter,
    terminal: vt100::Parser,
}

impl Seen {
    fn new((columns, lines): (u16, u16)) -> Seen {
        let size = |number| std::num::NonZeroU16::new(number).unwrap();
        Seen { painter: Painter::default(), terminal: vt100::Parser::new(size(lines), size(columns), 0) }
    }

    /// Paints; the bytes that it took.
    fn paint(&mut self, buffer: &Buffer) -> String {
        let mut bytes = vec![];
        self.painter.paint(buffer, &mut bytes).unwrap();
        self.terminal.process(&bytes);
        String::from_utf8(bytes).unwrap()
    }

    /// Asserts that the terminal shows this and nothing else.
    #[track_caller]
    fn shows(&self, buffer: &Buffer) {
        let screen = self.terminal.screen();
        for (y, line) in Screen::of(buffer).lines().enumerate() {
            for (x, cell) in line.iter().enumerate() {
                let seen = screen.cell(y as u16, x as u16).unwrap();
                let blank = !seen.has_contents() && !seen.is_wide_continuation();
                assert_eq!(if blank { " " } else { seen.contents() }, cell.symbol(), "sign at {x}, {y}");
                let has = |modifier| cell.modifier.contains(modifier);
                if cell.symbol().is_empty() {
                    continue;
                }
                let on_blank = (seen.inverse(), seen.underline(), seen.bgcolor());
                let wanted = (has(Modifier::REVERSED), has(Modifier::UNDERLINED), vt_colour(cell.bg));
                assert_eq!(on_blank, wanted, "at {x}, {y}");
                if cell.symbol() != " " {
                    let attributes = (seen.bold(), seen.dim(), seen.italic(), seen.fgcolor());
                    let wanted =
                        (has(Modifier::BOLD), has(Modifier::DIM), has(Modifier::ITALIC), vt_colour(cell.fg));
                    assert_eq!(attributes, wanted, "at {x}, {y}");
                }
            }
        }
    }
}

fn vt_colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Red => vt100::Color::Idx(1),
        Color::DarkGray => vt100::Color::Idx(8),
        Color::Indexed(number) => vt100::Color::Idx(number),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        _ => vt100::Color::Default,
    }
}

fn styles() -> impl Strategy<Value = Style> {
    let modifiers = [
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::ITALIC,
        Modifier::REVERSED,
        Modifier::UNDERLINED,
        Modifier::BOLD | Modifier::REVERSED,
    ];
    let colours = [Color::Reset, Color::Red, Color::DarkGray, Color::Indexed(208), Color::Rgb(1, 2, 3)];
    let backgrounds = [Color::Reset, Color::Reset, Color::Reset, Color::Red];
    (
        prop::sample::select(modifiers.to_vec()),
        prop::sample::select(colours.to_vec()),
        prop::sample::select(backgrounds.to_vec()),
    )
        // Nothing shines through from below: the emulator knows no letter that is both bold and dim.
        .prop_map(|(modifier, fg, bg)| Style::reset().fg(fg).bg(bg).add_modifier(modifier))
}

/// A text somewhere on the screen.
type Text = (u16, u16, &'static str, Style);

/// Texts of all widths in all styles.
fn texts() -> impl Strategy<Value = Vec<Text>> {
    let texts =
        ["a", "wire transfer", "   ", "帐单", "é✓…", "e\u{301}x", "🎉", "0123456789012345678901234567"];
    let text = (0..SIZE.0, 0..SIZE.1, prop::sample::select(texts.to_vec()), styles());
    prop::collection::vec(text, 0..14)
}

fn drawn(texts: &[Text], moved: i32) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    for (x, y, text, style) in texts {
        if let Ok(y) = u16::try_from(i32::from(*y) + moved)
            && y < SIZE.1
        {
            buffer.set_stringn(*x, y, text, usize::from(SIZE.0 - x), *style);
        }
    }
    buffer
}

proptest! {
    #[test]
    fn a_terminal_shows_what_was_painted_whatever_it_showed_before(
        frames in prop::collection::vec((texts(), -3..=3i32), 1..6),
    ) {
        let mut seen = Seen::new(SIZE);
        for (texts, moved) in &frames {
            for moved in [0, *moved, 0] {
                let buffer = drawn(texts, moved);
                seen.paint(&buffer);
                seen.shows(&buffer);
                prop_assert_eq!(seen.paint(&buffer), "");
            }
        }
    }
}

/// A list beside a pane.
fn list(columns: u16, lines: u16, top: usize) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, lines));
    for y in 0..lines {
        let number = top + usize::from(y);
        let time = format!("11-{:02} {:02}:{:02}", number % 30, number % 24, number % 60);
        let subject = format!("{} {}", number * 7_919, "letters of a subject ".repeat(3));
        buffer.set_string(0, y, format!("value {y}"), Style::new());
        buffer.set_string(20, y, format!("{number:>6} {time} {subject}"), Style::new().fg(Color::DarkGray));
    }
    buffer
}

#[test]
fn a_list_that_moves_by_a_line_is_moved_by_the_terminal() {
    let mut seen = Seen::new((100, 40));
    seen.paint(&list(100, 40, 50));
    for top in [51, 52, 51, 50, 53, 50] {
        let buffer = list(100, 40, top);
        let bytes = seen.paint(&buffer);
        seen.shows(&buffer);
        assert!(bytes.len() < 1_000, "{} bytes to {top}", bytes.len());
    }
}

#[test]
fn a_blank_line_and_a_change_of_style_cost_a_few_bytes() {
    let mut seen = Seen::new((80, 3));
    let empty = Buffer::empty(Rect::new(0, 0, 80, 3));
    let mut full = empty.clone();
    full.set_string(0, 1, "x".repeat(80), Style::new());
    seen.paint(&full);
    assert_eq!(seen.paint(&empty), "\x1b[2H\x1b[K");
    let mut coloured = empty;
    coloured.set_string(0, 0, "ab", Style::new().fg(Color::Red));
    coloured.set_string(3, 0, "c", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
    assert_eq!(seen.paint(&coloured), "\x1b[1H\x1b[31mab \x1b[1mc\x1b[m");
}

#[test]
fn what_was_forgotten_is_painted_whole() {
    let mut seen = Seen::new((100, 40));
    let buffer = list(100, 40, 1);
    seen.paint(&buffer);
    seen.terminal.process(b"\x1b[Hsomebody else was here\r\n\x1b[7mand here");
    seen.painter.forget();
    seen.paint(&buffer);
    seen.shows(&buffer);
}
