//! Source addresses: what is known of each, and the queue of those to be looked up. Knows nothing of how that is done.
//!
//! Intake does not know of the queue. Whoever works on it first takes the sources of the reports that came since, then
//! claims a batch: for so long nobody else gets it, and when its worker dies it is there again.

use super::answers::Answers;
use super::error::from_sqlite;
use super::{Error, Store, settings};
use crate::model::address_space::{from_column, to_column};
use crate::model::clock::Seconds;
use crate::model::{AddressFacts, Listing, SourceRow, sources};
use rusqlite::{Connection, OptionalExtension, params};
use std::net::IpAddr;

/// For so long a claimed address is left to its claimer, who may claim it again.
pub(super) const CLAIM_SECONDS: Seconds = 120;
/// After each failure in a row: 5 minutes, 30 minutes, 4 hours, a day. Then it rests until another report names it.
pub(super) const BACK_OFF_SECONDS: [Seconds; 4] = [300, 1_800, 14_400, 86_400];
/// What was learnt by asking nobody is looked at again after a day, when another report names it.
const UNASKED_SECONDS: Seconds = 86_400;
/// Reports whose sources are taken in one transaction: some 50 ms.
pub(super) const STEP: u32 = 50_000;

/// What was found out about an address.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundOut {
    /// All that is known now.
    pub facts: AddressFacts,
    /// Something was not learnt that may be learnt later: it is tried again, later with every time.
    pub try_again: bool,
}

/// How much there is to look up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queue {
    /// Addresses that may be looked up now.
    pub due: u64,
    /// Those that wait: claimed by another worker, or failed a while ago.
    pub waiting: u64,
    /// Addresses of which something is known.
    pub known: u64,
}

