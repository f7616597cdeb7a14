//! The screen Volume: bars of what came when, stacked by kind; below them a calendar of what was reported.

mod calendar;

use super::chart::{fitting, nothing, scope_line, short};
use super::{cell, line_of, put};
use crate::jobs::desk::Volume as Counted;
use crate::keymap::Mode;
use crate::model::Kind;
use crate::model::clock::{DAY_SECONDS, Seconds, WEEKDAYS, rfc3339, weekday};
use crate::text::{counted, fit, fit_right, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::theme::{Role, Theme};
use crate::tui::volume::{Focus, Volume};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Columns before the bars, for the numbers of the scale.
const SCALE: u16 = 8;

/// Where everything is; what is not shown is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Parts {
    legend: Rect,
    bars: Rect,
    marks: Rect,
    axis: Rect,
    about: Rect,
    bursts: Rect,
    calendar: Rect,
}

/// Splits a terminal of this size, for so many spans that stand out.
fn parts((columns, lines): (u16, u16), focus: Focus, bursts: usize) -> Parts {
    /// Below the title and what is counted.
    const TOP: u16 = 2;
    let body = Rect { x: 0, y: TOP, width: columns, height: lines.saturating_sub(TOP + 1) };
    let with_both = body.height >= calendar::LINES + 11;
    let mut parts = Parts::default();
    let mut left = body;
    let mut from_below = |height: u16| {
        let height = height.min(left.height);
        left.height -= height;
        Rect { y: left.y + left.height, height, ..left }
    };
    if with_both {
        parts.calendar = from_below(calendar::LINES);
    } else if focus == Focus::Days {
        // Where seven days leave no line, it is that of what is counted.
        let days = 7;
        parts.about = if body.height > days { from_below(1) } else { Rect { y: TOP - 1, height: 1, ..body } };
        parts.calendar = from_below(body.height);
        return parts;
    }
    if with_both {
        // A blank line sets the calendar apart, where there is room.
        from_below(u16::from(body.height >= calendar::LINES + 16));
        let room = (body.height - calendar::LINES).saturating_sub(11).clamp(1, 5);
        parts.bursts = from_below((bursts as u16).clamp(1, room));
    }
    parts.about = from_below(1);
    parts.axis = from_below(1);
    parts.marks = if body.height >= 9 { from_below(1) } else { parts.axis };
    let legend = u16::from(left.height > 2);
    parts.legend = Rect { height: legend, ..left };
    parts.bars = Rect { y: left.y + legend, height: left.height - legend, ..left };
    parts
}

/// How spans become bars: so many spans a bar, so many columns a bar, one of them blank where there are three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    x: u16,
    fold: usize,
    column: u16,
    bars: usize,
}

impl Grid {
    fn of(area: Rect, spans: usize) -> Grid {
        let columns = usize::from(area.width.saturating_sub(SCALE)).max(1);
        let fold = spans.div_ceil(columns).max(1);
        let bars = spans.div_ceil(fold).max(1);
        Grid { x: area.x + SCALE, fold, column: (columns / bars).clamp(1, 5) as u16, bars }
    }

    fn x_of(&self, bar: usize) -> u16 {
        self.x + bar as u16 * self.column
    }

    fn width(&self) -> u16 {
        if self.column >= 3 { self.column - 1 } else { self.column }
    }
}

/// The span or the day at a place of the terminal.
pub fn at(state: &Volume, size: (u16, u16), (column, line): (u16, u16)) -> Option<(Focus, usize)> {
    let counted = state.counted.as_ref()?;
    let parts = parts(size, state.focus, counted.bursts.len());
    let place = Position { x: column, y: line };
    if parts.bars.contains(place) || parts.marks.contains(place) || parts.axis.contains(place) {
        let grid = Grid::of(parts.bars, counted.buckets.counts.len());
        let bar = usize::from(column.checked_sub(grid.x)? / grid.column);
        return (bar < grid.bars).then_some((Focus::Bars, bar * grid.fold));
    }
    if parts.calendar.contains(place) {
        return calendar::day_at(parts.calendar, counted, place).map(|day| (Focus::Days, day));
    }
    None
}

