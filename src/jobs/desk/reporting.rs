//! Plans of reports on threads of their own, with what a person wants to know of each desk; and letters into the ledger.

use super::answers::{Answers, Halt};
use super::event::Event;
use super::outgoing::{DeskFacts, PlanNews, PlanOf, PlanQuestion, Planned, Settled, Settling};
use super::request::Target;
use super::shared::{Shared, lock};
use super::targets::Purpose;
use super::writes::Done;
use crate::config::Config;
use crate::jobs::Cancel;
use crate::jobs::report::{self, Letter, Order, Plan, PlanError, Planner};
use crate::model::{EvidenceForm, Held, OutgoingId, ReportId, clock};
use crate::store::{Change, Resolution, Store, sha256};
use crate::text::{counted, thousands};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often progress is told.
const EVERY: Duration = Duration::from_millis(100);
const DAY: clock::Seconds = 86_400;
const NOTHING: &str = "There is nothing to report here.";

/// A plan that was asked for, and the word that ends it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) question: PlanQuestion,
    /// The question about reports that was there when it was asked for.
    pub(super) about: Option<u64>,
    cancel: Cancel,
}

impl Shared {
    /// A plan that a later one, or a person, ends.
    pub(super) fn wants_plan(&self, question: PlanQuestion) -> Wanted {
        let cancel = Cancel::default();
        if let Some(before) = lock(&self.planning).replace(cancel.clone()) {
            before.cancel();
        }
        Wanted { question, about: None, cancel }
    }

    pub(super) fn stop_plan(&self) {
        lock(&self.planning).iter().for_each(Cancel::cancel);
    }
}

impl Answers<'_> {
    /// Which mails a plan is about; it is made by another thread. Everything that was done before was written by now.
    pub(super) fn begin_plan(&mut self, wanted: Wanted) -> Result<(), Halt> {
        let PlanOf::Stored(target) = &wanted.question.of else {
            self.make_plan(wanted);
            return Ok(());
        };
        let ids = match self.chosen(target, Purpose::Report, wanted.about) {
            Ok(Ok((ids, _))) => ids,
            Ok(Err(unknown)) => {
                let news = PlanNews::Failed(unknown.replace("was changed", "is planned"));
                self.shared.tell(Event::Plan(wanted.question.number, news));
                return Ok(());
            }
            Err(halt) => {
                if matches!(halt, Halt::Loading) {
                    self.hold_plan(wanted);
                }
                return Err(halt);
            }
        };
        if ids.is_empty() {
            let why = if *target == Target::Marked { "Nothing is marked any more." } else { NOTHING };
            self.shared.tell(Event::Plan(wanted.question.number, PlanNews::Failed(why.to_owned())));
            return Ok(());
        }
        let of = PlanOf::Stored(Target::Ids(ids));
        self.make_plan(Wanted { question: PlanQuestion { of, ..wanted.question }, ..wanted });
        Ok(())
    }

    fn make_plan(&self, wanted: Wanted) {
        self.shared.in_background("desk-plan", move |shared| {
            let Wanted { question, cancel, .. } = wanted;
            let number = question.number;
            let planned = plan(shared, question, &cancel);
            if !cancel.is_cancelled() {
                let news =
                    planned.map_or_else(PlanNews::Failed, |planned| PlanNews::Ready(Box::new(planned)));
                shared.tell(Event::Plan(number, news));
            }
        });
    }
}

fn plan(shared: &Shared, question: PlanQuestion, cancel: &Cancel) -> Result<Planned, String> {
    let config = &shared.options.config;
    let store = shared.open_store().map_err(|error| error.to_string())?;
    let PlanQuestion { number, of, wishes, before } = question;
    let mut told = Instant::now();
    let mut progress = |done, total| {
        if told.elapsed() >= EVERY {
            told = Instant::now();
            shared.tell(Event::Plan(number, PlanNews::Running { done, total }));
        }
    };
    let made = (|| -> Result<(Plan, Vec<DeskFacts>, String), PlanError> {
        let planner = Planner::new(config, &store)?;
        let plan = match &of {
            PlanOf::Stored(Target::Ids(ids)) => {
                let order = Order { ids: ids.clone(), to: None, wishes };
                planner.plan(&order, before.as_deref(), cancel, &mut progress)?
            }
            PlanOf::Stored(_) => Plan::default(),
            PlanOf::Spam(order) => {
                planner.find_spam_contacts(order, cancel)?;
                planner.plan_spam(order, &wishes, before.as_deref())?
            }
        };
        let desks = desks(config, &store, &plan)?;
        Ok((plan, desks, report::text(config)?.as_str().to_owned()))
    })();
    let (plan, desks, text) = made.map_err(|error| error.to_string())?;
    Ok(Planned { of, plan: Arc::new(plan), desks, text, stuck: shared.stuck() })
}

impl Shared {
    /// Why nothing can leave from here.
    pub(super) fn stuck(&self) -> Option<String> {
        if self.options.read_only {
            return Some("Nothing is approved or sent with --read-only: start without it.".to_owned());
        }
        report::can_send(&self.options.config).err()
    }
}

/// What is known of everybody whom a plan writes to.
fn desks(config: &Config, store: &Store, plan: &Plan) -> Result<Vec<DeskFacts>, PlanError> {
    let mut sources: BTreeMap<&str, Vec<IpAddr>> = BTreeMap::new();
    for letter in &plan.letters {
        sources.entry(&letter.to).or_default().extend(letter.source);
    }
    let since = clock::now() - DAY;
    let mut desks = vec![];
    for (to, sources) in sources {
        let named = named(store, to, &sources)?;
        desks.push(DeskFacts {
            recipient: to.to_owned(),
            named_by: named.as_ref().map(|(by, _)| by.clone()),
            named_at: named.map(|(_, at)| at),
            answered: store.last_response(to)?,
            sent_today: u32::try_from(store.sent_to(to, since)?.count).unwrap_or(u32::MAX),
            a_day: config.sending.per_contact_a_day,
            hidden: hidden(config, to),
        });
    }
    Ok(desks)
}

