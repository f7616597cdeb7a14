//! The screen Outbox.

use super::pane::{Places, pane, places};
use super::{cell, line_of, put};
use crate::keymap::Mode;
use crate::model::{Outgoing, OutgoingState, Response};
use crate::text::{cut, fit, fit_right, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::outbox::outlook;
use crate::tui::report::minute;
use crate::tui::reports::detail::broken;
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// The line where the rows begin: below the title, the states and the headings.
const TOP: u16 = 3;
/// From so many columns on a row says since when it is so and about how many mails it is.
const WITH_TIME: usize = 60;
/// From so many columns on a row names its source, too.
const WITH_SOURCE: usize = 110;

/// Where list and message are.
pub fn outbox_places(size: (u16, u16), is_reading: bool) -> Places {
    places(size, TOP, is_reading)
}

pub(super) fn outbox(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    let state = &app.outbox;
    states(app, frame, line_of(whole, 1));
    let places = outbox_places((whole.width, whole.height), state.is_reading);
    if places.list.height > 0 {
        let heading = Rect { y: TOP - 1, height: 1, ..places.list };
        row_line(app, &HEADINGS.map(str::to_owned), Role::Faint, frame, heading);
    }
    if state.rows.is_some() && state.rows().is_empty() {
        empty(app, frame, places.list);
        return;
    }
    for (place, row) in state.rows().iter().skip(state.top).take(places.list.height.into()).enumerate() {
        one(app, row, state.top + place == state.cursor, frame, line_of(places.list, place));
    }
    if let Some(id) = state.read_row() {
        pane(app, &state.pane, &format!("row {id}"), state.is_reading, frame, places.pane);
    }
}

/// ` all 48  held 3  approved 41 …`, the one that is shown set apart; at the right what is being sent.
fn states(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.outbox);
    let columns = usize::from(area.width);
    let right = match (state.sending, state.rows.as_ref().is_some_and(|rows| rows.stuck.is_some())) {
        (Some((done, total)), _) => format!(" sending {done} of {total}{} ", theme.sign("…", "...")),
        (None, true) => " ! nothing can leave ".to_owned(),
        (None, false) => String::new(),
    };
    let right = cut(&right, columns);
    let mut room = columns.saturating_sub(width(&right));
    let mut spans = vec![];
    for name in state.states() {
        let title = name.map_or("all", OutgoingState::name);
        let text = format!(" {title} {} ", thousands(state.count(name)));
        let wide = width(&text).min(room);
        room -= wide;
        let role = match (name == state.state, name) {
            (true, _) => Role::RestingCursor,
            (false, Some(OutgoingState::Unknown | OutgoingState::Failed)) => Role::Warning,
            _ => Role::Faint,
        };
        spans.push(Span::styled(cut(&text, wide), theme.style(role)));
    }
    spans.push(Span::raw(" ".repeat(room)));
    spans.push(Span::styled(right, theme.style(Role::Warning)));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

const HEADINGS: [&str; 8] = ["", "", "State", "Since UTC", "To", "Mails", "Source", "Subject"];

fn one(app: &App, row: &Outgoing, at_cursor: bool, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.outbox);
    let tick = if state.is_ticked(row.id) { theme.sign("✓", "*") } else { " " };
    let sign = if at_cursor { theme.sign("▸", ">") } else { " " };
    let outlook = outlook(row, app.now);
    let source = row.source.map(|ip| ip.to_string()).unwrap_or_default();
    let last = match outlook.is_empty() {
        true => row.subject.clone(),
        false if row.subject.is_empty() => outlook,
        false => format!("{outlook}{}{}", theme.sign(" · ", " - "), row.subject),
    };
    let cells = [
        sign.to_owned(),
        tick.to_owned(),
        row.state.name().to_owned(),
        minute(row.state_at).get(5..).unwrap_or_default().to_owned(),
        row.recipient.clone(),
        thousands(u64::from(row.incidents)),
        source,
        last,
    ];
    let role = match (row.state, row.response) {
        (OutgoingState::Failed, _) | (_, Response::Bounced) => Role::Error,
        (OutgoingState::Unknown | OutgoingState::Sending, _) => Role::Warning,
        (OutgoingState::Approved, _) => Role::Included,
        (OutgoingState::Sent | OutgoingState::ByHand | OutgoingState::Cancelled, _) => Role::Reported,
        _ if state.is_ticked(row.id) => Role::Marked,
        _ => Role::Text,
    };
    let rect = area;
    row_line(app, &cells, role, frame, rect);
    if at_cursor {
        let style = theme.style(if state.is_reading { Role::RestingCursor } else { Role::Cursor });
        frame.buffer_mut().set_style(rect, style);
    }
}

fn row_line(app: &App, cells: &[String; 8], role: Role, frame: &mut Frame<'_>, area: Rect) {
    let [sign, tick, state, since, to, mails, source, rest] = cells;
    let columns = usize::from(area.width);
    let to_wide = (columns / 4).clamp(14, 40);
    let mut text = format!("{}{} {} ", fit(sign, 1), fit(tick, 1), fit(state, 9));
    if columns >= WITH_TIME {
        text.push_str(&format!("{} ", fit(since, 11)));
    }
    text.push_str(&format!("{} ", cell(&showable(to), to_wide, &app.theme)));
    if columns >= WITH_TIME {
        text.push_str(&format!("{} ", fit_right(mails, 5)));
    }
    if columns >= WITH_SOURCE {
        text.push_str(&fit(source, 16));
    }
    let room = columns.saturating_sub(width(&text));
    text.push_str(&cell(&showable(rest), room, &app.theme));
    put(frame, area, &text, app.theme.style(role));
}

/// Nothing is there: why, and how to see more.
fn empty(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let lines: &[&str] = match app.outbox.state {
        Some(_) => &["No message is in this state.", "{next-part} shows the next one."],
        None => &[
            "Nothing has gone out, and nothing is about to. All quiet at the abuse desks.",
            "On the screen Reports, {reports:report} shows what would be reported and to whom; what is approved there comes here.",
        ],
    };
    let columns = usize::from(area.width).saturating_sub(4).max(1);
    let roles = [Role::Text, Role::Faint];
    let lines: Vec<String> = lines.iter().map(|text| app.keymap.spelled(Mode::Outbox, text)).collect();
    let lines = lines
        .iter()
        .zip(roles)
        .flat_map(|(text, role)| broken(text, columns).into_iter().map(move |piece| (piece, role)));
    for (number, (text, role)) in
        lines.enumerate().take_while(|(number, _)| usize::from(area.height) > number + 1)
    {
        put(frame, line_of(area, number + 1), &format!("  {text}"), app.theme.style(role));
    }
}
