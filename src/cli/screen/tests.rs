//! Whole flows at the screen, by keys, before a real desk and a database of the demo's reports.

use crate::cli::demo::{self, Generator};
use crate::config::{Arguments, Config, Environment};
use crate::intake::{Item, RawMessage};
use crate::jobs::desk::{Facet, Line, Options, Row};
use crate::jobs::{Cancel, Finder, Import, Summary};
use crate::model::{Cause, FeedKind, Kind, Status, clock};
use crate::store::{Access, Durability, Store};
use crate::tui::tests::live::Live;
use std::path::PathBuf;

mod reporting;

const MESSAGES: u64 = 260;

/// A database of its own for each test.
struct Place {
    _folder: tempfile::TempDir,
    database: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let store = Store::open(&database, Access::ReadWrite).unwrap();
        let mut writer = store.writer("test", Durability::Normal).unwrap();
        let items = Generator::new(2, MESSAGES, clock::now())
            .map(|made| Item::Message(RawMessage::of_file(format!("made#{}", made.index), made.bytes)));
        let judgement = demo::judgement();
        let import = Import {
            store: &store,
            judgement: &judgement,
            feed: "failures",
            feed_kind: FeedKind::Mailbox,
            place: &|ip| demo::place(ip).unwrap_or_default(),
            each: None,
        };
        import
            .run(&mut writer, items, None, &Cancel::default(), &mut Summary::default(), &mut |_| {})
            .unwrap();
        Place { _folder: folder, database }
    }

    fn config(&self) -> Config {
        let arguments = Arguments { db: Some(self.database.clone()), ..Arguments::default() };
        let mut config = Config::load(&arguments, &Environment::default()).unwrap();
        config.dns.offline = true;
        config
    }

    fn screen(&self) -> Live {
        Live::open(Options { config: self.config(), read_only: false, login: "anna".to_owned() }, (200, 50))
    }

    /// How many reports match, as every command counts them.
    fn count(&self, query: &str) -> u64 {
        let store = Store::open(&self.database, Access::ReadOnly).unwrap();
        let mut finder = Finder::for_command(&store, []);
        finder.find(query, &Cancel::default(), &|_, _| {}).unwrap().selection.count() as u64
    }
}

fn opened() -> (Place, Live) {
    let place = Place::new();
    let screen = place.screen();
    (place, screen)
}

/// The numbers in a text, in their order.
fn numbers(text: &str) -> Vec<u64> {
    let digits = text.split(|c: char| !c.is_ascii_digit() && c != ',');
    digits.filter_map(|digits| digits.replace(',', "").parse().ok()).collect()
}

#[test]
fn what_is_typed_is_found_and_counted_as_everywhere() {
    let (place, mut screen) = opened();
    assert_eq!(screen.counts().0, place.count("is:open kind:normal"));
    for query in [
        "wire",
        "kind:bounce",
        "-kind:normal",
        "delivery:none country:CN",
        "cause:fraud OR kind:bounce",
        "zqxj",
    ] {
        screen.keys("/<ctrl-u>").keys(query).keys("<enter>");
        assert_eq!((screen.query(), screen.counts().0), (query, place.count(query)));
    }
    screen.keys("/<ctrl-u>text:wire<enter>");
    assert_eq!(screen.counts().0, place.count("text:wire"));
}

#[test]
fn tab_completes_values_while_the_query_at_hand_matches_nothing() {
    let (place, mut screen) = opened();
    screen.keys("/<ctrl-u>country:C<tab><enter>");
    assert_eq!(screen.query(), "country:CN");
    assert!(place.count("country:CN") > 0);
    screen.keys("0Bmorning<enter>/view:mor<tab><enter>");
    assert_eq!(screen.query(), "view:morning");
    for (name, says) in [("two words", "no name"), ("morning", "cannot name itself")] {
        screen.keys("B").keys(name).keys("<enter>");
        assert!(screen.said().contains(says), "{}", screen.said());
        screen.keys("<esc><esc>");
    }
}

#[test]
fn all_that_match_are_marked_dismissed_and_all_of_it_taken_back_and_done_again() {
    let (place, mut screen) = opened();
    screen.keys("/<ctrl-u>wire<enter>");
    let all = place.count("wire");
    let reportable = place.count("wire is:open kind:normal -feedback:not-spam");
    screen.keys("a");
    assert_eq!(place.count("is:marked"), reportable, "{}", screen.said());
    assert_eq!(screen.counts(), (all, reportable));
    let passed = all - reportable;
    assert!(passed == 0 || screen.said().contains("passed over"), "{}", screen.said());
    screen.keys("xa reason<enter>");
    assert_eq!(place.count("wire is:dismissed"), reportable, "{}", screen.said());
    assert!(screen.said().contains(&format!("{reportable} marks come off")), "{}", screen.said());
    screen.keys("u");
    assert_eq!((place.count("is:dismissed"), place.count("is:marked")), (0, reportable));
    screen.keys("u");
    assert_eq!((place.count("is:dismissed"), place.count("is:marked")), (0, 0));
    screen.keys("UU");
    assert_eq!(place.count("wire is:dismissed"), reportable);
    assert_eq!(place.count("is:marked"), 0, "what is put aside is not marked any more");
    screen.keys("/<ctrl-u>is:dismissed<enter>X");
    assert_eq!(place.count("is:dismissed"), reportable - 1, "reopened");
}

