//! Made-up answers of a desk: every state that a row can have, and texts that only an attacker writes.

use crate::jobs::desk::{
    Buckets, Detail, DetailPart, Facet, Group, KnownAddress, KnownHost, Likeness, Line, Panes, Row, Similar,
    UrlGrouping, UrlLine, UrlRow, ViewCount,
};
use crate::jobs::desk::{
    BurstName, CountryCount, Network, Origins, OriginsQuestion, REPORTED_DAYS, Volume, VolumeQuestion,
    start_of_last,
};
use crate::jobs::lookup::{self, Known, Section, SharedReports, Standing, Topic};
use crate::model::clock::Seconds;
use crate::model::{self, Cause, Delivery, Dimension, Kind, Listing, Pattern, ReportId, Span, Status};
use std::time::Duration;

/// 2026-11-21 14:00:00 UTC.
pub const NOW: Seconds = 1_795_269_600;

/// What nobody writes but to do harm: escape sequences of every family, bidi, zero-width, C1, floods of marks, text of
/// 10,000 columns, wide and joined signs.
pub fn hostile_texts() -> Vec<String> {
    vec![
        "\x1b[2J\x1b[31mred\x1b[0m\x1b]0;owned\x07\x1b]52;c;AAAA\x1b\\\x1bP1$r\x1b\\\x1b_a\x1b\\".to_owned(),
        "\u{9b}2J\u{9d}0;owned\u{9c}\u{90}q\u{9c}\u{85}\u{7f}\0\u{8}\r\n\t".to_owned(),
        "invoice\u{202e}fdp.exe \u{2066}a\u{2069}\u{200f}\u{61c}".to_owned(),
        "pay\u{200b}pal\u{feff}\u{ad}\u{2060}\u{e0041}\u{3164}".to_owned(),
        "w".repeat(10_000),
        "帐户".repeat(2_500),
        format!("a{}", "\u{301}".repeat(5_000)),
        "👩\u{200d}👩\u{200d}👧\u{200d}👦🏳\u{fe0f}\u{200d}🌈 e\u{301} ﷽ 𒐫".to_owned(),
        String::new(),
        " ".repeat(300),
    ]
}

/// A plain report.
pub fn row(id: ReportId) -> Row {
    Row {
        id,
        arrival: NOW - Seconds::from(id) * 61,
        status: Status::Report,
        status_reason: String::new(),
        kind: Kind::Normal,
        cause: Cause::Fraud,
        feedback_type: Some("auth-failure".to_owned()),
        feed: "failures".to_owned(),
        reporter: Some("dmarc@reporter.example".to_owned()),
        source_ip: Some([240, 3, 0, id as u8].into()),
        source_name: None,
        country: Some("RU".to_owned()),
        asn: Some(64_512 + id),
        listed: vec![],
        delivery: Some(Delivery::Reject),
        reported_domain: "nordbank.example".to_owned(),
        from: Some("board@nordbank.example".to_owned()),
        subject: Some(format!("Wire transfer {id}: please confirm")),
        incidents: 1,
        shape: 0x1234,
        url_shape: 0,
        urls: 1,
        files: 0,
        unverified: false,
        reported: false,
        marked: false,
        dismissed: false,
        new: false,
    }
}

/// An entry of a block list.
pub fn listing(name: &str) -> Listing {
    let letter = name.chars().next().unwrap_or(' ').to_ascii_uppercase();
    Listing { name: name.to_owned(), letter, policy: name.ends_with(":pbl") }
}

