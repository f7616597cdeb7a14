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

/// Up to 64 messages, ready to be written.
#[derive(Debug)]
pub struct Packed {
    pub(super) items: Vec<Incoming>,
    pub(super) messages: Vec<u8>,
    pub(super) documents: Vec<u8>,
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
    pub fn pack(&mut self, items: Vec<Incoming>) -> std::io::Result<Packed> {
        let messages = self.frames.pack(&items, |item, plain| {
            plain.extend_from_slice(&item.bytes);
            Ok(())
        })?;
        let documents = self
            .frames
            .pack(&items, |item, plain| document::write(plain, &item.origin, &item.outcome, &item.report))?;
        Ok(Packed { items, messages, documents })
    }
}
