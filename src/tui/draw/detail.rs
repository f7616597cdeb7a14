//! One report.

use super::{cell, line_of, put};
use crate::text::{showable, width};
use crate::tui::app::App;
use crate::tui::reports::Focus;
use crate::tui::reports::detail::NAMES;
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::ops::Range;

pub(super) fn detail(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (theme, state) = (&app.theme, &app.reports.detail);
    let Some(report) = &state.report else {
        put(frame, area, " …", theme.style(Role::Faint));
        return;
    };
    titles(app, frame, line_of(area, 0));
    let columns = usize::from(area.width);
    let lines = state.lines();
    for (place, shown) in
        lines.iter().skip(state.top).take(usize::from(area.height).saturating_sub(1)).enumerate()
    {
        let line = line_of(area, place + 1);
        let names = report
            .parts
            .get(state.part)
            .is_some_and(|part| part.lines.iter().any(|(name, _)| !name.is_empty()));
        let mut spans = vec![];
        if names {
            spans.push(Span::styled(
                format!("{} ", cell(&shown.name, NAMES, theme)),
                theme.style(Role::Faint),
            ));
        }
        let room = columns.saturating_sub(if names { NAMES + 1 } else { 0 });
        let role = if state.is_hit(state.top + place) { Role::Hit } else { Role::Text };
        spans.push(Span::styled(cell(&shown.text, room, theme), theme.style(role)));
        frame.render_widget(Paragraph::new(Line::from(spans)), line);
    }
}

/// `4711  report │ headers │ text │ URLs 3`, the part at hand set apart; as many as fit around it.
fn titles(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.reports.detail);
    let Some(report) = &state.report else { return };
    let focused = app.reports.focus == Focus::Detail;
    let columns = usize::from(area.width);
    let hits = state.hit_of().map(|(at, count)| format!(" hit {at} of {count} ")).unwrap_or_default();
    let mut spans = vec![Span::styled(
        format!("{} {} ", theme.sign("──", "--"), report.row.id),
        theme.style(if focused { Role::Heading } else { Role::Faint }),
    )];
    let mut used = width(&spans[0].content);
    let texts: Vec<String> = report
        .parts
        .iter()
        .map(|part| match part.count {
            Some(count) => format!("{} {count}", part.title),
            None => part.title.to_owned(),
        })
        .collect();
    // A blank at each side and a bar behind.
    let widths: Vec<usize> = texts.iter().map(|text| width(text) + 3).collect();
    let place = format!("{hits} {}/{} ", state.top + 1, state.lines().len().max(1));
    let how = super::pane::how_urls_are_shown(state.can_reveal(), state.revealed);
    let end = format!("{hits} {how}{}/{} ", state.top + 1, state.lines().len().max(1));
    // That they are defanged is as always: where there is little room the titles need it more.
    let fits = used + width(&end) + widths.iter().sum::<usize>() <= columns;
    let end = if fits || state.revealed { end } else { place };
    used += width(&end);
    let seen = window(&widths, state.part, columns.saturating_sub(used + 2));
    let more = |is_more: bool, unicode, ascii| if is_more { theme.sign(unicode, ascii) } else { "" };
    let (before, after) = (more(seen.start > 0, "‹", "<"), more(seen.end < texts.len(), "›", ">"));
    spans.push(Span::styled(before, theme.style(Role::Faint)));
    used += width(before) + width(after);
    for (number, text) in texts.iter().enumerate().take(seen.end).skip(seen.start) {
        let text = format!(" {text} ");
        used += width(&text) + 1;
        let role = match (number == state.part, focused) {
            (true, true) => Role::Cursor,
            (true, false) => Role::RestingCursor,
            _ => Role::Faint,
        };
        spans.push(Span::styled(text, theme.style(role)));
        spans.push(Span::styled(theme.sign("│", "|"), theme.style(Role::Faint)));
    }
    spans.push(Span::styled(after, theme.style(Role::Faint)));
    spans.push(Span::raw(" ".repeat(columns.saturating_sub(used))));
    spans.push(Span::styled(showable(&end).into_string(), theme.style(Role::Faint)));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// Which of the titles are shown: from the first one on, and only as far to the right as the one at hand needs.
fn window(widths: &[usize], at: usize, room: usize) -> Range<usize> {
    let fits =
        |range: Range<usize>| widths.get(range).is_some_and(|widths| widths.iter().sum::<usize>() <= room);
    let start = (0..at).find(|start| fits(*start..at + 1)).unwrap_or(at);
    let end = (at + 1..=widths.len()).rev().find(|end| fits(start..*end)).unwrap_or(at + 1);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_at_hand_is_shown_with_as_many_before_it_as_fit() {
        let widths = [10, 10, 10, 10];
        assert_eq!(window(&widths, 0, 100), 0..4);
        assert_eq!(window(&widths, 0, 25), 0..2);
        assert_eq!(window(&widths, 1, 25), 0..2);
        assert_eq!(window(&widths, 2, 25), 1..3);
        assert_eq!(window(&widths, 3, 25), 2..4);
        assert_eq!(window(&widths, 3, 5), 3..4, "the one at hand even where it is cut");
    }
}
