//! How well a few typed letters fit a name: they stand in it in their order. Knows no names.

/// A letter that begins the name, or a word of it.
const AT_A_START: i32 = 8;
/// A letter right behind the one before.
const IN_A_ROW: i32 = 5;
/// Each letter that is passed over.
const PASSED_OVER: i32 = -1;

/// How well `typed` fits `name`, higher is better; nothing when it does not. Case and blanks are irrelevant.
pub fn score(typed: &str, name: &str) -> Option<i32> {
    let letters: Vec<char> = name.to_lowercase().chars().collect();
    let begins = |at: usize| {
        at.checked_sub(1).is_none_or(|before| !letters.get(before).is_some_and(|c| c.is_alphanumeric()))
    };
    let wanted: Vec<char> = typed.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    // By typed letter: the best score of a fit that ends at each letter of the name.
    let mut best: Vec<Option<i32>> = vec![];
    for (number, letter) in wanted.iter().enumerate() {
        let mut next: Vec<Option<i32>> = vec![None; letters.len()];
        let mut before: Option<i32> = (number == 0).then_some(0);
        for (at, place) in next.iter_mut().enumerate() {
            let row = at.checked_sub(1).and_then(|at| best.get(at).copied().flatten());
            if letters.get(at) == Some(letter) {
                let apart = before.map(|score| score + if begins(at) { AT_A_START } else { 0 });
                let in_a_row = row.map(|score| score + IN_A_ROW + if begins(at) { AT_A_START } else { 0 });
                *place = apart.max(in_a_row);
            }
            before = before
                .map(|score| score + PASSED_OVER)
                .max(row.filter(|_| number > 0).map(|score| score + PASSED_OVER));
        }
        best = next;
    }
    if wanted.is_empty() {
        return Some(0);
    }
    // A shorter name is meant rather than a longer one.
    best.into_iter().flatten().max().map(|score| score * 4 - letters.len() as i32)
}

#[cfg(test)]
mod tests {
    use super::score;

    fn best<'a>(typed: &str, names: &[&'a str]) -> Vec<&'a str> {
        let mut fitting: Vec<(i32, &str)> =
            names.iter().filter_map(|name| Some((score(typed, name)?, *name))).collect();
        fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        fitting.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn letters_fit_in_their_order_and_starts_of_words_tell_most() {
        let names =
            ["mark", "mark-all", "mark-none", "mark-range", "redraw", "view-marked", "half-page-down"];
        assert_eq!(best("ma", &names)[..2], ["mark", "mark-all"]);
        assert_eq!(best("mn", &names)[0], "mark-none");
        assert_eq!(best("mr", &names)[0], "mark-range");
        assert_eq!(best("hpd", &names), ["half-page-down"]);
        assert_eq!(best("vm", &names)[0], "view-marked");
        assert_eq!(best("MARK", &names)[0], "mark");
        assert!(best("zq", &names).is_empty());
        assert_eq!(best("", &names).len(), names.len());
        assert_eq!(score("kram", "mark"), None);
    }
}