/// One row of every state first, plain ones after them.
pub fn rows(count: u32) -> Vec<Row> {
    let mut rows: Vec<Row> = (1..=count).rev().map(row).collect();
    let states: [fn(&mut Row); 9] = [
        |row| row.marked = true,
        |row| (row.reported, row.marked) = (true, true),
        |row| (row.reported, row.delivery) = (true, Some(Delivery::None)),
        |row| row.dismissed = true,
        |row| row.new = true,
        |row| row.unverified = true,
        |row| row.delivery = Some(Delivery::None),
        |row| row.listed = vec![listing("zen:xbl"), listing("barracuda"), listing("zen:pbl")],
        |row| {
            row.kind = Kind::Bounce;
            (row.country, row.asn, row.source_ip, row.delivery) = (None, None, None, None);
            row.subject = Some("Unzustellbar: 帐户 \u{202e}gnp.exe".to_owned());
            row.source_name = Some("mail.sender.example".to_owned());
        },
    ];
    for (row, state) in rows.iter_mut().zip(states) {
        state(row);
    }
    rows
}

/// Every text of every row is a hostile one.
pub fn hostile_rows() -> Vec<Row> {
    let texts = hostile_texts();
    let text = |at: usize| texts[at % texts.len()].clone();
    let hostile = |(at, mut row): (usize, Row)| {
        row.subject = Some(text(at));
        row.from = Some(text(at + 1));
        row.reporter = Some(text(at + 2));
        row.feed = text(at + 3);
        row.source_name = Some(text(at + 4));
        row.country = Some(text(at + 5));
        row.listed = vec![listing(&text(at + 6)), listing(&text(at + 7))];
        row.feedback_type = Some(text(at + 8));
        row.reported_domain = text(at + 9);
        (row.arrival, row.asn, row.incidents) = (Seconds::MAX, Some(u32::MAX), u32::MAX);
        row
    };
    rows(24).into_iter().enumerate().map(hostile).collect()
}

/// Groups with one row each in front.
pub fn groups(rows: &[Row], likeness: Likeness) -> Vec<Line> {
    let group = |(at, row): (usize, &Row)| {
        Line::Group(Box::new(Group {
            newest: row.clone(),
            likeness,
            which: 0,
            shared: match likeness {
                Likeness::Network => {
                    format!("AS{} {}", row.asn.unwrap_or(0), row.country.as_deref().unwrap_or(""))
                }
                Likeness::Source => row.source_ip.map(|ip| ip.to_string()).unwrap_or_default(),
                Likeness::Url => "name/login/0?id".to_owned(),
                _ => row.subject.clone().unwrap_or_default(),
            },
            count: [1_203_117, 412, 17, 1][at % 4],
            reported: [0, 412, 5, 1][at % 4],
            marked: [0, 0, 17, 1][at % 4],
            first: NOW - 90_000,
            last: row.arrival,
        }))
    };
    rows.iter().enumerate().map(group).collect()
}

/// Counts, with a long pane and an hour that bursts.
pub fn panes(question: u64) -> Panes {
    let named = |values: &[(&str, u64)]| values.iter().map(|(v, count)| ((*v).to_owned(), *count)).collect();
    let mut counts = vec![[0; Kind::ALL.len()]; 72];
    for (hour, kinds) in counts.iter_mut().enumerate() {
        *kinds = [hour as u64 % 7, hour as u64 % 2, 0];
    }
    counts[60] = [90, 3, 1];
    Panes {
        question,
        facets: vec![
            (Facet::State, named(&[("open", 388), ("reported", 20), ("new", 12)])),
            (Facet::Kind, named(&[("normal", 388), ("bounce", 17), ("auto-replied", 7)])),
            (Facet::Cause, named(&[("fraud", 301), ("forwarded", 30)])),
            (Facet::Country, (0..20).map(|n| (format!("C{n}"), 200 - n)).collect()),
            (Facet::Asn, named(&[("64512", 1_155_908), ("64513", 4)])),
            (Facet::Domain, named(&[("nordbank.example", 300)])),
            (Facet::Reporter, named(&[("a-reporter-with-a-long-name@reporter.example", 300)])),
            (
                Facet::Tag,
                hostile_texts().into_iter().filter(|text| !text.is_empty()).map(|t| (t, 1)).collect(),
            ),
        ],
        windows: named(&[("1h", 3), ("1d", 60), ("2d", 120), ("7d", 388), ("30d", 1_155_908)]),
        at_most: vec![],
        hours: Buckets { start: NOW - 72 * 3_600, seconds: 3_600, counts },
        kinds: [388, 17, 7],
        reports: 128_291,
        open: 388,
        new: 12,
        quarantined: 13,
        took: Duration::from_micros(900),
    }
}

