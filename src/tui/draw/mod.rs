//! Drawing: what the state says, onto the screen. Changes nothing, asks nobody, and takes untrusted text only as
//! [`crate::text::Showable`].

mod bar;
mod command;
mod chart;
mod detail;
mod filters;
mod header;
mod layer;
mod list;
mod map;
mod patterns;
mod outbox;
mod pane;
mod report;
mod spam;
mod tools;
mod urls;
mod volume;

use super::app::{App, Tone};
use super::layer::Layer;
use super::reports::detail::broken;
use super::reports::{FILTERS_WIDTH, Focus, Reports};
use super::screens::ScreenName;
use super::sync::{SyncEnd, SyncState};
use super::theme::{Role, Theme};
use crate::keymap::{Action, Mode};
use crate::text::{Showable, counted, cut, fit, thousands, up_to_whole_escape, width};
pub use map::{country_at, network_at, parts as map_parts};
pub use outbox::outbox_places;
pub use patterns::{TOP as PATTERNS_TOP, areas as patterns_area};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
pub use report::report_places;
pub use spam::{TOP as SPAM_TOP, area as spam_area};
pub use tools::{TOP as TOOLS_TOP, area as tools_area};
pub use urls::list as urls_list;
pub use volume::at as volume_at;

/// Below this the screen says what it needs.
pub const LEAST: (u16, u16) = (40, 10);
/// From so many lines on list and report share the screen; below, the report lies over the list.
pub const BOTH_HEIGHT: u16 = 30;

/// Where everything is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// The query.
    pub bar: Rect,
    /// The last 72 hours.
    pub hours: Rect,
    /// The filter panes, without a border; empty when they are not shown.
    pub filters: Rect,
    /// The list with its heading; empty when it is covered.
    pub list: Rect,
    /// The report with its titles; empty when it is not shown.
    pub detail: Rect,
}

/// Splits the screen.
pub fn parts(reports: &Reports, (columns, lines): (u16, u16)) -> Parts {
    let line = |y: u16| Rect { x: 0, y, width: columns, height: 1 };
    // At ten lines every line counts: the curve goes first.
    let with_hours = lines >= 14;
    let top = if with_hours { 3 } else { 2 };
    let body_height = lines.saturating_sub(top + 1);
    let mut body = Rect { x: 0, y: top, width: columns, height: body_height };
    let mut parts =
        Parts { bar: line(1), hours: if with_hours { line(2) } else { Rect::default() }, ..Parts::default() };
    if reports.filters_beside() {
        parts.filters = Rect { width: FILTERS_WIDTH - 1, ..body };
        body.x = FILTERS_WIDTH;
        body.width = columns.saturating_sub(FILTERS_WIDTH);
    } else if reports.focus == Focus::Filters {
        parts.filters = body;
        return parts;
    }
    if !reports.detail.shown || lines < BOTH_HEIGHT && reports.focus != Focus::Detail {
        parts.list = body;
    } else if lines >= BOTH_HEIGHT {
        let below = body_height * 11 / 20;
        parts.list = Rect { height: body_height - below, ..body };
        parts.detail = Rect { y: body.y + body_height - below, height: below, ..body };
    } else {
        parts.detail = body;
    }
    parts
}

