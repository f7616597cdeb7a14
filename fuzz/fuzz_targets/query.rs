//! Any text is a query that means the same when it is written back, or an error under a column of the text.
//!
//! `cargo install cargo-fuzz`, then in the project's folder `cargo +stable fuzz run -s none query`.
#![no_main]

use lafayette::query::parse;
use libfuzzer_sys::fuzz_target;

const NOW: i64 = 1_790_000_000;

fuzz_target!(|text: &str| {
    if let Ok(filter) = parse(text, NOW) {
        let written = filter.to_string();
        let again = parse(&written, NOW).map(|filter| filter.to_string());
        assert_eq!(again.ok().as_deref(), Some(&*written), "{text}");
    }
});
