//! Look-ups in mmdb files of every layout.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::enrich::geoip::{Facts, GeoIp, Layout, Place};
use lafayette::model::{Country, CountryMeaning};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use support::mmdb::{self, Names, Range};

const TABLE: &str = "240.0.0.0\t240.0.2.255\t64500\tDE\tHOUSE-NET DE\n\
    240.0.3.0\t240.0.3.0\t64501\tBR\tONE-HOST BR\n\
    240.1.0.0\t240.255.255.255\t4200000001\tJP\tLARGE-NET JP\n\
    2001:db8:1::\t2001:db8:1:ffff:ffff:ffff:ffff:ffff\t64500\tDE\tHOUSE-NET DE\n";

fn write(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("write");
    path
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("address")
}

fn place(asn: u32, name: &str, country: &str) -> Place {
    Place { asn: Some(asn), as_name: Some(name.into()), country: country.as_bytes().try_into().ok() }
}

fn refusal(path: PathBuf) -> String {
    GeoIp::open(&[path]).err().expect("an error").to_string()
}

#[test]
fn every_layout_gives_the_same_places() {
    let dir = tempfile::tempdir().expect("folder");
    let ranges = mmdb::ranges(TABLE).expect("table");
    for (names, layout) in
        [(Names::Flat, Layout::Flat), (Names::MaxMind, Layout::MaxMind), (Names::IpInfo, Layout::IpInfo)]
    {
        let path = write(dir.path(), "a.mmdb", &mmdb::file(&ranges, names, 1_790_000_000));
        let geo = GeoIp::open(&[path]).expect("usable");
        for (address, expected) in [
            ("240.0.0.0", place(64500, "HOUSE-NET DE", "DE")),
            ("240.0.2.255", place(64500, "HOUSE-NET DE", "DE")),
            ("::ffff:240.0.2.255", place(64500, "HOUSE-NET DE", "DE")),
            ("240.0.3.0", place(64501, "ONE-HOST BR", "BR")),
            ("240.0.3.1", Place::default()),
            ("239.255.255.255", Place::default()),
            ("240.77.1.2", place(4_200_000_001, "LARGE-NET JP", "JP")),
            ("2001:db8:1::5", place(64500, "HOUSE-NET DE", "DE")),
            ("2001:db8:2::", Place::default()),
        ] {
            assert_eq!(geo.lookup(ip(address)), expected, "{address} {names:?}");
            assert_eq!(geo.lookup(ip(address)), expected, "{address} {names:?} again");
        }
        let about = geo.about().next().expect("one file");
        assert_eq!((about.layout, about.built), (layout, 1_790_000_000));
        assert!(about.countries && about.networks && about.ipv6);
    }
}

#[test]
fn an_earlier_file_wins_and_a_later_one_fills_gaps() {
    let dir = tempfile::tempdir().expect("folder");
    let range = |start: &str, asn, country: &str, name: &str| Range {
        start: ip(start),
        end: ip(start),
        asn,
        country: country.into(),
        name: name.into(),
    };
    let first = [range("240.0.0.1", 0, "DE", ""), range("240.0.0.2", 64500, "", "")];
    let second = [
        range("240.0.0.1", 64501, "FR", "B"),
        range("240.0.0.2", 64502, "fr", "B"),
        range("240.0.0.3", 64503, "F1", "C"),
    ];
    let files = [
        write(dir.path(), "1.mmdb", &mmdb::file(&first, Names::IpInfo, 0)),
        write(dir.path(), "2.mmdb", &mmdb::file(&second, Names::Flat, 0)),
    ];
    let geo = GeoIp::open(&files).expect("usable");
    assert_eq!(geo.lookup(ip("240.0.0.1")), place(64501, "B", "DE"));
    let other_as = Place { asn: Some(64500), as_name: None, country: Some(*b"FR") };
    assert_eq!(geo.lookup(ip("240.0.0.2")), other_as, "the name of another AS is no name for this one");
    assert_eq!(geo.lookup(ip("240.0.0.3")), Place { country: None, ..place(64503, "C", "XX") });
}

#[test]
fn facts_tell_which_file_how_old_for_which_network_and_what_a_country_means() {
    let dir = tempfile::tempdir().expect("folder");
    let range = |start: &str, end: &str, country: &str, name: &str| Range {
        start: ip(start),
        end: ip(end),
        asn: 64500,
        country: country.into(),
        name: name.into(),
    };
    let first =
        [range("240.0.0.0", "240.0.0.255", "DE", ""), range("240.0.1.0", "240.0.1.0", "", "HOUSE-NET")];
    let second = [range("240.0.0.0", "240.0.255.255", "FR", "HOUSE-NET DE")];
    let files = [
        write(dir.path(), "1.mmdb", &mmdb::file(&first, Names::MaxMind, 1_790_000_000)),
        write(dir.path(), "2.mmdb", &mmdb::file(&second, Names::Flat, 1_780_000_000)),
    ];
    let geo = GeoIp::open(&files).expect("usable");
    let facts = geo.facts(ip("::ffff:240.0.0.7"));
    let (origin, country) = (facts.origin.expect("announced"), facts.country.expect("somewhere"));
    assert_eq!((origin.from.as_str(), origin.at), ("1.mmdb", 1_790_000_000));
    let known = origin.yes().expect("known");
    assert_eq!((known.asn, known.as_name.as_deref()), (64500, Some("HOUSE-NET DE")));
    assert_eq!(known.prefix.map(|prefix| prefix.to_string()).as_deref(), Some("240.0.0.0/24"));
    let said = |code: &str, meaning| Some(Country { code: code.to_owned(), meaning });
    assert_eq!(country.yes().cloned(), said("DE", CountryMeaning::Located));
    let country = geo.facts(ip("240.0.1.0")).country.expect("somewhere");
    assert_eq!(country.yes().cloned(), said("ZZ", CountryMeaning::Registered));
    let facts = geo.facts(ip("240.0.2.1"));
    assert_eq!(facts.country.map(|country| country.from).as_deref(), Some("2.mmdb"));
    assert_eq!(geo.facts(ip("239.0.0.1")), Facts::default());
}

#[test]
fn files_that_cannot_be_used_are_named_in_a_sentence() {
    let dir = tempfile::tempdir().expect("folder");
    let whole = mmdb::file(&mmdb::ranges(TABLE).expect("table"), Names::MaxMind, 0);
    let missing = refusal(dir.path().join("none.mmdb"));
    assert!(missing.contains("none.mmdb: There is no such file"), "{missing}");
    for (name, bytes) in [
        ("empty.mmdb", &b""[..]),
        ("text.mmdb", b"no database"),
        ("cut.mmdb", &whole[..whole.len() - 100]),
        ("tail.mmdb", &whole[whole.len() / 2..]),
    ] {
        let reason = refusal(write(dir.path(), name, bytes));
        assert!(reason.contains(name) && reason.contains("no usable mmdb file"), "{reason}");
    }
    let reason = refusal(write(dir.path(), "bare.mmdb", &mmdb::file(&[], Names::Flat, 0)));
    assert!(reason.contains("neither countries nor AS numbers"), "{reason}");
}

#[test]
fn without_files_nothing_is_known() {
    let geo = GeoIp::open(&[]).expect("nothing to fail");
    assert!(geo.is_empty());
    assert_eq!(geo.lookup(ip("240.0.0.1")), Place::default());
}
