//! What the addresses mean that a block list answers with. Pure.

use crate::enrich::dns::Data;
use crate::model::{BlockList, ListCode};
use std::net::{IpAddr, Ipv4Addr};

/// What lists of all makers answer with when they do not answer, beside their own errors.
const REFUSALS: &[(Ipv4Addr, &str)] = &[
    (Ipv4Addr::new(127, 255, 255, 250), "its key is disabled"),
    (Ipv4Addr::new(127, 255, 255, 251), "its key is not accepted, another account may use it"),
    (Ipv4Addr::new(127, 255, 255, 252), "its zone is misspelt"),
    (
        Ipv4Addr::new(127, 255, 255, 254),
        "it answers no public or open resolver; name one of your own in [dns] servers, or get a key",
    ),
    (Ipv4Addr::new(127, 255, 255, 255), "it was asked too often"),
];

/// The codes, each once, or a sentence why the answer says nothing about its subject.
pub fn meaning(list: &BlockList, data: &[Data]) -> Result<Vec<ListCode>, String> {
    let mut codes: Vec<ListCode> = vec![];
    for data in data {
        let Data::Address(IpAddr::V4(answer)) = data else { continue };
        for code in codes_of(list, *answer)? {
            if !codes.iter().any(|known| known.name == code.name) {
                codes.push(code);
            }
        }
    }
    Ok(codes)
}

fn codes_of(list: &BlockList, answer: Ipv4Addr) -> Result<Vec<ListCode>, String> {
    if let Some((_, why)) = list.errors.iter().find(|(net, _)| net.contains(&answer)) {
        return Err(format!("{why} ({answer})"));
    }
    let [first, second, third, last] = answer.octets();
    if first != 127 {
        return Err(format!(
            "the answer {answer} is none of a block list; the name server may redirect names that do not exist"
        ));
    }
    if (second, third) == (255, 255) {
        let why = REFUSALS.iter().find(|(code, _)| *code == answer).map(|(_, why)| *why);
        return Err(format!("{} ({answer})", why.unwrap_or("it answers with an error")));
    }
    let exact: Vec<ListCode> =
        list.codes.iter().filter(|(code, _)| *code == answer).map(|(_, code)| code.clone()).collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    if answer == Ipv4Addr::LOCALHOST {
        // RFC 5782 §2.1: no list answers with it, and several do when they refuse.
        return Err(format!("it refuses to answer ({answer})"));
    }
    let bits: Vec<ListCode> =
        list.bits.iter().filter(|(bit, _)| last & bit != 0).map(|(_, code)| code.clone()).collect();
    if !bits.is_empty() {
        return Ok(bits);
    }
    let name =
        if list.codes.is_empty() && list.bits.is_empty() { "listed".to_owned() } else { answer.to_string() };
    let meaning = format!("listed ({answer})");
    Ok(vec![ListCode { name, meaning, policy: false }])
}
