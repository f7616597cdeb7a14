//! Contacts by DNS: Abusix ContactDB for an address; abuse.net and abuse@ for the domain of a confirmed host name; and
//! whether a domain takes mail at all. The answers are kept by whoever asks for us.

use super::add_named;
use crate::enrich::dns::{Asker, Data, Question, RecordType};
use crate::enrich::reverse::reversed;
use crate::model::{Fact, Finding};
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// For how many seconds a contact is kept, whatever the zone says: it changes a few times a year.
const KEPT: RangeInclusive<u32> = 3_600..=7 * 86_400;

/// What Abusix says about the addresses, in their order.
pub(super) fn abusix(asker: &Asker<'_>, zone: &str, addresses: &[IpAddr]) -> Vec<Fact<Vec<String>>> {
    let name = |ip: &IpAddr| format!("{}.{zone}", reversed(*ip));
    let questions: Vec<Question> =
        addresses.iter().map(|ip| Question::new(name(ip), RecordType::Txt).kept(KEPT)).collect();
    asker.ask(&questions).into_iter().map(|fact| named(fact, &format!("Abusix {zone}"))).collect()
}

/// What abuse.net has on the domain. Where it has nothing it guesses postmaster@ or abuse@, which is no entry.
pub(super) fn abuse_net(asker: &Asker<'_>, domain: &str) -> Fact<Vec<String>> {
    let fact = one(asker, Question::new(format!("{domain}.contacts.abuse.net"), RecordType::Txt).kept(KEPT));
    let guesses = [format!("postmaster@{domain}"), format!("abuse@{domain}")];
    let mut fact = named(fact, "abuse.net");
    if fact.yes().is_some_and(|found| found.iter().all(|address| guesses.contains(&address.to_lowercase()))) {
        fact.finding = Finding::No;
        fact.from = "abuse.net, which only guesses".to_owned();
    }
    fact
}

/// abuse@ of the domain (RFC 2142 §2), if the domain takes mail.
pub(super) fn role(asker: &Asker<'_>, domain: &str) -> Fact<Vec<String>> {
    let address = format!("abuse@{domain}");
    let mut fact = takes_mail(asker, domain).map(|()| vec![address]);
    fact.from = format!("RFC 2142 and the DNS of {domain}");
    fact
}

/// The domain says itself that it takes no mail (RFC 7505).
pub(super) fn refuses_mail(asker: &Asker<'_>, domain: &str) -> bool {
    one(asker, Question::new(domain, RecordType::Mx)).yes().is_some_and(|found| is_null_mx(found))
}

/// An MX that is not null, else an address (RFC 5321 §5.1).
fn takes_mail(asker: &Asker<'_>, domain: &str) -> Fact<()> {
    let exchange = one(asker, Question::new(domain, RecordType::Mx));
    match &exchange.finding {
        Finding::Yes(found) if is_null_mx(found) => {
            return Fact { finding: Finding::No, ..exchange.map(drop) };
        }
        Finding::Yes(_) | Finding::Unknown(_) => return exchange.map(drop),
        Finding::No => {}
    }
    let addresses = asker.ask(&[RecordType::A, RecordType::Aaaa].map(|record| Question::new(domain, record)));
    let known = |wanted: fn(&Finding<Vec<Data>>) -> bool| {
        addresses.iter().find(|fact| wanted(&fact.finding)).cloned().map(|fact| fact.map(drop))
    };
    known(|finding| finding.yes().is_some())
        .or_else(|| known(|finding| !finding.is_known()))
        .unwrap_or(exchange.map(drop))
}

fn is_null_mx(found: &[Data]) -> bool {
    let is_null =
        |data: &Data| matches!(data, Data::Exchange { host, .. } if host.trim_end_matches('.').is_empty());
    !found.is_empty() && found.iter().all(is_null)
}

fn one(asker: &Asker<'_>, question: Question) -> Fact<Vec<Data>> {
    let unasked = || Fact {
        finding: Finding::Unknown("It was not asked.".to_owned()),
        from: String::new(),
        at: 0,
        until: 0,
    };
    asker.ask(&[question]).into_iter().next().unwrap_or_else(unasked)
}

/// The addresses in texts. Several may stand in one, parted by commas.
fn named(fact: Fact<Vec<Data>>, from: &str) -> Fact<Vec<String>> {
    let mut fact = fact.map(|found| addresses(&found));
    if fact.yes().is_some_and(Vec::is_empty) {
        fact.finding = Finding::No;
    }
    fact.from = from.to_owned();
    fact
}

fn addresses(found: &[Data]) -> Vec<String> {
    let texts = found.iter().filter_map(|data| match data {
        Data::Text(text) => Some(text),
        _ => None,
    });
    let mut out: Vec<String> = vec![];
    for address in texts.flat_map(|text| text.split([',', ';'])) {
        add_named(&mut out, address.trim().trim_matches('"'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_hold_several_addresses_and_each_counts_once() {
        let text = |text: &str| Data::Text(text.to_owned());
        let found =
            addresses(&[text("abuse@a.example,noc@b.example"), text(" \"ABUSE@a.example\" "), text("")]);
        assert_eq!(found, ["abuse@a.example", "noc@b.example"]);
    }

    #[test]
    fn of_any_number_of_addresses_a_few_are_taken_and_none_that_is_too_long() {
        let many: Vec<String> = (0..1_000).map(|number| format!("a{number}@isp.example")).collect();
        let found = addresses(&[Data::Text("x".repeat(321)), Data::Text(many.join(","))]);
        assert_eq!(found, many[..16]);
    }
}
