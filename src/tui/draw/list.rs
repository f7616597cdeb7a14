//! The list of reports, or of groups.

use super::{cell, line_of, put};
use crate::jobs::desk::{Direction, Group, Likeness, Line as Row};
use crate::keymap::Mode;
use crate::text::{defang, fit, fit_right, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::reports::detail::defanged;
use crate::tui::reports::{Column, Focus, MARKED, NEW, NOT_REPORTS, QUARANTINED, start_of};
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

pub(super) fn list(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let reports = &app.reports;
    if reports.groups.is_some() {
        group_heading(app, frame, line_of(area, 0))
    } else {
        heading(app, frame, line_of(area, 0))
    }
    if reports.list.length == 0 {
        empty(app, frame, area);
        return;
    }
    for place in 0..usize::from(area.height).saturating_sub(1) {
        let number = reports.list.top + place;
        if number >= reports.list.length {
            break;
        }
        let line = line_of(area, place + 1);
        match reports.list.line(number) {
            Some(Row::Report(row)) => report(app, frame, line, number, row),
            Some(Row::Group(group)) => one_group(app, frame, line, number, group),
            None => put(frame, line, "  …", app.theme.style(Role::Faint)),
        }
    }
}

fn heading(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, reports) = (&app.theme, &app.reports);
    let column_of_cursor = reports.column_of_cursor().map(|(column, _)| column);
    let mut spans = vec![Span::raw(" ")];
    for (at, (column, wide)) in reports.seen_columns().into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw(" "));
        }
        let sorted = column.sort() == reports.sort;
        let sign = match (sorted, reports.direction) {
            (false, _) => "",
            (true, Direction::Ascending) => theme.sign("▴", "^"),
            (true, Direction::Descending) => theme.sign("▾", "v"),
        };
        let text = column.heading(sign, wide.into());
        let text = if theme.ascii { text.replace('✓', "*") } else { text };
        let text = if column.is_number() { fit_right(&text, wide.into()) } else { fit(&text, wide.into()) };
        let here = column_of_cursor == Some(column) && reports.focus == Focus::List;
        let style = if here {
            theme.style(Role::RestingCursor).patch(theme.style(Role::Heading))
        } else {
            theme.style(Role::Faint)
        };
        spans.push(Span::styled(text, style));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn report(app: &App, frame: &mut Frame<'_>, area: Rect, number: usize, row: &crate::jobs::desk::Row) {
    let (theme, reports) = (&app.theme, &app.reports);
    let here = number == reports.list.cursor;
    let focused = reports.focus == Focus::List;
    let column_of_cursor = reports.column_of_cursor().filter(|_| here && focused).map(|(column, _)| column);
    let in_range = reports.range.is_some_and(|from| between(app, from, number));
    let sign = match (here, in_range) {
        (true, _) => theme.sign("▸", ">"),
        (false, true) => theme.sign("│", "|"),
        (false, false) => " ",
    };
    let mut spans =
        vec![Span::styled(sign, theme.style(if in_range { Role::Marked } else { Role::Heading }))];
    for (at, (column, wide)) in reports.seen_columns().into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw(" "));
        }
        let (text, role) = column.cell(row, theme.ascii, reports.revealed, app.now);
        let wide = usize::from(wide);
        let text = if column.is_number() { fit_right(text.as_str(), wide) } else { cell(&text, wide, theme) };
        // Grey wins over green and red: what is reported needs no look any more.
        let role = match role {
            Role::Marked => Role::Marked,
            _ if row.reported || row.dismissed => Role::Reported,
            Role::Text if row.delivery == Some(crate::model::Delivery::None) && column == Column::Subject => {
                Role::Delivered
            }
            Role::Text if row.marked && column == Column::Subject => Role::Marked,
            Role::Text if row.new && reports.bar.query != NEW && column == Column::Id => Role::New,
            role => role,
        };
        let mut style = theme.style(role);
        if column_of_cursor == Some(column) {
            style = style.patch(theme.style(Role::RestingCursor));
        }
        spans.push(Span::styled(text, style));
    }
    let style = match (here, focused) {
        (true, true) => theme.style(Role::Cursor),
        (true, false) => theme.style(Role::RestingCursor),
        _ => ratatui::style::Style::default(),
    };
    frame.render_widget(Paragraph::new(Line::from(spans)).style(style), area);
}

/// Whether a line lies between the cursor and where the range began, if that is at hand.
fn between(app: &App, from: u32, number: usize) -> bool {
    let list = &app.reports.list;
    let Some(start) = list.rows.lines.iter().position(|line| line.row().id == from) else { return false };
    let start = list.rows.first + start;
    (start.min(list.cursor)..=start.max(list.cursor)).contains(&number)
}

const GROUP_COLUMNS: &str = "  Count  Rep% Mk  Latest UTC   ";

