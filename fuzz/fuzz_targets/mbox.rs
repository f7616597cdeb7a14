//! Any bytes behind a `From ` line are cut without a panic, and nothing comes out that did not go in.
//!
//! `cargo install cargo-fuzz`, then in the project's folder `cargo +stable fuzz run -s none mbox`.
#![no_main]

use lafayette::intake::mbox::Mbox;
use lafayette::intake::{Item, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { message: 4096, ..Limits::default() };
    let mut length = 0;
    for item in Mbox::new(data, "-".to_owned(), &limits) {
        if let Item::Message(message) = item {
            assert!(message.bytes.len() <= limits.message);
            length += message.bytes.len();
        }
    }
    assert!(length <= data.len());
});
