//! Hosts of URLs: what is known of each, and the queue of those to be looked up, as [`super::sources`] has them of
//! addresses. Knows nothing of how that is done, nor whether it is wanted.

use super::answers::Answers;
use super::error::from_sqlite;
use super::sources::{BACK_OFF_SECONDS, CLAIM_SECONDS, STEP, json, queue};
use super::{Error, Store, settings};
use crate::model::address_space::to_column;
use crate::model::clock::Seconds;
use crate::model::{HostFacts, Listing};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;
use std::net::IpAddr;

impl Store {
    /// Takes the hosts of URLs of reports that came since the last time into the queue, and those again that new
    /// reports name and whose facts are over their time. A host that is an address goes to the queue of addresses.
    /// Says how many were taken. `host_of` tells the host of a URL.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn find_new_hosts(
        &self,
        host_of: &dyn Fn(&str) -> Option<String>,
        now: Seconds,
    ) -> Result<u64, Error> {
        let wrong = |error| self.wrong(error);
        let last = settings::next_report(&self.db).map_err(wrong)?.saturating_sub(1);
        let mut taken = 0;
        loop {
            // Read before the rows are, as for sources.
            let seen = settings::seen(&self.db, settings::HOSTS_SEEN).map_err(wrong)?;
            let first = seen.up_to;
            if first >= last {
                return Ok(taken);
            }
            let end = last.min(first.saturating_add(STEP));
            // Read before anything is locked.
            let (names, addresses) = hosts_of(&self.db, first, end, host_of).map_err(wrong)?;
            taken += self.write(|db| {
                settings::set_seen(db, settings::HOSTS_SEEN, settings::Seen { up_to: end, ..seen })?;
                let mut put = db.prepare_cached(
                    "INSERT INTO host(name, due) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE
                       SET due = excluded.due, tries = 0 WHERE due IS NULL AND until <= excluded.due",
                )?;
                let mut taken = queue(db, addresses, now)?;
                for name in names {
                    taken += put.execute(params![name, now])? as u64;
                }
                Ok(taken)
            })?;
        }
    }

    /// Makes every host due, whatever is known of it.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn make_all_hosts_due(&self, now: Seconds) -> Result<(), Error> {
        self.write(|db| db.execute("UPDATE host SET due = ?1, tries = 0", [now]).map(drop))
    }

    /// How many hosts may be looked up now.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn hosts_due(&self, now: Seconds) -> Result<u64, Error> {
        self.db
            .prepare_cached("SELECT count(*) FROM host WHERE due <= ?1")
            .and_then(|mut s| s.query_row([now], |r| r.get::<_, i64>(0)))
            .map(|count| count as u64)
            .map_err(|error| self.wrong(error))
    }

    /// Claims hosts that are to be looked up, those of the latest reports first: for two minutes nobody else gets them.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn claim_hosts(&self, at_most: usize, now: Seconds) -> Result<Vec<String>, Error> {
        self.write(|db| {
            db.prepare_cached(
                "UPDATE host SET due = ?2 WHERE name IN (SELECT name FROM host WHERE due <= ?1 ORDER BY due DESC LIMIT ?3)
                 RETURNING name",
            )?
            .query_map(params![now, now + CLAIM_SECONDS, at_most as i64], |r| r.get(0))?
            .collect()
        })
    }

    /// Gives claimed hosts back, for whoever comes next.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn release_hosts(&self, names: &[String], now: Seconds) -> Result<(), Error> {
        self.write(|db| {
            let mut release =
                db.prepare_cached("UPDATE host SET due = ?2 WHERE name = ?1 AND due IS NOT NULL")?;
            names.iter().try_for_each(|name| release.execute(params![name, now]).map(drop))
        })
    }

    /// Something was not learnt of these hosts: they are tried again, later with every time, in the end not before
    /// another report names them.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn put_hosts_off(&self, names: &[String], now: Seconds) -> Result<(), Error> {
        self.write(|db| {
            let mut tries = db.prepare_cached("SELECT tries FROM host WHERE name = ?1")?;
            let mut put =
                db.prepare_cached("UPDATE host SET due = ?2, tries = ?3, until = ?4 WHERE name = ?1")?;
            for name in names {
                let before: i64 = tries.query_row([name], |r| r.get(0)).optional()?.unwrap_or(0);
                let pause = usize::try_from(before).ok().and_then(|before| BACK_OFF_SECONDS.get(before));
                put.execute(params![name, pause.map(|pause| now + pause), before + 1, now])?;
            }
            Ok(())
        })
    }

    /// Everything that is known of the host of a URL; `None` when it was never looked up.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn host(&self, name: &str) -> Result<Option<HostFacts>, Error> {
        let facts = self
            .db
            .prepare_cached("SELECT facts FROM host_facts WHERE name = ?1")
            .and_then(|mut s| s.query_row([name], |r| r.get::<_, String>(0)).optional())
            .map_err(|error| self.wrong(error))?;
        Ok(facts.and_then(|facts| serde_json::from_str(&facts).ok()))
    }
}