pub(super) fn volume(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    let state = &app.volume;
    let right = match &state.counted {
        None => "counting ".to_owned(),
        Some(counts) => {
            let total: u64 = counts.buckets.totals().iter().sum();
            format!("{}{} ", if counts.at_most { "at most " } else { "" }, counted(total, "report"))
        }
    };
    let until = state.until().map(|moment| format!(" to {}", rfc3339(moment).get(5..16).unwrap_or_default()));
    let window = format!("{}{}", state.zoom.title(), until.unwrap_or_default().replace('T', " "));
    scope_line(app, frame, line_of(whole, 1), &state.subject, &window, &right);
    let Some(counts) = &state.counted else { return };
    let parts = parts((whole.width, whole.height), state.focus, counts.bursts.len());
    if parts.bars.height > 0 {
        let totals = counts.buckets.totals();
        legend(app, frame, parts.legend, counts);
        if totals.iter().all(|total| *total == 0) {
            nothing(app, frame, parts.bars, &calm(app, counts));
        } else {
            let grid = Grid::of(parts.bars, totals.len());
            bars(app, frame, parts.bars, counts, grid);
            axis(app, frame, &parts, counts, grid);
        }
    }
    about(app, frame, parts.about, counts);
    bursts(app, frame, parts.bursts, counts);
    calendar::calendar(app, frame, parts.calendar, counts);
}

/// What is said where nothing came: when the newest did, and what leads elsewhere, where there is more to be seen.
fn calm(app: &App, counts: &Counted) -> String {
    let newest = counts.newest.map_or(String::new(), |newest| {
        let day = rfc3339(newest).get(..10).unwrap_or_default().to_owned();
        // Behind what is seen it may have come as well.
        let leads = if newest < counts.buckets.start { "; {earlier} goes there" } else { "" };
        format!(" The newest came on {day}{leads}.")
    });
    let longer = if app.volume.zoom.is_farthest() { "" } else { " {zoom-out} shows more of it." };
    let all = if app.volume.subject.query.is_empty() { "" } else { " {scope} counts all reports." };
    let text = format!("Not one report in all this time.{newest}{longer}{all}");
    app.keymap.spelled(Mode::Volume, &text)
}

/// The sign of a kind where colours do not tell the kinds apart.
fn kind_sign(kind: usize, theme: &Theme) -> &'static str {
    let signs = [("█", "#"), ("▒", "+"), ("░", ".")];
    let (unicode, ascii) = signs.get(kind).copied().unwrap_or(("█", "#"));
    match theme.has_colours() && !theme.ascii {
        true => "█",
        false => theme.sign(unicode, ascii),
    }
}

