//! URLs to feeds, as a screen asks for it: a plan beside whatever else is asked, and what a person chose of it into the
//! ledger.

use super::request::{HeldParcel, SubmissionHeld, SubmissionPlan, SubmissionQuestion, UrlNews};
use crate::index::Part;
use crate::jobs::desk::answers::{Answers, Halt};
use crate::jobs::desk::event::Event;
use crate::jobs::desk::shared::Shared;
use crate::jobs::desk::writes::Done;
use crate::jobs::submit::{self, FoundUrl, Order, Parcel, PlanError, Planner};
use crate::model::{Held, OutgoingId};
use crate::store::{Change, Store, sha256};
use crate::text::counted;
use std::sync::Arc;

impl Answers<'_> {
    /// Finds the mails of the URLs; the plan is made by another thread.
    pub(super) fn plan_submission(&mut self, question: &SubmissionQuestion) -> Result<(), Halt> {
        self.need(&[Part::Urls])?;
        let base = self.base()?;
        let found = submit::found(&base.store, &base.index, question.urls.clone())?;
        let found = found.map_err(|stopped| self.halted(stopped))?;
        let question = question.clone();
        self.shared.in_background("desk-submit", move |shared| {
            let number = question.number;
            let news = match plan(shared, question, found) {
                Ok(plan) => UrlNews::Planned(plan),
                Err(error) => UrlNews::NotPlanned(number, error.to_string()),
            };
            shared.tell(Event::Urls(news));
        });
        Ok(())
    }
}

fn plan(
    shared: &Shared,
    question: SubmissionQuestion,
    urls: Vec<FoundUrl>,
) -> Result<SubmissionPlan, PlanError> {
    let config = &shared.options.config;
    let store = shared.open_store()?;
    let feeds: Vec<String> = config.url_feeds.iter().map(|feed| feed.name.clone()).collect();
    let planner = Planner::new(config, &store, &feeds)?;
    let order = Order { urls, feeds: feeds.clone(), cut: question.cut };
    let plan = planner.plan(&order, &shared.end, &mut |_, _| {})?;
    Ok(SubmissionPlan { number: question.number, feeds, plan: Arc::new(plan), cut: question.cut })
}

/// Parcels into the ledger; nothing leaves before it is approved.
pub(in crate::jobs::desk) fn hold(
    shared: &Shared,
    store: &Store,
    number: u64,
    parcels: &[Arc<Parcel>],
) -> Result<(SubmissionHeld, Option<Done>), String> {
    if shared.options.read_only {
        return Err("Nothing is written with --read-only: start without it.".to_owned());
    }
    let held = submit::hold(store, parcels, &shared.options.login).map_err(|error| error.to_string())?;
    let rows: Vec<HeldParcel> = held
        .iter()
        .zip(parcels)
        .filter_map(|(held, parcel)| match held {
            Held::New(id) => Some(HeldParcel {
                row: (*id, sha256(&parcel.bytes)),
                is_singly: parcel.singly.is_some(),
                parcel: Arc::clone(parcel),
            }),
            Held::Already { .. } => None,
        })
        .collect();
    let ids: Vec<OutgoingId> = rows.iter().map(|held| held.row.0).collect();
    let sentence = match (rows.len(), held.len() - rows.len()) {
        (0, _) => return Err("All of it went into the outbox meanwhile; nothing was added.".to_owned()),
        (new, 0) => format!("{} held in the outbox, not approved", counted(new as u64, "submission")),
        (new, others) => format!(
            "{} held in the outbox, not approved; {others} went there meanwhile",
            counted(new as u64, "submission")
        ),
    };
    let done = Done::of_ledger(sentence.clone(), ids, Change::default());
    let held = SubmissionHeld { number, rows, sentence, stuck: shared.stuck() };
    Ok((held, Some(done)))
}
