//! `completions SHELL`

use super::Cli;
use super::failure::{Failure, Outcome};
use super::session::Session;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;

/// `completions`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette completions bash > ~/.local/share/bash-completion/completions/lafayette
  lafayette completions fish > ~/.config/fish/completions/lafayette.fish")]
pub struct Args {
    /// For which shell
    shell: Shell,
}

/// Prints them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let mut out = session.out();
    out.write_all(&text(args.shell))?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// By way of memory, because the generator panics when it cannot write.
pub(super) fn text(shell: Shell) -> Vec<u8> {
    let mut text = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "lafayette", &mut text);
    text
}
