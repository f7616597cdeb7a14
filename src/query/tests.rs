//! The language as a person meets it.

use super::*;
use proptest::prelude::*;

/// 2026-11-21T14:00:00Z
const NOW: i64 = 1_795_269_600;

fn read(text: &str) -> Filter {
    parse(text, NOW).unwrap_or_else(|error| panic!("{error}"))
}

fn wrong(text: &str) -> QueryError {
    parse(text, NOW).expect_err(text)
}

fn window(text: &str) -> (String, String) {
    match read(text) {
        Filter::Term(Term { values, .. }) => match values.as_slice() {
            [Value::Time(range)] => {
                (crate::model::clock::rfc3339(range.from), crate::model::clock::rfc3339(range.to))
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_query_says_between_which_moments_its_matches_arrived() {
    let day = 86_400;
    let midnight = NOW / day * day;
    for (text, expected) in [
        ("", (None, None)),
        ("wire since:2d", (Some(NOW - 2 * day), None)),
        ("since:2d until:1d", (Some(NOW - 2 * day), Some(NOW - day + 1))),
        ("on:2026-11-21 since:2d", (Some(midnight), Some(midnight + day))),
        ("days:1 ago:1", (Some(midnight - 2 * day), Some(midnight))),
        ("since:2d OR wire", (None, None)),
        ("-since:2d", (None, None)),
    ] {
        assert_eq!(read(text).arrival_bounds(), expected, "{text}");
    }
}

#[test]
fn the_canonical_text_means_the_same_and_is_its_own_canonical_text() {
    for (typed, shown) in [
        ("", ""),
        ("since:2d \"wire transfer\"", "since:2d \"wire transfer\""),
        ("since:2d url:*mail.htm", "since:2d url:*mail.htm"),
        ("a AND b or c", "a b or c"),
        ("a b OR c NOT d", "a b OR c -d"),
        ("(a OR b) c", "(a OR b) c"),
        ("-(a b)", "-(a b)"),
        ("--a", "--a"),
        ("SUBJECT:word", "word"),
        ("subject:a,b", "subject:a,b"),
        ("KIND:Bounce,AUTO-replied", "kind:bounce,auto-replied"),
        ("asn:AS64500", "asn:64500"),
        ("country:de,unknown", "country:DE,unknown"),
        ("ip:192.0.2.77/24,2001:db8::1", "ip:192.0.2.0/24,2001:db8::1"),
        ("id:120..140,5,9..", "id:120..140,5,9.."),
        ("ago:7 word days:2", "days:2 ago:7 word"),
        ("-(days:2 ago:7)", "-(days:2 ago:7)"),
        ("since:2026-11-20T10:00", "since:2026-11-20T10:00:00Z"),
        ("url:/a\\/b/", "url:/a\\/b/"),
        ("\"a:b\" \"-x\" \"OR\" 10:30", "\"a:b\" \"-x\" \"OR\" \"10:30\""),
        (r#""say \"hi\" \*""#, r#""say \"hi\" \*""#),
        ("feed:unknown feed:\"unknown\"", "feed:unknown feed:\"unknown\""),
        ("hello, world", "\"hello,\" world"),
        ("a**b", "a*b"),
    ] {
        let filter = read(typed);
        assert_eq!(filter.to_string(), shown, "{typed}");
        assert_eq!(read(shown), filter, "{typed}");
    }
}

#[test]
fn an_error_names_the_column_and_the_nearest_right_name() {
    for (query, column, nearest) in [
        ("sice:2d", 0, Some("since")),
        ("a kind:bounse", 7, Some("bounce")),
        ("kind:", 5, None),
        ("kind:bounce,", 12, None),
        ("(a OR b", 0, None),
        ("a)", 1, None),
        ("a OR", 4, None),
        ("OR a", 0, None),
        ("a AND", 5, None),
        ("\"open", 0, None),
        ("url:/mail/login", 10, None),
        ("url:/mail", 4, None),
        ("url:/ab(/", 7, None),
        ("ip:300.1.1.1", 3, None),
        ("country:DEU", 8, None),
        ("id:9..3", 3, None),
        ("since:2x", 6, None),
        ("since:1d,2d", 8, None),
        ("on:2026-02-30", 3, None),
        ("days:2 days:3", 7, None),
        ("NOT", 3, None),
        ("a OR ()", 6, None),
    ] {
        let error = wrong(query);
        assert_eq!((error.column, error.nearest.as_deref()), (column, nearest), "{query}: {error}");
    }
}

#[test]
fn an_error_is_shown_under_its_column_also_behind_wide_letters() {
    assert_eq!(
        wrong("銀行 kind:bounse").to_string(),
        "銀行 kind:bounse\n          ^ kind: takes normal, bounce, auto-replied; did you mean 'bounce'?"
    );
}

#[test]
fn windows_are_whole_calendar_days_and_spans_count_from_now() {
    let is = |text, from: &str, to: &str| {
        let (start, end) = window(text);
        assert_eq!((start.as_str(), end.as_str()), (from, to), "{text}");
    };
    is("days:2", "2026-11-19T00:00:00Z", "2026-11-22T00:00:00Z");
    is("days:2 ago:7", "2026-11-12T00:00:00Z", "2026-11-15T00:00:00Z");
    is("ago:7", "2026-11-14T00:00:00Z", "2026-11-15T00:00:00Z");
    is("on:2026-11-20", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
    for (text, from) in [
        ("since:2d", "2026-11-19T14:00:00Z"),
        ("since:90m", "2026-11-21T12:30:00Z"),
        ("since:1w", "2026-11-14T14:00:00Z"),
        ("since:2026-11-20", "2026-11-20T00:00:00Z"),
        ("since:\"2026-11-20 10:00\"", "2026-11-20T10:00:00Z"),
    ] {
        assert_eq!(window(text).0, from, "{text}");
    }
    assert_eq!(window("until:2026-11-20").1, "2026-11-21T00:00:00Z");
    assert_eq!(window("until:2026-11-20T10:00:00Z").1, "2026-11-20T10:00:01Z");
}

fn matches(query: &str, value: &str) -> bool {
    match read(query) {
        Filter::Term(Term { field, values }) => match (field.style(), values.as_slice()) {
            (Some(style), [Value::Text(pattern)]) => pattern.matches(style, fold(value).as_bytes()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_field_compares_as_its_style_says() {
    for (query, value, expected) in [
        ("wire", "Re: WIRE transfer", true),
        ("wire*", "Re: wire", false),
        ("wire*", "Wire transfer", true),
        ("url:*mail.htm", "http://x.example/Mail.HTM", true),
        ("url:*mail.htm", "http://x.example/mail.html", false),
        ("url:http*mail*htm", "http://x.example/mail/a.htm", true),
        ("a*a", "a", false),
        ("100\\*", "now 100* off", true),
        ("/^re: .*TRANS/", "Re: wire transfer", true),
        ("über", "Überweisung", true),
        ("οδοσ", "ΟΔΟΣ", true),
        ("domain:example.com", "example.com", true),
        ("domain:example.com", "mail.example.com", true),
        ("domain:example.com", "badexample.com", false),
        ("domain:*example.com", "badexample.com", true),
        ("feed:fail", "failures", false),
        ("reporter:example.org", "dmarc@example.org", true),
        ("reporter:@example.org", "dmarc@example.org", true),
        ("reporter:example.org", "dmarc@sub.example.org", false),
        ("reporter:dmarc@example.org", "DMARC@example.org", true),
        ("list:zen", "zen:xbl", true),
        ("list:zen:xbl", "zen:xbl", true),
        ("list:zen", "zenith", false),
        ("from:*", "", false),
        ("from:*", "a", true),
    ] {
        assert_eq!(matches(query, value), expected, "{query} on {value}");
    }
}

#[test]
fn a_wildcard_in_text_is_anchored_at_the_ends_of_a_line() {
    let Filter::Term(Term { values, .. }) = read("text:\"dear*,\"") else { panic!("term") };
    let [Value::Text(pattern)] = values.as_slice() else { panic!("pattern") };
    assert!(pattern.matches_text("Subject: x\r\nDear Sir,\r\n"));
    assert!(!pattern.matches_text("Subject: x\r\nOh dear Sir,\r\n"));
}

#[test]
fn a_pane_includes_then_excludes_then_lets_go() {
    let mut filter = read("since:2d wire");
    for expected in
        ["since:2d wire country:RU", "since:2d wire -country:RU", "since:2d wire", "since:2d wire country:RU"]
    {
        filter = filter.toggle(Field::Country, "RU", NOW).expect("toggle");
        assert_eq!(filter.to_string(), expected);
    }
    filter = filter.toggle(Field::Country, "unknown", NOW).expect("toggle");
    assert_eq!(filter.to_string(), "since:2d wire country:RU,unknown");
    filter = filter.exclude(Field::Domain, "a*b,c", NOW).expect("exclude");
    assert_eq!(filter.to_string(), "since:2d wire country:RU,unknown -domain:\"a\\*b,c\"");
    assert_eq!(filter.says(Field::Domain, "a*b,c", NOW), Some(false));
    assert_eq!(filter.without_times().to_string(), "wire country:RU,unknown -domain:\"a\\*b,c\"");
    assert_eq!(
        read("a OR b").toggle(Field::Kind, "bounce", NOW).expect("toggle").to_string(),
        "(a OR b) kind:bounce"
    );
}

#[test]
fn joining_two_windows_keeps_both() {
    let both = read("days:2 a").and(read("ago:7"));
    assert_eq!(read(&both.to_string()), both);
    assert_eq!(read("a").and(read("b")).to_string(), "a b");
}

#[test]
fn text_terms_leave_a_superset_for_the_index() {
    for (query, left) in [
        ("text:a kind:bounce", "kind:bounce"),
        ("text:a", ""),
        ("text:a OR kind:bounce", ""),
        ("b -text:a", "b"),
        ("b -(text:a c)", "b"),
        ("b -(text:a OR c)", "b -c"),
        ("(text:a OR c) d", "d"),
    ] {
        assert_eq!(read(query).without_text().to_string(), left, "{query}");
    }
}

#[test]
fn only_a_wanted_is_quarantined_shows_the_quarantine() {
    for (query, shows) in [
        ("is:quarantined", true),
        ("a OR is:open,quarantined", true),
        ("is:not-report", true),
        ("-is:not-report", false),
        ("is:quarantined -is:not-report", true),
        ("-is:quarantined", false),
        ("--is:quarantined", true),
        ("kind:bounce", false),
    ] {
        assert_eq!(read(query).shows_quarantined(), shows, "{query}");
    }
}

#[test]
fn going_on_with_a_word_or_a_term_narrows_a_query() {
    for (narrow, wide) in [
        ("wire", "wir"),
        ("\"wire transfer\"", "wire transfer"),
        ("*wire*.htm", "wire"),
        ("wire kind:bounce", "wire"),
        ("kind:bounce", "kind:bounce,normal"),
        ("since:1d", "since:2d"),
        ("asn:5", "asn:1..9"),
        ("a", "b OR a"),
        ("a b", "b OR c"),
        ("(a x) OR (b x)", "x"),
    ] {
        assert!(read(narrow).implies(&read(wide)), "{narrow} → {wide}");
        assert!(!read(wide).implies(&read(narrow)), "{wide} → {narrow}");
    }
    for (one, other) in [
        ("-wire", "-wir"),
        ("/wire/", "wire"),
        ("host:ab.example", "host:b.example"),
        ("kind:bounce", "cause:own"),
        ("domain:unknown", "domain:a.example"),
    ] {
        assert!(!read(one).implies(&read(other)), "{one} → {other}");
    }
}

#[test]
fn depth_is_bounded() {
    wrong(&"(".repeat(10_000));
    wrong(&"-".repeat(10_000).replace('-', "-(").to_owned());
    wrong(&format!("{}a", "-".repeat(10_000)));
    wrong(&"a ".repeat(10_000));
}

proptest! {
    #[test]
    fn any_text_is_answered_without_panic(text in "\\PC{0,80}") {
        let _ = parse(&text, NOW).map_err(|error| error.to_string());
    }

    #[test]
    fn parsing_what_is_shown_gives_the_filter_again(parts in proptest::collection::vec(prop::sample::select(vec![
        "a ", "b* ", "\"x y\" ", "-", "NOT ", "(", ") ", ") ", "OR ", "AND ", "kind:bounce ", "url:/x+/ ", "asn:1..9 ",
        "days:2 ", "ago:7 ", "since:3h ", "domain:a.example,\"b c\",unknown ", "subject:unknown ", "\\ ", "*", "\"", ",",
        "text:q ", "is:open,listed ", "ip:2001:db8::/32 ", "unknown ", "\\*", "\\\"",
    ]), 1..14)) {
        let text: String = parts.concat();
        if let Ok(filter) = parse(&text, NOW) {
            let shown = filter.to_string();
            prop_assert_eq!(parse(&shown, NOW), Ok(filter), "{} → {}", text, shown);
        }
    }
}

/// Saved views: some name others, one of them itself.
fn views() -> Vec<(String, String)> {
    let views = [
        ("wire", "\"wire transfer\" -country:DE"),
        ("Morning", "since:1d view:wire"),
        ("either", "kind:bounce OR cause:list"),
        ("week", "days:2 ago:7"),
        ("all", ""),
        ("self", "view:self"),
        ("wrong", "kind:"),
        ("twice", "view:twice2 OR view:twice2"),
        ("twice2", "view:twice3 OR view:twice3"),
        ("twice3", "view:wire OR view:wire"),
    ];
    views.into_iter().map(|(name, query)| (name.to_owned(), query.to_owned())).collect()
}

#[test]
fn a_view_stands_for_its_query_wherever_a_term_may_stand() {
    for (typed, means) in [
        ("view:wire", "\"wire transfer\" -country:DE"),
        ("VIEW:WIRE", "\"wire transfer\" -country:DE"),
        ("view:\"wire\"", "\"wire transfer\" -country:DE"),
        ("-view:wire port:25", "-(\"wire transfer\" -country:DE) port:25"),
        ("view:either port:25", "(kind:bounce OR cause:list) port:25"),
        ("view:either,wire", "(kind:bounce OR cause:list) OR (\"wire transfer\" -country:DE)"),
        ("view:Morning", "since:1d (\"wire transfer\" -country:DE)"),
        ("view:all", ""),
    ] {
        let filter = parse_with_views(typed, NOW, &views()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(filter, read(means), "{typed}");
        assert_eq!(read(&read(typed).to_string()), read(typed), "the bar keeps the name");
    }
    let windows = parse_with_views("view:week days:5", NOW, &views());
    assert!(matches!(windows, Ok(Filter::And(parts)) if parts.len() == 2), "its window is its own");
    assert!(parse_with_views("view:twice", NOW, &views()).is_ok());
}

#[test]
fn a_view_that_is_not_there_or_names_itself_is_an_error_in_its_place() {
    for (typed, column, says, nearest) in [
        ("kind:bounce view:wier", 17, "there is no view 'wier'", Some("wire")),
        ("view:", 5, "expected a value", None),
        ("a view:self", 7, "deep", None),
        ("view:wire,wrong", 10, "in the view 'wrong'", None),
    ] {
        let error = parse_with_views(typed, NOW, &views()).expect_err(typed);
        assert_eq!((error.column, error.query.as_str()), (column, typed), "{error}");
        assert!(error.message.contains(says), "{error}");
        assert_eq!(error.nearest.as_deref(), nearest, "{typed}");
    }
    // Each of them doubles: 2^8 at the bottom.
    let doubling: Vec<(String, String)> =
        (0..9).map(|n| (format!("v{n}"), format!("view:v{0} view:v{0}", n + 1))).collect();
    assert!(parse_with_views("view:v0", NOW, &doubling).is_err());
}
