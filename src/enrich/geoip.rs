//! Network and country of an address from mmdb files of any layout. Reads the files when opened, never a socket.
//!
//! No mode is chosen by a file's name or type: a record is asked for every name under which the makers of such
//! files keep a country or an AS. What a file turned out to hold is kept for `doctor` and `config show`.

use crate::model::clock::Seconds;
use crate::model::{Country, CountryMeaning, Fact, Finding, Origin};
use ipnet::IpNet;
use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How many networks are looked at to learn what a file holds. Reserved ranges without data come first in some.
const SAMPLE: usize = 10_000;

/// What is known about an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Number of the AS that announces its network.
    pub asn: Option<u32>,
    /// Name of that AS.
    pub as_name: Option<Arc<str>>,
    /// ISO 3166-1 alpha-2 code of the country where it is used, else of the country that it is registered in.
    pub country: Option<[u8; 2]>,
}

impl Place {
    /// The country's two letters.
    pub fn country_code(&self) -> Option<&str> {
        self.country.as_ref().and_then(|code| std::str::from_utf8(code).ok())
    }

    /// Takes what is missing from another file. A name is only taken for the same AS.
    fn complete(&mut self, other: &Place) {
        self.country = self.country.or(other.country);
        if self.asn.is_none() || self.asn == other.asn {
            self.asn = other.asn;
            if self.as_name.is_none() {
                self.as_name.clone_from(&other.as_name);
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.asn.is_some() && self.as_name.is_some() && self.country.is_some()
    }
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", file.display())]
pub struct Error {
    /// The file as it was named.
    pub file: PathBuf,
    /// A sentence: what is wrong and what to do.
    pub reason: String,
}

/// Under which names a file keeps its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `country_code` beside the network, or MaxMind's names for an AS alone.
    Flat,
    /// `country.iso_code`, `autonomous_system_number` (MaxMind, DB-IP).
    MaxMind,
    /// `asn: "AS123"`, `as_name` (IPinfo).
    IpInfo,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Layout::Flat => "flat",
            Layout::MaxMind => "MaxMind",
            Layout::IpInfo => "IPinfo",
        })
    }
}

/// What is to be said about a file that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The file as it was named.
    pub file: PathBuf,
    /// What its maker calls it.
    pub database_type: String,
    /// When its maker built it.
    pub built: Seconds,
    /// The names under which it keeps its facts.
    pub layout: Layout,
    /// It knows countries.
    pub countries: bool,
    /// It knows ASes.
    pub networks: bool,
    /// It knows IPv6 addresses.
    pub ipv6: bool,
}

/// The files of the configuration, asked in their order: an earlier one wins, a later one fills gaps.
#[derive(Default)]
pub struct GeoIp {
    files: Vec<Database>,
}

impl GeoIp {
    /// Reads the files. Every one has to be usable: a country that is missing without a word is worse than an error.
    pub fn open(files: &[PathBuf]) -> Result<GeoIp, Error> {
        let files = files.iter().map(|file| Database::open(file)).collect::<Result<_, _>>()?;
        Ok(GeoIp { files })
    }

    /// No file is configured; every look-up comes to nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files in use.
    pub fn about(&self) -> impl Iterator<Item = &About> {
        self.files.iter().map(|file| &file.about)
    }

    /// What is known about the address. For a network that was met before: a walk down the tree, nothing decoded.
    pub fn lookup(&self, ip: IpAddr) -> Place {
        let ip = ip.to_canonical();
        let mut place = Place::default();
        for file in &self.files {
            place.complete(&file.lookup(ip));
            if place.is_complete() {
                break;
            }
        }
        place
    }

    /// The same with what it means, the network it holds for, and the file. As old as the file; until there is another.
    pub fn facts(&self, ip: IpAddr) -> Facts {
        let ip = ip.to_canonical();
        let mut facts = Facts::default();
        for file in &self.files {
            let found = file.facts(ip);
            facts.country = facts.country.or(found.country);
            facts.origin = match (facts.origin, found.origin) {
                (Some(known), Some(other)) => Some(completed(known, &other)),
                (known, other) => known.or(other),
            };
        }
        facts
    }
}

/// A name that is missing comes from another file, when it is about the same AS.
fn completed(mut known: Fact<Origin>, other: &Fact<Origin>) -> Fact<Origin> {
    if let (Finding::Yes(known), Some(other)) = (&mut known.finding, other.yes())
        && known.asn == other.asn
        && known.as_name.is_none()
    {
        known.as_name.clone_from(&other.as_name);
    }
    known
}

