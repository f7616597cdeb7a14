//! A long random walk over the ledger beside a model of it, by several connections, with senders that die: whatever
//! the order of acts, no desk gets a mail twice unless a person asked for it, and every change is in the audit.

use super::*;
use crate::store::{SenderLock, sha256};
use std::collections::HashMap;
use std::rc::Rc;

/// Numbers that are the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// What a row is about: a mail, and to whom.
type Matter = (u8, &'static str);

/// A row as it ought to be.
#[derive(Debug, Clone)]
struct Expected {
    state: OutgoingState,
    hash: [u8; 32],
    approved: Option<[u8; 32]>,
    matters: Vec<Matter>,
    repeats: Option<OutgoingId>,
    /// When it took its place among the rows about the same.
    taken: usize,
    due: Option<i64>,
    /// Whether its message lies with the recipient now, which the ledger may not know.
    arrived: bool,
}

impl Expected {
    fn holds(&self) -> bool {
        self.state.holds()
    }
}

struct Walk {
    random: Random,
    stores: Vec<Rc<Store>>,
    sender: Option<SenderLock>,
    rows: Vec<Expected>,
    now: i64,
    drafts: usize,
    taken: usize,
    audited: usize,
    /// How often a matter lies with its recipient.
    arrivals: HashMap<Matter, usize>,
    /// How often a person asked for a repetition that was held.
    asked: HashMap<Matter, usize>,
}

const RECIPIENTS: [&str; 2] = ["abuse@isp.example", "cert@isp.example"];
const MAILS: usize = 6;

impl Walk {
    fn store(&mut self) -> Rc<Store> {
        let at = self.random.below(self.stores.len());
        Rc::clone(&self.stores[at])
    }

    fn any_row(&mut self) -> Option<OutgoingId> {
        (!self.rows.is_empty()).then(|| self.random.below(self.rows.len()) as OutgoingId + 1)
    }

    fn row(&mut self, id: OutgoingId) -> &mut Expected {
        &mut self.rows[id as usize - 1]
    }

    /// The row that is in the way of a mail to a recipient, as the promise says and not as the tables do.
    fn in_the_way(
        &self,
        matters: &[Matter],
        repeats: Option<OutgoingId>,
        own: OutgoingId,
    ) -> Option<OutgoingId> {
        matters.iter().find_map(|matter| {
            let rows = (1..).zip(&self.rows).filter(|(id, _)| *id != own);
            let about = rows.filter(|(_, row)| row.holds() && row.matters.contains(matter));
            let (id, last) = about.max_by_key(|(_, row)| row.taken)?;
            let may_repeat = last.state.is_told() && repeats == Some(id);
            (!may_repeat).then_some(id)
        })
    }

    fn compose(&mut self) -> (Draft, Vec<Matter>) {
        self.drafts += 1;
        let recipient = RECIPIENTS[self.random.below(RECIPIENTS.len())];
        let mut draft = draft(&format!("draft {}", self.drafts), recipient, 0);
        let count = 1 + self.random.below(2);
        let mails: Vec<u8> = (0..count).map(|_| self.random.below(MAILS) as u8).collect();
        draft.mails = mails.iter().map(|mail| ReportedMail { report: None, sha256: [*mail; 32] }).collect();
        if self.random.one_in(2) {
            draft.repeats = self.any_row();
            draft.reason = self.random.one_in(5).then_some("  ").or(Some("it goes on")).map(str::to_owned);
        }
        (draft, mails.into_iter().map(|mail| (mail, recipient)).collect())
    }

    fn hold_or_edit(&mut self) {
        let (draft, matters) = self.compose();
        let edited = self.random.one_in(3).then(|| self.any_row()).flatten();
        let repeats = draft.repeats.filter(|_| draft.reason.as_deref() == Some("it goes on"));
        let blocked = self.in_the_way(&matters, repeats, edited.unwrap_or(0));
        let store = self.store();
        let held = match edited {
            Some(id) => {
                let seen = self.row(id).hash;
                let may = matches!(self.row(id).state, OutgoingState::Held | Approved | Deferred);
                let edited = store.replace(id, &seen, &draft, "ann", self.now);
                assert_eq!(edited.is_ok(), may, "{edited:?}");
                let Ok(edited) = edited else { return };
                edited
            }
            None => store.hold(std::slice::from_ref(&draft), "ann", self.now).unwrap().remove(0),
        };
        match (held, blocked) {
            (Held::New(id), None) => {
                if let Some(repeats) = repeats {
                    let told = self.row(repeats).matters.clone();
                    for matter in matters.iter().filter(|matter| told.contains(matter)) {
                        *self.asked.entry(*matter).or_default() += 1;
                    }
                }
                self.taken += 1;
                let row = Expected {
                    state: OutgoingState::Held,
                    hash: sha256(&draft.bytes),
                    approved: None,
                    matters,
                    repeats,
                    taken: self.taken,
                    due: None,
                    arrived: false,
                };
                match edited {
                    Some(edited) => *self.row(edited) = row,
                    None => self.rows.push(row),
                }
                assert_eq!(id, edited.unwrap_or(self.rows.len() as OutgoingId));
                self.audited += 1;
            }
            (Held::Already { id, .. }, Some(blocked)) => assert_eq!(id, blocked),
            other => panic!("{other:?}"),
        }
    }

    fn approve(&mut self) {
        let Some(id) = self.any_row() else { return };
        let is_stale = self.random.one_in(6);
        let seen = if is_stale { [0; 32] } else { self.row(id).hash };
        let due = self.now + self.random.below(3) as i64;
        let done = self.store().approve(&[(id, seen)], Looked::Together, due, "bob", self.now).is_ok();
        let row = self.row(id);
        assert_eq!(done, row.state == OutgoingState::Held && !is_stale);
        if done {
            (row.state, row.due, row.approved) = (Approved, Some(due), Some(seen));
            self.audited += 1;
        }
    }

    fn stop(&mut self) {
        let Some(id) = self.any_row() else { return };
        let is_cancel = self.random.one_in(2);
        let store = self.store();
        let moved = match is_cancel {
            true => store.cancel(&[id], "no", "ann", self.now),
            false => store.take_back(&[id], "ann", self.now),
        };
        let row = self.row(id);
        let (allowed, to): (&[OutgoingState], _) = match is_cancel {
            true => (&[OutgoingState::Held, Approved, Deferred, Failed], Cancelled),
            false => (&[Approved, Deferred], OutgoingState::Held),
        };
        let done = moved.unwrap().done == [id];
        assert_eq!(done, allowed.contains(&row.state), "{row:?}");
        if done {
            (row.state, row.due) = (to, None);
            self.audited += 1;
        }
    }

    fn retry(&mut self) {
        let Some(id) = self.any_row() else { return };
        let moved = self.store().retry(&[id], "ann", self.now).unwrap();
        let row = self.row(id).clone();
        let free = self.in_the_way(&row.matters, row.repeats, id).is_none();
        let now = self.now;
        let expected = match row.state {
            Failed if free => Some((OutgoingState::Held, None)),
            Deferred => Some((Deferred, Some(now))),
            _ => None,
        };
        assert_eq!(moved.done == [id], expected.is_some(), "{row:?}");
        if let Some((state, due)) = expected {
            self.taken += usize::from(state == OutgoingState::Held);
            let taken = if state == OutgoingState::Held { self.taken } else { row.taken };
            let row = self.row(id);
            (row.state, row.due, row.taken) = (state, due, taken);
            self.audited += 1;
        }
    }

    /// A person finds out how it is, and says so.
    fn resolve(&mut self) {
        let Some(id) = self.any_row() else { return };
        let row = self.row(id).clone();
        let by_hand = self.random.one_in(4);
        let resolution = match (by_hand, row.arrived) {
            (true, _) => Resolution::ByHand { ticket: Some("T".to_owned()) },
            (_, true) => Resolution::Arrived,
            (_, false) => Resolution::NotArrived,
        };
        // A message that did arrive is not told a second time by hand.
        if by_hand && row.arrived {
            return;
        }
        let done = self.store().resolve(id, &resolution, "ann", self.now);
        let free = self.in_the_way(&row.matters, row.repeats, id).is_none();
        let to = match (&resolution, row.state) {
            (Resolution::Arrived, Unknown) => Some(Sent),
            (Resolution::NotArrived, Unknown) => Some(OutgoingState::Held),
            (Resolution::ByHand { .. }, OutgoingState::Held | Unknown) => Some(ByHand),
            (Resolution::ByHand { .. }, Failed) if free => Some(ByHand),
            _ => None,
        };
        assert_eq!(done.is_ok(), to.is_some(), "{done:?} {row:?}");
        let Some(to) = to else { return };
        if to == ByHand {
            self.arrive(id);
        }
        self.taken += usize::from(row.state == Failed);
        let taken = if row.state == Failed { self.taken } else { row.taken };
        let row = self.row(id);
        (row.state, row.taken) = (to, taken);
        self.audited += 1;
    }

    fn arrive(&mut self, id: OutgoingId) {
        let row = self.row(id);
        row.arrived = true;
        let mut matters = row.matters.clone();
        matters.sort_unstable();
        matters.dedup();
        for matter in matters {
            *self.arrivals.entry(matter).or_default() += 1;
        }
    }

    /// One row goes as far as it gets: accepted, put off, refused, cut off, or the program dies.
    fn send(&mut self) {
        let store = self.store();
        if self.sender.is_none() {
            let sender = store.sender("walk", self.now).unwrap();
            let (mut found, now) = (vec![], self.now);
            for (id, row) in (1..).zip(&mut self.rows).filter(|(_, row)| row.state == Sending) {
                row.state = Unknown;
                found.push(id);
            }
            assert_eq!(sender.found_unknown(), found, "at {now}");
            self.audited += found.len();
            self.sender = Some(sender);
        }
        // Asks for any row, as one would that is late.
        let Some(id) = self.any_row() else { return };
        let Some(sender) = &self.sender else { return };
        let seen = if self.random.one_in(8) { [0; 32] } else { self.rows[id as usize - 1].hash };
        let begun = store.begin(sender, id, &seen, self.now).unwrap();
        let now = self.now;
        let row = &mut self.rows[id as usize - 1];
        let may = matches!(row.state, Approved | Deferred)
            && row.approved == Some(seen)
            && row.hash == seen
            && row.due.is_some_and(|due| due <= now);
        assert_eq!(begun, may, "{row:?}");
        if !begun {
            return;
        }
        assert!(!store.begin(sender, id, &seen, now).unwrap(), "a second time");
        (row.state, row.due) = (Sending, None);
        self.audited += 1;
        let outcome = self.random.below(6);
        if matches!(outcome, 0 | 1) || (outcome >= 4 && self.random.one_in(2)) {
            self.arrive(id);
        }
        let settled = match outcome {
            0 | 1 => Settled::Sent,
            2 => Settled::Deferred { until: self.now + self.random.below(5) as i64 },
            3 => Settled::Failed,
            4 => Settled::Unknown,
            _ => {
                // It dies here, and somebody else takes over.
                self.sender = None;
                return;
            }
        };
        let Some(sender) = &self.sender else { return };
        assert!(store.settle(sender, id, &seen, settled, "said", self.now).unwrap());
        let row = self.row(id);
        (row.state, row.due) = match settled {
            Settled::Sent => (Sent, None),
            Settled::Deferred { until } => (Deferred, Some(until)),
            Settled::Failed => (Failed, None),
            Settled::Unknown => (Unknown, None),
            Settled::Withdrawn => (OutgoingState::Held, None),
        };
        self.audited += 1;
    }

    fn compare(&self) {
        let store = &self.stores[0];
        let found: Vec<_> = store.outbox(&[], usize::MAX, 0).unwrap();
        let found: Vec<_> = found.iter().rev().map(|row| (row.id, row.state, row.sha256, row.due)).collect();
        let expected: Vec<_> =
            (1..).zip(&self.rows).map(|(id, row)| (id, row.state, row.hash, row.due)).collect();
        assert_eq!(found, expected);
        assert_eq!(
            store.audit(None, None, None, 1).unwrap().first().map_or(0, |line| line.id),
            self.audited as i64
        );
        for (matter, times) in &self.arrivals {
            let asked = self.asked.get(matter).copied().unwrap_or(0);
            assert!(*times <= 1 + asked, "{matter:?} arrived {times} times");
            let live = self
                .rows
                .iter()
                .filter(|row| row.holds() && !row.state.is_told() && row.matters.contains(matter));
            assert!(live.count() <= 1);
        }
    }
}

#[test]
fn no_order_of_acts_and_no_death_sends_a_mail_twice() {
    let mut totals: HashMap<String, usize> = HashMap::new();
    for seed in 1..=8 {
        let (_folder, store) = new();
        let stores = [store.again().unwrap(), store.again().unwrap(), store].map(Rc::new).to_vec();
        stores.iter().for_each(|store| store.db.pragma_update(None, "synchronous", "OFF").unwrap());
        let mut walk = Walk {
            random: Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed)),
            stores,
            sender: None,
            rows: vec![],
            now: 0,
            drafts: 0,
            taken: 0,
            audited: 0,
            arrivals: HashMap::new(),
            asked: HashMap::new(),
        };
        for _ in 0..400 {
            walk.now += walk.random.below(2) as i64;
            match walk.random.below(10) {
                0 | 1 => walk.hold_or_edit(),
                2 | 3 => walk.approve(),
                4 if walk.random.one_in(2) => walk.stop(),
                4 | 5 => walk.retry(),
                6 => walk.resolve(),
                _ => walk.send(),
            }
            walk.compare();
        }
        for line in walk.stores[0].audit(None, None, None, usize::MAX).unwrap() {
            *totals.entry(line.act).or_default() += 1;
        }
        assert_eq!(walk.stores[0].check().unwrap(), Vec::<String>::new());
    }
    // A walk that never gets anywhere shows nothing.
    for act in [
        "held",
        "edited",
        "approved",
        "taken back",
        "cancelled",
        "tried again",
        "sending",
        "sent",
        "deferred",
        "failed",
        "unknown",
        "arrived",
        "not arrived",
        "by hand",
    ] {
        assert!(totals.get(act).copied().unwrap_or(0) >= 5, "{act}: {totals:?}");
    }
}
