//! The filter panes.

use super::{cell, line_of, put};
use crate::keymap::Mode;
use crate::text::{fit_right, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::reports::filters::{Line as Entry, Stance};
use crate::tui::reports::{Focus, start_of};
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

pub(super) fn panes(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (theme, reports) = (&app.theme, &app.reports);
    let lines = reports.made_filter_lines();
    let focused = reports.focus == Focus::Filters;
    let columns = usize::from(area.width);
    if lines.is_empty() && !reports.filters.search.is_empty() {
        let sought = cell(&showable(start_of(&reports.filters.search)), columns.saturating_sub(1), theme);
        let back = app.keymap.spelled(Mode::Filters, "{back} shows all again.");
        for (place, text) in ["No value has this:", sought.trim_end(), &back].into_iter().enumerate() {
            put(frame, line_of(area, place), &format!(" {text}"), theme.style(Role::Faint));
        }
    }
    for (place, (number, entry)) in
        lines.iter().enumerate().skip(reports.filters.top).take(area.height.into()).enumerate()
    {
        let line = line_of(area, place);
        let here = focused && number == reports.filters.cursor;
        match entry {
            Entry::Heading(text) => put(frame, line, text, theme.style(Role::Heading)),
            Entry::More(_, count) => {
                let role = if here { Role::Cursor } else { Role::Faint };
                put(frame, line, &format!("  {count} more"), theme.style(role));
            }
            Entry::Value { shown, count, at_most, stance, .. } => {
                let (sign, role) = match stance {
                    Stance::Included => (theme.sign("●", "+"), Role::Included),
                    Stance::Excluded => (theme.sign("○", "-"), Role::Excluded),
                    Stance::Neither => (" ", Role::Text),
                };
                let bound = if *at_most { theme.sign("≤", "<=") } else { "" };
                let count = count.map(|count| format!("{bound}{}", thousands(count))).unwrap_or_default();
                let room = columns.saturating_sub(width(&count) + 4);
                let spans = vec![
                    Span::styled(
                        format!(" {sign} "),
                        theme.style(if *stance == Stance::Neither { Role::Text } else { Role::Included }),
                    ),
                    Span::styled(cell(&showable(start_of(shown)), room, theme), theme.style(role)),
                    Span::styled(fit_right(&count, width(&count) + 1), theme.style(Role::Faint)),
                ];
                let style = if here { theme.style(Role::Cursor) } else { ratatui::style::Style::default() };
                frame.render_widget(Paragraph::new(Line::from(spans)).style(style), line);
            }
        }
    }
}
