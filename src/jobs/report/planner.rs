//! From numbers of reports to a [`Plan`]: who is told, which mails are one matter, what was told already, and the
//! letters themselves. Reads the database and writes nothing.

use super::approval::approval;
use super::plan::{Concern, Letter, Mend, Passed, Plan, Standing, Whose};
use super::recipients::{self, Recipient};
use super::writer::{Circumstances, Writer, token};
use crate::arf::compose::{Candidate, Flood, ReportText, Stamp, floods, report_type};
use crate::arf::lint::Answer;
use crate::arf::read::reported_mail;
use crate::config::Config;
use crate::jobs::find::FindError;
use crate::jobs::{Cancel, lookup};
use crate::model::address_space::special_purpose;
use crate::model::clock::{self, Seconds};
use crate::model::{
    ContactRule, ContactState, OutgoingId, OutgoingKind, OutgoingState, Record, ReportId, ReportedMail,
};
use crate::store::{self, Earlier, Store, sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Mails that one plan takes: a person looks through it, and their records stand in memory.
pub const MOST_MAILS: usize = 20_000;
/// Specimens of one flood that are tried; when so many of it must not go out, the others are no better.
const MOST_SPECIMENS: usize = 3;
const DAY: Seconds = 86_400;

/// Why there is no plan: sentences.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nobody to write in whose name.
    #[error(
        "no abuse report is written without a sender: set `from = \"abuse-desk@example.com\"` under [report] in the \
         configuration; `lafayette config path` tells where that is"
    )]
    NoSender,
    /// The user's text.
    #[error("key 'report.text': {}: {}", .0.display(), .1)]
    Text(PathBuf, String),
    /// The key that hides recipients, or the one that signs.
    #[error("{0}")]
    Key(String),
    /// No random numbers.
    #[error("the system gives no random numbers for a Message-ID: {0}")]
    Random(String),
    /// A plan that nobody can look through.
    #[error("{0} mails are more than one plan takes; report at most {MOST_MAILS} at a time")]
    TooMany(usize),
    /// A person ended it.
    #[error("ended before the letters were written; nothing was changed")]
    Cancelled,
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What is to be reported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Order {
    /// These.
    pub ids: Vec<ReportId>,
    /// To this address, whatever contacts there are.
    pub to: Option<String>,
    /// What a person wants otherwise.
    pub wishes: Wishes,
}

/// What a person wants otherwise than planned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// Mails that are left out.
    pub dropped: BTreeSet<ReportId>,
    /// Sources of a message that are left out.
    pub dropped_sources: BTreeSet<IpAddr>,
    /// Another recipient in place of a contact.
    pub recipients: BTreeMap<String, String>,
    /// A contact where there is none, or in place of all that there are.
    pub named: BTreeMap<Whose, String>,
    /// Why all the same, by the mail that is the evidence.
    pub reasons: BTreeMap<ReportId, String>,
    /// Why all the same, for all that want a reason.
    pub reason: Option<String>,
    /// Other words, by recipient.
    pub texts: BTreeMap<String, ReportText>,
}

/// Makes plans.
pub struct Planner<'a> {
    config: &'a Config,
    store: &'a Store,
    writer: Writer<'a>,
    /// What people said about contacts.
    rules: Vec<ContactRule>,
}

/// A mail on its way into the plan.
struct Mail {
    record: Record,
    sha256: [u8; 32],
}

/// The letters to one recipient before they are written.
#[derive(Default)]
struct Batch {
    candidates: Vec<Candidate>,
    told: BTreeMap<OutgoingId, (OutgoingState, Seconds, Vec<ReportId>)>,
    /// A row that is repeated, by the mail that is told again.
    repeats: HashMap<ReportId, OutgoingId>,
}

