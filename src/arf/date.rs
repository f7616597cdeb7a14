//! Dates as mail programs really write them. Knows nothing of reports.
//!
//! RFC 5322 §3.3 and §4.3, ISO 8601, asctime, and what lies between: the words of a date are told apart by their
//! shape, so order, punctuation, and a weekday that does not fit the day do not matter.

use crate::model::clock::Seconds;
use chrono::NaiveDate;
use std::borrow::Cow;

/// Longer values are no dates; this also bounds the work on hostile input.
const MAX_LENGTH: usize = 256;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Hours east of UTC, times 100 plus minutes. RFC 5322 §4.3 fixes the American ones, so `CST` is Chicago's and
/// never China's; single (military) letters and names that nobody knows are UTC by the same section.
const ZONES: &[(&str, i32)] = &[
    ("est", -500),
    ("edt", -400),
    ("cst", -600),
    ("cdt", -500),
    ("mst", -700),
    ("mdt", -600),
    ("pst", -800),
    ("pdt", -700),
    ("akst", -900),
    ("akdt", -800),
    ("hst", -1000),
    ("nst", -330),
    ("ndt", -230),
    ("ast", -400),
    ("adt", -300),
    ("brt", -300),
    ("brst", -200),
    ("art", -300),
    ("clt", -400),
    ("wet", 0),
    ("west", 100),
    ("bst", 100),
    ("cet", 100),
    ("met", 100),
    ("mez", 100),
    ("cest", 200),
    ("mest", 200),
    ("mesz", 200),
    ("eet", 200),
    ("sast", 200),
    ("cat", 200),
    ("eest", 300),
    ("eat", 300),
    ("msk", 300),
    ("trt", 300),
    ("msd", 400),
    ("gst", 400),
    ("pkt", 500),
    ("yekt", 500),
    ("ist", 530),
    ("npt", 545),
    ("ict", 700),
    ("wib", 700),
    ("hkt", 800),
    ("sgt", 800),
    ("awst", 800),
    ("pht", 800),
    ("jst", 900),
    ("kst", 900),
    ("acst", 930),
    ("acdt", 1030),
    ("aest", 1000),
    ("aedt", 1100),
    ("nzst", 1200),
    ("nzdt", 1300),
];

#[derive(Default)]
struct Parts {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    time: Option<(u32, u32, u32)>,
    zone: Option<i32>,
    afternoon: Option<bool>,
}

/// The moment that a date value names; a date alone means midnight, no zone means UTC.
pub fn parse(value: &str) -> Option<Seconds> {
    if value.len() > MAX_LENGTH {
        return None;
    }
    let (words, comments) = without_comments(value);
    let mut parts = Parts::default();
    for word in words.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()) {
        parts.word(word);
    }
    if parts.zone.is_none() {
        // `14:00:00 (EDT)`: the comment is all there is.
        parts.zone = comments.split_whitespace().find_map(zone);
    }
    parts.moment()
}

/// The text outside and inside comments (RFC 5322 §3.2.2).
fn without_comments(value: &str) -> (Cow<'_, str>, String) {
    if !value.contains(['(', ')']) {
        return (Cow::Borrowed(value), String::new());
    }
    let (mut outside, mut inside, mut depth) = (String::new(), String::new(), 0usize);
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(c),
            _ => inside.push(c),
        }
        if c == '(' || c == ')' {
            outside.push(' ');
            inside.push(' ');
        }
    }
    (Cow::Owned(outside), inside)
}

impl Parts {
    fn word(&mut self, word: &str) {
        let lower = word.to_ascii_lowercase();
        if let Some((date, time)) = lower.split_once('t').filter(|(d, t)| is_iso_date(d) && t.contains(':')) {
            self.numbers_of_date(date, '-');
            self.time_with_zone(time);
        } else if self.time.is_some() && self.zone.is_none() && lower.starts_with(['+', '-']) {
            self.zone = zone(&lower);
        } else if lower.contains(':') {
            self.time_with_zone(&lower);
        } else if is_iso_date(&lower) {
            self.numbers_of_date(&lower, if lower.contains('/') { '/' } else { '-' });
        } else if lower.contains('-') && lower.contains(|c: char| c.is_ascii_alphabetic()) {
            // 30-Apr-2013
            lower.split('-').for_each(|w| self.simple(w));
        } else {
            self.simple(&lower);
        }
    }

    fn simple(&mut self, word: &str) {
        let word = word.trim_end_matches('.');
        if let Ok(number) = word.parse::<u32>() {
            self.number(number, word.len());
        } else if let Some(month) = month(word).filter(|_| self.month.is_none()) {
            self.month = Some(month);
        } else if word == "am" || word == "pm" {
            self.afternoon = Some(word == "pm");
        } else if self.time.is_some() && self.zone.is_none() {
            self.zone = zone(word);
        } else if let Some(day) = ["st", "nd", "rd", "th"].iter().find_map(|s| word.strip_suffix(s)) {
            // 3rd; `august` and `th` alone do not parse as numbers.
            if let Ok(number) = day.parse::<u32>() {
                self.number(number, day.len());
            }
        }
    }

    fn number(&mut self, number: u32, digits: usize) {
        if self.day.is_none() && digits <= 2 && (1..=31).contains(&number) {
            self.day = Some(number);
        } else if self.year.is_none() && digits <= 4 {
            self.year = i32::try_from(number).ok().map(|year| match (digits, year) {
                // RFC 5322 §4.3
                (1 | 2, 0..=49) => 2000 + year,
                (1..=3, _) => 1900 + year,
                _ => year,
            });
        }
    }

