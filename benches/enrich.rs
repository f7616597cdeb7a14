//! What look-ups cost: how many a second the whole program makes against a name server on loopback, that none is made
//! twice, that an import is as fast whether or not sources are looked up, and what they add to loading the columns.
//!
//! `cargo bench --bench enrich [-- REPORTS]`. The server is the test kit's and shares the processor. Goals: 1,500
//! look-ups a second; imports within 5 %; 20 ms for 86,000 known sources.

#[path = "../tests/support/dns.rs"]
mod dns;

use dns::FakeDns;
use lafayette::enrich::reverse::reversed;
use lafayette::index::Index;
use lafayette::model::{
    AddressFacts, Country, CountryMeaning, Fact, FeedKind, Finding, ListCode, ListFact, Origin, Outcome,
    Report, clock,
};
use lafayette::store::{Access, Durability, FoundOut, Incoming, Packer, Store, sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const REPORTS: u32 = 100_000;
/// Of so many reports one has a source of its own.
const SHARED_BY: u32 = 5;
const KNOWN: u32 = 86_000;
const ROUNDS: usize = 3;
/// 240/4 is nobody's.
const FIRST: u32 = 0xf000_0000;

fn main() -> Result<(), Box<dyn Error>> {
    let reports = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(REPORTS);
    let folder = tempfile::tempdir()?;
    imports_and_look_ups(folder.path(), reports)?;
    loading(folder.path())
}

fn source(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(FIRST + number).into()
}

fn imports_and_look_ups(folder: &Path, reports: u32) -> Result<(), Box<dyn Error>> {
    let server = FakeDns::start();
    let sources = reports / SHARED_BY;
    answers(&server, sources);
    fs::write(folder.join("reports.mbox"), mbox(reports, sources))?;
    let asking = format!(
        "treat_as_public = ['240.0.0.0/4']\n[dns]\nservers = ['{}']\n[lists]\nuse = ['zen']\n[contacts]\n\
         rdap = false\nripestat = false\n",
        server.address()
    );
    let silent = asking.replace("[dns]\n", "[dns]\noffline = true\n");
    let mut seconds: [Vec<f64>; 2] = Default::default();
    for _ in 0..ROUNDS {
        for (configuration, seconds) in [&silent, &asking].into_iter().zip(&mut seconds) {
            fs::write(folder.join("config.toml"), configuration)?;
            let _ = fs::remove_file(folder.join("a.db"));
            seconds.push(run(folder, &["import", "reports.mbox"])?.1);
        }
    }
    println!("questions while importing: {}", server.log().len());
    let [without, with] = seconds.map(median);
    println!("import of {reports}: {without:.2} s without look-ups, {with:.2} s with them configured");
    for round in ["first", "again"] {
        server.clear_log();
        let (answer, seconds) = run(folder, &["enrich", "--json"])?;
        let asked = server.log().len();
        println!(
            "enrich, {round}: {asked} questions in {seconds:.2} s, {:.0} a second; {}",
            asked as f64 / seconds,
            answer.trim()
        );
    }
    Ok(())
}

fn run(folder: &Path, arguments: &[&str]) -> Result<(String, f64), Box<dyn Error>> {
    let start = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_lafayette"))
        .args(["--config", "config.toml", "--db", "a.db"])
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    Ok((String::from_utf8_lossy(&done.stdout).into_owned(), start.elapsed().as_secs_f64()))
}

/// Half of the sources have a name, a tenth is listed, a third has a contact; all are in one of a hundred networks.
fn answers(server: &FakeDns, sources: u32) {
    server.a("2.0.0.127.zen.spamhaus.org", &["127.0.0.2"]);
    server.a(&format!("2.0.0.0.0.0.f.7.f.f.f.f.{}0.zen.spamhaus.org", "0.".repeat(19)), &["127.0.0.2"]);
    for number in 0..sources {
        let ip = source(number);
        let asn = 64_500 + number % 100;
        let line = format!("{asn} | {ip}/32 | FR | ripencc | 2001-01-01");
        server.txt(&format!("{}.origin.asn.cymru.com", reversed(ip)), &[&line]);
        server.txt(&format!("AS{asn}.asn.cymru.com"), &[&format!("{asn} | FR | ripencc | 2001-01-01 | NET")]);
        if number.is_multiple_of(2) {
            let name = format!("host{number}.sender.example");
            server.ptr(&ip.to_string(), &[&name]);
            server.a(&name, &[&ip.to_string()]);
        }
        if number.is_multiple_of(10) {
            server.a(&format!("{}.zen.spamhaus.org", reversed(ip)), &["127.0.0.4"]);
        }
        if number.is_multiple_of(3) {
            let name = format!("{}.abuse-contacts.abusix.zone", reversed(ip));
            server.txt(&name, &[&format!("abuse@net{}.example", number % 100)]);
        }
    }
}

fn mbox(reports: u32, sources: u32) -> String {
    let mut text = String::new();
    for number in 0..reports {
        let _ = write!(
            text,
            "From reporter@reports.example Sat Nov 21 10:00:00 2026\n\
             From: reporter@reports.example\nSubject: report {number}\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n\
             --b\nContent-Type: text/plain\n\nabuse\n\
             --b\nContent-Type: message/feedback-report\n\n\
             Feedback-Type: abuse\nUser-Agent: bench/1\nVersion: 1\nSource-IP: {}\n\n\
             --b\nContent-Type: message/rfc822\n\n\
             From: a@b.example\nSubject: offer {number}\n\nbody {number}\n--b--\n\n",
            source(number % sources.max(1))
        );
    }
    text
}

fn loading(folder: &Path) -> Result<(), Box<dyn Error>> {
    let path = folder.join("loading.db");
    let store = Store::open(&path, Access::ReadWrite)?;
    let mut packer = Packer::new()?;
    let mut writer = store.writer("bench", Durability::Normal)?;
    writer.begin()?;
    let numbers: Vec<u32> = (0..REPORTS).collect();
    for part in numbers.chunks(Packer::ITEMS) {
        writer.add(packer.pack(part.iter().map(|number| incoming(*number)).collect())?)?;
    }
    writer.commit()?;
    drop(writer);
    let without = load_time(&path)?;
    let answers = store.answers();
    let found: Vec<FoundOut> = (0..KNOWN).map(known).collect();
    for batch in found.chunks(256) {
        answers.keep_sources(batch, clock::now())?;
    }
    let with = load_time(&path)?;
    println!(
        "loading {REPORTS} reports: {without:.1} ms, with {KNOWN} known sources {with:.1} ms, {:.1} ms more",
        with - without
    );
    Ok(())
}

fn load_time(path: &Path) -> Result<f64, Box<dyn Error>> {
    let mut times = vec![];
    for _ in 0..9 {
        let store = Store::open(path, Access::ReadOnly)?;
        let start = Instant::now();
        let index = Index::load(&store)?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        std::hint::black_box(index.len());
    }
    Ok(median(times))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

fn incoming(number: u32) -> Incoming {
    let bytes = format!("Subject: report {number}\r\n\r\nbody\r\n").into_bytes();
    Incoming {
        sha256: sha256(&bytes),
        bytes,
        overflow: None,
        feed: Arc::from("bench"),
        feed_kind: FeedKind::Mailbox,
        origin: format!("box#{number}"),
        stored_at: clock::now(),
        outcome: Outcome::Report,
        report: Report {
            arrival: clock::now() - i64::from(number),
            subject: Some(format!("offer {number}")),
            source_ip: Some(source(number % KNOWN)),
            ..Report::default()
        },
        asn: None,
        as_name: None,
        country: None,
    }
}

fn known(number: u32) -> FoundOut {
    fn fact<T>(found: T) -> Fact<T> {
        let at = clock::now();
        let day = Duration::from_secs(86_400).as_secs() as i64;
        Fact { finding: Finding::Yes(found), from: "bench".to_owned(), at, until: at + day }
    }
    let origin = Origin {
        asn: 64_500 + number % 1_000,
        also: vec![],
        prefix: None,
        as_name: Some("NET".to_owned()),
        registry: None,
        allocated: None,
    };
    let country = Country { code: "FR".to_owned(), meaning: CountryMeaning::Registered };
    let code = ListCode { name: "xbl".to_owned(), meaning: String::new(), policy: false };
    let listed = |code| ListFact { list: "zen".to_owned(), letter: 'Z', fact: fact(vec![code]) };
    FoundOut {
        facts: AddressFacts {
            origin: Some(fact(origin)),
            country: Some(fact(country)),
            lists: number.is_multiple_of(3).then(|| listed(code)).into_iter().collect(),
            ..AddressFacts::new(source(number))
        },
        try_again: false,
    }
}
