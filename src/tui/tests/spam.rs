//! The pane for one message that nobody reported.

use super::fixture::{NOW, hostile_texts};
use super::screen::{Look, Screen};
use crate::jobs::desk::{self, PlanOf, PlanQuestion, Request, SpamFrom, SpamNews};
use crate::jobs::report::{Spam, SpamOrder, SpamSource};
use crate::model::{Judgement, Own};
use crate::tui::event::{Effect, Event};
use crate::tui::screens::ScreenName;
use std::sync::Arc;

const MESSAGE: &str = "\
Received: from relay.example.com (relay.example.com [10.0.0.7]) by mx.example.com; Fri, 20 Nov 2026 09:58:00 +0000
Received: from x.example (x.example [240.3.0.7]) by relay.example.com with ESMTP; Fri, 20 Nov 2026 09:57:00 +0000
Received: from made.up ([240.3.0.1]) by x.example; Fri, 20 Nov 2026 09:50:00 +0000
From: Prize <prize@win.test>
To: <kx7-lotte@example.com>
Subject: You won
Date: Fri, 20 Nov 2026 09:50:00 +0000
Message-ID: <1@win.test>

Claim at http://win.test/claim and http://win.test/more, see http://win.test/logo.png or http://www.example.com/
";

/// What the desk says to a message; files are the one above, or a hostile one.
pub fn news(number: u64, from: SpamFrom) -> Vec<desk::Event> {
    let bytes = match from {
        SpamFrom::Bytes(bytes) => bytes,
        SpamFrom::File(path) if path.ends_with("hostile.eml") => hostile().into_bytes(),
        SpamFrom::File(path) if path.ends_with("mail.eml") => MESSAGE.as_bytes().to_vec(),
        SpamFrom::File(path) => {
            let why = format!("{} cannot be read: No such file or directory (os error 2).", path.display());
            return vec![desk::Event::Spam(number, SpamNews::Failed(why))];
        }
    };
    let own = Own {
        domains: vec!["example.com".to_owned()],
        trusted_hosts: vec!["mx.example.com".to_owned(), "relay.example.com".to_owned()],
        ..Own::default()
    };
    let judgement =
        Judgement { own, treat_as_public: vec!["240.0.0.0/4".parse().unwrap()], ..Judgement::default() };
    let news = match Spam::read(bytes, &judgement, NOW) {
        Ok(spam) => vec![SpamNews::Read(Arc::new(spam), vec![]), sources("240.3.0.7")],
        Err(why) => vec![SpamNews::Failed(why)],
    };
    news.into_iter().map(|news| desk::Event::Spam(number, news)).collect()
}

/// What is known of a source after it was asked about.
pub fn sources(ip: &str) -> SpamNews {
    let is_first = ip == "240.3.0.7";
    SpamNews::Sources(vec![SpamSource {
        ip: ip.parse().unwrap(),
        name: is_first.then(|| "x.example".to_owned()),
        network: is_first.then(|| "AS64500 EXAMPLE-NET".to_owned()),
        country: is_first.then(|| "RU".to_owned()),
        contacts: match is_first {
            true => Ok(vec![("abuse@isp.example".to_owned(), "rdap".to_owned())]),
            false => Err("no abuse contact of its source is known".to_owned()),
        },
    }])
}

fn hostile() -> String {
    let texts: Vec<String> = hostile_texts().iter().map(|text| text.replace(['\r', '\n'], " ")).collect();
    let hops: String = texts
        .iter()
        .map(|text| {
            format!("Received: from {text} ({text} [240.3.0.7]) by {text}; Fri, 20 Nov 2026 09:50:00 +0000\n")
        })
        .collect();
    let all = texts.concat();
    format!("{hops}From: {all} <a@b.test>\nSubject: {all}\nDate: {all}\n\nhttp://evil.test/{all} {all}\n")
}

fn pasted() -> Screen {
    let mut screen = Screen::new((100, 30), Look::Colour).keys("7");
    screen.happens(Event::Paste(MESSAGE.replace('\n', "\r")));
    screen
}

/// What would be reported.
#[track_caller]
fn order(screen: &mut Screen) -> SpamOrder {
    screen.press("r");
    let planned = screen.ledger.iter().rev().find_map(|request| match request {
        Request::Plan(PlanQuestion { of: PlanOf::Spam(order), .. }) => Some(order.as_ref().clone()),
        _ => None,
    });
    planned.unwrap_or_else(|| panic!("nothing is planned:\n{}", screen.text()))
}

