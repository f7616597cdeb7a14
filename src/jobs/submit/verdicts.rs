//! Asks feeds what they think of the URLs that they were sent, less and less often, and writes it down. What cannot be
//! asked now is asked another time.

use super::connected;
use crate::config::Config;
use crate::dispatch::feed::{Asked, Feeds};
use crate::jobs::Cancel;
use crate::model::clock::{self, Seconds};
use crate::model::{KeptSubmission, OutgoingId};
use crate::store::{self, Store};
use std::collections::BTreeMap;

const MINUTE: Seconds = 60;
const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;
/// After a submission, and after each time that its feed was asked; then daily.
const ASK_AFTER: [Seconds; 3] = [15 * MINUTE, HOUR, 6 * HOUR];
/// So long after a URL left its feed has made up its mind.
const GIVE_UP_AFTER: Seconds = 14 * DAY;
/// Submissions that one run asks about.
const MOST_AT_ONCE: usize = 100;

/// When a feed is asked first.
pub(super) fn first(now: Seconds) -> Seconds {
    now + ASK_AFTER.first().copied().unwrap_or(DAY)
}

/// When it is asked again, after it was so often, of something that left then.
fn next(polls: u32, left: Seconds, now: Seconds) -> Option<Seconds> {
    let at = now + ASK_AFTER.get(polls as usize + 1).copied().unwrap_or(DAY);
    (at <= left + GIVE_UP_AFTER).then_some(at)
}

/// Asks about what is due; of how many URLs something new is known, and what a person should read.
///
/// # Errors
/// The database.
pub fn ask(store: &Store, config: &Config, cancel: &Cancel) -> Result<(u64, Vec<String>), store::Error> {
    let (mut told, mut notes) = (0, vec![]);
    let mut due: BTreeMap<String, Vec<(OutgoingId, Seconds, KeptSubmission)>> = BTreeMap::new();
    for id in store.polls_due(clock::now(), MOST_AT_ONCE)? {
        let (Some(row), Some(kept)) = (store.outgoing(id)?, store.submission(id)?) else { continue };
        due.entry(row.recipient).or_default().push((id, row.state_at, kept));
    }
    for (name, submissions) in due {
        if cancel.is_cancelled() {
            break;
        }
        let answered = of_feed(store, config, &name, &submissions, &mut told)?;
        if let Err(why) = answered {
            notes.push(format!("The verdicts of {name} are not known yet: {why}"));
        }
    }
    Ok((told, notes))
}

/// One feed; in the inner result why it could not be asked.
fn of_feed(
    store: &Store,
    config: &Config,
    name: &str,
    submissions: &[(OutgoingId, Seconds, KeptSubmission)],
    told: &mut u64,
) -> Result<Result<(), String>, store::Error> {
    // Whoever knew a reference by another address is not asked about it here.
    let feed = config.url_feed(name);
    let (ours, others): (Vec<_>, Vec<_>) =
        submissions.iter().partition(|(.., kept)| feed.is_some_and(|feed| feed.target == kept.target));
    for (id, ..) in others {
        store.record_verdicts(*id, &[], None, clock::now())?;
    }
    let Some(feed) = feed.filter(|_| !ours.is_empty()) else { return Ok(Ok(())) };
    let asked: Vec<Asked<'_>> = ours
        .iter()
        .map(|(.., kept)| Asked {
            reference: kept.reference.as_deref().unwrap_or_default(),
            urls: kept.urls.iter().map(|url| url.url.as_str()).collect(),
        })
        .collect();
    let mut answers: Vec<Option<crate::dispatch::feed::Verdicts>> = vec![None; ours.len()];
    let answered = Feeds::new(&config.http).and_then(|feeds| {
        let feed = connected(config, feed)?;
        feeds.verdicts(&feed, &asked, &mut |place, verdicts| {
            answers.get_mut(place).into_iter().for_each(|answer| *answer = Some(verdicts.clone()));
        })
    });
    let now = clock::now();
    for ((id, left, kept), answer) in ours.iter().zip(answers) {
        let again = next(kept.polls, *left, now);
        let (verdicts, due) = match answer {
            Some(verdicts) => (verdicts.of, again.filter(|_| !verdicts.is_final)),
            None => (vec![], again),
        };
        *told += store.record_verdicts(*id, &verdicts, due, now)? as u64;
    }
    Ok(answered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_asked_less_and_less_often_and_not_for_ever() {
        let mut at = vec![first(0)];
        while let Some(next) = next(at.len() as u32 - 1, 0, *at.last().expect("a first")) {
            at.push(next);
        }
        let pauses: Vec<Seconds> = at.windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(&pauses[..3], [HOUR, 6 * HOUR, DAY]);
        assert!(pauses[2..].iter().all(|pause| *pause == DAY));
        assert!(at.len() < 20 && *at.last().expect("a last") <= GIVE_UP_AFTER);
    }
}
