//! `config path|check|template|show`

use super::failure::{Failure, Outcome};
use super::output::FormatArgs;
use super::session::Session;
use crate::config::{self as configuration, Origin, Setting};
use crate::export::separated::{self, Separated};
use crate::export::table::{Column, Style, Table};
use crate::export::{Format, json};
use crate::text::showable;
use serde::Serialize;
use std::fs::File;
use std::io::Write;

/// `config`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette config template > lafayette.toml
  lafayette config check && lafayette config show")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Prints where the configuration file belongs
    Path,
    /// Tells whether the file and the files that it names are right
    Check,
    /// Prints a configuration file with every key and its default
    Template,
    /// Prints the configuration in force, and where each value comes from
    Show(FormatArgs),
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let mut out = session.out();
    match &args.action {
        Action::Path => {
            let (path, _) = configuration::path(&session.arguments, &session.environment)
                .ok_or_else(|| Failure::usage("this account has no home folder; use --config PATH"))?;
            writeln!(out, "{}", path.display())?;
        }
        Action::Check => writeln!(out, "{}", check(session)?)?,
        Action::Template => out.write_all(configuration::TEMPLATE.as_bytes())?,
        Action::Show(format) => {
            let settings = configuration::settings(&session.arguments, &session.environment)?;
            show(&mut out, &settings, format.format(), session)?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Also opens what the configuration names, which no other command does before it needs it.
fn check(session: &Session) -> Result<String, Failure> {
    let config = session.config()?;
    let certificates = config.feeds.iter().filter_map(|feed| feed.server.as_ref()).chain(&config.smtp);
    let certificates = certificates.filter_map(|server| server.ca_file.as_ref());
    let unreadable: Vec<String> = (config.geoip_files.iter().map(|path| ("geoip.files", path)))
        .chain(certificates.map(|path| ("ca_file", path)))
        .filter_map(|(key, path)| {
            let error = File::open(path).err()?;
            Some(format!("key '{key}': cannot read {}: {error}", path.display()))
        })
        .collect();
    if !unreadable.is_empty() {
        return Err(Failure::usage(unreadable.join("\n")));
    }
    super::open::geoip(&config)?;
    crate::jobs::report::text(&config)?;
    Ok(match &config.file {
        Some(path) => format!("{} is right.", showable(&path.display().to_string())),
        None => "There is no configuration file; all defaults are in force.".to_owned(),
    })
}

const COLUMNS: &[Column] =
    &[Column::text("Key", 20, 40, 9), Column::text("Value", 20, 200, 8), Column::text("From", 8, 40, 1)];

/// A line of `config show --json`.
#[derive(Serialize)]
struct Line<'s> {
    key: &'s str,
    value: &'s serde_json::Value,
    from: String,
}

fn show(out: &mut dyn Write, settings: &[Setting], format: Format, session: &Session) -> Result<(), Failure> {
    match format {
        Format::Json => {
            for setting in settings {
                let Setting { name, value, from } = setting;
                json::write_line(out, &Line { key: name, value, from: origin(*from) })?;
            }
        }
        Format::Csv => {
            let mut csv = Separated::new(out, &["key", "value", "from"])?;
            for setting in settings {
                let value = separated::text(&setting.value.to_string());
                csv.row([separated::text(&setting.name), value, origin(setting.from)])?;
            }
            csv.finish()?;
        }
        Format::Table => {
            let mut table = Table::new(out, session.look(), COLUMNS);
            for setting in settings {
                let style = if setting.from == Origin::Default { Style::Dim } else { Style::Plain };
                let value = showable(&setting.value.to_string()).to_string();
                table.row(style, vec![setting.name.clone(), value, origin(setting.from)])?;
            }
            table.finish()?;
        }
    }
    Ok(())
}

fn origin(origin: Origin) -> String {
    match origin {
        Origin::Argument => "command line".to_owned(),
        Origin::Environment => "environment".to_owned(),
        Origin::File(line) => format!("file, line {line}"),
        Origin::Default => "default".to_owned(),
    }
}
