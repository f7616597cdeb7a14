//! From URLs of reports to feeds that block such: what would go to whom and what must not ([`Planner`]), the ledger, the
//! worker that hands over what was approved, and the verdicts later. Rows of the ledger are approved and sent like
//! reports; what is here is only a submission's.

mod fitness;
mod plan;
mod planner;
mod send;
mod verdicts;

pub use plan::{AlreadyThere, Blocked, FoundUrl, Order, Parcel, Plan, PlanError};
pub use planner::{MOST_REPORTS, MOST_URLS, Planner, found};
pub(in crate::jobs) use send::{deliver, take_apart};
pub(in crate::jobs) use verdicts::ask as ask_for_verdicts;

use crate::config::{Config, UrlFeed};
use crate::dispatch::feed::Feed;
use crate::model::{Draft, Held, OutgoingKind, ReportType, Submission, UrlFeedKind, clock, is_this_machine};
use crate::store::{self, Store};
use std::sync::Arc;
use url::{Host, Url};

/// Whether something can be submitted over HTTP.
pub fn has_http_feed(config: &Config) -> bool {
    config.url_feeds.iter().any(|feed| feed.kind != UrlFeedKind::Mail)
}

/// Holds parcels in the ledger. Nothing leaves before it is approved.
///
/// # Errors
/// The database. Then none of them is held.
pub fn hold(store: &Store, parcels: &[Arc<Parcel>], by: &str) -> Result<Vec<Held>, store::Error> {
    let drafts: Vec<Draft> = parcels.iter().map(|parcel| draft(parcel)).collect();
    store.hold(&drafts, by, clock::now())
}

fn draft(parcel: &Parcel) -> Draft {
    Draft {
        kind: OutgoingKind::Submission,
        recipient: parcel.feed.clone(),
        source: None,
        subject: parcel.subject.clone(),
        report_type: ReportType::Abuse,
        message_id: parcel.message_id.clone(),
        token: parcel.token.clone(),
        bytes: parcel.bytes.to_vec(),
        mails: vec![],
        submission: Some(Submission {
            kind: parcel.kind,
            target: parcel.target.clone(),
            urls: parcel.urls.clone(),
        }),
        incidents: u32::try_from(parcel.distinct().len()).unwrap_or(u32::MAX),
        warnings: parcel.warnings.clone(),
        singly: parcel.singly.clone(),
        reason: None,
        repeats: None,
    }
}

/// The feed as it is asked, with its key, which is fetched now.
///
/// # Errors
/// A sentence: no key, or nobody may be asked.
fn connected(config: &Config, feed: &UrlFeed) -> Result<Feed, String> {
    let endpoint = Url::parse(&feed.target)
        .map_err(|error| format!("'endpoint' of the URL feed {} is no address ({error}).", feed.name))?;
    let has_name =
        endpoint.host().is_some_and(|host| matches!(host, Host::Domain(_)) && !is_this_machine(&host));
    if config.dns.offline && has_name {
        return Err(format!("{} is not asked while 'offline' in [dns] is true.", feed.name));
    }
    let key = match &feed.key {
        Some(key) => Some(key.ask().map_err(|why| format!("The key of {}: {why}.", feed.name))?),
        None => None,
    };
    let key = key.map(|key| key.expose().to_owned());
    Ok(Feed { name: feed.name.clone(), kind: feed.kind, endpoint, key })
}
