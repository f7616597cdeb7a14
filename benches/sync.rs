//! How fast a mailbox is taken in, beside a bare fetch of the same mailbox by the same crate (Dovecot on loopback, TLS).
//!
//! `cargo bench --bench sync [-- COUNT]`: made messages, 10,000 if not told otherwise. The two alternate, because a
//! machine is not as fast at all times; what counts is the ratio within each pair.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "it measures or it stops")]

#[path = "../tests/support/mod.rs"]
mod support;

use lafayette::cli::demo::Generator;
use std::net::TcpStream;
use std::time::Instant;
use support::dovecot::{Dovecot, Options, PASSWORD};
use support::program::{Home, counts};

const MESSAGES: u64 = 10_000;
const PAIRS: usize = 5;
/// As `lafayette sync` asks for them.
const BATCH: usize = 100;
const USER: &str = "bench";

fn main() {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(MESSAGES);
    let server = Dovecot::start(&Options::default());
    let mut bytes = 0;
    for made in Generator::new(1, count, lafayette::model::clock::now()) {
        bytes += made.bytes.len();
        server.deliver(USER, "INBOX", &[made.bytes]);
    }
    println!("sync: {count} messages of {} bytes", bytes / count.max(1) as usize);
    // Dovecot indexes a mailbox when it is first read.
    fetch(&server);
    let mut ratios = vec![];
    let mut memory = 0;
    for _ in 0..PAIRS {
        let start = Instant::now();
        let fetched = fetch(&server);
        let bare = fetched as f64 / start.elapsed().as_secs_f64();
        let home = Home::new(&server.feed("failures", USER, "implicit", "since = 'all'\nmax_per_run = 0"));
        let ran = home.good(&["sync", "--json"]);
        let read = counts(&ran.summary())[0];
        assert_eq!(read, fetched as u64, "both read everything");
        let sync = read as f64 / ran.took.as_secs_f64();
        memory = memory.max(ran.megabytes);
        ratios.push(sync / bare);
        println!("bare fetch {bare:.0}/s, sync {sync:.0}/s, ratio {:.2}", sync / bare);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "sync: median ratio {:.2} (worst {:.2}, best {:.2}), {memory} MiB of its own at most",
        ratios[PAIRS / 2],
        ratios[0],
        ratios[PAIRS - 1]
    );
}

/// Every message, its bytes thrown away; how many there were.
fn fetch(server: &Dovecot) -> usize {
    let authority = std::fs::read(&server.certificates.authority).unwrap();
    let authority = native_tls::Certificate::from_pem(&authority).unwrap();
    let connector = native_tls::TlsConnector::builder().add_root_certificate(authority).build().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", server.tls_port)).unwrap();
    let mut client = imap::Client::new(connector.connect("localhost", stream).unwrap());
    client.read_greeting().unwrap();
    let mut session = client.login(USER, PASSWORD).map_err(|(error, _)| error).unwrap();
    session.examine("INBOX").unwrap();
    let mut uids: Vec<u32> = session.uid_search("ALL").unwrap().into_iter().collect();
    uids.sort_unstable();
    let mut fetched = 0;
    for batch in uids.chunks(BATCH) {
        let set = format!("{}:{}", batch[0], batch[batch.len() - 1]);
        fetched += session.uid_fetch(set, "BODY.PEEK[]").unwrap().iter().filter_map(|f| f.body()).count();
    }
    session.logout().unwrap();
    fetched
}
