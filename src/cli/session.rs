//! What every command of one run shares: set-up, paper, progress, Ctrl-C.

use super::failure::Failure;
use crate::config::{Arguments, Config, Environment};
use crate::export::Look;
use crate::text::showable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Width of tables that no terminal shows: enough for all columns with a long subject, so that `grep` finds it.
const PIPE_WIDTH: usize = 400;

/// One run of the program.
pub struct Session {
    /// What the command line says about the set-up.
    pub arguments: Arguments,
    /// What the environment says about it.
    pub environment: Environment,
}

impl Session {
    /// A run with these arguments in the environment of this process.
    pub fn new(arguments: Arguments) -> Session {
        Session { arguments, environment: Environment::of_process() }
    }

    /// The set-up. Commands that need none do not ask, so that `config template` works with a broken file.
    pub fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load(&self.arguments, &self.environment)?)
    }

    /// Where the answer goes. Buffered; flush before the end, so that a full disk is noticed.
    pub fn out(&self) -> BufWriter<io::StdoutLock<'static>> {
        BufWriter::with_capacity(1 << 16, io::stdout().lock())
    }

    /// The paper for tables.
    pub fn look(&self) -> Look {
        let is_terminal = io::stdout().is_terminal();
        let width = if is_terminal {
            terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
        } else {
            PIPE_WIDTH
        };
        Look { width, colour: self.arguments.color.enabled(is_terminal, &self.environment) }
    }

    /// A sentence beside the answer, on the error stream; not with `--quiet`.
    pub fn say(&self, sentence: &str) {
        if !self.arguments.quiet {
            // Nobody reads it when it cannot be written, and the answer matters more.
            let _ = writeln!(io::stderr(), "{sentence}");
        }
    }

    /// A sentence for those who want to know more: with `--verbose` only.
    pub fn explain(&self, sentence: &str) {
        if self.arguments.verbose {
            self.say(sentence);
        }
    }

    /// A sentence about something that went wrong while the rest went on; with `--quiet` too.
    pub fn complain(&self, sentence: &str) {
        // As above: the exit code still tells.
        let _ = writeln!(io::stderr(), "lafayette: {}", showable(sentence));
    }

    /// From here on Ctrl-C and SIGTERM only raise the flag, so that work ends between two commits. A second one ends
    /// the program at once.
    pub fn raise_when_interrupted(&self, flag: &Arc<AtomicBool>) -> Result<(), Failure> {
        for signal in [SIGINT, SIGTERM] {
            // In this order: the flag is raised after it was looked at, so the first signal does not end anything.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(flag))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(flag)))
                .map_err(|error| Failure::failed(format!("cannot watch for Ctrl-C: {error}")))?;
        }
        Ok(())
    }

    /// Who is at work, for notes and decisions: the login name, as far as the environment tells; else that of the account.
    pub fn login(&self) -> String {
        let name =
            ["LOGNAME", "USER"].iter().find_map(|name| std::env::var(name).ok().filter(|n| !n.is_empty()));
        // Cron and containers set neither.
        name.unwrap_or_else(|| {
            let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
            account_name(&accounts, rustix::process::getuid().as_raw())
        })
    }

    /// A bar on the error stream when that is a terminal, else nothing at all.
    pub fn progress(&self, total: u64, unit: Unit) -> ProgressBar {
        if self.arguments.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        let template = match unit {
            Unit::Bytes => "{msg} {wide_bar} {bytes}/{total_bytes} {eta}",
            Unit::Things => "{msg} {wide_bar} {pos}/{len} {per_sec} {eta}",
        };
        // The template is fixed; should it be wrong, indicatif's own bar is as good.
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar
    }
}

/// What a progress bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of files.
    Bytes,
    /// Messages, reports.
    Things,
}

/// [`Failure::Interrupted`] once the flag is raised.
pub fn check(flag: &AtomicBool) -> Result<(), Failure> {
    if flag.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
}

/// The name of a user in passwd(5); accounts that a directory service knows stand there by their number alone.
fn account_name(accounts: &str, uid: u32) -> String {
    let entry = accounts
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2).and_then(|field| field.parse().ok()) == Some(uid));
    let name = entry.as_ref().and_then(|fields| fields.first()).filter(|name| !name.is_empty());
    name.map_or_else(|| format!("uid {uid}"), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_user_has_the_name_of_its_account_or_its_number() {
        let accounts = "root:x:0:0::/root:/bin/sh\nbroken\nanna:x:1000:1000:Anna:/home/anna:/bin/sh\n";
        assert_eq!(super::account_name(accounts, 1000), "anna");
        assert_eq!(super::account_name(accounts, 1001), "uid 1001");
    }

    use super::*;

    #[test]
    fn the_first_interrupt_raises_the_flag_and_ends_nothing() {
        let session = Session { arguments: Arguments::default(), environment: Environment::default() };
        let flag = Arc::new(AtomicBool::new(false));
        session.raise_when_interrupted(&flag).expect("watches");
        assert_eq!(check(&flag), Ok(()));
        signal_hook::low_level::raise(SIGTERM).expect("raised");
        assert_eq!(check(&flag), Err(Failure::Interrupted));
    }

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        use crate::config::ColorChoice::{Always, Auto, Never};
        let no_color = Environment { no_color: true, ..Environment::default() };
        let plain = Environment::default();
        for (choice, is_terminal, environment, expected) in [
            (Auto, true, &plain, true),
            (Auto, false, &plain, false),
            (Auto, true, &no_color, false),
            (Always, false, &no_color, true),
            (Never, true, &plain, false),
        ] {
            assert_eq!(choice.enabled(is_terminal, environment), expected, "{choice:?} {is_terminal}");
        }
    }
}
