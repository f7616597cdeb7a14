//! The one place that asks what time it is. Times are whole seconds since 1970-01-01T00:00:00Z.

use chrono::{DateTime, SecondsFormat, Utc};

/// Seconds since the epoch, UTC. Negative before 1970.
pub type Seconds = i64;

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "this is the clock that all others go through")]
pub fn now() -> Seconds {
    Utc::now().timestamp()
}

/// `2026-11-20T09:59:00Z` (RFC 3339); a moment outside the years that chrono knows becomes the epoch.
pub fn rfc3339(at: Seconds) -> String {
    DateTime::from_timestamp(at, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The moment that `2026-11-20T09:00:00Z` or, as its start, `2026-11-20` names.
pub fn parse_start(text: &str) -> Option<Seconds> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    DateTime::parse_from_rfc3339(&whole).ok().map(|at| at.timestamp())
}

/// A day.
pub const DAY_SECONDS: Seconds = 86_400;

/// The days of the week by their places, Monday first (ISO 8601).
pub const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The place of a moment's day in [`WEEKDAYS`], UTC.
pub fn weekday(at: Seconds) -> usize {
    /// 1970-01-01 was a Thursday.
    const FIRST: Seconds = 3;
    (at.div_euclid(DAY_SECONDS) + FIRST).rem_euclid(7) as usize
}

/// `Fri Nov 20 09:59:00 2026`, as C's asctime writes it and mbox files have it (RFC 4155).
pub fn asctime(at: Seconds) -> String {
    DateTime::from_timestamp(at, 0).unwrap_or_default().format("%a %b %e %H:%M:%S %Y").to_string()
}

/// `Fri, 20 Nov 2026 09:59:00 +0000` (RFC 5322 §3.3).
pub fn rfc5322(at: Seconds) -> String {
    DateTime::from_timestamp(at, 0).unwrap_or_default().to_rfc2822()
}
