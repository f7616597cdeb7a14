//! The help page, out of the table of actions and the keys as they are now.

use super::Page;
use crate::keymap::{Action, Keymap, Mode};
use crate::text::{showable, width};
use crate::tui::reports::detail::broken;

/// The most columns of the keys.
const LEFT: usize = 30;

/// What stands in the first column of the list.
const LETTERS: &[(&str, &str)] = &[
    ("R", "reported"),
    ("x", "dismissed"),
    ("Q", "in quarantine: could not be understood"),
    ("-", "no report"),
    ("n", "new since the last look"),
    ("~", "the reporter of a failure report is not authenticated"),
];

/// Every mode's keys, those of the mode at hand first, and what the letters of the list mean.
pub(super) fn page(keymap: &Keymap, here: Mode, columns: usize) -> Page {
    let mut sections = vec![];
    let modes = std::iter::once(here).chain(Mode::ALL.iter().copied().filter(|mode| *mode != here));
    for mode in modes {
        let keys = |action: Action| -> Vec<String> {
            let bound = keymap.bindings().iter();
            let bound = bound.filter(|binding| binding.mode == mode && binding.action == action);
            bound.map(|binding| binding.keys.to_string()).collect()
        };
        let lines = Action::ALL.iter().map(|action| (keys(*action).join(", "), action.sentence_in(mode)));
        sections.push((mode.sentence(), lines.filter(|(keys, _)| !keys.is_empty()).collect::<Vec<_>>()));
    }
    let letters = LETTERS.iter().map(|(letter, means)| ((*letter).to_owned(), *means)).collect();
    sections.insert(1, ("Letters in the list", letters));
    let left = sections.iter().flat_map(|(_, lines)| lines).map(|(keys, _)| width(keys) + 2).max();
    // Borders and blanks take six.
    let room = columns.saturating_sub(left.unwrap_or(0).min(LEFT) + 6).max(10);
    let mut page = vec![];
    for (heading, lines) in sections {
        if !page.is_empty() {
            page.push((showable(""), showable("")));
        }
        page.push((showable(heading), showable("")));
        for (keys, sentence) in lines {
            let mut keys = format!("  {keys}");
            for piece in broken(sentence, room) {
                page.push((showable(&std::mem::take(&mut keys)), showable(piece)));
            }
        }
    }
    Page { title: "Keys".to_owned(), lines: page, first: 0, answer: None }
}
