//! The ways in which the same bytes can be read, and where in them a place of the reading lies.
//!
//! A reading is one pass: what it drops and decodes is dropped and decoded, and what that uncovers is decoded again,
//! so `%2540` and `&#37;40` are an `@`. Places are kept only when something was found.

use std::borrow::Cow;
use std::ops::Range;

/// What a reader does with line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Nothing.
    Kept,
    /// Takes them out with the blanks behind them: folded headers, base64 lines.
    Joined,
    /// Undoes quoted-printable (RFC 2045 §6.7).
    QuotedPrintable,
}

/// What a reader does with characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// Nothing.
    Kept,
    /// Undoes percent-encoding (RFC 3986 §2.1), HTML references, `\u0040` and `\x40`; drops NUL (UTF-16) and what has
    /// no width; takes full-width characters for what they look like.
    Undone,
    /// The same, and HTML tags and comments are not seen.
    Rendered,
}

/// A way of reading bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Line ends.
    pub lines: Lines,
    /// Characters.
    pub escapes: Escapes,
}

/// Longest escape that is put together from decoded characters: `&#x000040;`.
const REACH: usize = 12;

/// Longest tag that is skipped.
const MAX_TAG: usize = 2048;

/// Named references of characters that occur in addresses and URLs, and of those without width.
const NAMED: &[(&[u8], Option<u8>)] = &[
    (b"&commat;", Some(b'@')),
    (b"&period;", Some(b'.')),
    (b"&lowbar;", Some(b'_')),
    (b"&plus;", Some(b'+')),
    (b"&equals;", Some(b'=')),
    (b"&percnt;", Some(b'%')),
    (b"&hyphen;", Some(b'-')),
    (b"&sol;", Some(b'/')),
    (b"&amp;", Some(b'&')),
    (b"&shy;", None),
    (b"&zwnj;", None),
    (b"&zwj;", None),
];

/// Characters without width, in UTF-8: soft hyphen, U+200B to U+200F, U+2060 to U+2064, byte order mark.
fn invisible(rest: &[u8]) -> Option<usize> {
    match rest {
        [0, ..] => Some(1),
        [0xc2, 0xad, ..] => Some(2),
        [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0..=0xa4, ..] | [0xef, 0xbb, 0xbf, ..] => Some(3),
        _ => None,
    }
}

/// A character that looks like one of ASCII (U+FF01 to U+FF5E, small @, ideographic full stop), and its length.
fn look_alike(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [0xef, 0xbc, low @ 0x81..=0xbf, ..] => Some((low - 0x60, 3)),
        [0xef, 0xbd, low @ 0x80..=0x9e, ..] => Some((low - 0x20, 3)),
        [0xef, 0xb9, 0xab, ..] => Some((b'@', 3)),
        [0xe3, 0x80, 0x82, ..] => Some((b'.', 3)),
        _ => None,
    }
}

/// How many bytes the longest text has that any view can show of these bytes, or more, when its bytes are among
/// `alphabet` or come from escapes. What no view drops and no escape holds ends it.
pub fn longest_text(bytes: &[u8], alphabet: &[bool; 256]) -> usize {
    let (mut longest, mut length, mut at) = (0, 0, 0);
    while let Some(byte) = bytes.get(at).copied() {
        let rest = bytes.get(at..).unwrap_or_default();
        match byte {
            // A tag may hold anything.
            b'<' if tag(rest).is_some() => return bytes.len(),
            _ if alphabet[usize::from(byte)] || byte.is_ascii_graphic() => length += 1,
            b'\r' | b'\n' | b'\t' | b' ' => {}
            _ => match (invisible(rest), look_alike(rest)) {
                (Some(taken), _) => at += taken - 1,
                (None, Some((_, taken))) => {
                    length += 1;
                    at += taken - 1;
                }
                (None, None) => length = 0,
            },
        }
        longest = longest.max(length);
        at += 1;
    }
    longest
}

/// How escapes begin, characters without width, and those that look like others.
const ESCAPES: [bool; 256] = table(&[b'%', b'&', b'\\', 0, 0xc2, 0xe2, 0xe3, 0xef]);

const fn table(marks: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < marks.len() {
        table[marks[index] as usize] = true;
        index += 1;
    }
    table
}

