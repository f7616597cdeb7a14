//! What the screen Tools asks for: one look-up or trace at a time, each on a thread of its own, so that one that waits
//! for a slow server keeps nobody from asking something else.

use super::answers::Item;
use super::event::{Event, LookUpNews};
use super::request::LookUp;
use super::shared::{Shared, lock};
use crate::enrich::trace::{Hop, Trace};
use crate::jobs::enrich::Means;
use crate::jobs::lookup::{self, Line, Order, Section, Standing, Subject, Topic};
use crate::jobs::{Cancel, contacts};
use crate::model::{Finding, ListFact, clock};
use crate::store::Store;
use std::cell::RefCell;
use std::sync::Arc;

/// Looks something up; whatever was asked before stops.
pub(super) fn look_up(shared: &Arc<Shared>, wanted: LookUp) {
    begin(shared, wanted.number, wanted.refresh, move |asking| asking.look_up(&wanted));
}

/// Writes down whom to tell, then looks up with that in mind; whatever was asked before stops.
pub(super) fn say_contact(shared: &Arc<Shared>, then: LookUp, words: String) {
    if let Err(why) = said(shared, &words) {
        return shared.tell(Event::LookUp(then.number, LookUpNews::Ended(Some(why))));
    }
    look_up(shared, then);
}

fn said(shared: &Shared, words: &str) -> Result<(), String> {
    let (by, at) = (&shared.options.login, clock::now());
    let (about, change) = contacts::spoken(words, at, by)?;
    let store = shared.open_store().map_err(|error| error.to_string())?;
    let changes = match change {
        Some(change) => vec![change],
        None => contacts::taken_back(&store, &about, at, by).map_err(|error| error.to_string())?,
    };
    if changes.is_empty() {
        return Err(format!("Nothing was said about {about}."));
    }
    store.change_contacts(&changes, at, by).map_err(|error| error.to_string())?;
    let sentence = format!("{about}: whom to tell is written down");
    shared.answers.push(Item::Changed(Some(Event::Done { sentence, undoable: false })));
    Ok(())
}

/// Follows a URL; whatever was asked before stops.
pub(super) fn trace(shared: &Arc<Shared>, number: u64, url: String) {
    begin(shared, number, false, move |asking| {
        let Asking { store, means, shared, cancel, .. } = asking;
        let hops = RefCell::new(vec![]);
        let made = |hop: &Hop| {
            let mut hops = hops.borrow_mut();
            hops.push(hop.clone());
            asking.tell(LookUpNews::Traced(hops_section(&hops)));
        };
        let traced = lookup::trace(store, &shared.options.config, means, &url, cancel, &made);
        let traced = traced.map_err(|error| error.to_string())?;
        asking.tell(LookUpNews::Traced(trace_section(&traced)));
        Ok(())
    });
}

/// What one look-up works with.
struct Asking<'a> {
    shared: &'a Arc<Shared>,
    store: &'a Store,
    means: &'a Means,
    number: u64,
    cancel: &'a Cancel,
}

impl Asking<'_> {
    fn look_up(&self, wanted: &LookUp) -> Result<(), String> {
        let order = Order { subject: Subject::parse(&wanted.text)?, refresh: wanted.refresh };
        let Asking { store, means, shared, cancel, .. } = self;
        let known = lookup::look_up(store, &shared.options.config, means, &order, cancel, &mut |known| {
            self.tell(LookUpNews::Known(Box::new(known.clone())));
        });
        known.map(drop).map_err(|error| error.to_string())
    }

    fn tell(&self, news: LookUpNews) {
        self.shared.tell(Event::LookUp(self.number, news));
    }
}

fn begin(
    shared: &Arc<Shared>,
    number: u64,
    anew: bool,
    work: impl FnOnce(&Asking<'_>) -> Result<(), String> + Send + 'static,
) {
    let cancel = Cancel::default();
    if let Some(before) = lock(&shared.looking_up).replace(cancel.clone()) {
        before.cancel();
    }
    shared.in_background("desk-look-up", move |shared| {
        if anew {
            // Lists are tested again, too.
            *lock(&shared.means) = None;
        }
        let ended = run(shared, number, &cancel, work);
        // A person who stopped it need not be told that it was.
        let failure = ended.err().filter(|_| !cancel.is_cancelled());
        shared.tell(Event::LookUp(number, LookUpNews::Ended(failure)));
    });
}

fn run(
    shared: &Arc<Shared>,
    number: u64,
    cancel: &Cancel,
    work: impl FnOnce(&Asking<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let store = shared.open_store().map_err(|error| error.to_string())?;
    let config = &shared.options.config;
    // Keys come from commands and files take time: kept for the next one, unless an earlier one has them still.
    let kept = lock(&shared.means).take();
    let means = match kept {
        Some(mut means) => means.reread(config, &store).map(|()| means),
        None => Means::open(config, &store),
    }?;
    let ended = work(&Asking { shared, store: &store, means: &means, number, cancel });
    *lock(&shared.means) = Some(means);
    ended
}

impl Shared {
    /// Ends the look-up or trace that runs.
    pub(super) fn stop_looking_up(&self) {
        lock(&self.looking_up).iter().for_each(Cancel::cancel);
    }
}

fn trace_section(trace: &Trace) -> Section {
    hops_section(&trace.hops).with(Line::new("End", &trace.end).standing(Standing::Remark))
}

/// Each hop with its status, where it went, and what is known of its host.
fn hops_section(hops: &[Hop]) -> Section {
    let mut section = Section::new(Topic::Subject, "Where it leads");
    for (number, hop) in hops.iter().enumerate() {
        let time = hop.milliseconds.map(|time| format!(" in {time} ms")).unwrap_or_default();
        let status = match hop.status {
            Some(status) => format!("{status}{time}, {}", hop.reason),
            None => format!("no answer, {}", hop.reason),
        };
        let line = Line { source: status, ..Line::new(format!("Hop {}", number + 1), &hop.url).link() };
        section.lines.push(line);
        for (ip, origin) in &hop.addresses {
            let by = origin.as_ref().and_then(|fact| fact.yes()).map_or(String::new(), |origin| {
                format!("AS{} {}", origin.asn, origin.as_name.as_deref().unwrap_or_default())
            });
            section.lines.push(Line { source: by.trim().to_owned(), ..Line::new("at", ip.to_string()) });
        }
        section.lines.extend(hop.lists.iter().filter_map(list_line));
    }
    section
}

/// What a list says against a host, or why it said nothing.
fn list_line(list: &ListFact) -> Option<Line> {
    let (value, standing) = match &list.fact.finding {
        Finding::Yes(codes) => {
            let meanings: Vec<&str> = codes.iter().map(|code| code.meaning.as_str()).collect();
            let policy = codes.iter().all(|code| code.policy);
            (meanings.join("; "), if policy { Standing::Policy } else { Standing::Listed })
        }
        Finding::No => return None,
        Finding::Unknown(why) => (why.clone(), Standing::Unknown),
    };
    Some(Line::new(format!("{} ({})", list.list, list.letter), value).standing(standing))
}
