//! Which part of a kept text a field looks at.

use crate::query::Field;

/// How a text falls into values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// It is one value.
    Whole,
    /// Values parted by TAB.
    Values,
    /// Domains parted by blanks.
    Domains,
    /// The host of a URL.
    Host,
    /// The name in a file's entry: `name TAB type TAB size TAB sha256 TAB md5`.
    FileName,
    /// The hashes in a file's entry.
    FileHashes,
}

impl View {
    /// What a field of dictionary entries looks at.
    pub(super) fn of(field: Field) -> View {
        match field {
            Field::Host => View::Host,
            Field::File => View::FileName,
            Field::Hash => View::FileHashes,
            _ => View::Whole,
        }
    }

    /// Whether any value in the text passes.
    pub(super) fn any(self, text: &[u8], mut test: impl FnMut(&[u8]) -> bool) -> bool {
        match self {
            View::Whole => test(text),
            View::Values => text.split(|byte| *byte == b'\t').any(test),
            View::Domains => text.split(|byte| *byte == b' ').any(test),
            View::Host => test(host(text)),
            View::FileName => text.split(|byte| *byte == b'\t').take(1).any(test),
            View::FileHashes => text.split(|byte| *byte == b'\t').skip(3).any(test),
        }
    }
}

/// The host of a folded URL as written, with or without scheme, login, port; never fails, since mails hold anything.
pub(super) fn host(url: &[u8]) -> &[u8] {
    let after_scheme = memchr::memmem::find(url, b"://").map_or(url, |at| &url[at + 3..]);
    let authority =
        after_scheme.split(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\')).next().unwrap_or_default();
    let place = match memchr::memrchr(b'@', authority) {
        Some(at) => &authority[at + 1..],
        None => authority,
    };
    if let Some(inside) = place.strip_prefix(b"[") {
        return inside.split(|byte| *byte == b']').next().unwrap_or_default();
    }
    let host = place.split(|byte| *byte == b':').next().unwrap_or_default();
    host.strip_suffix(b".").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_is_found_in_urls_as_mails_write_them() {
        for (url, expected) in [
            ("http://example.com/a", "example.com"),
            ("https://user:pass@example.com:8443?x", "example.com"),
            ("http://example.com@evil.example/", "evil.example"),
            ("www.example.com/path", "www.example.com"),
            ("http://[2001:db8::1]:80/", "2001:db8::1"),
            ("http://example.com./#x", "example.com"),
            ("http://good.example\\@evil.example/", "good.example"),
            ("mailto:a@example.com", "example.com"),
            ("http:///x", ""),
            ("", ""),
        ] {
            assert_eq!(host(url.as_bytes()), expected.as_bytes(), "{url}");
        }
    }
}
