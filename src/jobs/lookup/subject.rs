//! What a person wants to know about: text to an address, a network, a host, a URL or an AS. Asks nobody.

use crate::enrich::dns::is_askable;
use crate::model::clock;
use crate::query::{Field, Filter};
use crate::text::{refang, unwrap_url};
use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use url::{Host, Url};

/// What is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One address.
    Address(IpAddr),
    /// A network.
    Network(IpNet),
    /// A host or domain name, in lower case and in ASCII.
    Host(String),
    /// A URL.
    Url(NamedUrl),
    /// An AS.
    Asn(u32),
}

/// A URL and the host that it leads to first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedUrl {
    /// The URL, taken out of whatever services had wrapped it into.
    pub url: String,
    /// Its host: a name, or an address without brackets.
    pub host: String,
    /// The URL as it was given, where it is another.
    pub given: Option<String>,
    /// The services that had wrapped it, the outermost first.
    pub wrapped_by: Vec<&'static str>,
}

const EXPECTED: &str = "expected an address such as 192.0.2.1, a network such as 192.0.2.0/24, a domain such as \
                        example.com, a URL, or an AS such as AS64500";

impl Subject {
    /// What the text means; defanged forms (`hxxp`, `[.]`) are understood, and wrapped URLs unwrapped.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Subject, String> {
        let bare = text.trim().trim_matches(['<', '>', '"', '\'']).trim();
        let text = &*refang(bare);
        if text.is_empty() {
            return Err(format!("There is nothing to look up; {EXPECTED}."));
        }
        if let Some(number) = as_number(text) {
            return number;
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("'{text}' may be many things; for an AS write AS{text}."));
        }
        let in_brackets = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Ok(ip) = in_brackets.unwrap_or(text).parse::<IpAddr>() {
            return Ok(Subject::Address(ip.to_canonical()));
        }
        if let Some((address, length)) = text.split_once('/')
            && address.parse::<IpAddr>().is_ok()
            && length.bytes().all(|byte| byte.is_ascii_digit())
        {
            let network = text.parse::<IpNet>();
            return network.map(Subject::network).map_err(|_| format!("'{text}' is no network; {EXPECTED}."));
        }
        if text.contains("://") || text.starts_with("//") {
            let whole = if text.starts_with("//") { format!("http:{text}") } else { text.to_owned() };
            return Subject::url(&whole);
        }
        if text.contains(['/', '?', '#']) || text.rsplit_once(':').is_some_and(|(_, port)| is_port(port)) {
            return Subject::url(&format!("http://{text}"));
        }
        if let Some((_, domain)) = text.rsplit_once('@') {
            return Err(format!("'{text}' is a mail address; look up its domain, {domain}."));
        }
        Subject::host(text)
    }

    fn network(network: IpNet) -> Subject {
        let network = network.trunc();
        if network.prefix_len() == network.max_prefix_len() {
            return Subject::Address(network.addr().to_canonical());
        }
        Subject::Network(network)
    }

    fn host(text: &str) -> Result<Subject, String> {
        let wrong = || format!("'{text}' is nothing that can be looked up; {EXPECTED}.");
        match Host::parse(text.trim_end_matches('.')) {
            Ok(Host::Ipv4(ip)) => Ok(Subject::Address(ip.into())),
            Ok(Host::Ipv6(ip)) => Ok(Subject::Address(IpAddr::from(ip).to_canonical())),
            Ok(Host::Domain(name)) if name.contains('.') && is_askable(&name) => Ok(Subject::Host(name)),
            Ok(Host::Domain(_)) | Err(_) => Err(wrong()),
        }
    }

    fn url(given: &str) -> Result<Subject, String> {
        let layers = unwrap_url(given);
        let url = layers.last().map_or(given, |layer| layer.url.as_str());
        let wrong = |why: &str| format!("'{url}' is no URL with a host ({why}); {EXPECTED}.");
        let parsed = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
        let host = match parsed.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => IpAddr::from(ip).to_canonical().to_string(),
            None => return Err(wrong("it names none")),
        };
        Ok(Subject::Url(NamedUrl {
            given: (url != given).then(|| given.to_owned()),
            url: url.to_owned(),
            // A scheme that `url` does not know leaves its host as it is written.
            host: host.to_ascii_lowercase(),
            wrapped_by: layers.iter().map(|layer| layer.by).collect(),
        }))
    }

    /// The word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Subject::Address(_) => "address",
            Subject::Network(_) => "network",
            Subject::Host(_) => "host",
            Subject::Url(_) => "url",
            Subject::Asn(_) => "asn",
        }
    }

    /// What the reports have in common that share it: in words, and as a query; the first is the most particular.
    pub fn queries(&self) -> Vec<(&'static str, String)> {
        let query = |field, value: &str| {
            Filter::All.include(field, value, clock::now()).map(|filter| filter.to_string()).ok()
        };
        let asked: Vec<(&'static str, Option<String>)> = match self {
            Subject::Address(ip) => vec![("from this address", query(Field::Ip, &ip.to_string()))],
            Subject::Network(network) => vec![("from this network", query(Field::Ip, &network.to_string()))],
            Subject::Asn(number) => vec![("from this AS", query(Field::Asn, &number.to_string()))],
            Subject::Host(name) => vec![
                ("with URLs there", query(Field::Host, name)),
                ("in its name", query(Field::Domain, name)),
                ("from hosts there", query(Field::Source, name)),
            ],
            Subject::Url(url) => vec![
                ("with this URL", query(Field::Url, &url.url)),
                ("with it wrapped", url.given.as_deref().and_then(|given| query(Field::Url, given))),
                ("with its host", query(Field::Host, &url.host)),
            ],
        };
        asked.into_iter().filter_map(|(words, query)| Some((words, query?))).collect()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Address(ip) => ip.fmt(f),
            Subject::Network(network) => network.fmt(f),
            Subject::Host(name) => f.write_str(name),
            Subject::Url(url) => f.write_str(&url.url),
            Subject::Asn(number) => write!(f, "AS{number}"),
        }
    }
}

