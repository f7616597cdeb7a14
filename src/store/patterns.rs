//! Which patterns were told to somebody already. Knows nothing of what a pattern is.

use super::{Error, Store};
use crate::model::clock::Seconds;
use rusqlite::params;

impl Store {
    /// Claims the telling of a pattern that any of these keys names: `false` when it was told before, and still goes
    /// on. Of two processes that claim at once, one gets it.
    ///
    /// # Errors
    /// Whatever SQLite reports, as with all that follow.
    pub fn claim_pattern(&self, keys: &[String], now: Seconds) -> Result<bool, Error> {
        self.write(|db| {
            let mut seen = db.prepare_cached("UPDATE pattern_told SET seen = ?2 WHERE key = ?1")?;
            let mut told = 0;
            for key in keys {
                told += seen.execute(params![key, now])?;
            }
            let mut put = db.prepare_cached(
                "INSERT INTO pattern_told(key, told, seen) VALUES(?1, ?2, ?2) ON CONFLICT(key) DO NOTHING",
            )?;
            for key in keys {
                put.execute(params![key, now])?;
            }
            Ok(told == 0)
        })
    }

    /// The telling failed: the next one who claims gets it.
    ///
    /// # Errors
    /// As above.
    pub fn release_pattern(&self, keys: &[String]) -> Result<(), Error> {
        self.write(|db| {
            let mut forget = db.prepare_cached("DELETE FROM pattern_told WHERE key = ?1")?;
            keys.iter().try_for_each(|key| forget.execute([key]).map(drop))
        })
    }

    /// Forgets what was not seen since: should it come again, it is news again.
    ///
    /// # Errors
    /// As above.
    pub fn forget_patterns(&self, before: Seconds) -> Result<(), Error> {
        self.write(|db| db.execute("DELETE FROM pattern_told WHERE seen < ?1", [before]).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use crate::store::{Access, Store};

    #[test]
    fn a_pattern_is_told_once_by_whatever_name_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db"), Access::ReadWrite).unwrap();
        let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(store.claim_pattern(&keys(&["words:a b", "ending:m.htm"]), 100).unwrap());
        assert!(!store.claim_pattern(&keys(&["words:a b"]), 110).unwrap());
        assert!(!store.claim_pattern(&keys(&["file:x", "ending:m.htm"]), 120).unwrap(), "another name of it");
        assert!(!store.claim_pattern(&keys(&["file:x"]), 130).unwrap(), "which is known from then on");
        assert!(store.claim_pattern(&keys(&["words:other"]), 130).unwrap());
        store.release_pattern(&keys(&["words:other"])).unwrap();
        assert!(store.claim_pattern(&keys(&["words:other"]), 140).unwrap(), "it was not told after all");
        store.forget_patterns(115).unwrap();
        assert!(store.claim_pattern(&keys(&["words:a b"]), 150).unwrap());
        assert!(!store.claim_pattern(&keys(&["ending:m.htm"]), 150).unwrap());
    }
}
