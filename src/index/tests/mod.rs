//! The index against a naive evaluator, and the ways in which its columns come and go.

mod charts;
mod fake;
mod naive;
mod order;
mod patterns;
mod screen;
mod sources;

use super::*;
use crate::model::columns::BLOCK_ROWS;
use crate::model::{Dictionary, ReportId};
use crate::query::{Filter, parse};
use fake::{Fake, FakeSource, fake};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;

/// 2026-11-21T14:00:00Z
pub const NOW: i64 = 1_795_269_600;

fn read(query: &str) -> Filter {
    parse(query, NOW).unwrap_or_else(|error| panic!("{error}"))
}

fn load(source: &Fake) -> Index {
    let Ok(index) = Index::load(source);
    index
}

fn load_for(index: &mut Index, source: &Fake, filter: &Filter) {
    let Ok(()) = index.load_for(filter, source);
}

fn refresh(index: &mut Index, source: &Fake) {
    let Ok(()) = index.refresh(source);
}

fn select(index: &mut Index, source: &Fake, query: &str) -> Selection {
    let filter = read(query);
    load_for(index, source, &filter);
    index.select(&filter, &Cancel::never()).expect("selection")
}

/// At least one term of every field and every way to compare.
const TERMS: &[&str] = &[
    "wire",
    "wire*",
    "*htm",
    "\"a b\"",
    "/^re:.*1/",
    "\"100\\*\"",
    "überw",
    "subject:unknown",
    "subject:wire,account",
    "subject:*",
    "url:*",
    "from:*",
    "url:mail.htm",
    "url:*mail.htm",
    "url:*m",
    "url:*ail.htm,m",
    "url:http*mail*",
    "url:/l$/",
    "url:*secure/mail.html",
    "host:example.com",
    "host:evil.example",
    "host:*.example*",
    "file:invoice",
    "file:*.pdf",
    "file:photo*",
    "hash:aaaa11",
    "hash:DD44",
    "from:example.com",
    "from:*.com",
    "fromname:ünal",
    "replyto:bob*",
    "mailfrom:/^ann/",
    "rcpt:info",
    "addr:*@example.net",
    "domain:example.com",
    "domain:unknown",
    "domain:*example.com",
    "source:example.com",
    "source:unknown",
    "ip:192.0.2.0/24",
    "ip:2001:db8::/32,unknown",
    "ip:198.51.100.7",
    "ip:0.0.0.0/0",
    "ip:\"::/0\"",
    "port:20..30",
    "port:unknown",
    "port:..50000",
    "asn:64500,64501",
    "asn:unknown",
    "asn:1..",
    "country:DE",
    "country:RU,unknown",
    "reporter:reports.example.org",
    "reporter:unknown",
    "agent:agent",
    "agent:unknown",
    "feed:\"feed one\"",
    "feed:\"unknown\"",
    "kind:normal",
    "kind:bounce,auto-replied",
    "cause:fraud,list",
    "feedback:abuse",
    "feedback:a*",
    "policy:unknown,reject",
    "policy:none",
    "delivery:unknown",
    "delivery:spam,none",
    "auth:spf,dkim",
    "msgid:ann",
    "list:zen",
    "list:zen:xbl",
    "list:zen:pbl,own",
    "asn:64502,64503",
    "country:FR,JP",
    "tag:phish",
    "contact:*@example.net",
    "state:held",
    "since:2d",
    "until:2026-11-15",
    "on:2026-11-10,2026-11-20",
    "days:2",
    "days:1 ago:3",
    "is:open",
    "is:new",
    "is:reported,dismissed",
    "is:listed",
    "is:marked",
    "is:quarantined",
    "is:unverified",
    "has:url",
    "has:file",
    "has:url,file",
    "id:20..40,7",
    "id:90..",
    "-is:quarantined",
];

#[test]
fn every_term_selects_what_a_naive_evaluation_selects() {
    let mut source = fake(1, 3_000);
    for dictionary in [Dictionary::Subject, Dictionary::Url, Dictionary::File] {
        let filler = (0..500).map(|n| format!("{:0>90}{n}\tx\t1\ty\tz", ""));
        source.entries.get_mut(dictionary.name()).expect("pool").extend(filler);
    }
    let mut index = load(&source);
    for term in TERMS {
        // Alone, and where so few rows are left that texts are looked at one by one.
        for query in [(*term).to_owned(), format!("id:100..110 {term}")] {
            let selection = select(&mut index, &source, &query);
            let expected = source.naive(&read(&query));
            assert_eq!(selection.ids().collect::<Vec<_>>(), expected, "{query}");
            assert_eq!(selection.count(), expected.len());
        }
        assert!(!source.naive(&read(term)).is_empty() || *term == "\"a b\"", "{term} tests nothing");
    }
}

