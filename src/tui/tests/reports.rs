//! The screen Reports: what it says and where it leads, beyond what single keys ask for.

use super::fixture;
use super::screen::{Look, Screen};
use crate::jobs::desk::{self, Request, SyncNews, Towards};
use crate::keymap::{Action, Change, Keymap, Mode, Preset};
use crate::tui::event::{Event, Mouse};

fn screen(keys: &str) -> Screen {
    Screen::new((80, 24), Look::Mono).keys(keys)
}

fn last_lines(screen: &Screen) -> String {
    let text = screen.text();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[test]
fn urls_in_lines_and_groups_are_defanged_until_a_key_reveals_them() {
    let mut rows = fixture::rows(3);
    for row in &mut rows {
        row.subject = Some("visit http://evil.test/login?a=1 now".to_owned());
        row.from = Some("www.evil.test <a@b.test>".to_owned());
    }
    rows[2].status = crate::model::Status::Quarantined;
    rows[2].status_reason = "no part at http://evil.test".to_owned();
    for keys in ["", "<tab>", "<tab><tab>", "<tab><tab><tab>"] {
        let screen = Screen::with_rows((250, 40), Look::Mono, rows.clone()).keys(keys);
        let text = screen.text();
        assert!(!text.contains("http://") && !text.contains("www.evil"), "{keys}: {text}");
        assert!(!keys.is_empty() || text.contains("hxxp://evil[.]test/login?a=1"), "{text}");
    }
    let revealed = Screen::with_rows((250, 40), Look::Mono, rows).keys("D");
    let text = revealed.text();
    assert!(text.contains("http://evil.test/login?a=1") && text.contains("URLs exactly"), "{text}");
    assert!(!revealed.keys("D").text().contains("http://"));
}

#[test]
fn urls_that_were_revealed_in_one_report_are_defanged_in_the_next() {
    let mut screen = Screen::new((100, 24), Look::Mono).keys("<enter><tab><tab>");
    assert!(screen.text().contains("URLs defanged"));
    screen.press("D");
    assert!(screen.text().contains("exactly ") && screen.text().contains("http://evil"));
    screen.press("]");
    assert!(screen.text().contains("URLs defanged") && !screen.text().contains("http://evil"));
}

#[test]
fn the_next_open_report_is_found_beyond_the_lines_at_hand() {
    let rows = || {
        let mut rows = fixture::rows(2_000);
        rows[..1_700].iter_mut().for_each(|row| row.dismissed = true);
        rows
    };
    let mut screen = Screen::with_rows((80, 24), Look::Mono, rows()).keys("n");
    assert_eq!(screen.app.reports.list.cursor, 1_700);
    assert!(screen.app.reports.list.current().is_some());
    screen.press("N");
    assert!(screen.text().contains("No further open report."), "{}", screen.text());
    screen.press("<enter>]");
    assert_eq!(screen.app.reports.detail.report.as_ref().unwrap().row.id, rows()[1_701].id);
    // After what was settled just now likewise, and back where nothing follows.
    let mut screen = Screen::with_rows((80, 24), Look::Mono, rows()).keys("<end>");
    let last = screen.app.reports.list.id().unwrap();
    screen.app.reports.list.rows.lines.truncate(1);
    let list = &mut screen.app.reports.list;
    (list.rows.first, list.rows.lines[0]) = (1_999, desk::Line::Report(Box::new(fixture::row(last))));
    let effects = screen.app.reports.go_on_from(&[last]);
    let wanted = |effect: &crate::tui::event::Effect| match effect {
        crate::tui::event::Effect::Desk(Request::NextOpen { towards, settled, line, .. }) => {
            Some((*towards, settled.clone(), *line))
        }
        _ => None,
    };
    assert_eq!(effects.iter().find_map(wanted), Some((Towards::EndThenStart, vec![last], 1_999)));
}

#[test]
fn a_search_inside_a_report_finds_names_urls_as_they_are_and_what_the_width_broke() {
    for (keys, hit) in [
        ("/Source-<enter>", "hit 1 of 1 "),
        ("/LONG enough to be broken into<enter>", "hit 1 of 1 "),
        ("<tab><tab>/http://evil.example/login<enter>", "hit 1 of 1 "),
        ("<tab><tab>/hxxp://evil[.]example<enter>", "hit 1 of 1 "),
        ("<tab><tab><tab>/evil.example<enter>", "hit 1 of 1 "),
        ("<tab><tab>/you you<enter>", "hit 1 of "),
    ] {
        let screen = screen("<enter>").keys(keys);
        assert!(screen.text().contains(hit), "{keys}: {}", screen.text());
    }
    assert!(screen("<enter>/nowhere<enter>").text().contains("It does not occur in this part."));
}

#[test]
fn a_sync_that_was_stopped_looks_like_none_that_went_well_and_every_failure_is_said() {
    let ended = |is_stopped: bool, errors: &[&str]| {
        let errors = errors.iter().map(|error| (*error).to_owned()).collect();
        let sentence = "sync: 7 read in 2.8 s: 7 stored".to_owned();
        let news = SyncNews::Ended { at: fixture::NOW, sentence, is_stopped, errors };
        let mut screen = screen("");
        screen.happens(Event::Desk(desk::Event::Sync(news)));
        screen
    };
    let stopped = ended(true, &[]);
    assert!(stopped.text().lines().next().unwrap().contains("sync 14:00 stopped"), "{}", stopped.text());
    assert!(ended(false, &[]).text().contains("sync 14:00 ✓"));
    let failed = ended(false, &["feed 'a': no route", "feed 'b': refused", "feed 'c': full", "feed 'd'"]);
    assert!(failed.text().contains("sync 14:00 ✗"));
    let said = last_lines(&failed);
    for part in ["7 stored", "feed 'a': no route", "feed 'b': refused", "feed 'c': full", "and 1 more"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// The default keys of these actions are taken away, and each gets one that no sentence can have by heart.
fn with_other_keys(actions: &[(Mode, Action)]) -> Keymap {
    let default = Keymap::default();
    let mut changes = vec![];
    for (number, (mode, action)) in actions.iter().enumerate() {
        let of_it = default.bindings().iter().filter(|bound| (bound.mode, bound.action) == (*mode, *action));
        changes.extend(of_it.map(|bound| Change { mode: *mode, keys: bound.keys.clone(), action: None }));
        let keys = format!("alt-{} alt-x", char::from(b'A' + number as u8)).parse().unwrap();
        changes.push(Change { mode: *mode, keys, action: Some(*action) });
    }
    Keymap::with(Preset::Vi, &changes).unwrap()
}

#[test]
fn with_other_keys_no_sentence_names_the_old_ones() {
    use Action as A;
    let everywhere = [A::Help, A::Left, A::Right, A::Back, A::Sync];
    let reports = [
        A::Leave,
        A::Ungroup,
        A::Groups,
        A::Mark,
        A::MarkAll,
        A::MarkRange,
        A::Quarantine,
        A::ClearQuery,
        A::ViewNew,
        A::ViewMarked,
        A::PreviousQuery,
    ];
    let mut actions = everywhere.map(|action| (Mode::Everywhere, action)).to_vec();
    actions.extend(reports.map(|action| (Mode::Reports, action)));
    actions.extend([(Mode::Detail, A::Find), (Mode::Urls, A::Ungroup), (Mode::Urls, A::LookUp)]);
    let keymap = with_other_keys(&actions);
    let old_words = |text: &str| -> Vec<String> {
        let old = [
            "tab",
            "backtab",
            "space",
            "backspace",
            "esc",
            "q",
            "Q",
            "M",
            "0",
            "w",
            "S",
            "v",
            "B",
            "h",
            "l",
            "L",
        ];
        let words = text.split(|c: char| c.is_whitespace() || ",;.:()".contains(c));
        words.filter(|word| old.contains(word)).map(str::to_owned).collect()
    };
    let full = || fixture::rows(40);
    let cases: [(&[Action], Vec<desk::Row>, &str); 13] = [
        (&[A::Back], full(), "explains the keys"),
        (&[A::Groups, A::Sort], full(), "largest first"),
        (&[A::MarkRange], full(), "A range begins here"),
        (&[A::Groups, A::MarkRange], full(), "Ranges are for single reports"),
        (&[A::Include], full(), "choose another column"),
        (&[A::Detail, A::Open, A::NextHit], full(), "searches in this part"),
        (&[A::ViewMarked], vec![], "Nothing is marked."),
        (&[A::Quarantine], vec![], "no report at all"),
        (&[], vec![], "shows everything"),
        (&[A::ClearQuery], vec![], "reads the mailboxes"),
        (&[A::ViewNew], vec![], "goes back to the query before"),
        (&[A::ScreenUrls, A::Groups, A::Sort], full(), "shows single URLs"),
        (&[A::ScreenUrls, A::Down, A::Down, A::Down], full(), "its host was not looked up"),
    ];
    for (path, rows, sentence) in cases {
        let mut screen = Screen::with_rows((200, 40), Look::Mono, rows);
        screen.app.keymap = keymap.clone();
        for action in path {
            let effects = screen.app.act(*action);
            screen.perform(effects);
        }
        let text = screen.text();
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.contains(sentence));
        let at = at.unwrap_or_else(|| panic!("{sentence}: {text}"));
        // What else is said of it stands below.
        for line in lines.iter().skip(at).take(2).filter(|line| !line.contains("help")) {
            assert_eq!(old_words(line), Vec::<String>::new(), "{line}");
            assert!(!line.contains('{'), "{line}");
        }
        assert!(text.contains("alt-"), "{sentence}: {text}");
    }
}

#[test]
fn views_have_live_counts_where_the_query_leaves_room_and_in_their_menu() {
    let bar = |keys: &str, columns: u16| {
        let screen = Screen::new((columns, 24), Look::Mono).keys(keys);
        screen.text().lines().nth(1).unwrap().to_owned()
    };
    assert!(bar("", 80).contains("388 open · 12 new · 1 of 40 match"), "{}", bar("", 80));
    let query = format!("0/{}<enter>", "w".repeat(33));
    assert!(bar(&query, 80).contains("w  12 new · 1 of 40 match"), "{}", bar(&query, 80));
    assert!(!bar(&query, 70).contains("new") && bar(&query, 70).contains(&"w".repeat(33)));
    let mut screen = screen("b");
    assert!(screen.text().contains("What is open") && screen.text().contains("388  is:open"));
    screen.press("<up><up><up><enter>");
    assert_eq!(screen.question.as_ref().unwrap().text, "is:new");
    let mut views = Screen::new((80, 24), Look::Mono).told(desk::Event::Views(vec![]));
    views.press("<enter>");
    assert_eq!(views.question.as_ref().unwrap().text, "is:open", "also while none is saved");
}

#[test]
fn the_head_of_the_list_stays_seen_when_something_comes_in_above_the_cursor() {
    let more = |screen: &mut Screen, rows: u32| {
        screen.rows = fixture::rows(rows);
        let question = screen.question.clone().unwrap();
        screen.perform(vec![crate::tui::event::Effect::Desk(Request::Ask(question))]);
    };
    let mut screen = screen("");
    let id = screen.app.reports.list.id();
    more(&mut screen, 41);
    let list = &screen.app.reports.list;
    assert_eq!((list.id(), list.cursor, list.top), (id, 1, 0), "{}", screen.text());
    // Asked anew likewise: the question brings the lines above.
    screen.rows = fixture::rows(45);
    screen.press("RR");
    let list = &screen.app.reports.list;
    assert_eq!((list.id(), list.cursor, list.top), (id, 5, 0), "{}", screen.text());
    assert!(screen.text().contains(" 6 of 45 match"));
}

#[test]
fn a_report_that_lies_over_the_list_does_not_move_it() {
    let mut screen = screen("jjj");
    let list = |screen: &Screen| (screen.app.reports.list.top, screen.app.reports.list.cursor);
    screen.press("<enter>");
    assert_eq!(list(&screen), (0, 3));
    screen.press("JJq");
    let open = list(&screen).1;
    assert!(open > 4 && list(&screen).0 == 0, "{:?}", list(&screen));
    screen.press("f<esc>");
    assert_eq!(list(&screen), (0, open));
}

#[test]
fn at_80_columns_the_quarantine_and_what_a_newcomer_needs_are_seen() {
    let text = screen("").text();
    let (first, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
    assert!(first.contains("7 Tools") && first.contains("128,291 + 13 Q"), "{first}");
    for hint in
        ["enter open", "/ query", "f filters", "space mark", "x dismiss", "r report", "? help", "q quit"]
    {
        assert!(last.contains(hint), "{hint}: {last}");
    }
}

#[test]
fn the_cursor_of_the_panes_stays_with_a_value_that_was_unfolded() {
    // Past the windows, states, kinds and causes stand the countries, of which six are seen.
    let mut screen =
        Screen::new((80, 60), Look::Mono).keys("0f<tab><tab><tab><tab><down><down><down><down><down><down>");
    let at_cursor = |screen: &Screen| {
        let filters = &screen.app.reports.filters;
        format!("{:?}", screen.app.reports.made_filter_lines()[filters.cursor])
    };
    assert!(at_cursor(&screen).contains("More(Country"), "{}", at_cursor(&screen));
    screen.press(" ");
    assert!(at_cursor(&screen).contains("\"C6\""), "{}", at_cursor(&screen));
}

#[test]
fn a_search_in_the_panes_filters_while_it_is_typed_and_says_when_nothing_is_found() {
    let mut screen = screen("f/c1");
    let values = |screen: &Screen| {
        let lines = screen.app.reports.made_filter_lines();
        lines.iter().filter(|line| matches!(line, crate::tui::reports::filters::Line::Value { .. })).count()
    };
    assert_eq!(values(&screen), 11, "{}", screen.text());
    screen.press("z");
    assert!(screen.text().contains("No value has this:") && screen.text().contains("f shows all again."));
    screen.press("<esc>");
    assert!(values(&screen) > 11 && screen.app.reports.filters.search.is_empty());
    screen.press("/c1<enter>/zz<esc>");
    assert_eq!((values(&screen), screen.app.reports.filters.search.as_str()), (11, "c1"), "as it was");
}

#[test]
fn what_was_answered_before_comes_back_and_tags_are_completed() {
    let mut screen = screen("xfirst<enter>xsecond<enter>");
    screen.press("x<up><up>");
    assert!(screen.text().contains("up earlier"), "{}", screen.text());
    screen.press("<enter>");
    let reasons: Vec<String> = screen.acts.iter().map(|act| format!("{act:?}")).collect();
    assert!(reasons[2].contains("\"first\""), "{reasons:?}");
    screen.press("x<up><down><down>");
    assert!(!screen.text().contains("second"));
    screen.press("<esc>c<up><enter>");
    assert_eq!(screen.acts.len(), 3, "each question has its own");
    let mut screen = self::screen("t-ph");
    let effects = screen.app.update(Event::Key("tab".parse().unwrap()));
    let facet = desk::Facet::Tag;
    let asked = Request::Complete { facet, prefix: "ph".to_owned() };
    assert_eq!(effects, [crate::tui::event::Effect::Desk(asked)]);
    let values = vec!["phish".to_owned(), "phone".to_owned()];
    screen.happens(Event::Desk(desk::Event::Completions { facet, prefix: "ph".to_owned(), values }));
    screen.press("<tab><enter>");
    assert!(format!("{:?}", screen.acts).contains("\"phone\", on: false"), "{:?}", screen.acts);
}

#[test]
fn a_command_that_runs_can_be_ended_and_is_not_said_to_run_when_it_has() {
    let mut screen = screen("|sleep 9<enter>");
    assert!(last_lines(&screen).contains("running: sleep 9 · esc ends it"), "{}", screen.text());
    let back = |screen: &mut Screen| screen.app.update(Event::Key("esc".parse().unwrap()));
    assert_eq!(back(&mut screen), [crate::tui::event::Effect::Desk(Request::StopCommands)]);
    screen.happens(Event::Desk(desk::Event::CommandEnded));
    assert_eq!(back(&mut screen), []);
    screen.press("|sleep 9<enter>");
    screen.happens(Event::Desk(desk::Event::CommandEnded));
    assert!(!screen.text().contains("running:"));
}

#[test]
fn a_line_of_a_group_says_no_more_than_its_members_share_and_names_the_year() {
    let mut rows = fixture::rows(3);
    rows[0].arrival -= 500 * 86_400;
    let text = Screen::with_rows((100, 24), Look::Mono, rows).keys("<tab>").text();
    assert!(text.contains("2025-07-09") && text.contains("11-21 13:57"), "{text}");
    assert!(text.contains("Wire transfer #: please confirm") && !text.contains("transfer 2"), "{text}");
}

#[test]
fn a_caret_stands_only_below_what_is_seen_and_the_curve_apart_from_its_legend() {
    let query = format!("/<ctrl-u>{} kind:bnce", "w ".repeat(40));
    let text = screen(&query).keys("<home>").text();
    let below = text.lines().nth(2).unwrap();
    assert!(!below.contains('^') && below.contains("did you mean 'bounce'?"), "{text}");
    assert!(text.lines().nth(1).unwrap().contains(" 40 match the last good query"), "{text}");
    for columns in 40..=120 {
        let text = Screen::new((columns, 24), Look::Ascii).text();
        let curve = text.lines().nth(2).unwrap();
        let legend = curve.find("normal 388").map(|at| &curve[..at]);
        assert!(legend.is_none_or(|before| before.ends_with(' ')), "{columns}: {curve}");
    }
    let dismiss = Screen::new((40, 10), Look::Mono).keys("x").text();
    assert!(dismiss.contains("Dismiss 2 marked"), "{dismiss}");
}

#[test]
fn a_cut_never_leaves_half_of_an_escape() {
    let mut rows = fixture::rows(1);
    for blanks in 0..12 {
        rows[0].subject = Some(format!("{}electr\u{f6}\u{202e}nic parts, and more", "-".repeat(blanks)));
        let text = Screen::with_rows((80, 12), Look::Ascii, rows.clone()).text();
        let line = text.lines().find(|line| line.contains("electr")).unwrap();
        let escapes = line.matches('\\').count();
        assert!(line.ends_with('$') && line.matches('}').count() == escapes, "{line}");
    }
}

#[test]
fn a_value_and_a_group_never_bring_in_more_than_was_listed() {
    let query =
        |keys: &str| Screen::new((160, 40), Look::Mono).keys(keys).question.as_ref().unwrap().text.clone();
    assert_eq!(query("/<ctrl-u>asn:64552,64551<enter>llllll+"), "asn:64552,64551 asn:64552");
    let network = "/<ctrl-u>ip:240.3.0.0/24<enter>";
    assert_eq!(query(&format!("{network}<tab><tab><tab><enter>")), "ip:240.3.0.0/24 ip:240.3.0.40");
    assert_eq!(query(&format!("{network}<tab><tab><tab>+")), "ip:240.3.0.0/24 ip:240.3.0.40");
}

#[test]
fn a_menu_that_comes_late_takes_no_key_that_was_meant_for_something_else() {
    let mut screen = screen("/<ctrl-u>wi").told(desk::Event::Similar(fixture::similar(40)));
    assert!(
        last_lines(&screen).contains("Reports answered while the keys were elsewhere"),
        "{}",
        screen.text()
    );
    screen.press("2");
    assert_eq!((screen.app.reports.bar.text(), screen.app.layers.len(), screen.acts.len()), ("wi2", 0, 0));
    let mut screen = self::screen("x").told(desk::Event::Views(vec![]));
    screen.press("2");
    assert_eq!(screen.app.layers.len(), 1, "{}", screen.text());
}

#[test]
fn the_way_back_ends_a_command_before_anything_else() {
    let stop = [crate::tui::event::Effect::Desk(Request::StopCommands)];
    for (before, after) in
        [("d", ""), ("<tab>", ""), ("<tab><enter>", ""), ("3<enter>", ""), ("", "f"), ("", "v")]
    {
        let mut screen = Screen::new((120, 40), Look::Mono).keys(before).keys("|sleep 9<enter>").keys(after);
        let effects = screen.app.update(Event::Key("esc".parse().unwrap()));
        assert_eq!(effects, stop, "{before} {after}");
    }
    let reading = Screen::new((120, 40), Look::Mono).keys("<enter>|sleep 9<enter>");
    assert!(last_lines(&reading).contains("sleep 9 · q ends it"), "{}", reading.text());
}

#[test]
fn a_group_is_seen_marked_at_once_and_whoever_reads_a_report_marks_that_one() {
    let mut screen = Screen::new((120, 40), Look::Mono).keys("<tab>");
    let Some(desk::Line::Group(group)) = screen.app.reports.list.current() else { panic!("no group") };
    let target = group.target();
    let marks = |screen: &Screen| screen.text().matches('✓').count();
    let before = marks(&screen);
    screen.press(" ");
    assert_eq!(marks(&screen), before + 1, "{}", screen.text());
    screen.press("<up> ");
    assert_eq!(marks(&screen), before, "{}", screen.text());
    let mark = |target: desk::Target, on| Request::Act(desk::Act::Mark { target, on });
    assert_eq!(screen.acts, [mark(target.clone(), true), mark(target, false)]);
    let reading = self::screen("0<tab><down>d ");
    let id = reading.app.reports.list.id().unwrap();
    assert_eq!(reading.acts.last(), Some(&mark(desk::Target::Ids(vec![id]), false)), "one is read");
}

#[test]
fn a_click_on_a_heading_of_the_panes_leaves_the_cursor_on_a_value() {
    let mut screen = Screen::new((160, 40), Look::Mono);
    let top = crate::tui::draw::parts(&screen.app.reports, screen.app.size).filters.y;
    screen.happens(Event::Mouse(Mouse::Click, 2, top));
    let lines = screen.app.reports.made_filter_lines();
    let line = &lines[screen.app.reports.filters.cursor];
    assert!(matches!(lines[0], crate::tui::reports::filters::Line::Heading(_)));
    assert!(matches!(line, crate::tui::reports::filters::Line::Value { .. }), "{line:?}");
}

#[test]
fn no_line_of_a_page_or_a_menu_is_passed_over_by_a_page_down() {
    let inside = |screen: &Screen| -> Vec<String> {
        screen.text().lines().filter(|line| line.contains('│')).map(str::to_owned).collect()
    };
    for (size, keys) in [((40, 10), "?"), ((80, 60), "?"), ((80, 10), "O<pagedown>")] {
        let mut screen = Screen::new(size, Look::Mono).keys(keys);
        let before = inside(&screen);
        screen.press("<pagedown>");
        let seen = inside(&screen);
        assert_eq!(before.last(), seen.first(), "{size:?} {keys}: {}", screen.text());
        assert_ne!(before, seen, "{size:?} {keys}");
    }
}
