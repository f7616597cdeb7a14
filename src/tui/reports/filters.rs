//! The filter panes: values with counts for the query at hand, as one list with headings. A value is included, then
//! excluded, then neither; each step rewrites the query, so that a person learns the language by using the panes.

use crate::jobs::desk::{Facet, Panes};
use crate::model::clock::Seconds;
use crate::query::{self, Field, Filter};

/// The panes, top to bottom, with their headings.
pub const PANES: &[(Facet, &str)] = &[
    (Facet::State, "State"),
    (Facet::Ledger, "Outbox"),
    (Facet::Kind, "Kind"),
    (Facet::Cause, "Cause"),
    (Facet::Feedback, "Type"),
    (Facet::Delivery, "Delivery"),
    (Facet::Policy, "Policy"),
    (Facet::Country, "Country"),
    (Facet::Asn, "Network"),
    (Facet::Domain, "Domain"),
    (Facet::Source, "Source"),
    (Facet::List, "List"),
    (Facet::Reporter, "Reporter"),
    (Facet::Feed, "Feed"),
    (Facet::Tag, "Tag"),
];

/// Windows that the first pane offers, as query text, with what they are called.
pub const WINDOWS: &[(&str, &str)] =
    &[("1h", "1 hour"), ("1d", "1 day"), ("2d", "2 days"), ("7d", "7 days"), ("30d", "30 days")];

/// Values of a pane that are shown before it is opened.
const SHORT: usize = 6;

/// State of the panes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters {
    /// The line of the cursor.
    pub cursor: usize,
    /// The first line that is seen.
    pub top: usize,
    /// Lines that fit.
    pub height: usize,
    /// Only values that hold this are shown.
    pub search: String,
    /// The pane that shows all its values.
    pub open: Option<Facet>,
    /// The value of the cursor: it stays there when the lines around it change.
    held: Option<(Option<Facet>, String)>,
}

/// What a value's stance in the query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// Asked for.
    Included,
    /// Denied.
    Excluded,
    /// Neither.
    Neither,
}

/// A line of the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A heading.
    Heading(String),
    /// A value: what it belongs to, its text, its count.
    Value {
        /// Its pane; `None` for a window of time.
        facet: Option<Facet>,
        /// As the query writes it.
        value: String,
        /// As it is shown.
        shown: String,
        /// How many reports have it, of the query without what this pane says; `None` before they are counted.
        count: Option<u64>,
        /// They may be fewer: `text:` was not asked.
        at_most: bool,
        /// What the query says about it.
        stance: Stance,
    },
    /// There are so many more.
    More(Facet, usize),
}

impl Filters {
    /// The lines for a query and its counts.
    pub fn lines(&self, panes: Option<&Panes>, text: &str, now: Seconds) -> Vec<Line> {
        let filter = query::parse(text, now).ok();
        let says = |field: Field, value: &str| match filter.as_ref().and_then(|f| f.says(field, value, now)) {
            Some(true) => Stance::Included,
            Some(false) => Stance::Excluded,
            None => Stance::Neither,
        };
        let at_most = |pane| panes.is_some_and(|panes| panes.at_most.contains(&pane));
        let mut lines = vec![];
        if self.search.is_empty() {
            lines.push(Line::Heading("Window".to_owned()));
            for (value, shown) in WINDOWS {
                let counted = panes.and_then(|panes| panes.windows.iter().find(|(other, _)| other == value));
                lines.push(Line::Value {
                    facet: None,
                    value: (*value).to_owned(),
                    shown: (*shown).to_owned(),
                    count: counted.map(|(_, count)| *count),
                    at_most: at_most(None),
                    stance: says(Field::Since, value),
                });
            }
        }
        let wanted = self.search.to_lowercase();
        for (facet, heading) in PANES {
            let Some((_, counted)) = panes.and_then(|panes| panes.facets.iter().find(|(f, _)| f == facet))
            else {
                continue;
            };
            // What the query speaks of and few reports have stands first: else it could not be let go of.
            let spoken = filter.iter().zip(facet.field()).flat_map(|(filter, field)| {
                let mut values = spoken_of(filter, field, now);
                values.retain(|value| counted.iter().take(SHORT).all(|(other, _)| other != value));
                values
            });
            let count_of = |value: &String| {
                counted.iter().find(|(other, _)| other == value).map_or(0, |(_, count)| *count)
            };
            let first: Vec<(String, u64)> = spoken.map(|value| (value.clone(), count_of(&value))).collect();
            let others = counted.iter().filter(|value| !first.contains(value));
            let matching: Vec<(String, u64)> = first
                .iter()
                .chain(others)
                .filter(|(value, _)| shown(*facet, value).to_lowercase().contains(&wanted))
                .cloned()
                .collect();
            if matching.is_empty() {
                continue;
            }
            let count = first.len() + counted.iter().filter(|value| !first.contains(value)).count();
            let found = if wanted.is_empty() {
                (*heading).to_owned()
            } else {
                format!("{heading} {} of {count}", matching.len())
            };
            lines.push(Line::Heading(found));
            let short = self.open != Some(*facet) && wanted.is_empty();
            let many = if short { SHORT.min(matching.len()) } else { matching.len() };
            for (value, count) in matching.iter().take(many) {
                let stance = facet.field().map_or(Stance::Neither, |field| says(field, value));
                lines.push(Line::Value {
                    facet: Some(*facet),
                    value: value.clone(),
                    shown: shown(*facet, value),
                    count: Some(*count),
                    at_most: at_most(Some(*facet)),
                    stance,
                });
            }
            if many < matching.len() {
                lines.push(Line::More(*facet, matching.len() - many));
            }
        }
        lines
    }