/// The whole screen.
pub fn screen(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!(
            "Lafayette needs {} × {} characters; here are {} × {}.",
            LEAST.0, LEAST.1, area.width, area.height
        );
        let text = if app.theme.ascii { text.replace('×', "x") } else { text };
        frame.render_widget(Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    title(app, frame, line_of(area, 0));
    let last = line_of(area, usize::from(area.height) - 1);
    let parts = parts(&app.reports, (area.width, area.height));
    match app.shown {
        ScreenName::Reports => reports(app, frame, &parts),
        ScreenName::Urls => urls::urls(app, frame, area),
        ScreenName::Report => report::report(app, frame, area),
        ScreenName::Outbox => outbox::outbox(app, frame, area),
        ScreenName::Patterns => patterns::patterns(app, frame, area),
        ScreenName::Volume => volume::volume(app, frame, area),
        ScreenName::Map => map::map(app, frame, area),
        ScreenName::Spam => spam::spam(app, frame, area),
        ScreenName::Tools => tools::tools(app, frame, area),
    }
    hints(app, frame, last);
    match app.shown {
        ScreenName::Reports => header::below_the_bar(app, frame, &parts),
        ScreenName::Patterns => patterns::below_the_query(app, frame, area),
        ScreenName::Urls => urls::below_the_pattern(app, frame, area),
        _ => {}
    }
    for layer in &app.layers {
        layer::layer(app, layer, frame, area);
    }
    if app.theme.ascii {
        only_ascii(frame);
    }
}

fn reports(app: &App, frame: &mut Frame<'_>, parts: &Parts) {
    header::bar(app, frame, parts.bar);
    header::hours(app, frame, parts.hours);
    filters::panes(app, frame, parts.filters);
    list::list(app, frame, parts.list);
    detail::detail(app, frame, parts.detail);
}

/// In ASCII, after what was cut, as in nano and mutt; `~` is a reporter that is not authenticated.
const CUT: char = '$';

/// Whatever sign is left that a terminal of ASCII has not: the dots of what was cut, what a person typed.
fn only_ascii(frame: &mut Frame<'_>) {
    for cell in frame.buffer_mut().content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let plain = match cell.symbol() {
            "…" => '.',
            "·" => '-',
            "×" => 'x',
            _ => '?',
        };
        cell.set_char(plain);
    }
}

fn title(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let sync = match &app.sync {
        SyncState::Never => String::new(),
        SyncState::Starting => format!("{} connecting  ", theme.sign("⟳", "sync")),
        SyncState::Running(feed, done, total) => {
            format!("{} {feed} {done}/{total}  ", theme.sign("⟳", "sync"))
        }
        SyncState::Ended(at, end) => {
            let time = crate::model::clock::rfc3339(*at);
            let sign = match end {
                SyncEnd::Well => theme.sign("✓", "ok"),
                SyncEnd::Stopped => "stopped",
                SyncEnd::Failed => theme.sign("✗", "failed"),
            };
            format!("sync {} {sign}  ", time.get(11..16).unwrap_or_default())
        }
    };
    let columns = usize::from(area.width);
    // What is kept gives way to the names of the screens.
    let names: usize = close_tabs(app).iter().map(|span| width(&span.content)).sum();
    let rights: Vec<String> = kept(app).iter().map(|kept| format!("{sync}{kept} ")).collect();
    let fitting = rights.iter().find(|right| names + width(right) <= columns);
    let right = fitting.or(rights.last()).cloned().unwrap_or_default();
    let mut line = tabs(app, columns.saturating_sub(width(&right)));
    line.push(Span::styled(right, theme.style(Role::Faint)));
    frame.render_widget(Paragraph::new(Line::from(line)), area);
}

/// The screen among those with a number; the others are parts of them.
fn numbered(app: &App) -> ScreenName {
    match app.shown {
        ScreenName::Report => ScreenName::Reports,
        ScreenName::Spam => ScreenName::Tools,
        other => other,
    }
}

/// A screen with the keys that lead there, set apart when it is the one that is shown.
fn tab(app: &App, name: ScreenName, with_name: bool) -> [Span<'static>; 2] {
    let keys = app.keymap.keys_for(Mode::Everywhere, name.action());
    let title = match keys {
        Some(keys) if with_name => format!("{keys} {}", name.title()),
        Some(keys) => keys.to_string(),
        None => name.title().to_owned(),
    };
    let role = if name == numbered(app) { Role::RestingCursor } else { Role::Faint };
    [Span::raw(" "), Span::styled(title, app.theme.style(role))]
}

