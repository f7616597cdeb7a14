//! Which registry answers for an address, an AS or a domain (RFC 9224): the files of IANA, kept for as long as they say,
//! and for addresses a copy of them for the first start and for days when IANA cannot be reached. Where the user names a
//! mirror, nobody else is asked in its place.

use super::polite::Polite;
use super::refuse::is_under;
use crate::model::Cached;
use crate::model::clock::{self, Seconds};
use ipnet::IpNet;
use serde::Deserialize;
use std::cell::OnceCell;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use url::Url;

/// Whose files are built in.
const IANA: &str = "https://data.iana.org/rdap/";
/// A file of IANA: its name, how one of its entries is read, and the copy that is built in.
struct File {
    name: &'static str,
    read: fn(&str) -> Option<Part>,
    built_in: Option<&'static str>,
}

const FILES: [File; 4] = [
    File {
        name: "ipv4.json",
        read: Part::network,
        built_in: Some(include_str!("../../../assets/rdap/ipv4.json")),
    },
    File {
        name: "ipv6.json",
        read: Part::network,
        built_in: Some(include_str!("../../../assets/rdap/ipv6.json")),
    },
    File { name: "asn.json", read: Part::systems, built_in: None },
    File { name: "dns.json", read: Part::suffix, built_in: None },
];
/// For how long a file is kept that does not say.
const DAY: Seconds = 86_400;
/// It changes some times a year; what a server says is kept within these bounds.
const KEPT: RangeInclusive<Seconds> = 3_600..=7 * DAY;
/// After a failure.
const TRY_AGAIN: Seconds = 3_600;

/// Something that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Registered {
    /// An address.
    Address(IpAddr),
    /// An AS.
    System(u32),
    /// A domain in ASCII and lower case.
    Domain(String),
}

impl Registered {
    /// In which file its registry stands.
    fn file(&self) -> usize {
        match self {
            Registered::Address(ip) => usize::from(ip.is_ipv6()),
            Registered::System(_) => 2,
            Registered::Domain(_) => 3,
        }
    }
}

/// What one registry has.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Network(IpNet),
    Systems(RangeInclusive<u32>),
    Suffix(String),
}

impl Part {
    fn network(text: &str) -> Option<Part> {
        text.parse().ok().map(Part::Network)
    }

    /// `"1877-1901"` or `"2043"`.
    fn systems(text: &str) -> Option<Part> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some(Part::Systems(first.trim().parse().ok()?..=last.trim().parse().ok()?))
    }

    fn suffix(text: &str) -> Option<Part> {
        let text = text.trim().trim_matches('.');
        (!text.is_empty()).then(|| Part::Suffix(text.to_ascii_lowercase()))
    }

    /// How closely it holds the thing: the longest prefix or suffix decides (RFC 9224 §4, §5).
    fn holds(&self, thing: &Registered) -> Option<usize> {
        match (self, thing) {
            (Part::Network(net), Registered::Address(ip)) => {
                net.contains(ip).then_some(usize::from(net.prefix_len()))
            }
            (Part::Systems(range), Registered::System(number)) => range.contains(number).then_some(0),
            (Part::Suffix(suffix), Registered::Domain(domain)) => {
                is_under(domain, suffix).then_some(suffix.len())
            }
            _ => None,
        }
    }
}

/// What registries have, and the base URL of each.
type Services = Vec<(Part, Url)>;

/// Whose it is.
fn find(services: &Services, thing: &Registered) -> Option<Url> {
    let holding = services.iter().filter_map(|(part, url)| Some((part.holds(thing)?, url)));
    holding.max_by_key(|(closeness, _)| *closeness).map(|(_, url)| url.clone())
}

/// The registries of one run.
pub(super) struct Bootstrap {
    folder: Url,
    services: [OnceCell<Result<Services, String>>; FILES.len()],
}

impl Bootstrap {
    /// `folder` ends in a slash.
    pub(super) fn new(folder: &Url) -> Bootstrap {
        Bootstrap { folder: folder.clone(), services: Default::default() }
    }

    /// The base URL of the registry that has it; why that is not known.
    pub(super) fn registry(&self, thing: &Registered, polite: &Polite<'_>) -> Result<Option<Url>, String> {
        let at = thing.file();
        let (Some(services), Some(file)) = (self.services.get(at), FILES.get(at)) else { return Ok(None) };
        let services = services.get_or_init(|| self.load(file, polite)).as_ref().map_err(Clone::clone)?;
        Ok(find(services, thing))
    }

