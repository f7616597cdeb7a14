//! Which addresses can belong to somebody's network: the IANA special-purpose registries (RFC 6890 and updates).

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 special-purpose blocks that are not globally reachable, multicast and reserved space.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>
const SPECIAL_V4: &[(Ipv4Addr, u8, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this network (RFC 791)"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private use (RFC 1918)"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared address space (RFC 6598)"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback (RFC 1122)"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link local (RFC 3927)"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private use (RFC 1918)"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "IETF protocol assignments (RFC 6890)"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation (RFC 5737)"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "former 6to4 relays (RFC 7526)"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private use (RFC 1918)"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking (RFC 2544)"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation (RFC 5737)"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation (RFC 5737)"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast (RFC 5771)"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved (RFC 1112)"),
];

/// Globally reachable exceptions inside [`SPECIAL_V4`] blocks.
const GLOBAL_V4: &[Ipv4Addr] = &[Ipv4Addr::new(192, 0, 0, 9), Ipv4Addr::new(192, 0, 0, 10)];

/// IPv6 special-purpose blocks that are not globally reachable, and multicast.
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>
const SPECIAL_V6: &[(Ipv6Addr, u8, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified address (RFC 4291)"),
    (Ipv6Addr::LOCALHOST, 128, "loopback (RFC 4291)"),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "local IPv4/IPv6 translation (RFC 8215)"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "discard only (RFC 6666)"),
    (Ipv6Addr::new(0x100, 0, 0, 1, 0, 0, 0, 0), 64, "dummy prefix (RFC 9780)"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, "Teredo tunnels (RFC 4380)"),
    (Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0), 48, "benchmarking (RFC 5180)"),
    (Ipv6Addr::new(0x2001, 0x10, 0, 0, 0, 0, 0, 0), 28, "former ORCHID (RFC 4843)"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "IETF protocol assignments (RFC 2928)"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "documentation (RFC 3849)"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "documentation (RFC 9637)"),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, "segment routing (RFC 9602)"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "unique local (RFC 4193)"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link local (RFC 4291)"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "former site local (RFC 3879)"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast (RFC 4291)"),
];

/// Globally reachable exceptions inside [`SPECIAL_V6`] blocks.
const GLOBAL_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 1), 128),
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 2), 128),
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 3), 128),
    (Ipv6Addr::new(0x2001, 3, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2001, 4, 0x112, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0), 28),
    (Ipv6Addr::new(0x2001, 0x30, 0, 0, 0, 0, 0, 0), 28),
];

/// The only block of IPv6 of which anything is given to anybody (RFC 4291 §2.4); what lies outside and in no registry,
/// such as IPv4-compatible and IPv4-translated addresses, leads nowhere or back into our own network.
const GIVEN_OUT_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What the address is reserved for, or `None` when it can belong to somebody's network.
/// `treat_as_public` lists networks that count as public all the same.
pub fn special_purpose(ip: IpAddr, treat_as_public: &[IpNet]) -> Option<&'static str> {
    let ip = embedded(ip.to_canonical());
    if treat_as_public.iter().any(|net| net.contains(&ip)) {
        return None;
    }
    match ip {
        IpAddr::V4(v4) if GLOBAL_V4.contains(&v4) => None,
        IpAddr::V4(v4) => SPECIAL_V4
            .iter()
            .find(|(base, length, _)| (u32::from(v4) ^ u32::from(*base)) >> (32 - length) == 0)
            .map(|(_, _, what)| *what),
        IpAddr::V6(v6) if GLOBAL_V6.iter().any(|block| is_in(v6, *block)) => None,
        IpAddr::V6(v6) => SPECIAL_V6
            .iter()
            .find(|(base, length, _)| is_in(v6, (*base, *length)))
            .map(|(_, _, what)| *what)
            .or_else(|| (!is_in(v6, GIVEN_OUT_V6)).then_some("not given to anybody (RFC 4291)")),
    }
}

fn is_in(ip: Ipv6Addr, (base, length): (Ipv6Addr, u8)) -> bool {
    (u128::from(ip) ^ u128::from(base)) >> (128 - length) == 0
}

/// The IPv4 address that a 6to4 (RFC 3056) or NAT64 (RFC 6052) address stands for: it decides whose network it is.
fn embedded(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    match v6.segments() {
        [0x2002, high, low, ..] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
        }
        _ => ip,
    }
}

/// 16 bytes as columns keep them: IPv4 as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2).
pub fn to_column(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// Back from a column; all zero is no address.
pub fn from_column(bytes: [u8; 16]) -> Option<IpAddr> {
    (bytes != [0; 16]).then(|| IpAddr::from(bytes).to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_blocks_end_exactly_where_the_registries_say() {
        for (text, special) in [
            ("9.255.255.255", false),
            ("10.0.0.0", true),
            ("100.63.255.255", false),
            ("100.127.255.255", true),
            ("172.32.0.0", false),
            ("192.0.0.9", false),
            ("198.19.255.255", true),
            ("198.20.0.0", false),
            ("223.255.255.255", false),
            ("240.1.2.3", true),
            ("::ffff:10.1.1.1", true),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("2a00::1", false),
            ("2002:a00:1::1", true),
            ("2002:808:808::1", false),
            ("64:ff9b::a00:1", true),
            ("64:ff9b::808:808", false),
            ("fd00::1", true),
            ("3fff:fff::1", true),
            ("::8.8.8.8", true),
            ("::ffff:0:808:808", true),
            ("2001:0:4136:e378::1", true),
            ("2001:1::1", false),
            ("2001:1::4", true),
            ("2001:3::1", false),
            ("2001:4:112::1", false),
            ("2001:4:113::1", true),
            ("2001:20::1", false),
            ("2001:30::1", false),
            ("2001:1ff:ffff::1", true),
            ("2001:200::1", false),
            ("1fff:ffff::1", true),
            ("3ffe::1", false),
            ("4000::1", true),
            ("fbff::1", true),
        ] {
            let ip: IpAddr = text.parse().expect("address");
            assert_eq!(special_purpose(ip, &[]).is_some(), special, "{text}");
        }
    }

    #[test]
    fn treat_as_public_lifts_only_what_it_names() {
        let nets = ["240.0.0.0/6".parse().expect("network")];
        assert_eq!(special_purpose("240.1.1.1".parse().expect("address"), &nets), None);
        assert!(special_purpose("127.0.0.1".parse().expect("address"), &nets).is_some());
    }
}
