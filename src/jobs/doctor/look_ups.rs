//! Whether look-ups work: the name servers, the block lists, the sources of contacts. Asks name servers only, keeps
//! nothing, and asks nobody offline.

use super::Check;
use crate::config::Config;
use crate::enrich::dns::{Asker, Data, Question, RecordType, Resolver};
use crate::enrich::lists::Health;
use crate::enrich::origin;
use crate::enrich::reverse::reversed;
use crate::jobs::{Cancel, enrich};
use crate::model::{Cache, Cached, DnsSettings, Finding};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const SERVER: &str = "name server";
const LIST: &str = "block list";
const CONTACTS: &str = "contacts";
const NETWORKS: &str = "networks";

/// The address by which Team Cymru explains its service: it is announced as long as there is one.
const ANNOUNCED: IpAddr = IpAddr::V4(Ipv4Addr::new(216, 90, 108, 31));

/// What Abusix answers about 127.0.0.2, the usual test address (RFC 5782 §5).
const ABUSIX_TEST: (Ipv4Addr, &str) = (Ipv4Addr::new(127, 0, 0, 2), "root@localhost");

/// Resolvers for everybody. Block lists refuse them, because nobody knows who asks through them.
const PUBLIC_RESOLVERS: &[(&str, &str)] = &[
    ("1.0.0.0/24", "Cloudflare"),
    ("1.1.1.0/24", "Cloudflare"),
    ("2606:4700:4700::/48", "Cloudflare"),
    ("8.8.4.0/24", "Google"),
    ("8.8.8.0/24", "Google"),
    ("2001:4860:4860::/48", "Google"),
    ("9.9.9.0/24", "Quad9"),
    ("149.112.112.0/24", "Quad9"),
    ("2620:fe::/48", "Quad9"),
    ("208.67.220.0/22", "OpenDNS"),
    ("2620:119::/32", "OpenDNS"),
    ("94.140.14.0/23", "AdGuard"),
];

pub(super) fn check(config: &Config, cancel: &Cancel, each: &mut dyn FnMut(Check)) {
    let resolver = match Resolver::new(&config.dns) {
        Ok(resolver) => resolver,
        Err(why) => {
            return each(
                Check::green(SERVER, "none", sentence(&why))
                    .amber("Reports keep what is known of their sources; set offline = false to learn more."),
            );
        }
    };
    let cancelled = || cancel.is_cancelled();
    let answering = servers(config, resolver.servers(), cancel, each);
    if cancel.is_cancelled() || !answering {
        return;
    }
    let asker = Asker::new(Some(&resolver), &Forgetful, true, &cancelled);
    each(networks(config, &asker));
    if cancel.is_cancelled() {
        return;
    }
    lists(config, &asker, each);
    if !cancel.is_cancelled() {
        contacts(config, &asker, each);
    }
}

/// Each server on its own: one that is dead is waited for by every run. Says whether any answers.
fn servers(config: &Config, servers: &[SocketAddr], cancel: &Cancel, each: &mut dyn FnMut(Check)) -> bool {
    let whose = match config.dns.servers.is_empty() {
        true => "of the system (/etc/resolv.conf)",
        false => "of [dns] servers",
    };
    let cancelled = || cancel.is_cancelled();
    let mut answers = vec![];
    for server in servers {
        let settings = DnsSettings { servers: vec![*server], ..config.dns.clone() };
        let found = Resolver::new(&settings).and_then(|resolver| resolver.reachable(&cancelled));
        if cancel.is_cancelled() {
            return false;
        }
        answers.push((server, found));
    }
    let any = answers.iter().any(|(_, found)| found.is_ok());
    for (server, found) in answers {
        let check = |finding: String| Check::green(SERVER, server.to_string(), finding);
        each(match (found, public(server.ip())) {
            (Err(why), _) if any => check(sentence(&why))
                .amber(format!("Take it out of the servers {whose}, or every run waits for it.")),
            (Err(why), _) => {
                check(sentence(&why)).red("Name servers that answer in [dns] servers, or set offline = true.")
            }
            (Ok(()), Some(owner)) if config.lookups.lists && !config.lists.is_empty() => check(format!(
                "It answers. It is one {whose}, and a public resolver ({owner}): block lists refuse those."
            ))
            .amber("Name a resolver of your own in [dns] servers, or use lists with a key."),
            (Ok(()), _) => check(format!("It answers. It is one {whose}.")),
        });
    }
    any
}

fn public(server: IpAddr) -> Option<&'static str> {
    let holds = |network: &str| network.parse::<IpNet>().is_ok_and(|network| network.contains(&server));
    PUBLIC_RESOLVERS.iter().find(|(network, _)| holds(network)).map(|(_, owner)| *owner)
}