    fn load(&self, file: &File, polite: &Polite<'_>) -> Result<Services, String> {
        let url = self
            .folder
            .join(file.name)
            .map_err(|error| format!("{} has no such file ({error}).", self.folder))?;
        let (key, failed_key) = (format!("rdap {url}"), format!("rdap failed {url}"));
        let at = clock::now();
        let kept = polite.cache.get(&key);
        let is_fresh = kept.as_ref().is_some_and(|kept| kept.until > at);
        let old = kept.and_then(|kept| parse(&kept.value, file.read));
        if let (true, Some(services)) = (is_fresh, &old) {
            return Ok(services.clone());
        }
        let failed = polite.cache.get(&failed_key).filter(|failed| failed.until > at);
        let fetched = failed.map_or_else(
            || fetch(&url, file, polite).map_err(|why| (why, true)),
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
                let built_in = file.built_in.filter(|_| is_iana).and_then(|text| parse(text, file.read));
                old.or(built_in).ok_or_else(|| format!("The registry is not known: {why}"))
            }
        }
    }
}

fn fetch(url: &Url, file: &File, polite: &Polite<'_>) -> Result<(String, Services, Seconds), String> {
    let response =
        polite.get(url, "application/json")?.response.ok_or_else(|| format!("{url} is not there."))?;
    let seconds = response.fresh_for.unwrap_or(DAY).clamp(*KEPT.start(), *KEPT.end());
    let understood =
        String::from_utf8(response.body).ok().and_then(|text| Some((parse(&text, file.read)?, text)));
    let (services, text) = understood.ok_or_else(|| format!("{url} is no list of registries (RFC 9224)."))?;
    Ok((text, services, seconds))
}

#[derive(Deserialize)]
struct Written {
    services: Vec<(Vec<String>, Vec<String>)>,
}

/// What registries have, and their base URLs; `None` when there is not one. Entries that are none and services without a
/// usable URL are passed over.
fn parse(text: &str, read: fn(&str) -> Option<Part>) -> Option<Services> {
    let file: Written = serde_json::from_str(text).ok()?;
    let mut out = vec![];
    for (parts, urls) in file.services {
        let urls: Vec<Url> = urls.iter().filter_map(|url| Url::parse(url).ok()).collect();
        let Some(url) = urls.iter().find(|url| url.scheme() == "https").or(urls.first()) else { continue };
        let mut url = url.clone();
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        out.extend(parts.iter().filter_map(|part| Some((read(part)?, url.clone()))));
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(services: &Services, ip: &str) -> Option<String> {
        find(services, &Registered::Address(ip.parse().expect("address"))).map(|url| url.to_string())
    }

    #[test]
    fn the_built_in_files_know_the_registry_of_every_allocated_block() {
        let [v4, v6] = [0, 1].map(|at: usize| {
            let File { built_in, read, .. } = &FILES[at];
            parse(built_in.expect("a copy"), *read).expect("a file")
        });
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
        let services = parse(text, Part::network).expect("a file");
        assert_eq!(of(&services, "192.0.3.1").as_deref(), Some("https://wide.example/rdap/"));
        assert_eq!(of(&services, "192.0.2.1").as_deref(), Some("https://near.example/"));
        assert_eq!(of(&services, "198.51.100.1"), None);
        for wrong in ["", "{}", "[]", r#"{"services":[]}"#, r#"{"services":[["a"]]}"#] {
            assert!(parse(wrong, Part::network).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_as_goes_by_its_range_and_a_domain_by_its_longest_suffix() {
        let systems = r#"{"services":[[["1-9","64512-65534"],["https://one.example/"]],[["10"],["https://ten.example/"]],
            [["nonsense","9-x"],["https://none.example/"]]]}"#;
        let services = parse(systems, Part::systems).expect("a file");
        for (number, want) in [(5, Some("one")), (10, Some("ten")), (11, None), (65_534, Some("one"))] {
            let url = find(&services, &Registered::System(number)).map(|url| url.to_string());
            assert_eq!(url, want.map(|name| format!("https://{name}.example/")), "AS{number}");
        }
        let suffixes = r#"{"services":[[["com","NET"],["https://wide.example/"]],[["co.com"],["https://near.example/"]]]}"#;
        let services = parse(suffixes, Part::suffix).expect("a file");
        for (domain, want) in
            [("a.com", Some("wide")), ("a.co.com", Some("near")), ("b.net", Some("wide")), ("telecom", None)]
        {
            let url = find(&services, &Registered::Domain(domain.to_owned())).map(|url| url.to_string());
            assert_eq!(url, want.map(|name| format!("https://{name}.example/")), "{domain}");
        }
    }
}
