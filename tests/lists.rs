//! Names, origins, block lists and hosts, against a name server on loopback.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::config::{Arguments, Config, Environment};
use lafayette::enrich::dns::{Asker, RecordType, Resolver};
use lafayette::enrich::lists::{Key, Lists, registrable};
use lafayette::enrich::{hosts, names, origin};
use lafayette::model::{BlockList, Country, CountryMeaning, Fact, Finding, HostName, ListFact, OriginZones};
use std::net::IpAddr;
use support::dns::{FakeDns, Fault, MemoryCache};

const SECRET: &str = "abcdefgh12345678";

/// A name server with the zones of RFC 5782 and those who ask it.
struct World {
    dns: FakeDns,
    resolver: Resolver,
    cache: MemoryCache,
}

impl World {
    fn new() -> World {
        let dns = FakeDns::start();
        let resolver = Resolver::new(&dns.settings()).expect("resolver");
        World { dns, resolver, cache: MemoryCache::default() }
    }

    fn asker(&self) -> Asker<'_> {
        Asker::new(Some(&self.resolver), &self.cache, false, &|| false)
    }

    fn offline(&self) -> Asker<'_> {
        Asker::new(None, &self.cache, false, &|| false)
    }

    /// A zone that passes the test.
    fn sound(&self, list: &BlockList) {
        let zone = list.zone.replace("{key}", SECRET);
        self.dns.a(&format!("2.0.0.127.{zone}"), &["127.0.0.2", "127.0.0.4", "127.0.0.10"]);
        self.dns.a(&format!("{}.{zone}", mapped('2')), &["127.0.0.2"]);
        self.dns.a(&format!("test.{zone}"), &[if list.bits.is_empty() { "127.0.1.2" } else { "127.0.0.2" }]);
    }

    fn all(&self, lists: Vec<BlockList>) -> Lists {
        lists.iter().for_each(|list| self.sound(list));
        Lists::new(lists.into_iter().map(|list| (list, Key::None)).collect())
    }
}

/// ::ffff:127.0.0.x as a list is asked about it.
fn mapped(last: char) -> String {
    format!("{last}.0.0.0.0.0.f.7.f.f.f.f.{}0", "0.".repeat(19))
}

/// The lists that are shipped, in zones of the test.
fn shipped(names: &[&str]) -> Vec<BlockList> {
    let arguments = Arguments { db: Some("a.db".into()), ..Arguments::default() };
    let config = Config::load(&arguments, &Environment::default()).expect("defaults");
    let mut lists: Vec<BlockList> = config.lists.into_iter().map(|used| used.list).collect();
    lists.retain(|list| names.contains(&list.name.as_str()));
    for list in &mut lists {
        list.zone = format!("{}.test", list.name);
    }
    lists
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("address")
}

/// The names of the codes, or the reason.
fn told(fact: &ListFact) -> Result<Vec<&str>, &str> {
    match &fact.fact.finding {
        Finding::Yes(codes) => Ok(codes.iter().map(|code| code.name.as_str()).collect()),
        Finding::No => Ok(vec![]),
        Finding::Unknown(why) => Err(why),
    }
}

fn of_address(world: &World, lists: &Lists, address: &str) -> Vec<ListFact> {
    lists.addresses(&world.asker(), &[ip(address)]).remove(0)
}

#[test]
fn a_list_of_addresses_says_what_its_codes_mean() {
    let world = World::new();
    let lists = world.all(shipped(&["zen"]));
    world.dns.a("5.2.0.192.zen.test", &["127.0.0.4"]);
    world.dns.a("10.2.0.192.zen.test", &["127.0.0.2", "127.0.0.9"]);
    world.dns.a("11.2.0.192.zen.test", &["127.0.0.5", "127.0.0.4", "127.0.0.11"]);
    world.dns.a("12.2.0.192.zen.test", &["127.0.0.99"]);
    world.dns.a("13.2.0.192.zen.test", &["127.0.0.10"]);
    let v6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.test";
    world.dns.a(v6, &["127.0.0.3"]);
    for (address, codes) in [
        ("192.0.2.5", &["xbl"][..]),
        ("::ffff:192.0.2.5", &["xbl"]),
        ("192.0.2.10", &["sbl", "drop"]),
        ("192.0.2.11", &["xbl", "pbl"]),
        ("192.0.2.12", &["127.0.0.99"]),
        ("192.0.2.13", &["pbl"]),
        ("2001:db8::1", &["css"]),
        ("192.0.2.1", &[]),
        ("2001:db8::2", &[]),
    ] {
        let facts = of_address(&world, &lists, address);
        assert_eq!(facts.len(), 1);
        assert_eq!((facts[0].list.as_str(), facts[0].letter), ("zen", 'Z'));
        assert_eq!(told(&facts[0]), Ok(codes.to_vec()), "{address}");
        assert_eq!(facts[0].fact.from, "zen");
    }
    let codes = of_address(&world, &lists, "192.0.2.11");
    let policies: Vec<bool> = codes[0].fact.yes().expect("listed").iter().map(|code| code.policy).collect();
    assert_eq!(policies, [false, true], "PBL is no evidence");
}

