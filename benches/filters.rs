//! Times of a million reports: load, memory, filters with a page and the exact count, facets, graphs.
//!
//! Prints median, 99th percentile and least in milliseconds; the least is what a busy machine hides last. Goals stand beside them; compare ratios of one run, since
//! machines differ and so do their moods.

use lafayette::index::{
    Cancel, Direction, Facet, Index, Part, PatternQuestion, PatternValues, Selection, Sort, Weight,
    pack_entries, pack_rows,
};
use lafayette::model::columns::{BLOCK_ENTRIES, BLOCK_ROWS};
use lafayette::model::{ColumnSource, Dictionary, IndexRow, ReportId, Span, States};
use lafayette::query::{Filter, parse};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

const REPORTS: u32 = 1_000_000;
const NOW: u32 = 1_795_269_600;
const DAYS: u32 = 90;
const RUNS: usize = 100;

/// SplitMix64: the same reports in every run.
fn roll(seed: u64, sides: u32) -> u32 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) % u64::from(sides)) as u32
}

/// A value of which few are frequent, as networks and countries are.
fn skewed(seed: u64, sides: u32) -> u32 {
    let share = roll(seed, 1 << 20) as f64 / f64::from(1 << 20);
    (share.powi(4) * f64::from(sides)) as u32
}

const WORDS: &[&str] =
    &["auth-failure", "abuse", "failures", "spamtraps", "dmarc", "spf", "dkim", "Agent/1.0", "Reporter 2.1"];
const VERBS: &[&str] =
    &["wire transfer", "your account", "invoice", "parcel", "password", "meeting", "payment", "offer"];
const PATHS: &[&str] =
    &["login", "secure/mail.htm", "index.php", "track", "verify", "a/b/c", "unsubscribe", "img"];

fn subject(number: u32) -> String {
    let verb = if number.is_multiple_of(50) { 0 } else { 1 + roll(number.into(), 7) as usize };
    format!("Re: {} {:x} for you {}", VERBS[verb], roll(u64::from(number) + 7, u32::MAX), number % 1_000)
}

fn url(number: u32) -> String {
    let path =
        if number.is_multiple_of(220) { 1 } else { [0, 2, 3, 4, 5, 6, 7][roll(number.into(), 7) as usize] };
    let host = roll(u64::from(number) + 3, 200_000);
    let query =
        if path == 1 { String::new() } else { format!("?id={:x}", roll(u64::from(number) + 5, u32::MAX)) };
    format!("https://www{host}.sub{}.example/{}{query}", host % 97, PATHS[path])
}

const SUBJECTS: u32 = 500_000;
const URLS: u32 = 1_500_000;

fn row(id: ReportId) -> IndexRow {
    let seed = u64::from(id) * 64;
    let jitter = roll(seed, 7_200);
    let ip = skewed(seed + 1, 86_000);
    let asn = skewed(u64::from(ip) + 1, 2_500);
    let urls = match roll(seed + 2, 10) {
        0 => vec![],
        many => {
            (0..(many / 4).max(1)).map(|n| 1 + (id / 2 * 3 + n * 7 + roll(seed + 3, 900)) % URLS).collect()
        }
    };
    IndexRow {
        id,
        arrival: NOW - DAYS * 86_400
            + ((u64::from(DAYS) * 86_400 * u64::from(id)) / u64::from(REPORTS)) as u32
            - jitter,
        kind: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2][roll(seed + 4, 20) as usize],
        cause: [1, 1, 1, 4, 5, 6][roll(seed + 5, 6) as usize],
        delivery: roll(seed + 6, 4) as u8,
        policy: roll(seed + 7, 4) as u8,
        feedback_word: 1 + roll(seed + 8, 2),
        feed_word: 3 + roll(seed + 9, 2),
        auth_word: 5 + roll(seed + 10, 3),
        agent_word: 8 + roll(seed + 10, 2),
        reporter_word: 10 + skewed(seed + 11, 300),
        incidents: 1 + u32::from(roll(seed + 12, 20) == 0),
        source_ip: lafayette::model::address_space::to_column(
            std::net::Ipv4Addr::from(0xf000_0000 + ip * 7).into(),
        ),
        source_port: roll(seed + 13, 60_000) as u16,
        asn: 64_512 + asn,
        country: 0x4141 + (skewed(u64::from(asn), 62) as u16),
        subject: if roll(seed + 14, 2) == 0 {
            1 + id / 2 % SUBJECTS
        } else {
            1 + skewed(seed + 15, SUBJECTS)
        },
        domain: 1 + skewed(seed + 16, 40),
        subject_shape: u64::from(1 + skewed(seed + 17, 20_000)),
        url_shape: u64::from(roll(seed + 18, 9_000)),
        urls,
        ..IndexRow::default()
    }
}

