//! A wave among the noise of a mailbox: what is planted comes out, unasked and near the top.

use super::fake::{Dice, Fake};
use super::{NOW, read};
use crate::index::{Cancel, Index, PatternQuestion};
use crate::model::address_space::to_column;
use crate::model::{Dictionary, IndexRow, Pattern, ReportId, Span};
use std::collections::HashMap;
use std::net::Ipv4Addr;

const DAY: i64 = 86_400;
/// Campaigns that go on all the time and burst now and then.
const CAMPAIGNS: usize = 30;

/// A mailbox that is filled row by row.
#[derive(Default)]
struct Mailbox {
    fake: Fake,
    numbers: HashMap<(&'static str, String), u32>,
}

/// What a mail says.
struct Mail {
    arrival: i64,
    subject: String,
    shape: u64,
    url: Option<(String, u64)>,
    source: u32,
    asn: u32,
    cause: u8,
}

impl Mailbox {
    fn entry(&mut self, dictionary: Dictionary, text: &str) -> u32 {
        let entries = self.fake.entries.entry(dictionary.name()).or_default();
        *self.numbers.entry((dictionary.name(), text.to_owned())).or_insert_with(|| {
            entries.push(text.to_owned());
            entries.len() as u32
        })
    }

    fn put(&mut self, mail: Mail) -> ReportId {
        let id = self.fake.last_id + 1;
        self.fake.last_id = id;
        let subject = self.entry(Dictionary::Subject, &mail.subject);
        let urls: Vec<u32> = mail.url.iter().map(|(url, _)| self.entry(Dictionary::Url, url)).collect();
        self.fake.rows.push(IndexRow {
            id,
            arrival: mail.arrival as u32,
            cause: mail.cause,
            source_ip: to_column(Ipv4Addr::from(mail.source).into()),
            asn: mail.asn,
            country: 0x4141 + (mail.asn % 20) as u16,
            subject,
            subject_shape: mail.shape,
            url_shape: mail.url.map_or(0, |(_, shape)| shape),
            urls,
            ..IndexRow::default()
        });
        id
    }

    fn index(&self) -> Index {
        let Ok(index) = Index::load_with(&Index::parts_for_patterns(), &self.fake);
        index
    }
}

/// 100,000 reports of 30 days: half of it noise whose subjects differ, half of it campaigns of many sources, each with
/// its own words and its own path, which are there every day and on some days burst to many times that.
fn background(seed: u64, rows: u32) -> Mailbox {
    let mut mailbox = Mailbox::default();
    let mut dice = Dice(seed);
    let nouns = ["invoice", "parcel", "account", "meeting", "payment", "ticket", "password", "benefit"];
    let verbs = ["confirm", "review", "update", "cancel", "renew", "collect", "approve", "verify"];
    let bursts: Vec<usize> = (0..CAMPAIGNS).map(|_| dice.roll(30)).collect();
    for _ in 0..rows {
        let campaign = dice.roll(CAMPAIGNS * 2);
        let bursts_on = bursts.get(campaign).copied().filter(|_| dice.roll(3) == 0);
        // A few burst on the day that is looked at.
        let days_ago = bursts_on.map_or_else(|| dice.roll(30), |day| if campaign < 4 { 0 } else { day });
        let arrival = NOW - 1 - days_ago as i64 * DAY - dice.roll(DAY as usize) as i64;
        let (verb, noun) = (verbs[campaign % 8], nouns[campaign / 8 % 8]);
        let number = dice.roll(10_000);
        let source = 0xf000_0000 + dice.roll(40_000) as u32 * 7;
        let cause = [1, 1, 1, 4, 5, 6][dice.roll(6)];
        let mail = if campaign < CAMPAIGNS {
            Mail {
                arrival,
                subject: format!("please {verb} your {noun} {number}"),
                shape: 1_000 + campaign as u64,
                url: Some((
                    format!("https://h{number}.example/{verb}/{number}/{noun}.php"),
                    2_000 + campaign as u64,
                )),
                source,
                asn: 64_512 + source % 300,
                cause,
            }
        } else {
            let words = (dice.pick(&verbs), dice.pick(&nouns), dice.pick(&nouns));
            Mail {
                arrival,
                subject: format!("{} {number} the {} and {}", words.0, words.1, words.2),
                shape: 10_000 + dice.roll(3_000) as u64,
                url: (number % 3 > 0).then(|| {
                    (format!("http://n{number}.example/x/{number}"), 20_000 + dice.roll(2_000) as u64)
                }),
                source,
                asn: 64_512 + source % 300,
                cause,
            }
        };
        mailbox.put(mail);
    }
    mailbox
}

/// 40 mails from three sources in the last hours, in three wordings.
fn wave(mailbox: &mut Mailbox, seed: u64) -> Vec<ReportId> {
    let mut dice = Dice(seed ^ 0xabcd);
    let wordings = ["Urgent: wire transfer", "Wire transfer pending", "Confirm the wire transfer of today"];
    (0..40)
        .map(|number| {
            let wording = dice.roll(wordings.len());
            mailbox.put(Mail {
                arrival: NOW - 60 - dice.roll(5 * 3_600) as i64,
                subject: format!("{} {}", wordings[wording], dice.roll(9_000)),
                shape: 77_000 + wording as u64,
                url: Some((format!("http://w{}.example/secure/mail.htm", number % 5), 77_010)),
                source: [0xf900_0001, 0xf900_0102, 0xf900_0203][dice.roll(3)],
                asn: 65_000,
                cause: 1,
            })
        })
        .collect()
}

fn look(index: &Index, query: &str) -> Vec<Pattern> {
    let filter = read(query);
    let among = index.select(&filter, &Cancel::never()).expect("selection");
    let shown = read("since:1d").and(filter);
    let question = PatternQuestion { among: &among, shown: &shown, span: Span::new(NOW - DAY, NOW), least: 5 };
    index.patterns(&question, &Cancel::never()).expect("patterns")
}

fn is_the_wave(index: &Index, pattern: &Pattern, wave: &[ReportId]) -> bool {
    let found = index.select(&read(&pattern.query), &Cancel::never()).expect("found");
    found.count() == wave.len() && wave.iter().all(|id| found.contains(*id))
}

#[test]
fn a_wave_of_forty_among_a_hundred_thousand_is_among_the_first_five_and_first_of_the_new() {
    for seed in 0..20 {
        let mut mailbox = background(seed, 100_000);
        let wave = wave(&mut mailbox, seed);
        let index = mailbox.index();
        let patterns = look(&index, "");
        let place = patterns.iter().position(|pattern| is_the_wave(&index, pattern, &wave));
        let shown: Vec<String> = patterns
            .iter()
            .take(8)
            .map(|p| format!("{:.2} {} {} {}", p.score, p.query, p.count, p.why()))
            .collect();
        assert!(place.is_some_and(|place| place < 5), "seed {seed}: {place:?} {shown:#?}");
        let first_new = patterns.iter().find(|pattern| pattern.is_new()).expect("a new one");
        assert!(is_the_wave(&index, first_new, &wave), "seed {seed}: {shown:#?}");
        assert!(
            patterns.iter().filter(|pattern| is_the_wave(&index, pattern, &wave)).count() == 1,
            "seed {seed}: one line for one wave {shown:#?}"
        );
    }
}
