//! The host name of an address: PTR, confirmed by asking that name for its addresses. Knows no cache but the asker's.

use super::dns::{Asker, Data, Question, RecordType, is_askable};
use super::reverse::pointer_name;
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
    let mut found: Vec<Vec<HostName>> = ips.iter().map(|_| vec![]).collect();
    for ((at, name, ip), fact) in asked.into_iter().zip(asker.ask(&questions)) {
        if let Some(found) = found.get_mut(at) {
            found.push(HostName { name: name.to_owned(), confirmed: confirmed(&fact.finding, ip) });
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

fn best(fact: Fact<Vec<String>>, tried: Vec<HostName>) -> Fact<HostName> {
    let rank = |name: &HostName| match name.confirmed {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    };
    let Fact { finding, from, at, until } = fact;
    let finding = match finding {
        Finding::No => Finding::No,
        Finding::Unknown(why) => Finding::Unknown(why),
        // What cannot be asked about confirms nothing; only the root is no name at all.
        Finding::Yes(written) => {
            let unasked = written.into_iter().next().map(|name| HostName { name, confirmed: Some(false) });
            tried.into_iter().min_by_key(rank).or(unasked).map_or(Finding::No, Finding::Yes)
        }
    };
    Fact { finding, from, at, until }
}
