//! The resolver, against a server on loopback that does what servers and forgers do wrong.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::enrich::dns::{Answer, Asker, Data, Question, RecordType, Resolver};
use lafayette::model::{DnsSettings, Finding};
use std::collections::HashSet;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use support::dns::{FakeDns, Fault, MemoryCache, settings};

fn never() -> bool {
    false
}

fn ask(settings: &DnsSettings, name: &str, record: RecordType) -> Answer {
    let resolver = Resolver::new(settings).expect("resolver");
    resolver.ask(&[Question::new(name, record)], &never).remove(0)
}

fn address(text: &str) -> Data {
    Data::Address(text.parse().expect("address"))
}

fn why(finding: &Finding<Vec<Data>>) -> &str {
    match finding {
        Finding::Unknown(why) => why,
        other => panic!("{other:?}"),
    }
}

/// A port on which nobody listens.
fn dead() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").expect("port").local_addr().expect("address")
}

/// A port on which somebody listens and says nothing.
fn mute() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("port");
    let address = socket.local_addr().expect("address");
    (socket, address)
}

#[test]
fn every_kind_of_record_comes_as_it_is() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1", "192.0.2.2"]);
    dns.aaaa("a.example", &["2001:db8::1"]);
    dns.ptr("192.0.2.1", &["Mail.Example"]);
    dns.mx("a.example", &[(10, "mx.example"), (0, ".")]);
    dns.txt("t.example", &["v=spf1 -all", "=x=y", ""]);
    dns.txt_pieces("long.example", &[b"abuse@isp.exa", b"mple,noc@isp.example"]);
    dns.txt_pieces("bytes.example", &[b"caf\xe9"]);
    let get = |name: &str, record| {
        let answer = ask(&dns.settings(), name, record);
        assert_eq!(answer.server, Some(dns.address()));
        answer.finding
    };
    let text = |text: &str| Data::Text(text.to_owned());
    assert_eq!(
        get("A.Example", RecordType::A),
        Finding::Yes(vec![address("192.0.2.1"), address("192.0.2.2")])
    );
    assert_eq!(get("a.example.", RecordType::Aaaa), Finding::Yes(vec![address("2001:db8::1")]));
    assert_eq!(
        get("1.2.0.192.in-addr.arpa", RecordType::Ptr),
        Finding::Yes(vec![Data::Name("Mail.Example".to_owned())])
    );
    let exchange = |preference, host: &str| Data::Exchange { preference, host: host.to_owned() };
    assert_eq!(
        get("a.example", RecordType::Mx),
        Finding::Yes(vec![exchange(10, "mx.example"), exchange(0, "")])
    );
    assert_eq!(
        get("t.example", RecordType::Txt),
        Finding::Yes(vec![text("v=spf1 -all"), text("=x=y"), text("")])
    );
    assert_eq!(
        get("long.example", RecordType::Txt),
        Finding::Yes(vec![text("abuse@isp.example,noc@isp.example")])
    );
    assert_eq!(get("bytes.example", RecordType::Txt), Finding::Yes(vec![text("caf\u{fffd}")]));
}

#[test]
fn no_name_and_no_such_record_are_a_no_for_as_long_as_the_zone_says() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1"]);
    for (soa, ttl) in [
        (Some((900, 300)), 300),
        (Some((120, 300)), 120),
        (Some((86_400, 86_400)), 3_600),
        (Some((5, 300)), 60),
        (None, 60),
    ] {
        dns.negative(soa);
        for (name, record) in [("none.example", RecordType::A), ("a.example", RecordType::Txt)] {
            let answer = ask(&dns.settings(), name, record);
            assert_eq!((answer.finding, answer.ttl), (Finding::No, ttl), "{name} {soa:?}");
        }
    }
}

#[test]
fn an_answer_holds_for_its_ttl_within_a_minute_and_a_day() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1"]);
    dns.cname("alias.example", "a.example");
    for (ttl, expected) in [(0, 60), (300, 300), (86_400, 86_400), (u32::MAX, 86_400)] {
        dns.ttl("a.example", ttl);
        assert_eq!(ask(&dns.settings(), "a.example", RecordType::A).ttl, expected);
    }
    dns.ttl("a.example", 7_200);
    assert_eq!(ask(&dns.settings(), "alias.example", RecordType::A).ttl, 3_600, "the least of the chain");
}

