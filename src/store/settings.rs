//! Small facts that a database keeps about itself.

use crate::model::ReportId;
use rusqlite::{Connection, OptionalExtension, ToSql};

fn get<T: rusqlite::types::FromSql>(db: &Connection, name: &str) -> rusqlite::Result<Option<T>> {
    db.query_row("SELECT value FROM setting WHERE name = ?1", [name], |r| r.get(0)).optional()
}

fn set(db: &Connection, name: &str, value: &dyn ToSql) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO setting(name, value) VALUES(?1, ?2)")?
        .execute(rusqlite::params![name, value])
        .map(drop)
}

/// The key of the dictionary hashes, made when the database is.
pub(super) fn hash_key(db: &Connection) -> rusqlite::Result<[u8; 16]> {
    Ok(get(db, "hash_key")?.unwrap_or_default())
}

/// Gives a new database its key.
pub(super) fn make_key(db: &Connection) -> rusqlite::Result<()> {
    if get::<[u8; 16]>(db, "hash_key")?.is_some() {
        return Ok(());
    }
    let mut key = [0; 16];
    getrandom::fill(&mut key).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.to_string().into()))?;
    set(db, "hash_key", &key)
}

/// The number for the next report: kept apart from the rows, so that a purged number never comes back.
pub(super) fn next_report(db: &Connection) -> rusqlite::Result<ReportId> {
    Ok(get(db, "next_report")?.unwrap_or(1))
}

pub(super) fn set_next_report(db: &Connection, next: ReportId) -> rusqlite::Result<()> {
    set(db, "next_report", &next)
}

/// The last report that a person has seen; later ones are new.
pub(super) fn seen_up_to(db: &Connection) -> rusqlite::Result<ReportId> {
    Ok(get(db, "seen_up_to")?.unwrap_or(0))
}

pub(super) fn set_seen_up_to(db: &Connection, id: ReportId) -> rusqlite::Result<()> {
    set(db, "seen_up_to", &id)
}

/// The last message of which it was found out whether it answers a report of ours.
pub(super) fn answers_read_up_to(db: &Connection) -> rusqlite::Result<ReportId> {
    Ok(get(db, "answers_read_up_to")?.unwrap_or(0))
}

pub(super) fn set_answers_read_up_to(db: &Connection, id: ReportId) -> rusqlite::Result<()> {
    set(db, "answers_read_up_to", &id)
}

/// Grows whenever stored rows were written anew, so that others know that what they have loaded is out of date.
pub(super) fn rewritten(db: &Connection) -> rusqlite::Result<i64> {
    Ok(get(db, "rewritten")?.unwrap_or(0))
}

pub(super) fn set_rewritten(db: &Connection, times: i64) -> rusqlite::Result<()> {
    set(db, "rewritten", &times)
}

/// How far the reports were looked through for a queue of look-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The last report.
    pub up_to: ReportId,
    /// How often rows had been rewritten before: a message that became a report later is looked at again.
    pub rewritten: i64,
}

/// The names of a queue's two settings.
pub(super) type SeenNames = [&'static str; 2];
/// Sources of reported mail.
pub(super) const SOURCES_SEEN: SeenNames = ["sources_seen_up_to", "sources_seen_rewritten"];
/// Hosts of URLs.
pub(super) const HOSTS_SEEN: SeenNames = ["hosts_seen_up_to", "hosts_seen_rewritten"];

/// How far reports were taken into a queue; nothing was since rows were rewritten.
pub(super) fn seen(db: &Connection, [up_to, rewritten_then]: SeenNames) -> rusqlite::Result<Seen> {
    let rewritten = rewritten(db)?;
    let is_same = get::<i64>(db, rewritten_then)?.unwrap_or(0) == rewritten;
    let up_to = if is_same { get(db, up_to)?.unwrap_or(0) } else { 0 };
    Ok(Seen { up_to, rewritten })
}

/// Marks what was read; another run that is further, or has read what was rewritten, is not set back.
pub(super) fn set_seen(db: &Connection, names: SeenNames, seen: Seen) -> rusqlite::Result<()> {
    let [up_to_name, rewritten_name] = names;
    let rewritten: i64 = get(db, rewritten_name)?.unwrap_or(0);
    let up_to: ReportId = get(db, up_to_name)?.unwrap_or(0);
    if (seen.rewritten, seen.up_to) <= (rewritten, up_to) {
        return Ok(());
    }
    set(db, up_to_name, &seen.up_to)?;
    set(db, rewritten_name, &seen.rewritten)
}

/// Grows with every change of what is known of sources.
pub(super) fn sources_changed(db: &Connection) -> rusqlite::Result<i64> {
    Ok(get(db, "sources_changed")?.unwrap_or(0))
}

pub(super) fn set_sources_changed(db: &Connection, times: i64) -> rusqlite::Result<()> {
    set(db, "sources_changed", &times)
}

/// Grows with every change of what is known of hosts of URLs.
pub(super) fn hosts_changed(db: &Connection) -> rusqlite::Result<i64> {
    Ok(get(db, "hosts_changed")?.unwrap_or(0))
}

pub(super) fn set_hosts_changed(db: &Connection, times: i64) -> rusqlite::Result<()> {
    set(db, "hosts_changed", &times)
}
