//! The host name of an address: PTR, confirmed by asking that name for its addresses. Knows no cache but the asker's.

use super::dns::{Asker, Data, Question, RecordType, is_askable};
use super::reverse::pointer_name;
use crate::model::clock::Seconds;
use crate::model::{Fact, Finding, HostName};
use std::net::IpAddr;

/// Most addresses have one name. Shared hosts have hundreds; the first that is confirmed is enough.
const MOST_NAMES: usize = 8;

/// The name of each address. Where it has several, one that is confirmed; else one of which that could not be learnt;
/// else the first.
pub fn names(asker: &Asker<'_>, ips: &[IpAddr]) -> Vec<Fact<HostName>> {
    let pointers: Vec<Question> =
        ips.iter().map(|ip| Question::new(pointer_name(*ip), RecordType::Ptr)).collect();
    let pointers: Vec<Fact<Vec<String>>> =
        asker.ask(&pointers).into_iter().map(|fact| fact.map(written)).collect();
    let claims: Vec<(usize, &str)> = pointers
        .iter()
        .enumerate()
        .flat_map(|(at, fact)| fact.yes().into_iter().flatten().map(move |name| (at, name.as_str())))
        .collect();
    let (mut questions, mut asked) = (vec![], vec![]);
    for (at, name) in &claims {
        if let (Some(ip), true) = (ips.get(*at), is_askable(name)) {
            let record = if ip.to_canonical().is_ipv4() { RecordType::A } else { RecordType::Aaaa };
            questions.push(Question::new(*name, record));
            asked.push((*at, *name, *ip));
        }
    }
    let mut found: Vec<Vec<(HostName, Seconds)>> = ips.iter().map(|_| vec![]).collect();
    for ((at, name, ip), fact) in asked.into_iter().zip(asker.ask(&questions)) {
        if let Some(found) = found.get_mut(at) {
            let confirmed = confirmed(&fact.finding, ip);
            found.push((HostName { name: name.to_owned(), confirmed }, fact.until));
        }
    }
    drop(claims);
    pointers.into_iter().zip(found).map(|(fact, found)| best(fact, found)).collect()
}

/// The names as people read them, each once, without the root.
fn written(data: Vec<Data>) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for data in data {
        let Data::Name(name) = data else { continue };
        let name = name.trim_end_matches('.').to_lowercase();
        if !name.is_empty() && !names.contains(&name) && names.len() < MOST_NAMES {
            names.push(name);
        }
    }
    names
}

fn confirmed(finding: &Finding<Vec<Data>>, ip: IpAddr) -> Option<bool> {
    match finding {
        Finding::Yes(data) => Some(data.contains(&Data::Address(ip.to_canonical()))),
        Finding::No => Some(false),
        Finding::Unknown(_) => None,
    }
}

/// It holds as long as both answers that it is made of; a confirmation that could not be learnt is sought again.
fn best(fact: Fact<Vec<String>>, tried: Vec<(HostName, Seconds)>) -> Fact<HostName> {
    let rank = |(name, _): &(HostName, Seconds)| match name.confirmed {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    };
    let Fact { finding, from, at, until } = fact;
    let (finding, until) = match finding {
        Finding::No => (Finding::No, until),
        Finding::Unknown(why) => (Finding::Unknown(why), until),
        Finding::Yes(written) => {
            // What cannot be asked about confirms nothing; only the root is no name at all.
            let unasked = written.into_iter().next().map(|name| HostName { name, confirmed: Some(false) });
            let unasked = unasked.map(|name| (name, Seconds::MAX));
            match tried.into_iter().min_by_key(rank).or(unasked) {
                None => (Finding::No, until),
                Some((name, of_name)) => {
                    let until = if name.confirmed.is_none() { at } else { until.min(of_name) };
                    (Finding::Yes(name), until)
                }
            }
        }
    };
    Fact { finding, from, at, until }
}
