//! A list with text to read beside it: where both are, and the text.

use super::{BOTH_HEIGHT, cell, line_of};
use crate::text::{showable, width};
use crate::tui::app::App;
use crate::tui::pane::Pane;
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// From so many columns on list and text stand beside each other: a message is 78 wide.
const BESIDE: u16 = 150;

/// Where both are; what is covered is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places {
    /// The list.
    pub list: Rect,
    /// The text with its titles.
    pub pane: Rect,
}

/// Splits what lies below so many lines. Where there is no room for both, the text lies over the list while it is read.
pub fn places((columns, lines): (u16, u16), top: u16, is_reading: bool) -> Places {
    let body = Rect { x: 0, y: top, width: columns, height: lines.saturating_sub(top + 1) };
    if columns >= BESIDE {
        let wide = columns / 2;
        let pane = Rect { x: wide + 1, width: columns.saturating_sub(wide + 1), ..body };
        return Places { list: Rect { width: wide, ..body }, pane };
    }
    if lines >= BOTH_HEIGHT {
        let below = body.height * 11 / 20;
        let list = Rect { height: body.height - below, ..body };
        return Places { list, pane: Rect { y: body.y + list.height, height: below, ..body } };
    }
    match is_reading {
        true => Places { pane: body, ..Places::default() },
        false => Places { list: body, ..Places::default() },
    }
}

/// The text below the titles of its parts.
pub(super) fn pane(app: &App, pane: &Pane, title: &str, has_keys: bool, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    let theme = &app.theme;
    titles(app, pane, title, has_keys, frame, line_of(area, 0));
    let room = usize::from(area.height).saturating_sub(1);
    for (place, text) in pane.lines().iter().skip(pane.top()).take(room).enumerate() {
        let text = cell(text, area.width.into(), theme);
        frame.render_widget(Paragraph::new(text), line_of(area, place + 1));
    }
}

/// For the end of a line of titles.
pub(super) fn how_urls_are_shown(can_be_revealed: bool, is_revealed: bool) -> &'static str {
    match (can_be_revealed, is_revealed) {
        (true, false) => "URLs defanged ",
        (true, true) => "exactly ",
        (false, _) => "",
    }
}

/// `── 4711  message │ to know │ mails      defanged (D) 1/90`.
fn titles(app: &App, pane: &Pane, title: &str, has_keys: bool, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let columns = usize::from(area.width);
    let (titles, at) = pane.titles();
    let how = how_urls_are_shown(pane.part().is_some_and(|part| part.defang), pane.is_revealed());
    let end = format!(" {how}{}/{} ", pane.top() + 1, pane.lines().len().max(1));
    let mut parts = vec![(
        format!("{} {title} ", theme.sign("──", "--")),
        if has_keys { Role::Heading } else { Role::Faint },
    )];
    for (number, name) in titles.iter().enumerate() {
        let role = match (number == at, has_keys) {
            (true, true) => Role::Cursor,
            (true, false) => Role::RestingCursor,
            _ => Role::Faint,
        };
        parts.push((format!(" {name} "), role));
        parts.push((theme.sign("│", "|").to_owned(), Role::Faint));
    }
    let mut room = columns.saturating_sub(width(&end));
    let mut spans = vec![];
    for (text, role) in parts {
        let wide = width(&text).min(room);
        room -= wide;
        spans.push(Span::styled(cell(&showable(&text), wide, theme), theme.style(role)));
    }
    spans.push(Span::raw(" ".repeat(room)));
    spans
        .push(Span::styled(cell(&showable(&end), width(&end).min(columns), theme), theme.style(Role::Faint)));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}
