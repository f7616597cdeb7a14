//! A number for each group of URLs, given when it is first met; every URL is looked into once, whatever is asked later.
//! Knows no selection.

use super::request::UrlGrouping;
use crate::arf::content::shape::shape_text_of;
use crate::index::{Cancel, Index, Stopped};
use crate::text::url::{ending, host};
use std::borrow::Cow;
use std::collections::HashMap;

/// The groups of all URLs in one respect.
#[derive(Default)]
pub(super) struct Numbers {
    by_name: HashMap<Box<str>, u32>,
    /// By number less one the first URL of each group, which has its name.
    examples: Vec<u32>,
    /// By entry less one. Each has a group: what has no host or ending is alike in that.
    pub(super) by_entry: Vec<u32>,
}

/// URLs that are looked into before somebody may stop it.
const AT_ONCE: u32 = 4_096;

/// The name of the group of those that have nothing to share.
const NOTHING: &str = "(none)";

impl Numbers {
    /// Looks into the URLs up to this one that were not looked into yet.
    pub(super) fn settle(
        &mut self,
        index: &Index,
        grouping: UrlGrouping,
        last: u32,
        cancel: &Cancel,
    ) -> Result<(), Stopped> {
        for entry in self.by_entry.len() as u32 + 1..=last {
            if entry % AT_ONCE == 0 && cancel.is_cancelled() {
                return Err(Stopped::Cancelled);
            }
            let text = String::from_utf8_lossy(index.url_text(entry)?);
            let name = name(&text, grouping);
            let number = self.number(&name, entry);
            self.by_entry.push(number);
        }
        Ok(())
    }

    /// The number of a group, if there is one of this name.
    pub(super) fn known(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.examples.len()
    }

    /// The name of a group by its place: its number less one.
    pub(super) fn name_at(
        &self,
        index: &Index,
        grouping: UrlGrouping,
        place: usize,
    ) -> Result<String, Stopped> {
        let url = index.url_text(self.examples.get(place).copied().unwrap_or(0))?;
        Ok(name(&String::from_utf8_lossy(url), grouping).into_owned())
    }

    /// The number of the group of a URL.
    pub(super) fn of(&self, entry: u32) -> Option<u32> {
        self.by_entry.get((entry as usize).checked_sub(1)?).copied()
    }

    fn number(&mut self, name: &str, entry: u32) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        self.examples.push(entry);
        let number = self.examples.len() as u32;
        self.by_name.insert(name.into(), number);
        number
    }
}

/// What a URL shares with others.
fn name(url: &str, grouping: UrlGrouping) -> Cow<'_, str> {
    match grouping {
        UrlGrouping::Host => plain_host(url)
            .map(Cow::Borrowed)
            .or_else(|| host(url).map(Cow::Owned))
            .unwrap_or(Cow::Borrowed(NOTHING)),
        UrlGrouping::Shape => Cow::Owned(shape_text_of(url)),
        UrlGrouping::Ending => Cow::Borrowed(ending(url).unwrap_or(NOTHING)),
    }
}

/// The host of a folded URL that is written as nearly all are; spares the dear reading of it.
fn plain_host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let end =
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(rest.len());
    let host = rest.get(..end)?;
    let is_plain = matches!(scheme, "http" | "https")
        && matches!(rest.as_bytes().get(end), None | Some(b'/' | b'?' | b'#'))
        && host.rsplit('.').next()?.starts_with(|c: char| c.is_ascii_alphabetic())
        && !host.contains("xn--");
    is_plain.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_read_the_short_way_is_the_host_that_a_browser_reads() {
        for url in [
            "http://evil.example/login",
            "https://a.b.evil.example",
            "https://evil.example?x",
            "http://user@evil.example/",
            "http://evil.example:8080/",
            "http://0x7f.1/",
            "http://192.0.2.1/a",
            "www.evil.example/a",
            "http://bücher.example/",
            "http://xn--bcher-kva.example/",
            "mailto:a@evil.example",
            "http:///x",
        ] {
            let expected = host(url).unwrap_or_else(|| NOTHING.to_owned());
            assert_eq!(name(url, UrlGrouping::Host), expected, "{url}");
        }
    }
}