/// A report with parts of all sorts.
pub fn detail(row: &Row) -> Detail {
    let part = |title, count, lines: &[(&str, &str)], defang| DetailPart {
        title,
        count,
        lines: lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        defang,
    };
    let text = format!(
        "Dear {},\n\nsee http://evil.example/login?a=1 and\twww.evil.example now.\n",
        "you ".repeat(40)
    );
    let hostile = hostile_texts();
    let mut parts = vec![
        part(
            "report",
            None,
            &[
                ("Feedback-Type", "auth-failure (field)"),
                ("Source-IP", "240.3.0.7 (field)"),
                ("Reported-Domain", "nordbank.example"),
                (
                    "A-Field-With-A-Name-That-Is-Long",
                    "its value, which is long enough to be broken into lines",
                ),
            ],
            false,
        ),
        part("headers", Some(2), &[("From", "board@nordbank.example"), ("Subject", "Wire transfer")], false),
        part("text", None, &[("", &text)], true),
        part("URLs", Some(1), &[("", "http://evil.example/login?a=1")], true),
        part("files", Some(0), &[], false),
    ];
    parts.push(DetailPart {
        title: "raw",
        count: None,
        lines: hostile.iter().map(|text| (text.clone(), text.clone())).collect(),
        defang: true,
    });
    Detail {
        row: row.clone(),
        parts,
        urls: std::iter::once("http://evil.example/login?a=1".to_owned()).chain(hostile).collect(),
    }
}

/// How many are like a report: in some respects none, in others passed over.
pub fn similar(id: ReportId) -> Similar {
    Similar {
        id,
        counts: vec![
            (Likeness::Subject, 41, 1_040, 17),
            (Likeness::Url, 0, 3, 0),
            (Likeness::Host, 0, 0, 0),
            (Likeness::Source, 2, 2, 0),
            (Likeness::Network, 300, 120_000, 5),
        ],
    }
}

/// Saved views, one of them with a name that somebody else made up.
pub fn views() -> Vec<ViewCount> {
    let view = |name: &str, query: &str, count| ViewCount {
        name: name.to_owned(),
        query: query.to_owned(),
        count,
        at_most: query.contains("text:"),
    };
    vec![
        view("morning", "since:1d is:open kind:normal", 388),
        view("wire", "\"wire transfer\" country:BR", 12),
        view("body", "text:bitcoin", 1_040),
        view("\x1b[2Jname", "\u{202e}query", 0),
    ]
}

