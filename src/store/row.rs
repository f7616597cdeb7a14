//! A message as the writer gets it: the values of its row, and the texts that dictionaries give numbers to. Made where
//! the message was read, so that all else is given back there. Knows nothing of SQL.

use super::packer::Incoming;
use crate::model::clock::Seconds;
use crate::model::columns::{RareTexts, column_seconds};
use crate::model::{
    ArrivalFrom, Dictionary, FeedKind, IndexRow, Outcome, Report, SourceIpFrom, Status, address_space,
};
use std::mem::take;
use std::sync::Arc;

/// What is written of a message beside its bytes and its document.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) sha256: [u8; 32],
    pub(super) size: u64,
    pub(super) feed: Arc<str>,
    pub(super) feed_kind: FeedKind,
    pub(super) status: Status,
    /// Not clamped as columns clamp it.
    pub(super) stored_at: Seconds,
    /// Likewise.
    pub(super) arrival: Seconds,
    pub(super) as_name: Option<Arc<str>>,
    pub(super) tags: Vec<String>,
    /// The values of columns; numbers of the report itself and of `texts` are still missing.
    pub(super) values: IndexRow,
    pub(super) texts: Numbered,
}

/// Texts that dictionaries give numbers to; an empty one is absent.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) subject: String,
    pub(super) urls: Vec<String>,
    pub(super) files: Vec<String>,
    pub(super) domains: String,
    pub(super) feedback_type: String,
    pub(super) auth_failure: String,
    pub(super) user_agent: String,
    pub(super) reporter: String,
}

impl Row {
    /// Takes what was understood out of a message; its bytes stay.
    pub(super) fn take(item: &mut Incoming) -> Row {
        let mut report = take(&mut item.report);
        let status = match item.outcome {
            Outcome::Report => Status::Report,
            Outcome::Quarantined(_) => Status::Quarantined,
            Outcome::NotReport(_) => Status::NotReport,
        };
        let texts = Numbered {
            subject: report.subject.take().unwrap_or_default(),
            urls: take(&mut report.urls),
            files: report.files.iter().map(Dictionary::file_entry).collect(),
            domains: report.reported_domains.join(" "),
            feedback_type: report.feedback_type.take().unwrap_or_default(),
            auth_failure: report.auth_failure.take().unwrap_or_default(),
            user_agent: report.user_agent.take().unwrap_or_default(),
            reporter: report.reporter.take().unwrap_or_default(),
        };
        Row {
            sha256: item.sha256,
            size: item.size(),
            feed: Arc::clone(&item.feed),
            feed_kind: item.feed_kind,
            status,
            stored_at: item.stored_at,
            arrival: report.arrival,
            as_name: item.asn.and(item.as_name.take()),
            tags: take(&mut report.tags),
            texts,
            values: IndexRow {
                arrival: column_seconds(report.arrival),
                stored_at: column_seconds(item.stored_at),
                status: status.number(),
                kind: report.kind.number(),
                cause: report.cause.number(),
                delivery: report.delivery.map_or(0, |delivery| delivery.number()),
                policy: report.policy.map_or(0, |policy| policy.number()),
                flags: flags(&report),
                incidents: report.incidents,
                source_ip: report.source_ip.map_or([0; 16], address_space::to_column),
                source_port: report.source_port.unwrap_or(0),
                asn: item.asn.unwrap_or(0),
                country: item.country.map_or(0, u16::from_be_bytes),
                subject_shape: report.subject_shape,
                url_shape: report.url_shape,
                texts: rare_texts(report),
                ..IndexRow::default()
            },
        }
    }
}

fn flags(report: &Report) -> u8 {
    u8::from(report.unverified)
        | u8::from(report.headers_only) << 1
        | u8::from(report.source_ip_from.is_some_and(|from| from != SourceIpFrom::Field)) << 2
        | u8::from(report.arrival_from != ArrivalFrom::Field) << 3
}

/// The texts that few questions ask for.
pub(super) fn rare_texts(report: Report) -> RareTexts {
    RareTexts {
        from: report.from.unwrap_or_default(),
        from_name: report.from_name.unwrap_or_default(),
        reply_to: report.reply_to.unwrap_or_default(),
        mail_from: report.original_mail_from.unwrap_or_default(),
        rcpt_to: report.original_rcpt_to.join("\t"),
        addresses: report.addresses.join("\t"),
        message_id: report.message_id.unwrap_or_default(),
    }
}
