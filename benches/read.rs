//! How long understanding one report takes: microseconds a message, median of rounds, one thread.
//!
//! `cargo bench --bench read [-- FILE]`: an mbox to read instead of the made mailbox.

use lafayette::arf::read::{Context, read};
use lafayette::cli::demo::Generator;
use lafayette::intake::{self, Item, Limits};
use lafayette::model::{FeedKind, Judgement};
use std::path::PathBuf;
use std::time::Instant;

const MESSAGES: u64 = 5_000;
const ROUNDS: usize = 7;
const NOON: i64 = 1_790_000_000;

fn main() {
    let file = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let messages: Vec<Vec<u8>> = match file {
        Some(path) => intake::open(&[PathBuf::from(path)], None, &Limits::default())
            .filter_map(|item| match item {
                Item::Message(message) => Some(message.bytes),
                Item::Failed { .. } | Item::Left { .. } | Item::LargeNext => None,
            })
            .collect(),
        None => Generator::new(1, MESSAGES, NOON).map(|made| made.bytes).collect(),
    };
    let judgement = Judgement::default();
    let context =
        Context { judgement: &judgement, feed_kind: FeedKind::Mailbox, internal_date: None, now: NOON };
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for message in &messages {
                std::hint::black_box(read(message, &context));
            }
            start.elapsed().as_secs_f64() * 1e6 / messages.len() as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!(
        "read: {} messages, median {:.1} µs each (fastest round {:.1}, slowest {:.1})",
        messages.len(),
        rounds[ROUNDS / 2],
        rounds[0],
        rounds[ROUNDS - 1]
    );
}
