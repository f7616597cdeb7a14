//! Actions and keys as data: one table of what can be done, one of which keys do it, and what is wrong with a change.
//! Knows no terminal.

mod action;
mod default;
mod effect;
mod emacs;
mod key;
mod sentence;

pub use action::{Action, Group};
pub use key::{Key, Named, Press, Sequence};

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! modes {
    ($($variant:ident $name:literal $sentence:literal,)*) => {
        /// Where keys have a meaning of their own. A key that means nothing here means what it means everywhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Mode {
            $(#[doc = $sentence] $variant,)*
        }

        impl Mode {
            /// All of them.
            pub const ALL: &[Mode] = &[$(Mode::$variant,)*];

            /// The name of its table in the configuration.
            pub fn name(self) -> &'static str {
                match self { $(Mode::$variant => $name,)* }
            }

            /// What it is, as a heading.
            pub fn sentence(self) -> &'static str {
                match self { $(Mode::$variant => $sentence,)* }
            }
        }
    };
}

modes! {
    Everywhere "everywhere" "Everywhere but in a line of text",
    Reports "reports" "In the list of reports",
    Filters "filters" "In the filter panes",
    Detail "detail" "In a report",
    Urls "urls" "On the screen URLs",
    Report "report" "Where reports are approved",
    Patterns "patterns" "On the screen Patterns",
    Volume "volume" "On the screen Volume",
    Map "map" "On the screen Map",
    Outbox "outbox" "On the screen Outbox",
    Tools "tools" "On the screen Tools",
    Spam "spam" "On Tools, at one message that nobody reported",
    Menu "menu" "In a menu",
    Line "line" "In a line of text",
}

/// One key sequence in one mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub mode: Mode,
    /// What is pressed.
    pub keys: Sequence,
    /// What it does.
    pub action: Action,
}

/// What a person wants changed: an action, or nothing, for a key sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub mode: Mode,
    /// What is pressed.
    pub keys: Sequence,
    /// What it shall do; `None` takes the default away.
    pub action: Option<Action>,
}

/// What must have a key where it is listed: who cannot leave, be helped or take a line is caught.
const ESSENTIAL: [(Mode, Action); 16] = [
    (Mode::Reports, Action::Quit),
    (Mode::Reports, Action::Help),
    (Mode::Filters, Action::Back),
    (Mode::Detail, Action::Back),
    (Mode::Urls, Action::Back),
    (Mode::Patterns, Action::Back),
    (Mode::Volume, Action::Back),
    (Mode::Map, Action::Back),
    (Mode::Report, Action::Back),
    (Mode::Outbox, Action::Back),
    (Mode::Tools, Action::Back),
    (Mode::Spam, Action::Back),
    (Mode::Menu, Action::Open),
    (Mode::Menu, Action::Back),
    (Mode::Line, Action::Accept),
    (Mode::Line, Action::Back),
];

/// A change that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Which of the changes.
    pub change: usize,
    /// Why not, and what to do.
    pub sentence: String,
}

/// The keys to begin with, which a person then changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// `h j k l g G` move, as in vi, less, mutt.
    #[default]
    Vi,
    /// Control and Meta move, as in Emacs and the shell.
    Emacs,
}

impl Preset {
    /// All of them.
    pub const ALL: &[Preset] = &[Preset::Vi, Preset::Emacs];

    /// The name by which the configuration knows it.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Vi => "vi",
            Preset::Emacs => "emacs",
        }
    }

    fn bindings(self) -> Vec<Binding> {
        match self {
            Preset::Vi => default::bindings(),
            Preset::Emacs => emacs::bindings(default::bindings()),
        }
    }
}

impl From<Preset> for Keymap {
    fn from(preset: Preset) -> Keymap {
        Keymap { preset, bindings: preset.bindings() }
    }
}

/// Which keys do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    preset: Preset,
    bindings: Vec<Binding>,
}

/// What keys pressed so far come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// This.
    Action(Action),
    /// They begin something.
    Pending,
    /// Nothing.
    Nothing,
}

impl Default for Keymap {
    fn default() -> Keymap {
        Preset::default().into()
    }
}

