//! URLs, whose they are, and the last eight bytes of each, which answer "ends with" without touching the texts.

use super::joins::Joins;
use super::texts::{TextTable, Texts};

/// URLs of all rows.
#[derive(Debug, Clone)]
pub(super) struct Urls {
    pub(super) table: TextTable,
    pub(super) joins: Joins,
}

/// The last eight bytes as a number, the very last lowest; zeros before a shorter text.
pub(super) fn tail(text: &[u8]) -> u64 {
    if let Some(last) = text.last_chunk::<8>() {
        return u64::from_be_bytes(*last);
    }
    text.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte))
}

/// Sets the bit of every text of a block that ends with the suffix.
pub(super) fn scan_suffix<B: AsRef<[u8]>>(texts: &Texts<B>, tails: &[u64], suffix: &[u8], hits: &mut [u64]) {
    let compared = suffix.len().min(8) as u32;
    let mask = if compared == 8 { u64::MAX } else { (1u64 << (8 * compared)) - 1 };
    let wanted = tail(suffix) & mask;
    for (word, (hits, tails)) in hits.iter_mut().zip(tails.chunks(64)).enumerate() {
        if !tails.iter().fold(false, |any, tail| any | (tail & mask == wanted)) {
            continue;
        }
        for (bit, _) in tails.iter().enumerate().filter(|(_, tail)| **tail & mask == wanted) {
            // Eight bytes decide unless the suffix is longer; a shorter text has zeros, which no folded text holds.
            if suffix.len() <= 8 || texts.get(word * 64 + bit).ends_with(suffix) {
                *hits |= 1 << bit;
            }
        }
    }
}
