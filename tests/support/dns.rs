//! A name server on loopback, UDP and TCP, that says what a table tells it to, does what servers and forgers do wrong
//! where it is told to, and remembers every question. And a cache in memory for those who ask it.
#![allow(dead_code, reason = "every test file compiles all of it and uses some")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up has to fail")]

use lafayette::enrich::dns::RecordType;
use lafayette::model::clock;
use lafayette::model::{Cache, Cached, DnsSettings};
use simple_dns::rdata::{A, AAAA, CNAME, MX, NS, PTR, RData, SOA, TXT};
use simple_dns::{CLASS, CharacterString, Name, Packet, PacketFlag, QTYPE, RCODE, ResourceRecord, TYPE};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One record of the table.
#[derive(Debug, Clone)]
pub enum Row {
    Address(IpAddr),
    Name(String),
    /// The character-strings of one TXT record.
    Text(Vec<Vec<u8>>),
    Exchange(u16, String),
    Alias(String),
}

/// What goes wrong with a name.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    NxDomain,
    ServFail,
    Refused,
    NotImplemented,
    Silence,
    /// Cut over UDP in the middle of a record; whole over TCP.
    Truncated,
    /// Cut over UDP; over TCP the connection is closed, or nothing comes.
    TruncatedThenClosed,
    TruncatedThenSilence,
    /// The answer has another id; nothing else comes.
    WrongId,
    /// First an answer `192.0.2.66` to another id, then the true one.
    ForgedId,
    /// First an answer `192.0.2.66` to another question, then the true one.
    ForgedQuestion,
    /// The answer is to another question.
    WrongQuestion,
    /// The question comes back as it was, without the bit that makes it a response.
    Echo,
    Garbage,
    /// The right header and question, then noise.
    BrokenRecords,
    /// Answers without records, naming other servers.
    Referral,
    /// The question comes back in capitals, as the records' names do.
    Capitals,
    Delay(Duration),
    /// Nothing to the first questions about this name, then the truth.
    DropFirst(u32),
}

/// A question that came.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// In lower case.
    pub name: String,
    pub record: String,
    pub tcp: bool,
    pub at: Instant,
    /// The port it came from, and its id.
    pub port: u16,
    pub id: u16,
}

#[derive(Default)]
struct Table {
    rows: HashMap<(String, TYPE), Vec<(Row, u32)>>,
    faults: HashMap<String, Fault>,
    dropped: HashMap<String, u32>,
    log: Vec<Asked>,
    /// TTL and minimum of the SOA of every no.
    negative: Option<(u32, u32)>,
    /// What every question about anything gets.
    always: Option<Fault>,
}

/// The server; it ends with this value.
pub struct FakeDns {
    address: SocketAddr,
    table: Arc<Mutex<Table>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl FakeDns {
    /// On a free port of 127.0.0.1.
    pub fn start() -> FakeDns {
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().expect("address")) {
                break (udp, tcp);
            }
        };
        let address = tcp.local_addr().expect("address");
        let table: Arc<Mutex<Table>> = Arc::default();
        table.lock().unwrap().negative = Some((300, 300));
        let stop: Arc<AtomicBool> = Arc::default();
        let threads = vec![
            std::thread::spawn({
                let (table, stop) = (Arc::clone(&table), Arc::clone(&stop));
                move || serve_udp(&Arc::new(udp), &table, &stop)
            }),
            std::thread::spawn({
                let (table, stop) = (Arc::clone(&table), Arc::clone(&stop));
                move || serve_tcp(&tcp, &table, &stop)
            }),
        ];
        FakeDns { address, table, stop, threads }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Settings that ask this server only, and wait not long.
    pub fn settings(&self) -> DnsSettings {
        settings(&[self.address])
    }

    pub fn a(&self, name: &str, addresses: &[&str]) {
        let rows = addresses.iter().map(|a| Row::Address(a.parse().expect("address"))).collect();
        self.rows(name, TYPE::A, rows, 3_600);
    }

