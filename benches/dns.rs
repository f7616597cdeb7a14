//! How many questions a second are answered by a name server on loopback: by the resolver alone, and with kept answers.
//!
//! `cargo bench --bench dns [-- QUESTIONS]`. The server is the test kit's, in the same process, and shares the processor.
//! Goals: 20,000 a second for the resolver alone; a run of look-ups as a whole, with its database, 1,500.

#[path = "../tests/support/dns.rs"]
mod dns;

use dns::{FakeDns, MemoryCache};
use lafayette::enrich::dns::{Asker, Question, RecordType, Resolver};
use lafayette::enrich::reverse::pointer_name;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

const QUESTIONS: u32 = 100_000;
const BATCH: usize = 1_280;
/// 240/4 is nobody's.
const FIRST: u32 = 0xf000_0000;

fn main() {
    let number = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(QUESTIONS);
    let server = FakeDns::start();
    let ips: Vec<IpAddr> =
        (0..number).map(|number| IpAddr::V4(Ipv4Addr::from_bits(FIRST + number))).collect();
    for ip in ips.iter().step_by(2) {
        server.ptr(&ip.to_string(), &["host.example"]);
    }
    let questions: Vec<Question> =
        ips.iter().map(|ip| Question::new(pointer_name(*ip), RecordType::Ptr)).collect();
    // Patience for a machine that does other things as well; an answer that is lost shows as a second question.
    let settings = lafayette::model::DnsSettings { timeout: Duration::from_secs(2), ..server.settings() };
    let resolver = match Resolver::new(&settings) {
        Ok(resolver) => resolver,
        Err(sentence) => return eprintln!("{sentence}"),
    };
    let never = || false;
    let cache = MemoryCache::default();
    let asker = Asker::new(Some(&resolver), &cache, false, &never);
    measure("resolver alone", &questions, |batch| {
        resolver.ask(batch, &never).iter().filter(|answer| answer.finding.is_known()).count()
    });
    let known = |batch: &[Question]| asker.ask(batch).iter().filter(|fact| fact.finding.is_known()).count();
    measure("and kept in memory", &questions, known);
    measure("kept before", &questions, known);
    println!("asked {} times", server.log().len());
}

fn measure(what: &str, questions: &[Question], ask: impl Fn(&[Question]) -> usize) {
    let start = Instant::now();
    let known: usize = questions.chunks(BATCH).map(ask).sum();
    let seconds = start.elapsed().as_secs_f64();
    let rate = questions.len() as f64 / seconds;
    println!("{what:20} {known:>9} of {} answered, {rate:>9.0} a second", questions.len());
}
