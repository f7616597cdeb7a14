//! From marks to files in a folder, by keys.

use super::{Live, Options, Place};
use crate::cli::demo;
use crate::config::{Config, WayOut};
use crate::jobs::desk::{PlanOf, Target};
use crate::model::{ContactAct, ContactRule, ContactScope, Outgoing, OutgoingKind, OutgoingState, clock};
use crate::store::{Access, ContactChange, Store};
use std::collections::BTreeSet;
use std::fs;

impl Place {
    /// Somebody answers for every source, and reports leave into a folder, so many seconds after their approval.
    fn config_to_report(&self, hold: clock::Seconds) -> Config {
        let judgement = demo::judgement();
        let mut config = self.config();
        config.own = judgement.own;
        config.treat_as_public = judgement.treat_as_public;
        config.report.from = Some("abuse-desk@nordbank.example".to_owned());
        config.redaction_key_file = self.database.with_extension("key");
        config.sending.by = Some(WayOut::Folder(self.database.with_extension("sent")));
        config.sending.hold = hold;
        config.sending.spacing = 0;
        config.sending.per_contact_a_day = 1_000;
        let rule = |network: &str, contact: &str| {
            ContactChange::Rule(ContactRule {
                scope: ContactScope::Network(network.parse().unwrap()),
                act: ContactAct::Add,
                contacts: vec![contact.to_owned()],
                note: String::new(),
                at: clock::now(),
                by: "anna".to_owned(),
            })
        };
        let rules = [
            rule("240.0.0.0/12", "abuse@isp.example"),
            rule("240.16.0.0/12", "abuse@hoster.example"),
            rule("2001:db8::/32", "https://form.example/abuse"),
        ];
        self.store(Access::ReadWrite).change_contacts(&rules, clock::now(), "anna").unwrap();
        config
    }

    fn to_report(&self, hold: clock::Seconds) -> Live {
        self.open(self.config_to_report(hold), false)
    }

    fn open(&self, config: Config, read_only: bool) -> Live {
        Live::open(Options { config, read_only, login: "anna".to_owned() }, (200, 50))
    }

    fn store(&self, access: Access) -> Store {
        Store::open(&self.database, access).unwrap()
    }

    fn rows(&self) -> Vec<Outgoing> {
        self.store(Access::ReadOnly).outbox(&[], 1_000, 0).unwrap()
    }

    /// The messages in the folder.
    fn sent(&self) -> BTreeSet<Vec<u8>> {
        let Ok(folder) = fs::read_dir(self.database.with_extension("sent")) else { return BTreeSet::new() };
        let paths = folder.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|e| e == "eml"))
            .map(|p| fs::read(p).unwrap())
            .collect()
    }
}

/// Approves what is ticked.
fn approve(screen: &mut Live) -> usize {
    let count = screen.ticked().len();
    screen.keys(&format!("A{count}<enter>"));
    count
}

#[test]
fn what_the_preview_showed_leaves_byte_for_byte_and_once() {
    let place = Place::new();
    let mut screen = place.to_report(0);
    let query = "/<ctrl-u>is:open kind:normal cause:fraud since:3d ip:240.0.0.0/12<enter>";
    screen.keys(query).keys("a");
    let open = screen.counts().0;
    screen.keys("r");
    let shown: BTreeSet<Vec<u8>> = screen.ticked().iter().map(|letter| letter.bytes.to_vec()).collect();
    let reports: BTreeSet<_> =
        screen.ticked().iter().flat_map(|letter| letter.mails.clone()).map(|m| m.report).collect();
    assert!(shown.len() > 3, "{}", screen.text());
    let count = approve(&mut screen);
    assert!(screen.said().starts_with(&format!("{count} approved; they leave now")), "{}", screen.said());
    assert_eq!(screen.query(), "is:open kind:normal cause:fraud since:3d ip:240.0.0.0/12");
    screen.until(" sent");
    assert_eq!(place.sent(), shown);
    assert!(place.rows().iter().all(|row| row.state == OutgoingState::Sent && row.tries == 1));
    assert_eq!(place.count("is:reported"), reports.len() as u64);
    assert_eq!(screen.counts(), (open - reports.len() as u64, open - reports.len() as u64), "marks come off");
    // The same mails once more: told already, and nothing can be ticked.
    screen.keys("/<ctrl-u>is:reported<enter>Ar");
    assert!(screen.ticked().is_empty() && screen.text().contains("Reported already"), "{}", screen.text());
    assert_eq!(place.rows().len(), count);
}

#[test]
fn marks_that_were_just_made_are_in_the_plan() {
    let place = Place::new();
    let mut screen = place.to_report(600);
    screen.keys("/<ctrl-u>is:open kind:normal<enter>");
    let first: Vec<_> = screen.rows().iter().take(3).map(|row| row.id).collect();
    screen.at_once("   r");
    let PlanOf::Stored(Target::Ids(mut planned)) = screen.planned().of.clone() else {
        panic!("of stored mails")
    };
    planned.sort_unstable();
    let mut first = first;
    first.sort_unstable();
    assert_eq!(planned, first);
}

