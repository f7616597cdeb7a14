//! `keys`: which keys do what, with the changes of the configuration.

use super::failure::{Failure, Outcome};
use super::output::FormatArgs;
use super::session::Session;
use crate::export::{Format, json};
use crate::keymap::{Action, Keymap, Mode};
use serde::Serialize;
use std::io::Write;

/// `keys`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
The first name is what the configuration calls an action:

  [keys.reports]
  \"ctrl-x\" = \"dismiss\"
  \"x\" = \"none\"")]
pub struct Args {
    #[command(flatten)]
    output: FormatArgs,
}

#[derive(Serialize)]
struct Key {
    mode: &'static str,
    keys: String,
    action: &'static str,
    sentence: &'static str,
}

/// Lists them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let keymap = session.config()?.screen.keymap;
    let mut out = session.out();
    match args.output.format() {
        Format::Json => listed(&keymap).try_for_each(|key| json::write_line(&mut out, &key))?,
        Format::Csv => {
            writeln!(out, "mode,keys,action,sentence")?;
            for key in listed(&keymap) {
                writeln!(
                    out,
                    "{},\"{}\",{},\"{}\"",
                    key.mode,
                    key.keys.replace('"', "\"\""),
                    key.action,
                    key.sentence
                )?;
            }
        }
        Format::Table => {
            let widest = listed(&keymap).map(|key| key.keys.chars().count()).max().unwrap_or(0);
            writeln!(out, "Keymap {} ([screen] keymap)\n", keymap.preset().name())?;
            for mode in Mode::ALL {
                writeln!(out, "{} [keys.{}]", mode.sentence(), mode.name())?;
                for key in listed(&keymap).filter(|key| key.mode == mode.name()) {
                    writeln!(out, "  {:<widest$} {:<18} {}", key.keys, key.action, key.sentence)?;
                }
                writeln!(out)?;
            }
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// By mode, then in the order of the actions.
fn listed(keymap: &Keymap) -> impl Iterator<Item = Key> + '_ {
    Mode::ALL.iter().flat_map(move |mode| {
        Action::ALL.iter().flat_map(move |action| {
            keymap.bindings().iter().filter(move |b| b.mode == *mode && b.action == *action).map(|binding| {
                Key {
                    mode: binding.mode.name(),
                    keys: binding.keys.to_string(),
                    action: binding.action.name(),
                    sentence: binding.action.sentence_in(*mode),
                }
            })
        })
    })
}