/// A store that has everything packed, as it is after an import.
struct Packed {
    segments: BTreeMap<String, Vec<(u32, Vec<u8>)>>,
    rest: Vec<IndexRow>,
}

fn dictionary(dictionary: Dictionary) -> (u32, fn(u32) -> String) {
    match dictionary {
        Dictionary::Subject => (SUBJECTS, subject),
        Dictionary::Url => (URLS, url),
        Dictionary::Domain => (40, |number| format!("brand{number}.example")),
        Dictionary::Word => (310, |number| match WORDS.get(number as usize - 1) {
            Some(word) => (*word).to_owned(),
            None => format!("dmarc@reporter{number}.example"),
        }),
        Dictionary::File => (0, |_| String::new()),
    }
}

impl Packed {
    fn new() -> Packed {
        let mut segments: BTreeMap<String, Vec<(u32, Vec<u8>)>> = BTreeMap::new();
        let full = REPORTS / BLOCK_ROWS;
        for block in 0..full {
            let rows: Vec<IndexRow> = (block * BLOCK_ROWS + 1..=(block + 1) * BLOCK_ROWS).map(row).collect();
            for (column, data) in pack_rows(&rows) {
                segments.entry(column).or_default().push((block, data));
            }
        }
        for kind in Dictionary::ALL {
            let (count, text) = dictionary(kind);
            for block in 0..count / BLOCK_ENTRIES {
                let texts: Vec<String> =
                    (block * BLOCK_ENTRIES + 1..=(block + 1) * BLOCK_ENTRIES).map(text).collect();
                let (column, data) = pack_entries(kind, texts.iter().map(String::as_str));
                segments.entry(column).or_default().push((block, data));
            }
        }
        Packed { segments, rest: (full * BLOCK_ROWS + 1..=REPORTS).map(row).collect() }
    }
}

impl ColumnSource for Packed {
    type Error = Infallible;

    fn last_id(&self) -> Result<ReportId, Infallible> {
        Ok(REPORTS)
    }

    fn segments(&self, column: &str, each: &mut dyn FnMut(u32, &[u8])) -> Result<(), Infallible> {
        self.segments.get(column).into_iter().flatten().for_each(|(number, data)| each(*number, data));
        Ok(())
    }

    fn index_rows(
        &self,
        first: u32,
        last: u32,
        _: bool,
        each: &mut dyn FnMut(IndexRow),
    ) -> Result<(), Infallible> {
        self.rest.iter().filter(|row| (first..=last).contains(&row.id)).for_each(|row| each(row.clone()));
        Ok(())
    }

    fn entries(
        &self,
        kind: Dictionary,
        first: u32,
        each: &mut dyn FnMut(u32, &str),
    ) -> Result<(), Infallible> {
        let (count, text) = dictionary(kind);
        (first..=count).for_each(|number| each(number, &text(number)));
        Ok(())
    }

    fn states(&self) -> Result<States, Infallible> {
        Ok(States { reported: (1..=REPORTS).step_by(5).collect(), ..States::default() })
    }
}

/// Private memory of the process in megabytes; 0 where the system does not tell.
fn private_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1_024.0
}

