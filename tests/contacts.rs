//! Whom to tell, against a name server, registries and RIPEstat on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod support;

use ipnet::IpNet;
use lafayette::enrich::contacts::{ContactSubject, Contacts, Depth, Refusals};
use lafayette::enrich::dns::{Asker, RecordType, Resolver};
use lafayette::enrich::hosts;
use lafayette::enrich::http::Http;
use lafayette::model::{
    ContactAct, ContactChain, ContactKind, ContactRule, ContactScope, ContactSettings, ContactSource,
    ContactState, Finding, HostName, HttpSettings,
};
use std::net::IpAddr;
use std::time::Duration;
use support::dns::{FakeDns, Fault, MemoryCache};
use support::http::{Asked, FakeHttp, Reply};
use url::Url;

const ZONE: &str = "abuse-contacts.test";

/// An abuse desk: what it asks, what it keeps, and what it has said.
struct Desk {
    dns: FakeDns,
    cache: MemoryCache,
    settings: ContactSettings,
    rules: Vec<ContactRule>,
    refusals: Refusals,
    /// Networks that count as public.
    public: Vec<IpNet>,
    /// With nobody to ask.
    offline: bool,
    refresh: bool,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            dns: FakeDns::start(),
            cache: MemoryCache::default(),
            settings: ContactSettings { abusix: Some(ZONE.to_owned()), ..ContactSettings::default() },
            rules: vec![],
            refusals: Refusals::default(),
            public: vec!["192.0.0.0/16".parse().unwrap(), "127.0.0.1/32".parse().unwrap()],
            offline: false,
            refresh: false,
        }
    }

    fn abusix(&self, ip: &str, texts: &[&str]) {
        self.dns.txt(&abusix_name(ip), texts);
    }

    fn chains(&self, subjects: &[ContactSubject], depth: Depth) -> Vec<ContactChain> {
        self.run(|contacts, asker, http| contacts.chains(asker, http, &self.cache, subjects, depth))
    }

    fn chain(&self, ip: &str) -> ContactChain {
        self.chains(&[subject(ip)], Depth::Full).remove(0)
    }

    fn run<T>(&self, act: impl Fn(&Contacts<'_>, &Asker<'_>, Option<&Http<'_>>) -> T) -> T {
        let own = ["192.0.7.0/24".parse().unwrap()];
        let resolver = Resolver::new(&self.dns.settings()).unwrap();
        let never = || false;
        let asker = Asker::new((!self.offline).then_some(&resolver), &self.cache, self.refresh, &never);
        let lookup = |name: &str| hosts::addresses(&asker, name);
        let http_settings = HttpSettings {
            treat_as_public: self.public.clone(),
            timeout: Duration::from_secs(2),
            ..HttpSettings::default()
        };
        let http = Http::new(&http_settings, &lookup).unwrap();
        let contacts = Contacts {
            settings: &self.settings,
            rules: &self.rules,
            refusals: &self.refusals,
            treat_as_public: &self.public,
            own_networks: &own,
            refresh: self.refresh,
        };
        act(&contacts, &asker, (!self.offline).then_some(&http))
    }

    /// Makes this server the only registry there is; returns the one that says so.
    fn registry(&mut self, registry: &FakeHttp) -> FakeHttp {
        let base = registry.url("/rdap");
        let bootstrap = FakeHttp::start(move |_: &Asked| {
            Reply::ok(
                "application/json",
                &format!(r#"{{"version":"1.0","services":[[["192.0.0.0/8"],["{base}"]]]}}"#),
            )
        });
        self.settings.rdap = Some(Url::parse(&bootstrap.url("/")).unwrap());
        bootstrap
    }
}

fn abusix_name(ip: &str) -> String {
    format!("{}.{ZONE}", lafayette::enrich::reverse::reversed(ip.parse().unwrap()))
}

fn subject(ip: &str) -> ContactSubject {
    ContactSubject::bare(ip.parse().unwrap())
}

fn named(ip: &str, name: &str, confirmed: bool) -> ContactSubject {
    let name = Some(HostName { name: name.to_owned(), confirmed: Some(confirmed) });
    ContactSubject { name, asns: vec![64_500], ..subject(ip) }
}

fn addresses(chain: &ContactChain) -> Vec<(&str, ContactSource)> {
    chain.contacts.iter().map(|contact| (contact.address.as_str(), contact.source)).collect()
}

fn sources(chain: &ContactChain) -> Vec<ContactSource> {
    chain.steps.iter().map(|step| step.source).collect()
}

/// A registry's answer about a /24, with this address in the role abuse, or without the role.
fn network(ip: &str, mail: Option<&str>) -> String {
    let net = ip.rsplit_once('.').unwrap().0;
    let entity = mail.map_or(String::new(), |mail| {
        format!(r#"{{"roles":["abuse"],"vcardArray":["vcard",[["email",{{}},"text","{mail}"]]]}}"#)
    });
    format!(
        r#"{{"objectClassName":"ip network","name":"NET","startAddress":"{net}.0","endAddress":"{net}.255","entities":[{entity}]}}"#
    )
}

fn rdap(body: &str) -> Reply {
    Reply::ok("application/rdap+json", body)
}

fn rule(scope: ContactScope, act: ContactAct, contacts: &[&str]) -> ContactRule {
    let contacts = contacts.iter().map(|contact| (*contact).to_owned()).collect();
    ContactRule { scope, act, contacts, note: "a test".to_owned(), at: 7, by: "desk".to_owned() }
}

#[test]
fn the_first_source_with_a_usable_address_decides_and_no_other_is_asked() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|_: &Asked| rdap(&network("192.0.2.1", Some("rdap@isp.example"))));
    let _bootstrap = desk.registry(&registry);
    desk.abusix("192.0.2.1", &["Abuse@a.example,noc@b.example", "abuse@A.example"]);
    desk.abusix("192.0.2.2", &["removed@lacnic.net", "root@localhost"]);
    let chain = desk.chain("192.0.2.1");
    assert_eq!(
        addresses(&chain),
        [("abuse@a.example", ContactSource::Abusix), ("noc@b.example", ContactSource::Abusix)]
    );
    assert_eq!(registry.lines(), Vec::<String>::new());

    let chain = desk.chain("192.0.2.2");
    assert_eq!(addresses(&chain), [("rdap@isp.example", ContactSource::Rdap)]);
    assert_eq!(sources(&chain), [ContactSource::Abusix, ContactSource::Rdap]);
    assert_eq!(chain.steps[0].refused.len(), 2);
    assert!(
        chain.steps[1].fact.from.starts_with("RDAP 127.0.0.1, NET 192.0.2.0"),
        "{}",
        chain.steps[1].fact.from
    );
    assert_eq!(registry.asked()[0].target, "/rdap/ip/192.0.2.2");
    assert!(registry.asked()[0].header("accept").unwrap().starts_with("application/rdap+json"));

    let quick = desk.chains(&[subject("192.0.3.3")], Depth::Quick).remove(0);
    assert_eq!(
        (sources(&quick), quick.unknown()),
        (vec![ContactSource::Abusix], Some("The registries were not asked yet."))
    );
    assert_eq!(registry.lines().len(), 1);
}

