//! URLs of reports: for people, for scripts, and as lists that resolvers and ad blockers take.
//!
//! What may carry a recipient's token, path and query, stands in the forms for the owner only: table, CSV, JSON,
//! plain. The lists that are made to be passed on (domains, hosts, RPZ, ad block) hold host names, exactly as they
//! are: a host that was made up for one recipient blocks nothing else, and cutting it down would block its neighbours.

use super::separated::{self, Separated};
use super::table::{Column, Style, Table};
use super::{Look, json, minute};
use crate::model::clock::{Seconds, rfc3339};
use crate::model::{Listing, OutgoingId, UrlStanding, UrlState};
use crate::text::{defang, showable, url::host};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::IpAddr;

/// A URL and how many reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlRow {
    /// As written in the mail.
    pub url: String,
    /// Reports that name it.
    pub reports: u64,
    /// First arrival of one of them.
    pub first: Seconds,
    /// Last arrival.
    pub last: Seconds,
    /// What is known of its host, if it was ever looked up.
    pub host: Option<KnownHost>,
    /// How far it is with feeds that it was ever meant for.
    pub feeds: Vec<UrlStanding>,
}

/// What is known of the host of a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownHost {
    /// Its addresses.
    pub addresses: Vec<KnownAddress>,
    /// What block lists say of it.
    pub listed: Vec<Listing>,
    /// Lists that were asked and did not answer.
    pub lists_unknown: Vec<String>,
    /// When it was looked up.
    pub looked_up_at: Option<Seconds>,
}

/// An address of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownAddress {
    /// The address.
    pub ip: IpAddr,
    /// The AS that announces it.
    pub asn: Option<u32>,
    /// Name of that AS.
    pub as_name: Option<String>,
    /// Its country.
    pub country: Option<String>,
}

/// How URLs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlFormat {
    /// For people, defanged.
    Table,
    /// One object a line.
    Json,
    /// For spreadsheets, defanged.
    Csv,
    /// One URL a line, as written.
    Plain,
    /// One host name a line, sorted, each once: what resolvers and filters call a domain list.
    Domains,
    /// A hosts file (hosts(5)) that leads each name to 0.0.0.0.
    Hosts,
    /// A response policy zone (BIND, Unbound, Knot…) that denies each name.
    Rpz,
    /// Rules for ad blockers, `||name^`.
    Adblock,
}

impl UrlFormat {
    /// What is known of the hosts stands in it.
    pub fn shows_hosts(self) -> bool {
        matches!(self, UrlFormat::Table | UrlFormat::Json | UrlFormat::Csv)
    }

    /// Made for machines that block what stands in it, rather than for looking at.
    pub fn is_passed_on(self) -> bool {
        !matches!(self, UrlFormat::Table | UrlFormat::Json)
    }
}

#[derive(Serialize)]
struct Line<'u> {
    url: &'u str,
    host: Option<String>,
    domain: Option<String>,
    reports: u64,
    first: String,
    last: String,
    addresses: &'u [KnownAddress],
    listed: Vec<&'u str>,
    lists_unknown: &'u [String],
    looked_up_at: Option<String>,
    feeds: Vec<FeedLine<'u>>,
}

/// How far a URL is with a feed, with exact values.
#[derive(Serialize)]
struct FeedLine<'u> {
    feed: &'u str,
    state: UrlState,
    at: String,
    note: &'u str,
    outgoing: OutgoingId,
}

impl<'u> Line<'u> {
    fn of(row: &'u UrlRow) -> Line<'u> {
        let host = host(&row.url);
        let domain = host.as_deref().and_then(registrable);
        let known = row.host.as_ref();
        let listed = known.into_iter().flat_map(|known| &known.listed);
        Line {
            url: &row.url,
            host,
            domain,
            reports: row.reports,
            first: rfc3339(row.first),
            last: rfc3339(row.last),
            addresses: known.map_or(&[], |known| &known.addresses),
            listed: listed.map(|listing| listing.name.as_str()).collect(),
            lists_unknown: known.map_or(&[], |known| &known.lists_unknown),
            looked_up_at: known.and_then(|known| known.looked_up_at).map(rfc3339),
            feeds: row.feeds.iter().map(feed_line).collect(),
        }
    }
}

fn feed_line(standing: &UrlStanding) -> FeedLine<'_> {
    let UrlStanding { feed, state, at, note, outgoing } = standing;
    FeedLine { feed, state: *state, at: rfc3339(*at), note, outgoing: *outgoing }
}