/// Who answers for the network of an address.
fn networks(config: &Config, asker: &Asker<'_>) -> Check {
    let zones = &config.lookups.origin_zones;
    let check = |finding: String| Check::green(NETWORKS, "Team Cymru", finding);
    if !config.lookups.origin {
        return check("It is not asked: origin = false in [lookups].".to_owned());
    }
    let advice = "Mend 'origin_zone' in [lookups], or set origin = false and use [geoip] files.";
    match origin::origins(asker, zones, &[ANNOUNCED]).pop().map(|found| found.origin.finding) {
        Some(Finding::Yes(found)) => {
            check(format!("{} answers: {ANNOUNCED} is announced by AS{}.", zones.ipv4, found.asn))
        }
        Some(Finding::Unknown(why)) => check(sentence(&why)).red(advice),
        Some(Finding::No) | None => {
            check(format!("{} does not know {ANNOUNCED}, so it is no zone of theirs.", zones.ipv4))
                .red(advice)
        }
    }
}

fn lists(config: &Config, asker: &Asker<'_>, each: &mut dyn FnMut(Check)) {
    if !config.lookups.lists {
        return each(Check::green(LIST, "none", "None is asked: lists = false in [lookups]."));
    }
    enrich::lists(config).check(asker).into_iter().map(list).for_each(each);
}

fn list(health: Health) -> Check {
    let Health { list, state, ipv6, at: _ } = health;
    let check = |finding: String| Check::green(LIST, &list, finding);
    match (state, ipv6) {
        (Err(why), _) => check(sentence(&why))
            .red("Mend that, or take the list out of [lists] use: until then nothing is known from it."),
        (Ok(()), Some(Err(why))) => check(format!("About IPv6 addresses: {}", sentence(&why)))
            .amber("Set ipv6 = false for it in [[list]] when it is not about such addresses."),
        (Ok(()), _) => check("It answers, and passes its test (RFC 5782).".to_owned()),
    }
}

fn contacts(config: &Config, asker: &Asker<'_>, each: &mut dyn FnMut(Check)) {
    let settings = &config.contacts;
    if !config.lookups.contacts {
        return each(Check::green(CONTACTS, "none", "Nobody is asked: contacts = false in [lookups]."));
    }
    match &settings.abusix {
        Some(zone) => each(abusix(zone, asker)),
        None => each(switched_off("abusix")),
    }
    for (name, place) in [("rdap", &settings.rdap), ("ripestat", &settings.ripestat)] {
        each(match place {
            Some(url) => Check::green(CONTACTS, name, format!("It is asked where others know nobody: {url}")),
            None => switched_off(name),
        });
    }
    for (name, is_on) in [("abuse_net", settings.abuse_net), ("role", settings.role)] {
        if is_on {
            each(Check::green(CONTACTS, name, "It is asked last, by the domain of a confirmed host name."));
        } else {
            each(switched_off(name));
        }
    }
}

fn switched_off(name: &str) -> Check {
    Check::green(CONTACTS, name, format!("It is not asked: {name} = false in [contacts]."))
}

fn abusix(zone: &str, asker: &Asker<'_>) -> Check {
    let (ip, expected) = ABUSIX_TEST;
    let question = Question::new(format!("{}.{zone}", reversed(ip.into())), RecordType::Txt);
    let said = asker.ask(&[question]).pop().map(|fact| fact.finding);
    let check = |finding: String| Check::green(CONTACTS, "abusix", finding);
    let advice = "Mend 'abusix_zone' in [contacts], or set abusix = false.";
    match said {
        Some(Finding::Yes(data)) if data.iter().any(|data| is_text(data, expected)) => {
            check(format!("{zone} answers, and knows its test address."))
        }
        Some(Finding::Unknown(why)) => check(sentence(&why)).red(advice),
        _ => check(format!("{zone} does not know its test address {ip}, so it is no zone of Abusix."))
            .red(advice),
    }
}

fn is_text(data: &Data, expected: &str) -> bool {
    matches!(data, Data::Text(text) if text.trim().eq_ignore_ascii_case(expected))
}

/// Reasons are said within sentences; here they are one.
pub(super) fn sentence(reason: &str) -> String {
    let mut letters = reason.trim_end_matches('.').chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// What is examined is asked anew and left behind by nobody.
pub(super) struct Forgetful;

impl Cache for Forgetful {
    fn get(&self, _: &str) -> Option<Cached> {
        None
    }

    fn put(&self, _: &str, _: Cached) {}

    fn network(&self, _: &str, _: IpAddr) -> Option<Cached> {
        None
    }

    fn put_network(&self, _: &str, _: IpAddr, _: IpAddr, _: Cached) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_resolvers_are_known_by_their_networks() {
        let owner = |server: &str| server.parse().ok().and_then(public);
        assert_eq!(owner("8.8.8.8"), Some("Google"));
        assert_eq!(owner("208.67.222.222"), Some("OpenDNS"));
        assert_eq!(owner("2606:4700:4700::1111"), Some("Cloudflare"));
        assert_eq!(owner("192.168.1.1"), None);
        let is_network = |network: &str| network.parse::<IpNet>().is_ok_and(|net| net == net.trunc());
        assert!(PUBLIC_RESOLVERS.iter().all(|(network, _)| is_network(network)));
    }
}
