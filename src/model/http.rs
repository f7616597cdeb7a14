//! How HTTP is spoken, as far as the user decides. Speaks none.

use ipnet::IpNet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::{Host, Url};

/// The `[http]` table.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpSettings {
    /// A proxy that speaks CONNECT (RFC 9110 §9.3.6), `http://host:port`. It is told the address that was checked,
    /// never the name: otherwise a name could lead it into its own network.
    pub proxy: Option<Url>,
    /// The time that one request may take as a whole.
    pub timeout: Duration,
    /// Certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Special-purpose networks that count as public all the same.
    pub treat_as_public: Vec<IpNet>,
}

impl Default for HttpSettings {
    fn default() -> HttpSettings {
        HttpSettings { proxy: None, timeout: Duration::from_secs(10), ca_file: None, treat_as_public: vec![] }
    }
}

/// `localhost`, a name below it (RFC 6761 §6.3), or a loopback address.
pub fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => IpAddr::V6(*ip).to_canonical().is_loopback(),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}
