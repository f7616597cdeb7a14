//! What several integration tests need. Each test file uses its part of it.
#![allow(dead_code, reason = "every test file compiles all of it and uses some")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has to fail"
)]

pub mod certificates;
pub mod desks;
pub mod dns;
pub mod dovecot;
pub mod faults;
pub mod hostile;
pub mod http;
pub mod imap_mailbox;
pub mod messages;
pub mod mmdb;
pub mod program;
pub mod pty;
pub mod smtp;
pub mod stream;
