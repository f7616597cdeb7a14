//! The made-up world of the demo: own house, networks with AS and country, reporters. Reserved names and addresses
//! only (RFC 2606, 6761; 240.0.0.0/6, 2001:db8::/32), private-use AS numbers (RFC 6996).

use crate::enrich::geoip::Place;
use crate::model::clock::Seconds;
use crate::model::settings::{Judgement, Own};
use crate::model::{ContactAct, ContactRule, ContactScope};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Our own organisations: domain, and the name that people know.
pub const OWN: &[(&str, &str)] = &[
    ("nordbank.example", "Nordbank"),
    ("paketlinie.example", "Paketlinie"),
    ("lumenmail.example", "Lumen Mail"),
    ("harborinsure.example", "Harbor Insurance"),
    ("stadtwerke-aue.example", "Stadtwerke Aue"),
    ("kiosk24.example", "Kiosk24"),
];

/// Where the reports arrive.
pub const DESK: &str = "failures@nordbank.example";
/// Who writes our abuse reports.
pub const SENDER: &str = "abuse-desk@nordbank.example";
/// How the addresses of our spamtraps end.
pub const TRAPS: &str = "@traps.example";
/// Our own mail server, and its authserv-id.
pub const OWN_SERVER: &str = "mx.nordbank.example";
/// A service that sends newsletters for us.
pub const SERVICE: &str = "sendout.example.net";
/// A forwarding service for former students, and its network.
pub const FORWARDER: (&str, usize) = ("alumni.example.org", 9);
/// A mailing list host, and its network.
pub const LISTS: (&str, usize) = ("lists.example.org", 25);
/// The network of [`SERVICE`].
pub const SERVICE_NETWORK: usize = 1;

/// First IPv4 address of the networks; each has 65,536.
const BASE_V4: u32 = u32::from_be_bytes([240, 0, 0, 0]);
/// First IPv6 address; each network has a /48.
const BASE_V6: u128 = 0x2001_0db8 << 96;
/// First 16-bit AS number for private use.
const BASE_AS: u32 = 64_512;

