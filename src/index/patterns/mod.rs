//! What bursts: reports of a window that share something which the time before hardly had. Says what and why; knows
//! nothing of how that is shown or told.
//!
//! One pass over the window and one over the time before for each dimension ([`keys`]) count how often each value
//! occurs; what bursts ([`score`]) becomes a candidate with its reports; candidates that are the same reports seen
//! another way become one pattern ([`merge`]); and of what is left everything is counted anew from the reports that
//! its query selects, so that the numbers are those that the query gives.

mod candidates;
mod keys;
mod merge;
mod score;

use super::bitmap::Bitmap;
use super::facets::country_name;
use super::parts::Part;
use super::selection::{Cancel, Selection, Stopped};
use super::{Index, columns::Keyed};
use crate::model::clock::Seconds;
use crate::model::pattern::Detail;
use crate::model::{Cause, Delivery, Dimension, Kind, Pattern, ReportId, Span};
use crate::query::{Filter, fold};
use candidates::Candidate;
use keys::Keys;
use memchr::memmem;
use merge::Line;
use score::{Looks, Trend, agreement};
use std::collections::{HashMap, HashSet};

/// The most patterns of an answer: nobody looks at more.
const MOST_PATTERNS: usize = 100;
/// The most countries of each.
const MOST_COUNTRIES: usize = 5;
/// The most networks that are named beside a pattern.
const MOST_ORIGINS: usize = 3;

/// A question about patterns.
#[derive(Debug, Clone, Copy)]
pub struct PatternQuestion<'q> {
    /// The reports to look at, whenever they arrived.
    pub among: &'q Selection,
    /// The query that stands for those of them in the window: that of a pattern narrows it down.
    pub shown: &'q Filter,
    /// Which time is looked at.
    pub span: Span,
    /// Fewer reports are no pattern.
    pub least: u64,
}

impl Index {
    /// What patterns are looked for in; of what is not loaded nothing is found.
    pub fn parts_for_patterns() -> Vec<Part> {
        let mut parts = vec![];
        for part in Dimension::ALL.iter().map(|dimension| dimension.part()).chain([Part::Addresses]) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts
    }

    /// What bursts, the most remarkable first. Dimensions whose part is not loaded are passed over.
    pub fn patterns(&self, question: &PatternQuestion<'_>, cancel: &Cancel) -> Result<Vec<Pattern>, Stopped> {
        let span = &question.span;
        let looking = Looking {
            index: self,
            keys: Keys::new(self),
            now: self.arrived(
                &question.among.rows,
                span.from,
                if span.is_open { Seconds::MAX } else { span.to },
            ),
            before: self.arrived(&question.among.rows, span.before, span.from),
            question,
            cancel,
        };
        looking.patterns()
    }

    /// The URLs of a report, in lower case as they are compared; none while they are not loaded.
    pub fn urls_of(&self, id: ReportId) -> Vec<String> {
        let (Some(row), Ok(urls)) = ((id as usize).checked_sub(1), self.parts.urls()) else { return vec![] };
        let texts = urls.joins.get(row).iter().map(|entry| urls.table.get(*entry));
        texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }

    /// Positions of the rows that arrived between two moments.
    fn arrived(&self, rows: &Bitmap, from: Seconds, to: Seconds) -> Vec<u32> {
        let column = |at: Seconds| at.clamp(0, u32::MAX.into()) as u32;
        let (from, to) = (column(from), column(to));
        let mut rows = rows.clone();
        rows.keep(&self.columns.arrival.values, |at| from <= at && (at < to || to == u32::MAX));
        rows.ones().map(|position| position as u32).collect()
    }
}

/// One look.
struct Looking<'l> {
    index: &'l Index,
    keys: Keys<'l>,
    question: &'l PatternQuestion<'l>,
    /// Rows of the window.
    now: Vec<u32>,
    /// Rows of the time before.
    before: Vec<u32>,
    cancel: &'l Cancel,
}

/// What is judged of rows: a bit each.
struct Judged {
    listed: Bitmap,
    open: Bitmap,
}

