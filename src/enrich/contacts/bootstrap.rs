//! Which registry answers for an address (RFC 9224): the file of IANA, kept for as long as it says, and a copy of it
//! for the first start and for days when IANA cannot be reached. Where the user names a mirror, nobody else is asked in
//! its place.

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
/// Whose files are built in.
const IANA: &str = "https://data.iana.org/rdap/";
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
    services: [OnceCell<Result<Services, String>>; 2],
}

impl Bootstrap {
    /// `folder` ends in a slash.
    pub(super) fn new(folder: &Url) -> Bootstrap {
        Bootstrap { folder: folder.clone(), services: [OnceCell::new(), OnceCell::new()] }
    }

    /// The base URL of the registry that has the address, the longest prefix deciding; why that is not known.
    pub(super) fn registry(&self, ip: IpAddr, polite: &Polite<'_>) -> Result<Option<Url>, String> {
        let family = usize::from(ip.is_ipv6());
        let Some(services) = self.services.get(family) else { return Ok(None) };
        let services = services.get_or_init(|| self.load(family, polite)).as_ref().map_err(Clone::clone)?;
        let holding = services.iter().filter(|(net, _)| net.contains(&ip));
        Ok(holding.max_by_key(|(net, _)| net.prefix_len()).map(|(_, url)| url.clone()))
    }

    fn load(&self, family: usize, polite: &Polite<'_>) -> Result<Services, String> {
        let url = self
            .folder
            .join(FILES.get(family).copied().unwrap_or_default())
            .map_err(|error| format!("{} has no such file ({error}).", self.folder))?;
        let (key, failed_key) = (format!("rdap {url}"), format!("rdap failed {url}"));
        let at = clock::now();
        let kept = polite.cache.get(&key);
        let is_fresh = kept.as_ref().is_some_and(|kept| kept.until > at);
        let old = kept.and_then(|kept| parse(&kept.value));
        if let (true, Some(services)) = (is_fresh, &old) {
            return Ok(services.clone());
        }
        let failed = polite.cache.get(&failed_key).filter(|failed| failed.until > at);
        let fetched = failed.map_or_else(
            || fetch(&url, polite).map_err(|why| (why, true)),
            |failed| Err((failed.value, false)),
        );
        match fetched {
            Ok((text, services, seconds)) => {
                polite.cache.put(&key, Cached { value: text, at, until: at.saturating_add(seconds) });
                Ok(services)
            }
            Err((why, is_new)) => {
                if is_new && polite.http.is_some() {
                    let until = at.saturating_add(TRY_AGAIN);
                    polite.cache.put(&failed_key, Cached { value: why.clone(), at, until });
                }
                let is_iana = self.folder.as_str() == IANA;
                let built_in = BUILT_IN.get(family).filter(|_| is_iana).and_then(|text| parse(text));
                old.or(built_in).ok_or_else(|| format!("The registry is not known: {why}"))
            }
        }
    }
}

fn fetch(url: &Url, polite: &Polite<'_>) -> Result<(String, Services, Seconds), String> {
    let response =
        polite.get(url, "application/json")?.response.ok_or_else(|| format!("{url} is not there."))?;
    let seconds = response.fresh_for.unwrap_or(DAY).clamp(*KEPT.start(), *KEPT.end());
    let understood = String::from_utf8(response.body).ok().and_then(|text| Some((parse(&text)?, text)));
    let (services, text) = understood.ok_or_else(|| format!("{url} is no list of registries (RFC 9224)."))?;
    Ok((text, services, seconds))
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
