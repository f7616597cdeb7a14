//! One key as a person writes it: `x`, `G`, `ctrl-d`, `space`, `f1`, and several after one another: `g g`.

use std::fmt;
use std::str::FromStr;

/// What is pressed, apart from modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Press {
    /// A character; capitals are characters of their own.
    Char(char),
    /// A function key, from 1.
    Function(u8),
    /// A key that has a name.
    Named(Named),
}

macro_rules! named_keys {
    ($($name:ident $text:literal,)*) => {
        /// Keys with names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names say what they are")]
        pub enum Named { $($name,)* }

        impl Named {
            const ALL: &[(Named, &'static str)] = &[$((Named::$name, $text),)*];
        }
    };
}

named_keys! {
    Enter "enter",
    Escape "esc",
    Tab "tab",
    BackTab "backtab",
    Space "space",
    Backspace "backspace",
    Delete "delete",
    Insert "insert",
    Up "up",
    Down "down",
    Left "left",
    Right "right",
    Home "home",
    End "end",
    PageUp "pageup",
    PageDown "pagedown",
}

/// A key with its modifiers. Shift is part of the character, or of `backtab`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What is pressed.
    pub press: Press,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

impl Key {
    /// A key without modifiers.
    pub const fn plain(press: Press) -> Key {
        Key { press, ctrl: false, alt: false }
    }

    /// The character that it types, when it types one.
    pub fn typed(self) -> Option<char> {
        match self {
            Key { press: Press::Char(c), ctrl: false, alt: false } => Some(c),
            Key { press: Press::Named(Named::Space), ctrl: false, alt: false } => Some(' '),
            _ => None,
        }
    }
}

/// Characters that Ctrl turns into a byte which terminals send for another key as well: a program only ever sees that
/// one, and the key as it was written would never be pressed (ECMA-48 §5.2, xterm's ctlseqs).
const SAME_BYTES: [(char, &str); 8] = [
    ('i', "tab"),
    ('m', "enter"),
    ('[', "esc"),
    ('?', "backspace"),
    ('\\', "ctrl-4"),
    (']', "ctrl-5"),
    ('^', "ctrl-6"),
    ('_', "ctrl-7"),
];

fn same_byte(c: char) -> Option<&'static (char, &'static str)> {
    SAME_BYTES.iter().find(|(written, _)| *written == c.to_ascii_lowercase())
}

impl From<Named> for Key {
    fn from(named: Named) -> Key {
        Key::plain(Press::Named(named))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match self.press {
            Press::Char(c) => write!(f, "{c}"),
            Press::Function(number) => write!(f, "f{number}"),
            Press::Named(named) => {
                f.write_str(Named::ALL.iter().find(|(n, _)| *n == named).map_or("", |(_, text)| text))
            }
        }
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Key, String> {
        let wrong = || {
            format!(
                "'{}' is no key; write it like x, G, ctrl-d, alt-x, f1, {}",
                text.escape_debug(),
                Named::ALL.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
            )
        };
        let (mut ctrl, mut alt) = (false, false);
        let mut rest = text;
        loop {
            let lower = rest.to_ascii_lowercase();
            if rest.len() > 5 && lower.starts_with("ctrl-") && !ctrl {
                (ctrl, rest) = (true, &rest[5..]);
            } else if rest.len() > 4 && lower.starts_with("alt-") && !alt {
                (alt, rest) = (true, &rest[4..]);
            } else {
                break;
            }
        }
        let lower = rest.to_ascii_lowercase();
        let mut characters = rest.chars();
        let press = match (characters.next(), characters.next()) {
            (Some(c), None) if c.is_control() || c.is_whitespace() => return Err(wrong()),
            (Some(c), None) if let Some((_, sent)) = same_byte(c).filter(|_| ctrl) => {
                return Err(format!("'{text}' is what terminals send for {sent}; write {sent}"));
            }
            // A terminal cannot tell ctrl-A from ctrl-a.
            (Some(c), None) if ctrl => Press::Char(c.to_ascii_lowercase()),
            (Some(c), None) => Press::Char(c),
            _ => match (Named::ALL.iter().find(|(_, name)| *name == lower), lower.strip_prefix('f')) {
                (Some((named, _)), _) => Press::Named(*named),
                (None, Some(number)) => match number.parse() {
                    Ok(number @ 1..=12) => Press::Function(number),
                    _ => return Err(wrong()),
                },
                (None, None) => return Err(wrong()),
            },
        };
        Ok(Key { press, ctrl, alt })
    }
}

/// Keys that are pressed one after another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub Vec<Key>);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

impl FromStr for Sequence {
    type Err = String;

    fn from_str(text: &str) -> Result<Sequence, String> {
        let keys: Vec<Key> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        match keys.len() {
            0 => Err("is empty; name a key such as x or ctrl-d".to_owned()),
            1..=4 => Ok(Sequence(keys)),
            _ => Err(format!("'{}' has more than four keys", text.escape_debug())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_are_written() {
        for text in
            ["x", "G", "ctrl-d", "alt-x", "ctrl-alt-x", "f12", "space", "g g", "backtab", "-", "ctrl--", "é"]
        {
            assert_eq!(text.parse::<Sequence>().unwrap().to_string(), text);
        }
        assert_eq!("Ctrl-D".parse::<Key>(), "ctrl-d".parse::<Key>());
        assert_eq!("ENTER".parse::<Key>(), "enter".parse::<Key>());
    }

    #[test]
    fn a_key_that_a_terminal_sends_as_another_is_refused_by_the_name_of_that() {
        for (text, sent) in
            [("ctrl-i", "tab"), ("Ctrl-M", "enter"), ("ctrl-[", "esc"), ("ctrl-?", "backspace")]
        {
            let error = text.parse::<Sequence>().unwrap_err();
            assert!(error.ends_with(&format!("write {sent}")), "{error}");
        }
        assert!("ctrl-h".parse::<Key>().is_ok(), "sent as itself; backspace is another byte");
    }

    #[test]
    fn what_is_no_key_gets_a_sentence() {
        for text in ["", "xy", "f13", "f0", "ctrl-", "hyper-x", "\u{7}", "a b c d e"] {
            assert!(text.parse::<Sequence>().is_err(), "{text:?}");
        }
    }
}
