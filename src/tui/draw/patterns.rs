//! The screen Patterns: the question, what bursts line by line, and below that everything about the one under the
//! cursor.

use super::bar::Written;
use super::{cell, layer, line_of, put};
use crate::jobs::patterns::LEAST;
use crate::keymap::Mode;
use crate::model::Pattern;
use crate::model::clock::{Seconds, rfc3339};
use crate::text::{Showable, counted, curve, cut, fit, fit_right, pattern_name, showable, thousands, width};
use crate::tui::app::App;
use crate::tui::reports::detail::broken;
use crate::tui::theme::{Role, Theme};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

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
/// The narrowest reason, and what it takes before the countries have room.
const WHY: (usize, usize) = (20, 38);
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
    /// The signs of the curve, and the one that parts it.
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
        let name = (columns * 3 / 10).clamp(NAME.0, NAME.1);
        let mut fitted = Columns { name: take(name, 0), ..Columns::default() };
        // A sign sets the window apart from the time before.
        fitted.curve = take(if columns >= 140 { 33 } else { 17 }, 17);
        fitted.reported = take(REPORTED, REPORTED);
        fitted.why = take(WHY.1, WHY.0);
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
        detail(theme, pattern, frame, below, usize::from(area.height).saturating_sub(lines.len()));
    }
}

/// At the right which time is compared with which, and its role.
fn compared(app: &App, columns: usize) -> (String, Role) {
    let (theme, state) = (&app.theme, &app.patterns);
    let Some(found) = &state.found else {
        return (format!(" looking{} ", theme.sign("…", "...")), Role::Warning);
    };
    let new = if state.only_new { "only new, " } else { "" };
    let (window, before) = (found.span.in_words(), found.span.before_in_words());
    let span = format!(" {new}{window} against the {before} before ");
    let (text, role) = if state.is_looking {
        (format!("{span}{}", theme.sign("…", "...")), Role::Warning)
    } else {
        (format!("{span}{} {:.0} ms ", theme.sign("·", "-"), found.took.as_secs_f64() * 1e3), Role::Faint)
    };
    (cut(&text, columns * 2 / 3), role)
}

/// Columns for the query, beside what stands at its right.
fn room(app: &App, columns: usize) -> usize {
    columns.saturating_sub(width(&compared(app, columns).0) + 2)
}

/// The query, or the line in which it is written.
fn question(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.patterns);
    let columns = usize::from(area.width);
    let (right, role) = compared(app, columns);
    let room = room(app, columns);
    let mut spans = match &state.bar.editor {
        Some(editor) => {
            let mut spans = vec![Span::styled(" /", theme.style(Role::Heading))];
            spans.extend(layer::written(editor, room, theme));
            spans
        }
        None => {
            let query = showable(&state.question());
            let note = if state.leaves_out_text() {
                left_out(room.saturating_sub(width(query.as_str())))
            } else {
                ""
            };
            let room = room.saturating_sub(width(note)).min(if note.is_empty() {
                room
            } else {
                width(query.as_str())
            });
            vec![
                Span::styled(" /", theme.style(Role::Faint)),
                Span::styled(cell(&query, room, theme), theme.style(Role::Heading)),
                Span::styled(note, theme.style(Role::Warning)),
            ]
        }
    };
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    spans.push(Span::raw(" ".repeat(columns.saturating_sub(used + width(&right)))));
    spans.push(Span::styled(cell(&showable(&right), width(&right), theme), theme.style(role)));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// That messages are not looked into, in so many columns, or in as few as say it.
fn left_out(columns: usize) -> &'static str {
    let notes = ["  text: is left out; `lafayette patterns` reads messages", "  text: is left out"];
    notes.into_iter().find(|note| width(note) <= columns).unwrap_or("  no text:")
}