    pub fn aaaa(&self, name: &str, addresses: &[&str]) {
        let rows = addresses.iter().map(|a| Row::Address(a.parse().expect("address"))).collect();
        self.rows(name, TYPE::AAAA, rows, 3_600);
    }

    /// The names of an address, under its reverse name.
    pub fn ptr(&self, address: &str, names: &[&str]) {
        let reverse = lafayette::enrich::reverse::pointer_name(address.parse().expect("address"));
        self.rows(&reverse, TYPE::PTR, names.iter().map(|n| Row::Name((*n).to_owned())).collect(), 3_600);
    }

    /// TXT records, each in one piece as far as 255 bytes allow.
    pub fn txt(&self, name: &str, texts: &[&str]) {
        let pieces = |text: &&str| Row::Text(text.as_bytes().chunks(255).map(<[u8]>::to_vec).collect());
        self.rows(name, TYPE::TXT, texts.iter().map(pieces).collect(), 3_600);
    }

    /// One TXT record in these pieces.
    pub fn txt_pieces(&self, name: &str, pieces: &[&[u8]]) {
        let row = Row::Text(pieces.iter().map(|p| p.to_vec()).collect());
        self.rows(name, TYPE::TXT, vec![row], 3_600);
    }

    pub fn mx(&self, name: &str, exchanges: &[(u16, &str)]) {
        let rows = exchanges.iter().map(|(p, host)| Row::Exchange(*p, (*host).to_owned())).collect();
        self.rows(name, TYPE::MX, rows, 3_600);
    }

    pub fn cname(&self, name: &str, target: &str) {
        self.rows(name, TYPE::CNAME, vec![Row::Alias(target.to_owned())], 3_600);
    }

    /// Another TTL for what the table holds of a name.
    pub fn ttl(&self, name: &str, ttl: u32) {
        for ((_, _), rows) in
            self.table.lock().unwrap().rows.iter_mut().filter(|((n, _), _)| *n == name.to_ascii_lowercase())
        {
            rows.iter_mut().for_each(|(_, old)| *old = ttl);
        }
    }

    /// TTL and minimum of the SOA in every no; none: no SOA.
    pub fn negative(&self, soa: Option<(u32, u32)>) {
        self.table.lock().unwrap().negative = soa;
    }

    pub fn fault(&self, name: &str, fault: Fault) {
        self.table.lock().unwrap().faults.insert(name.to_ascii_lowercase(), fault);
    }

    /// What every question gets from now on, that about the root included.
    pub fn always(&self, fault: Option<Fault>) {
        self.table.lock().unwrap().always = fault;
    }

    /// Takes a name with all that is said about it out of the table.
    pub fn forget(&self, name: &str) {
        let name = name.to_ascii_lowercase();
        let mut table = self.table.lock().unwrap();
        table.rows.retain(|(other, _), _| *other != name);
        table.faults.remove(&name);
    }

    /// All questions so far, without those by which a resolver learns who is alive: about the root, and 127.0.0.1.
    pub fn log(&self) -> Vec<Asked> {
        let is_real = |asked: &&Asked| !["", "1.0.0.127.in-addr.arpa"].contains(&asked.name.as_str());
        self.table.lock().unwrap().log.iter().filter(is_real).cloned().collect()
    }

    pub fn clear_log(&self) {
        self.table.lock().unwrap().log.clear();
    }

    /// How often this was asked.
    pub fn count(&self, name: &str, record: RecordType) -> usize {
        let name = name.to_ascii_lowercase();
        self.log().iter().filter(|asked| asked.name == name && asked.record == record.name()).count()
    }

    fn rows(&self, name: &str, record: TYPE, rows: Vec<Row>, ttl: u32) {
        let rows = rows.into_iter().map(|row| (row, ttl)).collect();
        self.table.lock().unwrap().rows.insert((name.to_ascii_lowercase(), record), rows);
    }
}