/// Networks: country, name. Larger senders first.
pub const NETWORKS: &[(&str, &str)] = &[
    ("US", "PRAIRIE-CLOUD"),
    ("US", "SENDOUT-SERVICES"),
    ("CN", "JADE-BACKBONE"),
    ("RU", "TAIGA-TELECOM"),
    ("BR", "CAPIBARA-NET"),
    ("IN", "MONSOON-BROADBAND"),
    ("VN", "LOTUS-MOBILE"),
    ("ID", "ARCHIPEL-NET"),
    ("DE", "RHEIN-HOSTING"),
    ("DE", "ALUMNI-RECHENZENTRUM"),
    ("FR", "GARONNE-DSL"),
    ("TR", "ANADOLU-FIBER"),
    ("UA", "DNIPRO-NET"),
    ("GB", "FENLAND-INTERNET"),
    ("NL", "POLDER-VPS"),
    ("PL", "BURSZTYN-KABEL"),
    ("IT", "APPENNINO-NET"),
    ("TH", "CHAO-BROADBAND"),
    ("MX", "AGAVE-TELECOM"),
    ("KR", "HANGANG-NET"),
    ("TW", "ALISHAN-HINET"),
    ("IR", "ALBORZ-DATA"),
    ("AR", "PAMPA-CABLE"),
    ("JP", "SUMIDA-SERVER"),
    ("ZA", "HIGHVELD-WIRELESS"),
    ("ES", "MESETA-ONLINE"),
    ("RO", "CARPATI-HOST"),
    ("BG", "RODOPI-NET"),
    ("CO", "ANDINA-MOVIL"),
    ("PH", "SAMPAGUITA-DSL"),
    ("PK", "INDUS-LINK"),
    ("BD", "PADMA-ONLINE"),
    ("EG", "NILE-ADSL"),
    ("CA", "MAPLE-RACKS"),
    ("HK", "HARBOUR-COLO"),
    ("SG", "MERLION-CLOUD"),
    ("MY", "KINABALU-NET"),
    ("CL", "ATACAMA-FIBRA"),
    ("PE", "INCA-TELECOM"),
    ("KZ", "STEPPE-TELECOM"),
    ("CZ", "VLTAVA-WIFI"),
    ("HU", "PUSZTA-NET"),
    ("GR", "AEGEAN-NET"),
    ("RS", "SAVA-KABL"),
    ("SE", "FJALL-BREDBAND"),
    ("CH", "GOTTHARD-ISP"),
    ("AU", "OUTBACK-NET"),
    ("NG", "LAGOON-MOBILE"),
    ("KE", "SAVANNA-LINK"),
    ("MA", "ATLAS-TELECOM"),
    ("DZ", "TASSILI-NET"),
    ("SA", "NEJD-DATA"),
    ("AE", "DUNE-HOSTING"),
    ("IL", "NEGEV-NET"),
    ("BE", "ARDENNES-DSL"),
    ("AT", "TAUERN-NET"),
    ("PT", "ALENTEJO-CABO"),
    ("FI", "SAIMAA-VERKKO"),
    ("DK", "JYLLAND-FIBER"),
    ("NO", "FJORD-LINJE"),
    ("IE", "SHANNON-NET"),
    ("LT", "NEMUNAS-HOST"),
    ("LV", "DAUGAVA-VPS"),
    ("EE", "PEIPSI-NET"),
    ("MD", "NISTRU-VPS"),
    ("GE", "KURA-NET"),
    ("AM", "SEVAN-TELECOM"),
    ("AZ", "ABSHERON-NET"),
    ("LK", "CEYLON-LINK"),
    ("NP", "SHERPA-NET"),
    ("KH", "TONLE-NET"),
    ("MM", "BAGAN-TELECOM"),
    ("EC", "QUITO-CABLE"),
    ("VE", "ORINOCO-NET"),
    ("UY", "PLATA-FIBRA"),
    ("CR", "ARENAL-NET"),
    ("GH", "VOLTA-MOBILE"),
    ("TN", "JERID-ADSL"),
    ("IQ", "TIGRIS-NET"),
    ("NZ", "AOTEA-NET"),
    ("US", "BAYOU-CABLE"),
    ("US", "CASCADE-VPS"),
    ("CN", "YANGTZE-MOBILE"),
    ("RU", "VOLGA-HOST"),
    ("BR", "PANTANAL-FIBRA"),
    ("IN", "DECCAN-DATA"),
    ("DE", "SPREE-DSL"),
    ("FR", "ARMOR-HEBERGEMENT"),
    ("GB", "MOORS-VPS"),
    ("NL", "WAAL-COLO"),
];

/// What the world knows about an address, so that the demo shows countries and networks without any mmdb file.
pub fn place(ip: IpAddr) -> Option<Place> {
    let network = match ip.to_canonical() {
        IpAddr::V4(v4) => u128::from(u32::from(v4).checked_sub(BASE_V4)? >> 16),
        IpAddr::V6(v6) => u128::from(v6).checked_sub(BASE_V6)? >> 80,
    };
    let index = usize::try_from(network).ok()?;
    let (country, name) = NETWORKS.get(index)?;
    Some(Place {
        asn: Some(BASE_AS + index as u32),
        as_name: Some(Arc::from(*name)),
        country: country.as_bytes().try_into().ok(),
    })
}

/// Whom to tell about each network; a few have nobody, as it is in the world.
pub fn contacts(now: Seconds) -> Vec<ContactRule> {
    let rule = |(index, (_, name)): (usize, &(&str, &str))| ContactRule {
        scope: ContactScope::Asn(BASE_AS + index as u32),
        act: ContactAct::Replace,
        contacts: vec![format!("abuse@{}.example", name.to_lowercase())],
        note: "made up".to_owned(),
        at: now,
        by: "demo".to_owned(),
    };
    NETWORKS.iter().enumerate().filter(|(index, _)| index % 9 != 8).map(rule).collect()
}

/// An address of a network.
pub fn address(network: usize, host: u64, ipv6: bool) -> IpAddr {
    if ipv6 {
        IpAddr::V6(Ipv6Addr::from(BASE_V6 | (network as u128) << 80 | u128::from(host >> 16) << 16 | 0x25))
    } else {
        IpAddr::V4(Ipv4Addr::from(BASE_V4 | (network as u32) << 16 | host as u32 & 0xffff))
    }
}

