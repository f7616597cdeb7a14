//! Whether a URL may be told to others at all, and what is left of one that names a recipient. Reads no message.

use crate::arf::redact::has_address;
use crate::config::Config;
use crate::model::address_space::special_purpose;
use crate::text::url::is_under;
use ipnet::IpNet;
use std::net::IpAddr;
use url::{Host, Url};

/// What feeds take and mail can bear; browsers and proxies stop earlier.
const LONGEST: usize = 8_000;

/// What forbids a URL, by the configuration.
pub(super) struct Fitness<'a> {
    /// Own domains, those of services that send for us, that of the sender, and those that never stand in a list that
    /// blocks.
    domains: Vec<&'a str>,
    networks: &'a [IpNet],
    treat_as_public: &'a [IpNet],
}

impl<'a> Fitness<'a> {
    pub fn new(config: &'a Config) -> Fitness<'a> {
        let from = config.report.from.as_deref().and_then(|from| from.rsplit_once('@'));
        let own = config.own.domains.iter().chain(&config.own.senders);
        let domains = own.chain(&config.allowed_domains).map(String::as_str);
        Fitness {
            domains: domains.chain(from.map(|(_, domain)| domain)).collect(),
            networks: &config.own.networks,
            treat_as_public: &config.treat_as_public,
        }
    }

    /// Why it must not be submitted to anybody: a sentence.
    pub fn objection(&self, url: &str) -> Option<String> {
        if url.len() > LONGEST {
            return Some(format!("it has more than {LONGEST} bytes, which no feed takes."));
        }
        if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Some(
                "it holds blanks or control characters, and would be another URL elsewhere.".to_owned(),
            );
        }
        let parsed = Url::parse(url).ok().filter(|parsed| matches!(parsed.scheme(), "http" | "https"));
        let host = parsed.as_ref().and_then(Url::host);
        let address = match host {
            None => {
                return Some(
                    "it is no address of the web: it has to begin with http:// or https://.".to_owned(),
                );
            }
            Some(Host::Domain(name)) => return self.about_name(name.trim_end_matches('.')),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        };
        if let Some(net) = self.networks.iter().find(|net| net.contains(&address)) {
            return Some(format!("{address} is in our own network {net}."));
        }
        special_purpose(address, self.treat_as_public)
            .map(|what| format!("{address} is {what}: nobody else finds anything there."))
    }

    fn about_name(&self, name: &str) -> Option<String> {
        if let Some(domain) = self.domains.iter().find(|domain| is_under(name, domain)) {
            return Some(format!(
                "{name} is of your own domains and services or of [export] allowed_domains ({domain})."
            ));
        }
        let is_local = !name.contains('.') || is_under(name, "localhost") || is_under(name, "local");
        is_local.then(|| format!("{name} is no name that others find."))
    }
}

/// The URL, then what is left of it without query and fragment, then without its path: each is told to others only if
/// it names nobody.
pub(super) fn cuts(url: &str) -> Vec<String> {
    let mut out = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return out };
    let authority_end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let path_end = rest.find(['?', '#']).unwrap_or(rest.len());
    let host = rest.get(..authority_end).unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = rest.get(authority_end..path_end).unwrap_or_default();
    for path in [path, "/"] {
        let cut = format!("{scheme}://{host}{path}");
        if out.last() != Some(&cut) {
            out.push(cut);
        }
    }
    out
}

/// Why a URL is not told as it is, though no recipient is known to stand in it.
pub(super) fn names_somebody(url: &str) -> Option<&'static str> {
    has_address(url).then_some("a mail address")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitness<'a>(networks: &'a [IpNet]) -> Fitness<'a> {
        Fitness { domains: vec!["example.com", "cdn.example"], networks, treat_as_public: &[] }
    }

    #[test]
    fn own_domains_allowed_ones_and_what_nobody_finds_are_refused() {
        let networks = ["203.0.114.0/24".parse().expect("network")];
        let fitness = fitness(&networks);
        for url in [
            "http://example.com/",
            "https://WWW.Example.COM./x",
            "http://user@login.example.com:8080/",
            "http://a.cdn.example/",
            "http://203.0.114.7/",
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://10.0.0.1/a",
            "http://localhost/",
            "http://intranet/",
            "http://printer.local/",
            "mailto:a@evil.example",
            "www.evil.example/a",
            "javascript:alert(1)",
            "hxxp://evil.example/",
            "http://evil.example/a\r\nX: y",
            "http://evil.example/a b",
            &format!("http://evil.example/{}", "x".repeat(9_000)),
        ] {
            assert!(fitness.objection(url).is_some(), "{url}");
        }
        for url in [
            "http://evil.example/",
            "http://notexample.com/",
            "http://example.com.evil.example/",
            "http://8.8.8.8/",
        ] {
            assert_eq!(fitness.objection(url), None, "{url}");
        }
    }

    #[test]
    fn what_is_left_of_a_url_loses_its_end_first() {
        assert_eq!(
            cuts("http://user@evil.example:81/a/b?c=d#e"),
            [
                "http://user@evil.example:81/a/b?c=d#e",
                "http://evil.example:81/a/b",
                "http://evil.example:81/"
            ]
        );
        assert_eq!(
            cuts("http://evil.example?x"),
            ["http://evil.example?x", "http://evil.example", "http://evil.example/"]
        );
        assert_eq!(cuts("http://evil.example/"), ["http://evil.example/"]);
        assert_eq!(cuts("nonsense"), ["nonsense"]);
    }
}
