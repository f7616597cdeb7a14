//! Bounds on the time of arrival, and the way in which a person wrote them. UTC throughout.

use crate::model::clock::{Seconds, rfc3339};
use chrono::{DateTime, NaiveDate};
use std::fmt;

const DAY: Seconds = 86_400;
/// Years that `days:` and `ago:` may reach back: beyond them arithmetic on seconds needs no thought.
const MOST_DAYS: u32 = 365_000;

/// Unit of a relative time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`: 24 hours
    Day,
    /// `w`
    Week,
}

impl Unit {
    const ALL: [(char, Unit, Seconds); 5] = [
        ('s', Unit::Second, 1),
        ('m', Unit::Minute, 60),
        ('h', Unit::Hour, 3_600),
        ('d', Unit::Day, DAY),
        ('w', Unit::Week, 7 * DAY),
    ];

    fn entry(self) -> (char, Unit, Seconds) {
        Self::ALL.into_iter().find(|(_, unit, _)| *unit == self).unwrap_or(('s', Unit::Second, 1))
    }
}

/// How a time was written, so that a query bar shows `2d` and not the moment it meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeForm {
    /// `2d`
    Relative(u32, Unit),
    /// `2026-11-20`; the moment is its midnight.
    Day(Seconds),
    /// `2026-11-20T10:00` or with seconds.
    Moment(Seconds),
    /// `days:2 ago:7`, either may be missing.
    Window {
        /// Days before the last one.
        days: Option<u32>,
        /// The last day, counted back from today.
        ago: Option<u32>,
    },
}

/// Moments from `from` up to but not including `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// How it was written.
    pub form: TimeForm,
    /// The first moment inside.
    pub from: Seconds,
    /// The first moment after it.
    pub to: Seconds,
}

impl TimeRange {
    /// `since:`
    pub(super) fn since(text: &str, now: Seconds) -> Option<TimeRange> {
        let form = moment(text)?;
        Some(TimeRange { form, from: start(form, now), to: Seconds::MAX })
    }

    /// `until:`, through the last moment that the text names.
    pub(super) fn until(text: &str, now: Seconds) -> Option<TimeRange> {
        let form = moment(text)?;
        let length = if matches!(form, TimeForm::Day(_)) { DAY } else { 1 };
        Some(TimeRange { form, from: Seconds::MIN, to: start(form, now).saturating_add(length) })
    }

    /// `on:`
    pub(super) fn on(text: &str) -> Option<TimeRange> {
        let midnight = day(text)?;
        Some(TimeRange { form: TimeForm::Day(midnight), from: midnight, to: midnight + DAY })
    }

    /// `days:` and `ago:`: whole calendar days, the last one included whole, hence one more than `days` says.
    pub(super) fn window(days: Option<u32>, ago: Option<u32>, now: Seconds) -> TimeRange {
        let last = now.div_euclid(DAY) - Seconds::from(ago.unwrap_or(0));
        let first = last - Seconds::from(days.unwrap_or(0));
        TimeRange { form: TimeForm::Window { days, ago }, from: first * DAY, to: (last + 1) * DAY }
    }

    /// The number behind `days:` or `ago:`.
    pub(super) fn day_count(text: &str) -> Option<u32> {
        let text = text.strip_suffix(['d', 'D']).unwrap_or(text);
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().filter(|days| *days <= MOST_DAYS)
    }
}

fn start(form: TimeForm, now: Seconds) -> Seconds {
    match form {
        TimeForm::Relative(amount, unit) => now.saturating_sub(Seconds::from(amount) * unit.entry().2),
        TimeForm::Day(at) | TimeForm::Moment(at) => at,
        TimeForm::Window { .. } => now,
    }
}

fn moment(text: &str) -> Option<TimeForm> {
    if let Some(midnight) = day(text) {
        return Some(TimeForm::Day(midnight));
    }
    if let Some((date, time)) = text.split_once(['T', 't', ' ']) {
        let time = time.strip_suffix(['Z', 'z']).unwrap_or(time);
        let mut parts = time.split(':');
        let hour = two_digits(parts.next()?, 23)?;
        let minute = two_digits(parts.next()?, 59)?;
        let second = parts.next().map_or(Some(0), |text| two_digits(text, 59))?;
        return match parts.next() {
            None => Some(TimeForm::Moment(day(date)? + hour * 3_600 + minute * 60 + second)),
            Some(_) => None,
        };
    }
    let unit = text.chars().last()?.to_ascii_lowercase();
    let (_, unit, _) = Unit::ALL.into_iter().find(|(letter, _, _)| *letter == unit)?;
    let digits = text.get(..text.len() - 1)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(TimeForm::Relative(digits.parse().ok()?, unit))
}

fn two_digits(text: &str, most: Seconds) -> Option<Seconds> {
    let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= most)
}

/// Midnight of `2026-11-20`.
fn day(text: &str) -> Option<Seconds> {
    let shape = text.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b });
    if !shape.eq(*b"0000-00-00") {
        return None;
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
}

impl fmt::Display for TimeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeForm::Relative(amount, unit) => write!(f, "{amount}{}", unit.entry().0),
            TimeForm::Day(at) => {
                write!(f, "{}", DateTime::from_timestamp(*at, 0).unwrap_or_default().format("%Y-%m-%d"))
            }
            TimeForm::Moment(at) => f.write_str(&rfc3339(*at)),
            TimeForm::Window { days, ago } => match (days, ago) {
                (Some(days), Some(ago)) => write!(f, "days:{days} ago:{ago}"),
                (None, Some(ago)) => write!(f, "ago:{ago}"),
                (days, None) => write!(f, "days:{}", days.unwrap_or(0)),
            },
        }
    }
}
