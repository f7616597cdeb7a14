//! What a report may share with others, dimension by dimension, as hashes that are the same where the value is.
//! Knows nothing of how often a value occurs.

use super::values::Values;
use crate::index::Index;
use crate::index::columns::{Coded, Codes, Keyed, each_width};
use crate::index::joins::Joins;
use crate::index::parts::{Part, rare_text};
use crate::index::selection::{Cancel, Stopped};
use crate::index::view::{View, host};
use crate::model::Dimension;
use crate::query::{Field, Filter, parse};
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Takes one value: its hash, and its text where it has one.
pub(super) type Take<'t> = dyn FnMut(u64, &[u8]) + 't;

/// Rows between two looks at whether anybody still waits: few, so that their units stay near the processor.
const ROWS_AT_ONCE: usize = 1 << 10;
/// Letters that two words must have together: `of the` says nothing.
const LEAST_LETTERS: usize = 8;
/// No host is longer (RFC 1035 §2.3.4); what is written as one has no domains above it.
const LONGEST_HOST: usize = 253;
/// The longest extension of a file name in a URL.
const LONGEST_EXTENSION: usize = 5;
/// Files that every page brings along.
const DECORATION: [&[u8]; 10] =
    [b"gif", b"png", b"jpg", b"jpeg", b"ico", b"svg", b"webp", b"css", b"js", b"woff"];

impl Dimension {
    /// What it needs to be loaded.
    pub(super) fn part(self) -> Part {
        let rare = |field| rare_text(field).map_or(Part::Shapes, Part::Rare);
        match self {
            Dimension::Words => Part::Subjects,
            Dimension::Subject | Dimension::Url => Part::Shapes,
            Dimension::Ending | Dimension::Host => Part::Urls,
            Dimension::Hash | Dimension::File => Part::Files,
            Dimension::From => rare(Field::From),
            Dimension::ReplyTo => rare(Field::ReplyTo),
            Dimension::Address => rare(Field::Addr),
            Dimension::Network => Part::Addresses,
            Dimension::Asn => Part::Sources,
        }
    }

    /// The filter that selects what has this value.
    pub(super) fn filter(self, value: &str) -> Option<Filter> {
        // None of these fields looks at the clock.
        let literal = |field| Filter::All.include(field, value, 0).ok();
        match self {
            Dimension::Words => literal(Field::Subject),
            Dimension::Subject => literal(Field::Shape),
            Dimension::Ending => parse(&format!("url:*{value}"), 0).ok(),
            Dimension::Url => literal(Field::UrlShape),
            Dimension::Hash => literal(Field::Hash),
            Dimension::File if value.contains('*') => parse(&format!("file:\"{value}\""), 0).ok(),
            Dimension::File => literal(Field::File),
            Dimension::From => literal(Field::From),
            Dimension::ReplyTo => literal(Field::ReplyTo),
            Dimension::Address => literal(Field::Addr),
            Dimension::Host => literal(Field::Host),
            Dimension::Network => literal(Field::Ip),
            Dimension::Asn => literal(Field::Asn),
        }
    }
}