impl Keymap {
    /// The keys of a preset with these changes.
    ///
    /// # Errors
    /// Everything that is wrong with them: a sequence given twice, one that another begins with, so that one of both
    /// could never be typed.
    pub fn with(preset: Preset, changes: &[Change]) -> Result<Keymap, Vec<Conflict>> {
        let mut conflicts = vec![];
        let mut bindings = preset.bindings();
        for (number, change) in changes.iter().enumerate() {
            let same = |mode: Mode, keys: &Sequence| mode == change.mode && *keys == change.keys;
            if changes[..number].iter().any(|before| same(before.mode, &before.keys)) {
                let sentence = format!("'{}' is given twice in {}", change.keys, change.mode);
                conflicts.push(Conflict { change: number, sentence });
                continue;
            }
            bindings.retain(|binding| !same(binding.mode, &binding.keys));
            if let Some(action) = change.action {
                bindings.push(Binding { mode: change.mode, keys: change.keys.clone(), action });
            }
        }
        for (number, change) in changes.iter().enumerate().filter(|(_, change)| change.action.is_some()) {
            for other in bindings.iter().filter(|other| meet(other.mode, change.mode)) {
                if let Some((short, long)) = shadows(&change.keys, &other.keys) {
                    let sentence = format!(
                        "'{short}' is how '{long}' begins, which could then never be typed; set \"{}\" = \"none\" \
                         ({}) or take another key",
                        other.keys,
                        other.action.name()
                    );
                    conflicts.push(Conflict { change: number, sentence });
                }
            }
        }
        let keymap = Keymap { preset, bindings };
        conflicts.extend(keymap.without_effect(changes));
        conflicts.extend(ESSENTIAL.iter().filter_map(|(mode, action)| {
            let change = keymap.lost(*mode, *action, changes)?;
            let sentence = format!(
                "nothing does '{0}' any more {1}, and without it nobody finds the way; give it another key in {2}, as \
                 in f12 = \"{0}\"",
                action.name(),
                mode.sentence().to_lowercase(),
                changes.get(change).map_or(*mode, |change| change.mode)
            );
            Some(Conflict { change, sentence })
        }));
        if conflicts.is_empty() { Ok(keymap) } else { Err(conflicts) }
    }

    /// The change that took the last key of this action away in a mode, if it has none.
    fn lost(&self, mode: Mode, action: Action, changes: &[Change]) -> Option<usize> {
        let has =
            |keymap: &Keymap, keys: &Sequence| keymap.resolve(mode, &keys.0) == Resolved::Action(action);
        if self.bindings.iter().any(|binding| has(self, &binding.keys)) {
            return None;
        }
        let before = Keymap::from(self.preset);
        changes.iter().rposition(|change| has(&before, &change.keys) && !has(self, &change.keys))
    }

    /// The keys that it began with.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Everything that is bound, by mode in the order of the table.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// What `keys`, pressed one after another, mean in `mode`. In a line of text only its own keys mean anything.
    pub fn resolve(&self, mode: Mode, keys: &[Key]) -> Resolved {
        let modes: &[Mode] = if mode == Mode::Line { &[Mode::Line] } else { &[mode, Mode::Everywhere] };
        for mode in modes {
            let here = || self.bindings.iter().filter(|binding| binding.mode == *mode);
            if let Some(binding) = here().find(|binding| binding.keys.0 == keys) {
                return Resolved::Action(binding.action);
            }
            if here().any(|binding| binding.keys.0.starts_with(keys)) {
                return Resolved::Pending;
            }
        }
        Resolved::Nothing
    }

    /// The first keys that do this in `mode`, or everywhere; for hints.
    pub fn keys_for(&self, mode: Mode, action: Action) -> Option<&Sequence> {
        // Keys that mean something else there would lead astray.
        let does = |keys: &Sequence| self.resolve(mode, &keys.0) == Resolved::Action(action);
        let in_mode = |wanted: Mode| {
            let mut bound = self.bindings.iter().filter(|binding| binding.action == action);
            bound.find(|binding| binding.mode == wanted && does(&binding.keys))
        };
        let found = in_mode(mode).or_else(|| in_mode(Mode::Everywhere).filter(|_| mode != Mode::Line));
        found.map(|binding| &binding.keys)
    }
}

/// Keys of both modes can be typed in the same place.
fn meet(a: Mode, b: Mode) -> bool {
    a == b || a != Mode::Line && b != Mode::Line && (a == Mode::Everywhere || b == Mode::Everywhere)
}

