//! The ways in which the same bytes can be read, and where in them a place of the reading lies.
//!
//! A view is decoded in one pass and never keeps offsets: only when something is found is the pass repeated to map
//! the places back, so a view costs one copy of the bytes.

use std::borrow::Cow;
use std::ops::Range;

/// A way of reading bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// As they are.
    Plain,
    /// Line breaks and the blanks after them gone: folded headers, base64 lines.
    Joined,
    /// Quoted-printable undone (RFC 2045 §6.7).
    QuotedPrintable,
    /// Percent-encoding undone (RFC 3986 §2.1).
    Percent,
    /// Numeric HTML references undone, and the named ones that occur in addresses.
    Entities,
}

/// Named references of characters that occur in addresses.
const NAMED: &[(&[u8], u8)] =
    &[(b"&commat;", b'@'), (b"&period;", b'.'), (b"&lowbar;", b'_'), (b"&plus;", b'+'), (b"&amp;", b'&')];

impl View {
    /// Every view, the plain one first.
    pub const ALL: [View; 5] =
        [View::Plain, View::Joined, View::QuotedPrintable, View::Percent, View::Entities];

    /// The bytes in this view; `None` when it shows nothing that the plain one does not.
    pub fn of(self, bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mark = match self {
            View::Plain => return Some(Cow::Borrowed(bytes)),
            View::Joined => b'\n',
            View::QuotedPrintable => b'=',
            View::Percent => b'%',
            View::Entities => b'&',
        };
        let first = memchr::memchr(mark, bytes)?;
        // The line end before a first newline belongs to it.
        let mut at = first.saturating_sub(1);
        let mut out = Vec::with_capacity(bytes.len());
        out.extend_from_slice(bytes.get(..at)?);
        while at < bytes.len() {
            let (byte, length) = self.step(bytes, at);
            out.extend(byte);
            at += length;
        }
        Some(Cow::Owned(out))
    }

    /// Places in the bytes for sorted, disjoint places in the view.
    pub fn locate(self, bytes: &[u8], places: &[Range<usize>]) -> Vec<Range<usize>> {
        if self == View::Plain {
            return places.to_vec();
        }
        let mut out = Vec::with_capacity(places.len());
        let (mut at, mut shown) = (0, 0);
        for place in places {
            let mut range = at..at;
            let mut inside = false;
            while at < bytes.len() && shown < place.end {
                let (byte, length) = self.step(bytes, at);
                if byte.is_some() {
                    if shown == place.start {
                        range.start = at;
                        inside = true;
                    }
                    shown += 1;
                }
                at += length;
                if inside && byte.is_some() {
                    range.end = at;
                }
            }
            out.push(range);
        }
        out
    }

    /// What stands at `at` in this view, and how many bytes it takes (never none).
    fn step(self, bytes: &[u8], at: usize) -> (Option<u8>, usize) {
        let rest = bytes.get(at..).unwrap_or_default();
        let first = rest.first().copied();
        let hex = |offset: usize| Some((rest.get(offset).copied()? as char).to_digit(16)? as u8);
        let line_end = |offset: usize| match rest.get(offset..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\n', ..]) => 1,
            _ => 0,
        };
        match (self, first) {
            (View::Joined, Some(b'\r' | b'\n')) => {
                let end = line_end(0);
                if end == 0 {
                    return (first, 1);
                }
                let blanks = rest
                    .get(end..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|b| matches!(b, b' ' | b'\t'))
                    .count();
                (None, end + blanks)
            }
            (View::QuotedPrintable, Some(b'=')) => {
                if let (Some(high), Some(low)) = (hex(1), hex(2)) {
                    return (Some(high << 4 | low), 3);
                }
                match line_end(1) {
                    0 => (first, 1),
                    end => (None, 1 + end),
                }
            }
            (View::Percent, Some(b'%')) => match (hex(1), hex(2)) {
                (Some(high), Some(low)) => (Some(high << 4 | low), 3),
                _ => (first, 1),
            },
            (View::Entities, Some(b'&')) => entity(rest).map_or((first, 1), |(byte, n)| (Some(byte), n)),
            _ => (first, 1),
        }
    }
}

/// An HTML character reference to an ASCII character, and its length.
fn entity(rest: &[u8]) -> Option<(u8, usize)> {
    if let Some((name, byte)) =
        NAMED.iter().find(|(name, _)| rest.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)))
    {
        return Some((*byte, name.len()));
    }
    let digits = rest.strip_prefix(b"&#")?;
    let (digits, radix, prefix) = match digits {
        [b'x' | b'X', more @ ..] => (more, 16, 3),
        _ => (digits, 10, 2),
    };
    let mut value = 0u32;
    let mut count = 0;
    // Leading zeros may be many; nine digits are more than anybody writes.
    while let Some(digit) = digits.get(count).and_then(|b| (*b as char).to_digit(radix)).filter(|_| count < 9)
    {
        value = value.checked_mul(radix)?.checked_add(digit)?;
        count += 1;
    }
    let semicolon = usize::from(digits.get(count) == Some(&b';'));
    let byte = u8::try_from(value).ok().filter(|b| count > 0 && b.is_ascii())?;
    Some((byte, prefix + count + semicolon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_finds_its_way_back() {
        for (view, bytes, decoded, place) in [
            (View::Joined, &b"ab\r\n cd"[..], &b"abcd"[..], &b"b\r\n c"[..]),
            (View::QuotedPrintable, b"a=62=\r\nc=64", b"abcd", b"=62=\r\nc"),
            (View::Percent, b"a%62%63d%", b"abcd%", b"%62%63"),
            (View::Entities, b"a&#98;&#x63;d&", b"abcd&", b"&#98;&#x63;"),
        ] {
            assert_eq!(view.of(bytes).as_deref(), Some(decoded), "{view:?}");
            let places = view.locate(bytes, std::slice::from_ref(&(1..3)));
            assert_eq!(&bytes[places[0].clone()], place, "{view:?}");
        }
    }

    #[test]
    fn a_line_break_at_the_very_start_is_joined_too() {
        assert_eq!(View::Joined.of(b"\r\n a").as_deref(), Some(&b"a"[..]));
        assert_eq!(View::Joined.of(b"\na").as_deref(), Some(&b"a"[..]));
    }
}
