//! The screen Tools: the line with the subject, and what is known about it.

use super::{cell, layer, line_of, put};
use crate::keymap::Mode;
use crate::text::{fit, showable, width};
use crate::tui::app::App;
use crate::tui::reports::detail::broken;
use crate::tui::theme::Role;
use crate::tui::tools::Shown;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// The line where what is known begins: below the title, the subject and what is being done.
pub const TOP: u16 = 2;

/// Columns before the names: a sign and a blank.
const SIGN: usize = 2;

/// Where what is known is shown, on a terminal of this size.
pub fn area((columns, lines): (u16, u16)) -> Rect {
    /// On a wider screen an eye would lose the line between a value and who says so.
    const WIDEST: u16 = 120;
    Rect { x: 0, y: TOP, width: columns.min(WIDEST), height: lines.saturating_sub(TOP + 1) }
}

/// What the screen is for, while it has no subject.
const PURPOSE: [&str; 6] = [
    "Everything that is known about an address, a network, a domain, a URL or an AS: its name, who announces it, \
     where it is, which block lists name it, whom to tell, and which reports share it.",
    "",
    "{look-up} writes one; pasted text goes there, too. {reports:look-up} on a report brings its source here, and on a report's URLs one of \
     those.",
    "Each line says from whom it is and how old. What could not be learnt is marked ?, what is not so -, what speaks \
     against it !.",
    "",
    "Only what the configuration allows is asked, and nothing is fetched from a URL unless it is traced.",
];

pub(super) fn tools(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    subject(app, frame, line_of(whole, 1));
    let area = area((whole.width, whole.height));
    let (theme, state) = (&app.theme, &app.tools);
    if state.known.is_none() {
        let columns = usize::from(area.width).saturating_sub(2);
        let unasked = app.keymap.spelled(Mode::Tools, "Nobody was asked about it; {refresh} looks it up.");
        let purpose = PURPOSE.map(|line| app.keymap.spelled(Mode::Tools, line));
        let (text, role): (Vec<&str>, Role) = match (&state.failure, &state.asking) {
            (Some(why), _) => (broken(why.as_str(), columns), Role::Error),
            (None, Some(_)) => (vec![], Role::Faint),
            (None, None) if !state.subject.is_empty() => (broken(&unasked, columns), Role::Faint),
            (None, None) => (purpose.iter().flat_map(|line| broken(line, columns)).collect(), Role::Faint),
        };
        for (place, line) in text.iter().take(area.height.into()).enumerate() {
            put(frame, line_of(area, place), &format!(" {line}"), theme.style(role));
        }
        return;
    }
    for (place, shown) in state.lines().iter().skip(state.top).take(area.height.into()).enumerate() {
        let at_cursor = state.top + place == state.cursor && shown.thing.is_some();
        line(app, shown, at_cursor, frame, line_of(area, place));
    }
}

/// The subject, or the line in which it is written; at the right what is being done.
fn subject(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.tools);
    let (right, role) = match (&state.asking, &state.failure) {
        (Some(what), _) => (format!(" {what}{} ", theme.sign("…", "...")), Role::Warning),
        (None, Some(_)) => (" nothing came of it ".to_owned(), Role::Error),
        (None, None) => (state.age(app.now).map_or_else(String::new, |age| format!(" {age} ")), Role::Faint),
    };
    let columns = usize::from(area.width);
    // The subject has half of the line at least.
    let right = crate::text::cut(&right, columns / 2);
    let room = columns.saturating_sub(width(&right) + 2);
    let mut spans = match &state.editor {
        Some(editor) => {
            let mut spans = vec![Span::styled(" /", theme.style(Role::Heading))];
            spans.extend(layer::written(editor, room, theme));
            spans
        }
        None => vec![
            Span::styled(" /", theme.style(Role::Faint)),
            Span::styled(cell(&state.named(), room, theme), theme.style(Role::Heading)),
        ],
    };
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    spans.push(Span::raw(" ".repeat(columns.saturating_sub(used + width(&right)))));
    spans.push(Span::styled(cell(&showable(&right), width(&right), theme), theme.style(role)));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn line(app: &App, shown: &Shown, at_cursor: bool, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let columns = usize::from(area.width);
    if shown.thing.is_none() {
        let text = cell(&shown.text, columns.saturating_sub(2), theme);
        put(frame, area, &format!("{:1} {text}", shown.sign), theme.style(shown.role));
        return;
    }
    let names = app.tools.names();
    let style = theme.style(shown.role);
    let room = columns.saturating_sub(SIGN + names + 1);
    let note = width(shown.note.as_str()).min(room);
    let text = width(shown.text.as_str()).min(room - note);
    // A note on a line of its own stands where values stand.
    let between = if text == 0 { 0 } else { room - note - text };
    let spans = vec![
        Span::styled(fit(shown.sign, SIGN), style),
        Span::styled(format!("{} ", cell(&shown.name, names, theme)), theme.style(Role::Faint)),
        Span::styled(cell(&shown.text, text, theme), style),
        Span::raw(" ".repeat(between)),
        Span::styled(cell(&shown.note, note, theme), theme.style(Role::Faint)),
    ];
    let whole = if at_cursor { theme.style(Role::Cursor) } else { theme.style(Role::Text) };
    frame.render_widget(Paragraph::new(Line::from(spans)).style(whole), area);
}