/// Who named a contact for any of these sources, and when.
fn named(store: &Store, to: &str, sources: &[IpAddr]) -> Result<Option<(String, clock::Seconds)>, PlanError> {
    /// They have their contacts from the same places.
    const MOST_ASKED: usize = 5;
    for ip in sources.iter().take(MOST_ASKED) {
        let chain = store.source(*ip)?.and_then(|facts| facts.contacts);
        let found = chain.and_then(|chain| chain.contacts.into_iter().find(|contact| contact.address == to));
        if let Some(contact) = found {
            return Ok(Some((contact.source.to_string(), contact.at)));
        }
    }
    Ok(None)
}

/// What a recipient does not get to see.
fn hidden(config: &Config, to: &str) -> Vec<String> {
    let form = config.report.form(to);
    let masked = (!form.masked_headers.is_empty())
        .then(|| format!("these headers: {}", form.masked_headers.join(", ")));
    if !form.redaction {
        let open = "no recipient: its [[report_form]] says redaction = false".to_owned();
        return std::iter::once(open).chain(masked).collect();
    }
    let mut hidden = vec![
        "every recipient of the mail: a token stands for each (RFC 6590), in headers, text and identifiers"
            .to_owned(),
        "of mail to spamtraps also our own Received lines and the Message-ID".to_owned(),
    ];
    if form.evidence == EvidenceForm::Headers {
        hidden.push("the text of the mail: only its headers go along".to_owned());
    }
    hidden.extend(masked);
    hidden
}

/// Letters into the ledger; what was done, to be taken back.
pub(super) fn settle(
    shared: &Shared,
    store: &Store,
    letters: &[Arc<Letter>],
    how: Settling,
) -> Result<(Settled, Option<Done>), String> {
    let (config, by, now) = (&shared.options.config, shared.options.login.as_str(), clock::now());
    let failed = |error: crate::store::Error| error.to_string();
    if shared.options.read_only {
        return Err("Nothing is written with --read-only: start without it.".to_owned());
    }
    if how == Settling::Approve {
        report::can_send(config)?;
    }
    let held = report::hold(store, letters, by).map_err(failed)?;
    let new: Vec<(OutgoingId, &Arc<Letter>)> = held
        .iter()
        .zip(letters)
        .filter_map(|(held, letter)| match held {
            Held::New(id) => Some((*id, letter)),
            Held::Already { .. } => None,
        })
        .collect();
    let ids: Vec<OutgoingId> = new.iter().map(|(id, _)| *id).collect();
    let done = match &how {
        Settling::Hold => Ok(()),
        Settling::Approve => {
            let what: Vec<(OutgoingId, [u8; 32])> =
                new.iter().map(|(id, letter)| (*id, sha256(&letter.bytes))).collect();
            report::approve(store, config, &what, by).map(drop).map_err(|error| error.to_string())
        }
        Settling::ByHand { ticket } => {
            let ticket = Some(ticket.clone()).filter(|ticket| !ticket.is_empty());
            let resolution = Resolution::ByHand { ticket };
            ids.iter().try_for_each(|id| store.resolve(*id, &resolution, by, now)).map_err(failed)
        }
    };
    if let Err(why) = done {
        // Nothing is half done: what could not be approved does not stand in the way of the next plan.
        store.cancel(&ids, "it could not be approved", by, now).map_err(failed)?;
        return Err(why);
    }
    let reports: Vec<ReportId> =
        new.iter().flat_map(|(_, letter)| &letter.mails).filter_map(|mail| mail.report).collect();
    let mut sentence = in_words(&how, ids.len(), letters.len(), config.sending.hold);
    // The letters leave whatever becomes of the marks, and a person must hear that they do.
    let marks = store.change_marks(&[], &reports).unwrap_or_else(|why| {
        sentence.push_str(&format!("; the marks of their mails stay: {why}"));
        Change::default()
    });
    let what = match how {
        _ if ids.is_empty() => None,
        Settling::ByHand { .. } => Some(Done::for_good(sentence.clone())),
        _ => Some(Done::of_ledger(sentence.clone(), ids, marks)),
    };
    Ok((Settled { how, reports, sentence }, what))
}

/// `41 approved; they leave in 10 minutes (undo takes them back)`.
fn in_words(how: &Settling, done: usize, asked: usize, hold: clock::Seconds) -> String {
    let number = thousands(done as u64);
    let (they, them) = if done == 1 { ("it leaves", "it") } else { ("they leave", "them") };
    let told = match how {
        Settling::Approve if hold <= 0 => format!("{number} approved; {they} now"),
        Settling::Approve => format!("{number} approved; {they} in {} (undo takes {them} back)", time(hold)),
        Settling::Hold => format!("{number} held in the outbox, not approved (undo takes {them} out)"),
        Settling::ByHand { .. } => format!("{number} recorded as told by hand"),
    };
    match asked - done {
        0 => told,
        others => format!(
            "{told}; {} not, since their mails were reported there meanwhile",
            thousands(others as u64)
        ),
    }
}

/// `10 minutes`.
fn time(seconds: clock::Seconds) -> String {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7_200 => counted(seconds / 60, "minute"),
        _ => counted(seconds / 3_600, "hour"),
    }
}