/// `AS64500`, `as 64500`; `None` for what does not look so.
fn as_number(text: &str) -> Option<Result<Subject, String>> {
    let digits = text.get(..2).filter(|start| start.eq_ignore_ascii_case("as")).and(text.get(2..))?.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let wrong = |_| format!("'{text}' is no AS: their numbers end at {} (RFC 6793).", u32::MAX);
    Some(digits.parse().map(Subject::Asn).map_err(wrong))
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_means(text: &str, kind: &str, subject: &str) {
        let got = Subject::parse(text).map(|subject| (subject.kind(), subject.to_string()));
        assert_eq!(got, Ok((kind, subject.to_owned())), "{text}");
    }

    #[test]
    fn every_spelling_of_a_subject_is_understood() {
        for (text, kind, subject) in [
            (" 192.0.2.1 ", "address", "192.0.2.1"),
            ("192[.]0[.]2[.]1", "address", "192.0.2.1"),
            ("::ffff:192.0.2.1", "address", "192.0.2.1"),
            ("[2001:db8::1]", "address", "2001:db8::1"),
            ("192.0.2.9/32", "address", "192.0.2.9"),
            ("192.0.2.9/24", "network", "192.0.2.0/24"),
            ("2001:db8::/32", "network", "2001:db8::/32"),
            ("Example.COM.", "host", "example.com"),
            ("bücher.example", "host", "xn--bcher-kva.example"),
            ("mail[.]bad(dot)example", "host", "mail.bad.example"),
            ("as12.example", "host", "as12.example"),
            ("AS64500", "asn", "AS64500"),
            ("as 64500", "asn", "AS64500"),
            ("hxxps://bad[.]example/a?b", "url", "https://bad.example/a?b"),
            ("<http://bad.example/>", "url", "http://bad.example/"),
            ("//bad.example/x", "url", "http://bad.example/x"),
            ("bad.example/x", "url", "http://bad.example/x"),
            ("bad.example:8080", "url", "http://bad.example:8080"),
            ("http://0x7f.1/", "url", "http://0x7f.1/"),
        ] {
            assert_means(text, kind, subject);
        }
    }

    #[test]
    fn what_a_service_wrapped_is_unwrapped_and_both_are_looked_for() {
        let given = "https://www.google.com/url?q=https%3A%2F%2Fbad.example%2Fx&sa=D";
        let Ok(Subject::Url(url)) = Subject::parse(given) else { panic!("a URL") };
        assert_eq!((url.url.as_str(), url.host.as_str()), ("https://bad.example/x", "bad.example"));
        assert_eq!((url.given.as_deref(), url.wrapped_by.as_slice()), (Some(given), ["Google"].as_slice()));
        let queries: Vec<String> = Subject::Url(url).queries().into_iter().map(|(_, query)| query).collect();
        assert_eq!(queries.len(), 3, "{queries:?}");
        assert!(queries[2].starts_with("host:bad.example"), "{queries:?}");
    }

    #[test]
    fn wrong_text_is_answered_with_what_would_be_right() {
        for (text, sentence) in [
            ("", "nothing to look up"),
            ("64500", "write AS64500"),
            ("AS4294967296", "end at 4294967295"),
            ("192.0.2.1/33", "no network"),
            ("word", "expected an address"),
            ("a b.example", "expected an address"),
            ("abuse@bad.example", "look up its domain, bad.example"),
            ("http://", "no URL with a host"),
            ("mailto://", "no URL with a host"),
            (&format!("{}.example", "x".repeat(70)), "expected an address"),
        ] {
            let got = Subject::parse(text);
            assert!(got.as_ref().is_err_and(|why| why.contains(sentence)), "{text}: {got:?}");
        }
    }

    #[test]
    fn a_query_takes_the_subject_literally() {
        let queries = |text: &str| Subject::parse(text).unwrap().queries();
        assert_eq!(queries("192.0.2.7")[0].1, "ip:192.0.2.7");
        assert_eq!(queries("192.0.2.7/28")[0].1, "ip:192.0.2.0/28");
        assert_eq!(queries("AS64500")[0].1, "asn:64500");
        let wild = &queries("http://bad.example/a*(b),c")[0].1;
        assert_eq!(wild, "url:\"http://bad.example/a\\*(b),c\"");
    }
}
