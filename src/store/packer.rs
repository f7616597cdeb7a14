//! What a worker thread prepares for the writer: messages with their documents, compressed into one frame.

use super::document;
use super::frame::{self, Frame, FramePacker};
use super::row::Row;
use crate::model::clock::Seconds;
use crate::model::{FeedKind, Outcome, Overflow, Report};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::io;
use std::sync::Arc;

/// A message with everything that is known about it before it has a number.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The exact bytes; of a huge message the first.
    pub bytes: Vec<u8>,
    /// The bytes behind those.
    pub overflow: Option<Overflow>,
    /// Their SHA-256, by [`sha256`].
    pub sha256: [u8; 32],
    /// The feed's name.
    pub feed: Arc<str>,
    /// What the feed brings.
    pub feed_kind: FeedKind,
    /// Path, or mailbox address with UID.
    pub origin: String,
    /// The time of the import.
    pub stored_at: Seconds,
    /// Report, quarantined or not a report.
    pub outcome: Outcome,
    /// What was understood.
    pub report: Report,
    /// Origin AS of the source.
    pub asn: Option<u32>,
    /// Its name.
    pub as_name: Option<Arc<str>>,
    /// Country of the source.
    pub country: Option<[u8; 2]>,
}

impl Incoming {
    /// How many bytes the message has.
    pub(super) fn size(&self) -> u64 {
        self.bytes.len() as u64 + self.overflow.as_ref().map_or(0, Overflow::length)
    }
}

/// All bytes of a message in order.
pub(super) fn pieces<'a>(
    bytes: &'a [u8],
    overflow: Option<&'a Overflow>,
) -> impl Iterator<Item = io::Result<Cow<'a, [u8]>>> {
    let rest = overflow.into_iter().flat_map(|overflow| overflow.pieces(frame::PIECE_BYTES));
    let held = bytes.chunks(frame::PIECE_BYTES).map(|piece| Ok(Cow::Borrowed(piece)));
    held.chain(rest.map(|piece| piece.map(Cow::Owned)))
}

/// SHA-256 of a message, the bytes that are not in memory included.
///
/// # Errors
/// When those cannot be read.
pub fn sha256_with(bytes: &[u8], overflow: Option<&Overflow>) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    hash.update(bytes);
    for piece in overflow.into_iter().flat_map(|overflow| overflow.pieces(frame::PIECE_BYTES)) {
        hash.update(piece?);
    }
    Ok(hash.finalize().into())
}

/// SHA-256 of a message: its identity.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Up to 64 messages, or a large one, ready to be written.
#[derive(Debug)]
pub struct Packed {
    pub(super) rows: Vec<Row>,
    pub(super) messages: Messages,
    pub(super) documents: Vec<u8>,
}

/// The exact bytes.
#[derive(Debug)]
pub(super) enum Messages {
    /// All compressed in one frame.
    Together(Vec<u8>),
    /// One large message: its pieces are compressed when they are written, so that it never lies beside its compressed
    /// form.
    Pieces(Vec<u8>, Option<Overflow>),
}

/// Compresses frames; one a thread, because it keeps its working memory.
pub struct Packer {
    frames: FramePacker,
}

impl Packer {
    /// Items that one frame should get.
    pub const ITEMS: usize = frame::FRAME_ITEMS;
    /// Bytes after which a frame should be closed early.
    pub const BYTES: usize = frame::FRAME_BYTES;

    /// A message larger than this should be packed alone: then it is cut into pieces.
    pub const LARGE: usize = frame::LARGE_BYTES;

    /// A packer with its working memory.
    ///
    /// # Errors
    /// When the compressor cannot get its memory.
    pub fn new() -> std::io::Result<Packer> {
        Ok(Packer { frames: FramePacker::new()? })
    }

    /// Compresses messages and documents.
    ///
    /// # Errors
    /// When the compressor fails, which only a lack of memory brings about.
    pub fn pack(&mut self, mut items: Vec<Incoming>) -> std::io::Result<Packed> {
        let documents = self
            .frames
            .pack(&items, |item, plain| document::write(plain, &item.origin, &item.outcome, &item.report))?;
        let rows = items.iter_mut().map(Row::take).collect();
        let messages = match items.as_mut_slice() {
            [large] if large.size() > Packer::LARGE as u64 => {
                Messages::Pieces(std::mem::take(&mut large.bytes), large.overflow.take())
            }
            together => Messages::Together(self.frames.pack(together, |item, plain| {
                pieces(&item.bytes, item.overflow.as_ref())
                    .try_for_each(|piece| piece.map(|piece| plain.extend_from_slice(&piece)))
            })?),
        };
        Ok(Packed { rows, messages, documents })
    }

    /// A frame with these of its items alone.
    pub(super) fn repack(&mut self, data: &[u8], slots: &[usize]) -> std::io::Result<Vec<u8>> {
        let frame = Frame::unpack(data).ok_or(io::ErrorKind::InvalidData)?;
        self.frames.pack(slots, |slot, plain| {
            plain.extend_from_slice(frame.item(*slot).ok_or(io::ErrorKind::InvalidData)?);
            Ok(())
        })
    }

    /// Compresses a piece of a large message.
    pub(super) fn pack_piece(&mut self, piece: &[u8]) -> std::io::Result<Vec<u8>> {
        self.frames.pack(&[piece], |piece, plain| {
            plain.extend_from_slice(piece);
            Ok(())
        })
    }
}
