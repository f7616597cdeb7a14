//! How many abuse reports one core composes and lints in a second, with the recipients hidden and the result searched
//! for them: headers only, the whole mail, and headers with a zip file. The aim is 2,000 with headers, the usual form.
//!
//! `cargo bench --bench compose`
#![allow(clippy::expect_used, reason = "it measures or it stops")]

use lafayette::arf::compose::{
    ComposeError, Composed, Destination, Evidence, ReportText, Sender, Stamp, compose,
};
use lafayette::arf::lint::{Outside, lint};
use lafayette::arf::read::{Context, read, reported_mail};
use lafayette::cli::demo::Generator;
use lafayette::model::{EvidenceForm, FeedKind, Judgement, Outcome, Own, Record, ReportForm, Status};
use std::time::Instant;

const MESSAGES: u64 = 3_000;
const ROUNDS: usize = 5;
const NOON: i64 = 1_790_000_000;

fn main() {
    let own = Own { domains: vec!["own.example".to_owned()], ..Own::default() };
    let everywhere = ["0.0.0.0/0", "::/0"].map(|net| net.parse().expect("a network"));
    let judgement =
        Judgement { own: own.clone(), treat_as_public: everywhere.to_vec(), ..Judgement::default() };
    let context =
        Context { judgement: &judgement, feed_kind: FeedKind::Mailbox, internal_date: None, now: NOON };
    let text = ReportText::default();
    let sender = Sender {
        from: "abuse-desk@own.example",
        name: Some("Abuse desk"),
        reporting_mta: None,
        own: &own,
        treat_as_public: &everywhere,
        redaction_key: b"a key for measuring",
        text: &text,
    };
    let mails: Vec<(Record, Vec<u8>)> = Generator::new(1, MESSAGES, NOON)
        .enumerate()
        .filter_map(|(index, made)| {
            let reading = read(&made.bytes, &context);
            let mail = reported_mail(&made.bytes, FeedKind::Mailbox)?;
            (reading.outcome == Outcome::Report).then(|| (record(index as u32 + 1, reading.report), mail))
        })
        .collect();
    for evidence in EvidenceForm::ALL {
        let form = ReportForm { evidence: *evidence, ..ReportForm::default() };
        let destination = Destination { to: "abuse@network.example", form: &form };
        let one = |(record, mail): &(Record, Vec<u8>)| -> Result<Composed, ComposeError> {
            let evidence = Evidence { record, reported_mail: mail, flood: None };
            let stamp = Stamp { now: NOON, token: "0123456789abcdef0123" };
            compose(&evidence, &sender, &destination, &stamp)
        };
        // What must not be reported would be answered faster than any report is written.
        let reportable: Vec<_> = mails.iter().filter(|mail| one(mail).is_ok()).collect();
        let mut rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                for mail in &reportable {
                    let composed = one(mail).expect("it was composed before");
                    let verdict = lint(&composed.bytes, &Outside::default());
                    assert!(!std::hint::black_box(verdict).blocks());
                }
                reportable.len() as f64 / start.elapsed().as_secs_f64()
            })
            .collect();
        rounds.sort_by(f64::total_cmp);
        println!(
            "compose and lint, {evidence}: {} reports, median {:.0} a second (slowest round {:.0}, fastest {:.0})",
            reportable.len(),
            rounds[ROUNDS / 2],
            rounds[0],
            rounds[ROUNDS - 1]
        );
    }
}

fn record(id: u32, report: lafayette::model::Report) -> Record {
    Record {
        id,
        status: Status::Report,
        status_reason: String::new(),
        feed: "failures".to_owned(),
        feed_kind: FeedKind::Mailbox,
        origin: "made".to_owned(),
        stored_at: NOON,
        sha256: [0; 32],
        size: 1,
        report,
        kind_set_by_hand: false,
        asn: None,
        as_name: None,
        country: None,
        country_from: None,
        source_name: Some("host.sender.example".to_owned()),
        source_name_confirmed: None,
        listed: vec![],
        lists_unknown: vec![],
        contacts: vec![],
        looked_up_at: None,
        reported_at: None,
        marked: false,
        dismissed: None,
        tags: vec![],
        notes: vec![],
    }
}