/// Whether there is an escape, or the beginning of one that goes on behind a line end.
fn holds_escape(bytes: &[u8], lines: Lines) -> bool {
    let is_broken = |rest: &[u8]| {
        let ends: &[u8] = match lines {
            Lines::Kept => b"",
            Lines::Joined => b"\r\n",
            Lines::QuotedPrintable => b"=",
        };
        rest.iter().take(REACH).any(|b| ends.contains(b))
    };
    let begins = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        undone(rest).is_some() || is_broken(rest)
    };
    let is_plain = bytes.is_ascii() && memchr::memchr(0, bytes).is_none();
    memchr::memchr3_iter(b'%', b'&', b'\\', bytes).any(begins)
        || !is_plain && (0..bytes.len()).filter(|at| ESCAPES[usize::from(bytes[*at])]).any(begins)
}

/// Whether quoted-printable may hide the beginning of an escape, or one of its own (`=3D40`), a soft line break within
/// included.
fn quotes_an_escape(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'=', bytes).any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        let is_broken = matches!(rest, [_, b'=', ..] | [_, _, b'=', ..]);
        is_broken || hex_pair(rest, 1).is_some_and(|byte| byte == b'=' || ESCAPES[usize::from(byte)])
    })
}

impl View {
    /// As the bytes are.
    pub const PLAIN: View = View { lines: Lines::Kept, escapes: Escapes::Kept };

    /// Quoted-printable undone and nothing else.
    pub const QUOTED_PRINTABLE: View = View { lines: Lines::QuotedPrintable, escapes: Escapes::Kept };

    /// Every view, the plain one first.
    pub const ALL: [View; 7] = [
        View::PLAIN,
        View { lines: Lines::Joined, escapes: Escapes::Kept },
        View::QUOTED_PRINTABLE,
        View { lines: Lines::Kept, escapes: Escapes::Undone },
        View { lines: Lines::Joined, escapes: Escapes::Undone },
        View { lines: Lines::QuotedPrintable, escapes: Escapes::Undone },
        View { lines: Lines::Joined, escapes: Escapes::Rendered },
    ];

    /// The bytes in this view; `None` when a view before it in [`View::ALL`] shows the same.
    pub fn of(self, bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
        if self == View::PLAIN {
            return Some(Cow::Borrowed(bytes));
        }
        if self.may_change(bytes) { self.read(bytes).map(Cow::Owned) } else { None }
    }

    fn read(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut reader = Reader::new(self, bytes);
        reader.read(None);
        let new = match (self.lines, self.escapes) {
            (_, Escapes::Rendered) => reader.skipped_tags,
            (Lines::Kept, _) => reader.undid_escapes,
            (_, Escapes::Undone) => reader.undid_escapes && reader.undid_lines,
            (_, Escapes::Kept) => reader.undid_lines,
        };
        new.then_some(reader.out)
    }

    /// Whether there is anything in the bytes that this view could read in its own way: a look instead of a reading.
    fn may_change(self, bytes: &[u8]) -> bool {
        let lines = match (self.lines, self.escapes) {
            (Lines::QuotedPrintable, Escapes::Kept) => memchr::memchr(b'=', bytes).is_some(),
            (Lines::Joined, Escapes::Kept | Escapes::Undone) => {
                memchr::memchr2(b'\r', b'\n', bytes).is_some()
            }
            // An escape may stand for the equals sign.
            _ => true,
        };
        let escapes = match self.escapes {
            Escapes::Kept => true,
            Escapes::Undone => {
                holds_escape(bytes, self.lines)
                    || self.lines == Lines::QuotedPrintable && quotes_an_escape(bytes)
            }
            Escapes::Rendered => {
                memchr::memchr(b'<', bytes).is_some() && memchr::memchr(b'>', bytes).is_some()
            }
        };
        lines && escapes
    }

    /// Places in the bytes for sorted, disjoint places in the view.
    pub fn locate(self, bytes: &[u8], places: &[Range<usize>]) -> Vec<Range<usize>> {
        if self == View::PLAIN {
            return places.to_vec();
        }
        let mut spans = Vec::with_capacity(bytes.len());
        Reader::new(self, bytes).read(Some(&mut spans));
        let at = |index: usize| spans.get(index).copied().unwrap_or((bytes.len(), bytes.len()));
        places
            .iter()
            .map(|place| match place.end.checked_sub(1) {
                Some(last) if last >= place.start => at(place.start).0..at(last).1,
                _ => at(place.start).0..at(place.start).0,
            })
            .collect()
    }
}

