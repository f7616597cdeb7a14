//! The queue of sources and what is known of them, as workers and readers notice it.

use super::super::tests::{new, put_from};
use super::*;
use crate::model::columns::ColumnSource;
use crate::model::{Country, CountryMeaning, Fact, Finding, HostName, ListCode, ListFact, Origin};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn fact<T>(finding: Finding<T>, until: Seconds) -> Fact<T> {
    Fact { finding, from: "test".to_owned(), at: 1_000, until }
}

/// An address with a name, a network, a country and an entry of a list.
fn known(address: &str, until: Seconds) -> AddressFacts {
    let code = |name: &str, policy| ListCode { name: name.to_owned(), meaning: String::new(), policy };
    AddressFacts {
        name: Some(fact(
            Finding::Yes(HostName { name: "host.example".into(), confirmed: Some(true) }),
            until,
        )),
        origin: Some(fact(
            Finding::Yes(Origin {
                asn: 64_501,
                also: vec![],
                prefix: None,
                as_name: Some("OTHER-NET".into()),
                registry: None,
                allocated: None,
            }),
            until,
        )),
        country: Some(fact(
            Finding::Yes(Country { code: "FR".into(), meaning: CountryMeaning::Registered }),
            0,
        )),
        lists: vec![ListFact {
            list: "zen".into(),
            letter: 'Z',
            fact: fact(Finding::Yes(vec![code("pbl", true), code("xbl", false)]), until),
        }],
        ..AddressFacts::new(ip(address))
    }
}

fn keep(store: &Store, facts: AddressFacts, try_again: bool, now: Seconds) {
    store.answers().keep_sources(&[FoundOut { facts, try_again }], now).unwrap();
}

fn changes(store: &Store, after: i64) -> Vec<(String, u32, i64)> {
    let mut rows = vec![];
    let mut each = |row: SourceRow<'_>| rows.push((row.lists.to_owned(), row.asn, row.changed));
    store.sources(after, &mut each).unwrap();
    rows
}

#[test]
fn sources_of_new_reports_are_taken_once_and_again_when_a_later_report_finds_them_out_of_date() {
    let (_folder, store) = new();
    put_from(&store, &[("a", "192.0.2.1"), ("b", "192.0.2.1"), ("c", "192.0.2.2")]);
    assert_eq!(store.find_new_sources(1_000).unwrap(), 2);
    assert_eq!(store.find_new_sources(1_000).unwrap(), 0);
    assert_eq!(store.source_queue(1_000).unwrap(), Queue { due: 2, waiting: 0, known: 0 });
    for address in ["192.0.2.1", "192.0.2.2"] {
        keep(&store, known(address, if address.ends_with('1') { 2_000 } else { 9_000 }), false, 1_100);
    }
    assert_eq!(
        store.source_queue(5_000).unwrap(),
        Queue { due: 0, waiting: 0, known: 2 },
        "nobody wants to know"
    );
    put_from(&store, &[("d", "192.0.2.1"), ("e", "192.0.2.2"), ("f", "192.0.2.3")]);
    assert_eq!(store.find_new_sources(5_000).unwrap(), 2, "the new one and the one whose time is over");
    let mut claimed = store.claim_sources(9, 5_000).unwrap();
    claimed.sort_unstable();
    assert_eq!(claimed, [ip("192.0.2.1"), ip("192.0.2.3")]);
}

#[test]
fn what_one_worker_claimed_no_other_gets_until_it_is_kept_released_or_forgotten() {
    let (_folder, store) = new();
    let other = store.again().unwrap();
    put_from(&store, &[("a", "192.0.2.1"), ("b", "192.0.2.2"), ("c", "192.0.2.3"), ("d", "192.0.2.4")]);
    store.find_new_sources(1_000).unwrap();
    let mine = store.claim_sources(2, 1_000).unwrap();
    let theirs = other.claim_sources(9, 1_000).unwrap();
    assert_eq!((mine.len(), theirs.len()), (2, 2));
    assert!(mine.iter().all(|ip| !theirs.contains(ip)));
    assert_eq!(other.claim_these_sources(&mine, 1_119).unwrap(), Vec::<IpAddr>::new());
    store.claim_again(&mine, 1_100).unwrap();
    assert_eq!(other.claim_these_sources(&mine, 1_219).unwrap(), Vec::<IpAddr>::new(), "still at work");
    assert_eq!(other.claim_these_sources(&mine, 1_220).unwrap(), mine, "dead");
    other.release_sources(&mine, 1_230).unwrap();
    assert_eq!(store.claim_these_sources(&mine, 1_230).unwrap(), mine);
    keep(&store, known("192.0.2.1", 9_000), false, 1_231);
    store.claim_again(&mine, 1_232).unwrap();
    assert_eq!(store.claim_these_sources(&[ip("192.0.2.1")], 99_999).unwrap(), Vec::<IpAddr>::new(), "done");
}

