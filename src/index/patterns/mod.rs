//! What bursts: reports of a window that share something which the time before hardly had. Says what and why; knows
//! nothing of how that is shown or told.
//!
//! One pass over the window and one over the time before for each dimension ([`keys`]) count how often each value
//! occurs, by the numbers that values have ([`values`]); what bursts ([`score`]) becomes a candidate with its reports;
//! candidates that are the same reports seen another way become one pattern ([`merge`]); and of what is left everything
//! is counted anew from the reports that its query selects, so that the numbers are those that the query gives.

mod candidates;
mod describe;
mod keys;
mod members;
mod merge;
mod score;
mod values;

pub use values::PatternValues;

use super::bitmap::Bitmap;
use super::parts::Part;
use super::selection::{Cancel, Selection, Stopped};
use super::threads::{both, on_two_threads};
use super::{Index, columns::Keyed};
use crate::model::clock::Seconds;
use crate::model::{Cause, Delivery, Dimension, Kind, Pattern, ReportId, Span};
use crate::query::Filter;
use candidates::CURVE;
use keys::Keys;
use score::{Looks, Trend};
use std::collections::HashSet;
use values::Values;

/// The last part of a curve.
const LAST_PART: f64 = (CURVE - 1) as f64;
/// Rows that are looked into ahead at a time: some milliseconds.
const ROWS_AHEAD: u32 = 1 << 11;
/// The most patterns of an answer: nobody looks at more.
const MOST_PATTERNS: usize = 100;

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

    /// What bursts, the most remarkable first. Dimensions whose part is not loaded are passed over. What is learned of
    /// rows and entries is kept in `values`, for the next question to the same index.
    pub fn patterns(
        &self,
        question: &PatternQuestion<'_>,
        values: &mut PatternValues,
        cancel: &Cancel,
    ) -> Result<Vec<Pattern>, Stopped> {
        let span = &question.span;
        let end = if span.is_open { Seconds::MAX } else { span.to };
        let positions = |rows: &Bitmap| rows.ones().map(|position| position as u32).collect::<Vec<u32>>();
        let of_time = |from, to| {
            let rows = self.arrived(&question.among.rows, from, to);
            (positions(&rows), rows)
        };
        let (((now, window), (before, _)), curve_parts) =
            both(|| (of_time(span.from, end), of_time(span.before, span.from)), || self.parts_of_curve(span));
        let looking = Looking {
            index: self,
            keys: Keys::new(self),
            now,
            before,
            curve_parts,
            window,
            question,
            cancel,
        };
        looking.patterns(&mut values.at(self.rewrites).by_dimension)
    }

    /// Looks into some rows ahead of whoever will ask about them, the newest first, and tells whether there are more.
    /// The first question about a window that goes far back takes several times as long without.
    pub fn learn_patterns(&self, values: &mut PatternValues, cancel: &Cancel) -> Result<bool, Stopped> {
        let PatternValues { by_dimension, ahead_from, .. } = values.at(self.rewrites);
        let end = ahead_from.unwrap_or(self.rows as u32);
        let start = end.saturating_sub(ROWS_AHEAD);
        let rows: Vec<u32> = (start..end).collect();
        let keys = Keys::new(self);
        let jobs = Dimension::ALL.iter().copied().zip(by_dimension);
        let jobs = jobs.filter(|(dimension, _)| self.has(dimension.part())).collect();
        let learned = on_two_threads(jobs, |(dimension, values): (Dimension, &mut Values)| {
            keys.each_value(dimension, &rows, values, cancel, &mut |_, _| {})
        });
        learned.into_iter().collect::<Result<(), Stopped>>()?;
        *ahead_from = Some(start);
        Ok(start > 0)
    }

    /// The URLs of a report, in lower case as they are compared; none while they are not loaded.
    pub fn urls_of(&self, id: ReportId) -> Vec<String> {
        let (Some(row), Ok(urls)) = ((id as usize).checked_sub(1), self.parts.urls()) else { return vec![] };
        let texts = urls.joins.get(row).iter().map(|entry| urls.table.get(*entry));
        texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }

    /// The part of the curve that each row counts in; what lies outside counts at its ends. The curve is as long as a
    /// whole time before asks for, also where reports do not go back so far.
    fn parts_of_curve(&self, span: &Span) -> Vec<u8> {
        let Span { before, to, .. } = Span::new(span.from, span.to);
        // Moments are whole numbers far below 2^53: this division is never off by one.
        let (start, length) = (before as f64, (to - before).max(1) as f64);
        let part = |at: &u32| ((f64::from(*at) - start) * CURVE as f64 / length).clamp(0.0, LAST_PART) as u8;
        self.columns.arrival.values.iter().map(part).collect()
    }

    /// The rows that arrived between two moments.
    fn arrived(&self, rows: &Bitmap, from: Seconds, to: Seconds) -> Bitmap {
        let column = |at: Seconds| at.clamp(0, u32::MAX.into()) as u32;
        let (from, to) = (column(from), column(to));
        let mut rows = rows.clone();
        rows.keep(&self.columns.arrival.values, |at| from <= at && (at < to || to == u32::MAX));
        rows
    }
}

/// One look.
struct Looking<'l> {
    index: &'l Index,
    keys: Keys<'l>,
    question: &'l PatternQuestion<'l>,
    /// Rows of the window, a bit each and by their positions.
    window: Bitmap,
    now: Vec<u32>,
    /// Rows of the time before.
    before: Vec<u32>,
    /// By row the part of the curve that it counts in.
    curve_parts: Vec<u8>,
    cancel: &'l Cancel,
}

/// What is judged of the rows of the window: a bit each.
struct Judged {
    listed: Bitmap,
    open: Bitmap,
}

impl Looking<'_> {
    fn curve_part(&self, row: u32) -> usize {
        self.curve_parts.get(row as usize).copied().unwrap_or(0).into()
    }

    fn patterns(&self, values: &mut [Values]) -> Result<Vec<Pattern>, Stopped> {
        let trend = Trend::new(&self.question.span, self.now.len(), self.before.len());
        let judged = self.judged();
        let found = self.candidates(trend, &judged, values)?;
        let lines = self.named(merge::merged(found, trend, self.question.least));
        let members = self.members(&lines)?;
        let lines = lines.into_iter().zip(members).collect();
        let described = on_two_threads(lines, |(line, members)| self.pattern(line, members, trend, &judged));
        let mut patterns: Vec<Pattern> = described.into_iter().flatten().collect();
        if self.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        patterns.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.count.cmp(&a.count)));
        patterns.truncate(MOST_PATTERNS);
        Ok(patterns)
    }

    fn judged(&self) -> Judged {
        let (mut listed, mut open) = (self.window.clone(), self.window.clone());
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
}