impl Store {
    /// Takes the sources of reports that came since the last time into the queue, and those again that new reports
    /// name and whose facts are over their time. Says how many were taken.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn find_new_sources(&self, now: Seconds) -> Result<u64, Error> {
        let wrong = |error| self.wrong(error);
        let last = settings::next_report(&self.db).map_err(wrong)?.saturating_sub(1);
        let mut taken = 0;
        loop {
            // Read before the rows are: what is rewritten in between has been seen by nobody, and is read again.
            let seen = settings::seen(&self.db, settings::SOURCES_SEEN).map_err(wrong)?;
            let first = seen.up_to;
            if first >= last {
                return Ok(taken);
            }
            let end = last.min(first.saturating_add(STEP));
            // Read before anything is locked.
            let addresses: Vec<[u8; 16]> = self
                .db
                .prepare_cached(
                    "SELECT DISTINCT source_ip FROM report
                     WHERE id > ?1 AND id <= ?2 AND status = 0 AND source_ip IS NOT NULL",
                )
                .and_then(|mut s| s.query_map([first, end], |r| r.get(0))?.collect())
                .map_err(wrong)?;
            taken += self.write(|db| {
                settings::set_seen(db, settings::SOURCES_SEEN, settings::Seen { up_to: end, ..seen })?;
                queue(db, addresses, now)
            })?;
        }
    }

    /// Takes addresses into the queue that were never looked up, or whose facts are over their time.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn queue_sources(&self, ips: &[IpAddr], now: Seconds) -> Result<u64, Error> {
        self.write(|db| queue(db, ips.iter().map(|ip| to_column(*ip)), now))
    }

    /// How much there is to do.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn source_queue(&self, now: Seconds) -> Result<Queue, Error> {
        self.db
            .prepare_cached(
                "SELECT (SELECT count(*) FROM source WHERE due <= ?1), (SELECT count(*) FROM source WHERE due > ?1),
                   (SELECT count(*) FROM source WHERE changed > 0)",
            )
            .and_then(|mut s| {
                s.query_row([now], |r| {
                    let number = |column| r.get::<_, i64>(column).map(|number| number as u64);
                    Ok(Queue { due: number(0)?, waiting: number(1)?, known: number(2)? })
                })
            })
            .map_err(|error| self.wrong(error))
    }

    /// Claims addresses that are to be looked up, those of the latest reports first: for two minutes nobody else gets
    /// them.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn claim_sources(&self, at_most: usize, now: Seconds) -> Result<Vec<IpAddr>, Error> {
        self.write(|db| {
            db.prepare_cached(
                "UPDATE source SET due = ?2 WHERE ip IN (SELECT ip FROM source WHERE due <= ?1 ORDER BY due DESC LIMIT ?3)
                 RETURNING ip",
            )?
            .query_map(params![now, now + CLAIM_SECONDS, at_most as i64], address)?
            .filter_map(Result::transpose)
            .collect()
        })
    }

    /// Claims those of these addresses that are to be looked up.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn claim_these_sources(&self, ips: &[IpAddr], now: Seconds) -> Result<Vec<IpAddr>, Error> {
        self.write(|db| {
            let mut claim = db.prepare_cached("UPDATE source SET due = ?2 WHERE ip = ?3 AND due <= ?1")?;
            let mut claimed = vec![];
            for ip in ips {
                if claim.execute(params![now, now + CLAIM_SECONDS, to_column(*ip)])? > 0 {
                    claimed.push(*ip);
                }
            }
            Ok(claimed)
        })
    }

    /// Makes addresses due, known or not, whatever is known of them.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn make_sources_due(&self, ips: &[IpAddr], now: Seconds) -> Result<(), Error> {
        self.each_source(
            ips,
            "INSERT INTO source(ip, due) VALUES(?1, ?2) ON CONFLICT(ip) DO UPDATE SET due = excluded.due, tries = 0",
            now,
        )
    }

    /// Makes every address due, whatever is known of it.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn make_all_sources_due(&self, now: Seconds) -> Result<(), Error> {
        self.write(|db| db.execute("UPDATE source SET due = ?1, tries = 0", [now]).map(drop))
    }

    /// Claims for another two minutes what is still being worked on.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn claim_again(&self, ips: &[IpAddr], now: Seconds) -> Result<(), Error> {
        self.each_source(
            ips,
            "UPDATE source SET due = ?2 WHERE ip = ?1 AND due IS NOT NULL",
            now + CLAIM_SECONDS,
        )
    }

    /// Gives claimed addresses back, for whoever comes next.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn release_sources(&self, ips: &[IpAddr], now: Seconds) -> Result<(), Error> {
        self.each_source(ips, "UPDATE source SET due = ?2 WHERE ip = ?1 AND due IS NOT NULL", now)
    }

    fn each_source(&self, ips: &[IpAddr], sql: &str, due: Seconds) -> Result<(), Error> {
        self.write(|db| {
            let mut statement = db.prepare_cached(sql)?;
            ips.iter().try_for_each(|ip| statement.execute(params![to_column(*ip), due]).map(drop))
        })
    }

    /// Everything that is known of an address; `None` when it was never looked up.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn source(&self, ip: IpAddr) -> Result<Option<AddressFacts>, Error> {
        let facts = self
            .db
            .prepare_cached("SELECT facts FROM source_facts WHERE ip = ?1")
            .and_then(|mut s| s.query_row([to_column(ip)], |r| r.get::<_, String>(0)).optional())
            .map_err(|error| self.wrong(error))?;
        // Facts that an older version wrote otherwise are asked for again.
        Ok(facts.and_then(|facts| serde_json::from_str(&facts).ok()))
    }
}

impl Answers<'_> {
    /// Keeps what was found out about addresses, in one transaction with the answers that it was made of.
    ///
    /// # Errors
    /// Whatever SQLite reports.
    pub fn keep_sources(&self, found: &[FoundOut], now: Seconds) -> Result<(), Error> {
        self.keep_with(|db| {
            let changed = settings::sources_changed(db)? + 1;
            settings::set_sources_changed(db, changed)?;
            found.iter().try_for_each(|found| put(db, found, now, changed))
        })
    }
}

pub(super) fn queue(
    db: &Connection,
    addresses: impl IntoIterator<Item = [u8; 16]>,
    now: Seconds,
) -> rusqlite::Result<u64> {
    let mut put = db.prepare_cached(
        "INSERT INTO source(ip, due) VALUES(?1, ?2) ON CONFLICT(ip) DO UPDATE
           SET due = excluded.due, tries = 0 WHERE due IS NULL AND until <= excluded.due",
    )?;
    let mut taken = 0;
    for address in addresses {
        taken += put.execute(params![address, now])? as u64;
    }
    Ok(taken)
}

