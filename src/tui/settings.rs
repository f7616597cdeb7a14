//! What the configuration says about the screen, checked.

use super::reports::Column;
use super::theme::Theme;
use crate::config::Screen;
use crate::keymap::Keymap;
use crate::text::{Showable, showable};
use std::path::Path;

/// The screen's part of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which keys do what.
    pub keymap: Keymap,
    /// How it looks.
    pub theme: Theme,
    /// The mouse is listened to.
    pub mouse: bool,
    /// The columns of the list, the most wanted ones first where not all fit.
    pub columns: Vec<Column>,
    /// The query that it begins with.
    pub query: String,
    /// Where the database is, for who looks at an empty one.
    pub database: Showable,
}

impl Settings {
    /// Those of the configuration, on a terminal with colours or without.
    pub fn new(screen: &Screen, database: &Path, colours: bool) -> Settings {
        let named: Vec<Column> = screen.columns.iter().filter_map(|name| Column::from_name(name)).collect();
        Settings {
            keymap: screen.keymap.clone(),
            theme: Theme::new(screen.theme, colours, screen.ascii),
            mouse: screen.mouse,
            columns: if named.is_empty() { Column::DEFAULT.to_vec() } else { named },
            query: screen.query.clone(),
            database: showable(&database.display().to_string()),
        }
    }
}
