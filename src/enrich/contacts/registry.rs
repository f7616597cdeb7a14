//! Contacts from the registry of an address, by RDAP (RFC 9082, 9083): the most particular network that names somebody
//! for abuse, kept for the range that the registry answered about.

use super::bootstrap::{Bootstrap, Registered};
use super::kept::{Answer, Kept, shortest_prefix};
use super::network::{self, Network};
use super::polite::Polite;
use crate::model::Fact;
use ipnet::IpNet;
use std::net::IpAddr;
use url::Url;

/// Networks around the one that was asked for which may be asked for somebody who has the role.
const MOST_PARENTS: usize = 3;
/// Under which its answers are kept.
pub(super) const KIND: &str = "rdap";
/// What an answer may be (RFC 7480 §4.2).
pub(super) const ACCEPT: &str = "application/rdap+json, application/json;q=0.8";

/// The registries of one run.
pub(super) struct Registries<'a> {
    pub polite: &'a Polite<'a>,
    pub bootstrap: Bootstrap,
    pub kept: Kept<'a>,
}

impl Registries<'_> {
    /// Whom the registry names for abuse of the address, which is announced with this prefix.
    pub(super) fn contacts(&self, ip: IpAddr, prefix: Option<IpNet>) -> Fact<Vec<String>> {
        self.kept.network(KIND, ip, || self.ask(ip, prefix))
    }

    fn ask(&self, ip: IpAddr, prefix: Option<IpNet>) -> Result<Answer, (String, String)> {
        let unknown = |from: &str, why: String| (from.to_owned(), why);
        let known = self
            .bootstrap
            .registry(&Registered::Address(ip), self.polite)
            .map_err(|why| unknown("RDAP", why))?;
        let Some(base) = known else {
            return Ok(Answer::none("RDAP: no registry is named for this address".to_owned(), None));
        };
        let from = format!("RDAP {}", base.host_str().unwrap_or_default());
        let url = base.join(&format!("ip/{ip}")).map_err(|error| unknown(&from, error.to_string()))?;
        let (answered, found) = self.network(&url).map_err(|why| unknown(&from, why))?;
        let host = answered.host_str().unwrap_or_default().to_owned();
        let from = format!("RDAP {host}");
        let Some(found) = found else {
            return Ok(Answer::none(format!("{from} knows no such network"), None));
        };
        if !(found.first..=found.last).contains(&ip) {
            return Err(unknown(&from, format!("{host} answers about another network.")));
        }
        let range = Some(around(ip, &found, prefix));
        let named = self.somebody(&host, found).map_err(|why| unknown(&from, why))?;
        let doubt = if named.unvalidated { ", which the registry could not validate" } else { "" };
        let from = format!("{from}, {} {}–{}{doubt}", named.name, named.first, named.last);
        Ok(Answer::of(named.abuse, from, range))
    }

    /// The network itself, or the nearest around it that names somebody for abuse; the network itself when none does.
    fn somebody(&self, host: &str, network: Network) -> Result<Network, String> {
        let mut around = network.clone();
        for _ in 0..MOST_PARENTS {
            if !around.abuse.is_empty() {
                return Ok(around);
            }
            // Only within the same registry: what is above that is IANA and the registries themselves.
            let Some(up) = around.up.take().filter(|up| up.host_str() == Some(host)) else { break };
            match self.network(&up)? {
                (_, Some(parent)) if parent.first <= around.first && around.last <= parent.last => {
                    around = parent
                }
                _ => break,
            }
        }
        Ok(if around.abuse.is_empty() { network } else { around })
    }

    fn network(&self, url: &Url) -> Result<(Url, Option<Network>), String> {
        let answered = self.polite.get(url, ACCEPT)?;
        let Some(response) = answered.response else { return Ok((answered.url, None)) };
        let network = network::parse(&response.body).ok_or_else(|| {
            format!(
                "{} answers with something that is no network.",
                answered.url.host_str().unwrap_or_default()
            )
        })?;
        Ok((answered.url, Some(network)))
    }
}

/// The range for which an answer is kept: that of the network, within the announced prefix, and where that is not known
/// or is wider, within a /16 or /32. A registry answers with the most particular network for the address asked; in a
/// large one others may have smaller ones.
fn around(ip: IpAddr, network: &Network, prefix: Option<IpNet>) -> (IpAddr, IpAddr) {
    let shortest = shortest_prefix(ip);
    let announced = prefix.filter(|net| net.contains(&ip) && net.prefix_len() >= shortest);
    match announced.or_else(|| IpNet::new(ip, shortest).ok()) {
        Some(most) => (network.first.max(most.network()), network.last.min(most.broadcast())),
        None => (ip, ip),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_its_range_within_what_is_announced() {
        let address = |text: &str| text.parse::<IpAddr>().expect("address");
        for (first, last, prefix, ip, want) in [
            ("192.0.2.0", "192.0.2.255", None, "192.0.2.9", ("192.0.2.0", "192.0.2.255")),
            ("192.0.0.0", "192.0.3.255", Some("192.0.2.0/24"), "192.0.2.9", ("192.0.2.0", "192.0.2.255")),
            ("192.0.2.0", "192.0.2.255", Some("192.0.0.0/16"), "192.0.2.9", ("192.0.2.0", "192.0.2.255")),
            ("192.0.2.0", "192.0.2.255", Some("198.51.100.0/24"), "192.0.2.9", ("192.0.2.0", "192.0.2.255")),
            ("8.0.0.0", "8.127.255.255", Some("8.0.0.0/9"), "8.8.8.8", ("8.8.0.0", "8.8.255.255")),
            (
                "2001:db8::",
                "2001:dbf:ffff:ffff::",
                None,
                "2001:db9::1",
                ("2001:db9::", "2001:db9:ffff:ffff:ffff:ffff:ffff:ffff"),
            ),
        ] {
            let network = Network {
                first: address(first),
                last: address(last),
                name: String::new(),
                abuse: vec![],
                unvalidated: false,
                up: None,
            };
            let prefix = prefix.map(|prefix| prefix.parse().expect("prefix"));
            assert_eq!(around(address(ip), &network, prefix), (address(want.0), address(want.1)));
        }
    }
}
