//! Hands what was approved over to feeds, each by its own limits, one after another; what goes by mail is left to the
//! worker that sends mail. Whatever was changed in the configuration since a person looked is found here.

use super::fitness::Fitness;
use super::{connected, verdicts};
use crate::config::{Config, UrlFeed};
use crate::dispatch::feed::{Feed, Feeds, Submitted};
use crate::jobs::Cancel;
use crate::jobs::report::{Done, Leaving, SendSummary, later};
use crate::model::clock::{self, Seconds};
use crate::model::{KeptSubmission, Outgoing, OutgoingKind, UrlAnswer, UrlFeedKind};
use crate::store::{self, SenderLock, Settled, Store, SubmissionTold, UrlNote, sha256};
use crate::text::url;
use std::collections::HashMap;

const MINUTE: Seconds = 60;

/// A submission that is due.
pub(in crate::jobs) struct Due {
    row: Outgoing,
    kept: KeptSubmission,
    feed: UrlFeed,
}

/// What is due, apart: submissions over HTTP, and all that goes by mail. What must not leave any more is held again.
pub(in crate::jobs) fn take_apart(
    store: &Store,
    config: &Config,
    lock: &SenderLock,
    rows: Vec<Outgoing>,
    summary: &mut SendSummary,
) -> Result<(Vec<Due>, Vec<Leaving>), store::Error> {
    let fitness = Fitness::new(config);
    let mut room: HashMap<String, u64> = HashMap::new();
    let (mut over_http, mut by_mail) = (vec![], vec![]);
    for row in rows {
        if row.kind != OutgoingKind::Submission {
            by_mail.push(Leaving { to: row.recipient.clone(), row });
            continue;
        }
        let kept = store.submission(row.id)?;
        let (kept, feed) = match still_right(config, &fitness, &row, kept) {
            Ok(right) => right,
            Err(why) => {
                if store.settle(lock, row.id, &row.sha256, Settled::Withdrawn, &why, clock::now())? {
                    summary.withdrawn += 1;
                    summary.notes.push(format!("Row {} is held again: {why}", row.id));
                }
                continue;
            }
        };
        let room = match room.get_mut(&feed.name) {
            Some(room) => room,
            None => {
                let sent = store.sent_to(&feed.name, clock::now() - MINUTE)?.count;
                room.entry(feed.name.clone()).or_insert(u64::from(feed.a_minute).saturating_sub(sent))
            }
        };
        if *room == 0 {
            summary.waiting += 1;
            continue;
        }
        *room -= 1;
        match feed.kind {
            UrlFeedKind::Mail => by_mail.push(Leaving { to: kept.target, row }),
            UrlFeedKind::Netcraft | UrlFeedKind::Spamhaus => {
                over_http.push(Due { row, kept, feed: feed.clone() })
            }
        }
    }
    Ok((over_http, by_mail))
}

/// Whether it would go where a person saw it go, and nothing in it is ours meanwhile.
fn still_right<'c>(
    config: &'c Config,
    fitness: &Fitness<'_>,
    row: &Outgoing,
    kept: Option<KeptSubmission>,
) -> Result<(KeptSubmission, &'c UrlFeed), String> {
    let name = &row.recipient;
    let kept = kept.ok_or("its URLs are not there any more.")?;
    let feed = config.url_feed(name).ok_or_else(|| format!("no [[url_feed]] is named '{name}' any more."))?;
    if (feed.kind, &feed.target) != (kept.kind, &kept.target) {
        return Err(format!("{name} is {} by now, and was {}: submit them anew.", feed.target, kept.target));
    }
    for url in &kept.urls {
        if let Some(why) = fitness.objection(&url.url) {
            let host = url::host(&url.url).unwrap_or_default();
            return Err(format!(
                "a URL of {host} must not leave: {why} Cancel it, and submit the others anew."
            ));
        }
    }
    Ok((kept, feed))
}

