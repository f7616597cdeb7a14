//! What others answered, kept between runs: the [`Cache`] of whoever asks. Knows neither questions nor what the answers
//! mean.

use super::{Error, Store};
use crate::model::address_space::to_column;
use crate::model::clock::{self, Seconds};
use crate::model::{Cache, Cached};
use ipnet::{Ipv6Net, Ipv6Subnets};
use rusqlite::{Connection, OptionalExtension, params};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

/// For so long after its time an answer is kept: 90 days.
const FORGET_AFTER: Seconds = 90 * 86_400;

/// The answers in a database. New ones stay in memory until they are kept, so that they can be written in the
/// transaction that writes what was made of them; an earlier end forgets them, and they are asked for again.
pub struct Answers<'a> {
    pub(super) store: &'a Store,
    pending: RefCell<Pending>,
    /// Prefix lengths that a kind has, so that only those are tried.
    lengths: RefCell<BTreeMap<String, Vec<u8>>>,
}

#[derive(Default)]
struct Pending {
    single: BTreeMap<String, Cached>,
    networks: BTreeMap<String, BTreeMap<Ipv6Net, Cached>>,
}

impl Store {
    /// The answers that are kept here.
    pub fn answers(&self) -> Answers<'_> {
        Answers { store: self, pending: RefCell::default(), lengths: RefCell::default() }
    }
}

impl Answers<'_> {
    /// Writes the answers that came since.
    ///
    /// # Errors
    /// Whatever SQLite reports; then they are still pending.
    pub fn keep(&self) -> Result<(), Error> {
        self.keep_with(|_| Ok(()))
    }

    /// Drops what is so long over its time that even offline nobody wants it.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn forget_old(&self, now: Seconds) -> Result<(), Error> {
        self.lengths.borrow_mut().clear();
        self.store.write(|db| {
            let before = now - FORGET_AFTER;
            db.execute("DELETE FROM answer WHERE until < ?1", [before])?;
            db.execute("DELETE FROM network_answer WHERE until < ?1", [before]).map(drop)
        })
    }

    /// Writes them in one transaction with what `also` writes.
    pub(super) fn keep_with<T>(
        &self,
        also: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut pending = self.pending.borrow_mut();
        let done = self.store.write(|db| {
            pending.write(db)?;
            also(db)
        })?;
        *pending = Pending::default();
        self.lengths.borrow_mut().clear();
        Ok(done)
    }

    fn read(&self, key: &str) -> rusqlite::Result<Option<Cached>> {
        self.store
            .db
            .prepare_cached("SELECT value, at, until FROM answer WHERE key = ?1")?
            .query_row([key], cached)
            .optional()
    }

    /// The one of the smallest network that still holds, else the smallest of all, with its prefix length.
    fn read_network(&self, kind: &str, ip: Ipv6Addr, now: Seconds) -> rusqlite::Result<Option<(u8, Cached)>> {
        let mut known = self.lengths.borrow_mut();
        let lengths = match known.get(kind) {
            Some(lengths) => lengths,
            None => {
                let lengths = self
                    .store
                    .db
                    .prepare_cached(
                        "SELECT DISTINCT length FROM network_answer WHERE kind = ?1 ORDER BY 1 DESC",
                    )?
                    .query_map([kind], |r| r.get(0))?
                    .collect::<rusqlite::Result<Vec<u8>>>()?;
                known.entry(kind.to_owned()).or_insert(lengths)
            }
        };
        let mut select = self.store.db.prepare_cached(
            "SELECT value, at, until FROM network_answer WHERE kind = ?1 AND length = ?2 AND first = ?3",
        )?;
        let mut old = None;
        for length in lengths {
            let first = around(ip, *length).network().octets();
            let found = select.query_row(params![kind, length, first], cached).optional()?;
            match found {
                Some(found) if found.until > now => return Ok(Some((*length, found))),
                Some(found) => old = old.or(Some((*length, found))),
                None => {}
            }
        }
        Ok(old)
    }
}

