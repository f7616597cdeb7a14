//! What a worker thread prepares for the writer: messages with their documents, compressed into one frame.

use super::document;
use super::frame::{self, FramePacker};
use crate::model::clock::Seconds;
use crate::model::{FeedKind, Outcome, Report};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A message with everything that is known about it before it has a number.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The exact bytes.
    pub bytes: Vec<u8>,
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

/// SHA-256 of a message: its identity.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Up to 64 messages, or a large one, ready to be written.
#[derive(Debug)]
pub struct Packed {
    pub(super) items: Vec<Incoming>,
    pub(super) messages: Messages,
    pub(super) documents: Vec<u8>,
}

/// The exact bytes, compressed.
#[derive(Debug)]
pub(super) enum Messages {
    /// All in one frame.
    Together(Vec<u8>),
    /// One large message; its [`Incoming::bytes`] are gone.
    Pieces {
        /// How long it is.
        size: usize,
        /// A frame a piece, the first first.
        frames: Vec<Vec<u8>>,
    },
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
    pub const LARGE: usize = frame::PIECE_BYTES;

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
        let messages = match items.as_mut_slice() {
            [large] if large.bytes.len() > Packer::LARGE => {
                let size = large.bytes.len();
                Messages::Pieces { size, frames: self.pack_pieces(std::mem::take(&mut large.bytes))? }
            }
            together => Messages::Together(self.frames.pack(together, |item, plain| {
                plain.extend_from_slice(&item.bytes);
                Ok(())
            })?),
        };
        let documents = self
            .frames
            .pack(&items, |item, plain| document::write(plain, &item.origin, &item.outcome, &item.report))?;
        Ok(Packed { items, messages, documents })
    }

    /// From the end, and what is packed is given back: a message of 100 MB never lies beside its compressed form.
    fn pack_pieces(&mut self, mut bytes: Vec<u8>) -> std::io::Result<Vec<Vec<u8>>> {
        let mut frames = vec![];
        while !bytes.is_empty() {
            let start = (bytes.len() - 1) / frame::PIECE_BYTES * frame::PIECE_BYTES;
            frames.push(self.frames.pack(&[&bytes[start..]], |piece, plain| {
                plain.extend_from_slice(piece);
                Ok(())
            })?);
            bytes.truncate(start);
            bytes.shrink_to_fit();
        }
        frames.reverse();
        Ok(frames)
    }
}
