//! Which reports a chart is about: those of the query at hand, all, or the reported ones. A chart sets its own window, so
//! the query's times are left out there. Knows nothing of what is drawn.

use super::layer::Reply;
use super::screens::ScreenName;
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

/// What a chart counts: a choice of reports, and the query that stands for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// The choice.
    pub scope: Scope,
    /// The query that is counted.
    pub query: String,
    /// The query of Reports.
    of_reports: String,
    /// The query that the chart sent there: who comes back from it finds what was here before.
    sent: String,
}

impl Subject {
    /// The chart is shown; the query is that of Reports.
    pub fn enter(&mut self, query: &str) {
        if self.sent.is_empty() || self.sent != query {
            query.clone_into(&mut self.of_reports);
        }
    }

    /// The chart is to show this query.
    pub fn visit(&mut self, query: &str) {
        (self.scope, self.of_reports) = (Scope::Query, query.to_owned());
    }

    /// The choice behind this one, round and round.
    pub fn turn(&mut self, choices: &[Scope]) {
        let behind = choices.iter().skip_while(|scope| **scope != self.scope).nth(1);
        self.scope = behind.or(choices.first()).copied().unwrap_or_default();
    }

    /// The query that is counted from now on.
    pub fn count(&mut self, now: Seconds) -> String {
        self.query = self.scope.query(&self.of_reports, now);
        self.query.clone()
    }

    /// To the reports that this query finds.
    pub fn leave_for(&mut self, query: String) -> Reply {
        self.sent.clone_from(&query);
        Reply::Visit(ScreenName::Reports, query)
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
        // Not among other values of the field: the chart was counted for the query as it stands.
        Some((field, value)) => filter.clone().narrow(field, value, now).unwrap_or(filter),
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
