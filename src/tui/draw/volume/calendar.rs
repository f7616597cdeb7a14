//! The calendar of what was reported: days of the week below each other, weeks side by side. Knows nothing of the bars.

use crate::jobs::desk::{REPORTED_DAYS, Volume as Counted};
use crate::model::clock::{DAY_SECONDS, Seconds, WEEKDAYS, rfc3339, weekday};
use crate::text::{fit_right, thousands, width};
use crate::tui::app::App;
use crate::tui::draw::chart::{Steps, fitting, legend_sign};
use crate::tui::draw::{line_of, put};
use crate::tui::theme::Role;
use crate::tui::volume::{Focus, weeks};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

/// Its lines: a title, the weeks, the days.
pub(super) const LINES: u16 = 9;
/// Columns before the days, for their names.
const WEEKDAY: u16 = 5;

/// The day at a place of the terminal.
pub(super) fn day_at(area: Rect, counted: &Counted, place: Position) -> Option<usize> {
    let line = usize::from(place.y.checked_sub(area.y + first_day(area))?);
    let week = usize::from(place.x.checked_sub(WEEKDAY)? / week_width(area, counted));
    let day = (week * 7 + line).checked_sub(weekday(counted.reported_start))?;
    (day < REPORTED_DAYS && line < 7).then_some(day)
}

fn week_width(area: Rect, counts: &Counted) -> u16 {
    let weeks = weeks(counts.reported_start).max(1) as u16;
    (area.width.saturating_sub(WEEKDAY) / weeks).clamp(2, 9)
}

/// Lines before the first day: a title and the weeks, where there is room for them.
fn first_day(calendar: Rect) -> u16 {
    if calendar.height >= LINES { 2 } else { 0 }
}

/// The days on which weeks begin, as many as there is room for: a date needs five columns and a blank.
fn mondays(app: &App, frame: &mut Frame<'_>, area: Rect, counts: &Counted, wide: u16) {
    let every = usize::from(6u16.div_ceil(wide));
    let before = weekday(counts.reported_start) as Seconds;
    for week in (0..weeks(counts.reported_start)).step_by(every) {
        let monday = counts.reported_start + (week as Seconds * 7 - before) * DAY_SECONDS;
        let x = WEEKDAY + week as u16 * wide;
        let text = fit_right(rfc3339(monday).get(5..10).unwrap_or_default(), usize::from(wide.max(5)));
        if x + width(&text) as u16 <= area.width {
            put(frame, Rect { x, width: width(&text) as u16, ..area }, &text, app.theme.style(Role::Faint));
        }
    }
}

/// Days of the week below each other, weeks side by side: what was reported of each day.
pub(super) fn calendar(app: &App, frame: &mut Frame<'_>, area: Rect, counts: &Counted) {
    if area.height == 0 {
        return;
    }
    let (theme, state) = (&app.theme, &app.volume);
    let wide = week_width(area, counts);
    let steps = Steps::up_to(counts.reported.iter().copied().max().unwrap_or(0));
    let before = weekday(counts.reported_start);
    let top = first_day(area);
    if top > 0 {
        let total: u64 = counts.reported.iter().sum();
        let title = format!(" Reported, by day of arrival, {REPORTED_DAYS} days: {}", thousands(total));
        put(frame, line_of(area, 0), &title, theme.style(Role::Heading));
        mondays(app, frame, line_of(area, 1), counts, wide);
    }
    for (line, name) in WEEKDAYS.iter().enumerate().take(usize::from(area.height - top)) {
        let place = Rect { width: WEEKDAY.min(area.width), ..line_of(area, line + usize::from(top)) };
        put(frame, place, &format!(" {name}"), theme.style(Role::Faint));
    }
    for (day, count) in counts.reported.iter().enumerate() {
        let (week, line) = ((before + day) / 7, (before + day) % 7);
        let x = WEEKDAY + week as u16 * wide;
        let line = line + usize::from(top);
        if line >= usize::from(area.height) || x + wide > area.width {
            continue;
        }
        /// Columns of a number and the blank before it.
        const NUMBER: u16 = 5;
        let step = steps.of(*count);
        let text = match wide {
            _ if step == 0 => theme.sign("·", ".").to_owned(),
            NUMBER.. => fitting(*count, usize::from(wide) - 1),
            _ => legend_sign(step, theme).to_owned(),
        };
        let place = Rect { x, width: wide, ..line_of(area, line) };
        let text = fit_right(&text, usize::from(wide));
        put(frame, place, &text, theme.style(Role::Heat(step)));
        if state.focus == Focus::Days && state.day() == day {
            frame
                .buffer_mut()
                .set_style(Rect { x: x + 1, width: wide - 1, ..place }, theme.style(Role::Cursor));
        }
    }
}
