//! Frames: up to 64 items compressed together. Knows nothing of what the items are.

use zstd::zstd_safe::CParameter;

/// Items a frame; beyond it, reading one back gets slow (0.12 ms at 64) and packing gains little.
pub(super) const FRAME_ITEMS: usize = 64;
/// Bytes after which a frame is closed early, so that big messages do not slow their neighbours down.
pub(super) const FRAME_BYTES: usize = 4 << 20;
/// zstd level: 3 packs 5 % better and takes 4 % more of the processor in a whole import.
const LEVEL: i32 = 1;
/// Messages repeat each other in long runs and over a whole frame: a table of 2^16 places for runs of six bytes packs
/// 4 % better than the level's own choice and is as quick.
const TABLE_BITS: u32 = 16;
const SHORTEST_RUN: u32 = 6;
/// A message larger than this lies in pieces, each in a frame of its own: writing and checking a message of any size
/// takes memory for one piece.
pub(super) const LARGE_BYTES: usize = 8 << 20;
/// The size of a piece; it is held plain, compressed, and once more as SQLite gets it.
pub(super) const PIECE_BYTES: usize = 1 << 20;
/// More than this is not unpacked: no frame is made that large (64 messages of the largest size that is not cut).
const MOST_UNPACKED: usize = 1 << 30;

/// Makes frames; keeps its working memory from one to the next.
pub(super) struct FramePacker {
    compressor: zstd::bulk::Compressor<'static>,
    plain: Vec<u8>,
}

impl FramePacker {
    pub(super) fn new() -> std::io::Result<FramePacker> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.set_parameter(CParameter::HashLog(TABLE_BITS))?;
        compressor.set_parameter(CParameter::MinMatch(SHORTEST_RUN))?;
        Ok(FramePacker { compressor, plain: Vec::new() })
    }

    /// Packs items one after another behind a table of their lengths; `write` appends the bytes of one.
    pub(super) fn pack<T>(
        &mut self,
        items: &[T],
        mut write: impl FnMut(&T, &mut Vec<u8>) -> std::io::Result<()>,
    ) -> std::io::Result<Vec<u8>> {
        self.plain.clear();
        self.plain.shrink_to(FRAME_BYTES);
        self.plain.extend((items.len() as u32).to_le_bytes());
        self.plain.resize(4 + 4 * items.len(), 0);
        for (slot, item) in items.iter().enumerate() {
            let start = self.plain.len();
            write(item, &mut self.plain)?;
            let length = ((self.plain.len() - start) as u32).to_le_bytes();
            self.plain[4 + 4 * slot..8 + 4 * slot].copy_from_slice(&length);
        }
        let mut packed = self.compressor.compress(&self.plain)?;
        // It has room for what cannot be compressed, and waits for the writer.
        packed.shrink_to_fit();
        Ok(packed)
    }
}

/// A frame that has been unpacked.
#[derive(Default)]
pub(super) struct Frame {
    plain: Vec<u8>,
}

impl Frame {
    /// Unpacks; `None` when the bytes are not a frame.
    pub(super) fn unpack(data: &[u8]) -> Option<Frame> {
        let size = zstd::zstd_safe::get_frame_content_size(data).ok()?.unwrap_or(0) as usize;
        if size > MOST_UNPACKED {
            return None;
        }
        Some(Frame { plain: zstd::bulk::decompress(data, size).ok()? })
    }

    fn number(&self, at: usize) -> Option<usize> {
        let bytes = self.plain.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    }

    /// The item in this slot.
    pub(super) fn item(&self, slot: usize) -> Option<&[u8]> {
        let count = self.number(0)?;
        if slot >= count {
            return None;
        }
        let mut start = 4 + 4 * count;
        for before in 0..slot {
            start = start.checked_add(self.number(4 + 4 * before)?)?;
        }
        self.plain.get(start..start.checked_add(self.number(4 + 4 * slot)?)?)
    }

    /// How many items it holds.
    pub(super) fn len(&self) -> usize {
        self.number(0).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(items: &[&[u8]]) -> Vec<u8> {
        let write = |item: &&[u8], plain: &mut Vec<u8>| {
            plain.extend_from_slice(item);
            Ok(())
        };
        FramePacker::new().unwrap().pack(items, write).unwrap()
    }

    #[test]
    fn items_come_back_byte_for_byte_and_no_slot_beyond_them() {
        let items: [&[u8]; 3] = [b"one\r\n", b"", b"\xff\x00three"];
        let packed = packed(&items);
        let frame = Frame::unpack(&packed).unwrap();
        assert_eq!((0..3).map(|slot| frame.item(slot).unwrap()).collect::<Vec<_>>(), items);
        assert_eq!(frame.item(3), None);
    }

    #[test]
    fn damaged_frames_give_nothing_instead_of_a_panic() {
        let packed = packed(&[b"some bytes"]);
        for cut in 0..packed.len() {
            if let Some(frame) = Frame::unpack(&packed[..cut]) {
                assert_ne!(frame.item(0), Some(b"some bytes".as_slice()));
            }
        }
        let lying = zstd::bulk::compress(&[9, 0, 0, 0, 255, 255, 255, 255], 3).unwrap();
        assert_eq!(Frame::unpack(&lying).unwrap().item(1), None);
    }
}
