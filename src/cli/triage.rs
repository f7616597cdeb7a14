//! `mark`, `tag`, `note`, `dismiss`, `reopen`, `kind`, `cause`, `seen`: what a person says about reports, in one line
//! each.

use super::failure::{Failure, Outcome};
use super::output::{JsonArgs, write_changed};
use super::selection::RequiredQueryArgs;
use super::session::Session;
use crate::config::values;
use crate::model::{Cause, Kind, ReportId};
use crate::store::{self, Store};

/// `mark`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette mark since:2d subject:\"wire transfer\"
  lafayette mark is:marked --off")]
pub struct MarkArgs {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// Take the mark away
    #[arg(long)]
    pub off: bool,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// `tag`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette tag is:marked --add ceo-fraud
  lafayette tag tag:ceo-fraud since:1d --remove ceo-fraud --add known")]
pub struct TagArgs {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// Which tags.
    #[command(flatten)]
    pub tags: Tags,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Tags to give and to take.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = true)]
pub struct Tags {
    /// Give this tag: one word of letters, digits and - _ . :
    #[arg(long, value_name = "TAG", value_parser = values::tag)]
    pub add: Vec<String>,
    /// Take this tag away
    #[arg(long, value_name = "TAG")]
    pub remove: Vec<String>,
}

/// `note`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Example:
  lafayette note id:4711 --text \"Called the bank, case 23\"")]
pub struct NoteArgs {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// What it says
    #[arg(long, value_name = "TEXT", value_parser = values::line)]
    pub text: String,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// `dismiss`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Example:
  lafayette dismiss kind:auto-replied --reason \"out of office\"")]
pub struct DismissArgs {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// `reopen`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Example:
  lafayette reopen is:dismissed since:1d")]
pub struct ReopenArgs {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// `kind`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette kind id:4711 --set bounce
  lafayette kind id:4711 --set computed")]
pub struct KindArgs {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// The kind
    #[arg(long, value_enum, value_name = "KIND")]
    set: KindName,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KindName {
    /// Mail that a person or a program wrote to somebody
    Normal,
    /// A delivery status notification
    Bounce,
    /// An out-of-office note or another automatic answer
    AutoReplied,
    /// As the program judges it
    Computed,
}

impl KindArgs {
    /// The kind; `None` gives the decision back to the program.
    pub fn kind(&self) -> Option<Kind> {
        match self.set {
            KindName::Normal => Some(Kind::Normal),
            KindName::Bounce => Some(Kind::Bounce),
            KindName::AutoReplied => Some(Kind::AutoReplied),
            KindName::Computed => None,
        }
    }
}

/// `cause`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  lafayette cause id:4711 --set forwarded
  lafayette cause tag:newsletter --set own-esp
  lafayette cause id:4711 --set computed")]
pub struct CauseArgs {
    /// Which reports.
    #[command(flatten)]
    pub query: RequiredQueryArgs,
    /// The cause
    #[arg(long, value_enum, value_name = "CAUSE")]
    set: CauseName,
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum CauseName {
    /// Somebody else wrote it in our name
    Fraud,
    /// Our own mail, from our own networks
    Own,
    /// Our own mail, sent by a service that works for us
    OwnEsp,
    /// A forwarder broke the authentication
    Forwarded,
    /// A mailing list broke the authentication
    List,
    /// Not enough is known
    Unknown,
    /// As the program judges it
    Computed,
}

impl CauseArgs {
    /// The cause; `None` gives the decision back to the program.
    pub fn cause(&self) -> Option<Cause> {
        match self.set {
            CauseName::Fraud => Some(Cause::Fraud),
            CauseName::Own => Some(Cause::Own),
            CauseName::OwnEsp => Some(Cause::OwnEsp),
            CauseName::Forwarded => Some(Cause::Forwarded),
            CauseName::List => Some(Cause::List),
            CauseName::Unknown => Some(Cause::Unknown),
            CauseName::Computed => None,
        }
    }
}

/// `seen`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Example:
  lafayette list is:new; lafayette seen")]
pub struct SeenArgs {
    /// How the answer is written.
    #[command(flatten)]
    pub output: JsonArgs,
}

/// Marks, or takes marks away.
pub fn mark(args: &MarkArgs, session: &Session) -> Result<Outcome, Failure> {
    let done = if args.off { "no longer marked" } else { "marked" };
    act(session, &args.query, args.output, done, |store, ids| Ok(store.mark(ids, !args.off)?.count()))
}

/// Gives and takes tags.
pub fn tag(args: &TagArgs, session: &Session) -> Result<Outcome, Failure> {
    act(session, &args.query, args.output, "selected; their tags are as asked", |store, ids| {
        args.tags.remove.iter().try_for_each(|tag| store.tag(ids, tag, false).map(drop))?;
        args.tags.add.iter().try_for_each(|tag| store.tag(ids, tag, true).map(drop))?;
        Ok(ids.len())
    })
}

/// Writes a note.
pub fn note(args: &NoteArgs, session: &Session) -> Result<Outcome, Failure> {
    act(session, &args.query, args.output, "noted", |store, ids| {
        Ok(store.note(ids, &args.text, &session.login())?.count())
    })
}

/// Puts aside.
pub fn dismiss(args: &DismissArgs, session: &Session) -> Result<Outcome, Failure> {
    act(session, &args.query, args.output, "dismissed", |store, ids| {
        let change = store.dismiss(ids, &args.reason, &session.login())?;
        Ok(change.count() - change.marks())
    })
}

/// Takes back.
pub fn reopen(args: &ReopenArgs, session: &Session) -> Result<Outcome, Failure> {
    act(session, &args.query, args.output, "open again", |store, ids| Ok(store.reopen(ids)?.count()))
}

/// Decides the kind.
pub fn kind(args: &KindArgs, session: &Session) -> Result<Outcome, Failure> {
    let done = args.kind().map_or("judged by the program again", |_| "decided by hand");
    act(session, &args.query, args.output, done, |store, ids| {
        Ok(store.set_kind(ids, args.kind(), &session.login())?.count())
    })
}

/// Decides the cause.
pub fn cause(args: &CauseArgs, session: &Session) -> Result<Outcome, Failure> {
    let done = args.cause().map_or("judged by the program again", |_| "decided by hand");
    act(session, &args.query, args.output, done, |store, ids| {
        Ok(store.set_cause(ids, args.cause(), &session.login())?.count())
    })
}

/// Of what is stored by now nothing is new any more.
pub fn seen(args: &SeenArgs, session: &Session) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let new = session.selected(&store, "is:new")?;
    // What comes in meanwhile was not among those that could be seen.
    if let Some(last) = new.iter().max() {
        store.set_seen_up_to(*last)?;
    }
    write_changed(session, args.output, new.len() as u64, "no longer new")?;
    Ok(Outcome::Done)
}

/// Does something to all reports that a query selects, and says to how many.
fn act(
    session: &Session,
    query: &RequiredQueryArgs,
    output: JsonArgs,
    done: &str,
    act: impl FnOnce(&Store, &[ReportId]) -> Result<usize, store::Error>,
) -> Result<Outcome, Failure> {
    let store = session.store_to_read(&session.config()?)?;
    let ids = session.selected(&store, &query.text()?)?;
    let changed = act(&store, &ids)?;
    write_changed(session, output, changed as u64, done)?;
    Ok(Outcome::Done)
}
