//! Counts as a curve of one line.

/// One sign for each value, against the largest.
pub fn curve(values: &[u64], ascii: bool) -> String {
    // No whole block: curves of lines one below the other would run together.
    const BLOCKS: [char; 8] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇'];
    const LETTERS: [char; 8] = [' ', '.', '.', ':', ':', '+', '+', '#'];
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let signs = if ascii { LETTERS } else { BLOCKS };
    // What is there at all is seen.
    values.iter().map(|value| signs[(value * 7).div_ceil(most).min(7) as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_shows_whatever_is_there() {
        assert_eq!(curve(&[0, 1, 100], false), " ▁▇");
        assert_eq!(curve(&[], false), "");
        assert_eq!(curve(&[0, 0], true), "  ");
    }
}
