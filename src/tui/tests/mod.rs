//! The screen as a person sees it, without a terminal and without threads.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod any_size;
mod command;
mod charts;
pub(crate) mod fixture;
pub(crate) mod live;
mod meanings;
mod patterns;
mod outbox;
mod outgoing;
mod pictures;
mod report;
mod reports;
mod scripts;
mod spam;
pub(super) mod screen;
mod submitting;
mod tools;
mod urls;

use crate::jobs::desk::{self, SyncNews};
use crate::jobs::lookup::Known;
use crate::query;
use screen::{Look, Screen};

/// The states that a screen can be in, by the keys that lead there.
const STATES: &[(&str, &str)] = &[
    ("list", ""),
    ("wrong-query", "/kind:bnce"),
    ("query-with-proposals", "/co<tab>"),
    ("filters", "f<down><down>"),
    ("filters-included-and-excluded", "f<tab><tab> <down>  "),
    ("filters-searched", "f/c1<enter>"),
    ("no-filters", "F"),
    ("detail-beside", "d"),
    ("detail", "<enter>"),
    ("detail-text", "<enter><tab><tab>"),
    ("detail-found", "<enter><tab><tab>/evil<enter>"),
    ("detail-hostile", "<enter><backtab>"),
    ("menu-kind", "K"),
    ("menu-cause", "C"),
    ("menu-similar", "*"),
    ("menu-copy", "<enter>y"),
    ("menu-views", "b"),
    ("menu-columns", "O<down> "),
    ("question-dismiss", "xa reason"),
    ("question-file", ">"),
    ("help", "?"),
    ("help-scrolled", "f?<end>"),
    ("groups", "<tab>"),
    ("groups-by-network", "<tab><tab><tab>"),
    ("range", "<down>v<down><down>"),
    ("begun-sequence", "g"),
    ("sorted-by-subject", "llllllllllls"),
    ("command", ":"),
    ("command-proposals", ":mark<tab><tab>"),
    ("command-argument", ":sort <tab>"),
    ("command-wrong", ":makr-all<enter>"),
    ("urls", "2"),
    ("urls-marked", "2 <down> "),
    ("urls-revealed", "2D<down>"),
    ("urls-pattern", "2/mail.htm"),
    ("urls-pattern-wrong", "2//(/"),
    ("urls-none", "2/nothing<enter>"),
    ("urls-by-host", "2<tab>"),
    ("urls-inside-a-host", "2<tab><enter>"),
    ("urls-export", "2> "),
    ("urls-export-file", "2>r"),
    ("urls-submit", "2s"),
    ("urls-submit-number", "2 <down> sa"),
    ("urls-submit-why", "2sw"),
    ("urls-copy", "2y"),
    ("urls-end", "2wa<end>"),
    ("patterns", "3"),
    ("patterns-grown", "3<down>"),
    ("patterns-done", "3<down><down>"),
    ("patterns-hostile", "3<end>"),
    ("patterns-new", "3n"),
    ("patterns-query", "3/kind:nor"),
    ("patterns-wrong", "3/kind:bnce<enter>"),
    ("patterns-none", "3/zqxj<enter>"),
    ("patterns-dismiss", "3xa reason"),
    ("patterns-help", "3?"),
    ("volume", "4"),
    ("volume-day", "4+"),
    ("volume-week", "4-"),
    ("volume-year", "4---"),
    ("volume-burst", "4N"),
    ("volume-reported", "4<tab><left>"),
    ("volume-all", "4s"),
    ("map", "5"),
    ("map-elsewhere", "5<left><left>"),
    ("map-small-country", "5<tab><down><down><down>"),
    ("map-networks", "5<tab><tab><down>"),
    ("map-earlier", "5->"),
    ("report", "r"),
    ("report-end", "r<end>"),
    ("report-ticked", "ra<down><down> <down>"),
    ("report-message", "r<enter>"),
    ("report-message-exactly", "r<enter>D<pagedown>"),
    ("report-to-know", "r<enter>]]]<tab>"),
    ("report-hostile", "r]]]]<enter>"),
    ("report-approve", "rA"),
    ("report-approve-wrong", "rA9<enter>"),
    ("report-reason", "r]]]c"),
    ("report-recipient", "rt"),
    ("report-leave", "rxq"),
    ("spam-none", "7s"),
    ("spam-file", "7so"),
    ("spam-wrong", "7sonowhere<enter>"),
    ("spam", "7somail.eml<enter>"),
    ("spam-urls", "7somail.eml<enter><tab><down><down>"),
    ("spam-source-unknown", "7somail.eml<enter><down> "),
    ("spam-contact", "7somail.eml<enter>t"),
    ("spam-hostile", "7sohostile.eml<enter>"),
    ("outbox", "6"),
    ("outbox-ticked", "6 a"),
    ("outbox-held", "6<tab>"),
    ("outbox-message", "6<enter>"),
    ("outbox-row", "6<down><down><enter><tab>"),
    ("outbox-history", "6<enter><tab><tab>"),
    ("outbox-approve", "6A"),
    ("outbox-resolve", "6<down><down><down><down><down><down>b"),
    ("outbox-respond", "6<down><down><down>c"),
    ("outbox-cancel", "6x"),
    ("outbox-send-now", "6F"),
    ("tools", "7"),
    ("tools-written", "7/240.3.0.7"),
    ("tools-known", "7/240.3.0.7<enter>"),
    ("tools-known-end", "7/240.3.0.7<enter><end>"),
    ("tools-wrong", "7/wrong<enter>"),
    ("tools-trace-asked", "7/http://evil.example/a<enter>t"),
    ("tools-traced", "7/http://evil.example/a<enter>t<enter>"),
    ("tools-copy", "7/240.3.0.7<enter><down><down>y"),
];

