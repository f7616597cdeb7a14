//! Standard input that can be ended while nothing comes. Knows nothing of what is in it.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How long a wait lasts before the flag is looked at again. A signal that reaches this thread ends the wait at once;
/// one that reaches another thread is noticed after this.
const SLICE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// Reads standard input until it ends or the flag is raised. Reading fails then and does not end: what has come of a
/// message must not pass for a whole one.
pub struct StandardInput {
    ended: Arc<AtomicBool>,
}

impl StandardInput {
    pub fn new(ended: Arc<AtomicBool>) -> StandardInput {
        StandardInput { ended }
    }

    /// Waits until a read would not. Files, closed pipes and errors are always ready.
    fn wait(&self) -> io::Result<()> {
        let input = io::stdin();
        loop {
            if self.ended.load(Ordering::Relaxed) {
                return Err(io::Error::other("it was interrupted"));
            }
            let mut asked = [PollFd::from_borrowed_fd(input.as_fd(), PollFlags::IN)];
            match poll(&mut asked, Some(&SLICE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Read for StandardInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wait()?;
        // Past the standard library's buffer: what it held back, the wait would not know of.
        match rustix::io::read(io::stdin(), buffer) {
            // A process that was started without standard input has an empty one.
            Err(rustix::io::Errno::BADF) => Ok(0),
            read => Ok(read?),
        }
    }
}
