//! Abuse Reporting Format (RFC 5965, RFC 6591), also where its form is broken.

use super::super::mail::Part;
use super::super::{feedback, original};
use super::{Found, Stated, leaf_bytes};
use crate::model::Field;

/// A feedback part anywhere, a part that is one by its content, or at least the frame of a report.
pub fn find<'m>(parts: &[Part<'m>]) -> Option<Found<'m>> {
    let is_frame = |p: &Part<'_>| {
        p.is("multipart", "report")
            && p.parameter("report-type").is_some_and(|t| t.trim().eq_ignore_ascii_case("feedback-report"))
    };
    let declared = parts.iter().position(|p| p.is("message", "feedback-report"));
    let at = declared.or_else(|| {
        let root_is_frame = parts.first().is_some_and(is_frame);
        // Text that looks like fields counts outside the messages inside, where it is somebody's text.
        parts.iter().position(|p| {
            p.depth == 0
                && (root_is_frame || !p.is("text", "html"))
                && leaf_bytes(*p).is_some_and(|bytes| feedback::looks_like(&bytes))
        })
    });
    if let Some(at) = at {
        let part = parts.get(at)?;
        let mut fields = fields_in_header(*part, declared.is_some());
        fields.extend(leaf_bytes(*part).map(|bytes| feedback::fields(&bytes)).unwrap_or_default());
        let original = original::find(parts, part.depth, at);
        return Some(found(fields, original));
    }
    let frame = parts.iter().position(is_frame)?;
    let level = parts.get(frame)?.depth;
    Some(found(Vec::new(), original::find(parts, level, frame)))
}

fn found<'m>(fields: Vec<Field>, original: Option<original::Original<'m>>) -> Found<'m> {
    Found { dialect: "arf", fields, is_bare: false, original, stated: Stated::default() }
}

/// Fields that stand in the part's own MIME header, because the blank line after it is missing.
fn fields_in_header(part: Part<'_>, declared: bool) -> Vec<Field> {
    if !declared {
        return Vec::new();
    }
    let known = part.headers().filter(|(name, _)| feedback::is_known(name));
    known.map(|(name, value)| Field { name: name.to_owned(), value: value.into_owned() }).collect()
}
