//! A store in memory, and reports drawn from small pools so that every filter meets some.

use crate::model::address_space::to_column;
use crate::model::columns::{BLOCK_ROWS, RareTexts};
use crate::model::{ColumnSource, Dictionary, IndexRow, OutgoingState, ReportId, SourceRow, States};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A row of the table of sources.
#[derive(Debug, Clone, Default)]
pub struct FakeSource {
    pub ip: [u8; 16],
    pub asn: u32,
    pub country: u16,
    pub name: &'static str,
    pub lists: &'static str,
    pub contacts: &'static str,
    pub changed: i64,
}

#[derive(Debug, Clone, Default)]
pub struct Fake {
    pub rows: Vec<IndexRow>,
    pub last_id: ReportId,
    pub entries: BTreeMap<&'static str, Vec<String>>,
    pub segments: BTreeMap<(String, u32), Vec<u8>>,
    pub states: States,
    /// What is known of addresses, oldest change first.
    pub sources: Vec<FakeSource>,
    /// Names and lists of hosts of URLs with the number of their change, oldest first.
    pub hosts: Vec<(&'static str, &'static str, i64)>,
    /// Whether two threads may read.
    pub has_second: bool,
    /// Rows handed over so far, to see whether packed blocks spare them.
    pub handed: Arc<AtomicUsize>,
}

impl ColumnSource for Fake {
    type Error = Infallible;

    fn second(&self) -> Result<Option<Fake>, Infallible> {
        Ok(self.has_second.then(|| self.clone()))
    }

    fn last_id(&self) -> Result<ReportId, Infallible> {
        Ok(self.last_id)
    }

    fn segments(&self, column: &str, each: &mut dyn FnMut(u32, &[u8])) -> Result<(), Infallible> {
        for ((name, number), data) in &self.segments {
            if name == column {
                each(*number, data);
            }
        }
        Ok(())
    }

    fn index_rows(
        &self,
        first: ReportId,
        last: ReportId,
        rare: bool,
        each: &mut dyn FnMut(IndexRow),
    ) -> Result<(), Infallible> {
        for row in self.rows.iter().filter(|row| (first..=last).contains(&row.id)) {
            self.handed.fetch_add(1, Relaxed);
            let mut row = row.clone();
            if !rare {
                row.texts = RareTexts::default();
            }
            each(row);
        }
        Ok(())
    }

    fn entries(
        &self,
        dictionary: Dictionary,
        first: u32,
        each: &mut dyn FnMut(u32, &str),
    ) -> Result<(), Infallible> {
        let entries = self.entries.get(dictionary.name()).map_or(&[][..], Vec::as_slice);
        for (number, text) in (1..).zip(entries).filter(|(number, _)| *number >= first) {
            each(number, text);
        }
        Ok(())
    }

    fn states(&self) -> Result<States, Infallible> {
        Ok(self.states.clone())
    }

    fn sources_changed(&self) -> Result<i64, Infallible> {
        Ok(self.sources.iter().map(|source| source.changed).max().unwrap_or(0))
    }

    fn sources(&self, after: i64, each: &mut dyn FnMut(SourceRow<'_>)) -> Result<(), Infallible> {
        for source in self.sources.iter().filter(|source| source.changed > after) {
            let FakeSource { ip, asn, country, name, lists, contacts, changed } = source.clone();
            each(SourceRow { ip, asn, country, name, lists, contacts, changed });
        }
        Ok(())
    }

    fn hosts_changed(&self) -> Result<i64, Infallible> {
        Ok(self.hosts.iter().map(|(.., changed)| *changed).max().unwrap_or(0))
    }

    fn hosts(&self, after: i64, each: &mut dyn FnMut(&str, &str)) -> Result<(), Infallible> {
        self.hosts
            .iter()
            .filter(|(.., changed)| *changed > after)
            .for_each(|(name, lists, _)| each(name, lists));
        Ok(())
    }
}

/// A small generator (SplitMix64): tests draw the same reports everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    pub fn pick<'a>(&mut self, pool: &[&'a str]) -> &'a str {
        pool[self.roll(pool.len())]
    }
}

pub const SUBJECTS: &[&str] = &[
    "",
    "Wire transfer",
    "Re: WIRE transfer 100*",
    "Überweisung fällig",
    "your account",
    "a\tb",
    "Mail.htm",
];
const DOMAINS: &[&str] =
    &["", "example.com", "mail.example.com example.net", "badexample.com", "example.org"];
const URLS: &[&str] = &[
    "http://x.example/a/Mail.htm",
    "https://login.example.com/secure/mail.html",
    "http://example.com@evil.example:81/?q=mail.htm",
    "www.example.net",
    "mail.htm",
    "m",
];
const FILES: &[&str] = &[
    "Invoice 7.PDF\tapplication/pdf\t10\tAAaa11\tbb22",
    "photo.jpg\timage/jpeg\t99\tcc33\tdd44",
    "\tapplication/zip\t1\tee55\tff66",
];
const WORDS: &[&str] = &[
    "",
    "auth-failure",
    "abuse",
    "Feed One",
    "spf",
    "dmarc@reports.example.org",
    "Agent/1.0",
    "unknown",
    "dkim",
];
const ADDRESSES: &[&str] = &["192.0.2.1", "192.0.2.200", "198.51.100.7", "2001:db8::1", "2001:db8:1::2"];
const NAMES: &[&str] =
    &["", "Ann@example.com", "info@mail.example.com\tbob@example.net", "Ünal", "host.example.com"];