#[test]
fn aliases_are_followed_to_their_end_and_no_further() {
    let dns = FakeDns::start();
    dns.cname("a.example", "b.example");
    dns.cname("b.example", "c.example");
    dns.a("c.example", &["192.0.2.3"]);
    dns.cname("nowhere.example", "none.example");
    dns.cname("loop.example", "pool.example");
    dns.cname("pool.example", "loop.example");
    for step in 0..30 {
        dns.cname(&format!("s{step}.example"), &format!("s{}.example", step + 1));
    }
    dns.a("s30.example", &["192.0.2.30"]);
    let get = |name: &str| ask(&dns.settings(), name, RecordType::A).finding;
    assert_eq!(get("a.example"), Finding::Yes(vec![address("192.0.2.3")]));
    assert_eq!(get("s20.example"), Finding::Yes(vec![address("192.0.2.30")]));
    assert_eq!(get("nowhere.example"), Finding::No);
    for name in ["loop.example", "s0.example"] {
        assert!(why(&get(name)).ends_with("gave aliases that lead to no answer"), "{name}");
    }
}

#[test]
fn what_does_not_fit_into_a_datagram_comes_over_tcp() {
    let dns = FakeDns::start();
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    let names: Vec<String> = (0..100).map(|number| format!("t{number}.example")).collect();
    for name in &names {
        dns.txt(name, &[&name.repeat(60)]);
        dns.fault(name, Fault::Truncated);
    }
    let questions: Vec<Question> = names.iter().map(|n| Question::new(n, RecordType::Txt)).collect();
    for (answer, name) in resolver.ask(&questions, &never).iter().zip(&names) {
        assert_eq!(answer.finding, Finding::Yes(vec![Data::Text(name.repeat(60))]));
    }
    for (fault, least) in [(Fault::TruncatedThenClosed, 0), (Fault::TruncatedThenSilence, 300)] {
        dns.fault("t0.example", fault);
        let start = Instant::now();
        let answer = resolver.ask(&questions[..1], &never).remove(0);
        assert!(why(&answer.finding).ends_with("gave an answer that was cut, and none over TCP"));
        assert!((least..2_000).contains(&start.elapsed().as_millis()));
    }
}

#[test]
fn a_forged_or_broken_answer_is_never_believed() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1"]);
    let get = |fault| {
        dns.fault("a.example", fault);
        ask(&dns.settings(), "a.example", RecordType::A).finding
    };
    for fault in [Fault::ForgedId, Fault::ForgedQuestion, Fault::Capitals] {
        assert_eq!(get(fault.clone()), Finding::Yes(vec![address("192.0.2.1")]), "{fault:?}");
    }
    for fault in [Fault::WrongQuestion, Fault::Echo, Fault::BrokenRecords] {
        let finding = get(fault.clone());
        assert!(why(&finding).ends_with("no answer that fits the question within 0.3 s"), "{fault:?}");
    }
    for fault in [Fault::WrongId, Fault::Garbage] {
        let finding = get(fault.clone());
        assert!(why(&finding).ends_with("no answer within 0.3 s"), "{fault:?} {finding:?}");
    }
}

#[test]
fn a_server_that_cannot_tell_is_not_asked_again_and_its_reason_is_told() {
    let dns = FakeDns::start();
    for (fault, words) in [
        (Fault::ServFail, "SERVFAIL"),
        (Fault::Refused, "REFUSED"),
        (Fault::NotImplemented, "did not understand the question"),
        (Fault::Referral, "is no resolver, it only names other servers"),
    ] {
        dns.clear_log();
        dns.fault("a.example", fault);
        let answer = ask(&dns.settings(), "a.example", RecordType::A);
        assert_eq!(
            answer.finding,
            Finding::Unknown(format!("no name server could tell: {} {words}", dns.address()))
        );
        assert_eq!((answer.ttl, answer.server), (0, None));
        assert_eq!(dns.count("a.example", RecordType::A), 1, "{words}");
    }
}

#[test]
fn the_next_server_is_asked_where_one_fails() {
    let (first, second) = (FakeDns::start(), FakeDns::start());
    second.a("a.example", &["192.0.2.2"]);
    let both = settings(&[first.address(), second.address()]);
    for fault in [
        Fault::ServFail,
        Fault::Refused,
        Fault::Silence,
        Fault::Garbage,
        Fault::Referral,
        Fault::TruncatedThenClosed,
    ] {
        first.fault("a.example", fault.clone());
        let answer = ask(&both, "a.example", RecordType::A);
        assert_eq!(answer.finding, Finding::Yes(vec![address("192.0.2.2")]), "{fault:?}");
        assert_eq!(answer.server, Some(second.address()));
    }
    first.fault("a.example", Fault::NxDomain);
    assert_eq!(ask(&both, "a.example", RecordType::A).finding, Finding::No, "a no is an answer");
}

#[test]
fn a_lost_question_is_asked_again_with_another_id() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1"]);
    dns.fault("a.example", Fault::DropFirst(1));
    assert!(ask(&dns.settings(), "a.example", RecordType::A).finding.yes().is_some());
    let ids: HashSet<u16> = dns.log().iter().map(|asked| asked.id).collect();
    assert_eq!(ids.len(), 2);
}

