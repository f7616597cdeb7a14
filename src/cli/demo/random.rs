//! Numbers that look random and are the same on every machine. Not for secrets.

/// SplitMix64 (Steele, Lea, Flood 2014): one addition and three shifts a number.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// A stream of its own for every pair.
    pub fn new(seed: u64, stream: u64) -> Random {
        let mut start = Random(seed);
        Random(start.next() ^ stream.wrapping_mul(0xd134_2543_de82_ef95))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// In `0..limit`; 0 for an empty range.
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// In `0..limit` as an index.
    pub fn index(&mut self, limit: usize) -> usize {
        self.below(limit as u64) as usize
    }

    /// In `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn per_mille(&mut self, times: u64) -> bool {
        self.below(1000) < times
    }

    /// One of them; the lists in this folder are never empty.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())]
    }

    /// An index of a running total, by weight.
    pub fn weighted(&mut self, totals: &[f64]) -> usize {
        let position = self.unit() * totals.last().copied().unwrap_or(0.0);
        totals.partition_point(|total| *total <= position).min(totals.len().saturating_sub(1))
    }

    /// Lower-case letters and digits. Five bits a sign, so twelve signs a number.
    pub fn token(&mut self, length: usize) -> String {
        const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut out = String::with_capacity(length);
        let mut bits = 0;
        for at in 0..length {
            if at % 12 == 0 {
                bits = self.next();
            }
            out.push(char::from(SIGNS[bits as usize % 32]));
            bits >>= 5;
        }
        out
    }
}

/// Running totals of Zipf's law: the k-th of `count` weighs 1/k^exponent.
pub fn zipf(count: usize, exponent: f64) -> Vec<f64> {
    (1..=count)
        .scan(0.0, |total, rank| {
            *total += (rank as f64).powf(-exponent);
            Some(*total)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_and_number_and_nothing_else() {
        let first = |seed, stream| Random::new(seed, stream).next();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(1, 3));
        assert_ne!(first(1, 2), first(2, 2));
    }

    #[test]
    fn draws_stay_in_their_range_and_reach_its_ends() {
        let mut random = Random::new(7, 0);
        let drawn: std::collections::BTreeSet<u64> = (0..200).map(|_| random.below(5)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let totals = zipf(10, 1.0);
        let mut hits = [0; 10];
        (0..2000).for_each(|_| hits[random.weighted(&totals)] += 1);
        assert!(hits[0] > hits[9] && hits[9] > 0, "{hits:?}");
    }
}
