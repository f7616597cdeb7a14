//! What bursts in a window of time: reports that share something, with all that makes it worth a look. Plain data;
//! knows nothing of how it is found or shown.

use super::ReportId;
use super::clock::Seconds;
use super::report::named;
use serde::{Deserialize, Serialize};

named! {
    /// What the reports of a pattern share, the most telling first: a pattern that can be seen in several of these is
    /// named by the first.
    Dimension {
        /// Words beside each other in the subject.
        Words = 0 "words",
        /// Subjects that differ only in digits, names and tokens.
        Subject = 1 "subject",
        /// How a URL ends: the last word of its path with the extension.
        Ending = 2 "ending",
        /// URLs that differ only in host, digits and tokens.
        Url = 3 "url",
        /// The bytes of a file.
        Hash = 4 "hash",
        /// The name of a file, digits apart.
        File = 5 "file",
        /// The address in From.
        From = 6 "from",
        /// The address in Reply-To.
        ReplyTo = 7 "replyto",
        /// A mail address in the text.
        Address = 8 "addr",
        /// The host of a URL, or a domain above it.
        Host = 9 "host",
        /// The /24 or /48 around the source.
        Network = 10 "network",
        /// The origin AS.
        Asn = 11 "asn",
    }
}

impl Dimension {
    /// Where the mail comes from, and not what it says.
    pub fn is_origin(self) -> bool {
        matches!(self, Dimension::Network | Dimension::Asn)
    }

    /// What stands before the value in a list.
    pub fn label(self) -> &'static str {
        match self {
            Dimension::Words => "subject",
            Dimension::Subject => "subject like",
            Dimension::Ending => "URL ends",
            Dimension::Url => "URL like",
            Dimension::Hash => "file is",
            Dimension::File => "file",
            Dimension::From => "From",
            Dimension::ReplyTo => "Reply-To",
            Dimension::Address => "names",
            Dimension::Host => "links to",
            Dimension::Network => "network",
            Dimension::Asn => "AS",
        }
    }
}

/// The time that is looked at, and the one before it that it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where the time before begins.
    pub before: Seconds,
    /// Where the window begins.
    pub from: Seconds,
    /// The first moment after it.
    pub to: Seconds,
    /// What arrived later counts as well: a clock somewhere runs ahead.
    pub is_open: bool,
}

impl Span {
    /// The time before is so many times as long as the window: against a day stands a week, so that no day of the
    /// week is strange to it.
    pub const TIMES: Seconds = 7;

    /// The window between two moments, the second one not included.
    pub fn new(from: Seconds, to: Seconds) -> Span {
        let to = to.max(from.saturating_add(1));
        let length = to.saturating_sub(from);
        Span { before: from.saturating_sub(length.saturating_mul(Span::TIMES)), from, to, is_open: false }
    }

    /// The same without an end.
    pub fn open(self) -> Span {
        Span { is_open: true, ..self }
    }

    /// How long the window is.
    pub fn seconds(&self) -> Seconds {
        self.to - self.from
    }

    /// The time before in words: `7 days`.
    pub fn before_in_words(&self) -> String {
        in_words(self.from - self.before)
    }

    /// The window in words: `24 hours`.
    pub fn in_words(&self) -> String {
        in_words(self.seconds())
    }
}

/// A length of time in the largest unit of which it is two that leave nothing over, or three about.
fn in_words(seconds: Seconds) -> String {
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let fits = |unit: Seconds| seconds >= 3 * unit || seconds == 2 * unit;
    let (unit, name) = units.into_iter().find(|(unit, _)| fits(*unit)).unwrap_or((1, "seconds"));
    format!("{} {name}", (seconds + unit / 2) / unit)
}