/// Hands them over. `each` is told of every row that was tried, and what became of it.
pub(in crate::jobs) fn deliver(
    store: &Store,
    config: &Config,
    lock: &SenderLock,
    due: Vec<Due>,
    cancel: &Cancel,
    summary: &mut SendSummary,
    each: &mut dyn FnMut(Done, &mut SendSummary),
) -> Result<(), store::Error> {
    if due.is_empty() {
        return Ok(());
    }
    let feeds = match Feeds::new(&config.http) {
        Ok(feeds) => feeds,
        Err(why) => {
            summary.waiting += due.len() as u64;
            summary.notes.push(why);
            return Ok(());
        }
    };
    // Connected once a run; a feed that says "later", or nothing at all, is left alone for the rest of it.
    let mut known: HashMap<String, Option<Feed>> = HashMap::new();
    for one in due {
        if !known.contains_key(&one.feed.name) {
            let connected = connected(config, &one.feed).map_err(|why| summary.notes.push(why)).ok();
            known.insert(one.feed.name.clone(), connected);
        }
        let is_over = cancel.is_cancelled();
        let Some(feed) = known.get(&one.feed.name).and_then(Option::as_ref).filter(|_| !is_over) else {
            summary.waiting += 1;
            continue;
        };
        let (settled, answer, is_well) = hand_over(store, lock, &feeds, feed, &one)?;
        if !is_well {
            known.insert(one.feed.name.clone(), None);
        }
        each(Done { row: one.row, settled, answer }, summary);
    }
    Ok(())
}

/// One submission; what became of it, and whether the next one may be tried.
fn hand_over(
    store: &Store,
    lock: &SenderLock,
    feeds: &Feeds,
    feed: &Feed,
    one: &Due,
) -> Result<(Option<Settled>, String, bool), store::Error> {
    let Due { row, kept, .. } = one;
    let settle = |settled, answer: &str, told: &SubmissionTold| {
        store.settle_submission(lock, row.id, &row.sha256, settled, answer, told, clock::now())
    };
    let bytes = store.outgoing_bytes(row.id)?.filter(|bytes| sha256(bytes) == row.sha256);
    let Some(bytes) = bytes else {
        let answer = "its bytes are no longer those that were approved".to_owned();
        let is_settled = settle(Settled::Withdrawn, &answer, &SubmissionTold::default())?;
        return Ok((is_settled.then_some(Settled::Withdrawn), answer, true));
    };
    let mut about_to = || match store.begin(lock, row.id, &row.sha256, clock::now()) {
        Ok(true) => Ok(()),
        Ok(false) => Err("a person took it back".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let submitted = feeds.submit(feed, &bytes, &mut about_to);
    let now = clock::now();
    let all = |answer: UrlAnswer, note: &str| -> Vec<UrlNote> {
        let note_of = |url: &str| UrlNote { url: url.to_owned(), answer, note: note.to_owned() };
        kept.urls.iter().map(|url| note_of(&url.url)).collect()
    };
    let mut told = SubmissionTold::default();
    let is_well = !matches!(submitted, Submitted::Later { .. } | Submitted::Unknown(_));
    let (settled, answer) = match submitted {
        Submitted::Taken { is_known, reference, answer } => {
            let word = if is_known { UrlAnswer::Known } else { UrlAnswer::Accepted };
            told.urls = all(word, "");
            told.poll_due = reference.as_ref().map(|_| verdicts::first(now));
            told.reference = reference;
            (Settled::Sent, answer)
        }
        Submitted::Rejected { answer, urls } => {
            let distinct = one.kept.distinct();
            let rejected = |(place, why): (usize, String)| {
                let url = (*distinct.get(place)?).to_owned();
                Some(UrlNote { url, answer: UrlAnswer::Rejected, note: why })
            };
            told.urls = urls.into_iter().filter_map(rejected).collect();
            if told.urls.is_empty() {
                told.urls = all(UrlAnswer::Rejected, &answer);
            }
            (Settled::Failed, answer)
        }
        Submitted::Failed(answer) => (Settled::Failed, answer),
        Submitted::Later { answer, after } => {
            let settled = match (later(row, now), after) {
                (Settled::Deferred { until }, None) => Settled::Deferred { until },
                (Settled::Deferred { .. }, Some(after)) => Settled::Deferred { until: now + after },
                (other, _) => other,
            };
            (settled, answer)
        }
        Submitted::Unknown(answer) => (Settled::Unknown, answer),
        // Nothing of it left, and the row is as somebody else made it.
        Submitted::Withdrawn(answer) => return Ok((None, answer, true)),
    };
    let is_settled = settle(settled, &answer, &told)?;
    Ok((is_settled.then_some(settled), answer, is_well))
}