/// The networks whose addresses the demo treats as public although they are reserved.
pub fn treat_as_public() -> Vec<IpNet> {
    vec![
        IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from(BASE_V4), 6)),
        IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from(BASE_V6), 32)),
    ]
}

/// The `[own]` table and what goes with it, as the demo's configuration has them.
pub fn judgement() -> Judgement {
    Judgement {
        own: Own {
            domains: OWN.iter().map(|(domain, _)| (*domain).to_owned()).collect(),
            networks: vec![],
            senders: vec![SERVICE.to_owned()],
            authserv_ids: vec![OWN_SERVER.to_owned()],
            trusted_hosts: vec![OWN_SERVER.to_owned()],
        },
        treat_as_public: treat_as_public(),
        ..Judgement::default()
    }
}

/// How a reporter writes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Dialect {
    /// By the book (RFC 6591).
    Plain,
    /// The feedback part in base64 inside multipart/mixed, a text part behind it.
    EncodedMixed,
    /// No authserv-id, no Identity-Alignment, a Message-ID among the fields.
    Terse,
    /// Only headers are reported.
    HeadersOnly,
    /// A host name in a comment behind Source-IP; CRLF.
    CommentedSource,
    /// Field names in lower case, no line end after the last one.
    LowerCase,
    /// The reported mail in base64.
    EncodedMail,
}

/// A reporter: host, program, dialect, whether it hides the recipient, whether it sends complaints of people too.
#[derive(Clone, Copy)]
pub struct Reporter {
    pub host: &'static str,
    pub agent: &'static str,
    pub dialect: Dialect,
    pub hides: bool,
    pub complaints: bool,
}

/// Reporters, busiest first.
pub const REPORTERS: &[Reporter] = &[
    reporter("mx.mailhost.example.net", "szn-mime/2.1.2", Dialect::Plain, false, false),
    reporter("dmarc.bigmail.example.org", "Lua/1.0", Dialect::EncodedMixed, false, false),
    reporter("fbl.postbox.example.com", "Postbox-FBL/4.2", Dialect::Plain, true, true),
    reporter("mta7.telco.test", "OpenDMARC-Filter/1.3.2", Dialect::CommentedSource, false, false),
    reporter("careers.example.com", "CareersBox/1.0", Dialect::Terse, false, false),
    reporter("loop.webmail.test", "WebmailLoop/2.0", Dialect::LowerCase, true, true),
    reporter("report.corp.test", "ruf-generator 0.9", Dialect::HeadersOnly, false, false),
    reporter("filter.university.test", "pyforensic/1.1", Dialect::EncodedMail, false, true),
];

const fn reporter(
    host: &'static str,
    agent: &'static str,
    dialect: Dialect,
    hides: bool,
    complaints: bool,
) -> Reporter {
    Reporter { host, agent, dialect, hides, complaints }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_found_by_its_own_addresses_and_no_other() {
        for (index, (country, name)) in NETWORKS.iter().enumerate() {
            for (host, ipv6) in [(0, false), (65_535, false), (0, true), (u64::MAX, true)] {
                let place = place(address(index, host, ipv6)).expect("a place");
                assert_eq!(place.as_name.as_deref(), Some(*name));
                assert_eq!(place.country_code(), Some(*country));
                assert!((64_512..65_535).contains(&place.asn.expect("an AS")));
            }
        }
        for other in ["239.255.255.255", "250.0.0.1", "2001:db7::1", "2001:db9::1", "::1"] {
            assert_eq!(place(other.parse().expect("address")), None, "{other}");
        }
    }

    #[test]
    fn all_addresses_count_as_public_in_the_demo_and_are_reserved_elsewhere() {
        use crate::model::address_space::special_purpose;
        let public = treat_as_public();
        for ip in [address(0, 1, false), address(NETWORKS.len() - 1, 9, false), address(3, 77, true)] {
            assert!(special_purpose(ip, &[]).is_some());
            assert_eq!(special_purpose(ip, &public), None);
        }
    }
}
