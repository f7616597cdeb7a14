//! `demo`: makes the mailbox, takes it in, opens the screen on it or tells what is seen in it.

use super::home::{FAILURES, Home, SPAMTRAP};
use super::{Generator, picture};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::screen;
use crate::cli::session::{Session, Unit};
use crate::config::{Arguments, Config};
use crate::export::counted;
use crate::intake::{Item, RawMessage};
use crate::jobs::{Cancel, Import, Summary};
use crate::model::FeedKind;
use crate::model::clock::{self, Seconds};
use crate::store::{Access, ContactChange, Durability, Incoming, Store};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The mailbox is the same every time but for the clock.
const SEED: u64 = 1;

/// Beyond it a demo proves nothing and fills a disk.
const MOST_MESSAGES: u64 = 10_000_000;

/// `demo`; `--db FILE` of every command keeps the database.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
The database is a throw-away one in the cache folder of your account, made anew every time; --db FILE keeps it, with \
its configuration in FILE.toml. Your own database is never touched.

Examples:
  lafayette demo
  lafayette demo --text
  lafayette demo --count 20000 --db demo.db
  lafayette demo --mailbox demo-mail")]
pub struct Args {
    /// How many messages
    #[arg(long, value_name = "N", default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(1..=MOST_MESSAGES))]
    pub count: u64,
    /// Describe what is seen in it instead of opening the screen
    #[arg(long)]
    pub text: bool,
    /// Only write the messages, as a Maildir
    #[arg(long, value_name = "DIR")]
    pub mailbox: Option<PathBuf>,
}

/// Shows it.
pub fn run(args: &Args, session: &Session) -> Result<Outcome, Failure> {
    if session.arguments.read_only {
        return Err(Failure::usage("the demo writes a mailbox of its own; leave --read-only out"));
    }
    let cancel = session.cancel()?;
    let now = clock::now();
    if let Some(folder) = &args.mailbox {
        return write_maildir(folder, args.count, now, session, &cancel);
    }
    let home = match &session.arguments.db {
        Some(file) => Home::kept(file)?,
        None => Home::throw_away(session.environment.cache_dir.as_deref())?,
    };
    let store = match filled(&home, args.count, now, session, &cancel) {
        Ok(store) => store,
        Err(failure) => {
            home.leave();
            return Err(failure);
        }
    };
    let mut out = session.out();
    if args.text || !screen::is_possible() {
        picture::draw(&mut out, &store, session.look(), now)?;
    } else {
        let arguments = Arguments {
            db: Some(home.database.clone()),
            config: Some(home.configuration.clone()),
            ..session.arguments.clone()
        };
        screen::open(session, &Config::load(&arguments, &session.environment)?, None)?;
    }
    picture::next_steps(&mut out, &store, &home, session)?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// A new database with the mailbox in it.
fn filled(
    home: &Home,
    count: u64,
    now: Seconds,
    session: &Session,
    cancel: &Cancel,
) -> Result<Store, Failure> {
    let store = Store::open(&home.database, Access::ReadWrite)?;
    take_in(&store, count, now, session, cancel)?;
    let contacts: Vec<ContactChange> = super::contacts(now).into_iter().map(ContactChange::Rule).collect();
    store.change_contacts(&contacts, now, "demo")?;
    Ok(store)
}

/// Reports of mail to our traps come in by a feed of their own, as they do in a real house.
fn take_in(
    store: &Store,
    count: u64,
    now: Seconds,
    session: &Session,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let judgement = super::judgement();
    let mut writer = store.writer("demo", Durability::Normal)?;
    let bar = session.progress(count, Unit::Things);
    bar.set_message("making a mailbox");
    // Message by message: the first commit comes late.
    let each = |_: &Incoming| bar.inc(1);
    for (feed, feed_kind, traps) in
        [(FAILURES, FeedKind::Mailbox, false), (SPAMTRAP, FeedKind::Spamtrap, true)]
    {
        let import = Import {
            store,
            judgement: &judgement,
            feed,
            feed_kind,
            place: &|ip| super::place(ip).unwrap_or_default(),
            each: Some(&each),
        };
        let messages = Generator::new(SEED, count, now).filter(|message| message.facts.hit_a_trap() == traps);
        let items = messages.map(|message| {
            Item::Message(RawMessage {
                origin: format!("demo#{}", message.index + 1),
                bytes: message.bytes,
                overflow: None,
                internal_date: Some(message.received),
                uid: None,
            })
        });
        let mut summary = Summary::default();
        import.run(&mut writer, items, None, cancel, &mut summary, &mut |_| {})?;
        if summary.cancelled {
            bar.finish_and_clear();
            return Err(Failure::Interrupted);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// A Maildir: `cur`, `new`, `tmp`, all messages in `new`.
fn write_maildir(
    folder: &Path,
    count: u64,
    now: Seconds,
    session: &Session,
    cancel: &Cancel,
) -> Result<Outcome, Failure> {
    let failed = |path: &Path, error: std::io::Error| {
        Failure::failed(format!(
            "cannot write '{}': {error}; choose another place or make room",
            path.display()
        ))
    };
    let new = folder.join("new");
    if new.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::usage(format!(
            "there is mail in '{}' already; choose another folder",
            new.display()
        )));
    }
    for folder in [&folder.join("cur"), &new, &folder.join("tmp")] {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| failed(folder, error))?;
    }
    let bar = session.progress(count, Unit::Things);
    for message in Generator::new(SEED, count, now) {
        if cancel.is_cancelled() {
            bar.finish_and_clear();
            return Err(Failure::Interrupted);
        }
        // Time, number, host: what makes a name unique (<https://cr.yp.to/proto/maildir.html>).
        let path = new.join(format!("{}.Q{}.demo.example", message.received, message.index));
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(&message.bytes)).map_err(|error| failed(&path, error))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut out = session.out();
    writeln!(out, "{} in {}", counted(count, "message"), new.display())?;
    out.flush()?;
    session.say(&format!("`lafayette import {}` takes them in", folder.display()));
    Ok(Outcome::Done)
}