/// What is known about a subject: a line of every standing, hostile ones at the end.
pub fn known(subject: &str) -> Known {
    let line = |name: &str, value: &str, standing| lookup::Line::new(name, value).standing(standing);
    let by = |line: lookup::Line, source: &str, age: Seconds| lookup::Line {
        source: source.to_owned(),
        at: Some(NOW - age),
        is_old: age > 86_400,
        ..line
    };
    let reports = |what: &str, query: &str, count| SharedReports {
        what: what.to_owned(),
        query: query.to_owned(),
        count,
        open: count / 2,
        reported: count / 3,
        first: (count > 0).then_some(NOW - 400_000),
        last: (count > 0).then_some(NOW - 61),
    };
    let address = Section::new(Topic::Subject, "Address")
        .with(by(line("Host name", "mail.sender.example (confirmed)", Standing::Found), "DNS", 30))
        .with(by(line("AS", "AS64500 EXAMPLE-NET", Standing::Found), "Team Cymru", 7_200))
        .with(by(line("Prefix", "240.3.0.0/16", Standing::Found), "Team Cymru", 7_200))
        .with(by(line("Country", "no country is given for it", Standing::Absent), "GeoIP", 900_000))
        .with(lookup::Line::new("Leads to", "http://evil.example/login?a=1").link());
    let lists = Section::new(Topic::Lists, "Block lists")
        .with(by(line("zen (Z)", "xbl: an exploited host", Standing::Listed), "zen.spamhaus.org", 300))
        .with(by(
            line("zen (Z)", "pbl: no mail from here (policy)", Standing::Policy),
            "zen.spamhaus.org",
            300,
        ))
        .with(line("spamcop (S)", "192.0.2.53 did not answer within 3 s", Standing::Unknown));
    let contacts = Section::new(Topic::Contacts, "Abuse contacts")
        .with(by(line("mail", "abuse@sender.example", Standing::Found), "RDAP rdap.example.net", 7_200))
        .with(line("refused", "noreply@sender.example: nobody reads it", Standing::Refused))
        .with(line("ripestat", "not needed: rdap has named somebody", Standing::Unasked))
        .with(line("", "a remark", Standing::Remark));
    // Their beginnings: what a whole one does to a part is seen in the report.
    let hostile_lines = hostile_texts().into_iter().map(|text| {
        let start = |count| text.chars().take(count).collect::<String>();
        lookup::Line { source: start(40), ..lookup::Line::new(start(40), start(120)) }
    });
    let hostile =
        Section { lines: hostile_lines.collect(), ..Section::new(Topic::Sources, "\x1b[2JSources") };
    Known {
        subject: subject.to_owned(),
        kind: "address",
        at: NOW,
        offline: None,
        sections: vec![address, lists, contacts, hostile],
        reports: vec![
            reports("from this address", "ip:240.3.0.7", 1_412),
            reports("in its name", "domain:x.example", 0),
        ],
    }
}

/// Where a URL led.
pub fn traced(url: &str) -> Section {
    Section::new(Topic::Subject, "Where it leads")
        .with(lookup::Line {
            source: "302 in 41 ms, asked".to_owned(),
            ..lookup::Line::new("Hop 1", url).link()
        })
        .with(lookup::Line {
            source: "AS64500 EXAMPLE-NET".to_owned(),
            ..lookup::Line::new("at", "240.3.0.9")
        })
        .with(lookup::Line::new("End", "It answered, and leads no further.").standing(Standing::Remark))
}

/// URLs: one of which everything is known, some with gaps, one with a list that did not answer, hostile ones at the end.
pub fn urls(grouping: Option<UrlGrouping>) -> Vec<UrlLine> {
    if let Some(grouping) = grouping {
        let names = [grouping.name().to_owned(), "login.evil.example".to_owned()].into_iter();
        let groups = names.chain(hostile_texts()).enumerate().map(|(at, name)| UrlLine::Group {
            name,
            urls: 12,
            reports: [1_203_117, 412, 17, 1][at % 4],
            first: NOW - 90_000,
            last: NOW - 61 * at as Seconds,
        });
        return groups.collect();
    }
    let known = |ip: [u8; 4], listed: &[&str]| KnownHost {
        addresses: vec![KnownAddress {
            ip: ip.into(),
            asn: Some(64_500),
            as_name: Some("EXAMPLE-NET".to_owned()),
            country: Some("NL".to_owned()),
        }],
        listed: listed.iter().map(|name| listing(name)).collect(),
        lists_unknown: vec![],
        looked_up_at: Some(NOW - 7_200),
    };
    let mut listed = known([192, 0, 2, 7], &["dbl:phish", "zen:xbl"]);
    listed.addresses.push(KnownAddress {
        ip: [192, 0, 2, 8].into(),
        asn: None,
        as_name: None,
        country: None,
    });
    let plain = [
        ("http://login.evil.example/secure/webmail.htm?id=1", 412, Some(listed)),
        ("https://shop.example/a", 17, Some(known([192, 0, 2, 9], &[]))),
        (
            "http://silent.example/",
            3,
            Some(KnownHost {
                lists_unknown: vec!["dbl".to_owned()],
                looked_up_at: Some(NOW),
                ..KnownHost::default()
            }),
        ),
        (
            "http://evil.example/a/path/that/is/so/long/that/it/does/not/fit/onto/any/line/of/a/screen/mail.htm",
            2,
            None,
        ),
    ];
    let plain = plain.into_iter().map(|(url, reports, host)| (url.to_owned(), reports, host));
    let many = (0..40).map(|number| (format!("http://host{number}.example/x/{number}-mail.htm"), 1, None));
    let hostile =
        hostile_texts().into_iter().map(|text| (text, u64::MAX, Some(known([240, 0, 0, 1], &["\x1b[2J"]))));
    plain
        .chain(many)
        .chain(hostile)
        .enumerate()
        .map(|(at, (url, reports, host))| UrlLine::Url {
            entry: at as u32 + 1,
            row: UrlRow {
                url,
                reports,
                first: NOW - 90_000,
                last: NOW - 61 * at as Seconds,
                host,
                feeds: super::submitting::standings(at),
            },
        })
        .collect()
}