impl Pending {
    fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        let mut put =
            db.prepare_cached("INSERT OR REPLACE INTO answer(key, value, at, until) VALUES(?1, ?2, ?3, ?4)")?;
        for (key, answer) in &self.single {
            put.execute(params![key, answer.value, answer.at, answer.until])?;
        }
        let mut put = db.prepare_cached(
            "INSERT OR REPLACE INTO network_answer(kind, length, first, value, at, until) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (kind, networks) in &self.networks {
            for (network, answer) in networks {
                put.execute(params![
                    kind,
                    network.prefix_len(),
                    network.network().octets(),
                    answer.value,
                    answer.at,
                    answer.until
                ])?;
            }
        }
        Ok(())
    }
}

/// A keeper that fails forgets: then it is asked again, which is all that is lost.
impl Cache for Answers<'_> {
    fn get(&self, key: &str) -> Option<Cached> {
        let pending = self.pending.borrow().single.get(key).cloned();
        pending.or_else(|| self.read(key).ok().flatten())
    }

    fn put(&self, key: &str, answer: Cached) {
        self.pending.borrow_mut().single.insert(key.to_owned(), answer);
    }

    fn network(&self, kind: &str, ip: IpAddr) -> Option<Cached> {
        let ip = Ipv6Addr::from(to_column(ip));
        let pending = self.pending.borrow();
        let now = clock::now();
        let rank = |length: u8, answer: &Cached| (answer.until > now, length);
        let new = pending.networks.get(kind).into_iter().flatten();
        let new = new
            .filter(|(network, _)| network.contains(&ip))
            .max_by_key(|(network, answer)| rank(network.prefix_len(), answer));
        let kept = self.read_network(kind, ip, now).ok().flatten();
        match (new, kept) {
            (Some((network, new)), Some((length, kept)))
                if rank(length, &kept) > rank(network.prefix_len(), new) =>
            {
                Some(kept)
            }
            (Some((_, new)), _) => Some(new.clone()),
            (None, kept) => kept.map(|(_, answer)| answer),
        }
    }

    fn put_network(&self, kind: &str, first: IpAddr, last: IpAddr, answer: Cached) {
        let [first, last] = [first, last].map(|ip| Ipv6Addr::from(to_column(ip)));
        if first > last {
            return;
        }
        let mut pending = self.pending.borrow_mut();
        let networks = pending.networks.entry(kind.to_owned()).or_default();
        networks.extend(Ipv6Subnets::new(first, last, 0).map(|network| (network, answer.clone())));
    }
}

fn around(ip: Ipv6Addr, length: u8) -> Ipv6Net {
    // Only a damaged length is too large.
    Ipv6Net::new(ip, length.min(128)).unwrap_or_default().trunc()
}

fn cached(row: &rusqlite::Row<'_>) -> rusqlite::Result<Cached> {
    Ok(Cached { value: row.get(0)?, at: row.get(1)?, until: row.get(2)? })
}

#[cfg(test)]
mod tests {
    use super::super::Access;
    use super::*;

