//! The screen Patterns: the question, what bursts line by line, and below that everything about the one under the
//! cursor.

use super::{cell, layer, line_of, put};
use crate::jobs::patterns::LEAST;
use crate::keymap::Mode;
use crate::model::Pattern;
use crate::model::clock::{Seconds, rfc3339};
use crate::text::{Showable, counted, curve, fit, fit_right, pattern_name, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::reports::detail::broken;
use crate::tui::theme::{Role, Theme};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

/// The line where the list begins: below the title, the question and the heading.
pub const TOP: u16 = 3;

/// Lines of what is known of the pattern under the cursor, with the rule above it.
const BELOW: u16 = 7;
/// On a lower terminal the list has all lines.
const LEAST_WITH_BELOW: u16 = 18;
/// Columns before the name: the letter, a blank, the count, two blanks.
const BEFORE: usize = 11;
/// The narrowest and the widest name.
const NAME: (usize, usize) = (24, 56);
const COUNTRIES: usize = 8;
const REPORTED: usize = 5;

/// Where the list is, and what is below it, on a terminal of this size.
pub fn areas((columns, lines): (u16, u16)) -> (Rect, Rect) {
    let height = lines.saturating_sub(TOP + 1);
    let below = if lines >= LEAST_WITH_BELOW { BELOW } else { 0 };
    let list = Rect { x: 0, y: TOP, width: columns, height: height.saturating_sub(below) };
    (list, Rect { x: 0, y: TOP + list.height, width: columns, height: height - list.height })
}

/// What stands in a line, by the columns that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Columns {
    name: usize,
    /// The signs of the curve.
    curve: usize,
    reported: usize,
    countries: usize,
    why: usize,
}

impl Columns {
    /// The name first; then the curve, what was reported, the reason, the countries, as far as there is room.
    fn of(columns: usize) -> Columns {
        let mut room = columns.saturating_sub(BEFORE);
        let mut take = |wanted: usize, least: usize| {
            let taken = if room > least { wanted.min(room - 1) } else { 0 };
            room -= if taken > 0 { taken + 1 } else { 0 };
            taken
        };
        let name = (columns / 3).clamp(NAME.0, NAME.1);
        let mut fitted = Columns { name: take(name, 0), ..Columns::default() };
        fitted.curve = take(if columns >= 140 { 32 } else { 16 }, 16);
        fitted.reported = take(REPORTED, REPORTED);
        fitted.why = take(60, 20);
        fitted.countries = take(COUNTRIES, COUNTRIES);
        let more = room.min(NAME.1.saturating_sub(fitted.name));
        fitted.name += more;
        fitted.why += if fitted.why > 0 { room - more } else { 0 };
        fitted
    }
}

pub(super) fn patterns(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    question(app, frame, line_of(whole, 1));
    let (area, below) = areas((whole.width, whole.height));
    let (theme, state) = (&app.theme, &app.patterns);
    let lines = state.lines();
    if lines.is_empty() {
        nothing(app, frame, Rect { height: area.height + below.height, ..area });
        return;
    }
    let columns = Columns::of(area.width.into());
    heading(theme, columns, frame, line_of(whole, 2));
    let seen = lines.iter().enumerate().skip(state.top).take(area.height.into());
    for (place, (number, pattern)) in seen.enumerate() {
        line(theme, pattern, number == state.cursor, columns, frame, line_of(area, place));
    }
    if let Some(pattern) = state.current() {
        detail(theme, pattern, frame, below);
    }
}

