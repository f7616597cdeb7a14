//! Where everything found in a mail is gathered: each thing once, own domains left out, limits kept and told.

use super::{Contents, MAX_ADDRESSES, MAX_URL_BYTES, MAX_URLS};
use crate::model::Attachment;
use crate::text::url::{host, is_under, normal_host};
use std::collections::HashSet;

/// A list without repetitions, up to a limit.
struct Unique {
    list: Vec<String>,
    seen: HashSet<String>,
    limit: usize,
    over: bool,
}

impl Unique {
    fn new(limit: usize) -> Unique {
        Unique { list: Vec::new(), seen: HashSet::new(), limit, over: false }
    }

    fn add(&mut self, item: &str) {
        if self.seen.contains(item) {
            return;
        }
        if self.list.len() >= self.limit {
            self.over = true;
            return;
        }
        self.seen.insert(item.to_owned());
        self.list.push(item.to_owned());
    }
}

/// Gathers what the readers of text and HTML find.
pub(super) struct Collector {
    urls: Unique,
    addresses: Unique,
    pub(super) files: Vec<Attachment>,
    /// What runs to the end of the bytes is not whole.
    pub(super) is_cut: bool,
    own_domains: Vec<String>,
    notes: Vec<String>,
    cut_urls: usize,
}

impl Collector {
    pub(super) fn new(is_cut: bool, own_domains: &[String]) -> Collector {
        Collector {
            urls: Unique::new(MAX_URLS),
            addresses: Unique::new(MAX_ADDRESSES),
            files: Vec::new(),
            is_cut,
            own_domains: own_domains.iter().filter_map(|d| normal_host(d)).collect(),
            notes: Vec::new(),
            cut_urls: 0,
        }
    }

    /// Takes a URL, unless its host is our own.
    pub(super) fn url(&mut self, url: &str) {
        let kept = &url[..url.floor_char_boundary(MAX_URL_BYTES)];
        if self.is_own(kept) {
            return;
        }
        self.cut_urls += usize::from(kept.len() < url.len());
        self.urls.add(kept);
    }

    fn is_own(&self, url: &str) -> bool {
        !self.own_domains.is_empty()
            && host(url).is_some_and(|host| self.own_domains.iter().any(|own| is_under(&host, own)))
    }

    /// Takes a mail address.
    pub(super) fn address(&mut self, address: &str) {
        self.addresses.add(address);
    }

    /// Takes a sentence for the reader of the report; the same one only once.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn finish(mut self) -> Contents {
        if self.urls.over {
            self.note(format!("The mail holds more than {MAX_URLS} URLs; the first {MAX_URLS} were kept."));
        }
        if self.addresses.over {
            self.note(format!(
                "The mail holds more than {MAX_ADDRESSES} mail addresses; the first {MAX_ADDRESSES} were kept."
            ));
        }
        match self.cut_urls {
            0 => {}
            1 => self.note(format!("A URL was cut at {MAX_URL_BYTES} bytes.")),
            n => self.note(format!("{n} URLs were cut at {MAX_URL_BYTES} bytes.")),
        }
        Contents {
            urls: self.urls.list,
            addresses: self.addresses.list,
            files: self.files,
            notes: self.notes,
        }
    }
}
