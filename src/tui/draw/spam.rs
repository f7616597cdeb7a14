//! The pane of Tools for one message that nobody reported.

use super::{cell, line_of, put};
use crate::arf::received::Place;
use crate::keymap::{Action, Mode};
use crate::text::{Showable, cut, defang, fit, showable, width};
use crate::tui::app::App;
use crate::tui::reports::detail::broken;
use crate::tui::spam::{Line as Entry, Way};
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::net::IpAddr;

/// The line where the message begins: below the title and the subject.
pub const TOP: u16 = 2;

/// Columns of names.
const NAMES: usize = 9;

/// Where the message is shown, on a terminal of this size.
pub fn area((columns, lines): (u16, u16)) -> Rect {
    Rect { x: 0, y: TOP, width: columns, height: lines.saturating_sub(TOP + 1) }
}

pub(super) fn spam(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    head(app, frame, line_of(whole, 1));
    let area = area((whole.width, whole.height));
    if app.spam.order.is_none() {
        purpose(app, frame, area);
        return;
    }
    let lines = app.spam.lines().iter().enumerate().skip(app.spam.top).take(area.height.into());
    for (place, (number, entry)) in lines.enumerate() {
        line(app, entry, number == app.spam.cursor && entry.is_thing(), frame, line_of(area, place));
    }
}

/// What it is, at the right what is being done or was chosen.
fn head(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.spam);
    let columns = usize::from(area.width);
    let (right, role) = match (state.doing, &state.failure) {
        (Some(doing), _) => (format!(" {doing}{} ", theme.sign("…", "...")), Role::Warning),
        (None, Some(_)) => (" nothing came of it ".to_owned(), Role::Error),
        (None, None) => {
            (state.chosen().map_or_else(String::new, |chosen| format!(" {chosen} ")), Role::Faint)
        }
    };
    let right = cut(&right, columns);
    let room = columns.saturating_sub(width(&right));
    let text = showable(" One message that nobody reported");
    let line = vec![
        Span::styled(cell(&text, room, theme), theme.style(Role::Heading)),
        Span::styled(right, theme.style(role)),
    ];
    frame.render_widget(Paragraph::new(Line::from(line)), area);
}

fn key(app: &App, action: Action) -> String {
    app.keymap.keys_for(Mode::Spam, action).map(ToString::to_string).unwrap_or_default()
}

/// What to do while there is no message; why there is none.
fn purpose(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let columns = usize::from(area.width).saturating_sub(4).max(1);
    let mut y = 1;
    let mut say = |text: &str, role| {
        for piece in broken(text, columns) {
            if y < usize::from(area.height) {
                let text = format!("  {}", cell(&showable(piece), columns, theme));
                put(frame, line_of(area, y), &text, theme.style(role));
            }
            y += 1;
        }
        y += 1;
    };
    if let Some(why) = &app.spam.failure {
        say(why, Role::Error);
    }
    say(
        "Paste the message here: all of it with its headers, as \"show source\" of a mail program has it.",
        Role::Text,
    );
    let (file, edit) = (key(app, Action::MessageFile), key(app, Action::EditMessage));
    say(&format!("{file} takes it from a file, {edit} writes it in your editor."), Role::Text);
    say(
        "What brought it in is found by the hosts under [own] trusted_hosts; those who answer for it are asked for. You \
         choose sources, contacts and URLs, and see every letter before anything leaves.",
        Role::Faint,
    );
}

fn line(app: &App, entry: &Entry, at_cursor: bool, frame: &mut Frame<'_>, area: Rect) {
    let theme = &app.theme;
    let columns = usize::from(area.width);
    let room = columns.saturating_sub(1);
    let (text, role): (Showable, Role) = match entry {
        Entry::Heading(title) => (showable(title), Role::Heading),
        Entry::Fact(name, value) => {
            (showable(&format!("{} {}", fit(name, NAMES), start_of(value, columns))), Role::Text)
        }
        Entry::Note(text) => (showable(&format!("    ! {text}")), Role::Warning),
        Entry::MoreOfNote(text) => (showable(&format!("      {text}")), Role::Warning),
        Entry::Nobody(text) => {
            let key = key(app, Action::Recipient);
            (showable(&format!("    ! {key} names a contact: {text}")), Role::Warning)
        }
        Entry::Contact(address, by) => (showable(&format!("      to {address} ({by})")), Role::Faint),
        Entry::Hop(way) => hop(way, columns),
        Entry::Source(ip) => source(app, *ip),
        Entry::Url(number) => url(app, *number, columns),
    };
    let style = if at_cursor { theme.style(Role::Cursor) } else { theme.style(Role::Text) };
    let sign = if at_cursor { theme.sign("▸", ">") } else { " " };
    let spans = vec![Span::raw(sign), Span::styled(cell(&text, room, theme), theme.style(role))];
    frame.render_widget(Paragraph::new(Line::from(spans)).style(style), area);
}

/// As much of a text as can be seen in so many columns, whatever its signs become: a mail may bring a megabyte, and
/// every frame would look through all of it.
fn start_of(text: &str, columns: usize) -> &str {
    let end = text.char_indices().nth(columns.saturating_mul(4)).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default()
}

fn hop(way: &Way, columns: usize) -> (Showable, Role) {
    let (place, role) = match way.place {
        Place::Inside => ("inside", Role::Faint),
        Place::Border => ("came in here", Role::Text),
        Place::Outside => ("may be made up", Role::Faint),
    };
    let from = way.from.map_or_else(|| "no address".to_owned(), |ip| ip.to_string());
    let mut text = format!("{} {}", fit(place, 14), fit(&from, width(&from).max(15)));
    if let Some(name) = &way.name {
        text.push_str(&format!("  {}", start_of(name, columns)));
    }
    if let Some(by) = &way.by {
        text.push_str(&format!("  by {}", start_of(by, columns)));
    }
    (showable(&text), role)
}

fn ticked(app: &App, on: bool) -> (&'static str, Role) {
    match on {
        true => (app.theme.sign("[✓]", "[x]"), Role::Marked),
        false => ("[ ]", Role::Text),
    }
}

/// `[✓] 198.51.100.7    AS64500 EXAMPLE, RU, x.example`.
fn source(app: &App, ip: IpAddr) -> (Showable, Role) {
    let is_on = app.spam.order.as_ref().is_some_and(|order| order.sources.contains(&ip));
    let (sign, role) = ticked(app, is_on);
    let known = app.spam.source(ip);
    let facts = known.map(|known| {
        [known.network.as_deref(), known.country.as_deref(), known.name.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    });
    let ip = ip.to_string();
    (showable(&format!("{sign} {}  {}", fit(&ip, width(&ip).max(15)), facts.unwrap_or_default())), role)
}

fn url(app: &App, number: usize, columns: usize) -> (Showable, Role) {
    let found = app.spam.order.as_ref().and_then(|order| Some((order, order.spam.urls.get(number)?)));
    let Some((order, url)) = found else { return (Showable::default(), Role::Text) };
    let (sign, role) = match url.can_be_ticked() {
        true => ticked(app, order.urls.contains(&url.url)),
        false => (" - ", Role::Faint),
    };
    let shown = start_of(&url.url, columns);
    let shown = if app.spam.is_revealed { shown.to_owned() } else { defang(shown) };
    let why = url.objection.as_ref().map(|why| format!("{}: ", why.sentence())).unwrap_or_default();
    (showable(&format!("{sign} {why}{shown}")), role)
}
