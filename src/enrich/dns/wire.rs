//! Questions and answers as bytes (RFC 1035 §4), and whether an answer belongs to a question. Knows no socket.

use super::{Data, RecordType};
use simple_dns::rdata::RData;
use simple_dns::{
    CLASS, Name, OPCODE, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE, header_buffer,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of a header; the question follows.
const HEADER: usize = 12;
/// As many aliases in a row as common resolvers follow.
const LONGEST_ALIAS_CHAIN: usize = 16;
/// Bounds of how long an answer is kept, in seconds. A TTL of nothing would ask for every report anew; one of years
/// would keep a mistake for years.
const LEAST_TTL: u32 = 60;
const LONGEST_TTL: u32 = 86_400;
/// A no is kept no longer than this (RFC 2308 §5 allows three hours): a newly listed address is to be seen soon.
const LONGEST_NEGATIVE_TTL: u32 = 3_600;

/// What a message said to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The records, and how many seconds they hold.
    Found(Vec<Data>, u32),
    /// No such name, or none of such records, and how many seconds that holds.
    Nothing(u32),
    /// The answer did not fit into the datagram.
    Truncated,
    /// The server will or can not say.
    Failed(Failure),
}

/// Why a server gave no answer of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing came within the time.
    Silent,
    /// Something came that does not fit the question.
    Unfit,
    /// Nobody listens there.
    Unreachable,
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// FORMERR, NOTIMP and the like.
    NotUnderstood,
    /// It only names other servers.
    NotRecursive,
    /// It gave a chain of aliases that leads nowhere.
    NoEnd,
    /// The answer did not fit into a datagram, and TCP brought none.
    NotWhole,
}

impl Failure {
    /// What the server did, behind its address.
    pub fn words(self) -> &'static str {
        match self {
            Failure::Silent => "no answer",
            Failure::Unfit => "no answer that fits the question",
            Failure::Unreachable => "cannot be reached",
            Failure::ServFail => "SERVFAIL",
            Failure::Refused => "REFUSED",
            Failure::NotUnderstood => "did not understand the question",
            Failure::NoEnd => "gave aliases that lead to no answer",
            Failure::NotRecursive => "is no resolver, it only names other servers",
            Failure::NotWhole => "gave an answer that was cut, and none over TCP",
        }
    }
}

impl From<RecordType> for TYPE {
    fn from(record: RecordType) -> TYPE {
        match record {
            RecordType::A => TYPE::A,
            RecordType::Aaaa => TYPE::AAAA,
            RecordType::Ptr => TYPE::PTR,
            RecordType::Txt => TYPE::TXT,
            RecordType::Mx => TYPE::MX,
        }
    }
}

/// A name that may be asked about: labels of printable ASCII without escapes, lengths by RFC 1035 §2.3.4. The library
/// would skip empty labels and read backslashes.
pub fn is_askable(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        })
}

/// The message that asks, under the id 0. `None` when the name cannot be asked about.
///
/// Without EDNS: what is asked here nearly always fits into 512 bytes, TCP takes the rest, and no server is confused.
pub fn query(name: &str, record: RecordType) -> Option<Vec<u8>> {
    if is_askable(name) { message(name, TYPE::from(record)) } else { None }
}

/// Asks for the servers of the root, which every resolver knows without asking anybody.
pub fn root_query() -> Vec<u8> {
    message("", TYPE::NS).unwrap_or_default()
}

fn message(name: &str, record: TYPE) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(0);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).ok()?;
    packet.questions.push(simple_dns::Question::new(name, QTYPE::TYPE(record), CLASS::IN.into(), false));
    packet.build_bytes_vec().ok()
}

/// The id of a message.
pub fn id(message: &[u8]) -> Option<u16> {
    header_buffer::id(message).ok()
}

/// Gives a message its id.
pub fn set_id(message: &mut [u8], id: u16) {
    if let Some(first) = message.first_chunk_mut() {
        *first = id.to_be_bytes();
    }
}

/// Whether a message answers this query: a response of the same operation, with its one question byte by byte, letter
/// case aside (0x41 to 0x5a are no lengths of labels, so that comparing the bytes is comparing the names).
pub fn answers(message: &[u8], query: &[u8]) -> bool {
    header_buffer::has_flags(message, PacketFlag::RESPONSE).unwrap_or(false)
        && header_buffer::opcode(message) == Ok(OPCODE::StandardQuery)
        && header_buffer::questions(message) == Ok(1)
        && match (message.get(HEADER..query.len()), query.get(HEADER..)) {
            (Some(theirs), Some(ours)) => theirs.eq_ignore_ascii_case(ours),
            _ => false,
        }
}

