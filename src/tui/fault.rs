//! Faults on purpose, for tests of what a panic leaves behind. Only debug builds know them.

use super::event::Event;
use crate::jobs::desk::Desk;
use crate::keymap::{Key, Press};

/// Who panics at F12: `screen` or `worker`.
const VARIABLE: &str = "LAFAYETTE_PANIC";

/// Panics, or lets a worker do it, when somebody wants it and presses F12.
#[expect(clippy::panic, reason = "this is what it is for")]
pub(super) fn on(event: &Event, desk: &Desk) {
    if *event != Event::Key(Key::plain(Press::Function(12))) {
        return;
    }
    match std::env::var(VARIABLE).as_deref() {
        Ok("screen") => panic!("on purpose"),
        Ok("worker") => desk.panic_on_purpose(),
        _ => {}
    }
}
