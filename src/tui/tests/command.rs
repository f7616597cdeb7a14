//! The command line: what it offers, what it does, and what it says to a wrong word.

use super::screen::{Look, Screen};
use crate::jobs::desk::{self, Act, Direction, Likeness, Request, Sort, Target, UrlFormat};
use crate::keymap::{Action, Mode};
use crate::tui::OPEN;
use crate::tui::command::{argument_of, can_be_named};
use crate::tui::event::{Effect, Event};
use crate::tui::screens::ScreenName;

fn screen(keys: &str) -> Screen {
    Screen::new((100, 40), Look::Colour).keys(keys)
}

fn query(screen: &Screen) -> String {
    screen.question.as_ref().unwrap().text.clone()
}

#[test]
fn every_action_can_be_named_and_none_of_them_breaks_the_screen() {
    for keys in ["", "f", "2", "7"] {
        for action in Action::ALL.iter().filter(|action| can_be_named(**action)) {
            let argument = if argument_of(*action).is_some() { " \u{202e}x" } else { "" };
            let mut screen = Screen::new((60, 16), Look::Mono).keys(keys);
            for line in [format!(":{}", action.name()), format!(":{}{argument}", action.name())] {
                screen.press(&line);
                screen.press("<enter>");
            }
            screen.picture();
        }
    }
}

#[test]
fn a_few_letters_become_the_action_that_is_meant() {
    let mut screen = screen(":mn<tab>");
    assert!(screen.text().contains(" :mark-none"), "{}", screen.text());
    screen.press("<enter>");
    assert_eq!(screen.acts, [Request::Act(Act::UnmarkAll)]);
    screen.press(":");
    assert!(screen.text().contains("Keeps only reports that match this as well"), "{}", screen.text());
    screen.press("<backspace>");
    assert_eq!(screen.app.mode(), Mode::Reports, "an empty line is left by taking one more away");
}

#[test]
fn enter_takes_the_best_proposal_which_is_the_one_that_is_pointed_at() {
    for (line, shown) in [
        ("volume", ScreenName::Volume),
        ("vol", ScreenName::Volume),
        ("map", ScreenName::Map),
        ("patterns", ScreenName::Patterns),
    ] {
        let mut screen = screen(&format!(":{line}"));
        assert!(screen.text().contains(&format!("▸{}", shown.action().name())), "{}", screen.text());
        screen.press("<enter>");
        assert_eq!(screen.app.shown, shown, "{line}");
    }
    // A word of its own is that word, however well others fit.
    assert!(!screen(":mark").text().contains("▸mark"));
    assert!(screen(":tg phish<enter>").acts.len() == 1);
    let proposals = screen("3:m").text();
    assert!(
        proposals.contains("mark ") && !proposals.contains("mark-all"),
        "nothing that means nothing here"
    );
}

#[test]
fn fields_are_found_by_some_of_their_letters_and_asked_for_once() {
    let mut screen = screen(":cntr<enter>US<enter>:country US<enter>:filter cntr<tab>BR<enter>");
    assert_eq!(query(&screen), "is:open kind:normal country:US country:BR");
    screen.press("/<ctrl-u>cntr<tab>");
    assert!(screen.text().contains(" /country:"), "{}", screen.text());
}

#[test]
fn what_stands_behind_a_word_answers_what_its_key_asks() {
    let mut screen =
        screen(":tag phish<enter>:dismiss seen before<enter>:kind bounce<enter>:save-view morning<enter>");
    let acts: Vec<String> = screen.acts.iter().map(|act| format!("{act:?}")).collect();
    assert!(acts[0].contains("Tag") && acts[0].contains("phish"), "{acts:?}");
    assert!(acts[1].contains("Dismiss") && acts[1].contains("seen before"), "{acts:?}");
    assert!(acts[2].contains("Kind") && acts[2].contains("Bounce"), "{acts:?}");
    assert_eq!(
        screen.acts[3],
        Request::Act(Act::SaveView { name: "morning".to_owned(), query: OPEN.to_owned() })
    );
    screen.press(":filter country:BR<enter>");
    assert_eq!(query(&screen), "is:open kind:normal country:BR");
    screen.press(":query wire<enter>");
    assert_eq!(query(&screen), "wire");
    screen.press(":groups network<enter>");
    assert_eq!(screen.question.as_ref().unwrap().groups, Some(Likeness::Network));
    screen.press(":sort subject<enter>");
    let question = screen.question.as_ref().unwrap();
    assert_eq!(
        (question.sort, question.direction, question.groups),
        (Sort::Subject, Direction::Ascending, None)
    );
    screen.press(":sort arrival up<enter>");
    assert_eq!(screen.question.as_ref().unwrap().direction, Direction::Ascending);
    screen.press(":look-up 192.0.2.7<enter>");
    assert_eq!((screen.app.shown, screen.app.tools.subject.as_str()), (ScreenName::Tools, "192.0.2.7"));
}