/// The shorter and the longer one, when one begins with the other.
fn shadows<'a>(a: &'a Sequence, b: &'a Sequence) -> Option<(&'a Sequence, &'a Sequence)> {
    match a.0.len().cmp(&b.0.len()) {
        std::cmp::Ordering::Less if b.0.starts_with(&a.0) => Some((a, b)),
        std::cmp::Ordering::Greater if a.0.starts_with(&b.0) => Some((b, a)),
        _ => None,
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[keys.{}]", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn keys(text: &str) -> Sequence {
        text.parse().unwrap()
    }

    #[test]
    fn no_default_key_is_given_twice_or_hides_another() {
        for preset in Preset::ALL {
            let map = Keymap::from(*preset);
            let mut seen = HashSet::new();
            for binding in map.bindings() {
                assert!(
                    seen.insert((binding.mode, binding.keys.clone())),
                    "{} {}",
                    binding.mode,
                    binding.keys
                );
                for other in map.bindings().iter().filter(|other| meet(other.mode, binding.mode)) {
                    assert_eq!(shadows(&binding.keys, &other.keys), None, "{}", binding.mode);
                }
            }
        }
    }

    #[test]
    fn every_action_has_a_key() {
        for map in Preset::ALL.iter().map(|preset| Keymap::from(*preset)) {
            for action in Action::ALL {
                assert!(map.bindings().iter().any(|binding| binding.action == *action), "{}", action.name());
            }
            for (mode, action) in ESSENTIAL {
                assert!(map.keys_for(mode, action).is_some(), "{mode} {}", action.name());
            }
        }
    }

    #[test]
    fn sequences_wait_for_their_end() {
        let map = Keymap::default();
        let g = keys("g").0;
        assert_eq!(map.resolve(Mode::Reports, &g), Resolved::Pending);
        assert_eq!(map.resolve(Mode::Reports, &keys("g g").0), Resolved::Action(Action::First));
        assert_eq!(map.resolve(Mode::Reports, &keys("g %").0), Resolved::Nothing);
        assert_eq!(map.resolve(Mode::Line, &g), Resolved::Nothing, "a letter is a letter there");
    }

    #[test]
    fn a_change_wins_over_the_default_and_none_takes_it_away() {
        let change = |text: &str, action| Change { mode: Mode::Reports, keys: keys(text), action };
        let map = Keymap::with(Preset::Vi, &[change("x", Some(Action::Note)), change("*", None)]).unwrap();
        assert_eq!(map.resolve(Mode::Reports, &keys("x").0), Resolved::Action(Action::Note));
        assert_eq!(map.resolve(Mode::Reports, &keys("*").0), Resolved::Nothing);
    }

    #[test]
    fn what_nobody_can_do_without_keeps_a_key() {
        let change = |mode, text: &str, action| Change { mode, keys: keys(text), action };
        let none = |mode, text: &str| change(mode, text, None);
        assert!(Keymap::with(Preset::Vi, &[none(Mode::Everywhere, "q")]).is_ok(), "ctrl-c is left");
        let lost = Keymap::with(Preset::Vi, &[none(Mode::Everywhere, "q"), none(Mode::Everywhere, "ctrl-c")])
            .unwrap_err();
        assert_eq!((lost.len(), lost[0].change), (1, 1));
        assert!(lost[0].sentence.contains("'quit'"), "{lost:?}");
        // Hidden by another meaning in the list is lost as well.
        let hidden = Keymap::with(
            Preset::Vi,
            &[change(Mode::Reports, "?", Some(Action::Note)), change(Mode::Reports, "f1", Some(Action::Tag))],
        );
        assert!(hidden.unwrap_err()[0].sentence.contains("'help'"));
        let elsewhere = [
            none(Mode::Everywhere, "q"),
            none(Mode::Everywhere, "ctrl-c"),
            change(Mode::Everywhere, "ctrl-q", Some(Action::Quit)),
        ];
        assert!(Keymap::with(Preset::Vi, &elsewhere).is_ok());
        assert!(Keymap::with(Preset::Vi, &[none(Mode::Line, "enter")]).is_err());
    }

    #[test]
    fn changes_that_hide_a_key_or_come_twice_are_refused() {
        let change =
            |text: &str| Change { mode: Mode::Reports, keys: keys(text), action: Some(Action::Note) };
        let twice = Keymap::with(Preset::Vi, &[change("z"), change("z")]).unwrap_err();
        assert_eq!((twice.len(), twice[0].change), (1, 1));
        let hides = Keymap::with(Preset::Vi, &[change("g")]).unwrap_err();
        assert!(hides[0].sentence.contains("set \"g g\" = \"none\" (first)"), "{hides:?}");
        let hidden = Keymap::with(Preset::Vi, &[change("x y")]).unwrap_err();
        assert!(hidden[0].sentence.contains("'x' is how 'x y' begins"), "{hidden:?}");
    }

    #[test]
    fn a_preset_is_changed_and_checked_like_the_other() {
        let change = |text: &str, action| Change { mode: Mode::Everywhere, keys: keys(text), action };
        let map = Keymap::with(Preset::Emacs, &[change("ctrl-n", Some(Action::PageDown))]).unwrap();
        assert_eq!(map.resolve(Mode::Reports, &keys("ctrl-n").0), Resolved::Action(Action::PageDown));
        assert_eq!(map.resolve(Mode::Reports, &keys("ctrl-p").0), Resolved::Action(Action::Up));
        assert_eq!(map.resolve(Mode::Reports, &keys("j").0), Resolved::Nothing);
        let hides = Keymap::with(Preset::Emacs, &[change("ctrl-x", Some(Action::Help))]).unwrap_err();
        assert!(hides[0].sentence.contains("'ctrl-x' is how 'ctrl-x ctrl-c' begins"), "{hides:?}");
        let gone = ["q", "ctrl-c", "ctrl-x ctrl-c"].map(|text| change(text, None));
        assert!(Keymap::with(Preset::Emacs, &gone).unwrap_err()[0].sentence.contains("'quit'"));
    }
}
