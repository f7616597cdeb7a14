//! Names and values under headings, for people: how one report or one look-up is shown.

use super::table::Style;
use super::{Look, thousands};
use crate::text::{fit, showable, width};
use std::io::{self, Write};

/// Names stand in this many columns.
const NAMES: usize = 18;

/// A page being written.
pub struct Page<'w> {
    out: &'w mut dyn Write,
    look: Look,
    /// A heading that is written once something stands under it.
    heading: Option<String>,
    is_empty: bool,
}

impl<'w> Page<'w> {
    /// A page on this paper.
    pub fn new(out: &'w mut dyn Write, look: Look) -> Page<'w> {
        Page { out, look, heading: None, is_empty: true }
    }

    /// What follows stands under this heading, if anything follows.
    pub fn heading(&mut self, title: &str) {
        self.heading = Some(title.to_owned());
    }

    fn begin(&mut self) -> io::Result<()> {
        let Some(title) = self.heading.take() else { return Ok(()) };
        if !std::mem::replace(&mut self.is_empty, false) {
            writeln!(self.out)?;
        }
        writeln!(self.out, "{}", Style::Bold.paint(&title, self.look))
    }

    /// A name and its value, wrapped under itself; nothing when there is no value.
    pub fn line(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.marked_line(' ', name, value, Style::Plain)
    }

    /// The same with a mark before it, which says what the style says.
    pub fn marked_line(&mut self, mark: char, name: &str, value: &str, style: Style) -> io::Result<()> {
        let value = showable(value);
        if value.as_str().trim().is_empty() {
            return Ok(());
        }
        self.begin()?;
        let name = showable(name);
        let room = self.look.width.saturating_sub(NAMES + 2).max(20);
        // A long name stands on a line of its own.
        let is_long = width(name.as_str()) >= NAMES;
        if is_long {
            writeln!(self.out, "{}", style.paint(&format!("{mark} {name}"), self.look))?;
        }
        for (index, piece) in wrap(value.as_str().trim(), room).into_iter().enumerate() {
            let (mark, name) = if index == 0 && !is_long { (mark, name.as_str()) } else { (' ', "") };
            let line = format!("{mark} {}{piece}", fit(name, NAMES));
            writeln!(self.out, "{}", style.paint(&line, self.look))?;
        }
        Ok(())
    }

    /// The same for a value that may not be known.
    pub fn known(&mut self, name: &str, value: Option<&str>) -> io::Result<()> {
        value.map_or(Ok(()), |value| self.line(name, value))
    }

    /// A line for each value, the first with the name.
    pub fn each(&mut self, name: &str, values: &[String]) -> io::Result<()> {
        for (index, value) in values.iter().enumerate() {
            self.line(if index == 0 { name } else { "" }, value)?;
        }
        Ok(())
    }

    /// A heading with a line for each value, whole: URLs and hashes are copied from here.
    pub fn section(&mut self, title: &str, values: &[String]) -> io::Result<()> {
        self.heading(&format!("{title} ({})", thousands(values.len() as u64)));
        for value in values {
            self.begin()?;
            writeln!(self.out, "  {}", showable(value))?;
        }
        Ok(())
    }
}

/// Lines of at most `room` columns. Broken at blanks only: an address or a hash is copied whole or not at all.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![];
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}
