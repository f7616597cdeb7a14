//! Certificates for test servers: an authority of our own, and certificates as they should and should not be.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use std::fs;
use std::path::{Path, PathBuf};

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone)]
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What one run of tests needs.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// What a client is told to trust.
    pub authority: PathBuf,
    /// For `localhost` and 127.0.0.1, in force.
    pub good: Identity,
    /// As `good`, but it ended yesterday.
    pub expired: Identity,
    /// In force, for `mail.example.net`.
    pub other_host: Identity,
    /// As `good`, but signed by itself.
    pub self_signed: Identity,
}

const DAY: i64 = 86_400;
const OURS: [&str; 2] = ["localhost", "127.0.0.1"];

impl Certificates {
    /// Makes them in this folder.
    pub fn make(folder: &Path) -> Certificates {
        let authority = Issuer::new("Authority of the tests");
        let ca_file = folder.join("authority.pem");
        fs::write(&ca_file, authority.certificate.to_pem().unwrap()).unwrap();
        let issue = |name: &str, hosts: &[&str], from: i64, until: i64, issuer: Option<&Issuer>| {
            let key = key();
            let certificate = certificate(&key, hosts[0], hosts, [from, until], issuer);
            Identity::write(folder, name, &certificate, &key)
        };
        Certificates {
            good: issue("good", &OURS, -DAY, 30 * DAY, Some(&authority)),
            expired: issue("expired", &OURS, -30 * DAY, -DAY, Some(&authority)),
            other_host: issue("other-host", &["mail.example.net"], -DAY, 30 * DAY, Some(&authority)),
            self_signed: issue("self-signed", &OURS, -DAY, 30 * DAY, None),
            authority: ca_file,
        }
    }
}

impl Identity {
    fn write(folder: &Path, name: &str, certificate: &X509, key: &PKey<Private>) -> Identity {
        let identity = Identity {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        fs::write(&identity.certificate, certificate.to_pem().unwrap()).unwrap();
        fs::write(&identity.key, key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        identity
    }
}

struct Issuer {
    certificate: X509,
    key: PKey<Private>,
}

impl Issuer {
    fn new(name: &str) -> Issuer {
        let key = key();
        Issuer { certificate: certificate(&key, name, &[], [-DAY, 30 * DAY], None), key }
    }
}

/// P-256, because making an RSA key takes longer than the test it is for.
fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// For these hosts, or of an authority when there are none; signed by itself without an issuer.
fn certificate(
    key: &PKey<Private>,
    name: &str,
    hosts: &[&str],
    [from, until]: [i64; 2],
    issuer: Option<&Issuer>,
) -> X509 {
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(96, MsbOption::MAYBE_ZERO, false).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let subject = subject.build();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&subject, |issuer| issuer.certificate.subject_name())).unwrap();
    let now = lafayette::model::clock::now();
    builder.set_not_before(&Asn1Time::from_unix(now + from).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(now + until).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    if hosts.is_empty() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().build().unwrap()).unwrap();
    } else {
        let mut names = SubjectAlternativeName::new();
        for host in hosts {
            match host.parse::<std::net::IpAddr>() {
                Ok(_) => names.ip(host),
                Err(_) => names.dns(host),
            };
        }
        let names = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
    }
    builder.sign(issuer.map_or(key, |issuer| &issuer.key), MessageDigest::sha256()).unwrap();
    builder.build()
}
