//! What is known of source addresses, as it comes and changes under an index that is in use.

use super::*;

const QUERIES: &[&str] = &[
    "list:zen",
    "list:zen:xbl",
    "list:own,zen:pbl",
    "list:dbl",
    "list:dbl:phish,zen:xbl -list:surbl",
    "list:unknown",
    "-list:unknown is:listed",
    "is:listed",
    "-is:listed",
    "contact:abuse@example.net",
    "contact:*@example.org",
    "source:example.com",
    "source:unknown",
    "asn:64502",
    "asn:64500..64503",
    "asn:unknown",
    "country:FR,unknown",
    "country:JP is:open",
];

/// Every question has the answer of the naive evaluator, and counts agree with questions.
fn assert_right(index: &mut Index, source: &Fake) {
    for query in QUERIES {
        let expected = source.naive(&read(query));
        assert_eq!(select(index, source, query).ids().collect::<Vec<_>>(), expected, "{query}");
    }
    let everything = select(index, source, "");
    for facet in [Facet::List, Facet::Contact, Facet::Asn, Facet::Country] {
        let field = facet.field().expect("field");
        for (value, count) in index.facet(&everything, facet, Weight::Reports, 99).expect("facet") {
            let found =
                select(index, source, &format!("{field}:\"{value}\"").replace("\"unknown\"", "unknown"));
            assert_eq!(found.count() as u64, count, "{field} {value}");
        }
    }
}

#[test]
fn facts_that_come_change_and_go_under_a_loaded_index_are_taken_over() {
    let whole = fake(31, 600);
    let mut source = whole.clone();
    source.sources.clear();
    let mut index = load(&source);
    assert_right(&mut index, &source);
    // They come, two at a time.
    for count in [2, 5] {
        source.sources = whole.sources[..count].to_vec();
        refresh(&mut index, &source);
        assert_right(&mut index, &source);
    }
    // Another network, no longer listed; and nothing known any more of another.
    source.sources.push(FakeSource { asn: 64_777, changed: 3, ..source.sources[0].clone() });
    source.sources.push(FakeSource { ip: source.sources[2].ip, changed: 3, ..FakeSource::default() });
    refresh(&mut index, &source);
    assert_right(&mut index, &source);
    assert!(select(&mut index, &source, "asn:64777").count() > 0);
    assert_eq!(select(&mut index, &source, "country:JP").count(), 0);
}

#[test]
fn reports_that_come_after_their_facts_have_them() {
    let whole = fake(32, 600);
    let mut source = whole.clone();
    source.rows.retain(|row| row.id <= 3);
    source.last_id = 3;
    let mut index = load(&source);
    for last in [4, 40, 600] {
        source.rows = whole.rows.iter().filter(|row| row.id <= last).cloned().collect();
        source.last_id = last;
        refresh(&mut index, &source);
        assert_right(&mut index, &source);
    }
}

#[test]
fn rows_that_are_read_again_fill_their_gaps_again_and_keep_what_they_know() {
    let mut source = fake(33, 400);
    let mut index = load(&source);
    for row in &mut source.rows {
        row.asn = if row.id % 2 == 0 { 0 } else { 65_000 };
        row.country = 0;
    }
    let Ok(()) = index.reload_rows(&source, 1, 250);
    let known: Vec<_> = source.rows.iter().filter(|row| row.id <= 250).collect();
    for row in known {
        let found = select(
            &mut index,
            &source,
            &format!("id:{} asn:{}", row.id, source.asn(row)).replace(":0", ":unknown"),
        );
        assert_eq!(found.count() == 1, row.status == 0, "{}", row.id);
    }
    let Ok(()) = index.reload_rows(&source, 251, 400);
    assert_right(&mut index, &source);
}