/// The part of a host name that somebody registered, by the public suffix list; none for addresses.
fn registrable(host: &str) -> Option<String> {
    if is_address(host) {
        return None;
    }
    psl::domain_str(host).map(str::to_owned)
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

/// Those that may stand in a list by which others block: none of a host in, or under, one of the domains.
pub fn without(rows: Vec<UrlRow>, domains: &[String]) -> Vec<UrlRow> {
    let is_under = |host: &str, domain: &String| {
        host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let is_allowed = |row: &UrlRow| {
        host(&row.url).is_some_and(|host| domains.iter().any(|domain| is_under(&host, domain)))
    };
    rows.into_iter().filter(|row| !is_allowed(row)).collect()
}

/// Writes all of them. `now` becomes the serial number of a zone.
pub fn write(
    out: &mut dyn Write,
    rows: &[UrlRow],
    format: UrlFormat,
    look: Look,
    now: Seconds,
) -> io::Result<()> {
    match format {
        UrlFormat::Table => table(out, rows, look),
        UrlFormat::Json => rows.iter().try_for_each(|row| json::write_line(out, &Line::of(row))),
        UrlFormat::Csv => csv(out, rows),
        UrlFormat::Plain => rows.iter().try_for_each(|row| plain(out, &row.url)),
        UrlFormat::Domains => names(rows).iter().try_for_each(|name| writeln!(out, "{name}")),
        UrlFormat::Hosts => {
            writeln!(out, "# Hosts of URLs in reported mail, {}", rfc3339(now))?;
            names(rows).iter().try_for_each(|name| writeln!(out, "0.0.0.0 {name}"))
        }
        UrlFormat::Rpz => rpz(out, rows, now),
        UrlFormat::Adblock => {
            writeln!(out, "! Title: Hosts of URLs in reported mail")?;
            writeln!(out, "! Last modified: {}", rfc3339(now))?;
            names(rows).iter().try_for_each(|name| writeln!(out, "||{name}^"))
        }
    }
}

fn table(out: &mut dyn Write, rows: &[UrlRow], look: Look) -> io::Result<()> {
    const COLUMNS: &[Column] = &[
        Column::number("Reports", 3),
        Column::text("First UTC", 16, 16, 2),
        Column::text("Last UTC", 16, 16, 3),
        Column::text("Domain", 10, 40, 1),
        Column::text("URL", 44, 2_000, 9),
        Column::text("Address", 7, 39, 1),
        Column::text("Network", 7, 30, 1),
        Column::text("Listed", 6, 30, 1),
        Column::text("Feeds", 8, 60, 2),
    ];
    // Where no host was looked up, its columns would only take the room of the URLs.
    let with_hosts = rows.iter().any(|row| row.host.is_some());
    let with_feeds = rows.iter().any(|row| !row.feeds.is_empty());
    let of_hosts = COLUMNS.len() - 4..COLUMNS.len() - 1;
    let is_shown = |place: usize| match place {
        place if of_hosts.contains(&place) => with_hosts,
        place if place >= of_hosts.end => with_feeds,
        _ => true,
    };
    let columns: Vec<Column> =
        COLUMNS.iter().enumerate().filter(|(place, _)| is_shown(*place)).map(|(_, column)| *column).collect();
    let mut table = Table::new(out, look, &columns);
    for row in rows {
        let domain = host(&row.url).map(|host| registrable(&host).unwrap_or(host)).unwrap_or_default();
        let shown = |text: &str| showable(&defang(text)).to_string();
        table.row(
            Style::Plain,
            vec![
                row.reports.to_string(),
                minute(row.first),
                minute(row.last),
                shown(&domain),
                shown(&row.url),
            ]
            .into_iter()
            .chain(row.host.as_ref().map(of_host).unwrap_or_default())
            .chain([showable(&feeds_in_words(&row.feeds)).to_string()])
            .enumerate()
            .filter(|(place, _)| is_shown(*place))
            .map(|(_, cell)| cell)
            .collect(),
        )?;
    }
    table.finish()
}

/// `netcraft accepted, spamhaus listed DBL`: a verdict in the feed's own word.
pub fn feeds_in_words(standings: &[UrlStanding]) -> String {
    let one = |standing: &UrlStanding| match standing.state {
        UrlState::Verdict => format!("{} {}", standing.feed, standing.note),
        state => format!("{} {state}", standing.feed),
    };
    standings.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The first address stands for all; JSON and CSV have the others.
fn of_host(host: &KnownHost) -> [String; 3] {
    let first = host.addresses.first();
    let address = first.map_or_else(String::new, |first| match host.addresses.len() {
        1 => first.ip.to_string(),
        number => format!("{} +{}", first.ip, number - 1),
    });
    let network = first.and_then(|first| {
        let name = first.as_name.as_deref().unwrap_or_default();
        Some(showable(format!("AS{} {name}", first.asn?).trim()).to_string())
    });
    let listed = showable(&super::listed(&host.listed)).to_string();
    [address, network.unwrap_or_default(), listed]
}

fn csv(out: &mut dyn Write, rows: &[UrlRow]) -> io::Result<()> {
    const COLUMNS: &[&str] = &[
        "url",
        "host",
        "domain",
        "reports",
        "first",
        "last",
        "addresses",
        "asns",
        "countries",
        "listed",
        "lists_unknown",
        "looked_up_at",
        "feeds",
    ];
    let mut file = Separated::new(out, COLUMNS)?;
    for row in rows {
        let line = Line::of(row);
        let name = |name: Option<String>| separated::known(name.map(|name| defang(&name)).as_deref());
        let each = |value: fn(&KnownAddress) -> Option<String>| {
            let values: Vec<String> = line.addresses.iter().filter_map(value).collect();
            values.join(" ")
        };
        let cells = [
            separated::text(&defang(line.url)),
            name(line.host),
            name(line.domain),
            line.reports.to_string(),
            line.first,
            line.last,
            each(|address| Some(address.ip.to_string())),
            each(|address| address.asn.map(|asn| asn.to_string())),
            each(|address| address.country.clone()),
            separated::text(&line.listed.join(" ")),
            separated::text(&line.lists_unknown.join(" ")),
            line.looked_up_at.unwrap_or_default(),
            separated::text(&feeds_in_words(&row.feeds)),
        ];
        file.row(cells)?;
    }
    file.finish()
}

/// The URL as written, but for characters that end a line: such a URL would become two.
fn plain(out: &mut dyn Write, url: &str) -> io::Result<()> {
    for (index, piece) in url.split(['\r', '\n']).enumerate() {
        if index > 0 {
            out.write_all(b"%0A")?;
        }
        out.write_all(piece.as_bytes())?;
    }
    out.write_all(b"\n")
}

/// Longest name that still fits into a zone of its own (RFC 1035 §3.1: 255 octets with the zone's name).
const NAME_LIMIT: usize = 200;

/// The host names, sorted, each once. Only letters, digits, hyphens and underscores: browsers take more in a host,
/// and a `;` or a blank in a zone or a hosts file would begin something else.
fn names(rows: &[UrlRow]) -> BTreeSet<String> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let is_name = |name: &String| {
        name.len() <= NAME_LIMIT && name.contains('.') && !is_address(name) && name.split('.').all(is_label)
    };
    rows.iter().filter_map(|row| host(&row.url)).filter(is_name).collect()
}

fn rpz(out: &mut dyn Write, rows: &[UrlRow], now: Seconds) -> io::Result<()> {
    writeln!(out, "$TTL 300")?;
    // RFC 1982: a serial number of 32 bits that grows with time.
    let serial = now.rem_euclid(1 << 32);
    writeln!(out, "@ IN SOA localhost. hostmaster.localhost. {serial} 3600 600 86400 300")?;
    writeln!(out, "@ IN NS localhost.")?;
    names(rows).iter().try_for_each(|name| writeln!(out, "{name} IN CNAME ."))
}