/// The query, or the line in which it is written; at the right which time is compared with which.
fn question(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.patterns);
    let span = state.found.as_ref().map(|found| {
        let new = if state.only_new { "only new, " } else { "" };
        let (window, before) = (found.span.in_words(), found.span.before_in_words());
        format!(" {new}{window} against the {before} before ")
    });
    let (right, role) = match (&state.found, state.is_looking) {
        (None, _) => (format!(" looking{} ", theme.sign("…", "...")), Role::Warning),
        (Some(_), true) => (format!("{}{}", span.unwrap_or_default(), theme.sign("…", "...")), Role::Warning),
        (Some(found), false) => {
            let took = found.took.as_secs_f64() * 1e3;
            (format!("{}{} {took:.0} ms ", span.unwrap_or_default(), theme.sign("·", "-")), Role::Faint)
        }
    };
    let columns = usize::from(area.width);
    let right = crate::text::cut(&right, columns * 2 / 3);
    let room = columns.saturating_sub(width(&right) + 2);
    let mut spans = match &state.editor {
        Some(editor) => {
            let mut spans = vec![Span::styled(" /", theme.style(Role::Heading))];
            spans.extend(layer::written(editor, room, theme));
            spans
        }
        None => vec![
            Span::styled(" /", theme.style(Role::Faint)),
            Span::styled(cell(&showable(&state.question()), room, theme), theme.style(Role::Heading)),
        ],
    };
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    spans.push(Span::raw(" ".repeat(columns.saturating_sub(used + width(&right)))));
    spans.push(Span::styled(cell(&showable(&right), width(&right), theme), theme.style(role)));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// What is wrong with the query, below it; over everything else.
pub(super) fn error(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    let Some(error) = &app.patterns.error else { return };
    let nearest = error.nearest.as_ref().map(|n| format!("; did you mean '{n}'?")).unwrap_or_default();
    let sentence = showable(&format!("column {}: {}{nearest}", error.column + 1, error.message));
    let columns = usize::from(whole.width).saturating_sub(2).max(1);
    for (place, piece) in broken(sentence.as_str(), columns).into_iter().take(3).enumerate() {
        let area = line_of(whole, 2 + place);
        frame.render_widget(Clear, area);
        put(frame, area, &format!(" {piece}"), app.theme.style(Role::Error));
    }
}

fn heading(theme: &Theme, columns: Columns, frame: &mut Frame<'_>, area: Rect) {
    let mut text = format!("  {} {}", fit_right("Reports", 8), fit("Pattern", columns.name));
    for (title, width, right) in [
        ("Before and now", columns.curve, false),
        ("Rep.", columns.reported, true),
        ("Why", columns.why, false),
        ("From", columns.countries, false),
    ] {
        if width > 0 {
            text.push(' ');
            text.push_str(&if right { fit_right(title, width) } else { fit(title, width) });
        }
    }
    put(frame, area, &text, theme.style(Role::Heading));
}

fn line(
    theme: &Theme,
    pattern: &Pattern,
    at_cursor: bool,
    columns: Columns,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let (letter, role) = match pattern {
        pattern if pattern.open == 0 => ("R", Role::Reported),
        pattern if pattern.is_new() => ("N", Role::New),
        _ => ("", Role::Text),
    };
    let name = pattern_name(pattern.dimension, &pattern.text);
    let mut spans = vec![
        Span::styled(fit(letter, 2), theme.style(role)),
        Span::raw(format!("{} ", fit_right(&thousands(pattern.count), 8))),
        Span::styled(cell(&name, columns.name, theme), theme.style(role)),
    ];
    if columns.curve > 0 {
        spans
            .push(Span::styled(format!(" {}", drawn(pattern, columns.curve, theme)), theme.style(Role::Bar)));
    }
    if columns.reported > 0 {
        let share = format!("{} %", pattern.reported_percent());
        spans.push(Span::styled(
            format!(" {}", fit_right(&share, columns.reported)),
            theme.style(Role::Faint),
        ));
    }
    if columns.why > 0 {
        let why = said(theme, &pattern.brief(), columns.why);
        spans.push(Span::raw(format!(" {why}")));
    }
    if columns.countries > 0 {
        let countries: Vec<&str> = pattern.countries.iter().map(|(country, _)| country.as_str()).collect();
        let countries = cell(&showable(&countries.join(" ")), columns.countries, theme);
        spans.push(Span::styled(format!(" {countries}"), theme.style(Role::Faint)));
    }
    let whole = if at_cursor { theme.style(Role::Cursor) } else { theme.style(Role::Text) };
    frame.render_widget(Paragraph::new(Line::from(spans)).style(whole), area);
}

