//! Who announces the network of an address, by Team Cymru's DNS. The country that comes along is where the network is
//! registered.
//!
//! Two questions: one about the address gives numbers, prefix and registry; one about the number gives the AS a name.

use super::dns::{Asker, Data, Question, RecordType};
use super::reverse::reversed;
use crate::model::clock::Seconds;
use crate::model::{Country, CountryMeaning, Fact, Finding, Origin, OriginZones};
use ipnet::IpNet;
use std::net::IpAddr;
use std::ops::RangeInclusive;

const FROM: &str = "Team Cymru";
/// The service is made anew about every four hours; asking earlier brings nothing.
const KEPT: RangeInclusive<u32> = 4 * 3_600..=7 * 86_400;
/// More origins of one prefix are not seen; whoever answers with more means mischief.
const MOST_ORIGINS: usize = 16;

/// What is known of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Who announces its network. A no: nobody does.
    pub origin: Fact<Origin>,
    /// Where its network is registered.
    pub country: Fact<Country>,
}

/// One line of an answer about an address: `23028 | 216.90.108.0/24 | US | arin | 1998-09-25`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    origins: Vec<u32>,
    prefix: IpNet,
    country: Option<String>,
    registry: Option<String>,
    allocated: Option<String>,
}

/// Who announces each address. Addresses of special purpose are not for asking.
pub fn origins(asker: &Asker<'_>, zones: &OriginZones, ips: &[IpAddr]) -> Vec<Announced> {
    let question = |ip: &IpAddr| {
        let zone = if ip.to_canonical().is_ipv4() { &zones.ipv4 } else { &zones.ipv6 };
        Question::new(format!("{}.{zone}", reversed(*ip)), RecordType::Txt).kept(KEPT)
    };
    let questions: Vec<Question> = ips.iter().map(question).collect();
    let lines: Vec<Fact<Line>> = asker
        .ask(&questions)
        .into_iter()
        .zip(ips.iter().zip(&questions))
        .map(|(fact, (ip, question))| {
            understood(asker, question, fact, |texts| longest(texts, ip.to_canonical()))
        })
        .collect();
    let numbers: Vec<u32> = lines.iter().filter_map(|line| line.yes()?.origins.first().copied()).collect();
    let mut named = systems(asker, zones, &numbers).into_iter();
    lines
        .into_iter()
        .map(|line| {
            let name = if line.yes().is_some() { named.next() } else { None };
            announced(line, name.and_then(|fact| fact.finding.yes()?.name.clone()))
        })
        .collect()
}

/// Fills what a file leaves open about the origin of an address, as far as both are about the same AS: who announces
/// it is for the file to say, which the user chose.
pub fn complete(known: &mut Fact<Origin>, announced: &Fact<Origin>) {
    let (Finding::Yes(known), Some(announced)) = (&mut known.finding, announced.yes()) else { return };
    if known.asn != announced.asn && !announced.also.contains(&known.asn) {
        return;
    }
    fn fill<T: Clone>(gap: &mut Option<T>, found: &Option<T>) {
        *gap = gap.take().or_else(|| found.clone());
    }
    fill(&mut known.prefix, &announced.prefix);
    fill(&mut known.registry, &announced.registry);
    fill(&mut known.allocated, &announced.allocated);
    if known.asn == announced.asn {
        fill(&mut known.as_name, &announced.as_name);
    }
}

/// What is registered about an AS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Its name.
    pub name: Option<String>,
    /// The country of its holder, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Its registry.
    pub registry: Option<String>,
    /// Date of its allocation, as the registry writes it.
    pub allocated: Option<String>,
}

/// What is registered about each AS.
pub fn systems(asker: &Asker<'_>, zones: &OriginZones, numbers: &[u32]) -> Vec<Fact<System>> {
    let question =
        |number: &u32| Question::new(format!("AS{number}.{}", zones.asn), RecordType::Txt).kept(KEPT);
    let questions: Vec<Question> = numbers.iter().map(question).collect();
    let facts = asker.ask(&questions).into_iter().zip(&questions);
    facts.map(|(fact, question)| understood(asker, question, fact, system)).collect()
}

