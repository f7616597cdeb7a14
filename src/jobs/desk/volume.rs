//! The course of reports over time: how many in each span, and what makes some of them stand out.

use super::answers::{Answers, Halt};
use super::charts::Charted;
use super::questions::not_loaded;
use super::rows::rows;
use crate::index::{Buckets, Burst, Cancel, Growth, Index, Selection, Sign, start_of_last};
use crate::model::clock::{self, DAY_SECONDS, Seconds, rfc3339};
use std::time::{Duration, Instant};

/// Days of what was reported.
pub const REPORTED_DAYS: usize = 90;
/// Of so many spans that stand out it is said why.
const NAMED_BURSTS: usize = 5;
/// A span is compared with so many before it.
const SPANS_BEFORE: usize = 6;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeQuestion {
    /// Its number; answers bear it.
    pub number: u64,
    /// Which reports.
    pub query: String,
    /// How long each span is.
    pub seconds: Seconds,
    /// How many there are.
    pub spans: usize,
    /// So many lie between the last of them and the present one, which it is when there are none.
    pub ago: usize,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Whose answer.
    pub question: u64,
    /// Reports by span and kind.
    pub buckets: Buckets,
    /// Spans that stand out, the most first.
    pub bursts: Vec<Burst>,
    /// Where the first of the days starts.
    pub reported_start: Seconds,
    /// Reported reports by the day of their arrival: of the same query, whatever it says about their state.
    pub reported: Vec<u64>,
    /// Where nothing came in all this time: when the newest report of the query did.
    pub newest: Option<Seconds>,
    /// The query looks into messages, which was not done: these are too many.
    pub at_most: bool,
    /// How long counting took.
    pub took: Duration,
}

/// Why a span stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BurstName {
    /// Where the span starts.
    pub start: Seconds,
    /// What there is more of than before, the most first. Texts are as mails have them.
    pub grown: Vec<(&'static str, String, u64, u64)>,
}

/// Bursts on their way to their names.
pub(super) struct Naming {
    question: u64,
    selection: Selection,
    buckets: Buckets,
    left: Vec<Burst>,
    done: Vec<BurstName>,
}

impl Answers<'_> {
    /// Counts, and says what is to be named.
    pub(super) fn volume(&mut self, question: &VolumeQuestion) -> Result<Option<Naming>, Halt> {
        let began = Instant::now();
        let now = clock::now();
        let start = start_of_last(now, question.seconds, question.spans + question.ago);
        let end = start + question.seconds * question.spans as Seconds;
        let reported_start = start_of_last(now, DAY_SECONDS, REPORTED_DAYS);
        // Far enough back that the first span, too, is compared with those before it.
        let first = start - question.seconds * SPANS_BEFORE as Seconds;
        let until = if question.ago > 0 { format!(" until:{}", rfc3339(end - 1)) } else { String::new() };
        let windows =
            [format!("since:{}{until}", rfc3339(first)), format!("since:{}", rfc3339(reported_start))];
        let windows = windows.each_ref().map(String::as_str);
        let Charted { selection, reported, at_most } = self.charted(&question.query, windows)?;
        let buckets = self.base()?.index.timeline(&selection, start, question.seconds, question.spans);
        let is_empty = buckets.totals().iter().all(|total| *total == 0);
        let newest = if is_empty { self.newest_of(&question.query)? } else { None };
        let index = &self.base()?.index;
        let reported = index.timeline(&reported, reported_start, DAY_SECONDS, REPORTED_DAYS).totals();
        let bursts = buckets.bursts();
        let left = bursts.iter().take(NAMED_BURSTS).rev().copied().collect();
        let naming =
            Naming { question: question.number, selection, buckets: buckets.clone(), left, done: vec![] };
        self.shared.tell(super::Event::Volume(Box::new(Volume {
            question: question.number,
            buckets,
            bursts,
            reported_start,
            reported,
            newest,
            at_most,
            took: began.elapsed(),
        })));
        Ok(Some(naming))
    }

    /// Names the next burst; tells of all when there is none left. Says whether there is more to do.
    pub(super) fn name_a_burst(&mut self, naming: &mut Naming) -> Result<bool, Halt> {
        let Some(burst) = naming.left.last().copied() else {
            self.shared.tell(super::Event::Bursts(naming.question, std::mem::take(&mut naming.done)));
            return Ok(false);
        };
        self.need(Index::PARTS_OF_GROWTH)?;
        let base = self.base()?;
        let Naming { buckets, selection, .. } = &*naming;
        let (start, end) = (buckets.start_of(burst.bucket), buckets.start_of(burst.bucket + 1));
        let calm = buckets.start_of(burst.first);
        let now = base.index.between(selection, start, end);
        let before = base.index.between(selection, calm - buckets.seconds * SPANS_BEFORE as Seconds, calm);
        let grown = base.index.growth(&now, &before, SPANS_BEFORE as u64, &Cancel::never());
        let mut named = vec![];
        for growth in grown.map_err(not_loaded)? {
            let Growth { sign, now, before, sample } = growth;
            // What makes up less than a tenth of a burst explains nothing.
            let more = now.saturating_sub(before / SPANS_BEFORE as u64);
            if more * 10 < burst.count {
                continue;
            }
            let (what, text) = match sign {
                Sign::Subject(_) => {
                    let subject = rows(&base.store, &[sample])?.pop().and_then(|row| row.subject);
                    ("subject", subject.unwrap_or_default())
                }
                Sign::UrlEnding(ending) => ("url", format!("*{ending}")),
                Sign::Source(ip) => ("ip", ip.to_string()),
            };
            named.push((what, text, now, before));
        }
        naming.left.pop();
        naming.done.push(BurstName { start, grown: named });
        Ok(true)
    }
}
