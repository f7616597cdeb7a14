//! Rewriting a filter as panes and cells do: a value is included, excluded, taken out again.

use super::error::QueryError;
use super::field::Field;
use super::filter::{Filter, Term};
use super::parse::{literal, window_of};
use super::value::Value;
use crate::model::clock::Seconds;

/// What a filter says about one value of a field, at its top level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stance {
    Included,
    Excluded,
    Silent,
}

impl Filter {
    /// Both filters at once; what both say is said once.
    pub fn and(self, other: Filter) -> Filter {
        let (mut parts, mut others) = (self.into_parts(), other.into_parts());
        others.retain(|other| !parts.contains(other));
        let has_window = |parts: &[Filter]| parts.iter().any(|part| window_of(part).is_some());
        if has_window(&parts) && has_window(&others) {
            // Side by side, `days:2` and `ago:7` would become one window.
            parts.push(from_parts(others));
        } else {
            parts.extend(others);
        }
        from_parts(parts)
    }

    /// Include → exclude → off: what a pane does when one of its lines is chosen. The value is taken literally;
    /// `unknown` stands for none.
    pub fn toggle(&self, field: Field, value: &str, now: Seconds) -> Result<Filter, QueryError> {
        let value = literal(field, value, now)?;
        let bare = self.without(field, &value);
        Ok(match self.stance(field, &value) {
            Stance::Silent => bare.with(field, value, false),
            Stance::Included => bare.with(field, value, true),
            Stance::Excluded => bare,
        })
    }

    /// The filter that asks for this value, among others of the same field that it asks for already.
    pub fn include(&self, field: Field, value: &str, now: Seconds) -> Result<Filter, QueryError> {
        let value = literal(field, value, now)?;
        Ok(self.without(field, &value).with(field, value, false))
    }

    /// The filter that asks for this value besides everything it asks for: what it finds is never more than before.
    pub fn narrow(self, field: Field, value: &str, now: Seconds) -> Result<Filter, QueryError> {
        Ok(self.and(Filter::All.include(field, value, now)?))
    }

    /// The filter that denies this value, among others of the same field that it denies already.
    pub fn exclude(&self, field: Field, value: &str, now: Seconds) -> Result<Filter, QueryError> {
        let value = literal(field, value, now)?;
        Ok(self.without(field, &value).with(field, value, true))
    }

    /// The top-level terms that `takes`, told whether they are denied, and the rest: both together are the whole.
    pub fn parted(&self, takes: impl Fn(&Term, bool) -> bool) -> (Filter, Filter) {
        let is_taken = |part: &Filter| match part {
            Filter::Term(term) => takes(term, false),
            Filter::Not(inner) => matches!(&**inner, Filter::Term(term) if takes(term, true)),
            _ => false,
        };
        let (taken, rest) = self.clone().into_parts().into_iter().partition(is_taken);
        (from_parts(taken), from_parts(rest))
    }

    /// The filter with every top-level bound on the time of arrival taken out, for a pane that then sets another.
    pub fn without_times(&self) -> Filter {
        self.parted(|term, denied| term.field.is_time() && !denied).1
    }

    /// What the filter says about this value at its top level: `Some(true)` included, `Some(false)` excluded.
    pub fn says(&self, field: Field, value: &str, now: Seconds) -> Option<bool> {
        match self.stance(field, &literal(field, value, now).ok()?) {
            Stance::Included => Some(true),
            Stance::Excluded => Some(false),
            Stance::Silent => None,
        }
    }

    fn stance(&self, field: Field, value: &Value) -> Stance {
        let parts = match self {
            Filter::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let holds = |wanted: bool| {
            parts
                .iter()
                .any(|part| term_of(part, field, wanted).is_some_and(|term| term.values.contains(value)))
        };
        match (holds(true), holds(false)) {
            (_, true) => Stance::Excluded,
            (true, _) => Stance::Included,
            _ => Stance::Silent,
        }
    }

    /// The value taken out of every top-level term.
    fn without(&self, field: Field, value: &Value) -> Filter {
        let mut parts = self.clone().into_parts();
        parts.retain_mut(|part| {
            let term = match part {
                Filter::Not(inner) => match &mut **inner {
                    Filter::Term(term) => term,
                    _ => return true,
                },
                Filter::Term(term) => term,
                _ => return true,
            };
            if term.field == field {
                term.values.retain(|other| other != value);
            }
            !term.values.is_empty()
        });
        from_parts(parts)
    }

    /// The value added to the top-level term of its field. A subject's words are each a term of their own.
    fn with(self, field: Field, value: Value, denied: bool) -> Filter {
        let mut parts = self.into_parts();
        let existing = parts.iter_mut().find(|part| term_of(part, field, !denied).is_some());
        let term = match existing {
            Some(Filter::Not(inner)) => match &mut **inner {
                Filter::Term(term) => Some(term),
                _ => None,
            },
            Some(Filter::Term(term)) => Some(term),
            _ => None,
        };
        match term {
            Some(term) if !matches!(field, Field::Subject | Field::Is | Field::Has) => {
                term.values.push(value)
            }
            _ => {
                let term = Filter::Term(Term { field, values: vec![value] });
                parts.push(if denied { Filter::Not(Box::new(term)) } else { term });
            }
        }
        from_parts(parts)
    }

    fn into_parts(self) -> Vec<Filter> {
        match self {
            Filter::All => vec![],
            Filter::And(parts) => parts,
            other => vec![other],
        }
    }
}

fn from_parts(mut parts: Vec<Filter>) -> Filter {
    match parts.len() {
        0 => Filter::All,
        1 => parts.swap_remove(0),
        _ => Filter::And(parts),
    }
}

fn term_of(part: &Filter, field: Field, wanted: bool) -> Option<&Term> {
    let inner = match part {
        Filter::Not(inner) if !wanted => inner,
        part if wanted => part,
        _ => return None,
    };
    match inner {
        Filter::Term(term) if term.field == field => Some(term),
        _ => None,
    }
}
