//! The tables of the screen Map: countries with their course, networks with what is known of them.

use crate::jobs::desk::{CountryCount, Network};
use crate::text::{counted, curve, fit, fit_right, showable, thousands};
use crate::tui::app::App;
use crate::tui::draw::chart::{fitting, percent};
use crate::tui::draw::{cell, line_of, put};
use crate::tui::map::{Focus, Map, SPANS};
use crate::tui::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use std::ops::Range;

/// `100.0 %` and a blank before it.
const SHARE: usize = 8;

/// The countries that are seen, below a heading.
pub(super) fn countries_seen(state: &Map, area: Rect) -> Range<usize> {
    seen(state.line().unwrap_or(0), state.countries().len(), area.height.saturating_sub(1))
}

/// The networks that are seen, between a heading and the line of their sum.
pub(super) fn networks_seen(state: &Map, area: Rect) -> Range<usize> {
    let count = state.counted.as_ref().map_or(0, |counted| counted.networks.len());
    seen(state.network, count, area.height.saturating_sub(2))
}

/// Whole pages, so that the same is seen from wherever the cursor came.
fn seen(cursor: usize, count: usize, lines: u16) -> Range<usize> {
    let lines = usize::from(lines);
    let first = cursor / lines.max(1) * lines;
    first..count.min(first + lines)
}

/// Where the cursor is, and whether its part has the keys.
fn role(is_cursor: bool, has_keys: bool) -> Role {
    match (is_cursor, has_keys) {
        (true, true) => Role::Cursor,
        (true, false) => Role::RestingCursor,
        (false, _) => Role::Text,
    }
}

pub(super) fn countries(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.map);
    let Some(counts) = state.counted.as_ref().filter(|_| area.height > 0) else { return };
    let columns = usize::from(area.width);
    // Sign, code, count, share; the rest as there is room for it.
    const FIXED: usize = 2 + 3 + 9 + SHARE;
    /// Of the name at least.
    const NAME: usize = 12;
    let with_reported = columns >= FIXED + NAME + 9;
    let room = columns.saturating_sub(FIXED + NAME + 9 + 2);
    let course = [SPANS, SPANS / 2].into_iter().find(|course| *course <= room).unwrap_or(0);
    let beside = if with_reported { 9 } else { 0 } + if course > 0 { course + 2 } else { 0 };
    let name = columns.saturating_sub(FIXED + beside);
    let line = |sign: &str, code: &str, named: &str, values: [&str; 3], signs: &str| {
        let [count, share, reported] = values;
        let reported = if with_reported { fit_right(reported, 9) } else { String::new() };
        let signs = if course > 0 { format!("  {}", fit(signs, course)) } else { String::new() };
        format!(
            "{} {} {}{}{}{reported}{signs}",
            fit(sign, 1),
            fit(code, 2),
            fit(named, name),
            fit_right(count, 9),
            fit_right(share, SHARE)
        )
    };
    let heading = line(" ", "CC", "Country", ["Reports", "Share", "Reported"], "Course");
    put(frame, line_of(area, 0), &heading, theme.style(Role::Heading));
    let cursor = state.line();
    let seen = countries_seen(state, area);
    let countries = counts.countries.iter().enumerate().skip(seen.start).take(seen.len());
    for (place, (number, country)) in countries.enumerate() {
        let CountryCount { code, count, reported, course: values } = country;
        let is_cursor = cursor == Some(number);
        let named = cell(&Map::name(code.as_deref()), name, theme);
        let values_folded: Vec<u64> =
            values.chunks(SPANS / course.max(1)).map(|values| values.iter().sum()).collect();
        let text = line(
            if is_cursor { theme.sign("▸", ">") } else { "" },
            code.as_deref().unwrap_or("--"),
            &named,
            [
                &fitting(*count, 8),
                &percent(*count, counts.total),
                &if *reported == 0 { "-".to_owned() } else { fitting(*reported, 8) },
            ],
            &curve(&values_folded, theme.ascii),
        );
        let style = theme.style(role(is_cursor, state.focus == Focus::Countries));
        put(frame, line_of(area, place + 1), &text, style);
    }
}

