//! The keys of the preset `emacs`: what it has in place of, and beside, the default ones. Verbs stay single letters, as
//! in Dired and mu4e; Control and Meta move, search and leave.

use super::{Action, Binding, Mode};

/// Taken away: what moves in vi.
const WITHOUT: &[(Mode, &str)] = &[
    (Mode::Everywhere, "j"),
    (Mode::Everywhere, "k"),
    (Mode::Everywhere, "h"),
    (Mode::Everywhere, "l"),
    (Mode::Everywhere, "g g"),
    (Mode::Everywhere, "G"),
    (Mode::Everywhere, "ctrl-d"),
    (Mode::Everywhere, "ctrl-u"),
    (Mode::Detail, "h"),
    (Mode::Detail, "l"),
    (Mode::Detail, "J"),
];

/// Given, in place of what they did before.
const WITH: &[(Mode, &str, Action)] = &[
    (Mode::Everywhere, "ctrl-n", Action::Down),
    (Mode::Everywhere, "ctrl-p", Action::Up),
    (Mode::Everywhere, "ctrl-b", Action::Left),
    (Mode::Everywhere, "ctrl-f", Action::Right),
    (Mode::Everywhere, "ctrl-v", Action::PageDown),
    (Mode::Everywhere, "alt-v", Action::PageUp),
    (Mode::Everywhere, "alt-n", Action::HalfPageDown),
    (Mode::Everywhere, "alt-p", Action::HalfPageUp),
    (Mode::Everywhere, "alt-<", Action::First),
    (Mode::Everywhere, "alt->", Action::Last),
    (Mode::Everywhere, "ctrl-g", Action::Back),
    (Mode::Everywhere, "alt-x", Action::Command),
    (Mode::Everywhere, "ctrl-x ctrl-c", Action::Quit),
    (Mode::Everywhere, "ctrl-x u", Action::Undo),
    (Mode::Reports, "ctrl-s", Action::Query),
    (Mode::Filters, "ctrl-s", Action::Find),
    (Mode::Detail, "ctrl-s", Action::Find),
    (Mode::Detail, "ctrl-r", Action::PreviousHit),
    (Mode::Urls, "ctrl-s", Action::Find),
    (Mode::Tools, "ctrl-s", Action::LookUp),
    (Mode::Line, "ctrl-g", Action::Back),
];

/// The default keys made into those of this preset.
pub(super) fn bindings(default: Vec<Binding>) -> Vec<Binding> {
    let with: Vec<Binding> = WITH
        .iter()
        .filter_map(|(mode, keys, action)| {
            Some(Binding { mode: *mode, keys: keys.parse().ok()?, action: *action })
        })
        .collect();
    let is_taken = |binding: &Binding| {
        let keys = binding.keys.to_string();
        WITHOUT.iter().any(|(mode, without)| *mode == binding.mode && *without == keys)
            || with.iter().any(|other| other.mode == binding.mode && other.keys == binding.keys)
    };
    let mut kept: Vec<Binding> = default.into_iter().filter(|binding| !is_taken(binding)).collect();
    kept.extend(with.iter().cloned());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_can_be_read_and_what_is_taken_away_was_there() {
        let default = super::super::default::bindings();
        assert!(WITH.iter().all(|(_, keys, _)| keys.parse::<super::super::Sequence>().is_ok()));
        for (mode, keys) in WITHOUT {
            let was_there = |binding: &&Binding| binding.mode == *mode && binding.keys.to_string() == *keys;
            assert!(default.iter().find(was_there).is_some(), "{mode} {keys}");
        }
    }
}
