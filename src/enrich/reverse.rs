//! Addresses as names: for PTR (RFC 1035 §3.5, RFC 3596 §2.5), block lists (RFC 5782 §2) and whoever copied them.

use std::fmt::Write as _;
use std::net::IpAddr;

/// The address from its end: `1.2.0.192`, or 32 nibbles, parted by dots.
pub fn reversed(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}")
        }
        IpAddr::V6(v6) => nibbles(v6.to_bits()),
    }
}

/// The 32 nibbles of an IPv6 address from its end, that of an IPv4-mapped one too.
pub fn nibbles(bits: u128) -> String {
    let mut out = String::with_capacity(63);
    for at in 0..32 {
        let dot = if at == 0 { "" } else { "." };
        // Writing into text cannot fail.
        let _ = write!(out, "{dot}{:x}", bits >> (4 * at) & 0xf);
    }
    out
}

/// The name under which an address has its PTR records.
pub fn pointer_name(ip: IpAddr) -> String {
    let ip = ip.to_canonical();
    let zone = if ip.is_ipv4() { "in-addr.arpa" } else { "ip6.arpa" };
    format!("{}.{zone}", reversed(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_names_from_their_end() {
        let name = |ip: &str| pointer_name(ip.parse().unwrap());
        assert_eq!(name("192.0.2.1"), "1.2.0.192.in-addr.arpa");
        assert_eq!(name("::ffff:192.0.2.1"), "1.2.0.192.in-addr.arpa");
        // The example of RFC 3596 §2.5.
        assert_eq!(
            name("4321:0:1:2:3:4:567:89ab"),
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa"
        );
    }
}
