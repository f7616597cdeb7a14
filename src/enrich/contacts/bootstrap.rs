//! Which registry answers for an address (RFC 9224): the file of IANA, kept for as long as it says, and a copy of its
//! own for the first start and for days when IANA cannot be reached.

use super::polite::Polite;
use crate::model::Cached;
use crate::model::clock::{self, Seconds};
use ipnet::IpNet;
use serde::Deserialize;
use std::cell::OnceCell;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use url::Url;

const BUILT_IN: [&str; 2] =
    [include_str!("../../../assets/rdap/ipv4.json"), include_str!("../../../assets/rdap/ipv6.json")];
const FILES: [&str; 2] = ["ipv4.json", "ipv6.json"];
/// For how long a file is kept that does not say.
const DAY: Seconds = 86_400;
/// It changes some times a year; what a server says is kept within these bounds.
const KEPT: RangeInclusive<Seconds> = 3_600..=7 * DAY;
/// After a failure.
const TRY_AGAIN: Seconds = 3_600;

/// Networks, and the base URL of the registry that has each.
type Services = Vec<(IpNet, Url)>;

/// The registries of one run.
pub(super) struct Bootstrap {
    folder: Url,
    services: [OnceCell<Services>; 2],
}

impl Bootstrap {
    /// `folder` ends in a slash.
    pub(super) fn new(folder: &Url) -> Bootstrap {
        Bootstrap { folder: folder.clone(), services: [OnceCell::new(), OnceCell::new()] }
    }

    /// The base URL of the registry that has the address, the longest prefix deciding.
    pub(super) fn registry(&self, ip: IpAddr, polite: &Polite<'_>) -> Option<Url> {
        let family = usize::from(ip.is_ipv6());
        let services = self.services.get(family)?.get_or_init(|| self.load(family, polite));
        let holding = services.iter().filter(|(net, _)| net.contains(&ip));
        holding.max_by_key(|(net, _)| net.prefix_len()).map(|(_, url)| url.clone())
    }

    fn load(&self, family: usize, polite: &Polite<'_>) -> Services {
        let built_in = BUILT_IN.get(family).copied().unwrap_or_default();
        let Ok(url) = self.folder.join(FILES.get(family).copied().unwrap_or_default()) else {
            return parse(built_in).unwrap_or_default();
        };
        let key = format!("rdap {url}");
        let at = clock::now();
        let kept = polite.cache.get(&key);
        let fresh = kept.as_ref().is_some_and(|kept| kept.until > at);
        if !fresh && let Some((text, services, seconds)) = fetch(&url, polite) {
            polite.cache.put(&key, Cached { value: text, at, until: at.saturating_add(seconds) });
            return services;
        }
        let (text, read_at) = kept.map_or((built_in.to_owned(), 0), |kept| (kept.value, kept.at));
        let services = parse(&text).or_else(|| parse(built_in)).unwrap_or_default();
        if !fresh && polite.http.is_some() {
            let until = at.saturating_add(TRY_AGAIN);
            polite.cache.put(&key, Cached { value: text, at: read_at, until });
        }
        services
    }
}

fn fetch(url: &Url, polite: &Polite<'_>) -> Option<(String, Services, Seconds)> {
    let response = polite.get(url, "application/json").ok()?.response?;
    let seconds = response.fresh_for.unwrap_or(DAY).clamp(*KEPT.start(), *KEPT.end());
    let text = String::from_utf8(response.body).ok()?;
    let services = parse(&text)?;
    Some((text, services, seconds))
}

#[derive(Deserialize)]
struct File {
    services: Vec<(Vec<String>, Vec<String>)>,
}

/// Networks and base URLs; `None` when there is not one. Networks that are none and services without a usable URL are
/// passed over.
fn parse(text: &str) -> Option<Services> {
    let file: File = serde_json::from_str(text).ok()?;
    let mut out = vec![];
    for (networks, urls) in file.services {
        let urls: Vec<Url> = urls.iter().filter_map(|url| Url::parse(url).ok()).collect();
        let Some(url) = urls.iter().find(|url| url.scheme() == "https").or(urls.first()) else { continue };
        let mut url = url.clone();
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        out.extend(networks.iter().filter_map(|net| Some((net.parse().ok()?, url.clone()))));
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(services: &[(IpNet, Url)], ip: &str) -> Option<String> {
        let ip: IpAddr = ip.parse().expect("address");
        let holding = services.iter().filter(|(net, _)| net.contains(&ip));
        holding.max_by_key(|(net, _)| net.prefix_len()).map(|(_, url)| url.to_string())
    }

    #[test]
    fn the_built_in_files_know_the_registry_of_every_allocated_block() {
        let [v4, v6] = BUILT_IN.map(|text| parse(text).expect("a file"));
        for first in 1..=223_u8 {
            let known = of(&v4, &format!("{first}.1.2.3")).is_some();
            assert_eq!(known, first != 10 && first != 127, "{first}/8");
        }
        for (ip, registry) in [
            ("8.8.8.8", "arin"),
            ("41.1.1.1", "afrinic"),
            ("193.0.0.1", "ripe"),
            ("1.1.1.1", "apnic"),
            ("200.1.1.1", "lacnic"),
            ("2001:200::1", "apnic"),
            ("2001:500::1", "arin"),
            ("2a00::1", "ripe"),
            ("2800::1", "lacnic"),
            ("2c0f::1", "afrinic"),
        ] {
            let services = if ip.contains(':') { &v6 } else { &v4 };
            assert!(of(services, ip).is_some_and(|url| url.contains(registry)), "{ip}");
        }
    }

    #[test]
    fn https_comes_first_a_base_ends_in_a_slash_and_the_longest_prefix_wins() {
        let text = r#"{"version":"1.0","services":[
            [["192.0.0.0/8"],["http://wide.example/rdap","https://wide.example/rdap"]],
            [["192.0.2.0/24","nonsense"],["https://near.example/"]],
            [["198.51.100.0/24"],[]]]}"#;
        let services = parse(text).expect("a file");
        assert_eq!(of(&services, "192.0.3.1").as_deref(), Some("https://wide.example/rdap/"));
        assert_eq!(of(&services, "192.0.2.1").as_deref(), Some("https://near.example/"));
        assert_eq!(of(&services, "198.51.100.1"), None);
        for wrong in ["", "{}", "[]", r#"{"services":[]}"#, r#"{"services":[["a"]]}"#] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
