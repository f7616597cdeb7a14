//! One file per command; the only room that prints. stdout carries the answer and nothing else, stderr the rest.

pub mod audit;
pub mod completions;
pub mod config;
pub mod contacts;
pub mod db;
pub mod demo;
pub mod doctor;
pub mod enrich;
pub mod evidence;
pub mod export;
pub mod failure;
pub mod files;
pub mod import;
pub mod keys;
pub mod lint;
pub mod list;
pub mod log;
pub mod lookup;
pub mod man;
pub mod open;
pub mod outbox;
pub mod output;
pub mod patterns;
pub mod quarantine;
pub mod reclassify;
pub mod report;
pub mod screen;
pub mod selection;
mod sending;
pub mod session;
pub mod show;
mod spam;
pub mod stats;
pub mod submit;
pub mod sync;
pub mod trace;
pub mod triage;
pub mod urls;
pub mod view;
pub mod watch;

use crate::config::Arguments;
use clap::{CommandFactory, Parser, Subcommand};
use failure::{Failure, Outcome};
use session::Session;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

const FIRST_STEPS: &str = "\
First steps:
  lafayette demo                  a believable mailbox, and what is seen in it
  lafayette import reports.mbox   take reports in
  lafayette list is:open         find some
  lafayette show 4711             look at one

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 some inputs failed, \
4 the database is in use, \
10 `patterns --new` found some, 130 interrupted.";

/// Collects reports about abused mail, makes the fraud among them easy to see, and answers it.
#[derive(Debug, Parser)]
#[command(name = "lafayette", version, after_help = FIRST_STEPS, max_term_width = 100)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub arguments: Arguments,
    /// Read the configured mailboxes once, as the command sync with its options does: for cron
    #[arg(long)]
    pub sync: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Reads the configured mailboxes once: what is new is stored, then dealt with there
    Sync(sync::Args),
    /// Stays and reads a mailbox as soon as something arrives
    Watch(watch::Args),
    /// Takes messages in: .eml, mbox, Maildir, folder trees, standard input
    Import(import::Args),
    /// Lists reports, newest arrival first
    List(list::Args),
    /// Shows one report
    Show(show::Args),
    /// Lists the URLs in reported mail
    Urls(urls::Args),
    /// Lists the files in reported mail
    Files(files::Args),
    /// Writes evidence to an mbox file or a folder, with a manifest
    Export(export::Args),
    /// Counts reports by hour, country, network and the like
    Stats(stats::Args),
    /// Shows what bursts now: campaigns and waves, before anybody looked for them
    Patterns(patterns::Args),
    /// Shows what could not be understood, and tries again
    Quarantine(quarantine::Args),
    /// Judges everything again, with today's rules
    Reclassify(reclassify::Args),
    /// Marks reports for the next action
    Mark(triage::MarkArgs),
    /// Gives tags to reports, or takes them away
    Tag(triage::TagArgs),
    /// Writes a note on reports
    Note(triage::NoteArgs),
    /// Puts reports aside
    Dismiss(triage::DismissArgs),
    /// Takes dismissed reports back
    Reopen(triage::ReopenArgs),
    /// Decides the kind of reports by hand
    Kind(triage::KindArgs),
    /// Decides by hand why the reported mail failed
    Cause(triage::CauseArgs),
    /// Says that everything stored by now is no longer new
    Seen(triage::SeenArgs),
    /// Keeps queries under a name
    View(view::Args),
    /// Writes abuse reports about reported mail
    Report(report::Args),
    /// Submits URLs to feeds that block such
    Submit(submit::Args),
    /// Reports one message that nobody has reported to us: sources, contacts, URLs, abuse reports
    Spam(spam::Args),
    /// Shows what left, or may, and decides about it: approve, hold, cancel, try again, resolve
    Outbox(outbox::Args),
    /// Tells who did what with the outbox
    Audit(audit::Args),
    /// Checks an abuse report before it leaves
    Lint(lint::Args),
    /// Looks up where reports come from: names, networks, block lists, contacts
    Enrich(enrich::Args),
    /// Tells everything that is known about an address, a network, a domain, a URL or an AS
    Lookup(lookup::Args),
    /// Follows the redirects of a URL
    Trace(trace::Args),
    /// Says whom to tell about an address and why; keeps your own rules about that
    Contacts(contacts::Args),
    /// Looks after the database file
    Db(db::Args),
    /// Explains and checks the configuration
    Config(config::Args),
    /// Tells what is well with this installation and what is not
    Doctor(doctor::Args),
    /// Makes a believable mailbox and shows what is seen in it
    Demo(demo::command::Args),
    /// Lists the keys of the screen
    Keys(keys::Args),
    /// Prints completions for a shell
    Completions(completions::Args),
    /// Prints the manual page
    Man,
}

