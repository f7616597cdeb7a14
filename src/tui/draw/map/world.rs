//! The map of the world: two pixels a character, coloured by how many reports come from each country. Without colours a
//! character is one place, and its sign says how many.

use crate::model::countries::{place_of, territories};
use crate::tui::app::App;
use crate::tui::draw::chart::{Steps, heat_sign, legend_sign, short};
use crate::tui::draw::put;
use crate::tui::map::Map;
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The steps of heat for what is counted.
pub(super) fn steps(state: &Map) -> Steps {
    let known = state.countries().iter().filter(|country| country.code.is_some());
    Steps::up_to(known.map(|country| country.count).max().unwrap_or(0))
}

pub(super) fn world(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.map);
    let area = area.intersection(frame.area());
    let world = &state.world;
    if area.is_empty() || world.width == 0 {
        return;
    }
    let steps = steps(state);
    // By pixel value: place plus one.
    let mut heat = [0u8; 256];
    let mut pixels = world.pixels().to_vec();
    let mut is_mark = vec![false; pixels.len()];
    let chosen = state.place();
    let mut mark = |place: usize| {
        let at = territories().get(place).and_then(|territory| world.pixel_of(territory));
        let pixel = at.and_then(|at| Some((pixels.get_mut(at)?, is_mark.get_mut(at)?)));
        if let Some((pixel, is_mark)) = pixel {
            (*pixel, *is_mark) = (place as u8 + 1, true);
        }
    };
    // The most reports are marked last, and the cursor above all.
    for country in state.countries().iter().rev() {
        let Some(place) = country.code.as_deref().and_then(place_of) else { continue };
        heat[place + 1] = steps.of(country.count);
        if country.count > 0 && world.is_small(place) {
            mark(place);
        }
    }
    chosen.filter(|place| world.is_small(*place)).into_iter().for_each(&mut mark);
    let is_chosen = |pixel: u8| chosen.is_some_and(|place| usize::from(pixel) == place + 1);
    let in_signs = theme.ascii || !theme.has_colours();
    for row in 0..usize::from(area.height) {
        for column in 0..usize::from(area.width).min(world.width) {
            let at = |half: usize| {
                let at = (row * 2 + half) * world.width + column;
                (pixels.get(at).copied().unwrap_or(0), is_mark.get(at).copied().unwrap_or(false))
            };
            let (top, bottom) = (at(0), at(1));
            let Some(cell) = frame.buffer_mut().cell_mut((area.x + column as u16, area.y + row as u16))
            else {
                continue;
            };
            if in_signs {
                let halves = [top, bottom];
                let first =
                    |test: &dyn Fn(&(u8, bool)) -> bool| halves.iter().copied().find(|half| test(half));
                // What is marked has no other place to be seen.
                let seen = first(&|half| half.1).or_else(|| first(&|half| half.0 != 0));
                let Some((pixel, _)) = seen else { continue };
                let step = heat[usize::from(pixel)];
                match is_chosen(pixel) {
                    true => cell.set_symbol("x").set_style(theme.style(Role::Cursor)),
                    false => cell.set_symbol(heat_sign(step, theme)).set_style(theme.style(Role::Heat(step))),
                };
                continue;
            }
            let colour = |(pixel, _): (u8, bool)| {
                let role = if is_chosen(pixel) { Role::Place } else { Role::Heat(heat[usize::from(pixel)]) };
                (pixel != 0).then(|| theme.style(role).fg).flatten()
            };
            let (symbol, style) = match (colour(top), colour(bottom)) {
                (None, None) => continue,
                (Some(top), None) => ("▀", Style::new().fg(top)),
                (None, Some(bottom)) => ("▄", Style::new().fg(bottom)),
                (Some(top), Some(bottom)) if top == bottom => ("█", Style::new().fg(top)),
                (Some(top), Some(bottom)) => ("▀", Style::new().fg(top).bg(bottom)),
            };
            cell.set_symbol(symbol).set_style(style);
        }
    }
    legend(app, frame, area, &steps);
}

/// What the steps mean, in the South Pacific: there is nothing but water.
fn legend(app: &App, frame: &mut Frame<'_>, area: Rect, steps: &Steps) {
    const LINES: u16 = 6;
    if area.height < LINES + 4 || area.width < 60 {
        return;
    }
    let theme = &app.theme;
    for (line, (step, begin)) in (0..LINES).zip(steps.legend()) {
        let more = if step == 0 { "" } else { "+" };
        let text = format!("{} {}{more}", legend_sign(step, theme), short(begin));
        let width = text.chars().count() as u16;
        let place = Rect { x: area.x, y: area.bottom() - 1 - line, width, height: 1 };
        put(frame, place, &text, theme.style(Role::Heat(step)));
    }
}