/// What the files say about an address, and which of them. `None`: none of them knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Who announces its network.
    pub origin: Option<Fact<Origin>>,
    /// Its country.
    pub country: Option<Fact<Country>>,
}

struct Database {
    reader: Reader<Vec<u8>>,
    about: About,
    /// Places by the offset of their record, which many networks share: decoded once, the name kept once.
    places: Mutex<HashMap<usize, Place>>,
}

impl Database {
    fn open(file: &Path) -> Result<Database, Error> {
        let fail = |reason: String| Error { file: file.to_owned(), reason };
        let reader = Reader::open_readfile(file).map_err(|error| fail(unusable(&error)))?;
        let metadata = reader.metadata();
        let mut about = About {
            file: file.to_owned(),
            database_type: metadata.database_type.clone(),
            built: i64::try_from(metadata.build_epoch).unwrap_or(i64::MAX),
            layout: Layout::Flat,
            countries: false,
            networks: false,
            ipv6: metadata.ip_version == 6,
        };
        // `verify` refuses some files that can be read well, so the records themselves are tried.
        let networks = reader.networks(WithinOptions::default()).map_err(|error| fail(unusable(&error)))?;
        for network in networks.take(SAMPLE) {
            let record = network.and_then(|n| n.decode::<Record<'_>>()).map_err(|e| fail(unusable(&e)))?;
            let Some(record) = record else { continue };
            if let Some(layout) = record.layout() {
                about.layout = layout;
            }
            let place = record.place();
            about.countries |= place.country.is_some();
            about.networks |= place.asn.is_some();
        }
        if !about.countries && !about.networks {
            return Err(fail(format!(
                "This mmdb file ({}) holds neither countries nor AS numbers. Name a country, city or ASN file in \
                 [geoip] files.",
                if about.database_type.is_empty() { "without a type" } else { &about.database_type }
            )));
        }
        Ok(Database { reader, about, places: Mutex::default() })
    }

    /// A damaged record and an IPv6 address in an IPv4 file come to nothing, like an unknown address.
    fn lookup(&self, ip: IpAddr) -> Place {
        if ip.is_ipv6() && !self.about.ipv6 {
            return Place::default();
        }
        let Ok(found) = self.reader.lookup(ip) else { return Place::default() };
        let Some(offset) = found.offset() else { return Place::default() };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(&offset) {
            return place.clone();
        }
        let record = found.decode::<Record<'_>>().ok().flatten();
        let place = record.map(|record| record.place()).unwrap_or_default();
        places.insert(offset, place.clone());
        place
    }
}

impl Database {
    fn facts(&self, ip: IpAddr) -> Facts {
        if ip.is_ipv6() && !self.about.ipv6 {
            return Facts::default();
        }
        let Ok(found) = self.reader.lookup(ip) else { return Facts::default() };
        let Ok(Some(record)) = found.decode::<Record<'_>>() else { return Facts::default() };
        let place = record.place();
        let prefix: Option<IpNet> =
            found.network().ok().and_then(|n| IpNet::new(n.network(), n.prefix()).ok());
        let origin = place.asn.map(|asn| {
            let as_name = place.as_name.as_deref().map(str::to_owned);
            self.fact(Origin { asn, also: vec![], prefix, as_name, registry: None, allocated: None })
        });
        let country = place
            .country_code()
            .map(|code| self.fact(Country { code: code.to_owned(), meaning: record.meaning() }));
        Facts { origin, country }
    }

    fn fact<T>(&self, what: T) -> Fact<T> {
        let name = self.about.file.file_name().unwrap_or(self.about.file.as_os_str());
        Fact {
            finding: Finding::Yes(what),
            from: name.to_string_lossy().into_owned(),
            at: self.about.built,
            until: Seconds::MAX,
        }
    }
}

fn unusable(error: &MaxMindDbError) -> String {
    match error {
        MaxMindDbError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "There is no such file. Mend [geoip] files or fetch it again.".to_owned()
        }
        MaxMindDbError::Io(error) => format!("The file cannot be read ({error})."),
        other => format!("This is no usable mmdb file, it may be cut or damaged ({other}). Fetch it again."),
    }
}

