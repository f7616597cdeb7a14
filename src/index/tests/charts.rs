//! What charts count, against counts made one report at a time.

use super::*;
use crate::model::IndexRow;
use crate::model::clock::{DAY_SECONDS, Seconds};
use std::collections::BTreeMap;

fn rows<'a>(source: &'a Fake, selection: &'a Selection) -> impl Iterator<Item = &'a IndexRow> {
    source.rows.iter().filter(|row| selection.contains(row.id))
}

#[test]
fn countries_have_their_reports_span_by_span_and_what_was_reported() {
    let source = fake(31, 600);
    let mut index = load(&source);
    let selection = select(&mut index, &source, "days:5 kind:normal");
    let reported = select(&mut index, &source, "days:5 kind:normal is:reported");
    assert!(reported.count() > 0);
    let end = (NOW.div_euclid(DAY_SECONDS) + 1) * DAY_SECONDS;
    let start = end - 6 * DAY_SECONDS;
    let countries = index.by_country(&selection, &reported, (start, end), 6).expect("loaded");
    let mut expected: BTreeMap<Option<String>, (Vec<u64>, u64)> = BTreeMap::new();
    for row in rows(&source, &selection) {
        let country = if row.country != 0 { row.country } else { source.source(row).country };
        let code =
            (country != 0).then(|| String::from_utf8(country.to_be_bytes().to_vec()).expect("letters"));
        let entry = expected.entry(code).or_insert_with(|| (vec![0; 6], 0));
        entry.0[((Seconds::from(row.arrival) - start) / DAY_SECONDS) as usize] += 1;
        entry.1 += u64::from(reported.contains(row.id));
    }
    assert_eq!(countries.len(), expected.len());
    assert!(countries.is_sorted_by_key(|country| std::cmp::Reverse(country.count)));
    for country in countries {
        let (course, reported) = &expected[&country.code];
        assert_eq!((&country.course, &country.reported), (course, reported), "{country:?}");
        assert_eq!(country.count, course.iter().sum::<u64>());
    }
}

#[test]
fn networks_come_with_addresses_of_theirs() {
    let source = fake(32, 600);
    let mut index = load(&source);
    let selection = select(&mut index, &source, "kind:normal");
    let (networks, all) = index.by_network(&selection, 3).expect("loaded");
    let facet = index.facet(&selection, Facet::Asn, Weight::Reports, usize::MAX).expect("loaded");
    assert_eq!(all, facet.iter().filter(|(asn, _)| asn != "unknown").count());
    assert_eq!(networks.len(), 3);
    for network in networks {
        let name = network.asn.map_or("unknown".to_owned(), |asn| asn.to_string());
        assert!(facet.contains(&(name, network.count)), "{network:?}");
        for address in &network.addresses {
            let ip = crate::model::address_space::to_column(*address);
            let is_its = |row: &IndexRow| {
                let asn = if row.asn != 0 { row.asn } else { source.source(row).asn };
                row.source_ip == ip && Some(asn) == network.asn
            };
            assert!(rows(&source, &selection).any(is_its), "{address} of {network:?}");
        }
    }
}

#[test]
fn a_timeline_has_every_report_once_in_its_span() {
    let source = fake(33, 500);
    let mut index = load(&source);
    let selection = select(&mut index, &source, "");
    for (seconds, count) in [(3_600, 400), (DAY_SECONDS, 20), (7 * DAY_SECONDS, 4)] {
        let start = start_of_last(NOW + 2 * DAY_SECONDS, seconds, count);
        let buckets = index.timeline(&selection, start, seconds, count);
        for bucket in 0..count {
            let within = index.between(&selection, buckets.start_of(bucket), buckets.start_of(bucket + 1));
            assert_eq!(buckets.counts[bucket].iter().sum::<u64>(), within.count() as u64);
        }
        assert_eq!(buckets.totals().iter().sum::<u64>(), selection.count() as u64, "{seconds}");
    }
}

#[test]
fn what_came_of_a_sudden_is_named_before_what_always_comes() {
    let mut source = fake(34, 600);
    let hour = (NOW - 3_600) as u32;
    let page =
        source.entries["url"].iter().position(|url| url.ends_with("/mail.html")).expect("a page") as u32;
    for row in &mut source.rows {
        (row.status, row.subject_shape, row.url_shape) = (0, 7, 7);
        row.urls.clear();
        row.arrival = hour - (row.id % 6) * 3_600;
        // Every other report of the last hour is of the wave.
        if row.arrival == hour && row.id % 12 == 0 {
            (row.subject_shape, row.urls) = (9, vec![page + 1, page + 1]);
        }
    }
    let mut index = load(&source);
    for part in Index::PARTS_OF_GROWTH {
        let Ok(()) = index.load_part(*part, &source);
    }
    let all = select(&mut index, &source, "");
    let now = index.between(&all, hour.into(), Seconds::from(hour) + 1);
    let before = index.between(&all, Seconds::from(hour) - 5 * 3_600, hour.into());
    let grown = index.growth(&now, &before, 5, &Cancel::never()).expect("loaded");
    let of_the_wave = source.rows.iter().filter(|row| row.subject_shape == 9).count() as u64;
    assert_eq!((&grown[0].sign, grown[0].now, grown[0].before), (&Sign::Subject(9), of_the_wave, 0));
    assert!(now.contains(grown[0].sample));
    let url = grown.iter().find(|growth| matches!(growth.sign, Sign::UrlEnding(_))).expect("a URL");
    assert_eq!(
        (&url.sign, url.now),
        (&Sign::UrlEnding("mail.html".to_owned()), of_the_wave),
        "each mail once"
    );
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(index.growth(&now, &before, 5, &cancel), Err(Stopped::Cancelled));
}

#[test]
fn windows_hold_what_a_query_for_them_finds_in_whatever_order_they_are_asked_for() {
    let source = fake(33, 700);
    let mut index = load(&source);
    let moments = [NOW - 3_600, NOW - 30 * DAY_SECONDS, NOW + 9, NOW - DAY_SECONDS, 0, NOW - DAY_SECONDS];
    for query in ["", "kind:normal", "id:0"] {
        let selection = select(&mut index, &source, query);
        let expected: Vec<u64> = moments
            .iter()
            .map(|moment| {
                rows(&source, &selection).filter(|row| Seconds::from(row.arrival) >= *moment).count() as u64
            })
            .collect();
        assert_eq!(index.count_since(&selection, &moments), expected, "{query}");
    }
}

#[test]
fn reports_begin_where_all_but_a_hundredth_of_them_are_later() {
    let source = fake(34, 700);
    let mut index = load(&source);
    let selection = select(&mut index, &source, "is:quarantined OR -is:quarantined");
    let mut arrivals: Vec<u32> = rows(&source, &selection).map(|row| row.arrival).collect();
    arrivals.sort_unstable();
    let expected = arrivals.get(arrivals.len() / 100).map(|at| Seconds::from(*at));
    assert!(expected.is_some());
    assert_eq!(index.begin(), expected);
    let Ok(only) = Index::load_only(&[], &Filter::All, &source);
    assert_eq!(only.begin(), expected, "without the order of arrival");
    assert_eq!(Index::default().begin(), None);
}