#[test]
fn a_command_loads_addresses_only_where_something_is_known_of_them() {
    let mut source = fake(34, 200);
    for query in QUERIES {
        let filter = read(query);
        let Ok(index) = Index::load_only(&[], &filter, &source);
        let found = index.select(&filter, &Cancel::never()).expect("nothing is missing");
        assert_eq!(found.ids().collect::<Vec<_>>(), source.naive(&filter), "{query}");
    }
    source.sources.clear();
    for query in QUERIES {
        let filter = read(query);
        let Ok(index) = Index::load_only(&[], &filter, &source);
        assert!(!index.has(Part::Addresses), "{query}");
        let found = index.select(&filter, &Cancel::never()).expect("nothing is missing");
        assert_eq!(found.ids().collect::<Vec<_>>(), source.naive(&filter), "{query}");
    }
}

#[test]
fn reports_whose_sources_share_a_contact_are_alike() {
    let source = fake(35, 300);
    let mut index = load(&source);
    let everything = select(&mut index, &source, "");
    let groups = index.groups(&everything, Likeness::Contact, &Cancel::never()).expect("groups");
    let of = |index: &mut Index, contact: &str| {
        select(index, &source, &format!("contact:{contact}")).count() as u64
    };
    let mut counts: Vec<u64> = groups.iter().map(|group| group.count).collect();
    let mut expected: Vec<u64> = ["abuse@example.net", "noc@example.org", "other@example.org"]
        .map(|contact| of(&mut index, contact))
        .to_vec();
    counts.sort_unstable();
    expected.sort_unstable();
    assert_eq!(counts, expected);
    for group in &groups {
        // A source has several contacts; of those the group is about one.
        let contact = index.contacts(group.newest)[group.which as usize].clone();
        let members = index.members(group.newest, group.which, Likeness::Contact).expect("members");
        assert_eq!(members, select(&mut index, &source, &format!("contact:{contact}")), "{contact}");
        for member in members.ids() {
            let of = index.group_of(&groups, Likeness::Contact, member).expect("a group").expect("a group");
            let name = &index.contacts(groups[of].newest)[groups[of].which as usize];
            assert!(index.contacts(member).contains(name), "{member} is not of {name}");
        }
    }
    let noc = select(&mut index, &source, "contact:noc@example.org").ids().next().expect("one");
    let alike = index.similar(noc, Likeness::Contact).expect("similar");
    assert_eq!(alike, select(&mut index, &source, "contact:abuse@example.net,noc@example.org"));
    let none = select(&mut index, &source, "-contact:*").ids().next().expect("one");
    assert_eq!(index.similar(none, Likeness::Contact).expect("similar").count(), 0);
}

#[test]
fn a_report_is_listed_by_the_hosts_of_its_urls_as_well() {
    let mut source = fake(36, 500);
    source.hosts = vec![
        ("login.example.com", "Ddbl:phish\tSsurbl:phish", 1),
        ("www.example.net", "~Ssurbl:clicks", 1),
        ("nobody.example", "Ddbl:spam", 1),
    ];
    let mut index = load(&source);
    assert!(!index.has(Part::Urls), "not before somebody asks");
    assert_right(&mut index, &source);
    let phish = select(&mut index, &source, "list:dbl:phish").count();
    assert!(phish > 0 && select(&mut index, &source, "is:listed").count() >= phish);
    // One is listed no longer, another only now; then reports come.
    source.hosts.extend([("login.example.com", "", 2), ("evil.example", "Ddbl:spam", 2)]);
    refresh(&mut index, &source);
    assert_right(&mut index, &source);
    assert_eq!(select(&mut index, &source, "list:dbl:phish").count(), 0);
    let hosts = std::mem::take(&mut source.hosts);
    let mut source = Fake { hosts, ..fake(36, 700) };
    refresh(&mut index, &source);
    assert_right(&mut index, &source);
    for query in QUERIES {
        let filter = read(query);
        let Ok(index) = Index::load_only(&[], &filter, &source);
        let found = index.select(&filter, &Cancel::never()).expect("nothing is missing");
        assert_eq!(found.ids().collect::<Vec<_>>(), source.naive(&filter), "{query}");
    }
    source.hosts.clear();
    let Ok(index) = Index::load_only(&[], &read("list:dbl"), &source);
    assert!(!index.has(Part::Urls), "nothing is known of any host");
}