/// Patterns of every kind: a new one, one that grew, one that is reported already, and one that only an attacker
/// writes.
pub fn patterns() -> Vec<Pattern> {
    let span = Span::new(NOW - 86_400, NOW);
    let curve: Vec<u64> = (0..32).map(|place| if place < 28 { place % 5 } else { 40 }).collect();
    let wave = Pattern {
        dimension: Dimension::Words,
        value: "wire transfer".to_owned(),
        text: "wire transfer".to_owned(),
        query: "since:1d \"wire transfer\"".to_owned(),
        count: 40,
        before: 0,
        times: None,
        span,
        first: NOW - 5 * 3_600,
        last: NOW - 120,
        curve: curve.iter().map(|count| if *count == 40 { 10 } else { 0 }).collect(),
        countries: vec![("RU".to_owned(), 27), ("CN".to_owned(), 13)],
        sources: 3,
        fraud: 38,
        listed: 31,
        delivered: 12,
        reported: 0,
        open: 40,
        newest: 40,
        details: vec![
            shared(Dimension::Ending, "mail.htm", 40),
            shared(Dimension::Network, "240.3.0.0/24", 20),
            shared(Dimension::Asn, "64500 EXAMPLE-NET", 40),
        ],
        score: 4.2,
    };
    let grown = Pattern {
        dimension: Dimension::Host,
        value: "evil.example".to_owned(),
        text: "evil.example".to_owned(),
        query: "since:1d host:evil.example".to_owned(),
        count: 1_204,
        before: 931,
        times: Some(9.05),
        curve,
        sources: 402,
        fraud: 1_204,
        reported: 301,
        open: 903,
        details: vec![],
        score: 3.1,
        ..wave.clone()
    };
    let done = Pattern {
        dimension: Dimension::Hash,
        value: "ab".repeat(32),
        text: "ab".repeat(32),
        query: format!("since:1d hash:{}", "ab".repeat(32)),
        count: 12,
        times: Some(21.4),
        before: 4,
        reported: 12,
        open: 0,
        score: 1.0,
        ..wave.clone()
    };
    let hostile = hostile_texts().into_iter().map(|text| Pattern {
        dimension: Dimension::Subject,
        query: format!("since:1d {text}"),
        details: vec![shared(Dimension::From, &text, 7)],
        countries: vec![(text.chars().take(9).collect(), 7)],
        value: text.clone(),
        text,
        score: 0.5,
        ..wave.clone()
    });
    let known = [wave.clone(), grown, done];
    known.into_iter().chain(hostile).collect()
}

fn shared(dimension: Dimension, text: &str, count: u64) -> model::pattern::Detail {
    model::pattern::Detail { dimension, value: text.to_owned(), text: text.to_owned(), example: 40, count }
}