/// What stands at a place: a byte or nothing, and how much of the input it takes.
struct Step {
    byte: Option<u8>,
    length: usize,
}

struct Reader<'b> {
    view: View,
    bytes: &'b [u8],
    out: Vec<u8>,
    /// Up to this length of `out` a byte may end an escape that began with a decoded one.
    watch: usize,
    /// No tag ends behind this place.
    last_bracket: usize,
    undid_lines: bool,
    undid_escapes: bool,
    skipped_tags: bool,
    special: [bool; 256],
}

impl<'b> Reader<'b> {
    fn new(view: View, bytes: &'b [u8]) -> Reader<'b> {
        let escapes = view.escapes != Escapes::Kept;
        let mut special = if escapes { ESCAPES } else { [false; 256] };
        let mut mark = |marks: &[u8]| marks.iter().for_each(|b| special[usize::from(*b)] = true);
        match view.lines {
            Lines::Kept => {}
            Lines::Joined => mark(b"\r\n"),
            Lines::QuotedPrintable => mark(b"="),
        }
        let mut last_bracket = 0;
        if view.escapes == Escapes::Rendered {
            mark(b"<");
            last_bracket = memchr::memrchr(b'>', bytes).unwrap_or(0);
        }
        Reader {
            view,
            bytes,
            out: Vec::with_capacity(bytes.len()),
            watch: 0,
            last_bracket,
            undid_lines: false,
            undid_escapes: false,
            skipped_tags: false,
            special,
        }
    }

    /// How many bytes at the beginning are read as they are.
    fn plain(&self, rest: &[u8]) -> usize {
        let special = match (self.view.lines, self.view.escapes) {
            (Lines::Joined, Escapes::Kept) => memchr::memchr2(b'\r', b'\n', rest),
            (Lines::QuotedPrintable, Escapes::Kept) => memchr::memchr(b'=', rest),
            _ => rest.iter().position(|b| self.special[usize::from(*b)]),
        };
        special.unwrap_or(rest.len())
    }

    fn read(&mut self, mut spans: Option<&mut Vec<(usize, usize)>>) {
        let mut at = 0;
        while at < self.bytes.len() {
            let rest = self.bytes.get(at..).unwrap_or_default();
            if self.out.len() >= self.watch {
                let plain = self.plain(rest);
                if plain > 0 {
                    self.out.extend_from_slice(rest.get(..plain).unwrap_or_default());
                    if let Some(spans) = spans.as_deref_mut() {
                        spans.extend((at..at + plain).map(|at| (at, at + 1)));
                    }
                    at += plain;
                    continue;
                }
            }
            let step = self.step(rest, at);
            if let Some(byte) = step.byte {
                self.out.push(byte);
                if let Some(spans) = spans.as_deref_mut() {
                    spans.push((at, at + step.length));
                }
            }
            at += step.length;
            if step.byte.is_none() || step.length > 1 {
                self.watch = self.out.len() + REACH;
            }
            if self.view.escapes != Escapes::Kept && self.out.len() <= self.watch {
                self.reduce(spans.as_deref_mut());
            }
        }
    }

    /// Undoes escapes at the end of what was read, until there is none.
    fn reduce(&mut self, mut spans: Option<&mut Vec<(usize, usize)>>) {
        let quoted = self.view.lines == Lines::QuotedPrintable;
        while let Some((byte, taken)) = escape_at_end(&self.out, quoted) {
            let start = self.out.len() - taken;
            self.out.truncate(start);
            self.out.extend(byte);
            if let Some(spans) = spans.as_deref_mut() {
                let end = spans.last().map_or(0, |(_, end)| *end);
                let from = spans.get(start).map_or(end, |(from, _)| *from);
                spans.truncate(start);
                spans.extend(byte.map(|_| (from, end)));
            }
            self.undid_escapes = true;
            self.undid_lines |= quoted;
            self.watch = self.out.len() + REACH;
        }
    }

    fn step(&mut self, rest: &[u8], at: usize) -> Step {
        let first = rest.first().copied().unwrap_or_default();
        let kept = Step { byte: Some(first), length: 1 };
        match (self.view.lines, first) {
            (Lines::Joined, b'\r' | b'\n') => {
                let end = line_end(rest);
                if end == 0 {
                    return kept;
                }
                let behind = rest.get(end..).unwrap_or_default();
                let blanks = behind.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                self.undid_lines = true;
                return Step { byte: None, length: end + blanks };
            }
            (Lines::QuotedPrintable, b'=') => {
                if let Some(byte) = hex_pair(rest, 1) {
                    self.undid_lines = true;
                    return Step { byte: Some(byte), length: 3 };
                }
                let behind = rest.get(1..).unwrap_or_default();
                // RFC 2045 §6.7 rule 3: blanks at the end of a line are not part of it. More than these nobody writes.
                let blanks = behind.iter().take(REACH).take_while(|b| matches!(b, b' ' | b'\t')).count();
                let end = line_end(behind.get(blanks..).unwrap_or_default());
                if end > 0 {
                    self.undid_lines = true;
                    return Step { byte: None, length: 1 + blanks + end };
                }
                return kept;
            }
            _ => {}
        }
        if self.view.escapes == Escapes::Kept {
            return kept;
        }
        if first == b'<' && self.view.escapes == Escapes::Rendered && at < self.last_bracket {
            return match tag(rest) {
                Some(length) => {
                    self.skipped_tags = true;
                    Step { byte: None, length }
                }
                None => kept,
            };
        }
        match undone(rest) {
            Some((byte, length)) => {
                self.undid_escapes = true;
                Step { byte, length }
            }
            None => kept,
        }
    }
}

/// What the escape at the beginning stands for, and its length; what has no width stands for nothing.
fn undone(rest: &[u8]) -> Option<(Option<u8>, usize)> {
    match rest.first()? {
        b'%' => hex_pair(rest, 1).map(|byte| (Some(byte), 3)),
        b'&' => entity(rest),
        b'\\' => backslash(rest).map(|(byte, length)| (Some(byte), length)),
        _ => invisible(rest)
            .map(|length| (None, length))
            .or_else(|| look_alike(rest).map(|(byte, length)| (Some(byte), length))),
    }
}

fn line_end(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => 0,
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

fn hex_pair(rest: &[u8], at: usize) -> Option<u8> {
    Some(hex_digit(*rest.get(at)?)? << 4 | hex_digit(*rest.get(at + 1)?)?)
}

/// `\u0040`, `\x40`.
fn backslash(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [_, b'u' | b'U', b'0', b'0', ..] => Some((hex_pair(rest, 4)?, 6)),
        [_, b'x' | b'X', ..] => Some((hex_pair(rest, 2)?, 4)),
        _ => None,
    }
}

/// The length of a tag or comment.
fn tag(rest: &[u8]) -> Option<usize> {
    let name = rest.get(1)?;
    let begins = name.is_ascii_alphabetic() || matches!(name, b'/' | b'!' | b'?');
    let within = rest.get(..rest.len().min(MAX_TAG))?;
    begins.then(|| memchr::memchr(b'>', within).map(|end| end + 1))?
}

/// The escape that ends the bytes, and its length.
fn escape_at_end(out: &[u8], quoted: bool) -> Option<(Option<u8>, usize)> {
    let last = *out.last()?;
    if last == b';' {
        let tail = out.get(out.len().saturating_sub(REACH)..)?;
        let start = memchr::memrchr(b'&', tail)?;
        let (byte, length) = entity(tail.get(start..)?)?;
        return (length == tail.len() - start).then_some((byte, length));
    }
    hex_digit(last)?;
    let tail = |length: usize| out.get(out.len().checked_sub(length)?..);
    let begins = |first: &u8| *first == b'%' || (quoted && *first == b'=');
    if let Some(escape) = tail(3).filter(|t| t.first().is_some_and(begins)) {
        return Some((Some(hex_pair(escape, 1)?), 3));
    }
    [4, 6].into_iter().find_map(|length| {
        let (byte, taken) = tail(length).filter(|t| t.first() == Some(&b'\\')).and_then(backslash)?;
        (taken == length).then_some((Some(byte), length))
    })
}

/// An HTML character reference to an ASCII character or to one without width, and its length.
fn entity(rest: &[u8]) -> Option<(Option<u8>, usize)> {
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
    let length = prefix + count + semicolon;
    if count == 0 {
        return None;
    }
    let character = char::from_u32(value)?;
    let mut utf8 = [0; 4];
    let utf8 = character.encode_utf8(&mut utf8).as_bytes();
    if invisible(utf8).is_some() {
        return Some((None, length));
    }
    if let Some((byte, _)) = look_alike(utf8) {
        return Some((Some(byte), length));
    }
    let byte = u8::try_from(value).ok().filter(u8::is_ascii)?;
    Some((Some(byte), length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JOINED: View = View { lines: Lines::Joined, escapes: Escapes::Kept };
    const QUOTED: View = View::QUOTED_PRINTABLE;
    const UNDONE: View = View { lines: Lines::Kept, escapes: Escapes::Undone };
    const BOTH: View = View { lines: Lines::QuotedPrintable, escapes: Escapes::Undone };
    const RENDERED: View = View { lines: Lines::Joined, escapes: Escapes::Rendered };

    #[test]
    fn every_view_finds_its_way_back() {
        for (view, bytes, decoded, place) in [
            (JOINED, &b"ab\r\n cd"[..], &b"abcd"[..], &b"b\r\n c"[..]),
            (QUOTED, b"a=62=\r\nc=64", b"abcd", b"=62=\r\nc"),
            (QUOTED, b"ab= \r\ncd", b"abcd", b"b= \r\nc"),
            (UNDONE, b"a%62%63d%", b"abcd%", b"%62%63"),
            (UNDONE, b"a%25%36%32%2563d", b"abcd", b"%25%36%32%2563"),
            (UNDONE, b"a&#98;&#x63;d&", b"abcd&", b"&#98;&#x63;"),
            (UNDONE, b"a&#37;62%26#99;d", b"abcd", b"&#37;62%26#99;"),
            (UNDONE, b"a\\u0062\\x63d", b"abcd", b"\\u0062\\x63"),
            (UNDONE, "a\u{200b}b\u{ff43}\u{ad}d".as_bytes(), b"abcd", "b\u{ff43}".as_bytes()),
            (UNDONE, b"a\0b\0c\0d\0", b"abcd", b"b\0c"),
            (BOTH, b"a%6=\r\n2%=363d", b"abcd", b"%6=\r\n2%=363"),
            (BOTH, b"a%3d62%3D63d", b"abcd", b"%3d62%3D63"),
            (RENDERED, b"a<i>b</i><!-- x -->c\nd<", b"abcd<", b"b</i><!-- x -->c"),
        ] {
            assert_eq!(view.of(bytes).as_deref(), Some(decoded), "{view:?}");
            let places = view.locate(bytes, std::slice::from_ref(&(1..3)));
            assert_eq!(&bytes[places[0].clone()], place, "{view:?} {}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_line_break_at_the_very_start_is_joined_too() {
        assert_eq!(JOINED.of(b"\r\n a").as_deref(), Some(&b"a"[..]));
        assert_eq!(JOINED.of(b"\na").as_deref(), Some(&b"a"[..]));
    }

    #[test]
    fn a_view_that_shows_nothing_new_is_none() {
        assert_eq!(QUOTED.of(b"a = b"), None);
        assert_eq!(UNDONE.of(b"100% & more \\ of a<b>"), None);
        assert_eq!(BOTH.of(b"a%41 b"), None);
        assert_eq!(RENDERED.of(b"a < b\n%41"), None);
    }

    /// Pieces of escapes in every order.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let written = b"=|%|&|\\|<|>|#|x|;|u00|2|3|D|5|40|c2|ad|a|@| |\t|\r\n|\n|\r|&amp;|&shy;|&#64|&#x3D|%3d|=25|%25|<a|</b>|\0|\
            \x01|\xc2|\xad|\xe2\x80\x8b|\xe2|\xef\xbc\xa0|\xef\xbb\xbf|\xff|\xbd";
        let piece = proptest::sample::select(written.split(|b| *b == b'|').collect::<Vec<_>>());
        proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn a_look_never_misses_what_a_reading_shows(bytes in pieces()) {
            for view in View::ALL.into_iter().skip(1) {
                prop_assert!(view.may_change(&bytes) || view.read(&bytes).is_none(), "{:?}", view);
            }
        }

        #[test]
        fn no_view_shows_a_longer_text_than_was_foreseen(bytes in pieces()) {
            let mut alphabet = [false; 256];
            b"aAxX@ \xff".iter().for_each(|b| alphabet[usize::from(*b)] = true);
            let longest = longest_text(&bytes, &alphabet);
            for view in View::ALL {
                let shown = view.of(&bytes).unwrap_or_default();
                let stretches = shown.split(|b| !alphabet[usize::from(*b)]);
                let shown = stretches.map(<[u8]>::len).max().unwrap_or_default();
                prop_assert!(shown <= longest, "{:?} shows {} of {}", view, shown, longest);
            }
        }
    }
}