fn queries() -> impl Strategy<Value = String> {
    let term = prop::sample::select(TERMS).prop_map(str::to_owned);
    term.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| {
                parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" ")
            }),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.prop_map(|part| format!("-({part})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_filter_selects_what_a_naive_evaluation_selects(query in queries(), seed in 0u64..4, count in 0u32..400) {
        let source = fake(seed, count);
        let mut index = load(&source);
        let selection = select(&mut index, &source, &query);
        prop_assert_eq!(selection.ids().collect::<Vec<_>>(), source.naive(&read(&query)), "{}", query);
        let Ok(only) = Index::load_only(&[], &read(&query), &source);
        prop_assert_eq!(only.select(&read(&query), &Cancel::never()), Ok(selection.clone()), "{}", query);
        let page = |index: &Index, limit| index.page(&selection, Sort::Arrival, Direction::Descending, 3, limit);
        for limit in [0, 1, 20, usize::MAX] {
            prop_assert_eq!(page(&only, limit), page(&index, limit));
        }
    }

    #[test]
    fn text_terms_anywhere_in_a_filter_decide_with_the_columns(
        query in queries(), text in prop::sample::select(vec!["text:odd", "-text:odd", "text:none", "-(text:odd wire)"]),
        joined in prop::sample::select(vec![" ", " OR ", " OR -kind:normal "]),
    ) {
        let source = fake(7, 200);
        let mut index = load(&source);
        let query = format!("({query}){joined}{text}");
        let filter = read(&query);
        load_for(&mut index, &source, &filter);
        let search = index.search(&filter, &Cancel::never()).expect("search");
        // Odd numbers have the word in their message.
        let has_odd = |id: ReportId| if id % 2 == 1 { "Something ODD here" } else { "nothing" };
        let found: Vec<ReportId> = search.candidates().ids().filter(|id| search.accepts(*id, has_odd(*id))).collect();
        let odd = |wanted: bool| (1..=200).filter(|id| (id % 2 == 1) == wanted).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        let plain = query.replace("text:odd", &format!("id:{}", odd(true))).replace("text:none", "id:9999");
        prop_assert_eq!(found, source.naive(&read(&plain)), "{}", query);
    }
}

#[test]
fn a_needed_part_that_is_not_loaded_is_named_and_not_guessed() {
    let source = fake(2, 50);
    let mut index = load(&source);
    let filter = read("kind:normal (url:x OR has:file)");
    assert_eq!(index.missing_parts(&filter), [Part::Urls, Part::Files]);
    assert_eq!(index.select(&filter, &Cancel::never()), Err(Stopped::NotLoaded(Part::Urls)));
    load_for(&mut index, &source, &filter);
    assert!(index.missing_parts(&filter).is_empty());
    assert!(index.select(&filter, &Cancel::never()).is_ok());
}

#[test]
fn an_order_or_a_count_whose_column_is_not_loaded_is_refused_and_not_guessed() {
    let source = fake(2, 50);
    let Ok(index) = Index::load_only(&[], &Filter::All, &source);
    let some = index.selection_of(&[1, 2, 3, 4, 5]);
    for sort in Sort::ALL {
        let page = index.page(&some, *sort, Direction::Ascending, 0, 9);
        assert_eq!(page.err(), sort.part().map(Stopped::NotLoaded), "{sort}");
    }
    for facet in Facet::ALL {
        let counts = index.facet(&some, *facet, Weight::Reports, 9);
        assert_eq!(counts.err(), facet.part().map(Stopped::NotLoaded), "{facet}");
    }
}

#[test]
fn a_superseded_query_stops() {
    let source = fake(2, 50);
    let cancel = Cancel::never();
    cancel.clone().cancel();
    assert_eq!(load(&source).select(&read("wire"), &cancel), Err(Stopped::Cancelled));
}

