//! Where a URL leads, on a person's word alone: the redirect trace with what lists say about each host and who announces
//! each address.

use super::Error;
use crate::config::Config;
use crate::enrich::http::Http;
use crate::enrich::trace::{Companion, Hop, Trace, trace as follow};
use crate::enrich::{hosts, origin};
use crate::jobs::Cancel;
use crate::jobs::enrich::Means;
use crate::store::Store;

/// What a person has to know before a trace.
pub const WARNING: &str = "A trace asks the hosts themselves: whoever runs them learns that the URL is being looked at, \
                           from which address, and when. A URL may be made up for one recipient, and asking for it may \
                           count as a click. Nothing that comes back is run.";

/// Follows the URL; `made` is told each hop as soon as it is made. The caller has shown [`WARNING`] before.
///
/// # Errors
/// A sentence when nobody is to be asked, or the configuration cannot be used.
pub fn trace(
    store: &Store,
    config: &Config,
    means: &Means,
    url: &str,
    cancel: &Cancel,
    made: &dyn Fn(&Hop),
) -> Result<Trace, Error> {
    if let Some(why) = means.offline() {
        return Err(Error::Refused(format!("A trace asks others, and {why}.")));
    }
    let answers = store.answers();
    let cancelled = || cancel.is_cancelled();
    let asker = means.asker(&answers, false, &cancelled);
    let enricher = means.enricher(config, &asker);
    let lookup = |name: &str| hosts::addresses(&asker, name);
    let http = Http::new(&config.http, &lookup).map_err(Error::Refused)?.until(&cancelled);
    let zones = &config.lookups.origin_zones;
    let lists = |domain: &str| enricher.domain_lists(domain);
    let origin = |ip| {
        let at_hand = enricher.at_hand(ip);
        let may_ask = config.lookups.origin && at_hand.special.is_none() && !at_hand.own;
        let asked = || origin::origins(&asker, zones, &[ip]).pop().map(|announced| announced.origin);
        at_hand.origin.or_else(|| if may_ask { asked() } else { None })
    };
    let companion = Companion { lists: &lists, origin: &origin, made, cancelled: &cancelled };
    let traced = follow(&http, url, &companion);
    super::keep(store, || answers.keep());
    Ok(traced)
}