/// Reports that share something and came in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// What they share.
    pub dimension: Dimension,
    /// The value of it, in lower case as it is compared. Untrusted.
    pub value: String,
    /// The same for a person: of a shape, which is a number, an example; of an AS its name. Untrusted.
    pub text: String,
    /// The query that selects them.
    pub query: String,
    /// How many came in the window.
    pub count: u64,
    /// How many in the time before.
    pub before: u64,
    /// How many times as many as the time before lets expect; none when it had none.
    pub times: Option<f64>,
    /// The time looked at.
    pub span: Span,
    /// First and last arrival in the window.
    pub first: Seconds,
    /// See `first`.
    pub last: Seconds,
    /// Counts of equal parts of the time before and the window, oldest first.
    pub curve: Vec<u64>,
    /// Countries of their sources, most frequent first; `unknown` among them.
    pub countries: Vec<(String, u64)>,
    /// Different source addresses.
    pub sources: u64,
    /// How many are judged to be fraud.
    pub fraud: u64,
    /// How many have a source or link to a host that a block list names.
    pub listed: u64,
    /// How many were delivered as far as is known.
    pub delivered: u64,
    /// How many left to an abuse desk.
    pub reported: u64,
    /// How many are open.
    pub open: u64,
    /// The one that came last.
    pub newest: ReportId,
    /// What else the same reports share, the most telling first.
    pub details: Vec<Detail>,
    /// What it is sorted by; see `index/patterns/score.rs`.
    pub score: f64,
}

/// Something else that reports of a pattern share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What.
    pub dimension: Dimension,
    /// Its value, as in [`Pattern`].
    pub value: String,
    /// See [`Pattern::text`].
    pub text: String,
    /// A report that has it.
    pub example: ReportId,
    /// How many of the pattern's reports have it.
    pub count: u64,
}

impl Pattern {
    /// There was nothing of it in the time before.
    pub fn is_new(&self) -> bool {
        self.before == 0
    }

    /// How it bursts, in a word: `new`, `×9.1`.
    pub fn burst(&self) -> String {
        match self.times {
            None => "new".to_owned(),
            Some(times) if times < 9.95 => format!("×{times:.1}"),
            Some(times) => format!("×{times:.0}"),
        }
    }

    /// Why it stands where it stands, in a few words: how it bursts, how fraudulent it looks.
    pub fn why(&self) -> String {
        let before = self.span.before_in_words();
        let burst = match self.times {
            None => format!("new, none in the {before} before"),
            Some(_) => format!("{} against the {before} before", self.burst()),
        };
        self.and_looks(burst)
    }

    /// The same for a narrow column.
    pub fn brief(&self) -> String {
        self.and_looks(self.burst())
    }

    fn and_looks(&self, mut why: String) -> String {
        for (count, word) in [(self.fraud, "fraud"), (self.listed, "listed"), (self.delivered, "delivered")] {
            match count {
                0 => {}
                count if count == self.count => why.push_str(&format!(", all {word}")),
                count => why.push_str(&format!(", {count} {word}")),
            }
        }
        why
    }

    /// The share that was reported, in hundredths.
    pub fn reported_percent(&self) -> u64 {
        (self.reported * 100).checked_div(self.count).unwrap_or(0)
    }

    /// By what it is remembered: everything that names it, so that it is the same pattern when it is named another way
    /// the next time.
    pub fn keys(&self) -> Vec<String> {
        let named = std::iter::once((self.dimension, &self.value));
        // A network may send something else tomorrow; only what is said tells one pattern from another.
        let details = self.details.iter().map(|detail| (detail.dimension, &detail.value));
        let named = named.chain(details.filter(|(dimension, _)| !dimension.is_origin()));
        named.map(|(dimension, value)| format!("{dimension}:{value}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_told_in_the_unit_that_fits() {
        let day = Span::new(1_000_000, 1_000_000 + 86_400);
        assert_eq!((day.in_words().as_str(), day.before_in_words().as_str()), ("24 hours", "7 days"));
        assert_eq!(Span::new(0, 6 * 3_600).before_in_words(), "42 hours");
        assert_eq!(Span::new(0, 86_401).in_words(), "24 hours", "a moment more");
        assert_eq!(Span::new(0, 0).in_words(), "1 seconds");
    }
}
