//! Times and bytes from a key to what it paints.

use super::pty::Pty;
use std::time::Duration;

pub const STEPS: usize = 200;
/// Nobody types faster for long, and after it the program owes nothing any more.
const BETWEEN_KEYS: Duration = Duration::from_millis(60);
/// Long enough for the slowest answer but that of Patterns.
pub const QUIET: Duration = Duration::from_millis(150);

/// What is pressed, how it is called, how often.
pub type Step = (&'static str, &'static str, usize);

/// Milliseconds, sorted, with their goal.
pub struct Times(Vec<f64>);

impl Times {
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Times {
        Times::numbers(times.into_iter().map(|time| time.as_secs_f64() * 1e3))
    }

    pub fn numbers(numbers: impl IntoIterator<Item = f64>) -> Times {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        Times(numbers)
    }

    pub fn at(&self, share: usize) -> f64 {
        self.0
            .get((self.0.len() * share / 100).min(self.0.len().saturating_sub(1)))
            .copied()
            .unwrap_or(f64::NAN)
    }

    pub fn print(&self, name: &str, goal: &str) {
        println!("{name:<58} {:>9.2} {:>9.2} {:>9.2}   {goal}", self.at(50), self.at(99), self.at(0));
    }
}

/// Each key by itself, with a pause; from the key to its frame, and bytes.
pub fn steps(pty: &mut Pty, steps: &[Step]) {
    for (name, key, count) in steps {
        let (mut times, mut bytes) = (vec![], vec![]);
        for _ in 0..*count {
            let pressed = pty.keys(key);
            let frames = pty.frames(BETWEEN_KEYS, |_| String::new());
            times.extend(frames.first().map(|(at, ..)| *at - pressed));
            bytes.push(frames.iter().map(|(_, bytes, _)| *bytes as f64).sum());
        }
        Times::of(times).print(&format!("{name}: key to paint"), "p99 16");
        let goal = if key.starts_with("<page") { "6000" } else { "1500" };
        Times::numbers(bytes).print(&format!("{name}: bytes"), goal);
    }
}

/// What came of a key: the time to its own paint, from there to the last frame that it brought, and all bytes.
#[derive(Default)]
pub struct Answers {
    own: Vec<Duration>,
    after: Vec<Duration>,
    bytes: Vec<f64>,
    /// Hundredths of a second.
    used: u64,
}

impl Answers {
    /// Presses a key and takes what comes until nothing has come for so long.
    pub fn press(&mut self, pty: &mut Pty, key: &str, quiet: Duration) {
        let before = ticks(pty.id());
        let pressed = pty.keys(key);
        let frames = pty.frames(quiet, |_| String::new());
        self.used += ticks(pty.id()) - before;
        let own = frames.first().map(|(at, ..)| *at);
        self.own.extend(own.map(|own| own - pressed));
        let last = frames.last().filter(|_| frames.len() > 1).map(|(at, ..)| *at);
        self.after.extend(own.zip(last).map(|(own, last)| last - own));
        self.bytes.push(frames.iter().map(|(_, bytes, _)| *bytes as f64).sum());
    }

    pub fn print(self, name: &str, goal: &str) {
        Times::of(self.own).print(&format!("{name}: key to paint"), "p99 16");
        if !self.after.is_empty() {
            Times::of(self.after).print("    to all that it asks for", goal);
        }
        // What a busy machine cannot hide.
        println!(
            "{:<58} {:>9.2}",
            "    processor, on average",
            self.used as f64 * 10.0 / self.bytes.len() as f64
        );
        Times::numbers(self.bytes).print("    bytes", "");
    }
}

/// The processor time that a process used, in hundredths of a second.
pub fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').collect();
    fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
