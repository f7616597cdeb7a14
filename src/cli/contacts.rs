//! `contacts list|show|set|remove|import|export`

use super::failure::{Failure, Outcome};
use super::lookup;
use super::output::{FormatArgs, JsonArgs};
use super::session::Session;
use crate::export::page::Page;
use crate::export::{Format, contacts as written, counted, json, minute};
use crate::jobs::contacts::{self, Saying};
use crate::jobs::lookup::{Subject, Topic};
use crate::model::clock;
use crate::text::refang;
use clap::builder::PossibleValuesParser;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// A file of contacts is a few kilobytes; what is longer is none.
const MOST_BYTES: u64 = 64 << 20;

/// `contacts`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Who is told about a source: your own rules first, then Abusix, the registries by RDAP, RIPEstat; what is asked is said \
by [contacts] in the configuration. A rule is about a domain (of the confirmed host name), a network, an AS, or one \
contact; the more particular one wins. Each change keeps who made it and when.

Examples:
  lafayette contacts show 192.0.2.1
  lafayette contacts set AS64500 replace abuse@isp.example --note \"they asked for this address\"
  lafayette contacts set 192.0.2.0/24 add https://isp.example/abuse
  lafayette contacts set example.net never --note \"our own customer\"
  lafayette contacts set abuse@isp.example opted-out
  lafayette contacts export > contacts.csv
  lafayette contacts import contacts.csv")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    action: Option<Action>,
}

/// What can be done with contacts.
#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Lists your own rules, and the contacts that opted out or are dead
    List(FormatArgs),
    /// Says whom to tell about an address and why, or what was said about an AS, a network, a domain, a contact
    Show(ShowArgs),
    /// Makes a rule, or says how a contact stands
    Set(SetArgs),
    /// Takes back what was said about something
    Remove(RemoveArgs),
    /// Takes in a CSV file, all of it or nothing
    Import(ImportArgs),
    /// Writes a CSV file that can be taken in again
    Export(ExportArgs),
}

#[derive(Debug, Clone, clap::Args)]
struct ShowArgs {
    /// An address, or what a rule is about
    #[arg(value_name = "IP")]
    subject: String,
    /// Ask again, whatever is known
    #[arg(long)]
    refresh: bool,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Clone, clap::Args)]
struct SetArgs {
    /// An AS, a network or address, a domain, or a contact
    #[arg(value_name = "SCOPE")]
    scope: String,
    /// What a rule does; or the state of a contact: usable, opted-out, dead
    #[arg(value_name = "ACT", value_parser = PossibleValuesParser::new(contacts::acts()))]
    act: String,
    /// Mail addresses, or https: addresses of forms
    #[arg(value_name = "CONTACT")]
    contacts: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Clone, clap::Args)]
struct RemoveArgs {
    /// What the rule is about
    #[arg(value_name = "SCOPE")]
    scope: String,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Clone, clap::Args)]