/// Where the values of a row are found: it has several units or one, which is itself or is shared with other rows.
#[derive(Clone, Copy)]
enum Units<'i> {
    Rows,
    Entries(&'i [u32]),
    Joined(&'i Joins),
    Codes(&'i Codes),
}

/// Reads values.
pub(super) struct Keys<'i> {
    index: &'i Index,
}

impl<'i> Keys<'i> {
    pub(super) fn new(index: &'i Index) -> Keys<'i> {
        Keys { index }
    }

    /// A row may have a value twice, by two of its units; a unit has each once.
    pub(super) fn may_repeat(dimension: Dimension) -> bool {
        matches!(dimension, Dimension::Ending | Dimension::Host | Dimension::Hash | Dimension::File)
    }

    fn units(&self, dimension: Dimension) -> Result<Units<'i>, Stopped> {
        let parts = &self.index.parts;
        Ok(match dimension {
            Dimension::Words => Units::Entries(&parts.subjects()?.rows.values),
            Dimension::Ending | Dimension::Host => Units::Joined(&parts.urls()?.joins),
            Dimension::Hash | Dimension::File => Units::Joined(&parts.files()?.joins),
            Dimension::Network => Units::Codes(parts.addresses()?.codes()),
            Dimension::Asn => Units::Codes(self.index.columns.asn.codes()),
            Dimension::Subject
            | Dimension::Url
            | Dimension::From
            | Dimension::ReplyTo
            | Dimension::Address => Units::Rows,
        })
    }

    /// The units of rows, each with its row, in place of what was found before.
    pub(super) fn units_of(
        &self,
        dimension: Dimension,
        rows: &[u32],
        found: &mut Vec<(u32, u32)>,
    ) -> Result<(), Stopped> {
        found.clear();
        match self.units(dimension)? {
            Units::Rows => found.extend(rows.iter().map(|row| (*row, *row))),
            Units::Entries(entries) => found.extend(rows.iter().map(|row| (at(entries, *row), *row))),
            Units::Joined(joins) => rows.iter().for_each(|row| {
                found.extend(joins.get(*row as usize).iter().map(|unit| (*unit, *row)));
            }),
            Units::Codes(codes) => each_width!(codes, column => {
                found.extend(rows.iter().map(|row| (at(column, *row), *row)));
            }),
        }
        Ok(())
    }

    /// Hands over the number of each value of each row, or that of nothing; a row may have one twice.
    pub(super) fn each_value(
        &self,
        dimension: Dimension,
        rows: &[u32],
        values: &mut Values,
        cancel: &Cancel,
        each: &mut impl FnMut(u32, u32),
    ) -> Result<(), Stopped> {
        let hasher = values.hasher().clone();
        let read = |unit: u32, take: &mut dyn FnMut(u64)| {
            self.each(dimension, unit, &hasher, &mut |hash, _| take(hash));
        };
        let mut each = |numbers: &[u32], row| numbers.iter().for_each(|number| each(*number, row));
        let mut units = vec![];
        for rows in rows.chunks(ROWS_AT_ONCE) {
            if cancel.is_cancelled() {
                return Err(Stopped::Cancelled);
            }
            self.units_of(dimension, rows, &mut units)?;
            values.of(&units, read, &mut each);
        }
        Ok(())
    }

    /// Every value that a unit has in a dimension; the same value may come twice. Nothing of what is not loaded.
    pub(super) fn each(&self, dimension: Dimension, unit: u32, hasher: &Keyed, take: &mut Take<'_>) {
        let parts = &self.index.parts;
        let mut text = |value: &[u8]| take(hash(hasher, value), value);
        let row = unit as usize;
        match dimension {
            Dimension::Words => {
                parts.subjects().into_iter().for_each(|subjects| pairs(subjects.table.get(unit), &mut text));
            }
            Dimension::Subject => parts.shapes().into_iter().for_each(|shapes| {
                shape(shapes.subject.get(row), take);
            }),
            Dimension::Url => {
                parts.shapes().into_iter().for_each(|shapes| shape(shapes.url.get(row), take));
            }
            Dimension::Ending => {
                parts.urls().ok().and_then(|urls| ending(urls.table.get(unit))).into_iter().for_each(text);
            }
            Dimension::Host => {
                parts.urls().into_iter().for_each(|urls| domains(host(urls.table.get(unit)), &mut text));
            }
            Dimension::Hash => {
                let entry = parts.files().map_or(&[][..], |files| files.table.get(unit));
                let sha256 = entry.split(|byte| *byte == b'\t').nth(3);
                sha256.filter(|hash| !hash.is_empty()).into_iter().for_each(text);
            }
            Dimension::File => {
                let entry = parts.files().map_or(&[][..], |files| files.table.get(unit));
                View::FileName.any(entry, |name| {
                    masked(name).iter().for_each(|masked| text(masked));
                    false
                });
            }
            Dimension::From => self.rare(Field::From, row, &mut text),
            Dimension::ReplyTo => self.rare(Field::ReplyTo, row, &mut text),
            Dimension::Address => self.rare(Field::Addr, row, &mut text),
            Dimension::Network => {
                let table = parts.addresses().map_or(&[][..], Coded::table);
                let network = table.get(row).copied().and_then(network_of);
                network.into_iter().for_each(|network| take(network, &[]));
            }
            Dimension::Asn => {
                let asn = self.index.columns.asn.table().get(row).copied().unwrap_or(0);
                if asn != 0 {
                    take(asn.into(), &[]);
                }
            }
        }
    }

    fn rare(&self, field: Field, position: usize, text: &mut dyn FnMut(&[u8])) {
        let Some(which) = rare_text(field) else { return };
        let Ok(texts) = self.index.parts.rare(which) else { return };
        texts.get(position).split(|byte| *byte == b'\t').filter(|value| value.contains(&b'@')).for_each(text);
    }
}

fn at<C: Copy + Into<u32>>(column: &[C], row: u32) -> u32 {
    column.get(row as usize).map_or(0, |code| (*code).into())
}

/// A hash of a text by a key that no attacker knows.
fn hash(hasher: &Keyed, text: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    let (pieces, rest) = text.as_chunks::<16>();
    pieces.iter().for_each(|piece| hasher.write_u128(u128::from_le_bytes(*piece)));
    let mut last = [0; 16];
    last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
    hasher.write_u128(u128::from_le_bytes(last));
    hasher.write_u32(text.len() as u32);
    hasher.finish()
}

/// A value as queries take it, by its hash and text.
pub(super) fn written(dimension: Dimension, hash: u64, text: &[u8]) -> String {
    match dimension {
        Dimension::Subject | Dimension::Url => format!("{hash:016x}"),
        Dimension::Asn => hash.to_string(),
        Dimension::Network => network(hash),
        _ => String::from_utf8_lossy(text).into_owned(),
    }
}

/// The /24 or /48 around an address: its bits, and one above them for the sixth version.
fn network_of(ip: u128) -> Option<u64> {
    match ip {
        0 => None,
        ip if ip >> 32 == 0xffff => Some(ip as u64 >> 8 & 0x00ff_ffff),
        ip => Some((ip >> 80) as u64 | 1 << 48),
    }
}

fn shape(shape: u64, take: &mut Take<'_>) {
    if shape != 0 {
        take(shape, &[]);
    }
}

fn network(bits: u64) -> String {
    if bits >> 48 == 0 {
        return format!("{}/24", Ipv4Addr::from((bits << 8) as u32));
    }
    format!("{}/48", Ipv6Addr::from(u128::from(bits & ((1 << 48) - 1)) << 80))
}

/// Part of a word: letters of any script, for texts are UTF-8 and everything beyond ASCII counts as one.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// Two words with a blank between them, as they stand there: the text is contained in the subject.
fn pairs(subject: &[u8], each: &mut dyn FnMut(&[u8])) {
    let mut before: Option<(usize, usize)> = None;
    let mut at = 0;
    while at < subject.len() {
        if !subject.get(at).copied().is_some_and(is_letter) {
            at += 1;
            continue;
        }
        let length =
            subject.get(at..).unwrap_or_default().iter().take_while(|byte| is_letter(**byte)).count();
        let end = at + length;
        let beside = before.filter(|(_, last)| *last + 1 == at && subject.get(*last) == Some(&b' '));
        if let Some((start, _)) = beside.filter(|(start, _)| end - start > LEAST_LETTERS) {
            subject.get(start..end).into_iter().for_each(&mut *each);
        }
        before = Some((at, end));
        at = end;
    }
}

/// The last word of a URL's path and its extension: of `…/a8f3-mail.htm` that is `mail.htm`.
pub(super) fn ending(url: &[u8]) -> Option<&[u8]> {
    let path_at = memchr::memmem::find(url, b"://").map_or(0, |at| at + 3);
    let path = url.get(path_at..).and_then(|rest| rest.get(memchr::memchr(b'/', rest)?..))?;
    if memchr::memchr2(b'?', b'#', path).is_some() {
        return None;
    }
    let dot = memchr::memrchr(b'.', path)?;
    let extension = path.get(dot + 1..)?;
    let is_extension = (2..=LONGEST_EXTENSION).contains(&extension.len())
        && extension.iter().all(u8::is_ascii_alphanumeric)
        && !DECORATION.contains(&extension);
    let word = path.get(..dot)?.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !is_extension || word < 2 { None } else { path.get(dot - word..) }
}

/// A host and the domains above it, a top-level domain alone apart.
fn domains(host: &[u8], each: &mut dyn FnMut(&[u8])) {
    if host.is_empty() {
        return;
    }
    each(host);
    if host.len() > LONGEST_HOST
        || host.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':'))
    {
        return;
    }
    for (at, _) in host.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
        let above = host.get(at + 1..).unwrap_or_default();
        if above.contains(&b'.') {
            each(above);
        }
    }
}