#[test]
fn what_is_known_of_the_whole_changes_no_count() {
    let source = fake(41, 1_500);
    let mut index = load(&source);
    let queries = ["", "-kind:bounce", "kind:normal", "is:open", "is:quarantined OR kind:normal", "id:0"];
    let selections = queries.map(|query| select(&mut index, &source, query));
    let whole = index.whole();
    // Twice: the second time everything of the whole is known.
    for _ in 0..2 {
        for (query, selection) in queries.iter().zip(&selections) {
            let wanted: Vec<_> = Facet::ALL.iter().map(|facet| (*facet, selection)).collect();
            for weight in [Weight::Reports, Weight::Incidents] {
                let counted = index.facets(&wanted, weight, &whole, 20).expect("counts");
                for (facet, counts) in Facet::ALL.iter().zip(counted) {
                    let alone = index.facet(selection, *facet, weight, 20).expect("counts");
                    assert_eq!(counts, alone, "{query}: {facet}");
                }
            }
        }
    }
}

#[test]
fn each_counted_value_counts_what_its_filter_selects() {
    let source = fake(4, 900);
    let mut index = load(&source);
    let everything = select(&mut index, &source, "");
    let facets: Vec<Facet> = Facet::ALL.iter().copied().filter(|facet| facet.field().is_some()).collect();
    let wanted: Vec<_> = facets.iter().map(|facet| (*facet, &everything)).collect();
    let counted = index.facets(&wanted, Weight::Reports, &index.whole(), usize::MAX).expect("counts");
    for (facet, counts) in facets.into_iter().zip(counted) {
        assert!(!counts.is_empty(), "{facet}");
        assert!(counts.is_sorted_by(|a, b| a.1 >= b.1));
        for (value, count) in counts {
            let field = facet.field().expect("field");
            // The word pool holds a reporter called 'unknown', which the pane cannot tell from none.
            if value == "unknown"
                && matches!(facet, Facet::Feedback | Facet::Auth | Facet::Reporter | Facet::Feed)
            {
                continue;
            }
            // A name field also finds subdomains, lists their parts.
            if matches!(facet, Facet::Domain) {
                continue;
            }
            let filter = Filter::All.include(field, &value, NOW).expect("filter");
            assert_eq!(count as usize, source.naive(&filter).len(), "{facet} {value}");
        }
    }
    let weighed: u64 = index
        .facet(&everything, Facet::Kind, Weight::Incidents, 9)
        .expect("counts")
        .iter()
        .map(|(_, n)| n)
        .sum();
    let incidents: u32 = source.rows.iter().filter(|row| row.status == 0).map(|row| row.incidents).sum();
    assert_eq!(weighed, u64::from(incidents));
    let domains: HashMap<String, u64> =
        index.facet(&everything, Facet::Domain, Weight::Reports, 99).expect("counts").into_iter().collect();
    assert_eq!(domains["example.net"] as usize, source.naive(&read("domain:example.net")).len());
    assert_eq!(domains["unknown"] as usize, source.naive(&read("domain:unknown")).len());
}

#[test]
fn top_values_are_the_most_frequent_ones_with_ties_by_name() {
    let source = fake(4, 900);
    let mut index = load(&source);
    let everything = select(&mut index, &source, "");
    let all = index.facet(&everything, Facet::Source, Weight::Reports, usize::MAX).expect("counts");
    for top in 0..all.len() {
        assert_eq!(
            index.facet(&everything, Facet::Source, Weight::Reports, top).expect("counts"),
            all[..top]
        );
    }
}

#[test]
fn graphs_leave_no_hour_out_and_count_only_their_window() {
    let source = fake(5, 900);
    let mut index = load(&source);
    let everything = select(&mut index, &source, "");
    let hours = index.hours(&everything, NOW, 72);
    assert_eq!((hours.counts.len(), hours.start + 72 * 3_600), (72, NOW - NOW % 3_600 + 3_600));
    let until = crate::model::clock::rfc3339(hours.start + 72 * 3_600 - 1);
    let since = crate::model::clock::rfc3339(hours.start);
    for (kind, name) in ["normal", "bounce", "auto-replied"].into_iter().enumerate() {
        let counted: u64 = hours.counts.iter().map(|kinds| kinds[kind]).sum();
        let filter = read(&format!("since:{since} until:{until} kind:{name}"));
        assert_eq!(counted as usize, source.naive(&filter).len());
    }
    let days = index.facet(&everything, Facet::Day, Weight::Reports, 3).expect("counts");
    assert_eq!(days.len(), 3);
    for (day, count) in days {
        assert_eq!(count as usize, source.naive(&read(&format!("on:{day}"))).len(), "{day}");
    }
}