fn measure<T>(name: &str, goal: &str, runs: usize, mut work: impl FnMut() -> T) {
    let mut times = vec![];
    black_box(work());
    for _ in 0..runs {
        let start = Instant::now();
        black_box(work());
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let percentile = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
    let (median, p99) = (percentile(50).copied().unwrap_or(0.0), percentile(99).copied().unwrap_or(0.0));
    let least = times.first().copied().unwrap_or(0.0);
    println!("{name:<58} {median:>9.3} {p99:>9.3} {least:>9.3}   {goal}");
}

fn read(query: &str) -> Filter {
    parse(query, i64::from(NOW)).unwrap_or_default()
}

fn main() {
    let source = Packed::new();
    let held = private_megabytes();
    println!("{:<58} {:>9} {:>9} {:>9}   goal", "a million reports, milliseconds", "median", "p99", "least");
    measure("load columns and subjects from packed blocks", "100", 5, || Index::load(&source));
    let Ok(mut index) = Index::load(&source);
    let basic = private_megabytes() - held;
    let start = Instant::now();
    let Ok(()) = index.load_part(Part::Urls, &source);
    println!("{:<58} {:>9.3} {:>9} {:>9}   250", "load URLs", start.elapsed().as_secs_f64() * 1e3, "", "");
    println!("{:<58} {basic:>9.1} {:>9}", "memory of columns and subjects, MB", "");
    println!("{:<58} {:>9.1} {:>9} {:>9}   200", "memory with URLs, MB", private_megabytes() - held, "", "");
    let never = Cancel::never();
    for (query, goal) in [
        ("", "5"),
        ("since:2d", "5"),
        ("since:2d \"wire transfer\"", "5"),
        ("\"wire transfer\"", "5"),
        ("your", "5"),
        ("in", "5"),
        ("e", "5"),
        ("zqxj", "5"),
        ("since:2d url:*mail.htm", "5"),
        ("url:*mail.htm", "5"),
        ("url:*/secure/mail.htm", "5"),
        ("url:*m", "5"),
        ("url:mail.htm", "16"),
        ("url:login", "16"),
        ("url:e", "16"),
        ("host:sub3.example", "16"),
        ("asn:64512", "5"),
        ("asn:67011", "5"),
        ("ip:240.0.0.0/16", "5"),
        ("kind:bounce", "5"),
        ("feedback:abuse", "5"),
        ("country:AC", "5"),
        ("is:open kind:normal", "5"),
        ("since:7d account country:AA kind:normal", "10"),
        ("account url:login country:AA asn:64512", "10"),
        ("account url:login -kind:bounce", "16"),
        ("account OR invoice OR kind:bounce", "10"),
        ("/wire.*9 for/", ""),
    ] {
        let filter = read(query);
        let name =
            format!("{} [{}]", query, index.select(&filter, &never).map_or(0, |selection| selection.count()));
        measure(&name, goal, RUNS, || {
            let selection = index.select(&filter, &never);
            selection
                .and_then(|found| index.page(&found, Sort::Arrival, Direction::Descending, 0, 50))
                .unwrap_or_default()
        });
    }
    for query in ["", "kind:normal", "your", "since:2d"] {
        let Ok(selection) = index.select(&read(query), &never) else { continue };
        facets(&index, &selection, query);
    }
    let start = Instant::now();
    let Ok(()) = index.load_parts(&Index::parts_for_patterns(), &source);
    let took = start.elapsed().as_secs_f64() * 1e3;
    println!("{:<58} {took:>9.3}", "load what patterns are looked for in beside the above");
    let mut values = PatternValues::default();
    for days in [1, 2, 7, 30] {
        patterns(&index, &mut values, days, "100");
    }
}

/// A window against the time before.
fn patterns(index: &Index, values: &mut PatternValues, days: u32, goal: &str) {
    let Ok(among) = index.select(&Filter::All, &Cancel::never()) else { return };
    let shown = read(&format!("since:{days}d"));
    let span = Span::new(i64::from(NOW - days * 86_400), i64::from(NOW)).open();
    let question = PatternQuestion { among: &among, shown: &shown, span, least: 5 };
    let start = Instant::now();
    let found = index.patterns(&question, values, &Cancel::never()).map_or(0, |patterns| patterns.len());
    let first = start.elapsed().as_secs_f64() * 1e3;
    let name = format!("patterns of {days} d against {} before [{found}]", span.before_in_words());
    println!("{:<58} {first:>9.3}", format!("{name}, asked the first time"));
    measure(&name, goal, 20, || index.patterns(&question, values, &Cancel::never()));
}

fn facets(index: &Index, selection: &Selection, query: &str) {
    let panes: Vec<Facet> =
        Facet::ALL.iter().copied().filter(|facet| !matches!(facet, Facet::Hour | Facet::Day)).collect();
    let whole = index.whole();
    let name = format!("all facets, 72 h, countries of '{query}' [{}]", selection.count());
    measure(&name, "10", RUNS, || {
        let panes: Vec<_> = panes.iter().map(|facet| (*facet, selection)).collect();
        let counts = index.facets(&panes, Weight::Reports, &whole, 50);
        (counts, index.hours(selection, i64::from(NOW), 72), index.countries(selection, Weight::Reports))
    });
    if query.is_empty() {
        for facet in panes {
            measure(&format!("  {facet}"), "", 20, || index.facet(selection, facet, Weight::Reports, 50));
        }
        measure("  hours", "", 20, || index.hours(selection, i64::from(NOW), 72));
        measure("sorted by asn, page of 50", "", 10, || {
            index.page(selection, Sort::Asn, Direction::Ascending, 0, 50)
        });
        measure("sorted by subject, page of 50", "", 10, || {
            index.page(selection, Sort::Subject, Direction::Ascending, 0, 50)
        });
    }
}