/// All of them, with no more than a blank between two.
fn close_tabs(app: &App) -> Vec<Span<'static>> {
    ScreenName::ALL.iter().flat_map(|name| tab(app, *name, true)).collect()
}

/// The screens with the keys that lead there, the one that is shown set apart, in so many columns. Where there is no
/// room for all of it the name of the program gives way, then the blanks, then the names of the other screens.
fn tabs(app: &App, columns: usize) -> Vec<Span<'static>> {
    let at = numbered(app);
    let all = || ScreenName::ALL.iter().copied();
    let wide = |name| tab(app, name, true).into_iter().chain([Span::raw(" ")]);
    let without_name: Vec<Span<'_>> = all().flat_map(wide).collect();
    let program = Span::styled(" Lafayette ", app.theme.style(Role::Heading));
    let whole: Vec<Span<'_>> = std::iter::once(program).chain(without_name.clone()).collect();
    let keys: Vec<Span<'_>> = all().flat_map(|name| tab(app, name, name == at)).collect();
    let width_of = |spans: &[Span<'_>]| spans.iter().map(|span| width(&span.content)).sum::<usize>();
    let fitting = [whole, without_name, close_tabs(app), keys, tab(app, at, true).to_vec()];
    let mut spans = fitting.into_iter().find(|spans| width_of(spans) <= columns).unwrap_or_default();
    spans.push(Span::raw(" ".repeat(columns.saturating_sub(width_of(&spans)))));
    spans
}

/// What is kept in all: reports, and beside them what never matches a query by itself: what could not be understood,
/// at least with its letter of the list, and what is no report. The longest first, for where there is room.
fn kept(app: &App) -> Vec<String> {
    let Some(panes) = &app.reports.panes else { return vec![counted(app.stored, "message")] };
    let reports = counted(panes.reports, "report");
    let others = app.stored.saturating_sub(panes.reports + panes.quarantined);
    let part = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!(", {} {what}", thousands(count)),
    };
    let long = part(panes.quarantined, "in quarantine");
    let short = format!("{} + {} Q", thousands(panes.reports), thousands(panes.quarantined));
    let mut kept = vec![format!("{reports}{long}{}", part(others, "no reports")), format!("{reports}{long}")];
    kept.extend((panes.quarantined > 0).then_some(short));
    kept.push(reports);
    kept
}

/// The most lines of a message.
const MESSAGE_LINES: u16 = 5;

