//! The screen, which opens when no command is given.

use super::failure::{Failure, Outcome};
use super::session::Session;
use crate::config::Config;
use crate::jobs::desk::Options;
use crate::tui::{self, Ended, Settings};
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Opens it. Without a terminal there is nothing to open.
pub fn run(session: &Session) -> Result<Outcome, Failure> {
    let remembered_in = session.environment.state_dir.as_ref().map(|folder| folder.join("screen.toml"));
    open(session, &session.config()?, remembered_in)
}

/// As [`run`], on this set-up, with what is remembered in this file.
pub(super) fn open(
    session: &Session,
    config: &Config,
    remembered_in: Option<PathBuf>,
) -> Result<Outcome, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Failure::usage(
            "the screen needs a terminal, and here is none; `lafayette help` lists the commands for scripts",
        ));
    }
    // What is wrong with the file is told before the screen covers the terminal. Not kept: every thread has its own.
    drop(session.store(config)?);
    super::log::open(config)?;
    let colours = session.arguments.color.enabled(true, &session.environment);
    let options =
        Options { config: config.clone(), read_only: session.arguments.read_only, login: session.login() };
    let settings = Settings { remembered_in, ..Settings::new(config, colours) };
    match tui::run(options, &settings) {
        Ok(Ended::ByPerson) => Ok(Outcome::Done),
        Ok(Ended::BySignal(signal)) => Err(Failure::Signal(signal)),
        Err(error) => Err(Failure::failed(format!("the terminal could not be used: {error}"))),
    }
}

/// Whether a screen can be opened.
pub(super) fn is_possible() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]
mod tests;
