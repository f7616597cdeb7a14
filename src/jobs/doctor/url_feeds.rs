//! Whether URLs could be submitted to the feeds that are configured. Submits nothing, and asks no feed.

use super::Check;
use crate::config::{Config, UrlFeed};
use crate::jobs::way_out;
use crate::model::{UrlFeedKind, is_this_machine};
use url::{Host, Url};

const AREA: &str = "URL feed";

pub(super) fn check(config: &Config, each: &mut dyn FnMut(Check)) {
    config.url_feeds.iter().for_each(|feed| each(one(config, feed)));
}

fn one(config: &Config, feed: &UrlFeed) -> Check {
    let check = |finding: String| Check::green(AREA, &feed.name, finding);
    let takes = match feed.kind {
        UrlFeedKind::Mail => format!("It takes URLs by mail to {}", feed.target),
        UrlFeedKind::Netcraft | UrlFeedKind::Spamhaus => format!("It takes URLs at {}", feed.target),
    };
    let at_once =
        if feed.urls_at_once == 1 { "one".to_owned() } else { format!("up to {}", feed.urls_at_once) };
    let takes = format!("{takes}, {at_once} at once, {} submissions a minute.", feed.a_minute);
    if feed.kind == UrlFeedKind::Mail {
        return match way_out::way(config) {
            Ok(_) => check(format!("{takes} Nothing was sent.")),
            Err(why) => check(format!("{takes} {why}")).red("URLs stay in the outbox until then."),
        };
    }
    match feed.key.as_ref().map(|key| key.ask()) {
        Some(Err(why)) => {
            return check(format!("{takes} Its key cannot be had: {why}."))
                .red("Mend key_command, key_file or key_env of it; URLs stay in the outbox until then.");
        }
        Some(Ok(_)) if needs_names(feed) && config.dns.offline => {}
        Some(Ok(_)) => {
            return check(format!(
                "{takes} Its key is there; whether it is taken shows when something is submitted."
            ));
        }
        None if needs_names(feed) && config.dns.offline => {}
        None => return check(format!("{takes} It wants no key. Nothing was submitted.")),
    }
    check(takes).amber("It is not asked while 'offline' in [dns] is true.")
}

/// Name servers would have to be asked where it is.
fn needs_names(feed: &UrlFeed) -> bool {
    let url = Url::parse(&feed.target).ok();
    let host = url.as_ref().and_then(Url::host);
    host.is_some_and(|host| matches!(host, Host::Domain(_)) && !is_this_machine(&host))
}