#[test]
fn a_mail_that_is_pasted_on_tools_is_taken_apart() {
    let mut screen = pasted();
    assert_eq!(screen.app.shown, ScreenName::Spam);
    let text = screen.text();
    for expected in [
        "You won",
        "inside         10.0.0.7",
        "came in here   240.3.0.7        x.example  by relay.example.com",
        "may be made up 240.3.0.1",
        "[✓] 240.3.0.7        AS64500 EXAMPLE-NET, RU, x.example",
        "to abuse@isp.example (rdap)",
        "[ ] 240.3.0.1",
        "[✓] hxxp://win[.]test/claim",
        "[ ] a picture: hxxp://win[.]test/logo.png",
        "under example.com, a domain of our own: never reported",
        "1 of 2 sources, 2 of 4 URLs",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    let order = order(&mut screen);
    assert_eq!(order.sources, ["240.3.0.7".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(order.urls, ["http://win.test/claim", "http://win.test/more"]);
    assert_eq!(screen.app.shown, ScreenName::Report);
    screen.press("q");
    assert_eq!(screen.app.shown, ScreenName::Spam, "the way back leads to the message");
    screen.press("q");
    assert_eq!(screen.app.shown, ScreenName::Tools);
    screen.press("s");
    assert!(screen.text().contains("You won"), "it is still there");
}

#[test]
fn sources_contacts_and_urls_are_chosen_by_a_person() {
    let mut screen = pasted();
    // The source further down, the first URL off, the picture on, own ones never.
    screen.press("<down> ");
    assert!(screen.text().contains("t names a contact: no abuse contact"), "{}", screen.text());
    screen.press("tnobody<enter>");
    assert!(screen.text().contains("'nobody' is no mail address"), "{}", screen.text());
    screen.press("<ctrl-u>abuse@transit.example<enter>");
    assert!(screen.text().contains("to abuse@transit.example (by you)"), "{}", screen.text());
    screen.press("<tab> <down>  ");
    assert!(screen.text().contains("never reported."), "the last line says why not: {}", screen.text());
    screen.press("e");
    screen.happens(Event::Edited(Ok(MESSAGE.replace("Claim", "Get it").into_bytes())));
    assert!(screen.text().contains("to abuse@transit.example (by you)"), "{}", screen.text());
    screen.press("<down> <tab> <down>  ");
    let order = order(&mut screen);
    assert_eq!(order.sources.len(), 2);
    assert_eq!(order.contacts.values().collect::<Vec<_>>(), ["abuse@transit.example"]);
    assert_eq!(order.urls, ["http://win.test/more", "http://win.test/logo.png"]);
}

#[test]
fn what_is_no_mail_or_too_much_is_said_and_nothing_of_it_taken() {
    let mut screen = Screen::new((100, 30), Look::Colour).keys("7s");
    screen.happens(Event::Paste("no header\njust words\n".to_owned()));
    assert!(screen.text().contains("This is no mail"), "{}", screen.text());
    screen.press("r");
    assert!(screen.text().contains("There is no message yet") && screen.ledger.is_empty());
    screen.happens(Event::Paste(format!("Subject: x\n\n{}", "w".repeat(2 << 20))));
    assert!(screen.text().contains("more than [limits] message_mib allows"), "{}", screen.text());
    screen.press("onowhere<enter>");
    assert!(screen.text().contains("nowhere cannot be read: No such file"), "{}", screen.text());
    screen.press("e");
    let text = b"no header\njust words\n".to_vec();
    assert_eq!(screen.outside.pop(), Some(Effect::Edit { text, most: 1 << 20 }), "what was pasted is mended");
    screen.happens(Event::Edited(Ok(MESSAGE.as_bytes().to_vec())));
    assert!(screen.text().contains("You won"), "{}", screen.text());
    screen.press("e");
    assert_eq!(screen.outside.pop(), Some(Effect::Edit { text: MESSAGE.as_bytes().to_vec(), most: 1 << 20 }));
    screen.happens(Event::Edited(Err("The editor 'vi' ended with exit status: 1.".to_owned())));
    assert!(screen.text().contains("You won"), "what was there stays");
}

#[test]
fn a_file_that_cannot_be_read_takes_nothing_from_the_message_before() {
    let mut screen = pasted();
    screen.press("t<ctrl-u>abuse@transit.example<enter><tab> ");
    let before = screen.app.spam.order.clone();
    screen.press("onowhere<enter>");
    assert!(screen.text().contains("! nowhere cannot be read: No such file"), "{}", screen.text());
    assert!(screen.text().contains("You won") && screen.app.spam.order == before, "{}", screen.text());
    screen.press("e");
    assert_eq!(screen.outside.pop(), Some(Effect::Edit { text: MESSAGE.as_bytes().to_vec(), most: 1 << 20 }));
}

#[test]
fn a_line_with_nothing_to_copy_is_no_missing_message() {
    let mut screen = Screen::new((100, 30), Look::Colour).keys("7");
    let hop = "Received: by mx.example.com; Fri, 20 Nov 2026 09:59:00 +0000\n";
    let subjectless = MESSAGE.replace("Subject: You won\n", "");
    screen.happens(Event::Paste(format!("{hop}{subjectless}")));
    screen.press("<home>y");
    assert!(screen.text().contains("Nothing on this line can be copied."), "{}", screen.text());
}

#[test]
fn an_address_or_a_list_that_is_pasted_on_tools_is_looked_up_as_before() {
    for text in ["240.3.0.7", "http://win.test/\nhttp://win.test/more", "Received: once"] {
        let mut screen = Screen::new((100, 30), Look::Colour).keys("7");
        screen.happens(Event::Paste(text.to_owned()));
        assert_eq!(screen.app.shown, ScreenName::Tools, "{text}");
    }
}

#[test]
fn the_command_line_takes_a_file_from_anywhere() {
    let screen = Screen::new((100, 30), Look::Colour).keys(":spam mail.eml<enter>");
    assert_eq!(screen.app.shown, ScreenName::Spam);
    assert!(screen.text().contains("You won"), "{}", screen.text());
}
