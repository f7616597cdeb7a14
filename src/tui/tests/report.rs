//! The screen on which reports are approved: nothing leaves that was not summed up and answered by its number.

use super::screen::{Look, Screen};
use crate::jobs::desk::{self, PlanNews, PlanOf, PlanQuestion, Request, Settling, Target};
use crate::jobs::report::{Letter, Whose};
use crate::tui::event::{Effect, Event};
use crate::tui::screens::ScreenName;
use std::sync::Arc;

fn screen(keys: &str) -> Screen {
    Screen::new((100, 40), Look::Colour).keys(keys)
}

/// The last plan that was asked for.
fn question(screen: &Screen) -> &PlanQuestion {
    let found = screen.ledger.iter().rev().find_map(|request| match request {
        Request::Plan(question) => Some(question),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no plan was asked for"))
}

fn plans(screen: &Screen) -> usize {
    screen.ledger.iter().filter(|request| matches!(request, Request::Plan(_))).count()
}

/// What went into the ledger.
fn settled(screen: &Screen) -> Vec<(Vec<Arc<Letter>>, Settling)> {
    let settled = |request: &Request| match request {
        Request::Settle { letters, how, .. } => Some((letters.clone(), how.clone())),
        _ => None,
    };
    screen.ledger.iter().filter_map(settled).collect()
}

fn recipients(letters: &[Arc<Letter>]) -> Vec<&str> {
    letters.iter().map(|letter| letter.to.as_str()).collect()
}

#[test]
fn the_marked_mails_are_reported_else_the_one_of_the_cursor_or_its_group() {
    assert_eq!(question(&screen("r")).of, PlanOf::Stored(Target::Marked), "rows of the fixture are marked");
    let unmarked = |keys: &str| {
        let mut rows = super::fixture::rows(40);
        rows.iter_mut().for_each(|row| row.marked = false);
        Screen::with_rows((100, 40), Look::Colour, rows).keys(keys)
    };
    let target = |keys: &str| {
        unmarked(keys).ledger.iter().find_map(|request| match request {
            Request::Plan(PlanQuestion { of: PlanOf::Stored(target), .. }) => Some(target.clone()),
            _ => None,
        })
    };
    assert_eq!(target("<down>r"), Some(Target::Ids(vec![39])));
    assert_eq!(target("<enter>r"), Some(Target::Ids(vec![40])));
    let likeness = desk::Likeness::Subject;
    assert_eq!(target("<tab>r"), Some(Target::Group { id: 40, likeness, which: 0 }));
    // A mark that the desk has not counted yet is one all the same.
    let mut silent = unmarked("");
    silent.app.update(Event::Key("space".parse().unwrap()));
    let effects = silent.app.update(Event::Key("r".parse().unwrap()));
    let is_of_marked = |effect: &Effect| {
        matches!(effect, Effect::Desk(Request::Plan(PlanQuestion { of: PlanOf::Stored(Target::Marked), .. })))
    };
    assert!(effects.iter().any(is_of_marked), "{effects:?}");
}

#[test]
fn everything_is_shown_and_only_what_may_leave_is_ticked() {
    let screen = Screen::new((160, 60), Look::Colour).keys("r");
    let text = screen.text();
    for part in [
        "By form 1",
        "Copies to feeds 1",
        "Blocked 1",
        "Reported already 1",
        "Without a contact 2",
        "Not to be",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let ticked = screen.app.report.ticked();
    let to = ["abuse@isp.example", "abuse@isp.example", "abuse@hoster.example"];
    assert_eq!(recipients(&ticked)[..3], to);
    assert!(recipients(&ticked).contains(&"fraud@feed.example"));
    for other in
        ["abuse@esp.example", "abuse@network.example", "https://form.example/abuse", "abuse@evil.example"]
    {
        assert!(!recipients(&ticked).contains(&other), "{other}");
    }
    assert!(text.contains(
        "4 reports to 3 desks, covering 6 mails, and 1 copy to feeds; 1 warned, 1 blocked, 2 without"
    ));
}

#[test]
fn each_warning_names_the_key_that_mends_it() {
    let text = Screen::new((160, 60), Look::Colour).keys("r").text();
    let line = |holds: &str| text.lines().find(|line| line.contains(holds)).unwrap_or_default().to_owned();
    assert!(line("own: a DKIM").contains("! c writes a reason"), "{text}");
    assert!(line("not authenticated").contains("! o approves it by itself"), "{text}");
    assert!(line("domain evil.example").contains("! t writes to another address"), "{text}");
    let place = |holds: &str| text.lines().position(|line| line.contains(holds)).unwrap_or(usize::MAX);
    assert!(place("80 hours") < place("abuse@hoster.example"), "warnings come first:\n{text}");
}

#[test]
fn from_the_list_to_approved_it_takes_six_keys_and_the_list_is_as_it_was() {
    let mut screen = screen("/<ctrl-u>wire<enter>");
    let before = screen.app.reports.list.cursor;
    screen.press("rA5<enter>");
    let done = settled(&screen);
    let [(letters, Settling::Approve)] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!(letters.len(), 5);
    assert_eq!((screen.app.shown, screen.app.reports.bar.text()), (ScreenName::Reports, "wire"));
    assert!(
        screen.text().contains("5 approved; they leave in 10 minutes (undo takes them back)"),
        "{}",
        screen.text()
    );
    // 40 went, with 39 and 38; 37 and 36 are dismissed or reported already in the fixture.
    let row = screen.app.reports.list.current().unwrap().row();
    assert!(
        screen.app.reports.list.cursor > before && row.id < 38 && !row.reported && !row.dismissed,
        "{row:?}"
    );
    screen.press("u");
    assert_eq!(screen.acts.last(), Some(&Request::Undo));
}

#[test]
fn only_its_number_approves() {
    for wrong in ["y", "", "4", "05x", "50"] {
        let screen = screen(&format!("rA{wrong}<enter>"));
        assert!(settled(&screen).is_empty(), "{wrong}");
    }
    let mut screen = screen("rA9<enter>");
    assert!(screen.text().contains("That is not 5: nothing is approved yet."), "{}", screen.text());
    screen.press("<backspace>5<enter>");
    assert_eq!(settled(&screen).len(), 1);
    assert!(settled(&self::screen("rA<esc>5<enter>")).is_empty());
}

#[test]
fn what_is_approved_by_itself_never_goes_with_others() {
    let mut screen = screen("r]]]]]");
    while !screen.app.report.current().is_some_and(|_| title(&screen).contains("network.example")) {
        screen.press("[");
    }
    screen.press(" ");
    assert!(screen.text().contains("It is approved by itself"), "{}", screen.text());
    assert!(!recipients(&screen.app.report.ticked()).contains(&"abuse@network.example"));
    screen.press("o1<enter>");
    let done = settled(&screen);
    let [(letters, Settling::Approve)] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!(recipients(letters), ["abuse@network.example"]);
    assert_eq!(screen.app.shown, ScreenName::Report, "the others wait there");
}

/// The message beside the list belongs to this.
fn title(screen: &Screen) -> String {
    screen.text().lines().find(|line| line.starts_with("──")).unwrap_or_default().to_owned()
}

/// With the cursor on the letter to this recipient.
fn at(to: &str, keys: &str) -> Screen {
    let mut screen = screen("r");
    go_to(&mut screen, to);
    screen.press(keys);
    screen
}

/// The cursor further down to the letter to this recipient.
fn go_to(screen: &mut Screen, to: &str) {
    for _ in 0..40 {
        if title(screen).contains(&format!(" {to}")) {
            return;
        }
        screen.press("]");
    }
    panic!("no letter to {to}:\n{}", screen.text());
}

#[test]
fn a_reason_lets_what_asks_for_one_be_ticked() {
    let mut screen = at("abuse@esp.example", " ");
    assert!(screen.text().contains("It needs a reason first."), "{}", screen.text());
    screen.press("cour customer's script was taken over<enter>");
    assert_eq!(question(&screen).wishes.reasons.get(&28).unwrap(), "our customer's script was taken over");
    assert!(recipients(&screen.app.report.ticked()).contains(&"abuse@esp.example"));
    assert!(title(&screen).contains("abuse@esp.example"), "the cursor stays: {}", screen.text());
}

#[test]
fn another_recipient_is_planned_anew_and_can_be_taken_back() {
    let mut screen = at("abuse@evil.example", "t<ctrl-u>no address<enter>");
    assert!(screen.text().contains("is no mail address"), "{}", screen.text());
    screen.press("<ctrl-u>abuse@upstream.example<enter>");
    assert_eq!(
        question(&screen).wishes.recipients.get("abuse@evil.example").unwrap(),
        "abuse@upstream.example"
    );
    assert!(question(&screen).before.is_some(), "what has not changed keeps its bytes");
    let asked = plans(&screen);
    screen.press("u");
    assert!(question(&screen).wishes.recipients.is_empty());
    assert_eq!(plans(&screen), asked + 1);
    assert!(screen.acts.is_empty(), "undo is about the plan there");
}

#[test]
fn what_is_left_out_is_gone_until_it_is_taken_back() {
    let mut screen = at("abuse@hoster.example", "x");
    let dropped = |screen: &Screen| question(screen).wishes.dropped.iter().copied().collect::<Vec<_>>();
    assert_eq!(dropped(&screen), [29]);
    assert!(!screen.text().contains("abuse@hoster.example"), "{}", screen.text());
    screen.press("u");
    assert!(screen.text().contains("abuse@hoster.example"), "{}", screen.text());
    screen.press("U");
    assert_eq!(dropped(&screen), [29]);
    screen.press("U");
    assert!(screen.text().contains("Nothing was taken back in this plan."), "{}", screen.text());
    assert!(screen.acts.is_empty(), "redo is about the plan there, as undo is");
}

#[test]
fn what_was_taken_out_stays_out_with_another_recipient_or_other_evidence() {
    let mut screen = at("abuse@hoster.example", " [");
    assert!(title(&screen).contains("abuse@hoster.example"), "{}", screen.text());
    let others = recipients(&screen.app.report.ticked()).len();
    screen.press("t<ctrl-u>abuse@upstream.example<enter>");
    assert!(screen.text().contains("abuse@upstream.example"), "{}", screen.text());
    assert!(!recipients(&screen.app.report.ticked()).contains(&"abuse@upstream.example"));
    assert_eq!(recipients(&screen.app.report.ticked()).len(), others, "and nothing else");

    let covers = |screen: &Screen, id| {
        let ticked = screen.app.report.ticked();
        ticked.iter().any(|letter| letter.to == "abuse@isp.example" && letter.specimen() == Some(id))
    };
    let without_evidence = |keys: &str| at("fraud@feed.example", keys);
    assert!(covers(&without_evidence("x"), 39), "report 40 was also the evidence for the desk");
    let mut screen = at("40 to abuse@isp.example", " ");
    go_to(&mut screen, "40 to fraud@feed.example");
    screen.press("x");
    assert_eq!(question(&screen).wishes.dropped.iter().copied().collect::<Vec<_>>(), [40]);
    assert!(!covers(&screen, 39), "{}", screen.text());
}

#[test]
fn an_abandoned_plan_leaves_the_changes_as_they_were() {
    let mut screen = at("abuse@hoster.example", "").pressed_unanswered("x]x<esc>");
    screen.press("u");
    assert!(screen.text().contains("Nothing was changed in this plan."), "{}", screen.text());
    assert_eq!(plans(&screen), 1);
    screen.press("x");
    let mut screen = screen.pressed_unanswered("u<esc>");
    screen.press("u");
    assert!(question(&screen).wishes.dropped.is_empty(), "the change was still there to be taken back");
    assert_eq!(plans(&screen), 3);
}

#[test]
fn a_reason_is_given_to_what_was_asked_about_wherever_the_cursor_is_by_then() {
    let on_desk = |screen: &Screen, to: &str| title(screen).contains(&format!("── {to} "));
    let mut screen = screen("r<up>");
    assert!(on_desk(&screen, "abuse@isp.example"), "{}", screen.text());
    let planned = screen.app.update(Event::Key("x".parse().unwrap()));
    let mut screen = screen.pressed_unanswered("<tab>");
    assert!(on_desk(&screen, "abuse@esp.example"), "{}", screen.text());
    screen.press("c");
    screen.perform(planned);
    assert!(!title(&screen).contains("abuse@esp.example"), "the lines moved up: {}", screen.text());
    screen.press("ours<enter>");
    assert_eq!(question(&screen).wishes.reasons.keys().copied().collect::<Vec<_>>(), [28]);
}

#[test]
fn another_plan_takes_the_place_of_a_changed_one_only_when_a_person_wants_it() {
    let mut screen = at("abuse@hoster.example", "x3r");
    assert!(screen.text().contains("Another plan is open"), "{}", screen.text());
    screen.press("1");
    assert_eq!((screen.app.shown, plans(&screen)), (ScreenName::Patterns, 2));
    screen.press("r2");
    assert_eq!((screen.app.shown, plans(&screen)), (ScreenName::Report, 3));
    assert!(question(&screen).wishes.dropped.is_empty());
    assert!(matches!(question(&screen).of, PlanOf::Stored(Target::Query(_))), "{:?}", question(&screen).of);
    screen.press("q");
    assert_eq!(screen.app.shown, ScreenName::Patterns, "where it was wanted");
}

#[test]
fn while_the_ledger_is_written_the_plan_stays_and_its_end_is_told() {
    let mut screen = at("abuse@hoster.example", "").pressed_unanswered("H");
    let number = question(&screen).number;
    for keys in ["x", "t<ctrl-u>abuse@upstream.example<enter>", "u", "H", "<esc>", "3r", "1"] {
        screen.press(keys);
        assert_eq!(plans(&screen), 1, "{keys}");
        assert!(settled(&screen).is_empty() && screen.app.report.is_open(), "{keys}");
        if keys != "1" {
            assert!(screen.text().contains("The ledger is being written; a moment."), "{keys}");
        }
    }
    let sentence = "5 held in the outbox".to_owned();
    let news = PlanNews::Settled(desk::Settled { how: Settling::Hold, reports: vec![40], sentence });
    screen.happens(Event::Desk(desk::Event::Plan(number, news)));
    assert!(screen.text().contains("5 held in the outbox"), "{}", screen.text());
    assert_eq!(screen.app.shown, ScreenName::Reports);
}

fn edit(text: &str) -> Effect {
    Effect::Edit { text: text.as_bytes().to_vec(), most: 1 << 20 }
}

#[test]
fn a_mail_without_a_contact_gets_one_for_all_of_its_source() {
    let mut screen = screen("r<end><up>t");
    assert!(screen.text().contains("Who is told about 240.3.0.9"), "{}", screen.text());
    screen.press("nobody<enter>");
    assert!(screen.text().contains("'nobody' is no mail address"), "{}", screen.text());
    screen.press("<ctrl-u>abuse@transit.example<enter>");
    let named = &question(&screen).wishes.named;
    assert_eq!(named.get(&Whose::Source("240.3.0.9".parse().unwrap())).unwrap(), "abuse@transit.example");
    assert!(!screen.text().contains("Without a contact"), "both are of that source: {}", screen.text());
    screen.press("G");
    screen.press("t");
    assert!(screen.text().contains("A rule is against reporting it"), "{}", screen.text());
}

#[test]
fn a_text_that_is_not_right_is_told_and_not_lost() {
    let mut screen = at("abuse@hoster.example", "e");
    assert_eq!(screen.outside.pop(), Some(edit("the text of reports")));
    screen.happens(Event::Edited(Ok(b"Dear {{subjekt}}".to_vec())));
    assert!(screen.text().contains("{{subjekt}} is not known"), "{}", screen.text());
    screen.press("<enter>");
    assert_eq!(screen.outside.pop(), Some(edit("Dear {{subjekt}}")));
    screen.happens(Event::Edited(Err("The editor 'vi' ended with exit status: 1.".to_owned())));
    screen.press("e");
    assert_eq!(screen.outside.pop(), Some(edit("Dear {{subjekt}}")));
    let right = desk::ReportText::default();
    screen.happens(Event::Edited(Ok(right.as_str().as_bytes().to_vec())));
    assert_eq!(question(&screen).wishes.texts.get("abuse@hoster.example"), Some(&right));
}

#[test]
fn a_form_is_copied_and_recorded_with_its_ticket() {
    let mut screen = at("https://form.example/abuse", "y1");
    let Some(Effect::Copy(text)) = screen.outside.pop() else { panic!("nothing was copied") };
    assert!(text.contains("Hello,"), "{text}");
    screen.press("bT-17<enter>");
    let done = settled(&screen);
    let [(letters, Settling::ByHand { ticket })] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!((recipients(letters), ticket.as_str()), (vec!["https://form.example/abuse"], "T-17"));
}

#[test]
fn ticks_go_off_and_on_for_one_for_a_desk_and_for_all_without_warnings() {
    let mut screen = at("abuse@hoster.example", " ");
    assert!(!recipients(&screen.app.report.ticked()).contains(&"abuse@hoster.example"));
    screen.press("a");
    let clear = recipients(&screen.app.report.ticked()).len();
    assert!(screen.app.report.ticked().iter().all(|letter| letter.concerns.is_empty()));
    screen.press("a");
    assert!(screen.app.report.ticked().is_empty());
    screen.press("A");
    assert!(screen.app.layers.is_empty() && screen.text().contains("Nothing is ticked"), "{}", screen.text());
    screen.press("a");
    assert_eq!(screen.app.report.ticked().len(), clear);
}

#[test]
fn what_is_held_is_not_approved() {
    let screen = screen("rH");
    assert!(matches!(settled(&screen).as_slice(), [(letters, Settling::Hold)] if letters.len() == 5));
    assert_eq!(screen.app.shown, ScreenName::Reports);
}

#[test]
fn a_plan_that_is_being_made_ends_by_one_key_and_late_news_change_nothing() {
    let mut screen = screen("r").unplanned();
    assert!(screen.text().contains("finding out what would go to whom"), "{}", screen.text());
    screen.happens(Event::Desk(desk::Event::Plan(2, PlanNews::Running { done: 3, total: 9 })));
    screen.press("<esc>");
    assert_eq!((screen.app.shown, screen.ledger.last()), (ScreenName::Reports, Some(&Request::StopPlan)));
    let planned = Box::new(super::outgoing::planned(&Default::default()));
    screen.happens(Event::Desk(desk::Event::Plan(2, PlanNews::Ready(planned))));
    assert_eq!(screen.app.shown, ScreenName::Reports);
    assert!(!screen.app.report.is_open());
}

#[test]
fn what_fails_is_said_and_the_plan_before_stays() {
    let mut screen = screen("r").unplanned();
    let failed = |why: &str| PlanNews::Failed(why.to_owned());
    screen.happens(Event::Desk(desk::Event::Plan(2, failed("no abuse report is written without a sender"))));
    assert_eq!(screen.app.shown, ScreenName::Reports);
    assert!(screen.text().contains("! no abuse report is written without a sender"), "{}", screen.text());
    let mut screen = self::screen("r");
    let effects = screen.app.update(Event::Key("x".parse().unwrap()));
    let Some(Effect::Desk(Request::Plan(question))) = effects.first() else { panic!("{effects:?}") };
    screen.happens(Event::Desk(desk::Event::Plan(question.number, failed("the disk is full"))));
    assert!(screen.text().contains("! the disk is full") && screen.app.report.planned.is_some());
    screen.press("u");
    assert!(screen.text().contains("Nothing was changed in this plan."), "{}", screen.text());
}

#[test]
fn a_plan_waits_while_a_contact_is_looked_up_and_is_left_without_changes_at_once() {
    let mut screen = screen("rL");
    assert_eq!(screen.app.shown, ScreenName::Tools);
    screen.press("<esc>");
    assert_eq!(screen.app.shown, ScreenName::Report);
    screen.press("6");
    assert_eq!(screen.app.shown, ScreenName::Outbox);
    screen.press("1");
    assert_eq!(screen.app.shown, ScreenName::Report, "an open plan is a part of Reports");
    screen.press("1");
    assert_eq!(screen.app.shown, ScreenName::Reports);
    screen.press("1q");
    assert!(screen.app.shown == ScreenName::Reports && !screen.app.report.is_open());
    assert_eq!(plans(&screen), 1);
}

#[test]
fn leaving_a_changed_plan_is_asked_about() {
    let mut screen = at("abuse@hoster.example", "xq");
    assert!(screen.text().contains("Leave this plan?"), "{}", screen.text());
    screen.press("1");
    assert_eq!(screen.app.shown, ScreenName::Report);
    screen.press("q2");
    assert_eq!(screen.app.shown, ScreenName::Reports);
}

#[test]
fn without_a_way_out_the_key_says_what_to_set() {
    let mut screen = screen("r");
    let why = "Nothing can be sent: set 'host' in [smtp].";
    screen.app.report.planned.iter_mut().for_each(|planned| planned.stuck = Some(why.to_owned()));
    assert!(screen.text().contains("! nothing can leave"), "{}", screen.text());
    for key in ["A", "o"] {
        screen.press(key);
        assert!(screen.text().contains(why) && screen.app.layers.is_empty(), "{}", screen.text());
    }
}

#[test]
fn the_bytes_are_shown_defanged_until_they_are_to_be_seen_exactly() {
    let mut screen = at("abuse@hoster.example", "<enter>");
    assert!(!screen.text().contains("http://evil.example"), "{}", screen.text());
    screen.press("D");
    assert!(screen.text().contains("http://evil.example/login"), "{}", screen.text());
}
