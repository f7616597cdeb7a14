//! A tiny writer of mmdb files (MaxMind DB format 2.0), so that look-ups are tested against files of our own.
//! <https://maxmind.github.io/MaxMind-DB/>

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};
use std::collections::HashMap;
use std::net::IpAddr;

/// One line of a table: a range of addresses, the AS that announces it, its country.
#[derive(Debug, Clone)]
pub struct Range {
    pub start: IpAddr,
    pub end: IpAddr,
    pub asn: u32,
    pub country: String,
    pub name: String,
}

/// Under which names the facts are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Names {
    /// `country_code`, `autonomous_system_number`, `autonomous_system_organization` side by side.
    Flat,
    /// `country.iso_code`, `registered_country.iso_code`, the AS as above.
    MaxMind,
    /// `country_code`, `asn` as `AS64500`, `as_name`.
    IpInfo,
}

/// Start, end, AS number, country and name, separated by TAB: the layout of iptoasn.com.
pub fn ranges(table: &str) -> Result<Vec<Range>, String> {
    table
        .lines()
        .enumerate()
        .map(|(number, line)| {
            range(line).ok_or_else(|| format!("line {}: not start, end, AS, country, name", number + 1))
        })
        .collect()
}

fn range(line: &str) -> Option<Range> {
    let mut values = line.splitn(5, '\t');
    Some(Range {
        start: values.next()?.parse().ok()?,
        end: values.next()?.parse().ok()?,
        asn: values.next()?.parse().ok()?,
        country: values.next()?.to_owned(),
        name: values.next()?.to_owned(),
    })
}

/// The bytes of a file with IPv6 and IPv4 addresses. Of overlapping ranges the later one wins.
pub fn file(ranges: &[Range], names: Names, built: u64) -> Vec<u8> {
    let mut tree = Tree::default();
    for range in ranges {
        let record = tree.record(encode(range, names));
        let nets = match (range.start, range.end) {
            (IpAddr::V4(start), IpAddr::V4(end)) => IpSubnets::from(Ipv4Subnets::new(start, end, 0)),
            (IpAddr::V6(start), IpAddr::V6(end)) => IpSubnets::from(Ipv6Subnets::new(start, end, 0)),
            _ => panic!("a range of two families"),
        };
        nets.for_each(|net| tree.insert(net, record));
    }
    tree.write(names, built)
}

/// What a branch leads to.
#[derive(Clone, Copy)]
enum Branch {
    Nothing,
    Node(usize),
    Record(usize),
}

struct Tree {
    nodes: Vec<[Branch; 2]>,
    data: Vec<u8>,
    offsets: HashMap<Vec<u8>, usize>,
}

impl Default for Tree {
    fn default() -> Self {
        Tree { nodes: vec![[Branch::Nothing; 2]], data: vec![], offsets: HashMap::new() }
    }
}

impl Tree {
    /// Equal records are written once.
    fn record(&mut self, record: Vec<u8>) -> usize {
        let end = self.data.len();
        let offset = *self.offsets.entry(record.clone()).or_insert(end);
        if offset == end {
            self.data.extend(record);
        }
        offset
    }

    fn insert(&mut self, net: IpNet, record: usize) {
        // IPv4 stands at ::/96.
        let (bits, length) = match net {
            IpNet::V4(net) => (u128::from(u32::from(net.network())), net.prefix_len() + 96),
            IpNet::V6(net) => (u128::from(net.network()), net.prefix_len()),
        };
        let side = |depth: u8| (bits >> (127 - depth) & 1) as usize;
        let mut node = 0;
        for depth in 0..length - 1 {
            node = match self.nodes[node][side(depth)] {
                Branch::Node(next) => next,
                above => {
                    let next = self.nodes.len();
                    self.nodes.push([above; 2]);
                    self.nodes[node][side(depth)] = Branch::Node(next);
                    next
                }
            };
        }
        self.nodes[node][side(length - 1)] = Branch::Record(record);
    }

    fn write(self, names: Names, built: u64) -> Vec<u8> {
        let count = self.nodes.len();
        let mut out = Vec::with_capacity(count * 8 + self.data.len() + 200);
        for branch in self.nodes.iter().flatten() {
            let value = match branch {
                Branch::Nothing => count,
                Branch::Node(node) => *node,
                Branch::Record(offset) => count + 16 + offset,
            };
            out.extend((value as u32).to_be_bytes());
        }
        out.extend([0; 16]);
        out.extend(self.data);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        let metadata: [(&str, Vec<u8>); 9] = [
            ("binary_format_major_version", unsigned(5, 2)),
            ("binary_format_minor_version", unsigned(5, 0)),
            ("build_epoch", unsigned(9, built)),
            ("database_type", string(&format!("Test-{names:?}"))),
            ("description", map(&[("en", string("A table of reserved addresses"))])),
            ("ip_version", unsigned(5, 6)),
            ("languages", control(11, 0)),
            ("node_count", unsigned(6, count as u64)),
            ("record_size", unsigned(5, 32)),
        ];
        out.extend(map(&metadata));
        out
    }
}

fn encode(range: &Range, names: Names) -> Vec<u8> {
    let country = map(&[("iso_code", string(&range.country)), ("is_in_european_union", control(14, 1))]);
    match names {
        Names::Flat => map(&[
            ("country_code", string(&range.country)),
            ("autonomous_system_number", unsigned(6, range.asn.into())),
            ("autonomous_system_organization", string(&range.name)),
        ]),
        Names::MaxMind => map(&[
            ("registered_country", map(&[("iso_code", string("ZZ"))])),
            ("country", country),
            ("autonomous_system_number", unsigned(6, range.asn.into())),
            ("autonomous_system_organization", string(&range.name)),
        ]),
        Names::IpInfo => map(&[
            ("asn", string(&format!("AS{}", range.asn))),
            ("as_name", string(&range.name)),
            ("country", string("Some country")),
            ("country_code", string(&range.country)),
        ]),
    }
}

/// Type and size of a value.
fn control(kind: u8, size: usize) -> Vec<u8> {
    let (size, more) = match size {
        0..29 => (size as u8, None),
        29..285 => (29, Some((size - 29) as u8)),
        _ => panic!("a test needs no value of {size} bytes"),
    };
    let head = if kind < 8 { vec![kind << 5 | size] } else { vec![size, kind - 7] };
    head.into_iter().chain(more).collect()
}

fn unsigned(kind: u8, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let used = &bytes[value.leading_zeros() as usize / 8..];
    [&control(kind, used.len()), used].concat()
}

fn string(text: &str) -> Vec<u8> {
    [&control(2, text.len()), text.as_bytes()].concat()
}

fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = control(7, entries.len());
    for (key, value) in entries {
        out.extend(string(key));
        out.extend(value);
    }
    out
}
