//! What a query means: terms joined by AND, OR and NOT. Knows nothing of how it was typed or is answered.

use super::field::Field;
use super::value::{State, Value};
use crate::model::clock::Seconds;

/// One `field:value,value`: true when any of the values matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What is looked at.
    pub field: Field,
    /// Any of these; never empty when parsed.
    pub values: Vec<Value>,
}

impl Term {
    /// Whether all that match this one certainly match the other, as [`Filter::implies`].
    pub fn implies(&self, other: &Term) -> bool {
        let is_implied =
            |value: &Value| other.values.iter().any(|other| value.implies(other, self.field.style()));
        self.field == other.field && self.values.iter().all(is_implied)
    }
}

/// A whole query. `Display` writes it canonically: parsing that again, at the same time, gives an equal filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Filter {
    /// Every report; the empty query.
    #[default]
    All,
    /// All of them, two at least.
    And(Vec<Filter>),
    /// Any of them, two at least.
    Or(Vec<Filter>),
    /// Every report but these.
    Not(Box<Filter>),
    /// One term.
    Term(Term),
}

impl Filter {
    /// The filter asks for quarantined messages or others that are no reports (`is:quarantined`, `is:not-report`, not
    /// denied).
    /// Only then are they among the messages looked at; all other filters look at reports alone.
    pub fn shows_quarantined(&self) -> bool {
        self.any_term(true, &mut |term, wanted| {
            let is_apart = |value| matches!(value, &Value::Is(State::Quarantined | State::NotReport));
            wanted && term.field == Field::Is && term.values.iter().any(is_apart)
        })
    }

    /// The filter asks for `text:`, which is answered from stored messages and not from columns.
    pub fn has_text(&self) -> bool {
        self.any_term(true, &mut |term, _| term.field == Field::Text)
    }

    /// The fields that occur.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = vec![];
        self.any_term(true, &mut |term, _| {
            if !fields.contains(&term.field) {
                fields.push(term.field);
            }
            false
        });
        fields
    }

    /// Every term for which `test` holds makes the whole true; `test` also learns whether the term is wanted
    /// (true) or denied (false).
    pub fn any_term(&self, wanted: bool, test: &mut dyn FnMut(&Term, bool) -> bool) -> bool {
        match self {
            Filter::All => false,
            Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| part.any_term(wanted, test)),
            Filter::Not(part) => part.any_term(!wanted, test),
            Filter::Term(term) => test(term, wanted),
        }
    }

    /// The terms about one of these fields that every match has to meet.
    pub fn wanted_terms(&self, fields: &[Field]) -> Vec<&Term> {
        match self {
            Filter::Term(term) if fields.contains(&term.field) => vec![term],
            Filter::And(parts) => parts.iter().flat_map(|part| part.wanted_terms(fields)).collect(),
            _ => vec![],
        }
    }

    /// When every match arrived, from one moment up to but not including another, as far as the top level says so.
    pub fn arrival_bounds(&self) -> (Option<Seconds>, Option<Seconds>) {
        let parts = match self {
            Filter::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let ranges = parts.iter().filter_map(|part| match part {
            Filter::Term(Term { values, .. }) => match values.as_slice() {
                [Value::Time(range)] => Some(range),
                _ => None,
            },
            _ => None,
        });
        let from = ranges.clone().map(|range| range.from).filter(|from| *from > Seconds::MIN).max();
        (from, ranges.map(|range| range.to).filter(|to| *to < Seconds::MAX).min())
    }

    /// Whether every report that matches this one certainly matches the other: what a person who goes on typing
    /// narrows down step by step. May miss some cases, and is never wrong.
    pub fn implies(&self, other: &Filter) -> bool {
        match (self, other) {
            (_, Filter::All) => true,
            (this, other) if this == other => true,
            (this, Filter::And(parts)) => parts.iter().all(|part| this.implies(part)),
            (Filter::And(parts), other) => parts.iter().any(|part| part.implies(other)),
            (Filter::Or(parts), other) => parts.iter().all(|part| part.implies(other)),
            (this, Filter::Or(parts)) => parts.iter().any(|part| this.implies(part)),
            (Filter::Term(this), Filter::Term(other)) => this.implies(other),
            _ => false,
        }
    }

    /// The filter without its `text:` terms, made so that no message that matches the whole filter is lost:
    /// the messages among which the `text:` terms are then looked for.
    pub fn without_text(&self) -> Filter {
        self.relaxed(true)
    }

    /// `text:` becomes true where it is wanted and false where it is denied.
    fn relaxed(&self, wanted: bool) -> Filter {
        let relax = |parts: &[Filter]| parts.iter().map(|part| part.relaxed(wanted)).collect::<Vec<_>>();
        match self {
            Filter::Term(term) if term.field == Field::Text && wanted => Filter::All,
            Filter::Term(term) if term.field == Field::Text => Filter::nothing(),
            Filter::All | Filter::Term(_) => self.clone(),
            Filter::Not(part) => match part.relaxed(!wanted) {
                nothing if nothing == Filter::nothing() => Filter::All,
                part => Filter::Not(Box::new(part)),
            },
            Filter::And(parts) => folded(relax(parts), &Filter::All, &Filter::nothing(), Filter::And),
            Filter::Or(parts) => folded(relax(parts), &Filter::nothing(), &Filter::All, Filter::Or),
        }
    }

    fn nothing() -> Filter {
        Filter::Not(Box::new(Filter::All))
    }
}

/// The parts without those that say nothing; one that says all decides alone.
fn folded(
    mut parts: Vec<Filter>,
    neutral: &Filter,
    decisive: &Filter,
    join: fn(Vec<Filter>) -> Filter,
) -> Filter {
    if parts.contains(decisive) {
        return decisive.clone();
    }
    parts.retain(|part| part != neutral);
    match parts.len() {
        0 => neutral.clone(),
        1 => parts.swap_remove(0),
        _ => join(parts),
    }
}
