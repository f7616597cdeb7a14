//! One message that nobody has reported to us: where it came from, who answers for that, and the letters to them. Each
//! source gets letters of its own: a report names one (RFC 5965 §3.2).

use super::plan::{Letter, Passed, Plan, Standing};
use super::planner::{PlanError, Planner};
use super::recipients;
use super::writer::{Circumstances, token};
use crate::arf::compose::{Flood, Stamp};
use crate::arf::read::{Context, read};
use crate::arf::received;
use crate::enrich::contacts::ContactSubject;
use crate::jobs::{Cancel, lookup};
use crate::model::clock::{self, Seconds};
use crate::model::{
    AddressFacts, FeedKind, Judgement, Outcome, OutgoingKind, Record, Report, ReportType, ReportedMail,
    Status,
};
use crate::store::sha256;
use std::net::IpAddr;
use std::sync::Arc;

/// Endings of pictures, which every mail takes from somewhere and which accuse nobody.
const PICTURES: &[&str] = &[".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".bmp"];

/// A message as far as it is understood.
#[derive(Debug, Clone)]
pub struct Spam {
    raw: Vec<u8>,
    /// What was understood of it; its URLs without pictures.
    pub report: Report,
    /// Public addresses that it came by: the one that brought it in first. The others may be made up.
    pub sources: Vec<IpAddr>,
}

impl Spam {
    /// Reads a message.
    ///
    /// # Errors
    /// A sentence: it is no mail.
    pub fn read(raw: Vec<u8>, judgement: &Judgement, now: Seconds) -> Result<Spam, String> {
        // A spamtrap's feed brings mails as they are, and everything that could tell who got them is hidden.
        let context = Context { judgement, feed_kind: FeedKind::Spamtrap, internal_date: None, now };
        let mut reading = read(&raw, &context);
        match reading.outcome {
            Outcome::Report => {}
            Outcome::Quarantined(why) => return Err(format!("this mail cannot be reported: {why}")),
            Outcome::NotReport(_) => {
                return Err("this is no mail: it has no headers that could be evidence".to_owned());
            }
        }
        let is_picture = |url: &String| {
            let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            PICTURES.iter().any(|ending| path.ends_with(ending))
        };
        reading.report.urls.retain(|url| !is_picture(url));
        let sources = received::sources(&raw, &judgement.own.trusted_hosts, &judgement.treat_as_public);
        Ok(Spam { raw, report: reading.report, sources })
    }

    fn record(&self, source: IpAddr, facts: Option<&AddressFacts>, now: Seconds) -> Record {
        let mut report = self.report.clone();
        // A person looked at this one message and chose the source; nothing about it is a reporter's word.
        (report.source_ip, report.source_ip_from, report.source_port) = (Some(source), None, None);
        report.unverified = false;
        let name = facts.and_then(|facts| facts.name.as_ref()).and_then(|name| name.yes());
        let origin = facts.and_then(|facts| facts.origin.as_ref()).and_then(|origin| origin.yes());
        let chain = facts.and_then(|facts| facts.contacts.as_ref());
        Record {
            id: 0,
            status: Status::Report,
            status_reason: String::new(),
            feed: String::new(),
            feed_kind: FeedKind::Spamtrap,
            origin: String::new(),
            stored_at: now,
            sha256: sha256(&self.raw),
            size: self.raw.len() as u64,
            report,
            kind_set_by_hand: false,
            asn: origin.map(|origin| origin.asn),
            as_name: origin.and_then(|origin| origin.as_name.clone()),
            country: None,
            country_from: None,
            source_name: name.map(|name| name.name.clone()),
            source_name_confirmed: name.and_then(|name| name.confirmed),
            listed: vec![],
            lists_unknown: vec![],
            contacts: chain
                .iter()
                .flat_map(|chain| &chain.contacts)
                .map(|contact| contact.address.clone())
                .collect(),
            looked_up_at: None,
            reported_at: None,
            marked: false,
            dismissed: None,
            tags: vec![],
            notes: vec![],
        }
    }
}

impl Planner<'_> {
    /// The letters about one message: for each of these sources to those who answer for it, or to one address.
    ///
    /// # Errors
    /// Cancelled, or the database.
    pub fn plan_spam(
        &self,
        spam: &Spam,
        sources: &[IpAddr],
        to: Option<&str>,
        cancel: &Cancel,
    ) -> Result<Plan, PlanError> {
        let now = clock::now();
        if to.is_none() {
            // Who cannot ask reports to those whom it knows.
            let _ = lookup::find_contacts(self.store(), self.config(), sources, cancel, &mut |_, _| {});
            if cancel.is_cancelled() {
                return Err(PlanError::Cancelled);
            }
        }
        let mut plan = Plan::default();
        for source in sources {
            let facts = self.store().source(*source)?;
            let record = spam.record(*source, facts.as_ref(), now);
            let subject = facts.as_ref().map_or_else(|| ContactSubject::bare(*source), ContactSubject::of);
            let desks = match recipients::of_source(&record.contacts, &subject, self.rules(), to) {
                Ok(desks) => desks,
                Err(why) => {
                    let why = format!("{source}: {why}");
                    plan.passed.push(Passed { id: 0, no_contact: true, why });
                    continue;
                }
            };
            let feeds = recipients::feeds(self.config(), ReportType::Abuse).filter(|_| to.is_none());
            for recipient in desks.into_iter().chain(feeds) {
                let letter = self.spam_letter(spam, &record, recipient.kind, &recipient.to, now)?;
                plan.letters.push(Arc::new(letter));
            }
        }
        Ok(plan)
    }

    fn spam_letter(
        &self,
        spam: &Spam,
        record: &Record,
        kind: OutgoingKind,
        to: &str,
        now: Seconds,
    ) -> Result<Letter, PlanError> {
        let source = record.report.source_ip;
        let arrival = record.report.arrival;
        let flood =
            Flood { specimen: record.id, covered: vec![], incidents: 1, first: arrival, last: arrival };
        let token = token()?;
        let stamp = Stamp { now, token: &token };
        let mut letter = Letter {
            kind,
            to: to.to_owned(),
            mails: vec![ReportedMail { report: None, sha256: record.sha256 }],
            source,
            incidents: 1,
            span: (arrival, arrival),
            report_type: ReportType::Abuse,
            subject: record.report.subject.clone().unwrap_or_default(),
            message_id: String::new(),
            token: token.clone(),
            bytes: Arc::from([]),
            standing: Standing::Ready,
            concerns: vec![],
            unticked: None,
            singly: None,
            wants_reason: None,
            reason: None,
            repeats: None,
        };
        let told = self.store().already_told(&[record.sha256], source, to)?;
        if let Some(told) = told {
            letter.standing = Standing::Told { id: told.id, state: told.state, at: told.at };
            return Ok(letter);
        }
        let mail = (record, spam.raw.as_slice(), &flood);
        match self.writer().write(kind, mail, to, None, &stamp, Circumstances::default()) {
            Ok((composed, concerns)) => {
                letter.subject = composed.subject;
                letter.report_type = composed.report_type;
                letter.message_id = composed.message_id;
                letter.bytes = Arc::from(composed.bytes);
                letter.concerns = concerns;
            }
            Err(concern) => letter.standing = Standing::Blocked(concern),
        }
        Ok(letter)
    }
}