/// A message while there is one, else what the most needed keys do.
fn hints(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let columns = usize::from(area.width);
    if let Some(message) = &app.message {
        let role = if message.tone == Tone::Wrong { Role::Error } else { Role::Text };
        let style = app.theme.style(role);
        let sign = if message.tone == Tone::Wrong { "! " } else { " " };
        // What went wrong and what to do has to be read to its end: it may take a few lines of the screen.
        let text = format!("{sign}{}", message.text);
        let lines = broken(&text, columns.max(1));
        let height = (lines.len() as u16).min(area.y.saturating_sub(2).min(MESSAGE_LINES)).max(1);
        let area = Rect { y: area.y + 1 - height, height, ..area };
        frame.render_widget(Clear, area);
        for (number, line) in lines.iter().take(usize::from(height)).enumerate() {
            put(frame, line_of(area, number), line, style);
        }
        return;
    }
    let mode = app.mode();
    let wanted: &[(Action, &str)] = match mode {
        // A dialog's line has neither words to complete nor lines before it.
        Mode::Line if matches!(app.layers.last(), Some(Layer::Command(_))) => &[
            (Action::Accept, "do it"),
            (Action::Complete, "complete"),
            (Action::HistoryUp, "earlier"),
            (Action::Back, "leave"),
        ],
        Mode::Line if !app.layers.is_empty() || app.shown == ScreenName::Urls => match app.layers.last() {
            Some(Layer::Line(line)) if line.completes() => &[
                (Action::Accept, "take"),
                (Action::Complete, "complete"),
                (Action::HistoryUp, "earlier"),
                (Action::Back, "leave"),
            ],
            Some(Layer::Line(line)) if line.has_past() => {
                &[(Action::Accept, "take"), (Action::HistoryUp, "earlier"), (Action::Back, "leave")]
            }
            _ => &[(Action::Accept, "take"), (Action::Back, "leave")],
        },
        Mode::Line => &[
            (Action::Accept, "take"),
            (Action::Complete, "complete"),
            (Action::HistoryUp, "earlier"),
            (Action::Back, "leave"),
        ],
        Mode::Menu => match app.layers.last() {
            Some(Layer::Menu(menu)) if menu.has_switches() => {
                &[(Action::Toggle, "on or off"), (Action::Back, "done")]
            }
            Some(Layer::Menu(menu)) if menu.choices.iter().any(|choice| choice.remove.is_some()) => {
                &[(Action::Open, "choose"), (Action::Remove, "remove"), (Action::Back, "leave")]
            }
            Some(Layer::Page(page)) if page.answer.is_some() => {
                &[(Action::Open, "go on"), (Action::Back, "leave it")]
            }
            Some(Layer::Page(_)) => {
                &[(Action::PageDown, "page down"), (Action::PageUp, "page up"), (Action::Back, "leave")]
            }
            _ => &[(Action::Open, "choose"), (Action::Back, "leave")],
        },
        Mode::Filters => &[
            (Action::Toggle, "include, exclude, off"),
            (Action::Find, "search"),
            (Action::NextPart, "next pane"),
            (Action::PreviousQuery, "undo"),
            (Action::Back, "to the list"),
        ],
        Mode::Detail => &[
            (Action::NextPart, "next part"),
            (Action::Find, "find"),
            (Action::NextOpen, "next report"),
            (Action::Mark, "mark"),
            (Action::Report, "report"),
            (Action::Dismiss, "dismiss"),
            (Action::Copy, "copy"),
            (Action::Reveal, "URLs"),
            (Action::LookUp, "look up"),
            (Action::Back, "to the list"),
            (Action::Read, "pager"),
        ],
        Mode::Urls => &[
            (Action::Open, "open"),
            (Action::Mark, "mark"),
            (Action::MarkAll, "all"),
            (Action::Submit, "submit"),
            (Action::Find, "pattern"),
            (Action::Groups, "group"),
            (Action::SeenWithin, "seen"),
            (Action::Scope, "all reports"),
            (Action::Export, "write"),
            (Action::Sort, "sort"),
            (Action::LookUp, "look up"),
            (Action::Trace, "trace"),
            (Action::Copy, "copy"),
            (Action::Reveal, "URLs"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Mode::Patterns => &[
            (Action::Open, "open"),
            (Action::Report, "report"),
            (Action::Mark, "mark"),
            (Action::Dismiss, "dismiss"),
            (Action::OnlyNew, "only new"),
            (Action::ZoomOut, "longer"),
            (Action::ZoomIn, "shorter"),
            (Action::Query, "query"),
            (Action::Copy, "copy the query"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Mode::Volume => &[
            (Action::Open, "these reports"),
            (Action::NextBurst, "next burst"),
            (Action::ZoomIn, "nearer"),
            (Action::ZoomOut, "farther"),
            (Action::Scope, "query or all"),
            (Action::Earlier, "earlier"),
            (Action::NextPart, "reported"),
            (Action::Help, "help"),
            (Action::Back, "back"),
            (Action::Later, "later"),
        ],
        Mode::Map => &[
            (Action::Open, "its reports"),
            (Action::NextPart, "map, countries, networks"),
            (Action::ZoomOut, "longer"),
            (Action::ZoomIn, "shorter"),
            (Action::Window, "days"),
            (Action::Earlier, "earlier"),
            (Action::Later, "later"),
            (Action::Scope, "query, all, reported"),
            (Action::Help, "help"),
            (Action::Back, "back"),
        ],
        Mode::Report if app.report.planned.is_none() => &[(Action::Back, "stop")],
        Mode::Report if app.report.is_reading => &[
            (Action::NextPart, "next part"),
            (Action::NextOpen, "next message"),
            (Action::Tick, "tick"),
            (Action::Reveal, "exactly"),
            (Action::ApproveOne, "approve this one"),
            (Action::Copy, "copy"),
            (Action::Back, "to the list"),
            (Action::Help, "help"),
        ],
        Mode::Report => &[
            (Action::Approve, "approve"),
            (Action::Tick, "tick"),
            (Action::TickAll, "clear ones"),
            (Action::Open, "read"),
            (Action::LeaveOut, "drop"),
            (Action::Recipient, "to"),
            (Action::EditText, "text"),
            (Action::Reason, "reason"),
            (Action::ApproveOne, "one"),
            (Action::LookUp, "why them"),
            (Action::Hold, "hold"),
            (Action::Undo, "undo"),
            (Action::Back, "leave"),
            (Action::Help, "help"),
        ],
        Mode::Outbox if app.outbox.is_reading => &[
            (Action::NextPart, "next part"),
            (Action::NextOpen, "next message"),
            (Action::Approve, "approve"),
            (Action::Reveal, "exactly"),
            (Action::Copy, "copy"),
            (Action::Back, "to the list"),
            (Action::Help, "help"),
        ],
        Mode::Outbox => &[
            (Action::NextPart, "state"),
            (Action::Approve, "approve"),
            (Action::Hold, "take back"),
            (Action::Cancel, "cancel"),
            (Action::Open, "read"),
            (Action::Flush, if app.outbox.sending.is_some() { "stop" } else { "send now" }),
            (Action::Retry, "retry"),
            (Action::Resolve, "resolve"),
            (Action::Respond, "answer"),
            (Action::Tick, "tick"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Mode::Tools if app.tools.asking.is_some() => &[(Action::Back, "stop"), (Action::LookUp, "write")],
        Mode::Tools => &[
            (Action::LookUp, "look up"),
            (Action::Open, "open"),
            (Action::Refresh, "ask again"),
            (Action::Trace, "trace"),
            (Action::Spam, "spam"),
            (Action::Copy, "copy"),
            (Action::Reveal, "URLs"),
            (Action::PreviousQuery, "the one before"),
            (Action::Back, "back"),
            (Action::Help, "help"),
        ],
        Mode::Spam if app.spam.order.is_none() => &[
            (Action::MessageFile, "from a file"),
            (Action::EditMessage, "in the editor"),
            (Action::Back, "to Tools"),
            (Action::Help, "help"),
        ],
        Mode::Spam => &[
            (Action::Report, "report"),
            (Action::Tick, "tick"),
            (Action::Recipient, "to"),
            (Action::TickAll, "all URLs"),
            (Action::EditMessage, "edit"),
            (Action::MessageFile, "another file"),
            (Action::Back, "to Tools"),
            (Action::LookUp, "look up"),
            (Action::NextPart, "next part"),
            (Action::Copy, "copy"),
            (Action::Reveal, "URLs"),
            (Action::Help, "help"),
        ],
        Mode::Reports if app.reports.range.is_some() => &[
            (Action::MarkRange, "mark the range"),
            (Action::Back, "forget it"),
            (Action::Down, "down"),
            (Action::Up, "up"),
            (Action::Help, "help"),
        ],
        Mode::Reports if app.reports.groups.is_some() => &[
            (Action::Mark, "mark"),
            (Action::Report, "report"),
            (Action::Dismiss, "dismiss"),
            (Action::Open, "open"),
            (Action::Groups, "by something else"),
            (Action::Ungroup, "single reports"),
            (Action::Query, "query"),
            (Action::Help, "help"),
            (Action::Undo, "undo"),
            (Action::Leave, "quit"),
        ],
        Mode::Reports if app.reports.is_inside_a_group() => &[
            (Action::Leave, "to the groups"),
            (Action::Mark, "mark"),
            (Action::MarkAll, "all"),
            (Action::Report, "report"),
            (Action::Dismiss, "dismiss"),
            (Action::Open, "open"),
            (Action::Query, "query"),
            (Action::Help, "help"),
            (Action::Undo, "undo"),
        ],
        Mode::Reports | Mode::Everywhere => &[
            (Action::Open, "open"),
            (Action::Query, "query"),
            (Action::Filters, "filters"),
            (Action::Mark, "mark"),
            (Action::Dismiss, "dismiss"),
            (Action::Report, "report"),
            (Action::MarkAll, "all"),
            (Action::MarkSimilar, "similar"),
            (Action::Groups, "group"),
            (Action::Copy, "copy"),
            (Action::Help, "help"),
            (Action::MarkRange, "range"),
            (Action::LookUp, "look up"),
            (Action::Undo, "undo"),
            (Action::Sync, "sync"),
            (Action::Leave, "quit"),
        ],
    };
    /// Blanks behind each.
    const BETWEEN: usize = 2;
    let mut wanted = wanted.to_vec();
    if let Some(name) = app.leads_back(Action::Leave).filter(|_| mode == Mode::Reports) {
        wanted.retain(|(action, _)| *action != Action::Leave);
        wanted.insert(0, (Action::Leave, name.way_back()));
    }
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    if !app.pending().is_empty() {
        let keys: Vec<String> = app.pending().iter().map(ToString::to_string).collect();
        let text = format!("{} …  ", keys.join(" "));
        used += width(&text);
        spans.push(Span::styled(text, app.theme.style(Role::Warning)));
    }
    // Who knows these two finds everything else: the others give way to them.
    let stays = |action: Action| matches!(action, Action::Help | Action::Leave);
    let hints: Vec<(Action, String, String)> = wanted
        .iter()
        .filter_map(|(action, word)| {
            Some((*action, app.keymap.keys_for(mode, *action)?.to_string(), format!(" {word}  ")))
        })
        .collect();
    let mut kept: usize =
        hints.iter().filter(|hint| stays(hint.0)).map(|(_, keys, word)| width(keys) + width(word)).sum();
    for (action, keys, word) in hints {
        let wide = width(&keys) + width(&word);
        if stays(action) {
            kept -= wide;
        }
        // The blanks behind the last one need no room.
        if used + wide + kept > columns + BETWEEN {
            continue;
        }
        used += wide;
        spans.push(Span::styled(keys, app.theme.style(Role::Heading)));
        spans.push(Span::styled(word, app.theme.style(Role::Faint)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// Our own text on one line.
pub(super) fn put(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) {
    frame.render_widget(Paragraph::new(Line::styled(cut(text, usize::from(area.width)), style)), area);
}

/// Untrusted text made showable, in exactly so many columns; ASCII where the terminal has nothing else.
pub(super) fn cell(text: &Showable, columns: usize, theme: &Theme) -> String {
    let whole = |text: &str| match fit(text, columns) {
        cut if cut.ends_with('…') => {
            fit(&format!("{}…", up_to_whole_escape(cut.trim_end_matches('…'))), columns)
        }
        fitting => fitting,
    };
    match theme.ascii {
        true => whole(crate::text::showable_ascii(text.as_str()).as_str()).replace('…', &CUT.to_string()),
        false => whole(text.as_str()),
    }
}

/// One line of a rectangle.
pub(super) fn line_of(area: Rect, number: usize) -> Rect {
    let number = u16::try_from(number).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
    Rect { y: area.y + number, height: area.height.min(1), ..area }
}