/// The course of a few days, with a burst and a day on which nothing came.
pub fn volume(question: &VolumeQuestion) -> Volume {
    let start = start_of_last(NOW, question.seconds, question.spans + question.ago);
    let is_empty = question.query.contains("zqxj") && question.ago < 2_000;
    let count = |span: usize| match span % 24 {
        _ if is_empty => [0; 3],
        _ if span + 12 == question.spans => [1_290, 84, 16],
        _ if span + 13 == question.spans => [410, 20, 0],
        _ if question.spans > 48 && (30..40).contains(&span) => [0, 0, 0],
        hour @ 0..6 => [20 + hour as u64, 3, 1],
        hour => [90 + 17 * (hour as u64 % 5), 30 - hour as u64, hour as u64 / 2],
    };
    let counts = (0..question.spans).map(count).collect();
    let buckets = Buckets { start, seconds: question.seconds, counts };
    Volume {
        question: question.number,
        bursts: buckets.bursts(),
        buckets,
        reported_start: start_of_last(NOW, 86_400, REPORTED_DAYS),
        reported: (0..REPORTED_DAYS as u64).map(|day| if day % 7 < 2 { 0 } else { day * day * 3 }).collect(),
        newest: Some(NOW - 102 * 86_400).filter(|_| is_empty),
        at_most: false,
        took: Duration::from_micros(1_900),
    }
}

/// Why its spans stand out; what an attacker wrote is among it.
pub fn burst_names(question: &VolumeQuestion) -> Vec<BurstName> {
    let volume = volume(question);
    let name = |bucket| BurstName {
        start: volume.buckets.start_of(bucket),
        grown: vec![
            ("subject", "Wire transfer \u{202e}1\x1b[2J: please confirm".to_owned(), 1_203, 4),
            ("url", "*mail.htm".to_owned(), 1_100, 0),
            ("ip", "240.3.0.7".to_owned(), 412, 17),
        ],
    };
    volume.bursts.iter().map(|burst| name(burst.bucket)).collect()
}

/// Large countries and small ones, one that nobody knows, one without a name; networks with all that is known, and with
/// nothing.
pub fn origins(question: &OriginsQuestion) -> Origins {
    let country = |(place, (code, count)): (usize, &(&str, u64))| CountryCount {
        code: (!code.is_empty()).then(|| (*code).to_owned()),
        count: *count,
        reported: if place % 3 == 0 { count / 3 } else { 0 },
        course: (0..question.spans as u64)
            .map(|span| (span * 7 + place as u64 * 5) % 11 * count / 60)
            .collect(),
    };
    let counts = [
        ("RU", 128_304),
        ("CN", 40_112),
        ("US", 31_000),
        ("SG", 12_007),
        ("BR", 9_410),
        ("", 4_000),
        ("NL", 3_209),
        ("DE", 1_204),
        ("IN", 1_203),
        ("HK", 412),
        ("ZA", 301),
        ("AU", 96),
        ("NG", 41),
        ("ZZ", 17),
        ("MT", 3),
        ("IS", 1),
    ];
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let network = |place: u32| Network {
        asn: (place != 3).then_some(64_500 + place),
        name: Some(format!("EXAMPLE-{place} An Example Network, Ltd.")).filter(|_| place % 4 != 3),
        registry: Some("ripencc".to_owned()).filter(|_| place % 3 != 2),
        allocated: Some("2008-02-29".to_owned()).filter(|_| place % 3 != 2),
        contact: match place {
            1 => Some("\x1b[2Jabuse@\u{202e}network.example".to_owned()),
            _ => Some(format!("abuse@network-{place}.example")).filter(|_| place.is_multiple_of(2)),
        },
        count: 60_000 / u64::from(place + 1),
    };
    Origins {
        question: question.number,
        total,
        countries: counts.iter().enumerate().map(country).collect(),
        networks: (0..question.networks as u32).map(network).collect(),
        networks_in_all: 2_500,
        at_most: false,
        took: Duration::from_micros(5_100),
    }
}
