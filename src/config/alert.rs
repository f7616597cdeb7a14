//! `[alert]`: as written, and checked. Reads nothing.

use super::location::Step::Key;
use super::validate::Check;
use serde::{Deserialize, Serialize};

/// `[alert]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileAlert {
    /// A shell command that is told of each new pattern once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// So many reports make a pattern.
    pub min: u32,
}

impl Default for FileAlert {
    fn default() -> FileAlert {
        FileAlert { command: None, min: 10 }
    }
}

/// Whom to tell of new patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// A shell command. What it is told comes by its environment and its standard input, never as part of it.
    pub command: String,
    /// So many reports make a pattern.
    pub min: u64,
}

impl Check<'_> {
    pub(super) fn alert(&mut self, file: &FileAlert) -> Option<Alert> {
        if file.min == 0 {
            self.problem(&[Key("alert"), Key("min")], "must be 1 at least");
        }
        let command = file.command.as_ref()?;
        if command.trim().is_empty() {
            self.problem(&[Key("alert"), Key("command")], "is empty; leave it out to alert nobody");
        }
        Some(Alert { command: command.clone(), min: file.min.into() })
    }
}
