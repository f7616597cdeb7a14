//! What makes a span of time stand out: the subjects, URL endings and sources that came in it and hardly came before.

use super::Index;
use super::columns::Keyed;
use super::parts::Part;
use super::selection::{Cancel, Selection, Stopped};
use crate::model::ReportId;
use crate::model::address_space::from_column;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;

/// What reports have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// The shape of their subjects.
    Subject(u64),
    /// How a URL of theirs ends.
    UrlEnding(String),
    /// Their source.
    Source(IpAddr),
}

/// Something that there is more of than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// What.
    pub sign: Sign,
    /// How many reports have it now.
    pub now: u64,
    /// How many had it before.
    pub before: u64,
    /// One that has it now.
    pub sample: ReportId,
}

/// Of the values that are frequent now so many are looked for in the time before.
const FREQUENT: usize = 32;
/// Lengths of URL endings that say something: shorter ones are numbers, longer ones tokens.
const ENDING: std::ops::RangeInclusive<usize> = 4..=40;

impl Index {
    /// What it needs to be loaded.
    pub const PARTS_OF_GROWTH: &[Part] = &[Part::Shapes, Part::Addresses, Part::Urls];

    /// What grew from one selection to the other, the most first, one of each sort; the time before is `spans` times as
    /// long as that of `now`.
    pub fn growth(
        &self,
        now: &Selection,
        before: &Selection,
        spans: u64,
        cancel: &Cancel,
    ) -> Result<Vec<Growth>, Stopped> {
        let shapes = self.parts.shapes()?;
        let addresses = self.parts.addresses()?;
        let urls = self.parts.urls()?;
        let subject = |position: usize, each: &mut dyn FnMut(u64)| {
            Some(shapes.subject.get(position)).filter(|shape| *shape != 0).into_iter().for_each(each);
        };
        let source = |position: usize, each: &mut dyn FnMut(u128)| {
            Some(addresses.get(position)).filter(|ip| *ip != 0).into_iter().for_each(each);
        };
        let url = |position: usize, each: &mut dyn FnMut(&[u8])| {
            let entries = urls.joins.get(position);
            let endings = entries.iter().map(|entry| ending(urls.table.get(*entry)));
            let mut endings: Vec<&[u8]> = endings.filter(|ending| !ending.is_empty()).collect();
            // Each once, though several URLs of a mail end alike.
            endings.sort_unstable();
            endings.dedup();
            endings.into_iter().for_each(each);
        };
        let mut grown = vec![];
        let found = grew(now, before, spans, Keyed::default(), cancel, subject)?;
        grown.extend(found.map(|(shape, now, before, at)| growth(Sign::Subject(shape), now, before, at)));
        let found = grew(now, before, spans, RandomState::new(), cancel, |position, each| {
            url(position, &mut |ending: &[u8]| each(ending.to_vec()));
        })?;
        grown.extend(found.map(|(ending, now, before, at)| {
            growth(Sign::UrlEnding(String::from_utf8_lossy(&ending).into_owned()), now, before, at)
        }));
        let found = grew(now, before, spans, Keyed::default(), cancel, source)?;
        grown.extend(found.and_then(|(ip, now, before, at)| {
            Some(growth(Sign::Source(from_column(ip.to_be_bytes())?), now, before, at))
        }));
        // A stable sort: where several say the same, the subject tells a person the most.
        grown.sort_by_key(|growth| {
            std::cmp::Reverse(growth.now * spans - growth.before.min(growth.now * spans))
        });
        Ok(grown)
    }
}

fn growth(sign: Sign, now: u64, before: u64, position: usize) -> Growth {
    Growth { sign, now, before, sample: position as ReportId + 1 }
}

/// The value that grew most: how often it is there now, how often it was before, and a row that has it.
fn grew<K: Hash + Eq + Clone, H: BuildHasher>(
    now: &Selection,
    before: &Selection,
    spans: u64,
    hasher: H,
    cancel: &Cancel,
    values: impl Fn(usize, &mut dyn FnMut(K)),
) -> Result<Option<(K, u64, u64, usize)>, Stopped> {
    let mut counts: HashMap<K, (u64, u64, usize), H> = HashMap::with_hasher(hasher);
    for position in now.rows.ones() {
        values(position, &mut |value| {
            let entry = counts.entry(value).or_default();
            (entry.0, entry.2) = (entry.0 + 1, position);
        });
    }
    if cancel.is_cancelled() {
        return Err(Stopped::Cancelled);
    }
    let mut most: Vec<u64> = counts.values().map(|count| count.0).collect();
    most.sort_unstable_by(|a, b| b.cmp(a));
    let least = most.get(FREQUENT - 1).copied().unwrap_or(0).max(2);
    counts.retain(|_, count| count.0 >= least);
    if counts.is_empty() {
        return Ok(None);
    }
    for position in before.rows.ones() {
        values(position, &mut |value| {
            counts.get_mut(&value).into_iter().for_each(|count| count.1 += 1);
        });
    }
    if cancel.is_cancelled() {
        return Err(Stopped::Cancelled);
    }
    let grown = counts.into_iter().map(|(value, (now, before, position))| (value, now, before, position));
    let grown = grown.filter(|(_, now, before, _)| now * spans > *before);
    Ok(grown.max_by_key(|(_, now, before, position)| (now * spans - before, *position)))
}

/// What follows the last slash of a URL, as far as it says something.
fn ending(url: &[u8]) -> &[u8] {
    let after_scheme =
        memchr::memmem::find(url, b"://").map_or(url, |at| url.get(at + 3..).unwrap_or_default());
    let Some(slash) = memchr::memrchr(b'/', after_scheme) else { return &[] };
    let ending = after_scheme.get(slash + 1..).unwrap_or_default();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    match ENDING.contains(&ending.len()) && ending.iter().all(is_name) {
        true => ending,
        false => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_ends_with_the_name_of_its_page() {
        for (url, expected) in [
            ("http://evil.example/a/mail.htm", "mail.htm"),
            ("evil.example/mail.htm", "mail.htm"),
            ("http://evil.example/", ""),
            ("http://evil.example", ""),
            ("http://evil.example/?to=anna@nordbank.example", ""),
            ("http://evil.example/a1", ""),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8_lossy(ending(url.as_bytes())), expected, "{url}");
        }
    }
}
