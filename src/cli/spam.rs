//! `spam FILE|- [--dry-run] [--out DIR] [--approve N]`: one message that nobody has reported to us.

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::report;
use super::sending;
use super::session::Session;
use crate::config::values;
use crate::dispatch::folder::Folder;
use crate::jobs::report::{Planner, Spam, Standing};
use crate::model::clock;
use crate::text::{defang, showable};
use std::io::{Read, Write};
use std::net::IpAddr;
use std::path::PathBuf;

/// `spam`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Finds the public address that brought the message in, asks who answers for it, and composes reports of type abuse,
one for each source and contact. Hosts of ours stand under [own] trusted_hosts: only what they wrote is believed.

Examples:
  lafayette spam mail.eml --dry-run
  lafayette spam - --to abuse@example.net --out outgoing < mail.eml
  lafayette spam mail.eml --approve 1")]
pub struct Args {
    /// The message; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The source, where it is another one than the message tells
    #[arg(long = "source", value_name = "IP", num_args = 1..)]
    pub sources: Vec<IpAddr>,
    /// The abuse desk's address; otherwise the contacts that are found for each source
    #[arg(long, value_name = "ADDR", value_parser = values::mail_address)]
    pub to: Option<String>,
    /// Only tell what would go out
    #[arg(long)]
    pub dry_run: bool,
    /// Only write the messages into this folder: nothing is held
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub out: Option<PathBuf>,
    /// Let exactly so many go, or none
    #[arg(long, value_name = "N", conflicts_with_all = ["dry_run", "out"])]
    pub approve: Option<usize>,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Composes them, and does with them what was asked for.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let raw = read(args, config.message_bytes)?;
    let spam = Spam::read(raw, &config.judgement(""), clock::now()).map_err(Failure::failed)?;
    // A message can be reported before anything else was ever stored.
    let store = session.store(&config)?;
    if !(args.dry_run || args.out.is_some() || store.may_write()) {
        return Err(Failure::failed(
            "with --read-only nothing is held and nothing is sent; --dry-run tells what would be",
        ));
    }
    if args.approve.is_some() {
        sending::may_approve(session, &config)?;
    }
    let sources = match args.sources.as_slice() {
        [] => spam.sources.first().copied().into_iter().collect(),
        named => named.to_vec(),
    };
    if sources.is_empty() {
        return Err(Failure::failed(
            "the message names no public address that it came from; --source IP does, where it is known",
        ));
    }
    let planner = Planner::new(&config, &store)?;
    let cancel = session.cancel()?;
    let plan = planner.plan_spam(&spam, &sources, args.to.as_deref(), &cancel)?;
    if !args.output.json {
        tell_sources(session, &spam, &sources)?;
    }
    let mut done = report::Done::default();
    match (&args.out, args.approve) {
        _ if args.dry_run => {}
        (Some(path), _) => {
            let folder = Folder::open(path).map_err(|error| Failure::failed(error.to_string()))?;
            done.write(&plan, &folder)?;
        }
        (None, None) => done.hold(&store, &plan, session, |letter| letter.standing == Standing::Ready)?,
        (None, Some(number)) => done.approve(&store, &config, &plan, session, number)?,
    }
    report::tell(session, args.output, &plan, &done)?;
    if args.approve.is_some() {
        sending::after_approval(session, &config, &store, "spam")?;
    }
    report::outcome(&plan)
}

fn read(args: &Args, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed =
        |error: std::io::Error| Failure::failed(format!("cannot read '{}': {error}", args.file.display()));
    let mut raw = vec![];
    if args.file.as_os_str() == "-" {
        std::io::stdin().lock().take(limit + 1).read_to_end(&mut raw).map_err(failed)?;
    } else {
        let file = std::fs::File::open(&args.file).map_err(failed)?;
        file.take(limit + 1).read_to_end(&mut raw).map_err(failed)?;
    }
    if raw.len() as u64 > limit {
        return Err(Failure::failed(format!(
            "'{}' is larger than {limit} bytes, the limit of [limits] message_mib",
            args.file.display()
        )));
    }
    Ok(raw)
}

/// Where the message came by, and what it leads to.
fn tell_sources(session: &Session, spam: &Spam, chosen: &[IpAddr]) -> Result<(), Failure> {
    let mut out = session.out();
    for source in &spam.sources {
        let (tick, note) = match (chosen.contains(source), Some(source) == spam.sources.first()) {
            (true, _) => ("[x]", ""),
            (false, true) => ("[ ]", ""),
            (false, false) => ("[ ]", "  further down, and may be made up; --source takes it"),
        };
        writeln!(out, "{tick} {source}{note}")?;
    }
    for url in &spam.report.urls {
        writeln!(out, "    {}", showable(&defang(url)))?;
    }
    out.flush()?;
    Ok(())
}
