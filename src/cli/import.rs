//! `import PATH…`

use super::failure::{Failure, Outcome};
use super::output::JsonArgs;
use super::session::{Session, Unit};
use crate::config::{Config, values};
use crate::export::tally::Tally;
use crate::export::thousands;
use crate::intake::{self, Limits};
use crate::jobs::{Cancel, Import, Summary};
use crate::model::FeedKind;
use crate::store::{self, Durability, Store};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// The feed of files that nobody named one for.
const DEFAULT_FEED: &str = "import";

/// `import`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
A file whose name ends in .eml is one message. Of any other file the content decides: gzip, a first line that begins \
with \"From \" (mbox), else one message. Folders are read with all below them; a Maildir is one of them. What is in the \
database already is left alone.

Examples:
  lafayette import reports.mbox.gz
  lafayette import ~/Maildir --feed failures
  lafayette import traps/ --kind spamtrap
  ssh mail cat /var/mail/abuse | lafayette import -")]
pub struct Args {
    /// Files and folders; - is standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The feed that they belong to [default: import]
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// What the feed brings [default: as configured for the feed, else as before, else mailbox]
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<KindName>,
    #[command(flatten)]
    output: JsonArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KindName {
    /// Reports about mail in the name of our domains
    Mailbox,
    /// Reports about mail to our spamtraps; recipients are hidden wherever evidence leaves
    Spamtrap,
}

impl Args {
    /// Name and kind of the feed; the name in the letter case of the configuration. The kind is what is asked for, else
    /// what is configured, else what the feed has brought before: a spamtrap feed stays one.
    pub(super) fn feed(&self, config: &Config, store: &Store) -> Result<(String, FeedKind), Failure> {
        let name = self.feed.as_deref().unwrap_or(DEFAULT_FEED);
        let configured = config.feed(name);
        let name = match configured {
            Some(feed) => feed.name.clone(),
            None => values::name(name).map_err(|sentence| Failure::usage(format!("--feed: {sentence}")))?,
        };
        let kind = match self.kind {
            Some(KindName::Mailbox) => FeedKind::Mailbox,
            Some(KindName::Spamtrap) => FeedKind::Spamtrap,
            None => match (configured, store.feed_kind(&name)?) {
                (Some(feed), _) => feed.kind,
                (None, Some(kind)) => kind,
                (None, None) => FeedKind::Mailbox,
            },
        };
        if kind != FeedKind::Spamtrap && store.feed_kind(&name)? == Some(FeedKind::Spamtrap) {
            return Err(Failure::usage(format!(
                "the feed '{name}' holds spamtrap mail, so nothing of another kind is put into it: its recipients would \
                 no longer be hidden. Name another feed with --feed, or say --kind spamtrap"
            )));
        }
        Ok((name, kind))
    }

    /// Whether `-` is among the paths.
    pub fn reads_stdin(&self) -> bool {
        self.paths.iter().any(|path| path.as_os_str() == "-")
    }

    /// The paths without `-`.
    pub fn files(&self) -> Vec<PathBuf> {
        self.paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect()
    }
}

/// Takes them in.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    let config = session.config()?;
    let geoip = super::open::geoip(&config)?;
    let store = session.store(&config)?;
    let (feed, feed_kind) = args.feed(&config, &store)?;
    let judgement = config.judgement(&feed);
    let limits =
        Limits { message: usize::try_from(config.message_bytes).unwrap_or(usize::MAX), ..Limits::default() };
    let cancel = session.cancel()?;
    let stdin = args.reads_stdin().then(|| cancel.flag());
    let intake = intake::open(&args.files(), stdin, &limits);
    let import = Import {
        store: &store,
        judgement: &judgement,
        feed: &feed,
        feed_kind,
        place: &|ip| geoip.lookup(ip),
        each: None,
    };
    let start = Instant::now();
    let (summary, result) = take_in(session, &import, intake, &args.files(), &cancel);
    let tally = tally(&feed, summary.clone(), start.elapsed().as_secs_f64());
    let answered = answer(args, session, &tally);
    result?;
    if summary.cancelled { Err(Failure::Interrupted) } else { answered }
}

/// Runs an import with a bar. The summary is true whatever happens.
pub(super) fn take_in(
    session: &Session,
    import: &Import<'_>,
    intake: intake::Intake,
    paths: &[PathBuf],
    cancel: &Cancel,
) -> (Summary, Result<(), store::Error>) {
    let bytes = intake.progress();
    let bar = session.progress(0, Unit::Bytes);
    let mut summary = Summary::default();
    let mut writer = match import.store.writer("import", Durability::Normal) {
        Ok(writer) => writer,
        Err(error) => return (summary, Err(error)),
    };
    let result = std::thread::scope(|scope| {
        if !bar.is_hidden() {
            // Adding up a large tree takes as long as a second; the import does not wait for it.
            scope.spawn(|| bytes.measure(paths));
        }
        import.run(&mut writer, intake, None, cancel, &mut summary, &mut |summary| {
            bar.set_length(bytes.total());
            bar.set_position(bytes.done());
            bar.set_message(format!("{} read", thousands(summary.read as u64)));
        })
    });
    bar.finish_and_clear();
    (summary, result)
}

/// The summary as it is written.
pub(super) fn tally(feed: &str, summary: Summary, seconds: f64) -> Tally {
    Tally::of(vec![summary.tally(feed)], seconds)
}

/// The summary, what failed, and the exit code that goes with it.
pub fn answer(args: &Args, session: &Session, tally: &Tally) -> Result<Outcome, Failure> {
    let mut out = session.out();
    if args.output.json {
        tally.write_json(&mut out)?;
    } else if !session.arguments.quiet {
        tally.write_text(&mut out)?;
    }
    out.flush()?;
    for error in tally.feeds.iter().flat_map(|feed| &feed.errors) {
        session.complain(error);
    }
    outcome(tally)
}

/// 0 when nothing failed, 3 when something did, 1 when everything did.
pub(super) fn outcome(tally: &Tally) -> Result<Outcome, Failure> {
    match tally.counts.failed {
        0 => Ok(Outcome::Done),
        failed if failed < tally.counts.read => Ok(Outcome::Partly),
        _ => Err(Failure::failed("nothing could be taken in")),
    }
}