#[test]
fn a_quick_look_keeps_what_a_thorough_one_found_as_long_as_that_holds() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|_: &Asked| rdap(&network("192.0.2.1", Some("rdap@isp.example"))));
    let _bootstrap = desk.registry(&registry);
    let full = desk.chain("192.0.2.1");
    let quick = |desk: &Desk| desk.chains(&[subject("192.0.2.1")], Depth::Quick).remove(0);
    assert_eq!(quick(&desk).contacts, full.contacts, "with its source and age");
    assert_eq!(registry.lines().len(), 1, "and nobody is asked");
    // What a person has said since decides all the same.
    desk.rules = vec![rule(ContactScope::Address("rdap@isp.example".to_owned()), ContactAct::Never, &[])];
    assert_eq!(addresses(&quick(&desk)), []);
    desk.rules = vec![];
    desk.cache.age();
    assert_eq!(sources(&quick(&desk)), [ContactSource::Abusix], "over its time, it is to be asked again");
}

#[test]
fn a_source_that_fails_is_no_source_that_knows_nobody() {
    let mut desk = Desk::new();
    desk.dns.fault(&abusix_name("192.0.2.1"), Fault::ServFail);
    let chain = desk.chain("192.0.2.1");
    assert!(chain.contacts.is_empty() && chain.unknown().is_some(), "{chain:?}");
    desk.dns.forget(&abusix_name("192.0.2.1"));
    desk.abusix("192.0.2.1", &["abuse@a.example"]);
    assert_eq!(addresses(&desk.chain("192.0.2.1")), [("abuse@a.example", ContactSource::Abusix)]);

    for (ip, reply) in [
        ("192.0.2.2", rdap("garbage")),
        ("192.0.2.3", Reply::status(403)),
        ("192.0.2.4", Reply::Close),
        ("192.0.2.5", rdap(&network("192.0.9.1", Some("other@isp.example")))),
        ("192.0.2.6", Reply::Endless),
        ("192.0.2.7", Reply::redirect(302, "http://127.0.0.66/")),
        ("192.0.2.8", Reply::redirect(302, "http://[::ffff:10.0.0.1]/")),
    ] {
        let registry = FakeHttp::start(move |_: &Asked| reply.clone());
        let _bootstrap = desk.registry(&registry);
        let chain = desk.chain(ip);
        assert!(chain.contacts.is_empty() && chain.unknown().is_some(), "{ip}: {chain:?}");
        assert!(matches!(chain.steps[1].fact.finding, Finding::Unknown(_)), "{ip}: {chain:?}");
        desk.chain(ip);
        assert_eq!(registry.lines().len(), 2, "{ip} was kept");
    }
}

