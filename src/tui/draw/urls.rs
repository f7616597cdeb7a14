//! The screen URLs: the pattern, whose URLs they are, the list, and everything about the one of the cursor.

use super::bar::Written;
use super::{cell, layer, line_of, put};
use crate::jobs::desk::{Direction, UrlLine, UrlRow, feeds_in_words};
use crate::keymap::Mode;
use crate::text::{Showable, counted, fit_right, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::reports::detail::broken;
use crate::tui::theme::Role;
use crate::tui::urls::columns::{address, minute, shown};
use crate::tui::urls::{Column, Urls};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Title, pattern, whose they are, headings.
const TOP: u16 = 4;
/// Lines for the URL of the cursor, where there is room for them.
const BELOW: u16 = 4;
/// From so many lines on there is.
const WITH_BELOW: u16 = 18;

/// The lines of the list, on a terminal of this size.
pub fn list((columns, lines): (u16, u16)) -> Rect {
    let below = if lines >= WITH_BELOW { BELOW } else { 0 };
    Rect { x: 0, y: TOP, width: columns, height: lines.saturating_sub(TOP + below + 1) }
}

pub(super) fn urls(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    pattern(app, frame, line_of(whole, 1));
    scope(app, frame, line_of(whole, 2));
    let (theme, state) = (&app.theme, &app.urls);
    match state.grouping {
        Some(grouping) => {
            let other = app.keymap.spelled(Mode::Urls, "({groups}: by something else)");
            let text = format!("   Reports      URLs Last UTC    By {} {other}", grouping.name());
            put(frame, line_of(whole, 3), &text, theme.style(Role::Faint));
        }
        None => heading(app, frame, line_of(whole, 3)),
    }
    let area = list((whole.width, whole.height));
    if state.list.length == 0 {
        empty(app, frame, area);
    }
    for place in 0..usize::from(area.height).min(state.list.length.saturating_sub(state.list.top)) {
        let number = state.list.top + place;
        let here = number == state.list.cursor;
        let line = line_of(area, place);
        match state.list.line(number) {
            Some(UrlLine::Url { entry, row }) => {
                one(app, frame, line, here, (state.marks.contains_key(entry), row));
            }
            Some(UrlLine::Group { name, urls, reports, last, .. }) => {
                let head = format!(
                    "{} {} {} {} ",
                    if here { theme.sign("▸", ">") } else { " " },
                    fit_right(&thousands(*reports), 9),
                    fit_right(&thousands(*urls), 9),
                    minute(*last)
                );
                let room = usize::from(area.width).saturating_sub(width(&head));
                let spans = vec![
                    Span::styled(head, theme.style(Role::Heading)),
                    Span::raw(cell(&shown(name, state.is_revealed), room, theme)),
                ];
                draw(app, frame, line, here, spans);
            }
            None => put(frame, line, "  …", theme.style(Role::Faint)),
        }
    }
    if whole.height >= WITH_BELOW {
        let below = Rect { y: area.bottom(), height: BELOW, ..area };
        about(app, frame, below);
    }
}

fn draw(app: &App, frame: &mut Frame<'_>, area: Rect, here: bool, spans: Vec<Span<'_>>) {
    let style = if here { app.theme.style(Role::Cursor) } else { ratatui::style::Style::default() };
    frame.render_widget(Paragraph::new(Line::from(spans)).style(style), area);
}

/// What the URLs have to match, and how many do.
fn pattern(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.urls);
    let columns = usize::from(area.width);
    let (right, room) = beside(state, columns);
    let mut spans = match &state.editor {
        Some(editor) => {
            let mut spans = vec![Span::styled(" /", theme.style(Role::Heading))];
            spans.extend(layer::written(editor, room, theme));
            spans
        }
        None => {
            let text = if state.pattern.is_empty() { "any URL" } else { &state.pattern };
            vec![Span::styled(" /", theme.style(Role::Faint)), Span::raw(cell(&showable(text), room, theme))]
        }
    };
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    spans.push(Span::raw(" ".repeat(columns.saturating_sub(used + width(&right)))));
    spans.push(Span::styled(right, theme.style(Role::Faint)));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// What stands at the right of the pattern, and the columns that are left for it.
fn beside(state: &Urls, columns: usize) -> (String, usize) {
    let right = crate::text::cut(&counts(state, columns), columns / 2);
    let room = columns.saturating_sub(width(&right) + 2);
    (right, room)
}

/// What is to be said about the pattern, over what stands below it.
pub(super) fn below_the_pattern(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    let state = &app.urls;
    let (_, room) = beside(state, whole.width.into());
    let written =
        Written { editor: state.editor.as_ref(), error: state.error.as_ref(), shown: &state.pattern, room };
    written.wrong(&app.theme, frame, line_of(whole, 1));
}

fn counts(state: &Urls, columns: usize) -> String {
    let Some(answer) = &state.answer else { return " counting… ".to_owned() };
    let mut text = format!(" {}", counted(answer.urls, "URL"));
    if state.grouping.is_some() {
        text.push_str(&format!(" in {}", counted(answer.lines as u64, "group")));
    }
    if !state.marks.is_empty() {
        text.push_str(&format!(" · {} marked", thousands(state.marks.len() as u64)));
    }
    match state.is_waiting() {
        true => text.push_str(" …"),
        false if columns >= 60 => text.push_str(&format!(" · {:.1} ms", answer.took.as_secs_f64() * 1e3)),
        false => {}
    }
    text.push(' ');
    text
}

/// Whose URLs they are.
fn scope(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.urls);
    let query = match (state.of_all, state.query.as_str()) {
        (true, _) | (false, "") => "all reports".to_owned(),
        (false, query) => query.to_owned(),
    };
    let inside = state.inside.as_ref().map(|inside| {
        let name = shown(&inside.name, state.is_revealed);
        format!(" · {} {}", inside.grouping.name(), name)
    });
    let tail = format!("{} · seen {}", inside.unwrap_or_default(), state.window());
    let columns = usize::from(area.width);
    // The query may be long; what follows is to be seen as well.
    let room = columns.saturating_sub(5 + width(&tail)).max(columns / 3);
    let query = cell(&showable(&query), width(showable(&query).as_str()).min(room), theme);
    put(frame, area, &format!(" of {query}{tail}"), theme.style(Role::Faint));
}

