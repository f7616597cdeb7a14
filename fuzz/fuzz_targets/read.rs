//! Any bytes are understood, quarantined or said to be no report: without a panic, without a hang.
//!
//! `cargo install cargo-fuzz`, then in the project's folder `cargo +stable fuzz run -s none read -- -timeout=5`.
//! A corpus to begin with: `cargo run -- demo --count 500 --mailbox fuzz/corpus/read`.
#![no_main]

use lafayette::arf::read::{Context, read};
use lafayette::cli::demo;
use lafayette::model::FeedKind;
use lafayette::model::settings::Judgement;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static JUDGEMENT: LazyLock<Judgement> = LazyLock::new(demo::judgement);

fuzz_target!(|data: &[u8]| {
    let context = Context {
        judgement: &JUDGEMENT,
        feed_kind: FeedKind::Mailbox,
        internal_date: None,
        now: 1_790_000_000,
    };
    let _ = read(data, &context);
});
