//! The forms that the database had, oldest first, and the way from one to the next.

use super::error::from_sqlite;
use super::{Error, settings};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// One step a form. Steps are added, never changed: files of every older form are out there.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_reports.sql"),
    include_str!("migrations/0002_mailboxes.sql"),
    include_str!("migrations/0003_enrichment.sql"),
    include_str!("migrations/0004_url_hosts.sql"),
    include_str!("migrations/0005_outbox.sql"),
    include_str!("migrations/0006_patterns.sql"),
    include_str!("migrations/0007_url_feeds.sql"),
];

/// Marks a file as ours (`PRAGMA application_id`): "Lfyt".
const APPLICATION_ID: i64 = 0x4c66_7974;

/// The newest form that this version knows.
pub(super) fn newest() -> i64 {
    MIGRATIONS.len() as i64
}

/// The form of the file; refuses files of others and of newer versions.
pub(super) fn check(db: &Connection, path: &Path) -> Result<i64, Error> {
    let wrong = |e| from_sqlite(path, e);
    let pragma = |name: &str| db.pragma_query_value(None, name, |r| r.get::<_, i64>(0)).map_err(wrong);
    let (application, form) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).map_err(wrong)?;
    if application != APPLICATION_ID && (tables > 0 || form != 0) {
        return Err(Error::NotADatabase {
            path: path.to_path_buf(),
            detail: " but the SQLite file of another program",
        });
    }
    if form > newest() {
        return Err(Error::Newer { path: path.to_path_buf(), found: form, known: newest() });
    }
    Ok(form)
}

/// Brings the file to the newest form; an older file is copied beside itself first.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<(), Error> {
    migrate_to(db, path, MIGRATIONS)
}

fn migrate_to(db: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), Error> {
    let wrong = |e| from_sqlite(path, e);
    let form = check(db, path)?;
    if form == migrations.len() as i64 {
        return Ok(());
    }
    if form > 0 {
        super::care::copy(db, path, &backup_path(path, form))?;
    }
    // Immediate, and the form asked again inside: two programs may have opened the old file at once.
    let step = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(wrong)?;
    let form = check(&step, path)?;
    for migration in migrations.iter().skip(form as usize) {
        step.execute_batch(migration).map_err(wrong)?;
    }
    settings::make_key(&step).map_err(wrong)?;
    step.pragma_update(None, "application_id", APPLICATION_ID).map_err(wrong)?;
    step.pragma_update(None, "user_version", migrations.len() as i64).map_err(wrong)?;
    step.commit().map_err(wrong)
}

fn backup_path(path: &Path, form: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".form-{form}.backup"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_copied_beside_itself_before_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut db = Connection::open(&path).unwrap();
        migrate(&mut db, &path).unwrap();
        let with_one_more: Vec<&str> = MIGRATIONS
            .iter()
            .copied()
            .chain(["CREATE TABLE later(id INTEGER PRIMARY KEY) STRICT;"])
            .collect();
        migrate_to(&mut db, &path, &with_one_more).unwrap();
        let old = Connection::open(backup_path(&path, newest())).unwrap();
        let count = |db: &Connection| -> i64 {
            db.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'later'", [], |r| r.get(0)).unwrap()
        };
        assert_eq!((count(&db), count(&old)), (1, 0));
        assert!(
            matches!(check(&db, &path), Err(Error::Newer { .. })),
            "and now it is newer than this version"
        );
    }

    #[test]
    fn the_file_of_another_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs.db");
        let mut db = Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE theirs(a)").unwrap();
        assert!(matches!(migrate(&mut db, &path), Err(Error::NotADatabase { .. })));
    }
}
