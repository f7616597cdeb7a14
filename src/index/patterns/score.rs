//! What makes a pattern worth a look: how it bursts, how fraudulent it looks, and whether there is anything left to do.
//! Pure arithmetic on counts.

use crate::model::Span;

/// Added to what is expected, so that four mails where one was usual are no burst.
const GRAINS: f64 = 3.0;
/// A burst beyond this is no more remarkable.
const STEEPEST: f64 = 20.0;
/// Below this nothing bursts.
pub(super) const LEAST_RATIO: f64 = 1.4;
/// A pattern of so many has half of the weight that size can give.
const HALF_SIZE: f64 = 10.0;
/// What was never seen before goes before what only grows.
const NEW: f64 = 1.5;
/// Each further thing that the same reports share makes chance less likely; beyond five it is certain.
const AGREEMENT: (f64, usize) = (0.1, 5);

/// How the whole of the reports moves, against which a pattern has to stand out: on a loud day everything is loud.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trend {
    /// The share of a count of the time before that a window of today lets expect.
    share: f64,
}

impl Trend {
    pub(super) fn new(span: &Span, now: usize, before: usize) -> Trend {
        let usual = span.seconds() as f64 / (span.from - span.before).max(1) as f64;
        let share = if before == 0 { usual } else { usual.max(now as f64 / before as f64) };
        Trend { share }
    }

    /// What a count of the time before lets expect in the window.
    pub(super) fn expected(self, before: u64) -> f64 {
        before as f64 * self.share
    }

    /// How steep a burst is, small numbers damped.
    pub(super) fn ratio(self, count: u64, before: u64) -> f64 {
        count as f64 / (self.expected(before) + GRAINS)
    }

    /// With more than so many in the time before, a count of the window is no burst.
    pub(super) fn most_before(self, count: u64) -> u64 {
        let expected = (count as f64 / LEAST_RATIO - GRAINS).max(0.0);
        // One more than the division says, which may be off by its last bit.
        (expected / self.share.max(f64::MIN_POSITIVE)) as u64 + 1
    }

    /// How it bursts, before anything is known of the reports themselves.
    pub(super) fn burst(self, count: u64, before: u64) -> f64 {
        let size = count as f64 / (count as f64 + HALF_SIZE);
        let new = if before == 0 { NEW } else { 1.0 };
        self.ratio(count, before).clamp(1.0, STEEPEST).ln() * size * new
    }
}

/// What counts in judging the reports of a pattern.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looks {
    pub(super) count: u64,
    pub(super) fraud: u64,
    pub(super) listed: u64,
    pub(super) delivered: u64,
    pub(super) open: u64,
    pub(super) sources: u64,
}

impl Looks {
    /// Cause before lists before delivery; few sources before a flood of them, since a desk can stop those; what is
    /// done already comes last.
    pub(super) fn weight(self) -> f64 {
        let count = self.count.max(1) as f64;
        let share = |part: u64| part as f64 / count;
        let looks = 0.1 + 0.6 * share(self.fraud) + 0.2 * share(self.listed) + 0.1 * share(self.delivered);
        let spread = (self.sources.max(1) as f64).ln() / (count + 1.0).ln();
        let left = 0.3 + 0.7 * share(self.open);
        looks * (1.5 - 0.5 * spread.min(1.0)) * left
    }
}

/// For so many other things that the same reports share.
pub(super) fn agreement(others: usize) -> f64 {
    1.0 + AGREEMENT.0 * others.min(AGREEMENT.1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_with_everything_else_is_no_burst() {
        let day = Span::new(0, 86_400);
        let quiet = Trend::new(&day, 1_000, 7_000);
        assert!(quiet.ratio(100, 70) > 5.0);
        assert!(quiet.ratio(10, 70) < LEAST_RATIO);
        let loud = Trend::new(&day, 10_000, 7_000);
        assert!(loud.ratio(100, 70) < LEAST_RATIO);
    }

    #[test]
    fn nothing_bursts_with_more_before_than_it_may_have() {
        let trend = Trend::new(&Span::new(0, 7 * 86_400), 78_000, 550_000);
        for count in (0..2_000).chain([100_000, u32::MAX.into()]) {
            let most = trend.most_before(count);
            assert!(trend.ratio(count, most + 1) < LEAST_RATIO, "{count}");
            assert!(most < 3 || trend.ratio(count, most - 2) >= LEAST_RATIO, "{count}");
        }
    }

    #[test]
    fn the_new_goes_before_the_growing_and_fraud_before_noise() {
        let trend = Trend::new(&Span::new(0, 86_400), 1_000, 7_000);
        assert!(trend.burst(40, 0) > trend.burst(400, 70));
        let fraud = Looks { count: 40, fraud: 40, listed: 30, open: 40, sources: 3, ..Looks::default() };
        let noise = Looks { fraud: 5, listed: 0, ..fraud };
        let spread = Looks { sources: 40, ..fraud };
        let done = Looks { open: 0, ..fraud };
        for other in [noise, spread, done] {
            assert!(fraud.weight() > other.weight(), "{other:?}");
        }
    }
}
