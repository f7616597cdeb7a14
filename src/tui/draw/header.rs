//! The query bar and the curve of the last 72 hours.

use super::bar::{Written, tail};
use super::{Parts, cell};
use crate::model::Kind;
use crate::model::clock::rfc3339;
use crate::text::{counted, curve, fit, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// The query, and at its right how many match, or what is wrong.
pub(super) fn bar(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, reports) = (&app.theme, &app.reports);
    let right = counts(app);
    let room = room(app, area);
    let text = showable(reports.bar.text());
    let Some(editor) = &reports.bar.editor else {
        let query = if reports.bar.query.is_empty() { "everything" } else { text.as_str() };
        // The query goes before them.
        let fits = |views: &String| width(query) + width(views) < room;
        let views = views(app).into_iter().find(fits).unwrap_or_default();
        let line = Line::from(vec![
            Span::styled(" /", theme.style(Role::Faint)),
            Span::raw(cell(&showable(query), room + 1 - width(&views), theme)),
            Span::styled(format!("{views}{right}"), theme.style(Role::Faint)),
        ]);
        frame.render_widget(Paragraph::new(line), area);
        return;
    };
    // The line scrolls so that the cursor is seen.
    let before = showable(editor.before_cursor());
    let after = text.as_str().get(before.as_str().len()..).unwrap_or_default();
    let left = tail(before.as_str(), room.saturating_sub(1));
    let mut letters = unicode_segmentation::UnicodeSegmentation::graphemes(after, true);
    let under = letters.next().unwrap_or(" ").to_owned();
    let used = width(&left) + width(&under);
    // A blank stands before the counts.
    let rest = fit(&letters.collect::<String>(), room.saturating_sub(used));
    let rest = format!("{rest}{}", " ".repeat((room + 1).saturating_sub(used + width(&rest))));
    let line = Line::from(vec![
        Span::styled(" /", theme.style(Role::Heading)),
        Span::raw(left),
        Span::styled(under, theme.style(Role::Cursor)),
        Span::raw(rest),
        Span::styled(right, theme.style(Role::Faint)),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

/// Columns for the query: before it stand two, behind it one and the counts.
fn room(app: &App, area: Rect) -> usize {
    usize::from(area.width).saturating_sub(width(&counts(app)) + 3)
}

/// `388 open · 12 new · `: what is in all, whatever is asked; as much as there is room for, the longest first.
fn views(app: &App) -> Vec<String> {
    let Some(panes) = &app.reports.panes else { return vec![] };
    let dot = app.theme.sign("·", "-");
    let new = format!("{} new {dot} ", thousands(panes.new));
    vec![format!("{} open {dot} {new}", thousands(panes.open)), new]
}

/// `3 of 412 match · 17 marked · 2.1 ms`; where all lines are seen the place of the cursor needs no number.
fn counts(app: &App) -> String {
    let reports = &app.reports;
    if let Some((done, total)) = reports.searching {
        return format!("reading {} of {} ", thousands(done), thousands(total));
    }
    let Some(answer) = &reports.answer else { return "loading… ".to_owned() };
    if reports.bar.error.is_some() {
        /// On narrower screens the query needs the room.
        const WIDE: u16 = 60;
        if app.size.0 < WIDE {
            return format!("last good: {} ", thousands(answer.reports));
        }
        return format!("{} match the last good query ", thousands(answer.reports));
    }
    let place = if reports.list.length > reports.list.height {
        format!("{} of ", thousands(reports.list.cursor as u64 + 1))
    } else {
        String::new()
    };
    let lines = if reports.groups.is_some() {
        format!("{place}{}, ", counted(answer.lines as u64, "group"))
    } else {
        place
    };
    let marked = if answer.marked_in_all > 0 {
        format!(" · {} marked", thousands(answer.marked_in_all))
    } else {
        String::new()
    };
    let revealed = if reports.revealed { " · URLs exactly" } else { "" };
    let ms = answer.took.as_secs_f64() * 1e3;
    let text = format!("{lines}{} match{marked}{revealed} · {ms:.1} ms ", thousands(answer.reports));
    if app.theme.ascii { text.replace('·', "-") } else { text }
}

/// The last 72 hours, one sign an hour, with what bursts, and the counts by kind.
pub(super) fn hours(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, reports) = (&app.theme, &app.reports);
    if area.height == 0 {
        return;
    }
    let Some(panes) = &reports.panes else { return };
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .zip(panes.kinds)
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{} {}", kind.name(), thousands(count)))
        .collect();
    // A blank sets them apart from the curve.
    let kinds = if kinds.is_empty() { String::new() } else { format!(" {} ", kinds.join(" ")) };
    let totals = panes.hours.totals();
    let peak = panes.hours.bursts().first().map(|burst| (burst.bucket, burst.times));
    let burst = peak.map_or_else(String::new, |(at, times)| {
        let time = rfc3339(panes.hours.start_of(at));
        // An hour of another day needs its day: the curve goes three days back.
        let from = if time.get(..10) == rfc3339(app.now).get(..10) { 11 } else { 5 };
        let time = time.get(from..16).unwrap_or_default().replace('T', " ");
        format!(" {} burst {time} (×{times})", theme.sign("▲", "^"))
    });
    let label = format!(" {}h ", totals.len());
    let columns = usize::from(area.width);
    let (hours, burst, kinds) = laid_out(columns.saturating_sub(width(&label)), totals.len(), &burst, &kinds);
    let signs = curve(&folded(&totals, hours), theme.ascii);
    let mut line = vec![Span::styled(label, theme.style(Role::Faint))];
    for (number, sign) in signs.chars().enumerate() {
        let is_peak = peak.is_some_and(|(at, _)| at / hours == number);
        let role = if is_peak { Role::Warning } else { Role::Bar };
        line.push(Span::styled(sign.to_string(), theme.style(role)));
    }
    line.push(Span::styled(burst.to_owned(), theme.style(Role::Warning)));
    let used: usize = line.iter().map(|span| width(&span.content)).sum();
    line.push(Span::raw(" ".repeat(columns.saturating_sub(used + width(kinds)))));
    line.push(Span::styled(kinds.to_owned(), theme.style(Role::Faint)));
    frame.render_widget(Paragraph::new(Line::from(line)), area);
}

/// How many hours one sign of the curve stands for, and what stands beside it. The curve always spans all hours:
/// where the terminal is narrow its signs stand for more of them, and what is said elsewhere, too, gives way.
fn laid_out<'t>(room: usize, hours: usize, burst: &'t str, kinds: &'t str) -> (usize, &'t str, &'t str) {
    /// A curve of fewer signs shows no course of a day.
    const MOST_HOURS: usize = 4;
    let fold = |beside: usize| (1..=MOST_HOURS).find(|fold| hours.div_ceil(*fold) + beside <= room);
    [(burst, kinds), (burst, ""), ("", "")]
        .into_iter()
        .find_map(|(burst, kinds)| Some((fold(width(burst) + width(kinds))?, burst, kinds)))
        .unwrap_or((MOST_HOURS, "", ""))
}

/// The sums of so many values each.
fn folded(values: &[u64], by: usize) -> Vec<u64> {
    values.chunks(by.max(1)).map(|values| values.iter().sum()).collect()
}

/// What is to be said about the line that is edited.
pub(super) fn below_the_bar(app: &App, frame: &mut Frame<'_>, parts: &Parts) {
    let bar = &app.reports.bar;
    let query = (bar, bar.query.as_str(), room(app, parts.bar));
    // The proposals stand on the line of the list's heading, so that the curve stays to be seen.
    Written::in_bar(query, &app.theme, frame, parts.bar, usize::from(parts.hours.height));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_spans_all_hours_at_every_width() {
        let (burst, kinds) = (" ^ burst 13:00 (x9)", "normal 388 bounce 17 auto-replied 7 ");
        for room in 18..250 {
            let (hours, burst, kinds) = laid_out(room, 72, burst, kinds);
            let signs = folded(&[1; 72], hours);
            assert_eq!(signs.iter().sum::<u64>(), 72, "{room}");
            assert!(signs.len() + burst.len() + kinds.len() <= room, "{room}");
        }
        assert_eq!(laid_out(200, 72, burst, kinds), (1, burst, kinds));
        assert_eq!(laid_out(75, 72, burst, kinds), (4, burst, kinds));
        assert_eq!(laid_out(40, 72, burst, kinds), (4, burst, ""));
    }
}