#[test]
fn urls_and_files_of_a_selection_are_counted_once_a_report() {
    let source = fake(6, 500);
    let mut index = load(&source);
    let selection = select(&mut index, &source, "kind:normal has:url,file");
    let never = Cancel::never();
    for (listed, dictionary, field) in [
        (index.urls(&selection, None, &never), Dictionary::Url, "url"),
        (index.files(&selection, None, &never), Dictionary::File, "file"),
    ] {
        let listed = listed.expect("list");
        assert!(listed.is_sorted_by(|a, b| a.reports >= b.reports));
        for one in listed {
            let with = source.rows.iter().filter(|row| selection.contains(row.id));
            let with = with.filter(|row| {
                if field == "url" { row.urls.contains(&one.entry) } else { row.files.contains(&one.entry) }
            });
            let arrivals: Vec<u32> = with.map(|row| row.arrival).collect();
            assert_eq!(one.reports as usize, arrivals.len(), "{}", source.entry(dictionary, one.entry));
            assert_eq!((Some(&one.first), Some(&one.last)), (arrivals.iter().min(), arrivals.iter().max()));
        }
    }
    let Filter::Term(only) = read("url:*mail.htm") else { panic!("term") };
    let some = index.urls(&selection, Some(&only), &never).expect("list");
    assert!(
        some.iter().all(|one| source.entry(Dictionary::Url, one.entry).to_lowercase().ends_with("mail.htm"))
    );
    assert_eq!(some.len(), 3);
}

#[test]
fn groups_part_a_selection_and_similar_finds_their_members() {
    let source = fake(8, 400);
    let mut index = load(&source);
    let everything = select(&mut index, &source, "has:url OR kind:normal");
    let Ok(()) = index.load_part(Part::Shapes, &source);
    for likeness in Likeness::ALL {
        let groups = index.groups(&everything, *likeness, &Cancel::never()).expect("groups");
        assert!(groups.len() > 1, "{likeness}");
        for group in groups {
            let members = index.similar(group.newest, *likeness).expect("similar").and(&everything);
            assert!(members.contains(group.newest));
            // A mail has several hosts, a source several contacts, and similar finds any of them.
            if !matches!(likeness, Likeness::Host | Likeness::Contact) {
                assert_eq!(members.count() as u64, group.count, "{likeness}");
            }
        }
    }
}

#[test]
fn packed_blocks_give_the_same_index_as_rows_and_spare_them() {
    let mut source = fake(9, BLOCK_ROWS + 100);
    let texts: Vec<String> = (0..BLOCK_ROWS + 5).map(|n| format!("https://host{n}.example/Path")).collect();
    source.entries.insert("url", texts);
    source.rows.iter_mut().for_each(|row| row.urls = vec![row.id]);
    let mut from_rows = load(&source);
    let before = source.handed.load(Relaxed);
    source.pack();
    assert_eq!((source.full_blocks(), source.segments.len()), (1, 32));
    source.has_second = true;
    let handed = source.handed.load(Relaxed);
    let mut packed = load(&source);
    assert!(source.handed.load(Relaxed) - handed < 101, "packed rows are not read again ({before} before)");
    let urls = [
        "url:*99.example/path",
        "url:t327*",
        "url:32770,host32772.",
        "host:host32770.example",
        "has:url -url:77",
        "url:*99.example/path host:host32.example OR wire ip:192.0.2.0/24",
        "url:99 url:/9{3}/",
    ];
    for query in TERMS.iter().copied().chain(urls) {
        let first = select(&mut from_rows, &source, query);
        assert_eq!(first, select(&mut packed, &source, query), "{query}");
    }
    for query in urls {
        let Ok(only) = Index::load_only(&[], &read(query), &source);
        let found = only.select(&read(query), &Cancel::never());
        assert_eq!(found, Ok(select(&mut from_rows, &source, query)), "only what it needs: {query}");
    }
    assert!(packed.damages().is_empty());
    let mut again = vec![];
    let Ok(()) = pack_missing(&source, &mut |column, _, _| again.push(column.to_owned()));
    assert!(again.is_empty(), "what is packed stays packed");
}

#[test]
fn an_index_loaded_for_one_question_asks_for_urls_before_it_answers_another() {
    let source = fake(14, 200);
    let asked = read("url:*mail.htm has:url");
    let Ok(mut index) = Index::load_only(&[], &asked, &source);
    assert!(index.missing_parts(&asked).is_empty());
    let other = read("-url:*mail.htm host:example.com");
    assert_eq!(index.missing_parts(&other), [Part::Urls]);
    assert_eq!(index.select(&other, &Cancel::never()), Err(Stopped::NotLoaded(Part::Urls)));
    let everything = index.select(&Filter::All, &Cancel::never()).expect("selection");
    let listed = index.urls(&everything, None, &Cancel::never());
    assert_eq!(listed.err(), Some(Stopped::NotLoaded(Part::Urls)), "no list of what is not kept");
    for query in ["-url:*mail.htm host:example.com", "url:*mail.htm has:url", "has:url"] {
        let selection = select(&mut index, &source, query);
        assert_eq!(selection.ids().collect::<Vec<_>>(), source.naive(&read(query)), "{query}");
    }
}

