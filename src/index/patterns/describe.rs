//! What is to be told of a line: its name and query, what else its reports share, when they came and from where. All
//! numbers are those of the query.

use super::candidates::Candidate;
use super::merge::Line;
use super::score::{Trend, agreement};
use super::{Judged, Looking};
use crate::index::facets::country_name;
use crate::index::threads::on_two_threads;
use crate::model::clock::Seconds;
use crate::model::pattern::Detail;
use crate::model::{Dimension, Pattern};
use crate::query::Filter;
use memchr::memmem;
use std::collections::{HashMap, HashSet};

/// The most countries of each.
const MOST_COUNTRIES: usize = 5;
/// The most networks that are named beside a pattern.
const MOST_ORIGINS: usize = 3;

/// A line with the value that names it and the filter that selects it.
pub(super) struct Named {
    pub(super) line: Line,
    pub(super) value: String,
    pub(super) filter: Filter,
}

impl Looking<'_> {
    /// Lines with their names; what no query can select is none.
    pub(super) fn named(&self, lines: Vec<Line>) -> Vec<Named> {
        let name = |line: Line| {
            let value = self.whole_value(&line.lead);
            let filter = line.lead.dimension.filter(&value)?;
            Some(Named { line, value, filter })
        };
        on_two_threads(lines, name).into_iter().flatten().collect()
    }

    /// The value of a candidate, with all that it can say.
    fn whole_value(&self, candidate: &Candidate) -> String {
        match candidate.dimension {
            // What comes before is counted by the pair; of none of those any has more words.
            Dimension::Words if candidate.before == 0 => self.phrase(&candidate.value, &candidate.members),
            _ => candidate.value.clone(),
        }
    }

    /// A line with everything that is to be known of it.
    pub(super) fn pattern(
        &self,
        named: Named,
        members: Option<Vec<u32>>,
        trend: Trend,
        judged: &Judged,
    ) -> Option<Pattern> {
        let Named { line: Line { lead, details, score }, value, filter } = named;
        let Candidate { dimension, before, curve, .. } = lead;
        let text = self.text(dimension, &value, *lead.members.last()?);
        let members = members.unwrap_or(lead.members);
        let looks = self.looks(&members, judged);
        let mut seen: Vec<Dimension> = vec![dimension];
        let mut shown = vec![];
        let mut origins = 0;
        let mut agreeing: HashSet<Dimension> = HashSet::new();
        for (detail, shared) in &details {
            if detail.count() * 5 >= looks.count * 4 {
                agreeing.insert(detail.dimension);
            }
            let is_origin = detail.dimension.is_origin();
            if (is_origin && origins == MOST_ORIGINS) || (!is_origin && seen.contains(&detail.dimension)) {
                continue;
            }
            origins += usize::from(is_origin);
            seen.push(detail.dimension);
            let Some(example) = detail.members.last() else { continue };
            let value = self.whole_value(detail);
            let text = self.text(detail.dimension, &value, *example);
            let (dimension, example) = (detail.dimension, example + 1);
            shown.push(Detail { dimension, value, text, example, count: *shared });
        }
        agreeing.remove(&dimension);
        shown.sort_by_key(|detail| (detail.dimension, std::cmp::Reverse(detail.count)));
        let columns = &self.index.columns;
        let arrivals = members.iter().map(|row| Seconds::from(columns.arrival.get(*row as usize)));
        let (first, last) = (arrivals.clone().min().unwrap_or(0), arrivals.max().unwrap_or(0));
        let newest = members.iter().max_by_key(|row| columns.arrival.get(**row as usize));
        let expected = trend.expected(before);
        Some(Pattern {
            dimension,
            value,
            text,
            query: self.question.shown.clone().and(filter).to_string(),
            count: looks.count,
            before,
            times: (before > 0).then(|| looks.count as f64 / expected.max(f64::MIN_POSITIVE)),
            span: self.question.span,
            first,
            last,
            curve: curve.iter().map(|count| u64::from(*count)).collect(),
            countries: self.countries(&members),
            sources: looks.sources,
            fraud: looks.fraud,
            listed: looks.listed,
            delivered: looks.delivered,
            reported: members.iter().filter(|row| self.index.states.reported.get(**row as usize)).count()
                as u64,
            open: looks.open,
            newest: newest.map_or(0, |row| row + 1),
            details: shown,
            score: score * agreement(agreeing.len()),
        })
    }

    /// The value for a person.
    fn text(&self, dimension: Dimension, value: &str, row: u32) -> String {
        match (dimension, self.index.parts.subjects()) {
            (Dimension::Subject, Ok(subjects)) => {
                let subject = subjects.table.get(subjects.rows.get(row as usize));
                String::from_utf8_lossy(subject).into_owned()
            }
            _ => value.to_owned(),
        }
    }

    fn countries(&self, members: &[u32]) -> Vec<(String, u64)> {
        let mut counts: HashMap<u16, u64> = HashMap::new();
        for row in members {
            *counts.entry(self.index.columns.country.get(*row as usize)).or_default() += 1;
        }
        let name = |country| if country == 0 { "unknown".to_owned() } else { country_name(country) };
        let mut counts: Vec<_> = counts.into_iter().map(|(country, count)| (name(country), count)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate(MOST_COUNTRIES);
        counts
    }

    /// Two words and those around them that all of these subjects share: `confirm the wire transfer` rather than
    /// `confirm the`.
    fn phrase(&self, pair: &str, members: &[u32]) -> String {
        let Ok(subjects) = self.index.parts.subjects() else { return pair.to_owned() };
        let mut texts: HashSet<&[u8]> =
            members.iter().map(|row| subjects.table.get(subjects.rows.get(*row as usize))).collect();
        // The shortest leaves least to try.
        let Some(shortest) = texts.iter().copied().min_by_key(|text| (text.len(), *text)) else {
            return pair.to_owned();
        };
        texts.remove(shortest);
        let Some(start) = memmem::find(shortest, pair.as_bytes()) else { return pair.to_owned() };
        let mut range = start..start + pair.len();
        let shared = |range: &std::ops::Range<usize>| {
            let finder = memmem::Finder::new(shortest.get(range.clone()).unwrap_or_default());
            texts.iter().all(|text| finder.find(text).is_some())
        };
        loop {
            let behind = wider(shortest.get(range.end..).unwrap_or_default().iter());
            if behind > 0 && shared(&(range.start..range.end + behind)) {
                range.end += behind;
                continue;
            }
            let ahead = wider(shortest.get(..range.start).unwrap_or_default().iter().rev());
            if ahead > 0 && shared(&(range.start - ahead..range.end)) {
                range.start -= ahead;
                continue;
            }
            return String::from_utf8_lossy(shortest.get(range).unwrap_or_default()).into_owned();
        }
    }
}

/// A blank and a word of letters behind it, as a length; none where something else stands there.
fn wider<'b>(mut bytes: impl Iterator<Item = &'b u8>) -> usize {
    if bytes.next() != Some(&b' ') {
        return 0;
    }
    let word = bytes.take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
    if word == 0 { 0 } else { word + 1 }
}