fn heading(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.urls);
    let mut spans = vec![Span::raw(" ")];
    for (at, (column, wide)) in state.seen_columns().into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw(" "));
        }
        let sign = match (column.sort() == Some(state.sort) && column != Column::Host, state.direction) {
            (false, _) => "",
            (true, Direction::Ascending) => theme.sign("▴", "^"),
            (true, Direction::Descending) => theme.sign("▾", "v"),
        };
        let room = usize::from(wide);
        let title = crate::text::cut(column.title(), room.saturating_sub(width(sign)));
        let text = showable(&format!("{title}{sign}"));
        let text = if column.is_number() { fit_right(text.as_str(), room) } else { cell(&text, room, theme) };
        let style = match at == state.column {
            true => theme.style(Role::RestingCursor).patch(theme.style(Role::Heading)),
            false => theme.style(Role::Faint),
        };
        spans.push(Span::styled(text, style));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn one(app: &App, frame: &mut Frame<'_>, area: Rect, here: bool, (is_marked, row): (bool, &UrlRow)) {
    let (theme, state) = (&app.theme, &app.urls);
    let mut spans =
        vec![Span::styled(if here { theme.sign("▸", ">") } else { " " }, theme.style(Role::Heading))];
    for (at, (column, wide)) in state.seen_columns().into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw(" "));
        }
        let room = usize::from(wide);
        let text = match column {
            Column::Mark if is_marked => showable(theme.sign("✓", "*")),
            column => column.cell(row, state.is_revealed),
        };
        let role = match column {
            Column::Mark | Column::Url if is_marked => Role::Marked,
            Column::Lists => Role::Listed,
            _ => Role::Text,
        };
        let text = if column.is_number() { fit_right(text.as_str(), room) } else { cell(&text, room, theme) };
        spans.push(Span::styled(text, theme.style(role)));
    }
    draw(app, frame, area, here, spans);
}

/// The URL of the cursor to its end, or nearly so, and what is known of its host.
fn about(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.urls);
    put(frame, line_of(area, 0), &theme.sign("─", "-").repeat(area.width.into()), theme.style(Role::Faint));
    let Some((_, row)) = state.current() else { return };
    let columns = usize::from(area.width).saturating_sub(2).max(1);
    let url = shown(&row.url, state.is_revealed);
    for (place, piece) in broken(url.as_str(), columns).into_iter().take(2).enumerate() {
        let text = cell(&showable(piece), columns, theme);
        put(frame, line_of(area, 1 + place), &format!(" {text}"), theme.style(Role::Text));
    }
    put(
        frame,
        line_of(area, 3),
        &format!(" {}", cell(&known(app, row), columns, theme)),
        theme.style(Role::Faint),
    );
}

fn known(app: &App, row: &UrlRow) -> Showable {
    let mut parts = vec![];
    if !row.feeds.is_empty() {
        parts.push(feeds_in_words(&row.feeds));
    }
    let Some(host) = &row.host else {
        parts.push(app.keymap.spelled(Mode::Urls, "its host was not looked up; {look-up} does"));
        return showable(&parts.join(" · "));
    };
    if let Some(first) = host.addresses.first() {
        let asn = first.asn.map(|asn| format!(" AS{asn} {}", first.as_name.as_deref().unwrap_or_default()));
        let country = first.country.as_ref().map(|country| format!(" {country}"));
        let address = address(Some(host));
        let text = format!("{address}{}{}", asn.unwrap_or_default().trim_end(), country.unwrap_or_default());
        parts.push(text);
    } else {
        parts.push("no address".to_owned());
    }
    let names: Vec<&str> = host.listed.iter().map(|listing| listing.name.as_str()).collect();
    if !names.is_empty() {
        parts.push(format!("on {}", names.join(", ")));
    }
    if !host.lists_unknown.is_empty() {
        parts.push(format!("? {}", host.lists_unknown.join(", ")));
    }
    showable(&parts.join(" · "))
}

/// Nothing is there: why, and how to see more.
fn empty(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let state = &app.urls;
    if state.answer.is_none() || area.height < 2 {
        return;
    }
    let is_narrowed = !state.pattern.is_empty() || state.has_window();
    let first = match (is_narrowed, state.of_all) {
        (true, _) => "No URL matches. Perhaps they moved house again.",
        (false, false) => "These mails have no URLs. How considerate of them.",
        (false, true) => "Not one URL in all that mail. Unbelievable.",
    };
    let second = match (state.pattern.is_empty(), state.has_window(), state.of_all) {
        (false, true, _) => "{clear-query} takes the pattern and the window away.",
        (false, false, _) => "{clear-query} takes the pattern away.",
        (true, true, _) => "{clear-query} takes the window away, which leaves older ones out.",
        (true, false, false) => "{scope} shows the URLs of all reports.",
        (true, false, true) => "{sync} reads the mailboxes.",
    };
    for (place, text) in [first, second].iter().enumerate() {
        let role = if place == 0 { Role::Text } else { Role::Faint };
        let text = app.keymap.spelled(Mode::Urls, text);
        put(frame, line_of(area, place + 1), &format!("  {text}"), app.theme.style(role));
    }
}