#[test]
fn damaged_texts_are_named_and_replaced_by_their_entries_whether_they_are_kept_or_not() {
    let mut source = fake(15, BLOCK_ROWS);
    let texts: Vec<String> = (0..BLOCK_ROWS).map(|n| format!("https://host{n}.example/")).collect();
    source.entries.insert("url", texts);
    source.rows.iter_mut().for_each(|row| row.urls = vec![row.id]);
    let query = "url:77 -host:host77.example,host32767.example";
    let expected = select(&mut load(&source), &source, query);
    assert!(!expected.is_empty());
    source.pack();
    let whole = source.segments[&("url".to_owned(), 0)].clone();
    for damage in [&whole[..whole.len() / 2], &[1, 255, 255, 255, 255, 255]] {
        source.segments.insert(("url".to_owned(), 0), damage.to_vec());
        let mut kept = load(&source);
        assert_eq!(select(&mut kept, &source, query), expected);
        let Ok(only) = Index::load_only(&[], &read(query), &source);
        assert_eq!(only.select(&read(query), &Cancel::never()).as_ref(), Ok(&expected));
        assert_eq!(only.damages(), kept.damages());
        assert!(only.damages()[0].contains("'url'"), "{:?}", only.damages());
    }
}

#[test]
fn damaged_blocks_are_named_and_replaced_by_their_rows() {
    let mut source = fake(10, BLOCK_ROWS);
    let query = "kind:bounce ip:192.0.2.0/24 from:example.com has:url";
    let mut from_rows = load(&source);
    let expected = select(&mut from_rows, &source, query);
    assert!(!expected.is_empty());
    source.pack();
    for column in ["report.ip", "report.urls", "report.from"] {
        let key = (column.to_owned(), 0);
        let whole = source.segments[&key].clone();
        for damage in [&whole[..whole.len() / 2], &[1, 255, 255, 255, 255, 255, 255, 255, 255]] {
            source.segments.insert(key.clone(), damage.to_vec());
            let mut index = load(&source);
            assert_eq!(select(&mut index, &source, query), expected, "{column}");
            assert!(index.damages()[0].contains(column), "{:?}", index.damages());
        }
        source.segments.insert(key, whole);
    }
    source.segments.retain(|(column, _), _| column != "report.kind");
    assert_eq!(
        select(&mut load(&source), &source, query),
        expected,
        "a column that is missing comes from rows"
    );
}

#[test]
fn new_rows_entries_and_states_arrive_by_refresh() {
    let whole = fake(11, 300);
    let mut source = whole.clone();
    source.rows.retain(|row| row.id <= 120);
    source.last_id = 120;
    let mut index = load(&source);
    for query in TERMS {
        select(&mut index, &source, query);
    }
    let mut source = whole;
    let extra = "A subject nobody saw before";
    source.entries.get_mut("subject").expect("pool").push(extra.to_owned());
    let number = source.entries["subject"].len() as u32;
    source.rows.last_mut().expect("row").subject = number;
    source.rows.last_mut().expect("row").status = 0;
    refresh(&mut index, &source);
    assert_eq!(select(&mut index, &source, "\"nobody saw\"").count(), 1);
    for query in TERMS {
        let selection = select(&mut index, &source, query);
        assert_eq!(selection.ids().collect::<Vec<_>>(), source.naive(&read(query)), "{query}");
    }
}

#[test]
fn changed_and_purged_rows_arrive_by_reload() {
    let mut source = fake(12, 300);
    let mut index = load(&source);
    for query in TERMS {
        select(&mut index, &source, query);
    }
    source.rows.retain(|row| row.id % 7 != 0);
    let other = fake(13, 300);
    for row in source.rows.iter_mut().filter(|row| row.id % 3 == 0) {
        if let Some(new) = other.rows.iter().find(|new| new.id == row.id) {
            *row = new.clone();
        }
    }
    let Ok(()) = index.reload_rows(&source, 1, 300);
    for query in TERMS {
        let selection = select(&mut index, &source, query);
        assert_eq!(selection.ids().collect::<Vec<_>>(), source.naive(&read(query)), "{query}");
    }
}