/// The curve in so many signs.
fn drawn(pattern: &Pattern, signs: usize, theme: &Theme) -> String {
    let by = pattern.curve.len().div_ceil(signs).max(1);
    let sums: Vec<u64> = pattern.curve.chunks(by).map(|counts| counts.iter().sum()).collect();
    fit(&curve(&sums, theme.ascii), signs)
}

/// Our own words, whose only sign beyond ASCII has one that stands for it.
fn said(theme: &Theme, text: &str, columns: usize) -> String {
    fit(&text.replace('×', theme.sign("×", "x")), columns)
}

/// Everything about one pattern.
fn detail(theme: &Theme, pattern: &Pattern, frame: &mut Frame<'_>, area: Rect) {
    let Some(room) = usize::from(area.width).checked_sub(12).filter(|_| area.height > 0) else { return };
    let rule = theme.sign("─", "-").repeat(area.width.into());
    put(frame, line_of(area, 0), &rule, theme.style(Role::Faint));
    let joined = |parts: Vec<String>| parts.join(theme.sign(" · ", " - "));
    let also = pattern.details.iter().map(|detail| {
        format!("{} {}", pattern_name(detail.dimension, &detail.text), thousands(detail.count))
    });
    let from = pattern.countries.iter().map(|(country, count)| format!("{country} {}", thousands(*count)));
    let from = from.chain([counted(pattern.sources, "source")]);
    let state = [
        format!("{} open", thousands(pattern.open)),
        format!("{} reported ({} %)", thousands(pattern.reported), pattern.reported_percent()),
        format!("{} to {}", moment(pattern.first), moment(pattern.last)),
    ];
    let lines: [(&str, Showable); 6] = [
        ("Pattern", pattern_name(pattern.dimension, &pattern.text)),
        ("Why", showable(&said(theme, &pattern.why(), room))),
        ("Also", showable(&joined(also.collect()))),
        ("From", showable(&joined(from.collect()))),
        ("State", showable(&joined(state.to_vec()))),
        ("Query", showable(&pattern.query)),
    ];
    for (place, (name, text)) in lines.iter().enumerate().take(usize::from(area.height).saturating_sub(1)) {
        let spans = vec![
            Span::styled(format!(" {} ", fit(name, 8)), theme.style(Role::Faint)),
            Span::raw(cell(text, room, theme)),
        ];
        frame.render_widget(Paragraph::new(Line::from(spans)), line_of(area, place + 1));
    }
}

/// `11-21 13:02`.
fn moment(at: Seconds) -> String {
    rfc3339(at).get(5..16).unwrap_or_default().replace('T', " ")
}

/// Why the list is empty, and how to fill it.
fn nothing(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let state = &app.patterns;
    let keys = |text| app.keymap.spelled(Mode::Patterns, text);
    let text = match &state.found {
        None => return,
        Some(_) if state.only_new => {
            keys("Nothing new under the sun: whatever bursts was seen before. {only-new} shows that, too.")
        }
        Some(found) => format!(
            "A quiet time: in these {} nothing that {LEAST} reports or more share came oftener than in the {} before. \
             {}",
            found.span.in_words(),
            found.span.before_in_words(),
            keys(
                "{zoom-out} looks at a longer time, {query} at other reports, {clear-query} at all of them."
            ),
        ),
    };
    let columns = usize::from(area.width).saturating_sub(2).max(1);
    for (place, piece) in broken(&text, columns).into_iter().take(area.height.into()).enumerate() {
        put(frame, line_of(area, place), &format!(" {piece}"), app.theme.style(Role::Faint));
    }
}