#[test]
fn failures_wait_longer_each_time_and_then_rest_until_another_report_comes() {
    let (_folder, store) = new();
    put_from(&store, &[("a", "192.0.2.1")]);
    let mut now = 1_000;
    store.find_new_sources(now).unwrap();
    for pause in [300, 1_800, 14_400, 86_400] {
        assert_eq!(store.claim_sources(9, now).unwrap().len(), 1);
        keep(&store, AddressFacts::new(ip("192.0.2.1")), true, now);
        assert_eq!(
            store.claim_sources(9, now + pause - 1).unwrap(),
            Vec::<IpAddr>::new(),
            "not before {pause}"
        );
        now += pause;
    }
    assert_eq!(store.claim_sources(9, now).unwrap().len(), 1);
    keep(&store, AddressFacts::new(ip("192.0.2.1")), true, now);
    assert_eq!(store.source_queue(now * 9).unwrap(), Queue { due: 0, waiting: 0, known: 1 });
    put_from(&store, &[("b", "192.0.2.1")]);
    assert_eq!(store.find_new_sources(now + 1).unwrap(), 1);
    keep(&store, AddressFacts::new(ip("192.0.2.1")), true, now + 1);
    assert_eq!(store.claim_sources(9, now + 301).unwrap().len(), 1, "from the beginning");
}

#[test]
fn facts_come_back_whole_and_readers_are_told_only_what_changed() {
    let (_folder, store) = new();
    assert_eq!(store.source(ip("192.0.2.1")).unwrap(), None);
    assert_eq!((store.sources_changed().unwrap(), changes(&store, 0)), (0, vec![]));
    keep(&store, known("192.0.2.1", 9_000), false, 1_000);
    keep(&store, known("2001:db8::1", 9_000), false, 1_000);
    assert_eq!(store.source(ip("2001:db8::1")).unwrap(), Some(known("2001:db8::1", 9_000)));
    let row = |changed| ("Zzen:xbl\t~Zzen:pbl".to_owned(), 64_501, changed);
    assert_eq!(changes(&store, 0), [row(1), row(2)]);
    assert_eq!(changes(&store, 1), [row(2)]);
    assert_eq!(store.sources_changed().unwrap(), 2);
    keep(&store, AddressFacts::new(ip("192.0.2.1")), false, 1_001);
    assert_eq!(changes(&store, 2), [(String::new(), 0, 3)]);
}

#[test]
fn what_the_import_knew_wins_and_look_ups_fill_the_gaps() {
    let (_folder, store) = new();
    put_from(&store, &[("known", "192.0.2.1"), ("bare", "192.0.2.1"), ("never asked", "192.0.2.9")]);
    keep(&store, known("192.0.2.1", 9_000), false, 1_000);
    let read = |id| {
        let row = store.list_rows(&[id]).unwrap().remove(0);
        let record = store.record(id).unwrap().unwrap();
        assert_eq!(
            (&row.country, row.asn, &row.as_name, &row.source_name, &row.listed),
            (&record.country, record.asn, &record.as_name, &record.source_name, &record.listed)
        );
        let listed: Vec<String> = row.listed.into_iter().map(|listing| listing.name).collect();
        (row.country, row.asn, row.as_name, row.source_name, listed, record.looked_up_at)
    };
    let text = |text: &str| Some(text.to_owned());
    let listed = vec!["zen:xbl".to_owned(), "zen:pbl".to_owned()];
    let name = text("host.example");
    assert_eq!(
        read(1),
        (text("DE"), Some(64_500), text("EXAMPLE-NET"), name.clone(), listed.clone(), Some(1_000))
    );
    assert_eq!(read(2), (text("FR"), Some(64_501), text("OTHER-NET"), name, listed, Some(1_000)));
    assert_eq!(read(3), (None, None, None, None, vec![], None));
}
