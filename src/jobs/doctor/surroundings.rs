//! The terminal in which the screen would open. Told by whoever has one; asks the terminal nothing.

use super::Check;

/// What the environment says about the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Columns and lines; `None` where there is no terminal.
    pub size: Option<(u16, u16)>,
    /// `TERM`.
    pub name: String,
    /// The locale of characters: the first of `LC_ALL`, `LC_CTYPE`, `LANG` that says something.
    pub locale: String,
}

/// The least that shows list and bars without cutting what matters (DESIGN §5).
const USUAL_SIZE: (u16, u16) = (80, 24);

impl Terminal {
    pub(super) fn check(&self) -> Vec<Check> {
        let Some((columns, lines)) = self.size else {
            let finding = "There is none here, so the screen cannot open; every act has a command as well.";
            return vec![Check::green("terminal", "none", finding)];
        };
        let size = Check::green("terminal", &self.name, format!("{columns} columns, {lines} lines."));
        let size = match (columns < USUAL_SIZE.0 || lines < USUAL_SIZE.1, self.name.as_str()) {
            (_, "" | "dumb") => size.red("Set TERM to what the terminal is, such as xterm-256color."),
            (true, _) => size.amber("Make it 80 columns and 24 lines at least."),
            (false, _) => size,
        };
        let characters = Check::green("terminal", "characters", format!("The locale is '{}'.", self.locale));
        let is_utf8 = self.locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        let characters = if is_utf8 {
            characters
        } else {
            characters.amber("Use a UTF-8 locale, or set 'ascii = true' in [screen].")
        };
        vec![size, characters]
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_terminal_is_judged_by_size_name_and_characters() {
        let terminal = |size, name: &str, locale: &str| {
            let terminal = Terminal { size, name: name.to_owned(), locale: locale.to_owned() };
            terminal.check().iter().map(|check| check.health).collect::<Vec<_>>()
        };
        assert_eq!(terminal(Some((80, 24)), "xterm", "C.UTF-8"), [Health::Green, Health::Green]);
        assert_eq!(terminal(Some((79, 24)), "xterm", "de_DE.utf8"), [Health::Amber, Health::Green]);
        assert_eq!(terminal(Some((200, 60)), "dumb", "POSIX"), [Health::Red, Health::Amber]);
        assert_eq!(terminal(None, "", ""), [Health::Green]);
    }
}