impl Answers<'_> {
    /// Keeps what was found out about hosts of URLs, in one transaction with the answers that it was made of.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn keep_hosts(&self, found: &[HostFacts], now: Seconds) -> Result<(), Error> {
        self.keep_with(|db| {
            let changed = settings::hosts_changed(db)? + 1;
            settings::set_hosts_changed(db, changed)?;
            let mut put = db.prepare_cached(
                "INSERT OR REPLACE INTO host(name, lists, at, until, changed) VALUES(?1, ?2, ?3, ?4, ?5)",
            )?;
            let mut put_facts =
                db.prepare_cached("INSERT OR REPLACE INTO host_facts(name, facts) VALUES(?1, ?2)")?;
            for facts in found {
                let lists = Listing::to_column(&Listing::of(&facts.lists));
                put.execute(params![facts.host, lists, now, facts.until().unwrap_or(now), changed])?;
                put_facts.execute(params![facts.host, json(facts)?])?;
            }
            Ok(())
        })
    }
}

type Hosts = (BTreeSet<String>, BTreeSet<[u8; 16]>);

/// The names and the addresses in URLs of these reports. Names without a dot are no hosts of the Internet.
fn hosts_of(
    db: &Connection,
    after: u32,
    last: u32,
    host_of: &dyn Fn(&str) -> Option<String>,
) -> rusqlite::Result<Hosts> {
    let mut select = db.prepare_cached(
        "SELECT urls FROM report WHERE id > ?1 AND id <= ?2 AND status = 0 AND urls IS NOT NULL",
    )?;
    let mut entries: BTreeSet<u32> = BTreeSet::new();
    let mut rows = select.query([after, last])?;
    while let Some(found) = rows.next()? {
        let numbers = found.get_ref(0)?.as_blob()?.chunks_exact(4);
        entries.extend(numbers.filter_map(|bytes| bytes.try_into().ok().map(u32::from_le_bytes)));
    }
    let mut select = db.prepare_cached("SELECT text FROM url WHERE id = ?1")?;
    let (mut names, mut addresses) = Hosts::default();
    for entry in entries {
        let Some(text) = select.query_row([entry], |r| r.get::<_, String>(0)).optional()? else { continue };
        let Some(host) = host_of(&text) else { continue };
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(ip) => drop(addresses.insert(to_column(ip))),
            Err(_) if host.contains('.') => drop(names.insert(host)),
            Err(_) => {}
        }
    }
    Ok((names, addresses))
}

/// Names of hosts with their lists, of those that changed after this number.
pub(super) fn rows(
    db: &Connection,
    path: &std::path::Path,
    after: i64,
    each: &mut dyn FnMut(&str, &str),
) -> Result<(), Error> {
    let mut read = || -> rusqlite::Result<()> {
        // At first only what is listed matters; later it may also be listed no longer.
        let mut select = db.prepare_cached(
            "SELECT name, lists FROM host WHERE changed > ?1 AND changed > 0 AND (?1 > 0 OR lists <> '')",
        )?;
        let mut rows = select.query([after])?;
        while let Some(row) = rows.next()? {
            each(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        }
        Ok(())
    };
    read().map_err(|error| from_sqlite(path, error))
}

#[cfg(test)]
mod tests {
    use super::super::Access;
    use super::*;
    use crate::model::{Fact, Finding, ListCode, ListFact};

    #[test]
    fn a_host_is_claimed_once_put_off_for_longer_each_time_and_done_when_it_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db"), Access::ReadWrite).unwrap();
        let name = vec!["login.example".to_owned()];
        store.write(|db| db.execute("INSERT INTO host(name, due) VALUES('login.example', 100)", [])).unwrap();
        assert_eq!(store.hosts_due(99).unwrap(), 0);
        assert_eq!(store.claim_hosts(9, 100).unwrap(), name);
        assert_eq!(store.claim_hosts(9, 100).unwrap(), [""; 0]);
        store.release_hosts(&name, 100).unwrap();
        assert_eq!(store.claim_hosts(9, 100).unwrap(), name);
        let mut at = 100;
        for pause in BACK_OFF_SECONDS {
            store.put_hosts_off(&name, at).unwrap();
            assert_eq!(store.hosts_due(at + pause - 1).unwrap(), 0);
            assert_eq!(store.claim_hosts(9, at + pause).unwrap(), name);
            at += pause;
        }
        store.put_hosts_off(&name, at).unwrap();
        assert_eq!(store.hosts_due(Seconds::MAX).unwrap(), 0, "it rests");
        let code = ListCode { name: "phish".into(), meaning: String::new(), policy: false };
        let fact = Fact { finding: Finding::Yes(vec![code]), from: "dbl".into(), at, until: at + 60 };
        let facts = HostFacts {
            host: "login.example".into(),
            registrable: Some("login.example".into()),
            addresses: None,
            lists: vec![ListFact { list: "dbl".into(), letter: 'D', fact }],
        };
        store.answers().keep_hosts(std::slice::from_ref(&facts), at).unwrap();
        assert_eq!(store.host("login.example").unwrap(), Some(facts));
        let mut seen = vec![];
        rows(&store.db, &store.path, 0, &mut |name, lists| seen.push(format!("{name} {lists}"))).unwrap();
        assert_eq!(seen, ["login.example Ddbl:phish"]);
    }
}