/// Makes a screen of a size.
type Make = fn((u16, u16), Look) -> Screen;

/// States that no key leads to.
fn other_states() -> Vec<(&'static str, Make)> {
    vec![
        ("loading", |size, look| Screen::silent(size, look)),
        ("first-rows", |size, look| {
            let screen = Screen::silent(size, look);
            let lines =
                screen.rows.iter().take(20).map(|row| desk::Line::Report(Box::new(row.clone()))).collect();
            screen.told(desk::Event::First(desk::Rows { question: 1, first: 0, lines }))
        }),
        ("searching", |size, look| {
            Screen::new(size, look).told(desk::Event::Searching { question: 1, done: 12_000, total: 128_304 })
        }),
        ("sync-running", |size, look| {
            let news = SyncNews::Running { feed: "failures".to_owned(), done: 412, total: 4_000 };
            Screen::new(size, look).told(desk::Event::Sync(news))
        }),
        ("sync-failed", |size, look| {
            let errors =
                vec!["feed 'failures': mail.example refused the login; check the password".to_owned()];
            let news = SyncNews::Ended {
                at: fixture::NOW,
                sentence: "sync: 0 read in 0.1 s: 1 of 1 feeds failed".to_owned(),
                is_stopped: false,
                errors,
            };
            Screen::new(size, look).told(desk::Event::Sync(news))
        }),
        ("patterns-looking", |size, look| Screen::new(size, look).pressed_unanswered("3")),
        ("report-planning", |size, look| {
            let news = desk::PlanNews::Running { done: 120, total: 300 };
            Screen::new(size, look).keys("r").unplanned().told(desk::Event::Plan(2, news))
        }),
        ("report-stuck", |size, look| {
            let mut screen = Screen::new(size, look).keys("r");
            let why = "Nothing can be sent without a sender: set 'from' in [report].";
            screen.app.report.planned.iter_mut().for_each(|planned| planned.stuck = Some(why.to_owned()));
            screen.keys("A")
        }),
        ("outbox-sending", |size, look| {
            Screen::new(size, look).keys("6").told(desk::Event::Outbox(desk::OutboxNews::Sending(3, 41)))
        }),
        ("outbox-empty", |size, look| {
            let rows = desk::OutboxRows { question: 1, ..desk::OutboxRows::default() };
            Screen::new(size, look).keys("6").told(desk::Event::Outbox(desk::OutboxNews::Rows(rows)))
        }),
        ("tools-asking", |size, look| {
            let news = desk::LookUpNews::Asking("asking rdap.example.net".to_owned());
            Screen::new(size, look).keys("7/http://evil.example/<enter>").told(desk::Event::LookUp(1, news))
        }),
        ("tools-offline", |size, look| {
            let why = "nobody is asked: the configuration says offline = true in [dns]";
            let known =
                Known { offline: Some(why.to_owned()), at: fixture::NOW - 90, ..fixture::known("240.3.0.7") };
            let news = desk::LookUpNews::Known(Box::new(known));
            Screen::new(size, look).keys("7/240.3.0.7<enter>").told(desk::Event::LookUp(1, news))
        }),
        ("volume-nothing", |size, look| {
            let mut screen = Screen::new(size, look).keys("4");
            if let Some(counted) = &mut screen.app.volume.counted {
                counted.buckets.counts.iter_mut().for_each(|kinds| *kinds = [0; 3]);
                (counted.bursts, counted.reported) = (vec![], vec![0; desk::REPORTED_DAYS]);
            }
            screen
        }),
        ("map-nothing", |size, look| {
            let mut screen = Screen::new(size, look).keys("5");
            if let Some(counted) = &mut screen.app.map.counted {
                (counted.countries, counted.networks, counted.total) = (vec![], vec![], 0);
            }
            screen
        }),
        ("nothing-kept", |size, look| {
            let mut screen = Screen::with_rows(size, look, vec![]);
            if let Some(answer) = &mut screen.app.reports.answer {
                answer.stored = 0;
            }
            screen
        }),
        ("nothing-open", |size, look| Screen::with_rows(size, look, vec![])),
        ("nothing-at-all", |size, look| Screen::with_rows(size, look, vec![]).keys("0")),
        ("nothing-matches", |size, look| Screen::with_rows(size, look, vec![]).keys("/zqxj<enter>")),
    ]
}

/// Every state, on a terminal of this size.
fn every_state(size: (u16, u16), look: Look, rows: &[desk::Row]) -> Vec<(&'static str, Screen)> {
    let by_keys =
        STATES.iter().map(|(name, keys)| (*name, Screen::with_rows(size, look, rows.to_vec()).keys(keys)));
    by_keys.chain(other_states().into_iter().map(|(name, make)| (name, make(size, look)))).collect()
}

#[test]
fn every_query_of_the_views_on_keys_can_be_read() {
    for text in [
        super::OPEN,
        super::reports::NEW,
        super::reports::MARKED,
        super::reports::QUARANTINED,
        super::reports::NOT_REPORTS,
    ] {
        assert!(query::parse(text, fixture::NOW).is_ok(), "{text}");
    }
}