/// From a line such as `23028 | US | arin | 2002-01-04 | TEAM-CYMRU, US`.
fn system(texts: &[&str]) -> Option<System> {
    let text = texts.iter().find(|text| field(text, 4).is_some())?;
    let given = |number| field(text, number).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(System {
        name: given(4),
        country: given(1).as_deref().and_then(country),
        registry: given(2).map(|name| name.to_ascii_lowercase()),
        allocated: given(3),
    })
}

/// What the texts of an answer mean; an answer without a meaning is not known, it is no no, and it is not kept.
fn understood<T>(
    asker: &Asker<'_>,
    question: &Question,
    fact: Fact<Vec<Data>>,
    read: impl FnOnce(&[&str]) -> Option<T>,
) -> Fact<T> {
    let Fact { finding, at, until, .. } = fact;
    let (finding, until) = match finding {
        Finding::No => (Finding::No, until),
        Finding::Unknown(why) => (Finding::Unknown(why), until),
        Finding::Yes(data) => {
            let texts: Vec<&str> = data
                .iter()
                .filter_map(|data| match data {
                    Data::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect();
            match read(&texts) {
                Some(meaning) => (Finding::Yes(meaning), until),
                None => {
                    asker.distrust(question);
                    (Finding::Unknown("its answer is not in the form that is known".to_owned()), at)
                }
            }
        }
    };
    Fact { finding, from: FROM.to_owned(), at, until }
}

/// The fields are parted by `|`; the last may hold anything.
fn field(text: &str, number: usize) -> Option<&str> {
    text.splitn(5, '|').nth(number).map(str::trim)
}

/// Covering prefixes come along with the one that decides.
fn longest(texts: &[&str], ip: IpAddr) -> Option<Line> {
    let holding = texts.iter().filter_map(|text| line(text)).filter(|line| line.prefix.contains(&ip));
    // The first of equals, so that the answer does not depend on their order behind it.
    holding.reduce(|best, line| if line.prefix.prefix_len() > best.prefix.prefix_len() { line } else { best })
}

fn line(text: &str) -> Option<Line> {
    let mut origins: Vec<u32> = vec![];
    for number in field(text, 0)?.split_whitespace().take(MOST_ORIGINS) {
        let number = number.parse().ok()?;
        if !origins.contains(&number) {
            origins.push(number);
        }
    }
    let given = |number| field(text, number).filter(|text| !text.is_empty()).map(str::to_owned);
    let prefix = field(text, 1)?.parse().ok()?;
    (!origins.is_empty()).then(|| Line {
        origins,
        prefix,
        country: given(2),
        registry: given(3).map(|name| name.to_ascii_lowercase()),
        allocated: given(4),
    })
}

fn announced(line: Fact<Line>, as_name: Option<String>) -> Announced {
    let (at, until): (Seconds, Seconds) = (line.at, line.until);
    let country =
        match &line.finding {
            Finding::Yes(line) => line.country.as_deref().and_then(country).map_or(Finding::No, |code| {
                Finding::Yes(Country { code, meaning: CountryMeaning::Registered })
            }),
            Finding::No => Finding::No,
            Finding::Unknown(why) => Finding::Unknown(why.clone()),
        };
    let origin = line.map(|line| {
        let mut numbers = line.origins.into_iter();
        Origin {
            asn: numbers.next().unwrap_or_default(),
            also: numbers.collect(),
            prefix: Some(line.prefix),
            as_name,
            registry: line.registry,
            allocated: line.allocated,
        }
    });
    Announced { origin, country: Fact { finding: country, from: FROM.to_owned(), at, until } }
}

/// `EU` and `AP` say which registry it was, not which country.
fn country(code: &str) -> Option<String> {
    let is_code = code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
    let code = code.to_ascii_uppercase();
    (is_code && !["EU", "AP", "ZZ"].contains(&code.as_str())).then_some(code)
}
