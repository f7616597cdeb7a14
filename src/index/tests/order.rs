//! Pages of reports in every order.

use super::*;

/// With the columns of every order.
fn load_for_sorting(source: &Fake) -> Index {
    let mut index = load(source);
    let parts: Vec<Part> = Sort::ALL.iter().filter_map(|sort| sort.part()).collect();
    let Ok(()) = index.load_parts(&parts, source);
    index
}

#[test]
fn pages_are_sorted_stably_and_cover_the_selection_once() {
    let source = fake(3, 700);
    let mut index = load_for_sorting(&source);
    let rows: HashMap<ReportId, &crate::model::IndexRow> =
        source.rows.iter().map(|row| (row.id, row)).collect();
    for query in ["", "id:1..30"] {
        let selection = select(&mut index, &source, query);
        let all = |sort, direction| {
            let page = index.page(&selection, sort, direction, 0, usize::MAX).expect("page");
            assert_eq!(
                index.order(&selection, sort, direction).expect("order"),
                page,
                "{sort} {direction:?}"
            );
            page
        };
        let mut newest = source.naive(&read(query));
        newest.sort_by_key(|id| std::cmp::Reverse((rows[id].arrival, *id)));
        assert_eq!(all(Sort::Arrival, Direction::Descending), newest);
        for (sort, direction) in
            Sort::ALL.iter().flat_map(|s| [(*s, Direction::Ascending), (*s, Direction::Descending)])
        {
            let whole = all(sort, direction);
            assert_eq!(whole.len(), selection.count());
            let pages: Vec<ReportId> = (0..8)
                .flat_map(|page| index.page(&selection, sort, direction, page * 100, 100).expect("page"))
                .collect();
            assert_eq!(pages, whole, "{sort} {direction:?}");
        }
        let mut by_asn = newest.clone();
        let asn = |id: &ReportId| source.asn(rows[id]);
        by_asn.sort_by_key(|id| (asn(id) == 0, std::cmp::Reverse(asn(id))));
        assert_eq!(all(Sort::Asn, Direction::Descending), by_asn);
        let subject = |id: &ReportId| crate::query::fold(source.entry(Dictionary::Subject, rows[id].subject));
        let mut by_subject = newest.clone();
        by_subject.sort_by_key(|id| (subject(id).is_empty(), subject(id)));
        assert_eq!(all(Sort::Subject, Direction::Ascending), by_subject);
    }
    let everything = select(&mut index, &source, "");
    let in_order = |sort, key: &dyn Fn(&crate::model::IndexRow) -> (bool, std::cmp::Reverse<String>)| {
        let mut expected = source.naive(&read(""));
        expected.sort_by_key(|id| std::cmp::Reverse((rows[id].arrival, *id)));
        expected.sort_by_key(|id| key(rows[id]));
        let page = index.page(&everything, sort, Direction::Descending, 0, usize::MAX);
        assert_eq!(page.expect("page"), expected, "{sort}");
    };
    let count = |count: usize| (count == 0, std::cmp::Reverse(format!("{count:09}")));
    in_order(Sort::Urls, &|row| count(row.urls.len()));
    in_order(Sort::Files, &|row| count(row.files.len()));
    in_order(Sort::From, &|row| {
        let from = crate::query::fold(row.texts.values()[0]);
        (from.is_empty(), std::cmp::Reverse(from))
    });
    let page = index.page(&everything, Sort::State, Direction::Ascending, 0, usize::MAX).expect("page");
    let states = ["is:marked is:open is:new", "is:marked", "-is:marked is:open is:new", "-is:marked is:open"];
    let place_of = |query: &str| {
        let found = index.select(&read(query), &Cancel::never()).expect("found");
        page.iter().position(|id| found.contains(*id)).expect("one of the state")
    };
    let places = states.map(place_of);
    assert!(places.is_sorted() && places[0] == 0, "{places:?}");
    let nothing = select(&mut index, &source, "id:9999");
    assert_eq!(index.page(&nothing, Sort::Id, Direction::Ascending, 0, 50), Ok(vec![]));
}

#[test]
fn the_rank_of_a_report_is_its_place_on_the_page_in_every_order() {
    let source = fake(21, 300);
    let mut index = load_for_sorting(&source);
    let selection = select(&mut index, &source, "kind:normal,bounce");
    for sort in Sort::ALL {
        for direction in [Direction::Ascending, Direction::Descending] {
            let page = index.page(&selection, *sort, direction, 0, usize::MAX).expect("page");
            assert_eq!(page.len(), selection.count());
            for (place, id) in page.iter().enumerate().step_by(7) {
                let rank = index.rank(&selection, *sort, direction, *id).expect("rank");
                assert_eq!(rank, Some(place), "{sort} {direction:?} {id}");
            }
            let other = (1..=300).find(|id| !selection.contains(*id)).expect("one that is not selected");
            assert_eq!(index.rank(&selection, *sort, direction, other), Ok(None));
            assert_eq!(index.rank(&selection, *sort, direction, 0), Ok(None));
            assert_eq!(index.rank(&selection, *sort, direction, 9_999), Ok(None));
        }
    }
}

#[test]
fn reports_are_sorted_by_the_names_of_their_lists_and_those_on_none_come_last() {
    let mut source = fake(36, 600);
    source.hosts.clear();
    let mut index = load(&source);
    let all = select(&mut index, &source, "");
    let listed = |id: &ReportId| {
        let row = source.rows.iter().find(|row| row.id == *id).expect("a row");
        source.listings(row).into_iter().map(|listing| listing.name).collect::<Vec<String>>()
    };
    for direction in [Direction::Ascending, Direction::Descending] {
        let page = index.page(&all, Sort::List, direction, 0, usize::MAX).expect("page");
        let names: Vec<Vec<String>> = page.iter().map(listed).collect();
        let (with, without) = names.split_at(names.iter().take_while(|names| !names.is_empty()).count());
        assert!(!with.is_empty() && without.iter().all(Vec::is_empty), "{names:?}");
        let is_sorted = match direction {
            Direction::Ascending => with.is_sorted(),
            Direction::Descending => with.iter().rev().is_sorted(),
        };
        assert!(is_sorted, "{direction:?}: {with:?}");
    }
}
