//! Which mails are one matter: same source, contact and pattern within a day. Their desk gets one report with the
//! best specimen and their number. Knows records and no bytes.

use super::checks::check_record;
use super::{Sender, report_type};
use crate::model::clock::Seconds;
use crate::model::{ArrivalFrom, Delivery, FeedKind, Record, ReportForm, ReportId, ReportType, SourceIpFrom};
use std::collections::BTreeMap;
use std::net::IpAddr;

const DAY: Seconds = 24 * 3600;

/// What mails of one flood have in common. Besides source, contact and pattern that is everything by which a person
/// approves: nothing unverified or derived hides behind something that is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Matter {
    to: String,
    source: IpAddr,
    subject_shape: u64,
    url_shape: u64,
    report_type: ReportType,
    feed_kind: FeedKind,
    unverified: bool,
    source_ip_from: Option<SourceIpFrom>,
    arrival_from: ArrivalFrom,
    reported_domains: Vec<String>,
}

/// How good a mail is as evidence; the larger, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Worth {
    whole: bool,
    has_port: bool,
    has_recipient: bool,
    has_results: bool,
    has_urls: bool,
    reached_somebody: bool,
    /// Desks act on what is fresh.
    arrival: Seconds,
}

/// A reported mail on its way to a contact, in the few bytes that sorting takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    id: ReportId,
    /// `None` for one that stands alone.
    matter: Option<Matter>,
    worth: Worth,
    arrival: Seconds,
    incidents: u32,
}

impl Candidate {
    /// The mail of this record for this contact. One that must not be reported, has no time or shows no pattern
    /// stands alone: it neither speaks for others nor adds to their number.
    pub fn of(record: &Record, to: &str, form: &ReportForm, sender: &Sender<'_>, now: Seconds) -> Candidate {
        let report = &record.report;
        let has_pattern = report.subject_shape != 0 || report.url_shape != 0;
        let source = check_record(record, sender, now).ok();
        let source = source.filter(|_| has_pattern && report.arrival_from != ArrivalFrom::Import);
        let matter = source.map(|source| Matter {
            to: to.trim().to_ascii_lowercase(),
            source,
            subject_shape: report.subject_shape,
            url_shape: report.url_shape,
            report_type: report_type(record, form),
            feed_kind: record.feed_kind,
            unverified: report.unverified,
            source_ip_from: report.source_ip_from,
            arrival_from: report.arrival_from,
            reported_domains: report.reported_domains.clone(),
        });
        let worth = Worth {
            whole: !report.headers_only,
            has_port: report.source_port.is_some(),
            has_recipient: !report.original_rcpt_to.is_empty(),
            has_results: !report.authentication_results.is_empty(),
            has_urls: !report.urls.is_empty(),
            reached_somebody: matches!(report.delivery, Some(Delivery::None | Delivery::Delivered)),
            arrival: report.arrival,
        };
        Candidate {
            id: record.id,
            matter,
            worth,
            arrival: report.arrival,
            incidents: report.incidents.max(1),
        }
    }
}

/// One report's worth of mails: the specimen, and those that it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flood {
    /// The mail that is the evidence.
    pub specimen: ReportId,
    /// The others, by arrival. They are settled by the report.
    pub covered: Vec<ReportId>,
    /// How many mails all of them stand for.
    pub incidents: u32,
    /// Arrival of the first.
    pub first: Seconds,
    /// Arrival of the last, less than a day later.
    pub last: Seconds,
}

/// Sorts mails into reports; every id is in exactly one of them, whatever the order of the candidates. The floods come
/// by arrival of their first mail.
pub fn floods(candidates: Vec<Candidate>) -> Vec<Flood> {
    let mut matters: BTreeMap<Matter, Vec<Candidate>> = BTreeMap::new();
    let mut out = vec![];
    for mut candidate in candidates {
        match candidate.matter.take() {
            Some(matter) => matters.entry(matter).or_default().push(candidate),
            None => out.extend(flood(&[candidate])),
        }
    }
    for mut mails in matters.into_values() {
        mails.sort_by_key(|mail| (mail.arrival, mail.id));
        let mut rest = mails.as_slice();
        while let Some(first) = rest.first() {
            let is_same_day = |mail: &Candidate| mail.arrival.saturating_sub(first.arrival) < DAY;
            let (day, later) = rest.split_at(rest.partition_point(is_same_day));
            out.extend(flood(day));
            rest = later;
        }
    }
    out.sort_by_key(|flood| (flood.first, flood.specimen));
    out
}

/// Mails in the order of arrival as one.
fn flood(mails: &[Candidate]) -> Option<Flood> {
    // Of equals the first one stored, so that a second look finds the same.
    let best = mails.iter().max_by_key(|mail| (mail.worth, std::cmp::Reverse(mail.id)))?;
    Some(Flood {
        specimen: best.id,
        covered: mails.iter().map(|mail| mail.id).filter(|id| *id != best.id).collect(),
        incidents: mails.iter().fold(0, |sum: u32, mail| sum.saturating_add(mail.incidents)),
        first: mails.first()?.arrival,
        last: mails.last()?.arrival,
    })
}
