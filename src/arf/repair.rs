//! Whole messages whose MIME frame is broken so that the parser cannot see the parts. Copies and mends; asked only
//! after a look at the parsed parts shows one of these faults.

use super::mail::{Mail, Part};
use memchr::{memchr, memmem, memrchr};

/// The mended bytes, or `None` when nothing is wrong.
pub fn repair(raw: &[u8], outer: Mail<'_>, parts: &[Part<'_>]) -> Option<Vec<u8>> {
    unended_headers(raw, parts).or_else(|| missing_boundary(outer, parts))
}

/// A part whose header runs into the next boundary, because no blank line ends it: fields written into the MIME
/// header, or a reported mail of headers alone.
fn unended_headers(raw: &[u8], parts: &[Part<'_>]) -> Option<Vec<u8>> {
    let mut breaks = Vec::new();
    for part in parts {
        let Some((start, block)) = part.header_block_of(raw) else { continue };
        let mut from = 0;
        while let Some(at) = block.get(from..).and_then(|rest| memmem::find(rest, b"\n--")) {
            breaks.push(start + from + at + 1);
            from += at + 3;
        }
    }
    if breaks.is_empty() {
        return None;
    }
    breaks.sort_unstable();
    breaks.dedup();
    let mut out = Vec::with_capacity(raw.len() + breaks.len());
    let mut from = 0;
    for at in breaks {
        out.extend_from_slice(raw.get(from..at)?);
        out.push(b'\n');
        from = at;
    }
    out.extend_from_slice(raw.get(from..)?);
    Some(out)
}

/// A report in which the outer Content-Type lacks the boundary or names a wrong one: the boundary is the line above the
/// header of the feedback part.
fn missing_boundary(outer: Mail<'_>, parts: &[Part<'_>]) -> Option<Vec<u8>> {
    let root = *parts.first().filter(|_| parts.len() == 1)?;
    let body = root.encoded_body();
    let hit = memmem::find(body, b"feedback-report").filter(|_| memmem::find(body, b"\n--").is_some())?;
    let mark = memmem::rfind(body.get(..hit)?, b"\n--")? + 3;
    let line = body.get(mark..)?;
    let boundary = line.get(..memchr(b'\n', line)?)?.trim_ascii_end();
    if boundary.is_empty() || boundary.len() > 200 || boundary.contains(&b'"') {
        return None;
    }
    // The header line between boundary and hit must be Content-Type, or this is somebody's text.
    let header = body.get(memrchr(b'\n', body.get(..hit)?)? + 1..hit)?;
    if !header.get(..13)?.eq_ignore_ascii_case(b"content-type:") {
        return None;
    }
    let mut out = b"Content-Type: multipart/report; report-type=feedback-report; boundary=\"".to_vec();
    out.extend_from_slice(boundary);
    out.extend_from_slice(b"\"\n");
    let mut skipped = false;
    for line in outer.header_block().split_inclusive(|b| *b == b'\n') {
        let folded = line.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
        if !folded {
            skipped = line.get(..8).is_some_and(|name| name.eq_ignore_ascii_case(b"content-"));
        }
        if !skipped {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(body);
    Some(out)
}