    /// Moves the cursor by so many lines, past headings.
    pub fn step(&mut self, lines: &[Line], by: isize) {
        let last = lines.len().saturating_sub(1);
        let target = self.cursor.saturating_add_signed(by).min(last);
        let is_value = |at: &usize| !matches!(lines.get(*at), Some(Line::Heading(_)) | None);
        let down = (target..lines.len()).find(is_value);
        let up = (0..=target).rev().find(is_value);
        let found = if by >= 0 { down.or(up) } else { up.or(down) };
        self.go_to(lines, found.unwrap_or(0));
    }

    /// Puts the cursor on a line.
    pub fn go_to(&mut self, lines: &[Line], line: usize) {
        self.cursor = line;
        self.held = lines.get(line).and_then(Line::value);
        self.scroll(lines);
    }

    /// Where a pane that was just opened had been cut: another one may have been closed above it.
    pub fn go_to_first_of_the_rest(&mut self, lines: &[Line], facet: Facet) {
        let is_of_it = |line: &Line| matches!(line, Line::Value { facet: Some(of), .. } if *of == facet);
        if let Some(first) = lines.iter().position(is_of_it) {
            self.go_to(lines, first + SHORT);
        }
    }

    /// To the next heading's first value, or the one before.
    pub fn step_pane(&mut self, lines: &[Line], forwards: bool) {
        let heading = |at: &usize| matches!(lines.get(*at), Some(Line::Heading(_)));
        let found = if forwards {
            (self.cursor + 1..lines.len()).find(heading)
        } else {
            // The heading of the pane at hand comes first; the one before it is meant.
            (0..self.cursor).rev().filter(heading).nth(1).or_else(|| (0..lines.len()).rev().find(heading))
        };
        self.cursor = found.unwrap_or(0);
        self.step(lines, 1);
    }

    /// Keeps the cursor on its value, where it is seen.
    pub fn scroll(&mut self, lines: &[Line]) {
        let is_held = |line: &Line| self.held.is_some() && line.value() == self.held;
        if let Some(moved) = lines.iter().position(is_held) {
            self.cursor = moved;
        }
        self.cursor = self.cursor.min(lines.len().saturating_sub(1));
        if self.height == 0 {
            return;
        }
        // The heading above the first value is seen with it.
        let least = (self.cursor + 1).saturating_sub(self.height);
        self.top = self.top.clamp(least, self.cursor.saturating_sub(1).max(least));
    }
}

impl Line {
    /// Its pane and its value, when it has one.
    fn value(&self) -> Option<(Option<Facet>, String)> {
        match self {
            Line::Value { facet, value, .. } => Some((*facet, value.clone())),
            Line::Heading(_) | Line::More(..) => None,
        }
    }
}

/// A value as a person reads it, and searches for it.
fn shown(facet: Facet, value: &str) -> String {
    if facet == Facet::Asn && value.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("AS{value}");
    }
    value.to_owned()
}

/// The values of a field that a query includes or excludes.
fn spoken_of(filter: &Filter, field: Field, now: Seconds) -> Vec<String> {
    let mut values = vec![];
    filter.any_term(true, &mut |term, _| {
        if term.field == field {
            values.extend(term.values.iter().map(ToString::to_string));
        }
        false
    });
    values.retain(|value| filter.says(field, value, now).is_some());
    values.dedup();
    values
}