impl Drop for FakeDns {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Ok(socket) = UdpSocket::bind("127.0.0.1:0") {
            let _ = socket.send_to(b"", self.address);
        }
        let _ = TcpStream::connect(self.address);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Settings for these servers, with patience for a test.
pub fn settings(servers: &[SocketAddr]) -> DnsSettings {
    DnsSettings { servers: servers.to_vec(), offline: false, timeout: Duration::from_millis(300), tries: 2 }
}

fn serve_udp(socket: &Arc<UdpSocket>, table: &Arc<Mutex<Table>>, stop: &AtomicBool) {
    let mut message = [0; 4096];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut message) else { return };
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Some((replies, delay)) = replies(&message[..length], table, from, false) else { continue };
        if delay.is_zero() {
            send_all(socket, &replies, from);
        } else {
            let socket = Arc::clone(socket);
            std::thread::spawn(move || {
                std::thread::sleep(delay);
                send_all(&socket, &replies, from);
            });
        }
    }
}

fn send_all(socket: &UdpSocket, replies: &[Vec<u8>], to: SocketAddr) {
    for reply in replies {
        let _ = socket.send_to(reply, to);
    }
}

fn serve_tcp(listener: &TcpListener, table: &Arc<Mutex<Table>>, stop: &AtomicBool) {
    while let Ok((mut stream, from)) = listener.accept() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let table = Arc::clone(table);
        std::thread::spawn(move || {
            stream.set_read_timeout(Some(Duration::from_secs(5))).expect("timeout");
            let mut length = [0; 2];
            while stream.read_exact(&mut length).is_ok() {
                let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                if stream.read_exact(&mut query).is_err() {
                    return;
                }
                let Some((replies, delay)) = replies(&query, &table, from, true) else { return };
                std::thread::sleep(delay);
                for reply in replies {
                    let length = u16::try_from(reply.len()).expect("length");
                    let bytes = [&length.to_be_bytes()[..], &reply[..]].concat();
                    if stream.write_all(&bytes).is_err() {
                        return;
                    }
                }
            }
        });
    }
}

