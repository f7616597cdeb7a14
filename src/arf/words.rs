//! Header text to Unicode: RFC 2047 encoded words as they really come, and raw 8-bit text. Knows nothing of reports.
//!
//! mail-parser decodes every word by itself, which breaks characters that a sender cut in two; here the bytes of
//! neighbouring words of one charset are put together first.

use mail_parser::decoders::charsets::map::charset_decoder;
use std::borrow::Cow;

/// Decodes an unfolded header value. `charset` is what raw 8-bit bytes are in when they are not UTF-8.
pub fn decode(value: &[u8], charset: Option<&str>) -> String {
    let mut out = String::new();
    let mut pending = Pending::default();
    let mut rest = value.trim_ascii();
    while let Some(start) = memchr::memmem::find(rest, b"=?") {
        let Some((word, after)) = rest.get(start..).and_then(EncodedWord::split) else {
            let (plain, tail) = rest.split_at(start + 2);
            pending.plain(plain, charset, &mut out);
            rest = tail;
            continue;
        };
        pending.plain(rest.get(..start).unwrap_or_default(), charset, &mut out);
        pending.word(&word, &mut out);
        rest = after;
    }
    pending.plain(rest, charset, &mut out);
    pending.flush(&mut out);
    out
}

/// Bytes to text: UTF-8, else `charset`, else with U+FFFD in the place of what cannot be read.
///
/// `from_utf8` goes over ASCII eight bytes at a time, `from_utf8_lossy` byte by byte.
pub fn text<'b>(bytes: &'b [u8], charset: Option<&str>) -> Cow<'b, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => match charset.and_then(decoder) {
            Some(decode) => Cow::Owned(decode(bytes)),
            None => String::from_utf8_lossy(bytes),
        },
    }
}

/// Names that programs write and no registry knows, after those that mail-parser knows.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("eucgb2312_cn", "gb18030"),
    ("euc-cn", "gb18030"),
    ("x-gbk", "gbk"),
    ("hz-gb-2312", "gb18030"),
    ("cp932", "shift_jis"),
    ("x-sjis", "shift_jis"),
    ("ms932", "shift_jis"),
    ("windows-31j", "shift_jis"),
    ("x-euc-jp", "euc-jp"),
    ("cp949", "euc-kr"),
    ("uhc", "euc-kr"),
    ("cp950", "big5"),
    ("x-big5", "big5"),
    ("windows1251", "windows-1251"),
    ("win-1251", "windows-1251"),
    ("windows1252", "windows-1252"),
    ("latin-1", "iso-8859-1"),
    ("iso8859-1", "iso-8859-1"),
    ("iso8859-2", "iso-8859-2"),
    ("iso8859-15", "iso-8859-15"),
    ("utf8", "utf-8"),
    ("koi8r", "koi8-r"),
];

fn decoder(charset: &str) -> Option<fn(&[u8]) -> String> {
    charset_decoder(charset.as_bytes()).or_else(|| {
        let (_, known) = OTHER_NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(charset))?;
        charset_decoder(known.as_bytes())
    })
}

/// Decoded bytes that wait for the next word of the same charset.
#[derive(Default)]
struct Pending {
    charset: String,
    bytes: Vec<u8>,
    active: bool,
}

impl Pending {
    fn word(&mut self, word: &EncodedWord<'_>, out: &mut String) {
        let charset = word.charset.split('*').next().unwrap_or_default();
        if self.active && !self.charset.eq_ignore_ascii_case(charset) {
            self.flush(out);
        }
        if !self.active {
            (self.active, self.charset) = (true, charset.to_ascii_lowercase());
        }
        if word.is_base64 { base64(word.data, &mut self.bytes) } else { quoted(word.data, &mut self.bytes) }
    }

    /// Plain text between words; blanks alone between two words are not shown (RFC 2047 §6.2).
    fn plain(&mut self, bytes: &[u8], charset: Option<&str>, out: &mut String) {
        if bytes.is_empty() || self.active && bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        self.flush(out);
        out.push_str(&text(bytes, charset));
    }

