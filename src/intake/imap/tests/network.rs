//! Sockets, deadlines, TLS: against servers on loopback, each on a thread of its own.

use super::*;
use native_tls::{Identity, TlsAcceptor};
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509Builder, X509NameBuilder};
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A server that does this with its first connections; its port.
fn listen(mut serve: impl FnMut(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().take(4) {
            serve(stream.unwrap());
        }
    });
    port
}

fn at(port: u16, protection: Protection) -> Account<'static> {
    Account {
        host: "127.0.0.1".to_owned(),
        port,
        protection,
        timeout: Duration::from_millis(300),
        ..account()
    }
}

fn open(account: Account<'static>) -> Result<Opened, Error> {
    let mut mailbox = Mailbox::new(account, "INBOX", Mode::ReadOnly, &|| false);
    mailbox.first_pause = Duration::ZERO;
    let opened = mailbox.open();
    mailbox.close();
    opened
}

/// Answers what opening a folder takes, until the other side is gone. The commands that it heard.
fn converse(stream: &mut (impl Read + Write), greets: bool) -> Vec<String> {
    let mut heard = vec![];
    if greets {
        stream.write_all(b"* OK ready\r\n").unwrap();
    }
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|count| count > 0) {
        let (tag, command) = line.trim_end().split_once(' ').unwrap();
        let told = match command.split(' ').next() {
            Some("CAPABILITY") => "* CAPABILITY IMAP4rev1\r\n",
            Some("EXAMINE") => "* 2 EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\n",
            _ => "",
        };
        let answer = format!("{told}{tag} OK done\r\n");
        heard.push(command.to_owned());
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            break;
        }
        line.clear();
    }
    heard
}

struct Identified {
    pem: Vec<u8>,
    acceptor: TlsAcceptor,
}

/// A certificate that vouches for itself, for a name, with these days before and after now.
fn identified(name: &str, from: i64, until: i64) -> Identified {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, "mail").unwrap();
    let subject = subject.build();
    let day = |days: i64| Asn1Time::from_unix(crate::model::clock::now() + days * 86_400).unwrap();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&Asn1Integer::from_bn(&BigNum::from_u32(1).unwrap()).unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&day(from)).unwrap();
    builder.set_not_after(&day(until)).unwrap();
    builder.append_extension(BasicConstraints::new().ca().build().unwrap()).unwrap();
    let mut names = SubjectAlternativeName::new();
    if name.parse::<std::net::IpAddr>().is_ok() {
        names.ip(name)
    } else {
        names.dns(name)
    };
    let names = names.build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let pem = builder.build().to_pem().unwrap();
    let identity = Identity::from_pkcs8(&pem, &key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    Identified { pem, acceptor: TlsAcceptor::new(identity).unwrap() }
}

fn over_tls(acceptor: TlsAcceptor) -> u16 {
    listen(move |stream| {
        if let Ok(mut stream) = acceptor.accept(stream) {
            converse(&mut stream, true);
        }
    })
}

fn trusting(path: &Path, port: u16, protection: Protection) -> Account<'static> {
    Account { ca_file: Some(path.to_owned()), timeout: Duration::from_secs(5), ..at(port, protection) }
}

#[test]
fn a_trusted_certificate_opens_the_mailbox() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let Identified { pem, acceptor } = identified("127.0.0.1", -1, 1);
    std::fs::write(&path, [b"# ours\n".as_slice(), &pem].concat()).unwrap();
    let opened = open(trusting(&path, over_tls(acceptor), Protection::Implicit)).unwrap();
    assert_eq!(opened, Opened { uid_validity: 9, uid_next: None, messages: 2 });
}

