//! What is said below a query or a pattern that is written: what is wrong with it, and what its word may become. Knows
//! no screen.

use super::put;
use crate::query::QueryError;
use crate::text::{cut, showable, width};
use crate::tui::layer::Editor;
use crate::tui::reports::bar::Bar;
use crate::tui::reports::detail::broken;
use crate::tui::theme::{Role, Theme};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

/// Columns before a query: a blank and its sign.
const BEFORE: usize = 2;
/// The most lines of what is wrong with a query.
const ERROR_LINES: usize = 4;

/// A query or a pattern on its line.
pub(super) struct Written<'b> {
    /// While it is edited.
    pub(super) editor: Option<&'b Editor>,
    /// What is wrong with it.
    pub(super) error: Option<&'b QueryError>,
    /// What stands there when nothing is edited.
    pub(super) shown: &'b str,
    /// Columns for it.
    pub(super) room: usize,
}

impl Written<'_> {
    /// The query of a bar, whose proposals leave so many lines free.
    pub(super) fn in_bar(
        (bar, shown, room): (&Bar, &str, usize),
        theme: &Theme,
        frame: &mut Frame<'_>,
        at: Rect,
        free: usize,
    ) {
        let written = Written { editor: bar.editor.as_ref(), error: bar.error.as_ref(), shown, room };
        let lines = written.wrong(theme, frame, at).max(free);
        let y = at.y + 1 + lines as u16;
        if y < frame.area().height {
            written.proposals(bar, theme, frame, Rect { y, ..at });
        }
    }

    /// The column of the terminal that shows what begins at this byte.
    fn column_of(&self, at: usize) -> usize {
        let text = self.editor.map_or(self.shown, |editor| editor.text());
        let shown = width(showable(text.get(..at).unwrap_or(text)).as_str());
        let scrolled = self.editor.map_or(0, |editor| {
            let before = showable(editor.before_cursor());
            width(before.as_str()) - width(&tail(before.as_str(), self.room.saturating_sub(1)))
        });
        BEFORE + shown.saturating_sub(scrolled)
    }

    /// What is wrong with it, below the caret, over what stands below the line `bar`; how many lines it takes.
    pub(super) fn wrong(&self, theme: &Theme, frame: &mut Frame<'_>, bar: Rect) -> usize {
        let Some(error) = self.error else { return 0 };
        let at = error.query.char_indices().nth(error.column).map_or(error.query.len(), |(at, _)| at);
        let columns = usize::from(bar.width);
        let caret = self.column_of(at);
        // Behind it something else stands: what lies there of the query is not to be seen, and points nowhere.
        let is_seen = caret <= self.room + 1;
        let nearest = error.nearest.as_ref().map(|n| format!("; did you mean '{n}'?")).unwrap_or_default();
        let sentence = showable(&format!("{}{nearest}", error.message));
        let mut lines = if is_seen { vec![format!("{}^", " ".repeat(caret))] } else { vec![] };
        // Behind the caret, before it, or below it, wherever it can be read as a whole.
        if is_seen && caret + 2 + width(sentence.as_str()) <= columns {
            lines[0] = format!("{} {sentence}", lines[0]);
        } else if is_seen && width(sentence.as_str()) + 2 <= caret {
            lines[0] = format!("{}{sentence} ^", " ".repeat(caret - width(sentence.as_str()) - 1));
        } else {
            let below = broken(sentence.as_str(), columns.saturating_sub(2));
            lines.extend(below.into_iter().take(ERROR_LINES - 1).map(|line| format!(" {line}")));
        }
        let room = usize::from(frame.area().height.saturating_sub(bar.y + 1));
        lines.truncate(room);
        for (number, line) in lines.iter().enumerate() {
            let area = Rect { y: bar.y + 1 + number as u16, ..bar };
            frame.render_widget(Clear, area);
            put(frame, area, line, theme.style(Role::Error));
        }
        lines.len()
    }

    /// The proposals on one line. Begins where the word does if all fit there, and moves on with the one that stands in
    /// the bar.
    fn proposals(&self, bar: &Bar, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
        if bar.editor.is_none() || bar.proposals.len() < 2 {
            return;
        }
        const LONGEST: usize = 40;
        // Of a value its field is to be seen above.
        let short = |text: &str| match text.split_once(':') {
            Some((_, value)) if !value.is_empty() => format!(" {} ", cut(showable(value).as_str(), LONGEST)),
            _ => format!(" {} ", cut(showable(text).as_str(), LONGEST)),
        };
        let texts: Vec<String> = bar.proposals.iter().map(|text| short(text)).collect();
        let columns = usize::from(area.width);
        let whole: usize = texts.iter().map(|text| width(text)).sum();
        let indent = self.column_of(bar.word).min(columns.saturating_sub(whole));
        let here = bar.proposal.unwrap_or(0);
        let mut first = 0;
        let wide =
            |first: usize| texts.iter().take(here + 1).skip(first).map(|text| width(text)).sum::<usize>();
        while first < here && wide(first) > columns {
            first += 1;
        }
        let mut spans = vec![Span::raw(" ".repeat(indent))];
        for (number, text) in texts.into_iter().enumerate().skip(first) {
            let role = if number == here { Role::Cursor } else { Role::Included };
            spans.push(Span::styled(text, theme.style(role)));
        }
        frame.render_widget(Clear, area);
        frame.render_widget(Paragraph::new(Line::from(spans)), area);
    }
}

/// The end of a text that fits.
pub(super) fn tail(text: &str, columns: usize) -> String {
    let mut out = vec![];
    let mut used = 0;
    for letter in unicode_segmentation::UnicodeSegmentation::graphemes(text, true).rev() {
        used += width(letter);
        if used > columns {
            break;
        }
        out.push(letter);
    }
    out.into_iter().rev().collect()
}