/// Entries in the order of the pools; an absent value is number 0.
pub fn fake(seed: u64, count: u32) -> Fake {
    let mut dice = Dice(seed);
    let mut fake = Fake { last_id: count, ..Fake::default() };
    let pools = [
        (Dictionary::Subject, SUBJECTS),
        (Dictionary::Domain, DOMAINS),
        (Dictionary::Url, URLS),
        (Dictionary::File, FILES),
        (Dictionary::Word, WORDS),
    ];
    for (dictionary, pool) in pools {
        fake.entries.insert(dictionary.name(), pool.iter().map(|text| (*text).to_owned()).collect());
    }
    for id in 1..=count {
        // Every tenth number has been purged.
        if dice.roll(10) > 0 {
            fake.rows.push(row(id, &mut dice));
        }
    }
    for id in 1..=count {
        let states = &mut fake.states;
        match dice.roll(12) {
            0 => states.marked.push(id),
            1 => states.dismissed.push(id),
            2 => states.reported.push(id),
            3 => states.ledger.push((id, OutgoingState::Held)),
            4 => states.tags.entry("Phish".to_owned()).or_default().push(id),
            _ => {}
        }
    }
    fake.states.seen_up_to = count / 2;
    fake.sources = sources();
    fake
}

/// Of one address nothing is known, and one no report names.
fn sources() -> Vec<FakeSource> {
    let source = |changed, ip: &str| FakeSource {
        ip: to_column(ip.parse().expect("address")),
        changed,
        ..FakeSource::default()
    };
    vec![
        FakeSource {
            asn: 64_502,
            country: u16::from_be_bytes(*b"FR"),
            name: "Host.Example.com",
            lists: "Zzen:xbl\t~Zzen:pbl",
            contacts: "abuse@example.net",
            ..source(1, ADDRESSES[0])
        },
        FakeSource {
            asn: 64_500,
            lists: "~Zzen:pbl",
            contacts: "abuse@example.net\tnoc@example.org",
            ..source(1, ADDRESSES[1])
        },
        FakeSource {
            country: u16::from_be_bytes(*b"JP"),
            name: "mail.example.org",
            lists: "Oown:pbl",
            ..source(2, ADDRESSES[3])
        },
        FakeSource { asn: 64_503, contacts: "other@example.org", ..source(2, ADDRESSES[4]) },
        FakeSource { asn: 64_999, lists: "Zzen:sbl", ..source(2, "203.0.113.9") },
    ]
}

fn row(id: ReportId, dice: &mut Dice) -> IndexRow {
    let entry = |dice: &mut Dice, pool: &[&str]| dice.roll(pool.len() + 1) as u32;
    let list = |dice: &mut Dice, pool: &[&str]| {
        let mut list: Vec<u32> = (0..dice.roll(3)).map(|_| 1 + dice.roll(pool.len()) as u32).collect();
        list.dedup();
        list
    };
    let address = ADDRESSES.get(dice.roll(ADDRESSES.len() + 1)).map(|text| text.parse().expect("address"));
    let name = |dice: &mut Dice| dice.pick(NAMES).to_owned();
    IndexRow {
        id,
        // Fourteen days before the tests' present, some of it in their future.
        arrival: (super::NOW as usize - 14 * 86_400 + dice.roll(15 * 86_400)) as u32,
        stored_at: 0,
        status: [0, 0, 0, 0, 1, 2][dice.roll(6)],
        kind: dice.roll(3) as u8,
        cause: 1 + dice.roll(6) as u8,
        delivery: dice.roll(8) as u8,
        policy: dice.roll(4) as u8,
        flags: dice.roll(4) as u8,
        feedback_word: entry(dice, WORDS),
        auth_word: entry(dice, WORDS),
        agent_word: entry(dice, WORDS),
        reporter_word: entry(dice, WORDS),
        feed_word: entry(dice, WORDS),
        incidents: 1 + dice.roll(4) as u32,
        source_ip: address.map_or([0; 16], to_column),
        source_port: [0, 25, 40_000][dice.roll(3)],
        asn: [0, 64_500, 64_501, 4_200_000_000][dice.roll(4)],
        country: [0, u16::from_be_bytes(*b"DE"), u16::from_be_bytes(*b"RU")][dice.roll(3)],
        subject: entry(dice, SUBJECTS),
        domain: entry(dice, DOMAINS),
        subject_shape: dice.roll(4) as u64,
        url_shape: dice.roll(4) as u64,
        urls: list(dice, URLS),
        files: list(dice, FILES),
        texts: RareTexts {
            from: name(dice),
            from_name: name(dice),
            reply_to: name(dice),
            mail_from: name(dice),
            rcpt_to: name(dice),
            addresses: name(dice),
            message_id: name(dice),
        },
    }
}

impl Fake {
    /// What is known of a row's source.
    pub fn source(&self, row: &IndexRow) -> FakeSource {
        let known = self.sources.iter().rev().find(|source| source.ip == row.source_ip);
        known.cloned().unwrap_or_default()
    }

    /// The lists that the host of a URL is on.
    pub fn lists_of_host(&self, host: &str) -> &'static str {
        self.hosts.iter().rev().find(|(name, ..)| *name == host).map_or("", |(_, lists, _)| lists)
    }

    /// Stores packed blocks as the wiring does.
    pub fn pack(&mut self) {
        let mut packed = vec![];
        let Ok(()) = crate::index::pack_missing(self, &mut |column, number, data| {
            packed.push(((column.to_owned(), number), data));
        });
        self.segments.extend(packed);
    }

    pub fn full_blocks(&self) -> u32 {
        self.last_id / BLOCK_ROWS
    }
}
