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

/// Gives a new database its keys.
pub(super) fn make_keys(db: &Connection) -> rusqlite::Result<()> {
    for (name, length) in [("hash_key", 16), ("redaction_key", 32)] {
        if get::<Vec<u8>>(db, name)?.is_none() {
            let mut key = vec![0; length];
            getrandom::fill(&mut key)
                .map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.to_string().into()))?;
            set(db, name, &key)?;
        }
    }
    Ok(())
}

/// The key that redacted recipients are named with (RFC 6590): the same person gets the same token in every report.
pub(super) fn redaction_key(db: &Connection) -> rusqlite::Result<Vec<u8>> {
    Ok(get(db, "redaction_key")?.unwrap_or_default())
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