#[test]
fn what_should_not_be_reported_is_passed_over_with_its_number() {
    let (place, mut screen) = opened();
    screen.keys("0a");
    let (all, marked) = screen.counts();
    assert!(marked < all && marked == place.count("is:marked"));
    assert_eq!(place.count("is:marked -kind:normal"), 0);
    assert_eq!(numbers(&screen.said()).first(), Some(&marked), "{}", screen.said());
    let passed: u64 = numbers(&screen.said()).iter().skip(1).sum();
    assert_eq!(passed, all - marked, "{}", screen.said());
}

#[test]
fn a_pane_includes_excludes_and_lets_go() {
    let (place, mut screen) = opened();
    screen.keys("0f/bounce<enter>");
    for query in ["kind:bounce", "-kind:bounce", ""] {
        screen.keys(" ");
        assert_eq!((screen.query(), screen.counts().0), (query, place.count(query)));
    }
    // Also without the search, where other values stand around it and change.
    screen.keys("<esc>");
    screen.keys("<esc>0f<home><tab><tab><down>");
    for query in ["kind:bounce", "-kind:bounce", ""] {
        screen.keys(" ");
        assert_eq!((screen.query(), screen.counts().0), (query, place.count(query)));
    }
    screen.keys("-");
    assert_eq!((screen.query(), screen.counts().0), ("-kind:bounce", place.count("-kind:bounce")));
    screen.keys("<backspace>");
    assert_eq!(screen.query(), "");
}

#[test]
fn cells_of_every_column_ask_for_what_they_show() {
    let (place, mut screen) = opened();
    for column in 0..12 {
        screen.keys("0<home>").keys(&"h".repeat(14)).keys(&"l".repeat(column));
        let all = screen.counts().0;
        let id = screen.current().row().id;
        screen.keys("+");
        if screen.query().is_empty() {
            continue;
        }
        let query = screen.query().to_owned();
        assert_eq!(screen.counts().0, place.count(&query), "{query}");
        assert!(
            screen.rows().iter().any(|row| row.id == id),
            "{query} does not find the report that it was taken from"
        );
        screen.keys("<backspace>-");
        assert_eq!(screen.counts().0, all - place.count(&query), "{query}");
    }
}

#[test]
fn a_range_none_and_the_inverse() {
    let (place, mut screen) = opened();
    screen.keys("<down>v<down><down><down>v");
    assert_eq!(place.count("is:marked"), 4, "{}", screen.said());
    let marked: Vec<bool> = screen.rows().iter().take(7).map(|row| row.marked).collect();
    assert_eq!(marked, [false, true, true, true, true, false, false]);
    screen.keys("i");
    let inverse = place.count("is:marked is:open kind:normal");
    assert!(inverse > 4 && screen.rows()[1..5].iter().all(|row| !row.marked));
    screen.keys("A");
    assert_eq!((place.count("is:marked"), screen.counts().1), (0, 0));
    screen.keys("u");
    assert_eq!(place.count("is:marked"), inverse);
}

#[test]
fn similar_reports_are_marked_as_many_as_the_menu_says() {
    let (place, mut screen) = opened();
    screen.keys("*");
    let text = screen.text();
    let line = text.lines().find(|line| line.contains("│ 1 ")).unwrap_or_else(|| panic!("no menu:\n{text}"));
    // Beside the panes' own numbers: what stands between the bars, behind the choice's letter.
    let inside = line.split('│').find(|part| part.starts_with(" 1 ")).unwrap();
    let promised = numbers(inside)[1];
    screen.keys("1");
    assert_eq!(place.count("is:marked"), promised, "{inside}: {}", screen.said());
    screen.keys("u");
    assert_eq!(place.count("is:marked"), 0);
}

