//! The keys that the program comes with. `h j k l g G / n N` mean what they mean elsewhere.

use super::{Action, Binding, Mode};

/// Mode by mode; the first sequence of an action is the one that hints show.
const DEFAULT: &[(Mode, &[(&str, Action)])] = &[
    (
        Mode::Everywhere,
        &[
            ("j", Action::Down),
            ("down", Action::Down),
            ("k", Action::Up),
            ("up", Action::Up),
            ("h", Action::Left),
            ("left", Action::Left),
            ("l", Action::Right),
            ("right", Action::Right),
            ("pagedown", Action::PageDown),
            ("ctrl-f", Action::PageDown),
            ("pageup", Action::PageUp),
            ("ctrl-b", Action::PageUp),
            ("ctrl-d", Action::HalfPageDown),
            ("ctrl-u", Action::HalfPageUp),
            ("g g", Action::First),
            ("home", Action::First),
            ("G", Action::Last),
            ("end", Action::Last),
            ("enter", Action::Open),
            ("esc", Action::Back),
            ("?", Action::Help),
            ("f1", Action::Help),
            ("S", Action::Sync),
            ("u", Action::Undo),
            ("U", Action::Redo),
            ("ctrl-l", Action::Redraw),
            ("ctrl-z", Action::Suspend),
            ("q", Action::Quit),
            ("ctrl-c", Action::Quit),
        ],
    ),
    (
        Mode::Reports,
        &[
            ("n", Action::NextOpen),
            ("N", Action::PreviousOpen),
            ("d", Action::Detail),
            ("tab", Action::Groups),
            ("backtab", Action::Ungroup),
            ("s", Action::Sort),
            ("R", Action::Reverse),
            ("O", Action::Columns),
            ("Q", Action::Quarantine),
            ("q", Action::Leave),
            ("/", Action::Query),
            ("backspace", Action::PreviousQuery),
            ("0", Action::ClearQuery),
            ("f", Action::Filters),
            ("F", Action::HideFilters),
            ("+", Action::Include),
            ("-", Action::Exclude),
            ("o", Action::ViewOpen),
            ("w", Action::ViewNew),
            ("M", Action::ViewMarked),
            ("b", Action::Views),
            ("B", Action::SaveView),
            ("W", Action::Seen),
            ("space", Action::Mark),
            ("v", Action::MarkRange),
            ("a", Action::MarkAll),
            ("A", Action::MarkNone),
            ("i", Action::MarkInvert),
            ("*", Action::MarkSimilar),
            ("x", Action::Dismiss),
            ("X", Action::Reopen),
            ("t", Action::Tag),
            ("c", Action::Note),
            ("K", Action::Kind),
            ("C", Action::Cause),
            ("T", Action::RetryQuarantined),
            ("y", Action::Copy),
            ("|", Action::Pipe),
            (">", Action::SaveRaw),
        ],
    ),
    (
        Mode::Filters,
        &[
            ("space", Action::Toggle),
            ("+", Action::Include),
            ("-", Action::Exclude),
            ("/", Action::Find),
            ("tab", Action::NextPart),
            ("backtab", Action::PreviousPart),
            ("f", Action::Back),
            ("q", Action::Back),
            ("F", Action::HideFilters),
            ("backspace", Action::PreviousQuery),
            ("0", Action::ClearQuery),
        ],
    ),
    (
        Mode::Detail,
        &[
            ("tab", Action::NextPart),
            ("l", Action::NextPart),
            ("right", Action::NextPart),
            ("backtab", Action::PreviousPart),
            ("h", Action::PreviousPart),
            ("left", Action::PreviousPart),
            ("/", Action::Find),
            ("n", Action::NextHit),
            ("N", Action::PreviousHit),
            ("q", Action::Back),
            ("J", Action::NextOpen),
            ("]", Action::NextOpen),
            ("[", Action::PreviousOpen),
            ("space", Action::Mark),
            ("*", Action::MarkSimilar),
            ("x", Action::Dismiss),
            ("X", Action::Reopen),
            ("t", Action::Tag),
            ("c", Action::Note),
            ("K", Action::Kind),
            ("C", Action::Cause),
            ("D", Action::Reveal),
            ("d", Action::Detail),
            ("y", Action::Copy),
            ("|", Action::Pipe),
            (">", Action::SaveRaw),
        ],
    ),
    (
        Mode::Menu,
        &[
            ("tab", Action::Down),
            ("backtab", Action::Up),
            ("space", Action::Toggle),
            ("delete", Action::Remove),
            ("D", Action::Remove),
        ],
    ),
    (
        Mode::Line,
        &[
            ("enter", Action::Accept),
            ("esc", Action::Back),
            ("ctrl-c", Action::Back),
            ("tab", Action::Complete),
            ("up", Action::HistoryUp),
            ("ctrl-p", Action::HistoryUp),
            ("down", Action::HistoryDown),
            ("ctrl-n", Action::HistoryDown),
            ("left", Action::CursorLeft),
            ("ctrl-b", Action::CursorLeft),
            ("right", Action::CursorRight),
            ("ctrl-f", Action::CursorRight),
            ("alt-b", Action::WordLeft),
            ("ctrl-left", Action::WordLeft),
            ("alt-f", Action::WordRight),
            ("ctrl-right", Action::WordRight),
            ("home", Action::LineStart),
            ("ctrl-a", Action::LineStart),
            ("end", Action::LineEnd),
            ("ctrl-e", Action::LineEnd),
            ("backspace", Action::DeleteBack),
            ("ctrl-h", Action::DeleteBack),
            ("delete", Action::DeleteForward),
            ("ctrl-d", Action::DeleteForward),
            ("ctrl-w", Action::DeleteWord),
            ("ctrl-u", Action::DeleteToStart),
            ("ctrl-k", Action::DeleteToEnd),
        ],
    ),
];

/// The table with its keys read; a test proves that every one can be.
pub(super) fn bindings() -> Vec<Binding> {
    DEFAULT
        .iter()
        .flat_map(|(mode, keys)| keys.iter().map(|(keys, action)| (*mode, *keys, *action)))
        .filter_map(|(mode, keys, action)| Some(Binding { mode, keys: keys.parse().ok()?, action }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_can_be_read() {
        assert_eq!(bindings().len(), DEFAULT.iter().map(|(_, keys)| keys.len()).sum::<usize>());
    }
}
