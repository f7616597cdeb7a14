//! The screen Map: where its parts are, and the lines around them.

mod tables;
mod world;

use super::chart::{nothing, percent, scope_line};
use super::{line_of, put};
use crate::jobs::desk::CountryCount;
use crate::keymap::Mode;
use crate::text::{counted, cut, thousands};
use crate::tui::app::App;
use crate::tui::map::{Focus, Map, World};
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

/// From this size on the countries stand beside the map, and the networks below both.
const BESIDE: (u16, u16) = (110, 30);
/// From so many lines on there is room for the map and a table below it.
const BOTH: u16 = 16;
/// Lines of the table of networks: its heading, the networks, their sum.
const NETWORK_LINES: u16 = 22;

/// Where everything is; what is not shown is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// The map.
    pub world: Rect,
    /// The line about the country of the cursor.
    pub about: Rect,
    /// Countries.
    pub countries: Rect,
    /// Networks.
    pub networks: Rect,
}

/// Lines of the map and what stands beside it, at least.
const LEAST_TOP: u16 = 14;

/// Splits a terminal of this size.
pub fn parts((columns, lines): (u16, u16), focus: Focus) -> Parts {
    /// Below the title and what is counted.
    const TOP: u16 = 2;
    let body = Rect { x: 0, y: TOP, width: columns, height: lines.saturating_sub(TOP + 1) };
    let tall = |width: u16| (World::height_for(width.into()) as u16).div_ceil(2);
    let below = |area: Rect, taken: u16| {
        let taken = taken.min(area.height);
        Rect { y: area.y + taken, height: area.height - taken, ..area }
    };
    if columns >= BESIDE.0 && lines >= BESIDE.1 {
        let right = (columns * 2 / 5).clamp(52, 60);
        let top = body.height.saturating_sub(NETWORK_LINES).max(LEAST_TOP);
        let left = Rect { width: columns - right - 1, height: top, ..body };
        let height = tall(left.width).min(top - 1);
        return Parts {
            world: narrowed(Rect { height, ..left }),
            about: Rect { y: left.y + height, height: 1, ..left },
            countries: Rect { x: left.width + 1, width: right, ..left },
            networks: below(body, top),
        };
    }
    let table = |parts: Parts, area: Rect| match focus {
        Focus::Networks => Parts { networks: area, ..parts },
        Focus::World | Focus::Countries => Parts { countries: area, ..parts },
    };
    if lines < BOTH {
        let about = Rect { y: body.y + body.height.saturating_sub(1), height: body.height.min(1), ..body };
        return match focus {
            Focus::World => {
                let height = tall(columns).min(body.height.saturating_sub(1));
                Parts { world: narrowed(Rect { height, ..body }), about, ..Parts::default() }
            }
            _ => table(Parts::default(), body),
        };
    }
    let height = tall(columns).min(body.height * 4 / 7);
    let parts = Parts {
        world: narrowed(Rect { height, ..body }),
        about: Rect { y: body.y + height, height: 1, ..body },
        ..Parts::default()
    };
    table(parts, below(body, height + 1))
}

/// The map is never much wider than the world is, in the middle of its place.
fn narrowed(area: Rect) -> Rect {
    let widest = (World::width_for(usize::from(area.height) * 2) * 5 / 4) as u16;
    let width = area.width.min(widest);
    Rect { x: area.x + (area.width - width) / 2, width, ..area }
}

/// The country at a place of the terminal: its line in the table of all.
pub fn country_at(state: &Map, area: Rect, at: Position) -> Option<usize> {
    tables::countries_seen(state, area).nth(place_in(area, at)?)
}

/// The network there.
pub fn network_at(state: &Map, area: Rect, at: Position) -> Option<usize> {
    tables::networks_seen(state, area).nth(place_in(area, at)?)
}

/// The line of a table below its heading.
fn place_in(area: Rect, at: Position) -> Option<usize> {
    at.y.checked_sub(area.y + 1).filter(|_| area.contains(at)).map(usize::from)
}

pub(super) fn map(app: &App, frame: &mut Frame<'_>, whole: Rect) {
    let state = &app.map;
    let right = match &state.counted {
        None => "counting ".to_owned(),
        Some(counts) => {
            let named = |country: &&CountryCount| country.count > 0 && country.code.is_some();
            let countries = counts.countries.iter().filter(named).count();
            let unknown = counts.countries.iter().find(|country| country.code.is_none());
            let unknown = unknown.map_or(0, |country| country.count);
            let at_most = if counts.at_most { "at most " } else { "" };
            let countries = match countries {
                0 if unknown > 0 => "no known country".to_owned(),
                1 => "1 country".to_owned(),
                countries => format!("{countries} countries"),
            };
            format!("{at_most}{} from {countries} ", counted(counts.total, "report"))
        }
    };
    let window = state.window();
    scope_line(app, frame, line_of(whole, 1), &state.subject, &window, &right);
    let parts = parts((whole.width, whole.height), state.focus);
    world::world(app, frame, parts.world);
    about(app, frame, parts.about);
    if state.counted.as_ref().is_some_and(|counts| counts.total == 0 && counts.countries.is_empty()) {
        let area = if parts.countries.is_empty() { parts.networks } else { parts.countries };
        let longer = if state.longer().is_some() { "{zoom-out} widens it, " } else { "" };
        let text = format!(
            "Nobody sent anything in this window, or nobody told. {longer}{{earlier}} goes back, {{scope}} counts something \
             else."
        );
        return nothing(app, frame, area, &app.keymap.spelled(Mode::Map, &text));
    }
    tables::countries(app, frame, parts.countries);
    tables::networks(app, frame, parts.networks);
}

/// The country of the cursor with its numbers.
fn about(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.map);
    let Some(counts) = state.counted.as_ref().filter(|_| area.height > 0) else { return };
    let code = state.code();
    let country = state.line().and_then(|line| counts.countries.get(line));
    let (count, reported) = country.map_or((0, 0), |country| (country.count, country.reported));
    let name = Map::name(code.as_deref());
    let text = format!(
        " {} {name}  {}, {}{}",
        code.as_deref().unwrap_or("--"),
        counted(count, "report"),
        percent(count, counts.total),
        // They are counted whatever the query says of them, and may be no part of the count.
        if reported > 0 { format!("; reported in all {}", thousands(reported)) } else { String::new() },
    );
    put(frame, area, &cut(&text, area.width.into()), theme.style(Role::Heading));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_lie_inside_and_beside_each_other_at_every_size() {
        for columns in 0..200u16 {
            for lines in 0..70u16 {
                for focus in [Focus::World, Focus::Countries, Focus::Networks] {
                    let Parts { world, about, countries, networks } = parts((columns, lines), focus);
                    let all = [world, about, countries, networks];
                    for (place, part) in all.iter().enumerate() {
                        assert!(
                            part.is_empty() || part.right() <= columns && part.bottom() < lines,
                            "{part:?}"
                        );
                        for other in all.iter().skip(place + 1) {
                            assert!(!part.intersects(*other), "{part:?} {other:?} at {columns}×{lines}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn map_and_table_share_the_usual_terminal() {
        let parts = parts((80, 24), Focus::World);
        assert!(parts.world.width >= 70 && parts.world.height >= 11, "{parts:?}");
        assert!(parts.countries.height >= 7, "{parts:?}");
    }
}
