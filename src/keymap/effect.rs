//! Changes of keys that would change nothing: what a person sets for everywhere and a mode has otherwise, and actions
//! that a mode has no use for.

use super::{Action, Change, Conflict, Keymap, Mode, default};

impl Keymap {
    pub(super) fn without_effect(&self, changes: &[Change]) -> impl Iterator<Item = Conflict> {
        changes.iter().enumerate().filter_map(|(number, change)| {
            let action = change.action?;
            let sentence = idle(change.mode, action).or_else(|| self.covered(change, action, changes))?;
            Some(Conflict { change: number, sentence })
        })
    }

    /// That the program's own keys for some modes come before what a person set for everywhere. Who sets them there,
    /// too, has seen that.
    fn covered(&self, change: &Change, action: Action, changes: &[Change]) -> Option<String> {
        let own = Keymap::from(self.preset);
        let is_as_ever = own
            .bindings
            .iter()
            .any(|bound| (bound.mode, &bound.keys, bound.action) == (Mode::Everywhere, &change.keys, action));
        if change.mode != Mode::Everywhere || is_as_ever {
            return None;
        }
        let is_said =
            |mode: Mode| changes.iter().any(|other| other.mode == mode && other.keys == change.keys);
        let elsewhere: Vec<String> = self
            .bindings
            .iter()
            .filter(|bound| bound.keys == change.keys && bound.action != action)
            .filter(|bound| !matches!(bound.mode, Mode::Everywhere | Mode::Line) && !is_said(bound.mode))
            .map(|bound| format!("'{}' in {}", bound.action.name(), bound.mode))
            .collect();
        (!elsewhere.is_empty()).then(|| {
            format!(
                "'{keys}' does {}, and would not do '{name}' there; say there, too, what it does, as in \"{keys}\" = \
                 \"{name}\", or take another key",
                elsewhere.join(", "),
                keys = change.keys,
                name = action.name(),
            )
        })
    }
}

/// That an action does nothing in a mode: one does something where it has a key to begin with.
fn idle(mode: Mode, action: Action) -> Option<String> {
    let at_home: Vec<Mode> =
        default::bindings().iter().filter(|bound| bound.action == action).map(|bound| bound.mode).collect();
    // The list, its panes and its report are one screen, and what one of them can do the others can as well.
    let are_one = [Mode::Reports, Mode::Filters, Mode::Detail];
    let does = |home: &Mode| match (home, mode) {
        (Mode::Line, Mode::Line) => true,
        (Mode::Line, _) | (_, Mode::Line) => false,
        (Mode::Everywhere, _) | (_, Mode::Everywhere) => true,
        (home, mode) => *home == mode || are_one.contains(home) && are_one.contains(&mode),
    };
    if at_home.iter().any(does) {
        return None;
    }
    let mut homes: Vec<String> = at_home.iter().map(ToString::to_string).collect();
    homes.dedup();
    Some(format!("'{}' does nothing in {mode}; it belongs into {}", action.name(), homes.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap::Preset;

    fn problems(changes: &[(Mode, &str, Action)]) -> Vec<String> {
        let change = |(mode, keys, action): &(Mode, &str, Action)| Change {
            mode: *mode,
            keys: keys.parse().unwrap(),
            action: Some(*action),
        };
        let changes: Vec<Change> = changes.iter().map(change).collect();
        let conflicts = Keymap::with(Preset::Vi, &changes).err().unwrap_or_default();
        conflicts.into_iter().map(|conflict| conflict.sentence).collect()
    }

    #[test]
    fn a_key_for_everywhere_that_a_mode_has_otherwise_is_no_silent_one() {
        let covered = problems(&[(Mode::Everywhere, "X", Action::Help)]);
        assert!(
            covered[0]
                .starts_with("'X' does 'reopen' in [keys.reports], 'reopen' in [keys.detail], and would not"),
            "{covered:?}"
        );
        let said = [Mode::Everywhere, Mode::Reports, Mode::Detail].map(|mode| (mode, "X", Action::Help));
        assert_eq!(problems(&said), Vec::<String>::new());
        assert_eq!(problems(&[(Mode::Everywhere, "q", Action::Quit)]), Vec::<String>::new(), "as ever");
        assert_eq!(
            problems(&[(Mode::Everywhere, "ctrl-a", Action::Last)]),
            Vec::<String>::new(),
            "a line is apart"
        );
    }

    #[test]
    fn an_action_is_only_for_modes_in_which_it_does_something() {
        let idle = problems(&[(Mode::Reports, "z", Action::Approve)]);
        assert_eq!(
            idle,
            ["'approve' does nothing in [keys.reports]; it belongs into [keys.report], [keys.outbox]"]
        );
        assert!(problems(&[(Mode::Map, "z", Action::DeleteWord)])[0].contains("[keys.line]"));
        for (mode, action) in
            [(Mode::Detail, Action::Query), (Mode::Map, Action::Help), (Mode::Everywhere, Action::Approve)]
        {
            assert_eq!(problems(&[(mode, "z", action)]), Vec::<String>::new());
        }
    }
}
