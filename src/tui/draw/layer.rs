//! Menus, lines and pages above a screen.

use super::bar::tail;
use super::{cell, line_of, put};
use crate::text::{Showable, counted, fit_right, showable, showable_lines, width};
use crate::tui::app::App;
use crate::tui::layer::{Editor, Layer, Line as Question, Menu, Page};
use crate::tui::reports::detail::broken;
use crate::tui::theme::{Role, Theme};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

/// Signs of a border where there is nothing but ASCII.
const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

pub(super) fn layer(app: &App, layer: &Layer, frame: &mut Frame<'_>, area: Rect) {
    match layer {
        Layer::Menu(menu) => self::menu(app, menu, frame, area),
        Layer::Line(line) => question(app, line, frame, area),
        Layer::Page(page) => self::page(app, page, frame, area),
        Layer::Command(line) => super::command::command(app, line, frame, area),
    }
}

/// A box in the middle; gives what is inside.
fn boxed(app: &App, title: &str, size: (usize, usize), frame: &mut Frame<'_>, area: Rect) -> Rect {
    let wide =
        (u16::try_from(size.0).unwrap_or(u16::MAX).saturating_add(4)).clamp(20.min(area.width), area.width);
    let high = (u16::try_from(size.1).unwrap_or(u16::MAX).saturating_add(2)).min(area.height);
    let outer = Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + (area.height - high) / 2,
        width: wide,
        height: high,
    };
    let title = format!(
        " {} ",
        cell(&showable(title), width(title).min(usize::from(wide).saturating_sub(6)), &app.theme)
    );
    let mut block = Block::bordered()
        .title(title)
        .border_style(app.theme.style(Role::Faint))
        .title_style(app.theme.style(Role::Heading));
    if app.theme.ascii {
        block = block.border_set(ASCII);
    }
    let inner = block.inner(outer);
    frame.render_widget(Clear, outer);
    frame.render_widget(block, outer);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}

fn menu(app: &App, menu: &Menu, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let left = |choice: &crate::tui::layer::Choice| -> String {
        let letter = choice.letter.map_or("  ".to_owned(), |letter| format!("{letter} "));
        let switch = match choice.switch {
            Some(true) => theme.sign("● ", "+ "),
            Some(false) => theme.sign("○ ", "- "),
            None => "",
        };
        format!("{letter}{switch}{}", choice.text)
    };
    let widest = menu.choices.iter().map(|c| width(&left(c)) + width(c.note.as_str()) + 2).max().unwrap_or(0);
    let inside =
        boxed(app, &menu.title, (widest.max(width(&menu.title) + 2), menu.choices.len()), frame, area);
    let height = usize::from(inside.height);
    let first = (menu.cursor + 1).saturating_sub(height);
    for (place, (number, choice)) in menu.choices.iter().enumerate().skip(first).take(height).enumerate() {
        let style =
            if number == menu.cursor { theme.style(Role::Cursor) } else { ratatui::style::Style::default() };
        let columns = usize::from(inside.width);
        // What the texts leave, half at least.
        let spare = columns.saturating_sub(width(&left(choice)) + 1).max(columns / 2);
        let note = if theme.ascii {
            showable(&choice.note.as_str().replace('≤', "<="))
        } else {
            choice.note.clone()
        };
        let note = cell(&note, width(note.as_str()).min(spare), theme);
        let room = columns.saturating_sub(width(&note));
        let spans = vec![
            Span::raw(cell(&showable(&left(choice)), room, theme)),
            Span::styled(fit_right(&note, columns.saturating_sub(room)), theme.style(Role::Faint)),
        ];
        frame.render_widget(Paragraph::new(Line::from(spans)).style(style), line_of(inside, place));
    }
}

fn question(app: &App, line: &Question, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    /// A line this long takes a reason or a command; a longer question widens the box.
    const WIDE: usize = 64;
    let wide = width(&line.title).saturating_add(2).max(WIDE);
    let shown = showable_lines(&line.explanation);
    // The border and a blank at each side take four.
    let room = wide.min(usize::from(area.width).saturating_sub(4)).max(1);
    let lines = shown.as_str().split('\n').filter(|_| !line.explanation.is_empty());
    let explanation: Vec<&str> = lines.flat_map(|line| broken(line, room)).collect();
    let inside = boxed(app, &line.title, (wide, explanation.len() + 1), frame, area);
    // Where not everything fits, what is written is seen in any case, and that something is missing.
    let last = usize::from(inside.height).saturating_sub(1);
    let is_cut = explanation.len() > last;
    let seen = if is_cut { last.saturating_sub(1) } else { last };
    for (place, text) in explanation.iter().take(seen).enumerate() {
        put(frame, line_of(inside, place), &cell(&showable(text), room, theme), theme.style(Role::Text));
    }
    if is_cut && last > 0 {
        let missing = counted((explanation.len() - seen) as u64, "line");
        let told = format!("{} {missing} more: a larger terminal shows them", theme.sign("…", "..."));
        put(frame, line_of(inside, seen), &cell(&showable(&told), room, theme), theme.style(Role::Warning));
    }
    let spans = written(&line.editor, usize::from(inside.width), theme);
    frame.render_widget(Paragraph::new(Line::from(spans)), line_of(inside, explanation.len().min(last)));
}

/// A line that is written, scrolled so that its cursor is seen.
pub(super) fn written(editor: &Editor, room: usize, theme: &Theme) -> Vec<Span<'static>> {
    let before = showable(editor.before_cursor());
    let whole = showable(editor.text());
    let after = whole.as_str().get(before.as_str().len()..).unwrap_or_default();
    let mut letters = unicode_segmentation::UnicodeSegmentation::graphemes(after, true);
    let under = letters.next().unwrap_or(" ").to_owned();
    let rest: String = letters.collect();
    let head = tail(before.as_str(), room.saturating_sub(width(&under)));
    let left = room.saturating_sub(width(&head) + width(&under));
    vec![
        Span::raw(head),
        Span::styled(under, theme.style(Role::Cursor)),
        Span::raw(cell(&showable(&rest), left, theme)),
    ]
}

fn page(app: &App, page: &Page, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let side = |pick: fn(&(Showable, Showable)) -> &Showable| {
        page.lines.iter().map(|line| width(pick(line).as_str())).max().unwrap_or(0)
    };
    let left = page
        .lines
        .iter()
        .filter(|line| !line.1.as_str().is_empty())
        .map(|line| width(line.0.as_str()))
        .max()
        .unwrap_or(0)
        .min(30);
    let right = side(|line| &line.1);
    let wide = (left + 2 + right).max(width(&page.title) + 2);
    let inside = boxed(app, &page.title, (wide, page.lines.len()), frame, area);
    for (place, (name, text)) in page.lines.iter().skip(page.first).take(inside.height.into()).enumerate() {
        let line = line_of(inside, place);
        if text.as_str().is_empty() {
            put(frame, line, name.as_str(), theme.style(Role::Heading));
            continue;
        }
        let room = usize::from(inside.width).saturating_sub(left + 2);
        let spans = vec![
            Span::styled(cell(name, left, theme), theme.style(Role::Included)),
            Span::raw("  "),
            Span::raw(cell(text, room, theme)),
        ];
        frame.render_widget(Paragraph::new(Line::from(spans)), line);
    }
}