#[test]
fn an_answer_is_kept_for_its_network_and_a_no_for_the_address() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/rdap/ip/192.0.3.1" => Reply::status(404),
        _ => rdap(&network("192.0.2.1", Some("abuse@isp.example"))),
    });
    let bootstrap = desk.registry(&registry);
    for ip in ["192.0.2.1", "192.0.2.200", "192.0.2.1"] {
        assert_eq!(addresses(&desk.chain(ip)), [("abuse@isp.example", ContactSource::Rdap)]);
    }
    for _ in 0..2 {
        let chain = desk.chain("192.0.3.1");
        assert_eq!((chain.contacts.len(), chain.unknown()), (0, None));
    }
    assert_eq!(registry.lines(), ["GET /rdap/ip/192.0.2.1", "GET /rdap/ip/192.0.3.1"]);
    assert_eq!(bootstrap.lines(), ["GET /ipv4.json"]);

    desk.offline = true;
    assert_eq!(addresses(&desk.chain("192.0.2.9")), [("abuse@isp.example", ContactSource::Rdap)]);
    let unknown = desk.chain("192.0.4.1");
    assert!(unknown.unknown().is_some(), "{unknown:?}");
    desk.offline = false;
    // Ages are counted in seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    desk.refresh = true;
    desk.chain("192.0.2.1");
    assert_eq!(registry.lines().len(), 3);
}

#[test]
fn a_network_without_the_role_leaves_it_to_the_one_around_it() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/rdap/ip/192.0.2.1" => {
            let up = format!(
                r#""links":[{{"rel":"up","href":"http://{}/up"}}],"entities""#,
                asked.header("host").unwrap()
            );
            rdap(&network("192.0.2.1", None).replace("\"entities\"", &up))
        }
        "/up" => rdap(
            &network("192.0.2.1", Some("parent@isp.example"))
                .replace("192.0.2.0", "192.0.0.0")
                .replace("192.0.2.255", "192.0.255.255"),
        ),
        _ => Reply::status(400),
    });
    let _bootstrap = desk.registry(&registry);
    assert_eq!(addresses(&desk.chain("192.0.2.1")), [("parent@isp.example", ContactSource::Rdap)]);
    // What holds for the small network is not said of others in the large one.
    assert!(desk.chain("192.0.5.1").contacts.is_empty());
    let asked = registry.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked[1].at.duration_since(asked[0].at) >= Duration::from_millis(950),
        "more than one question a second"
    );
}

