//! One message that nobody reported: read, and its sources looked up, on a thread of its own.

use super::event::Event;
use super::outgoing::{SpamFrom, SpamNews};
use super::shared::{Shared, lock};
use crate::jobs::report::{self, Spam};
use crate::jobs::{Cancel, lookup};
use crate::model::clock;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads one; whatever was asked before stops. Sources further down are asked about when a person chooses them.
pub(super) fn read(shared: &Arc<Shared>, number: u64, from: SpamFrom) {
    begin(shared, number, move |shared, cancel, tell| {
        let config = &shared.options.config;
        let raw = match from {
            SpamFrom::Bytes(bytes) => bytes,
            SpamFrom::File(path) => file(&path, config.message_bytes)?,
        };
        if raw.len() as u64 > config.message_bytes {
            let limit = config.message_bytes >> 20;
            return Err(format!(
                "The message has more than {limit} MiB, the limit of [limits] message_mib: it was not taken."
            ));
        }
        let spam = Arc::new(Spam::read(raw, &config.judgement(""), clock::now())?);
        let sources = spam.sources.clone();
        tell(SpamNews::Read(spam, known(shared, &sources)?));
        match sources.first() {
            Some(first) => find(shared, *first, cancel, tell),
            None => Ok(()),
        }
    });
}

/// Asks who answers for one of its sources.
pub(super) fn ask(shared: &Arc<Shared>, number: u64, source: IpAddr) {
    begin(shared, number, move |shared, cancel, tell| find(shared, source, cancel, tell));
}

fn begin(
    shared: &Arc<Shared>,
    number: u64,
    work: impl FnOnce(&Shared, &Cancel, &dyn Fn(SpamNews)) -> Result<(), String> + Send + 'static,
) {
    let cancel = Cancel::default();
    if let Some(before) = lock(&shared.reading_spam).replace(cancel.clone()) {
        before.cancel();
    }
    shared.in_background("desk-spam", move |shared| {
        let tell = |news| {
            if !cancel.is_cancelled() {
                shared.tell(Event::Spam(number, news));
            }
        };
        if let Err(why) = work(shared, &cancel, &tell) {
            tell(SpamNews::Failed(why));
        }
    });
}

fn find(shared: &Shared, source: IpAddr, cancel: &Cancel, tell: &dyn Fn(SpamNews)) -> Result<(), String> {
    let config = &shared.options.config;
    let store = shared.open_store().map_err(|error| error.to_string())?;
    let found = lookup::find_contacts(&store, config, &[source], cancel, &mut |_, _| {});
    tell(SpamNews::Sources(known(shared, &[source])?));
    found.map_err(|error| error.to_string())
}

fn known(shared: &Shared, sources: &[IpAddr]) -> Result<Vec<report::SpamSource>, String> {
    let store = shared.open_store().map_err(|error| error.to_string())?;
    report::sources(&store, &shared.options.config, sources).map_err(|error| error.to_string())
}

fn file(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let path = &at_home(path);
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}.", path.display());
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(format!("{} is a folder; one message is a file.", path.display()));
    }
    let mut raw = vec![];
    file.take(limit + 1).read_to_end(&mut raw).map_err(failed)?;
    Ok(raw)
}

/// `~/mail.eml` as a shell would read it.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}
