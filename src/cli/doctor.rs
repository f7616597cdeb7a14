//! `doctor`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;
use crate::export::json;
use crate::export::table::Style;
use crate::jobs::doctor::{self, Check, Health, Terminal};
use crate::model::clock;
use crate::text::showable;
use std::io::{self, IsTerminal, Write};

/// `doctor`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Green is well, amber works less than it could, red does not work: then the exit code is 1.
It logs in to the mailboxes and to the server that reports leave by, asks the configured name
servers, and sends and changes nothing.

Examples:
  lafayette doctor
  lafayette doctor --json | jq 'select(.health != \"green\")'")]
pub struct Args {
    #[command(flatten)]
    output: JsonArgs,
}

/// Looks at everything, a line as soon as it is known.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let cancel = session.cancel()?;
    let mut red = 0;
    let mut written = Ok(());
    doctor::examine(&config, &terminal(), clock::now(), &cancel, &mut |check| {
        red += usize::from(check.health == Health::Red);
        if written.is_ok() {
            written = write(&check, args.output, session);
        }
    });
    written?;
    if cancel.is_cancelled() {
        return Err(Failure::Interrupted);
    }
    match red {
        0 => Ok(Outcome::Done),
        1 => Err(Failure::failed("one thing does not work")),
        _ => Err(Failure::failed(format!("{red} things do not work"))),
    }
}

/// Flushed line by line, because the next server may take its time.
fn write(check: &Check, output: JsonArgs, session: &Session) -> io::Result<()> {
    let mut out = session.out();
    if output.json {
        json::write_line(&mut out, check)?;
    } else {
        let style = match check.health {
            Health::Green => Style::Green,
            Health::Amber => Style::Bold,
            Health::Red => Style::Red,
        };
        let health = style.paint(&format!("{:<5}", check.health.name()), session.look());
        writeln!(out, "{health}  {}: {}", check.area, showable(&check.subject))?;
        writeln!(out, "       {}", showable(&check.finding))?;
        if !check.advice.is_empty() {
            writeln!(out, "       \u{2192} {}", showable(&check.advice))?;
        }
    }
    out.flush()
}

fn terminal() -> Terminal {
    let says = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let is_terminal = io::stdout().is_terminal();
    Terminal {
        size: terminal_size::terminal_size()
            .filter(|_| is_terminal)
            .map(|(width, height)| (width.0, height.0)),
        name: says("TERM").unwrap_or_default(),
        locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(says).unwrap_or_default(),
    }
}
