//! The key by which hidden recipients stay comparable (RFC 6590 §3): read, or made when first needed.

use super::Error;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// As many bytes as HMAC-SHA-256 gives out; fewer would weaken it (RFC 2104 §3).
const KEY_BYTES: usize = 32;

/// Where the key is when the configuration names no place: beside the database, under its whole name.
pub(super) fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

/// Whether accounts other than the owner can read the file. Unknown counts as no: reading it fails by itself.
pub(super) fn others_can_read(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o044 != 0)
}

/// The bytes of the key in `path`, made from the system's random source when the file is not there.
pub fn redaction_key(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Error::one(format!("cannot {what} the redaction key {}: {error}", path.display()))
    };
    match std::fs::read(path) {
        Ok(key) if key.len() < KEY_BYTES => {
            let sentence = format!("it has {} bytes and needs at least {KEY_BYTES}", key.len());
            return Err(failed("use", &sentence));
        }
        Ok(_) if others_can_read(path) => {
            let sentence = format!("others can read it; run `chmod 600 '{}'`", path.display());
            return Err(failed("use", &sentence));
        }
        Ok(key) => return Ok(key),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("read", &error)),
        Err(_) => {}
    }
    let mut key = vec![0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| failed("make", &error))?;
    // Under another name first: a second process never sees half a key, and the first to link its own wins.
    let temporary = path.with_extension(format!("key-{}", std::process::id()));
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(&key).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::hard_link(&temporary, path));
    let removed = std::fs::remove_file(&temporary);
    match made {
        Ok(()) => removed.map(|()| key).map_err(|error| failed("make", &error)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => redaction_key(path),
        Err(error) => Err(failed("make", &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_for_its_owner_only_and_stays_the_same() {
        let folder = tempfile::tempdir().expect("folder");
        let path = beside(&folder.path().join("reports.db"));
        assert!(path.ends_with("reports.db.key"));
        let first = redaction_key(&path).expect("made");
        assert_eq!(first.len(), KEY_BYTES);
        assert!(first.iter().any(|b| *b != 0));
        assert_eq!(redaction_key(&path).expect("read"), first);
        assert!(!others_can_read(&path));
        assert_eq!(std::fs::read_dir(folder.path()).expect("list").count(), 1, "nothing is left lying about");
    }

    #[test]
    fn a_short_or_shared_key_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("key");
        std::fs::write(&path, "short").expect("write");
        assert!(redaction_key(&path).expect_err("short").to_string().contains("needs at least 32"));
        std::fs::write(&path, [7; 32]).expect("write");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("mode");
        assert!(redaction_key(&path).expect_err("shared").to_string().contains("chmod 600"));
    }
}