fn legend(app: &App, frame: &mut Frame<'_>, area: Rect, counts: &Counted) {
    if area.height == 0 {
        return;
    }
    let theme = &app.theme;
    let total = |kind: usize| counts.buckets.counts.iter().filter_map(|kinds| kinds.get(kind)).sum::<u64>();
    let named = |with: &dyn Fn(u64) -> String| -> Vec<String> {
        Kind::ALL
            .iter()
            .enumerate()
            .map(|(at, kind)| format!(" {}{} ", kind.name(), with(total(at))))
            .collect()
    };
    // Numbers give way before names do.
    let fitting = [
        named(&|total| format!(" {} ", thousands(total))),
        named(&|total| format!(" {}", short(total))),
        named(&|_| String::new()),
    ];
    let wide = |names: &[String]| 1 + names.iter().map(|name| 1 + width(name)).sum::<usize>();
    let names = fitting.iter().find(|names| wide(names) <= area.width.into()).or(fitting.last());
    let mut spans = vec![Span::raw(" ")];
    for (kind, name) in names.into_iter().flatten().enumerate() {
        spans.push(Span::styled(kind_sign(kind, theme), theme.style(Role::Kind(kind as u8))));
        spans.push(Span::raw(name.clone()));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn bars(app: &App, frame: &mut Frame<'_>, area: Rect, counts: &Counted, grid: Grid) {
    let theme = &app.theme;
    let stacks: Vec<[u64; 3]> = counts.buckets.counts.chunks(grid.fold).map(sum).collect();
    let most = stacks.iter().map(|kinds| kinds.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let scale = |value: u64| format!("{} ", fit_right(&fitting(value, 6), 7));
    let middle = area.height / 2;
    for (line, value) in
        [(0, most), (middle, most - most * u64::from(middle) / u64::from(area.height.max(1)))]
    {
        put(frame, line_of(area, line.into()), &scale(value), theme.style(Role::Faint));
    }
    let cursor = app.volume.cursor() / grid.fold;
    let edge = area.right();
    for (bar, kinds) in stacks.iter().enumerate() {
        // Where each kind ends, in eighths of a line from below; what is there at all is seen.
        let full = u64::from(area.height) * 8;
        let mut sum = 0;
        let ends = kinds.map(|count| {
            sum += count;
            (u128::from(sum) * u128::from(full)).div_ceil(u128::from(most)) as u64
        });
        for row in 0..area.height {
            let below = u64::from(area.height - 1 - row) * 8;
            let Some((sign, style)) = stacked(ends, below, theme) else { continue };
            for x in grid.x_of(bar)..(grid.x_of(bar) + grid.width()).min(edge) {
                if let Some(cell) = frame.buffer_mut().cell_mut((x, area.y + row)) {
                    cell.set_symbol(sign).set_style(style);
                }
            }
        }
        if bar == cursor && app.volume.focus == Focus::Bars {
            under_the_cursor(app, frame, area, (grid.x_of(bar), grid.width()));
        }
    }
}

/// The bar of the cursor stands in a column of its own, whether anything is there or not.
fn under_the_cursor(app: &App, frame: &mut Frame<'_>, area: Rect, (x, width): (u16, u16)) {
    let theme = &app.theme;
    for x in x..(x + width).min(area.right()) {
        for y in area.y..area.bottom() {
            let Some(cell) = frame.buffer_mut().cell_mut((x, y)) else { continue };
            if cell.symbol() == " " {
                cell.set_symbol(theme.sign("┊", ":")).set_style(theme.style(Role::Warning));
            }
        }
    }
}

fn sum(spans: &[[u64; 3]]) -> [u64; 3] {
    spans.iter().fold([0; 3], |all, kinds| {
        [0, 1, 2]
            .map(|kind: usize| all.get(kind).copied().unwrap_or(0) + kinds.get(kind).copied().unwrap_or(0))
    })
}

/// A line of a bar: the eighths from `below` on, of kinds that end at these.
fn stacked(ends: [u64; 3], below: u64, theme: &Theme) -> Option<(&'static str, Style)> {
    const EIGHTHS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let top = ends.last().copied().unwrap_or(0);
    let kind_at = |eighth: u64| ends.iter().position(|end| *end > eighth);
    let first = kind_at(below)?;
    let style = |kind: usize| theme.style(Role::Kind(kind as u8));
    let end = ends.get(first).copied().unwrap_or(0) - below;
    if theme.ascii || !theme.has_colours() {
        // The kind that has the middle of the line; the lowest where it does not reach that far.
        let kind = kind_at(below + 4).unwrap_or(first);
        let eighths = (top - below).min(8) as usize;
        return Some(match kind {
            0 if !theme.ascii => (EIGHTHS.get(eighths - 1).copied().unwrap_or("█"), style(kind)),
            kind => (kind_sign(kind, theme), style(kind)),
        });
    }
    if end >= 8 {
        return Some(("█", style(first)));
    }
    let sign = EIGHTHS.get((end as usize).saturating_sub(1)).copied().unwrap_or("█");
    // Above it another kind, or nothing.
    Some(match kind_at(below + end) {
        Some(next) => (sign, style(first).bg(style(next).fg.unwrap_or_default())),
        None => (sign, style(first)),
    })
}

/// Times below the bars, and above them what bursts and where the cursor is.
fn axis(app: &App, frame: &mut Frame<'_>, parts: &Parts, counts: &Counted, grid: Grid) {
    let theme = &app.theme;
    let mut free = parts.axis.x;
    let marks: Vec<u16> = counts.bursts.iter().map(|burst| grid.x_of(burst.bucket / grid.fold)).collect();
    let is_marked =
        |place: std::ops::Range<u16>| parts.marks == parts.axis && marks.iter().any(|x| place.contains(x));
    for span in 0..counts.buckets.counts.len() {
        let Some(label) = label(counts.buckets.start_of(span), counts.buckets.seconds, counts) else {
            continue;
        };
        let x = grid.x_of(span / grid.fold);
        let wide = width(&label) as u16;
        if x >= free && x + wide <= parts.axis.right() && !is_marked(x..x + wide) {
            put(frame, Rect { x, width: wide, ..parts.axis }, &label, theme.style(Role::Faint));
            free = x + wide + 1;
        }
    }
    for x in marks.iter().copied() {
        let area = Rect { x, width: 1, ..parts.marks };
        put(frame, area.intersection(parts.marks), theme.sign("▲", "^"), theme.style(Role::Warning));
    }
    if app.volume.focus == Focus::Bars {
        let bar = app.volume.cursor() / grid.fold;
        let area = Rect { x: grid.x_of(bar), width: grid.width(), ..parts.marks }.intersection(parts.marks);
        frame.buffer_mut().set_style(area, theme.style(Role::Cursor));
    }
}

/// What stands below a span: the day where one begins, hours in between where there is room for them.
fn label(start: Seconds, seconds: Seconds, counts: &Counted) -> Option<String> {
    let time = rfc3339(start);
    let day = || time.get(5..10).map(|date| format!("{} {date}", WEEKDAYS[weekday(start)]));
    match seconds {
        ..DAY_SECONDS if start.rem_euclid(DAY_SECONDS) == 0 => day(),
        ..DAY_SECONDS if counts.buckets.counts.len() <= 24 && start.rem_euclid(6 * 3_600) == 0 => {
            time.get(11..16).map(str::to_owned)
        }
        DAY_SECONDS if weekday(start) == 0 => day(),
        // The first whole week of a month.
        _ if seconds > DAY_SECONDS && time.get(8..10).is_some_and(|day| day <= "07") => {
            time.get(..7).map(str::to_owned)
        }
        _ => None,
    }
}

/// What the cursor is on, in words.
fn about(app: &App, frame: &mut Frame<'_>, area: Rect, counts: &Counted) {
    if area.height == 0 {
        return;
    }
    let (theme, state) = (&app.theme, &app.volume);
    let text = match state.focus {
        Focus::Bars => {
            let span = state.cursor();
            let kinds = counts.buckets.counts.get(span).copied().unwrap_or_default();
            let named: Vec<String> = Kind::ALL
                .iter()
                .zip(kinds)
                .filter(|(_, count)| *count > 0)
                .map(|(kind, count)| format!("{} {}", kind.name(), thousands(count)))
                .collect();
            let burst = counts.bursts.iter().find(|burst| burst.bucket == span);
            let burst = burst.map_or(String::new(), |burst| {
                format!("  {} {} times the usual", theme.sign("▲", "^"), thousands(burst.times))
            });
            let total = thousands(kinds.iter().sum());
            let when = when(counts.buckets.start_of(span), counts.buckets.seconds);
            let named = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
            format!(" {when}  {total}{named}{burst}")
        }
        Focus::Days => {
            let day = state.day();
            let start = counts.reported_start + day as Seconds * DAY_SECONDS;
            let reported = counts.reported.get(day).copied().unwrap_or(0);
            format!(" {}  {} reported", when(start, DAY_SECONDS), thousands(reported))
        }
    };
    // It may stand where something else would.
    put(frame, area, &fit(&text, area.width.into()), theme.style(Role::Heading));
}

/// `Fri 2026-11-20 13:00 to 14:00`, or a day, or a week.
fn when(start: Seconds, seconds: Seconds) -> String {
    let (from, to) = (rfc3339(start), rfc3339(start + seconds));
    let part = |time: &str, range: std::ops::Range<usize>| time.get(range).unwrap_or_default().to_owned();
    let day = format!("{} {}", WEEKDAYS[weekday(start)], part(&from, 0..10));
    match seconds {
        DAY_SECONDS => day,
        ..DAY_SECONDS => format!("{day} {} to {}", part(&from, 11..16), part(&to, 11..16)),
        _ => format!("{day} to {}", part(&rfc3339(start + seconds - 1), 5..10)),
    }
}

/// What bursts and by what, the one of the cursor first.
fn bursts(app: &App, frame: &mut Frame<'_>, area: Rect, counts: &Counted) {
    let (theme, state) = (&app.theme, &app.volume);
    let columns = usize::from(area.width);
    let cursor = state.cursor();
    let mut found = counts.bursts.clone();
    found.sort_by_key(|burst| burst.bucket != cursor);
    for (place, burst) in found.iter().take(area.height.into()).enumerate() {
        let start = counts.buckets.start_of(burst.bucket);
        let reasons: Vec<String> =
            state.reasons(burst.bucket).into_iter().map(|reason| reason.to_string()).collect();
        let time = rfc3339(start);
        let time = if counts.buckets.seconds < DAY_SECONDS { time.get(5..16) } else { time.get(5..10) };
        let text = format!(
            "{} {} {} ({}{}): {}",
            theme.sign("▲", "^"),
            time.unwrap_or_default().replace('T', " "),
            thousands(burst.count),
            theme.sign("×", "x"),
            short(burst.times),
            if reasons.is_empty() { "of all sorts".to_owned() } else { reasons.join(", ") },
        );
        let role = if burst.bucket == cursor { Role::Warning } else { Role::Text };
        let text = cell(&showable(&text), columns.saturating_sub(1), theme);
        put(frame, line_of(area, place), &format!(" {text}"), theme.style(role));
    }
    if counts.bursts.is_empty() {
        put(
            frame,
            line_of(area, 0),
            " Nothing bursts: no span has three times the usual.",
            theme.style(Role::Faint),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_lie_inside_and_the_bars_have_room() {
        for columns in 1..200u16 {
            // Below that the screen says that it is too small.
            for lines in 10..70u16 {
                for focus in [Focus::Bars, Focus::Days] {
                    let parts = parts((columns, lines), focus, 3);
                    for part in [
                        parts.legend,
                        parts.bars,
                        parts.marks,
                        parts.axis,
                        parts.about,
                        parts.bursts,
                        parts.calendar,
                    ] {
                        assert!(part.is_empty() || part.bottom() < lines, "{part:?} of {columns}×{lines}");
                    }
                    assert!(focus == Focus::Days || parts.bars.height >= 3, "{columns}×{lines}");
                }
            }
        }
        let parts = parts((80, 24), Focus::Bars, 9);
        assert!(parts.bars.height >= 6 && parts.calendar.height == calendar::LINES, "{parts:?}");
    }

    #[test]
    fn every_span_has_a_bar_on_the_screen() {
        for columns in 10..250u16 {
            for spans in [24, 30, 53, 56, 72] {
                let area = Rect { x: 0, y: 0, width: columns, height: 5 };
                let grid = Grid::of(area, spans);
                assert!(grid.bars * grid.fold >= spans, "{columns} {spans}");
                assert!(grid.x_of(grid.bars - 1) + grid.width() <= columns, "{columns} {spans} {grid:?}");
            }
        }
        assert_eq!(Grid::of(Rect { width: 81, ..Rect::default() }, 72).fold, 1);
    }
}