#[test]
fn an_error_is_never_a_listing_and_never_kept() {
    let world = World::new();
    let lists = world.all(shipped(&["zen"]));
    for (last, answer, part) in [
        (6, "127.255.255.254", "it answers no public or open resolver"),
        (20, "127.255.255.252", "its zone is misspelt"),
        (21, "127.255.255.255", "it was asked too often"),
        (22, "127.255.255.250", "its key is disabled"),
        (23, "127.255.255.251", "its key is not accepted"),
        (24, "127.255.255.7", "it answers with an error"),
        (9, "198.51.100.1", "none of a block list"),
        (25, "127.0.0.1", "it refuses to answer"),
    ] {
        let name = format!("{last}.2.0.192.zen.test");
        world.dns.a(&name, &[answer]);
        let facts = of_address(&world, &lists, &format!("192.0.2.{last}"));
        let why = told(&facts[0]).expect_err("an error");
        assert!(why.contains(part) && why.contains(answer), "{why}");
        world.dns.a(&name, &["127.0.0.2"]);
        assert_eq!(told(&of_address(&world, &lists, &format!("192.0.2.{last}"))[0]), Ok(vec!["sbl"]));
    }
    world.dns.fault("7.2.0.192.zen.test", Fault::ServFail);
    world.dns.fault("8.2.0.192.zen.test", Fault::Silence);
    for (address, part) in [("192.0.2.7", "SERVFAIL"), ("192.0.2.8", "no answer")] {
        let facts = of_address(&world, &lists, address);
        assert!(told(&facts[0]).expect_err("not known").contains(part));
    }
    world.dns.a("14.2.0.192.zen.test", &["127.0.0.2", "127.255.255.254"]);
    assert!(told(&of_address(&world, &lists, "192.0.2.14")[0]).is_err(), "a mixture is not believed");
}

#[test]
fn lists_of_domains_get_registrable_domains_and_nothing_else() {
    let world = World::new();
    let lists = world.all(shipped(&["zen", "dbl", "surbl", "uribl"]));
    world.dns.a("bad.example.dbl.test", &["127.0.1.4"]);
    world.dns.a("redir.example.dbl.test", &["127.0.1.103"]);
    world.dns.a("err.example.dbl.test", &["127.0.1.255"]);
    world.dns.a("x.example.surbl.test", &["127.0.0.72"]);
    world.dns.a("y.example.surbl.test", &["127.0.0.1"]);
    world.dns.a("x.example.uribl.test", &["127.0.0.14"]);
    world.dns.a("y.example.uribl.test", &["127.0.0.1"]);
    let hosts = [
        "a1b2c3.login.bad.example",
        "Redir.Example.",
        "err.example",
        "www.x.example",
        "y.example",
        "192.0.2.5",
        "[2001:db8::1]",
        "com",
        "co.uk",
        "",
        "a b",
    ];
    let facts = lists.domains(&world.asker(), &hosts.map(str::to_owned));
    let told: Vec<Vec<Result<Vec<&str>, &str>>> =
        facts.iter().map(|facts| facts.iter().map(told).collect()).collect();
    assert_eq!(told[0], [Ok(vec!["phish"]), Ok(vec![]), Ok(vec![])]);
    assert_eq!(told[1][0], Ok(vec!["abused-redirector"]));
    assert!(told[2][0].as_ref().expect_err("error").contains("lists domains only (127.0.1.255)"));
    assert_eq!(told[3][1..], [Ok(vec!["phish", "abuse"]), Ok(vec!["black", "grey", "red"])]);
    for refused in &told[4][1..] {
        assert!(refused.as_ref().expect_err("refused").contains("refuses"), "{refused:?}");
    }
    assert!(told[5..].iter().all(Vec::is_empty), "{told:?}");
    for asked in world.dns.log() {
        let mut labels = asked.name.split('.').rev();
        let zone = (labels.next(), labels.next());
        let domain = labels.count();
        if zone.1 != Some("zen") {
            assert!(domain <= 2 || asked.name.contains("test"), "{}", asked.name);
        }
        assert!(!asked.name.starts_with("5.2.0.192"), "{}", asked.name);
    }
    assert_eq!(registrable("a.b.co.uk").as_deref(), Some("b.co.uk"));
    assert_eq!(registrable("BÜCHER.example").as_deref(), Some("xn--bcher-kva.example"));
}