pub(super) fn json(facts: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(facts).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn put(db: &Connection, found: &FoundOut, now: Seconds, changed: i64) -> rusqlite::Result<()> {
    let FoundOut { facts, try_again } = found;
    let ip = to_column(facts.ip);
    let name = facts.name.as_ref().and_then(|name| name.yes());
    let origin = facts.origin.as_ref().and_then(|origin| origin.yes());
    let country = facts.country.as_ref().and_then(|country| country.yes());
    let country = country.and_then(|country| <[u8; 2]>::try_from(country.code.as_bytes()).ok());
    let contacts = facts.contacts.iter().flat_map(|chain| &chain.contacts);
    let tries: usize = db
        .prepare_cached("SELECT tries FROM source WHERE ip = ?1")?
        .query_row([ip], |r| r.get::<_, i64>(0))
        .optional()?
        .map_or(0, |tries| tries.max(0) as usize);
    let (due, tries) = match (try_again, BACK_OFF_SECONDS.get(tries)) {
        (false, _) => (None, 0),
        (true, None) => (None, tries),
        (true, Some(pause)) => (Some(now + pause), tries + 1),
    };
    db.prepare_cached(
        "INSERT OR REPLACE INTO source(ip, asn, country, name, confirmed, lists, unknown, contacts, at, until, due, tries,
           changed) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        ip,
        origin.map_or(0, |origin| origin.asn),
        country.map_or(0, u16::from_be_bytes),
        name.map_or("", |name| &name.name),
        name.and_then(|name| name.confirmed),
        Listing::to_column(&Listing::of(&facts.lists)),
        sources::join(facts.lists_unknown().map(str::to_owned)),
        sources::join(contacts.map(|contact| contact.address.clone())),
        now,
        // What was not asked may be asked tomorrow: settings change. Files and own words have no time. What failed
        // holds for no time at all.
        match facts.until().filter(|until| *until != Seconds::MAX) {
            Some(until) => until,
            None if *try_again => now,
            None => now + UNASKED_SECONDS,
        },
        due,
        tries as i64,
        changed,
    ])?;
    db.prepare_cached("INSERT OR REPLACE INTO source_facts(ip, facts) VALUES(?1, ?2)")?
        .execute(params![ip, json(facts)?])?;
    if let Some((asn, name)) = origin.and_then(|origin| Some((origin.asn, origin.as_name.as_ref()?))) {
        // The name that came with the import stays: it is from the file that the user chose.
        db.prepare_cached("INSERT OR IGNORE INTO network(asn, name) VALUES(?1, ?2)")?
            .execute(params![asn, name])?;
    }
    Ok(())
}

fn address(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<IpAddr>> {
    Ok(from_column(row.get(0)?))
}

/// Rows of sources that changed after this number.
pub(super) fn rows(
    db: &Connection,
    path: &std::path::Path,
    after: i64,
    each: &mut dyn FnMut(SourceRow<'_>),
) -> Result<(), Error> {
    // Nearly all of them are read fastest in the order in which they lie; the index is of those above nought, which has to
    // be said for it to be used.
    let sql = if after == 0 {
        "SELECT ip, asn, country, name, lists, contacts, changed FROM source NOT INDEXED WHERE changed > ?1"
    } else {
        "SELECT ip, asn, country, name, lists, contacts, changed FROM source WHERE changed > ?1 AND changed > 0"
    };
    let mut read = || -> rusqlite::Result<()> {
        let mut select = db.prepare_cached(sql)?;
        let mut rows = select.query([after])?;
        while let Some(row) = rows.next()? {
            each(SourceRow {
                ip: row.get(0)?,
                asn: row.get(1)?,
                country: row.get(2)?,
                name: row.get_ref(3)?.as_str()?,
                lists: row.get_ref(4)?.as_str()?,
                contacts: row.get_ref(5)?.as_str()?,
                changed: row.get(6)?,
            });
        }
        Ok(())
    };
    read().map_err(|error| from_sqlite(path, error))
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
