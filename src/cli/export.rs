//! `export QUERY --mbox FILE|--eml DIR`

use super::evidence::Evidence;
use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::selection::RequiredQueryArgs;
use super::session::{Session, Unit};
use crate::arf::redact::{Parties, Redactor};
use crate::config::redaction_key;
use crate::export::{counted, json, thousands};
use crate::model::{FeedKind, ReportId};
use std::io::Write;
use std::path::{Path, PathBuf};

/// `export`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Beside the messages goes a manifest with number, origin and SHA-256 of each. Nothing is written over. Messages of \
spamtrap feeds always lose their recipients, and their manifest names no origin. A message in which a recipient can \
still be found is left out, with the place.

Examples:
  lafayette export is:marked --eml evidence
  lafayette export since:2d asn:64500 --mbox as64500.mbox --redact")]
pub struct Args {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// Where to.
    #[command(flatten)]
    pub target: Target,
    /// Hide recipients
    #[arg(long)]
    pub redact: bool,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Where evidence goes.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// Into one mbox file
    #[arg(long, value_name = "FILE")]
    pub mbox: Option<PathBuf>,
    /// Into a folder, one .eml file each
    #[arg(long, value_name = "DIR")]
    pub eml: Option<PathBuf>,
}

/// Writes them.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let store = session.store_to_read(&config)?;
    let query = args.query.text()?;
    let ids = session.selected(&store, &query)?;
    if ids.is_empty() {
        return Err(Failure::failed(format!("no report matches {query}, so nothing was exported")));
    }
    let cancel = session.cancel()?;
    let mut evidence = match (&args.target.mbox, &args.target.eml) {
        (Some(file), _) => Evidence::mbox(file)?,
        (_, Some(folder)) => Evidence::folder(folder)?,
        (None, None) => return Err(Failure::usage("say where to: --mbox FILE or --eml DIR")),
    };
    let mut key = None;
    let mut counts = Counts::default();
    let bar = session.progress(ids.len() as u64, Unit::Things);
    for id in &ids {
        if cancel.is_cancelled() {
            bar.finish_and_clear();
            return Err(Failure::Interrupted);
        }
        bar.inc(1);
        let (Some(record), Some(raw)) = (store.record(*id)?, store.raw(*id)?) else { continue };
        let spamtrap = record.feed_kind == FeedKind::Spamtrap;
        let redacted = args.redact || spamtrap;
        let exact = if redacted {
            let key = match &mut key {
                Some(key) => key,
                none => none.insert(redaction_key(&config.redaction_key_file)?),
            };
            let parties = Parties::of(&raw, &record.report, record.feed_kind, &config.own);
            let redactor = Redactor::new(&parties.recipients, parties.redaction(key, ""));
            match redactor.checked_message(&raw) {
                Ok(message) => evidence.add(&record, &message, Some(&redactor))?,
                Err(leak) => {
                    counts.left_out.push((*id, leak.to_string()));
                    continue;
                }
            }
        } else {
            evidence.add(&record, &raw, None)?
        };
        counts.changed += u64::from(!exact);
        counts.messages += 1;
        counts.redacted += u64::from(redacted);
        counts.spamtrap += u64::from(spamtrap);
    }
    bar.finish_and_clear();
    if counts.messages == 0 {
        counts.complain(session);
        return Err(Failure::failed("none of these messages may leave; nothing was exported"));
    }
    let (path, manifest) = evidence.finish()?;
    counts.answer(args, session, &path, &manifest)?;
    Ok(if counts.left_out.is_empty() { Outcome::Done } else { Outcome::Partly })
}

/// What came of it.
#[derive(Default)]
struct Counts {
    messages: u64,
    redacted: u64,
    spamtrap: u64,
    /// Messages whose last line got an end.
    changed: u64,
    left_out: Vec<(ReportId, String)>,
}

impl Counts {
    fn answer(&self, args: &Args, session: &Session, path: &Path, manifest: &Path) -> Result<(), Failure> {
        let mut out = session.out();
        if args.output.json {
            let line = serde_json::json!({
                "messages": self.messages,
                "redacted": self.redacted,
                "left_out": self.left_out.len(),
                "path": path,
                "manifest": manifest,
            });
            json::write_line(&mut out, &line)?;
        } else {
            writeln!(out, "{} in {}", counted(self.messages, "message"), path.display())?;
            writeln!(out, "manifest in {}", manifest.display())?;
        }
        out.flush()?;
        self.complain(session);
        if !args.redact && self.spamtrap > 0 {
            session.say(&format!(
                "{} of them came from a spamtrap feed: their recipients are hidden, as always for spamtraps",
                thousands(self.spamtrap)
            ));
        }
        if self.changed > 0 {
            session.say(&format!(
                "{} of them had no line end at their end; an mbox adds one, --eml keeps them byte for byte",
                thousands(self.changed)
            ));
        }
        Ok(())
    }

    fn complain(&self, session: &Session) {
        for (id, leak) in &self.left_out {
            session.complain(&format!("report {id} was left out: {leak}"));
        }
    }
}
