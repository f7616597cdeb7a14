//! What the configuration says about the screen, checked.

use super::reports::Column;
use super::theme::Theme;
use crate::config::Config;
use crate::keymap::Keymap;
use crate::text::{Showable, showable};
use std::path::PathBuf;
use url::Url;

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
    /// Their names in the configuration, where it has some.
    pub configured_columns: Vec<String>,
    /// Where it is written down how the screen was left; nowhere without.
    pub remembered_in: Option<PathBuf>,
    /// The query that it begins with.
    pub query: String,
    /// Where the database is, for who looks at an empty one.
    pub database: Showable,
    /// A message has at most so many bytes.
    pub message_bytes: u64,
    /// The proxy through which URLs are followed, for who is about to do so.
    pub proxy: Option<Showable>,
}

impl Settings {
    /// Those of the configuration, on a terminal with colours or without.
    pub fn new(config: &Config, colours: bool) -> Settings {
        let screen = &config.screen;
        let named: Vec<Column> = screen.columns.iter().filter_map(|name| Column::from_name(name)).collect();
        Settings {
            keymap: screen.keymap.clone(),
            theme: Theme::new(screen.theme, colours, screen.ascii),
            mouse: screen.mouse,
            columns: if named.is_empty() { Column::DEFAULT.to_vec() } else { named },
            configured_columns: screen.columns.clone(),
            remembered_in: None,
            query: screen.query.clone(),
            database: showable(&config.database.display().to_string()),
            message_bytes: config.message_bytes,
            proxy: config.http.proxy.as_ref().map(|proxy| showable(&without_password(proxy))),
        }
    }
}

/// What may be shown of a proxy.
fn without_password(proxy: &Url) -> String {
    let host = proxy.host_str().unwrap_or_default();
    proxy.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
