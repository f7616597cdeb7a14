//! Which name servers the system uses. Reads `/etc/resolv.conf` (resolv.conf(5)) and asks nobody.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const FILE: &str = "/etc/resolv.conf";
const PORT: u16 = 53;
/// As many as the C library uses.
const MOST: usize = 3;

/// The servers of the system, the preferred first. At least one: without any, the C library asks this machine.
pub fn of_the_system() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    let mut servers: Vec<SocketAddr> = written(&text).collect();
    if servers.is_empty() {
        servers.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT));
    }
    servers
}

fn written(text: &str) -> impl Iterator<Item = SocketAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then_some(())?;
        Some(SocketAddr::new(words.next()?.parse().ok()?, PORT))
    };
    text.lines().filter_map(server).take(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_of_a_file_in_their_order() {
        let text = "# nameserver 192.0.2.9\n; old\nsearch example.com\nnameserver 192.0.2.53\r\n\
                    nameserver\t2001:db8::53 # second\n nameserver 192.0.2.54\noptions ndots:2\n\
                    nameserver bad\nnameserver\nnameserver 192.0.2.55\n";
        let servers: Vec<String> = written(text).map(|server| server.to_string()).collect();
        assert_eq!(servers, ["192.0.2.53:53", "[2001:db8::53]:53", "192.0.2.54:53"]);
        assert_eq!(written("").count(), 0);
    }
}
