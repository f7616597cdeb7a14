//! The command line above the last line of the screen, and what its word may become above that.

use super::{cell, layer, line_of};
use crate::text::{fit_right, showable, width};
use crate::tui::app::App;
use crate::tui::command::CommandLine;
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

/// Proposals at once.
const MOST: usize = 10;

pub(super) fn command(app: &App, line: &CommandLine, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let columns = usize::from(area.width);
    // The title, the line itself, the last line.
    let room = usize::from(area.height).saturating_sub(3);
    let count = line.proposals.len().min(MOST).min(room);
    let top = usize::from(area.height).saturating_sub(2 + count);
    let whole = Rect { y: area.y + top as u16, height: (count + 1) as u16, ..area };
    frame.render_widget(Clear, whole);
    let taken = line.taken();
    let first = (line.chosen.unwrap_or(0) + 1).saturating_sub(count);
    let shown = || line.proposals.iter().enumerate().skip(first).take(count);
    let names = shown().map(|(_, proposal)| width(&proposal.word)).max().unwrap_or(0).min(columns / 2);
    let keys = shown().map(|(_, proposal)| width(&proposal.keys)).max().unwrap_or(0).min(columns / 4);
    for (place, (number, proposal)) in shown().enumerate() {
        let here = Some(number) == line.chosen;
        let sentence = columns.saturating_sub(names + keys + 5);
        let spans = vec![
            Span::raw(if Some(number) == taken { theme.sign("▸", ">") } else { " " }),
            Span::styled(cell(&showable(&proposal.word), names, theme), theme.style(Role::Heading)),
            Span::raw("  "),
            Span::styled(cell(&showable(&proposal.sentence), sentence, theme), theme.style(Role::Faint)),
            Span::raw(" "),
            Span::styled(fit_right(&proposal.keys, keys), theme.style(Role::Faint)),
        ];
        let style = if here { theme.style(Role::Cursor) } else { ratatui::style::Style::default() };
        frame.render_widget(Paragraph::new(Line::from(spans)).style(style), line_of(whole, place));
    }
    let mut spans = vec![Span::styled(" :", theme.style(Role::Heading))];
    spans.extend(layer::written(&line.editor, columns.saturating_sub(2), theme));
    frame.render_widget(Paragraph::new(Line::from(spans)), line_of(whole, count));
}
