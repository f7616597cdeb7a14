//! Colours and attributes as sequences (ECMA-48 §8.3.117 SGR), each the shortest that leads there.

use super::SEEN_ON_BLANK;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// What signs are written with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// Attributes with what switches them on and off. Bold and dim go off together.
const ATTRIBUTES: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

impl Pen {
    pub(super) fn of(cell: &Cell) -> Pen {
        Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// A cell looks right when it is written with this.
    pub(super) fn suits(self, cell: &Cell) -> bool {
        let is_plain_blank = cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK);
        match is_plain_blank {
            true => cell.bg == self.bg && !self.modifier.intersects(SEEN_ON_BLANK),
            false => self == Pen::of(cell),
        }
    }

    pub(super) fn is_seen_on_blank(self) -> bool {
        self.bg != Color::Reset || self.modifier.intersects(SEEN_ON_BLANK)
    }

    /// The sequence that makes the one pen the other.
    pub(super) fn change(self, to: Pen) -> String {
        if self == to {
            return String::new();
        }
        let changed = self.changes(to);
        let anew = Pen::default().changes(to);
        let anew = if anew.is_empty() { anew } else { format!("0;{anew}") };
        let codes = if anew.len() < changed.len() { anew } else { changed };
        format!("\x1b[{codes}m")
    }

    fn changes(self, to: Pen) -> String {
        let mut codes: Vec<String> = vec![];
        let gone = self.modifier.difference(to.modifier);
        let mut come = to.modifier.difference(self.modifier);
        for (attribute, _, off) in ATTRIBUTES.iter().filter(|(attribute, ..)| gone.contains(*attribute)) {
            if codes.iter().all(|code| code != off) {
                codes.push((*off).to_owned());
            }
            // What goes off with it has to come again.
            let pair =
                ATTRIBUTES.iter().filter(|(_, _, other)| other == off).map(|(attribute, ..)| *attribute);
            come |= pair.fold(Modifier::empty(), Modifier::union).difference(*attribute) & to.modifier;
        }
        let come = ATTRIBUTES.iter().filter(|(attribute, ..)| come.contains(*attribute));
        codes.extend(come.map(|(_, on, _)| (*on).to_owned()));
        if self.fg != to.fg {
            codes.push(colour(to.fg, 30));
        }
        if self.bg != to.bg {
            codes.push(colour(to.bg, 40));
        }
        codes.join(";")
    }
}

/// The first eight colours stand from 30 on for signs and from 40 on behind them, their bright ones 60 higher.
fn colour(colour: Color, base: u8) -> String {
    let of_sixteen = match colour {
        Color::Reset => return (base + 9).to_string(),
        Color::Indexed(number) => return format!("{};5;{number}", base + 8),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue}", base + 8),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    (base + of_sixteen).to_string()
}
