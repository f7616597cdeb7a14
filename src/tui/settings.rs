//! What the configuration says about the screen, checked.

use super::reports::Column;
use super::theme::Theme;
use crate::keymap::Keymap;

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
}
