//! Which of some hundred texts stand in bytes, in any letter case; knows nothing of what they mean.
//!
//! A searcher lives for one mail, and an automaton over 300 texts takes many times as long to build as a mail takes
//! to search. Here building is sorting, and a table of how texts begin lets most bytes pass at one look.

use std::ops::Range;

/// Bytes of a text's beginning that the table knows.
const WINDOW: usize = 4;

/// Bits of the table for each text: so few beginnings stand there by chance.
const SPARSENESS: usize = 128;

/// Texts to be found.
pub(super) struct Search {
    /// In lower case and sorted, each once.
    texts: Vec<Text>,
    /// One bit for each hash of a beginning.
    beginnings: Vec<u64>,
    /// Of a beginning, the bytes that even the shortest text has.
    mask: u32,
    /// What is left of a hash counts the bits of the table.
    shift: u32,
    /// The length of the shortest text.
    shortest: usize,
    /// Which bytes any text has, in either letter case.
    alphabet: [bool; 256],
}

struct Text {
    bytes: Vec<u8>,
    /// Its place in the list that was given.
    number: usize,
    /// The longest other text with which this one begins.
    beginning: Option<usize>,
}

/// Bytes made ready for a search.
pub(super) struct Lower {
    /// In lower case, and with blanks behind them: every place has a whole window.
    padded: Vec<u8>,
    length: usize,
}

impl Lower {
    pub fn of(bytes: &[u8]) -> Lower {
        let mut padded = Vec::with_capacity(bytes.len() + WINDOW);
        padded.extend_from_slice(bytes);
        padded.make_ascii_lowercase();
        padded.extend_from_slice(&[b' '; WINDOW]);
        Lower { padded, length: bytes.len() }
    }
}

impl Search {
    /// Of two texts that differ in nothing but their letter case the first counts. Empty ones are nowhere.
    pub fn new(texts: Vec<Vec<u8>>) -> Search {
        let numbered = texts.into_iter().enumerate().filter(|(_, text)| !text.is_empty());
        let mut texts: Vec<Text> = numbered
            .map(|(number, mut bytes)| {
                bytes.make_ascii_lowercase();
                Text { bytes, number, beginning: None }
            })
            .collect();
        texts.sort_unstable_by(|a, b| (&a.bytes, a.number).cmp(&(&b.bytes, b.number)));
        texts.dedup_by(|later, first| later.bytes == first.bytes);
        for index in 1..texts.len() {
            // Whatever begins this text begins the one before it, too, unless it is that one.
            let mut beginning = Some(index - 1);
            while let Some(other) =
                beginning.filter(|other| !texts[index].bytes.starts_with(&texts[*other].bytes))
            {
                beginning = texts[other].beginning;
            }
            texts[index].beginning = beginning;
        }
        let shortest = texts.iter().map(|text| text.bytes.len()).min().unwrap_or_default();
        let mut alphabet = [false; 256];
        for byte in texts.iter().flat_map(|text| &text.bytes) {
            alphabet[usize::from(*byte)] = true;
            alphabet[usize::from(byte.to_ascii_uppercase())] = true;
        }
        let window = shortest.min(WINDOW);
        let bits = (texts.len() * SPARSENESS).next_power_of_two();
        let mut search = Search {
            beginnings: vec![0; bits / 64],
            mask: u32::MAX.checked_shr(8 * (WINDOW - window) as u32).unwrap_or_default(),
            shift: 32 - bits.trailing_zeros().min(32),
            shortest,
            alphabet,
            texts,
        };
        for index in 0..search.texts.len() {
            let start = Lower::of(search.texts[index].bytes.get(..window).unwrap_or_default());
            let (word, bit) = search.place_of(&start.padded);
            search.beginnings[word] |= bit;
        }
        search
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The length of the shortest text.
    pub fn shortest(&self) -> usize {
        self.shortest
    }

    /// Which bytes any text has, in either letter case.
    pub fn alphabet(&self) -> &[bool; 256] {
        &self.alphabet
    }

    /// The first text at or behind this place, and the longest of those that begin there: where, and its number.
    pub fn find(&self, bytes: &Lower, from: usize) -> Option<(Range<usize>, usize)> {
        if self.is_empty() {
            return None;
        }
        let may_begin = |window: &[u8]| {
            let (word, bit) = self.place_of(window);
            self.beginnings[word] & bit != 0
        };
        let mut at = from;
        loop {
            at += bytes.padded.get(at..)?.windows(WINDOW).position(may_begin)?;
            let rest = bytes.padded.get(at..bytes.length)?;
            if let Some(text) = self.longest(rest) {
                return Some((at..at + text.bytes.len(), text.number));
            }
            at += 1;
        }
    }

    /// The longest text with which these bytes begin.
    fn longest(&self, bytes: &[u8]) -> Option<&Text> {
        // Texts with which the bytes begin are sorted before them, the longest last; what stands in between begins
        // with all of these.
        let mut index = self.texts.partition_point(|text| text.bytes.as_slice() <= bytes).checked_sub(1)?;
        loop {
            let text = self.texts.get(index)?;
            if bytes.starts_with(&text.bytes) {
                return Some(text);
            }
            index = text.beginning?;
        }
    }

    /// Where in the table the beginning of a window stands.
    fn place_of(&self, window: &[u8]) -> (usize, u64) {
        let beginning = match window {
            [a, b, c, d, ..] => u32::from_le_bytes([*a, *b, *c, *d]) & self.mask,
            _ => 0,
        };
        // The upper bits of a product with an odd number near the golden section depend on all bits of the factor.
        let hash = u64::from(beginning.wrapping_mul(0x9e37_79b1)) >> self.shift;
        ((hash / 64) as usize, 1 << (hash % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    fn all(search: &Search, bytes: &[u8]) -> Vec<(Range<usize>, usize)> {
        let lower = Lower::of(bytes);
        let mut from = 0;
        std::iter::from_fn(|| {
            let hit = search.find(&lower, from)?;
            from = hit.0.end;
            Some(hit)
        })
        .collect()
    }

    proptest! {
        #[test]
        fn it_finds_what_an_automaton_finds(
            texts in proptest::collection::vec("[aAbB@]{1,7}", 1..40),
            bytes in "[aAbB@ ]{0,200}",
        ) {
            let texts: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
            let automaton = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(&texts)
                .expect("an automaton");
            let expected: Vec<_> =
                automaton.find_iter(&bytes).map(|hit| (hit.range(), hit.pattern().as_usize())).collect();
            prop_assert_eq!(all(&Search::new(texts), bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn a_text_at_the_very_end_is_found_and_none_beyond_it() {
        let search = Search::new(vec![b"x".to_vec(), b"xyz ".to_vec(), vec![]]);
        assert_eq!(all(&search, b"wx"), [(1..2, 0)]);
        assert_eq!(all(&search, b"xyz"), [(0..1, 0)]);
        assert_eq!(all(&search, b""), []);
        assert_eq!(all(&Search::new(vec![]), b"x"), []);
    }
}
