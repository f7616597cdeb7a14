//! The wire in two hands: the crate reads and writes, we listen.

use super::wire::Wire;
use imap::extensions::idle::SetReadTimeout;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The wire as the crate holds it; we hold the other one.
#[derive(Clone)]
pub(super) struct Shared<'a>(Arc<Mutex<Wire<'a>>>);

impl<'a> Shared<'a> {
    pub fn new(wire: Wire<'a>) -> Shared<'a> {
        Shared(Arc::new(Mutex::new(wire)))
    }

    /// Never waited for: reading and asking happen on one thread.
    pub fn lock(&self) -> MutexGuard<'_, Wire<'a>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Shared<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lock().read(buffer)
    }
}

impl Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

/// The crate sets the time that IDLE may take, and none behind it.
impl SetReadTimeout for Shared<'_> {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> imap::Result<()> {
        self.lock().wait_for_news(timeout);
        Ok(())
    }
}

impl std::fmt::Debug for Shared<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire(…)")
    }
}
