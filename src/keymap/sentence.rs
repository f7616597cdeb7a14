//! Sentences that name keys: written with actions in braces, read with the keys that a person has for them. Knows no
//! sentence itself.

use super::{Action, Keymap, Mode};

impl Keymap {
    /// A sentence with the keys for the actions in braces, as in `{help} explains the keys.`: those of `mode`, or of
    /// the other one before a colon, as in `{report:approve}`. An action without a key is told by its name on the
    /// command line.
    pub fn spelled(&self, mode: Mode, sentence: &str) -> String {
        let mut out = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let named =
                after.split_once('}').and_then(|(name, after)| Some((self.named(mode, name)?, after)));
            match named {
                Some((keys, after)) => {
                    out.push_str(&keys);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out + rest
    }

    fn named(&self, mode: Mode, name: &str) -> Option<String> {
        let (mode, name) = match name.split_once(':') {
            Some((other, name)) => (Mode::ALL.iter().copied().find(|mode| mode.name() == other)?, name),
            None => (mode, name),
        };
        let action = Action::from_name(name)?;
        Some(self.keys_for(mode, action).map_or_else(|| format!(":{name}"), ToString::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap::{Change, Preset};

    #[test]
    fn actions_in_braces_become_the_keys_that_a_person_has() {
        let change = |mode, keys: &str, action| Change { mode, keys: keys.parse().unwrap(), action };
        let changes = [
            change(Mode::Reports, "x", None),
            change(Mode::Reports, "a", None),
            change(Mode::Reports, "z", Some(Action::MarkAll)),
        ];
        let map = Keymap::with(Preset::Vi, &changes).unwrap();
        let sentence = "{mark-all}, {dismiss}, {everywhere:quit}, {detail:next-part}; {nothing} { }";
        assert_eq!(map.spelled(Mode::Reports, sentence), "z, :dismiss, q, tab; {nothing} { }");
    }
}
