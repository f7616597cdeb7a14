//! What is well with this installation and what is not, one sentence each, with what to do about it. Changes nothing.

mod files;
mod look_ups;
mod mailboxes;
mod sending;
mod surroundings;
mod url_feeds;

pub use surroundings::Terminal;

use super::Cancel;
use crate::config::Config;
use crate::model::clock::Seconds;
use serde::Serialize;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Well.
    Green,
    /// It works, but less than it could, or not for long.
    Amber,
    /// It does not work.
    Red,
}

impl Health {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Health::Green => "green",
            Health::Amber => "amber",
            Health::Red => "red",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it belongs to: `database`, `mailbox`.
    pub area: &'static str,
    /// What was looked at: a path, a feed with its folder, a server.
    pub subject: String,
    /// How it is.
    pub health: Health,
    /// What was found, a sentence.
    pub finding: String,
    /// What to do; empty when nothing has to be done.
    pub advice: String,
}

impl Check {
    pub(super) fn green(area: &'static str, subject: impl Into<String>, finding: impl Into<String>) -> Check {
        Check {
            area,
            subject: subject.into(),
            health: Health::Green,
            finding: finding.into(),
            advice: String::new(),
        }
    }

    pub(super) fn amber(self, advice: impl Into<String>) -> Check {
        Check { health: Health::Amber, advice: advice.into(), ..self }
    }

    pub(super) fn red(self, advice: impl Into<String>) -> Check {
        Check { health: Health::Red, advice: advice.into(), ..self }
    }
}

/// Looks at everything, and tells of each thing as soon as it is known: a server may keep one waiting.
pub fn examine(
    config: &Config,
    terminal: &Terminal,
    now: Seconds,
    cancel: &Cancel,
    each: &mut dyn FnMut(Check),
) {
    each(configuration(config));
    files::database(config, now).into_iter().for_each(&mut *each);
    files::geoip(config, now).into_iter().for_each(&mut *each);
    look_ups::check(config, cancel, each);
    sending::check(config, cancel, each);
    url_feeds::check(config, each);
    terminal.check().into_iter().for_each(&mut *each);
    mailboxes::check(config, cancel, each);
}

fn configuration(config: &Config) -> Check {
    match &config.file {
        Some(path) => Check::green("configuration", path.display().to_string(), "It is right."),
        None => Check::green(
            "configuration",
            "none",
            "There is no configuration file; all defaults are in force.",
        )
        .amber("`lafayette config template` prints one, `lafayette config path` tells where it belongs."),
    }
}
