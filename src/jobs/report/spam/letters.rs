//! The letters about one message: each source gets letters of its own, since a report names one (RFC 5965 §3.2).

use super::{Spam, SpamOrder};
use crate::arf::compose::{Flood, ReportText, Stamp};
use crate::arf::lint::Answer;
use crate::enrich::contacts::ContactSubject;
use crate::jobs::find::FindError;
use crate::jobs::report::plan::{Letter, Passed, Plan, Standing, Whose};
use crate::jobs::report::planner::{PlanError, Planner, Wishes};
use crate::jobs::report::recipients::{self, Recipient};
use crate::jobs::report::writer::{Circumstances, token};
use crate::jobs::{Cancel, lookup};
use crate::model::clock::{self, Seconds};
use crate::model::{AddressFacts, FeedKind, Record, ReportType, ReportedMail, Status};
use crate::store::sha256;
use std::net::IpAddr;
use std::sync::Arc;

impl Spam {
    fn record(&self, source: IpAddr, urls: &[String], facts: Option<&AddressFacts>, now: Seconds) -> Record {
        let mut report = self.report.clone();
        // A person looked at this one message and chose source and URLs; nothing about it is a reporter's word.
        (report.source_ip, report.source_ip_from) = (Some(source), None);
        let border = self.chain.border.and_then(|at| self.chain.hops.get(at)).and_then(|hop| hop.from);
        report.source_port = border.filter(|(ip, _)| *ip == source).and_then(|(_, port)| port);
        report.unverified = false;
        report.urls = urls.to_vec();
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
    /// Asks whom to tell about these sources, where nobody is known yet. Takes as long as registries take; who does not
    /// answer is no error.
    ///
    /// # Errors
    /// Cancelled, or the database.
    pub fn find_spam_contacts(&self, order: &SpamOrder, cancel: &Cancel) -> Result<(), PlanError> {
        let is_open = |ip: &&IpAddr| !order.contacts.contains_key(*ip);
        let open: Vec<IpAddr> = order.sources.iter().filter(is_open).copied().collect();
        if order.to.is_some() || open.is_empty() {
            return Ok(());
        }
        match lookup::find_contacts(self.store(), self.config(), &open, cancel, &mut |_, _| {}) {
            _ if cancel.is_cancelled() => Err(PlanError::Cancelled),
            Err(lookup::Error::Find(FindError::Store(error))) => Err(error.into()),
            // Who cannot ask reports to those whom it knows.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The letters about one message: for each of its sources to those who answer for it, or to one address. Letters of
    /// `before` for which nothing changed keep their bytes.
    ///
    /// # Errors
    /// The database.
    pub fn plan_spam(
        &self,
        order: &SpamOrder,
        wishes: &Wishes,
        before: Option<&Plan>,
    ) -> Result<Plan, PlanError> {
        let now = clock::now();
        let mut plan = Plan::default();
        for source in order.sources.iter().filter(|source| !wishes.dropped_sources.contains(source)) {
            let facts = self.store().source(*source)?;
            let record = order.spam.record(*source, &order.urls, facts.as_ref(), now);
            let subject = facts.as_ref().map_or_else(|| ContactSubject::bare(*source), ContactSubject::of);
            let named = wishes.named.get(&Whose::Source(*source)).or_else(|| order.contacts.get(source));
            let told = order.to.as_ref().or(named).map(String::as_str);
            let desks = match recipients::of_source(&record.contacts, &subject, self.rules(), told) {
                Ok(desks) => desks,
                Err(why) => {
                    plan.passed.push(Passed { id: None, source: Some(*source), no_contact: true, why });
                    vec![]
                }
            };
            let mut all: Vec<Recipient> = desks.into_iter().map(|desk| desk.as_wished(wishes)).collect();
            all.extend(recipients::feeds(self.config(), ReportType::Abuse).filter(|_| order.to.is_none()));
            all.sort();
            all.dedup();
            for recipient in all {
                let text = wishes.texts.get(&recipient.to);
                let mut before = before.into_iter().flat_map(|plan| &plan.letters);
                let same = before.find(|letter| letter.is_of(&recipient, *source) && text.is_none());
                let letter = match same {
                    Some(letter) => self.told(letter.as_ref().clone())?,
                    None => self.spam_letter(&order.spam, &record, &recipient, text, now)?,
                };
                plan.letters.push(Arc::new(letter));
            }
        }
        Ok(plan)
    }

    /// The same letter, or that the recipient was told already.
    fn told(&self, mut letter: Letter) -> Result<Letter, PlanError> {
        let mails: Vec<[u8; 32]> = letter.mails.iter().map(|mail| mail.sha256).collect();
        if let Some(told) = self.store().already_told(&mails, letter.source, &letter.to)? {
            letter.standing = Standing::Told { id: told.id, state: told.state, at: told.at };
            letter.bytes = Arc::from([]);
        }
        Ok(letter)
    }

    fn spam_letter(
        &self,
        spam: &Spam,
        record: &Record,
        recipient: &Recipient,
        text: Option<&ReportText>,
        now: Seconds,
    ) -> Result<Letter, PlanError> {
        let arrival = record.report.arrival;
        let flood =
            Flood { specimen: record.id, covered: vec![], incidents: 1, first: arrival, last: arrival };
        let token = token()?;
        let stamp = Stamp { now, token: &token };
        let mut letter = self.told(Letter {
            kind: recipient.kind,
            to: recipient.to.clone(),
            mails: vec![ReportedMail { report: None, sha256: record.sha256 }],
            source: record.report.source_ip,
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
        })?;
        if letter.standing != Standing::Ready {
            return Ok(letter);
        }
        let against = self.against(recipient)?;
        let over = self.over();
        let circumstances = Circumstances {
            recipient: against.as_deref().map_or(Answer::Fine, Answer::Against),
            rate: if self.room(recipient, now)? == 0 { Answer::Against(&over) } else { Answer::Fine },
        };
        let mail = (record, spam.raw.as_slice(), &flood);
        match self.writer().write(recipient.kind, mail, &recipient.to, text, &stamp, circumstances) {
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