/// What is sent back, and after how long. `None` closes a connection.
fn replies(
    query: &[u8],
    table: &Mutex<Table>,
    from: SocketAddr,
    tcp: bool,
) -> Option<(Vec<Vec<u8>>, Duration)> {
    let packet = Packet::parse(query).ok()?;
    let question = packet.questions.first()?;
    let name = question.qname.to_string().to_ascii_lowercase();
    let QTYPE::TYPE(record) = question.qtype else { return None };
    let mut table = table.lock().unwrap();
    let asked = Asked {
        name: name.clone(),
        record: format!("{record:?}"),
        tcp,
        at: Instant::now(),
        port: from.port(),
        id: packet.id(),
    };
    table.log.push(asked);
    let fault = table.always.clone().or_else(|| table.faults.get(&name).cloned());
    let truth = |change: &dyn Fn(&mut Packet<'_>)| answer(&packet, &table, &name, record, change);
    let whole = |bytes: Vec<u8>| Some((vec![bytes], Duration::ZERO));
    let nothing = Some((vec![], Duration::ZERO));
    let code = |code: RCODE| {
        let mut reply = empty_reply(&packet);
        *reply.rcode_mut() = code;
        reply.build_bytes_vec().expect("a message")
    };
    let forged = |id: u16, name: &str| {
        let mut reply = Packet::new_reply(id);
        let name = Name::new(name).expect("name");
        let question = simple_dns::Question::new(name.clone(), QTYPE::TYPE(TYPE::A), CLASS::IN.into(), false);
        reply.questions.push(question);
        let address = RData::A(A::from(std::net::Ipv4Addr::new(192, 0, 2, 66)));
        reply.answers.push(ResourceRecord::new(name, CLASS::IN, 60, address));
        reply.build_bytes_vec().expect("a message")
    };
    match fault {
        None => whole(truth(&|_| {})),
        Some(Fault::NxDomain) => whole(no(&packet, &table, RCODE::NameError)),
        Some(Fault::ServFail) => whole(code(RCODE::ServerFailure)),
        Some(Fault::Refused) => whole(code(RCODE::Refused)),
        Some(Fault::NotImplemented) => whole(code(RCODE::NotImplemented)),
        Some(Fault::Silence) => nothing,
        Some(Fault::Truncated | Fault::TruncatedThenClosed | Fault::TruncatedThenSilence) if !tcp => {
            let mut bytes = truth(&|reply| reply.set_flags(PacketFlag::TRUNCATION));
            bytes.truncate(bytes.len() - 3);
            whole(bytes)
        }
        Some(Fault::TruncatedThenClosed) => None,
        Some(Fault::TruncatedThenSilence) => nothing,
        Some(Fault::WrongId) => whole(truth(&|reply| reply.set_id(reply.id().wrapping_add(1)))),
        Some(Fault::WrongQuestion) => whole(forged(packet.id(), "other.example")),
        Some(Fault::ForgedId) => {
            let first = forged(packet.id().wrapping_add(1), &name);
            Some((vec![first, truth(&|_| {})], Duration::ZERO))
        }
        Some(Fault::ForgedQuestion) => {
            let first = forged(packet.id(), "other.example");
            Some((vec![first, truth(&|_| {})], Duration::ZERO))
        }
        Some(Fault::Echo) => whole(query.to_vec()),
        Some(Fault::Garbage) => whole(vec![0xff; 40]),
        Some(Fault::BrokenRecords) => {
            let mut bytes = truth(&|_| {});
            let end = bytes.len();
            bytes[query.len()..end].fill(0xff);
            whole(bytes)
        }
        Some(Fault::Referral) => {
            let mut reply = empty_reply(&packet);
            reply.remove_flags(PacketFlag::RECURSION_AVAILABLE);
            let server = RData::NS(NS(Name::new("ns.example").expect("name")));
            reply.name_servers.push(ResourceRecord::new(question.qname.clone(), CLASS::IN, 60, server));
            whole(reply.build_bytes_vec().expect("a message"))
        }
        Some(Fault::Capitals) => {
            let mut bytes = truth(&|_| {});
            bytes[12..query.len()].make_ascii_uppercase();
            whole(bytes)
        }
        Some(Fault::Delay(delay)) => Some((vec![truth(&|_| {})], delay)),
        Some(Fault::DropFirst(number)) => {
            let bytes = truth(&|_| {});
            let dropped = table.dropped.entry(name).or_default();
            *dropped += 1;
            if *dropped <= number { nothing } else { whole(bytes) }
        }
        Some(Fault::Truncated) => whole(truth(&|_| {})),
    }
}

fn empty_reply<'q>(query: &Packet<'q>) -> Packet<'q> {
    let mut reply = Packet::new_reply(query.id());
    reply.set_flags(PacketFlag::RECURSION_AVAILABLE | PacketFlag::RECURSION_DESIRED);
    reply.questions.clone_from(&query.questions);
    reply
}

fn no(query: &Packet<'_>, table: &Table, code: RCODE) -> Vec<u8> {
    let mut reply = empty_reply(query);
    *reply.rcode_mut() = code;
    reply.name_servers.extend(table.negative.map(soa));
    reply.build_bytes_vec().expect("a message")
}

fn soa((ttl, minimum): (u32, u32)) -> ResourceRecord<'static> {
    let name = || Name::new("zone.example").expect("name");
    let (serial, refresh, retry, expire) = (1, 7_200, 600, 86_400);
    let soa = SOA { mname: name(), rname: name(), serial, refresh, retry, expire, minimum };
    ResourceRecord::new(name(), CLASS::IN, ttl, RData::SOA(soa))
}

