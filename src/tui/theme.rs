//! Colours and signs by what they mean. A theme gives each meaning a style; a meaning never lives by colour alone.

use crate::config::ThemeName as Name;
use ratatui::style::{Color, Modifier, Style};

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// Beside the point: hints, borders, what is done.
    Faint,
    /// Headings and the name of what has the keys.
    Heading,
    /// Where the cursor is.
    Cursor,
    /// Where the cursor is, in a part that has not the keys.
    RestingCursor,
    /// Marked.
    Marked,
    /// Reported to an abuse desk: grey, with `R`.
    Reported,
    /// Nothing was done to the mail by who received it: green, with its letter.
    Delivered,
    /// On a block list: red, with the list's letter.
    Listed,
    /// New since the last look.
    New,
    /// A value that the query asks for.
    Included,
    /// A value that the query denies.
    Excluded,
    /// Something found by a search.
    Hit,
    /// Look here.
    Warning,
    /// Something went wrong.
    Error,
    /// Bars and curves.
    Bar,
    /// A kind in a stack of bars, by its place in `Kind::ALL`.
    Kind(u8),
    /// How much: 0 nothing, then five steps.
    Heat(u8),
    /// The place that is chosen among others that have a heat.
    Place,
}

/// Styles and signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    name: Name,
    /// The terminal may show colours.
    has_colours: bool,
    /// Only ASCII signs.
    pub ascii: bool,
}

impl Theme {
    /// A theme; without colours it is always [`Name::Mono`].
    pub fn new(name: Name, colours: bool, ascii: bool) -> Theme {
        Theme { name: if colours { name } else { Name::Mono }, has_colours: colours, ascii }
    }

    /// Another theme on the same terminal.
    pub fn named(self, name: Name) -> Theme {
        Theme::new(name, self.has_colours, self.ascii)
    }

    /// How a meaning looks.
    pub fn style(&self, role: Role) -> Style {
        let plain = Style::default();
        match role {
            Role::Text => return plain,
            Role::Cursor => return plain.add_modifier(Modifier::REVERSED),
            Role::Heading => return plain.add_modifier(Modifier::BOLD),
            Role::Hit => return plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            _ => {}
        }
        if let Some(colour) = self.of_charts(role) {
            return plain.fg(colour);
        }
        match self.name {
            Name::Mono => mono(role),
            Name::Dark => {
                colours(role, [Color::DarkGray, Color::Green, Color::Red, Color::Yellow, Color::Cyan])
            }
            Name::Light => {
                colours(role, [Color::DarkGray, Color::Green, Color::Red, Color::Magenta, Color::Blue])
            }
            Name::HighContrast => {
                let style = colours(
                    role,
                    [Color::Gray, Color::LightGreen, Color::LightRed, Color::LightYellow, Color::White],
                );
                if role == Role::Faint || role == Role::Reported {
                    style
                } else {
                    style.add_modifier(Modifier::BOLD)
                }
            }
            // The two ends of the scale that all common kinds of colour blindness keep apart (Okabe and Ito).
            Name::ColourBlind => colours(
                role,
                [
                    Color::DarkGray,
                    Color::Indexed(75),
                    Color::Indexed(208),
                    Color::Indexed(228),
                    Color::Indexed(117),
                ],
            ),
        }
    }

    /// The colours of charts. Of heat each step is also brighter than the one before, or darker on a light background.
    fn of_charts(&self, role: Role) -> Option<Color> {
        let (kinds, heat, place) = match self.name {
            Name::Mono => return None,
            Name::Dark => (
                [Color::Cyan, Color::Yellow, Color::Magenta],
                [Color::Blue, Color::Cyan, Color::Green, Color::Yellow, Color::Red],
                Color::White,
            ),
            Name::Light => (
                [Color::Blue, Color::Magenta, Color::Green],
                [Color::Cyan, Color::Green, Color::Blue, Color::Magenta, Color::Red],
                Color::Black,
            ),
            Name::HighContrast => (
                [Color::LightCyan, Color::LightYellow, Color::LightMagenta],
                [Color::LightBlue, Color::LightCyan, Color::LightGreen, Color::LightYellow, Color::LightRed],
                Color::White,
            ),
            // From dark blue to pale yellow: seen alike with all common kinds of colour blindness.
            Name::ColourBlind => (
                [Color::Indexed(75), Color::Indexed(208), Color::Indexed(228)],
                [25, 67, 109, 179, 228].map(Color::Indexed),
                Color::White,
            ),
        };
        let nothing = if self.name == Name::Light { Color::Gray } else { Color::DarkGray };
        match role {
            Role::Kind(place) => kinds.get(usize::from(place)).copied(),
            Role::Heat(0) => Some(nothing),
            Role::Heat(step) => heat.get(usize::from(step) - 1).copied(),
            Role::Place => Some(place),
            _ => None,
        }
    }

    /// Whether charts have colours; without them signs tell their steps apart.
    pub fn has_colours(&self) -> bool {
        self.name != Name::Mono
    }

    /// A sign in Unicode, or what stands for it in ASCII.
    pub fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }
}

fn colours(role: Role, [faint, good, bad, look, accent]: [Color; 5]) -> Style {
    let of = |colour| Style::default().fg(colour);
    match role {
        Role::Faint | Role::Reported => of(faint),
        Role::Delivered => of(good),
        Role::Listed | Role::Error => of(bad),
        Role::Excluded => of(bad).add_modifier(Modifier::CROSSED_OUT),
        Role::Marked | Role::Warning => of(look).add_modifier(Modifier::BOLD),
        Role::New | Role::Included => of(accent).add_modifier(Modifier::BOLD),
        Role::Bar => of(accent),
        Role::RestingCursor => Style::default().add_modifier(Modifier::UNDERLINED),
        Role::Text | Role::Cursor | Role::Heading | Role::Hit => Style::default(),
        // They have colours of their own.
        Role::Kind(_) | Role::Heat(_) | Role::Place => Style::default(),
    }
}

fn mono(role: Role) -> Style {
    let with = |modifier| Style::default().add_modifier(modifier);
    match role {
        Role::Faint | Role::Reported | Role::Heat(0) => with(Modifier::DIM),
        Role::Place => with(Modifier::REVERSED),
        Role::Marked | Role::Listed | Role::Warning | Role::Error | Role::New | Role::Included => {
            with(Modifier::BOLD)
        }
        Role::Excluded => with(Modifier::CROSSED_OUT),
        Role::RestingCursor => with(Modifier::UNDERLINED),
        _ => Style::default(),
    }
}