    fn numbers_of_date(&mut self, date: &str, separator: char) {
        let mut numbers = date.split(separator).map(|n| n.parse::<u32>().ok());
        let (first, second, third) = (numbers.next(), numbers.next(), numbers.next());
        if let (Some(Some(year)), Some(Some(month)), Some(Some(day))) = (first, second, third) {
            (self.year, self.month, self.day) = (i32::try_from(year).ok(), Some(month), Some(day));
        }
    }

    fn time_with_zone(&mut self, word: &str) {
        if self.time.is_some() {
            return;
        }
        let end = word.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(word.len());
        let (clock, rest) = word.split_at(end);
        let mut numbers = clock.split(':').map(|n| n.split('.').next().unwrap_or_default().parse::<u32>());
        let (Some(Ok(hour)), Some(Ok(minute))) = (numbers.next(), numbers.next()) else { return };
        let second = numbers.next().and_then(Result::ok).unwrap_or(0);
        self.time = Some((hour, minute, second));
        match rest {
            "" => {}
            "am" | "pm" => self.afternoon = Some(rest == "pm"),
            _ => self.zone = zone(rest),
        }
    }

    fn moment(&self) -> Option<Seconds> {
        let date = NaiveDate::from_ymd_opt(self.year?, self.month?, self.day?)?;
        let (mut hour, minute, second) = self.time.unwrap_or((0, 0, 0));
        match self.afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        // A leap second has no number of its own.
        let local = date.and_hms_opt(hour, minute, second.min(59))?.and_utc().timestamp();
        let offset = self.zone.unwrap_or(0);
        Some(local - i64::from(offset / 100 * 3600 + offset % 100 * 60))
    }
}

fn is_iso_date(word: &str) -> bool {
    let bytes = word.as_bytes();
    (8..=10).contains(&bytes.len())
        && bytes.get(..4).is_some_and(|y| y.iter().all(u8::is_ascii_digit))
        && matches!(bytes.get(4), Some(b'-' | b'/'))
        && bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/'))
}

fn month(word: &str) -> Option<u32> {
    let start = word.get(..3).filter(|_| word.bytes().all(|b| b.is_ascii_alphabetic()))?;
    MONTHS.iter().position(|m| *m == start).and_then(|i| u32::try_from(i + 1).ok())
}

/// `+0200`, `-07:00`, `gmt+2` or a name as hours times 100 plus minutes.
fn zone(word: &str) -> Option<i32> {
    let word = word.trim().to_ascii_lowercase();
    let named = ["utc", "gmt", "ut"].iter().find_map(|n| word.strip_prefix(n)).filter(|r| !r.is_empty());
    let numeric = named.unwrap_or(&word);
    if let Some(sign) = numeric.chars().next().and_then(|c| match c {
        '+' => Some(1),
        '-' => Some(-1),
        _ => None,
    }) {
        let digits: String = numeric.chars().filter(char::is_ascii_digit).take(4).collect();
        let number = digits.parse::<i32>().ok()?;
        let offset = if digits.len() <= 2 { number * 100 } else { number };
        return (offset <= 1500 && offset % 100 < 60).then_some(sign * offset);
    }
    if word.is_empty() || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    Some(ZONES.iter().find(|(name, _)| *name == word).map_or(0, |(_, offset)| *offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::rfc3339;

    #[test]
    fn dates_of_all_habits_name_the_moment_that_a_person_reads() {
        for (text, moment) in [
            ("Thu, 8 Mar 2005 14:00:00 EDT", "2005-03-08T18:00:00Z"),
            ("Wed, 14 Apr 2010 12:15:31 -0700 (PDT)", "2010-04-14T19:15:31Z"),
            ("8 Oct 2011 20:15:58 +0000 (GMT)", "2011-10-08T20:15:58Z"),
            ("Fri, 28 Sep 2018 16:48:44 +0800\t(CST)", "2018-09-28T08:48:44Z"),
            ("Thu, 9 Apr 2006 23:34:45 JST", "2006-04-09T14:34:45Z"),
            ("2014-03-31 11:38:05 UTC", "2014-03-31T11:38:05Z"),
            ("17 Feb 2014", "2014-02-17T00:00:00Z"),
            ("2014-02-17", "2014-02-17T00:00:00Z"),
            ("2024-05-02T17:48:55.123+02:00", "2024-05-02T15:48:55Z"),
            ("2024-05-02T17:48:55Z", "2024-05-02T17:48:55Z"),
            ("2018-09-28 08:48:36.858842501 +0000 UTC m=+1856335.5", "2018-09-28T08:48:36Z"),
            ("Tue Apr 30 02:09:16 2019", "2019-04-30T02:09:16Z"),
            ("Tue Apr 30 02:09:16 CEST 2019", "2019-04-30T00:09:16Z"),
            ("Thu, 30 Dec 10 10:37:16 -0800", "2010-12-30T18:37:16Z"),
            ("30-Apr-2013 10:00:00 +0530", "2013-04-30T04:30:00Z"),
            ("Mon, 01 Jan 2024 09:30:00 PM (EST)", "2024-01-02T02:30:00Z"),
            ("Wed, 31 Dec 2014 16:08:32 (PST)", "2015-01-01T00:08:32Z"),
            ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"),
            ("Tue, 4 Mar 2008 10:00 GMT+0100", "2008-03-04T09:00:00Z"),
            ("Tue, 4 Mar 2008 10:00:01 XYZ", "2008-03-04T10:00:01Z"),
        ] {
            assert_eq!(parse(text).map(rfc3339).as_deref(), Some(moment), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "yesterday, about noon", "12:00:00", "31 Feb 2014", "99 Jan 2014 10:00:00", "(1 Jan 2014)"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"1 Jan 2014 ".repeat(100_000)), None);
    }
}