impl Looking<'_> {
    fn patterns(&self) -> Result<Vec<Pattern>, Stopped> {
        let trend = Trend::new(&self.question.span, self.now.len(), self.before.len());
        let dimensions: Vec<Dimension> =
            Dimension::ALL.iter().copied().filter(|dimension| self.index.has(dimension.part())).collect();
        let mut found = self.candidates(&dimensions, trend)?;
        let judged = self.judged();
        for candidate in &mut found {
            candidate.score = trend.burst(candidate.count(), candidate.before)
                * self.looks(&candidate.members, &judged).weight();
        }
        let mut patterns = vec![];
        for line in merge::merged(found, trend, self.question.least) {
            if self.cancel.is_cancelled() {
                return Err(Stopped::Cancelled);
            }
            patterns.extend(self.pattern(line, trend, &judged)?);
        }
        patterns.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.count.cmp(&a.count)));
        patterns.truncate(MOST_PATTERNS);
        Ok(patterns)
    }

    fn judged(&self) -> Judged {
        let mut rows = Bitmap::empty(self.index.rows);
        self.now.iter().for_each(|row| rows.set(*row as usize, true));
        let (mut listed, mut open) = (rows.clone(), rows);
        self.index.keep_listed(&mut listed);
        self.index.states.keep_open(&mut open);
        Judged { listed, open }
    }

    fn looks(&self, members: &[u32], judged: &Judged) -> Looks {
        let columns = &self.index.columns;
        let mut looks = Looks { count: members.len() as u64, ..Looks::default() };
        let mut sources: HashSet<usize, Keyed> = HashSet::default();
        let addresses = self.index.parts.addresses().ok();
        for row in members.iter().map(|row| *row as usize) {
            let is_fraud = columns.cause.get(row) == Cause::Fraud.number()
                && columns.kind.get(row) == Kind::Normal.number();
            let delivery = columns.delivery.get(row);
            // Nothing was done about it: it lies in somebody's inbox (RFC 6591 §3.2.2 `delivered`, a policy of `none`).
            let is_delivered =
                [Delivery::None, Delivery::Delivered].iter().any(|known| known.number() == delivery);
            looks.fraud += u64::from(is_fraud);
            looks.delivered += u64::from(is_delivered);
            looks.listed += u64::from(judged.listed.get(row));
            looks.open += u64::from(judged.open.get(row));
            sources.extend(addresses.map(|column| column.code(row)).filter(|code| *code != 0));
        }
        looks.sources = sources.len() as u64;
        looks
    }

    /// A line with everything that is to be known of it.
    fn pattern(&self, line: Line, trend: Trend, judged: &Judged) -> Result<Option<Pattern>, Stopped> {
        let Line { lead, details, score } = line;
        let Candidate { dimension, before, curve, .. } = lead;
        let Some(example) = lead.members.last() else { return Ok(None) };
        let value = self.value(&lead, *example)?;
        let text = self.text(dimension, &value, *example);
        let Some(filter) = dimension.filter(&value) else { return Ok(None) };
        let members = self.members(dimension, &value, &filter, lead.members)?;
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
            let value = self.value(detail, *example)?;
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
        Ok(Some(Pattern {
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
        }))
    }

    /// The value of a candidate, as one of its rows has it.
    fn value(&self, candidate: &Candidate, row: u32) -> Result<String, Stopped> {
        let value = self.keys.value(candidate.dimension, row as usize, candidate.key)?;
        Ok(match candidate.dimension {
            // What comes before is counted by the pair; of none of those any has more words.
            Dimension::Words if candidate.before == 0 => self.phrase(&value, &candidate.members),
            _ => value,
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

    /// The rows of the window that the query selects: values that are found inside others have more of them than rows
    /// that were counted whole.
    fn members(
        &self,
        dimension: Dimension,
        value: &str,
        filter: &Filter,
        counted: Vec<u32>,
    ) -> Result<Vec<u32>, Stopped> {
        let parts = &self.index.parts;
        let wanted = fold(value);
        let kept = |test: &dyn Fn(usize) -> bool| {
            self.now.iter().copied().filter(|row| test(*row as usize)).collect::<Vec<u32>>()
        };
        Ok(match dimension {
            Dimension::Words => {
                let (subjects, finder) = (parts.subjects()?, memmem::Finder::new(wanted.as_bytes()));
                kept(&|row| finder.find(subjects.table.get(subjects.rows.get(row))).is_some())
            }
            Dimension::Ending => {
                let urls = parts.urls()?;
                let ends = |entry: &u32| urls.table.get(*entry).ends_with(wanted.as_bytes());
                kept(&|row| urls.joins.get(row).iter().any(ends))
            }
            Dimension::File | Dimension::From | Dimension::ReplyTo | Dimension::Address => {
                let mut rows = Bitmap::empty(self.index.rows);
                self.now.iter().for_each(|row| rows.set(*row as usize, true));
                self.index.narrow(filter, &mut rows, self.cancel)?;
                rows.ones().map(|row| row as u32).collect()
            }
            _ => counted,
        })
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
