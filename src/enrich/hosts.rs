//! What is known about the host of a URL or a mail domain: its addresses, and what domain lists say. Its name servers
//! may be the sender's own, so nobody calls this for a mail that just came.

use super::dns::{Asker, Data, Question, RecordType};
use super::lists::{Lists, registrable};
use crate::model::{Fact, Finding, HostFacts, clock};
use std::net::IpAddr;

/// The facts of each host; without lists none is asked.
pub fn hosts(asker: &Asker<'_>, lists: Option<&Lists>, hosts: &[String]) -> Vec<HostFacts> {
    let parsed: Vec<Option<url::Host>> =
        hosts.iter().map(|host| url::Host::parse(host.trim_end_matches('.')).ok()).collect();
    let mut questions = vec![];
    for host in &parsed {
        if let Some(url::Host::Domain(name)) = host {
            questions.extend([RecordType::A, RecordType::Aaaa].map(|record| Question::new(name, record)));
        }
    }
    let mut answers = asker.ask(&questions).into_iter();
    let listed = lists.map(|lists| lists.domains(asker, hosts)).unwrap_or_default();
    let mut listed = listed.into_iter();
    hosts
        .iter()
        .zip(parsed)
        .map(|(written, host)| {
            let literal = |ip: IpAddr| Some(in_itself(ip));
            let (host, addresses) = match host {
                Some(url::Host::Domain(name)) => {
                    let both = answers.next().zip(answers.next());
                    (name, both.map(|(a, aaaa)| together(a, aaaa)))
                }
                Some(url::Host::Ipv4(ip)) => (ip.to_string(), literal(ip.into())),
                Some(url::Host::Ipv6(ip)) => (ip.to_string(), literal(ip.into())),
                None => (written.clone(), None),
            };
            HostFacts {
                registrable: registrable(&host),
                host,
                addresses,
                lists: listed.next().unwrap_or_default(),
            }
        })
        .collect()
}

/// The addresses of a host name, for whoever wants to connect to it.
pub fn addresses(asker: &Asker<'_>, name: &str) -> Finding<Vec<IpAddr>> {
    let questions = [RecordType::A, RecordType::Aaaa].map(|record| Question::new(name, record));
    let mut answers = asker.ask(&questions).into_iter();
    match answers.next().zip(answers.next()) {
        Some((a, aaaa)) => together(a, aaaa).finding,
        None => Finding::Unknown("it was not asked".to_owned()),
    }
}

/// A host that is an address has it.
fn in_itself(ip: IpAddr) -> Fact<Vec<IpAddr>> {
    let at = clock::now();
    Fact { finding: Finding::Yes(vec![ip]), from: "the address itself".to_owned(), at, until: i64::MAX }
}

/// Addresses of both kinds. It has none only where both said so.
fn together(a: Fact<Vec<Data>>, aaaa: Fact<Vec<Data>>) -> Fact<Vec<IpAddr>> {
    let addresses: Vec<IpAddr> = [&a, &aaaa]
        .into_iter()
        .flat_map(|fact| fact.yes().into_iter().flatten())
        .filter_map(|data| match data {
            Data::Address(ip) => Some(*ip),
            _ => None,
        })
        .collect();
    let (at, until) = (a.at.min(aaaa.at), a.until.min(aaaa.until));
    let finding = match (a.finding, aaaa.finding) {
        _ if !addresses.is_empty() => Finding::Yes(addresses),
        (Finding::Unknown(why), _) | (_, Finding::Unknown(why)) => Finding::Unknown(why),
        _ => Finding::No,
    };
    Fact { finding, from: a.from, at, until }
}
