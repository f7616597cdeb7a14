//! From what the terminal shows and what it is to show to few bytes: they travel over SSH. Every sequence is one that
//! xterm, tmux, screen, mosh and the Linux console share. Knows nothing of what is drawn.

mod scroll;
mod style;

use crate::text::width;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use std::io::{self, Write};
use style::Pen;

/// What can be seen on a blank.
const SEEN_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// What the terminal shows.
#[derive(Debug, Default)]
pub struct Painter {
    /// Nothing is known of it: something else wrote there, or it has another size.
    shown: Option<Screen>,
}

/// Signs line by line. Behind a sign of two columns stands an empty one.
#[derive(Debug, Clone, PartialEq)]
struct Screen {
    area: Rect,
    cells: Vec<Cell>,
}

/// Where the terminal's cursor is, and what it writes with.
struct Cursor {
    /// Unknown behind the last column and behind signs whose width terminals do not agree about.
    place: Option<(usize, usize)>,
    /// Only ASCII was written since it was put there, whose width is beyond doubt.
    is_sure: bool,
    pen: Pen,
}

impl Painter {
    /// Everything is painted anew.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// Writes what turns the terminal's picture into this one. The pen is the plain one before and after.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn paint(&mut self, wanted: &Buffer, out: &mut impl Write) -> io::Result<()> {
        let wanted = Screen::of(wanted);
        let mut shown = match self.shown.take() {
            Some(shown) if shown.area == wanted.area => shown,
            _ => {
                out.write_all(b"\x1b[m\x1b[2J")?;
                Screen::blank(wanted.area)
            }
        };
        scroll::scroll(&mut shown, &wanted, out)?;
        let mut cursor = Cursor { place: None, is_sure: true, pen: Pen::default() };
        for (y, (shown, wanted)) in shown.lines().zip(wanted.lines()).enumerate() {
            if shown != wanted {
                cursor.line(y, shown, wanted, out)?;
            }
        }
        cursor.take_pen(Pen::default(), out)?;
        self.shown = Some(wanted);
        Ok(())
    }
}

impl Screen {
    fn blank(area: Rect) -> Screen {
        Screen { area, cells: vec![Cell::EMPTY; area.area() as usize] }
    }

    /// What is the same to the eye is made the same here.
    fn of(buffer: &Buffer) -> Screen {
        let mut screen = Screen { area: buffer.area, cells: buffer.content.clone() };
        for line in screen.cells.chunks_mut(usize::from(buffer.area.width).max(1)) {
            let mut covered = 0;
            let columns = line.len();
            for (x, cell) in line.iter_mut().enumerate() {
                if covered > 0 {
                    covered -= 1;
                    *cell = Cell::EMPTY;
                    cell.set_symbol("");
                    continue;
                }
                let wide = width(cell.symbol());
                if wide == 0 || x + wide > columns {
                    cell.set_symbol(" ");
                } else {
                    covered = wide - 1;
                }
                if cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK) {
                    let bg = cell.bg;
                    *cell = Cell::EMPTY;
                    cell.set_style(Style::new().bg(bg));
                }
            }
        }
        screen
    }

    fn columns(&self) -> usize {
        usize::from(self.area.width).max(1)
    }

    fn lines(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(self.columns())
    }
}

/// Nothing at all, in the colour of the terminal.
fn is_empty(cell: &Cell) -> bool {
    cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(SEEN_ON_BLANK)
}

impl Cursor {
    fn line(&mut self, y: usize, shown: &[Cell], wanted: &[Cell], out: &mut impl Write) -> io::Result<()> {
        let differs = |x: &usize| shown.get(*x) != wanted.get(*x);
        let end = wanted.iter().rposition(|cell| !is_empty(cell)).map_or(0, |last| last + 1);
        for x in (0..end).filter(differs) {
            let Some(cell) = wanted.get(x).filter(|cell| !cell.symbol().is_empty()) else { continue };
            self.go(x, y, wanted, out)?;
            self.write(cell, wanted.len(), out)?;
        }
        let Some(first) = (end..wanted.len()).find(differs) else { return Ok(()) };
        self.go(first, y, wanted, out)?;
        if self.pen.is_seen_on_blank() {
            self.take_pen(Pen::default(), out)?;
        }
        out.write_all(b"\x1b[K")
    }

    /// To a place on a line, in whatever way is shortest.
    fn go(&mut self, x: usize, y: usize, wanted: &[Cell], out: &mut impl Write) -> io::Result<()> {
        let place = self.place.replace((x, y));
        let from = match place {
            Some((from, line)) if line == y && from <= x => from,
            _ => {
                self.is_sure = true;
                return match x {
                    0 => write!(out, "\x1b[{}H", y + 1),
                    x => write!(out, "\x1b[{};{}H", y + 1, x + 1),
                };
            }
        };
        let gap = wanted.get(from..x).unwrap_or_default();
        if gap.is_empty() {
            return Ok(());
        }
        let jump = match (self.is_sure, x - from) {
            (true, 1) => "\x1b[C".to_owned(),
            (true, columns) => format!("\x1b[{columns}C"),
            (false, _) => format!("\x1b[{}G", x + 1),
        };
        // What stands in between may well be shorter to write again than to jump over.
        let length: usize = gap.iter().map(|cell| cell.symbol().len()).sum();
        if length <= jump.len() && gap.iter().all(|cell| cell.symbol().is_ascii() && self.pen.suits(cell)) {
            return gap.iter().try_for_each(|cell| out.write_all(cell.symbol().as_bytes()));
        }
        self.is_sure |= jump.ends_with('G');
        out.write_all(jump.as_bytes())
    }

    fn write(&mut self, cell: &Cell, columns: usize, out: &mut impl Write) -> io::Result<()> {
        if !self.pen.suits(cell) {
            self.take_pen(Pen::of(cell), out)?;
        }
        let symbol = cell.symbol();
        out.write_all(symbol.as_bytes())?;
        self.is_sure &= symbol.is_ascii();
        let mut letters = symbol.chars();
        let is_simple = letters.next().is_some() && letters.next().is_none() && width(symbol) == 1;
        self.place = self.place.map(|(x, y)| (x + 1, y)).filter(|(x, _)| is_simple && *x < columns);
        Ok(())
    }

    fn take_pen(&mut self, pen: Pen, out: &mut impl Write) -> io::Result<()> {
        out.write_all(self.pen.change(pen).as_bytes())?;
        self.pen = pen;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
