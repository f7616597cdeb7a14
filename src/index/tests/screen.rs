//! What a screen asks of the index: where a report stands, what may be marked, columns that come later.

use super::*;

#[test]
fn what_may_be_reported_and_what_is_passed_over_make_up_the_whole() {
    let mut source = fake(22, 400);
    source.entries.get_mut("word").expect("words").push("Not-Spam".to_owned());
    let word = source.entries["word"].len() as u32;
    source.rows.iter_mut().filter(|row| row.id % 5 == 0).for_each(|row| row.feedback_word = word);
    let mut index = load(&source);
    for (query, of) in [("", "NOT is:quarantined"), ("is:quarantined", "is:quarantined")] {
        let selection = select(&mut index, &source, query);
        let (reportable, passed_over) = index.reportable(&selection);
        let passed: u64 = passed_over.iter().map(|(_, count)| count).sum();
        assert_eq!(reportable.count() as u64 + passed, selection.count() as u64);
        let wanted = select(
            &mut index,
            &source,
            &format!(
                "{of} kind:normal NOT feedback:not-spam NOT is:dismissed NOT is:reported NOT is:quarantined"
            ),
        );
        assert_eq!(reportable, wanted, "{query}");
    }
    let everything = select(&mut index, &source, "");
    let (_, passed_over) = index.reportable(&everything);
    let dismissed = source.rows.iter().filter(|row| {
        row.status == 0
            && row.kind == 0
            && row.feedback_word != word
            && source.states.dismissed.contains(&row.id)
    });
    let counted = passed_over.iter().find(|(reason, _)| *reason == PassedOver::Dismissed);
    assert_eq!(counted.map_or(0, |(_, count)| *count), dismissed.count() as u64, "{passed_over:?}");
}

#[test]
fn groups_count_their_marks_and_a_member_finds_its_group() {
    let source = fake(23, 400);
    let mut index = load(&source);
    let Ok(()) = index.load_part(Part::Shapes, &source);
    let everything = select(&mut index, &source, "has:url OR kind:normal");
    let marked = index.marked();
    for likeness in [Likeness::Subject, Likeness::Source, Likeness::Network] {
        let groups = index.groups(&everything, likeness, &Cancel::never()).expect("groups");
        for (place, group) in groups.iter().enumerate() {
            let members = index.similar(group.newest, likeness).expect("similar").and(&everything);
            assert_eq!(members.and(&marked).count() as u64, group.marked, "{likeness}");
            for member in members.ids() {
                assert_eq!(index.group_of(&groups, likeness, member), Ok(Some(place)), "{likeness}");
            }
        }
    }
}

#[test]
fn what_goes_on_being_typed_is_found_within_what_was_found_before() {
    let source = fake(25, 400);
    let mut index = load(&source);
    let mut filters: Vec<Filter> = vec![];
    for query in [
        "wire transfer",
        "since:9d kind:normal,bounce",
        "since:3d kind:normal",
        "-wire OR mail",
        "url:*mail.htm",
        "url:mail.htm",
        "subject:/wi.e/ asn:64500..64600",
        "asn:64500,unknown",
        "is:quarantined wire",
        "has:url,file has:url",
    ] {
        let prefixes = query.char_indices().map(|(at, letter)| &query[..at + letter.len_utf8()]);
        filters.extend(prefixes.filter_map(|typed| parse(typed, NOW).ok()));
    }
    let mut narrowed = 0;
    for known in &filters {
        load_for(&mut index, &source, known);
        let within = index.select(known, &Cancel::never()).expect("nothing is missing");
        for filter in filters.iter().filter(|filter| filter.implies(known)) {
            load_for(&mut index, &source, filter);
            if filter.shows_quarantined() == known.shows_quarantined() {
                let found = index.among(&within, filter, &Cancel::never());
                assert_eq!(found, index.select(filter, &Cancel::never()), "{filter} within {known}");
                narrowed += usize::from(filter != known);
            }
        }
    }
    assert!(narrowed > 300, "{narrowed}");
}

#[test]
fn grouping_ends_when_nobody_waits_for_it_any_more() {
    let source = fake(26, 100);
    let mut index = load(&source);
    let everything = select(&mut index, &source, "has:url");
    let cancel = Cancel::default();
    cancel.cancel();
    for likeness in [Likeness::Host, Likeness::Source] {
        assert_eq!(index.groups(&everything, likeness, &cancel), Err(Stopped::Cancelled));
    }
}

#[test]
fn parts_loaded_apart_are_as_good_as_others_whichever_knows_more() {
    let whole = fake(24, 300);
    let mut part = whole.clone();
    part.rows.retain(|row| row.id <= 120);
    part.last_id = 120;
    let query = "has:url url:mail NOT from:ann";
    let expected: Vec<ReportId> = whole.naive(&read(query));
    assert!(!expected.is_empty());
    for (at_load, at_start) in [(&part, &whole), (&whole, &part), (&whole, &whole)] {
        let mut index = load(at_start);
        let Ok(apart) = Apart::load(&[Part::Urls, Part::Rare(0)], at_load);
        let Ok(()) = index.take(apart, &whole);
        refresh(&mut index, &whole);
        let found = index.select(&read(query), &Cancel::never()).expect("nothing is missing");
        assert_eq!(found.ids().collect::<Vec<_>>(), expected);
    }
}