#[test]
fn a_list_that_fails_its_test_is_not_used_and_says_why() {
    let zone = |part: &str| format!("{part}.zen.test");
    let world = World::new();
    let check = |prepare: &dyn Fn(&FakeDns)| {
        let world = World::new();
        let lists = world.all(shipped(&["zen"]));
        prepare(&world.dns);
        world.dns.a("5.2.0.192.zen.test", &["127.0.0.4"]);
        let health = lists.check(&world.asker()).remove(0);
        let fact =
            told(&of_address(&world, &lists, "192.0.2.5")[0]).map(|codes| codes.len()).map_err(str::to_owned);
        assert_eq!(fact.clone().err(), health.state.clone().err());
        (health, world.dns.count("5.2.0.192.zen.test", RecordType::A))
    };
    let (health, asked) = check(&|_| {});
    assert_eq!((health.state, health.ipv6, asked), (Ok(()), Some(Ok(())), 1));
    let listed = zone("2.0.0.127");
    let unlisted = zone("1.0.0.127");
    type Prepare<'a> = &'a dyn Fn(&FakeDns);
    let wrong: [(Prepare<'_>, &str); 6] = [
        (&|dns| dns.forget(&listed), "it does not list what every list has to hold"),
        (&|dns| dns.a(&unlisted, &["127.0.0.2"]), "it lists everything"),
        (&|dns| dns.a(&listed, &["127.255.255.254"]), "it answers no public or open resolver"),
        (
            &|dns| {
                dns.a(&listed, &["198.51.100.1"]);
                dns.a(&unlisted, &["198.51.100.1"]);
            },
            "none of a block list",
        ),
        (&|dns| dns.fault(&listed, Fault::ServFail), "SERVFAIL"),
        (&|dns| dns.fault(&unlisted, Fault::Refused), "REFUSED"),
    ];
    for (prepare, part) in wrong {
        let (health, asked) = check(prepare);
        let why = health.state.expect_err(part);
        assert!(why.starts_with("it is not used in this run: ") && why.contains(part), "{why}");
        assert_eq!(asked, 0, "a list that cannot be believed is not asked");
    }
    drop(world);
}

#[test]
fn a_list_without_ipv6_is_not_asked_about_it_and_one_may_fail_there_only() {
    let world = World::new();
    let lists = world.all(shipped(&["zen", "spamcop"]));
    world.dns.forget(&format!("{}.zen.test", mapped('2')));
    let health = lists.check(&world.asker());
    assert_eq!(health[0].state, Ok(()));
    assert!(health[0].ipv6.as_ref().is_some_and(Result::is_err));
    assert_eq!(health[1].ipv6, None);
    let facts = lists.addresses(&world.asker(), &[ip("2001:db8::1"), ip("192.0.2.1")]);
    assert_eq!(facts[0].len(), 1);
    assert!(told(&facts[0][0]).is_err());
    let names: Vec<&str> = facts[1].iter().map(|fact| fact.list.as_str()).collect();
    assert_eq!(names, ["zen", "spamcop"]);
    assert!(facts[1].iter().all(|fact| told(fact) == Ok(vec![])));
}

#[test]
fn a_list_that_did_not_answer_its_test_keeps_what_it_said_and_is_asked_again() {
    let world = World::new();
    let list = shipped(&["zen"]);
    let lists = world.all(list.clone());
    world.dns.a("5.2.0.192.zen.test", &["127.0.0.4"]);
    assert_eq!(told(&of_address(&world, &lists, "192.0.2.5")[0]), Ok(vec!["xbl"]));
    let (listed, listed_v6) = ("2.0.0.127.zen.test".to_owned(), format!("{}.zen.test", mapped('2')));
    let (v4, v6) = (Some(ip("192.0.2.5")), Some(ip("2001:db8::1")));
    for (fault, is_refusal) in [(Some(Fault::ServFail), false), (None, true)] {
        world.cache.age();
        world.cache.answers.borrow_mut().retain(|key, _| key.contains("5.2.0.192"));
        match fault {
            Some(fault) => world.dns.fault(&listed, fault),
            None => {
                world.dns.forget(&listed);
                world.dns.a(&listed, &["127.255.255.254"]);
            }
        }
        let lists = Lists::new(list.iter().cloned().map(|list| (list, Key::None)).collect());
        let facts = lists.addresses(&world.asker(), &[ip("192.0.2.5"), ip("192.0.2.6")]);
        assert_eq!(told(&facts[0][0]), Ok(vec!["xbl"]), "as it was known before");
        assert!(told(&facts[1][0]).is_err());
        assert_eq!(lists.is_out_for_good("zen", v4), is_refusal);
        assert!(!lists.is_out_for_good("zen", v6), "it passed there");
    }
    let world = World::new();
    let lists = world.all(list);
    world.dns.forget(&listed_v6);
    lists.check(&world.asker());
    assert!(lists.is_out_for_good("zen", v6) && !lists.is_out_for_good("zen", v4));
}

#[test]
fn names_that_nobody_can_register_are_nobody_elses_business() {
    for name in [
        "printer.lan",
        "nas.home.arpa",
        "a.b.local",
        "x.onion",
        "build.internal",
        "host.localhost",
        "srv.madeup",
    ] {
        assert_eq!(registrable(name), None, "{name}");
    }
}

#[test]
fn own_test_points_are_as_good_as_those_of_the_standard() {
    let world = World::new();
    let lists = world.all(shipped(&["surbl"]));
    world.dns.forget("test.surbl.test");
    assert!(lists.check(&world.asker())[0].state.is_err());
    let world = World::new();
    world.dns.a("surbl-org-permanent-test-point.com.surbl.test", &["127.0.0.254"]);
    let lists = Lists::new(shipped(&["surbl"]).into_iter().map(|list| (list, Key::None)).collect());
    assert_eq!(lists.check(&world.asker())[0].state, Ok(()));
}

#[test]
fn a_key_is_part_of_the_question_and_of_nothing_else() {
    let world = World::new();
    let mut list = shipped(&["zen"]).remove(0);
    list.zone = "{key}.zen.test".to_owned();
    world.sound(&list);
    world.dns.a(&format!("5.2.0.192.{SECRET}.zen.test"), &["127.0.0.4"]);
    world.dns.fault(&format!("6.2.0.192.{SECRET}.zen.test"), Fault::ServFail);
    let lists = Lists::new(vec![(list.clone(), Key::Secret(format!("{}\n", SECRET.to_uppercase())))]);
    let health = lists.check(&world.asker());
    let facts = lists.addresses(&world.asker(), &[ip("192.0.2.5"), ip("192.0.2.6")]);
    assert_eq!(told(&facts[0][0]), Ok(vec!["xbl"]));
    assert!(told(&facts[1][0]).is_err());
    let kept = world.cache.answers.borrow();
    assert!(kept.contains_key("dns A 5.2.0.192.{key}.zen.test"), "{kept:?}");
    let shown = format!("{health:?} {facts:?} {kept:?}").to_lowercase();
    assert!(!shown.contains(SECRET), "{shown}");
    for (key, part) in [
        (Key::None, "none is configured"),
        (Key::Missing("the command failed".to_owned()), "could not be had: the command failed"),
        (Key::Secret("a.b hunter2".to_owned()), "letters, digits and hyphens"),
    ] {
        let lists = Lists::new(vec![(list.clone(), key)]);
        let facts = of_address(&world, &lists, "192.0.2.5");
        let why = told(&facts[0]).expect_err("no key");
        assert!(why.contains(part) && !why.contains("hunter2"), "{why}");
    }
}

#[test]
fn lists_are_tested_once_a_run_and_nothing_is_asked_twice() {
    let world = World::new();
    let lists = world.all(shipped(&["zen"]));
    let ips: Vec<IpAddr> = (1..=200).map(|last| ip(&format!("192.0.2.{last}"))).collect();
    for _ in 0..3 {
        lists.addresses(&world.asker(), &ips);
    }
    // Two test points of either kind, then each address.
    assert_eq!(world.dns.log().len(), 4 + 200);
}

#[test]
fn offline_what_was_learnt_is_told_and_the_rest_is_not_known() {
    let world = World::new();
    let lists = world.all(shipped(&["zen"]));
    world.dns.a("5.2.0.192.zen.test", &["127.0.0.4"]);
    of_address(&world, &lists, "192.0.2.5");
    world.cache.age();
    let lists = world.all(shipped(&["zen"]));
    let facts = lists.addresses(&world.offline(), &[ip("192.0.2.5"), ip("192.0.2.6")]);
    assert_eq!(told(&facts[0][0]), Ok(vec!["xbl"]));
    assert!(facts[0][0].fact.until < facts[0][0].fact.at + 1_000_000, "old");
    assert!(told(&facts[1][0]).expect_err("not known").contains("offline"));
}

#[test]
fn a_host_name_counts_as_far_as_it_has_the_address_in_turn() {
    let world = World::new();
    let dns = &world.dns;
    dns.ptr("192.0.2.1", &["Mail.Isp.Example."]);
    dns.a("mail.isp.example", &["192.0.2.9", "192.0.2.1"]);
    dns.ptr("192.0.2.2", &["bank.example"]);
    dns.a("bank.example", &["198.51.100.1"]);
    dns.ptr("192.0.2.3", &["gone.example"]);
    dns.ptr("192.0.2.4", &["slow.example"]);
    dns.fault("slow.example", Fault::ServFail);
    dns.fault("6.2.0.192.in-addr.arpa", Fault::ServFail);
    dns.ptr("192.0.2.7", &["one.example", "bank.example", "two.example"]);
    dns.a("two.example", &["192.0.2.7"]);
    let many: Vec<String> = (0..100).map(|n| format!("n{n}.many.example")).collect();
    dns.ptr("192.0.2.8", &many.iter().map(String::as_str).collect::<Vec<_>>());
    dns.ptr("192.0.2.9", &["no\\032name.example"]);
    dns.ptr("2001:db8::1", &["six.example"]);
    dns.aaaa("six.example", &["2001:db8::1"]);
    dns.cname("11.2.0.192.in-addr.arpa", "11.0/25.2.0.192.in-addr.arpa");
    dns.ptr("192.0.2.10", &["."]);
    let texts = [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "192.0.2.4",
        "192.0.2.5",
        "192.0.2.6",
        "192.0.2.7",
        "192.0.2.8",
        "192.0.2.9",
        "2001:db8::1",
        "192.0.2.10",
        "192.0.2.11",
    ];
    let facts = names::names(&world.asker(), &texts.map(ip));
    let named = |name: &str, confirmed| Finding::Yes(HostName { name: name.to_owned(), confirmed });
    for (at, expected) in [
        (0, named("mail.isp.example", Some(true))),
        (1, named("bank.example", Some(false))),
        (2, named("gone.example", Some(false))),
        (3, named("slow.example", None)),
        (4, Finding::No),
        (6, named("two.example", Some(true))),
        (7, named("n0.many.example", Some(false))),
        (8, named("no name.example", Some(false))),
        (9, named("six.example", Some(true))),
        (10, Finding::No),
        (11, Finding::No),
    ] {
        assert_eq!(facts[at].finding, expected, "{}", texts[at]);
    }
    assert!(!facts[5].finding.is_known());
    assert!(dns.log().iter().filter(|asked| asked.name.ends_with("many.example")).count() <= 8);
}

#[test]
fn the_origin_is_that_of_the_longest_prefix_with_all_who_announce_it() {
    let world = World::new();
    let dns = &world.dns;
    let zones = OriginZones::default();
    dns.txt("31.108.90.216.origin.asn.cymru.com", &["23028 | 216.90.108.0/24 | US | arin | 1998-09-25"]);
    dns.txt(
        "AS23028.asn.cymru.com",
        &["23028 | US | arin | 2002-01-04 | TEAM-CYMRU - Team | Cymru Inc., US"],
    );
    dns.txt(
        "1.2.0.192.origin.asn.cymru.com",
        &[
            "64500 | 192.0.0.0/16 | DE | ripencc | 2001-01-01",
            "20738 20773 20738 | 192.0.2.0/24 | | RIPENCC | ",
            "64501 | 192.0.3.0/28 | FR | ripencc | 2001-01-01",
            "64502 | 192.0.0.0/12 | FR | ripencc | 2001-01-01",
        ],
    );
    dns.txt("2.2.0.192.origin.asn.cymru.com", &["64500 | 192.0.2.0/24 | EU | ripencc | 2001-01-01"]);
    dns.txt("3.2.0.192.origin.asn.cymru.com", &["no such thing", "x | y | z"]);
    dns.fault("4.2.0.192.origin.asn.cymru.com", Fault::ServFail);
    dns.txt(
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.origin6.asn.cymru.com",
        &["64503 | 2001:db8::/32 | NL | ripencc | 2004-01-01"],
    );
    let texts =
        ["216.90.108.31", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "2001:db8::1"];
    let found = origin::origins(&world.asker(), &zones, &texts.map(ip));
    let first = found[0].origin.yes().expect("announced");
    assert_eq!((first.asn, first.also.as_slice()), (23028, &[][..]));
    assert_eq!(first.prefix.map(|p| p.to_string()).as_deref(), Some("216.90.108.0/24"));
    assert_eq!(first.as_name.as_deref(), Some("TEAM-CYMRU - Team | Cymru Inc., US"));
    assert_eq!((first.registry.as_deref(), first.allocated.as_deref()), (Some("arin"), Some("1998-09-25")));
    let registered =
        |code: &str| Finding::Yes(Country { code: code.to_owned(), meaning: CountryMeaning::Registered });
    assert_eq!(found[0].country.finding, registered("US"));
    let second = found[1].origin.yes().expect("announced");
    assert_eq!((second.asn, second.also.as_slice()), (20738, &[20773][..]));
    assert_eq!(second.prefix.map(|p| p.to_string()).as_deref(), Some("192.0.2.0/24"));
    assert_eq!((second.registry.as_deref(), second.allocated.as_deref()), (Some("ripencc"), None));
    assert_eq!((second.as_name.as_deref(), &found[1].country.finding), (None, &Finding::No));
    assert_eq!(found[2].country.finding, Finding::No, "EU is no country");
    for unknown in &found[3..5] {
        assert!(!unknown.origin.finding.is_known() && !unknown.country.finding.is_known());
    }
    assert_eq!((&found[5].origin.finding, &found[5].country.finding), (&Finding::No, &Finding::No));
    assert_eq!(found[6].origin.yes().map(|origin| origin.asn), Some(64503));
    assert_eq!(found[6].country.finding, registered("NL"));
    assert!(found.iter().all(|found| found.origin.from == "Team Cymru"));
    let kept = |fact: &Fact<_>| fact.until - fact.at;
    assert_eq!(kept(&found[0].origin), 4 * 3_600, "never sooner than the service is made anew");
}

#[test]
fn a_host_has_addresses_of_both_kinds_and_none_only_where_both_say_so() {
    let world = World::new();
    let lists = world.all(shipped(&["dbl"]));
    world.dns.a("www.a.example", &["192.0.2.1"]);
    world.dns.aaaa("www.a.example", &["2001:db8::1"]);
    world.dns.a("half.example", &["192.0.2.2"]);
    world.dns.fault("broken.example", Fault::ServFail);
    world.dns.a("a.example.dbl.test", &["127.0.1.4"]);
    let asked = [
        "WWW.A.Example",
        "none.example",
        "broken.example",
        "192.0.2.77",
        "[2001:db8::7]",
        "a b",
        "half.example",
    ];
    let facts = hosts::hosts(&world.asker(), Some(&lists), &asked.map(str::to_owned));
    let addresses = |at: usize| facts[at].addresses.as_ref().map(|fact| fact.finding.clone());
    assert_eq!(facts[0].host, "www.a.example");
    assert_eq!(facts[0].registrable.as_deref(), Some("a.example"));
    assert_eq!(addresses(0), Some(Finding::Yes(vec![ip("192.0.2.1"), ip("2001:db8::1")])));
    assert_eq!(told(&facts[0].lists[0]), Ok(vec!["phish"]));
    assert_eq!(addresses(1), Some(Finding::No));
    assert!(addresses(2).is_some_and(|finding| !finding.is_known()));
    assert_eq!(addresses(3), Some(Finding::Yes(vec![ip("192.0.2.77")])));
    assert_eq!(
        (facts[4].host.as_str(), addresses(4)),
        ("2001:db8::7", Some(Finding::Yes(vec![ip("2001:db8::7")])))
    );
    assert!(facts[3].lists.is_empty() && facts[4].lists.is_empty() && facts[3].registrable.is_none());
    assert_eq!((facts[5].host.as_str(), addresses(5)), ("a b", None));
    assert_eq!(addresses(6), Some(Finding::Yes(vec![ip("192.0.2.2")])));
    assert!(world.dns.log().iter().all(|asked| !asked.name.contains("192.0.2.77")));
}