/// A file name with a star for every run of digits; none where nothing else tells it from others, or where the query
/// language would read a sign in it.
fn masked(name: &[u8]) -> Option<Vec<u8>> {
    if name.iter().any(|byte| matches!(byte, b'*' | b'"' | b'\\' | b'/')) {
        return None;
    }
    let stem = name.get(..memchr::memrchr(b'.', name).unwrap_or(name.len())).unwrap_or_default();
    if stem.iter().filter(|byte| is_letter(**byte)).count() < 3 {
        return None;
    }
    let mut masked: Vec<u8> = Vec::with_capacity(name.len());
    for byte in name {
        match byte {
            b'0'..=b'9' if masked.last() == Some(&b'*') => {}
            b'0'..=b'9' => masked.push(b'*'),
            byte => masked.push(*byte),
        }
    }
    Some(masked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address_space::to_column;

    fn collected(work: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Vec<String> {
        let mut all = vec![];
        work(&mut |text| all.push(String::from_utf8_lossy(text).into_owned()));
        all
    }

    #[test]
    fn words_are_pairs_that_the_subject_contains_as_they_stand() {
        let of = |subject: &str| collected(|each| pairs(subject.as_bytes(), each));
        assert_eq!(of("re: urgent wire transfer 83"), ["urgent wire", "wire transfer"]);
        assert_eq!(of("überweisung fällig"), ["überweisung fällig"]);
        assert_eq!(of("to you, wire  transfer; a b"), Vec::<String>::new());
    }

    #[test]
    fn the_ending_of_a_url_is_its_last_word_with_the_extension() {
        let of = |url: &str| ending(url.as_bytes()).map(|end| String::from_utf8_lossy(end).into_owned());
        assert_eq!(of("http://x.example/a/mail.htm").as_deref(), Some("mail.htm"));
        assert_eq!(of("http://x.example/a8f3-mail.htm").as_deref(), Some("mail.htm"));
        for none in
            ["http://mail.htm", "http://x.example/logo.gif", "http://x.example/12.htm", "http://a/b.php?q=1"]
        {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_host_counts_for_the_domains_above_it() {
        let of = |host: &str| collected(|each| domains(host.as_bytes(), each));
        assert_eq!(of("a.b.example.com"), ["a.b.example.com", "b.example.com", "example.com"]);
        assert_eq!(of("192.0.2.1"), ["192.0.2.1"]);
        assert_eq!(of("localhost"), ["localhost"]);
        let endless = "a.".repeat(4_000);
        assert_eq!(of(&endless), [endless], "no host, and nobody's domain");
    }

    #[test]
    fn names_of_files_differ_in_more_than_their_digits() {
        let of = |name: &str| masked(name.as_bytes()).map(|name| String::from_utf8_lossy(&name).into_owned());
        assert_eq!(of("invoice_8312-9.pdf").as_deref(), Some("invoice_*-*.pdf"));
        assert_eq!(of("12.pdf"), None);
        assert_eq!(of("a\"b*c.pdf"), None);
    }

    #[test]
    fn networks_are_written_as_queries_take_them() {
        let of = |ip: &str| {
            let ip: std::net::IpAddr = ip.parse().expect("an address");
            network_of(u128::from_be_bytes(to_column(ip))).map(network)
        };
        assert_eq!(of("192.0.2.1").as_deref(), Some("192.0.2.0/24"));
        assert_eq!(of("2001:db8:1:2::3").as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(network_of(0), None);
    }
}