#[test]
fn tags_notes_kinds_and_causes_are_given_and_taken_back() {
    let (place, mut screen) = opened();
    let id = screen.current().row().id;
    let this = |query: &str| place.count(&format!("id:{id} {query}"));
    screen.keys("tcampaign<enter>");
    assert_eq!((this("tag:campaign"), place.count("tag:campaign")), (1, 1));
    screen.keys("t-campaign<enter>");
    assert_eq!(place.count("tag:campaign"), 0);
    screen.keys("u");
    assert_eq!(place.count("tag:campaign"), 1);
    screen.keys("ccalled them<enter>");
    screen.keys("d");
    for _ in 0..9 {
        screen.keys("<enter><tab>");
        if screen.text().contains("called them") {
            break;
        }
    }
    assert!(screen.text().contains("called them"), "{}", screen.text());
    screen.keys("<esc>0/<ctrl-u>").keys(&format!("id:{id}<enter>"));
    screen.keys("K2");
    assert_eq!(this("kind:bounce"), 1, "{}", screen.said());
    assert_eq!(screen.current().row().kind, Kind::Bounce);
    screen.keys("u");
    assert_eq!(this("kind:bounce"), 0);
    let before = screen.current().row().cause;
    let other = if before == Cause::Own { (1, Cause::Fraud) } else { (2, Cause::Own) };
    screen.keys(&format!("C{}", other.0));
    assert_eq!(this(&format!("cause:{}", other.1)), 1);
    screen.keys("C<up><enter>");
    assert_eq!(screen.current().row().cause, before, "as computed");
}

#[test]
fn views_are_saved_counted_and_opened() {
    let (place, mut screen) = opened();
    screen.keys("/<ctrl-u>kind:bounce<enter>Bbounces<enter>0b");
    let text = screen.text();
    let bounces = place.count("kind:bounce");
    assert!(text.contains("bounces") && text.contains(&format!("{bounces}  kind:bounce")), "{text}");
    screen.keys("1");
    assert_eq!((screen.query(), screen.counts().0), ("kind:bounce", bounces));
    screen.keys("o");
    assert_eq!(screen.query(), "is:open kind:normal");
    screen.keys("Ww");
    assert_eq!(screen.counts().0, 0, "nothing is new any more");
}

#[test]
fn a_view_in_the_query_bar_is_what_the_command_line_finds() {
    let (place, mut screen) = opened();
    screen.keys("/<ctrl-u>kind:bounce<enter>Bbounces<enter>");
    screen.keys("/<ctrl-u>-view:bounces delivery:none<enter>");
    assert_eq!(screen.query(), "-view:bounces delivery:none");
    assert_eq!(screen.counts().0, place.count("-kind:bounce delivery:none"));
    assert_eq!(screen.counts().0, place.count("-view:bounces delivery:none"));
    screen.keys("/<ctrl-u>view:bouncs");
    let text = screen.text();
    assert!(text.contains("there is no view 'bouncs'; did you mean 'bounces'?"), "{text}");
    assert_eq!(screen.counts().0, place.count("view"), "the last good answer stays");
    screen.keys("<esc>/<ctrl-u>view:bounces<enter>Bbounces<enter>");
    assert!(screen.said().contains("is not saved"), "{}", screen.said());
}

#[test]
fn groups_open_into_their_members_and_their_marks_are_those() {
    let (place, mut screen) = opened();
    let all = screen.counts().0;
    for likeness in 1..=4 {
        screen.keys(&"<tab>".repeat(likeness));
        let Line::Group(group) = screen.current() else { panic!("{likeness}: {}", screen.text()) };
        assert_eq!(screen.counts().0, all);
        screen.keys(" ");
        assert_eq!(place.count("is:marked"), group.count - group.reported, "{:?}", group.likeness);
        screen.keys("u<home><enter>");
        assert_eq!(screen.counts().0, group.count, "{:?}: {}", group.likeness, screen.query());
        assert!(matches!(screen.current(), Line::Report(_)));
        screen.keys("q");
        assert!(matches!(screen.current(), Line::Group(back) if back == group), "{:?}", group.likeness);
        screen.keys("<backtab>");
        assert_eq!((screen.query(), screen.counts().0), ("is:open kind:normal", all));
    }
    screen.keys(&"<tab>".repeat(5));
    assert!(screen.text().contains("No abuse contact of these reports is known yet"), "{}", screen.text());
}

#[test]
fn the_marked_are_seen_alone_and_back() {
    let (_place, mut screen) = opened();
    let before = screen.counts().0;
    screen.keys("  <down> M");
    assert_eq!(screen.counts(), (3, 3));
    screen.keys(" ");
    assert_eq!(screen.counts(), (2, 2), "a mark that is taken off leaves the view");
    screen.keys("M");
    assert_eq!(screen.counts(), (before, 2));
}