#[test]
fn one_slow_answer_holds_up_no_other() {
    let dns = FakeDns::start();
    let mut questions = vec![Question::new("slow.example", RecordType::A)];
    dns.fault("slow.example", Fault::Delay(Duration::from_millis(250)));
    for number in 0..1_000 {
        questions.push(Question::new(format!("n{number}.example"), RecordType::A));
    }
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    let answers = resolver.ask(&questions, &never);
    assert!(answers.iter().all(|answer| answer.finding == Finding::No));
    let log = dns.log();
    let (first, last) = (log.first().expect("first"), log.last().expect("last"));
    assert!(last.at - first.at < Duration::from_millis(250), "{:?}", last.at - first.at);
}

#[test]
fn ids_and_ports_cannot_be_foretold() {
    let dns = FakeDns::start();
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    let questions: Vec<Question> =
        (0..2_000).map(|n| Question::new(format!("n{n}.example"), RecordType::A)).collect();
    resolver.ask(&questions, &never);
    let log = dns.log();
    assert_eq!(log.len(), questions.len(), "nothing was asked twice");
    let ports: HashSet<u16> = log.iter().map(|asked| asked.port).collect();
    assert!(ports.len() >= 8, "{}", ports.len());
    let ids: HashSet<u16> = log.iter().map(|asked| asked.id).collect();
    assert!(ids.len() > 1_900, "{}", ids.len());
    let steps: HashSet<u16> = log.windows(2).map(|two| two[1].id.wrapping_sub(two[0].id)).collect();
    assert!(steps.len() > 1_900, "{}", steps.len());
}

#[test]
fn a_dead_first_server_costs_one_timeout_a_run_and_not_one_a_question() {
    let dns = FakeDns::start();
    let (_socket, silent) = mute();
    let questions: Vec<Question> =
        (0..500).map(|n| Question::new(format!("n{n}.example"), RecordType::A)).collect();
    for first in [silent, dead()] {
        let resolver = Resolver::new(&settings(&[first, dns.address()])).expect("resolver");
        let start = Instant::now();
        assert!(resolver.ask(&questions, &never).iter().all(|answer| answer.finding == Finding::No));
        assert!(start.elapsed() < Duration::from_millis(1_200), "{:?}", start.elapsed());
    }
}

#[test]
fn a_run_without_any_server_ends_after_one_timeout_with_one_sentence() {
    let (_socket, silent) = mute();
    let dead = dead();
    let resolver = Resolver::new(&settings(&[silent, dead])).expect("resolver");
    let start = Instant::now();
    let sentence = resolver.reachable(&never).expect_err("nobody there");
    assert_eq!(
        sentence,
        format!(
            "no name server answers ({silent}, {dead}, within 0.3 s); look at the network, or at servers in [dns]"
        )
    );
    let questions: Vec<Question> =
        (0..500).map(|n| Question::new(format!("n{n}.example"), RecordType::A)).collect();
    assert!(resolver.ask(&questions, &never).iter().all(|answer| why(&answer.finding) == sentence));
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
}

#[test]
fn a_network_that_dies_on_the_way_ends_the_rest_at_once() {
    let dns = FakeDns::start();
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    resolver.reachable(&never).expect("alive");
    dns.always(Some(Fault::Silence));
    let questions: Vec<Question> =
        (0..2_000).map(|n| Question::new(format!("n{n}.example"), RecordType::A)).collect();
    let start = Instant::now();
    let answers = resolver.ask(&questions, &never);
    assert!(answers.iter().all(|answer| !answer.finding.is_known()));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(dns.log().len() < 200, "{}", dns.log().len());
}

#[test]
fn a_dead_zone_does_not_make_a_good_server_dead() {
    let dns = FakeDns::start();
    let mut questions = vec![];
    for number in 0..150 {
        let name = format!("n{number}.dead.example");
        dns.fault(&name, Fault::Silence);
        questions.push(Question::new(name, RecordType::A));
    }
    questions.push(Question::new("alive.example", RecordType::A));
    let answers = Resolver::new(&dns.settings()).expect("resolver").ask(&questions, &never);
    assert_eq!(answers.last().map(|answer| &answer.finding), Some(&Finding::No));
    assert!(why(&answers[0].finding).ends_with("no answer within 0.3 s"));
}

