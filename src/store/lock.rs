//! The writer's and the sender's lock: a locked file beside the database that dies with its process and names its holder.

use super::Error;
use crate::model::clock;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a second writer waits before it gives up with exit code 4.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// Held while reports are written; released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub(super) struct WriterLock {
    _file: LockedFile,
}

impl WriterLock {
    /// Takes the lock, waiting up to five seconds. `command` is what others are told about us.
    pub(super) fn take(database: &Path, command: &str) -> Result<WriterLock, Error> {
        let held = |holder| Error::Locked { path: database.to_path_buf(), holder };
        LockedFile::take(&beside(database, ".lock"), command, PATIENCE, held)
            .map(|_file| WriterLock { _file })
    }
}

/// Held by the one who sends.
#[derive(Debug)]
pub(super) struct SendingLock {
    _file: LockedFile,
}

impl SendingLock {
    /// Takes the lock or says at once who has it: that one sends what there is.
    pub(super) fn take(database: &Path, command: &str) -> Result<SendingLock, Error> {
        let held = |holder| Error::Sending { path: database.to_path_buf(), holder };
        LockedFile::take(&beside(database, ".sending"), command, Duration::ZERO, held)
            .map(|_file| SendingLock { _file })
    }
}

#[derive(Debug)]
struct LockedFile {
    file: File,
}

impl LockedFile {
    fn take(
        path: &Path,
        command: &str,
        patience: Duration,
        held: impl FnOnce(String) -> Error,
    ) -> Result<LockedFile, Error> {
        let wrong = |source| Error::File { path: path.to_path_buf(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(wrong)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(wrong(source)),
                Err(TryLockError::WouldBlock) if waited >= patience => return Err(held(holder(&mut file))),
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(PAUSE);
                    waited += PAUSE;
                }
            }
        }
        let text = format!(
            "process {} (`lafayette {command}`, since {})\n",
            std::process::id(),
            clock::rfc3339(clock::now())
        );
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(wrong)?;
        Ok(LockedFile { file })
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // The file stays: removing it would let a waiting process lock a name that nobody else sees.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Beside the file itself and not beside a link to it, or everybody who came by another name had a lock of their own.
fn beside(database: &Path, ending: &str) -> PathBuf {
    let place = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_path_buf());
    let mut name = place.into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(500).read_to_string(&mut text));
    let text = text.trim();
    if text.is_empty() { "another process".to_owned() } else { text.to_owned() }
}