#[test]
fn lists_of_urls_are_written_and_patterns_set_by_name() {
    let mut screen = screen("2:find mail.htm<enter>");
    assert_eq!(screen.url_question.as_ref().unwrap().pattern, "mail.htm");
    screen.press(":export block.rpz<enter>");
    let export = screen.exported.last().unwrap();
    assert_eq!((export.format, export.path.to_str()), (UrlFormat::Rpz, Some("block.rpz")));
    screen.press("<esc>:trace http://evil.example/<enter>");
    assert!(screen.text().contains("learns"), "{}", screen.text());
    assert!(!screen.looked_up.iter().any(|request| matches!(request, Request::Trace { .. })));
}

#[test]
fn a_wrong_word_stays_to_be_mended_and_the_nearest_right_one_is_named() {
    for (line, said) in [
        ("makr-all", "did you mean 'mark-all'"),
        ("voulme", "did you mean 'screen-volume'"),
        ("sort subjct", "did you mean 'subject'"),
        ("theme drak", "did you mean 'dark'"),
        ("kind bounc", "did you mean 'bounce'"),
        ("filter kind:bnce", "kind"),
        ("undo 3", "takes nothing behind it"),
        ("view nothing", "no view is called 'nothing'"),
        ("export x", "means nothing here"),
        ("zqxj", "is no action"),
    ] {
        let screen = screen(&format!(":{line}<enter>"));
        let text = screen.text();
        assert!(text.contains(said), "{line}: {text}");
        assert!(text.contains(&format!(" :{line}")), "{line}: {text}");
        assert!(screen.acts.is_empty());
    }
}

#[test]
fn lines_are_remembered_once_each_and_looked_through() {
    let mut screen = screen(":theme light<enter>:mark-none<enter>:theme light<enter>:<up>");
    assert!(screen.text().contains(" :theme light"), "{}", screen.text());
    screen.press("<up>");
    assert!(screen.text().contains(" :mark-none"), "{}", screen.text());
    screen.press("<up><up><down><down><down>");
    assert!(screen.text().lines().rev().nth(1).unwrap().trim() == ":", "{}", screen.text());
    assert_eq!(screen.app.commands, ["mark-none", "theme light"]);
    screen.press("<esc>:zqxj 1<enter><esc>:<up>");
    assert!(screen.text().contains(" :zqxj 1"), "a wrong one can be mended: {}", screen.text());
}

#[test]
fn views_are_completed_by_the_names_that_the_desk_knows() {
    let mut screen = screen(":view mo");
    screen.happens(Event::Desk(desk::Event::ViewNames(vec!["morning".to_owned(), "wire".to_owned()])));
    screen.press("<tab><enter>");
    assert_eq!(query(&screen), "view:morning");
    let completed = self::screen(":filter kind:b<tab>");
    assert!(completed.text().contains(" :filter kind:bounce"), "{}", completed.text());
}

#[test]
fn an_action_for_the_list_is_done_from_the_panes_and_the_report_as_well() {
    let mut screen = screen("f:mark-all<enter>");
    assert_eq!(screen.acts, [Request::Act(Act::Mark { target: Target::Matching, on: true })]);
    screen.press(":quit<enter>");
    assert_eq!(screen.outside, [Effect::Quit]);
}
