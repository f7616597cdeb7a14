//! `spam FILE|- [--edit] [--dry-run] [--out DIR] [--approve N]`: one message that nobody has reported to us.

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::report;
use super::sending;
use super::session::Session;
use crate::arf::received::Hop;
use crate::config::values;
use crate::dispatch::folder::Folder;
use crate::jobs::report::{Planner, Spam, SpamOrder, Standing, Wishes};
use crate::model::clock;
use crate::text::{defang, showable};
use crate::tui::edit;
use serde_json::{Value, json};
use std::io::{IsTerminal, Read, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `spam`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Finds the public address that brought the message in, asks who answers for it, and composes reports of type abuse,
one for each source and contact. Hosts of ours stand under [own] trusted_hosts: only what they wrote is believed.
URLs go along but for pictures, and those under [own] domains never do. On the screen it is `s` on Tools (7).

Examples:
  lafayette spam mail.eml --dry-run
  lafayette spam --edit
  lafayette spam - --to abuse@example.net --out outgoing < mail.eml
  lafayette spam mail.eml --without-url http://example.org/ --approve 1")]
pub struct Args {
    /// The message; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "edit")]
    pub file: Option<PathBuf>,
    /// Write the message in $VISUAL or $EDITOR, or mend a copy of the file there; needs a terminal
    #[arg(long)]
    pub edit: bool,
    /// The source, where it is another one than the message tells
    #[arg(long = "source", value_name = "IP", num_args = 1..)]
    pub sources: Vec<IpAddr>,
    /// The abuse desk's address; otherwise the contacts that are found for each source
    #[arg(long, value_name = "ADDR", value_parser = values::mail_address)]
    pub to: Option<String>,
    /// Report this URL of the message, too, though it is a picture; defanged or not
    #[arg(long = "url", value_name = "URL", num_args = 1..)]
    pub with_urls: Vec<String>,
    /// Leave this URL of the message out; defanged or not
    #[arg(long = "without-url", value_name = "URL", num_args = 1..)]
    pub without_urls: Vec<String>,
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
    let order = order(args, spam)?;
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
    let planner = Planner::new(&config, &store)?;
    planner.find_spam_contacts(&order, &session.cancel()?)?;
    let plan = planner.plan_spam(&order, &Wishes::default(), None)?;
    if !args.output.json {
        tell_message(session, &order)?;
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
    report::tell(session, args.output, &plan, &done, &in_json(&order))?;
    if args.approve.is_some() {
        sending::after_approval(session, &config, &store, "spam")?;
    }
    report::outcome(&plan)
}

/// What of the message is reported.
fn order(args: &Args, spam: Spam) -> Result<SpamOrder, Failure> {
    let mut order = SpamOrder { to: args.to.clone(), ..SpamOrder::of(Arc::new(spam)) };
    if !args.sources.is_empty() {
        order.sources = vec![];
        for source in &args.sources {
            if !order.sources.contains(source) {
                order.sources.push(*source);
            }
        }
    }
    if order.sources.is_empty() {
        return Err(Failure::failed(
            "the message names no public address that it came from; --source IP does, where it is known",
        ));
    }
    let spam = Arc::clone(&order.spam);
    let find = |written: &String| {
        spam.urls
            .iter()
            .find(|url| url.is(written))
            .ok_or_else(|| Failure::failed(format!("the message has no URL '{written}'")))
    };
    for written in &args.with_urls {
        let url = find(written)?;
        if let Some(objection) = url.objection.as_ref().filter(|_| !url.can_be_ticked()) {
            let why = objection.sentence();
            return Err(Failure::failed(format!("the URL '{written}' cannot be reported: it is {why}")));
        }
        if !order.urls.contains(&url.url) {
            order.urls.push(url.url.clone());
        }
    }
    for written in &args.without_urls {
        let url = find(written)?;
        order.urls.retain(|chosen| *chosen != url.url);
    }
    Ok(order)
}

fn read(args: &Args, limit: u64) -> Result<Vec<u8>, Failure> {
    let is_stdin = args.file.as_deref() == Some(Path::new("-"));
    if args.edit && (is_stdin || !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal())) {
        return Err(Failure::usage(
            "--edit needs a terminal for the editor; a FILE can be edited, '-' cannot",
        ));
    }
    let mut raw = vec![];
    if let Some(path) = &args.file {
        let failed =
            |error: std::io::Error| Failure::failed(format!("cannot read '{}': {error}", path.display()));
        if is_stdin {
            std::io::stdin().lock().take(limit + 1).read_to_end(&mut raw).map_err(failed)?;
        } else {
            let file = std::fs::File::open(path).map_err(failed)?;
            file.take(limit + 1).read_to_end(&mut raw).map_err(failed)?;
        }
        if raw.len() as u64 > limit {
            return Err(Failure::failed(format!(
                "'{}' is larger than {limit} bytes, the limit of [limits] message_mib",
                path.display()
            )));
        }
    }
    if args.edit {
        raw = edit(&raw, limit).map_err(Failure::failed)?;
    }
    if raw.trim_ascii().is_empty() {
        return Err(Failure::failed("there is no message: nothing was written"));
    }
    Ok(raw)
}

/// Where the message came by, and what it leads to.
fn tell_message(session: &Session, order: &SpamOrder) -> Result<(), Failure> {
    let mut out = session.out();
    let spam = &order.spam;
    let tick = |on: bool| if on { "[x]" } else { "[ ]" };
    for (source, note) in marked_sources(order) {
        writeln!(out, "{} {source}{note}", tick(order.sources.contains(&source)))?;
    }
    for url in &spam.urls {
        let note = url.objection.as_ref().map(|why| format!("  {}", why.sentence())).unwrap_or_default();
        let line = format!("{}{note}", defang(&url.url));
        writeln!(out, "    {} {}", tick(order.urls.contains(&url.url)), showable(&line))?;
    }
    out.flush()?;
    if let Some(doubt) = spam.doubt {
        session.complain(doubt);
    }
    Ok(())
}

/// The sources of the message and those that a person named, with what is to be known of each.
fn marked_sources(order: &SpamOrder) -> Vec<(IpAddr, &'static str)> {
    let spam = &order.spam;
    let named = order.sources.iter().filter(|source| !spam.sources.contains(source));
    let of_message = spam.sources.iter().enumerate().map(|(place, source)| match place {
        0 => (*source, ""),
        _ => (*source, "  further down, and may be made up; --source takes it"),
    });
    of_message.chain(named.map(|source| (*source, "  named by you"))).collect()
}

/// What every line of JSON says of the message.
fn in_json(order: &SpamOrder) -> Value {
    let spam = &order.spam;
    let urls = spam.urls.iter().map(|url| {
        json!({
            "url": url.url, "ticked": order.urls.contains(&url.url),
            "why_not": url.objection.as_ref().map(|why| why.sentence()),
        })
    });
    let hop = |(place, hop): (usize, &Hop)| {
        json!({
            "from": hop.from.map(|(ip, _)| ip), "name": hop.from_name, "by": hop.by,
            "place": spam.chain.place(place).name(),
        })
    };
    let hops: Vec<Value> = spam.chain.hops.iter().enumerate().map(hop).collect();
    let sources: Vec<Value> = marked_sources(order)
        .into_iter()
        .map(|(source, _)| json!({ "ip": source, "ticked": order.sources.contains(&source) }))
        .collect();
    json!({ "urls": urls.collect::<Vec<_>>(), "received": hops, "sources": sources, "doubt": spam.doubt })
}