#[test]
fn redirects_lead_to_the_right_registry_a_few_times() {
    let mut desk = Desk::new();
    let right = FakeHttp::start(|_: &Asked| rdap(&network("192.0.2.1", Some("abuse@isp.example"))));
    let target = right.url("/rdap/ip/192.0.2.1");
    let wrong = FakeHttp::start(move |_: &Asked| Reply::redirect(301, &target));
    let _bootstrap = desk.registry(&wrong);
    let chain = desk.chain("192.0.2.1");
    assert_eq!(addresses(&chain), [("abuse@isp.example", ContactSource::Rdap)]);
    assert_eq!((wrong.lines().len(), right.lines().len()), (1, 1));
}

#[test]
fn a_registry_that_asks_to_be_left_alone_is_left_alone() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|_: &Asked| Reply::status(429).with("Retry-After", "3600"));
    let _bootstrap = desk.registry(&registry);
    for ip in ["192.0.2.1", "192.0.3.1"] {
        let chain = desk.chain(ip);
        assert!(chain.unknown().is_some_and(|why| why.contains("left alone until")), "{chain:?}");
    }
    assert_eq!(registry.lines().len(), 1);
}

#[test]
fn ripestat_is_asked_where_the_registry_names_nobody() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|_: &Asked| rdap(&network("192.0.2.1", None)));
    let stat = FakeHttp::start(|_: &Asked| {
        Reply::ok(
            "application/json",
            r#"{"status":"ok","data":{"abuse_contacts":["abuse@isp.example"],"parameters":{"resource":"192.0.2.0/24"}}}"#,
        )
    });
    let _bootstrap = desk.registry(&registry);
    desk.settings.ripestat = Some(Url::parse(&stat.url("/data.json")).unwrap());
    for ip in ["192.0.2.1", "192.0.2.2"] {
        assert_eq!(addresses(&desk.chain(ip)), [("abuse@isp.example", ContactSource::RipeStat)]);
    }
    assert_eq!(stat.lines(), ["GET /data.json?resource=192.0.2.1&sourceapp=lafayette"]);
}

#[test]
fn own_rules_add_replace_and_forbid() {
    let mut desk = Desk::new();
    for last in 1..=9 {
        desk.abusix(&format!("192.0.2.{last}"), &["abuse@isp.example"]);
    }
    desk.abusix("192.0.4.1", &["old@isp.example", "stop@isp.example"]);
    desk.rules = vec![
        rule(ContactScope::Asn(64_500), ContactAct::Add, &["AS@isp.example", "abuse@isp.example"]),
        rule(
            ContactScope::Network("192.0.2.2/32".parse().unwrap()),
            ContactAct::Replace,
            &["https://isp.example/form"],
        ),
        rule(ContactScope::Domain("quiet.example".to_owned()), ContactAct::Never, &[]),
        rule(ContactScope::Address("old@isp.example".to_owned()), ContactAct::Replace, &["new@isp.example"]),
        rule(ContactScope::Address("stop@isp.example".to_owned()), ContactAct::Never, &[]),
    ];
    let chains = desk.chains(
        &[
            named("192.0.2.1", "a.isp.example", true),
            named("192.0.2.2", "a.isp.example", true),
            named("192.0.2.3", "mail.quiet.example", true),
            named("192.0.2.4", "mail.quiet.example", false),
            subject("192.0.4.1"),
        ],
        Depth::Full,
    );
    let (abusix, own) = (ContactSource::Abusix, ContactSource::Own);
    assert_eq!(addresses(&chains[0]), [("abuse@isp.example", abusix), ("as@isp.example", own)]);
    assert_eq!(addresses(&chains[1]), [("https://isp.example/form", own)]);
    assert_eq!(chains[1].contacts[0].kind, ContactKind::Form);
    assert!(chains[2].contacts.is_empty() && chains[2].unknown().is_none());
    assert!(chains[2].steps[0].fact.from.contains("never quiet.example: a test"), "{:?}", chains[2].steps);
    assert_eq!(addresses(&chains[3]), [("abuse@isp.example", abusix), ("as@isp.example", own)]);
    assert_eq!(addresses(&chains[4]), [("new@isp.example", own)]);
    assert_eq!(chains[4].steps[0].refused.len(), 2);
    // Where a rule decides, nobody is asked.
    for ip in ["192.0.2.2", "192.0.2.3"] {
        assert_eq!(desk.dns.count(&abusix_name(ip), RecordType::Txt), 0);
    }
}