fn group_heading(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let name = app.reports.groups.map_or("", |likeness| likeness.name());
    let other = app.keymap.spelled(Mode::Reports, "({groups}: by something else)");
    put(frame, area, &format!("{GROUP_COLUMNS}By {name} {other}"), app.theme.style(Role::Faint));
}

fn one_group(app: &App, frame: &mut Frame<'_>, area: Rect, number: usize, group: &Group) {
    let theme = &app.theme;
    let here = number == app.reports.list.cursor;
    let share = (group.reported * 100).checked_div(group.count).unwrap_or(0);
    let newest = Column::Arrival.cell(&group.newest, theme.ascii, false, app.now).0;
    let mark = match group.marked {
        0 => String::new(),
        marked if marked == group.count => theme.sign("✓", "*").to_owned(),
        _ => theme.sign("◦", "+").to_owned(),
    };
    let head = format!(
        "{}{} {:>4}% {} {} ",
        if here { theme.sign("▸", ">") } else { " " },
        fit_right(&thousands(group.count), 6),
        share,
        fit(&mark, 2),
        fit(newest.as_str(), 11),
    );
    let text = match group.likeness {
        Likeness::Subject if app.reports.revealed => without_numbers(start_of(&group.shared)),
        _ if app.reports.revealed => group.shared.clone(),
        Likeness::Url => defang(&group.shared),
        // Whatever numbers stand in the others: they are aside in this likeness.
        Likeness::Subject => defanged(&without_numbers(start_of(&group.shared))),
        _ => defanged(start_of(&group.shared)),
    };
    let room = usize::from(area.width).saturating_sub(width(&head));
    let role = if group.reported == group.count { Role::Reported } else { Role::Text };
    let line = Line::from(vec![
        Span::styled(head, theme.style(Role::Heading)),
        Span::styled(cell(&showable(start_of(&text)), room, theme), theme.style(role)),
    ]);
    let style = if here { theme.style(Role::Cursor) } else { ratatui::style::Style::default() };
    frame.render_widget(Paragraph::new(line).style(style), area);
}

/// `Invoice # of ##.##`: with a sign for each run of digits.
fn without_numbers(subject: &str) -> String {
    let mut out = String::with_capacity(subject.len());
    for c in subject.chars() {
        match c.is_ascii_digit() {
            true if out.ends_with('#') => {}
            true => out.push('#'),
            false => out.push(c),
        }
    }
    out
}

/// Nothing matches: with some wit, and how to see more.
fn empty(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let reports = &app.reports;
    let Some(answer) = &reports.answer else { return };
    let lines: &[&str] = match reports.bar.query.as_str() {
        _ if answer.stored == 0 => &[
            "Unbelievable. No entries here so far.",
            "This is a new, empty database:",
            app.database.as_str(),
            "To fill it, {sync} reads the mailboxes of the configuration; outside,",
            "`lafayette import FILE` takes files in.",
            "`lafayette --db FILE` opens another one.",
        ],
        _ if answer.reports > 0 && reports.groups == Some(Likeness::Contact) => &[
            "No abuse contact of these reports is known yet.",
            "{groups} groups by something else, {ungroup} shows single reports.",
        ],
        _ if answer.reports > 0 => &[
            "These reports have nothing known in which they could be alike.",
            "{groups} groups by something else, {ungroup} shows single reports.",
        ],
        QUARANTINED => &[
            "Nothing is in quarantine: every report could be understood.",
            "{quarantine} shows what is no report at all, and again goes back.",
        ],
        NOT_REPORTS => &[
            "Nothing else came in: every message is a report, or in quarantine.",
            "{quarantine} goes back to the query before.",
        ],
        "" => &["Everything was there once, and is gone.", "{sync} reads the mailboxes."],
        "is:open kind:normal" => &[
            "Nothing is open. Either the world got better, or you are good at this.",
            "{clear-query} shows everything, {view-new} what is new.",
        ],
        MARKED => &[
            "Nothing is marked. Elsewhere {mark} marks the report of the cursor, {mark-all} all that match.",
            "{view-marked} goes back.",
        ],
        // There backspace takes a character away.
        _ if reports.bar.editor.is_some() => &["Nothing matches what is written so far."],
        _ => &[
            "Nothing matches. The criminals must be on holiday, or the query is too narrow.",
            "{previous-query} goes back to the query before, {clear-query} shows everything.",
        ],
    };
    for (number, text) in lines.iter().enumerate() {
        if area.height > 2 + number as u16 {
            let role = if number == 0 { Role::Text } else { Role::Faint };
            // A path may hold braces, and is none of our sentences.
            let text = match number {
                2 if answer.stored == 0 => (*text).to_owned(),
                _ => app.keymap.spelled(Mode::Reports, text),
            };
            put(frame, line_of(area, number + 2), &format!("  {text}"), app.theme.style(role));
        }
    }
}
