//! The help page, out of the table of actions and the keys as they are now.

use super::Page;
use crate::keymap::{Action, Keymap, Mode};
use crate::text::showable;

/// Every mode's keys, those of the mode at hand first.
pub(super) fn page(keymap: &Keymap, here: Mode) -> Page {
    let mut lines = vec![];
    let modes = std::iter::once(here).chain(Mode::ALL.iter().copied().filter(|mode| *mode != here));
    for mode in modes {
        if !lines.is_empty() {
            lines.push((showable(""), showable("")));
        }
        lines.push((showable(mode.sentence()), showable("")));
        for action in Action::ALL {
            let keys: Vec<String> = keymap
                .bindings()
                .iter()
                .filter(|binding| binding.mode == mode && binding.action == *action)
                .map(|binding| binding.keys.to_string())
                .collect();
            if !keys.is_empty() {
                lines.push((showable(&format!("  {}", keys.join(", "))), showable(action.sentence())));
            }
        }
    }
    Page { title: "Keys".to_owned(), lines, first: 0, answer: None }
}
