//! What of a huge message is not held in memory: whoever brought it gives it again, piece by piece.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Where bytes lie that do not stay in memory.
pub trait Outside: Send + Sync {
    /// How many there are.
    fn length(&self) -> u64;

    /// Fills the buffer with the bytes from here on.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// The bytes of a message behind those in memory.
#[derive(Clone)]
pub struct Overflow(Arc<dyn Outside>);

impl Overflow {
    /// Of what lies there.
    pub fn new(outside: impl Outside + 'static) -> Overflow {
        Overflow(Arc::new(outside))
    }

    /// How many bytes there are.
    pub fn length(&self) -> u64 {
        self.0.length()
    }

    /// All of them in order, in pieces of this size and a last one.
    pub fn pieces(&self, size: usize) -> impl Iterator<Item = io::Result<Vec<u8>>> + '_ {
        let mut offset = 0;
        std::iter::from_fn(move || {
            let missing = self.length().saturating_sub(offset);
            let next = usize::try_from(missing).unwrap_or(size).min(size);
            if next == 0 {
                return None;
            }
            let mut piece = vec![0; next];
            let read = self.0.read_at(&mut piece, offset);
            offset += next as u64;
            Some(read.map(|()| piece))
        })
    }
}

impl fmt::Debug for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Overflow({} bytes)", self.length())
    }
}

/// The same bytes in the same place.
impl PartialEq for Overflow {
    fn eq(&self, other: &Overflow) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Overflow {}