/// The truth: aliases followed as a resolver does, records of the type, or a no.
fn answer(
    query: &Packet<'_>,
    table: &Table,
    name: &str,
    record: TYPE,
    change: &dyn Fn(&mut Packet<'_>),
) -> Vec<u8> {
    let mut reply = empty_reply(query);
    let mut owner = name;
    for _ in 0..40 {
        let Some([(Row::Alias(target), ttl)]) =
            table.rows.get(&(owner.to_owned(), TYPE::CNAME)).map(Vec::as_slice)
        else {
            break;
        };
        let alias = RData::CNAME(CNAME(Name::new(target).expect("name")));
        reply.answers.push(ResourceRecord::new(Name::new(owner).expect("name"), CLASS::IN, *ttl, alias));
        owner = target;
    }
    let rows = table.rows.get(&(owner.to_owned(), record)).map(Vec::as_slice).unwrap_or_default();
    for (row, ttl) in rows {
        reply.answers.push(ResourceRecord::new(Name::new(owner).expect("name"), CLASS::IN, *ttl, rdata(row)));
    }
    if rows.is_empty() {
        // Not a walk through the table, which would make the server slower than what it measures.
        let kinds = [TYPE::A, TYPE::AAAA, TYPE::PTR, TYPE::TXT, TYPE::MX, TYPE::CNAME];
        let exists = kinds.iter().any(|kind| table.rows.contains_key(&(owner.to_owned(), *kind)));
        *reply.rcode_mut() = if exists { RCODE::NoError } else { RCODE::NameError };
        reply.name_servers.extend(table.negative.map(soa));
    }
    change(&mut reply);
    reply.build_bytes_vec().expect("a message")
}

fn rdata(row: &Row) -> RData<'_> {
    match row {
        Row::Address(IpAddr::V4(ip)) => RData::A(A::from(*ip)),
        Row::Address(IpAddr::V6(ip)) => RData::AAAA(AAAA::from(*ip)),
        Row::Name(name) => RData::PTR(PTR(Name::new(name).expect("name"))),
        Row::Text(pieces) => RData::TXT(pieces.iter().fold(TXT::new(), |txt, piece| {
            txt.with_char_string(CharacterString::new(piece).expect("at most 255 bytes"))
        })),
        Row::Exchange(preference, host) => {
            RData::MX(MX { preference: *preference, exchange: Name::new(host).expect("name") })
        }
        Row::Alias(name) => RData::CNAME(CNAME(Name::new(name).expect("name"))),
    }
}

/// Answers kept in memory.
#[derive(Default)]
pub struct MemoryCache {
    pub answers: RefCell<BTreeMap<String, Cached>>,
    networks: RefCell<Vec<(String, IpAddr, IpAddr, Cached)>>,
}

impl MemoryCache {
    /// All that is kept is over its time.
    pub fn age(&self) {
        let mut answers = self.answers.borrow_mut();
        let mut networks = self.networks.borrow_mut();
        for kept in answers.values_mut().chain(networks.iter_mut().map(|(_, _, _, kept)| kept)) {
            kept.at -= 1_000_000;
            kept.until = clock::now() - 1;
        }
    }
}

impl Cache for MemoryCache {
    fn get(&self, key: &str) -> Option<Cached> {
        self.answers.borrow().get(key).cloned()
    }

    fn put(&self, key: &str, answer: Cached) {
        self.answers.borrow_mut().insert(key.to_owned(), answer);
    }

    fn network(&self, kind: &str, ip: IpAddr) -> Option<Cached> {
        let networks = self.networks.borrow();
        let holding = networks.iter().filter(|(k, first, last, _)| k == kind && *first <= ip && ip <= *last);
        holding.max_by_key(|(_, first, _, _)| *first).map(|(_, _, _, cached)| cached.clone())
    }

    fn put_network(&self, kind: &str, first: IpAddr, last: IpAddr, answer: Cached) {
        let mut networks = self.networks.borrow_mut();
        networks.retain(|(k, f, l, _)| (k.as_str(), *f, *l) != (kind, first, last));
        networks.push((kind.to_owned(), first, last, answer));
    }
}
