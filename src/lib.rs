//! Lafayette collects reports about abused mail, makes the fraud among them easy to see, and answers it.
//!
//! The rooms of the house; each knows only rooms above it (`tests/house.rs` holds that):
//!
//! * [`model`]: plain types, the clock, the traits by which rooms meet
//! * [`text`]: untrusted text made showable; width; defanging
//! * [`keymap`]: actions and keys as data
//! * [`query`]: filter text to `Filter`, errors with a column
//! * [`arf`]: bytes to `Report` and back, pure
//! * [`config`]: arguments, file, environment to `Config`
//! * [`store`]: the only SQL; the truth
//! * [`index`]: columns in memory that answer every question
//! * [`intake`]: where raw messages come from
//! * [`enrich`]: what others know about an address
//! * [`dispatch`]: what goes out
//! * [`export`]: tables, CSV, JSON lines, lists
//! * [`jobs`]: the rooms above wired together
//! * [`tui`]: the screen
//! * [`cli`]: one file per command

pub mod model;
pub mod text;
pub mod keymap;
pub mod query;
pub mod arf;
pub mod config;
pub mod store;
pub mod index;
pub mod intake;
pub mod enrich;
pub mod dispatch;
pub mod export;
pub mod jobs;
pub mod tui;
pub mod cli;