/// The query after a window of time was chosen: in place of the one before, or none when it is the same.
pub fn with_window(text: &str, value: &str, now: Seconds) -> Option<String> {
    let filter = query::parse(text, now).ok()?;
    let bare = filter.without_times();
    if filter.says(Field::Since, value, now) == Some(true) {
        return Some(bare.to_string());
    }
    bare.include(Field::Since, value, now).ok().map(|filter| filter.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::desk::Buckets;
    use std::time::Duration;

    const NOW: Seconds = 1_790_000_000;

    #[test]
    fn a_network_is_found_as_it_is_shown() {
        let mut panes = panes();
        panes.facets = vec![(Facet::Asn, vec![("64512".into(), 3), ("unknown".into(), 2)])];
        for (search, found) in [("as645", "AS64512"), ("645", "AS64512"), ("unk", "unknown")] {
            let filters = Filters { search: search.to_owned(), ..Filters::default() };
            let lines = filters.lines(Some(&panes), "", NOW);
            let shown = lines.iter().find_map(|line| match line {
                Line::Value { shown, .. } => Some(shown.as_str()),
                _ => None,
            });
            assert_eq!((shown, lines.len()), (Some(found), 2), "{search}");
        }
    }

    fn panes() -> Panes {
        let many = (0..20).map(|n| (format!("c{n}"), 20 - n)).collect();
        Panes {
            question: 1,
            facets: vec![
                (Facet::Kind, vec![("normal".into(), 5), ("bounce".into(), 2)]),
                (Facet::Country, many),
            ],
            windows: vec![("1h".into(), 1), ("7d".into(), 5)],
            at_most: vec![],
            hours: Buckets { start: 0, seconds: 3_600, counts: vec![] },
            kinds: [5, 2, 0],
            reports: 0,
            open: 0,
            new: 0,
            quarantined: 0,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn the_cursor_rests_on_values_only() {
        let mut filters = Filters { height: 5, ..Filters::default() };
        let lines = filters.lines(Some(&panes()), "kind:normal", NOW);
        for by in [1, 1, 1, 9, -3, 50, -50, 7, -1] {
            filters.step(&lines, by);
            assert!(!matches!(lines[filters.cursor], Line::Heading(_)), "{}", filters.cursor);
            assert!((filters.top..filters.top + 5).contains(&filters.cursor));
        }
        filters.step_pane(&lines, true);
        assert!(!matches!(lines[filters.cursor], Line::Heading(_)));
    }

    #[test]
    fn long_panes_are_cut_until_opened_or_searched() {
        let mut filters = Filters::default();
        let more = |filters: &Filters| {
            let lines = filters.lines(Some(&panes()), "", NOW);
            lines.iter().filter(|line| matches!(line, Line::More(..))).count()
        };
        assert_eq!(more(&filters), 1);
        filters.open = Some(Facet::Country);
        assert_eq!(more(&filters), 0);
        filters = Filters { search: "c1".into(), ..Filters::default() };
        let lines = filters.lines(Some(&panes()), "", NOW);
        assert!(lines.iter().all(|line| match line {
            Line::Value { value, .. } => value.contains("c1"),
            Line::Heading(_) => true,
            Line::More(..) => false,
        }));
    }

    #[test]
    fn the_cursor_stays_with_a_value_that_was_unfolded_and_is_asked_for() {
        let tags = (0..20).map(|n| (format!("t{n}"), 20 - n)).collect();
        let mut panes = panes();
        panes.facets.push((Facet::Tag, tags));
        let mut filters = Filters { open: Some(Facet::Country), height: 9, ..Filters::default() };
        let lines = filters.lines(Some(&panes), "", NOW);
        filters.go_to(&lines, lines.len() - 1);
        assert_eq!(lines[filters.cursor], Line::More(Facet::Tag, 14));
        filters.open = Some(Facet::Tag);
        let unfolded = filters.lines(Some(&panes), "", NOW);
        filters.go_to_first_of_the_rest(&unfolded, Facet::Tag);
        let t6 = Some((Some(Facet::Tag), "t6".to_owned()));
        assert_eq!(unfolded[filters.cursor].value(), t6, "though the pane above was folded");
        let asked = filters.lines(Some(&panes), "tag:t6", NOW);
        filters.scroll(&asked);
        assert_eq!(asked[filters.cursor].value(), t6);
    }

    #[test]
    fn a_window_takes_the_place_of_the_one_before() {
        assert_eq!(with_window("wire since:2d", "7d", NOW).as_deref(), Some("wire since:7d"));
        assert_eq!(with_window("wire since:7d", "7d", NOW).as_deref(), Some("wire"));
        assert_eq!(with_window("kind:", "7d", NOW), None);
    }
}
