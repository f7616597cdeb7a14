//! Which reports a chart is about: those of the query at hand, all, or the reported ones. A chart sets its own window, so
//! the query's times are left out there. Knows nothing of what is drawn.

use crate::model::clock::Seconds;
use crate::query::{self, Field, Filter};

/// A choice of reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// What the query of Reports finds.
    #[default]
    Query,
    /// Everything.
    All,
    /// What was reported to an abuse desk.
    Reported,
}

impl Scope {
    /// The query that a chart counts, given that of Reports.
    pub fn query(self, of_reports: &str, now: Seconds) -> String {
        match self {
            Scope::Query => filter(of_reports, now).to_string(),
            Scope::All => String::new(),
            Scope::Reported => "is:reported".to_owned(),
        }
    }
}

/// The query without its times. One that looks into messages keeps them: what it finds is known of the whole alone.
fn filter(text: &str, now: Seconds) -> Filter {
    let filter = query::parse(text, now).unwrap_or_default();
    if filter.has_text() { filter } else { filter.without_times() }
}

/// A query with a window, and with a value of a field where one is chosen.
pub fn narrowed(query: &str, window: &str, value: Option<(Field, &str)>, now: Seconds) -> String {
    let parsed = |text| query::parse(text, now).unwrap_or_default();
    let filter = parsed(query).and(parsed(window));
    let filter = match value {
        // In place of other values of the field: the chart was counted for the query as it stands.
        Some((field, value)) => match Filter::All.include(field, value, now) {
            Ok(term) => filter.and(term),
            Err(_) => filter,
        },
        None => filter,
    };
    filter.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Seconds = 1_795_269_600;

    #[test]
    fn a_chart_sets_its_own_window() {
        let base = Scope::Query.query("since:2d \"wire transfer\" country:BR,RU", NOW);
        assert_eq!(base, "\"wire transfer\" country:BR,RU");
        let narrow = narrowed(&base, "days:7 ago:2", Some((Field::Country, "BR")), NOW);
        assert_eq!(narrow, "\"wire transfer\" country:BR,RU days:7 ago:2 country:BR");
        assert!(query::parse(&narrow, NOW).is_ok());
        assert_eq!(narrowed("", "days:7", None, NOW), "days:7");
        assert_eq!(narrowed("a OR b", "on:2026-11-20", None, NOW), "(a OR b) on:2026-11-20");
        assert_eq!(Scope::Query.query("text:secret since:2d", NOW), "text:secret since:2d");
    }
}