struct ImportArgs {
    /// The file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only check it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Clone, clap::Args)]
struct ExportArgs {
    /// The file, which must not be there yet; else standard output
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Does it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    match &args.action {
        None => list(&FormatArgs::default(), session),
        Some(Action::List(args)) => list(args, session),
        Some(Action::Show(args)) => show(args, session),
        Some(Action::Set(args)) => set(args, session),
        Some(Action::Remove(args)) => remove(args, session),
        Some(Action::Import(args)) => import(args, session),
        Some(Action::Export(args)) => export(args, session),
    }
}

fn list(args: &FormatArgs, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let lines: Vec<_> = contacts::all(&store)?.iter().map(contacts::line).collect();
    let mut out = session.out();
    if lines.is_empty() && args.format() == Format::Table {
        session.say("Nothing was said about contacts so far; `lafayette contacts set` does.");
    } else {
        written::write(&mut out, &lines, args.format(), session.look())?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn show(args: &ShowArgs, session: &Session) -> Result<Outcome, Failure> {
    if let Ok(ip) = refang(args.subject.trim()).parse::<IpAddr>() {
        return show_chain(ip, args, session);
    }
    let scope = contacts::scope(&args.subject).map_err(Failure::usage)?;
    let store = session.store_to_read(&session.config()?)?;
    let said: Vec<_> =
        contacts::all(&store)?.iter().filter(|said| said.about() == scope).map(contacts::line).collect();
    let history = store.contact_history(&scope.to_string())?;
    let mut out = session.out();
    if args.output.json {
        let event = |event: &crate::model::ContactEvent| serde_json::json!({ "at": clock::rfc3339(event.at), "by": event.by, "what": event.what });
        let history: Vec<_> = history.iter().map(event).collect();
        let answer = serde_json::json!({ "scope": scope.to_string(), "said": said, "history": history });
        json::write_line(&mut out, &answer)?;
    } else {
        let mut page = Page::new(&mut out, session.look());
        page.heading(&scope.to_string());
        for line in &said {
            let note = if line.note.is_empty() { String::new() } else { format!(": {}", line.note) };
            let contacts = line.contacts.join(" ");
            let value = format!("{contacts}{note}  [{}, {} UTC]", line.by, minute(line.at));
            page.line(line.act, &value)?;
        }
        if said.is_empty() {
            page.line("Nothing", "nothing is said about it now")?;
        }
        for event in &history {
            page.line(&minute(event.at), &format!("{}: {}", event.by, event.what))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Whom to tell, with what each source said and why it is used or not.
fn show_chain(ip: IpAddr, args: &ShowArgs, session: &Session) -> Result<Outcome, Failure> {
    let mut known = lookup::find_out(session, Subject::Address(ip.to_canonical()), args.refresh)?;
    let mut out = session.out();
    if args.output.json {
        known.sections.retain(|section| section.topic != Topic::Lists);
        json::write_line(&mut out, &known)?;
    } else {
        lookup::write(&mut out, &known, session, |topic| topic != Topic::Lists)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn set(args: &SetArgs, session: &Session) -> Result<Outcome, Failure> {
    let login = session.login();
    let saying = Saying {
        scope: &args.scope,
        act: &args.act,
        contacts: args.contacts.iter().map(String::as_str).collect(),
        note: &args.note,
        at: clock::now(),
        by: &login,
    };
    let change = contacts::understood(&saying).map_err(Failure::usage)?;
    session.store(&session.config()?)?.change_contacts(
        std::slice::from_ref(&change),
        clock::now(),
        &login,
    )?;
    let mut out = session.out();
    let line = contacts::line(&change);
    if args.output.json {
        json::write_line(&mut out, &line)?;
    } else {
        let contacts = line.contacts.join(" ");
        writeln!(out, "{}", format!("{}: {} {contacts}", line.scope, line.act).trim_end())?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn remove(args: &RemoveArgs, session: &Session) -> Result<Outcome, Failure> {
    let scope = contacts::scope(&args.scope).map_err(Failure::usage)?;
    let config = session.config()?;
    let store = session.store_to_read(&config)?;
    let changes = contacts::taken_back(&store, &scope, clock::now(), &session.login())?;
    if changes.is_empty() {
        return Err(Failure::failed(format!(
            "nothing was said about {scope}; `lafayette contacts list` shows what was"
        )));
    }
    store.change_contacts(&changes, clock::now(), &session.login())?;
    let mut out = session.out();
    if args.output.json {
        json::write_line(&mut out, &serde_json::json!({ "scope": scope.to_string(), "done": "removed" }))?;
    } else {
        writeln!(out, "{scope}: removed")?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn import(args: &ImportArgs, session: &Session) -> Result<Outcome, Failure> {
    let text = read(&args.file)
        .map_err(|error| Failure::failed(format!("cannot read {}: {error}", args.file.display())))?;
    let login = session.login();
    let mut changes = contacts::from_csv(&text, clock::now(), &login).map_err(|complaints| {
        let all = complaints.join("\n");
        Failure::failed(format!("nothing was taken in from {}:\n{all}", args.file.display()))
    })?;
    let config = session.config()?;
    let store = if args.dry_run { session.store_to_read(&config)? } else { session.store(&config)? };
    let read = changes.len();
    // What is said already keeps its history as it is.
    let before = contacts::all(&store)?;
    changes.retain(|change| !before.contains(change));
    if !args.dry_run && !changes.is_empty() {
        store.change_contacts(&changes, clock::now(), &login)?;
    }
    let mut out = session.out();
    let unchanged = read - changes.len();
    if args.output.json {
        let answer = serde_json::json!({ "read": read, "changed": changes.len(), "unchanged": unchanged });
        json::write_line(&mut out, &answer)?;
    } else {
        let would = if args.dry_run { "would change" } else { "changed" };
        writeln!(
            out,
            "{} read; {} {would}, {unchanged} as before",
            counted(read as u64, "line"),
            changes.len()
        )?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let source: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    let mut text = vec![];
    source.take(MOST_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("it has more than {MOST_BYTES} bytes")));
    }
    Ok(text)
}

fn export(args: &ExportArgs, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let lines: Vec<_> = contacts::all(&store)?.iter().map(contacts::line).collect();
    match &args.file {
        None => {
            let mut out = session.out();
            written::write(&mut out, &lines, Format::Csv, session.look())?;
            out.flush()?;
        }
        Some(path) => {
            let fail =
                |error: io::Error| Failure::failed(format!("cannot write {}: {error}", path.display()));
            let mut file = File::create_new(path).map_err(fail)?;
            written::write(&mut file, &lines, Format::Csv, session.look()).map_err(fail)?;
            file.sync_all().map_err(fail)?;
            session.say(&format!("{} written to {}", counted(lines.len() as u64, "line"), path.display()));
        }
    }
    Ok(Outcome::Done)
}
