//! What several integration tests need. Each test file uses its part of it.
#![allow(dead_code, reason = "every test file compiles all of it and uses some")]

pub mod mmdb;