    fn new() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db"), Access::ReadWrite).unwrap();
        (folder, store)
    }

    fn answer(value: &str) -> Cached {
        Cached { value: value.to_owned(), at: 100, until: 200 }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn answers_are_there_at_once_and_last_only_once_they_are_kept() {
        let (_folder, store) = new();
        let answers = store.answers();
        answers.put("ptr 192.0.2.1", answer("old"));
        answers.put("ptr 192.0.2.1", answer("new"));
        assert_eq!(answers.get("ptr 192.0.2.1"), Some(answer("new")));
        assert_eq!(store.answers().get("ptr 192.0.2.1"), None);
        answers.keep().unwrap();
        assert_eq!(store.answers().get("ptr 192.0.2.1"), Some(answer("new")));
        assert_eq!(store.answers().get("ptr 192.0.2.2"), None);
    }

    #[test]
    fn the_smallest_network_answers_for_its_addresses_whether_kept_or_pending() {
        let (_folder, store) = new();
        let answers = store.answers();
        answers.put_network("rdap", ip("192.0.2.0"), ip("192.0.2.255"), answer("a /24"));
        answers.keep().unwrap();
        assert_eq!(answers.network("rdap", ip("192.0.2.9")), Some(answer("a /24")));
        // A range that is no block: 192.0.2.4 to 192.0.2.9.
        answers.put_network("rdap", ip("192.0.2.4"), ip("192.0.2.9"), answer("six addresses"));
        answers.put_network("rdap", ip("192.0.0.0"), ip("192.255.255.255"), answer("a /8"));
        answers.put_network(
            "rdap",
            ip("2001:db8::"),
            ip("2001:db8:0:ffff:ffff:ffff:ffff:ffff"),
            answer("a /48"),
        );
        let look = |answers: &Answers<'_>| {
            let asked = [
                "192.0.2.3",
                "192.0.2.4",
                "192.0.2.9",
                "192.0.2.10",
                "192.9.9.9",
                "193.0.0.0",
                "2001:db8::7",
            ];
            asked.map(|at| answers.network("rdap", ip(at)).map_or_else(String::new, |found| found.value))
        };
        let expected = ["a /24", "six addresses", "six addresses", "a /24", "a /8", "", "a /48"];
        assert_eq!(look(&answers), expected);
        answers.keep().unwrap();
        assert_eq!(look(&answers), expected);
        assert_eq!(look(&store.answers()), expected);
        assert_eq!(answers.network("other", ip("192.0.2.3")), None);
    }

    #[test]
    fn an_answer_over_its_time_hides_none_that_still_holds() {
        let (_folder, store) = new();
        let now = clock::now();
        let fresh = Cached { value: "a fresh /24".to_owned(), at: now, until: now + 1_000 };
        for is_kept in [false, true] {
            let answers = store.answers();
            answers.put_network("rdap", ip("192.0.2.0"), ip("192.0.2.255"), fresh.clone());
            answers.put_network("rdap", ip("192.0.2.4"), ip("192.0.2.7"), answer("an old /30"));
            if is_kept {
                answers.keep().unwrap();
            }
            assert_eq!(answers.network("rdap", ip("192.0.2.5")), Some(fresh.clone()), "kept: {is_kept}");
        }
        let answers = store.answers();
        answers.put_network("rdap", ip("198.51.100.0"), ip("198.51.100.255"), answer("an old /24"));
        answers.put_network("rdap", ip("198.51.100.4"), ip("198.51.100.7"), answer("an old /30"));
        assert_eq!(
            answers.network("rdap", ip("198.51.100.5")),
            Some(answer("an old /30")),
            "the smallest of old ones"
        );
    }

    #[test]
    fn answers_are_forgotten_only_long_after_their_time() {
        let (_folder, store) = new();
        let answers = store.answers();
        answers.put("old", answer("old"));
        answers.put("older", Cached { until: 199, ..answer("older") });
        answers.put_network(
            "rdap",
            ip("192.0.2.1"),
            ip("192.0.2.1"),
            Cached { until: 199, ..answer("older") },
        );
        answers.keep().unwrap();
        answers.forget_old(200 + FORGET_AFTER).unwrap();
        assert_eq!(answers.get("old"), Some(answer("old")));
        assert_eq!((answers.get("older"), answers.network("rdap", ip("192.0.2.1"))), (None, None));
    }

    #[test]
    fn a_later_answer_takes_the_place_of_the_earlier_one_for_the_same_network() {
        let (_folder, store) = new();
        let answers = store.answers();
        for value in ["old", "new"] {
            answers.put_network("rdap", ip("192.0.2.1"), ip("192.0.2.2"), answer(value));
            answers.keep().unwrap();
        }
        answers.put_network("rdap", ip("192.0.2.9"), ip("192.0.2.1"), answer("the wrong way round"));
        assert_eq!(answers.network("rdap", ip("192.0.2.2")), Some(answer("new")));
        assert_eq!(answers.network("rdap", ip("192.0.2.5")), None);
    }
}