/// Columns of the table of networks beside its name, by how soon they give way: title, width, text.
type NetworkColumn = (&'static str, usize, fn(&Network) -> Option<String>);
const NETWORK_COLUMNS: [NetworkColumn; 3] = [
    ("Contact", 22, |network| network.contact.clone()),
    ("Registry", 8, |network| network.registry.clone()),
    ("Since", 10, |network| network.allocated.clone()),
];

pub(super) fn networks(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, state) = (&app.theme, &app.map);
    let Some(counts) = state.counted.as_ref().filter(|_| area.height > 0) else { return };
    let columns = usize::from(area.width);
    /// Count and share.
    const VALUES: usize = 9 + SHARE;
    /// Of the name at least.
    const NAME: usize = 14;
    let asn = |network: &Network| network.asn.map_or_else(|| "unknown".to_owned(), |asn| format!("AS{asn}"));
    let numbers = counts.networks.iter().map(|network| asn(network).len()).max().unwrap_or(0).max(8);
    let fixed = 2 + numbers + 1 + VALUES;
    let mut room = columns.saturating_sub(fixed + NAME);
    let mut beside: Vec<NetworkColumn> = vec![];
    for column in NETWORK_COLUMNS {
        if column.1 < room {
            room -= column.1 + 1;
            beside.push(column);
        }
    }
    // Names of networks are seldom longer than their contacts: both share what is left.
    if let Some(contact) = beside.first_mut() {
        contact.1 += room / 2;
    }
    // As a registry would have them: whose, since when, whom to ask.
    beside.reverse();
    let name = columns.saturating_sub(fixed + beside.iter().map(|column| column.1 + 1).sum::<usize>());
    let mut heading = format!("  {} {}", fit("AS", numbers), fit("Network", name));
    beside.iter().for_each(|(title, width, _)| heading.push_str(&format!(" {}", fit(title, *width))));
    heading.push_str(&format!("{}{}", fit_right("Reports", 9), fit_right("Share", SHARE)));
    put(frame, line_of(area, 0), &heading, theme.style(Role::Heading));
    let seen = networks_seen(state, area);
    let networks = counts.networks.iter().enumerate().skip(seen.start).take(seen.len());
    for (place, (number, network)) in networks.enumerate() {
        let is_cursor = number == state.network;
        let known = |text: Option<String>| showable(&text.unwrap_or_else(|| "-".to_owned()));
        let mut text = format!(
            "{} {} {}",
            fit(if is_cursor { theme.sign("▸", ">") } else { "" }, 1),
            fit(&asn(network), numbers),
            cell(&known(network.name.clone()), name, theme)
        );
        for (_, width, value) in &beside {
            text.push_str(&format!(" {}", cell(&known(value(network)), *width, theme)));
        }
        text.push_str(&fit_right(&fitting(network.count, 8), 9));
        text.push_str(&fit_right(&percent(network.count, counts.total), SHARE));
        let style = theme.style(role(is_cursor, state.focus == Focus::Networks));
        put(frame, line_of(area, place + 1), &text, style);
    }
    if area.height < 3 {
        return;
    }
    // What comes from no known network is no part of them.
    let named = || counts.networks.iter().filter(|network| network.asn.is_some());
    let sum: u64 = named().map(|network| network.count).sum();
    let text = match named().count() {
        0 => format!("  No network is known of {}.", counted(counts.total, "report")),
        named => format!(
            "  {named} of {}: {} of {} ({})",
            counted(counts.networks_in_all as u64, "network"),
            thousands(sum),
            counted(counts.total, "report"),
            percent(sum, counts.total)
        ),
    };
    put(frame, line_of(area, seen.len() + 1), &text, theme.style(Role::Faint));
}
