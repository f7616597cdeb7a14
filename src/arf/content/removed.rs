//! What tells that something was taken out of a mail before it was reported. RFC 9991 lets reporters leave out what is
//! dangerous or private, and has no field that says so: what is missing shows in what stands in its place.

use crate::arf::mail::Part;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// The sentence for whoever reads the report.
const ATTACHMENTS: &str = "Attachments were removed from the mail before it was reported.";
const TEXT: &str = "Text of the mail was removed before it was reported.";

/// Longer lines are prose about something else.
const LONGEST_LINE: usize = 200;
/// Places in one text that are looked at.
const MOST_PLACES: usize = 50;

static VERBS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let verbs = ["removed", "stripped", "deleted", "omitted", "redacted", "suppressed", "withheld"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(verbs).ok()
});

/// A part that mail programs put in place of one that they removed.
///
/// | program | what stands there |
/// | --- | --- |
/// | Thunderbird | `text/x-moz-deleted`, `X-Mozilla-Altered: AttachmentDeleted` |
/// | mutt | `message/external-body; access-type=x-mutt-deleted` |
pub(super) fn placeholder(part: Part<'_>) -> Option<&'static str> {
    let is_mutts = || {
        part.is("message", "external-body")
            && part.parameter("access-type").is_some_and(|kind| kind.eq_ignore_ascii_case("x-mutt-deleted"))
    };
    let is_altered = || {
        part.headers()
            .any(|(name, value)| name.eq_ignore_ascii_case("X-Mozilla-Altered") && value.contains("Deleted"))
    };
    (part.is("text", "x-moz-deleted") || is_mutts() || is_altered()).then_some(ATTACHMENTS)
}

/// A line of the text that says so: in the reported mail one that is set apart by brackets, since people write about
/// removed attachments, too; in the reporter's own words any.
pub fn stated(text: &str, by_reporter: bool) -> Option<&'static str> {
    let verbs = VERBS.as_ref()?;
    verbs.find_iter(text).take(MOST_PLACES).find_map(|hit| {
        let start = text.get(..hit.start())?.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(start..)?;
        let line = rest.get(..rest.find('\n').unwrap_or(rest.len()))?.trim();
        if line.len() > LONGEST_LINE || !(by_reporter || is_set_apart(line)) {
            return None;
        }
        let line = line.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| line.contains(word));
        // What was not removed, or may be one day.
        if says(&[" not ", "n't ", " no ", " may ", " might ", " can ", " could ", " will ", " if "]) {
            return None;
        }
        if says(&["attachment", "attached", "file"]) {
            return Some(ATTACHMENTS);
        }
        says(&["content", "body", "text"]).then_some(TEXT)
    })
}

/// `[attachment removed]`, `<<< content omitted >>>`, `*** attachment deleted ***`
fn is_set_apart(line: &str) -> bool {
    const PAIRS: [(char, char); 7] =
        [('[', ']'), ('<', '>'), ('(', ')'), ('{', '}'), ('*', '*'), ('-', '-'), ('=', '=')];
    PAIRS.iter().any(|(open, close)| line.starts_with(*open) && line.ends_with(*close))
}