/// The program: arguments of the process to exit code.
pub fn main() -> ExitCode {
    let result = run(std::env::args_os());
    if let Err(failure) = &result
        && !failure.is_silent()
    {
        report_failure(failure);
    }
    failure::exit_code(&result)
}

/// A failure with the program's name before it, as other tools do; control characters cannot reach the terminal.
fn report_failure(failure: &Failure) {
    let mut err = std::io::stderr();
    // Where nobody can be told, the exit code still tells.
    let _ = writeln!(err, "lafayette: {}", crate::text::showable_lines(&failure.to_string()));
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<Outcome, Failure> {
    let cli = match Cli::try_parse_from(sync::flag_as_command(selection::denials_spelled_out(arguments))) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => return Err(Failure::Usage(usage_sentence(&error))),
        // --help and --version are answers.
        Err(error) => {
            error.print()?;
            return Ok(Outcome::Done);
        }
    };
    let session = Session::new(cli.arguments);
    let Some(command) = cli.command else {
        return if screen::is_possible() { screen::run(&session) } else { first_steps(&session) };
    };
    match command {
        Command::Sync(args) => sync::run(&args, &session),
        Command::Watch(args) => watch::run(&args, &session),
        Command::Import(args) => import::run(&args, &session),
        Command::List(args) => list::run(&args, &session),
        Command::Show(args) => show::run(&args, &session),
        Command::Urls(args) => urls::run(&args, &session),
        Command::Files(args) => files::run(&args, &session),
        Command::Export(args) => export::run(&args, &session),
        Command::Stats(args) => stats::run(&args, &session),
        Command::Patterns(args) => patterns::run(&args, &session),
        Command::Quarantine(args) => quarantine::run(&args, &session),
        Command::Reclassify(args) => reclassify::run(&args, &session),
        Command::Mark(args) => triage::mark(&args, &session),
        Command::Tag(args) => triage::tag(&args, &session),
        Command::Note(args) => triage::note(&args, &session),
        Command::Dismiss(args) => triage::dismiss(&args, &session),
        Command::Reopen(args) => triage::reopen(&args, &session),
        Command::Kind(args) => triage::kind(&args, &session),
        Command::Cause(args) => triage::cause(&args, &session),
        Command::Seen(args) => triage::seen(&args, &session),
        Command::View(args) => view::run(&args, &session),
        Command::Report(args) => report::run(&args, &session),
        Command::Submit(args) => submit::run(&args, &session),
        Command::Spam(args) => spam::run(&args, &session),
        Command::Outbox(args) => outbox::run(&args, &session),
        Command::Audit(args) => audit::run(&args, &session),
        Command::Lint(args) => lint::run(&args, &session),
        Command::Enrich(args) => enrich::run(&args, &session),
        Command::Lookup(args) => lookup::run(&args, &session),
        Command::Trace(args) => trace::run(&args, &session),
        Command::Contacts(args) => contacts::run(&args, &session),
        Command::Db(args) => db::run(&args, &session),
        Command::Config(args) => config::run(&args, &session),
        Command::Doctor(args) => doctor::run(&args, &session),
        Command::Demo(args) => demo::command::run(&args, &session),
        Command::Keys(args) => keys::run(&args, &session),
        Command::Completions(args) => completions::run(&args, &session),
        Command::Man => man::run(&session),
    }
}

/// What clap found wrong, without its own `error:`.
fn usage_sentence(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.trim_end().strip_prefix("error: ").unwrap_or(&text);
    text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn first_steps(session: &Session) -> Result<Outcome, Failure> {
    let mut out = session.out();
    let about = Cli::command().get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(
        out,
        "{about}\n\n{FIRST_STEPS}\n\n`lafayette help` lists all commands, `lafayette help list` explains one."
    )?;
    out.flush()?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests;
