//! To whom a mail is reported: the contacts of its source, and the feeds that collect such mail.

use super::planner::Wishes;
use crate::config::Config;
use crate::enrich::contacts::{ContactSubject, under_rules};
use crate::model::{
    ContactKind, ContactRule, HostName, OutgoingKind, Record, ReportType, Status, contact_address,
};

/// Desks that are told about one source. A registry that names more names people, not desks.
const MOST_DESKS: usize = 3;

/// One place to tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Recipient {
    pub(super) kind: OutgoingKind,
    pub(super) to: String,
}

impl Recipient {
    /// This one, or the address that a person wrote in its place.
    pub(super) fn as_wished(self, wishes: &Wishes) -> Recipient {
        match wishes.recipients.get(&self.to) {
            Some(other) => by_mail(other),
            None => self,
        }
    }
}

/// Those whom the network of this mail's source names or the user's rules, or the one whom a person named. Else why
/// there is nobody: a sentence.
pub(super) fn desks(
    record: &Record,
    rules: &[ContactRule],
    told: Option<&str>,
) -> Result<Vec<Recipient>, String> {
    match (subject(record), told) {
        (None, None) => Err("it has no source address, so nobody answers for it".to_owned()),
        (None, Some(to)) => Ok(vec![by_mail(to)]),
        (Some(subject), _) => of_source(&record.contacts, &subject, rules, told),
    }
}

/// The same for a source and the contacts that were found for it.
pub(super) fn of_source(
    found: &[String],
    subject: &ContactSubject,
    rules: &[ContactRule],
    told: Option<&str>,
) -> Result<Vec<Recipient>, String> {
    if let Some(to) = told {
        return Ok(vec![by_mail(to)]);
    }
    let contacts = under_rules(rules, subject, found)?;
    let named = |kind| {
        let contacts = contacts.iter().filter_map(|contact| contact_address(contact));
        contacts.filter(move |(is, _)| *is == kind).map(|(_, address)| address)
    };
    let desks: Vec<Recipient> = named(ContactKind::Mail).take(MOST_DESKS).map(|to| by_mail(&to)).collect();
    if !desks.is_empty() {
        return Ok(desks);
    }
    match named(ContactKind::Form).next() {
        Some(to) => Ok(vec![Recipient { kind: OutgoingKind::Form, to }]),
        None => Err("no abuse contact of its source is known: `lafayette enrich` looks for one, \
                     `lafayette contacts set` or --to names one"
            .to_owned()),
    }
}

fn by_mail(to: &str) -> Recipient {
    Recipient { kind: OutgoingKind::Report, to: to.to_owned() }
}

/// What rules about contacts go by.
fn subject(record: &Record) -> Option<ContactSubject> {
    let name = record.source_name.clone();
    Some(ContactSubject {
        ip: record.report.source_ip?,
        asns: record.asn.into_iter().collect(),
        name: name.map(|name| HostName { name, confirmed: record.source_name_confirmed }),
        prefix: None,
    })
}

/// The feeds that get a copy of such a mail.
pub(super) fn feeds(config: &Config, report_type: ReportType) -> impl Iterator<Item = Recipient> {
    let addresses = match report_type {
        ReportType::Fraud => &config.sending.copies_of_fraud,
        ReportType::Abuse => &config.sending.copies_of_spam,
    };
    addresses.iter().map(|to| Recipient { kind: OutgoingKind::Copy, to: to.to_ascii_lowercase() })
}

/// What is no report is reported to nobody.
pub(super) fn must_be_report(record: &Record) -> Result<(), String> {
    match record.status {
        Status::Report => Ok(()),
        _ => Err(format!("it is no report: {}", record.status_reason)),
    }
}