/// One run of a planner.
struct Run<'r> {
    planner: &'r Planner<'r>,
    order: &'r Order,
    now: Seconds,
    mails: HashMap<ReportId, Mail>,
    /// The letters of an earlier plan, which stay as they are where nothing changed.
    before: HashMap<(&'r str, &'r [ReportedMail]), &'r Arc<Letter>>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    /// By the configuration.
    ///
    /// # Errors
    /// As [`Writer::new`], and the database.
    pub fn new(config: &'a Config, store: &'a Store) -> Result<Planner<'a>, PlanError> {
        Ok(Planner { config, store, writer: Writer::new(config)?, rules: store.contact_rules()? })
    }

    pub(super) fn config(&self) -> &Config {
        self.config
    }

    pub(super) fn store(&self) -> &Store {
        self.store
    }

    pub(super) fn rules(&self) -> &[ContactRule] {
        &self.rules
    }

    /// Who writes, and in which words.
    pub(super) fn writer(&self) -> &Writer<'a> {
        &self.writer
    }

    /// Asks whom to tell about the sources of these mails, where nobody is known yet and registries were not asked.
    /// Comes before planning, because it takes as long as registries take; a network that does not answer is no error.
    ///
    /// # Errors
    /// Cancelled, or the database.
    pub fn find_contacts(
        &self,
        order: &Order,
        cancel: &Cancel,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), PlanError> {
        if order.to.is_some() {
            return Ok(());
        }
        let mut sources = BTreeSet::new();
        for id in order.ids.iter().take(MOST_MAILS) {
            let record = self.store.record(*id)?.filter(|record| record.contacts.is_empty());
            let Some(record) = record else { continue };
            let source = record.report.source_ip.map(|source| source.to_canonical());
            let is_public = |ip: &IpAddr| special_purpose(*ip, &self.config.treat_as_public).is_none();
            sources.extend(source.filter(is_public));
        }
        let sources: Vec<IpAddr> = sources.into_iter().collect();
        match lookup::find_contacts(self.store, self.config, &sources, cancel, progress) {
            _ if cancel.is_cancelled() => Err(PlanError::Cancelled),
            Err(lookup::Error::Find(FindError::Store(error))) => Err(error.into()),
            // Who cannot ask reports to those whom it knows.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// How many more letters this recipient takes today.
    pub(super) fn room(&self, recipient: &Recipient, now: Seconds) -> Result<usize, PlanError> {
        if recipient.kind != OutgoingKind::Report {
            return Ok(usize::MAX);
        }
        let sent = self.store.sent_to(&recipient.to, now - DAY)?.count;
        Ok((self.config.sending.per_contact_a_day as usize).saturating_sub(sent as usize))
    }

    /// What is said of a letter for which there is no room.
    pub(super) fn over(&self) -> String {
        let most = self.config.sending.per_contact_a_day;
        format!("{most} a day are the most for one contact: it leaves later")
    }

    /// What speaks against writing to this recipient.
    pub(super) fn against(&self, recipient: &Recipient) -> Result<Option<String>, PlanError> {
        let standing = self.store.contact_standing(&recipient.to)?;
        Ok(standing.and_then(|standing| match standing.state {
            ContactState::Usable => None,
            ContactState::OptedOut => Some(format!("{} asked to be told no more", recipient.to)),
            ContactState::Dead => Some(format!("{} cannot be reached", recipient.to)),
        }))
    }

    /// Plans. Letters of `before` for which nothing changed keep their bytes. `progress` is told how many mails are
    /// read of how many, then how many letters are written.
    ///
    /// # Errors
    /// Cancelled, too many mails, or the database.
    pub fn plan(
        &self,
        order: &Order,
        before: Option<&Plan>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Plan, PlanError> {
        if order.ids.len() > MOST_MAILS {
            return Err(PlanError::TooMany(order.ids.len()));
        }
        let letters = before.iter().flat_map(|plan| &plan.letters);
        let before = letters.map(|letter| ((letter.to.as_str(), letter.mails.as_slice()), letter)).collect();
        let now = clock::now();
        let mut run = Run { planner: self, order, now, mails: HashMap::new(), before, plan: Plan::default() };
        let total = order.ids.len() as u64;
        let mut batches: BTreeMap<Recipient, Batch> = BTreeMap::new();
        for (done, id) in order.ids.iter().enumerate() {
            if cancel.is_cancelled() {
                return Err(PlanError::Cancelled);
            }
            progress(done as u64, 2 * total);
            if !order.wishes.dropped.contains(id) {
                run.take(*id, &mut batches)?;
            }
        }
        let mut written = 0;
        for (recipient, batch) in batches {
            let room = self.room(&recipient, now)?;
            for (letters, flood) in run.floods(batch.candidates).into_iter().enumerate() {
                if cancel.is_cancelled() {
                    return Err(PlanError::Cancelled);
                }
                written += 1 + flood.covered.len() as u64;
                run.write(&recipient, flood, &batch.repeats, letters >= room)?;
                progress((total + written).min(2 * total), 2 * total);
            }
            for (row, told) in batch.told {
                run.tell(&recipient, row, told);
            }
        }
        let mut plan = run.plan;
        plan.letters.sort_by(|a, b| (rank(a), &a.to, a.span).cmp(&(rank(b), &b.to, b.span)));
        Ok(plan)
    }
}

/// Warnings first, then what may leave as it is, then what may not.
fn rank(letter: &Letter) -> u8 {
    match &letter.standing {
        Standing::Ready if !letter.is_ticked() || !letter.concerns.is_empty() => 0,
        Standing::Ready => 1,
        Standing::Blocked(_) => 2,
        Standing::Told { .. } => 3,
    }
}

impl Run<'_> {
    /// Reads a mail and puts it to those who are told about it.
    fn take(&mut self, id: ReportId, batches: &mut BTreeMap<Recipient, Batch>) -> Result<(), PlanError> {
        let store = self.planner.store;
        let (Some(record), Some(raw)) = (store.record(id)?, store.raw(id)?) else {
            self.pass(id, "it is not there any more".to_owned());
            return Ok(());
        };
        if let Err(why) = recipients::must_be_report(&record) {
            self.pass(id, why);
            return Ok(());
        }
        let Some(mail) = reported_mail(&raw, record.feed_kind) else {
            self.pass(id, "the reported mail is missing in it, so there is no evidence to send".to_owned());
            return Ok(());
        };
        let config = self.planner.config;
        let wishes = &self.order.wishes;
        let source = record.report.source_ip;
        let named = wishes.named.get(&source.map_or(Whose::Mail(id), Whose::Source));
        let told = self.order.to.as_ref().or(named).map(String::as_str);
        let desks = match recipients::desks(&record, &self.planner.rules, told) {
            Ok(desks) => desks,
            Err(why) => {
                self.plan.passed.push(Passed { id: Some(id), source, no_contact: true, why });
                vec![]
            }
        };
        let mut all: Vec<Recipient> = desks.into_iter().map(|desk| desk.as_wished(wishes)).collect();
        if self.order.to.is_none() {
            let form = config.report.form("");
            all.extend(recipients::feeds(config, report_type(&record, form)));
        }
        all.sort();
        all.dedup();
        let sha256 = sha256(&mail);
        let sender = self.planner.writer.sender(None);
        for recipient in all {
            let told = match record.report.source_ip {
                Some(source) => store.already_told(&[sha256], Some(source), &recipient.to)?,
                None => None,
            };
            let batch = batches.entry(recipient.clone()).or_default();
            if let Some(Earlier { id: row, state, at }) = told {
                if !(self.may_be_repeated(state, at) && self.order.wishes.reasons.contains_key(&id)) {
                    batch.told.entry(row).or_insert((state, at, vec![])).2.push(id);
                    continue;
                }
                batch.repeats.insert(id, row);
            }
            let form = config.report.form(&recipient.to);
            batch.candidates.push(Candidate::of(&record, &recipient.to, form, &sender, self.now));
        }
        self.mails.insert(id, Mail { record, sha256 });
        Ok(())
    }

    /// It was told long enough ago to be told again, for a reason.
    fn may_be_repeated(&self, state: OutgoingState, at: Seconds) -> bool {
        let rest = self.planner.config.sending.repeat_after;
        state.is_told() && self.now.saturating_sub(at) >= rest
    }

    /// Which of them are one matter.
    fn floods(&self, candidates: Vec<Candidate>) -> Vec<Flood> {
        match self.planner.config.report.one_per_mail {
            true => candidates.into_iter().flat_map(|candidate| floods(vec![candidate])).collect(),
            false => floods(candidates),
        }
    }

    /// Writes the letter about one matter. Where its specimen must not go out the next best is tried.
    fn write(
        &mut self,
        recipient: &Recipient,
        mut flood: Flood,
        repeats: &HashMap<ReportId, OutgoingId>,
        is_over: bool,
    ) -> Result<(), PlanError> {
        for try_number in 1.. {
            let letter = self.letter(recipient, &flood, repeats, is_over)?;
            let is_blocked = matches!(letter.standing, Standing::Blocked(_));
            if !is_blocked || flood.covered.is_empty() || try_number == MOST_SPECIMENS {
                self.plan.letters.push(letter);
                return Ok(());
            }
            // The blocked one stands alone, the others look for a better one.
            let alone = Flood { covered: vec![], incidents: 1, ..flood.clone() };
            let letter = self.letter(recipient, &alone, repeats, is_over)?;
            self.plan.letters.push(letter);
            let form = self.planner.config.report.form(&recipient.to);
            let sender = self.planner.writer.sender(None);
            let rest = flood.covered.iter().filter_map(|id| self.mails.get(id));
            let rest = rest.map(|mail| Candidate::of(&mail.record, &recipient.to, form, &sender, self.now));
            // They are of one matter, so they stay one flood.
            let Some(next) = floods(rest.collect()).into_iter().next() else { return Ok(()) };
            flood = next;
        }
        Ok(())
    }

    /// The letter as it would leave, or what blocks it.
    fn letter(
        &self,
        recipient: &Recipient,
        flood: &Flood,
        repeats: &HashMap<ReportId, OutgoingId>,
        is_over: bool,
    ) -> Result<Arc<Letter>, PlanError> {
        let of_flood = || std::iter::once(&flood.specimen).chain(&flood.covered);
        let mails: Vec<ReportedMail> = of_flood()
            .filter_map(|id| Some(ReportedMail { report: Some(*id), sha256: self.mails.get(id)?.sha256 }))
            .collect();
        let wishes = &self.order.wishes;
        let text = wishes.texts.get(&recipient.to);
        let specific = wishes.reasons.get(&flood.specimen);
        let reason = specific.or(wishes.reason.as_ref()).filter(|reason| !reason.trim().is_empty());
        let before = self.before.get(&(recipient.to.as_str(), mails.as_slice()));
        if let Some(letter) = before.filter(|letter| text.is_none() && letter.reason.as_ref() == reason) {
            return Ok(Arc::clone(letter));
        }
        let how = approval(of_flood().filter_map(|id| Some(&self.mails.get(id)?.record)));
        let token = token()?;
        let mut letter = Letter {
            kind: recipient.kind,
            to: recipient.to.clone(),
            mails,
            source: None,
            incidents: flood.incidents,
            span: (flood.first, flood.last),
            report_type: crate::model::ReportType::Abuse,
            subject: String::new(),
            message_id: String::new(),
            token: token.clone(),
            bytes: Arc::from([]),
            standing: Standing::Ready,
            concerns: vec![],
            unticked: how.unticked,
            singly: how.singly,
            wants_reason: how.wants_reason,
            reason: reason.cloned(),
            repeats: repeats.get(&flood.specimen).copied(),
        };
        if letter.reason.is_some() && letter.singly.is_none() {
            letter.unticked = None;
        }
        let store = self.planner.store;
        let (Some(mail), Some(raw)) = (self.mails.get(&flood.specimen), store.raw(flood.specimen)?) else {
            letter.standing = blocked("it is not there any more".to_owned(), Mend::Drop);
            return Ok(Arc::new(letter));
        };
        let record = &mail.record;
        letter.source = record.report.source_ip;
        letter.subject = record.report.subject.clone().unwrap_or_default();
        let reported = reported_mail(&raw, record.feed_kind).unwrap_or_default();
        let against = self.planner.against(recipient)?;
        let over = self.planner.over();
        let circumstances = Circumstances {
            recipient: against.as_deref().map_or(Answer::Fine, Answer::Against),
            rate: if is_over { Answer::Against(&over) } else { Answer::Fine },
        };
        let stamp = Stamp { now: self.now, token: &token };
        let written = self.planner.writer.write(
            recipient.kind,
            (record, &reported, flood),
            &recipient.to,
            text,
            &stamp,
            circumstances,
        );
        match written {
            Ok((composed, concerns)) => {
                letter.report_type = composed.report_type;
                letter.subject = composed.subject;
                letter.message_id = composed.message_id;
                letter.bytes = Arc::from(composed.bytes);
                letter.concerns = concerns;
            }
            Err(concern) => letter.standing = Standing::Blocked(concern),
        }
        Ok(Arc::new(letter))
    }

    /// What was told already stands in the plan, so that nobody wonders.
    fn tell(
        &mut self,
        recipient: &Recipient,
        id: OutgoingId,
        (state, at, reports): (OutgoingState, Seconds, Vec<ReportId>),
    ) {
        let known: Vec<&Mail> = reports.iter().filter_map(|id| self.mails.get(id)).collect();
        let first = known.first().map(|mail| &mail.record.report);
        let arrivals = || known.iter().map(|mail| mail.record.report.arrival);
        let again = "it was told, and it has been long enough ([sending] repeat_after): it is told again for a reason";
        let letter = Letter {
            kind: recipient.kind,
            to: recipient.to.clone(),
            mails: known
                .iter()
                .map(|mail| ReportedMail { report: Some(mail.record.id), sha256: mail.sha256 })
                .collect(),
            source: first.and_then(|report| report.source_ip),
            incidents: known.len() as u32,
            span: (arrivals().min().unwrap_or_default(), arrivals().max().unwrap_or_default()),
            report_type: crate::model::ReportType::Abuse,
            subject: first.and_then(|report| report.subject.clone()).unwrap_or_default(),
            message_id: String::new(),
            token: String::new(),
            bytes: Arc::from([]),
            standing: Standing::Told { id, state, at },
            concerns: vec![],
            unticked: None,
            singly: None,
            wants_reason: self.may_be_repeated(state, at).then(|| again.to_owned()),
            reason: None,
            repeats: None,
        };
        self.plan.letters.push(Arc::new(letter));
    }

    fn pass(&mut self, id: ReportId, why: String) {
        self.plan.passed.push(Passed { id: Some(id), source: None, no_contact: false, why });
    }
}

fn blocked(text: String, mend: Mend) -> Standing {
    Standing::Blocked(Concern { text, mend })
}