/// What is to be said about the query, over what stands below it.
pub(super) fn below_the_query(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    let shown = app.patterns.question();
    let query = (&app.patterns.bar, shown.as_str(), room(app, whole.width.into()));
    Written::in_bar(query, &app.theme, frame, line_of(whole, 1), 0);
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
        pattern if pattern.open > 0 && pattern.is_new() => ("N", Role::New),
        pattern if pattern.open > 0 => ("", Role::Text),
        // Done in the one way or the other, whichever did more of it.
        pattern if pattern.reported * 2 >= pattern.count => ("R", Role::Reported),
        _ => (theme.sign("·", "-"), Role::Reported),
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
        let why = fit(&said(theme, &pattern.brief()), columns.why);
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

/// The curve in so many signs, one of which stands between the time before and the window.
fn drawn(pattern: &Pattern, signs: usize, theme: &Theme) -> String {
    let by = pattern.curve.len().div_ceil(signs.saturating_sub(1).max(1)).max(1);
    let sums: Vec<u64> = pattern.curve.chunks(by).map(|counts| counts.iter().sum()).collect();
    // The time before is shorter where reports do not go back that far.
    let span = &pattern.span;
    let share = span.seconds() as f64 / span.to.saturating_sub(span.before).max(1) as f64;
    let now = ((sums.len() as f64 * share).round() as usize).max(1);
    let mut drawn: Vec<String> = curve(&sums, theme.ascii).chars().map(String::from).collect();
    drawn.insert(drawn.len().saturating_sub(now), theme.sign("│", "|").to_owned());
    fit(&drawn.concat(), signs)
}

/// Our own words, whose only sign beyond ASCII has one that stands for it.
fn said(theme: &Theme, text: &str) -> String {
    text.replace('×', theme.sign("×", "x"))
}

/// Everything about one pattern, and more of it on so many lines above that nobody else needs.
fn detail(theme: &Theme, pattern: &Pattern, frame: &mut Frame<'_>, below: Rect, mut spare: usize) {
    let Some(room) = usize::from(below.width).checked_sub(12).filter(|_| below.height > 0) else { return };
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
    let texts: [(&str, Showable); 6] = [
        ("Pattern", pattern_name(pattern.dimension, &pattern.text)),
        ("Why", showable(&said(theme, &pattern.why()))),
        ("Also", showable(&joined(also.collect()))),
        ("From", showable(&joined(from.collect()))),
        ("State", showable(&joined(state.to_vec()))),
        ("Query", showable(&pattern.query)),
    ];
    let mut lines: Vec<(&str, Showable)> = vec![];
    for (name, text) in &texts {
        let pieces = broken(text.as_str(), room);
        let whole = pieces.len().min(1 + spare);
        spare -= whole - 1;
        let mut name = *name;
        for (place, piece) in pieces.iter().take(whole).enumerate() {
            // What does not fit is cut from the last line of it.
            let rest = (place + 1 == whole).then(|| pieces.get(place..).unwrap_or_default().join(" "));
            lines.push((std::mem::take(&mut name), showable(rest.as_deref().unwrap_or(piece))));
        }
    }
    let more = (lines.len() - texts.len()) as u16;
    let area = Rect { y: below.y - more, height: below.height + more, ..below };
    let rule = theme.sign("─", "-").repeat(area.width.into());
    put(frame, line_of(area, 0), &rule, theme.style(Role::Faint));
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

/// Why the list is empty, and how to fill it: with the keys that do something here.
fn nothing(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let state = &app.patterns;
    let keys = |text: &str| app.keymap.spelled(Mode::Patterns, text);
    let text = match &state.found {
        None => return,
        Some(_) if state.only_new => {
            keys("Nothing new under the sun: whatever bursts was seen before. {only-new} shows that, too.")
        }
        Some(found) => {
            let newest = found.newest.map_or("There is no such report at all.".to_owned(), |newest| {
                let day = rfc3339(newest).get(..10).unwrap_or_default().to_owned();
                format!("The newest of these reports came on {day}: on:{day} as the query looks at that day.")
            });
            let longer = if state.has_longer() { "{zoom-out} looks at a longer time, " } else { "" };
            let all = if state.bar.query.is_empty() { "" } else { ", {clear-query} at all of them" };
            format!(
                "A quiet time: in these {} nothing that {LEAST} reports or more share came oftener than in the {} \
                 before. {newest} {}",
                found.span.in_words(),
                found.span.before_in_words(),
                keys(&format!("{longer}{{query}} looks at other reports{all}."))
            )
        }
    };
    let columns = usize::from(area.width).saturating_sub(2).max(1);
    for (place, piece) in broken(&text, columns).into_iter().take(area.height.into()).enumerate() {
        put(frame, line_of(area, place), &format!(" {piece}"), app.theme.style(Role::Faint));
    }
}
