//! Tables that fit: columns shrink, then leave, the least important first. Cells take text that is showable already.

use super::Look;
use crate::text::{fit, fit_right, width};
use std::io::{self, Write};

/// Rows that are looked at before the widths of the columns are settled; later ones are cut to them.
const MEASURED_ROWS: usize = 1_000;
const GAP: &str = "  ";

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// It may shrink to this many columns of the terminal…
    pub least: usize,
    /// …and grow to this many.
    pub most: usize,
    /// The higher, the longer it stays when the table is too wide; the highest always stays.
    pub importance: u8,
    /// Numbers stand at the right.
    pub right: bool,
}

impl Column {
    /// Text of at most `most` columns that may be cut to `least`.
    pub const fn text(title: &'static str, least: usize, most: usize, importance: u8) -> Column {
        Column { title, least, most, importance, right: false }
    }

    /// A number, never cut.
    pub const fn number(title: &'static str, importance: u8) -> Column {
        Column { title, least: usize::MAX, most: usize::MAX, importance, right: true }
    }
}

/// How a cell or a row looks; letters carry the meaning where there is no colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// As everything else.
    #[default]
    Plain,
    /// Of less interest.
    Dim,
    /// Needs attention.
    Red,
    /// Went through.
    Green,
    /// Stands out.
    Bold,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Dim => "\x1b[2m",
            Style::Red => "\x1b[31m",
            Style::Green => "\x1b[32m",
            Style::Bold => "\x1b[1m",
        }
    }

    /// The text in this style, when colours may be used.
    pub fn paint(self, text: &str, look: Look) -> String {
        if look.colour && self != Style::Plain {
            format!("{}{text}\x1b[0m", self.code())
        } else {
            text.to_owned()
        }
    }
}

/// A row: one cell a column, and how it looks as a whole.
struct Row {
    cells: Vec<String>,
    style: Style,
}

/// A table being written.
pub struct Table<'w> {
    out: &'w mut dyn Write,
    look: Look,
    columns: Vec<Column>,
    /// Rows held back until the widths are settled.
    waiting: Vec<Row>,
    /// Width of each column, `None` for those that left.
    layout: Option<Vec<Option<usize>>>,
}

impl<'w> Table<'w> {
    /// A table with these columns.
    pub fn new(out: &'w mut dyn Write, look: Look, columns: &[Column]) -> Table<'w> {
        Table { out, look, columns: columns.to_vec(), waiting: vec![], layout: None }
    }

    /// Adds a row. Missing cells are empty.
    pub fn row(&mut self, style: Style, cells: Vec<String>) -> io::Result<()> {
        let row = Row { cells, style };
        if let Some(layout) = &self.layout {
            return write_row(self.out, self.look, &self.columns, layout, &row);
        }
        self.waiting.push(row);
        if self.waiting.len() >= MEASURED_ROWS { self.settle() } else { Ok(()) }
    }

    /// Writes what is held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.settle()
    }

    fn settle(&mut self) -> io::Result<()> {
        if self.layout.is_some() {
            return Ok(());
        }
        let natural: Vec<Natural> = (self.columns.iter().enumerate())
            .map(|(index, column)| {
                let cells = self.waiting.iter().filter_map(|row| row.cells.get(index));
                let cells = cells.map(|cell| width(cell)).max().unwrap_or(0);
                Natural { width: cells.max(width(column.title)).min(column.most), empty: cells == 0 }
            })
            .collect();
        let layout = layout(&self.columns, &natural, self.look.width);
        let titles = self.columns.iter().map(|column| column.title.to_owned()).collect();
        let header = Row { cells: titles, style: Style::Bold };
        write_row(self.out, self.look, &self.columns, &layout, &header)?;
        for row in std::mem::take(&mut self.waiting) {
            write_row(self.out, self.look, &self.columns, &layout, &row)?;
        }
        self.layout = Some(layout);
        Ok(())
    }
}

/// What a column would like to have.
struct Natural {
    width: usize,
    /// No row says anything in it.
    empty: bool,
}

/// The width of each column so that all of them fit; `None` for a column that has to leave.
fn layout(columns: &[Column], natural: &[Natural], room: usize) -> Vec<Option<usize>> {
    let mut stays = vec![true; columns.len()];
    loop {
        let mut widths: Vec<Option<usize>> =
            natural.iter().zip(&stays).map(|(natural, stays)| stays.then_some(natural.width)).collect();
        let shown = stays.iter().filter(|stays| **stays).count();
        let used = widths.iter().flatten().sum::<usize>() + GAP.len() * shown.saturating_sub(1);
        let excess = used.saturating_sub(room);
        if excess == 0 {
            return widths;
        }
        let leaving = (0..columns.len())
            .filter(|index| stays[*index])
            .min_by_key(|index| (!natural[*index].empty, columns[*index].importance))
            .filter(|_| shown > 1);
        let is_idle = leaving.is_some_and(|index| natural[index].empty);
        if !is_idle && shrink(columns, &mut widths, excess) {
            return widths;
        }
        match leaving {
            Some(index) => stays[index] = false,
            // The last column is cut to what there is.
            None => return widths.into_iter().map(|width| width.map(|width| width.min(room))).collect(),
        }
    }
}

/// Takes `excess` from the widest columns that can give; `false` when they cannot give enough.
fn shrink(columns: &[Column], widths: &mut [Option<usize>], excess: usize) -> bool {
    let spare = |index: usize, width: usize| width.saturating_sub(columns[index].least);
    let total: usize = widths.iter().enumerate().filter_map(|(i, w)| w.map(|w| spare(i, w))).sum();
    if total < excess {
        return false;
    }
    for _ in 0..excess {
        let widest = (0..widths.len())
            .filter_map(|index| widths[index].map(|width| (index, width)))
            .filter(|(index, width)| spare(*index, *width) > 0)
            .max_by_key(|(_, width)| *width);
        if let Some((index, width)) = widest {
            widths[index] = Some(width - 1);
        }
    }
    true
}

fn write_row(
    out: &mut dyn Write,
    look: Look,
    columns: &[Column],
    layout: &[Option<usize>],
    row: &Row,
) -> io::Result<()> {
    let mut line = String::new();
    for (index, (column, columns)) in columns.iter().zip(layout).enumerate() {
        let Some(columns) = columns else { continue };
        if !line.is_empty() {
            line.push_str(GAP);
        }
        let cell = row.cells.get(index).map_or("", String::as_str);
        line.push_str(&if column.right { fit_right(cell, *columns) } else { fit(cell, *columns) });
    }
    writeln!(out, "{}", row.style.paint(line.trim_end(), look))
}
