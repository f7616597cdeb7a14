//! The help page, out of the table of actions and the keys as they are now.

use super::Page;
use crate::keymap::{Action, Keymap, Mode};
use crate::text::{showable, width};
use crate::tui::reports::detail::broken;
use crate::tui::theme::Theme;

/// The most columns of the keys.
const LEFT: usize = 30;

/// Signs of a screen, the same in ASCII, and what they mean.
type Signs = &'static [(&'static str, &'static str, &'static str)];

const OF_REPORTS: Signs = &[
    ("R", "R", "reported"),
    ("x", "x", "dismissed"),
    ("Q", "Q", "in quarantine: could not be understood"),
    ("-", "-", "no report"),
    ("n", "n", "new since the last look"),
    ("~", "~", "the reporter of a failure report is not authenticated"),
    ("▲", "^", "a burst: three times the usual or more in an hour"),
];
const OF_PATTERNS: Signs = &[
    ("N", "N", "new: the time before had nothing of it"),
    ("R", "R", "nothing of it is open: most of it was reported"),
    ("·", "-", "nothing of it is open: most of it was dismissed, or waits in the outbox"),
    ("×", "x", "so many times as many as the time before lets expect"),
];
const OF_VOLUME: Signs = &[("▲", "^", "a burst: three times the usual or more")];

/// The signs of the place where these keys mean something.
fn signs(mode: Mode) -> Signs {
    match mode {
        Mode::Reports | Mode::Filters | Mode::Detail => OF_REPORTS,
        Mode::Patterns => OF_PATTERNS,
        Mode::Volume => OF_VOLUME,
        _ => &[],
    }
}

/// Every mode's keys, those of the mode at hand first, and what its signs mean.
pub(super) fn page(keymap: &Keymap, here: Mode, theme: &Theme, columns: usize) -> Page {
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
    let signs = signs(here).iter().map(|(sign, ascii, means)| (theme.sign(sign, ascii).to_owned(), *means));
    let signs: Vec<(String, &str)> = signs.collect();
    if !signs.is_empty() {
        sections.insert(1, ("Signs", signs));
    }
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
