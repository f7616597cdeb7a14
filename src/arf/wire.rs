//! Bytes as SMTP wants them: line ends, line lengths, folding, encoded words, transfer encodings. Knows no report.

use email_encoding::headers::{rfc2047, writer::EmailWriter};

/// Longest line without its line end (RFC 5321 §4.5.3.1.6, RFC 5322 §2.1.1).
pub const MAX_LINE: usize = 998;

/// Lines are folded here where they can be (RFC 5322 §2.1.1).
const FOLD_AT: usize = 76;

/// Longest word that is written as it is; a longer one becomes encoded words, which can be folded.
const MAX_WORD: usize = 200;

/// An unstructured header value (RFC 5322 §2.2.1), folded with CRLF, in encoded words where needed (RFC 2047).
/// Control characters, line ends first of all, become blanks. `used` is what the line already holds.
pub fn unstructured(text: &str, used: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    // Blanks in a row would not survive folding.
    let plain = text.is_ascii()
        && !text.contains("=?")
        && !text.contains("  ")
        && text.split(' ').all(|word| word.len() <= MAX_WORD);
    if plain {
        return fold(text, used);
    }
    let mut out = String::with_capacity(text.len() * 2);
    // Writing to a String cannot fail.
    let _ = rfc2047::encode(text, &mut EmailWriter::new(&mut out, used, 0, false));
    out
}

/// A value folded at its blanks. A word of more than [`MAX_LINE`] is cut: nothing else can be done with it.
pub fn fold(text: &str, used: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut line = used;
    for word in text.split_inclusive([' ', '\t']) {
        let length = word.trim_end().len();
        if line + length > FOLD_AT && out.ends_with([' ', '\t']) {
            let blank = out.pop().unwrap_or(' ');
            out.push_str("\r\n");
            out.push(blank);
            line = 1;
        }
        for c in word.chars() {
            if line + c.len_utf8() > MAX_LINE {
                out.push_str("\r\n ");
                line = 1;
            }
            out.push(c);
            line += c.len_utf8();
        }
    }
    out
}

/// CRLF for every line end: LF alone, CR alone, CRLF; and one at the end.
pub fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32 + 2);
    let mut at = 0;
    for end in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        if end < at {
            continue;
        }
        out.extend_from_slice(bytes.get(at..end).unwrap_or_default());
        out.extend_from_slice(b"\r\n");
        at = end + if bytes.get(end..end + 2) == Some(b"\r\n") { 2 } else { 1 };
    }
    if at < bytes.len() {
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Why these bytes cannot go through SMTP as they are; 8-bit characters are no reason (RFC 6152).
pub fn breaks_smtp(bytes: &[u8]) -> Option<&'static str> {
    if memchr::memchr(0, bytes).is_some() {
        return Some("it has NUL bytes");
    }
    let bare_cr =
        memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1).is_some_and(|next| *next != b'\n'));
    if bare_cr {
        return Some("it has carriage returns inside lines");
    }
    let long =
        bytes.split(|b| *b == b'\n').any(|line| line.strip_suffix(b"\r").unwrap_or(line).len() > MAX_LINE);
    long.then_some("it has lines of more than 998 bytes")
}

/// Quoted-printable (RFC 2045 §6.7) with CRLF; line ends of the text stay line ends.
pub fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    let mut line = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.starts_with(b"\r\n") || byte == b'\n' {
            out.extend_from_slice(b"\r\n");
            line = 0;
            at += if byte == b'\n' { 1 } else { 2 };
            continue;
        }
        // A blank at the end of a line would be lost on the way.
        let last = matches!(rest.get(1), None | Some(b'\r' | b'\n'));
        let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
        let width = if plain { 1 } else { 3 };
        if line + width > FOLD_AT - 1 {
            out.extend_from_slice(b"=\r\n");
            line = 0;
        }
        if plain {
            out.push(byte);
        } else {
            out.extend([b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        line += width;
        at += 1;
    }
    out
}

/// Base64 in lines of 76 (RFC 2045 §6.8), without a line end at the end.
pub fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + bytes.len() / 38 + 4);
    // Writing to a String cannot fail.
    let _ = email_encoding::body::base64::encode(bytes, &mut out);
    out.truncate(out.trim_end().len());
    out.into_bytes()
}

/// What can be read of base64 in either alphabet: foreign characters are skipped, padding ends a group.
pub fn decode_base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arf::mail;
    use proptest::prelude::*;

    fn subject(encoded: &str) -> String {
        let raw = format!("Subject: {encoded}\r\n\r\n");
        let message = mail::parse(raw.as_bytes()).expect("message");
        mail::Mail::of(&message).subject().unwrap_or_default().to_owned()
    }

    #[test]
    fn no_line_end_survives_in_a_header() {
        let encoded = unstructured("a\r\nBcc: x@example.net\n\rb\u{85}c", 9);
        assert!(!encoded.contains(['\r', '\n']), "{encoded:?}");
    }

    #[test]
    fn all_line_ends_become_crlf() {
        assert_eq!(with_crlf(b"a\nb\r\nc\rd\r\r\ne"), b"a\r\nb\r\nc\r\nd\r\n\r\ne\r\n");
        assert_eq!(with_crlf(b""), b"");
    }

    proptest! {
        #[test]
        fn a_header_value_reads_as_it_was_written(text in "[ -~äöü中文🙂]{0,300}") {
            let text = text.trim();
            let encoded = unstructured(text, 9);
            prop_assert!(encoded.split("\r\n").all(|line| line.len() <= MAX_LINE));
            prop_assert_eq!(subject(&encoded), text);
        }

        #[test]
        fn quoted_printable_reads_as_it_was_written(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let encoded = quoted_printable(&bytes);
            prop_assert!(encoded.split(|b| *b == b'\n').all(|line| line.len() <= 77));
            let decoded = crate::arf::redact::decode_quoted_printable(&encoded);
            prop_assert_eq!(decoded, normal_line_ends(&bytes));
        }

        #[test]
        fn base64_reads_as_it_was_written(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(decode_base64(&base64(&bytes)), bytes);
        }
    }

    fn normal_line_ends(bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' && at.checked_sub(1).and_then(|p| bytes.get(p)) != Some(&b'\r') {
                out.push(b'\r');
            }
            out.push(*byte);
        }
        out
    }
}