#[test]
fn who_asked_to_stop_who_is_dead_and_we_ourselves_are_refused_with_the_reason() {
    let mut desk = Desk::new();
    desk.refusals.states.insert("stop@isp.example".to_owned(), ContactState::OptedOut);
    desk.refusals.states.insert("dead@isp.example".to_owned(), ContactState::Dead);
    desk.refusals.own_domains.push("ours.example".to_owned());
    desk.dns.mx("nomail.example", &[(0, ".")]);
    desk.abusix("192.0.2.1", &["STOP@isp.example,dead@isp.example", "desk@ours.example", "a@nomail.example"]);
    let chain = desk.chain("192.0.2.1");
    assert!(chain.contacts.is_empty() && chain.unknown().is_none());
    let reasons: Vec<&str> = chain.steps[0].refused.iter().map(|(_, why)| why.as_str()).collect();
    for (reason, part) in reasons.iter().zip(["told no more", "came back", "our own", "takes no mail"]) {
        assert!(reason.contains(part), "{reason}");
    }
    assert_eq!(reasons.len(), 4);
}

#[test]
fn guesses_are_taken_only_when_switched_on_and_only_for_a_confirmed_name_that_takes_mail() {
    let mut desk = Desk::new();
    desk.dns.txt("isp.example.contacts.abuse.net", &["postmaster@isp.example"]);
    desk.dns.txt("real.example.contacts.abuse.net", &["security@real.example"]);
    desk.dns.mx("isp.example", &[(10, "mx.isp.example")]);
    desk.dns.mx("null.example", &[(0, ".")]);
    desk.dns.a("host.example", &["192.0.2.9"]);
    desk.dns.fault("broken.example", Fault::ServFail);
    let subjects = [
        named("192.0.2.1", "a.isp.example", true),
        named("192.0.2.2", "a.real.example", true),
        named("192.0.2.3", "a.null.example", true),
        named("192.0.2.4", "a.host.example", true),
        named("192.0.2.5", "a.broken.example", true),
        named("192.0.2.6", "a.isp.example", false),
        named("192.0.2.7", "a.nothing.example", true),
    ];
    for chain in desk.chains(&subjects, Depth::Full) {
        assert_eq!((sources(&chain), chain.contacts.len()), (vec![ContactSource::Abusix], 0));
    }
    desk.settings.abuse_net = true;
    desk.settings.role = true;
    let chains = desk.chains(&subjects, Depth::Full);
    assert_eq!(addresses(&chains[0]), [("abuse@isp.example", ContactSource::Role)]);
    assert_eq!(addresses(&chains[1]), [("security@real.example", ContactSource::AbuseNet)]);
    assert_eq!((addresses(&chains[2]), chains[2].unknown()), (vec![], None));
    assert_eq!(addresses(&chains[3]), [("abuse@host.example", ContactSource::Role)]);
    assert!(chains[4].contacts.is_empty() && chains[4].unknown().is_some());
    assert_eq!(sources(&chains[5]), [ContactSource::Abusix]);
    assert_eq!((addresses(&chains[6]), chains[6].unknown()), (vec![], None));
}

#[test]
fn nobody_is_asked_about_reserved_and_own_addresses() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|_: &Asked| Reply::status(404));
    let bootstrap = desk.registry(&registry);
    desk.rules =
        vec![rule(ContactScope::Network("0.0.0.0/0".parse().unwrap()), ContactAct::Add, &["a@isp.example"])];
    let subjects =
        ["10.0.0.1", "127.0.0.2", "192.0.7.1", "fd00::1", "::ffff:192.168.0.1", "203.0.113.1"].map(subject);
    for chain in desk.chains(&subjects, Depth::Full) {
        assert_eq!(chain, ContactChain::default());
    }
    assert!(desk.dns.log().is_empty() && registry.lines().is_empty() && bootstrap.lines().is_empty());
}

