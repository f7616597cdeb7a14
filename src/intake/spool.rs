//! A file without a name, for what of a huge message is not to be held in memory. Knows nothing of messages.

use crate::model::Outside;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes in the folder for temporary files (`TMPDIR`). The system frees them with the last use, also after a kill.
pub(super) struct Spool {
    file: File,
    length: u64,
}

impl Spool {
    /// An empty one, which nobody else can open.
    pub(super) fn new() -> io::Result<Spool> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("lafayette-{}-{number}", std::process::id()));
            match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => {
                    fs::remove_file(&path)?;
                    return Ok(Spool { file, length: 0 });
                }
                // Of a run that was killed between the two lines above.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts bytes behind those that are there.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

impl Outside for Spool {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Overflow;

    #[test]
    fn bytes_come_back_in_order_and_leave_no_file() {
        let mut spool = Spool::new().unwrap();
        spool.append(b"one two ").unwrap();
        spool.append(b"three").unwrap();
        let overflow = Overflow::new(spool);
        let pieces: Vec<Vec<u8>> = overflow.pieces(5).map(Result::unwrap).collect();
        assert_eq!(pieces, [&b"one t"[..], b"wo th", b"ree"]);
        let mine = format!("lafayette-{}-", std::process::id());
        let mut left = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        assert!(!left.any(|entry| entry.file_name().to_string_lossy().starts_with(&mine)));
    }
}
