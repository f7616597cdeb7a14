//! A world of abuse desks: contacts by DNS and by a registry, and a server that takes mail.

use super::certificates::Certificates;
use super::dns::FakeDns;
use super::http::{Asked, FakeHttp, Reply};
use super::program::Home;
use super::smtp::{self, Received, SmtpServer};
use lafayette::enrich::reverse::reversed;
use lafayette::model::clock;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;

pub const CONTACTS: usize = 40;

/// A fresh failure report about fraud from the network of this contact; no two have the same subject or source.
pub fn fraud(number: usize, contact: usize) -> Vec<u8> {
    let at = clock::rfc5322(clock::now() - 7_200);
    let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"];
    let word = |place: usize| words[number / 10_usize.pow(place as u32) % 10];
    let subject = format!("{} {} {} invoice", word(0), word(1), word(2));
    let text = format!(
        "From: DMARC reporter <noreply@reporter.example>\nTo: dmarc@brand.example\nSubject: FW: {subject}\n\
         Message-ID: <report-{number}@reporter.example>\nDate: {at}\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"=_report\"\n\n\
         --=_report\nContent-Type: text/plain; charset=us-ascii\n\nThis is an authentication failure report.\n\n\
         --=_report\nContent-Type: message/feedback-report\n\nFeedback-Type: auth-failure\nUser-Agent: Reporter/1.0\n\
         Version: 1\nAuth-Failure: dmarc\nOriginal-Mail-From: <bounce-{number}@sender.example>\n\
         Original-Rcpt-To: <person@reporter.example>\nSource-IP: 198.18.{contact}.{host}\n\
         Reported-Domain: brand.example\nArrival-Date: {at}\nDelivery-Result: delivered\n\
         Authentication-Results: mx.reporter.example; dmarc=fail header.from=brand.example; spf=fail \
         smtp.mailfrom=sender.example; dkim=none\n\n\
         --=_report\nContent-Type: message/rfc822\n\n\
         Received: from sender.example (sender.example [198.18.{contact}.{host}]) by mx.reporter.example; {at}\n\
         From: Accounting <accounting@brand.example>\nTo: person@reporter.example\nSubject: {subject}\n\
         Message-ID: <invoice-{number}@brand.example>\nDate: {at}\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\n\nPlease pay at http://pay-{number}.evil.test/{subject_path} today.\n\n\
         --=_report--\n",
        host = number / CONTACTS + 1,
        subject_path = subject.replace(' ', "-"),
    );
    text.replace('\n', "\r\n").into_bytes()
}

/// Contact and its number among its own.
pub fn desk(contact: usize) -> String {
    format!("abuse@isp{contact:02}.example")
}

/// Half of the contacts are known to Abusix, the others to the registry.
pub struct World {
    pub dns: FakeDns,
    pub registry: FakeHttp,
    bootstrap: FakeHttp,
    pub smtp: SmtpServer,
    certificates: Certificates,
    _folder: tempfile::TempDir,
}

impl World {
    pub fn new(reports: usize) -> World {
        let dns = FakeDns::start();
        for number in 0..reports {
            let contact = number % CONTACTS;
            if contact.is_multiple_of(2) {
                let ip = format!("198.18.{contact}.{}", number / CONTACTS + 1);
                let name = format!("{}.abuse-contacts.abusix.zone", reversed(ip.parse().unwrap()));
                dns.txt(&name, &[&desk(contact)]);
            }
        }
        let registry = FakeHttp::start(|asked: &Asked| {
            let ip = asked.target.rsplit('/').next().unwrap_or_default();
            let network: Vec<&str> = ip.split('.').take(3).collect();
            let Some(contact) = network.get(2).and_then(|third| third.parse().ok()) else {
                return Reply::status(404);
            };
            let (network, mail) = (network.join("."), desk(contact));
            Reply::ok(
                "application/rdap+json",
                &format!(
                    r#"{{"objectClassName":"ip network","name":"NET","startAddress":"{network}.0","endAddress":"{network}.255",
                    "entities":[{{"roles":["abuse"],"vcardArray":["vcard",[["email",{{}},"text","{mail}"]]]}}]}}"#
                ),
            )
        });
        let base = registry.url("/rdap");
        let bootstrap = FakeHttp::start(move |_: &Asked| {
            let services = format!(r#"{{"version":"1.0","services":[[["198.18.0.0/15"],["{base}"]]]}}"#);
            Reply::ok("application/json", &services)
        });
        let folder = tempfile::tempdir().unwrap();
        let certificates = Certificates::make(folder.path());
        let options = smtp::Options {
            identity: Some(certificates.good.clone()),
            wants_login: true,
            ..smtp::Options::default()
        };
        let smtp = SmtpServer::start(options, vec![]);
        World { dns, registry, bootstrap, smtp, certificates, _folder: folder }
    }

    pub fn configuration(&self, more: &str) -> String {
        format!(
            "treat_as_public = ['198.18.0.0/15', '127.0.0.0/8']\n[own]\ndomains = ['brand.example']\n\
             [report]\nfrom = 'abuse-desk@brand.example'\n\
             [dns]\nservers = ['{}']\ntimeout_seconds = 2\ntries = 1\n[lists]\nuse = []\n\
             [contacts]\nrdap_bootstrap = '{}'\nripestat = false\n\
             [sending]\nhold = '0s'\nspacing = '0s'\nper_contact_a_day = 1000\nunattended = true\nconnections = 4\n\
             {}{more}",
            self.dns.address(),
            self.bootstrap.url("/"),
            self.smtp.table(&format!("ca_file = '{}'", self.certificates.authority.display())),
        )
    }
}

pub fn lines(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let answer = home.run(arguments).answer;
    answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of the outbox by state.
pub fn states(home: &Home) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for row in lines(home, &["outbox", "list", "--format", "json", "--limit", "0"]) {
        *states.entry(row["state"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    states
}

/// A house into which so many reports were imported and marked.
pub fn with_marked(world: &World, reports: usize, more: &str) -> Home {
    let home = Home::new(&world.configuration(&format!(
        "[[feed]]\nname = 'failures'\ntrusted_reporters = ['reporter.example']\n{more}"
    )));
    let mut file = std::fs::File::create(home.path("reports.mbox")).unwrap();
    for number in 0..reports {
        file.write_all(b"From x Fri Nov 20 10:00:00 2026\n").unwrap();
        let bytes = fraud(number, number % CONTACTS);
        file.write_all(&bytes.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<u8>>()).unwrap();
        file.write_all(b"\n").unwrap();
    }
    drop(file);
    home.good(&["import", "reports.mbox", "--feed", "failures"]);
    home.good(&["enrich"]);
    home.good(&["mark", "kind:normal"]);
    home
}

/// Nobody got anything twice.
#[track_caller]
pub fn assert_once(received: &[Received]) {
    let mut seen: HashMap<(&str, &[u8]), usize> = HashMap::new();
    for message in received {
        let [recipient] = message.recipients.as_slice() else { panic!("{:?}", message.recipients) };
        *seen.entry((recipient, &message.bytes)).or_default() += 1;
    }
    assert!(seen.values().all(|count| *count == 1), "a second copy left");
}