#[test]
fn without_the_file_of_iana_the_built_in_one_tells_the_registry() {
    let mut desk = Desk::new();
    desk.settings.rdap = Some(Url::parse("https://data.iana.org/rdap/").unwrap());
    desk.dns.fault("data.iana.org", Fault::ServFail);
    let mut asked = vec![];
    for _ in 0..2 {
        let chain = desk.chain("192.0.2.1");
        assert!(chain.unknown().is_some_and(|why| why.contains("rdap.arin.net")), "{chain:?}");
        asked.push(desk.dns.count("data.iana.org", RecordType::A));
    }
    assert!(asked[0] > 0 && asked[0] == asked[1], "it is asked again too soon: {asked:?}");
}

#[test]
fn a_mirror_may_be_anywhere_and_what_it_leads_to_may_not() {
    let mut desk = Desk::new();
    desk.public.retain(|network| !network.contains(&IpAddr::from([127, 0, 0, 1])));
    let inside = FakeHttp::start(|_: &Asked| rdap(&network("192.0.3.1", Some("inside@isp.example"))));
    let target = inside.url("/rdap/ip/192.0.3.1");
    let mirror = FakeHttp::start(move |asked: &Asked| match asked.target.as_str() {
        "/ipv4.json" => {
            let host = asked.header("host").unwrap();
            let services = format!(r#"{{"services":[[["192.0.0.0/8"],["http://{host}/rdap/"]]]}}"#);
            Reply::ok("application/json", &services)
        }
        "/rdap/ip/192.0.2.1" => rdap(&network("192.0.2.1", Some("abuse@isp.example"))),
        _ => Reply::redirect(302, &target),
    });
    desk.settings.rdap = Some(Url::parse(&mirror.url("/")).unwrap());
    assert_eq!(addresses(&desk.chain("192.0.2.1")), [("abuse@isp.example", ContactSource::Rdap)]);
    let led = desk.chain("192.0.3.1");
    assert!(led.unknown().is_some_and(|why| why.contains("no request goes there")), "{led:?}");
    assert_eq!(inside.lines(), Vec::<String>::new());
}

#[test]
fn a_mirror_that_fails_is_not_known_and_nobody_is_asked_in_its_place() {
    let mut desk = Desk::new();
    let broken = FakeHttp::start(|_: &Asked| Reply::ok("text/html", "<h1>Moved</h1>"));
    desk.settings.rdap = Some(Url::parse(&broken.url("/")).unwrap());
    for _ in 0..2 {
        let chain = desk.chain("192.0.2.1");
        assert!(chain.unknown().is_some_and(|why| why.contains("no list of registries")), "{chain:?}");
    }
    assert_eq!(broken.lines().len(), 1, "it is asked again too soon");
    assert!(desk.dns.log().iter().all(|asked| !asked.name.contains("arin")));
}

#[test]
fn asking_again_asks_once_for_a_network() {
    let mut desk = Desk::new();
    let registry = FakeHttp::start(|_: &Asked| rdap(&network("192.0.2.1", Some("abuse@isp.example"))));
    let _bootstrap = desk.registry(&registry);
    desk.chain("192.0.2.1");
    // Ages are counted in seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    desk.refresh = true;
    let subjects = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(subject);
    for chain in desk.chains(&subjects, Depth::Full) {
        assert_eq!(addresses(&chain), [("abuse@isp.example", ContactSource::Rdap)]);
    }
    assert_eq!(registry.lines().len(), 2);
}

#[test]
fn whoever_answers_for_any_address_of_a_host_is_told_about_it() {
    let desk = Desk::new();
    desk.abusix("192.0.2.1", &["abuse@isp.example"]);
    desk.abusix("192.0.2.2", &["abuse@isp.example", "noc@other.example"]);
    let ips: Vec<IpAddr> = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap()).to_vec();
    let chain = desk.run(|contacts, asker, http| contacts.of_host(asker, http, &desk.cache, &ips));
    let (abusix, found) = (ContactSource::Abusix, addresses(&chain));
    assert_eq!(found, [("abuse@isp.example", abusix), ("noc@other.example", abusix)]);
}
