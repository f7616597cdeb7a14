//! `db info|check|backup`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::Session;
use crate::export::{json, thousands};
use crate::model::clock;
use crate::store::Info;
use crate::text::showable;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

/// `db`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette db info
  lafayette db check && lafayette db backup /backup/lafayette.db")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with the file.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// Prints what is in it and how large it is
    Info(JsonArgs),
    /// Looks for damage
    Check(JsonArgs),
    /// Writes a copy while it is in use
    Backup {
        /// The copy; must not exist yet
        path: PathBuf,
        /// How the answer is written.
        #[command(flatten)]
        output: JsonArgs,
    },
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let mut out = session.out();
    match &args.action {
        Action::Info(output) => info(&mut out, &store.info()?, *output)?,
        Action::Check(output) => {
            let problems = store.check()?;
            if output.json {
                json::write_line(&mut out, &serde_json::json!({ "problems": problems }))?;
            } else if problems.is_empty() {
                writeln!(out, "{}: sound; every stored message is what it was", store.path().display())?;
            } else {
                problems.iter().try_for_each(|problem| writeln!(out, "{problem}"))?;
            }
            out.flush()?;
            if !problems.is_empty() {
                let path = store.path().display();
                return Err(Failure::failed(format!(
                    "{path} is damaged; restore a backup, or keep this file for a repair"
                )));
            }
        }
        Action::Backup { path, output } => {
            store.backup(path)?;
            if output.json {
                json::write_line(&mut out, &serde_json::json!({ "path": path }))?;
            } else {
                writeln!(out, "copied to {}", path.display())?;
            }
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn info(out: &mut dyn Write, info: &Info, output: JsonArgs) -> io::Result<()> {
    let messages: u64 = info.messages.iter().map(|(_, count)| count).sum();
    if output.json {
        let counts = |pairs: Vec<(String, u64)>| pairs.into_iter().collect::<BTreeMap<_, _>>();
        return json::write_line(
            out,
            &serde_json::json!({
                "path": info.path,
                "bytes": info.bytes,
                "message_bytes": info.message_bytes,
                "form": info.form,
                "sqlite": info.sqlite,
                "messages": counts(info.messages.iter().map(|(status, count)| (status.to_string(), *count)).collect()),
                "feeds": counts(info.feeds.clone()),
                "subjects": info.subjects,
                "urls": info.urls,
                "files": info.files,
                "outbox": counts(info.outbox.iter().map(|(state, count)| (state.to_string(), *count)).collect()),
                "audit": info.audit,
                "first_arrival": info.arrivals.map(|(first, _)| clock::rfc3339(first)),
                "last_arrival": info.arrivals.map(|(_, last)| clock::rfc3339(last)),
            }),
        );
    }
    writeln!(out, "{}", showable(&info.path.display().to_string()))?;
    writeln!(
        out,
        "{:>16} bytes on disk, {} a message",
        thousands(info.bytes),
        thousands(info.bytes / messages.max(1))
    )?;
    writeln!(out, "{:>16} bytes of messages as they came", thousands(info.message_bytes))?;
    for (status, count) in &info.messages {
        writeln!(out, "{:>16} {status}", thousands(*count))?;
    }
    for (feed, count) in &info.feeds {
        writeln!(out, "{:>16} from the feed {}", thousands(*count), showable(feed))?;
    }
    for (count, what) in [(info.subjects, "subjects"), (info.urls, "URLs"), (info.files, "files")] {
        writeln!(out, "{:>16} different {what}", thousands(count))?;
    }
    for (state, count) in &info.outbox {
        writeln!(out, "{:>16} in the outbox: {state}", thousands(*count))?;
    }
    if info.audit > 0 {
        writeln!(out, "{:>16} lines of the audit", thousands(info.audit))?;
    }
    if let Some((first, last)) = info.arrivals {
        writeln!(out, "{:>16} {} to {}", "arrivals", clock::rfc3339(first), clock::rfc3339(last))?;
    }
    writeln!(out, "{:>16} form {}, SQLite {}", "", info.form, info.sqlite)
}
