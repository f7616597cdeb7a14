//! One open file or stream: one message, or an mbox to be cut. Knows gzip and the size limit; never looks at a name
//! except for `.eml`.

use super::mbox::{self, Mbox};
use super::{Item, Limits, Progress, RawMessage, cause, shown, too_large};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// RFC 1952 §2.3.1: ID1, ID2, and the only method there is.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// Enough to tell what a stream is, leading blank lines included.
const LOOK: usize = 4096;

pub enum Opened {
    Item(Item),
    Mbox(Box<Mbox<Box<dyn Read + Send>>>),
}

/// A file. Opening it is the first time that anything but its name is looked at.
pub fn file(path: &Path, limits: &Limits, progress: &Arc<Progress>) -> Opened {
    let origin = shown(path);
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (size, file) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let reason = if error.kind() == io::ErrorKind::NotFound {
                "The file has gone since the folder was listed.".to_owned()
            } else {
                format!(
                    "The file cannot be opened: {}. It is still there; make it readable for this user and import \
                     it again.",
                    cause(&error)
                )
            };
            return failed(origin, reason);
        }
    };
    let known = usize::try_from(size).unwrap_or(usize::MAX);
    let input = Counted { inner: file, progress: Arc::clone(progress) };
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml")) {
        if known > limits.message {
            progress.advance(known);
            return failed(origin, too_large(limits.message));
        }
        return single(vec![], input, known, origin, limits);
    }
    judge(input, known, origin, limits)
}

/// A stream without a name, such as standard input.
pub fn input(input: Box<dyn Read + Send>, origin: &str, limits: &Limits, progress: &Arc<Progress>) -> Opened {
    judge(Counted { inner: input, progress: Arc::clone(progress) }, 0, origin.to_owned(), limits)
}

fn judge(mut input: impl Read + Send + 'static, known: usize, origin: String, limits: &Limits) -> Opened {
    // A file that fits is read in one go with one byte to spare, which is how its end shows itself.
    let first = known.saturating_add(1).clamp(LOOK, 64 << 10);
    let head = match up_to(&mut input, Vec::with_capacity(first), first) {
        Ok(head) => head,
        Err(error) => return failed(origin, unreadable(&error)),
    };
    if !head.starts_with(GZIP) {
        return cut(head, input, known, origin, limits);
    }
    let packed = Arc::new(AtomicU64::new(0));
    let metered = Metered { inner: Cursor::new(head).chain(input), read: Arc::clone(&packed) };
    let mut unpacked = Unpacked { inner: MultiGzDecoder::new(metered), packed, written: 0, limits: *limits };
    match up_to(&mut unpacked, vec![], LOOK) {
        Ok(head) => cut(head, unpacked, 0, origin, limits),
        Err(error) => failed(origin, unreadable(&error)),
    }
}

fn cut(
    head: Vec<u8>,
    input: impl Read + Send + 'static,
    known: usize,
    origin: String,
    limits: &Limits,
) -> Opened {
    if mbox::begins(&head) {
        let input: Box<dyn Read + Send> = Box::new(Cursor::new(head).chain(input));
        return Opened::Mbox(Box::new(Mbox::new(input, origin, limits)));
    }
    single(head, input, known, origin, limits)
}

fn single(head: Vec<u8>, mut input: impl Read, known: usize, origin: String, limits: &Limits) -> Opened {
    let mut bytes = head;
    bytes.reserve(known.min(limits.message).saturating_sub(bytes.len()) + 1);
    match up_to(&mut input, bytes, limits.message.saturating_add(1)) {
        Ok(bytes) if bytes.len() > limits.message => failed(origin, too_large(limits.message)),
        Ok(bytes) => Opened::Item(Item::Message(RawMessage::of_file(origin, bytes))),
        Err(error) => failed(origin, unreadable(&error)),
    }
}

/// Reads until `bytes` holds `length` bytes or the input ends.
fn up_to(input: &mut impl Read, mut bytes: Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    let missing = length.saturating_sub(bytes.len());
    input.take(missing as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn failed(origin: String, reason: String) -> Opened {
    Opened::Item(Item::Failed { origin, reason })
}

/// What a person should know about a read that failed midway.
pub fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::FileTooLarge => error.to_string(),
        io::ErrorKind::UnexpectedEof => {
            "The gzip data end too early: the file was cut. Fetch it again from where it came.".to_owned()
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("The gzip data are damaged ({}). Fetch the file again from where it came.", cause(error))
        }
        _ => format!("Reading failed: {}. Import it again when that is mended.", cause(error)),
    }
}

/// Tells the progress how much was read.
struct Counted<R> {
    inner: R,
    progress: Arc<Progress>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.advance(count);
        Ok(count)
    }
}

/// Counts what goes into the unpacking.
struct Metered<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Stops a gzip bomb: its output is bounded by its own size on disk.
struct Unpacked<R> {
    inner: R,
    packed: Arc<AtomicU64>,
    written: u64,
    limits: Limits,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.written += count as u64;
        let allowed = self.packed.load(Ordering::Relaxed).saturating_mul(self.limits.unpacking);
        if self.written > allowed.max(self.limits.message as u64) {
            let sentence = format!(
                "The gzip data unpack to more than {} times their size, which mail never does: a gzip bomb. What \
                 came before was read. If you trust the file, unpack it first.",
                self.limits.unpacking
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, sentence));
        }
        Ok(count)
    }
}
