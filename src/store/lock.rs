//! The writer lock: a locked file beside the database that dies with its process and names its holder.

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
    file: File,
}

impl WriterLock {
    /// Takes the lock, waiting up to five seconds. `command` is what others are told about us.
    pub(super) fn take(database: &Path, command: &str) -> Result<WriterLock, Error> {
        let path = lock_path(database);
        let wrong = |source| Error::File { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(wrong)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(wrong(source)),
                Err(TryLockError::WouldBlock) if waited >= PATIENCE => {
                    return Err(Error::Locked { path: database.to_path_buf(), holder: holder(&mut file) });
                }
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
        Ok(WriterLock { file })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // The file stays: removing it would let a waiting process lock a name that nobody else sees.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(500).read_to_string(&mut text));
    let text = text.trim();
    if text.is_empty() { "another process".to_owned() } else { text.to_owned() }
}