#[test]
fn the_parts_of_a_report_are_read_searched_and_revealed() {
    let (_place, mut screen) = opened();
    screen.keys("/<ctrl-u>has:url is:open<enter><enter>");
    let mut titles = vec![];
    for _ in 0..8 {
        let text = screen.text();
        titles.push(text);
        screen.keys("<tab>");
    }
    titles.dedup();
    assert!(titles.len() >= 6, "parts differ: {}", titles.len());
    assert!(titles.iter().all(|text| !text.contains("http://")), "URLs are defanged everywhere");
    screen.keys("D");
    let revealed = (0..8).any(|_| {
        screen.keys("<tab>");
        screen.text().contains("http://") || screen.text().contains("https://")
    });
    assert!(revealed);
    screen.keys("<home>/zqxj<enter>");
    assert!(screen.said().contains("does not occur"), "{}", screen.said());
    let id = screen.current().row().id;
    screen.keys("]");
    assert_ne!(screen.current().row().id, id);
}

#[test]
fn each_column_sorts_both_ways() {
    let (_place, mut screen) = opened();
    screen.keys("/<ctrl-u>kind:normal since:30d<enter>");
    /// What a column shows, in a form that sorts as it does.
    type Key = fn(&Row) -> String;
    let keys: [(usize, Key); 7] = [
        (1, |row| format!("{:09}", row.id)),
        (2, |row| format!("{:012}", row.arrival)),
        (3, |row| row.reported_domain.to_lowercase()),
        (5, |row| row.country.clone().unwrap_or_default()),
        (6, |row| format!("{:012}", row.asn.unwrap_or(0))),
        (8, |row| format!("{:?}", row.delivery.map(|delivery| delivery.number()))),
        (9, |row| format!("{:?}", row.cause.number())),
    ];
    for (column, key) in keys {
        screen.keys(&"h".repeat(14)).keys(&"l".repeat(column));
        let mut ends = vec![];
        for _ in 0..2 {
            screen.keys("s<home>");
            let values: Vec<String> = screen.rows().iter().map(key).collect();
            let known: Vec<&String> =
                values.iter().filter(|value| !value.is_empty() && *value != "None").collect();
            let up = known.is_sorted();
            let down = known.iter().rev().is_sorted();
            assert!(up || down, "column {column}: {values:?}");
            ends.push(screen.current().row().id);
        }
        assert_ne!(ends[0], ends[1], "column {column} turns round");
    }
}

#[test]
fn the_quarantine_is_looked_at_and_tried_again() {
    let (place, mut screen) = opened();
    let broken = place.count("is:quarantined");
    let others = place.count("is:not-report");
    screen.keys("Q");
    assert!(broken > others && screen.counts().0 == broken - others);
    assert!(
        screen.rows().iter().all(|row| row.status == Status::Quarantined && !row.status_reason.is_empty())
    );
    screen.keys("T");
    assert!(!screen.said().is_empty());
    assert_eq!(place.count("is:quarantined"), broken, "with the same rules the same comes of it");
    screen.keys("Q");
    assert!(others > 0 && screen.counts().0 == others);
    assert!(screen.rows().iter().all(|row| row.status == Status::NotReport && !row.status_reason.is_empty()));
    screen.keys("Q");
    assert_eq!(screen.query(), "is:open kind:normal");
}

/// The values of a pane with their counts, as the commands count them in the query that choosing them makes.
fn pane_is(place: &Place, screen: &Live, facet: Facet, others: &str) {
    let panes = screen.panes();
    let (_, counted) = panes.facets.iter().find(|(other, _)| *other == facet).unwrap();
    assert!(!counted.is_empty(), "{facet}");
    for (value, count) in counted {
        let query = format!("{others} {}:{value}", facet.field().unwrap());
        assert_eq!(*count, place.count(&query), "{query}");
    }
}

#[test]
fn a_pane_counts_what_each_of_its_values_would_give_beside_the_chosen_one() {
    let (place, mut screen) = opened();
    screen.keys("/<ctrl-u>country:BR kind:normal since:30d a<enter>");
    pane_is(&place, &screen, Facet::Country, "kind:normal since:30d a");
    assert!(screen.panes().facets.iter().any(|(facet, values)| *facet == Facet::Country && values.len() > 1));
    pane_is(&place, &screen, Facet::Kind, "country:BR since:30d a");
    pane_is(&place, &screen, Facet::Delivery, "country:BR kind:normal since:30d a");
    for (window, count) in &screen.panes().windows {
        let query = format!("country:BR kind:normal a since:{window}");
        assert_eq!(*count, place.count(&query), "{query}");
    }
    screen.keys("/<ctrl-u>-country:BR<enter>");
    pane_is(&place, &screen, Facet::Country, "");
    // Values of `is:` narrow what the others left.
    screen.keys("/<ctrl-u>is:open -is:new<enter>");
    pane_is(&place, &screen, Facet::State, "is:open");
}
