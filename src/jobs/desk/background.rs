//! What takes long and changes much: reading the mailboxes, trying the quarantine again. Each on a thread of its own,
//! one at a time.

use super::answers::Item;
use super::event::{Event, SyncNews};
use super::shared::{Owed, Shared, lock};
use crate::enrich::geoip::GeoIp;
use crate::export::tally::Tally;
use crate::export::thousands;
use crate::index::Cancel;
use crate::jobs::reclassify::{Scope, reclassify};
use crate::jobs::sync::{FeedSummary, Progress, feeds_with_mailbox};
use crate::jobs::{MailboxSync, alert};
use crate::model::clock;
use crate::store::{self, Durability};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often progress is told.
const EVERY: Duration = Duration::from_millis(100);

/// Starts a read of the mailboxes, unless one runs.
pub(super) fn sync(shared: &Arc<Shared>) {
    let cancel = Cancel::default();
    {
        let mut running = lock(&shared.sync);
        if running.is_some() {
            return shared.fail("The mailboxes are being read already.");
        }
        *running = Some(cancel.clone());
    }
    let mut running = Running(shared.owes(Event::Sync(came_to_nothing("it broke off".to_owned()))));
    shared.in_background("desk-sync", move |shared| {
        running.0.news = Event::Sync(read(shared, &cancel).unwrap_or_else(came_to_nothing));
        drop(running);
        alert(shared, &cancel);
    });
}

/// The end of a read that read nothing.
fn came_to_nothing(why: String) -> SyncNews {
    let sentence = "The mailboxes were not read".to_owned();
    SyncNews::Ended { at: clock::now(), sentence, is_stopped: false, errors: vec![why] }
}

/// Tells of new patterns whom the configuration names.
fn alert(shared: &Shared, cancel: &Cancel) {
    let config = &shared.options.config;
    if config.alert.is_none() || shared.options.read_only || cancel.is_cancelled() {
        return;
    }
    match shared.open_store() {
        Ok(store) => {
            alert::after_sync(config, &store, cancel).errors.iter().for_each(|error| shared.fail(error))
        }
        Err(error) => shared.fail(error),
    }
}

/// A read of the mailboxes, with its end. It is over before that is told, so that whoever hears of it may start another.
struct Running(Owed);

impl Drop for Running {
    fn drop(&mut self) {
        *lock(&self.0.shared.sync) = None;
    }
}

fn read(shared: &Shared, cancel: &Cancel) -> Result<SyncNews, String> {
    let config = &shared.options.config;
    let feeds = feeds_with_mailbox(config, &[])?;
    let geoip = open_geoip(shared)?;
    let told = Mutex::new((Instant::now(), None));
    let progress = |progress: Progress<'_>| {
        let mut told = lock(&told);
        let is_other_feed = told.1.as_deref() != Some(progress.feed);
        if is_other_feed || told.0.elapsed() >= EVERY || progress.done == progress.total {
            *told = (Instant::now(), Some(progress.feed.to_owned()));
            shared.tell(Event::Sync(SyncNews::Running {
                feed: progress.feed.to_owned(),
                done: progress.done,
                total: progress.total,
            }));
        }
    };
    let sync = MailboxSync {
        config,
        since: None,
        all: false,
        max: None,
        place: &|ip| geoip.lookup(ip),
        each: None,
        progress: &progress,
        cancel,
    };
    let start = Instant::now();
    let mut tallies = vec![];
    let mut errors = vec![];
    let ended = (|| -> Result<(), store::Error> {
        let store = shared.open_store()?;
        let mut writer = store.writer("screen", Durability::Full)?;
        for feed in feeds {
            if cancel.is_cancelled() {
                break;
            }
            let mut summary = FeedSummary::default();
            let read = sync.feed(feed, &store, &mut writer, &mut summary);
            tallies.push(summary.tally(&feed.name));
            read?;
        }
        writer.checkpoint();
        Ok(())
    })();
    if let Err(error) = ended {
        errors.push(error.to_string());
    }
    let tally = Tally::of(tallies, start.elapsed().as_secs_f64());
    errors.extend(tally.feeds.iter().flat_map(|feed| feed.errors.iter().cloned()));
    let tally = Tally { is_stopped: cancel.is_cancelled(), ..tally };
    let sentence = tally.sentence(false);
    Ok(SyncNews::Ended { at: clock::now(), sentence, is_stopped: tally.is_stopped, errors })
}

fn open_geoip(shared: &Shared) -> Result<GeoIp, String> {
    let files = &shared.options.config.geoip_files;
    GeoIp::open(files).map_err(|error| format!("key 'files' in [geoip]: {error}"))
}

/// Tries again to understand what is in quarantine.
pub(super) fn retry(shared: &Arc<Shared>) {
    shared.in_background("desk-retry", |shared| {
        let done = |sentence| Event::Done { sentence, undoable: false };
        let news = read_again(shared).map_or_else(Event::Failed, done);
        shared.answers.push(Item::Changed(Some(news)));
    });
}

fn read_again(shared: &Shared) -> Result<String, String> {
    let config = &shared.options.config;
    let geoip = open_geoip(shared)?;
    let judgement = |feed: &str| config.judgement(feed);
    let place = |ip| geoip.lookup(ip);
    let store = shared.open_store().map_err(|error| error.to_string())?;
    let changes = reclassify(&store, Scope::Quarantine(&[]), &judgement, &place, &shared.end, &mut |_| {})
        .map_err(|error| error.to_string())?;
    let number = |count: usize| thousands(count as u64);
    Ok(format!(
        "{} in quarantine or no reports tried again, {} understood now",
        number(changes.examined),
        number(changes.recovered)
    ))
}
