//! Folder names: the user's to the server's and back (RFC 3501 §5.1, NAMESPACE RFC 2342). Pure.

use super::error::shown;
use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const MODIFIED_BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// How many names a sentence suggests.
const SUGGESTED: usize = 3;

/// Where the account's own folders are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Space {
    /// What all names but INBOX begin with, on some servers `INBOX.`.
    pub prefix: String,
    /// What stands between the levels; none on a server with one level.
    pub separator: Option<char>,
}

/// A folder that the server lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    /// Its name as commands take it.
    pub name: String,
    /// It can hold messages.
    pub selectable: bool,
    separator: Option<char>,
}

impl Folder {
    /// Its name as a person writes it: decoded, with `/` between the levels, and showable.
    pub fn shown(&self) -> String {
        let name = decode(&self.name).unwrap_or_else(|| self.name.clone());
        let name = match self.separator {
            Some(separator) if separator != '/' => name.replace(separator, "/"),
            _ => name,
        };
        shown(&name)
    }
}

impl Space {
    /// Of a NAMESPACE response: the first of the account's own spaces.
    pub fn of_namespace(record: &[u8]) -> Option<Space> {
        let mut words = Words { rest: record.get("NAMESPACE ".len()..)? };
        words.sign(b'(')?;
        words.sign(b'(')?;
        let prefix = words.string()?;
        words.sign(b' ')?;
        Some(Space { prefix, separator: words.string_or_nil()?.and_then(|s| s.chars().next()) })
    }

    /// Of the answer to `LIST "" ""`, which tells the separator alone.
    pub fn of_list(record: &[u8]) -> Option<Space> {
        Some(Space { prefix: String::new(), separator: listed(record)?.separator })
    }

    /// The names under which the server may have the folder that the user calls so, the likeliest first.
    pub fn candidates(&self, wanted: &str) -> Vec<String> {
        if wanted.eq_ignore_ascii_case("INBOX") {
            return vec!["INBOX".to_owned()];
        }
        let encoded = encode(wanted);
        let name = match self.separator {
            Some(separator) if separator != '/' => encoded.replace('/', separator.encode_utf8(&mut [0; 4])),
            _ => encoded.clone(),
        };
        let name = self.with_inbox_in_capitals(name);
        let mut names = vec![name.clone()];
        if !self.prefix.is_empty() && !name.starts_with(&self.prefix) {
            names.push(format!("{}{name}", self.prefix));
        }
        if !names.contains(&encoded) {
            names.push(encoded);
        }
        names
    }

    /// The name under which a folder that does not exist yet is to be made.
    pub fn to_create(&self, wanted: &str) -> String {
        let candidates = self.candidates(wanted);
        let inside = candidates.iter().find(|name| !self.prefix.is_empty() && name.starts_with(&self.prefix));
        inside.or(candidates.first()).cloned().unwrap_or_default()
    }

    /// INBOX means the same in all cases (RFC 3501 §5.1), and for most servers also as the first of several levels.
    fn with_inbox_in_capitals(&self, name: String) -> String {
        let Some(separator) = self.separator else { return name };
        match name.split_once(separator) {
            Some((first, rest)) if first.eq_ignore_ascii_case("INBOX") => format!("INBOX{separator}{rest}"),
            _ => name,
        }
    }
}

/// One LIST response.
pub(super) fn listed(record: &[u8]) -> Option<Folder> {
    let mut words = Words { rest: record.get("LIST ".len()..)? };
    words.sign(b'(')?;
    let end = memchr::memchr(b')', words.rest)?;
    let attributes = String::from_utf8_lossy(words.rest.get(..end)?).to_ascii_lowercase();
    words.rest = words.rest.get(end + 1..)?;
    words.sign(b' ')?;
    let separator = words.string_or_nil()?.and_then(|s| s.chars().next());
    words.sign(b' ')?;
    let name = words.string()?;
    let name = if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name };
    let selectable = !attributes.contains("\\noselect") && !attributes.contains("\\nonexistent");
    Some(Folder { name, selectable, separator })
}

/// The names that exist and are most like the one that does not, as the user would write them.
pub(super) fn nearest(wanted: &str, folders: &[Folder]) -> Vec<String> {
    let plain = |name: &str| name.to_lowercase();
    let wanted = plain(wanted);
    let mut named: Vec<(f64, String)> = folders
        .iter()
        .filter(|folder| folder.selectable)
        .map(|folder| {
            let name = folder.shown();
            let last = name.rsplit('/').next().unwrap_or(&name);
            let near =
                strsim::jaro_winkler(&plain(&name), &wanted).max(strsim::jaro_winkler(&plain(last), &wanted));
            (near, name)
        })
        .collect();
    named.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    named.dedup_by(|a, b| a.1 == b.1);
    named.into_iter().take(SUGGESTED).map(|(_, name)| name).collect()
}

/// Strings of a response: quoted, literal, or an atom.
struct Words<'a> {
    rest: &'a [u8],
}

impl Words<'_> {
    fn sign(&mut self, sign: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[sign])?;
        Some(())
    }

    fn string_or_nil(&mut self) -> Option<Option<String>> {
        let quoted = self.rest.starts_with(b"\"");
        let string = self.string()?;
        Some((quoted || !string.eq_ignore_ascii_case("NIL")).then_some(string))
    }

    fn string(&mut self) -> Option<String> {
        let mut out = vec![];
        match self.rest.first()? {
            b'"' => {
                let mut at = 1;
                loop {
                    match *self.rest.get(at)? {
                        b'"' => break,
                        b'\\' => {
                            at += 1;
                            out.push(*self.rest.get(at)?);
                        }
                        byte => out.push(byte),
                    }
                    at += 1;
                }
                self.rest = self.rest.get(at + 1..)?;
            }
            b'{' => {
                let end = memchr::memchr(b'\n', self.rest)?;
                let line = self.rest.get(..end)?.strip_suffix(b"\r")?;
                let (_, length) = super::wire::literal_length(line)?;
                let length = usize::try_from(length).ok()?;
                let literal = self.rest.get(end + 1..)?;
                out.extend_from_slice(literal.get(..length)?);
                self.rest = literal.get(length..)?;
            }
            _ => {
                let ends = |byte: &u8| matches!(byte, b' ' | b')' | b'(');
                let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                out.extend_from_slice(self.rest.get(..end)?);
                self.rest = self.rest.get(end..)?;
            }
        }
        // A name that is no UTF-8 could not be sent back as it is.
        String::from_utf8(out).ok()
    }
}

/// Modified UTF-7 (RFC 3501 §5.1.3): printable ASCII stands for itself, `&` is `&-`, the rest is UTF-16 in base64.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let plain = |c: char| matches!(c, ' '..='~');
        let end = rest.find(|c| plain(c) != plain(first)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        rest = behind;
        if plain(first) {
            out.push_str(&run.replace('&', "&-"));
        } else {
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            out.push('&');
            out.push_str(&MODIFIED_BASE64.encode(units));
            out.push('-');
        }
    }
    out
}

/// The way back; `None` for what nobody may have encoded so.
pub(super) fn decode(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, behind)) = rest.split_once('&') {
        out.push_str(plain);
        let (run, behind) = behind.split_once('-')?;
        rest = behind;
        if run.is_empty() {
            out.push('&');
            continue;
        }
        let bytes = MODIFIED_BASE64.decode(run).ok()?;
        if bytes.len() % 2 != 0 {
            return None;
        }
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        out.push_str(&String::from_utf16(&units).ok()?);
    }
    out.push_str(rest);
    Some(out)
}
