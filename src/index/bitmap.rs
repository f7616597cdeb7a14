//! One bit a row. Loops go word by word and are written so that the compiler can use SIMD.

/// Bits a word.
const WORD: usize = 64;

/// A set of positions below a fixed length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    length: usize,
}

impl Bitmap {
    /// The empty set.
    pub fn empty(length: usize) -> Bitmap {
        Bitmap { words: vec![0; length.div_ceil(WORD)], length }
    }

    /// Every position.
    pub fn full(length: usize) -> Bitmap {
        let mut bits = Bitmap { words: vec![u64::MAX; length.div_ceil(WORD)], length };
        bits.cut_tail();
        bits
    }

    /// Nothing beyond the length is ever set.
    fn cut_tail(&mut self) {
        let used = self.length % WORD;
        if used != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }

    /// How many positions there are, in the set or not.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Longer or shorter; new positions are not in the set.
    pub fn resize(&mut self, length: usize) {
        self.words.resize(length.div_ceil(WORD), 0);
        self.length = length;
        self.cut_tail();
    }

    /// Whether the position is in the set; `false` beyond its length.
    pub fn get(&self, position: usize) -> bool {
        self.words.get(position / WORD).is_some_and(|word| word >> (position % WORD) & 1 == 1)
    }

    /// Puts a position in or out; beyond the length nothing happens.
    pub fn set(&mut self, position: usize, value: bool) {
        if position >= self.length {
            return;
        }
        if let Some(word) = self.words.get_mut(position / WORD) {
            let bit = 1 << (position % WORD);
            if value { *word |= bit } else { *word &= !bit }
        }
    }

    /// The words, lowest positions first. Whoever writes keeps bits beyond the length clear.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// See [`Bitmap::words`].
    pub(super) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// How many positions are in the set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many positions are in both.
    pub fn count_and(&self, other: &Bitmap) -> usize {
        self.words.iter().zip(&other.words).map(|(one, other)| (one & other).count_ones() as usize).sum()
    }

    /// No position is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Keeps what is in both.
    pub fn and(&mut self, other: &Bitmap) {
        for (i, word) in self.words.iter_mut().enumerate() {
            *word &= other.words.get(i).copied().unwrap_or(0);
        }
    }

    /// Keeps what is not in the other.
    pub fn and_not(&mut self, other: &Bitmap) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Adds what is in the other, as far as the length goes.
    pub fn or(&mut self, other: &Bitmap) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
        self.cut_tail();
    }

    /// Keeps the positions whose value in the column passes.
    pub fn keep<T: Copy>(&mut self, column: &[T], test: impl Fn(T) -> bool) {
        keep_words(&mut self.words, column, test);
    }

    /// Keeps the positions in `first..end`.
    pub fn keep_range(&mut self, first: usize, end: usize) {
        for (i, word) in self.words.iter_mut().enumerate() {
            let start = i * WORD;
            let low = first.clamp(start, start + WORD) - start;
            let high = end.clamp(start, start + WORD) - start;
            *word &= if low < high { (u64::MAX << low) & (u64::MAX >> (WORD - high)) } else { 0 };
        }
    }

    /// The positions in the set, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(i, word)| Ones(*word).map(move |bit| i * WORD + bit))
    }

    /// The positions in the set, descending.
    pub fn ones_back(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().rev().flat_map(|(i, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.checked_ilog2()?;
                left ^= 1 << bit;
                Some(i * WORD + bit as usize)
            })
        })
    }
}

/// [`Bitmap::keep`] for a part of the words and the column's part beside it.
pub(super) fn keep_words<T: Copy>(words: &mut [u64], column: &[T], test: impl Fn(T) -> bool) {
    for (i, word) in words.iter_mut().enumerate() {
        if *word == 0 {
            continue;
        }
        let Some(values) = column.get(i * WORD..) else {
            *word = 0;
            continue;
        };
        *word &= match values.first_chunk::<WORD>() {
            Some(values) => passing(values, &test),
            None => {
                values.iter().enumerate().fold(0, |bits, (bit, value)| bits | u64::from(test(*value)) << bit)
            }
        };
    }
}

/// 64 answers as bits, by way of 64 bytes, which is what vector units compare into.
fn passing<T: Copy>(values: &[T; WORD], test: impl Fn(T) -> bool) -> u64 {
    let mut answers = [0u8; WORD];
    for (answer, value) in answers.iter_mut().zip(values) {
        *answer = u8::from(test(*value));
    }
    let (eights, _) = answers.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |bits, (i, eight)| {
        // Gathers the lowest bits of eight bytes in the topmost byte.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits | gathered << (8 * i)
    })
}

/// The set bits of one word, ascending.
pub(super) struct Ones(pub(super) u64);

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        (self.0 != 0).then(|| {
            let bit = self.0.trailing_zeros() as usize;
            self.0 &= self.0 - 1;
            bit
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_like_sets_at_every_length() {
        for length in [0usize, 1, 63, 64, 65, 128, 200] {
            let column: Vec<u32> = (0..length as u32).collect();
            let full = Bitmap::full(length);
            assert_eq!(full.count(), length);
            let mut thirds = full.clone();
            thirds.keep(&column, |value| value % 3 == 0);
            assert_eq!(thirds.ones().collect::<Vec<_>>(), (0..length).step_by(3).collect::<Vec<_>>());
            for (first, end) in [(0, 0), (0, 64), (1, 65), (63, 64), (60, 190), (0, usize::MAX), (190, 10)] {
                let mut range = full.clone();
                range.keep_range(first, end);
                let expected: Vec<usize> = (first..end.min(length)).collect();
                assert_eq!(range.ones().collect::<Vec<_>>(), expected, "{first}..{end} of {length}");
            }
            let mut rest = full.clone();
            rest.and_not(&thirds);
            assert_eq!(rest.count() + thirds.count(), length);
            rest.or(&thirds);
            assert_eq!(rest, full);
            let mut back: Vec<usize> = thirds.ones_back().collect();
            back.reverse();
            assert!(thirds.ones().eq(back));
        }
    }
}