#[test]
fn an_approval_is_taken_back_by_one_key_and_everything_is_as_before() {
    let place = Place::new();
    let mut screen = place.to_report(600);
    screen.keys("/<ctrl-u>is:open cause:fraud ip:240.0.0.0/12 since:2d<enter>a");
    let before = screen.counts();
    screen.keys("r");
    let count = approve(&mut screen);
    assert!(screen.said().contains("they leave in 10 minutes (undo takes them back)"), "{}", screen.said());
    assert!(place.rows().iter().all(|row| row.state == OutgoingState::Approved));
    assert!(screen.counts().0 < before.0, "what is in the ledger is not open");
    screen.keys("u");
    assert!(screen.said().starts_with(&format!("{count} taken back")), "{}", screen.said());
    assert!(place.rows().iter().all(|row| row.state == OutgoingState::Cancelled));
    assert_eq!(screen.counts(), before);
    screen.keys("r");
    assert_eq!(screen.ticked().len(), count, "and can be reported as if nothing had been");
    assert!(place.sent().is_empty());
}

#[test]
fn what_is_held_waits_in_the_outbox_until_it_is_approved_and_sent_from_there() {
    let place = Place::new();
    let mut screen = place.to_report(600);
    screen.keys("/<ctrl-u>is:open cause:fraud ip:240.0.0.0/12 since:1d<enter>arH");
    let held = place.rows();
    assert!(!held.is_empty() && held.iter().all(|row| row.state == OutgoingState::Held));
    screen.keys("6");
    let clear = held.iter().filter(|row| row.warnings.is_empty() && row.singly.is_none()).count();
    let chosen = clear.max(1);
    if clear > 0 {
        screen.keys("a");
    }
    screen.keys(&format!("A{chosen}<enter>"));
    let approved = || place.rows().iter().filter(|row| row.state == OutgoingState::Approved).count();
    assert_eq!(approved(), chosen, "{}", screen.text());
    screen.keys("u");
    assert_eq!(approved(), 0, "held again: {}", screen.said());
    screen.keys("A1<enter>F<enter>").until("1 sent").until("  sent 1");
    assert_eq!(place.sent().len(), 1);
}

#[test]
fn a_message_that_is_pasted_leaves_as_the_preview_showed_it_and_is_told_once() {
    let place = Place::new();
    let mut screen = place.to_report(0);
    let at = clock::rfc5322(clock::now() - 7_200);
    let message = format!(
        "Received: from x.test (x.test [240.0.0.7]) by mx.nordbank.example; {at}\rFrom: a <a@win.test>\r\
         To: <lotte@nordbank.example>\rSubject: You won\rDate: {at}\rMessage-ID: <1@win.test>\r\r\
         http://win.test/claim http://win.test/other http://win.test/logo.png\r"
    );
    screen.keys("7").paste(&message).until("to abuse@isp.example (a rule of yours)");
    // Without the second URL.
    screen.keys("<tab><down> r").until("1 report to 1 desk");
    let shown = screen.ticked()[0].bytes.to_vec();
    let text = String::from_utf8_lossy(&shown).into_owned();
    assert!(text.contains("Source-IP: 240.0.0.7") && text.contains("Reported-URI: http://win.test/claim"));
    assert!(
        !text.contains("win.test/other") && !text.contains("logo.png") && !text.contains("lotte"),
        "{text}"
    );
    assert_eq!(approve(&mut screen), 1);
    screen.until("You won").keys("6").until("sent 1");
    assert_eq!(place.sent(), BTreeSet::from([shown]));
    screen.keys("7sr").until("Reported already");
    assert!(screen.ticked().is_empty(), "{}", screen.text());
}

#[test]
fn a_form_is_recorded_by_hand_and_counts_as_reported() {
    let place = Place::new();
    let mut screen = place.to_report(600);
    screen.keys("/<ctrl-u>is:open cause:fraud ip:2001:db8::/32<enter>r");
    let forms =
        screen.planned().plan.letters.iter().filter(|letter| letter.kind == OutgoingKind::Form).count();
    assert_eq!(forms, 1, "{}", screen.text());
    screen.keys("bT-17<enter>");
    let rows = place.rows();
    assert_eq!((rows[0].state, rows[0].ticket.as_deref()), (OutgoingState::ByHand, Some("T-17")));
    assert_eq!(place.count("is:reported"), rows[0].reports.len() as u64);
}

#[test]
fn the_history_of_a_report_tells_what_was_sent_about_it() {
    let place = Place::new();
    let mut screen = place.to_report(600);
    screen.keys("/<ctrl-u>is:open cause:fraud ip:240.0.0.0/12 since:2d<enter>r");
    let id = screen.ticked()[0].specimen().unwrap();
    approve(&mut screen);
    screen.keys(&format!("/<ctrl-u>id:{id}<enter><enter><backtab><backtab>"));
    assert!(screen.text().contains("report to abuse@isp.example: approved"), "{}", screen.text());
}

#[test]
fn without_a_sender_a_way_out_or_leave_to_write_the_key_says_what_to_do() {
    let place = Place::new();
    let refuses = |config: Config, read_only: bool, keys: &str, why: &str| {
        let mut screen = place.open(config, read_only);
        screen.keys("/<ctrl-u>is:open cause:fraud ip:240.0.0.0/12 since:1d<enter>").keys(keys);
        assert!(screen.said().contains(why), "{}\n{}", screen.said(), screen.text());
    };
    let config = place.config_to_report(0);
    refuses(config.clone(), true, "rA", "--read-only");
    let mut without = config.clone();
    without.sending.by = None;
    refuses(without, false, "rA", "[smtp]");
    let mut nobody = config;
    nobody.report.from = None;
    refuses(nobody, false, "r", "from = \"abuse-desk@example.com\"");
    assert!(place.rows().is_empty());
}