#[test]
fn a_cancelled_run_ends_soon_and_says_so() {
    let (_socket, silent) = mute();
    let dns = FakeDns::start();
    dns.fault("a.example", Fault::Silence);
    let start = Instant::now();
    let cancelled = || start.elapsed() > Duration::from_millis(50);
    let patient = |server| DnsSettings { timeout: Duration::from_secs(30), ..settings(&[server]) };
    for server in [dns.address(), silent] {
        let resolver = Resolver::new(&patient(server)).expect("resolver");
        let answer = resolver.ask(&[Question::new("a.example", RecordType::A)], &cancelled).remove(0);
        assert!(why(&answer.finding).starts_with("stopped before"), "{answer:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_is_no_name_is_not_asked_and_a_secret_in_it_not_told() {
    let dns = FakeDns::start();
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    let question = Question::with_secret("a b.hunter2.dbl.example", "a b.{key}.dbl.example", RecordType::A);
    let answer = resolver.ask(&[question], &never).remove(0);
    assert_eq!(why(&answer.finding), "'dns A a b.{key}.dbl.example' is no name that can be asked about");
    assert!(dns.log().is_empty());
}

#[test]
fn one_lost_probe_or_silence_about_the_root_makes_no_server_dead() {
    for fault in [Fault::DropFirst(1), Fault::Silence, Fault::WrongId] {
        let dns = FakeDns::start();
        dns.fault("", fault.clone());
        let resolver = Resolver::new(&dns.settings()).expect("resolver");
        assert_eq!(resolver.reachable(&never), Ok(()), "{fault:?}");
    }
}

#[test]
fn a_question_shows_no_secret_when_it_is_logged() {
    let question = Question::with_secret("1.hunter2.dbl.example", "1.{key}.dbl.example", RecordType::A);
    assert_eq!(format!("{question:?}"), "Question(\"dns A 1.{key}.dbl.example\")");
}

#[test]
fn offline_settings_make_no_resolver() {
    let offline = DnsSettings { offline: true, ..DnsSettings::default() };
    assert!(Resolver::new(&offline).err().expect("refused").contains("offline = true"));
    assert!(!Resolver::new(&DnsSettings::default()).expect("the system's").servers().is_empty());
}

#[test]
fn nothing_is_asked_twice_within_its_time() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1"]);
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    let cache = MemoryCache::default();
    let questions = ["a.example", "none.example", "A.example"].map(|n| Question::new(n, RecordType::A));
    for _ in 0..3 {
        let asker = Asker::new(Some(&resolver), &cache, false, &never);
        let facts = asker.ask(&questions);
        assert_eq!(facts[0].finding, Finding::Yes(vec![address("192.0.2.1")]));
        assert_eq!(facts[0].until - facts[0].at, 3_600);
        assert_eq!(facts[1].finding, Finding::No);
        assert_eq!(facts[2], facts[0]);
    }
    assert_eq!(dns.log().len(), 2);
    cache.age();
    Asker::new(Some(&resolver), &cache, false, &never).ask(&questions);
    assert_eq!(dns.log().len(), 4, "its time was over");
}

#[test]
fn refreshing_asks_once_more_and_not_twice() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1"]);
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    let cache = MemoryCache::default();
    let question = [Question::new("a.example", RecordType::A)];
    Asker::new(Some(&resolver), &cache, false, &never).ask(&question);
    for kept in cache.answers.borrow_mut().values_mut() {
        kept.at -= 10;
    }
    dns.a("a.example", &["192.0.2.2"]);
    let asker = Asker::new(Some(&resolver), &cache, true, &never);
    for _ in 0..2 {
        assert_eq!(asker.ask(&question)[0].finding, Finding::Yes(vec![address("192.0.2.2")]));
    }
    assert_eq!(dns.log().len(), 2);
}

#[test]
fn an_old_answer_stands_in_where_none_can_be_had_and_what_is_not_known_is_not_kept() {
    let dns = FakeDns::start();
    dns.a("a.example", &["192.0.2.1"]);
    let resolver = Resolver::new(&dns.settings()).expect("resolver");
    let cache = MemoryCache::default();
    let questions = ["a.example", "b.example"].map(|name| Question::new(name, RecordType::A));
    Asker::new(Some(&resolver), &cache, false, &never).ask(&questions[..1]);
    cache.age();
    dns.fault("a.example", Fault::ServFail);
    dns.fault("b.example", Fault::ServFail);
    for resolver in [Some(&resolver), None] {
        let facts = Asker::new(resolver, &cache, false, &never).ask(&questions);
        assert_eq!(facts[0].finding, Finding::Yes(vec![address("192.0.2.1")]));
        assert!(facts[0].until < lafayette::model::clock::now(), "it says that it is old");
        let expected = if resolver.is_some() { "SERVFAIL" } else { "offline" };
        assert!(why(&facts[1].finding).contains(expected), "{:?}", facts[1]);
    }
    assert_eq!(cache.answers.borrow().len(), 1);
}
