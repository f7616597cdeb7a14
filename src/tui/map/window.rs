//! The window of the map as a person writes it: `days:30 ago:7`, as queries have it, or the numbers alone.

/// The longest that a window lasts and the farthest back that it ends: a century.
pub const MOST_DAYS: u32 = 36_500;

/// Days before the last one, and the last day counted back from today.
///
/// # Errors
/// What is expected: a sentence.
pub fn understood(text: &str) -> Result<(u32, u32), String> {
    let wrong = |word: &str| {
        format!(
            "'{word}' is no window: days:7 is today and the 7 days before, ago:30 ends it 30 days ago; at most {MOST_DAYS}."
        )
    };
    let (mut days, mut ago) = (None, None);
    for word in text.split_whitespace() {
        let (place, number) = match word.split_once(':') {
            Some(("days", number)) => (&mut days, number),
            Some(("ago", number)) => (&mut ago, number),
            None if days.is_none() => (&mut days, word),
            None => (&mut ago, word),
            Some(_) => return Err(wrong(word)),
        };
        let number = number.parse().ok().filter(|number| *number <= MOST_DAYS);
        let Some(number) = number.filter(|_| place.is_none()) else { return Err(wrong(word)) };
        *place = Some(number);
    }
    match (days, ago) {
        (None, None) => Err(wrong(text)),
        // As in queries, `ago:` alone is that one day.
        (days, ago) => Ok((days.unwrap_or(0), ago.unwrap_or(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_written_as_in_queries_or_as_numbers() {
        for (text, window) in [
            ("days:30 ago:7", (30, 7)),
            ("ago:7 days:30", (30, 7)),
            ("30", (30, 0)),
            ("30 7", (30, 7)),
            ("ago:2", (0, 2)),
        ] {
            assert_eq!(understood(text), Ok(window), "{text}");
        }
        for text in
            ["", "week", "days:", "days:1 days:2", "days:-1", "1 2 3", "hours:3", "99999", "days:99999999999"]
        {
            assert!(understood(text).is_err(), "{text}");
        }
    }
}