    fn flush(&mut self, out: &mut String) {
        if std::mem::take(&mut self.active) {
            let bytes = std::mem::take(&mut self.bytes);
            match decoder(&self.charset) {
                Some(decode) => out.push_str(&decode(&bytes)),
                None => out.push_str(&text(&bytes, None)),
            }
        }
    }
}

struct EncodedWord<'a> {
    charset: &'a str,
    is_base64: bool,
    data: &'a [u8],
}

impl<'a> EncodedWord<'a> {
    /// The encoded word that `text` (from its `=?` on) starts with, and what follows. One that the end of the value
    /// cuts off is taken as far as it goes.
    fn split(text: &'a [u8]) -> Option<(EncodedWord<'a>, &'a [u8])> {
        let rest = text.strip_prefix(b"=?")?;
        // RFC 2047 §2 allows 75 characters in all; real names of charsets are far shorter.
        let mark = rest.iter().take(64).position(|b| *b == b'?')?;
        let charset = std::str::from_utf8(rest.get(..mark)?).ok()?;
        if charset.is_empty() || charset.contains(char::is_whitespace) {
            return None;
        }
        let rest = rest.get(mark + 1..)?;
        let is_base64 = match rest.first()? {
            b'b' | b'B' => true,
            b'q' | b'Q' => false,
            _ => return None,
        };
        let data = rest.get(1..)?.strip_prefix(b"?")?;
        let (data, after) = match memchr::memmem::find(data, b"?=") {
            Some(end) => (data.get(..end)?, data.get(end + 2..)?),
            None => (data.strip_suffix(b"?").unwrap_or(data), &[][..]),
        };
        Some((EncodedWord { charset, is_base64, data }, after))
    }
}

/// Base64 with anything that is no base64 left out, padding not needed.
pub fn base64(data: &[u8], out: &mut Vec<u8>) {
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in data {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
}

fn quoted(data: &[u8], out: &mut Vec<u8>) {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut at = 0;
    while let Some(byte) = data.get(at) {
        at += 1;
        match byte {
            b'_' => out.push(b' '),
            b'=' => match (hex(data.get(at)), hex(data.get(at + 1))) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    at += 2;
                }
                _ => out.push(b'='),
            },
            _ => out.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_before_they_are_decoded() {
        for (raw, want) in [
            ("plain", "plain"),
            ("=?utf-8?q?caf=C3=A9?=", "café"),
            ("=?UTF-8?B?Y2Fmw6k=?= now", "café now"),
            // é cut in two
            ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),
            ("=?utf-8?b?Y2Fmww?=\t=?utf-8?b?qQ?=", "café"),
            ("=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé"),
            ("a =?utf-8?q?b?= c", "a b c"),
            ("=?utf-8*en?q?a_b?=", "a b"),
            ("=?utf-8?b?Y2Fmw6kgbm93", "café now"),
            ("=?utf-8?q?cut=20off?", "cut off"),
            ("what =? is this", "what =? is this"),
            ("=?koi8-r?b?98HbIM7PzcXS?=", "Ваш номер"),
            ("=?iso-2022-jp?b?GyRCPUVNVxsoQg==?=", "重要"),
            ("=?eucgb2312_cn?b?xPq1xA==?=", "您的"),
            ("=?nonsense?q?abc?=", "abc"),
        ] {
            assert_eq!(decode(raw.as_bytes(), None), want, "{raw}");
        }
    }

    #[test]
    fn raw_bytes_are_read_in_the_charset_of_the_mail() {
        assert_eq!(decode("Grüße".as_bytes(), Some("iso-8859-1")), "Grüße");
        assert_eq!(decode(b"Gr\xfc\xdfe", Some("iso-8859-1")), "Grüße");
        assert_eq!(decode(b"Gr\xfce", None), "Gr\u{fffd}e");
    }
}
