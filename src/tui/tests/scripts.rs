//! What keys ask of the desk, and what the screen keeps to itself.

use super::fixture;
use super::screen::{Look, Screen};
use crate::jobs::desk::{self, Act, Likeness, Request, Sort, Target};
use crate::model::{Cause, Kind};
use crate::tui::OPEN;
use crate::tui::event::{Effect, Event, Mouse, Signal};
use crate::tui::reports::Column;

fn screen(keys: &str) -> Screen {
    Screen::new((120, 40), Look::Colour).keys(keys)
}

fn query(screen: &Screen) -> String {
    screen.question.as_ref().unwrap().text.clone()
}

fn only_act(screen: &Screen) -> Act {
    match screen.acts.as_slice() {
        [Request::Act(act)] => act.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_typed_character_asks_and_wrong_ones_do_not() {
    let mut screen = screen("/<ctrl-u>");
    let mut asked = vec![];
    for key in ["k", "i", "n", "d", ":", "b", "o", "u", "n", "c", "e"] {
        screen.press(key);
        asked.push(query(&screen));
    }
    assert_eq!(asked[3], "kind");
    assert_eq!(asked[4..10].iter().filter(|text| *text != "kind").count(), 0, "{asked:?}");
    assert_eq!(asked[10], "kind:bounce");
    screen.press("<esc>");
    assert_eq!(query(&screen), OPEN, "leaving the bar takes the query back");
}

#[test]
fn a_query_that_was_taken_can_be_gone_back_from() {
    let mut screen = screen("/<ctrl-u>wire<enter>0");
    assert_eq!(query(&screen), "");
    screen.press("<backspace>");
    assert_eq!(query(&screen), "wire");
    screen.press("<backspace>");
    assert_eq!(query(&screen), OPEN);
    screen.press("<backspace>");
    assert!(screen.text().contains("There was no query before."));
}

#[test]
fn views_on_keys_go_there_and_back() {
    for (key, text) in [("w", "is:new"), ("M", "is:marked")] {
        let mut screen = screen(key);
        assert_eq!(query(&screen), text);
        screen.press(key);
        assert_eq!(query(&screen), OPEN, "{key}");
    }
}

#[test]
fn the_quarantine_and_what_is_no_report_are_shown_apart_then_the_query_before() {
    let mut screen = screen("");
    for text in ["is:quarantined -is:not-report", "is:not-report", OPEN] {
        screen.press("Q");
        assert_eq!(query(&screen), text);
    }
}

#[test]
fn out_of_a_group_both_ways_back_lead_to_the_groups() {
    for back in ["q", "<esc>"] {
        let mut screen = screen("<tab><down><down>");
        let id = screen.app.reports.list.id();
        screen.press("<enter>");
        assert!(query(&screen).contains("shape:") && screen.app.reports.groups.is_none());
        screen.press(back);
        assert_eq!((query(&screen).as_str(), screen.app.reports.groups), (OPEN, Some(Likeness::Subject)));
        assert_eq!((screen.app.reports.list.id(), screen.app.reports.list.cursor), (id, 2), "{back}");
        assert!(screen.outside.is_empty());
    }
    let mut screen = screen("<tab><enter>/ wire<enter>");
    screen.press("q");
    assert_eq!(screen.outside, [Effect::Quit], "another query is no longer that of the group");
}

#[test]
fn the_last_line_follows_what_the_keys_do() {
    let last = |keys: &str, columns: u16| {
        let screen = Screen::new((columns, 30), Look::Colour).keys(keys);
        screen.text().lines().last().unwrap().to_owned()
    };
    for columns in [60, 80, 100, 200] {
        let line = last("", columns);
        assert!(line.contains("? help") && line.contains("q quit"), "{columns}: {line}");
    }
    for (keys, says, says_not) in [
        ("x", "enter take", "complete"),
        ("/", "tab complete", "quit"),
        ("vjj", "v mark the range", "dismiss"),
        ("<down>v<down>", "esc forget it", "quit"),
        ("<tab>", "backtab single reports", "range"),
        ("<tab><enter>", "q to the groups", "quit"),
    ] {
        // A sentence is gone with the next key.
        let line = last(keys, 120);
        assert!(line.contains(says) && !line.contains(says_not), "{keys}: {line}");
    }
}

#[test]
fn the_end_of_the_help_is_a_full_page_and_nothing_of_it_is_cut() {
    let screen = Screen::new((80, 24), Look::Colour).keys("?G");
    let text = screen.text();
    assert!(text.lines().filter(|line| line.contains('│')).count() >= 20, "{text}");
    assert!(!text.contains('…'), "{text}");
    assert!(Screen::new((80, 60), Look::Colour).keys("?").text().contains("in quarantine: could not"));
}

#[test]
fn a_query_that_is_being_written_is_not_to_be_gone_back_from_by_backspace() {
    let screen = Screen::with_rows((120, 40), Look::Colour, vec![]);
    let screen = screen.keys("/<ctrl-u>zqxj");
    assert!(screen.text().contains("so far") && !screen.text().contains("goes back"), "{}", screen.text());
    assert!(screen.keys("<enter>").text().contains("backspace goes back"));
}

#[test]
fn a_command_that_gets_a_report_is_said_to_run() {
    assert!(screen("|sleep 9<enter>").text().contains("running: sleep 9"));
}

#[test]
fn groups_say_what_does_not_apply_to_them_and_cells_are_what_they_share() {
    for key in ["s", "R"] {
        assert!(screen(&format!("<tab>{key}")).text().contains("largest first"), "{key}");
    }
    assert!(screen("<tab>|").text().contains("the newest of the group, 40"));
    assert!(query(&screen("<tab>-")).contains("-shape:"));
    assert!(screen("<tab><tab>").text().contains("name/login/0?id"));
}

#[test]
fn a_column_is_turned_on_and_off_in_the_menu_which_stays() {
    let mut screen = screen("O<down>");
    let before = screen.app.reports.columns[1].1;
    for on in [!before, before] {
        screen.press(" ");
        assert_eq!((screen.app.reports.columns[1].1, screen.app.layers.len()), (on, 1));
    }
    assert!(screen.text().contains("space on or off"));
    screen.press("<esc>K ");
    assert!(screen.acts.is_empty(), "a space chooses nothing elsewhere");
}

#[test]
fn a_click_on_a_heading_sorts_and_a_second_one_turns_it_round() {
    let mut screen = Screen::new((160, 40), Look::Colour);
    let heading = screen.text().lines().nth(3).unwrap().to_owned();
    let at = heading.find("Reported domain").map(|at| heading[..at].chars().count() as u16).unwrap();
    for direction in [desk::Direction::Ascending, desk::Direction::Descending] {
        screen.happens(Event::Mouse(Mouse::Click, at + 2, 3));
        let question = screen.question.as_ref().unwrap();
        assert_eq!((question.sort, question.direction), (Sort::Domain, direction));
    }
    screen.happens(Event::Mouse(Mouse::Click, 27, 3));
    assert_eq!(screen.question.as_ref().unwrap().sort, Sort::State);
}

#[test]
fn without_a_report_nothing_is_asked_about_it() {
    for key in ["x", "t", "c", "K", "C", "|", ">", "y", "*"] {
        let screen = Screen::with_rows((120, 40), Look::Colour, vec![]).keys(key);
        assert!(screen.app.layers.is_empty(), "{key}");
        assert!(screen.text().contains("There is no report here."), "{key}");
    }
}

#[test]
fn a_tag_of_two_words_is_refused_and_can_be_mended() {
    let mut screen = screen("ttwo words<enter>");
    assert!(screen.acts.is_empty() && screen.text().contains("a tag is one word"), "{}", screen.text());
    screen.press("<ctrl-w><backspace><enter>");
    assert!(matches!(only_act(&screen), Act::Tag { tag, on: true, .. } if tag == "two"));
    // One that came in otherwise can still be taken away.
    assert!(matches!(only_act(&self::screen("t-two words<enter>")), Act::Tag { on: false, .. }));
}

#[test]
fn a_file_that_exists_is_replaced_only_when_that_is_chosen() {
    let news = || {
        let path = "/tmp/a.eml".into();
        Event::Desk(desk::Event::FileExists { id: 7, path })
    };
    let mut screen = screen("");
    screen.happens(news());
    assert!(screen.text().contains("/tmp/a.eml is there already"));
    let chosen = screen.app.update(Event::Key("2".parse().unwrap()));
    let path = "/tmp/a.eml".into();
    assert_eq!(chosen, [Effect::Desk(Request::SaveRaw { id: 7, path, replace: true })]);
    screen.happens(news());
    screen.press("1<backspace>z<enter>");
    assert!(screen.app.layers.is_empty());
    screen.press("x");
    screen.happens(news());
    assert_eq!(screen.app.layers.len(), 1, "what is being written is not covered");
    assert!(screen.text().contains("save under another name"));
}

#[test]
fn what_a_command_wrote_is_shown_with_how_it_ended() {
    let output = desk::Output {
        command: "spamc -R".to_owned(),
        ended: "exit status: 1".to_owned(),
        lines: vec!["12.5/5.0".to_owned(), "\x1b[31mBAYES_99".to_owned(), "w".repeat(400)],
        is_cut: false,
    };
    let mut screen = screen("").told(desk::Event::Output(output.clone()));
    let text = screen.text();
    assert!(text.contains("spamc -R · exit status: 1") && text.contains("12.5/5.0"), "{text}");
    assert!(
        text.lines().filter(|line| line.contains("wwwwwwwwww")).count() > 3,
        "long lines are broken: {text}"
    );
    screen.press("<esc>x");
    screen = screen.told(desk::Event::Output(output));
    assert!(screen.app.layers.len() == 1 && screen.text().contains("`spamc -R` ended with exit status: 1"));
    screen.press("not now<esc>");
    assert!(screen.text().contains("spamc -R · exit status: 1"), "it was kept: {}", screen.text());
}

#[test]
fn places_that_were_searched_for_are_numbered() {
    let mut screen = screen("<enter>/e<enter>");
    let count = |screen: &Screen| {
        let text = screen.text();
        let at = text.find("hit ").unwrap_or_else(|| panic!("{text}"));
        text[at..].split_whitespace().take(4).collect::<Vec<_>>().join(" ")
    };
    let first = count(&screen);
    let total: usize = first.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(first.starts_with("hit 1 of") && total > 2, "{first}");
    screen.press("n");
    assert_eq!(count(&screen), format!("hit 2 of {total}"));
    screen.press("NN");
    assert_eq!(count(&screen), format!("hit {total} of {total}"), "round and round");
}

#[test]
fn counts_without_text_are_upper_bounds() {
    assert!(screen("b").text().contains("≤1,040"));
    assert!(Screen::new((120, 40), Look::Ascii).keys("b").text().contains("<=1,040"));
}

#[test]
fn a_pane_includes_then_excludes_then_neither() {
    // Past the windows of time and the states stand the kinds, the second of them bounce.
    let mut screen = screen("/<ctrl-u><enter>f<tab><tab><down>");
    let asked: Vec<String> = (0..3)
        .map(|_| {
            screen.press(" ");
            query(&screen)
        })
        .collect();
    assert_eq!(asked, ["kind:bounce", "-kind:bounce", ""]);
}

#[test]
fn the_value_under_the_cursor_is_asked_for_or_left_out() {
    let mut screen = Screen::new((160, 40), Look::Colour).keys("<end>/<ctrl-u><enter>llllll+");
    assert!(query(&screen).starts_with("asn:"), "{}", query(&screen));
    screen.press("<backspace>-");
    assert!(query(&screen).starts_with("-asn:"), "{}", query(&screen));
}

#[test]
fn acts_are_about_the_marked_ones_or_else_the_one_at_hand() {
    let id = fixture::rows(40)[0].id;
    assert_eq!(
        only_act(&screen("xtoo old<enter>")),
        Act::Dismiss { target: Target::Marked, reason: "too old".to_owned() }
    );
    let unmarked = |keys: &str| {
        let mut rows = fixture::rows(40);
        rows.iter_mut().for_each(|row| row.marked = false);
        only_act(&Screen::with_rows((120, 40), Look::Colour, rows).keys(keys))
    };
    let this = || Target::Ids(vec![id]);
    assert_eq!(unmarked("x<enter>"), Act::Dismiss { target: this(), reason: String::new() });
    assert_eq!(unmarked("X"), Act::Reopen(this()));
    assert_eq!(
        unmarked("tcampaign<enter>"),
        Act::Tag { target: this(), tag: "campaign".to_owned(), on: true }
    );
    assert_eq!(
        unmarked("t-campaign<enter>"),
        Act::Tag { target: this(), tag: "campaign".to_owned(), on: false }
    );
    assert_eq!(unmarked("ca note<enter>"), Act::Note { target: this(), text: "a note".to_owned() });
    assert_eq!(unmarked("K2"), Act::Kind { target: this(), kind: Some(Kind::Bounce) });
    assert_eq!(unmarked("K<up><enter>"), Act::Kind { target: this(), kind: None });
    assert_eq!(unmarked("C1"), Act::Cause { target: this(), cause: Some(Cause::Fraud) });
    assert_eq!(unmarked(" "), Act::Mark { target: this(), on: true });
    assert_eq!(
        unmarked("<tab> "),
        Act::Mark { target: Target::Group { id, likeness: Likeness::Subject, which: 0 }, on: true }
    );
    assert_eq!(unmarked("vjjv"), Act::Mark { target: Target::Between(id, id - 2), on: true });
    assert_eq!(
        unmarked("*1"),
        Act::Mark { target: Target::Similar { id, likeness: Likeness::Subject, matching: true }, on: true }
    );
    assert_eq!(
        unmarked("*2"),
        Act::Mark { target: Target::Similar { id, likeness: Likeness::Subject, matching: false }, on: true }
    );
    assert_eq!(unmarked("a"), Act::Mark { target: Target::Matching, on: true });
    assert_eq!(unmarked("A"), Act::UnmarkAll);
    assert_eq!(unmarked("i"), Act::InvertMarks);
    assert_eq!(unmarked("W"), Act::Seen);
    assert_eq!(unmarked("T"), Act::RetryQuarantined);
    assert_eq!(unmarked("Bmine<enter>"), Act::SaveView { name: "mine".to_owned(), query: OPEN.to_owned() });
}

#[test]
fn an_answer_is_for_the_report_it_was_asked_about_whatever_has_left_the_list_meanwhile() {
    for (keys, answer) in
        [("c", "seen<enter>"), ("x", "<enter>"), ("t", "phish<enter>"), ("K", "1"), ("C", "1")]
    {
        let mut screen = Screen::with_rows((100, 40), Look::Colour, vec![fixture::row(9), fixture::row(8)]);
        screen.press(keys);
        screen.rows.remove(0);
        screen.happens(Event::Desk(desk::Event::Changed));
        screen.press(answer);
        let act = format!("{:?}", only_act(&screen));
        assert!(act.contains("Ids([ReportId(9)])") || act.contains("Ids([9])"), "{keys}: {act}");
    }
}

#[test]
fn leaving_a_question_or_a_menu_does_nothing() {
    for keys in
        ["x<esc>", "tabc<esc>", "c<enter>", "t<enter>", "K<esc>", "Kq", "*<esc>", "B<enter>", "v<esc>"]
    {
        let screen = screen(keys);
        assert!(screen.acts.is_empty(), "{keys}: {:?}", screen.acts);
        assert!(screen.app.layers.is_empty(), "{keys}");
    }
}

#[test]
fn undo_and_redo_are_asked_for_one_by_one() {
    assert_eq!(screen("uuU").acts, [Request::Undo, Request::Undo, Request::Redo]);
}

#[test]
fn a_mark_is_seen_at_once_and_the_cursor_goes_on() {
    let mut screen = Screen::silent((80, 24), Look::Colour);
    let rows = fixture::rows(9).into_iter().map(|row| desk::Line::Report(Box::new(row))).collect();
    screen = screen.told(desk::Event::First(desk::Rows { question: 1, first: 0, lines: rows }));
    let effects = screen.app.update(Event::Key("space".parse().unwrap()));
    assert!(matches!(effects.first(), Some(Effect::Desk(Request::Act(Act::Mark { on: false, .. })))));
    assert!(!screen.app.reports.list.line(0).unwrap().row().marked);
    assert_eq!(screen.app.reports.list.cursor, 1);
}

#[test]
fn new_reports_come_in_above_and_the_cursor_stays_with_its_report() {
    let mut screen = screen("<down><down><down><down>");
    let id = screen.app.reports.list.id();
    let place = screen.app.reports.list.cursor - screen.app.reports.list.top;
    screen.rows = fixture::rows(140).into_iter().collect();
    screen.press("R");
    assert_eq!(screen.app.reports.list.id(), id);
    assert_eq!(screen.app.reports.list.cursor - screen.app.reports.list.top, place);
}

#[test]
fn the_list_is_sorted_by_every_column_and_the_most_or_the_first_comes_first() {
    let wide = |keys: &str| Screen::new((160, 40), Look::Colour).keys(keys);
    for column in Column::ALL {
        let mut screen = wide(&format!(":sort {}<enter>", column.name()));
        let question = screen.question.take().unwrap();
        assert_eq!(
            (question.sort, question.direction),
            (column.sort(), column.sort().natural()),
            "{column:?}"
        );
    }
    let by_cells: Vec<Sort> =
        (0..11).map(|column| wide(&format!("{}s", "l".repeat(column))).question.unwrap().sort).collect();
    let shown = [Sort::State, Sort::Country, Sort::Asn, Sort::List];
    assert!(shown.iter().all(|sort| by_cells.contains(sort)), "{by_cells:?}");
}

#[test]
fn the_detail_follows_the_cursor_and_keeps_its_part() {
    let mut screen = screen("d<down><down>");
    assert_eq!(
        screen.app.reports.detail.report.as_ref().unwrap().row.id,
        screen.app.reports.list.id().unwrap()
    );
    screen.press("<enter><tab><tab>]");
    let detail = &screen.app.reports.detail;
    assert_eq!(detail.report.as_ref().unwrap().row.id, screen.app.reports.list.id().unwrap());
    assert_eq!(detail.part, 2);
}

#[test]
fn what_is_copied_goes_to_the_clipboard() {
    assert_eq!(screen("y1").outside, [Effect::Copy("40".to_owned())]);
}

#[test]
fn a_hostile_value_is_copied_as_it_is_but_shown_harmless() {
    let screen = Screen::with_rows((120, 40), Look::Colour, fixture::hostile_rows()).keys("y");
    assert!(!screen.text().contains('\x1b'));
}

#[test]
fn a_click_goes_to_a_line_and_the_wheel_moves() {
    let mut screen = screen("");
    screen.happens(Event::Mouse(Mouse::Click, 60, 8));
    assert_eq!(screen.app.reports.list.cursor, 4);
    screen.happens(Event::Mouse(Mouse::ScrollDown, 60, 8));
    assert_eq!(screen.app.reports.list.cursor, 7);
    for line in 0..60 {
        for column in [0, 10, 60, 119, 300] {
            screen.happens(Event::Mouse(Mouse::Click, column, line));
        }
    }
}

#[test]
fn signals_and_keys_leave_and_suspend() {
    let mut here = screen("q");
    assert_eq!(here.outside, [Effect::Quit]);
    here = screen("<ctrl-z><ctrl-l>");
    assert_eq!(here.outside, [Effect::Suspend, Effect::Redraw]);
    here = screen("xhalf a reason");
    here.happens(Event::Signal(Signal::End(15)));
    assert_eq!(here.outside, [Effect::End(15)], "also out of a line that is written");
}

#[test]
fn old_answers_change_nothing() {
    let mut screen = screen("/x");
    let before = screen.text();
    for question in [0, 1] {
        let rows = desk::Rows { question, first: 0, lines: vec![] };
        screen.happens(Event::Desk(desk::Event::Rows(rows)));
        screen.happens(Event::Desk(desk::Event::Panes(desk::Panes {
            kinds: [9, 9, 9],
            ..fixture::panes(question)
        })));
        screen.happens(Event::Desk(desk::Event::Searching { question, done: 1, total: 2 }));
    }
    assert_eq!(screen.text(), before);
}

#[test]
fn failures_are_said_and_the_next_key_takes_the_sentence_away() {
    let mut screen = screen("");
    screen.happens(Event::Desk(desk::Event::Failed("the disk is full".to_owned())));
    assert!(screen.text().contains("! the disk is full"));
    screen.press("j");
    assert!(!screen.text().contains("the disk is full"));
}

#[test]
fn sync_begins_and_ends_by_one_key() {
    let mut screen = screen("");
    let effects = |screen: &mut Screen| screen.app.update(Event::Key("S".parse().unwrap()));
    assert_eq!(effects(&mut screen), [Effect::Desk(Request::Sync)]);
    screen.happens(Event::Desk(desk::Event::Failed("the disk is full".to_owned())));
    assert_eq!(effects(&mut screen), [Effect::Desk(Request::StopSync)], "what failed was something else");
    let news = desk::SyncNews::Running { feed: "failures".to_owned(), done: 1, total: 9 };
    screen.happens(Event::Desk(desk::Event::Sync(news)));
    assert_eq!(effects(&mut screen), [Effect::Desk(Request::StopSync)]);
    let news = desk::SyncNews::Ended {
        at: fixture::NOW,
        sentence: "The mailboxes were not read".to_owned(),
        is_stopped: false,
        errors: vec!["no mailbox is configured".to_owned()],
    };
    screen.happens(Event::Desk(desk::Event::Sync(news)));
    assert!(screen.text().contains("! The mailboxes were not read · no mailbox"), "{}", screen.text());
    assert_eq!(effects(&mut screen), [Effect::Desk(Request::Sync)]);
}
