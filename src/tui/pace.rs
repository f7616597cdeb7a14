//! How often the screen is drawn: what a person does and what comes of it at once, a flood of news 30 times a second.

use std::time::{Duration, Instant};

/// A flood is drawn this often.
const FRAME: Duration = Duration::from_millis(33);
/// Frames that may follow each other at once after quiet: the key's own effect, the results, their counts.
const AT_ONCE: u32 = 3;

/// When the next frame may be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    due: Option<Instant>,
}

impl Pace {
    /// Nothing was drawn yet.
    pub fn new() -> Pace {
        Pace { due: None }
    }

    /// How long the next frame has to wait.
    pub fn wait(&self, now: Instant) -> Duration {
        self.due.map_or(Duration::ZERO, |due| due.saturating_duration_since(now))
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        // Every frame uses up its share of time; no more than the shares of a few are saved in quiet.
        let saved = now.checked_sub(FRAME * (AT_ONCE - 1));
        self.due = self.due.max(saved).or(Some(now)).map(|due| due + FRAME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames are drawn in so many milliseconds by somebody who always wants to.
    fn frames(pace: &mut Pace, from: Instant, milliseconds: u64) -> u64 {
        let mut count = 0;
        for now in (0..milliseconds).map(|after| from + Duration::from_millis(after)) {
            while pace.wait(now).is_zero() {
                pace.drawn(now);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn a_few_frames_come_at_once_and_a_flood_thirty_times_a_second() {
        let start = Instant::now() + Duration::from_secs(60);
        let mut pace = Pace::new();
        assert_eq!(frames(&mut pace, start, 1), u64::from(AT_ONCE));
        let seconds = frames(&mut pace, start + Duration::from_millis(1), 10_000);
        assert!((295..=305).contains(&seconds), "{seconds}");
        let after_quiet = start + Duration::from_secs(3_600);
        assert_eq!(frames(&mut pace, after_quiet, 1), u64::from(AT_ONCE), "no more than that is saved");
    }
}
