//! Whatever a mail server says, the mailbox neither panics nor hangs, and no more comes of it than was said.
//!
//! `cargo install cargo-fuzz`, then in the project's folder `cargo +stable fuzz run -s none imap -- -timeout=5`.
#![no_main]

use lafayette::intake::imap::fuzzing::converse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|words: &[u8]| {
    assert!(converse(words) <= words.len());
});
