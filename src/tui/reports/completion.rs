//! What a word of a query may become. Knows the language, not what reports hold: values of theirs are given to it.

use super::filters::WINDOWS;
use crate::jobs::desk::{Facet, Request};
use crate::model::clock::Seconds;
use crate::query::{Field, Filter, QueryError};
use crate::tui::command::best;
use crate::tui::event::Effect;

/// Proposals at once.
const MOST: usize = 12;

/// The word at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Word {
    /// Where it starts, in bytes.
    pub(in crate::tui) start: usize,
    /// What stands before the part that is completed: a sign, and the field with its colon.
    lead: String,
    /// Whose values are wanted; nothing while the name of a field is written.
    pub(super) field: Option<Field>,
    /// A colon, or a comma behind the values of a field, stands before.
    has_field: bool,
    /// What is written of the part that is completed.
    pub(super) typed: String,
}

impl Word {
    /// The last word of what stands before the cursor.
    pub(in crate::tui) fn at_the_end_of(before: &str) -> Word {
        let start = before.rfind([' ', '(', ',']).map_or(0, |at| at + 1);
        let word = before.get(start..).unwrap_or_default();
        let (sign, bare) = word.strip_prefix('-').map_or(("", word), |rest| ("-", rest));
        // Behind a comma the field is that of the word before.
        let (name, typed, lead) = match bare.split_once(':') {
            Some((field, typed)) => (Some(field), typed, format!("{sign}{field}:")),
            None => match before.trim_end_matches(bare).strip_suffix(',') {
                Some(list) => {
                    let first = list.rsplit([' ', '(']).next().unwrap_or_default().trim_start_matches('-');
                    (first.split_once(':').map(|(field, _)| field), bare, String::new())
                }
                None => (None, bare, sign.to_owned()),
            },
        };
        let field = name.and_then(Field::from_name);
        Word { start, lead, field, has_field: name.is_some(), typed: typed.to_owned() }
    }

    /// The field, when its values are not fixed but those that reports have, or names of views.
    pub(super) fn field_of_reports(&self) -> Option<Field> {
        let field = self.field?;
        let is_counted = Facet::ALL.iter().any(|facet| facet.field() == Some(field));
        (field.vocabulary().is_empty() && (is_counted || field == Field::View)).then_some(field)
    }

    /// Names of fields, or the fixed words of one.
    pub(in crate::tui) fn proposals(&self) -> Vec<String> {
        let fitting = |names: Vec<&str>, end: &str| {
            let fitting = best(&self.typed, names.into_iter().map(|name| (name, name)));
            fitting.into_iter().take(MOST).map(|name| format!("{}{name}{end}", self.lead)).collect()
        };
        match self.field {
            Some(field) => fitting(fixed(field), ""),
            None if self.has_field => vec![],
            None => fitting(Field::ALL.iter().map(|field| field.name()).collect(), ":"),
        }
    }

    /// These values, as the language writes them, and the fixed words behind them.
    pub(super) fn proposals_with(&self, values: &[String], now: Seconds) -> Vec<String> {
        let Some(field) = self.field else { return vec![] };
        let written = |value: &String| {
            let filter = Filter::All.include(field, value, now).map(|filter| filter.to_string());
            let written = filter.ok().and_then(|term| Some(term.split_once(':')?.1.to_owned()));
            format!("{}{}", self.lead, written.unwrap_or_else(|| value.clone()))
        };
        let mut all: Vec<String> = values.iter().map(written).collect();
        for word in self.proposals() {
            if !all.contains(&word) {
                all.push(word);
            }
        }
        all.truncate(MOST);
        all
    }
}

/// Asks the desk for the values of a field that begin so.
pub(in crate::tui) fn wanted(field: Field, prefix: String) -> Option<Effect> {
    if field == Field::View {
        return Some(Effect::Desk(Request::ViewNames));
    }
    let facet = Facet::ALL.iter().copied().find(|facet| facet.field() == Some(field))?;
    Some(Effect::Desk(Request::Complete { facet, prefix }))
}

fn fixed(field: Field) -> Vec<&'static str> {
    match field {
        Field::Since => WINDOWS.iter().map(|(value, _)| *value).collect(),
        // RFC 5965 §7.3, RFC 6430, RFC 6591; others may come.
        Field::Feedback => vec!["abuse", "auth-failure", "fraud", "not-spam", "other", "virus"],
        field => field.vocabulary(),
    }
}

/// The word with what was probably meant in place of what is wrong at its end: `kind:bounce` for `kind:bnce`.
pub(super) fn correction(error: &QueryError, before: &str, start: usize) -> Option<String> {
    let nearest = error.nearest.as_ref()?;
    let wrong = before.char_indices().nth(error.column).map(|(at, _)| at)?;
    let head = before.get(start..wrong)?;
    let is_field = before.get(wrong..)?.contains(':');
    // What stands behind the colon of a field that there is not may be right.
    let rest = before.get(wrong..)?.split_once(':').map_or("", |(_, rest)| rest);
    Some(if is_field { format!("{head}{nearest}:{rest}") } else { format!("{head}{nearest}") })
}