#[test]
fn what_is_wrong_with_a_certificate_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    for (name, from, until, trusted, part) in [
        ("127.0.0.1", -1, 1, false, "ca_file"),
        ("127.0.0.1", -3, -1, true, "expired"),
        ("127.0.0.1", 1, 3, true, "not valid yet"),
        ("mail.example", -1, 1, true, "not for the name 127.0.0.1"),
    ] {
        let Identified { pem, acceptor } = identified(name, from, until);
        std::fs::write(&path, &pem).unwrap();
        let mut account = trusting(&path, over_tls(acceptor), Protection::Implicit);
        account.ca_file = account.ca_file.filter(|_| trusted);
        let error = open(account).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Certificate, "{error}");
        assert!(error.sentence.contains(part), "{error}");
    }
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own-ca.pem");
    let missing = open(trusting(&path, 1, Protection::Implicit)).unwrap_err();
    std::fs::write(&path, "-----BEGIN NOTHING-----\n").unwrap();
    let wrong = open(trusting(&path, 1, Protection::Implicit)).unwrap_err();
    for error in [missing, wrong] {
        assert_eq!(error.kind, ErrorKind::Certificate);
        assert!(error.sentence.contains("own-ca.pem") && error.sentence.contains("ca_file"), "{error}");
    }
}

#[test]
fn starttls_protects_everything_that_follows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let Identified { pem, acceptor } = identified("127.0.0.1", -1, 1);
    std::fs::write(&path, &pem).unwrap();
    let port = listen(move |mut stream| {
        let mut line = [0; 256];
        stream.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n").unwrap();
        let _ = stream.read(&mut line).unwrap();
        stream.write_all(b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\ns1 OK done\r\n").unwrap();
        let _ = stream.read(&mut line).unwrap();
        stream.write_all(b"s2 OK go on\r\n").unwrap();
        converse(&mut acceptor.accept(stream).unwrap(), false);
    });
    assert!(open(trusting(&path, port, Protection::Starttls)).is_ok());
}

#[test]
fn without_starttls_no_password_is_sent() {
    for (greeting, capabilities, answer, part) in [
        ("* OK hi", "IMAP4rev1", "OK", "does not offer STARTTLS"),
        ("* OK hi", "IMAP4rev1 XSTARTTLS", "OK", "does not offer STARTTLS"),
        ("* OK hi", "IMAP4rev1 STARTTLS", "NO", "refuses it"),
        ("* PREAUTH hi", "", "", "TLS cannot begin"),
        ("* OK hi", "IMAP4rev1 STARTTLS", "OK go\r\n* OK injected", "tampering"),
    ] {
        static LOGIN: AtomicBool = AtomicBool::new(false);
        let port = listen(move |mut stream| {
            stream.write_all(format!("{greeting}\r\n").as_bytes()).unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while let Some(Ok(line)) = lines.next() {
                LOGIN.fetch_or(line.contains("Pa55w0rd"), Ordering::Relaxed);
                let told = format!("* CAPABILITY {capabilities}\r\ns1 OK done\r\n");
                let told = if line.starts_with("s1") { told } else { format!("s2 {answer}\r\n") };
                let _ = stream.write_all(told.as_bytes());
            }
        });
        let error = open(at(port, Protection::Starttls)).unwrap_err();
        assert!(error.sentence.contains(part), "{error}");
        assert!(matches!(error.kind, ErrorKind::Refused | ErrorKind::Protocol));
        assert!(!LOGIN.load(Ordering::Relaxed));
    }
}

#[test]
fn plain_is_for_this_machine_only() {
    let port = listen(|mut stream| drop(converse(&mut stream, true)));
    assert!(open(Account { host: "localhost".to_owned(), ..at(port, Protection::Plain) }).is_ok());
    for host in ["192.0.2.1", "[2001:db8::1]"] {
        let error = open(Account { host: host.to_owned(), ..at(port, Protection::Plain) }).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused, "{error}");
    }
}

