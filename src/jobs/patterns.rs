//! Patterns of a database: which reports a query stands for and in which time, what bursts among them, and how it is
//! named for a person.

use super::cancel::Cancel;
use crate::arf::content::shape::url_shape_text;
use crate::index::{Index, PatternQuestion, PatternValues, Selection, Stopped};
use crate::model::clock::{Seconds, rfc3339};
use crate::model::{Dimension, Pattern, ReportId, Span};
use crate::query::{Filter, Value, parse};
use crate::store::{self, Store};
use std::collections::HashMap;

/// The window where a query does not bound the time.
pub const USUAL_WINDOW: &str = "1d";
/// Fewer reports are no pattern unless somebody asks for them.
pub const LEAST: u64 = 5;
const DAY: Seconds = 86_400;

/// A query as patterns take it: its bounds on the time of arrival are the window, everything else says among which
/// reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// Among which reports.
    pub among: Filter,
    /// The query for those of them in the window.
    pub shown: Filter,
    /// The window and the time before.
    pub span: Span,
}

impl Scope {
    /// The scope of a query.
    pub fn of(filter: &Filter, now: Seconds) -> Scope {
        let (times, among) = filter.parted(|term, denied| term.field.is_time() && !denied);
        let (mut from, mut to) = (Seconds::MIN, Seconds::MAX);
        times.any_term(true, &mut |term, _| {
            let ranges = term.values.iter().filter_map(|value| match value {
                Value::Time(range) => Some(range),
                _ => None,
            });
            // Of several days any is meant.
            let first = ranges.clone().map(|range| range.from).min().unwrap_or(Seconds::MIN);
            let last = ranges.map(|range| range.to).max().unwrap_or(Seconds::MAX);
            (from, to) = (from.max(first), to.min(last));
            false
        });
        let (is_open, mut shown) = (to == Seconds::MAX, filter.clone());
        let end = if is_open { now.max(from.saturating_add(1)) } else { to };
        if from == Seconds::MIN {
            from = end - DAY;
            let since = if is_open { USUAL_WINDOW.to_owned() } else { rfc3339(from) };
            // What is written here can be read.
            shown = parse(&format!("since:{since}"), now).unwrap_or_default().and(shown);
        }
        let span = Span::new(from, end);
        Scope { among, shown, span: if is_open { span.open() } else { span } }
    }

    /// The same with no longer a time before than there are reports for, though as long as the window: who has them for
    /// five days cannot say what was usual in two weeks.
    pub fn known_to(self, index: &Index) -> Scope {
        let Span { before, from, .. } = self.span;
        let length = self.span.seconds();
        let begin = index.begin().unwrap_or(before).min(from.saturating_sub(length));
        Scope { span: Span { before: before.max(begin), ..self.span }, ..self }
    }

    /// The query for the reports among which is looked. A search through messages goes no further back than it must.
    pub fn query(&self) -> String {
        if !self.among.has_text() {
            return self.among.to_string();
        }
        let since = parse(&format!("since:{}", rfc3339(self.span.before)), 0).unwrap_or_default();
        since.and(self.among.clone()).to_string()
    }
}

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// The columns did not answer.
    #[error("{0}")]
    Stopped(#[from] Stopped),
    /// The database could not be read.
    #[error("{0}")]
    Store(#[from] store::Error),
}

/// What bursts, the most remarkable first, named for a person.
///
/// # Errors
/// When it was cancelled, or the database cannot be read.
pub fn find(
    index: &Index,
    store: &Store,
    among: &Selection,
    scope: &Scope,
    least: u64,
    values: &mut PatternValues,
    cancel: &Cancel,
) -> Result<Vec<Pattern>, PatternError> {
    let question = PatternQuestion { among, shown: &scope.shown, span: scope.span, least };
    let mut patterns = index.patterns(&question, values, cancel)?;
    let mut names = Names { index, store, networks: HashMap::new() };
    for pattern in &mut patterns {
        names.name(pattern.dimension, &pattern.value, pattern.newest, &mut pattern.text)?;
        for detail in &mut pattern.details {
            names.name(detail.dimension, &detail.value, detail.example, &mut detail.text)?;
        }
    }
    Ok(patterns)
}

/// What numbers stand for.
struct Names<'n> {
    index: &'n Index,
    store: &'n Store,
    networks: HashMap<u32, Option<String>>,
}

impl Names<'_> {
    fn name(
        &mut self,
        dimension: Dimension,
        value: &str,
        example: ReportId,
        text: &mut String,
    ) -> Result<(), store::Error> {
        match (dimension, value.parse::<u32>()) {
            (Dimension::Url, _) => {
                if let Some(shape) = url_shape_text(&self.index.urls_of(example)) {
                    *text = shape;
                }
            }
            (Dimension::Asn, Ok(asn)) => {
                let known = match self.networks.get(&asn) {
                    Some(known) => known.clone(),
                    None => {
                        let name = self.store.network_name(asn)?;
                        self.networks.entry(asn).or_insert(name).clone()
                    }
                };
                *text = known.map_or_else(|| asn.to_string(), |name| format!("{asn} {name}"));
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Seconds = 1_795_269_600;

    fn scope(query: &str) -> Scope {
        Scope::of(&parse(query, NOW).expect("query"), NOW)
    }

    #[test]
    fn the_bounds_of_a_query_are_the_window_and_a_day_stands_where_there_are_none() {
        let usual = scope("kind:normal wire");
        assert_eq!(usual.shown.to_string(), "since:1d kind:normal wire");
        assert_eq!((usual.span.from, usual.span.to, usual.span.before), (NOW - DAY, NOW, NOW - 8 * DAY));
        assert!(usual.span.is_open);
        let two_days = scope("since:2d wire");
        assert_eq!(two_days.shown.to_string(), "since:2d wire");
        assert_eq!(two_days.among.to_string(), "wire");
        assert_eq!(two_days.span.seconds(), 2 * DAY);
        let that_day = scope("on:2026-11-19");
        assert!(!that_day.span.is_open);
        assert_eq!(that_day.span.seconds(), DAY);
        let two_of_them = scope("on:2026-11-16,2026-11-18");
        assert_eq!(
            (two_of_them.span.from, two_of_them.span.seconds()),
            (that_day.span.from - 3 * DAY, 3 * DAY)
        );
        let until = scope("until:2026-11-19");
        assert_eq!(until.span.seconds(), DAY);
        assert_eq!(until.shown.to_string(), "since:2026-11-19T00:00:00Z until:2026-11-19");
    }

    #[test]
    fn messages_are_searched_no_further_back_than_is_compared() {
        assert_eq!(scope("wire").query(), "wire");
        assert_eq!(scope("text:wire").query(), "since:2026-11-13T14:00:00Z text:wire");
    }
}