/// What a message says that [`answers`] the query. `None` when it cannot be read.
pub fn reply(message: &[u8], name: &str, record: RecordType) -> Option<Reply> {
    // Looked at first: what follows may be cut in the middle of a record.
    if header_buffer::has_flags(message, PacketFlag::TRUNCATION).ok()? {
        return Some(Reply::Truncated);
    }
    let packet = Packet::parse(message).ok()?;
    match packet.rcode() {
        RCODE::NoError | RCODE::NameError => {}
        RCODE::ServerFailure => return Some(Reply::Failed(Failure::ServFail)),
        RCODE::Refused => return Some(Reply::Failed(Failure::Refused)),
        _ => return Some(Reply::Failed(Failure::NotUnderstood)),
    }
    let Chain { found, ttl, aliases } = records(&packet.answers, &Name::new(name).ok()?, record);
    if !found.is_empty() {
        return Some(Reply::Found(found, ttl.clamp(LEAST_TTL, LONGEST_TTL)));
    }
    let start = packet.name_servers.iter().find_map(|row| match &row.rdata {
        RData::SOA(soa) => Some(soa.minimum.min(row.ttl)),
        _ => None,
    });
    let refers = packet.name_servers.iter().any(|row| matches!(row.rdata, RData::NS(_)));
    if start.is_none() && refers && !packet.has_flags(PacketFlag::RECURSION_AVAILABLE) {
        return Some(Reply::Failed(Failure::NotRecursive));
    }
    // A loop, or a chain that the server gave up on: that is no word about its end (RFC 2308 §2.1, §2.2).
    let is_cut = aliases > 0 && start.is_none() && packet.rcode() == RCODE::NoError;
    if is_cut || aliases > LONGEST_ALIAS_CHAIN {
        return Some(Reply::Failed(Failure::NoEnd));
    }
    Some(Reply::Nothing(start.unwrap_or(LEAST_TTL).clamp(LEAST_TTL, LONGEST_NEGATIVE_TTL)))
}

/// What a name leads to.
struct Chain {
    found: Vec<Data>,
    /// The least on the way.
    ttl: u32,
    /// More than [`LONGEST_ALIAS_CHAIN`] are not followed.
    aliases: usize,
}

/// The records of the type that belong to the name or to what it is an alias of.
fn records(rows: &[ResourceRecord<'_>], name: &Name<'_>, record: RecordType) -> Chain {
    let mut owner = name;
    let mut ttl = u32::MAX;
    let mut aliases = 0;
    while aliases <= LONGEST_ALIAS_CHAIN {
        let of_owner = || rows.iter().filter(|row| row.class == CLASS::IN && row.name == *owner);
        let mut found = vec![];
        for row in of_owner() {
            if let Some(data) = data(&row.rdata, record) {
                ttl = ttl.min(row.ttl);
                found.push(data);
            }
        }
        if !found.is_empty() {
            return Chain { found, ttl, aliases };
        }
        let alias = of_owner().find_map(|row| match &row.rdata {
            RData::CNAME(target) => Some((&target.0, row.ttl)),
            _ => None,
        });
        let Some((target, of_alias)) = alias else { break };
        owner = target;
        ttl = ttl.min(of_alias);
        aliases += 1;
    }
    Chain { found: vec![], ttl, aliases }
}

fn data(rdata: &RData<'_>, record: RecordType) -> Option<Data> {
    Some(match (rdata, record) {
        (RData::A(a), RecordType::A) => Data::Address(IpAddr::V4(Ipv4Addr::from_bits(a.address))),
        (RData::AAAA(aaaa), RecordType::Aaaa) => Data::Address(IpAddr::V6(Ipv6Addr::from_bits(aaaa.address))),
        (RData::PTR(name), RecordType::Ptr) => Data::Name(name.0.to_string()),
        (RData::MX(mx), RecordType::Mx) => {
            Data::Exchange { preference: mx.preference, host: mx.exchange.to_string() }
        }
        // One text of at most 255 bytes each: what is longer comes in pieces that belong together.
        (RData::TXT(txt), RecordType::Txt) => Data::Text(
            String::try_from(txt.clone())
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_mean_one_thing_are_asked_about() {
        let long = format!("{}.example", "a".repeat(63));
        for name in ["example", "a.example.", "_dmarc.example", "0/25.2.0.192.in-addr.arpa", long.as_str()] {
            assert!(is_askable(name), "{name}");
        }
        let label = format!("{}.example", "a".repeat(64));
        let whole = ["a"; 128].join(".");
        for name in
            ["", ".", "a..example", ".example", "a b", "a\\.b", "a\\046b", "é.example", &label, &whole]
        {
            assert!(!is_askable(name), "{name}");
            assert_eq!(query(name, RecordType::A), None, "{name}");
        }
    }

    #[test]
    fn an_answer_has_the_question_in_any_letter_case_and_nothing_else() {
        let query = query("a.example", RecordType::A).unwrap();
        let mut good = query.clone();
        good[2] |= 0x80;
        assert!(answers(&good, &query));
        let changed = |at: usize, change: fn(u8) -> u8| {
            let mut message = good.clone();
            message[at] = change(message[at]);
            answers(&message, &query)
        };
        assert!(changed(HEADER + 1, |b| b.to_ascii_uppercase()));
        assert!(!changed(HEADER + 1, |b| b + 1), "another name");
        assert!(!changed(query.len() - 3, |_| 28), "another type");
        assert!(!changed(query.len() - 1, |_| 3), "another class");
        assert!(!changed(2, |b| b & 0x7f), "a query");
        assert!(!changed(2, |b| b | 0x20), "another operation");
        assert!(!changed(5, |_| 0), "no question");
        assert!(!changed(5, |_| 2), "two questions");
        for length in 0..good.len() {
            assert!(!answers(&good[..length], &query));
        }
    }
}