#[test]
fn a_closed_port_is_unreachable_at_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let began = Instant::now();
    let error =
        open(Account { timeout: Duration::from_secs(60), ..at(port, Protection::Plain) }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(
        error.sentence.contains("connection refused") && error.sentence.contains(&port.to_string()),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn trickling_ends_at_the_deadline() {
    for protection in [Protection::Plain, Protection::Starttls, Protection::Implicit] {
        let port = listen(|mut stream| {
            thread::spawn(move || {
                // A TLS record that announces 16 kB, and as a greeting a line without end.
                for byte in [0x16, 3, 3, 0x40, 0].into_iter().chain(std::iter::repeat(2)) {
                    if stream.write_all(&[byte]).is_err() {
                        break;
                    }
                    thread::sleep(Duration::from_millis(30));
                }
            });
        });
        let began = Instant::now();
        let error = open(at(port, protection)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooSlow, "{protection:?}: {error}");
        // Without a deadline it would take minutes; the room is for a busy machine.
        assert!(began.elapsed() < Duration::from_secs(8), "{protection:?}");
    }
}

#[test]
fn trickling_within_a_command_ends_at_its_deadline() {
    let port = listen(|mut stream| {
        thread::spawn(move || {
            let mut heard = BufReader::new(stream.try_clone().unwrap()).lines();
            stream.write_all(b"* OK ready\r\n").unwrap();
            while let Some(Ok(line)) = heard.next() {
                let tag = line.split(' ').next().unwrap_or_default();
                let mut answer = format!("* OK [UIDVALIDITY 9] ok\r\n{tag} OK done\r\n");
                if line.contains("FETCH") {
                    answer = "* OK still here\r\n".repeat(1000);
                }
                let pause = Duration::from_millis(if line.contains("FETCH") { 20 } else { 0 });
                for byte in answer.bytes() {
                    if stream.write_all(&[byte]).is_err() {
                        return;
                    }
                    thread::sleep(pause);
                }
            }
        });
    });
    let mut mailbox = Mailbox::new(at(port, Protection::Plain), "INBOX", Mode::ReadOnly, &|| false);
    mailbox.first_pause = Duration::ZERO;
    mailbox.open().unwrap();
    let began = Instant::now();
    assert_eq!(mailbox.sizes(&[1]).unwrap_err().kind, ErrorKind::TooSlow);
    // Two tries of 0.3 s; all of it would take six minutes.
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_person_need_not_wait_for_a_silent_server() {
    static CANCELLED: AtomicBool = AtomicBool::new(false);
    let port = listen(|mut stream| {
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            CANCELLED.store(true, Ordering::Relaxed);
            let _ = stream.read(&mut [0]);
            thread::sleep(Duration::from_secs(5));
        });
    });
    let account = Account { timeout: Duration::from_secs(60), ..at(port, Protection::Plain) };
    let began = Instant::now();
    let mut mailbox = Mailbox::new(account, "INBOX", Mode::ReadOnly, &|| CANCELLED.load(Ordering::Relaxed));
    assert_eq!(mailbox.open().unwrap_err().kind, ErrorKind::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_person_need_not_wait_for_mail() {
    static CANCELLED: AtomicBool = AtomicBool::new(false);
    let port = listen(|mut stream| {
        let mut heard = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"* OK ready\r\n").unwrap();
        while let Some(Ok(line)) = heard.next() {
            let tag = line.split(' ').next().unwrap_or_default().to_owned();
            let answer = match line.split(' ').nth(1) {
                Some("CAPABILITY") => format!("* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n"),
                Some("EXAMINE") => format!("* 2 EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\n{tag} OK done\r\n"),
                Some("IDLE") => {
                    thread::spawn(|| {
                        thread::sleep(Duration::from_millis(100));
                        CANCELLED.store(true, Ordering::Relaxed);
                    });
                    "+ idling\r\n".to_owned()
                }
                _ => format!("{tag} OK done\r\n"),
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let account = Account { timeout: Duration::from_secs(60), ..at(port, Protection::Plain) };
    let mut mailbox = Mailbox::new(account, "INBOX", Mode::ReadOnly, &|| CANCELLED.load(Ordering::Relaxed));
    let began = Instant::now();
    assert_eq!(mailbox.wait(Duration::from_secs(3600)).unwrap_err().kind, ErrorKind::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_mailbox_may_go_to_another_thread() {
    fn goes<T: Send>(_: &T) {}
    goes(&Mailbox::new(account(), "INBOX", Mode::ReadOnly, &|| false));
}

#[test]
fn nothing_shows_a_secret() {
    let text =
        format!("{:?} {:?}", account(), Fetched { uid: 1, bytes: b"Pa55w0rd".to_vec(), overflow: None });
    assert!(text.contains("Password(…)") && !text.contains("Pa55w0rd") && !text.contains("80, 97"), "{text}");
}