/// The names of all layouts; everything else in a record is skipped undecoded.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow, deserialize_with = "text")]
    country_code: Option<&'a str>,
    #[serde(borrow)]
    country: Option<CountryField<'a>>,
    #[serde(borrow)]
    registered_country: Option<CountryField<'a>>,
    #[serde(deserialize_with = "number")]
    autonomous_system_number: Option<u32>,
    #[serde(borrow, deserialize_with = "text")]
    autonomous_system_organization: Option<&'a str>,
    #[serde(deserialize_with = "number")]
    asn: Option<u32>,
    #[serde(borrow, deserialize_with = "text")]
    as_name: Option<&'a str>,
}

impl Record<'_> {
    fn place(&self) -> Place {
        let codes = [
            self.country_code,
            self.country.as_ref().and_then(|c| c.0),
            self.registered_country.as_ref().and_then(|c| c.0),
        ];
        let name = self.autonomous_system_organization.or(self.as_name).filter(|name| !name.is_empty());
        Place {
            asn: self.autonomous_system_number.or(self.asn).filter(|number| *number != 0),
            as_name: name.map(Arc::from),
            country: codes.into_iter().flatten().find_map(code),
        }
    }

    /// What the country of [`Record::place`] says.
    fn meaning(&self) -> CountryMeaning {
        let located = [self.country_code, self.country.as_ref().and_then(|c| c.0)];
        match located.into_iter().flatten().find_map(code) {
            Some(_) => CountryMeaning::Located,
            None => CountryMeaning::Registered,
        }
    }

    fn layout(&self) -> Option<Layout> {
        if self.asn.is_some() || self.as_name.is_some() {
            Some(Layout::IpInfo)
        } else if self.country.is_some() || self.registered_country.is_some() {
            Some(Layout::MaxMind)
        } else if self.country_code.is_some() {
            Some(Layout::Flat)
        } else {
            self.autonomous_system_number.map(|_| Layout::MaxMind)
        }
    }
}

fn code(text: &str) -> Option<[u8; 2]> {
    let code: [u8; 2] = text.as_bytes().try_into().ok()?;
    code.iter().all(u8::is_ascii_alphabetic).then(|| code.map(|letter| letter.to_ascii_uppercase()))
}

/// A country is a map with `iso_code`, or the code itself.
struct CountryField<'a>(Option<&'a str>);

impl<'de: 'a, 'a> Deserialize<'de> for CountryField<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Any::<'de>::deserialize(deserializer).map(|any| match any {
            Any::Text(text) | Any::Map { iso_code: Some(text) } => CountryField(Some(text)),
            _ => CountryField(None),
        })
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de str>, D::Error> {
    Any::deserialize(deserializer).map(|any| match any {
        Any::Text(text) => Some(text),
        _ => None,
    })
}

/// A number, or text such as `AS123` and `123`.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Any::deserialize(deserializer).map(|any| match any {
        Any::Number(number) => u32::try_from(number).ok(),
        Any::Text(text) => text.trim_start_matches(['A', 'S', 'a', 's']).trim().parse().ok(),
        _ => None,
    })
}

/// A value of whatever type its maker chose: an unexpected type is a missing fact, never an error.
enum Any<'a> {
    Text(&'a str),
    Number(u64),
    Map { iso_code: Option<&'a str> },
    Other,
}

impl<'de> Deserialize<'de> for Any<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Any<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Any<'de>, E> {
                Ok(Any::Text(text))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Any<'de>, E> {
                Ok(Any::Number(number))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Any<'de>, E> {
                Ok(u64::try_from(number).map_or(Any::Other, Any::Number))
            }
            fn visit_u128<E: de::Error>(self, _: u128) -> Result<Any<'de>, E> {
                Ok(Any::Other)
            }
            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Any<'de>, E> {
                Ok(Any::Other)
            }
            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Any<'de>, E> {
                Ok(Any::Other)
            }
            fn visit_borrowed_bytes<E: de::Error>(self, _: &'de [u8]) -> Result<Any<'de>, E> {
                Ok(Any::Other)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Any<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Any::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any<'de>, A::Error> {
                let mut iso_code = None;
                while let Some(key) = map.next_key::<&str>()? {
                    if key == "iso_code" {
                        iso_code = match map.next_value()? {
                            Any::Text(text) => Some(text),
                            _ => None,
                        };
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Any::Map { iso_code })
            }
        }
        deserializer.deserialize_any(Visit)
    }
}
